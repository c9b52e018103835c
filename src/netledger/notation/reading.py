"""Text → Network: Python's parser makes the tree, this walks it; nothing is ever run."""

from __future__ import annotations

import _ast

from netledger.errors import NetledgerError, NotationError, ShapeError
from netledger.layers import KINDS
from netledger.limits import LAYERS, REPEAT, STEPS_ANYWAY, STEPS_PER_BYTE
from netledger.network import Layer, Network
from netledger.network_builder import NetworkBuilder
from netledger.notation.arguments import foreign, parameter_names, read_arguments, read_tensors, typed
from netledger.notation.fields import NETWORK, check_unused
from netledger.notation.literals import NameScope, fault, is_value, literal
from netledger.notation.syntax import Comments, line_of, syntax_trees
from netledger.records import Rolled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.network import Run
    from netledger.notation.family.functions import Routine
    from netledger.notation.family.sizes import Sizes

NO_INPUT = frozenset(("input", "parameter", "constant", "tensors"))
"""Kinds that never read the layer above."""

_HEADER = ("title", "source", "published", "notes", "dtype", "batched", "assumed", "outputs")


def read_text(
    text: str, name: str, sizes: Sizes | None = None, library: Callable[[str], str] | None = None,
    families: Callable[[str], str | None] | None = None,
) -> Network:  # fmt: skip
    """The network that ``text`` describes; ``name`` is what it is called.

    ``sizes`` gives a family's named sizes their values; ``library`` the text of a name in ``from NAME import …``,
    ``families`` that of a model type in ``part(…)``.
    """
    trees = syntax_trees(text)
    first = next(trees)
    reader = Reader(name, NameScope(None, sizes))
    reader.library, reader.families = library, families
    if sizes is None:
        reader.most_steps = STEPS_ANYWAY + STEPS_PER_BYTE * len(text)
    try:
        if "#" in text and sizes is None:
            reader.comments = Comments(text)
        reader.block(first.body, {})
        for tree in trees:
            reader.block(tree.body, {})
    except NetledgerError as error:
        if isinstance(error, NotationError) and error.line is not None and error.source_line is None:
            error.source_line = line_of(text, error.line)
            if error.column is not None and error.source_line is not None:  # Python counts the bytes before it
                before = error.source_line.encode("utf-8", "surrogatepass")[: error.column - 1]
                error.column = len(before.decode("utf-8", "surrogatepass")) + 1
        raise
    check_unused(reader.layers)
    below = reader.comments.below()
    if below:
        reader.meta["comment_below"] = below
    return reader.network()


_FEW = 3
"""Turns of a loop that are simply read."""
_FAR = 2**40
"""Bounds of a loop beyond it are no different: both are more repetitions than a description may have."""


