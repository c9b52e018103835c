"""Formula by example: how it is written, what it remembers, and what it refuses."""

from __future__ import annotations

import copy

import pytest

from netledger.errors import FormulaError, LimitError
from netledger.formula import Formula, as_formula, ceil, floor, group, maximum, product, symbol, total
from netledger.layers import apply
from netledger.unknown import Unknown

k, c, g, n = symbol("k", 5), symbol("C_in", 96), symbol("g", 2), symbol("C_out", 256)
CONV2 = group(k * k) * group(c / g) * n + n
x, y = symbol("x"), symbol("y")


def test_the_style_of_the_thread() -> None:
    """The question's own way of writing: (5*5)*48*256 + 256."""
    assert CONV2.text() == "(5*5)*48*256 + 256" == str(CONV2)
    assert CONV2.text(symbols=True) == "(k*k)*(C_in/g)*C_out + C_out"
    assert CONV2.unicode() == "(5·5)·48·256 + 256"
    assert CONV2.unicode(symbols=True) == "(k·k)·(C_in/g)·C_out + C_out"
    assert CONV2.value == 307_456


def test_latex() -> None:
    assert CONV2.latex() == r"(5 \cdot 5) \cdot 48 \cdot 256 + 256"
    assert CONV2.latex(symbols=True) == (
        r"(k \cdot k) \cdot \frac{C_{\mathrm{in}}}{g} \cdot C_{\mathrm{out}} + C_{\mathrm{out}}"
    )
    assert CONV2._repr_latex_() == r"$(5 \cdot 5) \cdot 48 \cdot 256 + 256$"
    height = floor(group(symbol("H", 227) + 2 * symbol("p", 0) - symbol("k_h", 11)) / symbol("s", 4)) + 1
    assert height.latex(symbols=True) == r"\left\lfloor \frac{H + 2 \cdot p - k_{h}}{s} \right\rfloor + 1"
    assert (symbol("E_v_2") / 3).latex(symbols=True) == r"\frac{E_{\mathrm{v\_2}}}{3}"
    assert symbol("rate").latex() == r"\mathrm{rate}"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (x - (y - 1), "x - (y - 1)"),
        (x * (y + 1), "x*(y + 1)"),
        (x / (y * 2), "x/(y*2)"),
        ((x / y) / 2, "x/y/2"),
        (x / (y / 2), "x/(y/2)"),
        ((x + 1) ** 2, "(x + 1)^2"),
        ((x / y) ** 2, "(x/y)^2"),
        (x**-1, "x^-1"),
        (-x + y, "-x + y"),
        (-(x + y), "-(x + y)"),
        (x - -y, "x - (-y)"),
        (2 - x, "2 - x"),
        (2 / x, "2/x"),
        (x * -3, "x*(-3)"),
        (Formula(-3) ** 2 * x, "(-3)^2*x"),
        (floor((x + 1) / 2), "floor((x + 1)/2)"),
        (ceil(x / 2) * y, "ceil(x/2)*y"),
        (maximum(x, y, 3), "max(x, y, 3)"),
        (group(x) * y, "x*y"),
        (group(group(x + y)) * y, "(x + y)*y"),
        (total([]), "0"),
        (product([]), "1"),
    ],
)
def test_brackets_where_they_are_needed(formula: Formula, text: str) -> None:
    assert formula.text(symbols=True) == text
    assert formula.unicode(symbols=True) == text.replace("*", "·").replace("floor((x + 1)/2)", "⌊(x + 1)/2⌋").replace(
        "ceil(x/2)", "⌈x/2⌉"
    )


def test_a_fraction_with_a_power_keeps_its_brackets_in_latex() -> None:
    for square in ((x / y) ** 2, group(x / y) ** 2):
        assert square.latex(symbols=True) == r"(\frac{x}{y})^{2}"


def test_what_has_a_value_is_written_as_its_number() -> None:
    """``96/2`` is written 48, but a sum or product shows its parts."""
    assert (c / g).text() == "48"
    assert (c * g).text() == "96*2"
    assert (c / 7).text() == "96/7"
    assert (x * c).text() == "x*96"
    assert (floor(group(c - 11) / 5) + 1).text() == "floor((96 - 11)/5) + 1"
    assert (floor(c / g) + 1).unicode() == "⌊96/2⌋ + 1"
    assert maximum(c, g).text() == "max(96, 2)"
    assert (k**2 * c).text() == "5^2*96"


