"""The protobuf scanner against the protobuf library's own encoding (through onnx's messages), and against lies."""

from __future__ import annotations

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netledger.errors import FormatError, LimitError
from netledger.wire.cursor import LARGE_WINDOW, Cursor
from netledger.wire.protobuf import UNKNOWN_FIELDS, decode, fields, packed, real, signed, varint
from tests.hostile.onnx_cases import f
from tests.hostile.onnx_cases import varint as written

INT64 = st.integers(-(2**63), 2**63 - 1)
ATTRIBUTE = {
    1: ("name", "text", False), 2: ("f", "float", False), 3: ("i", "int", False), 4: ("s", "span", False),
    7: ("floats", "float", True), 8: ("ints", "int", True), 9: ("strings", "span", True),
}  # fmt: skip
TENSOR = {
    1: ("dims", "int", True),
    4: ("floats", "float", True),
    7: ("ints", "int", True),
    10: ("doubles", "double", True),
}
FLOAT = st.floats(width=32, allow_nan=False)


@given(st.text(max_size=50), FLOAT, INT64, st.lists(FLOAT, max_size=5), st.lists(INT64, max_size=5))
def test_what_the_library_writes_is_read(name, number, whole, numbers, wholes):
    message = onnx.AttributeProto(name=name, f=number, i=whole, floats=numbers, ints=wholes)
    data = message.SerializeToString()
    found = decode(Cursor(data), [(0, len(data))], ATTRIBUTE)
    assert found.get("name", "") == name
    assert (found["f"], found["i"]) == (message.f, whole)
    assert (found.get("floats", []), found.get("ints", [])) == (list(message.floats), wholes)


@given(st.lists(INT64, max_size=9), st.lists(FLOAT, max_size=9), st.lists(st.floats(allow_nan=False), max_size=9))
def test_packed_fields_are_read(wholes, numbers, doubles):
    data = onnx.TensorProto(int64_data=wholes, float_data=numbers, double_data=doubles).SerializeToString()
    found = decode(Cursor(data), [(0, len(data))], TENSOR)
    assert found.get("ints", []) == wholes
    assert found.get("doubles", []) == doubles
    assert len(found.get("floats", [])) == len(numbers)


@given(st.integers(0, 2**64 - 1))
def test_varints(value):
    data = written(value)
    assert varint(data, 0, 0) == (value, len(data))
    assert signed(value) % 2**64 == value


def test_parts_of_a_message_are_merged():
    """As protobuf does: the last scalar wins, repeated fields grow."""
    first, second = f(1, "a") + f(8, 1), f(1, "b") + f(8, 2)
    data = first + second
    spans = [(0, len(first)), (len(first), len(data))]
    assert decode(Cursor(data), spans, ATTRIBUTE) == {"name": "b", "ints": [1, 2]}


def test_nothing_behind_a_length_is_read():
    from tests.wire.test_cursor import Counting

    source = Counting(f(4, bytes(50_000_000)) + f(1, "end"))
    found = decode(Cursor(source), [(0, source.size)], ATTRIBUTE)
    assert found["name"] == "end"
    assert sum(count for _, count in source.reads) < 10_000


def test_large_and_small_messages_are_scanned_alike():
    data = b"".join(f(8, n) for n in range(30_000))
    assert len(data) > LARGE_WINDOW
    assert decode(Cursor(data), [(0, len(data))], ATTRIBUTE)["ints"] == list(range(30_000))
    assert [value for _, _, value, _ in fields(Cursor(data), 0, len(data))] == list(range(30_000))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x18\x80", "a varint is cut off"),
        (b"\x18" + b"\x80" * 10 + b"\x01", "a varint of more than 10 bytes"),
        (b"\x18\x81\x00", "a varint is written with needless bytes"),
        (b"\x18" + b"\xff" * 9 + b"\x02", "a varint of more than 64 bits"),
        (b"\x00\x01", "a field with number 0"),
        (b"\x1b", "field 3 is a group, which this format does not use"),
        (b"\x1e\x00", "field 3 is wire type 6, which this format does not use"),
        (b"\x22\x05ab", "field 4 reaches 3 bytes beyond its message"),
        (b"\x15\x00\x00", "field 2 reaches 2 bytes beyond its message"),
        (b"\x08\x01", "name has wire type 0, not 2"),
        (b"\x0a\x01\xff", "name: not UTF-8 text"),
    ],
)
def test_what_breaks_the_encoding_is_said(data, why):
    with pytest.raises(FormatError) as caught:
        decode(Cursor(data), [(0, len(data))], ATTRIBUTE)
    assert caught.value.why == why
    assert caught.value.byte is not None


def test_limits():
    long, many = f(1, "n" * 5_000), f(20, 1) * (UNKNOWN_FIELDS + 1)
    with pytest.raises(LimitError, match="5,000 bytes of text"):
        decode(Cursor(long), [(0, len(long))], ATTRIBUTE)
    with pytest.raises(LimitError, match="unknown fields"):
        decode(Cursor(many), [(0, len(many))], ATTRIBUTE)
    with pytest.raises(LimitError, match="more than 3 values"):
        packed(Cursor(b"\x01" * 4), 0, 4, "int", 3, "dims")
    with pytest.raises(FormatError, match="no whole number"):
        packed(Cursor(b"\x01" * 5), 0, 5, "float", 9, "data")


def test_reals():
    assert real(0x3FF8000000000000, 8) == 1.5
