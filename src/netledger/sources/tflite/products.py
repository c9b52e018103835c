"""What each TFLite operator multiplies and accumulates, by the shapes that the file states (channels come last).

An operator that is in no table here has no products; :data:`UNFOLLOWED` are those of which nobody can say.
"""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import products
from netledger.layers.products import shape_text
from netledger.network import elements_of
from netledger.sources.graph_shapes import differ
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.layers.products import Flat
    from netledger.network import Dim, Shape
    from netledger.sources.tflite.schema import TfliteOperation

    Rule = Callable[["TfliteNode"], tuple[Flat, ...]]

_NONE = Unknown("the file states no shape here")


class TfliteNode:
    """An operator with the shapes of what it reads and makes; Unknown where the file states none."""

    __slots__ = ("inputs", "operation", "outputs")

    def __init__(self, operation: TfliteOperation, inputs: list[Shape | None], outputs: list[Shape]) -> None:
        self.operation, self.inputs, self.outputs = operation, inputs, outputs

    def input(self, index: int, rank: int | None = None) -> tuple[Dim, ...]:
        """The sizes of an input; another rank than it must have is a ``ShapeError``."""
        shape = self.inputs[index] if index < len(self.inputs) else None
        if shape is None:
            raise ShapeError(f"{self.operation.name} without its input {index}")
        return self._ranked(shape, rank)

    def output(self, rank: int | None = None) -> tuple[Dim, ...]:
        """The sizes of its first output."""
        if not self.outputs:
            raise ShapeError(f"{self.operation.name} without an output")
        return self._ranked(self.outputs[0], rank)

    def _ranked(self, shape: Shape, rank: int | None) -> tuple[Dim, ...]:
        if isinstance(shape, Unknown):
            return (shape,) * (rank or 1)
        if rank is not None and len(shape) != rank:
            raise ShapeError(f"{self.operation.name} of {shape_text(shape)}, which has not {rank} dimensions")
        return shape

    def matrices(self, indices: tuple[int, ...]) -> list[Shape]:
        """Those of the inputs that are there."""
        found = [self.inputs[index] for index in indices if index < len(self.inputs)]
        return [shape for shape in found if shape is not None]


def _conv(axes: int, last: bool = False) -> Rule:
    """A convolution of so many dimensions; its filter is ``O·k·I``, or ``k·I·O`` where the outputs come ``last``."""

    def rule(node: TfliteNode) -> tuple[Flat, ...]:
        image, filters, out = node.input(0, axes + 2), node.input(1, axes + 2), node.output(axes + 2)
        kernel, depth, wide = filters[1:-1], filters[-1], filters[0]
        if last:
            kernel, depth, wide = filters[:-2], filters[-2], filters[-1]
        whole = isinstance(depth, int) and isinstance(image[-1], int)
        if differ(out[-1], wide) or (whole and (depth == 0 or image[-1] % depth)):  # type: ignore[operator]
            raise ShapeError(f"a filter of {shape_text(filters)} from {shape_text(image)} to {shape_text(out)}")
        return (products.flat(products.conv(out[:1], out[1:-1], products.filters(kernel, depth, 1, wide))),)

    return rule


def _transposed(axes: int, image_at: int, last: bool = False) -> Rule:
    """A transposed convolution: every position of its input is multiplied with the whole filter."""

    def rule(node: TfliteNode) -> tuple[Flat, ...]:
        image, filters = node.input(image_at, axes + 2), node.input(1, axes + 2)
        kernel, wide = (filters[:-2], filters[-2]) if last else (filters[1:-1], filters[0])
        if differ(image[-1], filters[-1]):
            raise ShapeError(f"a filter of {shape_text(filters)} of {shape_text(image)}")
        weights = products.filters(kernel, filters[-1], 1, wide, transposed=True)
        return (products.flat(products.conv(image[:1], image[1:-1], weights, transposed=True)),)

    return rule


def _depthwise(node: TfliteNode) -> tuple[Flat, ...]:
    image, filters, out = node.input(0, 4), node.input(1, 4), node.output(4)
    if differ(out[-1], filters[-1]):
        raise ShapeError(f"a filter of {shape_text(filters)} to {shape_text(out)}")
    groups = image[-1] if isinstance(image[-1], int) and image[-1] else 1
    weights = products.filters(filters[1:-1], groups, groups, filters[-1])
    return (products.flat(products.conv(out[:1], out[1:-1], weights)),)


