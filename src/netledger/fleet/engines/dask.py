"""Workers of Dask: a cluster's, by its scheduler's address, else processes that Dask starts and restarts here.

What a worker had when it was lost Dask gives to another; a batch at which several are lost is rows that say so.
"""

from __future__ import annotations

from itertools import islice

from netledger.errors import MissingExtraError, NotFoundError
from netledger.fleet.engines import AHEAD, EngineSettings, processors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from netledger.fleet.batch import Batch, BatchRows
    from netledger.fleet.engines import Work


def run(work: Work, batches: Iterable[Batch], settings: EngineSettings) -> Iterator[tuple[Batch, BatchRows | str]]:
    """Batches read by Dask's workers."""
    try:
        from distributed import Client, KilledWorker, LocalCluster, as_completed
    except ImportError:
        raise MissingExtraError("distributed", "dask", "--engine dask") from None
    cluster = None if settings.scheduler else _cluster(LocalCluster, settings.workers or processors())
    try:
        client = Client(settings.scheduler or cluster, timeout=20)
    except OSError:
        raise NotFoundError(f"no scheduler of Dask answers at '{settings.scheduler}'") from None
    try:
        yield from _all_of(client, as_completed, KilledWorker, work, iter(batches))
    finally:
        client.close()
        if cluster is not None:
            cluster.close()


def _cluster(local_cluster: Any, workers: int) -> Any:
    return local_cluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=50)


def _all_of(
    client: Any, as_completed: Any, killed: type[Exception], work: Work, left: Iterator[Batch]
) -> Iterator[tuple[Batch, BatchRows | str]]:
    running: dict[str, Batch] = {}
    results = as_completed(raise_errors=False)

    def give() -> None:
        hands = AHEAD * max(sum(client.nthreads().values()), 1)
        for batch in islice(left, max(hands - len(running), 0)):
            future = client.submit(work, batch, pure=False)
            running[future.key] = batch
            results.add(future)

    give()
    for future in results:
        batch = running.pop(future.key)
        error = future.exception() if future.status == "error" else None
        if error is not None and not isinstance(error, killed):
            raise error
        yield batch, "the workers that read it were lost" if error is not None else future.result()
        future.release()
        give()
