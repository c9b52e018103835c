"""What is worked out from a number that is wrong: a cache of all tokens from a wrong one of a token."""

from __future__ import annotations

from netledger.audit.matching.items.item import LEAST_COUNT
from netledger.audit.matching.items.meaning import meant
from netledger.audit.reading.expressions.nodes import add, divide, multiply, negative, number, raise_to
from netledger.audit.verdict.outcome import Outcome
from netledger.audit.verdict.summing.totals import carries
from netledger.audit.weights import BEYOND_ROUNDING, LEAST_TELLING
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.meaning import Meaning
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.decided import Decided


class Wrong:
    """Values of the lines above that are wrong, each with its outcome; of the right ones, how many lines have each."""

    def __init__(self) -> None:
        self.exactly: dict[Value, Outcome] = {}
        self.right: dict[Value, int] = {}

    def take(self, outcome: Outcome) -> None:
        """Remember a line that is wrong, or carries what is; and how many lines have a value rightly."""
        value = outcome.item.value
        if value is None or value < LEAST_COUNT:
            return
        if outcome.verdict in ("wrong", "carries") and outcome.expected is not None:
            self.exactly[value] = outcome
        elif outcome.verdict == "right":
            self.right[value] = self.right.get(value, 0) + 1

    def of(self, leaf: Node) -> Outcome | None:
        """The wrong line that a number is taken from, perhaps rounded."""
        if leaf.value < LEAST_COUNT:
            return None
        if not leaf.error:
            return self.exactly.get(leaf.value)
        near = [value for value in self.exactly if abs(value - leaf.value) <= leaf.error]
        found = self.exactly[near[-1]] if near else None
        if found is None or found.expected is None or abs(found.expected - leaf.value) <= leaf.error:
            return None  # what is right rounds to it as well
        return found


def carried_on(decided: Decided, item: Item, wrong: Wrong) -> Outcome | None:
    """That an expression works on with the wrong value of a line above, and what it gives with the right one."""
    if item.products is None and not item.error and item.stated is not None and (item.value or 0) >= LEAST_TELLING:
        above = wrong.exactly.get(item.value or 0)  # "blocks: 85,062,816" below "12 × 7,085,568 = 85,062,816"
        if above is not None and above.expected is not None and above.item.statement.row != item.statement.row:
            return carries(item, [above], above.expected)
    if item.node is None or item.value is None or item.fault is not None or item.statement.quantity == "setting":
        return None
    used: list[Outcome] = []
    try:
        mended = _with(item.node, wrong, used) if wrong.exactly else item.node
    except NetledgerError:
        return None
    if not used or mended.value == item.node.value:
        return None
    if item.statement.stated is None and not _takes_a_number(item.node, wrong):
        return None  # "25,165,824 + router" writes no wrong number
    return carries(item, used, mended.value)


def _takes_a_number(node: Node, wrong: Wrong) -> bool:
    """Whether a wrong value stands in an expression in figures, not by a line's name."""
    if node.args:
        return any(_takes_a_number(arg, wrong) for arg in node.args)
    return node.op != "symbol" and wrong.of(node) is not None


def off_as_a_line_above(decided: Decided, item: Item, meaning: Meaning) -> Outcome | None:
    """That a number by itself is off by what a line above is off by, once or for every block, and is about that line's
    layers with others, ``each layer, with its norms: 243,277,824`` below keys and values that are too large; or has
    the very slip.
    """
    if item.products is not None or item.value is None or item.fault is not None:
        return None
    off, cover = item.value - meaning.expected, {id(part) for part, _ in meaning.quantity.cover}
    for outcome in reversed(decided.outcomes.values()):
        above, told = outcome.item, meant(outcome.item)
        if outcome.verdict != "wrong" or outcome.expected is None or above.value is None or told is None:
            continue
        each, own = above.value - outcome.expected, {id(part) for part, _ in told.quantity.cover}
        kinds = [[cause.kind for cause in one.causes] for one in (told, meaning)]
        same = above.value < item.value and kinds[0] == kinds[1]
        if not each or not (own < cover or same) or above.error * BEYOND_ROUNDING > abs(each):
            continue
        for times in (1, *decided.matcher.quantities.repeats):
            if abs(each * times - off) <= item.error + above.error * times and item.error * BEYOND_ROUNDING <= abs(off):
                return carries(item, [outcome], meaning.expected, meaning.layer)
    return None


def as_often_as_a_line_above(decided: Decided, item: Item, meaning: Meaning) -> Outcome | None:
    """``MLP per layer: … ≈ 142M``, ``40 layers: ≈ 5.66B``: a wrong number above, so many times as there are layers."""
    if item.products is not None or item.value is None:
        return None
    for outcome in decided.outcomes.values():
        above = outcome.item
        if outcome.verdict != "wrong" or not outcome.expected or above.value is None or above.value >= item.value:
            continue
        times, rest = divmod(meaning.expected, outcome.expected)
        within = item.error + above.error * times
        if times > 1 and not rest and abs(above.value * times - item.value) <= within:
            return carries(item, [outcome], meaning.expected, meaning.layer)
    return None


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
    match node.op:
        case "sum":
            return add([arg if kept else _with(arg, wrong, used) for arg, kept in _rightly(node.args, wrong)])
        case "product":
            return multiply(_all_of_several(node.args, wrong, used) or [_with(arg, wrong, used) for arg in node.args])
        case "quotient":
            return divide(*[_with(arg, wrong, used) for arg in node.args])
        case "power":
            return raise_to(*[_with(arg, wrong, used) for arg in node.args])
        case _:
            return negative(_with(node.args[0], wrong, used))


def _rightly(terms: tuple[Node, ...], wrong: Wrong) -> list[tuple[Node, bool]]:
    """The terms of a sum, each with whether it stays: of equal ones those stay that other lines have rightly."""
    same: dict[Value, int] = {}
    for term in terms:
        same[term.value] = same.get(term.value, 0) + 1
    stay = {value: min(wrong.right.get(value, 0), often - 1) for value, often in same.items()}
    marked = []
    for term in terms:
        kept = not term.args and stay[term.value] > 0
        stay[term.value] -= kept
        marked.append((term, kept))
    return marked


def _all_of_several(factors: tuple[Node, ...], wrong: Wrong, used: list[Outcome]) -> list[Node]:
    """``3*6500`` of three lines with that value, of which one is wrong: what they are together; nothing else."""
    if len(factors) != 2 or any(factor.args for factor in factors):
        return []
    for times, one in (factors, factors[::-1]):
        outcome, right = wrong.of(one), wrong.right.get(one.value, 0)
        if outcome is not None and outcome.expected is not None and right and times.value == right + 1:
            used.append(outcome)
            return [number(right * one.value + outcome.expected)]
    return []
