"""Outcomes of one passage → its answer: lines, findings, the total, the whole verdict and the sentence that says it."""

from __future__ import annotations

from netledger.audit.matching.items.arithmetic import rounds_to
from netledger.audit.result import LineVerdict, TotalVerdict
from netledger.audit.verdict.outcome import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from netledger.audit.hypotheses import Judged
    from netledger.audit.matching.books.parts import Books
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.result import Finding
    from netledger.audit.verdict.outcome import Outcome
    from netledger.audit.verdict.verdicts import Verdicts

WEIGHT = {"wrong": 0, "carries": 1, "not_checked": 2, "adds_up": 3, "right": 4}
"""Of several statements on a line the gravest decides."""


def line_verdicts(calculation: Calculation, outcomes: list[Outcome]) -> tuple[LineVerdict, ...]:
    """One verdict for each line that says anything."""
    by_line: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        by_line.setdefault(outcome.item.line_no, []).append(outcome)
    lines = []
    for line_no in sorted({*by_line, *calculation.unread}):
        text = calculation.written[line_no - 1] if line_no <= len(calculation.written) else ""
        if line_no not in by_line:
            lines.append(LineVerdict(line_no, "not_checked", None, text, calculation.unread[line_no]))
            continue
        gravest = min(by_line[line_no], key=lambda outcome: WEIGHT[outcome.verdict])
        lines.append(LineVerdict(line_no, gravest.verdict, gravest.layer, text, gravest.why))
    return tuple(_over_lines(calculation, outcomes, lines))


def _over_lines(calculation: Calculation, outcomes: list[Outcome], lines: list[LineVerdict]) -> list[LineVerdict]:
    """Of an equation over several lines the one that is wrong is called so; those that go on with it carry it."""
    found = {line.line_no: line for line in lines}
    for outcome in outcomes:
        here = {finding.line_no: finding for finding in reversed(outcome.findings)}
        if outcome.verdict != "wrong" or len(here) < 2:
            continue
        for line_no, finding in here.items():
            text = calculation.written[line_no - 1] if line_no <= len(calculation.written) else ""
            verdict = "carries" if finding.follows_from is not None else "wrong"
            before = found.get(line_no)
            if before is None or before.verdict == outcome.verdict:
                found[line_no] = LineVerdict(line_no, verdict, outcome.layer, text, finding.why)
    return [found[line_no] for line_no in sorted(found)]


def findings_of(outcomes: list[Outcome]) -> tuple[Finding, ...]:
    """All faults by line."""
    return tuple(sorted([f for outcome in outcomes for f in outcome.findings], key=lambda finding: finding.line_no))


def whole_verdict(verdicts: Collection[str], *, compared: bool = True, passed_over: bool = False) -> str:
    """Of the verdicts on lines the whole one: never better than its parts; where nothing was compared, at best "adds
    up"; ``passed_over``: whether a number that may be a count was not judged.
    """
    if "wrong" in verdicts or "carries" in verdicts:
        return "wrong"
    if "right" in verdicts and compared:
        return "right" if all(verdict == "right" for verdict in verdicts) and not passed_over else "partly"
    return "adds_up" if "adds_up" in verdicts else "not_checked"


def sentence(
    judged: Judged, others: list[Judged], unknown: tuple[str, ...], verdict: str, total: TotalVerdict, passed_over: int
) -> tuple[str, tuple[str, ...]]:
    """The answer in a sentence, and what is worth saying beside it; ``passed_over``: numbers that may be counts and
    were not judged.
    """
    notes: list[str] = [f"{name} is not in the catalogue" for name in unknown]
    books = judged.books
    if books is None:
        return _without_network(judged, unknown, verdict), tuple(notes)
    fits = [other for other in others if not other.wrong and other.right and other.books is not None]
    if verdict == "wrong":
        answer = _wrong(judged, total)
        if fits and fits[0].books is not None:
            fitting = fits[0].books
            for_whom = f"{fitting.name} ({fitting.total:,}), not for {books.name} ({books.total:,})"
            answer = f"Right for {for_whom}: {_lower(answer)}"
        return answer, tuple(notes)
    checked = [outcome for outcome in judged.outcomes if outcome.verdict == "right"]
    least = "" if judged.whole or judged.how != "described" else "≥ "
    what = f"{books.name} ({least}{books.total:,}, {books.convention})"
    if verdict == "right":
        answer = f"Right for {what}."
    elif verdict == "partly":
        answer = f"Right as far as checked: {len(checked)} of {len(judged.outcomes) + passed_over}, for {what}."
    elif verdict == "adds_up":
        answer = f"Adds up, but nothing in it could be compared with {books.name}."
    else:
        answer = f"Nothing here could be checked against {books.name}."
    if judged.how == "numbers":
        notes.append(f"no network was named: these numbers are {books.name}'s")
    different = [o for o in others if o.books is not None and o.wrong and o.books.total != books.total][:1]
    if different and different[0].books is not None and judged.how == "named":
        answer = f"{answer[:-1]}, not for {different[0].books.name} ({different[0].books.total:,})."
    return answer, tuple(notes)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _wrong(judged: Judged, total: TotalVerdict) -> str:
    faults = [outcome for outcome in judged.outcomes if outcome.verdict == "wrong"]
    carried = [outcome for outcome in judged.outcomes if outcome.verdict == "carries"]
    lines = [f"{line_no}" for line_no in sorted({_first_line(outcome) for outcome in faults or carried})]
    where = f"line{'s' if len(lines) > 1 else ''} {', '.join(lines[:8])}{', …' if len(lines) > 8 else ''}"
    answer = f"Wrong: {where}."
    if total.claimed is not None and total.true is not None:
        if total.ok:
            answer += f" The total {total.claimed:,} is right in itself."
        elif judged.books is not None:
            least = "" if judged.whole or judged.how != "described" else "at least "
            answer += f" {judged.books.name} has {least}{total.true:,} parameters, not {total.claimed:,}."
    return answer


