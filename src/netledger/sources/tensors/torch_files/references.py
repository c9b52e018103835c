"""What a pickle's persistent references name: storages, of which only the sizes are looked at."""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import FormatError, NetledgerError
from netledger.sources.tensors.torch_files.rebuilding import DTYPES, dtype_of
from netledger.sources.tensors.torch_files.storages import IN_PICKLE, Storage
from netledger.wire.pickle import Global, Made, Reference, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class StoragesByName:
    """The storages that a pickle's persistent references name; ``sizes`` gives the bytes of each key that are there.

    ``ending`` is how the keys may end: a package's scripts write it, its pickles do not.
    """

    def __init__(self, sizes: dict[str, int] | None, ending: str = "") -> None:
        self.sizes = sizes if sizes is None else {key.removesuffix(ending): size for key, size in sizes.items()}
        self.ending = ending
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
        name = name.removesuffix(self.ending)
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


def storage_inside(data: object) -> tuple[Storage, str | None]:
    """A storage that stands whole in the pickle, as ``pickle.dump`` of a tensor has it: in the format before 1.6."""
    held = data.args[0] if isinstance(data, Made) and data.path == "_codecs.encode" else data  # before protocol 3
    raw = held.encode("latin-1") if isinstance(held, str) else held
    if not isinstance(raw, bytes):
        raise TypeError
    values, at = [], 0
    try:
        for _ in range(_PICKLES):
            value, at = load(raw, at)
            values.append(value)
    except NetledgerError as error:
        error.byte = None  # it would be one of the storage, not of the file
        raise
    if not isinstance(values[3], Reference):
        raise FormatError("a storage inside the pickle that names none")
    storage, dtype = StoragesByName(None).find(values[3])
    if len(raw) - at != 8 + storage.nbytes:
        raise FormatError(f"a storage of {storage.nbytes:,} bytes, {max(0, len(raw) - at - 8):,} are there")
    return Storage(f"{IN_PICKLE}{id(held)}", storage.nbytes), dtype


_PICKLES = 5
"""What precedes the values in that format: a number, a version, sizes, the storage's name, the list of names."""


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
