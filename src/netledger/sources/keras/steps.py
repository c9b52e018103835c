"""What each Keras layer does, as kinds of netledger: one step, or a few where Keras joins what we keep apart.

Shapes carry a batch. Source: the layers' ``get_config`` and ``build`` in Keras 2 and 3, under their own names.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers.products import broadcast
from netledger.limits import MAX_DIMENSION
from netledger.records import Record
from netledger.registry import load
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.network import Shape


class KerasStep(Record):
    """One row of the books: its suffix behind the layer's name (``""``: the layer itself), kind and attributes.

    ``reads``: the inputs by number, or the suffix of an earlier step; by default the step above (the first: input 0).
    ``shape``: what it makes where no rule says so. ``variables``: words in the names of the variables that are its own
    (by default all that are left), ``roles`` what they are in order.
    """

    __slots__ = ("kind", "attributes", "suffix", "reads", "shape", "roles", "variables")
    kind: str
    attributes: Mapping[str, Any]
    suffix: str
    reads: tuple[int | str, ...] | None
    shape: Shape | None
    roles: str
    variables: tuple[str, ...]

    def __init__(
        self, kind: str, attributes: Mapping[str, Any] | None = None, suffix: str = "",
        reads: tuple[int | str, ...] | None = None, shape: Shape | None = None, roles: str = "",
        variables: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._fill(kind, attributes or {}, suffix, reads, shape, roles, variables)


class KerasConfig:
    """The configuration of one layer, asked by name: every value is checked for what it must be."""

    __slots__ = ("class_name", "values")

    def __init__(self, class_name: str, values: Mapping[str, Any]) -> None:
        self.class_name, self.values = class_name, values

    def size(self, name: str, default: int | None = None) -> int:
        """A whole number from 0 on."""
        found = self.values.get(name)
        found = default if found is None else found
        if isinstance(found, float) and found.is_integer() and abs(found) < 2**53:
            found = int(found)
        if type(found) is not int or not 0 <= found <= MAX_DIMENSION:
            raise FormatError(f"{name}: {_shown(found)} is no size")
        return found

    def sizes(self, name: str, axes: int | None = None, default: int | None = None) -> tuple[int, ...]:
        """One whole number for each of so many axes, where it is written once too."""
        found = self.values.get(name)
        found = default if found is None else found
        if type(found) is int and axes is not None:
            found = [found] * axes
        if not isinstance(found, list | tuple) or (axes is not None and len(found) != axes):
            raise FormatError(f"{name}: {_shown(found)} are no {axes or ''} sizes")
        if any(type(size) is not int or not -1 <= size <= MAX_DIMENSION for size in found):
            raise FormatError(f"{name}: {_shown(found)} are no sizes")
        return tuple(found)

    def truth(self, name: str, default: bool) -> bool:
        """A yes or no."""
        found = self.values.get(name, default)
        if not isinstance(found, bool):
            raise FormatError(f"{name}: {_shown(found)} is neither true nor false")
        return found

    def text(self, name: str, default: str = "") -> str:
        """A word."""
        found = self.values.get(name, default)
        return found if isinstance(found, str) else default

    def axis(self, name: str = "axis", default: int = -1) -> int | None:
        """One dimension, counted from either end; ``None`` where several are named."""
        found = self.values.get(name, default)
        if isinstance(found, list) and len(found) == 1:
            found = found[0]
        return found if type(found) is int and abs(found) < 64 else None

    @property
    def last(self) -> dict[str, Any]:
        """``channels_last=True`` where the layer keeps its channels so: Keras' default."""
        return {} if self.text("data_format", "channels_last") == "channels_first" else {"channels_last": True}

    @property
    def axes(self) -> int:
        """The spatial dimensions in the class's name: ``Conv2D`` → 2."""
        return next((int(letter) for letter in self.class_name if letter in "123"), 0)


def _shown(value: Any) -> str:
    return repr(value)[:60]


def known(shape: Shape, rank: int | None = None) -> tuple[Any, ...]:
    """The sizes of a shape; so many unknown ones where there is none."""
    return (shape,) * (rank or 1) if isinstance(shape, Unknown) else shape


