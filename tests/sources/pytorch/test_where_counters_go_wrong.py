"""Models that existing counters get wrong, each against its hand formula."""

from __future__ import annotations

import copy
import os

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402

ids = torch.zeros(1, 16, dtype=torch.int64)


def test_linear_repeats_over_every_leading_dimension():
    assert macs(nn.Linear(768, 3072), (1, 197, 768)) == 197 * 768 * 3072 == 464_781_312


def test_transposed_convolution_multiplies_input_positions():
    layer = nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1)
    assert macs(layer, (1, 64, 16, 16)) == 16 * 16 * 64 * 32 * 16 == 8_388_608


def test_grouped_transposed_convolution():
    layer = nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, output_padding=1, groups=4)
    assert macs(layer, (2, 4, 8, 8)) == 2 * 64 * 4 * 9 == 4_608


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("grad", [True, False])
def test_scaled_dot_product_attention_whatever_the_device_and_the_grad_mode(device, grad):
    model = Function(lambda self, q: F.scaled_dot_product_attention(q, q, q))
    with torch.set_grad_enabled(grad):
        assert macs(model, torch.zeros(1, 12, 64, 64, device=device)) == 2 * 12 * 64**3 == 6_291_456


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("grad", [True, False])
def test_multihead_attention_with_and_without_its_fast_path(training, grad):
    layer = nn.MultiheadAttention(256, 8, batch_first=True).train(training)
    x = torch.zeros(1, 128, 256)
    with torch.set_grad_enabled(grad):
        ledger = counted(layer, x, x, x, mode="same")
    assert ledger.total_mult_adds == 4 * 128 * 256**2 + 2 * 128**2 * 256 == 41_943_040
    assert ledger.total_params == 263_168


def test_functional_products():
    a, b = torch.zeros(64, 128), torch.zeros(128, 256)
    assert macs(Function(lambda self, a, b: a @ b), a, b) == 64 * 128 * 256 == 2_097_152
    assert macs(Function(lambda self, a, b: F.linear(a, b.T)), a, b) == 2_097_152
    assert macs(Function(lambda self, a, b: torch.einsum("ij,jk->ik", a, b)), a, b) == 2_097_152


def test_broadcasting_product_counts_the_second_operands_batch():
    a, b = torch.zeros(64, 32), torch.zeros(8, 32, 16)
    assert macs(Function(lambda self, a, b: torch.matmul(a, b)), a, b) == 8 * 64 * 32 * 16 == 262_144


def test_products_that_add_and_products_with_vectors():
    c, a, b = torch.zeros(8, 64, 16), torch.zeros(8, 64, 32), torch.zeros(8, 32, 16)
    assert macs(Function(lambda self, c, a, b: torch.baddbmm(c, a, b)), c, a, b) == 262_144
    matrix, vector = torch.zeros(256, 512), torch.zeros(512)
    assert macs(Function(lambda self, m, v: torch.mv(m, v)), matrix, vector) == 256 * 512 == 131_072


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_lstm_on_every_device(device):
    layer = nn.LSTM(32, 64, batch_first=True, device=device)
    assert macs(layer, torch.zeros(4, 50, 32, device=device)) == 4 * 50 * 4 * 64 * (64 + 32) == 4_915_200


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50257, 768)
        self.head = nn.Linear(768, 50257, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens):
        return self.head(self.embedding(tokens))


def test_tied_weights_are_counted_once_and_both_names_are_given():
    with torch.device("meta"):
        model = Tied()
    ledger = counted(model, ids)
    assert (ledger.total_params, ledger.total_mult_adds) == (38_597_376, 617_558_016)
    assert ledger["head"].tied_to == "embedding"
    assert ledger.network.meta["tied"] == {"embedding.weight": ("head.weight",)}


def test_looking_up_an_embedding_multiplies_nothing():
    ledger = counted(nn.Embedding(50257, 768), torch.zeros(8, 128, dtype=torch.int64))
    assert (ledger.total_mult_adds, ledger.total_params) == (0, 50257 * 768)


def test_frozen_layers_are_parameters_too():
    model = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    for parameter in model[0].parameters():
        parameter.requires_grad = False
    ledger = counted(model, (1, 512))
    assert (ledger.total_params, ledger.trainable_params) == (267_786, 5_130)


class Bare(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(512, 256))
        self.fc = nn.Linear(256, 10)

    def forward(self, x):
        return self.fc(x @ self.weight)


def test_bare_parameters_are_counted_with_what_they_multiply():
    ledger = counted(Bare(), (8, 512))
    assert (
        (ledger.total_params, ledger.total_mult_adds) == (133_642, 8 * 512 * 256 + 8 * 256 * 10) == (133_642, 1_069_056)
    )
    assert ledger.totals.bytes == 534_568


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_vision_transformer_is_one_number(grad, device):
    from tests.torchvision_support import import_torchvision

    with torch.device(device):
        model = import_torchvision().models.vit_b_16().eval()
    with torch.set_grad_enabled(grad):
        ledger = counted(model, (1, 3, 224, 224))
    by_hand = 196 * 768 * 768 + 12 * (4 * 197 * 768**2 + 2 * 197**2 * 768 + 2 * 197 * 768 * 3072) + 768 * 1000
    assert ledger.total_mult_adds == by_hand == 17_563_828_224
    assert ledger.total_params == 86_567_656
    assert ledger.totals.bytes == 346_270_624


