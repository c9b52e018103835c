"""A transformer whose sizes a text states → its network, in every form that the text leaves open.

What is stated is taken: widths, layers, heads, key and value heads, experts, the vocabulary, norms, biases. What is
left open (biases, the last norm, whether the output is tied) gives one network for each way it may be, each with
what was assumed; a size that cannot be known leaves the network unfinished.
"""

from __future__ import annotations

from itertools import product

from netledger.audit.understanding.described import Described
from netledger.audit.understanding.transformers.layers import BARE, Form, Sizes, layers_of
from netledger.audit.understanding.transformers.words import read_stated
from netledger.audit.words.transformers import HEADS
from netledger.network import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.understanding.transformers.words import Stated

MOST_FORMS = 16
"""Ways to take what a text leaves open."""
FOURFOLD = 4
"""How many times as wide as the model the feed-forward part is where nobody says it (Vaswani et al. 2017)."""
MOST_CLASSES = 10_000
"""That a classifier tells apart."""
MOST_LAYERS = 6_000
"""Of one network: each expert has its own."""
LEAST_OF_A_PART = 2
"""Sizes that a layer or a part of each must have, where no whole network is described."""


def from_transformer(lines: list[str]) -> list[Described]:
    """The transformers that a text's sizes make, the likeliest form first.

    >>> text = "GPT: 12 layers, d_model 768, 12 heads, d_ff 3072, vocab 50257, 1024 learned positions, LayerNorm, "
    >>> found = from_transformer([text + "with biases, tied, a final layer norm"])
    >>> from netledger.ledger import keep_books
    >>> keep_books(found[0].network).totals.parameters
    124439808
    """
    stated = read_stated(lines)
    if "hidden" in stated.sizes and {"layers", "encoder layers"} & stated.sizes.keys():
        from netledger.audit.understanding.transformers.tables import read_tables_of

        read_tables_of(stated, lines)
    if not _is_one(stated):
        return []
    sizes = _sizes(stated, lines)
    if sizes is None:
        return []
    found = []
    for form, assumed in _forms(stated, sizes):
        layers, missing = layers_of(sizes, form)
        if not layers or len(layers) > MOST_LAYERS:
            return []
        network = Network(
            "described", tuple(layers), title="the network that the text describes", assumed=tuple(assumed)
        )
        places = {str(layer.path): 0 for layer in layers}
        doubtful = frozenset([path for path in places if sizes.is_fourfold and ".mlp." in path])
        whole = not stated.clashes & {"vocabulary", "positions", "classes"} and not stated.rough
        whole = whole and (not missing if _is_full(stated) else _is_all_of_a_part(stated))
        found.append(Described(network, "config", frozenset(stated.lines), places, tuple(assumed), whole, (), doubtful))
    return found


def _is_one(stated: Stated) -> bool:
    """Whether it is one transformer of which enough is said, and of a form that is read here."""
    sizes, says = stated.sizes, stated.says
    if stated.get("hidden") is None or says & {"odd"}:
        return False
    if stated.clashes & {"hidden", "layers", "heads", "kv heads", "ffn", "experts", "head dim", "shared experts"}:
        return False
    both = _both(stated)
    if both is None and (
        says & {"decoder"} or ("layers" not in sizes and not says & {"attention", "gated", "transformer"})
    ):
        return False
    telling = len({"heads", "ffn", "ratio", "vocabulary", "kv heads", "patch", "experts", "positions"} & sizes.keys())
    if _is_full(stated):
        return telling >= 2 if says & {"transformer", "language", "attention"} or both else telling >= 3
    if {"heads", "ffn", "layers"} <= sizes.keys() and "kv heads" not in sizes:
        return True  # nothing else has these three
    return telling >= 1 and "transformer" in says and len(sizes) >= LEAST_OF_A_PART


def _is_full(stated: Stated) -> bool:
    """Whether it is a network from its input on, and not a layer or a part of each."""
    stacked = {"layers", "encoder layers", "decoder layers"} & stated.sizes.keys()
    return bool(stacked) and bool({"vocabulary", "patch", "positions"} & stated.sizes.keys())


