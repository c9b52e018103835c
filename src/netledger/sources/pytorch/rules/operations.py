"""The counting rule of every operation of PyTorch that contracts, whatever the device, kernel or grad mode it ran on.

A rule is a small function of the shapes of one call. High-level operations (``linear``, ``einsum``,
``scaled_dot_product_attention``) and the kernels below them (``addmm``, ``bmm``, the fused attentions) both have one,
so the answer does not depend on which of them PyTorch happens to run.
"""

from __future__ import annotations

from netledger.layers import products
from netledger.layers.sizes import shape_text
from netledger.registry import Table, place_of
from netledger.sources.pytorch.rules.contraction import Contraction, Multiplied, Seen, named, product, repeats, term

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Counting = Callable[[Seen], Contraction | None]

RULES: Table[Counting] = Table("counting rule of")
"""``namespace::name`` (without overload, without the ``_`` of in-place forms) → its rule."""


def counts(*names: str) -> Callable[[Counting], Counting]:
    """Register the rule of some operations of ``aten`` (or of another namespace, written out)."""

    def register(function: Counting) -> Counting:
        for name in names:
            RULES.register(name if "::" in name else f"aten::{name}", function, place_of(function))
        return function

    return register


# ---------------------------------------------------------------------- matrix products


@counts("linear", "mkldnn_linear", "_mixed_dtypes_linear")
def linear(seen: Seen) -> Contraction:
    """``x·Wᵀ + b`` on the last dimension, of any rank."""
    x, weight = seen.shape(0), seen.shape(1)
    if len(weight) == 1:
        weight = (1, *weight)
    bias = seen.arg(2, "bias")
    sparse = sparse_product("linear", seen, 1, 0)
    if sparse is not None:
        return sparse
    sizes = Multiplied(named(products.linear(x[:-1], weight[1], weight[0])), seen.grad(0), seen.grad(1))
    attributes = {"out_features": weight[0], "bias": bias is not None, "in_features": weight[1]}
    return Contraction("linear", (sizes,), (x,), attributes)


def matrix_product(kind: str, a: tuple[int, ...], b: tuple[int, ...], left: bool, right: bool) -> Contraction:
    """``a @ b`` with broadcasting over leading dimensions; vectors as NumPy's matmul treats them."""
    return Contraction(kind, (Multiplied(named(products.matmul(a, b)[1]), left, right),), (a, b))


def sparse_product(kind: str, seen: Seen, sparse: int, dense: int) -> Contraction | None:
    """A product with a matrix of which only what is not zero is stored: each value meets one row of the other."""
    values = getattr(seen.args[sparse], "nonzeros", None)
    a, b = seen.shape(sparse), seen.shape(dense)
    if values is None or len(a) != 2 or not b:
        return None
    others = product(b) // (b[-1] if kind == "linear" or sparse > dense else b[0])
    sizes = term(seen.grad(dense), seen.grad(sparse), ("nonzeros", values), ("N", others))
    return Contraction("sparse_mm", (sizes,), (a, b))


@counts(
    "matmul",
    "linalg_matmul",
    "mm",
    "bmm",
    "mv",
    "dot",
    "vdot",
    "_int_mm",
    "_sparse_mm",
    "hspmm",
    "smm",
    "_scaled_mm",
    "_scaled_mm_v2",
)
def matmul(seen: Seen) -> Contraction:
    """Products of two tensors: broadcasting matmul, and its special cases by rank."""
    kind = seen.name if seen.name in ("mm", "bmm", "mv", "dot") else "matmul"
    sparse = sparse_product(kind, seen, 0, 1) or sparse_product(kind, seen, 1, 0)
    return sparse or matrix_product(kind, seen.shape(0), seen.shape(1), seen.grad(0), seen.grad(1))


@counts("addmm", "baddbmm", "addmv", "_addmm_activation", "_sparse_addmm", "addbmm", "sspaddmm")
def add_product(seen: Seen) -> Contraction:
    """A product added to the first argument, which itself is not contracted."""
    sparse = sparse_product(seen.name.strip("_"), seen, 1, 2) or sparse_product(seen.name.strip("_"), seen, 2, 1)
    if sparse is not None:
        return sparse
    found = matrix_product(seen.name.strip("_"), seen.shape(1), seen.shape(2), seen.grad(1), seen.grad(2))
    return found.replace(kind="addmm" if seen.name == "_addmm_activation" else seen.name.strip("_"))


