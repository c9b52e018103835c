"""Keeping the books: Network → Ledger, one entry a layer, every parameter count reached two ways where there are two.

>>> from netledger.network import Layer, Network
>>> net = Network("tiny", (
...     Layer("image", "input", {"shape": (3, 8, 8)}),
...     Layer("conv", "conv2d", {"out_channels": 4, "kernel_size": 3}, ("image",)),
... ))
>>> ledger = keep_books(net)
>>> str(ledger.totals.parameters), str(ledger.totals.macs), ledger["conv"].formula.text()
('112', '3,888', '(3*3)*3*4 + 4')
"""

from __future__ import annotations

from netledger.dtypes import bytes_of
from netledger.errors import NetledgerError, NotFoundError, ShapeError, nearest
from netledger.formula import ZERO, Formula
from netledger.layers import Effect, apply, rule_for
from netledger.network import Layer, Network, Tensor, elements_of
from netledger.records import Record
from netledger.unknown import Count, Unknown
from netledger.views import Views

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from netledger.network import Shape


class Evidence(Record):
    """One independent confirmation (or contradiction) of a number: ``kind`` ``shapes`` | ``published`` | ``framework``
    | ``file size``, what was compared, both values, and whether they agree.
    """

    __slots__ = ("kind", "what", "ours", "theirs", "agrees")
    kind: str
    what: str
    ours: int | None
    theirs: int | str
    agrees: bool

    def __init__(self, kind: str, what: str, ours: int | None, theirs: int | str, agrees: bool) -> None:
        self._fill(kind, what, ours, theirs, agrees)


class Discrepancy(Record):
    """Two entries of the books that do not agree: where, what, and both values."""

    __slots__ = ("path", "what", "by_formula", "by_shape")
    path: str
    what: str
    by_formula: int | str
    by_shape: int | str

    def __init__(self, path: str, what: str, by_formula: int | str, by_shape: int | str) -> None:
        self._fill(path, what, by_formula, by_shape)


class Entry(Record):
    """One layer's line in the books.

    ``weights`` and ``biases`` are what this layer *adds* (0 for tied storage counted before); ``parameters`` is their
    sum. ``effect`` holds the formulas. ``tied_to`` names the layer that owns shared storage. ``evidence`` is the list
    of independent confirmations of this line.
    """

    __slots__ = (
        "layer", "effect", "weights", "biases", "frozen", "buffers", "macs", "outputs", "tensors", "tied_to",
        "evidence", "unknown", "bytes", "inputs",
    )  # fmt: skip
    layer: Layer
    effect: Effect
    weights: int | Unknown
    biases: int | Unknown
    frozen: int | Unknown
    buffers: int | Unknown
    macs: int | Unknown
    outputs: tuple[Shape, ...]
    tensors: tuple[Tensor, ...]
    tied_to: str | None
    evidence: tuple[Evidence, ...]
    unknown: tuple[Unknown, ...]
    bytes: int | Unknown
    inputs: tuple[Shape, ...]

    def __init__(
        self,
        layer: Layer,
        effect: Effect,
        weights: int | Unknown = 0,
        biases: int | Unknown = 0,
        frozen: int | Unknown = 0,
        buffers: int | Unknown = 0,
        macs: int | Unknown = 0,
        outputs: tuple[Shape, ...] = (),
        tensors: tuple[Tensor, ...] = (),
        tied_to: str | None = None,
        evidence: tuple[Evidence, ...] = (),
        unknown: tuple[Unknown, ...] = (),
        bytes: int | Unknown = 0,
        inputs: tuple[Shape, ...] = (),
    ) -> None:
        self._fill(
            layer, effect, weights, biases, frozen, buffers, macs, outputs, tensors, tied_to, evidence, unknown, bytes,
            inputs,
        )  # fmt: skip

    @property
    def path(self) -> str:
        """The layer's path."""
        return self.layer.path

    @property
    def kind(self) -> str:
        """The layer's kind."""
        return self.layer.kind

    @property
    def parameters(self) -> int | Unknown:
        """Weights and biases that this layer adds."""
        if isinstance(self.weights, Unknown):
            return self.weights
        return self.biases if isinstance(self.biases, Unknown) else self.weights + self.biases

    @property
    def formula(self) -> Formula:
        """The parameters' formula, named factors and all."""
        return self.effect.parameters

    @property
    def output_shape(self) -> Shape | None:
        """The shape of its first value; ``None`` where it has none."""
        return self.outputs[0] if self.outputs else None


