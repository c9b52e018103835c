"""One printout → a verdict on every number in it, by itself or by a network."""

from __future__ import annotations

from netledger.audit.printouts.alone import RowSums, Settled, settle
from netledger.audit.printouts.judged import Said
from netledger.audit.printouts.totals import Figures
from netledger.audit.printouts.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.printouts.printout import Printout


class JudgedPrintout:
    """The verdicts; the rows as they are known; what they add to."""

    __slots__ = ("printout", "said", "settled", "total", "truth")

    def __init__(
        self,
        printout: Printout,
        settled: list[Settled],
        said: list[Said],
        truth: Truth,
        total: tuple[float, float] | None,
    ) -> None:
        self.printout, self.settled, self.said, self.truth, self.total = printout, settled, said, truth, total


def judge_printout(printout: Printout) -> JudgedPrintout:
    r"""By itself.

    >>> from netledger.audit.printouts import read_printouts
    >>> text = "conv1.weight (6, 1, 5, 5) 150\nconv1.bias (6,) 5\ntotal 156"
    >>> judge_printout(read_printouts(text)[0]).said
    [<1 right 150 150>, <2 wrong 5 6>, <3 right 156 156>]
    """
    settled = settle(printout)
    sums = RowSums(printout, settled)
    said = sums.parents()
    truth = Truth(sums.all(), _all_known(sums))
    truth.frozen = _frozen(printout, settled)
    truth.statistics = statistics_of(settled) if printout.framework == "keras" else None
    truth.width, truth.may_have_tables = _width(printout), printout.has_attention
    if printout.described is not None and not printout.described.whole:
        truth.is_known, truth.is_partial = False, True
    carry(truth, [one for one in [*said, *[one.said for one in settled]] if one is not None], settled, sums)
    figures = Figures(printout, truth)
    rest = figures.run()
    _blame(settled, sums, figures, rest)
    spoken = {id(one.number) for one in said}
    for one in settled:
        number = one.row.count
        if number is not None and one.said is None and id(number) not in spoken and number.value:
            said.append(Said(number, "adds_up" if _closes(rest) else "not_checked", one.row.shown, OPEN))
        elif one.said is not None and id(number) not in spoken:
            said.append(one.said)
    shares(settled, figures, said)
    said = sorted([*said, *rest], key=lambda one: (one.number.line_no, one.number.start))
    return JudgedPrintout(printout, settled, said, truth, figures.total)


def carry(truth: Truth, said: list[Said], settled: list[Settled], sums: RowSums) -> None:
    """Tell the totals which rows are wrong, and what they add to as printed."""
    lines = [one.number.line_no for one in said if one.verdict == "wrong"]
    truth.faulty = min(lines, default=None)
    tops = [settled[i].row for i in sums.tree.tops if not settled[i].row.again]
    truth.stated = sum([row.count.value for row in tops if row.count is not None])


OPEN = "what this layer is made of is not printed"


def _all_known(sums: RowSums) -> bool:
    return all(
        sums.settled[i].is_known or sums.settled[i].row.again or not sums.settled[i].high for i in sums.tree.tops
    )


def _width(printout: Printout) -> int:
    """The width of a printed module's embeddings or norms, by which its own tensors would be as wide."""
    if printout.described is None:
        return 0
    for layer in printout.described.network.layers:
        width = layer.attributes.get("embedding_dim") or layer.attributes.get("normalized_shape")
        width = width[-1] if isinstance(width, tuple) and width else width
        if isinstance(width, int):
            return width
    return 0


def _frozen(printout: Printout, settled: list[Settled]) -> int | None:
    """What the rows say is not trained: marked rows, and the statistics of Keras' batch norms."""
    rows = [one for one in settled if one.row.count is not None and one.row.count.value and not one.row.again]
    if printout.framework == "keras":
        if any(one.row.frozen for one in rows):
            return None
        told = all(one.row.frozen is False for one in rows)
        fits = any(figure.what == "frozen" and figure.number.fits(statistics_of(rows)) for figure in printout.figures)
        return statistics_of(rows) if told or fits else None  # without that column more may be frozen
    marked = [one for one in rows if one.row.frozen]
    if marked or any(one.row.frozen is False for one in rows):
        return int(sum([one.low for one in marked]))
    return None


def statistics_of(rows: list[Settled]) -> int:
    """What Keras counts for its batch norms beside what is trained."""
    return int(sum([one.low for one in rows if one.row.type.lower().startswith("batchnorm")])) // 2


def _closes(rest: list[Said]) -> bool:
    """Whether a total closes the rows' sum."""
    return any(one.verdict in ("right", "adds_up") and one.expected is not None for one in rest)


def _blame(settled: list[Settled], sums: RowSums, figures: Figures, rest: list[Said]) -> None:
    """A total that two figures confirm, and one row of which nothing is known: the row is wrong."""
    wrong = [one for one in rest if one.verdict == "wrong" and one.kind == "wrong_sum" and one.expected is not None]
    total = figures.by_what.get("total")
    if not wrong or total is None or wrong[0].number is not total.number or not total.number.is_exact:
        return
    parts = [figures.by_what.get(what) for what in ("trainable", "frozen", "optimizer")]
    if parts[0] is None or parts[1] is None:
        return
    if sum([part.number.value for part in parts if part is not None]) != total.number.value:
        return
    tops = [settled[i] for i in sums.tree.tops if not settled[i].row.again]
    suspects = [one for one in tops if not one.is_known and one.row.count is not None and one.row.count.value]
    tested = [one for one in suspects if one.is_tested]
    suspects = suspects if len(suspects) == 1 else tested
    if len(suspects) != 1:
        return
    number = suspects[0].row.count
    assert number is not None
    expected = int(number.value + total.number.value - wrong[0].expected)  # type: ignore[operator]
    if expected < 0:
        return
    why = f"with it the rows add to {wrong[0].expected:,}; the other figures confirm {total.number.value:,}"
    suspects[0].said = Said(number, "wrong", suspects[0].row.shown, why, expected)
    suspects[0].know(expected)
    rest[rest.index(wrong[0])] = Said(total.number, "adds_up", None, "", total.number.value)


def shares(settled: list[Settled], figures: Figures, said: list[Said]) -> None:
    """Each row's percentage of the total."""
    total = figures.total
    if total is None or not total[0]:
        return
    wrong = {id(one.number): one for one in said if one.verdict == "wrong"}
    for one in settled:
        share, count = one.row.share, one.row.count
        if share is None or count is None:
            continue
        meant = wrong.get(id(count))
        value = meant.expected if meant is not None and meant.expected is not None else count.value
        true = 100 * value / total[0]
        if abs(true - share.value) <= max(share.high - share.low, 0.006):
            said.append(Said(share, "right" if one.is_known else "adds_up", one.row.shown))
        else:
            why = f"{value:,} of {total[0]:,} are {true:.2f} %"
            said.append(Said(share, "wrong", one.row.shown, why, round(true, 2)))
