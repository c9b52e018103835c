"""cuda-convnet and cuda-convnet2 layer definitions (``layers-145.cfg``): the files that defined AlexNet in 2012.

Sizes as in the programs' own ``layer.py``: convolutions and pools round up, ``filters`` are per group, several inputs
are summed, ``neuron=`` is a layer of its own behind the one that names it. Layers on several GPUs keep theirs in
``meta["device"]``. What a definition leaves to the data - the image - is assumed 3×224×224, the crop of the 2012 runs;
where ``partialSum`` proves that wrong, the crops of the CIFAR runs (32, 24) are tried.
"""

from __future__ import annotations

from netledger.errors import FormatError, NetledgerError, ShapeError
from netledger.limits import INTEGER_DIGITS, RANK
from netledger.network import Network, elements_of
from netledger.sources import Options, Source
from netledger.sources.cfg.sections import Builder, at_section, integer, integers, whole_number
from netledger.sources.files import stem
from netledger.unknown import Unknown
from netledger.wire.sections import TEXT_BYTES, Section, sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.files import InputFile

_CROPS = (224, 32, 24)
_NEURONS = {
    "relu": "relu", "nrelu": "relu", "softrelu": "softplus", "logistic": "sigmoid", "tanh": "tanh", "abs": "abs",
    "square": "square", "sqrt": "sqrt", "ident": "identity", "linear": "affine", "brelu": "hardtanh",
    "drelu": "softsign",
}  # fmt: skip


def sniff(head: bytes) -> bool:
    """Sections with ``type=``, or a file of learning rates (``epsW=``), and no ``[net]``."""
    text = head.decode("utf-8", "replace")
    first = next((line.strip() for line in text.splitlines() if line.strip() and line.strip()[0] not in "#;"), "")
    if not first.startswith("[") or first.lower() in ("[net]", "[network]"):
        return False
    keys = {
        line.partition("=")[0].strip() for line in text.splitlines() if "=" in line and line.strip()[:1] not in "#;"
    }
    return bool(keys & {"type", "epsW", "epsB"})


def read(file: InputFile, options: Options) -> Network:
    """The network of a layer definition file."""
    found = sections(file.text(TEXT_BYTES))
    if found and not any("type" in section.options for section in found):
        name = file.path.replace("\\", "/").rpartition("/")[2]
        layers = name.replace("layer-params", "layers", 1) if "layer-params" in name else "its layers file"
        if not any(key in section.options for section in found for key in ("epsW", "epsB")):
            raise FormatError("no section has a type: these are no cuda-convnet layers")
        raise FormatError(f"this holds learning rates only; the layers are in {layers}")
    unnamed = [name for name in options.inputs if name]
    data = [section for section in found if section.options.get("type") == "data"]
    known = {section.name for section in data}
    for name in unnamed:
        if name not in known:
            raise FormatError(f"no data layer '{name}'")
    if options.inputs:
        return _Reading(found, options.inputs).network(file.path, ())
    failure: NetledgerError | None = None
    for crop in _CROPS:
        try:
            assumed = (f"input 3×{crop}×{crop}: the definition leaves the image to the data",)
            return _Reading(found, {"": (3, crop, crop)}).network(file.path, assumed)
        except _WrongSize as error:
            failure = failure or error
    assert failure is not None
    failure.why += "; say the image with --input"
    raise failure


class _WrongSize(ShapeError):
    """The image assumed contradicts the definition."""


