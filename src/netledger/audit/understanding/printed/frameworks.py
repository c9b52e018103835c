"""Which framework a text is about, as far as its words and calls tell."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

TORCH = ("torch", "nn.linear", "nn.lstm", "nn.gru", "nn.rnn", "nn.conv", "batch_first")
"""What only a text about PyTorch has, in lower case."""


def framework_of(lines: Sequence[str]) -> str:
    """``keras`` or ``pytorch``, where the text says one of them."""
    text = "\n".join(lines).lower()
    keras = "keras" in text or "tensorflow" in text or "return_sequences" in text
    pytorch = any(sign in text for sign in TORCH)
    if keras != pytorch:
        return "keras" if keras else "pytorch"
    return "keras" if not keras and any(_is_keras_call(text, name) for name in ("gru(", "lstm(", "simplernn(")) else ""


def _is_keras_call(text: str, name: str) -> bool:
    """``GRU(20)``: one size, as Keras' layers take it."""
    inner = text.partition(name)[2].partition(")")[0]
    return inner.strip().isdecimal()
