"""A layer's numbers in a sentence.

>>> from netledger.ledger import keep_books
>>> from netledger.network import Layer, Network
>>> from netledger.renderers.values import Writer
>>> conv = {"out_channels": 256, "kernel_size": 5, "padding": 2, "groups": 2}
>>> layers = Layer("pool1", "input", {"shape": (96, 27, 27)}), Layer("conv2", "conv2d", conv, ("pool1",))
>>> entry = keep_books(Network("n", layers))["conv2"]
>>> words, _, count = Writer().write(explanation(entry)).partition(": ")
>>> words
'conv2 has 256 filters of 5×5 over 96/2 = 48 channels (2 groups), plus one bias each'
>>> count
'(5·5)·48·256 + 256 = 307,456 parameters.'
"""

from __future__ import annotations

from netledger.documents.model import Code, Document, Facts, Paragraph, Runs
from netledger.formula import ZERO
from netledger.network import LEARNED_ROLES
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.documents.model import Value
    from netledger.ledger import Entry


def entry_document(entry: Entry) -> Document:
    """One line of the books: what it is, its numbers, and why."""
    facts: list[tuple[str, Value]] = [
        ("kind", entry.kind),
        ("output", entry.output_shape),
        ("parameters", entry.parameters),
        ("MACs", entry.macs),
    ]
    said = [Paragraph(explanation(entry)), *[Paragraph(remark) for remark in remarks(entry)]]
    return Document(entry.path, (Facts(facts), *said))


def explanation(entry: Entry) -> Value:
    """Why a layer has as many parameters as it has."""
    name = Code(entry.path)
    if entry.tied_to is not None and entry.parameters == 0:
        return Runs(name, " uses the tensors of ", Code(entry.tied_to), " and adds no parameters of its own.")
    formula = entry.effect.parameters
    if formula is ZERO and entry.tensors:
        return _stored(entry)
    if isinstance(entry.parameters, Unknown) and entry.effect.unknown is not None:
        return Runs(name, " cannot be counted: ", entry.effect.unknown.reason)
    if formula is ZERO:
        return Runs(name, f" ({entry.kind}) has no parameters.")
    value = formula.count
    if isinstance(value, Unknown):
        return Runs(name, " has ", formula, " parameters, which is not known: ", value.reason, ".")
    words = _WORDS.get(entry.kind, _generic)(entry)
    return Runs(name, *words, ": ", formula, " = ", value, " parameters.")


def remarks(entry: Entry) -> list[Value]:
    """What else can be said of a layer's numbers: its multiply-accumulates, its output's size, the second entry."""
    said: list[Value] = []
    macs = entry.effect.macs
    if entry.effect.unknown is None and macs is not ZERO and isinstance(macs.count, int):
        said.append(Runs("Multiply–accumulates per example: ", macs, " = ", macs.count, "."))
    sizes = [size for size in entry.effect.sizes if size.op != "symbol" and isinstance(size.count, int)]
    if sizes and entry.outputs:
        parts = [part for size in dict.fromkeys(sizes) for part in (size, " = ", size.count, ", ")]
        said.append(Runs("Output ", entry.outputs[0], ": ", *parts[:-1], "."))
    for evidence in entry.evidence:
        verb = "agree" if evidence.agrees else "do NOT agree"
        said.append(Runs("The stored tensors hold ", evidence.theirs, ": the two counts ", verb, "."))
    return said


def _stored(entry: Entry) -> Value:
    parts = [part for tensor in entry.tensors for part in (Code(tensor.name), " ", tensor.shape, ", ")]
    return Runs(Code(entry.path), " stores ", *parts[:-1], ": ", entry.parameters, " parameters.")


def _bias(entry: Entry, each: str) -> str:
    return f", plus one bias {each}" if entry.effect.biases is not ZERO else ", without biases"


def _convolution(entry: Entry) -> list[Value]:
    weight = entry.effect.slots[0].shape
    sizes = entry.effect.weights.symbols()
    channels, groups = sizes.get("C_in"), sizes.get("g", 1)
    seen: list[Value] = [channels if isinstance(channels, int) else "an unknown number of", " channels"]
    if isinstance(groups, int) and groups != 1 and isinstance(channels, int):
        seen = [channels, "/", groups, " = ", channels // groups, " channels (", groups, " groups)"]
    return [" has ", weight[0], " filters of ", weight[2:], " over ", *seen, _bias(entry, "each")]


def _linear(entry: Entry) -> list[Value]:
    out, features = entry.effect.slots[0].shape
    return [" joins each of ", features, " inputs with each of ", out, " outputs", _bias(entry, "for each output")]


def _normalisation(entry: Entry) -> list[Value]:
    learned = [slot for slot in entry.effect.slots if slot.role in ("weight", "bias")]
    names = " and a ".join({"weight": "scale", "bias": "shift"}[slot.role] for slot in learned)
    return [f" has a {names} for each of ", learned[0].shape, " values"]


def _embedding(entry: Entry) -> list[Value]:
    rows, width = entry.effect.slots[0].shape
    return [" has a vector of ", width, " values for each of ", rows, " entries"]


def _generic(entry: Entry) -> list[Value]:
    learned = [slot for slot in entry.effect.slots if slot.role in LEARNED_ROLES]
    parts = [part for slot in learned for part in (Code(slot.name), " ", slot.shape, ", ")]
    return [" has ", *parts[:-1]] if parts else [f" ({entry.kind}) has"]


_CONVOLUTIONS = ("conv1d", "conv2d", "conv3d")
_NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm")
_WORDS: dict[str, Callable[[Entry], list[Value]]] = {
    "linear": _linear,
    "embedding": _embedding,
    **dict.fromkeys(_CONVOLUTIONS, _convolution),
    **dict.fromkeys(_NORMS, _normalisation),
}
