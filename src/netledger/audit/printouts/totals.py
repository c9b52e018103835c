"""The figures below the rows: totals against the rows' sum, what is trained against the total, bytes, percentages."""

from __future__ import annotations

from netledger.audit.printouts.judged import Said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.printouts.printout import Figure, Printout
    from netledger.audit.printouts.truth import Truth

ALL, TRAINED = "the whole network", "what is trained"
"""What a total is about, by the network that is given."""
ELEMENT_BYTES = (4, 2, 8, 1)
"""Bytes of one value, the usual first."""
FEW = 0.05
"""Share of a network that the tables of its attention may be."""
LEAST_WIDTH = 16
"""Of the tables that a module has beside its layers."""
SLACK = 0.021
"""Megabytes that the sum of three rounded sizes may be off."""


class Figures:
    """Judges the figures of one printout."""

    def __init__(self, printout: Printout, truth: Truth) -> None:
        self.printout, self.truth = printout, truth
        self.said: list[Said] = []
        self.by_what: dict[str, Figure] = {}
        totals = [figure for figure in printout.figures if figure.what == "total"]
        for figure in printout.figures:
            if figure.what == "total_trainable":
                figure.what = "trainable" if totals or self._are_some(figure) else "total"
            if not figure.of:
                self.by_what.setdefault(figure.what, figure)
        self.total: tuple[float, float] | None = None
        self.slipped: Figure | None = None
        """The total that is off as the tool is known to be."""
        """What the total is, from the best witness."""

    def _are_some(self, figure: Figure) -> bool:
        """Whether it counts one run of the rows, the others being frozen."""
        counts = [row.count.value for row in self.printout.rows if row.count is not None]
        number, rest = figure.number, sum(counts) - figure.number.value
        return rest > 0 and (_is_run(counts, number.value) or _is_run(counts, rest))

    def run(self) -> list[Said]:
        """A verdict on each; without any row only on percentages."""
        if not self.printout.rows:
            self._shares()
            return self.said
        self._totals()
        self._trained()
        self._bytes()
        self._shares()
        return self.said

    # ------------------------------------------------------------------ totals

    def _totals(self) -> None:
        figures = [figure for figure in self.printout.figures if figure.what == "total"]
        expected, how, verdict = self._expected()
        self.total = expected
        for figure in figures:
            number = figure.number
            slip = self.truth.slips.get(int(number.value)) if number.is_exact else None
            if slip is not None:
                plain = next(iter(self.truth.network.values()))
                self.said.append(Said(number, "wrong", ALL, slip[1], plain, slip[0]))
                self.total = (number.low, number.high)
                self.slipped = figure
            elif expected is None:
                self.said.append(Said(number, "not_checked", None, "no row says what it is made of"))
                if self.total is None:
                    self.total = (number.low, number.high)
            elif number.low <= expected[1] and expected[0] <= number.high:
                self.said.append(Said(number, verdict, ALL if self.truth.network else None, how, _exact(expected)))
                if number.is_exact:
                    self.total = (number.low, number.high)
            else:
                self._wrong_total(figure, expected, how)

    def _expected(self) -> tuple[tuple[float, float] | None, str, str]:
        """What the total should be, how that is known, and what a total that is so is called."""
        optimizer = self.by_what.get("optimizer")
        more = optimizer.number.value if optimizer is not None and self.printout.framework == "keras" else 0
        stated = self.by_what.get("total") or self.by_what.get("trainable")
        for how, total in self.truth.network.items():
            if stated is not None and stated.number.fits(total + more):
                return (total + more, total + more), how, "right"
        plain = next(iter(self.truth.network.values()), None)
        if self.truth.has_rows and not (plain is not None and self.truth.is_known and self._is_all(plain)):
            for low, high in self.truth.sums:
                if stated is not None and stated.number.low <= high + more and low + more <= stated.number.high:
                    known = self.truth.is_known and (low == high or not stated.number.is_exact)
                    known = known and plain is None  # as much as the rows, and not the network's
                    return (low + more, high + more), "", "right" if known else "adds_up"
            low, high = self.truth.sums[0]
            if plain is None and self._may_be_more(high):
                return None, "", ""
            if plain is None or not (low <= plain <= high):
                return (low + more, high + more), f"the rows add to {_shown(low + more, high + more)}", "adds_up"
        if plain is not None:
            return (plain + more, plain + more), f"{self.truth.name} has {plain:,} parameters", "right"
        trainable, frozen = self.by_what.get("trainable"), self.by_what.get("frozen")
        if trainable is not None and frozen is not None:
            low = trainable.number.low + frozen.number.low + more
            return (
                (low, trainable.number.high + frozen.number.high + more),
                "what is trained and what is not",
                "adds_up",
            )
        return None, "", ""

    def _may_be_more(self, high: float) -> bool:
        """Whether modules have tensors that no row shows, as the other figures confirm."""
        total, size = self.by_what.get("total"), self.by_what.get("weights_bytes")
        if self.printout.tool != "lightning" or total is None or size is None or total.number.low <= high:
            return False
        return self._fit(size, total.number.low, total.number.high)

    def _is_all(self, plain: int) -> bool:
        low, high = self.truth.sums[0]
        return low <= plain <= high

    def _may_have_its_own(self, more: float, sum: float) -> bool:
        """Whether a printed module has tensors outside of its layers: rows of a width that it has (positions)."""
        width = self.truth.width
        if self.truth.is_partial and more > 0:
            return True
        if self.truth.network or not 0 < more < sum:
            return False
        return (width >= LEAST_WIDTH and more % width == 0) or (self.truth.may_have_tables and more < FEW * sum)

    def _wrong_total(self, figure: Figure, expected: tuple[float, float], how: str) -> None:
        """A total that is not what it should be: wrong itself, or right and a row is not."""
        if self._may_have_its_own(figure.number.value - expected[0], expected[0]):
            why = "it may have tensors that no row shows"
            self.said.append(Said(figure.number, "not_checked", None, why))
            return
        if self.truth.faulty is not None and figure.number.fits(self.truth.stated):
            why = f"it carries line {self.truth.faulty}"
            expected_here = _exact(expected)
            self.said.append(Said(figure.number, "carries", None, why, expected_here, "propagated", self.truth.faulty))
            return
        parts = [self.by_what.get(what) for what in ("trainable", "frozen", "optimizer")]
        adds = sum([part.number.value for part in parts if part is not None])
        confirmed = (
            parts[0] is not None and parts[1] is not None and figure.number.fits(adds) and figure.number.is_exact
        )
        number = figure.number
        if confirmed and not self.truth.network and not self.truth.is_known:
            why = f"{how or 'the rows add to something else'}: one of them is wrong, or it"
            self.said.append(Said(number, "wrong", None, why, _exact(expected), "wrong_sum"))
            self.total = (number.low, number.high)
            return
        self.said.append(
            Said(number, "wrong", None, how or f"it is {_shown(*expected)}", _exact(expected), "wrong_sum")
        )

    # ------------------------------------------------------------------ what is trained

    def _trained(self) -> None:
        trainable, frozen, optimizer = [self.by_what.get(what) for what in ("trainable", "frozen", "optimizer")]
        more = optimizer.number.value if optimizer is not None else 0
        if optimizer is not None:
            self.said.append(Said(optimizer.number, "not_checked", None, "no row says what the optimizer keeps"))
        if trainable is None:
            return
        if self.total is None:
            self.said.append(Said(trainable.number, "not_checked", None, "no total beside it"))
            return
        if self.slipped is not None and trainable.number.value == self.slipped.number.value:
            line_no, true = self.slipped.number.line_no, self.truth.trained
            why = f"it carries line {line_no}"
            self.said.append(Said(trainable.number, "carries", TRAINED, why, true, "propagated", line_no))
            return
        if frozen is None:
            self._only_trained(trainable)
            return
        low, high = self.total[0] - more, self.total[1] - more
        adds = (trainable.number.low + frozen.number.low, trainable.number.high + frozen.number.high)
        if adds[0] <= high and low <= adds[1]:
            self._both_right(trainable, frozen)
            return
        self._one_is_wrong(trainable, frozen, low, high)

    def _only_trained(self, trainable: Figure) -> None:
        assert self.total is not None
        number, (low, high) = trainable.number, self.total
        known = self.truth.trained is None or number.fits(self.truth.trained)
        if self.truth.trained is not None and known:
            self.said.append(Said(number, "right", None, "", self.truth.trained))
        elif number.low <= high and low <= number.high:
            verdict = "right" if self.truth.is_known or self.truth.network else "adds_up"
            self.said.append(Said(number, verdict, None, "", _exact(self.total)))
        elif number.low > high:
            why = f"more than all of them, {_shown(low, high)}"
            self.said.append(Said(number, "wrong", None, why, _exact(self.total), "wrong_sum"))
        elif self.truth.trained is not None and self.truth.trained == low:
            why = f"{self.truth.name} has {self.truth.trained:,}"
            self.said.append(Said(number, "wrong", None, why, self.truth.trained, "wrong_sum"))
        else:
            self.said.append(Said(number, "not_checked", None, "which of them are trained is not printed"))

    def _both_right(self, trainable: Figure, frozen: Figure) -> None:
        if self.truth.trained is not None and self._is_frozen_wrongly(trainable, frozen):
            return
        sure = (
            frozen.number.value == 0
            or (self.truth.frozen is not None and frozen.number.fits(self.truth.frozen))
            or (self.truth.trained is not None and trainable.number.fits(self.truth.trained))
        )
        checked = self.truth.is_known or bool(self.truth.network)
        verdict = "right" if checked and sure else "adds_up"
        layer = TRAINED if self.truth.network else None
        self.said.append(Said(trainable.number, verdict, layer, "", trainable.number.value))
        self.said.append(Said(frozen.number, verdict, None, "", frozen.number.value))

    def _is_frozen_wrongly(self, trainable: Figure, frozen: Figure) -> bool:
        """Whether what is not trained is not the network's, though what is trained is: rounded sums do not show it."""
        whole = next((count for count in self.truth.network.values() if self._totals_fit(count)), None)
        if whole is None or self.truth.trained is None or not trainable.number.fits(self.truth.trained):
            return False
        left = whole - self.truth.trained
        if trainable.number.is_exact or frozen.number.fits(left):
            return False
        why = f"{self.truth.name} has {left:,} that are not trained"
        self.said.append(Said(trainable.number, "right", TRAINED, "", self.truth.trained))
        self.said.append(Said(frozen.number, "wrong", None, why, left))
        return True

    def _totals_fit(self, count: int) -> bool:
        return self.total is not None and self.total[0] <= count <= self.total[1]

    def _one_is_wrong(self, trainable: Figure, frozen: Figure, low: float, high: float) -> None:
        total = int(low) if low == high else low
        rest, others = total - frozen.number.value, total - trainable.number.value
        known: float | None = self.truth.frozen
        if known is None and self.truth.trained is not None and low == high:
            known = total - self.truth.trained
        if known is None and self.truth.statistics and trainable.number.fits(total - self.truth.statistics):
            known = self.truth.statistics
        by_bytes = self._told_by_bytes(trainable, rest, frozen, others)
        if by_bytes is not None:
            blames_frozen = by_bytes
        elif known is not None and frozen.number.fits(known) != trainable.number.fits(total - known):
            blames_frozen = trainable.number.fits(total - known)
        elif trainable.number.low <= high and low <= trainable.number.high:
            blames_frozen = True
        elif frozen.number.value == 0 or others < 0:
            blames_frozen = False
        else:
            blames_frozen = _digits_off(frozen.number.value, others) < _digits_off(trainable.number.value, rest)
        figure, expected = (frozen, others) if blames_frozen else (trainable, rest)
        other = trainable if blames_frozen else frozen
        why = f"with the {other.number.value:,} beside it the total {_shown(low, high)} is not reached"
        told = expected if low == high else None
        self.said.append(Said(figure.number, "wrong", None, why, told, "wrong_sum"))
        self.said.append(Said(other.number, "adds_up"))

    def _told_by_bytes(self, trainable: Figure, rest: float, frozen: Figure, others: float) -> bool | None:
        """Whether the bytes behind the counts say that the second is wrong; ``None`` where they do not tell."""
        off = []
        for figure, expected in ((trainable, rest), (frozen, others)):
            size = next((size for size in self.printout.figures if size.of == figure.what), None)
            if size is None:
                return None
            number = figure.number
            off.append(not self._fit(size, number.low, number.high) and self._fit(size, expected, expected))
        return off[1] if off[0] != off[1] else None

    # ------------------------------------------------------------------ bytes and percentages

    def _bytes(self) -> None:
        for figure in self.printout.figures:
            if figure.what == "weights_bytes" and self.total is not None:
                self._weights_bytes(figure)
            elif figure.of:
                self._memory(figure)
        whole = self.by_what.get("total_bytes")
        parts = [self.by_what.get(what) for what in ("input_bytes", "pass_bytes", "weights_bytes")]
        if whole is not None and all(part is not None for part in parts):
            adds = sum([part.number.value for part in parts if part is not None])
            if abs(adds - whole.number.value) > SLACK:
                self.said.append(
                    Said(whole.number, "wrong", None, f"the sizes add to {adds:.2f}", round(adds, 2), "wrong_sum")
                )

    def _fit(self, figure: Figure, low: float, high: float) -> bool:
        number = figure.number
        edge = (number.high - number.low) * 0.02
        return any(
            number.low - edge <= high * size / figure.unit and low * size / figure.unit <= number.high + edge
            for size in ELEMENT_BYTES
        )

    def _weights_bytes(self, figure: Figure) -> None:
        assert self.total is not None
        low, high = self.total
        if self._fit(figure, low, high):
            sure = self._is_right(self.by_what.get("total") or self.by_what.get("trainable"))
            self.said += [Said(figure.number, "right", None, "", figure.number.value)] if sure else []
            return
        whole = self.by_what.get("total_bytes")
        parts = [self.by_what.get(what) for what in ("input_bytes", "pass_bytes", "weights_bytes")]
        adds = sum([part.number.value for part in parts if part is not None])
        if whole is not None and abs(adds - whole.number.value) <= SLACK:
            return  # values of another type, or some that the tool does not count
        expected = round(low * 4 / figure.unit, 3 if figure.number.high - figure.number.low < 0.002 else 2)
        why = f"{_shown(low, high)} values of 4 bytes are {expected:,} MB"
        self.said.append(Said(figure.number, "wrong", None, why, expected if low == high else None))

    def _memory(self, figure: Figure) -> None:
        """The bytes in brackets behind a count."""
        whole = next((other for other in self.printout.figures if other.what == figure.of and not other.of), None)
        if whole is None:
            return
        low, high = whole.number.low, whole.number.high
        wrong = {said.number: said.expected for said in self.said if said.verdict == "wrong"}
        meant = wrong.get(whole.number)
        if self._fit(figure, low, high) or (meant is not None and self._fit(figure, meant, meant)):
            self.said += [Said(figure.number, "right", None, "", figure.number.value)] if self._is_right(whole) else []
        elif not self._memory_adds_up():
            expected = round(low * 4 / figure.unit, 2)
            why = f"{_shown(low, high)} values of 4 bytes"
            self.said.append(Said(figure.number, "wrong", None, why, expected))

    def _is_right(self, figure: Figure | None) -> bool:
        return figure is not None and any(
            said.number is figure.number and said.verdict == "right" for said in self.said
        )

    def _memory_adds_up(self) -> bool:
        """Whether the bytes of the parts are the bytes of the whole, whatever types the values have."""
        sizes = {figure.of: figure for figure in self.printout.figures if figure.of}
        if "total" not in sizes or len(sizes) < 3:
            return False
        whole = sizes.pop("total")
        low = sum([figure.number.low * figure.unit for figure in sizes.values()])
        high = sum([figure.number.high * figure.unit for figure in sizes.values()])
        return low <= whole.number.high * whole.unit and whole.number.low * whole.unit <= high

    def _shares(self) -> None:
        share, trainable = self.by_what.get("share"), self.by_what.get("trainable")
        total = self.by_what.get("total")
        if share is None or trainable is None or total is None or not total.number.value:
            return
        true = 100 * trainable.number.value / total.number.value
        slack = max(share.number.high - share.number.low, abs(true) * 1e-9)
        if abs(true - share.number.value) <= slack:
            verdict = "right" if self._is_right(trainable) and self._is_right(total) else "adds_up"
            self.said.append(Said(share.number, verdict, None, "", share.number.value))
        else:
            why = f"{trainable.number.value:,} of {total.number.value:,} are {true:.4f} %"
            self.said.append(Said(share.number, "wrong", None, why, round(true, 4)))


def _digits_off(value: float, other: float) -> int:
    a, b = f"{value}", f"{other}"
    return sum(x != y for x, y in zip(a, b, strict=True)) if len(a) == len(b) else 10 + abs(len(a) - len(b))


def _exact(bounds: tuple[float, float]) -> float | None:
    return bounds[0] if bounds[0] == bounds[1] else None


def _shown(low: float, high: float) -> str:
    return f"{low:,}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _is_run(counts: list[float], wanted: float) -> bool:
    """Whether rows that stand together add to a number."""
    start, whole = 0, 0.0
    for end, count in enumerate(counts):
        whole += count
        while whole > wanted and start <= end:
            whole -= counts[start]
            start += 1
        if whole == wanted and start <= end:
            return True
    return False
