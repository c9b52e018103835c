"""Tensors of a pass that something still holds when it is over: found by who refers to them, and taken away.

A stand-in has no values; in a cache it would make a later forward pass read memory that nobody wrote. Where the
holder's earlier content is known it is put back; a cache is emptied of it; what can be neither is named.
"""

from __future__ import annotations

import gc
import types
from collections import OrderedDict, deque

from netledger.sources.pytorch.restoring.containers import MISSING, slots_of
from netledger.sources.pytorch.restoring.surroundings import CACHE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.sources.pytorch.restoring.surroundings import Surroundings

_DEPTH = 8


class Older:
    """What is older than a pass, set aside: the garbage collector then finds the pass's own without looking at it."""

    aside = False

    def set_aside(self) -> None:
        """From here on; not where somebody else has done so."""
        self.aside = gc.get_freeze_count() == 0
        if self.aside:
            gc.freeze()

    def bring_back(self) -> None:
        """Everything is collected again; may be called twice."""
        if self.aside:
            gc.unfreeze()
        self.aside = False


def take_away(made: list[Any], surroundings: Surroundings, older: Older) -> list[str]:
    """Remove every tensor of ``made`` (weak references) from whatever holds it; sentences on what could not be."""
    alive = [tensor for tensor in [reference() for reference in made] if tensor is not None]
    if not alive:
        return []
    ids = set(map(id, alive))
    del alive
    for cache, misses in surroundings.caches:  # looking for who holds what takes as long as there are objects
        if cache.cache_info().misses != misses and _caches(cache, ids):
            cache.cache_clear()
    gc.collect()
    new = set(map(id, gc.get_objects())) if older.aside else set()
    older.bring_back()
    alive = [tensor for tensor in [reference() for reference in made] if tensor is not None]
    return _Removal(surroundings, new).remove(alive, _DEPTH) if alive else []


def _caches(holder: Any, ids: set[int]) -> bool:
    """Whether a cache holds one of them as a result, or in one.

    >>> import functools
    >>> kept = functools.lru_cache(lambda size: ([size],))
    >>> row = kept(3)[0]
    >>> _caches(kept, {id(row)}), _caches(kept, {0})
    (True, False)
    """
    waiting, looked = [holder], 0
    while waiting and looked < _LOOKED:
        for one in gc.get_referents(waiting.pop()):
            looked += 1
            if id(one) in ids:
                return True
            if isinstance(one, tuple | list | dict):
                waiting.append(one)
    return False


_LOOKED = 1024
"""Objects in a cache that are looked at."""


