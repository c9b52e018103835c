"""The update rules of the recipes, exactly.

- ``paper`` (section 5; ``weights.cu``): ``v ← m·v - d·ε·w - ε·g``, ``w ← w + v``
- ``caffe`` (``sgd_solver.cpp``): ``v ← m·v + ε·(g + d·w)``, ``w ← w - v``
- ``torch`` (``torch.optim.SGD``): ``v ← m·v + g + d·w``, ``w ← w - ε·v``

With a constant rate the three are one; they part when the rate changes: the first two keep the old rate in ``v``.
"""

from __future__ import annotations

import torch

from netledger.errors import NotFoundError, or_list
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.train.recipes import Recipe


class Group(Record):
    """Parameters that are updated alike: their names, whether they are biases or the first convolution, their rate
    over the recipe's, their decay."""

    __slots__ = ("names", "bias", "first", "rate", "decay")
    names: tuple[str, ...]
    bias: bool
    first: bool
    rate: float
    decay: float

    def __init__(self, names: tuple[str, ...], bias: bool, first: bool, rate: float, decay: float) -> None:
        self._fill(names, bias, first, rate, decay)


def _paper(w: list[Any], v: list[Any], g: list[Any], rate: float, momentum: float, decay: float) -> None:
    torch._foreach_mul_(v, momentum)
    if decay:
        torch._foreach_add_(v, w, alpha=-decay * rate)
    torch._foreach_add_(v, g, alpha=-rate)
    torch._foreach_add_(w, v)


def _caffe(w: list[Any], v: list[Any], g: list[Any], rate: float, momentum: float, decay: float) -> None:
    regularised = torch._foreach_add(g, w, alpha=decay) if decay else g
    torch._foreach_mul_(v, momentum)
    torch._foreach_add_(v, regularised, alpha=rate)
    torch._foreach_sub_(w, v)


def _torch(w: list[Any], v: list[Any], g: list[Any], rate: float, momentum: float, decay: float) -> None:
    regularised = torch._foreach_add(g, w, alpha=decay) if decay else g
    torch._foreach_mul_(v, momentum)
    torch._foreach_add_(v, regularised)
    torch._foreach_add_(w, v, alpha=-rate)


RULES: dict[str, Callable[..., None]] = {"paper": _paper, "caffe": _caffe, "torch": _torch}
"""Every update rule by name."""


class Momentum:
    """One velocity for each trainable parameter, and the recipe's rule that moves both."""

    def __init__(self, module: NetworkModule, recipe: Recipe) -> None:
        if recipe.rule not in RULES:
            raise NotFoundError(f"no update rule '{recipe.rule}': there are {or_list(list(RULES))}")
        self.recipe = recipe
        self.rule = RULES[recipe.rule]
        self.parameters = {name: value for name, value in module.named_parameters() if value.requires_grad}
        self.velocities = {name: torch.zeros_like(value) for name, value in self.parameters.items()}
        self.groups = self._groups(module)

    def _groups(self, module: NetworkModule) -> list[Group]:
        recipe = self.recipe
        first = next((o.layer.path for o in module.operations() if o.layer.kind.startswith("conv")), None)
        sorted_names: dict[tuple[bool, bool], list[str]] = {}
        for name in self.parameters:
            bias = name.rpartition(".")[2].startswith("bias")
            sorted_names.setdefault((bias, name.rpartition(".")[0] == first), []).append(name)
        return [
            Group(
                tuple(names), bias, is_first, recipe.bias_rate if bias else 1.0,
                recipe.decay if recipe.bias_decay or not bias else 0.0,
            )
            for (bias, is_first), names in sorted_names.items()
        ]  # fmt: skip

    @torch.no_grad()
    def step(self, weights: float = 1.0, biases: float = 1.0, first: float = 1.0) -> None:
        """One update from the gradients; the factors are the schedule's. Parameters without a gradient stay."""
        for group in self.groups:
            names = [name for name in group.names if self.parameters[name].grad is not None]
            if not names:
                continue
            rate = self.recipe.rate * group.rate * (biases if group.bias else weights) * (first if group.first else 1.0)
            w, v = [self.parameters[name] for name in names], [self.velocities[name] for name in names]
            g = [value.grad for value in w]
            self.rule(w, v, g, rate, self.recipe.momentum, group.decay)

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for value in self.parameters.values():
            value.grad = None

    def state_dict(self) -> dict[str, Any]:
        """The velocities, by parameter."""
        return dict(self.velocities)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Velocities of a checkpoint."""
        for name, value in self.velocities.items():
            value.copy_(state[name])