def _is_all_of_a_part(stated: Stated) -> bool:
    """Whether one line says its sizes, and nothing without a size is spoken of: a layer, or attention alone, is all."""
    if len(stated.first) > 1 or stated.says & {"tied", "untied", "final", "language"}:
        return False
    open_roles = {"vocabulary", "positions", "classes", "ffn", "patch", "experts"} - stated.sizes.keys()
    return not stated.mentioned & open_roles


def _both(stated: Stated) -> tuple[int, int] | None:
    """The layers of an encoder and of a decoder, where there are both."""
    encoder, decoder = stated.get("encoder layers"), stated.get("decoder layers")
    return (encoder, decoder) if encoder is not None and decoder is not None else None


def _sizes(stated: Stated, lines: list[str]) -> Sizes | None:
    """The sizes with those that follow from others; ``None`` where they contradict."""
    hidden, both = stated.get("hidden"), _both(stated)
    assert hidden is not None
    one = stated.get("layers") or stated.get("encoder layers") or stated.get("decoder layers") or 1
    sizes = Sizes(hidden, one)
    if both is not None:
        sizes.layers, sizes.decoders = both
    heads, kv = stated.get("heads"), 1 if "one kv" in stated.says else stated.get("kv heads")
    each = stated.get("head dim")
    if heads is not None and kv is None and each is None:
        each = None
    elif heads is not None and each is None:
        each = hidden // heads if hidden % heads == 0 else None
    if kv is not None and (each is None or (heads is not None and (kv > heads or heads % kv))):
        return None
    sizes.queries = heads * each if heads is not None and each is not None else hidden
    sizes.keys = kv * each if kv is not None and each is not None else stated.get("kv dim") or sizes.queries
    ratio = stated.get("ratio")
    sizes.ffn = stated.get("ffn") or (hidden * ratio if ratio is not None else None)
    sizes.is_fourfold = sizes.ffn is None and _is_full(stated) and not stated.says & {"gated", "rms"}
    if sizes.is_fourfold and "experts" not in stated.sizes:
        sizes.ffn = FOURFOLD * hidden
    sizes.experts, sizes.shared = stated.get("experts") or 0, stated.get("shared experts") or 0
    sizes.vocabulary = stated.get("vocabulary")
    sizes.positions = stated.get("positions")
    sizes.segments = stated.get("segments")
    sizes.classes = stated.get("classes")
    sizes.patch, sizes.picture = stated.get("patch"), stated.get("picture")
    sizes.channels = stated.get("channels") or 3
    if sizes.classes is None and (sizes.vocabulary or sizes.patch) is not None and "language" not in stated.says:
        sizes.classes, sizes.head_line = _classifier(lines, hidden)
    return sizes


def _classifier(lines: list[str], hidden: int) -> tuple[int | None, int]:
    """How many classes the formula behind a word for a classifier has: ``classifier: 768*2 + 2``, and the line.

    The formula says how many there are, never how the layer is counted.
    """
    for line_no, line in enumerate(lines, 1):
        lower = line.lower()
        if not any(word in lower for word in HEADS):
            continue
        plain = "".join([c if c.isdecimal() or c in "*×·x+(" else " " for c in lower.replace("\\times", "×")])
        words = plain.replace("*", " × ").replace("x", " × ").replace("·", " × ").replace("+", " + ").split()
        for before, sign, after in zip(words, words[1:], words[2:], strict=False):
            reads = before.strip("()") == str(hidden) and sign == "×" and after.isdecimal()
            if reads and 1 < int(after) <= MOST_CLASSES and int(after) not in (hidden, FOURFOLD * hidden):
                return int(after), line_no
    return None, 0


