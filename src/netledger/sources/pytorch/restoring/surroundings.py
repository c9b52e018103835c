"""The model as it was: everything that can be reached from it, compared by identity and put back.

What is reachable is walked, whatever holds it: attributes, containers, helper objects, closures, classes, the globals
of the modules that define them. What a pass leaves anywhere else is found by looking for its tensors
(:mod:`~netledger.sources.pytorch.restoring.leftovers`).
"""

from __future__ import annotations

import functools
import sys
import types
from collections import OrderedDict, defaultdict, deque
from enum import EnumMeta
from weakref import WeakKeyDictionary

import torch

from netledger.sources.pytorch.restoring.containers import (
    EMPTY,
    MISSING,
    held_in,
    restore,
    restore_class,
    set_slot,
    slots_of,
)
from netledger.sources.pytorch.restoring.inner_states import inner_state_of, same_state, set_version, version_of
from netledger.sources.pytorch.restoring.iterators import inside, is_iterator
from netledger.sources.pytorch.restoring.random_states import RandomStates
from netledger.sources.pytorch.restoring.switches import Switches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from netledger.sources.pytorch.restoring.inner_states import InnerState

_ATOMS = frozenset(
    (type(None), bool, int, float, complex, str, bytes, torch.Tensor, torch.nn.Parameter, torch.dtype, torch.device,
     torch.Size, type(Ellipsis), types.BuiltinFunctionType, range, slice)
)  # fmt: skip
_LARGE, _MOST = 4096, 100_000
_LIBRARIES = ("torch", "builtins", "collections", "abc", "typing", "functools", "threading", "logging", "numpy", "enum")
_STANDARD = sys.stdlib_module_names
_CONTAINERS = frozenset((dict, OrderedDict, list, set))
"""What is remembered as empty without being visited, as most of the hooks of a module are."""
_PYTHONS_OWN = frozenset(("__builtins__", "__spec__", "__loader__"))
"""Names in the globals of every module, under which none keeps anything."""


