"""A whole text: one passage, or a page of several people, each judged by itself."""

from __future__ import annotations

from netledger.audit.answers import WEIGHT, whole_verdict
from netledger.audit.passage import judge_passage
from netledger.audit.reading.lines.logical import check_size
from netledger.audit.reading.lines.sentences import bounds
from netledger.audit.reading.pages import Passage, lines_of, passages
from netledger.audit.result import AuditResult, LineVerdict, PassageVerdict, TotalVerdict, UnjudgedNumber
from netledger.audit.words import ABOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.names import Named
    from netledger.network import Network


def judge_page(text: str, against: Network | None) -> AuditResult:
    """Judge every passage of a text; a ``LimitError`` where it is longer than anybody's."""
    check_size(text)
    text = text.replace("\r\n", "\n")
    found = passages(text)
    if len(found) == 1 and not found[0].noise:
        if against is None:
            return _network_by_network(text)
        return _with_others_claims(text, judge_passage(text, against), against)
    parts = [(passage, judge_passage(lines_of(text, passage), against, text)) for passage in found]
    if len(parts) == 1:
        return parts[0][1]
    return _together(parts)


def _with_others_claims(text: str, whole: AuditResult, against: Network) -> AuditResult:
    """What was judged against a network that is given, with what it says of others by name: ``VGG-16 has 138M``."""
    open_ = {line.line_no: line for line in whole.lines if line.verdict == "not_checked"}
    if not open_:
        return whole
    from netledger.audit.understanding.names import mentions, names_in

    rows = text.split("\n")
    own_names = {whole.network, *[named.name for named in names_in(against.title or against.name)]}
    for mention in mentions(text):
        line = open_.pop(mention.line_no, None)
        if line is None or mention.name is None or mention.name in own_names:
            continue
        row = rows[line.line_no - 1]
        if not _has_number_of(mention, row):
            continue
        begin, end = bounds(row, mention.start, mention.end)  # what stands beside it is about the network given
        own = judge_passage("\n" * (line.line_no - 1) + " " * begin + row[begin:end], None)
        if own.verdict in ("right", "wrong") and own.network.partition("/")[0] == mention.name.partition("/")[0]:
            whole = _with_line_of(whole, own, line.line_no)
    return whole


def _has_number_of(mention: Named, row: str) -> bool:
    """Whether nothing but a verb stands between a network's name and the number: ``ResNet-50's blocks have …`` may be
    about a part of it.
    """
    rest = row[mention.end :]
    first = next((i for i, character in enumerate(rest) if character.isdecimal()), None)
    if first is None:
        return False
    words = rest[:first].split()
    return len(words) == 1 or (len(words) == 2 and words[1].lower() in ABOUT)


def _with_line_of(whole: AuditResult, own: AuditResult, line_no: int) -> AuditResult:
    """An answer with one line of it judged by another network."""
    lines = tuple([next((o for o in own.lines if o.line_no == line.line_no), line) for line in whole.lines])
    findings = tuple(sorted([*whole.findings, *own.findings], key=lambda finding: finding.line_no))
    passed_over = any(number.may_count for number in whole.unjudged)
    verdict = whole_verdict({line.verdict for line in lines}, passed_over=passed_over)
    answer = whole.answer
    if whole.verdict == "not_checked" or (verdict == "wrong" and whole.verdict != "wrong"):
        answer = own.answer
    elif verdict == "wrong" and own.findings:
        answer = f"{answer} {own.answer}"
    return whole.replace(
        verdict=verdict, answer=answer, lines=lines, findings=findings, corrected=(*whole.corrected, *own.corrected),
        notes=(*whole.notes, f"line {line_no} is about {own.network}"),
    )  # fmt: skip


def _network_by_network(text: str) -> AuditResult:
    """A text that may be about several networks: each judged by what it says of that one, where each line names its
    network, or where that explains more.
    """
    from netledger.audit.sections import sections, unnamed
    from netledger.audit.understanding.names import mentions

    named = list(mentions(text))
    listed = _is_list(text, named)
    plain = unnamed(text, named) if listed else text
    own = sections(plain, named)
    results = [(name, judge_passage(said, None, name if listed else "")) for name, said in own.items()]
    said = [(name, result) for name, result in results if result.lines]
    if len(said) < 2 or not any(result.verdict in ("right", "wrong", "partly") for _, result in said):
        return judge_passage(text, None)
    if not _names_itself(named, said):  # whether it is judged better as a whole
        whole = judge_passage(text, None)
        wrong = sum([_lines_that_are(("wrong", "carries"), result) for _, result in said])
        right = sum([_lines_that_are(("right",), result) for _, result in said])
        before, rightly = _lines_that_are(("wrong", "carries"), whole), _lines_that_are(("right",), whole)
        if (wrong, -right) >= (before, -rightly):
            return whole
    return _joined(text, said, {(mention.key, mention.line_no): mention.words for mention in named})


