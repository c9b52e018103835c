"""Fully connected layers."""

from __future__ import annotations

from netledger.formula import ZERO, symbol
from netledger.layers import Call, Effect, Slot, products, rule
from netledger.layers.sizes import agreed, divided, formula, leading, positive
from netledger.unknown import Unknown


@rule("linear", neurons=True, role="linear", keeps="inputs", overwritable=True)
def linear(
    call: Call, out_features: int, bias: bool = True, *, in_features: int | None = None, groups: int = 1,
    transposed: bool = False,
) -> Effect:  # fmt: skip
    """A fully connected layer on the last dimension; every other dimension repeats it.

    - weights ``C_in·C_out``, biases ``C_out``
    - MACs: positions × ``C_in·C_out``
    - ``groups`` is our addition: each of g parts of the output sees one part of the input (a block-diagonal matrix),
      ``(C_in/g)·C_out``; ``transposed`` says that the matrix is stored as ``(C_in, C_out)``, as GPT-2's are

    In a description (no batch dimension) an input of several sizes is a sequence of vectors: put ``flatten()`` before
    the first linear layer of a convolutional network.

    Source: PyTorch's ``Linear``; for groups, the towers of cuda-convnet's networks that do not see each other.

    >>> from netledger.layers import apply
    >>> fc6 = apply("linear", {"out_features": 4096}, ((9216,),))
    >>> fc6.parameters.text(), fc6.macs.value
    ('9216*4096 + 4096', 37748736)
    """
    positive("out_features", out_features)
    shape = call.input
    features = agreed("in_features", in_features, shape if isinstance(shape, Unknown) else shape[-1] if shape else 1)
    seen = divided(features, groups, "input features")
    divided(out_features, groups, "output features")
    matrix = (seen, out_features) if transposed else (out_features, seen)
    slots = (Slot("weight", "weight", matrix), Slot("bias", "bias", (out_features,)))
    return Effect(
        outputs=(shape if isinstance(shape, Unknown) else (*shape[:-1], out_features),),
        weights=formula(products.linear((), features, out_features, groups)),
        biases=symbol("C_out", out_features) if bias else ZERO,
        macs=formula(products.linear(leading(shape), features, out_features, groups)),
        slots=slots[: 1 + bias],
    )
