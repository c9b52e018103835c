"""Numbers that claim nothing of the network: what only would be so, how many there are, what adapters are put into, the
ordinary convolution that a text counts beside a depthwise separable one, totals of examples.

A depthwise convolution of k×k over C channels and a pointwise one to N take the place of k·k·C·N weights (Howard et
al. 2017, MobileNets, section 3.1); convolutions in a row see as far as one larger one: two of 3×3 as one of 5×5
(Simonyan & Zisserman 2015, section 2.3), 1×7 and 7×1 as one of 7×7 (Szegedy et al. 2016, section 3.2).
"""

from __future__ import annotations

from netledger.audit.matching.items.item import LEAST_ALONE
from netledger.audit.matching.items.meaning import meant
from netledger.audit.matching.rows import width_of
from netledger.audit.reading.lines.sentences import is_mistaken
from netledger.audit.reading.tokens.words import family_of, quantity_of
from netledger.audit.verdict.lines.claims import LESS_BY
from netledger.audit.verdict.outcome import Outcome, called_right
from netledger.audit.verdict.summing.totals import left_open
from netledger.audit.weights import NO_MEANING
from netledger.audit.words import WOULD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.lines.sentences import Sentence
    from netledger.audit.verdict.decided import Decided


def of_supposition(decided: Decided, item: Item) -> Outcome | None:
    """What only would be so, or is one of two that are asked about, is no claim: right or left open."""
    sentence = decided.matcher.line_words.sentence(item)
    mistaken = _is_mistaken(decided, item)
    if not (mistaken or sentence.is_no_claim or item.statement.supposed or _is_announced_as_such(decided, item)):
        return None
    if item.right is not None and item.right.cost < NO_MEANING:
        return called_right(item)
    return Outcome(item, "not_checked", None, "told as a mistake" if mistaken else _why_no_claim(sentence))


def _is_mistaken(decided: Decided, item: Item) -> bool:
    """Whether the words behind the number tell what it forgets: ``1,600 ignores the input's channels``."""
    node = item.stated.node if item.stated is not None else item.node
    token = node.numbers()[-1].token if node is not None and node.numbers() else None
    if token is None:
        return False
    return is_mistaken(decided.matcher.line_words.lines.get(token.line_no, ""), token.end)


def _is_announced_as_such(decided: Decided, item: Item) -> bool:
    """Whether the line above ends in what would be: ``48 units would be``."""
    if item.statement.label or item.line_no < 2:
        return False
    above = decided.matcher.written[item.line_no - 2].rstrip(" :").lower().split()
    return bool(WOULD.intersection(above[-LAST_WORDS:]))


LAST_WORDS = 2
"""Words of a line that announces what only would be."""


def _why_no_claim(sentence: Sentence) -> str:
    if sentence.is_denied:
        return "it is taken back"
    return "it is asked" if sentence.is_alternative else "it is supposed"


def of_base(decided: Decided, item: Item) -> Outcome | None:
    """``all params: 6,758,404,096`` of adapters alone: with the model that they are put into; so is one matrix of it:
    ``original: 1024 * 512``.
    """
    if not decided.adapters_alone or item.value is None or item.value <= decided.books.total:
        return None
    whole = item.statement.is_total and not item.wording.trainable
    if not whole and not (_is_adapted(decided, item) and item.right is None):
        return None
    return Outcome(item, "not_checked", None, "the model that the adapters are put into is not in this network")


def _is_adapted(decided: Decided, item: Item) -> bool:
    """Whether a line works out a matrix that an adapter is put into, by its two sides."""
    leaves = [[leaf.value for leaf in product.leaves] for product in item.products or () if len(product.leaves) > 1]
    sides = [sorted([part.terms[0].size("in"), part.terms[-1].size("out")]) for part in decided.books.weighted]
    return len(leaves) == 1 and sorted(leaves[0]) in sides


def of_open_layer(decided: Decided, item: Item) -> Outcome | None:
    """What a line says of its own layer, of which the text was not understood: no other layer is meant."""
    if not item.statement.is_open or item.fault is not None:
        return None
    holds = item.products is not None and item.stated is not None
    what = "a layer that this is about" if item.statement.is_total else "the layer of this line"
    return Outcome(item, "adds_up" if holds else "not_checked", None, f"{what} was not understood")


def of_a_few(decided: Decided, item: Item) -> Outcome | None:
    """``11 trainable variables``, ``a network of 2 layers: how many parameters in total?``: how many of something."""
    things = bool(item.statement.words) and quantity_of(item.statement.words[0]) != "params"
    bare = item.products is None and item.wording.is_total and things
    alone = (
        item.wording.is_total and item.statement.quantity == "" and not (item.statement.label or item.statement.words)
    )
    most = decided.books.total if alone and item.products is None else LEAST_ALONE if bare else 0
    if item.value is None or not 0 < item.value < most or item.right is not None:
        return None
    few = item.value * LESS_BY < decided.books.total
    return left_open(decided, item) if few else None


def of_rule_of_thumb(decided: Decided, item: Item) -> Outcome | None:
    """``a block measured 7,087,872 ≈ 12 × 768²``: the very count stands before what is only about it."""
    label, members = item.statement.label, item.statement.members
    last = label[-1].replace(",", "") if label else ""
    if not last.isdigit() or len(last) <= LEAST_DIGITS or not members or members[0].relation != "≈":
        return None
    found = decided.matcher.quantities.exactly.get(int(last), ())
    whole = next((quantity for quantity in found if quantity.role in ("layer", "block", "blocks", "total")), None)
    return Outcome(item, "right", whole.what, f"{whole.what}, and a rule of thumb", (), int(last)) if whole else None