def test_terms_and_factors() -> None:
    assert [term.text() for term in CONV2.terms()] == ["(5*5)*48*256", "256"]
    assert [factor.text() for factor in CONV2.terms()[0].factors()] == ["5", "5", "48", "256"]
    assert group(CONV2).terms() == CONV2.terms()
    assert n.terms() == (n,)


def test_symbols_and_what_they_are_bound_to() -> None:
    assert CONV2.symbols() == {"k": 5, "C_in": 96, "g": 2, "C_out": 256}
    assert list(CONV2.symbols()) == ["k", "C_in", "g", "C_out"]
    assert CONV2.substitute(g=1).value == 614_656
    assert CONV2.evaluate(k=3, C_out=10) == 3 * 3 * 48 * 10 + 10
    assert CONV2.substitute() is CONV2
    assert x.evaluate(x=y) == Unknown("y is not given")


def test_equal_numbers_under_other_names() -> None:
    other = symbol("a", 5) * symbol("b", 5) * 48 * 256 + 256
    assert other != CONV2
    assert CONV2.numbers() == other.numbers() == 307_456


def test_a_number_of_its_own_kind_is_still_a_number() -> None:
    flat = apply("flatten", {}, ((256, 6, 6),)).outputs[0][0]
    assert as_formula(flat).value == 9216
    assert symbol("C_in", flat).numbers() == 9216


def test_equal_quotients_by_sums() -> None:
    assert 1 / (2 * x + 4 * y) == (1 / (x + 2 * y)) / 2
    assert 1 / (x + y) == 1 / (y + x)
    assert floor(1 / (x + y)) == floor(1 / (y + x))
    assert 1 / (x + y) != 1 / (x - y)


def test_rounding_of_numbers_and_of_names() -> None:
    assert floor(Formula(-7) / 2) == -4
    assert ceil(Formula(-7) / 2) == -3
    assert floor(x / 2) != ceil(x / 2)
    assert floor(x + x) == floor(2 * x)
    assert maximum(x, x) == x
    assert maximum(2, 3) == 3
    assert maximum(x, y) == maximum(y, x)


def test_not_numbers() -> None:
    assert Formula(3) != "3"
    assert Formula(3) == 3
    for value in (True, 1.5, "3"):
        with pytest.raises(TypeError, match="a Formula is made of integers, not"):
            Formula(value)  # type: ignore[arg-type]


def test_immutable() -> None:
    with pytest.raises(AttributeError, match="a Formula is immutable"):
        CONV2.op = "sum"
    assert copy.deepcopy(CONV2) == CONV2
    assert repr(CONV2) == "<Formula (k*k)*(C_in/g)*C_out + C_out>"


def test_a_count_is_whole() -> None:
    with pytest.raises(FormulaError, match=r"^96/7 is not a whole number: 96/7$"):
        _ = (c / 7).count
    assert (c / 7).value * 7 == 96
    assert symbol("n", Unknown("why not")).count == Unknown("why not")


def test_division_by_zero_says_where() -> None:
    zero = symbol("z", 0)
    for formula, words in ((x / zero, "division by zero in x / 0"), (zero**-2, r"division by zero in 0\^-2")):
        with pytest.raises(FormulaError, match=words):
            _ = formula.value
    with pytest.raises(FormulaError, match="division by zero: x - x"):
        _ = (1 / (x - x)).normal()
    with pytest.raises(ArithmeticError):
        _ = (1 / zero).value


def test_limits() -> None:
    with pytest.raises(LimitError, match="exponent 65 is beyond ±64"):
        _ = x**65
    with pytest.raises(LimitError, match="a formula of more than 10,000 terms"):
        _ = (total([symbol(f"s{i}") for i in range(20)]) ** 12).normal()
    many = total([symbol(f"s{i}") for i in range(400)])
    with pytest.raises(LimitError, match="a formula of more than 10,000 terms"):
        _ = (many * many).normal()


def test_unknown_is_the_first_that_prevents_a_value() -> None:
    first, second = symbol("a", Unknown("no a")), symbol("b", Unknown("no b"))
    assert (first + second).value == Unknown("no a")
    assert (first / second).value == Unknown("no b")
    assert (first * 0).value == 0
    assert (first**2).value == Unknown("no a")
    assert (-first).value == Unknown("no a")
    assert ceil(first).value == Unknown("no a")
    assert (first * second * 2).text() == "a*b*2"
