"""TensorFlow.js' ``model.json``: a Keras model with a list of its weights, or a graph of which the weights are listed.

Source: ``tfjs-core/src/io/types.ts`` (``ModelJSON``, ``WeightsManifestConfig``). The files that hold the values are not
opened.
"""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.errors import FormatError
from netledger.limits import MAX_DIMENSION, NAME_BYTES, RANK, TENSORS
from netledger.network import elements_of
from netledger.sources.keras.variables import KerasVariables
from netledger.wire.hdf5 import Hdf5Object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_DTYPES = {name: name for name in ("float32", "float16", "int32", "uint8", "uint16", "bool", "complex64")}
_WRITTEN_OUT = ("string",)


def is_tensorflow_js(data: Any) -> bool:
    """Whether a JSON value is a model as TensorFlow.js keeps it.

    >>> is_tensorflow_js({"modelTopology": {}, "weightsManifest": []}), is_tensorflow_js({"modelTopology": {}})
    (True, False)
    """
    return isinstance(data, dict) and "modelTopology" in data and isinstance(data.get("weightsManifest"), list)


def keras_model_in(data: Mapping[str, Any]) -> dict[str, Any]:
    """The Keras model inside, ``{}`` where the topology is a graph of TensorFlow's."""
    topology = data["modelTopology"]
    if not isinstance(topology, dict):
        raise FormatError("its modelTopology is no object")
    inner = topology.get("model_config", topology)
    version = topology.get("keras_version")
    if isinstance(inner, dict) and isinstance(inner.get("class_name"), str) and "config" in inner:
        return {**inner, "keras_version": version}
    return {}


class ListedWeights:
    """The weights that a manifest lists, by name, in the place of an HDF5 file."""

    def __init__(self, manifest: list[Any]) -> None:
        self.objects: dict[str, Hdf5Object] = {}
        self.passed_over, self.repeated = 0, dict[str, str]()
        for group in manifest:
            weights = group.get("weights") if isinstance(group, dict) else None
            if not isinstance(weights, list):
                raise FormatError("a group of its weightsManifest lists no weights")
            for one in weights:
                if len(self.objects) >= TENSORS:
                    raise FormatError(f"more than {TENSORS:,} weights")
                weight = _weight(one, len(self.objects))
                if weight.path in self.objects:
                    raise FormatError(f"two weights are called '{weight.path[:80]}'")
                self.objects[weight.path] = weight


class ManifestVariables(KerasVariables):
    """Weights of a manifest by layer: their names begin with it, or have it behind the models around it."""

    def __init__(self, weights: ListedWeights) -> None:
        super().__init__(None)
        self.objects = dict(weights.objects)
        self.legacy = True
        self._by_part: dict[str, list[Hdf5Object]] = {}
        for one in self.objects.values():
            for part in dict.fromkeys(one.path.split("/")[:-1]):
                self._by_part.setdefault(part, []).append(one)

    def of(self, place: str, name: str, outer: str | None) -> list[Hdf5Object]:
        """The weights of a layer; a wrapper's inner layer has the wrapper's name before its own."""
        named = self._by_part.get(name, [])
        around = (outer or "").rpartition("/")[2]
        inside = [one for one in named if around and around in one.path.split("/")]
        free = [one for one in (inside or named) if one.path not in self.taken]
        return free or inside or named


def _weight(data: Any, number: int) -> Hdf5Object:
    name = data.get("name") if isinstance(data, dict) else None
    if not isinstance(name, str) or not name or len(name) > NAME_BYTES:
        raise FormatError(f"weight {number:,} has no name")
    shape, dtype, quantised = data.get("shape"), data.get("dtype"), data.get("quantization")
    if not isinstance(shape, list) or len(shape) > RANK:
        raise FormatError("it states no shape").at(item=f"weight '{name}'")
    if any(type(size) is not int or not 0 <= size <= MAX_DIMENSION for size in shape):
        raise FormatError(f"{str(shape)[:60]} is no shape").at(item=f"weight '{name}'")
    kept = quantised.get("dtype") if isinstance(quantised, dict) else dtype
    stored = _DTYPES.get(kept) if isinstance(kept, str) else None
    if stored is None and kept not in _WRITTEN_OUT:
        raise FormatError(f"element type {str(kept)[:40]!r} is not known").at(item=f"weight '{name}'")
    nbytes = bytes_of(int(elements_of(shape)), stored) if stored in BITS else None
    return Hdf5Object(name, tuple(shape), stored, "text", nbytes, number, {})
