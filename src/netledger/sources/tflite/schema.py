"""What a TFLite file says, checked: its operators' names, its subgraphs, tensors and buffers.

Source: the schema of LiteRT, version 3c (``tflite/converter/schema/schema.fbs``); numbers are the fields' places in it.
"""

from __future__ import annotations

from struct import iter_unpack

from netledger.dtypes import bytes_of
from netledger.errors import FormatError, LimitError
from netledger.limits import LAYERS, NAME_BYTES, RANK, TENSORS
from netledger.wire.flatbuffer import root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.wire.cursor import Readable
    from netledger.wire.flatbuffer import FlatTable

TYPES = (
    "float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64 complex128 uint64 resource variant "
    "uint32 uint16 int4 bfloat16 int2 uint4"
).split()
"""Element types by their number."""

OPERATORS = (
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR "
    "FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC "
    "LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH "
    "SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN "
    "GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM "
    "STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM "
    "CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN "
    "TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT "
    "REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY "
    "SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS "
    "SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE "
    "MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 "
    "DENSIFY SEGMENT_SUM BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D "
    "IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE "
    "VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM "
    "MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX "
    "UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC "
    "STABLEHLO_ADD STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE STABLEHLO_CLAMP "
    "STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL "
    "STABLEHLO_REDUCE STABLEHLO_ABS STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR "
    "STABLEHLO_LOG STABLEHLO_MINIMUM STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER "
    "STABLEHLO_RSQRT STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE "
    "STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA "
    "STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT STABLEHLO_WHILE STABLEHLO_GATHER "
    "STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT "
    "STABLEHLO_CBRT STABLEHLO_CASE"
).split()
"""Operators by their number."""
CUSTOM = OPERATORS.index("CUSTOM")
_PLACEHOLDER = 127
_SUBGRAPHS = 1_000
_COMPARED = 64 * 1024
_NAMED_LATER = frozenset(("string", "resource", "variant"))


