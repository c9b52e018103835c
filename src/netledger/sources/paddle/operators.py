"""What each of Paddle's operators multiplies and accumulates, by the shapes that a program states.

Source: the operators of Paddle's ``ops.yaml`` and of its older ``OpDesc``; the batch first, channels before space.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers import products
from netledger.network import elements_of
from netledger.sources.graph_shapes import ranked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.layers.products import Flat
    from netledger.network import Shape

    Rule = Callable[["PaddleNode"], tuple[Flat, ...]]


class PaddleNode:
    """An operator's inputs by name, each a list of shapes, its attributes, and the shape that it makes."""

    __slots__ = ("attributes", "inputs", "output")

    def __init__(self, inputs: Mapping[str, Sequence[Shape]], attributes: Mapping[str, Any], output: Shape) -> None:
        self.inputs, self.attributes, self.output = inputs, attributes, output

    def shape(self, name: str, least: int = 1) -> tuple[Any, ...]:
        """The sizes of an input, of at least so many dimensions."""
        found = self.inputs.get(name)
        if not found:
            raise FormatError(f"its input '{name}' is missing")
        return ranked(found[0], least)

    def truth(self, *names: str) -> bool:
        """Whether any of these attributes says yes."""
        return any(self.attributes.get(name) in (True, 1) for name in names)

    def whole(self, name: str, default: int) -> int:
        """An attribute as a whole number."""
        value = self.attributes.get(name, default)
        return value if isinstance(value, int) and not isinstance(value, bool) else default


def _conv(node: PaddleNode) -> tuple[Flat, ...]:
    filters, out = node.shape("Filter", 3), ranked(node.output, 3)
    last = node.attributes.get("data_format") in ("NHWC", "NDHWC", "NLC")
    row = products.filters(filters[2:], filters[1], 1, filters[0])
    return (products.flat(products.conv(out[:1], out[1:-1] if last else out[2:], row)),)


def _transposed(node: PaddleNode) -> tuple[Flat, ...]:
    image, filters = node.shape("Input", 3), node.shape("Filter", 3)
    last = node.attributes.get("data_format") in ("NHWC", "NDHWC")
    row = products.filters(filters[2:], filters[0], 1, filters[1], transposed=True)
    return (products.flat(products.conv(image[:1], image[1:-1] if last else image[2:], row, transposed=True)),)


def _matmul(node: PaddleNode) -> tuple[Flat, ...]:
    left = products.turned(node.shape("X"), node.truth("transpose_x", "trans_x", "transpose_X"))
    right = products.turned(node.shape("Y"), node.truth("transpose_y", "trans_y", "transpose_Y"))
    return (products.flat(products.matmul(left, right)[1]),)


def _flattened(side: str, matrix: str, columns: str) -> Rule:
    """A matrix on what is left of an input whose first dimensions are rows."""

    def rule(node: PaddleNode) -> tuple[Flat, ...]:
        image, weight = node.shape(side), node.shape(matrix, 2)
        rows = node.whole(columns, 1)
        if not 0 <= rows <= len(image):
            raise FormatError(f"{rows:,} dimensions of rows of {len(image)}")
        inner = products.same(elements_of(image[rows:]), weight[0], "inputs and matrix")
        return (products.flat(products.linear(image[:rows], inner, elements_of(weight[1:]))),)

    return rule


def _attention(node: PaddleNode) -> tuple[Flat, ...]:
    """Batch, positions, heads, width."""
    query, key, value = (node.shape(name, 4) for name in ("q", "k", "v"))
    pair = products.attention((query[0], query[2]), query[1], key[1], query[3], value[3])
    return (products.flat(pair[0]), products.flat(pair[1]))


def _einsum(node: PaddleNode) -> tuple[Flat, ...]:
    equation = node.attributes.get("equation")
    shapes = [ranked(shape, 0) for shape in node.inputs.get("Operands", ())]
    if not isinstance(equation, str) or len(equation) > 1_000:
        raise FormatError("an einsum without its equation")
    return tuple([products.flat(step.product) for step in products.einsum(equation, shapes)[1]])


def _recurrent(node: PaddleNode) -> tuple[Flat, ...]:
    """Every matrix once for each step of each sequence: steps, sequences, features."""
    steps = products.flat(products.repeats("T", node.shape("Input", 3)[:2]))
    sizes = [ranked(shape, 0) for shape in node.inputs.get("WeightList", ())]
    return tuple([(*steps, ("h·d", elements_of(shape))) for shape in sizes if len(shape) == 2])


