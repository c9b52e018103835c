"""Formula's algebra against sympy: values, normal forms, substitution, and what is printed."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netledger.errors import FormulaError
from netledger.formula import Formula, ceil, floor, group, maximum, product, symbol, total
from netledger.unknown import Unknown

quick = settings(max_examples=150, deadline=None)
NAMES = ("k", "C_in", "C_out", "g", "H")
SYMBOLS = {name: sympy.Symbol(name, positive=True) for name in NAMES}
Pair = tuple[Formula, Any]


def _pairs(with_rounding: bool, with_quotients: bool = True) -> st.SearchStrategy[Pair]:
    """A formula and the same thing in sympy, symbols free."""
    numbers = st.integers(-9, 9).map(lambda n: (Formula(n), sympy.Integer(n)))
    names = st.sampled_from(NAMES).map(lambda name: (symbol(name), SYMBOLS[name]))
    monomials = st.tuples(names, st.integers(1, 4)).map(lambda p: (p[0][0] * p[1], p[0][1] * p[1])) | names

    def grown(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
        two = st.tuples(inner, inner)
        ways = [
            two.map(lambda p: (p[0][0] + p[1][0], p[0][1] + p[1][1])),
            two.map(lambda p: (p[0][0] - p[1][0], p[0][1] - p[1][1])),
            two.map(lambda p: (p[0][0] * p[1][0], p[0][1] * p[1][1])),
            inner.map(lambda p: (group(p[0]), p[1])),
            inner.map(lambda p: (-p[0], -p[1])),
            st.tuples(inner, st.integers(0, 3)).map(lambda p: (p[0][0] ** p[1], p[0][1] ** p[1])),
        ]
        if with_quotients:
            ways.append(st.tuples(inner, monomials).map(lambda p: (p[0][0] / p[1][0], p[0][1] / p[1][1])))
            ways.append(monomials.map(lambda p: (p[0] ** -2, p[1] ** -2)))
        if with_rounding:
            ways.append(inner.map(lambda p: (floor(p[0]), sympy.floor(p[1]))))
            ways.append(inner.map(lambda p: (ceil(p[0]), sympy.ceiling(p[1]))))
            ways.append(two.map(lambda p: (maximum(p[0][0], p[1][0]), sympy.Max(p[0][1], p[1][1]))))
        return st.one_of(*ways)

    return st.recursive(numbers | names, grown, max_leaves=7)


bindings = st.fixed_dictionaries({name: st.integers(1, 12) for name in NAMES})


def exactly(value: Any) -> Fraction:
    """sympy's exact number."""
    assert value.is_Rational, value
    return Fraction(int(value.p), int(value.q))


@quick
@given(_pairs(True), bindings)
def test_value(pair: Pair, numbers: dict[str, int]) -> None:
    ours, theirs = pair
    value = ours.evaluate(**numbers)
    assert value == exactly(theirs.subs({SYMBOLS[name]: number for name, number in numbers.items()}))
    assert isinstance(value, int) or value.denominator != 1


@quick
@given(_pairs(False), _pairs(False))
def test_equal_if_and_only_if_equal(first: Pair, second: Pair) -> None:
    """Laurent polynomials: the normal form decides equality exactly."""
    assert (first[0] == second[0]) == (sympy.expand(first[1] - second[1]) == 0)


@quick
@given(_pairs(False))
def test_the_same_thing_written_otherwise(pair: Pair) -> None:
    ours, theirs = pair
    again = from_sympy(sympy.expand(theirs))
    assert ours == again
    assert hash(ours) == hash(again)
    assert ours - again == 0
    assert ours + 1 != again


def from_sympy(expression: Any) -> Formula:
    """An expanded sympy expression as a Formula."""
    if expression.is_Integer:
        return Formula(int(expression))
    if expression.is_Rational:
        return Formula(int(expression.p)) / int(expression.q)
    if expression.is_Symbol:
        return symbol(expression.name)
    if expression.is_Pow:
        return from_sympy(expression.base) ** int(expression.exp)
    return (total if expression.is_Add else product)([from_sympy(part) for part in expression.args])


@quick
@given(_pairs(True), _pairs(True), bindings)
def test_equal_formulas_have_equal_values(first: Pair, second: Pair, numbers: dict[str, int]) -> None:
    """With floor, ceil and max too: what the normal form calls equal is equal."""
    for ours in (first[0] * second[0], first[0] + second[0]):
        for theirs in (second[0] * first[0], second[0] + first[0]):
            if ours == theirs:
                assert ours.evaluate(**numbers) == theirs.evaluate(**numbers)
    assert first[0] * second[0] == second[0] * first[0]


