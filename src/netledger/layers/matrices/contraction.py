"""Products of activations: matrix products, einsum, and the bilinear layer."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, symbol
from netledger.layers import Call, Effect, Slot, products, rule
from netledger.layers.products import broadcast
from netledger.layers.sizes import agreed, axis_of, formula, positive, replaced, shape_text, sum_up
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import integer
    from netledger.network import Shape


@rule("matmul", "bmm", keeps="inputs")
def matmul(call: Call, *, transpose_a: bool = False, transpose_b: bool = False) -> Effect:
    """The matrix product of two inputs, batch dimensions broadcast; ``bmm`` has exactly one, equal in both.

    - MACs ``B·M·K·N`` for ``(B, M, K) × (B, K, N)``; nothing learned
    - ``transpose_a`` and ``transpose_b`` (our additions: ONNX's Gemm) exchange the last two dimensions first

    Source: PyTorch's ``matmul``, ``bmm``.

    >>> from netledger.layers import apply
    >>> scores = apply("matmul", {"transpose_b": True}, ((12, 197, 64), (12, 197, 64)))
    >>> scores.outputs, scores.macs.text(), scores.macs.text(symbols=True)
    (((12, 197, 197),), '12*197*64*197', 'B*M*K*N')
    """
    if len(call.inputs) < 2:
        raise ShapeError(f"needs two inputs, not {len(call.inputs)}")
    left, right = call.inputs[:2]
    if call.kind == "bmm" and not any(isinstance(x, Unknown) or len(x) == 3 for x in (left, right)):
        raise ShapeError(f"does not multiply {shape_text(left)} with {shape_text(right)}")
    shape, multiplied = products.matmul(
        products.turned(left, matrix=transpose_a), products.turned(right, matrix=transpose_b)
    )
    return Effect((shape,), macs=formula(multiplied))


@rule("bilinear", role="linear", keeps="inputs")
def bilinear(
    call: Call,
    out_features: int,
    bias: bool = True,
    *,
    in1_features: int | None = None,
    in2_features: int | None = None,
) -> Effect:
    """``y_o = x1ᵀ·W_o·x2 + b_o`` on the last dimensions of two inputs.

    - weights ``C_out·C_1·C_2``, biases ``C_out``
    - MACs: positions × ``C_out·C_1·C_2``: the outer product of the inputs, which contracts nothing, is not counted

    Source: PyTorch's ``Bilinear``.

    >>> from netledger.layers import apply
    >>> effect = apply("bilinear", {"out_features": 40}, ((20,), (30,)))
    >>> effect.outputs, effect.parameters.text(), effect.macs.value
    (((40,),), '40*20*30 + 40', 24000)
    """
    positive("out_features", out_features)
    left = call.input
    right = call.inputs[1] if len(call.inputs) > 1 else Unknown("the second input's shape is not given")
    given = [shape if isinstance(shape, Unknown) else shape[-1] if shape else 1 for shape in (left, right)]
    first, second = agreed("in1_features", in1_features, given[0]), agreed("in2_features", in2_features, given[1])
    before = broadcast(*[shape if isinstance(shape, Unknown) else shape[:-1] for shape in (left, right)])
    often = (before,) if isinstance(before, Unknown) else before
    slots = (Slot("weight", "weight", (out_features, first, second)), Slot("bias", "bias", (out_features,)))
    return Effect(
        outputs=(before if isinstance(before, Unknown) else (*before, out_features),),
        weights=formula(products.bilinear((), first, second, out_features)),
        biases=symbol("C_out", out_features) if bias else ZERO,
        macs=formula(products.bilinear(often, first, second, out_features)),
        slots=slots[: 1 + bias],
    )


@rule("cosine_similarity")
def cosine_similarity(call: Call, dim: integer = 1, eps: float = 1e-8) -> Effect:
    """The cosine of two inputs along one dimension, which goes; nothing learned, no MACs.

    Source: PyTorch's ``CosineSimilarity``.

    >>> from netledger.layers import apply
    >>> apply("cosine_similarity", {}, ((8, 128), (8, 128))).outputs
    ((8,),)
    """
    shape = _together(call)
    return Effect((shape if isinstance(shape, Unknown) else replaced(shape, axis_of(dim, shape)),))


@rule("pairwise_distance")
def pairwise_distance(call: Call, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Effect:
    """The p-norm of the difference of two inputs along the last dimension, which goes; nothing learned, no MACs.

    Source: PyTorch's ``PairwiseDistance``.

    >>> from netledger.layers import apply
    >>> apply("pairwise_distance", {}, ((8, 128), (8, 128))).outputs
    ((8,),)
    """
    shape = _together(call)
    return Effect((shape if isinstance(shape, Unknown) else (*shape[:-1], *((1,) if keepdim else ())),))


def _together(call: Call) -> Shape:
    shape = call.input
    for other in call.inputs[1:]:
        shape = broadcast(shape, other)
    return shape


@rule("einsum")
def einsum(call: Call, equation: str) -> Effect:
    """Sums products of its inputs over named indices: ``"bhid,bhjd->bhij"``.

    - MACs of two inputs: the product of all index sizes, where an index they share is summed over; an outer or a
      value-by-value product contracts nothing and costs none. An index that only one input has and the result has not
      is summed before. Three inputs and more are contracted from left to right.

    Source: PyTorch's ``einsum``.

    >>> from netledger.layers import apply
    >>> scores = apply("einsum", {"equation": "hid,hjd->hij"}, ((12, 197, 64), (12, 197, 64)))
    >>> scores.outputs, scores.macs.text(symbols=True), scores.macs.value
    (((12, 197, 197),), 'h*i*d*j', 29805312)
    """
    unknown = next((shape for shape in call.inputs if isinstance(shape, Unknown)), None)
    if unknown is not None:
        return Effect((unknown,), macs=symbol("MACs", unknown))
    known = [shape for shape in call.inputs if not isinstance(shape, Unknown)]
    shape, steps = products.einsum(equation, known)
    return Effect((shape,), macs=sum_up([step.product for step in steps]))
