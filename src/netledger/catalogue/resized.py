"""A model of a family with other sizes: ``num_hidden_layers=80`` in place of what its configuration says."""

from __future__ import annotations

from netledger.errors import UsageError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.network import Network


def is_of_a_family(network: Network) -> bool:
    """Whether a network was made from a family, so that its sizes have names."""
    return isinstance(network.meta.get("family"), str) and isinstance(network.meta.get("values"), dict)


def with_sizes(network: Network, sizes: Mapping[str, Any]) -> Network:
    """The same family's network with some of its sizes replaced; a name that the family does not ask for is refused.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> small = with_sizes(load("gpt2"), {"n_layer": 1})
    >>> keep_books(small).totals.parameters
    46473216
    """
    from netledger.catalogue.family import family_network

    meta = network.meta
    architecture = meta.get("architecture")
    values = {**meta["values"], **sizes, **({"architectures": (architecture,)} if architecture else {})}
    changed, asked = family_network(meta["family"], values, network.name)
    for name in sizes:
        if name not in asked.asked:
            near = nearest(name, list(asked.asked))
            known = (f"did you mean '{near[0]}'? " if near else "") + f"it has {', '.join(sorted(asked.asked))}"
            raise UsageError(f"the family '{meta['family']}' has no size '{name}': {known}")
    return changed.replace(
        title=network.title, source=network.source, dtype=network.dtype, notes=network.notes,
        meta={**meta, "values": {**meta["values"], **sizes}},
    )  # fmt: skip
