"""Which rows a table has: repeats folded, groups summed, and nothing lost by either."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from netledger.documents.ledger import ledger_document
from netledger.documents.ledger.folding import Folded, lines_of, rows_of
from netledger.ledger import keep_books
from netledger.network import Layer, Network, Run, Tensor
from netledger.records import Rolled
from netledger.renderers import render
from netledger.unknown import Count, sum_up
from tests.networks import oddities


def chain(*layers: tuple[str, int]) -> Network:
    """Linear layers in a row: path and outputs of each, fed 8 values."""
    built = [Layer("x", "input", {"shape": (8,)})]
    for path, features in layers:
        built.append(Layer(path, "linear", {"out_features": features}, (built[-1].path,)))
    return Network("chain", built)


def shown(network: Network, **how: object) -> list[tuple[str, int]]:
    return [(line.path, line.repeat) for line in lines_of(keep_books(network).entries, **how)][1:]  # type: ignore[arg-type]


def total(lines: list[Folded], what: str) -> int | Count:
    return sum_up(line.sum(what) for line in lines)


def test_equal_blocks_are_one_row() -> None:
    blocks = [(f"layers.{i}.{name}", 8) for i in range(126) for name in ("q", "k")]
    assert shown(chain(*blocks)) == [("layers.0–125.q", 126), ("layers.0–125.k", 126)]


def test_blocks_that_differ_stay_apart() -> None:
    """The second block reads 16 where the others read 8."""
    network = chain(("b.0.fc", 8), ("b.1.fc", 8), ("b.2.fc", 16), ("b.3.fc", 16), ("b.4.fc", 16))
    assert shown(network) == [("b.0–1.fc", 2), ("b.2.fc", 1), ("b.3–4.fc", 2)]


def test_blocks_fold_inside_folded_blocks() -> None:
    blocks = [(f"stage.{i}.block.{j}.fc", 8) for i in range(2) for j in range(3)]
    assert shown(chain(*blocks)) == [("stage.0–1.block.0–2.fc", 6)]


def test_numbers_must_follow_one_another_and_leaves_with_names_stay() -> None:
    assert shown(chain(("b.0.fc", 8), ("b.2.fc", 8))) == [("b.0.fc", 1), ("b.2.fc", 1)]
    assert shown(chain(("conv1", 8), ("conv2", 8))) == [("conv1", 1), ("conv2", 1)]
    assert shown(chain(("heads.0", 8), ("heads.1", 8))) == [("heads.0–1", 2)]
    assert shown(chain(("block1.fc", 8), ("block2.fc", 8))) == [("block1–2.fc", 2)]
    assert shown(chain(("b.01.fc", 8), ("b.02.fc", 8))) == [("b.01.fc", 1), ("b.02.fc", 1)]


def stored(path: str) -> Layer:
    """A layer that holds three values."""
    return Layer(path, "tensors", inputs=(), outputs=(), tensors=(Tensor(f"{path}.weight", "weight", (3,), "float32"),))


def turns(prefix: str, times: int, *names: str, first: int = 0) -> Run:
    """So many blocks of layers of these names; of an empty name the block is itself a layer."""

    def make(number: int) -> list[Layer]:
        return [stored(f"{prefix}{number}{name and f'.{name}'}") for name in names]

    return Run(tuple(make(first)), times, prefix, first, make)


ROLLED = {
    "one layer a block": (turns("h.", 3, "fc"),),
    "layers and nothing around them": (turns("params.", 3, ""),),
    "one layer a block, below a number that stands alone": (turns("net.0.h.", 4, "fc"),),
    "one layer a block in each of two lists": (turns("encoder.h.", 3, "fc"), turns("decoder.h.", 2, "fc", first=4)),
    "beside a layer of the list's own name": (turns("h.", 3, "fc", "norm"), stored("h")),
    "behind a layer of the list's own name": (stored("h"), turns("h.", 3, "fc")),
    "beside a layer that the list holds": (turns("a.h.", 3, "fc"), stored("a.norm"), stored("a")),
    "of two layers, below equal blocks": (turns("e.0.h.", 2, "a", "b"), turns("e.1.h.", 2, "a", "b")),
    "of one layer, below equal blocks": (turns("e.0.h.", 2, "a"), turns("e.1.h.", 2, "a"), stored("e.2")),
}


@pytest.mark.parametrize("parts", ROLLED.values(), ids=list(ROLLED))
def test_blocks_handed_over_as_runs_have_the_rows_they_have_one_by_one(parts: tuple[Layer | Run, ...]) -> None:
    """A run of one layer a block showed its first block alone."""
    by_runs, layers = Network("runs", Rolled(parts)), Network("layers", Rolled(parts).unrolled())
    rows, expected = rows_of(keep_books(by_runs)), lines_of(keep_books(layers).entries)
    assert [(row.path, row.repeat) for row in rows] == [(row.path, row.repeat) for row in expected]
    assert total(rows, "parameters") == 3 * len(layers.layers)


def test_without_folding_every_entry_is_a_row() -> None:
    entries = keep_books(oddities()).entries
    assert [line.path for line in lines_of(entries, fold=False)] == [entry.path for entry in entries]


def test_depth_keeps_the_sums_and_the_unknowns() -> None:
    ledger = keep_books(oddities())
    lines = lines_of(ledger.entries, depth=1)
    assert [line.path for line in lines].count("blocks") == 1
    blocks = next(line for line in lines if line.path == "blocks")
    assert blocks.sum("parameters") == 3 * 72 + 3 * 16  # by hand
    assert total(lines, "parameters") == ledger.totals.parameters


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a.0.x", "a.1.x", "a.2.x", "b", "c.0", "c.1", "a.0.y.0", "a.0.y.1"]),
                       st.sampled_from([8, 8, 8, 16])), max_size=24),
    st.sampled_from([None, 1, 2]),
)  # fmt: skip
def test_no_way_of_showing_loses_a_parameter(layers: list[tuple[str, int]], depth: int | None) -> None:
    """Whatever the names - repeated, nested, out of order - rows add up to the ledger's totals."""
    named = [
        (f"{path}.{i}" if [p for p, _ in layers[:i]].count(path) else path, n) for i, (path, n) in enumerate(layers)
    ]
    ledger = keep_books(chain(*named))
    lines = lines_of(ledger.entries, depth=depth)
    assert total(lines, "parameters") == ledger.totals.parameters
    assert total(lines, "macs") == ledger.totals.macs
    assert sum(line.repeat * len(line.entries) for line in lines) == len(ledger)


def test_a_network_without_layers_is_an_empty_table() -> None:
    assert "total" in render(ledger_document(keep_books(Network("empty"))), "text")
