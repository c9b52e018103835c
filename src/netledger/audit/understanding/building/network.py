"""Layers as a text describes them → an ordinary network: sizes propagated by the layers' own rules.

What the layers above give counts more than a size that the text states beside it; what a text leaves open is taken from
the usual default and listed. A layer whose sizes stay open is left out, and the network is then not the whole.
"""

from __future__ import annotations

from netledger.audit.understanding.building.features import FeatureLayers
from netledger.audit.understanding.building.maps import MapLayers
from netledger.audit.understanding.building.state import STATE, Built
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from netledger.audit.understanding.pieces import Piece

MOST_PIECES = 20_000


def build(pieces: Iterable[Piece], framework: str = "", *, literal: bool = False, shapes: bool = True) -> Built:
    """Put described layers together.

    ``literal``: a layer reads what it says, whatever the layers above give, and nothing is flattened that does not say
    so (code); without ``shapes`` nothing is propagated but widths (a printout has its own shapes).

    >>> from netledger.audit.understanding.pieces import Piece
    >>> image, fc = Piece("input", 1), Piece("linear", 2, "fc")
    >>> image.in_shape, fc.out = (28, 28), 10
    >>> build([image, fc]).network()["fc"].attributes
    {'out_features': 10, 'in_features': 784}
    """
    return alternatives(pieces, framework, literal=literal, shapes=shapes)[0]


def alternatives(
    pieces: Iterable[Piece], framework: str = "", *, literal: bool = False, shapes: bool = True
) -> list[Built]:
    """As :func:`build`, and beside it the network whose convolutions are padded where the text leaves that open."""
    pieces = list(pieces)
    built = _Builder(framework, same=False, literal=literal, shapes=shapes).run(pieces)
    if literal or not shapes or not built.open_paddings:
        return [built]
    other = _Builder(framework, same=True).run(pieces)
    if built.conflicts and not other.conflicts and len(other.open) <= len(built.open):
        return [other]
    return [built] if other.conflicts or len(other.open) > len(built.open) else [built, other]


class _Builder(MapLayers, FeatureLayers):
    """Puts each piece behind what is above it, by its kind."""

    def run(self, pieces: list[Piece]) -> Built:
        twins = {id(piece.beside) for piece in pieces if piece.beside is not None}
        before: dict[int, list[Any]] = {}
        for piece in pieces[:MOST_PIECES]:
            if id(piece) in twins:
                before[id(piece)] = [getattr(self, name) for name in STATE]
            if piece.beside is not None:
                self._return_to(before.get(id(piece.beside), []))
            if piece.source is not None and piece.kind not in ("concat", "sum"):
                self._restore(piece.source[0] if piece.source else 0)
            self._add(piece)
            if piece.name:
                self.named[piece.name] = (self.width, self.shape)
            if piece.key:
                self.values[piece.key] = [getattr(self, name) for name in STATE]
        return self.built

    def _merge(self, piece: Piece) -> None:
        """Several values made one; or the same layer on another value (``again``)."""
        if piece.kind == "again" or piece.source is None:
            self._join_named(piece)
            return
        shapes, widths = [], []
        for key in piece.source or ():
            self._restore(key)
            shapes.append(self.shape)
            widths.append(self.width)
        maps = self.maps
        self._lose()
        known = [shape for shape in shapes if shape is not None]
        if known and len(known) == len(shapes) and len({len(shape) for shape in known}) == 1:
            at = 0 if len(known[0]) != 2 else 1
            sizes = list(known[0])
            if piece.kind == "concat":
                sizes[at] = sum([shape[at] for shape in known])
            self._show(piece, tuple(sizes))
        elif widths and all(width is not None for width in widths):
            self.width = sum([width or 0 for width in widths]) if piece.kind == "concat" else widths[0]
            self.maps = maps
        elif piece.kind == "sum" and any(widths):
            self.width, self.maps = next(width for width in widths if width), maps

    def _join_named(self, piece: Piece) -> None:
        """The value above beside those of layers that the text names: their channels are added."""
        others = [self.named.get(name, (None, None)) for name in piece.attributes.get("with", ())]
        widths = [self.width, *[width for width, _ in others]]
        shape = self.shape
        alike = shape is not None and all(other is not None and other[1:] == shape[1:] for _, other in others)
        self._lose()
        if piece.out is not None or not others or any(width is None for width in widths):
            self.width = piece.out
            return
        total = sum([width or 0 for width in widths])
        if alike and shape is not None:
            self._show(piece, (total, *shape[1:]))
        else:
            self.width, self.maps = total, True

    def _add(self, piece: Piece) -> None:
        if piece.doubt:
            self._leave(piece, piece.doubt)
            return
        add: Callable[[Piece], None] = self._ruled
        for kinds, adder in (
            (CONVOLUTIONS, self._convolution),
            (POOLS, self._pool),
            (RECURRENT, self._recurrent),
            (NORMS, self._norm),
            (SILENT, self._silent),
            (("input",), self._input),
            (("linear",), self._linear),
            (("flatten",), self._flatten),
            (("gap",), self._gap),
            (("embedding",), self._embedding),
            (("concat", "sum", "again"), self._merge),
            (("keras_attention",), self._keras_attention),
        ):
            if piece.kind in kinds:
                add = adder
        try:
            add(piece)
        except NetledgerError as error:
            self._leave(piece, error.why)

    def _input(self, piece: Piece) -> None:
        self._lose()
        self.raw = piece
        if piece.in_shape is not None and len(piece.in_shape) == 1:
            self.raw = None
            self._start(piece, piece.in_shape)
        elif piece.in_shape is None:
            self.width = piece.reads

    def _silent(self, piece: Piece) -> None:
        if self.shape is not None and piece.kind == "dropout":
            self._put(piece, "dropout", {})

    def _ruled(self, piece: Piece) -> None:
        """A kind of the layers' rules with the rule's own arguments."""
        self._image(2)
        self._put(piece, piece.kind, piece.attributes)
        if self.shape is None:
            self.width = piece.out
