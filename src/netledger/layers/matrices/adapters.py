"""Learned scales and low-rank adapters: few parameters beside or between larger layers."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, Formula, product, symbol
from netledger.layers import Call, Effect, Slot, products, rule
from netledger.layers.sizes import agreed, axis_of, channel_axis, leading, positive, shape_text, sum_up
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Sizes, integer
    from netledger.network import Dim, Shape


@rule("lora")
def lora(
    call: Call, out_features: int, rank: int, lora_alpha: float | None = None, lora_dropout: float = 0.0,
    *, in_features: int | None = None,
) -> Effect:  # fmt: skip
    """A low-rank adapter of a linear layer: ``B·A·x``, added to what the frozen layer gives.

    - weights ``r·C_in + C_out·r``, no biases
    - MACs: positions × the same

    Source: Hu et al. 2021 (arXiv:2106.09685).

    >>> from netledger.layers import apply
    >>> q_proj = apply("lora", {"out_features": 4096, "rank": 16, "in_features": 4096})
    >>> q_proj.parameters.text(), q_proj.parameters.value
    ('16*4096 + 4096*16', 131072)
    """
    positive("out_features", out_features)
    positive("rank", rank)
    shape = call.input
    features = agreed("in_features", in_features, shape if isinstance(shape, Unknown) else shape[-1] if shape else 1)
    down, up = (("r", rank), ("C_in", features)), (("C_out", out_features), ("r", rank))
    often = products.repeats("N", leading(shape))
    return Effect(
        outputs=(shape if isinstance(shape, Unknown) else (*shape[:-1], out_features),),
        weights=sum_up((down, up)),
        macs=sum_up(((*often, *down), (*often, *up))),
        slots=(
            Slot("lora_A.weight", "weight", (rank, features)),
            Slot("lora_B.weight", "weight", (out_features, rank)),
        ),
    )


@rule("scale")
def scale(call: Call, shape: Sizes | None = None, bias: bool = False, dim: integer | None = None) -> Effect:
    """Multiplies by a learned scale: one for each channel, or of the ``shape`` stated, from dimension ``dim`` on.

    - weights ``C``; with ``bias=True`` biases ``C``; no MACs; the shape stays
    - ``dim=-1`` scales features (the LayerScale of vision transformers)

    Source: Caffe's ``Scale`` layer; Touvron et al. 2021 (arXiv:2103.17239).

    >>> from netledger.layers import apply
    >>> apply("scale", {"bias": True}, ((64, 56, 56),)).parameters.text()
    '64 + 64'
    """
    sizes = _learned_shape(call, shape, dim)
    weights = _product_of(sizes)
    slots = (Slot("weight", "weight", sizes), Slot("bias", "bias", sizes))
    return Effect((call.input,), weights=weights, biases=weights if bias else ZERO, slots=slots[: 1 + bias])


@rule("bias", keeps="nothing")
def bias(call: Call, shape: Sizes | None = None, dim: integer | None = None) -> Effect:
    """Adds a learned value: one for each channel, or of the ``shape`` stated, from dimension ``dim`` on.

    - biases ``C``; no weights, no MACs; the shape stays

    Source: Caffe's ``Bias`` layer.

    >>> from netledger.layers import apply
    >>> effect = apply("bias", {}, ((64, 56, 56),))
    >>> effect.weights.value, effect.biases.value
    (0, 64)
    """
    sizes = _learned_shape(call, shape, dim)
    return Effect((call.input,), biases=_product_of(sizes), slots=(Slot("bias", "bias", sizes),))


def _learned_shape(call: Call, stated: Sizes | None, dim: int | None) -> tuple[Dim, ...]:
    """The stated shape, checked against the input's dimensions from ``dim`` on; else the size of that dimension."""
    shape: Shape = call.input
    if stated is None:
        return (shape,) if isinstance(shape, Unknown) else (shape[channel_axis(call, shape, dim)],)
    sizes = (stated,) if isinstance(stated, int) else stated
    if not isinstance(shape, Unknown) and sizes:
        axis = channel_axis(call, shape, None) if dim is None else axis_of(dim, shape)
        there = shape[axis : axis + len(sizes)]
        if len(there) != len(sizes) or any(
            isinstance(b, int) and a not in (1, b) for a, b in zip(sizes, there, strict=True)
        ):
            raise ShapeError(f"stated shape={shape_text(sizes)}, but the input has {shape_text(there)} there")
    return sizes


def _product_of(sizes: tuple[Dim, ...]) -> Formula:
    if len(sizes) == 1:
        return symbol("C", sizes[0])
    return product([symbol(f"C_{i + 1}", size) for i, size in enumerate(sizes)])
