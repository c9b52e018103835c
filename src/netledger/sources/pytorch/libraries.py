"""What the libraries of models say about a model's input: their default configurations."""

from __future__ import annotations

from netledger.sources.pytorch.inputs import Given, Spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SEQUENCE = 128
"""Tokens that a language model is shown where nobody says how many."""


def library_inputs(model: Any) -> Iterator[Given]:
    """Inputs by the library that made the model, the likeliest first."""
    config = getattr(model, "pretrained_cfg", None) or getattr(model, "default_cfg", None)
    size = _get(config, "input_size")
    if size is not None:
        shape = (1, *[int(one) for one in size])
        yield Given((Spec("", shape),), {}, (_said("timm's default configuration", shape),))
    if hasattr(model, "main_input_name") and hasattr(model, "config"):
        yield from _transformers_inputs(model)


def _get(holder: Any, name: str) -> Any:
    if holder is None:
        return None
    return holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)


def _said(who: str, shape: tuple[int, ...], name: str = "input") -> str:
    return f"{name} {'×'.join(map(str, shape))}, from {who}"


# ---------------------------------------------------------------------- transformers


def _transformers_inputs(model: Any) -> Iterator[Given]:
    main = model.main_input_name
    makers = {"input_ids": _tokens, "pixel_values": _pixels, "input_values": _waveform, "input_features": _features}
    specs: dict[str, Spec] = {}
    if main in makers:
        specs = makers[main](model)
        more = _decoder(model, specs)
        yield _given({**specs, **more})
        if more:
            yield _given(specs)
        if "pixel_values" not in specs and _vision_config(model.config) is not None:
            yield _given({**specs, **_pixels(model)})
        elif main == "pixel_values":
            yield _given({**_tokens(model), **specs})
    yield from _dummy_inputs(model)


def _given(specs: dict[str, Spec]) -> Given:
    said = tuple([_said("the model's configuration", spec.shape, name) for name, spec in specs.items()])
    return Given((), specs, said)


def _text_config(config: Any) -> Any:
    read = getattr(config, "get_text_config", None)
    return read() if callable(read) else config


def _vision_config(config: Any) -> Any:
    return getattr(config, "vision_config", None)


def _tokens(model: Any) -> dict[str, Spec]:
    most = getattr(_text_config(model.config), "max_position_embeddings", None)
    length = min(SEQUENCE, most) if isinstance(most, int) and most > 0 else SEQUENCE
    return {"input_ids": Spec("input_ids", (1, length), "int64")}


def _pixels(model: Any) -> dict[str, Spec]:
    config = _vision_config(model.config) or model.config
    size = getattr(config, "image_size", None) or 224
    if isinstance(size, dict):
        size = (size["height"], size["width"])
    height, width = (size, size) if isinstance(size, int) else tuple(size)
    channels = getattr(config, "num_channels", None) or getattr(config, "in_channels", None) or 3
    frames = getattr(config, "num_frames", None)
    shape = (1, frames, channels, height, width) if frames else (1, channels, height, width)
    return {"pixel_values": Spec("pixel_values", tuple([int(size) for size in shape]))}


def _waveform(model: Any) -> dict[str, Spec]:
    return {"input_values": Spec("input_values", (1, 16000))}


def _features(model: Any) -> dict[str, Spec]:
    config = model.config
    bins = getattr(config, "num_mel_bins", None) or getattr(config, "input_feat_per_channel", None) or 80
    positions = getattr(config, "max_source_positions", None)
    if getattr(config, "model_type", "") == "whisper" and positions:
        return {"input_features": Spec("input_features", (1, bins, 2 * positions))}
    width = getattr(config, "feature_projection_input_dim", None) or bins
    return {"input_features": Spec("input_features", (1, 512, width))}


def _decoder(model: Any, specs: dict[str, Spec]) -> dict[str, Spec]:
    if not getattr(model.config, "is_encoder_decoder", False):
        return {}
    length = specs["input_ids"].shape[1] if "input_ids" in specs else SEQUENCE
    return {"decoder_input_ids": Spec("decoder_input_ids", (1, length), "int64")}


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
        yield _given(specs)
