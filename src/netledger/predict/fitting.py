"""What fits into a budget of bytes: the longest context, the largest batch, the heaviest weights."""

from __future__ import annotations

from netledger.predict.positions import learned_positions
from netledger.predict.running import run
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.predict.running import Model
    from netledger.predict.runtimes import Runtime, Setting

WEIGHTS = (
    "f32", "bf16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_k_s", "iq4_xs", "q3_k_m", "q3_k_s", "q2_k", "iq2_m",
    "iq2_xxs", "iq1_s",
)  # fmt: skip
"""Types of weights that are asked for, the heaviest first."""
ANY = 2**31
"""What stands for "as many as you like"."""


class Fit(Record):
    """What fits into ``budget`` bytes: the longest ``context`` for the asked batch, of positions that the model reads;
    the largest ``batch`` and the heaviest ``weights`` at the asked positions. ``None`` where nothing fits or nothing is
    to choose.
    """

    __slots__ = ("budget", "context", "at", "batch", "weights")
    budget: int
    context: int | None
    at: int
    batch: int | None
    weights: str | None

    def __init__(self, budget: int, context: int | None, at: int, batch: int | None, weights: str | None) -> None:
        self._fill(budget, context, at, batch, weights)


def fit_of(model: Model, setting: Setting, runtime: Runtime, weights: str, budget: int) -> Fit:
    """What fits, each for itself, the rest as it is asked for.

    >>> from netledger.catalogue import load
    >>> from netledger.predict.running import model_of
    >>> from netledger.predict.runtimes import RUNTIMES, Setting
    >>> fit = fit_of(model_of(load("llama-2-7b")), Setting(4096), RUNTIMES["none"], "as-stored", 24 * 10**9)
    >>> fit.context, fit.batch, fit.weights
    (20071, 4, 'bf16')
    """
    heaviest = None
    if not model.stored:
        heaviest = next((kind for kind in WEIGHTS if _fits(model, setting, runtime, kind, budget)), None)
    longest, learned = longest_context(model, setting, runtime, weights, budget), learned_positions(model)
    if longest is not None and learned is not None:
        longest = min(longest, learned * runtime.shares(setting))
    return Fit(
        budget, longest, setting.context,
        _largest_batch(model, setting, runtime, weights, budget), heaviest,
    )  # fmt: skip


def _fits(model: Model, setting: Setting, runtime: Runtime, weights: str, budget: int) -> bool:
    found = run(model, setting, runtime, weights, "inference", "adamw", 0).total
    return isinstance(found, int) and found <= budget


def longest_context(model: Model, setting: Setting, runtime: Runtime, weights: str, budget: int) -> int | None:
    """The most positions whose cache fits into a budget of bytes beside the weights; ``None`` where not even one does,
    2^31 where nothing grows.
    """

    def fits(context: int) -> bool:
        return _fits(model, setting.replace(context=context), runtime, weights, budget)

    return _most(fits)


def _largest_batch(model: Model, setting: Setting, runtime: Runtime, weights: str, budget: int) -> int | None:
    """The most sequences of the asked positions each; where a runtime divides its context among them, of so many."""

    def fits(batch: int) -> bool:
        asked = setting.replace(batch=batch)
        asked = asked.replace(context=setting.context * runtime.shares(asked))
        return _fits(model, asked, runtime, weights, budget)

    return _most(fits) if model.keeps else None


def _most(fits: Callable[[int], bool]) -> int | None:
    """The largest number for which it holds, if it holds for all smaller ones."""
    if not fits(1):
        return None
    low, high = 1, 2
    while high < ANY and fits(high):
        low, high = high, high * 2
    if high >= ANY:
        return ANY
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
