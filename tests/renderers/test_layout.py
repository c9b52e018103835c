"""What is broken over lines, which columns fit: nothing is lost and no number is cut, at any width."""

from __future__ import annotations

from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from netledger.documents.model import Column, Document, Row, Table
from netledger.renderers import RenderOptions, render
from netledger.renderers.plain.layout import fit, width_of, wrap

NUMBERS = st.integers(0, 10**12).map(lambda number: f"{number:,}")
FORMULAS = st.lists(st.integers(1, 99_999), min_size=1, max_size=12).map(
    lambda numbers: " + ".join("·".join(map(str, numbers[i : i + 3])) for i in range(0, len(numbers), 3))
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(FORMULAS, st.integers(1, 60))
def test_a_broken_formula_keeps_every_number_whole(formula: str, width: int) -> None:
    lines = wrap(formula, width, "formula")
    assert "".join(lines).replace(" ", "") == formula.replace(" ", "")
    whole = {number for line in lines for number in line.replace("·", " ").replace("+", " ").split()}
    assert whole == set(formula.replace("·", " ").replace("+", " ").split())
    longest = max(len(number) for number in whole) + 1
    assert all(width_of(line) <= max(width, longest) for line in lines)


@given(st.lists(NUMBERS, min_size=1, max_size=8), st.integers(5, 60))
def test_a_broken_sentence_keeps_every_number_whole(numbers: list[str], width: int) -> None:
    lines = wrap("counted " + ", ".join(numbers) + ".", width, "verdict")
    words = {word.strip(".,") for line in lines for word in line.split()}
    assert set(numbers) <= words


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=60), st.integers(2, 30))
def test_broken_text_loses_nothing_and_fits(text: str, width: int) -> None:
    lines = wrap(text, width, "text")
    assert "".join(lines) == text
    if not any(character.isdigit() or character in ".,×-" for character in text):
        assert all(width_of(line) <= width for line in lines)


@pytest.mark.parametrize(("text", "cells"), [("conv1", 5), ("96×55×55", 8), ("卷积", 4), ("e\u0301", 1), ("─✓…", 3)])
def test_width_of(text: str, cells: int) -> None:
    assert width_of(text) == cells


COLUMNS = (
    Column("layer", "layer", wrap=True),
    Column("kind", "kind", priority=2),
    Column("n", "parameters", "number"),
    Column("formula", "formula", "formula", priority=1, wrap=True),
    Column("share", "share", "number", priority=3),
)
ROWS = (
    Row(("encoder.layer.0.attention.self.query", "linear", 590_592, "768·768 + 768", "0.5%")),
    Row(("head", "linear", 123_456_789_012, "1·2", "99.5%")),
)


@pytest.mark.parametrize("width", range(20, 120))
def test_a_table_fits_and_shows_every_number(width: int) -> None:
    text = render(Document("t", (Table(COLUMNS, ROWS),)), "text", RenderOptions(width))
    assert "590,592" in text
    assert "123,456,789,012" in text
    least = 24 + 2 + 15  # the path's narrowest form, the gap, the longest number
    assert max(map(len, text.splitlines())) <= max(width, least)


def test_columns_go_by_priority() -> None:
    texts = [[column.title, "x" * 10] for column in COLUMNS]
    shown = [set(fit(COLUMNS, texts, width)) for width in range(10, 80)]
    assert all(one <= other for one, other in pairwise(shown))
    assert shown[0] == {0, 2}
    assert [len(one) for one in shown][-1] == 5
    dropped_first = next(one for one in reversed(shown) if len(one) == 4)
    assert dropped_first == {0, 1, 2, 3}
