"""Products of bitsandbytes: activations with int8 or 4-bit weights stored as (out, in)."""

from __future__ import annotations

from netledger.sources.pytorch.rules.contraction import Contraction, Seen, repeats, term
from netledger.sources.pytorch.rules.operations import counts


def _product(seen: Seen, weight: tuple[int, ...]) -> Contraction:
    x = seen.shape(0)
    factors = (*repeats("N", x[:-1]), ("C_in", weight[-1]), ("C_out", weight[0]))
    return Contraction("linear", (term(seen.grad(0), False, *factors),), (x, weight))


@counts("bitsandbytes::int8_linear_matmul", "bitsandbytes::int8_scaled_mm")
def int8(seen: Seen) -> Contraction:
    """``A·Bᵀ`` of int8 matrices."""
    return _product(seen, seen.shape(1))


@counts("bitsandbytes::int8_mixed_scaled_mm")
def int8_mixed(seen: Seen) -> Contraction:
    """The same where outliers are kept apart: ``(A, CA, CB, …)``, each column multiplied in one of two types."""
    return _product(seen, seen.shape(2))


@counts("bitsandbytes::gemv_4bit")
def four_bit(seen: Seen) -> Contraction:
    """One row with a 4-bit matrix, whose shape is an argument: ``(A, B, shapeB, …)``."""
    return _product(seen, tuple(map(int, seen.arg(2, "shapeB"))))
