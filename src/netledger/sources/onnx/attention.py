"""Attention, recurrent layers and other operators that contract along a sequence; Fourier transforms."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.sizes import shape_text
from netledger.sources.onnx.values import Op, Result, product, same_size, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Term

_MISSING = Unknown("its shape is not known")


def _divided(size: Dim, by: int, what: str) -> Dim:
    if by < 1:
        raise ShapeError(f"{what}: {by} heads")
    if isinstance(size, int) and size % by:
        raise ShapeError(f"{what}: {size:,} does not divide by {by} heads")
    return size if isinstance(size, Unknown) else size // by


def _plus(a: Dim, b: Dim) -> Dim:
    if isinstance(a, Unknown):
        return a
    return b if isinstance(b, Unknown) else a + b


class Heads:
    """One of Q, K, V taken apart: batch, heads, length, size of a head."""

    __slots__ = ("batch", "count", "length", "size")

    def __init__(self, shape: Shape, heads: int, what: str) -> None:
        self.batch: Dim
        self.count: Dim
        self.length: Dim
        self.size: Dim
        if isinstance(shape, Unknown):
            self.batch = self.count = self.length = self.size = shape
        elif len(shape) == 4:
            self.batch, self.count, self.length, self.size = shape
        elif len(shape) == 3:
            self.batch, self.length = shape[:2]
            self.count, self.size = heads, _divided(shape[2], heads, what)
        else:
            raise ShapeError(f"{what} of {shape_text(shape)}")


def products(batch: Dim, heads: Dim, queries: Dim, keys: Dim, size: Dim, value_size: Dim) -> tuple[Term, Term]:
    """The two products of attention, the full square: scores ``B·H·L·S·d`` and their use ``B·H·L·S·d_v``."""
    common = ([("B", batch)] if batch != 1 else []) + [("H", heads), ("L", queries), ("S", keys)]
    return (*common, ("d", size)), (*common, ("d_v", value_size))


def attention(op: Op) -> Result:
    """``Attention`` (and the preview ``FlexAttention``): full square; fewer keys' heads do not reduce the MACs."""
    heads, kv_heads = op.whole("q_num_heads"), op.whole("kv_num_heads") or op.whole("q_num_heads")
    query, key, value = (
        Heads(op.shape(0), heads, "queries"),
        Heads(op.shape(1), kv_heads, "keys"),
        Heads(op.shape(2), kv_heads, "values"),
    )
    size = same_size(query.size, key.size, "Attention: the heads of queries and keys")
    keys: Dim = key.length
    past = op.sizes(4)
    if op.has(4):
        keys = _plus(past[2] if past is not None and len(past) == 4 else _MISSING, key.length)
    shape = op.sizes(0)
    output: Shape = op.shape(0)
    if shape is not None:
        flat = product((query.count, value.size))
        output = (*shape[:2], flat) if len(shape) == 3 else (*shape[:3], value.size)
    present_key, present_value = (
        (key.batch, key.count, keys, key.size), (value.batch, value.count, keys, value.size),
    )  # fmt: skip
    scores = (query.batch, query.count, query.length, keys)
    terms = products(query.batch, query.count, query.length, keys, size, value.size)
    return Result(output, present_key, present_value, scores, terms=terms)


def linear_attention(op: Op) -> Result:
    """``LinearAttention``: for each token the state takes up ``k ⊗ v`` and is read by ``q`` (delta: and ``k``)."""
    heads, kv_heads = op.whole("q_num_heads"), op.whole("kv_num_heads")
    query, key, value = (
        Heads(op.shape(0), heads, "queries"),
        Heads(op.shape(1), kv_heads, "keys"),
        Heads(op.shape(2), kv_heads, "values"),
    )
    batch: list[tuple[str, Dim]] = [("B", query.batch)] if query.batch != 1 else []
    update = (*batch, ("T", query.length), ("H_kv", kv_heads), ("d_k", key.size), ("d_v", value.size))
    read = (*batch, ("T", query.length), ("H", heads), ("d_k", key.size), ("d_v", value.size))
    delta = (update,) if op.text("update_rule", "gated_delta").endswith("delta") else ()
    output = (query.batch, query.length, product((heads, value.size)))
    return Result(output, (query.batch, kv_heads, key.size, value.size), terms=(update, *delta, read))


def causal_conv(op: Op) -> Result:
    """``CausalConvWithState``: a depthwise convolution whose past is carried along: ``B·C·L·k``."""
    shape, weight = wants_rank(op.shape(0), 3, op.node.op), wants_rank(op.shape(1), 3, op.node.op)
    kernel: Dim = _MISSING if weight is None else weight[2]
    if shape is None:
        return Result(op.shape(0), op.shape(0), terms=((("positions", _MISSING),),))
    state = (*shape[:2], kernel if isinstance(kernel, Unknown) else kernel - 1)
    factors: tuple[tuple[str, Dim], ...] = (("C", shape[1]), ("L", shape[2]), ("k", kernel))
    return Result(shape, state, terms=((*((("B", shape[0]),) if shape[0] != 1 else ()), *factors),))


