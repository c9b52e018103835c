"""From an OpenVINO IR to layers: constants become the tensors of what reads them, also behind a decompression."""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.errors import FormatError, NetledgerError
from netledger.network import Layer, Tensor, elements_of
from netledger.sources.openvino.products import BODIES, NEURONS, PRODUCTS, ROLES, unfollowed
from netledger.sources.openvino.schema import TYPES, whole
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Shape
    from netledger.sources.files import InputFile
    from netledger.sources.openvino.schema import IrGraph, IrLayer, IrPort

_FLOATS = frozenset(("float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "float4_e2m1"))
_SMALL = frozenset(("int8", "uint8", "int4", "uint4", "uint2", "uint1", "int32"))
_COMPARED = 64 * 1024
_OPEN = Unknown("the file leaves this size open")


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


class OpenvinoImporter:
    """What is known of one IR while its layers are followed; ``values`` is the ``.bin``, where it is there."""

    def __init__(self, graph: IrGraph, values: InputFile | None) -> None:
        self.graph, self.values = graph, values
        self.layers: list[Layer] = []
        self.constants: dict[tuple[str, str], IrConstant] = {}
        self.assumed: list[str] = []
        self._taken: dict[str, int] = {}
        self._held: dict[tuple[int, int], list[IrConstant]] = {}
        self._names: dict[tuple[int, int], str] = {}
        self._first_user: dict[str, str] = {}
        self._owned = set[str]()

    def run(self) -> tuple[str, ...]:
        """Book every layer in the order of its edges, and every constant; the names of what is returned."""
        outputs = []
        fed = [
            layer.outputs[0].dims for layer in self.graph.layers.values() if layer.type == "Parameter" and layer.outputs
        ]
        places = {i for dims in fed for i, size in enumerate(dims) if size is None}
        if places == {0}:
            self.assumed.append("dimension 0, which the file leaves open, is the batch: 1")
        for layer in self._ordered():
            try:
                if layer.type == "Result":
                    source = self.graph.edges.get((layer.number, layer.inputs[0].number)) if layer.inputs else None
                    if source in self._names:
                        outputs.append(self._names[source])
                    continue
                self._layer(layer)
            except NetledgerError as error:
                raise error.at(item=f"{layer.type} '{layer.name[:80]}'") from None
        self._book_the_rest()
        return tuple(dict.fromkeys(outputs))

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
        inputs = [self._shape(port) for port in layer.inputs]
        outputs = [self._shape(port) for port in layer.outputs]
        tensors = self._tensors(layer, held)
        path = self._take(layer.name)
        names = tuple([path if i == 0 else f"{path}:{i}" for i in range(len(outputs))])
        for port, name in zip(layer.outputs, names, strict=True):
            self._names[layer.number, port.number] = name
        if layer.type == "Parameter":
            self.layers.append(Layer(path, "input", {"shape": outputs[0]} if outputs else {}, (), names or (path,),
                                     output_shapes=tuple(outputs) or None))  # fmt: skip
            return
        flowing = [i for i, one in enumerate(held) if one is None]
        reads = tuple(
            [self._names[source] for i in flowing if (source := sources[i]) is not None and source in self._names]
        )
        kind, attributes = self._kind(layer, inputs, outputs)
        neurons = layer.type in NEURONS or (layer.type == "MatMul" and any(tensor.learned for tensor in tensors))
        self.layers.append(
            Layer(
                path, kind, attributes, reads, names or (path,), tensors, type=layer.type,
                input_shapes=tuple([inputs[i] for i in flowing]),
                output_shapes=tuple(outputs) or (Unknown("it makes nothing"),),
                meta={"neurons": True} if neurons else {},
                dtype=layer.outputs[0].dtype if layer.outputs and layer.outputs[0].dtype in BITS else None,
            )
        )  # fmt: skip

    def _kind(self, layer: IrLayer, inputs: list[Shape], outputs: list[Shape]) -> tuple[str, dict[str, object]]:
        """Netledger's kind: what is contracted by the shapes, nothing, or nobody knows what."""
        rule = PRODUCTS.get(layer.type)
        if rule is not None:
            sizes = [() if isinstance(shape, Unknown) else shape for shape in inputs]
            made = [() if isinstance(shape, Unknown) else shape for shape in outputs]
            if not made or any(isinstance(shape, Unknown) for shape in (*inputs, *outputs)):
                return "operation", {"name": layer.type, "reason": "the file states no shape for it"}
            terms = rule(sizes, made, layer.data)
            return ("contraction", {"terms": terms}) if terms else ("elementwise", {})
        if layer.type in BODIES:
            if any(
                one.type in PRODUCTS or one.bodies or unfollowed(one.type)
                for body in layer.bodies
                for one in body.layers.values()
            ):
                return "operation", {
                    "name": layer.type,
                    "reason": f"{layer.type} runs a graph, how often depends on the data",
                }
            return "elementwise", {}
        why = unfollowed(layer.type)
        return ("operation", {"name": layer.type[:80], "reason": why.reason}) if why else ("elementwise", {})

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
        if not any(one.dtype in _SMALL for one in main) or layer.type not in ("Multiply", "Subtract"):
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
        if inner:
            path = self._take("stored in graphs inside")
            self.layers.append(
                Layer(path, "tensors", tensors=tuple(inner), outputs=(), meta={"used": False}, output_shapes=())
            )

    def stored(self) -> dict[str, int]:
        """What the constants hold, each place once, and how much of it is in no layer's tensors."""
        held = {one.storage: (int(elements_of(one.shape)), one.nbytes) for one in self.constants.values()}
        rest = [sizes for storage, sizes in held.items() if storage not in self._owned]
        counts = {"tensors": len(held), "constants": len(rest), "made_elements": 0, "made_bytes": 0}
        for prefix, places in (("", list(held.values())), ("constant_", rest)):
            counts[f"{prefix}elements"] = sum([elements for elements, _ in places])
            counts[f"{prefix}bytes"] = sum([nbytes for _, nbytes in places])
        return counts

    def _shape(self, port: IrPort) -> Shape:
        """A port's sizes; the first one is 1 where only batches are left open."""
        batch = bool(self.assumed)
        return tuple(
            [
                1 if batch and i == 0 and size is None else _OPEN if size is None else size
                for i, size in enumerate(port.dims)
            ]
        )

    def _take(self, wanted: str) -> str:
        path = wanted
        while path in self._taken:
            self._taken[wanted] += 1
            path = f"{wanted}_{self._taken[wanted]}"
        self._taken[path] = 1
        return path


_SHAPING = frozenset("Reshape Transpose Squeeze Unsqueeze Broadcast Gather Slice StridedSlice Tile Pad".split())


def _learned(one: IrConstant, packed: bool) -> bool:
    """Whether its values can have been learned: real numbers, more than one, or small integers that are unpacked."""
    return (one.dtype in _FLOATS or (one.dtype in _SMALL and packed)) and elements_of(one.shape) != 1


def _tensor(one: IrConstant, role: str) -> Tensor:
    return Tensor(one.name, role, one.shape, one.dtype, storage=one.storage)