def test_small_gpt2():
    os.environ["HF_HUB_OFFLINE"] = "1"
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(n_layer=2, n_embd=256, n_head=4, vocab_size=1000, n_positions=128)
    model = transformers.GPT2LMHeadModel(config)
    ledger = counted(model, {"input_ids": torch.zeros(1, 64, dtype=torch.int64)})
    block = 64 * (256 * 768 + 256 * 256 + 2 * 256 * 1024) + 2 * 64 * 64 * 256
    assert ledger.total_mult_adds == 2 * block + 64 * 256 * 1000 == 121_241_600
    assert ledger.total_params == 1000 * 256 + 128 * 256 + 2 * (12 * 256**2 + 13 * 256) + 2 * 256 == 1_868_800


@pytest.mark.parametrize("groups", [1, 2, 32])
def test_backward_of_a_grouped_convolution_is_twice_its_forward(groups):
    layer = nn.Conv2d(32, 32, 3, groups=groups, bias=False)
    model = nn.Sequential(nn.Conv2d(3, 32, 1, bias=False), layer)
    ledger = counted(model, (1, 3, 18, 18), training=True)
    forward = 16 * 16 * 9 * (32 // groups) * 32
    assert ledger["1"].macs == forward
    assert ledger["1"].layer.meta["backward_macs"] == 2 * forward
    assert ledger["0"].layer.meta["backward_macs"] == ledger["0"].macs  # images carry no gradient


def test_dynamic_int8_linear_layers():
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    try:
        quantised = torch.ao.quantization.quantize_dynamic(copy.deepcopy(model), {nn.Linear}, dtype=torch.qint8)
    except RuntimeError as error:
        pytest.skip(f"no quantised engine here: {error}")
    ledger = counted(quantised, (8, 64))
    assert (ledger.total_params, ledger.total_mult_adds) == (4_810, 8 * (64 * 64 + 64 * 10)) == (4_810, 37_888)
    assert ledger.totals.bytes == 64 * 64 + 64 * 10 + 4 * (64 + 10)


def test_activations_and_pools_multiply_nothing():
    assert macs(nn.ReLU(), (10, 100)) == 0
    assert macs(nn.MaxPool2d(2), (1, 3, 8, 8)) == 0
    with torch.device("meta"):
        assert macs(nn.Sequential(nn.Linear(100, 100), nn.ReLU()), (1, 100)) == 10_000


def test_a_module_used_three_times_is_stored_once():
    layer = nn.Linear(512, 512)
    model = Function(lambda self, x: self.fc(self.fc(self.fc(x))), fc=layer)
    ledger = counted(model, (1, 512))
    assert (ledger.total_params, ledger.total_mult_adds) == (512 * 512 + 512, 3 * 512 * 512)


def test_attention_and_a_linear_layer():
    model = Function(
        lambda self, x: self.fc(self.mha(x, x, x)[0]), mha=nn.MultiheadAttention(64, 4), fc=nn.Linear(64, 8)
    )
    assert counted(model, (5, 2, 64)).total_params == 17_160


def test_a_single_leaf_module_has_parameters_and_is_left_clean():
    layer = nn.Linear(512, 10)
    keys = list(layer.state_dict())
    assert counted(layer, (1, 512)).total_params == 5_130
    assert list(layer.state_dict()) == keys
    assert not layer._forward_hooks
    assert not layer._buffers


def test_auxiliary_heads_are_counted_and_cost_nothing():
    from tests.torchvision_support import import_torchvision

    with torch.device("meta"):
        model = import_torchvision().models.googlenet(init_weights=False)
    ledger = counted(model, (1, 3, 224, 224))
    assert ledger.total_params == 13_004_888
    assert ledger.network.meta["unused_parameters"] == 13_004_888 - 6_624_904
    assert ledger["aux1.fc1"].layer.meta["used"] is False
    assert isinstance(ledger.totals.macs, int)


def test_compiled_models_are_counted_as_what_was_compiled():
    model = torch.compile(nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)))
    assert macs(model, (8, 64)) == 8 * (64 * 64 + 64 * 10)


def test_alexnet_of_torchvision():
    from tests.torchvision_support import import_torchvision

    with torch.device("meta"):
        model = import_torchvision().models.alexnet()
    ledger = counted(model, (1, 3, 224, 224))
    assert (ledger.total_params, ledger.total_mult_adds) == (61_100_840, 714_188_480)


def test_operations_of_other_sorts_stand_beside_the_products():
    """A Cholesky factorisation takes n³/3 operations, a running sum one for each step but the first."""

    def forward(self, x):
        return torch.linalg.cholesky(x) @ self.fc(x.cumsum(1))

    ledger = counted(Function(forward, fc=nn.Linear(30, 4, bias=False)), torch.eye(30))
    assert ledger.total_mult_adds == 2 * 30 * 30 * 4
    assert sum(entry.other for entry in ledger.entries) == 30**3 // 3 + 30 * 29
    positions = Function(lambda self, ids: self.e(ids.cumsum(1)), e=nn.Embedding(40, 4))
    assert sum(entry.other for entry in counted(positions, ids).entries) == 0


def test_a_running_sum_over_what_the_data_select_multiplies_nothing():
    def forward(self, x):
        y = self.fc(x)
        return y[y > 0].cumsum(0), torch.fft.rfft(y[y > 0])

    ledger = counted(Function(forward, fc=nn.Linear(8, 4)), (3, 8))
    assert ledger.total_mult_adds == 3 * 8 * 4
    assert all("data" in str(entry.other) for entry in ledger.entries[-2:])
