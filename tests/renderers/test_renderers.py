"""The registry, and what each renderer does with each kind of value."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

from netledger import registry, renderers
from netledger.catalogue import load
from netledger.documents.ledger import View, ledger_document
from netledger.documents.model import (
    Code,
    Column,
    Document,
    Emphasis,
    Facts,
    Heading,
    Listing,
    Paragraph,
    Points,
    Quantity,
    Row,
    Runs,
    Share,
    Signed,
    Table,
    Verdict,
    Written,
)
from netledger.errors import UsageError
from netledger.formula import symbol
from netledger.ledger import keep_books
from netledger.renderers import RENDERERS, RenderOptions, pieces, render, renderer, renderer_for
from netledger.renderers.plain.terminal import STYLES, _escaped, texts
from netledger.unknown import Count, Unknown

FORMULA = symbol("k", 5) * symbol("C_in", 48)
VALUES = {
    "text": "plain",
    "nothing": None,
    "integer": 1_234_567,
    "unknown": Unknown("why"),
    "count": Count(1_000, frozenset((Unknown("why"),))),
    "formula": FORMULA,
    "symbols": Written(FORMULA),
    "shape": (96, 55, Unknown("why")),
    "share": Share(619, 1000),
    "quantity": Quantity(243_860_896, "MB", per=10**6),
    "signed": Signed(-307_200),
    "code": Code("conv1"),
    "emphasis": Emphasis("all"),
    "runs": Runs("a", 1, Code("b")),
    "ok": Verdict("ok", "right"),
    "wrong": Verdict("wrong", Runs("not ", 7)),
}
EVERYTHING = Document(
    "Everything",
    (
        Heading("Values"),
        Facts(list(VALUES.items())),
        Paragraph(*VALUES.values()),
        Points(list(VALUES.values())),
        Listing("a = 1\n```\nb", "python"),
        Table(
            (Column("name", "name"), Column("value", "value", "verdict", wrap=True)),
            [Row((name, value), level=i % 3, repeat=1 + i % 2) for i, (name, value) in enumerate(VALUES.items())],
            [Row(("total", 5), notes=("a note",))],
            caption="All of them",
        ),
    ),
)

EXPECTED = {
    "text": ["1,234,567", "≥ 1,000", "5·48", "k·C_in", "96×55×?", "61.9%", "243.9 MB", "✓ right", "✗ not 7", " ×2"],
    "markdown": ["1,234,567", "≥ 1,000", "96×55×?", "`conv1`", "**all**", "✓ right", "````python", " ×2"],
    "latex": [r"1{,}234{,}567", r"$\geq$ 1{,}000", r"$5 \cdot 48$", r"$k \cdot C_{\mathrm{in}}$", r"61.9\%"],
    "typst": ['"1,234,567"', '"≥ 1,000"', 'raw("conv1")', 'strong("all")', '"✓ " + "right"', '"96×55×?"', '" ×2"'],
    "rst": ["1,234,567", "≥ 1,000", "``conv1``", "**all**", "✓ right", "96×55×?", " ×2"],
    "html": ["1,234,567", "≥ 1,000", "<code>conv1</code>", '<span class="wrong">✗ not 7</span>'],
    "csv": ["integer,1234567", "share,0.619000", "quantity,243.9", "ok,ok: right", "symbols,k*C_in"],
    "json": ['"integer": 1234567', '"count": null', '"shape": ['],
    "terminal": ["1,234,567", "✗ not 7"],
}


@pytest.mark.parametrize("format", RENDERERS)
def test_every_kind_of_value_in_every_format(format: str) -> None:
    text = render(EVERYTHING, format, RenderOptions(100, color=False))
    assert text.endswith("\n")
    for piece in EXPECTED[format]:
        assert piece in text


def test_csv_is_read_back() -> None:
    rows = list(csv.DictReader(io.StringIO(render(EVERYTHING, "csv"))))
    assert [row["name"] for row in rows] == list(VALUES)
    assert rows[2]["value"] == "1234567"
    assert rows[2]["repeat"] == "1"


def test_json_of_a_document_without_its_own_data() -> None:
    data = json.loads(render(EVERYTHING, "json"))
    assert data["schema"] == "netledger.document/1"
    assert data["blocks"][1]["facts"]["integer"] == 1_234_567
    assert data["blocks"][1]["facts"]["shape"] == [96, 55, None]


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'markdown'"):
        renderer_for("markdwn")
    with pytest.raises(UsageError, match="there are terminal, text"):
        renderer_for("docx")


def test_a_renderer_can_be_registered_and_not_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderers, "TABLE", registry.Table("renderer", renderers.RENDERERS, is_one=callable))

    @renderer("shout")
    def shout(document: Document, options: RenderOptions) -> str:
        return document.title.upper() + "\n"

    assert render(Document("quiet", ()), "shout") == "QUIET\n"
    with pytest.raises(UsageError, match=r"already in tests\..*shout; tests\..*<lambda> cannot have it too"):
        renderer("shout")(lambda document, options: "")
    with pytest.raises(UsageError, match=r"already in netledger\.renderers\.plain\.text"):
        renderer("text")(shout)


def test_a_row_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells in a table of 2 columns"):
        Table((Column("a", "a"), Column("b", "b")), (Row((1,)),))
    with pytest.raises(ValueError, match="a column's kind"):
        Column("a", "a", "numbers")
    with pytest.raises(ValueError, match="a verdict is"):
        Verdict("good")


@pytest.mark.parametrize("format", ["text", "markdown", "csv", "latex", "html", "json", "terminal"])
def test_no_output_imports_rich(format: str) -> None:
    code = (
        "import sys; from netledger.documents.model import Document; from netledger.renderers import render; "
        f"render(Document('x', ()), {format!r}); sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("color", "variables", "escaped"),
    [
        (True, {"NO_COLOR": "1", "TERM": "dumb"}, True), (False, {"TERM": "xterm"}, False),
        (None, {"TERM": "xterm"}, True), (None, {"NO_COLOR": "1", "TERM": "xterm"}, False), (None, {"TERM": "dumb"}, False),
    ],
)  # fmt: skip
def test_where_colours_are_written(monkeypatch, color: bool | None, variables: dict[str, str], escaped: bool) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    text = render(Document("Title", ()), "terminal", RenderOptions(80, color=color))
    assert ("\x1b[1mTitle\x1b[0m" in text, "Title" in text) == (escaped, True)


def test_the_colours_are_those_that_rich_writes(monkeypatch) -> None:
    """Span by span the same escape sequences as a real rich console's."""
    from rich.console import Console

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    document = ledger_document(keep_books(load("alexnet")), View())
    page = io.StringIO()
    console = Console(file=page, width=100, force_terminal=True, color_system="standard", highlight=False, markup=False,
                      emoji=False, soft_wrap=True, legacy_windows=False)  # fmt: skip
    for text in texts(document, RenderOptions(100)):
        console.print(text, crop=False, overflow="ignore", no_wrap=True)
    assert render(document, "terminal", RenderOptions(100, color=True)) == page.getvalue()
    for style in filter(None, STYLES.values()):
        rich = io.StringIO()
        Console(file=rich, force_terminal=True, color_system="standard").print("x", style=style, end="")
        assert rich.getvalue() == _escaped("x", style)


@pytest.mark.parametrize("format", RENDERERS)
@pytest.mark.parametrize(
    "document", [EVERYTHING, Document("", ()), Document("x", (), lambda: [1]), Document("x", (), dict)]
)
def test_pieces_are_the_whole(document: Document, format: str) -> None:
    assert "".join(pieces(document, format)) == render(document, format)


def test_json_of_many_layers_comes_layer_by_layer() -> None:
    ledger = keep_books(load("alexnet"))
    parts = list(pieces(ledger_document(ledger, View(data=True)), "json"))
    assert len(parts) > len(ledger.entries)
    assert max(map(len, parts)) < 3_000
    assert json.loads("".join(parts)) == json.loads(render(ledger_document(ledger), "json"))
