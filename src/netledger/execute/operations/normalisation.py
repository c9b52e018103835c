"""Normalisation over maps, windows, batches and features; dropout."""

from __future__ import annotations

import torch.nn.functional as F

from netledger.execute.operations import Making, operation
from netledger.execute.operations.response import ResponseNorm, within_contrast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.execute.operations import Compute


@operation("local_response_norm")
def local_response_norm(making: Making) -> Compute:
    """``x / (k + α/n · Σ x²)^β`` over ``n`` neighbouring maps of the same group."""
    size, alpha, beta, k = making["size"], making["alpha"], making["beta"], making["k"]
    groups = making.arguments.get("groups", 1)
    return lambda layer, x: ResponseNorm.apply(x, size, alpha, beta, k, groups)


@operation("response_norm_within")
def response_norm_within(making: Making) -> Compute:
    """``x / (k + α/n² · Σ x²)^β`` over the ``n×n`` positions around each value, in its own map."""
    size, alpha, beta, k = making["size"], making["alpha"], making["beta"], making["k"]
    if making.arguments.get("contrast"):
        return lambda layer, x: within_contrast(x, size, alpha, beta, k)
    return lambda layer, x: ResponseNorm.apply(x, size, alpha, beta, k, 0)


@operation("batch_norm")
def batch_norm(making: Making) -> Compute:
    """By the batch's statistics while training, by the running ones otherwise."""
    momentum, eps = making.arguments.get("momentum", 0.1), making.arguments.get("eps", 1e-5)

    def run(layer, x):  # type: ignore[no-untyped-def]
        mean, variance = layer._buffers.get("running_mean"), layer._buffers.get("running_var")
        counted = layer._buffers.get("num_batches_tracked")
        if layer.training and counted is not None:
            counted.add_(1)
        factor = momentum if momentum is not None else (1.0 / float(counted) if counted is not None else 0.1)
        weight, bias = layer._parameters.get("weight"), layer._parameters.get("bias")
        return F.batch_norm(x, mean, variance, weight, bias, layer.training or mean is None, factor, eps)

    return run


@operation("instance_norm")
def instance_norm(making: Making) -> Compute:
    """Each map of each example by its own mean and variance (running ones where the layer keeps them)."""
    momentum, eps = making.arguments.get("momentum", 0.1), making.arguments.get("eps", 1e-5)

    def run(layer, x):  # type: ignore[no-untyped-def]
        mean, variance = layer._buffers.get("running_mean"), layer._buffers.get("running_var")
        weight, bias = layer._parameters.get("weight"), layer._parameters.get("bias")
        return F.instance_norm(x, mean, variance, weight, bias, layer.training or mean is None, momentum, eps)

    return run


@operation("layer_norm")
def layer_norm(making: Making) -> Compute:
    """Over the last dimensions."""
    given, eps = making.arguments.get("normalized_shape"), making.arguments.get("eps", 1e-5)
    shape = making.shape()[-1:] if given is None else (given,) if isinstance(given, int) else tuple(given)

    def run(layer, x):  # type: ignore[no-untyped-def]
        return F.layer_norm(x, shape, layer._parameters.get("weight"), layer._parameters.get("bias"), eps)

    return run


@operation("rms_norm")
def rms_norm(making: Making) -> Compute:
    """By the root mean square of the last dimensions."""
    given, eps = making.arguments.get("normalized_shape"), making.arguments.get("eps")
    shape = making.shape()[-1:] if given is None else (given,) if isinstance(given, int) else tuple(given)
    return lambda layer, x: F.rms_norm(x, shape, layer._parameters.get("weight"), eps)


@operation("group_norm")
def group_norm(making: Making) -> Compute:
    """Over groups of channels."""
    groups, eps = making["num_groups"], making.arguments.get("eps", 1e-5)

    def run(layer, x):  # type: ignore[no-untyped-def]
        return F.group_norm(x, groups, layer._parameters.get("weight"), layer._parameters.get("bias"), eps)

    return run


@operation("dropout", "alpha_dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout")
def dropout(making: Making) -> Compute:
    """Zeroes values while training. PyTorch scales the rest by ``1/(1 - p)`` then; the networks of 2012 were scaled by
    ``1 - p`` at test instead (``dropout="unscaled"``)."""
    p, kind = making["p"], making.kind
    if kind == "dropout" and making.options.get("dropout") == "unscaled":

        def unscaled(layer, x):  # type: ignore[no-untyped-def]
            return F.dropout(x, p, True) * (1 - p) if layer.training else x * (1 - p)

        return unscaled
    function = getattr(F, kind)
    return lambda layer, x: function(x, p, layer.training)


@operation("normalize")
def normalize(making: Making) -> Compute:
    """Divided by the p-norm along one dimension."""
    p, dim, eps = making["p"], making.axis(making["dim"]), making["eps"]
    return lambda layer, x: F.normalize(x, p, dim, eps)
