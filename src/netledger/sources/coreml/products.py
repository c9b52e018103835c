"""What each of MIL's operations multiplies and accumulates, by the shapes that the program states.

Source: the operations of coremltools (``converters/mil/mil/ops/defs``); batch and channels before space.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers import products
from netledger.network import elements_of
from netledger.sources.graph_shapes import ranked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.layers.products import Flat
    from netledger.network import Dim, Shape
    from netledger.sources.coreml.mil import MilValue

    Rule = Callable[["MilNode"], tuple[Flat, ...]]


class MilNode:
    """An operation's arguments: the shapes of tensors, and values that the program states."""

    __slots__ = ("output", "shape_of", "value")

    def __init__(
        self, shape_of: Callable[[str, int], Shape | None], value: Callable[[str], MilValue | None], output: Shape
    ) -> None:
        self.shape_of, self.value, self.output = shape_of, value, output

    def shape(self, name: str, least: int = 1, place: int = 0) -> tuple[Dim, ...]:
        """The sizes of an argument's tensor, of at least so many dimensions."""
        found = self.shape_of(name, place)
        if found is None:
            raise FormatError(f"argument '{name}' is missing")
        return ranked(found, least)

    def truth(self, name: str) -> bool:
        """A yes or no that the program states."""
        value = self.value(name)
        return value is not None and value.whole()[:1] == [1]

    def text(self, name: str) -> str:
        """A word that the program states."""
        value = self.value(name)
        return (value.texts() or [""])[0] if value is not None else ""


def _conv(node: MilNode) -> tuple[Flat, ...]:
    filters, out = node.shape("weight", 3), ranked(node.output, 3)
    row = products.filters(filters[2:], filters[1], 1, filters[0])
    return (products.flat(products.conv(out[:1], out[2:], row)),)


def _transposed(node: MilNode) -> tuple[Flat, ...]:
    image, filters = node.shape("x", 3), node.shape("weight", 3)
    row = products.filters(filters[2:], filters[0], 1, filters[1], transposed=True)
    return (products.flat(products.conv(image[:1], image[2:], row, transposed=True)),)


def _linear(node: MilNode) -> tuple[Flat, ...]:
    image, weight = node.shape("x"), node.shape("weight", 2)
    inner = products.same(image[-1], weight[-1], "inputs and matrix")
    return (products.flat(products.linear(image[:-1], inner, elements_of(weight[:-1]))),)


def _matmul(node: MilNode) -> tuple[Flat, ...]:
    left = products.turned(node.shape("x"), node.truth("transpose_x"))
    right = products.turned(node.shape("y"), node.truth("transpose_y"))
    return (products.flat(products.matmul(left, right)[1]),)


def _einsum(node: MilNode) -> tuple[Flat, ...]:
    equation = node.text("equation")
    if not equation or len(equation) > 1_000:
        raise FormatError("an einsum without its equation")
    several = [node.shape("values", 0, place) for place in range(equation.count(",") + 1)]
    return tuple([products.flat(step.product) for step in products.einsum(equation, several)[1]])


def _recurrent(node: MilNode) -> tuple[Flat, ...]:
    """Every matrix once for each step of each sequence: ``x`` is steps, sequences, features."""
    steps = products.flat(products.repeats("T", node.shape("x", 3)[:2]))
    names = ("weight_ih", "weight_hh", "weight_ih_back", "weight_hh_back")
    found = [node.shape_of(name, 0) for name in names]
    return tuple([(*steps, ("h·d", elements_of(ranked(shape, 2)))) for shape in found if shape is not None])


def _attention(node: MilNode) -> tuple[Flat, ...]:
    query, key, value = (node.shape(name, 2) for name in ("query", "key", "value"))
    pair = products.attention(query[:-2], query[-2], key[-2], query[-1], value[-1])
    return (products.flat(pair[0]), products.flat(pair[1]))


