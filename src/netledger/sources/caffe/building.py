"""A tree of fields → Network: the layers of the phase, which blob is which value, what is assumed of the data."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, NetledgerError, UsageError
from netledger.limits import MAX_DIMENSION, TEXT_LAYERS
from netledger.network import Layer, Network, Tensor, elements_of
from netledger.network_builder import NetworkBuilder
from netledger.sources.caffe.binary import blob_shape
from netledger.sources.caffe.fields import check_fields, check_net, check_owners, check_phases
from netledger.sources.caffe.upgrade import current_layers
from netledger.sources.caffe.words import TRUE
from netledger.sources.cfg.sections import whole_number
from netledger.sources.files import stem
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Shape
    from netledger.sources import Options
    from netledger.wire.prototext import Message

_MOST_NOTES = 20
_RECURRENT = frozenset(("LSTM", "RNN", "Recurrent"))


def build(net: Message, path: str, options: Options) -> Network:
    """The network of a NetParameter's tree, phase TEST unless the file says otherwise.

    A file for training alone has its data in the other phase: what can't be built in this one is built in that one.
    """
    layers = current_layers(net)
    if len(layers) > TEXT_LAYERS:
        raise LimitError(f"more than {TEXT_LAYERS:,} layers")
    stated = net.message("state").text("phase") or _phase_of_all(layers)
    try:
        return _built(net, layers, stated or "TEST", path, options)
    except FormatError:
        rules = [rule.text("phase") for layer in layers for rule in layer.messages("include")]
        if stated or "TRAIN" not in rules or "TEST" in rules:
            raise
        return _built(net, layers, "TRAIN", path, options)


def _built(net: Message, layers: list[Message], phase: str, path: str, options: Options) -> Network:
    building = Building(net, layers, phase, options)
    check_net(building, net)
    building.inputs()
    for layer in layers:
        if building.included(layer):
            building.layer(layer)
    building.check_inputs()
    stored = building.book_the_rest(layers)
    name = stem(path)
    if not building.layers:
        raise FormatError("no layers: this is no Caffe network")
    return Network(
        name, tuple(building.layers), title=net.text("name") or name, batched=building.batched,
        notes=tuple(building.notes), assumed=tuple(building.assumed),
        meta={"format": "Caffe", **({"stored": stored} if stored["bytes"] else {})},
    )  # fmt: skip


class Building(NetworkBuilder):
    """The state of one pass: blobs and the values they are now, shapes, parameter names, what was assumed."""

    def __init__(self, net: Message, layers: list[Message], phase: str, options: Options) -> None:
        super().__init__(batched=any(layer.text("type") in _RECURRENT for layer in layers))
        self.net = net
        self.options = options
        self.blobs: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.assumed: list[str] = []
        self.notes: list[str] = []
        self.taken: set[str] = set()
        self.posted: set[int] = set()
        self.given = dict(options.inputs)
        self.phase = phase
        self.stage = self.first_stage(layers)

    def assume(self, text: str) -> None:
        """Say once what was taken for granted."""
        if text not in self.assumed:
            self.assumed.append(text)

    def note(self, text: str) -> None:
        """Say once what was passed over."""
        if text not in self.notes and len(self.notes) < _MOST_NOTES:
            self.notes.append(text)

    # -------------------------------------------------------------- phases and inputs

    def included(self, layer: Message) -> bool:
        """Whether the phase has this layer, by its ``include`` and ``exclude`` rules.

        Its own ``phase`` is no rule: it says how the layer computes. Caffe writes it into every layer that it saves.
        """
        check_phases(layer)
        if layer.has("include") or layer.has("exclude"):
            self.assume(f"phase {self.phase}")
        if layer.has("include"):
            return any(self.met(rule) for rule in layer.messages("include"))
        return not any(self.met(rule) for rule in layer.messages("exclude"))

    def met(self, rule: Message) -> bool:
        """Whether a rule applies at this phase, level 0 and the stage chosen."""
        level = self.integer(rule, "min_level", 0) <= 0 <= self.integer(rule, "max_level", 0)
        phase = not rule.has("phase") or rule.text("phase") == self.phase
        return (
            phase and level and set(rule.texts("stage")) <= {self.stage} and self.stage not in rule.texts("not_stage")
        )

    def first_stage(self, layers: list[Message]) -> str:
        """The stage of the first rule of this phase that names one: a file that has stages makes no network without."""
        for layer in layers:
            for rule in layer.messages("include"):
                if rule.has("stage") and rule.text("phase", self.phase) == self.phase:
                    self.assumed.append(f"stage '{rule.text('stage')}'")
                    return rule.text("stage")
        return ""

    def inputs(self) -> None:
        """The net's own ``input`` fields, as old deploy files have them."""
        names = self.net.texts("input")
        shapes = [self.sizes(shape, "dim") for shape in self.net.messages("input_shape")]
        dims = self.sizes(self.net, "input_dim")
        shapes += [dims[i : i + 4] for i in range(0, len(dims), 4)] if not shapes else []
        for i, name in enumerate(names):
            self.add_input(name, name, self.per_example(shapes[i]) if i < len(shapes) else None, self.net)

    def add_input(self, path: str, blob: str, shape: Shape | None, at: Message) -> None:
        """An input layer; what the command line gives replaces what the file says."""
        self.taken.add(blob)
        if blob in self.given:
            shape = self.given[blob]
        elif "" in self.given:
            shape = self.given.pop("")
        if shape is None:
            shape = Unknown("the image's size is in the data: give it with --input")
        elif self.batched and not isinstance(shape, Unknown) and len(shape) < 2:
            shape = (1, *shape)
        self.add(path, "input", {"shape": shape}, (), (blob,), at)

    def check_inputs(self) -> None:
        """Every ``--input`` was heard: one that names no input is an error."""
        for name in self.given:
            if name not in self.taken:
                known = ", ".join([f"'{blob[:60]}'" for blob in sorted(self.taken)[:8]]) or "none"
                said = f"'{name[:60]}' is no input" if name else "there is no input to give a shape to"
                raise UsageError(f"--input: {said}; the network's inputs: {known}")

    def per_example(self, sizes: tuple[int, ...]) -> Shape:
        """A blob's sizes without the batch, which comes first."""
        return sizes if self.batched else sizes[1:]

    # -------------------------------------------------------------- layers

    def layer(self, layer: Message) -> None:
        from netledger.sources.caffe.fork_layers import is_unread
        from netledger.sources.caffe.types import SOURCES, TYPES

        kind = layer.text("type")
        reader = TYPES.get(kind)
        check_fields(self, layer)
        if reader is not None:
            check_owners(self, layer)
        if reader is not None and kind not in SOURCES and not layer.texts("bottom"):
            error = FormatError(f"a {kind} layer that reads no blob")
            error.at(line=layer.line, item=layer.text("name"))
            raise error
        if reader is None:
            self.add_unknown(layer, f"Caffe layer type '{kind[:60]}' has no rule")
        elif is_unread(layer):
            self.add_unknown(
                layer, f"the settings of '{kind}' are not where SSD's Caffe keeps them (show the .prototxt)"
            )
        else:
            reader(self, layer)

    def add_unknown(self, layer: Message, reason: str) -> None:
        """A layer that cannot be followed: Unknown, its outputs too."""
        tops = tuple(layer.texts("top"))
        inputs = tuple([self.value(blob, layer) for blob in layer.texts("bottom")])
        more = {**self.stored(layer), "unknown": Unknown(reason)}
        self.add(self.path(layer), layer.text("type") or "layer", {}, inputs, tops, layer, **more)

    def path(self, layer: Message) -> str:
        """The layer's name, made unique."""
        return self.names.free(layer.text("name") or layer.text("type") or "layer")

    def add(
        self, path: str, kind: str, attributes: dict[str, Any], inputs: tuple[str, ...], tops: tuple[str, ...],
        at: Message, **more: Any,
    ) -> tuple[Shape, ...]:  # fmt: skip
        """Append a layer whose values become the blobs ``tops``; their shapes."""
        if more.get("tensors"):
            self.posted.add(id(at))
        outputs = (path,) if len(tops) < 2 else tuple([f"{path}:{i}" for i in range(len(tops))])
        try:
            shapes = self.append(Layer(path, kind, attributes, inputs, outputs, type=at.text("type") or None, **more))
        except NetledgerError as error:
            error.at(line=at.line)
            raise
        self.blobs.update(zip(tops, outputs, strict=False))
        return shapes

    def simple(self, layer: Message, kind: str, attributes: dict[str, Any] | None = None, **more: Any) -> None:
        """The usual layer: its bottoms to its tops, its blobs as its tensors, its shared parameters shared."""
        more = {**self.stored(layer), **self.shared(layer), **more}
        tops = tuple(layer.texts("top"))
        self.add(self.path(layer), kind, attributes or {}, self.bottoms(layer), tops, layer, **more)

    def bottoms(self, layer: Message) -> tuple[str, ...]:
        """The values that the layer reads."""
        return tuple([self.value(blob, layer) for blob in layer.texts("bottom")])

    def value(self, blob: str, at: Message) -> str:
        """What a blob is at this place."""
        found = self.blobs.get(blob)
        if found is None:
            error = FormatError(f"blob '{blob[:60]}' is not made above")
            error.at(line=at.line, item=at.text("name"))
            raise error
        return found

    def shape(self, layer: Message) -> Shape:
        """The shape of the first bottom."""
        names = self.bottoms(layer)
        return self.shapes[names[0]] if names else Unknown("no input")

    # -------------------------------------------------------------- parameters

    def stored(self, layer: Message, roles: tuple[str, ...] = ("weight", "bias")) -> dict[str, Any]:
        """The layer's blobs as tensors, where the file has any."""
        tensors = []
        for i, blob in enumerate(layer.messages("blobs")):
            shape = blob_shape(blob)
            count, held = elements_of(shape), self.integer(blob, "stored", -1)
            if held >= 0 and held != count:
                error = FormatError(f"blob {i}: dims say {count:,} elements, the data holds {held:,}")
                error.at(item=layer.text("name"))
                raise error
            role = roles[i] if i < len(roles) else roles[-1]
            dtype = "float64" if blob.text("value_bytes") == "8" else "float32"
            tensors.append(Tensor(f"{layer.text('name')}.{role if i < len(roles) else i}", role, shape, dtype))
        return {"tensors": tuple(tensors)} if tensors else {}

    def book_the_rest(self, layers: list[Message]) -> dict[str, int]:
        """Blobs of layers that another phase has: state of training. And what the file stores in all."""
        rest = [layer for layer in layers if id(layer) not in self.posted and layer.messages("blobs")]
        tensors = [tensor.replace(role="state") for layer in rest for tensor in self.stored(layer).get("tensors", ())]
        if tensors:
            self.note(f"{len(rest):,} layers that are not in this phase store values: they are no parameters of it")
        self.set_aside("stored for another phase", tensors)
        blobs = [blob for layer in layers for blob in layer.messages("blobs")]
        counts = [(self.integer(blob, "stored", 0), self.integer(blob, "value_bytes", 4)) for blob in blobs]
        return {
            "elements": sum([count for count, _ in counts]),
            "bytes": sum([count * width for count, width in counts]),
        }

    def shared(self, layer: Message) -> dict[str, Any]:
        """``share`` where every named parameter belongs to one earlier layer."""
        names = [spec.text("name") for spec in layer.messages("param")]
        owners = {self.owners[name] for name in names if name in self.owners}
        if owners and not all(names[: len(names)]):
            return {"unknown": Unknown("shares some of its parameters and owns others")}
        for name in names:
            if name:
                self.owners.setdefault(name, self.path(layer))
        return {"share": owners.pop()} if len(owners) == 1 and not layer.messages("blobs") else {}

    # -------------------------------------------------------------- values of fields

    def integer(self, message: Message, name: str, default: int | None = None) -> int:
        """A field as a whole number."""
        text = message.text(name)
        if not text:
            if default is None:
                error = FormatError(f"'{name}' is missing")
                error.at(line=message.line)
                raise error
            return default
        return self.number(message, name, text)

    def number(self, message: Message, name: str, text: str) -> int:
        """One value of a field as a whole number."""
        found = whole_number(text)
        if found is None or abs(found) > MAX_DIMENSION:
            error = FormatError(f"{name}: {text[:60]} is no size")
            error.at(line=message.line)
            raise error
        return found

    def sizes(self, message: Message, name: str) -> tuple[int, ...]:
        """Every value of a field as a whole number."""
        return tuple([self.number(message, name, text) for text in message.texts(name)])

    def real(self, message: Message, name: str, default: float) -> float:
        """A field as a real number."""
        text = message.text(name)
        try:
            return float(text.rstrip("f")) if text else default
        except ValueError:
            error = FormatError(f"{name}: {text[:60]} is no number")
            error.at(line=message.line)
            raise error from None

    def truth(self, message: Message, name: str, default: bool) -> bool:
        """A field as a yes or no."""
        text = message.text(name)
        return text.lower() in TRUE if text else default

    def axis(self, message: Message, name: str, default: int) -> int | None:
        """An axis of Caffe's blobs as one of ours; ``None`` for the batch itself."""
        axis = self.integer(message, name, default)
        if axis < 0 or self.batched:
            return axis
        return axis - 1 if axis else None


def _phase_of_all(layers: list[Message]) -> str:
    """The phase that every layer states, as what Caffe saved in training has it; else none."""
    phases = {layer.text("phase") for layer in layers}
    return phases.pop() if len(phases) == 1 else ""
