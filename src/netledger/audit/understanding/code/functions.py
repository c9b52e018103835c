"""The functions, methods and operators of Python and of frameworks that code is understood by."""

from __future__ import annotations

import ast

from netledger.audit.understanding.code.layers import Unclear
from netledger.audit.understanding.code.modules import MOST_LAYERS, MOST_TIMES, Module
from netledger.audit.understanding.pieces import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.audit.understanding.code.making import Evaluator


def dotted_name(node: ast.expr) -> str:
    """``nn.Conv2d`` of the expression that says so; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted_name(node.value)
        return f"{inner}.{node.attr}" if inner else node.attr
    return ""


def arithmetic(operator: ast.operator, left: Any, right: Any) -> Any:
    """Two values worked together; what makes no sense is unclear."""
    work = _OPERATORS.get(type(operator))
    if work is None:
        return Unclear("arithmetic")
    numbers = all(isinstance(value, int | float) for value in (left, right))
    lists = isinstance(left, list | tuple) and (
        type(left) is type(right) or (isinstance(right, int) and isinstance(operator, ast.Mult))
    )
    if not numbers and not lists:
        return Unclear("arithmetic")
    if isinstance(operator, ast.Pow) and (abs(left) > 2**20 or not 0 <= right <= 40):
        return Unclear("a power")
    if lists and isinstance(right, int) and not 0 <= right <= MOST_TIMES:
        return Unclear("a list repeated")
    try:
        value = work(left, right)
    except (ZeroDivisionError, TypeError, OverflowError):
        return Unclear("arithmetic")
    return int(value) if isinstance(value, float) and value.is_integer() and isinstance(operator, ast.Div) else value


def _sequential(arguments: list[Any]) -> Any:
    module = Module("sequential")
    flat = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list | tuple | dict) else arguments
    pairs = list(flat.items()) if isinstance(flat, dict) else [(("", one)) for one in flat]
    for name, item in pairs:
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):
            name, item = item
        if not isinstance(item, Piece | Module):
            return Unclear("a container of what is not known", layers=True)
        module.add(item, str(name))
    return module


def _range(arguments: list[Any]) -> Any:
    if (
        not all(isinstance(argument, int) for argument in arguments)
        or not 0 < len(arguments) < 4
        or arguments[2:] == [0]
    ):
        return Unclear("a range")
    return range(*arguments)


def _zip(arguments: list[Any]) -> Any:
    return (
        list(zip(*arguments, strict=False))
        if all(isinstance(one, list | tuple | range) for one in arguments)
        else Unclear("a zip")
    )


def _whole(arguments: list[Any]) -> Any:
    return int(arguments[0]) if arguments and isinstance(arguments[0], int | float) else Unclear("a number")


def _length(arguments: list[Any]) -> Any:
    return len(arguments[0]) if arguments and isinstance(arguments[0], list | tuple | range) else Unclear("a length")


def _enumerate(arguments: list[Any]) -> Any:
    return (
        list(enumerate(arguments[0]))
        if arguments and isinstance(arguments[0], list | tuple | range)
        else Unclear("a list")
    )


def _listed(arguments: list[Any]) -> Any:
    return (
        list(arguments[0])
        if arguments and isinstance(arguments[0], list | tuple | range)
        else []
        if not arguments
        else Unclear("a list")
    )


def _reversed(arguments: list[Any]) -> Any:
    listed = _listed(arguments)
    return listed[::-1] if isinstance(listed, list) else listed


def _of_numbers(function: Callable[[Any], Any], arguments: list[Any]) -> Any:
    values = arguments[0] if len(arguments) == 1 else arguments
    known = isinstance(values, list | tuple | range) and values and all(isinstance(one, int) for one in values)
    return function(values) if known else Unclear("a number")


def _product(arguments: list[Any]) -> Any:
    from math import prod

    return _of_numbers(prod, arguments[:1])


def _add_layer(evaluator: Evaluator, node: ast.Call, names: dict[str, Any], owner: Module | None) -> Any:
    """``model.add(layer)``."""
    if not node.args or not isinstance(node.func, ast.Attribute):
        return None
    target = evaluator.value(node.func.value, names, owner)
    layer = evaluator.value(node.args[0], names, owner)
    into = target if isinstance(target, Module) else evaluator.made
    if isinstance(layer, Piece | Module):
        into.add(layer)
    elif isinstance(layer, Unclear):
        evaluator.doubts.append(f"line {evaluator.line_no}: {layer.why}")
    return True


def _append(evaluator: Evaluator, node: ast.Call, names: dict[str, Any], owner: Module | None) -> Any:
    """``layers.append(layer)`` to a list or ``ModuleList``."""
    if not node.args or not isinstance(node.func, ast.Attribute):
        return None
    target = evaluator.value(node.func.value, names, owner)
    item = evaluator.value(node.args[0], names, owner)
    if isinstance(target, list) and len(target) < MOST_LAYERS:
        target.append(item)
    elif isinstance(target, Module):
        target.add(item)
    return True


def _extend(evaluator: Evaluator, node: ast.Call, names: dict[str, Any], owner: Module | None) -> Any:
    """``layers.extend([…])``."""
    if not node.args or not isinstance(node.func, ast.Attribute):
        return None
    target = evaluator.value(node.func.value, names, owner)
    items = evaluator.value(node.args[0], names, owner)
    if isinstance(target, list) and isinstance(items, list | tuple) and len(target) + len(items) < MOST_LAYERS:
        target.extend(items)
    elif isinstance(target, list):
        target.append(Unclear("what a list goes on with", layers=True))
    return True


def _insert(evaluator: Evaluator, node: ast.Call, names: dict[str, Any], owner: Module | None) -> Any:
    """``layers.insert(0, layer)``."""
    if len(node.args) != 2 or not isinstance(node.func, ast.Attribute):
        return None
    target, at, item = [evaluator.value(one, names, owner) for one in (node.func.value, *node.args)]
    if isinstance(target, list) and len(target) < MOST_LAYERS:
        target.insert(at if isinstance(at, int) else 0, item)
    return True


def _build(evaluator: Evaluator, node: ast.Call, names: dict[str, Any], owner: Module | None) -> Any:
    """``model.build((None, 28, 28, 1))``: the shape that the first layer reads, behind the batch."""
    if not isinstance(node.func, ast.Attribute):
        return None
    target = evaluator.value(node.func.value, names, owner)
    given = [*node.args, *[keyword.value for keyword in node.keywords if keyword.arg == "input_shape"]]
    shape = evaluator.value(given[0], names, owner) if given else None
    if (
        isinstance(target, Module)
        and isinstance(shape, tuple | list)
        and all(isinstance(one, int) for one in shape[1:])
    ):
        target.read(tuple(shape[1:]))
    return True


def _add_named(evaluator: Evaluator, node: ast.Call, names: dict[str, Any], owner: Module | None) -> Any:
    """``self.add_module("fc", layer)``, ``setattr(self, "fc", layer)``."""
    if len(node.args) < 2 or owner is None:
        return None
    name, item = [evaluator.value(one, names, owner) for one in node.args[-2:]]
    if isinstance(item, Piece | Module):
        owner.add(item, name if isinstance(name, str) else "")
    return True


METHODS: dict[str, Callable[..., Any]] = {
    "add": _add_layer,
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "add_module": _add_named,
    "build": _build,
    "register_module": _add_named,
}
CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {
    "Sequential": _sequential,
    "ModuleList": _sequential,
    "ModuleDict": _sequential,
    "OrderedDict": lambda a: a[0] if a else [],
}
FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "range": _range,
    "int": _whole,
    "len": _length,
    "list": _listed,
    "zip": _zip,
    "enumerate": _enumerate,
    "reversed": lambda arguments: _reversed(arguments),
    **dict.fromkeys(("np.prod", "numpy.prod", "math.prod", "prod"), lambda arguments: _product(arguments)),
    "sum": lambda arguments: _of_numbers(sum, arguments),
    "max": lambda arguments: _of_numbers(max, arguments),
    "min": lambda arguments: _of_numbers(min, arguments),
    "tuple": _listed,
}
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: a**b,
}
COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.Gt: lambda a, b: a > b,
    ast.LtE: lambda a, b: a <= b,
    ast.GtE: lambda a, b: a >= b,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
}
