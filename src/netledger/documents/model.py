"""What is to be shown, before it is text, Markdown, LaTeX, CSV, JSON or HTML.

A :class:`Document` is a title and blocks: :class:`Heading`, :class:`Paragraph`, :class:`Points`, :class:`Facts`,
:class:`Listing` and :class:`Table`. What stands in a paragraph or in a cell is a *value*, not text, so that every
renderer writes it in its own way:

- ``str``: text, from wherever; every renderer escapes it. ``None``: nothing.
- ``int``, :class:`~netledger.unknown.Unknown`, :class:`~netledger.unknown.Count`: ``1,234``, ``?``, ``≥ 1,234``.
- :class:`~netledger.formula.Formula`: with its numbers; :class:`Written` says otherwise.
- a ``tuple`` of sizes: a shape, ``96×55×55``.
- :class:`Code`, :class:`Emphasis`, :class:`Share`, :class:`Quantity`, :class:`Signed`, :class:`Verdict`.
- :class:`Runs`: several values, one after the other.

>>> table = Table(
...     (Column("layer", "layer"), Column("parameters", "parameters", "number")),
...     (Row(("conv1", 34944)), Row(("relu1", 0))),
...     (Row(("total", 34944)),),
... )
>>> document = Document("tiny", (Heading("Layers"), table, Paragraph("It has ", 34944, " parameters.")))
>>> document.tables()[0].column("parameters")
1
"""

from __future__ import annotations

from netledger.records import Record, become

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction
    from typing import Any, TypeAlias, Union

    from netledger.documents.ledger.chart import Chart
    from netledger.formula import Formula
    from netledger.network import Shape
    from netledger.unknown import Count, Unknown

    Plain: TypeAlias = str | int | Unknown | Count | Formula | Shape | None
    Value: TypeAlias = Union[  # noqa: UP007 - names of classes that come below
        Plain, "Code", "Emphasis", "Written", "Share", "Quantity", "Signed", "Verdict", "Runs"
    ]
    """Anything that may stand in a cell or a paragraph."""
    Block: TypeAlias = Union["Heading", "Paragraph", "Points", "Facts", "Listing", "Table", Chart]  # noqa: UP007

# ---------------------------------------------------------------------- values


class Code(Record):
    """A name, a path, something to type: set in a typewriter face where there is one."""

    __slots__ = ("text",)
    text: str

    def __init__(self, text: str) -> None:
        self._fill(text)


class Emphasis(Record):
    """Words that carry the sentence."""

    __slots__ = ("text",)
    text: str

    def __init__(self, text: str) -> None:
        self._fill(text)


class Written(Record):
    """A formula with its symbols instead of its numbers (a bare Formula is written with its numbers)."""

    __slots__ = ("formula", "symbols")
    formula: Formula
    symbols: bool

    def __init__(self, formula: Formula, symbols: bool = True) -> None:
        self._fill(formula, symbols)


class Share(Record):
    """A part of a whole, written in per cent: ``61.9%``; nothing where the whole is 0."""

    __slots__ = ("part", "whole")
    part: int
    whole: int

    def __init__(self, part: int, whole: int) -> None:
        self._fill(part, whole)


class Quantity(Record):
    """A measured or derived number with its unit: ``243.9 MB``, ``1.002 ×``; ``digits`` are those after the point.

    The number is ``number/per``, exactly rounded where both are integers: ``Quantity(243860896, "MB", per=10**6)``.
    """

    __slots__ = ("number", "unit", "digits", "per")
    number: int | float | Fraction
    unit: str
    digits: int
    per: int

    def __init__(self, number: int | float | Fraction, unit: str = "", digits: int = 1, per: int = 1) -> None:
        self._fill(number, unit, digits, per)


class Signed(Record):
    """A difference, written with its sign: ``+307,200``; nothing differs: ``0``."""

    __slots__ = ("number",)
    number: int

    def __init__(self, number: int) -> None:
        self._fill(number)


class Verdict(Record):
    """A judgement: ``status`` is ``ok`` (✓), ``wrong`` (✗), ``note`` (•) or ``unread`` (?); then what it says."""

    __slots__ = ("status", "text")
    status: str
    text: Value

    def __init__(self, status: str, text: Value = "") -> None:
        if status not in ("ok", "wrong", "note", "unread"):
            raise ValueError(f"a verdict is ok, wrong, note or unread, not {status!r}")
        self._fill(status, text)


class _Row(Record):
    """Any number of values, given one by one."""

    __slots__ = ("values",)
    values: tuple[Value, ...]

    def __init__(self, *values: Value) -> None:
        self._fill(values)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.values


