"""Attention."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from netledger.errors import DataError
from netledger.execute.operations import Making, operation
from netledger.execute.operations.shaping import for_every_example

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.execute.operations import Compute


@operation("scaled_dot_product_attention")
def attention(making: Making) -> Compute:
    """``softmax(q·kᵀ/√d)·v``."""
    arguments = making.arguments
    causal, grouped = bool(arguments.get("is_causal", False)), bool(arguments.get("enable_gqa", False))
    p, factor = arguments.get("dropout_p") or 0.0, arguments.get("scale")

    def run(layer, q, k, v, mask=None):  # type: ignore[no-untyped-def]
        dropped = p if layer.training else 0.0
        if q.device.type == "meta" and not dropped and not grouped and factor is None:
            return attended(q, k, v, mask, causal)
        more = {"enable_gqa": True} if grouped else {}
        return F.scaled_dot_product_attention(q, k, v, mask, dropped, causal, scale=factor, **more)

    return run


@operation("multihead_attention")
def multihead(making: Making) -> Compute:
    """Projections in, attention, projection out. One input is queries, keys and values at once."""
    a = making.arguments
    width, heads, p = a["embed_dim"], a["num_heads"], a.get("dropout") or 0.0
    zero, both = a.get("add_zero_attn", False), len(making.entry.layer.outputs) > 1
    first = a.get("batch_first", False) or not making.batched

    def run(layer, query, key=None, value=None):  # type: ignore[no-untyped-def]
        key = query if key is None else key
        value = key if value is None else value
        if not making.batched:
            query, key, value = for_every_example((query, key, value))
        if first:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        get = layer.get
        separate = get("in_proj_weight") is None
        y, weights = F.multi_head_attention_forward(
            query, key, value, width, heads, get("in_proj_weight"), get("in_proj_bias"), get("bias_k"), get("bias_v"),
            zero, p, get("out_proj.weight"), get("out_proj.bias"), layer.training, None, both, None, separate,
            get("q_proj_weight"), get("k_proj_weight"), get("v_proj_weight"),
        )  # fmt: skip
        y = y.transpose(0, 1) if first else y
        return (y, weights) if both else y

    return run


@operation("attention")
def language(making: Making) -> Compute:
    """Attention of a language model: projections ``(S, heads·E)`` in, side by side where they are fewer than three.

    Rotary positions are no layer of a description, so none are applied here; a window is a mask. Of further inputs one
    of a number for each head is a sink, a score beside those of the positions; masks and biases are refused.
    """
    a = making.arguments
    heads, keys = a["num_heads"], a.get("kv_heads") or a["num_heads"]
    causal, window = bool(a.get("causal", True)), a.get("window")
    if any(making.shape(i) != (heads,) for i in range(3, len(making.entry.layer.inputs))):
        raise DataError("attention with masks or biases of its own cannot be built")

    latent = len(making.entry.layer.inputs) == 2 and a.get("v_head_dim") is not None
    if latent:
        making.stand_in("the rotary part of its keys")

    def parted(x: Any, parts: int) -> Any:
        return (x if x.dim() == 4 else x.unflatten(-1, (parts, -1))).transpose(1, 2)

    def run(layer, *given):  # type: ignore[no-untyped-def]
        if len(given) == 1:
            size = given[0].shape[-1] // (heads + 2 * keys)
            given = given[0].split((heads * size, keys * size, keys * size), dim=-1)
        elif latent:
            given = (given[0], *_of_latent(given[1], heads, given[0].shape[-1] // heads, a["v_head_dim"]))
        elif len(given) == 2:
            given = (given[0], *given[1].chunk(2, dim=-1))
        q, k, v = parted(given[0], heads), parted(given[1], keys), parted(given[2], keys)
        q, k, v = for_every_example((q, k, v))
        mask = None
        if window is not None and window < k.shape[-2]:
            away = torch.arange(q.shape[-2], device=q.device)[:, None] - torch.arange(k.shape[-2], device=q.device)
            mask = (away < window) & ((away >= 0) if causal else (away > -window))
        y = attended(q, k, v, mask, causal and mask is None, given[3:])
        return y.transpose(1, 2).flatten(2)

    return run


def _of_latent(kv: Any, heads: int, size: int, values: int) -> tuple[Any, Any]:
    """Keys and values of each head side by side; the rest of a key, which all heads share, is zeros."""
    parts = kv.unflatten(-1, (heads, -1))
    keys = parts[..., : parts.shape[-1] - values]
    return F.pad(keys, (0, size - keys.shape[-1])), parts[..., -values:]


def attended(q: Any, k: Any, v: Any, mask: Any, causal: bool, sinks: Sequence[Any] = ()) -> Any:
    """``softmax(q·kᵀ/√E)·v`` of tensors ``(batch, heads, positions, E)``, with fewer heads of keys and values than of
    queries where they share them.

    On PyTorch's ``meta`` device the operator is the one that a CPU would run: that device's own is another, which keeps
    other values. With sinks it is written out, since PyTorch's operator has none.
    """
    if sinks:
        return _with_sinks(q, k, v, mask, causal, sinks)
    if q.device.type == "meta" and q.shape[-1] == v.shape[-1] and q.dim() == 4:
        added = mask if mask is None or mask.is_floating_point() else torch.empty_like(mask, dtype=q.dtype)
        flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
        return flash(q, k, v, 0.0, causal, attn_mask=added)[0]
    return F.scaled_dot_product_attention(q, k, v, mask, is_causal=causal, enable_gqa=q.shape[1] != k.shape[1])


def _with_sinks(q: Any, k: Any, v: Any, mask: Any, causal: bool, sinks: Sequence[Any]) -> Any:
    often = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(often, 1), v.repeat_interleave(often, 1)
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    if causal:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).tril()
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    beside = [sink.flatten()[:, None, None].expand(*scores.shape[:-1], 1) for sink in sinks]
    return torch.softmax(torch.cat([scores, *beside], -1), -1)[..., : k.shape[-2]] @ v
