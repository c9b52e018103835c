"""Values that may stand in a description: numbers, strings, booleans, None, tuples, dicts, whole-number arithmetic."""

from __future__ import annotations

import _ast

from netledger.errors import NotationError
from netledger.limits import INTEGER_DIGITS, NESTING
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_LARGEST = 10**INTEGER_DIGITS

_ARITHMETIC: dict[type, Callable[[int, int], int]] = {
    _ast.Add: lambda a, b: a + b,
    _ast.Sub: lambda a, b: a - b,
    _ast.Mult: lambda a, b: a * b,
    _ast.FloorDiv: lambda a, b: a // b,
}


def fault(why: str, node: _ast.expr | _ast.stmt) -> NotationError:
    """An error at the place of a node."""
    error = NotationError(why)
    error.at(line=node.lineno, column=node.col_offset + 1)
    return error


def literal(node: _ast.expr, counters: Mapping[str, int], depth: int = 0) -> Any:
    """The value of a literal; ``counters`` are the loop variables. Lists become tuples."""
    if depth > NESTING:
        raise fault(f"nested deeper than {NESTING}", node)
    reader = _READERS.get(type(node))
    if reader is None:
        raise fault("expected a literal: a number, a string, True, False, None, or a list of them", node)
    return reader(node, counters, depth + 1)


def _constant(node: Any, counters: Mapping[str, int], depth: int) -> Any:
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST:
        raise fault(f"an integer of more than {INTEGER_DIGITS} digits", node)
    if value is Ellipsis or isinstance(value, bytes | complex):
        raise fault("expected a number, a string, True, False or None", node)
    return value


def _name(node: Any, counters: Mapping[str, int], depth: int) -> int:
    if node.id not in counters:
        raise fault(f"'{node.id}' is neither a literal nor a loop variable", node)
    return counters[node.id]


def _sequence(node: Any, counters: Mapping[str, int], depth: int) -> tuple[Any, ...]:
    return tuple([literal(element, counters, depth) for element in node.elts])


def _dict(node: Any, counters: Mapping[str, int], depth: int) -> dict[Any, Any]:
    if any(key is None for key in node.keys):
        raise fault("'**' has no meaning here", node)
    return {
        literal(key, counters, depth): literal(value, counters, depth)
        for key, value in zip(node.keys, node.values, strict=True)
    }


def _unary(node: Any, counters: Mapping[str, int], depth: int) -> int | float:
    value = literal(node.operand, counters, depth)
    if not isinstance(node.op, _ast.USub) or isinstance(value, bool) or not isinstance(value, int | float):
        raise fault("only '-' before a number", node)
    return -value


def _binary(node: Any, counters: Mapping[str, int], depth: int) -> int:
    operation = _ARITHMETIC.get(type(node.op))
    left, right = literal(node.left, counters, depth), literal(node.right, counters, depth)
    if operation is None or type(left) is not int or type(right) is not int:
        raise fault("arithmetic here is +, -, * and // of whole numbers", node)
    if operation is _ARITHMETIC[_ast.FloorDiv] and right == 0:
        raise fault("division by zero", node)
    result = operation(left, right)
    if abs(result) >= _LARGEST:
        raise fault(f"an integer of more than {INTEGER_DIGITS} digits", node)
    return result


def _format_string(node: Any, counters: Mapping[str, int], depth: int) -> str:
    pieces = []
    for part in node.values:
        if isinstance(part, _ast.FormattedValue):
            if part.conversion != -1 or part.format_spec is not None:
                raise fault("only plain {names} and whole-number arithmetic in an f-string", node)
            pieces.append(str(literal(part.value, counters, depth)))
        else:
            pieces.append(part.value)
    return "".join(pieces)


def _call(node: Any, counters: Mapping[str, int], depth: int) -> Unknown:
    if isinstance(node.func, _ast.Name) and node.func.id == "unknown" and len(node.args) == 1 and not node.keywords:
        return Unknown(str(literal(node.args[0], counters, depth)))
    raise fault("expected a literal; a layer stands on a line of its own", node)


_READERS: dict[type, Callable[[Any, Mapping[str, int], int], Any]] = {
    _ast.Constant: _constant,
    _ast.Name: _name,
    _ast.Tuple: _sequence,
    _ast.List: _sequence,
    _ast.Dict: _dict,
    _ast.UnaryOp: _unary,
    _ast.BinOp: _binary,
    _ast.JoinedStr: _format_string,
    _ast.Call: _call,
}
