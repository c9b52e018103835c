"""Layers applied to values, as Keras' functional form has it: which layer reads what which others made."""

from __future__ import annotations

from netledger.audit.understanding.code.layers import Unclear
from netledger.audit.understanding.code.modules import Applied, Module
from netledger.audit.understanding.pieces import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

JOINS = {
    **dict.fromkeys(("concatenate", "concat", "Concatenate", "cat"), "concat"),
    **dict.fromkeys(
        ("add", "Add", "multiply", "Multiply", "subtract", "Subtract", "average", "Average", "maximum", "Maximum"),
        "sum",
    ),
}
"""Functions and classes that make one value of several: side by side, or of the same shape."""


def merged_by(short: str, arguments: list[Any]) -> str:
    """How a call makes one value of several applied ones; empty for any other call."""
    values = arguments[0] if arguments and isinstance(arguments[0], list | tuple) else arguments
    applied = [one for one in values if isinstance(one, Applied)]
    return JOINS.get(short, "") if len(applied) > 1 else ""


class Applying:
    """The part of an evaluator that applies layers to values. ``keys`` counts the values that were made."""

    made: Module
    doubts: list[str]
    line_no: int
    keys = 0

    def applied(self, layer: Any, argument: Any) -> Any:
        """A layer behind a value, or behind several; a model is each of its layers in turn."""
        if isinstance(layer, Module):
            for _, piece in layer.by_path():
                argument = self.applied(piece, argument)
            return argument
        if not isinstance(layer, Piece):
            if isinstance(layer, Unclear) and layer.layers:
                self.doubts.append(f"line {self.line_no}: {layer.why}")
            return Applied(None)
        sources = self._sources(argument)
        if layer.key:  # once more: the same tensors on another value
            again = Piece("again", self.line_no)
            again.out, again.source = layer.out, sources
            return self._placed(again)
        layer.source = sources
        return self._placed(layer)

    def merge(self, how: str, values: list[Any]) -> Any:
        """Several values made one: ``concat`` side by side, ``sum`` of the same shape."""
        piece = Piece(how, self.line_no)
        piece.source = self._sources(values)
        return self._placed(piece)

    def _placed(self, piece: Piece) -> Applied:
        self.keys += 1
        piece.key = self.keys
        self.made.add(piece)
        return Applied(piece)

    def _sources(self, argument: Any) -> tuple[int, ...]:
        """The values that a layer reads, by their keys; 0 for one of which nothing is known."""
        values = argument if isinstance(argument, list | tuple) else [argument]
        keys = []
        for value in values:
            if isinstance(value, Piece) and value.kind in ("input", "activation") and not value.key:
                self._placed(value)
            source = value.after if isinstance(value, Applied) else value
            keys.append(source.key if isinstance(source, Piece) else 0)
        return tuple(keys)
