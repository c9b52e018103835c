"""PyTorch's and Keras' layer classes as code names them: which argument is which size."""

from __future__ import annotations

from netledger.audit.understanding.pieces import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Arguments = dict[str, Any]


class Unclear:
    """A value that is not known, ``why``, and whether ``layers`` may be made of it."""

    __slots__ = ("layers", "why")

    def __init__(self, why: str, *, layers: bool = False) -> None:
        self.why, self.layers = why, layers


_CONV = "reads out kernel stride padding dilation groups bias"
_TRANSPOSED = "reads out kernel stride padding output_padding groups bias dilation"
_POOL = "kernel stride padding"
_RNN = "reads out num_layers bias batch_first dropout bidirectional"
_ALIASES = {
    "in_channels": "reads",
    "out_channels": "out",
    "kernel_size": "kernel",
    "in_features": "reads",
    "out_features": "out",
    "num_features": "out",
    "normalized_shape": "out",
    "input_size": "reads",
    "hidden_size": "out",
    "num_embeddings": "reads",
    "embedding_dim": "out",
    "filters": "out",
    "strides": "stride",
    "units": "out",
    "use_bias": "bias",
    "pool_size": "kernel",
    "input_dim": "input_dim",
    "output_dim": "out",
    "num_channels": "out",
    "dilation_rate": "dilation",
}

