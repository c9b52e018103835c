"""Keeping the books: one pass over a network, every parameter count reached two ways where there are two."""

from __future__ import annotations

from netledger.dtypes import bytes_of
from netledger.errors import NetledgerError, NotFoundError, ShapeError
from netledger.formula import ZERO
from netledger.layers import Effect, apply, rule_for
from netledger.layers.sizes import shape_text
from netledger.ledger.books import Discrepancy, Entry, Evidence, Ledger, Stretch, Totals, entry_like
from netledger.network import LEARNED_ROLES, Run, elements_of, likeness
from netledger.records import Rolled
from netledger.unknown import Unknown, added, exactly, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from netledger.network import Layer, Network, Shape, Tensor
    from netledger.unknown import Number


_POSTED = ("weights", "biases", "frozen", "buffers", "bytes")
_NOT_GIVEN = Unknown("the input shape is not given")


def entries_of(network: Network) -> list[Entry]:
    """The rows of a network's books alone, without totals and evidence."""
    return list(Rolled(tuple(Bookkeeper(network, 1, None).rows())).unrolled())


class Bookkeeper:
    """The state of one pass over a network: shapes of values so far, storages counted so far.

    ``entries`` are those of layers whose tensors others use (``owners``). ``told`` are all that were worked out,
    ``more`` how many others are like one of them, by its ``id``.
    """

    def __init__(self, network: Network, batch: int, dtype: str | None) -> None:
        self.network = network
        self.batch = batch
        self.dtype = dtype
        self.shapes: dict[str, Shape] = {}
        self.owners = {layer.share for layer, _ in network.weighed()}
        self.entries: dict[str, Entry] = {}
        self.storages: dict[str, str] = {}
        self.discrepancies: list[Discrepancy] = []
        self.counts: dict[tuple[Any, ...], dict[str, int | Unknown]] = {}
        self.known: dict[tuple[Any, ...], Entry] = {}
        self.told: list[Entry] = []
        self.more: dict[int, int] = {}

    def rows(self) -> list[Entry | Stretch]:
        """An entry for each layer, in order; a stretch for turns of a loop that are counted alike."""
        rolled = self.network.rolled
        rows: list[Entry | Stretch] = []
        for part in self.network.layers if rolled is None else rolled.parts:
            rows += self.stretch(part) if isinstance(part, Run) else (self.row(part),)
        return rows

    def row(self, layer: Layer) -> Entry:
        """The entry of a layer, kept where other layers use its tensors."""
        entry = self.entry(layer)
        if layer.path in self.owners:
            self.entries[layer.path] = entry
        return entry

    def stretch(self, run: Run) -> list[Entry | Stretch]:
        """The first turn's entries for all turns; one by one where something is said of a single layer."""
        if any(owner is not None and run.holds(owner) for owner in self.owners):
            return [self.row(layer) for layer in run.unrolled()]
        first = tuple([self.row(layer) for layer in run.items])
        keys = [self._key(entry.layer, entry.inputs) for entry in first]
        likes = [None if key is None else self.known.get(key) for key in keys]
        numbers = range(run.first + 1, run.first + run.times)
        if None in likes:
            return [*first, *[self.row(layer) for number in numbers for layer in run.make(number)]]
        for like in likes:
            self.more[id(like)] = self.more.get(id(like), 0) + len(numbers)
        for layer, entry in zip(run.make(numbers[-1]), first, strict=True):
            self.shapes.update(zip(layer.outputs, entry.outputs, strict=False))
        return [Stretch(first, run)]

    def ledger(self) -> Ledger:
        rows = self.rows()
        rolled = self.network.rolled is not None
        entries = Rolled(tuple(rows)) if rolled else tuple([row for row in rows if isinstance(row, Entry)])
        totals = self.totals()
        as_published = self.batch == 1 and self.dtype is None
        evidence = tuple(_published_evidence(self.network, totals)) if as_published else ()
        return Ledger(self.network, entries, totals, self.batch, self.dtype, evidence, tuple(self.discrepancies))

    # -------------------------------------------------------------- one layer

    def entry(self, layer: Layer) -> Entry:
        inputs = self.input_shapes(layer) if layer.inputs or layer.input_shapes is not None else ()
        key = self._key(layer, inputs)
        try:
            like = None if key is None else self.known.get(key)
        except TypeError:  # an attribute that cannot be: its rule says so
            key = like = None
        if like is not None:
            return self.entry_like(like, layer)
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
        entry = Entry(
            layer, effect, macs=macs, outputs=outputs, inputs=inputs, unknown=tuple(dict.fromkeys(unknown)), **counted
        )
        self.told.append(entry)
        stated = layer.output_shapes
        told = stated in (None, effect.outputs) if effect.outputs else stated is not None or not layer.outputs
        if key is not None and told and all(evidence.agrees for evidence in entry.evidence):
            self.known[key] = entry
        return entry

    def _key(self, layer: Layer, inputs: tuple[Shape, ...]) -> tuple[Any, ...] | None:
        """What decides the books of a layer; ``None`` where something is said of it alone, or it shares a storage."""
        if layer.meta or layer.share or layer.unknown:
            return None
        tensors, attributes = layer.tensors, layer.attributes
        for tensor in tensors:
            if tensor.storage is not None:
                held = [each.storage for each in tensors if each.storage is not None]
                if len(set(held)) < len(held) or not self.storages.keys().isdisjoint(held):
                    return None
                break
        return (
            layer.kind, tuple(attributes.items()) if attributes else (), inputs, len(layer.outputs),
            layer.output_shapes, layer.trainable, layer.dtype, _alike(tensors),
        )  # fmt: skip

    def entry_like(self, like: Entry, layer: Layer) -> Entry:
        """The entry of a layer that is like one before, and whose tensors are counted as its are."""
        if layer.outputs:
            self.shapes.update(zip(layer.outputs, like.outputs, strict=False))
        for tensor in layer.tensors:
            if tensor.storage is not None:
                self.storages[tensor.storage] = layer.path
        evidence = like.evidence
        if evidence:
            what = f"{layer.path} parameters"
            evidence = tuple([Evidence(each.kind, what, each.ours, each.theirs, True) for each in evidence])
        self.more[id(like)] = self.more.get(id(like), 0) + 1
        return entry_like(like, layer, evidence)

    def input_shapes(self, layer: Layer) -> tuple[Shape, ...]:
        if layer.input_shapes is not None:
            return layer.input_shapes
        return tuple([self.shapes.get(name, _NOT_GIVEN) for name in layer.inputs])

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
        if effect.outputs == stated:
            return stated
        result = list(stated)
        for i, shape in enumerate(effect.outputs[: len(stated)]):
            theirs = stated[i]
            if _contradict(shape, theirs):
                self.discrepancies.append(
                    Discrepancy(layer.path, "output shape", shape_text(shape), shape_text(theirs))
                )
            if isinstance(theirs, Unknown) or any(isinstance(size, Unknown) for size in theirs):
                result[i] = shape if not isinstance(shape, Unknown) else theirs
        return tuple(result)

    def by_formula(self, layer: Layer, effect: Effect) -> dict[str, Any]:
        """A description alone: the formula is the only entry of the books."""
        weights, biases, buffers = effect.weights.count, effect.biases.count, effect.buffers.count
        if effect.unknown is not None and effect.weights is ZERO and not effect.outputs:
            weights = biases = buffers = effect.unknown  # a kind without a rule may keep any of them
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
            "buffers": buffers if tied_to is None else 0,
            "tied_to": tied_to,
            "bytes": unknown if unknown is not None else bytes_of(int(known), dtype),
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
                    f"shares '{slot.name}' of '{layer.share}', but needs {shape_text(slot.shape)} where that has "
                    f"{shape_text(theirs[slot.name])}"
                ).at(item=layer.path)
        return {slot.role for slot in shared}

    def by_shape(self, layer: Layer, effect: Effect) -> dict[str, Any]:
        """What is really stored: every storage counted once; checked against the rule where there is one."""
        tied_to, own = None, []
        for tensor in layer.tensors:
            if tensor.storage is not None and tensor.storage in self.storages:
                owner = self.storages[tensor.storage]
                tied_to = owner if owner != layer.path and tensor.learned else tied_to
                continue
            if tensor.storage is not None:
                self.storages[tensor.storage] = layer.path
            own.append(tensor)
        evidence = self.double_entry(layer, effect)
        return {**self.posted(own), "tied_to": tied_to, "tensors": layer.tensors, "evidence": evidence}

    def posted(self, tensors: list[Tensor]) -> dict[str, int | Unknown]:
        """The counts of the tensors that a layer adds; of equal ones they are worked out once."""
        key = _alike(tensors)
        found = self.counts.get(key)
        if found is None:
            counts: dict[str, int | Unknown] = dict.fromkeys(_POSTED, 0)
            for tensor in tensors:
                self._post(tensor, counts)
            found = self.counts[key] = counts
        return found

    def _post(self, tensor: Tensor, counts: dict[str, int | Unknown]) -> None:
        count, role = tensor.count, tensor.role
        if role in LEARNED_ROLES:
            name = "biases" if role == "bias" else "weights"
            counts[name] = added(counts[name], count)
            if not tensor.trainable:
                counts["frozen"] = added(counts["frozen"], count)
            if self.dtype is not None:
                needed = count if isinstance(count, Unknown) else bytes_of(count, self.dtype)
                counts["bytes"] = added(counts["bytes"], needed)
                return
        elif role in ("running_statistic", "buffer"):
            counts["buffers"] = added(counts["buffers"], count)
            return
        if role not in ("constant", "state"):
            counts["bytes"] = added(counts["bytes"], tensor.bytes)

    def double_entry(self, layer: Layer, effect: Effect) -> tuple[Evidence, ...]:
        """The formula's count against the tensors' own, where both are there."""
        learned = [tensor for tensor in layer.tensors if tensor.learned]
        if effect.unknown is not None or not effect.slots or not learned:
            return ()
        by_formula = effect.parameters.count
        if isinstance(by_formula, Unknown):
            return ()
        by_shape = sum_up([tensor.count for tensor in learned])
        if not isinstance(by_shape, int):
            return ()
        agrees = by_formula == by_shape
        if not agrees:
            self.discrepancies.append(Discrepancy(layer.path, "parameters", by_formula, by_shape))
        return (Evidence("shapes", f"{layer.path} parameters", by_formula, by_shape, agrees),)

    # -------------------------------------------------------------- sums

    def totals(self) -> Totals:
        """The sums of the entries so far."""
        sums = {
            name: sum_up([self._all_of(entry, getattr(entry, name)) for entry in self.told])
            for name in ("weights", "biases", "frozen", "buffers", "macs", "bytes")
        }
        neurons = sum_up([self._all_of(entry, neurons_of(entry)) for entry in self.told])
        return Totals(neurons=neurons * self.batch, **sums)

    def _all_of(self, entry: Entry, count: int | Unknown) -> int | Unknown:
        """A count of an entry and of all that are like it."""
        return count * (1 + self.more.get(id(entry), 0)) if isinstance(count, int) else count


