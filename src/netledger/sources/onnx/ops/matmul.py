"""Matrix products, plain, quantised and fused; Einsum."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import products
from netledger.layers.products import flat, same, shape_text, turned
from netledger.network import elements_of
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import Op, Result, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim, Shape


@op("MatMul", roles="weight weight", integers=True)
def matmul(op: Op) -> Result:
    """``MatMul``: with a stored right side of two dimensions it is a linear layer."""
    result = _product(op, 0, 1, op.dtype(0))
    if result.kind is None and not op.is_stored(0) and not op.is_stored(1):
        result.kind = "matmul"
    return result


@op("MatMulInteger", roles="weight weight zero zero", integers=True)
def matmul_integer(op: Op) -> Result:
    """``MatMulInteger``: integers in, integers out."""
    return _product(op, 0, 1, "int32")


@op("QLinearMatMul", roles="weight scale zero weight scale zero scale zero", integers=True)
def qlinear_matmul(op: Op) -> Result:
    """``QLinearMatMul``: both sides and the result with scale and zero point each."""
    return _product(op, 0, 3, op.dtype(7))


@op("com.microsoft.MatMulIntegerToFloat", roles="weight weight scale scale zero zero bias", integers=True)
@op("com.microsoft.DynamicQuantizeMatMul", roles="- weight scale zero bias", integers=True)
def matmul_to_float(op: Op) -> Result:
    """A product of integers, scaled back to real numbers."""
    return _product(op, 0, 1, "float32")


def _product(op: Op, left: int, right: int, dtype: str | None) -> Result:
    shape, multiplied = products.matmul(op.shape(left), op.shape(right))
    result = Result(shape, terms=(flat(multiplied),), dtypes=(dtype,))
    weight = op.sizes(right)
    if weight is not None and len(weight) == 2 and op.is_stored(right) and not op.is_stored(left):
        result.kind, result.needs = "linear", (right,)
        result.attributes = {"out_features": weight[1], "bias": False}
        features = op.sizes(left)
        if features is None or not isinstance(features[-1], int):
            result.attributes["in_features"] = weight[0]
    return result


@op("com.microsoft.FusedMatMul", roles="weight weight")
@op("com.microsoft.TransposeMatMul com.microsoft.FusedMatMulActivation")
def fused_matmul(op: Op) -> Result:
    """``FusedMatMul``: operands transposed on the way."""
    left = turned(op.shape(0), op.whole("transA") != 0, op.whole("transBatchA") != 0)
    right = turned(op.shape(1), op.whole("transB") != 0, op.whole("transBatchB") != 0)
    shape, multiplied = products.matmul(left, right)
    return Result(shape, terms=(flat(multiplied),))


@op("Gemm", roles="weight weight bias", integers=True, always=True)
@op("com.microsoft.FusedGemm com.microsoft.GemmFastGelu", roles="weight weight bias")
def gemm(op: Op, bias: int = 2) -> Result:
    """``Gemm``: ``A·B + C``; with a stored B it is a linear layer."""
    left, right = wants_rank(op.shape(0), 1, "Gemm"), wants_rank(op.shape(1), 2, "Gemm")
    if left is None or right is None:
        unknown = Unknown("a shape is not known")
        columns: Dim = unknown if right is None else right[0 if op.whole("transB") else 1]
        return Result((unknown, columns), terms=((("operands", unknown),),))
    if op.version < 7 and len(left) > 2:
        left = (left[0], elements_of(left[1:]))
    rows, depth = (left[1], left[0]) if op.whole("transA") else (left[0], left[-1])
    inner, columns = (right[1], right[0]) if op.whole("transB") else (right[0], right[1])
    depth = same(depth, inner, f"Gemm of {shape_text(left)} and {shape_text(right)}")
    attributes: dict[str, Any] = {"out_features": columns}
    if not (op.has(bias) and op.is_stored(bias)):
        attributes["bias"] = False
    if not isinstance(left[0 if op.whole("transA") else -1], int):
        attributes["in_features"] = inner
    kind = "linear" if isinstance(columns, int) and not op.whole("transA") else None
    return Result(
        (rows, columns), kind=kind, attributes=attributes, needs=(1,), bias=bias, dtypes=(op.dtype(0),),
        terms=(flat(products.linear((rows,), depth, columns)),),
    )  # fmt: skip


@op("com.microsoft.QGemm", roles="- scale zero weight scale zero bias scale zero", integers=True)
def q_gemm(op: Op) -> Result:
    """``QGemm`` (onnxruntime): A, its scale and zero point, B, its scale and zero point, C."""
    inner = Op(op.node, [op.value(0), op.value(3), op.value(6)], op.version, op.bound)
    result = gemm(inner)
    result.needs, result.bias = (3,), 6
    result.dtypes = (op.dtype(8) or "float32",)
    return result


@op("com.microsoft.MatMulNBits", roles="- weight scale zero constant bias", integers=True)
@op("com.microsoft.MatMulBnb4", roles="- weight scale", integers=True)
@op("com.microsoft.MatMulFpQ4", roles="- weight", integers=True)
def matmul_nbits(op: Op) -> Result:
    """``MatMulNBits`` and its like: a weight of ``N·K`` values packed into few bits; attributes give its real sizes."""
    depth, columns = op.whole("K", 0), op.whole("N", 0)
    shape = op.sizes(0)
    if depth < 1 or columns < 1:
        raise ShapeError(f"{op.node.op} with K {depth} and N {columns}")
    if shape:
        same(shape[-1], depth, f"{op.node.op}: the input against K")
    leading: tuple[Dim, ...] = shape[:-1] if shape is not None else (op.shape(0),)  # type: ignore[assignment]
    output: Shape = op.shape(0) if shape is None else (*leading, columns)
    terms = (flat(products.linear(leading, depth, columns)),)
    return Result(output, terms=terms, elements={1: depth * columns})


@op("Einsum")
def einsum(op: Op) -> Result:
    """``Einsum``: operand by operand from the left, as the layer of the same name."""
    equation = op.text("equation")
    if len(equation) > 512:
        raise ShapeError("an Einsum whose equation is longer than 512 letters")
    shapes = [op.shape(i) for i in range(len(op.inputs))]
    unknown = next((shape for shape in shapes if isinstance(shape, Unknown)), None)
    if unknown is not None:
        return Result(unknown, terms=((("operands", unknown),),) if len(shapes) > 1 else ())
    shape, steps = products.einsum(equation, [shape for shape in shapes if not isinstance(shape, Unknown)])
    kind = "einsum" if not any(op.is_stored(i) for i in range(len(shapes))) else None
    return Result(
        shape, kind=kind, attributes={"equation": equation}, terms=tuple([flat(step.product) for step in steps])
    )


@op("Det")
def determinant(op: Op) -> Result:
    """``Det``: a matrix becomes a number. Its elimination is no contraction of fixed size: Unknown."""
    shape = wants_rank(op.shape(0), 2, "Det")
    outputs: Shape = op.shape(0) if shape is None else shape[:-2]
    return Result(outputs, unknown="a determinant has no agreed number of multiply-accumulates")
