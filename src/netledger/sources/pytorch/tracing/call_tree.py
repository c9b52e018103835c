"""What a pass saw, in order: calls of modules, and in each the operations that contract or may, entered by rules."""

from __future__ import annotations

from functools import partial

import torch

from netledger.sources.pytorch.rules.contraction import Contraction, Seen
from netledger.sources.pytorch.tracing.arguments import shape_of, shapes_in, tensors_in
from netledger.sources.pytorch.tracing.meta_tensors import blank, in_a_row, marked
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.sources.pytorch.tracing.tracer import Tracer


class Frame:
    """One call of a module: the shapes it got and gave, and what happened in it, in order."""

    __slots__ = ("events", "inputs", "module", "outputs", "path")

    def __init__(self, path: str, module: Any) -> None:
        self.path, self.module = path, module
        self.inputs: tuple[tuple[int, ...], ...] = ()
        self.outputs: tuple[tuple[int, ...], ...] = ()
        self.events: list[Frame | Event] = []


class Event:
    """One operation that contracts, or may."""

    __slots__ = ("contraction", "name", "outputs", "recomputed", "shapes", "step", "tainted", "unknown")

    def __init__(
        self,
        name: str,
        contraction: Contraction | None,
        outputs: tuple[tuple[int, ...], ...],
        shapes: tuple[tuple[int, ...], ...],
        unknown: str | None,
        recomputed: bool,
        tainted: bool = False,
    ) -> None:
        self.name, self.contraction, self.outputs, self.shapes = name, contraction, outputs, shapes
        self.unknown, self.recomputed, self.tainted = unknown, recomputed, tainted
        self.step: int | None = None
        """Which step of the gradient's it is, where its result carries one."""

    def once_more(self, recomputed: bool) -> Event:
        """An equal operation."""
        return Event(self.name, self.contraction, self.outputs, self.shapes, self.unknown, recomputed, self.tainted)


def events_below(frame: Frame) -> Iterator[Event]:
    """Every operation of a call and of what it called."""
    for event in frame.events:
        if isinstance(event, Frame):
            yield from events_below(event)
        else:
            yield event


def calls_below(frame: Frame) -> int:
    """How many calls of modules a call has led to."""
    return sum([1 + calls_below(event) for event in frame.events if isinstance(event, Frame)])


def _for_rules(tracer: Tracer, tensor: Any) -> Any:
    """What stands for a tensor with values where a rule asks for more than its shape.

    How much a sparse matrix stores is said of one that was there before, where the pass runs on made-up data.
    """
    if tensor.is_nested:
        return in_a_row(tensor)
    if tensor.requires_grad and id(tensor) in tracer.shadows.states:
        return marked(blank(tensor), {"carries_gradient": True})
    stored = tensor.layout is not torch.strided and (tracer.zeros_known or id(tensor) not in tracer.made)
    return blank(tensor) if stored else tensor


def _note_others(tracer: Tracer, contraction: Contraction, out: Any, args: tuple[Any, ...]) -> None:
    """Remember what is no multiply-accumulate of real numbers, or one of a matrix whose zeros are not known."""
    found = (contraction.kind, contraction.attributes.get("operations", 0) if contraction.kind != "scan" else 0)
    if contraction.terms and any(map(_of_unknown_zeros, args)):
        found = ("sparse", contraction.macs)
    if isinstance(out, torch.Tensor) and out.is_complex() and contraction.terms:
        found = ("complex", contraction.macs)
    if found[1]:
        tracer.others[found[0]] = tracer.others.get(found[0], 0) + found[1]


def count(tracer: Tracer, name: str, rule: Any, out: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Enter an operation into the present module's frame by its rule (``None``: it has none and may contract)."""
    contraction, unknown = None, None
    if tracer.shadows.real:
        args, out = torch.utils._pytree.tree_map_only(torch.Tensor, partial(_for_rules, tracer), (args, out))
    if rule is None:
        unknown = f"operation {name} has no rule and may contract"
    else:
        short = name.rpartition("::")[2].rstrip("_")
        needs = carries_gradient if torch.is_grad_enabled() else no_gradient
        contraction = rule(Seen(short, args, kwargs, out, needs, known_values))
        if contraction is None:
            unknown = f"what {name} contracts depends on values that are not known"
    read = tensors_in((*args, *kwargs.values()))
    tainted = any(getattr(one, "depends_on_data", False) for one in read)
    if tainted:
        unknown = f"the sizes of {name} depend on the data"
        unsized = contraction.unsized(Unknown(unknown)) if contraction is not None else None
        if unsized is not None:
            contraction, unknown = unsized, None
    elif contraction is not None:
        _note_others(tracer, contraction, out, args)
    shapes = tuple(map(shape_of, read))
    event = Event(name, contraction, shapes_in((out,)), shapes, unknown, tracer.recomputing > 0, tainted)
    if tracer.gradients:
        event.step = next((getattr(one, "gradient_step", None) for one in tensors_in((out,))), None)
    tracer.stack[-1].events.append(event)


def carries_gradient(tensor: Any) -> bool:
    """Whether the backward pass computes a gradient for it."""
    return isinstance(tensor, torch.Tensor) and getattr(tensor, "carries_gradient", False)


def _of_unknown_zeros(value: Any) -> bool:
    """Whether it is a sparse matrix of which nobody knows how much it stores."""
    return isinstance(value, torch.Tensor) and value.layout is not torch.strided and not hasattr(value, "nonzeros")


def no_gradient(tensor: Any) -> bool:
    """Where gradients are switched off nothing carries one."""
    return False


def known_values(tensor: Any) -> list[int] | None:
    """The values of a small integer tensor, where they are known."""
    values = getattr(tensor, "known_as", None) if tensor.is_meta else tensor
    return [int(value) for value in values.flatten().tolist()] if isinstance(values, torch.Tensor) else None
