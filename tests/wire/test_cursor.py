"""The cursor reads what is asked for, and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netledger.errors import FormatError
from netledger.wire.cursor import LARGE_WINDOW, SMALL_WINDOW, Buffer, Cursor


class Counting(Buffer):
    """Remembers what was read."""

    def __init__(self, data):
        super().__init__(data)
        self.reads = []

    def read_at(self, offset, count):
        self.reads.append((offset, count))
        return super().read_at(offset, count)


@given(st.binary(max_size=300), st.data())
def test_takes_and_skips_walk_through_the_bytes(data, draw):
    cursor, place = Cursor(data), 0
    while place < len(data):
        step = draw.draw(st.integers(1, len(data) - place))
        if draw.draw(st.booleans()):
            assert cursor.take(step) == data[place : place + step]
        else:
            cursor.skip(step)
        place += step
    assert cursor.at_end


@given(st.binary(min_size=1, max_size=8))
def test_integers_are_little_endian(data):
    assert Cursor(data).uint(len(data)) == int.from_bytes(data, "little")


def test_skipped_bytes_are_not_read():
    source = Counting(bytes(10_000_000))
    cursor = Cursor(source)
    cursor.take(4)
    cursor.skip(9_000_000)
    cursor.take(4)
    assert source.reads == [(0, SMALL_WINDOW), (9_000_004, SMALL_WINDOW)]


def test_reading_straight_on_takes_larger_pieces():
    source = Counting(bytes(200_000))
    cursor = Cursor(source)
    while not cursor.at_end:
        cursor.take(100)
    assert source.reads[:2] == [(0, SMALL_WINDOW), (4_000, LARGE_WINDOW)]
    assert len(source.reads) < 8


@pytest.mark.parametrize("count", [-1, 4, 2**63])
def test_more_than_is_there_is_an_error(count):
    with pytest.raises(FormatError):
        Cursor(b"abc").take(count)


def test_a_part_that_is_none():
    with pytest.raises(FormatError):
        Cursor(b"abc", 2, 9)
    with pytest.raises(FormatError):
        Buffer(b"abc").read_at(2, 2)


def test_a_part_of_the_bytes():
    cursor = Cursor(b"abcdef", 2, 4)
    assert (cursor.left, cursor.take(2), cursor.at_end) == (2, b"cd", True)
