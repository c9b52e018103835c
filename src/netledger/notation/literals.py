"""Values that may stand in a description: numbers, text, booleans, None, tuples, dicts, and expressions of them."""

from __future__ import annotations

import _ast

from netledger.errors import NetledgerError, NotationError
from netledger.limits import INTEGER_DIGITS, NESTING
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.notation.family.sizes import Sizes

_LARGEST = 10**INTEGER_DIGITS


class NameScope(dict):  # type: ignore[type-arg]
    """The names that stand for values: loop variables, named sizes, arguments; and where named sizes get theirs."""

    __slots__ = ("sizes",)
    sizes: Sizes | None

    def __init__(self, names: dict[str, Any] | None = None, sizes: Sizes | None = None) -> None:
        super().__init__(names or {})
        self.sizes = sizes


def fault(why: str, node: _ast.expr | _ast.stmt | _ast.keyword) -> NotationError:
    """An error at the place of a node."""
    error = NotationError(why)
    error.at(line=node.lineno, column=node.col_offset + 1)
    return error


def literal(node: _ast.expr, names: NameScope, depth: int = 0) -> Any:
    """The value of a literal or of an expression of values; ``names`` are those that stand for one. Lists become
    tuples.
    """
    if depth > NESTING:
        raise fault(f"nested deeper than {NESTING}", node)
    reader = _READERS.get(type(node))
    if reader is None:
        raise fault("expected a literal: a number, a string, True, False, None, or a list of them", node)
    return reader(node, names, depth + 1)


def _constant(node: Any, names: NameScope, depth: int) -> Any:
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST:
        raise fault(f"an integer of more than {INTEGER_DIGITS} digits", node)
    if value is Ellipsis or isinstance(value, bytes | complex):
        raise fault("expected a number, a string, True, False or None", node)
    return value


def _name(node: Any, names: NameScope, depth: int) -> Any:
    if node.id not in names:
        raise fault(f"'{node.id}' is neither a literal nor the name of a value", node)
    return names[node.id]


def _sequence(node: Any, names: NameScope, depth: int) -> tuple[Any, ...]:
    return tuple([literal(element, names, depth) for element in node.elts])


def _dict(node: Any, names: NameScope, depth: int) -> dict[Any, Any]:
    if any(key is None for key in node.keys):
        raise fault("'**' has no meaning here", node)
    return {
        literal(key, names, depth): literal(value, names, depth)
        for key, value in zip(node.keys, node.values, strict=True)
    }


def _unary(node: Any, names: NameScope, depth: int) -> int | float:
    value = literal(node.operand, names, depth)
    if isinstance(node.op, _ast.Not):
        return not value
    if not isinstance(node.op, _ast.USub) or isinstance(value, bool) or not isinstance(value, int | float):
        raise fault("only '-' before a number", node)
    return -value


# ---------------------------------------------------------------------- arithmetic and choices

_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    _ast.Add: lambda a, b: a + b,
    _ast.Sub: lambda a, b: a - b,
    _ast.Mult: lambda a, b: a * b,
    _ast.FloorDiv: lambda a, b: a // b,
    _ast.Mod: lambda a, b: a % b,
}

_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    _ast.Eq: lambda a, b: a == b,
    _ast.NotEq: lambda a, b: a != b,
    _ast.Lt: lambda a, b: a < b,
    _ast.LtE: lambda a, b: a <= b,
    _ast.Gt: lambda a, b: a > b,
    _ast.GtE: lambda a, b: a >= b,
    _ast.In: lambda a, b: a in b,
    _ast.NotIn: lambda a, b: a not in b,
}


def _is_number(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        type(value) is float and value == value and abs(value) < _LARGEST
    )


def _binary(node: Any, names: NameScope, depth: int) -> Any:
    operation = _ARITHMETIC.get(type(node.op))
    left, right = literal(node.left, names, depth), literal(node.right, names, depth)
    if operation is None or not _is_number(left) or not _is_number(right):
        raise fault("arithmetic here is +, -, *, // and % of numbers", node)
    if type(node.op) in (_ast.FloorDiv, _ast.Mod) and right == 0:
        raise fault("division by zero", node)
    result = operation(left, right)
    if abs(result) >= _LARGEST:
        raise fault(f"an integer of more than {INTEGER_DIGITS} digits", node)
    return result