class Reader(NetworkBuilder):
    """The state of one walk: names bound to values, shapes of values, the layers so far."""

    def __init__(self, name: str, values: NameScope) -> None:
        super().__init__()
        self.name = name
        self.values = values
        self.functions: dict[str, Routine] = {}
        self.library: Callable[[str], str] | None = None
        self.families: Callable[[str], str | None] | None = None
        self.depth = 0
        self.parts_deep = 0
        self.header: dict[str, Any] = {}
        self.meta: dict[str, Any] = {}
        self.variables: dict[str, str] = {}
        self.above: str | None = None
        self.unnamed: dict[str, int] = {}
        self.comments = Comments("")
        self.times = 1
        self.steps = 0
        self.most_steps: int | None = None
        self.runs: list[tuple[int, Run]] = []

    def network(self) -> Network:
        known = {key: self.header[key] for key in _HEADER if key in self.header}
        outputs = known.pop("outputs", ())
        named = tuple([self.variables.get(name, name) for name in outputs])
        layers: Sequence[Layer] | Rolled = self.layers
        if self.runs:
            parts: list[Layer | Run] = list(self.layers)
            for place, run in reversed(self.runs):
                parts.insert(place, run)
            layers = Rolled(tuple(parts))
        return Network(self.name, layers, outputs=named, meta=self.meta, **known)

    # -------------------------------------------------------------- statements

    def block(self, statements: list[_ast.stmt], counters: dict[str, int]) -> None:
        for statement in statements:
            self.steps += 1
            if self.most_steps is not None and self.steps > self.most_steps:
                raise fault(f"loops of more than {self.most_steps:,} steps, too many for a text so short", statement)
            kind = type(statement)
            if kind is _ast.Assign or kind is _ast.Expr:
                self.statement(statement, counters)  # type: ignore[arg-type]
            elif kind is _ast.For:
                self.loop(statement, counters)  # type: ignore[arg-type]
            elif kind is _ast.If:
                chosen = literal(statement.test, self.values)  # type: ignore[attr-defined]
                self.block(statement.body if chosen else statement.orelse, counters)  # type: ignore[attr-defined]
            elif kind is _ast.FunctionDef or kind is _ast.ImportFrom:
                from netledger.notation.family.functions import define

                self.functions.update(define(statement, self.library, self.functions))
            else:
                raise fault("expected 'name = kind(…)' or 'for i in range(…):'", statement)

    def loop(self, statement: _ast.For, counters: dict[str, int]) -> None:
        call, target = statement.iter, statement.target
        if not (isinstance(call, _ast.Call) and isinstance(call.func, _ast.Name) and call.func.id == "range"):
            raise fault("expected 'for i in range(…):'", statement)
        if not isinstance(target, _ast.Name) or statement.orelse or call.keywords or not 1 <= len(call.args) <= 3:
            raise fault("expected 'for i in range(start, stop):'", statement)
        if len(counters) >= 4:
            raise fault("loops nested deeper than 4", statement)
        bounds = [literal(argument, self.values) for argument in call.args]
        whole = all(isinstance(bound, int) and not isinstance(bound, bool) for bound in bounds)
        if not whole or (len(bounds) == 3 and bounds[2] == 0):
            raise fault("range takes whole numbers", call)
        if len(bounds) == 1 and bounds[0] < 0:
            raise fault(f"range takes a number of turns from 0 up, not {bounds[0]:,}", call)
        turns = range(*[max(-_FAR, min(bound, _FAR)) for bound in bounds])
        self.times *= max(len(turns), 1)
        if self.times > REPEAT:
            raise fault(f"more than {REPEAT:,} repetitions", call)
        comments_before = self.comments.read_to
        repetition = None
        if self.values.sizes is not None and not counters and len(turns) > _FEW:
            from netledger.notation.family.repeating import Repetition

            repetition = Repetition(self, statement, target.id)
        ends = [len(self.layers)]
        left = turns
        while left:
            self.comments.read_to = comments_before
            value, left = left[0], left[1:]
            self.values[target.id] = value
            if repetition is None or not repetition.begin():
                self.block(statement.body, {**counters, target.id: value})
                if repetition is not None:
                    repetition.end()
            else:
                left = left[repetition.alike(left) :]
            ends.append(len(self.layers))
        self.times //= max(len(turns), 1)
        sizes = self.values.sizes
        if sizes is not None and sizes.loops is not None and not counters and len(bounds) < 3:
            sizes.loops.add(bounds[-1] - bounds[0] if len(bounds) == 2 else bounds[0], ends)

    def statement(self, statement: _ast.Assign | _ast.Expr, counters: dict[str, int]) -> None:
        value = statement.value
        targets = self.targets(statement) if isinstance(statement, _ast.Assign) else []
        if targets and self.is_value(value):
            self.assign(targets, literal(value, self.values), statement)
            return
        if isinstance(value, _ast.Name) and len(targets) == 1:
            self.bind(targets[0], self.value_named(value))
            return
        if not isinstance(value, _ast.Call) or not isinstance(value.func, _ast.Name):
            raise fault("expected a call: kind(…)", value)
        if value.func.id in self.functions:
            from netledger.notation.family.functions import call_function

            call_function(self, self.functions[value.func.id], value, targets, counters)
            return
        if value.func.id in ("require", "unused", "told"):
            getattr(self, value.func.id)(value)
            return
        if value.func.id == "part":
            from netledger.notation.family.parts import add_part

            add_part(self, value, targets)
            return
        comment = self.comments.of(statement)
        if value.func.id == "network" and not targets:
            self.read_header(value, counters, comment)
        else:
            self.layer(value, targets, counters, comment)

    def targets(self, statement: _ast.Assign) -> list[str]:
        target = statement.targets[0]
        names = target.elts if isinstance(target, _ast.Tuple | _ast.List) else [target]
        if len(statement.targets) > 1 or not all(isinstance(name, _ast.Name) for name in names):
            raise fault("expected one name, or several separated by commas, before '='", statement)
        return [name.id for name in names if isinstance(name, _ast.Name)]

    def is_value(self, node: _ast.expr) -> bool:
        """Whether what is assigned is a value, not a layer: an expression, a named size."""
        if isinstance(node, _ast.Name) or (isinstance(node, _ast.Call) and isinstance(node.func, _ast.Name)):
            return is_value(node, self.values) and not (isinstance(node, _ast.Call) and self.reads_layers(node))
        return not isinstance(node, _ast.Call | _ast.Lambda | _ast.Constant) or self.values.sizes is not None

    def reads_layers(self, call: _ast.Call) -> bool:
        """Whether a call by a name that is a kind too (``max``, ``min``, ``ceil``) is a layer: what it reads are."""
        if not (isinstance(call.func, _ast.Name) and call.func.id in KINDS):
            return False
        of_layers = any(isinstance(one, _ast.Name) and one.id in self.variables for one in call.args)
        return of_layers or bool(call.keywords) or not call.args

    def assign(self, targets: list[str], value: Any, statement: _ast.stmt) -> None:
        """Names for values: of several, one for each item of a list."""
        several = len(targets) > 1
        if several and (not isinstance(value, tuple) or len(value) != len(targets)):
            raise fault(f"{len(targets)} names for another number of values", statement)
        for target, item in zip(targets, value if several else (value,), strict=True):
            self.values[target] = item
            self.variables.pop(target, None)

    def bind(self, target: str, value: str) -> None:
        """A name for a layer's value."""
        self.variables[target] = value
        self.values.pop(target, None)

    def require(self, call: _ast.Call) -> None:
        """``require(condition, "why not")``: a configuration that contradicts itself is refused in its own words."""
        if len(call.args) != 2 or call.keywords:
            raise fault('expected require(condition, "why not")', call)
        if not literal(call.args[0], self.values):
            raise ShapeError(str(literal(call.args[1], self.values)))

    def unused(self, call: _ast.Call) -> None:
        """``unused("key", …)``: keys of the configuration that change nothing in this family."""
        if self.values.sizes is None or call.keywords:
            raise fault("unused(…) names keys of a family's configuration", call)
        for argument in call.args:
            self.values.sizes.asked.setdefault(str(literal(argument, self.values)), None)

    def told(self, call: _ast.Call) -> None:
        """``told("…")``: what a reader of this configuration's network should know of it."""
        if self.values.sizes is None or call.keywords or len(call.args) != 1:
            raise fault('expected told("…") in a family', call)
        self.values.sizes.said.append(str(literal(call.args[0], self.values)))

    def value_named(self, node: _ast.Name) -> str:
        found = self.variables.get(node.id)
        if found is None:
            from netledger.errors import nearest, or_list

            near = nearest(node.id, list(self.variables))
            raise fault(f"no layer '{node.id}' above" + (f": did you mean {or_list(near)}?" if near else ""), node)
        return found

    def read_header(self, call: _ast.Call, counters: dict[str, int], comment: Any) -> None:
        if call.args or self.layers or self.header:
            raise fault("network(…) stands once, first, with keywords only", call)
        for keyword in call.keywords:
            if keyword.arg is None:
                raise fault("'**' has no meaning here", call)
            value = literal(keyword.value, self.values)
            if keyword.arg == "meta" and isinstance(value, dict):
                self.meta.update(value)
            else:
                (self.header if keyword.arg in _HEADER else self.meta)[keyword.arg] = value
        if comment is not None:
            self.meta["comment"] = comment
        for key in ("notes", "assumed"):
            if isinstance(self.header.get(key), str):
                self.header[key] = (self.header[key],)
        typed("network", NETWORK, {**self.header, "meta": self.meta}, call)
        self.batched = self.header.get("batched", False)

    # -------------------------------------------------------------- layers

    def layer(self, call: _ast.Call, targets: list[str], counters: dict[str, int], comment: Any) -> None:
        kind: str = call.func.id  # type: ignore[attr-defined]
        arguments, inputs = list(call.args), []
        generic = kind == "layer"
        if generic:
            if not arguments or not isinstance(arguments[0], _ast.Constant) or not isinstance(arguments[0].value, str):
                raise fault('layer(…) takes the kind first: layer("Foo", …)', call)
            kind = arguments.pop(0).value  # type: ignore[attr-defined]
        generic = generic or foreign(kind)
        names = None if generic else parameter_names(kind, call)
        while arguments and isinstance(arguments[0], _ast.Name) and self.is_input(arguments[0].id):
            inputs.append(self.value_named(arguments.pop(0)))  # type: ignore[arg-type]
        attributes, universal = read_arguments(call, kind, arguments, names, self.values)
        path = self.path(kind, targets, universal, counters, call)
        if not inputs and self.above is not None and kind not in NO_INPUT:
            inputs = [self.above]
        if "inputs" in universal:
            inputs = list(universal["inputs"])
        layer = self.build(kind, path, targets, attributes, tuple(inputs), universal, comment, call)
        self.check(layer, call, generic)
        self.keep(layer, targets, call)

    def is_input(self, name: str) -> bool:
        """Whether a bare name among a layer's arguments is the layer that it reads (else it is a value)."""
        return name not in self.values

    def path(
        self, kind: str, targets: list[str], universal: dict[str, Any], counters: dict[str, int], call: _ast.Call
    ) -> str:
        path = universal.pop("name", None)
        around = self.values.get("name")
        if around is not None and self.values.sizes is not None:
            path = self.path_inside(around, path, targets[0] if targets else kind)
        elif path is None:
            if targets:
                stem = targets[0]
                path = ".".join([stem, *map(str, counters.values())])
            else:
                self.unnamed[kind] = self.unnamed.get(kind, 0) + 1
                path = f"{kind}_{self.unnamed[kind]}"
        if not isinstance(path, str) or not path:
            raise fault(f"{kind}: name takes a string", call)
        if path in self.paths:
            raise fault(f"a layer named '{path}' stands above already", call)
        self.paths.add(path)
        return path

    def path_inside(self, around: str, path: Any, stem: str) -> Any:
        """A path below the ``name`` of the block that is read: ``.q_proj`` as stated, else as its value is called."""
        if isinstance(path, str):
            return (around + path).lstrip(".") if path.startswith(".") else path
        return self.names.free(f"{around}.{stem}".lstrip("."))

    def build(
        self, kind: str, path: str, targets: list[str], attributes: dict[str, Any], inputs: tuple[str, ...],
        universal: dict[str, Any], comment: Any, call: _ast.Call,
    ) -> Layer:  # fmt: skip
        outputs = universal.pop("values", None)
        if outputs is None:
            outputs = (path,) if len(targets) < 2 else tuple([f"{path}:{i}" for i in range(len(targets))])
        universal.pop("inputs", None)
        share = universal.get("share")
        if share is not None and share.startswith(".") and self.values.sizes is not None:
            universal["share"] = (self.values.get("name", "") + share).lstrip(".")
        if "tensors" in universal:
            universal["tensors"] = read_tensors(universal["tensors"], call)
        if comment is not None:
            universal["meta"] = {**universal.get("meta", {}), "comment": comment}
        return Layer(path, kind, attributes, inputs, tuple(outputs), **universal)

    def check(self, layer: Layer, call: _ast.Call, generic: bool) -> None:
        """Propagate shapes through the rule, so that what cannot be is an error at its line."""
        try:
            outputs = () if generic else self.inferred(layer)
        except NetledgerError as error:
            raise fault(error.why, call) from None
        self.shapes.update(zip(layer.outputs, layer.output_shapes or outputs, strict=False))
        if outputs and len(layer.outputs) > len(outputs):
            raise fault(f"{layer.kind}: has {len(outputs)} output(s), not {len(layer.outputs)}", call)

    def keep(self, layer: Layer, targets: list[str], call: _ast.Call) -> None:
        if len(self.layers) >= LAYERS:
            raise fault(f"more than {LAYERS:,} layers", call)
        if layer.share is not None and layer.share not in self.paths:
            raise fault(f"{layer.kind}: shares the tensors of '{layer.share}', which is no earlier layer", call)
        self.layers.append(layer)
        for target, value in zip(targets, layer.outputs, strict=False):
            self.bind(target, value)
        if layer.outputs:
            self.above = layer.outputs[0]
