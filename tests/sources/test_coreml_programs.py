"""Programs of Core ML written by hand: several functions, blocks that run or not, weights that two operations read."""

from __future__ import annotations

from pathlib import Path

import pytest

from netledger.errors import FormatError
from netledger.ledger import Ledger, keep_books
from netledger.sources import read_file
from tests.hostile.coreml_cases import BLOB, MATRIX, X, weights
from tests.hostile.onnx_cases import f as field
from tests.sources.builders import write
from tests.sources.coreml_builder import (
    blob,
    block,
    entry,
    floats,
    layer,
    message,
    model,
    operation,
    program,
    tensor_type,
    value,
)

FLOAT, STRING = 11, 2
ROW = tensor_type(FLOAT, 1, 3)


def matrix(name: str, *numbers: float) -> bytes:
    """A constant of 3 rows of 2."""
    return operation("const", {}, name, MATRIX, val=value(MATRIX, floats(*(numbers or range(6)))))


def linear(weight: str, made: str = "y") -> bytes:
    return operation("linear", {"x": "x", "weight": weight}, made, ROW)


def function(*operations: bytes, outputs: tuple[str, ...] = ("y",)) -> bytes:
    return field(1, X) + field(2, b"CoreML6") + entry(3, "CoreML6", block(*operations, outputs=outputs))


def books(folder: Path, body: bytes) -> Ledger:
    return keep_books(read_file(write(folder, "m.mlmodel", model(502, body))))


def test_what_other_functions_store_is_booked_and_not_run(tmp_path: Path) -> None:
    """Two functions of 3·2 weights each: one product is the model's; the other's matrix is stored beside it."""
    other = function(matrix("v"), operation("relu", {"x": "x"}, "r", MATRIX), linear("v"))
    body = field(1, 1) + entry(2, "main", function(matrix("w"), linear("w"))) + entry(2, "second", other)
    ledger = books(tmp_path, body)
    assert ledger.totals.macs == 6
    assert sum(tensor.elements or 6 for tensor in ledger.network.tensors) == 12
    assert "it is the function 'main'; the file has 'second' too" in ledger.network.notes


def test_a_matrix_that_two_operations_read_is_one(tmp_path: Path) -> None:
    ledger = books(tmp_path, program(matrix("w"), linear("w", "a"), linear("w"), inputs=(X,)))
    assert (ledger.totals.parameters, ledger.totals.macs) == (6, 12)
    assert "1 stored tensors are read by several operations and counted once" in ledger.network.notes


@pytest.mark.parametrize(
    ("inside", "parameters", "known"),
    [
        ((operation("relu", {"x": "x"}, "r", MATRIX),), 0, True),
        ((matrix("w"), linear("w", "r")), 6, False),
        ((operation("own", {"x": "x"}, "r", MATRIX),), 0, False),
    ],
)
def test_a_choice_costs_nothing_where_nothing_in_it_multiplies(
    tmp_path: Path, inside: tuple[bytes, ...], parameters: int, known: bool
) -> None:
    """Blocks run as the data say: with a product, or what nobody knows, in them their products are not known."""
    branches = (block(*inside, outputs=("r",)), block(operation("relu", {"x": "x"}, "s", MATRIX), outputs=("s",)))
    ledger = books(tmp_path, program(operation("cond", {"pred": "x"}, "y", ROW, *branches), inputs=(X,)))
    assert ledger.totals.parameters == parameters
    assert ledger.totals.macs == 0 if known else not isinstance(ledger.totals.macs, int)


def text(words: str) -> bytes:
    """A stated text."""
    return value(tensor_type(STRING), field(1, field(4, field(1, words.encode()))))


def test_an_einsum_by_its_equation(tmp_path: Path) -> None:
    """``nd,hd->nh`` of 1×2 and 3×2: 1·3·2 products."""
    values = entry(2, "values", field(1, field(1, b"x")) + field(1, field(1, b"w")))
    equation = operation("const", {}, "e", tensor_type(STRING), val=text("nd,hd->nh"))
    einsum = (
        field(1, b"einsum")
        + values
        + entry(2, "equation", field(1, field(1, b"e")))
        + field(3, field(1, b"y") + field(2, ROW))
    )
    assert books(tmp_path, program(matrix("w"), equation, einsum, inputs=(X,))).totals.macs == 6
    with pytest.raises(FormatError, match="an einsum without its equation"):
        books(tmp_path, program(matrix("w"), einsum, inputs=(X,)))


def test_a_matrix_packed_to_eight_bits(tmp_path: Path) -> None:
    """Six bytes and a scale stand for 3·2 weights; two operations that read it read one."""
    eight = tensor_type(21, 3, 2)
    data = value(eight, field(1, field(5, field(1, bytes(range(6))))))
    scale = value(tensor_type(FLOAT), floats(0.5))
    unpacked = operation("constexpr_affine_dequantize", {}, "w", MATRIX, quantized_data=data, scale=scale)
    ledger = books(tmp_path, program(unpacked, linear("w", "a"), linear("w"), inputs=(X,)))
    assert (ledger.totals.parameters, ledger.totals.macs) == (6, 12)


def test_a_blob_of_two_sizes_is_refused(tmp_path: Path) -> None:
    """Two constants at one place, one of them smaller: one of the two lies."""
    small = tensor_type(FLOAT, 1, 2)
    parts = [
        operation("const", {}, name, type, val=value(type, blob=(BLOB, 64)))
        for name, type in (("w", MATRIX), ("v", small))
    ]
    with pytest.raises(FormatError, match="24 and 8 bytes are stated of one blob"):
        books(tmp_path, program(*parts, linear("w"), inputs=(X,)))
    both = [operation("const", {}, name, MATRIX, val=value(MATRIX, blob=(BLOB, 64))) for name in ("w", "v")]
    weights(blob(2, bytes(24)))["more"](tmp_path)  # type: ignore[operator]
    assert books(tmp_path, program(*both, linear("w", "a"), linear("v"), inputs=(X,))).totals.parameters == 6


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (field(1, 1), "a program without functions"),
        (field(1, 1) + entry(2, "main", field(2, b"CoreML6")), "a function without a block"),
        (
            program(operation("constexpr_lut_to_dense", {"indices": "x"}, "w", MATRIX), inputs=(X,)),
            "'indices' is no constant",
        ),
    ],
)
def test_programs_that_cannot_be(tmp_path: Path, body: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        books(tmp_path, body)


def test_a_pipeline_without_a_network_is_refused(tmp_path: Path) -> None:
    trees = message(field(1, model(402, b"")), field(2, "trees"))
    with pytest.raises(FormatError, match="a pipeline without a network"):
        read_file(write(tmp_path, "m.mlmodel", model(202, trees)))


def test_an_older_network_without_layers_is_refused(tmp_path: Path) -> None:
    for data, why in (
        (b"", "a network without layers"),
        (layer("c", 100, b"", ()), "a layer of convolution that reads nothing"),
    ):
        with pytest.raises(FormatError, match=why):
            read_file(write(tmp_path, "m.mlmodel", model(500, data + field(5, 1))))
