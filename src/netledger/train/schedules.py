"""When a learning rate changes. A schedule answers with factors of the recipe's rates, from where training stands.

Everything a schedule remembers is in :meth:`Schedule.state`, plain values, so that a resumed run goes on as it was.
"""

from __future__ import annotations

from netledger.errors import NotFoundError, UsageError, or_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Schedule:
    """Constant rates; the base of the others."""

    def __init__(self, epochs: int, **arguments: Any) -> None:
        self.epochs = epochs
        self.arguments = arguments

    def factors(self, epoch: int, iteration: int) -> tuple[float, float]:
        """What the rates of weights and of biases are multiplied by."""
        return 1.0, 1.0

    def first_layer(self, epoch: int) -> float:
        """A further factor for the first convolution."""
        return 1.0

    def colour(self, epoch: int) -> bool:
        """Whether colour noise is still on."""
        return True

    def finished(self, epoch: int, iteration: int) -> bool:
        """Whether training ends before its last epoch."""
        return False

    def observe(self, error: float) -> None:
        """The validation error of the epoch that has just ended."""

    def state(self) -> dict[str, Any]:
        """What it remembers."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.__dict__.update(state)


class EveryEpochs(Schedule):
    """Multiplied by ``factor`` every so many epochs.

    >>> EveryEpochs(90, every=30, factor=0.1).factors(60, 0)[0]
    0.010000000000000002
    """

    def factors(self, epoch: int, iteration: int) -> tuple[float, float]:
        """By the epochs that are over."""
        factor = float(self.arguments["factor"]) ** (epoch // int(self.arguments["every"]))
        return factor, factor


class EveryIterations(Schedule):
    """Caffe's ``step`` policy; ends after ``most`` iterations."""

    def factors(self, epoch: int, iteration: int) -> tuple[float, float]:
        """By the updates made."""
        factor = float(self.arguments["factor"]) ** (iteration // int(self.arguments["every"]))
        return factor, factor

    def finished(self, epoch: int, iteration: int) -> bool:
        """At Caffe's ``max_iter``."""
        return iteration >= int(self.arguments["most"])


class Steps(Schedule):
    """cuda-convnet2's discrete exponential: over the whole run the rate falls by a factor in so many equal steps.

    >>> schedule = Steps(90, weights=(250.0, 4), biases=(10.0, 2))
    >>> [round(schedule.factors(epoch, 0)[0], 5) for epoch in (0, 23, 45, 68)], schedule.factors(45, 0)[1]
    ([1.0, 0.15874, 0.0252, 0.004], 0.1)
    """

    def factors(self, epoch: int, iteration: int) -> tuple[float, float]:
        """By the part of the run that is over."""
        return self._level(epoch, *self.arguments["weights"]), self._level(epoch, *self.arguments["biases"])

    def _level(self, epoch: int, total: float, steps: int) -> float:
        level = min(epoch * steps // self.epochs, steps - 1)
        return float(total ** (-level / (steps - 1)))


class Plateau(Schedule):
    """Divided when the validation error stops falling, as the paper says; over after the last division's plateau."""

    def __init__(self, epochs: int, **arguments: Any) -> None:
        super().__init__(epochs, **arguments)
        self.best: float | None = None
        self.waited = 0
        self.divided = 0

    def factors(self, epoch: int, iteration: int) -> tuple[float, float]:
        """By the divisions so far."""
        factor = float(self.arguments["factor"]) ** min(self.divided, int(self.arguments["times"]))
        return factor, factor

    def observe(self, error: float) -> None:
        """Count epochs without a better error."""
        if self.best is None or error < self.best:
            self.best, self.waited = error, 0
            return
        self.waited += 1
        if self.waited >= int(self.arguments["patience"]):
            self.waited, self.divided = 0, self.divided + 1

    def finished(self, epoch: int, iteration: int) -> bool:
        """When it would be divided once more than allowed."""
        return self.divided > int(self.arguments["times"])

    def state(self) -> dict[str, Any]:
        """Best error, epochs waited, divisions."""
        return {"best": self.best, "waited": self.waited, "divided": self.divided}


class Log145(Schedule):
    """The log of the paper's run (``layer-params-145-2010.cfg``): 1e-3 from epoch 23, 1e-4 from 51; at 68 the first
    convolution goes to 1e-5 and colour noise is switched off, at 72 it is frozen, at 78 the others go to 1e-5. The
    biases' rate, 0.002 at the end, is never said to change."""

    RATES = ((23, 0.1), (51, 0.01), (78, 0.001))
    FIRST = ((68, 0.1), (72, 0.0))

    def factors(self, epoch: int, iteration: int) -> tuple[float, float]:
        """By epoch, as logged."""
        return next((f for at, f in reversed(self.RATES) if epoch >= at), 1.0), 1.0

    def first_layer(self, epoch: int) -> float:
        """1e-5 at 68 where the others have 1e-4; then frozen."""
        return next((f for at, f in reversed(self.FIRST) if epoch >= at), 1.0)

    def colour(self, epoch: int) -> bool:
        """Until epoch 68."""
        return epoch < 68


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Schedule, "epochs": EveryEpochs, "iterations": EveryIterations, "steps": Steps, "plateau": Plateau,
    "log145": Log145,
}  # fmt: skip
"""Every schedule by name."""


def schedule(name: str, epochs: int, arguments: Mapping[str, Any]) -> Schedule:
    """A schedule by name; arguments that another schedule was given are replaced by its usual ones."""
    found = SCHEDULES.get(name)
    if found is None:
        raise NotFoundError(f"no schedule '{name}': there are {or_list(list(SCHEDULES))}")
    usual = _USUAL.get(name, {})
    unknown = [argument for argument in arguments if argument not in usual]
    if unknown:
        raise UsageError(f"schedule '{name}' has no argument '{unknown[0]}': it takes {', '.join(usual) or 'none'}")
    return found(epochs, **{**usual, **arguments})


_USUAL: dict[str, dict[str, Any]] = {
    "epochs": {"every": 30, "factor": 0.1},
    "iterations": {"every": 100_000, "factor": 0.1, "most": 450_000},
    "steps": {"weights": (250.0, 4), "biases": (10.0, 2)},
    "plateau": {"factor": 0.1, "times": 3, "patience": 5},
}
