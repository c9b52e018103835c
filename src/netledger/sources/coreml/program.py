"""From a Core ML program to layers: constants become the tensors of what reads them, also behind a decompression."""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import FormatError, NetledgerError
from netledger.network import Tensor, elements_of
from netledger.sources.coreml.mil import (
    FUNCTION,
    PROGRAM,
    MilBlock,
    MilOperation,
    MilType,
    MilValue,
    named,
    operations_inside,
    pairs,
)
from netledger.sources.coreml.products import BODIES, PRODUCTS, ROLES, MilNode, unfollowed
from netledger.sources.stated_graph import StatedGraph, kind_of, stored_sums
from netledger.unknown import Unknown
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Shape
    from netledger.sources.coreml.blobs import Blobs
    from netledger.wire.cursor import Cursor
    from netledger.wire.protobuf import Span

_FLOATS = frozenset(("float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"))
_NEURONS = frozenset(("conv", "conv_quantized", "conv_transpose", "linear"))
_NO_TENSOR = Unknown("it is no tensor")
_UNPACKED = {
    "constexpr_affine_dequantize": ("quantized_data", {"scale": "scale", "zero_point": "zero_point"}),
    "constexpr_blockwise_shift_scale": ("data", {"scale": "scale", "offset": "zero_point"}),
    "constexpr_lut_to_dense": ("indices", {"lut": "scale"}),
    "constexpr_sparse_to_dense": ("nonzero_data", {"mask": "zero_point"}),
    "constexpr_lut_to_sparse": ("indices_nonzero_data", {"lut": "scale", "indices_mask": "zero_point"}),
    "constexpr_sparse_blockwise_shift_scale": (
        "nonzero_data", {"scale": "scale", "offset": "zero_point", "data_mask": "zero_point"}),
    "constexpr_cast": ("source_val", {}),
}  # fmt: skip
"""What unpacks a weight: the argument that holds its values, and what the others are."""


class MilConstant:
    """A constant: its name, element type, the shape it stands for, the bytes it takes; ``role`` where it has one."""

    __slots__ = ("booked", "dtype", "name", "nbytes", "packed", "role", "shape", "storage")

    def __init__(self, name: str, value: MilValue, blobs: Blobs) -> None:
        self.name, self.dtype, self.role = name, value.type.dtype, ""
        self.packed = self.booked = False
        self.shape = tuple([size or 0 for size in value.type.shape or ()])
        self.nbytes = blobs.size(value) if value.file is not None else value.nbytes
        place = f"{value.file}, {value.offset}" if value.file is not None else f"in the file, {value.at}"
        self.storage = place

    def unpack(self, name: str, shape: tuple[int, ...], dtype: str) -> None:
        """Take the shape that packed values stand for, and the type of their indices; values stand for one shape."""
        if self.booked and self.shape != shape:
            raise FormatError("its values are read in two shapes")
        self.name, self.shape, self.packed, self.dtype = name, shape, True, dtype or self.dtype

    def tensor(self, role: str) -> Tensor:
        """It as a tensor; packed values have the bytes that are stored."""
        self.booked = True
        return Tensor(
            self.name, role, self.shape, self.dtype, storage=self.storage, nbytes=self.nbytes if self.packed else None
        )


