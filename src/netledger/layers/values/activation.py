"""Activations, softmax and dropout: each value by itself or against its neighbours, the shape staying as it is."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import symbol
from netledger.layers import Call, Effect, Slot, rule
from netledger.layers.sizes import axis_of, channels_of, divided, replaced
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import integer
    from netledger.network import Dim


@rule("relu", role="activation", by_map=True, keeps="output")
@rule("relu6", "selu", "hardsigmoid", "silu", "mish", "hardswish", role="activation", by_map=True, keeps="inputs")
def in_place(call: Call, inplace: bool = False) -> Effect:
    """An activation without settings: nothing learned, no MACs; the shape stays.

    Source: PyTorch's modules of the same names.

    >>> from netledger.layers import apply
    >>> apply("relu", {}, ((96, 55, 55),)).outputs
    ((96, 55, 55),)
    """
    return Effect((call.input,))


@rule("sigmoid", "tanh", role="activation", by_map=True, keeps="output")
@rule("logsigmoid", "tanhshrink")
@rule("softsign", by_map=True)
def plain(call: Call) -> Effect:
    """An activation that takes no argument at all: nothing learned, no MACs; the shape stays.

    Source: PyTorch's modules of the same names.

    >>> from netledger.layers import apply
    >>> apply("tanh", {}, ((84,),)).outputs
    ((84,),)
    """
    return Effect((call.input,))


@rule("elu", "celu", role="activation", by_map=True, keeps="inputs")
def elu(call: Call, alpha: float = 1.0, inplace: bool = False) -> Effect:
    """``x`` above 0, ``alpha·(e^x - 1)`` below (``celu``: ``alpha·(e^(x/alpha) - 1)``); nothing learned, no MACs.

    Source: Clevert, Unterthiner & Hochreiter 2015 (arXiv:1511.07289); PyTorch's ``ELU``, ``CELU``.

    >>> from netledger.layers import apply
    >>> apply("elu", {"alpha": 0.5}, ((64,),)).outputs
    ((64,),)
    """
    return Effect((call.input,))


@rule("leaky_relu", role="activation", by_map=True, keeps="inputs")
def leaky_relu(call: Call, negative_slope: float = 0.01, inplace: bool = False) -> Effect:
    """``x`` above 0, ``negative_slope·x`` below, the slope being fixed: nothing learned, no MACs; the shape stays.

    Source: Maas, Hannun & Ng 2013; PyTorch's ``LeakyReLU``.

    >>> from netledger.layers import apply
    >>> apply("leaky_relu", {"negative_slope": 0.1}, ((64,),)).parameters.value
    0
    """
    return Effect((call.input,))


@rule("rrelu")
def rrelu(call: Call, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> Effect:
    """Leaky ReLU with a random slope while training: nothing learned, no MACs; the shape stays.

    Source: Xu, Wang, Chen & Li 2015 (arXiv:1505.00853); PyTorch's ``RReLU``.

    >>> from netledger.layers import apply
    >>> apply("rrelu", {}, ((64,),)).outputs
    ((64,),)
    """
    return Effect((call.input,))


@rule("gelu", role="activation", by_map=True, keeps="inputs")
def gelu(call: Call, approximate: str = "none") -> Effect:
    """``x·Φ(x)``, exactly or by ``tanh``: nothing learned, no MACs; the shape stays.

    Source: Hendrycks & Gimpel 2016 (arXiv:1606.08415); PyTorch's ``GELU``.

    >>> from netledger.layers import apply
    >>> apply("gelu", {"approximate": "tanh"}, ((197, 3072),)).outputs
    ((197, 3072),)
    """
    return Effect((call.input,))


@rule("hardtanh", role="activation", by_map=True, keeps="inputs")
def hardtanh(call: Call, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Effect:
    """Cuts values to an interval: nothing learned, no MACs; the shape stays.

    Source: PyTorch's ``Hardtanh``.

    >>> from netledger.layers import apply
    >>> apply("hardtanh", {"min_val": 0.0}, ((64,),)).outputs
    ((64,),)
    """
    return Effect((call.input,))


@rule("hardshrink", "softshrink")
def shrink(call: Call, lambd: float = 0.5) -> Effect:
    """Sets values within ``±lambd`` to 0: nothing learned, no MACs; the shape stays.

    Source: PyTorch's ``Hardshrink``, ``Softshrink``.

    >>> from netledger.layers import apply
    >>> apply("softshrink", {}, ((64,),)).outputs
    ((64,),)
    """
    return Effect((call.input,))


@rule("softplus", role="activation", by_map=True, keeps="inputs")
def softplus(call: Call, beta: float = 1.0, threshold: float = 20.0) -> Effect:
    """``ln(1 + e^(beta·x))/beta``: nothing learned, no MACs; the shape stays.

    Source: PyTorch's ``Softplus``.

    >>> from netledger.layers import apply
    >>> apply("softplus", {}, ((64,),)).outputs
    ((64,),)
    """
    return Effect((call.input,))


@rule("threshold", role="activation")
def threshold(call: Call, threshold: float, value: float, inplace: bool = False) -> Effect:
    """``x`` above ``threshold``, ``value`` elsewhere: nothing learned, no MACs; the shape stays.

    Source: PyTorch's ``Threshold``.

    >>> from netledger.layers import apply
    >>> apply("threshold", {"threshold": 0.1, "value": 0}, ((64,),)).outputs
    ((64,),)
    """
    return Effect((call.input,))


@rule("prelu", role="activation")
def prelu(call: Call, num_parameters: int = 1, init: float = 0.25) -> Effect:
    """Leaky ReLU with a learned slope: one for all channels, or one for each.

    - weights ``a`` = ``num_parameters``; no MACs; the shape stays

    Source: He, Zhang, Ren & Sun 2015 (arXiv:1502.01852); PyTorch's ``PReLU``.

    >>> from netledger.layers import apply
    >>> apply("prelu", {"num_parameters": 64}, ((64, 56, 56),)).parameters.value
    64
    """
    if num_parameters != 1:
        channels = channels_of(call)
        if isinstance(channels, int) and channels != num_parameters:
            raise ShapeError(f"stated num_parameters={num_parameters:,}, but the input has {channels:,} channels")
    return Effect(
        outputs=(call.input,),
        weights=symbol("a", num_parameters),
        slots=(Slot("weight", "weight", (num_parameters,)),),
    )


@rule("glu", role="activation", keeps="inputs")
def glu(call: Call, dim: integer = -1) -> Effect:
    """Gates one half of a dimension with the sigmoid of the other, so that it halves: nothing learned, no MACs.

    Source: Dauphin, Fan, Auli & Grangier 2016 (arXiv:1612.08083); PyTorch's ``GLU``.

    >>> from netledger.layers import apply
    >>> apply("glu", {}, ((128, 512),)).outputs
    ((128, 256),)
    """
    if isinstance(call.input, Unknown):
        return Effect((call.input,))
    axis = axis_of(dim, call.input)
    half: Dim = divided(call.input[axis], 2, "channels", "halves")
    return Effect((replaced(call.input, axis, half),))


@rule("softmax", "log_softmax", role="output", keeps="output")
@rule("softmin", role="output")
@rule("gumbel_softmax")
def softmax(call: Call, dim: integer | None = None) -> Effect:
    """Turns scores along ``dim`` into probabilities that sum to 1 (or their logarithms): nothing learned, no MACs.

    Source: PyTorch's ``Softmax``, ``LogSoftmax``, ``Softmin``.

    >>> from netledger.layers import apply
    >>> apply("softmax", {}, ((1000,),)).outputs
    ((1000,),)
    """
    if dim is not None and not isinstance(call.input, Unknown):
        axis_of(dim, call.input)
    return Effect((call.input,))


@rule("dropout", role="dropout", by_map=True)
@rule("dropout1d", "dropout2d", "dropout3d", "alpha_dropout", role="dropout")
@rule("feature_alpha_dropout")
def dropout(call: Call, p: float = 0.5, inplace: bool = False) -> Effect:
    """Zeroes values (or whole channels) at random while training: nothing learned, no MACs; the shape stays.

    Source: Hinton et al. 2012 (arXiv:1207.0580); PyTorch's ``Dropout``.

    >>> from netledger.layers import apply
    >>> apply("dropout", {"p": 0.5}, ((4096,),)).outputs
    ((4096,),)
    """
    return Effect((call.input,))


@rule("stochastic_depth", role="dropout")
def stochastic_depth(call: Call, p: float = 0.0, mode: str = "row") -> Effect:
    """Drops a whole residual branch at random while training: nothing learned, no MACs; the shape stays.

    Source: Huang et al. 2016 (arXiv:1603.09382); torchvision's ``StochasticDepth``, timm's ``DropPath``.

    >>> from netledger.layers import apply
    >>> apply("stochastic_depth", {"p": 0.1}, ((197, 768),)).outputs
    ((197, 768),)
    """
    return Effect((call.input,))


@rule("maxout", role="activation")
def maxout(call: Call, pool_size: int, dim: integer | None = None) -> Effect:
    """The largest of every ``pool_size`` neighbouring channels, so that channels divide by it: nothing learned.

    Source: Goodfellow et al. 2013 (arXiv:1302.4389).

    >>> from netledger.layers import apply
    >>> apply("maxout", {"pool_size": 2}, ((96, 55, 55),)).outputs
    ((48, 55, 55),)
    """
    if isinstance(call.input, Unknown):
        return Effect((call.input,))
    axis = axis_of((1 if call.batched else 0) if dim is None else dim, call.input)
    return Effect((replaced(call.input, axis, divided(call.input[axis], pool_size, "channels", "pools")),))
