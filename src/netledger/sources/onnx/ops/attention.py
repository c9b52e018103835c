"""Attention of every sort: ONNX's own and onnxruntime's, with and without projections, quantised, linear."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import products
from netledger.layers.products import flat, repeats, same, shape_text
from netledger.network import elements_of
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import NO_SHAPE, Op, Result
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Term


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


def _both(batch: Dim, heads: Dim, queries: Dim, keys: Dim, size: Dim, value_size: Dim) -> tuple[Term, ...]:
    """The two products of attention, the full square."""
    return tuple(map(flat, products.attention((batch, heads), queries, keys, size, value_size)))


def _with_past(op: Op, index: int, place: int, rank: int, length: Dim) -> Dim:
    """The keys there are: those of this call, and those that input ``index`` has kept."""
    past = op.sizes(index)
    if not op.has(index):
        return length
    return _plus(past[place] if past is not None and len(past) == rank else NO_SHAPE, length)


@op("Attention", learns=False)
@op("ai.onnx.preview.FlexAttention")
def attention(op: Op) -> Result:
    """``Attention`` (and the preview ``FlexAttention``): full square; fewer keys' heads do not reduce the MACs."""
    heads, kv_heads = op.whole("q_num_heads"), op.whole("kv_num_heads") or op.whole("q_num_heads")
    query, key, value = (
        Heads(op.shape(0), heads, "queries"),
        Heads(op.shape(1), kv_heads, "keys"),
        Heads(op.shape(2), kv_heads, "values"),
    )
    size = same(query.size, key.size, "Attention: the heads of queries and keys")
    keys = _with_past(op, 4, 2, 4, key.length)
    shape = op.sizes(0)
    output: Shape = op.shape(0)
    if shape is not None:
        flattened = elements_of((query.count, value.size))
        output = (*shape[:2], flattened) if len(shape) == 3 else (*shape[:3], value.size)
    present_key, present_value = (
        (key.batch, key.count, keys, key.size), (value.batch, value.count, keys, value.size),
    )  # fmt: skip
    scores = (query.batch, query.count, query.length, keys)
    terms = _both(query.batch, query.count, query.length, keys, size, value.size)
    return Result(output, present_key, present_value, scores, terms=terms)


@op("LinearAttention")
def linear_attention(op: Op) -> Result:
    """``LinearAttention``: for each token the state takes up ``k ⊗ v`` and is read by ``q`` (delta: and ``k``)."""
    heads, kv_heads = op.whole("q_num_heads"), op.whole("kv_num_heads")
    query, key, value = (
        Heads(op.shape(0), heads, "queries"),
        Heads(op.shape(1), kv_heads, "keys"),
        Heads(op.shape(2), kv_heads, "values"),
    )
    often = repeats("B", (query.batch,))
    update = flat((*often, ("T", query.length), ("H_kv", kv_heads), ("d_k", key.size), ("d_v", value.size)))
    read = flat((*often, ("T", query.length), ("H", heads), ("d_k", key.size), ("d_v", value.size)))
    delta = (update,) if op.text("update_rule", "gated_delta").endswith("delta") else ()
    output = (query.batch, query.length, elements_of((heads, value.size)))
    return Result(output, (query.batch, kv_heads, key.size, value.size), terms=(update, *delta, read))


# ---------------------------------------------------------------------- onnxruntime's operators


@op("com.microsoft.Attention", roles="- weight bias constant constant constant")
def ms_attention(op: Op) -> Result:
    """``com.microsoft.Attention``: the projection of Q, K and V in one weight, then attention."""
    return _projected(op, 4)


@op("com.microsoft.QAttention", roles="- weight bias scale scale constant zero zero", integers=True)
def q_attention(op: Op) -> Result:
    """``com.microsoft.QAttention``: the same with an integer weight."""
    return _projected(op, 8)


def _projected(op: Op, past: int) -> Result:
    shape, weight = op.sizes(0), op.sizes(1)
    heads = op.whole("num_heads")
    if shape is None or weight is None or len(shape) != 3 or len(weight) != 2:
        unknown = Unknown("a shape is not known")
        return Result(op.shape(0), unknown, terms=((("operands", unknown),),), dtypes=("float32",))
    batch, length, features = shape
    third: Dim = weight[1] if isinstance(weight[1], Unknown) else weight[1] // 3
    widths: tuple[Dim, ...] = op.ints("qkv_hidden_sizes") or (third, third, third)
    keys = _with_past(op, past, 3, 5, length)
    size, value_size = _divided(widths[0], heads, op.node.op), _divided(widths[2], heads, op.node.op)
    depth = same(features, weight[0], f"{op.node.op}: the input against its weight")
    projection = flat(products.linear((batch, length), depth, weight[1]))
    terms = (projection, *_both(batch, heads, length, keys, size, value_size))
    dtype = "float32" if op.node.op == "QAttention" else op.dtype(0)
    return Result((batch, length, widths[2]), (2, batch, heads, keys, size), terms=terms, dtypes=(dtype, dtype))


@op("com.microsoft.MultiHeadAttention", roles="- - - bias constant constant")
def multi_head_attention(op: Op) -> Result:
    """``com.microsoft.MultiHeadAttention``: Q, K and V as given; a packed Q holds all three."""
    heads = op.whole("num_heads")
    shape = op.sizes(0)
    if shape is not None and len(shape) == 5:
        batch, length, _, _, size = shape
        return Result(
            (batch, length, elements_of((heads, size))), terms=_both(batch, heads, length, length, size, size)
        )
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
    keys = _with_past(op, 6, 2, 4, keys)
    output = (query.batch, query.length, elements_of((heads, value_size)))
    present = (query.batch, heads, keys, query.size)
    return Result(
        output, present, (*present[:3], value_size),
        terms=_both(query.batch, heads, query.length, keys, query.size, value_size),
    )  # fmt: skip


@op("com.microsoft.GroupQueryAttention", roles="- - - - - constant constant constant constant")
def grouped_attention(op: Op) -> Result:
    """``com.microsoft.GroupQueryAttention``: fewer heads of keys and values than of queries."""
    heads, kv_heads = op.whole("num_heads"), op.whole("kv_num_heads")
    shape = op.sizes(0)
    if shape is None or len(shape) != 3:
        return Result(op.shape(0), terms=((("operands", NO_SHAPE),),))
    batch, length, width = shape
    size = _divided(width, heads if op.has(1) else heads + 2 * kv_heads, op.node.op)
    total = op.const_ints(6)
    keys: Dim = total[0] if total else _with_past(op, 3, 2, 4, length)
    present = (batch, kv_heads, keys, size)
    return Result(
        (batch, length, elements_of((heads, size))), present, present,
        terms=_both(batch, heads, length, keys, size, size),
    )  # fmt: skip
