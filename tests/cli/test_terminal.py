"""On a terminal: colour, the width kept, no number cut; in a pipe: plain text."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.support import in_terminal, run
from tests.support import DATA

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
WIDTHS = (40, 80, 120, 200)


def paper() -> list[dict[str, int]]:
    variants = json.loads((DATA / "alexnet_variants.json").read_text())["variants"]
    return list(variants["paper_2012"]["layers"])


@pytest.mark.parametrize("width", WIDTHS)
def test_alexnet_fits_and_every_parameter_count_is_whole(width: int) -> None:
    text = in_terminal(width, "show", "alexnet")
    assert ESCAPE.search(text)
    plain = ESCAPE.sub("", text)
    assert max(map(len, plain.splitlines())) <= width
    for layer in paper():
        if layer["params"]:
            assert re.search(rf"(?<![\d,]){layer['params']:,}(?![\d,])", plain)
    assert "60,965,224" in plain


@pytest.mark.parametrize("width", WIDTHS)
def test_long_formulas_are_broken_between_factors(width: int) -> None:
    """Every number of a wrapped formula stands whole on some line."""
    plain = ESCAPE.sub("", in_terminal(width, "show", "alexnet", "--formulas", "both", "--layers", "fc6"))
    assert max(map(len, plain.splitlines())) <= width
    for number in ("9216", "4096"):
        assert re.search(rf"(?<!\d){number}(?!\d)", plain)


def test_wide_terminals_show_every_column_and_narrow_ones_the_important() -> None:
    wide = ESCAPE.sub("", in_terminal(200, "show", "alexnet"))
    for title in ("kind", "output shape", "weights", "biases", "parameters", "formula", "MACs", "share"):
        assert title in wide
    narrow = ESCAPE.sub("", in_terminal(40, "show", "alexnet"))
    assert "parameters" in narrow
    assert "biases  " not in narrow.partition("─")[0]


def test_no_color_is_heeded() -> None:
    text = in_terminal(80, "show", "alexnet", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", text)
    assert "60,965,224" in text


def test_a_dumb_terminal_gets_plain_text() -> None:
    assert "\x1b" not in in_terminal(80, "show", "alexnet", TERM="dumb")


def test_a_pipe_gets_plain_text() -> None:
    text = run("show", "alexnet").stdout
    assert "\x1b" not in text
    assert "60,965,224" in text
    assert max(map(len, text.splitlines())) > 80  # nothing is broken or dropped


def test_an_error_is_plain_on_a_terminal_too() -> None:
    assert in_terminal(80, "show", "alexnt").startswith("error: no network or file 'alexnt': did you mean 'alexnet'")
