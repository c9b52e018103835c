"""The layers of a transformer of given sizes and form, named as in the Transformers library."""

from __future__ import annotations

from netledger.network import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Sizes:
    """How large its parts are; ``queries``, ``keys``: what the projections give; ``None`` where nobody says."""

    def __init__(self, hidden: int, layers: int) -> None:
        self.hidden, self.layers = hidden, layers
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


class Form:
    """How its parts are made: ``output`` ``classes tied own``, ``norm`` ``layer rms`` or none, and yes or no."""

    def __init__(self, output: str, learned: bool, norm: str, bias: bool, last: bool, gated: bool) -> None:
        self.output, self.learned, self.norm, self.bias = output, learned, norm, bias
        self.last, self.gated = last, gated
        self.class_token = False
        self.embedding_norm = False


def layers_of(sizes: Sizes, form: Form) -> tuple[list[Layer], list[str]]:
    """The layers in order, and what is missing because the text does not say its size.

    >>> sizes = Sizes(8, 1)
    >>> sizes.ffn = 32
    >>> layers, missing = layers_of(sizes, Form("", False, "rms", False, False, True))
    >>> [layer.path for layer in layers][:3], missing
    (['layers.0.self_attn.q_proj', 'layers.0.self_attn.k_proj', 'layers.0.self_attn.v_proj'], ['no vocabulary'])
    """
    missing = [] if sizes.ffn is not None else ["the width of the feed-forward part"]
    layers = list(_inputs(sizes, form, missing))
    for i in range(sizes.layers):
        layers += _block(f"layers.{i}", sizes, form)
    if form.last:
        layers.append(_norm("norm", sizes.hidden, form))
    if form.output == "classes" and sizes.classes is not None:
        layers.append(_linear("classifier", sizes.hidden, sizes.classes, bias=form.bias))
    elif form.output == "own" and sizes.vocabulary is not None:
        layers.append(_linear("lm_head", sizes.hidden, sizes.vocabulary, bias=False))
    elif form.output == "tied":
        layers.append(Layer("lm_head", "identity", meta={"tied": "embed_tokens"}, type="tied"))
    return layers, missing


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


def _block(path: str, sizes: Sizes, form: Form) -> Iterator[Layer]:
    hidden = sizes.hidden
    for name, out in (("q_proj", sizes.queries), ("k_proj", sizes.keys), ("v_proj", sizes.keys)):
        yield _linear(f"{path}.self_attn.{name}", hidden, out, bias=form.bias)
    yield _linear(f"{path}.self_attn.o_proj", sizes.queries, hidden, bias=form.bias)
    if sizes.experts:
        yield _linear(f"{path}.mlp.router", hidden, sizes.experts, bias=False)
    for i in range(sizes.experts):
        yield from _feed_forward(f"{path}.mlp.experts.{i}", sizes, form)
    for i in range(sizes.shared):
        yield from _feed_forward(f"{path}.mlp.shared_experts.{i}", sizes, form)
    if not sizes.experts:
        yield from _feed_forward(f"{path}.mlp", sizes, form)
    if form.norm:
        yield _norm(f"{path}.norm1", hidden, form)
        yield _norm(f"{path}.norm2", hidden, form)


def _feed_forward(path: str, sizes: Sizes, form: Form) -> Iterator[Layer]:
    if sizes.ffn is None:
        return
    if form.gated:
        yield _linear(f"{path}.gate_proj", sizes.hidden, sizes.ffn, bias=form.bias)
    up, down = ("up_proj", "down_proj") if form.gated else ("linear1", "linear2")
    yield _linear(f"{path}.{up}", sizes.hidden, sizes.ffn, bias=form.bias)
    yield _linear(f"{path}.{down}", sizes.ffn, sizes.hidden, bias=form.bias)


def _linear(path: str, reads: int, out: int, *, bias: bool) -> Layer:
    return Layer(path, "linear", {"out_features": out, "in_features": reads, "bias": bias})


def _table(path: str, rows: int, width: int) -> Layer:
    return Layer(path, "embedding", {"num_embeddings": rows, "embedding_dim": width})


def _norm(path: str, width: int, form: Form) -> Layer:
    return Layer(path, f"{form.norm}_norm", {"normalized_shape": width})
