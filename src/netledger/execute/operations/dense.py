"""Fully connected layers and matrix products."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from netledger.execute.operations import Making, operation
from netledger.execute.operations.arithmetic import aligned
from netledger.execute.operations.convolution import bias_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.execute.operations import Compute


@operation("linear")
def linear(making: Making) -> Compute:
    """``x·Wᵀ + b`` on the last dimension; with groups, each on its own slice of it (cuda-convnet's block-diagonal)."""
    groups = making.arguments.get("groups", 1)
    if making.arguments.get("transposed"):  # kept as (in, out), as GPT-2's are
        return lambda layer, x: F.linear(x, layer.weight.T, bias_of(layer))
    if groups == 1:
        return lambda layer, x: F.linear(x, layer.weight, bias_of(layer))

    def grouped(layer, x):  # type: ignore[no-untyped-def]
        parts = x.unflatten(-1, (groups, -1))
        weight = layer.weight.unflatten(0, (groups, -1))
        y = torch.einsum("...gi,goi->...go", parts, weight).flatten(-2)
        return y if bias_of(layer) is None else y + bias_of(layer)

    return grouped


@operation("matmul", "bmm")
def matmul(making: Making) -> Compute:
    """The product of two inputs, batch dimensions broadcast; transposed first where the description says so.

    A value of one dimension is a row on the left and a column on the right, for each example.
    """
    left, right = (making.arguments.get(name, False) for name in ("transpose_a", "transpose_b"))
    inputs = range(len(making.entry.layer.inputs))
    row, column = [not making.batched and i in inputs and len(making.shape(i)) == 1 for i in (0, 1)]
    align = aligned(making)

    def run(layer, a, b=None):  # type: ignore[no-untyped-def]
        a, learned = a.unsqueeze(-2) if row else a, b is None
        b = layer.weight if learned else b.unsqueeze(-1) if column else b
        a, b = (a.mT if left else a, b.mT if right else b)
        y = torch.matmul(*((a, b) if learned else align((a, b))))
        y = y.squeeze(-2) if row else y
        return y.squeeze(-1) if column else y

    return run


@operation("rbf")
def rbf(making: Making) -> Compute:
    """Squared distances to the centres: the nearest class has the smallest output."""
    return lambda layer, x: (x.unsqueeze(-2) - layer.centres).square().sum(-1)


@operation("bilinear")
def bilinear(making: Making) -> Compute:
    """``a·W·b + c``."""
    return lambda layer, a, b: F.bilinear(a, b, layer.weight, bias_of(layer))


@operation("einsum")
def einsum(making: Making) -> Compute:
    """Einstein's sum; where shapes carry no batch, every operand gets one."""
    equation = making["equation"].replace(" ", "")
    if not making.batched:
        terms, _, result = equation.partition("->")
        equation = ",".join(f"...{term}" for term in terms.split(",")) + f"->...{result}"
    return lambda layer, *xs: torch.einsum(equation, *xs)


@operation("lora")
def lora(making: Making) -> Compute:
    """``α/r · B·A·x``."""
    rank, alpha, p = making["rank"], making["lora_alpha"], making["lora_dropout"]
    factor = 1.0 if alpha is None else alpha / rank

    def run(layer, x):  # type: ignore[no-untyped-def]
        x = F.dropout(x, p, layer.training) if p else x
        return F.linear(F.linear(x, layer.get("lora_A.weight")), layer.get("lora_B.weight")) * factor

    return run
