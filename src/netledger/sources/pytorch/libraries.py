"""What the libraries of models say about a model's input: their default configurations."""

from __future__ import annotations

from netledger.sources.pytorch.inputs import Given, Spec
from netledger.sources.pytorch.transformers_inputs import Asking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def library_inputs(model: Any) -> Iterator[Given]:
    """Inputs by the library that made the model, the likeliest first."""
    config = getattr(model, "pretrained_cfg", None) or getattr(model, "default_cfg", None)
    size = _get(config, "input_size")
    if size is not None:
        shape = (1, *[int(one) for one in size])
        yield Given((Spec("", shape),), {}, (_said("timm's default configuration", shape),))
    if hasattr(model, "main_input_name") and hasattr(model, "config"):
        asked = list(Asking(model).first())
        yield from asked
        if asked:
            yield from _dummy_inputs(model)


def missing_inputs(model: Any, given: Given, why: str) -> Iterator[Given]:
    """What to try next where a model did not take ``given`` and said ``why``."""
    if hasattr(model, "main_input_name") and hasattr(model, "config"):
        yield from Asking(model).after(given, why)


def _get(holder: Any, name: str) -> Any:
    if holder is None:
        return None
    return holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)


def _said(who: str, shape: tuple[int, ...], name: str = "input") -> str:
    return f"{name} {'×'.join(map(str, shape))}, from {who}"


def _dummy_inputs(model: Any) -> Iterator[Given]:
    """What the library itself feeds the model when it must."""
    from netledger.sources.pytorch.inventory import dtype_name

    dummy = getattr(model, "dummy_inputs", None)
    if not isinstance(dummy, dict):
        return
    specs = {
        name: Spec(name, tuple(value.shape), dtype_name(value.dtype))
        for name, value in dummy.items()
        if hasattr(value, "shape")
    }
    if specs:
        said = tuple([_said("the model's dummy inputs", spec.shape, name) for name, spec in specs.items()])
        yield Given((), specs, said)
