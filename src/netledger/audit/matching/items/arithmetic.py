"""Whether what is printed adds up: every step of a chain by itself, running totals and rounded figures understood."""

from __future__ import annotations

import itertools
from copy import copy

from netledger.audit.reading.expressions.nodes import multiply, number, remade, replaced
from netledger.audit.reading.statements.statement import IN_ANOTHER_UNIT
from netledger.audit.reading.tokens.words import BINARY_UNITS, is_total, quantity_of
from netledger.errors import NetledgerError
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.statements.statement import Member, Statement
    from netledger.audit.reading.tokens.tokenizing import Value


class Fault(Record):
    """A printed expression that does not give the printed value; ``unit`` where only the unit is off."""

    __slots__ = ("member", "stated", "gives", "says", "unit")
    member: Member
    stated: Member
    gives: Value
    says: Value
    unit: str

    def __init__(self, member: Member, stated: Member, gives: Value, says: Value, unit: str = "") -> None:
        self._fill(member, stated, gives, says, unit)


WORDS_BETWEEN = 3
"""Words behind an expression that begin another clause."""
FAR_APART = 3
"""Two sides of a clause that are so many times apart are no equation."""
EACH = frozenset(("each", "per", "apiece"))
"""Words that make a first expression count several times."""


def fault_in(statement: Statement) -> Fault | None:
    """The first step of a statement's chain that is wrong in every reading; ``None`` where all can be right."""
    members = [member for member in statement.members if member.node is not None]
    if len(members) > 2 and EACH & {w.lower() for w in [*statement.label, *statement.words, *statement.inner]}:
        members = members[-2:]  # "W_Q, W_K, W_V each (768*768) + W_O (768*768) = 4*768^2 = ..."
    for i, (before, after) in enumerate(itertools.pairwise(members)):
        if i and before.relation == "=" and (leaf := _carried_wrongly(before, after)) is not None:
            taken = copy(after)
            taken.node = leaf
            return Fault(members[i - 1], taken, before.node.value, leaf.value)  # type: ignore[union-attr]
        if after.relation == "|" and before.node is not None and not _is_sum(before.node):
            continue  # a product in a table may be a shape
        if _lost_its_signs(before, after):
            continue
        if before.node is not None and _numbers_lines(before.node):
            continue  # "1 + 2 + 3 = 545,098" adds the lines of these numbers
        percent = _in_percent(before, after)
        if percent is not None:
            if not _close(percent, after.node, statement.approximate):  # type: ignore[arg-type]
                return Fault(before, after, _rounded_as(percent.value, after), after.node.value)  # type: ignore[union-attr]
        elif not _may_differ(before, after, statement) and not agree(before, after, statement):
            return _worst(before, after, members, statement)
    return None


def _carried_wrongly(before: Member, after: Member) -> Node | None:
    """``… = 576 -> 567 + 64``: the number that what comes next begins with, a slip of the result that it takes over."""
    if after.relation != "→" or before.node is None or after.node is None:
        return None
    value, first = before.node.value, next(iter(after.node.numbers()), None)
    if not before.node.is_bare or after.node.is_bare or first is None or not isinstance(value, int):
        return None
    told = [leaf.value for leaf in after.node.numbers()]
    return first if value not in told and told.count(first.value) == 1 and is_digit_slip(first.value, value) else None


def _lost_its_signs(before: Member, after: Member) -> bool:
    """``5564 = 1600``: two numbers, of which one is a product whose signs a formatter ate: ``5*5*64``."""
    if before.node is None or after.node is None or not (before.node.is_bare and after.node.is_bare):
        return False
    from netledger.audit.reading.expressions.eaten import restored

    pairs = ((before.node, after.node), (after.node, before.node))
    return after.relation == "=" and any(restored(one, other.value) is not None for one, other in pairs)


def _in_percent(before: Member, after: Member) -> Node | None:
    """What a quotient is in percent, where percents stand behind it: ``1/4 = 25 %``, ``100 * 1/4 = 25 %``."""
    node = before.node
    if "%" not in after.words or after.node is None or not after.node.is_bare or node is None or node.is_bare:
        return None
    if not any(inner.op == "quotient" for inner in (node, *node.factors())):
        return None
    hundred = any(leaf.value == 100 for leaf in node.numbers())
    return node if hundred else multiply([number(100), node])