PRODUCTS: dict[str, Rule] = {
    "conv": _conv, "conv_quantized": _conv, "conv_transpose": _transposed, "linear": _linear, "matmul": _matmul,
    "einsum": _einsum, "lstm": _recurrent, "gru": _recurrent, "rnn": _recurrent,
    "scaled_dot_product_attention": _attention,
}  # fmt: skip
"""Operation → its products."""

HARMLESS = frozenset(
    ("abs acos add affine argsort asin atan atanh avg_pool band_part batch_norm batch_to_space cast ceil clamped_relu "
     "classify clip concat const constexpr_affine_dequantize constexpr_blockwise_shift_scale constexpr_cast "
     "constexpr_lut_to_dense constexpr_lut_to_sparse constexpr_sparse_blockwise_shift_scale constexpr_sparse_to_dense "
     "coreml_update_state cos cosh crop crop_resize cumsum depth_to_space dequantize elu equal erf exp exp2 "
     "expand_dims fill fill_like flatten2d floor floor_div gather gather_along_axis gather_nd gelu greater "
     "greater_equal identity instance_norm inverse l2_norm l2_pool layer_norm leaky_relu less less_equal "
     "linear_activation list_gather list_length list_read list_scatter list_write local_response_norm log logical_and "
     "logical_not logical_or logical_xor make_list max_pool maximum minimum mod mul non_maximum_suppression non_zero "
     "not_equal one_hot pad pixel_shuffle pixel_unshuffle pow prelu quantize random_bernoulli random_categorical "
     "random_normal random_uniform range_1d read_state real_div reduce_argmax reduce_argmin reduce_l1_norm "
     "reduce_l2_norm reduce_log_sum reduce_log_sum_exp reduce_max reduce_mean reduce_min reduce_prod reduce_sum "
     "reduce_sum_square relu relu6 resample reshape reshape_like resize resize_bilinear resize_nearest_neighbor "
     "reverse reverse_sequence round rsqrt scaled_tanh scatter scatter_along_axis scatter_nd select shape sigmoid "
     "sigmoid_hard sign silu sin sinh slice_by_index slice_by_size slice_update sliding_windows softmax softplus "
     "softplus_parametric softsign space_to_batch space_to_depth split sqrt square squeeze stack sub tan tanh "
     "threshold thresholded_relu tile topk transpose upsample_bilinear upsample_nearest_neighbor write_state").split()
)  # fmt: skip
"""Operations that contract nothing."""

BODIES = frozenset(("cond", "while_loop"))
"""Operations that run blocks of their own."""

_PLAIN = {"weight": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "alpha": "weight"}
_EITHER = {"x": "weight", "y": "weight"}
_RECURRENT = {
    "weight_ih": "weight", "weight_hh": "weight", "bias": "bias", "input_bias": "bias", "peephole": "weight",
    "weight_ih_back": "weight", "weight_hh_back": "weight", "bias_back": "bias", "peephole_back": "weight",
}  # fmt: skip
ROLES: dict[str, dict[str, str]] = {
    **dict.fromkeys("conv conv_quantized conv_transpose linear layer_norm instance_norm prelu".split(), _PLAIN),
    "softplus_parametric": {"alpha": "weight", "beta": "weight"},
    "batch_norm": {**_PLAIN, "mean": "running_statistic", "variance": "running_statistic"},
    "matmul": _EITHER, "mul": _EITHER, "real_div": _EITHER, "gather": {"x": "weight"}, "einsum": {"values": "weight"},
    "add": {"x": "bias", "y": "bias"}, "sub": {"x": "bias", "y": "bias"}, "concat": {"values": "weight"},
    **dict.fromkeys(("lstm", "gru", "rnn"), _RECURRENT),
}  # fmt: skip
"""Operation → what a stored argument is to it; others are constants."""


def unfollowed(type: str) -> str | None:
    """Why nobody can say what an operation multiplies; nothing where it multiplies nothing.

    >>> unfollowed("relu"), unfollowed("mine")
    (None, "operation 'mine' has no rule")
    """
    return None if type in PRODUCTS or type in HARMLESS else f"operation '{type[:60]}' has no rule"
