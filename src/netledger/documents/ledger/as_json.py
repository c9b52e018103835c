"""The ledger as JSON data: versioned, described by ``netledger/schema/ledger.schema.json``.

An Unknown value is ``null`` in ``layers``; a total that holds one gives its exact part and is named in ``at_least``.
"""

from __future__ import annotations

from netledger.documents.ledger.columns import parameter_formula
from netledger.documents.ledger.folding import likeness
from netledger.documents.ledger.totals import CONVENTIONS, double_entries
from netledger.network import likeness as alike
from netledger.unknown import Unknown, least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from typing import Any

    from netledger.formula import Formula
    from netledger.ledger import Entry, Evidence, Ledger
    from netledger.network import Layer, Shape, Tensor
    from netledger.predict.language import Language

SCHEMA = "netledger.ledger/1"


class Layers:
    """The layers' objects, made one at a time as they are asked for; of equal formulas the text is made once."""

    def __init__(self, ledger: Ledger, entries: Sequence[Entry]) -> None:
        self.ledger, self.entries = ledger, entries
        self.written: dict[Hashable, dict[str, Any] | None] = {}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for entry in self.entries:
            yield _layer(entry, self)

    def texts(self, dumps: Callable[[object], str]) -> Iterator[str]:
        """The same objects as JSON; of layers that are counted alike, what they share is written once."""
        written: dict[Hashable, _Written] = {}
        tensors = _TensorTexts(dumps)
        for entry in self.entries:
            like = likeness(entry)
            if like is None:
                yield dumps(_layer(entry, self))
                continue
            shared = written.get(like)
            if shared is None:
                shared = written[like] = _Written(entry, self, dumps)
            yield shared.text(entry, self.ledger, tensors)

    def parameters(self, entry: Entry) -> dict[str, Any] | None:
        """The formula of a layer's parameters."""
        shapes = tuple([(tensor.shape, tensor.learned, tensor.elements is None) for tensor in entry.tensors])
        key = (id(entry.effect), shapes)
        if key not in self.written:
            self.written[key] = _formula(parameter_formula(entry))
        return _copied(self.written[key])

    def macs(self, entry: Entry) -> dict[str, Any] | None:
        """The formula of a layer's multiply-accumulates."""
        effect = entry.effect
        if effect.unknown is not None:
            return None
        if id(effect.macs) not in self.written:
            self.written[id(effect.macs)] = _formula(effect.macs)
        return _copied(self.written[id(effect.macs)])


