"""Which values of a network share memory when it runs: views, and ReLUs that overwrite their input."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network

OVERWRITABLE = frozenset(
    (
        "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear batch_norm local_response_norm "
        "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d"
    ).split()
)
"""Kinds whose output is new memory that their own backward pass does not need: the only reader may overwrite it."""
VIEWS = frozenset("flatten unflatten view identity squeeze unsqueeze transpose permute narrow select".split())
"""Kinds whose output is their input's memory."""


def overwriting(network: Network) -> frozenset[str]:
    r"""Paths of the ReLUs that may work in place: nobody else reads their input, and its maker does not need it again.

    >>> from netledger.notation import parse
    >>> sorted(overwriting(parse("x = input(4)\na = linear(4)\nb = relu()\nc = relu()", name="two")))
    ['b']
    """
    readers: dict[str, int] = {}
    makers: dict[str, str] = {}
    for layer in network.layers:
        for name in layer.inputs:
            readers[name] = readers.get(name, 0) + 1
        for name in layer.outputs:
            makers[name] = layer.kind
    results = set(network.results())
    return frozenset(
        [
            layer.path
            for layer in network.layers
            if layer.kind == "relu"
            and layer.inputs
            and makers.get(layer.inputs[0]) in OVERWRITABLE
            and readers[layer.inputs[0]] == 1
            and layer.inputs[0] not in results
        ]
    )


def storages(network: Network) -> dict[str, str]:
    """For each value the value whose memory it lies in."""
    roots: dict[str, str] = {}
    in_place = overwriting(network)
    for layer in network.layers:
        shares = layer.inputs and (layer.kind in VIEWS or layer.path in in_place)
        for name in layer.outputs:
            roots[name] = roots.get(layer.inputs[0], layer.inputs[0]) if shares else name
    return roots


def without_softmax(network: Network) -> Network:
    """The same network without the softmax that ends it, if one does: its outputs are logits then."""
    results = network.results()
    last = next((layer for layer in network.layers if layer.outputs[:1] == results), None)
    if len(results) != 1 or last is None or last.kind != "softmax":
        return network
    layers = tuple([layer for layer in network.layers if layer is not last])
    return network.replace(layers=layers, outputs=last.inputs[:1])
