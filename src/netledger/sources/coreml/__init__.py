"""Core ML models: programs (MIL) with the blobs beside them, older neural networks, pipelines; no weight is read.

A ``.mlpackage`` is a folder; its model and its blobs lie in it. Shapes are those that a program states, or inferred.
Source: ``mlmodel/format/Model.proto`` of coremltools.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, UsageError
from netledger.network import Network
from netledger.sources import Options, Source
from netledger.sources.files import stem
from netledger.sources.tensors.module_tree import several
from netledger.wire.cursor import Cursor
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.network import Layer
    from netledger.sources.coreml.blobs import Blobs
    from netledger.sources.files import InputFile
    from netledger.wire.protobuf import Span

__all__ = ["COREML"]

_TYPES = {
    200: "pipeline classifier", 201: "pipeline regressor", 202: "pipeline", 300: "linear model",
    301: "support vector machine", 302: "tree ensemble", 303: "neural network regressor", 304: "Bayesian regressor",
    400: "linear classifier", 401: "support vector classifier", 402: "tree ensemble", 403: "neural network classifier",
    404: "nearest-neighbours classifier", 500: "neural network", 501: "recommender", 502: "program",
    555: "custom model", 556: "linked model", 560: "threshold", 600: "one-hot encoder", 601: "imputer",
    602: "feature vectorizer", 603: "dictionary vectorizer", 604: "scaler", 606: "category mapping",
    607: "normalizer", 609: "array feature extractor", 610: "non-maximum suppression", 900: "identity",
    2000: "text classifier", 2001: "word tagger", 2002: "vision feature print", 2003: "sound preprocessing",
    2004: "gazetteer", 2005: "word embedding", 2006: "audio feature print", 3000: "serialized model",
}  # fmt: skip
_MODEL = {
    1: ("version", "int", False), 2: ("description", "span", False),
    **{number: (str(number), "span", False) for number in _TYPES},
}  # fmt: skip
_DESCRIPTION = {1: ("inputs", "span", True), 10: ("outputs", "span", True), 21: ("function", "text", False)}
_NEURAL = (303, 403, 500)
_PIPELINES = (200, 201)
_HARMLESS = frozenset((560, 600, 601, 602, 603, 604, 606, 607, 609, 610, 900))
"""Stages of a pipeline that multiply nothing."""
_STAGES = {1: ("models", "span", True), 2: ("names", "text", True)}
_MOST_STAGES = 256


class CoremlPart:
    """One network of a file: its layers, what it returns, and what else is said of it."""

    __slots__ = ("assumed", "batched", "layers", "notes", "outputs", "stored", "version")

    def __init__(
        self, layers: Sequence[Layer], outputs: tuple[str, ...], stored: dict[str, int], batched: bool = True,
        notes: Sequence[str] = (), assumed: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.layers, self.outputs, self.stored, self.batched = list(layers), outputs, stored, batched
        self.notes, self.assumed, self.version = list(notes), list(assumed), 0


def _read(file: InputFile, options: Options) -> Network:
    cursor = Cursor(file)
    part = _part(file, cursor, (0, file.size), options, True)
    return Network(
        _name(file.path), part.layers, source=f"Core ML model, specification {part.version}", notes=tuple(part.notes),
        batched=part.batched, outputs=part.outputs, assumed=tuple(part.assumed),
        meta={"format": "coreml", "stored": part.stored},
    )  # fmt: skip


def _part(file: InputFile, cursor: Cursor, span: Span, options: Options, whole: bool) -> CoremlPart:
    """The network that a model message holds."""
    model = decode(cursor, [span], _MODEL, "model")
    kinds = [number for number in _TYPES if str(number) in model]
    if len(kinds) != 1:
        raise FormatError("no Core ML model: it says of no kind, or of several, that it is one")
    kind, place = kinds[0], model[str(kinds[0])]
    described = [model["description"]] if "description" in model else []
    said = decode(cursor, described, _DESCRIPTION, "description")
    if kind == 502:
        part = _program(file, cursor, place, said, options)
    elif kind in _NEURAL:
        part = _neural(cursor, place, said, options)
    elif whole and kind in (*_PIPELINES, 202):
        inner = decode(cursor, [place], {1: ("pipeline", "span", False)}, "pipeline") if kind in _PIPELINES else {}
        part = _pipeline(file, cursor, inner.get("pipeline", place), options)
    else:
        raise FormatError(f"this Core ML model is a {_TYPES[kind]}: it holds no network that could be counted")
    part.version = model.get("version", 0)
    return part


def _program(file: InputFile, cursor: Cursor, place: Span, said: dict[str, Any], options: Options) -> CoremlPart:
    from netledger.sources.coreml.blobs import Blobs
    from netledger.sources.coreml.program import ProgramReader

    blobs = Blobs(file)
    try:
        reader = ProgramReader(cursor, place, blobs, said.get("function", ""))
        outputs = reader.run()
        notes = [*reader.notes, *_notes(blobs)]
    finally:
        blobs.close()
    if options.inputs:
        _check_inputs(reader.layers, options)
    return CoremlPart(reader.layers, outputs, reader.stored(), notes=notes, assumed=reader.assumed)


def _neural(cursor: Cursor, place: Span, said: dict[str, Any], options: Options) -> CoremlPart:
    from netledger.sources.coreml.neural import NeuralReader

    reader = NeuralReader(cursor, place, options.inputs)
    reader.run(said.get("inputs", []))
    return CoremlPart(reader.layers, (), reader.counts, reader.batched)


def _pipeline(file: InputFile, cursor: Cursor, place: Span, options: Options) -> CoremlPart:
    """A pipeline's networks, one behind the other; of its other stages only whether they multiply."""
    from netledger.network import Layer
    from netledger.unknown import Unknown

    held = decode(cursor, [place], _STAGES, "pipeline")
    spans, names = held.get("models", []), held.get("names", [])
    if len(spans) > _MOST_STAGES:
        raise LimitError(f"a pipeline of {len(spans):,} models, more than {_MOST_STAGES}")
    whole = CoremlPart((), (), {})
    networks = []
    for i, span in enumerate(spans):
        name = f"{i}.{names[i] if i < len(names) and names[i] else 'stage'}"
        kinds = [number for number in _TYPES if str(number) in decode(cursor, [span], _MODEL, "model")]
        if len(kinds) == 1 and kinds[0] not in (502, *_NEURAL):
            word = _TYPES[kinds[0]]
            unknown = None if kinds[0] in _HARMLESS else Unknown(f"a {word} has no rule")
            whole.layers.append(Layer(name, "elementwise", {}, (), unknown=unknown, type=word))
            continue
        part = _part(file, cursor, span, options, False)
        networks.append(part)
        whole.layers += [_inside(layer, name) for layer in part.layers]
        whole.notes += part.notes
        whole.assumed += part.assumed
        for key, count in part.stored.items():
            whole.stored[key] = whole.stored.get(key, 0) + count
    if not networks:
        raise FormatError("this Core ML model is a pipeline without a network that could be counted")
    if len({part.batched for part in networks}) > 1:
        raise FormatError("a pipeline of networks with and without a batch, which no one table shows")
    whole.batched = networks[0].batched
    return whole


