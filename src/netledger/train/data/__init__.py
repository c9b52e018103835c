"""Labelled images: a folder of folders as ImageNet comes, the idx files of MNIST and Fashion-MNIST, WebDataset tars.

A set hands out *source images* - squares of 8-bit pixels, shorter side scaled, centre cut out, as the paper did once
for the whole data set - by index; what makes network input of them (crops, flips, colour) is in :mod:`.augment`.
"""

from __future__ import annotations

from pathlib import Path

from netledger.errors import DataError, NotFoundError
from netledger.train.data.sets import Data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Data", "open_data"]


def open_data(
    folder: str | Path, *, channels: int = 3, size: int | None = None, strict: bool = False,
    together: Callable[[list[Any]], list[list[Any]]] | None = None, share: tuple[int, int] = (0, 1),
) -> Data:  # fmt: skip
    """The sets of a folder: idx files where there are any, else ``train/`` and ``val/`` folders of one folder a class,
    else one folder a class with every tenth image held out; or WebDataset tars, by folder or by a pattern in braces,
    here or at an address that fsspec knows.

    ``size`` is the side of the source images (idx files keep their own); ``channels`` is 1 or 3; ``strict`` makes an
    unreadable image an error. Of several processes, each with its ``share``, ``together`` hands what every one found
    to all. Raises ``NotFoundError`` for no folder, ``DataError`` for no images or a single class.
    """
    from netledger.train.data.shards import shard_data, shard_sets

    path = Path(folder)
    shards = shard_sets(folder)
    if shards is None and not path.is_dir():
        raise NotFoundError(f"no folder '{folder}'")
    from netledger.train.data.idx import idx_data, idx_files

    if shards is not None:
        data = shard_data(shards, channels, size or 256, strict, together, share)
    elif idx_files(path):
        data = idx_data(path, channels)
    else:
        from netledger.train.data.folder import folder_data

        data = folder_data(path, channels, size or 256, strict)
    if len(data.classes) < 2:
        raise DataError(f"holds images of one class only ('{data.classes[0]}'): nothing to tell apart").at(
            file=str(folder)
        )
    return data
