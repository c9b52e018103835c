"""Writes the files beside it: ``python make.py``, and again with ``FLAGS_enable_pir_api=0``, where Paddle (3.3.1) is.

With the flag the older form is written: ``.pdmodel``. ``truth.json`` holds what Paddle says of the parameters.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import paddle
from paddle import nn

HERE = Path(__file__).parent


class Images(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2D(3, 8, 3, 2, 1), nn.BatchNorm2D(8)
        self.second, self.slope = nn.Conv2D(8, 8, 3, 1, 1, groups=8), nn.PReLU(8)
        self.up, self.last = nn.Conv2DTranspose(8, 4, 2, 2), nn.Linear(4 * 8 * 8, 10)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        x = nn.functional.relu(self.second(self.slope(self.norm(self.first(x)))))
        return nn.functional.softmax(self.last(paddle.flatten(self.up(x), 1)))


class Words(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.read = nn.Embedding(50, 8), nn.LSTM(8, 16, direction="bidirect")
        self.back, self.heads, self.norm = nn.GRU(32, 4), nn.MultiHeadAttention(4, 2), nn.LayerNorm(4)

    def forward(self, words: paddle.Tensor) -> paddle.Tensor:
        x = self.norm(self.back(self.read(self.table(words))[0])[0])
        return self.heads(x, x, x)


def main() -> None:
    old = os.environ.get("FLAGS_enable_pir_api") == "0"  # noqa: SIM112
    known = HERE / "truth.json"
    truth = json.loads(known.read_text(encoding="utf-8")) if known.exists() else {}
    cases = (("images", Images(), [-1, 3, 8, 8], "float32"), ("words", Words(), [2, 7], "int64"))
    for name, layer, shape, dtype in cases:
        if old and name == "words":
            continue  # a recurrent layer is not written in the older form without a place
        layer.eval()
        spec = [paddle.static.InputSpec(shape, dtype, name="x")]
        paddle.jit.save(layer, str(HERE / (f"{name}_old" if old else name)), input_spec=spec)
        held = {
            one.name: (key, one) for key, one in layer.state_dict().items()
        }.values()  # a shared one is listed twice
        statistics = sum(int(one.size) for key, one in held if key.endswith(("_mean", "_variance")))
        truth[name] = {
            "parameters": sum(int(one.size) for _, one in held) - statistics,
            "statistics": statistics,
            "shapes": sorted(list(one.shape) for _, one in held),
        }
    known.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    for path in HERE.glob("*.pdiparams.info"):
        path.unlink()


main()
