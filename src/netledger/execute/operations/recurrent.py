"""Recurrent layers, run by PyTorch's own kernels on the parameters that the rule names."""

from __future__ import annotations

import torch

from netledger.execute.operations import Making, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.execute.operations import Compute


@operation("lstm", "gru", "rnn")
def recurrent(making: Making) -> Compute:
    """The outputs at every step, then the last states; states begin at zero where none is given."""
    a = making.arguments
    layers, bidirectional = a.get("num_layers", 1), a.get("bidirectional", False)
    first, hidden, projected = a.get("batch_first", False) or not making.batched, a["hidden_size"], a.get("proj_size")
    has_bias, p = a.get("bias", True), a.get("dropout") or 0.0
    names = {
        "lstm": torch.lstm, "gru": torch.gru,
        "rnn": torch.rnn_relu if a.get("nonlinearity") == "relu" else torch.rnn_tanh,
    }  # fmt: skip
    function, kind = names[making.kind], making.kind

    def run(layer, x, *states):  # type: ignore[no-untyped-def]
        batch = x.shape[0 if first else 1]
        shape = (layers * (2 if bidirectional else 1), batch)
        if not states:
            states = (x.new_zeros(*shape, projected or hidden),)
            states += (x.new_zeros(*shape, hidden),) if kind == "lstm" else ()
        given = list(states) if kind == "lstm" else states[0]
        weights = list(layer._parameters.values())
        return function(x, given, weights, has_bias, layers, p, layer.training, bidirectional, first)

    return run


@operation("lstm_cell", "gru_cell", "rnn_cell")
def cell(making: Making) -> Compute:
    """One step; states begin at zero where none is given."""
    hidden, kind = making["hidden_size"], making.kind
    function = {"lstm_cell": torch.lstm_cell, "gru_cell": torch.gru_cell, "rnn_cell": torch.rnn_tanh_cell}[kind]

    def run(layer, x, *states):  # type: ignore[no-untyped-def]
        if not states:
            states = (x.new_zeros(*x.shape[:-1], hidden),) * (2 if kind == "lstm_cell" else 1)
        weights = [layer.get(name) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        return function(x, states if kind == "lstm_cell" else states[0], *weights)

    return run
