"""Padding that PyTorch's operators do not take: one-sided, rounded up, TensorFlow's SAME."""

from __future__ import annotations

from netledger.layers.sizes import paddings, per_axis

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.layers.sizes import Padding, Sizes


class Padded:
    """How windows of one operator lie on its input, for each spatial dimension."""

    def __init__(
        self, axes: int, kernel: Sizes, stride: Sizes, padding: Padding, dilation: Sizes, ceil_mode: bool, drop: bool
    ) -> None:
        self.kernel = per_axis(kernel, axes, "kernel_size")
        self.stride = per_axis(stride, axes, "stride")
        self.dilation = per_axis(dilation, axes, "dilation")
        self.pads = paddings(padding, axes)
        self.ceil_mode = ceil_mode
        self.drop = drop

    @property
    def symmetric(self) -> tuple[int, ...] | None:
        """The padding as PyTorch takes it: one number a dimension; ``None`` where it is something else."""
        if isinstance(self.pads, str) or any(before != after for before, after in self.pads):
            return None
        return tuple(before for before, _ in self.pads)

    def around(self, sizes: Sequence[int]) -> list[tuple[int, int]]:
        """What must be put before and after each dimension so that rounding down gives the described windows.

        >>> Padded(2, 11, 4, 0, 1, ceil_mode=True, drop=False).around((224, 224))
        [(0, 3), (0, 3)]
        >>> Padded(1, 11, 4, "same", 1, ceil_mode=False, drop=False).around((224,))
        [(3, 4)]
        """
        return [self._around(i, int(size)) for i, size in enumerate(sizes)]

    def _around(self, i: int, size: int) -> tuple[int, int]:
        stride, reach = self.stride[i], self.dilation[i] * (self.kernel[i] - 1) + 1
        if isinstance(self.pads, str):
            missing = max((-(-size // stride) - 1) * stride + reach - size, 0)
            return missing // 2, missing - missing // 2
        before, after = self.pads[i]
        if not self.ceil_mode:
            return before, after
        count = -(-(size + before + after - reach) // stride) + 1
        if self.drop and (count - 1) * stride >= size + before:
            count -= 1
        return before, max((count - 1) * stride + reach - size - before, 0)


def flat(pads: Sequence[tuple[int, int]]) -> list[int]:
    """Pairs in the order of ``torch.nn.functional.pad``: last dimension first.

    >>> flat([(1, 2), (3, 4)])
    [3, 4, 1, 2]
    """
    return [size for pair in reversed(list(pads)) for size in pair]
