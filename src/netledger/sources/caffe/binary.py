"""A ``caffemodel`` as the same tree of fields that a ``prototxt`` gives; the values of blobs are skipped, not read."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.limits import NESTING, RANK
from netledger.sources.cfg.sections import whole_number
from netledger.wire.cursor import Cursor
from netledger.wire.protobuf import decode
from netledger.wire.prototext import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.sources.files import InputFile

_PARAM = {
    "transform_param": "3 crop_size,6 force_color,7 force_gray",
    "batch_norm_param": "1 use_global_stats",
    "bias_param": "1 axis,2 num_axes",
    "concat_param": "2 axis,1 concat_dim",
    "convolution_param": "1 num_output,2 bias_term,3* pad,4* kernel_size,6* stride,18* dilation,9 pad_h,10 pad_w,"
    "11 kernel_h,12 kernel_w,13 stride_h,14 stride_w,5 group,16 axis",
    "crop_param": "1 axis,2* offset",
    "data_param": "4 batch_size,5 crop_size",
    "dropout_param": "1f dropout_ratio",
    "dummy_data_param": "6m shape,2* num,3* channels,4* height,5* width",
    "eltwise_param": "1 operation",
    "embed_param": "1 num_output,2 input_dim,3 bias_term",
    "flatten_param": "1 axis,2 end_axis",
    "image_data_param": "4 batch_size,9 new_height,10 new_width,11 is_color,5 crop_size",
    "inner_product_param": "1 num_output,2 bias_term,5 axis,6 transpose",
    "input_param": "1m shape",
    "norm_param": "3 channel_shared",
    "permute_param": "1* order",
    "prior_box_param": "1f* min_size,2f* max_size,3f* aspect_ratio,4 flip",
    "lrn_param": "1 local_size,2f alpha,3f beta,4 norm_region,5f k",
    "memory_data_param": "1 batch_size,2 channels,3 height,4 width",
    "parameter_param": "1m shape",
    "pooling_param": "1 pool,4 pad,9 pad_h,10 pad_w,2 kernel_size,5 kernel_h,6 kernel_w,3 stride,7 stride_h,8 stride_w,"
    "12 global_pooling,13 round_mode",
    "prelu_param": "2 channel_shared",
    "recurrent_param": "1 num_output,5 expose_hidden",
    "reduction_param": "1 operation,2 axis",
    "reshape_param": "1m shape,2 axis,3 num_axes",
    "scale_param": "1 axis,2 num_axes,4 bias_term",
    "slice_param": "3 axis,2* slice_point,1 slice_dim",
    "spp_param": "1 pyramid_height,2 pool",
    "tile_param": "1 axis,2 tiles",
    "window_data_param": "4 batch_size,5 crop_size",
    "argmax_param": "1 out_max_val,2 top_k,3 axis",
    "softmax_param": "2 axis",
}
"""``message → "number name, …"``: ``*`` repeated, ``f`` float, ``m`` message, ``t`` text, ``M``/``T`` repeated ones.
Of what forks added only SSD's: the others gave the same messages different numbers."""

_NUMBERS = {
    "transform_param": (100, 36), "argmax_param": (103, 23), "batch_norm_param": (139, 0), "bias_param": (141, 0),
    "concat_param": (104, 9), "convolution_param": (106, 10), "crop_param": (144, 0), "data_param": (107, 11),
    "dropout_param": (108, 12), "dummy_data_param": (109, 26), "eltwise_param": (110, 24), "embed_param": (137, 0),
    "flatten_param": (135, 0), "image_data_param": (115, 15), "inner_product_param": (117, 17), "input_param": (143, 0),
    "lrn_param": (118, 18), "memory_data_param": (119, 22), "parameter_param": (145, 0), "pooling_param": (121, 19),
    "prelu_param": (131, 0), "recurrent_param": (146, 0), "reduction_param": (136, 0), "reshape_param": (133, 0),
    "scale_param": (142, 0), "slice_param": (126, 31), "softmax_param": (125, 39), "spp_param": (132, 0),
    "tile_param": (138, 0), "window_data_param": (129, 20), "norm_param": (206, 0), "permute_param": (202, 0),
    "prior_box_param": (203, 0),
}  # fmt: skip
"""The number of each message in a layer and in a V1 layer (0: not there)."""

