"""Forward and backward multiply-accumulates, against autograd itself run by FlopCounterMode and by hand."""

from __future__ import annotations

import copy
import dataclasses

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from tests.sources.pytorch.counting import Function, counted  # noqa: E402


def trained(model, *data, **settings) -> tuple[int, int, int]:
    """(forward, backward, recomputed)."""
    ledger = counted(model, *data, training=True, **settings)
    meta = ledger.network.meta["training"]
    return ledger.total_mult_adds, meta["backward_macs"], meta["recomputed_macs"]


def by_autograd(model, *data, loss=lambda result: result.sum()) -> int:
    """Forward and backward as PyTorch really runs them on the meta device (no grouped convolutions: wrong there)."""
    model = model.to("meta")
    data = [one.to("meta") for one in data]
    with FlopCounterMode(display=False) as counter, torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        loss(model(*data)).backward()
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
    (nn.Sequential(nn.Conv2d(3, 1, 3), nn.Conv2d(1, 1, 1), nn.Linear(10, 1)), torch.zeros(1, 3, 12, 12)),
    (Function(lambda self, x: torch.einsum("bi,oi->bo", x, self.a.weight), a=nn.Linear(8, 6)), torch.zeros(5, 8)),
]


CHAINED = [
    ("a chain", lambda self, x: torch.linalg.multi_dot([x, self.a, self.b]), 0),
    ("a covariance", lambda self, x: torch.cov(x @ self.a @ self.b), 3 * 3 * 6),
]


@pytest.mark.parametrize(("forward", "more"), [row[1:] for row in CHAINED], ids=[row[0] for row in CHAINED])
def test_the_parts_of_a_composite_hand_the_gradient_on(forward, more):
    """Backward the first product once, as the input carries no gradient, and all others twice."""
    model = Function(forward, a=nn.Parameter(torch.zeros(8, 5)), b=nn.Parameter(torch.zeros(5, 6)))
    first, second = 3 * 8 * 5, 3 * 5 * 6
    assert trained(model, torch.zeros(3, 8)) == (first + second + more, first + 2 * second + 2 * more, 0)


@dataclasses.dataclass
class Output:
    loss: object
    logits: object


LOSSES = [
    (lambda loss, y: loss, lambda result: result),
    (lambda loss, y: {"loss": loss, "logits": y}, lambda result: result["loss"]),
    (lambda loss, y: Output(loss, y), lambda result: result.loss),
    (lambda loss, y: (loss, y), lambda result: result[0]),
    (lambda loss, y: {"boxes": loss, "classes": 2 * loss}, lambda result: result["boxes"] + result["classes"]),
    (lambda loss, y: {"loss": None, "logits": y}, lambda result: result["logits"].sum()),
    (lambda loss, y: y, lambda result: result.sum()),
]


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("given", range(len(LOSSES)))
def test_what_the_loss_does_not_use_costs_nothing_backward(given, real):
    """A second head is put out, the loss is of the first alone; where no loss is given all that is put out is used."""
    result, loss = LOSSES[given]

    def forward(self, x):
        hidden = self.body(x)
        return result(self.head(hidden).pow(2).mean(), self.other(hidden))

    model = Function(forward, body=nn.Linear(8, 8), head=nn.Linear(8, 4), other=nn.Linear(8, 50))
    data = torch.zeros(3, 8)
    found = trained(copy.deepcopy(model), data, real=real)
    unused = 2 * 3 * 8 * 4 if given >= 5 else 0  # autograd runs no step of the head whose loss nobody sees
    assert sum(found) - unused == by_autograd(model, data, loss=loss)


@pytest.mark.parametrize("rows", [3, 3000])
def test_what_is_written_into_a_part_hands_the_gradient_on(rows):
    def forward(self, x):
        whole = x.new_zeros(rows, 8)
        whole[:3, :4] = self.a(x)
        return {"loss": self.b(whole).sum(), "other": self.b(x.detach())}

    model, data = Function(forward, a=nn.Linear(8, 4), b=nn.Linear(8, 4)), torch.zeros(3, 8)
    found = trained(copy.deepcopy(model), data)
    assert sum(found) == by_autograd(model, data, loss=lambda result: result["loss"])


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("index", range(len(MODELS)))
def test_forward_and_backward_are_what_autograd_runs(index, real):
    model, data = MODELS[index]
    forward, backward, _ = trained(copy.deepcopy(model), data, real=real)
    assert forward + backward == by_autograd(copy.deepcopy(model), data)


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


def stops(self, x):
    raise ValueError("no")


def set_on_the_input(self, x):
    x = x[:, None]
    x.requires_grad = True
    return self.b(self.a(x))


def asked_of_the_input(self, x):
    return self.b(self.a(x.requires_grad_()))


@pytest.mark.parametrize("data", [torch.zeros(5, 8), torch.zeros(5000, 8)])
@pytest.mark.parametrize("forward", [set_on_the_input, asked_of_the_input])
def test_an_input_that_the_model_itself_wants_a_gradient_of(forward, data):
    """As speech models do in training: the first layer hands the gradient on too."""
    model = Function(forward, a=nn.Linear(8, 8), b=nn.Linear(8, 4))
    found = trained(copy.deepcopy(model), data.clone())
    assert found[1] == 2 * found[0] == 2 * len(data) * (64 + 32)


UNCOUNTED = [
    ("a solver", lambda self, x: torch.linalg.pinv(self.a(x)), [5 * 64, 5 * 64]),
    (
        "one that needs no gradient",
        lambda self, x: torch.linalg.inv(x.mT @ x) @ self.a(x).mT,
        [320 + 2 * 320, 320 + 320],
    ),
    (
        "one behind no loss",
        lambda self, x: {"loss": self.a(x).sum(), "inverse": torch.linalg.pinv(self.a(x))},
        [640, 320],
    ),
    ("a call that stops", stops, [0, 0]),
]


@pytest.mark.parametrize(("name", "forward", "found"), UNCOUNTED, ids=[row[0] for row in UNCOUNTED])
def test_where_more_may_be_multiplied_backward_it_is_said(name, forward, found):
    """A solver's gradient multiplies matrices of its own; nobody knows what would have come after an error."""
    ledger = counted(Function(forward, a=nn.Linear(8, 8)), torch.randn(5, 8), training=True)
    (note,) = [note for note in ledger.network.notes if note.startswith("training: ")]
    assert ("≥" in note) == (name in ("a solver", "a call that stops"))
    assert ledger.network.meta["training"]["backward_macs"] == found[1]
