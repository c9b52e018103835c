"""Keras archives: configurations whose values are changed, doubled, left out or put elsewhere."""

from __future__ import annotations

import json
import random
from typing import Any

from netledger.sources.keras import KERAS
from tests.fuzz_files.mutate import NUMBERS, outcome
from tests.sources.builders import archive


def _layer(kind: str, name: str, reads: str | list[str] = "", **more: Any) -> dict[str, Any]:
    reads = [reads] if isinstance(reads, str) and reads else reads
    calls = [[[one, 0, 0, {}] for one in reads]] if reads else []
    return {"class_name": kind, "name": name, "config": {"name": name, **more}, "inbound_nodes": calls}


def _model(layers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    last = layers[-1]["name"]
    ends = {"input_layers": [[layers[0]["name"], 0, 0]], "output_layers": [[last, 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "m", "layers": layers, **ends}, **more}


IMAGES = _model([
    _layer("InputLayer", "x", batch_input_shape=[None, 16, 16, 4]),
    _layer("Conv2D", "c", "x", filters=4, kernel_size=[3, 3], strides=[1, 1], padding="same", groups=2),
    _layer("BatchNormalization", "n", "c", axis=-1, scale=False),
    _layer("Add", "a", ["x", "n"]), _layer("Concatenate", "k", ["a", "n"], axis=-1),
    _layer("DepthwiseConv2D", "d", "k", kernel_size=3, depth_multiplier=2, dilation_rate=[1, 2]),
    _layer("Conv2DTranspose", "t", "d", filters=3, kernel_size=[2, 2], strides=2),
    _layer("ZeroPadding2D", "z", "t", padding=[[1, 2], [0, 1]]), _layer("UpSampling2D", "u", "z", size=[2, 2]),
    _layer("MaxPooling2D", "p", "u", pool_size=[2, 2], strides=None), _layer("Flatten", "f", "p"),
    _layer("Reshape", "r", "f", target_shape=[-1, 3]), _layer("Dense", "o", "r", units=5),
])  # fmt: skip
WORDS = _model([
    _layer("InputLayer", "x", batch_input_shape=[None, 12]), _layer("Embedding", "e", "x", input_dim=30, output_dim=8),
    _layer("MultiHeadAttention", "h", ["e", "e"], num_heads=2, key_dim=4, value_dim=4),
    _layer("LayerNormalization", "n", "h", axis=[-1]),
    _layer("EinsumDense", "i", "n", equation="abc,cd->abd", output_shape=[None, 6], bias_axes="d"),
    _layer("Bidirectional", "b", "i", layer={"class_name": "LSTM", "config": {"units": 3, "return_sequences": True}}),
    _layer("TimeDistributed", "t", "b", layer={"class_name": "Dense", "config": {"units": 4}}),
    _layer("GRU", "g", "t", units=3, reset_after=True, return_state=False), _layer("Lambda", "l", "g"),
    _layer("Sequential", "s", "l", layers=[_layer("Dense", "inner", units=2)]),
])  # fmt: skip
SEEDS = [IMAGES, WORDS]
_VALUES = (
    *NUMBERS,
    -1,
    -2,
    1.5,
    1e300,
    True,
    False,
    None,
    "",
    "same",
    "x" * 5_000,
    [],
    {},
    [1, 2],
    [[1]],
    "Conv2D",
    "Dense",
)


def mutated(seed: int) -> bytes:
    """An archive whose configuration has a few values, keys or lists changed."""
    chance = random.Random(seed)
    data = json.loads(json.dumps(chance.choice(SEEDS)))
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        places = list(_places(data))
        if not places:
            break
        holder, key = chance.choice(places)
        way = chance.randrange(5)
        if way == 0:
            del holder[key]
        elif way == 1:
            other, name = chance.choice(places)
            holder[key] = json.loads(json.dumps(other[name]))
        elif way == 2 and isinstance(holder, list):
            holder.append(json.loads(json.dumps(holder[key])))
        else:
            holder[key] = chance.choice(_VALUES)
    return archive({"metadata.json": b'{"keras_version": "3.0.0"}', "config.json": json.dumps(data).encode()})


def _places(data: Any) -> Any:
    waiting = [data]
    while waiting:
        one = waiting.pop()
        keys = range(len(one)) if isinstance(one, list) else one if isinstance(one, dict) else ()
        for key in keys:
            yield one, key
            waiting.append(one[key])


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(KERAS, data)
