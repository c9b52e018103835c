"""Where the processes of a run meet, also those that torchrun starts again."""

from __future__ import annotations

import json
import os
import time
import uuid

import torch.distributed as dist

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime

PAUSE = 0.05
"""Seconds between two looks at what the others have written."""


def meeting_place(rank: int, world: int, timeout: datetime.timedelta) -> dist.Store | None:
    """The store of this start of ``world`` processes; ``None``: not started by torchrun, PyTorch finds one by itself.

    torchrun has one store for all its starts, and in it stand the addresses of processes that have gone: a process that
    reads one before it is written anew waits for ever. Restarts are counted on each machine for itself, so that their
    number is no name for a start.
    """
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True":
        return None
    address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    store = dist.TCPStore(address, port, world, is_master=False, timeout=timeout)
    return dist.PrefixStore(agreed_name(store, rank, world, timeout.total_seconds()), store)


def agreed_name(store: dist.Store, rank: int, world: int, seconds: float) -> str:
    """A name that only this start of the processes has: the first one's, which all the others have answered.

    Each writes a number of its own; the first one says which it has read; who finds its own there answers. What earlier
    starts wrote is never answered. ``TimeoutError`` where not all are there after so many seconds.
    """
    own, end = uuid.uuid4().hex, time.monotonic() + seconds
    place = dist.PrefixStore("netledger", store)
    if rank:
        place.set(f"{rank}", own)
    others = [f"{other}" for other in range(1, world)]
    while time.monotonic() < end:
        if not rank and place.check(others):
            numbers = [place.get(other).decode() for other in others]
            place.set("0", json.dumps([own, *numbers]))
            if place.check([f"{own}/{number}" for number in numbers]):
                return own
        if rank and place.check(["0"]):
            name, *numbers = json.loads(place.get("0"))
            if own in numbers:
                place.set(f"{name}/{own}", "")
                return str(name)
        time.sleep(PAUSE)
    raise TimeoutError(f"not all of {world} processes came within {seconds:,.0f} s")
