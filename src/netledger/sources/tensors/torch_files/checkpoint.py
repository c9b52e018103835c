"""PyTorch checkpoints: zip archives, the format before 1.6, TorchScript archives, bare pickles. Nothing in them is run.

The pickle is read as data (:mod:`netledger.wire.pickle`); a tensor's bytes are never read, only that they are there.
Source: ``torch/serialization.py`` and ``torch/_utils.py`` of PyTorch.
"""

from __future__ import annotations

from math import prod

from netledger.dtypes import BITS
from netledger.errors import FormatError, LimitError, NetledgerError
from netledger.limits import ZIP_MEMBER_BYTES
from netledger.network import Tensor
from netledger.sources import Options, Source
from netledger.sources.companions import quantisation_beside
from netledger.sources.files import stem
from netledger.sources.tensors.copies import without_copies
from netledger.sources.tensors.module_tree import layers_of, several, tree
from netledger.sources.tensors.roles import COUNTERS
from netledger.sources.tensors.torch_files.beside import BESIDE, UNCLEAR_BESIDE
from netledger.sources.tensors.torch_files.distributed import METADATA, tell
from netledger.sources.tensors.torch_files.exported import exported_bytes, exported_tensors, program_in
from netledger.sources.tensors.torch_files.storages import IN_PICKLE, Storage, StorageView, tensors_of
from netledger.sources.tensors.torch_files.torchscript import (
    PACKED,
    RECURRENT,
    classes_of,
    code_of,
    constants_by_use,
    holds_mkldnn,
    is_frozen,
)
from netledger.sources.tensors.torch_files.tree import DTYPES, Walk, dtype_of
from netledger.sources.zero import is_model_states, joined
from netledger.unknown import Unknown
from netledger.wire.pickle import CutError, Global, Made, Reference, load
from netledger.wire.zip import Archive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.network import Network
    from netledger.sources.files import InputFile

_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_FIRST_BYTES = 1 << 20
_CALLS_SHOWN = 12
_PROGRAM = ("a program of torch.export: its graph is not read",)


def read_tensors(file: InputFile) -> tuple[list[Tensor], tuple[str, ...], dict[str, int]]:
    """The tensors of a checkpoint, each stored element counted once; what is to be said; elements and bytes stored."""
    zipped = file.read_at(0, min(4, file.size)) == b"PK\3\4"
    archive = Archive(file) if zipped else None
    exported = _exported(archive) if archive is not None else None
    if archive is not None and exported is not None:
        listed, there = exported_tensors(archive, exported), exported_bytes(archive, exported)
        booked = {tensor.storage: tensor.bytes for tensor in listed if isinstance(tensor.bytes, int)}
        return listed + _left(there["bytes"] - sum(booked.values())), _PROGRAM, there
    walk, notes = _zipped(archive) if archive is not None else _pickled(file)
    tensors, remarks, stored = tensors_of(walk.views)
    if archive is not None:
        tensors += _unnamed(archive, walk.views, stored)
    whole = [_whole(tensor, walk.partitioned) for tensor in tensors]
    shards = [view.elsewhere for view in walk.views if view.elsewhere is not None]
    if whole != tensors or shards:
        stored = {"elements": sum(shards)} if shards else {}  # the values are in other files
    told, copies = without_copies(whole, walk.heads)
    tensors = [_clear(tensor) for tensor in told]
    return tensors, (*notes, *_state(tensors), *copies, *remarks, *_calls(walk.calls)), stored


def _clear(tensor: Tensor) -> Tensor:
    """A tensor that may be learned or not as one of an unknown number of values; of whole numbers none is learned."""
    if tensor.role not in _NOT_CLEAR:
        return tensor
    if tensor.role == BESIDE and tensor.dtype in COUNTERS:
        return tensor.replace(role="state")
    return tensor.replace(elements=_NOT_CLEAR[tensor.role], role="parameter")


