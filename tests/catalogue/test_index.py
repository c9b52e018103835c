"""The index of the catalogue: what it holds, and that a list of the catalogue keeps no books where it is at hand."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from netledger import catalogue, ledger
from netledger.documents.catalogue import catalogue_document
from netledger.documents.model import Table
from netledger.ledger import figures


@pytest.fixture(scope="module")
def index() -> ModuleType:
    """The module that a build writes, read back."""
    module = ModuleType("netledger._figures")
    exec(figures.source_text(), module.__dict__)
    return module


def test_the_index_is_written_and_read_back_whole(index: ModuleType) -> None:
    assert [row[0] for row in index.ROWS] == catalogue.names()
    alexnet = next(figures.Listed(*row) for row in index.ROWS if row[0] == "alexnet")
    assert (alexnet.parameters, alexnet.told["parameters"]) == (60_965_224, 60_965_224)
    assert (alexnet.told["year"], alexnet.told["groups"]) == (2012, "2 in conv2, conv4, conv5")
    assert tuple(alexnet.told["input"]) == (3, 224, 224) or tuple(alexnet.told["input"]) == (3, 227, 227)


@pytest.mark.parametrize("family", [None, "alexnet"])
def test_a_list_keeps_no_books_where_the_index_is(
    index: ModuleType, family: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "netledger._figures", None)  # type: ignore[arg-type]
    monkeypatch.setattr(figures, "_entries", ())
    names = [name for name in catalogue.names() if family is None or name.startswith(family)]
    without = catalogue_document(names, family)
    kept: list[object] = []
    monkeypatch.setitem(sys.modules, "netledger._figures", index)
    monkeypatch.setattr(ledger, "keep_books", kept.append)
    with_index = catalogue_document(names, family)
    assert kept == []
    assert with_index.data is not None
    assert without.data is not None
    assert with_index.data() == without.data()
    ours, theirs = (next(b for b in d.blocks if isinstance(b, Table)) for d in (with_index, without))
    assert [row.cells for row in ours.rows] == [row.cells for row in theirs.rows]