TORCH: dict[str, tuple[str, int, str]] = {
    **{f"Conv{n}d": ("conv", n, _CONV) for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": ("transposed", n, _TRANSPOSED) for n in (1, 2, 3)},
    **{f"MaxPool{n}d": ("maxpool", n, _POOL) for n in (1, 2, 3)},
    **{f"AvgPool{n}d": ("avgpool", n, _POOL) for n in (1, 2, 3)},
    **{f"BatchNorm{n}d": ("batchnorm", 0, "out eps momentum affine") for n in (1, 2, 3)},
    **{name: (name.lower(), 0, _RNN) for name in ("LSTM", "GRU", "RNN")},
    "Linear": ("linear", 0, "reads out bias"),
    **{f"{name}Cell": (name.lower(), 0, "reads out bias") for name in ("LSTM", "GRU", "RNN")},
    **{f"InstanceNorm{n}d": ("instance_norm", 0, "out eps momentum affine") for n in (1, 2, 3)},
    "PReLU": ("prelu", 0, "out"),
    "Bilinear": ("bilinear", 0, "first second out bias"),
    "EmbeddingBag": ("embedding", 0, "reads out"),
    "LayerNorm": ("layernorm", 0, "out eps elementwise_affine bias"),
    "RMSNorm": ("rmsnorm", 0, "out"),
    "Embedding": ("embedding", 0, "reads out"),
    "GroupNorm": ("group_norm", 0, "groups out"),
    "Flatten": ("flatten", 0, ""),
    "MultiheadAttention": ("multihead_attention", 0, "out heads dropout bias"),
    "Parameter": ("parameter", 0, "shape"),
    "AdaptiveAvgPool2d": ("gap", 2, "size"),
    "LazyLinear": ("linear", 0, "out bias"),
    "Dropout": ("dropout", 0, ""),
    "Dropout2d": ("dropout", 0, ""),
    **dict.fromkeys(("conv3x3", "conv1x1"), ("conv", 2, "reads out stride groups dilation")),
}
"""``class → (kind, axes, its arguments in order)``."""
SET: dict[str, Arguments] = {
    "conv3x3": {"kernel": 3, "padding": 1, "bias": False}, "conv1x1": {"kernel": 1, "bias": False},
}  # fmt: skip
"""What torchvision's helpers set themselves (``torchvision/models/resnet.py``), where the text does not define them."""

KERAS: dict[str, tuple[str, int, str]] = {
    **{f"Conv{n}D": ("conv", n, "out kernel stride padding") for n in (1, 2, 3)},
    **{f"Convolution{n}D": ("conv", n, "out kernel stride padding") for n in (1, 2, 3)},
    "Conv2DTranspose": ("transposed", 2, "out kernel stride padding"),
    "DepthwiseConv2D": ("depthwise", 2, "kernel stride padding"),
    "SeparableConv2D": ("separable", 2, "out kernel stride padding"),
    "Dense": ("linear", 0, "out activation bias"),
    **{f"MaxPooling{n}D": ("maxpool", n, _POOL) for n in (1, 2, 3)},
    **{f"MaxPool{n}D": ("maxpool", n, _POOL) for n in (1, 2, 3)},
    **{f"AveragePooling{n}D": ("avgpool", n, _POOL) for n in (1, 2, 3)},
    **{f"AvgPool{n}D": ("avgpool", n, _POOL) for n in (1, 2, 3)},
    "BatchNormalization": ("batchnorm", 0, ""),
    "LayerNormalization": ("layernorm", 0, ""),
    "Embedding": ("embedding", 0, "reads out"),
    "LSTM": ("lstm", 0, "out"),
    "GRU": ("gru", 0, "out"),
    "SimpleRNN": ("rnn", 0, "out"),
    "Flatten": ("flatten", 0, ""),
    "GlobalAveragePooling2D": ("gap", 2, ""),
    "GlobalMaxPooling2D": ("gap", 2, ""),
    "GlobalAveragePooling1D": ("gap", 1, ""),
    "GlobalMaxPooling1D": ("gap", 1, ""),
    "Input": ("input", 0, "shape"),
    "InputLayer": ("input", 0, "shape"),
    "Dropout": ("dropout", 0, ""),
    **dict.fromkeys(("Add", "Multiply", "Subtract", "Average", "Maximum"), ("sum", 0, "")),
    "Concatenate": ("concat", 0, "axis"),
    "MultiHeadAttention": ("keras_attention", 0, "heads key_dim value_dim"),
    "Bidirectional": ("both ways", 0, "layer"),
    "TimeDistributed": ("each step", 0, "layer"),
}
SILENT = frozenset(
    "ReLU ReLU6 LeakyReLU Sigmoid Tanh Softmax LogSoftmax GELU SiLU ELU SELU Hardswish Mish Softplus Identity "
    "Dropout1d Dropout3d AlphaDropout Activation "
    "LocalResponseNorm Upsample UpSampling2D ZeroPadding2D Reshape Rescaling Normalization PixelShuffle "
    "CrossEntropyLoss MSELoss BCELoss NLLLoss "
    "BCEWithLogitsLoss Adam SGD RMSprop SpatialDropout1D SpatialDropout2D GaussianNoise Masking RandomFlip "
    "RandomRotation Permute".split()
)
"""Classes without parameters."""
SHAPING = frozenset("Upsample UpSampling2D ZeroPadding2D Reshape PixelShuffle Permute".split())
UNKNOWN_BUT_WEIGHTED = frozenset("ConvLSTM2D LocallyConnected2D LazyConv2d Conv2dNormActivation".split())
"""Classes with parameters that are not read here: they are said to be open."""


def framework_layer(
    dotted: str, short: str, arguments: list[Any], keywords: dict[str, Any], framework: str, line_no: int
) -> Any:
    """The layer that a call makes: a piece, or why it is not known."""
    if short in SILENT:
        piece = Piece("dropout" if "Drop" in short else "activation", line_no)
        if short in SHAPING:
            piece = Piece("reshaping", line_no)
            piece.doubt = f"{short} changes the shape in a way that is not read"
        return piece
    if short in ("zeros", "ones", "randn", "rand", "empty", "tensor"):
        return _shape_of(arguments)
    torch = dotted.startswith(("nn.", "torch.")) or (
        framework == "pytorch" and "keras" not in dotted and "layers." not in dotted
    )
    order = (TORCH, KERAS) if torch else (KERAS, TORCH)
    for table in order:
        if short in table:
            return _piece(table[short], arguments, {**SET.get(short, {}), **keywords}, line_no, keras=table is KERAS)
    weighted = short in UNKNOWN_BUT_WEIGHTED or dotted.startswith(("nn.", "layers.")) or _may_be_a_module(arguments)
    return Unclear(f"'{short}'", layers=weighted and short[:1].isupper())


def _may_be_a_module(arguments: list[Any]) -> bool:
    """Whether a class that the text does not define is made with two sizes, as layers are: ``ConvBlock(64, 128)``."""
    return sum(1 for size in arguments if isinstance(size, int) and not isinstance(size, bool)) > 1


def _shape_of(arguments: list[Any]) -> Any:
    flat = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], tuple | list) else arguments
    return tuple(flat) if flat and all(isinstance(size, int) for size in flat) else Unclear("a tensor", layers=True)


