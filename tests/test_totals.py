"""Totals without lines are the totals of the books."""

from __future__ import annotations

import pytest

from netledger import catalogue
from netledger.ledger import keep_books
from netledger.ledger.totals import totals_of
from netledger.network import Layer, Network, Tensor
from netledger.sources import read
from netledger.unknown import Unknown
from tests.support import DATA

STORED = [
    [Tensor("w", "weight", (3, 4), storage="s"), Tensor("b", "bias", (4,), "float16", trainable=False)],
    [Tensor("tied", "weight", (3, 4), storage="s"), Tensor("mean", "running_statistic", (4,))],
    [Tensor("w2", "weight", (3, 4)), Tensor("w3", "weight", (3, 4)), Tensor("odd", "weight", (Unknown("no size"), 2))],
    [
        Tensor("q", "weight", (8,), "int4", elements=8, nbytes=4),
        Tensor("m", "state", (9,)),
        Tensor("c", "constant", (2,)),
    ],
]


@pytest.mark.parametrize("dtype", [None, "float16"])
@pytest.mark.parametrize("batch", [1, 3])
def test_of_stored_tensors(batch: int, dtype: str | None) -> None:
    for count in range(1, 5):
        layers = [Layer(f"m.{i}", "tensors", outputs=(), tensors=tuple(held)) for i, held in enumerate(STORED[:count])]
        network = Network("stored", tuple(layers), batched=True)
        assert totals_of(network, batch=batch, dtype=dtype) == keep_books(network, batch=batch, dtype=dtype).totals


@pytest.mark.parametrize("name", [*catalogue.names()[::9], *sorted(map(str, (DATA / "flax").glob("*.msgpack")))])
def test_of_what_there_is(name: str) -> None:
    network = read(name)
    assert totals_of(network) == keep_books(network).totals
