"""Small whole numbers - shapes, axes, paddings - that a TensorFlow.js graph keeps in the shards beside it."""

from __future__ import annotations

from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.sources.files import InputFile
    from netledger.wire.hdf5 import Hdf5Object

_MOST_BYTES = 1_024
_MOST_SHARDS = 64


class ListedNumbers:
    """The numbers of an ``int32`` weight by its name; ``None`` where its shard is not there or it is a larger one.

    A group's weights lie one behind the other in its shards, which follow each other. The shards are opened when the
    first number is asked for, and only those that the manifest names, inside the file's own folder.
    """

    def __init__(self, manifest: list[Any], weights: Mapping[str, Hdf5Object], file: InputFile | None) -> None:
        self._file = file
        self._places: dict[str, tuple[list[Any], int, int]] = {}
        for group in manifest:
            at, paths = 0, group.get("paths")
            for one in group["weights"]:
                held = weights[one["name"]]
                if held.nbytes is None:  # text, which is as long as it is
                    break
                if held.dtype == "int32" and held.nbytes <= _MOST_BYTES and isinstance(paths, list):
                    self._places[held.path] = (paths, at, held.nbytes)
                at += held.nbytes

    def __call__(self, name: str) -> tuple[int, ...] | None:
        """The numbers of the weight of this name."""
        if self._file is None or name not in self._places:
            return None
        paths, at, count = self._places[name]
        data = b""
        try:
            for path in paths[:_MOST_SHARDS]:
                if not isinstance(path, str):
                    return None
                with self._file.sibling(path) as shard:
                    if at < shard.size:
                        data += shard.read_at(at, min(count - len(data), shard.size - at))
                        at = 0
                    else:
                        at -= shard.size
                if len(data) == count:
                    break
        except NetledgerError:
            return None
        if len(data) < count:
            return None
        return tuple([int.from_bytes(data[i : i + 4], "little", signed=True) for i in range(0, count, 4)])
