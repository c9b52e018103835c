"""Update rules and schedules against steps worked out by hand, and against torch.optim.SGD where they are equal."""

from __future__ import annotations

import pytest
import torch

from netledger.errors import NotFoundError, UsageError
from netledger.execute.building import build
from netledger.notation import parse
from netledger.train.optimisers import Momentum
from netledger.train.recipes import RECIPES, recipe
from netledger.train.schedules import SCHEDULES, schedule

NET = parse("x = input(1, 3, 3)\nc = conv2d(1, kernel_size=3)\nf = flatten()\ny = linear(1)", name="n")


def started(name: str, **changes: object):  # type: ignore[no-untyped-def]
    module = build(NET)
    with torch.no_grad():
        for value in module.parameters():
            value.fill_(2.0)
    return module, Momentum(module, recipe(name).but(**changes))


def give(module, gradient: float) -> None:  # type: ignore[no-untyped-def]
    for value in module.parameters():
        value.grad = torch.full_like(value, gradient)


def test_the_papers_rule_by_hand() -> None:
    """v ← 0.9·v - 0.0005·ε·w - ε·g;  w ← w + v. The second step has a tenth of the rate, the velocity keeps the old one."""
    module, optimizer = started("paper")
    give(module, 3.0)
    optimizer.step()
    v1 = -0.0005 * 0.01 * 2.0 - 0.01 * 3.0
    assert module.y.weight.flatten().tolist() == pytest.approx([2.0 + v1], rel=1e-6)
    assert module.y.bias.tolist() == pytest.approx([2.0 - 0.01 * 3.0], rel=1e-6), "biases do not decay"
    give(module, -1.0)
    optimizer.step(weights=0.1, biases=0.1)
    w1 = 2.0 + v1
    v2 = 0.9 * v1 - 0.0005 * 0.001 * w1 + 0.001 * 1.0
    assert module.y.weight.flatten().tolist() == pytest.approx([w1 + v2], rel=1e-6)


def test_caffes_rule_by_hand() -> None:
    """v ← 0.9·v + ε·(g + d·w);  w ← w - v; biases: rate doubled, no decay."""
    module, optimizer = started("caffe")
    give(module, 3.0)
    optimizer.step()
    v1 = 0.01 * (3.0 + 0.0005 * 2.0)
    assert module.y.weight.flatten().tolist() == pytest.approx([2.0 - v1], rel=1e-6)
    assert module.y.bias.tolist() == pytest.approx([2.0 - 0.02 * 3.0], rel=1e-6)
    give(module, 1.0)
    optimizer.step(0.1, 0.1)
    v2 = 0.9 * v1 + 0.001 * (1.0 + 0.0005 * (2.0 - v1))
    assert module.y.weight.flatten().tolist() == pytest.approx([2.0 - v1 - v2], rel=1e-6)


def test_torchvisions_rule_is_sgd_of_pytorch_also_when_the_rate_changes() -> None:
    module, optimizer = started("torchvision")
    theirs = [torch.nn.Parameter(value.detach().clone()) for value in module.parameters()]
    sgd = torch.optim.SGD(theirs, lr=0.01, momentum=0.9, weight_decay=1e-4)
    generator = torch.Generator().manual_seed(0)
    for step in range(6):
        factor = 1.0 if step < 3 else 0.1
        sgd.param_groups[0]["lr"] = 0.01 * factor
        for mine, other in zip(module.parameters(), theirs, strict=True):
            mine.grad = torch.randn(mine.shape, generator=generator)
            other.grad = mine.grad.clone()
        optimizer.step(factor, factor)
        sgd.step()
    for mine, other in zip(module.parameters(), theirs, strict=True):
        assert torch.allclose(mine, other, rtol=1e-6, atol=0)


def test_at_a_constant_rate_the_three_rules_are_one() -> None:
    ends = []
    for rule in ("paper", "caffe", "torch"):
        module, optimizer = started("paper", rule=rule, bias_decay=True)
        for gradient in (3.0, -1.0, 0.5, 2.0):
            give(module, gradient)
            optimizer.step()
        ends.append(torch.cat([value.detach().flatten() for value in module.parameters()]))
    assert torch.allclose(ends[0], ends[1], rtol=1e-6)
    assert torch.allclose(ends[0], ends[2], rtol=1e-6)