def _is_list(text: str, named: list[Named]) -> bool:
    """Whether a text has hardly more lines than names: what it says of each network stands beside its name."""
    return sum(1 for line in text.split("\n") if line.strip()) <= 2 * len({mention.key for mention in named}) + 1


def _lines_that_are(verdicts: tuple[str, ...], result: AuditResult) -> int:
    return sum(1 for line in result.lines if line.verdict in verdicts)


def _names_itself(named: list[Named], said: list[tuple[str, AuditResult]]) -> bool:
    """Whether every line that was judged names its network: a list of claims."""
    there = {(mention.key, mention.line_no) for mention in named}
    return all((name, line.line_no) in there for name, result in said for line in result.lines)


def _renamed(line_no: int, told: str, words: str | None) -> tuple[int, str]:
    """A corrected line with the name that the text has there, for which a plain word stood while it was judged."""
    from netledger.audit.sections import NET

    named = words is not None and told.startswith((f"{NET}:", f"{NET} "))
    return line_no, f"{words}{told.removeprefix(NET)}" if named else told


def _joined(text: str, said: list[tuple[str, AuditResult]], words: dict[tuple[str, int], str]) -> AuditResult:
    """One answer of what is said of each network; ``words``: by name and line how the text calls it."""
    results = [result for _, result in said]
    lines: dict[int, LineVerdict] = {}
    raw = text.split("\n")
    for line in sorted([line for result in results for line in result.lines], key=lambda line: WEIGHT[line.verdict]):
        lines.setdefault(line.line_no, line.replace(text=raw[line.line_no - 1]))
    answer = " ".join([f"{name}: {_lowered(result.answer)}" for name, result in said])
    renamed = [_renamed(*line, words.get((name, line[0]))) for name, result in said for line in result.corrected]
    return AuditResult(
        _worst(results), answer, ", ".join([result.network or name for name, result in said]),
        results[0].convention, (), TotalVerdict(None, None, None),
        tuple(sorted([f for result in results for f in result.findings], key=lambda finding: finding.line_no)),
        tuple([lines[line_no] for line_no in sorted(lines)]), (),
        tuple(dict.fromkeys([note for result in results for note in result.notes])),
        tuple(sorted(renamed, key=lambda line: line[0])), None,
        tuple([line for result in results for line in result.trace]), _unjudged(results, set(lines)),
    )  # fmt: skip


def _unjudged(results: list[AuditResult], judged: set[int]) -> tuple[UnjudgedNumber, ...]:
    """The numbers that no part judged, each once; what one part leaves open another one may judge."""
    found = {(n.line_no, n.span): n for result in results for n in result.unjudged if n.line_no not in judged}
    return tuple([found[place] for place in sorted(found)])


def _worst(results: list[AuditResult]) -> str:
    """The verdict on all of them: wrong where any is, never better than its parts."""
    present = {result.verdict for result in results}
    verdict = next((v for v in ("wrong", "partly", "adds_up", "right") if v in present), "not_checked")
    return "partly" if verdict == "right" and "not_checked" in present else verdict


def _together(parts: list[tuple[Passage, AuditResult]]) -> AuditResult:
    """One answer of several: wrong where any is, never better than its parts."""
    said = [(passage, result) for passage, result in parts if result.lines]
    verdicts = tuple(
        [
            PassageVerdict(p.from_line, p.to_line, p.author, r.verdict, r.network, r.answer)
            for p, r in said
        ]
    )  # fmt: skip
    results = [result for _, result in said]
    answer = " ".join([f"{_who(p)}: {_lowered(r.answer)}" for p, r in said if r.verdict != "not_checked"])
    first = next((r for r in results if r.network), results[0] if results else None)
    return AuditResult(
        _worst(results), answer or "Nothing in this page could be checked.", first.network if first else "",
        first.convention if first else "", (), first.total if first else TotalVerdict(None, None, None),
        tuple([f for r in results for f in r.findings]), tuple([line for r in results for line in r.lines]), verdicts,
        tuple(dict.fromkeys([note for r in results for note in r.notes])),
        tuple([line for r in results for line in r.corrected]), None, tuple([t for r in results for t in r.trace]),
        tuple([number for r in results for number in r.unjudged]),
    )  # fmt: skip


def _who(passage: Passage) -> str:
    return passage.author or f"Lines {passage.from_line}–{passage.to_line}"


def _lowered(answer: str) -> str:
    return answer[:1].lower() + answer[1:]
