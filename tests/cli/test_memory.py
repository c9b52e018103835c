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
    longest = (270_000_000 - 2 * GPT2) // position
    assert f"The longest context within 270MB is {longest:,} positions." in memory(capsys, "gpt2", "--within", "270MB")
    found = json.loads(memory(capsys, "gpt2", "--within", "0.27 GB", "--format", "json"))
    assert (found["context"], found["per_token"]["bytes"]) == (longest, position)
    assert found["total"]["bytes"] == 2 * GPT2 + longest * position


def test_no_context_is_longer_than_what_was_learned(capsys: pytest.CaptureFixture[str]) -> None:
    """GPT-2 has a row for each of 1,024 positions; llama-2-7b, whose positions are rotated, states 4,096."""
    said = "The longest context within 24GB is 1,024 positions: all that the model has learned."
    assert said in memory(capsys, "gpt2", "--within", "24GB")
    assert "it cannot read those beyond" in memory(capsys, "gpt2", "--context", "1025")
    longest = (24 * 10**9 - 2 * 6_738_415_616) // (32 * 2 * 4096 * 2)
    said = f"within 24GB is {longest:,} positions, more than the 4,096 that the model's configuration states."
    assert said in memory(capsys, "llama-2-7b", "--within", "24GB")


def test_the_largest_batch_and_the_heaviest_weights_within_a_budget(capsys: pytest.CaptureFixture[str]) -> None:
    """llama-2-7b: 6,738,415,616 values, 32 layers that keep 2 · 4096 values of two bytes a position."""
    words = ["llama-2-7b", "--context", "1000", "--within", "20GB", "--format", "json"]
    found = json.loads(memory(capsys, *words))
    each = 1000 * 32 * 2 * 4096 * 2
    assert found["within"] == {
        "bytes": 20 * 10**9, "longest_context": (20 * 10**9 - 2 * 6_738_415_616) // (each // 1000), "at": 1000,
        "largest_batch": (20 * 10**9 - 2 * 6_738_415_616) // each, "heaviest_weights": "bf16",
    }  # fmt: skip
    assert found["context"] == 1000
    said = memory(capsys, "llama-2-7b", "--context", "1000", "--within", "8GB")
    assert "At 1,000 positions the heaviest weights that fit are q8_0." in said


def test_activations_are_added_where_their_shapes_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    """What a ResNet keeps is what ``show --memory`` predicts, which the hooks of PyTorch confirm elsewhere."""
    from netledger.catalogue import load
    from netledger.execute.memory import predict

    parts = json.loads(memory(capsys, "resnet18", "--for", "training", "--batch", "8", "--format", "json"))["training"]
    assert parts["saved activations"] == predict(load("resnet18"), batch=8, optimizer="none").saved
    assert "activations are not added" in memory(capsys, "gpt2", "--for", "training")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gpt2", "--within", "100MB"], "It does not fit into 100MB: not with one position."),
        (["llama-3.1-70b", "--within", "12GB"], "At 4,096 positions no weights fit, iq1_s not either."),
        (["llama-3.1-70b", "--within", "48GB"], "At 4,096 positions the heaviest weights that fit are q4_k_m."),
        (["mamba-2.8b", "--within", "24GB"], "It fits into 24GB at any context: nothing grows with the positions."),
        (["gpt2", "--lora", "r=8,targets=c_attn"], "294,912 values are trained: 0.2364 % of 124,734,720."),
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
        (["--for", "lora", "--lora", "r=0,targets=c_attn"], "--lora takes r=16,targets=q_proj+v_proj"),
        (["--for", "training", "--lora", "r=8,targets=c_attn"], "--lora is asked of --for lora, not of --for training"),
        (["--within", "24GB", "--for", "training"], "--within answers for inference"),
        (["--draft", "-1"], "--draft takes a number from 0 up"),
    ],
)
def test_what_is_written_wrongly_is_said(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "gpt2", *words]) == 2
    assert why in capsys.readouterr().err


def test_show_tells_what_adapters_train_and_a_family_s_name_the_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    """GPT-2: P·d + V·d + L·(12·d² + 13·d) + 2·d; the catalogue's llama-2-7b is of a family, and not its name."""
    assert main(["show", "gpt2", "--lora", "r=8,targets=c_attn"]) == 0
    said = capsys.readouterr().out
    assert "adapters of rank 8 on c_attn: 294,912 values are trained: 0.2364 % of 124,734,720" in said
    assert "parameters = P·d + V·d + L·(12·d² + 13·d) + 2·d" in said
    assert main(["show", "gpt2-medium"]) == 0
    assert "in symbols" not in capsys.readouterr().out


def test_the_command_line_of_a_budget_says_what_it_took_for_granted(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["check", "gpt2", "--max", "memory=150MB", "--weights", "q4_k_m", "--cache", "q8_0", "--context", "512"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "512 positions, their cache in q8_0" in said
    assert "q4_k_m: some matrices have more bits" in said
    assert main(["check", "gpt2", "--max", "memory=150MB", "--context", "512"]) == 1
    assert "weights in bf16: no type is stated" in capsys.readouterr().out


def test_a_formula_stays_where_a_line_has_eighty_signs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What repeats the formula goes first: the values of a cell, then the type."""
    monkeypatch.setenv("COLUMNS", "80")
    said = memory(capsys, "llama-3.1-8b", "--context", "131072", "--format", "terminal")
    assert "32·131,072·" in said
    assert "not shown at this width: values a cell" in said
