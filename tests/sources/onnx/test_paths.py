"""What layers are called, and how a file compares with the network that it was made from."""

from __future__ import annotations

import io
import warnings

import pytest

from netledger.sources.onnx import is_onnx
from netledger.sources.onnx.naming import meaningful, module_of, torch_names
from tests.sources.onnx.models import LIGHT, books, model, node, read, value, weight

torch = pytest.importorskip("torch")
nn = torch.nn


class Named:
    def __init__(self, name, op="Conv"):
        self.name, self.op = name, op


def test_layers_are_named_for_their_weights_their_node_or_their_value():
    nodes = [
        node("Gemm", "x fc6_w_0 fc6_b_0", "r1"), node("Relu", "r1", "r2"), node("Relu", "r2", "activated"),
        node("Relu", "activated", "y", name="last"),
    ]  # fmt: skip
    stored = [weight("fc6_w_0", 4, 3), weight("fc6_b_0", 3)]
    network = read(model(nodes, [value("x", (1, 4))], initializers=stored))
    assert [layer.path for layer in network] == ["x", "fc6", "Relu_1", "activated", "last"]


def test_names_are_unique():
    nodes = [node("MatMul", "x fc.weight", "a"), node("MatMul", "a fc.weight", "y")]
    paths = [layer.path for layer in read(model(nodes, [value("x", (4, 4))], initializers=[weight("fc.weight", 4, 4)]))]
    assert paths[1] == "fc"
    assert len(set(paths)) == 3


@pytest.mark.parametrize(
    ("name", "has_weights", "module"),
    [
        ("/layer1/layer1.0/conv1/Conv", True, ["layer1.0.conv1", "layer1.0.conv1.Conv"]),
        ("/features/features.1/conv/conv.0/conv.0.0/Conv", True, ["features.1.conv.0.0", "features.1.conv.0.0.Conv"]),
        ("/attn/Conv_1", False, ["attn.Conv_1"]),
        ("/Conv", False, ["Conv"]),
        ("/layer1/Add", False, []),
        ("conv1", True, []),
    ],
)
def test_node_names_of_pytorchs_exporter(name, has_weights, module):
    assert torch_names(Named(name), has_weights) == module


@pytest.mark.parametrize(
    ("tensor", "module"),
    [
        ("conv1/bn_scale_0", "conv1/bn"),
        ("gpu_0/res2_0_w_0", "gpu_0/res2_0"),
        ("w", ""),
        ("onnx::Conv_12", ""),
        ("_w", ""),
    ],
)
def test_modules_in_tensor_names(tensor, module):
    assert module_of(tensor) == module


def test_counters_say_nothing():
    assert not any(meaningful(name) for name in ("", "12", "r0", "n7", "node_3", "onnx::Add_4", "_1"))


def test_what_is_an_onnx_file():
    for path in LIGHT.glob("*.onnx"):
        assert is_onnx(path.read_bytes()[:4096])
    assert not any(
        is_onnx(head) for head in (b"", b"GGUF", b"PK\x03\x04", b"{}", b"\x0a\x04data", b"\x80\x02}q", b"name: 'x'")
    )


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(100, 32)
        self.lstm = nn.LSTM(32, 64, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(128, 10)

    def forward(self, ids):
        return self.head(self.lstm(self.embedding(ids))[0][:, -1])


def random_weights(module):
    """Different values everywhere: the exporter stores equal tensors once."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_()
    return module.eval()


def exported(module, *inputs):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(random_weights(module), inputs, out, dynamo=False)
    return out.getvalue()


IMAGE = torch.zeros(1, 3, 32, 32)
CONVOLUTIONS = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, groups=4), nn.PReLU(8))
MODULES = {
    "convolutions": (CONVOLUTIONS, IMAGE, 16 * 16 * 27 * 8 + 14 * 14 * 18 * 8),
    "deconvolution": (nn.Sequential(nn.Conv2d(3, 4, 1), nn.ConvTranspose2d(4, 6, 4, 2, 1, groups=2)), IMAGE,
                      32 * 32 * 12 + 32 * 32 * 4 * 16 * 3),
    "tokens": (nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.LayerNorm(32), nn.Linear(32, 4)), torch.zeros(2, 7, 16),
               14 * (16 * 32 + 32 * 4)),
    "recurrent": (Recurrent(), torch.zeros(3, 7, dtype=torch.long),
                  3 * 7 * 2 * 4 * 64 * (32 + 64) + 3 * 7 * 2 * 4 * 64 * (128 + 64) + 3 * 1280),
    "attention": (nn.Sequential(nn.TransformerEncoderLayer(16, 4, 24, batch_first=True)), torch.zeros(2, 9, 16),
                  18 * (4 * 16 * 16 + 2 * 16 * 24) + 2 * 2 * 9 * 9 * 16),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_what_pytorch_exports_counts_as_in_pytorch(name):
    """Parameters as the module's own; MACs by hand formulas."""
    module, fed, macs = MODULES[name]
    ledger = books(exported(module, fed))
    assert ledger.totals.parameters == sum(parameter.numel() for parameter in module.parameters())
    assert ledger.totals.macs == macs
    assert ledger.unknown == ()
    assert ledger.discrepancies == ()
