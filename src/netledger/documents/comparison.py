"""Comparison → Document: two networks layer by layer, what differs and why; several as a matrix.

>>> from netledger.compare import compare
>>> document = comparison_document(compare("alexnet", "alexnet/ungrouped"))
>>> [row.cells[0].text for row in document.tables()[0].rows if row.cells[-1].startswith("groups")]
['conv2', 'conv4', 'conv5']
"""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Facts, Heading, Paragraph, Row, Runs, Signed, Table
from netledger.unknown import Unknown, added, exactly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from netledger.compare import Comparison, Pair
    from netledger.compare import ComparisonRow as Match
    from netledger.compare.units import Unit
    from netledger.documents.model import Block, Value
    from netledger.ledger import Ledger

_FOLDED = 8
"""So many layers in a row that only one of the networks has become one line."""
_TERMS = 12
"""Most terms of a sum that are written out."""
_QUANTITIES = (("parameters", "parameters"), ("macs", "MACs"), ("neurons", "neurons"), ("buffers", "buffers"))


def comparison_document(comparison: Comparison, *, all: bool = False) -> Document:
    """What ``netledger compare`` shows; ``all`` shows the layers that are the same too."""
    names = [ledger.network.name for ledger in comparison.ledgers]
    if len(comparison.pairs) == 1:
        blocks = _pair(comparison.pairs[0], all)
        title = f"{names[0]} → {names[1]}"
    else:
        blocks = _matrix(comparison)
        title = f"{names[0]} and {len(names) - 1} others"
    return Document(title, blocks, lambda: comparison_data(comparison))


# ---------------------------------------------------------------------- two networks


def _pair(pair: Pair, all: bool) -> list[Block]:
    networks = [(word, ledger.network) for word, ledger in (("first", pair.left), ("second", pair.right))]
    blocks: list[Block] = [
        Facts(
            [
                (word, Runs(Code(network.name), f": {network.title}" if network.title else ""))
                for word, network in networks
            ]
        )
    ]
    same = len(pair.rows) - len(pair.changed)
    rows = pair.rows if all else pair.changed
    if rows:
        blocks.append(_layers(pair, rows, all))
    words = "Nothing differs: all " if not pair.changed else ""
    blocks.append(Paragraph(words, same, " layers are the same" if same != 1 else " layer is the same", "."))
    blocks.append(Facts(list(_sums(pair))))
    return blocks


def _layers(pair: Pair, rows: Sequence[Match], all: bool) -> Table:
    renamed = any(row.left and row.right and row.left.name != row.right.name for row in rows) or all
    alone = any(row.left is None for row in rows)
    columns = [Column("layer", "layer", wrap=True)]
    if renamed or alone:
        columns.append(Column("counterpart", "counterpart", priority=1, wrap=True))
    columns += [
        Column("output_first", "output before", "shape", priority=4),
        Column("output_second", "output after", "shape", priority=3),
        Column("parameters", "parameters", "number"),
        Column("macs", "MACs", "number", priority=2),
        Column("why", "what differs", wrap=True),
    ]
    both = len(columns) == 7
    shown = [_row(line, both) for line in (_folded(pair.rows) if not all else [[row] for row in rows])]
    footer = Row(
        ["total", *([""] if both else []), None, None, _signed(pair.difference("parameters")),
         _signed(pair.difference("macs")), ""], role="total",
    )  # fmt: skip
    return Table(columns, shown, [footer])


def _folded(rows: Sequence[Match]) -> Iterator[list[Match]]:
    """The rows that differ; runs of layers that only one side has are together where they are long."""
    run: list[Match] = []
    for row in rows:
        if run and _side(row) != _side(run[-1]):
            yield from _whole(run)
            run = []
        if _side(row) is not None:
            run.append(row)
        elif not row.same:
            yield [row]
    yield from _whole(run)


def _whole(run: list[Match]) -> list[list[Match]]:
    return [run] if len(run) >= _FOLDED else [[row] for row in run]


def _side(row: Match) -> str | None:
    return "second" if row.left is None else "first" if row.right is None else None


def _row(line: list[Match], both: bool) -> Row:
    first, last = line[0], line[-1]
    parameters, macs = added(*[row.parameters for row in line]), added(*[row.macs for row in line])
    names = [_names([getattr(row, side) for row in (first, last)]) for side in ("left", "right")]
    why = first.reason
    if len(line) > 1:
        why = f"only in the {_side(first)}: {len(line):,} layers"
    ends: list[Value] = [_output(last.left), _output(last.right)]
    cells: list[Value] = [names[0] if both else names[0] or names[1], *([names[1]] if both else []), *ends]
    return Row([*cells, _signed(parameters), _signed(macs), why])


def _names(units: list[Unit | None]) -> Value:
    found = [unit.name for unit in units if unit is not None]
    if not found:
        return None
    return Code(found[0] if found[0] == found[-1] else f"{found[0]} … {found[-1]}")


def _output(unit: Unit | None) -> Value:
    return None if unit is None else unit.output


def _signed(value: int | Unknown) -> Value:
    return value if isinstance(value, Unknown) else Signed(value)


