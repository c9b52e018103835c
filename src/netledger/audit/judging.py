"""The verdict on every line of a calculation, and on the whole.

False alarms are the worst failure: a line is called wrong only where its own arithmetic fails in every reading, where a
known misconception about the layer that it means gives its value, or where its label leaves no doubt about the layer.
"""

from __future__ import annotations

from netledger.audit.arithmetic import Fault, fault_in, mended
from netledger.audit.biases import Biases
from netledger.audit.diagnosis import Cause, Context, causes
from netledger.audit.discussed import Discussed
from netledger.audit.groups import Groups
from netledger.audit.judgement import OTHER, Judgement
from netledger.audit.labels import Labels
from netledger.audit.matching import Matcher
from netledger.audit.network_causes import is_output_projection
from netledger.audit.quantities import Quantities
from netledger.audit.reading.words import family_of
from netledger.audit.remaining import Remaining
from netledger.audit.result import Finding
from netledger.audit.slips import Slips
from netledger.audit.sums import Sums
from netledger.audit.symbols import give_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.tokens import Value
    from netledger.audit.truth import Part, Truth

NETWORK_WORDS = frozenset(
    [
        "network",
        "model",
        "net",
        "architecture",
        "nn",
        "cnn",
        "mlp",
        "模型",
        "网络",
        "網路",
        "모델",
        "네트워크",
        "réseau",
        "modèle",
        "modelo",
        "red",
        "rede",
        "netz",
        "netzwerk",
        "modell",
        "сеть",
        "модель",
        "モデル",
        "ネットワーク",
        "rete",
        "modello",
    ]
)


