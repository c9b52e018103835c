"""Matrix products, plain, quantised and fused; Einsum."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import products
from netledger.layers.products import flat, same, shape_text, turned
from netledger.network import elements_of
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, Value, stored, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim, Shape


@op("MatMul", roles="weight weight", integers=True)
def matmul(op: Op, A: Value, B: Value) -> Result:
    """``MatMul``: with a stored right side of two dimensions it is a linear layer."""
    result = _product(A, B, A.dtype)
    if result.kind is None and not stored(A) and not stored(B):
        result.kind = "matmul"
    return result


@op("MatMulInteger", roles="weight weight zero zero", integers=True)
def matmul_integer(op: Op, A: Value, B: Value) -> Result:
    """``MatMulInteger``: integers in, integers out."""
    return _product(A, B, "int32")


@op("QLinearMatMul", roles="weight scale zero weight scale zero scale zero", integers=True)
def qlinear_matmul(
    op: Op, a: Value, a_scale: Value, a_zero_point: Value, b: Value, b_scale: Value, b_zero_point: Value,
    y_scale: Value, y_zero_point: Value,
) -> Result:  # fmt: skip
    """``QLinearMatMul``: both sides and the result with scale and zero point each."""
    return _product(a, b, y_zero_point.dtype)


@op("com.microsoft.MatMulInteger16", roles="weight weight", integers=True)
def matmul_integer16(op: Op, A: Value, B: Value) -> Result:
    """``MatMulInteger16``: integers of 16 bits in, of 32 bits out."""
    return _product(A, B, "int32")


@op("com.microsoft.QOrderedMatMul", roles="weight scale weight scale scale bias - scale", integers=True)
def q_ordered_matmul(op: Op, A: Value, scale_A: Value, B: Value) -> Result:
    """``QOrderedMatMul``: integers in the order of one kernel, with a scale each."""
    return _product(A, B, A.dtype)


@op("com.microsoft.MatMulIntegerToFloat", roles="weight weight scale scale zero zero bias", integers=True)
@op("com.microsoft.DynamicQuantizeMatMul", roles="- weight scale zero bias", integers=True)
def matmul_to_float(op: Op, A: Value, B: Value) -> Result:
    """A product of integers, scaled back to real numbers."""
    return _product(A, B, "float32")


def _product(left: Value, right: Value, dtype: str | None) -> Result:
    shape, multiplied = products.matmul(left.shape, right.shape)
    result = Result(shape, terms=(flat(multiplied),), dtypes=(dtype,))
    weight = right.sizes
    if weight is not None and len(weight) == 2 and stored(right) and not stored(left):
        result.kind, result.needs = "linear", (right,)
        result.attributes = {"out_features": weight[1], "bias": False}
        features = left.sizes
        if features is None or not isinstance(features[-1], int):
            result.attributes["in_features"] = weight[0]
    return result


@op("com.microsoft.FusedMatMul", roles="weight weight")
@op("com.microsoft.TransposeMatMul com.microsoft.FusedMatMulActivation")
def fused_matmul(
    op: Op, A: Value, B: Value, *, transA: int = 0, transB: int = 0, transBatchA: int = 0, transBatchB: int = 0
) -> Result:
    """``FusedMatMul``: operands transposed on the way."""
    left = turned(A.shape, transA != 0, transBatchA != 0)
    right = turned(B.shape, transB != 0, transBatchB != 0)
    shape, multiplied = products.matmul(left, right)
    return Result(shape, terms=(flat(multiplied),))


@op("Gemm", roles="weight weight bias", integers=True, always=True)
@op("com.microsoft.FusedGemm com.microsoft.GemmFastGelu", roles="weight weight bias")
def gemm(op: Op, A: Value, B: Value, C: Value | None = None, *, transA: int = 0, transB: int = 0) -> Result:
    """``Gemm``: ``A·B + C``; with a stored B it is a linear layer."""
    left, right = wants_rank(A.shape, 1, "Gemm"), wants_rank(B.shape, 2, "Gemm")
    if left is None or right is None:
        unknown = Unknown("a shape is not known")
        columns: Dim = unknown if right is None else right[0 if transB else 1]
        return Result((unknown, columns), terms=((("operands", unknown),),))
    if op.version < 7 and len(left) > 2:
        left = (left[0], elements_of(left[1:]))
    rows, depth = (left[1], left[0]) if transA else (left[0], left[-1])
    inner, columns = (right[1], right[0]) if transB else (right[0], right[1])
    depth = same(depth, inner, f"Gemm of {shape_text(left)} and {shape_text(right)}")
    attributes: dict[str, Any] = {"out_features": columns}
    if not stored(C):
        attributes["bias"] = False
    if not isinstance(left[0 if transA else -1], int):
        attributes["in_features"] = inner
    kind = "linear" if isinstance(columns, int) and not transA else None
    return Result(
        (rows, columns), kind=kind, attributes=attributes, needs=(B,), dtypes=(A.dtype,),
        terms=(flat(products.linear((rows,), depth, columns)),),
    )  # fmt: skip


@op("com.microsoft.QGemm", roles="- scale zero weight scale zero bias scale zero", integers=True)
def q_gemm(
    op: Op, A: Value, a_scale: Value, a_zero_point: Value, B: Value, b_scale: Value, b_zero_point: Value,
    C: Value | None = None, y_scale: Value | None = None, y_zero_point: Value | None = None, *, transA: int = 0,
    transB: int = 0,
) -> Result:  # fmt: skip
    """``QGemm`` (onnxruntime): A, its scale and zero point, B, its scale and zero point, C."""
    result = gemm(op, A, B, C, transA=transA, transB=transB)
    result.dtypes = ((y_zero_point.dtype if y_zero_point is not None else None) or "float32",)
    return result


@op("com.microsoft.MatMulNBits", roles="- weight scale zero constant bias", integers=True)
@op("com.microsoft.MatMulBnb4", roles="- weight scale", integers=True)
def matmul_nbits(op: Op, A: Value, B: Value, *, K: int = 0, N: int = 0) -> Result:
    """``MatMulNBits`` and its like: a weight of ``N·K`` values packed into few bits; attributes give its real sizes."""
    return _packed(op, A, K, N)


@op("com.microsoft.MatMulFpQ4", roles="- weight constant", integers=True)
def matmul_fp_q4(op: Op, A: Value, B: Value, B_shape: Value) -> Result:
    """``MatMulFpQ4``: a packed weight whose real sizes are an input."""
    sizes = B_shape.ints
    if sizes is None or len(sizes) != 2 or not all(isinstance(size, int) for size in sizes):
        unknown = Unknown("the sizes of the packed weight depend on the data")
        leading: tuple[Dim, ...] = (A.sizes or (NO_SHAPE,))[:-1]
        return Result((*leading, unknown), terms=((("operands", unknown),),))
    return _packed(op, A, *sizes)


def _packed(op: Op, A: Value, K: int, N: int) -> Result:
    shape = A.sizes
    if K < 1 or N < 1:
        raise ShapeError(f"{op.node.op} with K {K} and N {N}")
    if shape:
        same(shape[-1], K, f"{op.node.op}: the input against K")
    leading: tuple[Dim, ...] = shape[:-1] if shape is not None else (A.shape,)  # type: ignore[assignment]
    output: Shape = A.shape if shape is None else (*leading, N)
    return Result(output, terms=(flat(products.linear(leading, K, N)),), elements={1: K * N})


@op("com.microsoft.MoE", roles="- - weight bias weight bias weight bias")
def mixture(
    op: Op, input: Value, router_probs: Value, fc1_experts_weights: Value, fc1_experts_bias: Value | None = None,
    fc2_experts_weights: Value | None = None, fc2_experts_bias: Value | None = None,
    fc3_experts_weights: Value | None = None, *, k: int = 1,
) -> Result:  # fmt: skip
    """``MoE``: each row through the two or three matrices (experts, outputs, inputs) of ``k`` experts."""
    return _mixed(input, k, (fc1_experts_weights, fc2_experts_weights, fc3_experts_weights), (8, 8, 8))


@op(
    "com.microsoft.QMoE",
    roles="- -" + 3 * " weight scale bias" + " zero zero zero -" + 6 * " scale",
    integers=True,
)
def q_mixture(
    op: Op, input: Value, router_probs: Value, fc1_experts_weights: Value, fc1_scales: Value | None = None,
    fc1_experts_bias: Value | None = None, fc2_experts_weights: Value | None = None, fc2_scales: Value | None = None,
    fc2_experts_bias: Value | None = None, fc3_experts_weights: Value | None = None, *, k: int = 1,
    expert_weight_bits: int = 4, fc1_expert_weight_bits: int | None = None, fc2_expert_weight_bits: int | None = None,
    fc3_expert_weight_bits: int | None = None,
) -> Result:  # fmt: skip
    """``QMoE``: the same with weights packed into bytes, ``expert_weight_bits`` or their own number of bits each."""
    own = (fc1_expert_weight_bits, fc2_expert_weight_bits, fc3_expert_weight_bits)
    weights = (fc1_experts_weights, fc2_experts_weights, fc3_experts_weights)
    bits = [one or expert_weight_bits for one in own]
    if any(one not in (2, 3, 4, 8) for one in bits):
        raise ShapeError(f"QMoE with weights of {bits[0]}, {bits[1]} and {bits[2]} bits")
    return _mixed(input, k, weights, tuple([8 if _whole(w) else b for w, b in zip(weights, bits, strict=True)]))


def _whole(weight: Value | None) -> bool:
    return weight is not None and weight.dtype not in ("uint8", "int8")


def _mixed(input: Value, k: int, weights: tuple[Value | None, ...], bits: tuple[int, ...]) -> Result:
    """The product of each stack of matrices; weights of fewer than 8 bits hold more values than bytes."""
    shape = input.sizes
    rows: tuple[Dim, ...] = (NO_SHAPE,) if shape is None else shape[:-1]
    terms, elements = [], {}
    for place, (weight, wide) in enumerate(zip(weights, bits, strict=True)):
        if weight is None:
            continue
        sizes = wants_rank(weight.shape, 3, "a stack of experts")
        each = NO_SHAPE if sizes is None else elements_of(sizes[1:])
        if isinstance(each, int) and sizes is not None:
            each = each * 8 // wide
            count = elements_of((sizes[0], each))
            if isinstance(count, int) and wide < 8:
                elements[_EXPERTS[place]] = count
        terms.append(flat((*products.repeats("N", rows), ("k", k), (f"W_{place + 1}", each))))
    return Result(input.shape, terms=tuple(terms), elements=elements)


_EXPERTS = (2, 5, 8)
"""Which inputs of ``QMoE`` the stacks are."""


@op("Einsum")
def einsum(op: Op, *Inputs: Value | None, equation: str = "") -> Result:
    """``Einsum``: operand by operand from the left, as the layer of the same name."""
    if len(equation) > 512:
        raise ShapeError("an Einsum whose equation is longer than 512 letters")
    shapes = [NO_SHAPE if each is None else each.shape for each in Inputs]
    unknown = next((shape for shape in shapes if isinstance(shape, Unknown)), None)
    if unknown is not None:
        return Result(unknown, terms=((("operands", unknown),),) if len(shapes) > 1 else ())
    shape, steps = products.einsum(equation, [shape for shape in shapes if not isinstance(shape, Unknown)])
    kind = "einsum" if not any(map(stored, Inputs)) else None
    return Result(
        shape, kind=kind, attributes={"equation": equation}, terms=tuple([flat(step.product) for step in steps])
    )


@op("Det")
def determinant(op: Op, X: Value) -> Result:
    """``Det``: a matrix becomes a number. Its elimination is no contraction of fixed size: Unknown."""
    shape = wants_rank(X.shape, 2, "Det")
    outputs: Shape = X.shape if shape is None else shape[:-2]
    return Result(outputs, unknown="a determinant has no agreed number of multiply-accumulates")
