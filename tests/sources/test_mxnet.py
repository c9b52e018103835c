"""MXNet's own files (``tests/data/mxnet/make.py``) by what MXNet says of them; symbols by hand; broken files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netledger.errors import DataError, UsageError
from netledger.ledger import keep_books
from netledger.sources import Options, read_file
from tests.hostile.mxnet_cases import W, array, node, params, symbol
from tests.sources.builders import write
from tests.support import DATA

FILES = DATA / "mxnet"
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))
FED = {"images": (3, 16, 16), "words": (7, 2)}
LSTM = 2 * 14 * 4 * 16 * (8 + 16) + 2 * 14 * 4 * 16 * (32 + 16)
MACS = {
    "images": 64 * 27 * 8 + 64 * 18 * 8 + 16 * 4 * 8 * 4 + 4 * 6 + 6 * 3,
    "words": LSTM + 14 * 3 * 4 * (32 + 4) + 14 * 4 * 5 + 2 * 7 * 2 * 2 * 5,
}


@pytest.mark.parametrize("name", TRUTH)
def test_counts_and_shapes_are_mxnet_s(name: str) -> None:
    truth = TRUTH[name]
    books = keep_books(read_file(str(FILES / f"{name}-symbol.json"), options=Options({"data": FED[name]})))
    assert (books.totals.parameters, books.totals.buffers) == (truth["parameters"], truth["statistics"])
    assert books.totals.macs == MACS[name]
    assert all(evidence.agrees for evidence in books.evidence)
    assert not books.discrepancies
    checked = 0
    for entry in books:
        theirs = truth["shapes"].get(f"{entry.path}_output")
        if theirs is not None and isinstance(entry.outputs[0], tuple):
            assert list(entry.outputs[0]) == theirs, entry.path
            checked += 1
    assert checked >= 12


@pytest.mark.parametrize("name", TRUTH)
def test_the_arrays_alone(name: str) -> None:
    books = keep_books(read_file(str(FILES / f"{name}-0000.params")))
    assert (books.totals.parameters, books.totals.buffers) == (TRUTH[name]["parameters"], TRUTH[name]["statistics"])
    assert [evidence.agrees for evidence in books.evidence] == [True, True]


def test_a_symbol_alone_counts_by_formula(tmp_path: Path) -> None:
    data = (FILES / "images-symbol.json").read_bytes()
    network = read_file(write(tmp_path, "images-symbol.json", data), options=Options({"data": (3, 16, 16)}))
    assert network.notes == ("images-0000.params is not beside it: what is stored was not checked",)
    books = keep_books(network)
    assert books["conv0_fwd"].parameters == 224
    assert books.totals.parameters.exact == TRUTH["images"]["parameters"] - 1  # one slope, or one a channel


@pytest.mark.parametrize("fed", [{}, {"data": FED["words"]}])
def test_a_symbol_alone_leaves_open_what_no_formula_gives(tmp_path: Path, fed: dict[str, tuple[int, ...]]) -> None:
    data = (FILES / "words-symbol.json").read_bytes()
    total = keep_books(read_file(write(tmp_path, "words-symbol.json", data), options=Options(fed))).totals.parameters
    assert not isinstance(total, int)
    assert 0 < total.exact <= TRUTH["words"]["parameters"]


@pytest.mark.parametrize(
    ("made", "learned"),
    [
        (node("BatchNorm", 0, 1, 1, 1, 1), 6),
        (node("InstanceNorm", 0, 1, 1), 6),
        (node("GroupNorm", 0, 1, 1, num_groups="3"), 6),
        (node("LayerNorm", 0, 1, 1), 16),
        (node("LeakyReLU", 0, 1, act_type="prelu"), None),
        (node("BatchNorm", 0, 1, 1, 1, 1, axis="2"), None),
        (node("LayerNorm", 0, 1, 1, axis="1"), None),
    ],
)
def test_norms_of_a_symbol_alone(tmp_path: Path, made: dict[str, object], learned: int | None) -> None:
    """By MXNet's documentation: gamma and beta of the normalised axis, a slope a channel."""
    path = write(tmp_path, "m-symbol.json", symbol(W, made))
    total = keep_books(read_file(path, options=Options({"data": (1, 3, 8, 8)}))).totals.parameters
    assert total == learned if learned is not None else not isinstance(total, int)


def test_older_symbols_keep_their_attributes_elsewhere(tmp_path: Path) -> None:
    for key in ("param", "attr"):
        made = symbol(W, node("FullyConnected", 0, 1, num_hidden="3", no_bias="True")).replace(
            b'"attrs"', f'"{key}"'.encode()
        )
        totals = keep_books(read_file(write(tmp_path, "m.json", made), options=Options({"": (1, 4)}))).totals
        assert (totals.parameters, totals.macs) == (12, 12)