_MESSAGES = {
    **_PARAM,
    "shape": "1* dim",
    "blobs": "7m shape,5s data,8s double_data,1 num,2 channels,3 height,4 width",
    "include": "1 phase,2 min_level,3 max_level,4T stage,5T not_stage",
    "exclude": "1 phase,2 min_level,3 max_level,4T stage,5T not_stage",
    "param": "1t name",
    "state": "1 phase",
    "root": "1t name,3T input,8M input_shape,4* input_dim,6m state,100M layer,2M layers",
    "input_shape": "1* dim",
    "layer": "1t name,2t type,3T bottom,4T top,10 phase,6M param,7M blobs,8M include,9M exclude,"
    + ",".join(f"{new}m {name}" for name, (new, _) in _NUMBERS.items()),
    "layers": "2T bottom,3T top,4t name,32M include,33M exclude,5 type,6M blobs,1001T param,1m layer0,"
    + ",".join(f"{old}m {name}" for name, (_, old) in _NUMBERS.items() if old),
    "layer0": "1t name,2t type,3 num_output,4 biasterm,7 pad,8 kernelsize,9 group,10 stride,11 pool,12f dropout_ratio,"
    "13 local_size,14f alpha,15f beta,22f k,19 batchsize,20 cropsize,50M blobs,61 new_channels,62 new_height,"
    "63 new_width,65 concat_dim",
}

ENUMS = {
    "pool": ("MAX", "AVE", "STOCHASTIC"),
    "operation": ("PROD", "SUM", "MAX"),
    "norm_region": ("ACROSS_CHANNELS", "WITHIN_CHANNEL"),
    "round_mode": ("CEIL", "FLOOR"),
    "phase": ("TRAIN", "TEST"),
}
_REDUCTIONS = ("SUM", "SUM", "ASUM", "SUMSQ", "MEAN")
_LETTERS = {
    "": ("int", False), "*": ("int", True), "f": ("float", False), "m": ("span", True), "M": ("span", True),
    "t": ("text", False), "T": ("text", True), "s": ("span", True), "f*": ("float", True),
}  # fmt: skip

_schemas: dict[str, Any] = {}


def _schema(message: str) -> Any:
    """``number → (name, type, repeated)`` of a message."""
    if message not in _schemas:
        schema = {}
        for field in _MESSAGES[message].split(","):
            mark, name = field.split(" ")
            number = mark.rstrip("*fmMtTs")
            kind, repeated = _LETTERS[mark[len(number) :]]
            schema[int(number)] = (name, kind, repeated)
        _schemas[message] = schema
    return _schemas[message]


def read_net(file: InputFile) -> Message:
    """The network of a caffemodel; blobs carry their shape and how many bytes of values they hold."""
    return _message(Cursor(file), [(0, file.size)], "root", 0)


def _message(cursor: Cursor, spans: Any, kind: str, depth: int) -> Message:
    if depth > NESTING:
        raise FormatError(f"nested deeper than {NESTING}")
    message = Message(line=None)
    for name, value in decode(cursor, spans, _schema(kind), kind).items():
        if name in ("data", "double_data"):
            size = 8 if name == "double_data" else 4
            message.add("stored", str(sum(end - start for start, end in value) // size))
            message.add("value_bytes", str(size))
        elif name in _MESSAGES:
            _submessages(cursor, message, name, value, depth)
        else:
            for item in value if isinstance(value, list) else [value]:
                message.add(name, _plain(kind, name, item))
    return message


def _submessages(cursor: Cursor, owner: Message, name: str, spans: Any, depth: int) -> None:
    repeated = name in ("layer", "layers", "blobs", "include", "exclude", "param", "input_shape", "shape")
    for group in [[span] for span in spans] if repeated else [spans]:
        owner.add(name, _message(cursor, group, name, depth + 1) if isinstance(group[0], tuple) else group[0])


def _plain(message: str, name: str, value: Any) -> str:
    """A value as a prototxt would have it."""
    if message == "reduction_param" and name == "operation":
        return _REDUCTIONS[value] if 0 <= value < len(_REDUCTIONS) else str(value)
    names = ENUMS.get(name)
    if names is not None and isinstance(value, int):
        return names[value] if 0 <= value < len(names) else str(value)
    return str(value)


def blob_shape(blob: Message) -> tuple[int, ...]:
    """A blob's shape: as stated, or the old four sizes without leading ones."""
    stated = blob.messages("shape")
    texts = stated[-1].texts("dim") if stated else [blob.text(n, "0") for n in ("num", "channels", "height", "width")]
    sizes = [-1 if size is None else size for size in map(whole_number, texts)]
    if not stated:
        while len(sizes) > 1 and sizes[0] == 1:
            sizes.pop(0)
    if any(size < 0 for size in sizes) or len(sizes) > RANK:
        raise FormatError(f"a blob's shape is {texts[:8]}")
    return tuple(sizes)
