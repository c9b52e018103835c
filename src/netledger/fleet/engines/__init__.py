"""Who does the work of a census: processes here, or a cluster that is there already. An engine is a function.

``engine(work, batches, settings)`` calls ``work`` on each batch somewhere and gives ``(batch, rows)`` in the order they
come in; of a batch that its workers did not survive ``(batch, why)``. It asks for no more batches than it has hands.
Other packages add engines by entry points ``netledger.engines``.
"""

from __future__ import annotations

from netledger.records import Record
from netledger.registry import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from netledger.fleet.batch import Batch, BatchRows

    Work = Callable[[Batch], BatchRows]
    Engine = Callable[[Work, Iterable[Batch], "EngineSettings"], Iterator[tuple[Batch, BatchRows | str]]]


class EngineSettings(Record):
    """How many workers (``None``: as many as there are processors), and the address of a cluster that is there."""

    __slots__ = ("workers", "scheduler")
    workers: int | None
    scheduler: str | None

    def __init__(self, workers: int | None = None, scheduler: str | None = None) -> None:
        self._fill(workers, scheduler)


ENGINES: Table[Engine] = Table(
    "engine",
    {
        "local": "netledger.fleet.engines.local:run",
        "dask": "netledger.fleet.engines.dask:run",
        "ray": "netledger.fleet.engines.ray:run",
    },
    "netledger.engines",
    is_one=callable,
)

AHEAD = 2
"""Batches that each worker has: one that it reads, one that waits for it."""


def processors() -> int:
    """How many processors this process may use."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
