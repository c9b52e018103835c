"""How a Formula is written: plain text, Unicode, LaTeX; with its numbers or with its symbols."""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.formula import Formula

_SUM, _PRODUCT, _QUOTIENT, _POWER, _ATOM = range(5)


class Style(Record):
    """The signs of one way of writing; ``functions`` opens and closes ``floor``, ``ceil``, ``max``."""

    __slots__ = ("times", "name", "functions", "fraction", "power", "brackets")
    times: str
    name: Callable[[str], str]
    functions: dict[str, tuple[str, str]]
    fraction: tuple[str, str, str] | None
    power: tuple[str, str]
    brackets: tuple[str, str]

    def __init__(
        self,
        times: str,
        name: Callable[[str], str],
        functions: dict[str, tuple[str, str]],
        fraction: tuple[str, str, str] | None,
        power: tuple[str, str],
        brackets: tuple[str, str],
    ) -> None:
        self._fill(times, name, functions, fraction, power, brackets)


def _latex_name(name: str) -> str:
    r"""``C_in`` as ``C_{\mathrm{in}}``, ``k_h`` as ``k_{h}``."""
    head, _, index = name.partition("_")
    head = head if len(head) == 1 else r"\mathrm{" + head.replace("_", r"\_") + "}"
    if not index:
        return head
    index = index.replace("_", r"\_")
    return head + "_{" + (index if len(index) == 1 else r"\mathrm{" + index + "}") + "}"


TEXT = Style(
    "*", str, {"floor": ("floor(", ")"), "ceil": ("ceil(", ")"), "max": ("max(", ")")}, None, ("^", ""), ("(", ")")
)
UNICODE = TEXT.replace(times="·", functions={"floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉"), "max": ("max(", ")")})
LATEX = Style(
    r" \cdot ",
    _latex_name,
    {
        "floor": (r"\left\lfloor ", r" \right\rfloor"),
        "ceil": (r"\left\lceil ", r" \right\rceil"),
        "max": (r"\max(", ")"),
    },
    (r"\frac{", "}{", "}"),
    ("^{", "}"),
    ("(", ")"),
)


def write(formula: Formula, style: Style, symbols: bool) -> str:
    """``formula`` in ``style``; with names where ``symbols``, else with numbers (a free symbol keeps its name)."""
    return _written(formula, style, symbols)[0]


def _written(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    """The text and how tightly it binds."""
    if not symbols and formula.op in ("symbol", "quotient"):
        ratio = formula._evaluated()
        if isinstance(ratio, tuple) and ratio[1] == 1:
            return str(ratio[0]), _ATOM if ratio[0] >= 0 else _SUM
    return _WRITERS[formula.op](formula, style, symbols)


def _bound(formula: Formula, style: Style, symbols: bool, least: int) -> str:
    text, strength = _written(formula, style, symbols)
    return text if strength >= least else style.brackets[0] + text + style.brackets[1]


def _number(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    return str(formula.args[0]), _ATOM if formula.args[0] >= 0 else _SUM


def _symbol(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    return style.name(formula.args[0]), _ATOM


def _group(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    text, strength = _written(formula.args[0], style, symbols)
    if strength == _QUOTIENT and style.fraction is not None:  # a fraction's bar holds it together
        return text, _QUOTIENT
    return (text, _ATOM) if strength == _ATOM else (style.brackets[0] + text + style.brackets[1], _ATOM)


def _sum(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    pieces: list[str] = []
    for term in formula.args:
        negative = term.op == "negative"
        text = _bound(term.args[0] if negative else term, style, symbols, _PRODUCT)
        sign = ("-" if negative else "") if not pieces else (" - " if negative else " + ")
        pieces += [sign, text]
    return "".join(pieces) or "0", _SUM


def _negative(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    return "-" + _bound(formula.args[0], style, symbols, _PRODUCT), _SUM


def _product(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    return style.times.join([_bound(factor, style, symbols, _QUOTIENT) for factor in formula.args]), _PRODUCT


def _quotient(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    above, below = formula.args
    if style.fraction is not None:
        start, middle, end = style.fraction
        above, below = (part.args[0] if part.op == "group" else part for part in (above, below))
        return start + write(above, style, symbols) + middle + write(below, style, symbols) + end, _QUOTIENT
    return _bound(above, style, symbols, _PRODUCT) + "/" + _bound(below, style, symbols, _POWER), _QUOTIENT


def _power(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    base, exponent = formula.args
    return _bound(base, style, symbols, _ATOM) + style.power[0] + str(exponent) + style.power[1], _POWER


def _function(formula: Formula, style: Style, symbols: bool) -> tuple[str, int]:
    start, end = style.functions[formula.op]
    # What is rounded is shown whole: ⌊(227 - 11)/4⌋, not ⌊54⌋.
    inner = [
        _WRITERS[arg.op](arg, style, symbols) if arg.op == "quotient" else _written(arg, style, symbols)
        for arg in formula.args
    ]
    return start + ", ".join([text for text, _ in inner]) + end, _ATOM


_WRITERS: dict[str, Callable[[Formula, Style, bool], tuple[str, int]]] = {
    "number": _number,
    "symbol": _symbol,
    "group": _group,
    "sum": _sum,
    "negative": _negative,
    "product": _product,
    "quotient": _quotient,
    "power": _power,
    "floor": _function,
    "ceil": _function,
    "max": _function,
}
