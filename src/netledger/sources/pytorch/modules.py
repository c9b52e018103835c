"""Which kind of layer a PyTorch module is, and its attributes by the names of the kind's arguments."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch

from netledger.layers import rule_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.layers import Rule


_SAME_NAME = """
relu relu6 selu silu mish hardsigmoid hardswish sigmoid tanh logsigmoid softsign tanhshrink elu celu gelu hardtanh
hardshrink softshrink softplus threshold prelu glu softmax softmin dropout dropout1d dropout2d dropout3d identity
flatten unflatten linear bilinear conv1d conv2d conv3d embedding lstm gru rnn fold unfold upsample
"""
KINDS = {
    **{name: name for name in _SAME_NAME.split()},
    **{f"convtranspose{n}d": f"conv_transpose{n}d" for n in (1, 2, 3)},
    **{f"{kind}pool{n}d": f"{kind}_pool{n}d" for n in (1, 2, 3) for kind in ("max", "avg", "lp")},
    **{f"adaptive{kind}pool{n}d": f"adaptive_{kind}_pool{n}d" for n in (1, 2, 3) for kind in ("max", "avg")},
    **{f"batchnorm{n}d": "batch_norm" for n in (1, 2, 3)},
    **{f"instancenorm{n}d": "instance_norm" for n in (1, 2, 3)},
    "syncbatchnorm": "batch_norm", "groupnorm": "group_norm", "layernorm": "layer_norm", "rmsnorm": "rms_norm",
    "localresponsenorm": "local_response_norm", "leakyrelu": "leaky_relu", "logsoftmax": "log_softmax",
    "alphadropout": "alpha_dropout", "featurealphadropout": "feature_alpha_dropout", "embeddingbag": "embedding_bag",
    "multiheadattention": "multihead_attention", "lstmcell": "lstm_cell", "grucell": "gru_cell", "rnncell": "rnn_cell",
    "pixelshuffle": "pixel_shuffle", "pixelunshuffle": "pixel_unshuffle", "channelshuffle": "channel_shuffle",
    "cosinesimilarity": "cosine_similarity", "upsamplingnearest2d": "upsample", "upsamplingbilinear2d": "upsample",
}  # fmt: skip
"""Lower-case class name in ``torch.nn`` → kind."""


def kind_of(module: Any) -> str | None:
    """The kind of a module of ``torch.nn``, or of a class derived from one; ``None`` where there is no such kind."""
    cls = type(module)
    if cls not in _KNOWN:
        _KNOWN[cls] = _kind_of_class(cls)
    return _KNOWN[cls]


_KNOWN: WeakKeyDictionary[type, str | None] = WeakKeyDictionary()


def _kind_of_class(cls: type) -> str | None:
    for base in cls.__mro__:
        if base.__module__.startswith(("torch.nn.modules", "torch.ao.nn")):
            kind = KINDS.get(base.__name__.lower())
            if kind is not None:
                return kind
    if cls.__name__ == "Conv1D" and cls.__module__.startswith("transformers"):
        return "linear"
    return "rms_norm" if cls.__name__.lower().endswith("rmsnorm") else None


def attributes_of(module: Any, kind: str) -> dict[str, Any]:
    """The module's settings that differ from the kind's defaults, by the names of the kind's arguments."""
    found: dict[str, Any] = {}
    rule = rule_for(kind)
    known = _ARGUMENTS.get(kind)
    if known is None or known[0] is not rule:
        known = _ARGUMENTS[kind] = rule, [(name, each.default) for name, each in rule.parameters.items()]
    for name, default in known[1]:
        value = _setting(module, name)
        if value is not _MISSING and (value != default or type(value) is not type(default)):
            found[name] = value
    fix = _FIXES.get(kind)
    return fix(module, found) if fix is not None else found


_ARGUMENTS: dict[str, tuple[Rule, list[tuple[str, Any]]]] = {}
"""By kind: its rule, and the rule's arguments with their defaults."""
_MISSING = object()
_LOOKED_UP, _HELD = torch.nn.Module.__getattr__, ("_parameters", "_buffers", "_modules")


def _attribute(module: Any, name: str) -> Any:
    """``getattr(module, name, _MISSING)``, without PyTorch's search where an object simply has it, or does not.

    What a class defines itself, such as a parametrised weight, is asked of it.
    """
    kind: Any = type(module)
    own_way = kind.__getattr__ is not _LOOKED_UP or kind.__getattribute__ is not object.__getattribute__
    if own_way or hasattr(kind, name):
        return getattr(module, name, _MISSING)
    own = module.__dict__
    if name in own:
        return own[name]
    for held in map(own.get, _HELD):
        if held and name in held:
            return held[name]
    return _MISSING


def _setting(module: Any, name: str) -> Any:
    value = _attribute(module, name)
    if name in ("bias", "weight") and not isinstance(value, bool):
        return _MISSING if value is _MISSING else value is not None
    if isinstance(value, list):
        value = tuple(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, tuple) and all(isinstance(v, _NUMBERS) for v in value):
        same = name in _PER_AXIS and len(set(value)) == 1
        return value[0] if same else tuple(value)
    return _MISSING


_PLAIN, _NUMBERS = (type(None), bool, int, float, str), (int, float, type(None))
_PER_AXIS = frozenset(("kernel_size", "stride", "padding", "dilation", "output_padding", "output_size"))


def _linear(module: Any, found: dict[str, Any]) -> dict[str, Any]:
    if _attribute(module, "nf") is not _MISSING:  # transformers' Conv1D, whose weight is stored as (in, out)
        return {
            "out_features": module.nf,
            "in_features": module.nx if _attribute(module, "nx") is not _MISSING else module.weight.shape[0],
        }
    return found


def _lstm(module: Any, found: dict[str, Any]) -> dict[str, Any]:
    found["bias"] = bool(module.bias)
    return found


def _rms_norm(module: Any, found: dict[str, Any]) -> dict[str, Any]:
    weight = getattr(module, "weight", None)
    if weight is not None:
        found["normalized_shape"] = tuple(weight.shape)
    else:
        found["elementwise_affine"] = False
    return {name: value for name, value in found.items() if name in ("normalized_shape", "elementwise_affine")}


def _attention(module: Any, found: dict[str, Any]) -> dict[str, Any]:
    own = module.embed_dim
    found |= {"bias": module.in_proj_bias is not None, "add_bias_kv": module.bias_k is not None}
    found |= {"add_zero_attn": bool(module.add_zero_attn)}
    defaults = {"kdim": own, "vdim": own, "bias": True, "add_bias_kv": False, "add_zero_attn": False}
    return {name: value for name, value in found.items() if name not in defaults or value != defaults[name]}


_FIXES = {
    "multihead_attention": _attention,
    "linear": _linear, "lstm": _lstm, "gru": _lstm, "rnn": _lstm, "rms_norm": _rms_norm,
}  # fmt: skip
