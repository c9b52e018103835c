"""Reading takes steps in proportion to the text, whatever the text; what is too much is refused in one line."""

from __future__ import annotations

from contextlib import suppress

import pytest

from netledger.audit.reading.reader import read
from netledger.errors import LimitError, NetledgerError
from tests.watching import lines_of

SHAPES = {
    "numbers": lambda n: " ".join(str(i) for i in range(n)),
    "list": lambda n: ", ".join(str(i) for i in range(n)),
    "commas": lambda n: "1," * n,
    "equations": lambda n: ", ".join(f"{i}*2 = {2 * i}" for i in range(n)),
    "chain": lambda n: "1 = " * n,
    "points": lambda n: "1.000." * n,
    "spaces": lambda n: "1 000 " * n,
    "powers": lambda n: "10¹²" * n,
    "gaps": lambda n: "1   " * n,
    "stars": lambda n: "*a" * n,
    "braces": lambda n: "\\frac{" * n + "1" + "}" * n,
    "tags": lambda n: "<td>" * n,
    "words": lambda n: "参数" * n,
    "lines": lambda n: "conv1: 3*3*8*8 + 8 = 584\n" * n,
    "totals": lambda n: "total 61,706\n" * n,
    "sums": lambda n: "+ 1\n" * n,
    "results": lambda n: "= 1\n" * n,
    "factors": lambda n: "* 2\n" * n,
    "sheet": lambda n: "a,b,c\n" + "x,2,3\n" * n,
    "cells": lambda n: "<tr>\n" + "<td>1</td>\n" * n,
    "names": lambda n: "".join(f"a{i} = {i}\n" for i in range(n)),
    "misread": lambda n: "l1O0 " * n,
}


def steps(text):
    """How many lines of Python run while a text is read."""

    def run():
        with suppress(NetledgerError):
            read(text)

    return lines_of(run)


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_twice_the_steps(shape):
    make = SHAPES[shape]
    n = 200 if "\n" in make(2) else 800  # beyond the bounds of one line
    first, second = steps(make(n)), steps(make(2 * n))
    assert second <= 2.6 * first + 2000


@pytest.mark.parametrize(
    "text",
    ["a" * 600_000, "x\n" * 20_000, "1 2 3 4 5 6 7 8 9 10\n" * 5000],
    ids=["characters", "lines", "numbers"],
)
def test_more_than_anybody_calculates(text):
    with pytest.raises(LimitError) as caught:
        read(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    "line",
    ["9" * 9000, "(" * 500 + "1" + ")" * 500, "3^" * 2000 + "3", "9^9^9^9", "1/0 = 3", "a" * 20_000, "\x1b[31m\u202e" + "9" * 500 + " = 3"],
)  # fmt: skip
def test_a_line_that_cannot_be_read_says_why(line):
    calculation = read(f"conv: 3*4 = 12\n{line}\nfc: 5*6 = 30")
    assert [s.value for s in calculation.statements if s.label in (["conv"], ["fc"])] == [12, 30]
    for why in calculation.unread.values():
        assert len(why) < 200
        assert "\x1b" not in why
        assert "\u202e" not in why
