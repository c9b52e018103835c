"""The fields that Caffe and its well-known forks give a layer: what is none of them is an error or is said.

Caffe's own parser refuses a file with a field that it does not know; a fork's parser knows more. So a name that is
almost a known one is taken for a slip of the pen, and any other for a fork's own and mentioned.

Source: ``caffe.proto`` of BVLC Caffe; those of SSD, DeepLab, PSPNet, SegNet and py-faster-rcnn.
"""

from __future__ import annotations

from netledger.errors import FormatError, nearest
from netledger.sources.caffe.words import check_words
from netledger.wire.prototext import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.caffe.building import Building

_FILLER = "weight_filler bias_filler"
_IMAGE = (
    "source batch_size rand_skip shuffle new_height new_width is_color scale mean_file crop_size mirror root_folder "
    "label_type label_divider"
)
_LAYER = (
    "name type bottom top phase loss_weight param blobs propagate_down include exclude transform_param loss_param "
    "blobs_lr weight_decay blob_share_mode share_mode quantize_param connect_every debug_info"
)
_PARAMS = {
    "accuracy_param": "top_k axis ignore_label",
    "argmax_param": "out_max_val top_k axis",
    "batch_norm_param": "use_global_stats moving_average_fraction eps engine update_global_stats icnet",
    "bias_param": "axis num_axes filler",
    "bn_param": "slope_filler bias_filler momentum eps frozen engine bn_mode scale_filler shift_filler "
    "var_eps moving_average",
    "clip_param": "min max",
    "concat_param": "axis concat_dim",
    "convolution_param":
        "num_output bias_term pad kernel_size stride dilation pad_h pad_w kernel_h kernel_w stride_h stride_w "
        f"dilation_h dilation_w group {_FILLER} engine axis force_nd_im2col kernel_dim",
    "crop_param": "axis offset",
    "data_param": "source batch_size rand_skip backend scale mean_file crop_size mirror force_encoded_color prefetch",
    "dense_image_data_param": _IMAGE,
    "dropout_param": "dropout_ratio scale_train engine",
    "dummy_data_param": "data_filler shape num channels height width",
    "eltwise_param": "operation coeff stable_prod_grad",
    "elu_param": "alpha",
    "embed_param": f"num_output input_dim bias_term {_FILLER}",
    "exp_param": "base scale shift",
    "flatten_param": "axis end_axis",
    "hdf5_data_param": "source batch_size shuffle",
    "image_data_param": _IMAGE,
    "inner_product_param": f"num_output bias_term {_FILLER} axis transpose engine",
    "input_param": "shape",
    "interp_param": "height width zoom_factor shrink_factor pad_beg pad_end",
    "log_param": "base scale shift",
    "lrn_param": "local_size alpha beta norm_region k engine",
    "memory_data_param": "batch_size channels height width",
    "mvn_param": "normalize_variance across_channels eps",
    "norm_param": "across_spatial scale_filler channel_shared eps",
    "parameter_param": "shape",
    "permute_param": "order",
    "pooling_param":
        "pool pad pad_h pad_w kernel_size kernel_h kernel_w stride stride_h stride_w engine global_pooling round_mode "
        "ceil_mode torch_pooling",
    "power_param": "power scale shift",
    "prelu_param": "filler channel_shared",
    "prior_box_param":
        "min_size max_size aspect_ratio flip clip variance img_size img_h img_w step step_h step_w offset density "
        "fixed_size fixed_ratio density_size",
    "psroi_pooling_param": "spatial_scale output_dim group_size",
    "python_param": "module layer param_str share_in_parallel",
    "recurrent_param": f"num_output {_FILLER} debug_info expose_hidden",
    "reduction_param": "operation axis coeff",
    "relu_param": "negative_slope engine",
    "reshape_param": "shape axis num_axes",
    "roi_pooling_param": "pooled_h pooled_w spatial_scale pad_ratio",
    "scale_param": "axis num_axes filler bias_term bias_filler",
    "shuffle_channel_param": "group",
    "sigmoid_param": "engine",
    "slice_param": "axis slice_point slice_dim",
    "softmax_param": "engine axis",
    "spp_param": "pyramid_height pool engine",
    "swish_param": "beta",
    "tanh_param": "engine",
    "threshold_param": "threshold",
    "tile_param": "axis tiles",
    "transform_param":
        "scale mirror crop_size mean_file mean_value force_color force_gray crop_h crop_w resize_param noise_param "
        "distort_param expand_param emit_constraint random_scale",
    "unpooling_param":
        "unpool pad pad_h pad_w kernel_size kernel_h kernel_w stride stride_h stride_w unpool_size unpool_h "
        "unpool_w engine",
    "upsample_param": "scale scale_h scale_w pad_out_h pad_out_w upsample_h upsample_w",
    "window_data_param":
        "source batch_size fg_threshold bg_threshold fg_fraction context_pad crop_mode cache_images root_folder scale "
        "mean_file crop_size mirror",
}  # fmt: skip
_INNER = {
    **dict.fromkeys(
        ("weight_filler", "bias_filler", "filler", "slope_filler", "scale_filler", "shift_filler", "data_filler"),
        "type value min max mean std sparse variance_norm file diag_val",
    ),
    "param": "name share_mode lr_mult decay_mult",
    **dict.fromkeys(("include", "exclude"), "phase min_level max_level stage not_stage"),
}
"""Messages inside those above, whose fields change no count, and what may stand in them."""
_OTHERS = (
    "contrastive_loss_param hdf5_output_param hinge_loss_param infogain_loss_param memory_param "
    "detection_output_param detection_evaluate_param multibox_loss_param annotated_data_param video_data_param "
    "smooth_l1_loss_param focal_loss_param proposal_param box_annotator_ohem_param axpy_param"
)
_ALSO_READ_BY = {
    "convolution_param": "Deconvolution ConvolutionDepthwise DepthwiseConvolution Im2col",
    "data_param": "AnnotatedData",
    "dense_image_data_param": "DenseImageData",
    "image_data_param": "DenseImageData",
    "norm_param": "Normalize",
    "recurrent_param": "LSTM RNN",
    "relu_param": "ReLU6",
    "sigmoid_param": "SigmoidCrossEntropyLoss",
    "softmax_param": "SoftmaxWithLoss",
}
"""The types that read a parameter message beside the one whose name it has (``pooling_param``: ``Pooling``)."""
_READ_BY_MANY = frozenset(("transform_param",))

