"""Symbolic dimensions, shapes given by a person, and what is assumed where nobody says."""

from __future__ import annotations

import pytest

from netledger.errors import ShapeError, UsageError
from netledger.unknown import Unknown
from tests.sources.onnx.models import INT64, books, ints, model, node, read, value, weight


def linear(*shape):
    return model([node("MatMul", "x w", "y")], [value("x", shape)], initializers=[weight("w", 4, 3)])


def test_an_open_batch_is_one_and_said_to_be():
    network = read(linear("batch", 4))
    assert network.assumed == ("dimension 'batch' is the batch: 1",)
    assert books(linear("batch", 4)).totals.macs == 12


@pytest.mark.parametrize("name", ["N", "batch_size", "bs", None, "unk__7"])
def test_names_of_batches(name):
    assert read(linear(name, 4)).layers[0].attributes["shape"] == (1, 4)


@pytest.mark.parametrize("name", ["seq_len", "sequence", "tokens", "height"])
def test_other_names_are_no_batch(name):
    ledger = books(linear(name, 4))
    assert ledger.network.assumed == ()
    assert not isinstance(ledger.totals.macs, int)
    assert ledger.totals.parameters == 12
    assert f"dimension '{name}' is not given (--dim {name}=…)" in ledger.unknown[0][1].reason


def test_a_dimension_is_bound_wherever_its_name_stands():
    nodes = [node("MatMul", "a b", "y")]
    proto = model(nodes, [value("a", ("n", "rows", "d")), value("b", ("n", "d", "columns"))])
    assert books(proto, dims={"n": 2, "rows": 3, "d": 4, "columns": 5}).totals.macs == 2 * 3 * 4 * 5


def test_an_input_shape_binds_the_symbols_of_others():
    proto = model([node("MatMul", "a b", "y")], [value("a", ("rows", "d")), value("b", ("d", "columns"))])
    assert books(proto, inputs={"a": (3, 4)}, dims={"columns": 5}).totals.macs == 60


def test_an_input_without_its_batch():
    assert read(linear("batch", 4), inputs={"": (4,)}).layers[0].attributes["shape"] == (1, 4)
    assert read(linear("batch", 4), inputs={"x": (7, 4)}).layers[0].attributes["shape"] == (7, 4)


def test_a_larger_image_through_a_convolution():
    proto = model(
        [node("Conv", "x w", "y")], [value("x", (1, 3, 8, 8))], [value("y", (1, 2, 6, 6))], [weight("w", 2, 3, 3, 3)]
    )
    ledger = books(proto, inputs={"": (1, 3, 10, 12)})
    assert ledger.entries[-1].output_shape == (1, 2, 8, 10)
    assert ledger.network.notes == ()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"dims": {"sequence": 3}}, "no dimension 'sequence' in this model's inputs; it has 'batch'"),
        ({"inputs": {"image": (1, 4)}}, "no input 'image'; it has 'x'"),
        ({"inputs": {"x": (1, 2, 3, 4)}}, "input 'x' has 2 dimensions, 4 sizes are given"),
    ],
)
def test_what_cannot_be_bound_is_said(options, why):
    with pytest.raises(UsageError) as caught:
        read(linear("batch", 4), **options)
    assert caught.value.why == why


def test_shape_arithmetic_keeps_what_is_open():
    """x[batch, seq, 8] → heads: the open length comes through Shape, Gather and Concat."""
    nodes = [
        node("Shape", "x", "s"), node("Gather", "s one", "l", axis=0), node("Unsqueeze", "l zero", "lv"),
        node("Concat", "b lv heads", "t", axis=0), node("Reshape", "x t", "y"),
    ]  # fmt: skip
    stored = [ints("zero", 0), ints("b", 1), ints("heads", 2, -1)]
    one = ints("one", 1)
    one.dims[:] = []
    proto = model(nodes, [value("x", ("batch", "seq", 8))], initializers=[*stored, one])
    shape = books(proto).entries[-1].output_shape
    assert shape[0] == 1
    assert isinstance(shape[1], Unknown)
    assert shape[2:3] == (2,)
    assert books(proto, dims={"seq": 5}).entries[-1].output_shape == (1, 5, 2, 4)


def test_arithmetic_of_sizes():
    """Halves, rounded down, as upsampling exports compute them."""
    nodes = [
        node("Shape", "x", "s"), node("Slice", "s two four", "hw"), node("Cast", "hw", "f", to=1),
        node("Mul", "f scale", "g"), node("Floor", "g", "h"), node("Cast", "h", "i", to=7),
        node("Slice", "s zero two", "nc"), node("Concat", "nc i", "sizes", axis=0), node("Resize", "x   sizes", "y"),
    ]  # fmt: skip
    nodes[-1].input[:] = ["x", "", "", "sizes"]
    scale = weight("scale", 2)
    scale.raw_data = b"\x00\x00\xc0\x3f" * 2  # 1.5
    stored = [ints("zero", 0), ints("two", 2), ints("four", 4), scale]
    ledger = books(model(nodes, [value("x", (1, 3, 5, 7))], initializers=stored))
    assert ledger.entries[-1].output_shape == (1, 3, 7, 10)
    assert ledger.totals.parameters == 0


def test_an_input_that_states_nothing():
    ledger = books(model([node("Relu", "x", "y")], [value("x", None)]))
    assert "states no shape" in ledger.entries[0].output_shape.reason
    assert ledger.totals.macs == 0


def test_integers_are_fed_too():
    proto = model([node("Gather", "t x", "y")], [value("x", ("batch", 7), INT64)], initializers=[weight("t", 9, 4)])
    assert books(proto).entries[-1].output_shape == (1, 7, 4)


def test_a_first_size_that_can_be_no_batch_is_open():
    """Frames × bins, made maps of one example and one channel: a kernel of three frames does not fit on one."""
    nodes = [node("Unsqueeze", "x axes", "map"), node("Conv", "map w", "y")]
    stored = [ints("axes", 0, 1), weight("w", 4, 1, 3, 3)]
    proto = model(nodes, [value("x", ("dim_0", 8))], initializers=stored)
    ledger = books(proto)
    assert ledger.network.assumed == ()
    assert ledger.totals.parameters == 36
    assert "dimension 'dim_0' is not given (--dim dim_0=…)" in ledger.unknown[0][1].reason
    assert books(proto, dims={"dim_0": 5}).totals.macs == 36 * 3 * 6


def test_an_input_too_small_is_an_error_still():
    proto = model([node("Conv", "x w", "y")], [value("x", ("odd", 1, 2, 2))], initializers=[weight("w", 4, 1, 3, 3)])
    with pytest.raises(ShapeError, match="kernel of 3 is larger than the input of 2"):
        read(proto)
