"""Solvers and factorisations: no contraction by the ledger's convention; their usual operation counts are named.

The counts are the leading terms for real matrices of Golub & Van Loan, *Matrix Computations* (4th ed., 2013), and of
Higham's scaling and squaring for the exponential; a complex matrix costs four times as many.
"""

from __future__ import annotations

from netledger.layers import products
from netledger.sources.pytorch.rules.contraction import Contraction, Seen, product
from netledger.sources.pytorch.rules.operations import counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Cost = Callable[[int, int, int], int]


def _wide(m: int, n: int) -> tuple[int, int]:
    return max(m, n), min(m, n)


def _svd(m: int, n: int, k: int) -> int:
    large, small = _wide(m, n)
    return 4 * large**2 * small + 8 * large * small**2 + 9 * small**3


def _qr(m: int, n: int, k: int) -> int:
    large, small = _wide(m, n)
    return 4 * (large**2 * small - large * small**2) + 4 * small**3 // 3


COSTS: dict[str, Cost] = {
    "linalg_cholesky_ex": lambda m, n, k: n**3 // 3,
    "linalg_cholesky": lambda m, n, k: n**3 // 3,
    "cholesky": lambda m, n, k: n**3 // 3,
    "cholesky_inverse": lambda m, n, k: 2 * n**3 // 3,
    "cholesky_solve": lambda m, n, k: 2 * n**2 * k,
    "linalg_solve_triangular": lambda m, n, k: n**2 * k,
    "triangular_solve": lambda m, n, k: n**2 * k,
    "_linalg_solve_ex": lambda m, n, k: 2 * n**3 // 3 + 2 * n**2 * k,
    "linalg_lu_solve": lambda m, n, k: 2 * n**2 * k,
    "lu_solve": lambda m, n, k: 2 * n**2 * k,
    "linalg_lu": lambda m, n, k: 2 * n**3 // 3,
    "linalg_lu_factor_ex": lambda m, n, k: 2 * n**3 // 3,
    "linalg_inv_ex": lambda m, n, k: 2 * n**3,
    "inverse": lambda m, n, k: 2 * n**3,
    "_linalg_det": lambda m, n, k: 2 * n**3 // 3,
    "_linalg_slogdet": lambda m, n, k: 2 * n**3 // 3,
    "_linalg_eigh": lambda m, n, k: 9 * n**3,
    "linalg_eig": lambda m, n, k: 25 * n**3,
    "linalg_eigvals": lambda m, n, k: 10 * n**3,
    "_linalg_eigvals": lambda m, n, k: 10 * n**3,
    "_linalg_svd": _svd,
    "linalg_pinv": lambda m, n, k: _svd(m, n, k) + 2 * m * n * min(m, n),
    "linalg_qr": _qr,
    "geqrf": _qr,
    "linalg_householder_product": _qr,
    "linalg_lstsq": lambda m, n, k: 2 * m * n**2 - 2 * n**3 // 3 + 4 * m * n * k,
    "linalg_matrix_exp": lambda m, n, k: 15 * n**3,
    "linalg_ldl_factor_ex": lambda m, n, k: n**3 // 3,
    "linalg_ldl_solve": lambda m, n, k: 2 * n**2 * k,
}
"""Name → operations for a matrix of ``m`` × ``n`` and ``k`` right-hand sides."""
SOLVERS = frozenset([name.strip("_") for name in COSTS]) | {"ormqr"}
"""Kinds whose backward pass multiplies matrices, as many and as large as PyTorch's formula for each has them."""
_RIGHT_FIRST = ("cholesky_solve", "triangular_solve", "lu_solve")


def factorised(name: str, a: tuple[int, ...], b: tuple[int, ...] | None) -> int:
    """Operations of a batch.

    >>> factorised("linalg_cholesky_ex", (2, 30, 30), None), factorised("linalg_solve_triangular", (4, 4), (4, 2))
    (18000, 32)
    """
    columns = 1 if b is None or len(b) < len(a) else b[-1]
    return product(a[:-2]) * COSTS[name](a[-2], a[-1], columns)


@counts(*COSTS)
def linear_algebra(seen: Seen) -> Contraction:
    """A solver or a factorisation."""
    shapes = [tuple(value.shape) for value in seen.args[:2] if hasattr(value, "shape")]
    if seen.name in _RIGHT_FIRST:
        shapes.reverse()
    name = seen.name if seen.name in COSTS else f"_{seen.name}"
    count = factorised(name, shapes[0], shapes[1] if len(shapes) > 1 else None)
    return Contraction(seen.name.strip("_"), (), tuple(shapes), {"operations": count})


@counts("ormqr")
def reflected(seen: Seen) -> Contraction:
    """A matrix times the reflectors of a QR factorisation: a product and a rank-one update for each (§5.1.6)."""
    a, other = seen.shape(0), seen.shape(2)
    m, reflectors = a[-2], seen.shape(1)[-1]
    columns = product(other) // max(m, 1)
    count = (4 * m * reflectors - 2 * reflectors**2) * columns
    return Contraction(seen.name, (), (a, other), {"operations": count})


@counts("cdist", "_cdist_forward", "_euclidean_dist", "pdist", "_pdist_forward")
def distances(seen: Seen) -> Contraction:
    """Distances between all rows: a difference, a power and a sum for each value of each pair."""
    a = seen.shape(0)
    shapes: tuple[tuple[int, ...], ...] = (a,)
    if "pdist" in seen.name:
        pairs, width = a[0] * (a[0] - 1) // 2, a[1]
    else:
        b = seen.shape(1)
        batch = product(products.broadcast(a[:-2], b[:-2]))
        pairs, width, shapes = batch * a[-2] * b[-2], a[-1], (a, b)
    return Contraction(seen.name.strip("_"), (), shapes, {"operations": 3 * pairs * width})
