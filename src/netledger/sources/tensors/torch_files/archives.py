"""Zip archives of PyTorch: state dicts, TorchScript and ``torch.package``, by the pickles in them."""

from __future__ import annotations

from math import prod

from netledger.errors import FormatError, NetledgerError
from netledger.sources.tensors.module_tree import several
from netledger.sources.tensors.torch_files.references import StoragesByName
from netledger.sources.tensors.torch_files.storages import Storage, StorageView
from netledger.sources.tensors.torch_files.torchscript import (
    PACKED,
    RECURRENT,
    classes_of,
    code_of,
    constants_by_use,
    holds_mkldnn,
    is_frozen,
)
from netledger.sources.tensors.torch_files.tree import Walk
from netledger.wire.pickle import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.tensors.torch_files.torchscript import Classes
    from netledger.wire.zip import Archive


def zipped(archive: Archive) -> tuple[Walk, tuple[str, ...]]:
    """The tensors of an archive, found, and what is to be said of it."""
    if any(name.endswith(".data/extern_modules") for name in archive.members):
        return _packaged(archive)
    found = [name for name in archive.members if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(found) != 1:
        raise FormatError(_no_data(archive) if not found else f"{len(found)} members are named data.pkl")
    root = found[0].removesuffix("data.pkl")
    walk = Walk(StoragesByName(_sizes(archive, f"{root}data/")).find)
    code = code_of(archive, f"{root}code/")
    walk.classes = classes_of(code)
    _unpickle(archive, found[0], walk, "", None)
    walk.shapes |= _stated_shapes(archive, f"{root}data/", walk.views)
    notes: tuple[str, ...] = ()
    constants = f"{root}constants.pkl"
    if constants in archive.members:
        inner = Walk(StoragesByName(_sizes(archive, f"{root}constants/")).find)
        notes = (_constants(archive, constants, inner, code, walk.classes),)
        for view in inner.views:
            if view.storage is not None:
                view.storage = Storage(f"constants/{view.storage.key}", view.storage.nbytes)
        walk.views += inner.views
    if holds_mkldnn(code):
        walk.views.append(StorageView(None, "float32", 0, (), None, name="unclear, not stored", role="outside"))
    return walk, notes


def _constants(archive: Archive, name: str, walk: Walk, code: dict[str, str], classes: Classes) -> str:
    """The constants of a TorchScript archive, found with their roles, and what is to be said of it."""
    none_left = bool(classes) and not any(parameters for parameters, _ in classes.values())
    _unpickle(archive, name, walk, "constants", "constant")
    if not none_left and not is_frozen(code):
        return "a TorchScript archive: its code tells parameters from buffers"
    _frozen_roles(walk.views, constants_by_use(code))
    return "a frozen TorchScript archive: what its constants are is told from the operations that read them"


_PACKAGED = ".storage"


def _packaged(archive: Archive) -> tuple[Walk, tuple[str, ...]]:
    """What ``torch.package`` wrote: any number of pickles under any names, and scripted modules; its code is text."""
    root = next(name for name in archive.members if name.endswith(".data/extern_modules")).partition(".data/")[0]
    sizes = _sizes(archive, f"{root}.data/")
    walk = Walk(StoragesByName(sizes, _PACKAGED).find)
    found = [name for name in archive.members if not name.startswith(f"{root}.data/") and _is_pickle(archive, name)]
    for name in found:
        prefix = name.removeprefix(root).removesuffix(".pkl").replace("/", ".") if len(found) > 1 else ""
        _unpickle(archive, name, walk, prefix, None)
    scripts = f"{root}.data/ts_code/"
    code = code_of(archive, f"{scripts}code/")
    walk.classes = classes_of(code)
    scripted = [name for name in archive.members if name.startswith(scripts) and name.endswith("/data.pkl")]
    notes = {f"a package of torch.package: {several(len(found), 'pickle')}, its code is not looked at": None}
    for name in scripted:
        number = name.removeprefix(scripts).partition("/")[0]
        _unpickle(archive, name, walk, f"script {number}" if len(scripted) > 1 or found else "", None)
        inner = Walk(walk.find)
        notes[_constants(archive, f"{scripts}{number}/constants.pkl", inner, code, walk.classes)] = None
        walk.views += inner.views
    if not found and not scripted:
        raise FormatError("a package of torch.package without a pickle in it")
    return walk, tuple(notes)


def _is_pickle(archive: Archive, name: str) -> bool:
    """Whether a member begins as a pickle of today does; beside them lie code and texts."""
    head = archive.head(name, 2)
    return head[:1] == b"\x80" and head[1:] in (b"\2", b"\3", b"\4", b"\5")


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


def _unpickle(archive: Archive, name: str, walk: Walk, prefix: str, role: str | None) -> None:
    raw = archive.read(name)
    try:
        root, _ = load(raw)
        walk.enter(root, prefix, role)
    except NetledgerError as error:
        byte, error.byte = error.byte, None
        error.at(byte=archive.members[name].offset + (byte or 0), item=f"member '{name}'")
        raise


def _stated_shapes(archive: Archive, folder: str, views: list[StorageView]) -> dict[str, tuple[int, ...]]:
    """``{module: (outputs, inputs)}`` of the tensors called ``shape``, two whole numbers each, that HQQ writes."""
    found: dict[str, tuple[int, ...]] = {}
    for view in views:
        if view.name.endswith(".shape") and view.size == (2,) and view.dtype == "int64" and view.storage is not None:
            member = f"{folder}{view.storage.key}"
            begin = 8 * view.offset
            if member in archive.members and len(found) < _MOST_SHAPES:
                raw = archive.head(member, begin + 16)[begin:] if begin < _SHAPE_WITHIN else b""
                sides = (int.from_bytes(raw[:8], "little", signed=True), int.from_bytes(raw[8:], "little", signed=True))
                found[view.name.removesuffix(".shape")] = sides
    return found


_MOST_SHAPES, _SHAPE_WITHIN = 50_000, 4_096


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


def holds_values(member: str) -> bool:
    """Whether a member of an archive is a storage's bytes."""
    folder, _, name = member.rpartition("/")
    if folder.rpartition("/")[2] == ".data":
        return name.endswith(_PACKAGED)
    return name.isdecimal() and folder.rpartition("/")[2] in ("data", "constants")
