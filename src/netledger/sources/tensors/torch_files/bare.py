"""Pickles without an archive: one alone, or PyTorch's format before 1.6, whose storages follow it."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, NetledgerError
from netledger.limits import ZIP_MEMBER_BYTES
from netledger.sources.tensors.torch_files.distributed import METADATA, tell
from netledger.sources.tensors.torch_files.references import StoragesByName
from netledger.sources.tensors.torch_files.tree import Walk
from netledger.wire.pickle import CutError, Made, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.sources.files import InputFile

_MAGIC = 0x1950A86A20F9469CFC6C
_FIRST_BYTES = 1 << 20


def pickled(file: InputFile) -> tuple[Walk, tuple[str, ...]]:
    """A bare pickle, or PyTorch's format before 1.6: five pickles, then every storage after its length."""
    values, _ = _values(file, 1)
    if values[0] != _MAGIC:
        walk = Walk(StoragesByName({}).find)
        walk.enter(values[0])
        other = next((path.partition(".")[0] for path in walk.calls if path.startswith(tuple(_LIBRARIES))), None)
        if other is not None:
            raise FormatError(f"this is a pickled model of {_LIBRARIES[f'{other}.']}, whose values no network names")
        listed = values[0]
        return walk, tell(file, listed, walk.views) if isinstance(listed, Made) and listed.path == METADATA else ()
    values, at = _values(file, 5)
    keys = values[4]
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise FormatError("the list of storages is missing").at(byte=at)
    if len(set(keys)) != len(keys):
        raise FormatError("a storage is listed twice").at(byte=at)
    storages = StoragesByName(None)
    walk = Walk(storages.find)
    try:
        walk.enter(values[3])
    except NetledgerError as error:
        error.at(byte=0)
        raise
    _check(file, at, keys, _widths(walk))
    return walk, ("PyTorch's format before 1.6",)


_LIBRARIES = {
    "sklearn.": "scikit-learn", "xgboost.": "XGBoost", "lightgbm.": "LightGBM", "catboost.": "CatBoost",
    "statsmodels.": "statsmodels",
}  # fmt: skip
"""Libraries that pickle their models as objects: arrays among which nothing tells what was learned."""


def _values(file: InputFile, count: int) -> tuple[list[Any], int]:
    """The first pickles of a file, read from as many bytes as they need, and where they end."""
    wanted = _FIRST_BYTES
    while True:
        data = file.read_at(0, min(file.size, wanted))
        try:
            values, at = [], 0
            for _ in range(count):
                value, at = load(data, at)
                values.append(value)
        except CutError:
            if wanted >= file.size:
                raise
            if wanted >= ZIP_MEMBER_BYTES:
                raise LimitError(f"a pickle of more than {ZIP_MEMBER_BYTES:,} bytes") from None
            wanted *= 4
        else:
            return values, at


def _widths(walk: Walk) -> dict[str, int]:
    """The bytes of each storage that the tensors name."""
    return {view.storage.key: view.storage.nbytes for view in walk.views if view.storage is not None}


def _check(file: InputFile, at: int, keys: list[str], known: dict[str, int]) -> None:
    """Every storage is there: its length, as stated before it, is the one that the tensors say."""
    missing = known.keys() - set(keys)
    if missing:
        raise FormatError(f"storage '{min(missing)}' is not in the file").at(byte=at)
    for key in keys:
        count = int.from_bytes(file.read_at(at, 8), "little", signed=True)
        nbytes = known.get(key)
        if nbytes is None:
            return  # its element type is nowhere stated: how long it is cannot be told
        if count < 0 or (nbytes and (count == 0 or nbytes % count)) or at + 8 + nbytes > file.size:
            raise FormatError(f"storage '{key}' declares {nbytes:,} bytes, the file says {count:,} elements").at(
                byte=at
            )
        at += 8 + nbytes
