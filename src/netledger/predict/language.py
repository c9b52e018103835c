"""What people ask of a language model's books: embeddings, active parameters, the cost of one token, of training.

Three meanings of "active" are in use: all tensors that a token passes (Mixtral, DeepSeek-V3); without the table that is
looked up (gpt-oss); without both tables (GLM-4.5, Qwen3). All three are worked out.
"""

from __future__ import annotations

from netledger.predict.pictures import prefill_with_pictures, sources_of
from netledger.records import Record
from netledger.unknown import Unknown, exactly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.ledger import Entry, Ledger
    from netledger.predict.pictures import Prefill

_SEQUENTIAL = frozenset(("attention", "experts", "recurrent_state"))


class Language(Record):
    """The figures; ``decode`` and ``context`` are the MACs of one token after so many, ``None`` where nothing is kept.

    - ``embedding``: all tables that are looked up, positions too; ``input_table`` the first of them, ``head`` an output
      table of its own (0 where it is the input's).
    - ``seen``: positions of an encoder that one decoded token reads, 0 where there is none.
    - ``forward``: the MACs of a pass over ``tokens`` words; ``None`` where pictures are read too: then ``prefill``.
    - ``routed``: parameters of experts; ``active``: what one token passes, ``None`` where the number of experts that it
      takes is not given (some take none of their own).
    """

    __slots__ = (
        "total",
        "embedding",
        "input_table",
        "head",
        "routed",
        "active",
        "context",
        "decode",
        "forward",
        "tokens",
        "prefill",
        "seen",
    )
    total: int
    embedding: int
    input_table: int
    head: int
    routed: int
    active: int | None
    context: int
    decode: int | None
    forward: int | None
    tokens: int
    prefill: Prefill | None
    seen: int

    def __init__(
        self, total: int, embedding: int, input_table: int, head: int, routed: int, active: int | None, context: int,
        decode: int | None, forward: int | None, tokens: int,
        prefill: Prefill | None = None, seen: int = 0,
    ) -> None:  # fmt: skip
        self._fill(total, embedding, input_table, head, routed, active, context, decode, forward, tokens, prefill, seen)

    @property
    def non_embedding(self) -> int:
        """Parameters without the tables: neither those that are looked up nor an output table of its own."""
        return self.total - self.embedding - self.head

    @property
    def active_without_input(self) -> int | None:
        """Active parameters without the table that is looked up."""
        return None if self.active is None else self.active - self.input_table

    @property
    def active_without_tables(self) -> int | None:
        """Active parameters without the input's and the output's tables."""
        return None if self.active is None else self.active - self.input_table - self.head


def language_of(ledger: Ledger, context: int | None = None) -> Language | None:
    """The figures of a model of language; ``None`` where a ledger is of another sort or not known to the last layer.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> found = language_of(keep_books(load("mixtral-8x7b")))
    >>> found.total, found.active, found.active_without_input
    (46702792704, 12879925248, 12748853248)
    """
    total = ledger.totals.parameters
    weighed = list(ledger.weighed())
    if not isinstance(total, int) or not any(entry.kind in _SEQUENTIAL for entry, _ in weighed):
        return None
    tables = [one for one in weighed if one[0].kind == "embedding" and one[0].layer.share is None]
    if not tables or ledger.batch != 1:
        return None
    embedding = sum(_known(entry.parameters) * times for entry, times in tables)
    first = next((entry for entry, _ in tables if _tokens(entry) != entry.layer.attributes["num_embeddings"]), None)
    if first is None:
        return None  # a row for each position (a detector's queries), no words
    words, tokens = first.layer.attributes["num_embeddings"], _tokens(first)
    head = _output_table([entry for entry, _ in weighed], words)
    experts = [(entry, times) for entry, times in weighed if entry.kind == "experts"]
    routed = sum(_known(entry.parameters) * times for entry, times in experts)
    resting = [(_resting(entry), times) for entry, times in experts]
    known = [count * times for count, times in resting if count is not None]
    active = total - sum(known) if len(known) == len(resting) else None
    prefill = prefill_with_pictures(ledger)
    crosses = any(entry.kind == "attention" and entry.layer.attributes.get("cross") for entry, _ in weighed)
    behind = behind_an_encoder(ledger) if crosses else None
    own = behind.tokens if behind is not None else tokens if prefill is None else prefill.positions
    after = own if context is None else context
    of_words = _reads_words_alone([entry for entry, _ in weighed])
    if prefill is not None or crosses:
        weighed = [(entry, 1) for entry in ledger]  # what a picture or an encoder reaches is told by what reads what
    step = decoded([entry for entry, _ in weighed], after) if prefill is not None or of_words or crosses else None
    forward = exactly(ledger.totals.macs) if of_words else None
    one = None if step is None else sum([macs * times for macs, (_, times) in zip(step, weighed, strict=True)])
    return Language(
        total, embedding, _known(first.parameters), head, routed, active, after, one, forward, tokens, prefill,
        0 if behind is None else behind.seen,
    )  # fmt: skip


