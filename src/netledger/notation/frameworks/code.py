"""Code of PyTorch's or Keras' layers where a description is expected: the same layers in the notation. Nothing is run.

>>> print(as_notation("nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU())"), end="")
network(title="PyTorch's layers as written")
conv2d(64, 3, in_channels=3, name="0")
relu(name="1")
"""

from __future__ import annotations

import ast

from netledger.errors import LimitError, NotationError
from netledger.layers import KINDS
from netledger.notation.frameworks import TITLES
from netledger.notation.frameworks.calls import Constructed, framework_of, not_understood, values_of
from netledger.notation.literals import NameScope, literal
from netledger.notation.syntax import line_of, syntax_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_IGNORED = frozenset(("build", "compile", "cuda", "eval", "fit", "print", "summary", "to", "train"))
"""What is done with a model that changes none of its layers."""


def as_notation(text: str) -> str | None:
    """The text of a description of the same layers; ``None`` where ``text`` is no code of a framework's layers.

    A chain is understood: one layer, several below each other, a ``Sequential`` with others in it, Keras'
    ``model.add(…)``. Raises ``NotationError`` at what is code but no such chain: a class, a layer without a rule.
    """
    if "(" not in text:
        return None
    try:
        tree = syntax_tree(text)
    except (NotationError, LimitError):  # longer than code of layers ever is: a description, whose fault is told
        return None
    if any(map(_is_ours, tree.body)):
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    framework = framework_of(calls) or ("pytorch" if any(map(_is_model, tree.body)) else None)
    if framework is None:
        return None
    try:
        return _translated(_Code(framework), tree, framework)
    except NotationError as error:
        if error.line is not None:
            error.source_line = line_of(text, error.line)
        raise


def _is_ours(statement: ast.stmt) -> bool:
    """Whether a statement is a layer in the notation: what a description has beside it may be spelt wrongly."""
    call = getattr(statement, "value", None)
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KINDS


def _is_model(statement: ast.stmt) -> bool:
    """Whether a statement defines a model's class, by its base."""
    bases = statement.bases if isinstance(statement, ast.ClassDef) else []
    return any(ast.unparse(base).rpartition(".")[2] in ("Module", "Model", "LightningModule") for base in bases)


def _translated(code: _Code, tree: ast.Module, framework: str) -> str:
    for statement in tree.body:
        code.statement(statement)
    if framework == "keras":
        from netledger.notation.frameworks.keras import written

        lines = written(code.chain())
    else:
        from netledger.notation.frameworks.pytorch import constructed

        lines = [constructed(layer, name) for name, layer in code.chain()]
    header = f'network(title="{TITLES[framework]}")'
    return "\n".join([header, *lines, ""])


class _Code:
    """What the statements so far have made: values by name, and models and layers that nothing else holds."""

    def __init__(self, framework: str) -> None:
        self.framework = framework
        self.values = NameScope()
        self.made: dict[str, Constructed] = {}
        self.loose: list[tuple[str, Constructed]] = []

    def statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass):
            return
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            self.assign(statement.targets[0], statement.value)
        elif isinstance(statement, ast.Expr):
            self.expression(statement.value)
        elif isinstance(statement, ast.ClassDef):
            raise not_understood(
                f"'{statement.name}' is a class: what it makes is known when it is run", statement,
                f"keep it in a file: netledger show model.py:{statement.name} runs it, with torch installed",
            )  # fmt: skip
        else:
            raise not_understood("only layers below each other are read of code", statement)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        if not isinstance(target, ast.Name):
            raise not_understood("only layers below each other are read of code", target)
        if isinstance(value, ast.Call):
            self.made[target.id] = made = self.layer(value)
            self.loose.append((target.id, made))
        else:
            self.values[target.id] = literal(value, self.values)

    def expression(self, value: ast.expr) -> None:
        if isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id in self.made):
            return
        if not isinstance(value, ast.Call):
            raise not_understood("only layers below each other are read of code", value)
        method = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        owner = value.func.value if isinstance(value.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id in self.made and method in ("add", "append", "add_module"):
            self.made[owner.id].items.append(self.item(value.args[-1]) if value.args else ("", self.layer(value)))
        elif method not in _IGNORED:
            self.loose.append(("", self.layer(value)))

    def layer(self, node: ast.expr) -> Constructed:
        """A constructor's call, or the name of something made above."""
        if isinstance(node, ast.Name) and node.id in self.made:
            found = self.made[node.id]
            self.loose = [(name, one) for name, one in self.loose if one is not found]
            return found
        if not isinstance(node, ast.Call):
            raise not_understood("this is no layer", node)
        made = Constructed(node)
        if made.short == "Sequential":
            made.items = [item for argument in made.layers() for item in self.items(argument)]
        elif made.short in ("Bidirectional", "TimeDistributed") and node.args:
            made.items = [("", self.layer(node.args[0]))]
        else:
            values_of(made, self.values)
        return made

    def items(self, node: ast.expr) -> Iterator[tuple[str, Constructed]]:
        """The layers of an argument: itself, those of a list, those of an ``OrderedDict``."""
        if isinstance(node, ast.List | ast.Tuple):
            for element in node.elts:
                yield self.item(element)
        elif isinstance(node, ast.Call) and Constructed(node).short in ("OrderedDict", "dict") and node.args:
            yield from self.items(node.args[0])
        else:
            yield self.item(node)

    def item(self, node: ast.expr) -> tuple[str, Constructed]:
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[0], ast.Constant):
            return str(node.elts[0].value), self.layer(node.elts[1])
        return "", self.layer(node)

    def chain(self) -> list[tuple[str, Constructed]]:
        """The layers in their order, with the names that the framework gives them (empty: none)."""
        models = [(name, made) for name, made in self.loose if made.short == "Sequential"]
        if models and len(self.loose) > 1:
            raise not_understood("several networks in the code: give one", self.loose[1][1].node)
        if not models:
            return self.loose
        return list(_flat(models[0][1], "", self.framework == "pytorch"))


def _flat(model: Constructed, prefix: str, numbered: bool) -> Iterator[tuple[str, Any]]:
    for number, (name, made) in enumerate(model.items):
        path = f"{prefix}{name or (number if numbered else '')}"
        if made.short == "Sequential":
            yield from _flat(made, f"{path}." if path else "", numbered)
        else:
            yield path, made
