"""Listings of tensors, made by PyTorch: right ones are never wrong; one digit changed in any count is found."""

from __future__ import annotations

import pytest

from netledger.audit import audit
from tests.audit.printouts.networks_in_torch import count, listings, networks

torch = pytest.importorskip("torch")
SHAPED = ("plain", "size", "sheet", "quoted", "words", "columns")
"""Forms that show each tensor's shape beside its count."""


def changed(text: str, number: str, line: int) -> str:
    """The text with the middle digit of a number in a line replaced."""
    lines = text.split("\n")
    at = lines[line].rindex(number)
    digits = [i for i, c in enumerate(number) if c.isdigit()]
    i = digits[len(digits) // 2]
    other = number[:i] + str((int(number[i]) + 4) % 10) + number[i + 1 :]
    lines[line] = lines[line][:at] + other + lines[line][at + len(number) :]
    return "\n".join(lines)


@pytest.mark.parametrize("name", networks())
def test_a_listing_is_its_own_network(name):
    module = networks()[name][0]
    for form, text in listings(module).items():
        result = audit(text)
        assert result.verdict == ("right" if form in SHAPED else "adds_up"), (form, result.answer)
        assert (result.total.claimed, result.total.ok) == (count(module), True), form


@pytest.mark.parametrize("name", networks())
def test_one_digit_of_a_count_or_of_the_total_is_found_on_its_line(name):
    module = networks()[name][0]
    counts = [p.numel() for p in module.parameters()]
    for form in SHAPED:
        text = listings(module)[form]
        first = len(text.split("\n")) - 1 - len(counts)
        numbers = [f"{n:,}" if form in ("size", "columns") else f"{n}" for n in [*counts, sum(counts)]]
        for i, number in enumerate(numbers):
            line = first + i
            result = audit(changed(text, number, line))
            expected = [*counts, sum(counts)][i]
            assert result.verdict == "wrong", (form, number)
            assert [(f.line_no, f.expected) for f in result.findings][:1] == [(line + 1, expected)], (form, number)


@pytest.mark.parametrize("form", ["tab", "markdown", "dictionary", "tuples"])
def test_rows_without_shapes_are_held_to_their_sum(form):
    module = networks()["residual"][0]
    text = listings(module)[form]
    wrong = audit(text.replace("2304", "2340", 1))
    assert wrong.verdict == "wrong"
    assert wrong.findings[0].expected == count(module) + 36


def test_a_state_dict_has_statistics_that_are_no_parameters():
    module = networks()["residual"][0]
    text = "\n".join(f"{name}\t{tensor.size()}" for name, tensor in module.state_dict().items())
    assert audit(f"{text}\n\nparameters: {count(module)}").verdict == "right"
    assert audit(f"{text}\n\nparameters: {count(module) + 1}").verdict == "wrong"


def test_names_may_begin_with_digits():
    assert audit("1.weight: torch.Size([300, 784]) -> 235,200\n1.bias: torch.Size([300]) -> 300").verdict == "right"


def test_a_note_below_is_judged_by_the_listing_s_network():
    module = networks()["tagger"][0]
    text = listings(module)["plain"]
    assert audit(f"{text}\n\nfc: 192*9 + 9 = 1,737, the LSTM 2*4*96*(64 + 96 + 2) = 124,416").verdict == "right"
    wrong = audit(f"{text}\n\nfc: 192*9 + 192 = 1,920")
    line = len(text.split("\n")) + 2
    assert [(f.line_no, f.layer) for f in wrong.findings] == [(line, "fc")]
    assert f"{wrong.corrected[-1]}".count("1,737") == 1
