"""From a Keras model's configuration, and the variables stored beside it, to layers."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, NetledgerError, ShapeError
from netledger.layers import apply
from netledger.limits import NESTING
from netledger.network import Layer
from netledger.network_builder import NetworkBuilder
from netledger.sources.graph_shapes import differ
from netledger.sources.keras.graph import MODELS, Calls, KerasLayer, layers_in, shape_of
from netledger.sources.keras.matrices import lora
from netledger.sources.keras.steps import KerasConfig, KerasStep, steps_of
from netledger.sources.keras.variables import beside_kernel, maybe_learned, tensor_of, tensors_for, unpacked
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from netledger.layers import Slot
    from netledger.network import Shape, Tensor
    from netledger.sources.keras.graph import Reference
    from netledger.sources.keras.variables import KerasVariables
    from netledger.wire.hdf5 import Hdf5Object

_MOST_ROWS = 100_000
_NO_SHAPE = Unknown("the file states no shape for it")
_STATES = {"lstm": 2, "gru": 1, "rnn": 1}
"""How many states a recurrent kind gives beside its output."""
_NO_WEIGHTS = ("Lambda", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")


class _Place:
    """Where a model stands: the path before its layers, its group in the weights, how deep, whether it is trained."""

    __slots__ = ("depth", "group", "outer", "prefix", "trainable")

    def __init__(self, prefix: str, group: str, outer: str | None, depth: int, trainable: bool) -> None:
        self.prefix, self.group, self.outer, self.depth, self.trainable = prefix, group, outer, depth, trainable


class KerasImporter(NetworkBuilder):
    """What is known while a model's calls are followed; ``inputs`` replace the shapes of its inputs."""

    def __init__(self, variables: KerasVariables, inputs: Mapping[str, Shape]) -> None:
        super().__init__(batched=True)
        self.variables = variables
        self.given = dict(inputs)
        self.notes: list[str] = []
        self.fed: list[str] = []
        self._first: dict[tuple[str, str], str] = {}
        self._slots: dict[str, tuple[Slot, ...]] = {}
        self._stated = not inputs

    def run(self, class_name: str, values: Any) -> tuple[str, ...]:
        """Book the outermost model and every variable; the names of what it returns."""
        place = _Place("", self.variables.root, None, 0, True)
        outputs = self.model(class_name, values, place, None)
        self._book_the_rest()
        return tuple(outputs)

    # -------------------------------------------------------------- models

    def model(self, class_name: str, values: Any, place: _Place, fed: list[str] | None) -> list[str]:
        """The layers of a model fed with these values (``None``: with its own inputs); what it returns."""
        if place.depth > NESTING:
            raise LimitError(f"models nested deeper than {NESTING}")
        layers = layers_in(values)
        groups = self.variables.places(place.group, layers)
        if class_name == "Sequential" or not any(layer.calls for layer in layers):
            return self._sequential(layers, values, place, groups, fed)
        return self._functional(layers, values, place, groups, fed)

    def _sequential(
        self, layers: list[KerasLayer], values: Any, place: _Place, groups: Mapping[str, str], fed: list[str] | None
    ) -> list[str]:
        above = list(fed or ())
        stated = values.get("build_input_shape") if isinstance(values, dict) else None
        for layer in layers:
            if layer.config.class_name == "InputLayer":
                above = above or [self._input(layer.config, f"{place.prefix}{layer.name}")]
                continue
            if not above:
                own = layer.config.values
                shape = next((own[key] for key in ("batch_input_shape", "batch_shape") if own.get(key)), stated)
                above = [self._input(KerasConfig("InputLayer", {"batch_shape": shape}), f"{place.prefix}input")]
            above = self._call(layer, above, place, groups, {}, 1)
        return above

    def _functional(
        self, layers: list[KerasLayer], values: Any, place: _Place, groups: Mapping[str, str], fed: list[str] | None
    ) -> list[str]:
        """Every call once all that it reads is there, in the order of the file."""
        calls = Calls()
        reads = {(i, k): calls.read(call) for i, layer in enumerate(layers) for k, call in enumerate(layer.calls)}
        values_of: dict[Reference, str] = {}
        returned = calls.references(values.get("output_layers"))
        reads, returned = _renumbered(layers, reads, returned)
        starts = calls.references(values.get("input_layers"))
        many = _outputs_read([*reads.values(), returned])
        for number, reference in enumerate(starts):
            if fed is not None and number < len(fed):
                values_of[reference] = fed[number]
        for layer in layers:
            if layer.config.class_name == "InputLayer" and (layer.name, 0, 0) not in values_of:
                values_of[layer.name, 0, 0] = self._input(layer.config, f"{place.prefix}{layer.name}")
        readers: dict[Reference, list[tuple[int, int]]] = {}
        missing: dict[tuple[int, int], int] = {}
        for call, references in reads.items():
            wanted = {reference for reference in references if reference not in values_of}
            missing[call] = len(wanted)
            for reference in wanted:
                readers.setdefault(reference, []).append(call)
        ready = [
            call for call in reversed(reads) if not missing[call] and layers[call[0]].config.class_name != "InputLayer"
        ]
        while ready:
            i, k = ready.pop()
            layer = layers[i]
            made = self._call(
                layer, [values_of[reference] for reference in reads[i, k]], place, groups, calls.shapes,
                many.get((layer.name, k), 1), k,
            )  # fmt: skip
            free = []
            for t, value in enumerate(made):
                values_of[layer.name, k, t] = value
                for call in readers.pop((layer.name, k, t), ()):
                    missing[call] -= 1
                    if not missing[call]:
                        free.append(call)
            ready += reversed(free)
        left = [layers[i].name for (i, _), count in missing.items() if count]
        if left or any(reference not in values_of for reference in returned):
            lost = left[0] if left else returned[0][0]
            raise FormatError(f"layer '{lost[:80]}' reads what no layer makes, or its own output")
        return [values_of[reference] for reference in returned]

    def _input(self, config: KerasConfig, path: str) -> str:
        own = config.values
        stated = next((own[key] for key in ("batch_shape", "batch_input_shape") if own.get(key)), None)
        shape = shape_of(stated) or _NO_SHAPE
        path = self.names.take(path)
        given = self.given.pop(path, None) or self.given.pop("", None)
        if given is not None and not isinstance(given, Unknown):
            rank = None if isinstance(shape, Unknown) else len(shape)
            shape = (1, *given) if rank == len(given) + 1 else given
        self.fed.append(path)
        attributes = {} if isinstance(shape, Unknown) else {"shape": shape}
        self.hold(Layer(path, "input", attributes, (), (path,), output_shapes=(shape,)), (shape,))
        return path

    # -------------------------------------------------------------- one call

    def _call(
        self, layer: KerasLayer, inputs: list[str], place: _Place, groups: Mapping[str, str],
        stated: Mapping[Reference, Shape], count: int, call: int = 0,
    ) -> list[str]:  # fmt: skip
        group = groups.get(layer.name, "")
        trainable = place.trainable and layer.trainable
        if layer.config.class_name in MODELS:
            inner = _Place(f"{place.prefix}{layer.name}.", group, place.outer or group, place.depth + 1, trainable)
            return self.model(layer.config.class_name, layer.config.values, inner, inputs)
        shape = stated.get((layer.name, call, 0)) if self._stated else None
        more = [stated.get((layer.name, call, t), _NO_SHAPE) for t in range(1, count)]
        held = self.variables.of(group, layer.name, place.outer if place.depth else None) if group else []
        self.variables.taken.update([one.path for one in held])
        path = f"{place.prefix}{layer.name}"
        try:
            return self._rows(layer, inputs, path, list(held), trainable, shape, more)
        except NetledgerError as error:
            raise error.at(item=f"layer '{path[:80]}'") from None

    def _rows(
        self, layer: KerasLayer, inputs: list[str], path: str, held: list[Hdf5Object], trainable: bool,
        stated: Shape | None, more: list[Shape],
    ) -> list[str]:  # fmt: skip
        config = layer.config
        shapes = [self.shapes[name] for name in inputs]
        steps = self._steps(config, shapes)
        first = self._first.setdefault((path, config.class_name), path)
        again = path in self.names.taken
        base = self.names.take(path)
        owned = len(held)
        made: dict[str, str] = {}
        above = inputs[:1]
        last = len(steps) - 1
        quantised = "Quantized" in str(config.values.get("dtype"))[:200] or bool(
            config.values.get("quantization_config")
        )
        for i, step in enumerate(steps):
            row = f"{base}.{step.suffix}" if step.suffix else base
            reads = tuple(above) if step.reads is None else tuple(_read(step.reads, inputs, made))
            tensors = tensors_for(step, held, row, trainable=trainable, quantised=quantised)
            if i == last and held:
                role = "parameter" if owned == len(held) else "state" if quantised else "parameter"
                tensors += tuple([tensor_of(one, row, role, trainable) for one in held])
            if config.class_name == "SpectralNormalization":
                tensors = beside_kernel(tensors)
            elif step.kind == "operation":
                tensors = maybe_learned(tensors, quantised)
            share = f"{first}.{step.suffix}" if step.suffix else first
            extra = _STATES.get(step.kind, 0) if last else len(more) if i == last else 0
            shared = share if again and not tensors and step.roles else None
            name = self._row(
                step, row, reads, tensors, trainable, [stated, *more] if i == last else [None], extra, shared,
                config.class_name, owned,
            )  # fmt: skip
            made[step.suffix] = name
            made.update({f"{step.suffix}:{t}": f"{name}:{t}" for t in range(1, extra + 1)})
            above = [name]
        extras = range(1, len(more) + 1)
        if any(step.suffix == "state_1" for step in steps):
            return [*above, *[made[f"state_{t}"] for t in extras if f"state_{t}" in made]]
        return [*above, *[made.get(f":{t}", above[0]) for t in extras]]

    def _steps(self, config: KerasConfig, shapes: Sequence[Shape]) -> list[KerasStep]:
        """The rows of a layer; a wrapper that repeats its inner layer at each step stands for that layer."""
        if config.class_name == "TimeDistributed":
            return self._at_each_step(config, shapes)
        if config.class_name == "SpectralNormalization":
            return self._steps(KerasLayer(config.values.get("layer"), 0).config, shapes)
        try:
            steps = steps_of(config, shapes or [_NO_SHAPE])
        except (IndexError, TypeError):
            raise FormatError(f"{config.class_name} of what it does not take") from None
        if steps is None:
            reason = f"Keras layer '{config.class_name[:60]}' has no rule"
            if config.class_name == "Lambda":
                reason = "a Lambda layer is code, which is not run"
            return [KerasStep("operation", {"name": config.class_name[:80], "reason": reason},
                              reads=tuple(range(len(shapes))), roles="parameter")]  # fmt: skip
        adapter = [] if self.variables.complete else lora(config, shapes)
        return [*adapter, steps[0].replace(reads=(0,)), *steps[1:]] if adapter else steps

    def _at_each_step(self, config: KerasConfig, shapes: Sequence[Shape]) -> list[KerasStep]:
        """The inner layer on batch and steps folded into one dimension, and unfolded again."""
        inner = config.values.get("layer")
        shape = shapes[0] if shapes else _NO_SHAPE
        layer = KerasLayer(inner, 0)
        if isinstance(shape, Unknown) or len(shape) < 3 or not all(isinstance(size, int) for size in shape[:2]):
            return self._steps(KerasConfig("TimeDistributed of no known shape", {}), shapes)
        folded = (shape[0] * shape[1], *shape[2:])  # type: ignore[operator]
        steps = self._steps(layer.config, [folded])
        out = _made(steps, folded)
        if (
            layer.config.class_name in MODELS
            or isinstance(out, Unknown)
            or any(step.reads is not None for step in steps)
        ):
            return self._steps(KerasConfig(f"TimeDistributed {layer.config.class_name}", {}), shapes)
        fold = KerasStep("elementwise", {}, "fold", shape=folded)
        inside = [step.replace(suffix=step.suffix or "layer") for step in steps]
        return [fold, *inside, KerasStep("elementwise", shape=(*shape[:2], *out[1:]))]

    def _row(
        self, step: KerasStep, path: str, reads: tuple[str, ...], tensors: tuple[Tensor, ...], trainable: bool,
        stated: list[Shape | None], extra: int, share: str | None, class_name: str, owned: int,
    ) -> str:  # fmt: skip
        if len(self.layers) >= _MOST_ROWS:
            raise LimitError(f"more than {_MOST_ROWS:,} layers")
        kind, attributes, shape, unknown = step.kind, dict(step.attributes), step.shape, None
        effect = apply(kind, attributes, tuple([self.shapes[name] for name in reads]), True)
        if kind == "operation" and not owned and not self.variables.complete and class_name not in _NO_WEIGHTS:
            unknown = Unknown(str(attributes["reason"]))  # what it may hold is not known either
        if share is not None and not self._same_slots(effect.slots, share):
            kind, attributes, share = "tied", {"to": share}, None
        self._slots.setdefault(path, effect.slots)
        tensors = unpacked(tensors, effect.slots)
        if shape is None:
            shape = effect.outputs[0] if effect.outputs else _NO_SHAPE
        shape, first = _filled(shape, stated[0]), _filled(stated[0], shape)
        outputs = (path, *[f"{path}:{t}" for t in range(1, extra + 1)])
        made: list[Shape] = [shape, *effect.outputs[1:]]
        made += [size or _NO_SHAPE for size in stated[len(made) : extra + 1]]
        made += [_NO_SHAPE] * (extra + 1 - len(made))
        self.hold(
            Layer(
                path, kind, attributes, reads, outputs, tensors, trainable=trainable, share=share, type=class_name,
                output_shapes=(first, *made[1 : extra + 1]), unknown=unknown,
            ),
            made,
        )  # fmt: skip
        return path

    def _same_slots(self, slots: tuple[Slot, ...], owner: str) -> bool:
        """Whether a layer called again needs the tensors that it has; where a size is not known nobody can say."""
        pairs = zip(slots, self._slots.get(owner, ()), strict=False)
        for ours, theirs in pairs:
            if len(ours.shape) != len(theirs.shape) or any(map(differ, ours.shape, theirs.shape)):
                raise ShapeError(f"called again, it needs another {ours.name} than it has")
        known = all(isinstance(size, int) for slot in slots for size in slot.shape)
        return known and slots == self._slots.get(owner, ())

    def _book_the_rest(self) -> None:
        """Variables of no layer: what training keeps, and what the model itself holds."""
        rest = self.variables.rest()
        state = [one for one in rest if one.path.startswith(("optimizer", "_optimizer", "metrics"))]
        other = [one for one in rest if one not in state]
        for name, ones, role in (("optimizer", state, "state"), ("variables", other, "parameter")):
            self.set_aside(name, [tensor_of(one, one.path.rpartition("/")[0], role) for one in ones])
        if other:
            self.notes.append(self.variables.said_of_rest(len(other)))


