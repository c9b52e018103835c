"""A distributed checkpoint's ``.metadata``: which of its tensors are an optimizer's, which are kept twice.

``torch.distributed.checkpoint`` writes a tied tensor once for each of its names and does not say that it is one. Two
tensors of one shape whose bytes agree in every place that is looked at are one; a few kB of each are compared, in the
files beside that the metadata names. Source: ``torch/distributed/checkpoint/metadata.py`` of PyTorch.
"""

from __future__ import annotations

from math import prod

from netledger.errors import NetledgerError
from netledger.sources.companions import shard
from netledger.wire.pickle import Items, Made

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.sources.files import InputFile
    from netledger.sources.tensors.torch_files.storages import StorageView

    Places = dict[str, list[tuple[str, int, int]]]

METADATA = "torch.distributed.checkpoint.metadata.Metadata"
"""The class of the object that ``.metadata`` holds."""

_WHOLE = 1 << 16
"""Pieces up to this many bytes are compared whole, longer ones in three places."""
_SAMPLE = 4096
_MOST_COMPARED = 10_000
_FEWEST_VALUES = 64
_DIFFERENT_BYTES = 16
"""A piece of fewer different bytes (zeros, ones) is equal to others by chance."""
_OPTIMISERS = ("optim", "optimizer", "optimizers", "opt")


def tell(file: InputFile, metadata: Made, views: list[StorageView]) -> tuple[str, ...]:
    """Gives the tensors of ``metadata`` their roles where its paths and its pieces tell them; what is to be said."""
    listed = metadata.state.strings() if isinstance(metadata.state, Items) else {}
    paths = listed.get("planner_data")
    known = paths.strings() if isinstance(paths, Items) else {}
    for view in views:
        path = known.get(view.name)
        if view.role is None and isinstance(path, tuple) and _is_optimisers(path):
            view.role = "state"
    places = _places(listed.get("storage_data"))
    said = []
    for first, copy in _twice(file, [view for view in views if view.role is None], places):
        copy.role = "constant"
        said.append(f"'{copy.name}' repeats the bytes of '{first.name}': tied, counted once")
    return tuple(said)


def _is_optimisers(path: tuple[Any, ...]) -> bool:
    """Whether a tensor stands in an optimizer's state dict: ``('app', 'optim', 'state', '0.weight', 'exp_avg')``."""
    words = [part.lower() if isinstance(part, str) else "" for part in path]
    return any(word in _OPTIMISERS and "state" in words[at + 1 :] for at, word in enumerate(words))


def _places(stored: object) -> Places:
    """``{tensor: [(file, offset, bytes), …]}`` of its pieces, in order; what does not fit is left out."""
    found: Places = {}
    for index, info in stored.pairs if isinstance(stored, Items) else ():
        if isinstance(index, Made) and isinstance(info, Made):
            if isinstance(index.state, Items) and isinstance(info.state, Items):
                name = index.state.get("fqn")
                at = tuple(info.state.get(key) for key in ("relative_path", "offset", "length"))
                if isinstance(name, str) and tuple(map(type, at)) == (str, int, int):
                    found.setdefault(name, []).append(at)
    return found


def _twice(file: InputFile, views: list[StorageView], places: Places) -> Iterator[tuple[StorageView, StorageView]]:
    """Tensors whose pieces are those of one before them, with that one."""
    alike: dict[tuple[object, ...], list[StorageView]] = {}
    for view in views:
        if view.dtype.startswith(("float", "bfloat")) and prod(view.size) >= _FEWEST_VALUES and view.name in places:
            lengths = tuple(length for _, _, length in places[view.name])
            alike.setdefault((view.dtype, view.size, lengths), []).append(view)
    compared = 0
    for group in alike.values():
        seen: dict[bytes, StorageView] = {}
        for view in group if len(group) > 1 else ():
            compared += 1
            piece = _sampled(file, places[view.name]) if compared <= _MOST_COMPARED else b""
            if len(set(piece)) >= _DIFFERENT_BYTES:
                first = seen.setdefault(piece, view)
                if first is not view:
                    yield first, view


def _sampled(file: InputFile, pieces: list[tuple[str, int, int]]) -> bytes:
    """What is compared of a tensor: of its first and its last piece; nothing where a file is not there."""
    found = b""
    for name, offset, length in (pieces[0], pieces[-1]):
        starts = (length // 4, length // 2, length * 3 // 4) if length > _WHOLE else (0,)
        try:
            with shard(file, name) as part:
                found += b"".join([part.read_at(offset + at, _SAMPLE if at else min(length, _WHOLE)) for at in starts])
        except NetledgerError:
            return b""
    return found
