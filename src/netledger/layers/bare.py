"""Learned values without an operation of their own: bare parameters, listed tensors, tied storage."""

from __future__ import annotations

from netledger.formula import ONE, product, symbol
from netledger.layers import Call, Effect, Slot, rule
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Shape


@rule("parameter", keeps="nothing")
def parameter(call: Call, shape: Shape, *, learned: bool = True) -> Effect:
    """A learned tensor used as a value: a class token, a position table, a learned scale.

    - weights: the product of its dimensions; no MACs
    - ``learned=False`` says that its class keeps it as a buffer: stored, not counted among the parameters

    Source: PyTorch's ``Parameter``.

    >>> from netledger.layers import apply
    >>> token = apply("parameter", {"shape": (197, 768)})
    >>> token.outputs, token.parameters.text()
    (((197, 768),), '197*768')
    """
    if isinstance(shape, Unknown):
        return Effect((shape,), weights=symbol("n", shape), slots=())
    weights = product([symbol(f"d_{i + 1}", size) for i, size in enumerate(shape)]) if shape else ONE
    if not learned:
        return Effect((shape,), buffers=weights, slots=(Slot("parameter", "buffer", shape),))
    return Effect((shape,), weights=weights, slots=(Slot("parameter", "parameter", shape),))


@rule("tensors")
def tensors(call: Call) -> Effect:
    """A place in a file where tensors are stored and no operation is known: counted by their shapes alone.

    Its MACs are Unknown: the file does not say what is computed with them.

    Source: files that hold tensors and no graph (safetensors, checkpoints, GGUF).

    >>> from netledger.layers import apply
    >>> apply("tensors", {}).slots
    ()
    """
    return Effect(unknown=Unknown("the file holds tensors, not what is computed with them"))


@rule("tied")
def tied(call: Call, to: str, out_features: int | None = None) -> Effect:
    """A layer that uses another layer's tensors and adds no parameter of its own.

    What it computes is not stated, so its MACs are Unknown; a ``linear(…, share="wte")`` states it and has them.

    Source: Press & Wolf 2016 (arXiv:1608.05859).

    >>> from netledger.layers import apply
    >>> apply("tied", {"to": "wte"}, ((128, 768),)).parameters.value
    0
    """
    unknown = Unknown(f"what is computed with the tensors of '{to}' is not stated")
    shape = call.input
    out: Shape = unknown
    if out_features is not None and not isinstance(shape, Unknown):
        out = (*shape[:-1], out_features)
    return Effect((out,), unknown=unknown)
