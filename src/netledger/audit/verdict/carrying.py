"""What is worked out from a number that is wrong: a cache of all tokens from a wrong one of a token."""

from __future__ import annotations

from netledger.audit.matching.items import LEAST_COUNT
from netledger.audit.reading.nodes import add, divide, multiply, negative, number, raise_to
from netledger.audit.verdict.outcome import Outcome
from netledger.audit.verdict.totals import carried
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items import Item
    from netledger.audit.reading.nodes import Node
    from netledger.audit.verdict.decided import Decided


def carried_on(decided: Decided, item: Item) -> Outcome | None:
    """That an expression works on with the wrong value of a line above, and what it gives with the right one."""
    if item.node is None or item.value is None or item.fault is not None or item.statement.quantity == "setting":
        return None
    wrong = [
        outcome
        for outcome in decided.outcomes.values()
        if outcome.verdict in ("wrong", "carries")
        and outcome.expected is not None
        and outcome.item.index < item.index
        and outcome.item.value is not None
        and outcome.item.value >= LEAST_COUNT
    ]
    used: list[Outcome] = []
    try:
        mended = _with(item.node, wrong, used)
    except NetledgerError:
        return None
    if not used or mended.value == item.node.value:
        return None
    finding = carried(decided, item, used, mended.value)
    return Outcome(item, "carries", None, finding.why, (finding,), mended.value)


def _with(node: Node, wrong: list[Outcome], used: list[Outcome]) -> Node:
    """An expression with what is right for every wrong value in it."""
    if not node.args:
        for outcome in wrong:
            value, expected = outcome.item.value, outcome.expected
            if value is not None and expected is not None and node.value >= LEAST_COUNT:
                if abs(node.value - value) <= node.error:
                    used.append(outcome)
                    return number(expected)
        return node
    args = [_with(arg, wrong, used) for arg in node.args]
    match node.op:
        case "sum":
            return add(args)
        case "product":
            return multiply(args)
        case "quotient":
            return divide(*args)
        case "power":
            return raise_to(*args)
        case _:
            return negative(args[0])
