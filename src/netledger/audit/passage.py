"""One passage judged: which network it is about, and what is right and wrong in it."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.accounting import unjudged_numbers
from netledger.audit.answers import corrected, findings_of, line_verdicts, sentence, total_verdict, whole_verdict
from netledger.audit.hypotheses import (
    LEAST_ROWS,
    LONG,
    Judged,
    by_numbers,
    can_cost,
    having,
    is_proven,
    judge_alone,
    judge_by,
    judge_if_right,
    likely,
    rank,
    rebuilt,
)
from netledger.audit.reading.lines.consoles import has_code
from netledger.audit.reading.reader import read
from netledger.audit.reading.tokens.words import is_total
from netledger.audit.result import AuditResult
from netledger.audit.verdict.summing.totals import is_all_there
from netledger.catalogue import has, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.books.parts import Books
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.understanding.described import Described
    from netledger.audit.understanding.names import Named
    from netledger.network import Network


ADAPTERS = frozenset("lora qlora peft adapter adapters loraconfig".split())
"""Words of a text about a network with more parameters than the published one."""
LEAST_LAYERS = 2
"""Layers of code that is a network of its own, not a part that somebody changes in a published one."""
OF_BIASES = 0.01
"""The biases' share of a network's parameters, at most."""
SHORT_OF_ALL = frozenset(("missing_layer", "missing_norm"))
"""What a sum is called that leaves layers out."""


def judge_passage(text: str, against: Network | None, context: str = "") -> AuditResult:
    """Judge what one person wrote; ``context`` is the page around it, which may name or describe the network."""
    from netledger.audit.printouts import read_printouts

    printouts = read_printouts(text)
    if printouts:
        from netledger.audit.printouts.answering import judge_with_printouts

        return judge_with_printouts(text, printouts, against, _beside_printouts)
    return _judge_sentences(text, against, context)


def _judge_sentences(text: str, against: Network | None, context: str = "") -> AuditResult:
    """What a person wrote, apart from printouts."""
    if against is not None:
        return _by_given(text, against)
    calculation = _calculation(text)
    tried, unknown = _hypotheses(calculation, text, context)
    if not tried:
        return _result(calculation, judge_alone(calculation), [], unknown)
    best = min(range(len(tried)), key=lambda i: rank(tried[i], i))
    others = [judged for judged in tried if judged is not tried[best] and judged.how == tried[best].how]
    return _result(calculation, tried[best], others, unknown)


def _calculation(text: str, sizes: str = "") -> Calculation:
    """What a text works out; of its code what the comments beside it do."""
    claims = text
    if has_code(text):
        from netledger.audit.understanding.code.beside import claims_beside_code

        claims = claims_beside_code(text)
    lines = claims.split("\n")
    if any(map(_may_list_a_count, lines)):
        from netledger.audit.understanding.counts.lines import claims_of  # most calculations do without its words

        lines = claims_of(lines)
    calculation = read("\n".join(lines), sizes)
    calculation.written = tuple(text.replace("\r\n", "\n").split("\n"))
    return calculation


def _may_list_a_count(line: str) -> bool:
    """Whether a line may describe a layer and then say its count: it says more than what a named layer works out to,
    or than one total.

    >>> [_may_list_a_count(line) for line in ("Dense 10 -> 1290", "fc: 128*10 + 10 = 1290", "Total 1290", "Dense")]
    [True, False, False, False]
    >>> _may_list_a_count("conv (1→8, 3x3) has 80; 8*9 + 8 = 80")
    True
    """
    if not any(map(str.isdecimal, line)):
        return False
    if is_total(line.split()[0]):
        return _numbers(line) > 1
    if not line.isascii():
        return True
    name = len(line.rstrip(WORKED))
    behind, sign = line[name:].lstrip("0123456789"), 0
    for i, character in enumerate(behind):
        if character in ",." and not behind[i + 1 : i + 2].isdecimal():
            return True  # something ends
        if character == "(" and behind[:i].rstrip()[-1:].isdecimal():
            return True
        sign = sign or (i if character in "+*" else 0)
    stands_alone = any(c.isdecimal() and not before.isalnum() for before, c in pairwise(f" {line[:name]}"))
    return stands_alone or not sign or _numbers(behind[sign:]) < LEAST_WORKED


def _numbers(text: str) -> int:
    return len("".join([c if c.isdecimal() else "" if c in GROUPING else " " for c in text]).split())


WORKED = "0123456789 \t+*=()-:^,."
"""Characters of what is worked out, behind the name that it is worked out for."""
GROUPING = " ,.'_\u2009\u202f\u00a0"
"""What may stand between the digits of one number."""
LEAST_WORKED = 2
"""Numbers behind the first sign of a calculation: what it ends in, and one that it is worked out with."""


def _beside_printouts(text: str, network: Network | None, is_own: bool) -> AuditResult:
    """What stands beside printouts, by the network that is given or that they are."""
    if network is None:
        return _judge_sentences(text, network)
    if not is_own:
        return _by_given(text, network, beside_total=True)
    calculation = _calculation(text)
    judged = judge_by(calculation, network, "described")
    tried, unknown = _hypotheses(calculation, text, "")
    named = [other for other in tried if other.how == "named"]
    best = min([judged, *named], key=lambda other: rank(other, 0))
    return _result(calculation, best, [], unknown)


def _by_given(text: str, network: Network, *, beside_total: bool = False) -> AuditResult:
    """By the network that is given; ``beside_total``: whether a printout beside the text has the total, so that sums
    beside it may be of a part.
    """
    calculation = _calculation(text, network.title or "")
    judged = judge_by(calculation, network, "given")
    kinds = {finding.kind for outcome in judged.outcomes for finding in outcome.findings} if beside_total else set()
    if kinds and kinds <= SHORT_OF_ALL:
        judged = judge_by(calculation, network, "given", whole=False)
    return _result(calculation, judged, [*_elsewhere(calculation, judged, network)], ())


def _hypotheses(calculation: Calculation, text: str, context: str) -> tuple[list[Judged], tuple[str, ...]]:
    """Every network that the text may be about, judged; and the names that no entry of the catalogue has."""
    from netledger.audit.by_description import EXACT, by_descriptions
    from netledger.audit.understanding.building.shapes import on_other_pictures
    from netledger.audit.understanding.names import variants
    from netledger.audit.understanding.transformers.adapters import adapted
    from netledger.audit.understanding.understanding import understand

    understood = understand(text)
    if context and not understood.names and not understood.networks:
        understood = understand(context)
    tried = []
    has_adapters = not ADAPTERS.isdisjoint(calculation.words)
    forms = [
        form
        for name in [str(mention.name) for mention in understood.names]
        for form in [*likely(calculation, variants(name)), *rebuilt(calculation, name)]
    ]
    families = _named_without_size(calculation, understood.names)
    for name in dict.fromkeys(forms):
        network = load(name)
        tuned = adapted(network, text) if has_adapters else None
        known = (tuned is not None or not has_adapters) and name not in families
        network = tuned or network
        other = on_other_pictures(network, text)
        for meant in (network,) if other is None else (other, network):
            tried.append(judge_by(calculation, meant, "named", whole=known, blames=known))
        if tried[-1].settles:
            break
    if not any(judged.is_understood for judged in tried):
        tried = []
    exact = bool(understood.networks) and understood.networks[0].how in EXACT
    if exact or not any(judged.settles for judged in tried):
        own = _unnamed(by_descriptions(calculation, understood.networks), tried, understood.networks)
        tried = own if exact and tried and any(_is_meant(judged, tried) for judged in own) else [*tried, *own]
    partly = bool(understood.networks) and not understood.networks[0].whole and not understood.names
    if (not tried or partly) and not understood.unknown and not has_adapters:
        tried += _proposed(calculation)
    return tried, understood.unknown


def _named_without_size(calculation: Calculation, names: tuple[Named, ...]) -> set[str]:
    """Networks that a text names by their family alone, beside the totals of several of its members: ``LLaMA``, with a
    row for each size.
    """
    totals = {s.value for s in calculation.statements if s.is_total and s.expression is None and s.error}
    sizes = any(map(str.isdigit, "".join([mention.words for mention in names])))
    if len(totals) < LEAST_MEMBERS or sizes:
        return set()
    return {str(mention.name) for mention in names if any(map(str.isdigit, str(mention.name)))}


LEAST_MEMBERS = 2
"""Rounded totals of a text that names one family."""


def _is_meant(own: Judged, named: list[Judged]) -> bool:
    """Whether the text is about the network of its own code rather than one that it names too."""
    if own.books is None or len(own.books.weighted) < LEAST_LAYERS or not own.whole:
        return False
    if own.wrong and any(not judged.wrong and judged.right > FAR_MORE * own.right for judged in named):
        return False  # four lines of code beside all of GPT-2
    return own.right >= own.wrong and own.open <= min([judged.open for judged in named])


FAR_MORE = 2
"""How many times as many lines must be right by a network that is named than by one of code that a text has too."""


def _unnamed(own: list[Judged], named: list[Judged], described: tuple[Described, ...]) -> list[Judged]:
    """The networks that a text describes, without those that it names too and gives only most of the sizes of, as
    transformers are described: the name says the rest.
    """
    by_sizes = bool(described) and described[0].how == "config"
    known = [judged.books for judged in named if judged.books is not None and by_sizes]
    if any(_has_the_form_of(judged.books, books) for judged in own if judged.books is not None for books in known):
        return []
    return [judged for judged in own if not _is_settled_by_name(judged, named)]


def _is_settled_by_name(own: Judged, named: list[Judged]) -> bool:
    """Whether a text names the network of which only the biases were assumed: the name says whether it has them."""
    if own.books is None or not any("bias" in assumed for assumed in own.assumed):
        return False
    totals = [judged.books.total for judged in named if judged.books is not None]
    return any(0 < abs(total - own.books.total) <= OF_BIASES * total for total in totals)


def _has_the_form_of(own: Books, named: Books) -> bool:
    """Whether a network has the layers of another one but for a few: ``Mistral 7B: 32 layers, width 4096, …`` where
    nobody says how many key and value heads there are.
    """
    if abs(len(own.weighted) - len(named.weighted)) > MOST_OPEN:
        return False
    there = [(part.weights, part.times) for part in named.weighted]
    shared = [part for part in own.weighted if (part.weights, part.times) in there]
    return own.total != named.total and MOST_ALIKE[1] * len(shared) >= MOST_ALIKE[0] * len(own.weighted)


MOST_OPEN = 2
"""Layers that one of two such networks lacks: a last norm, an output of its own."""
MOST_ALIKE = (2, 3)
"""The share of a described network's layers that a named one has too, where it is the same network."""


