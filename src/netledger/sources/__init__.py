"""Everything that a Network can be read from, and how a name on the command line is understood.

One format is one file here, holding a :class:`Source`; :data:`FORMATS` says where each is, so that only what is used is
imported. A file is recognised by its content, its suffix deciding which formats are asked first; two formats that both
claim a file are an error that names them. Third parties add formats through the entry points ``netledger.sources``;
they are asked, by content and then by suffix, before a file is refused.
"""

from __future__ import annotations

import sys

from netledger.errors import NetledgerError, NotFoundError, UsageError, nearest, or_list
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
    if isinstance(what, str) and (format is not None or _is_remote(what) or _is_path(what)):
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
    if os.path.isfile(what) or _in_folder("configuration_in", what) is not None:  # noqa: PTH113
        return True
    return "\n" not in what and what.startswith(("./", "../", "/", ".\\", "..\\")) and not _is_code(what)


def _is_remote(what: str) -> bool:
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
    options = with_specs(options or Options())
    path = folder = _in_folder("training_in", path) or path
    if format in (None, "config"):
        path = _in_folder("configuration_in", path) or path
    with Paused(), _open_remote(path, options) if _is_remote(path) else _open(path, format) as file:
        path, folder = (file.path, file.path) if _is_remote(path) else (path, folder)  # without what a query may hold
        try:
            which, told = ("recognise", file) if format is None else ("source_named", format)
            source: Source = load(f"netledger.sources.recognition:{which}")(told)
            network = source.read(file, options)
            if path is not folder:
                network = load("netledger.sources.configs.stored:with_stored")(network, folder)
        except NetledgerError as error:
            error.at(file=path)
            raise
    if options.dims and not source.reads_dims:
        raise UsageError(f"--dim {next(iter(options.dims))}: a {source.title} names no sizes")
    return network if source.reads_inputs else with_inputs(network, options)


def _in_folder(which: str, path: str) -> str | None:
    """The file that stands for a folder, by one of the questions of ``netledger.sources.folders``."""
    import os

    if not os.path.isdir(path):  # noqa: PTH112 - pathlib is not imported here
        return None
    found: str | None = load(f"netledger.sources.folders:{which}")(path)
    return found


def _open_remote(path: str, options: Options) -> InputFile:
    """A file on a server; nothing is fetched that nobody asked for."""
    if not options.settings.get("remote"):
        shown = load("netledger.sources.remote:without_secrets")(path)[:200]
        raise UsageError(
            f"'{shown}' lies elsewhere, and nothing is fetched unasked",
            hint="--remote fetches its header, remote=True in Python",
        )
    file: InputFile = load("netledger.sources.remote:open_remote")(path, options.settings.get("known"))
    if "opened" in options.settings:
        options.settings["opened"](file)
    return file


def _open(path: str, format: str | None) -> InputFile:
    from netledger.sources.files import InputFile

    try:
        return InputFile.open(path)
    except NotFoundError as error:
        import os

        from netledger import catalogue

        error.hint = error.hint or _inside(path) or _index_of(path)
        if format is not None or path.startswith(("./", "/", "../")) or os.path.lexists(path):
            near = () if os.path.lexists(path) else _files_like(path)
            error.hint = error.hint or (f"did you mean {or_list(near)}?" if near else None)
            raise
        near = _files_like(path) if _of_suffix(path.lower()) else nearest(path, catalogue.names())
        raise NotFoundError(f"no network or file '{path}'", near=near, hint="netledger list shows the names") from None


def _files_like(path: str) -> tuple[str, ...]:
    """Files whose names are nearly that of one that is not there."""
    import os

    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208
    except OSError:
        return ()
    return tuple([os.path.join(folder, one) for one in nearest(name, names[:10_000])])  # noqa: PTH118


def _inside(path: str) -> str | None:
    """What to say to somebody who named a folder: the model in it, an index before its shards."""
    import os

    if not os.path.isdir(path):  # noqa: PTH112 - pathlib is not imported here
        return None
    from netledger.sources.foreign import hint_of, names_in, without_model

    names = names_in(path)
    if "model_index.json" in names:
        return hint_of(path, names)
    models = [name for name in names if _of_suffix(name) and not name.endswith((".json", ".bin", ".pkl", ".tar"))]
    found = [name for name in names if name.endswith(".index.json")] + models
    if not found:
        found = [name for name in names if name.endswith((".bin", ".tar"))]
    place = path if path.startswith((".", "/")) else f"./{path}"
    live = f", or transformers:{place}" if "config.json" in names else ""
    if not found:
        return without_model(path, names)
    return f"netledger show {os.path.join(path, found[0])}{live}"  # noqa: PTH118


def _index_of(path: str) -> str | None:
    """The index of a TensorFlow checkpoint, of which people know the beginning of its files' names."""
    import os

    return f"netledger show {path}.index" if os.path.isfile(f"{path}.index") else None  # noqa: PTH113


def with_specs(options: Options) -> Options:
    """Inputs written for live models (``ids=int64[1,128]``) as the shapes that they give to everything else.

    A setting that nothing but a live model could heed is a ``UsageError``.
    """
    if options.settings:
        load("netledger.sources.live.settings:check_settings")(options.settings)
    specs = [_shape_of_spec(spec) for spec in options.settings.get("specs", ())]
    if len([name for name, _ in specs if not name]) > 1:
        raise UsageError("several inputs without a name: name them, as in --input data=3x224x224")
    return Options({**options.inputs, **dict(specs)}, options.dims, options.settings)


def _shape_of_spec(spec: str) -> tuple[str, Shape]:
    from netledger.limits import MAX_DIMENSION

    name, _, typed = spec.rpartition("=")
    body = typed.partition("[")[2].removesuffix("]") if "[" in typed else typed.replace("×", "x").replace("x", ",")
    sizes = [size.strip() for size in body.split(",")] if body else []
    whole = typed.endswith("]") or "[" not in typed
    right = whole and all(size.isascii() and size.isdigit() and len(size) < 20 for size in sizes)
    if not right or any(int(size) > MAX_DIMENSION for size in sizes):
        raise UsageError(f"'{spec}' is no shape: write 3x224x224, or name=int64[1,128]")
    return name.strip(), tuple(map(int, sizes))


def with_inputs(network: Network, options: Options) -> Network:
    """The network fed the shapes that a person gave."""
    if not options.inputs:
        return network
    from netledger.notation.frameworks import TITLES

    for name, shape in options.inputs.items():
        shape = _without_batch(network, shape, name)
        if network.title == TITLES["keras"]:
            network, shape = load("netledger.sources.description:channels_first")(network, shape)
        network = network.with_input(shape, name or None)
    return network


def _without_batch(network: Network, shape: Shape, name: str) -> Shape:
    """A description's shapes carry no batch: one more size than the input has is somebody's, which may be one."""
    if network.batched or not isinstance(shape, tuple):
        return shape
    for layer in network.layers:
        own = layer.attributes.get("shape") if layer.kind == "input" else None
        if isinstance(own, tuple) and name in ("", layer.path):
            if len(shape) == len(own) + 1 and shape[0] == 1:
                return shape[1:]
            if len(shape) == len(own) + 1:
                raise UsageError(
                    f"input '{layer.path}' takes {len(own)} sizes, {len(shape)} are given: a batch is told by --batch"
                )
            break
    return shape


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
