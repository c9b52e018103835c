"""Layers over maps put together: convolutions, poolings, and the flatten behind them."""

from __future__ import annotations

from netledger.audit.understanding.building.shapes import as_first, by, convolution_kind, same, separated
from netledger.audit.understanding.building.state import LINES, BuildState
from netledger.layers import apply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.audit.understanding.pieces import Piece


class MapLayers(BuildState):
    """How layers over maps are put behind what is above."""

    def _convolution(self, piece: Piece) -> None:
        axes = piece.axes or 2
        if piece.is_branch:
            self._lose()
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
        shape = self._as_first(piece, axes)
        out = piece.out if piece.out is not None else (shape[0] if shape else None)
        kernel = piece.kernel
        if piece.kind == "depthwise" and reads is not None:
            out, piece.groups = out or reads * piece.attributes.pop("depth_multiplier", 1), reads
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
        if any(isinstance(given, tuple) and len(given) != axes for given in (piece.stride, piece.padding)):
            self._leave(piece, "its stride or padding does not fit")
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

    def _as_first(self, piece: Piece, axes: int) -> tuple[int, ...] | None:
        """The stated output, its channels where the shapes above have them."""
        if piece.first is None and piece.out is None:
            piece.first = self.first
        return as_first(piece, axes)

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
            self.shape, self.above, self.maps, self.doubting = None, None, True, True
            self.built.doubtful.add(self.built.layers[-1].path)

    def _pool(self, piece: Piece) -> None:
        axes = piece.axes or 2
        self._image(axes)
        if self.shape is None:
            self._pooled(piece, axes)
            return
        if len(self.shape) != axes + 1:
            axes = len(self.shape) - 1
        if axes not in (1, 2, 3):
            return
        shape = self._as_first(piece, axes)
        attributes = self._pooling(piece, shape, axes)
        how = "avg" if piece.kind == "avgpool" else "max"
        if axes == 1 and self.built.layers[-1].kind not in LINES:
            self.shape = None
            return
        self._put(piece, f"{how}_pool{axes}d", attributes)
        self._compare(piece, shape)

    def _pooled(self, piece: Piece, axes: int) -> None:
        """Go on from the maps that the text says a pooling makes, where those before it are not known."""
        shape = self._as_first(piece, axes) if self.maps and self.shapes else None
        if shape is not None and shape[0] == self.width:
            self._show(piece, shape)

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
        if piece.padding not in (None, "valid", 0):
            attributes["padding"] = piece.padding
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

    def _flatten(self, piece: Piece) -> None:
        self._image(2)
        if self.shape is not None and len(self.shape) == 1 and not self.literal and piece.out is None:
            return  # said once more
        if self.shape is not None:
            self._put(piece, "flatten", {})
            if piece.out is not None and self.shape is not None and self.shape != (piece.out,):
                self.built.conflicts.append(f"flatten: {piece.out:,} stated, the layers above give {self.shape[0]:,}")
                if not self.sure:
                    self._lose()
                    self.width = piece.out
        elif piece.out is not None:
            self.width, self.maps = piece.out, False
        elif (steps := piece.attributes.get("steps", self.steps)) is not None and self.width is not None:
            self.width, self.steps, self.maps = self.width * steps, None, False
        elif self.maps:
            self.width, self.maps = None, False
