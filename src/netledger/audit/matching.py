"""Which layer does a line mean? Label, order, kind, factors and value together, over all lines at once.

First the lines whose value is right for something they can mean are anchored; what remains is laid out between the
anchors, so that missing, repeated and wrong labels do not derail it.
"""

from __future__ import annotations

import itertools

from netledger.audit.arithmetic import second_meaning, tolerance
from netledger.audit.factors import alike, monomials, product, same_structure
from netledger.audit.labels import SURE, Labels
from netledger.audit.quantities import ROLES, Quantities, Quantity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netledger.audit.factors import Monomial
    from netledger.audit.judgement import Judgement
    from netledger.audit.reading.nodes import Node
    from netledger.audit.reading.tokens import Value
    from netledger.audit.truth import Part, Truth


_KINDS = frozenset(
    "conv conv1d conv2d conv3d dense linear fc lstm gru rnn simplernn embedding bn batchnormalization batchnorm "
    "batchnorm1d batchnorm2d layernorm norm ln separableconv2d depthwiseconv2d conv2dtranspose".split()
)
"""Names that a framework gives to the first layer of a kind, and that people write for every one."""


class Matcher:
    """Finds what statements stand for."""

    def __init__(self, truth: Truth, quantities: Quantities, labels: Labels) -> None:
        self.truth, self.quantities, self.labels = truth, quantities, labels
        self.covered: dict[int, int] = {}
        """Parts (by id) that right lines account for, with how many of their layers."""
        self.place = -1
        """Where in the network the last anchored line stands: of equal layers the next one is meant."""
        self._written: dict[int, list[Monomial] | None] = {}
        self.weighted = [part for part in truth.parts if part.full]

    # -------------------------------------------------------------- right ones

    def right(self, judgement: Judgement) -> Quantity | None:
        """The quantity that a statement rightly gives, if any; sets the judgement's value to the number meant."""
        statement = judgement.statement
        named = self.named(judgement)
        best: tuple[float, Quantity, Value] | None = None
        written = self.written(judgement)
        for node, penalty in _meanings(judgement):
            error = tolerance(node, approximate=statement.approximate)
            for quantity in self.quantities.near(node.value, error)[:24]:
                score = self.fits(judgement, quantity, named, written)
                if score is not None and (best is None or score - penalty > best[0]):
                    best = (score - penalty, quantity, node.value)
            if best is not None and best[0] > 0:
                break
        if best is None:
            return self._counted(judgement, named)
        judgement.value = best[2]
        return best[1]

    def _counted(self, judgement: Judgement, named: Sequence[Part]) -> Quantity | None:
        """``4 x 128 = 512``: so many layers of one size, where the network has at least so many."""
        value, member = judgement.value, judgement.statement.expression
        words = [*judgement.statement.label, *judgement.statement.words]
        if (
            not isinstance(value, int)
            or member is None
            or member.node is None
            or any("head" in word.lower() for word in words)
        ):
            return None
        if len(named) == 1 and self.labels.only_names(judgement.statement, named[0]):
            return None
        for leaf in member.node.numbers():
            number = leaf.value
            if isinstance(number, int) and 1 < number <= 512 and value % number == 0:
                same = [part for part in self.weighted if self.truth.count(part) == value // number]
                if same and sum([part.times for part in same]) >= number:
                    if all(self.labels.score(judgement.statement, part) >= 0 for part in same[:1]):
                        what = f"{number} layers like {same[0].shown}"
                        return Quantity(value, tuple([(part, part.times) for part in same]), "multiple", what)
        return None

    def named(self, judgement: Judgement) -> list[Part]:
        """The parts that a label names for sure."""
        scored = [(self.labels.score(judgement.statement, part), part) for part in self.weighted]
        top = max([score for score, _ in scored], default=0.0)
        return [part for score, part in scored if score >= SURE and score == top]

    def fits(
        self, judgement: Judgement, quantity: Quantity, named: Sequence[Part], written: list[Monomial] | None
    ) -> float | None:
        """How well a quantity of the right value fits the label; ``None`` where the label means something else."""
        if named and not any(part in named for part, _ in quantity.parts):
            if quantity.role != "total" and len(named) == 1 and not judgement.statement.is_total:
                taken = all(id(part) in self.covered for part, _ in quantity.parts)
                another = id(named[0]) in self.covered and quantity.role == "full" and not taken
                if another and named[0].family == quantity.parts[0][0].family and self._generic(judgement, named[0]):
                    pass  # the same call again: "Conv1D(64, 5): …" stands for the next layer
                elif taken or self.labels.by_name(judgement.statement, named[0]) >= 4:
                    return None  # a number alone may follow another way of counting layers
        if quantity.role == "multiple" and not _counts(judgement, sum([times for _, times in quantity.parts])):
            return None
        if len(named) == 1 and len(quantity.parts) > 1 and self.labels.only_names(judgement.statement, named[0]):
            if quantity.role == "weights" or min([part.index for part, _ in quantity.parts]) != named[0].index:
                return None
        if quantity.role == "group" and len(named) == 1 and quantity.what[:1].isdigit():
            if self.labels.by_name(judgement.statement, named[0]) >= 4 and written is not None:
                if not _counts(judgement, sum([times for _, times in quantity.parts])):
                    return None
        if quantity.role == "group" and len(named) == 1 and written is not None and len(written) == 1:
            only = self.labels.by_name(judgement.statement, named[0]) >= 4
            if only and not _counts(judgement, sum([times for _, times in quantity.parts])):
                return None
        if quantity.role in ("group", "multiple") and _counts_heads(judgement) in {
            times for _, times in quantity.parts
        }:
            return None
        if quantity.role in ("matrix", "bias") and named and self.labels.only_names(judgement.statement, named[0]):
            return None
        scores = [self.labels.score(judgement.statement, part) for part, _ in quantity.parts]
        score = max(scores, default=0.0) - 0.5 * ROLES.index(quantity.role) - 0.05 * min(len(quantity.parts), 20)
        if judgement.statement.is_total and quantity.role == "total":
            score += 3
        if written is not None and same_structure(written, quantity.terms(bias=quantity.role != "weights")):
            score += 2
        free = [part for part, _ in quantity.parts if id(part) not in self.covered]
        if quantity.role == "full":
            ahead = quantity.parts[0][0].index - self.place
            score += 0.3 - min(ahead, 1000) * 1e-4 if ahead > 0 else 0
        return score + (1 if len(free) == len(quantity.parts) else 0)

    def _generic(self, judgement: Judgement, part: Part) -> bool:
        """Whether the name that a label gives is that of a kind of layers, without a number of its own."""
        own = part.name.rpartition(".")[2].lower().replace("_", "")
        return own in _KINDS and any(word.lower().replace("_", "") == own for word in judgement.statement.label)

    def cover(self, quantity: Quantity) -> None:
        """Note that a right line accounts for these layers."""
        if quantity.role in ("full", "group", "weights", "convention") or (
            quantity.role == "total" and len(self.weighted) == 1
        ):
            for part, times in quantity.parts:
                self.covered[id(part)] = max(self.covered.get(id(part), 0), times)

    # -------------------------------------------------------------- wrong ones

    def written(self, judgement: Judgement) -> list[Monomial] | None:
        """The products of its expression."""
        key = id(judgement)
        if key not in self._written:
            member = judgement.statement.expression
            self._written[key] = monomials(member.node) if member is not None and member.node is not None else None
        return self._written[key]

    def candidates(self, judgement: Judgement, before: int, after: int) -> Iterator[tuple[float, Part]]:
        """Parts that a wrong line may mean, with a score; ``before`` and ``after``: places of the anchors around it."""
        written = self.written(judgement)
        free = [part for part in self.weighted if id(part) not in self.covered]
        largest = sorted(written, key=lambda m: -product(m))[:3] if written else []
        between = [part for part in free if before < part.index < after]
        for part in self.weighted:
            label = self.labels.score(judgement.statement, part)
            if label < 0:
                continue
            score = label + (1.0 if id(part) not in self.covered else -2.0)
            if part in between:
                score += 1.0 + (0.6 if between[0] is part else 0) + (1.0 if len(between) == 1 else 0)
            if written:
                score += 2 * max([alike(monomial, part.terms[0].factors) for monomial in largest])
            yield score, part


def _counts_heads(judgement: Judgement) -> int:
    """``with 12 heads: 12*3*…``: the number of heads that a line multiplies by; 0 where it does not."""
    label = [*judgement.statement.label, *judgement.statement.words]
    for number, word in itertools.pairwise(label):
        if word.lower() in ("heads", "head") and number.isdigit() and _counts(judgement, int(number)):
            return int(number)
    return 0


def _counts(judgement: Judgement, number: int) -> bool:
    """Whether a statement speaks of so many layers: as a factor, as a repeat count."""
    statement = judgement.statement
    if statement.times == number or str(number) in statement.label:
        return True
    return any(
        leaf.value == number
        for member in statement.expressions
        if member.node is not None
        for leaf in member.node.numbers()
    )


def _meanings(judgement: Judgement) -> Iterator[tuple[Node, float]]:
    """The numbers that a statement may mean, with how far-fetched each is."""
    statement = judgement.statement
    member = statement.stated or statement.expression
    if member is not None and member.node is not None:
        yield member.node, 0
        for node in member.others:
            yield node, 0.5
        other = second_meaning(member.node)
        if other is not None and other.value > member.node.value:
            yield other, 0.5
    if statement.expression is None:
        for node in statement.candidates:
            yield node, 1
