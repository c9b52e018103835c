"""Attention: the core of it, and PyTorch's module with its projections."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, Formula, group, product, symbol, total
from netledger.layers import Call, Effect, Slot, products, rule
from netledger.layers.products import broadcast
from netledger.layers.sizes import formula, positive, shape_text, sum_up
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape


@rule("scaled_dot_product_attention")
def scaled_dot_product_attention(
    call: Call, dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False
) -> Effect:
    """``softmax(q·kᵀ/√E)·v`` of three inputs (query, key, value; one for all three where only one is named).

    - MACs ``B·L·S·E + B·L·S·E_v``: both products in full, causal or not; ``B`` counts the *query's* heads, so that
      sharing keys and values among heads (``enable_gqa=True``) saves none
    - nothing learned

    Source: Vaswani et al. 2017 (arXiv:1706.03762); PyTorch's ``scaled_dot_product_attention``.

    >>> from netledger.layers import apply
    >>> heads = apply("scaled_dot_product_attention", {}, ((12, 197, 64),) * 3)
    >>> heads.outputs, heads.macs.text(), heads.macs.value
    (((12, 197, 64),), '12*(197*197*64 + 197*197*64)', 59610624)
    """
    query, key, value = three(call)
    unknown = next((shape for shape in (query, key, value) if isinstance(shape, Unknown)), None)
    if isinstance(query, Unknown) or isinstance(key, Unknown) or isinstance(value, Unknown):
        return Effect((unknown or call.input,), macs=symbol("MACs", unknown))
    if min(len(query), len(key), len(value)) < 2:
        raise ShapeError("needs positions and features: " + ", ".join(map(shape_text, (query, key, value))))
    products.same(query[-1], key[-1], "features of query and key differ")
    products.same(key[-2], value[-2], "positions of key and value differ")
    batch = _batch(query, key, value, enable_gqa)
    (length, features), positions, wide = query[-2:], key[-2], value[-1]
    often = formula(products.repeats("B", batch))
    both = sum_up(products.attention((), length, positions, features, wide))
    return Effect(((*batch, length, wide),), macs=both if often == 1 else product([often, group(both)]))


def three(call: Call) -> tuple[Shape, Shape, Shape]:
    """Query, key and value: one input stands for all, of two the second is key and value."""
    if not call.inputs:
        return (call.input,) * 3
    query = call.inputs[0]
    key = call.inputs[1] if len(call.inputs) > 1 else query
    return query, key, call.inputs[2] if len(call.inputs) > 2 else key


def _batch(query: tuple[Dim, ...], key: tuple[Dim, ...], value: tuple[Dim, ...], shared: bool) -> tuple[Dim, ...]:
    """The dimensions before positions and features: broadcast, but heads that share keys and values are the query's."""
    batches = [query[:-2], key[:-2], value[:-2]]
    if shared and all(batches):
        heads = query[-3]
        for other in (key[-3], value[-3]):
            if isinstance(heads, int) and isinstance(other, int) and (not other or heads % other):
                raise ShapeError(f"{heads:,} query heads do not divide among {other:,} key and value heads")
        batches = [(*batch[:-1], heads) for batch in batches]
    result: Shape = batches[0]
    for other_batch in batches[1:]:
        result = broadcast(result, other_batch)
    assert not isinstance(result, Unknown)
    return result


