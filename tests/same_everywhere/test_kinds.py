"""Every kind of ours and PyTorch's own call: shape, parameters and products agree, whichever way the books are kept."""

from __future__ import annotations

import io
import warnings
from typing import Any

import pytest

from netledger.layers import KINDS
from netledger.ledger import Ledger, keep_books
from netledger.notation import parse
from netledger.sources import Options
from tests.same_everywhere import test_same_everywhere
from tests.same_everywhere.kinds import ELSEWHERE, ROWS, Same

torch = pytest.importorskip("torch")

from netledger.sources.pytorch import read_module  # noqa: E402
from tests.sources.pytorch.counting import Function  # noqa: E402
from tests.torchvision_support import import_torchvision  # noqa: E402


def built(row: Same, device: str) -> tuple[Any, tuple[Any, ...]]:
    known = {
        "torch": torch,
        "nn": torch.nn,
        "F": torch.nn.functional,
        "Own": Function,
        "torchvision": import_torchvision(),
    }
    with torch.device(device):
        made = eval(row.live, known)
        data = [_tensor(letter, shape) for letter, shape in zip(row.dtypes, row.shapes, strict=False)]
    if not isinstance(made, torch.nn.Module):
        call = made
        made = Function(lambda m, *args: call(*args))
    return made.eval(), tuple(data)


def _tensor(letter: str, shape: tuple[int, ...]) -> Any:
    if letter == "f":
        return torch.ones(shape)
    return torch.zeros(shape, dtype={"i": torch.int64, "b": torch.bool}[letter])


def truth(row: Same) -> tuple[tuple[int, ...], int, int]:
    """PyTorch's own output shape, stored numbers, and products as its counter sees them."""
    from torch.utils.flop_counter import FlopCounterMode

    module, data = built(row, "meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        result = module(*data)
    return tuple(result.shape), sum(p.numel() for p in module.parameters()), counter.get_total_flops() // 2


def description(row: Same) -> Ledger:
    shapes = [shape[1:] if row.batched else shape for shape in row.shapes]
    lines = [f"{name} = input({', '.join(map(str, shape))})" for name, shape in zip("abc", shapes, strict=False)]
    return keep_books(parse("\n".join([*lines, f"y = {row.net}"])))


def live(row: Same) -> Ledger:
    module, data = built(row, "meta")
    return keep_books(read_module(module, Options(settings={"input_data": data})))


def exported(row: Same) -> Ledger:
    from tests.sources.onnx.models import books

    module, data = built(row, "cpu")
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, data, file, dynamo=False, opset_version=17, do_constant_folding=False)
    return books(file.getvalue())


COUNTED_BY_NOBODY = ("lstm", "gru", "rnn", "multihead_attention", "bilinear", "deform_conv2d")
"""``FlopCounterMode`` has no rule for the kernels of these: the table beside this one has them by hand."""


def check(row: Same, ledger: Ledger) -> None:
    _, parameters, macs = truth(row)
    assert not ledger.discrepancies, ledger.discrepancies
    assert ledger.totals.parameters == parameters, ledger.unknown
    wanted = macs if not row.kind.startswith(COUNTED_BY_NOBODY) else description(row).totals.macs
    assert ledger.totals.macs == wanted, ledger.unknown


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.net)
def test_description(row: Same) -> None:
    ledger = description(row)
    check(row, ledger)
    shape = truth(row)[0]
    assert ledger.entries[-1].outputs[0] == (shape[1:] if row.batched else shape)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.net)
def test_live(row: Same) -> None:
    check(row, live(row))


@pytest.mark.parametrize("row", [row for row in ROWS if row.onnx], ids=lambda row: row.net)
def test_exported(row: Same) -> None:
    ledger = exported(row)
    check(row, ledger)
    assert ledger.entries[-1].outputs[0] == truth(row)[0]


def test_every_kind_is_in_a_table() -> None:
    named = {row.kind for row in ROWS}
    by_hand = {row.net.partition("(")[0] for row in test_same_everywhere.ROWS if row.net is not None}
    elsewhere = {kind for kinds in ELSEWHERE for kind in kinds.split()}
    assert not elsewhere & named
    assert set(KINDS) - named - by_hand == elsewhere - by_hand
