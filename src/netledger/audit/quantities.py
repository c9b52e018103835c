"""Every number about a network that a calculation may rightly contain: layers, matrices, groups, totals."""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.truth import Part, Term, Truth

    Held = tuple[tuple[Part, int], ...]


class Quantity(Record):
    """A number with what it counts: ``parts`` with how many of each; ``role`` ``full weights bias matrix group total
    convention``; ``what`` in words.
    """

    __slots__ = ("value", "parts", "role", "what")
    value: int
    parts: Held
    role: str
    what: str

    def __init__(self, value: int, parts: Held, role: str, what: str) -> None:
        self._fill(value, parts, role, what)

    def __hash__(self) -> int:
        return hash((self.value, self.role, self.what))

    def terms(self, *, bias: bool = True) -> list[tuple[Term, int]]:
        """The true terms of all its parts, with how often each counts."""
        return [(term, times) for part, times in self.parts for term in part.terms if bias or term.role == "weight"]


ROLES = ("full", "group", "total", "weights", "convention", "matrix", "bias", "multiple")
"""Best first: what a bare number is most likely to mean."""


class Quantities:
    """An index of the quantities of a network by value."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.by_value: dict[int, list[Quantity]] = {}
        self.groups: list[Quantity] = []
        self._parts()
        self._multiples()
        self._tree()
        self._families()
        self._totals()
        self._sums = _Prefix(truth, weights=False)
        self._weight_sums = _Prefix(truth, weights=True) if truth.bias else None

    def add(self, value: int, parts: Held, role: str, what: str) -> None:
        """Post one number."""
        if value > 0:
            quantity = Quantity(value, parts, role, what)
            self.by_value.setdefault(value, []).append(quantity)
            if role in ("group", "total"):
                self.groups.append(quantity)

    def exactly(self, value: object) -> list[Quantity]:
        """The quantities of exactly this value, likeliest first; runs of neighbouring layers included."""
        if not isinstance(value, int) or value <= 0:
            return []
        found = sorted(self.by_value.get(value, []), key=lambda quantity: ROLES.index(quantity.role))
        if not found:
            found = list(self._sums.find(value))
            if not found and self._weight_sums is not None:
                found = list(self._weight_sums.find(value))
        return found

    def near(self, value: float, error: float) -> list[Quantity]:
        """The quantities within a rounding error, nearest first."""
        if error <= 0:
            return self.exactly(value)
        found = [
            quantity
            for known, quantities in self.by_value.items()
            if abs(known - value) < error * 1.000001
            for quantity in quantities
        ]
        return sorted(found, key=lambda quantity: (ROLES.index(quantity.role), abs(quantity.value - value)))

    # -------------------------------------------------------------- what there is

    def _parts(self) -> None:
        truth = self.truth
        for part in truth.parts:
            one: Held = ((part, 1),)
            count = truth.count(part)
            self.add(count, one, "full", part.shown)
            if part.weights != count:
                self.add(part.weights, one, "weights", f"{part.shown} without biases")
            if part.full != count and part.full != part.weights:
                self.add(part.full, one, "convention", f"{part.shown} with biases")
            if part.biases and part.biases != count:
                self.add(part.biases, one, "bias", f"the biases of {part.shown}")
            if part.other and not truth.statistics:
                pass  # counting them is the fault: counted_running_stats
            elif part.other:
                self.add(part.full, one, "convention", f"the learned values of {part.shown}")
                self.add(part.other, one, "matrix", f"the running statistics of {part.shown}")
            for term in part.terms if len(part.terms) > 1 else ():
                self.add(term.value, one, "matrix", f"{term.name} of {part.shown}")
                gates = term.size("gates")
                if gates > 1:
                    self.add(term.value // gates, one, "matrix", f"one gate's {term.name} of {part.shown}")
            for name in ("depthwise", "pointwise") if part.family == "separable" else ():
                step = sum([term.value for term in part.terms if term.name.startswith(name)])
                self.add(step, one, "matrix", f"the {name} step of {part.shown}")
            for times in (part.sizes.get("gates", 1), part.sizes.get("directions", 1)):
                if times > 1 and part.full % times == 0:
                    self.add(part.full // times, one, "matrix", f"a {times}th of {part.shown}")

    def _multiples(self) -> None:
        """Several equal layers on one line: ``2 × 768·2``, ``conv × 3``, a layer of every block."""
        same: dict[int, list[Part]] = {}
        for part in self.truth.parts:
            if part.full:
                same.setdefault(self.truth.count(part), []).append(part)
        for count, parts in same.items():
            held: list[tuple[Part, int]] = []
            everything = sum([part.times for part in parts])
            for i, part in enumerate(parts, 1):
                held.append((part, part.times))
                for number, shown in ((i, [(p, 1) for p in parts[:i]]), (sum([times for _, times in held]), held)):
                    if number > 1:
                        role = "group" if number == everything else "multiple"
                        what = f"{number} layers like {parts[0].shown}"
                        self.add(count * number, tuple(shown), role, what)
                        if self.truth.bias and part.weights != count:
                            role = "weights" if role == "group" else "multiple"
                            self.add(part.weights * number, tuple(shown), role, f"{what}, without biases")

    def _tree(self) -> None:
        """Blocks and stages: everything below one prefix of the paths, once and for every repetition."""
        below: dict[str, dict[int, tuple[Part, int]]] = {}
        for part in self.truth.parts:
            for path in part.paths:
                pieces = path.split(".")
                for depth in range(1, len(pieces)):
                    held = below.setdefault(".".join(pieces[:depth]), {})
                    known = held.get(id(part))
                    held[id(part)] = (part, known[1] + 1 if known else 1)
        seen: set[tuple[int, tuple[int, ...]]] = set()
        for prefix, held in below.items():
            parts = tuple(held.values())
            key = (len(parts), tuple([id(part) * 64 + min(times, 63) for part, times in parts]))
            if key not in seen and any(part.full for part, _ in parts):
                seen.add(key)
                self.group(parts, prefix)
                self._runs_within(parts, prefix)

    def group(self, parts: Held, what: str) -> None:
        """A group under each convention that leaves something out by habit."""
        count = self.truth.count
        self.add(sum([count(part) * times for part, times in parts]), parts, "group", what)
        weights = sum([part.weights * times for part, times in parts])
        self.add(weights, parts, "weights", f"{what} without biases")
        unnormed = tuple([(part, times) for part, times in parts if part.family not in ("norm", "batchnorm")])
        if len(unnormed) != len(parts) and unnormed:
            self.add(
                sum([count(part) * times for part, times in unnormed]), unnormed, "weights", f"{what} without norms"
            )
            matrices = sum([part.weights * times for part, times in unnormed])
            self.add(matrices, unnormed, "weights", f"the matrices of {what}")

    def _runs_within(self, parts: Held, prefix: str) -> None:
        """Neighbouring layers of one block: attention, feed-forward; and the same over all repetitions."""
        if not 2 < len(parts) <= 40:
            return
        repeated = parts[0][0].times // max(parts[0][1], 1) if parts[0][1] else 1
        for start in range(len(parts)):
            for end in range(start + 2, len(parts) + 1):
                run = parts[start:end]
                if len(run) == len(parts):
                    continue
                what = f"{run[0][0].shown} … {run[-1][0].shown}"
                value = sum([self.truth.count(part) * times for part, times in run])
                weights = sum([part.weights * times for part, times in run])
                self.add(value, run, "group", what)
                if weights != value:
                    self.add(weights, run, "weights", f"{what} without biases")
                if repeated > 1:
                    self.add(
                        value * repeated, tuple([(p, p.times) for p, _ in run]), "group", f"{what}, {repeated} times"
                    )
                    self.add(
                        weights * repeated,
                        tuple([(p, p.times) for p, _ in run]),
                        "weights",
                        f"{what}, {repeated} times",
                    )

    def _families(self) -> None:
        names = {
            "convolutions": ("conv", "depthwise", "separable", "partial"), "fully connected layers": ("linear",),
            "norms": ("norm", "batchnorm"), "embeddings": ("embedding",), "recurrent layers": ("lstm", "gru", "rnn"),
        }  # fmt: skip
        for what, families in names.items():
            parts = tuple([(part, part.times) for part in self.truth.parts if part.family in families and part.full])
            if sum([times for _, times in parts]) > 1:
                self.group(parts, f"all {what}")
            rest = tuple([(p, p.times) for p in self.truth.parts if p.family not in families and p.full])
            if parts and rest:
                self.group(rest, f"all but the {what}")
        blocks = tuple([(part, part.times) for part in self.truth.parts if part.block or part.times > 1])
        if blocks:
            self.group(blocks, "all blocks")

    def _totals(self) -> None:
        truth = self.truth
        parts = tuple([(part, part.times) for part in truth.parts])
        self.add(truth.total, parts, "total", "the whole network")
        weights = sum([part.weights * part.times for part in truth.parts])
        biases = sum([part.biases * part.times for part in truth.parts])
        statistics = sum([part.other * part.times for part in truth.parts])
        if weights != truth.total:
            self.add(weights, parts, "convention", "all weights, without biases")
            self.add(biases, parts, "bias", "all biases")
        learned = weights + (biases if truth.bias else 0)
        if learned != truth.total:
            self.add(learned, parts, "convention", "the learned values alone")
            self.add(statistics, parts, "matrix", "all running statistics")


class _Prefix:
    """Runs of neighbouring layers by their sum."""

    def __init__(self, truth: Truth, *, weights: bool) -> None:
        self.parts = [part for part in truth.order if part.full]
        self.role = "weights" if weights else "group"
        sums = [0]
        for part in self.parts:
            sums.append(sums[-1] + (part.weights if weights else truth.count(part)))
        self.sums = sums
        self.place = {value: i for i, value in enumerate(sums)}

    def find(self, value: int) -> Iterator[Quantity]:
        for end, reached in enumerate(self.sums):
            start = self.place.get(reached - value)
            if start is not None and end > start + 1:
                held: dict[int, tuple[Part, int]] = {}
                for part in self.parts[start:end]:
                    known = held.get(id(part))
                    held[id(part)] = (part, known[1] + 1 if known else 1)
                run = tuple(held.values())
                if any(times != part.times for part, times in run):
                    continue  # it would begin in the midst of a repeated block
                without = " without biases" if self.role == "weights" else ""
                yield Quantity(value, run, self.role, f"{run[0][0].shown} … {run[-1][0].shown}{without}")
                return
