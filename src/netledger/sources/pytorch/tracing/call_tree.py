"""What a pass saw, in order: calls of modules, and in each the operations that contract or may."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.sources.pytorch.rules.contraction import Contraction


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
