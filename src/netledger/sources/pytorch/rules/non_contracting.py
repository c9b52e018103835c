"""Operations of PyTorch known to contract nothing: they rearrange, act value by value, reduce, pool or normalise.

An operation that is in no table here and has no counting rule is Unknown: it may contract. Names are compared without
the decorations PyTorch gives variants of one operation (``relu_``, ``view_copy``, ``_foreach_add``).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REARRANGES = """
view reshape permute transpose t numpy_T T mT mH H adjoint swapaxes swapdims movedim moveaxis squeeze unsqueeze expand
expand_as select slice narrow split split_with_sizes chunk unsafe_chunk unsafe_split unsafe_split_with_sizes
tensor_split hsplit vsplit dsplit unbind unflatten flatten ravel alias detach as_strided diagonal unfold lift
lift_fresh contiguous clone cat concat concatenate stack hstack vstack dstack row_stack column_stack repeat tile
repeat_interleave flip fliplr flipud roll rot90 broadcast_to broadcast_tensors meshgrid cartesian_prod combinations
block_diag atleast_1d atleast_2d atleast_3d gather take take_along_dim index index_select index_put index_add
index_copy index_fill index_reduce scatter scatter_add scatter_reduce masked_fill masked_scatter masked_select
select_scatter slice_scatter diagonal_scatter as_strided_scatter put where nonzero nonzero_numpy nonzero_static
argwhere pad constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d
replication_pad3d pixel_shuffle pixel_unshuffle channel_shuffle native_channel_shuffle im2col col2im view_as
view_as_real view_as_complex resolve_conj resolve_neg conj conj_physical real imag complex polar tril triu diag
diagflat diag_embed fill_diagonal trace set resize resize_as sort argsort msort topk kthvalue unique_consecutive
unique_dim unique_dim_consecutive unique bucketize searchsorted isin one_hot embedding embedding_renorm pad_sequence
data type_as to item local_scalar_dense sum_to_size flatten_dense_tensors unflatten_dense_tensors unsafe_view
reshape_alias unsafe_index unsafe_index_put index_put_impl unsafe_masked_index unsafe_masked_index_put_accumulate
indices values crow_indices col_indices to_dense to_sparse coalesce coalesced sparse_coo_tensor requires_grad
is_same_size rename align_to align_as refine_names jagged_to_padded_dense_forward padded_dense_to_jagged_forward
to_padded_tensor nested_tensor_from_tensor_list nested_tensor_size nested_tensor_strides nested_tensor_storage_offsets
nested_get_values nested_get_offsets nested_get_lengths nested_get_ragged_idx nested_get_min_seqlen
nested_get_max_seqlen nested_get_jagged_dummy nested_view_from_jagged nested_view_from_buffer chunk_cat pin_memory
is_pinned unique2 fft_fftshift fft_ifftshift mkldnn_reorder_conv2d_weight mkldnn_reorder_conv3d_weight to_mkldnn
lu_unpack resize_output pad_circular pad_enum sparse_mask sparse_compressed_tensor to_sparse_csr to_sparse_csc
to_sparse_bsr to_sparse_bsc nested_from_padded nested_from_padded_tensor nested_to_padded_tensor make_dual
reshape_from_tensor remove_batch_dim add_batch_dim
"""
_CREATES = """
empty empty_like empty_strided empty_permuted new_empty new_empty_strided new_full new_ones new_zeros full full_like
ones ones_like zeros zeros_like arange range linspace logspace eye rand rand_like randn randn_like randint
randint_like randperm normal scalar_tensor tensor tril_indices triu_indices bartlett_window blackman_window
hamming_window hann_window kaiser_window fft_fftfreq fft_rfftfreq efficientzerotensor from_file vander uniform
bernoulli random exponential geometric cauchy log_normal multinomial poisson binomial standard_gamma sample_dirichlet
copy copy_from fill zero to_copy no_grad_fill no_grad_zero no_grad_normal no_grad_uniform cast_Byte cast_Char
cast_Double cast_Float cast_Half cast_Int cast_Long cast_Short normal_functional
"""
_VALUE_BY_VALUE = """
dropout native_dropout alpha_dropout feature_dropout feature_alpha_dropout fused_dropout rrelu rrelu_with_noise prelu
prelu_kernel glu log_sigmoid log_sigmoid_forward softmax log_softmax safe_softmax masked_softmax softplus hardswish
relu6 threshold floor_divide divide true_divide multiply subtract absolute negative square greater less greater_equal
less_equal not_equal fix arccos arccosh arcsin arcsinh arctan arctan2 arctanh isclose isreal is_nonzero nan_to_num
sigmoid tanh gelu silu mish elu selu celu clip quantize_per_tensor quantize_per_channel quantize_per_tensor_dynamic
dequantize int_repr q_scale q_zero_point q_per_channel_scales q_per_channel_zero_points q_per_channel_axis
choose_qparams_per_tensor choose_qparams_optimized fake_quantize_per_tensor_affine fake_quantize_per_channel_affine
fake_quantize_per_tensor_affine_cachemask fake_quantize_per_channel_affine_cachemask
fake_quantize_learnable_per_channel_affine fake_quantize_learnable_per_tensor_affine fused_moving_avg_obs_fake_quant
saturate_weight_to_fp16 gradient diff outer ger addr kron cross linalg_cross logit angle rsub pow float_power copysign
ldexp frexp frac sgn sign heaviside positive and or xor iand ior lshift rshift special_digamma special_erf
special_erfc special_erfinv special_exp2 special_expit special_expm1 special_gammainc special_gammaincc
special_gammaln special_i0 special_log1p special_log_softmax special_logit special_multigammaln special_ndtr
special_polygamma special_psi special_round special_sinc special_softmax special_xlogy mvlgamma bitwise_and bitwise_or
bitwise_xor bitwise_not logical_and logical_or logical_xor logical_not clamp lerp addcmul addcdiv thnn_fused_lstm_cell
thnn_fused_gru_cell compute_linear_combination masked_scale add_relu weight_norm weight_norm_interface
transform_bias_rescale_qkv make_per_channel_quantized_tensor make_per_tensor_quantized_tensor
"""
_REDUCES = """
sum mean prod std var std_mean var_mean amax amin aminmax max min argmax argmin all any norm frobenius_norm
linalg_vector_norm logsumexp special_logsumexp median nanmedian nanmean
nansum mode quantile nanquantile count_nonzero cumsum cumprod cummax cummin logcumsumexp cummax_helper cummin_helper
bincount histc histogram histogramdd_bin_edges histogramdd_from_bin_cts histogramdd_from_bin_tensors
norm_except_dim renorm dist pairwise_distance cosine_similarity segment_reduce is_all_true
is_any_true allclose equal l1_loss mse_loss smooth_l1_loss huber_loss cross_entropy_loss nll_loss nll_loss2d
nll_loss_nd nll_loss_forward nll_loss2d_forward kl_div binary_cross_entropy binary_cross_entropy_with_logits
poisson_nll_loss ctc_loss hinge_embedding_loss margin_ranking_loss cosine_embedding_loss triplet_margin_loss
soft_margin_loss multi_margin_loss multilabel_margin_loss multilabel_margin_loss_forward trapezoid trapz
cumulative_trapezoid powsum sparse_sum sparse_softmax linalg__powsum hash_tensor
"""
_POOLS_AND_NORMALISES = """
max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices avg_pool1d
avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
adaptive_max_pool2d adaptive_max_pool3d fractional_max_pool2d fractional_max_pool3d max_unpool2d max_unpool3d
lp_pool1d lp_pool2d quantized_max_pool1d quantized_max_pool2d mkldnn_max_pool2d mkldnn_adaptive_avg_pool2d batch_norm
native_batch_norm native_batch_norm_legit native_batch_norm_legit_no_training native_batch_norm_legit_functional
batch_norm_with_update batch_norm_no_update cudnn_batch_norm miopen_batch_norm batch_norm_impl_index batch_norm_stats
batch_norm_gather_stats batch_norm_gather_stats_with_counts batch_norm_elemt instance_norm group_norm
native_group_norm layer_norm native_layer_norm rms_norm fused_rms_norm native_norm upsample_nearest1d
upsample_nearest2d upsample_nearest3d upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d
upsample_bilinear2d_aa upsample_bicubic2d_aa upsample_lanczos2d_aa upsample_nearest_exact1d upsample_nearest_exact2d
upsample_nearest_exact3d grid_sampler grid_sampler_2d grid_sampler_3d embedding_bag embedding_bag_forward_only
"""
_ASKS = """
size stride numel dim device layout dtype is_contiguous is_floating_point is_complex is_signed is_conj is_neg
is_inference sym_size sym_stride sym_numel sym_storage_offset storage_offset result_type can_cast promote_types
get_device has_compatible_shallow_copy_type version output_nr is_leaf is_coalesced dense_dim sparse_dim nnz
assert_async functional_assert_async assert_tensor_metadata assert_scalar functional_assert_scalar print
sym_constrain_range sym_constrain_range_for_size use_cudnn_ctc_loss cudnn_is_acceptable cudnn_rnn_flatten_weight
use_cudnn_rnn_flatten_weight nnpack_available debug_has_internal_overlap linalg_check_errors record_stream
fused_sdp_choice is_zerotensor infer_size shape_as_tensor retain_grad retains_grad is_distributed is_set_to
is_non_overlapping_and_dense is_strides_like_format sym_is_contiguous has_same_storage_numel
"""

PLAIN = frozenset(" ".join((_REARRANGES, _CREATES, _VALUE_BY_VALUE, _REDUCES, _POOLS_AND_NORMALISES, _ASKS)).split())
"""Names of operations that contract nothing, without decorations."""

OTHER_NAMESPACES = {
    "bitsandbytes": frozenset(
        [
            "int8_vectorwise_quant",
            "int8_vectorwise_dequant",
            "int8_mm_dequant",
            "int8_double_quant",
            "quantize_4bit",
            "dequantize_4bit",
            "quantize_blockwise",
            "dequantize_blockwise",
        ]
    ),
    "prim": frozenset(["device", "layout", "is_nested"]),
    "prims": frozenset(
        (
            "convert_element_type broadcast_in_dim iota collapse collapse_view rev split_dim copy_strided copy_to "
            "device_put maximum_value minimum_value view_of view_of_dtype xor_sum"
        ).split()
    ),
    "quantized": frozenset(
        [
            "add",
            "add_relu",
            "add_scalar",
            "mul",
            "mul_relu",
            "mul_scalar",
            "cat",
            "cat_relu",
            "relu",
            "relu6",
            "leaky_relu",
            "elu",
            "celu",
            "hardswish",
            "batch_norm",
            "batch_norm1d",
            "batch_norm2d",
            "batch_norm3d",
            "batch_norm_relu",
            "instance_norm",
            "layer_norm",
            "group_norm",
            "max_pool1d",
            "max_pool2d",
            "linear_unpack",
            "conv1d_unpack",
            "conv2d_unpack",
            "conv3d_unpack",
            "sigmoid",
            "softmax",
            "threshold",
            "prelu",
            "dropout",
            "embedding_bag_byte",
            "embedding_bag_4bit",
            "embedding_byte",
            "embedding_4bit",
        ]
    ),
    "torchvision": frozenset(["nms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool"]),
    "profiler": frozenset(["_record_function_enter_new", "_record_function_exit", "_record_function_enter"]),
    "sparse": frozenset(),
}
"""The same for operations that are not PyTorch's core ones, by namespace."""