def _filled(shape: Shape | None, other: Shape | None) -> Shape:
    """A shape with what is not known of it taken from another of the same rank."""
    if shape is None or isinstance(shape, Unknown):
        return other if other is not None else _NO_SHAPE
    if other is None or isinstance(other, Unknown) or len(other) != len(shape):
        return shape
    return tuple([theirs if isinstance(own, Unknown) else own for own, theirs in zip(shape, other, strict=True)])


def _renumbered(
    layers: Sequence[KerasLayer], reads: Mapping[tuple[int, int], list[Reference]], returned: list[Reference]
) -> tuple[dict[tuple[int, int], list[Reference]], list[Reference]]:
    """References by the calls that the file lists: Keras 2 counts the one that made a model before them too."""
    last: dict[str, int] = {}
    for references in (*reads.values(), returned):
        for name, call, _ in references:
            last[name] = max(last.get(name, 0), call)
    less = {layer.name: last.get(layer.name, 0) + 1 - len(layer.calls) for layer in layers}
    ahead = {name: count for name, count in less.items() if count > 0 and last.get(name)}

    def moved(references: list[Reference]) -> list[Reference]:
        return [(name, call - ahead.get(name, 0), output) for name, call, output in references]

    return {call: moved(references) for call, references in reads.items()}, moved(returned)


def _outputs_read(reads: Sequence[Sequence[Reference]]) -> dict[tuple[str, int], int]:
    """How many outputs of each call somebody reads, by the highest number."""
    found: dict[tuple[str, int], int] = {}
    for references in reads:
        for name, call, output in references:
            found[name, call] = max(found.get((name, call), 1), output + 1)
    return found


def _read(reads: Sequence[int | str], inputs: Sequence[str], made: Mapping[str, str]) -> list[str]:
    return [
        made[one] if isinstance(one, str) else inputs[one] for one in reads if isinstance(one, str) or one < len(inputs)
    ]


def _made(steps: Sequence[KerasStep], shape: Shape) -> Shape:
    """What steps that follow each other make of one shape."""
    for step in steps:
        found = apply(step.kind, step.attributes, (shape,), True).outputs
        shape = step.shape if step.shape is not None else found[0] if found else _NO_SHAPE
    return shape
