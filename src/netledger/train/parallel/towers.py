"""Training by the scheme of 2012: one tower of the network on each of two devices."""

from __future__ import annotations

import torch

from netledger.errors import UsageError
from netledger.execute.splitting.stated import states_devices
from netledger.execute.splitting.towers import HALF, plan_towers
from netledger.train.parallel.sliced import Sliced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Network
    from netledger.train.settings import Settings


class Towers(Sliced):
    """One tower of the network on each of two devices."""

    cut = HALF

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
        self._mine = {layer.path for layer in self.plan.networks[self.rank].layers}
        self.has_outputs = not self.rank

    def has(self, path: str) -> bool:
        """Whether a layer is on this device."""
        return path in self._mine

    def backward(self, outputs: Any, labels: Any, weight: float) -> tuple[float, int]:
        """The first device has the loss; the second follows the gradients that it is sent."""
        if self.rank == 0:
            return super().backward(outputs, labels, weight)
        torch.stack(outputs if isinstance(outputs, tuple) else (outputs,)).sum().backward()
        return 0.0, 0
