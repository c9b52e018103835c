"""Which network do these numbers describe? A calculation held against the whole catalogue.

It never invents a network: where none fits, it says which fits best and where the calculation departs from it, and
checks what can be checked without one: the arithmetic, the sum, and whether each layer reads what the last one makes.
"""

from __future__ import annotations

from netledger.audit.auditing import audit_against
from netledger.audit.claims import PREFERRED, REFERENCE
from netledger.audit.consistency import remarks
from netledger.audit.reading.reader import read
from netledger.catalogue import load
from netledger.figures import entries
from netledger.network import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.audit.reading.statement import Statement
    from netledger.audit.result import AuditResult
    from netledger.figures import Listed

_TRIED = 3
"""How many networks of the catalogue are judged in full."""


class _Fit:
    """How well a network's figures are the ones of a calculation."""

    __slots__ = ("entry", "hits", "total")

    def __init__(self, entry: Listed, values: Sequence[int], total: int | None) -> None:
        left = list(entry.layers)
        self.hits = 0
        for value in values:
            if value in left:
                left.remove(value)
                self.hits += 1
        self.entry = entry
        self.total = total == entry.parameters

    def rank(self) -> tuple[int, int, int, str]:
        """The best first: most lines, then the total, then the form that people mean."""
        name = self.entry.name
        known = PREFERRED.index(name) if name in PREFERRED else len(PREFERRED) + ("/" in name)
        return -self.hits - 2 * self.total, known, len(self.entry.layers), name


def audit_without_network(text: str) -> AuditResult:
    """The audit of a calculation that names no network.

    >>> audit_without_network("conv2: 5*5*96*256 + 256 = 614656; conv4: 3*3*384*384 + 384 = 1327488").verdict
    'right'
    """
    statements = _parameter_statements(text)
    fits, lines = _fits(statements, entries())
    fits = [fit for fit in fits if _worth_trying(fit, lines)][:_TRIED]
    best: tuple[AuditResult, _Fit] | None = None
    for fit in fits:
        result = audit_against(text, load(fit.entry.name))
        if best is None or (result.verdict == "right", -len(result.findings)) > (
            best[0].verdict == "right", -len(best[0].findings),
        ):  # fmt: skip
            best = result, fit
        if result.verdict == "right":
            break
    if best is not None:
        return _of_the_catalogue(*best, lines)
    return _of_no_network(text, statements)


def elsewhere(text: str, network: Network, result: AuditResult) -> str:
    """Where a calculation is wrong for one network of the catalogue: the form of it for which every line is right."""
    if result.verdict != "wrong":
        return ""
    family = network.name.partition("/")[0]
    among = [entry for entry in entries() if entry.name.partition("/")[0] == family and entry.name != network.name]
    if not among:
        return ""
    fits, lines = _fits(_parameter_statements(text), among)
    if not fits or fits[0].hits < max(lines, 1):
        return ""
    if audit_against(text, load(fits[0].entry.name)).verdict != "right":
        return ""
    what = "the ungrouped network" if fits[0].entry.name == "alexnet/ungrouped" else fits[0].entry.title
    mine = "the paper's" if network.name == REFERENCE else f"{network.name}"
    return f"right for {what} ({fits[0].entry.name}), not for {mine}"


def _parameter_statements(text: str) -> list[Statement]:
    return [s for s in read(text).statements if s.members and not s.binding and s.quantity in ("", "params")]


def _fits(statements: Sequence[Statement], among: Sequence[Listed]) -> tuple[list[_Fit], int]:
    """Every network with how well it fits, the best first; and how many lines there are to fit."""
    values, total = [], None
    for statement in statements:
        value = statement.value
        if value is None or statement.error or value != int(value):
            continue
        if statement.is_total:
            total = int(value)
        else:
            values.append(int(value))
    return sorted([_Fit(entry, values, total) for entry in among], key=_Fit.rank), len(values)


def _worth_trying(fit: _Fit, lines: int) -> bool:
    """A network is judged in full where it has most of the lines, or the total and some."""
    return (fit.hits >= 2 and 3 * fit.hits >= 2 * lines) or (fit.total and fit.entry.parameters > 10_000)


def _of_the_catalogue(result: AuditResult, fit: _Fit, lines: int) -> AuditResult:
    entry = fit.entry
    if result.verdict == "right":
        said = f"every line is right for {entry.name} ({entry.parameters:,})"
    else:
        said = f"no network was named: these numbers fit {entry.name} best, {fit.hits} of {lines} lines"
    paper = next((other for other in entries() if other.name == REFERENCE), None)
    if paper is not None and entry.name.startswith(f"{REFERENCE}/") and paper.parameters != entry.parameters:
        grouped = "is grouped and has" if entry.name == "alexnet/ungrouped" else "has"
        said += f"; the 2012 paper's network {grouped} {paper.parameters:,}"
    return result.replace(notes=(said, *result.notes))


def _of_no_network(text: str, statements: Sequence[Statement]) -> AuditResult:
    """Arithmetic, sum and chain alone; a total is never held against a network that nobody named."""
    result = audit_against(text, Network("no network"))
    kept = tuple([finding for finding in result.findings if finding.kind in ("arithmetic", "terms_do_not_add")])
    notes, wrong_sum = remarks(statements)
    if wrong_sum is not None and not kept:
        kept = (wrong_sum,)
    judged = any(s.value is not None for s in statements)
    verdict = "wrong" if kept else ("right" if judged else "unread")
    flagged = {finding.line_no for finding in kept}
    lines = tuple([line.replace(verdict=_alone(line.verdict, line.line_no in flagged)) for line in result.lines])
    said = (
        "no network of the catalogue has these layers: only the arithmetic was checked, say --against NETWORK for more"
    )
    claimed = result.total.claimed
    true = wrong_sum.expected if wrong_sum is not None else claimed
    total = result.total.replace(claimed=claimed, true=true, ok=None if claimed is None else true == claimed)
    return result.replace(
        verdict=verdict, lines=lines, findings=kept, network="", notes=(said, *notes) if judged else (), total=total
    )


def _alone(verdict: str, flagged: bool) -> str:
    """A line's verdict where no network says what should stand there."""
    if flagged:
        return "wrong"
    return "right" if verdict in ("wrong", "other") else verdict