def _forms(stated: Stated, sizes: Sizes) -> Iterator[tuple[Form, list[str]]]:
    """Each way to take what is left open, the likeliest first: the choices that the text made have one value."""
    says = stated.says
    rms = "rms" in says
    full = _is_full(stated)
    modern = rms or bool(says & {"gated", "qkv bias", "one kv"}) or "kv heads" in stated.sizes
    modern = modern or (sizes.ffn is not None and sizes.ffn % sizes.hidden != 0)  # 8/3 of the width: a gated one
    open_norms = ["rms", "layer", ""] if modern else ["layer", "rms", ""]
    norms = ["rms"] if rms else ["layer"] if says & {"layernorm", "embedding norm"} else open_norms if full else [""]
    if "no bias" in says and "layer" in norms:
        norms.insert(norms.index("layer") + 1, BARE)
    final = [False] if "no final" in says else [True] if "final" in says else [True, False]
    if ("post" in says and "final" not in says) or not full:
        final = [False]
    gated = [True] if "gated" in says else [False] if "plain" in says else [modern, not modern]
    if sizes.ffn is None:
        gated = gated[:1]  # it is not made at all
    outputs, positions = list(_of_outputs(stated, sizes)), _of_positions(stated, sizes)
    biases = _of_biases(stated, modern=modern)
    choices: list[list[object]] = [[*outputs], [*positions], [*norms], [*biases], [*final], [*gated]]
    ranked = sorted(product(*[range(len(options)) for options in choices]), key=sum)
    for a, b, c, d, e, f in ranked[:MOST_FORMS]:
        (output, head), learned, norm, last, gate = outputs[a], positions[b], norms[c], final[e], gated[f]
        words, parts = biases[d]
        head = parts[2] if head is None else head
        if output == "own" and head and not parts[2]:
            continue
        if not norm and last:
            continue
        form = Form(output, learned, norm, (*parts, head), last, gate)
        form.embedding_norm = "embedding norm" in says
        form.class_token = sizes.patch is not None and "class token" in says
        form.attention = full or bool(says & {"attention"}) or "heads" in stated.sizes
        told = zip(
            choices, (_words_of(output, head), f"positions: {'learned' if learned else 'no table'}",
            f"norms: {norm or 'none'}", words, "a last norm" if last else "no last norm",
            "a gated feed-forward part" if gate else "two matrices"),
            strict=True,
        )  # fmt: skip
        assumed = [words for options, words in told if len(options) > 1]
        if sizes.is_fourfold and sizes.ffn is not None:
            assumed.append(f"a feed-forward part of {sizes.ffn:,}, four times the width")
        yield form, assumed


def _words_of(output: str, head: bool) -> str:
    """What is assumed of the output layer."""
    biases = "" if output not in ("own", "classes") else " with biases" if head else " without biases"
    return f"output: {output or 'none'}{biases}"


def _of_biases(stated: Stated, *, modern: bool) -> list[tuple[str, tuple[bool, bool, bool]]]:
    """Which parts may have biases: queries, keys and values; attention's output; the feed-forward part."""
    says = stated.says
    every, none = ("biases", (True, True, True)), ("no biases", (False, False, False))
    if "qkv bias" in says:
        return [("biases of queries, keys and values", (True, False, False))]
    if {"bias", "no bias"} <= says:
        return [("biases of the feed-forward part", (False, False, True)), every, none]
    if "no bias" in says or "bias" in says:
        return [none if "no bias" in says else every]
    return [none, every] if modern else [every, none]


def _of_outputs(stated: Stated, sizes: Sizes) -> Iterator[tuple[str, bool | None]]:
    """What is behind the last layer (a classifier, the tied or own output matrix, nothing), and whether it has biases;
    ``None``: as the other layers have.
    """
    says = stated.says
    heads = [True] if "head bias" in says else [False] if "no head bias" in says else [False, None]
    if "untied" in says and sizes.vocabulary is not None:
        found = ["own"]
    elif "tied" in says and sizes.vocabulary is not None:
        found = ["tied"]
    elif sizes.classes is not None:
        found = ["classes"]
        heads = [None, False] if len(heads) > 1 else heads
    elif sizes.vocabulary is None:
        found = [""]
    else:
        found = ["tied", "own"] if "language" in says else ["", "own"]
    for output in found:
        for head in heads if output in ("own", "classes") else heads[:1]:
            yield output, head


def _of_positions(stated: Stated, sizes: Sizes) -> list[bool]:
    """Whether there may be a table of positions."""
    if "learned" in stated.says or (sizes.segments is not None and sizes.positions is not None):
        return [True]
    if "rotary" in stated.says or (sizes.positions is None and sizes.patch is None):
        return [False]
    return [True, False] if sizes.patch is not None else [False, True]
