"""A text judged by the network that it describes itself."""

from __future__ import annotations

from netledger.audit.hypotheses import Judged, judge_by
from netledger.audit.verdict.summing.totals import is_all_there
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.audit.reading.reader import Calculation
    from netledger.audit.understanding.described import Described
    from netledger.audit.verdict.outcome import Outcome

LARGEST = 10**14
"""Parameters of a described network: with more, numbers were taken for sizes that are none."""
WIDEST = 1_000_000
"""Of one side of a described layer: a vocabulary may have so many words, and no layer so many channels."""
EXACT = ("code", "module", "printout")
"""Forms of description that leave nothing out."""
THROUGHOUT = frozenset(
    "missing_bias double_bias swapped_dims missing_in_channels missing_second_bias pytorch_double_bias "
    "counted_running_stats missing_groups feature_map_multiplied timesteps_counted".split()
)
"""Mistakes that a person who makes them once makes in every line of the kind."""
LEAST_THROUGHOUT = 2
"""Lines with the same mistake."""
MOST_WRONG = 1
"""Wrong lines more than right ones, of a description that was understood; what only carries a fault is no more."""


def by_descriptions(calculation: Calculation, networks: Iterable[Described]) -> list[Judged]:
    """The networks that the text describes, judged, without those that were not understood."""
    from netledger.audit.understanding.settling import with_layers_left

    found = []
    for described in networks:
        try:
            described = with_layers_left(calculation, described)
            judged = _by_description(calculation, described)
        except NetledgerError:  # it describes layers that no rule takes: nothing can be compared with them
            continue
        if not described.proves and not judged.wrong:
            continue  # its layers are known from the text's own calculations: these prove nothing
        exact = described.how in EXACT and judged.right > 0
        if _is_understood(judged) or (described.whole and not judged.open and _is_surely_meant(judged, exact)):
            found.append(judged)
    return found


def _is_surely_meant(judged: Judged, exact: bool) -> bool:
    """Whether a network that is understood in full is the text's, although much of the text is wrong by it."""
    return exact or _is_one_mistake(judged) or _is_line_by_line(judged)


def _is_line_by_line(judged: Judged) -> bool:
    """Whether the equations of a text are about each layer of its network once, in their order, and one is right."""
    names = [part.shown for part in judged.books.weighted] if judged.books is not None else []
    worked = [o for o in judged.outcomes if o.item.products is not None and o.item.stated is not None]
    layers = [o.layer for o in worked if o.layer in names and not o.item.refers and not o.item.statement.is_total]
    kinds = {finding.kind for o in judged.outcomes if o.verdict == "wrong" for finding in o.findings}
    listed = len(names) >= LEAST_LISTED or (len(names) > 1 and kinds <= THROUGHOUT)
    return listed and layers == names and judged.right > 0


LEAST_LISTED = 3
"""Layers of a network that is worked out line by line; two where what is wrong is a mistake that people make."""


def _is_one_mistake(judged: Judged) -> bool:
    """Whether every line that is wrong makes a mistake that people make throughout, and there are several."""
    wrong = [outcome.item.wrong for outcome in judged.outcomes if outcome.verdict == "wrong"]
    kinds = {cause.kind for meaning in wrong if meaning is not None for cause in meaning.causes}
    return len(wrong) >= LEAST_THROUGHOUT and None not in wrong and len(kinds) == 1 and kinds <= THROUGHOUT


def _by_description(calculation: Calculation, described: Described) -> Judged:
    """Judged by the network that the text describes, with as many bias vectors as fit where it leaves that open."""
    found = _as_described(calculation, described)
    if described.follows_textbooks and not found.settles:
        from netledger.audit.understanding.settling import with_two_vectors

        other = _as_described(calculation, with_two_vectors(described))
        return min(found, other, key=lambda judged: (judged.wrong, -judged.right))
    return found


def _as_described(calculation: Calculation, described: Described) -> Judged:
    """Judged by the network that the text describes; the sizes that it says are no claims."""
    from netledger.audit.understanding.settling import settled, with_open

    told = settled(calculation, described)

    def by(*, whole: bool, blames: bool = True) -> Judged:
        found = judge_by(
            told, described.network, "described", whole=whole, vectors_open=described.follows_textbooks, blames=blames
        )
        return found.replace(assumed=described.assumed)

    if described.how in EXACT or (described.how == "config" and described.whole and not described.doubtful):
        judged = by(whole=described.whole)
        if judged.wrong and _works_out_more(judged, one_call=described.how in EXACT):
            return by(whole=False, blames=False)
        open_sizes = not described.whole and bool(described.doubtful)
        return by(whole=False, blames=False) if open_sizes and judged.blames_unnamed else judged
    judged = by(whole=False)
    if judged.wrong and _works_out_more(judged, one_call=False):
        return by(whole=False, blames=False)
    hanging = hang_on_a_hole(judged, described)
    if not hanging and described.whole:
        judged = by(whole=True)
        hanging = hang_on_a_hole(judged, described)
    if hanging:
        told = with_open(told, [outcome.item.statement for outcome in hanging])
        return by(whole=False, blames=False)
    if not _is_told(judged, described) or _blames_doubtful(judged, described):
        own = judged.wrong and _blames_lines_by_their_words(judged, described)
        return judged if own else by(whole=False, blames=False)
    return judged


def hang_on_a_hole(judged: Judged, described: Described) -> list[Outcome]:
    """What is wrong only because the description lacks a layer that the text speaks of: a line that no layer is left
    for, a total with a number more that the text gives none of its layers, or, where a layer is known to be missing, a
    line that describes none itself.
    """
    wrong = [o for o in judged.outcomes if o.verdict == "wrong" and not o.item.fails_alone]
    return [outcome for outcome in wrong if _hangs_on_a_hole(judged, described, outcome)]


