"""From an OpenVINO IR to layers: constants become the tensors of what reads them, also behind a decompression."""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.errors import FormatError, NetledgerError
from netledger.network import Tensor, elements_of
from netledger.sources.openvino.products import BODIES, NEURONS, PRODUCTS, ROLES, unfollowed
from netledger.sources.openvino.schema import TYPES, whole
from netledger.sources.stated_graph import StatedGraph, kind_of, stored_sums
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Shape
    from netledger.sources.files import InputFile
    from netledger.sources.openvino.schema import IrGraph, IrLayer

_FLOATS = frozenset(("float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "float4_e2m1"))
_SMALL = frozenset(("int8", "uint8", "int4", "uint4", "uint2", "uint1", "int32"))
_PLACES = frozenset(("uint8", "uint4", "uint2", "uint1"))
_UNPACKED = _SMALL | {"float8_e4m3fn", "float8_e5m2", "float4_e2m1"}
"""Element types that a factor beside them scales: nothing is learned in that factor."""
_COMPARED = 64 * 1024


class IrConstant:
    """A constant: its name, type and shape, where its values lie in the ``.bin``; ``role`` where a path gave it one."""

    __slots__ = ("dtype", "name", "nbytes", "offset", "role", "shape", "storage")

    def __init__(self, layer: IrLayer, bin_size: int) -> None:
        self.name = layer.name
        place = layer.place(bin_size)
        assert place is not None
        self.offset, self.nbytes = place
        stated = layer.data.get("shape", "").strip()
        sizes = [whole(size, "shape") for size in stated.split(",")] if stated else []
        self.shape = tuple([size for size in sizes if size is not None])
        said = layer.data.get("element_type", "")
        self.dtype = TYPES.get(said, said or "unknown")
        self.role: str | None = None
        self.storage = f"{self.offset}+{self.nbytes}"
        elements = int(elements_of(self.shape))
        if len(self.shape) != len(sizes) or (self.dtype in BITS and bytes_of(elements, self.dtype) != self.nbytes):
            raise FormatError(f"its shape does not fit its {self.nbytes:,} bytes").at(item=f"constant '{self.name}'")


class OpenvinoImporter(StatedGraph):
    """What is known of one IR while its layers are followed; ``values`` is the ``.bin``, where it is there."""

    def __init__(self, graph: IrGraph, values: InputFile | None) -> None:
        super().__init__()
        self.graph, self.values = graph, values
        self.constants: dict[tuple[str, str], IrConstant] = {}
        self._held: dict[tuple[int, int], list[IrConstant]] = {}
        self._first_user: dict[str, str] = {}
        self._owned = set[str]()

    def run(self) -> tuple[str, ...]:
        """Book every layer in the order of its edges, and every constant; the names of what is returned."""
        outputs = []
        fed = [
            layer.outputs[0].dims for layer in self.graph.layers.values() if layer.type == "Parameter" and layer.outputs
        ]
        self.open_batch(fed)
        for layer in self._ordered():
            try:
                if layer.type == "Result":
                    outputs += [self.graph.edges.get((layer.number, port.number)) for port in layer.inputs[:1]]
                    continue
                self._layer(layer)
            except NetledgerError as error:
                raise error.at(item=f"{layer.type} '{layer.name[:80]}'") from None
        self._book_the_rest()
        return self.returned(outputs)

    def _ordered(self) -> list[IrLayer]:
        """The layers, each behind all that feed it."""
        feeds: dict[int, list[int]] = {}
        missing = dict.fromkeys(self.graph.layers, 0)
        for (target, _), (source, _) in self.graph.edges.items():
            if source not in missing or target not in missing:
                raise FormatError(f"an edge from layer {source:,} to layer {target:,}: one of them is not there")
            feeds.setdefault(source, []).append(target)
            missing[target] += 1
        ready = [number for number, count in missing.items() if not count]
        found = []
        for number in ready:
            found.append(self.graph.layers[number])
            for target in feeds.get(number, ()):
                missing[target] -= 1
                if not missing[target]:
                    ready.append(target)
        if len(found) < len(missing):
            raise FormatError("its edges lead in a circle")
        return found

    # -------------------------------------------------------------- one layer

    def _layer(self, layer: IrLayer) -> None:
        if layer.type == "Const":
            constant = self._constant(layer)
            for port in layer.outputs:
                self._held[layer.number, port.number] = [constant]
            return
        sources = [self.graph.edges.get((layer.number, port.number)) for port in layer.inputs]
        held = [self._held.get(source) if source is not None else None for source in sources]
        if held and all(one is not None for one in held) and not layer.bodies:
            made = self._handed_on(layer, [one for one in held if one is not None])
            for port in layer.outputs:
                self._held[layer.number, port.number] = made
            return
        inputs = [self.sizes(port.dims) for port in layer.inputs]
        outputs = [self.sizes(port.dims) for port in layer.outputs]
        makes = [(layer.number, port.number) for port in layer.outputs]
        if layer.type == "Parameter":
            self.step(
                layer.name, None, ("input", {"shape": outputs[0]} if outputs else {}), (), makes, output_shapes=outputs
            )
            return
        tensors = self._tensors(layer, held)
        flowing = [i for i, one in enumerate(held) if one is None]
        self.step(
            layer.name, layer.type, self._kind(layer, inputs, outputs), [sources[i] for i in flowing], makes, tensors,
            input_shapes=[inputs[i] for i in flowing], output_shapes=outputs,
            neurons=layer.type in NEURONS or (layer.type == "MatMul" and any(tensor.learned for tensor in tensors)),
            dtype=layer.outputs[0].dtype if layer.outputs and layer.outputs[0].dtype in BITS else None,
        )  # fmt: skip

    def _kind(self, layer: IrLayer, inputs: list[Shape], outputs: list[Shape]) -> tuple[str, dict[str, object]]:
        """Netledger's kind: what is contracted by the shapes, nothing, or nobody knows what."""
        rule = PRODUCTS.get(layer.type)
        if rule is not None:
            if not outputs or any(isinstance(shape, Unknown) for shape in (*inputs, *outputs)):
                return kind_of(layer.type, None, "the file states no shape for it")
            sizes, made = [
                [shape for shape in shapes if not isinstance(shape, Unknown)] for shapes in (inputs, outputs)
            ]
            return kind_of(layer.type, rule(sizes, made, layer.data))
        if layer.type in BODIES:
            inside = [one for body in layer.bodies for one in body.layers.values()]
            if any(one.type in PRODUCTS or one.bodies or unfollowed(one.type) for one in inside):
                return kind_of(layer.type, None, f"{layer.type} runs a graph, how often depends on the data")
            return kind_of(layer.type, None)
        why = unfollowed(layer.type)
        return kind_of(layer.type, None, why.reason if why else None)

    # -------------------------------------------------------------- constants

    def _constant(self, layer: IrLayer) -> IrConstant:
        """A constant; two of one place are one, unless it holds one number only, which converters join."""
        found = IrConstant(layer, self.values.size if self.values is not None else 1 << 62)
        user = self._first_user.setdefault(found.storage, layer.name)
        if user != layer.name and self._uniform(found):
            found.storage += f", {layer.name}"
        self.constants[found.storage, found.name] = found
        return found

    def _uniform(self, constant: IrConstant) -> bool:
        if self.values is None or not constant.nbytes:
            return False
        start = self.values.read_at(constant.offset, min(constant.nbytes, _COMPARED))
        return start == (start[:8] * (len(start) // 8 + 1))[: len(start)]

    def _handed_on(self, layer: IrLayer, held: list[list[IrConstant]]) -> list[IrConstant]:
        """What is stored behind an operation on constants alone: a weight, with the scales that it is unpacked by."""
        main = held[0]
        if layer.type == "Gather" and any(one.dtype in _PLACES for part in held[1:2] for one in part):
            return _looked_up(main, held[1])
        if not any(one.dtype in _UNPACKED for one in main) or layer.type not in ("Multiply", "Subtract"):
            return main if layer.type in _SHAPING else [one for part in held for one in part]
        for part in held[1:]:
            for one in part:
                one.role = "scale" if layer.type == "Multiply" else "zero_point"
        return [one for part in held for one in part]

    def _tensors(self, layer: IrLayer, held: list[list[IrConstant] | None]) -> tuple[Tensor, ...]:
        """The constants that a layer reads and that something was learned in, with their scales."""
        roles = ROLES.get(layer.type, {})
        found: dict[str, Tensor] = {}
        for i, part in enumerate(held):
            for one in part or ():
                role = one.role or roles.get(i, "constant")
                packed = any(other.role for other in part or ())
                if role not in ("scale", "zero_point", "running_statistic") and not _learned(one, packed):
                    role = "constant"
                if role != "constant" and one.storage not in found:
                    self._owned.add(one.storage)
                    found[one.storage] = _tensor(one, role)
        return tuple(found.values())

    def _book_the_rest(self) -> None:
        """Constants of graphs inside others, which no row here reads."""
        inner: list[Tensor] = []
        waiting = [body for layer in self.graph.layers.values() for body in layer.bodies]
        while waiting:
            body = waiting.pop()
            users = {source[0]: target for target, source in body.edges.items()}
            for layer in body.layers.values():
                waiting += layer.bodies
                if layer.type != "Const":
                    continue
                one = self._constant(layer)
                target = users.get(layer.number)
                kind = body.layers[target[0]].type if target is not None and target[0] in body.layers else ""
                if one.storage not in self._owned and _learned(one, False) and kind in (*ROLES, "Convert"):
                    self._owned.add(one.storage)
                    inner.append(_tensor(one, "parameter"))
        self.set_aside("stored in graphs inside", inner)

    def stored(self) -> dict[str, int]:
        """What the constants hold, each place once, and how much of it is in no layer's tensors."""
        held = {one.storage: (int(elements_of(one.shape)), one.nbytes) for one in self.constants.values()}
        return stored_sums(held, self._owned)


_SHAPING = frozenset("Reshape Transpose Squeeze Unsqueeze Broadcast Gather Slice StridedSlice Tile Pad".split())


def _looked_up(table: list[IrConstant], places: list[IrConstant]) -> list[IrConstant]:
    """A weight that is written as places in a table of few values: as many values as places."""
    for one in table:
        one.role = "scale"
    for one in places:
        one.role = one.role or "weight"
    return [*places, *table]


def _learned(one: IrConstant, packed: bool) -> bool:
    """Whether its values can have been learned: real numbers, more than one, or small integers that are unpacked."""
    return (one.dtype in _FLOATS or (one.dtype in _SMALL and packed)) and elements_of(one.shape) != 1


def _tensor(one: IrConstant, role: str) -> Tensor:
    return Tensor(one.name, role, one.shape, one.dtype, storage=one.storage)
