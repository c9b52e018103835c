"""Arithmetic that several families share: splitting a shape into batch, channels and space; windows; named sizes."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, Formula, as_formula, ceil, floor, group, product, symbol, total
from netledger.layers import products
from netledger.layers.products import AXES as AXES
from netledger.layers.products import shape_text as shape_text
from netledger.network import elements_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netledger.layers import Call
    from netledger.network import Dim, Shape

    Sizes = int | tuple[int, ...]
    Padding = int | tuple[int | tuple[int, int], ...] | str
    integer = int
    """An integer that may be negative: an index, a dimension counted from the end."""
    integers = tuple[int, ...]
    Dims = int | tuple[int, ...]
    """One dimension or several, counted from either end."""
    Scales = int | float | tuple[int | float, ...]
    """Factors that sizes are multiplied by."""
    OutputSizes = int | tuple[int | None, ...]
    """Sizes, ``None`` being a size that stays."""


def per_axis(value: Sizes, axes: int, what: str) -> tuple[int, ...]:
    """One value for each spatial dimension.

    >>> per_axis(3, 2, "kernel_size"), per_axis((3, 5), 2, "kernel_size")
    ((3, 3), (3, 5))
    """
    if isinstance(value, int):
        return (value,) * axes
    if len(value) == 1:
        return (value[0],) * axes
    if len(value) != axes:
        raise ShapeError(f"{what} needs {axes} value{'s' * (axes > 1)}, not {len(value)}")
    return tuple(value)


def positive(what: str, *values: int) -> None:
    """A ``ShapeError`` unless every value is at least 1."""
    for value in values:
        if value < 1:
            raise ShapeError(f"{what} must be at least 1, not {value}")


def split_spatial(call: Call, axes: int) -> tuple[tuple[Dim, ...], Dim, tuple[Dim, ...]]:
    """The first input's shape as (batch dimensions, channels, space); a rank that fits neither form is an error.

    Without a shape the sizes are Unknown: (), Unknown, (Unknown, …).
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return (), shape, (shape,) * axes
    if len(shape) not in (axes + 1, axes + 2):
        raise ShapeError(
            f"needs an input of channels and {axes} spatial dimension{'s' * (axes > 1)} "
            f"({axes + 1} sizes, or {axes + 2} with a batch), not {shape_text(shape)}"
        )
    return shape[: -axes - 1], shape[-axes - 1], shape[-axes:]


def agreed(what: str, stated: int | None, given: Dim) -> Dim:
    """A size that is stated, given by the input, or both: they must agree."""
    if stated is None:
        return given
    if isinstance(given, int) and given != stated:
        factors = "·".join([str(size) for size in given.factors]) + " = " if isinstance(given, Joined) else ""
        raise ShapeError(f"stated {what}={stated}, but the input has {factors}{given:,}")
    return stated


class Joined(int):
    """A size that remembers the sizes it was joined from, so that an error can name them: ``256·6·6 = 9,216``."""

    factors: tuple[int, ...]


def joined(sizes: Sequence[Dim]) -> Dim:
    """The product of several sizes, as :func:`flatten` makes it.

    >>> joined((256, 6, 6)), joined((256, 6, 6)).factors
    (9216, (256, 6, 6))
    """
    count = elements_of(sizes)
    if type(count) is not int or len(sizes) < 2:
        return count
    result = Joined(count)
    result.factors = tuple([size for size in sizes if isinstance(size, int)])
    return result


def paddings(padding: Padding, axes: int) -> tuple[tuple[int, int], ...] | str:
    """``(before, after)`` for each spatial dimension, or ``'same'``.

    >>> paddings(2, 2), paddings(((0, 1), (2, 3)), 2)
    (((2, 2), (2, 2)), ((0, 1), (2, 3)))
    """
    if isinstance(padding, str):
        return "same" if padding == "same" else ((0, 0),) * axes
    values = (padding,) * axes if isinstance(padding, int) else padding
    if len(values) == 1:
        values = values * axes
    if len(values) != axes:
        raise ShapeError(f"padding needs {axes} value{'s' * (axes > 1)}, not {len(values)}")
    return tuple([(p, p) if isinstance(p, int) else p for p in values])


