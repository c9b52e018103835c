"""A finding points at the very characters of the text that are wrong."""

from __future__ import annotations

import pytest

from netledger.audit import audit

CASES = [
    ("conv2: (5*5)*96*256 + 256 = 614656", "96", "48"),
    (r"- conv2: \( (5 \times 5) \times 96 \times 256 + 256 = 614{,}656 \)", "96", "48"),
    ("> **conv2**: (5×5)×96×256 + 256 = 614,656", "96", "48"),
    ("conv2：（５×５）×９６×２５６＋２５６＝６１４６５６", "９６", "48"),
    ("fc8: 4096*1000 + 1000 = 4,097,100", "4,097,100", "4,097,000"),
]


@pytest.mark.parametrize(("text", "wrong", "instead"), CASES)
def test_the_span_is_what_is_wrong(text, wrong, instead):
    finding = audit(text, "alexnet").findings[0]
    start, end = finding.span
    assert text[start:end] == wrong
    assert finding.instead == instead


def test_the_mark_stands_under_it():
    shown = audit("conv2: (5*5)*96*256 + 256 = 614656", "alexnet").render("text").split("\n")
    line = next(i for i, text in enumerate(shown) if "614656" in text)
    assert shown[line + 1].index("^^") == shown[line].index("96")
    assert shown[line + 1].endswith("^^ 48")


def test_a_long_line_is_shown_around_the_place():
    text = "so " + "we said before " * 30 + "that conv2: (5*5)*96*256 + 256 = 614656"
    shown = audit(text, "alexnet").render("text")
    assert max(len(line) for line in shown.split("\n") if "614656" in line or "^" in line) < 120
    assert "96*256" in shown
