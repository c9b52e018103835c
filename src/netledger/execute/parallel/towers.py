"""Training by the scheme of 2012: one tower of the network on each of two devices."""

from __future__ import annotations

import torch
import torch.distributed as dist

from netledger.errors import UsageError
from netledger.execute.building import build
from netledger.execute.parallel.base import Distributed
from netledger.execute.splitting.stated import states_devices
from netledger.execute.splitting.towers import HALF, plan_towers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.execute.parallel.base import State
    from netledger.execute.settings import Settings
    from netledger.network import Network


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
            path = self.plan.layer_of(name)
            if path not in mine:
                continue
            halved = self.plan.placements[path] == HALF and value.dim() > 0
            result[name] = value.chunk(2, 0)[self.rank].clone() if halved else value.clone()
        return result

    def whole_state(self, state: State) -> State:
        """The first device's tensors with the second's halves behind them."""
        result = {}
        for name, value in state.items():
            if self.plan.placements[self.plan.layer_of(name)] != HALF or value.dim() == 0:
                result[name] = value
            elif self.rank == 0:
                other = torch.empty_like(value, memory_format=torch.contiguous_format)
                dist.recv(other, 1)
                result[name] = torch.cat((value, other))
            else:
                dist.send(value.contiguous(), 0)
        return result