def undecorated(name: str) -> str:
    """The operation that a variant is a variant of.

    >>> undecorated("relu_"), undecorated("view_copy"), undecorated("_foreach_add_"), undecorated("_unsafe_view")
    ('relu', 'view', 'add', 'unsafe_view')
    """
    name = name.strip("_")
    for prefix in ("foreach_", "sparse_csr_"):
        name = name.removeprefix(prefix)
    for suffix in ("_copy", "_backward", "_backward_data"):
        if len(name) > len(suffix):
            name = name.removesuffix(suffix)
    return name


def is_plain(operation: Any, pointwise: Any, packets: Any) -> bool:
    """Whether an overload contracts nothing, for all that is known: by PyTorch's own tags, or by name.

    ``packets`` is ``torch.ops.aten``: variants in place lack the tag that the plain form has.
    """
    namespace, _, name = operation.name().partition("::")
    name = name.partition(".")[0]
    if namespace != "aten":
        own = name in OTHER_NAMESPACES.get(namespace, ())
        if own or namespace != "prims":  # of which most bear the name of what they are the plain form of
            return own
    base = undecorated(name)
    if base in PLAIN or pointwise in operation.tags or operation.is_view:
        return True
    packet = getattr(packets, base, None)
    return packet is not None and any(pointwise in getattr(packet, overload).tags for overload in packet.overloads())
