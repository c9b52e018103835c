"""Every kind that ONNX export writes: onnxruntime computes what the built module does, and the file reads back alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from netledger.errors import DataError
from netledger.execute.building import build
from netledger.execute.exporting import export
from netledger.execute.exporting.onnx_file import _LAYERS
from netledger.ledger import keep_books
from netledger.notation import parse
from netledger.sources import read
from tests.execute.test_exporting import randomised, run_onnx

IMAGE, ROW, STEPS = "x = input(4, 9, 8)\n", "x = input(12)\n", "x = input(5, 12)\n"
NETS = [
    "x = input(4, 11)\ny = conv1d(6, kernel_size=3, stride=2, padding=1, dilation=2, groups=2)",
    IMAGE + 'y = conv2d(6, kernel_size=(3, 4), padding="same", bias=False)',
    IMAGE + "y = conv2d(6, kernel_size=3, stride=2, ceil_mode=True)",
    "x = input(2, 5, 6, 7)\ny = conv3d(3, kernel_size=(1, 2, 3))",
    "x = input(4, 11)\ny = max_pool1d(3, stride=2, ceil_mode=True)",
    IMAGE + "y = max_pool2d(3, stride=2, padding=1, ceil_mode=True)",
    "x = input(2, 5, 6, 7)\ny = max_pool3d(2)",
    "x = input(4, 11)\ny = avg_pool1d(3, padding=1)",
    IMAGE + "y = avg_pool2d(3, stride=2, padding=1, count_include_pad=False)",
    IMAGE + "y = avg_pool2d(3, stride=2, ceil_mode=True)",
    "x = input(2, 5, 6, 7)\ny = avg_pool3d((1, 2, 3))",
    "x = input(4, 8, 6)\ny = adaptive_avg_pool2d((4, 2))",
    "x = input(4, 8, 6)\ny = adaptive_max_pool2d((8, 6))",
    "x = input(4, 8, 6)\ny = adaptive_max_pool2d(2)",
    IMAGE + "y = global_avg_pool()",
    IMAGE + "y = global_max_pool(keepdim=True)",
    ROW + "y = linear(7)",
    STEPS + "y = linear(7)",
    STEPS + "y = linear(7, bias=False)",
    IMAGE + "y = local_response_norm(3, alpha=0.1, beta=0.75, k=2)",
    IMAGE + "y = local_response_norm(3, alpha=0.1, groups=2)",
    IMAGE + "y = response_norm_within(3, alpha=0.1, beta=0.5)",
    IMAGE + "y = batch_norm()",
    STEPS + "y = layer_norm(12)",
    STEPS + "y = layer_norm((5, 12), bias=False)",
    IMAGE + "y = flatten()",
    IMAGE + "y = flatten(start_dim=1)",
    IMAGE + "y = reshape((6, 6, 8))",
    IMAGE + "y = view((4, 72))",
    "x = input(4, 1, 8)\ny = squeeze(1)",
    IMAGE + "y = unsqueeze(0)",
    IMAGE + "y = unflatten(0, (2, 2))",
    IMAGE + "y = permute((1, 2, 0))",
    STEPS + "y = softmax(dim=-1)",
    STEPS + "y = log_softmax(dim=0)",
    IMAGE + "a = conv2d(4, kernel_size=1)\ny = add(a, x)",
    IMAGE + "a = relu(x)\nb = tanh(x)\ny = mul(a, b)",
    IMAGE + "a = relu(x)\nb = tanh(x)\ny = sub(a, b)",
    IMAGE + "y = div(x, value=3)",
    IMAGE + "a = relu(x)\nb = tanh(x)\ny = concat(a, b, x)",
    IMAGE + "a, b = split(x, [1, 3])\nc = conv2d(b, 1, kernel_size=1)\ny = add(a, c)",
    IMAGE + "a, b = chunk(x, 2)\ny = add(a, b)",
    'x = input(5, dtype="int64")\ny = embedding(10, 6)',
    *[f"{IMAGE}y = {kind}()" for kind in "relu sigmoid tanh exp abs neg softsign selu mish hardswish dropout identity".split()],
    IMAGE + "a = exp(x)\ny = sqrt(a)",
    IMAGE + "y = leaky_relu(0.2)",
    IMAGE + "y = elu(alpha=0.5)",
    IMAGE + "y = gelu()",
    IMAGE + 'y = gelu(approximate="tanh")',
]  # fmt: skip


def test_every_kind_that_is_written_is_in_the_table() -> None:
    assert {layer.kind for net in NETS for layer in parse(net)} >= set(_LAYERS)


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.partition("\n")[2])
def test_onnxruntime_computes_the_same_and_it_reads_back(net: str, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    network, path = parse(net), tmp_path / "model.onnx"
    module = randomised(build(network)).eval()
    torch.save(module.state_dict(), tmp_path / "weights.pt")
    export(network, path, weights=tmp_path / "weights.pt")
    onnx.checker.check_model(str(path), full_check=True)
    shape = (2, *network.inputs()[0].attributes["shape"])
    data = (
        torch.randint(0, 10, shape)
        if "int64" in net
        else torch.randn(shape, generator=torch.Generator().manual_seed(1))
    )
    with torch.no_grad():
        mine = module(data).numpy()
    np.testing.assert_allclose(run_onnx(path, data), mine, rtol=1e-4, atol=1e-5)
    ours, theirs = keep_books(network), keep_books(read(str(path)))
    assert theirs.totals.as_dict() | {"buffers": 0} == ours.totals.as_dict() | {"buffers": 0}
    assert theirs.entries[-1].outputs[0][1:] == ours.entries[-1].outputs[0]


@pytest.mark.parametrize(
    ("net", "why"),
    [
        (IMAGE + 'y = conv2d(4, kernel_size=3, padding=1, padding_mode="reflect")', "no padding_mode='reflect'"),
        (IMAGE + "y = adaptive_avg_pool2d(2)", "no pool from 9×8 to 2×2"),
        (IMAGE + "y = batch_norm(affine=False)", "needs scale, shift and running statistics"),
        (IMAGE + "y = response_norm_within(3, contrast=True)", "no contrast normalisation"),
        (ROW + "y = linear(6, groups=3)", "no grouped linear layer"),
    ],
)
def test_what_onnx_cannot_say_is_refused(net: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=why):
        export(parse(net), tmp_path / "model.onnx")