@counts("sparse_sampled_addmm")
def sampled_product(seen: Seen) -> Contraction:
    """Of a product, the entries at which the first argument stores a value: so many dot products."""
    a, b, stored = seen.shape(1), seen.shape(2), getattr(seen.args[0], "nonzeros", None)
    if stored is None:
        return matrix_product("addmm", a, b, seen.grad(1), seen.grad(2))
    return Contraction("sparse_mm", (term(seen.grad(1), seen.grad(2), ("nonzeros", stored), ("K", a[-1])),), (a, b))


@counts("torch_nn::_linear_cross_entropy_batch_chunked", "torch_nn::_linear_cross_entropy_batch_chunked_no_reduction")
def linear_loss(seen: Seen) -> Contraction:
    """A linear layer and the cross-entropy of what it gives, rows at a time."""
    x, weight = seen.shape(0), seen.shape(1)
    factors = named(products.linear(x[:-1], weight[1], weight[0]))
    return Contraction("linear_cross_entropy", (Multiplied(factors, seen.grad(0), seen.grad(1)),), (x, weight))


@counts("linalg_vecdot")
def vecdot(seen: Seen) -> Contraction:
    """Dot products along one dimension."""
    sizes = repeats("K", products.broadcast(seen.shape(0), seen.shape(1)))  # type: ignore[arg-type]
    return Contraction("dot", (Multiplied(sizes, seen.grad(0), seen.grad(1)),), (seen.shape(0), seen.shape(1)))


@counts("inner")
def inner(seen: Seen) -> Contraction:
    """The last dimensions contracted, all others kept."""
    a, b = seen.shape(0), seen.shape(1)
    if not a or not b:
        return Contraction("inner", (), (a, b))
    sizes = term(seen.grad(0), seen.grad(1), *repeats("N", a[:-1]), ("K", a[-1]), *repeats("M", b[:-1]))
    return Contraction("inner", (sizes,), (a, b))


@counts("_weight_int8pack_mm")
def weight_int8(seen: Seen) -> Contraction:
    """A product with an int8 weight stored as (out, in)."""
    x, weight = seen.shape(0), seen.shape(1)
    return Contraction("matmul", (term(seen.grad(0), False, ("M", x[0]), ("K", x[1]), ("N", weight[0])),), (x, weight))


@counts("_weight_int4pack_mm", "_weight_int4pack_mm_for_cpu", "_dyn_quant_matmul_4bit")
def weight_int4(seen: Seen) -> Contraction:
    """A product with a packed int4 weight: its width is read off the result."""
    x, out = seen.shape(0), tuple(seen.out.shape)
    return Contraction("matmul", (term(seen.grad(0), False, ("M", x[0]), ("K", x[1]), ("N", out[-1])),), (x,))


@counts("_grouped_mm", "_scaled_grouped_mm", "transformers::grouped_mm_fallback")
def grouped_mm(seen: Seen) -> Contraction:
    """Rows sorted into groups, each with its own matrix: every row meets one matrix."""
    a, b = seen.shape(0), seen.shape(1)
    left, right = seen.grad(0), seen.grad(1)
    if len(a) == 2 and len(b) == 3:
        sizes = term(left, right, ("M", a[0]), ("K", a[1]), ("N", b[2]))
    elif len(a) == 3 and len(b) == 2:
        sizes = term(left, right, ("M", a[1]), ("K", a[2]), ("N", b[1]))
    elif len(a) == 2:
        sizes = term(left, right, ("M", a[0]), ("K", a[1]), ("N", b[1]))
    else:
        sizes = term(left, right, ("B", a[0]), ("M", a[1]), ("K", a[2]), ("N", b[2]))
    return Contraction("grouped_mm", (sizes,), (a, b))


@counts("bilinear")
def bilinear(seen: Seen) -> Contraction:
    """``x1·W·x2`` for every output: the weight's elements times the positions."""
    x1, x2, weight = seen.shape(0), seen.shape(1), seen.shape(2)
    bias = seen.arg(3, "bias")
    factors = products.bilinear(x1[:-1], weight[1], weight[2], weight[0])
    found = Multiplied(named(factors), seen.grad(0) + seen.grad(1), seen.grad(2))
    attributes = {"out_features": weight[0], "bias": bias is not None}
    return Contraction("bilinear", (found,), (x1, x2), attributes)


