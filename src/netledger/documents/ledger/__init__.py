"""Ledger → Document: a row a layer, then totals, evidence, what was published, conventions, what is not known.

>>> from netledger.ledger import keep_books
>>> from netledger.network import Layer, Network
>>> fc = Layer("fc", "linear", {"out_features": 2, "in_features": 3})
>>> document = ledger_document(keep_books(Network("tiny", (fc,))))
>>> document.tables()[0].rows[0].cells[:2]
(Code(text='fc'), 'linear')
"""

from __future__ import annotations

from netledger.documents.ledger.columns import columns_named, default_columns
from netledger.documents.ledger.folding import grouped, likeness, lines_of, rows_of
from netledger.documents.ledger.totals import evidence_facts, total_facts
from netledger.documents.model import Document, Heading, Paragraph, Points, Row, Runs, Table
from netledger.errors import NotFoundError, nearest
from netledger.records import Record
from netledger.unknown import sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from netledger.documents.ledger.columns import Definition
    from netledger.documents.ledger.folding import Folded
    from netledger.documents.model import Block, Value
    from netledger.ledger import Entry, Ledger

_EXPLAINED = 12
_LISTED = 20
"""Most explanations and most Unknowns that are written out; how many more there are is said."""
_NAMED = 5
"""Layers of which nothing is known that are named for each reason."""


class View(Record):
    """How a ledger is to be shown.

    ``formulas``: ``numbers``, ``symbols``, ``both`` or ``none``. ``columns``: names of columns in order, ``None`` = the
    usual ones. ``depth``: path parts below which layers are summed up. ``layers``: patterns of paths, only these are
    shown and explained. ``fold``: whether repeated blocks share a row. ``groups``: whether layers of one path prefix
    stand under a row of their own. ``charts``: pictures as (quantity, shape), as ``documents.chart`` names them.
    ``data``: that nothing but the object for JSON is asked for, so that no row is made.
    """

    __slots__ = ("formulas", "columns", "depth", "layers", "fold", "groups", "charts", "data")
    formulas: str
    columns: tuple[str, ...] | None
    depth: int | None
    layers: tuple[str, ...]
    fold: bool
    groups: bool
    charts: tuple[tuple[str, str], ...]
    data: bool

    def __init__(
        self,
        formulas: str = "numbers",
        columns: tuple[str, ...] | None = None,
        depth: int | None = None,
        layers: tuple[str, ...] = (),
        fold: bool = True,
        groups: bool = False,
        charts: tuple[tuple[str, str], ...] = (),
        data: bool = False,
    ) -> None:
        self._fill(formulas, columns, depth, layers, fold, groups, charts, data)


def ledger_document(ledger: Ledger, view: View | None = None) -> Document:
    """What ``netledger show`` shows of a ledger."""
    view = view or View()
    named = view.formulas in ("symbols", "both") or ledger.network.meta.get("open") is True
    if view.data:
        columns_named(view.columns or ())
        return Document(_title(ledger), (), lambda: _data(ledger, selected(ledger, view.layers), named))
    table = _table(ledger, view)
    explained = _explanations(selected(ledger, view.layers)) if view.layers else []
    sums = _sums(ledger, named)
    blocks = [*_head(ledger), *_charts(ledger, view), table, *sums, *_troubles(ledger), *explained]
    return Document(_title(ledger), blocks, lambda: _data(ledger, selected(ledger, view.layers), named))


def _charts(ledger: Ledger, view: View) -> list[Block]:
    if not view.charts:
        return []
    from netledger.documents.ledger.chart import ledger_chart

    return [ledger_chart(ledger, quantity, shape) for quantity, shape in view.charts]


def selected(ledger: Ledger, patterns: Sequence[str]) -> tuple[Entry, ...]:
    """The entries whose path (or kind) fits one of the patterns: ``conv*``, ``fc6``; all where there is no pattern.

    A pattern that fits nothing is a ``NotFoundError`` with the nearest paths.
    """
    if not patterns:
        return ledger.entries
    from fnmatch import fnmatchcase

    chosen: dict[str, Entry] = {}
    for pattern in patterns:
        found = [entry for entry in ledger.entries if fnmatchcase(entry.path, pattern)]
        found = found or [entry for entry in ledger.entries if entry.path.startswith(pattern + ".")]
        found = found or [entry for entry in ledger.entries if fnmatchcase(entry.kind, pattern)]
        if not found:
            near = nearest(pattern, [entry.path for entry in ledger.entries])
            raise NotFoundError(f"no layer '{pattern}' in {ledger.network.name}", near=near)
        chosen.update((entry.path, entry) for entry in found)
    return tuple([entry for entry in ledger.entries if entry.path in chosen])


def _title(ledger: Ledger) -> str:
    network = ledger.network
    return f"{network.name}: {network.title}" if network.title else network.name


def _head(ledger: Ledger) -> list[Block]:
    network = ledger.network
    blocks: list[Block] = [Paragraph("Source: ", network.source)] if network.source else []
    if network.notes:
        blocks.append(Points(network.notes))
    return blocks