class Runs(_Row):
    """Several values, one after the other: ``Runs("conv2 has ", 256, " filters")``."""

    __slots__ = ()


# ---------------------------------------------------------------------- blocks


class Heading(Record):
    """A heading; ``level`` 1 is right under the document's title."""

    __slots__ = ("text", "level")
    text: str
    level: int

    def __init__(self, text: str, level: int = 1) -> None:
        self._fill(text, level)


class Paragraph(_Row):
    """A paragraph of values: ``Paragraph("conv2 has ", 256, " filters")``."""

    __slots__ = ()


class Points(Record):
    """A list of remarks, one value (mostly :class:`Runs`) each."""

    __slots__ = ("items",)
    items: tuple[Value, ...]

    def __init__(self, items: Sequence[Value]) -> None:
        self._fill(tuple(items))


class Facts(Record):
    """Names with what is said of each: ``parameters   60,965,224 = 60,954,656 weights + 10,568 biases``."""

    __slots__ = ("items",)
    items: tuple[tuple[str, Value], ...]

    def __init__(self, items: Sequence[tuple[str, Value]]) -> None:
        self._fill(tuple(items))


class Listing(Record):
    """Text to be shown as it is, line by line: a description, a calculation, a command.

    ``roles`` says what each line is (``ok``, ``wrong``, ``note``, ``unread`` or ""), for renderers that have colours.
    """

    __slots__ = ("text", "language", "roles")
    text: str
    language: str
    roles: tuple[str, ...]

    def __init__(self, text: str, language: str = "", roles: tuple[str, ...] = ()) -> None:
        self._fill(text, language, roles)


KINDS = ("text", "name", "number", "formula", "shape", "verdict")
"""What a column holds: it decides the alignment (numbers right) and what may be broken over lines."""


class Column(Record):
    """One column of a table.

    ``name`` is what ``--columns`` and CSV call it, ``title`` what is printed. Where the width does not suffice, columns
    are left out from the highest ``priority`` down; those of priority 0 stay. Only a column with ``wrap`` may be
    broken over lines, and a number never is.
    """

    __slots__ = ("name", "title", "kind", "priority", "wrap")
    name: str
    title: str
    kind: str
    priority: int
    wrap: bool

    def __init__(self, name: str, title: str, kind: str = "text", priority: int = 0, wrap: bool = False) -> None:
        if kind not in KINDS:
            raise ValueError(f"a column's kind is one of {', '.join(KINDS)}, not {kind!r}")
        self._fill(name, title, kind, priority, wrap)


class Row(Record, many=True):
    """One row: a value for each column.

    ``level`` indents the first cell (a tree), ``repeat`` says how many times the row stands for (``×3``), ``role`` is
    ``""``, ``group`` (the heading of the rows below it) or ``total``; ``notes`` are explanations shown under the row.
    """

    __slots__ = ("cells", "level", "repeat", "role", "notes")
    cells: tuple[Value, ...]
    level: int
    repeat: int
    role: str
    notes: tuple[Value, ...]

    def __init__(
        self, cells: Sequence[Value], level: int = 0, repeat: int = 1, role: str = "", notes: Sequence[Value] = ()
    ) -> None:
        row = type(self)
        become(self, row.Draft)
        self.cells, self.level, self.repeat, self.role, self.notes = tuple(cells), level, repeat, role, tuple(notes)
        become(self, row)


class Table(Record):
    """Columns, rows, footer rows (totals) and a caption."""

    __slots__ = ("columns", "rows", "footer", "caption")
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footer: tuple[Row, ...]
    caption: str

    def __init__(
        self, columns: Sequence[Column], rows: Sequence[Row], footer: Sequence[Row] = (), caption: str = ""
    ) -> None:
        for row in (*rows, *footer):
            if len(row.cells) != len(columns):
                raise ValueError(f"a row of {len(row.cells)} cells in a table of {len(columns)} columns")
        self._fill(tuple(columns), tuple(rows), tuple(footer), caption)

    def column(self, name: str) -> int:
        """The place of a column; a ``KeyError`` where there is none of that name."""
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place
        raise KeyError(name)


class Document(Record):
    """A title and blocks; ``data`` gives the object that JSON shows (``None``: the blocks themselves, as data)."""

    __slots__ = ("title", "blocks", "data")
    title: str
    blocks: tuple[Block, ...]
    data: Callable[[], Any] | None

    def __init__(self, title: str, blocks: Sequence[Block], data: Callable[[], Any] | None = None) -> None:
        self._fill(title, tuple(blocks), data)

    def tables(self) -> tuple[Table, ...]:
        """The tables in it, in order."""
        return tuple([block for block in self.blocks if isinstance(block, Table)])
