"""What can be found out about a model's input: from its library's default configurations, from its first layer."""

from __future__ import annotations

from netledger.dtypes import dtype_name
from netledger.errors import ModelError
from netledger.sources.pytorch.finding.transformers_inputs import Asking
from netledger.sources.pytorch.inputs import Given, Spec, from_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def candidates(model: Any) -> list[Given]:
    """Inputs that the model may take, the likeliest first: its library's own words, then its first layer's needs."""
    example = getattr(model, "example_input_array", None)  # Lightning's
    if example is not None:
        given = from_data(example, {})
        return [Given(given.args, given.kwargs, ("the model's example_input_array",))]
    try:
        known = list(library_inputs(model))
    except (AttributeError, TypeError, KeyError, ModelError):
        known = []
    return known if known and hasattr(model, "main_input_name") else [*known, *_from_first_layer(model)]


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


_SIDES = (224, 32, 28, 227, 299, 64, 96, 128, 256, 512)
_LENGTHS = (1024, 128, 16000, 4096)


def _from_first_layer(model: Any) -> Iterator[Given]:
    """The first layer that says how wide its input is."""
    for path, module in model.named_modules():
        need = _NEEDS.get(next((b.__name__ for b in type(module).__mro__ if b.__name__ in _NEEDS), ""))
        if need is not None:
            name = f"{type(module).__name__} {path}".strip()
            for spec in need(module):
                shown = "×".join(map(str, spec.shape))
                yield Given((spec,), {}, (f"input {shown}, from the first layer ({name})",))
            return


def _images(module: Any) -> Iterator[Spec]:
    for side in _SIDES:
        yield Spec("", (1, module.in_channels, side, side))


def _signals(module: Any) -> Iterator[Spec]:
    for length in _LENGTHS:
        yield Spec("", (1, module.in_channels, length))


def _volumes(module: Any) -> Iterator[Spec]:
    for shape in ((16, 112, 112), (32, 32, 32), (16, 224, 224), (64, 64, 64)):
        yield Spec("", (1, module.in_channels, *shape))


def _sequence(width: str) -> Callable[[Any], Iterator[Spec]]:
    def specs(module: Any) -> Iterator[Spec]:
        yield Spec("", (1, 128, getattr(module, width)))

    return specs


_NEEDS: dict[str, Callable[[Any], Iterator[Spec]]] = {
    "Conv1d": _signals,
    "Conv2d": _images,
    "Conv3d": _volumes,
    "ConvTranspose2d": lambda module: iter([Spec("", (1, module.in_channels, side, side)) for side in (1, 4, 8, 16)]),
    "Linear": lambda module: iter([Spec("", (1, module.in_features))]),
    "Embedding": lambda module: iter([Spec("", (1, length), "int64") for length in (128, 64, 16)]),
    "LSTM": _sequence("input_size"),
    "GRU": _sequence("input_size"),
    "RNN": _sequence("input_size"),
    "MultiheadAttention": _sequence("embed_dim"),
    "BatchNorm2d": lambda module: iter([Spec("", (1, module.num_features, 32, 32))]),
    "LayerNorm": lambda module: iter([Spec("", (1, *module.normalized_shape))]),
}
