"""A network put together layer by layer: shapes are inferred at once, so that what cannot be is said at its layer."""

from __future__ import annotations

from netledger.errors import FormatError, NetledgerError
from netledger.layers import apply
from netledger.network import Layer
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.network import Shape, Tensor


class Paths:
    """The paths of a network's layers so far; each is given once, with a number behind ``between`` where it is taken.

    >>> paths = Paths()
    >>> [paths.take("conv") for _ in range(3)], paths.free("relu")
    (['conv', 'conv_2', 'conv_3'], 'relu')
    """

    __slots__ = ("between", "counts", "taken")

    def __init__(self, between: str = "_") -> None:
        self.between = between
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}

    def free(self, wanted: str) -> str:
        """``wanted``, with a number behind it where it is taken."""
        path = wanted
        while path in self.taken:
            self.counts[wanted] = self.counts.get(wanted, 1) + 1
            path = f"{wanted}{self.between}{self.counts[wanted]}"
        return path

    def take(self, wanted: str) -> str:
        """The same, taken from now on."""
        path = self.free(wanted)
        self.taken.add(path)
        return path


class NetworkBuilder:
    """The layers so far, their paths, and the shapes of all values; readers of formats that name layers are such.

    >>> builder = NetworkBuilder()
    >>> builder.append(Layer("image", "input", {"shape": (3, 8, 8)}))
    ((3, 8, 8),)
    >>> builder.append(Layer("conv", "conv2d", {"out_channels": 4, "kernel_size": 3}, ("image",)))
    ((4, 6, 6),)
    >>> builder.append(Layer("conv", "relu", {}, ("conv",)))
    Traceback (most recent call last):
    netledger.errors.FormatError: conv: two layers are called 'conv'
    """

    def __init__(self, batched: bool = False) -> None:
        self.batched = batched
        self.layers: list[Layer] = []
        self.names = Paths()
        self.paths = self.names.taken
        self.shapes: dict[str, Shape] = {}

    def inferred(self, layer: Layer) -> tuple[Shape, ...]:
        """The shapes of a layer's values by its rule, from those of what it reads; none where it is Unknown.

        What the rule raises names the layer.
        """
        if layer.unknown is not None:
            return ()
        missing = Unknown("the input shape is not given")
        inputs = layer.input_shapes or tuple([self.shapes.get(name, missing) for name in layer.inputs])
        try:
            return apply(layer.kind, layer.attributes, inputs, self.batched).outputs
        except NetledgerError as error:
            error.at(item=layer.path)
            raise

    def append(self, layer: Layer) -> tuple[Shape, ...]:
        """Append a layer; the shapes of its values: stated, else inferred, else Unknown.

        A path that another layer has is a ``FormatError``; both that and what the rule raises name the layer.
        """
        if layer.path in self.paths:
            raise FormatError(f"two layers are called '{layer.path}'").at(item=layer.path)
        count = len(layer.outputs)
        missing = layer.unknown or Unknown(f"the output of {layer.type or layer.kind} is not known")
        shapes = layer.output_shapes or (*self.inferred(layer), *(missing,) * count)[:count]
        self.paths.add(layer.path)
        self.hold(layer, shapes)
        return shapes

    def set_aside(self, wanted: str, tensors: Sequence[Tensor]) -> None:
        """A row of the stored tensors that no layer reads; none, no row."""
        if tensors:
            path, unused = self.names.take(wanted), {"used": False}
            self.hold(Layer(path, "tensors", tensors=tuple(tensors), outputs=(), meta=unused, output_shapes=()), ())

    def hold(self, layer: Layer, shapes: Sequence[Shape]) -> None:
        """Append a layer whose path is its own already and whose values' shapes are known: nothing is inferred."""
        self.shapes.update(zip(layer.outputs, shapes, strict=False))
        self.layers.append(layer)
