"""A live Keras model as the configuration that :mod:`.importer` reads, with the layer that stands at each place.

``Functional`` and ``Sequential`` models hold their calls. A layer of somebody's own class is called once more with
Keras' symbolic tensors, which have a shape and no values, so that its inner layers and ``keras.ops`` leave their calls.
Source: ``keras/src/ops/node.py`` and ``keras/src/models/functional.py`` of Keras 3.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from contextlib import contextmanager

from netledger.limits import NESTING
from netledger.sources.keras.graph import MODELS
from netledger.sources.keras.steps import HARMLESS, STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from netledger.sources.live.given import FedInput


class KerasDescription:
    """Describes one model: its configuration, ``places`` (path with slashes → layer) and ``notes`` of what failed.

    ``given``: the inputs, which a model or layer of somebody's own class is called with; ``fed`` says that no
    given shape is left to be put in: it was called with them, or nobody knows what reads them.
    """

    def __init__(self, keras: Any, given: Sequence[FedInput]) -> None:
        self._keras = keras
        self._given = given
        self.fed = False
        self.places: dict[str, Any] = {}
        self.notes: list[str] = []

    def outermost(self, model: Any) -> dict[str, Any]:
        """The configuration of the whole; a layer that is no model stands in one of its own."""
        own = any(_class_of(one) is None for one in model._flatten_layers(recursive=True, include_self=True))
        found = self._called(model) if own and self._given else None
        found = self._model(model, "", 0) if found is None else found
        if found is not None:
            return found
        if _class_of(model) is None:
            return self._of_own_class(model)
        shape = _with_batch(self._given[0]) if self._given else _shape_built_with(model)
        data = self._layer(model, "", 0)
        return {"class_name": "Sequential", "config": {"layers": [data], "build_input_shape": shape and list(shape)}}

    # -------------------------------------------------------------- models that state their calls

    def _model(self, model: Any, place: str, depth: int) -> dict[str, Any] | None:
        """The configuration of a model that knows its layers; ``None`` of any other."""
        if isinstance(model, self._keras.Sequential):
            inner = getattr(model, "_functional", None)
            if inner is not None and any(_class_of(layer) is None for layer in model.layers):
                return self._functional(inner, place, depth)
            layers = [self._layer(layer, place, depth) for layer in model.layers]
            shape = _shape_built_with(model)
            return {
                "class_name": "Sequential",
                "config": {"layers": layers, "build_input_shape": shape and list(shape)},
            }
        return self._functional(model, place, depth) if hasattr(model, "_nodes_by_depth") else None

    def _functional(self, model: Any, place: str, depth: int) -> dict[str, Any]:
        kept = {id(node) for nodes in model._nodes_by_depth.values() for node in nodes}
        numbers: dict[tuple[str, int], int] = {}
        own = {
            operation.name: [i for i, node in enumerate(operation._inbound_nodes) if id(node) in kept]
            for operation in model.operations
        }
        for name, held in own.items():
            numbers.update({(name, number): i for i, number in enumerate(held)})

        def reference(tensor: Any) -> list[Any]:
            history = tensor._keras_history
            return [history[0].name, numbers[history[0].name, history[1]], history[2]]

        def written(value: Any) -> Any:
            if isinstance(value, self._keras.KerasTensor):
                config = {"shape": list(value.shape), "keras_history": reference(value)}
                return {"class_name": "__keras_tensor__", "config": config}
            if isinstance(value, dict):
                return {key: written(one) for key, one in value.items()}
            return [written(one) for one in value] if isinstance(value, list | tuple) else None

        layers = []
        for operation in model.operations:
            nodes = [operation._inbound_nodes[number] for number in own[operation.name]]
            calls = [node for node in nodes if node.input_tensors]
            data = self._layer(operation, place, depth, calls)
            data["inbound_nodes"] = [
                {"args": written(node.arguments.args), "kwargs": written(node.arguments.kwargs)} for node in calls
            ]
            layers.append(data)
        flat = self._keras.tree.flatten
        ends = {"input_layers": flat(model._inputs_struct), "output_layers": flat(model._outputs_struct)}
        return {
            "class_name": "Functional",
            "config": {"layers": layers, **{key: [written(one) for one in ones] for key, ones in ends.items()}},
        }

    # -------------------------------------------------------------- one layer

    def _layer(self, layer: Any, place: str, depth: int, calls: Sequence[Any] = ()) -> dict[str, Any]:
        here = f"{place}/{layer.name}" if place else layer.name
        inner = self._model(layer, here, depth + 1) if depth < NESTING else None
        kind = _class_of(layer)
        if inner is None and kind is None and calls and depth < NESTING and getattr(layer, "_layers", None) is not None:
            arguments = calls[0].arguments
            inner = self._traced(layer, here, depth + 1, arguments.args, arguments.kwargs)
        if inner is not None:
            return {**inner, "name": layer.name}
        if isinstance(layer, self._keras.layers.Layer):
            self.places[here] = layer
        data = {"class_name": kind or type(layer).__name__, "name": layer.name, "config": _config(layer)}
        if calls:
            data["config"]["operands"] = [_fixed_shape(self._keras, one) for one in calls[0].arguments.args]
        if ".ops." in type(layer).__module__:
            data["module"] = type(layer).__module__
        shape = _shape_built_with(layer)
        return {**data, "build_config": {"input_shape": list(shape)}} if shape else data

    # -------------------------------------------------------------- somebody's own class

    def _called(self, model: Any) -> dict[str, Any] | None:
        """What the model calls when it is fed the given inputs; ``None`` where that cannot be followed."""
        names = list(getattr(model, "input_names", ()) or ()) if hasattr(model, "_nodes_by_depth") else []
        fed = [
            (one.name, self._keras.KerasTensor(_with_batch(one), dtype=one.dtype or "float32")) for one in self._given
        ]
        named = {name: tensor for name, tensor in fed if name}
        plain = [tensor for name, tensor in fed if not name]
        if named and set(named) <= set(names):
            named.update(zip([name for name in names if name not in named], plain, strict=False))
            found = self._traced(model, "", 1, (named,), {})
        else:
            found = self._traced(model, "", 1, (plain,) if names and len(plain) > 1 else tuple(plain), named)
        self.fed = found is not None
        return found

    def _of_own_class(self, model: Any) -> dict[str, Any]:
        """A model whose code alone knows its calls: followed, or its layers one by one without shapes."""
        built_with = _shape_built_with(model)
        if built_with and not self._given:
            found = self._traced(model, "", 1, (self._keras.KerasTensor(built_with),), {})
            if found is not None:
                return found
        elif not self._given:
            self.notes.append(
                "its code alone knows its calls: an input, as in input_size=(1, 224, 224, 3), follows them"
            )
        self.fed = True
        return self._alone(model)

    def _alone(self, model: Any) -> dict[str, Any]:
        """The layers that hold variables, each by itself since nobody knows what reads what, and the code's own row."""
        layers: list[dict[str, Any]] = [{"class_name": "InputLayer", "name": "input", "config": {}}]
        taken = set[str]()
        for leaf in _leaves(model):
            name = str(getattr(leaf, "path", None) or leaf.name).removeprefix(f"{model.name}/").replace("/", ".")
            while name in taken:
                name += "_"
            taken.add(name)
            data = self._layer(leaf, "", NESTING)
            self.places[name] = self.places.pop(leaf.name)
            layers.append({**data, "name": name, "inbound_nodes": [[["input", 0, 0]]]})
        code = {"class_name": f"{type(model).__name__}.call", "name": "call", "config": {}}
        layers.append({**code, "inbound_nodes": [[["input", 0, 0]]]})
        return {"class_name": "Functional", "config": {"layers": layers, "output_layers": [["call", 0, 0]]}}

    def _traced(self, layer: Any, place: str, depth: int, args: Any, kwargs: Any) -> dict[str, Any] | None:
        """What a layer of somebody's own class calls, as a model of its own; ``None`` where it cannot be followed."""
        keras = self._keras
        inputs: list[Any] = []

        def fresh(value: Any) -> Any:
            if not isinstance(value, keras.KerasTensor):
                return value
            inputs.append(
                keras.Input(batch_shape=value.shape, dtype=value.dtype, name=f"{layer.name}_{_letter(len(inputs))}")
            )
            return inputs[-1]

        try:
            called = keras.tree.map_structure(fresh, (args, kwargs))
            if not layer.built:
                layer(*called[0], **called[1])
            outputs = layer.call(*called[0], **called[1])
            return self._functional(keras.Model(inputs, outputs, name=f"{layer.name}_calls"), place, depth)
        except Exception as error:
            why = (str(error).strip().splitlines() or [""])[0][:160]
            self.notes.append(f"'{place or layer.name}' could not be followed: {type(error).__name__}: {why}")
            return None


