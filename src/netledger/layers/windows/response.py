"""Response normalisation without learned values: across maps (AlexNet's), within maps, and to unit length."""

from __future__ import annotations

from netledger.layers import Call, Effect, rule
from netledger.layers.sizes import axis_of, channels_of, divided, positive
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import integer


@rule("local_response_norm", role="normalisation", overwritable=True)
def local_response_norm(
    call: Call, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0, *, groups: int = 1
) -> Effect:
    """Divides each value by a power of what ``size`` neighbouring maps answer at the same place; nothing learned.

    ``b = a / (k + alpha/size · Σ a²)^beta``: PyTorch, Caffe and the 2012 code divide ``alpha`` by ``size``, the paper's
    formula does not. ``groups`` is our addition: with two GPUs each normalises over its own maps only. No parameters,
    no MACs; the shape stays.

    Source: Krizhevsky, Sutskever & Hinton 2012, section 3.3; PyTorch's ``LocalResponseNorm``.

    >>> from netledger.layers import apply
    >>> effect = apply("local_response_norm", {"size": 5, "alpha": 5e-4, "k": 2.0, "groups": 2}, ((96, 55, 55),))
    >>> effect.outputs, effect.parameters.value, effect.macs.value
    (((96, 55, 55),), 0, 0)
    """
    positive("size", size)
    divided(channels_of(call), groups, "channels")
    return Effect((call.input,))


@rule("response_norm_within", role="normalisation", by_map=True)
def response_norm_within(
    call: Call, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0, *, contrast: bool = False
) -> Effect:
    """Divides each value by a power of what its ``size × size`` neighbourhood in the same map answers; nothing learned.

    ``b = a / (k + alpha/size² · Σ a²)^beta``; ``contrast=True`` takes the neighbourhood's mean off first. No
    parameters, no MACs; the shape stays.

    Source: ``rnorm`` and ``cnorm`` of cuda-convnet; Caffe's LRN with ``WITHIN_CHANNEL``. AlexNet's 2012 code has one
    (``cnorm2``) that the paper omits.

    >>> from netledger.layers import apply
    >>> apply("response_norm_within", {"size": 5, "alpha": 1e-3}, ((256, 27, 27),)).outputs
    ((256, 27, 27),)
    """
    positive("size", size)
    return Effect((call.input,))


@rule("normalize", role="normalisation")
def normalize(call: Call, p: float = 2.0, dim: integer = 1, eps: float = 1e-12) -> Effect:
    """Divides by the p-norm along ``dim``; nothing learned, no MACs; the shape stays.

    Source: PyTorch's ``normalize``.

    >>> from netledger.layers import apply
    >>> apply("normalize", {"dim": -1}, ((10, 512),)).outputs
    ((10, 512),)
    """
    if not isinstance(call.input, Unknown):
        axis_of(dim, call.input)
    return Effect((call.input,))
