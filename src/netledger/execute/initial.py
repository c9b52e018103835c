"""How a network's parameters begin: the schemes of the paper, of the code of 2012, of Caffe, of PyTorch.

A description says its own: ``init="paper"`` in the header names a scheme, ``meta={"init": {"weight": ["normal", 0.01],
"bias": ["constant", 1]}}`` on a layer states one layer's. The AlexNet schemes speak of convolutions and linear layers
by their order, so that they fit every network of that form.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from netledger.errors import UsageError, or_list
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.execute.operation import Operation

    Step = tuple[Any, ...]

_CONVOLUTIONS = ("conv1d", "conv2d", "conv3d", "conv2d_local")


class Scheme(Record):
    """Standard deviations of the normal weights and the constant biases, for convolutions by order, for hidden linear
    layers and for the last one; a list's last number serves all that follow."""

    __slots__ = ("source", "conv", "conv_bias", "hidden", "hidden_bias", "last", "last_bias")
    source: str
    conv: tuple[float, ...]
    conv_bias: tuple[float, ...]
    hidden: tuple[float, ...]
    hidden_bias: tuple[float, ...]
    last: float
    last_bias: float

    def __init__(
        self, source: str, conv: tuple[float, ...], conv_bias: tuple[float, ...], hidden: tuple[float, ...],
        hidden_bias: tuple[float, ...], last: float = 0.01, last_bias: float = 0.0,
    ) -> None:  # fmt: skip
        self._fill(source, conv, conv_bias, hidden, hidden_bias, last, last_bias)


SCHEMES = {
    "paper": Scheme("Krizhevsky et al. 2012, section 5", (0.01,), (0, 1, 0, 1, 1), (0.01,), (1,)),
    "2012": Scheme(
        "the 2012 source, layers-145.cfg: initW 0.03 in conv3 to conv5", (0.01, 0.01, 0.03),
        (0, 1, 0, 1, 1), (0.01,), (1,),
    ),
    "one-weird-trick": Scheme(
        "cuda-convnet2, layers-imagenet-1gpu.cfg: the last layer's biases begin at -7",
        (0.01, 0.01, 0.03), (0, 1, 0, 1, 1), (0.01,), (1,), 0.01, -7.0,
    ),
    "caffe-alexnet": Scheme(
        "BVLC/caffe models/bvlc_alexnet/train_val.prototxt", (0.01,), (0, 0.1, 0, 0.1, 0.1), (0.005,), (0.1,)
    ),
    "caffenet": Scheme(
        "BVLC/caffe models/bvlc_reference_caffenet/train_val.prototxt", (0.01,), (0, 1, 0, 1, 1), (0.005,), (1,)
    ),
}  # fmt: skip
"""The AlexNet schemes by name."""
OTHERS = ("kaiming", "torch", "zeros")
"""Besides: normal with variance ``2/fan_in`` and biases 0 (He et al. 2015); PyTorch's defaults; all zeros."""


def initialise(module: NetworkModule, init: str | None = None, seed: int | None = None) -> None:
    """Give every parameter and buffer its first value.

    A layer's own ``meta["init"]`` comes first, then the scheme asked for, then the description's, then PyTorch's
    defaults. ``seed`` makes it repeatable and leaves PyTorch's own random state as it was.
    """
    name = init or module.network.meta.get("init") or "torch"
    if name not in SCHEMES and name not in OTHERS:
        raise UsageError(f"no initialisation '{name}': there are {or_list([*SCHEMES, *OTHERS])}")
    generator = None if seed is None else torch.Generator(device=_device(module)).manual_seed(seed)
    done: set[int] = set()
    with torch.no_grad():
        for operation, steps in zip(module.operations(), _plan(module, name), strict=True):
            own = operation.layer.meta.get("init") if init is None else None
            _initialise(operation, {**steps, **(own or {})}, done, generator)


