"""Functions in a family's text: a block that several layers share, written once; found by name, never run."""

from __future__ import annotations

import _ast

from netledger.errors import NotationError
from netledger.limits import FUNCTIONS_DEEP
from netledger.notation.literals import NameScope, fault, literal
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from netledger.notation.reading import Reader

_read: dict[str, dict[str, Routine]] = {}
"""Functions of the library's files that were read before."""


class Routine(Record):
    """A function's argument names, their defaults, its body, and the names it returns (none: its last layer)."""

    __slots__ = ("name", "names", "defaults", "body", "returned", "known")
    name: str
    names: tuple[str, ...]
    defaults: Mapping[str, Any]
    body: list[_ast.stmt]
    returned: tuple[str, ...]
    known: dict[str, Routine]

    def __init__(
        self, name: str, names: tuple[str, ...], defaults: Mapping[str, Any], body: list[_ast.stmt],
        returned: tuple[str, ...], known: dict[str, Routine],
    ) -> None:  # fmt: skip
        self._fill(name, names, defaults, body, returned, known)

    def arguments(self, call: _ast.Call) -> Iterator[tuple[str, _ast.expr]]:
        """The call's arguments by name; one too many, unknown, twice or missing is a fault at its place."""
        if len(call.args) > len(self.names):
            raise fault(f"{self.name}: takes {len(self.names)} arguments, not {len(call.args)}", call)
        given = dict(zip(self.names, call.args, strict=False))
        for keyword in call.keywords:
            if keyword.arg not in self.names or keyword.arg in given:
                why = "is given twice" if keyword.arg in given else "is none of its arguments"
                raise fault(f"{self.name}: '{keyword.arg or '**'}' {why}", call)
            given[keyword.arg] = keyword.value
        for name in self.names:
            if name not in given and name not in self.defaults:
                raise fault(f"{self.name}: argument '{name}' is missing", call)
        return iter(given.items())


def call_function(
    reader: Reader, function: Routine, call: _ast.Call, targets: list[str], counters: dict[str, int]
) -> None:
    """A function's body with its arguments: names of layers stay names of layers, all else are values."""
    if reader.depth >= FUNCTIONS_DEEP:
        raise fault(f"functions nested deeper than {FUNCTIONS_DEEP}", call)
    inside = NameScope(dict(function.defaults), reader.values.sizes)
    layers: dict[str, str] = {}
    for name, node in function.arguments(call):
        if isinstance(node, _ast.Name) and node.id in reader.variables:
            layers[name] = reader.variables[node.id]
            inside.pop(name, None)
        else:
            value = literal(node, reader.values)
            if isinstance(value, str) and value.startswith(".") and not reader.values.get("name", " "):
                value = value[1:]  # below a root without a name
            inside[name] = value
    outside = reader.values, reader.variables, reader.functions
    reader.values, reader.variables, reader.functions = inside, layers, function.known
    reader.depth += 1
    reader.block(function.body, counters)
    results: list[str | None] = [reader.variables.get(name) for name in function.returned] or [reader.above]
    reader.values, reader.variables, reader.functions = outside
    reader.depth -= 1
    for target, value in zip(targets, results, strict=False):
        if value is not None:
            reader.bind(target, value)
    reader.above = results[0]


def define(statement: _ast.stmt, library: Callable[[str], str] | None, known: dict[str, Routine]) -> dict[str, Routine]:
    """The functions that a ``def`` defines or a ``from NAME import …`` brings; ``known`` are those around it."""
    if isinstance(statement, _ast.FunctionDef):
        return {statement.name: _function(statement, known)}
    assert isinstance(statement, _ast.ImportFrom)
    if library is None or statement.module is None or statement.level:
        raise fault("'from … import' has a meaning in netledger's own families alone", statement)
    found = _library(statement.module, library)
    try:
        return {alias.asname or alias.name: found[alias.name] for alias in statement.names}
    except KeyError as error:
        raise fault(f"{statement.module} has no function {error.args[0]!r}", statement) from None


def _library(module: str, library: Callable[[str], str]) -> dict[str, Routine]:
    if module not in _read:
        from netledger.notation.syntax import syntax_tree

        functions: dict[str, Routine] = {}
        for statement in syntax_tree(library(module)).body:
            if isinstance(statement, _ast.ImportFrom):
                functions.update(define(statement, library, functions))
            elif isinstance(statement, _ast.FunctionDef):
                functions[statement.name] = _function(statement, functions)
            elif not (isinstance(statement, _ast.Expr) and isinstance(statement.value, _ast.Constant)):
                raise NotationError(f"{module}: a library holds functions only").at(line=statement.lineno)
        _read[module] = functions
    return _read[module]


def _function(statement: _ast.FunctionDef, known: dict[str, Routine]) -> Routine:
    arguments = statement.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs or statement.decorator_list:
        raise fault("a function takes named arguments only", statement)
    names = [argument.arg for argument in arguments.args]
    defaults = dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        names.append(argument.arg)
        if default is not None:
            defaults[argument.arg] = default
    values = {name: literal(node, NameScope()) for name, node in defaults.items()}
    last, body = statement.body[-1], statement.body
    returned: tuple[str, ...] = ()
    if isinstance(last, _ast.Return):
        nodes = last.value.elts if isinstance(last.value, _ast.Tuple) else [last.value]
        if not all(isinstance(node, _ast.Name) for node in nodes):
            raise fault("a function returns names of layers", last)
        returned, body = tuple([node.id for node in nodes if isinstance(node, _ast.Name)]), body[:-1]
    return Routine(statement.name, tuple(names), values, body, returned, known)