def _unnamed(archive: Archive, views: list[StorageView], stored: dict[str, int]) -> list[Tensor]:
    """Storages of an archive that belong to no tensor that was found: how many values they are, nobody says."""
    data = [member.size for name, member in archive.members.items() if _holds_values(name)]
    named = {view.storage.key: view.storage.nbytes for view in views if view.storage is not None}
    left = sum(data) - sum([nbytes for key, nbytes in named.items() if not key.startswith(IN_PICKLE)])
    if left > 0:
        stored["bytes"] += left
        stored.pop("elements", None)
    return _left(left)


def _left(left: int) -> list[Tensor]:
    """So many bytes of values of which nothing else is known, as one tensor."""
    if left <= 0:
        return []
    reason = Unknown("values are stored that no tensor names")
    return [Tensor("stored, in no tensor", "parameter", (Unknown("?"),), "uint8", elements=reason, nbytes=left)]


def _holds_values(member: str) -> bool:
    folder, _, name = member.rpartition("/")
    if folder.rpartition("/")[2] == ".data":
        return name.endswith(_PACKAGED)
    return name.isdecimal() and folder.rpartition("/")[2] in ("data", "constants")


# ---------------------------------------------------------------------- storages that references name


class _Storages:
    """The storages that a pickle's persistent references name; ``sizes`` gives the bytes of each key that are there."""

    def __init__(self, sizes: dict[str, int] | None) -> None:
        self.sizes = sizes
        self.known: dict[str, Storage] = {}
        self.dtypes: dict[str, str | None] = {}

    def find(self, reference: Reference) -> tuple[Storage, str | None]:
        """The storage of ``('storage', type, key, location, elements, …)`` and the element type that it states."""
        key = reference.key
        if not isinstance(key, tuple) or len(key) < 5 or key[0] != "storage":
            raise FormatError("a tensor refers to what is no storage")
        kind, name, count = key[1], key[2], key[4]
        name = str(name) if type(name) is int else name  # as torch.package numbers them
        if not isinstance(name, str) or type(count) is not int or count < 0:
            raise FormatError("a storage without a name or a size")
        path = kind.path if isinstance(kind, Global) else ""
        if path not in self.dtypes:
            self.dtypes[path] = _storage_dtype(kind)
        dtype = self.dtypes[path]
        needed = count * (BITS[dtype] // 8 if dtype else 1)
        storage = self.known.get(name)
        if storage is None:
            storage = self.known[name] = Storage(name, self.there(name, count, needed))
        elif needed > storage.nbytes:
            raise FormatError(f"storage '{name}' declares {count:,} elements, its {storage.nbytes:,} bytes hold fewer")
        return storage, dtype

    def there(self, name: str, count: int, needed: int) -> int:
        if self.sizes is None:
            return needed
        if name not in self.sizes:
            raise FormatError(f"storage '{name}' is not in the file")
        if self.sizes[name] < needed:
            raise FormatError(
                f"storage '{name}' declares {count:,} elements, its {self.sizes[name]:,} bytes hold fewer"
            )
        return self.sizes[name]


def _storage_dtype(kind: Any) -> str | None:
    """The element type of ``torch.FloatStorage``; ``None`` for an untyped one; others are refused."""
    if not isinstance(kind, Global):
        raise FormatError("a storage of no type")
    name = kind.name.removesuffix("Storage")
    if name == "Untyped":
        return None
    dtype = DTYPES.get(name) or dtype_of(kind)
    if dtype is None:
        raise FormatError(f"a storage of the unknown type {kind.path}")
    return dtype


# ---------------------------------------------------------------------- zip archives


def _exported(archive: Archive) -> str | None:
    """The folder inside an archive that ``torch.export`` wrote; ``None`` for any other archive."""
    found = [name for name in archive.members if name.endswith("_weights_config.json") and "data/weights/" in name]
    return found[0].partition("data/weights/")[0] if found else None


def _whole(tensor: Tensor, partitioned: dict[str, tuple[int, ...]]) -> Tensor:
    """A parameter that ZeRO's third stage left empty: its shape is listed, its values are in the partitions."""
    shape = partitioned.get(tensor.name.removeprefix("module."))
    return tensor.replace(shape=shape, storage=None, nbytes=None) if shape and tensor.shape == (0,) else tensor


def _zipped(archive: Archive) -> tuple[Walk, tuple[str, ...]]:
    if any(name.endswith(".data/extern_modules") for name in archive.members):
        return _packaged(archive)
    found = [name for name in archive.members if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(found) != 1:
        raise FormatError(_no_data(archive) if not found else f"{len(found)} members are named data.pkl")
    root = found[0].removesuffix("data.pkl")
    walk = Walk(_Storages(_sizes(archive, f"{root}data/")).find)
    code = code_of(archive, root)
    walk.classes = classes_of(code)
    _unpickle(archive, found[0], walk, "", None)
    notes: tuple[str, ...] = ()
    constants = f"{root}constants.pkl"
    if constants in archive.members:
        none_left = bool(walk.classes) and not any(parameters for parameters, _ in walk.classes.values())
        frozen = none_left or is_frozen(code)
        notes = ("a TorchScript archive: its code tells parameters from buffers",)
        if frozen:
            notes = ("a frozen TorchScript archive: what its constants are is told from the operations that read them",)
        inner = Walk(_Storages(_sizes(archive, f"{root}constants/")).find)
        _unpickle(archive, constants, inner, "constants", "constant")
        if frozen:
            _frozen_roles(inner.views, constants_by_use(code))
        for view in inner.views:
            if view.storage is not None:
                view.storage = Storage(f"constants/{view.storage.key}", view.storage.nbytes)
        walk.views += inner.views
    if holds_mkldnn(code):
        walk.views.append(StorageView(None, "float32", 0, (), None, name="unclear, not stored", role="outside"))
    return walk, notes


_PACKAGED = ".storage"


def _packaged(archive: Archive) -> tuple[Walk, tuple[str, ...]]:
    """What ``torch.package`` wrote: any number of pickles beside the code that they need, which is not looked at."""
    root = next(name for name in archive.members if name.endswith(".data/extern_modules")).partition(".data/")[0]
    sizes = {name.removesuffix(_PACKAGED): size for name, size in _sizes(archive, f"{root}.data/").items()}
    walk = Walk(_Storages(sizes).find)
    found = [name for name in archive.members if name.endswith(".pkl") and not name.startswith(f"{root}.data/")]
    if not found:
        raise FormatError("a package of torch.package without a pickle in it")
    for name in found:
        prefix = name.removeprefix(root).removesuffix(".pkl").replace("/", ".") if len(found) > 1 else ""
        _unpickle(archive, name, walk, prefix, None)
    return walk, (f"a package of torch.package: {several(len(found), 'pickle')}, its code is not looked at",)


def _frozen_roles(views: list[StorageView], used: dict[int, str]) -> None:
    """What the constants of a frozen archive are; floating-point tables that no known operation reads are not clear."""
    places = [view.name.removeprefix("constants.").partition(".")[0] for view in views]
    for view, place in zip(views, places, strict=True):
        role = used.get(int(place)) if place.isdecimal() else None
        if role == RECURRENT:
            role = "bias" if len(view.size) == 1 else "weight"
        elif role == PACKED or (role is not None and places.count(place) > 1):
            role = _packed_role(view)
        table = prod(view.size) > 1 and view.dtype.startswith(("float", "bfloat", "int8", "uint8"))
        view.role = role or ("unclear" if table else "constant")
        if view.role == "unclear":  # what is known of the others is not lost beside it
            view.name = f"unclear {view.name}"


def _packed_role(view: StorageView) -> str:
    """What a tensor of a quantised layer's object is: its weight is of small integers, its scales of doubles."""
    if len(view.size) > 1:
        return "weight"
    return {"float32": "bias", "float64": "scale", "int64": "zero_point", "int32": "zero_point"}.get(
        view.dtype, "constant"
    )


_FROZEN = Unknown("a constant of a frozen archive, and what reads it does not tell whether it was learned")
_OUTSIDE = Unknown("weights in oneDNN's own layout, which are not written into the file")
_NOT_CLEAR = {"unclear": _FROZEN, "outside": _OUTSIDE, BESIDE: UNCLEAR_BESIDE}
"""The role of a tensor that may be learned or not → what is said of its number of values."""


def _unpickle(archive: Archive, name: str, walk: Walk, prefix: str, role: str | None) -> None:
    raw = archive.read(name)
    try:
        root, _ = load(raw)
        walk.enter(root, prefix, role)
    except NetledgerError as error:
        byte, error.byte = error.byte, None
        error.at(byte=archive.members[name].offset + (byte or 0), item=f"member '{name}'")
        raise


def _sizes(archive: Archive, folder: str) -> dict[str, int]:
    members = archive.members.items()
    return {name.removeprefix(folder): member.size for name, member in members if name.startswith(folder)}


def _no_data(archive: Archive) -> str:
    names = [name.rpartition("/")[2] for name in archive.members]
    for sign, what in _OTHER_ARCHIVES.items():
        if sign in names:
            return f"this is {what}; not read yet"
    return "an archive without data.pkl: no PyTorch checkpoint"


_OTHER_ARCHIVES = {
    "archive_format": "a PyTorch exported program",
    "serialized_exported_program.json": "a PyTorch exported program",
    "config.json": "a Keras archive",
    "AndroidManifest.xml": "an Android package",
    "[Content_Types].xml": "an Office document",
    "model.json": "an archive of another framework",
}
"""A member's name → what the archive is."""


# ---------------------------------------------------------------------- pickles without an archive


def _pickled(file: InputFile) -> tuple[Walk, tuple[str, ...]]:
    """A bare pickle, or PyTorch's format before 1.6: five pickles, then every storage after its length."""
    values, _ = _values(file, 1)
    if values[0] != _MAGIC:
        walk = Walk(_Storages({}).find)
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
    storages = _Storages(None)
    walk = Walk(storages.find)
    try:
        walk.enter(values[3])
    except NetledgerError as error:
        error.at(byte=0)
        raise
    _check_storages(file, at, keys, _widths(walk))
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


def _check_storages(file: InputFile, at: int, keys: list[str], known: dict[str, int]) -> None:
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


# ---------------------------------------------------------------------- what is said about it


def _state(tensors: Sequence[Tensor]) -> tuple[str, ...]:
    held = [tensor for tensor in tensors if tensor.role == "state"]
    values = sum([tensor.count for tensor in held if isinstance(tensor.count, int)])
    return (f"state of training, no parameters: {several(len(held), 'tensor')}, {values:,} values",) if held else ()


def _calls(calls: dict[str, int]) -> tuple[str, ...]:
    """What the pickle wanted to have called, and nobody did."""
    if not calls:
        return ()
    shown = ", ".join(list(calls)[:_CALLS_SHOWN])
    more = f" and {len(calls) - _CALLS_SHOWN:,} more" if len(calls) > _CALLS_SHOWN else ""
    return (f"calls not followed: {shown}{more}",)


# ---------------------------------------------------------------------- the source


def _sniff(head: bytes) -> bool:
    """A pickle, or an archive whose first member is one that PyTorch writes."""
    if head.startswith(b"PK\3\4"):
        name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
        return name.rpartition(b"/")[2] in _MEMBERS or b"/data/" in name or b"/code/" in name or b"/.data/" in name
    return head.startswith(_LEGACY) or (head[:1] == b"\x80" and head[1:2] in b"\2\3\4\5" and b"joblib" not in head)


_MEMBERS = frozenset((b"data.pkl", b"constants.pkl", b"version", b"byteorder", b".format_version", b"archive_format"))


def _read(file: InputFile, options: Options) -> Network:
    tensors, notes, stored = read_tensors(file)
    if notes == _PROGRAM:
        program = program_in(Archive(file))
        if program is not None:
            from netledger.sources.exported import network_of

            return network_of(program, tensors, stem(file.path), stored)
    layers = layers_of(tensors, lambda: quantisation_beside(file))
    about = {"format": "checkpoint", "tensors": len(tensors), "stored": stored}
    network = tree(stem(file.path), layers, notes=notes, meta=about)
    return joined(network, file, read_tensors) if is_model_states(file.path) else network


CHECKPOINT = Source(
    "checkpoint",
    "PyTorch checkpoint",
    (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".tar", ".pt2", ".pdparams", ".pdopt"),
    _sniff,
    _read,
)
