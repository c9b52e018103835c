"""The end of a ledger: its totals with their units, the evidence for them, what was published, the conventions."""

from __future__ import annotations

from netledger.documents.model import Facts, Quantity, Runs, Verdict
from netledger.layers.sizes import shape_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.documents.model import Block, Value
    from netledger.ledger import Entry, Ledger
    from netledger.unknown import Number

CONVENTIONS = {
    "parameters": "learned values; storage that layers share is counted once; buffers are not counted",
    "macs": "multiply–accumulates of contractions only: convolutions, matrix products, attention, recurrent gates",
    "flops": "2 × MACs",
    "neurons": "outputs of convolutional and linear layers; input, pooling and normalisation are not counted",
    "bytes": "MB = 10^6 bytes, MiB = 2^20 bytes",
}
"""What each number means; named in every output."""


_NOT_IN_BYTES = ("running_statistic", "buffer", "constant", "state")


def total_facts(ledger: Ledger) -> list[Block]:
    """The totals, one a line."""
    return [Facts(list(_totals(ledger)))]


def _totals(ledger: Ledger) -> Iterator[tuple[str, Value]]:
    totals = ledger.totals
    each = counted_for(ledger)
    yield "parameters", Runs(totals.parameters, " = ", totals.weights, " weights + ", totals.biases, " biases")
    if totals.frozen != 0:
        yield "trainable", Runs(totals.trainable, " (", totals.frozen, " are frozen)")
    if totals.buffers != 0:
        yield "buffers", Runs(totals.buffers, " (running statistics and the like: stored, not learned)")
    yield "MACs", _or_unknown(totals.macs, Runs(totals.macs, " = ", totals.flops, f" FLOPs, {each}"))
    yield "neurons", _or_unknown(totals.neurons, Runs(totals.neurons, f" {each}"))
    yield "size", _size(totals.bytes, _dtypes(ledger))
    if any(entry.kind == "embedding" for entry, _ in ledger.weighed()):
        yield from _headed(ledger)
        yield from _of_language(ledger)


def _headed(ledger: Ledger) -> Iterator[tuple[str, Value]]:
    """What the class with a head has, where a configuration names none and the base model is shown."""
    meta = ledger.network.meta
    if not isinstance(meta.get("headed"), str) or ledger.unknown:
        return
    from netledger.catalogue.family import family_network
    from netledger.ledger import keep_books

    values = {**meta["values"], "architectures": (meta["headed"],)}
    network, _ = family_network(meta["family"], values, ledger.network.name)
    yield "with a head", Runs(keep_books(network).totals.parameters, f" parameters as {meta['headed']}")


def _of_language(ledger: Ledger) -> Iterator[tuple[str, Value]]:
    """Embeddings, active parameters and the cost of a token, where the network is a model of language."""
    from netledger.predict.language import absorbs, language_of

    found = language_of(ledger)
    if found is None:
        return
    own = Runs(found.head, " in an output table of its own") if found.head else "the output has no table of its own"
    yield (
        "embedding",
        Runs(found.embedding, " in tables that are looked up; ", own, "; without both ", found.non_embedding),
    )
    if found.routed and found.active is None:
        yield "active", Runs("not known: how many experts a token takes is open; ", found.routed, " are in experts")
    elif found.routed:
        yield (
            "active",
            Runs(found.active, " a token, all tensors; ", found.active_without_input, " without the input table"),
        )
        yield "", Runs(found.active_without_tables, " without both tables; ", found.routed, " are in experts")
    from netledger.predict.pictures import positions_of_pictures

    for shape, rows in positions_of_pictures(ledger):
        yield "an input", Runs(f"of {shape_text(shape)} stands for ", rows, " positions of the language model")
    if found.prefill is not None:
        read = found.prefill
        yield (
            "prefill",
            Runs(read.macs, " MACs over ", read.positions, f" positions, {read.words:,} of words, and the towers"),
        )
        yield "", f"the MACs above are the towers' and those of the {read.words:,} words alone"
    if found.decode is not None:
        latent = absorbs([entry for entry, _ in ledger.weighed()])
        kept = "their latent kept, its matrices absorbed" if latent else "their cache kept"
        if found.seen:
            kept += f", and the keys and values of the encoder's {found.seen:,} positions"
        yield "one token", Runs(found.decode, f" MACs after {found.context:,} others, {kept}")
    if found.forward and found.tokens and found.active is not None:
        each = 6 * found.forward // found.tokens
        yield "training", Runs(each, f" FLOPs a token at {found.tokens:,}: 3 forward passes; 6·N is ", 6 * found.active)
        reason = "6·N counts tables that are looked up and leaves out attention's own products"
        yield "", reason


def counted_for(ledger: Ledger) -> str:
    """What MACs and neurons are for: one example, a batch, or the shapes fed where these carry a batch of their own."""
    fed = [layer.attributes.get("shape") for layer in ledger.network.inputs()] if ledger.network.batched else []
    given = next((shape for shape in fed if isinstance(shape, tuple) and shape and shape[0] != 1), None)
    if given is not None and isinstance(given[0], int):
        times = f"{ledger.batch:,} times " if ledger.batch != 1 else ""
        return f"for {times}the input given, {shape_text(given)}"
    return "per example" if ledger.batch == 1 else f"for a batch of {ledger.batch:,}"


def _or_unknown(count: Number, said: Value) -> Value:
    return said if isinstance(count, int) or count.exact else "not known"


