"""One hostile file: how to write it, and what must be said about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Case(NamedTuple):
    """``number`` is that of the checklist; ``line`` what the one error line says after the file's name, or
    ``parameters`` the right count where the file is sound (``"≥ 3"`` where something in it is unknown).

    ``siblings`` are the files beside it that its format names; ``more`` writes them.
    """

    number: str
    name: str
    file: str
    data: bytes | Callable[[Path], bytes]
    line: str | None = None
    parameters: int | str | None = None
    note: str | None = None
    siblings: tuple[str, ...] = ()
    more: Callable[[Path], None] | None = None
    sparse: int = 0
    """Bytes of nothing after the data: the file is made this much longer without being filled."""

    def write(self, folder: Path) -> Path:
        """Write the file (and what stands beside it) into an empty folder."""
        path = folder / self.file
        if self.more is not None:
            self.more(folder)
        path.write_bytes(self.data if isinstance(self.data, bytes) else self.data(folder))
        if self.sparse:
            with path.open("r+b") as file:
                file.truncate(path.stat().st_size + self.sparse)
        return path