def _with_batch(one: FedInput) -> tuple[int | None, ...]:
    return one.shape if one.exact else (None, *one.shape)


def _letter(number: int) -> str:
    return "input" if number == 0 else f"input_{number + 1}"


def _class_of(layer: Any) -> str | None:
    """The class of Keras' that a layer's call is, itself or inherited; ``None`` of somebody's own."""
    own: Any = type(layer)
    for base in own.__mro__:
        if f"{base.__module__}.".startswith("keras.") and (
            base.__name__ in STEPS or base.__name__ in HARMLESS or base.__name__ in MODELS
        ):
            return base.__name__ if own.call is base.call else None
    return type(layer).__name__ if f"{type(layer).__module__}.".startswith("keras.") else None


def _config(layer: Any) -> dict[str, Any]:
    """A layer's settings as Keras writes them in a file; none where it has no way to write them."""
    try:
        found = json.loads(json.dumps(layer.get_config(), default=str))
    except Exception:
        return {"name": layer.name}
    return found if isinstance(found, dict) else {"name": layer.name}


def _fixed_shape(keras: Any, value: Any) -> list[int] | None:
    """The shape of an argument that does not flow: a variable or an array."""
    shape = None if isinstance(value, keras.KerasTensor) else getattr(value, "shape", None)
    return None if shape is None else [int(size) for size in shape]


