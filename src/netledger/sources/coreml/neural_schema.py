"""The messages of Core ML's older neural networks: their layers' numbers, fields and weights.

Source: ``mlmodel/format/NeuralNetwork.proto`` of coremltools.
"""

from __future__ import annotations

from netledger.dtypes import bytes_of
from netledger.errors import FormatError
from netledger.network import Tensor, elements_of
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.wire.cursor import Cursor
    from netledger.wire.protobuf import Schema, Span

NETWORK: Schema = {
    1: ("layers", "span", True), 2: ("preprocessing", "span", True), 5: ("arrays", "int", False),
    6: ("images", "int", False),
}  # fmt: skip

LAYERS = {
    100: "convolution", 120: "pooling", 130: "activation", 140: "innerProduct", 150: "embedding", 160: "batchnorm",
    165: "mvn", 170: "l2normalize", 175: "softmax", 180: "lrn", 190: "crop", 200: "padding", 210: "upsample",
    211: "resizeBilinear", 212: "cropResize", 220: "unary", 230: "add", 231: "multiply", 240: "average", 245: "scale",
    250: "bias", 260: "max", 261: "min", 270: "dot", 280: "reduce", 290: "loadConstant", 300: "reshape", 301: "flatten",
    310: "permute", 320: "concat", 330: "split", 340: "sequenceRepeat", 345: "reorganizeData", 350: "slice",
    400: "simpleRecurrent", 410: "gru", 420: "uniDirectionalLSTM", 430: "biDirectionalLSTM", 500: "custom", 600: "copy",
    605: "branch", 615: "loop", 620: "loopBreak", 625: "loopContinue", 635: "rangeStatic", 640: "rangeDynamic",
    660: "clip", 665: "ceil", 670: "floor", 680: "sign", 685: "round", 700: "exp2", 710: "sin", 715: "cos", 720: "tan",
    730: "asin", 735: "acos", 740: "atan", 750: "sinh", 755: "cosh", 760: "tanh", 770: "asinh", 775: "acosh",
    780: "atanh", 790: "erf", 795: "gelu", 815: "equal", 820: "notEqual", 825: "lessThan", 827: "lessEqual",
    830: "greaterThan", 832: "greaterEqual", 840: "logicalOr", 845: "logicalXor", 850: "logicalNot", 855: "logicalAnd",
    865: "modBroadcastable", 870: "minBroadcastable", 875: "maxBroadcastable", 880: "addBroadcastable",
    885: "powBroadcastable", 890: "divideBroadcastable", 895: "floorDivBroadcastable", 900: "multiplyBroadcastable",
    905: "subtractBroadcastable", 920: "tile", 925: "stack", 930: "gather", 935: "scatter", 940: "gatherND",
    945: "scatterND", 950: "softmaxND", 952: "gatherAlongAxis", 954: "scatterAlongAxis", 960: "reverse",
    965: "reverseSeq", 975: "splitND", 980: "concatND", 985: "transpose", 995: "sliceStatic", 1000: "sliceDynamic",
    1005: "slidingWindows", 1015: "topK", 1020: "argMin", 1025: "argMax", 1040: "embeddingND", 1045: "batchedMatmul",
    1065: "getShape", 1070: "loadConstantND", 1080: "fillLike", 1085: "fillStatic", 1090: "fillDynamic",
    1100: "broadcastToLike", 1105: "broadcastToStatic", 1110: "broadcastToDynamic", 1120: "squeeze", 1125: "expandDims",
    1130: "flattenTo2D", 1135: "reshapeLike", 1140: "reshapeStatic", 1145: "reshapeDynamic",
    1150: "rankPreservingReshape", 1155: "constantPad", 1170: "randomNormalLike", 1175: "randomNormalStatic",
    1180: "randomNormalDynamic", 1190: "randomUniformLike", 1195: "randomUniformStatic", 1200: "randomUniformDynamic",
    1210: "randomBernoulliLike", 1215: "randomBernoulliStatic", 1220: "randomBernoulliDynamic",
    1230: "categoricalDistribution", 1250: "reduceL1", 1255: "reduceL2", 1260: "reduceMax", 1265: "reduceMin",
    1270: "reduceSum", 1275: "reduceProd", 1280: "reduceMean", 1285: "reduceLogSum", 1290: "reduceSumSquare",
    1295: "reduceLogSumExp", 1313: "whereNonZero", 1315: "matrixBandPart", 1320: "lowerTriangular",
    1325: "upperTriangular", 1330: "whereBroadcastable", 1350: "layerNormalization", 1400: "NonMaximumSuppression",
    1450: "oneHot", 1455: "cumSum", 1460: "clampedReLU", 1461: "argSort", 1465: "pooling3d", 1466: "globalPooling3d",
    1470: "sliceBySize", 1471: "convolution3d",
}  # fmt: skip
"""The number of the field that says of which sort a layer is → its name."""

