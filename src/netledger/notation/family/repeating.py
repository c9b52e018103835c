"""A family's loop whose turns differ in their number alone: one turn is read, the others are that one renamed.

What a turn decides - the tests of its ``if``, the values it works out - is evaluated first. Two turns that decide alike
and read the same values make the same layers; only the texts that hold the number differ.
"""

from __future__ import annotations

import _ast

from netledger.limits import LAYERS
from netledger.network import Layer, Run
from netledger.notation.literals import NameScope, is_value, literal
from netledger.notation.syntax import parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from netledger.notation.reading import Reader

    Pairs = list[tuple[str, str]]


class _Unlike(Exception):
    """A body that holds what cannot be told in advance: a loop, a definition."""


class _Turn:
    """One turn that was read: its texts with the number, those of the turn before, its layers, names around it."""

    __slots__ = ("above", "after", "before", "earlier", "end", "number", "repeats", "start", "texts")

    def __init__(self, number: int, texts: list[str], earlier: list[str], start: int, before: dict[str, str]) -> None:
        self.number, self.texts, self.earlier, self.start, self.before = number, texts, earlier, start, before
        self.end, self.after = start, before
        self.above: str | None = None
        self.repeats = False
        """Whether the turn behind it was made from it."""


class Repetition:
    """The turns of one loop: those that were read, by what they decided."""

    def __init__(self, reader: Reader, statement: _ast.For, variable: str) -> None:
        self.reader, self.body, self.variable = reader, statement.body, variable
        self.turns: dict[tuple[Any, ...], _Turn] = {}
        self.earlier: list[str] = []
        self.names: dict[int, frozenset[str]] = {}
        self.now: tuple[tuple[Any, ...], list[str]] | None = None
        self.works = True
        self.carried = sorted(_carried(statement.body, _assigned(statement.body) - {variable}, set()))
        self.before: list[str] = []
        self.template: _Turn | None = None

    def begin(self) -> bool:
        """Whether this turn was made from an earlier one; else it is to be read, and :meth:`end` told."""
        if not self.works:
            return False
        try:
            key, texts, scope = self._decided(self.body)
            known = self.turns.get(key)
        except (_Unlike, TypeError):
            self.works = False
            return False
        made = known is not None and self._made(known, texts)
        if made:
            self.reader.values.update(scope)
            self.before, self.earlier, self.template = self.earlier, texts, known
            return True
        number: int = self.reader.values[self.variable]
        self.now = key, texts
        self.turns[key] = _Turn(number, texts, self.earlier, len(self.reader.layers), dict(self.reader.variables))
        return False

    def end(self) -> None:
        """The turn was read."""
        if not self.works or self.now is None:
            return
        key, texts = self.now
        turn = self.turns[key]
        turn.end, turn.after, turn.above = len(self.reader.layers), dict(self.reader.variables), self.reader.above
        self.earlier, self.now = texts, None

    def alike(self, left: range) -> int:
        """How many of the turns that are left are the one just made with other numbers; they are kept as a run, and the
        reader stands where it would stand behind them.
        """
        reader, turn = self.reader, self.template
        now: int = reader.values[self.variable]
        if turn is None or len(left) < 2 or left.step != 1:
            return 0
        turn.repeats = turn.repeats or turn.number == now - 1
        if not turn.repeats:
            return 0
        from netledger.notation.family.unrolling import Taken, is_plain, prefix_of

        layers = reader.layers[turn.start : turn.end]
        here = _fewest(zip(turn.texts, self.earlier, strict=True))
        prefix = prefix_of(here, turn.number, now)
        named = reader.values.sizes is not None and reader.values.sizes.loops is not None
        carries = any(name in reader.values for name in self.carried)
        if prefix is None or named or carries or not is_plain(layers) or len(layers) * len(left) > LAYERS:
            return 0
        left = left[: self._decide_alike(left)]
        if len(left) < 2:
            return 0

        def to(number: int) -> tuple[Pairs, Pairs]:
            here = (f"{prefix}{turn.number}", f"{prefix}{number}")
            return [here], [here, (f"{prefix}{turn.number - 1}", f"{prefix}{number - 1}")]

        told = here + _fewest(zip(turn.earlier, self.before, strict=True))
        if any(_renamed(value, told) != _renamed(value, to(now)[1]) for value in turn.before.values()):
            return 0  # what stands around the loop has a name like one of its turns

        def make(number: int) -> list[Layer]:
            here, both = to(number)
            return [_copied(layer, _renamed(layer.path, here), here, both) for layer in layers]

        run = Run(tuple(make(left[0])), len(left), prefix, left[0], make)
        if any(run.holds(path) for path in reader.paths):
            return 0
        reader.values[self.variable] = left[-1]
        _, self.earlier, scope = self._decided(self.body)
        reader.values.update(scope)
        reader.runs.append((len(reader.layers), run))
        reader.names.taken = reader.paths = taken = Taken(reader.paths)
        taken.runs += [each for _, each in reader.runs]
        self._stand_behind(turn, make(left[-1]), to(left[-1])[1])
        return len(left)

    def _decide_alike(self, left: range) -> int:
        """How many turns from here on decide what the one just made decided; all where none looks at its number."""
        from netledger.notation.family.unrolling import asking, does_more

        if does_more(self.body):
            return 0
        asks = asking(self.body, self.variable)
        if not asks:
            return len(left)
        values, now = self.reader.values, self.reader.values[self.variable]
        decided, count = self._decided(asks)[0], 0
        for values[self.variable] in left:
            if self._decided(asks)[0] != decided:
                break
            count += 1
        values[self.variable] = now
        return count

    def _decided(self, body: list[_ast.stmt]) -> tuple[tuple[Any, ...], list[str], NameScope]:
        """What ``body`` decides for the number that the reader has now, its texts with the number, and its values."""
        scope = NameScope(dict(self.reader.values), self.reader.values.sizes)
        decided: list[Any] = [scope.get(name) for name in self.carried]
        texts: list[str] = []
        self._decide(body, scope, decided, texts, {self.variable})
        return tuple(decided), texts, scope

    # -------------------------------------------------------------- what a turn decides

    def _decide(
        self,
        statements: list[_ast.stmt],
        scope: NameScope,
        decided: list[Any],
        texts: list[str],
        numbered: set[str],
    ) -> None:
        for statement in statements:
            if isinstance(statement, _ast.If):
                chosen = bool(literal(statement.test, scope))
                decided.append(chosen)
                self._decide(statement.body if chosen else statement.orelse, scope, decided, texts, numbered)
            elif isinstance(statement, _ast.Assign | _ast.Expr):
                self._decide_one(statement, scope, decided, texts, numbered)
            else:
                raise _Unlike

    def _decide_one(
        self,
        statement: _ast.Assign | _ast.Expr,
        scope: NameScope,
        decided: list[Any],
        texts: list[str],
        numbered: set[str],
    ) -> None:
        value = statement.value
        if isinstance(value, _ast.Call) and not is_value(value, scope):
            for argument in [*value.args, *[keyword.value for keyword in value.keywords]]:
                if not numbered.isdisjoint(self._names_of(argument)):
                    self._note(literal(argument, scope), argument, decided, texts)
            return
        if not isinstance(statement, _ast.Assign) or len(statement.targets) != 1:
            raise _Unlike
        target = statement.targets[0]
        if not isinstance(target, _ast.Name):
            raise _Unlike
        if isinstance(value, _ast.Name) and value.id not in scope:
            scope.pop(target.id, None)
            return
        worked = literal(value, scope)
        self._note(worked, value, decided, texts)
        scope[target.id] = worked
        if not isinstance(value, _ast.JoinedStr):
            numbered.add(target.id)

    def _names_of(self, node: _ast.expr) -> frozenset[str]:
        known = self.names.get(id(node))
        if known is None:
            known = self.names[id(node)] = frozenset(_names_in(node))
        return known

    def _note(self, value: Any, node: _ast.expr, decided: list[Any], texts: list[str]) -> None:
        if isinstance(node, _ast.JoinedStr):
            texts.append(value.lstrip("."))  # below a root without a name
        else:
            decided.append(value)

    # -------------------------------------------------------------- a turn made from another

    def _made(self, turn: _Turn, texts: list[str]) -> bool:
        reader = self.reader
        here = _fewest(zip(turn.texts, texts, strict=True))
        back = _fewest(zip(turn.earlier, self.earlier, strict=False))
        if not here or len(turn.earlier) != len(self.earlier) or len(reader.layers) + turn.end - turn.start > LAYERS:
            return False
        both = here + back
        if any(_renamed(value, here) != value for value in turn.before.values()):
            return False  # what stands around the loop has a name like the turn's own
        before = {name: _renamed(value, back) for name, value in turn.before.items()}
        if before != {name: reader.variables.get(name) for name in before}:
            return False
        shapes = reader.shapes
        if any(shapes.get(value) != shapes.get(before[name]) for name, value in turn.before.items()):
            return False  # the same layers over another size: a row of convolutions shortens what it reads
        layers = []
        for layer in reader.layers[turn.start : turn.end]:
            path = _renamed(layer.path, here)
            if path == layer.path or path in reader.paths:
                return False
            layers.append(_copied(layer, path, here, both))
        reader.paths.update([layer.path for layer in layers])
        self._stand_behind(turn, layers, both)
        reader.layers += layers
        return True

    def _stand_behind(self, turn: _Turn, layers: list[Layer], both: Pairs) -> None:
        """The reader's names and shapes after these layers, which were made of that turn."""
        reader = self.reader
        for old, new in zip(reader.layers[turn.start : turn.end], layers, strict=True):
            for there, value in zip(old.outputs, new.outputs, strict=True):
                if there in reader.shapes:
                    reader.shapes[value] = reader.shapes[there]
        reader.variables = {name: _renamed(value, both) for name, value in turn.after.items()}
        reader.above = _renamed(turn.above, both) if turn.above is not None else None


