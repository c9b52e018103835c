"""What a training step really takes: counted on a real run, to be set beside the prediction.

Saved activations are counted by PyTorch's saved-tensor hooks, MACs by its own counter, bytes that cross devices at the
sends themselves; on a GPU the allocator's peak besides.
"""

from __future__ import annotations

import os
import tempfile

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from netledger.errors import DataError
from netledger.execute.building import build, without_softmax
from netledger.records import Record
from netledger.train.optimisers import Momentum
from netledger.train.recipes import recipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Network


class Measured(Record):
    """What one training step took: learned values, MACs of the forward pass, bytes of weights, gradients, optimizer
    state and saved activations, and the allocator's peak (``None`` but on a GPU)."""

    __slots__ = ("parameters", "macs", "weights", "gradients", "optimizer", "saved", "peak")
    parameters: int
    macs: int
    weights: int
    gradients: int
    optimizer: int
    saved: int
    peak: int | None

    def __init__(
        self, parameters: int, macs: int, weights: int, gradients: int, optimizer: int, saved: int, peak: int | None
    ) -> None:
        self._fill(parameters, macs, weights, gradients, optimizer, saved, peak)


def example_inputs(network: Network, batch: int, device: Any) -> list[Any]:
    """Random inputs of the described shapes."""
    inputs = []
    for layer in network.inputs():
        shape = layer.attributes.get("shape")
        if not isinstance(shape, tuple) or not all(isinstance(size, int) for size in shape):
            raise DataError("cannot be run: its input shape is not given").at(item=layer.path)
        full = shape if network.batched else (batch, *shape)
        if str(layer.attributes.get("dtype", "float32")).startswith("int"):
            inputs.append(torch.zeros(full, dtype=torch.int64, device=device))
        else:
            inputs.append(torch.randn(full, device=device))
    return inputs


def measure(network: Network, *, batch: int = 1, device: str = "cpu") -> Measured:
    """Run one training step (random data, SGD with momentum) and count."""
    network = without_softmax(network)
    module = build(network, device=device, init="torch", seed=0).train()
    optimizer = Momentum(module, recipe("torchvision"))
    inputs = example_inputs(network, batch, device)
    known = {value.untyped_storage().data_ptr() for value in (*module.parameters(), *module.buffers())}
    saved: dict[int, int] = {}

    def note(value: Any) -> Any:
        storage = value.untyped_storage()
        if storage.data_ptr() not in known:
            saved[storage.data_ptr()] = storage.nbytes()
        return value

    cuda = torch.device(device).type == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats(device)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda value: value):
        with FlopCounterMode(display=False) as counter:
            output = module(*inputs)
        first = output[0] if isinstance(output, tuple) else output
        labels = torch.zeros(first.shape[:1] + first.shape[2:], dtype=torch.int64, device=device)
        loss = F.cross_entropy(first, labels)
    loss.backward()
    gradients = sum(_bytes(value.grad) for value in module.parameters() if value.grad is not None)
    optimizer.step()
    return Measured(
        sum(value.numel() for value in module.parameters()),
        counter.get_total_flops() // 2 // _examples(network, batch),
        sum(map(_bytes, module.parameters())), gradients, sum(map(_bytes, optimizer.velocities.values())),
        sum(saved.values()), torch.cuda.max_memory_allocated(device) if cuda else None,
    )  # fmt: skip


def _examples(network: Network, batch: int) -> int:
    return 1 if network.batched else batch


def _bytes(value: Any) -> int:
    return int(value.numel() * value.element_size())


def measure_towers(network: Network, *, batch: int = 1) -> tuple[dict[str, int], dict[str, int]]:
    """Bytes that each of two processes really sends in one training step of the split network, forward and backward."""
    import torch.multiprocessing as processes

    with tempfile.TemporaryDirectory() as folder:
        processes.start_processes(_tower_step, (network, batch, folder), nprocs=2, join=True, start_method="spawn")
        counts = [torch.load(os.path.join(folder, f"{rank}.pt"), weights_only=True) for rank in (0, 1)]  # noqa: PTH118
    return counts[0], counts[1]


def _tower_step(rank: int, network: Network, batch: int, folder: str) -> None:
    import torch.distributed as dist

    from netledger.execute.splitting.operations import reset_counts, sent_bytes
    from netledger.execute.splitting.towers import plan_towers

    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    tower = build(plan_towers(without_softmax(network)).networks[rank], init="torch", seed=rank).train()
    reset_counts()
    outputs = tower(*example_inputs(network, batch, "cpu"))
    total = outputs.sum() if isinstance(outputs, torch.Tensor) else sum(output.sum() for output in outputs)
    total.backward()
    torch.save(dict(sent_bytes), os.path.join(folder, f"{rank}.pt"))  # noqa: PTH118
    dist.destroy_process_group()
