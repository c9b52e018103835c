"""What operations gave in one pass, by what they were given: an equal call is not worked out again.

Kernels of PyTorch's own on the meta device, and the rules that count them, are functions of shapes, strides, types and
settings alone. A call is remembered only where nothing else can matter: every tensor in it is a stand-in without values
and without marks, nothing is written, no gradient is followed, nothing is cast on the way.
"""

from __future__ import annotations

import torch

from netledger.sources.pytorch.tracing.arguments import tensors_in
from netledger.sources.pytorch.tracing.meta_tensors import blank, storage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from netledger.sources.pytorch.tracing.call_tree import Event
    from netledger.sources.pytorch.tracing.meta_tensors import Shadows

    Made = tuple[tuple[int, ...], tuple[int, ...], Any]

_META, _Tensor, _Parameter = torch.device("meta"), torch.Tensor, torch.nn.Parameter
_strided, _default_dtype, _STRIDED = torch.empty_strided, torch.get_default_dtype, torch.strided
_casting, _following_gradients = torch._C._is_any_autocast_enabled, torch.is_grad_enabled
_SETTINGS = frozenset((bool, int, float, str, type(None), torch.dtype, torch.device, torch.layout, torch.memory_format))
_OF_GRADIENTS = frozenset(("carries_gradient", "gradient_step"))
"""Marks that nobody reads where gradients are switched off."""
_VARYING = (torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape)


def is_function_of_shapes(func: Any) -> bool:
    """Whether an operation is PyTorch's own, writes nothing, and gives what the shapes of its tensors say.

    >>> aten = torch.ops.aten
    >>> [is_function_of_shapes(one) for one in (aten.mul.Tensor, aten.mul_.Tensor, aten.nonzero.default)]
    [True, False, False]
    """
    varies = any(tag in func.tags for tag in _VARYING)
    return func.namespace == "aten" and not func._schema.is_mutable and not varies


class OperationCall:
    """One call with its tensors replaced by their stand-ins.

    ``key`` is the same for an equal call of the same operation; ``None`` where something else than shapes and settings
    could matter. Where ``counted``, values that are known may be asked for by the rule.
    """

    __slots__ = ("args", "counted", "key", "kwargs", "metas", "parts", "shadows")

    def __init__(self, shadows: Shadows, args: tuple[Any, ...], kwargs: dict[str, Any], counted: bool) -> None:
        self.shadows, self.counted, self.metas = shadows, counted, 0
        self.key: tuple[Any, ...] | None = None
        self.parts: list[Any] = [_default_dtype()]
        given = None if _following_gradients() or _casting() else self.listed(args)
        if given is None:
            return
        if kwargs:
            self.parts += (dict, *kwargs)
            values = self.listed(kwargs.values())
            if values is None or "pin_memory" in kwargs:
                return
            kwargs = dict(zip(kwargs, values, strict=True))
        self.args, self.kwargs = tuple(given), kwargs
        if self.metas:
            self.key = tuple(self.parts)

    def listed(self, values: Iterable[Any]) -> list[Any] | None:
        """The values with stand-ins for tensors; ``parts`` get what is to be known of each, readable in one way."""
        given, parts = [], self.parts
        for value in values:
            kind = type(value)
            if kind is _Tensor or kind is _Parameter:
                if not value.is_meta or value.is_nested or id(value) in self.shadows.states:
                    value = self.shadows.of(value)
                marks = value.__dict__
                if type(value) is not _Tensor or (marks and not marks.keys() <= _OF_GRADIENTS):
                    return None
                if value.layout is not _STRIDED or value.is_nested:
                    return None
                if value.is_meta:
                    self.metas += 1
                elif self.counted:
                    return None
                else:
                    value = blank(value)
                dtype = value.dtype
                if dtype.is_complex:
                    return None  # conjugated or not is a mark of its own
                parts += (value.shape, value.stride(), dtype)
            elif kind in _SETTINGS:
                parts += (kind, value)
                value = _META if kind is torch.device else value
            elif kind is list or kind is tuple:
                parts += (kind, len(value))
                inner = self.listed(value)
                if inner is None:
                    return None
                value = inner if kind is list else tuple(inner)
            else:
                return None
            given.append(value)
        return given


class Remembered:
    """What an operation gave and what was counted of it.

    ``made`` are the tensors it made, each a shape, steps and a type: one for a ``kind`` of ``None``, else a list or
    tuple of them. Without any the operation is asked again: what it gives may live in the memory of what it was given.
    """

    __slots__ = ("event", "kind", "made")

    def __init__(self, kind: type | None, made: tuple[Made, ...] | None, event: Event | None) -> None:
        self.kind, self.made, self.event = kind, made, event

    def again(self, func: Any, call: OperationCall) -> Any:
        """The same once more, in tensors of its own."""
        if self.made is None:
            return func(*call.args, **call.kwargs)
        if self.kind is None:
            shape, steps, dtype = self.made[0]
            return _strided(shape, steps, dtype=dtype, device=_META)
        return self.kind([_strided(shape, steps, dtype=dtype, device=_META) for shape, steps, dtype in self.made])


NOT_YET = Remembered(None, None, None)
"""Of a call that is the first of its sort."""


def result_of(call: OperationCall, out: Any, counted: list[Any]) -> Remembered | None:
    """What is remembered of a call, what it gave and what was ``counted`` of it; ``None`` where it gave other things
    than plain tensors of real numbers.
    """
    if len(counted) > 1:
        return None
    event: Event | None = counted[0] if counted else None
    if event is not None and event.contraction is not None and "operations" in event.contraction.attributes:
        return None  # they are summed up elsewhere
    kind = type(out)
    tensors = out if kind in (list, tuple) else [out]
    for one in tensors:
        if type(one) is not _Tensor or not one.is_meta or one.__dict__ or one.dtype.is_complex:
            return None
    return Remembered(None if tensors is not out else kind, _made_of(call, tensors), event)


def _made_of(call: OperationCall, tensors: Any) -> tuple[Made, ...] | None:
    """What each tensor is, where all are new, have no gaps and live in memory of their own."""
    memories = {storage_of(tensor) for tensor in tensors_in((call.args, call.kwargs))}
    made = []
    for tensor in tensors:
        memory, shape, steps, dtype = storage_of(tensor), tuple(tensor.shape), tensor.stride(), tensor.dtype
        if memory is None or memory in memories or tensor.layout is not _STRIDED or tensor.storage_offset():
            return None
        like = _strided(shape, steps, dtype=dtype, device=_META)
        if tensor.untyped_storage().nbytes() != like.untyped_storage().nbytes():
            return None
        memories.add(memory)
        made.append((shape, steps, dtype))
    return tuple(made)
