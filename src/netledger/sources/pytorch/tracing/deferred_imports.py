"""PyTorch's compiler, its symbolic sizes and sympy, not imported where a pass only passes by.

PyTorch's shape functions import them (2 s) to ask whether a function is compiled or a size symbolic. In a pass neither
is. While one runs and they are not imported yet, stand-ins answer PyTorch's questions about plain numbers; whoever
wants anything else, in any thread, gets the real module.
"""

from __future__ import annotations

import functools
import importlib
import operator
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_DYNAMO, _SYMBOLS, _SYMPY = "torch._dynamo", "torch.fx.experimental.symbolic_shapes", "sympy"


class Deferred(types.ModuleType):
    """A module that is imported when something of it is asked for that ``answers`` does not hold."""

    def __init__(self, name: str, answers: Callable[[str], Any], *, package: bool) -> None:
        super().__init__(name)
        self.__dict__.update(_answers=answers, _package=package)

    def __getattr__(self, name: str) -> Any:
        if name in _LOOKED_AT or (name == "__path__" and not self._package):
            raise AttributeError(name)
        found = self._answers(name)
        return getattr(really(self.__name__), name) if found is None else found


_LOOKED_AT = ("__file__", "__warningregistry__", "__wrapped__")
"""What ``inspect`` and ``warnings`` ask every module that there is: no reason to import one."""


def really(name: str) -> Any:
    """The module itself."""
    if isinstance(sys.modules.get(name), Deferred):
        del sys.modules[name]
    return importlib.import_module(name)


class Deferring:
    """The stand-ins, from :meth:`begin` to :meth:`end`; ``watched`` tells whether this thread is in a pass."""

    def __init__(self, watched: Callable[[], bool]) -> None:
        self.watched = watched
        self.passed: list[Any] = []
        """Functions that PyTorch has noted to be left out of compilation, which the compiler itself has to do."""

    def begin(self) -> None:
        """Where the modules are not imported, stand-ins are in their place."""
        importlib.import_module("torch.fx.experimental._config")  # asked for as an attribute, without an import
        for name, answers, package in (
            (_DYNAMO, {"disable": self.disable}.get, True),
            (_SYMBOLS, _PLAIN.get, False),
            (_SYMPY, self.of_sympy, True),
        ):
            if name not in sys.modules:
                sys.modules[name] = Deferred(name, answers, package=package)

    def end(self) -> None:
        """As it was; may be called twice."""
        for name in (_DYNAMO, _SYMBOLS, _SYMPY):
            if isinstance(sys.modules.get(name), Deferred):
                del sys.modules[name]
        for function in self.passed:
            if function.__dict__.get("__dynamo_disable") is function:
                del function.__dict__["__dynamo_disable"]
        self.passed.clear()

    def disable(self, fn: Any = None, *args: Any, **kwargs: Any) -> Any:
        """What ``torch._dynamo.disable`` gives: in a pass, where nothing is compiled, the function itself."""
        if fn is None or not self.watched():
            return really(_DYNAMO).disable(fn, *args, **kwargs)
        self.passed.append(fn)
        return fn

    def of_sympy(self, name: str) -> Any:
        """For PyTorch's question whether a number is an expression: none is, where sympy is not imported."""
        asking = sys._getframe(2).f_globals.get("__name__", "")
        return _Expression if name == "Basic" and self.watched() and asking == "torch._prims_common" else None


class _Expression:
    """What no number is."""


def _plain(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """``answer`` for numbers and lists of them; PyTorch's own function for anything else."""

    def either(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and all(map(_is_plain, args)):
            return answer(*args)
        return getattr(really(_SYMBOLS), name)(*args, **kwargs)

    return either


def _is_plain(value: Any) -> bool:
    return type(value) in (bool, int, float) or (isinstance(value, list | tuple) and all(map(_is_plain, value)))


_ANSWERS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(
        ("expect_true", "guard_bool", "guard_or_false", "guard_or_true", "guard_size_oblivious",
         "statically_known_true"), bool
    ),
    **dict.fromkeys(("guarding_hint_or_throw", "optimization_hint"), lambda value, *fallback: value),
    "free_unbacked_symbols": lambda value: set(),
    "has_guarding_hint": lambda value: True,
    "is_nested_int": lambda value: False,
    "sym_and": lambda *values: functools.reduce(operator.and_, values),
    "sym_eq": lambda a, b: list(a) == list(b) if isinstance(a, list | tuple) else a == b,
    "sym_or": lambda *values: functools.reduce(operator.or_, values),
}  # fmt: skip
_PLAIN = {name: _plain(name, answer) for name, answer in _ANSWERS.items()}
"""Name in ``torch.fx.experimental.symbolic_shapes`` → what it answers where nothing is symbolic."""