STEPS: dict[str, str] = {
    **dict.fromkeys(
        "Conv1D Conv2D Conv3D Convolution1D Convolution2D Conv1DTranspose Conv2DTranspose Conv3DTranspose "
        "Convolution2DTranspose DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D SeparableConvolution2D "
        "MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D AveragePooling1D AveragePooling2D "
        "AveragePooling3D AvgPool2D GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D "
        "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GlobalMaxPool2D GlobalAvgPool2D ZeroPadding1D "
        "ZeroPadding2D ZeroPadding3D Cropping1D Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D "
        "Resizing CenterCrop RandomCrop".split(),
        "netledger.sources.keras.windows:STEPS",
    ),
    **dict.fromkeys(
        "Dense EinsumDense Embedding MultiHeadAttention GroupedQueryAttention GroupQueryAttention Attention "
        "AdditiveAttention Dot Matmul Einsum".split(),
        "netledger.sources.keras.matrices:STEPS",
    ),
    **dict.fromkeys(
        "LSTM GRU SimpleRNN CuDNNLSTM CuDNNGRU Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D".split(),
        "netledger.sources.keras.recurrence:STEPS",
    ),
    **dict.fromkeys(
        "BatchNormalization BatchNormalizationV1 BatchNormalizationV2 SyncBatchNormalization LayerNormalization "
        "GroupNormalization RMSNormalization UnitNormalization Normalization PReLU ReLU LeakyReLU ELU Softmax "
        "Activation Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout "
        "GaussianNoise ActivityRegularization Masking Identity Rescaling RandomFlip RandomRotation RandomZoom "
        "RandomTranslation RandomContrast RandomBrightness RandomErasing RandomHue RandomSaturation RandomShear "
        "StochasticDepth Add Subtract Multiply Average Maximum Minimum Concatenate Flatten Reshape Permute "
        "RepeatVector LayerScale CustomScaleLayer".split(),
        "netledger.sources.keras.values:STEPS",
    ),
}  # fmt: skip
"""Class → the table that holds what it does."""

HARMLESS = frozenset(
    "CategoryEncoding Discretization Hashing HashedCrossing IntegerLookup StringLookup TextVectorization "
    "MelSpectrogram Abs Absolute Subtract Add Multiply Divide TrueDivide Mean Sum Max Min Exp "
    "Log Sqrt Rsqrt Square Power Sin Cos Tanh Sigmoid Relu Relu6 Silu Gelu Elu Selu Softmax Softplus LogSoftmax "
    "GetItem Reshape Transpose ExpandDims Squeeze Stack Concatenate Split Tile Repeat Cast Clip Where Equal NotEqual "
    "Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr LogicalNot Shape Pad Flip Roll BroadcastTo ZerosLike "
    "OnesLike Zeros Ones Full Arange OneHot Take TakeAlongAxis Argmax Argmin TopK Resize Normalize L2Normalize "
    "Negative Maximum Minimum Mod FloorDivide Round Floor Ceil Sign Cumsum Prod Var Std Any All Resizing2D "
    "ConvertToTensor MaxPool AveragePool Swapaxes Moveaxis Ravel StopGradient UpSampling Rot90 Variable".split()
)
"""Keras' layers and operations that hold nothing learned and contract nothing; their shapes are those stated."""

_VALUE_BY_VALUE = frozenset(
    "abs absolute add addv2 subtract sub multiply mul divide truediv power pow mod floordiv maximum "
    "minimum exp log sqrt rsqrt square sin cos neg negative sign round floor ceil sigmoid tanh relu relu6 "
    "silu swish gelu elu selu softmax softplus logsoftmax hardsigmoid leakyrelu clip clipbyvalue cast "
    "identity stopgradient converttotensor equal notequal less lessequal greater greaterequal logicaland logicalor "
    "logicalnot normalize l2normalize cumsum zeroslike oneslike".split()
)
"""Those that keep the shape, or that which their inputs broadcast to; names without underscores, in small letters."""

_PLAIN_FUNCTIONS = frozenset(
    "add subtract multiply divide truediv reshape transpose expand_dims squeeze stack concat split tile repeat cast "
    "clip_by_value where shape pad getitem slice_helper strided_slice relu relu6 sigmoid tanh softmax softplus gelu "
    "elu selu silu swish exp log sqrt rsqrt square pow abs reduce_mean reduce_sum reduce_max reduce_min resize mul "
    "resize_images l2_normalize maximum minimum neg sub unstack gather one_hot argmax range ones zeros ones_like "
    "zeros_like floor round sign cumsum identity broadcast_to logical_and logical_or logical_not greater less equal "
    "mod floordiv hard_sigmoid sin cos floor_mod rank size leaky_relu depth_to_space space_to_depth".split()
)
"""TensorFlow's functions (Keras 2 keeps them as ``TFOpLambda``) that contract nothing."""


def steps_of(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep] | None:
    """The rows of one layer for inputs of these shapes; ``None`` for a class that nobody here knows."""
    place = STEPS.get(config.class_name)
    if place is not None:
        table: Mapping[str, Callable[[KerasConfig, Sequence[Shape]], list[KerasStep]]] = load(place)
        return table[config.class_name](config, inputs)
    name = config.class_name
    if name in ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"):
        name = config.text("function", config.text("name")).rpartition(".")[2].strip("_").lower()
        if name not in _PLAIN_FUNCTIONS:
            return None
    elif name not in HARMLESS:
        return None
    shape = broadcast(*inputs) if name.replace("_", "").lower() in _VALUE_BY_VALUE and inputs else None
    return [KerasStep("elementwise", reads=tuple(range(len(inputs))), shape=shape)]
