"""What every renderer prints, kept as files; ``pytest tests/golden --refresh-golden`` writes them anew.

The files are only as good as the numbers in them, so these are checked against published figures here, not only against
the last run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import netledger
from netledger.documents.ledger import View, ledger_document
from netledger.ledger import Ledger, keep_books
from netledger.renderers import COMPLETE, RENDERERS, RenderOptions, render
from tests.networks import oddities
from tests.support import DATA

FILES = Path(__file__).parent / "files"
SUFFIX = {"text": "txt", "markdown": "md", "latex": "tex", "terminal": "ansi", "typst": "typ"}


def alexnet() -> Ledger:
    """Without the catalogue's notes, which may be reworded."""
    network = netledger.read("alexnet")
    return keep_books(network.replace(notes=(), published={"parameters": 60_965_224, "neurons": "650,000"}, meta={}))


LEDGERS: dict[str, Callable[[], Ledger]] = {"alexnet": alexnet, "oddities": lambda: keep_books(oddities())}


def shown(name: str, format: str, view: View | None = None, width: int = 80) -> str:
    view = (view or View()).replace(fold=format not in COMPLETE)
    options = RenderOptions(width if format == "terminal" else None, color=True, longtable=True, notes=True)
    return render(ledger_document(LEDGERS[name](), view), format, options)


@pytest.mark.parametrize("format", RENDERERS)
@pytest.mark.parametrize("name", LEDGERS)
def test_golden(name: str, format: str, refresh_golden: bool) -> None:
    text = shown(name, format)
    file = FILES / f"{name}.{SUFFIX.get(format, format)}"
    if refresh_golden:
        file.write_text(text, encoding="utf-8", newline="\n")
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("width", [40, 120, 200])
def test_golden_widths(width: int, refresh_golden: bool) -> None:
    text = render(ledger_document(alexnet(), View(formulas="both")), "terminal", RenderOptions(width, color=False))
    file = FILES / f"alexnet-{width}.txt"
    if refresh_golden:
        file.write_text(text, encoding="utf-8", newline="\n")
    assert file.read_text(encoding="utf-8") == text
    assert max(map(len, text.splitlines())) <= width


def published() -> dict[str, object]:
    variants = json.loads((DATA / "alexnet_variants.json").read_text())["variants"]
    return dict(variants["paper_2012"])


NUMBERS = {
    "text": "{:,}",
    "terminal": "{:,}",
    "markdown": "{:,}",
    "html": "{:,}",
    "latex": "{:,}",
    "typst": "{:,}",
    "rst": "{:,}",
    "csv": "{}",
    "json": "{}",
}
"""How each format writes an integer; LaTeX's commas are in braces."""


@pytest.mark.parametrize("format", RENDERERS)
def test_numbers_are_the_published_ones(format: str) -> None:
    """Every count of every layer, and the totals, from sources other than netledger, are in every format."""
    text = (FILES / f"alexnet.{SUFFIX.get(format, format)}").read_text(encoding="utf-8").replace("{,}", ",")
    paper = published()
    for layer in paper["layers"]:  # type: ignore[attr-defined]
        for what in ("params", "macs"):
            if layer[what]:
                assert NUMBERS[format].format(layer[what]) in text, (layer["name"], what)
    totals = {"parameters": 60_965_224, "macs": 724_406_816, "neurons": 659_272}
    assert totals["parameters"] == paper["totals"]["params"]  # type: ignore[index]
    if format != "csv":  # data rows only
        for value in totals.values():
            assert NUMBERS[format].format(value) in text


@pytest.mark.parametrize("format", sorted(set(RENDERERS) - {"csv", "json"}))
def test_bytes_and_flops_are_the_issue_s(format: str) -> None:
    text = (FILES / f"alexnet.{SUFFIX.get(format, format)}").read_text(encoding="utf-8").replace("{,}", ",")
    for figure in ("1,448,813,632", "243.9", "232.6", "60,954,656", "10,568"):
        assert figure in text