# ---------------------------------------------------------------------- onnxruntime's operators


def ms_attention(op: Op) -> Result:
    """``com.microsoft.Attention``: the projection of Q, K and V in one weight, then attention."""
    shape, weight = op.sizes(0), op.sizes(1)
    heads = op.whole("num_heads")
    if shape is None or weight is None or len(shape) != 3 or len(weight) != 2:
        unknown = Unknown("a shape is not known")
        return Result(op.shape(0), unknown, terms=((("operands", unknown),),))
    batch, length, _ = shape
    third: Dim = weight[1] if isinstance(weight[1], Unknown) else weight[1] // 3
    widths: tuple[Dim, ...] = op.ints("qkv_hidden_sizes") or (third, third, third)
    past = op.sizes(4)
    keys = _plus(past[3], length) if past is not None and len(past) == 5 else length
    keys = _MISSING if op.has(4) and past is None else keys
    size, value_size = _divided(widths[0], heads, op.node.op), _divided(widths[2], heads, op.node.op)
    projection = (*((("B", batch),) if batch != 1 else ()), ("L", length), ("C_in", weight[0]), ("C_out", weight[1]))
    terms = (projection, *products(batch, heads, length, keys, size, value_size))
    return Result((batch, length, widths[2]), (2, batch, heads, keys, size), terms=terms)


def multi_head_attention(op: Op) -> Result:
    """``com.microsoft.MultiHeadAttention``: Q, K and V as given; a packed Q holds all three."""
    heads = op.whole("num_heads")
    shape = op.sizes(0)
    if shape is not None and len(shape) == 5:
        batch, length, _, _, size = shape
        output: Shape = (batch, length, product((heads, size)))
        return Result(output, terms=products(batch, heads, length, length, size, size))
    query = Heads(op.shape(0), heads, "queries")
    key_shape = op.sizes(1)
    if key_shape is not None and len(key_shape) == 5:
        keys, value_size = key_shape[1], key_shape[4]
    else:
        key, value = (
            Heads(op.shape(1) if op.has(1) else op.shape(0), heads, "keys"),
            Heads(op.shape(2) if op.has(2) else op.shape(0), heads, "values"),
        )
        keys, value_size = key.length, value.size
    past = op.sizes(6)
    if op.has(6):
        keys = _plus(past[2] if past is not None and len(past) == 4 else _MISSING, keys)
    output = (query.batch, query.length, product((heads, value_size)))
    present = (query.batch, heads, keys, query.size)
    return Result(
        output, present, (*present[:3], value_size),
        terms=products(query.batch, heads, query.length, keys, query.size, value_size),
    )  # fmt: skip


def grouped_attention(op: Op) -> Result:
    """``com.microsoft.GroupQueryAttention``: fewer heads of keys and values than of queries."""
    heads, kv_heads = op.whole("num_heads"), op.whole("kv_num_heads")
    shape = op.sizes(0)
    if shape is None or len(shape) != 3:
        return Result(op.shape(0), terms=((("operands", _MISSING),),))
    batch, length, width = shape
    size = _divided(width, heads if op.has(1) else heads + 2 * kv_heads, op.node.op)
    total, past = op.const_ints(6), op.sizes(3)
    keys: Dim = length
    if total:
        keys = total[0]
    elif op.has(3):
        keys = _plus(past[2] if past is not None and len(past) == 4 else _MISSING, length)
    present = (batch, kv_heads, keys, size)
    return Result(
        (batch, length, product((heads, size))), present, present,
        terms=products(batch, heads, length, keys, size, size),
    )  # fmt: skip


# ---------------------------------------------------------------------- recurrent layers


