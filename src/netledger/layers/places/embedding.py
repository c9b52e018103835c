"""Tables that are looked up: embeddings."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import symbol
from netledger.layers import Call, Effect, Slot, rule
from netledger.layers.sizes import positive, shape_text
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import integer
    from netledger.network import Shape


@rule("embedding", keeps="inputs")
def embedding(
    call: Call, num_embeddings: int, embedding_dim: int, padding_idx: integer | None = None,
    max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Effect:  # fmt: skip
    """A table of ``V`` vectors of size ``d``; each index of the input becomes its vector.

    - weights ``V·d``; no MACs: looking up is not multiplying
    - output: the input's shape with ``d`` after it

    Source: PyTorch's ``Embedding``.

    >>> from netledger.layers import apply
    >>> words = apply("embedding", {"num_embeddings": 30522, "embedding_dim": 768}, ((128,),))
    >>> words.outputs, words.parameters.text(), words.parameters.value
    (((128, 768),), '30522*768', 23440896)
    """
    shape = call.input
    out: Shape = shape if isinstance(shape, Unknown) else (*shape, embedding_dim)
    return _table(out, num_embeddings, embedding_dim)


@rule("embedding_bag")
def embedding_bag(
    call: Call, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0,
    scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, include_last_offset: bool = False,
    padding_idx: integer | None = None,
) -> Effect:  # fmt: skip
    """A table whose vectors are summed or averaged over bags of indices: one vector for each bag.

    - weights ``V·d``; no MACs
    - output ``(bags, d)``: bags are the rows of a two-dimensional input, or as many as a second input has offsets

    Source: PyTorch's ``EmbeddingBag``.

    >>> from netledger.layers import apply
    >>> apply("embedding_bag", {"num_embeddings": 1000, "embedding_dim": 64}, ((8, 20),)).outputs
    ((8, 64),)
    """
    shape = call.input
    offsets = call.inputs[1] if len(call.inputs) > 1 else None
    out: Shape
    if isinstance(shape, Unknown) or isinstance(offsets, Unknown):
        out = shape if isinstance(shape, Unknown) else Unknown("the number of bags is not given")
    elif len(shape) not in (1, 2):
        raise ShapeError(f"needs one or two dimensions of indices, not {shape_text(shape)}")
    elif len(shape) == 1 and offsets is not None:
        bags = offsets[0] if offsets else Unknown("the number of bags is not given")
        last = 1 if include_last_offset else 0
        out = (bags if isinstance(bags, Unknown) else bags - last, embedding_dim)
    else:
        out = (*shape[:-1], embedding_dim)
    return _table(out, num_embeddings, embedding_dim)


def _table(out: Shape, num_embeddings: int, embedding_dim: int) -> Effect:
    positive("num_embeddings", num_embeddings)
    positive("embedding_dim", embedding_dim)
    return Effect(
        outputs=(out,),
        weights=symbol("V", num_embeddings) * symbol("d", embedding_dim),
        slots=(Slot("weight", "weight", (num_embeddings, embedding_dim)),),
    )
