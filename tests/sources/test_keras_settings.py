"""Settings of Keras' layers that few use: parameters and shapes by Keras itself, live and from a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import layers, ops

import netledger
from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.sources.test_keras import saved

Fed = tuple[int, ...]
LAYERS: dict[str, tuple[Fed, Any]] = {
    "a group of each channel": ((6, 6, 4), lambda: layers.GroupNormalization(groups=-1)),
    "groups without a scale": ((6, 6, 4), lambda: layers.GroupNormalization(groups=2, scale=False)),
    "groups of channels that come first": ((4, 6, 6), lambda: layers.GroupNormalization(groups=2, axis=1)),
    "statistics that are stated": ((5,), lambda: layers.Normalization(mean=3.0, variance=2.0)),
    "statistics to be learned": ((6, 5), lambda: layers.Normalization(axis=-1)),
    "slopes shared along rows": ((6, 7, 4), lambda: layers.PReLU(shared_axes=[1, 2])),
    "slopes of their own": ((6, 7, 4), lambda: layers.PReLU()),
    "single values in a column": ((), lambda: layers.Flatten()),
    "padding of two sorts": ((9, 3), lambda: layers.ZeroPadding1D((1, 2))),
    "padding alike": ((9, 3), lambda: layers.ZeroPadding1D(3)),
    "cut off": ((9, 8, 3), lambda: layers.Cropping2D(((1, 2), (0, 3)))),
    "spread with a padding of its own": ((5, 6, 3), lambda: layers.Conv2DTranspose(4, 3, strides=2, output_padding=1)),
    "spread to the same with one": ((5, 6, 3), lambda: layers.Conv2DTranspose(4, 3, 2, padding="same", output_padding=1)),
    "spread wide": ((5, 6, 3), lambda: layers.Conv2DTranspose(4, 3, dilation_rate=2)),
    "spread along a line": ((5, 3), lambda: layers.Conv1DTranspose(4, 3, strides=2)),
    "cut off a line": ((9, 3), lambda: layers.Cropping1D(2)),
    "words in a softmax": ((4, 6), lambda: layers.Softmax(axis=-1)),
    "states handed on": ((7, 4), lambda: layers.LSTM(5, return_sequences=True)),
}  # fmt: skip


@pytest.mark.parametrize("suffix", ["live", ".keras", ".json"])
@pytest.mark.parametrize("name", LAYERS)
def test_parameters_and_shapes_are_those_of_keras(tmp_path: Path, name: str, suffix: str) -> None:
    fed, layer = LAYERS[name]
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input(fed), layer()])
    if suffix == "live":
        ledger = netledger.summary(model, verbose=0)
    else:
        ledger = keep_books(read_file(saved(model, tmp_path, suffix)))
    totals = ledger.totals
    assert totals.parameters + totals.buffers == model.count_params()
    assert totals.parameters == sum(int(one.numpy().size) for one in model.trainable_weights)
    assert tuple(ledger.entries[-1].outputs[0]) == (1, *model.output_shape[1:])


NO_RULE: dict[str, tuple[Fed, Any]] = {
    "an axis in the middle": ((4, 6, 8), lambda: layers.BatchNormalization(axis=2)),
    "rows instead of features": ((4, 6), lambda: layers.LayerNormalization(axis=1)),
    "groups in the middle": ((4, 6, 8), lambda: layers.GroupNormalization(groups=2, axis=2)),
}


@pytest.mark.parametrize("name", NO_RULE)
def test_an_axis_that_has_no_rule_is_open_and_its_bytes_are_there(tmp_path: Path, name: str) -> None:
    """What of a normalisation's variables is learned, its kind would tell: none is named here."""
    fed, layer = NO_RULE[name]
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input(fed), layer()])
    stored, alone = (keep_books(read_file(saved(model, tmp_path, suffix))).totals for suffix in (".keras", ".json"))
    assert stored.bytes == 4 * model.count_params()
    assert not any(isinstance(totals.parameters, int) for totals in (stored, alone))


PRODUCTS: dict[str, tuple[list[Fed], Any, int]] = {
    "a product of two": ([(5, 4), (4, 6)], lambda a, b: ops.matmul(a, b), 5 * 4 * 6),
    "a sum of products": ([(5, 4), (6, 4)], lambda a, b: ops.einsum("bij,bkj->bik", a, b), 5 * 4 * 6),
    "value by value": ([(5, 4), (5, 4)], lambda a, b: ops.einsum("bij,bij->bij", a, b), 0),
    "along two axes": ([(5, 4), (6, 4)], lambda a, b: layers.Dot(axes=[2, 2])([a, b]), 5 * 4 * 6),
    "along one of the same number": ([(4, 5), (4, 6)], lambda a, b: layers.Dot(axes=1)([a, b]), 5 * 4 * 6),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_of_operations_by_hand(name: str, tmp_path: Path) -> None:
    """Live and from a file: rows times what is summed times columns, once an example."""
    fed, function, macs = PRODUCTS[name]
    inputs = [keras.Input(shape) for shape in fed]
    model = keras.Model(inputs, function(*inputs))
    assert netledger.summary(model, verbose=0).totals.macs == macs
    assert keep_books(read_file(saved(model, tmp_path, ".keras"))).totals.macs == macs
