"""Processes on this machine, each kept by a thread of a pool."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice

from netledger.errors import UsageError
from netledger.fleet.engines import AHEAD, EngineSettings, processors
from netledger.fleet.keeper import close_all, stop_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from netledger.fleet.batch import Batch, BatchRows
    from netledger.fleet.engines import Work


def run(work: Work, batches: Iterable[Batch], settings: EngineSettings) -> Iterator[tuple[Batch, BatchRows | str]]:
    """Batches read by as many processes as there are workers; they end with the iterator."""
    if settings.scheduler is not None:
        raise UsageError("--scheduler is of a cluster: --engine dask or ray")
    workers = settings.workers or processors()
    left = iter(batches)
    pool = ThreadPoolExecutor(workers)
    running: dict[Future[BatchRows], Batch] = {}
    try:
        while True:
            for batch in islice(left, AHEAD * workers - len(running)):
                running[pool.submit(work, batch)] = batch
            if not running:
                return
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(done), done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        stop_all()
        pool.shutdown()
        close_all()
