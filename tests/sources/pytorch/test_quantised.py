"""Quantised layers in all their forms: logical weights, stored bytes, and the MACs of the layers that they stand for.

The libraries' own classes cannot be had everywhere; those here are built as theirs are, and torchao's are tried for
real where it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402

warnings.filterwarnings("ignore", category=UserWarning)


class Reads(nn.Module):
    def __init__(self, kind, **settings):
        super().__init__()
        self.layer, self.fc = kind(64, 32, **settings), nn.Linear(64, 4)

    def forward(self, x):
        return self.fc(self.layer(x)[0])


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize(("kind", "gates"), [(nn.LSTM, 4), (nn.GRU, 3)])
def test_dynamic_int8_recurrent_layers(kind, gates, real):
    """Two layers in two directions: every step multiplies what it reads and its state by all gates' matrices."""
    model = Reads(kind, num_layers=2, bidirectional=True, batch_first=True)
    small = torch.ao.quantization.quantize_dynamic(model, {kind, nn.Linear}, dtype=torch.qint8)
    expected = 7 * 2 * gates * 32 * ((64 + 32) + (2 * 32 + 32)) + 7 * 64 * 4
    assert macs(small, (1, 7, 64), real=real) == macs(model, (1, 7, 64)) == expected


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize(("kind", "gates"), [(nn.LSTMCell, 4), (nn.GRUCell, 3), (nn.RNNCell, 1)])
def test_dynamic_int8_cells(kind, gates, real):
    small = torch.ao.quantization.quantize_dynamic(nn.Sequential(kind(64, 32)), {kind}, dtype=torch.qint8)
    assert macs(small, (2, 64), real=real) == 2 * gates * 32 * (64 + 32)


def test_prepared_for_training_with_quantisation():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3)).train()
    model.qconfig = torch.ao.quantization.get_default_qat_qconfig("fbgemm")
    torch.ao.quantization.prepare_qat(model, inplace=True)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert macs(model, (1, 3, 9, 9), mode="train") == 7 * 7 * 27 * 8 + 5 * 5 * 72 * 8
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