def _hangs_on_a_hole(judged: Judged, described: Described, outcome: Outcome) -> bool:
    if any(finding.kind == "extra_layer" for finding in outcome.findings):
        return not described.whole or outcome.item.products is None  # a formula has the sizes of a layer too many
    if outcome.layer is None:
        return (not described.whole and _leaves_layers_out(judged, outcome)) or _lacks_what_is_said(judged, outcome)
    line_no = outcome.item.line_no
    if line_no in [described.places.get(path) for path in described.doubtful]:
        return True
    elsewhere = described.places.get(outcome.layer) != line_no
    return bool(described.left) and elsewhere and not judged.names(outcome)


def _leaves_layers_out(judged: Judged, outcome: Outcome) -> bool:
    """Whether a total is more than the layers that are known, of which its lines leave some out."""
    found, value, known = judged.verdicts.sums.get(outcome.item.index), outcome.item.value, judged.books
    if found is None or value is None or known is None:
        return False
    return found.adds <= known.total < value


def _lacks_what_is_said(judged: Judged, outcome: Outcome) -> bool:
    """Whether a total is more than the layers that are known by a number that the text gives, and gives more often than
    layers have it.
    """
    books, value = judged.books, outcome.item.value
    if books is None or value is None:
        return False
    more = [int(value - known) for known in (books.total, outcome.expected) if known is not None and value > known]
    if not more:
        return False
    from netledger.audit.understanding.marks.stretches import values_of_counts

    said = [number for line in judged.verdicts.matcher.written for number in values_of_counts(line)]
    have = [books.count(part) for part in books.weighted]
    near = [
        [number for number, error in said if abs(number - missing) <= outcome.item.error + error] for missing in more
    ]
    return any(len(close) > max([have.count(number) for number in close], default=0) for close in near)


def _works_out_more(judged: Judged, *, one_call: bool) -> bool:
    """Whether a text works out a layer of a kind that its description has none of: ``fc: 64*12 + 12`` below
    ``nn.GRU(40, 64)``; code of more than ``one_call`` is all of its network.
    """
    parts = judged.books.weighted if judged.books is not None else []
    if one_call and len({part.name.partition(".")[0] for part in parts}) > 1:
        return False
    prices = judged.verdicts.matcher.prices
    for outcome in judged.outcomes:
        item = outcome.item
        worked = item.products is not None and item.stated and not item.refers
        families = [family for family in item.wording.layers if family not in WITHOUT_PARAMETERS] if worked else ()
        if families and item.right is None and not any(prices.has(family) for family in families):
            return True
    return False


WITHOUT_PARAMETERS = ("flatten", "pool", "dropout")
"""Families of layers that are no part of what is counted."""


def _is_told(judged: Judged, described: Described) -> bool:
    """Whether the description leaves nothing out: every equation fits, and none is wrong about another line's layer."""
    counts = [outcome.item for outcome in judged.outcomes if outcome.item.is_count]
    equations = {item.line_no for item in counts if item.products is not None}
    for outcome in judged.outcomes:
        place = described.places.get(outcome.layer or "")
        if outcome.verdict == "wrong" and place in equations and place != outcome.item.line_no:
            return False
    return not judged.open or (described.whole and _has_layers_too_many(judged))


def _has_layers_too_many(judged: Judged) -> bool:
    """Whether lines that say what comes in and what goes out are right about every layer of a network that the text
    describes, and what fits nothing in it says a layer from one size to another too: ``64→64`` of 784 → 64 → 10.
    """
    open_ = [o.item for o in judged.outcomes if o.verdict == "adds_up" and o.item.products is not None]
    return all(item.sizes or item.refers for item in open_) and is_all_there(judged.verdicts)


def _blames_lines_by_their_words(judged: Judged, described: Described) -> bool:
    """Whether every line that is wrong describes its layer itself, in words, and makes a mistake that people make with
    it: then that line is wrong whatever the others are about.
    """
    wrong = [outcome for outcome in judged.outcomes if outcome.verdict in ("wrong", "carries")]
    return all(
        outcome.layer is not None
        and described.places.get(outcome.layer) == outcome.item.line_no
        and outcome.layer not in described.doubtful
        and described.proves
        and {finding.kind for finding in outcome.findings} <= THROUGHOUT
        for outcome in wrong
    )


def _blames_doubtful(judged: Judged, described: Described) -> bool:
    """Whether a line is wrong by a layer that may have been misread, or one too many of a network half understood."""
    for outcome in judged.outcomes if described.doubtful or not described.whole else ():
        meaning = outcome.item.wrong
        if outcome.verdict != "wrong" or outcome.item.fails_alone:
            continue
        if meaning is None or not outcome.layer:
            return True
        if not described.doubtful:
            continue
        covered = [path for part, _ in meaning.quantity.cover for path in part.paths] if meaning is not None else []
        if not covered or not described.doubtful.isdisjoint(covered):
            return True
    return False


def _is_understood(judged: Judged) -> bool:
    """Whether the description was: hardly any line agrees with a network that was misread."""
    books = judged.books
    if books is None:
        return True
    sizes = [size for part in books.weighted for term in part.terms for _, size in term.factors]
    wrong = sum(1 for outcome in judged.outcomes if outcome.verdict == "wrong")
    return (
        judged.is_understood
        and wrong <= judged.right + MOST_WRONG
        and max(sizes, default=0) <= WIDEST
        and books.total <= LARGEST
    )
