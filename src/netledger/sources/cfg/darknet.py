"""Darknet ``.cfg``: ``[net]`` and the layers in order, sizes as in Darknet's own ``parser.c``.

A batch-normalised layer keeps its biases as the normalisation's shift, so that it is a convolution without bias and a
``batch_norm`` behind it. Where the weights lie beside the definition, their number is checked against it.
"""

from __future__ import annotations

from netledger.errors import FormatError, NetledgerError, NotFoundError, UsageError
from netledger.network import Network
from netledger.sources import Options, Source
from netledger.sources.cfg.darknet_forks import TYPES as FORKS
from netledger.sources.cfg.darknet_forks import blurred, pool, weighted
from netledger.sources.cfg.darknet_options import unread
from netledger.sources.cfg.sections import Builder, at_section, integer, integers
from netledger.sources.files import stem
from netledger.unknown import Unknown
from netledger.wire.sections import TEXT_BYTES, Section, sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.files import InputFile

_ACTIVATIONS = {
    "logistic": "sigmoid", "relu": "relu", "relie": "leaky_relu", "leaky": "leaky_relu", "ramp": "relu", "tanh": "tanh",
    "plse": "hardtanh", "elu": "elu", "selu": "selu", "gelu": "gelu", "stair": "floor", "hardtan": "hardtanh",
    "lhtan": "leaky_relu", "loggy": "sigmoid", "swish": "silu", "mish": "mish", "relu6": "relu6", "hard_mish": "mish",
    "softmax": "softmax",
}  # fmt: skip

_ONE_STEP = "recurrent layers counted as one time step"


def sniff(head: bytes) -> bool:
    """The first section is ``[net]`` or ``[network]``."""
    for line in head.decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text and text[0] not in "#;":
            return text.lower().replace(" ", "").rstrip("]") in ("[net", "[network")
    return False


def read(file: InputFile, options: Options) -> Network:
    """The network of a ``.cfg``; the number of values in a ``.weights`` beside it is kept for the ledger."""
    found = [_without_comments(section) for section in sections(file.text(TEXT_BYTES))]
    if not found or found[0].name.lower() not in ("net", "network"):
        raise FormatError("the first section must be [net]")
    name = stem(file.path)
    meta: dict[str, Any] = {"format": "Darknet"}
    stored = _stored_values(file, name)
    if stored is not None:
        meta["stored_values"] = stored
    reading = Reading(found, options)
    layers = reading.layers()
    notes = (*unread(found), *reading.notes)
    return Network(name, layers, notes=notes, assumed=tuple(reading.assumed), meta=meta)


def _without_comments(section: Section) -> Section:
    """Darknet reads a number as far as it goes, so that definitions have comments behind their values."""
    if not any("#" in value or ";" in value for value in section.options.values()):
        return section
    options = {name: value.partition("#")[0].partition(";")[0].strip() for name, value in section.options.items()}
    return Section(section.name, section.line, options)


