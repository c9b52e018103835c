"""Sums of figures whose unit stands with them on lines above: ``1475 + 80.4 ≈ 1.56B`` below ``1475M`` and ``80.4M``."""

from __future__ import annotations

from netledger.audit.reading.expressions.nodes import number, replaced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.statements.statement import Member, Statement
    from netledger.audit.reading.tokens.tokenizing import Token, Value

LEAST_CARRIED = 2
"""Terms of a sum that all have their unit on lines above."""


def carry_units(statements: list[Statement]) -> None:
    """Give the terms of sums the unit that they have above, where only the result is written with one."""
    above: dict[Value, Token] = {}
    for statement in statements:
        for member in statement.members:
            if above and member.node is not None and member.node.op == "sum" and _has_a_unit(statement):
                _carry(member, above)
        for member in statement.members:
            token = member.node.token if member.node is not None else None
            if token is not None and token.suffix > 1 and not token.unit:
                above[token.value / token.suffix] = token


def _has_a_unit(statement: Statement) -> bool:
    """Whether the result is in thousands, millions or billions of no bytes."""
    token = statement.stated.node.token if statement.stated is not None and statement.stated.node is not None else None
    return token is not None and token.suffix > 1 and not token.unit


def _carry(member: Member, above: dict[Value, Token]) -> None:
    node = member.node
    terms = node.terms() if node is not None else ()
    tokens = [(term, above.get(term.value)) for term in terms if _is_plain(term)]
    known = [(term, token) for term, token in tokens if token is not None]
    if node is None or not LEAST_CARRIED <= len(terms) == len(known) or len({t.suffix for _, t in known}) > 1:
        return
    for term, token in known:
        scaled = number(token.value, token.error, term.text)
        scaled.token = term.token
        node = replaced(node, term, scaled)
    member.node = node


def _is_plain(term: Node) -> bool:
    return term.op == "number" and term.token is not None and term.token.suffix == 1 and not term.token.unit
