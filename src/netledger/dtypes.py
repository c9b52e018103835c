"""Element types and how many bits each takes."""

from __future__ import annotations

from netledger.errors import UsageError, nearest, or_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.network import Tensor

BITS = {
    "float64": 64, "float32": 32, "float16": 16, "bfloat16": 16,
    "float8_e4m3fn": 8, "float8_e5m2": 8, "float8_e4m3fnuz": 8, "float8_e5m2fnuz": 8, "float8_e8m0fnu": 8,
    "float6_e2m3": 6, "float6_e3m2": 6, "float4_e2m1": 4,
    "int64": 64, "int32": 32, "int16": 16, "int8": 8, "int4": 4, "int2": 2, "int1": 1, "uint6": 6, "uint3": 3,
    "uint64": 64, "uint32": 32, "uint16": 16, "uint8": 8, "uint4": 4, "uint2": 2, "uint1": 1,
    "bool": 8, "complex32": 32, "complex64": 64, "complex128": 128,
}  # fmt: skip
"""Bits of one element, by the name that every source maps its own type names to."""

ALIASES = {
    "float": "float32", "fp32": "float32", "f32": "float32", "half": "float16", "fp16": "float16", "f16": "float16",
    "bf16": "bfloat16", "double": "float64", "f64": "float64", "long": "int64", "int": "int32", "fp8": "float8_e4m3fn",
}  # fmt: skip


def dtype_named(name: str) -> str:
    """The canonical name of an element type; what is none is a ``UsageError`` with the nearest names.

    >>> dtype_named("half"), dtype_named("bfloat16")
    ('float16', 'bfloat16')
    """
    known = ALIASES.get(name.lower(), name.lower())
    if known not in BITS:
        begun = [each for each in BITS if each.startswith(known) and known]
        near = begun or nearest(known, [*BITS, *ALIASES])
        hint = f": did you mean {or_list(near[:3])}?" if near else f"; known are {', '.join(BITS)}"
        raise UsageError(f"unknown dtype '{name}'{hint}")
    return known


def commonest_dtype(tensors: Iterable[Tensor]) -> str:
    """The element type of most of a network's learned tensors, of several the first; ``float32`` where it has none.

    >>> from netledger.network import Tensor
    >>> commonest_dtype([Tensor("w", "weight", (2,), dtype) for dtype in ("float32", "bfloat16", "bfloat16")])
    'bfloat16'
    """
    dtypes = [tensor.dtype for tensor in tensors if tensor.learned]
    return max(dict.fromkeys(dtypes), key=dtypes.count, default="float32")


_QUANTISED = {"qint8": "int8", "quint8": "uint8", "qint32": "int32", "quint4x2": "uint4", "quint2x4": "uint2"}


def dtype_name(dtype: object) -> str:
    """PyTorch's element type by netledger's name.

    >>> dtype_name("torch.bfloat16"), dtype_name("torch.qint8")
    ('bfloat16', 'int8')
    """
    name = str(dtype).removeprefix("torch.")
    name = _QUANTISED.get(name, name)
    return name if name in BITS else name.removesuffix("fn") if name.removesuffix("fn") in BITS else name


def bytes_of(elements: int, dtype: str) -> int:
    """Bytes that ``elements`` values take when packed without gaps: whole bytes, rounded up at the end.

    >>> bytes_of(60_965_224, "float32"), bytes_of(3, "int4")
    (243860896, 2)
    """
    return (elements * BITS[dtype] + 7) // 8
