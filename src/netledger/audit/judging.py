"""The verdict on every line of a calculation, and on the whole.

False alarms are the worst failure: a line is called wrong only where its own arithmetic fails in every reading, where a
known misconception about the layer that it means gives its value, or where its label leaves no doubt about the layer.
"""

from __future__ import annotations

from netledger.audit.arithmetic import Fault, fault_in, mended
from netledger.audit.diagnosis import Cause, Context, causes
from netledger.audit.factors import alike, made_of, same_structure
from netledger.audit.judgement import Judgement
from netledger.audit.groups import Groups
from netledger.audit.labels import SURE, Labels
from netledger.audit.matching import Matcher
from netledger.audit.network_causes import is_output_projection
from netledger.audit.quantities import Quantities
from netledger.audit.reading.words import family_of
from netledger.audit.result import Finding
from netledger.audit.sums import Sums
from netledger.audit.symbols import give_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.tokens import Value
    from netledger.audit.truth import Part, Truth

OTHER = frozenset(("ops", "connections", "bytes", "features", "percent", "shape"))


NETWORK_WORDS = frozenset(
    "network model net architecture nn cnn mlp 模型 网络 網路 모델 네트워크 réseau modèle modelo red rede netz netzwerk modell "
    "сеть модель モデル ネットワーク rete modello".split()
)


