"""Recurrent layers: every step multiplies the input by W and the state by R, for each gate and direction."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import products
from netledger.layers.products import flat, repeats, same, shape_text
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape

_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


@op("LSTM", roles="- weight weight bias constant constant constant weight")
@op("GRU RNN", roles="- weight weight bias constant constant")
def recurrent(
    op: Op, X: Value, W: Value, R: Value, *, direction: str = "forward", hidden_size: int = 0, layout: int = 0
) -> Result:
    """``LSTM``, ``GRU``, ``RNN``: weights are ``(directions, gates·H, C_in)`` and ``(directions, gates·H, H)``."""
    recurrence = R.sizes
    hidden = hidden_size or (recurrence[2] if recurrence is not None and len(recurrence) == 3 else NO_SHAPE)
    return _recurrent(op, X.sizes, W.sizes, hidden, _GATES[op.node.op], direction, layout)


@op(
    "com.microsoft.DynamicQuantizeLSTM",
    roles="- weight weight bias constant constant constant weight scale zero scale zero", integers=True,
)  # fmt: skip
def dynamic_quantize_lstm(
    op: Op, X: Value, W: Value, R: Value, *, direction: str = "forward", hidden_size: int = 0
) -> Result:
    """``DynamicQuantizeLSTM``: an LSTM whose matrices are integers, stored the other way round."""
    weight, recurrence = W.sizes, R.sizes
    if weight is not None and len(weight) == 3:
        weight = (weight[0], weight[2], weight[1])
    hidden = hidden_size or (recurrence[1] if recurrence is not None and len(recurrence) == 3 else NO_SHAPE)
    return _recurrent(op, X.sizes, weight, hidden, 4, direction, 0)


def _recurrent(
    op: Op, shape: tuple[Dim, ...] | None, weight: tuple[Dim, ...] | None, hidden: Dim, gates: int, direction: str,
    layout: int,
) -> Result:  # fmt: skip
    directions, batch_first = 2 if direction == "bidirectional" else 1, layout == 1
    if isinstance(hidden, int) and hidden < 1:
        raise ShapeError(f"{op.node.op} with hidden_size {hidden}")
    steps: Dim = NO_SHAPE
    batch: Dim = NO_SHAPE
    features: Dim = NO_SHAPE if weight is None or len(weight) != 3 else weight[2]
    if shape is not None:
        if len(shape) != 3:
            raise ShapeError(f"{op.node.op} of {shape_text(shape)}; steps, batch and features are wanted")
        batch, steps = (shape[0], shape[1]) if batch_first else (shape[1], shape[0])
        features = same(shape[2], features, f"{op.node.op}: the input against W")
    if weight is not None and len(weight) == 3 and isinstance(hidden, int):
        same(weight[1], gates * hidden, f"{op.node.op}: W against hidden_size")
        same(weight[0], directions, f"{op.node.op}: W against direction")
    if batch_first:
        states: Shape = (batch, directions, hidden)
        output: Shape = (batch, steps, directions, hidden)
    else:
        states = (directions, batch, hidden)
        output = (steps, directions, batch, hidden)
    often = (("T", steps), *repeats("N", (batch,)), *((("D", directions),) if directions != 1 else ()), ("G", gates))
    read, kept = products.recurrence((("d", features),), hidden, hidden)
    return Result(output, states, states, terms=(flat((*often, *read)), flat((*often, *kept))))
