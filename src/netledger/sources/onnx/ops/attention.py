"""Attention of every sort: ONNX's own and onnxruntime's, with and without projections, quantised, linear."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import products
from netledger.layers.products import flat, repeats, same, shape_text
from netledger.network import elements_of
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, Value
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Ints, Term


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


def _with_past(past: Value | None, place: int, rank: int, length: Dim) -> Dim:
    """The keys there are: those of this call, and those that ``past`` has kept."""
    if past is None:
        return length
    kept = past.sizes
    return _plus(kept[place] if kept is not None and len(kept) == rank else NO_SHAPE, length)


@op("Attention", learns=False)
@op("ai.onnx.preview.FlexAttention")
def attention(
    op: Op, Q: Value, K: Value, V: Value, attn_mask: Value | None = None, past_key: Value | None = None,
    past_value: Value | None = None, *, q_num_heads: int = 0, kv_num_heads: int = 0,
) -> Result:  # fmt: skip
    """``Attention`` (and the preview ``FlexAttention``): full square; fewer keys' heads do not reduce the MACs."""
    kv_num_heads = kv_num_heads or q_num_heads
    query, key, value = (
        Heads(Q.shape, q_num_heads, "queries"),
        Heads(K.shape, kv_num_heads, "keys"),
        Heads(V.shape, kv_num_heads, "values"),
    )
    size = same(query.size, key.size, "Attention: the heads of queries and keys")
    keys = _with_past(past_key, 2, 4, key.length)
    shape = Q.sizes
    output: Shape = Q.shape
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
def linear_attention(
    op: Op, query: Value, key: Value, value: Value, *, q_num_heads: int = 0, kv_num_heads: int = 0,
    update_rule: str = "gated_delta",
) -> Result:  # fmt: skip
    """``LinearAttention``: for each token the state takes up ``k ⊗ v`` and is read by ``q`` (delta: and ``k``)."""
    q, k, v = (
        Heads(query.shape, q_num_heads, "queries"),
        Heads(key.shape, kv_num_heads, "keys"),
        Heads(value.shape, kv_num_heads, "values"),
    )
    often = repeats("B", (q.batch,))
    update = flat((*often, ("T", q.length), ("H_kv", kv_num_heads), ("d_k", k.size), ("d_v", v.size)))
    read = flat((*often, ("T", q.length), ("H", q_num_heads), ("d_k", k.size), ("d_v", v.size)))
    delta = (update,) if update_rule.endswith("delta") else ()
    output = (q.batch, q.length, elements_of((q_num_heads, v.size)))
    return Result(output, (q.batch, kv_num_heads, k.size, v.size), terms=(update, *delta, read))


# ---------------------------------------------------------------------- onnxruntime's operators


@op("com.microsoft.Attention", roles="- weight bias constant constant constant")
def ms_attention(
    op: Op, input: Value, weights: Value, bias: Value | None = None, mask_index: Value | None = None,
    past: Value | None = None, *, num_heads: int = 0, qkv_hidden_sizes: Ints = None,
) -> Result:  # fmt: skip
    """``com.microsoft.Attention``: the projection of Q, K and V in one weight, then attention."""
    return _projected(op, input, weights, past, num_heads, qkv_hidden_sizes, input.dtype)


@op("com.microsoft.QAttention", roles="- weight bias scale scale constant zero zero", integers=True)
def q_attention(
    op: Op, input: Value, weight: Value, bias: Value, input_scale: Value, weight_scale: Value,
    mask_index: Value | None = None, input_zero_point: Value | None = None, weight_zero_point: Value | None = None,
    past: Value | None = None, *, num_heads: int = 0,
) -> Result:  # fmt: skip
    """``com.microsoft.QAttention``: the same with an integer weight."""
    return _projected(op, input, weight, past, num_heads, None, "float32")


def _projected(
    op: Op, input: Value, weights: Value, past: Value | None, heads: int, hidden_sizes: Ints, dtype: str | None
) -> Result:
    shape, weight = input.sizes, weights.sizes
    if shape is None or weight is None or len(shape) != 3 or len(weight) != 2:
        unknown = Unknown("a shape is not known")
        return Result(input.shape, unknown, terms=((("operands", unknown),),), dtypes=("float32",))
    batch, length, features = shape
    third: Dim = weight[1] if isinstance(weight[1], Unknown) else weight[1] // 3
    widths: tuple[Dim, ...] = hidden_sizes or (third, third, third)
    keys = _with_past(past, 3, 5, length)
    size, value_size = _divided(widths[0], heads, op.node.op), _divided(widths[2], heads, op.node.op)
    depth = same(features, weight[0], f"{op.node.op}: the input against its weight")
    projection = flat(products.linear((batch, length), depth, weight[1]))
    terms = (projection, *_both(batch, heads, length, keys, size, value_size))
    return Result((batch, length, widths[2]), (2, batch, heads, keys, size), terms=terms, dtypes=(dtype, dtype))


@op("com.microsoft.MultiHeadAttention", roles="- - - bias constant constant")
def multi_head_attention(
    op: Op, query: Value, key: Value | None = None, value: Value | None = None, bias: Value | None = None,
    key_padding_mask: Value | None = None, attention_bias: Value | None = None, past_key: Value | None = None, *,
    num_heads: int = 0,
) -> Result:  # fmt: skip
    """``com.microsoft.MultiHeadAttention``: Q, K and V as given; a packed Q holds all three."""
    shape = query.sizes
    if shape is not None and len(shape) == 5:
        batch, length, _, _, size = shape
        terms = _both(batch, num_heads, length, length, size, size)
        return Result((batch, length, elements_of((num_heads, size))), terms=terms)
    q = Heads(query.shape, num_heads, "queries")
    key_shape = None if key is None else key.sizes
    if key_shape is not None and len(key_shape) == 5:
        keys, value_size = key_shape[1], key_shape[4]
    else:
        keys = Heads((key or query).shape, num_heads, "keys").length
        value_size = Heads((value or query).shape, num_heads, "values").size
    keys = _with_past(past_key, 2, 4, keys)
    output = (q.batch, q.length, elements_of((num_heads, value_size)))
    present = (q.batch, num_heads, keys, q.size)
    terms = _both(q.batch, num_heads, q.length, keys, q.size, value_size)
    return Result(output, present, (*present[:3], value_size), terms=terms)


@op("com.microsoft.GroupQueryAttention", roles="- - - - - constant constant constant constant")
def grouped_attention(
    op: Op, query: Value, key: Value | None = None, value: Value | None = None, past_key: Value | None = None,
    past_value: Value | None = None, seqlens_k: Value | None = None, total_sequence_length: Value | None = None, *,
    num_heads: int = 0, kv_num_heads: int = 0,
) -> Result:  # fmt: skip
    """``com.microsoft.GroupQueryAttention``: fewer heads of keys and values than of queries."""
    shape = query.sizes
    if shape is None or len(shape) != 3:
        return Result(query.shape, terms=((("operands", NO_SHAPE),),))
    batch, length, width = shape
    size = _divided(width, num_heads if key is not None else num_heads + 2 * kv_num_heads, op.node.op)
    total = None if total_sequence_length is None else total_sequence_length.ints
    keys: Dim = total[0] if total else _with_past(past_key, 2, 4, length)
    present = (batch, kv_num_heads, keys, size)
    terms = _both(batch, num_heads, length, keys, size, size)
    return Result((batch, length, elements_of((num_heads, size))), present, present, terms=terms)