def neurons_of(entry: Entry) -> int | Unknown:
    """The outputs of a convolutional or linear layer, per example; 0 of any other, Unknown of a kind without a rule."""
    meta = entry.layer.meta
    if meta and (meta.get("part") or meta.get("used") is False):
        return 0
    if entry.layer.unknown is not None:
        return entry.layer.unknown
    try:
        if not (rule_for(entry.layer.kind).neurons or meta.get("neurons")):
            return entry.effect.unknown if entry.layer.kind == "tensors" and entry.effect.unknown is not None else 0
    except NotFoundError:
        return entry.effect.unknown or 0
    shape = entry.outputs[0] if entry.outputs else Unknown("no output shape")
    if isinstance(shape, Unknown):
        return shape
    return elements_of(shape)


def _alike(tensors: Sequence[Tensor]) -> tuple[Any, ...]:
    """What decides the counts of tensors that are stored apart."""
    return tuple(map(likeness, tensors))


def _contradict(ours: Shape, theirs: Shape) -> bool:
    if isinstance(ours, Unknown) or isinstance(theirs, Unknown):
        return False
    if len(ours) != len(theirs):
        return True
    return any(a != b for a, b in zip(ours, theirs, strict=True) if isinstance(a, int) and isinstance(b, int))


_SUFFIXES = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def rounds_to(value: int, claim: str) -> bool | None:
    """Whether a count, rounded to the digits of a claim such as ``6.7B``, is that claim; ``None`` where it is none.

    >>> rounds_to(6_738_415_616, "6.7B"), rounds_to(1_557_611_200, "1.5B"), rounds_to(60_965_224, "60 million")
    (True, False, None)
    """
    digits, unit = claim[:-1], _SUFFIXES.get(claim[-1:])
    whole, _, decimals = digits.partition(".")
    if unit is None or not (whole + decimals).isdigit() or not (whole + decimals).isascii() or not whole:
        return None
    step: int = unit // 10 ** len(decimals)
    return abs(2 * (value - int(whole + decimals) * step)) <= step