def formula(product_: products.Product) -> Formula:
    """A product of named sizes as a formula.

    >>> formula(products.filters((5, 5), 96, 2, 256)).text(symbols=True)
    '(k_h*k_w)*(C_in/g)*C_out'
    """
    return product([_factor(factor) for factor in product_])


def _factor(factor: products.Factor) -> Formula:
    if isinstance(factor, int):
        return as_formula(factor)
    if not isinstance(factor[0], str):
        return group(formula(factor))
    if len(factor) == 4:
        return group(symbol(factor[0], factor[1]) / symbol(factor[2], factor[3]))
    return symbol(factor[0], factor[1])


def sum_up(several: Iterable[products.Product]) -> Formula:
    """The sum of several products.

    >>> sum_up(((("H", 12), ("d", 64)), (("H", 12), ("d_v", 64)))).text()
    '12*64 + 12*64'
    """
    terms = [formula(one) for one in several]
    return total(terms) if terms else ZERO


def window(
    name: str, size: Dim, kernel: int, stride: int, pad: tuple[int, int] | str, dilation: int = 1,
    *, round_up: bool = False, clipped: bool = False,
) -> Formula:  # fmt: skip
    """How many windows fit along one dimension, as the formula that :func:`products.window` works out."""
    written: Formula = products.window(
        size, kernel, stride, pad, dilation, round_up=round_up, clipped=clipped, length=symbol(name, size),
        down=lambda span, by: floor(group(span) / by),
        up=lambda span, by: ceil((span if pad == "same" else group(span)) / by),
    )  # fmt: skip
    return written


def axis_of(dim: int, shape: Sequence[Dim], what: str = "dim", *, one_more: bool = False) -> int:
    """A dimension counted from either end as an index; one that is not there is a ``ShapeError``.

    >>> axis_of(-1, (96, 55, 55))
    2
    """
    rank = len(shape) + one_more
    if not -rank <= dim < rank:
        raise ShapeError(f"{what}={dim} is not a dimension of {shape_text(tuple(shape))}")
    return dim % rank


def channel_axis(call: Call, shape: Sequence[Dim], dim: int | None = None) -> int:
    """``dim`` where it is given; else the channels' dimension: the first after the batch."""
    if dim is not None:
        return axis_of(dim, shape)
    axis = 1 if call.batched else 0
    if axis >= len(shape):
        raise ShapeError(f"needs an input with channels, not {shape_text(tuple(shape))}")
    return axis


def channels_of(call: Call, dim: int | None = None) -> Dim:
    """How many channels the first input has; Unknown without a shape."""
    shape = call.input
    return shape if isinstance(shape, Unknown) else shape[channel_axis(call, shape, dim)]


def replaced(shape: Sequence[Dim], axis: int, *sizes: Dim) -> tuple[Dim, ...]:
    """``shape`` with other sizes in place of one dimension.

    >>> replaced((96, 55, 55), 0, 48)
    (48, 55, 55)
    """
    return (*shape[:axis], *sizes, *shape[axis + 1 :])


def divided(size: Dim, by: int, what: str, parts: str = "groups") -> Dim:
    """``size`` split into ``by`` equal parts; a remainder is a ``ShapeError``.

    >>> divided(96, 2, "channels")
    48
    """
    positive(parts, by)
    if isinstance(size, Unknown):
        return size
    if size % by:
        raise ShapeError(f"{size:,} {what} do not divide into {by:,} {parts}")
    return size // by


def leading(shape: Shape) -> tuple[Dim, ...]:
    """The sizes before the last, for each of which a layer on the last dimension is applied again."""
    return (shape,) if isinstance(shape, Unknown) else shape[:-1]


def repeats(shape: Shape) -> list[Formula]:
    """Factors that count how often a layer on the last dimension is applied: the sizes before it that are not 1."""
    return [formula((factor,)) for factor in products.repeats("N", leading(shape))]


def dim_of(formula: Formula) -> Dim:
    """The value of a size's formula as a dimension."""
    return formula.count
