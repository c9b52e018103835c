"""A text with printouts → its answer: the printouts by their own judge, what a person wrote beside them by the network
that they are.
"""

from __future__ import annotations

from netledger.audit.answers import whole_verdict
from netledger.audit.printouts.by_network import judge_by_network
from netledger.audit.printouts.given import GivenNetwork
from netledger.audit.printouts.judged import Said, lines_of
from netledger.audit.printouts.judging import JudgedPrintout, judge_printout
from netledger.audit.printouts.networks import network_of
from netledger.audit.result import AuditResult, TotalVerdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netledger.audit.printouts.printout import Printout
    from netledger.audit.result import Finding, LineVerdict, UnjudgedNumber
    from netledger.network import Network

    Judge = Callable[[str, Network | None, bool], AuditResult]
    """Judges the rest of a text by a network; whether that network is the printout's own."""


def judge_with_printouts(
    text: str, printouts: list[Printout], against: Network | None, judge_rest: Judge
) -> AuditResult:
    """The answer to a text; ``judge_rest`` judges what is no printout."""
    rest = _rest(text, printouts)
    says = any(c.isalnum() for c in rest)
    alone = [judge_printout(printout) for printout in printouts]
    network = against if against is not None or not says else _said_beside(rest, alone)
    judged = alone
    if network is not None:
        given = GivenNetwork(network)
        judged = [judge_by_network(printout, given) for printout in printouts]
    own = network_of(judged[0]) if network is None else None
    result = judge_rest(rest, network or own, against is None) if says else None
    said = [one for found in judged for one in found.said]
    if result is not None and not any(found.printout.rows for found in judged) and result.verdict != "not_checked":
        if result.verdict == "wrong" or not any(one.verdict == "wrong" for one in said):
            return result  # PEFT's line, compared with the network that the text describes
    if result is not None and not said:
        return result
    return _Answer(text, judged, network or own, own is not None, result).made()


def _said_beside(rest: str, alone: list[JudgedPrintout]) -> Network | None:
    """The network of the code beside printouts, or one that the text names, where they are about it."""
    from netledger.audit.understanding.understanding import understand
    from netledger.catalogue import load

    understood = understand(rest)
    coded = [found.network for found in understood.networks if found.how in ("code", "module") and found.whole]
    named = [load(str(mention.name)) for mention in understood.names[:MOST_NAMED]]
    for network in [*coded, *named]:
        given = GivenNetwork(network)
        said = [one for found in alone for one in judge_by_network(found.printout, given).said]
        right = sum(1 for one in said if one.verdict == "right" and one.number.value)
        wrong = sum(1 for one in said if one.verdict in ("wrong", "carries"))
        before = sum(1 for found in alone for one in found.said if one.verdict in ("wrong", "carries"))
        if right and (wrong <= before or (network in coded and right > wrong)):
            return network
    return None


MOST_NAMED = 4
"""Networks that a text names and that its printouts are compared with."""


def _rest(text: str, printouts: list[Printout]) -> str:
    """The text without the printouts' lines, everything else in its place."""
    taken = {line_no for printout in printouts for line_no in printout.lines}
    return "\n".join(["" if line_no in taken else line for line_no, line in enumerate(text.split("\n"), 1)])