class Surroundings:
    """What a model can reach, before a pass; ``put_back`` may be called as often as one likes.

    ``tensors`` are the model's own and the inputs; ``inputs`` may be objects that it writes to, such as a session.
    """

    def __init__(self, model: Any, tensors: Iterable[Any] = (), inputs: Iterable[Any] = ()) -> None:
        self.holders: dict[int, tuple[Any, Any]] = {}
        """``id`` → a dictionary, list, set, … and a copy of what it held."""
        self.outside: dict[int, tuple[Any, Any]] = {}
        """The same for what functions, classes and modules hold, of which only what a pass left is taken away."""
        self.empty: list[Any] = []
        """Dictionaries, lists and sets that held nothing, of the one sort and (``empty_outside``) of the other; the
        ``id`` of each is in ``empty_ids`` once somebody asks."""
        self.empty_outside: list[Any] = []
        self.empty_ids: set[int] = set()
        self.slots: list[tuple[Any, str, Any]] = []
        self.inner: list[tuple[Any, Any, Any]] = []
        """Objects with a state that no attribute shows, how it is set, and what it was."""
        self.cells: dict[int, tuple[Any, Any]] = {}
        self.seen: set[int] = set()
        self.caches: list[tuple[Any, int]] = []
        """What ``functools.lru_cache`` has made of functions that were met, and how often it had nothing."""
        self.tensors = [(t, version_of(t), t.requires_grad, t.grad if t.is_leaf else None) for t in tensors]
        self.waiting: list[Any] = [model, *inputs]
        self.said: dict[str, None] = {}
        """What could not be put back."""
        self.later: dict[int, Any] = {}
        """Functions and classes, whose surroundings are not the model's own."""
        self.near = True
        """Whether what is met is the model's own, so that the globals of its module are looked into: a library that
        lists its functions in a table would else be walked as a whole."""
        self.content, self.blank = self.holders, self.empty
        self.go_on([row[0].__dict__ for row in self.tensors])
        while self.waiting and len(self.seen) < _MOST:
            self.visit(self.waiting.pop())
        near, self.later = self.later, {}
        self.content, self.blank = self.outside, self.empty_outside
        for value in near.values():
            self.visit(value)
        self.near = False
        while self.waiting and len(self.seen) < 2 * _MOST:
            self.visit(self.waiting.pop())
        self.switches = Switches()
        self.random = RandomStates()
        self.may_have_run = True
        """Whether the model can have drawn numbers or set PyTorch otherwise since both were put back."""

    # ------------------------------------------------------------------ before

    def visit(self, value: Any) -> None:
        """Remember what one object holds, and go on to what it holds."""
        kind = type(value)
        if kind in _ATOMS or id(value) in self.seen:
            return
        self.seen.add(id(value))
        special = _VISITS.get(kind)
        if special is not None:
            special(self, value)
        elif isinstance(value, type):
            self.visit_class(value)
        else:
            self.visit_object(value, kind)

    def visit_object(self, value: Any, kind: type) -> None:
        known = _KINDS.get(kind)
        if known is None:
            slots = None if _is_opaque(kind) else () if kind.__module__ in _LIBRARIES else slots_of(kind)
            known = _KINDS[kind] = inner_state_of(kind), slots
        state, names = known
        if state is not None and (self.content is self.holders or is_iterator(kind)):
            self.inner.append((value, state, state[0](value)))
            self.go_on(inside(value) if is_iterator(kind) else ())
            return
        if names is None:
            if isinstance(value, torch.jit.ScriptModule):  # keeps the methods that were asked of it
                self.visit_mapping(value.__dict__)
            return
        if isinstance(value, dict):
            self.visit_mapping(value)
        elif isinstance(value, _ROWS):
            self.visit_sequence(value)
        attributes = getattr(value, "__dict__", None)
        if type(attributes) is dict:
            self.visit_mapping(attributes)
            if attributes:
                self.later[id(kind)] = kind
        for name in names:
            held = getattr(value, name, MISSING)
            if self.content is self.holders:
                self.slots.append((value, name, held))
            self.waiting.append(held)

    def visit_mapping(self, value: Any) -> None:
        held = held_in(value)
        self.content[id(value)] = (value, held)
        self.go_on(held.values() if len(held) <= _LARGE else ())

    def visit_sequence(self, value: Any) -> None:
        self.content[id(value)] = (value, list(value))
        self.visit_tuple(value)

    def go_on(self, values: Iterable[Any]) -> None:
        """Have each of some values visited, but for those that hold nothing."""
        waiting, blank = self.waiting, self.blank
        for one in values:
            kind = type(one)
            if kind in _ATOMS:
                continue
            if kind in _CONTAINERS and not one:
                blank.append(one)
            elif kind is tuple:
                waiting += [each for each in one if type(each) not in _ATOMS] if len(one) <= _LARGE else ()
            else:
                waiting.append(one)

    def visit_tuple(self, value: Any) -> None:
        self.go_on(value if len(value) <= _LARGE else ())

    def visit_later(self, value: Any) -> None:
        """A function met on the way: visited when the model's own things have been."""
        if self.content is self.holders:
            self.seen.discard(id(value))
            self.later[id(value)] = value
        else:
            self.visit_function(value)

    def visit_function(self, value: Any) -> None:
        for cell in value.__closure__ or ():
            self.visit_cell(cell)
        if value.__dict__:
            self.visit_mapping(value.__dict__)
        self.waiting.extend(value.__defaults__ or ())
        if self.near:
            self.visit_globals(value.__globals__)

    def visit_cell(self, cell: Any) -> None:
        try:
            held = cell.cell_contents
        except ValueError:
            held = MISSING
        self.cells[id(cell)] = (cell, held)
        self.waiting.append(held)

    def visit_globals(self, names: dict[str, Any]) -> None:
        """The globals of a module of the user's own or of a model library: what they hold, not what they import."""
        module = names.get("__name__", "")
        if id(names) in self.seen or _is_library(module):
            return
        self.seen.add(id(names))
        self.outside[id(names)] = (names, dict(names))
        for name, one in names.items():
            kind = type(one)
            if name in _PYTHONS_OWN:
                continue
            own = kind not in _ATOMS and getattr(kind, "__module__", "") == module
            if own or kind in _LOOKED_INTO or is_iterator(kind):
                self.waiting.append(one)
            elif kind is CACHE:
                self.caches.append((one, one.cache_info().misses))
            elif kind is types.FunctionType and one.__dict__:
                if one.__module__ == module:
                    self.visit_mapping(one.__dict__)
                if one.__closure__ and "__wrapped__" in one.__dict__:
                    cached = [cell.cell_contents for cell in one.__closure__ if _is_cached(cell)]
                    self.caches += [(cache, cache.cache_info().misses) for cache in cached]

    def visit_module(self, value: Any) -> None:
        """A module by itself: its own names, not what they hold."""
        names = vars(value)
        if not _is_library(names.get("__name__", "")):
            self.outside[id(names)] = (names, dict(names))

    def visit_class(self, value: type) -> None:
        if value.__module__.partition(".")[0] in _LIBRARIES or type(value) is EnumMeta:  # and so are its bases
            return
        for base in value.__mro__:
            if id(base) in self.outside or base.__module__.partition(".")[0] in _LIBRARIES:
                continue
            held = dict(vars(base))
            self.outside[id(base)] = (base, held)
            self.go_on(held.values())
            names = getattr(sys.modules.get(base.__module__), "__dict__", None)
            if names is not None and self.near:
                self.visit_globals(names)

    def visit_method(self, value: Any) -> None:
        self.waiting += [value.__self__, value.__func__]

    def visit_wrapper(self, value: Any) -> None:
        self.waiting.append(getattr(value, "__wrapped__", None))

    def visit_cache(self, value: Any) -> None:
        self.caches.append((value, value.cache_info().misses))
        self.visit_wrapper(value)

    def visit_partial(self, value: Any) -> None:
        self.waiting += [value.func, value.args, value.keywords]

    def visit_property(self, value: Any) -> None:
        self.waiting += [value.fget, value.fset]

    # ------------------------------------------------------------------ afterwards

    def held_by(self, holder: Any) -> Any:
        """A copy of what a holder held; ``None`` where that is not known."""
        known = self.outside.get(id(holder)) or self.holders.get(id(holder))
        if known is not None:
            return known[1]
        if type(holder) not in _CONTAINERS:
            return None
        if not self.empty_ids:
            self.empty_ids = set(map(id, (*self.empty, *self.empty_outside)))
        return (EMPTY if isinstance(holder, dict) else []) if id(holder) in self.empty_ids else None

    def previous(self, holder: Any, name: Any) -> Any:
        """What a holder had under a name, ``MISSING`` for nothing; ``None`` is an answer too."""
        content = self.held_by(holder)
        return content.get(name, MISSING) if isinstance(content, dict) else MISSING

    def row(self, holder: Any) -> list[Any] | None:
        """What a list or queue held; ``None`` where that is not known."""
        content = self.held_by(holder)
        return content if isinstance(content, list) else None

    def knows(self, holder: Any) -> bool:
        """Whether what a holder had before is known."""
        return self.held_by(holder) is not None

    def put_back(self) -> None:
        """Everything as it was."""
        for container in self.empty if any(self.empty) else ():
            container.clear()
        for container, content in self.holders.values():
            restore(container, content)
        for owner, name, held in self.slots:
            if getattr(owner, name, MISSING) is not held:
                set_slot(owner, name, held)
        for value, (read, set_to), before in reversed(self.inner):  # what an iterator takes from stands behind it
            said = None if same_state(read(value), before) else set_to(value, before)
            if said is not None:
                self.said[said] = None
        for holder, content in self.outside.values():
            if isinstance(holder, type):
                restore_class(holder, content)
        for tensor, version, learns, grad in self.tensors:
            if tensor.requires_grad is not learns:
                tensor.requires_grad_(learns)
            if tensor.is_leaf and tensor.grad is not grad:
                tensor.grad = grad
            if version is not None and tensor._version != version:
                set_version(tensor, version)
        if self.may_have_run:
            self.switches.put_back()
            self.random.put_back()
            self.may_have_run = False


