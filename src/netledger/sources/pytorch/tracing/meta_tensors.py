"""Stand-ins for tensors: shapes without values, so that nothing is allocated and nothing of the model is written.

Every tensor that an operation receives is replaced before it runs: a parameter or a large tensor by one on the meta
device; a small tensor that is not learned (token ids, masks, position indices) by a private copy whose values stay
known, so that code that looks at them still works. What is computed from known values stays known while it is small.
"""

from __future__ import annotations

import threading

import torch
from torch.utils._python_dispatch import _disable_current_modes

from netledger.limits import KNOWN_BYTES, KNOWN_ELEMENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_META = torch.device("meta")
_FOREIGN, _OURS = object(), object()


_here = threading.local()


def ordinary() -> list[Any]:
    """This thread's guards, outermost first: an interrupt may leave some of them to be taken back."""
    entered: list[Any] | None = getattr(_here, "entered", None)
    if entered is None:
        entered = _here.entered = []
    return entered


class Ordinary:
    """Tensors made in here are ordinary ones: what a model keeps of them can be trained with.

    A guard works from its making until it is let go of. It never stands in a local name by itself: an interrupt's
    traceback would keep it beyond the pass and then put back the mode of within.
    """

    __slots__ = ("entered",)

    def __enter__(self) -> None:
        self.entered = entered = ordinary()
        entered.append(torch._C._InferenceMode(False))
        entered[-1].__enter__()
        torch._C._set_grad_enabled(False)

    def __exit__(self, *error: object) -> None:
        self.entered[-1].__exit__(*error)
        self.entered.pop()


def blank(tensor: Any) -> Any:
    """A tensor of the same shape, strides and type on the meta device."""
    dtype = tensor.dtype
    if dtype in QUANTISED:
        dtype = QUANTISED[dtype]
    if tensor.layout is torch.strided and not tensor.is_nested:
        return torch.empty_strided(tensor.size(), tensor.stride(), dtype=dtype, device=_META)
    made = torch.empty(tensor.size(), dtype=dtype, device=_META)
    if tensor.layout in _SPARSE:
        made.nonzeros = int(tensor._nnz())
    return made


_SPARSE = (torch.sparse_coo, torch.sparse_csr, torch.sparse_csc)


