"""Comments on lines of their own above the code that they count: the layer made below is their subject."""

from __future__ import annotations

from netledger.audit.understanding.code.statements import statements

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

DRESS = " \t>-*/"
"""Signs of a list, a quotation or a comment before a line of code, and its indentation."""
LEAST_ABOVE = 2
"""Layers that are made directly below a comment with a number, of a text that is written so."""


def subjects_above(written: list[str]) -> dict[int, str]:
    """What stands for each line that makes such a layer, and for the line above its comments: nothing, and its name.

    >>> subjects_above(["# 3*3*8 + 8 = 80", "self.b = Two(8, 1)", "# 8 + 1 = 9", "self.c = Last(8)"])
    {1: 'c', 3: ''}
    """
    lines = [line.lstrip(DRESS) for line in written]
    if sum(map(_counts, lines)) < LEAST_ABOVE:
        return {}
    made = {statement.line_no - 1: name for statement in statements(lines) if (name := _makes(statement.node))}
    first = {code: _first_comment(lines, code) for code in made}
    counted = {code: at for code, at in first.items() if any(map(_counts, lines[at:code]))}
    below = sum(1 for code in made if _counts("".join(lines[code + 1 : code + 2])))
    if len(counted) < LEAST_ABOVE or len(counted) <= below:
        return {}
    named = {at - 1: made[code] for code, at in counted.items() if at and (at - 1 in made or not lines[at - 1].strip())}
    return dict.fromkeys(counted, "") | named


def _makes(node: ast.stmt) -> str:
    """The name that a line gives to what it makes: ``self.up = ConvTranspose2d(…)``, ``x = Two(…)``."""
    import ast

    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.value, ast.Call):
        return ""
    one, maker = node.targets[0], node.value.func
    called = maker.attr if isinstance(maker, ast.Attribute) else getattr(maker, "id", "")
    name = one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "")
    return name if called[:1].isupper() else ""


def _first_comment(lines: list[str], code: int) -> int:
    """Where the comments begin that stand directly above a line."""
    at = code
    while at and lines[at - 1].startswith("#"):
        at -= 1
    return at


def _counts(line: str) -> bool:
    """Whether a line is a comment that gives a number."""
    return line.startswith("#") and any(map(str.isdecimal, line))