def _reads_words_alone(ledger: Iterable[Entry]) -> bool:
    """Whether every input is a row of tokens: a picture's or a sound's MACs are no token's."""
    inputs = [entry.output_shape for entry in ledger if entry.kind == "input"]
    return all(isinstance(shape, tuple) and len(shape) == 1 for shape in inputs)


def _known(value: int | Unknown) -> int:
    return 0 if isinstance(value, Unknown) else value


def _output_table(entries: Iterable[Entry], words: int) -> int:
    """The weights of the last linear layer that gives as many values as there are words, where it owns its matrix."""
    linear = [entry for entry in entries if entry.kind == "linear" and entry.layer.attributes["out_features"] == words]
    last = linear[-1] if linear else None
    if last is None or last.layer.share is not None:
        return 0
    return _known(last.weights)


def _resting(entry: Entry) -> int | None:
    """The parameters of the experts that one token does not take."""
    number, used = entry.layer.attributes["num_experts"], entry.layer.attributes.get("top_k")
    known = isinstance(used, int) and not entry.layer.attributes.get("idle")
    return _known(entry.parameters) // number * (number - used) if known else None


def _tokens(table: Entry) -> int:
    shape = table.inputs[0] if table.inputs else None
    return shape[0] if isinstance(shape, tuple) and len(shape) == 1 and isinstance(shape[0], int) else 0


class Behind(Record):
    """A decoder behind an encoder: the paths of its layers (what its own words reach), how many words it reads, and how
    many positions its attention sees of the encoder.
    """

    __slots__ = ("paths", "tokens", "seen")
    paths: frozenset[str]
    tokens: int
    seen: int

    def __init__(self, paths: frozenset[str], tokens: int, seen: int) -> None:
        self._fill(paths, tokens, seen)


def behind_an_encoder(entries: Iterable[Entry]) -> Behind | None:
    """The decoder whose attention reads an encoder; ``None`` where no row of words asks another part.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> found = behind_an_encoder(keep_books(load("whisper-tiny")))
    >>> found.tokens, found.seen
    (128, 1500)
    """
    entries = list(entries)
    rows = {entry.path: entry.output_shape for entry in entries if entry.kind == "input"}
    reached: dict[str, frozenset[str]] = {path: frozenset([path]) for path in rows}
    own: str | None = None
    seen = 0
    for entry in entries:
        inputs = entry.layer.inputs
        found = frozenset[str]().union(*[reached.get(name, ()) for name in inputs])
        if entry.kind != "input":
            reached.update(dict.fromkeys((entry.path, *entry.layer.outputs), found))
        if own is None and entry.kind == "attention" and entry.layer.attributes.get("cross") and len(inputs) > 1:
            asks = reached.get(inputs[0], frozenset())
            own = next(iter(asks), None) if len(asks) == 1 and asks != reached.get(inputs[1]) else None
            seen = _length(entry.inputs[1]) if own is not None else 0
    shape = rows.get(own or "")
    if own is None or not seen or not isinstance(shape, tuple) or len(shape) != 1:
        return None
    return Behind(frozenset([path for path, found in reached.items() if own in found]), _length(shape), seen)


