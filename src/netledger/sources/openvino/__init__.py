"""OpenVINO's Intermediate Representation: the ``.xml`` with its shapes, and how long the ``.bin`` beside it is."""

from __future__ import annotations

from netledger.errors import NotFoundError, UsageError
from netledger.network import Network
from netledger.sources import Options, Source
from netledger.sources.files import stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.files import InputFile
    from netledger.sources.openvino.importer import OpenvinoImporter

__all__ = ["OPENVINO"]


def _read(file: InputFile, options: Options) -> Network:
    from netledger.sources.openvino.importer import OpenvinoImporter
    from netledger.sources.openvino.schema import IrReader

    read = IrReader(file)
    notes: list[str] = []
    values = None
    try:
        values = file.sibling(f"{stem(file.path)}.bin")
    except NotFoundError:
        notes.append("its .bin is not beside it: that the values are there was not checked")
    try:
        importer = OpenvinoImporter(read.graph, values)
        outputs = importer.run()
    finally:
        if values is not None:
            values.close()
    if options.inputs:
        _check_inputs(importer, options)
    return Network(
        stem(file.path), importer.layers, source=f"OpenVINO IR, version {read.version[:20]}", notes=tuple(notes),
        batched=True, outputs=outputs, assumed=tuple(importer.assumed),
        meta={"format": "openvino", "name": read.name, "stored": importer.stored()},
    )  # fmt: skip


def _check_inputs(importer: OpenvinoImporter, options: Options) -> None:
    """The file states the shape of every value: it can be asked for its own input only."""
    own = {layer.path: layer.attributes.get("shape") for layer in importer.layers if layer.kind == "input"}
    for name, shape in options.inputs.items():
        if not any(shape in (size, (size or ())[1:]) for path, size in own.items() if name in ("", path)):
            raise UsageError("an OpenVINO file states every shape: another input cannot be derived from it")


def _is_ir(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith((b"<?xml", b"<net")) and b"<net " in start and b"<layers" in start


OPENVINO = Source("openvino", "OpenVINO model", (".xml",), _is_ir, _read, reads_inputs=True)
