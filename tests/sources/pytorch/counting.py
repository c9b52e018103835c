"""Counting a live model in a test: with data, or with shapes alone."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from netledger.ledger import Ledger, keep_books  # noqa: E402
from netledger.sources import Options  # noqa: E402
from netledger.sources.pytorch import read_module  # noqa: E402


def counted(model: object, *data: object, **settings: object) -> Ledger:
    """The ledger of ``model`` called with ``data``; shapes where a value is a tuple of integers."""
    if len(data) == 1 and isinstance(data[0], dict):
        settings["input_data"] = data[0]
    elif data:
        settings["input_data"] = tuple(map(_tensor, data))
    return keep_books(read_module(model, Options(settings=settings)))


def _tensor(value: object) -> object:
    if isinstance(value, tuple) and all(isinstance(size, int) for size in value):
        return torch.zeros(value)
    return value


def macs(model: object, *data: object, **settings: object) -> int:
    """Its MACs, which must be exact."""
    ledger = counted(model, *data, **settings)
    assert isinstance(ledger.totals.macs, int), ledger.unknown
    return ledger.totals.macs


class Function(torch.nn.Module):
    """A module that computes a function; ``modules`` are registered under their names."""

    def __init__(self, function, **modules):
        super().__init__()
        self.function = function
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, *args, **kwargs):
        return self.function(self, *args, **kwargs)
