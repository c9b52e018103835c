"""Which part of a transformer a layer belongs to: by its names, and where these are silent by its shapes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Part

FAMILIES = {
    **{f"conv{n}d": "conv" for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": "conv" for n in (1, 2, 3)},
    "conv2d_partial": "partial",
    "separable_conv2d": "separable",
    "linear": "linear",
    "bilinear": "linear",
    "batch_norm": "batchnorm",
    **dict.fromkeys(("layer_norm", "rms_norm", "group_norm", "instance_norm"), "norm"),
    "embedding": "embedding",
    "embedding_bag": "embedding",
    **{kind: kind for kind in ("lstm", "gru", "rnn")},
    **{f"{kind}_cell": kind for kind in ("lstm", "gru", "rnn")},
    "lora": "lora",
    "trainable_subsample": "subsample",
    "subsample": "subsample",
    "parameter": "parameter",
    "multihead_attention": "attention",
    **{f"{how}_pool{n}d": "pool" for how in ("max", "avg") for n in (1, 2, 3)},
    "flatten": "flatten",
}
"""The family of layers, in the auditor's words, of each kind that people calculate by hand."""

ATTENTION = frozenset(
    "attn att attention self_attn selfattention crossattention encdecattention mha msa self cross cross_attn "
    "attn1".split()
)
FEED_FORWARD = frozenset("mlp ffn ff feed_forward feedforward intermediate experts expert block_sparse_moe moe".split())
QUERIES = frozenset("q q_proj query wq Wq WQ W_q W_Q w_q".split())
KEYS_VALUES = frozenset("k v k_proj v_proj key value wk wv Wk Wv WK WV W_k W_v W_K W_V w_k w_v".split())
OUTPUTS = frozenset(
    "o o_proj out_proj wo attn_out attn_output attention_output attn_dense attn_proj Wo WO W_o W_O w_o".split()
)
OUTWARD = frozenset("proj projection out c_proj".split())
"""What attention's last matrix may be called beside those of queries, keys and values."""
FUSED = "queries, keys and values"
"""The category of the layers that make these, one for all three in some networks."""
PROJECTION = {
    **dict.fromkeys("q q_proj qproj query queries wq wquery qweight".split(), "q"),
    **dict.fromkeys("k k_proj kproj key keys wk wkey kweight".split(), "k"),
    **dict.fromkeys("v v_proj vproj value values wv wvalue vweight".split(), "v"),
    **dict.fromkeys("o o_proj oproj out_proj outproj wo oweight attn_out attn_output attn_proj".split(), "o"),
}  # fmt: skip
"""Which of attention's four projections a name in code, or a word of a label, means."""
OF_THE_STATE = frozenset("whh uhh wh weighthh weighthhl0 hh hiddentohidden recurrentkernel".split())
"""What a recurrent layer's matrix from its state to itself is called."""
TEXTBOOK = (("u", "w", "v"), ("wx", "wh", "wy"), ("wxh", "whh", "why"))
"""A recurrent layer's matrices that read the input, the state, and make the output: first as in Goodfellow, Bengio and
Courville, Deep Learning, 10.2, then as courses have them.
"""
IN_WORDS = (("input", "hidden"), ("hidden", "hidden"), ("hidden", "output"))
"""The same by where they lead from and to: ``input to hidden``."""
OF_THE_INPUT = frozenset("wxh wx wih weightih weightihl0 ih inputtohidden".split())
"""What its matrix from the input is called."""
NORMS = ("norm", "batchnorm")
"""Families of layers that normalise."""
RECURRENT = ("lstm", "gru", "rnn")
"""Families of recurrent layers."""
PROJECTIONS = QUERIES | KEYS_VALUES | OUTPUTS | frozenset("c_attn qkv in_proj qkv_proj".split())
MATRICES = frozenset(
    "intermediate fc1 fc2 w1 w2 w3 gate_proj up_proj down_proj c_fc wi wi_0 wi_1 lin1 lin2 ffn1 ffn2 dense1 dense2 "
    "linear1 linear2".split()
)
"""What attention and feed-forward layers are called in code."""

WIDENING, NARROWING = frozenset(("wi", "wi_0", "wi_1")), "wo"
"""T5's feed-forward layers; the second is called as attention's output is elsewhere."""


def categorise(parts: list[Part]) -> None:
    """Set the ``categories`` of each part: ``attention``, ``feed-forward``, ``norm``, ``queries, keys and values``."""
    for part in parts:
        part.categories = _by_name(part)
    widening = {_parent(part) for part in parts if part.leaf.lower() in WIDENING}
    for part in parts:
        if part.leaf.lower() == NARROWING and _parent(part) in widening:
            part.categories = ("feed-forward",)
    if not any("attention" in part.categories for part in parts):
        return
    inward = {_parent(part) for part in parts if part.leaf.lower() in PROJECTIONS - OUTPUTS}
    for part in parts:
        behind = part.family == "linear" and not part.categories and _parent(part) in inward
        if behind and part.leaf.lower() in OUTWARD:
            part.categories = ("attention",)
    sizes = {(part.seen, part.out) for part in parts if part.family == "linear" and part.times > 1}
    for part in parts:
        widens = part.family == "linear" and part.seen != part.out and part.times > 1
        if not part.categories and widens and (part.out, part.seen) in sizes:
            part.categories = ("feed-forward",)


def _parent(part: Part) -> str:
    return part.name.rpartition(".")[0]


def _by_name(part: Part) -> tuple[str, ...]:
    if part.family in NORMS:
        return ("norm",)
    pieces = [piece.lower() for piece in part.name.split(".")]
    if part.family == "linear":
        pieces = [*pieces[:-1], *pieces[-1].split("_")[:-1], pieces[-1]]  # "attn_output", "ffn_up"
    if part.family == "attention" or any(piece in ATTENTION for piece in pieces) or pieces[-1] in PROJECTIONS:
        inward = pieces[-1] in PROJECTIONS - OUTPUTS
        return ("attention", FUSED) if inward else ("attention",)
    last = pieces[-1], pieces[-1].rstrip("0123456789").rstrip("_")  # "ff1", "mlp_2"
    if any(piece in FEED_FORWARD for piece in pieces[:-1]) or not (FEED_FORWARD | MATRICES).isdisjoint(last):
        return ("feed-forward",)
    return ()
