"""The layers of a transformer of given sizes and form, named as in the Transformers library."""

from __future__ import annotations

from netledger.network import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Sizes:
    """How large its parts are; ``queries``, ``keys``: what the projections give; ``None`` where nobody says."""

    def __init__(self, hidden: int, layers: int) -> None:
        self.hidden, self.layers, self.decoders = hidden, layers, 0
        self.queries = self.keys = hidden
        self.ffn: int | None = None
        self.is_fourfold = False
        self.experts = self.shared = 0
        self.vocabulary: int | None = None
        self.positions: int | None = None
        self.segments: int | None = None
        self.classes: int | None = None
        self.head_line = 0
        self.patch: int | None = None
        self.picture: int | None = None
        self.channels = 3


BARE = "layer without biases"
"""A layer norm of which only the gains are there: nanoGPT's ``bias=False``."""


class Form:
    """How its parts are made: ``output`` ``classes tied own``, ``norm`` ``layer`` (or ``BARE``) ``rms`` or none, and
    yes or no.

    ``biases``: whether queries, keys and values, attention's output, the feed-forward part and the head have them.
    """

    def __init__(
        self, output: str, learned: bool, norm: str, biases: tuple[bool, bool, bool, bool], last: bool, gated: bool
    ) -> None:  # fmt: skip
        self.output, self.learned, self.norm = output, learned, norm
        self.input_bias, self.output_bias, self.ffn_bias, self.head_bias = biases
        self.last, self.gated = last, gated
        self.class_token = False
        self.embedding_norm = False
        self.attention = True


def layers_of(sizes: Sizes, form: Form) -> tuple[list[Layer], list[str]]:
    """The layers in order, and what is missing because the text does not say its size.

    >>> sizes = Sizes(8, 1)
    >>> sizes.ffn = 32
    >>> layers, missing = layers_of(sizes, Form("", False, "rms", (False,) * 4, False, True))
    >>> [layer.path for layer in layers][:3], missing
    (['layers.0.self_attn.q_proj', 'layers.0.self_attn.k_proj', 'layers.0.self_attn.v_proj'], ['no vocabulary'])
    """
    missing = [] if sizes.ffn is not None else ["the width of the feed-forward part"]
    layers = list(_inputs(sizes, form, missing))
    if sizes.decoders:
        layers += _stack("encoder.", sizes.layers, sizes, form)
        layers += _stack("decoder.", sizes.decoders, sizes, form, crossed=True)
    else:
        layers += _stack("", sizes.layers, sizes, form)
    if form.output == "classes" and sizes.classes is not None:
        layers.append(_linear("classifier", sizes.hidden, sizes.classes, bias=form.head_bias))
    elif form.output == "own" and sizes.vocabulary is not None:
        layers.append(_linear("lm_head", sizes.hidden, sizes.vocabulary, bias=form.head_bias))
    elif form.output == "tied":
        layers.append(Layer("lm_head", "identity", meta={"tied": "embed_tokens"}, type="tied"))
    return layers, missing


def _stack(prefix: str, times: int, sizes: Sizes, form: Form, *, crossed: bool = False) -> Iterator[Layer]:
    """Blocks one behind the other and the norm at their end."""
    for i in range(times):
        yield from _block(f"{prefix}layers.{i}", sizes, form, crossed=crossed)
    if form.last:
        yield _norm(f"{prefix}norm", sizes.hidden, form)


def _inputs(sizes: Sizes, form: Form, missing: list[str]) -> Iterator[Layer]:
    if sizes.vocabulary is not None:
        yield _table("embed_tokens", sizes.vocabulary, sizes.hidden)
    elif sizes.patch is None:
        missing.append("no vocabulary")
    steps = sizes.positions
    if sizes.patch is not None:
        kernel = (sizes.patch, sizes.patch)
        attributes = {
            "out_channels": sizes.hidden, "kernel_size": kernel, "in_channels": sizes.channels, "stride": sizes.patch,
        }  # fmt: skip
        yield Layer("patch_embed", "conv2d", attributes)
        if form.class_token:
            yield Layer("cls_token", "parameter", {"shape": (1, 1, sizes.hidden)})
        if sizes.picture is not None:
            steps = (sizes.picture // sizes.patch) ** 2 + form.class_token
    if form.learned and steps is not None:
        yield _table("position_embeddings", steps, sizes.hidden)
    elif form.learned:
        missing.append("how many positions there are")
    if sizes.segments is not None:
        yield _table("token_type_embeddings", sizes.segments, sizes.hidden)
    if form.embedding_norm and form.norm:
        yield _norm("embed_norm", sizes.hidden, form)


def _block(path: str, sizes: Sizes, form: Form, *, crossed: bool) -> Iterator[Layer]:
    hidden = sizes.hidden
    for part in ("self_attn", "cross_attn") if crossed else ("self_attn",) if form.attention else ():
        for name, out in (("q_proj", sizes.queries), ("k_proj", sizes.keys), ("v_proj", sizes.keys)):
            yield _linear(f"{path}.{part}.{name}", hidden, out, bias=form.input_bias)
        yield _linear(f"{path}.{part}.o_proj", sizes.queries, hidden, bias=form.output_bias)
    if sizes.experts:
        yield _linear(f"{path}.mlp.router", hidden, sizes.experts, bias=False)
    for i in range(sizes.experts):
        yield from _feed_forward(f"{path}.mlp.experts.{i}", sizes, form)
    for i in range(sizes.shared):
        yield from _feed_forward(f"{path}.mlp.shared_experts.{i}", sizes, form)
    if not sizes.experts:
        yield from _feed_forward(f"{path}.mlp", sizes, form)
    for i in range(1, (4 if crossed else 3) if form.norm else 1):
        yield _norm(f"{path}.norm{i}", hidden, form)


def _feed_forward(path: str, sizes: Sizes, form: Form) -> Iterator[Layer]:
    if sizes.ffn is None:
        return
    if form.gated:
        yield _linear(f"{path}.gate_proj", sizes.hidden, sizes.ffn, bias=form.ffn_bias)
    up, down = ("up_proj", "down_proj") if form.gated else ("linear1", "linear2")
    yield _linear(f"{path}.{up}", sizes.hidden, sizes.ffn, bias=form.ffn_bias)
    yield _linear(f"{path}.{down}", sizes.ffn, sizes.hidden, bias=form.ffn_bias)


def _linear(path: str, reads: int, out: int, *, bias: bool) -> Layer:
    return Layer(path, "linear", {"out_features": out, "in_features": reads, "bias": bias})


def _table(path: str, rows: int, width: int) -> Layer:
    return Layer(path, "embedding", {"num_embeddings": rows, "embedding_dim": width})


def _norm(path: str, width: int, form: Form) -> Layer:
    if form.norm == BARE:
        return Layer(path, "layer_norm", {"normalized_shape": width, "bias": False})
    return Layer(path, f"{form.norm}_norm", {"normalized_shape": width})
