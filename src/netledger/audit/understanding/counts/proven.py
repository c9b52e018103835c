"""That numbers beside layers are their counts: most of those that a text has are equal to what the layers have."""

from __future__ import annotations

from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netledger.audit.understanding.marks.tails import Tail
    from netledger.ledger import Entry
    from netledger.network import Network

LEAST_EQUAL = 2
"""Numbers that must be equal, or half of all."""


def have_counts(tails: Mapping[int, Sequence[Tail]], network: Network, places: Mapping[str, int]) -> bool:
    """Whether numbers of lines are the counts of the layers there, each in its turn: half of them, or two."""
    from netledger.ledger import keep_books

    try:
        entries = keep_books(network).entries
    except NetledgerError:
        return False
    here: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.path in places and any(counts_of(entry)):
            here.setdefault(places[entry.path], []).append(entry)
    equal = 0
    for line_no, there in tails.items():
        own = here.get(line_no, [])
        pairs = zip(there, own, strict=True) if len(there) == len(own) > 1 else [(there[0], one) for one in own]
        hits = [any(map(tail.may_be, counts_of(entry))) for tail, entry in pairs]
        equal += sum(hits) if len(there) > 1 else any(hits)
    return are_proven(equal, sum(1 for there in tails.values() for tail in there if tail.value))


def are_proven(equal: int, said: int) -> bool:
    """Whether the numbers said beside layers are their counts, for so many of them are equal: half, or two."""
    return equal >= LEAST_EQUAL or 0 < said <= 2 * equal


def counts_of(entry: Entry) -> list[int]:
    """What a person may count of a layer."""
    if not (isinstance(entry.parameters, int) and isinstance(entry.weights, int) and isinstance(entry.buffers, int)):
        return []
    return [entry.parameters, entry.weights, entry.parameters + entry.buffers]
