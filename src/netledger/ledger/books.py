"""What the books are made of: a Ledger with one Entry a layer, totals, evidence and discrepancies."""

from __future__ import annotations

from netledger.errors import NotFoundError, nearest
from netledger.ledger.other_names import OF_AN_ENTRY, OtherName
from netledger.ledger.views import Shown, Views
from netledger.printable import printable
from netledger.records import Record, Rolled, Unrolling, become
from netledger.unknown import Unknown, added, counted, least, sum_up, unknowns_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from netledger.formula import Formula
    from netledger.layers import Effect, Slot
    from netledger.network import Layer, Network, Run, Shape, Tensor
    from netledger.unknown import Number


class Evidence(Record, many=True):
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
        evidence = type(self)
        become(self, evidence.Draft)
        self.kind, self.what, self.ours, self.theirs, self.agrees = kind, what, ours, theirs, agrees
        become(self, evidence)


class Discrepancy(Record):
    """Two entries of the books that do not agree: where, what, and both values."""

    __slots__ = ("path", "what", "by_formula", "by_shape")
    path: str
    what: str
    by_formula: int | str
    by_shape: int | str

    def __init__(self, path: str, what: str, by_formula: int | str, by_shape: int | str) -> None:
        self._fill(path, what, by_formula, by_shape)


class Entry(Shown, Record, many=True):
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
        entry = type(self)
        become(self, entry.Draft)
        self.layer, self.effect, self.inputs, self.outputs = layer, effect, inputs, outputs
        self.weights, self.biases, self.frozen, self.buffers = weights, biases, frozen, buffers
        self.macs, self.bytes, self.unknown = macs, bytes, unknown
        self.tensors, self.tied_to, self.evidence = tensors, tied_to, evidence
        become(self, entry)

    DOCUMENT = "netledger.documents.ledger.explain:entry_document"

    def __repr__(self) -> str:
        said = [str(value) for value in (self.parameters, self.macs)]
        numbers = [f"{int(text):,}" if text.isascii() and text.isdigit() else "?" for text in said]
        return f"<Entry {printable(self.path)}: {self.kind}, {numbers[0]} parameters, {numbers[1]} MACs>"

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in OF_AN_ENTRY]

    @property
    def path(self) -> str:
        """The layer's path."""
        return self.layer.path

    @property
    def kind(self) -> str:
        """The layer's kind."""
        return self.layer.kind

    def tensor_names(self) -> list[tuple[str, Slot]]:
        """The tensors that its rule asks for, each with the full name that it is stored under."""
        path = self.layer.path
        return [(path if slot.name == "parameter" else f"{path}.{slot.name}", slot) for slot in self.effect.slots]

    @property
    def parameters(self) -> int | Unknown:
        """Weights and biases that this layer adds."""
        return added(self.weights, self.biases)

    @property
    def other(self) -> int | Unknown:
        """Real operations that are no multiply-accumulates of a contraction (a Fourier transform's), per example."""
        return self.effect.other.count

    @property
    def formula(self) -> Formula:
        """The parameters' formula, named factors and all."""
        return self.effect.parameters

    @property
    def output_shape(self) -> Shape | None:
        """The shape of its first value; ``None`` where it has none."""
        return self.outputs[0] if self.outputs else None


for _name in OF_AN_ENTRY:
    setattr(Entry, _name, OtherName(_name))


def entry_like(like: Entry, layer: Layer, evidence: tuple[Evidence, ...] = ()) -> Entry:
    """The entry of a layer that is counted as another one is."""
    return Entry(
        layer, like.effect, like.weights, like.biases, like.frozen, like.buffers, like.macs, like.outputs,
        layer.tensors, None, evidence, like.unknown, like.bytes, like.inputs,
    )  # fmt: skip


class Totals(Record):
    """The sums of the books, each an ``int``, or a :class:`~netledger.unknown.Count` with the Unknowns in it."""

    __slots__ = ("weights", "biases", "frozen", "buffers", "macs", "neurons", "bytes")
    weights: Number
    biases: Number
    frozen: Number
    buffers: Number
    macs: Number
    neurons: Number
    bytes: Number

    def __init__(
        self,
        weights: Number,
        biases: Number,
        frozen: Number,
        buffers: Number,
        macs: Number,
        neurons: Number,
        bytes: Number,
    ) -> None:
        self._fill(weights, biases, frozen, buffers, macs, neurons, bytes)

    @property
    def parameters(self) -> Number:
        """Learned values, tied storage once, trainable and frozen together."""
        return self.weights + self.biases

    @property
    def trainable(self) -> Number:
        """Parameters that training changes."""
        parameters = self.parameters
        exact = least(parameters) - least(self.frozen)
        return counted(exact, unknowns_of(parameters) | unknowns_of(self.frozen))

    @property
    def flops(self) -> Number:
        """2 × MACs."""
        return sum_up((self.macs, self.macs))

    def as_dict(self) -> dict[str, Number]:
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


