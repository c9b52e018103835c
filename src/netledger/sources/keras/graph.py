"""A Keras model's configuration as layers and the calls that join them; of Keras 1, 2 and 3.

Source: ``get_config`` of ``Functional`` and ``Sequential``: a call names its inputs as ``[layer, call, output]`` (2) or
as a ``__keras_tensor__`` with a shape (3).
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import MAX_DIMENSION, NESTING, TEXT_LAYERS
from netledger.sources.keras.steps import KerasConfig
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Shape

    Reference = tuple[str, int, int]
    """A value: the layer's name, which of its calls, which of its outputs."""

_MOST_PIECES = 1_000_000
MODELS = frozenset(("Functional", "Model", "Sequential"))
"""Classes that hold layers of their own."""


class KerasLayer:
    """One layer of a model: its class, name and configuration, and the values that each call of it reads."""

    __slots__ = ("calls", "config", "name", "operation", "trainable")

    def __init__(self, data: Any, number: int) -> None:
        values = data.get("config") if isinstance(data, dict) else None
        name = data.get("class_name") if isinstance(data, dict) else None
        if not isinstance(name, str) or (not isinstance(values, dict) and name not in MODELS):
            raise FormatError(f"layer {number:,} states no class and configuration")
        own = values if isinstance(values, dict) else {"layers": values}
        said = data.get("name", own.get("name"))
        self.name = said if isinstance(said, str) and said else f"{name.lower()}_{number}"
        module = data.get("module")
        self.operation = isinstance(module, str) and ".ops." in module
        self.config = KerasConfig(name, own)
        build = data.get("build_config")
        if isinstance(build, dict) and "input_shape" in build and "build_input_shape" not in own:
            self.config.values = {**own, "build_input_shape": build["input_shape"]}
        self.trainable = own.get("trainable") is not False
        self.calls: list[Any] = data["inbound_nodes"] if isinstance(data.get("inbound_nodes"), list) else []


def layers_in(values: Any) -> list[KerasLayer]:
    """The layers of a model's configuration."""
    listed = values.get("layers") if isinstance(values, dict) else values
    if not isinstance(listed, list):
        raise FormatError("a Keras model that lists no layers")
    if len(listed) > TEXT_LAYERS:
        raise LimitError(f"{len(listed):,} layers, more than {TEXT_LAYERS:,}")
    layers = [KerasLayer(data, i) for i, data in enumerate(listed)]
    names = set[str]()
    for layer in layers:
        if layer.name in names:
            raise FormatError(f"two layers are called '{layer.name[:80]}'")
        names.add(layer.name)
    return layers


def shape_of(stated: Any) -> Shape | None:
    """A shape as Keras states it, batch first; a batch left open is 1, another size left open Unknown."""
    if not isinstance(stated, list | tuple) or len(stated) > NESTING:
        return None
    if any(size is not None and (type(size) is not int or not 0 <= size <= MAX_DIMENSION) for size in stated):
        return None
    why = Unknown("the file leaves this size open: give it with --input")
    return tuple([size if size is not None else 1 if i == 0 else why for i, size in enumerate(stated)])


class Calls:
    """The references in a piece of configuration, in order; ``shapes`` gathers what Keras 3 states beside them."""

    def __init__(self) -> None:
        self.shapes: dict[Reference, Shape] = {}
        self._left = _MOST_PIECES

    def read(self, call: Any) -> list[Reference]:
        """The values that one call reads: arguments in order, then those by name but masks."""
        if isinstance(call, dict) and "args" in call:
            named = call.get("kwargs")
            rest = named if isinstance(named, dict) else {}
            order = sorted(rest, key=lambda name: _NAMED.get(name, len(_NAMED)))
            return self.references([call["args"], *[rest[name] for name in order if "mask" not in name]])
        return self.references(call)

    def references(self, data: Any) -> list[Reference]:
        """Every reference inside ``data``, in order."""
        found: list[Reference] = []
        waiting = [data]
        while waiting:
            one = waiting.pop()
            self._left -= 1
            if self._left < 0:
                raise LimitError(f"its calls name more than {_MOST_PIECES:,} things")
            if isinstance(one, dict):
                tensor = one.get("config") if one.get("class_name") == "__keras_tensor__" else None
                if isinstance(tensor, dict):
                    reference = _reference(tensor.get("keras_history"))
                    shape = shape_of(tensor.get("shape"))
                    if reference is not None:
                        found.append(reference)
                        if shape is not None:
                            self.shapes[reference] = shape
                else:
                    waiting += reversed(list(one.values()))
            elif isinstance(one, list):
                reference = _reference(one)
                if reference is None:
                    waiting += reversed(one)
                else:
                    found.append(reference)
                    waiting += one[3:]
        return found


_NAMED = {name: i for i, name in enumerate(("inputs", "query", "value", "key"))}


def _reference(data: Any) -> Reference | None:
    if isinstance(data, list) and len(data) >= 3 and isinstance(data[0], str):
        if type(data[1]) is int and type(data[2]) is int and 0 <= data[2] < TEXT_LAYERS:
            return data[0], data[1], data[2]
    return None
