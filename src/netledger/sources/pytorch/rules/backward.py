"""Which results the gradient of a loss flows back to: what the model also computes costs nothing backward.

Every operation whose result carries a gradient is a step that knows the steps it read from. A result of an operation
that says nothing of it (one with a treatment of its own) counts as read from all steps before.
"""

from __future__ import annotations

import torch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from netledger.sources.pytorch.tracing.call_tree import Event


class BackwardSteps:
    """The steps of one pass: each by its number, with those that it read from; the first is what is learned."""

    def __init__(self) -> None:
        self.read: list[Iterable[int]] = [()]

    def add(self, read: list[int | None]) -> int:
        """The number of a step that has read from others; from all there are where one is not known."""
        number = len(self.read)
        self.read.append(range(number) if None in read else read)  # type: ignore[arg-type]
        return number

    def behind(self, tensors: list[Any]) -> set[int]:
        """The steps that the gradient of some tensors flows back to."""
        steps: set[int | None] = {getattr(tensor, "gradient_step", None) for tensor in tensors}
        if None in steps:
            return set(range(len(self.read)))
        found: set[int] = set()
        waiting = [step for step in steps if step is not None]
        while waiting:
            step = waiting.pop()
            if step not in found:
                found.add(step)
                waiting += self.read[step]
        return found


def losses_in(result: Any) -> list[Any]:
    """What a training loop calls ``backward`` on: a single number, that which is called ``loss``, or numbers alone.

    >>> losses_in({"loss": torch.tensor(1.0), "logits": torch.zeros(3)})
    [tensor(1.)]
    >>> losses_in((torch.zeros(3), torch.zeros(3)))
    []
    """
    if isinstance(result, torch.Tensor):
        return [result] if _is_number(result) else []
    named = result.get("loss") if isinstance(result, dict) else getattr(result, "loss", None)
    if isinstance(named, torch.Tensor):
        return [named] if _is_number(named) else []
    if isinstance(result, dict):
        values = list(result.values())
        return values if all(map(_is_number, values)) else []
    if isinstance(result, tuple) and result and _is_number(result[0]):
        return [result[0]]
    return []


def _is_number(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dim() == 0 and value.is_floating_point()


def without_gradient(event: Event) -> None:
    """Nothing of an operation's is run backward, nor once more for it."""
    event.recomputed, event.step = False, None
    if event.contraction is not None:
        terms = tuple([term.replace(left=0, right=0, skipped=0) for term in event.contraction.terms])
        event.contraction = event.contraction.replace(terms=terms)
