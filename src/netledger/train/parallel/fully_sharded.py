"""Fully sharded data parallelism: a share of each batch for each process, and of each parameter as well."""

from __future__ import annotations

from netledger.train.parallel.data import DataParallel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.network import Network
    from netledger.train.parallel.base import State
    from netledger.train.settings import Settings


class FullySharded(DataParallel):
    """PyTorch's ``fully_shard`` (FSDP2): every process holds a slice of each layer's parameters, gradients and
    velocities; a layer is put together when it is computed, and its gradients are averaged into the slices."""

    def __init__(self, settings: Settings, network: Network) -> None:
        super().__init__(settings, network)
        from torch.distributed.device_mesh import init_device_mesh

        self.mesh = init_device_mesh(self.device.partition(":")[0], (self.world,))

    def part(self, full: NetworkModule, dropout: str) -> NetworkModule:
        """The network with its parameters in slices, layer by layer."""
        from torch.distributed.fsdp import fully_shard

        part = super().part(full, dropout).to(self.device)
        for operation in part.operations():
            if any(True for _ in operation.parameters(recurse=False)):
                fully_shard(operation, mesh=self.mesh)
        fully_shard(part, mesh=self.mesh)
        return part

    def placed(self, model: NetworkModule) -> NetworkModule:
        """It was on its device before it was cut; slices have no layout of their own."""
        return model

    def wrap(self, model: NetworkModule) -> Any:
        """The sharded network gathers by itself what it computes with."""
        return model

    def logits(self, forward: Any, pixels: Any) -> Any:
        """A process without an image in this batch computes one of zeros: the layers are gathered by all together."""
        if len(pixels):
            return forward(pixels)
        forward(pixels.new_zeros((1, *pixels.shape[1:])))
        return None

    def whole_state(self, state: State) -> State:
        """Slices put together, on every process."""
        return {name: value.full_tensor() if hasattr(value, "full_tensor") else value for name, value in state.items()}

    def part_of_state(self, state: State) -> State:
        """This process's slices of velocities, which are those of the parameters: along the first dimension."""
        from torch.distributed.tensor import Shard, distribute_tensor

        return {
            name: distribute_tensor(value.to(self.device), self.mesh, [Shard(0)], src_data_rank=None)
            for name, value in state.items()
        }