@counts("einsum")
def einsum(seen: Seen) -> Contraction:
    """Operand by operand, as PyTorch contracts: an index that no later operand or the result needs is summed away."""
    shapes = [tuple(tensor.shape) for tensor in seen.args[1]]
    grads = [seen.needs_grad(tensor) for tensor in seen.args[1]]
    _, steps = products.einsum(seen.args[0], shapes, seen.arg(2, "path") or ())
    terms = [
        Multiplied(named(step.product), any(grads[i] for i in step.left), any(grads[i] for i in step.right))
        for step in steps
    ]
    return Contraction("einsum", tuple(terms), tuple(shapes), {"equation": seen.args[0]})


@counts("affine_grid_generator", "cudnn_affine_grid_generator")
def affine_grid(seen: Seen) -> Contraction:
    """A small matrix for every position of a grid."""
    theta, size = seen.shape(0), tuple(seen.arg(1, "size"))
    factors = products.affine_grid(theta[0], size[2:])
    return Contraction("affine_grid", (Multiplied(named(factors), seen.grad(0), False),), (theta,))


# ---------------------------------------------------------------------- convolutions


def convolved(
    seen: Seen,
    x: tuple[int, ...],
    weight: tuple[int, ...],
    out: tuple[int, ...],
    transposed: bool,
    extra: dict[str, Any],
) -> Contraction:
    """One convolution: positions × kernel × channels in, per group, × channels out.

    Raises:
        RuntimeError: where PyTorch refuses the call.
    """
    if extra:  # kernels of one backend run below those that are checked here
        bias = seen.arg(2, "bias")
        refuse_misfit(x, weight, None if bias is None else tuple(bias.shape), transposed, extra)
    axes = len(weight) - 2
    batch = x[: -axes - 1]
    space = x[len(x) - axes :] if transposed else out[len(out) - axes :]
    groups = int(extra.get("groups", 1))
    sides = (weight[0], weight[1] * groups) if transposed else (weight[1] * groups, weight[0])
    weights = products.filters(weight[2:], sides[0], groups, sides[1], transposed)
    factors = named(products.conv(batch, space, weights, transposed))
    kind = f"conv{'_transpose' if transposed else ''}{axes}d"
    attributes = {"out_channels": sides[1], "kernel_size": tuple(weight[2:]), **extra}
    return Contraction(kind, (Multiplied(factors, seen.grad(0), seen.grad(1)),), (x,), attributes)


def refuse_misfit(
    x: tuple[int, ...], weight: tuple[int, ...], bias: tuple[int, ...] | None, transposed: bool, extra: dict[str, Any]
) -> None:
    """Raise as PyTorch does for a convolution whose sizes do not fit: on shapes alone it lets most of them through.

    >>> refuse_misfit((1, 128, 32), (32, 1, 4), None, True, {"groups": 32})
    Traceback (most recent call last):
    RuntimeError: a transposed convolution by 32×1×4 reads 32 channels, not the 128 of 1×128×32
    """
    axes, groups = len(weight) - 2, int(extra.get("groups", 1))
    reads, makes = (weight[0], weight[1] * groups) if transposed else (weight[1] * groups, weight[0])

    def what() -> str:
        return f"a {'transposed ' if transposed else ''}convolution by {shape_text(weight)}"

    if len(x) not in (axes + 1, axes + 2):
        raise RuntimeError(f"{what()} reads {axes + 1} or {axes + 2} dimensions, not {shape_text(x)}")
    if x[-axes - 1] != reads:
        raise RuntimeError(f"{what()} reads {reads} channels, not the {x[-axes - 1]} of {shape_text(x)}")
    if weight[0] % groups:
        raise RuntimeError(f"{what()} has no {groups} groups of equal size")
    if bias is not None and bias != (makes,):
        raise RuntimeError(f"{what()} makes {makes} channels, its bias has {shape_text(bias)}")
    spare, stride, dilation = [
        (value,) * axes if isinstance(value, int) else tuple(value) * (axes if len(value) == 1 else 1)
        for value in (extra.get("output_padding", 0), extra.get("stride", 1), extra.get("dilation", 1))
    ]
    if any(more and more >= max(step, wide) for more, step, wide in zip(spare, stride, dilation, strict=False)):
        raise RuntimeError(f"{what()} pads its output by {spare}: less than its stride or its dilation is allowed")


def _ints(value: Any, default: int) -> tuple[int, ...] | int | str:
    if value is None:
        return default
    if isinstance(value, (int, str)):
        return value
    return tuple([int(v) for v in value])