class Stretch(Record):
    """The entries of a run of layers: those of its first turn stand for all, ``turns`` are its layers."""

    __slots__ = ("items", "turns")
    items: tuple[Entry, ...]
    turns: Run

    def __init__(self, items: tuple[Entry, ...], turns: Run) -> None:
        self._fill(items, turns)

    @property
    def times(self) -> int:
        """How many turns there are."""
        return self.turns.times

    def unrolled(self) -> Iterator[Entry]:
        """The entries of all its turns."""
        for place, layer in enumerate(self.turns.unrolled()):
            yield entry_like(self.items[place % len(self.items)], layer)


class Ledger(Views, Unrolling):
    """The books of a network: an :class:`Entry` for each layer, totals, conventions, evidence and discrepancies.

    ``batch`` multiplies MACs and neurons (1 = per example). ``dtype`` is the element type that bytes are given in,
    ``None`` = as stored or described. ``view`` is how it was asked to show itself (the keywords of ``show``).
    """

    __slots__ = ("network", "entries", "totals", "batch", "dtype", "evidence", "discrepancies", "view")
    network: Network
    entries: tuple[Entry, ...]
    LATER = "entries"
    totals: Totals
    batch: int
    dtype: str | None
    evidence: tuple[Evidence, ...]
    discrepancies: tuple[Discrepancy, ...]
    view: Mapping[str, Any] | None

    def __init__(
        self,
        network: Network,
        entries: tuple[Entry, ...] | Rolled,
        totals: Totals,
        batch: int = 1,
        dtype: str | None = None,
        evidence: tuple[Evidence, ...] = (),
        discrepancies: tuple[Discrepancy, ...] = (),
        view: Mapping[str, Any] | None = None,
    ) -> None:
        self._fill(network, entries, totals, batch, dtype, evidence, discrepancies, view)
        self._roll(entries)

    def __hash__(self) -> int:
        return hash(self.network)

    def __getitem__(self, path: str | int) -> Entry:
        """The entry of a layer by its path, or by its place."""
        if not isinstance(path, str):
            return self.entries[path]
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
        if not any(entry.unknown for entry, _ in self.weighed()):
            return ()
        return tuple([(entry.path, reason) for entry in self.entries for reason in entry.unknown])

    def unread(self, most: int) -> dict[str, tuple[list[str], int]]:
        """Each reason of an Unknown: the paths of the first layers that have it, ``most`` of them, and how many have.

        >>> from netledger.ledger import keep_books
        >>> from netledger.network import Layer, Network
        >>> keep_books(Network("n", [Layer("x", "qqq"), Layer("y", "qqq")])).unread(1)
        {"unknown kind 'qqq'": (['x'], 2)}
        """
        counts: dict[str, int] = {}
        for entry, times in self.weighed():
            for reason in _reasons_of(entry):
                counts[reason] = counts.get(reason, 0) + times
        found: dict[str, list[str]] = {reason: [] for reason in counts}
        short = set(found)
        for entry in self._one_by_one():
            if not short:
                break
            for reason in short.intersection(_reasons_of(entry)):
                found[reason].append(entry.path)
                if len(found[reason]) == most:
                    short.discard(reason)
        return {reason: (paths, counts[reason]) for reason, paths in found.items()}

    def _one_by_one(self) -> Iterator[Entry]:
        """The entries in order, those of a stretch made when they are asked for."""
        for part in self.entries if self.rolled is None else self.rolled.parts:
            yield from part.unrolled() if isinstance(part, Stretch) else (part,)

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

    @property
    def total_param_bytes(self) -> int:
        """``totals.bytes`` as an integer (torchinfo's name)."""
        return int(self.totals.bytes)

    @property
    def total_input(self) -> int:
        """Bytes of all inputs (torchinfo's name)."""
        inputs = [entry for entry in self.entries if entry.layer.kind == "input"]
        return self.batch * _bytes_of_outputs(inputs, self.dtype or self.network.dtype)

    @property
    def total_output_bytes(self) -> int:
        """Twice the bytes that layers with parameters put out: for values and their gradients (torchinfo's name)."""
        ran = [entry for entry in self.entries if entry.layer.meta.get("used") is not False]
        learned = [entry for entry in ran if any(tensor.learned for tensor in entry.tensors)]
        return 2 * self.batch * _bytes_of_outputs(learned, self.dtype or self.network.dtype)

    @property
    def summary_list(self) -> tuple[Entry, ...]:
        """The rows (torchinfo's name)."""
        return self.entries


def _bytes_of_outputs(entries: list[Entry], dtype: str) -> int:
    from netledger.dtypes import bytes_of
    from netledger.network import elements_of

    found: list[int | Unknown] = []
    for entry in entries:
        own = str(entry.layer.attributes.get("dtype", dtype)) if entry.layer.kind == "input" else dtype
        for shape in entry.outputs:
            elements = shape if isinstance(shape, Unknown) else elements_of(shape)
            found.append(elements if isinstance(elements, Unknown) else bytes_of(elements, own))
    return int(sum_up(found))


def _reasons_of(entry: Entry) -> dict[str, None]:
    """What is not known of an entry, each reason once."""
    return dict.fromkeys([unknown.reason for unknown in entry.unknown]) if entry.unknown else {}
