"""What a number of a text can rightly mean: layers, their weights, blocks, families, the whole, with the words for it.

A :class:`Quantity` covers so many layers of each part. They are found by value, exactly or within a rounding.
"""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.matching.books.categories import FUSED, NORMS
from netledger.audit.matching.books.parts import skeleton
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.terms import Term
    from netledger.audit.reading.tokens.tokenizing import Value

    Cover = tuple[tuple[Part, int], ...]

GATES = {"lstm": 4, "gru": 3}
"""Sets of weights of a recurrent layer."""
INWARD = 3
"""What attention makes of its input: queries, keys and values."""
MOST_IN_RUNS = 500
"""Different layers of a network whose neighbours are tried as one stage."""


WRONG_ABOUT = frozenset(("piece", "layer", "named", "layers", "block", "blocks", "group", "total", "part"))
"""Roles of quantities that a line can be wrong about; the pieces of a layer are only ever right."""


class Quantity(Record):
    """``value`` of some layers. ``role``: ``layer layers weights biases matrix block blocks group total part``;
    ``cover``: the parts with how many of their layers; ``what``: in words; ``times`` × ``unit``: how it is repeated.
    """

    __slots__ = ("value", "cover", "role", "what", "times", "terms", "name")
    value: int
    cover: Cover
    role: str
    what: str
    times: int
    terms: tuple[tuple[Term, int], ...]
    name: str

    def __init__(
        self, value: int, cover: Cover, role: str, what: str, times: int = 1,
        terms: tuple[tuple[Term, int], ...] = (), name: str = "",
    ) -> None:  # fmt: skip
        self._fill(value, cover, role, what, times, terms, name)

    @property
    def first(self) -> Part:
        """The first part that it covers."""
        return self.cover[0][0]


