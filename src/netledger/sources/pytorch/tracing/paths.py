"""A model that looks at a value without one is run each way: where all ways contract alike, the data do not matter.

A way that ends in an exception is a check (of finite values, of a distribution's arguments): a model that runs at all
goes the other way. Where two ways differ, the smaller one is counted and the difference is said.
"""

from __future__ import annotations

import sys

from netledger.sources.pytorch.tracing.data_dependent import DataDependent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Site = tuple[str, ...]

PASSES = 24
"""How many ways are tried: one for each place that asks, and those that show up on the way."""
QUESTIONS = 2000
"""After so many answers in one pass it is a loop that waits for a value."""
_ANSWERS = {
    "bool": (False, True),
    "all": (True, False),
    "float": (1.0, -1000.0, 1000.0),
    "int": (1, 2, 0),
    "value": (1.0, -60.5),
    "route": (True, False),
}


class Decisions:
    """The answers of one pass: the first of its sort everywhere, but at the places that ``plan`` names."""

    def __init__(self, plan: dict[Site, int] | None = None) -> None:
        self.plan = plan or {}
        self.asked: dict[Site, str] = {}
        self.times = 0

    def decide(self, sort: str, tensor: Any) -> Any:
        """How the pass goes on; ``tensor`` is what was asked."""
        self.times += 1
        if self.times > QUESTIONS:
            raise DataDependent("it repeats for as long as a value says that depends on the weights or the data")
        if sort == "bool" and getattr(tensor, "is_all", False):
            sort = "all"
        site = (*_site(), sort)
        self.asked[site] = sort
        return _ANSWERS[sort][self.plan.get(site, 0)]

    def others(self, known: set[Site]) -> list[dict[Site, int]]:
        """Plans that answer otherwise at each place that is not ``known``."""
        return [
            {**self.plan, site: way}
            for site, sort in self.asked.items()
            if site not in known
            for way in range(1, len(_ANSWERS[sort]))
        ]


def _site() -> Site:
    """Where a value is asked for: the line that asks, and the line of the model that led there."""
    frame = sys._getframe(2)
    lines: list[str] = []
    while frame is not None:
        file = frame.f_code.co_filename
        if "netledger/sources/pytorch" not in file:
            if not lines:
                lines.append(f"{file}:{frame.f_lineno}")
            if "/torch/" not in file:
                return (*lines, f"{file}:{frame.f_lineno}")
        frame = frame.f_back  # type: ignore[assignment]
    return tuple(lines)


def place_of(site: Site) -> str:
    """A place as people name it: ``model.py:12``."""
    return site[-2].rpartition("/")[2]


def explored(run: Callable[[Decisions], Any]) -> Any:
    """What ``run`` gives for a model, whichever way its values would send it.

    ``run`` makes a pass with some decisions; its result has ``decisions`` (those of the pass that counted, with what it
    was asked), ``error`` (the model raised), ``stopped`` (the pass could
    not go on), ``used`` (the tensors read), ``total()`` and ``varies(places, totals)``, which is called where the data
    decide what is contracted.
    """
    first, decisions = None, Decisions()
    while True:
        base = run(decisions)
        decisions = base.decisions
        first = first or base
        if base.error is None and decisions.times <= QUESTIONS:
            break
        later = [site for site in decisions.asked if site not in decisions.plan]
        if not later:
            return first
        decisions = Decisions({**decisions.plan, later[-1]: 1})
    if base.stopped is not None:
        return base
    known = set(decisions.asked)
    waiting, tried = decisions.others(set(decisions.plan)), 0
    totals, places = {base.total()}, []
    while waiting and tried < PASSES:
        plan = waiting.pop(0)
        tried += 1
        other = run(Decisions(plan))
        decisions = other.decisions
        if other.error is not None:
            continue
        base.used |= other.used
        if other.stopped is not None or other.total() != base.total():
            places.append(place_of(next(reversed(plan))))
            if other.stopped is None:
                totals.add(other.total())
                base, used = min(base, other, key=lambda one: one.total()), base.used
                base.used |= used
            if len(set(places)) > 3:
                break
        waiting += decisions.others(known)
        known |= set(decisions.asked)
    if places or waiting:
        base.varies(list(dict.fromkeys(places)), totals if not waiting or places else set())
    return base
