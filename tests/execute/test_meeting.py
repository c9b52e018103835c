"""Processes that torchrun starts again, with the store of those before."""

from __future__ import annotations

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch.distributed as dist

from netledger.errors import UsageError
from netledger.train.parallel import parallel_for
from netledger.train.parallel.meeting import agreed_name, meeting_place
from netledger.train.settings import Settings
from tests.execute.tiny import tiny


def started(store: dist.Store, world: int) -> set[str]:
    with ThreadPoolExecutor(world) as pool:
        return set(pool.map(lambda rank: agreed_name(store, rank, world, 30), range(world)))


def test_each_start_has_a_name_of_its_own() -> None:
    store, names = dist.HashStore(), set()
    for world in (3, 3, 2, 4):  # a machine may have gone, another come
        found = started(store, world)
        assert len(found) == 1
        names |= found
    assert len(names) == 4


def test_who_comes_late_is_waited_for_and_not_taken_for_who_was_there_before() -> None:
    store = dist.HashStore()
    before = started(store, 2)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(agreed_name, store, 0, 2, 30)
        threading.Event().wait(0.3)
        assert not first.done()
        late = pool.submit(agreed_name, store, 1, 2, 30)
        assert {first.result()} == {late.result()} != before


def test_who_stays_alone_is_told() -> None:
    store = dist.HashStore()
    started(store, 2)
    for rank in (0, 1):
        with pytest.raises(TimeoutError, match="not all of 2 processes came within"):
            agreed_name(store, rank, 2, 0.2)


def test_without_torchrun_s_store_the_place_is_pytorch_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_USE_AGENT_STORE", raising=False)
    assert meeting_place(0, 2, datetime.timedelta(seconds=1)) is None


def test_processes_that_share_nothing_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would train the whole network into the same folder."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="2 processes were started, and nothing says how they share the run: --split"):
        parallel_for(Settings("run"), tiny())
