"""A node like one before is worked out once: where everything that its rule can see is equal, so is what it says.

What is equal is proved, not assumed: the key holds the operator, its version, its attributes' bytes, the shapes and
element types of its inputs, the numbers of those that are known, what the file states of its outputs, and of stored
tensors everything but name and place. Numbers that lie in the file belong to the key where the rule read them the first
time. What a key cannot hold (sequences, tensors of tensors, functions' arguments) has none, and is worked out.
"""

from __future__ import annotations

from netledger.sources.onnx.layers import SMALL_INTEGERS
from netledger.sources.onnx.ops import holds_arrays
from netledger.sources.onnx.stored.untrained import COMBINING, generated, in_algebra, is_looked_at, says_grid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from collections.abc import Set as AbstractSet
    from typing import Any

    from netledger.layers import Effect
    from netledger.network import Layer, Shape
    from netledger.sources.onnx.importer import Importer
    from netledger.sources.onnx.schema import OnnxNode
    from netledger.sources.onnx.scope import Scope
    from netledger.sources.onnx.values import Constant, Op, Value
    from netledger.unknown import Unknown

    Key = tuple[Hashable, ...]

_MOST_KEPT = 4_096
"""Different nodes remembered: a block has some dozens."""
_INPUTS = 16
_NUMBERS = 64
"""Most numbers of a value that a key holds."""
_NO_KEY = ("no key",)


class Known:
    """What was worked out for a node: its layer but for names, its outputs, and the folding that it took.

    ``flowing`` and ``stored`` are the places of its inputs that are computed and that lie in the file; ``tensors`` are
    its layer's: the input's place, role, elements, bytes.
    """

    __slots__ = ("attributes", "effect", "flowing", "kind", "named", "outputs", "shapes", "steps", "stored", "tensors")

    def __init__(self, layer: Layer, effect: Effect, outputs: list[Value], op: Op, steps: int) -> None:
        self.kind, self.attributes, self.effect = layer.kind, layer.attributes, effect
        self.outputs: list[tuple[Shape, str | None, Constant | None, Key | None]] = [
            (value.shape, value.dtype, value.const, about(value)) for value in outputs
        ]
        self.named, self.shapes, self.steps = len(layer.outputs), layer.output_shapes, steps
        self.flowing = [i for i, value in enumerate(op.inputs) if value is not None and value.stored is None]
        self.stored = [i for i, value in enumerate(op.inputs) if value is not None and value.stored]
        places = {op.inputs[i].stored[0][0].storage: i for i in self.stored}  # type: ignore[union-attr,index]
        self.tensors: list[tuple[int, str, int | Unknown | None, int | Unknown | None]] = [
            (places[tensor.storage or ""], tensor.role, tensor.elements, tensor.nbytes) for tensor in layer.tensors
        ]


class Trial:
    """A node that is being worked out: what could be read, and how much had been said before."""

    __slots__ = ("importer", "key", "op", "said", "unread")

    def __init__(self, importer: Importer, op: Op, key: Key) -> None:
        self.importer, self.op, self.key = importer, op, key
        self.said = self._said()
        self.unread = [i for i, value in enumerate(op.inputs) if value is not None and value.unread]

    def _said(self) -> tuple[int, int, int]:
        importer = self.importer
        return len(importer.rows), len(importer.contradicted), importer.allowance.left

    def read(self) -> tuple[int, ...]:
        """The inputs whose numbers were read from the file."""
        inputs = self.op.inputs
        return tuple([i for i in self.unread if (value := inputs[i]) is not None and not value.unread])

    def known(self, outputs: list[Value]) -> Known | None:
        """What may be said of the next such node; ``None`` where more happened than booking one layer."""
        rows, contradicted, left = self.said
        now = self._said()
        ours = {id(value) for value in self.op.inputs}
        if now[:2] != (rows + 1, contradicted):
            return None
        if any(value.stored is not None or value.element is not None or id(value) in ours for value in outputs):
            return None
        row = self.importer.rows[-1]
        try:
            return Known(row.layer, row.effect, outputs, self.op, left - now[2])
        except KeyError:  # a tensor that comes from an attribute
            return None


