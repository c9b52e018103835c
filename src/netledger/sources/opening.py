"""A path that is opened: a file, a folder that is one model, a file on a server; or what to say where nothing is."""

from __future__ import annotations

import os

from netledger.errors import NetledgerError, NotFoundError, UsageError, nearest, or_list
from netledger.garbage import Paused
from netledger.registry import load
from netledger.sources import Options, is_remote, with_inputs
from netledger.sources.files import InputFile
from netledger.sources.recognition import of_suffix, recognise, source_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network


def read_file(path: str, format: str | None, options: Options) -> Network:
    """The network kept in a file; its format is told by its content unless ``format`` names it."""
    path = folder = _in_folder("training_in", path) or path
    if format in (None, "config"):
        path = _in_folder("configuration_in", path) or path
    with Paused(), _open_remote(path, options) if is_remote(path) else _open(path, format) as file:
        path, folder = (file.path, file.path) if is_remote(path) else (path, folder)  # without what a query may hold
        try:
            source = recognise(file) if format is None else source_named(format)
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
    try:
        return InputFile.open(path)
    except NotFoundError as error:
        from netledger import catalogue

        error.hint = error.hint or _inside(path) or _index_of(path)
        if format is not None or path.startswith(("./", "/", "../")) or os.path.lexists(path):
            near = () if os.path.lexists(path) else _files_like(path)
            error.hint = error.hint or (f"did you mean {or_list(near)}?" if near else None)
            raise
        near = _files_like(path) if of_suffix(path.lower()) else nearest(path, catalogue.names())
        raise NotFoundError(f"no network or file '{path}'", near=near, hint="netledger list shows the names") from None


def _files_like(path: str) -> tuple[str, ...]:
    """Files whose names are nearly that of one that is not there."""
    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208
    except OSError:
        return ()
    return tuple([os.path.join(folder, one) for one in nearest(name, names[:10_000])])  # noqa: PTH118


def _inside(path: str) -> str | None:
    """What to say to somebody who named a folder: the model in it, an index before its shards."""
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib is not imported here
        return None
    from netledger.sources.foreign import hint_of, names_in, without_model

    names = names_in(path)
    if "model_index.json" in names:
        return hint_of(path, names)
    models = [name for name in names if of_suffix(name) and not name.endswith((".json", ".bin", ".pkl", ".tar"))]
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
    return f"netledger show {path}.index" if os.path.isfile(f"{path}.index") else None  # noqa: PTH113
