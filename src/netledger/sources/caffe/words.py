"""The words that a field of Caffe's may hold: one that is none of them is an error or is said.

Caffe's own parser refuses such a file. An engine that is almost a known one is a slip of the pen; one of another name
is a fork's own (Intel's are strings) and changes no count, so that it is only mentioned.

Source: the enumerations of BVLC Caffe's ``caffe.proto``; the engines of Intel's and of the OpenCL branch.
"""

from __future__ import annotations

from netledger.errors import FormatError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.caffe.building import Building
    from netledger.wire.prototext import Message

_ENGINES = "DEFAULT CAFFE CUDNN MKL2017 MKLDNN DNNL SPATIAL INTEL_SPATIAL LIBDNN"
_WORDS = {
    "backend": "LEVELDB LMDB",
    "norm_region": "ACROSS_CHANNELS WITHIN_CHANNEL",
    "operation": "PROD SUM MAX ASUM SUMSQ MEAN",
    "round_mode": "CEIL FLOOR",
    "share_mode": "STRICT PERMISSIVE",
    "variance_norm": "FAN_IN FAN_OUT AVERAGE",
}
TRUE = frozenset(("true", "t", "1"))
FALSE = frozenset(("false", "f", "0"))
_TRUTHS = frozenset((
    "bias_term", "global_pooling", "ceil_mode", "torch_pooling", "channel_shared", "use_global_stats", "transpose",
    "across_channels", "across_spatial", "normalize_variance", "flip", "clip", "is_color", "force_gray", "force_color",
    "mirror", "shuffle", "force_nd_im2col", "expose_hidden", "out_max_val", "scale_train", "stable_prod_grad",
))  # fmt: skip


def check_words(building: Building, message: Message, layer: Message) -> None:
    """Every enumeration and every yes or no of a message; those of a binary file are numbers."""
    for name in message.fields:
        for text in message.texts(name):
            if name in _TRUTHS and text.lower() not in TRUE | FALSE:
                raise _fault(f"{name}: '{text[:60]}' is neither true nor false", message, layer)
            if name in _WORDS and not text.isdigit() and text not in _WORDS[name].split():
                words = _WORDS[name].split()
                raise _fault(f"{name}: '{text[:60]}' is none of {', '.join(words)}", message, layer)
            if name == "engine" and not text.isdigit() and text not in _ENGINES.split():
                _engine(building, text, message, layer)


def _engine(building: Building, text: str, message: Message, layer: Message) -> None:
    near = nearest(text.upper(), _ENGINES.split(), 1)
    if near:
        raise _fault(f"engine: unknown engine '{text[:60]}': is '{near[0]}' meant?", message, layer)
    owner = layer.text("name") or layer.text("type")
    building.note(f"'{text[:60]}' is no engine of Caffe's and changes no count, first at '{owner[:60]}'")


def _fault(why: str, message: Message, layer: Message) -> FormatError:
    error = FormatError(why)
    error.at(line=message.line, item=layer.text("name") or layer.text("type"))
    return error
