"""Keras layers that multiply by matrices: dense ones, tables and attention."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers import products
from netledger.network import elements_of
from netledger.sources.keras.steps import KerasConfig, KerasStep, known
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.network import Dim, Shape

    Steps = Callable[[KerasConfig, Sequence[Shape]], list[KerasStep]]


def _dense(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    attributes = {"out_features": config.size("units"), "bias": config.truth("use_bias", True)}
    return [KerasStep("linear", attributes, roles="weight bias")]


def lora(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """The two narrow matrices that a layer of ``lora_rank`` makes beside its kernel; a saved model has them merged."""
    rank = config.values.get("lora_rank")
    if type(rank) is not int or rank < 1 or config.class_name not in ("Dense", "Embedding"):
        return []
    dense = config.class_name == "Dense"
    wide = known(inputs[0], 1)[-1] if dense else config.size("input_dim")
    sides = ((wide, rank), (rank, config.size("units" if dense else "output_dim")))
    return [
        KerasStep("parameter", {"shape": side}, f"lora_{name}", (), roles="weight")
        for name, side in zip("ab", sides, strict=True)
    ]


def _embedding(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    attributes = {"num_embeddings": config.size("input_dim"), "embedding_dim": config.size("output_dim")}
    return [KerasStep("embedding", attributes, roles="weight")]


def _einsum(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """``abc,cde->abde``: every letter's size is the input's, or stated for the output; their product is multiplied."""
    read, comma, rest = config.text("equation").replace(" ", "").partition(",")
    kernel, arrow, made = rest.partition("->")
    shape = known(inputs[0], 2)
    if not comma or not arrow or len(kernel) > 16:
        raise FormatError(f"equation: '{config.text('equation')[:60]}' is none of two operands")
    stated = config.values.get("output_shape")
    stated = stated if isinstance(stated, list | tuple) else [stated]
    sizes: dict[str, Dim] = dict(zip(reversed(made.replace("...", "")), reversed(stated), strict=False))
    sizes = {letter: size for letter, size in sizes.items() if type(size) is int and size >= 0}
    sizes |= dict(zip(reversed(read.replace("...", "")), reversed(shape), strict=False))
    missing = Unknown("a size of the equation is not known")
    held = tuple([sizes.get(letter, missing) for letter in kernel])
    before = shape[: len(shape) - len(read.replace("...", ""))] if "..." in read else ()
    letters = dict.fromkeys(letter for letter in read + kernel if letter.isalpha())
    terms = (("…", elements_of(before)), *[(letter, sizes.get(letter, missing)) for letter in letters])
    out = (*before, *[sizes.get(letter, missing) for letter in made.replace("...", "")])
    steps = [
        KerasStep("parameter", {"shape": held}, "kernel", reads=(), roles="weight", variables=("kernel", "/0")),
        KerasStep("contraction", {"terms": (terms,)}, reads=(0, "kernel"), shape=out),
    ]
    axes = config.text("bias_axes")
    if axes:
        bias = tuple([sizes.get(letter, missing) for letter in axes])
        held_bias = KerasStep("parameter", {"shape": bias}, "bias", (), roles="bias", variables=("bias", "/1"))
        steps.insert(1, held_bias)
    return steps


def _heads(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """Four projections and the two products of attention between them; queries may share their keys and values."""
    grouped = config.class_name != "MultiHeadAttention"
    heads = config.size("num_query_heads" if grouped else "num_heads")
    shared = config.size("num_key_value_heads") if grouped else heads
    wide = config.size("head_dim") if grouped else config.size("key_dim")
    deep = wide if grouped else config.size("value_dim", wide)
    query, value = known(inputs[0], 3), known(inputs[1] if len(inputs) > 1 else inputs[0], 3)
    numbers = (0, min(1, len(inputs) - 1), 2 if len(inputs) > 2 else min(1, len(inputs) - 1))
    made = config.values.get("output_shape")
    made = made[0] if isinstance(made, list) and len(made) == 1 else made
    features = made if type(made) is int else query[-1]
    bias = config.truth("use_bias", True)
    often, length, positions = elements_of(query[:-2]), query[-2], value[-2] if len(value) > 1 else value[-1]

    def projection(name: str, out: Dim, reads: tuple[int | str, ...]) -> KerasStep:
        if isinstance(out, Unknown):
            return KerasStep("operation", {"name": name, "reason": out.reason}, name, reads)
        words = (f"{name}_dense", f"/{name}/") if name != "output" else ("output_dense", "attention_output")
        return KerasStep(
            "linear", {"out_features": out, "bias": bias}, name, reads, roles="weight bias", variables=words
        )

    one = (("B", often), ("H", heads), ("T", length), ("S", positions))
    attention = {"terms": ((*one, ("d", wide)), (*one, ("d_v", deep)))}
    return [
        projection("query", heads * wide, (numbers[0],)),
        projection("key", shared * wide, (numbers[2],)),
        projection("value", shared * deep, (numbers[1],)),
        KerasStep("contraction", attention, "attention", ("query", "key", "value"), (*query[:-1], heads * deep)),
        projection("output", features, ("attention",)),
    ]


def _attention(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """Scores of every query with every key, and their mean of the values."""
    query, value = known(inputs[0], 3), known(inputs[1] if len(inputs) > 1 else inputs[0], 3)
    key = known(inputs[2], 3) if len(inputs) > 2 else value
    often = (("B", elements_of(query[:-2])), ("T", query[-2]), ("S", key[-2]))
    weighed = (*often, ("d_v", value[-1]))
    terms: tuple[Any, ...] = ((*often, ("d", query[-1])), weighed)
    learned = config.truth("use_scale", config.class_name == "AdditiveAttention")
    steps = []
    if learned:
        size = (query[-1],) if config.class_name == "AdditiveAttention" else ()
        steps = [KerasStep("parameter", {"shape": size}, "scale", (), roles="weight")]
    out = (*query[:-1], value[-1])
    return [*steps, KerasStep("contraction", {"terms": terms}, reads=tuple(range(len(inputs))), shape=out)]


def _operands(config: KerasConfig, inputs: Sequence[Shape]) -> list[Shape]:
    """The shapes of an operation's arguments: what flows, in order, between what a live model says is fixed."""
    stated = config.values.get("operands")
    if not isinstance(stated, list) or sum(one is None for one in stated) != len(inputs):
        return list(inputs)
    flowing = iter(inputs)
    return [next(flowing) if one is None else tuple(one) for one in stated]


