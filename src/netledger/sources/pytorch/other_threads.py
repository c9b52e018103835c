"""Tensors that nobody in a pass has made: a thread that ran before it has, and what it computes is not seen.

A thread that the model starts is watched; one that waits for its work in a queue is not.
"""

from __future__ import annotations

from weakref import ref

from netledger.sources.pytorch.tracing.arguments import shape_of, tensors_in
from netledger.sources.pytorch.tracing.call_tree import Event, Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_WHY = "another thread has made a tensor that is used here: what it computes is not seen"


class Strangers:
    """Looks at what the model hands to operations; ``made`` is what its pass has made, ``own`` are its own tensors."""

    def __init__(self, made: dict[int, Any], own: Iterable[Any]) -> None:
        self.made = made
        self.own = {id(tensor): tensor for tensor in own}
        self.found: list[tuple[Frame, tuple[int, ...]]] = []

    def look(self, values: Any, frame: Frame) -> None:
        """Remember every stand-in in there that is nobody's, where it was met; and what has been made with autograd."""
        for tensor in tensors_in(values):
            if (tensor.is_meta or tensor.grad_fn is not None) and not self.knows(tensor):
                self.made[id(tensor)] = ref(tensor)  # from here on it is known, and taken away after the pass
                self.found.append((frame, shape_of(tensor)))

    def knows(self, tensor: Any) -> bool:
        """Whether the pass has made it, or something that lives in the same memory."""
        made = self.made.get(id(tensor))
        if (made is not None and made() is tensor) or id(tensor) in self.own:
            return True
        memory = tensor.untyped_storage()._cdata
        alive = [one for one in [made() for made in self.made.values()] if one is not None]
        return any(one.untyped_storage()._cdata == memory for one in (*alive, *self.own.values()) if one.is_meta)

    def book(self) -> None:
        """Enter each as an operation of which nothing is known."""
        for frame, shape in self.found:
            frame.events.append(Event("another thread", None, (shape,), (shape,), _WHY, False))
        self.found.clear()
