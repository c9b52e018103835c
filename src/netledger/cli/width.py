"""Text set no wider than it can be followed."""

from __future__ import annotations

WIDEST = 110
"""Help is not set wider than this: a line longer than that is hard to follow."""


def narrowed(text: str, width: int) -> str:
    r"""``text`` with lines longer than ``width`` broken at blanks, what is broken off indented below.

    What is said behind a gap (of a command, of an option) goes on in its own column, or below where that is narrow.

    >>> narrowed("  show   the ledger of a network", 24)
    '  show   the ledger of a\n           network'
    >>> print(narrowed("  netledger show alexnet    the ledger of AlexNet", 28))
      netledger show alexnet
          the ledger of AlexNet
    """
    return "\n".join([part for line in text.split("\n") for part in _broken(line, width)])


def _broken(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    indent = len(line) - len(line.lstrip())
    head, gap, said = line[indent:].partition("   ")
    column = len(line) - len(said.lstrip())
    if gap and column > width // 2:
        below = indent + 4
        return [*_broken(line[:indent] + head, width), *_set(said.split(), width, below, below)]
    if gap:
        return _set(said.split(), width, column, column + 2, line[:column])
    return _set(line.split(), width, indent, indent + 2 if indent else 0)


def _set(words: list[str], width: int, first: int, hang: int, start: str = "") -> list[str]:
    """Words in lines; the indents give way where the longest word would not fit beside them."""
    room = max(width - max(map(len, words), default=0), 0)
    lines, line = [], start or " " * min(first, room)
    for word in words:
        glued = line if not line.strip() or line == start else line + " "
        if line.strip() and line != start and len(glued) + len(word) > width:
            lines.append(line)
            glued = " " * min(hang, room)
        line = glued + word
    return [*lines, line]


def reflowed(text: str, width: int) -> str:
    r"""Paragraphs set anew in ``width``; what is indented, or stands in columns, stays line by line.

    So does a paragraph that begins with a command, which is set in from the margin.

    >>> reflowed("One two\nthree four five.\n\n  netledger show", 16)
    'One two three\nfour five.\n\n  netledger show'
    >>> reflowed("Examples.\n\nnetledger list\nnetledger list x", 60)
    'Examples.\n\n  netledger list\n  netledger list x'
    """
    paragraphs = text.strip("\n").split("\n\n")
    return narrowed("\n\n".join([_reflowed(paragraph.split("\n")) for paragraph in paragraphs]), width)


def _reflowed(lines: list[str]) -> str:
    if lines[0].startswith(("netledger ", "eval ")):
        return "\n".join([f"  {line}" for line in lines])
    parts: list[str] = []
    for line in lines:
        plain = bool(line) and not line.startswith(" ") and "   " not in line
        if plain and parts and parts[-1] and not parts[-1].startswith(" ") and "   " not in parts[-1]:
            parts[-1] += " " + line
        else:
            parts.append(line)
    return "\n".join(parts)