def _proposed(calculation: Calculation) -> list[Judged]:
    """The networks of the catalogue that the numbers prove, up to one that none can surpass."""
    found: list[Judged] = []
    for name in by_numbers(calculation):
        network = load(name)
        if found and not can_cost(calculation, network, min([judged.cost for judged in found])):
            continue
        judged = _by_numbers(calculation, network)
        if is_proven(judged):
            if _lists_it_all(judged):
                return [judge_by(calculation, network, "numbers")]  # a total beside its rows is of them
            found.append(judged)
            totals = any(outcome.item.statement.is_total for outcome in judged.outcomes)
            if judged.is_unsurpassed and (judged.is_proven_by_its_total or not totals):
                break
    return found


def _lists_it_all(judged: Judged) -> bool:
    """Whether a text has all layers of a network, row by row, and nothing else but totals."""
    rows = [outcome for outcome in judged.outcomes if outcome.item.is_count and not outcome.item.statement.is_total]
    right = all(outcome.verdict == "right" for outcome in rows)
    return right and len(rows) >= LEAST_ROWS and is_all_there(judged.verdicts)


def _by_numbers(calculation: Calculation, network: Network) -> Judged:
    """Judged by a network that nobody named: it blames only what a label names too."""
    judged = judge_by(calculation, network, "numbers", whole=False)
    return judge_by(calculation, network, "numbers", whole=False, blames=False) if judged.blames_unnamed else judged


