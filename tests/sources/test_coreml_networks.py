"""Layers of Core ML's older networks, one at a time: shapes and products worked by hand from ``NeuralNetwork.proto``.

In the old mapping a value is channels, height and width; in the exact one it has all its dimensions.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

import pytest

from netledger.errors import DataError, FormatError
from netledger.ledger import keep_books
from netledger.sources import read_file
from netledger.unknown import Unknown
from tests.hostile.onnx_cases import f as field
from tests.hostile.onnx_cases import varint
from tests.sources.builders import write
from tests.sources.coreml_builder import layer, model

Shape = tuple[int, ...]


class Row(NamedTuple):
    """A layer by its number in the file; ``shapes`` of what it reads; ``made`` of what it gives (``None``: Unknown)."""

    name: str
    number: int
    params: bytes
    shapes: tuple[Shape, ...]
    made: tuple[Shape | None, ...]
    parameters: int = 0
    macs: int = 0
    exact: bool = True


def ints(number: int, *values: int) -> bytes:
    return field(number, b"".join(map(varint, values)))


def weights(number: int, count: int) -> bytes:
    return field(number, field(1, bytes(4 * count)))


def border(number: int, *edges: tuple[int, int]) -> bytes:
    return field(number, b"".join(field(10, field(1, a) + field(2, b)) for a, b in edges))


def conv(out: int, channels: int, count: int, more: bytes = b"", bias: bool = False) -> bytes:
    kernel = field(1, out) + field(2, channels) + weights(90, count) + more
    return kernel + (field(70, 1) + weights(91, out) if bias else b"")


def floats(number: int, *values: float) -> bytes:
    return field(number, struct.pack(f"<{len(values)}f", *values))


IMAGE = ((1, 4, 6, 8),)
OLD = ((4, 6, 8),)


def one(name: str, number: int, params: bytes, made: Shape | None, shape: Shape = IMAGE[0], **more: int) -> Row:
    return Row(name, number, params, (shape,), (made,), **more)


def old(name: str, number: int, params: bytes, made: Shape | None, shape: Shape = OLD[0], **more: int) -> Row:
    return Row(name, number, params, (shape,), (made,), exact=False, **more)


LSTM = b"".join(weights(i, 6 * 4) for i in (1, 2, 3, 4)) + b"".join(weights(i, 36) for i in (20, 21, 22, 23))
PEEPHOLES = b"".join(weights(i, 6) for i in (60, 61, 62))
GRU = b"".join(weights(i, 24) for i in (30, 31, 32)) + b"".join(weights(i, 36) for i in (50, 51, 52))
STEPS = (7, 2, 4, 1, 1)

ROWS = [
    one("conv", 100, conv(5, 4, 180), (1, 5, 4, 6), parameters=180, macs=4 * 6 * 9 * 4 * 5),
    one("conv with stride", 100, conv(5, 4, 120, ints(20, 3, 2) + ints(30, 2, 1), True), (1, 5, 2, 7),
        parameters=125, macs=2 * 7 * 6 * 4 * 5),
    one("conv same", 100, conv(5, 4, 180, ints(30, 2, 3) + field(51, b"")), (1, 5, 3, 3), parameters=180,
        macs=3 * 3 * 180),
    one("conv of groups", 100, conv(6, 2, 108, field(10, 2)), (1, 6, 4, 6), parameters=108, macs=4 * 6 * 9 * 2 * 6),
    one("conv padded on one side", 100, conv(5, 4, 180, field(50, border(1, (1, 0), (0, 2)))), (1, 5, 5, 8),
        parameters=180, macs=5 * 8 * 180),
    one("conv dilated", 100, conv(5, 4, 180, ints(40, 2, 3)), (1, 5, 2, 2), parameters=180, macs=4 * 180),
    one("transposed", 100, conv(5, 4, 180, ints(30, 2, 2) + field(60, 1)), (1, 5, 13, 17), parameters=180,
        macs=48 * 180),
    one("transposed same", 100, conv(5, 4, 180, ints(30, 2, 2) + field(60, 1) + field(51, b"")), (1, 5, 12, 16),
        parameters=180, macs=48 * 180),
    one("transposed to a size", 100, conv(5, 4, 180, ints(30, 2, 2) + field(60, 1) + ints(100, 14, 15)),
        (1, 5, 14, 15), parameters=180, macs=48 * 180),
    one("conv of the old mapping", 100, conv(5, 4, 180), (5, 4, 6), OLD[0], parameters=180, macs=4 * 6 * 180)
    ._replace(exact=False),
    one("conv3d", 1471, field(1, 3) + field(2, 2) + field(10, 1) + weights(60, 3 * 2 * 27) + field(70, 1),
        (1, 3, 2, 3, 4), (1, 2, 4, 5, 6), parameters=162, macs=24 * 162),
    one("conv3d same", 1471, field(1, 3) + field(2, 2) + field(10, 1) + weights(60, 162) + field(70, 2) + field(31, 2),
        (1, 3, 2, 5, 6), (1, 2, 4, 5, 6), parameters=162, macs=60 * 162),
    one("conv3d padded", 1471, field(1, 3) + field(2, 2) + field(10, 1) + weights(60, 162) + field(80, 1) + field(50, 1)
        + weights(61, 3), (1, 3, 3, 3, 4), (1, 2, 4, 5, 6), parameters=165, macs=36 * 162),
    one("max pool", 120, ints(10, 3, 3) + ints(20, 2, 2), (1, 4, 2, 3)),
    one("mean pool same", 120, field(1, 1) + ints(10, 3, 3) + ints(20, 2, 3) + field(31, b""), (1, 4, 3, 3)),
    one("pool with the last pixel", 120, ints(10, 3, 3) + ints(20, 2, 2) + field(32, ints(10, 0, 0)), (1, 4, 3, 4)),
    one("pool with the last pixel, padded", 120, ints(10, 2, 2) + ints(20, 2, 2) + field(32, ints(10, 1, 1)),
        (1, 4, 4, 5)),
    one("pool with the last pixel, a window beyond it", 120, ints(10, 2, 2) + ints(20, 3, 3) + field(32, ints(10, 0, 0)),
        (1, 4, 3, 3)),
    one("pool of everything", 120, field(60, 1), (1, 4, 1, 1)),
    one("dense of rank 2", 140, field(1, 4) + field(2, 5) + field(10, 1) + weights(20, 20) + weights(21, 5), (3, 5),
        (3, 4), parameters=25, macs=60),
    one("dense of rank 4", 140, field(1, 24) + field(2, 5) + weights(20, 120), (3, 5, 1, 1), (3, 4, 2, 3),
        parameters=120, macs=3 * 120),
    one("dense of rank 5", 140, field(1, 24) + field(2, 5) + weights(20, 120), (7, 3, 5, 1, 1), (7, 3, 4, 2, 3),
        parameters=120, macs=21 * 120),
    one("table", 150, field(1, 10) + field(2, 6) + weights(20, 60), (7, 6, 1, 1), (7, 1, 1, 1), parameters=60),
    one("table of any rank", 1040, field(1, 10) + field(2, 6) + field(3, 1) + weights(20, 60) + weights(21, 6),
        (7, 2, 6), (7, 2, 1), parameters=66),
    one("batch norm", 160, field(1, 4) + b"".join(weights(i, 4) for i in (15, 16, 17, 18)), IMAGE[0], parameters=8),
    one("prelu", 130, field(25, weights(1, 4)), IMAGE[0], parameters=4),
    one("softplus with slopes", 130, field(71, weights(1, 4) + weights(2, 4)), IMAGE[0], parameters=8),
    one("relu", 130, field(10, b""), IMAGE[0]),
    one("scale", 245, ints(1, 4, 1, 1) + weights(2, 4) + field(3, 1) + ints(4, 4, 1, 1) + weights(5, 4), IMAGE[0],
        parameters=8),
    one("bias", 250, ints(1, 4, 1, 1) + weights(2, 4), IMAGE[0], parameters=4),
    one("layer norm", 1350, ints(1, 8) + weights(3, 8) + weights(4, 8), IMAGE[0], parameters=16),
    one("constant", 290, ints(1, 2, 3, 4) + weights(2, 24), (1, 1, 2, 3, 4), (1,), parameters=24)
    ._replace(shapes=()),
    old("constant of the old mapping", 290, ints(1, 2, 3, 4) + weights(2, 24), (2, 3, 4), parameters=24)
    ._replace(shapes=()),
    one("constant of any rank", 1070, ints(1, 2, 3) + weights(2, 6), (2, 3), (1,), parameters=6)._replace(shapes=()),
    Row("product of two", 1045, b"", ((2, 3, 4), (2, 4, 5)), ((2, 3, 5),), macs=2 * 3 * 4 * 5),
    Row("product of two, turned", 1045, field(1, 1) + field(2, 1), ((2, 4, 3), (2, 5, 4)), ((2, 3, 5),),
        macs=2 * 3 * 4 * 5),
    one("product with a matrix", 1045, field(5, 4) + field(6, 5) + field(7, 1) + weights(8, 20) + weights(9, 5),
        (2, 3, 5), (2, 3, 4), parameters=25, macs=6 * 20),
    one("recurrent", 400, field(1, 4) + field(2, 6) + field(15, 1) + field(20, 1) + weights(30, 24) + weights(31, 36)
        + weights(32, 6), (7, 2, 6, 1, 1), STEPS, parameters=66, macs=14 * 60),
    one("gru", 410, field(1, 4) + field(2, 6) + GRU, (1, 2, 6, 1, 1), STEPS, parameters=180, macs=14 * 180),
    one("lstm", 420, field(1, 4) + field(2, 6) + field(15, field(10, 1)) + field(20, LSTM), (7, 2, 6, 1, 1), STEPS,
        parameters=240, macs=14 * 240),
    one("lstm with peepholes, both ways", 430, field(1, 4) + field(2, 6) + field(20, LSTM + PEEPHOLES) * 2,
        (1, 2, 12, 1, 1), STEPS, parameters=2 * 258, macs=14 * 480),
    old("lstm of the old mapping", 420, field(1, 4) + field(2, 6) + field(20, LSTM), (6, 1, 1), (4, 1, 1),
        parameters=240, macs=240),
    # what moves values
    one("crop", 190, border(1, (1, 2), (0, 3)), (1, 4, 3, 5)),
    Row("crop to another", 190, ints(5, 1, 1), ((1, 4, 6, 8), (1, 9, 3, 5)), ((1, 4, 3, 5),)),
    one("padding", 200, field(1, b"") + border(10, (1, 2), (0, 3)), (1, 4, 9, 11)),
    one("padding of nothing", 200, field(1, b""), IMAGE[0]),
    one("upsampled", 210, ints(1, 2, 3), (1, 4, 12, 24)),
    one("upsampled by nothing", 210, b"", IMAGE[0]),
    one("upsampled by fractions", 210, floats(7, 1.5, 0.5), (1, 4, 9, 4)),
    one("upsampled by other fractions", 210, floats(7, 1.5, 0.3), None),
    one("resized", 211, ints(1, 5, 9), (1, 4, 5, 9)),
    Row("sum", 230, b"", ((1, 4, 6, 8), (1, 4, 1, 1)), ((1, 4, 6, 8),)),
    Row("joined", 320, b"", ((1, 4, 6, 8), (1, 3, 6, 8)), ((1, 7, 6, 8),)),
    Row("joined along the sequence", 320, field(100, 1), ((7, 1, 4, 6, 8), (2, 1, 4, 6, 8)), ((9, 1, 4, 6, 8),)),
    Row("joined along a sequence that is not shown", 320, field(100, 1), ((4, 6, 8), (4, 6, 8)), ((4, 6, 8),),
        exact=False),
    Row("joined along any", 980, field(1, 3), ((1, 4, 6, 8), (1, 4, 6, 2)), ((1, 4, 6, 10),)),
    Row("split", 330, field(1, 2), IMAGE, ((1, 2, 6, 8), (1, 2, 6, 8))),
    Row("split along any", 975, field(1, 3) + ints(3, 3, 5), IMAGE, ((1, 4, 6, 3), (1, 4, 6, 5))),
    Row("split evenly", 975, field(1, 2) + field(2, 3), IMAGE, ((1, 4, 2, 8),) * 3),
    one("reduced", 280, field(3, 1), (1, 4, 1, 1)),
    one("reduced over channels", 280, field(3, 2), (1, 1, 6, 8)),
    one("mean", 1280, ints(1, 2, 3), (1, 4)),
    one("mean that keeps", 1280, ints(1, 2, -1) + field(2, 1), (1, 4, 1, 1)),
    one("mean of all", 1280, field(3, 1), (1,)),
    old("reshaped", 300, ints(1, 8, 4, 6), (8, 4, 6)),
    old("reshaped with its sequence", 300, ints(1, 1, 8, 4, 6), (8, 4, 6)),
    one("reshaped with all dimensions", 300, ints(1, 8, 4, 6), (7, 1, 8, 4, 6), (7, 1, 4, 6, 8)),
    one("reshaped with the sequence", 300, ints(1, 14, 2, 6, 8), (14, 1, 2, 6, 8), (7, 1, 4, 6, 8)),
    one("reshaped to any", 1140, ints(1, 0, 24, -1), (1, 24, 8)),
    one("flat", 301, b"", (1, 192, 1, 1)),
    one("flat in two", 1130, field(1, 2), (4, 48)),
    one("flat in two, from behind", 1130, field(1, -1), (24, 8)),
    one("flat at the end", 1130, field(1, 4), (192, 1)),
    one("permuted", 310, ints(1, 0, 3, 1, 2), (7, 2, 8, 4, 6), (7, 2, 4, 6, 8)),
    one("permuted with the sequence", 310, ints(1, 3, 1, 2, 0), (8, 2, 4, 6, 7), (7, 2, 4, 6, 8)),
    old("permuted in the old mapping", 310, ints(1, 0, 3, 1, 2), (8, 4, 6)),
    old("permuted into the sequence", 310, ints(1, 3, 1, 2, 0), None),
    old("permuted to the same", 310, b"", OLD[0]),
    one("transposed dimensions", 985, ints(1, 3, 0, 2, 1), (8, 1, 6, 4)),
    one("more dimensions", 1125, ints(1, 0, -1), (1, 1, 4, 6, 8, 1)),
    one("fewer dimensions", 1120, ints(1, 0, -2), (4, 8), (1, 4, 1, 8)),
    one("no dimensions of 1", 1120, field(2, 1), (4, 8), (1, 4, 1, 8)),
    one("never none", 1120, field(2, 1), (1,), (1, 1)),
    one("space to depth", 345, field(2, 2), (1, 16, 3, 4)),
    one("depth to space", 345, field(1, 1) + field(2, 2), (1, 1, 12, 16)),
    old("slice", 350, field(1, 1) + field(2, 5) + field(3, 2) + field(4, 2), (4, 6, 2)),
    old("slice from behind", 350, field(1, -3) + field(2, -1) + field(3, 1) + field(4, 1), (4, 2, 8)),
    one("slice of any", 995, ints(1, 0, -3, 1, 0) + ints(2, 1, 0, 0, 0) + ints(3, 0, -1, 5, 0) + ints(4, 1, 0, 0, 1)
        + ints(5, 1, 1, 2, 3), (1, 2, 2, 3)),
    one("slice that drops a dimension", 995, ints(3, 1, 2, 3, 4) + ints(6, 1, 0, 0, 0), (2, 3, 4)),
    one("constant border", 1155, ints(2, 0, 0, 3, 4, 0, 9, 1, 0), (1, 11, 15, 9)),
    one("constant border to a size", 1155, ints(2, 0, 0, 0, 0, 0, 9, 5, 0) + field(3, 1), (1, 4, 9, 8)),
    one("softmax", 950, b"", IMAGE[0]),
    one("of no known size", 1100, b"", None),
]  # fmt: skip


def file_of(row: Row) -> bytes:
    names = [f"x{i}" for i in range(max(1, len(row.shapes)))]
    fed = b""
    for name, shape in zip(names, row.shapes or ((1,),), strict=True):
        kind = field(3, field(5, field(1, b"".join(map(varint, shape)))))
        fed += field(1, field(1, name) + kind)
    makes = tuple(f"y{i}" for i in range(len(row.made)))
    body = layer("it", row.number, row.params, tuple(names) if row.shapes else (), makes)
    # a model's description holds its inputs; the helper writes the one called x
    whole = model(500, body + (field(5, 1) if row.exact else b""))
    described = field(2, field(1, field(1, b"x")))
    assert described in whole
    return whole.replace(described, field(2, fed), 1)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_layer_by_hand(tmp_path: Path, row: Row) -> None:
    books = keep_books(read_file(write(tmp_path, "m.mlmodel", file_of(row))))
    made = books["it"].outputs
    assert [None if unknown(shape) else shape for shape in made] == list(row.made)
    assert (books.totals.parameters, books.totals.macs) == (row.parameters, row.macs)


def unknown(shape: object) -> bool:
    return isinstance(shape, Unknown) or any(isinstance(size, Unknown) for size in shape)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("row", "why"),
    [(one("", 190, border(1, (4, 4), (0, 0)), None), "more is cut off than there is"),
     (one("", 985, ints(1, 0, 0, 1, 2), None), "no order of the dimensions"),
     (old("", 310, ints(1, 0, 1), None), "no order of the dimensions"),
     (one("", 210, floats(7, float("nan"), 1.0), None), "a factor that is none"),
     (one("", 345, field(2, 0), None), "blocks of no size"),
     (one("", 140, field(1, 23) + field(2, 5) + weights(20, 115), None), "what it reads: 192 against 23"),
     (one("", 100, conv(5, 4, 180, field(10, 2)), None), "5 channels in 2 groups"),
     (one("", 100, conv(5, 4, 179), None), "its shape needs 720 bytes, 716 are there"),
     (one("", 1471, field(1, 3) + field(2, 2) + field(10, 2), None), "2 channels to 3 in 2 groups"),
     (one("", 120, ints(20, 0, 0) + field(31, b""), None), "a stride below 1"),
     (one("", 975, field(1, 9), None), "axis 9 of 4 dimensions")],
)  # fmt: skip
def test_what_cannot_be(tmp_path: Path, row: Row, why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_file(write(tmp_path, "m.mlmodel", file_of(row)))


UNARY = layer("u", 220, b"")
DENSE = layer("d", 140, field(1, 4) + field(2, 5) + weights(20, 20))


@pytest.mark.parametrize("number", [605, 615])
def test_layers_that_run_networks_are_unknown(tmp_path: Path, number: int) -> None:
    """A branch holds two networks, a loop two more, each of them others; what they store is in no row."""
    first, second = (1, 2) if number == 605 else (3, 4)
    inner = layer("b", 605, field(1, UNARY) + field(2, UNARY))
    row = Row("", number, field(first, UNARY) + field(second, inner), IMAGE, (None,))
    books = keep_books(read_file(write(tmp_path, "m.mlmodel", file_of(row))))
    assert "how often depends on the data" in str(books["it"].effect.unknown)
    assert str(books.totals.macs) == "unknown"
    for body in (DENSE, layer("b", 605, field(1, DENSE))):
        row = Row("", number, field(first, UNARY) + field(second, body), IMAGE, (None,))
        with pytest.raises(FormatError, match="a network inside that stores values"):
            read_file(write(tmp_path, "m.mlmodel", file_of(row)))


def test_networks_in_networks_without_end_are_refused(tmp_path: Path) -> None:
    body = UNARY
    for _ in range(20):
        body = layer("b", 605, field(1, body))
    with pytest.raises(DataError, match="networks nested deeper than 16"):
        read_file(write(tmp_path, "m.mlmodel", file_of(Row("", 605, field(1, body), IMAGE, (None,)))))


@pytest.mark.parametrize(("colours", "planes"), [(10, 1), (20, 3), (30, 3), (40, 1)])
@pytest.mark.parametrize("exact", [True, False])
def test_an_image_is_its_planes(tmp_path: Path, colours: int, planes: int, exact: bool) -> None:
    """Gray, with whole numbers (10) or halves (40), is one plane; RGB (20) and BGR (30) are three."""
    kind = field(3, field(4, field(1, 8) + field(2, 6) + field(3, colours)))
    whole = model(500, layer("it", 220, b"") + (field(5, 1) if exact else b""), kind)
    books = keep_books(read_file(write(tmp_path, "m.mlmodel", whole)))
    assert books["it"].outputs == (((1, planes, 6, 8) if exact else (planes, 6, 8)),)


@pytest.mark.parametrize(
    ("stored", "count", "nbytes"),
    [(field(1, bytes(20)), 5, 20), (field(2, bytes(10)), 5, 10), (field(31, bytes(5)), 5, 5),
     (field(30, bytes(5)) + field(40, field(1, 4)), 10, 5)],
    ids=["floats", "halves", "int8", "four bits"],
)  # fmt: skip
def test_a_custom_layer_s_values_by_what_they_are_stored_as(
    tmp_path: Path, stored: bytes, count: int, nbytes: int
) -> None:
    row = Row("", 500, field(10, "Mine") + field(20, stored), IMAGE, (None,))
    totals = keep_books(read_file(write(tmp_path, "m.mlmodel", file_of(row)))).totals
    assert (totals.parameters, totals.bytes, str(totals.macs)) == (count, nbytes, "unknown")


def test_layers_of_no_sort_and_of_no_input(tmp_path: Path) -> None:
    row = Row("", 9999, b"", IMAGE, (None,))
    books = keep_books(read_file(write(tmp_path, "m.mlmodel", file_of(row))))
    assert "of a sort that is not known" in str(books["it"].effect.unknown)
    with pytest.raises(DataError, match="a layer of unary that reads nothing"):
        read_file(write(tmp_path, "m.mlmodel", file_of(Row("", 220, b"", (), (None,)))))
