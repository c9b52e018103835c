"""Counting rules of recurrent layers: every step multiplies the input and the state by all gates' matrices."""

from __future__ import annotations

from netledger.layers import products
from netledger.sources.pytorch.rules.contraction import Contraction, Multiplied, Seen, named, product
from netledger.sources.pytorch.rules.operations import counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

KINDS = {
    "lstm": "lstm",
    "gru": "gru",
    "rnn_tanh": "rnn",
    "rnn_relu": "rnn",
    "quantized_lstm": "lstm",
    "quantized_gru": "gru",
}


def layer_terms(steps: int, first: int, matrices: Sequence[Any], seen: Seen, through: int) -> list[Multiplied]:
    """One layer in one direction: ``steps`` positions in all, ``first`` of them with the state that was given."""
    rows, width = (int(size) for size in matrices[0].shape)
    state = int(matrices[1].shape[1])
    weights = [seen.needs_grad(matrix) for matrix in matrices]
    read, kept = products.recurrence((("d", width),), rows, state)
    places = ("T·B", steps)
    terms = [
        Multiplied(named((places, *read)), through, weights[0]),
        Multiplied(named((places, *kept)), through or any(weights), weights[1], skipped=first * rows * state),
    ]
    if len(matrices) > 2:
        projection = (("p", int(matrices[2].shape[0])), ("h", int(matrices[2].shape[1])))
        terms.append(Multiplied(named((places, *projection)), True if any(weights) else through, weights[2]))
    return terms


@counts("lstm", "gru", "rnn_tanh", "rnn_relu")
def recurrent(seen: Seen) -> Contraction:
    """All layers and directions; packed sequences count the steps that are really there."""
    packed = not isinstance(seen.args[3], bool)
    x = seen.shape(0)
    hidden, weights = (seen.args[2], seen.args[3]) if packed else (seen.args[1], seen.args[2])
    start = 4 if packed else 3
    biases, layers, both = bool(seen.args[start]), int(seen.args[start + 1]), bool(seen.args[start + 4])
    directions = 2 if both else 1
    state = hidden[0] if isinstance(hidden, (list, tuple)) else hidden
    batch, steps = int(state.shape[-2]), product(x[:-1])
    each = len(weights) // (layers * directions)
    terms: list[Multiplied] = []
    through = bool(seen.grad(0))
    for layer in range(layers):
        grads = False
        for direction in range(directions):
            at = (layer * directions + direction) * each
            own = list(weights[at : at + each])
            matrices = [*own[:2], *own[4 if biases else 2 :]]
            terms += layer_terms(steps, batch, matrices, seen, through)
            grads = grads or any(seen.needs_grad(matrix) for matrix in own)
        through = through or grads
    return Contraction(KINDS.get(seen.name, seen.name), tuple(terms), (x,))


@counts("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell", "quantized_lstm_cell", "quantized_gru_cell",
        "quantized_rnn_tanh_cell", "quantized_rnn_relu_cell")  # fmt: skip
def cell(seen: Seen) -> Contraction:
    """One step."""
    hidden = seen.args[1]
    state = hidden[0] if isinstance(hidden, (list, tuple)) else hidden
    x, matrix, recurrent_matrix = seen.shape(0), seen.args[2], seen.args[3]
    steps = ("B", product(x[:-1]))
    read, kept = products.recurrence((("d", x[-1]),), int(matrix.shape[0]), int(state.shape[-1]))
    terms = (
        Multiplied(named((steps, *read)), seen.grad(0), seen.needs_grad(matrix)),
        Multiplied(named((steps, *kept)), seen.needs_grad(state), seen.needs_grad(recurrent_matrix)),
    )
    name = seen.name.removeprefix("quantized_").removesuffix("_cell")
    return Contraction(f"{KINDS.get(name, name)}_cell", terms, (x, tuple(state.shape)))


@counts("mkldnn_rnn_layer")
def mkldnn_layer(seen: Seen) -> Contraction:
    """One layer in one direction, as the CPU kernel is called."""
    x, matrices = seen.shape(0), (seen.args[1], seen.args[2])
    terms = layer_terms(product(x[:-1]), int(seen.args[5].shape[-2]), matrices, seen, seen.grad(0))
    return Contraction("lstm", tuple(terms), (x,))


@counts("_cudnn_rnn", "miopen_rnn")
def cudnn(seen: Seen) -> Contraction:
    """All layers, as the CUDA kernel is called: the matrices are every tensor of rank 2."""
    x = seen.shape(0)
    steps, terms = product(x[:-1]), []
    for matrix in [weight for weight in seen.args[1] if len(weight.shape) == 2]:
        sizes = (("T·B", steps), ("gates", int(matrix.shape[0])), ("I", int(matrix.shape[1])))
        terms.append(Multiplied(sizes, True, seen.needs_grad(matrix)))
    return Contraction("rnn", tuple(terms), (x,))
