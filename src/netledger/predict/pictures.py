"""What reading pictures (or sound) costs a language model: positions, and a prefill of words and these together."""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netledger.ledger import Entry, Ledger


class Prefill(Record):
    """One pass over ``words`` and the positions that ``pictures`` stand for (each its input's shape and how many).

    ``macs`` are those of the towers and of the language model over all :attr:`positions`.
    """

    __slots__ = ("words", "pictures", "macs")
    words: int
    pictures: tuple[tuple[tuple[int, ...], int], ...]
    macs: int

    def __init__(self, words: int, pictures: tuple[tuple[tuple[int, ...], int], ...], macs: int) -> None:
        self._fill(words, pictures, macs)

    @property
    def positions(self) -> int:
        """Words and what the pictures stand for."""
        return self.words + sum(rows for _, rows in self.pictures)


def positions_of_pictures(ledger: Ledger) -> list[tuple[tuple[int, ...], int]]:
    """For each input that is a picture (or sound): its shape, and the rows as wide as the table of words that its tower
    gives at last. Empty where nothing but words is read.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> positions_of_pictures(keep_books(load("llava-1.5-7b"))), positions_of_pictures(keep_books(load("gpt2")))
    ([((3, 336, 336), 576)], [])
    """
    tables = [entry for entry, _ in ledger.weighed() if entry.kind == "embedding"]
    if not tables or not any(_is_pictured(entry) for entry, _ in ledger.weighed()):
        return []
    width = tables[0].layer.attributes["embedding_dim"]
    sources = sources_of(ledger)
    seen: dict[str, tuple[int, ...]] = {}
    given: dict[str, int] = {}
    for entry in ledger:
        path, shape = entry.layer.path, entry.output_shape
        source = sources.get(path)
        if source is None:
            continue
        if entry.kind == "input" and isinstance(shape, tuple):
            seen[path] = tuple([size for size in shape if isinstance(size, int)])
        elif isinstance(shape, tuple) and len(shape) == 2 and shape[1] == width and isinstance(shape[0], int):
            given[source] = int(shape[0])  # a size that was joined of several is still a number
        else:
            given.pop(source, None)
    return [(seen[source], rows) for source, rows in given.items()]


def _is_pictured(entry: Entry) -> bool:
    """Whether it is an input that is no row of words: a picture, a sound."""
    shape = entry.output_shape
    if entry.kind != "input" or not isinstance(shape, tuple) or len(shape) < 3:
        return False
    return all(isinstance(size, int) for size in shape)


def sources_of(entries: Iterable[Entry]) -> Mapping[str, str]:
    """For each layer that a picture or sound reaches, and no words before it: the path of that input."""
    sources: dict[str, str] = {}
    for entry in entries:
        path = entry.layer.path
        if entry.kind == "input":
            if _is_pictured(entry):
                sources[path] = path
            continue
        source = next((sources[name] for name in entry.layer.inputs if name in sources), None)
        if source is not None:
            sources[path] = source
            sources.update((output, source) for output in entry.layer.outputs)
    return sources


def prefill_with_pictures(ledger: Ledger) -> Prefill | None:
    """The prefill of a model's words and pictures: its books kept once more, with a row of words as long as both.

    ``None`` where it reads no picture that stands for positions, several rows of words, or a layer's cost is not known.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> found = prefill_with_pictures(keep_books(load("llava-1.5-7b")))
    >>> found.words, found.positions
    (128, 704)
    """
    from netledger.ledger import keep_books

    pictures = tuple(positions_of_pictures(ledger))
    inputs = [entry for entry, _ in ledger.weighed() if entry.kind == "input"]
    rows = [entry for entry in inputs if isinstance(entry.output_shape, tuple) and len(entry.output_shape) == 1]
    if not pictures or len(rows) != 1 or ledger.batch != 1:
        return None
    (words,) = rows[0].output_shape
    if not isinstance(words, int):
        return None
    together = words + sum(count for _, count in pictures)
    macs = keep_books(ledger.network.with_input((together,), rows[0].layer.path)).totals.macs
    return Prefill(words, pictures, macs) if isinstance(macs, int) else None
