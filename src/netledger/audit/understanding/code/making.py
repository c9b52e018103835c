"""The modules that source code makes: an evaluator of a few harmless expressions over PyTorch's and Keras' layers.

Numbers, tuples, lists, arithmetic, names, loops over literal ranges and the classes of the text itself; nothing of the
text is ever run. What is beyond that is not known, and a layer made of it is left open.
"""

from __future__ import annotations

import ast

from netledger.audit.understanding.code.definitions import MOST_DEPTH, NOT_MADE, TextFunction, construct
from netledger.audit.understanding.code.expressions import Expressions, makes_layers
from netledger.audit.understanding.code.functions import arithmetic, dotted_name
from netledger.audit.understanding.code.layers import Unclear
from netledger.audit.understanding.code.modules import MOST_LAYERS, MOST_TIMES, Module
from netledger.audit.understanding.pieces import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.audit.understanding.code.statements import Statement


class Evaluator(Expressions):
    """Evaluates a text's statements; ``made`` are the layers of Keras models in the order of their making."""

    def run(self, body: list[Statement], names: dict[str, Any], owner: Module | None = None) -> None:
        """Go through statements: assignments, loops over what is known, the branch of an ``if`` that is known."""
        held: bool | None = False
        """Whether a branch of the ``if`` above was taken; ``None`` where nobody knows."""
        outer = self.line_no, self.last_line
        for statement in body:
            if self.returned is not None:
                break
            self.line_no, self.last_line = statement.line_no, statement.last_line
            if isinstance(statement.node, ast.If):
                held = self.choice(statement, names, owner, held if statement.is_else else False)
                continue
            runner = _STATEMENTS.get(type(statement.node))
            if runner is not None:
                runner(self, statement, names, owner)
        self.line_no, self.last_line = outer

    def assign(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """``name = …``, ``self.name = …``, ``a, b = …``."""
        node = statement.node
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        if node.value is None or self._tie(node, names, owner):
            return
        value = self.value(node.value, names, owner)
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            self.bind(target, value, names, owner)

    def bind(self, target: ast.expr, value: Any, names: dict[str, Any], owner: Module | None) -> None:
        """Give a name, an attribute or several names their value."""
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
                self.bind(part, one, names, owner)

    def expression(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """``model.add(…)``, ``layers.append(…)``, ``layers += […]``, a bare call."""
        node = statement.node
        assert isinstance(node, ast.Expr)
        value = self.value(node.value, names, owner)
        if owner is None:
            several = value if isinstance(value, tuple) else (value,)  # "nn.BatchNorm2d(64), nn.ReLU(True),"
            self.alone.extend([one for one in several if isinstance(one, Piece)])

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
            self.bind(node.target, one, names, owner)
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
        if held is not None and (holds is None or isinstance(holds, int | str | list | tuple | dict)):
            holds = bool(holds)
            if holds:
                self.run(statement.below, names, owner)
            return holds
        if any(isinstance(inner.node, ast.Assign | ast.Expr) for inner in statement.below) and _is_main(node.test):
            self.run(statement.below, names, owner)
        elif any(makes_layers(inner) for inner in statement.below):
            self.doubts.append(f"line {statement.line_no}: layers under a condition that is not known")
        return None

    def define(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """A class of the text: kept, and made where it is called."""
        node = statement.node
        if isinstance(node, ast.ClassDef):
            self.classes[node.name] = statement
        elif isinstance(node, ast.FunctionDef) and (owner is not None or self.depth):
            names[node.name] = TextFunction(statement, node, method=False)
        elif isinstance(node, ast.FunctionDef):
            if node.name == "__init__":  # half a class
                construct(self, statement, node, [], {}, self.instances.setdefault("", Module("class")), {})
            elif node.name not in NOT_MADE:
                self.functions[node.name] = TextFunction(statement, node, method=False)

    def give(self, statement: Statement, names: dict[str, Any], owner: Module | None) -> None:
        """A ``return``: of a function that is called, and of nothing else."""
        node = statement.node
        if isinstance(node, ast.Return) and self.depth:
            self.returned = (self.value(node.value, names, owner) if node.value is not None else None,)

    def _tie(self, node: ast.Assign | ast.AnnAssign, names: dict[str, Any], owner: Module | None) -> bool:
        """``self.wte.weight = self.lm_head.weight``: the linear layer has the table's tensor."""
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        sides = (target, node.value)
        if not all(isinstance(side, ast.Attribute) and side.attr == "weight" for side in sides):
            return False
        owners = [side.value for side in sides if isinstance(side, ast.Attribute)]
        pieces = {dotted_name(one).removeprefix("self."): self.value(one, names, owner) for one in owners}
        table = next(
            (name for name, piece in pieces.items() if isinstance(piece, Piece) and piece.kind == "embedding"), ""
        )
        linear = next((one for one in pieces.values() if isinstance(one, Piece) and one.kind == "linear"), None)
        if table and linear is not None:
            linear.attributes["tied"] = table
        elif any(isinstance(one, Piece) for one in pieces.values()):
            self.doubts.append(f"line {self.line_no}: tensors that are shared in a way that is not read")
        return True


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


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