class Linear4bit(nn.Linear):
    """As bitsandbytes keeps it: two weights in a byte; its kernels want values, a device, a state."""

    def __init__(self, width, out):
        super().__init__(width, out)
        self.weight = nn.Parameter(torch.zeros(width * out // 2, 1, dtype=torch.uint8), requires_grad=False)

    def forward(self, x):
        assert self.weight.is_cuda
        raise NotImplementedError


class Packed(nn.Module):
    """As GPTQ keeps it: eight weights in an int32, scales and zero points for groups of 32."""

    def __init__(self, width, out):
        super().__init__()
        self.in_features, self.out_features = width, out
        self.register_buffer("qweight", torch.zeros(width // 8, out, dtype=torch.int32))
        self.register_buffer("qzeros", torch.zeros(width // 32, out // 8, dtype=torch.int32))
        self.register_buffer("scales", torch.zeros(width // 32, out, dtype=torch.float16))

    def forward(self, x):
        raise RuntimeError("this kernel needs a GPU")


def test_layers_with_kernels_of_their_own():
    model = nn.Sequential(Linear4bit(64, 128), nn.ReLU(), Packed(128, 64))
    ledger = counted(model, (5, 64))
    assert ledger.total_mult_adds == 5 * 2 * 64 * 128
    assert ledger.total_params == 2 * 64 * 128 + 128
    assert "unused_parameters" not in ledger.network.meta
    stored = sum(t.numel() * t.element_size() for t in [*model.parameters(), *model.buffers()])
    assert sum(int(entry.bytes) for entry in ledger) == stored


@pytest.mark.parametrize("real", [False, True])
def test_convolutions_in_integers_there_and_back(real):
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.ConvTranspose2d(4, 2, 2)).eval()
    prepared = prepare_fx(plain, get_default_qconfig_mapping("qnnpack"), (torch.randn(2, 3, 8, 8),))
    prepared(torch.randn(2, 3, 8, 8))
    assert macs(convert_fx(prepared), torch.randn(2, 3, 8, 8), real=real) == 2 * 36 * 27 * 4 + 2 * 36 * 4 * 4 * 2


def test_a_transposed_convolution_of_one_dimension_is_packed_as_one_of_two():
    layer = torch.ao.nn.quantized.dynamic.ConvTranspose1d(4, 6, 4, stride=3)
    assert macs(layer, torch.randn(2, 4, 7)) == 2 * 7 * 4 * 6 * 4


def test_a_ledger_where_only_packed_layers_are_and_one_raises():
    class Fails(Linear4bit):
        pass

    Fails.__name__ = "Linear4bitOfSomebody"
    layer = Fails(64, 128)
    layer.weight.quant_state = None
    ledger = counted(layer, (1, 64))
    assert ledger.total_params == 64 * 128 + 128
    assert str(ledger.totals.macs) == "unknown"


class Halves(torch.Tensor):
    """A weight that is two tensors in one, as torchao's are: int8 values and a scale for each row."""

    @staticmethod
    def __new__(cls, values, scale):
        return torch.Tensor._make_wrapper_subclass(cls, values.shape, dtype=torch.bfloat16)

    def __init__(self, values, scale):
        self.values_, self.scale_ = values, scale

    def __tensor_flatten__(self):
        return ["values_", "scale_"], None

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.detach.default:
            return cls(args[0].values_, args[0].scale_)
        raise NotImplementedError(func)


def test_weights_that_are_several_tensors_in_one():
    layer = nn.Linear(64, 128, bias=False, dtype=torch.bfloat16)
    values, scale = torch.zeros(128, 64, dtype=torch.int8), torch.ones(128, dtype=torch.bfloat16)
    layer.weight = nn.Parameter(Halves(values, scale), requires_grad=False)
    ledger = counted(layer, torch.zeros(3, 64, dtype=torch.bfloat16))
    assert (ledger.total_params, ledger.total_mult_adds) == (64 * 128, 3 * 64 * 128)
    assert ledger.total_param_bytes == 64 * 128 + 2 * 128
    assert "unused_parameters" not in ledger.network.meta


@pytest.mark.parametrize("config", ["Int8WeightOnlyConfig", "Int8DynamicActivationInt8WeightConfig"])
def test_torchao(config):
    quantization = pytest.importorskip("torchao.quantization")
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64)).bfloat16()
    quantization.quantize_(model, getattr(quantization, config)())
    ledger = counted(model, torch.zeros(1, 64, dtype=torch.bfloat16))
    assert (ledger.total_params, ledger.total_mult_adds) == (2 * 64 * 128 + 192, 2 * 64 * 128)
    assert 2 * 64 * 128 < ledger.total_param_bytes < 2.2 * 64 * 128


SCHEMAS = {
    "int8_scaled_mm": "(Tensor A, Tensor B, Tensor row_stats, Tensor col_stats, Tensor? bias=None, "
    "ScalarType? dtype=None) -> Tensor",
    "dequantize_4bit": "(Tensor A, Tensor absmax, int blocksize, str quant_type, int[] shape, ScalarType dtype) "
    "-> Tensor",
    "gemv_4bit": "(Tensor A, Tensor B, int[] shapeB, Tensor absmax, Tensor code, int blocksize) -> Tensor",
}
SHAPES = {
    "int8_scaled_mm": lambda a, b, *more, **named: a.new_empty((*a.shape[:-1], b.shape[0]), dtype=torch.float32),
    "dequantize_4bit": lambda a, absmax, size, kind, shape, dtype: a.new_empty(shape, dtype=dtype),
    "gemv_4bit": lambda a, b, shape, *more: a.new_empty((*a.shape[:-1], shape[0])),
}


@pytest.fixture(scope="module")
def bitsandbytes():
    """Its operations: those of the library where it is installed, else of its own schemas, without kernels."""
    if "bitsandbytes" not in sys.modules and importlib.util.find_spec("bitsandbytes") is not None:
        importlib.import_module("bitsandbytes")
    library = torch.library.Library("bitsandbytes", "FRAGMENT")
    for name, schema in SCHEMAS.items():
        if not hasattr(torch.ops.bitsandbytes, name):
            library.define(name + schema)
            library.impl(name, SHAPES[name], "Meta")
    yield torch.ops.bitsandbytes
    library._destroy()


def in_int8(ops, x, weight):
    return ops.int8_scaled_mm(x.to(torch.int8), weight, x[:, 0], x.new_empty(32))


def in_4_bits(ops, x, weight):
    return x @ ops.dequantize_4bit(weight.view(torch.uint8), x[0], 64, "nf4", [32, 64], x.dtype).t()


def one_row(ops, x, weight):
    return torch.cat([ops.gemv_4bit(row, weight.view(torch.uint8), [32, 64], x[0], x[0], 64) for row in x.split(1)])


@pytest.mark.parametrize("product", [in_int8, in_4_bits, one_row])
def test_products_of_bitsandbytes(bitsandbytes, product):
    """``F.linear`` on the same sizes: five rows of 64 each meet 32 columns."""
    weight = torch.zeros(32, 64, dtype=torch.int8)
    model = Function(lambda self, x: product(bitsandbytes, x, self.weight))
    model.register_buffer("weight", weight)
    assert macs(model.to("meta"), (5, 64)) == 5 * 64 * 32
