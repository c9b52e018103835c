"""Operators that contract: convolutions and matrix products, plain, quantised and fused; Einsum."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.sizes import AXES, shape_text
from netledger.sources.onnx.resizing import Window
from netledger.sources.onnx.values import Op, Result, broadcast, no_negative, product, same_size, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Term

NO_BIAS = 99
"""An input that no operator has."""

# ---------------------------------------------------------------------- convolutions


def convolution(weight: int = 1, bias: int = 2, dtype: str | None = None) -> Callable[[Op], Result]:
    """The rule of a convolution whose weight and bias are the inputs of these numbers."""

    def rule(op: Op) -> Result:
        result = _convolution(op, weight, 3 if op.node.op == "DeformConv" else bias)
        result.dtypes = (dtype or op.dtype(7 if op.node.op == "QLinearConv" else 0),)
        return result

    return rule


def _convolution(op: Op, weight: int, bias: int) -> Result:
    shape, kernel_shape = op.sizes(0), wants_rank(op.shape(weight), 3, f"the weight of {op.node.op}")
    stated, groups = op.ints("kernel_shape"), op.whole("group", 1)
    _check_groups(op, groups)
    if kernel_shape is None:
        rank = shape or (Unknown("its shape is not known"),) * (len(stated or ()) + 2)
        missing = Unknown("the shape of the weight is not known")
        return Result((*rank[:1], *(missing,) * (len(rank) - 1)), terms=((("weight", missing),),))
    kernel = kernel_shape[2:]
    if stated is not None and (len(stated) != len(kernel) or any(map(_differ, stated, kernel))):
        raise ShapeError(f"{op.node.op}: kernel_shape says {stated}, the weight is {shape_text(kernel_shape)}")
    window = Window(op, kernel)
    filters, depth = kernel_shape[:2]
    channels = product((depth, groups))
    if isinstance(filters, int) and filters % groups:
        raise ShapeError(f"{op.node.op}: {filters:,} output channels do not divide into {groups:,} groups")
    _check_bias(op, bias, filters)
    batch: Dim = Unknown("its shape is not known")
    space: tuple[Dim, ...] = (batch,) * len(kernel)
    if shape is not None:
        if len(shape) != len(kernel) + 2:
            raise ShapeError(f"{op.node.op} with a weight of {shape_text(kernel_shape)} of {shape_text(shape)}")
        if _differ(shape[1], channels):
            raise ShapeError(
                f"{op.node.op}: the input has {shape[1]:,} channels, the weight is for {channels:,} "
                f"({groups} × {depth:,})" if groups != 1 else
                f"{op.node.op}: the input has {shape[1]:,} channels, the weight is for {channels:,}"
            )  # fmt: skip
        batch, space = shape[0], shape[2:]
    out = window.out(space)
    letters = AXES.get(len(kernel), tuple([f"x{i}" for i in range(len(kernel))]))
    factors: list[tuple[str, Dim]] = [("N", batch)] if batch != 1 else []
    factors += [(f"{letter.upper()}_out", size) for letter, size in zip(letters, out, strict=True)]
    factors += [(f"k_{letter}", size) for letter, size in zip(letters, kernel, strict=True)]
    factors += [("C_in/g" if groups != 1 else "C_in", depth), ("C_out", filters)]
    attributes: dict[str, Any] = {"out_channels": filters, **window.attributes()}
    if attributes["stride"] == 1:
        del attributes["stride"]
    if groups != 1:
        attributes["groups"] = groups
    if shape is None or not isinstance(shape[1], int):
        attributes["in_channels"] = channels
    if window.auto in ("SAME_UPPER", "SAME_LOWER") and any(map(_differ, window.dilations, (1,) * len(kernel))):
        attributes["dilation"] = window.dilations
    kind = f"conv{len(kernel)}d" if 1 <= len(kernel) <= 3 and op.node.op != "DeformConv" else None
    return Result(
        (batch, filters, *out), kind=kind, attributes=attributes, terms=(tuple(factors),), needs=(weight,), bias=bias
    )


def _differ(a: Dim, b: Dim) -> bool:
    return isinstance(a, int) and isinstance(b, int) and a != b


def _check_groups(op: Op, groups: int) -> None:
    if groups < 1:
        raise ShapeError(f"{op.node.op}: group must be at least 1, not {groups}")


def _check_bias(op: Op, bias: int, filters: Dim) -> None:
    shape = op.sizes(bias)
    if shape is not None and (len(shape) != 1 or _differ(shape[0], filters)):
        raise ShapeError(f"{op.node.op}: a bias of {shape_text(shape)} for {filters:,} output channels")


def transposed(op: Op) -> Result:
    """``ConvTranspose``: every input position is spread through the kernel; MACs count input positions."""
    shape, weight = op.sizes(0), wants_rank(op.shape(1), 3, "the weight of ConvTranspose")
    groups = op.whole("group", 1)
    _check_groups(op, groups)
    missing = Unknown("its shape is not known")
    if weight is None:
        return Result((shape or (missing,))[:1] + (missing,) * (len(shape or ()) - 1), terms=((("weight", missing),),))
    kernel, axes = weight[2:], len(weight) - 2
    window = Window(op, kernel)
    filters = product((weight[1], groups))
    _check_bias(op, 2, filters)
    batch, space = missing, (missing,) * axes
    if shape is not None:
        if len(shape) != len(weight) or _differ(shape[1], weight[0]):
            raise ShapeError(f"ConvTranspose with a weight of {shape_text(weight)} of {shape_text(shape)}")
        batch, space = shape[0], shape[2:]  # type: ignore[assignment]
    if isinstance(weight[0], int) and weight[0] % groups:
        raise ShapeError(f"ConvTranspose: {weight[0]:,} input channels do not divide into {groups:,} groups")
    extra = op.ints("output_padding") or (0,) * axes
    stated = op.ints("output_shape")
    if stated:
        out: tuple[Dim, ...] = stated[-axes:]
    elif window.auto in ("SAME_UPPER", "SAME_LOWER"):
        out = tuple([product((n, window.strides[i])) for i, n in enumerate(space)])
    else:
        out = tuple([_spread(window, i, n, extra[i]) for i, n in enumerate(space)])
    letters = AXES.get(axes, tuple([f"x{i}" for i in range(axes)]))
    factors: list[tuple[str, Dim]] = [("N", batch)] if batch != 1 else []
    factors += [(letter.upper(), size) for letter, size in zip(letters, space, strict=True)]
    factors += [(f"k_{letter}", size) for letter, size in zip(letters, kernel, strict=True)]
    factors += [("C_in", weight[0]), ("C_out/g" if groups != 1 else "C_out", weight[1])]
    attributes = {"out_channels": filters, **window.attributes()}
    if attributes["stride"] == 1:
        del attributes["stride"]
    if any(extra):
        attributes["output_padding"] = extra
    if groups != 1:
        attributes["groups"] = groups
    if stated or window.auto != "NOTSET":
        attributes.pop("padding", None)
        attributes["output_size"] = out
    return Result(
        no_negative((batch, filters, *out), "ConvTranspose"), kind=f"conv_transpose{axes}d" if axes <= 3 else None,
        attributes=attributes, terms=(tuple(factors),), needs=(1,), bias=2,
    )  # fmt: skip


def _spread(window: Window, i: int, size: Dim, extra: int) -> Dim:
    kernel = window.kernel[i]
    if isinstance(size, Unknown) or isinstance(kernel, Unknown):
        return size if isinstance(size, Unknown) else kernel
    return (size - 1) * window.strides[i] + extra + window.dilations[i] * (kernel - 1) + 1 - sum(window.pads[i])


# ---------------------------------------------------------------------- matrix products


def matmul_shape(left: Shape, right: Shape) -> tuple[Shape, Term]:
    """The product's shape, and its factors: batch, rows, depth, columns.

    >>> matmul_shape((64, 32), (8, 32, 16))
    ((8, 64, 16), (('B', 8), ('M', 64), ('K', 32), ('N', 16)))
    """
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        unknown = left if isinstance(left, Unknown) else right
        return unknown, (("operands", unknown),)  # type: ignore[return-value]
    if not left or not right:
        raise ShapeError(f"a matrix product of {shape_text(left)} and {shape_text(right)}")
    a, b = left if len(left) > 1 else (1, *left), right if len(right) > 1 else (*right, 1)
    depth = same_size(a[-1], b[-2], f"a matrix product of {shape_text(left)} and {shape_text(right)}")
    batch = broadcast(a[:-2], b[:-2])
    assert not isinstance(batch, Unknown)
    rows = a[-2:-1] if len(left) > 1 else ()
    columns = b[-1:] if len(right) > 1 else ()
    factors = [(f"B_{i}" if i else "B", size) for i, size in enumerate(batch) if size != 1]
    return (*batch, *rows, *columns), (*factors, ("M", a[-2]), ("K", depth), ("N", b[-1]))


def matmul(left: int = 0, right: int = 1, dtype: str | None = None) -> Callable[[Op], Result]:
    """The rule of a matrix product of the inputs of these numbers."""

    def rule(op: Op) -> Result:
        shape, factors = matmul_shape(op.shape(left), op.shape(right))
        kept = op.dtype(7) if op.node.op == "QLinearMatMul" else op.dtype(0)
        result = Result(shape, terms=(factors,), dtypes=(dtype or kept,))
        weight = op.sizes(right)
        if weight is not None and len(weight) == 2 and op.is_stored(right) and not op.is_stored(left):
            result.kind = "linear"
            result.attributes = {"out_features": weight[1], "bias": False}
            result.needs = (right,)
            features = op.sizes(left)
            if features is None or not isinstance(features[-1], int):
                result.attributes["in_features"] = weight[0]
        elif not op.is_stored(left) and not op.is_stored(right) and op.node.op == "MatMul":
            result.kind = "matmul"
        return result

    return rule


def fused_matmul(op: Op) -> Result:
    """``FusedMatMul``: operands transposed on the way."""
    left, right = op.shape(0), op.shape(1)
    if op.whole("transA") or op.whole("transBatchA"):
        left = _turned(left, op.whole("transBatchA") != 0, op.whole("transA") != 0)
    if op.whole("transB") or op.whole("transBatchB"):
        right = _turned(right, op.whole("transBatchB") != 0, op.whole("transB") != 0)
    shape, factors = matmul_shape(left, right)
    return Result(shape, terms=(factors,))


def _turned(shape: Shape, batch: bool, matrix: bool) -> Shape:
    if isinstance(shape, Unknown) or len(shape) < 2:
        return shape
    if batch:
        shape = (*shape[1:-1], shape[0], shape[-1])
    return (*shape[:-2], shape[-1], shape[-2]) if matrix else shape


def gemm(op: Op) -> Result:
    """``Gemm``: ``A·B + C``; with a stored B it is a linear layer."""
    left, right = wants_rank(op.shape(0), 1, "Gemm"), wants_rank(op.shape(1), 2, "Gemm")
    if left is None or right is None:
        unknown = Unknown("a shape is not known")
        columns: Dim = unknown if right is None else right[0 if op.whole("transB") else 1]
        return Result((unknown, columns), terms=((("operands", unknown),),))
    if op.version < 7 and len(left) > 2:
        left = (left[0], product(left[1:]))
    rows, depth = (left[1], left[0]) if op.whole("transA") else (left[0], left[-1])
    inner, columns = (right[1], right[0]) if op.whole("transB") else (right[0], right[1])
    same_size(depth, inner, f"Gemm of {shape_text(left)} and {shape_text(right)}")
    attributes: dict[str, Any] = {"out_features": columns}
    third = 8 if op.node.op == "QGemm" else 2
    if not (op.has(third) and op.is_stored(third)):
        attributes["bias"] = False
    if not isinstance(depth, int):
        attributes["in_features"] = inner
    kind = "linear" if isinstance(columns, int) and not op.whole("transA") else None
    factors: list[tuple[str, Dim]] = [("N", rows)] if rows != 1 else []
    factors += [("C_in", depth if isinstance(depth, int) else inner), ("C_out", columns)]
    return Result(
        (rows, columns), kind=kind, attributes=attributes, terms=(tuple(factors),), needs=(1,), bias=third,
        dtypes=(op.dtype(0),),
    )  # fmt: skip


def q_gemm(op: Op) -> Result:
    """``QGemm`` (onnxruntime): A, its scale and zero point, B, its scale and zero point, C."""
    inner = Op(op.node, [op.value(0), op.value(3)], op.version, op.bound)
    result = gemm(inner)
    result.needs, result.bias = (3,), 6
    result.attributes["bias"] = op.is_stored(6)
    if result.attributes["bias"]:
        del result.attributes["bias"]
    result.dtypes = (op.dtype(8) or "float32",)
    return result


def matmul_nbits(op: Op) -> Result:
    """``MatMulNBits`` and its like: a weight of ``N·K`` values packed into few bits; attributes give its real sizes."""
    depth, columns = op.whole("K", 0), op.whole("N", 0)
    shape = op.sizes(0)
    if depth < 1 or columns < 1:
        raise ShapeError(f"{op.node.op} with K {depth} and N {columns}")
    leading: tuple[Dim, ...] | Unknown = op.shape(0) if shape is None else shape[:-1]
    if isinstance(leading, Unknown):
        return Result(leading, terms=((("M", leading), ("K", depth), ("N", columns)),), elements={1: depth * columns})
    if shape:
        same_size(shape[-1], depth, f"{op.node.op}: the input against K")
    factors = [(f"M_{i}" if i else "M", size) for i, size in enumerate(leading) if size != 1]
    terms = ((*factors, ("K", depth), ("N", columns)),)
    return Result((*leading, columns), terms=terms, elements={1: depth * columns})


# ---------------------------------------------------------------------- Einsum


def einsum(op: Op) -> Result:
    """``Einsum``: MACs are the product of all index sizes where operands are multiplied; with one it only sums or
    rearranges. More than two operands: as one nest of loops, which is how it is written.
    """
    equation = op.text("equation").replace(" ", "")
    left, arrow, right = equation.partition("->")
    operands = left.split(",")
    if len(operands) != len(op.inputs) or len(equation) > 512:
        raise ShapeError(f"Einsum '{equation}' for {len(op.inputs)} operands")
    sizes: dict[str, Dim] = {}
    ellipsis: Shape = ()
    for i, term in enumerate(operands):
        shape = op.sizes(i)
        if shape is None:
            return Result(op.shape(i), terms=((("operands", op.shape(i)),),) if len(operands) > 1 else ())  # type: ignore[arg-type]
        ellipsis = _bind(equation, term, shape, sizes, ellipsis)
    if not arrow:
        letters = sorted({letter for letter in left if letter.isalpha() and left.count(letter) == 1})
        right = ("..." if "..." in left else "") + "".join(letters)
    assert not isinstance(ellipsis, Unknown)
    before, dots, after = right.partition("...")
    if any(letter not in sizes for letter in before + after):
        raise ShapeError(f"Einsum '{equation}' makes an index from nothing")
    outputs = (*[sizes[x] for x in before], *(ellipsis if dots else ()), *[sizes[x] for x in after])
    if len(operands) < 2:
        return Result(outputs)
    factors = tuple([(f"…{i}", size) for i, size in enumerate(ellipsis)] + list(sizes.items()))
    return Result(outputs, terms=(factors or (("one", 1),),))


def _bind(equation: str, term: str, shape: tuple[Dim, ...], sizes: dict[str, Dim], ellipsis: Shape) -> Shape:
    before, dots, after = term.partition("...")
    rank = len(before) + len(after)
    if (dots and len(shape) < rank) or (not dots and len(shape) != rank):
        raise ShapeError(f"Einsum '{equation}': '{term}' against {shape_text(shape)}")
    bound = [*zip(before, shape, strict=False)]
    bound += [*zip(after, shape[len(shape) - len(after) :], strict=True)]
    for letter, size in bound:
        known = sizes.get(letter, size)
        if size == 1 or known == 1:
            sizes[letter] = known if size == 1 else size
        else:
            sizes[letter] = same_size(known, size, f"Einsum '{equation}', index {letter}")
    return broadcast(ellipsis, shape[len(before) : len(shape) - len(after)]) if dots else ellipsis


conv = convolution()
conv_integer = convolution(bias=NO_BIAS, dtype="int32")
qlinear_conv = convolution(3, 8)
plain_matmul = matmul()
matmul_integer = matmul(dtype="int32")
qlinear_matmul = matmul(0, 3)
matmul_to_float = matmul(dtype="float32")
