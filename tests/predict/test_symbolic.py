"""Totals in a family's own sizes, against formulas worked out by hand and figures of others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netledger.catalogue import load
from netledger.cli import main
from netledger.ledger import keep_books
from netledger.predict.symbolic import rule_of_thumb, symbolic_totals
from netledger.sources import read
from netledger.sources.configs import network_of


def of(name: str) -> Any:
    return symbolic_totals(load(name))


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("gpt2", "P·d + V·d + L·(12·d² + 13·d) + 2·d", "S·(V·d + L·12·d²) + S²·L·2·d"),
        (
            "qwen3-0.6b", "V·d + L·(2·c·d·h + 2·c·d·k + 3·d·f + 2·c + 2·d) + d",
            "S·(V·d + L·(2·c·d·h + 2·c·d·k + 3·d·f)) + S²·L·2·c·h",
        ),
        (
            "mixtral-8x7b", "2·V·d + L·(3·E·d·f + E·d + 2·d² + 2·d²·k/h + 2·d) + d",
            "S·(V·d + L·(3·d·e·f + E·d + 2·d² + 2·d²·k/h)) + S²·L·2·d",
        ),
    ],
)  # fmt: skip
def test_as_worked_out_by_hand(name: str, parameters: str, macs: str) -> None:
    found = of(name)
    assert (str(found.parameters), str(found.macs)) == (parameters, macs)


def test_another_size_in_the_formula_is_another_model_of_the_family() -> None:
    """Llama 3 8B's formula with the sizes of 70B is 70B: its checkpoint's index states 141,107,412,992 bytes of 2."""
    formula = of("llama-3-8b").parameters
    sizes = {"V": 128256, "d": 8192, "f": 28672, "L": 80, "h": 64, "k": 8}
    assert formula.at(sizes) == 141_107_412_992 // 2


def test_deepseek_s_dense_layers_are_counted_by_their_size() -> None:
    """V2-Lite's 1 dense layer of 27, and no query of low rank: 15,706,484,224, the sum of its checkpoint's tensors."""
    found = of("deepseek-v2-lite")
    values = {symbol: value for symbol, _, value in found.sizes}
    assert found.parameters.at(values) == 15_706_484_224
    assert "(L - first_k_dense_replace)" in str(found.parameters)
    assert found.fixed == ()
    dense = {**values, "first_k_dense_replace": 3}
    config = {
        "model_type": "deepseek_v2",
        "architectures": ["DeepseekV2ForCausalLM"],
        **load("deepseek-v2-lite").meta["values"],
    }
    again = keep_books(network_of({**config, "first_k_dense_replace": 3}, "three dense"))
    assert found.parameters.at(dense) == again.totals.parameters


@pytest.mark.parametrize("name", ["t5-small", "whisper-tiny", "vit-b-16", "mamba-130m", "jamba-v0.1", "gemma-3-1b"])
def test_the_formula_is_worth_the_count(name: str) -> None:
    found = of(name)
    values = {symbol: value for symbol, _, value in found.sizes}
    assert found.parameters.at(values) == keep_books(load(name)).totals.parameters
    assert "L" in values or "L_e" in values
    assert found.fixed == ()


def test_one_token_at_a_context() -> None:
    """2·N MACs of the matrices are one each, attention's two products grow with what is seen."""
    assert str(of("gpt2").decode) == "V·d + L·(2·T·d + 12·d²)"


def test_the_rule_of_thumb_says_what_it_leaves_out() -> None:
    found = of("gpt2")
    thumb = rule_of_thumb(found)
    assert thumb is not None
    assert thumb.value == 12 * 12 * 768**2
    assert thumb.outside == (50257 + 1024) * 768 + 2 * 768
    assert thumb.total - thumb.outside == 12 * (12 * 768**2 + 13 * 768)
    assert rule_of_thumb(of("mixtral-8x7b")) is None


def test_a_family_alone_has_the_formula_of_its_defaults() -> None:
    found = symbolic_totals(read("family:gpt2"))
    assert found is not None
    assert str(found.parameters) == "P·d + V·d + L·(12·d² + 13·d) + 2·d"


def test_what_a_list_of_layers_fixes_is_said() -> None:
    """A configuration that names each layer's sort cannot have more of them: the count of each stays a number."""
    config = {
        "model_type": "qwen3_next", "architectures": ["Qwen3NextForCausalLM"], "num_hidden_layers": 3,
        "layer_types": ["linear_attention", "full_attention", "linear_attention"],
    }  # fmt: skip
    found = symbolic_totals(network_of(config, "three layers"))
    assert found is not None
    assert found.parameters is not None
    assert [str(times) for times, _ in found.parameters.loops] == ["2", "1"]
    assert "L" not in found.tried


def test_a_network_without_a_family_has_none() -> None:
    assert symbolic_totals(load("alexnet")) is None


def test_what_show_says_in_symbols(capsys: pytest.CaptureFixture[str]) -> None:
    """GPT-2's formula by hand, and the rule of thumb's distance from it: 12·12·768² = 84,934,656 of 124,439,808."""
    main(["show", "gpt2", "--formulas", "symbols"])
    text = capsys.readouterr().out
    assert "in symbols  parameters = P·d + V·d + L·(12·d² + 13·d) + 2·d" in text
    assert "V vocab_size 50,257, P n_positions 1,024, d n_embd 768, L n_layer 12" in text
    assert "usual       12·L·d² = 84,934,656: 31.7 % less than all, 0.1 % less than the blocks alone" in text
    main(["show", "gpt2", "--formulas", "symbols", "--format", "json"])
    data = json.loads(capsys.readouterr().out)["symbols"]
    assert data["macs"] == "S·(V·d + L·12·d²) + S²·L·2·d"
    assert data["sizes"]["d"] == {"key": "n_embd", "value": 768}
    assert data["usual"] == {"formula": "12·L·d²", "value": 12 * 12 * 768**2}
    main(["show", "alexnet", "--formulas", "symbols"])
    assert "in symbols  parameters" not in capsys.readouterr().out  # no family: no named sizes