def test_frozen_first_layer_and_missing_gradients() -> None:
    module, optimizer = started("2012")
    give(module, 1.0)
    module.y.bias.grad = None
    optimizer.step(1.0, 1.0, first=0.0)
    assert module.c.weight.unique().tolist() == [2.0]
    assert module.y.bias.tolist() == [2.0]
    assert module.y.weight.flatten().tolist() != [2.0]


class TestRecipes:
    def test_figures_of_the_sources(self) -> None:
        paper, caffe, weird, torchvision = (recipe(n) for n in ("paper", "caffe", "one-weird-trick", "torchvision"))
        assert (paper.batch, paper.rate, paper.momentum, paper.decay, paper.epochs) == (128, 0.01, 0.9, 5e-4, 90)
        assert (caffe.batch, caffe.bias_rate, caffe.bias_decay, caffe.init) == (256, 2.0, False, "caffe-alexnet")
        assert (weird.rate, weird.rate * weird.bias_rate) == (0.01, 0.02)
        assert (torchvision.decay, torchvision.bias_decay, torchvision.epochs) == (1e-4, True, 90)

    def test_unknown_name_has_the_nearest(self) -> None:
        with pytest.raises(NotFoundError, match=r"no recipe 'cafe': there are paper, .*did you mean 'caffe'"):
            recipe("cafe")

    def test_every_recipe_names_a_schedule_and_a_scheme_that_exist(self) -> None:
        from netledger.execute.initial import OTHERS, SCHEMES

        for one in RECIPES.values():
            assert one.schedule in SCHEDULES
            assert one.init in (None, *SCHEMES, *OTHERS)


class TestSchedules:
    def test_caffe_by_iteration(self) -> None:
        chosen = recipe("caffe")
        steps = schedule(chosen.schedule, 90, chosen.schedule_arguments)
        assert [steps.factors(0, i)[0] for i in (0, 99_999, 100_000, 449_999)] == pytest.approx([1, 1, 0.1, 1e-4])
        assert not steps.finished(0, 449_999)
        assert steps.finished(0, 450_000)

    def test_one_weird_trick_falls_by_250_in_four_levels_and_biases_by_10_in_two(self) -> None:
        chosen = recipe("one-weird-trick")
        steps = schedule(chosen.schedule, 90, chosen.schedule_arguments)
        weights = sorted({0.01 * steps.factors(e, 0)[0] for e in range(90)}, reverse=True)
        biases = sorted({0.02 * steps.factors(e, 0)[1] for e in range(90)}, reverse=True)
        assert weights == pytest.approx([0.01, 0.01 / 6.2996, 0.01 / 39.685, 0.01 / 250], rel=1e-4)
        assert biases == pytest.approx([0.02, 0.002])

    def test_torchvision_every_thirty_epochs(self) -> None:
        chosen = recipe("torchvision")
        steps = schedule(chosen.schedule, 90, chosen.schedule_arguments)
        assert [steps.factors(e, 0)[0] for e in (0, 29, 30, 89)] == pytest.approx([1, 1, 0.1, 0.01])

    def test_the_log_of_145(self) -> None:
        steps = schedule("log145", 93, {})
        rates = [0.01 * steps.factors(e, 0)[0] for e in (22, 23, 50, 51, 77, 78)]
        assert rates == pytest.approx([1e-2, 1e-3, 1e-3, 1e-4, 1e-4, 1e-5])
        assert [0.01 * steps.factors(e, 0)[0] * steps.first_layer(e) for e in (67, 68, 72)] == pytest.approx(
            [1e-4, 1e-5, 0]
        )
        assert [steps.colour(e) for e in (67, 68)] == [True, False]

    def test_plateau_divides_three_times_and_ends(self) -> None:
        steps = schedule("plateau", 90, {"patience": 2})
        factors = []
        for error in (0.5, 0.4, 0.4, 0.41, 0.3, 0.3, 0.3, 0.31, 0.32, 0.3, 0.3):
            steps.observe(error)
            factors.append(round(steps.factors(0, 0)[0], 6))
        assert factors == [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001, 0.001]
        assert steps.finished(11, 0)
        again = schedule("plateau", 90, {"patience": 2})
        again.restore(steps.state())
        assert again.finished(11, 0)

    def test_arguments_that_it_does_not_take(self) -> None:
        with pytest.raises(UsageError, match="schedule 'epochs' has no argument 'times': it takes every, factor"):
            schedule("epochs", 90, {"times": 3})
