"""Exact expressions that remember their named factors.

A :class:`Formula` is an expression over sizes: integers, named symbols (bound to a number, free, or bound to an
:class:`~netledger.unknown.Unknown`), sums, products, quotients, powers, ``floor``, ``ceil`` and ``max``. It keeps the
grouping it was written with, so that it prints the way a person writes it, and it has a normal form - a Laurent
polynomial over its atoms - so that two formulas can be compared exactly. No floats, no ``eval``.

>>> k, c, g, n = symbol("k", 5), symbol("C_in", 96), symbol("g", 2), symbol("C_out", 256)
>>> parameters = group(k * k) * group(c / g) * n + n
>>> parameters.text(), parameters.value
('(5*5)*48*256 + 256', 307456)
>>> parameters.text(symbols=True)
'(k*k)*(C_in/g)*C_out + C_out'
>>> parameters == n * (1 + k**2 * c / g)
True
"""

from __future__ import annotations

from netledger.errors import FormulaError, LimitError
from netledger.formula.value import EVALUATE
from netledger.limits import MAX_EXPONENT
from netledger.records import become
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from fractions import Fraction
    from typing import Any, TypeAlias

    from netledger.formula.normal import Normal
    from netledger.formula.value import Ratio

    Operand: TypeAlias = "int | Formula"
    Bindings: TypeAlias = "Mapping[str, int | Formula]"


class Formula:
    """One node of an expression; immutable. Build with :func:`symbol`, :func:`group`, operators, :func:`floor`, ….

    ``op`` is one of ``number symbol group sum negative product quotient power floor ceil max``; ``args`` are its
    operands (for ``number`` the integer; for ``symbol`` the name and what it is bound to).
    """

    __slots__ = ("_normal", "_ratio", "args", "op")
    op: str
    args: tuple[Any, ...]
    _ratio: Ratio | Unknown | None
    _normal: Normal

    def __init__(self, value: int = 0) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"a Formula is made of integers, not {type(value).__name__}")
        become(self, _Draft)
        self.op, self.args, self._ratio = "number", (value,), (value, 1)
        become(self, Formula)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Formula is immutable")

    def __reduce__(self) -> tuple[Any, ...]:
        return _node, (self.op, self.args)

    # ------------------------------------------------------------------ building

    def __add__(self, other: Operand) -> Formula:
        right = as_formula(other)
        left_terms = self.args if self.op == "sum" else (self,)
        return _node("sum", (*left_terms, *(right.args if right.op == "sum" else (right,))))

    def __radd__(self, other: Operand) -> Formula:
        return as_formula(other) + self

    def __sub__(self, other: Operand) -> Formula:
        return self + -as_formula(other)

    def __rsub__(self, other: Operand) -> Formula:
        return as_formula(other) - self

    def __neg__(self) -> Formula:
        return _node("negative", (self,))

    def __mul__(self, other: Operand) -> Formula:
        right = as_formula(other)
        factors = self.args if self.op == "product" else (self,)
        return _node("product", (*factors, *(right.args if right.op == "product" else (right,))))

    def __rmul__(self, other: Operand) -> Formula:
        return as_formula(other) * self

    def __truediv__(self, other: Operand) -> Formula:
        return _node("quotient", (self, as_formula(other)))

    def __rtruediv__(self, other: Operand) -> Formula:
        return as_formula(other) / self

    def __pow__(self, exponent: int) -> Formula:
        if abs(exponent) > MAX_EXPONENT:
            raise LimitError(f"exponent {exponent} is beyond ±{MAX_EXPONENT}")
        return _node("power", (self, exponent))

    # ------------------------------------------------------------------ value

    @property
    def value(self) -> int | Fraction | Unknown:
        """The exact value: an ``int`` (a ``Fraction`` where it does not divide), or the Unknown that prevents one."""
        ratio = self._evaluated()
        if isinstance(ratio, Unknown):
            return ratio
        if ratio[1] == 1:
            return ratio[0]
        from fractions import Fraction

        return Fraction(*ratio)

    @property
    def count(self) -> int | Unknown:
        """The value as a count: what is not a whole number is an error, what is not known is Unknown."""
        ratio = self._evaluated()
        if isinstance(ratio, Unknown):
            return ratio
        if ratio[1] != 1:
            raise FormulaError(f"{self.text()} is not a whole number: {ratio[0]}/{ratio[1]}")
        return ratio[0]

    def evaluate(self, **bindings: int | Formula) -> int | Fraction | Unknown:
        """The value with some symbols bound by name, whatever they were bound to before.

        >>> (symbol("k") * symbol("k")).evaluate(k=3)
        9
        """
        return self.substitute(**bindings).value

    def substitute(self, **bindings: int | Formula) -> Formula:
        """The formula with symbols replaced: an integer binds the symbol, a Formula takes its place.

        >>> (symbol("k") + 1).substitute(k=symbol("n") * 2).text(symbols=True)
        'n*2 + 1'
        """
        return _rebuild(self, bindings) if bindings else self

    def numbers(self) -> Formula:
        """The formula with every bound symbol replaced by its number: equal for equal numbers, whatever the names."""
        if self.op == "symbol":
            bound = self.args[1]
            return Formula(bound) if isinstance(bound, int) else self
        return _with_operands(self, Formula.numbers)

    def symbols(self) -> dict[str, int | Unknown | None]:
        """The names in it, in order of appearance, with what each is bound to."""
        found: dict[str, int | Unknown | None] = {}
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if node.op == "symbol":
                found.setdefault(*node.args)
            waiting.extend(reversed(node.operands()))
        return found

    def operands(self) -> tuple[Formula, ...]:
        """The nodes directly below this one."""
        if self.op in ("number", "symbol"):
            return ()
        return self.args[:1] if self.op == "power" else self.args

    def terms(self) -> tuple[Formula, ...]:
        """The summands, in the order written; a formula that is no sum is its own only term."""
        if self.op == "group":
            inner: Formula = self.args[0]
            return inner.terms()
        return self.args if self.op == "sum" else (self,)

    def factors(self) -> tuple[Formula, ...]:
        """The factors of a product, groups opened, in the order written.

        >>> [factor.text() for factor in (group(symbol("k", 3) * 3) * 64).factors()]
        ['3', '3', '64']
        """
        if self.op == "group" and self.args[0].op in ("product", "group"):
            inner: Formula = self.args[0]
            return inner.factors()
        if self.op != "product":
            return (self,)
        return tuple([factor for arg in self.args for factor in arg.factors()])

    def _evaluated(self) -> Ratio | Unknown:
        kept = self._ratio
        if kept is None:
            kept = EVALUATE[self.op](self.args)
            _assign(self, "_ratio", kept)
        return kept

    # ------------------------------------------------------------------ normal form

    def normal(self) -> Normal:
        """The normal form: monomials over atoms with rational coefficients, sorted; equal formulas have equal ones."""
        try:
            kept: Normal = self._normal
        except AttributeError:
            from netledger.formula.normal import normal_form

            kept = normal_form(self)
            _assign(self, "_normal", kept)
        return kept

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            other = Formula(other)
        if not isinstance(other, Formula):
            return NotImplemented
        return self is other or self.normal() == other.normal()

    def __hash__(self) -> int:
        return hash(self.normal())

    # ------------------------------------------------------------------ printing

    def text(self, *, symbols: bool = False) -> str:
        """Plain text in the style people post: ``(5*5)*48*256 + 256``; with ``symbols=True`` the names."""
        from netledger.formula.text import TEXT, write

        return write(self, TEXT, symbols)

    def unicode(self, *, symbols: bool = False) -> str:
        """The same with a real multiplication sign: ``(5·5)·48·256 + 256``."""
        from netledger.formula.text import UNICODE, write

        return write(self, UNICODE, symbols)

    def latex(self, *, symbols: bool = False) -> str:
        r"""The same for a paper: ``(5 \cdot 5) \cdot 48 \cdot 256 + 256``."""
        from netledger.formula.text import LATEX, write

        return write(self, LATEX, symbols)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Formula {self.text(symbols=True)}>"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


