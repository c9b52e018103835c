"""What a formula is worth: a small function for each sort of node, from operands to an exact ratio or an Unknown."""

from __future__ import annotations

from netledger.errors import FormulaError
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.formula import Formula

    Ratio = tuple[int, int]


def reduced(numerator: int, denominator: int) -> Ratio:
    if denominator == 1:
        return numerator, 1
    if denominator > 0 and numerator % denominator == 0:
        return numerator // denominator, 1
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    common, rest = denominator, abs(numerator)
    while rest:  # Euclid; `math` is a library to be opened, which a short command would wait for
        common, rest = rest, common % rest
    return numerator // common, denominator // common


def _value_of_symbol(args: tuple[Any, ...]) -> Ratio | Unknown:
    name, bound = args
    if bound is None:
        return Unknown(f"{name} is not given")
    return bound if isinstance(bound, Unknown) else (bound, 1)


def _value_of_sum(args: tuple[Formula, ...]) -> Ratio | Unknown:
    numerator, denominator = 0, 1
    for arg in args:
        ratio = arg._evaluated()
        if isinstance(ratio, Unknown):
            return ratio
        if denominator == ratio[1]:
            numerator += ratio[0]
        else:
            numerator, denominator = numerator * ratio[1] + ratio[0] * denominator, denominator * ratio[1]
    return reduced(numerator, denominator)


def _value_of_product(args: tuple[Formula, ...]) -> Ratio | Unknown:
    numerator, denominator, unknown = 1, 1, None
    for arg in args:
        ratio = arg._evaluated()
        if isinstance(ratio, Unknown):
            unknown = unknown or ratio
        else:
            numerator, denominator = numerator * ratio[0], denominator * ratio[1]
    if unknown is not None and numerator:  # 0 x Unknown = 0
        return unknown
    return reduced(numerator, denominator)


def _value_of_quotient(args: tuple[Formula, ...]) -> Ratio | Unknown:
    above, below = args[0]._evaluated(), args[1]._evaluated()
    if isinstance(below, Unknown):
        return below
    if below[0] == 0:
        raise FormulaError(f"division by zero in {args[0].text()} / {args[1].text()}")
    return above if isinstance(above, Unknown) else reduced(above[0] * below[1], above[1] * below[0])


def _value_of_power(args: tuple[Any, ...]) -> Ratio | Unknown:
    base, exponent = args[0]._evaluated(), args[1]
    if isinstance(base, Unknown):
        return base
    if exponent >= 0:
        return base[0] ** exponent, base[1] ** exponent
    if base[0] == 0:
        raise FormulaError(f"division by zero in {args[0].text()}^{exponent}")
    return reduced(base[1] ** -exponent, base[0] ** -exponent)


def _value_of_negative(args: tuple[Formula, ...]) -> Ratio | Unknown:
    ratio = args[0]._evaluated()
    return ratio if isinstance(ratio, Unknown) else (-ratio[0], ratio[1])


def _value_of_floor(args: tuple[Formula, ...]) -> Ratio | Unknown:
    ratio = args[0]._evaluated()
    return ratio if isinstance(ratio, Unknown) else (ratio[0] // ratio[1], 1)


def _value_of_ceil(args: tuple[Formula, ...]) -> Ratio | Unknown:
    ratio = args[0]._evaluated()
    return ratio if isinstance(ratio, Unknown) else (-(-ratio[0] // ratio[1]), 1)


def _value_of_max(args: tuple[Formula, ...]) -> Ratio | Unknown:
    largest: Ratio | None = None
    for arg in args:
        ratio = arg._evaluated()
        if isinstance(ratio, Unknown):
            return ratio
        if largest is None or ratio[0] * largest[1] > largest[0] * ratio[1]:
            largest = ratio
    return largest if largest is not None else (0, 1)


EVALUATE: dict[str, Callable[[tuple[Any, ...]], Ratio | Unknown]] = {
    "number": lambda args: (args[0], 1),
    "symbol": _value_of_symbol,
    "group": lambda args: args[0]._evaluated(),
    "sum": _value_of_sum,
    "negative": _value_of_negative,
    "product": _value_of_product,
    "quotient": _value_of_quotient,
    "power": _value_of_power,
    "floor": _value_of_floor,
    "ceil": _value_of_ceil,
    "max": _value_of_max,
}
