"""Which values of a network share memory when it runs (views, ReLUs that overwrite their input), and which are no
example's own."""

from __future__ import annotations

from netledger.layers import built_in_rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network


def _overwritable(kind: str | None) -> bool:
    found = None if kind is None else built_in_rule(kind)
    return found is not None and found.overwritable


def _is_view(kind: str) -> bool:
    found = built_in_rule(kind)
    return found is not None and found.view


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
            and _overwritable(makers.get(layer.inputs[0]))
            and readers[layer.inputs[0]] == 1
            and layer.inputs[0] not in results
        ]
    )


def storages(network: Network) -> dict[str, str]:
    """For each value the value whose memory it lies in."""
    roots: dict[str, str] = {}
    in_place = overwriting(network)
    for layer in network.layers:
        shares = layer.inputs and (_is_view(layer.kind) or layer.path in in_place)
        for name in layer.outputs:
            roots[name] = roots.get(layer.inputs[0], layer.inputs[0]) if shares else name
    return roots


def shared_by_examples(network: Network) -> frozenset[str]:
    r"""The values made of learned and fixed ones alone: each is worked out once a step, however large the batch.

    >>> from netledger.notation import parse
    >>> text = "x = input(4)\nt = parameter(7, 4)\nu = linear(t, 4)\ny = matmul(x, u, transpose_b=True)"
    >>> sorted(shared_by_examples(parse(text, name="table")))
    ['t', 'u']
    """
    found: set[str] = set()
    for layer in () if network.batched else network.layers:
        fixed = layer.kind in ("parameter", "constant")
        if fixed or (layer.inputs and layer.kind != "input" and found.issuperset(layer.inputs)):
            found.update(layer.outputs)
    return frozenset(found)


def looked_up(network: Network) -> frozenset[str]:
    """The values that are indices of a table."""
    return frozenset([layer.inputs[0] for layer in network.layers if layer.kind == "embedding" and layer.inputs])


def without_softmax(network: Network) -> Network:
    """The same network without the softmax that ends it, if one does: its outputs are logits then."""
    results = network.results()
    last = next((layer for layer in network.layers if layer.outputs[:1] == results), None)
    if len(results) != 1 or last is None or last.kind != "softmax":
        return network
    layers = tuple([layer for layer in network.layers if layer is not last])
    return network.replace(layers=layers, outputs=last.inputs[:1])