def _matmul(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """``keras.ops.matmul``."""
    operands = _operands(config, inputs)
    if len(operands) != 2:
        return [KerasStep("operation", {"name": "Matmul", "reason": "what it multiplies by is not stated"})]
    shape, product = products.matmul(*operands)
    reads = tuple(range(len(inputs)))
    return [KerasStep("contraction", {"terms": (products.flat(product),)}, reads=reads, shape=shape)]


def _einsum_operation(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """``keras.ops.einsum``."""
    operands = [known(shape) for shape in _operands(config, inputs)]
    equation = config.text("subscripts").replace(" ", "")
    if equation.partition("->")[0].count(",") + 1 != len(operands) or not 0 < len(equation) < 1_000:
        return [KerasStep("operation", {"name": "Einsum", "reason": "what it multiplies is not stated"})]
    shape, steps = products.einsum(equation, operands)
    terms = tuple([products.flat(step.product) for step in steps])
    reads = tuple(range(len(inputs)))
    if not terms:
        return [KerasStep("elementwise", reads=reads, shape=shape)]
    return [KerasStep("contraction", {"terms": terms}, reads=reads, shape=shape)]


def _dot(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """One axis of each input is multiplied and summed; the others stay, the batch once."""
    left, right = known(inputs[0], 2), known(inputs[-1], 2)
    axes = config.values.get("axes")
    both = axes if isinstance(axes, list) and len(axes) == 2 else [axes, axes]
    pairs = list(zip(both, (left, right), strict=True))
    if not all(type(axis) is int and -len(shape) <= axis < len(shape) for axis, shape in pairs):
        raise FormatError("axes: no dimension of its inputs")
    first, second = [axis % len(shape) for axis, shape in pairs]
    rest = [size for i, size in enumerate(left) if i not in (0, first)]
    others = [size for i, size in enumerate(right) if i not in (0, second)]
    term = (("N", left[0]), ("K", left[first]), ("M", elements_of(rest)), ("L", elements_of(others)))
    out = (left[0], *(rest + others or [1]))
    return [KerasStep("contraction", {"terms": (term,)}, reads=(0, len(inputs) - 1), shape=out)]


STEPS: dict[str, Steps] = {
    "Dense": _dense, "EinsumDense": _einsum, "Embedding": _embedding, "Dot": _dot,
    "Matmul": _matmul, "Einsum": _einsum_operation,
    **dict.fromkeys(("MultiHeadAttention", "GroupedQueryAttention", "GroupQueryAttention"), _heads),
    **dict.fromkeys(("Attention", "AdditiveAttention"), _attention),
}  # fmt: skip
"""Class → its rows."""
