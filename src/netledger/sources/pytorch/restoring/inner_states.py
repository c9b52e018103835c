"""What no attribute shows: states of generators, arrays, rows of bytes, iterators; how often a tensor was written."""

from __future__ import annotations

import array
import random
import sys

import torch

from netledger.sources.pytorch.restoring.iterators import is_iterator, place_of, set_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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


def _content(holder: Any) -> Any:
    """What a file in memory holds, and where it is read next."""
    return None if holder.closed or sys.getsizeof(holder) > _LARGE else holder.__getstate__()


def _set_content(holder: Any, before: Any) -> None:
    if before is not None and not holder.closed:
        holder.__setstate__(before)


def _read_next(holder: Any) -> int | None:
    """Where a file that is only read is read next; ``None`` where it does not say."""
    try:
        return None if holder.closed or holder.writable() or not holder.seekable() else int(holder.tell())
    except OSError:  # a loop over its lines is under way
        return None


def _read_again(holder: Any, before: Any) -> str | None:
    if before is None or holder.closed:
        return "a file that the model reads has been read on and cannot be set back"
    holder.seek(before)
    return None


INNER_STATES: dict[str, InnerState] = {
    "random.Random": (random.Random.getstate, random.Random.setstate),
    "torch._C.Generator": (_state_of, _set_state),
    "numpy.random.mtrand.RandomState": (_state_of, _set_state),
    "numpy.random._generator.Generator": (lambda holder: holder.bit_generator.state, _write_bit_generator),
    "numpy.ndarray": (_copy_of_array, _write_array),
    "builtins.bytearray": (bytes, _write_into),
    "_io.BytesIO": (_content, _set_content),
    "_io.StringIO": (_content, _set_content),
    "_io.BufferedReader": (_read_next, _read_again),
    "_io.TextIOWrapper": (_read_next, _read_again),
    "array.array": (lambda holder: array.array(holder.typecode, holder), _write_into),
}
"""Class → how its state is read, and how it is set, which says why it cannot be; a large array is not copied or set."""


def inner_state_of(kind: type) -> InnerState | None:
    """How the state of a class's objects is kept; ``None`` where attributes show all of it.

    >>> inner_state_of(bytearray) is INNER_STATES["builtins.bytearray"], inner_state_of(dict)
    (True, None)
    """
    return _ITERATOR if is_iterator(kind) else INNER_STATES.get(f"{kind.__module__}.{kind.__qualname__}")


_ITERATOR: InnerState = (place_of, set_back)


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
