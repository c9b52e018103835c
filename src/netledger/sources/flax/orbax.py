"""Orbax checkpoints: the tree and shapes that ``_METADATA`` states, element types where zarr's ``.zarray`` lie open.

What several devices wrote is stated in their pieces: such a shape is Unknown, unless its ``.zarray`` says the whole.
Source: ``orbax/checkpoint/_src/metadata/tree.py`` and ``array_metadata.py``; zarr's storage specification, version 2.
"""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import FormatError, LimitError, NotFoundError
from netledger.limits import MAX_DIMENSION, NAME_BYTES, NESTING, RANK, TENSORS
from netledger.network import Network, Tensor
from netledger.notation.strict_json import parse_json
from netledger.sources.flax import named_role
from netledger.sources.tensors.copies import without_copies
from netledger.sources.tensors.module_tree import in_order_of_counting, layers_of, several, tree
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim
    from netledger.sources.files import InputFile

_NOT_ARRAYS = ("None", "scalar", "string", "Dict", "List", "Tuple", "NamedTuple")
_ZARR_TYPES = {
    "f2": "float16", "f4": "float32", "f8": "float64", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
    "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "b1": "bool", "c8": "complex64", "c16": "complex128",
}  # fmt: skip
_SIDE_BYTES = 64 * 1024 * 1024


def is_orbax(data: Any) -> bool:
    """Whether JSON is the metadata of an Orbax checkpoint.

    >>> is_orbax({"tree_metadata": {}, "use_ocdbt": True}), is_orbax({"tree_metadata": 1})
    (True, False)
    """
    return isinstance(data, dict) and isinstance(data.get("tree_metadata"), dict)


def network_of_metadata(data: Any, file: InputFile) -> Network:
    """The arrays of a checkpoint by their places in the tree."""
    entries = data["tree_metadata"]
    if len(entries) > TENSORS:
        raise LimitError(f"{len(entries):,} entries, more than {TENSORS:,}")
    pieces = _in_pieces(file)
    tensors: list[Tensor] = []
    others = 0
    for entry in entries.values():
        path, said = _path(entry), _object(entry, "value_metadata")
        if said.get("value_type") in _NOT_ARRAYS or not path:
            others += 1
            continue
        tensors.append(_array(file, path, said, data.get("use_ocdbt") is True, ".".join(path) in pieces))
    notes = []
    if any(tensor.dtype not in BITS for tensor in tensors):
        notes.append("the element types stand in a compressed part of the checkpoint, which is not read")
    if others:
        notes.append(f"{several(others, 'value')} beside the arrays: settings and counters")
    counts = [tensor.count for tensor in tensors]
    known = [count for count in counts if isinstance(count, int)]
    meta: dict[str, Any] = {"format": "orbax", "tensors": len(tensors)}
    if len(known) == len(counts):
        meta["stored"] = {"elements": sum(known)}
    told, copies = without_copies(tensors)
    return tree(_name(file.path), in_order_of_counting(layers_of(told)), notes=(*notes, *copies), meta=meta)


def _path(entry: Any) -> tuple[str, ...]:
    keys = _object(entry, "entry").get("key_metadata")
    if not isinstance(keys, list) or len(keys) > NESTING:
        raise FormatError(f"an entry without its place, or nested deeper than {NESTING}")
    found = []
    for key in keys:
        name = key.get("key") if isinstance(key, dict) else None
        if not isinstance(name, str | int) or len(str(name)) > NAME_BYTES:
            raise FormatError("a key that is no name")
        found.append(str(name))
    return tuple(found[:-1] if len(found) > 1 and found[-1] == "value" else found)


def _array(file: InputFile, path: tuple[str, ...], said: dict[str, Any], packed: bool, pieces: bool) -> Tensor:
    full = ".".join(path)
    sizes = said.get("write_shape")
    shape: tuple[Dim, ...] = (Unknown("its shape is not stated"),)
    dtype = "unknown"
    if sizes is not None:
        shape = _sizes(sizes, full)
        if pieces:
            shape = (Unknown("the checkpoint states what one of several devices wrote, not the whole"),)
    if not packed:
        found = _zarr(file, full)
        shape, dtype = found if found is not None else (shape, dtype)
    name, role = named_role(path, dtype, tuple([size if isinstance(size, int) else 0 for size in shape]))
    return Tensor(name, role, shape, dtype)


def _sizes(sizes: Any, full: str) -> tuple[int, ...]:
    if (
        not isinstance(sizes, list)
        or len(sizes) > RANK
        or any(type(size) is not int or not 0 <= size <= MAX_DIMENSION for size in sizes)
    ):
        raise FormatError("a shape that cannot be").at(item=f"array '{full[:120]}'")
    return tuple(sizes)


def _zarr(file: InputFile, full: str) -> tuple[tuple[int, ...], str] | None:
    """Shape and element type of an array in a folder of its own; ``None`` where that is not there."""
    try:
        with file.sibling(f"{full}/.zarray") as held:
            data = parse_json(held.text(64 * 1024).encode())
    except NotFoundError:
        return None
    kind = _object(data, ".zarray").get("dtype")
    dtype = kind if isinstance(kind, str) and kind in BITS else _ZARR_TYPES.get(str(kind)[1:], "unknown")
    return _sizes(data.get("shape"), full), dtype


def _in_pieces(file: InputFile) -> set[str]:
    """The arrays that lie on more than one device, by ``_sharding`` beside the metadata."""
    import base64
    import binascii

    try:
        with file.sibling("_sharding") as held:
            data = _object(parse_json(held.text(_SIDE_BYTES).encode()), "_sharding")
    except NotFoundError:
        return set()
    found = set[str]()
    for key, text in data.items():
        said = _object(parse_json(text.encode()), "sharding") if isinstance(text, str) else {}
        mesh = said.get("shape")
        single = said.get("sharding_type") == "SingleDeviceSharding"
        single = single or (isinstance(mesh, list) and all(size == 1 for size in mesh))
        if not single:
            try:
                found.add(base64.b64decode(key, validate=True).decode("utf-8"))
            except (binascii.Error, ValueError):
                raise FormatError("a sharding of no name") from None
    return found


def _object(data: Any, what: str) -> dict[str, Any]:
    held = data.get(what) if what == "value_metadata" and isinstance(data, dict) else data
    if not isinstance(held, dict):
        raise FormatError(f"{what}: an object is wanted")
    return held


def _name(path: str) -> str:
    """The folder's name rather than that of the file in it."""
    parts = [part for part in path.replace("\\", "/").split("/")[:-1] if part not in ("default", "state", ".", "")]
    return parts[-1] if parts else "checkpoint"
