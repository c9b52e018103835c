"""From Core ML's older neural networks to layers: shapes are inferred from the input's, weights held against them."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import LAYERS as MOST_LAYERS
from netledger.limits import MAX_DIMENSION
from netledger.network import elements_of
from netledger.sources.coreml.neural_layers import LEARNED
from netledger.sources.coreml.neural_schema import LAYER, LAYERS, NETWORK, fields, stored
from netledger.sources.coreml.neural_shapes import MOVING
from netledger.sources.graph_builder import GraphBuilder, Step
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.network import Shape, Tensor
    from netledger.wire.cursor import Cursor
    from netledger.wire.protobuf import Schema, Span

_BODIES = {"branch": fields("1:first:s 2:second:s"), "loop": fields("3:first:s 4:second:s")}
_FEATURE = fields("1:name:t 3:type:s")
_TYPE = fields("4:image:s 5:array:s")
_IMAGE = fields("1:width:i 2:height:i 3:colours:i")
_ARRAY = fields("1:shape*:i")
_GRAY = (10, 40)
_DEEP = 16


class NeuralLayer:
    """One layer while its rule reads it."""

    __slots__ = ("_span", "builder", "cursor", "exact", "inputs", "name", "outputs")

    def __init__(self, builder: NeuralReader, said: dict[str, Any], span: Span) -> None:
        self.builder, self.cursor, self.exact, self._span = builder, builder.cursor, builder.batched, span
        self.name: str = said.get("name", "")
        self.inputs: list[str] = said.get("inputs", [])
        self.outputs: list[str] = said.get("outputs", [])

    def fields(self, schema: Schema) -> dict[str, Any]:
        """The layer's parameters by a schema; sizes that cannot be are refused."""
        held = decode(self.cursor, [self._span], schema, "layer")
        numbers = [one for value in held.values() for one in (value if isinstance(value, list) else [value])]
        if any(isinstance(one, int) and abs(one) > MAX_DIMENSION for one in numbers):
            raise FormatError("a size that cannot be")
        return held

    def shape(self, place: int = 0) -> Shape:
        """The shape of an input."""
        if place >= len(self.inputs):
            raise FormatError(f"input {place} is missing")
        return self.builder.shape(self.inputs[place])

    def tensors(
        self, held: Mapping[str, Any], *wanted: tuple[str, str, tuple[int, ...] | None] | None, prefix: str = ""
    ) -> list[Tensor]:
        """What the named fields store: name, role, shape (``None``: a row of as many values as there are)."""
        found: list[Tensor] = []
        for one in wanted:
            if one is None:
                continue
            name, role, shape = one
            if name not in held:
                raise FormatError(f"its {name} are missing")
            if shape is None:
                shape = (_values(self.cursor, held[name]),)
            label = f"{self.name}.{prefix}{name}"
            found += stored(self.cursor, held[name], label, role, shape)
        self.builder.book(found)
        return found


