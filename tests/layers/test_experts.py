"""Experts: their matrices by name, with a gate and without."""

from __future__ import annotations

import pytest

from netledger.errors import NetledgerError
from netledger.layers import apply
from netledger.unknown import Unknown

SIZES = {"num_experts": 2, "intermediate_size": 3, "top_k": 1}


def stored(**more):
    effect = apply("experts", SIZES | more, ((1, 5),))
    return effect.weights.count, [(slot.name, slot.shape) for slot in effect.slots]


def test_without_a_gate_two_matrices_are_stored():
    """PyTorch: Linear(5, 3) and Linear(3, 5), two of each."""
    count, slots = stored(gated=False)
    assert count == 2 * (5 * 3 + 3 * 5)
    assert slots == [
        ("0.up_proj.weight", (3, 5)),
        ("0.down_proj.weight", (5, 3)),
        ("1.up_proj.weight", (3, 5)),
        ("1.down_proj.weight", (5, 3)),
    ]


def test_with_a_gate_three():
    count, slots = stored()
    assert count == 2 * 3 * 5 * 3
    assert len(slots) == 6


@pytest.mark.parametrize("names", [None, (), ("one",), ("a", "b", "c", "d")])
def test_as_many_names_as_matrices(names):
    with pytest.raises(NetledgerError, match="matrices of an expert"):
        stored(names=names)


def test_a_width_that_is_stated_needs_no_input():
    effect = apply("experts", SIZES | {"in_features": 5}, (Unknown("no shape"),))
    assert effect.weights.count == 2 * 3 * 5 * 3


def test_biases_beside_fused_matrices_are_named_as_they_are():
    """GPT-OSS keeps ``gate_up_proj_bias``; where a matrix ends in ``weight``, its bias ends in ``bias``."""
    names = ("gate_up.weight", "up", "down.weight")
    assert stored(form="fused", bias=True, names=names)[1] == [
        ("gate_up.weight", (2, 6, 5)), ("down.weight", (2, 5, 3)),
        ("gate_up.bias", (2, 6)), ("down.bias", (2, 5)),
    ]  # fmt: skip
