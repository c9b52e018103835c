"""Keras's own quantisation by Keras itself: what a file of weights alone says, and what it leaves open."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import layers
from keras.quantizers import Int4QuantizationConfig

from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.sources.test_keras import saved


@pytest.mark.parametrize(("mode", "known"), [("int8", True), ("int4", True), ("float8", True)])
def test_quantised_weights_alone_say_what_they_can(tmp_path: Path, mode: str, known: bool) -> None:
    model = keras.Sequential([keras.Input((32,)), layers.Dense(64), layers.Dense(10)])
    model.quantize(mode)
    true = 32 * 64 + 64 + 64 * 10 + 10
    whole = keep_books(read_file(saved(model, tmp_path, ".keras"))).totals.parameters
    assert whole == true
    alone = keep_books(read_file(saved(model, tmp_path, ".weights.h5"))).totals.parameters
    assert alone == true if known else not isinstance(alone, int)


@pytest.mark.parametrize("largest", [127, 112])
def test_bytes_that_may_be_two_values_each_stay_open(tmp_path: Path, largest: int) -> None:
    """Two values of four bits are 0x90 to 0x7F as a byte; the last of 16 columns is negative here."""
    model = keras.Sequential([keras.Input((16,)), layers.Dense(16)])
    model.quantize("int8")
    kernel = np.zeros((16, 16), np.int8)
    kernel[0, :], kernel[0, -1] = 127, -largest
    model.layers[0]._kernel.assign(kernel)
    totals = keep_books(read_file(saved(model, tmp_path, ".weights.h5"))).totals
    assert (totals.parameters == 16 * 17) is (largest == 127)
    assert (largest == 127) is isinstance(totals.parameters, int)


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_scales_where_a_bias_would_stand(tmp_path: Path, mode: str, suffix: str) -> None:
    model = keras.Sequential([keras.Input((16,)), layers.Dense(12, use_bias=False)])
    model.quantize(mode)
    totals = keep_books(read_file(saved(model, tmp_path, suffix))).totals
    assert totals.biases == 0
    assert totals.parameters == 16 * 12


SMALL = {
    "odd": lambda: [keras.Input((33,)), layers.Dense(17), layers.Dense(7, use_bias=False)],
    "table": lambda: [keras.Input((5,), dtype="int32"), layers.Embedding(100, 33)],
    "einsum": lambda: [keras.Input((5, 12)), layers.EinsumDense("abc,cde->abde", (None, 3, 4), bias_axes="de")],
    "einsum without bias": lambda: [keras.Input((5, 12)), layers.EinsumDense("abc,cd->abd", (None, 6))],
}


@pytest.mark.parametrize("name", SMALL)
def test_eight_bits_in_weights_alone(tmp_path: Path, name: str) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(SMALL[name]())
    learned = model.count_params()
    model.quantize("int8")
    assert keep_books(read_file(saved(model, tmp_path, ".weights.h5"))).totals.parameters == learned


@pytest.mark.parametrize("block", [None, 4, 128])
@pytest.mark.parametrize("name", SMALL)
def test_two_values_share_a_byte_in_weights_alone(tmp_path: Path, name: str, block: int | None) -> None:
    model = keras.Sequential(SMALL[name]())
    learned = model.count_params()
    model.quantize(config=Int4QuantizationConfig(block_size=block))
    total = keep_books(read_file(saved(model, tmp_path, ".weights.h5"))).totals.parameters
    if name == "table" and block is None:  # one scale a word, nothing that is as long as a word
        assert not isinstance(total, int)
    else:
        assert total == learned


def test_scales_behind_a_kernel_of_bytes_are_no_bias(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((32,)), layers.Dense(10, use_bias=False), layers.Dense(4)])
    model.quantize("int8")
    assert keep_books(read_file(saved(model, tmp_path, ".weights.h5"))).totals.biases == 4


def inputs(*sizes: int) -> list[keras.KerasTensor]:
    return [keras.Input((size, 8)) for size in sizes]


@pytest.mark.parametrize(
    ("layer", "fed"),
    [
        (lambda: layers.GroupQueryAttention(4, 4, 2), (6, 6)),
        (lambda: layers.Attention(use_scale=True, score_mode="concat"), (4, 6)),
        (lambda: layers.AdditiveAttention(), (4, 6)),
        (lambda: layers.RNN([layers.LSTMCell(4), layers.GRUCell(5), layers.SimpleRNNCell(3)]), (7,)),
    ],
)
def test_weights_alone_of_attention_and_of_cells(
    tmp_path: Path, layer: Callable[[], layers.Layer], fed: tuple[int, ...]
) -> None:
    given = inputs(*fed)
    made = layer()
    if isinstance(made, layers.GroupQueryAttention | layers.RNN):
        out = made(given[0], given[1]) if len(given) > 1 else made(given[0])
    else:
        out = made(given)
    model = keras.Model(given, out)
    assert keep_books(read_file(saved(model, tmp_path, ".weights.h5"))).totals.parameters == model.count_params()


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_the_names_of_a_quantised_layer_with_an_adapter(tmp_path: Path, mode: str) -> None:
    """The older form lists what is trained first: the bias and both sides of the adapter, then the kernel."""
    model = keras.Sequential([keras.Input((16,)), layers.Dense(32), layers.Dense(4)])
    model.layers[0].enable_lora(4)
    model.quantize(mode)
    totals = keep_books(read_file(saved(model, tmp_path, ".h5"))).totals
    assert totals.parameters == 16 * 32 + 32 + 4 * (16 + 32) + 32 * 4 + 4
    assert totals.biases == 32 + 4


@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_a_quantised_layer_of_a_class_without_a_rule(tmp_path: Path, mode: str, suffix: str) -> None:
    """Two tables and their scales under numbers: what is what cannot be told."""
    ids = keras.Input((9,), dtype="int32")
    table = layers.ReversibleEmbedding(50, 16, tie_weights=False)
    model = keras.Model(ids, table(table(ids), reverse=True))
    model.quantize(mode)
    assert not isinstance(keep_books(read_file(saved(model, tmp_path, suffix))).totals.parameters, int)
