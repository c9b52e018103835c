"""Values that scikit-learn's converter works out of others. The truth is the sizes of the fitted model's own arrays."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import numpy_helper

from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.sources.onnx.models import books, model, node, value
from tests.support import DATA

FITTED = {
    "kmeans": (4 * 6, "4 values ('Ad_Addcst') are the sums of squares of 'Ge_Gemmcst'"),
    "gaussian_nb": (
        3 * 6 + 3 * 6 + 3,  # theta_, var_, class_prior_
        "3 values ('sigma_sum_log') are minus half the sums of logarithms of 2π times 'sigma'",
    ),
    "bernoulli_nb": (3 * 6 + 3, ""),  # feature_log_prob_, class_log_prior_
    "pca": (2 * 6 + 6, "6 values ('mean') are taken from an input as it comes"),
    "mlp": (6 * 5 + 5 + 5 * 3 + 3, ""),
}


@pytest.mark.parametrize("name", FITTED)
def test_what_follows_from_others_is_constant(name: str) -> None:
    counted, told = FITTED[name]
    found = keep_books(read_file(str(DATA / f"onnx/sklearn_{name}.onnx")))
    assert found.total_params == counted
    notes = found.network.notes
    assert any(note.startswith(told) for note in notes) if told else not notes


def test_what_follows_in_another_way_is_said() -> None:
    """A mixture's file has ``Σ μ²/σ²`` and no μ: 36 values, 3 logarithms of weights, these 3 and zeros."""
    notes = keep_books(read_file(str(DATA / "onnx/sklearn_mixture.onnx"))).network.notes
    assert any("are half the sums of logarithms of 'Ge_Gemmcst2'" in note for note in notes)
    assert any(
        note.startswith("9 values ('Ge_Gemmcst1') stand in a formula that a converter wrote out") for note in notes
    )


CENTRES = np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
NORMS = (CENTRES.astype(float) ** 2).sum(1)


def _distances(norms: np.ndarray, centres: np.ndarray, *more: object) -> int | object:
    """A bias that is added to ``x·centresᵀ``, and the nearest of them."""
    nodes = [node("Gemm", "x centres", "p", transB=1), node("Add", "p norms", "d"), node("ArgMin", "d", "y", axis=1)]
    stored = [numpy_helper.from_array(array.astype(np.float32), name) for array, name in
              ((norms, "norms"), (centres, "centres"))]  # fmt: skip
    return books(model([*nodes, *more], [value("x", (1, 6))], ("y",), stored)).total_params


@pytest.mark.parametrize("factor", [1, -1, 0.5, -0.5])
def test_squares_by_any_usual_factor(factor: float) -> None:
    assert _distances(factor * NORMS, CENTRES) == 24


@pytest.mark.parametrize(
    "norms",
    [NORMS * [1, 1, 1, 1.00002], NORMS * 3, np.sqrt(NORMS), NORMS[::-1], NORMS * 0],
    ids=["one is off", "another factor", "norms", "another order", "zeros"],
)
def test_what_does_not_follow_is_counted(norms: np.ndarray) -> None:
    assert _distances(norms, CENTRES) == 24 + 4


def test_masks_and_fillings_follow_from_nothing() -> None:
    """The squares of one-hot rows are ones, as a scale is that was never trained."""
    assert _distances(np.ones(4), np.eye(4, 6)) == 24 + 4
    assert _distances(np.zeros(4), np.zeros((4, 6))) == 24 + 4


def test_what_more_than_sums_read_is_counted() -> None:
    assert _distances(NORMS, CENTRES, node("Mul", "p norms", "z")) == 24 + 4
