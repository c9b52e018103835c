"""The heading of a printed table: which column is what, and where it begins."""

from __future__ import annotations

COLUMNS = {
    "input shape": "reads",
    "output shape": "makes",
    "param #": "count",
    "param %": "share",
    "kernel shape": "kernel",
    "mult-adds": "macs",
    "trainable": "trainable",
    "connected to": "sources",
    "in sizes": "reads",
    "out sizes": "makes",
    "params per layer": "other",
    "params": "count",
    "mode": "other",
    "flops": "other",
    "name": "name",
    "type": "type",
}
"""Columns of the tools' tables by their headings; one with another heading is nobody's tool."""


def columns_of(cells: list[str]) -> list[str] | None:
    """What each column is; ``None`` where a heading is unknown (a person's own column).

    >>> columns_of(["Output Shape", "Param #"]), columns_of(["Param #", "by hand"])
    (['makes', 'count'], None)
    """
    roles = [_role(cell.strip().lower()) for cell in cells]
    return roles if roles and all(roles) else None


def _role(title: str) -> str:
    """What a column is; its title may be cut off."""
    start = title.rstrip("\u2026")
    if start != title and len(start) >= SHORTEST_TITLE:
        return next((role for known, role in COLUMNS.items() if known.startswith(start)), "")
    return COLUMNS.get(title, "")


SHORTEST_TITLE = 5
"""Letters of a title that was cut off and is still known."""


def placed(heading: str) -> list[tuple[str, int]] | None:
    """The columns of a heading without bars, each with where it begins; the first is the layer's.

    >>> placed("Layer (type)             Output Shape      Param #")
    [('layer', 0), ('makes', 25), ('count', 43)]
    """
    lower = heading.lower()
    start = lower.find("layer (type")
    if start < 0:
        return None
    found = [("layer", start)]
    at = _end_of_bracket(lower, start)
    while at < len(lower):
        if lower[at] == " ":
            at += 1
            continue
        title = next((title for title in COLUMNS if lower.startswith(title, at)), None)
        if title is None:
            return None
        found.append((COLUMNS[title], at))
        at += len(title)
    return found if len(found) > 1 else None


def _end_of_bracket(text: str, start: int) -> int:
    depth = 0
    for i in range(start, len(text)):
        depth += text[i] == "("
        depth -= text[i] == ")"
        if text[i] == ")" and not depth:
            return i + 1
    return len(text)


def is_rule(line: str) -> bool:
    """Whether a line only separates.

    >>> is_rule("====="), is_rule("| --- |"), is_rule("a")
    (True, True, False)
    """
    bare = line.strip()
    return bool(bare) and not any(character.isalnum() for character in bare)
