"""What each of JAX' primitives multiplies and accumulates, and which multiply nothing.

Source: ``jax/_src/lax`` of JAX 0.10 (``dot_general``, ``conv_general_dilated``, ``ragged_dot_general``).
"""

from __future__ import annotations

from netledger.layers import products
from netledger.network import elements_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.layers.products import Flat

    Sizes = tuple[int, ...]
    Rule = Callable[[Sequence[Sizes], Sequence[Sizes], Mapping[str, Any]], Flat | None]

INSIDE = frozenset(
    "pjit jit closed_call core_call core_closed_call remat remat2 checkpoint custom_jvp_call custom_vjp_call "
    "custom_vjp_call_jaxpr custom_lin run_state named_call name composite".split()
)
"""Primitives that run what they hold once."""

HARMLESS = frozenset(
    "abs acos acosh add add_any after_all and argmax argmin asin asinh atan atan2 atanh bitcast_convert_type "
    "broadcast_in_dim cbrt ceil clamp clz complex concatenate conj convert_element_type copy copy_p cos cosh "
    "create_token dce_sink digamma div dynamic_slice dynamic_update_slice empty empty2 eq eq_to erf erf_inv erfc exp "
    "exp2 expm1 floor from_edtype gather ge gt igamma igammac imag integer_pow iota is_finite le le_to lgamma log "
    "log1p logistic lt lt_to max min mul mulhi ne neg nextafter not optimization_barrier or pad polygamma "
    "population_count pow pvary random_bits random_clone random_fold_in random_seed random_split random_unwrap "
    "random_wrap real reduce reduce_and reduce_max reduce_min reduce_or reduce_precision reduce_prod reduce_sum "
    "reduce_xor reduce_window reduce_window_max reduce_window_min reduce_window_sum rem reshape rev "
    "rng_bit_generator rng_uniform round rsqrt scatter scatter-add scatter-max scatter-min scatter-mul scatter-sub "
    "scatter_add select_and_gather_add select_and_scatter select_and_scatter_add select_n sharding_constraint "
    "shift_left shift_right_arithmetic shift_right_logical sign sin sinh slice sort split sqrt square squeeze stack "
    "stop_gradient sub tan tanh threefry2x32 tie tile to_edtype top_k approx_top_k transpose unstack xor zeta "
    "bessel_i0e bessel_i1e cumsum cumprod cummax cummin cumlogsumexp device_put mesh_cast reshard axis_index "
    "pbroadcast psum psum_invariant pmax pmin ppermute all_gather all_gather_invariant all_to_all "
    "reduce_scatter debug_callback debug_print erf_inv regularized_incomplete_beta igamma_grad_a fft "
    "random_gamma lu_pivots_to_permutation".split()
)
"""Primitives that contract nothing. A Fourier transform is work of another sort, as everywhere here."""


def _dot(inputs: Sequence[Sizes], outputs: Sequence[Sizes], settings: Mapping[str, Any]) -> Flat | None:
    (left_summed, right_summed), (left_batch, right_batch) = settings["dimension_numbers"]
    left, right = inputs[0], inputs[1]
    if not left_summed:  # value by value, or an outer product
        return None
    rows = [size for i, size in enumerate(left) if i not in (*left_summed, *left_batch)]
    columns = [size for i, size in enumerate(right) if i not in (*right_summed, *right_batch)]
    groups = (("B", [left[i] for i in left_batch]), ("M", rows), ("K", [left[i] for i in left_summed]), ("N", columns))
    return products.flat(tuple([factor for name, sizes in groups for factor in products.repeats(name, sizes)]))


def _conv(inputs: Sequence[Sizes], outputs: Sequence[Sizes], settings: Mapping[str, Any]) -> Flat | None:
    numbers, groups = settings["dimension_numbers"], settings["feature_group_count"]
    image, weights, made = inputs[0], inputs[1], outputs[0]
    wide, depth = weights[numbers.rhs_spec[0]], weights[numbers.rhs_spec[1]]
    kernel = [weights[i] for i in numbers.rhs_spec[2:]]
    if any(size != 1 for size in settings.get("lhs_dilation") or ()):  # transposed: at each place of the input
        space = [image[i] for i in numbers.lhs_spec[2:]]
        row = products.filters(kernel, image[numbers.lhs_spec[1]], groups, wide, transposed=True)
        return products.flat(products.conv((image[numbers.lhs_spec[0]],), space, row, transposed=True))
    space = [made[i] for i in numbers.out_spec[2:]]
    return products.flat(
        products.conv((made[numbers.out_spec[0]],), space, products.filters(kernel, depth * groups, groups, wide))
    )


def _ragged(inputs: Sequence[Sizes], outputs: Sequence[Sizes], settings: Mapping[str, Any]) -> Flat | None:
    """Each row times the matrix of its group."""
    left, right = inputs[0], inputs[1]
    if len(left) != 2 or len(right) != 3 or elements_of(outputs[0]) != left[0] * right[2]:
        raise ValueError("a ragged product of another form")
    return (("M", left[0]), ("K", right[1]), ("N", right[2]))


PRODUCTS: dict[str, Rule] = {
    "dot_general": _dot, "conv_general_dilated": _conv, "ragged_dot_general": _ragged, "ragged_dot": _ragged,
}  # fmt: skip
"""Primitive → its product by the shapes of its inputs and outputs; ``None`` where it contracts nothing."""