SUPPOSING = frozenset(
    "would if instead compared versus vs vs. ordinary whereas unlike suppose hypothetically 如果 若 假设 만약 würde "
    "wäre serait "
    "sería seria бы если".split()
)
"""Words of a line that is about another network than the one at hand."""


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
        for rule in (Discussed, Biases, Groups, Slips, Sums, Remaining):
            rule(self).run()
        return self.judgements

    def _names_part(self, name: str) -> bool:
        """Whether a name that the text gives a number is a layer's own, so that the number is its count."""
        return any(
            name.lower() in (part.name.lower(), part.name.rpartition(".")[2].lower()) for part in self.matcher.weighted
        )

    def labels_layer(self, word: str) -> bool:
        """Whether a word of a label names some layer."""
        return family_of(word) not in (None, "block")

    def is_output_projection(self, part: Part) -> bool:
        """Whether a part joins the heads of an attention again."""
        return is_output_projection(part)

    def _speaks_of_network(self, judgement: Judgement) -> None:
        """A total without the word: "The network has 61.7M parameters", "AlexNet has …"."""
        statement = judgement.statement
        if statement.quantity != "params" or statement.families():
            return
        if statement.expression is not None:
            written = self.matcher.written(judgement) or []
            alone = sum(1 for other in self.judgements if other.value is not None) == 1
            whole = judgement.value == sum([part.weights * part.times for part in self.matcher.weighted])
            if alone and whole and 1 < len(self.matcher.weighted) <= len(written) and not statement.approximate:
                statement.is_total = True  # "number of parameters = 20*50 + 50*3"
            return
        if sum(1 for other in self.judgements if other.value is not None) == 1 and not judgement.statement.inner:
            unnamed = statement.ordinal() is None and not self.matcher.named(judgement)
            if statement.label and unnamed:
                statement.is_total = True
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
            if self._sums_the_line(judgement, fault) or self._leads_to(fault):
                return
            repaired = mended(fault.member.node, fault.says)
            if repaired is not None and self.quantities.exactly(fault.says):
                judgement.remark = f"read as {repaired.written()}: signs are missing"
                return
            judgement.fault = fault

    def _leads_to(self, fault: Fault) -> bool:
        """``MaxPool -> 16x16x32 -> 0``: a shape, then the count; an arrow that is no equals sign."""
        node = fault.member.node
        shape = node is not None and node.op == "product" and all(factor.is_bare for factor in node.factors())
        known = self.quantities.exactly(fault.says) and not self.quantities.exactly(fault.gives)
        return fault.stated.relation == "→" and shape and (fault.says == 0 or bool(known))

    def _sums_the_line(self, judgement: Judgement, fault: Fault) -> bool:
        """``a*b + b, c*d + d -> 535818``: the number is the sum of all the line's expressions."""
        line, total = judgement.statement.row, fault.gives
        for other in self.judgements:
            if other is judgement:
                break
            if other.statement.row == line and other.statement.stated is None and other.value is not None:
                total += other.value
        if total != fault.says or total == fault.gives:
            return False
        judgement.statement.is_total = True
        return True

    def _anchor(self, judgement: Judgement) -> None:
        """Match a statement whose value is right for something that it can mean."""
        statement = judgement.statement
        if judgement.verdict != "open" or judgement.fault is not None or judgement.value is None:
            self._shape_product(judgement)
            return
        if judgement.value == 0:
            named = self.matcher.named(judgement)
            tied = any(word.lower() in ("tied", "shared", "tie", "tying", "weight-tied") for word in statement.label)
            own = len(named) == 1 and self.labels.by_name(statement, named[0]) >= 4
            if own and statement.stated is not None and not tied:
                part, count = named[0], self.truth.count(named[0])
                kind = "missing_norm" if part.family in ("norm", "batchnorm") else "wrong_value"
                judgement.part, judgement.expected = part, count
                self.blame(judgement, kind, part.shown, count, 0, f"{part.shown} has {part.written()}")
                return
            judgement.verdict = "right" if statement.quantity in ("params", "") else "other"
            return
        if statement.quantity in ("features", "shape") and self._works_on_count(judgement):
            statement.quantity = ""
        if statement.quantity in ("ops", "connections", "percent", "bytes", "setting"):
            judgement.verdict = "other"
            return
        if self._shape_product(judgement):
            return
        quantity = self.matcher.right(judgement)
        if quantity is None:
            words = {word.lower() for word in [*statement.label, *statement.words]}
            if statement.quantity in OTHER or words & SUPPOSING:
                judgement.verdict = "other"
            return
        judgement.verdict = "right"
        judgement.quantity = quantity
        if len(quantity.parts) == 1:
            judgement.part = quantity.parts[0][0]
            if quantity.role == "full":
                self.matcher.place = judgement.part.index
        if not statement.is_total or len(self.matcher.weighted) == 1:
            self.matcher.cover(quantity)

    def _works_on_count(self, judgement: Judgement) -> bool:
        """Whether an expression works on a number of parameters from above, or is a layer's with a common mistake."""
        expression = judgement.statement.expression
        if expression is None or expression.node is None or judgement.value is None:
            return False
        leaves = {leaf.value for leaf in expression.node.numbers() if leaf.value > 1000}
        if any(other.verdict == "right" and other.value in leaves for other in self.judgements):
            return True
        written = self.matcher.written(judgement) or []
        single = len(self.matcher.weighted) == 1 and len(written) > 2
        return single and judgement.value in self.context.wrong_values(self.matcher.weighted[0], self.truth)

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
        told = any(
            word.lower().startswith(("feature", "activation", "neuron", "value", "unit", "element"))
            for word in stated.words
        )
        tensors = [q for q in self.quantities.exactly(product) if len(q.parts) == 1]
        meant = [q.parts[0][0] for q in tensors if self.labels.by_name(statement, q.parts[0][0]) >= 4]
        if meant and not stated.node.error and isinstance(stated.node.value, int) and stated.node.value != product:
            judgement.part, judgement.expected, judgement.value = meant[0], product, stated.node.value
            shape = "*".join([str(size) for size in shapes[-1]])
            self.blame(judgement, "wrong_value", meant[0].shown, product, judgement.value, f"{shape} = {product:,}")
        elif told and stated.node.value != product and not stated.node.error and len(shapes[-1]) > 1:
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
                counts = sum(
                    1 for term in terms if term > 20 and any(q.role == "full" for q in self.quantities.exactly(term))
                )
                if len(set(terms)) < 2 or len(self.matcher.named(judgement)) == 1:
                    counts = known = 0
                if max(known, counts) >= 2 and max(known, counts) >= len(terms) - 1 and judgement.verdict == "open":
                    judgement.statement.is_total = True
            if judgement.value is not None:
                seen.add(judgement.value)
            if judgement.fault is not None:
                seen.add(judgement.fault.says)

    def goes_on(self, judgement: Judgement) -> bool:
        """Whether the next equation works on with this value: on the same line, or as its first factor."""
        place = self.judgements.index(judgement)
        for other in self.judgements[place + 1 : place + 2]:
            same = other.statement.line_no == judgement.statement.line_no
            for member in other.statement.expressions:
                leaves = member.node.numbers() if member.node is not None else []
                if any(leaf.value == judgement.value for leaf in (leaves if same else leaves[:1])):
                    return True
        return False

    def operands(self) -> set[Value]:
        return {
            leaf.value
            for j in self.judgements
            for member in j.statement.expressions
            if member.node is not None and (member.node.op != "sum" or not j.statement.is_total)
            for leaf in member.node.numbers()
        }

    def carries(self, wrong: list[Judgement], off: Value) -> str:
        """What a sum carries: ``it carries conv2, conv4 and conv5 (1,413,120 too many)``."""
        named = [(j.findings[0].layer if j.findings else j.layer) or f"line {j.statement.line_no}" for j in wrong]
        names = list(dict.fromkeys(named)) or ["an earlier value"]
        shown = ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
        if isinstance(off, float):
            off = round(off)
        return f"it carries {shown} ({abs(off):,} too {'many' if off > 0 else 'few'})"

    def causes(self, judgement: Judgement, part: Part) -> list[Cause]:
        value = judgement.value
        return (
            causes(part, self.truth, value, self.matcher.written(judgement), self.context)
            if isinstance(value, int)
            else []
        )

    def cause(self, judgement: Judgement, part: Part, value: Value | None) -> Cause | None:
        if not isinstance(value, int):
            return None
        found = causes(part, self.truth, value, self.matcher.written(judgement), self.context)
        return found[0] if found else None
