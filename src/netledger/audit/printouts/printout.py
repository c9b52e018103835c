"""What a tool printed, as typed cells: rows of layers, modules or tensors, and the figures below them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.described import Described

    Sizes = tuple[int | None, ...]

TENSOR_ROWS = "tensors"
"""The tool of a listing of tensors, each with its shape or its count."""


class Number:
    """A printed number: the least and the most that it may stand for (a rounded one has a range), and its place."""

    __slots__ = ("end", "high", "line_no", "low", "start", "value")

    def __init__(self, value: float, low: float, high: float, line_no: int, start: int, end: int) -> None:
        self.value, self.low, self.high = value, low, high
        self.line_no, self.start, self.end = line_no, start, end

    def __repr__(self) -> str:
        return f"<{self.value} in {self.line_no}:{self.start}>"

    @property
    def is_exact(self) -> bool:
        """Whether it is not rounded."""
        return self.low == self.high

    def fits(self, value: float) -> bool:
        """Whether a value may be printed so."""
        return self.low <= value <= self.high


class Row:
    """One row: ``name`` (its path, where it has one) and ``type``; what it ``reads`` and ``makes`` (sizes with the
    batch in front, ``None`` where open), its ``kernel``, or the ``shape`` of a tensor; ``count``, ``macs`` and
    ``share`` (percent) as printed; ``own``: what its printed arguments make; ``depth`` in the tree; ``again``: a module
    that stood above already.
    """

    __slots__ = (
        "again", "count", "depth", "frozen", "kernel", "line_no", "macs", "makes", "name", "own", "reads", "shape",
        "share", "sources", "type",
    )  # fmt: skip

    def __init__(self, line_no: int, name: str = "", type: str = "") -> None:
        self.line_no, self.name, self.type = line_no, name, type
        self.reads: Sizes | None = None
        self.makes: Sizes | None = None
        self.kernel: Sizes | None = None
        self.shape: Sizes | None = None
        self.own: int | None = None
        self.count: Number | None = None
        self.macs: Number | None = None
        self.share: Number | None = None
        self.depth = 0
        self.again = False
        self.frozen: bool | None = None
        self.sources: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.line_no} {self.name or self.type} {self.count}>"

    @property
    def shown(self) -> str:
        """What a sentence calls it."""
        return self.name or self.type


class Figure:
    """A figure below the rows: ``total trainable frozen optimizer share macs`` or a size in bytes: ``input_bytes
    pass_bytes total_bytes weights_bytes``; ``of``: the figure that a size in brackets belongs to; ``unit``: bytes in
    one unit of a size.
    """

    __slots__ = ("number", "of", "unit", "what")

    def __init__(self, what: str, number: Number, unit: int = 1, of: str = "") -> None:
        self.what, self.number, self.unit, self.of = what, number, unit, of

    def __repr__(self) -> str:
        return f"<{self.what} {self.number}>"

    @property
    def line_no(self) -> int:
        """Where it stands."""
        return self.number.line_no


class Printout:
    """All of it: ``tool``, ``framework`` (``pytorch`` or ``keras``), rows, figures, and the lines that it takes.

    ``nests``: whether a row may be the sum of the rows below it.
    """

    __slots__ = ("described", "figures", "framework", "has_attention", "lines", "nests", "rows", "tool")

    def __init__(self, tool: str, framework: str = "pytorch", *, nests: bool = False) -> None:
        self.tool, self.framework, self.nests = tool, framework, nests
        self.has_attention = False
        """Whether attention of somebody's own is printed."""
        self.described: Described | None = None
        """What was read of it as a description already."""
        self.rows: list[Row] = []
        self.figures: list[Figure] = []
        self.lines: set[int] = set()

    def __repr__(self) -> str:
        return f"<{self.tool}: {len(self.rows)} rows, {self.figures}>"
