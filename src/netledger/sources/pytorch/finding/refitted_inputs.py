"""An input that a model refused, with the size that it refused replaced by the one that it asked for.

What it asked for is read off the layer that failed (how wide its input must be), or off the model's own words.
"""

from __future__ import annotations

from math import prod

from netledger.sources.pytorch.inputs import Given, Spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from netledger.sources.pytorch.tracing.call_tree import Frame

    Swap = tuple[int, int]


def refitted(given: Given, frame: Frame | None, why: str) -> Iterator[Given]:
    """``given`` with another size, for each reason that ``frame``, the call that failed, or its message give.

    What has been refitted ``MOST`` times is left alone: each size could ask for the next.
    """
    if sum([_REPLACED in sentence for sentence in given.assumed]) >= MOST:
        return
    swaps = [*_by_layer(given, frame), *_larger(given, why), *[swap for read in _READINGS for swap in read(why)]]
    for old, new in dict.fromkeys(swaps):
        holders = [name for name, spec in _specs(given) if old in spec.shape[1:]]
        for names in dict.fromkeys([tuple(holders), *[(name,) for name in holders]]):
            if names and new > 0 and new != old:
                yield _swapped(given, old, new, names)


MOST = 2
_REPLACED = "as the model asks"


def _specs(given: Given) -> Iterator[tuple[int | str, Spec]]:
    """The specified inputs, by position or name."""
    by_place: list[tuple[int | str, Any]] = [*enumerate(given.args), *given.kwargs.items()]
    for name, value in by_place:
        if isinstance(value, Spec):
            yield name, value


def _swapped(given: Given, old: int, new: int, names: tuple[int | str, ...]) -> Given:
    """Every size ``old`` of some inputs, but the batch, as ``new``."""

    def fitted(name: int | str, spec: Any) -> Any:
        if name not in names:
            return spec
        return spec.replace(shape=(spec.shape[0], *[new if size == old else size for size in spec.shape[1:]]))

    args = tuple([fitted(i, value) for i, value in enumerate(given.args)])
    kwargs = {name: fitted(name, value) for name, value in given.kwargs.items()}
    return Given(args, kwargs, (*given.assumed, f"{old} replaced by {new}, {_REPLACED}"))


# ---------------------------------------------------------------------- by the layer that failed

_WIDTHS: dict[str, Callable[[Any], tuple[int, int]]] = {
    "Linear": lambda module: (module.in_features, -1),
    "LayerNorm": lambda module: (module.normalized_shape[-1], -1),
    "RNNBase": lambda module: (module.input_size, -1),
    "_ConvNd": lambda module: (module.in_channels, -1 - len(module.kernel_size)),
}
"""Class of a layer → how wide its input must be, and in which dimension."""