def _shape_built_with(layer: Any) -> tuple[int | None, ...] | None:
    """The one shape that a layer was built for."""
    found = getattr(layer, "_build_shapes_dict", None)
    shapes = list(found.values()) if isinstance(found, dict) else []
    one = shapes[0] if len(shapes) == 1 else None
    whole = isinstance(one, list | tuple) and one and all(size is None or isinstance(size, int) for size in one)
    return tuple(one) if whole and one is not None else None


def _leaves(model: Any) -> Iterator[Any]:
    """The layers inside, each once, that hold variables or may once they are built: Keras' own, or without layers."""
    seen, waiting = set[int](), [model]
    while waiting:
        layer = waiting.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        inner = list(layer._flatten_layers(recursive=False, include_self=False))
        if layer is not model and (_class_of(layer) in STEPS or not inner):
            if layer.variables or not layer.built:
                yield layer
        else:
            waiting += reversed(inner)


@contextmanager
def left_alone(keras: Any, model: Any) -> Iterator[None]:
    """Symbolic calls make no variable's values here, and afterwards the model, built or not, is what it was before."""
    from keras.src.backend.common import global_state

    held = _contents([model, *model._flatten_layers(recursive=True, include_self=False)])
    names = global_state.get_global_attribute("object_name_uids")
    counted = dict(names) if names is not None else None
    waiting = list(global_state.get_global_attribute("uninitialized_variables") or ())
    with keras.StatelessScope(initialize_variables=False):
        try:
            yield
        finally:
            for base, container, content in held:  # not through Keras' own classes, which track what is put in
                base.clear(container)
                (base.extend if base is list else base.update)(container, content)
            global_state.set_global_attribute("uninitialized_variables", waiting)
            if names is not None and counted is not None:
                names.clear()
                names.update(counted)


def _contents(layers: list[Any]) -> list[tuple[Any, Any, Any]]:
    """Every dictionary, list and set that layers and their trackers keep things in: its sort, itself, its content."""
    found: dict[int, tuple[Any, Any, Any]] = {}
    waiting: list[Any] = [vars(layer) for layer in layers]
    waiting += [vars(layer._tracker) for layer in layers if hasattr(layer, "_tracker")]
    while waiting:
        one = waiting.pop()
        base = next((base for base in (OrderedDict, dict, list, set) if isinstance(one, base)), None)
        if base is None or id(one) in found:
            continue
        found[id(one)] = (base, one, base(one))
        waiting += one.values() if isinstance(one, dict) else one
    return list(found.values())
