"""The catalogue → Document: one network a row; of one family whether its members group and normalise."""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Paragraph, Row, Runs, Table
from netledger.errors import NotFoundError, nearest
from netledger.unknown import exactly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.documents.model import Value
    from netledger.ledger import Ledger
    from netledger.network import Network

_NORMS = ("local_response_norm", "batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm")

COLUMNS = (
    Column("network", "network", "name", wrap=True),
    Column("year", "year", priority=4),
    Column("title", "what it is", priority=3, wrap=True),
    Column("groups", "groups", priority=1, wrap=True),
    Column("normalisation", "normalisation", priority=2, wrap=True),
    Column("input", "input", "shape", priority=6),
    Column("parameters", "parameters", "number"),
    Column("macs", "MACs", "number", priority=5),
)
DIFFERS = Column("differs", "differs from the paper's", priority=7, wrap=True)


def members(family: str | None) -> list[str]:
    """The names in the catalogue: all, or a network with its variants (``alexnet``, ``alexnet/caffe``, …), or
    the models of a family (``llama``, ``whisper``).
    """
    from netledger import catalogue

    names = [*catalogue.names(), *catalogue.models()]
    if family is None:
        return names
    found = [name for name in names if name == family or name.startswith(family + "/")]
    found = [*found, *[name for name in names if name not in found and name.startswith(family.lower())]]
    if not found and catalogue.resolve(family):
        found = [str(catalogue.resolve(family))]
    if not found:
        raise NotFoundError(f"no network '{family}' in the catalogue", near=nearest(family, names))
    return found


_OF_A_FAMILY = ("groups", "normalisation")
"""What tells the members of a family apart, and is left to the list of one."""


def catalogue_document(names: Sequence[str], family: str | None, *, grouped: bool = False) -> Document:
    """The table of these networks; ``grouped`` puts a heading above those of one family."""
    from netledger import catalogue
    from netledger.ledger import keep_books

    own = set(catalogue.names()) if family is None else set(names)
    ledgers = [keep_books(catalogue.load(name)) for name in names if name in own]
    if family is not None:
        ledgers.sort(key=lambda ledger: (ledger.network.meta.get("year") or 9999, ledger.network.name))
    columns: tuple[Column, ...] = (*COLUMNS, DIFFERS)
    if family is None:
        kept = [column for column in COLUMNS if column.name not in _OF_A_FAMILY]
        columns = tuple([_unbroken(column) for column in kept])
    rows = _grouped(ledgers, columns) if grouped else [_row(ledger, columns) for ledger in ledgers]
    blocks: list[Any] = [Table(columns, rows)]
    if family is not None and len(ledgers) > 1:
        blocks.append(_answer(ledgers))
    if family is None:
        blocks.append(_models([name for name in names if name not in own]))
    title = f"The catalogue: {family}" if family is not None else "The catalogue"
    return Document(title, blocks, lambda: _data(ledgers))


def _unbroken(column: Column) -> Column:
    """A column of the whole catalogue: a network is one line, so titles go first where not all of them fit."""
    last = {"title": 9, "input": 8}
    return column.replace(wrap=column.name == "network", priority=last.get(column.name, column.priority))


def _grouped(ledgers: Sequence[Ledger], columns: Sequence[Column]) -> list[Row]:
    """Their rows, those of a family of several under its name."""
    rows: list[Row] = []
    families: dict[str, list[Ledger]] = {}
    for ledger in ledgers:
        families.setdefault(ledger.network.name.partition("/")[0].rstrip("0123456789_") or "", []).append(ledger)
    for name, inside in families.items():
        if len(inside) > 1:
            words = f"{name.split('_')[0].rstrip('0123456789')}: {len(inside)} networks"
            rows.append(Row((words, *[None] * (len(columns) - 1)), role="group"))
        rows += [_row(ledger, columns, int(len(inside) > 1)) for ledger in inside]
    return rows


