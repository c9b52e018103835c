"""Expressions that keep their factors: exact where the numbers are exact, with their rounding where not."""

from __future__ import annotations

from netledger.errors import FormulaError, LimitError
from netledger.limits import MAX_ELEMENTS, MAX_EXPONENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.audit.reading.tokens.tokenizing import Token, Value


class Node:
    """One node: ``op`` is ``number symbol sum product quotient power negative``; ``value ± error`` is known at once."""

    __slots__ = ("op", "args", "value", "error", "text", "token", "name")

    def __init__(self, op: str, args: tuple[Node, ...], value: Value, error: Value = 0, text: str = "") -> None:
        self.op, self.args, self.value, self.error, self.text = op, args, value, error, text
        self.token: Token | None = None
        self.name: Token | None = None
        """The word that a symbol is written with."""

    def __repr__(self) -> str:
        return self.written()

    @property
    def is_bare(self) -> bool:
        """Whether it is a single number (or its negative), nothing to be worked out."""
        return self.op in ("number", "symbol") or (self.op == "negative" and self.args[0].is_bare)

    def terms(self) -> tuple[Node, ...]:
        """The summands as written."""
        return self.args if self.op == "sum" else (self,)

    def factors(self) -> list[Node]:
        """The factors of nested products and powers, in the order written; sums in brackets stay whole."""
        if self.op == "product":
            return [factor for arg in self.args for factor in arg.factors()]
        if self.op == "power" and isinstance(self.args[1].value, int) and 0 < self.args[1].value <= 4:
            return self.args[0].factors() * self.args[1].value
        return [self]

    def numbers(self) -> list[Node]:
        """Its leaves, left to right."""
        if not self.args:
            return [self]
        return [leaf for arg in self.args for leaf in arg.numbers()]

    @property
    def line_no(self) -> int | None:
        """The line that it stands on, whether or not its place there is known; None where it is on several."""
        lines = {token.line_no for leaf in self.numbers() if (token := leaf.token or leaf.name) is not None}
        return lines.pop() if len(lines) == 1 else None

    @property
    def span(self) -> tuple[int, int, int] | None:
        """``(line_no, start, end)`` around its numbers and names in the text; None where they have no place, or several
        lines.
        """
        tokens = [token for leaf in self.numbers() if (token := leaf.token or leaf.name) is not None]
        places = [token.place for token in tokens if token.place is not None]
        if not places or len({token.line_no for token in tokens}) > 1:
            return None
        return tokens[0].line_no, min([start for start, _ in places]), max([end for _, end in places])

    def written(self) -> str:
        """Plain text in the thread's style."""
        return _WRITE[self.op](self)


def _write_product(node: Node) -> str:
    return "*".join([f"({arg.written()})" if arg.op in ("sum", "negative") else arg.written() for arg in node.args])


def _write_sum(node: Node) -> str:
    out = node.args[0].written()
    for arg in node.args[1:]:
        out += f" - {arg.args[0].written()}" if arg.op == "negative" else f" + {arg.written()}"
    return out


def _write_quotient(node: Node) -> str:
    above, below = (f"({a.written()})" if a.op not in ("number", "symbol", "power") else a.written() for a in node.args)
    return f"{above}/{below}"


_WRITE: dict[str, Callable[[Node], str]] = {
    "number": lambda node: node.text,
    "symbol": lambda node: node.text,
    "sum": _write_sum,
    "product": _write_product,
    "quotient": _write_quotient,
    "power": lambda node: f"{node.args[0].written()}^{node.args[1].written()}",
    "negative": lambda node: f"-{node.args[0].written()}",
}


def number(value: Value, error: Value = 0, text: str | None = None) -> Node:
    """A leaf."""
    return Node("number", (), value, error, f"{value}" if text is None else text)


def add(terms: list[Node]) -> Node:
    """A sum."""
    value: Value = sum([term.value for term in terms])
    return terms[0] if len(terms) == 1 else Node("sum", tuple(terms), value, sum([term.error for term in terms]))


def multiply(factors: list[Node]) -> Node:
    """A product, bounded."""
    if len(factors) == 1:
        return factors[0]
    value: Value = 1
    relative = 0.0
    for factor in factors:
        value *= factor.value
        if factor.error and factor.value:
            relative += abs(factor.error / factor.value)
        if abs(value) > MAX_ELEMENTS:
            raise LimitError("a value beyond 2^127")
    return Node("product", tuple(factors), _integral(value), abs(value) * relative if relative else 0)


def divide(above: Node, below: Node) -> Node:
    """A quotient; exact where it divides."""
    if below.value == 0:
        raise FormulaError("division by zero")
    exact = isinstance(above.value, int) and isinstance(below.value, int) and above.value % below.value == 0
    value = above.value // below.value if exact else _integral(above.value / below.value)
    relative = sum([abs(node.error / node.value) for node in (above, below) if node.error and node.value])
    return Node("quotient", (above, below), value, abs(value) * relative)


def raise_to(base: Node, exponent: Node) -> Node:
    """A power with a small whole exponent."""
    if not isinstance(exponent.value, int) or abs(exponent.value) > MAX_EXPONENT:
        raise LimitError(f"an exponent beyond {MAX_EXPONENT}")
    if base.value == 0 and exponent.value < 0:
        raise FormulaError("division by zero")
    if base.value and abs(exponent.value) * max(abs(int(base.value)), 1).bit_length() > 256:
        raise LimitError("a value beyond 2^127")
    value = _integral(base.value**exponent.value)
    if abs(value) > MAX_ELEMENTS:
        raise LimitError("a value beyond 2^127")
    relative = abs(base.error / base.value) * abs(exponent.value) if base.error and base.value else 0
    return Node("power", (base, exponent), value, abs(value) * relative)


def _integral(value: Value) -> Value:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def negative(node: Node) -> Node:
    """The negative of a node."""
    return Node("negative", (node,), -node.value, node.error)


def remade(node: Node, args: list[Node]) -> Node:
    """The same operation with other arguments."""
    if node.op == "sum":
        return add(args)
    if node.op == "product":
        return multiply(args)
    if node.op == "quotient":
        return divide(args[0], args[1])
    return raise_to(args[0], args[1]) if node.op == "power" else negative(args[0])


def replaced(node: Node, leaf: Node, new: Node) -> Node:
    """The expression with one number replaced by another expression."""
    if node is leaf:
        return new
    return remade(node, [replaced(arg, leaf, new) for arg in node.args]) if node.args else node