@pytest.mark.parametrize(
    ("made", "shape"),
    [
        (node("Reshape", 0, shape="(0, -3, -2)"), (2, 12, 5)), (node("Reshape", 0, shape="(-4, 1, -1, -2)"), (1, 2, 3, 4, 5)),
        (node("Pooling", 0, kernel="(2, 2)", stride="(2, 2)", pooling_convention="full"), (2, 3, 2, 3)),
        (node("Pooling", 0, kernel="(2, 2)", stride="(2, 2)"), (2, 3, 2, 2)), (node("SwapAxis", 0, dim1="1", dim2="3"), (2, 5, 4, 3)),
        (node("slice_axis", 0, axis="1", begin="1", end="None"), (2, 2, 4, 5)), (node("mean", 0, axis="(1, 2)"), (2, 5)),
        (node("mean", 0, axis="1", exclude="True", keepdims="True"), (1, 3, 1, 1)), (node("UpSampling", 0, scale="2"), (2, 3, 8, 10)),
        (node("transpose", 0, axes="(0, 2, 3, 1)"), (2, 4, 5, 3)), (node("expand_dims", 0, axis="-1"), (2, 3, 4, 5, 1)),
        (node("Pad", 0, pad_width="(0, 0, 0, 0, 1, 1, 2, 2)"), (2, 3, 6, 9)),
        (node("Pooling", 0, kernel="(2, 2)", stride="(2, 2)", pooling_convention="same"), (2, 3, 2, 3)),
        (node("SliceChannel", 0, num_outputs="3"), (2, 1, 4, 5)), (node("SliceChannel", 0, num_outputs="3", squeeze_axis="1"), (2, 4, 5)),
    ],
)  # fmt: skip
def test_shapes(tmp_path: Path, made: dict[str, object], shape: tuple[int, ...]) -> None:
    """By MXNet's documentation of each operator."""
    path = write(tmp_path, "m.json", symbol(made))
    assert keep_books(read_file(path, options=Options({"data": (2, 3, 4, 5)})))["n"].outputs == (shape,)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (node("Convolution", 0, 1, kernel="(3, 3)", num_filter="4", layout="NHWC"), "channels come last"),
        (node("Deconvolution", 0, 1, kernel="(3, 3)", num_filter="4", target_shape="(8, 8)"), "a stated output"),
        (node("RNN", 0, 1, mode="mine", state_size="4"), "a mode that has no rule"),
        (node("RNN", 0, 1, mode="lstm", state_size="4", projection_size="2"), "a mode that has no rule"),
        (node("dot", 0, 0), "other than two matrices"),
    ],
)
def test_what_is_not_followed_costs_an_unknown_number(tmp_path: Path, made: dict[str, object], reason: str) -> None:
    books = keep_books(read_file(write(tmp_path, "m.json", symbol(W, made)), options=Options({"data": (2, 3, 4, 5)})))
    assert str(books.totals.macs) == "unknown"
    assert reason in books.unknown[0][1].reason


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (node("Reshape", 0, shape="(-1, 5)", reverse="True"), "read from behind"), (node("Reshape", 0), "read from behind"),
        (node("UpSampling", 0, 0, scale="2"), "several inputs"), (node("UpSampling", 0, scale="0"), "several inputs"),
        (node("SliceChannel", 0, num_outputs="0"), "not known"),
    ],
)  # fmt: skip
def test_shapes_that_are_not_followed_are_unknown(tmp_path: Path, made: dict[str, object], reason: str) -> None:
    path = write(tmp_path, "m.json", symbol(made))
    (shape,) = keep_books(read_file(path, options=Options({"data": (2, 3, 4, 5)})))["n"].outputs
    assert reason in shape.reason


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (node("Convolution", 0, kernel="(1, 1, 1, 1)", num_filter="4"), "a convolution over 4 dimensions"),
        (node("Deconvolution", 0, kernel="()", num_filter="4"), "a convolution over 0 dimensions"),
        (node("Convolution", 0, kernel="(3, 3)", stride="(1, 1, 1)", num_filter="4"), "stride: 3 numbers where 2 are wanted"),
        (node("SliceChannel", 0, num_outputs="2"), "3 in 2 parts"),
        (node("Reshape", 0, shape="(0, 0, 0, 0, 0)"), "more dimensions than there are"),
        (node("Reshape", 0, shape="(0, 0, 0, -3)"), "more dimensions than there are"),
        (node("Reshape", 0, shape="(-4, 1)"), "-4 without the two sizes"),
        (node("transpose", 0, axes="(0, 0, 1, 2)"), "no order of the dimensions"),
        (node("Pad", 0, pad_width="(1, 1)"), "as many pairs of borders as dimensions"),
        (node("batch_dot", 0), "input 1 is missing"),
    ],
)  # fmt: skip
def test_attributes_that_cannot_be_are_one_clear_line(tmp_path: Path, made: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_file(write(tmp_path, "m.json", symbol(made)), options=Options({"data": (2, 3, 4, 5)}))
    assert "\n" not in str(caught.value)


def test_labels_are_no_inputs_of_the_network(tmp_path: Path) -> None:
    label = {"op": "null", "name": "softmax_label", "inputs": []}
    path = write(tmp_path, "m.json", symbol(label, node("SoftmaxOutput", 0, 1)))
    books = keep_books(read_file(path, options=Options({"data": (2, 10)})))
    assert [entry.path for entry in books if entry.kind == "input"] == ["data"]
    assert books["n"].outputs == ((2, 10),)


def test_what_has_no_rule_is_unknown_and_an_array_that_nobody_reads_is_listed(tmp_path: Path) -> None:
    path = write(tmp_path, "m-symbol.json", symbol(W, node("Mine", 0, 1)))
    (tmp_path / "m-0000.params").write_bytes(params(array(3, 2), array(4), names=("arg:fc_weight", "arg:other")))
    books = keep_books(read_file(path))
    assert (str(books.totals.macs), str(books.totals.parameters)) == ("unknown", "≥ 10")
    with pytest.raises(UsageError, match="'z' is no input"):
        read_file(path, options=Options({"z": (1, 2)}))


def test_every_beginning_of_a_file_is_refused(tmp_path: Path) -> None:
    data = (FILES / "images-0000.params").read_bytes()
    for end in range(1, len(data), 37):
        with pytest.raises(DataError):
            read_file(write(tmp_path, "m.params", data[:end]), format="mxnet")
