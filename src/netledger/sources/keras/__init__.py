"""Keras: ``.keras`` archives, ``.h5`` files, ``to_json()`` and TensorFlow.js: every layer with its variables.

Nothing of a model is built: no class is imported, no Lambda run. Shapes are Keras' own, channels last unless a layer
says otherwise. Source: ``keras/src/saving`` and ``keras/src/legacy/saving`` of Keras 3.
"""

from __future__ import annotations

from netledger.errors import FormatError, UsageError
from netledger.limits import JSON_DESCRIPTION_BYTES, ZIP_MEMBER_BYTES
from netledger.network import Network
from netledger.notation.strict_json import parse_json
from netledger.sources import Options, Source
from netledger.sources.files import stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.sources.files import InputFile
    from netledger.sources.keras.tensorflow_js import ListedWeights
    from netledger.sources.keras.variables import KerasVariables
    from netledger.wire.hdf5 import Hdf5File

__all__ = ["HDF5", "KERAS", "is_model", "network_of_json"]

_WEIGHTS = "model.weights.h5"
_GRAPH = object()


def is_model(data: Any) -> bool:
    """Whether a JSON value is a model as Keras writes it.

    >>> is_model({"class_name": "Sequential", "config": {"layers": []}}), is_model({"class_name": "Dense"})
    (True, False)
    """
    if not isinstance(data, dict) or not isinstance(data.get("class_name"), str):
        return False
    inner = data.get("config")
    return isinstance(inner, list) or (isinstance(inner, dict) and isinstance(inner.get("layers"), list))


def network_of_json(data: Any, name: str, options: Options, file: InputFile | None = None) -> Network | None:
    """The network of a JSON value that Keras or TensorFlow.js wrote in ``file``; ``None`` for any other."""
    from netledger.sources.keras import tensorflow_js as tfjs

    if is_model(data):
        return network_of(data, name, options, None, "keras-json")
    if not tfjs.is_tensorflow_js(data):
        return None
    model, weights = tfjs.keras_model_in(data), tfjs.ListedWeights(data["weightsManifest"])
    if is_model(model):
        return network_of(model, name, options, weights, "tensorflow-js", tfjs.ManifestVariables(weights))
    if isinstance(data["modelTopology"], dict) and data["modelTopology"].get("node"):
        from netledger.sources.graphdef import network_of_json_graph

        return network_of_json_graph(data, weights.objects, name, options, file)
    return _without_layers(_GRAPH, weights, name, options)


def network_of(
    data: Mapping[str, Any], name: str, options: Options, file: Hdf5File | ListedWeights | None, format: str,
    variables: KerasVariables | None = None,
) -> Network:  # fmt: skip
    """The network of a model's configuration, with the variables of a file where there is one."""
    from netledger.sources.keras.importer import KerasImporter
    from netledger.sources.keras.variables import KerasVariables, stored_in

    importer = KerasImporter(variables or KerasVariables(file), options.inputs)  # type: ignore[arg-type]
    outputs = importer.run(data["class_name"], data["config"])
    if importer.given:
        known = ", ".join([f"'{path[:60]}'" for path in importer.fed[:8]])
        raise UsageError(f"--input: '{next(iter(importer.given))[:60]}' is no input; the network's inputs: {known}")
    version = data.get("keras_version")
    meta: dict[str, Any] = {"format": format}
    if file is not None:
        meta["stored"] = stored_in([one for one in file.objects.values() if one.shape is not None])
    source = f"Keras {version} model" if isinstance(version, str) and len(version) < 20 else "Keras model"
    assumed = ("the batch, which the file leaves open: 1",)
    return Network(
        name, importer.layers, source=source, notes=tuple(importer.notes), batched=True, assumed=assumed,
        outputs=tuple(dict.fromkeys(outputs)), meta=meta,
    )  # fmt: skip


def _read_archive(file: InputFile, options: Options) -> Network:
    from netledger.wire.hdf5 import Hdf5File
    from netledger.wire.zip import Archive

    archive = Archive(file)
    if "config.json" not in archive.members:
        raise FormatError("a Keras archive without its config.json")
    data = parse_json(archive.read("config.json", JSON_DESCRIPTION_BYTES))
    held = Hdf5File(archive.part(_WEIGHTS, ZIP_MEMBER_BYTES)) if _WEIGHTS in archive.members else None
    if not is_model(data):
        return _without_layers(data, held, stem(file.path), options)
    about = (
        parse_json(archive.read("metadata.json", JSON_DESCRIPTION_BYTES)) if "metadata.json" in archive.members else {}
    )
    version = about.get("keras_version") if isinstance(about, dict) else None
    return network_of({**data, "keras_version": version}, stem(file.path), options, held, "keras")


def _read_hdf5(file: InputFile, options: Options) -> Network:
    from netledger.wire.hdf5 import Hdf5File

    held = Hdf5File(file)
    said = held.objects[""].attributes
    config = said.get("model_config")
    data: Any = parse_json(config.encode()) if isinstance(config, str) else None
    if not is_model(data):
        return _without_layers(data, held, stem(file.path), options)
    return network_of({"keras_version": said.get("keras_version"), **data}, stem(file.path), options, held, "hdf5")


def _without_layers(data: Any, held: Hdf5File | ListedWeights | None, name: str, options: Options) -> Network:
    """Weights alone; of a class that is somebody's own code the layers are not known."""
    from netledger.sources.keras.weights_only import network_of_tensors

    kind = data.get("class_name") if isinstance(data, dict) else None
    why = f"a model of class '{kind[:80]}', whose layers only its code knows" if isinstance(kind, str) else None
    why = "a graph of TensorFlow's without its operations: its weights" if data is _GRAPH else why
    if held is None:
        raise FormatError(why or "its configuration states no model")
    if options.inputs:
        raise UsageError("the file holds tensors and no network: it has no input to give a shape to")
    return network_of_tensors(held, name.removesuffix(".weights"), why)


def _is_archive(head: bytes) -> bool:
    if not head.startswith(b"PK\3\4"):
        return False
    return head[30 : 30 + int.from_bytes(head[26:28], "little")] in (
        b"metadata.json",
        b"config.json",
        _WEIGHTS.encode(),
    )


def _is_hdf5(head: bytes) -> bool:
    from netledger.wire.hdf5.pages import SIGNATURE

    return any(head[place : place + 8] == SIGNATURE for place in (0, 512, 1024, 2048))


KERAS = Source("keras", "Keras archive", (".keras",), _is_archive, _read_archive, reads_inputs=True)
HDF5 = Source("hdf5", "HDF5 file", (".h5", ".hdf5"), _is_hdf5, _read_hdf5, reads_inputs=True)
