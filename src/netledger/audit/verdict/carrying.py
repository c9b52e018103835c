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
    from netledger.audit.reading.tokens import Value
    from netledger.audit.verdict.decided import Decided


class Wrong:
    """Values of the lines above that are wrong, each with its outcome."""

    def __init__(self) -> None:
        self.exactly: dict[Value, Outcome] = {}

    def take(self, outcome: Outcome) -> None:
        """Remember a line that is wrong, or carries what is."""
        value = outcome.item.value
        if outcome.verdict in ("wrong", "carries") and outcome.expected is not None and value is not None:
            if value >= LEAST_COUNT:
                self.exactly[value] = outcome

    def of(self, leaf: Node) -> Outcome | None:
        """The wrong line that a number is taken from, perhaps rounded."""
        if leaf.value < LEAST_COUNT:
            return None
        if not leaf.error:
            return self.exactly.get(leaf.value)
        near = [value for value in self.exactly if abs(value - leaf.value) <= leaf.error]
        return self.exactly[near[-1]] if near else None


def carried_on(decided: Decided, item: Item, wrong: Wrong) -> Outcome | None:
    """That an expression works on with the wrong value of a line above, and what it gives with the right one."""
    if item.node is None or item.value is None or item.fault is not None or item.statement.quantity == "setting":
        return None
    used: list[Outcome] = []
    try:
        mended = _with(item.node, wrong, used) if wrong.exactly else item.node
    except NetledgerError:
        return None
    if not used or mended.value == item.node.value:
        return None
    finding = carried(decided, item, used, mended.value)
    return Outcome(item, "carries", None, finding.why, (finding,), mended.value)


def works_on_wrong(decided: Decided, item: Item, expected: Value) -> Outcome | None:
    """That a formula is wrong only through the wrong value of a line above: with the right one it gives what it should.

    ``expected`` is what should stand there.
    """
    outcome = carried_on(decided, item, decided.wrong)
    return outcome if outcome is not None and outcome.expected == expected else None


def _with(node: Node, wrong: Wrong, used: list[Outcome]) -> Node:
    """An expression with what is right for every wrong value in it."""
    if not node.args:
        outcome = wrong.of(node)
        if outcome is None or outcome.expected is None:
            return node
        used.append(outcome)
        return number(outcome.expected)
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
