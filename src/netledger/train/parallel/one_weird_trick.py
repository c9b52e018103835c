"""Training by the scheme of 2014: convolutions with a share of the batch each, fully connected layers in slices."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.distributed as dist
import torch.nn.functional as F

from netledger.execute.operation import Operation
from netledger.execute.splitting import operations as splitting
from netledger.execute.splitting.one_weird_trick import FIRST, SLICE, plan_owt
from netledger.execute.splitting.plan import SHARE
from netledger.train.parallel.sliced import Sliced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.network import Network
    from netledger.train.settings import Settings

NO_LABEL = -100
"""Of an image that could not be read: ``cross_entropy`` leaves it out."""


class OneWeirdTrick(Sliced):
    """Each process has all convolutions and a slice of the fully connected layers; the first one has the loss."""

    cut = SLICE

    def __init__(self, settings: Settings, network: Network) -> None:
        super().__init__(settings, network)
        self.shares = self.world
        self.plan = plan_owt(network, self.world)
        self.has_outputs = not self.rank

    def has(self, path: str) -> bool:
        """Everything but the last layer, which is the first process's."""
        return not self.rank or self.plan.placements[path] != FIRST

    def wrap(self, model: NetworkModule) -> Any:
        """In training every process is given its share of the batch; in evaluation all of it, and takes its share."""
        self.model = model
        told: list[Any] = [part for part in model.modules() if isinstance(part, Operation)]
        told = [part for part in told if part.layer.kind in splitting.SHARED]

        def share(shares: list[int]) -> None:
            for part in told:
                part.shares = shares

        def forward(pixels: Any) -> Any:
            count = len(pixels)
            if model.training:
                share([count] * self.world)
                return model(pixels)
            ends = [count * rank // self.world for rank in range(self.world + 1)]
            share([end - start for start, end in pairwise(ends)])
            return model(pixels[ends[self.rank] : ends[self.rank + 1]])

        return forward

    def complete(self, pixels: Any, labels: Any, count: int) -> tuple[Any, Any]:
        """Images that could not be read are made up for, without a label: all shares are of one size."""
        missing = count - len(labels)
        if missing:
            pixels = torch.cat((pixels, pixels.new_zeros(missing, *pixels.shape[1:])))
            labels = torch.cat((labels, labels.new_full((missing,), NO_LABEL)))
        return pixels, labels

    def backward(self, outputs: Any, labels: Any, weight: float) -> tuple[float, int]:
        """The first process has the loss of the whole batch; the others follow the gradients that they are sent."""
        if self.rank:
            splitting.trade({0: labels}, {}, "labels")
            torch.stack(outputs if isinstance(outputs, tuple) else (outputs,)).sum().backward()
            return 0.0, 0
        theirs = {rank: torch.empty_like(labels) for rank in range(1, self.world)}
        splitting.trade({}, theirs, "labels")
        every = torch.cat((labels, *theirs.values()))
        loss = F.cross_entropy(outputs.float(), every) * weight
        loss.backward()
        return float(loss.detach()), int((outputs.detach().argmax(-1) == every).sum())

    def finish(self) -> None:
        """Sum the convolutions' gradients over the shares: each is already its share of the batch's mean."""
        shared = [
            value for name, value in self.model.named_parameters()
            if value.grad is not None and self.plan.placements[self.plan.layer_of(name)] == SHARE
        ]  # fmt: skip
        if not shared:
            return
        joined = torch.cat([value.grad.flatten() for value in shared])
        splitting.sent_bytes["gradients"] += joined.numel() * joined.element_size()
        dist.all_reduce(joined)
        for value, part in zip(shared, joined.split([value.numel() for value in shared]), strict=True):
            assert value.grad is not None
            value.grad.copy_(part.view_as(value))
