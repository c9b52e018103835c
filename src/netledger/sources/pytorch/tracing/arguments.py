"""The arguments of operations: every tensor in them found, and replaced by its stand-in."""

from __future__ import annotations

import torch

from netledger.sources.pytorch.tracing.meta_tensors import Shadows, blank, marked, ragged_shape, storage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_META, _CPU = torch.device("meta"), torch.device("cpu")


class Arguments:
    """The arguments of one operation with every tensor replaced by its stand-in."""

    __slots__ = (
        "args", "device", "elements", "gradient", "known", "kwargs", "lengths", "metas", "mixed", "shadows", "steps",
        "tainted",
    )  # fmt: skip

    def __init__(self, shadows: Shadows, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.shadows = shadows
        self.metas = self.known = self.elements = 0
        self.gradient = self.tainted = self.mixed = False
        self.lengths: tuple[int, ...] | None = None
        self.steps: list[int | None] = []
        """Of each that carries a gradient: the step that made it."""
        self.device: Any = None
        self.args = tuple([self.replaced(value) for value in args])
        self.kwargs = {name: self.replaced(value) for name, value in kwargs.items()} if kwargs else kwargs

    def replaced(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            shadow = self.shadows.of(value)
            if shadow.is_meta:
                self.metas += 1
                marks = shadow.__dict__
                if self.shadows.written_steps:
                    self.note_written(shadow)
                if marks:
                    self.note_gradient(marks)
                    self.tainted = self.tainted or "depends_on_data" in marks
                    self.lengths = self.lengths or marks.get("lengths")
                    self.device = self.device or marks.get("stands_on")
            else:
                self.known += 1
                self.elements += shadow.numel()
                marks = shadow.__dict__
                if marks:
                    self.note_gradient(marks)
                    self.device = self.device or marks.get("stands_on")
                elif shadow is value and value.requires_grad and id(value) in self.shadows.states:  # as it is
                    self.gradient = True
                    self.steps.append(0)
            return shadow
        if type(value) in (list, tuple):
            return type(value)([self.replaced(one) for one in value])
        return value

    def note_gradient(self, marks: dict[str, Any]) -> None:
        if "carries_gradient" in marks:
            self.gradient = True
            self.steps.append(marks.get("gradient_step"))

    def note_written(self, shadow: Any) -> None:
        step = self.shadows.written_steps.get(storage_of(shadow))
        if step is not None:
            self.gradient = shadow.carries_gradient = True
            self.steps.append(step)
            shadow.__dict__.setdefault("gradient_step", step)

    def to_meta(self) -> None:
        """Every tensor and every device argument on the meta device."""
        self.mixed = self.known > 0
        if self.known or any(type(value) is torch.device for value in self.args):
            self.args = as_meta(self.args)
        if self.kwargs:
            self.kwargs = as_meta(self.kwargs)


def as_meta(value: Any) -> Any:
    """A structure with every tensor and device replaced by the meta device's; generators and pinning dropped."""
    if isinstance(value, torch.Tensor):
        if value.is_meta:
            return value
        shadow = marked(blank(value), vars(value))
        shadow.known_as = value
        return shadow
    if type(value) in (list, tuple):
        return type(value)([as_meta(one) for one in value])
    if type(value) is dict:
        return {
            name: None if name == "generator" else as_meta(one) for name, one in value.items() if name != "pin_memory"
        }
    return _META if type(value) is torch.device else value


def floats_on_meta(value: Any) -> Any:
    """A structure with every floating-point tensor replaced by one without values, which may carry a gradient."""
    if isinstance(value, torch.Tensor):
        floats = value.is_floating_point() or value.is_complex()
        return marked(blank(value), vars(value)).requires_grad_(value.requires_grad) if floats else value
    if type(value) in (list, tuple):
        return type(value)([floats_on_meta(one) for one in value])
    return {name: floats_on_meta(one) for name, one in value.items()} if type(value) is dict else value


def on_cpu(values: Any) -> Any:
    """Arguments with every device replaced by the CPU, where values that are known are kept."""
    if type(values) is dict:
        return {name: _CPU if type(value) is torch.device else value for name, value in values.items()}
    return tuple([_CPU if type(value) is torch.device else value for value in values])


def tensors_in(values: Any) -> list[Any]:
    """Every tensor in nested lists, tuples and mappings, and in objects that hold them as attributes."""
    found: list[Any] = []
    for value in values:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += tensors_in(value)
        elif isinstance(value, dict):
            found += tensors_in(value.values())
        elif hasattr(value, "__dataclass_fields__"):
            found += tensors_in([getattr(value, name, None) for name in value.__dataclass_fields__])
    return found


def shapes_in(values: Any) -> tuple[tuple[int, ...], ...]:
    """The shapes of every tensor in there."""
    return tuple([shape_of(tensor) for tensor in tensors_in(values)])


def shape_of(tensor: Any) -> tuple[int, ...]:
    """Its shape; a nested tensor's examples (whose lengths differ) one after the other, as one."""
    return ragged_shape(tensor)[0] if tensor.is_nested else tuple(tensor.shape)