class Stored:
    """A buffer of the file that holds something: its number, where its bytes lie and how many there are."""

    __slots__ = ("at", "nbytes", "number")

    def __init__(self, number: int, at: int, nbytes: int) -> None:
        self.number, self.at, self.nbytes = number, at, nbytes

    def uniform(self, source: Readable) -> bool:
        """Whether it begins with the same number over and over: biases of zero, as they were before training."""
        start = source.read_at(self.at, min(self.nbytes, _COMPARED))
        return start == (start[:8] * (len(start) // 8 + 1))[: len(start)]

    def numbers(self, source: Readable, dtype: str) -> tuple[float, ...]:
        """Its first values, where they are real numbers of 16 or 32 bits."""
        code = {"float32": "f", "float16": "e"}.get(dtype)
        if code is None:
            return ()
        start = source.read_at(self.at, min(self.nbytes, 4 * _COMPARED))
        return tuple([value for (value,) in iter_unpack(f"<{code}", start[: len(start) // 4 * 4])])


class TfliteValue:
    """A tensor of a subgraph. ``shape`` has ``None`` for a size left open, ``ranked`` is false where it states none."""

    __slots__ = ("dtype", "name", "quantised", "ranked", "shape", "sparse", "storage", "stored", "variable")

    def __init__(self, table: FlatTable, buffers: list[Stored | None]) -> None:
        self.name = table.text(3, NAME_BYTES)
        number = table.number(1, 1)
        if number >= len(TYPES):
            raise FormatError(f"element type {number} is not known").at(byte=table.at, item=f"tensor '{self.name}'")
        self.dtype = TYPES[number]
        stated, signature = table.numbers(0, most=RANK), table.numbers(7, most=RANK)
        if signature and len(signature) != len(stated):
            raise FormatError("its shape and its signature differ in rank").at(item=f"tensor '{self.name}'")
        if any(size < -1 for size in (*stated, *signature)):
            raise FormatError("a negative size").at(byte=table.at, item=f"tensor '{self.name}'")
        both = zip(stated, signature or stated, strict=True)
        self.shape = tuple([None if -1 in (size, signed) else size for size, signed in both])
        self.ranked = bool(stated) or table.number(8, 1) != 0
        self.variable, self.sparse = table.number(5, 1) != 0, table.has(6)
        scales = table.table(4)
        self.quantised = scales is not None and scales.vector(2, 4)[1] > 0
        buffer = table.number(2, 4)
        if buffer >= len(buffers) and buffer:
            raise FormatError(f"it lies in buffer {buffer:,} of {len(buffers):,}").at(item=f"tensor '{self.name}'")
        self.stored = None if self.variable or not buffers else buffers[buffer]
        self.storage = f"buffer {buffer}"
        if self.stored is not None:
            self._check()

    def _check(self) -> None:
        """A stored tensor has every size, and exactly the bytes that they need."""
        assert self.stored is not None
        elements = 1
        for size in self.shape:
            if size is None:
                raise FormatError("it is stored and leaves a size open").at(item=f"tensor '{self.name}'")
            elements *= size
        if self.dtype in _NAMED_LATER or self.sparse:
            return
        needed = bytes_of(elements, self.dtype)
        if needed != self.stored.nbytes:
            raise FormatError(f"its shape needs {needed:,} bytes, its buffer has {self.stored.nbytes:,}").at(
                item=f"tensor '{self.name}'"
            )


class TfliteOperation:
    """An operator as a subgraph applies it: its name, the tensors it reads and makes (-1: left out), its options."""

    __slots__ = ("at", "custom", "inputs", "name", "options", "outputs")

    def __init__(self, table: FlatTable, codes: list[tuple[str, bool]], tensors: int) -> None:
        code = table.number(0, 4)
        if code >= len(codes):
            raise FormatError(f"operator code {code:,} of {len(codes):,}").at(byte=table.at)
        self.at, (self.name, self.custom) = table.at, codes[code]
        self.inputs, self.outputs = table.numbers(1), table.numbers(2)
        if any(not -1 <= index < tensors for index in (*self.inputs, *self.outputs)):
            raise FormatError(f"it uses a tensor that is none of the {tensors:,}").at(byte=self.at, item=self.name)
        self.options = None if self.custom else table.table(12 if table.has(12) else 4)

    def option(self, field: int, width: int, default: int = 0) -> int:
        """One of its options by its place."""
        return default if self.options is None else self.options.number(field, width, default, signed=width > 1)


class Subgraph:
    """One graph of the file."""

    __slots__ = ("inputs", "name", "operations", "outputs", "tensors")

    def __init__(self, table: FlatTable, buffers: list[Stored | None], codes: list[tuple[str, bool]]) -> None:
        self.name = table.text(4, NAME_BYTES)
        self.tensors = [TfliteValue(one, buffers) for one in table.tables(0, TENSORS)]
        self.inputs, self.outputs = table.numbers(1), table.numbers(2)
        if any(not -1 <= index < len(self.tensors) for index in (*self.inputs, *self.outputs)):
            raise FormatError(f"an input or output that is none of the {len(self.tensors):,} tensors").at(byte=table.at)
        self.operations = [TfliteOperation(one, codes, len(self.tensors)) for one in table.tables(3, LAYERS)]


class TfliteModel:
    """The whole file."""

    __slots__ = ("description", "source", "subgraphs", "version")

    def __init__(self, source: Readable) -> None:
        self.source = source
        table = root(source, b"TFL3")
        self.version, self.description = table.number(0, 4), table.text(3, NAME_BYTES)
        if self.version != 3:
            raise FormatError(f"TFLite schema version {self.version:,}; known is 3").at(byte=table.at)
        codes = [_code(one) for one in table.tables(1)]
        buffers = [_buffer(one, i) for i, one in enumerate(table.tables(4, TENSORS))]
        self.subgraphs = [Subgraph(one, buffers, codes) for one in table.tables(2, _SUBGRAPHS)]
        if not self.subgraphs:
            raise FormatError("a TFLite file without a graph")
        for graph in self.subgraphs:
            _tell_apart(graph, source)
        if sum([len(graph.operations) for graph in self.subgraphs]) > LAYERS:
            raise LimitError(f"more than {LAYERS:,} operators")


def _code(table: FlatTable) -> tuple[str, bool]:
    """An operator's name, and whether it is none of TFLite's own."""
    number = table.number(3, 4)
    old = table.number(0, 1)
    number = number if old == _PLACEHOLDER else max(old, number)
    if number == CUSTOM:
        return table.text(1, NAME_BYTES) or "CUSTOM", True
    return (OPERATORS[number] if number < len(OPERATORS) else f"operator {number:,}"), False


def _tell_apart(graph: Subgraph, source: Readable) -> None:
    """Tensors of one graph in one buffer are tied - unless it holds one number only, which converters join."""
    users: dict[int, list[TfliteValue]] = {}
    for value in graph.tensors:
        if value.stored is not None:
            users.setdefault(value.stored.number, []).append(value)
    for values in users.values():
        if len(values) > 1 and values[0].stored is not None and values[0].stored.uniform(source):
            for i, value in enumerate(values[1:], 1):
                value.storage += f", user {i + 1}"


def _buffer(table: FlatTable, number: int) -> Stored | None:
    """What a buffer holds: its own bytes, or a place behind the tables in files beyond 2 GB. The first is empty."""
    start, inside = table.vector(0, 1)
    offset, outside = table.number(1, 8), table.number(2, 8)
    if offset > 1 and offset + outside > table.pages.size:
        raise FormatError(f"buffer {number:,} reaches to {offset + outside:,}, beyond the file").at(byte=table.at)
    at, nbytes = (offset, outside) if offset > 1 else (start, inside)
    return Stored(number, at, nbytes) if nbytes else None
