"""Fully connected layers."""

from __future__ import annotations

from netledger.formula import ZERO, product, symbol
from netledger.layers import Call, Effect, Slot, rule
from netledger.layers.sizes import agreed, positive
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim


@rule("linear", neurons=True)
def linear(call: Call, out_features: int, bias: bool = True, *, in_features: int | None = None) -> Effect:
    """A fully connected layer on the last dimension; every other dimension repeats it.

    - weights ``C_in·C_out``, biases ``C_out``
    - MACs: positions × ``C_in·C_out``

    Source: PyTorch's ``Linear``. In a description (no batch dimension) an input of several sizes is a sequence of
    vectors: put ``flatten()`` before the first linear layer of a convolutional network.

    >>> from netledger.layers import apply
    >>> fc6 = apply("linear", {"out_features": 4096}, ((9216,),))
    >>> fc6.parameters.text(), fc6.macs.value
    ('9216*4096 + 4096', 37748736)
    """
    positive("out_features", out_features)
    shape = call.input
    given: Dim = shape if isinstance(shape, Unknown) else (shape[-1] if shape else 1)
    features = agreed("in_features", in_features, given)
    leading = () if isinstance(shape, Unknown) else shape[:-1]
    weights = symbol("C_in", features) * symbol("C_out", out_features)
    slots = (Slot("weight", "weight", (out_features, features)),)
    repeats = [symbol("N", shape)] if isinstance(shape, Unknown) and call.inputs else []
    repeats += [symbol(f"N_{i}" if i else "N", size) for i, size in enumerate(leading) if size != 1]
    return Effect(
        outputs=(shape if isinstance(shape, Unknown) else (*leading, out_features),),
        weights=weights,
        biases=symbol("C_out", out_features) if bias else ZERO,
        macs=product([*repeats, *weights.args]),
        slots=(*slots, Slot("bias", "bias", (out_features,))) if bias else slots,
    )
