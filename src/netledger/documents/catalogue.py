"""The catalogue → Document: one network a row; of one family whether its members group and normalise."""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Facts, Paragraph, Row, Runs, Table
from netledger.errors import NotFoundError, nearest
from netledger.ledger.figures import indexed, told
from netledger.unknown import exactly, least

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


_FAMILY = (
    Column("family", "family", "name"),
    Column("networks", "networks", "number"),
    Column("years", "years", priority=2),
    Column("parameters", "parameters", "number"),
    Column("macs", "MACs", "number", priority=1),
)
"""What the page of the whole catalogue says of a family; ``netledger list alexnet`` has its networks."""
_OF_A_FAMILY = ("groups", "normalisation")
"""What tells the members of a family apart, and is left to the list of one."""


def catalogue_document(
    names: Sequence[str], family: str | None, *, grouped: bool = False, fitted: bool = False
) -> Document:
    """The table of these networks; ``grouped`` shows the whole catalogue on one page, its families first; ``fitted``
    leaves out columns of a family that are empty, for those who look at it.
    """
    from netledger import catalogue

    own = set(catalogue.names()) if family is None else set(names)
    listed = _told([name for name in names if name in own])
    if family is not None:
        listed.sort(key=lambda one: (one["year"] or 9999, one["name"]))
    columns: tuple[Column, ...] = (*COLUMNS, DIFFERS)
    if family is None:
        kept = [column for column in COLUMNS if column.name not in _OF_A_FAMILY]
        columns = tuple([_unbroken(column) for column in kept])
    elif fitted:
        columns = tuple([column for column in columns if _says_something(column.name, listed)])
    table = Table(_FAMILY, _families(listed)) if grouped else Table(columns, [_row(one, columns) for one in listed])
    blocks: list[Any] = [table]
    if family is not None and len(listed) > 1 and _says_something("groups", listed):
        blocks.append(_answer(listed))
    if family is None:
        blocks += _models()
    title = f"The catalogue: {family}" if family is not None else "The catalogue"
    return Document(title, blocks, lambda: _data(listed))


def _says_something(column: str, listed: Sequence[Told]) -> bool:
    """Whether a column of a family is not empty; whether models group convolutions that they do not have is no news."""
    if column == "groups" and not any(one["year"] for one in listed):
        return any(one["groups"] != "none" for one in listed)
    return column not in ("year", "differs") or any(one[column] not in (None, "") for one in listed)


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


def _families(listed: Sequence[Told]) -> list[Row]:
    """One row for each family: the networks that begin with the same word."""
    families: dict[str, list[Told]] = {}
    for one in listed:
        first = one["name"].partition("/")[0]
        letters = next((place for place, sign in enumerate(first) if not sign.isalpha()), len(first))
        families.setdefault(first[:letters], []).append(one)  # vgg11_bn is one of vgg, too
    rows = []
    for inside in families.values():
        years = [str(one["year"]) for one in inside if one["year"] is not None]
        heads = [one["name"] for one in inside if "/" not in one["name"]]
        name = _shared(heads)
        cells: dict[str, Value] = {
            "family": Code(name),
            "networks": len(inside),
            "years": _range(sorted(set(years))),
            "parameters": _range(sorted({one["parameters"] for one in inside}, key=least)),
            "macs": _range(sorted({one["macs"] for one in inside}, key=least)),
        }
        rows.append(Row([cells[column.name] for column in _FAMILY]))
    return rows


def _range(values: Sequence[Any]) -> Value:
    """One value, or the least and the greatest of several."""
    if len(values) < 2:
        return values[0] if values else ""
    return Runs(values[0], " – ", values[-1])


def _shared(names: Sequence[str]) -> str:
    """What names begin with, numbers and a letter that stands alone left out; one name is itself.

    >>> _shared(["resnet18", "resnet101"]), _shared(["vit-b-16", "vit-b-32"]), _shared(["unet"])
    ('resnet', 'vit', 'unet')
    >>> _shared(["wide_resnet50_2", "wide_resnet101_2"]), _shared(["mixtral-8x7b", "mixtral-8x22b"])
    ('wide_resnet', 'mixtral')
    >>> _shared(["t5-small", "t5-base"]), _shared(["vgg11", "vgg11_bn"])
    ('t5', 'vgg11')
    """
    first, last = min(names), max(names)
    if first == last:
        return first
    same = next((place for place, sign in enumerate(first) if last[place : place + 1] != sign), len(first))
    if last[same : same + 1] in "-_":  # the shorter is a whole word of the longer
        return first[:same].rstrip("-_.")
    shared = word = first[:same].rstrip("-_.")
    while len(word) > 2 and (word[-1] in "0123456789-_." or word[-2] in "0123456789-_"):
        word = word[:-1]  # of shufflenet_v2_x, shufflenet
    return word if len(word) > 2 else shared


def _row(one: Told, columns: Sequence[Column]) -> Row:
    year, differs = one["year"], one["differs"]
    cells: dict[str, Value] = {
        **one,
        "network": Code(one["name"]),
        "year": "" if year is None else str(year),
        "differs": "" if differs is None else str(differs),
    }
    return Row([cells[column.name] for column in columns])


def _models() -> list[Any]:
    """The models that are a family with values: what their names begin with, under the headings of their files."""
    from netledger.catalogue.model_entries import shelves

    number, facts = 0, []
    for heading, names in shelves():
        number += len(names)
        groups: dict[str, list[str]] = {}
        for name in names:
            word = name.partition("-")[0].partition("_")[0]
            letters = next((place for place, sign in enumerate(word) if not sign.isalpha()), len(word))
            groups.setdefault(word[:letters] if len(word) > 3 else word, []).append(name)
        said = [(_shared(group), len(group)) for group in groups.values()]
        facts.append((heading, ", ".join([f"{name} ({count})" if count > 1 else name for name, count in said])))
    return [
        Paragraph(f"And {number} models that are a family with its sizes; netledger list llama shows some:"),
        Facts(facts),
    ]


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
