"""Every number of a text that belongs to no statement, with the reason."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.lines import Line
    from netledger.audit.reading.nodes import Node
    from netledger.audit.reading.statement import Statement
    from netledger.audit.reading.tokens import Token

Unjudged = tuple[int, int, int, str]
"""``(line_no, start, end, reason)``: where a number stands in the text, and why it is not judged."""
LEAST_COUNT = 2000
"""A smaller number in brackets is a size."""


def unjudged(lines: list[Line], statements: list[Statement]) -> list[Unjudged]:
    """The numbers that no statement claims or works with.

    >>> from netledger.audit.reading.reader import read
    >>> [(start, end, why) for _, start, end, why in read("v2, 2024-05-06: conv1 has 156 parameters").numbers]
    [(4, 14, 'a date')]
    """
    used = {id(leaf.token) for statement in statements for leaf in _leaves(statement)}
    found: list[Unjudged] = []
    for line in lines:
        for token, why in line.dropped:
            found.append((token.line_no, *_place(token), why))
        if line.role == "unread":
            continue
        kinds = {token.kind for token in line.tokens}
        symbolic = "op" in kinds and "rel" not in kinds
        depth = 0
        for i, token in enumerate(line.tokens):
            depth += (token.kind == "open") - (token.kind == "close")
            if token.kind == "num" and id(token) not in used and token.end > 0:
                found.append((token.line_no, *_place(token), _reason(line, i, depth, symbolic)))
    return sorted(found)


def _leaves(statement: Statement) -> list[Node]:
    nodes = [member.node for member in statement.members if member.node is not None]
    nodes += [other for member in statement.members for other in member.others]
    nodes += [*statement.candidates, *statement.denied]
    if statement.aside is not None and statement.aside.node is not None:
        nodes.append(statement.aside.node)
    return [leaf for node in nodes for leaf in node.numbers()]


def _place(token: Token) -> tuple[int, int]:
    return token.place if token.place is not None else (token.start, token.end)


def _reason(line: Line, i: int, depth: int, symbolic: bool) -> str:
    """Why a number is none that is judged."""
    if line.role == "heading":
        return "in a heading"
    if line.role == "header":
        return "in the head of a table"
    before = line.tokens[i - 1] if i else None
    if depth > 0:
        return "a size in brackets" if line.tokens[i].value < LEAST_COUNT else "in brackets"
    if symbolic:
        return "in a formula without a value"
    if before is not None and before.kind == "name":
        return f"beside “{before.text[:20]}”"
    return "no equation, and nothing says what it counts"
