"""Where an iterator stands, read without moving it on, and iterators set back to where they stood.

What an iterator holds shows in what the garbage collector sees of it, and until Python 3.13 in ``__reduce__`` too. One
over a row is told its place. A ``cycle`` that has been round once comes back to any place by going on; until then it is
as long as what it has given, and its iterator stands where that ends. What can't be set back is named.
"""

from __future__ import annotations

import gc
import itertools
import types
import warnings
from operator import length_hint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_ROWS = frozenset(
    map(type, (
        iter([]), iter(()), iter(range(0)), iter(range(1 << 70)), reversed([]), reversed(()), iter("a"), iter("ä"),
        iter(b""), iter(bytearray()),
    ))
)  # fmt: skip
"""Iterators that know their place in a row and can be told another."""
_TABLE: dict[int, int] = {}
_TABLES = frozenset(
    map(type, (
        iter(_TABLE), iter(_TABLE.values()), iter(_TABLE.items()), reversed(_TABLE), reversed(_TABLE.values()),
        reversed(_TABLE.items()), iter(set[int]()),
    ))
)  # fmt: skip
"""Those that only say how many items are left."""
_OF_OTHERS = frozenset((enumerate, zip, map, filter, type(iter(int, 1))))
_CODE = frozenset((types.GeneratorType, types.AsyncGeneratorType))
_OF_ITERTOOLS = frozenset(
    each for each in (*vars(itertools).values(), type(itertools.tee(())[0])) if hasattr(each, "__next__")
)
_ALL = _ROWS | _TABLES | _OF_OTHERS | _CODE | _OF_ITERTOOLS
_LONGEST = 1 << 20
"""Items of a cycle that is gone round."""


def is_iterator(kind: type) -> bool:
    """Whether a class is an iterator of Python's own whose place can be read.

    >>> is_iterator(itertools.cycle), is_iterator(type(iter([]))), is_iterator(list)
    (True, True, False)
    """
    return kind in _ALL


def place_of(iterator: Any) -> Any:
    """Where it stands: the same as an earlier answer where nothing has been taken from it.

    >>> turning = itertools.cycle("abc")
    >>> before = place_of(turning)
    >>> _ = next(turning)
    >>> place_of(turning) == before, set_back(turning, before), place_of(turning) == before, next(turning)
    (False, None, True, 'a')
    """
    kind = type(iterator)
    if kind is itertools.cycle:
        return _place_in_circle(iterator)
    if kind in _CODE:
        return _place_in_code(iterator)
    if kind in _ROWS:
        left = _left(iterator)
        return left, _reduced(iterator)[2:] if left else ()
    if kind in _TABLES or kind is itertools.repeat:
        return _left(iterator)
    if kind is itertools.count:
        return repr(iterator)
    held = _reduced(iterator)
    if held is None:
        held = _held_by(iterator)
        held += [place_of(one) if is_iterator(type(one)) else None for one in held if kind is itertools.islice]
    return _Same(held)


def set_back(iterator: Any, before: Any) -> str | None:
    """Bring it back to where it stood; why it cannot be, where it cannot."""
    if type(iterator) is itertools.cycle:
        there = _turn_back(iterator, before)
    else:
        there = _tell(iterator, before) and place_of(iterator) == before
    name = type(iterator).__name__
    article = "an" if name[0] in "aeiou" else "a"
    return None if there else f"{article} {name} of the model's has moved on and cannot be set back"


def inside(iterator: Any) -> list[Any]:
    """What an iterator holds that may be visited by itself: not what a cycle takes from, which goes with it."""
    if type(iterator) is itertools.cycle:
        source, given = _parts(iterator)
        rows = [held for one in _behind(source) for held in _held_by(one) if not is_iterator(type(held))]
        return given + rows
    # how far an islice is shows in what it takes from
    hides = type(iterator) is itertools.islice and _reduced(iterator) is None
    return [] if hides or type(iterator) in _CODE else _held_by(iterator)


