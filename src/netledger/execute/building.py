"""A described network as a ``torch.nn.Module``: the ledger's paths are its parameter names.

>>> from netledger.network import Layer, Network
>>> tiny = Network("tiny", (
...     Layer("image", "input", {"shape": (3, 8, 8)}),
...     Layer("conv", "conv2d", {"out_channels": 4, "kernel_size": 3}, ("image",)),
... ))
>>> module = build(tiny)
>>> [(name, tuple(value.shape)) for name, value in module.named_parameters()]
[('conv.weight', (4, 3, 3, 3)), ('conv.bias', (4,))]
>>> tuple(module(torch.zeros(2, 3, 8, 8)).shape)
(2, 4, 6, 6)
"""

from __future__ import annotations

import torch
from torch import nn

from netledger.errors import DataError, NetledgerError, nearest
from netledger.execute.aliasing import looked_up, overwriting, without_softmax
from netledger.execute.operation import Operation, torch_dtype
from netledger.execute.operations import Making, full_arguments, known, made_kinds, maker_of
from netledger.layers import Slot
from netledger.ledger import keep_books
from netledger.network import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from netledger.ledger import Entry

    Step = tuple[Operation, tuple[str, ...], tuple[str, ...], tuple[str, ...]]

__all__ = ["NetworkModule", "build", "described", "without_softmax"]


def build(
    network: Network | Any,
    *,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
    init: str | None = None,
    seed: int | None = None,
    dropout: str | None = None,
    logits: bool = False,
    measuring: bool = False,
) -> NetworkModule:
    """The module of a network (or of anything that ``netledger.read`` reads).

    - ``device``: where the parameters are made (``meta`` allocates nothing and initialises nothing).
    - ``dtype``: element type of every floating-point parameter; as described where it is not given.
    - ``init``: a scheme of :mod:`netledger.execute.initial` (``paper``, ``2012``, ``caffe-alexnet``, ``torch``, …);
      the description's own where it is not given.
    - ``seed``: of the initialisation; PyTorch's current random state where it is not given.
    - ``dropout``: ``unscaled`` as in 2012 or ``inverted`` as in PyTorch; the description's own where it is not given.
    - ``logits``: leave out a softmax at the very end, for losses that contain it.
    - ``measuring``: put something of the same size where the description leaves open what is computed (the values of a
      constant, which experts are chosen), for steps whose numbers nobody reads.

    Raises ``DataError`` naming the layer where PyTorch has no counterpart or a size is not known.
    """
    network = described(network)
    if logits:
        network = without_softmax(network)
    unscaled = dropout or str(network.meta.get("dropout", "inverted"))
    return _Builder(network, device, dtype, unscaled, measuring).module(init, seed)


def described(network: Any) -> Network:
    """A Network, or what the sources make of anything else (a name, a path, a description)."""
    if isinstance(network, Network):
        return network
    from netledger.sources import read

    return read(network)


class NetworkModule(nn.Module):
    """A built network. ``network`` is its description; modules and parameters are named by the ledger's paths.
    ``standing_in`` are the layers built for measuring alone, and whether they multiply as much as what they stand for.

    Called with one tensor for each input (a batch first), it returns the network's output, or a tuple of them.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.input_names = tuple(layer.outputs[0] for layer in network.inputs())
        self.result_names = network.results()
        self.steps: list[Step] = []
        self.standing_in: dict[str, bool] = {}

    def forward(self, *inputs: torch.Tensor) -> Any:
        """The outputs for a batch."""
        if len(inputs) != len(self.input_names):
            raise DataError(f"takes {len(self.input_names)} inputs ({', '.join(self.input_names)}), not {len(inputs)}")
        values: dict[str, Any] = dict(zip(self.input_names, inputs, strict=True))
        for operation, reads, writes, last_read in self.steps:
            result = operation(*[values[name] for name in reads])
            if len(writes) == 1:
                values[writes[0]] = result[0] if isinstance(result, tuple | list) else result
            else:
                values.update(zip(writes, result, strict=False))
            for name in last_read:
                del values[name]
        results = tuple([values[name] for name in self.result_names])
        return results[0] if len(results) == 1 else results

    def observed(self, *inputs: torch.Tensor) -> dict[str, tuple[int, ...]]:
        """The shapes that the layers' first outputs really have for these inputs, by path."""
        shapes: dict[str, tuple[int, ...]] = {}

        def note(operation: Any, _: Any, result: Any) -> None:
            first = result[0] if isinstance(result, tuple | list) else result
            shapes[operation.layer.path] = tuple(first.shape)

        hooks = [operation.register_forward_hook(note) for operation, *_ in self.steps]
        try:
            self(*inputs)
        finally:
            for hook in hooks:
                hook.remove()
        return shapes

    def operations(self) -> Iterator[Operation]:
        """The layers, in the order they run."""
        for operation, *_ in self.steps:
            yield operation

    def __reduce__(self) -> Any:
        raise TypeError("a built network is saved as its state_dict() and its description, not by pickling the module")

    def __deepcopy__(self, memo: dict[int, Any]) -> NetworkModule:
        from copy import deepcopy

        copied = NetworkModule(self.network)
        memo[id(self)] = copied
        for name, value in self.__dict__.items():
            if name not in ("network", "steps"):
                copied.__dict__[name] = deepcopy(value, memo)
        copied.steps = [(memo[id(operation)], *rest) for operation, *rest in self.steps]
        return copied


