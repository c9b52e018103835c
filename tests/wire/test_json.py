"""JSON from strangers: stricter than ``json.loads``, and equal to it on what both accept."""

from __future__ import annotations

import json

import hypothesis.strategies as st
import pytest
from hypothesis import given

from netledger.errors import FormatError
from netledger.notation.strict_json import parse_json, twice

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=30) | st.text('{}[]":,0123eE.-+ntfalsru\\ ', max_size=30).map(str.encode))
def test_nothing_is_accepted_that_json_refuses(raw: bytes) -> None:
    try:
        value = parse_json(raw)
    except FormatError:
        return
    assert json.loads(raw) == value


@pytest.mark.parametrize(
    ("raw", "why", "byte"),
    [
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice in one object", None),
        (b'["\xff"]', "not UTF-8 text", 2),
        ('["é", x]'.encode(), "not JSON: expecting value", 7),
        (b"[NaN]", "'NaN' is no JSON number", None),
        (b"[" * 100_000, "JSON nested too deep", None),
        (b"1" * 5000, "a number of thousands of digits", None),
    ],
)
def test_refusals(raw: bytes, why: str, byte: int | None) -> None:
    with pytest.raises(FormatError) as caught:
        parse_json(raw)
    assert (caught.value.why, caught.value.byte) == (why, byte)


def test_fractions_only_where_they_are_wanted() -> None:
    assert parse_json(b"[1.5]") == [1.5]
    with pytest.raises(FormatError, match=r"1\.5 is no integer"):
        parse_json(b"[1.5]", fractions=False)
    with pytest.raises(FormatError, match="0000… is no integer"):
        parse_json(b"1." + b"0" * 60, fractions=False)


def test_twice() -> None:
    assert twice(["a", "b"]) == ""
