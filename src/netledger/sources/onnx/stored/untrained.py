"""Stored numbers that nobody trained, told from their names and from a look at their first values.

Exporters write a model's buffers and what it works out in its code (masks, tables of positions, grids, what images are
scaled by) as they write weights. No training arrives at numbers like these: a mask of 0 and -∞, a wave or a straight
line down every column, a geometric series, the published means of ImageNet.
"""

from __future__ import annotations

from math import inf

from netledger.sources.tensors.roles import role_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netledger.sources.onnx.tensors import StoredTensor

LOOKED_AT = 65_536
"""So many of a tensor's values are looked at."""
_FIRST_LOOK = 2_048
"""So many where they are all the same."""
COMBINING = frozenset("Add Sub Mul Div Sum Concat Mean Neg Where".split())
"""Operators beside which worked-out numbers stand."""
NORMALISING = frozenset("InstanceNormalization LayerNormalization BatchNormalization GroupNormalization".split())
_MULTIPLYING = frozenset("MatMul Gemm".split())


def generated(name: str) -> bool:
    """Whether a tensor's name was made up by an exporter for a number in the code.

    >>> [generated(name) for name in ("/model.22/Constant_output_0", "onnx::Mul_12", "val_68", "layer.gamma", "val_w")]
    [True, True, True, False, False]
    """
    if any(word in name for word in _WORDS) or not name.strip("_/0123456789"):
        return True
    return name.startswith(_NUMBERED) and not name.rpartition("_")[2].strip("0123456789")


_WORDS = ("::", "onstant", "const_", "_output_0")
"""Parts of such a name. ``/attn/Sqrt_output_0`` is what a node put out that was worked out and left away."""
_NUMBERED = ("val_", "lifted_tensor_", "scalar_tensor_default")
"""How torch.export and the exporter built on it begin the names of numbers in the code."""


def in_traced_code(name: str) -> bool:
    """Whether PyTorch's tracing exporter named a number in the code so: parameters and buffers have their own names.

    >>> in_traced_code("/model.22/Constant_12_output_0"), in_traced_code("onnx::MatMul_12")
    (True, False)
    """
    head, _, end = name.rpartition("/")
    return not end.removeprefix("Constant").removesuffix("_output_0").strip("_0123456789") and head != name != end


def is_looked_at(key: str, tensor: StoredTensor) -> bool:
    """Whether :func:`is_untrained` depends on more than the tensor's name, sizes and type."""
    if tensor.elements < 2 or "float" not in tensor.dtype or tensor.name.endswith(_NAMED):
        return False
    told = tensor.made == "Constant" or generated(tensor.name)
    wide = sum([size > 1 for size in tensor.dims])
    if key in NORMALISING:
        return told
    if key in _MULTIPLYING:
        return wide == 1 if told else True
    return key in COMBINING and (told or wide > 1 or tensor.elements == 3)


_NAMED = (".weight", ".bias", ".kernel", "_weight", "_bias", "/kernel", "/bias", "_quantized")


def is_untrained(key: str, index: int, tensor: StoredTensor) -> bool:
    """Whether input ``index`` of an operator holds numbers that were put there and never trained."""
    if tensor.elements < 2 or "float" not in tensor.dtype:
        return False
    if is_buffer(tensor.name, tensor.dtype, tensor.dims):
        return True
    if not is_looked_at(key, tensor) or not _is_worth_a_look(tensor):
        return False
    values = tensor.first(_FIRST_LOOK)
    if values and len(set(values)) > 1:
        values = tensor.first(LOOKED_AT)
    if not values:
        return False
    if key in NORMALISING:
        return set(values) == ({1.0} if index == 1 else {0.0})
    return _is_mask(values, tensor) or _is_of_images(values) or _is_drawn(values, tensor.dims)


def _is_worth_a_look(tensor: StoredTensor) -> bool:
    """Whether the first row lets it be such a table; a weight's says no, and nothing else of it is read."""
    width = tensor.dims[-1]
    row = tensor.first(min(width, _MOST_OF_A_LINE))
    if not row:
        return False
    return width < _FEWEST or all(value in (0, 1) or value <= -1e4 for value in row) or _recurs(row)


def is_buffer(name: str, dtype: str, shape: tuple[int, ...]) -> bool:
    """Whether its name is a buffer's, or that of a function that fills a tensor.

    >>> [is_buffer(name, "float32", (1, 8)) for name in ("zeros_2", "norm.running_mean", "norm.weight", "zeros.weight")]
    [True, True, False, False]
    """
    if "/" in name or ":" in name:
        return False
    if "." not in name and name.rstrip("0123456789").removesuffix("_") in _FILLED:
        return True
    return role_of(name, dtype, shape) in ("buffer", "running_statistic")