_KINDS: WeakKeyDictionary[type, tuple[InnerState | None, tuple[str, ...] | None]] = WeakKeyDictionary()
"""Of each class that was met: how its objects' inner state is kept, and their slots; ``None`` for one whose objects are
not looked into."""
CACHE = type(functools.lru_cache(maxsize=1)(len))
_ROWS = (list, set, deque)
_LOOKED_INTO = (dict, list, set, OrderedDict, defaultdict, deque, functools.partial, types.ModuleType)
"""What is looked into among the globals of a module, whoever has made its class."""


_AT_WORK = frozenset(
    """builtins threading concurrent multiprocessing subprocess asyncio queue sched signal logging socket socketserver
    ssl selectors select http urllib io tempfile mmap sqlite3 contextvars weakref ctypes importlib zipimport inspect
    ast typing types abc enum functools operator itertools re traceback""".split()
)
"""Modules of Python's own whose objects are not looked into: pools, queues, loggers and locks work on while a model is
counted; what describes code or a type keeps nothing of a pass."""


def _is_opaque(kind: type) -> bool:
    """Whether objects of a class are not looked into; the members of an enumeration are constants."""
    at_work = kind.__module__.partition(".")[0].lstrip("_") in _AT_WORK and kind is not types.SimpleNamespace
    return at_work or isinstance(kind, EnumMeta) or issubclass(kind, torch.jit.ScriptModule)


def _is_library(module: str) -> bool:
    """Whether a module is Python's own or PyTorch's, in which no model leaves anything."""
    return module.partition(".")[0] in _LIBRARIES or module in _STANDARD


def _is_cached(cell: Any) -> bool:
    """Whether a decorator's function keeps its results in a cache."""
    try:
        return type(cell.cell_contents) is CACHE
    except ValueError:
        return False


_VISITS: dict[type, Callable[[Surroundings, Any], None]] = {
    dict: Surroundings.visit_mapping,
    OrderedDict: Surroundings.visit_mapping,
    list: Surroundings.visit_sequence,
    set: Surroundings.visit_sequence,
    deque: Surroundings.visit_sequence,
    tuple: Surroundings.visit_tuple,
    frozenset: Surroundings.visit_tuple,
    types.FunctionType: Surroundings.visit_later,
    types.MethodType: Surroundings.visit_method,
    functools.partial: Surroundings.visit_partial,
    staticmethod: Surroundings.visit_wrapper,
    classmethod: Surroundings.visit_wrapper,
    property: Surroundings.visit_property,
    CACHE: Surroundings.visit_cache,
    types.ModuleType: Surroundings.visit_module,
}