class _Answer:
    def __init__(
        self, text: str, judged: list[JudgedPrintout], network: Network | None, is_own: bool, rest: AuditResult | None
    ) -> None:
        self.text, self.judged, self.is_own = text.split("\n"), judged, is_own
        self.network, self.rest = network, rest
        self.said = [one for printout in judged for one in printout.said]

    def made(self) -> AuditResult:
        """All of it together."""
        lines = {line.line_no: line for line in (self.rest.lines if self.rest is not None else ())}
        for line in lines_of(self.said, self.text):
            before = lines.get(line.line_no)
            if before is None or before.verdict == "not_checked" or line.verdict == "wrong":
                lines[line.line_no] = line
        listed = [lines[line_no] for line_no in sorted(lines)]
        findings = [finding for one in self.said if (finding := one.finding()) is not None]
        findings += self.rest.findings if self.rest is not None else ()
        findings.sort(key=lambda finding: finding.line_no)
        passed_over = any(number.may_count for number in self._unjudged())
        verdict = whole_verdict({line.verdict for line in listed}, passed_over=passed_over)
        total = self._total()
        name, convention = self._named()
        return AuditResult(
            verdict, self._sentence(verdict, listed, findings, total), name, convention,
            self.rest.assumed if self.rest is not None else (), total, tuple(findings), tuple(listed), (),
            self.rest.notes if self.rest is not None else (), tuple(self._corrected()),
            self.network if self.is_own else None, self._trace(), self._unjudged(),
        )  # fmt: skip

    def _unjudged(self) -> tuple[UnjudgedNumber, ...]:
        """The numbers beside the printouts that nothing was compared with; who repeats a printed one claims nothing."""
        printed = {one.number.value for one in self.said}
        return tuple(
            [
                number.replace(may_count=False) if number.value in printed else number
                for number in (self.rest.unjudged if self.rest is not None else ())
            ]
        )

    def _total(self) -> TotalVerdict:
        first = self.judged[0]
        stated = next(
            (figure.number for figure in first.printout.figures if figure.what == "total" and not figure.of), None
        )
        if not first.printout.rows and self.rest is not None:
            return self.rest.total
        given = next(iter(first.truth.network.values()), None)
        expected = first.total[0] if first.total is not None and first.total[0] == first.total[1] else None
        true = given if given is not None else int(expected) if expected is not None else None
        if stated is None:
            return TotalVerdict(None, true, None)
        judged = next((one for one in self.said if one.number is stated), None)
        ok = None if judged is None or judged.verdict == "not_checked" else judged.verdict not in ("wrong", "carries")
        if judged is not None and ok is False and isinstance(judged.expected, int):
            true = judged.expected
        return TotalVerdict(stated.value, true, ok)

    def _named(self) -> tuple[str, str]:
        if self.network is None or not self.said:
            return (self.rest.network, self.rest.convention) if self.rest is not None else ("", "")
        from netledger.audit.matching.books.parts import Books

        books = Books(self.network)
        statistics = any(one.printout.framework == "keras" for one in self.judged) and any(
            part.statistics for part in books.weighted
        )
        return books.name, books.under("statistics").convention if statistics else books.convention

    def _sentence(self, verdict: str, lines: list[LineVerdict], findings: list[Finding], total: TotalVerdict) -> str:
        name, convention = self._named()
        size = f"{total.true:,}, " if total.true is not None else ""
        what = f"{name} ({size}{convention})" if name else "the network that the text describes"
        if verdict == "wrong":
            return self._wrong(findings, total, name)
        if verdict == "right":
            return f"Right for {what}."
        if verdict == "partly":
            right = sum(1 for line in lines if line.verdict == "right")
            return f"Right as far as checked: {right} of {len(lines)}, for {what}."
        if verdict == "adds_up":
            return "Adds up: what its layers are made of is not printed, so only the sums were checked."
        return "Nothing in this printout could be checked."

    def _wrong(self, findings: list[Finding], total: TotalVerdict, name: str) -> str:
        lines = list(dict.fromkeys([f"{finding.line_no}" for finding in findings]))
        shown = f"{', '.join(lines[:8])}{', …' if len(lines) > 8 else ''}"
        answer = f"Wrong: line{'s' if len(lines) > 1 else ''} {shown}."
        if total.claimed is None or total.true is None:
            return answer
        if total.ok:
            return f"{answer} The total {total.claimed:,} is right in itself."
        return (
            f"{answer} {name or 'It'} has {total.true:,} parameters, not {total.claimed:,}."
            if total.ok is False
            else answer
        )

    def _corrected(self) -> Iterator[tuple[int, str]]:
        for printout in self.judged:
            labels = {id(figure.number): figure.what for figure in printout.printout.figures}
            for one in printout.said:
                label = one.layer or labels.get(id(one.number), "")
                if one.expected and label:
                    yield one.number.line_no, f"{label}: {one.expected:,}"
        if self.rest is not None:
            yield from self.rest.corrected

    def _trace(self) -> tuple[str, ...]:
        return tuple(
            [f"{one.number.line_no}: {_traced(one)}" for one in self.said]
            + list(self.rest.trace if self.rest is not None else ())
        )


def _traced(one: Said) -> str:
    expected = "" if one.expected is None else f" (should be {one.expected:,})"
    return f"{one.layer or ''} {one.number.value:,} {one.verdict}{expected}".strip()
