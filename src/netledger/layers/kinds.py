"""Which module holds the rule of each kind. Adding a kind is adding a rule to a family's file and its name here."""

from __future__ import annotations

_FAMILIES = {
    "convolution": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
    "dense": "linear",
    "pooling": "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d lp_pool1d lp_pool2d lp_pool3d "
    "max_unpool1d max_unpool2d max_unpool3d fractional_max_pool2d fractional_max_pool3d subsample",
    "adaptive": "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d "
    "adaptive_max_pool3d global_avg_pool global_max_pool spatial_pyramid_pool2d roi_align roi_pool ps_roi_align "
    "ps_roi_pool",
    "normalization": "batch_norm instance_norm group_norm layer_norm rms_norm",
    "response": "local_response_norm response_norm_within normalize",
    "activation": "relu relu6 selu silu mish hardsigmoid hardswish sigmoid tanh logsigmoid softsign tanhshrink elu "
    "celu leaky_relu rrelu gelu hardtanh hardshrink softshrink softplus threshold prelu glu softmax log_softmax softmin "
    "gumbel_softmax dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout stochastic_depth maxout",
    "elementwise": "add sub mul div pow maximum minimum remainder fmod atan2 eq ne lt le gt ge logical_and logical_or "
    "logical_xor bitwise_and bitwise_or bitwise_xor where masked_fill lerp floor_divide abs neg exp expm1 exp2 log "
    "log2 log10 log1p sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh asinh acosh atanh erf floor "
    "ceil round trunc sign logical_not bitwise_not isnan isinf clamp affine cast",
    "joining": "concat stack split chunk unbind",
    "shaping": "input constant identity flatten unflatten reshape view transpose permute squeeze unsqueeze expand tile "
    "repeat_interleave",
    "embedding": "embedding embedding_bag",
    "bare": "parameter tensors tied",
}

KINDS = {kind: f"netledger.layers.{family}" for family, kinds in _FAMILIES.items() for kind in kinds.split()}
"""``kind → module``, for every built-in kind."""