class Repeats:
    """The nodes known so far, by their keys."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: dict[Key, Known | tuple[int, ...]] = {}

    def find(self, inputs: Sequence[Value | None], key: Key) -> Known | None:
        """What was worked out for an equal node."""
        found = self.known.get(key)
        if isinstance(found, tuple):
            whole = _with_numbers(inputs, key, found)
            found = self.known.get(whole) if whole is not None else None
        return found if isinstance(found, Known) else None

    def keep(self, trial: Trial, outputs: list[Value]) -> None:
        """Remember what was worked out."""
        known = trial.known(outputs)
        if known is None:
            return
        if len(self.known) >= _MOST_KEPT:
            self.known.clear()
        earlier = self.known.get(trial.key, ())
        places = trial.read()
        if isinstance(earlier, tuple) and (earlier or places):
            places = tuple(sorted({*earlier, *places}))
            whole = _with_numbers(trial.op.inputs, trial.key, places)
            self.known[trial.key] = places
            if whole is not None:
                self.known[whole] = known
            return
        self.known[trial.key] = known


_LOOKED_AT = frozenset(("DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "ConvInteger"))
"""Operators that say something of their inputs too."""


def key_of(
    node: OnnxNode, inputs: Sequence[Value | None], version: int, scope: Scope, read: AbstractSet[str]
) -> Key | None:
    """What the working out of a node depends on; ``None`` where that is more than a key holds."""
    call = node.call
    if call.settings is None or scope.bound is not None or holds_arrays(call) or call.op in _LOOKED_AT:
        return None
    names = node.inputs if len(node.inputs) < 2 else [name for name in node.inputs if name]
    if not 0 < len(names) <= _INPUTS or not names[0] or (len(names) > 1 and len(set(names)) != len(names)):
        return None
    described: list[Hashable] = [call.identity, version, len(node.outputs)]
    for name in node.outputs:
        info = scope.infos.get(name)
        described.append(None if not name else name in read if info is None else (name in read, info.shape))
    storages = []
    for value in inputs:
        if value is None:
            described.append(None)
            continue
        if value.stored is None:
            said = value.about = value.about or about(value)
        else:
            said = _stored(value, call.key)
            storages += [value.stored[0][0].storage] if value.stored else []
        if said is _NO_KEY:
            return None
        described.append(said)
    if len(storages) > 1 and len(set(storages)) != len(storages):
        return None
    return tuple(described)


def about(value: Value) -> Key:
    """What a key says of a value that depends on an input: its numbers may be known all the same (sizes)."""
    if value.element is not None or value.scaled:
        return _NO_KEY
    numbers = value.const
    if numbers is None:
        return value.shape, value.dtype
    return (value.shape, value.dtype, repr(numbers)) if len(numbers) <= _NUMBERS else _NO_KEY


def _stored(value: Value, operator: str) -> Key:
    """A value that lies in the file: everything of its tensor that a rule or a role can depend on."""
    held: Any = value.stored
    if len(held) != 1 or value.element is not None:
        return _NO_KEY
    tensor, role = held[0]
    combines = operator in COMBINING
    made_up = (generated(tensor.name) or in_algebra(tensor.name)) if tensor.elements == 1 or combines else False
    if tensor.dtype in SMALL_INTEGERS:
        return _NO_KEY  # whether they are learned depends on who reads them later
    if is_looked_at(operator, tensor) or (combines and tensor.elements > 1 and says_grid(tensor.name)):
        return _NO_KEY  # its values are looked at
    if value.unread and not (made_up or role or tensor.quantised or tensor.taken_apart) and tensor.nbytes is None:
        return value.shape, value.dtype, tensor.dims, tensor.dtype, tensor.made
    numbers = "" if value.unread else repr(value.const) if len(value.const or ()) <= _NUMBERS else None
    if numbers is None:
        return _NO_KEY
    return (
        value.shape, value.dtype, role, tensor.dims, tensor.dtype, tensor.made, tensor.quantised, tensor.taken_apart,
        tensor.nbytes, made_up, numbers,
    )  # fmt: skip


def _with_numbers(inputs: Sequence[Value | None], key: Key, places: tuple[int, ...]) -> Key | None:
    """The key with the numbers that lie in the file, where a rule reads those of these inputs."""
    told: list[Hashable] = []
    for i in places:
        value = inputs[i]
        numbers = None if value is None else value.const
        if numbers is not None and len(numbers) > _NUMBERS:
            return None
        told.append(repr(numbers))
    return (*key, *told)
