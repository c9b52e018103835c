"""Every number of a text is judged, or listed with its reason; a text is right only where none was passed over."""

from __future__ import annotations

import pytest

from netledger.audit import audit

LENET = "conv1: 5*5*6 + 6 = 156\nconv2: 5*5*6*16 + 16 = 2416\nfc1: 400*120 + 120 = 48120"


def test_a_count_that_nothing_was_compared_with_leaves_the_text_open():
    result = audit(f"{LENET} (groups=1; their table 614,656)", "lenet5/modern")
    assert audit(LENET, "lenet5/modern").verdict == "right"
    assert result.verdict == "partly"
    assert [number.value for number in result.unjudged if number.may_count] == [614_656]
    assert "not compared: 614,656 (line 3" in result.render("text")


@pytest.mark.parametrize(
    "line", ["Input: 32x32, seen on 2024-05-06.", "(flattened 400, classes 10)", "(about 48K in fc1)", "(that is 156)"]
)
def test_sizes_dates_and_what_was_said_before_claim_nothing(line):
    result = audit(f"{LENET}\n{line}", "lenet5/modern")
    assert result.verdict == "right"
    assert not any(number.may_count for number in result.unjudged)


def test_a_number_has_its_place_and_reason():
    (number,) = audit("conv1: 5*5*6 + 6 = 156 (2024-05-06)", "lenet5/modern").unjudged
    assert (number.line_no, number.span, number.why) == (1, (24, 34), "a date")


def test_a_sum_over_a_list_that_was_read_wrongly_is_no_right_text():
    """Found by a text whose last line was taken for a setting: the total was wrong and the text "right"."""
    text = "shared: 32128·512 = 16 449 536\nSuma: tablica + koder + jeszcze raz 16 449 536 na lm_head = 76 956 160"
    assert audit(text, "t5-small").verdict != "right"


def test_a_list_of_nothing_but_numbers_is_not_read():
    result = audit("1," * 5000)
    assert result.exit_code == 65
    assert result.lines[0].why == "a list of 5,000 numbers, and no word or sign between them"
