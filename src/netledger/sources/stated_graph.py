"""Readers of graphs that state their shapes: a layer an operator, values by the file's keys, stored tensors apart."""

from __future__ import annotations

from netledger.network import Layer
from netledger.network_builder import NetworkBuilder
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
    from typing import Any

    from netledger.network import Shape, Tensor

    Kind = tuple[str, dict[str, Any]]

_OPEN = Unknown("the file leaves this size open")
_NO_SHAPE = Unknown("the file states no shape for it")
_NOTHING = Unknown("it makes nothing")


def kind_of(name: str, terms: Sequence[Any] | None, why: str | None = None) -> Kind:
    """An operator's kind and attributes: what is contracted by the shapes, nothing, or nobody knows what.

    >>> kind_of("conv", (((("K", 9),),)))[0], kind_of("relu", None), kind_of("mine", None, "no rule")[0]
    ('contraction', ('elementwise', {}), 'operation')
    """
    if terms:
        return "contraction", {"terms": terms}
    if why is not None and terms is None:
        return "operation", {"name": name[:120], "reason": why}
    return "elementwise", {}


def stored_sums(held: Mapping[str, tuple[int, int]], owned: Container[object]) -> dict[str, int]:
    """What a file's constants hold, and how much of it is in no layer's tensors: in ``held`` elements and bytes by the
    storage, in ``owned`` the storages that layers have.

    >>> stored_sums({"w": (6, 24), "shape": (2, 16)}, {"w"})["constant_bytes"]
    16
    """
    rest = [sizes for storage, sizes in held.items() if storage not in owned]
    counts = {"tensors": len(held), "constants": len(rest), "made_elements": 0, "made_bytes": 0}
    for prefix, places in (("", list(held.values())), ("constant_", rest)):
        counts[f"{prefix}elements"] = sum([elements for elements, _ in places])
        counts[f"{prefix}bytes"] = sum([nbytes for _, nbytes in places])
    return counts


class StatedGraph(NetworkBuilder):
    """The layers so far, and our name of each value by the file's own key (a name, a number, a port).

    >>> graph = StatedGraph()
    >>> graph.open_batch([(None, 3, 8, 8)])
    >>> graph.feed("x", "image", graph.sizes((None, 3, 8, 8)))
    >>> graph.step("act", "Relu", kind_of("Relu", None), ["x"], ["y"], output_shapes=[graph.sizes((None, 3, 8, 8))])
    >>> graph.returned(["y"]), graph.layers[1].inputs, graph.layers[1].output_shapes
    (('act',), ('image',), ((1, 3, 8, 8),))
    """

    def __init__(self) -> None:
        super().__init__(batched=True)
        self.assumed: list[str] = []
        self.known: dict[Any, str] = {}
        """Our name of each value."""
        self._batch = False

    def open_batch(self, shapes: Iterable[Iterable[int | None]]) -> None:
        """Where the first size of the inputs is all that their shapes leave open, it is the batch: 1, which is said."""
        if {i for sizes in shapes for i, size in enumerate(sizes) if size is None} == {0}:
            self._batch = True
            self.assumed.append("dimension 0, which the file leaves open, is the batch: 1")

    def sizes(self, stated: Iterable[int | None] | None, missing: Unknown = _NO_SHAPE) -> Shape:
        """A shape as the file states it; sizes left open are Unknown, but for the batch."""
        if stated is None:
            return missing
        return tuple(
            [1 if self._batch and not i and size is None else _OPEN if size is None else size
             for i, size in enumerate(stated)]
        )  # fmt: skip

    def feed(self, key: Hashable, wanted: str, shape: Shape, dtype: str | None = None) -> None:
        """An input of the graph."""
        path = self.known[key] = self.names.take(wanted)
        attributes = {} if isinstance(shape, Unknown) else {"shape": shape}
        self.hold(Layer(path, "input", attributes, (), (path,), dtype=dtype, output_shapes=(shape,)), (shape,))

    def step(
        self, wanted: str, type: str | None, kind: Kind, reads: Sequence[Hashable], makes: Sequence[Hashable],
        tensors: Sequence[Tensor] = (), *, input_shapes: Sequence[Shape] = (), output_shapes: Sequence[Shape] = (),
        neurons: bool = False, dtype: str | None = None,
    ) -> None:  # fmt: skip
        """Append the layer that an operator is; of what it reads, values that nothing here makes are left out."""
        path = self.names.take(wanted)
        values = tuple([path if i == 0 else f"{path}:{i}" for i in range(len(makes))])
        inputs = tuple([self.known[key] for key in reads if key in self.known])
        self.known.update(zip(makes, values, strict=True))
        shapes = tuple(output_shapes) or (_NOTHING,)
        self.hold(
            Layer(
                path, *kind, inputs, values or (path,), tuple(tensors), type=type, input_shapes=tuple(input_shapes),
                output_shapes=shapes, meta={"neurons": True} if neurons else {}, dtype=dtype,
            ),
            shapes,
        )  # fmt: skip

    def returned(self, keys: Iterable[Hashable]) -> tuple[str, ...]:
        """Our names of what the graph gives, each once."""
        return tuple(dict.fromkeys([self.known[key] for key in keys if key in self.known]))
