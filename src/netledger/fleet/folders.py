"""Names, patterns and folders as the models that they stand for."""

from __future__ import annotations

import os

from netledger.errors import LimitError, NotFoundError
from netledger.registry import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

_ENTRIES = 1_000_000
"""Names in one folder."""
_MODELS = 100_000
"""Models in one table."""


def expanded(names: Sequence[str], remote: bool = False) -> list[str]:
    """The models that names, patterns (``models/*.onnx``) and folders stand for, each once, in their order.

    A pattern or a place elsewhere (``s3://bucket/*.onnx``, ``s3://bucket/models/``) is asked of its file system, if
    ``remote`` says that it may be.
    """
    found: list[str] = []
    for name in names:
        if os.path.isdir(name):  # noqa: PTH112 - pathlib is not imported here
            found += in_folder(name) or [name]
        elif remote and is_listed(name):
            found += [path for path, *_ in below_elsewhere(name)] if name.endswith("/") else _fitting_elsewhere(name)
        elif is_pattern(name):
            found += _fitting(name)
        else:
            found.append(name)
    return list(dict.fromkeys(found))


def is_listed(name: str) -> bool:
    """Whether an address stands for several files of a file system: a pattern, or a place that ends with ``/``.

    >>> [is_listed(name) for name in ("s3://b/*.onnx", "s3://b/models/", "hf://org/model", "https://example.org/x/")]
    [True, True, False, False]
    """
    return "://" in name and not name.startswith("http") and ("*" in name or name.endswith("/"))


def _fitting_elsewhere(pattern: str) -> list[str]:
    found: list[str] = load("netledger.sources.remote.filesystems:fitting")(pattern)
    return found


def below_elsewhere(place: str) -> Iterator[tuple[str, Mapping[str, Any], Collection[str]]]:
    """The models below a place of a file system: the address of each, what is said of it, the names beside it."""
    from itertools import groupby

    found = load("netledger.sources.remote.filesystems:below")(place)
    for folder, inside in groupby(found, key=lambda one: one[0].rpartition("/")[0]):
        files = {name.rpartition("/")[2]: info for name, info in inside}
        for path in models_among(folder, sorted(files)):
            yield path, files[path.rpartition("/")[2]], files.keys()


def is_pattern(name: str) -> bool:
    """Whether a name that no file has is a pattern of names here."""
    return ("*" in name or "?" in name) and "(" not in name and "://" not in name and not os.path.lexists(name)


def _fitting(pattern: str) -> list[str]:
    from glob import glob

    found = sorted(glob(pattern))[:_MODELS]  # noqa: PTH207
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
    return models_among(folder, names)


def models_among(folder: str, names: list[str]) -> list[str]:
    """Those of the files in a folder that are models by their names."""
    from netledger.sources.recognition import holds

    found = [name for name in names if (holds(name) or _is_graph(name, names)) and not _is_part(name, names)]
    return [f"{folder}/{name}" if "://" in folder else os.path.join(folder, name) for name in found]  # noqa: PTH118


_GRAPHS = ((".xml", ".bin"), ("-symbol.json", "-0000.params"), (".json", ".pdiparams"), (".param", ".bin"))
"""How a graph's name ends, and that of its values: OpenVINO's, MXNet's, Paddle's, ncnn's."""


def _is_graph(name: str, names: list[str]) -> bool:
    """Whether a file of a suffix that says little is a model by what lies beside it."""
    if name == "model.json" and any("-shard" in other and other.endswith(".bin") for other in names):
        return True  # TensorFlow.js
    return any(name.endswith(end) and f"{name.removesuffix(end)}{values}" in names for end, values in _GRAPHS)


def below(folder: str, most: int = _MODELS) -> Iterator[str]:
    """The models below a folder, however deep, each folder's own in their order; a folder may be one of them.

    Hidden folders are looked into, links to folders are not followed.
    """
    from netledger.sources.folders import training_in
    from netledger.sources.foreign import names_in

    if not os.path.isdir(folder):  # noqa: PTH112
        raise NotFoundError(f"'{folder}' is no folder")
    count = 0
    for place, folders, _ in os.walk(folder):
        folders.sort()
        inside = in_folder(place)
        if not inside and is_one_model(place):
            inside = [place]
            if training_in(place) is not None:
                folders.clear()  # its parts lie there
        inside = inside or models_among(place, names_in(place, _ENTRIES))
        count += len(inside)
        if count > most:
            raise LimitError(f"more than {most:,} models below '{folder}'")
        yield from inside


def is_one_model(folder: str) -> bool:
    """Whether a folder is named for the model in it: by its configuration, or as training wrote it."""
    from netledger.sources.folders import configuration_in, training_in

    return configuration_in(folder) is not None or training_in(folder) is not None


def holds_parts(path: str) -> bool:
    """Whether a file's name says that it is the first of several: ``model-00001-of-00003.gguf``."""
    return "-of-" in os.path.basename(path)  # noqa: PTH119


def _is_part(name: str, names: list[str]) -> bool:
    """Whether a file is one of the shards that something else in the folder stands for, or a graph's values."""
    stem, _, suffix = name.rpartition(".")
    if suffix == "bin" and "-shard" in stem and "model.json" in names:
        return True
    if any(name.endswith(values) and f"{name.removesuffix(values)}{end}" in names for end, values in _GRAPHS):
        return True
    base, of, count = stem.rpartition("-of-")
    if not (of and count.isdecimal()):
        return False
    first, _, number = base.rpartition("-")
    if suffix == "gguf":
        return number.isdecimal() and int(number) != 1
    return f"{first}.{suffix}.index.json" in names