def _piece(
    entry: tuple[str, int, str], arguments: list[Any], keywords: dict[str, Any], line_no: int, *, keras: bool
) -> Any:
    kind, axes, order = entry
    given: Arguments = dict(zip(order.split(), arguments, strict=False))
    given.update({_ALIASES.get(key, key): value for key, value in keywords.items()})
    if kind == "embedding" and "input_dim" in given:
        given["reads"] = given.pop("input_dim")
    if kind in ("both ways", "each step"):
        return _wrapped(kind, given)
    piece = Piece(kind, line_no, given["name"] if isinstance(given.get("name"), str) else "")
    piece.axes = axes or piece.axes
    unclear = next((value for name, value in given.items() if isinstance(value, Unclear) and name in _SIZED), None)
    if unclear is not None:
        piece.doubt = f"{unclear.why} is not known"
        return piece
    _fill(piece, given, keras=keras)
    return piece


_SIZED = frozenset("reads out kernel stride padding groups dilation bias num_layers bidirectional shape heads".split())


def _wrapped(kind: str, given: Arguments) -> Any:
    layer = given.get("layer")
    if not isinstance(layer, Piece):
        return Unclear("what it wraps", layers=True)
    again = layer.copy()
    if kind == "both ways":
        again.attributes["bidirectional"] = True
    if "input_shape" in given and isinstance(given["input_shape"], tuple):
        again.in_shape = given["input_shape"]
    return again


def _fill(piece: Piece, given: Arguments, *, keras: bool) -> None:
    """Put the arguments where the kind has them."""
    special = _SPECIAL.get(piece.kind)
    if special is not None:
        special(piece, given)
        return
    for name in ("reads", "out", "groups"):
        value = given.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            setattr(piece, name, value)
    if (
        isinstance(given.get("out"), tuple | list)
        and all(isinstance(size, int) for size in given["out"])
        and len(given["out"]) == 1
    ):
        piece.out = given["out"][0]
    if isinstance(given.get("bias"), bool):
        piece.bias = given["bias"]
    _moves(piece, given, keras=keras)
    if piece.kind in ("lstm", "gru", "rnn"):
        _recurrent(piece, given, keras=keras)
    if piece.kind in ("depthwise", "separable") and "depth_multiplier" in given:
        piece.attributes["depth_multiplier"] = given["depth_multiplier"]
        if not isinstance(given["depth_multiplier"], int):
            piece.doubt = "a depth multiplier of unknown size"
    if piece.kind == "batchnorm" and (
        given.get("affine") is False or (given.get("scale") is False and given.get("center") is False)
    ):
        piece.attributes["affine"] = False
    elif piece.kind in ("batchnorm", "layernorm") and (
        given.get("scale") is False or given.get("elementwise_affine") is False
    ):
        piece.doubt = "its scale is not counted as usual"
    elif piece.kind in ("batchnorm", "layernorm") and (given.get("center") is False or given.get("bias") is False):
        piece.attributes["bias"] = False
    if piece.kind == "embedding" and isinstance(given.get("input_length"), int):
        piece.attributes["input_length"] = given["input_length"]
    _first_input(piece, given)


def _moves(piece: Piece, given: Arguments, *, keras: bool) -> None:
    kernel = _as_sizes(given.get("kernel"))
    if kernel is not None and piece.axes:
        piece.kernel = (kernel,) * piece.axes if isinstance(kernel, int) else kernel
    stride = _as_sizes(given.get("stride"))
    piece.stride = stride[0] if isinstance(stride, tuple) and len(set(stride)) == 1 else stride
    padding = given.get("padding")
    if piece.kernel is not None:
        piece.padding = (
            padding if isinstance(padding, int | str) else _as_sizes(padding) if padding is not None else "valid"
        )
    dilation = _as_sizes(given.get("dilation"))
    if dilation not in (None, 1, (1, 1), (1,)):
        piece.attributes["dilation"] = dilation
    if piece.kind in ("maxpool", "avgpool") and keras and piece.kernel is None:
        piece.kernel = (2,) * piece.axes
    if given.get("ceil_mode") is True:
        piece.attributes["ceil_mode"] = True
    if keras and piece.kind in ("maxpool", "avgpool", "conv") and isinstance(piece.padding, str):
        piece.padding = piece.padding.lower()


