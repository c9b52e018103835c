"""Parameters told apart: tied, frozen, unused, adapters', experts', quantised, pruned, not yet there."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn.utils import parametrizations, prune  # noqa: E402

from netledger.unknown import Unknown  # noqa: E402
from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402


def test_lazy_layers_are_unknown_and_stay_lazy():
    model = nn.Sequential(nn.LazyLinear(10), nn.Linear(10, 2))
    ledger = counted(model, (1, 8))
    assert str(ledger.totals.parameters) == "≥ 22"
    assert not isinstance(ledger.totals.macs, int)
    assert "not initialised" in ledger.unknown[0][1].reason
    assert isinstance(model[0].weight, nn.UninitializedParameter)


@pytest.mark.parametrize("name", ["weight_norm", "spectral_norm", "orthogonal"])
def test_parametrised_layers_count_what_is_stored_and_what_is_multiplied(name):
    layer = getattr(parametrizations, name)(nn.Linear(8, 8))
    ledger = counted(layer, (3, 8))
    assert ledger.total_params == sum(parameter.numel() for parameter in layer.parameters())
    assert ledger.totals.macs >= 3 * 64
    if name == "weight_norm":
        assert ledger.total_mult_adds == 3 * 64


def test_old_style_weight_norm():
    layer = nn.utils.weight_norm(nn.Conv1d(4, 6, 3))
    ledger = counted(layer, (2, 4, 10))
    assert ledger.total_params == 6 + 6 * 4 * 3 + 6
    assert ledger.total_mult_adds == 2 * 8 * 3 * 4 * 6


def test_pruned_weights_are_stored_and_partly_zero():
    model = nn.Sequential(nn.Linear(10, 10), nn.Linear(10, 5))
    prune.random_unstructured(model[0], "weight", amount=30)
    ledger = counted(model, (1, 10))
    assert ledger.total_params == 165
    assert ledger.network.meta["nonzero_parameters"] == 135
    ledger = counted(model.to("meta"), torch.empty(1, 10, device="meta"))
    assert isinstance(ledger.network.meta["nonzero_parameters"], Unknown)
    assert ledger.total_params == 165


def test_buffers_are_listed_and_not_added():
    ledger = counted(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)), (1, 3, 8, 8))
    assert ledger.total_params == 8 * 27 + 8 + 16
    assert ledger.totals.buffers >= 16
    assert ledger["1"].kind == "batch_norm"


class LoRA(nn.Module):
    """A linear layer with a low-rank adapter, as peft builds it."""

    def __init__(self, width: int, rank: int):
        super().__init__()
        self.base_layer = nn.Linear(width, width).requires_grad_(False)
        self.lora_A, self.lora_B = nn.Linear(width, rank, bias=False), nn.Linear(rank, width, bias=False)

    def forward(self, x):
        return self.base_layer(x) + self.lora_B(self.lora_A(x))


def test_adapters_are_told_from_the_base():
    ledger = counted(LoRA(64, 4), (1, 64))
    assert ledger.network.meta["adapter_parameters"] == 2 * 64 * 4 == ledger.trainable_params
    assert ledger.total_params == 64 * 64 + 64 + 2 * 64 * 4
    assert ledger.total_mult_adds == 64 * 64 + 2 * 64 * 4


class Mixture(nn.Module):
    """Dense computation of every expert, two of which each token would meet."""

    def __init__(self):
        super().__init__()
        self.top_k = 2
        self.gate = nn.Linear(16, 8, bias=False)
        self.experts = nn.ModuleList([nn.Linear(16, 16) for _ in range(8)])

    def forward(self, x):
        return sum(expert(x) for expert in self.experts) * self.gate(x).mean()


def test_active_parameters_of_a_mixture():
    ledger = counted(Mixture(), (4, 16))
    assert ledger.total_params == 128 + 8 * 272
    assert ledger.network.meta["active_parameters"] == 128 + 2 * 272


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(8), nn.GroupNorm(2, 8), nn.RMSNorm(8), nn.PReLU(8)])

    def forward(self, x):
        for norm in self.norms:
            x = norm(x)
        return x


def test_normalisations_have_formulas():
    ledger = counted(Norms(), (4, 8))
    assert ledger.total_params == 16 + 16 + 8 + 8
    assert [entry.kind for entry in ledger][1:] == ["layer_norm", "group_norm", "rms_norm", "prelu"]
    assert not ledger.discrepancies


def test_a_subclass_that_computes_something_else_is_counted_by_what_it_does():
    class Twice(nn.Linear):
        def forward(self, x):
            return super().forward(super().forward(x))

    ledger = counted(Twice(8, 8), (1, 8))
    assert (ledger.total_params, ledger.total_mult_adds) == (72, 128)


def test_a_linear_layer_of_ones_own_has_its_formula():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.bias = nn.Parameter(torch.zeros(4, 8)), nn.Parameter(torch.zeros(4))

        def forward(self, x):
            return nn.functional.linear(x, self.weight, self.bias)

    ledger = counted(nn.Sequential(Own()), (2, 8))
    assert ledger["0"].kind == "linear"
    assert ledger["0"].formula.text() == "8*4 + 4"
    assert ledger.total_mult_adds == 64


def test_gptq_style_packing_gives_logical_weights_and_stored_bytes():
    class QuantLinear(nn.Module):
        def __init__(self):
            super().__init__()
            self.infeatures, self.outfeatures, self.bits = 128, 64, 4
            self.register_buffer("qweight", torch.zeros(128 // 8, 64, dtype=torch.int32))
            self.register_buffer("qzeros", torch.zeros(1, 64 // 8, dtype=torch.int32))
            self.register_buffer("scales", torch.zeros(1, 64, dtype=torch.float16))
            self.register_buffer("g_idx", torch.zeros(128, dtype=torch.int32))

        def forward(self, x):
            return x @ (self.qweight.float().repeat(8, 1) * self.scales)

    ledger = counted(QuantLinear(), (1, 128))
    assert ledger.total_params == 128 * 64
    assert ledger.total_mult_adds == 128 * 64
    packed = next(tensor for tensor in ledger.network.tensors if tensor.role == "weight")
    assert packed.bytes == 128 * 64 // 2


def test_static_int8_layers():
    model = nn.Sequential(
        torch.ao.quantization.QuantStub(), nn.Conv2d(3, 8, 3), torch.ao.quantization.DeQuantStub()
    ).eval()
    engine = torch.backends.quantized.engine
    if engine == "none":
        pytest.skip("no quantised engine here")
    model.qconfig = torch.ao.quantization.get_default_qconfig(engine)
    prepared = torch.ao.quantization.prepare(model)
    prepared(torch.randn(1, 3, 8, 8))
    ledger = counted(torch.ao.quantization.convert(prepared), (1, 3, 8, 8))
    assert (ledger.total_params, ledger.total_mult_adds) == (8 * 27 + 8, 36 * 27 * 8)


def test_modules_under_two_names_are_counted_once():
    layer = nn.Linear(4, 4)
    model = nn.Sequential(layer, nn.ReLU(), layer)
    ledger = counted(model, (1, 4))
    assert (ledger.total_params, ledger.total_mult_adds) == (20, 32)


def test_parameters_that_nothing_uses_are_told():
    model = Function(lambda self, x: self.used(x), used=nn.Linear(4, 4), spare=nn.Linear(4, 3))
    ledger = counted(model, (1, 4))
    assert ledger.total_params == 35
    assert ledger.network.meta["unused_parameters"] == 15
    assert ledger["spare"].layer.meta["used"] is False


def test_complex_and_half_parameters_have_their_bytes():
    model = nn.Linear(8, 4, bias=False).half()
    assert counted(model, torch.zeros(1, 8, dtype=torch.half)).totals.bytes == 64
    assert macs(nn.Linear(8, 4, dtype=torch.complex64), torch.zeros(1, 8, dtype=torch.complex64)) == 32
