"""One device, or several: what of training differs between them.

- :class:`.base.Parallel`: one device.
- :class:`.towers.Towers`: two processes, each with one tower as in 2012 (:mod:`netledger.execute.splitting`).
- :class:`.data.DataParallel`: every process the whole network and a share of each batch; gradients averaged.
- :class:`.fully_sharded.FullySharded`: the same with parameters, gradients and velocities in slices (FSDP).
- :class:`.one_weird_trick.OneWeirdTrick`: the convolutions so, fully connected layers in slices (2014).

Processes are started by ``torchrun``; on CPU they talk through gloo, on GPUs through NCCL. Checkpoints always hold
the whole network, so that a run may go on split otherwise, or not at all.
"""

from __future__ import annotations

import os

from netledger.errors import UsageError, or_list
from netledger.train.parallel.base import Parallel, best_device
from netledger.train.parallel.data import DataParallel
from netledger.train.parallel.fully_sharded import FullySharded
from netledger.train.parallel.one_weird_trick import OneWeirdTrick
from netledger.train.parallel.towers import Towers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network
    from netledger.train.settings import Settings

__all__ = ["SPLITS", "Parallel", "best_device", "parallel_for"]

SPLITS: dict[str, type[Parallel]] = {"towers": Towers, "data": DataParallel, "fsdp": FullySharded, "owt": OneWeirdTrick}
"""Every way of using several processes."""


def parallel_for(settings: Settings, network: Network) -> Parallel:
    """The way that the settings name."""
    world = os.environ.get("WORLD_SIZE", "1")
    if settings.split is None and world != "1":
        raise UsageError(
            f"{world} processes were started, and nothing says how they share the run: --split {or_list(list(SPLITS))}"
        )
    if settings.split is None:
        return Parallel(settings, network)
    if settings.split not in SPLITS:
        raise UsageError(f"no split '{settings.split}': there are {or_list(list(SPLITS))}")
    return SPLITS[settings.split](settings, network)
