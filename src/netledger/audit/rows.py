"""Rows that do not make the total beside them, though the total is right: a norm left out of one row."""

from __future__ import annotations

from netledger.audit.result import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge


class Rows:
    """Holds the rows of a table against its total."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.truth, self.judgements = judge, judge.truth, judge.judgements

    def standing(self, total: Judgement) -> list[Judgement]:
        """The lines that stand for layers, right or wrong."""
        return [
            j
            for j in self.judgements
            if j is not total
            and not j.statement.is_total
            and j.verdict in ("right", "wrong")
            and (j.part or j.quantity)
        ]

    def against(self, claimed: Judgement) -> None:
        """A right total over rows that leave out a norm which the other rows include."""
        if claimed.value != self.truth.total or claimed.findings:
            return
        covered = self.judge.matcher.covered
        absent = [p for p in self.judge.matcher.weighted if id(p) not in covered and not p.tied_to]
        rows = [j for j in self.standing(claimed) if j.verdict == "right" and j.quantity is not None]
        if not absent or len(rows) < 3 or any(p.family not in ("batchnorm", "norm") for p in absent):
            return
        including = [
            j
            for j in rows
            if j.quantity is not None
            and len(j.quantity.parts) > 1
            and any(p.family == absent[0].family for p, _ in j.quantity.parts)
        ]
        if not including:
            return
        short = sum([self.truth.count(part) * part.times for part in absent])
        if sum([row.value for row in rows if row.value is not None]) != claimed.value - short:
            return
        for part in absent:
            row = self._neighbour(rows, part.index)
            if row is not None and row.value is not None:
                row.expected = row.value + self.truth.count(part) * part.times
                why = f"{part.shown} ({self.truth.count(part):,}) is left out, while the other rows include their norms"
                self.judge.blame(row, "missing_norm", row.layer, row.expected, row.value, why)
        why = f"the rows add to {claimed.value - short:,}; the total is right, {short:,} more"
        claimed.findings.append(
            Finding(
                claimed.statement.line_no, "terms_do_not_add", None, claimed.value - short, claimed.value, None, why
            )
        )
        claimed.verdict = "wrong"

    def _neighbour(self, rows: list[Judgement], index: int) -> Judgement | None:
        """The row whose layer stands right before."""
        best: Judgement | None = None
        for row in rows:
            if (
                row.part is not None
                and row.part.index < index
                and (best is None or best.part is None or row.part.index > best.part.index)
            ):
                best = row
        return best
