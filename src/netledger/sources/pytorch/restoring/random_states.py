"""The random states of Python, NumPy and PyTorch after a pass: its caller's, and never another thread's a second time.

A pass on shapes draws nothing of PyTorch's, but the model's own code may draw, in the caller's thread. Nothing tells
who of several threads has drawn; so the states are put back where no other thread *can* have drawn: none has run since
the pass began (a worker that waits for its next task, a kernel's threads that wait for messages), or those that have
run are known never to draw.
"""

from __future__ import annotations

import random
import sys
import threading
from ctypes import string_at
from operator import eq
from pathlib import Path
from struct import Struct

import torch

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_OF_TOOLS = frozenset(
    ("ipykernel", "IPython", "jupyter_client", "zmq", "tornado", "traitlets", "debugpy", "_pydevd_bundle", "pydevd",
     "_pydev_bundle", "tqdm")
)  # fmt: skip
"""Who starts threads that run again and again, and draw nothing."""
_LISTENERS = frozenset((("execnet.gateway_base", "_thread_receiver"),))
"""Functions that run as long as a thread that no ``Thread`` has started, and draw nothing (pytest-xdist's)."""
_RUNS_USERS_CODE = frozenset(("SubshellThread",))

_NUMPYS = "numpy.random"


class OtherThreads:
    """How often each other thread had been given a processor, when this was made."""

    def __init__(self) -> None:
        self.before = _others()

    def may_have_run(self) -> bool:
        """Whether another thread than those of tools can have run any of its code since."""
        now = _others()
        if not self.before and not now:  # who has come and gone since was the model's own
            return False
        tools = {thread.native_id for thread in threading.enumerate() if _draws_nothing(thread)}
        return any(_has_run(self.before.get(one), now.get(one)) for one in {*self.before, *now} - tools)


def _has_run(before: str | None, now: str | None) -> bool:
    """Whether a thread has run between two looks at it; one that came, went or was running is said to have."""
    return before is None or now is None or before != now


def _others() -> dict[int | None, str | None]:
    """Every other thread that runs Python, by the system's number for it: how often it has been given a processor."""
    frames = sys._current_frames()
    if len(frames) == 1:
        return {}  # the system is not asked
    listed = threading.enumerate()
    numbers = {thread.native_id for thread in listed}
    known = {thread.ident for thread in listed}
    if not all(one in known or _only_listens(frame) for one, frame in frames.items()):
        numbers |= _all_numbers()  # one was started by no Thread: any of the system's may be it
    return {number: _turns(number) for number in numbers - {threading.get_native_id()}}


def _only_listens(frame: Any) -> bool:
    """Whether a thread does nothing but read what comes from another process."""
    while frame is not None:
        if (frame.f_globals.get("__name__"), frame.f_code.co_name) in _LISTENERS:
            return True
        frame = frame.f_back
    return False


def _all_numbers() -> set[int | None]:
    """The numbers of all threads of this process; ``None`` is one where the system does not say."""
    try:
        return {int(folder.name) for folder in Path("/proc/self/task").iterdir()}
    except OSError:
        return {None}


def _turns(number: int | None) -> str | None:
    """How often a thread that waits now has run; ``None`` where it runs, or where the system does not say.

    Linux counts in ``/proc/self/task/N/schedstat`` (time on a processor, time waited for one, turns); the field after
    the name in ``stat`` is ``S`` or ``D`` while the thread waits for something (proc(5)).
    """
    folder = Path(f"/proc/self/task/{number}")
    try:
        turns = (folder / "schedstat").read_text(encoding="utf-8").split()[2]
        state = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return None
    return turns if state in "SD" else None


def _draws_nothing(thread: threading.Thread) -> bool:
    """Whether it is a tool's, which works on in the background: a kernel's, a debugger's, a progress bar's."""
    kind = type(thread)
    owner = getattr(thread, "_target", None) if kind is threading.Thread else kind
    module = getattr(owner, "__module__", None) or ""
    return module.partition(".")[0] in _OF_TOOLS and kind.__name__ not in _RUNS_USERS_CODE


class RandomStates:
    """The states of all generators that a model may draw from without having them."""

    def __init__(self) -> None:
        self.threads = OtherThreads()
        self.seed = torch.initial_seed()
        self.states = [(generator, generator.read()) for generator in _generators()]
        self.without_numpys = _NUMPYS not in sys.modules

    def changed(self) -> list[tuple[Generator, Any]]:
        """Each generator that somebody has drawn from since, or seeded anew, with its state before."""
        return [(one, state) for one, state in self.states if not one.same(one.read(), state)]

    def put_back(self) -> None:
        """As they were, where nobody else can have drawn meanwhile; PyTorch's where the model has seeded it anew."""
        if self.without_numpys and _NUMPYS in sys.modules and not self.threads.may_have_run():
            sys.modules[_NUMPYS].seed()  # the model was the first to ask for it: it begins as it would have
            self.without_numpys = False
        if not (changed := self.changed()):
            return
        others, seeded = self.threads.may_have_run(), torch.initial_seed() != self.seed
        for generator, state in changed:
            if not others or (seeded and generator.write is torch.set_rng_state):
                generator.write(state)


class Generator(Record):
    """How the state of one generator is read, put back, and compared with another."""

    __slots__ = ("read", "write", "same")
    read: Callable[[], Any]
    write: Callable[[Any], object]
    same: Callable[[Any, Any], bool]

    def __init__(
        self, read: Callable[[], Any], write: Callable[[Any], object], same: Callable[[Any, Any], bool]
    ) -> None:
        self._fill(read, write, same)


_HEAD, _TWISTER = object.__basicsize__, Struct("I624I")


def _pythons() -> tuple[bytes, float | None]:
    """The state of Python's own generator as it lies in memory; as numbers it is 625 objects, made for each look."""
    return string_at(id(_PYTHONS) + _HEAD, _TWISTER.size), _PYTHONS.gauss_next


def _set_pythons(state: tuple[bytes, float | None]) -> None:
    memory, gauss = state
    index, *numbers = _TWISTER.unpack(memory)
    random.setstate((_PYTHONS.VERSION, (*numbers, index), gauss))


def _lies_in_memory() -> bool:
    """Whether it lies where CPython keeps it."""
    if sys.implementation.name != "cpython" or type(_PYTHONS).__mro__[1].__basicsize__ < _HEAD + _TWISTER.size:
        return False
    index, *numbers = _TWISTER.unpack(_pythons()[0])
    return bool(random.getstate()[1] == (*numbers, index))


_PYTHONS: Any = random._inst
_IN_MEMORY = _lies_in_memory()


def _generators() -> list[Generator]:
    found = [
        Generator(_pythons, _set_pythons, eq) if _IN_MEMORY else Generator(random.getstate, random.setstate, eq),
        Generator(torch.get_rng_state, torch.set_rng_state, torch.equal),
    ]
    numbers = sys.modules.get(_NUMPYS)  # not imported for that, which takes as long as a small model's pass
    if numbers is not None:
        found.append(Generator(numbers.get_state, numbers.set_state, _same_numbers))
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        found.append(Generator(torch.cuda.get_rng_state_all, torch.cuda.set_rng_state_all, _same_on_all))
    return found


def _same_numbers(now: Any, before: Any) -> bool:
    """Two states of NumPy: a name, an array, what has been drawn of it."""
    return bool(now[2:] == before[2:] and (now[1] == before[1]).all())


def _same_on_all(now: Any, before: Any) -> bool:
    return all(map(torch.equal, now, before))