class _Builder:
    def __init__(self, network: Network, device: Any, dtype: torch.dtype | None, dropout: str, measuring: bool) -> None:
        self.network = network
        self.device = torch.device("cpu" if device is None else device)
        self.dtype = dtype
        self.standing_in: dict[str, bool] | None = {} if measuring else None
        self.options = {"dropout": dropout, "standing_in": self.standing_in, "device": self.device}
        self.looked_up = looked_up(network) if measuring else frozenset[str]()
        self.in_place = overwriting(network)
        self.last = {name: i for i, layer in enumerate(network.layers) for name in layer.inputs}

    def module(self, init: str | None, seed: int | None) -> NetworkModule:
        module = NetworkModule(self.network)
        ledger = keep_books(self.network)
        results = set(module.result_names)
        made: dict[str, Operation] = {}
        for i, entry in enumerate(ledger.entries):
            layer = entry.layer
            if layer.kind == "input":
                continue
            operation = made[layer.path] = self.operation(entry, made)
            attach(module, layer.path, operation)
            free = tuple(
                name for name in dict.fromkeys((*layer.inputs, *layer.outputs))
                if self.last.get(name, i) == i and name not in results
            )  # fmt: skip
            module.steps.append((operation, layer.inputs, layer.outputs, free))
        module.standing_in = self.standing_in or {}
        if self.device.type != "meta":
            from netledger.execute.initial import initialise

            initialise(module, init, seed)
        return module

    def operation(self, entry: Entry, made: Mapping[str, Operation]) -> Operation:
        layer = entry.layer
        try:
            operation = Operation(layer, self.maker(entry))
            for slot in entry.effect.slots:
                operation.put(slot.name, self.tensor(entry, slot, made))
        except NetledgerError as error:
            raise error.at(item=layer.path) from None
        return operation

    def maker(self, entry: Entry) -> Any:
        layer = entry.layer
        if layer.unknown is not None:
            raise DataError(f"cannot be built: {layer.unknown.reason}")
        maker = maker_of(layer.kind)
        if maker is None:
            near = nearest(layer.kind, made_kinds())
            raise DataError(
                f"cannot be built: PyTorch has no counterpart for kind '{layer.kind}'"
                + (f" (nearest: {near[0]})" if near else "")
            )
        options = {
            **self.options, "inplace": layer.path in self.in_place,
            "looked_up": any(name in self.looked_up for name in layer.outputs),
        }  # fmt: skip
        arguments = full_arguments(layer.kind, layer.attributes)
        return maker(Making(entry, arguments, self.network.batched, options))

    def tensor(self, entry: Entry, slot: Slot, made: Mapping[str, Operation]) -> Any:
        layer = entry.layer
        if layer.share is not None and layer.share in made:
            owned = made[layer.share].get(slot.name)
            if owned is not None:
                return owned
        stored = {tensor.name.rpartition(".")[2]: tensor.dtype for tensor in layer.tensors}
        dtype = self.dtype or torch_dtype(layer.dtype or stored.get(slot.name) or self.network.dtype)
        if slot.name == "num_batches_tracked":
            dtype = torch.int64
        value = torch.empty(known(slot.shape), dtype=dtype, device=self.device)
        if slot.role in ("weight", "bias", "parameter"):
            trainable = layer.trainable and all(t.trainable for t in layer.tensors if t.name.endswith("." + slot.name))
            return nn.Parameter(value, requires_grad=trainable and value.is_floating_point())
        return value


def attach(module: nn.Module, path: str, operation: nn.Module) -> None:
    """Put a layer at its dotted path, with empty modules on the way; a name that is taken is a ``DataError``."""
    *holders, last = path.split(".")
    for name in holders:
        module = module._modules.setdefault(name, nn.Module())
    present = module._modules.get(last)
    if isinstance(present, Operation) or last in module._parameters:
        raise DataError(f"two layers need the module name '{path}'")
    if present is not None:
        for name, child in present._modules.items():
            operation._modules.setdefault(name, child)
    module._modules[last] = operation
