"""Layers that Darknet's forks added: attention by channels and by place, local pooling, convolutional recurrence."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.sources.cfg.sections import at_section, integer
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.cfg.darknet import Reading
    from netledger.wire.sections import Section


def _scale_channels(reading: Reading, section: Section, name: str) -> None:
    """The layer before, one value a channel, times the maps of an earlier one (``scale_wh``: the other way round)."""
    _product(reading, section, name)
    reading.activation(section, name, "linear")


def _product(reading: Reading, section: Section, name: str) -> None:
    other = reading.earlier(section, integer(section, "from"))
    shape, model = reading.shape(), reading.builder.shapes[other]
    if not isinstance(shape, Unknown) and not isinstance(model, Unknown):
        whole = integer(section, "scale_wh", 0) != 0
        if len(shape) != 3 or len(model) != 3 or (shape[1:] != model[1:] if whole else shape[0] != model[0]):
            raise at_section(FormatError("the two layers' sizes do not go together"), section)
        if not whole and shape[1:] not in ((1, 1), model[1:]):
            reading.add(section, name, "identity", {}, (other,))
            return
    reading.add(section, name, "mul", {}, (other, reading.here))


def _spatial_attention(reading: Reading, section: Section, name: str) -> None:
    other = reading.earlier(section, integer(section, "from"))
    reading.add(section, name, "mul", {}, (reading.here, other))
    reading.activation(section, name, "linear")


def pool(kind: str) -> Callable[[Reading, Section, str], None]:
    """Pooling with Darknet's own padding: ``size - 1`` in all unless it is stated."""

    def add(reading: Reading, section: Section, name: str) -> None:
        if integer(section, "maxpool_depth", 0):
            _pool_of_channels(reading, section, name)
            return
        stride = integer(section, "stride", 1)
        strides = (integer(section, "stride_y", stride), integer(section, "stride_x", stride))
        size = integer(section, "size", stride)
        extra = integer(section, "padding", size - 1)
        plain = 1 if integer(section, "antialiasing", 0) else strides if strides[0] != strides[1] else strides[0]
        attributes: dict[str, Any] = {"kernel_size": size, "stride": plain}
        if extra:
            attributes["padding"] = ((extra // 2, extra - extra // 2),) * 2
        reading.add(section, name, kind, attributes)
        blurred(reading, section, name, strides)

    return add


def _pool_of_channels(reading: Reading, section: Section, name: str) -> None:
    """The largest of several channels at every place (``maxpool_depth``)."""
    shape = reading.shape()
    maps = shape if isinstance(shape, Unknown) else (integer(section, "out_channels", 1), *shape[1:])
    reading.add(section, name, "elementwise", {}, output_shapes=(maps,))


def blurred(reading: Reading, section: Section, name: str, strides: int | tuple[int, int]) -> None:
    """``antialiasing``: the layer itself goes in steps of one, then a fixed blur in the steps stated, which is pooling.

    Source: Zhang 2019, Making Convolutional Networks Shift-Invariant Again (arXiv:1904.11486).
    """
    kind = integer(section, "antialiasing", 0)
    if kind:
        size = 2 if kind == 2 else 3
        attributes = {"kernel_size": size, "stride": strides, "padding": 0 if kind == 2 else 1}
        reading.add(section, f"{name}.blur", "avg_pool2d", attributes)


def _convolutional_recurrence(reading: Reading, section: Section, name: str) -> None:
    """Three convolutions: input to hidden, hidden to hidden, hidden to output; one time step is counted."""
    size, groups = integer(section, "size", 3), integer(section, "groups", 1)
    hidden, outputs = integer(section, "hidden", 1), integer(section, "output", 1)
    normalised = reading.normalised(section)
    padding = size // 2 if integer(section, "pad", 0) else integer(section, "padding", 0)
    shape = reading.shape()
    maps: Shape = (hidden, *shape[1:]) if not isinstance(shape, Unknown) else Unknown("the layer's maps are not known")
    source, state = reading.here, f"{name}.state"
    reading.builder.add(state, "input", {"shape": maps}, (), section)
    for part, filters, value in (("input", hidden, source), ("self", hidden, state), ("output", outputs, state)):
        stride = integer(section, "stride", 1) if part == "input" else 1
        attributes = {
            "out_channels": filters, "kernel_size": size, "stride": stride, "padding": padding, "groups": groups,
            "bias": not normalised,
        }  # fmt: skip
        reading.add(section, f"{name}.{part}", "conv2d", attributes, (value,))
        if normalised:
            reading.add(section, f"{name}.{part}.bn", "batch_norm", {"num_features": filters})
    reading.counts_one_step()


def weighted(reading: Reading, section: Section, name: str, others: list[str]) -> list[str]:
    """A shortcut's learned weights: one for each layer that is added, or one for each of its channels."""
    by_channel = section.options["weights_type"] == "per_channel"
    shape = reading.shape()
    if by_channel and isinstance(shape, Unknown):
        raise at_section(FormatError("weights by channel for a layer whose channels are not known"), section)
    attributes: dict[str, Any] = {"shape": shape[:1] if by_channel and not isinstance(shape, Unknown) else ()}
    if by_channel:
        attributes["dim"] = 0
    scaled = []
    for i, value in enumerate((reading.here, *others)):
        scaled.append(f"{name}.w{i}")
        reading.builder.add(scaled[-1], "scale", dict(attributes), (value,), section)
    reading.here = scaled[0]
    return scaled[1:]


TYPES: dict[str, Callable[[Reading, Section, str], None]] = {
    "scale_channels": _scale_channels, "sam": _spatial_attention, "local_avgpool": pool("avg_pool2d"),
    "local_avg": pool("avg_pool2d"), "crnn": _convolutional_recurrence,
}  # fmt: skip
"""``type → reader``."""
