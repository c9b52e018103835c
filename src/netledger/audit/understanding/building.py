"""Layers as a text describes them → an ordinary network: sizes propagated by the layers' own rules.

What the layers above give counts more than a size that the text states beside it; what a text leaves open is taken from
the usual default and listed. A layer whose sizes stay open is left out, and the network is then not the whole.
"""

from __future__ import annotations

from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT
from netledger.audit.understanding.shapes import as_first, by, channels_first, convolution_kind, same, separated
from netledger.errors import NetledgerError
from netledger.layers import apply
from netledger.limits import MAX_DIMENSION
from netledger.network import Layer, Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from netledger.audit.understanding.pieces import Piece

MOST_PIECES = 20_000
_NAMES = {"linear": "dense", "maxpool": "pool", "avgpool": "pool", "gap": "pool", "transposed": "upconv"}
"""What a layer is called that the text gives no name."""
_KEPT = (*SILENT, "flatten", "gap", "batchnorm", "layernorm", "rmsnorm", "scale")


class Built:
    """What came of a description: ``network``, ``places`` (layer → line), ``assumed``, and what stayed open."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.places: dict[str, int] = {}
        self.assumed: list[str] = []
        self.open: list[str] = []
        self.conflicts: list[str] = []
        self.open_paddings = 0

    @property
    def weighted(self) -> int:
        """How many layers have parameters."""
        return sum(1 for layer in self.layers if layer.kind in _WEIGHTED)

    def network(self, name: str = "described") -> Network:
        """As a network whose ``assumed`` say what the text leaves open."""
        title = "the network that the text describes"
        return Network(name, tuple(self.layers), title=title, assumed=tuple(dict.fromkeys(self.assumed)))


_LINES = ("conv1d", "max_pool1d", "avg_pool1d", "conv_transpose1d")
"""Kinds after which a shape of two sizes is channels and steps; after others it is steps and features."""
_WEIGHTED = frozenset(
    "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d separable_conv2d batch_norm "
    "layer_norm rms_norm "
    "group_norm embedding lstm gru rnn multihead_attention bilinear parameter lora".split()
)


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


class _Builder:
    """The state of one building: the shape and width so far, the value that the next layer reads."""

    def __init__(self, framework: str, *, same: bool, literal: bool = False, shapes: bool = True) -> None:
        self.framework, self.same, self.literal, self.shapes = framework, same, literal, shapes
        self.shape: tuple[int, ...] | None = None
        self.raw: Piece | None = None
        self.width: int | None = None
        self.above: str | None = None
        self.sure = True
        self.steps: int | None = None
        """How many steps the sequence above has, where an embedding says it."""
        self.maps = False
        """Whether the width above is that of maps whose sizes are not known."""
        self.built = Built()
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}

    def run(self, pieces: list[Piece]) -> Built:
        for piece in pieces[:MOST_PIECES]:
            self._add(piece)
        return self.built

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
        ):
            if piece.kind in kinds:
                add = adder
        try:
            add(piece)
        except NetledgerError as error:
            self._leave(piece, error.why)

    def _leave(self, piece: Piece, why: str) -> None:
        """A layer that cannot be made: what it gives is known at most by what the text says."""
        self.built.open.append(f"{self._plain_name(piece)}: {why}")
        self.taken.add(piece.name)
        self._lose()
        shape = as_first(piece, piece.axes) if piece.axes else None
        if shape is not None and self.shapes:
            self._show(piece, shape)
        elif piece.out is not None:
            self.width, self.maps = piece.out, piece.kind in CONVOLUTIONS

    def _lose(self) -> None:
        self.shape, self.raw, self.width, self.above, self.sure, self.maps = None, None, None, None, True, False

    def _gain(self, shape: tuple[int, ...]) -> None:
        self.shape, self.width = shape, shape[0] if len(shape) in (1, 3, 4) else shape[-1]

    # ---------------------------------------------------------------------- naming and placing

    def _plain_name(self, piece: Piece) -> str:
        return piece.name or _NAMES.get(piece.kind, piece.kind)

    def _path(self, piece: Piece) -> str:
        name = piece.name
        if not name:
            stem = _NAMES.get(piece.kind, piece.kind)
            while not name or name in self.taken:
                self.counts[stem] = self.counts.get(stem, 0) + 1
                name = f"{stem}{self.counts[stem]}"
        path, number = name, 2
        while path in self.taken:
            path, number = f"{name}_{number}", number + 1
        self.taken.add(path)
        return path

    def _put(self, piece: Piece, kind: str, attributes: dict[str, Any], path: str = "") -> None:
        """Place a layer and work out the shape it makes."""
        reads: tuple[Any, ...] = (self.shape,) if self.shape is not None else ()
        effect = apply(kind, attributes, reads)
        if not self.shapes:
            self._put_alone(piece, kind, attributes, path)
            return
        path = path or self._path(piece)
        inputs = (self.above,) if self.above is not None and self.shape is not None else ()
        self.built.layers.append(Layer(path, kind, attributes, inputs))
        self.built.places[path] = piece.line_no
        self.above = path
        out = effect.outputs[0] if effect.outputs else None
        sizes = tuple([size for size in out if isinstance(size, int)]) if isinstance(out, tuple) else ()
        if isinstance(out, tuple) and out and len(sizes) == len(out):
            self._gain(sizes)
            if kind in _LINES:
                self.width = sizes[0]
        else:
            self.shape = None

    def _put_alone(self, piece: Piece, kind: str, attributes: dict[str, Any], path: str) -> None:
        """A layer of a printout: its shape is the one printed."""
        path = path or self._path(piece)
        printed = piece.out_shape
        if printed is not None and not piece.first and len(printed) > 2:
            printed = channels_first(printed)
        self.built.layers.append(
            Layer(path, kind, attributes, output_shapes=(printed,) if printed is not None else None)
        )
        self.built.places[path] = piece.line_no

    def _image(self, axes: int) -> None:
        """Read the stated input as channels and ``axes`` sides."""
        if self.raw is None:
            return
        piece, self.raw = self.raw, None
        sizes = piece.in_shape or ()
        channels = piece.reads
        if len(sizes) == axes + 1:
            first = (
                piece.first
                if piece.first is not None
                else (axes > 1 and sizes[0] in (1, 3) and sizes[-1] not in (1, 3, 4))
            )
            shape = sizes if first else channels_first(sizes)
        elif len(sizes) == axes and channels is not None:
            shape = (channels, *sizes)
        elif len(sizes) == axes and axes == 2 and self.first_reads in (None, 1) and self.first_kind == "conv":
            return
        else:
            self.width = channels
            return
        self._start(piece, shape)

    first_reads: int | None = None
    first_kind = ""

    def _start(self, piece: Piece, shape: tuple[int, ...]) -> None:
        path = self._path(piece) if piece.name else self._path_of("input")
        self.built.layers.append(Layer(path, "input", {"shape": shape}))
        self.built.places[path] = piece.line_no
        self.above = path
        self._gain(shape)

    def _path_of(self, stem: str) -> str:
        path, number = stem, 2
        while path in self.taken:
            path, number = f"{stem}_{number}", number + 1
        self.taken.add(path)
        return path

    def _stated(self, piece: Piece, reads: int | None, what: str) -> int | None:
        """What a layer reads: what the layers above give, or else what the text says."""
        if reads is None or piece.reads is None or reads == piece.reads:
            return piece.reads if reads is None else reads
        if self.literal and self.shape is None:
            self._lose()
            return piece.reads
        self.built.conflicts.append(
            f"{self._plain_name(piece)}: {piece.reads:,} {what} stated, the layers above give {reads:,}"
        )
        if self.sure and (self.shape is not None or piece.kind == "linear") and not self.literal:
            return reads
        self._lose()
        return piece.reads

    # ---------------------------------------------------------------------- one kind each

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

    def _convolution(self, piece: Piece) -> None:
        axes = piece.axes or 2
        if self.raw is not None:
            self.first_reads, self.first_kind = piece.reads, "conv"
            if self.raw.reads is None and piece.reads is not None:
                self.raw.reads = piece.reads
            self._image(axes)
        if self.shape is not None and len(self.shape) != axes + 1:
            self._relax(axes)
        if self.shape is None and piece.in_shape is not None and len(piece.in_shape) == axes and piece.reads:
            self._start(piece.copy(), (piece.reads, *piece.in_shape))
            self.width = piece.reads
        reads = self._stated(piece, self.width, "channels")
        shape = as_first(piece, axes)
        out = piece.out if piece.out is not None else (shape[0] if shape else None)
        kernel = piece.kernel
        if piece.kind == "depthwise" and reads is not None:
            out, piece.groups = out or reads, reads
        if kernel is None and shape is not None and self.shape is not None:
            kernel = self._kernel(piece, shape, axes)
        missing = [
            word for word, value in (("channels in", reads), ("filters", out), ("kernel", kernel)) if value is None
        ]
        if missing:
            piece.out = out
            self._leave(piece, f"the text does not say its {' and '.join(missing)}")
            return
        assert reads is not None
        assert out is not None
        assert kernel is not None
        attributes: dict[str, Any] = {"out_channels": out, "kernel_size": kernel * axes if len(kernel) == 1 else kernel}
        attributes["in_channels"] = reads
        if len(attributes["kernel_size"]) != axes:
            self._leave(piece, "its kernel does not fit")
            return
        if piece.stride not in (None, 1):
            attributes["stride"] = piece.stride
        if piece.groups not in (None, 1) and piece.kind != "separable":
            attributes["groups"] = piece.groups
        if piece.bias is False:
            attributes["bias"] = False
        attributes.update(piece.attributes)
        self._with_padding(piece, attributes, shape, axes)
        self._put(piece, convolution_kind(piece.kind, axes), separated(piece, attributes))
        self._compare(piece, shape)
        if self.shape is None:
            self.width, self.maps = out, True

    def _relax(self, axes: int) -> None:
        """A convolution over something that is no picture: nothing is known of what it reads."""
        if axes == 1 and self.shape is None and self.width is not None:
            return
        self._lose()

    def _kernel(self, piece: Piece, shape: tuple[int, ...], axes: int) -> tuple[int, ...] | None:
        """The kernel that an unpadded step of one needs between two shapes; nothing where it stays open."""
        assert self.shape is not None
        if piece.stride not in (None, 1) or len(shape) != axes + 1:
            return None
        sides = tuple([before - after + 1 for before, after in zip(self.shape[1:], shape[1:], strict=True)])
        if min(sides) < 2 or max(sides) > 15:
            return None
        self.built.assumed.append(
            f"{self._plain_name(piece)}: a kernel of {by(sides)}, without padding, from the shapes"
        )
        return sides

    def _with_padding(self, piece: Piece, attributes: dict[str, Any], shape: tuple[int, ...] | None, axes: int) -> None:
        if piece.kind == "transposed":
            if piece.padding is not None and piece.padding not in ("same", "valid"):
                attributes["padding"] = piece.padding
            elif self.shape is not None and piece.padding is None:
                self.shape = None
            return
        if piece.padding is None:
            attributes.update(self._open_padding(piece, attributes, shape, axes))
        elif piece.padding == "same":
            attributes.update(same(attributes, self.shape))
        elif piece.padding not in ("valid", 0):
            attributes["padding"] = piece.padding

    def _open_padding(
        self, piece: Piece, attributes: dict[str, Any], shape: tuple[int, ...] | None, axes: int
    ) -> dict[str, Any]:
        """A padding that the text leaves open: the one that gives the stated shape, else none."""
        name = self._plain_name(piece)
        kind = convolution_kind(piece.kind, axes)
        if shape is not None and self.shape is not None and piece.kind in ("conv", "depthwise"):
            for padding in ({}, same(attributes, self.shape), *({"padding": n} for n in (1, 2, 3))):
                effect = apply(kind, {**attributes, **padding}, (self.shape,))
                if effect.outputs and effect.outputs[0] == shape:
                    if padding:
                        self.built.assumed.append(f"{name}: padded so that its output is {by(shape)}")
                    return padding
            self.sure = False
        elif self.shape is not None:
            self.sure = False
            self.built.open_paddings += any(side > 1 for side in attributes["kernel_size"])
            if self.same:
                self.built.assumed.append(f"{name}: padded so that the size stays")
                return same(attributes, self.shape)
            self.built.assumed.append(f"{name}: no padding")
        return {}

    def _compare(self, piece: Piece, shape: tuple[int, ...] | None) -> None:
        """A stated shape: it fills what is open; a contradiction is kept in mind, and the layers' own shape stands."""
        if shape is None or not self.shapes:
            return
        if self.shape is None:
            self._show(piece, shape)
        elif self.shape != shape:
            stated, ours = by(shape), by(self.shape)
            self.built.conflicts.append(f"{self._plain_name(piece)}: {stated} stated, its sizes give {ours}")
            self.shape, self.above, self.maps = None, None, True

    def _show(self, piece: Piece, shape: tuple[int, ...]) -> None:
        """Go on from a shape that the text states."""
        path = self._path_of(f"{self._plain_name(piece)}_output")
        self.built.layers.append(Layer(path, "input", {"shape": shape}))
        self.above, self.maps = path, False
        self._gain(shape)

    def _pool(self, piece: Piece) -> None:
        axes = piece.axes or 2
        self._image(axes)
        if self.shape is None:
            return
        if len(self.shape) != axes + 1:
            axes = len(self.shape) - 1
        if axes not in (1, 2, 3):
            return
        shape = as_first(piece, axes)
        attributes = self._pooling(piece, shape, axes)
        how = "avg" if piece.kind == "avgpool" else "max"
        if axes == 1 and self.built.layers[-1].kind not in _LINES:
            self.shape = None
            return
        self._put(piece, f"{how}_pool{axes}d", attributes)
        self._compare(piece, shape)

    def _pooling(self, piece: Piece, shape: tuple[int, ...] | None, axes: int) -> dict[str, Any]:
        kernel: Any = piece.kernel
        if kernel is None:
            kernel = (piece.stride,) if isinstance(piece.stride, int) else (2,)
            if shape is not None and self.shape is not None and shape[-1] and self.shape[-1] // shape[-1] > 1:
                kernel = (self.shape[-1] // shape[-1],)
            elif piece.stride is None:
                self.sure = False
                self.built.assumed.append(f"{self._plain_name(piece)}: pools 2 by 2")
        attributes: dict[str, Any] = {"kernel_size": kernel[0] if len(kernel) == 1 else kernel}
        if piece.stride is not None and piece.stride != attributes["kernel_size"]:
            attributes["stride"] = piece.stride
        if piece.padding not in (None, "valid", "same", 0):
            attributes["padding"] = piece.padding
        elif piece.padding == "same":
            attributes["ceil_mode"] = True
        attributes.update(piece.attributes)
        if shape is None or self.shape is None:
            return attributes
        for more in ({}, {"ceil_mode": True}, {"padding": 1}):
            effect = apply(f"max_pool{axes}d", {**attributes, **more}, (self.shape,))
            if effect.outputs and effect.outputs[0] == shape:
                return {**attributes, **more}
        return attributes

    def _gap(self, piece: Piece) -> None:
        self._image(2)
        size: Any = piece.attributes.get("output_size", 1)
        if self.shape is not None and len(self.shape) == 3:
            if size == 1 and self.framework == "keras":
                self.shape = (self.shape[0],)
                self._break()
            else:
                self._put(piece, "adaptive_avg_pool2d", {"output_size": size})
        elif size == 1:
            self.maps = False

    def _break(self) -> None:
        """The value above has another form than the books know: the next layer states what it reads."""
        self.shape, self.above = None, None

    def _flatten(self, piece: Piece) -> None:
        self._image(2)
        if self.shape is not None:
            self._put(piece, "flatten", {})
            if piece.out is not None and self.shape is not None and self.shape != (piece.out,):
                self.built.conflicts.append(f"flatten: {piece.out:,} stated, the layers above give {self.shape[0]:,}")
                if not self.sure:
                    self._lose()
                    self.width = piece.out
        elif piece.out is not None:
            self.width, self.maps = piece.out, False
        elif self.steps is not None and self.width is not None:
            self.width, self.steps, self.maps = self.width * self.steps, None, False
        elif self.maps:
            self.width, self.maps = None, False

    def _linear(self, piece: Piece) -> None:
        table = piece.attributes.get("tied")
        if table is not None:  # the tensor of an embedding: it adds none of its own
            path = self._path(piece)
            self.built.layers.append(Layer(path, "identity", meta={"tied": table}, type="tied"))
            self.built.places[path] = piece.line_no
            self._lose()
            if piece.bias is not False:
                self.built.open.append(f"{path}: its biases beside the shared tensor")
            return
        flat = self.width
        if self.raw is not None:
            sizes, raw = self.raw.in_shape or (), self.raw
            self.raw = None
            if len(sizes) == 2 and raw.reads is not None:
                sizes = (*sizes, raw.reads)
            product = 1
            for size in sizes:
                product *= size
            flat = product
            if product > MAX_DIMENSION:
                self._lose()
                return
            self._start(raw, (product,))
        elif self.literal and self.shape is not None and len(self.shape) > 2:
            self._break()
        elif self.shape is not None and (len(self.shape) > 2 or self.built.layers[-1].kind in _LINES):
            self._put(piece, "flatten", {}, self._path_of("flatten"))
            flat = self.width
        elif self.maps and not self.literal:
            flat = None
        reads = self._stated(piece, flat, "inputs")
        out = piece.out
        if out is None or reads is None:
            missing = "units" if out is None else "inputs"
            self._leave(piece, f"the text does not say its {missing}")
            return
        if self.shape is not None and self.shape[-1] != reads:
            self._break()
        attributes: dict[str, Any] = {"out_features": out, "in_features": reads}
        if piece.bias is False:
            attributes["bias"] = False
        self._put(piece, "linear", attributes)
        self.maps = False
        if self.shape is None:
            self.width = out

    def _recurrent(self, piece: Piece) -> None:
        sequence = None
        if self.raw is not None:
            sizes, self.raw = self.raw.in_shape or (), None
            sequence = sizes if len(sizes) == 2 else None
            self.width = sizes[-1] if sizes else self.width
        if piece.in_shape:
            self.width = piece.in_shape[-1]
            sequence = piece.in_shape if len(piece.in_shape) == 2 else None
        reads = self._stated(piece, self.width, "features")
        if reads is None or piece.out is None:
            self._leave(piece, f"the text does not say its {'units' if piece.out is None else 'inputs'}")
            return
        vectors = piece.vectors or self._vectors(piece)
        attributes: dict[str, Any] = {
            "hidden_size": piece.out,
            "input_size": reads,
            "bias_vectors": vectors,
            **piece.attributes,
        }
        if piece.bias is False:
            attributes["bias"] = False
            attributes.pop("bias_vectors")
        self.shape, self.above, self.maps = None, None, False
        path = self._path(piece)
        shapes = (sequence,) if sequence is not None else None
        self.built.layers.append(Layer(path, piece.kind, attributes, input_shapes=shapes))
        apply(piece.kind, attributes, shapes or ())
        self.built.places[path] = piece.line_no
        self.width = piece.out * (2 if piece.attributes.get("bidirectional") else 1)
        self.maps = piece.out_shape == ()  # a sequence, of nobody knows how many steps

    def _vectors(self, piece: Piece) -> int:
        """How many bias vectors: PyTorch's two, Keras' one (two for a GRU of today), one by the textbook."""
        vectors = {"pytorch": 2, "keras": 2 if piece.kind == "gru" else 1}.get(self.framework, 1)
        whose = {"pytorch": "as PyTorch has", "keras": "as Keras has"}.get(self.framework, "as textbooks have")
        if piece.bias is not False:
            count = "one bias vector" if vectors == 1 else "two bias vectors"
            self.built.assumed.append(f"{self._plain_name(piece)}: {count}, {whose}")
        return vectors

    def _embedding(self, piece: Piece) -> None:
        rows, width = piece.reads, piece.out
        if rows is None or width is None:
            self._leave(piece, "the text does not say its rows and width")
            return
        self._lose()
        path = self._path(piece)
        self.built.layers.append(Layer(path, "embedding", {"num_embeddings": rows, "embedding_dim": width}))
        self.built.places[path] = piece.line_no
        self.width, self.maps, self.steps = width, True, piece.attributes.get("input_length")

    def _norm(self, piece: Piece) -> None:
        self._image(2)
        size = piece.out if piece.out is not None else piece.reads
        width = self._stated(piece, self.width, "channels") if size is None else self._norm_width(piece, size)
        if width is None:
            self._leave(piece, "the text does not say its channels")
            return
        kind, name = {"batchnorm": ("batch_norm", "num_features"), "layernorm": ("layer_norm", "normalized_shape")}.get(
            piece.kind, ("rms_norm", "normalized_shape")
        )
        shape = self.shape
        if shape is not None and kind != "batch_norm" and shape[-1] != width:
            self._break()
        self._put(piece, kind, {name: width, **piece.attributes})
        self.width = width

    def _norm_width(self, piece: Piece, size: int) -> int:
        if self.width is not None and self.width != size and not (self.literal and self.shape is None):
            self.built.conflicts.append(
                f"{self._plain_name(piece)}: {size:,} stated, the layers above give {self.width:,}"
            )
            if self.shape is not None and self.sure:
                return self.width
            self._lose()
        return size

    def _ruled(self, piece: Piece) -> None:
        """A kind of the layers' rules with the rule's own arguments."""
        self._image(2)
        self._put(piece, piece.kind, piece.attributes)
        if self.shape is None:
            self.width = piece.out
