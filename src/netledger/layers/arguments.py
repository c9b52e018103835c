"""A rule's signature as a layer's signature: which arguments there are, and whether given ones fit."""

from __future__ import annotations

from netledger.errors import ArgumentError, nearest, or_list
from netledger.limits import MAX_DIMENSION
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

REQUIRED = "required"


class Parameter(Record):
    """One argument of a kind: its name, its type as annotated, and its default (``REQUIRED`` where it has none).

    ``by_name`` says that it is never given by position: our additions, and sizes that the input tells already.
    """

    __slots__ = ("name", "type", "default", "by_name")
    name: str
    type: str
    default: Any
    by_name: bool

    def __init__(self, name: str, type: str, default: Any, by_name: bool = False) -> None:
        self._fill(name, type, default, by_name)

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED


def parameters_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    """The parameters of a rule after its ``call``, in order, read off the function itself.

    >>> def linear(call, out_features: int, bias: bool = True): ...
    >>> [(p.name, p.type, p.required) for p in parameters_of(linear).values()]
    [('out_features', 'int', True), ('bias', 'bool', False)]
    """
    code = function.__code__
    names = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    defaults: dict[str, Any] = dict(function.__kwdefaults__ or {})
    positional = code.co_varnames[: code.co_argcount]
    given = function.__defaults__ or ()
    defaults.update(zip(positional[len(positional) - len(given) :], given, strict=True))
    types = function.__annotations__
    return {
        name: Parameter(name, str(types.get(name, "object")), defaults.get(name, REQUIRED), name not in positional)
        for name in names
    }


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_DIMENSION


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_sizes(value: object) -> bool:
    return _is_size(value) or (isinstance(value, tuple) and all(_is_size(v) for v in value))


def _is_shape(value: object) -> bool:
    return isinstance(value, Unknown) or (
        isinstance(value, tuple) and all(isinstance(v, Unknown) or _is_size(v) for v in value)
    )


def _is_dims(value: object) -> bool:
    return _is_integer(value) or (isinstance(value, tuple) and all(_is_integer(v) for v in value))


def _is_output_sizes(value: object) -> bool:
    return _is_size(value) or (isinstance(value, tuple) and all(v is None or _is_size(v) for v in value))


def _is_connections(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(v, tuple) and all(map(_is_size, v)) for v in value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scales(value: object) -> bool:
    return _is_number(value) or (isinstance(value, tuple) and all(map(_is_number, value)))


def _is_padding(value: object) -> bool:
    if isinstance(value, str):
        return value in ("same", "valid")
    pairs = value if isinstance(value, tuple) else (value,)
    return all(_is_integer(p) or (isinstance(p, tuple) and len(p) == 2 and all(map(_is_integer, p))) for p in pairs)


_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "int": (_is_size, "a size (an integer from 0 to 2^63 - 1)"),
    "integer": (_is_integer, "an integer"),
    "bool": (lambda value: isinstance(value, bool), "True or False"),
    "str": (lambda value: isinstance(value, str), "a string"),
    "float": (_is_number, "a number"),
    "Sizes": (_is_sizes, "a size or a tuple of sizes"),
    "Shape": (_is_shape, "a tuple of sizes"),
    "Padding": (_is_padding, "an integer, one for each dimension, a pair (before, after) for each, 'same' or 'valid'"),
    "Dims": (_is_dims, "a dimension or a tuple of dimensions"),
    "Connections": (_is_connections, "a tuple of tuples of indices, one for each output map"),
    "OutputSizes": (_is_output_sizes, "a size or a tuple of sizes, None where one stays"),
    "Scales": (_is_scales, "a number or a tuple of numbers"),
    "integers": (lambda value: isinstance(value, tuple) and all(map(_is_integer, value)), "a tuple of integers"),
}
"""What an annotation accepts, and how to say so. ``X | None`` accepts ``None`` too; others accept anything."""


def accepted(annotation: str) -> str:
    """What an annotation accepts, in words.

    >>> accepted("Sizes | None")
    'a size or a tuple of sizes, or None'
    """
    base = annotation.removesuffix(" | None")
    words = _CHECKS[base][1] if base in _CHECKS else "a literal"
    return words + (", or None" if base != annotation else "")


def check_arguments(kind: str, parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """``given`` if the kind takes exactly such arguments; else a ``ArgumentError`` that says what it takes."""
    for name, value in given.items():
        parameter = parameters.get(name)
        if parameter is None:
            near = nearest(name, list(parameters))
            takes = f"did you mean {or_list(near)}?" if near else f"it takes {', '.join(parameters) or 'none'}"
            raise ArgumentError(f"{kind}: no argument '{name}': {takes}")
        check_type(kind, parameter, value)
    for parameter in parameters.values():
        if parameter.required and parameter.name not in given:
            raise ArgumentError(f"{kind}: argument '{parameter.name}' is missing")
    return given


def check_type(kind: str, parameter: Parameter, value: object) -> None:
    """A ``ArgumentError`` unless ``value`` is of the parameter's type."""
    base = parameter.type.removesuffix(" | None")
    default = parameter.default
    if (value is None and base != parameter.type) or (type(value) is type(default) and value == default):
        return
    accepts, words = _CHECKS.get(base, (None, ""))
    if accepts is not None and not accepts(value):
        raise ArgumentError(f"{kind}: {parameter.name} takes {words}, not {value!r}")