def _elsewhere(calculation: Calculation, judged: Judged, network: Network) -> list[Judged]:
    """Other published forms of the network given, where the text is wrong about it."""
    if not judged.wrong or not has(network.name) or len(calculation.statements) >= LONG:
        return []
    from netledger.audit.understanding.names import variants

    wrong = [outcome.item for outcome in judged.outcomes if outcome.verdict == "wrong"]
    if any(item.fails_alone for item in wrong):
        return []
    family = [name for name in variants(network.name.partition("/")[0]) if name != network.name]
    works_out = any(item.products and not item.error and not item.refers for item in wrong)
    all_of_it = judged.books is not None and judged.books.bias
    family = having(family, [item.value for item in wrong], must=works_out and all_of_it)
    meant: list[Judged] = []
    for name in likely(calculation, family):
        other = judge_if_right(calculation, load(name), "variant")
        if other is not None and other.right and not _against_its_label(other):
            meant.append(other)
            if other.settles:
                break
    return sorted(meant, key=lambda other: -other.right)[:MOST_ELSEWHERE]


MOST_ELSEWHERE = 3
"""Other published forms that an answer may name."""


def _against_its_label(judged: Judged) -> bool:
    """Whether the only line that is right is so about another layer than its label says."""
    right = [outcome.item.right for outcome in judged.outcomes if outcome.verdict == "right" and outcome.expected]
    return len(right) == 1 and right[0] is not None and right[0].cost > 0


def _result(calculation: Calculation, judged: Judged, others: list[Judged], unknown: tuple[str, ...]) -> AuditResult:
    books = judged.books
    described = books.network if books is not None and judged.how == "described" else None
    total = total_verdict(judged.verdicts, books)
    unjudged = unjudged_numbers(calculation, judged)
    passed_over = sum(1 for number in unjudged if number.may_count)
    verdict = whole_verdict(
        [outcome.verdict for outcome in judged.outcomes], compared=books is not None, passed_over=passed_over > 0
    )
    answer, notes = sentence(judged, others, unknown, verdict, total, passed_over)
    return AuditResult(
        verdict, answer, books.name if books is not None else "", books.convention if books is not None else "",
        judged.assumed, total, findings_of(judged.outcomes), line_verdicts(calculation, judged.outcomes), (), notes,
        tuple(corrected(judged.outcomes, total)), described, trace(judged.verdicts.matcher), unjudged,
    )  # fmt: skip


def trace(matcher: Matcher) -> tuple[str, ...]:
    """How each line was read and its best meanings with their costs."""
    lines = []
    for item in matcher.items:
        lines.append(f"{item.line_no}: {item.statement!r}")
        for meaning in sorted(item.trace, key=lambda meaning: meaning.cost)[:3]:
            causes = ", ".join([cause.kind for cause in meaning.causes]) or "right"
            lines.append(f"    {meaning.cost:6.2f} {meaning.quantity.role} {meaning.quantity.what}: {causes}")
    return tuple(lines)
