"""The ``.bin`` beside an ncnn ``.param``: how many bytes each of the loaded tensors takes there; no value is read.

Source: ``modelbin.cpp`` of ncnn: a tensor is raw 32-bit floats, or begins with a mark that says how it is packed.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.network import Tensor, elements_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.files import InputFile

_HALF, _INT8, _RAW = 0x01306B47, 0x000D4B38, 0x0002C056
_TABLE_BYTES = 4 * 256


class NcnnValues:
    """The values beside a network, read from front to back; ``None``: they are not there, and floats are assumed."""

    def __init__(self, file: InputFile | None) -> None:
        self.file = file
        self.position = 0
        self.elements = self.nbytes = self.count = 0
        self.lost = False

    def load(self, name: str, role: str, shape: tuple[int, ...], tagged: bool) -> list[Tensor]:
        """The tensor that a layer loads next, and the table that it is unpacked by."""
        count = int(elements_of(shape))
        if not count:
            return []
        dtype, table = "float32", 0
        if self.file is not None and not self.lost:
            dtype, table = self._kind(name) if tagged else ("float32", 0)
        width = {"float16": 2, "int8": 1, "uint8": 1}.get(dtype, 4)
        nbytes = count * width
        self._go(name, table + nbytes + -nbytes % 4)
        self.count += 1
        found = [Tensor(name, role, shape, dtype, storage=f"load {self.count}")]
        if table:
            found.append(Tensor(f"{name}.table", "scale", (256,), "float32", storage=f"table {self.count}"))
        self.elements += count + (256 if table else 0)
        self.nbytes += nbytes + table
        return found

    def _kind(self, name: str) -> tuple[str, int]:
        """The element type that a mark says, and the bytes of a table of values behind it."""
        assert self.file is not None
        if self.position + 4 > self.file.size:
            raise FormatError(f"its .bin ends at {self.file.size:,}, before '{name[:80]}'")
        mark = int.from_bytes(self.file.read_at(self.position, 4), "little")
        self.position += 4
        known = {_HALF: ("float16", 0), _INT8: ("int8", 0), _RAW: ("float32", 0), 0: ("float32", 0)}.get(mark)
        return known if known is not None else ("uint8", _TABLE_BYTES)

    def _go(self, name: str, nbytes: int) -> None:
        if self.file is None or self.lost:
            return
        if self.position + nbytes > self.file.size:
            raise FormatError(
                f"its .bin ends at {self.file.size:,}, '{name[:80]}' needs it up to {self.position + nbytes:,}"
            )
        self.position += nbytes

    def notes(self) -> list[str]:
        """What a person must know of the values."""
        if self.file is None:
            return ["its .bin is not beside it: that the values are there was not checked, 32-bit floats are assumed"]
        if self.lost:
            return ["what a layer without a rule loads is not known: the values behind it were not checked"]
        left = self.file.size - self.position
        return [f"{left:,} bytes of its .bin are read by no layer"] if left else []
