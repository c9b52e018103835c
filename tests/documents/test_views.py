"""A Ledger shows itself: print, Markdown, notebooks, rich, plain data; and ``summary``."""

from __future__ import annotations

import html.parser
import io
import sys
import types

import pytest
from rich.console import Console

import netledger
from netledger.ledger import keep_books
from tests.networks import HOSTILE, hostile


@pytest.fixture(scope="module")
def ledger() -> netledger.Ledger:
    return netledger.count("alexnet")


def test_print_and_str(ledger: netledger.Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    print(ledger)
    printed = capsys.readouterr().out
    assert "60,965,224 = 60,954,656 weights + 10,568 biases" in printed
    ledger.print()
    assert capsys.readouterr().out == printed
    page = io.StringIO()
    ledger.print(page, "csv", columns=("layer", "parameters"))
    assert page.getvalue().splitlines()[0] == "layer,parameters"


def test_print_in_the_encoding_of_the_file(ledger: netledger.Ledger) -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    ledger.print(file)
    file.flush()
    assert b"96x55x55" in raw.getvalue()


def test_markdown_latex_csv_and_dict(ledger: netledger.Ledger) -> None:
    assert "| `conv2` | conv2d | 256×27×27 |" in ledger.to_markdown()
    assert r"\toprule" in ledger.to_latex()
    assert ledger.to_csv(layers=("fc8",)).splitlines()[1].startswith("fc8,linear,1000,4096000,1000,4097000")
    assert ledger.to_dict()["totals"]["macs"] == 724_406_816


def test_in_a_notebook_it_is_a_plain_escaped_table() -> None:
    for name in HOSTILE.values():
        page = keep_books(hostile(name))._repr_html_()
        seen: list[str] = []
        parser = html.parser.HTMLParser()
        parser.handle_starttag = lambda tag, attributes: seen.append(tag)  # type: ignore[method-assign,assignment] # noqa: B023
        parser.feed(page)
        assert "table" in seen
        assert seen.count("style") == 1
        assert not {"script", "img", "b", "link", "iframe"}.intersection(seen)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_rich_prints_it_in_its_width(ledger: netledger.Ledger, width: int) -> None:
    page = io.StringIO()
    Console(file=page, width=width, force_terminal=True, color_system="truecolor").print(ledger)
    text = page.getvalue()
    assert "\x1b[" in text
    assert "60,965,224" in text
    plain = io.StringIO()
    Console(file=plain, width=width).print(ledger)
    assert max(map(len, plain.getvalue().splitlines())) <= width


def test_summary_prints_and_returns(capsys: pytest.CaptureFixture[str]) -> None:
    ledger = netledger.summary("alexnet", col_names=("output_size", "num_params"), depth=3)
    printed = capsys.readouterr().out
    assert "60,965,224" in printed
    assert "MACs" not in printed.splitlines()[printed.splitlines().index("") + 1]
    assert (ledger.total_params, ledger.trainable_params, ledger.total_mult_adds) == (
        60_965_224,
        60_965_224,
        724_406_816,
    )
    netledger.summary("alexnet", verbose=0)
    assert capsys.readouterr().out == ""


def test_summary_with_another_input_and_batch() -> None:
    by_shape = netledger.summary("alexnet", (3, 256, 256), verbose=0)
    assert by_shape["fc6"].formula.text() == "12544*4096 + 4096"  # 256·7·7 inputs
    by_name = netledger.summary("alexnet", {"image": (3, 256, 256)}, verbose=0)
    in_list = netledger.summary("alexnet", [(3, 256, 256)], verbose=0, batch=2)
    assert by_shape.total_params == by_name.total_params == in_list.total_params
    assert in_list.total_mult_adds == 2 * by_shape.total_mult_adds


def test_summary_does_not_print_a_second_time_in_a_notebook(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    ledger = netledger.summary("alexnet")
    assert capsys.readouterr().out == ""
    assert "60,965,224" in ledger._repr_html_()
    shell.kernel = None  # IPython in a terminal prints
    netledger.summary("alexnet")
    assert "60,965,224" in capsys.readouterr().out