def _device(module: nn.Module) -> torch.device:
    first = next(module.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def _plan(module: NetworkModule, name: str) -> list[dict[str, Step]]:
    """For each operation what to do with its weight and bias."""
    operations = list(module.operations())
    scheme = SCHEMES.get(name)
    if scheme is None:
        return [_simple(name, operation) for operation in operations]
    linear = [operation for operation in operations if operation.layer.kind == "linear"]
    plans, convolutions, hidden = [], 0, 0
    for operation in operations:
        plan: dict[str, Step] = {}
        if operation.layer.kind in _CONVOLUTIONS:
            plan = _normal(_nth(scheme.conv, convolutions), _nth(scheme.conv_bias, convolutions))
            convolutions += 1
        elif linear and operation is linear[-1]:
            plan = _normal(scheme.last, scheme.last_bias)
        elif operation.layer.kind == "linear":
            plan = _normal(_nth(scheme.hidden, hidden), _nth(scheme.hidden_bias, hidden))
            hidden += 1
        plans.append(plan)
    return plans


def _simple(name: str, operation: Operation) -> dict[str, Step]:
    if name == "zeros":
        return {"weight": ("constant", 0.0), "bias": ("constant", 0.0)}
    if name == "kaiming" and operation.layer.kind in (*_CONVOLUTIONS, "linear"):
        return {"weight": ("kaiming",), "bias": ("constant", 0.0)}
    return {}


def _normal(deviation: float, bias: float) -> dict[str, Step]:
    return {"weight": ("normal", deviation), "bias": ("constant", bias)}


def _nth(values: tuple[float, ...], i: int) -> float:
    return values[min(i, len(values) - 1)]


def _normal_step(value: Any, generator: Any, deviation: float = 0.01, mean: float = 0.0) -> None:
    value.normal_(mean, deviation, generator=generator)


def _uniform_step(value: Any, generator: Any, low: float = -0.05, high: float = 0.05) -> None:
    value.uniform_(low, high, generator=generator)


def _constant_step(value: Any, generator: Any, constant: float = 0.0) -> None:
    value.fill_(constant)


_STEPS: dict[str, Callable[..., Any]] = {
    "normal": _normal_step,
    "uniform": _uniform_step,
    "constant": _constant_step,
    "xavier": lambda value, generator: nn.init.xavier_uniform_(value, generator=generator),
    "kaiming": lambda value, generator: nn.init.kaiming_normal_(value, generator=generator),
}
_BUFFERS = {"running_var": 1, "num_batches_tracked": 0, "running_mean": 0}
_NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "scale")


def _initialise(operation: Operation, plan: Mapping[str, Step], done: set[int], generator: Any) -> None:
    for name, value in operation.named_buffers():
        if operation.layer.kind == "rbf":
            value.bernoulli_(0.5, generator=generator).mul_(2).sub_(1)
        else:
            value.fill_(_BUFFERS.get(name.rpartition(".")[2], 0))
    for name, value in operation.named_parameters():
        if id(value) in done:
            continue
        done.add(id(value))
        step = plan.get(name)
        if step is not None:
            action = _STEPS.get(step[0])
            if action is None:
                raise UsageError(f"no initialisation step '{step[0]}': there are {or_list(list(_STEPS))}")
            action(value, generator, *step[1:])
        else:
            _default(operation, name, value, generator)


def _default(operation: Operation, name: str, value: Any, generator: Any) -> None:
    """PyTorch's own: uniform within ``1/√fan_in`` for weights and biases, ones and zeros for normalisations, normal for
    tables."""
    kind = operation.layer.kind
    if kind.startswith(_NORMS):
        value.fill_(0.0 if name == "bias" else 1.0)
    elif kind.startswith("embedding") or kind == "parameter":
        value.normal_(0.0, 1.0 if kind != "parameter" else 0.02, generator=generator)
    elif kind == "prelu":
        value.fill_(0.25)
    elif kind == "conv2d_partial":
        _partly_connected(operation, name, value, generator)
    else:
        weight = operation.get("weight") if name == "bias" else value
        weight = value if weight is None else weight
        fan_in = weight[0].numel() if weight.dim() > 1 else max(weight.numel(), 1)
        bound = 1 / math.sqrt(max(fan_in, 1))
        value.uniform_(-bound, bound, generator=generator)


def _partly_connected(operation: Operation, name: str, value: Any, generator: Any) -> None:
    """As above, the fan in being each output map's own."""
    seen = torch.tensor([len(row) for row in operation.layer.attributes["connections"]], device=value.device)
    fans = seen * operation.get("weight")[0].numel()
    bounds = fans.to(value.dtype).rsqrt()
    if name != "bias":
        bounds = bounds.repeat_interleave(seen).view(-1, 1, 1)
    value.uniform_(-1, 1, generator=generator).mul_(bounds)