def _row(ledger: Ledger, columns: Sequence[Column], level: int = 0) -> Row:
    network = ledger.network
    cells: dict[str, Value] = {
        "network": Code(network.name),
        "year": str(network.meta.get("year", "")),
        "title": network.title,
        "groups": groups_of(network),
        "normalisation": normalisation_of(network),
        "input": network.inputs()[0].attributes.get("shape") if network.inputs() else None,
        "parameters": ledger.totals.parameters,
        "macs": ledger.totals.macs,
        "differs": str(network.meta.get("differs", "")),
    }
    return Row([cells[column.name] for column in columns], level)


def groups_of(network: Network) -> str:
    """Which convolutions are grouped, ``2 in conv2, conv4, conv5``: as its file states, else as its layers are."""
    stated = network.meta.get("groups")
    if isinstance(stated, str):
        return stated
    grouped: dict[int, list[str]] = {}
    for layer in network.layers:
        groups = layer.attributes.get("groups", 1)
        if layer.kind.startswith("conv") and isinstance(groups, int) and groups > 1:
            grouped.setdefault(groups, []).append(layer.path)
    if not grouped:
        return "none"
    layers = sum(len(paths) for paths in grouped.values())
    if layers > 6:
        return f"in {layers} convolutions"
    return "; ".join([f"{groups} in {', '.join(paths)}" for groups, paths in grouped.items()])


def normalisation_of(network: Network) -> str:
    """How it normalises: as its file states, else the kinds of its layers."""
    stated = network.meta.get("normalisation")
    if isinstance(stated, str):
        return stated
    found = [kind for kind in _NORMS if any(layer.kind == kind for layer in network.layers)]
    return ", ".join(kind.replace("_", " ") for kind in found) or "none"


def _models(names: Sequence[str]) -> Paragraph:
    """The models that are a family with values, by the first word of their names."""
    groups: dict[str, int] = {}
    for name in names:
        word = name.partition("-")[0].partition("_")[0]
        stem = word.rstrip("0123456789.") if len(word) > 3 else word
        groups[stem] = groups.get(stem, 0) + 1
    listed = ", ".join([f"{stem} ({count})" if count > 1 else stem for stem, count in groups.items()])
    return Paragraph(
        f"And {len(names)} models that are a family with its sizes: {listed}. netledger list llama shows some."
    )


def _answer(ledgers: Sequence[Ledger]) -> Paragraph:
    """Do newer implementations group? Counted, not claimed."""
    grouped = [ledger for ledger in ledgers if groups_of(ledger.network) != "none"]
    normalised = [ledger for ledger in ledgers if normalisation_of(ledger.network) != "none"]
    words: list[Value] = [len(grouped), " of ", len(ledgers), " group their convolutions, "]
    words += [len(normalised), " normalise"]
    dated = [ledger for ledger in ledgers if isinstance(ledger.network.meta.get("year"), int)]
    if grouped and len(dated) > 1:
        middle = sorted(ledger.network.meta["year"] for ledger in dated)[len(dated) // 2]
        for words_before, chosen in (
            (f"; of those before {middle} ", [one for one in dated if one.network.meta["year"] < middle]),
            (f", of those since {middle} ", [one for one in dated if one.network.meta["year"] >= middle]),
        ):
            group = [one for one in chosen if groups_of(one.network) != "none"]
            words += [words_before, len(group), " of ", len(chosen), " group"]
    return Paragraph(Runs(*words, "."))


def _data(ledgers: Sequence[Ledger]) -> object:
    return {
        "schema": "netledger.catalogue/1",
        "networks": [
            {
                "name": ledger.network.name,
                "title": ledger.network.title,
                "source": ledger.network.source,
                "year": ledger.network.meta.get("year"),
                "family": ledger.network.meta.get("family"),
                "groups": groups_of(ledger.network),
                "normalisation": normalisation_of(ledger.network),
                "differs": ledger.network.meta.get("differs"),
                "parameters": exactly(ledger.totals.parameters),
                "macs": exactly(ledger.totals.macs),
                "published": {name: str(value) for name, value in ledger.network.published.items()},
            }
            for ledger in ledgers
        ],
    }
