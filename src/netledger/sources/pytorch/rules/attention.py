"""Counting rules of attention: two products for every head, whichever kernel runs them, full (non-causal) always."""

from __future__ import annotations

from netledger.layers import products
from netledger.sources.pytorch.rules.contraction import Contraction, Multiplied, Seen, named, repeats, term
from netledger.sources.pytorch.rules.operations import counts

KIND = "scaled_dot_product_attention"


def attended(
    batch: tuple[int, ...],
    sizes: tuple[int, int, int, int],
    grads: tuple[bool, bool, bool],
    wider: tuple[int, ...] | None = None,
) -> tuple[Multiplied, Multiplied]:
    """``Q·Kᵀ`` and ``P·V`` for sizes (L, S, E, E_v); the second ``wider`` times where values repeat the scores."""
    length, source, width, value_width = sizes
    query, key, value = grads
    scores, _ = products.attention(batch, length, source, width, value_width)
    _, values = products.attention(batch if wider is None else wider, length, source, width, value_width)
    return Multiplied(named(scores), query, key), Multiplied(named(values), query or key, value)


@counts("scaled_dot_product_attention", "_scaled_dot_product_attention_math", "_scaled_dot_product_flash_attention",
        "_scaled_dot_product_efficient_attention", "_scaled_dot_product_flash_attention_for_cpu",
        "_scaled_dot_product_cudnn_attention", "_scaled_dot_product_fused_attention_overrideable",
        "_scaled_dot_product_attention_math_for_mps", "_triton_scaled_dot_attention")  # fmt: skip
def attention(seen: Seen) -> Contraction | None:
    """Heads in the last dimension but two; grouped queries share keys, not products."""
    q, k, v = seen.shape(0), seen.shape(1), seen.shape(2)
    grads = (seen.grad(0), seen.grad(1), seen.grad(2))
    lengths = getattr(seen.args[0], "lengths", None)
    if lengths is not None:
        keys = getattr(seen.args[1], "lengths", None) or lengths
        heads = tuple([size for size in q[1:-1] if size != sum(lengths)])
        pairs = zip(lengths, keys, strict=True)
        terms = tuple([one for a, b in pairs for one in attended(heads, (a, b, q[-1], v[-1]), grads)])
        return Contraction(KIND, terms, (q, k, v))
    batch = _together(q[:-2], k[:-2])
    attributes = {"enable_gqa": True} if len(q) > 2 and len(k) > 2 and q[-3] != k[-3] else {}
    terms = attended(batch, (q[-2], k[-2], q[-1], v[-1]), grads, _together(batch, v[:-2]))
    return Contraction(KIND, terms, (q, k, v), attributes)


def _together(queries: tuple[int, ...], keys: tuple[int, ...]) -> tuple[int, ...]:
    """Leading dimensions broadcast together; fewer heads of keys than of queries serve several each.

    >>> _together((4,), (2, 1)), _together((2, 8), (2, 2)), _together((), (3,))
    ((2, 4), (2, 8), (3,))
    """
    if queries and keys and 1 < keys[-1] < queries[-1]:
        keys = (*keys[:-1], queries[-1])
    together: tuple[int, ...] = products.broadcast(queries, keys)  # type: ignore[assignment]
    return together


def flex(seen: Seen) -> Contraction | None:
    """Attention whose scores a function changes: the same two products, in full, masked blocks included."""
    return attention(seen)


@counts("_flash_attention_forward", "_efficient_attention_forward", "_cudnn_attention_forward",
        "_flash_attention_forward_no_dropout_inplace")  # fmt: skip
def attention_kernel(seen: Seen) -> Contraction | None:
    """Kernels that keep heads before the width, (B, L, H, E), or pack sequences one after the other, (ΣL, H, E)."""
    q, k, v = seen.shape(0), seen.shape(1), seen.shape(2)
    grads = (seen.grad(0), seen.grad(1), seen.grad(2))
    starts = 4 if "efficient" in seen.name else 3
    if seen.arg(starts) is None:
        return Contraction(KIND, attended((q[0], q[2]), (q[1], k[1], q[3], v[3]), grads), (q, k, v))
    ends, ends_k = seen.value_of(seen.arg(starts)), seen.value_of(seen.arg(starts + 1))
    if ends is None or ends_k is None:
        return None
    heads, width = (q[2], q[3]) if len(q) == 4 else (q[1], q[2])
    terms = [
        one
        for i in range(len(ends) - 1)
        for one in attended((heads,), (ends[i + 1] - ends[i], ends_k[i + 1] - ends_k[i], width, v[-1]), grads)
    ]
    return Contraction(KIND, tuple(terms), (q, k, v))


def _projections(seen: Seen, x: int, y: int, width: int) -> tuple[Multiplied, ...]:
    q, k = seen.shape(x), seen.shape(y)
    through = seen.grad(x)
    return (
        term(through, True, *repeats("N", q[:-1]), ("C_in", q[-1]), ("E", width)),
        term(seen.grad(y), True, *repeats("N", k[:-1]), ("C_in", k[-1]), ("2E", 2 * width)),
        *attended(q[:1], (q[1], k[1], width, width), (True, True, True)),
        term(True, True, *repeats("N", q[:-1]), ("E", width), ("E", width)),
    )


@counts("_native_multi_head_attention", "_triton_multi_head_attention")
def native_attention(seen: Seen) -> Contraction:
    """The fused forward pass of ``MultiheadAttention``: four projections and the two products."""
    width = int(seen.arg(3, "embed_dim"))
    shapes = (seen.shape(0), seen.shape(1), seen.shape(2))
    return Contraction("multihead_attention", _projections(seen, 0, 1, width), shapes)


@counts("_transformer_encoder_layer_fwd")
def native_encoder_layer(seen: Seen) -> Contraction:
    """The fused forward pass of ``TransformerEncoderLayer``: attention and two linear layers."""
    x, width, hidden = seen.shape(0), int(seen.arg(1, "embed_dim")), seen.args[14].shape[0]
    feed = term(True, True, *repeats("N", x[:-1]), ("E", width), ("C", hidden))
    return Contraction("transformer_encoder_layer", (*_projections(seen, 0, 0, width), feed, feed), (x,))
