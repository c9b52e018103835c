"""Where on the command line, or in a description, the wrong piece stands: the line again, with a mark under it.

>>> print(pointed(["check", "alexnet", "--max", "parameters=6x"], "'6x' is no number: write 61M"))
    netledger check alexnet --max parameters=6x
                                             ^^

A mark is set only where one place can be meant: what the message quotes, the option that it names, the file.
"""

from __future__ import annotations

from netledger.printable import printable
from netledger.renderers.plain.layout import width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Place = tuple[int, int, int]
    """Which word, and the first and the last but one of its characters that are meant."""

_INDENT = "    "
_PLAIN = frozenset("-_./=,:+@%^")
_LONGEST_WORD = 60
_UNKNOWN = "unrecognized arguments: "


def pointed(words: Sequence[str], message: str, file: str | None = None, width: int = 80) -> str:
    """The command line and a mark under the word of it that ``message`` (or the ``file`` it is about) means; empty
    where that is no single place. A line longer than ``width`` is shown around the mark.
    """
    about_file = file is not None and not message.startswith("--")
    place = _whole(words, file) if file is not None and about_file else _place(words, message)
    if place is None:
        return ""
    return _marked(*_written(words, place), width)


def beneath(line: str, column: int, width: int = 80) -> str:
    """A line of a description and a mark under its ``column`` (from 1), in one line of ``width``.

    >>> print(beneath("x = conv2", 5))
        x = conv2
            ^
    """
    line = line.rstrip("\r\n")
    first = max(min(column - 1, len(line)) - width, 0)  # a line of megabytes is escaped only where it is shown
    before, after = line[first : column - 1], line[column - 1 : column - 1 + width]
    shown = printable(before, 100 * width)
    return _marked(("…" if first else "") + shown + printable(after, 100 * width), len(shown) + bool(first), 1, width)


def _marked(line: str, start: int, length: int, width: int) -> str:
    """What there is room for of ``line``, and under it the mark."""
    room = max(width - len(_INDENT), 16)
    line, start, length = _around(line if start < len(line) else line + " ", start, length, room)
    before, under = width_of(line[:start]), width_of(line[start : start + length])
    return f"{_INDENT}{line.rstrip()}\n{_INDENT}{' ' * before}{'^' * max(under, 1)}"


def _around(line: str, start: int, length: int, room: int) -> tuple[str, int, int]:
    """As much of the line around ``start`` as there is room for, where that place is in it and how much of it."""
    if width_of(line) <= room:
        return line, start, length
    left = max(min(start - room // 2, len(line) - room), 0)
    right = left + room
    while width_of(line[left:right]) > room - (right < len(line)) and right > start + 1:
        right -= 1
    while width_of(line[left:right]) > room - (right < len(line)) and left < start:
        left += 1
    shown = line[left:right] + ("…" if right < len(line) else "")
    if left and left < start:
        shown = "…" + shown[1:]
    return shown, start - left, max(min(length, right - start), 1)


def _place(words: Sequence[str], message: str) -> Place | None:
    if message.startswith(_UNKNOWN):
        rest = message.removeprefix(_UNKNOWN).partition(": did you mean")[0]
        return _whole(words, rest) or _whole(words, rest.split()[0])
    piece = _quoted(message)
    option = _option(words, message)
    if option is not None:
        values = _values(words, option)
        return (_only(_inside(words, piece, values)) if piece else None) or _valued(words, values, message, option)
    if not piece:
        return None
    return _whole(words, piece) or _only(_inside(words, piece, range(len(words))))


def _quoted(message: str) -> str:
    """The first text in quotation marks: what the messages of the house quote first is what is wrong."""
    parts = message.split("'")
    return next(
        (parts[i] for i in range(1, len(parts) - 1) if parts[i - 1][-1:] in ("", " ", "(") and parts[i]),
        "",
    )


def _option(words: Sequence[str], message: str) -> str | None:
    """The first option that the message names and the command line has."""
    for token in message.replace("/", " ").replace(":", " ").split():
        if (
            token[:1] == "-"
            and token[1:2].strip("0123456789")
            and any(word.partition("=")[0] == token for word in words)
        ):
            return token
    return None


def _values(words: Sequence[str], option: str) -> list[int]:
    """The words that hold the option's values: those behind it, or its own after ``=``."""
    found = []
    for i, word in enumerate(words):
        if word.startswith(option + "="):
            found.append(i)
        elif word == option and i + 1 < len(words):
            found.append(i + 1)
    return found


def _valued(words: Sequence[str], values: Iterable[int], message: str, option: str) -> Place | None:
    """The option's last value that the message repeats, else its own name."""
    said = [i for i in values if words[i].partition("=")[2 if words[i].startswith(option + "=") else 0] in message]
    said = [i for i in said if not words[i].startswith("--") and words[i].partition("=")[0]]
    if said and not words[said[-1]].startswith(option + "="):
        return said[-1], 0, len(words[said[-1]])
    own = [i for i, word in enumerate(words) if word.partition("=")[0] == option]
    return (own[-1], 0, len(option)) if own else None


def _inside(words: Sequence[str], piece: str, among: Iterable[int]) -> list[Place]:
    """The places where a word holds ``piece`` between signs that are no letters or digits."""
    found = []
    for i in among:
        start = words[i].find(piece)
        while start >= 0:
            end = start + len(piece)
            edges = words[i][max(start - 1, 0) : start] + words[i][end : end + 1]
            if not any(character.isalnum() or character == "_" for character in edges):
                found.append((i, start, end))
            start = words[i].find(piece, start + 1)
    return found


def _only(places: Sequence[Place]) -> Place | None:
    return places[0] if len(places) == 1 else None


def _whole(words: Sequence[str], text: str) -> Place | None:
    return _only([(i, 0, len(word)) for i, word in enumerate(words) if text in (word, printable(word))])


def _written(words: Sequence[str], place: Place) -> tuple[str, int, int]:
    """The line as it may be typed again, where the mark starts in it and how long it is."""
    line, start, length = "netledger", 0, 1
    for i, word in enumerate(words):
        mark = "" if word and all(c.isalnum() or c in _PLAIN for c in word) else "'"
        line += " " + mark
        if i == place[0]:
            shown = printable(word, 10_000)
            start = len(line) + len(printable(word[: place[1]], 10_000))
            length = max(len(printable(word[place[1] : place[2]], 10_000)), 1)
        else:
            shown = printable(word, _LONGEST_WORD)
        line += shown + mark
    return line, start, length
