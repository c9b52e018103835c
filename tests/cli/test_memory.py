"""``netledger memory``: the longest context within a budget, adapters as PEFT prints them, what is written wrongly."""

from __future__ import annotations

import json

import pytest

from netledger.cli import main

GPT2 = 124_439_808
"""transformers' count, the head tied."""


def memory(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    main(["memory", *words])
    return capsys.readouterr().out


def test_the_longest_context_within_a_budget(capsys: pytest.CaptureFixture[str]) -> None:
    """12 layers keep 768 keys and 768 values of two bytes a position; the weights take two bytes each."""
    position = 12 * (768 + 768) * 2
    longest = (600_000_000 - 2 * GPT2) // position
    assert f"The longest context within 600MB is {longest:,} positions." in memory(capsys, "gpt2", "--within", "600MB")
    found = json.loads(memory(capsys, "gpt2", "--within", "0.6 GB", "--format", "json"))
    assert (found["context"], found["per_token"]["bytes"]) == (longest, position)
    assert found["total"]["bytes"] == 2 * GPT2 + longest * position


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gpt2", "--within", "100MB"], "It does not fit into 100MB: not with one position."),
        (["mamba-2.8b", "--within", "24GB"], "It fits into 24GB at any context: nothing grows with the positions."),
        # PEFT prints for gpt2: trainable params: 294,912 || all params: 124,734,720 || trainable%: 0.2364
        (
            ["gpt2", "--for", "lora", "--lora", "r=8,targets=c_attn"],
            "294,912 values are trained: 0.2364 % of 124,734,720.",
        ),
    ],
)
def test_the_answer_stands_in_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in memory(capsys, *words)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--within", "24"], "'24' is no size: write 24GB or 16GiB"),
        (["--within", "2.4.1GB"], "'2.4.1GB' is no size"),
        (["--for", "lora", "--lora", "16"], "--lora takes r=16,targets=q_proj+v_proj, not '16'"),
        (["--for", "lora", "--lora", "r=x,targets=c_attn"], "--lora takes r=16,targets=q_proj+v_proj"),
        (["--within", "24GB", "--for", "training"], "--within answers for inference"),
        (["--draft", "-1"], "--draft takes a number from 0 up"),
    ],
)
def test_what_is_written_wrongly_is_said(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "gpt2", *words]) == 2
    assert why in capsys.readouterr().err
