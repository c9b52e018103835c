"""What a line ends in, in every spelling of a number: the values are those of the spelling, by hand."""

from __future__ import annotations

import pytest

from netledger.audit.understanding.marks.tails import tail_of

COUNTS = [
    ("hidden layer (64 units): 4160", 4160, 0),
    ("hidden layer (64 units): 4,160", 4160, 0),
    ("hidden layer (64 units) -> 4.160", 4160, 0),
    ("hidden layer (64 units)  4'160", 4160, 0),
    ("stem 7x7 = 9.4K", 9400, 100),
    ("stem 7x7 = 9.4 K params", 9400, 100),
    ("backbone: 23.5 million", 23_500_000, 100_000),
    ("backbone: 2,35,00,000", 23_500_000, 0),
    ("第一层：参数量9408", 9408, 0),
    ("weights: 94 MB", None, 0),
    ("kernel 3,3,64", None, 0),
    ("scale: 1.5", None, 0),
]  # fmt: skip


@pytest.mark.parametrize(("line", "value", "error"), COUNTS, ids=[line for line, _, _ in COUNTS])
def test_the_number_a_line_ends_in(line: str, value: int | None, error: int) -> None:
    tail = tail_of(line)
    assert (None if tail is None else (tail.value, tail.error)) == (None if value is None else (value, error))
