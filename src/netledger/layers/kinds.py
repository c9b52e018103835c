"""Which module holds the rule of each kind. Adding a kind is adding a rule to a family's file and its name here."""

from __future__ import annotations

_FAMILIES = {
    "windows.convolution": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
    "matrices.dense": "linear",
    "matrices.radial": "rbf",
    "windows.pooling": "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d lp_pool1d lp_pool2d "
    "lp_pool3d max_unpool1d max_unpool2d max_unpool3d fractional_max_pool2d fractional_max_pool3d subsample",
    "windows.adaptive": "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d "
    "adaptive_max_pool2d adaptive_max_pool3d global_avg_pool global_max_pool spatial_pyramid_pool2d roi_align "
    "roi_pool ps_roi_align ps_roi_pool",
    "values.normalization": "batch_norm instance_norm group_norm layer_norm rms_norm",
    "windows.response": "local_response_norm response_norm_within normalize",
    "values.activation": "relu relu6 selu silu mish hardsigmoid hardswish sigmoid tanh logsigmoid softsign tanhshrink "
    "elu celu leaky_relu rrelu gelu hardtanh hardshrink softshrink softplus threshold prelu glu softmax log_softmax "
    "softmin gumbel_softmax dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout "
    "stochastic_depth maxout",
    "values.elementwise": "add sub mul div pow maximum minimum remainder fmod atan2 eq ne lt le gt ge logical_and "
    "logical_or logical_xor bitwise_and bitwise_or bitwise_xor where masked_fill lerp floor_divide abs neg exp "
    "expm1 exp2 log log2 log10 log1p sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh asinh acosh "
    "atanh erf floor ceil round trunc sign logical_not bitwise_not isnan isinf clamp affine cast",
    "places.joining": "concat stack split chunk unbind",
    "places.shaping": "input constant identity flatten unflatten reshape view transpose permute squeeze unsqueeze "
    "expand tile repeat_interleave",
    "places.embedding": "embedding embedding_bag",
    "bare": "parameter tensors tied",
    "matrices.contraction": "matmul bmm bilinear einsum cosine_similarity pairwise_distance",
    "traced": "contraction elementwise fft buffers operation",
    "matrices.language": "attention experts causal_conv1d recurrent_state",
    "matrices.attention": "scaled_dot_product_attention multihead_attention",
    "matrices.recurrent": "lstm gru rnn lstm_cell gru_cell rnn_cell",
    "matrices.adapters": "lora scale bias",
    "windows.special_convolution": "separable_conv2d conv2d_partial conv2d_local deform_conv2d trainable_subsample "
    "trainable_subsample2d unfold fold",
    "windows.resampling": "pad center_crop random_crop crop upsample interpolate resize gaussian_blur pixel_shuffle "
    "depth_to_space pixel_unshuffle space_to_depth channel_shuffle grid_sample affine_grid flip roll",
    "values.reduction": "mean sum prod amax amin var std norm logsumexp all any argmax argmin count_nonzero max min "
    "median mode cumsum cumprod logcumsumexp sort topk",
    "places.indexing": "slice narrow select index_select gather scatter index_add index_copy index_fill "
    "masked_scatter index_put one_hot tril triu nonzero unique nms shape",
    "values.outputs": "cross_entropy nll_loss mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy "
    "binary_cross_entropy_with_logits kl_div hinge_loss ctc_loss accuracy yolo region detection",
}

KINDS = {kind: f"netledger.layers.{family}" for family, kinds in _FAMILIES.items() for kind in kinds.split()}
"""``kind → module``, for every built-in kind."""
