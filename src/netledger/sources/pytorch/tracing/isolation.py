"""What a forward pass on shapes may touch, put back as it was: also when the model raises."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from threading import get_ident

import torch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from netledger.sources.pytorch.tracing.tracer import Tracer

_CONTAINERS = (dict, list, set)
_EMPTY = object()


@contextmanager
def untouched(model: Any, inputs: tuple[Any, ...] = ()) -> Iterator[None]:
    """Everything the modules hold, and every random state, is afterwards what it was before; ``inputs`` are as new."""
    tensors = [*model.parameters(), *model.buffers(), *inputs]
    versions = [(tensor, _version(tensor)) for tensor in tensors]
    saved = [state for module in model.modules() if not _scripted(module) for state in _state_of(module)]
    states = _random_states()
    try:
        yield
    finally:
        for container, content in reversed(saved):
            _restore(container, content)
        for put_back, state in states:
            put_back(state)
        for tensor, version in versions:
            if version is not None and tensor._version != version:
                _set_version(tensor, version)


def _version(tensor: Any) -> int | None:
    """How often autograd believes it was written; inference tensors and uninitialised ones do not say."""
    try:
        return None if tensor.is_inference() else int(tensor._version)
    except (RuntimeError, ValueError):
        return None


def _set_version(tensor: Any, version: int) -> None:
    setter = getattr(torch._C._autograd, "_unsafe_set_version_counter", None)
    if setter is None:
        return
    try:
        setter((tensor,), (version,))
    except TypeError:  # before PyTorch 2.6 one at a time
        setter(tensor, version)


def _scripted(module: Any) -> bool:
    return isinstance(module, torch.jit.ScriptModule)


def _state_of(module: Any) -> Iterator[tuple[Any, Any]]:
    """A module's attributes, and every plain container among them, with copies of what they hold."""
    attributes = vars(module)
    yield attributes, dict(attributes)
    for value in attributes.values():
        if isinstance(value, _CONTAINERS):
            yield value, (value.copy() if value else _EMPTY)


def _restore(container: Any, content: Any) -> None:
    if content is _EMPTY:
        if container:
            container.clear()
        return
    if isinstance(container, dict):
        if len(container) == len(content) and all(
            a is b and container[a] is content[b] for a, b in zip(container, content, strict=True)
        ):
            return
        container.clear()
        container.update(content)
    elif isinstance(container, list):
        container[:] = content
    else:
        container.clear()
        container.update(content)


def _random_states() -> list[tuple[Callable[[Any], object], Any]]:
    """Every generator a model may draw from, with its state."""
    import random

    states: list[tuple[Callable[[Any], object], Any]] = [
        (random.setstate, random.getstate()),
        (torch.set_rng_state, torch.get_rng_state()),
    ]
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "random"):
        states.append((numpy.random.set_state, numpy.random.get_state()))
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        states.append((torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all()))
    return states


@contextmanager
def watched(tracer: Tracer, *, gradients: bool = False, autograd: bool = False) -> Iterator[None]:
    """Modules and operations report to ``tracer``; fused and compiled paths step aside.

    ``autograd`` leaves autograd itself on, for models that differentiate inside their forward pass.
    """
    with ExitStack() as stack:
        stack.enter_context(_calls_reported(tracer))
        stack.enter_context(_checkpoints_reported(tracer))
        stack.enter_context(_flex_attention_reported(tracer))
        stack.enter_context(_plain_attention())
        stack.enter_context(_constants_known(tracer))
        if "torch._dynamo" in sys.modules:
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.enter_context(torch.inference_mode(not autograd))
        stack.enter_context(torch.set_grad_enabled(gradients or autograd))
        stack.enter_context(tracer)
        yield


@contextmanager
def _calls_reported(tracer: Tracer) -> Iterator[None]:
    original = torch.nn.Module.__call__
    thread = get_ident()

    def call(module: Any, *args: Any, **kwargs: Any) -> Any:
        if get_ident() != thread:
            return original(module, *args, **kwargs)
        return tracer.call(module, args, kwargs)

    torch.nn.Module.__call__ = call
    try:
        yield
    finally:
        torch.nn.Module.__call__ = original


@contextmanager
def _checkpoints_reported(tracer: Tracer) -> Iterator[None]:
    """Regions that activation checkpointing computes a second time."""
    module: Any = sys.modules.get("torch.utils.checkpoint")
    if module is None:
        yield
        return

    class Reentrant:
        @staticmethod
        def apply(function: Any, preserve: Any, *args: Any) -> Any:
            tracer.recomputing += 1
            try:
                return function(*args)
            finally:
                tracer.recomputing -= 1

    def non_reentrant(*args: Any, **kwargs: Any) -> Iterator[None]:
        tracer.recomputing += 1
        try:
            yield
        finally:
            tracer.recomputing -= 1

    name = "_checkpoint_without_reentrant_generator"
    with _replaced(module, "CheckpointFunction", Reentrant), _replaced(module, name, non_reentrant):
        yield


@contextmanager
def _flex_attention_reported(tracer: Tracer) -> Iterator[None]:
    """``flex_attention`` compiles itself; here it is one operation of known shape."""
    module: Any = sys.modules.get("torch.nn.attention.flex_attention")
    if module is None:
        yield
        return
    original, keep = module.flex_attention, module.flex_attention.__code__

    def stand_in(
        query: Any, key: Any, value: Any, score_mod: Any = None, block_mask: Any = None, scale: Any = None,
        enable_gqa: Any = False, return_lse: Any = False, kernel_options: Any = None, *, return_aux: Any = None,
    ) -> Any:  # fmt: skip
        return _netledger_flex_attention(query, key, value, return_lse, return_aux)  # type: ignore[name-defined]  # noqa: F821

    names = keep.co_varnames[: keep.co_argcount + keep.co_kwonlyargcount]
    if names != stand_in.__code__.co_varnames[: len(names)] or keep.co_freevars:
        yield
        return
    module._netledger_flex_attention = tracer.flex_attention
    original.__code__ = stand_in.__code__
    try:
        yield
    finally:
        original.__code__ = keep
        del module._netledger_flex_attention


@contextmanager
def _plain_attention() -> Iterator[None]:
    """The fused fast path of ``MultiheadAttention`` off: what it computes is the same, and seen step by step."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


@contextmanager
def _constants_known(tracer: Tracer) -> Iterator[None]:
    """``torch.tensor([[3, 4]], device=x.device)`` keeps its values where ``x`` has none."""
    thread = get_ident()

    def keeping(original: Any) -> Any:
        def make(*args: Any, **kwargs: Any) -> Any:
            device = kwargs.get("device")
            if device is not None and get_ident() == thread and torch.device(device).type == "meta":
                kwargs = {**kwargs, "device": "cpu"}
            return original(*args, **kwargs)

        return make

    if tracer.shadows.real:
        yield
        return
    with _replaced(torch, "tensor", keeping(torch.tensor)), _replaced(torch, "as_tensor", keeping(torch.as_tensor)):
        yield


@contextmanager
def _replaced(holder: Any, name: str, value: Any) -> Iterator[None]:
    original = getattr(holder, name, None)
    if original is None:
        yield
        return
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, original)