class _Removal:
    def __init__(self, surroundings: Surroundings, new: set[int]) -> None:
        self.surroundings = surroundings
        self.new = new
        """``id`` of what the pass has made, as far as the garbage collector knows."""
        self.said: list[str] = []
        self.ours: set[int] = {id(self), id(self.__dict__)}

    def remove(self, dead: list[Any], depth: int) -> list[str]:
        """Take objects out of their holders; one that is immutable, or of this pass too, is taken out of its own."""
        ids = {id(one) for one in dead}
        self.ours |= {id(dead), id(ids)}
        above: list[Any] = []
        holders = [
            holder
            for holder in gc.get_referrers(*dead)
            if id(holder) not in self.ours and not isinstance(holder, types.FrameType)
        ]
        self.ours |= {id(above), id(holders)}
        for holder in holders:
            owner = self.owner_of(holder)
            if self.is_new(owner) or not self.emptied(holder, ids):
                above.append(owner)
        holders.clear()
        holder = owner = None
        if above and depth:
            return self.remove(above, depth - 1)
        self.said += [f"a tensor of the pass without values is still held by a {type(one).__name__}" for one in above]
        return self.said

    def owner_of(self, holder: Any) -> Any:
        """The object whose attributes a dictionary holds; any other holder itself."""
        if type(holder) is not dict or self.surroundings.knows(holder):
            return holder
        owners = [one for one in gc.get_referrers(holder) if getattr(one, "__dict__", None) is holder]
        return owners[0] if len(owners) == 1 else holder

    def is_new(self, holder: Any) -> bool:
        """Whether the pass has made a holder: without its tensors it would be of no use to anybody.

        The collector takes an older dictionary for new where it was empty before; it then stands in something older.
        """
        if id(holder) not in self.new or self.surroundings.knows(holder) or isinstance(holder, types.ModuleType | type):
            return False
        if not isinstance(holder, dict):
            return True
        for one in gc.get_referrers(holder):  # a loop: a generator's cell would be one of them
            told = isinstance(one, types.FrameType) or id(one) in self.ours or id(self.owner_of(one)) in self.new
            if not told and not self.lacked(one, holder):
                return False
        return True

    def lacked(self, holder: Any, one: Any) -> bool:
        """Whether a holder is known not to have held something before the pass."""
        row = self.surroundings.row(holder)
        return row is not None and not any(each is one for each in row)

    def emptied(self, holder: Any, ids: set[int]) -> bool:
        """Whether a holder could be changed so that it holds none of them."""
        for kinds, change in _CHANGES:
            if isinstance(holder, kinds):
                change(self, holder, ids)
                return True
        attributes = getattr(holder, "__dict__", None)
        if type(attributes) is dict and any(id(value) in ids for value in attributes.values()):
            self.mapping(attributes, ids)
            return True
        names = _slot_names(holder, ids)
        try:
            for name in names:
                object.__setattr__(holder, name, None)
        except (AttributeError, TypeError):  # read-only, as those of functools.partial
            return False
        return bool(names)

    def mapping(self, holder: dict[Any, Any], ids: set[int]) -> None:
        own = OrderedDict if isinstance(holder, OrderedDict) else dict  # a class of its own may refuse
        for name in [name for name, value in holder.items() if id(value) in ids or id(name) in ids]:
            before = self.surroundings.previous(holder, name)
            owner = _class_of(holder)
            if owner is not None:  # written through the class, which remembers what it has looked up
                setattr(owner, name, None if before is MISSING else before)
            elif before is not MISSING:
                own.__setitem__(holder, name, before)
            elif self.surroundings.knows(holder) or not _is_attributes(holder, name):
                own.__delitem__(holder, name)
            else:  # an attribute of an object that the model does not reach
                own.__setitem__(holder, name, None)

    def sequence(self, holder: list[Any], ids: set[int]) -> None:
        holder[:] = self.kept(holder, ids)

    def queue(self, holder: Any, ids: set[int]) -> None:
        kept = self.kept(holder, ids)
        holder.clear()
        holder.extend(kept)

    def group(self, holder: set[Any], ids: set[int]) -> None:
        for one in [one for one in holder if id(one) in ids]:
            holder.discard(one)

    def kept(self, holder: Any, ids: set[int]) -> list[Any]:
        """What a row held before, where it is known and nobody else has added to it; else what is left of it."""
        left = [one for one in holder if id(one) not in ids]
        before: list[Any] | None = self.surroundings.row(holder)
        known = set(map(id, before or ()))
        return left if before is None or any(id(one) not in known for one in left) else before

    def cache(self, holder: Any, ids: set[int]) -> None:
        holder.cache_clear()

    def cell(self, holder: Any, ids: set[int]) -> None:
        before = self.surroundings.cells.get(id(holder))
        holder.cell_contents = before[1] if before is not None and before[1] is not MISSING else None


_CHANGES: tuple[tuple[Any, Callable[[_Removal, Any, set[int]], None]], ...] = (
    (dict, _Removal.mapping),
    (list, _Removal.sequence),
    (deque, _Removal.queue),
    (set, _Removal.group),
    (CACHE, _Removal.cache),
    (types.CellType, _Removal.cell),
)


def _slot_names(holder: Any, ids: set[int]) -> list[str]:
    return [name for name in slots_of(type(holder)) if id(getattr(holder, name, None)) in ids]


def _class_of(holder: dict[Any, Any]) -> type | None:
    """The class whose attributes a dictionary holds."""
    if "__module__" not in holder:
        return None
    return next((one for one in gc.get_referrers(holder) if isinstance(one, type)), None)


def _is_attributes(holder: dict[Any, Any], name: Any) -> bool:
    """Whether a dictionary is some object's attributes; a function has none where it is not given any."""
    owners = (one for one in gc.get_referrers(holder) if not isinstance(one, dict | types.FunctionType))
    return isinstance(name, str) and any(getattr(one, "__dict__", None) is holder for one in owners)