LAYER: Schema = {
    1: ("name", "text", False), 2: ("inputs", "text", True), 3: ("outputs", "text", True),
    5: ("made", "span", True), **{number: (name, "span", False) for number, name in LAYERS.items()},
}  # fmt: skip

_WEIGHTS: Schema = {
    1: ("floats", "span", True), 2: ("halves", "span", False), 30: ("raw", "span", False), 31: ("int8", "span", False),
    40: ("packing", "span", False),
}  # fmt: skip
_PACKING: Schema = {1: ("bits", "int", False), 101: ("linear", "span", False), 102: ("table", "span", False)}
_SCALES: Schema = {1: ("scale", "span", True), 2: ("bias", "span", True)}

_BORDERS: Schema = {10: ("edges", "span", True)}
_EDGES: Schema = {1: ("start", "int", False), 2: ("end", "int", False)}


def fields(spec: str) -> Schema:
    """A schema written short: ``1:name*i`` a number, its name, ``*`` where it repeats, and i, s(pan) or f(loat).

    >>> fields("1:channels:i 20:kernel*:i")
    {1: ('channels', 'int', False), 20: ('kernel', 'int', True)}
    """
    kinds = {"i": "int", "s": "span", "f": "float", "t": "text"}
    parts = [word.split(":") for word in spec.split()]
    return {int(number): (name.rstrip("*"), kinds[kind], name.endswith("*")) for number, name, kind in parts}


def stored(cursor: Cursor, span: Span, name: str, role: str, shape: tuple[int, ...]) -> list[Tensor]:
    """A layer's weights as a tensor of this shape, with the scales or the table that packed ones are unpacked by."""
    held = decode(cursor, [span], _WEIGHTS, "weights")
    needed = int(elements_of(shape))
    for key, dtype in (("floats", "float32"), ("halves", "float16"), ("int8", "int8")):
        spans = held.get(key, [])
        nbytes = sum([end - start for start, end in ([spans] if isinstance(spans, tuple) else spans)])
        if nbytes:
            if nbytes != bytes_of(needed, dtype):
                raise FormatError(f"{name}: its shape needs {bytes_of(needed, dtype):,} bytes, {nbytes:,} are there")
            return [Tensor(name, role, shape, dtype), *_scales(cursor, held, name)]
    if "raw" not in held:
        if needed:
            raise FormatError(f"{name}: its shape needs {needed:,} values, none are there")
        return []
    packing = decode(cursor, [held["packing"]] if "packing" in held else [], _PACKING, "quantization")
    bits, nbytes = packing.get("bits", 0), held["raw"][1] - held["raw"][0]
    if not 0 < bits <= 8 or nbytes != (needed * bits + 7) // 8:
        raise FormatError(f"{name}: {needed:,} values of {bits} bits are not {nbytes:,} bytes")
    return [Tensor(name, role, shape, f"uint{bits}", nbytes=nbytes), *_scales(cursor, held, name)]


def _scales(cursor: Cursor, held: dict[str, Any], name: str) -> list[Tensor]:
    packing = decode(cursor, [held["packing"]] if "packing" in held else [], _PACKING, "quantization")
    found = []
    for key, what, role in (
        ("linear", "scale", "scale"),
        ("linear", "bias", "zero_point"),
        ("table", "scale", "scale"),
    ):
        spans = decode(cursor, [packing[key]], _SCALES, "quantization").get(what, []) if key in packing else []
        count = sum([end - start for start, end in spans]) // 4
        if count:
            word = "table" if key == "table" else what
            found.append(Tensor(f"{name}.{word}", role, (count,), "float32"))
    return found


def borders(cursor: Cursor, span: Span | None) -> list[tuple[int, int]]:
    """The amounts of a border, dimension by dimension: before, behind."""
    held = decode(cursor, [span] if span is not None else [], _BORDERS, "border").get("edges", [])
    edges = [decode(cursor, [one], _EDGES, "border") for one in held[:8]]
    return [(edge.get("start", 0), edge.get("end", 0)) for edge in edges]
