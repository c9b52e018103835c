"""What a module tree stores: every parameter and buffer with its role, type, storage and names."""

from __future__ import annotations

import torch

from netledger.dtypes import dtype_name
from netledger.network import Tensor
from netledger.sources.pytorch.quantised import packed_tensors, wrapped_storage
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_PLAIN = (torch.Tensor, torch.nn.Parameter)
"""Classes whose tensors are what they look like."""
_STATISTICS = ("running_mean", "running_var", "num_batches_tracked", "running_std")


class Inventory:
    """The tensors of a model, module by module; ``names`` of tied ones are kept together."""

    def __init__(self, model: Any) -> None:
        self.paths: dict[int, str] = {}
        self.modules: dict[str, Any] = {}
        self.tensors: dict[str, tuple[Tensor, ...]] = {}
        self.live: dict[str, Any] = {}
        self.states: list[Any] = []
        """Every parameter and buffer of every module, also of one that is counted as packed."""
        self.storages: dict[Any, str] = {}
        self.tied: dict[str, list[str]] = {}
        for path, module in model.named_modules(remove_duplicate=False):
            if id(module) in self.paths:
                self.record_again(path, module)
                continue
            self.paths[id(module)] = path
            self.modules[path] = module
            stored = _stored(module)
            self.states += [tensor for _, tensor, _ in stored]
            tensors = tuple(self.of_module(path, module, stored))
            if tensors:
                self.tensors[path] = tensors

    def record_again(self, path: str, module: Any) -> None:
        """A module under a second path: its tensors have a second name, and no second storage."""
        for name, tensor, _ in _stored(module):
            storage = self.storage(tensor)
            self.tied.setdefault(storage, []).append(f"{path}.{name}" if path else name)

    def of_module(self, path: str, module: Any, stored: Sequence[tuple[str, Any, bool]]) -> Iterator[Tensor]:
        """The tensors that belong to the module itself; ``stored`` are its parameters and buffers."""
        prefix = f"{path}." if path else ""
        packed = packed_tensors(module)
        if packed is not None:
            for name, tensor in packed:
                yield tensor.replace(name=prefix + name, storage=self.storage_of(("packed", path, name), prefix + name))
            return
        for name, tensor, learned in stored:
            full = prefix + name
            self.live[full] = tensor
            storage = self.storage(tensor)
            self.tied.setdefault(storage, []).append(full)
            yield tensor_record(full, name, tensor, learned, storage)

    def storage(self, tensor: Any) -> str:
        """A name for the memory that a tensor lives in, the same for tied tensors."""
        if type(tensor) not in _PLAIN and is_lazy(tensor):
            return self.storage_of(("lazy", id(tensor)), "")
        try:
            key: Any = (tensor.untyped_storage()._cdata, tensor.storage_offset(), tuple(tensor.shape))
        except (RuntimeError, NotImplementedError):
            key = id(tensor)
        return self.storage_of(key, "")

    def storage_of(self, key: Any, name: str) -> str:
        return self.storages.setdefault(key, name or f"s{len(self.storages)}")

    def ties(self) -> dict[str, tuple[str, ...]]:
        """First name → the other names of the same storage."""
        return {names[0]: tuple(names[1:]) for names in self.tied.values() if len(names) > 1}


def _stored(module: Any) -> list[tuple[str, Any, bool]]:
    """Name and tensor of each parameter and buffer of a module itself, and whether it is a parameter."""
    both = ((module._parameters, True), (module._buffers, False))
    return [(name, one, learned) for held, learned in both for name, one in held.items() if one is not None]


def is_lazy(tensor: Any) -> bool:
    """Whether a parameter has no shape yet (``LazyLinear``)."""
    return type(tensor).__name__ in ("UninitializedParameter", "UninitializedBuffer")


def tensor_record(full: str, name: str, tensor: Any, learned: bool, storage: str) -> Tensor:
    """One stored tensor as netledger records it."""
    role = role_of(name, learned)
    if type(tensor) in _PLAIN:
        shape = tuple(tensor.shape)
        return Tensor(full, role, shape, dtype_name(tensor.dtype), tensor.requires_grad, storage)
    if is_lazy(tensor):
        reason = Unknown(f"{full} is not initialised: its shape is known after the first forward pass")
        return Tensor(
            full, role, (), dtype_name(tensor.dtype), tensor.requires_grad, storage, elements=reason, nbytes=reason
        )
    wrapped = wrapped_storage(tensor)
    if wrapped is not None:
        shape = tuple([int(size) for size in tensor.shape])
        return Tensor(full, role, shape, wrapped[0], bool(tensor.requires_grad), storage, nbytes=wrapped[1])
    return Tensor(full, role, tuple([int(size) for size in tensor.shape]), dtype_name(tensor.dtype),
                  bool(tensor.requires_grad), storage)  # fmt: skip


def is_statistic(name: str) -> bool:
    """Whether a stored tensor is a normalisation's running statistic, by its name.

    >>> is_statistic("layer1.bn.running_var"), is_statistic("layer1.bn.weight")
    (True, False)
    """
    return name.rpartition(".")[2] in _STATISTICS


def role_of(name: str, learned: bool) -> str:
    """What a tensor is for, by its name in the module.

    >>> role_of("bias_hh_l0", True), role_of("running_mean", False), role_of("gamma", True)
    ('bias', 'running_statistic', 'weight')
    """
    if not learned:
        return "running_statistic" if name in _STATISTICS else "buffer"
    return "bias" if "bias" in name else "weight"
