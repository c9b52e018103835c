"""Data parallelism: the whole network in every process, a share of each batch for each."""

from __future__ import annotations

import torch
import torch.distributed as dist

from netledger.train.parallel.base import Distributed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.network import Network
    from netledger.train.settings import Settings


class DataParallel(Distributed):
    """The whole network on every device, a share of each batch for each, gradients averaged."""

    def __init__(self, settings: Settings, network: Network) -> None:
        super().__init__(settings, network)
        self.shares = self.world
        self.share = (self.rank, self.world)
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
        loss, hits = self.summed(*super().backward(outputs, labels, weight))
        return loss / self.world, int(hits)

    def evaluating(self, forward: Any, model: Any) -> Any:
        """The network itself: shares differ in size, so that nothing may be sent in a forward pass. Every process
        takes the first one's running statistics, which are what a checkpoint holds."""
        for buffer in model.buffers():
            dist.broadcast(buffer, 0)
        return model

    def total(self, sums: tuple[float, ...]) -> tuple[float, ...]:
        """Every process scored its share of the images."""
        return tuple(self.summed(*sums))