class Totals(Record):
    """The sums of the books, each a :class:`~netledger.unknown.Count`: exact, or with the Unknowns that are in it."""

    __slots__ = ("weights", "biases", "frozen", "buffers", "macs", "neurons", "bytes")
    weights: Count
    biases: Count
    frozen: Count
    buffers: Count
    macs: Count
    neurons: Count
    bytes: Count

    def __init__(
        self, weights: Count, biases: Count, frozen: Count, buffers: Count, macs: Count, neurons: Count, bytes: Count
    ) -> None:
        self._fill(weights, biases, frozen, buffers, macs, neurons, bytes)

    @property
    def parameters(self) -> Count:
        """Learned values, tied storage once, trainable and frozen together."""
        return self.weights + self.biases

    @property
    def trainable(self) -> Count:
        """Parameters that training changes."""
        parameters = self.parameters
        return Count(parameters.exact - self.frozen.exact, parameters.unknowns | self.frozen.unknowns)

    @property
    def flops(self) -> Count:
        """2 × MACs."""
        return self.macs * 2

    def as_dict(self) -> dict[str, Count]:
        """Every total by its public name."""
        names = (
            "parameters",
            "weights",
            "biases",
            "trainable",
            "frozen",
            "buffers",
            "macs",
            "flops",
            "neurons",
            "bytes",
        )
        return {name: getattr(self, name) for name in names}


class Ledger(Views, Record):
    """The books of a network: an :class:`Entry` for each layer, totals, conventions, evidence and discrepancies.

    ``batch`` multiplies MACs and neurons (1 = per example). ``dtype`` is the element type that bytes are given in,
    ``None`` = as stored or described.
    """

    __slots__ = ("network", "entries", "totals", "batch", "dtype", "evidence", "discrepancies")
    network: Network
    entries: tuple[Entry, ...]
    totals: Totals
    batch: int
    dtype: str | None
    evidence: tuple[Evidence, ...]
    discrepancies: tuple[Discrepancy, ...]

    def __init__(
        self,
        network: Network,
        entries: tuple[Entry, ...],
        totals: Totals,
        batch: int = 1,
        dtype: str | None = None,
        evidence: tuple[Evidence, ...] = (),
        discrepancies: tuple[Discrepancy, ...] = (),
    ) -> None:
        self._fill(network, entries, totals, batch, dtype, evidence, discrepancies)

    def __hash__(self) -> int:
        return hash(self.network)

    def __getitem__(self, path: str) -> Entry:
        for entry in self.entries:
            if entry.layer.path == path:
                return entry
        paths = [entry.layer.path for entry in self.entries]
        raise NotFoundError(f"no layer '{path}' in {self.network.name}", near=nearest(path, paths))

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def unknown(self) -> tuple[tuple[str, Unknown], ...]:
        """Every Unknown of the books with the path of its layer."""
        return tuple([(entry.path, reason) for entry in self.entries for reason in entry.unknown])

    # The names torchinfo gives these figures, so that replacing the import is enough.

    @property
    def total_params(self) -> int:
        """``totals.parameters`` as an integer (torchinfo's name); a ``ValueError`` where it holds an Unknown."""
        return int(self.totals.parameters)

    @property
    def trainable_params(self) -> int:
        """``totals.trainable`` as an integer (torchinfo's name)."""
        return int(self.totals.trainable)

    @property
    def total_mult_adds(self) -> int:
        """``totals.macs`` as an integer (torchinfo's name)."""
        return int(self.totals.macs)


def keep_books(network: Network, *, batch: int = 1, dtype: str | None = None) -> Ledger:
    """The ledger of ``network``.

    ``batch`` multiplies MACs and neurons. ``dtype`` gives every parameter that element type for the bytes. A layer that
    cannot be is a ``ShapeError`` that names it; a layer without a rule is Unknown, never an error.
    """
    return _Bookkeeper(network, batch, dtype).ledger()


