"""How an operation is treated, decided once for each: by its own treatment, a rule, as no contraction, in its parts."""

from __future__ import annotations

import torch

from netledger.errors import ModelError
from netledger.sources.pytorch.rules import (  # noqa: F401  (registers rules)
    attention,
    bitsandbytes,
    collectives,
    linear_algebra,
    operations,
    recurrent,
    routing,
)
from netledger.sources.pytorch.rules.non_contracting import is_plain
from netledger.sources.pytorch.tracing.arguments import Arguments, floats_on_meta
from netledger.sources.pytorch.tracing.call_tree import count
from netledger.sources.pytorch.tracing.data_dependent import SPECIAL, line_of
from netledger.sources.pytorch.tracing.shapes.remembered import NOT_YET, OperationCall, is_function_of_shapes, result_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.sources.pytorch.tracing.shapes.remembered import Remembered
    from netledger.sources.pytorch.tracing.tracer import Tracer

    Handler = Callable[[Tracer, Any, tuple[Any, ...], dict[str, Any]], Any]

_COMPOSITE = "CompositeImplicitAutograd"
OFTEN = 8
"""Times that an operation runs in a pass before its calls are remembered."""


_HANDLERS: dict[Any, Handler] = {}
"""Of PyTorch's own operations: what netledger itself does with them."""
_BY_RULE: set[Handler] = set()
"""The treatments that count by a rule of the table."""


def handler_of(func: Any) -> Handler:
    """What is done with an operation, decided once for each."""
    found = _HANDLERS.get(func)
    if found is None:
        found = _handler_of(func)
        if func.namespace == "aten":
            _HANDLERS[func] = found
    return found


def _handler_of(func: Any) -> Handler:
    name = func.name().partition(".")[0]
    special = SPECIAL.find(name)
    if special is not None:
        return special
    rule = operations.RULES.find(name) or operations.RULES.find(name.rstrip("_"))
    if rule is not None:
        handler = _counted(name, rule)
        _BY_RULE.add(handler)
        return handler
    if is_plain(func, torch.Tag.pointwise, torch.ops.aten):
        return _plain
    if torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), _COMPOSITE):
        return _decomposed
    from netledger.sources.pytorch.rules.custom import rule_of_user

    return _counted(name, rule_of_user(func))


def _plain(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return tracer.run(func, args, kwargs)[0]


def _decomposed(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not tracer.shadows.real:
        arguments = Arguments(tracer.shadows, args, kwargs)
        if arguments.metas:  # it may ask whether they are on one device
            args, kwargs = floats_on_meta(arguments.args), floats_on_meta(arguments.kwargs)
    tracer.decomposing += 1
    try:
        with tracer:
            return func.decompose(*args, **kwargs)
    finally:
        tracer.decomposing -= 1


def _counted(name: str, rule: Any) -> Handler:
    def handler(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            out, ran, named = tracer.run(func, args, kwargs)
        except NotImplementedError as error:
            raise ModelError(f"operation {name} does not run on shapes alone: {line_of(error)}") from error
        count(tracer, name, rule, out, ran, named)
        return out

    return handler


def remembering(tracer: Tracer, func: Any, worked_out: Handler) -> Handler:
    """A treatment that works out each sort of call once in a pass, where shapes decide what an operation gives.

    It begins where an operation has been met ``OFTEN``: what a pass meets a few times is not worth remembering.
    """
    counted = worked_out in _BY_RULE
    if not (counted or worked_out is _plain) or not is_function_of_shapes(func):
        return worked_out
    if tracer.shadows.real or tracer.gradients or tracer.autograd:
        return worked_out
    results: dict[Any, Remembered | None] = {}
    met = 1

    def handler(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        nonlocal met
        if met < OFTEN:
            met += 1
            return worked_out(tracer, func, args, kwargs)
        call = OperationCall(tracer.shadows, args, kwargs, counted)
        found = None if call.key is None else results.get(call.key, NOT_YET)
        if found is None:
            return worked_out(tracer, func, args, kwargs)
        events = tracer.stack[-1].events
        if found is NOT_YET:
            before = len(events)
            out = worked_out(tracer, func, args, kwargs)
            results[call.key] = result_of(call, out, events[before:])
            return out
        if found.event is not None:
            events.append(found.event.once_more(tracer.recomputing > 0))
        return found.again(func, call)

    return handler
