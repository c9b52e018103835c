"""One layer as a module: its parameters under the names of the rule's slots, and what it computes."""

from __future__ import annotations

import torch
from torch import nn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.operations import Compute
    from netledger.network import Layer


class Operation(nn.Module):
    """A layer of a built network. ``layer`` is its description; parameters are made by the build."""

    def __init__(self, layer: Layer, compute: Compute) -> None:
        super().__init__()
        self.layer = layer
        self.compute = compute

    def forward(self, *inputs: Any) -> Any:
        """What the layer computes from its inputs."""
        return self.compute(self, *inputs)

    def get(self, name: str) -> Any:
        """A parameter or buffer by its slot's name (``out_proj.weight``), ``None`` where there is none."""
        holder, _, last = name.rpartition(".")
        module: Any = self
        for part in holder.split(".") if holder else ():
            module = module._modules.get(part)
            if module is None:
                return None
        found = module._parameters.get(last)
        return module._buffers.get(last) if found is None else found

    def put(self, name: str, value: Any) -> None:
        """Register a parameter (``nn.Parameter``) or buffer under a slot's name."""
        module: nn.Module = self
        *holders, last = name.split(".")
        for part in holders:
            module = module._modules.setdefault(part, nn.Module())
        if isinstance(value, nn.Parameter):
            module._parameters[last] = value
        else:
            module._buffers[last] = value

    def extra_repr(self) -> str:
        """The layer as the notation writes it."""
        attributes = ", ".join(f"{name}={value!r}" for name, value in self.layer.attributes.items())
        return f"{self.layer.kind}({attributes})"

    def __getattr__(self, name: str) -> Any:
        return super().__getattr__(name)

    def __reduce__(self) -> Any:
        raise TypeError("a built network is saved as its state_dict() and its description, not by pickling the module")

    def __deepcopy__(self, memo: dict[int, Any]) -> Operation:
        from copy import deepcopy

        copied = Operation(self.layer, self.compute)
        memo[id(self)] = copied
        for name, value in self.__dict__.items():
            if name not in ("layer", "compute"):
                copied.__dict__[name] = deepcopy(value, memo)
        return copied


def torch_dtype(name: str) -> torch.dtype:
    """PyTorch's element type of a name; a ``DataError`` where it has none."""
    from netledger.errors import DataError

    found = getattr(torch, name, None)
    if not isinstance(found, torch.dtype):
        raise DataError(f"PyTorch has no element type '{name}'")
    return found