def _table(ledger: Ledger, view: View) -> Table:
    if view.layers or view.depth is not None or not view.fold:
        lines = lines_of(selected(ledger, view.layers), depth=view.depth, fold=view.fold)
    else:
        lines = rows_of(ledger)
    definitions = default_columns(ledger, view.formulas)
    if view.columns is not None:
        definitions = columns_named(view.columns, definitions)
    rows = []
    for group in grouped(lines) if view.groups else [("", lines)]:
        level = 0
        if group[0]:
            rows.append(_sum_row(f"{group[0]} ({len(group[1]):,})", group[1], ledger, definitions, "group"))
            level = 1
        cells = _cells(group[1], definitions, ledger)
        rows += [Row(own, level, line.repeat) for own, line in zip(cells, group[1], strict=True)]
    footer = [Row([definition.total(ledger) for definition in definitions], role="total")]
    layers = sum([len(line.entries) * line.repeat for line in lines])
    if view.layers and layers != len(ledger.entries):
        name = f"these {layers:,}" if layers != 1 else "this layer"
        footer.insert(0, _sum_row(name, lines, ledger, definitions, "total"))
    return Table([definition.column for definition in definitions], rows, footer)


def _cells(lines: list[Folded], definitions: list[Definition], ledger: Ledger) -> Iterator[list[Value]]:
    """The cells of each row; of layers that are counted alike, those are made once that they share."""
    own = [(place, definition.cell) for place, definition in enumerate(definitions) if definition.own]
    made: dict[Hashable, list[Value]] = {}
    for line in lines:
        like = likeness(line.entries[0]) if len(line.entries) == 1 else None
        alike = None if like is None else made.get((like, line.repeat))
        if alike is None:
            cells = [definition.cell(line, ledger) for definition in definitions]
            if like is not None:
                made[like, line.repeat] = cells
        else:
            cells = alike.copy()
            for place, cell in own:
                cells[place] = cell(line, ledger)
        yield cells


def _sum_row(name: str, lines: list[Folded], ledger: Ledger, definitions: list[Definition], role: str) -> Row:
    """The sum of some rows: of those shown where they are not all, or of a group."""
    cells: list[Value] = []
    for definition in definitions:
        value: Value = None
        if definition.column.name == "layer":
            value = name
        elif definition.column.kind == "number" and definition.column.name != "share":
            values = [definition.cell(line, ledger) for line in lines]
            value = sum_up(v for v in values if v is not None)  # type: ignore[misc]
        cells.append(value)
    return Row(cells, role=role)


def _sums(ledger: Ledger, named: bool) -> list[Block]:
    """Totals and evidence; ``named`` asks for the totals in the names of a family's sizes too."""
    if not named or ledger.network.meta.get("family") is None:
        return [*total_facts(ledger), *evidence_facts(ledger)]
    from netledger.documents.ledger.symbolic import symbolic_facts

    return [*total_facts(ledger), *symbolic_facts(ledger), *evidence_facts(ledger)]


def _troubles(ledger: Ledger) -> list[Block]:
    """Discrepancies and Unknowns, each with its reason."""
    from netledger.documents.model import Code, Verdict

    blocks: list[Block] = []
    if ledger.discrepancies:
        items = [
            Verdict(
                "wrong", Runs(Code(d.path), f": {d.what}: ", d.by_formula, " by formula, ", d.by_shape, " as stored")
            )
            for d in ledger.discrepancies
        ]
        blocks += [Heading("Discrepancies"), Points(_shortened(items))]
    unread = ledger.unread(_NAMED)
    if unread:
        items = [Verdict("unread", Runs(reason, ": ", *_paths(*told))) for reason, told in unread.items()]
        blocks += [Heading("Unknown"), Points(_shortened(items))]
    return blocks


def _paths(paths: list[str], count: int) -> list[Value]:
    """The first paths of so many."""
    from netledger.documents.model import Code

    parts: list[Value] = [part for path in paths for part in (Code(path), ", ")]
    return [*parts[:-1], f" and {count - len(paths):,} more"] if count > len(paths) else parts[:-1]


def _shortened(items: Sequence[Value]) -> list[Value]:
    more = len(items) - _LISTED
    return [*items[:_LISTED], f"and {more:,} more"] if more > 0 else list(items)


def _explanations(entries: tuple[Entry, ...]) -> list[Block]:
    """Sentences for the layers asked for; those without parameters only where nothing else is asked for."""
    from netledger.documents.ledger.explain import explanation, remarks

    telling = [entry for entry in entries if entry.parameters != 0] or list(entries)
    blocks: list[Block] = []
    if len(telling) == 1:
        blocks += [Paragraph(remark) for remark in remarks(telling[0])]
    return [*blocks, *[Paragraph(explanation(entry)) for entry in telling[:_EXPLAINED]]]


def _data(ledger: Ledger, entries: tuple[Entry, ...], named: bool) -> object:
    from netledger.documents.ledger.as_json import ledger_data

    data = ledger_data(ledger, entries)
    if named and ledger.network.meta.get("family") is not None:
        from netledger.documents.ledger.symbolic import symbolic_data

        data.update(symbolic_data(ledger))
    return data
