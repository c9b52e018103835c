"""The options that Darknet's parser reads, section by section: what it does not read it lets pass, and so is said.

Source: ``parser.c`` of Darknet and of the forks that go on with it.
"""

from __future__ import annotations

from netledger.errors import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.wire.sections import Section

_ALL = (
    "dontload dontloadscales dont_update onlyforward stopbackward numload learning_rate truth smooth clip type "
    "train_only_bn burnin_update receptive_field stream wait_stream name label_smooth_eps"
)
_CONVOLUTION = (
    "filters size stride stride_x stride_y pad padding groups dilation activation batch_normalize binary xnor "
    "bin_output flipped dot sway rotate stretch stretch_sway angle antialiasing share_index use_bin_output deform "
    "assisted_excitation grad_centr reverse coeff cbn dynamic_minibatch time_normalizer"
)
_RECURRENT = (
    "output hidden activation batch_normalize size stride pad padding groups dilation xnor bottleneck peephole "
    "shortcut time_normalizer logistic tanh hidden_size output_filters"
)
_DETECTION = (
    "classes num mask anchors jitter resize nms_kind beta_nms ignore_thresh truth_thresh random scale_x_y max "
    "max_boxes iou_loss iou_normalizer cls_normalizer obj_normalizer iou_thresh iou_thresh_kind uc_normalizer "
    "max_delta map counters_per_class objectness_smooth new_coords focal_loss bias_match softmax coords log "
    "background rescore thresh class_scale coord_scale object_scale noobject_scale mask_scale absolute tree "
    "map_file sqrt side forced embedding_layer track_history_size sim_thresh dets_for_track dets_for_show "
    "track_ciou_norm show_details label_smooth_eps yolo_version"
)
_POOLING = "size stride stride_x stride_y padding antialiasing maxpool_depth out_channels avgpool"
_NET = (
    "batch subdivisions width height channels inputs momentum decay learning_rate angle saturation exposure hue "
    "burn_in max_batches policy steps scales step scale gamma power max_crop min_crop time_steps notruth random "
    "adam B1 B2 eps seq_scales flip blur mosaic mixup cutmix letter_box contrastive optimized_memory "
    "workspace_size_limit_MB dynamic_minibatch aspect center clip augment_speed track sequential_subdivisions "
    "num_sigmas_reject_badlabels ema_alpha gaussian_noise label_smooth_eps seq_angle cutout grayscale burnin "
    "loss_scale mosaic_bound contrastive_jit_flip contrastive_color unsupervised adversarial_lr attention "
    "try_fix_nan weights_reject_freq equidistant_point badlabels_rejection_percentage badlabels_reject_threshold "
    "random_resize max_ratio min_ratio show_receptive_field"
)
_BY_TYPE = {
    **dict.fromkeys(("convolutional", "conv", "deconvolutional", "deconv", "local"), _CONVOLUTION),
    **dict.fromkeys(("maxpool", "max", "local_avgpool", "avgpool", "avg"), _POOLING),
    **dict.fromkeys(("rnn", "gru", "lstm", "crnn", "conv_lstm", "history"), _RECURRENT),
    **dict.fromkeys(("yolo", "region", "detection", "gaussian_yolo", "iseg", "contrastive"),
                    f"{_DETECTION} temperature steps_per_class contrastive_neg_max yolo_layer embedding"),
    **dict.fromkeys(("softmax", "soft"), "groups temperature tree spatial noloss noise"),
    **dict.fromkeys(("net", "network"), _NET),
    "connected": "output activation batch_normalize", "conn": "output activation batch_normalize",
    "crop": "crop_height crop_width flip angle saturation exposure shift noadjust",
    "route": "layers groups group_id", "upsample": "stride scale",
    "shortcut": "from activation weights_type weights_normalization weights_normalizion layers",
    "scale_channels": "from scale_wh activation", "sam": "from activation",
    "reorg": "stride reverse flatten extra", "reorg3d": "stride reverse flatten extra",
    "dropout": "probability dropblock dropblock_size_rel dropblock_size_abs", "activation": "activation",
    "cost": "type scale ratio thresh noobj sse",
    "normalization": "size alpha beta kappa", "lrn": "size alpha beta kappa", "batchnorm": "", "l2norm": "",
    "logistic": "", "empty": "", "silence": "",
}  # fmt: skip


def unread(sections: list[Section]) -> tuple[str, ...]:
    """What is said of options that Darknet's parser does not read: section, line, the name that was meant."""
    said: dict[str, list[str]] = {}
    for section in sections:
        known = _BY_TYPE.get(section.name.lower())
        if known is None:
            continue
        names = f"{known} {_ALL}".split()
        for option in section.options:
            if option not in names:
                near = nearest(option, names)
                meant = f" ('{near[0]}'?)" if near else ""
                said.setdefault(f"'{option[:60]}'{meant} in [{section.name}]", []).append(str(section.line))
    return tuple([f"{what}: Darknet reads no such option ({_lines(lines)})" for what, lines in said.items()])


def _lines(lines: list[str]) -> str:
    shown = ", ".join(lines[:8]) + (", …" if len(lines) > 8 else "")
    return f"the section{'s' if len(lines) > 1 else ''} of line {shown}"
