"""Numbers that no training arrives at: masks, waves, straight lines, grids, what images are scaled by.

Files that keep a network's constants do not say which of them were trained; these were worked out and put there.
"""

from __future__ import annotations

from math import cos, inf, tau

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def is_worked_out(values: Sequence[float], dims: Sequence[int]) -> bool:
    """Whether the first values of a tensor of that shape, row after row, show that nobody trained it.

    >>> is_worked_out([0.0, -1e9, 0.0, 0.0], (2, 2)), is_worked_out([0.2, -1.3, 0.4, 0.7], (2, 2))
    (True, False)
    """
    return _masks(values) or _is_of_images(values) or _is_drawn(values, dims)


def is_grid(values: Sequence[float], dims: Sequence[int]) -> bool:
    """Whether all are whole and half numbers, and several: coordinates, anchors, strides.

    >>> is_grid([0.5, 1.5, 2.5, 3.5], (4,)), is_grid([1.0, 1.0, 1.0, 1.0], (4,))
    (True, False)
    """
    if any(value * 2 % 1 for value in values):
        return False
    return len(set(values)) > (1 if sum([size > 1 for size in dims]) > 1 else 2)


def _masks(values: Sequence[float]) -> bool:
    """0 and -∞ (or another great negative number) alone."""
    return min(values) <= -1e4 and all(value == 0 or value <= -1e4 for value in values)


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

FEWEST = 6
"""Values of a line at least: fewer may lie on a wave by chance."""
_MOST_LINES, MOST_OF_A_LINE = 64, 64


def _is_drawn(values: Sequence[float], dims: Sequence[int]) -> bool:
    """Whether along one dimension each line is a wave, a straight line or a geometric series, or all are 0 and 1."""
    lines = list(_rows(values, dims))
    if sum([size > 1 for size in dims]) > 1 and set(values) == {0.0, 1.0}:
        return True
    return any(all(map(recurs, line)) and any(one[0] != one[1] for one in line) for line in lines)


def _rows(values: Sequence[float], dims: Sequence[int]) -> Iterator[list[Sequence[float]]]:
    """For each dimension that is long enough, lines along it from all over the values that are there."""
    inner = 1
    for size in reversed(dims):
        there = len(values) // inner
        length = min(size, there)
        if length >= FEWEST:
            outer = max(there // size, 1)
            starts = [at * size * inner + inside for at in range(outer) for inside in range(inner)]
            step = -(-len(starts) // _MOST_LINES)
            most = min(length, MOST_OF_A_LINE)
            yield [values[start : start + (most - 1) * inner + 1 : inner] for start in starts[::step]]
        inner *= size


def is_fourier(values: Sequence[float], rows: int, width: int) -> bool:
    """Whether the first values of ``rows × width`` are a discrete Fourier transform's rows, under any window.

    ``w[n]·cos(2πkn/N)`` and its sines, of one sort or the ones behind the others: in each half and column ``n`` is
    ``x[k+1] + x[k-1] = 2·cos(2πn/N)·x[k]``, which nothing that was trained keeps to.

    >>> whole = [cos(tau * k * n / 32) for k in range(17) for n in range(32)]
    >>> is_fourier(whole, 17, 32), is_fourier([*whole[:300], 0.3, *whole[301:]], 17, 32)
    (True, False)
    """
    there, joint = len(values) // width if width else 0, rows // 2
    near = 2e-3 * max(map(abs, values), default=0)
    if min(there, width) < _LEAST_TRANSFORMED or not 0 < near < inf:
        return False
    turns = [2 * cos(tau * n / width) for n in range(width)]
    for at in range(width, (there - 1) * width, width):
        if at // width not in (joint - 1, joint):
            before, one, after = [values[at + by : at + by + width] for by in (-width, 0, width)]
            if any(abs(a + b - k * x) > near for a, b, k, x in zip(after, before, turns, one, strict=True)):
                return False
    return True


_LEAST_TRANSFORMED = 8
"""Rows and columns of a transform at least."""


def recurs(line: Sequence[float]) -> bool:
    """``x[n+1] + x[n-1] = k·x[n]``: sin, cos and straight lines; or ``x[n+1] = k·x[n]``.

    >>> recurs([0, 0.5, 1, 1.5, 2, 2.5]), recurs([1, 0, -1, 0, 1, 0]), recurs([1, 2, 4, 8, 16, 32])
    (True, True, True)
    >>> recurs([0.1, -0.4, 0.3, 0.2, -0.6, 0.5])
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