def _assigned(statements: list[_ast.stmt]) -> set[str]:
    """The names that a body assigns."""
    names = set[str]()
    for statement in statements:
        if isinstance(statement, _ast.If):
            names |= _assigned(statement.body) | _assigned(statement.orelse)
        elif isinstance(statement, _ast.Assign):
            names |= {target.id for target in statement.targets if isinstance(target, _ast.Name)}
    return names


def _carried(statements: list[_ast.stmt], names: set[str], known: set[str]) -> set[str]:
    """Those of ``names`` that a turn reads before it assigns them: what the turn before left in them."""
    found = set[str]()
    for statement in statements:
        if isinstance(statement, _ast.If):
            found |= (names - known).intersection(_names_in(statement.test))
            found |= _carried(statement.body, names, set(known)) | _carried(statement.orelse, names, set(known))
        elif isinstance(statement, _ast.Assign | _ast.Expr):
            found |= (names - known).intersection(_names_in(statement.value))
            if isinstance(statement, _ast.Assign):
                known |= {target.id for target in statement.targets if isinstance(target, _ast.Name)}
    return found


def _names_in(node: _ast.expr) -> Iterator[str]:
    """The names that an expression reads."""
    return (part.id for part in parts_of(node) if isinstance(part, _ast.Name))


def _fewest(texts: Iterable[tuple[str, str]]) -> Pairs:
    """The texts that differ, without those that a shorter one's renaming makes anyway; the longest first."""
    kept: Pairs = []
    for old, new in sorted([pair for pair in set(texts) if pair[0] != pair[1]], key=_length):
        if _renamed(old, kept) != new:
            kept.insert(0, (old, new))
    return kept


def _length(pair: tuple[str, str]) -> int:
    return len(pair[0])


def _renamed(path: str, pairs: Pairs) -> str:
    for old, new in pairs:
        if path.startswith(old) and (len(path) == len(old) or path[len(old)] in ".:"):
            return new + path[len(old) :]
    return path


def _copied(layer: Layer, path: str, here: Pairs, both: Pairs) -> Layer:
    inputs = tuple([_renamed(name, both) for name in layer.inputs])
    outputs = (path,) if layer.outputs == (layer.path,) else tuple([_renamed(name, here) for name in layer.outputs])
    share = _renamed(layer.share, here) if layer.share is not None else None
    attributes: Mapping[str, Any] = layer.attributes
    return Layer(
        path, layer.kind, attributes, inputs, outputs, layer.tensors, layer.trainable, layer.dtype, share,
        layer.input_shapes, layer.output_shapes, layer.type, layer.unknown, layer.meta,
    )  # fmt: skip