def _rounded_as(value: Value, member: Member) -> Value:
    """A value with as many decimals as a stated one has."""
    text = member.node.text if member.node is not None else ""
    decimals = len(text.replace(",", ".").partition(".")[2])
    return round(value, decimals) if decimals else round(value)


def _numbers_lines(node: Node) -> bool:
    """Whether a sum has the terms 1, 2, 3, …: the numbers of lines."""
    terms = node.terms()
    return len(terms) > 1 and all(term.is_bare and term.value == i for i, term in enumerate(terms, 1))


def _is_sum(node: Node) -> bool:
    return node.op == "sum" or any(factor.op == "sum" for factor in node.factors())


def _may_differ(before: Member, after: Member, statement: Statement) -> bool:
    """Relations that need not hold: an arrow between bare numbers is a change, not an equation."""
    assert before.node is not None
    assert after.node is not None
    if before.node.value < 0:
        return True  # "(0-5): 6 x Block" is a range
    if before.node.is_bare and after.node.is_bare and max(before.node.value, after.node.value) < LEAST_EQUATED:
        return True  # "32 == 8": two sizes are compared
    if _adds_bytes_to_others(before.node):
        return True  # "19.5 GiB of weights + 262K of cache (5.0 GiB) = 24.5 GiB"
    if max(before.node.value, after.node.value) > FAR_APART * min(before.node.value, after.node.value):
        if after.relation == "≈" and len(before.words) >= WORDS_BETWEEN:
            return True  # "12 × 1024 tokens the forward alone is about 3.04 TFLOPs"
        if _of_things(before) or (before.node.is_bare and _of_things(after)):
            return True  # "1 MHA + 1 FFN + 2 LN = 3,152,384", "626,000 s = 7.2 days"
    if _is_share(before.node) != _is_share(after.node) and max(before.node.value, after.node.value) > 1:
        return True  # "33,920 (1/9 of it)"
    if after.relation == "→" and after.node.value == 0 and all(f.is_bare for f in before.node.factors()):
        return True  # "MaxPool -> 14x14x8 -> 0": a shape, then the count
    if after.relation == "≈" and before.node.is_bare and 0 < after.node.value * IN_ANOTHER_UNIT < before.node.value:
        return True  # "1.100.048.384 ≈ 1,1 miliar"
    if before.relation == "→" and before.node.is_bare:
        return True  # "4096 -> 1000, about 4.1M": sizes, then the count
    if after.relation == "→":
        return before.node.is_bare or not after.node.is_bare or _is_flattened(before.node, after.node)
    if after.relation == ":":
        if before.node.op == "sum" and before.words and before.node.value * NEAR < after.node.value:
            return True  # "10 + 10 channels in: 2,720"
        return before.node.is_bare or not after.node.is_bare  # "96 kernels of 11x11x3: 11*11*3*96" describes
    return False


LEAST_EQUATED = 1000
"""Two smaller numbers with a sign between them are sizes."""


def _adds_bytes_to_others(node: Node) -> bool:
    """Whether a sum has terms in bytes and others in thousands of something else."""
    tokens = [term.token for term in node.terms() if term.token is not None and term.token.suffix > 1]
    return len({token.unit for token in tokens}) > 1


def _is_flattened(before: Node, after: Node) -> bool:
    """``7*7*512 -> 4096``: from a map to a layer's outputs, where nothing is near the other."""
    ratio = (after.value or 1) / (before.value or 1)
    return not 0.5 < ratio < 2 if before.op == "product" else ratio < SMALLER


SMALLER = 0.02
"""What a sum leads to that is so much smaller is a size: ``BN(m) + 3x3 128 -> 32``."""


def _of_things(member: Member) -> bool:
    """Whether single numbers count things that words name: nothing that can be worked out from the numbers."""
    node = member.node
    if node is None or not all(term.is_bare for term in node.terms()):
        return False
    things = [word for word in member.words if quantity_of(word) is None and not is_total(word)]
    return len(things) >= len(node.terms())


