"""Ways to write a network in Keras, each counted by Keras itself: what code says is understood."""

from __future__ import annotations

import os
from typing import Any

import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")

from netledger.audit.understanding.understanding import understand  # noqa: E402
from netledger.ledger import keep_books  # noqa: E402

KNOWN = {
    "a list that grows": "model = Sequential()\nmodel.add(Input((8, 8, 3)))\nfor n in [4, 8]:\n    model.add(Conv2D(n, 3))\n"
    "model.add(Flatten())\nmodel.add(Dense(5))",
    "layers applied": "x = i = Input(shape=(9,))\nx = Dense(8, activation='relu')(x)\nx = Dropout(0.5)(x)\nx = Dense(4)(x)\n"
    "model = Model(i, x)",
    "branches that meet": "i = Input(shape=(9,))\na = Dense(8)(i)\nb = Dense(8)(i)\nx = Add()([a, b])\nx = Dense(4)(x)\nmodel = Model(i, x)",
    "branches side by side": "i = Input(shape=(9,))\na = Dense(8)(i)\nb = Dense(7)(i)\nx = Concatenate()([a, b])\nx = Dense(4)(x)\n"
    "model = Model(i, x)",
    "one layer twice": "i = Input(shape=(9,))\nsame = Dense(9)\nx = same(same(i))\nx = Dense(4)(x)\nmodel = Model(i, x)",
    "a norm without a centre": "model = Sequential([Input((9,)), Dense(8), BatchNormalization(center=False), Dense(2)])",
    "spread": "model = Sequential([Input((7, 7, 8)), Conv2DTranspose(4, 4, strides=2, padding='same'), Conv2D(3, 3, dilation_rate=2)])",
    "depth by depth": "model = Sequential([Input((9, 9, 6)), DepthwiseConv2D(3), Conv2D(4, 1), SeparableConv2D(5, 3)])",
    "several for each depth": "model = Sequential([Input((9, 9, 6)), DepthwiseConv2D(3, depth_multiplier=2), Conv2D(4, 1), "
    "SeparableConv2D(5, 3, depth_multiplier=3), Flatten(), Dense(2)])",
    "pools that are padded": "model = Sequential([Input((9, 9, 3)), MaxPooling2D(3, strides=1, padding='same'), "
    "AveragePooling2D(3, strides=2, padding='same'), Flatten(), Dense(2)])",
    "both ways": "model = Sequential([Input((20, 4)), Bidirectional(LSTM(6, return_sequences=True)), Bidirectional(GRU(5)), Dense(2)])",
    "words": "model = Sequential([Input((20,)), Embedding(input_dim=100, output_dim=8), LSTM(6), Dense(1)])",
    "the input at the first layer": "model = Sequential()\nmodel.add(Dense(8, input_dim=9))\nmodel.add(Dense(2))",
    "pools of all": "model = Sequential([Input((9, 9, 3)), Conv2D(8, 3), GlobalMaxPooling2D(), Dense(2)])",
    "convolutions that are padded": "model = Sequential([Input((9, 9, 3)), Conv2D(8, 3, padding='same', strides=2), MaxPooling2D(2, strides=2),"
    " Flatten(), Dense(2)])",
    "attention": "i = Input(shape=(9, 16))\nx = MultiHeadAttention(num_heads=4, key_dim=8)(i, i)\nx = LayerNormalization()(x)\n"
    "x = Dense(2)(x)\nmodel = Model(i, x)",
    "a function of blocks": "def block(x, n):\n    x = Conv2D(n, 3, padding='same')(x)\n    return BatchNormalization()(x)\n"
    "i = Input(shape=(9, 9, 3))\nx = block(i, 4)\nx = block(x, 8)\nx = Flatten()(x)\nx = Dense(2)(x)\nmodel = Model(i, x)",
}  # fmt: skip


@pytest.mark.parametrize("way", KNOWN)
def test_as_many_trained_parameters_as_keras_makes(way: str) -> None:
    names: dict[str, Any] = {
        **vars(keras.layers),
        "Sequential": keras.Sequential,
        "Model": keras.Model,
        "Input": keras.Input,
    }
    exec(KNOWN[way], names)
    truth = sum(int(one.numpy().size) for one in names["model"].trainable_weights)
    (found, *_) = understand(KNOWN[way]).networks
    assert found.whole
    assert keep_books(found.network).totals.parameters == truth
