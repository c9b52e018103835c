"""A layer as a text describes it, before it is known how the layers fit together."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONVOLUTIONS = ("conv", "transposed", "depthwise", "separable", "pointwise")
POOLS = ("pool", "maxpool", "avgpool")
RECURRENT = ("lstm", "gru", "rnn")
NORMS = ("batchnorm", "layernorm", "rmsnorm")
SILENT = ("dropout", "activation")
"""Kinds without sizes that change no shape."""

AXES = {"conv": 2, "transposed": 2, "depthwise": 2, "separable": 2, "pool": 2, "maxpool": 2, "avgpool": 2}


class Piece:
    """One layer of a description.

    ``kind`` is a word of :data:`netledger.audit.words.describing.KINDS`, ``input``, or a kind of the layers' rules that
    a source named itself (then ``attributes`` are the rule's). Sizes that the text leaves open are ``None``; shapes are
    without a batch, ``first`` says whether channels come first in them (``None``: the text does not say).
    """

    __slots__ = (
        "attributes", "axes", "bare", "beside", "bias", "count", "doubt", "first", "groups", "in_shape", "is_branch",
        "is_coded", "is_doubtful", "is_label", "is_worked", "kernel", "key", "kind",
        "line_no", "name", "out", "out_shape", "padding", "reads", "source", "stride", "vectors",
    )  # fmt: skip

    def __init__(self, kind: str, line_no: int, name: str = "") -> None:
        self.kind, self.line_no, self.name = kind, line_no, name
        self.out: int | None = None
        self.reads: int | None = None
        self.kernel: tuple[int, ...] | None = None
        self.stride: int | tuple[int, ...] | None = None
        self.padding: Any = None
        self.groups: int | None = None
        self.bias: bool | None = None
        self.axes = AXES.get(kind, 0)
        self.in_shape: tuple[int, ...] | None = None
        self.out_shape: tuple[int, ...] | None = None
        self.first: bool | None = None
        self.vectors: int | None = None
        self.attributes: dict[str, Any] = {}
        self.doubt = ""
        self.bare: int | None = None
        """A number behind a colon that may be its units or its count."""
        self.count: int | None = None
        """A number behind a norm that is how many parameters it has."""
        self.beside: Piece | None = None
        """The layer that reads the same as this one, and does not stand above it."""
        self.is_branch = False
        """Whether it stands beside the layers above, and reads what they read."""
        self.is_coded = False
        """Whether its name says its sizes: ``CONV3-64``."""
        self.is_doubtful = False
        """Whether its clause has numbers that it does not hold."""
        self.is_label = False
        """Whether it is what stands before a calculation."""
        self.is_worked = False
        """Whether its sizes are those of its own calculation."""
        self.key = 0
        """The value that it makes, where code applies layers to values."""
        self.source: tuple[int, ...] | None = None
        """The values that it reads; ``None``: what the layer above makes."""

    def __repr__(self) -> str:
        known = [f"{name}={getattr(self, name)!r}" for name in sorted(self.__slots__) if getattr(self, name)]
        return f"<{' '.join(known)}>"

    def copy(self) -> Piece:
        """The same layer once more."""
        again = Piece(self.kind, self.line_no, "")
        for name in self.__slots__:
            setattr(again, name, getattr(self, name))
        again.attributes = dict(self.attributes)
        again.name = ""
        return again

    def says(self) -> bool:
        """Whether the text gives it any size at all."""
        sizes = (self.out, self.reads, self.kernel, self.in_shape, self.out_shape)
        return any(size is not None for size in sizes) or bool(self.attributes)
