"""What no attribute shows: states of generators, arrays, rows of bytes, iterators; how often a tensor was written."""

from __future__ import annotations

import array
import random
from operator import is_

import torch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    InnerState = tuple[Callable[[Any], Any], Callable[[Any, Any], str | None]]


_LARGE = 1 << 20
"""Bytes of an array that is not copied before each count."""


def _state_of(holder: Any) -> Any:
    return holder.get_state()


def _set_state(holder: Any, before: Any) -> None:
    holder.set_state(before)


def _write_into(holder: Any, before: Any) -> None:
    holder[:] = before


def _write_array(holder: Any, before: Any) -> None:
    if before is not None:
        holder[...] = before


def _copy_of_array(holder: Any) -> Any:
    return holder.copy() if holder.nbytes <= _LARGE and holder.flags.writeable else None


def _write_bit_generator(holder: Any, before: Any) -> None:
    holder.bit_generator.state = before


def _place_in_row(holder: Any) -> Any:
    """Where an iterator over a row stands; ``None`` at its end, where it lets go of the row."""
    state = holder.__reduce__()[2:]
    return state[0] if state else None


def _step_back(holder: Any, before: Any) -> str | None:
    if _place_in_row(holder) is None:
        return _moved_on(holder, before)
    holder.__setstate__(before)
    return None


class _Held:
    """Objects, the same ones or not."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = tuple(values)

    def __eq__(self, other: object) -> bool:
        theirs = other.values if isinstance(other, _Held) else ()
        return len(self.values) == len(theirs) and all(map(is_, self.values, theirs))

    __hash__ = None  # type: ignore[assignment]


def _place_in_code(holder: Any) -> Any:
    """Where a generator stands: its instruction, and what its names stand for."""
    frame = holder.gi_frame
    return None if frame is None else (frame.f_lasti, _Held(frame.f_locals.values()))


def _moved_on(holder: Any, before: Any) -> str:
    return f"a {type(holder).__name__} of the model's has moved on and cannot be set back"


INNER_STATES: dict[str, InnerState] = {
    "random.Random": (random.Random.getstate, random.Random.setstate),
    "torch._C.Generator": (_state_of, _set_state),
    "numpy.random.mtrand.RandomState": (_state_of, _set_state),
    "numpy.random._generator.Generator": (lambda holder: holder.bit_generator.state, _write_bit_generator),
    "numpy.ndarray": (_copy_of_array, _write_array),
    "builtins.bytearray": (bytes, _write_into),
    **{f"builtins.{kind}_iterator": (_place_in_row, _step_back) for kind in ("list", "tuple", "range")},
    "builtins.generator": (_place_in_code, _moved_on),
    "itertools.count": (repr, _moved_on),
    "array.array": (lambda holder: array.array(holder.typecode, holder), _write_into),
}
"""Class → how its state is read, and how it is set, which says why it cannot be; a large array is not copied or set."""


def inner_state_of(kind: type) -> InnerState | None:
    """How the state of a class's objects is kept; ``None`` where attributes show all of it.

    >>> inner_state_of(bytearray) is INNER_STATES["builtins.bytearray"], inner_state_of(dict)
    (True, None)
    """
    return INNER_STATES.get(f"{kind.__module__}.{kind.__qualname__}")


def same_state(now: Any, before: Any) -> bool:
    """Whether a state is as it was.

    >>> same_state(("MT", torch.tensor([1, 2])), ("MT", torch.tensor([1, 3])))
    False
    """
    if isinstance(now, tuple):
        return len(now) == len(before) and all(map(same_state, now, before))
    if isinstance(now, dict):
        return now.keys() == before.keys() and all(same_state(now[name], before[name]) for name in now)
    if hasattr(now, "tobytes"):
        return bool(now.tobytes() == before.tobytes())
    return torch.equal(now, before) if isinstance(now, torch.Tensor) else bool(now == before)


def version_of(tensor: Any) -> int | None:
    """How often autograd believes it was written; inference tensors and uninitialised ones do not say."""
    try:
        return None if tensor.is_inference() else int(tensor._version)
    except (RuntimeError, ValueError):
        return None


def set_version(tensor: Any, version: int) -> None:
    setter = getattr(torch._C._autograd, "_unsafe_set_version_counter", None)
    if setter is None:
        return
    try:
        setter((tensor,), (version,))
    except TypeError:  # before PyTorch 2.6 one at a time
        setter(tensor, version)
