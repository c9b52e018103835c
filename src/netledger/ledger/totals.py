"""A network's totals alone, without a line for each layer."""

from __future__ import annotations

from netledger.garbage import Paused
from netledger.ledger.bookkeeping import Bookkeeper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger.books import Totals
    from netledger.network import Layer, Network


def totals_of(network: Network, *, batch: int = 1, dtype: str | None = None) -> Totals:
    """The totals that ``keep_books`` gives of a network.

    Where a network is stored tensors alone, equal ones are posted once, times how many there are.

    >>> from netledger.sources import read
    >>> totals_of(read("alexnet")).parameters
    60965224
    """
    with Paused():
        keeper = Bookkeeper(network, batch, dtype)
        layers = [layer for layer, _ in network.weighed()]
        stored = bool(layers) and all(map(_is_stored, layers))
        sums = _posted(network, keeper) if stored else None
        if sums is None:
            keeper.rows()
            return keeper.totals()
        keeper.entry(layers[0].replace(tensors=()))
        return keeper.totals().replace(**sums)


def _is_stored(layer: Layer) -> bool:
    """Whether a layer is a place in a file where tensors are, and nothing is said of it but how they are packed."""
    plain = layer.kind == "tensors" and layer.unknown is None and layer.share is None and not layer.attributes
    return plain and bool(layer.tensors) and not (layer.meta and layer.meta.keys() - {"layout"})


def _posted(network: Network, keeper: Bookkeeper) -> dict[str, int] | None:
    """The sums over all tensors, each storage once; ``None`` where one is not known: lines say how much is."""
    from netledger.ledger.file_sizes import stored_alike  # a description stores nothing

    counts = [(keeper.posted([tensor]), times) for tensor, times in stored_alike(network)]
    sums = dict.fromkeys(("weights", "biases", "frozen", "buffers", "bytes"), 0)
    for count, times in counts:
        for name in sums:
            value = count[name]
            if not isinstance(value, int):
                return None
            sums[name] += value * times
    return sums