_NET = "name input input_shape input_dim force_backward state debug_info layer layers"


def check_net(building: Building, net: Message) -> None:
    """The network's own fields; what is none of Caffe's is a slip of the pen or is said."""
    for name in net.fields.keys() - set(_NET.split()):
        near = nearest(name, _NET.split(), 1)
        if near and _almost(name, near[0]):
            error = FormatError(f"unknown field '{name[:60]}': is '{near[0]}' meant?")
            error.at(line=net.line)
            raise error
        building.note(f"'{name[:60]}' is no field of a Caffe network and is not read")


def check_fields(building: Building, layer: Message) -> None:
    """Every field of a layer and of its parameters is one that is known, or is said."""
    _check(building, layer, [*_LAYER.split(), *_OTHERS.split(), *_PARAMS], layer, "")
    for name, known in _PARAMS.items():
        for settings in layer.messages(name):
            _check(building, settings, known.split(), layer, name)
            _check_inner(building, settings, layer)
            check_words(building, settings, layer)
    _check_inner(building, layer, layer)


def check_owners(building: Building, layer: Message) -> None:
    """A parameter message of another type of layer is said: Caffe's parser takes it, its layer never looks at it."""
    kind = layer.text("type")
    for name in sorted(layer.fields.keys() & _PARAMS.keys() - _READ_BY_MANY):
        if name[: -len("_param")].replace("_", "") != kind.lower() and kind not in _ALSO_READ_BY.get(name, "").split():
            owner = layer.text("name") or kind
            building.note(f"'{name}' is nothing that a {kind[:60]} layer reads, first at '{owner[:60]}'")


def _check_inner(building: Building, message: Message, layer: Message) -> None:
    for name in _INNER.keys() & message.fields.keys():
        for inner in message.messages(name):
            _check(building, inner, _INNER[name].split(), layer, name)
            check_words(building, inner, layer)


def check_phases(layer: Message) -> None:
    """The phases that a layer and its rules name are Caffe's: one that is misspelt would leave the layer out."""
    for message in (layer, *layer.messages("include"), *layer.messages("exclude")):
        for phase in message.texts("phase"):
            if phase not in ("TRAIN", "TEST"):
                error = FormatError(f"phase: '{phase[:60]}' is neither TRAIN nor TEST")
                raise error.at(line=message.line, item=layer.text("name") or layer.text("type"))


def _check(building: Building, message: Message, known: list[str], layer: Message, where: str) -> None:
    for name in message.fields:
        if name in known:
            continue
        near = nearest(name, known, 1)
        owner = layer.text("name") or layer.text("type")
        place = f" of {where}" if where else ""
        if near and (where or _almost(name, near[0])):
            error = FormatError(f"unknown field '{name[:60]}'{place}: is '{near[0]}' meant?")
            error.at(line=message.line, item=owner)
            raise error
        building.note(f"'{name[:60]}'{place} is no field of Caffe's and is not read, first at '{owner[:60]}'")


def _almost(name: str, known: str) -> bool:
    """Parameters of forks are many and have names alike: two letters may differ, no more."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, name, known).ratio() > 1 - 2.5 / max(len(known), 1)
