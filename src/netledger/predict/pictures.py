"""How many positions of a language model a picture stands for, read off the network that reads both."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Ledger


def positions_of_pictures(ledger: Ledger) -> list[tuple[tuple[int, ...], int]]:
    """For each input that is a picture (or sound): its shape, and the rows as wide as the table of words that its tower
    gives at last. Empty where nothing but words is read.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> positions_of_pictures(keep_books(load("llava-1.5-7b"))), positions_of_pictures(keep_books(load("gpt2")))
    ([((3, 336, 336), 576)], [])
    """
    tables = [entry for entry in ledger if entry.kind == "embedding"]
    if not tables:
        return []
    width = tables[0].layer.attributes["embedding_dim"]
    sources: dict[str, str] = {}
    seen: dict[str, tuple[int, ...]] = {}
    given: dict[str, int] = {}
    for entry in ledger:
        path, shape = entry.layer.path, entry.output_shape
        if entry.kind == "input":
            sizes = tuple([size for size in shape if isinstance(size, int)]) if isinstance(shape, tuple) else ()
            if len(sizes) > 2 and sizes == shape:
                sources[path], seen[path] = path, sizes
            continue
        source = next((sources[name] for name in entry.layer.inputs if name in sources), None)
        if source is None:
            continue
        sources[path] = source
        if isinstance(shape, tuple) and len(shape) == 2 and shape[1] == width and isinstance(shape[0], int):
            given[source] = shape[0]
        else:
            given.pop(source, None)
    return [(seen[source], rows) for source, rows in given.items()]