def _is_share(node: Node) -> bool:
    """Whether an expression is a fraction below 1: a share, no count."""
    return node.op == "quotient" and 0 < node.value < 1


def _worst(before: Member, after: Member, members: list[Member], statement: Statement) -> Fault:
    """The fault to report: the expression against the number it should give."""
    assert before.node is not None
    assert after.node is not None
    first, second = before, after
    if before.node.is_bare and not after.node.is_bare:
        first, second = after, before
    assert first.node is not None
    assert second.node is not None
    gives: Value = first.node.value
    token = second.node.token
    if token is not None and token.unit == "bytes":
        binary = in_binary_thousands(first.node)
        gives = gives if binary is None else binary.value
    if token is not None and token.suffix > 1 and _is_in_its_unit(first.node, second.node, token.suffix):
        gives = _whole(gives * token.suffix)  # "6.23 + 6.23 + 12.46 = 22.92 GB"
    return Fault(first, second, gives, second.node.value, _unit(gives, second.node.value))


def _is_in_its_unit(node: Node, stated: Node, suffix: int) -> bool:
    """Whether the unit that stands behind a result alone is that of all numbers before it."""
    plain = all(leaf.token is None or leaf.token.suffix == 1 for leaf in node.numbers())
    return plain and bool(node.value) and 1 / NEAR < stated.value / suffix / node.value < NEAR


NEAR = 30
"""How many times too large a result may be that is still in the unit of its terms."""


def _whole(value: Value) -> Value:
    """A product with a unit, without what floating point adds to it."""
    rounded = round(value)
    return rounded if abs(value - rounded) < 1 else value


def _unit(gives: Value, says: Value) -> str:
    if gives and says:
        ratio = says / gives
        for power, name in ((10**3, "thousand"), (10**6, "million"), (10**9, "billion")):
            if abs(ratio / power - 1) < 0.06 or abs(ratio * power - 1) < 0.06:
                return name
    return ""


def agree(before: Member, after: Member, statement: Statement) -> bool:
    """Whether two sides of a relation can be equal, in any reading that a person could mean."""
    elsewhere = any(member.relation == "≈" for member in statement.members)
    approximate = after.relation == "≈" or (statement.approximate and not elsewhere)
    cut = _are_cut(before) and _are_cut(after)
    for left in _readings(before):
        for right in _readings(after):
            if cut and left is not before.node and right is not after.node:
                continue  # "12,100 + 7,200 = 19,500" is no list of 12 + 7 = 19
            if _close(left, right, approximate) or _running(left, right):
                return True
    return False


def _are_cut(member: Member) -> bool:
    """Whether every number is either unmistakable or would be cut at its comma, if read as the first of a list."""
    tokens = [leaf.token for leaf in member.node.numbers()] if member.node is not None and not member.others else []
    doubtful = [(token, token.other) for token in tokens if token is not None and token.other is not None]
    return bool(doubtful) and all("," in token.text and other < (token.value or 0) for token, other in doubtful)


def _readings(member: Member) -> Iterator[Node]:
    assert member.node is not None
    yield member.node
    yield from member.others
    for other in (second_meaning(member.node), in_binary_thousands(member.node)):
        if other is not None:
            yield other


