"""What training asks of the devices it runs on: one device, and what several processes share."""

from __future__ import annotations

import contextlib
import datetime
import os
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F

from netledger.errors import DataError, NetledgerError, UsageError
from netledger.train.parallel.meeting import meeting_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.network import Network
    from netledger.train.settings import Settings

    State = dict[str, Any]

LONGEST_WAIT = datetime.timedelta(minutes=5)
"""For the other processes, when they are started and in each exchange with them."""


class Parallel:
    """One device. The others override what is different for them."""

    rank, world, shares = 0, 1, 1
    share = (0, 1)
    """Which share of a batch of the validation this process is given, of how many."""

    @classmethod
    def alone(cls) -> Parallel:
        """One process that scores a network on whatever device it is."""
        return cls.__new__(cls)

    def __init__(self, settings: Settings, network: Network) -> None:
        self.settings, self.network = settings, network
        self.device = device_named(settings.device)

    @property
    def first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def part(self, full: NetworkModule, dropout: str) -> NetworkModule:
        """This device's part of the network."""
        return full

    def wrap(self, model: NetworkModule) -> Any:
        """What is called for a forward pass."""
        return model

    def backward(self, outputs: Any, labels: Any, weight: float) -> tuple[float, int]:
        """Loss and gradients of a batch (or a part of it, weighted); returns the loss and how many were right."""
        loss = F.cross_entropy(outputs.float(), labels) * weight
        loss.backward()
        return float(loss.detach()), int((outputs.detach().argmax(-1) == labels).sum())

    def placed(self, model: NetworkModule) -> NetworkModule:
        """The part on its device, its kernels laid out as the settings say."""
        model.to(self.device)
        return model.to(memory_format=torch.channels_last) if self.settings.channels_last else model

    def evaluating(self, forward: Any, model: Any) -> Any:
        """What is called for a forward pass in evaluation."""
        return forward

    def logits(self, forward: Any, pixels: Any) -> Any:
        """The outputs for this process's share of a batch of the validation; ``None`` where it has none to score."""
        return forward(pixels) if len(pixels) else None

    def total(self, sums: tuple[float, ...]) -> tuple[float, ...]:
        """What all processes counted together."""
        return sums

    def complete(self, pixels: Any, labels: Any, count: int) -> tuple[Any, Any]:
        """A share of a batch as the step takes it; ``count`` images were asked for."""
        return pixels, labels

    def finish(self) -> None:
        """What is left to do when a step's gradients are there."""

    def whole_state(self, state: State) -> State:
        """Tensors by name for a checkpoint, those of other devices included."""
        return state

    def part_of_state(self, state: State) -> State:
        """This device's part of a checkpoint's tensors."""
        return state

    def decide(self, wanted: int, iteration: int) -> int:
        """What all devices do together: 0 go on, 1 write a checkpoint, 2 write one and end."""
        return wanted

    def same(self, number: float) -> float:
        """The first device's number."""
        return number

    def handed(self, data: bytes | None, size: int) -> bytes:
        """The first device's ``size`` bytes, on all: a file that only its machine has."""
        return data or b""

    def together(self, found: list[Any]) -> list[list[Any]]:
        """What every process found, by rank."""
        return [found]

    @contextlib.contextmanager
    def explained(self, file: Path) -> Iterator[None]:
        """Errors of the connection as one clear line."""
        yield

    def close(self) -> None:
        """End connections."""


class Distributed(Parallel):
    """What both ways of using several processes share."""

    def __init__(self, settings: Settings, network: Network) -> None:
        self.settings, self.network = settings, network
        self.rank, self.world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
        if self.world < 2:
            raise UsageError(
                f"--split {settings.split} needs a second process: "
                f"torchrun --nproc-per-node 2 -m netledger train … --split {settings.split}"
            )
        local = int(os.environ.get("LOCAL_RANK", self.rank))
        self.device = settings.device
        if settings.device.startswith("cuda"):
            if torch.cuda.device_count() <= local:
                raise UsageError(f"--split {settings.split}: no second device ({torch.cuda.device_count()} CUDA here)")
            self.device = f"cuda:{local}"
            torch.cuda.set_device(local)
        if not dist.is_initialized():
            backend = "nccl" if self.device.startswith("cuda") else "gloo"
            with self.explained(Path(settings.folder) / "checkpoint.pt"):
                store = meeting_place(self.rank, self.world, LONGEST_WAIT)
                place = {} if store is None else {"store": store, "rank": self.rank, "world_size": self.world}
                dist.init_process_group(backend, timeout=LONGEST_WAIT, **place)

    def decide(self, wanted: int, iteration: int) -> int:
        """The first device's decision, asked for every tenth step."""
        if iteration % 10:
            return 0
        return int(self.same(wanted))

    def same(self, number: float) -> float:
        """The first device's number, on all."""
        value = torch.tensor([number], dtype=torch.float64, device=self.device)
        dist.broadcast(value, 0)
        return float(value)

    def handed(self, data: bytes | None, size: int) -> bytes:
        """The first device's ``size`` bytes, on all."""
        held = torch.frombuffer(bytearray(data or size), dtype=torch.uint8).to(self.device)
        dist.broadcast(held, 0)
        return held.cpu().numpy().tobytes()

    def together(self, found: list[Any]) -> list[list[Any]]:
        """What every process found, by rank; where one of them failed, all end."""
        every: list[Any] = [None] * self.world
        dist.all_gather_object(every, found)
        return every

    def summed(self, *values: float) -> list[float]:
        """Each value summed over all processes, in float64."""
        sums = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(sums)
        return [float(value) for value in sums]

    @contextlib.contextmanager
    def explained(self, file: Path) -> Iterator[None]:
        """A process that has gone is said so, with what to do."""
        try:
            yield
        except NetledgerError:
            raise
        except (RuntimeError, ValueError, TimeoutError) as error:
            reason = str(error).splitlines()[0][:60] if str(error) else type(error).__name__
            then = "the checkpoint is whole, --resume goes on from it" if file.exists() else "nothing was trained yet"
            raise DataError(
                f"another process of this run has ended or cannot be reached: {then} (rank {self.rank} says: {reason})"
            ).at(file=str(file)) from error

    def close(self) -> None:
        """Leave the group."""
        with contextlib.suppress(Exception):
            dist.destroy_process_group()


def best_device() -> str:
    """A GPU where there is one, else the CPU."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def device_named(name: str) -> str:
    """A device that is there; else a ``UsageError``."""
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"no device '{name}' here: {str(error).splitlines()[0]}") from error
    return name
