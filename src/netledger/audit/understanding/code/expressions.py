"""The expressions of source code: numbers, lists, layers and what is applied to what; nothing is ever run."""

from __future__ import annotations

import ast

from netledger.audit.understanding.code.applying import Applying, merged_by
from netledger.audit.understanding.code.composites import COMPOSITES
from netledger.audit.understanding.code.definitions import TextClass, TextFunction, call, constants_of, make
from netledger.audit.understanding.code.functions import (
    COMPARISONS,
    CONTAINERS,
    FUNCTIONS,
    METHODS,
    arithmetic,
    dotted_name,
)
from netledger.audit.understanding.code.layers import KERAS, TORCH, Unclear, framework_layer
from netledger.audit.understanding.code.modules import MOST_LAYERS, MOST_TIMES, Applied, Module
from netledger.audit.understanding.pieces import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.audit.understanding.code.statements import Statement


class Expressions(Applying):
    """What expressions are worth; the names that are known come with each. What statements do, an evaluator says."""

    def __init__(self, framework: str) -> None:
        self.framework = framework
        self.names: dict[str, Any] = {}
        self.classes: dict[str, Statement] = {}
        self.instances: dict[str, Module] = {}
        self.made = Module("sequential", named=False)
        self.alone: list[Piece] = []
        self.doubts: list[str] = []
        self.line_no = self.last_line = 0
        """Of the statement that is evaluated."""
        self.layers = 0
        self.depth = 0
        self.functions: dict[str, TextFunction] = {}
        self.calls = 0
        self.returned: tuple[Any] | None = None

    def run(self, body: list[Statement], names: dict[str, Any], owner: Module | None = None) -> None:
        """Go through statements."""
        raise NotImplementedError

    def bind(self, target: ast.expr, value: Any, names: dict[str, Any], owner: Module | None) -> None:
        """Give a name its value."""
        raise NotImplementedError

    @staticmethod
    def makes_layers(statement: Statement) -> bool:
        """Whether a layer's class is called in a statement or below it."""
        return makes_layers(statement)

    def value(self, node: ast.expr, names: dict[str, Any], owner: Module | None) -> Any:
        """What an expression is, or why that is not known."""
        evaluate = _EXPRESSIONS.get(type(node))
        if evaluate is None:
            return Unclear("beyond what is read", layers=names_layers(node))
        return evaluate(self, node, names, owner)

    def constant(self, node: ast.Constant, names: dict[str, Any], owner: Module | None) -> Any:
        """A literal."""
        return node.value

    def name(self, node: ast.Name, names: dict[str, Any], owner: Module | None) -> Any:
        """A name of the text."""
        for known in (names, self.names, self.functions):
            if node.id in known:
                return known[node.id]
        return TextClass(node.id) if node.id in self.classes else Unclear(f"'{node.id}'")

    def attribute(self, node: ast.Attribute, names: dict[str, Any], owner: Module | None) -> Any:
        """``self.width``, ``config.width``."""
        dotted = dotted_name(node)
        if dotted in names:
            return names[dotted]
        base = self.value(node.value, names, owner)
        if isinstance(base, TextClass):
            base = constants_of(self, self.classes[base.name])
        if isinstance(base, dict):
            return base.get(node.attr, Unclear(f"'{dotted}'"))
        return base.items.get(node.attr, Unclear(f"'{dotted}'")) if isinstance(base, Module) else Unclear(f"'{dotted}'")

    def sequence(self, node: ast.List | ast.Tuple, names: dict[str, Any], owner: Module | None) -> Any:
        """A list or tuple, starred parts spread."""
        values: list[Any] = []
        for element in node.elts:
            if isinstance(element, ast.Starred):
                inner = self.value(element.value, names, owner)
                values.extend(
                    inner if isinstance(inner, list | tuple | range) else [Unclear("a starred value", layers=True)]
                )
            else:
                values.append(self.value(element, names, owner))
        return values if isinstance(node, ast.List) else tuple(values)

    def binary(self, node: ast.BinOp, names: dict[str, Any], owner: Module | None) -> Any:
        """Arithmetic of numbers, lists joined and repeated; of values that layers made, a sum of one shape."""
        left, right = self.value(node.left, names, owner), self.value(node.right, names, owner)
        if isinstance(left, Applied) or isinstance(right, Applied):
            return self.merge("sum", [left, right])
        return arithmetic(node.op, left, right)

    def unary(self, node: ast.UnaryOp, names: dict[str, Any], owner: Module | None) -> Any:
        """``-1``, ``not x``."""
        value = self.value(node.operand, names, owner)
        if isinstance(node.op, ast.USub) and isinstance(value, int | float):
            return -value
        return not value if isinstance(node.op, ast.Not) and isinstance(value, bool) else Unclear("a sign")

    def compare(self, node: ast.Compare, names: dict[str, Any], owner: Module | None) -> Any:
        """``i == 0``, ``stride != 1``, ``i < n``, where both sides are known."""
        left, right = self.value(node.left, names, owner), self.value(node.comparators[0], names, owner)
        simple = (int, str, bool, type(None), tuple)
        if len(node.ops) > 1 or not isinstance(left, simple) or not isinstance(right, simple):
            return Unclear("a condition")
        test = COMPARISONS.get(type(node.ops[0]))
        try:
            return test(left, right) if test is not None else Unclear("a condition")
        except TypeError:
            return Unclear("a condition")

    def either(self, node: ast.BoolOp, names: dict[str, Any], owner: Module | None) -> Any:
        """``a or b``, ``a and b``, where as much is known as decides."""
        values = [self.value(one, names, owner) for one in node.values]
        known = [bool(one) for one in values if not isinstance(one, Unclear)]
        decides = isinstance(node.op, ast.Or)
        if decides in known:
            return decides
        return not decides if len(known) == len(values) else Unclear("a condition")

    def mapping(self, node: ast.Dict, names: dict[str, Any], owner: Module | None) -> Any:
        """A dictionary of literal keys."""
        keys = [self.value(key, names, owner) if key is not None else Unclear("a starred value") for key in node.keys]
        if not all(isinstance(key, str | int) for key in keys):
            return Unclear("a dictionary", layers=names_layers(node))
        return dict(zip(keys, [self.value(one, names, owner) for one in node.values], strict=True))

    def formatted(self, node: ast.JoinedStr, names: dict[str, Any], owner: Module | None) -> Any:
        """``f"fc{i}"``."""
        parts = [
            self.value(part.value if isinstance(part, ast.FormattedValue) else part, names, owner)
            for part in node.values
        ]
        return (
            "".join([str(part) for part in parts])
            if not any(isinstance(p, Unclear) for p in parts)
            else Unclear("a text")
        )

    def function(self, node: ast.Lambda, names: dict[str, Any], owner: Module | None) -> Any:
        """``lambda a, b: nn.Linear(a, b)``."""
        return TextFunction(None, node, method=False)

    def conditional(self, node: ast.IfExp, names: dict[str, Any], owner: Module | None) -> Any:
        """``a if c else b``, where the condition is known."""
        holds = self.value(node.test, names, owner)
        if not isinstance(holds, bool):
            return Unclear("a condition", layers=names_layers(node))
        return self.value(node.body if holds else node.orelse, names, owner)

    def subscript(self, node: ast.Subscript, names: dict[str, Any], owner: Module | None) -> Any:
        """``sizes[i]``, ``sizes[:-1]``."""
        value = self.value(node.value, names, owner)
        if isinstance(node.slice, ast.Slice):
            bounds = [
                self.value(bound, names, owner) if bound is not None else None
                for bound in (node.slice.lower, node.slice.upper)
            ]
            if isinstance(value, list | tuple) and all(bound is None or isinstance(bound, int) for bound in bounds):
                return value[bounds[0] : bounds[1]]
            return Unclear("a slice")
        index = self.value(node.slice, names, owner)
        try:
            return value[index] if isinstance(value, list | tuple | dict | range) else Unclear("an item")
        except (KeyError, IndexError, TypeError):
            return Unclear("an item")

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp, names: dict[str, Any], owner: Module | None) -> Any:
        """``[nn.Linear(4, 4) for _ in range(3)]``."""
        generator = node.generators[0]
        over = self.value(generator.iter, names, owner)
        if (
            len(node.generators) > 1
            or generator.ifs
            or not isinstance(over, list | tuple | range)
            or len(over) > MOST_TIMES
        ):
            return Unclear("a comprehension", layers=names_layers(node))
        inner, values = dict(names), []
        for one in over:
            self.bind(generator.target, one, inner, None)
            values.append(self.value(node.elt, inner, owner))
        return values

    def call(self, node: ast.Call, names: dict[str, Any], owner: Module | None) -> Any:
        """A layer, a container, a class of the text, a layer applied to a value, a method of a list or model."""
        if isinstance(node.func, ast.Call):
            argument = self.value(node.args[0], names, owner) if node.args else None
            layer = self.value(node.func, names, owner)
            if isinstance(layer, Piece) and layer.kind in ("concat", "sum"):
                return self.merge(layer.kind, list(argument) if isinstance(argument, list | tuple) else [argument])
            return self.applied(layer, argument)
        dotted = dotted_name(node.func)
        short = dotted.rpartition(".")[2]
        method = METHODS.get(short)
        if method is not None and "." in dotted:
            done = method(self, node, names, owner)
            if done is not None:
                return done
        arguments: list[Any] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                inner = self.value(argument.value, names, owner)
                arguments.extend(
                    inner if isinstance(inner, list | tuple) else [Unclear("a starred value", layers=True)]
                )
            else:
                arguments.append(self.value(argument, names, owner))
        keywords = {keyword.arg: self.value(keyword.value, names, owner) for keyword in node.keywords if keyword.arg}
        function = names.get(dotted, self.functions.get(dotted))
        if isinstance(function, TextFunction):
            return call(self, function, arguments, keywords, names, owner)
        if isinstance(function, TextClass):
            return self._called(function.name, function.name, arguments, keywords, self.line_no, owner)
        how = merged_by(short, arguments)
        if how:
            return self.merge(how, list(arguments[0] if isinstance(arguments[0], list | tuple) else arguments))
        named = names.get(dotted)
        if self.framework == "keras" and isinstance(named, Piece | Module) and arguments:
            value = arguments[0]
            if isinstance(value, Applied) or (isinstance(value, Piece) and value.kind in ("input", "activation")):
                return self.applied(named, value)
        line_no = min(self.line_no + node.lineno - 1, max(self.line_no, self.last_line))
        return self._called(dotted, short, arguments, keywords, line_no, owner)

    def _called(
        self,
        dotted: str,
        short: str,
        arguments: list[Any],
        keywords: dict[str, Any],
        line_no: int,
        owner: Module | None = None,
    ) -> Any:
        if short == "setattr" and len(arguments) == 3 and isinstance(arguments[2], Piece | Module):
            if owner is not None and isinstance(arguments[1], str):
                owner.add(arguments[2], arguments[1])
            return None
        if dotted == "dict" and not arguments:
            return keywords
        if short in self.classes:
            made = make(self, short, arguments, keywords)
            self.instances.setdefault(short, made) if isinstance(made, Module) else None
            return made
        container = CONTAINERS.get(short)
        if container is not None:
            made = container(arguments)
            if isinstance(made, Module):
                made.named = self.framework != "keras"
            return made
        composite = COMPOSITES.get(short)
        if composite is not None:
            return composite(arguments, keywords, line_no)
        plain = FUNCTIONS.get(dotted)
        if plain is not None:
            return plain(arguments)
        self.layers += 1
        if self.layers > MOST_LAYERS:
            return Unclear("too many layers", layers=True)
        return framework_layer(dotted, short, arguments, keywords, self.framework, line_no)


def names_layers(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Call) and dotted_name(inner.func).rpartition(".")[2] in {*TORCH, *KERAS, "Sequential"}
        for inner in ast.walk(node)
    )


def makes_layers(statement: Statement) -> bool:
    return names_layers(statement.node) or any(makes_layers(inner) for inner in statement.below)


_EXPRESSIONS: dict[type, Callable[..., Any]] = {
    ast.Constant: Expressions.constant,
    ast.Name: Expressions.name,
    ast.Attribute: Expressions.attribute,
    ast.List: Expressions.sequence,
    ast.Tuple: Expressions.sequence,
    ast.BinOp: Expressions.binary,
    ast.UnaryOp: Expressions.unary,
    ast.Compare: Expressions.compare,
    ast.IfExp: Expressions.conditional,
    ast.Subscript: Expressions.subscript,
    ast.ListComp: Expressions.comprehension,
    ast.GeneratorExp: Expressions.comprehension,
    ast.Call: Expressions.call,
    ast.BoolOp: Expressions.either,
    ast.Dict: Expressions.mapping,
    ast.JoinedStr: Expressions.formatted,
    ast.Lambda: Expressions.function,
}
