"""Several models at once: patterns and folders as the models that they stand for, each read by itself."""

from __future__ import annotations

import os
import sys

from netledger.cli.networks import network_of
from netledger.cli.output import can_be_written
from netledger.errors import LimitError, NetledgerError, NotFoundError, UsageError
from netledger.registry import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

    from netledger.documents.models import ModelRow

_OF_ONE = ("as_network", "memory", "scale", "layers", "depth", "columns", "chart", "of")
"""Options that say something of one network."""
_ENTRIES = 100_000
_QUIET_SECONDS = 1.0


def expanded(names: Sequence[str], remote: bool = False) -> list[str]:
    """The models that names, patterns (``models/*.onnx``) and folders stand for, each once, in their order.

    A pattern elsewhere (``s3://bucket/*.onnx``) is asked of its file system, if ``remote`` says that it may be.
    """
    found: list[str] = []
    for name in names:
        if os.path.isdir(name):  # noqa: PTH112 - pathlib is not imported here
            found += in_folder(name) or [name]
        elif remote and "*" in name and "://" in name and not name.startswith("http"):
            found += load("netledger.sources.remote.filesystems:fitting")(name)
        elif _is_pattern(name):
            found += _fitting(name)
        else:
            found.append(name)
    return list(dict.fromkeys(found))


def _is_pattern(name: str) -> bool:
    return ("*" in name or "?" in name) and "(" not in name and "://" not in name and not os.path.lexists(name)


def _fitting(pattern: str) -> list[str]:
    from glob import glob

    found = sorted(glob(pattern))[:_ENTRIES]  # noqa: PTH207
    if not found:
        raise NotFoundError(f"no file fits '{pattern}'")
    return expanded(found)


def in_folder(folder: str) -> list[str]:
    """The models in a folder, none where it holds one that is named by the folder itself.

    An index stands for its shards, the first part of a split file for all of them, a Diffusers pipeline for its parts.
    """
    from netledger.sources.folders import training_in
    from netledger.sources.foreign import first_weights, names_in

    names = names_in(folder, _ENTRIES)
    if "config.json" in names or training_in(folder) is not None:
        return []
    if "model_index.json" in names:
        parts = [first_weights(os.path.join(folder, name)) for name in names]  # noqa: PTH118
        return [part for part in parts if part is not None]
    return _models_of(folder, names)


def _models_of(folder: str, names: list[str]) -> list[str]:
    """Those of the files in a folder that are models by their names."""
    from netledger.sources import holds

    found = [name for name in names if (holds(name) or _is_graph(name, names)) and not _is_part(name, names)]
    return [os.path.join(folder, name) for name in found]  # noqa: PTH118


def _is_graph(name: str, names: list[str]) -> bool:
    """Whether a file of a suffix that says little is a model by what lies beside it: OpenVINO's, TensorFlow.js'."""
    if name == "model.json":
        return any("-shard" in other and other.endswith(".bin") for other in names)
    return name.endswith(".xml") and f"{name.removesuffix('.xml')}.bin" in names


def below(folder: str) -> list[str]:
    """The models below a folder, however deep, each folder's own in their order; a folder may be one of them."""
    from netledger.sources.folders import training_in
    from netledger.sources.foreign import names_in

    if not os.path.isdir(folder):  # noqa: PTH112
        raise NotFoundError(f"'{folder}' is no folder")
    found: list[str] = []
    for place, folders, _ in os.walk(folder):
        folders.sort()
        inside = in_folder(place)
        if not inside and is_one_model(place):
            inside = [place]
            if training_in(place) is not None:
                folders.clear()  # its parts lie there
        found += inside or _models_of(place, names_in(place, _ENTRIES))
        if len(found) > _ENTRIES:
            raise LimitError(f"more than {_ENTRIES:,} models below '{folder}'")
    return found


def is_one_model(folder: str) -> bool:
    """Whether a folder is named for the model in it: by its configuration, or as training wrote it."""
    from netledger.sources.folders import configuration_in, training_in

    return configuration_in(folder) is not None or training_in(folder) is not None


def _is_part(name: str, names: list[str]) -> bool:
    """Whether a file is one of the shards that something else in the folder stands for, or a graph's values."""
    stem, _, suffix = name.rpartition(".")
    if suffix == "bin" and (f"{stem}.xml" in names or ("-shard" in stem and "model.json" in names)):
        return True
    base, of, count = stem.rpartition("-of-")
    if not (of and count.isdecimal()):
        return False
    first, _, number = base.rpartition("-")
    if suffix == "gguf":
        return number.isdecimal() and int(number) != 1
    return f"{first}.{suffix}.index.json" in names


def refuse_a_command(word: str) -> None:
    """A mistyped command with its arguments is no list of networks: ``compere alexnet zfnet``."""
    from netledger import catalogue
    from netledger.cli.parsing import command_like

    hint = command_like(word)
    if hint is not None and not catalogue.has(word) and not os.path.lexists(word):
        raise UsageError(f"no network or file '{word}'", hint=hint)


def refuse_options_of_one(arguments: Namespace) -> None:
    """What asks for something of one network is no option for several."""
    for name in _OF_ONE:
        if getattr(arguments, name):
            option = {"as_network": "as"}.get(name, name)
            raise UsageError(f"--{option} is of one network, and several are named")


def one_by_one(names: Sequence[str], done: Callable[[str], int]) -> int:
    """``done`` for each name in turn, progress told: the first exit code that is no success; 130 if stopped."""
    code = 0
    progress = TimeLeft(len(names))
    try:
        for number, name in enumerate(names, 1):
            failed = done(name)
            code = code or failed
            progress.tell(number)
    except KeyboardInterrupt:
        code = 130
    progress.clear()
    return code


def read_all(names: Sequence[str], arguments: Namespace, dtype: str | None) -> tuple[list[ModelRow], int]:
    """Every model's row, an error as one; and the exit code. Ctrl-C keeps what is done."""
    from netledger.documents.models import ModelRow
    from netledger.ledger import keep_books

    can_be_written(arguments)
    models: list[ModelRow] = []

    def read(name: str) -> int:
        try:
            network = network_of(name, arguments)
            models.append(ModelRow.of(name, keep_books(network, batch=arguments.batch, dtype=dtype)))
        except NetledgerError as error:
            models.append(ModelRow(name, error=without_name(error, name)))
            return error.exit_code
        return 0

    return models, one_by_one(names, read)


def without_name(error: NetledgerError, name: str) -> str:
    """An error's line without the name that stands before it in its row."""
    if error.file == name:
        error.file = None
    return str(error)


class TimeLeft:
    """How far it is, on a terminal's stderr, where it takes more than a second."""

    def __init__(self, count: int) -> None:
        from time import monotonic

        self._now, self._count = monotonic, count
        self._start = self._told = monotonic()
        self._shown = False

    def tell(self, done: int) -> None:
        """So many are done: how many a second, and how long it still takes."""
        now = self._now()
        if now - self._told < _QUIET_SECONDS or not sys.stderr.isatty():
            return
        self._told, rate = now, done / (now - self._start)
        left = (self._count - done) / rate
        sys.stderr.write(f"\r\x1b[K{done:,} of {self._count:,}, {rate:,.1f} a second, {left:,.0f} s left")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