def _sums(pair: Pair) -> Iterator[tuple[str, Value]]:
    """Each total on both sides, its difference, and the differences of the layers that it is the sum of."""
    for total, word in _QUANTITIES:
        before, after = getattr(pair.left.totals, total), getattr(pair.right.totals, total)
        difference = pair.difference(total)
        if difference == 0:
            if before != 0:
                yield word, Runs(before, " in both")
            continue
        values: list[Value] = [before, " → ", after]
        if isinstance(difference, int):
            values += [": ", Signed(difference), *_terms(pair, total)]
        else:
            values.append(": the difference is not known")
        yield word, Runs(*values)


def _terms(pair: Pair, total: str) -> list[Value]:
    if total not in ("parameters", "macs", "buffers"):
        return []
    parts = [value for value in (getattr(row, total) for row in pair.rows) if value]
    if not 1 < len(parts) <= _TERMS:
        return []
    words: list[Value] = [" = "]
    for i, value in enumerate(parts):
        words += [(" + " if value > 0 else " - ") if i else ("" if value > 0 else "-"), abs(value)]
    return words


# ---------------------------------------------------------------------- several networks


def _matrix(comparison: Comparison) -> list[Block]:
    first = comparison.ledgers[0]
    overview = Table(
        (
            Column("network", "network"), Column("title", "what it is", priority=3, wrap=True),
            Column("parameters", "parameters", "number"), Column("parameters_difference", "difference", "number"),
            Column("macs", "MACs", "number", priority=1), Column("macs_difference", "difference", "number", priority=2),
        ),
        [_network(first, ledger) for ledger in comparison.ledgers],
    )  # fmt: skip
    names = _unique([ledger.network.name for ledger in comparison.ledgers])
    return [
        overview, Heading("Parameters, column minus row"), _differences(comparison.ledgers, names),
        Heading("Parameters, layer by layer"), _by_layer(comparison, names),
    ]  # fmt: skip


def _unique(names: list[str]) -> list[str]:
    return [name if name not in names[:i] else f"{name} #{names[:i].count(name) + 1}" for i, name in enumerate(names)]


def _network(first: Ledger, ledger: Ledger) -> Row:
    cells: list[Value] = [Code(ledger.network.name), ledger.network.title]
    for total in ("parameters", "macs"):
        count = getattr(ledger.totals, total)
        cells += [count, _signed(count - getattr(first.totals, total))]
    return Row(cells)


def _differences(ledgers: Sequence[Ledger], names: list[str]) -> Table:
    columns = [Column("network", "network"), *[Column(name, name, "number", i) for i, name in enumerate(names)]]
    rows = [
        Row([Code(name), *[_signed(other.totals.parameters - ledger.totals.parameters) for other in ledgers]])
        for name, ledger in zip(names, ledgers, strict=True)
    ]
    return Table(columns, rows)


def _by_layer(comparison: Comparison, names: list[str]) -> Table:
    """The first network's layers that count something in any; what others have besides is one row."""
    matched = [
        {row.left.name: row.right for row in pair.rows if row.left is not None and row.right is not None}
        for pair in comparison.pairs
    ]
    rows = []
    for unit in [row.left for row in comparison.pairs[0].rows if row.left is not None]:
        others = [found.get(unit.name) for found in matched]
        values = [unit.parameters, *[other.parameters if other is not None else None for other in others]]
        if any(value for value in values):
            rows.append(Row([Code(unit.name), *values]))
    besides = [
        added(*[row.right.parameters for row in pair.rows if row.left is None and row.right is not None])
        for pair in comparison.pairs
    ]
    if any(besides):
        rows.append(Row(["layers without a counterpart", None, *besides]))
    footer = Row(["total", *[ledger.totals.parameters for ledger in comparison.ledgers]], role="total")
    columns = [Column("layer", f"layer of {names[0]}"), *[Column(n, n, "number", i) for i, n in enumerate(names)]]
    return Table(columns, rows, [footer])


# ---------------------------------------------------------------------- data


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain data, versioned; an Unknown is null."""
    return {
        "schema": "netledger.comparison/1",
        "networks": [
            {
                "name": ledger.network.name,
                "title": ledger.network.title,
                **{name: exactly(count) for name, count in ledger.totals.as_dict().items()},
            }
            for ledger in comparison.ledgers
        ],
        "pairs": [_pair_data(pair) for pair in comparison.pairs],
    }


def _pair_data(pair: Pair) -> dict[str, Any]:
    return {
        "first": pair.left.network.name,
        "second": pair.right.network.name,
        "difference": {total: _plain(pair.difference(total)) for total, _ in _QUANTITIES},
        "layers": [_row_data(row) for row in pair.rows],
    }


def _row_data(row: Match) -> dict[str, Any]:
    return {
        "first": _unit_data(row.left),
        "second": _unit_data(row.right),
        "same": row.same,
        "changes": [
            {"what": c.what, "before": _plain(c.before), "after": _plain(c.after), "words": c.words}
            for c in row.changes
        ],
        **{name: _plain(getattr(row, name)) for name in ("parameters", "weights", "biases", "macs", "buffers")},
        "reason": row.reason,
    }


def _unit_data(unit: Unit | None) -> dict[str, Any] | None:
    if unit is None:
        return None
    return {
        "paths": list(unit.paths),
        "kind": unit.kind,
        "output_shape": _plain(unit.output),
        "parameters": _plain(unit.parameters),
        "macs": _plain(unit.macs),
        "formula": [entry.formula.text() for entry in unit.entries],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, bool | int | float | str) else None