_FILLED = frozenset(
    "zeros ones full triu tril arange linspace eye zeros_like ones_like full_like new_zeros new_ones new_full".split()
)
"""torch.export names a tensor by the operator that made it."""


def _is_mask(values: Sequence[float], tensor: StoredTensor) -> bool:
    """0 and -∞ (or another great negative number) alone; a square of 0 where nothing is masked."""
    told = set(values)
    if told == {0.0}:
        *leading, rows, columns = (1, *tensor.dims)
        return generated(tensor.name) and rows == columns > 1 and max(leading) == 1 < len(leading)
    return min(told) <= -1e4 and all(value == 0 or value <= -1e4 for value in told)


def _is_of_images(values: Sequence[float]) -> bool:
    """What is subtracted from the three colours of an image, what divides them, or grey as their sum."""
    return len(values) == 3 and any(
        all(abs(value - told) < 1e-3 * abs(told) for value, told in zip(values, known, strict=True))
        for one in _OF_IMAGES
        for known in (one, [255 * told for told in one], [1 / told for told in one])
    )


_OF_IMAGES = (
    (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), (0.406, 0.456, 0.485), (0.225, 0.224, 0.229),
    (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711), (0.5, 0.5, 0.5),
    (0.299, 0.587, 0.114), (0.2126, 0.7152, 0.0722), (0.2989, 0.587, 0.114),
)  # fmt: skip
"""Means and deviations of ImageNet in either order and of CLIP, 0.5 each, and ITU-R BT.601's and 709's brightness."""

_FEWEST = 6
"""Values of a line at least: fewer may lie on a wave by chance."""
_MOST_LINES, _MOST_OF_A_LINE = 64, 64


def _is_drawn(values: Sequence[float], dims: Sequence[int]) -> bool:
    """Whether along one dimension each line is a wave, a straight line or a geometric series, or all are 0 and 1."""
    lines = list(_rows(values, dims))
    if sum([size > 1 for size in dims]) > 1 and set(values) == {0.0, 1.0}:
        return True
    return any(all(map(_recurs, line)) and any(one[0] != one[1] for one in line) for line in lines)


def _rows(values: Sequence[float], dims: Sequence[int]) -> Iterator[list[Sequence[float]]]:
    """For each dimension that is long enough, lines along it from all over the values that are there."""
    inner = 1
    for size in reversed(dims):
        there = len(values) // inner
        length = min(size, there)
        if length >= _FEWEST:
            outer = max(there // size, 1)
            starts = [at * size * inner + inside for at in range(outer) for inside in range(inner)]
            step = -(-len(starts) // _MOST_LINES)
            most = min(length, _MOST_OF_A_LINE)
            yield [values[start : start + (most - 1) * inner + 1 : inner] for start in starts[::step]]
        inner *= size


def _recurs(line: Sequence[float]) -> bool:
    """``x[n+1] + x[n-1] = k·x[n]``: sin, cos and straight lines; or ``x[n+1] = k·x[n]``.

    >>> _recurs([0, 0.5, 1, 1.5, 2, 2.5]), _recurs([1, 0, -1, 0, 1, 0]), _recurs([1, 2, 4, 8, 16, 32])
    (True, True, True)
    >>> _recurs([0.1, -0.4, 0.3, 0.2, -0.6, 0.5])
    False
    """
    largest = max(map(abs, line))
    if largest == 0 or largest == inf:
        return largest == 0
    middle, near = line[1:-1], 2e-3 * largest
    sums = [after + before for before, after in zip(line, line[2:], strict=False)]
    k = _fitted(middle, sums)
    if abs(k) <= 2.001 and all(abs(both - k * one) <= near for one, both in zip(middle, sums, strict=True)):
        return True
    first, k = line[:-1], _fitted(line[:-1], line[1:])
    return all(abs(after - k * one) <= 1e-3 * abs(after) for one, after in zip(first, line[1:], strict=True))


def _fitted(given: Sequence[float], wanted: Sequence[float]) -> float:
    """The factor nearest to taking ``given`` to ``wanted``."""
    squares = sum([one * one for one in given])
    return sum([one * other for one, other in zip(given, wanted, strict=True)]) / squares if squares else 0.0