def _size(count: Number, dtype: str) -> Value:
    exact, sign = (count, "") if isinstance(count, int) else (count.exact, "≥ ")
    if sign and not exact:
        return count
    if exact < 10**5:
        return Runs(sign, exact, f" bytes in {dtype}")
    megabytes, mebibytes = Quantity(exact, "MB", per=10**6), Quantity(exact, "MiB", per=2**20)
    return Runs(sign, megabytes, " = ", mebibytes, f" in {dtype}")


def _dtypes(ledger: Ledger) -> str:
    if ledger.dtype is not None:
        return ledger.dtype
    if "values" in ledger.network.meta and "dtype" not in ledger.network.meta:
        return f"{ledger.network.dtype}, for no type is stated"
    found: dict[str, None] = {}
    for entry, _ in ledger.weighed():
        for tensor in entry.tensors:
            if tensor.role not in _NOT_IN_BYTES:
                found[tensor.dtype] = None
        if not entry.tensors and _has_parameters(entry):
            found[entry.layer.dtype or ledger.network.dtype] = None
    return ", ".join(found) or ledger.network.dtype


def evidence_facts(ledger: Ledger) -> list[Block]:
    """Evidence, published figures, assumptions and conventions."""
    items: list[tuple[str, Value]] = [("evidence", evidence_sentence(ledger))]
    items += list(_published(ledger))
    items += [("assumed", text) for text in ledger.network.assumed]
    each = counted_for(ledger)
    each = "per example (batch 1)" if each == "per example" else each
    said = [f"{_TITLES.get(name, name)}: {meaning}" for name, meaning in CONVENTIONS.items()]
    items += [("conventions" if i == 0 else "", text) for i, text in enumerate([*said, each])]
    return [Facts(items)]


_TITLES = {"macs": "MACs", "flops": "FLOPs"}


def double_entries(ledger: Ledger) -> tuple[int, int, int]:
    """How many layers have parameters of their own, how many of these counts were reached two ways, how many agree."""
    own = [(entry, times) for entry, times in ledger.weighed() if _has_parameters(entry)]
    two_ways = [(entry, times) for entry, times in own if entry.evidence]
    agree = [times for entry, times in two_ways if all(evidence.agrees for evidence in entry.evidence)]
    return sum([times for _, times in own]), sum([times for _, times in two_ways]), sum(agree)


def _has_parameters(entry: Entry) -> bool:
    return bool(entry.evidence or entry.weights or entry.biases)  # an Unknown is not nothing


def evidence_sentence(ledger: Ledger) -> Value:
    """How many counts were reached two ways, and whether they agree."""
    own, two_ways, agree = double_entries(ledger)
    if not own:
        return "no layer has parameters"
    counts = f"{own:,} parameter count{'s' if own != 1 else ''}"
    if not two_ways:
        stored = any(entry.tensors for entry, _ in ledger.weighed())
        if not stored:
            return f"{counts} by formula; a description holds no tensors by which they would be reached two ways"
        return f"{counts} by stored shape; the file says no formula by which they would be reached two ways"
    if agree == two_ways:
        return Verdict(
            "ok", f"{two_ways:,} of {counts} reached two ways, by formula and by stored shape, and all agree"
        )
    reached = f"{two_ways:,} of {counts} reached two ways, by formula and by stored shape"
    return Verdict("wrong", f"{reached}: {agree:,} of {two_ways:,} agree, see the discrepancies")


def _active(claimed: object, ledger: Ledger) -> Value:
    """A card's active parameters, and which of the meanings in use they have: three ways of counting the tables."""
    from netledger.ledger.bookkeeping import rounds_to
    from netledger.predict.language import language_of

    said = f"active {claimed}"
    found = language_of(ledger)
    if found is None or found.active is None:
        return said
    meanings = (
        (found.active, "all tensors"), (found.active_without_input, "without the input table"),
        (found.active_without_tables, "without both tables"),
    )  # fmt: skip
    fitting = [words for count, words in meanings if count is not None and rounds_to(count, str(claimed))]
    if not fitting:
        return Verdict("note", f"{said}; none of the three counts rounds to it")
    return Verdict("ok", f"{said}: {' or '.join(fitting)}")


def _published(ledger: Ledger) -> Iterator[tuple[str, Value]]:
    """What was claimed of the network beside what is counted."""
    checked = {evidence.what: evidence for evidence in ledger.evidence if evidence.kind == "published"}
    ours = ledger.totals.as_dict()
    for i, (name, claimed) in enumerate(ledger.network.published.items()):
        heading = "" if i else "published"
        title = _TITLES.get(name, name)
        said: Value = claimed if isinstance(claimed, int) else str(claimed)
        if name in checked:
            evidence = checked[name]
            counted = Runs("; counted ", ours[name])
            verdict = "ok" if evidence.agrees else "wrong"
            yield heading, Verdict(verdict, Runs(f"{title} ", said, "" if evidence.agrees else counted))
        elif name in ours:
            yield heading, Verdict("note", Runs(f"{title} ", said, "; counted ", ours[name]))
        else:
            yield heading, _active(claimed, ledger) if name == "active" else Runs(f"{title} ", said)
    for evidence in ledger.evidence:
        if evidence.kind == "file size":
            rest = f"; counted {evidence.ours:,}" if evidence.ours is not None and not evidence.agrees else ""
            words = f"{evidence.what}: {evidence.theirs:,}{rest}"
            yield "file size", Verdict("ok" if evidence.agrees else "wrong", words)