@quick
@given(_pairs(True), bindings, st.sampled_from(NAMES), _pairs(False, with_quotients=False))
def test_substitution(pair: Pair, numbers: dict[str, int], name: str, inside: Pair) -> None:
    ours = pair[0].substitute(**{name: inside[0]})
    inner = inside[0].evaluate(**numbers)
    assume(isinstance(inner, int))
    try:
        wanted = pair[0].evaluate(**{**numbers, name: inner})
    except FormulaError:
        with pytest.raises(FormulaError, match="division by zero"):
            ours.evaluate(**numbers)
    else:
        assert ours.evaluate(**numbers) == wanted


@quick
@given(_pairs(True), bindings)
def test_binding_now_or_later(pair: Pair, numbers: dict[str, int]) -> None:
    bound = pair[0].substitute(**numbers)
    assert bound.value == pair[0].evaluate(**numbers)
    assert bound.numbers() == bound.value or isinstance(bound.value, Fraction)
    assert set(bound.symbols()) == {s.name for s in _all_symbols(pair[0])}


def _all_symbols(formula: Formula) -> list[Any]:
    if formula.op == "symbol":
        return [SYMBOLS[formula.args[0]]]
    return [name for operand in formula.operands() for name in _all_symbols(operand)]


@quick
@given(_pairs(True))
def test_text_reads_back_as_the_same_thing(pair: Pair) -> None:
    """What is printed, brackets and all, means what was meant: sympy reads it."""
    ours, theirs = pair
    names = {**SYMBOLS, "floor": sympy.floor, "ceil": sympy.ceiling, "max": sympy.Max}
    text = ours.text(symbols=True).replace("^", "**")
    read = sympy.parse_expr(text, local_dict=names)
    for point in ({name: 3 + i for i, name in enumerate(NAMES)}, {name: 11 - 2 * i for i, name in enumerate(NAMES)}):
        values = {SYMBOLS[name]: number for name, number in point.items()}
        assert read.subs(values) == theirs.subs(values)
    signs = {"·": "*", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")"}
    unicode = ours.unicode(symbols=True)
    for sign, written in signs.items():
        unicode = unicode.replace(sign, written)
    assert unicode == ours.text(symbols=True)


@quick
@given(_pairs(True), bindings)
def test_numbers_read_back_too(pair: Pair, numbers: dict[str, int]) -> None:
    bound = pair[0].substitute(**numbers)
    names = {"floor": sympy.floor, "ceil": sympy.ceiling, "max": sympy.Max}
    read = sympy.parse_expr(bound.text().replace("^", "**"), local_dict=names)
    assert exactly(read) == bound.value


@quick
@given(_pairs(True))
def test_every_style_balances(pair: Pair) -> None:
    for symbols in (False, True):
        latex = pair[0].latex(symbols=symbols)
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        assert "*" not in latex
        unicode = pair[0].unicode(symbols=symbols)
        assert "*" not in unicode
        assert (unicode.count("("), unicode.count("⌊"), unicode.count("⌈")) == (
            unicode.count(")"), unicode.count("⌋"), unicode.count("⌉"),
        )  # fmt: skip


@quick
@given(_pairs(True))
def test_survives_pickling(pair: Pair) -> None:
    again = pickle.loads(pickle.dumps(pair[0]))
    assert again == pair[0]
    assert again.text(symbols=True) == pair[0].text(symbols=True)


@quick
@given(st.lists(_pairs(False), max_size=5))
def test_sums_and_products_of_many(pairs: list[Pair]) -> None:
    for ours, theirs, neutral in ((total, sympy.Add, 0), (product, sympy.Mul, 1)):
        formula = ours([pair[0] for pair in pairs])
        assert formula == from_sympy(sympy.expand(theirs(*[pair[1] for pair in pairs])))
        if not pairs:
            assert formula.value == neutral


@quick
@given(_pairs(False), bindings)
def test_unknown_stays_unknown_except_times_zero(pair: Pair, numbers: dict[str, int]) -> None:
    missing = Unknown("the input shape is not given")
    known = pair[0].substitute(**numbers)
    x = symbol("X", missing)
    assert (known + x).value == missing
    assert (known - x).value == missing
    assert (known * x).value == (0 if known.value == 0 else missing)
    assert floor(x / 2).value == missing
    assert maximum(known, x).value == missing
