"""Forward and backward multiply-accumulates, against autograd itself run by FlopCounterMode and by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from tests.sources.pytorch.counting import Function, counted  # noqa: E402


def trained(model, *data) -> tuple[int, int, int]:
    """(forward, backward, recomputed)."""
    ledger = counted(model, *data, training=True)
    meta = ledger.network.meta["training"]
    return ledger.total_mult_adds, meta["backward_macs"], meta["recomputed_macs"]


def by_autograd(model, *data) -> int:
    """Forward and backward as PyTorch really runs them on the meta device (no grouped convolutions: wrong there)."""
    model = model.to("meta")
    data = [one.to("meta") for one in data]
    with FlopCounterMode(display=False) as counter, torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        model(*data).sum().backward()
    return counter.get_total_flops() // 2


MODELS = [
    (nn.Linear(8, 4), torch.zeros(5, 8)),
    (nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)), torch.zeros(5, 8)),
    (nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 3, stride=2)), torch.zeros(2, 3, 12, 12)),
    (nn.Sequential(nn.ConvTranspose2d(3, 8, 3), nn.ConvTranspose2d(8, 4, 3, stride=2)), torch.zeros(1, 3, 5, 5)),
    (
        Function(lambda self, x: self.b(self.a(x) @ self.a(x).mT), a=nn.Linear(8, 6), b=nn.Linear(5, 3)),
        torch.zeros(5, 8),
    ),
    (nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True), torch.zeros(2, 5, 16)),
    (Function(lambda self, x: torch.einsum("bi,oi->bo", x, self.a.weight), a=nn.Linear(8, 6)), torch.zeros(5, 8)),
]


@pytest.mark.parametrize("index", range(len(MODELS)))
def test_forward_and_backward_are_what_autograd_runs(index):
    model, data = MODELS[index]
    forward, backward, _ = trained(model, data)
    assert forward + backward == by_autograd(model, data)


def test_frozen_layers_still_hand_the_gradient_on():
    model = nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 4))
    model[1].requires_grad_(False)
    assert trained(model, (5, 8)) == (5 * (128 + 64), 5 * (128 + 64), 0)  # weights of the first, input of the second
    model.requires_grad_(False)
    assert trained(model, (5, 8)) == (5 * (128 + 64), 0, 0)


def test_grouped_and_transposed_convolutions():
    inner = nn.Conv2d(32, 32, 3, groups=32, padding=1, bias=False)
    model = nn.Sequential(nn.Conv2d(3, 32, 1, bias=False), inner)
    first, second = 64 * 3 * 32, 64 * 9 * 32
    assert trained(model, (1, 3, 8, 8)) == (first + second, first + 2 * second, 0)


def test_attention_multiplies_four_times_backward():
    model = Function(
        lambda self, x: F.scaled_dot_product_attention(self.q(x), self.q(x), self.q(x)), q=nn.Linear(16, 16)
    )
    one = 10 * 10 * 16
    assert trained(model, (1, 10, 16)) == (3 * 10 * 256 + 2 * one, 3 * 10 * 256 + 4 * one, 0)


def test_a_region_without_gradients_costs_nothing_backward():
    def forward(self, x):
        with torch.no_grad():
            x = self.a(x)
        return self.b(x)

    model = Function(forward, a=nn.Linear(8, 8), b=nn.Linear(8, 4))
    assert trained(model, (5, 8)) == (5 * (64 + 32), 5 * 32, 0)


def test_the_first_step_of_a_recurrence_needs_no_gradient_of_its_state():
    steps, batch, width, hidden = 7, 3, 8, 16
    layer = nn.LSTM(width, hidden)
    forward, backward, _ = trained(layer, (steps, batch, width))
    gates = 4 * hidden
    assert forward == steps * batch * gates * (width + hidden)
    # weights of both products; the state's gradient for every step but the first; the input carries none
    assert backward == steps * batch * gates * (width + hidden) + (steps - 1) * batch * gates * hidden


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpointed_regions_are_computed_twice(reentrant):
    def forward(self, x):
        return self.b(checkpoint(self.a, x, use_reentrant=reentrant))

    model = Function(forward, a=nn.Linear(8, 8), b=nn.Linear(8, 4))
    kept = torch.utils.checkpoint.CheckpointFunction
    assert trained(model, (5, 8)) == (5 * 96, 5 * (64 + 2 * 32), 5 * 64)
    assert torch.utils.checkpoint.CheckpointFunction is kept
