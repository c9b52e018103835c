"""What interprets a pickle as data: the stack, the memo, and the records that stand for what is written."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import PICKLE_MEMO, PICKLE_OPS, PICKLE_STACK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LINE_BYTES = 1 << 16


class Global:
    """A name that the pickle would have imported: ``module`` and ``name``, no more than these strings; ``path`` is
    ``module.name``.
    """

    __slots__ = ("module", "name", "path")

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name, self.path = module, name, f"{module}.{name}"

    def __repr__(self) -> str:
        return f"Global({self.path})"


class Items:
    """A ``dict`` as the list of its pairs, in the order they were written; a key may stand more than once."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[Any, Any]] | None = None) -> None:
        self.pairs: list[tuple[Any, Any]] = [] if pairs is None else pairs

    def get(self, key: str) -> Any:
        """The value that stands last under a string ``key``; ``None`` where there is none."""
        for known, value in reversed(self.pairs):
            if type(known) is str and known == key:
                return value
        return None

    def strings(self) -> dict[str, Any]:
        """Its pairs with string keys."""
        return {key: value for key, value in self.pairs if type(key) is str}

    def __repr__(self) -> str:
        return f"Items({len(self.pairs)})"


class Made:
    """A call that was not made: ``function`` and ``args``, and what was to be put into its result afterwards.

    ``path`` is what was to be called, as ``module.name``; for what is no plain name a description.
    """

    __slots__ = ("args", "function", "items", "list", "path", "state")

    def __init__(self, function: Any, args: Any) -> None:
        self.function, self.args = function, args
        self.path: str = function.path if type(function) is Global else "(the result of another call)"
        self.state: Any = None
        self.items: list[tuple[Any, Any]] = []
        self.list: list[Any] = []

    def __repr__(self) -> str:
        return f"Made({self.path})"


class Reference:
    """A persistent reference: the identity that the writing program gave to something stored elsewhere."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __repr__(self) -> str:
        return "Reference"


class Stop(Exception):
    """The pickle says that it is complete."""


class CutError(FormatError):
    """The pickle goes on beyond the bytes given."""


class Machine:
    """The state of one run: a stack of values, the stacks below open marks, the memo, the names met so far."""

    __slots__ = ("at", "below", "data", "latest", "memo", "names", "stack")

    def __init__(self, data: bytes, start: int) -> None:
        self.data, self.at = data, start
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.names: dict[bytes, Global] = {}
        self.latest: dict[bytes, tuple[bytes, Global]] = {}

    def run(self, table: list[Callable[[Machine], None]]) -> Any:
        data = self.data
        try:
            for _ in range(PICKLE_OPS):
                at = self.at
                self.at = at + 1
                table[data[at]](self)
        except Stop:
            return self.stack.pop()
        except IndexError:
            if self.at > len(data):
                raise CutError("the pickle ends in the middle").at(byte=len(data)) from None
            raise
        raise LimitError(f"a pickle of more than {PICKLE_OPS:,} steps")

    # ------------------------------------------------------------------ bytes

    def take(self, count: int) -> bytes:
        end = self.at + count
        if count < 0:
            raise FormatError("a negative length")
        if end > len(self.data):
            raise CutError(f"the pickle needs {count:,} bytes, {len(self.data) - self.at:,} are left")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")

    def line(self) -> bytes:
        end = self.data.find(b"\n", self.at, self.at + _LINE_BYTES)
        if end < 0:
            if len(self.data) - self.at >= _LINE_BYTES:
                raise LimitError(f"a line of more than {_LINE_BYTES:,} bytes")
            raise CutError("the pickle ends in the middle of a line")
        taken = self.data[self.at : end]
        self.at = end + 1
        return taken

    # ------------------------------------------------------------------ stack

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def since_mark(self) -> list[Any]:
        values = self.stack
        self.stack = self.below.pop()
        return values

    def put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]
        if len(self.memo) > PICKLE_MEMO:
            raise LimitError(f"a pickle that remembers more than {PICKLE_MEMO:,} values")

    def get(self, index: int) -> None:
        if index not in self.memo:
            raise FormatError(f"the pickle asks for value {index:,}, which it never kept")
        self.stack.append(self.memo[index])
        if len(self.stack) > PICKLE_STACK:
            raise LimitError(f"a pickle of more than {PICKLE_STACK:,} values at once")