@counts("conv1d", "conv2d", "conv3d", "_convolution_mode")
def convolution(seen: Seen) -> Contraction:
    """Convolutions as a model writes them, ``padding='same'`` and inputs without a batch included."""
    bias = seen.arg(2, "bias")
    extra: dict[str, Any] = {
        "stride": _ints(seen.arg(3, "stride"), 1),
        "padding": _ints(seen.arg(4, "padding"), 0),
        "dilation": _ints(seen.arg(5, "dilation"), 1),
        "groups": int(seen.arg(6, "groups", 1)),
        "bias": bias is not None,
    }
    return convolved(seen, seen.shape(0), seen.shape(1), tuple(seen.out.shape), False, extra)


@counts("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed_convolution(seen: Seen) -> Contraction:
    """Transposed convolutions as a model writes them: input positions are what is multiplied."""
    bias = seen.arg(2, "bias")
    extra: dict[str, Any] = {
        "stride": _ints(seen.arg(3, "stride"), 1),
        "padding": _ints(seen.arg(4, "padding"), 0),
        "output_padding": _ints(seen.arg(5, "output_padding"), 0),
        "groups": int(seen.arg(6, "groups", 1)),
        "dilation": _ints(seen.arg(7, "dilation"), 1),
        "bias": bias is not None,
    }
    return convolved(seen, seen.shape(0), seen.shape(1), tuple(seen.out.shape), True, extra)


@counts("convolution", "_convolution", "convolution_overrideable")
def convolution_kernel(seen: Seen) -> Contraction:
    """The general kernel below all of them."""
    transposed = bool(seen.arg(6, "transposed", False))
    bias = seen.arg(2, "bias")
    extra: dict[str, Any] = {
        "stride": _ints(seen.arg(3, "stride"), 1),
        "padding": _ints(seen.arg(4, "padding"), 0),
        "dilation": _ints(seen.arg(5, "dilation"), 1),
        "groups": int(seen.arg(8, "groups", 1)),
        "bias": bias is not None,
    }
    if transposed:
        extra["output_padding"] = _ints(seen.arg(7, "output_padding"), 0)
    return convolved(seen, seen.shape(0), seen.shape(1), tuple(seen.out.shape), transposed, extra)


@counts(
    "mkldnn_convolution",
    "cudnn_convolution",
    "miopen_convolution",
    "miopen_depthwise_convolution",
    "cudnn_convolution_relu",
    "cudnn_convolution_add_relu",
    "miopen_convolution_relu",
    "_conv_depthwise2d",
    "conv_depthwise3d",
    "_slow_conv2d_forward",
    "slow_conv3d",
    "slow_conv3d_forward",
    "slow_conv_dilated2d",
    "slow_conv_dilated3d",
    "thnn_conv2d",
    "_nnpack_spatial_convolution",
    "mps_convolution",
)
def convolution_backend(seen: Seen) -> Contraction:
    """Kernels of one backend: the weight's second size already is that of one group."""
    out = seen.out[0] if isinstance(seen.out, (tuple, list)) else seen.out
    return convolved(seen, seen.shape(0), seen.shape(1), tuple(out.shape), False, {})


@counts("cudnn_convolution_transpose", "miopen_convolution_transpose", "slow_conv_transpose2d", "slow_conv_transpose3d")
def transposed_backend(seen: Seen) -> Contraction:
    """Transposed kernels of one backend."""
    return convolved(seen, seen.shape(0), seen.shape(1), tuple(seen.out.shape), True, {})


@counts("conv_tbc")
def conv_tbc(seen: Seen) -> Contraction:
    """A convolution over (time, batch, channels); its weight is (kernel, in, out)."""
    x, weight, out = seen.shape(0), seen.shape(1), tuple(seen.out.shape)
    factors = named(products.conv(x[1:2], out[:1], products.filters(weight[:1], weight[1], 1, weight[2])))
    return Contraction("conv_tbc", (Multiplied(factors, seen.grad(0), seen.grad(1)),), (x, weight))


@counts("torchvision::deform_conv2d")
def deformable(seen: Seen) -> Contraction:
    """A deformable convolution: the same products as a convolution, at sampled positions."""
    x, weight, out = seen.shape(0), seen.shape(1), tuple(seen.out.shape)
    factors = named(products.conv(x[:1], out[2:], products.filters(weight[2:], weight[1], 1, weight[0])))
    return Contraction("deform_conv2d", (Multiplied(factors, seen.grad(0), seen.grad(1)),), (x, weight))
