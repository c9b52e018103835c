"""What the fields of networks, layers and tensors may hold where strangers write them: types and ranges as tables.

A value that comes from a text is checked here before a record is made of it, so that nothing behind meets a type that
it does not know, a size below nothing, or evidence that nobody gathered.
"""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import NotationError, nearest, or_list
from netledger.limits import INTEGER_DIGITS, MAX_DIMENSION, MAX_ELEMENTS, RANK
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.network import Layer

    Check = tuple[Callable[[Any], bool], str]

EVIDENCE = ("stored", "stored_values", "partitions")
"""What of a network's ``meta`` is evidence: a reader gathers it from the file itself, and no text can state it."""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, tuple) and all(map(_is_text, value))


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value)) and _is_bounded(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return isinstance(value, Unknown) or (_is_whole(value) and 0 <= value <= MAX_DIMENSION)


def _is_shape(value: Any) -> bool:
    known = isinstance(value, tuple) and len(value) <= RANK and all(map(_is_size, value))
    return known or isinstance(value, Unknown)


def _is_tensor_shape(value: Any) -> bool:
    return isinstance(value, tuple) and _is_shape(value)


def _is_shapes(value: Any) -> bool:
    return isinstance(value, tuple) and all(map(_is_shape, value))


def _is_count(value: Any) -> bool:
    return isinstance(value, Unknown) or (_is_whole(value) and 0 <= value <= MAX_ELEMENTS)


def _is_bounded(value: Any) -> bool:
    """Whether no integer in it is longer than netledger computes with."""
    if isinstance(value, dict):
        return all(map(_is_bounded, value.values())) and all(map(_is_bounded, value))
    if isinstance(value, tuple):
        return all(map(_is_bounded, value))
    return not isinstance(value, int) or abs(value) < 10**INTEGER_DIGITS


def _is_hashable(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_hashable, value))
    return not isinstance(value, dict | list | set)


def _is_attributes(value: Any) -> bool:
    return _is_mapping(value) and all(map(_is_hashable, value.values()))


_TEXT: Check = (_is_text, "a text")
_DTYPE: Check = (lambda value: isinstance(value, str) and value in BITS, "an element type, as 'float32'")
_TEXTS: Check = (_is_texts, "a list of texts")
_MAPPING: Check = (_is_mapping, f"an object whose integers have at most {INTEGER_DIGITS} digits")
_ATTRIBUTES: Check = (_is_attributes, "an object of numbers, texts, true, false, null and lists of them")
_BOOL: Check = (lambda value: isinstance(value, bool), "true or false")
_SHAPE: Check = (_is_tensor_shape, f"a list of at most {RANK} sizes from 0 to 2^63 - 1")
_SHAPES: Check = (_is_shapes, f"a list of shapes, each at most {RANK} sizes from 0 to 2^63 - 1")
_COUNT: Check = (_is_count, "a count from 0 to 2^127")
_UNKNOWN: Check = (lambda value: isinstance(value, Unknown), "the reason why it is unknown")


def _or_none(check: Check) -> Check:
    accepts, words = check
    return (lambda value: value is None or accepts(value)), f"{words}, or null"


NETWORK: Mapping[str, Check] = {
    "name": _TEXT, "title": _or_none(_TEXT), "source": _or_none(_TEXT), "published": _MAPPING, "notes": _TEXTS,
    "batched": _BOOL, "dtype": _DTYPE, "assumed": _TEXTS, "outputs": _TEXTS, "meta": _MAPPING,
}  # fmt: skip
LAYER: Mapping[str, Check] = {
    "path": _TEXT, "kind": _TEXT, "attributes": _ATTRIBUTES, "inputs": _TEXTS, "outputs": _TEXTS, "trainable": _BOOL,
    "dtype": _or_none(_DTYPE), "share": _or_none(_TEXT), "input_shapes": _or_none(_SHAPES),
    "output_shapes": _or_none(_SHAPES), "type": _or_none(_TEXT), "unknown": _or_none(_UNKNOWN), "meta": _MAPPING,
}  # fmt: skip
TENSOR: Mapping[str, Check] = {
    "name": _TEXT, "role": _TEXT, "shape": _SHAPE, "dtype": _TEXT, "trainable": _BOOL, "storage": _or_none(_TEXT),
    "elements": _or_none(_COUNT), "nbytes": _or_none(_COUNT),
}  # fmt: skip


def checked(what: str, fields: Mapping[str, Check], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """``given`` where every field is known and of its type; else a ``NotationError`` that begins with ``what``.

    >>> checked("a tensor", TENSOR, {"nbytes": -7})
    Traceback (most recent call last):
    netledger.errors.NotationError: a tensor: 'nbytes' is a count from 0 to 2^127, or null, not -7
    """
    for name, value in given.items():
        if name not in fields:
            near = nearest(name, list(fields))
            raise NotationError(f"{what} has no field '{name}'" + (f": did you mean {or_list(near)}?" if near else ""))
        accepts, words = fields[name]
        if not accepts(value):
            raise NotationError(f"{what}: '{name}' is {words}, not {_shown(value)}")
    return given


def no_evidence(meta: Mapping[str, Any]) -> None:
    """A ``NotationError`` where a text states what only the reading of a file can show."""
    for name in EVIDENCE:
        if name in meta:
            raise NotationError(f"'{name}' is evidence of a file that was read; a description cannot state it")


def check_unused(layers: Sequence[Layer]) -> None:
    """A ``NotationError`` where a layer that is said to be unused reads a value, or is read."""
    idle = [layer for layer in layers if layer.meta.get("used") is False]
    read = {name for layer in layers for name in layer.inputs} if idle else set()
    for layer in idle:
        if layer.inputs or read.intersection(layer.outputs):
            what = "reads a value" if layer.inputs else "is read"
            raise NotationError(f"layer '{layer.path}' is said to be unused but {what}")


def _shown(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**INTEGER_DIGITS:
        return f"an integer of more than {INTEGER_DIGITS} digits"
    if isinstance(value, dict | tuple | list):
        return "an object" if isinstance(value, dict) else "a list"
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:60] + "…"
