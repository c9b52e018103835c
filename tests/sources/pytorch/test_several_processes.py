"""One of several processes counts by itself: messages contract nothing, and none is sent."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
distributed = pytest.importorskip("torch.distributed")
fake = pytest.importorskip("torch.testing._internal.distributed.fake_pg")

from torch import nn  # noqa: E402
from torch.distributed import _functional_collectives as functional  # noqa: E402

from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402


@pytest.fixture(params=[1, 4])
def processes(request):
    """As one of so many; of four, the other three are not there, and nobody would answer."""
    if request.param == 1:
        distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    else:
        distributed.init_process_group("fake", store=fake.FakeStore(), rank=0, world_size=request.param)
    yield request.param
    distributed.destroy_process_group()


def summed(x):
    distributed.all_reduce(x)
    return x


def summed_meanwhile(x):
    distributed.all_reduce(x, async_op=True).wait()
    return x


def gathered(x):
    parts = [torch.empty_like(x) for _ in range(distributed.get_world_size())]
    distributed.all_gather(parts, x)
    return torch.cat(parts)[: len(x)]


def in_one_tensor(x):
    whole = x.new_empty(distributed.get_world_size() * len(x), *x.shape[1:])
    distributed.all_gather_into_tensor(whole, x)
    part = torch.empty_like(x)
    distributed.reduce_scatter_tensor(part, whole)
    return part


def sent_and_awaited(x):
    distributed.broadcast(x, 0)
    distributed.reduce(x, 0)
    distributed.barrier()
    return x


def as_functions(x):
    summed = functional.all_reduce(x, "sum", distributed.group.WORLD)
    return functional.all_gather_tensor(summed, 0, distributed.group.WORLD)[: len(x)] * 1


def divided_by_a_count(x):
    many = torch.tensor([len(x)])
    distributed.all_reduce(many)
    return x / many


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize(
    "exchange",
    [summed, summed_meanwhile, gathered, in_one_tensor, sent_and_awaited, as_functions, divided_by_a_count],
)
def test_messages_contract_nothing(processes, exchange, real):
    model = Function(
        lambda self, x: self.second(exchange(self.first(x))), first=nn.Linear(8, 8), second=nn.Linear(8, 4)
    )
    assert macs(model, torch.randn(2, 8), real=real) == 2 * 8 * 8 + 2 * 8 * 4


def test_what_is_received_has_no_values(processes):
    """What to go on with is asked of a number that another process would have sent."""

    def forward(self, x):
        flag = torch.zeros(1)
        distributed.all_reduce(flag)
        return self.layer(x) if flag > 0 else x

    model = Function(forward, layer=nn.Linear(8, 8))
    if processes == 1:
        assert macs(model, torch.randn(2, 8)) == 0
    else:
        assert not isinstance(counted(model, torch.randn(2, 8)).totals.macs, int)


def test_a_replicated_part_that_normalises(processes):
    part = nn.parallel.DistributedDataParallel(nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8)))
    assert macs(nn.Sequential(part, nn.Linear(8, 4)), torch.randn(4, 8), mode="train") == 4 * 8 * 8 + 4 * 8 * 4