class _Bookkeeper:
    """The state of one pass over a network: shapes of values so far, storages counted so far."""

    def __init__(self, network: Network, batch: int, dtype: str | None) -> None:
        self.network = network
        self.batch = batch
        self.dtype = dtype
        self.shapes: dict[str, Shape] = {}
        self.entries: dict[str, Entry] = {}
        self.storages: dict[str, str] = {}
        self.discrepancies: list[Discrepancy] = []

    def ledger(self) -> Ledger:
        entries = []
        for layer in self.network.layers:
            entry = self.entry(layer)
            self.entries[layer.path] = entry
            entries.append(entry)
        totals = self.totals(entries)
        as_published = self.batch == 1 and self.dtype is None
        evidence = tuple(_published_evidence(self.network, totals)) if as_published else ()
        return Ledger(self.network, tuple(entries), totals, self.batch, self.dtype, evidence, tuple(self.discrepancies))

    # -------------------------------------------------------------- one layer

    def entry(self, layer: Layer) -> Entry:
        inputs = self.input_shapes(layer)
        effect = self.effect(layer, inputs)
        outputs = self.output_shapes(layer, effect)
        for name, shape in zip(layer.outputs, outputs, strict=False):
            self.shapes[name] = shape
        macs = effect.macs.count if effect.unknown is None else effect.unknown
        if layer.meta.get("used") is False:  # a source that ran the network saw that this layer did not
            macs = 0
        if self.batch != 1 and isinstance(macs, int):
            macs *= self.batch
        counted = self.by_shape(layer, effect) if layer.tensors else self.by_formula(layer, effect)
        unknown = [value for value in (counted["weights"], counted["biases"], macs) if isinstance(value, Unknown)]
        return Entry(
            layer, effect, macs=macs, outputs=outputs, inputs=inputs, unknown=tuple(dict.fromkeys(unknown)), **counted
        )

    def input_shapes(self, layer: Layer) -> tuple[Shape, ...]:
        if layer.input_shapes is not None:
            return layer.input_shapes
        missing = Unknown("the input shape is not given")
        return tuple([self.shapes.get(name, missing) for name in layer.inputs])

    def effect(self, layer: Layer, inputs: tuple[Shape, ...]) -> Effect:
        if layer.unknown is not None:
            return Effect(unknown=layer.unknown)
        try:
            return apply(layer.kind, layer.attributes, inputs, self.network.batched)
        except NotFoundError as error:
            return Effect(unknown=Unknown(error.why))
        except NetledgerError as error:
            error.at(item=layer.path)
            raise

    def output_shapes(self, layer: Layer, effect: Effect) -> tuple[Shape, ...]:
        """The rule's shapes; what the source states fills what the rule does not know, and must not contradict it."""
        stated = layer.output_shapes
        if stated is None:
            missing = effect.unknown or Unknown(f"the output of {layer.kind} is not known")
            return effect.outputs or (missing,) * len(layer.outputs)
        result = list(stated)
        for i, shape in enumerate(effect.outputs[: len(stated)]):
            theirs = stated[i]
            if _contradict(shape, theirs):
                self.discrepancies.append(Discrepancy(layer.path, "output shape", _plain(shape), _plain(theirs)))
            if isinstance(theirs, Unknown) or any(isinstance(size, Unknown) for size in theirs):
                result[i] = shape if not isinstance(shape, Unknown) else theirs
        return tuple(result)

    def by_formula(self, layer: Layer, effect: Effect) -> dict[str, Any]:
        """A description alone: the formula is the only entry of the books."""
        weights, biases = effect.weights.count, effect.biases.count
        if effect.unknown is not None and effect.weights is ZERO and not effect.outputs:
            weights = effect.unknown
        tied_to = layer.share
        if tied_to is not None:
            owner = self.owner(layer, effect)
            weights = 0 if "weight" in owner or "parameter" in owner else weights
            biases = 0 if "bias" in owner else biases
        known = sum(value for value in (weights, biases) if isinstance(value, int))
        dtype = self.dtype or layer.dtype or self.network.dtype
        unknown = next((value for value in (weights, biases) if isinstance(value, Unknown)), None)
        return {
            "weights": weights,
            "biases": biases,
            "frozen": 0 if layer.trainable else (unknown or known),
            "buffers": effect.buffers.count if tied_to is None else 0,
            "tied_to": tied_to,
            "bytes": unknown if unknown is not None else bytes_of(known, dtype),
        }

    def owner(self, layer: Layer, effect: Effect) -> set[str]:
        """The roles of this layer's slots that the layer it shares with has too, shapes checked."""
        owner = self.entries.get(layer.share or "")
        if owner is None:
            raise ShapeError(f"shares the tensors of '{layer.share}', which is no earlier layer").at(item=layer.path)
        theirs = {slot.name: slot.shape for slot in owner.effect.slots} | {
            tensor.name.rpartition(".")[2]: tensor.shape for tensor in owner.layer.tensors
        }
        shared = [slot for slot in effect.slots if slot.name in theirs]
        for slot in shared:
            if theirs[slot.name] != slot.shape:
                raise ShapeError(
                    f"shares '{slot.name}' of '{layer.share}', but needs {_plain(slot.shape)} where that has "
                    f"{_plain(theirs[slot.name])}"
                ).at(item=layer.path)
        return {slot.role for slot in shared}

    def by_shape(self, layer: Layer, effect: Effect) -> dict[str, Any]:
        """What is really stored: every storage counted once; checked against the rule where there is one."""
        counts: dict[str, list[int | Unknown]] = {"weights": [], "biases": [], "frozen": [], "buffers": [], "bytes": []}
        tied_to = None
        for tensor in layer.tensors:
            if tensor.storage is not None and tensor.storage in self.storages:
                owner = self.storages[tensor.storage]
                tied_to = owner if owner != layer.path else tied_to
                continue
            if tensor.storage is not None:
                self.storages[tensor.storage] = layer.path
            self._post(tensor, counts)
        evidence = self.double_entry(layer, effect)
        sums = {name: Count.total(values) for name, values in counts.items()}
        return {
            **{name: value.exact if value.is_exact else next(iter(value.unknowns)) for name, value in sums.items()},
            "tied_to": tied_to,
            "tensors": layer.tensors,
            "evidence": evidence,
        }

    def _post(self, tensor: Tensor, counts: dict[str, list[int | Unknown]]) -> None:
        count = tensor.count
        if tensor.learned:
            counts["biases" if tensor.role == "bias" else "weights"].append(count)
            if not tensor.trainable:
                counts["frozen"].append(count)
        elif tensor.role in ("running_statistic", "buffer"):
            counts["buffers"].append(count)
            return
        if self.dtype is not None and tensor.learned:
            counts["bytes"].append(count if isinstance(count, Unknown) else bytes_of(count, self.dtype))
        elif tensor.role not in ("constant", "state"):
            counts["bytes"].append(tensor.bytes)

    def double_entry(self, layer: Layer, effect: Effect) -> tuple[Evidence, ...]:
        """The formula's count against the tensors' own, where both are there."""
        learned = [tensor for tensor in layer.tensors if tensor.learned]
        if effect.unknown is not None or not effect.slots or not learned:
            return ()
        by_formula = effect.parameters.count
        if isinstance(by_formula, Unknown):
            return ()
        by_shape = Count.total(tensor.count for tensor in learned)
        if not by_shape.is_exact:
            return ()
        agrees = by_formula == by_shape.exact
        if not agrees:
            self.discrepancies.append(Discrepancy(layer.path, "parameters", by_formula, by_shape.exact))
        return (Evidence("shapes", f"{layer.path} parameters", by_formula, by_shape.exact, agrees),)

    # -------------------------------------------------------------- sums

    def totals(self, entries: list[Entry]) -> Totals:
        sums = {
            name: Count.total(getattr(entry, name) for entry in entries)
            for name in ("weights", "biases", "frozen", "buffers", "macs", "bytes")
        }
        return Totals(neurons=Count.total(neurons_of(entry) for entry in entries) * self.batch, **sums)