class Judge:
    """Judges the statements of one calculation against one network."""

    def __init__(self, calculation: Calculation, truth: Truth) -> None:
        self.calculation, self.truth = calculation, truth
        self.quantities = Quantities(truth)
        self.labels = Labels(truth)
        self.matcher = Matcher(truth, self.quantities, self.labels)
        self.context = Context(truth, calculation.words)
        give_values(calculation, truth)
        self.judgements = [Judgement(s) for s in calculation.statements if s.members]
        self.weights_only = False
        self.wrong_totals: dict[int, list[Cause]] | None = None
        """``value → causes`` for the whole network, filled when first asked for."""
        self.claimed: set[int] = set()
        """Parts (by id) that a wrong line was found to mean."""

    def run(self) -> list[Judgement]:
        """Judge every line; totals are judged afterwards by :mod:`netledger.audit.totals`."""
        for judgement in self.judgements:
            self._speaks_of_network(judgement)
            self._read_arithmetic(judgement)
        for judgement in self.judgements:
            self._anchor(judgement)
        self._sums()
        self._biases()
        Groups(self).run()
        self._faults()
        self._carried()
        Sums(self).run()
        self._open()
        self._repeated()
        return self.judgements

    def _names_part(self, name: str) -> bool:
        """Whether a name that the text gives a number is a layer's own, so that the number is its count."""
        return any(name.lower() in (part.name.lower(), part.name.rpartition(".")[2].lower()) for part in self.matcher.weighted)

    def labels_layer(self, word: str) -> bool:
        """Whether a word of a label names some layer."""
        return family_of(word) not in (None, "block")

    def is_output_projection(self, part: Part) -> bool:
        """Whether a part joins the heads of an attention again."""
        return is_output_projection(part)

    # -------------------------------------------------------------- arithmetic and right values

    def _speaks_of_network(self, judgement: Judgement) -> None:
        """"The network has 61.7M parameters", "AlexNet has …": a total without the word."""
        statement = judgement.statement
        if statement.expression is not None or statement.quantity != "params" or statement.families():
            return
        title = (self.truth.network.title or self.truth.network.name).lower()
        for word in statement.label:
            lower = word.lower()
            if lower in NETWORK_WORDS or (len(lower) >= 4 and lower in title):
                statement.is_total = True

    def _read_arithmetic(self, judgement: Judgement) -> None:
        statement = judgement.statement
        if statement.binding and not self._names_part(statement.binding):
            judgement.verdict = "other"
            return
        fault = fault_in(statement)
        if fault is not None and fault.member.node is not None:
            repaired = mended(fault.member.node, fault.says)
            if repaired is not None and self.quantities.exactly(fault.says):
                judgement.remark = f"read as {repaired.written()}: signs are missing"
                return
            judgement.fault = fault

    def _anchor(self, judgement: Judgement) -> None:
        """Match a statement whose value is right for something that it can mean."""
        statement = judgement.statement
        if judgement.verdict != "open" or judgement.fault is not None or judgement.value is None:
            self._shape_product(judgement)
            return
        if judgement.value == 0:
            judgement.verdict = "right" if statement.quantity in ("params", "") else "other"
            return
        if statement.quantity in ("ops", "connections", "percent", "bytes"):
            judgement.verdict = "other"
            return
        if self._shape_product(judgement):
            return
        quantity = self.matcher.right(judgement)
        if quantity is None:
            if statement.quantity in OTHER:
                judgement.verdict = "other"
            return
        judgement.verdict = "right"
        judgement.quantity = quantity
        if len(quantity.parts) == 1:
            judgement.part = quantity.parts[0][0]
        if not statement.is_total or len(self.matcher.weighted) == 1:
            self.matcher.cover(quantity)

    def _shape_product(self, judgement: Judgement) -> bool:
        """``(20, 20, 32) → 7,744 features``: a number of features that is not the product of the shape beside it."""
        statement = judgement.statement
        shapes = [member.shape for member in statement.members if member.shape]
        stated = statement.stated
        if not shapes or stated is None or stated.node is None or statement.members[-1] is not stated:
            return False
        judgement.verdict = "other"
        product = 1
        for size in shapes[-1]:
            product *= size
        told = any(word.lower().startswith(("feature", "activation", "neuron", "value", "unit", "element")) for word in stated.words)
        if told and stated.node.value != product and not stated.node.error and len(shapes[-1]) > 1:
            shape = "*".join([str(size) for size in shapes[-1]])
            self.blame(judgement, "feature_count", None, product, stated.node.value, f"{shape} = {product:,}")
        return True

    def blame(
        self, judgement: Judgement, kind: str, layer: str | None, expected: Value | None, found: Value | None, why: str,
        follows_from: int | None = None, line_no: int | None = None,
    ) -> None:  # fmt: skip
        judgement.verdict = "wrong"
        place = line_no if line_no is not None else judgement.statement.line_no
        judgement.findings.append(Finding(place, kind, layer, expected, found, follows_from, why))

    def _sums(self) -> None:
        """A sum whose terms are values of the lines above is a total, whatever it is called."""
        seen: set[Value] = set()
        for judgement in self.judgements:
            expression = judgement.statement.expression
            if expression is not None and expression.node is not None and expression.node.op == "sum":
                if not all(term.is_bare or term.op == "product" for term in expression.node.terms()):
                    continue
                terms = [term.value for term in expression.node.terms() if term.is_bare]
                if len(terms) < len(expression.node.terms()) - 1:
                    terms = []
                known = sum(1 for term in terms if term in seen and term > 1)
                counts = sum(1 for term in terms if term > 20 and any(q.role == "full" for q in self.quantities.exactly(term)))
                if max(known, counts) >= 2 and max(known, counts) >= len(terms) - 1 and judgement.verdict == "open":
                    judgement.statement.is_total = True
            if judgement.value is not None:
                seen.add(judgement.value)
            if judgement.fault is not None:
                seen.add(judgement.fault.says)

    # -------------------------------------------------------------- biases left out

    def _biases(self) -> None:
        """Lines that are right for the weights alone, where biases count: a convention of the text, or a slip?"""
        truth = self.truth
        if not truth.bias:
            return
        single = [j for j in self.judgements if j.verdict == "right" and j.quantity is not None and j.part is not None]
        bare = [j for j in single if j.quantity is not None and j.quantity.role == "weights" and not j.error]
        whole = [j for j in single if j.quantity is not None and j.quantity.role == "full" and j.part is not None and j.part.biases]
        self.weights_only = bool(bare) and not whole
        used = self._operands()
        for judgement in bare:
            if self._lacks_bias(judgement, bool(whole), used):
                part = judgement.part
                assert part is not None
                judgement.expected = truth.count(part)
                why = f"the {part.biases:,} biases of {part.shown} are missing: {part.written()}"
                self.blame(judgement, "missing_bias", part.shown, judgement.expected, judgement.value, why)

    def _lacks_bias(self, judgement: Judgement, mixed: bool, used: set[Value]) -> bool:
        statement = judgement.statement
        if statement.approximate or (judgement.value in used and not statement.label) or self._goes_on(judgement):
            return False
        words = [word.lower() for word in [*statement.label, *statement.words]]
        if any(word.startswith(("weight", "kernel", "matrix", "gewicht", "权重", "가중치", "poids", "pesos", "вес", "重み")) for word in words):
            return False
        total = self._stated_total()
        if judgement.part is None or judgement.value != judgement.part.weights:
            return False
        if len(self.matcher.weighted) == 1:
            return self.truth.stated or mixed
        if total is not None and not mixed:
            if not self.truth.stated or total == self.truth.total or self._rounds_to_truth():
                return False
            return bool(statement.label) or total == self._weights_total()
        if mixed:
            return bool(statement.label or statement.heading) or self._is_list()
        return self.truth.stated and bool(statement.label) and judgement.part is not None and judgement.part.block is None

    def _goes_on(self, judgement: Judgement) -> bool:
        """Whether the next equation multiplies this value, or works on with it on the same line."""
        place = self.judgements.index(judgement)
        for other in self.judgements[place + 1 : place + 2]:
            same = other.statement.line_no == judgement.statement.line_no
            member = other.statement.expression
            if same or (member is not None and member.node is not None and member.node.op == "product"):
                return any(
                    leaf.value == judgement.value for m in other.statement.expressions if m.node is not None for leaf in m.node.numbers()
                )
        return False

    def _operands(self) -> set[Value]:
        return {
            leaf.value
            for j in self.judgements
            for member in j.statement.expressions
            if member.node is not None and (member.node.op != "sum" or not j.statement.is_total)
            for leaf in member.node.numbers()
        }

    def _stated_total(self) -> Value | None:
        totals = [j.value for j in self.judgements if j.statement.is_total and j.value is not None]
        return totals[-1] if totals else None

    def _weights_total(self) -> int:
        return sum([part.weights * part.times for part in self.truth.parts])

    def _rounds_to_truth(self) -> bool:
        return any(
            j.statement.is_total and j.value is not None and abs(j.value - self.truth.total) < (j.error or 0) for j in self.judgements
        )

    def _is_list(self) -> bool:
        return sum(1 for j in self.judgements if j.part is not None) >= 3

    # -------------------------------------------------------------- printed expressions that do not give the value

    def _faults(self) -> None:
        for judgement in self.judgements:
            fault = judgement.fault
            if fault is None or judgement.verdict != "open" or judgement.statement.is_total:
                continue
            if judgement.statement.quantity in OTHER and not self._is_exact(fault):
                judgement.verdict = "other"
                continue
            if judgement.statement.quantity in OTHER - {"features", "connections", "shape"}:
                judgement.verdict = "other"
                continue
            self._arithmetic(judgement, fault)

    def _is_exact(self, fault: Fault) -> bool:
        return fault.stated.node is not None and not fault.stated.node.error and isinstance(fault.gives, int)

    def _arithmetic(self, judgement: Judgement, fault: Fault) -> None:
        """The value is wrong for the expression - or the expression for the value, where the value is the true one."""
        statement = judgement.statement
        meant = self._meant_by(judgement, fault)
        assert fault.member.node is not None
        if meant is not None:
            part, cause, true = meant
            judgement.part = part
            judgement.value = judgement.expected = true
            why = f"what is printed gives {fault.gives:,}; {cause.why}"
            self.blame(judgement, cause.kind, part.shown if part else None, true, fault.gives, why)
            return
        named = self._layer_of(judgement, fault.gives)
        judgement.part = named
        judgement.value = fault.says
        judgement.expected = self.truth.count(named) if named is not None else fault.gives
        other = self._exchanged_with(judgement, fault)
        if fault.unit:
            why = f"{fault.member.node.written()} = {fault.gives:,}: the unit is off by a {fault.unit}"
            self.blame(judgement, "unit_mixup", named.shown if named else None, fault.gives, fault.says, why)
            return
        why = f"{fault.member.node.written()} = {fault.gives:,}" + (f"; the results of lines {other} are exchanged" if other else "")
        line_no = fault.stated.line_no
        if statement.quantity in ("features", "shape"):
            self.blame(judgement, "feature_count", None, fault.gives, fault.says, why, line_no=line_no)
        self.blame(judgement, "arithmetic", named.shown if named else None, fault.gives, fault.says, why, line_no=line_no)
        if named is not None and fault.gives != judgement.expected:
            cause = self._cause(judgement, named, fault.gives)
            if cause is not None:
                self.blame(judgement, cause.kind, named.shown, judgement.expected, fault.gives, cause.why, line_no=statement.line_no)

    def _meant_by(self, judgement: Judgement, fault: Fault) -> tuple[Part | None, Cause, Value] | None:
        """A right value beside a wrong expression: the layer, and why the expression falls short of it."""
        written = self.matcher.written(judgement)
        if written is None or not isinstance(fault.gives, int):
            return None
        for quantity in self.quantities.exactly(fault.gives):
            if quantity.role == "weights" and len(quantity.parts) > 1:
                continue
            if same_structure(written, quantity.terms(bias=quantity.role != "weights")):
                return None
        named = self.matcher.named(judgement)
        for quantity in self.quantities.exactly(fault.says):
            if quantity.role not in ("full", "group", "total"):
                continue
            if named and not any(part in named for part, _ in quantity.parts):
                continue
            if len(quantity.parts) == 1 and quantity.parts[0][1] == 1:
                part = quantity.parts[0][0]
                found = causes(part, self.truth, fault.gives, written, self.context)
                if found and found[0].cost < 2.5 and (named or made_of(written, quantity.terms())):
                    return part, found[0], fault.says
            biases = {part.biases * times for part, times in quantity.parts if part.biases}
            sums = _subset_sums([part.biases * times for part, times in quantity.parts if part.biases])
            if biases and fault.says - fault.gives in sums:
                missing = fault.says - fault.gives
                return None, Cause("missing_bias", f"the {missing:,} biases that make it {fault.says:,} are missing", 1), fault.says
        return None

    def _layer_of(self, judgement: Judgement, value: Value) -> Part | None:
        """The layer that a line with a slip means: by what its expression gives, else by its label."""
        named = self.matcher.named(judgement)
        for quantity in self.quantities.exactly(value):
            if len(quantity.parts) == 1 and quantity.role in ("full", "weights") and quantity.parts[0][1] == 1:
                if not named or quantity.parts[0][0] in named:
                    return quantity.parts[0][0]
        return named[0] if len(named) == 1 else None

    def _exchanged_with(self, judgement: Judgement, fault: Fault) -> str:
        for other in self.judgements:
            if other is not judgement and other.fault is not None:
                if other.fault.says == fault.gives and other.fault.gives == fault.says:
                    lines = sorted((judgement.statement.line_no, other.statement.line_no))
                    return f"{lines[0]} and {lines[1]}"
        return ""

    # -------------------------------------------------------------- values that carry an earlier mistake

    def _carried(self) -> None:
        """A line that works on with an earlier wrong value."""
        wrong = {
            j.value: j for j in self.judgements if j.findings and j.expected is not None and j.value is not None and j.value != j.expected
        }
        for judgement in self.judgements:
            if judgement.verdict != "open" or judgement.statement.is_total:
                continue
            for member in judgement.statement.expressions:
                if member.node is None:
                    continue
                for leaf in member.node.numbers():
                    origin = wrong.get(leaf.value)
                    if origin is not None and leaf.value > 100 and origin.statement.line_no < judgement.statement.line_no:
                        self._follow(judgement, origin, leaf.value)
                        break

    def _follow(self, judgement: Judgement, origin: Judgement, value: Value) -> None:
        from netledger.audit.arithmetic import _replace
        from netledger.audit.reading.expressions import number

        if judgement.verdict == "wrong" or origin.expected is None:
            return
        member = judgement.statement.expression
        assert member is not None and member.node is not None
        node = member.node
        for leaf in node.numbers():
            if leaf.value == value:
                node = _replace(node, leaf, number(origin.expected))
        judgement.expected = node.value
        line = origin.findings[0].line_no
        why = f"right as worked out, but it carries line {line}"
        self.blame(judgement, "propagated", None, node.value, judgement.value, why, follows_from=line)

    # -------------------------------------------------------------- what is left

    def _open(self) -> None:
        """Lines whose value is right for nothing: the layer that they mean, and the cause."""
        places = [self._place(j) for j in self.judgements]
        used = self._operands()
        before = -1
        for i, judgement in enumerate(self.judgements):
            before = max(before, places[i] if places[i] is not None else -1)  # type: ignore[type-var]
            if judgement.verdict != "open" or judgement.statement.is_total:
                continue
            if judgement.statement.quantity in OTHER or judgement.value is None or judgement.error:
                continue
            if judgement.value in used and judgement.value > 20 and (not judgement.statement.label or self._goes_on(judgement)):
                continue  # a step on the way
            following = (place for place in places[i + 1 : i + 65] if place is not None and place > before)
            after = next(following, 10**9)
            if not self._counted_pooling(judgement):
                self._explain(judgement, before, after)
        for judgement in self.judgements:
            if judgement.error and judgement.verdict == "open" and judgement.statement.quantity not in OTHER:
                self._rounded(judgement)

    def _counted_pooling(self, judgement: Judgement) -> bool:
        """Parameters in a layer that has none."""
        statement = judgement.statement
        families = set(statement.families())
        if not families or not families <= {"pool", "flatten", "dropout"} or statement.is_total:
            return False
        if any(part.family in ("pool", "subsample") and part.full for part in self.truth.parts):
            return False
        if statement.quantity == "params" and judgement.value:
            judgement.expected = 0
            self.blame(judgement, "counted_pooling", statement.name, 0, judgement.value, f"{statement.name} has no parameters")
        return True

    def _rounded(self, judgement: Judgement) -> None:
        """A rounded figure beside a layer's name: off by its unit, or altogether."""
        named = self.matcher.named(judgement)
        value = judgement.value
        if len(named) != 1 or value is None or judgement.statement.is_total:
            return
        part = named[0]
        count = self.truth.count(part)
        for true in (count, count * part.times, part.weights):
            if abs(value - true) < max(float(judgement.error), 0.03 * true):
                judgement.verdict = "right"
                judgement.part = part
                return
        for factor in (1000, 10**6):
            for wrong in (count * factor, count / factor):
                if abs(value - wrong) <= max(0.06 * wrong, judgement.error if value > count else 0):
                    judgement.part, judgement.expected = part, count
                    self.blame(judgement, "unit_mixup", part.shown, count, value, f"{part.shown} has {count:,}: the unit is off")
                    return
        if id(part) not in self.matcher.covered and (value > 2 * count * part.times or value < 0.5 * part.weights):
            judgement.part, judgement.expected = part, count
            self.blame(judgement, "wrong_value", part.shown, count, value, f"{part.shown} has {part.written()} = {count:,}")

    def _place(self, judgement: Judgement) -> int | None:
        if judgement.part is None or judgement.verdict not in ("right", "wrong"):
            return None
        return judgement.part.index

    def _shared(self, judgement: Judgement) -> bool:
        """A group that is there once, multiplied: its layers are shared, not repeated."""
        member, value = judgement.statement.expression, judgement.value
        if member is None or member.node is None or member.node.op != "product" or not isinstance(value, int):
            return False
        if not any(part.tied_to for part in self.truth.parts) and not self.context.speaks_of("shar", "albert", "siam", "tied", "共享", "공유"):
            return False
        for leaf in member.node.numbers():
            if isinstance(leaf.value, int) and 1 < leaf.value <= 200 and value % leaf.value == 0:
                for quantity in self.quantities.exactly(value // leaf.value):
                    if quantity.role in ("full", "group") and all(part.times == 1 for part, _ in quantity.parts):
                        judgement.expected = quantity.value
                        why = f"{quantity.what} is shared: it is there once, not {leaf.value} times"
                        self.blame(judgement, "shared_parameters_multiplied", quantity.what, quantity.value, value, why)
                        return True
        return False

    def _so_many(self, judgement: Judgement) -> bool:
        """A repeated block taken too few or too many times: ``11 x 7,087,872`` for twelve."""
        member, value = judgement.statement.expression, judgement.value
        if member is None or member.node is None or member.node.op != "product" or not isinstance(value, int):
            return False
        factors = [factor.value for factor in member.node.factors()]
        if len(factors) != 2:
            return False
        for number, block in (factors, factors[::-1]):
            if not isinstance(number, int) or not 1 < number <= 1000:
                continue
            for quantity in self.quantities.exactly(block):
                times = {part.times // held for part, held in quantity.parts if held}
                if quantity.role == "group" and len(quantity.parts) > 1 and len(times) == 1 and (many := times.pop()) > 1 and many != number:
                    judgement.expected = quantity.value * many
                    why = f"{quantity.what} is there {many} times, not {number}"
                    kind = "missing_layer" if number < many else "extra_layer"
                    self.blame(judgement, kind, quantity.what, judgement.expected, value, why)
                    return True
        return False

    def _garbled(self, judgement: Judgement, named: list[Part]) -> bool:
        """An expression without a result that is right once the signs are put back that a formatter ate."""
        member = judgement.statement.expression
        if judgement.statement.stated is not None or member is None or member.node is None or len(named) != 1:
            return False
        count = self.truth.count(named[0])
        repaired = mended(member.node, count)
        if repaired is None:
            return False
        judgement.part, judgement.expected = named[0], count
        why = f"signs are missing: {repaired.written()} is meant"
        self.blame(judgement, "garbled_notation", named[0].shown, count, judgement.value, why)
        return True

    def _explain(self, judgement: Judgement, before: int, after: int) -> None:
        if self._shared(judgement) or self._so_many(judgement) or self._garbled(judgement, self.matcher.named(judgement)):
            return
        best: tuple[float, Part, Cause | None] | None = None
        for score, part in self.matcher.candidates(judgement, before, after):
            cause = self._cause(judgement, part, judgement.value)
            total = score + (1.5 - cause.cost if cause is not None else -2.0)
            if best is None or total > best[0]:
                best = (total, part, cause)
        if best is None:
            return
        score, part, cause = best
        label = self.labels.score(judgement.statement, part)
        if cause is None and (label < SURE or id(part) in self.matcher.covered):
            return
        if cause is not None and not self._believable(judgement, part, cause, score, label):
            return
        judgement.part = part
        judgement.expected = self.truth.count(part)
        self.claimed.add(id(part))
        expression = judgement.statement.expression
        if cause is not None and expression is not None and expression.node is not None and cause.cost > 1:
            if any(leaf.op == "symbol" for leaf in expression.node.numbers()):
                cause = Cause("wrong_formula", cause.why, cause.cost)
        if cause is None:
            kind = "wrong_value" if judgement.statement.expression is None else "wrong_formula"
            cause = Cause(kind, f"{part.shown} has {part.written()} = {judgement.expected:,}", 5)
        self.blame(judgement, cause.kind, part.shown, judgement.expected, judgement.value, cause.why)
        for other in self._causes(judgement, part)[1:2]:
            if other.cost <= cause.cost + 0.6 and other.kind != cause.kind:
                self.blame(judgement, other.kind, part.shown, judgement.expected, judgement.value, f"or: {other.why}")

    def _causes(self, judgement: Judgement, part: Part) -> list[Cause]:
        value = judgement.value
        return causes(part, self.truth, value, self.matcher.written(judgement), self.context) if isinstance(value, int) else []

    def _believable(self, judgement: Judgement, part: Part, cause: Cause, score: float, label: float) -> bool:
        """Whether a cause is evidence enough to call a line wrong."""
        if id(part) in self.matcher.covered and label < SURE:
            return False
        if id(part) in self.matcher.covered and any(
            j.part is part and j.verdict == "right" and j.statement.name == judgement.statement.name for j in self.judgements
        ):
            return False
        if label >= 2:
            return score >= 2.5
        expression = judgement.statement.expression
        if len(self.matcher.weighted) == 1:
            return cause.cost < 4
        if expression is None or expression.node is None:
            return cause.cost <= 1.0 and score >= 2.5
        written = self.matcher.written(judgement) or []
        close = max([alike(monomial, term.factors) for monomial in written for term in part.terms], default=0.0)
        return cause.cost <= 2.0 and score >= 2.5 and close >= 0.6

    def _cause(self, judgement: Judgement, part: Part, value: Value | None) -> Cause | None:
        if not isinstance(value, int):
            return None
        found = causes(part, self.truth, value, self.matcher.written(judgement), self.context)
        return found[0] if found else None

    # -------------------------------------------------------------- repeated labels

    def _repeated(self) -> None:
        """The same line twice under one label, where the network has one such layer and the next one is missing."""
        for first, second in zip(self.judgements, self.judgements[1:], strict=False):
            part = second.part
            if part is None or first.part is not part or part.times > 1 or second.verdict != "right":
                continue
            ours, theirs = first.statement, second.statement
            if not ours.label or ours.label != theirs.label or ours.line_no == theirs.line_no or first.value != second.value:
                continue
            if (ours.expression is None) != (theirs.expression is None) or (ours.stated is None) != (theirs.stated is None):
                continue
            following = next((p for p in self.matcher.weighted if p.index > part.index), None)
            if following is None or following.family != part.family or id(following) in self.matcher.covered:
                continue
            second.expected = self.truth.count(following)
            why = f"line {ours.line_no} is {part.shown} already; {following.shown} comes next: {following.written()}"
            second.part = following
            self.blame(second, "mislabelled_layer", following.shown, second.expected, second.value, why)


def _subset_sums(values: list[int]) -> set[int]:
    """The sums of any of some values (at most 16 of them)."""
    sums = {0}
    for value in values[:16]:
        sums |= {known + value for known in sums}
    return sums - {0}
