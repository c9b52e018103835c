"""The verdict on every line and on the whole: the only place where one is made.

Matching, arithmetic and sums have opinions on each line; here they are weighed against each other, in one order:
a sum is judged as a sum, an equation that does not hold is wrong whatever it means, and what was compared and is equal
is right. What was not compared is never right.
"""

from __future__ import annotations

from netledger.audit.causes.groups import tied_tables
from netledger.audit.causes.naming import name_changes
from netledger.audit.causes.structure import changes
from netledger.audit.causes.totals import absent_from, absent_parts, name_total
from netledger.audit.matching.arithmetic import mended
from netledger.audit.matching.assignment import LEAST_ALONE, is_digit_slip
from netledger.audit.matching.others import judge_other
from netledger.audit.matching.quantities import broad
from netledger.audit.matching.sums import PIECES, Sums, is_nested, meant
from netledger.audit.reading.statement import total_in
from netledger.audit.result import Finding
from netledger.audit.weights import FACTOR, LEAST_POOLED, LEAST_TELLING, NEAR_SUM, NEARLY, NO_MEANING, SCALED, SURE
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.causes.naming import Cause
    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.books import Part
    from netledger.audit.matching.items import Item
    from netledger.audit.matching.meaning import Meaning
    from netledger.audit.matching.sums import Sum
    from netledger.audit.reading.nodes import Node
    from netledger.audit.reading.tokens import Value


GRADIENTS = ("gradient", "grad")
HEADS = frozenset(("head", "heads"))
PIECE = 3
"""A text that is about less than this part of a network, by layers and by parameters, is about a piece of it."""
MISADDED = frozenset(("wrong_value", "missing_layer", "missing_norm"))
"""What a total is called that is not the network's; where its lines account for everything, it only adds wrongly."""
OF_ALL = frozenset(("total", "trainable"))
"""Roles of which nothing can be wrong where the network is not all there."""


class Outcome(Record):
    """What is said of one statement: ``verdict``, ``why``, the layer it is about, its faults, what should stand."""

    __slots__ = ("item", "verdict", "layer", "why", "findings", "expected")
    item: Item
    verdict: str
    layer: str | None
    why: str
    findings: tuple[Finding, ...]
    expected: Value | None

    def __init__(
        self, item: Item, verdict: str, layer: str | None = None, why: str = "", findings: tuple[Finding, ...] = (),
        expected: Value | None = None,
    ) -> None:  # fmt: skip
        self._fill(item, verdict, layer, why, findings, expected)


