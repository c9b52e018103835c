"""Custom operations counted by rules that people register in ``netledger.layers`` under the operation's own name.

    @rule("mylibrary::scan")
    def scan(call: Call, width: int) -> Effect: ...

The rule gets the shapes of the operation's tensors, and those of its other arguments that it names.
"""

from __future__ import annotations

from netledger.errors import NotFoundError
from netledger.layers import apply, rule_for
from netledger.sources.pytorch.rules.contraction import Contraction, Multiplied, Seen
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def rule_of_user(func: Any) -> Callable[[Seen], Contraction | None] | None:
    """The registered rule of a custom operation, as a counting rule; ``None`` where there is none."""
    name = func.name().partition(".")[0]
    try:
        found = rule_for(name)
    except NotFoundError:
        return None
    declared = func._schema.arguments

    def counted(seen: Seen) -> Contraction | None:
        attributes: dict[str, Any] = {}
        inputs = []
        for index, argument in enumerate(declared):
            value = seen.arg(index, argument.name, argument.default_value)
            if hasattr(value, "shape"):
                inputs.append(tuple(value.shape))
            elif argument.name in found.parameters:
                attributes[argument.name] = tuple(value) if isinstance(value, list) else value
        macs = apply(name, attributes, tuple(inputs), True).macs.count
        if isinstance(macs, Unknown):
            return None
        grads = sum([bool(seen.needs_grad(value)) for value in seen.args])
        return Contraction(name, (Multiplied((("MACs", macs),), grads),), tuple(inputs), attributes)

    return counted
