"""A census: places that are new or changed are read by an engine's workers, their rows kept shard by shard.

>>> import tempfile
>>> from netledger.fleet.places import CensusPlace
>>> with tempfile.TemporaryDirectory() as folder:
...     counts = census([CensusPlace(f"{folder}/none.onnx")], f"{folder}/out", settings=EngineSettings(workers=1))
>>> counts.failed, counts.read
(1, 0)
"""

from __future__ import annotations

from netledger.fleet.batch import Batch, BatchRows, Limits
from netledger.fleet.engines import ENGINES, EngineSettings
from netledger.fleet.store import Store
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from netledger.fleet.places import CensusPlace

SHARD = 8_192
"""BatchRows of a shard: at most so many are lost where a census is killed, and what its workers have in hand."""
_BATCH, _BATCH_ELSEWHERE = 64, 8


class CensusCounts(Record):
    """What became of the places: read, refused, failed; unchanged since an earlier census; the same file again under
    another name; and whether it was interrupted.
    """

    __slots__ = ("read", "refused", "failed", "unchanged", "again", "structures", "interrupted")
    read: int
    refused: int
    failed: int
    unchanged: int
    again: int
    structures: int
    interrupted: bool

    def __init__(
        self, read: int = 0, refused: int = 0, failed: int = 0, unchanged: int = 0, again: int = 0, structures: int = 0,
        interrupted: bool = False,
    ) -> None:  # fmt: skip
        self._fill(read, refused, failed, unchanged, again, structures, interrupted)

    @property
    def done(self) -> int:
        """How many places of the list are dealt with."""
        return self.read + self.refused + self.failed + self.unchanged + self.again


def census(
    places: Iterable[CensusPlace],
    out: str,
    *,
    limits: Limits | None = None,
    engine: str = "local",
    settings: EngineSettings | None = None,
    shard: int = SHARD,
    told: Callable[[CensusCounts], None] | None = None,
) -> CensusCounts:
    """Read places into the Parquet tables of the folder ``out``; what is there in the same state is not read again.

    ``told`` hears from time to time how far it is. Ctrl-C (``KeyboardInterrupt``) writes what is done and ends it.
    """
    run = ENGINES.get(engine)
    limits = limits or Limits()
    with Store(out, limits, shard) as store:
        going = _Going(store, limits, told)
        try:
            for batch, rows in run(_work(), going.batches(places), settings or EngineSettings()):
                going.came(batch, rows)
        except KeyboardInterrupt:
            going.counts = going.counts.replace(interrupted=True)
        finally:
            store.write()
            store.tidy()
        return going.counts.replace(structures=len(store.structures - {None}))


def _work() -> Callable[[Batch], BatchRows]:
    from netledger.fleet.keeper import read_batch

    return read_batch


class _Going:
    """A census that is going on: what is handed out, what has come back."""

    def __init__(self, store: Store, limits: Limits, told: Callable[[CensusCounts], None] | None) -> None:
        self.store, self.limits, self.told = store, limits, told
        self.counts = CensusCounts()
        self.out = 0
        self.keys = {done.key: source for source, done in store.done.items() if done.key is not None}

    def batches(self, places: Iterable[CensusPlace]) -> Iterator[Batch]:
        """The places that are to be read, some at a time."""
        most = min(_BATCH_ELSEWHERE if self.limits.remote else _BATCH, max(self.store.most // 8, 1))
        held: list[CensusPlace] = []
        for place in places:
            if not self.wanted(place):
                continue
            held.append(place)
            if len(held) == most:
                yield self.handed(held)
                held = []
        if held:
            yield self.handed(held)

    def wanted(self, place: CensusPlace) -> bool:
        """Whether a place is new or changed, and no other name of a file that is read already."""
        if place.key is None:
            return True
        owner = self.keys.setdefault(place.key, place.name)
        if owner != place.name:
            self.counts = self.counts.replace(again=self.counts.again + 1)
            return False
        done = self.store.done.get(place.name)
        if done is not None and done.key == place.key:
            self.counts = self.counts.replace(unchanged=self.counts.unchanged + 1)
            return False
        return True

    def handed(self, places: list[CensusPlace]) -> Batch:
        self.out += len(places)
        known = {}
        for place in places:
            done = self.store.done.get(place.name)
            if place.key is None and done is not None and done.key is not None:
                known[place.source] = done.key.partition(":")[2]
        return Batch(tuple(places), self.limits, known)

    def came(self, batch: Batch, rows: BatchRows | str) -> None:
        """BatchRows that a worker brought, or why it brought none."""
        if isinstance(rows, str):
            from netledger.fleet.reading import lost

            rows = lost(batch, rows)
        found = self.store.add(rows)
        self.out -= len(batch.places)
        counts = self.counts
        added = {name: getattr(counts, name) + count for name, count in found.items()}
        self.counts = counts.replace(unchanged=counts.unchanged + rows.unchanged, **added)
        if self.store.waiting >= max(self.store.most // 2, self.store.most - self.out):
            self.store.write()
        if self.told is not None:
            self.told(self.counts)
