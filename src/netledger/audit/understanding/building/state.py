"""The state of putting layers together: what is above, and how a layer is named and placed behind it."""

from __future__ import annotations

from netledger.audit.understanding.building.shapes import as_first, channels_first
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, RECURRENT
from netledger.layers import apply
from netledger.network import Layer, Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.audit.understanding.pieces import Piece

_NAMES = {"linear": "dense", "maxpool": "pool", "avgpool": "pool", "gap": "pool", "transposed": "upconv"}
"""What a layer is called that the text gives no name."""
LINES = ("conv1d", "max_pool1d", "avg_pool1d", "conv_transpose1d")
"""Kinds after which a shape of two sizes is channels and steps; after others it is steps and features."""
WEIGHTED_KINDS = frozenset(
    "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d separable_conv2d batch_norm "
    "layer_norm rms_norm "
    "group_norm embedding lstm gru rnn multihead_attention bilinear parameter lora".split()
)
STATE = ("shape", "raw", "width", "above", "sure", "steps", "maps")
"""What is known of a value."""


class Built:
    """What came of a description: ``network``, ``places`` (layer → line), ``assumed``, and what stayed open."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.places: dict[str, int] = {}
        self.assumed: list[str] = []
        self.open: list[str] = []
        self.left: set[int] = set()
        """The lines of layers that stayed open."""
        self.conflicts: list[str] = []
        self.contested: set[int] = set()
        """The lines of layers that read something else than the text says."""
        self.doubtful: set[str] = set()
        """Layers that may have been misread, and those that read what one of them makes."""
        self.open_paddings = 0
        self.unproven = 0
        """Layers known from their own calculations alone, which read nothing that another layer is known to make."""
        self.begins_worked = False
        """Whether the first layer is one, and nobody says what it reads."""

    @property
    def weighted(self) -> int:
        """How many layers have parameters."""
        return sum(1 for layer in self.layers if layer.kind in WEIGHTED_KINDS)

    def network(self, name: str = "described") -> Network:
        """As a network whose ``assumed`` say what the text leaves open."""
        title = "the network that the text describes"
        return Network(name, tuple(self.layers), title=title, assumed=tuple(dict.fromkeys(self.assumed)))


class BuildState:
    """The shape and width so far, the value that the next layer reads, and what was built."""

    first_reads: int | None = None
    first_kind = ""

    def __init__(self, framework: str, *, same: bool, literal: bool = False, shapes: bool = True) -> None:
        self.framework, self.same, self.literal, self.shapes = framework, same, literal, shapes
        self.shape: tuple[int, ...] | None = None
        self.raw: Piece | None = None
        self.width: int | None = None
        self.above: str | None = None
        self.sure = True
        self.steps: int | None = None
        """How many steps the sequence above has, where an embedding says it."""
        self.first: bool | None = None
        """Whether channels come first in the shapes that the text states, as far as the ones above show it."""
        self.doubting = False
        """Whether a layer above may have been misread, so that what the next one reads is not sure."""
        self.maps = False
        """Whether the width above is that of maps whose sizes are not known."""
        self.named: dict[str, tuple[int | None, tuple[int, ...] | None]] = {}
        """What each layer that has a name makes: its width and shape."""
        self.values: dict[int, list[Any]] = {}
        """What was known of each value that code names."""
        self.built = Built()
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}

    def _restore(self, key: int) -> None:
        """Go on from a value that was made before."""
        self._return_to(self.values.get(key, ()))

    def _return_to(self, known: Sequence[Any]) -> None:
        """Go on from what was known of a value."""
        self._lose()
        for name, value in zip(STATE, known, strict=False):
            setattr(self, name, value)

    def _place(self, piece: Piece, path: str) -> None:
        """Note where a layer stands, and whether it is sure that it was read as it is meant."""
        self.built.places[path] = piece.line_no
        own = piece.reads is not None or (piece.kind in NORMS and piece.out is not None)
        if piece.is_doubtful or (self.doubting and not own):
            self.built.doubtful.add(path)
        over_features = piece.kind in ("linear", *RECURRENT)
        self.doubting = piece.is_doubtful or (self.doubting and not over_features and piece.reads is None)

    def _lose(self) -> None:
        self.shape, self.raw, self.width, self.above, self.sure, self.maps = None, None, None, None, True, False

    def _gain(self, shape: tuple[int, ...]) -> None:
        self.shape, self.width = shape, shape[0] if len(shape) in (1, 3, 4) else shape[-1]

    def _leave(self, piece: Piece, why: str) -> None:
        """A layer that cannot be made: what it gives is known at most by what the text says."""
        self.built.open.append(f"{self._plain_name(piece)}: {why}")
        self.built.left.add(piece.line_no)
        self._path(piece)  # the layers behind it are numbered as if it were there
        self._lose()
        self.doubting = True
        shape = as_first(piece, piece.axes) if piece.axes else None
        if shape is not None and self.shapes:
            self._show(piece, shape)
        elif piece.out is not None:
            self.width, self.maps = piece.out, piece.kind in CONVOLUTIONS

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

    def _path_of(self, stem: str) -> str:
        path, number = stem, 2
        while path in self.taken:
            path, number = f"{stem}_{number}", number + 1
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
        self._place(piece, path)
        self.above = path
        out = effect.outputs[0] if effect.outputs else None
        sizes = tuple([size for size in out if isinstance(size, int)]) if isinstance(out, tuple) else ()
        if isinstance(out, tuple) and out and len(sizes) == len(out):
            self._gain(sizes)
            if kind in LINES:
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
        self._place(piece, path)

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
            self.first = first if first or sizes[-1] in (1, 3, 4) else None
        elif len(sizes) == axes and channels is not None:
            shape = (channels, *sizes)
        elif len(sizes) == axes and axes == 2 and self.first_reads in (None, 1) and self.first_kind == "conv":
            return
        else:
            self.width = channels
            return
        self._start(piece, shape)

    def _start(self, piece: Piece, shape: tuple[int, ...]) -> None:
        path = self._path(piece) if piece.name else self._path_of("input")
        self.built.layers.append(Layer(path, "input", {"shape": shape}))
        self._place(piece, path)
        self.above = path
        self._gain(shape)

    def _show(self, piece: Piece, shape: tuple[int, ...]) -> None:
        """Go on from a shape that the text states."""
        path = self._path_of(f"{self._plain_name(piece)}_output")
        self.built.layers.append(Layer(path, "input", {"shape": shape}))
        self.above, self.maps = path, False
        self._gain(shape)

    def _stated(self, piece: Piece, reads: int | None, what: str) -> int | None:
        """What a layer reads: what the layers above give, or else what the text says."""
        if piece.is_worked and (reads is None or reads != piece.reads):
            first = reads is None and not self.built.weighted
            self.built.begins_worked |= first
            self.built.unproven += not first
        if reads is None or piece.reads is None or reads == piece.reads:
            return piece.reads if reads is None else reads
        if piece.is_worked and self._is_made_before(piece.reads):
            self._lose()
            return piece.reads
        if (self.literal and self.shape is None) or self.doubting or self._is_twin(piece):
            self._lose()
            return piece.reads
        self.built.contested.add(piece.line_no)
        self.built.conflicts.append(
            f"{self._plain_name(piece)}: {piece.reads:,} {what} stated, the layers above give {reads:,}"
        )
        if self.sure and (self.shape is not None or piece.kind == "linear") and not self.literal:
            return reads
        self._lose()
        return piece.reads

    def _is_made_before(self, width: int) -> bool:
        """Whether some layer above, not the last, makes so many values: a branch may read them."""
        made = [
            layer.attributes.get("out_features", layer.attributes.get("out_channels")) for layer in self.built.layers
        ]
        return width in made or width in [layer.attributes.get("in_features") for layer in self.built.layers]

    def _is_twin(self, piece: Piece) -> bool:
        """Whether a layer is as the one right above it, and cannot stand behind it: two heads read the same values."""
        above = self.built.layers[-1] if self.built.layers else None
        if piece.kind != "linear" or above is None or above.kind != "linear":
            return False
        return (above.attributes["in_features"], above.attributes["out_features"]) == (piece.reads, piece.out)

    def _break(self) -> None:
        """The value above has another form than the books know: the next layer states what it reads."""
        self.shape, self.above = None, None