def neurons_of(entry: Entry) -> int | Unknown:
    """The outputs of a convolutional or linear layer, per example; 0 of any other, Unknown of a kind without a rule."""
    if entry.layer.meta.get("part"):
        return 0
    try:
        if not rule_for(entry.kind).neurons:
            return 0
    except NotFoundError:
        return entry.effect.unknown or 0
    shape = entry.outputs[0] if entry.outputs else Unknown("no output shape")
    if isinstance(shape, Unknown):
        return shape
    return elements_of(shape)


def _contradict(ours: Shape, theirs: Shape) -> bool:
    if isinstance(ours, Unknown) or isinstance(theirs, Unknown):
        return False
    if len(ours) != len(theirs):
        return True
    return any(a != b for a, b in zip(ours, theirs, strict=True) if isinstance(a, int) and isinstance(b, int))


def _plain(shape: Shape) -> str:
    from netledger.layers.sizes import shape_text

    return shape_text(shape)


def _published_evidence(network: Network, totals: Totals) -> Iterator[Evidence]:
    """What was published about the network, compared with the books: exact figures only, under their own names."""
    ours: Mapping[str, Count] = totals.as_dict()
    for name, claimed in network.published.items():
        if name in ours and isinstance(claimed, int):
            value = ours[name].value
            yield Evidence("published", name, value, claimed, value == claimed)
    if "stored_values" in network.meta:
        file, stored = network.meta["stored_values"]
        held = (totals.parameters + totals.buffers).value
        yield Evidence("file size", f"values in {file}", held, stored, held == stored)
