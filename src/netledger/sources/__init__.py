"""Everything that a Network can be read from, and how a name on the command line is understood.

One format is one file here, holding a :class:`Source`; :data:`FORMATS` says where each is, so that only what is used is
imported. A file is recognised by its content, its suffix deciding which formats are asked first; two formats that both
claim a file are an error that names them. Third parties add formats through the entry points ``netledger.sources``;
they are asked, by content and then by suffix, before a file is refused.
"""

from __future__ import annotations

import sys

from netledger.errors import UsageError
from netledger.garbage import Paused
from netledger.limits import NAME_BYTES
from netledger.network import Network
from netledger.records import Record
from netledger.registry import Table, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.files import InputFile


class Options(Record):
    """What a person adds to a source: input shapes by input name (``""``: the only one), sizes of symbolic dimensions
    by name, and settings that one source alone understands (``args``, ``trust_remote_code``, …).
    """

    __slots__ = ("inputs", "dims", "settings")
    inputs: Mapping[str, Shape]
    dims: Mapping[str, int]
    settings: Mapping[str, Any]

    def __init__(
        self,
        inputs: Mapping[str, Shape] | None = None,
        dims: Mapping[str, int] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._fill(inputs or {}, dims or {}, settings or {})


class Source(Record):
    """One file format: its name and title, its suffixes, how to recognise its first bytes, how to read it.

    ``reads_inputs`` says that ``read`` itself heeds ``Options.inputs``; elsewhere they replace the network's inputs.
    ``reads_dims`` says that its files name sizes, which ``Options.dims`` gives.
    """

    __slots__ = ("name", "title", "suffixes", "sniff", "read", "reads_inputs", "reads_dims")
    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Callable[[InputFile, Options], Network]
    reads_inputs: bool
    reads_dims: bool

    def __init__(
        self,
        name: str,
        title: str,
        suffixes: tuple[str, ...],
        sniff: Callable[[bytes], bool],
        read: Callable[[InputFile, Options], Network],
        reads_inputs: bool = False,
        reads_dims: bool = False,
    ) -> None:
        self._fill(name, title, suffixes, sniff, read, reads_inputs, reads_dims)


FORMATS: dict[str, tuple[str, tuple[str, ...]]] = {
    "net": ("netledger.sources.description:NET", (".net",)),
    "json": ("netledger.sources.description:JSON", (".json",)),
    "config": ("netledger.sources.configs:CONFIG", ("config.json", ".json")),
    "prototxt": ("netledger.sources.caffe:PROTOTXT", (".prototxt",)),
    "caffemodel": ("netledger.sources.caffe:CAFFEMODEL", (".caffemodel",)),
    "darknet": ("netledger.sources.cfg.darknet:SOURCE", (".cfg",)),
    "cuda-convnet": ("netledger.sources.cfg.cuda_convnet:SOURCE", (".cfg",)),
    "safetensors": ("netledger.sources.tensors.safetensors:SAFETENSORS", (".safetensors",)),
    "index": ("netledger.sources.tensors.shards:INDEX", (".index.json",)),
    "gguf": ("netledger.sources.tensors.gguf:GGUF", (".gguf",)),
    "checkpoint": (
        "netledger.sources.tensors.torch_files.checkpoint:CHECKPOINT",
        (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".tar", ".pt2", ".pdparams", ".pdopt"),
    ),
    "bundle": ("netledger.sources.tensors.torch_files.bundles:BUNDLE", (".nemo", ".zip")),
    "onnx": ("netledger.sources.onnx:ONNX", (".onnx",)),
    "tflite": ("netledger.sources.tflite:TFLITE", (".tflite", ".lite")),
    "tensorflow": ("netledger.sources.tensorflow:TENSORFLOW", (".index",)),
    "tensorflow-graph": ("netledger.sources.graphdef:GRAPH", (".pb",)),
    "flax": ("netledger.sources.flax:FLAX", (".msgpack",)),
    "openvino": ("netledger.sources.openvino:OPENVINO", (".xml",)),
    "ncnn": ("netledger.sources.ncnn:NCNN", (".param",)),
    "paddle": ("netledger.sources.paddle:PADDLE", (".pdmodel",)),
    "mxnet": ("netledger.sources.mxnet:PARAMS", (".params",)),
    "coreml": ("netledger.sources.coreml:COREML", (".mlmodel",)),
    "keras": ("netledger.sources.keras:KERAS", (".keras",)),
    "hdf5": ("netledger.sources.keras:HDF5", (".h5", ".hdf5")),
    "npz": ("netledger.sources.tensors.numpy:NPZ", (".npz",)),
    "npy": ("netledger.sources.tensors.numpy:NPY", (".npy",)),
}
"""``name → (where its Source is, its suffixes)``."""
SOURCES: Table[Source] = Table(
    "format", {name: place for name, (place, _) in FORMATS.items()}, "netledger.sources",
    is_one=lambda found: isinstance(found, Source),
)  # fmt: skip

PREFIXES = {
    "torchvision": "netledger.sources.pytorch:read_named",
    "timm": "netledger.sources.pytorch:read_named",
    "transformers": "netledger.sources.pytorch:read_named",
    "family": "netledger.sources.configs:read_family",
}
"""``prefix: → function (prefix, rest, options) → Network`` for models that a library builds."""


def read(what: object, *, format: str | None = None, options: Options | None = None) -> Network:
    """The network that ``what`` names or is.

    A :class:`~netledger.network.Network`; a live model of PyTorch, Keras 3 or Flax nnx; or a string, whose meanings
    are tried in this order: a file that is there (``./x`` and ``/x`` are never anything else), a catalogue name, a
    ``prefix:name`` of a library, an inline description (``"conv2d(256, kernel_size=5, in_channels=96)"``), and last,
    as the only one that runs code, ``module:attribute`` or ``model.py:Class``. ``format`` says that it is a file, and
    of which format.
    Raises ``NotFoundError`` for a name that is nothing, ``DataError`` for a bad file.

    >>> read("alexnet").title.split(",")[0]
    'Krizhevsky'
    """
    with Paused():
        return _read(what, format, options or Options())


def _read(what: object, format: str | None, options: Options) -> Network:
    if hasattr(what, "__fspath__"):
        return read_file(str(what.__fspath__()), format=format, options=options)
    if isinstance(what, str) and (format is not None or is_remote(what) or _is_path(what)):
        return read_file(what, format=format, options=options)
    network = _meant(what, options)
    if network is None:
        return read_file(str(what), options=options)
    if options.dims:  # a file's reader says itself whether it has any
        raise UsageError(
            f"--dim {next(iter(options.dims))}: '{network.name}' names no sizes that could be given",
            hint="--input gives its inputs' shapes, --set changes a layer's argument or a family's size",
        )
    return network


def _meant(what: object, options: Options) -> Network | None:
    """What is no file: a network, a live model, its state, a name, a description, code; ``None`` for any other text."""
    if isinstance(what, Network):
        return with_inputs(what, options)
    if isinstance(what, str):
        meanings = (_of_the_catalogue, _of_a_library, _described, _of_code, _of_a_family)
        return next((found for means in meanings if (found := means(what, options)) is not None), None)
    network: Network = load("netledger.sources.live:read_live")(what, options)
    return network


def _is_path(what: str) -> bool:
    """Whether a text can only mean a file: one that is there, a folder with a model, or what is written as a path."""
    import os

    if "\0" in what or len(what) > NAME_BYTES:
        return False
    if os.path.isfile(what) or _is_model_folder(what):  # noqa: PTH113
        return True
    return "\n" not in what and what.startswith(("./", "../", "/", ".\\", "..\\")) and not _is_code(what)


def _is_model_folder(what: str) -> bool:
    import os

    return os.path.isdir(what) and load("netledger.sources.folders:configuration_in")(what) is not None  # noqa: PTH112


def is_remote(what: str) -> bool:
    """Whether a text names a file elsewhere, whether or not it may be fetched."""
    if "://" not in what or "\n" in what:
        return False
    remote: bool = load("netledger.sources.remote:is_remote")(what)
    return remote


def _of_the_catalogue(what: str, options: Options) -> Network | None:
    import netledger.catalogue as catalogue  # a "from" of what is not loaded yet asks for other tools' names

    return with_inputs(catalogue.load(what), with_specs(options)) if catalogue.has(what) else None


def _of_a_library(what: str, options: Options) -> Network | None:
    head, colon, rest = what.partition(":")
    if not colon or head not in PREFIXES:
        return None
    network: Network = load(PREFIXES[head])(head, rest, options)
    return network


def _of_a_family(what: str, options: Options) -> Network | None:
    """A family by its bare name, where no model and no file is called so: ``falcon`` is ``family:falcon``."""
    if not what.replace("_", "").replace("-", "").isalnum():
        return None
    from netledger.catalogue.family import has_family

    return _of_a_library(f"family:{what}", options) if has_family(what) else None


def _described(what: str, options: Options) -> Network | None:
    if "\n" not in what and ("(" not in what or _of_suffix(what.lower())):
        return None  # no description ends as 'model (2).onnx' does
    fed = with_specs(options)
    return with_inputs(load("netledger.sources.description:described")(what, "description", fed), fed)


def _of_suffix(path: str) -> list[str]:
    found: list[str] = load("netledger.sources.recognition:of_suffix")(path)
    return found


def _of_code(what: str, options: Options) -> Network | None:
    """What ``module:attribute`` or ``model.py:Class`` makes: the only meaning that runs somebody's code."""
    import os

    if not _is_code(what):
        return None
    module, _, attribute = what.partition(":")
    if not module.endswith(".py") and os.path.isfile(module):  # noqa: PTH113
        raise UsageError(f"'{module}' is a file and no module: nothing is imported for '{what}'")
    network: Network = load("netledger.sources.live.user_code:read_attribute")(module, attribute, options)
    return network


def _is_code(what: str) -> bool:
    """Whether it can name a model factory: a dotted name or a Python file, a colon, then an identifier."""
    module, colon, attribute = what.partition(":")
    return (
        bool(colon)
        and all(part.isidentifier() for part in attribute.split("."))
        and (module.endswith(".py") or all(part.isidentifier() for part in module.split(".")))
    )


def read_file(path: str, *, format: str | None = None, options: Options | None = None) -> Network:
    """The network kept in a file; its format is told by its content unless ``format`` names it."""
    network: Network = load("netledger.sources.opening:read_file")(path, format, with_specs(options or Options()))
    return network


def with_specs(options: Options) -> Options:
    """Inputs written for live models (``ids=int64[1,128]``) as the shapes that they give to everything else.

    A setting that nothing but a live model could heed is a ``UsageError``.
    """
    told: Options = load("netledger.sources.input_shapes:told")(options) if options.settings else options
    return told


def with_inputs(network: Network, options: Options) -> Network:
    """The network fed the shapes that a person gave."""
    given: Network = load("netledger.sources.input_shapes:fed")(network, options) if options.inputs else network
    return given


def _get_ready() -> None:
    """What a live model is read with, imported here where PyTorch is there already, and not in the first count.

    A PyTorch that this cannot be imported with is an error where a model of it is read.
    """
    torch = sys.modules.get("torch")
    if torch is not None and not getattr(torch.__spec__, "_initializing", True):
        try:  # noqa: SIM105 (that would import contextlib)
            load("netledger.sources.pytorch:get_ready")()
        except Exception:
            pass


_get_ready()
