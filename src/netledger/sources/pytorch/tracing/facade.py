"""What a model may ask a stand-in, answered as its own tensor would answer: its device, its text, its truth.

Stand-ins live on the meta device, or on the CPU where values are known. The model sees the device that its tensors
have, and may ask for any other, whether this machine has one or not. A number without a value is not read: a condition
on it is asked of the tracer, which may take each way in turn.
"""

from __future__ import annotations

import torch
from torch.overrides import TorchFunctionMode

from netledger.errors import UsageError
from netledger.sources.pytorch.tracing.data_dependent import DataDependent, asks_for_values
from netledger.sources.pytorch.tracing.unread import Unread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.sources.pytorch.tracing.tracer import Tracer

    Answer = Callable[["Facade", Any, tuple[Any, ...], dict[str, Any]], Any]

_CPU = torch.device("cpu")
_NUMBERS_LISTED = 4096
_ANSWERS: dict[Any, Answer] = {}


def _answers(*functions: Any) -> Callable[[Answer], Answer]:
    def register(answer: Answer) -> Answer:
        for function in functions:
            if _ANSWERS.setdefault(function, answer) is not answer:
                raise UsageError(f"{function.__name__} is answered by {_ANSWERS[function].__name__} already")
        return answer

    return register


class Facade(TorchFunctionMode):
    """Answers in one thread for the stand-ins of one pass.

    ``home`` is the device that the model is taken to be on, ``own`` the one that it is on.
    """

    def __init__(self, tracer: Tracer, home: torch.device, own: torch.device) -> None:
        super().__init__()
        self.tracer, self.home, self.own = tracer, complete(home), own

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        try:
            answer = _ANSWERS.get(func)
            if answer is not None:
                return answer(self, func, args, kwargs or {})
            if len(types) > 0 and any(map(_is_wrapper, types)):
                args = self.unwrapped(args)
            if not kwargs:
                return func(*args)
            if kwargs.get("device") is not None:
                return self.made(func, args, kwargs)
            return func(*args, **kwargs)
        except Exception as error:
            if asks_for_values(error):
                self.tracer.refused.append(error.why if isinstance(error, DataDependent) else str(error))
            raise

    def unwrapped(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Weights that are several tensors in one replaced by plain ones: their own products need values."""
        shadows = self.tracer.shadows
        if shadows.real:
            return args
        return tuple([shadows.of(one) if _is_wrapper(type(one)) and id(one) in shadows.states else one for one in args])

    def device_of(self, tensor: Any) -> torch.device:
        """The device that the model's own tensor would have."""
        device: torch.device | None = tensor.__dict__.get("stands_on")
        if device is None:
            device = tensor.device
            if device.type == "meta" or device == self.own:
                return self.home
        return device

    def made(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A new tensor on a device that was asked for."""
        device = complete(torch.device(kwargs["device"]))
        if self.tracer.shadows.real:
            return func(*args, **kwargs)
        out = func(*args, **{**kwargs, "device": _CPU})
        return self.placed(out.clone() if any(out is value for value in args) else out, device)

    def placed(self, tensor: Any, device: torch.device) -> Any:
        """``tensor`` as one on ``device``."""
        if isinstance(tensor, torch.Tensor) and self.device_of(tensor) != device:
            tensor.stands_on = device
        return tensor

    def asked(self, func: Any, args: tuple[Any, ...], sort: str) -> Any:
        """A number or a truth off a tensor: its value where it is known, else what the tracer decides."""
        try:
            return func(*args)
        except DataDependent:
            return self.tracer.decide(sort, args[0])


def _is_wrapper(kind: type) -> bool:
    return hasattr(kind, "__tensor_flatten__") and kind.__name__ != "DTensor"


def complete(device: torch.device) -> torch.device:
    """A device as a tensor names it: an accelerator with its number.

    >>> complete(torch.device("cuda")), complete(torch.device("cpu", 0))
    (device(type='cuda', index=0), device(type='cpu'))
    """
    if device.type in ("cpu", "meta"):
        return torch.device(device.type)
    return device if device.index is not None else torch.device(device.type, 0)


# ---------------------------------------------------------------------- where it is


@_answers(torch.Tensor.device.__get__)
def _device(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return facade.device_of(args[0])


def _is_on(kind: str) -> Answer:
    def answer(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return facade.device_of(args[0]).type == kind

    return answer


for _kind in ("cpu", "cuda", "meta", "mps", "xpu", "hpu", "xla", "mtia", "ipu", "maia"):
    _getter = getattr(torch.Tensor, f"is_{_kind}", None)
    if _getter is not None:
        _ANSWERS[_getter.__get__] = _is_on(_kind)


@_answers(torch.Tensor.get_device, torch.get_device)
def _index(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    index = facade.device_of(args[0]).index
    return -1 if index is None else index


def _moves_to(kind: str) -> Answer:
    def answer(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        number = args[1] if len(args) > 1 else kwargs.get("device")
        device = torch.device(kind) if number is None else torch.device(number)
        return _moved(facade, torch.Tensor.to, (args[0], device), {})

    return answer


for _kind in ("cpu", "cuda", "xpu", "mtia", "hpu", "ipu"):
    _mover = getattr(torch.Tensor, _kind, None)
    if _mover is not None:
        _ANSWERS[_mover] = _moves_to(_kind)


@_answers(torch.Tensor.to)
def _moved(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``x.to(device)``, ``x.to(other)``, ``x.to(device, dtype)``: the type changes, the device is remembered."""
    if facade.tracer.shadows.real:
        return func(*args, **kwargs)
    device, rest, named = None, [], dict(kwargs)
    for value in args[1:]:
        if isinstance(value, str | torch.device) or type(value) is int:
            device = torch.device(value)
        elif isinstance(value, torch.Tensor):
            device = facade.device_of(value)
            rest.append(value.dtype)
        else:
            rest.append(value)
    other = named.pop("other", None)
    if other is not None:
        device, named["dtype"] = facade.device_of(other), other.dtype
    device = named.pop("device", None) or device
    x = args[0]
    if device is None:
        return func(x, *rest, **named)
    device = complete(torch.device(device))
    named.pop("non_blocking", None)
    if rest and type(rest[0]) is bool:
        rest = []
    here = facade.device_of(x) == device
    out = func(x, *rest[:1], **named) if rest or named else x
    return out if here else facade.placed(out.clone() if out is x else out, device)


@_answers(torch.Tensor.data.__set__)
def _data_set(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``parameter.data = …``: the model's own tensor stays as it is, another stands for it from here on."""
    shadows = facade.tracer.shadows
    if id(args[0]) not in shadows.states:
        return func(*args)
    shadows.shadows[id(args[0])] = shadows.of(args[1])
    return None


@_answers(torch.Tensor.requires_grad.__set__, torch.Tensor.requires_grad_)
def _requires_gradient(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``x.requires_grad = True`` on what is not learned: the backward pass computes a gradient for it too."""
    out, shadows = func(*args, **kwargs), facade.tracer.shadows
    wanted = args[1] if len(args) > 1 else kwargs.get("requires_grad", True)
    if facade.tracer.gradients and wanted and id(args[0]) not in shadows.states:
        shadow = shadows.of(args[0])
        shadow.carries_gradient, shadow.gradient_step = True, 0
    return out


# ---------------------------------------------------------------------- what it says


@_answers(torch.equal, torch.allclose, torch.Tensor.equal, torch.Tensor.allclose)
def _alike(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return func(*args, **kwargs)
    except DataDependent:
        return facade.tracer.decide("bool", None)


@_answers(torch.Tensor.__bool__, torch.is_nonzero, torch.Tensor.is_nonzero)
def _truth(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return facade.asked(func, args, "bool")


@_answers(torch.Tensor.__float__)
def _float(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return facade.asked(func, args, "float")


@_answers(torch.Tensor.__int__, torch.Tensor.__index__)
def _int(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return facade.asked(func, args, "int")


@_answers(torch.Tensor.item)
def _item(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return func(*args)
    except DataDependent:
        return _unread(facade, args[0])


def _unread(facade: Facade, tensor: Any) -> Any:
    """A number off a tensor without values: a truth and an integer decide at once what follows."""
    decide = facade.tracer.decide
    if not tensor.is_floating_point():
        return decide("bool" if tensor.dtype is torch.bool else "int", tensor)
    return Unread(lambda sort: decide(sort, None))


@_answers(torch.Tensor.tolist)
def _listed(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    x = args[0]
    stand_in = facade.tracer.shadows.of(x)
    if not stand_in.is_meta:
        return func(stand_in)
    if x.numel() > _NUMBERS_LISTED:
        raise DataDependent("it lists the values of a tensor that depends on the weights or the data")

    def nested(shape: tuple[int, ...]) -> Any:
        return [nested(shape[1:]) for _ in range(shape[0])] if shape else _unread(facade, x)

    return nested(tuple(x.shape))


@_answers(torch.Tensor.__format__)
def _formatted(facade: Facade, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    x, spec = args
    if x.dim() == 0:
        return format(_item(facade, torch.Tensor.item, (x,), {}), spec)
    stand_in = facade.tracer.shadows.of(x)
    if stand_in.is_meta and not spec:
        return f"tensor(..., size={tuple(x.shape)}, dtype={x.dtype})"
    return func(x, spec)
