"""The values that buffers of a model made on the meta device begin with, by the model's own initialisation.

A model made there has shapes and no values, also where they are no weights: how much a convolution pads, which layers
are masked. What ``_init_weights`` (transformers) or ``reset_parameters`` (PyTorch) would write into a buffer is its
value in the same model made on the CPU.
"""

from __future__ import annotations

import copy

import torch

from netledger.limits import KNOWN_ELEMENTS
from netledger.sources.pytorch.restoring.random_states import RandomStates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def initial_values(model: Any) -> dict[int, tuple[str, Any]]:
    """``id`` of each small buffer without values → its name, and a tensor with those it begins with.

    A buffer that the initialisation does not set, or sets to what it may have drawn, has none. ``model`` has no values
    anywhere: what initialises one of its modules may go on to others.

    >>> with torch.device("meta"):
    ...     norm = torch.nn.BatchNorm1d(2)
    >>> {name: values.tolist() for name, values in initial_values(norm).values()}
    {'running_mean': [0.0, 0.0], 'running_var': [1.0, 1.0], 'num_batches_tracked': 0}
    """
    found = {}
    for path, module, initialise in _initialised(model):
        held = {name: one for name, one in module._buffers.items() if _is_empty(one)}
        if not held:
            continue
        try:
            states = RandomStates()
            first, second = (_begun(module, initialise, held, beginning) for beginning in (0, 1))
        except Exception:  # the model's own code: what it cannot set here is not known
            continue
        if states.changed():  # two drawn numbers may be equal by chance
            continue
        for name, buffer in held.items():
            value, other = first[name], second[name]
            if isinstance(value, torch.Tensor) and not value.is_meta and torch.equal(value, other):
                found[id(buffer)] = (f"{path}.{name}" if path else name, value)
    return found


def _is_empty(buffer: Any) -> bool:
    return type(buffer) is torch.Tensor and buffer.is_meta and buffer.numel() <= KNOWN_ELEMENTS


def _initialised(model: Any) -> Iterator[tuple[str, Any, Callable[[Any], object]]]:
    """Each module with its path and with what initialises it: the nearest model above that knows how, or itself."""
    above: dict[str, Callable[[Any], object]] = {}
    for path, module in model.named_modules():
        own = getattr(module, "_init_weights", None)
        if callable(own):
            above[path] = own
            yield path, module, own
            continue
        holder = path
        while holder and holder not in above:
            holder = holder.rpartition(".")[0]
        if holder in above:
            yield path, module, above[holder]
        elif callable(getattr(module, "reset_parameters", None)):
            yield path, module, lambda one: one.reset_parameters()


def _begun(module: Any, initialise: Callable[[Any], object], held: dict[str, Any], beginning: int) -> dict[str, Any]:
    """The buffers of a stand-in of ``module`` after its initialisation, each filled with ``beginning`` before."""
    other = copy.copy(module)
    shapes = {name: None if one is None else one.detach().to("meta") for name, one in module._parameters.items()}
    filled = {name: torch.full(one.shape, beginning, dtype=one.dtype, device="cpu") for name, one in held.items()}
    other.__dict__.update(_parameters=shapes, _buffers={**module._buffers, **filled}, _modules={**module._modules})
    with torch.no_grad():
        initialise(other)
    after: dict[str, Any] = other._buffers
    return after
