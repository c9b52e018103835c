"""What a cell of a row is: a remark behind it, what others report, prose, sizes, the row's own number."""

from __future__ import annotations

from netledger.audit.reading.expressions.brackets import pairs_of
from netledger.audit.reading.statements.statement import Statement
from netledger.audit.words import SAYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.tokens.tokenizing import Token


def goes_on_behind_a_dash(cells: list[list[Token]]) -> bool:
    """``In all 354,823,168 – hence "355M", …``: a sentence, and no columns."""
    if len(cells) != 3 or not any(token.kind == "num" for token in cells[0]):
        return False
    dash, goes_on = cells[1:]
    return len(dash) == 1 and dash[0].text in DASHES and goes_on[0].text.islower()


DASHES = ("-", "–", "—")


def without_remark(cells: list[list[Token]]) -> list[list[Token]]:
    """The cells of a row without a remark behind them, where something is said before it."""
    stated = len(cells) > 1 and any(token.text in "=≈" or token.kind == "colon" for token in cells[0][1:])
    worked = len(cells) > LEAST_BESIDE_REMARK or stated
    if not worked:
        return cells
    last = cells[-1]
    return cells[:-1] if _is_remark(last) or _is_reported(last) or (stated and _is_marked(last)) else cells


def without_signs(cells: list[list[Token]]) -> list[list[Token]]:
    """The cells of a line of wide gaps without a bracket that only closes what stands above: ``)    # Total: …``."""
    closing = [token.kind in ("close", "semi", "comma") for token in cells[0]]
    return cells[1:] if len(cells) > 1 and closing and all(closing) else cells


LEAST_BESIDE_REMARK = 2
"""Cells, and more, of a row of which the last may be a remark."""


def _is_remark(cell: list[Token]) -> bool:
    """``(9216 = 256·6·6)``, ``(9x fewer)``: where a size comes from, or what it saves, behind the row's own number."""
    enclosed = len(cell) > 2 and pairs_of(cell).get(0) == len(cell) - 1
    fewer = [token.kind for token in cell[1:-1]] == ["num", "op", "name"] and cell[2].text == "*"
    return enclosed and cell[1].kind == "num" and (fewer or any(token.kind == "rel" for token in cell))


def _is_marked(cell: list[Token]) -> bool:
    """``[2 pts]``: a number that words in brackets are about, behind an equation."""
    kinds = [token.kind for token in cell]
    small = len(cell) > 2 and cell[1].value < LEAST_COUNT if kinds[1:2] == ["num"] else False
    return small and kinds[0] == "open" and kinds[-1] == "close" and kinds[2:-1] == ["name"] * len(kinds[2:-1])


LEAST_COUNT = 100
"""A smaller number in brackets behind an equation is no count."""


def _is_reported(cell: list[Token]) -> bool:
    """``(the paper says 340M)``: what others give, behind the row's own number."""
    enclosed = len(cell) > 2 and pairs_of(cell).get(0) == len(cell) - 1
    return enclosed and any(token.text.lower() in SAYS for token in cell if token.kind == "name")


def describes(statement: Statement) -> bool:
    """``conv 3x3, -> 64``: a kernel and the channels that it makes, and no equation."""
    stated, expression = statement.stated, statement.expression
    if stated is None or stated.relation != "→" or stated.node is None or expression is None or expression.node is None:
        return False
    sides = [factor.value for factor in expression.node.factors()]
    return expression.node.op == "product" and max(sides) <= MOST_OF_KERNEL and stated.node.value <= MOST_CHANNELS


MOST_OF_KERNEL = 11
"""The largest side of a kernel that people write down."""
MOST_CHANNELS = 8192
LEAST_OF_PROSE = 4
"""Words of a cell that is a sentence, with numbers in it."""


def is_prose(cell: list[Token]) -> bool:
    """``TOTAL   8208384, that is 8.2M of the 37.8M``: behind the gap a sentence goes on."""
    words = sum(token.kind == "name" for token in cell)
    return words >= LEAST_OF_PROSE and sum(token.kind == "num" for token in cell) > 1 and cell[0].kind == "num"


def ends_in(cell: list[Token], statement: Statement) -> bool:
    """Whether the last cell of a row is the bare number that a statement gives."""
    stated = statement.stated
    numbers = [token for token in cell if token.kind == "num"]
    return stated is not None and stated.node is not None and numbers == [stated.node.token]


def label_of(cells: list[list[Token]], per_cell: list[list[Statement]]) -> list[str]:
    """The words of the first cell that has words and nothing to work out."""
    from netledger.audit.reading.lines.tables import label_words

    for cell, statements in zip(cells, per_cell, strict=True):
        words = label_words(cell)
        if any(statement.expression is not None for statement in statements):
            if cell is cells[0] and _only_sizes(cell):
                return words
            return list(statements[0].label) if cell is cells[0] and len(statements) == 1 else []
        if words:
            return words
    return []


def _only_sizes(cell: list[Token]) -> bool:
    """``Conv 1 (5x5)``: a name whose sizes stand in brackets, nothing worked out."""
    depth = 0
    for token in cell:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and token.kind in ("op", "rel", "colon"):
            return False
    return cell[0].kind == "name" and cell[-1].kind == "close"


def after_arrow(statement: Statement) -> Statement | None:
    """``biases: 3+64=67 → 286``: the number behind the arrow is the sum of the line."""
    members = statement.members
    if len(members) < 3 or members[-1].relation != "→" or members[-1].node is None or members[-2].node is None:
        return None
    last, before = members[-1].node, members[-2].node
    if members[-2].relation == "→":
        return None  # "512→64→64→512"
    if not last.is_bare or not before.is_bare or last.value <= before.value:
        return None
    total = Statement(statement.line_no)
    total.members = [members.pop()]
    total.is_total = True
    return total
