"""What a pickle's persistent references name: storages, of which only the sizes are looked at."""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import FormatError
from netledger.sources.tensors.torch_files.rebuilding import DTYPES, dtype_of
from netledger.sources.tensors.torch_files.storages import Storage
from netledger.wire.pickle import Global

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.wire.pickle import Reference


class StoragesByName:
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
