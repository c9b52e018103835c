"""Models that look at values: checks, logging, gates and branches, on shapes alone."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402

LAYER = 16 * 16


def two(function, **more):
    return Function(function, a=nn.Linear(16, 16), b=nn.Linear(16, 16), **more)


def finite(self, x):
    y = self.a(x)
    if not torch.isfinite(y).all():
        raise ValueError("not finite")
    return self.b(y)


def clamped(self, x):
    y = self.a(x)
    if y.abs().max() > 1e4:
        y = y.clamp(-1e4, 1e4)
    return self.b(y)


def asserted(self, x):
    assert (x.abs() >= 0).all()
    assert not (x < -1e9).any()
    torch._assert((x.abs() >= 0).all(), "negative")
    return self.b(self.a(x))


def reparametrised(self, x):
    return self.b(torch.distributions.Normal(self.a(x), 1.0).rsample())


def categorical(self, x):
    chosen = torch.distributions.Categorical(logits=self.a(x)).sample()
    return self.b(nn.functional.one_hot(chosen, 16).float())


def logged(self, x):
    y = self.a(x)
    norm = y.norm().item()
    self.seen = [norm * 2 + 1, round(norm, 3), f"{norm:.3f}", f"{y.mean():.3f} {y}", str(y)]
    return self.b(y)


def scaled_by_its_own_norm(self, x):
    y = self.a(x)
    return self.b(y.clamp(max=y.max().item()) / (y.norm().item() + 1e-6))


def as_a_float(self, x):
    y = self.a(x)
    self.loss = float(y.mean())
    return self.b(y)


SOUND = [
    lambda y: torch.isfinite(y).all(),
    lambda y: torch.isfinite(y).all().item(),
    lambda y: not (~torch.isfinite(y)).any(),
    lambda y: not torch.logical_not(y.isfinite()).any(),
    lambda y: not torch.isnan(y).any(),
    lambda y: not (torch.isnan(y) | torch.isinf(y)).any(),
    lambda y: not torch.logical_or(y.isnan(), y.isinf()).any(),
    lambda y: (y.isfinite() & ~y.isnan()).all(),
]


@pytest.mark.parametrize("is_sound", SOUND)
def test_where_a_model_asks_whether_its_values_are_broken_they_are_not(is_sound):
    """Another way out of the forward pass, or another layer, is for those that are."""

    def forward(self, x):
        y = self.a(x)
        return self.b(y) if is_sound(y) else self.b(self.a(y))

    assert macs(two(forward), (1, 16)) == 2 * LAYER
    assert macs(two(lambda self, x: self.b(x) if is_sound(self.a(x)) else None), (1, 16)) == 2 * LAYER


def written(y):
    sound = torch.isfinite(y)
    sound &= y > 0
    return sound.all()


def written_in_part(y):
    sound = torch.isfinite(y)
    sound[0] = y[0] > 0
    return sound.all()


@pytest.mark.parametrize("asks", [lambda y: (torch.isfinite(y) & (y > 0)).all(), written, written_in_part])
def test_a_question_that_asks_more_is_open(asks):
    def forward(self, x):
        y = self.a(x)
        return self.b(y) if asks(y) else self.b(self.a(y))

    ledger = counted(two(forward), torch.empty(1, 16, device="meta"))
    assert f"from {2 * LAYER:,} to {3 * LAYER:,} MACs" in str(ledger.unknown)


@pytest.mark.parametrize(
    "forward",
    [finite, clamped, asserted, reparametrised, categorical, logged, scaled_by_its_own_norm, as_a_float],
)
def test_checks_and_loggers_do_not_stop_the_pass(forward):
    assert macs(two(forward), torch.zeros(1, 16)) == 2 * LAYER


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("read", [lambda t: t.item() != 0, lambda t: bool(t > 0), lambda t: float(t.exp()) > 1.5])
def test_one_element_parameters_are_at_hand(read, value):
    model = two(lambda self, x: self.b(self.a(x)) if read(self.t) else self.a(x), t=nn.Parameter(torch.tensor(value)))
    assert macs(model, torch.zeros(1, 16)) == (2 if value else 1) * LAYER


@pytest.mark.parametrize(
    "decides",
    [
        lambda y: y.sum() > 0,
        lambda y: y.mean().item() > 0.5,
        lambda y: float(y.max()) > 10,
        lambda y: math.exp(y.mean().item()) > 1,
        lambda y: int(y.argmax()) > 1,
        lambda y: y.tolist()[0][0] > 0,
        lambda y: torch.equal(y, y * 2),
        lambda y: max(y.mean().item(), 0.0) > 0,
    ],
)
def test_a_branch_that_the_data_decide_is_never_silently_taken(decides):
    def forward(self, x):
        y = self.a(x)
        return self.b(y) if decides(y) else y

    ledger = counted(two(forward), torch.zeros(1, 16))
    assert str(ledger.totals.macs) == f"≥ {LAYER}"
    assert f"from {LAYER} to {2 * LAYER} MACs" in str(ledger.unknown)


@pytest.mark.parametrize("decides", [lambda y: y.sum() > 0, lambda y: y.mean().item() > 0.5])
def test_branches_that_contract_alike_are_exact(decides):
    def forward(self, x):
        y = self.a(x)
        return self.b(y) if decides(y) else self.a(y)

    assert macs(two(forward), torch.zeros(1, 16)) == 2 * LAYER


@pytest.mark.parametrize("ask", [torch.Tensor.numpy, np.asarray, lambda y: int(y.numpy().sum()), torch.Tensor.tolist])
def test_a_model_that_catches_that_it_gets_no_values(ask):
    """Another way than with values is not silently taken."""

    def forward(self, x):
        y = self.a(x)
        try:
            ask(y.detach())
        except Exception:
            y = self.a(self.a(y))
        return self.b(y)

    assert macs(two(forward), torch.zeros(1, 16)) == 2 * LAYER
    large = counted(two(forward).to("meta"), (1, 16)).totals.macs
    assert large == 2 * LAYER or str(large).startswith("≥")


def test_a_loop_that_waits_for_a_value_is_a_lower_bound():
    def forward(self, x):
        y = self.a(x)
        while y.abs().max() > 1:
            y = self.b(y)
        return y

    assert str(counted(two(forward), torch.zeros(1, 16)).totals.macs) == f"≥ {LAYER}"


def test_random_numbers_decide_as_in_any_other_run():
    assert macs(two(lambda self, x: self.b(self.a(x)) if random.random() >= 0 else x), torch.zeros(1, 16)) == 2 * LAYER


def test_a_model_that_raises_has_all_its_parameters_and_what_ran():
    def forward(self, x):
        self.a(x)
        raise KeyError("no such key")

    ledger = counted(two(forward), torch.zeros(1, 16))
    assert ledger.total_params == 2 * (LAYER + 16)
    assert str(ledger.totals.macs) == f"≥ {LAYER}"
    assert "no such key" in str(ledger.unknown)
    assert not any("not used" in note for note in ledger.network.notes)


class Refused(Exception):
    """What a library may raise: it holds the tensor that it refuses."""

    def __init__(self, tensor):
        super().__init__("refused", tensor)
        self.tensor, self.inside = tensor, SimpleNamespace(tensor=tensor)


def refuses(x):
    raise Refused(x)


@pytest.mark.parametrize(
    ("raises", "said"),
    [
        (lambda x: x.no_such_thing(), "no attribute 'no_such_thing'"),  # Python notes whose attribute it was
        (refuses, "Refused"),
        (lambda x: {}[x], "KeyError"),
    ],
)
@pytest.mark.parametrize("given", [{"input_data": torch.zeros(1, 16)}, {"input_size": (1, 16)}, {}])
def test_an_exception_that_holds_a_tensor_is_an_exception(raises, said, given):
    ledger = counted(two(lambda self, x: raises(self.a(x))), **given)
    assert not isinstance(ledger.totals.macs, int)
    assert said in str(ledger.unknown)
    assert ledger.total_params == 2 * (LAYER + 16)


def test_operations_without_a_form_on_shapes_run_with_values():
    @torch.library.custom_op("netledger_tests::shuffled", mutates_args=())
    def shuffled(x: torch.Tensor) -> torch.Tensor:
        return x.flip(-1)

    ledger = counted(two(lambda self, x: self.b(shuffled(self.a(x)))), torch.zeros(1, 16))
    assert str(ledger.totals.macs) == f"≥ {2 * LAYER}"
    assert "netledger_tests::shuffled has no rule" in str(ledger.unknown)
    assert any("own values" in note for note in ledger.network.notes)


def test_a_histogram_of_several_dimensions_runs_with_values():
    model = two(lambda self, x: self.b(x + torch.histogramdd(self.a(x)[:, :2], [2, 2])[0].sum()))
    assert macs(model, torch.zeros(1, 16)) == 2 * LAYER


def gradient_of_a_weight(self, x):
    with torch.enable_grad():
        weight = self.layer.weight
        (gradient,) = torch.autograd.grad(nn.functional.linear(x, weight).pow(2).sum(), weight)
    return nn.functional.linear(x, weight - gradient)


def backward_in_the_middle(self, x):
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        self.layer(x).sum().backward()
    return x.grad


@pytest.mark.parametrize("forward", [gradient_of_a_weight, backward_in_the_middle])
def test_gradients_of_weights_in_the_pass_are_computed_with_values(forward):
    """Three products: there, and back to the weight, and once more with it or back to the input."""
    layer = nn.Linear(8, 8)
    assert macs(Function(forward, layer=layer), torch.randn(2, 8)) == 3 * 2 * 8 * 8
    assert layer.weight.grad is None


def test_a_buffer_that_is_viewed_and_expanded_runs_with_real_values():
    def forward(self, x):
        table = self.inverse[None, :, None].float().expand(x.shape[0], -1, 1) @ torch.ones(x.shape[0], 1, 4)
        return self.b(self.a(x)) + table.sum()

    model = two(forward)
    model.register_buffer("inverse", torch.arange(8.0))
    assert macs(model, torch.zeros(1, 16), real=True) == 2 * LAYER + 8 * 4


def test_what_a_model_prints_is_no_part_of_the_output(capsys):
    def forward(self, x):
        print("mean", x.mean())
        return self.a(x)

    assert macs(two(forward), torch.zeros(1, 16)) == LAYER
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "mean" in printed.err


def test_both_branches_of_cond_are_seen():
    x = torch.empty(1, 16, device="meta")
    alike = two(lambda self, x: torch.cond(x.sum() > 0, self.a, self.b, (x,)))
    assert macs(alike, x) == LAYER
    assert not any("not used" in note for note in counted(alike, x).network.notes)
    other = two(lambda self, x: torch.cond(x.sum() > 0, lambda x: self.a(self.b(x)), self.b, (x,)))
    assert f"from {LAYER} to {2 * LAYER} MACs" in str(counted(other, x).unknown)


def in_a_loop(self, x):
    from torch._higher_order_ops.while_loop import while_loop

    return while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, self.a(x)), (torch.tensor(0), x))[1]


def in_one_of_two(self, x):
    from torch._higher_order_ops.cond import cond

    return self.b(cond(x.sum() > 0, lambda x: self.a(self.b(x)), lambda x: self.b(self.a(x)), (x,)))


def compiled_inside(self, x):
    return torch.compile(dynamic=False)(self.a)(x) + torch.compile(self.b)(self.a(x))


@pytest.mark.parametrize("forward", [in_a_loop, in_one_of_two, compiled_inside])
def test_control_flow_and_compilers_inside_are_followed(forward):
    """Three products of a row each."""
    assert macs(two(forward), torch.zeros(1, 16)) == 3 * LAYER


def test_scans_and_maps_run_once_a_row():
    from torch._higher_order_ops.map import map as mapped
    from torch._higher_order_ops.scan import scan

    assert macs(two(lambda self, x: mapped(lambda row: self.a(row), x)), torch.zeros(4, 16)) == 4 * LAYER
    scanned = two(lambda self, x: scan(lambda c, row: (self.a(c) + row, row.clone()), x[0], x)[0])
    assert macs(scanned, torch.zeros(4, 16)) == 4 * LAYER


@pytest.mark.parametrize("many", [1, 2, 3])
def test_a_loop_over_experts_whose_total_the_routing_does_not_change(many):
    def forward(self, x):
        weights, chosen = torch.topk(self.gate(x).softmax(-1), many)
        out = x.new_zeros(x.shape[0], 32)
        for number, expert in enumerate(self.experts):
            token, k = torch.where(chosen == number)
            out[token] += weights[token, k, None] * expert(x[token])
        return out

    experts = nn.ModuleList([nn.Linear(16, 32, bias=False) for _ in range(4)])
    model = Function(forward, gate=nn.Linear(16, 4, bias=False), experts=experts)
    assert macs(model, torch.zeros(6, 16)) == 6 * 16 * 4 + 6 * many * 16 * 32
    uneven = nn.ModuleList([nn.Linear(16, 32, bias=False), *[nn.Sequential(nn.Linear(16, 8), nn.Linear(8, 32))] * 3])
    ledger = counted(Function(forward, gate=nn.Linear(16, 4, bias=False), experts=uneven), torch.zeros(6, 16))
    assert str(ledger.totals.macs).startswith("≥")


def by_argmax(self, scores, number):
    return torch.where(scores.argmax(-1) == number)[0]


def by_maximum(self, scores, number):
    return torch.where(scores.max(1).indices == number)[0]


def by_mask(self, scores, number):
    return nn.functional.one_hot(scores.argmax(-1), 4)[:, number].bool()


@pytest.mark.parametrize("rows", [by_argmax, by_maximum, by_mask])
def test_each_row_goes_to_one_expert(rows):
    def forward(self, x, only=(0, 1, 2, 3)):
        scores, out = self.gate(x), x.new_zeros(x.shape[0], 32)
        for number in only:
            chosen = rows(self, scores, number)
            out[chosen] = self.experts[number](x[chosen])
        return out

    experts = nn.ModuleList([nn.Linear(16, 32, bias=False) for _ in range(4)])
    gate = nn.Linear(16, 4, bias=False)
    assert macs(Function(forward, gate=gate, experts=experts), torch.zeros(6, 16)) == 6 * 16 * 4 + 6 * 16 * 32
    for only in ((0,), (2,), (0, 1, 2)):
        some = counted(Function(lambda self, x, only=only: forward(self, x, only), gate=gate, experts=experts), (6, 16))
        assert str(some.totals.macs).startswith("≥")


def test_which_one_the_first_row_goes_to_decides():
    def forward(self, x):
        return self.experts[int(torch.topk(self.gate(x), 1).indices[0, 0])](x)

    experts = nn.ModuleList([nn.Linear(16, 32), nn.Linear(16, 8), nn.Linear(16, 8)])
    ledger = counted(Function(forward, gate=nn.Linear(16, 3), experts=experts), torch.zeros(6, 16))
    assert str(ledger.totals.macs).startswith("≥")


def where_positive(self, x):
    y = self.a(x)
    chosen = (y[:, 0] > 0).nonzero().squeeze(1)
    return y, chosen


def written_back(self, x):
    y, chosen = where_positive(self, x)
    return self.b(torch.zeros_like(y).index_add(0, chosen, y[chosen]))


def masked_in_place(self, x):
    y = self.a(x)
    out = torch.zeros_like(y)
    out[y[:, 0] > 0] += y[y[:, 0] > 0]
    return self.b(out)


def summed_over_the_selected(self, x):
    y, chosen = where_positive(self, x)
    return self.b(y[chosen].sum(0).expand(4, 16))


@pytest.mark.parametrize("forward", [written_back, masked_in_place, summed_over_the_selected])
def test_what_has_its_size_whatever_was_selected_is_exact(forward):
    """Four rows twice: how many were selected on the way changes no size."""
    assert macs(two(forward), torch.zeros(4, 16)) == 2 * 4 * LAYER


def selected(self, x):
    y, chosen = where_positive(self, x)
    return self.b(y[chosen])


def clipped(self, x):
    y, chosen = where_positive(self, x)
    return self.b(y[chosen][:2])


def padded(self, x):
    y, chosen = where_positive(self, x)
    return self.b(y.new_zeros(-(-y[chosen].shape[0] // 64) * 64, 16))


@pytest.mark.parametrize("forward", [selected, clipped, padded])
def test_what_depends_on_how_many_were_selected_is_a_lower_bound(forward):
    ledger = counted(two(forward), torch.zeros(4, 16))
    assert not isinstance(ledger.totals.macs, int)
    assert ledger.totals.macs.exact == 4 * LAYER
    assert "depend on the data" in str(ledger.unknown)
