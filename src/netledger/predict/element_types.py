"""Element types of weights and caches as runtimes name them: how many values a block holds and the bytes it takes."""

from __future__ import annotations

from netledger.errors import UsageError, nearest

TYPES: dict[str, tuple[int, int]] = {
    "f32": (1, 4), "f16": (1, 2), "bf16": (1, 2), "fp8": (1, 1), "int8": (1, 1), "int4": (2, 1),
    "q4_0": (32, 18), "q4_1": (32, 20), "q5_0": (32, 22), "q5_1": (32, 24), "q6_0": (32, 26), "q8_0": (32, 34),
    "iq4_nl": (32, 18), "mxfp4": (32, 17), "q2_k": (256, 84), "q3_k": (256, 110), "q4_k": (256, 144),
    "q5_k": (256, 176), "q6_k": (256, 210), "iq4_xs": (256, 136), "iq3_xxs": (256, 98), "iq3_s": (256, 110),
    "iq2_xxs": (256, 66), "iq2_xs": (256, 74), "iq2_s": (256, 82), "iq1_s": (256, 50), "iq1_m": (256, 56),
}  # fmt: skip
"""``name → (values in a block, bytes of a block)``. Source: ggml's ``ggml-common.h``."""

_OTHERS = {
    "float32": "f32", "fp32": "f32", "float16": "f16", "fp16": "f16", "half": "f16", "bfloat16": "bf16",
    "fp8_e4m3": "fp8", "fp8_e5m2": "fp8", "float8_e4m3fn": "fp8", "float8_e5m2": "fp8", "q8": "q8_0", "q4": "q4_0",
    "8bit": "int8", "4bit": "int4",
}  # fmt: skip


def type_named(name: str) -> str:
    """The name of an element type; what is none is a ``UsageError`` with the nearest.

    >>> type_named("BF16"), type_named("q8_0"), type_named("float16")
    ('bf16', 'q8_0', 'f16')
    """
    known = _OTHERS.get(name.lower(), name.lower())
    if known not in TYPES:
        near = nearest(known, list(TYPES))
        raise UsageError(
            f"unknown element type '{name}'"
            + (f": did you mean '{near[0]}'?" if near else f"; known are {', '.join(TYPES)}")
        )
    return known


def bytes_in(values: int, name: str) -> int:
    """The bytes that so many values take, in whole blocks.

    >>> bytes_in(1024, "q8_0"), bytes_in(1024, "f16")
    (1088, 2048)
    """
    block, size = TYPES[name]
    return -(-values // block) * size