class Verdicts:
    """Decides on the items of one text, in order; ``whole``: whether the network is all that a total can be about;
    ``blames``: whether it is known so well that what differs from it is wrong.
    """

    def __init__(self, matcher: Matcher, *, whole: bool = True, blames: bool = True) -> None:
        self.matcher, self.books, self.whole, self.blames = matcher, matcher.books, whole, blames
        self.items = matcher.items
        self.sums = Sums(self.items).run()
        self.last_sum = max(self.sums, default=-1)
        self.last_total = max([item.index for item in self.items if _totals_everything(item)], default=-1)
        self.outcomes: dict[int, Outcome] = {}
        self._all_there: bool | None = None

    def run(self) -> list[Outcome]:
        """One outcome for each item that is a count; the others are judged elsewhere."""
        for item in self.items:
            if item.is_count and item.value is not None:
                self.outcomes[item.index] = self._decide(item)
            elif item.statement.quantity != "setting" and not item.statement.binding and item.value is not None:
                outcome = self._other(item)
                if outcome is not None:
                    self.outcomes[item.index] = outcome
        return list(self.outcomes.values())

    def _decide(self, item: Item) -> Outcome:
        found = self.sums.get(item.index)
        if item.fault is not None and item.fault.member.node is not None:
            return self._sum_that_fails(item, found) if found is not None else self._equation_that_fails(item)
        if found is not None and (found.parts or found.whole) and not _in_passing(item):
            return self._sum(item, found)
        if item.value == 0 and item.node is None and self.books.weighted:
            return self._nothing(item)
        if self._counts_pooling(item):
            cause = _cause(self._of_nothing(item), "a layer like this has no parameters", _stated_node(item), "0")
            return self._wrong(item, (cause,), 0, None)
        sizes = self._against_its_shape(item)
        if sizes is not None:
            return sizes
        meaning = meant(item)
        unknown = not self.blames or (not self.whole and meaning is not None and meaning.quantity.role in OF_ALL)
        if meaning is not None and meaning.causes and unknown:
            return self._open(item)
        if meaning is not None and meaning.causes and self._makes_what_is_right(item):
            return Outcome(item, "right", None, "a part of what a line below works out", (), item.value)
        if meaning is not None and meaning.causes and self._told_beside(item, meaning):
            return self._open(item)
        if meaning is not None and meaning.causes:
            return self._wrong(item, meaning.causes, meaning.expected, meaning.layer)
        other = self._mislabelled(item, meaning) if meaning is not None else None
        if other is not None:
            return other
        if meaning is not None:
            return self._right(item)
        large = item.statement.quantity == "" and item.value is not None and item.value >= LEAST_TELLING
        speaks = (item.statement.quantity == "params" or large) and self.matcher.prices.names_network(item)
        bare = item.products is None or total_in(item.statement.label)
        claims = (item.statement.is_total or speaks) and bare and not _in_passing(item)
        if claims and self.whole and self._is_claim(item):
            return self._claim(item)
        return self._open(item)

    def _counts_pooling(self, item: Item) -> bool:
        """Whether a count is given for pooling, flattening or dropout."""
        if not self._called_pooling(item) or item.error or item.products is not None:
            return False
        if item.statement.is_total:
            return False
        meanings = self.matcher.quantities.exactly.get(item.value, ()) if isinstance(item.value, int) else ()
        if any(item.statement.quantity != "params" or quantity.role not in PIECES for quantity in meanings):
            return False
        if any(part.family in ("pool", "subsample", "flatten") for part in self.books.weighted):
            return False
        value = item.value
        unsaid = item.statement.quantity == "" and len(item.statement.label) == 1
        called = item.statement.quantity == "params" or unsaid
        return self.whole and called and isinstance(value, int) and value >= LEAST_POOLED

    def _of_nothing(self, item: Item) -> str:
        """What counting the parameters of a layer without any is called."""
        pooled = {"pool", "flatten"} & set(self.matcher.labels.read(item.statement).layers)
        return "counted_pooling" if pooled else "extra_layer"

    def _called_pooling(self, item: Item) -> bool:
        """Whether a label names pooling, flattening or dropout and nothing else."""
        layers = set(self.matcher.labels.read(item.statement).layers)
        return bool(layers) and not layers - {"pool", "flatten", "dropout"}

    def _against_its_shape(self, item: Item) -> Outcome | None:
        """``conv2.weight [12, 8, 3, 3] = 846``: the sizes beside a count are a tensor's, and do not give it."""
        shapes = [member.shape for member in item.statement.members if member.shape and len(member.shape) > 1]
        if not shapes or item.error or item.products is not None or item.right is not None:
            return None
        size = 1
        for side in shapes[-1]:
            size *= side
        owners = [part for part, _ in self.matcher.quantities.by_terms.get(size, ())]
        sure = self.matcher.labels.sure(item.statement)
        if size == item.value or not owners or (sure and not any(part in sure for part in owners)):
            return None
        cause = _cause("wrong_value", f"{'*'.join([f'{side}' for side in shapes[-1]])} is {size:,}", _stated_node(item))
        return self._wrong(item, (cause,), size, owners[0].shown)

    def _nothing(self, item: Item) -> Outcome:
        """A line that says 0: right unless its label is the name of a layer that has parameters."""
        sure = [part for part in self.matcher.labels.sure(item.statement) if part.full]
        if len(sure) != 1 or self.matcher.labels.cost(item.statement, sure[0]) > SURE:
            return Outcome(item, "right", None, "no parameters", (), 0)
        count = self.books.count(sure[0])
        kind = "missing_norm" if sure[0].family in ("norm", "batchnorm") else "wrong_value"
        cause = _cause(kind, f"{sure[0].shown} has {sure[0].written()}", None, f"{count:,}")
        return self._wrong(item, (cause,), count, sure[0].shown)

    def _other(self, item: Item) -> Outcome | None:
        """A number that is no count: its arithmetic, and what is known of its sort."""
        known = judge_other(item, self.matcher)
        if known.verdict == "wrong":
            cause = _cause(known.kind, known.why, _stated_node(item))
            return self._wrong(item, (cause,), known.expected, known.layer)
        if item.fault is not None and item.fault.member.node is not None and not _only_rounded(item):
            return self._equation_that_fails(item)
        if known.verdict == "right":
            return Outcome(item, "right", known.layer, known.why, (), item.value)
        if item.node is not None and len([m for m in item.statement.members if m.node is not None]) > 1:
            return Outcome(item, "adds_up", None, "no count of parameters")
        return None

    def _right(self, item: Item) -> Outcome:
        meaning = meant(item)
        assert meaning is not None
        what = meaning.quantity.what if meaning.quantity.role != "layer" else ""
        return Outcome(item, "right", meaning.layer or meaning.quantity.what, what, (), meaning.expected)

    def _makes_what_is_right(self, item: Item) -> bool:
        """Whether a line below multiplies this value, and is right: one head of twelve."""
        return any(
            len(other.refers) == 1
            and other.refers[0][0] is item
            and other.refers[0][1] > 1
            and other.right is not None
            and other.right.cost < NO_MEANING
            for other in self.items[item.index + 1 :]
        )

    def _mislabelled(self, item: Item, meaning: Meaning) -> Outcome | None:
        """A formula of one layer below the own name of another, which a line above has: ``up2`` twice, for up1."""
        named = self.matcher.labels.sure(item.statement) if item.statement.label else []
        if len(named) != 1 or meaning.quantity.role != "layer" or item.products is None or not self.blames:
            return None
        part, own = named[0], meaning.quantity.first
        same = (
            part is own or self.books.count(part) == meaning.quantity.value or broad(part.family) != broad(own.family)
        )
        if same or part.times > 1 or own.times > 1 or not self.matcher.place.is_right(part, item):
            return None
        if self.matcher.place.is_taken(own, 1, item):
            return None
        true = self.books.count(part)
        why = f"that is {own.shown}: {part.shown} has {part.written()} = {true:,}"
        node = item.node or _stated_node(item)
        return self._wrong(item, (_cause("mislabelled_layer", why, node, own.shown),), true, part.shown)

    def _told_beside(self, item: Item, meaning: Meaning) -> bool:
        """Whether the same line says beside it what is right: ``6*6*48 = 1728 inputs, 1729*64 = 110,656``."""
        for other in self.matcher.by_row.get(item.statement.row, ()):
            told = meant(other) if other is not item and other.fault is None else None
            if told is None or told.causes or told.quantity.value != meaning.quantity.value:
                continue
            sizes = {size for term in told.quantity.first.terms for _, size in term.factors}
            if item.products is None or item.statement.stated is None or item.value in sizes:
                return True
        return False

    def _open(self, item: Item) -> Outcome:
        if self._nearly_the_total(item):
            assert item.value is not None
            return self._blame_total(item, name_total(item.value, item.error, self.books))
        equation = item.node is not None and len([m for m in item.statement.members if m.node is not None]) > 1
        why = "fits nothing in this network" if self.books.weighted else "no network to compare it with"
        return Outcome(item, "adds_up" if equation else "not_checked", None, why)

    def _nearly_the_total(self, item: Item) -> bool:
        """Whether a number that nothing names is the network's total but for a slip."""
        value, total = item.value, self.books.total
        if not self.whole or item.products is not None or item.error or not isinstance(value, int):
            return False
        if value < LEAST_TELLING or item.statement.families() or item.used:
            return False
        return 0 < abs(value - total) <= NEARLY * total

    def _wrong(self, item: Item, causes: tuple[Cause, ...], expected: Value | None, layer: str | None) -> Outcome:
        stated = item.value if item.value is not None else item.works_out
        findings = tuple(
            [
                self._finding(item, cause, expected if cause.expected is None else cause.expected, stated, layer)
                for cause in causes
            ]
        )
        return Outcome(item, "wrong", layer, causes[0].why, findings, expected)

    def _finding(
        self, item: Item, cause: Cause, expected: Value | None, found: Value | None, layer: str | None,
        follows: int | None = None,
    ) -> Finding:  # fmt: skip
        place = span_of(cause.node)
        line_no, span = (place[0], place[1:]) if place is not None else (_line_of(item), None)
        return Finding(
            line_no, span, cause.kind, layer, plain(expected), plain(found),
            follows, cause.why, cause.instead,
        )  # fmt: skip

    # -------------------------------------------------------------- equations

    def _equation_that_fails(self, item: Item) -> Outcome:
        """What is printed does not give what is printed; and perhaps one of the two is what should stand there."""
        fault = item.fault
        assert fault is not None
        gives, says = fault.gives, fault.says
        stated = fault.stated.node
        instead = in_unit_of(stated, gives)
        why = f"{written(fault.member.node)} gives {instead}, not {in_unit_of(stated, says)}"
        if fault.unit:
            why += f": a {fault.unit} too many or too few"
        main = self._finding(item, _cause("arithmetic", why, stated, instead), gives, says, None)
        beside = self._beside(item, gives, says)
        layer = beside[0].layer if beside else None
        expected = self._expected_of(item, gives, beside)
        if beside and beside[0].expected == plain(says):
            return Outcome(item, "wrong", layer, beside[0].why, (*beside, main), expected)
        return Outcome(item, "wrong", layer, why, (main, *beside), expected)

    def _beside(self, item: Item, gives: Value, says: Value) -> list[Finding]:
        """The cause where the stated value is right and the expression is not, or where both are wrong."""
        right = item.right
        if right is not None and right.cost < 1.5 * FACTOR and right.quantity.value == says and item.products:
            repaired = mended(item.node, says) if item.node is not None else None
            if repaired is not None:
                why = f"read as {repaired.written()}: signs are missing"
                return [self._finding(item, _cause("garbled_notation", why), says, gives, right.layer)]
            found = changes(item.products, right.quantity.terms)
            if found and sum([change.cost for change in found]) <= 2 * FACTOR:
                causes = name_changes(found, right.quantity, self.books, self.matcher.words)
                return [
                    self._finding(item, cause, says if cause.expected is None else cause.expected, gives, right.layer)
                    for cause in causes
                ]
        given = item.given
        if given is not None and given.cost < NO_MEANING:
            return []
        wrong = item.wrong
        if wrong is not None and wrong.cost < NO_MEANING and wrong.causes:
            return [
                self._finding(item, c, wrong.expected if c.expected is None else c.expected, gives, wrong.layer)
                for c in wrong.causes
            ]
        return []

    def _expected_of(self, item: Item, gives: Value, beside: list[Finding]) -> Value:
        if beside and beside[0].expected is not None:
            return beside[0].expected
        return gives

    # -------------------------------------------------------------- sums

    def _true_sum(self, found: Sum) -> Value | None:
        """What should stand there: the network's count, or what the lines should add up to."""
        if found.whole and self.whole:
            return self.books.total
        total: Value = 0
        for part, times in found.parts:
            outcome = self.outcomes.get(part.index)
            if outcome is not None and outcome.expected is not None:
                total += outcome.expected * times
            elif outcome is not None and outcome.verdict == "adds_up" and not self.books.weighted and part.value:
                total += part.value * times
            else:
                return None
        return total if found.parts else None

    def _wrong_parts(self, found: Sum) -> list[Outcome]:
        outcomes = [self.outcomes[part.index] for part, _ in found.parts if part.index in self.outcomes]
        return [outcome for outcome in outcomes if outcome.verdict in ("wrong", "carries")]

    def _sum_that_fails(self, item: Item, found: Sum) -> Outcome:
        fault = item.fault
        assert fault is not None
        true, wrong = self._true_sum(found), self._wrong_parts(found)
        expected = true if true is not None and not wrong and true == fault.gives else fault.gives
        kind = "terms_do_not_add" if true is not None and true == fault.says else "wrong_sum"
        why = f"the terms add to {shown(fault.gives)}, not {shown(fault.says)}"
        twice = [owner for _, owner in tied_tables(self.books) if fault.gives - fault.says == owner.full]
        if twice and self.books.total == fault.says:
            kind, expected = "tied_embeddings_double_counted", fault.says
            why += f": the terms count the shared table of {twice[0].shown} twice"
        findings = [
            self._finding(item, _cause(kind, why, fault.stated.node, shown(expected)), expected, fault.says, None)
        ]
        if wrong and true is not None:
            findings.append(self._carried(item, wrong, true))
        return Outcome(item, "wrong", None, why, tuple(findings), true if true is not None else expected)

    def _sum(self, item: Item, found: Sum) -> Outcome:
        value, true, wrong = item.value, self._true_sum(found), self._wrong_parts(found)
        assert value is not None
        if item.fault is None and item.node is not None and item.refers and item.node.value != value and not item.error:
            return self._open(item)  # "320 → half of 256 + 256 + 128"
        if true is not None and _equal(value, true, item) and found.whole and self.whole:
            whole = Outcome(item, "right", "the whole network", "the whole network", (), true)
            return self._norms_left_out(item, found) or whole
        if self._counts_twice(found, value):
            return self._right_sum_of_too_little(item, found)
        wrong_number = self._wrong_number_of_blocks(item, found)
        if wrong_number is not None:
            return wrong_number
        meaning = item.right
        last = found.whole and self.whole and item.index >= self.last_total
        named = total_in(item.statement.label) or total_in(item.statement.words)
        own = meaning is not None and (meaning.quantity.role == "trainable" or self._is_of_a_block(found, meaning))
        if meaning is not None and meaning.cost < NO_MEANING and (not last or not named or own):
            if not wrong or abs(meaning.quantity.value - value) <= item.error:
                return self._right(item)
        if true is not None and _equal(value, true, item):
            if not self.books.weighted:
                return Outcome(item, "adds_up", None, "the sum of the lines; no network to compare it with", (), true)
            if item.right is None and not all(self._is_right(part) for part, _ in found.parts) and not found.whole:
                return Outcome(item, "adds_up", None, "", (), true)
            what = "the whole network" if found.whole else ""
            return Outcome(item, "right", what or None, what, (), true)
        adds = abs(found.adds - value) <= item.error + found.error + (0.01 * abs(value) if item.approximate else 0)
        if found.parts and adds:
            if wrong and true is not None:
                return self._carries(item, found, wrong, true)
            if not (found.whole and self.whole):
                return self._adds(item, found)
            extra = self._with_layers_too_many(item, found, true) if true is not None else None
            if extra is not None:
                return extra
            return self._right_sum_of_too_little(item, found)
        if not found.parts:
            return self._claim(item) if found.whole and self.whole else self._open(item)
        if not self.whole and not self._must_add(item, found):
            return self._open(item)
        return self._wrong_sum(item, found, true, wrong)

    def _is_of_a_block(self, found: Sum, meaning: Meaning) -> bool:
        """Whether right lines add up to a block of the network, of which nothing says that it is the whole."""
        block = meaning.quantity.role in ("block", "blocks") and meaning.cost < 0 and not meaning.causes
        return block and found.adds == meaning.quantity.value and all(self._is_right(part) for part, _ in found.parts)

    def _with_layers_too_many(self, item: Item, found: Sum, true: Value) -> Outcome | None:
        """A total that is too large by lines that fit nothing: layers that the network does not have."""
        strange = [
            part
            for part, _ in found.parts
            if (outcome := self.outcomes.get(part.index)) is not None
            and outcome.verdict in ("adds_up", "not_checked")
            and part.fault is None
        ]
        if not strange or found.adds - true != sum([part.value for part in strange if part.value is not None]):
            return None
        for part in strange:
            kind, why = "extra_layer", "the network has no such layer"
            if self._called_pooling(part):
                kind, why = self._of_nothing(part), "a layer like this has no parameters"
            cause = _cause(kind, why, part.node or _stated_node(part), "0")
            self.outcomes[part.index] = self._wrong(part, (cause,), 0, None)
        return self._carries(item, found, [self.outcomes[part.index] for part in strange], true)

    def _carries(self, item: Item, found: Sum, wrong: list[Outcome], true: Value) -> Outcome:
        """The right sum of wrong lines; where these set right would not give the total either, that is told too."""
        findings = [self._carried(item, wrong, true)]
        mended: Value = 0
        for part, times in found.parts:
            outcome = self.outcomes.get(part.index)
            mended += (
                outcome.expected if outcome is not None and outcome.expected is not None else part.value or 0
            ) * times
        if found.whole and self.whole and mended < true - found.error:
            covered = [meaning.quantity for part, _ in found.parts if (meaning := meant(part)) is not None]
            kind, why = absent_from(covered, mended, self.books)
            if kind in ("missing_layer", "missing_norm"):
                findings.append(self._finding(item, _cause(kind, why), true, item.value, None))
        return Outcome(item, "carries", None, findings[0].why, tuple(findings), true)

    def _counts_twice(self, found: Sum, value: Value) -> bool:
        """Whether a sum at the end of the text adds up more than the network has."""
        last = self.last_sum <= found.item.index
        right = all(self._is_right(part) for part, _ in found.parts)
        adds = abs(found.adds - value) <= item_error(found)
        return self.whole and last and right and adds and len(found.parts) > 1 and value > self.books.total

    def _wrong_number_of_blocks(self, item: Item, found: Sum) -> Outcome | None:
        """``16 × 7,087,872``: a block of which there are 12."""
        if len(found.parts) != 1 or item.value is None:
            return None
        part, times = found.parts[0]
        meaning = meant(part)
        if meaning is None or meaning.causes or meaning.quantity.role in PIECES or times < 2:
            return None
        if times == 2 and any(word.startswith(GRADIENTS) for word in self.matcher.words_at(item).listed):
            why, instead = "gradients are memory: they are no parameters", shown(meaning.quantity.value)
            cause = _cause("gradients_counted", why, _stated_node(item), instead)
            return self._wrong(item, (cause,), meaning.quantity.value, None)
        cover = meaning.quantity.cover
        there = min([p.times // n for p, n in cover])
        heads = cover[0][0].heads == times or HEADS & self.matcher.words_at(item).all
        if there == 1 and item.right is None and heads and times > 1:
            why = f"the {times} heads share the width of {meaning.quantity.what}: they are no factor"
            return self._wrong(item, (_cause("multiplied_by_heads", why),), part.value, None)
        if there == 1 and item.right is None and item.value > self.books.total:
            why = f"{meaning.quantity.what} is there once: what shares its parameters does not count them again"
            cause = _cause("shared_parameters_multiplied", why, _stated_node(item))
            return self._wrong(item, (cause,), part.value, None)
        if times == there or there < 2 or item.right is not None or any(times == leaf for leaf in self._repeats()):
            return None
        expected = meaning.quantity.value * there
        kind = "extra_layer" if times > there else "missing_layer"
        why = f"there are {there} of {meaning.quantity.what}, not {times}"
        node = next((leaf for product in item.products or () for leaf in product.leaves if leaf.value == times), None)
        return self._wrong(item, (_cause(kind, why, node, f"{there}"),), expected, None)

    def _repeats(self) -> set[int]:
        """How often anything in the network is repeated."""
        return {quantity.times for quantity in self.matcher.quantities.all}

    def _must_add(self, item: Item, found: Sum) -> bool:
        """Whether lines are surely meant to make the total: it is near, and none is part of another."""
        value = item.value
        if item.refers or value is None:
            return True
        if value >= LEAST_TELLING / 10 and is_digit_slip(value, int(found.adds)):
            return True  # of three figures one may differ by chance
        near = abs(found.adds - value) <= NEAR_SUM * abs(value)
        return len(found.parts) > 1 and near and not is_nested(found.parts) and not found.error

    def _is_right(self, part: Item) -> bool:
        outcome = self.outcomes.get(part.index)
        return outcome is not None and outcome.verdict == "right"

    def _norms_left_out(self, item: Item, found: Sum) -> Outcome | None:
        """A right total over right rows that leave out norms which their neighbours include."""
        rows = [part for part, _ in found.parts if part.value]
        meanings = [(part, meaning) for part in rows if (meaning := meant(part)) is not None]
        if not found.whole or len(rows) < 3 or len(meanings) < len(rows) or item.value is None:
            return None
        absent = absent_parts([meaning.quantity for _, meaning in meanings], self.books)
        including = any(
            part.family == other.family
            for _, meaning in meanings
            if len(meaning.quantity.cover) > 1
            for part, _ in meaning.quantity.cover
            for other in absent
        )
        short = sum([self.books.count(part) * part.times for part in absent])
        norms = absent and all(part.family in ("norm", "batchnorm") for part in absent)
        if not norms or not including or found.adds != item.value - short:
            return None
        for part in absent:
            above = [
                (row, m) for row, m in meanings if len(m.quantity.cover) == 1 and m.quantity.first.index < part.index
            ]
            if above:
                self._norm_missing(*max(above, key=lambda entry: entry[1].quantity.first.index), part)
        why = f"the rows add to {found.adds:,}; the total is right, {short:,} more"
        finding = self._finding(item, _cause("terms_do_not_add", why), found.adds, item.value, None)
        return Outcome(item, "wrong", None, why, (finding,), item.value)

    def _norm_missing(self, row: Item, meaning: Meaning, part: Part) -> None:
        count = self.books.count(part) * part.times
        why = f"{part.shown} ({count:,}) is left out, while the other rows include their norms"
        expected = meaning.quantity.value + count
        finding = self._finding(row, _cause("missing_norm", why), expected, row.value, meaning.layer)
        self.outcomes[row.index] = Outcome(row, "wrong", meaning.layer, why, (finding,), expected)

    def _adds(self, item: Item, found: Sum) -> Outcome:
        if all(self._is_right(part) for part, _ in found.parts):
            lines = ", ".join([f"{part.line_no}" for part, _ in found.parts])
            return Outcome(item, "right", None, f"the sum of lines {lines}", (), item.value)
        return Outcome(item, "adds_up", None, "", (), None)

    def _carried(self, item: Item, wrong: list[Outcome], true: Value) -> Finding:
        line = wrong[0].item.line_no
        lines = ", ".join(dict.fromkeys([f"{outcome.item.line_no}" for outcome in wrong]))
        why = f"it carries line{'s' if ',' in lines else ''} {lines}"
        stated = item.statement.stated
        node = stated.node if stated is not None else None
        return self._finding(item, _cause("propagated", why, node, shown(true)), true, item.value, None, line)

    def _right_sum_of_too_little(self, item: Item, found: Sum) -> Outcome:
        """The lines add up, all are right, and yet the network has more or less."""
        assert item.value is not None
        covered = [meaning.quantity for part, _ in found.parts if (meaning := meant(part)) is not None]
        if len(covered) < len([part for part, _ in found.parts if part.value]):
            return Outcome(item, "adds_up", None, "not all of its lines could be compared", (), None)
        if self._is_of_a_piece(item, found):
            return self._adds(item, found)
        return self._blame_total(item, absent_from(covered, item.value, self.books))

    def _is_of_a_piece(self, item: Item, found: Sum) -> bool:
        """Whether the lines are about a small piece of the network, so that their total is this piece's."""
        seen = {id(p) for part, _ in found.parts if (m := meant(part)) is not None for p, _ in m.quantity.cover}
        few = len(seen) * PIECE <= len(self.books.weighted)
        return few and item.value is not None and item.value * PIECE <= self.books.total

    def _wrong_sum(self, item: Item, found: Sum, true: Value | None, wrong: list[Outcome]) -> Outcome:
        expected = true if true is not None else found.adds
        stated = item.statement.stated
        node = stated.node if stated is not None else None
        kind, why = "wrong_sum", f"the lines add to {shown(found.adds)}"
        if found.whole and self.whole and item.value is not None:
            named, reason = name_total(item.value, item.error, self.books)
            kind, why = (kind, why) if named == "wrong_value" else (named, reason)
        findings = [self._finding(item, _cause(kind, why, node, shown(expected)), expected, item.value, None)]
        if wrong and true is not None:
            findings.append(self._carried(item, wrong, true))
        return Outcome(item, "wrong", None, why, tuple(findings), expected)

    # -------------------------------------------------------------- totals without lines

    def _is_claim(self, item: Item) -> bool:
        return not item.statement.families()

    def _claim(self, item: Item) -> Outcome:
        assert item.value is not None
        if _equal(item.value, self.books.total, item):
            return Outcome(item, "right", None, "the whole network", (), self.books.total)
        return self._blame_total(item, name_total(item.value, item.error, self.books))

    def _is_all_there(self) -> bool:
        """Whether the lines that are right account for the whole network."""
        if self._all_there is None:
            meanings = [meant(item) for item in self.items if not item.statement.is_total]
            right = [meaning.quantity for meaning in meanings if meaning is not None and not meaning.causes]
            self._all_there = len(right) > 1 and not absent_parts(right, self.books)
        return self._all_there

    def _wrong_before(self, item: Item) -> list[Outcome]:
        """What is wrong above, of which a sum adds the number that is claimed there."""
        leaves = {product.value for product in item.products or () if len(product.leaves) == 1}
        return [o for o in self.outcomes.values() if o.verdict in ("wrong", "carries") and o.item.value in leaves]

    def _blame_total(self, item: Item, cause: tuple[str, str]) -> Outcome:
        kind, why = cause
        if kind in MISADDED and self._is_all_there():
            kind, why = "wrong_sum", "the lines have it all, and add to something else"
        stated = item.statement.stated or item.statement.expression
        node = stated.node if stated is not None else None
        total = self.books.total
        before = self._wrong_before(item) if kind == "wrong_value" and item.products else []
        if before:
            finding = self._carried(item, before, total)
            return Outcome(item, "carries", None, finding.why, (finding,), total)
        finding = self._finding(item, _cause(kind, why, node, f"{total:,}"), total, item.value, None)
        return Outcome(item, "wrong", None, why, (finding,), total)


def _in_passing(item: Item) -> bool:
    """Whether a total is too small to be one, and nothing calls it a count."""
    return item.value is not None and item.value < LEAST_ALONE and item.statement.quantity == "" and item.right is None


def _only_rounded(item: Item) -> bool:
    """``112*112*64 = 800K``: a figure in thousands that nobody means exactly."""
    fault = item.fault
    assert fault is not None
    token = fault.stated.node.token if fault.stated.node is not None else None
    scaled = token is not None and token.suffix > 1
    return scaled and abs(fault.gives - fault.says) <= SCALED * abs(fault.gives)


def _totals_everything(item: Item) -> bool:
    """Whether a line is called a total, and that of no kind of layer."""
    return item.is_count and item.statement.is_total and not item.statement.families()


def _stated_node(item: Item) -> Node | None:
    return item.statement.stated.node if item.statement.stated is not None else None


def _line_of(item: Item) -> int:
    """The line of what a statement works out, else of what it states."""
    expression = item.statement.expression
    return expression.line_no if expression is not None else item.line_no


def _cause(kind: str, why: str, node: Node | None = None, instead: str = "") -> Cause:
    from netledger.audit.causes.naming import Cause

    return Cause(kind, why, node, instead)


def item_error(found: Sum) -> float:
    """How far a total may be from what its lines add up to."""
    return found.item.error + found.error


def _equal(value: Value, true: Value, item: Item) -> bool:
    gap = abs(value - true)
    return gap == 0 or bool(item.error and gap <= item.error * 1.000001)


def span_of(node: Node | None) -> tuple[int, int, int] | None:
    """Line, start and end of an expression in the text; ``None`` where nothing of it is placed."""
    if node is None:
        return None
    tokens = [leaf.token for leaf in node.numbers() if leaf.token is not None and leaf.token.place is not None]
    if not tokens or len({token.line_no for token in tokens}) > 1:
        return None
    places = [token.place for token in tokens if token.place is not None]
    return tokens[0].line_no, min([start for start, _ in places]), max([end for _, end in places])


def written(node: Node | None) -> str:
    """An expression for a sentence, cut where it is long."""
    text = node.written() if node is not None else ""
    return text if len(text) <= 60 else text[:57] + "…"


def shown(value: Value) -> str:
    """A number for a sentence."""
    return f"{plain(value):,}" if isinstance(plain(value), int) else f"{value:,.4g}"


def in_unit_of(stated: Node | None, value: Value) -> str:
    """A number as its text would write it: ``112 GB`` beside ``212 GB``."""
    number, unit = "", ""
    if stated is not None and stated.is_bare and stated.op == "number":
        number = stated.text[: max([i for i, sign in enumerate(stated.text) if sign.isdigit()], default=-1) + 1]
        unit = stated.text[len(number) :]
    digits = number.replace(",", "")
    if not unit or not digits.replace(".", "", 1).isdigit() or not float(digits) or stated is None:
        return shown(value)
    return f"{value / (stated.value / float(digits)):,.4g}{unit}"


def plain(value: Value | None) -> Value | None:
    """A whole number as an int."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
