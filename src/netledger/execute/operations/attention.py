"""Attention."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from netledger.errors import DataError
from netledger.execute.operations import Making, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
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

    Rotary positions are no layer of a description, so none are applied here; a window is a mask.
    """
    a = making.arguments
    heads, keys = a["num_heads"], a.get("kv_heads") or a["num_heads"]
    causal, window = bool(a.get("causal", True)), a.get("window")
    if len(making.entry.layer.inputs) > 3:
        raise DataError("attention with masks or biases of its own cannot be built")

    def parted(x: Any, parts: int) -> Any:
        return (x if x.dim() == 4 else x.unflatten(-1, (parts, -1))).transpose(1, 2)

    def run(layer, *given):  # type: ignore[no-untyped-def]
        if len(given) == 1:
            size = given[0].shape[-1] // (heads + 2 * keys)
            given = given[0].split((heads * size, keys * size, keys * size), dim=-1)
        elif len(given) == 2:
            given = (given[0], *given[1].chunk(2, dim=-1))
        q, k, v = parted(given[0], heads), parted(given[1], keys), parted(given[2], keys)
        mask = None
        if window is not None and window < k.shape[-2]:
            away = torch.arange(q.shape[-2], device=q.device)[:, None] - torch.arange(k.shape[-2], device=q.device)
            mask = (away < window) & ((away >= 0) if causal else (away > -window))
        y = F.scaled_dot_product_attention(q, k, v, mask, is_causal=causal and mask is None, enable_gqa=keys != heads)
        return y.transpose(1, 2).flatten(2)

    return run
