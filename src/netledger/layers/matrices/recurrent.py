"""Recurrent layers: RNN, LSTM, GRU and their single cells."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, Formula, group, product, symbol
from netledger.layers import Call, Effect, Slot, products, rule
from netledger.layers.sizes import agreed, formula, leading, positive, shape_text, sum_up
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape

_GATES = {"rnn": 1, "lstm": 4, "gru": 3}
MOST_LAYERS = 10_000


class _Stack(Record):
    """The sizes of a stack of recurrent layers."""

    __slots__ = ("gates", "inputs", "hidden", "result", "layers", "directions", "bias_vectors", "projection")
    gates: int
    inputs: Dim
    hidden: int
    result: int
    layers: int
    directions: int
    bias_vectors: int
    projection: bool

    def __init__(
        self, gates: int, inputs: Dim, hidden: int, result: int, layers: int, directions: int, bias_vectors: int,
        projection: bool,
    ) -> None:  # fmt: skip
        self._fill(gates, inputs, hidden, result, layers, directions, bias_vectors, projection)


@rule("lstm", role="recurrent")
def lstm(
    call: Call, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
    dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, *, input_size: int | None = None,
    bias_vectors: int = 2,
) -> Effect:  # fmt: skip
    """Long short-term memory: four gates, each with a matrix for the input and one for the state.

    - weights ``4·(d·h + h·h)``; a layer above the first reads ``h`` (``2·h`` when bidirectional) instead of ``d``; two
      directions double it; with a projection to ``p`` the state is ``p`` wide and ``p·h`` are added
    - biases ``2·4·h``: PyTorch and cuDNN keep two vectors that are added; Keras, Caffe and the papers have one:
      ``bias_vectors=1`` (our addition)
    - MACs: positions × weights
    - outputs: ``(T, D·h)``, and the last states ``(layers·D, h)``, ``(layers·D, h)``; with a batch ``(T, N, d)`` or,
      with ``batch_first``, ``(N, T, d)``

    Source: Hochreiter & Schmidhuber 1997; Gers et al. 2000; Sak et al. 2014 (arXiv:1402.1128); PyTorch's ``LSTM``.

    >>> from netledger.layers import apply
    >>> effect = apply("lstm", {"hidden_size": 64}, ((50, 32),))
    >>> effect.parameters.text(), effect.parameters.value, effect.macs.value
    ('4*(32*64 + 64*64) + 2*4*64', 25088, 1228800)
    """
    result = proj_size or hidden_size
    if proj_size >= hidden_size > 0:
        raise ShapeError(f"proj_size {proj_size:,} must be smaller than hidden_size {hidden_size:,}")
    vectors = _vectors(bias, bias_vectors)
    return _recurrent(
        call, hidden_size, result, num_layers, vectors, batch_first, bidirectional, input_size, proj_size > 0
    )


@rule("gru", role="recurrent")
def gru(
    call: Call, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
    dropout: float = 0.0, bidirectional: bool = False, *, input_size: int | None = None, bias_vectors: int = 2,
) -> Effect:  # fmt: skip
    """Gated recurrent unit: three gates, each with a matrix for the input and one for the state.

    - weights ``3·(d·h + h·h)``, biases ``2·3·h`` (``bias_vectors=1``: ``3·h``); layers and directions as for ``lstm``
    - MACs: positions × weights
    - outputs: ``(T, D·h)`` and the last state ``(layers·D, h)``

    Source: Cho et al. 2014 (arXiv:1406.1078); PyTorch's ``GRU``; Keras has two vectors with ``reset_after=True``.

    >>> from netledger.layers import apply
    >>> apply("gru", {"hidden_size": 32, "input_size": 32}).parameters.text()
    '3*(32*32 + 32*32) + 2*3*32'
    """
    vectors = _vectors(bias, bias_vectors)
    return _recurrent(call, hidden_size, hidden_size, num_layers, vectors, batch_first, bidirectional, input_size)


@rule("rnn", role="recurrent")
def rnn(
    call: Call, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True,
    batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, *, input_size: int | None = None,
    bias_vectors: int = 2,
) -> Effect:  # fmt: skip
    """A simple recurrent layer: one matrix for the input, one for the state.

    - weights ``d·h + h·h``, biases ``2·h`` (``bias_vectors=1``: ``h``); layers and directions as for ``lstm``
    - MACs: positions × weights
    - outputs: ``(T, D·h)`` and the last state ``(layers·D, h)``

    Source: Elman 1990; PyTorch's ``RNN``.

    >>> from netledger.layers import apply
    >>> apply("rnn", {"hidden_size": 10, "input_size": 1, "bias_vectors": 1}).parameters.value
    120
    """
    vectors = _vectors(bias, bias_vectors)
    return _recurrent(call, hidden_size, hidden_size, num_layers, vectors, batch_first, bidirectional, input_size)


@rule("lstm_cell", "gru_cell", "rnn_cell")
def cell(
    call: Call, hidden_size: int, bias: bool = True, *, input_size: int | None = None, bias_vectors: int = 2
) -> Effect:
    """One step of a recurrent layer: gates × ``(d·h + h·h)`` weights, no sequence.

    - 4, 3 or 1 gates; biases ``2·gates·h`` (``bias_vectors=1``: one vector)
    - MACs: examples × weights
    - outputs: the new state, and for ``lstm_cell`` the memory too

    Source: PyTorch's ``LSTMCell``, ``GRUCell``, ``RNNCell``.

    >>> from netledger.layers import apply
    >>> apply("lstm_cell", {"hidden_size": 20}, ((10,),)).parameters.value
    2560
    """
    positive("hidden_size", hidden_size)
    shape = call.input
    inputs = agreed("input_size", input_size, shape if isinstance(shape, Unknown) else shape[-1] if shape else 1)
    gates = _GATES[call.kind.removesuffix("_cell")]
    stack = _Stack(gates, inputs, hidden_size, hidden_size, 1, 1, _vectors(bias, bias_vectors), False)
    weights = _weights(stack)
    often = products.repeats("N", leading(shape))
    out: Shape = shape if isinstance(shape, Unknown) else (*shape[:-1], hidden_size)
    slots = tuple([slot.replace(name=slot.name.removesuffix("_l0")) for slot in _slots(stack)])
    return Effect(
        outputs=(out,) * (2 if call.kind == "lstm_cell" else 1),
        weights=weights,
        biases=_biases(stack),
        macs=product([formula(often), weights] if often else [weights]),
        slots=slots,
    )


def _vectors(bias: bool, bias_vectors: int) -> int:
    if bias_vectors not in (1, 2):
        raise ShapeError(f"bias_vectors must be 1 or 2, not {bias_vectors}")
    return bias_vectors if bias else 0


def _recurrent(
    call: Call, hidden: int, result: int, layers: int, vectors: int, batch_first: bool, bidirectional: bool,
    input_size: int | None, projection: bool = False,
) -> Effect:  # fmt: skip
    positive("hidden_size", hidden)
    positive("num_layers", layers)
    if layers > MOST_LAYERS:
        raise ShapeError(f"num_layers {layers:,} is beyond {MOST_LAYERS:,}")
    shape = call.input
    if not isinstance(shape, Unknown) and len(shape) not in (2, 3):
        raise ShapeError(f"needs steps and features, with or without a batch, not {shape_text(shape)}")
    inputs = agreed("input_size", input_size, shape if isinstance(shape, Unknown) else shape[-1])
    directions = 2 if bidirectional else 1
    stack = _Stack(_GATES[call.kind], inputs, hidden, result, layers, directions, vectors, projection)
    weights = _weights(stack)
    return Effect(
        outputs=_outputs(call, stack, batch_first),
        weights=weights,
        biases=_biases(stack),
        macs=product([*_steps(shape, batch_first), group(weights) if weights.op == "sum" else weights]),
        slots=_slots(stack),
    )


def _steps(shape: Shape, batch_first: bool) -> list[Formula]:
    if isinstance(shape, Unknown):
        return [symbol("T", shape)]
    if len(shape) == 2:
        return [symbol("T", shape[0])]
    batch, steps = shape[:2] if batch_first else (shape[1], shape[0])
    return [symbol("N", batch), symbol("T", steps)] if batch != 1 else [symbol("T", steps)]


def _outputs(call: Call, stack: _Stack, batch_first: bool) -> tuple[Shape, ...]:
    shape = call.input
    states = 2 if call.kind == "lstm" else 1
    if isinstance(shape, Unknown):
        return (shape,) * (1 + states)
    batch = () if len(shape) == 2 else (shape[0] if batch_first else shape[1],)
    count = stack.layers * stack.directions
    last = [(count, *batch, stack.result), (count, *batch, stack.hidden)][:states]
    return ((*shape[:-1], stack.directions * stack.result), *last)


def _weights(stack: _Stack) -> Formula:
    """``4·(d·h + h·h)`` for the first layer, the same with ``D·h`` in place of ``d`` for those above."""

    def layer(reads: products.Product) -> Formula:
        sums = group(sum_up(products.recurrence(reads, stack.hidden, stack.result, stack.projection)))
        one = product([stack.gates, sums]) if stack.gates > 1 else sums
        one = one + formula((result, ("h", stack.hidden))) if stack.projection else one
        return product([stack.directions, group(one) if one.op == "sum" else one]) if stack.directions > 1 else one

    result = ("p" if stack.projection else "h", stack.result)
    first = layer((("d", stack.inputs),))
    if stack.layers == 1:
        return first.args[0] if first.op == "group" else first
    above = layer((stack.directions, result) if stack.directions > 1 else (result,))
    times = stack.layers - 1
    return first + (product([times, group(above) if above.op == "sum" else above]) if times > 1 else above)


def _biases(stack: _Stack) -> Formula:
    if not stack.bias_vectors:
        return ZERO
    numbers = [stack.layers, stack.directions, stack.bias_vectors, stack.gates]
    return product([*[n for n in numbers if n > 1], symbol("h", stack.hidden)])


def _slots(stack: _Stack) -> tuple[Slot, ...]:
    rows, slots = stack.gates * stack.hidden, list[Slot]()
    for layer in range(stack.layers):
        reads = stack.inputs if layer == 0 else stack.directions * stack.result
        for suffix in ("", "_reverse")[: stack.directions]:
            end = f"_l{layer}{suffix}"
            slots += [
                Slot("weight_ih" + end, "weight", (rows, reads)),
                Slot("weight_hh" + end, "weight", (rows, stack.result)),
            ]
            slots += [Slot(name + end, "bias", (rows,)) for name in ("bias_ih", "bias_hh")[: stack.bias_vectors]]
            if stack.projection:
                slots.append(Slot("weight_hr" + end, "weight", (stack.result, stack.hidden)))
    return tuple(slots)
