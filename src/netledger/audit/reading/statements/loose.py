"""Every number of a text that belongs to no statement, with the reason."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.lines.logical import Line
    from netledger.audit.reading.statements.statement import Statement
    from netledger.audit.reading.tokens.tokenizing import Token

LEAST_COUNT = 2000
"""A smaller number in brackets is a size."""


class Loose:
    """A number and why no statement claims it or works with it."""

    __slots__ = ("token", "why")

    def __init__(self, token: Token, why: str) -> None:
        self.token, self.why = token, why


def loose_numbers(lines: list[Line], statements: list[Statement]) -> list[Loose]:
    """The numbers that no statement claims or works with, in the order of the text.

    >>> from netledger.audit.reading.reader import read
    >>> [(place_of(loose.token), loose.why) for loose in read("v2, 2024-05-06: conv1 has 156 parameters").loose]
    [((4, 14), 'a date')]
    """
    used = {id(leaf.token) for statement in statements for leaf in leaves_of(statement)}
    found: list[Loose] = []
    for line in lines:
        found.extend([Loose(token, why) for token, why in line.dropped])
        if line.role == "unread":
            continue
        kinds = {token.kind for token in line.tokens}
        symbolic = "op" in kinds and "rel" not in kinds
        depth = 0
        for i, token in enumerate(line.tokens):
            depth += (token.kind == "open") - (token.kind == "close")
            if token.kind == "num" and id(token) not in used and token.end > 0:
                found.append(Loose(token, _reason(line, i, depth, symbolic)))
    return sorted(found, key=lambda loose: (loose.token.line_no, place_of(loose.token)))


def leaves_of(statement: Statement) -> list[Node]:
    """Every number that a statement has, those in remarks and denials too."""
    nodes = [member.node for member in statement.members if member.node is not None]
    nodes += [other for member in statement.members for other in member.others]
    nodes += [*statement.candidates, *statement.denied]
    if statement.aside is not None and statement.aside.node is not None:
        nodes.append(statement.aside.node)
    return [leaf for node in nodes for leaf in node.numbers()]


def place_of(token: Token) -> tuple[int, int]:
    """Where a token stands in its line as it is written: the characters from 0, end excluded."""
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
