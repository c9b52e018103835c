"""A transformer whose sizes a text states → its network, in every form that the text leaves open.

What is stated is taken: widths, layers, heads, key and value heads, experts, the vocabulary, norms, biases. What is
left open (biases, the last norm, whether the output is tied) gives one network for each way it may be, each with
what was assumed; a size that cannot be known leaves the network unfinished.
"""

from __future__ import annotations

from itertools import product

from netledger.audit.understanding.described import Described
from netledger.audit.understanding.transformer_layers import Form, Sizes, layers_of
from netledger.audit.understanding.transformer_words import read_stated
from netledger.audit.words.transformers import HEADS
from netledger.network import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.understanding.transformer_words import Stated

MOST_FORMS = 16
"""Ways to take what a text leaves open."""
GPT_RATIO = 4
"""How many times as wide as the model a GPT's feed-forward part is where nobody says it (Radford et al. 2018)."""
MOST_LAYERS = 6_000
"""Of one network: each expert has its own."""
NEEDED = ("hidden", "layers")


def from_transformer(lines: list[str]) -> list[Described]:
    """The transformers that a text's sizes make, the likeliest form first.

    >>> text = "GPT: 12 layers, d_model 768, 12 heads, d_ff 3072, vocab 50257, 1024 learned positions, LayerNorm, "
    >>> found = from_transformer([text + "with biases, tied, a final layer norm"])
    >>> from netledger.ledger import keep_books
    >>> len(found), keep_books(found[0].network).totals.parameters
    (1, 124439808)
    """
    stated = read_stated(lines)
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
        whole = not missing and not stated.clashes & {"vocabulary", "positions", "classes"} and not stated.rough
        found.append(Described(network, "config", frozenset(stated.lines), places, tuple(assumed), whole, (), doubtful))
    return found


def _is_one(stated: Stated) -> bool:
    """Whether it is one transformer of which enough is said, and of a form that is read here."""
    sizes, says = stated.sizes, stated.says
    if any(stated.get(role) is None for role in NEEDED) or says & {"odd", "decoder"}:
        return False
    if stated.clashes & {"hidden", "layers", "heads", "kv heads", "ffn", "experts", "head dim", "shared experts"}:
        return False
    telling = len({"heads", "ffn", "ratio", "vocabulary", "kv heads", "patch"} & sizes.keys())
    return telling >= 2 if "transformer" in says else telling >= 3


def _sizes(stated: Stated, lines: list[str]) -> Sizes | None:
    """The sizes with those that follow from others; ``None`` where they contradict."""
    hidden, layers = stated.get("hidden"), stated.get("layers")
    assert hidden is not None
    assert layers is not None
    sizes = Sizes(hidden, layers)
    heads, kv = stated.get("heads"), 1 if "one kv" in stated.says else stated.get("kv heads")
    each = stated.get("head dim")
    if heads is not None and kv is None and each is None:
        each = None
    elif heads is not None and each is None:
        each = hidden // heads if hidden % heads == 0 else None
    if kv is not None and (each is None or (heads is not None and (kv > heads or heads % kv))):
        return None
    sizes.queries = heads * each if heads is not None and each is not None else hidden
    sizes.keys = kv * each if kv is not None and each is not None else sizes.queries
    ratio = stated.get("ratio")
    sizes.ffn = stated.get("ffn") or (hidden * ratio if ratio is not None else None)
    sizes.is_fourfold = sizes.ffn is None and "language" in stated.says and not stated.says & {"gated", "rms"}
    if sizes.is_fourfold and "experts" not in stated.sizes:
        sizes.ffn = GPT_RATIO * hidden
    sizes.experts, sizes.shared = stated.get("experts") or 0, stated.get("shared experts") or 0
    sizes.vocabulary = stated.get("vocabulary")
    sizes.positions = stated.get("positions")
    sizes.segments = stated.get("segments")
    sizes.classes = stated.get("classes")
    sizes.patch, sizes.picture = stated.get("patch"), stated.get("picture")
    sizes.channels = stated.get("channels") or 3
    if sizes.classes is None and sizes.vocabulary is not None and "language" not in stated.says:
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
            if before.strip("()") == str(hidden) and sign == "×" and after.isdecimal() and 1 < int(after) <= 10_000:
                return int(after), line_no
    return None, 0


def _forms(stated: Stated, sizes: Sizes) -> Iterator[tuple[Form, list[str]]]:
    """Each way to take what is left open: the choices that the text made have one value."""
    says = stated.says
    rms = "rms" in says
    norms = ["rms"] if rms else ["layer"] if "layernorm" in says else ["layer", "rms", ""]
    modern = rms or "gated" in says
    biases = [False] if "no bias" in says else [True] if "bias" in says else [False, True] if modern else [True, False]
    final = [True] if "final" in says else [False] if "post" in says else [True, False]
    gated = [True] if "gated" in says else [False] if "plain" in says or not modern else [True, False]
    choices: list[list[object]] = [
        list(_of_outputs(stated, sizes)), list(_of_positions(stated, sizes)), list(norms), list(biases), list(final),
        list(gated),
    ]  # fmt: skip
    for i, (output, learned, norm, bias, last, gate) in enumerate(product(*choices)):
        if i >= MOST_FORMS:
            return
        if not norm and last:
            continue
        form = Form(str(output), bool(learned), str(norm), bool(bias), bool(last), bool(gate))
        form.embedding_norm = "embedding norm" in says
        form.class_token = sizes.patch is not None and "class token" in says
        told = zip(
            choices, (f"output: {output or 'none'}", f"positions: {'learned' if learned else 'no table'}",
            f"norms: {norm or 'none'}", "biases" if bias else "no biases",
            "a last norm" if last else "no last norm", "a gated feed-forward part" if gate else "two matrices"),
            strict=True,
        )  # fmt: skip
        yield form, [words for options, words in told if len(options) > 1]


def _of_outputs(stated: Stated, sizes: Sizes) -> list[str]:
    """What is behind the last layer: a classifier, the tied or own output matrix, nothing."""
    says = stated.says
    if "untied" in says and sizes.vocabulary is not None:
        return ["own"]
    if "tied" in says and sizes.vocabulary is not None:
        return ["tied"]
    if sizes.classes is not None:
        return ["classes"]
    if sizes.vocabulary is None:
        return [""]
    return ["tied", "own"] if "language" in says else ["", "own"]


def _of_positions(stated: Stated, sizes: Sizes) -> list[bool]:
    if "learned" in stated.says or (sizes.segments is not None and sizes.positions is not None):
        return [True]
    if "rotary" in stated.says or (sizes.positions is None and sizes.patch is None):
        return [False]
    return [True, False] if sizes.patch is not None else [False, True]
