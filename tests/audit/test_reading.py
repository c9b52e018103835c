"""Reading: every spelling of a number, a product, a relation; what is no equation; what is refused."""

from __future__ import annotations

import pytest

from netledger.audit.reading.characters.cleaning import clean
from netledger.audit.reading.reader import read
from netledger.audit.reading.tokens.tokenizing import tokenize


def value_of(text):
    statement = read(text).statements[0]
    member = statement.expression or statement.stated
    return member.node.value


@pytest.mark.parametrize(
    "text",
    [
        "3*3*8*12", "3 * 3 * 8 * 12", "3x3x8x12", "3X3X8X12", "3 x 3 x 8 x 12", "3×3×8×12", "3 × 3 × 8 × 12", "3·3·8·12",
        "3∙3∙8∙12", "3⋅3⋅8⋅12", r"3 \times 3 \times 8 \times 12", r"$3 \cdot 3 \cdot 8 \cdot 12$", r"\(3 \times 3 \times 8 \times 12\)",
        r"3\*3\*8\*12", "(3*3)*8*12", "[3*3]*[8*12]", "3^2*8*12", "3**2*8*12", "3²·8·12", r"3^{2} \cdot 8 \cdot 12", "12(3*3*8)",
        "(3×3×8)×12", "（3×3×8）×12", "３×３×８×１２", "3*3*8*12.", "3*3 kernel * 8 inputs * 12 filters", "3*3*8 (weights) * 12",
        "((((3))*3*8))*12", "3&times;3&times;8&times;12", "8*12*9", "1728/2", "1.728e3/2", "864 + 0",
    ],
)  # fmt: skip
def test_products(text):
    assert value_of(text) == 864


@pytest.mark.parametrize(
    ("text", "value", "error"),
    [
        ("1,234", 1234, 0), ("1 234 567", 1234567, 0), ("1\u2009234", 1234, 0), ("1'234'567", 1234567, 0), ("1.234.567", 1234567, 0),
        ("60_965_224", 60965224, 0), ("61M", 61_000_000, 10**6), ("61.1M", 61_100_000, 10**5), ("1.4G", 1_400_000_000, 10**8),
        ("56.4 亿", 5_640_000_000, 10**7), ("6238万", 62_380_000, 10**4), ("62.3 million", 62_300_000, 10**5), ("6.1e7", 61_000_000, 10**6),
        ("138M", 138_000_000, 10**6), ("61,1 Mio", 61_100_000, 10**5), ("1.2 billion", 1_200_000_000, 10**8), ("150K", 150_000, 1000),
    ],
)  # fmt: skip
def test_numbers(text, value, error):
    (token,) = tokenize(clean(text))
    assert (token.value, token.error) == (value, pytest.approx(error))


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("conv1: 5*5*6 + 6 = 156", 156), ("conv1 = 5*5*6 + 6 = 156", 156), ("156 = 5*5*6 + 6", 156), ("conv1 -> 5*5*6 + 6 -> 156", 156),
        ("conv1: 5*5*6 + 6 == 156", 156), ("5*5*6 + 6 equals 156", 156), ("5*5*6 + 6 ⇒ 156", 156), ("| conv1 | 5*5*6 + 6 | 156 |", 156),
        ("conv1    5*5*6 + 6    156", 156), ("conv1: 156 (= 5*5*6 + 6)", 156), ("conv1: 5*5*6 = 150 + 6 = 156", 156),
        ("# 5*5*6 + 6 = 156", 156), ("- conv1: `5*5*6 + 6` = **156**", 156), ("> conv1: 5*5*6+6=156", 156), ("1. conv1: 5*5*6+6=156", 156),
        ("conv1 has 156 parameters", 156), ("conv1 (5x5): 156", 156), ("Conv2d: 1-1   [1, 6, 28, 28]   156", 156),
    ],
)  # fmt: skip
def test_where_the_result_stands(text, stated):
    statement = read(text).statements[-1]
    assert statement.stated is not None
    assert statement.stated.node.value == stated


def test_a_formula_over_several_lines_is_one_statement():
    (statement,) = read("LSTM\n4*(output + bias + input)*output\n= 4*(10+1+1)*10\n= 480").statements
    assert (statement.stated.node.value, statement.line_no, statement.heading) == (480, 4, ["LSTM"])


def test_several_equations_on_one_line():
    values = [statement.value for statement in read("(1*5*5+1)*3=78, (3*5*5+1)*6=456; (84+1)*10=850 2*3=6").statements]
    assert values == [78, 456, 850, 6]


def test_a_line_that_begins_with_times_goes_on_with_the_value_above():
    assert [s.value for s in read("512*64 = 32,768\n× 3 = 98,304\n× 8 = 786,432").statements] == [32768, 98304, 786432]


def test_bindings_give_symbols_their_sizes():
    calculation = read("params = c_out * (c_in * k * k + 1)\nc_in = 3\nc_out = 32\nk = 3")
    assert calculation.bindings == {"c_in": 3, "c_out": 32, "k": 3}
    assert calculation.statements[0].value == 896


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("memory: 224*224*3 = 150K", "features"), ("memory: 1000*4 = 4000 bytes", "bytes"), ("FLOPs: 2*3*3*64 = 1152", "ops"), ("connections = 26*6*28*28 = 122304", "connections"),
        ("(9,9,64) -> 5,184 features", "features"), ("5*5*6 + 6 = 156 parameters", "params"), ("params: 156", "params"), ("参数量：156", "params"),
        ("연산량: 1152", "ops"),
    ],
)  # fmt: skip
def test_what_sort_of_number_it_is(text, quantity):
    assert read(text).statements[-1].quantity == quantity


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("9**9**9", "exponent"), ("x: 1/0 = 3", "division by zero"), ("(" * 200, "nested deeper than 64"), ("3*" * 6000 + "3", "characters"),
        ("1" * 50, "digits"), ("conv1: ๓*๓ = ๙", "U+0E53"), ("𝟏𝟏*3", "U+1D7CF"), ("2^60^2 * 3", "exponent"),
        ("*".join(["99999999"] * 9), "2^127"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_to_be_unread(text, why):
    (reason,) = read(text).unread.values()
    assert why in reason


def test_a_text_longer_than_any_calculation_is_refused():
    from netledger.errors import LimitError

    with pytest.raises(LimitError, match="at most"):
        read("(" * 10**6)


def test_nothing_is_run():
    calculation = read("__import__('os')._exit(3)\nconv1: 3*3*3*8 + 8 = 224")
    assert calculation.statements[-1].value == 224


@pytest.mark.parametrize(
    "line",
    ["conv1: 11·11·3·96 ➕ 96 🟰 34,944", "conv1: 11 ✖️ 11 ✖️ 3 ✖️ 96 ➕ 96 = 34,944", "conv1: ١١×١١×٣×٩٦ + ٩٦ = ٣٤٬٩٤٤"],
)
def test_signs_and_digits_of_other_keyboards_are_read(line):
    *_, statement = read(line).statements
    assert [member.node.value for member in statement.members] == [34_944, 34_944]


def test_letters_of_units_together_are_no_unit():
    """``KM`` is neither K nor M."""
    assert tokenize(clean("5KM"))[0].value == 5
