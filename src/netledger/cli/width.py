"""Text set no wider than it can be followed."""

from __future__ import annotations

WIDEST = 110
"""Help is not set wider than this: a line longer than that is hard to follow."""


def narrowed(text: str, width: int) -> str:
    r"""``text`` with lines longer than ``width`` broken at blanks, what is broken off indented below.

    >>> narrowed("  show   the ledger of a network", 22)
    '  show   the ledger of\n           a network'
    """
    lines = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()))
        gap = line.find("   ", len(indent))
        hang = indent + ("  " if indent else "")
        if 0 < gap < width // 2:
            hang = " " * (len(line) - len(line[gap:].lstrip()) + 2)
        while len(line) > width:
            cut = line.rfind(" ", len(hang) + 1, width + 1)
            if cut <= len(hang):
                break
            lines.append(line[:cut].rstrip())
            line = hang + line[cut:].lstrip()
        lines.append(line)
    return "\n".join(lines)
