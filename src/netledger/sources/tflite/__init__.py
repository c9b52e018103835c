"""TFLite (LiteRT) files: operators, shapes, stored tensors and MACs; no weight is read.

Shapes are those that the file states, channels last; a size that it leaves open is worked out or Unknown.
Source: the schema of LiteRT, version 3c; the operators' layouts are those of its reference kernels.
"""

from __future__ import annotations

from netledger.errors import UsageError
from netledger.network import Network, elements_of
from netledger.sources import Options, Source
from netledger.sources.files import stem
from netledger.sources.stated_graph import stored_sums

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.files import InputFile
    from netledger.sources.tflite.importer import TfliteImporter
    from netledger.sources.tflite.schema import TfliteModel, TfliteValue

__all__ = ["TFLITE"]


def _read(file: InputFile, options: Options) -> Network:
    from netledger.sources.tflite.importer import TfliteImporter
    from netledger.sources.tflite.schema import TfliteModel

    model = TfliteModel(file)
    importer = TfliteImporter(model)
    outputs = importer.run()
    if options.inputs:
        _check_inputs(importer, options)
    return Network(
        stem(file.path), importer.layers, source=f"TFLite file, schema {model.version}",
        notes=(*importer.notes, *_notes(model)), batched=True, assumed=tuple(importer.assumed), outputs=outputs,
        meta={"format": "tflite", "description": model.description, "stored": _stored(importer)},
    )  # fmt: skip


def _check_inputs(importer: TfliteImporter, options: Options) -> None:
    """The file states the shape of every tensor: it can be asked for its own input only."""
    layers = [layer for layer in importer.layers if layer.kind == "input"]
    for name, shape in options.inputs.items():
        own = [layer.attributes.get("shape") for layer in layers if name in ("", layer.path)]
        if shape not in own and not any(size is not None and size[1:] == shape for size in own):
            raise UsageError("a TFLite file states every shape: another input cannot be derived from it")


def _notes(model: TfliteModel) -> tuple[str, ...]:
    stored = _kept(model)
    quantised = sum([value.quantised for value in stored])
    sparse = sum([value.sparse for value in stored])
    notes = []
    if quantised:
        notes.append(f"{quantised:,} of {len(stored):,} stored tensors are quantised, their scales lie beside them")
    if sparse:
        notes.append(f"{sparse:,} stored tensors are sparse: counted whole, their bytes are what is stored")
    return tuple(notes)


def _stored(importer: TfliteImporter) -> dict[str, int]:
    """What the file stores, tensor by tensor, and how much of it is constant: in no layer's tensors."""
    owned = {tensor.storage for layer in importer.layers for tensor in layer.tensors}
    held: dict[str, tuple[int, int]] = {}
    agreed = True
    for value in _kept(importer.model):
        sizes = int(elements_of([size or 0 for size in value.shape])), value.stored.nbytes if value.stored else 0
        agreed = agreed and held.setdefault(value.storage, sizes) == sizes
    counts = stored_sums(held, owned)
    if not agreed:  # one buffer that is stated in two sizes has no number of elements
        del counts["elements"]
    return counts


def _kept(model: TfliteModel) -> list[TfliteValue]:
    return [value for graph in model.subgraphs for value in graph.tensors if value.stored is not None]


TFLITE = Source(
    "tflite", "TFLite model", (".tflite", ".lite"), lambda head: head[4:8] == b"TFL3", _read, reads_inputs=True
)
