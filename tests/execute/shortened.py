"""A network with fewer of its equal blocks: what is left holds every layer that the whole one has, twice where it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netledger.ledger import keep_books

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.network import Layer, Network

LEFT = 2
"""Equal blocks one behind the other that stay: the second reads what a block made, as all further ones do."""


WHERE = ("start", "shares")
"""Attributes that differ from block to block: where a part of a value begins, whose cache is read."""


def _sorted(attributes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted([(key, value) for key, value in attributes.items() if key not in WHERE])


class _Chain:
    """Layers in their order, each with where its inputs come from."""

    def __init__(self, network: Network) -> None:
        books = keep_books(network)
        self.layers = list(network.layers)
        self.made = {name: (i, k) for i, layer in enumerate(self.layers) for k, name in enumerate(layer.outputs)}
        self.places = {layer.path: i for i, layer in enumerate(self.layers)}
        self.own = [
            repr((e.kind, _sorted(e.layer.attributes), e.inputs, e.outputs, e.layer.dtype, e.layer.trainable))
            for e in books.entries
        ]

    def alike(self, i: int, j: int) -> bool:
        """Whether layer ``j`` is layer ``i`` again: from values as far before it, or from the very same."""
        one, other = self.layers[i], self.layers[j]
        if (
            self.own[i] != self.own[j]
            or len(one.inputs) != len(other.inputs)
            or (one.share is None) != (other.share is None)
        ):
            return False
        pairs = [(self.made[a], self.made[b]) for a, b in zip(one.inputs, other.inputs, strict=True)]
        if one.share is not None and other.share is not None:
            pairs.append(((self.places[one.share], 0), (self.places[other.share], 0)))
        return all(a == b or (a[1] == b[1] and i - a[0] == j - b[0]) for a, b in pairs)

    def repeats(self, start: int, size: int) -> bool:
        """Whether the ``size`` layers from ``start`` on are those before them, and read what those made."""
        if start < size or start + size > len(self.layers):
            return False
        if not all(self.alike(i - size, i) for i in range(start, start + size)):
            return False
        before = range(start - size, start)
        return any(self.made[n][0] in before for layer in self.layers[start : start + size] for n in layer.inputs)


def shortened(network: Network) -> Network:
    """The network without each block that is the one before it again, and the one before that."""
    chain = _Chain(network)
    last: dict[str, list[int]] = {}
    dropped: dict[int, int] = {}
    i = 0
    while i < len(chain.layers):
        seen = last.setdefault(chain.own[i], [])
        for size in [i - j for j in reversed(seen[-40:])]:
            copies = [i - n * size for n in range(LEFT)]
            if all(chain.repeats(at, size) for at in copies):
                dropped.update({at: at - size for at in range(i, i + size)})
                for at in range(i, i + size):
                    last.setdefault(chain.own[at], []).append(at)
                i += size
                break
        else:
            seen.append(i)
            i += 1
    return _without(network, chain, dropped)


def _without(network: Network, chain: _Chain, dropped: dict[int, int]) -> Network:
    def kept(i: int) -> int:
        while i in dropped:
            i = dropped[i]
        return i

    def value(name: str) -> str:
        i, k = chain.made[name]
        return chain.layers[kept(i)].outputs[k]

    layers: list[Layer] = []
    for i, layer in enumerate(chain.layers):
        if i not in dropped:
            share = None if layer.share is None else chain.layers[kept(chain.places[layer.share])].path
            layers.append(layer.replace(inputs=tuple(map(value, layer.inputs)), share=share))
    changes: dict[str, Any] = {"layers": tuple(layers), "published": {}}
    return network.replace(**changes, outputs=tuple(dict.fromkeys(map(value, network.outputs))))