class ProgramReader(StatedGraph):
    """What is known of one program while its function is followed."""

    def __init__(self, cursor: Cursor, span: Span, blobs: Blobs, wanted: str = "") -> None:
        super().__init__()
        self.cursor, self.blobs = cursor, blobs
        self.notes: list[str] = []
        self.constants: dict[str, MilConstant] = {}
        self.owned: dict[str, str] = {}
        self._types: dict[str, MilType] = {}
        self._held: dict[str, list[MilConstant]] = {}
        self._shared = set[str]()
        self._values: dict[str, MilValue] = {}
        functions = pairs(cursor, decode(cursor, [span], PROGRAM, "program").get("functions", []), "function")
        if not functions:
            raise FormatError("a program without functions")
        self.function = wanted if wanted in functions else "main" if "main" in functions else next(iter(functions))
        self._span = functions.pop(self.function)
        self._others = functions

    def run(self) -> tuple[str, ...]:
        """Book the function's operations, and every constant; the names of what it returns."""
        inputs, block = self._opened(self._span)
        types = [named(self.cursor, span) for span in (*inputs, *block.inputs)]
        self.open_batch([type.shape or () for _, type in types])
        for name, type in types:
            self._types[name] = type
            self.feed(name, name or "input", self._shape(type), _dtype(type))
        for place in block.operations:
            operation = MilOperation(self.cursor, place)
            try:
                self._operation(operation)
            except NetledgerError as error:
                made = operation.outputs[0][0] if operation.outputs else ""
                raise error.at(item=f"{operation.type[:60]} '{made[:80]}'", byte=place[0]) from None
        self._other_functions()
        if self._shared:
            self.notes.append(f"{len(self._shared):,} stored tensors are read by several operations and counted once")
        return self.returned(block.outputs)

    def _opened(self, span: Span) -> tuple[list[Span], MilBlock]:
        """A function's inputs, and the block of its own set of operations."""
        said = decode(self.cursor, [span], FUNCTION, "function")
        blocks = pairs(self.cursor, said.get("blocks", []), "block")
        if not blocks:
            raise FormatError("a function without a block").at(byte=span[0])
        chosen = blocks.get(said.get("opset", ""), next(iter(blocks.values())))
        return said.get("inputs", []), MilBlock(self.cursor, chosen)

    # -------------------------------------------------------------- one operation

    def _operation(self, operation: MilOperation) -> None:
        self._types.update(operation.outputs)
        if operation.type == "const":
            value = operation.attributes.get("val")
            if value is not None and operation.outputs:
                self._constant(operation.outputs[0][0], value)
            return
        if operation.type in _UNPACKED:
            self._unpacked(operation)
            return
        bound = [(name, one) for name, several in operation.inputs.items() for one in several]
        held = [self._constants_of(f"{operation.type} {name}", one) for name, one in bound]
        inside = operations_inside(self.cursor, operation.blocks)
        if bound and not inside and all(one is not None for one in held):
            main = [constant for part in held for constant in part or ()]
            self._held.update({name: main for name, _ in operation.outputs})
            return
        flowing = [one for (_, one), part in zip(bound, held, strict=True) if part is None and isinstance(one, str)]
        outputs = [self._shape(type) for _, type in operation.outputs]
        tensors = self._tensors(operation, [(name, part) for (name, _), part in zip(bound, held, strict=True)])
        made = [name for name, _ in operation.outputs]
        self.step(
            (made and made[0]) or operation.type, operation.type, self._kind(operation, inside, outputs), flowing, made,
            (*tensors, *self._inside(inside)),
            input_shapes=[self._shape(self._types[one]) for one in flowing if one in self._types],
            output_shapes=outputs,
            neurons=operation.type in _NEURONS or (operation.type == "matmul" and any(one.learned for one in tensors)),
            dtype=_dtype(operation.outputs[0][1]) if operation.outputs else None,
        )  # fmt: skip

    def _kind(
        self, operation: MilOperation, inside: list[MilOperation], outputs: list[Shape]
    ) -> tuple[str, dict[str, object]]:
        """Netledger's kind: what is contracted by the shapes, nothing, or nobody knows what."""
        rule = PRODUCTS.get(operation.type)
        if rule is not None and outputs:
            terms = rule(MilNode(lambda name, place: self._argument(operation, name, place),
                                 lambda name: self._stated(operation, name), outputs[0]))  # fmt: skip
            return kind_of(operation.type, terms)
        why = None if operation.type in BODIES else unfollowed(operation.type)
        if any(one.type in PRODUCTS or (one.type not in BODIES and unfollowed(one.type)) for one in inside):
            why = f"{operation.type[:60]} runs blocks, how often depends on the data"
        return kind_of(operation.type, None, why)

    def _argument(self, operation: MilOperation, name: str, place: int) -> Shape | None:
        """The shape of an argument's tensor; ``None`` where there is none."""
        bound = operation.inputs.get(name, [])
        if place >= len(bound):
            return None
        one = bound[place]
        if isinstance(one, MilValue):
            return self._shape(one.type)
        return self._shape(self._types[one]) if one in self._types else Unknown(f"nothing makes '{one[:60]}'")

    def _stated(self, operation: MilOperation, name: str) -> MilValue | None:
        bound = operation.inputs.get(name)
        if bound and isinstance(bound[0], str):
            return self._values.get(bound[0])
        return operation.value(name)

    def _shape(self, type: MilType) -> Shape:
        return self.sizes(type.shape, _NO_TENSOR)

    # -------------------------------------------------------------- constants

    def _constant(self, name: str, value: MilValue) -> list[MilConstant] | None:
        """A stated value; texts and what is no tensor are no constants that could be counted."""
        self._values[name] = value
        if value.type.dtype not in BITS or value.type.shape is None or (value.file is None and not value.kind):
            self._held[name] = []
            return self._held[name]
        found = MilConstant(name, value, self.blobs)
        known = self.constants.setdefault(found.storage, found)
        if known.nbytes != found.nbytes:
            raise FormatError(f"{known.nbytes:,} and {found.nbytes:,} bytes are stated of one blob").at(byte=value.at)
        self._held[name] = [found]
        return self._held[name]

    def _constants_of(self, name: str, one: str | MilValue) -> list[MilConstant] | None:
        return self._held.get(one) if isinstance(one, str) else self._constant(f"{name}, {one.at}", one)

    def _unpacked(self, operation: MilOperation) -> None:
        """A weight that is stored packed: its values, shown in the shape that they stand for, and what unpacks them."""
        main, roles = _UNPACKED[operation.type]
        made, type = operation.outputs[0] if operation.outputs else ("", None)
        parts: dict[str, list[MilConstant]] = {}
        for name in (main, *roles):
            bound: list[str | MilValue] = operation.inputs.get(name, [])
            value = operation.attributes.get(name)
            several = bound or ([value] if value is not None else [])
            parts[name] = [held for one in several for held in self._constants_of(f"{made} {name}", one) or ()]
        if not parts[main] or type is None or type.shape is None:
            raise FormatError(f"its argument '{main}' is no constant")
        values = parts[main][0]
        shape = values.shape if "_sparse" in operation.type.replace("constexpr_sparse_to", "") else type.shape
        bits = _index_bits(parts["lut"][0], values) if parts.get("lut") else 0
        values.unpack(operation.outputs[-1][0], tuple([size or 0 for size in shape]), f"uint{bits}" if bits else "")
        for name, role in roles.items():
            for one in parts[name]:
                one.role = one.role or ("" if one is values else role)
        rest = [one for name in roles for one in parts[name]]
        masks = [one for name in roles if name.endswith("mask") for one in parts[name]]
        for name, _ in operation.outputs[:-1]:
            self._held[name] = masks
        for name, _ in operation.outputs[-1:]:
            self._held[name] = [values, *parts[main][1:], *rest]

    def _tensors(self, operation: MilOperation, held: list[tuple[str, list[MilConstant] | None]]) -> tuple[Tensor, ...]:
        """The constants that an operation reads and that something was learned in, with what unpacks them."""
        roles = ROLES.get(operation.type, {})
        found: dict[str, Tensor] = {}
        made = operation.outputs[0][0] if operation.outputs else operation.type
        for name, part in held:
            for one in part or ():
                role = one.role or roles.get(name, "constant")
                single = name in ("x", "y", "values") and elements_of(one.shape) == 1
                if role in ("weight", "bias") and (single or not (one.dtype in _FLOATS or one.packed)):
                    role = "constant"
                if role == "constant" or one.storage in found:
                    continue
                if self.owned.setdefault(one.storage, made) != made:
                    self._shared.add(one.storage)
                found[one.storage] = one.tensor(role)
        return tuple(found.values())

    def _inside(self, operations: list[MilOperation]) -> tuple[Tensor, ...]:
        """What the blocks of an operation store, each tensor once."""
        found: dict[str, Tensor] = {}
        for operation in operations:
            self._types.update(operation.outputs)
            if operation.type == "const" and operation.outputs and "val" in operation.attributes:
                self._constant(operation.outputs[0][0], operation.attributes["val"])
            elif operation.type in _UNPACKED:
                self._unpacked(operation)
        for operation in operations:
            if operation.type == "const" or operation.type in _UNPACKED:
                continue
            bound = [(name, one) for name, several in operation.inputs.items() for one in several]
            held = [(name, self._constants_of(f"{operation.type} {name}", one)) for name, one in bound]
            found.update({str(one.storage): one for one in self._tensors(operation, held)})
        return tuple(found.values())

    def _other_functions(self) -> None:
        """What the program's other functions store and this one does not."""
        if not self._others:
            return
        tensors: dict[str, Tensor] = {}
        for span in self._others.values():
            _, block = self._opened(span)
            own = [MilOperation(self.cursor, place) for place in block.operations]
            more = operations_inside(self.cursor, [inner for one in own for inner in one.blocks])
            booked = set(self.owned)
            found = self._inside([*own, *more])
            tensors.update({str(one.storage): one for one in found if one.storage not in booked})
        names = ", ".join([f"'{name[:40]}'" for name in list(self._others)[:4]])
        self.notes.append(f"it is the function '{self.function[:40]}'; the file has {names} too")
        self.set_aside("stored in other functions", list(tensors.values()))

    def stored(self) -> dict[str, int]:
        """What the constants hold, each place once, and how much of it is in no layer's tensors."""
        held = {one.storage: (int(elements_of(one.shape)), one.nbytes) for one in self.constants.values()}
        return stored_sums(held, self.owned)


def _index_bits(table: MilConstant, values: MilConstant) -> int:
    """The bits of an index into a flat table of 2, 4, 16, 64 or 256 values; 0 where the index says them itself."""
    if values.dtype != "uint8" or len(table.shape) != 1:
        return 0
    bits = table.shape[0].bit_length() - 1
    return bits if table.shape[0] in (2, 4, 16, 64) else 0


def _dtype(type: MilType) -> str | None:
    return type.dtype if type.dtype in BITS else None
