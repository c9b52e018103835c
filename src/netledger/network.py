"""What a network *is*: layers with attributes, inputs and tensors. Pure data; no framework, no rule, no count.

Every source makes a :class:`Network`; everything else reads one. A layer's *values* (what it computes) have names, and
other layers read them by name, so that branches, several outputs and several inputs need nothing special.
"""

from __future__ import annotations

from netledger.errors import NotFoundError, UsageError, nearest
from netledger.printable import printable
from netledger.records import Record, Rolled, Unrolling, become
from netledger.unknown import Count, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
    from operator import attrgetter
    from typing import Any

    Dim = int | Unknown
    Shape = tuple[Dim, ...] | Unknown
    """Sizes without names; ``Unknown`` where not even the rank is known."""
else:
    from _operator import attrgetter  # ``operator``'s half in C: the other is half a millisecond of a short command

__all__ = ["LEARNED_ROLES", "Count", "Layer", "Network", "Tensor", "Unknown"]

LEARNED_ROLES = frozenset(("weight", "bias", "parameter"))
"""Roles that are parameters. Others: ``running_statistic``, ``buffer``, ``constant``, ``scale`` and ``zero_point`` of
a quantised weight, ``state`` of an optimizer."""


class Tensor(Record, many=True):
    """One stored array of a layer.

    ``name`` is the full name its source gives it (``features.0.weight``), ``storage`` the identity of the memory it
    lives in (two tensors with one storage are tied; ``None`` = its own). ``elements`` are the *logical* values where
    packing makes them differ from the product of ``shape``; ``nbytes`` the stored bytes where the dtype does not tell.
    """

    __slots__ = ("name", "role", "shape", "dtype", "trainable", "storage", "elements", "nbytes")
    name: str
    role: str
    shape: tuple[Dim, ...]
    dtype: str
    trainable: bool
    storage: str | None
    elements: int | Unknown | None
    nbytes: int | Unknown | None

    def __init__(
        self,
        name: str,
        role: str,
        shape: tuple[Dim, ...],
        dtype: str = "float32",
        trainable: bool = True,
        storage: str | None = None,
        elements: int | Unknown | None = None,
        nbytes: int | Unknown | None = None,
    ) -> None:
        kind = type(self)
        become(self, kind.Draft)
        self.name, self.role, self.shape, self.dtype = name, role, shape, dtype
        self.trainable, self.storage, self.elements, self.nbytes = trainable, storage, elements, nbytes
        become(self, kind)

    @property
    def learned(self) -> bool:
        """Whether it counts as parameters."""
        return self.role in LEARNED_ROLES

    @property
    def count(self) -> int | Unknown:
        """Its logical number of values."""
        return elements_of(self.shape) if self.elements is None else self.elements

    @property
    def bytes(self) -> int | Unknown:
        """The bytes it takes where it is stored."""
        if self.nbytes is not None:
            return self.nbytes
        from netledger.dtypes import BITS, bytes_of

        elements = elements_of(self.shape)
        if isinstance(elements, Unknown):
            return elements
        if self.dtype not in BITS:
            return Unknown(f"element type '{self.dtype}' has no known size")
        return bytes_of(elements, self.dtype)


likeness: attrgetter[tuple[Hashable, ...]] = attrgetter("role", "shape", "dtype", "trainable", "elements", "nbytes")
"""All of a tensor but its name and its storage: what decides how it is counted. Asked of each of very many."""


