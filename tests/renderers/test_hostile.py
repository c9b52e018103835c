"""Foreign text in every place of every output: nothing of it steers a terminal, a page, a table or a spreadsheet."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from netledger.documents.ledger import View, ledger_document
from netledger.ledger import keep_books
from netledger.renderers import RENDERERS, RenderOptions, render
from netledger.renderers.latex.letters import OTHER
from tests.networks import HOSTILE, hostile

EVERY_COLUMN = View(columns=("all",))
STEERING = [chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) not in "\n"]
HIDDEN = ["\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\u00ad"]


def shown(name: str, format: str) -> str:
    view = EVERY_COLUMN if format != "json" else View()
    options = RenderOptions(120 if format == "terminal" else None, color=False, longtable=True, notes=True)
    return render(ledger_document(keep_books(hostile(HOSTILE[name])), view), format, options)


@pytest.mark.parametrize("format", RENDERERS)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_control_character_and_no_hidden_one(name: str, format: str) -> None:
    text = shown(name, format)
    assert not [character for character in STEERING + HIDDEN if character in text]
    text.encode("utf-8")


@pytest.mark.parametrize("format", sorted(set(RENDERERS) - {"json"}))
def test_a_name_of_100_kb_is_cut(format: str) -> None:
    assert len(shown("long", format)) < 100_000


def test_json_keeps_names_whole_and_in_ascii() -> None:
    for name, value in HOSTILE.items():
        text = shown(name, "json")
        assert text.isascii()
        assert json.loads(text)["layers"][1]["path"] == value


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_tables_keep_their_columns(name: str) -> None:
    lines = [line for line in shown(name, "markdown").splitlines() if line.startswith("|")]
    bars = {line.replace("\\|", "").count("|") for line in lines}
    assert len(bars) == 1
    assert len(lines) == 3 + 2 + 1  # three layers, header and rule, total


_OURS = set(
    "class lang charset colspan http-equiv content name scope tabindex role aria-label aria-hidden type checked id for "
    "data-name data-path data-value data-least data-ledger data-report width height viewbox xmlns font-family font-size "
    "x y fill stroke stroke-width".split()
)
"""Attributes that we write: none that runs or loads anything."""


class _Tags(html.parser.HTMLParser):
    def __init__(self, page: bool = True) -> None:
        super().__init__()
        self.page = page
        self.seen: set[str] = set()
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.scripts += tag == "script"
        assert {name for name, _ in attrs} <= (_OURS if self.page else {"style"})  # Markdown's reader aligns by style


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_carries_no_tag_no_link_and_no_emphasis_of_its_own(name: str) -> None:
    """Read by a Markdown parser, with raw HTML let through, as some sites do."""
    page = _Tags(page=False)
    page.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(shown(name, "markdown")))
    assert page.seen <= {"h1", "h2", "p", "ul", "li", "strong", "code", "table", "thead", "tbody", "tr", "th", "td"}
    assert "table" in page.seen


@pytest.mark.parametrize("name", HOSTILE)
def test_csv_cells_are_no_formulas_and_rows_stay_rows(name: str) -> None:
    rows = list(csv.reader(io.StringIO(shown(name, "csv"))))
    assert len(rows) == 1 + 3
    assert len({len(row) for row in rows}) == 1
    for row in rows:
        for cell in row:
            begun = cell.lstrip(" \u00a0\u3000")
            assert begun[:1] not in ("=", "@", "\t", "\r")
            assert begun[:1] not in ("+", "-") or cell.lstrip("+-").replace(".", "").isdigit()


@pytest.mark.parametrize("name", HOSTILE)
def test_html_has_only_our_tags(name: str) -> None:
    page = _Tags()
    page.feed(shown(name, "html"))
    ours = (
        "html head meta title style body div h1 h2 p ul li dl dt dd table thead tbody tfoot tr th td code span "
        "strong caption pre script svg rect g text title input label figure"
    )
    assert page.seen <= set(ours.split())
    assert page.scripts == 1
    assert "table" in page.seen


OUR_COMMANDS = {
    "section*",
    "subsection*",
    "texttt",
    "textbf",
    "item",
    "begin",
    "end",
    "textbackslash",
    "textasciitilde",
    "textasciicircum",
    "textless",
    "textgreater",
    "textbar",
    "char",
    "footnotesize",
    "setlength",
    "tabcolsep",
    "textasciigrave",
    "textendash",
    "textemdash",
    "times",
    "cdot",
    "geq",
    "ldots",
    "bullet",
    "surd",
    "mathrm",
    "quad",
    "toprule",
    "midrule",
    "bottomrule",
    "endhead",
    "endfoot",
    "usepackage",
    "textnormal",
    "LTleft",
    "LTright",
    "scriptsize",
    "netledgerletters",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_latex_has_only_our_commands(name: str) -> None:
    text = shown(name, "latex")
    body = text.partition("\n")[2].removeprefix(OTHER).replace(r"\\", "\n")
    for special in "{}$&#%_":
        body = body.replace("\\" + special, "")
    commands = {re.match(r"[a-zA-Z]*\*?", part)[0] for part in body.split("\\")[1:]}  # type: ignore[index]
    assert commands <= OUR_COMMANDS
    assert body.count("{") == body.count("}")
    assert body.count("$") % 2 == 0
    assert "%" not in body
    assert "#" not in body


@pytest.mark.parametrize("format", ["text", "terminal"])
def test_where_the_encoding_has_no_signs_ascii_stands_in(format: str) -> None:
    document = ledger_document(keep_books(hostile("卷积×")))
    for encoding in ("ascii", "latin-1", "cp1252"):
        text = render(document, format, RenderOptions(120, encoding, color=False))
        text.encode(encoding)
        assert "\\u5377" in text


PUNCTUATION = st.text(st.sampled_from("\\|`*_[]()<>&\"'#$%{}~^=+-@!:;,.\n\r\t \x1b\u202eab1×"), min_size=1, max_size=12)


@settings(max_examples=80, deadline=None)
@given(PUNCTUATION | st.text(min_size=1, max_size=12))
def test_any_name_keeps_every_table_whole(name: str) -> None:
    ledger = keep_books(hostile(name))
    view = View(columns=("layer", "kind", "type", "device", "parameters"))
    document = ledger_document(ledger, view)
    rows = list(csv.reader(io.StringIO(render(document, "csv"))))
    assert [len(row) for row in rows] == [5] * 4
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(render(document, "markdown"))
    assert (page.count("<tr>"), page.count("<td")) == (1 + 3 + 1, 5 * 4)
    tags = _Tags(page=False)
    tags.feed(page)
    assert not tags.seen & {"a", "img", "script", "b", "i", "em"}
    latex = render(document, "latex", RenderOptions(longtable=True, notes=True)).replace(OTHER, "")
    assert latex.count(" & ") == 5 * 4
    assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")
    for format in ("text", "terminal", "html"):
        text = render(document, format, RenderOptions(100 if format == "terminal" else None, color=False))
        assert "\x1b" not in text
        assert "\u202e" not in text
