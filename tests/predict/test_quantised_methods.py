"""Bytes that quantised weights take by what a configuration's keys say, worked by hand; keys that say too little."""

from __future__ import annotations

from typing import Any

import pytest

from netledger.ledger import keep_books
from netledger.notation import parse
from netledger.predict.quantised import quantised_bytes
from netledger.unknown import reasons

BLOCK = keep_books(parse('x = input(64)\ny = linear(96, bias=False, name="blocks.0.up")'))
"""One matrix of 96·64."""
VALUES = 96 * 64


def compressed(**more: Any) -> dict[str, Any]:
    weights = {"num_bits": 4, "strategy": "group", "group_size": 32, "symmetric": True}
    group = {"targets": ["Linear"], "weights": {**weights, **more.pop("weights", {})}, **more}
    return {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"group_0": group}}


KNOWN = {
    "GPTQ": ({"quant_method": "gptq", "bits": 4, "group_size": 32}, VALUES // 2 + 2 * 96 // 2 + 2 * 96 * 2 + 4 * 64),
    "GPTQ of three bits": (
        {"quant_method": "gptq", "bits": 3, "group_size": 32}, VALUES * 3 // 8 + 2 * 96 * 3 // 8 + 2 * 96 * 2 + 4 * 64),
    "stacks of experts alone": ({"quant_method": "mxfp4"}, 2 * VALUES),
    "AWQ in one group": ({"quant_method": "awq", "w_bit": 4, "q_group_size": -1}, VALUES // 2 + 96 // 2 + 96 * 2),
    "blocks of eight bits": ({"quant_method": "fp8", "weight_block_size": [32, 64]}, VALUES + 4 * 3),
    "bitsandbytes in eight": ({"quant_method": "bitsandbytes", "load_in_8bit": True}, VALUES + 4 * 96),
    "bitsandbytes in four": ({"quant_method": "bitsandbytes", "load_in_4bit": True}, VALUES // 2 + 4 * 96 + 4 * 16),
    "packed by groups": (compressed(), VALUES // 2 + 2 * 2 * 96 + 16),
    "a byte a value and a scale a block": (
        compressed(weights={"num_bits": 8, "strategy": "block", "block_structure": [32, 32]}, format="float-quantized"),
        VALUES + 2 * 3 * 2),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_bytes_by_hand(name: str) -> None:
    method, expected = KNOWN[name]
    assert quantised_bytes(BLOCK, method, 2) == expected


OPEN: dict[str, dict[str, Any]] = {
    "bits that no word holds": {"quant_method": "gptq", "bits": 5, "group_size": 32},
    "no blocks": {"quant_method": "fp8"},
    "a block of one size": {"quant_method": "fp8", "weight_block_size": [32]},
    "bitsandbytes of another type": {
        "quant_method": "bitsandbytes",
        "load_in_4bit": True,
        "bnb_4bit_quant_type": "int4",
    },
    "no groups": {"quant_method": "compressed-tensors"},
    "other targets": compressed(targets=["Conv"]),
    "not symmetric": compressed(weights={"symmetric": False}),
    "groups of nothing": compressed(weights={"group_size": 0}),
    "blocks that are not told": compressed(weights={"strategy": "block"}),
    "three bits": compressed(weights={"num_bits": 3}),
    "inputs that are packed too": compressed(input_activations={"dynamic": True}),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_the_keys_do_not_say_is_unknown(name: str) -> None:
    assert "its keys do not say how blocks.0.up is packed" in reasons(quantised_bytes(BLOCK, OPEN[name], 2))