def ragged_shape(tensor: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A nested tensor as one example that is as long as all of them together, and their lengths."""
    with _disable_current_modes():
        return _ragged_shape(tensor)


def in_a_row(tensor: Any) -> Any:
    """What stands for a nested tensor: its examples one after the other, marked with their lengths."""
    shape, lengths = ragged_shape(tensor)
    with Ordinary():
        return marked(torch.empty(shape, dtype=tensor.dtype, device=_META), {"lengths": lengths})


def _ragged_shape(tensor: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if tensor.layout is torch.jagged:
        lengths = tuple([int(length) for length in tensor.offsets().diff().tolist()])
        return (1, *[int(size) for size in tensor.values().shape]), lengths
    sizes = tensor._nested_tensor_size().tolist()
    return (1, sum([size[0] for size in sizes]), *sizes[0][1:]), tuple([size[0] for size in sizes])


def marked(tensor: Any, marks: Any) -> Any:
    """``tensor`` with what is known of it."""
    tensor.__dict__.update(marks)
    return tensor


QUANTISED = {
    getattr(torch, name): like
    for name, like in (("qint8", torch.float32), ("quint8", torch.float32), ("qint32", torch.float32),
                       ("quint4x2", torch.float32), ("quint2x4", torch.float32))
    if hasattr(torch, name)
}  # fmt: skip
"""PyTorch's quantised types do not live on the meta device; their shapes do."""


class Shadows:
    """Which tensor stands for which during one forward pass.

    ``real`` keeps every value: operations run with the model's own weights, and what would be written in place is
    copied first. ``initial`` has, by ``id``, values for tensors that have none themselves.
    """

    def __init__(
        self,
        states: Iterable[Any],
        *,
        real: bool = False,
        most: int = KNOWN_ELEMENTS,
        initial: Mapping[int, Any] | None = None,
    ) -> None:
        self.real, self.most, self.initial = real, most, initial or {}
        self.states = {id(tensor): tensor for tensor in states}
        self.storages: dict[int, list[int]] = {}
        for key, tensor in self.states.items():
            storage = storage_of(tensor)
            if storage is not None:
                self.storages.setdefault(storage, []).append(key)
        self.copies: dict[Any, Any] = {}
        self.shadows: dict[int, Any] = {}
        self.known: dict[int, Any] = {}
        self.kept: list[Any] = []
        self.kept_bytes = 0
        self.written_steps: dict[int | None, int] = {}
        """By memory of tensors without values: the last step that wrote something with a gradient into a part of it."""
        self.written_answers: set[int | None] = set()
        """The memory of tensors of truth values without values into which something was written."""
        self.used: set[int] = set()
        """``id`` of every tensor of the model that an operation has read."""
        self.prepared = real

    def prepare(self) -> None:
        """Stand-ins of all plain parameters at once."""
        if self.prepared:
            return
        self.prepared = True
        with Ordinary():
            for key, tensor in self.states.items():
                if type(tensor) is torch.nn.Parameter and key not in self.initial and tensor.numel() != 1:
                    self.shadows[key] = self.as_learned(tensor, blank(tensor))

    @staticmethod
    def as_learned(tensor: Any, shadow: Any) -> Any:
        """What stands for a parameter, marked where that learns."""
        if tensor.requires_grad:
            shadow.carries_gradient, shadow.gradient_step = True, 0
        return shadow

    def of(self, tensor: Any) -> Any:
        """What stands for ``tensor``."""
        key = id(tensor)
        shadow = self.shadows.get(key)
        if shadow is None:
            if key in self.states:
                shadow = self.shadows[key] = self.of_state(tensor)
            elif tensor.is_nested and self.real:
                return tensor
            elif tensor.is_nested:
                return in_a_row(tensor)
            elif tensor.is_meta:
                return tensor
            else:
                return self.of_storage(tensor)
        self.used.add(key)
        return shadow if shadow.is_meta else self.of_storage(shadow)

    def of_state(self, tensor: Any) -> Any:
        """A parameter has no value here, unless it is one number; a small buffer keeps its own in a copy."""
        learned = isinstance(tensor, torch.nn.Parameter)
        tensor = self.initial.get(id(tensor), tensor)
        if self.real:
            if learned:
                return tensor
            with Ordinary():
                return tensor.detach().clone()
        keeps = (not learned or tensor.numel() == 1) and not tensor.is_meta and self.affords(tensor)
        with Ordinary():  # a view of a parameter is made of a tensor of the parameter's own sort
            shadow = self.copied(tensor) if keeps else blank(tensor)
        return self.as_learned(tensor, shadow)

    def affords(self, tensor: Any) -> bool:
        """Whether its values may be kept."""
        if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or tensor.layout is not torch.strided:
            return False
        bytes_needed = tensor.numel() * tensor.element_size()
        return (
            tensor.numel() <= self.most
            and self.kept_bytes + bytes_needed <= KNOWN_BYTES
            and not tensor.is_quantized
            and not tensor.is_nested
        )

    def copied(self, tensor: Any) -> Any:
        """A private copy on the CPU."""
        copy = tensor.detach().to("cpu", copy=True)
        self.keep(copy)
        return copy

    def keep(self, tensor: Any) -> None:
        """Remember that a tensor with values was made here and may be written."""
        storage = storage_of(tensor)
        if storage is not None and self.known.get(storage) is not _OURS:
            self.known[storage] = _OURS
            self.kept.append(tensor)
            self.kept_bytes += tensor.untyped_storage().nbytes()

    def of_storage(self, tensor: Any) -> Any:
        """A tensor with values: ours, a copy of somebody else's, or shapes alone where the values are not known."""
        if self.real:
            return tensor
        storage = storage_of(tensor)
        if storage is None:
            return blank(tensor)
        found = self.known.get(storage, _FOREIGN)
        if found is _OURS:
            return tensor
        if found is not _FOREIGN:
            return marked(blank(tensor), found)
        view = (storage, tensor.storage_offset(), tuple(tensor.size()), tensor.dtype)
        copy = self.copies.get(view)
        if copy is None:
            self.used.update(self.storages.get(storage, ()))
            with Ordinary():
                copy = self.copied(tensor) if storage not in self.storages and self.affords(tensor) else blank(tensor)
            self.copies[view] = copy
            self.kept.append(tensor)  # keeps its storage's identity from being given to another
        return copy if copy.is_meta else self.of_storage(copy)

    def release(self) -> None:
        """Let go of every stand-in; which tensors were used stays known."""
        self.copies.clear()
        self.shadows.clear()
        self.known.clear()
        self.kept.clear()
        self.written_steps.clear()
        self.written_answers.clear()

    def wrote(self, tensor: Any, step: int) -> None:
        """A step has written something with a gradient into a tensor without values."""
        self.written_steps[storage_of(tensor)] = step
        self.kept.append(tensor)  # keeps the memory's identity from being given to another

    def wrote_answers(self, tensor: Any) -> None:
        """Something was written into a tensor of truth values, or a part of one."""
        self.written_answers.add(storage_of(tensor))
        self.kept.append(tensor)

    def unwritten(self, tensor: Any) -> Any:
        """What may be written in place of ``tensor``: never the model's own memory."""
        own = not tensor.is_meta and storage_of(tensor) in self.storages
        if not own:
            return tensor
        with Ordinary():
            return tensor.detach().clone()

    def forget(self, tensor: Any, marks: dict[str, Any]) -> None:
        """Its values are not known any more: something without a value, known by ``marks``, was written into it."""
        storage = storage_of(tensor)
        if storage is not None:
            before = self.known.get(storage)
            self.known[storage] = {**before, **marks} if isinstance(before, dict) else marks
            self.kept.append(tensor)


def storage_of(tensor: Any) -> int | None:
    """The identity of the memory a tensor lives in; ``None`` where it has none of its own."""
    try:
        identity: int = tensor.untyped_storage()._cdata
    except (RuntimeError, NotImplementedError):
        return None
    return identity
