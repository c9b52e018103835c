"""Writes the files beside it: ``python make.py`` where MXNet (1.9.1 was used, with numpy 1.23) is installed.

``truth.json`` holds what MXNet itself says: the elements of its parameters and auxiliary states, and the shape of every
value by ``infer_shape``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

np.bool = bool
import mxnet as mx  # noqa: E402
from mxnet.gluon import nn, rnn  # noqa: E402

HERE = Path(__file__).parent


def images() -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(8, 3, 2, 1), nn.BatchNorm(), nn.PReLU(), nn.Conv2D(8, 3, 1, 1, groups=4), nn.MaxPool2D(3, 2, ceil_mode=True),
        nn.Conv2DTranspose(4, 2, 2), nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(6, "relu"), nn.LayerNorm(), nn.Dense(3),
    )  # fmt: skip
    return net


class Words(nn.HybridBlock):
    def __init__(self) -> None:
        super().__init__()
        with self.name_scope():
            self.table, self.read = nn.Embedding(50, 8), rnn.LSTM(16, 2, bidirectional=True, input_size=8)
            self.back, self.last = rnn.GRU(4, input_size=32), nn.Dense(5, flatten=False)
            self.scale = self.params.get("scale", shape=(1, 1, 5))

    def hybrid_forward(self, F: object, words: object, scale: object) -> object:  # noqa: N803
        x = self.last(self.back(self.read(self.table(words))))
        weighed = F.batch_dot(F.softmax(F.batch_dot(x, x, transpose_b=True)), x)
        return F.broadcast_mul(F.reshape(weighed, shape=(0, -1, 5)), scale)


TRUTH = {}
for name, net, fed in (("images", images(), mx.nd.ones((1, 3, 16, 16))), ("words", Words(), mx.nd.ones((7, 2)))):
    net.initialize()
    net.hybridize()
    net(fed)
    net.export(str(HERE / name))
    internals = mx.sym.load(str(HERE / f"{name}-symbol.json")).get_internals()
    _, shapes, _ = internals.infer_shape(data=fed.shape)
    held = mx.nd.load(str(HERE / f"{name}-0000.params"))
    TRUTH[name] = {
        "parameters": sum(one.size for key, one in held.items() if key.startswith("arg:")),
        "statistics": sum(one.size for key, one in held.items() if key.startswith("aux:")),
        "shapes": {
            key: list(shape)
            for key, shape in zip(internals.list_outputs(), shapes, strict=True)
            if key.endswith("output")
        },
    }
(HERE / "truth.json").write_text(json.dumps(TRUTH, indent=1) + "\n", encoding="utf-8")