def _published_evidence(network: Network, totals: Totals) -> Iterator[Evidence]:
    """What was published about the network, compared with the books: exact figures only, under their own names."""
    ours: Mapping[str, Number] = totals.as_dict()
    for name, claimed in network.published.items():
        if name in ours and isinstance(claimed, int):
            value = exactly(ours[name])
            yield Evidence("published", name, value, claimed, value == claimed)
        elif name in ours and isinstance(claimed, str):
            counted = exactly(ours[name])
            rounds = counted is not None and rounds_to(counted, claimed)
            if rounds is not None:
                yield Evidence("published", name, counted, claimed, rounds)
    if "stored_values" in network.meta:
        file, stored = network.meta["stored_values"]
        held = exactly(totals.parameters + totals.buffers)
        yield Evidence("file size", f"values in {file}", held, stored, held == stored)
    if "partitions" in network.meta:
        parts, values, most = network.meta["partitions"]
        counted = exactly(totals.parameters)
        agrees = counted is not None and 0 <= values - counted <= most  # parts are filled up to one length
        theirs = counted if agrees and counted is not None else values
        yield Evidence("file size", f"parameters in the partitions ({parts:,})", counted, theirs, agrees)
    if "stored" in network.meta:
        from netledger.ledger.file_sizes import file_sizes  # a description states none

        yield from file_sizes(network)
