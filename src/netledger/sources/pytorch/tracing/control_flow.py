"""PyTorch's own forms of what Python does, for as long as a model is counted: branches and loops are simply run.

``torch.cond``, ``while_loop``, ``map`` and ``scan`` would compile what they run, and so would a ``torch.compile`` in a
forward pass; nothing of that would be seen. A condition without a value is asked for as any other is. Tensors of a
class of somebody's own cannot be made by calling it while operations are watched: they are made aside.
"""

from __future__ import annotations

import sys

import torch
from torch.utils._python_dispatch import _disable_current_modes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Maker = Callable[[Any], Any]


def plain_forms(counting: Callable[[], Any]) -> Iterator[tuple[Any, str, Maker]]:
    """What is to be replaced - holder, name, what to make of the original - where ``counting`` says that one is."""

    def followed(plain: Callable[..., Any]) -> Maker:
        def make(original: Any) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                return (original if counting() is None else plain)(*args, **kwargs)

            return call

        return make

    def method(plain: Callable[..., Any]) -> Callable[..., Any]:
        return lambda operator, *args, **kwargs: plain(*args, **kwargs)

    yield torch, "compile", followed(_not_compiled)
    yield torch, "cond", followed(_branch)
    yield torch, "while_loop", followed(_loop)
    for module, kind, plain in _OPERATORS:
        operator = getattr(sys.modules.get(f"torch._higher_order_ops.{module}"), kind, None)
        if operator is not None:
            yield operator, "__call__", followed(method(plain))


def _not_compiled(model: Any = None, **settings: Any) -> Any:
    return model if model is not None else lambda function: function


def _branch(pred: Any, true_fn: Any, false_fn: Any, operands: Any = ()) -> Any:
    return true_fn(*operands) if pred else false_fn(*operands)


def _loop(cond_fn: Any, body_fn: Any, carried_inputs: Any, additional_inputs: Any = ()) -> Any:
    carried = tuple(carried_inputs)
    while cond_fn(*carried, *additional_inputs):
        carried = body_fn(*carried, *additional_inputs)
        carried = tuple(carried) if isinstance(carried, list | tuple) else (carried,)
    return carried


def _mapped(f: Any, xs: Any, pos_args: Any = ()) -> Any:
    rows = [f(*[x[i] for x in xs], *pos_args) for i in range(int(xs[0].shape[0]))]
    return [torch.stack(parts) for parts in zip(*rows, strict=True)]


def _scanned(combine_fn: Any, init: Any, xs: Any, additional_inputs: Any = ()) -> Any:
    carried, rows = list(init), []
    for i in range(int(xs[0].shape[0])):
        out = list(combine_fn(*carried, *[x[i] for x in xs], *additional_inputs))
        carried = out[: len(carried)]
        rows.append(out[len(carried) :])
    return (*carried, *[torch.stack(parts) for parts in zip(*rows, strict=True)])


_OPERATORS: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("cond", "CondOp", _branch),
    ("while_loop", "WhileLoopOp", _loop),
    ("map", "MapImpl", _mapped),
    ("scan", "ScanOp", _scanned),
)
"""Module and class of each operator, whatever name a model has imported it by."""


class OwnTensors:
    """While this is entered, ``Class(...)`` makes a tensor of a user's class where ``counting`` says that one is.

    PyTorch makes it of a plain tensor, which the modes of a pass have made a Python object of already. Only for a pass
    in which this is met: another attribute of ``torch.Tensor`` is looked up again by each of its subclasses.
    """

    MET = "Creating a new Tensor subclass"
    """What PyTorch says where it is."""

    def __init__(self, counting: Callable[[], Any]) -> None:
        self.counting = counting

    def __enter__(self) -> None:
        plain, counting = torch.Tensor.__new__, self.counting

        def make(kind: Any, *args: Any, **kwargs: Any) -> Any:
            if kind is torch.Tensor or counting() is None:
                return plain(kind, *args, **kwargs)
            if len(args) == 1 and isinstance(args[0], torch.Tensor):
                return args[0].as_subclass(kind)
            with _disable_current_modes(), torch.inference_mode(False):
                return plain(kind, *args, **kwargs)

        torch.Tensor.__new__ = make

    def __exit__(self, *error: object) -> None:
        if "__new__" in vars(torch.Tensor):
            del torch.Tensor.__new__