def _inside(layer: Layer, prefix: str) -> Layer:
    """A layer under the name of its stage."""
    return layer.replace(
        path=f"{prefix}.{layer.path}", inputs=tuple([f"{prefix}.{one}" for one in layer.inputs]),
        outputs=tuple([f"{prefix}.{one}" for one in layer.outputs]),
        tensors=tuple([one.replace(storage=one.storage and f"{prefix}.{one.storage}") for one in layer.tensors]),
    )  # fmt: skip


def _notes(blobs: Blobs) -> list[str]:
    found = [f"{name[:80]} is not beside it: that the values are there was not checked" for name in blobs.missing]
    unread = blobs.unread()
    verb = "lies" if unread == 1 else "lie"
    return [*found, f"{several(unread, 'blob')} that no operation reads {verb} beside the model"] if unread else found


def _check_inputs(layers: list[Layer], options: Options) -> None:
    """The file states the shape of every value: it can be asked for its own input only."""
    own = {layer.path: layer.attributes.get("shape") for layer in layers if layer.kind == "input"}
    for name, shape in options.inputs.items():
        if not any(shape in (size, (size or ())[1:]) for path, size in own.items() if name in ("", path)):
            raise UsageError("a Core ML program states every shape: another input cannot be derived from it")


def _name(path: str) -> str:
    """The package's name rather than that of the file in it."""
    parts = path.replace("\\", "/").split("/")
    packages = [part for part in parts[:-1] if part.endswith(".mlpackage")]
    return stem(packages[-1] if packages else path)


def _is_model(head: bytes) -> bool:
    """A small version, then a description that begins with an input or a function: fields 1 and 2 of each."""
    if head[:1] != b"\x08" or head[1:2] >= b"\x80" or head[2:3] != b"\x12":
        return False
    at = 3
    while head[at : at + 1] >= b"\x80" and at < 8:
        at += 1
    inner = head[at + 1 : at + 3]
    return inner[:1] in (b"\x0a", b"\x52", b"\xa2") and (inner != b"\xa2\x06")


COREML = Source("coreml", "Core ML model", (".mlmodel",), _is_model, _read, reads_inputs=True)
