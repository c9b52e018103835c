"""Numbers that follow from others of the same file: what a converter worked out ahead, so that no run has to.

A distance to centres is ``|x|² - 2·x·c + |c|²``, and a file has the last term beside the centres; a normal
distribution's logarithm ends with ``-½·Σ log(2π·σ²)``, and a file has that beside the variances. Such numbers stand in
a sum, and every one of them is compared, to the precision in which it is kept.
"""

from __future__ import annotations

from math import fsum, inf, log, prod, tau

from netledger.sources.onnx.stored.untrained import LOOKED_AT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netledger.sources.onnx.schema import Graph
    from netledger.sources.onnx.tensors import StoredTensor

_BODIES = frozenset(("If", "Loop", "Scan", "SequenceMap"))
_ADDING = frozenset(("Add", "Sub", "Sum"))
_REDUCING = frozenset(("ReduceSumSquare", "ReduceSum", "ReduceLogSumExp", "ArgMin", "ArgMax"))
"""Distances and likelihoods are summed and compared; a graph without any of these has none."""
_PAIRS, _PLACES = 4_096, 1 << 20
"""Pairs of tensors that are compared in one graph, and values that are read for it."""
_NEAR = 4e-6
"""Of the terms' sizes: what a sum in float32 loses."""
_SUMS: dict[str, Callable[[float], float]] = {
    "squares of": lambda x: x * x,
    "logarithms of": lambda x: log(x) if x > 0 else inf,
    "logarithms of 2π times": lambda x: log(tau * x) if x > 0 else inf,
}
_SAID: dict[float, str] = {
    1: "the sums of",
    -1: "minus the sums of",
    0.5: "half the sums of",
    -0.5: "minus half the sums of",
}


def derived(graph: Graph, stored: Sequence[StoredTensor]) -> list[tuple[StoredTensor, str]]:
    """Those of a graph's own tensors that only sums read and that others of them give, and what they are.

    They are numbers in the code from here on.
    """
    real = [tensor for tensor in stored if tensor.dtype in ("float32", "float64") and tensor.elements > 1]
    if not real or not any(node.op in _REDUCING for node in graph.nodes):
        return []
    asked = _only_added(graph, real)
    found: list[tuple[StoredTensor, str]] = []
    pairs, places = _PAIRS, _PLACES
    for tensor in asked:
        values = tensor.first(LOOKED_AT) if tensor.elements <= LOOKED_AT else None
        if not values or len({value for value in values if value % 1}) < 2:
            continue  # masks, fillings and counts are each other's squares and logarithms
        for other in real:
            if other is tensor or not _has_rows(other, len(values)) or other.elements > places or not pairs:
                continue
            pairs -= 1
            places -= other.elements
            told = _follows(values, other.first(other.elements) or ())
            if told:
                tensor.made = "code"
                found.append((tensor, f"{told} '{other.name[:60]}'"))
                break
    return found


def _only_added(graph: Graph, real: list[StoredTensor]) -> list[StoredTensor]:
    if any(node.op in _BODIES for node in graph.nodes):
        return []
    added, elsewhere = set[str](), {info.name for info in graph.outputs}
    for node in graph.nodes:
        (added if node.op in _ADDING else elsewhere).update(node.inputs)
    return [tensor for tensor in real if tensor.name in added - elsewhere and max(tensor.dims) == tensor.elements]


def _has_rows(tensor: StoredTensor, rows: int) -> bool:
    return tensor.elements == rows or rows in (prod(tensor.dims[:-1]), tensor.dims[-1])


def _follows(values: Sequence[float], others: Sequence[float]) -> str:
    """What of the rows, or of the columns, of others the values are, in words; nothing where they are something else.

    >>> _follows((0.25, 6.5), (0.3, 0.4, 0.5, 2.5)), _follows((0.25, 6.6), (0.3, 0.4, 0.5, 2.5))
    ('the sums of squares of', '')
    """
    count, width = len(values), len(others) // len(values)
    rows = [others[at * width : (at + 1) * width] for at in range(count)]
    for lines in (rows, [others[at::count] for at in range(count)]):
        for name, of in _SUMS.items():
            by = _factor(values, lines, of) if width else 0
            if by:
                return f"{_SAID[by]} {name}"
    return ""


def _factor(values: Sequence[float], lines: list[Sequence[float]], of: Callable[[float], float]) -> float:
    """By which factor every value is the sum over its line; 0 where by none."""
    left = tuple(_SAID)
    for value, line in zip(values, lines, strict=True):
        terms = [of(x) for x in line]
        size = fsum(map(abs, terms))
        if not 0 < size < inf:
            return 0
        left = tuple([by for by in left if abs(value - by * fsum(terms)) <= _NEAR * abs(by) * size])
        if not left:
            return 0
    return left[0]
