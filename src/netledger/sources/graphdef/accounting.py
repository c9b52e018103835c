"""Every constant of a graph that holds its own weights is booked: a row's tensor, a plain constant, or Unknown."""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.network import Layer, Tensor, elements_of
from netledger.sources.graphdef.values import TfStored, place_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from netledger.sources.graphdef.nodes import TfGraph


def unread(graph: TfGraph, read: Collection[str]) -> list[Layer]:
    """A row for the tables of real numbers that nothing needs: whether they are weights, nobody says.

    ``read``: the places of the constants that were followed.
    """
    why = Unknown("nothing that the graph makes reads it")
    left = [one for one in _constants(graph) if one.learned and one.place not in read]
    tensors = tuple(
        [Tensor(one.place, "parameter", one.shape, one.dtype, storage=one.place, elements=why) for one in left]
    )
    return [Layer("constants", "tensors", {}, (), (), tensors, meta={"used": False}, output_shapes=())] if left else []


def stored_in(graph: TfGraph, layers: Sequence[Layer]) -> dict[str, int]:
    """Elements and bytes of the graph's constants, and how much of them no row has as its tensor."""
    owned = {tensor.storage for layer in layers for tensor in layer.tensors}
    sums = dict.fromkeys(("elements", "bytes", "constant_elements", "constant_bytes"), 0)
    for one in _constants(graph):
        elements = elements_of(one.shape)
        if isinstance(elements, int) and one.dtype in BITS:  # texts are no numbers
            for what, count in (("elements", elements), ("bytes", bytes_of(elements, one.dtype))):
                sums[what] += count
                sums[f"constant_{what}"] += count if one.place not in owned else 0
    return sums


def _constants(graph: TfGraph) -> Iterator[TfStored]:
    for function, nodes in [("", graph.nodes), *((one.name, one.nodes) for one in graph.functions.values())]:
        for node in nodes:
            held = node.tensor("value") if node.op == "Const" else None
            if held is not None:
                yield TfStored(node.name, held.shape, held.dtype, False, place_of(node.name, function))