_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def recurrent(op: Op) -> Result:
    """``LSTM``, ``GRU``, ``RNN``: every step multiplies the input by W and the state by R, for each gate and direction:
    ``T·B·D·G·H·(I + H)``.
    """
    shape, weight = op.sizes(0), op.sizes(1)
    directions = 2 if op.text("direction", "forward") == "bidirectional" else 1
    batch_first = op.whole("layout", 0) == 1
    hidden: Dim = op.whole("hidden_size", 0) or _hidden(op)
    if isinstance(hidden, int) and hidden < 1:
        raise ShapeError(f"{op.node.op} with hidden_size {hidden}")
    steps: Dim = _MISSING
    batch: Dim = _MISSING
    features: Dim = _MISSING if weight is None or len(weight) != 3 else weight[2]
    if shape is not None:
        if len(shape) != 3:
            raise ShapeError(f"{op.node.op} of {shape_text(shape)}; steps, batch and features are wanted")
        batch, steps = (shape[0], shape[1]) if batch_first else (shape[1], shape[0])
        features = same_size(shape[2], features, f"{op.node.op}: the input against W")
    gates = _GATES[op.node.op]
    if weight is not None and len(weight) == 3 and isinstance(hidden, int):
        same_size(weight[1], gates * hidden, f"{op.node.op}: W against hidden_size")
        same_size(weight[0], directions, f"{op.node.op}: W against direction")
    if batch_first:
        states: Shape = (batch, directions, hidden)
        output: Shape = (batch, steps, directions, hidden)
    else:
        states = (directions, batch, hidden)
        output = (steps, directions, batch, hidden)
    common: list[tuple[str, Dim]] = [("T", steps)] + ([("N", batch)] if batch != 1 else [])
    common += [("D", directions)] if directions != 1 else []
    common += [("G", gates), ("H", hidden)]
    return Result(output, states, states, terms=((*common, ("C_in", features)), (*common, ("H", hidden))))


def _hidden(op: Op) -> Dim:
    recurrence = op.sizes(2)
    return recurrence[2] if recurrence is not None and len(recurrence) == 3 else _MISSING


# ---------------------------------------------------------------------- Fourier transforms


def _butterflies(count: Dim, length: Dim) -> tuple[Term, ...]:
    """Complex multiply-adds of ``count`` radix-2 transforms: ``count·(n/2)·log₂ n``; for other lengths not known."""
    if isinstance(length, int) and length >= 2 and length & (length - 1) == 0:
        return ((("transforms", count), ("n/2", length // 2), ("log2 n", length.bit_length() - 1)),)
    return ((("transforms", count), ("operations", Unknown("an FFT whose length is no power of 2"))),)


def dft(op: Op) -> Result:
    """``DFT``: along one axis; not a contraction but a fast transform, booked beside the MACs."""
    shape = wants_rank(op.shape(0), 2, "DFT")
    if shape is None:
        return Result(op.shape(0), other=((("transforms", _MISSING),),))
    given = op.const_ints(2) if op.has(2) else None
    if op.has(2) and given is None:
        return Result((_MISSING,) * len(shape), other=((("transforms", _MISSING),),))
    axis = given[0] if given else op.whole("axis", 1 if op.version < 20 else -2)
    axis = axis + len(shape) if axis < 0 else axis
    if not 0 <= axis < len(shape) - 1:
        raise ShapeError(f"DFT along axis {axis} of {shape_text(shape)}")
    length: Dim = shape[axis]
    if op.has(1):
        stated = op.const_ints(1)
        length = stated[0] if stated else Unknown("the length of the transform depends on the data")
    last: Dim = 2
    if op.whole("onesided", 0) and op.whole("inverse", 0):
        last = 1  # from half a spectrum back to real values
        length = length if op.has(1) or isinstance(length, Unknown) else max(1, 2 * (length - 1))
    kept: Dim = length
    if op.whole("onesided", 0) and not op.whole("inverse", 0) and isinstance(length, int):
        kept = length // 2 + 1
    sizes = (*shape[:axis], kept, *shape[axis + 1 : -1], last)
    transforms = product((*shape[:axis], *shape[axis + 1 : -1]))
    return Result(sizes, other=_butterflies(transforms, length))


def stft(op: Op) -> Result:
    """``STFT``: a transform for each frame."""
    shape, step = wants_rank(op.shape(0), 2, "STFT"), op.const_ints(1)
    given = op.const_ints(3) if op.has(3) else None
    window = op.sizes(2)
    length: Dim = given[0] if given else window[0] if window else Unknown("the frame's length depends on the data")
    frames: Dim = Unknown("the number of frames depends on the data")
    if shape is None:
        return Result(op.shape(0), other=((("transforms", _MISSING),),))
    if step and isinstance(shape[1], int) and isinstance(length, int) and isinstance(step[0], int):
        if step[0] < 1 or length < 1 or length > shape[1]:
            raise ShapeError(f"STFT with frames of {length} every {step[0]} of {shape[1]}")
        frames = (shape[1] - length) // step[0] + 1
    bins: Dim = length if isinstance(length, Unknown) or not op.whole("onesided", 1) else length // 2 + 1
    return Result((shape[0], frames, bins, 2), other=_butterflies(product((shape[0], frames)), length))


def mel_weights(op: Op) -> Result:
    """``MelWeightMatrix``: a table of filter weights, computed and not contracted."""
    bands, length = op.const_ints(0), op.const_ints(1)
    bins: Dim = _MISSING
    if length and isinstance(length[0], int):
        bins = length[0] // 2 + 1
    return Result((bins, bands[0] if bands else _MISSING), dtypes=("float32",))
