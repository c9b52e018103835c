"""Programs that ``torch.export`` saved (``.pt2``): the tensors their own lists name, and the program.

Source: ``torch/export/pt2_archive`` of PyTorch 2.8 and later.
"""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import FormatError
from netledger.limits import MAX_DIMENSION
from netledger.network import Tensor
from netledger.notation.strict_json import parse_json
from netledger.sources.tensors.roles import role_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.wire.zip import Archive

_DTYPES = {
    1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32", 8: "float64",
    10: "complex64", 11: "complex128", 12: "bool", 13: "bfloat16", 28: "uint16", 29: "float8_e4m3fn",
    30: "float8_e5m2", 31: "float8_e4m3fnuz", 32: "float8_e5m2fnuz",
}  # fmt: skip
"""The numbers of ``torch._export.serde.schema.ScalarType``."""
_LISTS = (("data/weights/", "_weights_config.json"), ("data/constants/", "_constants_config.json"))


def exported_tensors(archive: Archive, root: str) -> list[Tensor]:
    """The tensors of every model in the archive; a tensor under two names is one storage."""
    found: list[Tensor] = []
    for folder, end in _LISTS:
        for name in archive.members:
            if name.startswith(f"{root}{folder}") and name.endswith(end):
                stated = parse_json(archive.read(name))
                entries = stated.get("config") if isinstance(stated, dict) else None
                if not isinstance(entries, dict):
                    raise FormatError(f"member '{name}' lists no tensors")
                found += [
                    tensor
                    for key, entry in entries.items()
                    for tensor in _tensor(archive, f"{root}{folder}", key, entry, end.startswith("_constants"))
                ]
    return found


def program_in(archive: Archive) -> Any:
    """The only program of an archive as its JSON says it; ``None`` where it holds several, or none that is JSON."""
    found = [
        name for name in archive.members if name.partition("/")[2].startswith("models/") and name.endswith(".json")
    ]
    return parse_json(archive.read(found[0])) if len(found) == 1 else None


def exported_bytes(archive: Archive, root: str) -> dict[str, int]:
    """The bytes of every value in the archive, whether a list names it or not."""
    values = [
        member.size
        for name, member in archive.members.items()
        if any(name.startswith(f"{root}{folder}") and not name.endswith(end) for folder, end in _LISTS)
    ]
    return {"bytes": sum(values)}


def _tensor(archive: Archive, folder: str, name: str, entry: Any, constant: bool) -> list[Tensor]:
    """One entry of a list as a tensor; none for what is no tensor (an object kept as a pickle)."""
    meta = entry.get("tensor_meta") if isinstance(entry, dict) else None
    if not isinstance(meta, dict):
        return []
    stated, kind = meta.get("sizes", []), meta.get("dtype", 0)
    if not isinstance(stated, list) or type(kind) is not int:
        raise FormatError("sizes are a list and an element type is a number").at(item=f"tensor '{name}'")
    shape = [size.get("as_int") if isinstance(size, dict) else None for size in stated]
    sizes = tuple([size for size in shape if type(size) is int and 0 <= size <= MAX_DIMENSION])
    dtype = _DTYPES.get(kind)
    if len(sizes) != len(shape) or dtype is None:
        raise FormatError("a tensor without sizes or of an unknown element type").at(item=f"tensor '{name}'")
    needed = BITS[dtype] // 8
    for size in sizes:
        needed *= size
    path = f"{folder}{entry.get('path_name')}"
    held = archive.members.get(path)
    if held is None or (held.size < needed and not entry.get("use_pickle")):
        raise FormatError(f"its values are not in the file ('{path[:80]}')").at(item=f"tensor '{name}'")
    told = role_of(name, dtype, sizes)
    learned = told if told in ("weight", "bias") else "parameter"
    buffer = "running_statistic" if told == "running_statistic" else "buffer"
    role = "constant" if constant else learned if entry.get("is_param") else buffer
    return [Tensor(name, role, sizes, dtype, storage=path)]
