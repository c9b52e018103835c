"""Low-rank adapters on a network that a text names; counts by hand: rank times inputs plus outputs, 32 blocks of two."""

import pytest

from netledger.audit import audit

PEFT = "I fine-tune Llama-2-7B with LoRA, {how}. PEFT prints\n\ntrainable params: {trained} || all params: {all} || trainable%: {share}"


@pytest.mark.parametrize(
    ("how", "trained", "whole", "share"),
    [
        ("r=8 on q_proj and v_proj", "4,194,304", "6,742,609,920", "0.0622"),
        ("rank 16, target_modules=['q_proj', 'k_proj', 'v_proj', 'o_proj']", "16,777,216", "6,755,192,832", "0.2484"),
    ],
)
def test_the_line_that_peft_prints_is_compared(how, trained, whole, share):
    result = audit(PEFT.format(how=how, trained=trained, all=whole, share=share))
    assert result.verdict == "right", result.answer
    assert "adapters of rank" in result.network


def test_a_wrong_number_of_trained_values_is_found():
    result = audit(
        PEFT.format(how="r=8 on q_proj and v_proj", trained="8,388,608", all="6,742,609,920", share="0.1243")
    )
    assert result.verdict == "wrong"
    assert result.findings[0].expected == 4_194_304


def test_without_a_rank_nobody_is_blamed():
    result = audit(PEFT.format(how="on q_proj and v_proj", trained="8,388,608", all="6,746,804,224", share="0.1243"))
    assert result.verdict != "wrong"
