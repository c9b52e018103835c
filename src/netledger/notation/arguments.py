"""The arguments of a layer's call: what its kind takes, what every kind takes, and what is wrong with them."""

from __future__ import annotations

from netledger.errors import NotationError, NotFoundError
from netledger.layers import rule_for
from netledger.network import Tensor
from netledger.notation.fields import LAYER, TENSOR, checked, no_evidence
from netledger.notation.literals import fault, literal
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast
    from collections.abc import Mapping
    from typing import Any

    from netledger.notation.fields import Check
    from netledger.notation.literals import NameScope

UNIVERSAL = (
    "name", "share", "trainable", "dtype", "type", "meta", "values", "inputs", "tensors", "input_shapes",
    "output_shapes", "unknown", "attributes",
)  # fmt: skip
"""Keywords that every kind takes beside its own arguments."""


def foreign(kind: str) -> bool:
    """Whether a capitalised name is another format's operator (``Conv``, ``TreeEnsemble``) and no kind spelt wrongly.

    What it computes is not stated here, so its counts are Unknown; ``Conv2d`` and ``ReLU`` are kinds spelt wrongly.
    """
    if not kind[:1].isupper():
        return False
    from netledger.layers import known_kinds

    plain = kind.lower()
    return all(plain != known.replace("_", "").lower() for known in known_kinds())


def parameter_names(kind: str, call: _ast.Call) -> tuple[str, ...]:
    """The argument names of the kind, in order."""
    try:
        return tuple(rule_for(kind).parameters)
    except NotFoundError as error:
        raise fault(error.why, call) from None


def read_arguments(
    call: _ast.Call, kind: str, positional: list[_ast.expr], names: tuple[str, ...] | None, values: NameScope
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A call's own arguments, and those that every kind takes; ``names`` is ``None`` where nobody has a rule."""
    attributes: dict[str, Any] = {}
    universal: dict[str, Any] = {}
    given = [literal(argument, values) for argument in positional]
    if kind in ("input", "parameter") and given and all(isinstance(size, int | Unknown) for size in given):
        given = [tuple(given)]
    if kind == "input" and given and values.sizes is not None and isinstance(given[0], tuple):
        given[0] = values.sizes.input_shape(given[0])
    if kind == "input" and not given and not any(keyword.arg == "shape" for keyword in call.keywords):
        given = [Unknown("the input shape is not given")]
    if names is not None and len(given) > len(names):
        raise fault(f"{kind}: takes {len(names)} arguments ({', '.join(names)}), not {len(given)}", call)
    if names is None and given:
        raise fault('layer(…) takes its arguments as attributes={"name": value}', call)
    attributes.update(zip(names or (), given, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            raise fault("'**' has no meaning here", call)
        own = names is not None and keyword.arg in names
        if not own and keyword.arg not in UNIVERSAL and names is not None:
            attributes[keyword.arg] = literal(keyword.value, values)  # the rule says what is wrong with it
        elif keyword.arg in (attributes if own else universal):
            raise fault(f"{kind}: argument '{keyword.arg}' is given twice", call)
        else:
            (attributes if own else universal)[keyword.arg] = literal(keyword.value, values)
    more = universal.pop("attributes", {})
    known = {("outputs" if name == "values" else name): value for name, value in universal.items()}
    known = {name: value for name, value in known.items() if name not in ("name", "tensors")}
    typed(kind, LAYER, {**known, "attributes": more}, call)
    attributes.update(more)
    return attributes, universal


def typed(what: str, fields: Mapping[str, Check], given: Mapping[str, Any], call: _ast.Call) -> None:
    """A fault at the call where a field is not of its type, or states what only a file can show."""
    try:
        checked(what, fields, given)
        if what == "network":
            no_evidence(given["meta"])
    except NotationError as error:
        raise fault(error.why, call) from None


def read_tensors(given: Any, call: _ast.Call) -> tuple[Tensor, ...]:
    """Stored tensors, each a tuple of its fields in order."""
    if not isinstance(given, tuple) or not all(isinstance(one, tuple) and 3 <= len(one) <= 8 for one in given):
        raise fault("tensors=[(name, role, shape, …), …]", call)
    for one in given:
        typed("a tensor", TENSOR, dict(zip(Tensor.__slots__, one, strict=False)), call)
    return tuple([Tensor(*one) for one in given])
