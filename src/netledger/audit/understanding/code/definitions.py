"""What a text defines itself: classes of layers, their methods, helper functions, and classes of mere settings."""

from __future__ import annotations

import ast

from netledger.audit.understanding.code.layers import Unclear
from netledger.audit.understanding.code.modules import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.audit.understanding.code.expressions import Expressions
    from netledger.audit.understanding.code.statements import Statement

MOST_DEPTH = 12
"""Calls and loops within one another."""
MOST_CALLS = 2_000
"""Of functions of one text."""
SETTINGS = ("config", "cfg", "conf", "args", "hparams", "params", "c", "opt", "settings")
"""What a constructor calls the settings that it takes."""
NOT_MADE = ("forward", "call", "main", "train", "__len__", "__init__", "build", "__call__")
"""Functions that make no layers."""


class TextFunction:
    """A function or method of the text; ``called``: whether anything has called it."""

    def __init__(self, statement: Statement | None, node: ast.FunctionDef | ast.Lambda, *, method: bool) -> None:
        self.statement, self.node, self.method = statement, node, method
        self.called = False


class TextClass:
    """A class of the text by its name, as a value: ``block=BasicBlock``."""

    def __init__(self, name: str) -> None:
        self.name = name


def make(evaluator: Expressions, name: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    """An object of a class of the text: its layers, or the settings that it holds."""
    statement = evaluator.classes[name]
    fields = settings_of(evaluator, statement)
    if fields is not None:
        names = list(fields)
        return {**fields, **dict(zip(names, arguments, strict=False)), **keywords}
    module = Module("class")
    if evaluator.depth > MOST_DEPTH:
        return Unclear("nested too deeply", layers=True)
    evaluator.depth += 1
    methods = {
        f"self.{inner.node.name}": TextFunction(inner, inner.node, method=True)
        for inner in statement.below
        if isinstance(inner.node, ast.FunctionDef) and inner.node.name not in NOT_MADE
    }
    known: dict[str, Any] = {f"self.{key}": value for key, value in constants_of(evaluator, statement).items()}
    known.update(methods)
    for inner in statement.below:
        if isinstance(inner.node, ast.FunctionDef) and inner.node.name == "__init__":
            construct(evaluator, inner, inner.node, arguments, keywords, module, known)
        elif isinstance(inner.node, ast.Assign) and evaluator.makes_layers(inner):
            evaluator.run([inner], {}, module)
    flow = next((inner for inner in statement.below if _is_flow(inner.node)), None)
    if flow is not None and evaluator.framework == "keras":
        module = _in_order(evaluator, flow, module, methods)
    evaluator.depth -= 1
    return module


def _is_flow(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "call"


def _in_order(evaluator: Expressions, flow: Statement, module: Module, methods: dict[str, TextFunction]) -> Module:
    """A Keras model's layers in the order in which its ``call`` applies them to the input."""
    from netledger.audit.understanding.code.modules import Applied
    from netledger.audit.understanding.pieces import Piece

    assert isinstance(flow.node, ast.FunctionDef)
    paths = {id(piece): path for path, piece in module.by_path()}
    kept, evaluator.made = evaluator.made, Module("class")
    image = Piece("input", flow.line_no)
    evaluator.made.add(image)
    evaluator.keys += 1
    image.key = evaluator.keys
    own = {f"self.{name}": item for name, item in module.items.items()}
    names = {**evaluator.names, **methods, **own}
    _bind_parameters(evaluator, flow.node, names, [Applied(image)], {})
    evaluator.run(flow.below, names, None)
    evaluator.returned = None
    ordered, evaluator.made = evaluator.made, kept
    result = Module("class")
    placed = {id(piece) for piece in ordered.items.values()}
    for piece in ordered.items.values():
        result.add(piece, paths.get(id(piece), f"value{len(result.items)}" if piece is not image else "input"))
    for path, piece in module.by_path():
        if id(piece) not in placed:  # nobody saw what it reads
            piece.source = (0,)
            result.add(piece, path)
    return result


def construct(
    evaluator: Expressions,
    statement: Statement,
    node: ast.FunctionDef,
    arguments: list[Any],
    keywords: dict[str, Any],
    module: Module,
    methods: dict[str, Any],
) -> None:
    """Run a constructor with its arguments and defaults."""
    names = {**evaluator.names, **methods}
    _bind_parameters(evaluator, node, names, arguments, keywords)
    evaluator.run(statement.below, names, module)
    evaluator.returned = None


def call(
    evaluator: Expressions, function: TextFunction, arguments: list[Any], keywords: dict[str, Any],
    names: dict[str, Any], owner: Module | None,
) -> Any:  # fmt: skip
    """What a function of the text returns."""
    function.called = True
    evaluator.calls += 1
    if evaluator.depth > MOST_DEPTH or evaluator.calls > MOST_CALLS:
        return Unclear("nested too deeply", layers=True)
    inner = {**evaluator.names, **names}
    _bind_parameters(evaluator, function.node, inner, arguments, keywords)
    evaluator.depth += 1
    if isinstance(function.node, ast.Lambda):
        evaluator.returned = (evaluator.value(function.node.body, inner, None),)
    elif function.statement is not None:
        evaluator.run(function.statement.below, inner, owner if function.method else None)
    evaluator.depth -= 1
    value, evaluator.returned = evaluator.returned, None
    if function.method:
        names.update({name: value for name, value in inner.items() if name.startswith("self.")})
    return value[0] if value is not None else None


def call_the_rest(evaluator: Expressions) -> None:
    """Call the functions that make layers and that nobody calls: ``def build_model(): …``."""
    for function in reversed(list(evaluator.functions.values())):  # what is defined last calls the others
        if function.called or function.statement is None or isinstance(function.node, ast.Lambda):
            continue
        if evaluator.makes_layers(function.statement):
            made = call(evaluator, function, [], {}, evaluator.names, None)
            if isinstance(made, Module):
                evaluator.instances.setdefault(function.node.name, made)


def constants_of(evaluator: Expressions, statement: Statement) -> dict[str, Any]:
    """What a class says outside its methods: ``expansion = 4``."""
    fields: dict[str, Any] = {}
    for inner in statement.below:
        node = inner.node
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and not evaluator.makes_layers(inner):
            value = evaluator.value(node.value, {**evaluator.names, **fields}, None)
            if isinstance(value, int | float | str | tuple | list):
                fields[node.targets[0].id] = value
    return fields


def settings_of(evaluator: Expressions, statement: Statement) -> dict[str, Any] | None:
    """The fields of a class that holds nothing but constants (``n_layer: int = 12``); ``None`` for any other."""
    fields: dict[str, Any] = {}
    for inner in statement.below:
        node = inner.node
        if isinstance(node, ast.FunctionDef):
            return None
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if isinstance(target, ast.Name) and isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
            value = evaluator.value(node.value, {**evaluator.names, **fields}, None)
            if isinstance(value, int | float | str | tuple | list):
                fields[target.id] = value
    return fields or None


def _bind_parameters(
    evaluator: Expressions,
    node: ast.FunctionDef | ast.Lambda,
    names: dict[str, Any],
    arguments: list[Any],
    keywords: dict[str, Any],
) -> None:
    parameters = [argument.arg for argument in node.args.args if argument.arg != "self"]
    defaults = [evaluator.value(default, names, None) for default in node.args.defaults]
    for parameter in parameters:
        names.pop(parameter, None)
    if defaults:
        names.update(zip(parameters[-len(defaults) :], defaults, strict=False))
    for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if default is not None:
            names[argument.arg] = evaluator.value(default, names, None)
    names.update(zip(parameters, arguments, strict=False))
    known = {*parameters, *[argument.arg for argument in node.args.kwonlyargs]}
    names.update({key: value for key, value in keywords.items() if key in known})
    for parameter in parameters:
        if parameter not in names and parameter in SETTINGS:
            found = [fields for s in evaluator.classes.values() if (fields := settings_of(evaluator, s)) is not None]
            if len(found) == 1:
                names[parameter] = found[0]
