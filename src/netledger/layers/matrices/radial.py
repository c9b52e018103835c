"""Radial basis functions: distances to fixed centres."""

from __future__ import annotations

from netledger.formula import product, symbol
from netledger.layers import Call, Effect, Slot, products, rule
from netledger.layers.sizes import agreed, formula, leading, positive
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim


@rule("rbf")
def rbf(call: Call, out_features: int, *, in_features: int | None = None) -> Effect:
    """Squared distances of the last dimension to ``out_features`` fixed centres, which nobody learns.

    - no weights, no biases; buffers ``C_in·C_out``: the centres
    - no MACs: nothing is contracted; other operations ``3·C_in·C_out``: a difference, a square and a sum for each value

    Source: LeCun, Bottou, Bengio & Haffner 1998, section II.B: LeNet-5's ten outputs, 84 values a centre, "chosen by
    hand and kept fixed".

    >>> from netledger.layers import apply
    >>> outputs = apply("rbf", {"out_features": 10}, ((84,),))
    >>> outputs.outputs, outputs.parameters.value, outputs.buffers.value
    (((10,),), 0, 840)
    """
    positive("out_features", out_features)
    shape = call.input
    given: Dim = shape if isinstance(shape, Unknown) else (shape[-1] if shape else 1)
    features = agreed("in_features", in_features, given)
    centres = symbol("C_in", features) * symbol("C_out", out_features)
    return Effect(
        outputs=(shape if isinstance(shape, Unknown) else (*shape[:-1], out_features),),
        slots=(Slot("centres", "buffer", (out_features, features)),),
        buffers=centres,
        other=product([formula(products.repeats("N", leading(shape))), 3, centres]),
    )
