"""Live Keras 3 models, on whichever backend: their configuration with their own variables, read as a file's are.

A ``Functional`` or ``Sequential`` model states its layers and shapes itself. Of a model or layer of somebody's own
class, the calls are followed with Keras' symbolic tensors (:mod:`.tracing`): nothing is computed.
"""

from __future__ import annotations

from netledger.dtypes import commonest_dtype
from netledger.errors import MissingExtraError, UsageError
from netledger.network import Network
from netledger.sources.keras.variables import KerasVariables, live_variable
from netledger.sources.live.given import fed_inputs
from netledger.wire.hdf5 import Hdf5Object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.network import Shape
    from netledger.sources import Options
    from netledger.sources.keras.graph import KerasLayer
    from netledger.sources.live.given import FedInput

_READS = frozenset(
    "input_data input_size specs batch dtypes more_data device mode batch_dim args kwargs trust_remote_code".split()
)
"""Settings that mean something here, or that a command line always may give."""


def read_model(model: Any, options: Options, name: str | None = None) -> Network:
    """The network of a live ``keras.Model`` or ``keras.layers.Layer``; inputs as in ``netledger.summary``.

    Without an input the shapes are those that the model was built with. The model is left as it was.
    """
    keras = _keras()
    unread = sorted(set(options.settings) - _READS)
    if unread:
        raise UsageError(f"{unread[0]} means nothing for a Keras model")
    from netledger.sources.keras.importer import KerasImporter
    from netledger.sources.keras.tracing import KerasDescription, left_alone

    given = fed_inputs(options)
    described = KerasDescription(keras, given)
    with left_alone(keras, model):
        data = described.outermost(model)
        variables = LiveVariables(model, described.places)
    importer = KerasImporter(variables, {} if described.fed else _by_input(data, given))
    outputs = importer.run(data["class_name"], data["config"])
    if importer.given:
        known = ", ".join([f"'{path[:60]}'" for path in importer.fed[:8]])
        raise UsageError(f"'{next(iter(importer.given))[:60]}' is no input; the network's inputs: {known}")
    open_batch = not any(one.exact for one in given)
    return Network(
        name or str(getattr(model, "name", type(model).__name__)), importer.layers,
        title=f"{type(model).__module__}.{type(model).__qualname__}", source=f"Keras {keras.__version__} model",
        notes=(*importer.notes, *described.notes), batched=True,
        dtype=commonest_dtype(tensor for layer in importer.layers for tensor in layer.tensors),
        assumed=("the batch, which the model leaves open: 1",) if open_batch else (),
        outputs=tuple(dict.fromkeys(outputs)), meta={"framework": f"keras {keras.__version__}"},
    )  # fmt: skip


def build(name: str, factory: Callable[[], Any]) -> Any:
    """What a factory of somebody's code makes; only a model that it builds has weights, which Keras makes at once."""
    from netledger.sources.live.user_code import made

    _keras()
    return made(name, factory)


def _keras() -> Any:
    try:
        import keras
    except ImportError as error:
        if error.name not in (None, "keras"):
            raise
        raise MissingExtraError("keras", "keras", "a live Keras model") from error
    if int(keras.__version__.partition(".")[0]) < 3:
        raise UsageError(
            f"a model of Keras {keras.__version__}; live models are read of Keras 3",
            hint="model.save('model.h5'), then netledger show model.h5",
        )
    return keras


def _by_input(data: Mapping[str, Any], given: Sequence[FedInput]) -> dict[str, Shape]:
    """The given shapes by the input layers' names: what has no name goes to the next one in order."""
    named: dict[str, Shape] = {one.name: one.shape for one in given if one.name}
    plain: list[Shape] = [one.shape for one in given if not one.name]
    if len(plain) <= 1:
        return {**named, **({"": plain[0]} if plain else {})}
    layers = [one for one in data["config"]["layers"] if one["class_name"] == "InputLayer"]
    free = [one["name"] for one in layers if one["name"] not in named]
    if len(plain) > len(free):
        raise UsageError(f"{len(plain)} inputs for a model of {len(free)}")
    return {**dict(zip(free, plain, strict=False)), **named}


class LiveVariables(KerasVariables):
    """The variables of a live model by the place of their layer: ``encoder/dense`` is ``dense`` inside ``encoder``."""

    def __init__(self, model: Any, places: Mapping[str, Any]) -> None:
        super().__init__(None)
        self.objects: dict[str, Hdf5Object] = {"": Hdf5Object("", None, None, "group", None, 0, {})}
        self._known: dict[int, Hdf5Object] = {}
        self._built = all(layer.built for layer in model._flatten_layers(recursive=True, include_self=True))
        self._held: dict[str, list[Hdf5Object]] = {}
        for place, layer in places.items():
            self._held[place] = [self._variable(one, layer) for one in layer.variables]
        for one in model.variables:
            self._variable(one, model)

    @property
    def complete(self) -> bool:
        """A layer that was never built has no variables yet."""
        return self._built

    def places(self, root: str, layers: Sequence[KerasLayer]) -> dict[str, str]:
        """Each layer's place below a model's."""
        return {layer.name: f"{root}/{layer.name}" if root else layer.name for layer in layers}

    def said_of_rest(self, count: int) -> str:
        """What a model or layer holds beside the layers in it."""
        return f"held by somebody's own class beside the layers inside it: {count:,} variable{'s' * (count != 1)}"

    def of(self, place: str, name: str, outer: str | None) -> list[Hdf5Object]:
        """The variables of the layer at a place."""
        return self._held.get(place, [])

    def _variable(self, variable: Any, owner: Any) -> Hdf5Object:
        """A variable, one and the same for whoever holds it; one whose path another has gets a number behind it."""
        known = self._known.get(id(variable))
        if known is not None:
            return known
        path = wanted = str(getattr(variable, "path", variable.name))
        number = 1
        while path in self.objects:
            number += 1
            path = f"{wanted}_{number}"
        made = live_variable(
            path, tuple(variable.shape), _dtype(variable), trainable=bool(variable.trainable),
            fixed=_is_fixed(variable, owner),
        )  # fmt: skip
        self.objects[path] = self._known[id(variable)] = made
        return made


def _is_fixed(variable: Any, owner: Any) -> bool:
    """Whether its layer made it as one that is never trained (``add_weight(trainable=False)``), not froze it."""
    waiting = [owner]
    while waiting:
        layer = waiting.pop()
        if any(one is variable for one in getattr(layer, "_non_trainable_variables", ())):
            return True
        waiting += getattr(layer, "_layers", ())
    return False


def _dtype(variable: Any) -> str:
    return str(variable.dtype).rpartition(".")[2]
