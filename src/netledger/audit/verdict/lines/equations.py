"""Equations that do not hold: what is printed does not give what is printed."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.causes.structure import changes
from netledger.audit.matching.items.item import is_called_a_map
from netledger.audit.reading.expressions.eaten import restored
from netledger.audit.reading.tokens.words import BINARY_UNITS
from netledger.audit.verdict.outcome import Outcome, finding_of, in_unit_of, plain, written
from netledger.audit.weights import CLOSE, FACTOR, NO_MEANING, SCALED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.result import Finding
    from netledger.audit.verdict.decided import Decided


def equation_that_fails(decided: Decided, item: Item) -> Outcome:
    """What is printed does not give what is printed; and perhaps one of the two is what should stand there."""
    fault = item.fault
    assert fault is not None
    gives, says = fault.gives, fault.says
    stated = fault.stated.node
    instead = in_unit_of(stated, gives)
    sign = " %" if "%" in fault.stated.words else ""
    why = f"{written(fault.member.node)} gives {instead}{sign}, not {in_unit_of(stated, says)}{sign}"
    if fault.unit:
        why += f": a {fault.unit} too many or too few"
    kind = "feature_count" if is_called_a_map(item) else "arithmetic"
    binary = _by_powers_of_two(stated, gives, says)
    if binary:
        kind, why = "unit_mixup", f"{why}: {gives / binary:,.0f} times {binary:,}, as memory is measured"
    main = finding_of(item, Cause(kind, why, stated, instead), gives, says, None)
    beside = _beside(decided, item, gives, says)
    layer = beside[0].layer if beside else None
    expected = beside[0].expected if beside and beside[0].expected is not None else gives
    if beside and beside[0].expected == plain(says):
        return Outcome(item, "wrong", layer, beside[0].why, (*beside, main), expected)
    return Outcome(item, "wrong", layer, why, (main, *beside), expected)


def _by_powers_of_two(stated: Node | None, gives: Value, says: Value) -> int:
    """The power of 1,024 by which a count was divided for its K, M or B: ``3*4096*14336 = 168M``; 0 where by none."""
    token = stated.token if stated is not None else None
    binary = BINARY_UNITS.get(token.suffix, 0) if token is not None and not token.unit else 0
    if not binary or token is None:
        return 0
    return binary if abs(gives / binary - says / token.suffix) <= token.error / token.suffix else 0


def _beside(decided: Decided, item: Item, gives: Value, says: Value) -> list[Finding]:
    """The cause where the stated value is right and the expression is not, or where both are wrong."""
    right, given = item.right, item.given
    if given is not None and right is not None and given.cost < right.cost:
        return []
    if right is not None and right.cost < 1.5 * FACTOR and right.quantity.value == says and item.products:
        repaired = restored(item.node, says) if item.node is not None else None
        if repaired is not None and decided.matcher.faults.are_sizes(item, repaired):
            why = f"read as {repaired.written()}: signs are missing"
            return [finding_of(item, Cause("garbled_notation", why), says, gives, right.layer)]
        found = changes(item.products, right.quantity.terms)
        biases = all(
            change.product is None and change.term is not None and change.term.role == "bias" for change in found or ()
        )
        if found and (biases or sum([change.cost for change in found]) <= 2 * FACTOR):
            from netledger.audit.causes.naming.changes import name_changes

            causes = name_changes(found, right.quantity, decided.books, decided.matcher.words)
            return [
                finding_of(item, cause, says if cause.expected is None else cause.expected, gives, right.layer)
                for cause in causes
            ]
    if given is not None and given.cost < NO_MEANING:
        return []
    books = decided.books
    meant = right is not None and right.cost < NO_MEANING and right.quantity.role == "total"
    prices = decided.matcher.prices
    named = prices.names_network(item) or not prices.title.isdisjoint(decided.matcher.line_words.sentence(item).all)
    claimed = abs(says - books.total) <= CLOSE * books.total and named
    if item.products and (meant or claimed):
        why = f"{'the whole network' if meant else books.name} has {books.total:,}; these factors are not its formula"
        return [finding_of(item, Cause("wrong_formula", why, item.node), books.total, says, None)]
    wrong = item.wrong
    if wrong is not None and wrong.cost < NO_MEANING and wrong.causes:
        return [
            finding_of(item, c, wrong.expected if c.expected is None else c.expected, gives, wrong.layer)
            for c in wrong.causes
        ]
    return []


def only_rounded(item: Item) -> bool:
    """``112*112*64 = 800K``: a figure in thousands that nobody means exactly."""
    fault = item.fault
    assert fault is not None
    token = fault.stated.node.token if fault.stated.node is not None else None
    scaled = token is not None and token.suffix > 1
    return scaled and abs(fault.gives - fault.says) <= SCALED * abs(fault.gives)
