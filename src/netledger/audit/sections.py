"""A text that names several networks → what it says of each, everything in its place."""

from __future__ import annotations

from netledger.audit.understanding.names import WIDE_GAP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netledger.audit.understanding.names import Named

MOST_NETWORKS = 24
"""Networks of one text that are judged each by itself."""
BETWEEN = (";", ",", "|", " and ", " while ", " whereas ", " but ", " vs ", " vs. ", " versus ")
"""Where what is said of one network ends, and what is said of the next begins."""


NET = "net"
"""What stands for a network's name where only its numbers are read; ``model`` is what many call their first block."""


def unnamed(text: str, named: Iterable[Named]) -> str:
    """The text with a plain word for every name, in its place: the digits of ``Mixtral-8x7B`` are no numbers.

    >>> from netledger.audit.understanding.names import mentions
    >>> text = "Mixtral-8x7B: 46.7B, T5: 220M"
    >>> unnamed(text, mentions(text))
    'net         : 46.7B, T5: 220M'
    """
    lines = text.split("\n")
    for mention in named:
        line, length = lines[mention.line_no - 1], mention.end - mention.start
        if length >= len(NET):
            lines[mention.line_no - 1] = line[: mention.start] + NET.ljust(length) + line[mention.end :]
    return "\n".join(lines)


def sections(text: str, named: Iterable[Named]) -> dict[str, str]:
    r"""The text of each network that it names, by the network's name; empty where it does not name several.

    What stands on a line belongs to the network named there; a line that names none to the one named before it.

    >>> from netledger.audit.understanding.names import mentions
    >>> text = "VGG-16 has 138M while AlexNet has 61M\nthat is 2x less"
    >>> found = sections(text, mentions(text))
    >>> found["vgg16"].strip(), found["alexnet"].split()
    ('VGG-16 has 138M', ['AlexNet', 'has', '61M', 'that', 'is', '2x', 'less'])
    """
    by_line: dict[int, list[Named]] = {}
    names: dict[str, None] = {}
    for mention in named:
        by_line.setdefault(mention.line_no, []).append(mention)
        names.setdefault(mention.key)
    if not 2 <= len(names) <= MOST_NETWORKS:
        return {}
    lines = text.split("\n")
    none = [_ruled(line) for line in lines]
    found = {name: list(none) for name in names}
    current: str | None = None
    first = min(by_line) if by_line else 1
    for name in names:
        found[name][: first - 1] = lines[: first - 1]  # what stands above all of them is about each
    listed = _bullet(lines[first - 1]) if by_line else ""
    for line_no, line in enumerate(lines[first - 1 :], first):
        if line_no not in by_line and listed and _bullet(line) == listed and ":" in line:
            found.setdefault(line.partition(":")[0].strip(), list(none))[line_no - 1] = line
            continue  # an item of the list that names something else
        for name, start, end in _pieces(line, by_line.get(line_no, []), current):
            kept = ("" if found[name][line_no - 1] == none[line_no - 1] else found[name][line_no - 1]).ljust(start)
            found[name][line_no - 1] = kept + line[start:end]
            current = name
    return {name: "\n".join(kept) for name, kept in found.items()}


SEPARATORS = "\t&;,"
"""Signs between the cells of a row, beside bars, over whose rows a header goes on anyway."""


def _ruled(line: str) -> str:
    """What stands for another network's line: a rule of as many cells, whose header goes on over it; else nothing."""
    bare = line.strip()
    line = _without_thousands(line) if WIDE_GAP in bare else line
    if WIDE_GAP not in bare and not any(sign in bare for sign in SEPARATORS):
        return ""
    out, inside = [], False
    for i, character in enumerate(line):
        apart = character in SEPARATORS or (character.isspace() and character != " ")
        after = line[i + 1 : i + 2]
        goes_on = character == " " and inside and bool(after.strip()) and after not in SEPARATORS
        begins = not (inside or apart or character == " ")
        inside = not apart and (goes_on or character != " ")
        out.append("-" if begins else character if apart else " ")
    return "".join(out)


def _without_thousands(line: str) -> str:
    """A row of columns with a figure for each comma inside a number, where it separates no cells."""
    inside = (0 < i < len(line) - 1 and line[i - 1].isdecimal() and line[i + 1].isdecimal() for i in range(len(line)))
    return "".join(["0" if c == "," and number else c for c, number in zip(line, inside, strict=True)])


BULLETS = ("-", "*", "+", "•", "·")
"""What items of a list begin with."""


def _bullet(line: str) -> str:
    bare = line.lstrip()
    return bare[:1] if bare[:1] in BULLETS and bare[1:2] == " " else ""


def _pieces(line: str, named: list[Named], current: str | None) -> Iterator[tuple[str, int, int]]:
    """Whose the parts of a line are: ``(network, start, end)``."""
    if not named:
        if current is not None:
            yield current, 0, len(line)
        return
    start = 0
    for mention, following in zip(named, [*named[1:], None], strict=True):
        end, after = (len(line),) * 2 if following is None else _cut(line, mention.end, following.start)
        yield mention.key, start, end
        start = after


def _cut(line: str, start: int, end: int) -> tuple[int, int]:
    """Where the clause of the first of two mentions ends, and where that of the second begins."""
    places = [(place, place + len(sign)) for sign in BETWEEN if (place := line.rfind(sign, start, end)) >= 0]
    return max(places, default=(end, end))