class Layer(Record, many=True):
    """One operation of a network.

    - ``path``: its name in the tree (``encoder.layer.0.query``), unique in the network.
    - ``kind``: what it does (``conv2d``), a name known to ``netledger.layers``; or the source's own name, then Unknown.
    - ``attributes``: the rule's arguments by name (``out_channels``, ``kernel_size``); hashable values only.
    - ``inputs`` / ``outputs``: names of the values it reads and computes.
    - ``tensors``: what is really stored for it, where the source has any: the second entry of the books.
    - ``share``: path of an earlier layer whose tensors of the same name it uses (tied storage).
    - ``input_shapes`` / ``output_shapes``: shapes the source itself states or observed; ``None`` where it does not.
    - ``type``: what its source calls it (``torch.nn.modules.conv.Conv2d``, ``Gemm``).
    - ``unknown``: why it cannot be counted, where the source knows that.
    - ``meta``: what else the source says (``device``, ``initial``, ``used``, ``comment``); ``part``: its outputs are
      summed into neurons that another layer counts; ``neurons``: its outputs are neurons, whatever its
      kind. Never needed for parameters or MACs.
    """

    __slots__ = (
        "path", "kind", "attributes", "inputs", "outputs", "tensors", "trainable", "dtype", "share",
        "input_shapes", "output_shapes", "type", "unknown", "meta",
    )  # fmt: skip
    path: str
    kind: str
    attributes: Mapping[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    tensors: tuple[Tensor, ...]
    trainable: bool
    dtype: str | None
    share: str | None
    input_shapes: tuple[Shape, ...] | None
    output_shapes: tuple[Shape, ...] | None
    type: str | None
    unknown: Unknown | None
    meta: Mapping[str, Any]

    def __init__(
        self,
        path: str,
        kind: str,
        attributes: Mapping[str, Any] | None = None,
        inputs: tuple[str, ...] = (),
        outputs: tuple[str, ...] | None = None,
        tensors: tuple[Tensor, ...] = (),
        trainable: bool = True,
        dtype: str | None = None,
        share: str | None = None,
        input_shapes: tuple[Shape, ...] | None = None,
        output_shapes: tuple[Shape, ...] | None = None,
        type: str | None = None,
        unknown: Unknown | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        layer = self.__class__
        become(self, layer.Draft)
        self.path, self.kind, self.attributes = path, kind, {} if attributes is None else attributes
        self.inputs, self.outputs, self.tensors = inputs, (path,) if outputs is None else outputs, tensors
        self.trainable, self.dtype, self.share, self.type = trainable, dtype, share, type
        self.input_shapes, self.output_shapes = input_shapes, output_shapes
        self.unknown, self.meta = unknown, {} if meta is None else meta
        become(self, layer)

    def __hash__(self) -> int:
        return hash((self.path, self.kind))


class Run(Record):
    """Layers of so many turns of a loop, each like the first but for its number.

    ``items`` are those of the first turn, ``make`` gives those of another number. In every path the number stands
    behind ``prefix``.
    """

    __slots__ = ("items", "times", "prefix", "first", "make")
    items: tuple[Layer, ...]
    times: int
    prefix: str
    first: int
    make: Callable[[int], Sequence[Layer]]

    def __init__(
        self, items: tuple[Layer, ...], times: int, prefix: str, first: int, make: Callable[[int], Sequence[Layer]]
    ) -> None:
        self._fill(items, times, prefix, first, make)

    def unrolled(self) -> Iterator[Layer]:
        """The layers of all its turns."""
        yield from self.items
        for number in range(self.first + 1, self.first + self.times):
            yield from self.make(number)

    def holds(self, path: str) -> bool:
        """Whether one of its layers has this path."""
        rest = path.removeprefix(self.prefix)
        digits = len(rest) - len(rest.lstrip("0123456789"))
        if not digits or digits > 15 or not path.startswith(self.prefix) or rest[0] == "0":
            return False
        its_own = self.first <= int(rest[:digits]) < self.first + self.times
        return its_own and f"{self.prefix}{self.first}{rest[digits:]}" in [layer.path for layer in self.items]


class Network(Unrolling):
    """A named network: its layers in an order in which every value is computed before it is read.

    ``batched`` says whether shapes carry a leading batch dimension (files and live models do, descriptions do not).
    ``published`` holds what was claimed of it (``{"parameters": 60_000_000}``), ``assumed`` what the source leaves to
    the data and was taken from its documented default, ``outputs`` the names of the values it returns (all that
    nobody reads, where empty).

    >>> image = Layer("image", "input", {"shape": (8,)})
    >>> net = Network("tiny", (image, Layer("fc", "linear", {"out_features": 2}, ("image",))))
    >>> net["fc"].kind
    'linear'
    """

    __slots__ = (
        "name", "layers", "title", "source", "published", "notes", "batched", "dtype", "assumed", "outputs", "meta",
    )  # fmt: skip
    name: str
    layers: tuple[Layer, ...]
    LATER = "layers"
    title: str | None
    source: str | None
    published: Mapping[str, Any]
    notes: tuple[str, ...]
    batched: bool
    dtype: str
    assumed: tuple[str, ...]
    outputs: tuple[str, ...]
    meta: Mapping[str, Any]

    def __init__(
        self,
        name: str,
        layers: Sequence[Layer] | Rolled = (),
        title: str | None = None,
        source: str | None = None,
        published: Mapping[str, Any] | None = None,
        notes: tuple[str, ...] = (),
        batched: bool = False,
        dtype: str = "float32",
        assumed: tuple[str, ...] = (),
        outputs: tuple[str, ...] = (),
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        known = () if isinstance(layers, Rolled) else tuple(layers)
        self._fill(name, known, title, source, published or {}, notes, batched, dtype, assumed, outputs, meta or {})
        self._roll(layers)

    def __repr__(self) -> str:
        return f"<Network {printable(self.name)}: {len(self.layers):,} layers>"

    def _repr_html_(self) -> str:
        books = __import__("netledger.ledger", fromlist=["keep_books"]).keep_books(self)
        html: str = books._repr_html_()
        return html

    def __hash__(self) -> int:
        return hash((self.name, len(self.layers)))

    def __getitem__(self, path: str) -> Layer:
        for layer in self.layers:
            if layer.path == path:
                return layer
        raise NotFoundError(f"no layer '{path}'", near=nearest(path, [layer.path for layer in self.layers]))

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    @property
    def tensors(self) -> Iterator[Tensor]:
        """Every stored tensor, layer by layer."""
        for layer in self.layers:
            yield from layer.tensors

    def inputs(self) -> tuple[Layer, ...]:
        """The layers of kind ``input``."""
        return tuple([layer for layer, _ in self.weighed() if layer.kind == "input"])

    def results(self) -> tuple[str, ...]:
        """Names of the values the network returns: as stated, else those that no layer reads."""
        if self.outputs:
            return self.outputs
        read = {name for layer in self.layers for name in layer.inputs}
        return tuple([name for layer in self.layers for name in layer.outputs if name not in read])

    def with_input(self, shape: Shape, name: str | None = None) -> Network:
        """The same network fed another shape (of the named input, or its only one): every other shape is derived anew.

        Raises ``NotFoundError`` for an input that it does not have, and ``UsageError`` where its layers were recorded
        while a model ran: such a description states what each layer was fed, not what it reads, so that another
        input's shapes cannot be derived.
        """
        inputs = self.inputs()
        wanted = name if name is not None else (inputs[0].path if inputs else "")
        fed = next((layer for layer in inputs if layer.path == wanted), None)
        if fed is None:
            known = tuple([layer.path for layer in inputs])
            raise NotFoundError(f"no input '{wanted}'" if known and name else "this network names no input", near=known)
        if fed.attributes.get("shape") == shape:
            return self
        recorded = next((layer.path for layer in self.layers if layer.input_shapes), None)
        if recorded is not None:
            raise UsageError(
                f"another input shape cannot be derived: the shapes of '{recorded}' were recorded while the model ran",
                hint="count the model itself with another --input",
            )
        return self.replace(
            layers=tuple(
                [
                    layer.replace(attributes={**layer.attributes, "shape": shape}, output_shapes=None)
                    if layer is fed
                    else layer
                    if layer.output_shapes is None
                    else layer.replace(output_shapes=None)
                    for layer in self.layers
                ]
            )
        )


def elements_of(shape: Sequence[Dim]) -> int | Unknown:
    """The product of a shape's sizes; 1 for a scalar, 0 where any size is 0, Unknown where one is not known.

    >>> elements_of((256, 48, 5, 5))
    307200
    """
    product, unknown = 1, None
    alone = True
    for size in shape:
        if not isinstance(size, Unknown):
            product *= size
        elif unknown is None:
            unknown = size
        else:
            alone = False
    if unknown is None or not product:
        return product
    return unknown if alone and product == 1 else Unknown(unknown.reason)  # a multiple is another size
