"""What the schemes that cut layers share: a plan says which tensors lie in slices, one on each process."""

from __future__ import annotations

import torch
import torch.distributed as dist

from netledger.execute.building import build
from netledger.train.parallel.base import Distributed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.execute.splitting.plan import Plan
    from netledger.train.parallel.base import State


class Sliced(Distributed):
    """Each process has its part of a planned network; ``cut`` is the placement of what lies in slices."""

    plan: Plan
    cut = ""

    has_outputs = True
    """Whether this process has the last layer, and so something to say of a batch."""

    def logits(self, forward: Any, pixels: Any) -> Any:
        """A process without the last layer has none: the first one's score is the run's."""
        outputs = super().logits(forward, pixels)
        return outputs if self.has_outputs else None

    def part(self, full: NetworkModule, dropout: str) -> NetworkModule:
        """This process's network, with its part of the tensors."""
        part = build(self.plan.networks[min(self.rank, 1)], init="zeros", dropout=dropout)
        part.load_state_dict(self.part_of_state(full.state_dict()))
        return part

    def has(self, path: str) -> bool:
        """Whether this process has a layer, whole or a slice of it."""
        raise NotImplementedError

    def _is_cut(self, name: str, value: Any) -> bool:
        return self.plan.placements[self.plan.layer_of(name)] == self.cut and value.dim() > 0

    def part_of_state(self, state: State) -> State:
        """The tensors of this process's layers, and its slices."""
        return {
            name: value.chunk(self.world, 0)[self.rank].clone() if self._is_cut(name, value) else value.clone()
            for name, value in state.items()
            if self.has(self.plan.layer_of(name))
        }

    def whole_state(self, state: State) -> State:
        """The first process's tensors, slices with the others' behind them."""
        result = {}
        for name, value in state.items():
            if not self._is_cut(name, value):
                result[name] = value
            elif self.rank:
                dist.send(value.contiguous(), 0)
            else:
                theirs = [torch.empty_like(value, memory_format=torch.contiguous_format) for _ in range(1, self.world)]
                for rank, other in enumerate(theirs, 1):
                    dist.recv(other, rank)
                result[name] = torch.cat((value, *theirs))
        return result