def _first_line(outcome: Outcome) -> int:
    """The line that is wrong itself, of an equation over several."""
    own = [finding.line_no for finding in outcome.findings if finding.follows_from is None]
    return own[0] if own else outcome.item.line_no


def _without_network(judged: Judged, unknown: tuple[str, ...], verdict: str) -> str:
    if verdict == "wrong":
        return _wrong(judged, TotalVerdict(None, None, None))
    if unknown:
        return f"{unknown[0]} is not in the catalogue: " + (
            "only the arithmetic was checked, and it adds up." if verdict == "adds_up" else "nothing could be checked."
        )
    if verdict == "adds_up":
        return "Adds up: nothing says which network it is, so only its own arithmetic was checked."
    return "Nothing to check: no calculation, and no network that it could be compared with."


def total_verdict(verdicts: Verdicts, books: Books | None) -> TotalVerdict:
    """The claimed total of the whole network: the last line about it."""
    true = books.total if books is not None else None
    claimed: Item | None = None
    for outcome in verdicts.outcomes.values():
        if outcome.item.index in verdicts.bounded:
            continue
        found = verdicts.sums.get(outcome.item.index)
        meaning = outcome.item.right
        about_all = (found is not None and found.whole) or (
            meaning is not None and outcome.verdict == "right" and true is not None and meaning.quantity.value == true
        )
        alone = books is not None and len(books.weighted) == 1 and books.weighted[0].times == 1
        if alone and found is None and outcome.verdict in ("right", "wrong") and outcome.expected == true:
            about_all = True
        if about_all or (
            outcome.item.statement.is_total and found is not None and not found.item.wording.inner_families
        ):
            exact = claimed is not None and claimed.value == true and not claimed.error
            claimed = claimed if exact and outcome.item.error and outcome.verdict == "right" else outcome.item
    if claimed is None:
        plain_counts = [o for o in verdicts.outcomes.values() if o.item.index not in verdicts.bounded]
        claimed = next((o.item for o in reversed(plain_counts) if _is_about_all(o, true)), None)
    if claimed is None or claimed.value is None:
        return TotalVerdict(None, true, None)
    value = claimed.fault.says if claimed.fault is not None else claimed.value
    ok = None if true is None else rounds_to(true, value, claimed.error)
    return TotalVerdict(plain(value), true, ok)


def _is_about_all(outcome: Outcome, true: int | None) -> bool:
    """Whether a line that does not say so gives, or should give, the whole network's count."""
    return outcome.verdict in ("right", "wrong", "carries") and true is not None and outcome.expected == true


def corrected(outcomes: list[Outcome], total: TotalVerdict) -> Iterator[tuple[int, str]]:
    """The calculation as it should stand, in the writer's own names."""
    for outcome in outcomes:
        statement = outcome.item.statement
        if outcome.expected is None or outcome.expected == 0:
            continue
        name = statement.name or outcome.layer or ""
        label = f"{name}: " if name else ""
        meaning = outcome.item.wrong if outcome.verdict == "wrong" else None
        if statement.is_total:
            yield outcome.item.line_no, f"{label}{plain(outcome.expected):,}"
        elif meaning is not None and len(meaning.quantity.cover) == 1 and meaning.expected == outcome.expected:
            times = f"{meaning.quantity.times} * " if meaning.quantity.times > 1 else ""
            inner = " + ".join([term.written() for term, _ in meaning.quantity.terms])
            formula = f"{times}({inner})" if times else inner
            yield outcome.item.line_no, f"{label}{formula} = {plain(outcome.expected):,}"
        elif outcome.verdict == "right" and outcome.item.node is not None:
            yield outcome.item.line_no, f"{label}{outcome.item.node.written()} = {plain(outcome.expected):,}"
        else:
            yield outcome.item.line_no, f"{label}{plain(outcome.expected):,}"