class _Reading:
    """One pass over the sections with a given image."""

    def __init__(self, found: list[Section], images: Any) -> None:
        self.sections = found
        self.images: dict[str, Shape] = dict(images)
        self.builder = Builder()
        self.reads: dict[str, str] = {}
        self.devices: dict[str, str] = {}
        self.wanted = {
            name
            for section in found
            if not section.options.get("type", "").startswith("cost.")
            for name in _names(section)
        }

    def network(self, path: str, assumed: tuple[str, ...]) -> Network:
        for section in self.sections:
            kind = section.options.get("type")
            if kind is None:
                raise at_section(FormatError("no type given"), section)
            if kind.startswith("cost."):
                continue
            reader = _TYPES.get(kind)
            if reader is None:
                raise at_section(FormatError(f"unknown layer type '{kind[:60]}'"), section)
            inputs = self.inputs(section) if kind != "data" else ()
            self.reads[section.name] = section.name
            self.place(section, inputs)
            reader(self, section, inputs)
            self.neuron(section)
        devices = sorted({device for device in self.devices.values() if _is_number(device)})
        meta = {"devices": tuple(devices)} if len(devices) > 1 else {}
        return Network(stem(path), tuple(self.builder.layers), assumed=assumed, meta={"format": "cuda-convnet", **meta})

    # -------------------------------------------------------------- wiring

    def inputs(self, section: Section) -> tuple[str, ...]:
        names = _names(section)
        for name in names:
            if name not in self.reads:
                raise at_section(FormatError(f"input layer '{name[:60]}' is not defined above"), section)
        if not names:
            raise at_section(FormatError("no inputs given"), section)
        return tuple([self.reads[name] for name in names])

    def place(self, section: Section, inputs: tuple[str, ...]) -> None:
        inherited = self.devices.get(inputs[0], "0") if inputs else "0"
        device = section.options.get("gpu", inherited)
        if not all(part.strip().isascii() and part.strip().isdigit() for part in device.split(",")):
            raise at_section(FormatError(f"gpu={device[:60]} is no list of whole numbers"), section)
        self.devices[section.name] = device

    def add(
        self, section: Section, kind: str, attributes: dict[str, Any], inputs: tuple[str, ...], suffix: str = "",
        part: bool = False, **more: Any,
    ) -> str:  # fmt: skip
        """A layer of this section; its path. ``part``: its outputs are summed into neurons that are counted already."""
        path = section.name + suffix
        device = self.devices[section.name]
        self.devices[path] = device
        meta: dict[str, Any] = {"device": int(device) if _is_number(device) else device}
        if part:
            meta["part"] = True
        self.builder.add(path, kind, attributes, inputs, section, meta=meta, **more)
        return path

    def neuron(self, section: Section) -> None:
        text = section.options.get("neuron", "")
        if not text or section.options["type"] == "neuron" or section.name not in self.reads:
            return
        kind = _NEURONS.get(text.partition("[")[0])
        if kind is None:
            raise at_section(FormatError(f"unknown neuron '{text[:60]}'"), section)
        self.reads[section.name] = self.add(section, kind, {}, (section.name,), "_neuron")

    def shape(self, section: Section, name: str) -> tuple[int, ...]:
        """The shape of a value, which every image layer must know."""
        shape = self.builder.shapes[name]
        if isinstance(shape, Unknown) or len(shape) > RANK or any(isinstance(size, Unknown) for size in shape):
            raise at_section(FormatError(f"the size of '{name}' is not known"), section)
        return tuple([size for size in shape if isinstance(size, int)])

    def image(self, section: Section, name: str, channels: int) -> str:
        """A value as an image of ``channels`` square maps: itself, or reshaped as the program would read it."""
        shape = self.shape(section, name)
        if len(shape) == 3 and shape[0] == channels:
            return name
        count = elements_of(shape)
        side = round((int(count) / max(channels, 1)) ** 0.5) if isinstance(count, int) else 0
        if side * side * channels != count:
            error = ShapeError(f"'{name}' has {count:,} values, no {channels} square maps")
            error.at(line=section.line, item=f"[{section.name}]")
            raise error
        return self.add(section, "reshape", {"shape": (channels, side, side)}, (name,), f".image{len(self.devices)}")

    def flat(self, section: Section, name: str, number: int) -> str:
        if len(self.shape(section, name)) == 1:
            return name
        return self.add(section, "flatten", {}, (name,), f".flat{number}" if number else ".flat")


def _is_number(device: str) -> bool:
    return device.isascii() and device.isdigit() and len(device) <= INTEGER_DIGITS


def _names(section: Section) -> list[str]:
    return [name.strip() for name in section.options.get("inputs", "").split(",") if name.strip()]


# ---------------------------------------------------------------------- one function a type


