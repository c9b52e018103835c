"""The cores of a CPU, shared by what computes and what makes batches."""

from __future__ import annotations

import contextlib
import os

import torch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.train.settings import Settings


@contextlib.contextmanager
def cores_shared(settings: Settings) -> Iterator[None]:
    """The processes that make batches have cores of their own, unless OMP_NUM_THREADS says how many threads compute.

    Threads of one step wait for each other: one whose core another process holds keeps all of them.
    """
    before = torch.get_num_threads()
    if settings.device == "cpu" and "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(before - settings.workers, 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)
