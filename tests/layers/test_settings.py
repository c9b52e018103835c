"""Settings that few networks use, worked by hand or by PyTorch's own modules."""

from __future__ import annotations

from typing import Any

import pytest

from netledger.layers import apply
from netledger.unknown import Unknown

SETTINGS: list[tuple[str, dict[str, Any], tuple[Any, ...], int, tuple[Any, ...]]] = [
    ("multihead_attention", {"embed_dim": 12, "num_heads": 3, "need_weights": True}, ((5, 12), (7, 12), (7, 12)),
     4 * 144 + 48, ((5, 12), (5, 7))),
    ("multihead_attention", {"embed_dim": 12, "num_heads": 3, "bias": False, "add_bias_kv": True}, ((5, 12),),
     4 * 144 + 24, ((5, 12),)),
    ("causal_conv1d", {"kernel_size": 4, "channels": 8}, ((16, 8),), 8 * 4 + 8, ((16, 8),)),
    ("affine_grid", {"size": (2, 3, 4, 5)}, (Unknown("no shape"),), 0, ((2, 4, 5, 2),)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "attributes", "shapes", "parameters", "outputs"), SETTINGS)
def test_parameters_and_shapes(
    kind: str, attributes: dict[str, Any], shapes: tuple[Any, ...], parameters: int, outputs: tuple[Any, ...]
) -> None:
    effect = apply(kind, attributes, shapes)
    assert (effect.parameters.count, effect.outputs) == (parameters, outputs)


def test_a_vector_of_each_example_is_flat_already() -> None:
    """PyTorch's ``Flatten`` begins behind the batch."""
    assert apply("flatten", {}, ((7,),), True).outputs == ((7,),)


def test_channels_that_are_stated_need_no_input() -> None:
    assert apply("causal_conv1d", {"kernel_size": 4, "channels": 8}, (Unknown("no shape"),)).parameters.count == 40