class NeuralReader(GraphBuilder):
    """What is known of a network while its layers are followed; ``exact``: values have all their dimensions."""

    def __init__(self, cursor: Cursor, span: Span, given: Mapping[str, Shape]) -> None:
        self.cursor = cursor
        self.held = decode(cursor, [span], NETWORK, "network")
        super().__init__(batched=self.held.get("arrays", 0) == 1 or self.held.get("images", 0) == 1, given=given)
        self.counts = {"elements": 0, "bytes": 0}

    def run(self, inputs: list[Span]) -> None:
        """Book every layer."""
        for span in inputs:
            self._input(span)
        self.check_given()
        spans = self.held.get("layers", [])
        if not spans:
            raise FormatError("a network without layers")
        if len(spans) > MOST_LAYERS:
            raise LimitError(f"{len(spans):,} layers, more than {MOST_LAYERS:,}")
        for span in spans:
            self._layer(span)

    def book(self, tensors: list[Tensor]) -> None:
        """Add what is stored to what the file holds."""
        for one in tensors:
            count, nbytes = elements_of(one.shape), one.bytes
            self.counts["elements"] += count if isinstance(count, int) else 0
            self.counts["bytes"] += nbytes if isinstance(nbytes, int) else 0

    def _input(self, span: Span) -> None:
        said = decode(self.cursor, [span], _FEATURE, "input")
        type = decode(self.cursor, [said["type"]] if "type" in said else [], _TYPE, "type")
        shape: tuple[int, ...] | None = None
        if "image" in type:
            image = decode(self.cursor, [type["image"]], _IMAGE, "image")
            planes = (1 if image.get("colours") in _GRAY else 3, image.get("height", 0), image.get("width", 0))
            shape = (1, *planes) if self.batched else planes
        elif "array" in type:
            sizes = decode(self.cursor, [type["array"]], _ARRAY, "array").get("shape", [])
            shape = tuple(sizes) if self.batched else (*sizes[-3:], 1, 1) if len(sizes) < 2 else tuple(sizes[-3:])
        if shape is not None and any(not 0 <= size <= MAX_DIMENSION for size in shape):
            raise FormatError("an input of a size that cannot be").at(byte=span[0])
        self.feed(said.get("name", ""), shape or None)

    def _layer(self, span: Span) -> None:
        said = decode(self.cursor, [span], LAYER, "layer")
        kinds = [name for name in LAYERS.values() if name in said]
        kind = kinds[0] if len(kinds) == 1 else ""
        layer = NeuralLayer(self, said, said[kind] if kind else (span[1], span[1]))
        for name in layer.inputs:
            if name not in self.values:
                raise FormatError(f"it reads '{name[:60]}', which no layer above makes").at(
                    item=layer.name[:120], byte=span[0]
                )
        try:
            step = self._step(kind, layer)
        except (FormatError, LimitError) as error:
            raise error.at(item=layer.name[:120], byte=span[0]) from None
        self.step(layer.name, kind or "layer", step, layer.inputs, layer.outputs)

    def _step(self, kind: str, layer: NeuralLayer) -> Step:
        rule = LEARNED.get(kind) or MOVING.get(kind)
        if rule is not None:
            if not layer.inputs and kind not in _SOURCES:
                raise FormatError(f"a layer of {kind} that reads nothing")
            return rule(layer)
        if kind in _BODIES:
            return Step(tensors=self._inside(layer, kind), unknown=f"{kind} runs layers, how often depends on the data")
        return Step(unknown="a layer of a sort that is not known")

    def _inside(self, layer: NeuralLayer, kind: str) -> list[Tensor]:
        """What the networks inside a layer store."""
        found: list[Tensor] = []
        waiting = [(span, 1) for span in layer.fields(_BODIES[kind]).values()]
        while waiting:
            span, depth = waiting.pop()
            if depth > _DEEP:
                raise LimitError(f"networks nested deeper than {_DEEP}")
            for place in decode(self.cursor, [span], NETWORK, "network").get("layers", []):
                said = decode(self.cursor, [place], LAYER, "layer")
                for name in [name for name in LAYERS.values() if name in said]:
                    inner = NeuralLayer(
                        self, {**said, "inputs": [], "name": f"{layer.name}.{said.get('name', '')}"}, said[name]
                    )
                    if name in _BODIES:
                        waiting += [(one, depth + 1) for one in inner.fields(_BODIES[name]).values()]
                    elif name in LEARNED:
                        raise FormatError("a network inside that stores values, which is not read")
        return found


_SOURCES = frozenset((
    "loadConstant", "loadConstantND", "rangeStatic", "fillStatic", "randomNormalStatic", "randomUniformStatic",
    "randomBernoulliStatic", "custom",
))  # fmt: skip


def _values(cursor: Cursor, span: Span) -> int:
    """How many values a row of weights has."""
    held = decode(cursor, [span], fields("1:floats*:s 2:halves*:s 31:int8*:s 30:raw*:s 40:packing*:s"), "weights")
    bits: int = decode(cursor, held.get("packing", [])[-1:], fields("1:bits:i"), "quantization").get("bits", 0)
    for name, width in (("floats", 32), ("halves", 16), ("int8", 8), ("raw", bits)):
        nbytes = sum([end - start for start, end in held.get(name, [])])
        if nbytes and width > 0:
            return int(nbytes * 8 // width)
    return 0