LEAST_DIGITS = 4
"""Digits, and more, of a count that stands among the words before a rule of thumb."""


def of_a_width(decided: Decided, item: Item) -> Outcome | None:
    """``8 × 128 = 1024`` in a row that counts a layer with 1,024 outputs: how wide it is."""
    part = width_of(decided.matcher.labels, decided.matcher.by_row, item) if item.stated is not None else None
    return Outcome(item, "right", part.shown, f"a width of {part.shown}") if part is not None else None


def ordinary_convolution(decided: Decided, item: Item) -> Outcome | None:
    """``ordinary: 5*5*32*64 = 51,200``, where other lines are right about the depthwise and the pointwise part."""
    if item.products is None or item.fault is not None:
        return None
    for parts, weights, filters in _separable(decided.books.weighted):
        if item.works_out not in (weights, weights + filters):
            continue
        worked = {other.value for other in decided.items if other is not item and other.products is not None}
        if all(any(count in worked for count in _counts(decided, part)) for part in parts):
            return Outcome(item, "adds_up", None, "an ordinary convolution of the same sizes, for comparison")
    return None


def _counts(decided: Decided, part: Part) -> set[int]:
    """What a line that is right about a layer, or about one of its matrices, gives."""
    return {decided.books.count(part), *[quantity.value for quantity in decided.matcher.quantities.of_part[id(part)]]}


def _separable(layers: list[Part]) -> Iterator[tuple[list[Part], int, int]]:
    """The layers of each separable convolution, the weights of an ordinary one in its place, and its filters."""
    for i, part in enumerate(layers):
        if part.family == "separable":
            matrices = [term for term in part.terms if term.role == "weight"]
            if len(matrices) == 2:
                yield [part], matrices[0].size("kernel") * matrices[1].value, matrices[1].size("out")
        after = layers[i + 1] if i + 1 < len(layers) else None
        if part.family == "depthwise" and after is not None and after.family == "conv" and set(after.kernel) == {1}:
            yield [part, after], part.terms[0].size("kernel") * after.weights, after.out


def dense_beside_experts(decided: Decided, item: Item) -> Outcome | None:
    """``dense FFN (as wide as 4 experts): 3 × 512 × 2048`` of a network whose feed-forward layers are all experts."""
    said = {family_of(word) for word in item.statement.label}
    inner = [part for part in decided.books.weighted if "feed-forward" in part.categories]
    dense = any("expert" not in part.shown.lower() for part in inner)
    if not {"linear", "ffn"} <= said or dense or item.fault is not None:
        return None
    return Outcome(item, "adds_up", None, "a dense layer, for comparison with the experts")


def larger_convolution(decided: Decided, item: Item) -> Outcome | None:
    """``one 5×5: 5*5*96*96 = 230,400``, where another line is right about two convolutions of 3×3 in its place."""
    if item.products is None or item.fault is not None:
        return None
    for parts, weights, filters in _in_a_row(decided.books.weighted):
        if item.works_out not in (weights, weights + filters):
            continue
        own = {id(part) for part in parts}
        for other in decided.items:
            meaning = meant(other) if other is not item and other.products is not None else None
            if meaning is not None and not meaning.causes and own <= {id(part) for part, _ in meaning.quantity.cover}:
                return Outcome(item, "adds_up", None, "one convolution that sees as far, for comparison")
    return None


def _in_a_row(layers: list[Part]) -> Iterator[tuple[list[Part], int, int]]:
    """Convolutions that follow one another, the weights of one that sees as far as they all, and its filters."""
    for i in range(len(layers)):
        reach: list[int] = []
        for j, part in enumerate(layers[i : i + MOST_IN_A_ROW]):
            if part.family != "conv" or len(part.kernel) != SIDES or (j and part.seen != layers[i + j - 1].out):
                break
            for _ in range(min(part.times, MOST_IN_A_ROW)):
                reach = [side + more - 1 for side, more in zip(reach or (1,) * SIDES, part.kernel, strict=True)]
            if (j or part.times > 1) and reach[0] == reach[1]:
                yield layers[i : i + j + 1], reach[0] * reach[1] * layers[i].seen * part.out, part.out


MOST_IN_A_ROW = 6
"""Convolutions that are compared with a single one."""
SIDES = 2
"""Of a convolution's kernel over a map."""


OF_LAYERS = frozenset(("layer", "layers", "union"))
"""What an example may be all of."""


def of_an_example(decided: Decided, item: Item) -> Outcome | None:
    """``Total params: 12`` and, after another example, ``72``: what a line of its own example works out."""
    if not _is_footer(item):
        return None
    if decided.footers is None:
        decided.footers = {}
        for other in decided.items:
            if _is_footer(other):
                decided.footers.setdefault(_label(other), []).append(other)
    alike = decided.footers[_label(item)]
    if len({other.value for other in alike}) < 2:
        return None
    begin = max([other.index for other in alike if other.index < item.index], default=-1)
    end = min([other.index for other in alike if other.index > item.index], default=len(decided.items))
    for other in decided.items[begin + 1 : end]:
        meaning = meant(other) if other.products is not None and other.value == item.value else None
        if meaning is not None and not meaning.causes and meaning.quantity.role in OF_LAYERS:
            return Outcome(item, "right", meaning.layer, f"what line {other.line_no} works out", (), item.value)
    return None


def _is_footer(item: Item) -> bool:
    """Whether an exact number stands behind words for a total, or for what is trained, and nothing else."""
    total = item.statement.is_total or item.wording.trainable
    return total and item.products is None and not item.error and bool(item.statement.label)


def _label(item: Item) -> tuple[str, ...]:
    return tuple([word.lower() for word in item.statement.label])
