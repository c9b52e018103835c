"""What every packed layout's reader needs: sizes that are known, a logical count set, what tensors are called."""

from __future__ import annotations

from netledger.network import elements_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.network import Tensor

    Held = dict[str, Tensor]
    Config = Mapping[str, Any]
    Recogniser = Callable[[str, Held, list[str], Config], str | None]


def sizes(tensor: Tensor | None, rank: int) -> tuple[int, ...] | None:
    """A tensor's shape if it has that rank and every size is known and not zero."""
    if tensor is None or len(tensor.shape) != rank:
        return None
    known = tuple([size for size in tensor.shape if isinstance(size, int) and size])
    return known if len(known) == rank else None


def hold(held: Held, key: str, elements: int | Unknown, role: str = "weight") -> None:
    """Say how many logical values the tensor stands for; its bytes stay those that are stored."""
    held[key] = held[key].replace(elements=elements, role=role, nbytes=held[key].bytes)


def pack(held: Held, *keys: str) -> None:
    """Tensors that belong to the packing: nothing but a way to write the weight beside them."""
    for key in keys:
        if key in held:
            held[key] = held[key].replace(role="scale")


def times(tensor: Tensor, numerator: int, denominator: int = 1) -> int | Unknown:
    """The stored elements by a ratio; Unknown where that gives no whole number."""
    stored = elements_of(tensor.shape)
    if isinstance(stored, Unknown):
        return stored
    if stored * numerator % denominator:
        return Unknown(f"{stored:,} stored elements do not hold whole values of {denominator} bits")
    return stored * numerator // denominator


def fitting(tensor: Tensor, stated: Sequence[int] | None) -> int | None:
    """The values of a stated shape, where a packed tensor can hold them: one a bit at most, one an element at least.

    >>> from netledger.network import Tensor
    >>> packed = Tensor("fc.W_q", "weight", (32, 128), "uint8")
    >>> fitting(packed, (128, 64)), fitting(packed, (4096, 4096)), fitting(packed, (-1, -64))
    (8192, None, None)
    """
    stored, nbytes = elements_of(tensor.shape), tensor.bytes
    if not stated or min(stated) < 1 or isinstance(stored, Unknown) or isinstance(nbytes, Unknown):
        return None
    count = elements_of(stated)
    return count if isinstance(count, int) and stored <= count <= 8 * nbytes else None


def width(tensor: Tensor) -> int:
    """The size of the last dimension; 0 where there is none."""
    size = tensor.shape[-1] if tensor.shape else 0
    return size if isinstance(size, int) else 0


def not_followed(name: str) -> Recogniser:
    """A layout whose logical count its tensors alone do not give."""

    def recognise(module: str, held: Held, keys: list[str], config: Config) -> str | None:
        for key in keys:
            if held[key].role != "scale":
                hold(held, key, Unknown(f"packed as {name}: the logical number of values is not stored with it"))
        return name

    return recognise