def _fully_connected(node: TfliteNode) -> tuple[Flat, ...]:
    """As many rows as the input's elements fill: the input may be of any rank."""
    wide, depth = node.input(1, 2)
    elements = elements_of(node.input(0))
    if isinstance(elements, Unknown) or isinstance(depth, Unknown):
        return ((("N", elements if isinstance(elements, Unknown) else depth), ("C_out", wide)),)
    if depth == 0 or elements % depth:
        raise ShapeError(f"FULLY_CONNECTED of {elements:,} values in rows of {depth:,}")
    return ((("N", elements // depth), ("C_in", depth), ("C_out", wide)),)


def _batch_matmul(node: TfliteNode) -> tuple[Flat, ...]:
    left, right, out = node.input(0), node.input(1), node.output()
    if any(len(shape) < 2 for shape in (left, right, out)):
        return ((("M", _NONE),),)
    inner = left[-2] if node.operation.option(0, 1) else left[-1]
    other = right[-1] if node.operation.option(1, 1) else right[-2]
    if differ(inner, other):
        raise ShapeError(f"BATCH_MATMUL of {shape_text(left)} and {shape_text(right)}: inner sizes differ")
    return ((*products.flat(products.repeats("B", out[:-2])), ("M", out[-2]), ("K", inner), ("N", out[-1])),)


def _recurrent(*matrices: int, sequence: bool = True) -> Rule:
    """Every weight matrix once for each step of each sequence."""

    def rule(node: TfliteNode) -> tuple[Flat, ...]:
        read = node.input(0)
        steps = products.flat(products.repeats("T", read[:-1] if sequence or len(read) < 2 else read[:1]))
        return tuple([(*steps, ("h·d", _elements(shape))) for shape in node.matrices(matrices)])

    return rule


def _elements(shape: Shape) -> Dim:
    return shape if isinstance(shape, Unknown) else elements_of(shape)


def _lstm(node: TfliteNode) -> tuple[Flat, ...]:
    """One step: the kernel of five inputs has one matrix for all gates."""
    return (_recurrent(2) if len(node.operation.inputs) == 5 else _recurrent(*_GATES))(node)


_GATES = (1, 2, 3, 4, 5, 6, 7, 8, 16)
_BOTH_WAYS = (*_GATES, *range(18, 26), 33, *range(40, 48))

PRODUCTS: dict[str, Rule] = {
    "CONV_2D": _conv(2), "CONV_3D": _conv(3, last=True), "DEPTHWISE_CONV_2D": _depthwise,
    "TRANSPOSE_CONV": _transposed(2, 2), "CONV_3D_TRANSPOSE": _transposed(3, 2, last=True),
    "Convolution2DTransposeBias": _transposed(2, 0),
    "FULLY_CONNECTED": _fully_connected, "BATCH_MATMUL": _batch_matmul,
    "LSTM": _lstm, "UNIDIRECTIONAL_SEQUENCE_LSTM": _recurrent(*_GATES),
    "BIDIRECTIONAL_SEQUENCE_LSTM": _recurrent(*_BOTH_WAYS),
    "RNN": _recurrent(1, 2), "UNIDIRECTIONAL_SEQUENCE_RNN": _recurrent(1, 2),
    "BIDIRECTIONAL_SEQUENCE_RNN": _recurrent(1, 2, 5, 6, 10, 11), "SVDF": _recurrent(1, 2, sequence=False),
}  # fmt: skip
"""Operator → its products, by the layout of its inputs; the last custom one is MediaPipe's."""

NEURONS = frozenset(name for name in PRODUCTS if "CONV" in name.upper() or name == "FULLY_CONNECTED")
"""Operators whose outputs are neurons."""

HARMLESS = frozenset(
    ("TFLite_Detection_PostProcess", "MaxPoolingWithArgmax2D", "MaxUnpooling2D", "Landmarks2TransformMatrix")
)
"""Operators of other packages that multiply no matrices (TensorFlow's and MediaPipe's)."""

UNFOLLOWED = frozenset(
    ("STABLEHLO_CONVOLUTION STABLEHLO_DOT_GENERAL STABLEHLO_CUSTOM_CALL STABLEHLO_WHILE STABLEHLO_COMPOSITE "
     "STABLEHLO_CASE STABLEHLO_REDUCE STABLEHLO_REDUCE_WINDOW STABLEHLO_SCATTER DELEGATE CUSTOM RFFT2D").split()
)  # fmt: skip
"""TFLite's own operators of which the file's shapes do not say what they multiply."""

SUBGRAPHS: dict[str, tuple[int, ...]] = {"IF": (0, 1), "WHILE": (0, 1), "CALL": (0,), "CALL_ONCE": (0,)}
"""Operators that run other graphs of the file: which options name them."""

_DENSE = {1: "weight", 2: "bias"}
_SPREAD = {0: "constant", 1: "weight", 3: "bias"}
_LSTM = {**dict.fromkeys((12, 13, 14, 15, 17), "bias"), 18: "state", 19: "state"}
_STEP = {3: "bias", 4: "state"}

ROLES: dict[str, dict[int, str]] = {
    "CONV_2D": _DENSE, "DEPTHWISE_CONV_2D": _DENSE, "FULLY_CONNECTED": _DENSE, "CONV_3D": _DENSE,
    "Convolution2DTransposeBias": _DENSE, "TRANSPOSE_CONV": _SPREAD, "CONV_3D_TRANSPOSE": _SPREAD,
    "GATHER": {0: "weight", 1: "constant"}, "EMBEDDING_LOOKUP": {0: "constant", 1: "weight"},
    "LSTM": _LSTM, "UNIDIRECTIONAL_SEQUENCE_LSTM": _LSTM,
    "SVDF": _STEP, "RNN": _STEP, "UNIDIRECTIONAL_SEQUENCE_RNN": _STEP,
    "BIDIRECTIONAL_SEQUENCE_RNN": {**_STEP, 7: "bias", 8: "state"},
    "BIDIRECTIONAL_SEQUENCE_LSTM": {
        **dict.fromkeys((12, 13, 14, 15, 17, 29, 30, 31, 32, 34), "bias"),
        **dict.fromkeys((35, 36, 37, 38), "state"),
    },
}  # fmt: skip
"""Operator → what a stored input is; those that are not named are weights where they stand for real numbers."""
