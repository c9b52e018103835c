"""One device, or several: what of training differs between them.

- :class:`Parallel`: one device.
- :class:`Towers`: two processes, each with one tower of the network as in 2012 (:mod:`netledger.execute.towers`).
- :class:`DataParallel`: every process the whole network and a share of each batch; gradients averaged.
- :class:`netledger.execute.owt_parallel.OneWeirdTrick`: the convolutions so, fully connected layers in slices (2014).

Processes are started by ``torchrun``; on CPU they talk through gloo, on GPUs through NCCL. Checkpoints always hold
the whole network, so that a run may go on split otherwise, or not at all.
"""

from __future__ import annotations

import contextlib
import datetime
import os

import torch
import torch.distributed as dist
import torch.nn.functional as F

from netledger.errors import DataError, UsageError, or_list
from netledger.execute.building import build
from netledger.execute.stated_towers import states_devices
from netledger.execute.towers import HALF, plan_towers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.execute.settings import Settings
    from netledger.network import Network

    State = dict[str, Any]


class Parallel:
    """One device. The others override what is different for them."""

    rank, world, shares = 0, 1, 1
    collect: Any = None

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
            dist.init_process_group(backend, timeout=datetime.timedelta(minutes=5))

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

    @contextlib.contextmanager
    def explained(self, file: Path) -> Iterator[None]:
        """A process that has gone is said so, with what to do."""
        try:
            yield
        except (RuntimeError, ValueError) as error:
            if isinstance(error, UsageError | DataError):
                raise
            reason = str(error).splitlines()[0][:60] if str(error) else type(error).__name__
            raise DataError(
                "another process of this run has ended or cannot be reached: the checkpoint is whole, --resume goes on "
                f"from it (rank {self.rank} says: {reason})"
            ).at(file=str(file)) from error

    def close(self) -> None:
        """Leave the group."""
        with contextlib.suppress(Exception):
            dist.destroy_process_group()


class Towers(Distributed):
    """One tower of the network on each of two devices."""

    def __init__(self, settings: Settings, network: Network) -> None:
        super().__init__(settings, network)
        if self.world != 2:
            raise UsageError(f"--split towers is for two processes, not {self.world}")
        if states_devices(network):
            raise UsageError(
                f"{network.name} describes each tower by itself: train the same network with groups (alexnet) "
                "--split towers"
            )
        self.plan = plan_towers(network)
        if self.rank:
            self.collect = self._nothing

    def _nothing(self, outputs: Any, count: int) -> Any:
        return torch.zeros(count, 5)

    def part(self, full: NetworkModule, dropout: str) -> NetworkModule:
        """This device's tower, with its half of the tensors."""
        tower = build(self.plan.networks[self.rank], init="zeros", dropout=dropout)
        tower.load_state_dict(self.part_of_state(full.state_dict()))
        return tower

    def backward(self, outputs: Any, labels: Any, weight: float) -> tuple[float, int]:
        """The first device has the loss; the second follows the gradients that it is sent."""
        if self.rank == 0:
            return super().backward(outputs, labels, weight)
        torch.stack(outputs if isinstance(outputs, tuple) else (outputs,)).sum().backward()
        return 0.0, 0

    def part_of_state(self, state: State) -> State:
        """The halves of this device's layers."""
        mine = {layer.path for layer in self.plan.networks[self.rank].layers}
        result = {}
        for name, value in state.items():
            path = self._layer(name)
            if path not in mine:
                continue
            halved = self.plan.placements[path] == HALF and value.dim() > 0
            result[name] = value.chunk(2, 0)[self.rank].clone() if halved else value.clone()
        return result

    def _layer(self, name: str) -> str:
        path = name
        while path and path not in self.plan.placements:
            path = path.rpartition(".")[0]
        return path

    def whole_state(self, state: State) -> State:
        """The first device's tensors with the second's halves behind them."""
        result = {}
        for name, value in state.items():
            if self.plan.placements[self._layer(name)] != HALF or value.dim() == 0:
                result[name] = value
            elif self.rank == 0:
                other = torch.empty_like(value, memory_format=torch.contiguous_format)
                dist.recv(other, 1)
                result[name] = torch.cat((value, other))
            else:
                dist.send(value.contiguous(), 0)
        return result


class DataParallel(Distributed):
    """The whole network on every device, a share of each batch for each, gradients averaged."""

    def __init__(self, settings: Settings, network: Network) -> None:
        super().__init__(settings, network)
        self.shares = self.world
        self.sent_bytes = 0

    def part(self, full: NetworkModule, dropout: str) -> NetworkModule:
        """All of it; each device draws its own dropout."""
        torch.manual_seed(self.settings.seed + 1_000_003 * self.rank)
        return full

    def wrap(self, model: NetworkModule) -> Any:
        """PyTorch's DistributedDataParallel, with the bytes of its all-reduces counted."""
        from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook

        wrapped = torch.nn.parallel.DistributedDataParallel(model)

        def counted(group: Any, bucket: Any) -> Any:
            buffer = bucket.buffer()
            self.sent_bytes += buffer.numel() * buffer.element_size()
            return allreduce_hook(group, bucket)

        counted.__annotations__.clear()  # DDP refuses annotations that are strings
        wrapped.register_comm_hook(dist.group.WORLD, counted)
        return wrapped

    def backward(self, outputs: Any, labels: Any, weight: float) -> tuple[float, int]:
        """As on one device; the loss is the mean over all."""
        loss, hits = super().backward(outputs, labels, weight)
        values = torch.tensor([loss / self.world, float(hits)], dtype=torch.float64, device=self.device)
        dist.all_reduce(values)
        return float(values[0]), int(values[1])


def _owt(settings: Settings, network: Network) -> Parallel:
    from netledger.execute.owt_parallel import OneWeirdTrick

    return OneWeirdTrick(settings, network)


SPLITS: dict[str, Callable[[Settings, Network], Parallel]] = {"towers": Towers, "data": DataParallel, "owt": _owt}
"""Every way of using several processes."""


def parallel_for(settings: Settings, network: Network) -> Parallel:
    """The way that the settings name."""
    if settings.split is None:
        return Parallel(settings, network)
    if settings.split not in SPLITS:
        raise UsageError(f"no split '{settings.split}': there are {or_list(list(SPLITS))}")
    return SPLITS[settings.split](settings, network)


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
