"""Processes that train together, as on several machines: forked from one that has imported PyTorch once for them all.

Importing it takes many times as long as a run of a small network. ``torchrun`` itself starts those of ``test_towers.py``.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import torch

from tests.support import process_environment

LONGEST = 240
"""Seconds, after which they are ended."""
IMPORTED = ["torch._dynamo", "torch.distributed.fsdp", "torch.nn.parallel", "netledger.cli", "netledger.train.parallel"]


def together(world: int, do: Callable[..., None], *arguments: Any) -> None:
    """``do(rank, *arguments)`` in so many processes; an error of one is raised here."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(IMPORTED)
    environment = process_environment()
    with mock.patch.dict(os.environ, OMP_NUM_THREADS="1"):
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)  # each is measured for itself, from when it begins
        running = torch.multiprocessing.start_processes(
            _begin, (environment, do, arguments), nprocs=world, join=False, start_method="forkserver"
        )
    end = time.monotonic() + LONGEST
    while not running.join(timeout=1):
        if time.monotonic() > end:
            for process in running.processes:
                process.kill()
            raise TimeoutError(f"{world} processes are not ready after {LONGEST} seconds")


def _begin(rank: int, environment: dict[str, str], do: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ.update(environment)
    if "COVERAGE_PROCESS_CONFIG" in environment:
        import coverage

        coverage.process_startup()
    torch.set_num_threads(1)
    do(rank, *arguments)


def train_together(*commands: list[str], machines: bool = False) -> None:
    """``netledger`` in as many processes as there are commands, on one machine or each on its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    meeting = {"WORLD_SIZE": str(len(commands)), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    together(len(commands), _train, commands, meeting, machines)


def _train(rank: int, commands: tuple[list[str], ...], meeting: dict[str, str], machines: bool) -> None:
    from netledger.cli import main

    os.environ.update(meeting, RANK=str(rank), LOCAL_RANK="0" if machines else str(rank))
    sys.exit(main(commands[rank]))
