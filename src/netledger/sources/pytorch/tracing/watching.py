"""Modules and operations of one thread report to its tracer; PyTorch itself is changed once, for as long as one does.

One pass runs at a time. What is replaced in PyTorch asks which tracer its own thread has, and does for every other
thread what it always did. Taking back is safe to do twice, and is done twice, so that an interrupt anywhere in it
leaves nothing behind.
"""

from __future__ import annotations

import _thread
import contextlib
import functools
import os
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import overrides
from torch.utils import _python_dispatch as dispatching

from netledger.sources.pytorch.tracing.control_flow import plain_forms
from netledger.sources.pytorch.tracing.deferred_imports import Deferring
from netledger.sources.pytorch.tracing.facade import Facade
from netledger.sources.pytorch.tracing.meta_tensors import ordinary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.sources.pytorch.tracing.tracer import Tracer

_here = threading.local()
_lock = threading.RLock()
_passes: list[Pass] = []
_replaced: list[tuple[Any, str, Any]] = []


def pass_lock() -> Any:
    """Held while a model is counted: the same model may be given to several threads."""
    return _lock


def current() -> Tracer | None:
    """The tracer of this thread."""
    return getattr(_here, "tracer", None)


_deferring = Deferring(lambda: current() is not None)


class Watch:
    """One thread's part: its modes, its tracer. ``end`` may be called twice.

    ``devices`` are the one that the model is taken to be on and the one that it is on.
    """

    def __init__(self, tracer: Tracer, devices: tuple[Any, Any], *, gradients: bool, autograd: bool) -> None:
        self.tracer, self.devices, self.gradients, self.autograd = tracer, devices, gradients, autograd
        self.before: tuple[Any, ...] | None = None

    def begin(self) -> None:
        """From here on this thread's operations are seen."""
        modes = (overrides._len_torch_function_stack(), dispatching._len_torch_dispatch_stack())
        before = (current(), torch.is_grad_enabled(), modes, len(ordinary()))
        self.before = (*before, torch._C._InferenceMode(not self.autograd))
        self.before[-1].__enter__()
        torch._C._set_grad_enabled(self.gradients or self.autograd)
        if modes == (0, 0):  # nobody else watches what is made
            self.tracer.shadows.prepare()
        dispatching._push_mode(self.tracer)
        overrides._push_mode(Facade(self.tracer, *self.devices))
        _here.tracer = self.tracer

    def end(self) -> None:
        """As it was before."""
        if self.before is None:
            return
        tracer, grad, (functions, dispatches), entered, guard = self.before
        _here.tracer = tracer
        while overrides._len_torch_function_stack() > functions:
            overrides._pop_mode()
        while dispatching._len_torch_dispatch_stack() > dispatches:
            dispatching._pop_mode()
        guards = ordinary()
        while len(guards) > entered:
            guards[-1].__exit__(None, None, None)
            guards.pop()
        guard.__exit__(None, None, None)
        torch._C._set_grad_enabled(grad)
        self.before = None

    def run(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What ``function`` returns, watched."""
        try:
            self.begin()
            return function(*args, **kwargs)
        except BaseException as error:
            _close_contexts(error)
            raise
        finally:
            try:
                self.end()
            finally:
                self.end()


_CONTEXTS = (contextlib.__file__, overrides.__file__)


def _close_contexts(error: BaseException) -> None:
    """An interrupt may leave PyTorch's own contexts half-way: they put their mode back now, not with its traceback."""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename in _CONTEXTS:
            with contextlib.suppress(RuntimeError):  # it runs
                step.tb_frame.clear()
        step = step.tb_next


class Pass:
    """One forward pass: PyTorch's own entry points replaced while it runs."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def run(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What ``function`` returns, watched."""
        try:
            _passes.append(self)
            if len(_passes) == 1:
                _install()
            return self.watch.run(function, args, kwargs)
        finally:
            try:
                self.leave()
            finally:
                self.leave()

    def leave(self) -> None:
        """The last one to leave puts PyTorch's own back."""
        while self in _passes:
            if len(_passes) == 1:
                _put_back()
            _passes.remove(self)


def _replace(holder: Any, name: str, made: Callable[[Any], Any]) -> None:
    """``holder.name`` is what ``made`` makes of it, until all is put back."""
    original = vars(holder).get(name)
    if original is not None:
        _replaced.append((holder, name, original))
        setattr(holder, name, made(original))


def _put_back() -> None:
    _deferring.end()
    while _replaced:
        holder, name, original = _replaced[-1]
        setattr(holder, name, original)
        _replaced.pop()


def _after_fork() -> None:
    """A child process has one thread and none of its parent's passes."""
    global _lock
    _lock = threading.RLock()
    if current() is None:
        _put_back()
        _passes.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


# ---------------------------------------------------------------------- what is replaced


_MAY_BE_IMPORTED = ("multiprocessing.pool", "torch.nn.attention.flex_attention", "torch.utils.checkpoint")
"""Modules of which something is replaced only where they are imported already."""


def imported() -> frozenset[str]:
    """Which of them are: a pass in which a model has imported another has not seen what is done by it."""
    return frozenset([name for name in _MAY_BE_IMPORTED if name in sys.modules])


def _install() -> None:
    _replace_call()
    _replace(torch.backends.mha, "_is_fastpath_enabled", lambda enabled: False)
    _replace(threading.Thread, "start", _watched_start)
    _replace(_thread, "start_new_thread", _watched_beginning)
    _replace(ThreadPoolExecutor, "submit", _watched_submit)
    for holder, name, made in plain_forms(current):
        _replace(holder, name, made)
    pools = sys.modules.get("multiprocessing.pool")
    if pools is not None:
        _replace(pools.Pool, "_map_async", _watched_map)
        _replace(pools.Pool, "apply_async", _watched_apply)
    checkpoint = sys.modules.get("torch.utils.checkpoint")
    if checkpoint is not None:
        _replace(checkpoint, "CheckpointFunction", _reentrant)
        _replace(checkpoint, "_checkpoint_without_reentrant_generator", _non_reentrant)
    flex = sys.modules.get("torch.nn.attention.flex_attention")
    if flex is not None:
        _replace_flex(flex)
    dynamo = sys.modules.get("torch._dynamo.eval_frame")
    if dynamo is not None:
        _replace(dynamo, "_stance", lambda stance: type(stance)("force_eager"))
    _replace(sys, "stdout", _Elsewhere)
    _deferring.begin()


class _Elsewhere:
    """What a model prints while it is counted is no part of netledger's output."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream if current() is None else sys.stderr, name)


def _reported_call(original: Any) -> Any:
    def call(module: Any, *args: Any, **kwargs: Any) -> Any:
        tracer = getattr(_here, "tracer", None)
        if tracer is not None:
            return tracer.call(module, args, kwargs)
        owner = _owner(module, (*args, *kwargs.values()))
        if owner is None:
            return original(module, *args, **kwargs)
        return _in_this_thread(owner, None, module, args, kwargs)

    return call


def _owner(module: Any, values: tuple[Any, ...]) -> Watch | None:
    """The pass whose work a thread that was started before it is doing: its own module on its own stand-ins."""
    for one in _passes:
        if id(module) in one.watch.tracer.names and any(getattr(value, "is_meta", False) for value in values):
            return one.watch
    return None


def _in_this_thread(watch: Watch, place: Any, function: Any, args: Any, kwargs: Any) -> Any:
    """``function`` run by another thread of the same pass, its rows where it was called."""
    tracer = watch.tracer.beside(place)
    return Watch(tracer, watch.devices, gradients=watch.gradients, autograd=watch.autograd).run(function, args, kwargs)


def _carried(function: Any) -> Any:
    """``function``, which another thread will run for this one's pass; itself where there is none."""
    tracer = current()
    watch = next(
        (one.watch for one in _passes if tracer is not None and one.watch.tracer.shadows is tracer.shadows), None
    )
    if tracer is None or watch is None:
        return function
    place = tracer.place()

    def carried(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs) if current() else _in_this_thread(watch, place, function, args, kwargs)

    return carried


def _watched_start(original: Any) -> Any:
    def start(thread: Any) -> Any:
        if current() is not None:
            run, worker = thread.run, getattr(thread, "_target", None)
            if getattr(worker, "__module__", "") not in ("concurrent.futures.thread", "multiprocessing.pool"):
                thread.run = _carried(run)
        return original(thread)

    return start


def _watched_beginning(original: Any) -> Any:
    def begin(function: Any, *args: Any) -> Any:
        return original(_carried(function), *args)

    return begin


def _watched_submit(original: Any) -> Any:
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        return original(self, _carried(fn), *args, **kwargs)

    return submit


def _watched_map(original: Any) -> Any:
    def mapped(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        return original(self, _carried(func), *args, **kwargs)

    return mapped


def _watched_apply(original: Any) -> Any:
    def applied(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        return original(self, _carried(func), *args, **kwargs)

    return applied


@functools.lru_cache(maxsize=1)
def _reentrant(original: Any) -> Any:
    """Regions that activation checkpointing computes a second time."""

    class Reentrant:
        @staticmethod
        def apply(function: Any, preserve: Any, *args: Any) -> Any:
            tracer = current()
            if tracer is None:
                return original.apply(function, preserve, *args)
            tracer.recomputing += 1
            try:
                return function(*args)
            finally:
                tracer.recomputing -= 1

    return Reentrant


def _non_reentrant(original: Any) -> Any:
    def generator(*args: Any, **kwargs: Any) -> Any:
        tracer = current()
        if tracer is None:
            yield from original(*args, **kwargs)
            return
        tracer.recomputing += 1
        try:
            yield
        finally:
            tracer.recomputing -= 1

    return generator


_CALLED = "netledger: what is called in its place"


def _replace_code(function: Any, stand_in: Any, made: Callable[[Any], Any]) -> None:
    """``function`` does what ``stand_in`` does, also for who has it; that calls what ``made`` makes where it has the
    constant ``_CALLED``: a name among the globals of torch could not be taken away while another thread looks it up."""
    keep = function.__code__
    own = types.FunctionType(keep, function.__globals__, function.__name__, function.__defaults__)
    own.__kwdefaults__ = function.__kwdefaults__
    code, instead = stand_in.__code__, made(own)
    _replaced.append((function, "__code__", keep))
    function.__code__ = code.replace(co_consts=tuple([instead if one == _CALLED else one for one in code.co_consts]))


def _replace_call() -> None:
    """A module's call: another attribute of the class would be looked up again by each of its many subclasses."""
    function = torch.nn.Module.__call__

    def stand_in(self: Any, *args: Any, **kwargs: Any) -> Any:
        called: Any = "netledger: what is called in its place"
        return called(self, *args, **kwargs)

    code = getattr(function, "__code__", None)
    if getattr(function, "__module__", "") != torch.nn.Module.__module__ or code is None or code.co_freevars:
        _replace(torch.nn.Module, "__call__", _reported_call)  # somebody else's
    else:
        _replace_code(function, stand_in, _reported_call)


def _replace_flex(module: Any) -> None:
    """``flex_attention`` compiles itself; here it is one operation."""
    function = module.flex_attention
    keep = function.__code__

    def stand_in(
        query: Any, key: Any, value: Any, score_mod: Any = None, block_mask: Any = None, scale: Any = None,
        enable_gqa: Any = False, return_lse: Any = False, kernel_options: Any = None, *, return_aux: Any = None,
    ) -> Any:  # fmt: skip
        called: Any = "netledger: what is called in its place"
        return called(
            query, key, value, score_mod, block_mask, scale, enable_gqa, return_lse, kernel_options,
            return_aux=return_aux)  # fmt: skip

    names = keep.co_varnames[: keep.co_argcount + keep.co_kwonlyargcount]
    if names != stand_in.__code__.co_varnames[: len(names)] or keep.co_freevars:
        return

    def followed(own: Any) -> Any:
        def chosen(query: Any, key: Any, value: Any, *args: Any, return_aux: Any = None) -> Any:
            tracer = current()
            if tracer is None:
                return own(query, key, value, *args, return_aux=return_aux)
            return tracer.flex_attention(query, key, value, args[4], return_aux)

        return chosen

    _replace_code(function, stand_in, followed)