def _data(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    if section.name not in reading.wanted:
        del reading.reads[section.name]
        return
    index = integer(section, "dataIdx", 0)
    image = reading.images.get(section.name, reading.images.get("") if index == 0 else None)
    shape = image if image is not None else Unknown("the definition leaves this input to the data")
    reading.add(section, "input", {"shape": shape}, ())


_CONVOLUTION_OPTIONS = {"channels": None, "filters": None, "filterSize": None, "padding": 0, "stride": 1, "groups": 1}


def _convolution(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    """One convolution for each input, sum_up; the same one over joined maps where they are alike."""
    count = len(inputs)
    options = {name: _each(section, name, count, default) for name, default in _CONVOLUTION_OPTIONS.items()}
    images = [reading.image(section, name, options["channels"][i]) for i, name in enumerate(inputs)]
    same = all(len(set(options[name])) == 1 for name in ("filters", "filterSize", "padding", "stride", "groups"))
    sizes = {reading.shape(section, name)[1:] for name in images}
    sparse = "filterChannels" in section.options
    if count > 1 and same and len(sizes) == 1 and options["groups"][0] == 1 and not sparse:
        joined = reading.add(section, "concat", {}, tuple(images), ".inputs")
        _one_convolution(reading, section, options, 0, joined, "", sum(options["channels"]))
        return
    if count == 1:
        _one_convolution(reading, section, options, 0, images[0], "", options["channels"][0])
        return
    parts = tuple(
        _one_convolution(reading, section, options, i, image, f".{i}", options["channels"][i], bias=i == 0)
        for i, image in enumerate(images)
    )
    reading.add(section, "add", {}, parts)


def _each(section: Section, name: str, count: int, default: int | None) -> list[int]:
    values = integers(section, name, None if default is None else [default] * count)
    if len(values) != count:
        raise at_section(FormatError(f"{name} has {len(values)} values for {count} inputs"), section)
    return values


def _one_convolution(
    reading: _Reading, section: Section, options: dict[str, list[int]], i: int, image: str, suffix: str, channels: int,
    bias: bool = True,
) -> str:  # fmt: skip
    groups = options["groups"][i]
    attributes: dict[str, Any] = {"out_channels": options["filters"][i] * groups, "in_channels": channels}
    attributes["kernel_size"] = options["filterSize"][i]
    for ours, theirs in (("stride", "stride"), ("padding", "padding")):
        if options[theirs][i] != (1 if ours == "stride" else 0):
            attributes[ours] = options[theirs][i]
    if groups != 1:
        attributes["groups"] = groups
    local = section.options["type"] == "local"
    shared = section.options.get("sharedBiases", "1").lower() in ("1", "true", "yes", "on")
    sparse = _filter_channels(section, i)
    if sparse is not None and sparse * groups != channels:
        # random sparse connectivity: each group sees filterChannels maps, some of them more than once
        times = (-(-sparse * groups // channels), 1, 1)
        image = reading.add(section, "tile", {"dims": times}, (image,), f"{suffix}.connections")
        attributes["in_channels"] = sparse * groups
    attributes["ceil_mode"] = True
    if not bias or (not shared and not local):
        attributes["bias"] = False
    own_biases = bias and not shared and not local
    kind, inner = "conv2d_local" if local else "conv2d", suffix + (".shared" if own_biases else "")
    path = reading.add(section, kind, attributes, (image,), inner, part=i > 0)
    _check_partial_sum(reading, section, path)
    if own_biases:  # sharedBiases=0: one for each map and position
        path = reading.add(section, "bias", {"shape": reading.shape(section, path), "dim": 0}, (path,), suffix)
    return path


def _filter_channels(section: Section, i: int) -> int | None:
    values = integers(section, "filterChannels", [])
    return values[i] if i < len(values) else None


def _check_partial_sum(reading: _Reading, section: Section, path: str) -> None:
    """``partialSum`` must divide the number of positions: the program insists, so a wrong image shows here."""
    divisor = integer(section, "partialSum", 0)
    _, height, width = reading.shape(section, path)
    if divisor > 0 and (height * width) % divisor:
        error = _WrongSize(f"partialSum={divisor} does not divide {height}·{width} positions")
        error.at(line=section.line, item=f"[{section.name}]")
        raise error


def _fully_connected(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    flat = tuple([reading.flat(section, name, i) for i, name in enumerate(inputs)])
    joined = flat[0] if len(flat) == 1 else reading.add(section, "concat", {}, flat, ".inputs")
    reading.add(section, "linear", {"out_features": integer(section, "outputs")}, (joined,))


def _pool(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    image = reading.image(section, inputs[0], integer(section, "channels"))
    size, stride, start = integer(section, "sizeX"), integer(section, "stride"), integer(section, "start", 0)
    kind = "avg_pool2d" if section.options.get("pool") == "avg" else "max_pool2d"
    attributes: dict[str, Any] = {"kernel_size": size, "stride": stride, "ceil_mode": True}
    wanted = integer(section, "outputsX", 0)
    before, after = -start, 0
    if wanted > 0:
        after = (wanted - 1) * stride + size - reading.shape(section, image)[1] + start
    if before or after:
        attributes["padding"] = ((before, after),) * 2
    reading.add(section, kind, attributes, (image,))


def _norm(kind: str, **extra: Any) -> Callable[[_Reading, Section, tuple[str, ...]], None]:
    def add(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
        image = reading.image(section, inputs[0], integer(section, "channels"))
        size = integer(section, "size") if "size" in section.options else integer(section, "sizeX")
        reading.add(section, kind, {"size": size, **extra}, (image,))

    return add


def _simple(kind: str) -> Callable[[_Reading, Section, tuple[str, ...]], None]:
    def add(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
        reading.add(section, kind, {}, inputs)

    return add


def _joined(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    flat = tuple([reading.flat(section, name, i) for i, name in enumerate(inputs)])
    reading.add(section, "concat" if len(flat) > 1 else "identity", {}, flat)


def _dropout(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    try:
        keep = float(section.options.get("keep", "0.5"))
    except ValueError:
        raise at_section(FormatError(f"keep={section.options['keep'][:60]} is no number"), section) from None
    reading.add(section, "dropout", {"p": 1 - keep}, inputs)


def _subsample(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    image = reading.image(section, inputs[0], integer(section, "channels"))
    reading.add(section, "subsample", {"stride": integer(section, "stride")}, (image,))


def _resized(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    channels = integer(section, "channels")
    side = reading.shape(section, reading.image(section, inputs[0], channels))[1]
    if section.options["type"] == "rscale":
        target = integer(section, "tgtSize")
    else:
        numerator, denominator = _ratio(section, "scale")
        target = side * denominator // numerator
    reading.add(section, "interpolate", {"size": (target, target)}, inputs)


def _ratio(section: Section, name: str) -> tuple[int, int]:
    """A decimal option as an exact ratio."""
    whole, _, rest = section.options.get(name, "").partition(".")
    digits = whole_number(whole + rest) if (whole + rest)[:1].isdigit() else None
    if not digits:
        raise at_section(FormatError(f"{name}={section.options.get(name, '')[:60]} is no positive number"), section)
    return digits, 10 ** len(rest)


def _named_neuron(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    kind = _NEURONS.get(section.options.get("neuron", "").partition("[")[0])
    if kind is None:
        raise at_section(FormatError("a neuron layer needs a neuron that is known"), section)
    reading.add(section, kind, {}, inputs)


def _tree(reading: _Reading, section: Section, inputs: tuple[str, ...]) -> None:
    reason = Unknown("treefc: the tree of classes that sizes it is in the data")
    reading.add(section, "treefc", {}, inputs, unknown=reason)


_TYPES: dict[str, Callable[[_Reading, Section, tuple[str, ...]], None]] = {
    "data": _data, "conv": _convolution, "local": _convolution, "fc": _fully_connected, "treefc": _tree, "pool": _pool,
    "cmrnorm": _norm("local_response_norm"), "rnorm": _norm("response_norm_within"),
    "cnorm": _norm("response_norm_within", contrast=True), "softmax": _simple("softmax"), "eltsum": _simple("add"),
    "eltmax": _simple("maximum"), "neuron": _named_neuron, "nailbed": _subsample, "blur": _simple("identity"),
    "href": _simple("identity"), "rgb2yuv": _simple("identity"), "rgb2lab": _simple("identity"), "resize": _resized,
    "rscale": _resized, "concat": _joined, "pass": _joined, "hs": _dropout, "dropout": _dropout, "dropout2": _dropout,
}  # fmt: skip

SOURCE = Source("cuda-convnet", "cuda-convnet layer definition", (".cfg",), sniff, read, reads_inputs=True)
