"""A row of the table: one operation, what it must give, and how each way in writes it."""

from __future__ import annotations

from typing import Any, NamedTuple

Shape = tuple[int, ...]


class Node(NamedTuple):
    """An ONNX node: its operator, the names it reads (``a``, ``b``, … are the row's inputs), what is stored, attributes."""

    op: str
    reads: str
    stored: dict[str, Any]
    attributes: dict[str, Any]
    domain: str = ""
    opset: int = 21
    outputs: str = "y"


def node(op: str, reads: str, stored: dict[str, Any] | None = None, /, **attributes: Any) -> Node:
    domain, opset = attributes.pop("domain", ""), attributes.pop("opset", 21)
    outputs = attributes.pop("outputs", "y")
    return Node(op, reads, stored or {}, attributes, domain, opset, outputs)


class Row(NamedTuple):
    """``macs`` and ``other`` are derivations worked by hand: arithmetic that is evaluated, never taken from a run.

    ``onnx_output`` is the shape that ONNX lays the output out in, where that differs.
    ``batched``: the inputs begin with a batch of 1, which a description leaves out. ``live`` is the source of a module
    or function over ``a``, ``b``, …; ``text`` the body of a prototxt or cfg file by its suffix.
    """

    name: str
    inputs: tuple[Shape, ...]
    output: Shape
    parameters: int
    macs: str
    net: str | None = None
    onnx: Node | None = None
    live: str | None = None
    text: dict[str, str] = {}
    batched: bool = False
    other: str = "0"
    dtypes: str = ""
    flops: bool = True
    onnx_output: Shape = ()


def image(name: str, x: Shape, y: Shape, parameters: int, macs: str, net: str | None = None, onnx: Node | None = None,
          live: str | None = None, **more: Any) -> Row:  # fmt: skip
    """A row of one input with a batch of 1."""
    return Row(name, ((1, *x),), (1, *y), parameters, macs, net, onnx, live, batched=True, **more)
