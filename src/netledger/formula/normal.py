"""The normal form of a formula: a Laurent polynomial over its atoms, so that two formulas can be compared exactly.

A polynomial is a dict from monomial to ratio; a monomial is a sorted tuple of (atom, exponent). Atoms are symbols
and the opaque floor, ceil, max and 1/polynomial; they are ordered by their printed form, which is total.
"""

from __future__ import annotations

from netledger.errors import FormulaError, LimitError
from netledger.formula.value import reduced
from netledger.limits import FORMULA_TERMS
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.formula import Formula
    from netledger.formula.value import Ratio

    Atom = tuple[Any, ...]
    Monomial = tuple[tuple[Atom, int], ...]
    Normal = tuple[tuple[Monomial, Ratio], ...]


def normal_form(formula: Formula) -> Normal:
    """Monomials over atoms with rational coefficients, sorted; equal formulas have equal ones."""
    return _freeze(_expand(formula))


def _expand(formula: Formula) -> dict[Monomial, Ratio]:
    return _EXPAND[formula.op](formula)


def _freeze(polynomial: dict[Monomial, Ratio]) -> Normal:
    return tuple(sorted(polynomial.items(), key=repr))


def _constant(value: Ratio) -> dict[Monomial, Ratio]:
    return {(): value} if value[0] else {}


def _single(atom: Atom, exponent: int = 1) -> dict[Monomial, Ratio]:
    return {((atom, exponent),): (1, 1)}


def _add_into(target: dict[Monomial, Ratio], monomial: Monomial, ratio: Ratio) -> None:
    known = target.get(monomial)
    if known is not None:
        ratio = reduced(known[0] * ratio[1] + ratio[0] * known[1], known[1] * ratio[1])
    if ratio[0]:
        target[monomial] = ratio
    elif known is not None:
        del target[monomial]
    if len(target) > FORMULA_TERMS:
        raise LimitError(f"a formula of more than {FORMULA_TERMS:,} terms")


def _times(left: dict[Monomial, Ratio], right: dict[Monomial, Ratio]) -> dict[Monomial, Ratio]:
    if len(left) * len(right) > FORMULA_TERMS * 10:
        raise LimitError(f"a formula of more than {FORMULA_TERMS:,} terms")
    result: dict[Monomial, Ratio] = {}
    for first, (a, b) in left.items():
        for second, (c, d) in right.items():
            exponents = dict(first)
            for atom, exponent in second:
                exponents[atom] = exponents.get(atom, 0) + exponent
            monomial = tuple(sorted([item for item in exponents.items() if item[1]], key=repr))
            _add_into(result, monomial, reduced(a * c, b * d))
    return result


def _expand_sum(formula: Formula) -> dict[Monomial, Ratio]:
    result: dict[Monomial, Ratio] = {}
    for arg in formula.args:
        for monomial, ratio in _expand(arg).items():
            _add_into(result, monomial, ratio)
    return result


def _expand_product(formula: Formula) -> dict[Monomial, Ratio]:
    result = _constant((1, 1))
    for arg in formula.args:
        result = _times(result, _expand(arg))
    return result


def _inverse(polynomial: dict[Monomial, Ratio], shown: Formula) -> dict[Monomial, Ratio]:
    if not polynomial:
        raise FormulaError(f"division by zero: {shown.text()}")
    if len(polynomial) == 1:
        ((monomial, ratio),) = polynomial.items()
        return {tuple([(atom, -exponent) for atom, exponent in monomial]): reduced(ratio[1], ratio[0])}
    # 1/(2a + 4b) = 1/2 x 1/(a + 2b): the leading coefficient is taken out, so that equal quotients look equal.
    frozen = _freeze(polynomial)
    (_, (numerator, denominator)) = frozen[0]
    scaled = _freeze({m: reduced(a * denominator, b * numerator) for m, (a, b) in polynomial.items()})
    return {((("inverse", scaled), 1),): reduced(denominator, numerator)}


def _expand_quotient(formula: Formula) -> dict[Monomial, Ratio]:
    above, below = formula.args
    return _times(_expand(above), _inverse(_expand(below), below))


def _expand_power(formula: Formula) -> dict[Monomial, Ratio]:
    base, exponent = formula.args
    polynomial = _expand(base)
    if exponent < 0:
        polynomial, exponent = _inverse(polynomial, base), -exponent
    result = _constant((1, 1))
    for _ in range(exponent):
        result = _times(result, polynomial)
    return result


def _expand_negative(formula: Formula) -> dict[Monomial, Ratio]:
    return {monomial: (-a, b) for monomial, (a, b) in _expand(formula.args[0]).items()}


def _expand_rounding(formula: Formula) -> dict[Monomial, Ratio]:
    inner = _expand(formula.args[0])
    if all(not monomial for monomial in inner):
        numerator, denominator = inner.get((), (0, 1))
        return _constant((numerator // denominator if formula.op == "floor" else -(-numerator // denominator), 1))
    return _single((formula.op, _freeze(inner)))


def _expand_max(formula: Formula) -> dict[Monomial, Ratio]:
    inner = {_freeze(_expand(arg)): None for arg in formula.args}
    if all(len(normal) == 0 or (len(normal) == 1 and not normal[0][0]) for normal in inner):
        ratio = formula._evaluated()
        return _constant(ratio) if not isinstance(ratio, Unknown) else {}
    if len(inner) == 1:
        return _expand(formula.args[0])
    return _single(("max", tuple(sorted(inner, key=repr))))


_EXPAND: dict[str, Callable[[Formula], dict[Monomial, Ratio]]] = {
    "number": lambda formula: _constant((formula.args[0], 1)),
    "symbol": lambda formula: _single(("symbol", formula.args[0], formula.args[1])),
    "group": lambda formula: _expand(formula.args[0]),
    "sum": _expand_sum,
    "negative": _expand_negative,
    "product": _expand_product,
    "quotient": _expand_quotient,
    "power": _expand_power,
    "floor": _expand_rounding,
    "ceil": _expand_rounding,
    "max": _expand_max,
}