def _by_layer(given: Given, frame: Frame | None) -> list[Swap]:
    """The width that the layer has, in the place of the one that it got; in proportion where layers lie between."""
    if frame is None or frame.module is None or not frame.inputs:
        return []
    width = next((_WIDTHS[base.__name__] for base in type(frame.module).__mro__ if base.__name__ in _WIDTHS), None)
    if width is None:
        return []
    wanted, axis = width(frame.module)
    shape = frame.inputs[0]
    if len(shape) < -axis or shape[axis] in (wanted, 0):
        return []
    got = shape[axis]
    found = [(got, wanted)]
    for spec in (*given.args, *given.kwargs.values()) if axis == -1 else ():
        if isinstance(spec, Spec) and len(spec.shape) == 3 and not spec.shape[-1] * wanted % got:
            found.append((spec.shape[-1], spec.shape[-1] * wanted // got))
    return found


# ---------------------------------------------------------------------- by what the model says

_TOO_SHORT = ("be greater than actual input size", "k not in range", "index k out of range")


def _larger(given: Given, why: str) -> list[Swap]:
    """Too little is left of an input somewhere in the model: an image of twice the sides, a signal eight times as long.

    >>> _larger(Given((Spec("", (1, 1, 16000)),)), "Kernel size can't be greater than actual input size")
    [(16000, 128000)]
    """
    if not any(words in why for words in _TOO_SHORT):
        return []
    found = [max(spec.shape[1:]) for _, spec in _specs(given) if len(spec.shape) > 2]
    images = any(len(spec.shape) > 3 for _, spec in _specs(given))
    return [(size, size * (2 if images else 8)) for size in found[:1]]


def numbers_in(text: str) -> list[int]:
    """The whole numbers in a text, in order.

    >>> numbers_in("length 16000 is no multiple of `n * 2` (1920)")
    [16000, 2, 1920]
    """
    words = "".join([letter if letter.isdigit() else " " for letter in text]).split()
    return [int(word) for word in words if len(word) < 8]


def _multiples(why: str) -> list[Swap]:
    """A length that must be a multiple of another number.

    >>> _multiples("input length 16000 is not a multiple of 1920. Pad it")
    [(16000, 17280)]
    >>> _multiples("expected a multiple of `n` (100), but got 512")
    [(512, 600)]
    """
    before, found, after = why.partition("multiple of")
    if not found:
        return []
    said, _, got = after.partition("but got")
    lengths, steps = numbers_in(got) or numbers_in(before), numbers_in(said.partition(".")[0])
    return [(length, -(-length // steps[-1]) * steps[-1]) for length in lengths[-1:] if steps and steps[-1]]


def _of_the_model(why: str) -> list[Swap]:
    """A side that is not the model's.

    >>> _of_the_model("Input height (224) doesn't match model (336).")
    [(224, 336)]

    Where several inputs are laid side by side, each is a part of it.

    >>> _of_the_model("Input image size (1792*448) doesn't match model (896*448)")
    [(448, 448), (896, 448)]
    """
    before, found, after = why.partition("match model")
    if not found:
        return []
    got, wanted = numbers_in(before)[-2:], numbers_in(after)[:2]
    parts = [(size, size * size // whole) for whole, size in zip(got, wanted, strict=False) if whole > size]
    return [*list(zip(got[-1:], wanted[:1] if len(got) < 2 else wanted[-1:], strict=False)), *parts]


def _too_small(why: str) -> list[Swap]:
    """A side that is too small: four times as large.

    >>> _too_small("Image size 384x384 is too small to be scaled")
    [(384, 1536)]
    """
    before, found, _ = why.partition("is too small")
    return [(size, 4 * size) for size in dict.fromkeys(numbers_in(before)[-2:])] if found else []


def _not_broadcast(why: str) -> list[Swap]:
    """A width that does not go with what is added to it.

    >>> _not_broadcast("broadcast a dimension of length 560 at -1! One had [512, 560], should be [1, 512, 80]")
    [(80, 560)]
    """
    return _broadcast(why, -1)


def _as_long(why: str) -> list[Swap]:
    """As many tokens as there is sound for.

    >>> _as_long("broadcast a dimension of length 16 at -2! One had [1, 16, 30], should be [1, 128, 30]")
    [(128, 16)]
    """
    return _broadcast(why, -2)


def _broadcast(why: str, place: int) -> list[Swap]:
    """The length at a place, counted from the end, that does not go with the shape expected there."""
    _, found, after = why.partition("a dimension of length ")
    length, _, shapes = after.partition(f" at {place}")
    expected = numbers_in(shapes.rpartition("[")[2])
    return [(expected[place], int(length))] if found and length.isdigit() and len(expected) > 2 else []


def _split(why: str) -> list[Swap]:
    """As many pieces as the model splits its input into.

    >>> _split("expects split_sizes to sum exactly to 1 (input tensor's size at dimension 0), but got split_sizes=[3]")
    [(1, 3)]
    """
    _, found, after = why.partition("sum exactly to ")
    size, _, pieces = after.partition("split_sizes=")
    return [(numbers_in(size)[0], sum(numbers_in(pieces)))] if found and numbers_in(size) else []


def _side_by_side(why: str) -> list[Swap]:
    """As long as what it is laid beside.

    >>> _side_by_side("Sizes must match except in dimension 1. Expected 512 in dimension 2 but got 50 for tensor")
    [(512, 50), (50, 512)]
    """
    _, found, after = why.partition("must match except in dimension")
    numbers = numbers_in(after)
    return [(numbers[1], numbers[3]), (numbers[3], numbers[1])] if found and len(numbers) > 3 else []


def _as_many(why: str) -> list[Swap]:
    """One of something, where a shape counts on several and has the values of one.

    >>> _as_many("shape '[1, 65536, 2048]' is invalid for input of size 524288")
    [(256, 1)]
    """
    shape, found, size = why.partition("is invalid for input of size")
    wanted, there = numbers_in(shape.rpartition("shape")[2]), numbers_in(size)
    if not found or not there or not there[0] or prod(wanted) % there[0] or "-1" in shape:
        return []
    return [(prod(wanted) // there[0], 1)]


_READINGS = (_multiples, _of_the_model, _too_small, _not_broadcast, _as_long, _split, _side_by_side, _as_many)
