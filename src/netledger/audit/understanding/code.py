"""The modules that source code makes: an evaluator of a few harmless expressions over PyTorch's and Keras' layers.

Numbers, tuples, lists, arithmetic, names, loops over literal ranges and the classes of the text itself; nothing of the
text is ever run. What is beyond that is not known, and a layer made of it is left open.
"""

from __future__ import annotations

import ast

from netledger.audit.understanding.code_composites import COMPOSITES
from netledger.audit.understanding.code_definitions import (
    MOST_DEPTH,
    NOT_MADE,
    Class,
    Function,
    call,
    constants_of,
    construct,
    make,
)
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
        self.functions: dict[str, Function] = {}
        self.calls = 0
        self.returned: tuple[Any] | None = None

    # ---------------------------------------------------------------------- statements

    def run(self, body: list[Statement], names: dict[str, Any], owner: Module | None = None) -> None:
        """Go through statements: assignments, loops over what is known, the branch of an ``if`` that is known."""
        held: bool | None = False
        """Whether a branch of the ``if`` above was taken; ``None`` where nobody knows."""
        for statement in body:
            if self.returned is not None:
                return
            self.line_no = statement.line_no
            if isinstance(statement.node, ast.If):
                held = self.choice(statement, names, owner, held if statement.is_else else False)
                continue
            runner = _STATEMENTS.get(type(statement.node))
            if runner is not None:
                runner(self, statement, names, owner)

    def assign(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """``name = …``, ``self.name = …``, ``a, b = …``."""
        node = statement.node
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        if node.value is None or self._tie(node, names, owner):
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

    def choice(
        self, statement: Statement, names: dict[str, Any], owner: Module | None, held: bool | None
    ) -> bool | None:
        """An ``if``: what is below it where its condition is known to hold, and no branch above it did (``held``)."""
        node = statement.node
        assert isinstance(node, ast.If)
        if held:
            return True
        holds = self.value(node.test, names, owner)
        if isinstance(holds, bool) and held is not None:
            if holds:
                self.run(statement.below, names, owner)
            return holds
        if any(isinstance(inner.node, ast.Assign | ast.Expr) for inner in statement.below) and _is_main(node.test):
            self.run(statement.below, names, owner)
        elif any(_makes_layers(inner) for inner in statement.below):
            self.doubts.append(f"line {statement.line_no}: layers under a condition that is not known")
        return None

    def define(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """A class of the text: kept, and made where it is called."""
        node = statement.node
        if isinstance(node, ast.ClassDef):
            self.classes[node.name] = statement
        elif isinstance(node, ast.FunctionDef) and (owner is not None or self.depth):
            names[node.name] = Function(statement, node, method=False)
        elif isinstance(node, ast.FunctionDef):
            if node.name == "__init__":  # half a class
                construct(self, statement, node, [], {}, self.instances.setdefault("", Module("class")), {})
            elif node.name not in NOT_MADE:
                self.functions[node.name] = Function(statement, node, method=False)

    def give(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """A ``return``: of a function that is called, and of nothing else."""
        node = statement.node
        if isinstance(node, ast.Return) and self.depth:
            self.returned = (self.value(node.value, names, owner) if node.value is not None else None,)

    @staticmethod
    def makes_layers(statement: Statement) -> bool:
        """Whether a layer's class is called in a statement or below it."""
        return _makes_layers(statement)

    def _tie(self, node: ast.Assign | ast.AnnAssign, names: dict[str, Any], owner: Module | None) -> bool:
        """``self.wte.weight = self.lm_head.weight``: the linear layer has the table's tensor."""
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        sides = (target, node.value)
        if not all(isinstance(side, ast.Attribute) and side.attr == "weight" for side in sides):
            return False
        owners = [side.value for side in sides if isinstance(side, ast.Attribute)]
        pieces = {dotted_name(one).removeprefix("self."): self.value(one, names, owner) for one in owners}
        table = next((name for name, piece in pieces.items() if isinstance(piece, Piece) and piece.kind == "embedding"), "")
        linear = next((one for one in pieces.values() if isinstance(one, Piece) and one.kind == "linear"), None)
        if table and linear is not None:
            linear.attributes["tied"] = table
        elif any(isinstance(one, Piece) for one in pieces.values()):
            self.doubts.append(f"line {self.line_no}: tensors that are shared in a way that is not read")
        return True

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
        if found is None and node.id in self.classes:
            return Class(node.id)
        if found is None and node.id in self.functions:
            return self.functions[node.id]
        return found if found is not None else Unclear(f"'{node.id}'")

    def attribute(self, node: ast.Attribute, names: dict[str, Any], owner: Module | None) -> Any:
        """``self.width``, ``config.width``."""
        dotted = dotted_name(node)
        if dotted in names:
            return names[dotted]
        base = self.value(node.value, names, owner)
        if isinstance(base, Class):
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
            return Unclear("a dictionary", layers=_names_layers(node))
        return dict(zip(keys, [self.value(one, names, owner) for one in node.values], strict=True))

    def formatted(self, node: ast.JoinedStr, names: dict[str, Any], owner: Module | None) -> Any:
        """``f"fc{i}"``."""
        parts = [
            self.value(part.value if isinstance(part, ast.FormattedValue) else part, names, owner)
            for part in node.values
        ]
        return "".join([str(part) for part in parts]) if not any(isinstance(p, Unclear) for p in parts) else Unclear("a text")

    def function(self, node: ast.Lambda, names: dict[str, Any], owner: Module | None) -> Any:
        """``lambda a, b: nn.Linear(a, b)``."""
        return Function(None, node, method=False)

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
        function = names.get(dotted, self.functions.get(dotted))
        if isinstance(function, Function):
            return call(self, function, arguments, keywords, names, owner)
        if isinstance(function, Class):
            return self._called(function.name, function.name, arguments, keywords, owner)
        if self.framework == "keras" and isinstance(names.get(dotted), Piece) and len(arguments) == 1:
            return self._applied(names[dotted], arguments[0])
        return self._called(dotted, short, arguments, keywords, owner)

    def _called(
        self, dotted: str, short: str, arguments: list[Any], keywords: dict[str, Any], owner: Module | None = None
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
        return self._applied(layer, argument)

    def _applied(self, layer: Any, argument: Any) -> Any:
        """A layer behind a value."""
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
    ast.BoolOp: Evaluator.either,
    ast.Dict: Evaluator.mapping,
    ast.JoinedStr: Evaluator.formatted,
    ast.Lambda: Evaluator.function,
}
_STATEMENTS: dict[type, Callable[..., None]] = {
    ast.Assign: Evaluator.assign,
    ast.AnnAssign: Evaluator.assign,
    ast.Expr: Evaluator.expression,
    ast.AugAssign: Evaluator.augment,
    ast.For: Evaluator.loop,
    ast.ClassDef: Evaluator.define,
    ast.FunctionDef: Evaluator.define,
    ast.Return: Evaluator.give,
}
