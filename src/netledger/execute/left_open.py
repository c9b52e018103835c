"""What a description leaves open, as something of the same sizes: for measuring, which reads no values, and not else.

Everything that a layer reads goes into what it makes, so that every gradient is there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from netledger.errors import DataError
from netledger.execute.operation import torch_dtype
from netledger.execute.operations import Making, known, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.execute.operations import Compute


@operation("constant")
def constant(making: Making) -> Compute:
    """Zeros, once for all examples."""
    making.stand_in("what a constant's values are")
    shape = known(making["shape"]) if making.batched else (1, *known(making["shape"]))
    dtype = torch.int64 if making.options.get("looked_up") else torch_dtype(making["dtype"])
    return lambda layer, *unread: torch.zeros(shape, dtype=dtype, device=making.options["device"])


@operation("contraction")
def contraction(making: Making) -> Compute:
    """Products of which only their number is known: none of them is made."""
    making.stand_in("what it multiplies", macs=False)
    shapes = [making.output(i) for i in range(len(making.entry.outputs))]

    def run(layer, *xs):  # type: ignore[no-untyped-def]
        lead = () if making.batched else (max(len(x) for x in xs),)
        return tuple([_whole(xs, len(shape) + len(lead)).expand(*lead, *shape) for shape in shapes])

    return run


@operation("recurrent_state")
def recurrent_state(making: Making) -> Compute:
    """A recurrence of which only the size of its state is known; a product that reads it is not made."""
    making.stand_in("how its state is updated", macs=not making["read"])
    width = making.output()[-1]

    def run(layer, x, *others):  # type: ignore[no-untyped-def]
        y = F.pad(x, (0, width - x.shape[-1]))
        return y + _whole(others, y.dim()) if others else y

    return run


def _whole(xs: Sequence[Any], rank: int) -> Any:
    """All values of each example added up, in ``rank`` dimensions."""
    each = [x.flatten(1).sum(1) if x.dim() > 1 else x for x in xs]
    total = sum(each[1:], each[0])
    return total[(slice(None), *[None] * (rank - 1))]


@operation("experts")
def experts(making: Making) -> Compute:
    """Every position through ``k`` of the experts. Which ones is not described, nor what stands between their matrices:
    for measuring, positions are dealt out in turn, weighted by what the router says of the first ``k``, through SiLU.
    """
    a = making.arguments
    count, k, form = a["num_experts"], a["top_k"], a["form"]
    making.stand_in("how its experts are chosen")
    if k is None or a["idle"]:
        raise DataError("cannot be built: how many experts a position takes is not given")
    slots = making.entry.effect.slots
    weights = [slot.name for slot in slots if slot.role == "weight"]
    biases = [slot.name for slot in slots if slot.role == "bias"]

    def run(layer, x, *choosing):  # type: ignore[no-untyped-def]
        rows = x.flatten(0, -2).repeat_interleave(k, 0)
        matrices = _matrices([layer.get(name) for name in weights], count, form)
        vectors = _vectors([layer.get(name) for name in biases], count, form, a["gated"])
        even = len(rows) // count * count
        parts = []
        if even:
            parts.append(_fed(rows[:even].unflatten(0, (count, -1)), matrices, vectors, a["gated"]).flatten(0, 1))
        if rest := len(rows) - even:
            some = [m[:rest] for m in matrices], [v[:rest] for v in vectors]
            parts.append(_fed(rows[even:].unsqueeze(1), *some, a["gated"]).squeeze(1))
        y = torch.cat(parts).unflatten(0, (-1, k))
        for scores in choosing:
            y = y * scores.expand(*x.shape[:-1], scores.shape[-1]).flatten(0, -2)[:, :k, None]
        return y.sum(1).unflatten(0, x.shape[:-1])

    return run


def _fed(x: Any, matrices: Sequence[Any], biases: Sequence[Any], gated: bool) -> Any:
    """Rows ``(E, n, d)``, each with the others of its expert, through its matrices (rows times matrix) and biases."""
    up = [torch.bmm(x, matrix) for matrix in matrices[:-1]]
    up = [y + bias[:, None] for y, bias in zip(up, biases, strict=False)] if biases else up
    if gated and len(up) == 1:
        up = list(up[0].chunk(2, -1))
    y = torch.bmm(F.silu(up[0]) * up[1] if gated else F.silu(up[0]), matrices[-1])
    return y + biases[-1][:, None] if biases else y


def _matrices(stored: Sequence[Any], count: int, form: str) -> list[Any]:
    """The matrices of all experts, each ``(E, in, out)``, whichever way they are stored (``E·f`` rows: ``stacked``)."""
    if form == "apart":
        each = len(stored) // count
        return [torch.stack(list(stored[i::each])).transpose(1, 2) for i in range(each)]
    if form == "stacked":
        parted = [matrix.unflatten(0, (count, -1)) for matrix in stored]
        return [*[matrix.transpose(1, 2) for matrix in parted[:-1]], parted[-1]]
    return list(stored) if form == "fused_turned" else [matrix.transpose(1, 2) for matrix in stored]


def _vectors(stored: Sequence[Any], count: int, form: str, gated: bool) -> list[Any]:
    if form == "apart":
        each = len(stored) // count
        return [torch.stack(list(stored[i::each])) for i in range(each)]
    return list(stored)
