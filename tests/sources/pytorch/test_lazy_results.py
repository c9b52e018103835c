"""A forward pass that returns before it is done: its rest is counted as if its caller had asked for it."""

from __future__ import annotations

import asyncio

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402

LAYER = 16 * 16


def steps(self, x):
    for _ in range(3):
        x = self.layer(x)
        yield x


def mapped(self, x):
    return map(self.layer, [x, x, x])


def among_others(self, x):
    return {"first": self.layer(x), "more": [(self.layer(one) for one in (x, x)), "a word"]}


async def awaited(self, x):
    await asyncio.sleep(0)
    return self.layer(self.layer(self.layer(x)))


async def gathered(self, x):
    return await asyncio.gather(*[asyncio.to_thread(self.layer, x) for _ in range(3)])


async def one_by_one(self, x):
    for _ in range(3):
        await asyncio.sleep(0)
        yield self.layer(x)


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("forward", [steps, mapped, among_others, awaited, gathered, one_by_one])
def test_the_rest_is_counted(forward, real):
    model = Function(forward, layer=nn.Linear(16, 16))
    ledger = counted(model, torch.zeros(1, 16), real=real)
    assert ledger.totals.macs == 3 * LAYER
    assert not any("not used" in note for note in ledger.network.notes)


def test_within_a_running_loop():
    async def cell_of_a_notebook():
        return macs(Function(gathered, layer=nn.Linear(16, 16)), torch.zeros(1, 16)), asyncio.get_running_loop()

    async def both():
        return await cell_of_a_notebook() == (3 * LAYER, asyncio.get_running_loop())

    assert asyncio.run(both())


def test_one_that_never_ends_is_a_lower_bound():
    def forward(self, x):
        while True:
            yield self.layer(x)

    ledger = counted(Function(forward, layer=nn.Linear(16, 16)).to("meta"), (1, 16))
    assert str(ledger.totals.macs).startswith("≥")