class Quantities:
    """Everything that a number can be of one network under one convention."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.all: list[Quantity] = []
        self.of_part: dict[int, list[Quantity]] = {}
        self.groups: list[Quantity] = []
        for part in books.weighted:
            mine = list(self._of(part))
            self.of_part[id(part)] = mine
            self.all.extend(mine)
        self.groups.extend(self._blocks())
        self.groups.extend(self._families())
        self.total = self._sum([(part, part.times) for part in books.parts], "total", "the whole network")
        self.groups.append(self.total)
        adapters = [(part, part.times) for part in books.weighted if part.family == "lora"]
        trained = adapters or list(self.total.cover)
        trainable = self._sum(trained, "trainable", "what is trained")
        statistics = sum([part.statistics * part.times for part in books.weighted])
        if statistics and books.statistics:
            trainable = trainable.replace(value=trainable.value - statistics, terms=())
            self.groups.append(Quantity(statistics, trainable.cover, "statistics", "all running statistics"))
        self.groups.append(trainable)
        for group in list(self.groups):
            for alone in (self._weights(group), self._biases(group)):
                if alone is not None:
                    self.groups.append(alone)
        self.groups.extend(self._with_norms())
        self.all.extend(self.groups)
        self.repeats: set[int] = {quantity.times for quantity in self.all}
        """How often anything in the network is repeated."""
        self.exactly: dict[int, list[Quantity]] = {}
        self.grouped: dict[int, list[Quantity]] = {}
        self.all = [quantity for quantity in self.all if quantity.cover]
        self.groups = [quantity for quantity in self.groups if quantity.cover]
        for quantity in self.groups:
            self.grouped.setdefault(quantity.value, []).append(quantity)
        for quantity in self.all:
            self.exactly.setdefault(quantity.value, []).append(quantity)
        self._begins: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        """What the layers before one, and those up to one, come to."""
        self._by_size: dict[int, list[Part]] = {}
        for part in books.weighted:
            self._by_size.setdefault(books.count(part), []).append(part)
        self.values = sorted(self.exactly)
        self.kernels: set[tuple[int, ...]] = {
            tuple(sorted([size for _, size in term.factors]))
            for part in books.weighted if part.kernel
            for term in part.terms if term.role == "weight"
        }  # fmt: skip
        """The factors of each convolution's weights."""
        self.by_terms: dict[int, list[tuple[Part, Term]]] = {}
        for part in books.weighted:
            for term in books.terms(part):
                self.by_terms.setdefault(term.value, []).append((part, term))

    def near(self, value: float, error: float) -> list[Quantity]:
        """The quantities within ``error`` of ``value``, the nearest first."""
        if not error:
            return self.exactly.get(int(value), []) if value == int(value) else []
        from bisect import bisect_left, bisect_right  # only rounded numbers need them

        low = bisect_left(self.values, value - error * 1.000001)
        high = bisect_right(self.values, value + error * 1.000001)
        found = sorted(self.values[low:high][:60], key=lambda v: abs(v - value))
        return [quantity for v in found for quantity in self.exactly[v]]

    def equal_layers(self, value: int) -> Iterator[Quantity]:
        """``4,704`` as two layers of 2,352: so many of one size as there are; then runs of neighbours."""
        for size, layers in self._by_size.items():
            times = value // size if size else 0
            cover = together(layers, times) if size * times == value else ()
            if cover:
                yield Quantity(value, cover, "multiple", f"{times} layers like {layers[0].shown}", times)
        yield from self.runs(value)
        for first, second in pairwise(self.books.weighted):
            paired = first.family == second.family == "linear" and first.times == second.times > 1
            if paired and (self.books.count(first) + self.books.count(second)) * first.times == value:
                cover = ((first, first.times), (second, second.times))
                yield Quantity(value, cover, "run", f"{first.shown} and {second.shown}")

    def runs(self, value: int) -> Iterator[Quantity]:
        """Layers one after the other that come to a value."""
        if len(self.books.weighted) > MOST_IN_RUNS:
            return
        self._add_up()
        begins = self._begins
        for end in [total for total in self._ends if total - value in begins] if value > 0 else ():
            start, stop = begins[end - value], self._ends[end]
            if stop - start > 1 and not self._cuts(start) and not self._cuts(stop):
                parts = self.books.weighted[start:stop]
                cover = tuple([(p, p.times) for p in parts])
                yield Quantity(value, cover, "run", f"{parts[0].shown} to {parts[-1].shown}")

    def _add_up(self) -> None:
        total = 0
        for i, part in enumerate(self.books.weighted if not self._begins else (), 1):
            self._begins[total] = i - 1
            total += self.books.count(part) * part.times
            self._ends.setdefault(total, i)

    def up_to(self, value: Value) -> Part | None:
        """The layer up to which all together come to a value: what a running total says behind it."""
        self._add_up()
        end = self._ends.get(int(value), 0) if value == int(value) else 0
        return self.books.weighted[end - 1] if end > 1 else None

    def _cuts(self, position: int) -> bool:
        """Whether a run that begins or ends here would take only some layers of a block that is repeated."""
        if not 0 < position < len(self.books.weighted):
            return False
        before, after = self.books.weighted[position - 1], self.books.weighted[position]
        return before.times == after.times > 1 and before.name.split(".")[0] == after.name.split(".")[0]

    # -------------------------------------------------------------- one part

    def _of(self, part: Part) -> Iterator[Quantity]:
        terms = self.books.terms(part)
        one = tuple([(term, 1) for term in terms])
        count = self.books.count(part)
        yield Quantity(count, ((part, 1),), "layer", part.shown, 1, one)
        for times, what in repetitions(part):
            yield Quantity(count * times, ((part, times),), "layers", what, times, tuple([(t, times) for t in terms]))
        weights = tuple([(term, 1) for term in part.terms if term.role == "weight"])
        biases = tuple([(term, 1) for term in part.terms if term.role == "bias"])
        if biases and self.books.bias:
            for role, found in (("weights", weights), ("biases", biases)):
                value = sum([term.value for term, _ in found])
                if value and value != count:
                    yield Quantity(value, ((part, 1),), role, f"the {role} of {part.shown}", 1, found)
                    for times, what in repetitions(part):
                        whole = tuple([(term, times) for term, _ in found])
                        yield Quantity(value * times, ((part, times),), role, f"the {role} of {what}", times, whole)
        elif biases and not self.books.bias:
            yield Quantity(part.full, ((part, 1),), "layer", f"{part.shown} with its biases", 1, (*weights, *biases))
        if len(weights) == 1 and part.out == INWARD * part.seen and FUSED in part.categories:
            yield from self._fused(part, weights[0][0], biases)
        if len(weights) > 1:
            for term, _ in weights:
                what = f"the {term.written()} matrix of {part.shown}"
                yield Quantity(term.value, ((part, 1),), "matrix", what, 1, ((term, 1),))
            yield from self._pieces(part, weights, biases)
        if part.terms and part.terms[0].size("out") > 1 and len(weights) == 1 and part.kernel:
            single = weights[0][0].value // weights[0][0].size("out")
            yield Quantity(single, ((part, 1),), "filter", f"one filter of {part.shown}")
            if part.biases:
                yield Quantity(single + 1, ((part, 1),), "filter", f"one filter of {part.shown} with its bias")
        if len(biases) > 1:
            yield Quantity(
                biases[0][0].value, ((part, 1),), "biases", f"one bias vector of {part.shown}", 1, biases[:1]
            )
        if part.statistics:
            what = f"the running statistics of {part.shown}"
            yield Quantity(part.statistics, ((part, 1),), "statistics", what)

    def _fused(self, part: Part, whole: Term, biases: tuple[tuple[Term, int], ...]) -> Iterator[Quantity]:
        """Queries, keys or values of a layer that makes all three: ``W_q`` beside ``c_attn``."""
        third = [(role, size // INWARD if role == "out" else size) for role, size in whole.factors]
        one = ((whole.with_factors(tuple(third)), 1),)
        what = f"a third of {part.shown}, which makes {FUSED}"
        yield Quantity(one[0][0].value, ((part, 1),), "matrix", what, 1, one)
        if biases and self.books.bias:
            own = biases[0][0].with_factors((("out", part.seen),))
            both = one[0][0].value + own.value
            yield Quantity(both, ((part, 1),), "part", f"{what}, with its biases", 1, (*one, (own, 1)))

    def _pieces(
        self, part: Part, weights: tuple[tuple[Term, int], ...], biases: tuple[tuple[Term, int], ...]
    ) -> Iterator[Quantity]:
        """Each matrix of a layer with the biases that are as many as its outputs; one gate of a recurrent layer."""
        gates = GATES.get(part.family)
        if part.entry.layer.attributes.get("bidirectional") and part.full % 2 == 0:
            half = tuple([(_without(t, ("count", 2)), n) for t, n in (*weights, *biases) if ("count", 2) in t.factors])
            yield Quantity(part.full // 2, ((part, 1),), "piece", f"one direction of {part.shown}", 1, half)
        if gates is not None and all(("count", gates) in term.factors for term in part.terms):
            one = tuple([(_without(term, ("count", gates)), n) for term, n in (*weights, *biases)])
            gate = sum([term.value for term, _ in one])
            yield Quantity(gate, ((part, 1),), "piece", f"one gate of {part.shown}", 1, one)
        if not self.books.bias or gates is not None:
            return
        for i, (term, _) in enumerate(weights):
            own = biases[i : i + 1] if len(biases) == len(weights) else biases if i + 1 == len(weights) else ()
            if part.family == "rnn":
                own = biases[i : i + 1]  # a single vector is the input's
            if own:
                both = term.value + own[0][0].value
                what = f"the {term.written()} matrix of {part.shown} with its biases"
                yield Quantity(both, ((part, 1),), "part", what, 1, ((term, 1), own[0]))

    def _sum(self, cover: list[tuple[Part, int]], role: str, what: str, times: int = 1, name: str = "") -> Quantity:
        cover = [(part, n) for part, n in cover if part.full or part.tied_to is None]
        cover = [(part, n) for part, n in cover if part.full] or cover[:1]
        value = sum([self.books.count(part) * n for part, n in cover])
        terms = tuple([(term, n) for part, n in cover for term in self.books.terms(part)])
        return Quantity(value, tuple(cover), role, what, times, terms, name)

    def _weights(self, group: Quantity) -> Quantity | None:
        """The same layers without their biases."""
        if not self.books.bias:
            return None
        terms = tuple(
            [(term, n) for part, n in group.cover for term in part.terms if term.role == "weight" for n in [n]]
        )
        value = sum([term.value * n for term, n in terms])
        if value == group.value or not value:
            return None
        return Quantity(value, group.cover, "weights", f"the weights of {group.what}", group.times, terms)

    def _biases(self, group: Quantity) -> Quantity | None:
        """The biases of the same layers."""
        terms = tuple([(term, n) for part, n in group.cover for term in part.terms if term.role == "bias"])
        value = sum([term.value * n for term, n in terms])
        if not self.books.bias or not value or value == group.value:
            return None
        return Quantity(value, group.cover, "biases", f"the biases of {group.what}", group.times, terms)

    def _with_norms(self) -> Iterator[Quantity]:
        """A convolution and the normalisation behind it, where people count both in one row."""
        for part, following in pairwise(self.books.weighted):
            if part.kernel and following.family == "batchnorm" and part.times == following.times:
                yield self._sum(
                    [(part, 1), (following, 1)], "normed", f"{part.shown} with {following.shown}", 1, part.name
                )

    # -------------------------------------------------------------- blocks

    def _blocks(self) -> Iterator[Quantity]:
        """Every prefix of the layers' paths: one instance, and all of them where they are equal."""
        instances: dict[str, dict[int, int]] = {}
        parts = {id(part): part for part in self.books.weighted}
        for part in self.books.weighted:
            for path in part.paths:
                pieces = path.split(".")
                for length in range(1, len(pieces)):
                    here = instances.setdefault(".".join(pieces[:length]), {})
                    here[id(part)] = here.get(id(part), 0) + 1
        by_template: dict[str, list[str]] = {}
        for prefix in instances:
            by_template.setdefault(skeleton(prefix), []).append(prefix)
        for template, prefixes in by_template.items():
            seen: dict[tuple[tuple[int, int], ...], list[str]] = {}
            for prefix in prefixes:
                seen.setdefault(tuple(instances[prefix].items()), []).append(prefix)
            for held, same in seen.items():
                cover = [(parts[key], n) for key, n in held]
                if len(cover) == 1 and cover[0][1] == 1 and len(same) == 1:
                    continue
                what = same[0] if len(same) == 1 else f"each {template}"
                yield self._sum(cover, "block", what, 1, template)
                yield from self._categories(cover, what)
                yield from self._without_norms(cover, what)
                if len(same) > 1:
                    n = len(same)
                    yield self._sum([(p, k * n) for p, k in cover], "blocks", f"all {n} {template}", n, template)
                    yield from self._categories([(p, k * n) for p, k in cover], f"all {n} {template}", n)

    def _without_norms(self, cover: list[tuple[Part, int]], where: str) -> Iterator[Quantity]:
        """A block's matrices, where people count its norms apart."""
        found = [(part, n) for part, n in cover if part.family not in NORMS]
        if 1 < len(found) < len(cover):
            yield self._sum(found, "rest", f"{where} without its norms")

    def _categories(self, cover: list[tuple[Part, int]], where: str, times: int = 1) -> Iterator[Quantity]:
        """Attention, feed-forward and norms of a block."""
        for category in ("attention", "feed-forward", "norm", FUSED):
            found = [(part, n) for part, n in cover if category in part.categories]
            if found and len(found) < len(cover) and (len(found) > 1 or found[0][1] > 1):
                yield self._sum(found, "group", f"{category} of {where}", times)

    # -------------------------------------------------------------- families

    def _families(self) -> Iterator[Quantity]:
        groups: dict[str, list[tuple[Part, int]]] = {}
        for part in self.books.weighted:
            groups.setdefault(f"all {broad(part.family)} layers", []).append((part, part.times))
            for category in part.categories:
                groups.setdefault(f"all {category}", []).append((part, part.times))
            stem = _stage(part.name)
            if stem:
                groups.setdefault(f"stage {stem}", []).append((part, part.times))
            if part.family not in NORMS:
                groups.setdefault("all but the norms", []).append((part, part.times))
            if part.family != "embedding":
                groups.setdefault("all but the embeddings", []).append((part, part.times))
        for what, cover in groups.items():
            if len(cover) > 1 and len(cover) < len(self.books.weighted):
                yield self._sum(cover, "rest" if what.startswith("all but") else "group", what)


def together(layers: list[Part], times: int) -> Cover:
    """So many of some equal layers, as people put them together: those of one block, or those of all blocks.

    Of three layers that are in each of 12 blocks two are meant (of one block), or 24, and not 7.
    """
    if times < 2 or times > sum([part.times for part in layers]):
        return ()
    for blocks in dict.fromkeys([part.times for part in layers]):
        like = [part for part in layers if part.times == blocks]
        if times <= len(like) and blocks > 1:
            return tuple([(part, 1) for part in like[:times]])
        if times % blocks == 0 and times // blocks <= len(like):
            return tuple([(part, blocks) for part in like[: times // blocks]])
    return ()


def _without(term: Term, factor: tuple[str, int]) -> Term:
    factors = list(term.factors)
    factors.remove(factor)
    return term.with_factors(tuple(factors))


def repetitions(part: Part) -> Iterator[tuple[int, str]]:
    """How often a repeated part can be counted: all of it, and once a block of each enclosing level."""
    if part.times == 1:
        return
    yield part.times, f"all {part.times} {part.shown}"
    pieces = part.shown.split(".")
    places = [i for i, piece in enumerate(pieces) if piece == "*"]
    for place in places[1:]:
        first = part.paths[0].split(".")[:place]
        inside = sum(1 for path in part.paths if path.split(".")[:place] == first)
        if 1 < inside < part.times:
            yield inside, f"the {inside} {part.shown} of one block"


def broad(family: str) -> str:
    """The family that people group a layer into."""
    return {"depthwise": "conv", "partial": "conv", "separable": "conv", "batchnorm": "norm"}.get(family, family)


def _stage(name: str) -> str:
    """``conv3`` of ``conv3_2``; "" where a name has no stage."""
    head, _, last = name.rpartition("_")
    return head if head and head[-1].isdigit() and last.isdigit() and "." not in name else ""