PRODUCTS: dict[str, Rule] = {
    **dict.fromkeys("conv2d depthwise_conv2d conv3d conv2d_fusion fused_conv2d".split(), _conv),
    **dict.fromkeys("conv2d_transpose depthwise_conv2d_transpose conv3d_transpose".split(), _transposed),
    **dict.fromkeys("matmul matmul_v2 bmm".split(), _matmul),
    "mul": _flattened("X", "Y", "x_num_col_dims"), "matmul_with_flatten": _flattened("X", "Y", "x_num_col_dims"),
    "fc": _flattened("Input", "W", "in_num_col_dims"), "flash_attn": _attention, "einsum": _einsum, "rnn": _recurrent,
}  # fmt: skip
"""Operator → its products."""

ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(PRODUCTS, ("X", "Y")),
    **dict.fromkeys((name for name in PRODUCTS if "conv" in name), ("Input", "Filter", "Bias")),
    "fc": ("Input", "W", "Bias"), "flash_attn": ("q", "k", "v"), "einsum": ("Operands",),
    "rnn": ("Input", "PreState", "WeightList"), "batch_norm": ("X", "Mean", "Variance", "Scale", "Bias"),
    "sync_batch_norm": ("X", "Mean", "Variance", "Scale", "Bias"), "layer_norm": ("X", "Scale", "Bias"),
    "group_norm": ("X", "Scale", "Bias"), "instance_norm": ("X", "Scale", "Bias"),
    "rms_norm": ("X", "Bias0", "Residual", "Scale"),
    "embedding": ("Ids", "W"), "prelu": ("X", "Alpha"), "add": ("X", "Y"), "subtract": ("X", "Y"),
    "multiply": ("X", "Y"), "divide": ("X", "Y"),
}  # fmt: skip
"""Operator → its inputs by position, as older programs name them."""

_EITHER, _ADDED = {"X": "weight", "Y": "weight"}, {"X": "bias", "Y": "bias"}
ROLES: dict[str, str] = {
    "Filter": "weight", "W": "weight", "Scale": "weight", "Alpha": "weight", "Bias": "bias",
    "Mean": "running_statistic", "Variance": "running_statistic", "WeightList": "weight",
}  # fmt: skip
"""What a stored input is by its name."""
OWN_ROLES: dict[str, dict[str, str]] = {
    **dict.fromkeys("matmul matmul_v2 mul bmm multiply divide elementwise_mul elementwise_div".split(), _EITHER),
    **dict.fromkeys("add subtract elementwise_add elementwise_sub".split(), _ADDED),
}
"""The same for operators whose inputs say no more than first and second."""

NEURONS = frozenset(name for name in PRODUCTS if "conv" in name)
DENSE = frozenset("matmul matmul_v2 mul fc matmul_with_flatten".split())

_HARMLESS = frozenset(
    (
        "abs accuracy acos adaptive_avg_pool2d add add_n affine_channel affine_grid all any arange arg_max arg_min "
        "argmax argmin argsort asin assign assign_out assign_value atan atan2 batch_norm bilinear_interp "
        "bilinear_interp_v2 bincount bitwise_and bitwise_not bitwise_or bitwise_xor box_coder cast ceil celu "
        "channel_shuffle clip clone combine concat cos cosh cumsum data data_norm depend dequantize_linear "
        "distribute_fpn_proposals divide dropout elementwise_add elementwise_div elementwise_floordiv elementwise_max "
        "elementwise_min elementwise_mod elementwise_mul elementwise_pow elementwise_sub elu embedding equal "
        "equal_all erf exp expand expand_as expand_as_v2 expand_v2 expm1 eye feed fetch fetch_v2 fill_any_like "
        "fill_constant fill_constant_batch_size_like flatten flatten2 flatten_contiguous_range flip floor "
        "floor_divide full full_int_array full_like full_with_tensor fused_softmax_mask gather gather_nd "
        "gaussian_random gelu generate_proposals greater_equal greater_than grid_sample grid_sampler group_norm "
        "hard_shrink hard_sigmoid hard_swish hardshrink hardsigmoid hardswish hardtanh increment index_select "
        "instance_norm isfinite isinf isnan label_smooth layer_norm leaky_relu less_equal less_than linear_interp log "
        "log10 log1p log2 log_softmax logical_and logical_not logical_or logical_xor logsigmoid logsumexp "
        "lookup_table lookup_table_v2 masked_select matrix_nms max max_pool2d_with_index maximum mean memcpy_d2h "
        "memcpy_h2d meshgrid min minimum mish mod multiclass_nms multiclass_nms3 multiply nearest_interp "
        "nearest_interp_v2 nonzero norm not_equal numel one_hot one_hot_v2 ones p_norm pad pad2d pad3d pixel_shuffle "
        "pool2d pool3d pow prelu print prior_box prod quantize_linear range reciprocal reduce_all reduce_any "
        "reduce_max reduce_mean reduce_min reduce_prod reduce_sum relu relu6 remainder reshape reshape2 reverse "
        "rms_norm roi_align roll round rsqrt scale scatter scatter_nd_add select_input selu set_value "
        "set_value_with_tensor shadow_output shape shape64 share_data shuffle_channel sigmoid sign silu sin sinh size "
        "slice softmax softplus softshrink softsign split split_with_num sqrt square squared_l2_norm squeeze squeeze2 "
        "stack strided_slice subtract sum swish sync_batch_norm take_along_axis tan tanh tanh_shrink temporal_shift "
        "thresholded_relu tile top_k top_k_v2 topk transpose transpose2 tril tril_triu triu unbind unfold "
        "uniform_random unique unsqueeze unsqueeze2 unstack variance where where_index yolo_box zeros"
    ).split()
)  # fmt: skip


def plain(type: str) -> str:
    """An operator without what says that it writes over its input.

    >>> plain("batch_norm_"), plain("relu")
    ('batch_norm', 'relu')
    """
    return type.removesuffix("_")


def unfollowed(type: str) -> str | None:
    """Why nobody can say what an operator multiplies; nothing where it multiplies nothing."""
    return None if type in PRODUCTS or type in _HARMLESS else f"operator '{type[:60]}' has no rule"