def _as_sizes(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(value) if value and all(isinstance(size, int) for size in value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _recurrent(piece: Piece, given: Arguments, *, keras: bool) -> None:
    if isinstance(given.get("num_layers"), int) and given["num_layers"] > 1:
        piece.attributes["num_layers"] = given["num_layers"]
    if given.get("bidirectional") is True:
        piece.attributes["bidirectional"] = True
    if not keras:
        piece.vectors = 2
    elif piece.kind == "gru" and given.get("reset_after") is False:
        piece.vectors = 1
    else:
        piece.vectors = 2 if piece.kind == "gru" else 1
    if given.get("return_sequences") is True:
        piece.out_shape = ()
    if piece.kind == "rnn" and given.get("proj_size"):
        piece.doubt = "a projection"
    elif isinstance(given.get("proj_size"), int) and not keras:
        piece.attributes["proj_size"] = given["proj_size"]
    elif "proj_size" in given:
        piece.doubt = "a projection of unknown size"


def _first_input(piece: Piece, given: Arguments) -> None:
    """Keras' ``input_shape=`` of a first layer."""
    shape = given.get("input_shape", given.get("batch_input_shape"))
    if isinstance(shape, list):
        shape = tuple(shape)
    if isinstance(shape, tuple) and "batch_input_shape" in given:
        shape = shape[1:]
    if isinstance(shape, int):
        shape = (shape,)
    if isinstance(shape, tuple) and shape:
        piece.attributes["input_shape"] = shape
    elif isinstance(given.get("input_dim"), int):
        steps = given.get("input_length") if piece.kind in ("lstm", "gru", "rnn") else None
        piece.attributes["input_shape"] = (steps, given["input_dim"]) if steps else (given["input_dim"],)


def _input(piece: Piece, given: Arguments) -> None:
    shape = given.get("shape", given.get("input_shape", given.get("batch_shape")))
    shape = (shape,) if isinstance(shape, int) else shape
    if isinstance(shape, tuple | list) and shape and all(isinstance(size, int) for size in shape):
        piece.in_shape, piece.first = tuple(shape), False
    elif (
        isinstance(shape, tuple | list)
        and len(shape) > 1
        and shape[0] is None
        and all(isinstance(size, int) for size in shape[1:])
    ):
        piece.reads = shape[-1]
    else:
        piece.kind = "activation"


def _ruled(kind: str, names: dict[str, str]) -> Callable[[Piece, Arguments], None]:
    def fill(piece: Piece, given: Arguments) -> None:
        piece.attributes = {
            theirs: given[ours] for ours, theirs in names.items() if isinstance(given.get(ours), int | tuple)
        }
        piece.out = given["out"] if isinstance(given.get("out"), int) else None
        if not piece.attributes:
            piece.doubt = f"a {kind} of what is not known"

    return fill


def _gap(piece: Piece, given: Arguments) -> None:
    size = given.get("size", given.get("output_size"))
    if isinstance(size, int | tuple) and size not in (1, (1, 1)):
        piece.attributes["output_size"] = size


def _keras_attention(piece: Piece, given: Arguments) -> None:
    """Heads of a width of their own, whatever the width of what they read."""
    heads, each = given.get("heads", given.get("num_heads")), given.get("key_dim")
    if isinstance(heads, int) and isinstance(each, int):
        value = given.get("value_dim")
        piece.attributes = {"keys": heads * each, "values": heads * (value if isinstance(value, int) else each)}
        piece.bias = False if given.get("bias") is False else None
    else:
        piece.doubt = "attention of what is not known"


def _prelu(piece: Piece, given: Arguments) -> None:
    """One slope, or one a channel."""
    piece.kind, slopes = "parameter", given.get("out", given.get("num_parameters", 1))
    piece.attributes = {"shape": (slopes,)} if isinstance(slopes, int) else {}
    piece.doubt = "" if piece.attributes else "how many slopes it has is not known"


def _instance_norm(piece: Piece, given: Arguments) -> None:
    """Without parameters, unless somebody asks for them."""
    if given.get("affine") is True and isinstance(given.get("out"), int):
        piece.attributes = {"num_features": given["out"], "affine": True}
    else:
        piece.kind = "activation"


def _bilinear(piece: Piece, given: Arguments) -> None:
    first, second = (given.get(key, given.get(f"in{i}_features")) for i, key in enumerate(("first", "second"), 1))
    out = given.get("out")
    if isinstance(first, int) and isinstance(second, int) and isinstance(out, int):
        bias = {"bias": False} if given.get("bias") is False else {}
        piece.attributes = {"in1_features": first, "in2_features": second, "out_features": out, **bias}
    else:
        piece.doubt = "a bilinear layer of what is not known"


_SPECIAL: dict[str, Callable[[Piece, Arguments], None]] = {
    "input": _input,
    "gap": _gap,
    "keras_attention": _keras_attention,
    "prelu": _prelu,
    "instance_norm": _instance_norm,
    "bilinear": _bilinear,
    "group_norm": _ruled("group_norm", {"groups": "num_groups", "out": "num_channels"}),
    "multihead_attention": _ruled("multihead_attention", {"out": "embed_dim", "heads": "num_heads", "bias": "bias"}),
    "parameter": _ruled("parameter", {"shape": "shape"}),
}