def _copied(formula: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if formula is None else dict(formula)


def ledger_to_json(ledger: Ledger, entries: Sequence[Entry] | None = None) -> dict[str, Any]:
    """The whole ledger, or its totals with some of its entries."""
    data = ledger_data(ledger, entries)
    return {**data, "layers": list(data["layers"])}


def ledger_data(ledger: Ledger, entries: Sequence[Entry] | None = None) -> dict[str, Any]:
    """The same, the layers not made yet: to be written while they are made."""
    network = ledger.network
    totals = ledger.totals.as_dict()
    own, two_ways, agree = double_entries(ledger)
    chosen = ledger.entries if entries is None else entries
    return {
        "schema": SCHEMA,
        "network": network.name,
        "title": network.title,
        "source": network.source,
        "batched": network.batched,
        "dtype": network.dtype,
        "published": {name: _plain(value) for name, value in network.published.items()},
        "notes": list(network.notes),
        "meta": {name: _plain(value) for name, value in network.meta.items() if name != "comment"},
        "totals": {
            **{name: least(count) for name, count in totals.items()},
            "at_least": [name for name, count in totals.items() if not isinstance(count, int)],
        },
        "conventions": {
            **CONVENTIONS,
            "batch": ledger.batch,
            "dtype": ledger.dtype,
            "assumed": list(network.assumed),
        },
        "evidence": {
            "counts": own,
            "two_ways": two_ways,
            "agree": agree,
            "published": [_evidence(evidence) for evidence in ledger.evidence],
        },
        **_of_language(ledger),
        "layers": Layers(ledger, chosen),
        "unknown": [{"path": path, "reason": unknown.reason} for path, unknown in ledger.unknown],
        "discrepancies": [
            {"path": d.path, "what": d.what, "by_formula": d.by_formula, "by_shape": d.by_shape}
            for d in ledger.discrepancies
        ],
    }


def _of_language(ledger: Ledger) -> dict[str, Any]:
    """What is asked of a model of language; nothing of other networks."""
    if not any(entry.kind == "embedding" for entry in ledger.entries):
        return {}
    from netledger.predict.language import absorbs, language_of

    found = language_of(ledger)
    if found is None:
        return {}
    figures = {
        "embedding": found.embedding,
        "output_head": found.head,
        "non_embedding": found.non_embedding,
        "routed_experts": found.routed,
        "active": {
            "all": found.active,
            "without_input_table": found.active_without_input,
            "without_both_tables": found.active_without_tables,
        },
        "decode": {
            "context": found.context,
            "macs": found.decode,
            **({"latent": "absorbed"} if absorbs(ledger) else {}),
            **({"encoder_positions": found.seen} if found.seen else {}),
        },
        "prefill": _prefill(found),
    }
    return {"language_model": figures}


def _prefill(found: Language) -> dict[str, Any]:
    """``tokens`` are all positions: words, and what pictures stand for."""
    if found.prefill is None:
        return {"tokens": found.tokens, "macs": found.forward}
    read = found.prefill
    pictures = [{"shape": list(shape), "positions": count} for shape, count in read.pictures]
    return {"tokens": read.positions, "words": read.words, "pictures": pictures, "macs": read.macs}


def _layer(entry: Entry, layers: Layers) -> dict[str, Any]:
    layer = entry.layer
    return {
        "path": layer.path,
        **_sort(layer),
        "inputs": list(layer.inputs),
        "outputs": list(layer.outputs),
        **_shapes(entry),
        "attributes": _attributes(layer),
        "tensors": _tensors(entry, layers.ledger),
        **_counts(entry, layers),
        "evidence": [_evidence(evidence) for evidence in entry.evidence],
        "meta": {name: _plain(value) for name, value in layer.meta.items()},
    }


class _Written:
    """What layers that are counted alike share (:func:`likeness`) as JSON, and around it the names of each."""

    def __init__(self, entry: Entry, layers: Layers, dumps: Callable[[object], str]) -> None:
        self.dumps = dumps
        self.sort, self.shapes = dumps(_sort(entry.layer))[1:-1], dumps(_shapes(entry))[1:-1]
        self.counts = dumps(_counts(entry, layers))[1:-1]
        self.evidence = [(dumps(each.kind), dumps(_both(each))[1:-1]) for each in entry.evidence]
        self.attributes: dict[int, str] = {}

    def text(self, entry: Entry, ledger: Ledger, tensors: _TensorTexts) -> str:
        """The object of an entry that is such a one."""
        layer, dumps = entry.layer, self.dumps
        attributes = self.attributes.get(id(layer.attributes))
        if attributes is None:
            attributes = self.attributes[id(layer.attributes)] = dumps(_attributes(layer))
        stored = f"[{', '.join(map(tensors.text, layer.tensors))}]" if layer.tensors else dumps(_tensors(entry, ledger))
        evidence = [
            f'{{"kind": {kind}, "what": {dumps(each.what)}, {both}}}'
            for (kind, both), each in zip(self.evidence, entry.evidence, strict=True)
        ]
        return (
            f'{{"path": {dumps(layer.path)}, {self.sort}, "inputs": [{", ".join(map(dumps, layer.inputs))}], '
            f'"outputs": [{", ".join(map(dumps, layer.outputs))}], {self.shapes}, "attributes": {attributes}, '
            f'"tensors": {stored}, {self.counts}, "evidence": [{", ".join(evidence)}], "meta": {{}}}}'
        )


class _TensorTexts:
    """Stored tensors as JSON; of those that differ in their names alone, the rest is written once."""

    def __init__(self, dumps: Callable[[object], str]) -> None:
        self.dumps = dumps
        self.written: dict[Hashable, tuple[str, str]] = {}

    def text(self, tensor: Tensor) -> str:
        """The object of a tensor."""
        key = alike(tensor)
        written = self.written.get(key)
        if written is None:
            parts = _typed(tensor), _held(tensor)
            written = self.written[key] = self.dumps(parts[0])[1:-1], self.dumps(parts[1])[1:-1]
        name, (typed, held) = self.dumps(tensor.name), written
        storage = name if tensor.storage is None or tensor.storage == tensor.name else self.dumps(tensor.storage)
        return f'{{"name": {name}, {typed}, "storage": {storage}, {held}}}'


def _sort(layer: Layer) -> dict[str, Any]:
    return {"kind": layer.kind, "type": layer.type}


def _shapes(entry: Entry) -> dict[str, Any]:
    return {
        "input_shapes": [_shape(shape) for shape in entry.inputs],
        "output_shape": _shape(entry.outputs[0]) if entry.outputs else None,
        "output_shapes": [_shape(shape) for shape in entry.outputs],
    }


def _attributes(layer: Layer) -> dict[str, Any]:
    return {name: _plain(value) for name, value in layer.attributes.items()}


def _counts(entry: Entry, layers: Layers) -> dict[str, Any]:
    return {
        "parameters": _known(entry.parameters),
        "weights": _known(entry.weights),
        "biases": _known(entry.biases),
        "frozen": _known(entry.frozen),
        "buffers": _known(entry.buffers),
        "macs": _known(entry.macs),
        "bytes": _known(entry.bytes),
        "formula": layers.parameters(entry),
        "macs_formula": layers.macs(entry),
        "tied_to": entry.tied_to,
    }


def _tensors(entry: Entry, ledger: Ledger) -> list[dict[str, Any]]:
    """The stored tensors; of a description those that the rule asks for."""
    layer = entry.layer
    if layer.tensors:
        return [_tensor(tensor) for tensor in layer.tensors]
    dtype = ledger.dtype or layer.dtype or ledger.network.dtype
    return [
        {
            "name": name,
            "role": slot.role,
            "shape": _shape(slot.shape),
            "dtype": dtype,
            "trainable": layer.trainable,
            "storage": f"{layer.share}.{slot.name}" if layer.share else name,
            "stored": False,
        }
        for name, slot in entry.tensor_names()
    ]


def _tensor(tensor: Tensor) -> dict[str, Any]:
    storage = tensor.storage if tensor.storage is not None else tensor.name
    return {"name": tensor.name, **_typed(tensor), "storage": storage, **_held(tensor)}


def _typed(tensor: Tensor) -> dict[str, Any]:
    return {
        "role": tensor.role,
        "shape": _shape(tensor.shape),
        "dtype": tensor.dtype,
        "trainable": tensor.trainable,
    }


def _held(tensor: Tensor) -> dict[str, Any]:
    return {"stored": True, "elements": _known(tensor.count), "bytes": _known(tensor.bytes)}


def _formula(formula: Formula | None) -> dict[str, Any] | None:
    if formula is None:
        return None
    return {
        "numbers": formula.text(),
        "symbols": formula.text(symbols=True),
        "latex": formula.latex(symbols=True),
        "value": _known(formula.count),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {"kind": evidence.kind, "what": evidence.what, **_both(evidence)}


def _both(evidence: Evidence) -> dict[str, Any]:
    return {"ours": evidence.ours, "theirs": evidence.theirs, "agrees": evidence.agrees}


def _shape(shape: Shape) -> list[int | None] | None:
    if isinstance(shape, Unknown):
        return None
    return list(shape) if {*map(type, shape)} <= {int} else [_known(size) for size in shape]  # type: ignore[arg-type]


def _known(value: int | Unknown) -> int | None:
    return None if isinstance(value, Unknown) else value


def _plain(value: Any) -> Any:
    """Any attribute as JSON: tuples as lists, an Unknown as ``null``, what JSON has no word for as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, Unknown):
        return None
    if isinstance(value, tuple | list | frozenset | set):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return str(value)
