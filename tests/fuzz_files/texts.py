"""Texts that are changed word by word: numbers, names, lines and brackets of sound networks."""

from __future__ import annotations

import random
import re

from netledger.errors import FormatError, NetledgerError
from netledger.ledger import keep_books
from netledger.sources import Options, Source
from netledger.unknown import Count, least
from tests.fuzz_files.mutate import InMemory, damaged, number

_WORD = re.compile(r"-?\d+(?:\.\d+)?|[A-Za-z_][\w.]*|\S|\s+")


class TextInMemory(InMemory):
    """An input file of text, in memory."""

    def text(self, most: int) -> str:
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FormatError("not UTF-8 text").at(byte=error.start) from None


def changed(samples: tuple[str, ...], words: tuple[str, ...], seed: int) -> bytes:
    """One sample with some words replaced, lines dropped, doubled or swapped."""
    chance = random.Random(seed)
    lines = chance.choice(samples).splitlines(keepends=True)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
        at = chance.randrange(len(lines))
        way = chance.randrange(4)
        if way == 0 and len(lines) > 1:
            del lines[at]
        elif way == 1:
            lines.insert(at, lines[at])
        elif way == 2:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = _line(lines[at], words, chance)
    data = "".join(lines).encode()
    return damaged(data, chance) if chance.random() < 0.1 else data


def _line(line: str, words: tuple[str, ...], chance: random.Random) -> str:
    pieces = _WORD.findall(line)
    at = chance.randrange(len(pieces)) if pieces else 0
    if not pieces:
        return line
    word = pieces[at]
    if word.lstrip("-").isdigit():
        pieces[at] = str(chance.choice((number(chance, abs(int(word))), -1, "1e9", "x")))
    elif word.strip():
        pieces[at] = chance.choice((*words, "{", "}", "[", '"', ""))
    return "".join(pieces)


def check_text(source: Source, data: bytes) -> str:
    """Read it: ``count``, ``unknown`` or ``error``; anything else that is raised is a fault of ours."""
    try:
        totals = keep_books(source.read(TextInMemory(data), Options())).totals  # type: ignore[arg-type]
    except NetledgerError as error:
        line = str(error)
        if not line or "\n" in line or error.exit_code != 65:
            raise ValueError(f"no clear line of bad data: {line!r}") from None
        return "error"
    for count in totals.as_dict().values():
        assert isinstance(count, int | Count)
        assert least(count) >= 0
    return "count" if isinstance(totals.parameters, int) else "unknown"