@rule("multihead_attention")
def multihead_attention(
    call: Call, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
    add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
    *, need_weights: bool = False,
) -> Effect:  # fmt: skip
    """Attention with its four projections: query, key, value and output.

    - weights ``3·E·E + E·E`` (``E·E + E·E_k + E·E_v + E·E`` where ``kdim`` or ``vdim`` differ), however many heads
    - biases ``3·E + E``; ``add_bias_kv`` adds ``2·E``
    - MACs: projections ``L·E·E + S·E_k·E + S·E_v·E + L·E·E`` and the core ``2·L·S·E`` in full, causal or not
    - inputs query, key, value: one for all three where only one is named; ``(L, E)``, ``(L, N, E)`` or, with
      ``batch_first``, ``(N, L, E)``. With ``need_weights`` a second output: the weights ``(N, L, S)``

    Source: Vaswani et al. 2017 (arXiv:1706.03762); PyTorch's ``MultiheadAttention``.

    >>> from netledger.layers import apply
    >>> effect = apply("multihead_attention", {"embed_dim": 256, "num_heads": 8}, ((128, 256),))
    >>> effect.parameters.text(), effect.parameters.value, effect.macs.value
    ('3*256*256 + 256*256 + 3*256 + 256', 263168, 41943040)
    """
    positive("embed_dim", embed_dim)
    positive("num_heads", num_heads)
    if embed_dim % num_heads:
        raise ShapeError(f"embed_dim {embed_dim:,} does not divide into {num_heads:,} heads")
    keys, values = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
    query, key, value = three(call)
    for shape, size, name in ((query, embed_dim, "embed_dim"), (key, keys, "kdim"), (value, values, "vdim")):
        _features(shape, size, name)
    batch, length = _sequence(query, batch_first)
    _, positions = _sequence(key, batch_first)
    attended = positions if isinstance(positions, Unknown) else positions + add_bias_kv + add_zero_attn
    outputs: tuple[Shape, ...] = (query,)
    if need_weights:
        outputs += ((*batch, length, attended) if not isinstance(query, Unknown) else query,)
    return Effect(
        outputs=outputs,
        weights=_projections(embed_dim, keys, values),
        biases=_biases(embed_dim, bias, add_bias_kv),
        macs=_macs(batch, length, positions, attended, embed_dim, keys, values),
        slots=_slots(embed_dim, keys, values, bias, add_bias_kv),
    )


def _features(shape: Shape, size: int, name: str) -> None:
    if isinstance(shape, Unknown):
        return
    if len(shape) not in (2, 3):
        raise ShapeError(f"needs positions and features, with or without a batch, not {shape_text(shape)}")
    if isinstance(shape[-1], int) and shape[-1] != size:
        raise ShapeError(f"stated {name}={size:,}, but the input has {shape[-1]:,}")


def _sequence(shape: Shape, batch_first: bool) -> tuple[tuple[Dim, ...], Dim]:
    """The batch and the number of positions."""
    if isinstance(shape, Unknown):
        return (), shape
    if len(shape) == 2:
        return (), shape[0]
    return ((shape[0],), shape[1]) if batch_first else ((shape[1],), shape[0])


def _projections(embed: int, keys: int, values: int) -> Formula:
    e, k, v = symbol("E", embed), symbol("E_k", keys), symbol("E_v", values)
    return 3 * e * e + e * e if embed == keys == values else e * e + e * k + e * v + e * e


def _biases(embed: int, bias: bool, add_bias_kv: bool) -> Formula:
    e = symbol("E", embed)
    terms = ([3 * e, e] if bias else []) + ([2 * e] if add_bias_kv else [])
    return total(terms) if terms else ZERO


def _slots(embed: int, keys: int, values: int, bias: bool, add_bias_kv: bool) -> tuple[Slot, ...]:
    if embed == keys == values:
        slots = [Slot("in_proj_weight", "weight", (3 * embed, embed))]
    else:
        shapes = (("q", embed), ("k", keys), ("v", values))
        slots = [Slot(f"{name}_proj_weight", "weight", (embed, size)) for name, size in shapes]
    if bias:
        slots.append(Slot("in_proj_bias", "bias", (3 * embed,)))
    if add_bias_kv:
        slots += [Slot("bias_k", "bias", (1, 1, embed)), Slot("bias_v", "bias", (1, 1, embed))]
    slots.append(Slot("out_proj.weight", "weight", (embed, embed)))
    return (*slots, Slot("out_proj.bias", "bias", (embed,))) if bias else tuple(slots)


def _macs(
    batch: tuple[Dim, ...], length: Dim, positions: Dim, attended: Dim, embed: int, keys: int, values: int
) -> Formula:
    e = symbol("E", embed)
    k = e if keys == embed else symbol("E_k", keys)
    v = e if values == embed else symbol("E_v", values)
    own, others = symbol("L", length), symbol("S", positions)
    more = attended - positions if isinstance(attended, int) and isinstance(positions, int) else 0
    core = group(others + more) if more else others
    sums = total([own * e * e, others * k * e, others * v * e, 2 * own * core * e, own * e * e])
    leading = [symbol("N", size) for size in batch if size != 1]
    return product([*leading, group(sums)]) if leading else sums
