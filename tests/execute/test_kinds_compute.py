"""Every kind that can be run computes what PyTorch's own call does, on the same numbers and the same parameters."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from netledger.execute import build  # noqa: E402
from netledger.execute.operations import MAKERS  # noqa: E402
from netledger.notation import parse  # noqa: E402
from tests.same_everywhere.kinds import ROWS, Same  # noqa: E402
from tests.same_everywhere.test_kinds import built  # noqa: E402

OTHERWISE = {
    "crop((3, 4))": "a description does not say where it is cut",
    "conv2d_partial((2, 3, 4), kernel_size=3)": "it says how many maps are read, not which",
}
"""Rows whose numbers are not PyTorch's own, and why."""

RUN = [row for row in ROWS if row.kind in MAKERS and row.net not in OTHERWISE]


def numbers(row: Same) -> tuple[Any, ...]:
    """Reals between 0.1 and 0.9, where every function is defined; small integers; truth values of both sorts."""
    made = torch.Generator().manual_seed(3)
    kinds = {
        "f": lambda shape: torch.rand(shape, generator=made) * 0.8 + 0.1,
        "i": lambda shape: torch.randint(0, 2, shape, generator=made),
        "b": lambda shape: torch.randint(0, 2, shape, generator=made) > 0,
    }
    return tuple([kinds[letter](shape) for letter, shape in zip(row.dtypes, row.shapes, strict=False)])


def described(row: Same) -> Any:
    shapes = [shape[1:] if row.batched else shape for shape in row.shapes]
    header = "" if row.batched else "network(batched=True)\n"
    lines = [f"{name} = input({', '.join(map(str, shape))})" for name, shape in zip("abc", shapes, strict=False)]
    return build(parse(header + "\n".join([*lines, f"y = {row.net}"]))).eval()


def test_most_kinds_are_run() -> None:
    assert len({row.kind for row in RUN}) > 150
    assert set(OTHERWISE) <= {row.net for row in ROWS}


@pytest.mark.parametrize("row", RUN, ids=lambda row: row.net)
def test_it_computes_what_pytorch_does(row: Same) -> None:
    theirs, _ = built(row, "cpu")
    mine, data = described(row), numbers(row)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for ours, own in zip(mine.parameters(), theirs.parameters(), strict=True):
            assert ours.shape == own.shape
            ours.copy_(torch.randn(own.shape, generator=torch.Generator().manual_seed(5)))
            own.copy_(ours)
        torch.testing.assert_close(mine(*data), theirs(*data), rtol=1e-4, atol=1e-5, equal_nan=True)
