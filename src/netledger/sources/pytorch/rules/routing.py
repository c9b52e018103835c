"""Which of a few things is the largest: experts are chosen so, and who runs them reads what was chosen.

It depends on the data. The pass is made with two ways of choosing: each line of numbers another in turn, then all of
them the last. Where both contract alike it does not matter which is chosen; any part of the choices has another size
the second time.
"""

from __future__ import annotations

import torch

from netledger.sources.pytorch.tracing.data_dependent import own, special
from netledger.sources.pytorch.tracing.meta_tensors import Ordinary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.sources.pytorch.tracing.tracer import Tracer

ROUTED, EXPERTS = 1 << 16, 512
"""Choices, and what is chosen among, up to which it may be a routing to experts."""


@special("topk")
def topk(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The largest few of each line."""
    values, indices = tracer.run(func, args, kwargs)[0]
    dim = int(args[2] if len(args) > 2 else kwargs.get("dim", -1))
    among, many = int(args[0].shape[dim]) if args[0].dim() else 1, int(args[1])
    return values, _routed(tracer, indices, dim, among, many)


@special("argmax", "argmin", "max", "min")
def largest(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The largest of each line: a routing only of so many lines that each thing can be chosen."""
    out = tracer.run(func, args, kwargs)[0]
    dim = args[1] if len(args) > 1 else kwargs.get("dim")
    if not isinstance(dim, int) or not args[0].dim():
        return out
    indices = out if isinstance(out, torch.Tensor) else out[1]
    keeps = bool(args[2] if len(args) > 2 else kwargs.get("keepdim", False))
    among = int(args[0].shape[dim])
    if indices.numel() < among:
        return out
    rows = indices if keeps else indices.unsqueeze(dim)
    chosen = _routed(tracer, rows, dim, among, 1)
    if chosen is rows:
        return out
    if not keeps:
        with Ordinary():
            chosen = own(tracer, chosen.squeeze(dim))
    return chosen if isinstance(out, torch.Tensor) else (out[0], chosen)


def _routed(tracer: Tracer, indices: Any, dim: int, among: int, many: int) -> Any:
    """Indices with values in the place of ``indices``; themselves where theirs are known, or are too many."""
    if not indices.is_meta or indices.numel() > ROUTED or getattr(indices, "depends_on_data", False):
        return indices
    if not 0 < many < among <= EXPERTS:
        return indices
    in_turn = tracer.decide("route", None)
    with Ordinary():
        lines = torch.arange(indices.numel() // many).reshape(*indices.movedim(dim, -1).shape[:-1], 1)
        first = lines * many if in_turn else lines * 0 + among - many
        chosen = ((first + torch.arange(many)) % among).movedim(-1, dim).contiguous()
    return own(tracer, chosen)