def in_binary_thousands(node: Node) -> Node | None:
    """The expression with ``256k`` as 256 × 1024, as contexts are counted."""
    leaves = [leaf for leaf in node.numbers() if leaf.token is not None and leaf.token.suffix == 1000]
    if not leaves or node.is_bare:
        return None
    for leaf in leaves:
        again = number(int(leaf.value * 1024 // 1000), 0, leaf.text)
        again.token = leaf.token
        node = replaced(node, leaf, again)
    return node


def second_meaning(node: Node) -> Node | None:
    """The expression with every doubtful number taken the other way: ``1.234`` as 1234, ``512,128`` as 512."""
    if not any(leaf.token is not None and leaf.token.other is not None for leaf in node.numbers()):
        return None
    try:
        return _rebuild(node)
    except NetledgerError:
        return None


def _rebuild(node: Node) -> Node:
    if not node.args:
        if node.token is not None and node.token.other is not None:
            again = number(node.token.other, 0, node.text)
            again.token = node.token
            return again
        return node
    return remade(node, [_rebuild(arg) for arg in node.args])


def tolerance(node: Node, *, approximate: bool = False) -> float:
    """How far a printed figure may be from what it rounds."""
    if isinstance(node.value, float) and not node.error:
        return abs(node.value) * 1e-9
    error: float = node.error
    if approximate and node.is_bare and isinstance(node.value, int) and not node.error and node.value:
        error = 10 ** _trailing_zeros(abs(node.value))
    return error


def rounds_to(true: Value, value: Value, error: float) -> bool:
    """Whether a true value is a printed one within its last digit: rounded, or cut off (62.4M or 62.3M for 62,378,344).

    A last digit 0 may be rounded too: 110M for 109,482,240.

    >>> [rounds_to(62_378_344, value, 10**6) for value in (62_000_000, 63_000_000)], rounds_to(69.4e6, 70e6, 10**6)
    ([True, False], True)
    """
    if true == value or -error / 2 <= true - value <= error * 1.000001:
        return True
    return bool(error) and abs(true - value) <= error and value % (10 * error) == 0


def _trailing_zeros(value: int) -> int:
    digits = str(value)
    return len(digits) - len(digits.rstrip("0"))


def _close(left: Node, right: Node, approximate: bool) -> bool:
    gap = abs(left.value - right.value)
    if gap == 0:
        return True
    allowed = tolerance(left, approximate=approximate) + tolerance(right, approximate=approximate)
    if allowed and gap < allowed * 1.000001:
        return True
    if approximate and gap <= 0.02 * max(abs(left.value), abs(right.value)):
        return True
    whole = isinstance(right.value, int)
    divided = whole and isinstance(left.value, float) and left.value > 1 and not left.error
    if divided and gap < max(1.0, abs(left.value) * 1e-6):
        return True  # a division that does not come out even, rounded to a whole number
    return _same_scaled(left, right) or _same_scaled(right, left) or _in_binary(left, right)


def _in_binary(left: Node, right: Node) -> bool:
    """``547,496 bytes = 535 KB``, ``8000 MB (7.8 GB)``: divided by 1024."""
    token = right.token
    if token is None or token.unit != "bytes" or token.suffix == 1:
        return False
    binary = BINARY_UNITS.get(token.suffix, token.suffix)
    value, own = left.value, left.token
    if own is not None and own.unit == "bytes":
        value *= BINARY_UNITS.get(own.suffix, own.suffix) / own.suffix
    return abs(value * token.suffix / binary - right.value) <= right.error * 1.000001


def _same_scaled(plain: Node, suffixed: Node) -> bool:
    """``84.9 + 38.6 ≈ 124M``: the unit is carried in the mind."""
    token = suffixed.token
    if (
        token is None
        or token.suffix == 1
        or any(leaf.token is not None and leaf.token.suffix != 1 for leaf in plain.numbers())
    ):
        return False
    if any(leaf.token is not None and leaf.token.value != leaf.value for leaf in plain.numbers()):
        return False  # 136,874 taken for a pair, and for millions: too much at once
    scaled = plain.value * token.suffix
    return abs(scaled - suffixed.value) <= suffixed.error + (plain.error or 0) * token.suffix + 0.005 * abs(scaled)


def _running(left: Node, right: Node) -> bool:
    """``5*4 = 20 + 4 = 24``: the right side goes on from the left one's value."""
    return not right.is_bare and right.numbers()[0].value == left.value


def is_digit_slip(written: float, true: int) -> bool:
    """Whether two numbers of the same length differ in one digit, or in two that changed places."""
    if written != int(written):
        return False
    ours, theirs = f"{int(written)}", f"{true}"
    if len(ours) != len(theirs) or len(ours) < 3:
        return False
    places = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    swapped = len(places) == 2 and ours[places[0]] == theirs[places[1]] and ours[places[1]] == theirs[places[0]]
    return len(places) == 1 or swapped