_assign = object.__setattr__


class _Draft(Formula):
    """A formula that is being made: its parts can be set."""

    __slots__ = ()
    __setattr__ = object.__setattr__  # type: ignore[assignment]


def _node(op: str, args: tuple[Any, ...], ratio: Ratio | None = None) -> Formula:
    formula = _new(_Draft)
    formula.op, formula.args, formula._ratio = op, args, ratio
    become(formula, Formula)
    return formula


_new = object.__new__


def as_formula(value: Operand) -> Formula:
    """An integer as a Formula; a Formula as it is."""
    return value if isinstance(value, Formula) else Formula(value)


def symbol(name: str, bound: int | Unknown | None = None) -> Formula:
    """A named size: bound to a number, bound to an Unknown, or free.

    >>> symbol("C_in", Unknown("no input shape")).value
    Unknown(reason='no input shape')
    """
    return _node("symbol", (name, bound), (bound, 1) if type(bound) is int else None)


def group(inner: Formula) -> Formula:
    """``inner`` in brackets, as a person would write it: ``group(k_h * k_w) * C_in``. Changes nothing but the print."""
    return _node("group", (inner,))


def floor(inner: Operand) -> Formula:
    """The largest integer not above ``inner``."""
    return _node("floor", (as_formula(inner),))


def ceil(inner: Operand) -> Formula:
    """The smallest integer not below ``inner``."""
    return _node("ceil", (as_formula(inner),))


def maximum(*inner: Operand) -> Formula:
    """The largest of several."""
    return _node("max", tuple([as_formula(value) for value in inner]))


def total(formulas: Iterable[Operand]) -> Formula:
    """The sum of many; 0 for none.

    >>> total([symbol("a", 1), symbol("b", 2)]).text()
    '1 + 2'
    """
    terms = tuple([as_formula(formula) for formula in formulas])
    if len(terms) == 1:
        return terms[0]
    return (
        _node("sum", tuple([t for term in terms for t in (term.args if term.op == "sum" else (term,))]))
        if terms
        else ZERO
    )


def product(formulas: Iterable[Operand]) -> Formula:
    """The product of many, in order; 1 for none."""
    factors = tuple([as_formula(formula) for formula in formulas])
    if len(factors) == 1:
        return factors[0]
    return _node("product", factors) if factors else ONE


def _rebuild(formula: Formula, bindings: Bindings) -> Formula:
    if formula.op == "symbol":
        name = formula.args[0]
        if name not in bindings:
            return formula
        new = bindings[name]
        return new if isinstance(new, Formula) else symbol(name, new)
    return _with_operands(formula, lambda operand: _rebuild(operand, bindings))


def _with_operands(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    if formula.op == "number":
        return formula
    if formula.op == "power":
        return _node("power", (change(formula.args[0]), formula.args[1]))
    return _node(formula.op, tuple([change(arg) for arg in formula.args]))


ZERO = Formula(0)
ONE = Formula(1)