def _compare(node: Any, names: NameScope, depth: int) -> bool:
    left = literal(node.left, names, depth)
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = literal(comparator, names, depth)
        operation = _COMPARISONS.get(type(operator))
        if operation is None:
            raise fault("comparisons here are ==, !=, <, <=, >, >=, in and not in", node)
        try:
            holds = operation(left, right)
        except TypeError:
            raise fault("these values cannot be compared", node) from None
        if not holds:
            return False
        left = right
    return True


def _boolean(node: Any, names: NameScope, depth: int) -> Any:
    value: Any = None
    wants = isinstance(node.op, _ast.And)
    for part in node.values:
        value = literal(part, names, depth)
        if bool(value) is not wants:
            return value
    return value


def _choice(node: Any, names: NameScope, depth: int) -> Any:
    return literal(node.body if literal(node.test, names, depth) else node.orelse, names, depth)


def _item(node: Any, names: NameScope, depth: int) -> Any:
    whole, key = literal(node.value, names, depth), literal(node.slice, names, depth)
    try:
        return whole[key]
    except (KeyError, IndexError, TypeError):
        raise fault(f"there is no item {key!r}"[:80], node) from None


def _format_string(node: Any, names: NameScope, depth: int) -> str:
    pieces = []
    for part in node.values:
        if isinstance(part, _ast.FormattedValue):
            if part.conversion != -1 or part.format_spec is not None:
                raise fault("only plain {names} and whole-number arithmetic in an f-string", node)
            pieces.append(str(literal(part.value, names, depth)))
        else:
            pieces.append(part.value)
    return "".join(pieces)


# ---------------------------------------------------------------------- functions of values


def _divisible(value: float, divisor: int, least: int) -> int:
    """The nearest multiple, at least ``least``, not a tenth below the value. Source: MobileNet's ``make_divisible``."""
    near = max(least, int(value + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * value else near


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "unknown": lambda reason: Unknown(str(reason)),
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "len": lambda value: len(value),
    "whole": lambda value: value if isinstance(value, int) else int(value),
    "root": lambda value: int(value**0.5),
    "ceil": lambda value: -int(-value // 1),
    "ceil_div": lambda a, b: -(-a // b),
    "rounded": lambda value: round(value),
    "divisible": lambda value, divisor, least: _divisible(value, divisor, least),
    "is_whole": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "is_list": lambda value: isinstance(value, tuple),
    "divided": lambda value, by: value / by,
    "others": lambda table, known: tuple([key for key, value in table.items() if key not in known and value]),
    "largest": lambda table: max(table.values()),
    "places": lambda values, wanted: tuple([i for i, value in enumerate(values) if value == wanted]),
}
"""What may be called in an expression beside the named sizes."""

_OF_SIZES = frozenset(("size", "flag", "option", "architecture", "labels", "rest", "of_part"))


def is_value(node: _ast.expr, names: NameScope) -> bool:
    """Whether an expression stands for a value, not for a layer."""
    if isinstance(node, _ast.Call):
        called = node.func
        return isinstance(called, _ast.Name) and (called.id in _OF_SIZES or called.id in FUNCTIONS)
    return not isinstance(node, _ast.Name) or node.id in names


def _call(node: Any, names: NameScope, depth: int) -> Any:
    name = node.func.id if isinstance(node.func, _ast.Name) else ""
    arguments = [literal(argument, names, depth) for argument in node.args]
    keywords = {keyword.arg or "": literal(keyword.value, names, depth) for keyword in node.keywords}
    if name in _OF_SIZES:
        if names.sizes is None:
            raise fault(f"{name}(…) has no meaning here", node)
        function = getattr(names.sizes, name)
    elif name in FUNCTIONS and not keywords:
        function = FUNCTIONS[name]
    else:
        raise fault("expected a literal; a layer stands on a line of its own", node)
    try:
        return function(*arguments, **keywords)
    except NetledgerError:
        raise
    except (TypeError, ValueError, OverflowError, ZeroDivisionError, AttributeError, LookupError):
        raise fault(f"{name}(…) does not take these values", node) from None


_READERS: dict[type, Callable[[Any, NameScope, int], Any]] = {
    _ast.Constant: _constant,
    _ast.Name: _name,
    _ast.Tuple: _sequence,
    _ast.List: _sequence,
    _ast.Dict: _dict,
    _ast.UnaryOp: _unary,
    _ast.BinOp: _binary,
    _ast.Compare: _compare,
    _ast.BoolOp: _boolean,
    _ast.IfExp: _choice,
    _ast.Subscript: _item,
    _ast.JoinedStr: _format_string,
    _ast.Call: _call,
}
