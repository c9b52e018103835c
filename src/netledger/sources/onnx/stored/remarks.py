"""What is said of values that were counted, or not, for reasons that the file does not give: a sentence each."""

from __future__ import annotations

from netledger.network import elements_of
from netledger.sources.onnx.layers import FLOATS
from netledger.sources.onnx.stored.single_numbers import CONVERTERS
from netledger.sources.onnx.stored.untrained import generated, in_algebra
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.network import Layer, Tensor
    from netledger.sources.onnx.importer import Importer

_MULTIPLYING = frozenset(("MatMul", "Gemm", "Conv"))
_COMPARING = frozenset(("Less", "LessOrEqual", "Greater", "GreaterOrEqual"))

_IN_A_FORMULA = (
    "stand in a formula that a converter wrote out; it works such numbers out of a model's parameters, and the file "
    "does not say of which: they are counted"
)
_OF_AN_INPUT = (
    "are taken from an input as it comes: where they are means of data, they were estimated and not trained; they are "
    "counted"
)
_THRESHOLDS = (
    "are thresholds that others are compared with: whether they were learned the file does not say; they are constants"
)


def remarks(importer: Importer) -> Iterator[str]:
    """All that is said of a model."""
    for said, count in importer.remarks.items():
        yield f"{count:,} {said}"
    for given_up, told in importer.derived[:3]:
        shown = f"{given_up.elements:,} values ('{given_up.name[:60]}')"
        yield f"{shown} are {told}: they follow from these, and are constants"
    rest = sum([given_up.elements for given_up, _ in importer.derived[3:]])
    if rest:
        yield f"{rest:,} more values follow from others of the file: they are constants"
    given = {row.layer.outputs[0] for row in importer.rows if row.layer.kind == "input" and row.layer.outputs}
    found: dict[str, dict[str, Tensor]] = {said: {} for said in (_IN_A_FORMULA, _OF_AN_INPUT, _THRESHOLDS)}
    for row in importer.rows:
        layer = row.layer
        if layer.tensors:
            for tensor in layer.tensors:
                said = _meant(layer, tensor, given, importer.producer in CONVERTERS)
                if said:
                    found[said].setdefault(tensor.storage or tensor.name, tensor)
    for said, held in found.items():
        if held:
            counts = [elements_of(tensor.shape) for tensor in held.values()]
            values = sum([count for count in counts if not isinstance(count, Unknown)])
            yield f"{values:,} values ('{next(iter(held.values())).name[:60]}') {said}"


def _meant(layer: Layer, tensor: Tensor, given: set[str], classical: bool) -> str:
    """What is said of one tensor of a layer."""
    if layer.type in _COMPARING:
        told = tensor.role == "constant" and tensor.dtype in FLOATS and not generated(tensor.name)
        return _THRESHOLDS if told else ""
    matrix = layer.type in _MULTIPLYING and tensor.role == "weight"
    if not tensor.learned or matrix or (layer.type or "").startswith("ai.onnx.ml."):
        return ""
    if in_algebra(tensor.name) or (classical and tensor.role == "weight" and not generated(tensor.name)):
        return _IN_A_FORMULA
    taken = layer.type == "Sub" and layer.kind == "elementwise" and given.issuperset(layer.inputs)
    return _OF_AN_INPUT if taken and tensor.role in ("weight", "bias") else ""