def _stored_values(file: InputFile, name: str) -> tuple[str, int] | None:
    """``(file name, number of float32 values)`` of the weights beside a definition."""
    name += ".weights"
    try:
        with file.sibling(name) as weights:
            if weights.size < 16:
                return None
            head = weights.read_at(0, 12)
            major, minor = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:8], "little")
            header = 20 if major * 10 + minor >= 2 and major < 1000 and minor < 1000 else 16
            return (name, (weights.size - header) // 4)
    except (NotFoundError, NetledgerError):
        return None


class Reading:
    """One pass over the sections."""

    def __init__(self, found: list[Section], options: Options) -> None:
        self.net, self.sections = found[0], found[1:]
        self.builder = Builder()
        self.values: list[str] = []
        self.paths: list[str] = []
        self.here = "data"
        self.assumed: list[str] = []
        self.notes: list[str] = []
        self.builder.add("data", "input", {"shape": self.input_shape(options)}, (), self.net)

    def input_shape(self, options: Options) -> Shape:
        unknown = [name for name in options.inputs if name not in ("", "data")]
        if unknown:
            raise UsageError(f"--input {unknown[0][:60]}: the network's only input is 'data'")
        if options.inputs:
            return next(iter(options.inputs.values()))
        if "inputs" in self.net.options and "height" not in self.net.options:
            return (integer(self.net, "inputs"),)
        sizes = tuple([integer(self.net, name, 0) for name in ("channels", "height", "width")])
        if 0 in sizes:
            self.assumed.append("the input's size is not in [net]: shapes and MACs are not known")
            return Unknown("[net] does not say the input's size")
        return sizes

    def layers(self) -> tuple[Any, ...]:
        for index, section in enumerate(self.sections):
            kind = section.name.lower()
            name = f"{_short(kind)}{index}"
            reader = _TYPES.get(kind)
            self.paths.append(name)
            if reader is None:
                unknown = Unknown(f"Darknet layer [{kind[:60]}] has no rule")
                self.builder.add(name, kind, {}, (self.here,), section, unknown=unknown)
                self.here = name
            else:
                reader(self, section, name)
            self.values.append(self.here)
        return tuple(self.builder.layers)

    # -------------------------------------------------------------- pieces that several types use

    def add(
        self, section: Section, path: str, kind: str, attributes: dict[str, Any], inputs: Any = None, **more: Any
    ) -> str:
        """Append a layer behind the one before (or behind ``inputs``); it is the one before from now on."""
        self.builder.add(path, kind, attributes, (self.here,) if inputs is None else inputs, section, **more)
        self.here = path
        return path

    def activation(self, section: Section, name: str, default: str) -> None:
        text = section.options.get("activation", default)
        if text == "linear":
            return
        kind = _ACTIVATIONS.get(text)
        if kind is None:
            raise at_section(FormatError(f"unknown activation '{text[:60]}'"), section)
        self.add(section, f"{name}.{text}", kind, {})

    def normalised(self, section: Section) -> bool:
        """Whether the layer is batch-normalised."""
        return integer(section, "batch_normalize", 0) != 0

    def counts_one_step(self) -> None:
        """Say once that a layer repeats itself and is counted for one time step."""
        if _ONE_STEP not in self.assumed:
            self.assumed.append(_ONE_STEP)

    def shape(self) -> Shape:
        return self.builder.shapes[self.here]

    def channels(self, section: Section) -> int | None:
        shape = self.shape()
        if isinstance(shape, Unknown):
            return None
        if len(shape) != 3:
            raise at_section(FormatError("needs maps, but the layer before gives a vector"), section)
        return None if isinstance(shape[0], Unknown) else shape[0]

    def flat(self, section: Section, name: str) -> None:
        shape = self.shape()
        if isinstance(shape, Unknown) or len(shape) != 1:
            self.add(section, f"{name}.flat", "flatten", {})

    def earlier(self, section: Section, number: int) -> str:
        """The value of another layer: negative counts back from this one, others from the first."""
        return self.values[self.index(section, number)]

    def index(self, section: Section, number: int) -> int:
        """Which layer above a number means."""
        index = number + len(self.values) if number < 0 else number
        if not 0 <= index < len(self.values):
            raise at_section(FormatError(f"layer {number} is not above this one"), section)
        return index


def _short(kind: str) -> str:
    return {"convolutional": "conv", "connected": "fc", "deconvolutional": "deconv"}.get(kind, kind)


def _padding(section: Section, size: int) -> int:
    return size // 2 if integer(section, "pad", 0) else integer(section, "padding", 0)


# ---------------------------------------------------------------------- one function a type


def _convolution(reading: Reading, section: Section, name: str) -> None:
    size, stride = integer(section, "size", 1), integer(section, "stride", 1)
    normalised = reading.normalised(section)
    deconvolution = section.name.lower() in ("deconvolutional", "deconv")
    attributes: dict[str, Any] = {
        "out_channels": integer(section, "filters", 1), "kernel_size": size, "stride": stride,
        "padding": _padding(section, size), "bias": not normalised,
    }  # fmt: skip
    if "stride_x" in section.options or "stride_y" in section.options:
        attributes["stride"] = (integer(section, "stride_y", stride), integer(section, "stride_x", stride))
    strides = attributes["stride"]
    if integer(section, "antialiasing", 0):
        attributes["stride"] = 1
    if integer(section, "groups", 1) != 1:
        attributes["groups"] = integer(section, "groups")
    attributes |= _dilated(size, attributes["padding"], integer(section, "dilation", 1))
    owner = (
        reading.paths[reading.index(section, integer(section, "share_index"))]
        if "share_index" in section.options
        else ""
    )
    reading.add(section, name, "conv_transpose2d" if deconvolution else "conv2d", attributes, **_shared(owner))
    if normalised:
        own = _shared(f"{owner}.bn" if owner else "")
        reading.add(section, f"{name}.bn", "batch_norm", {"num_features": attributes["out_channels"]}, **own)
    reading.activation(section, name, "logistic")
    blurred(reading, section, name, strides)


def _shared(owner: str) -> dict[str, str]:
    return {"share": owner} if owner else {}


def _dilated(size: int, padding: int, dilation: int) -> dict[str, int]:
    """Darknet reckons a dilated layer's output as if it were not dilated, and pads by ``pad · dilation``.

    Where these two disagree (a kernel that the padding does not hold in the middle), the size is what counts.
    """
    if dilation < 2 or 2 * padding != size - 1:
        return {}
    return {"dilation": dilation, "padding": padding * dilation}


def _local(reading: Reading, section: Section, name: str) -> None:
    size = integer(section, "size", 1)
    attributes = {
        "out_channels": integer(section, "filters", 1), "kernel_size": size, "stride": integer(section, "stride", 1),
        "padding": size // 2 if integer(section, "pad", 0) else 0,
    }  # fmt: skip
    reading.add(section, name, "conv2d_local", attributes)
    reading.activation(section, name, "logistic")


def _connected(reading: Reading, section: Section, name: str) -> None:
    reading.flat(section, name)
    outputs, normalised = integer(section, "output", 1), reading.normalised(section)
    reading.add(section, name, "linear", {"out_features": outputs, "bias": not normalised})
    if normalised:
        reading.add(section, f"{name}.bn", "batch_norm", {"num_features": outputs})
    reading.activation(section, name, "logistic")


def _average(reading: Reading, section: Section, name: str) -> None:
    reading.add(section, name, "adaptive_avg_pool2d", {"output_size": 1})


def _crop(reading: Reading, section: Section, name: str) -> None:
    size = (integer(section, "crop_height", 1), integer(section, "crop_width", 1))
    reading.add(section, name, "crop", {"size": size})


def _route(reading: Reading, section: Section, name: str) -> None:
    inputs = tuple([reading.earlier(section, number) for number in integers(section, "layers")])
    if not inputs:
        raise at_section(FormatError("a route needs layers"), section)
    reading.add(section, name, "concat" if len(inputs) > 1 else "identity", {}, inputs)
    groups = integer(section, "groups", 1)
    if groups > 1:
        channels = reading.channels(section)
        if channels is None or channels % groups:
            known = "channels that are not known" if channels is None else f"{channels:,} channels"
            raise at_section(FormatError(f"{known} do not divide into {groups:,} groups"), section)
        part, start = channels // groups, integer(section, "group_id", 0) * (channels // groups)
        reading.add(section, f"{name}.group", "slice", {"dim": 0, "start": start, "end": start + part})


def _shortcut(reading: Reading, section: Section, name: str) -> None:
    others = [reading.earlier(section, number) for number in integers(section, "from")]
    shape = reading.shape()
    if section.options.get("weights_type", "none") in ("per_feature", "per_layer", "per_channel"):
        others = weighted(reading, section, name, others)
    alike = [reading.builder.shapes[other] == shape for other in others]
    if all(alike) or isinstance(shape, Unknown):
        reading.add(section, name, "add", {}, (reading.here, *others))
    else:  # Darknet adds what overlaps; the shape is this layer's
        reading.add(section, name, "identity", {})
    reading.activation(section, name, "linear")


def _upsample(reading: Reading, section: Section, name: str) -> None:
    stride = integer(section, "stride", 2)
    if stride < 0:
        reading.add(section, name, "avg_pool2d", {"kernel_size": -stride, "stride": -stride})
    else:
        reading.add(section, name, "upsample", {"scale_factor": stride})


def _reorg(reading: Reading, section: Section, name: str) -> None:
    kind = "pixel_shuffle" if integer(section, "reverse", 0) else "pixel_unshuffle"
    factor = "upscale_factor" if kind == "pixel_shuffle" else "downscale_factor"
    reading.add(section, name, kind, {factor: integer(section, "stride", 1)})


def _dropout(reading: Reading, section: Section, name: str) -> None:
    try:
        p = float(section.options.get("probability", "0.5"))
    except ValueError:
        raise at_section(FormatError("probability is no number"), section) from None
    reading.add(section, name, "dropout", {"p": p})


def _batch_norm(reading: Reading, section: Section, name: str) -> None:
    reading.add(section, name, "batch_norm", {})


def _activation(reading: Reading, section: Section, name: str) -> None:
    before = reading.here
    reading.activation(section, name, "linear")
    if reading.here == before:
        reading.add(section, name, "identity", {})


def _simple(kind: str, **attributes: Any) -> Callable[[Reading, Section, str], None]:
    def add(reading: Reading, section: Section, name: str) -> None:
        reading.add(section, name, kind, dict(attributes))

    return add


def _response(reading: Reading, section: Section, name: str) -> None:
    reading.add(section, name, "local_response_norm", {"size": integer(section, "size", 5)})


def _recurrent(gates: dict[str, bool]) -> Callable[[Reading, Section, str], None]:
    """Recurrent layers are made of connected ones, each with its bias: for each whether it reads the input or the
    state. One time step is counted. A plain one may have another size inside (``hidden``) than it puts out.
    """

    def add(reading: Reading, section: Section, name: str) -> None:
        reading.flat(section, name)
        outputs, normalised = integer(section, "output", 1), reading.normalised(section)
        hidden = integer(section, "hidden", outputs) if "output" in gates else outputs
        source = reading.here
        shape: Shape = (hidden,)
        state = f"{name}.state"
        reading.builder.add(state, "input", {"shape": shape}, (), section)
        for gate, reads_input in gates.items():
            size = outputs if gate == "output" else hidden
            attributes = {"out_features": size, "bias": not normalised}
            reading.add(section, f"{name}.{gate}", "linear", attributes, (source if reads_input else state,))
            if normalised:
                reading.add(section, f"{name}.{gate}.bn", "batch_norm", {"num_features": size})
        reading.counts_one_step()

    return add


_TYPES: dict[str, Callable[[Reading, Section, str], None]] = {
    "convolutional": _convolution, "conv": _convolution, "deconvolutional": _convolution, "deconv": _convolution,
    "local": _local, "connected": _connected, "conn": _connected,
    "maxpool": pool("max_pool2d"), "max": pool("max_pool2d"),
    "avgpool": _average, "avg": _average, "crop": _crop, "route": _route, "shortcut": _shortcut, "upsample": _upsample,
    "reorg": _reorg, "dropout": _dropout, "batchnorm": _batch_norm, "activation": _activation,
    "normalization": _response, "lrn": _response, "softmax": _simple("softmax"), "soft": _simple("softmax"),
    "cost": _simple("identity"),
    "logistic": _simple("sigmoid"), "l2norm": _simple("normalize", dim=0), "region": _simple("identity"),
    "yolo": _simple("identity"), "detection": _simple("identity"), "iseg": _simple("identity"),
    "gaussian_yolo": _simple("identity"), "contrastive": _simple("identity"), "empty": _simple("identity"),
    "silence": _simple("identity"), "reorg3d": _reorg, **FORKS,
    "rnn": _recurrent({"input": True, "self": False, "output": False}),
    "gru": _recurrent({"wz": True, "wr": True, "wh": True, "uz": False, "ur": False, "uh": False}),
    "lstm": _recurrent({
        "wf": True, "wi": True, "wg": True, "wo": True, "uf": False, "ui": False, "ug": False, "uo": False,
    }),
}  # fmt: skip

SOURCE = Source("darknet", "Darknet network definition", (".cfg",), sniff, read, reads_inputs=True)
