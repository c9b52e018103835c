"""Products of activations: matrix products, einsum, and the bilinear layer."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, Formula, product, symbol, total
from netledger.layers import Call, Effect, Slot, rule
from netledger.layers.elementwise import broadcast
from netledger.layers.sizes import agreed, axis_of, positive, replaced, shape_text
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import integer
    from netledger.network import Dim, Shape


@rule("matmul", "bmm")
def matmul(call: Call, *, transpose_a: bool = False, transpose_b: bool = False) -> Effect:
    """The matrix product of two inputs, batch dimensions broadcast; ``bmm`` has exactly one, equal in both.

    - MACs ``B·M·K·N`` for ``(B, M, K) × (B, K, N)``; nothing learned
    - ``transpose_a`` and ``transpose_b`` (our additions: ONNX's Gemm) exchange the last two dimensions first

    Source: PyTorch's ``matmul``, ``bmm``.

    >>> from netledger.layers import apply
    >>> scores = apply("matmul", {"transpose_b": True}, ((12, 197, 64), (12, 197, 64)))
    >>> scores.outputs, scores.macs.text(), scores.macs.text(symbols=True)
    (((12, 197, 197),), '12*197*64*197', 'B*M*K*N')
    """
    if len(call.inputs) < 2:
        raise ShapeError(f"needs two inputs, not {len(call.inputs)}")
    left, right = call.inputs[:2]
    unknown = next((shape for shape in (left, right) if isinstance(shape, Unknown)), None)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Effect((unknown or call.input,), macs=symbol("MACs", unknown))
    if not left or not right or (call.kind == "bmm" and (len(left), len(right)) != (3, 3)):
        raise ShapeError(f"does not multiply {shape_text(left)} with {shape_text(right)}")
    wide_left = (1, *left) if len(left) == 1 else _turned(left, transpose_a)
    wide_right = (*right, 1) if len(right) == 1 else _turned(right, transpose_b)
    (rows, inner), (second, columns) = wide_left[-2:], wide_right[-2:]
    if isinstance(inner, int) and isinstance(second, int) and inner != second:
        raise ShapeError(
            f"{shape_text(wide_left)} times {shape_text(wide_right)}: inner sizes differ, {inner:,} against {second:,}"
        )
    batch = broadcast(wide_left[:-2], wide_right[:-2])
    assert not isinstance(batch, Unknown)
    out = (*batch, *(() if len(left) == 1 else (rows,)), *(() if len(right) == 1 else (columns,)))
    factors = [symbol("B", size) for size in batch if size != 1]
    sizes = (("M", rows), ("K", second if isinstance(inner, Unknown) else inner), ("N", columns))
    return Effect((out,), macs=product([*factors, *[symbol(name, size) for name, size in sizes]]))


def _turned(shape: tuple[Dim, ...], transpose: bool) -> tuple[Dim, ...]:
    return (*shape[:-2], shape[-1], shape[-2]) if transpose else shape


@rule("bilinear")
def bilinear(
    call: Call,
    out_features: int,
    bias: bool = True,
    *,
    in1_features: int | None = None,
    in2_features: int | None = None,
) -> Effect:
    """``y_o = x1ᵀ·W_o·x2 + b_o`` on the last dimensions of two inputs.

    - weights ``C_out·C_1·C_2``, biases ``C_out``
    - MACs: positions × ``C_out·C_1·C_2``: the outer product of the inputs, which contracts nothing, is not counted

    Source: PyTorch's ``Bilinear``.

    >>> from netledger.layers import apply
    >>> effect = apply("bilinear", {"out_features": 40}, ((20,), (30,)))
    >>> effect.outputs, effect.parameters.text(), effect.macs.value
    (((40,),), '40*20*30 + 40', 24000)
    """
    positive("out_features", out_features)
    left = call.input
    right = call.inputs[1] if len(call.inputs) > 1 else Unknown("the second input's shape is not given")
    given = [shape if isinstance(shape, Unknown) else shape[-1] if shape else 1 for shape in (left, right)]
    first, second = agreed("in1_features", in1_features, given[0]), agreed("in2_features", in2_features, given[1])
    leading = broadcast(
        left if isinstance(left, Unknown) else left[:-1], right if isinstance(right, Unknown) else right[:-1]
    )
    weights = product([symbol("C_out", out_features), symbol("C_1", first), symbol("C_2", second)])
    if isinstance(leading, Unknown):
        repeats = [symbol("N", leading)]
    else:
        repeats = [symbol("N", size) for size in leading if size != 1]
    slots = (Slot("weight", "weight", (out_features, first, second)), Slot("bias", "bias", (out_features,)))
    return Effect(
        outputs=(leading if isinstance(leading, Unknown) else (*leading, out_features),),
        weights=weights,
        biases=symbol("C_out", out_features) if bias else ZERO,
        macs=product([*repeats, *weights.args]),
        slots=slots[: 1 + bias],
    )


@rule("cosine_similarity")
def cosine_similarity(call: Call, dim: integer = 1, eps: float = 1e-8) -> Effect:
    """The cosine of two inputs along one dimension, which goes; nothing learned, no MACs.

    Source: PyTorch's ``CosineSimilarity``.

    >>> from netledger.layers import apply
    >>> apply("cosine_similarity", {}, ((8, 128), (8, 128))).outputs
    ((8,),)
    """
    shape = _together(call)
    return Effect((shape if isinstance(shape, Unknown) else replaced(shape, axis_of(dim, shape)),))


@rule("pairwise_distance")
def pairwise_distance(call: Call, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Effect:
    """The p-norm of the difference of two inputs along the last dimension, which goes; nothing learned, no MACs.

    Source: PyTorch's ``PairwiseDistance``.

    >>> from netledger.layers import apply
    >>> apply("pairwise_distance", {}, ((8, 128), (8, 128))).outputs
    ((8,),)
    """
    shape = _together(call)
    return Effect((shape if isinstance(shape, Unknown) else (*shape[:-1], *((1,) if keepdim else ())),))


def _together(call: Call) -> Shape:
    shape = call.input
    for other in call.inputs[1:]:
        shape = broadcast(shape, other)
    return shape


@rule("einsum")
def einsum(call: Call, equation: str) -> Effect:
    """Sums products of its inputs over named indices: ``"bhid,bhjd->bhij"``.

    - MACs of two inputs: the product of all index sizes, where an index they share is summed over; an outer or a
      value-by-value product contracts nothing and costs none. An index that only one input has and the result has not
      is summed before. Three inputs and more are contracted from left to right.

    Source: PyTorch's ``einsum``.

    >>> from netledger.layers import apply
    >>> scores = apply("einsum", {"equation": "hid,hjd->hij"}, ((12, 197, 64), (12, 197, 64)))
    >>> scores.outputs, scores.macs.text(symbols=True), scores.macs.value
    (((12, 197, 197),), 'h*i*d*j', 29805312)
    """
    operands, result = _equation(equation, call)
    unknown = next((shape for shape in call.inputs if isinstance(shape, Unknown)), None)
    if unknown is not None:
        return Effect((unknown,), macs=symbol("MACs", unknown))
    known: list[tuple[Dim, ...]] = [shape for shape in call.inputs if not isinstance(shape, Unknown)]
    named = [_indices(indices, shape) for indices, shape in zip(operands, known, strict=True)]
    sizes = _index_sizes(named, known)
    if result is None:
        flat = [index for indices in named for index in indices]
        dots = sorted([index for index in sizes if index.startswith("…")], key=lambda index: -int(index[1:]))
        result = [*dots, *sorted([index for index in sizes if flat.count(index) == 1 and index not in dots])]
    else:
        rank = max([sum(index.startswith("…") for index in indices) for indices in named], default=0)
        result = _result_indices(result, rank)
    missing = [index for index in result if index not in sizes]
    if missing:
        raise ShapeError(f"index '{missing[0]}' of the result of '{equation}' is in no input")
    return Effect((tuple([sizes[index] for index in result]),), macs=_contracted(named, result, sizes))


def _equation(equation: str, call: Call) -> tuple[list[str], list[str] | None]:
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    operands = left.split(",")
    if any(not part.replace("...", "").isalpha() and part.replace("...", "") for part in [*operands, right]):
        raise ShapeError(f"'{equation}' is no einsum equation")
    if len(operands) != len(call.inputs):
        raise ShapeError(f"'{equation}' names {len(operands)} inputs, but there are {len(call.inputs)}")
    return operands, [right] if arrow else None


def _indices(indices: str, shape: tuple[Dim, ...]) -> list[str]:
    """The names of a shape's dimensions; those of an ellipsis are ``…1`` for the last, ``…2`` before it."""
    before, dots, after = indices.partition("...")
    hidden = len(shape) - len(before) - len(after)
    if hidden < 0 or (hidden and not dots):
        raise ShapeError(f"'{indices}' does not name the dimensions of {shape_text(shape)}")
    return [*before, *[f"…{hidden - i}" for i in range(hidden)], *after]


def _result_indices(result: list[str], rank: int) -> list[str]:
    before, dots, after = result[0].partition("...")
    return [*before, *([f"…{rank - i}" for i in range(rank)] if dots else []), *after]


def _index_sizes(named: list[list[str]], shapes: list[tuple[Dim, ...]]) -> dict[str, Dim]:
    sizes: dict[str, Dim] = {}
    for indices, shape in zip(named, shapes, strict=True):
        for index, size in zip(indices, shape, strict=True):
            known = sizes.get(index, 1)
            if isinstance(known, int) and isinstance(size, int) and known != size and 1 not in (known, size):
                raise ShapeError(f"index '{index}' is {known:,} and {size:,}")
            sizes[index] = size if known == 1 or (isinstance(known, Unknown) and size != 1) else known
    return sizes


def _contracted(named: list[list[str]], result: list[str], sizes: dict[str, Dim]) -> Formula:
    """The MACs of contracting from left to right."""
    terms: list[Formula] = []
    there = named[0]
    for i, other in enumerate(named[1:], 2):
        later = {*result, *[index for indices in named[i:] for index in indices]}
        both = list(dict.fromkeys([*there, *other]))
        kept = [index for index in both if index in later]
        shared = [index for index in both if index in there and index in other and index not in later]
        if shared:
            terms.append(product([symbol(index, sizes[index]) for index in both if index in kept or index in shared]))
        there = kept
    return total(terms)
