"""Readers of graphs that state few shapes: values by the file's names, a layer a step, shapes inferred on the way."""

from __future__ import annotations

from netledger.errors import FormatError, NetledgerError, UsageError
from netledger.layers.products import broadcast
from netledger.network import Layer
from netledger.network_builder import NetworkBuilder
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from netledger.layers.products import Flat
    from netledger.network import Shape, Tensor


class Step:
    """What a node is in our terms: a kind with its attributes, tensors, and shapes where no rule gives them."""

    __slots__ = ("attributes", "input_shapes", "kind", "neurons", "output_shapes", "tensors", "unknown")

    def __init__(
        self, kind: str = "elementwise", attributes: Mapping[str, Any] | None = None, tensors: Sequence[Tensor] = (),
        *, output_shapes: Sequence[Shape] | None = None, input_shapes: Sequence[Shape] | None = None,
        unknown: str | None = None, neurons: bool = False,
    ) -> None:  # fmt: skip
        self.kind, self.attributes, self.tensors = kind, dict(attributes or {}), tuple(tensors)
        self.output_shapes, self.input_shapes, self.unknown, self.neurons = (
            output_shapes,
            input_shapes,
            unknown,
            neurons,
        )

    @classmethod
    def multiplies(
        cls, terms: Sequence[Flat], tensors: Sequence[Tensor], shapes: Sequence[Shape], neurons: bool = False
    ) -> Step:
        """An operation that multiplies and accumulates these products, and makes values of these shapes."""
        kind = "contraction" if terms else "elementwise"
        attributes = {"terms": tuple(terms)} if terms else {}
        return cls(kind, attributes, tensors, output_shapes=tuple(shapes), neurons=neurons)


class GraphBuilder(NetworkBuilder):
    """The layers so far, and which of our values each value of the file is.

    ``given`` are the shapes that a person gave to its inputs (``""``: the only one).

    >>> graph = GraphBuilder()
    >>> graph.feed("data", (3, 8, 8))
    >>> graph.step("c", "Conv", Step("conv2d", {"out_channels": 4, "kernel_size": 3}), ["data"], ["c:out"])
    >>> graph.shape("c:out")
    (4, 6, 6)
    """

    def __init__(self, batched: bool = False, given: Mapping[str, Shape] | None = None) -> None:
        super().__init__(batched)
        self.values: dict[str, str] = {}
        self.given = dict(given or {})
        self.fed: list[str] = []

    def feed(self, name: str, shape: Shape | None, dtype: str | None = None) -> None:
        """An input of the graph; what the command line gives replaces what the file says."""
        self.fed.append(name)
        if name in self.given:
            shape = self.given[name]
        elif "" in self.given:
            shape = self.given.pop("")
        if shape is None:
            shape = Unknown("the file states no shape for its input: give it with --input")
        path = self.names.free(name or "input")
        self.append(Layer(path, "input", {"shape": shape}, dtype=dtype))
        self.values[name] = path

    def check_given(self) -> None:
        """Every ``--input`` was heard: one that names no input is an error."""
        for name in self.given:
            if name not in self.fed:
                known = ", ".join([f"'{one[:60]}'" for one in self.fed[:8]]) or "none"
                raise UsageError(f"--input: '{name[:60]}' is no input; the network's inputs: {known}")

    def shape(self, name: str) -> Shape:
        """The shape of a value by the file's name; what no node made is a ``FormatError``."""
        return self.shapes[self.value(name)]

    def value(self, name: str) -> str:
        """Our name of a value."""
        if name not in self.values:
            raise FormatError(f"value '{name[:60]}' is not made above")
        return self.values[name]

    def together(self, names: Sequence[str]) -> Shape:
        """The shape of several values broadcast."""
        return broadcast(*[self.shape(name) for name in names]) if names else Unknown("it reads nothing")

    def step(self, name: str, type: str, step: Step, reads: Sequence[str], makes: Sequence[str]) -> None:
        """Append the layer that a node is; ``makes`` are the file's names of its values."""
        path = self.names.free(name or type or "layer")
        outputs = (path,) if len(makes) < 2 else tuple([f"{path}:{i}" for i in range(len(makes))])
        shapes = None if step.output_shapes is None else tuple(step.output_shapes)[: len(outputs)]
        if shapes is not None and len(shapes) < len(outputs):
            shapes = (*shapes, *(Unknown(f"the output of {type[:60]} is not known"),) * (len(outputs) - len(shapes)))
        unknown = None if step.unknown is None else Unknown(step.unknown)
        try:
            self.append(
                Layer(
                    path, step.kind, step.attributes, tuple([self.value(one) for one in reads]), outputs, step.tensors,
                    output_shapes=shapes, unknown=unknown, type=type[:120],
                    input_shapes=None if step.input_shapes is None else tuple(step.input_shapes),
                    meta={"neurons": True} if step.neurons else {},
                )
            )  # fmt: skip
        except NetledgerError as error:
            error.at(item=path[:120])
            raise
        self.values.update(zip(makes, outputs, strict=False))
