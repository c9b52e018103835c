"""What a file stores against what the books hold: the evidence of its size."""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.ledger.books import Evidence
from netledger.network import elements_of, likeness
from netledger.unknown import Unknown, exactly, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from netledger.network import Network, Tensor


def file_sizes(network: Network) -> Iterator[Evidence]:
    """Elements and bytes in the books - tensors of layers, and constants - against those that the file stores.

    A figure that the source does not give, or that is Unknown in the books, is no evidence.
    """
    stored = network.meta["stored"]
    alike = stored_alike(network)
    sums = {
        "elements": sum_up([sum_up((_stored_elements(tensor),)) * times for tensor, times in alike]),
        "bytes": sum_up([sum_up((tensor.bytes,)) * times for tensor, times in alike]),
    }
    for what, count in sums.items():
        outside = stored.get(f"constant_{what}", 0) - stored.get(f"made_{what}", 0)
        booked = exactly(count + outside)
        if what in stored and booked is not None:
            yield Evidence("file size", f"{what} of the stored tensors", booked, stored[what], booked == stored[what])
        if f"stated_{what}" in stored and booked is not None:
            stated = stored[f"stated_{what}"]
            yield Evidence("file size", f"{what} as the index states them", booked, stated, booked == stated)


def stored_once(network: Network) -> Iterator[tuple[Tensor, int]]:
    """The tensors of a network, of those that share a storage the first; of equal blocks those of the first, with how
    many blocks there are.
    """
    seen = set[str]()
    for layer, times in network.weighed():
        for tensor in layer.tensors:
            if tensor.storage is None:
                yield tensor, times
            elif tensor.storage not in seen:
                seen.add(tensor.storage)
                yield tensor, times


def stored_alike(network: Network) -> list[tuple[Tensor, int]]:
    """The same tensors, of those that are counted alike the first, with how many they are."""
    first: dict[Hashable, Tensor] = {}
    counts: dict[Hashable, int] = {}
    for tensor, times in stored_once(network):
        like = likeness(tensor)
        first.setdefault(like, tensor)
        counts[like] = counts.get(like, 0) + times
    return [(tensor, counts[like]) for like, tensor in first.items()]


def _stored_elements(tensor: Tensor) -> int | Unknown:
    """The elements that are stored: those of the shape, unless many tensors stand in one row, or one shows a part."""
    by_shape = elements_of(tensor.shape)
    if tensor.elements is None or tensor.dtype not in BITS or isinstance(tensor.bytes, Unknown):
        return by_shape
    by_bytes, rest = divmod(tensor.bytes * 8, BITS[tensor.dtype])
    return by_shape if rest else by_bytes