class _Same:
    """Objects, the same ones or not; numbers and what stands in tuples count by themselves."""

    __slots__ = ("values",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = tuple(values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and _are_same(self.values, other.values)


def _are_same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if type(a) is tuple and type(b) is tuple:
        return len(a) == len(b) and all(map(_are_same, a, b))
    return type(a) in (int, _Same) and type(a) is type(b) and bool(a == b)


def _held_by(iterator: Any) -> list[Any]:
    """What it refers to, tuples taken apart: many keep the last one they gave and write over it."""
    held: list[Any] = []
    for one in gc.get_referents(iterator):
        held += one if type(one) is tuple else [] if one is type(iterator) else [one]
    return held


def _left(iterator: Any) -> int:
    """How many items an iterator of Python's own says are to come; -1 where it does not."""
    return length_hint(iterator, -1) if is_iterator(type(iterator)) else -1


def _reduced(iterator: Any) -> Any:
    """What pickling would write of it; ``None`` where that is not said, as of most from Python 3.14 on."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return iterator.__reduce__()
    except TypeError:
        return None


def _tell(iterator: Any, before: Any) -> bool:
    """Tell an iterator its place, where it listens; whether it may be there."""
    listens = getattr(iterator, "__setstate__", None)
    state = before[1] if type(before) is tuple else before.values[2:] if type(before) is _Same else ()
    if listens is None or not state or state[0] is None:
        return listens is None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            listens(state[0])
    except (TypeError, ValueError):
        return False
    return True


def _place_in_code(holder: Any) -> Any:
    """Where a generator stands: its instruction, what its names stand for, and how far the loops are in it."""
    frame = getattr(holder, "gi_frame", None) or getattr(holder, "ag_frame", None)
    if frame is None:
        return None
    return frame.f_lasti, _Same(frame.f_locals.values()), tuple(map(_left, gc.get_referents(holder)))


# ---------------------------------------------------------------------- cycles


def _parts(circle: Any) -> tuple[Any, list[Any]]:
    """The iterator that a cycle still takes from, ``None`` once it has given all, and what was given."""
    held = [one for one in gc.get_referents(circle) if one is not itertools.cycle]
    given = next(one for one in held if type(one) is list)
    source = next((one for one in held if one is not given), None)
    return None if _is_done(source) else source, given  # Python 3.14 does not let go of it


def _is_done(iterator: Any) -> bool:
    """Whether an iterator, or one of those that it takes from, has no more."""
    kind = type(iterator)
    if not is_iterator(kind):
        return False
    if kind in _CODE:
        return _place_in_code(iterator) is None
    return _left(iterator) == 0 or any(map(_is_done, inside(iterator)))


def _place_in_circle(circle: Any) -> Any:
    source, given = _parts(circle)
    if source is not None:
        return len(given), _left(source), tuple(map(place_of, _behind(source)))
    return _Same(_round(circle, len(given)))


def _behind(source: Any) -> list[Any]:
    """An iterator and those that it takes from."""
    if not is_iterator(type(source)):
        return []
    return [source, *[one for held in inside(source) for one in _behind(held)]]


def _round(circle: Any, length: int) -> list[Any]:
    """All of its items from where it stands, which is where it stands afterwards."""
    return list(itertools.islice(circle, length)) if length <= _LONGEST else []


def _turn_back(circle: Any, before: Any) -> bool:
    source, given = _parts(circle)
    if source is not None:
        standing = list(zip(_behind(source), before[2], strict=False))
        if standing and all(place_of(one) == place or set_back(one, place) is None for one, place in standing[::-1]):
            del given[before[0] :]
            return True
        if not 0 <= _left(source) <= _LONGEST:
            return False
        for _ in range(_left(source) + 1):  # until it is round
            next(circle)
    if isinstance(before, _Same):
        expected = list(before.values)
    else:
        start = (len(given) - before[1] if before[1] >= 0 else before[0]) % max(len(given), 1)
        expected = given[start:] + given[:start]
    return _turn(circle, _round(circle, len(given)), expected)


def _turn(circle: Iterator[Any], now: list[Any], expected: list[Any]) -> bool:
    """Go on until what comes next is what came next before."""
    for steps in range(len(now) if len(now) == len(expected) else 0):
        if now[steps] is expected[0] and _Same(now[steps:] + now[:steps]) == _Same(expected):
            for _ in range(steps):
                next(circle)
            return True
    return False