def _length(shape: object) -> int:
    return shape[0] if isinstance(shape, tuple) and shape and isinstance(shape[0], int) else 0


def decoded(ledger: Iterable[Entry], context: int) -> list[int] | None:
    """The MACs of one more token, layer by layer, of a decoder that keeps what it computed for the ``context`` before;
    ``None`` where what it keeps is neither plain keys and values nor a latent. What an encoder computes, and the keys
    and values that a decoder behind it makes of that, are kept too. Of a latent the matrices that multiply
    it out are absorbed: they work on the query and on the sum, once for the token, and each head reads the latent.
    """
    entries = list(ledger)
    behind = behind_an_encoder(entries)
    if behind is not None:
        return _decoded_behind(entries, behind, context)
    table = next((entry for entry in entries if entry.kind == "embedding"), None)
    tokens = 0 if table is None else _tokens(table)
    towers = sources_of(entries)
    if not _reads_words_alone([entry for entry in entries if entry.layer.path not in towers]):
        return None
    causal = [
        entry for entry in entries
        if entry.kind in ("attention", "recurrent_state") and entry.layer.path not in towers
    ]  # fmt: skip
    if not all(map(_keeps_plainly, causal)) or not tokens or not causal:
        return None
    steps = []
    for entry in entries:
        if entry.layer.path in towers:
            steps.append(0)  # a picture is read once, by the prefill
        elif isinstance(entry.macs, Unknown):
            return None
        elif entry.kind == "attention":
            steps.append(_attended(entry, tokens, context + 1))
        elif entry.kind == "causal_conv1d":
            steps.append(entry.macs // (tokens + entry.layer.attributes["kernel_size"] - 1))
        else:
            steps.append(entry.macs // tokens)
    return steps


def _decoded_behind(entries: list[Entry], behind: Behind, context: int) -> list[int] | None:
    steps, tokens = [], behind.tokens
    for entry in entries:
        get = entry.layer.attributes.get
        if entry.path not in behind.paths:
            steps.append(0)
        elif isinstance(entry.macs, Unknown) or entry.kind in ("recurrent_state", "causal_conv1d") or not tokens:
            return None
        elif entry.kind != "attention" or get("cross"):
            steps.append(entry.macs // tokens)
        elif not _keeps_plainly(entry) or not get("causal", True):
            return None
        else:
            steps.append(_attended(entry, tokens, context + 1))
    return steps


def absorbs(entries: Iterable[Entry]) -> bool:
    """Whether a decoded token reads a latent whose matrices are absorbed."""
    kept = [entry.layer.attributes.get("cache") for entry in entries if entry.kind == "attention"]
    return "latent" in kept


def _keeps_plainly(entry: Entry) -> bool:
    """Keys and values, or a latent that every head reads at every position."""
    get = entry.layer.attributes.get
    if entry.kind != "attention":
        return True
    kept = get("cache", "kv")
    return not get("cross") and (kept == "kv" or (kept == "latent" and not get("index_dim")))


def _attended(entry: Entry, tokens: int, seen: int) -> int:
    """The two products of one token with what is kept of the positions that it sees."""
    attributes = entry.layer.attributes
    if attributes.get("cache") == "latent":
        rank, rope = attributes["latent"], attributes.get("rope_dim") or 0
        each: int = attributes["num_heads"] * (2 * rank + rope)
        return each * seen
    window = attributes.get("window")
    assert not isinstance(entry.macs, Unknown)
    return entry.macs // (tokens * tokens) * (seen if window is None else min(seen, window))
