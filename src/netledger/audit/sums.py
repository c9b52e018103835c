"""One expression for the whole network: its products laid beside the layers, each difference a fault of its own."""

from __future__ import annotations

from netledger.audit.diagnosis import factor_cause
from netledger.audit.factors import difference, product
from netledger.audit.network_causes import network_causes
from netledger.audit.result import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.factors import Monomial
    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
    from netledger.audit.truth import Part, Term

MOST_TERMS = 80


class Sums:
    """Judges expressions that are meant for the whole network."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.truth = judge, judge.truth

    def run(self) -> None:
        """Every open statement that holds such an expression."""
        if len(self.judge.matcher.weighted) < 2:
            return
        for judgement in self.judge.judgements:
            if not judgement.statement.is_total and self._names_layer(judgement):
                continue
            if judgement.verdict != "open" or judgement.fault is not None or judgement.error:
                continue
            expression = judgement.statement.expression
            if (
                expression is None
                or expression.node is None
                or judgement.statement.quantity in ("ops", "bytes", "features")
            ):
                continue
            if self._formula(judgement):
                continue
            written = self.judge.matcher.written(judgement)
            if written is None or len(written) < 2:
                continue
            if not self._aligned(judgement, written):
                self._one_mistake(judgement)

    def _names_layer(self, judgement: Judgement) -> bool:
        return any(self.judge.labels.score(judgement.statement, part) >= 2 for part in self.judge.matcher.weighted)

    # -------------------------------------------------------------- one mistake made everywhere

    def _one_mistake(self, judgement: Judgement) -> None:
        value = judgement.value
        label = [word for word in judgement.statement.label if self.judge.labels_layer(word)]
        if (
            not isinstance(value, int)
            or (label and not judgement.statement.is_total)
            or len(self.judge.matcher.weighted) < 2
        ):
            return
        found = [cause for cause in network_causes(self.judge, value, judgement.statement) if cause.cost <= 1.0]
        if found:
            true = self.truth.total
            judgement.expected = true
            self.judge.blame(judgement, found[0].kind, None, true, value, f"in every layer: {found[0].why}")

    # -------------------------------------------------------------- product by product

    def _aligned(self, judgement: Judgement, written: list[Monomial]) -> bool:
        """Lay the products beside the layers' terms; False where they do not look like them."""
        parts = self.judge.matcher.weighted
        terms = [(part, term) for part in parts for term in part.terms if part.times == 1]
        products = [monomial for monomial in written if len(monomial) >= 2]
        if len(products) < 3 or len(terms) > MOST_TERMS or any(part.times > 1 for part in parts):
            return False
        pairs = _align(written, [term for _, term in terms])
        exact = {
            terms[j][0].name
            for i, j in pairs
            if i is not None and j is not None and not any(difference(written[i], terms[j][1].factors))
        }
        weights = sum(1 for part, term in terms if term.role == "weight")
        if len(exact) < 2 or len(products) < weights - 1:
            return False
        self._report(judgement, written, terms, pairs)
        return True

    def _report(
        self, judgement: Judgement, written: list[Monomial], terms: list[tuple[Part, Term]],
        pairs: list[tuple[int | None, int | None]],
    ) -> None:  # fmt: skip
        biases = sum([term.value for _, term in terms if term.role == "bias"])
        lost = 0
        for i, j in pairs:
            if j is None and i is not None:
                self._add(
                    judgement,
                    "extra_layer",
                    None,
                    0,
                    product(written[i]),
                    f"no layer has {'*'.join(map(str, written[i]))}",
                )
            elif i is None and j is not None:
                part, term = terms[j]
                if term.role == "bias":
                    lost += term.value
                else:
                    self._add(
                        judgement, "missing_layer", part.shown, term.value, 0, f"{term.name} of {part.shown} is missing"
                    )
            elif i is not None and j is not None and any(difference(written[i], terms[j][1].factors)):
                part, term = terms[j]
                cause = factor_cause(part, term, written[i], self.judge.context)
                self._add(judgement, cause.kind, part.shown, term.value, product(written[i]), cause.why)
        if lost and self.truth.bias and (self.truth.stated or lost < biases):
            self._add(judgement, "missing_bias", None, lost, 0, f"the {lost:,} biases are missing")
        if judgement.findings:
            judgement.expected = self.truth.total

    def _add(self, judgement: Judgement, kind: str, layer: str | None, expected: int, found: int, why: str) -> None:
        self.judge.blame(judgement, kind, layer, expected, found, why)

    # -------------------------------------------------------------- a transformer's formula

    def _formula(self, judgement: Judgement) -> bool:
        """A formula for a whole transformer: a table counted twice, heads that are never joined again."""
        expression = judgement.statement.expression
        assert expression is not None
        assert expression.node is not None
        symbolic = any(leaf.op == "symbol" for leaf in expression.node.numbers())
        written = self.judge.matcher.written(judgement)
        if not symbolic or written is None or len(written) < 3 or judgement.value == self.truth.total:
            return False
        sizes = [product(monomial) for monomial in written]
        tables = [part for part in self.judge.matcher.weighted if part.family == "embedding" and part.full in sizes]
        if not tables:
            return False
        true = self.truth.total
        line = judgement.statement.line_no
        for table in tables:
            times = sizes.count(table.full)
            if times > 1 and any(part.tied_to == table.name for part in self.truth.parts):
                why = f"{table.shown} is one table, shared: it counts once"
                judgement.findings.append(
                    Finding(
                        line, "tied_embeddings_double_counted", table.shown, table.full, table.full * times, None, why
                    )
                )
        outputs = [part for part in self.judge.matcher.weighted if self.judge.is_output_projection(part)]
        if outputs and self._lacks_output(written, outputs[0]):
            why = f"the heads' outputs pass through one more matrix, {outputs[0].written()} in each attention"
            judgement.findings.append(
                Finding(line, "missing_output_projection", outputs[0].shown, true, judgement.value, None, why)
            )
        if not judgement.findings:
            return False
        judgement.verdict = "wrong"
        judgement.expected = true
        return True

    def _lacks_output(self, written: list[Monomial], output: Part) -> bool:
        """Whether Q, K and V are there (a multiple of three squares) and no fourth square is."""
        square = output.weights
        times = [(product(monomial) // square, monomial) for monomial in written if product(monomial) % square == 0]
        attention = [count for count, monomial in times if count % 3 == 0 and 3 in monomial]
        return bool(attention) and not any(count % 4 == 0 and 4 in monomial for count, monomial in times)


def _align(written: list[Monomial], terms: list[Term]) -> list[tuple[int | None, int | None]]:
    """The best way to lay products beside terms in order: pairs of places, ``None`` for what has no partner."""
    rows, columns = len(written), len(terms)
    score = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            if i == rows and j == columns:
                continue
            score[i][j] = max([value for value, _ in _moves(written, terms, score, i, j)])
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < rows or j < columns:
        best = max(_moves(written, terms, score, i, j), key=lambda move: move[0])
        pair = best[1]
        pairs.append(pair)
        i += pair[0] is not None
        j += pair[1] is not None
    return pairs


def _moves(
    written: list[Monomial], terms: list[Term], score: list[list[float]], i: int, j: int
) -> list[tuple[float, tuple[int | None, int | None]]]:
    moves: list[tuple[float, tuple[int | None, int | None]]] = []
    if i < len(written) and j < len(terms):
        moves.append((_match(written[i], terms[j]) + score[i + 1][j + 1], (i, j)))
    if j < len(terms):
        moves.append((score[i][j + 1] - (0.1 if terms[j].role == "bias" else 0.3), (None, j)))
    if i < len(written):
        moves.append((score[i + 1][j] - 0.6, (i, None)))
    return moves


def _match(monomial: Monomial, term: Term) -> float:
    ours, theirs = difference(monomial, term.factors)
    if not ours and not theirs:
        return 3.0
    if term.role == "bias":
        return -2.0
    shared = len(term.factors) - len(theirs)
    if shared and len(ours) <= 1 and len(theirs) <= 1:
        return 0.5
    return -0.2 if shared else -2.0
