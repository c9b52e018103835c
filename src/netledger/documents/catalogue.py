"""The catalogue → Document: one network a row; of one family whether its members group and normalise."""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Paragraph, Row, Runs, Table
from netledger.errors import NotFoundError, nearest
from netledger.ledger.figures import indexed, told
from netledger.unknown import exactly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.documents.model import Value

    Told = dict[str, Any]

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

    own = set(catalogue.names()) if family is None else set(names)
    listed = _told([name for name in names if name in own])
    if family is not None:
        listed.sort(key=lambda one: (one["year"] or 9999, one["name"]))
    columns: tuple[Column, ...] = (*COLUMNS, DIFFERS)
    if family is None:
        kept = [column for column in COLUMNS if column.name not in _OF_A_FAMILY]
        columns = tuple([_unbroken(column) for column in kept])
    rows = _grouped(listed, columns) if grouped else [_row(one, columns) for one in listed]
    blocks: list[Any] = [Table(columns, rows)]
    if family is not None and len(listed) > 1:
        blocks.append(_answer(listed))
    if family is None:
        blocks.append(_models([name for name in names if name not in own]))
    title = f"The catalogue: {family}" if family is not None else "The catalogue"
    return Document(title, blocks, lambda: _data(listed))


def _unbroken(column: Column) -> Column:
    """A column of the whole catalogue: a network is one line, so titles go first where not all of them fit."""
    last = {"title": 9, "input": 8}
    return column.replace(wrap=column.name == "network", priority=last.get(column.name, column.priority))


def _told(names: Sequence[str]) -> list[Told]:
    """What is told of each: from the index where there is one; else its books are kept."""
    known = {entry.name: entry.told for entry in indexed()}
    found = []
    for name in names:
        if name not in known:
            from netledger.catalogue import load
            from netledger.ledger import keep_books

            found.append(told(keep_books(load(name))))
        else:
            found.append(known[name])
    return found


def _grouped(listed: Sequence[Told], columns: Sequence[Column]) -> list[Row]:
    """Their rows, those of a family of several under its name."""
    rows: list[Row] = []
    families: dict[str, list[Told]] = {}
    for one in listed:
        first = one["name"].partition("/")[0]
        letters = next((place for place, sign in enumerate(first) if not sign.isalpha()), len(first))
        families.setdefault(first[:letters], []).append(one)  # vgg11_bn is one of vgg, too
    for name, inside in families.items():
        if len(inside) > 1:
            words = f"{name}: {len(inside)} networks"
            rows.append(Row((words, *[None] * (len(columns) - 1)), role="group"))
        rows += [_row(one, columns, int(len(inside) > 1)) for one in inside]
    return rows


def _row(one: Told, columns: Sequence[Column], level: int = 0) -> Row:
    year, differs = one["year"], one["differs"]
    cells: dict[str, Value] = {
        **one,
        "network": Code(one["name"]),
        "year": "" if year is None else str(year),
        "differs": "" if differs is None else str(differs),
    }
    return Row([cells[column.name] for column in columns], level)


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


def _answer(listed: Sequence[Told]) -> Paragraph:
    """Do newer implementations group? Counted, not claimed."""
    grouped = [one for one in listed if one["groups"] != "none"]
    normalised = [one for one in listed if one["normalisation"] != "none"]
    words: list[Value] = [len(grouped), " of ", len(listed), " group their convolutions, "]
    words += [len(normalised), " normalise"]
    dated = [one for one in listed if isinstance(one["year"], int)]
    if grouped and len(dated) > 1:
        middle = sorted(one["year"] for one in dated)[len(dated) // 2]
        for words_before, chosen in (
            (f"; of those before {middle} ", [one for one in dated if one["year"] < middle]),
            (f", of those since {middle} ", [one for one in dated if one["year"] >= middle]),
        ):
            group = [one for one in chosen if one["groups"] != "none"]
            words += [words_before, len(group), " of ", len(chosen), " group"]
    return Paragraph(Runs(*words, "."))


_DATA = ("name", "title", "source", "year", "family", "groups", "normalisation", "differs")


def _data(listed: Sequence[Told]) -> object:
    return {
        "schema": "netledger.catalogue/1",
        "networks": [
            {
                **{key: one[key] for key in _DATA},
                "parameters": exactly(one["parameters"]),
                "macs": exactly(one["macs"]),
                "published": one["published"],
            }
            for one in listed
        ],
    }
