"""The modules that source code makes: an evaluator of a few harmless expressions over PyTorch's and Keras' layers.

Numbers, tuples, lists, arithmetic, names, loops over literal ranges and the classes of the text itself; nothing of the
text is ever run. What is beyond that is not known, and a layer made of it is left open.
"""

from __future__ import annotations

import ast

from netledger.audit.understanding.code_composites import COMPOSITES
from netledger.audit.understanding.code_functions import (
    COMPARISONS,
    CONTAINERS,
    FUNCTIONS,
    METHODS,
    arithmetic,
    dotted_name,
)
from netledger.audit.understanding.code_layers import KERAS, TORCH, Unclear, framework_layer
from netledger.audit.understanding.code_modules import MOST_LAYERS, MOST_TIMES, Applied, Module
from netledger.audit.understanding.pieces import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.audit.understanding.statements import Statement

MOST_DEPTH = 12
"""Calls and loops within one another."""


class Evaluator:
    """Evaluates a text's statements; ``made`` are the layers of Keras models in the order of their making."""

    def __init__(self, framework: str) -> None:
        self.framework = framework
        self.names: dict[str, Any] = {}
        self.classes: dict[str, Statement] = {}
        self.instances: dict[str, Module] = {}
        self.made = Module("sequential", named=False)
        self.alone: list[Piece] = []
        self.doubts: list[str] = []
        self.line_no = 0
        self.layers = 0
        self.depth = 0
        self.last: Piece | None = None
        self.branches = 0

    # ---------------------------------------------------------------------- statements

    def run(self, body: list[Statement], names: dict[str, Any], owner: Module | None = None) -> None:
        """Go through statements: assignments, loops over what is known, the branch of an ``if`` that is known."""
        for statement in body:
            self.line_no = statement.line_no
            runner = _STATEMENTS.get(type(statement.node))
            if runner is not None:
                runner(self, statement, names, owner)

    def assign(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """``name = …``, ``self.name = …``, ``a, b = …``."""
        node = statement.node
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        if node.value is None:
            return
        value = self.value(node.value, names, owner)
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            self._bind(target, value, names, owner)

    def _bind(self, target: ast.expr, value: Any, names: dict[str, Any], owner: Module | None) -> None:
        if isinstance(value, Unclear) and value.layers:
            self.doubts.append(f"line {self.line_no}: {value.why} is not known")
        if isinstance(target, ast.Name):
            names[target.id] = value
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
            if owner is not None and isinstance(value, Module | Piece):
                owner.add(value, target.attr)
            names[f"self.{target.attr}"] = value
        elif isinstance(target, ast.Tuple) and isinstance(value, tuple | list) and len(value) == len(target.elts):
            for part, one in zip(target.elts, value, strict=True):
                self._bind(part, one, names, owner)

    def expression(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """``model.add(…)``, ``layers.append(…)``, ``layers += […]``, a bare call."""
        node = statement.node
        assert isinstance(node, ast.Expr)
        value = self.value(node.value, names, owner)
        if isinstance(value, Piece) and owner is None:
            self.alone.append(value)

    def augment(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """``layers += [nn.ReLU()]``, ``n *= 2``."""
        node = statement.node
        assert isinstance(node, ast.AugAssign)
        if not isinstance(node.target, ast.Name):
            return
        old, value = names.get(node.target.id), self.value(node.value, names, owner)
        if isinstance(old, list) and isinstance(value, list | tuple) and len(old) + len(value) < MOST_LAYERS:
            old.extend(value)
        else:
            names[node.target.id] = arithmetic(node.op, old, value)

    def loop(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """A ``for`` over a range or a list that is known."""
        node = statement.node
        assert isinstance(node, ast.For)
        over = self.value(node.iter, names, owner)
        if not isinstance(over, list | tuple | range) or len(over) > MOST_TIMES or self.depth > MOST_DEPTH:
            self.doubts.append(f"line {statement.line_no}: a loop over what is not known")
            return
        self.depth += 1
        for one in over:
            self._bind(node.target, one, names, owner)
            self.run(statement.below, names, owner)
        self.depth -= 1

    def choice(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """An ``if``: what is below it where its condition is known to hold."""
        node = statement.node
        assert isinstance(node, ast.If)
        holds = self.value(node.test, names, owner)
        if isinstance(holds, bool):
            if holds:
                self.run(statement.below, names, owner)
        elif any(isinstance(inner.node, ast.Assign | ast.Expr) for inner in statement.below) and _is_main(node.test):
            self.run(statement.below, names, owner)
        elif any(_makes_layers(inner) for inner in statement.below):
            self.doubts.append(f"line {statement.line_no}: layers under a condition that is not known")

    def define(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """A class of the text: kept, and made where it is called."""
        node = statement.node
        if isinstance(node, ast.ClassDef):
            self.classes[node.name] = statement
        elif isinstance(node, ast.FunctionDef) and owner is None:
            if node.name == "__init__":  # half a class
                self.make_from(statement, node, [], {}, self.instances.setdefault("", Module("class")))
            elif node.name not in ("forward", "call", "main", "train", "__len__"):
                inner = dict(names)
                self.run(statement.below, inner, None)

    # ---------------------------------------------------------------------- classes

    def make(self, name: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """An object of a class of the text."""
        statement = self.classes[name]
        module = Module("class")
        if self.depth > MOST_DEPTH:
            return Unclear("nested too deeply", layers=True)
        self.depth += 1
        for inner in statement.below:
            if isinstance(inner.node, ast.FunctionDef) and inner.node.name == "__init__":
                self.make_from(inner, inner.node, arguments, keywords, module)
            elif isinstance(inner.node, ast.Assign) and any(_makes_layers(inner) for _ in "1"):
                self.run([inner], {}, module)
        self.depth -= 1
        return module

    def make_from(
        self,
        statement: Statement,
        node: ast.FunctionDef,
        arguments: list[Any],
        keywords: dict[str, Any],
        module: Module,
    ) -> None:
        """Run a constructor with its arguments and defaults."""
        names = dict(self.names)
        parameters = [argument.arg for argument in node.args.args if argument.arg != "self"]
        defaults = [self.value(default, names, None) for default in node.args.defaults]
        for parameter in parameters:
            names.pop(parameter, None)
        if defaults:
            names.update(zip(parameters[-len(defaults) :], defaults, strict=False))
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            if default is not None:
                names[argument.arg] = self.value(default, names, None)
        names.update(zip(parameters, arguments, strict=False))
        names.update({key: value for key, value in keywords.items() if key in parameters})
        self.run(statement.below, names, module)

    # ---------------------------------------------------------------------- expressions

    def value(self, node: ast.expr, names: dict[str, Any], owner: Module | None) -> Any:
        """What an expression is, or why that is not known."""
        evaluate = _EXPRESSIONS.get(type(node))
        if evaluate is None:
            return Unclear("beyond what is read", layers=_names_layers(node))
        return evaluate(self, node, names, owner)

    def constant(self, node: ast.Constant, names: dict[str, Any], owner: Module | None) -> Any:
        """A literal."""
        return node.value

    def name(self, node: ast.Name, names: dict[str, Any], owner: Module | None) -> Any:
        """A name of the text."""
        found = names.get(node.id, self.names.get(node.id))
        return found if found is not None else Unclear(f"'{node.id}'")

    def attribute(self, node: ast.Attribute, names: dict[str, Any], owner: Module | None) -> Any:
        """``self.width``, ``config.width``."""
        dotted = dotted_name(node)
        return names.get(dotted, Unclear(f"'{dotted}'"))

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
        """Arithmetic of numbers, lists joined and repeated."""
        return arithmetic(node.op, self.value(node.left, names, owner), self.value(node.right, names, owner))

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

    def conditional(self, node: ast.IfExp, names: dict[str, Any], owner: Module | None) -> Any:
        """``a if c else b``, where the condition is known."""
        holds = self.value(node.test, names, owner)
        if not isinstance(holds, bool):
            return Unclear("a condition", layers=_names_layers(node))
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
            return Unclear("a comprehension", layers=_names_layers(node))
        inner, values = dict(names), []
        for one in over:
            self._bind(generator.target, one, inner, None)
            values.append(self.value(node.elt, inner, owner))
        return values

    def call(self, node: ast.Call, names: dict[str, Any], owner: Module | None) -> Any:
        """A layer, a container, a class of the text, a layer applied to a value, a method of a list or model."""
        if isinstance(node.func, ast.Call):
            return self._apply(node, names, owner)
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
        return self._called(dotted, short, arguments, keywords)

    def _called(self, dotted: str, short: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        if short in self.classes:
            made = self.make(short, arguments, keywords)
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
            return composite(arguments, keywords, self.line_no)
        plain = FUNCTIONS.get(dotted)
        if plain is not None:
            return plain(arguments)
        self.layers += 1
        if self.layers > MOST_LAYERS:
            return Unclear("too many layers", layers=True)
        return framework_layer(dotted, short, arguments, keywords, self.framework, self.line_no)

    def _apply(self, node: ast.Call, names: dict[str, Any], owner: Module | None) -> Any:
        """``Dense(10)(x)``: the layer goes behind the one that made ``x``; behind another one it is a branch."""
        layer = self.value(node.func, names, owner)
        argument = self.value(node.args[0], names, owner) if node.args else None
        if isinstance(layer, Piece):
            if isinstance(argument, Piece) and argument.kind in ("input", "activation") and argument is not self.last:
                if self.last is not None:
                    layer.attributes["branch"] = True
                self.made.add(argument)
                self.last = argument
            elif isinstance(argument, Applied) and argument.after is not self.last and argument.after is not None:
                self.branches += 1
                layer.attributes["branch"] = True
            elif isinstance(argument, list | tuple | Unclear) and self.last is not None:
                layer.attributes["branch"] = True
            self.made.add(layer)
            self.last = layer
            return Applied(layer)
        if isinstance(layer, Unclear) and layer.layers:
            self.doubts.append(f"line {self.line_no}: {layer.why}")
        return Applied(None)


def _names_layers(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Call) and dotted_name(inner.func).rpartition(".")[2] in {*TORCH, *KERAS, "Sequential"}
        for inner in ast.walk(node)
    )


def _makes_layers(statement: Statement) -> bool:
    return _names_layers(statement.node) or any(_makes_layers(inner) for inner in statement.below)


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


_EXPRESSIONS: dict[type, Callable[..., Any]] = {
    ast.Constant: Evaluator.constant,
    ast.Name: Evaluator.name,
    ast.Attribute: Evaluator.attribute,
    ast.List: Evaluator.sequence,
    ast.Tuple: Evaluator.sequence,
    ast.BinOp: Evaluator.binary,
    ast.UnaryOp: Evaluator.unary,
    ast.Compare: Evaluator.compare,
    ast.IfExp: Evaluator.conditional,
    ast.Subscript: Evaluator.subscript,
    ast.ListComp: Evaluator.comprehension,
    ast.GeneratorExp: Evaluator.comprehension,
    ast.Call: Evaluator.call,
}
_STATEMENTS: dict[type, Callable[..., None]] = {
    ast.Assign: Evaluator.assign,
    ast.AnnAssign: Evaluator.assign,
    ast.Expr: Evaluator.expression,
    ast.AugAssign: Evaluator.augment,
    ast.For: Evaluator.loop,
    ast.If: Evaluator.choice,
    ast.ClassDef: Evaluator.define,
    ast.FunctionDef: Evaluator.define,
}
