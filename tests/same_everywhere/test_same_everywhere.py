"""The same operation has the same books whatever it came from."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from netledger.ledger import Ledger
from netledger.unknown import sum_up
from tests.same_everywhere import convolution, grids, products, sequences, ways
from tests.same_everywhere.row import Row

ROWS = [*convolution.ROWS, *products.ROWS, *sequences.ROWS, *grids.ROWS]


def rows(field: str) -> list[object]:
    return [pytest.param(row, id=row.name) for row in ROWS if getattr(row, field)]


def check(row: Row, ledger: Ledger, output: tuple[int, ...] | None) -> None:
    """Parameters, MACs, operations of other sorts and the output's shape are the row's."""
    assert not ledger.discrepancies, ledger.discrepancies
    totals = ledger.totals
    assert (totals.parameters, totals.macs) == (row.parameters, worked(row.macs)), (ledger.unknown, row.macs)
    assert sum_up([entry.effect.other.count for entry in ledger.entries]) == worked(row.other)
    if output is not None:
        assert ledger.entries[-1].outputs[0] == output


def worked(derivation: str) -> int:
    result = eval(derivation, {"__builtins__": {}})
    assert isinstance(result, int)
    return result


@pytest.fixture(autouse=True)
def sums_in_the_order_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where opt_einsum is installed, PyTorch contracts in its order."""
    if importlib.util.find_spec("torch") is not None:
        import torch

        monkeypatch.setattr(torch.backends.opt_einsum, "enabled", False)


def test_the_table_is_long_enough():
    assert len(ROWS) >= 120
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", rows("net"))
def test_description(row: Row):
    check(row, ways.description(row), row.output[1:] if row.batched else row.output)


@pytest.mark.parametrize("row", rows("onnx"))
def test_onnx_node(row: Row):
    check(row, ways.onnx_node(row), row.onnx_output or row.output)


@pytest.mark.parametrize("row", rows("live"))
def test_live_module(row: Row):
    """A function's last value need not be a layer's: its shape is compared with PyTorch's own below."""
    check(row, ways.live(row), row.output if (row.live or "").startswith("nn.") else None)


@pytest.mark.parametrize(
    ("row", "suffix"), [pytest.param(row, end, id=f"{row.name}.{end}") for row in ROWS for end in row.text]
)
def test_text_form(row: Row, suffix: str, tmp_path: Path):
    """Only the total and the counts: these formats name their layers themselves."""
    ledger = ways.text(row, suffix, tmp_path)
    assert (ledger.totals.parameters, ledger.totals.macs) == (row.parameters, worked(row.macs))


@pytest.mark.parametrize("row", [p for p in rows("live") if p.values[0].flops])  # type: ignore[attr-defined]
def test_against_the_frameworks_own_counter(row: Row):
    """``FlopCounterMode`` on the meta device counts two operations for each multiply-accumulate."""
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    module, data = ways.built(row)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        shape = tuple(module(*data).shape)
    assert counter.get_total_flops() == 2 * worked(row.macs)
    assert shape == row.output
