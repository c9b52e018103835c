"""What stands at the end of a network: losses, and detectors' output layers."""

from __future__ import annotations

from netledger.layers import Call, Effect, rule
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Sizes
    from netledger.network import Shape


@rule(
    "cross_entropy", "nll_loss", "mse_loss", "l1_loss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "kl_div", "hinge_loss", "ctc_loss", "accuracy",
)  # fmt: skip
def loss(call: Call, reduction: str = "mean") -> Effect:
    """Compares an output with its target: one number, or (``reduction="none"``) one for each target.

    Nothing learned, no MACs.

    Source: PyTorch's functions of the same names; Caffe's ``SoftmaxWithLoss``, ``Accuracy``, ….

    >>> from netledger.layers import apply
    >>> apply("cross_entropy", {}, ((128, 1000), (128,))).outputs
    ((),)
    """
    return _compared(call, reduction)


@rule("smooth_l1_loss")
def smooth_l1_loss(call: Call, reduction: str = "mean", beta: float = 1.0) -> Effect:
    """The absolute difference, squared where it is below ``beta``: one number, or one for each target; no MACs.

    Source: PyTorch's ``SmoothL1Loss``.

    >>> from netledger.layers import apply
    >>> apply("smooth_l1_loss", {"reduction": "none"}, ((128, 4), (128, 4))).outputs
    ((128, 4),)
    """
    return _compared(call, reduction)


@rule("huber_loss")
def huber_loss(call: Call, reduction: str = "mean", delta: float = 1.0) -> Effect:
    """The squared difference, linear beyond ``delta``: one number, or one for each target; no MACs.

    Source: PyTorch's ``HuberLoss``.

    >>> from netledger.layers import apply
    >>> apply("huber_loss", {}, ((128, 4), (128, 4))).outputs
    ((),)
    """
    return _compared(call, reduction)


def _compared(call: Call, reduction: str) -> Effect:
    target: Shape = call.inputs[1] if len(call.inputs) > 1 else Unknown("the target's shape is not given")
    return Effect((target if reduction == "none" else (),))


@rule("yolo", "region", "detection")
def detector(
    call: Call, classes: int | None = None, anchors: object = None, num: int | None = None, coords: int | None = None,
    mask: Sizes | None = None,
) -> Effect:  # fmt: skip
    """Turns a convolution's maps into boxes and class scores, place by place: nothing learned, no MACs.

    The shape stays: each place holds ``anchors × (classes + 5)`` values already.

    Source: Darknet's ``yolo``, ``region`` and ``detection`` layers; Redmon & Farhadi 2018 (arXiv:1804.02767).

    >>> from netledger.layers import apply
    >>> apply("yolo", {"classes": 80}, ((255, 13, 13),)).outputs
    ((255, 13, 13),)
    """
    return Effect((call.input,))
