"""Layers over features put together: linear and recurrent layers, embeddings, norms, attention."""

from __future__ import annotations

from netledger.audit.understanding.building.state import LINES, BuildState
from netledger.layers import apply
from netledger.limits import MAX_DIMENSION
from netledger.network import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.audit.understanding.pieces import Piece


class FeatureLayers(BuildState):
    """How layers over features are put behind what is above."""

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
        if piece.is_branch:
            self._lose()
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
        elif self.shape is not None and (len(self.shape) > 2 or self.built.layers[-1].kind in LINES):
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
        self._stacked(piece, attributes, sequence)
        self.width = piece.out * (2 if piece.attributes.get("bidirectional") else 1)
        self.maps = piece.out_shape == ()  # a sequence, of nobody knows how many steps

    def _stacked(self, piece: Piece, attributes: dict[str, Any], sequence: tuple[int, ...] | None) -> None:
        """A recurrent layer; of several in one (``num_layers=2``) each is a layer, for people count them so."""
        path, times = self._path(piece), 1
        if "proj_size" not in attributes:
            times = attributes.pop("num_layers", 1)
        for i in range(times):
            own = f"{path}.{i}" if times > 1 else path
            shapes = (sequence,) if sequence is not None and i == 0 else None
            self.built.layers.append(Layer(own, piece.kind, dict(attributes), input_shapes=shapes))
            apply(piece.kind, attributes, shapes or ())
            self._place(piece, own)
            attributes["input_size"] = attributes["hidden_size"] * (2 if attributes.get("bidirectional") else 1)

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
        steps = self.shape[0] if self.shape is not None and len(self.shape) == 1 else None
        self._lose()
        path = self._path(piece)
        self.built.layers.append(Layer(path, "embedding", {"num_embeddings": rows, "embedding_dim": width}))
        self._place(piece, path)
        self.width, self.maps, self.steps = width, True, piece.attributes.get("input_length", steps)

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

    def _keras_attention(self, piece: Piece) -> None:
        """Keras' attention: three projections to its heads and one back to the width that it reads."""
        width, shape = self.width, self.shape
        if self.raw is not None and self.raw.in_shape:
            width, shape = self.raw.in_shape[-1], None
        if width is None:
            self._leave(piece, "the text does not say what it reads")
            return
        path, (keys, values) = self._path(piece), (piece.attributes["keys"], piece.attributes["values"])
        for name, reads, out in (
            ("query", width, keys), ("key", width, keys), ("value", width, values), ("attention_output", values, width),
        ):  # fmt: skip
            attributes: dict[str, Any] = {"out_features": out, "in_features": reads}
            if piece.bias is False:
                attributes["bias"] = False
            self.built.layers.append(Layer(f"{path}.{name}", "linear", attributes))
            self.built.places[f"{path}.{name}"] = piece.line_no
        self._lose()
        self.shape, self.width = shape, width
