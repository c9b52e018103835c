"""Arithmetic value by value: functions of one tensor, and several tensors broadcast together."""

from __future__ import annotations

from netledger.layers import Call, Effect, rule
from netledger.layers.products import broadcast


@rule("add", "sub", role="joining", by_map=True, keeps="nothing")
@rule("mul", role="joining", by_map=True, keeps="inputs")
@rule(
    "div",
    "pow",
    "maximum",
    "minimum",
    "remainder",
    "fmod",
    "atan2",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "where",
    "masked_fill",
    "lerp",
    "floor_divide",
)
def combine(call: Call, value: float | None = None) -> Effect:
    """Combines its inputs (or one input and ``value``) value by value, broadcasting as NumPy does.

    Nothing learned, no MACs: an addition or product of two activations contracts nothing.

    Source: PyTorch's functions of the same names and its broadcasting rules.

    >>> from netledger.layers import apply
    >>> apply("add", {}, ((256, 56, 56), (256, 56, 56))).outputs
    ((256, 56, 56),)
    >>> apply("mul", {}, ((256, 56, 56), (256, 1, 1))).outputs
    ((256, 56, 56),)
    """
    shape = call.input
    for other in call.inputs[1:]:
        shape = broadcast(shape, other)
    return Effect((shape,))


@rule("abs", "log", "square", "sin", "cos", keeps="inputs")
@rule(
    "neg",
    "expm1",
    "exp2",
    "log2",
    "log10",
    "log1p",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "asinh",
    "acosh",
    "atanh",
    "erf",
    "floor",
    "ceil",
    "round",
    "trunc",
    "sign",
    "logical_not",
    "bitwise_not",
    "isnan",
    "isinf",
)
@rule("exp", "sqrt", "rsqrt", "reciprocal", keeps="output")
def function(call: Call) -> Effect:
    """A function of each value by itself: nothing learned, no MACs; the shape stays.

    Source: PyTorch's functions of the same names.

    >>> from netledger.layers import apply
    >>> apply("sqrt", {}, ((256, 7, 7),)).outputs
    ((256, 7, 7),)
    """
    return Effect((call.input,))


@rule("clamp")
def clamp(call: Call, min: float | None = None, max: float | None = None) -> Effect:
    """Cuts values to an interval: nothing learned, no MACs; the shape stays.

    Source: PyTorch's ``clamp``.

    >>> from netledger.layers import apply
    >>> apply("clamp", {"min": 0}, ((10,),)).outputs
    ((10,),)
    """
    return Effect((call.input,))


@rule("affine")
def affine(call: Call, scale: float = 1.0, shift: float = 0.0, power: float = 1.0) -> Effect:
    """``(scale·x + shift)^power`` with fixed numbers: nothing learned, no MACs; the shape stays.

    Source: Caffe's ``Power`` layer.

    >>> from netledger.layers import apply
    >>> apply("affine", {"scale": 0.017}, ((3, 224, 224),)).outputs
    ((3, 224, 224),)
    """
    return Effect((call.input,))


@rule("cast")
def cast(call: Call, dtype: str) -> Effect:
    """Changes the element type: nothing learned, no MACs; the shape stays.

    Source: PyTorch's ``Tensor.to``.

    >>> from netledger.layers import apply
    >>> apply("cast", {"dtype": "float16"}, ((10,),)).outputs
    ((10,),)
    """
    return Effect((call.input,))
