"""Turns of a family's loop that need not be read one by one, since they decide alike.

Of a turn that was made from the one before it, those that follow and decide the same are made in the same way: they are
kept as one :class:`~netledger.network.Run`. Where the loop's variable stands in texts alone (``f"layers.{i}"``), and
these texts are names of layers and nothing else, no turn can decide anything else, and none is asked.
"""

from __future__ import annotations

import _ast

from netledger.notation.literals import NameScope, is_value
from netledger.notation.syntax import parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.network import Layer, Run

    Pairs = list[tuple[str, str]]


_TELLING = frozenset(("told", "require", "unused", "part", "network"))


class Taken(set[str]):
    """Paths that are taken: those it holds, and those of the runs."""

    def __init__(self, paths: Iterable[str]) -> None:
        super().__init__(paths)
        self.runs: list[Run] = []

    def __contains__(self, path: object) -> bool:
        return super().__contains__(path) or any(run.holds(str(path)) for run in self.runs)


def asking(statements: list[_ast.stmt], variable: str) -> list[_ast.stmt]:
    r"""The statements of a body that do more with the number of its turn than write it into the names of layers, with
    those that work out what they read: what they decide is what one turn may decide and another not.

    >>> from ast import parse, unparse
    >>> def asks(body):
    ...     return [unparse(one) for one in asking(parse(body).body, "i")]
    >>> asks('here = f"layers.{i}"\nx = linear(x, 4, name=f"{here}.fc")')
    []
    >>> asks('wide = 8\nx = relu(x)\nx = linear(x, wide + i)')
    ['wide = 8', 'x = linear(x, wide + i)']
    """
    texts = {variable}
    asks = [_looks(statement, texts, variable) for statement in statements]
    while True:
        read = {name for own, ask in zip(statements, asks, strict=True) if ask for name in _names(own)}
        more = [ask or _assigns(own, read) for own, ask in zip(statements, asks, strict=True)]
        if more == asks:
            return [statement for statement, ask in zip(statements, asks, strict=True) if ask]
        asks = more


def _assigns(statement: _ast.stmt, names: set[str]) -> bool:
    """Whether a value, no layer, gets one of these names."""
    if isinstance(statement, _ast.If):
        return any(_assigns(each, names) for each in [*statement.body, *statement.orelse])
    if not isinstance(statement, _ast.Assign):
        return False
    value = statement.value
    of_layers = isinstance(value, _ast.Call) and not is_value(value, NameScope())
    return not of_layers and any(isinstance(target, _ast.Name) and target.id in names for target in statement.targets)


def _names(node: _ast.AST) -> set[str]:
    return {part.id for part in parts_of(node) if isinstance(part, _ast.Name)}


def does_more(statements: list[_ast.stmt]) -> bool:
    """Whether a body does more than make layers: tells, refuses, reads another family."""
    calls = [part for statement in statements for part in parts_of(statement) if isinstance(part, _ast.Call)]
    return any(not isinstance(call.func, _ast.Name) or call.func.id in _TELLING for call in calls)


def _looks(statement: _ast.stmt, texts: set[str], variable: str) -> bool:
    if isinstance(statement, _ast.If):
        inside = [*statement.body, *statement.orelse]
        return _reads(statement.test, texts) or any(_looks(each, texts, variable) for each in inside)
    if not isinstance(statement, _ast.Assign | _ast.Expr):
        return True
    value = statement.value
    if isinstance(value, _ast.JoinedStr) and isinstance(statement, _ast.Assign):
        if not _plain(value, texts):
            return True
        if _reads(value, texts):
            texts.update([target.id for target in statement.targets if isinstance(target, _ast.Name)])
        return False
    if not isinstance(value, _ast.Call) or is_value(value, NameScope()):
        return _reads(value, texts)
    arguments = [*value.args, *[keyword.value for keyword in value.keywords]]
    return not all(_is_name_of_layers(argument, texts, variable) for argument in arguments)


def _is_name_of_layers(node: _ast.expr, texts: set[str], variable: str) -> bool:
    if isinstance(node, _ast.JoinedStr):
        return _plain(node, texts)
    return (isinstance(node, _ast.Name) and node.id != variable) or not _reads(node, texts)


def _plain(text: _ast.JoinedStr, texts: set[str]) -> bool:
    """Whether a text holds numbered names as they are: ``{i}``, not ``{i + 1}`` or ``{i:02}``."""
    return not any(
        isinstance(part, _ast.FormattedValue)
        and _reads(part, texts)
        and not (isinstance(part.value, _ast.Name) and part.conversion == -1 and part.format_spec is None)
        for part in text.values
    )


def _reads(node: _ast.AST, texts: set[str]) -> bool:
    return any(isinstance(part, _ast.Name) and part.id in texts for part in parts_of(node))


def prefix_of(pairs: Pairs, number: int, other: int) -> str | None:
    """What stands before the number in every text that differs between two turns, where the number ends a part of the
    path: ``layers.`` of ``layers.7.norm`` and ``layers.8.norm``.

    >>> prefix_of([("layers.7.norm", "layers.8.norm"), ("layers.7", "layers.8")], 7, 8)
    'layers.'
    >>> prefix_of([("layers.7", "layers.8"), ("norms.7", "norms.8")], 7, 8)
    """
    found = {_before(old, new, str(number), str(other)) for old, new in pairs}
    return found.pop() if len(found) == 1 else None


def _before(old: str, new: str, number: str, other: str) -> str | None:
    parts = old.split(".")
    for place, part in enumerate(parts):
        head = part.removesuffix(number)
        if head != part and new == ".".join([*parts[:place], head + other, *parts[place + 1 :]]):
            return None if head[-1:].isdigit() else ".".join([*parts[:place], head])
    return None


def is_plain(layers: Iterable[Layer]) -> bool:
    """Whether nothing is said of one of these layers that is not said of the others like it."""
    return not any(
        layer.meta or layer.share or layer.unknown or layer.tensors or layer.kind == "input" for layer in layers
    )
