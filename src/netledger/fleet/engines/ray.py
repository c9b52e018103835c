"""Tasks of Ray: on a cluster by its address, else on what Ray starts here. A lost worker's task is done again."""

from __future__ import annotations

from itertools import islice

from netledger.errors import MissingExtraError
from netledger.fleet.engines import AHEAD, EngineSettings, processors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from netledger.fleet.batch import Batch, BatchRows
    from netledger.fleet.engines import Work


def run(work: Work, batches: Iterable[Batch], settings: EngineSettings) -> Iterator[tuple[Batch, BatchRows | str]]:
    """Batches read by Ray's workers."""
    try:
        import ray
    except ImportError:
        raise MissingExtraError("ray", "ray", "--engine ray") from None
    own = {} if settings.scheduler else {"num_cpus": settings.workers or processors(), "include_dashboard": False}
    ray.init(address=settings.scheduler, log_to_driver=False, logging_level="ERROR", **own)
    task = ray.remote(num_cpus=1, max_retries=3)(work)
    left = iter(batches)
    running: dict[Any, Batch] = {}
    try:
        while True:
            hands = AHEAD * max(int(ray.cluster_resources().get("CPU", 1)), 1)
            for batch in islice(left, max(hands - len(running), 0)):
                running[task.remote(batch)] = batch
            if not running:
                return
            for done in ray.wait(list(running), num_returns=1)[0]:
                batch = running.pop(done)
                try:
                    yield batch, ray.get(done)
                except ray.exceptions.WorkerCrashedError:
                    yield batch, "the workers that read it were lost"
    finally:
        ray.shutdown()
