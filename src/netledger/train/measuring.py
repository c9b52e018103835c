"""What a training step really takes: counted on a real run, to be set beside the prediction.

Saved activations are counted by PyTorch's saved-tensor hooks, MACs by its own counter, bytes that cross devices at the
sends themselves; on a GPU the allocator's peak besides.
"""

from __future__ import annotations

import os
import tempfile

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from netledger.errors import DataError
from netledger.execute.aliasing import looked_up, without_softmax
from netledger.execute.building import build
from netledger.records import Record
from netledger.train.optimisers import Momentum
from netledger.train.recipes import recipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Network


class Measured(Record):
    """What one training step took: learned values, MACs of its forward pass, bytes of weights, gradients, optimizer
    state and saved activations, and the allocator's peak (``None`` but on a GPU). MACs and saved activations are
    ``None`` where layers stand in for what a description leaves open."""

    __slots__ = ("parameters", "macs", "weights", "gradients", "optimizer", "saved", "peak")
    parameters: int
    macs: int | None
    weights: int
    gradients: int
    optimizer: int
    saved: int | None
    peak: int | None

    def __init__(
        self, parameters: int, macs: int | None, weights: int, gradients: int, optimizer: int, saved: int | None,
        peak: int | None,
    ) -> None:  # fmt: skip
        self._fill(parameters, macs, weights, gradients, optimizer, saved, peak)


def example_inputs(network: Network, batch: int, device: Any) -> list[Any]:
    """Random inputs of the described shapes; what an embedding reads is zeros."""
    indices, inputs = looked_up(network), []
    for layer in network.inputs():
        shape = layer.attributes.get("shape")
        if not isinstance(shape, tuple) or not all(isinstance(size, int) for size in shape):
            raise DataError("cannot be run: its input shape is not given").at(item=layer.path)
        full = shape if network.batched else (batch, *shape)
        if layer.outputs[0] in indices or str(layer.attributes.get("dtype", "float32")).startswith("int"):
            inputs.append(torch.zeros(full, dtype=torch.int64, device=device))
        else:
            inputs.append(torch.randn(full, device=device))
    return inputs


def measure(network: Network, *, batch: int = 1, device: str = "cpu") -> Measured:
    """Run one training step (random data, cross-entropy of every output, SGD with momentum) and count.

    On the device ``meta`` PyTorch's own operators run on shapes alone: the same is counted, as a CPU would keep it, and
    nothing is allocated or computed.
    """
    network = without_softmax(network)
    module = build(network, device=device, init="torch", seed=0, measuring=True).train()
    optimizer = Momentum(module, recipe("torchvision"))
    inputs = example_inputs(network, batch, device)
    known = {value.untyped_storage()._cdata for value in (*module.parameters(), *module.buffers())}
    saved: dict[int, int] = {}

    def note(value: Any) -> Any:
        storage = value.untyped_storage()
        if storage._cdata not in known:  # on meta no storage has an address
            saved[storage._cdata] = storage.nbytes()
        return value

    cuda = torch.device(device).type == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats(device)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda value: value):
        with FlopCounterMode(display=False, custom_mapping=_COUNTED_TOO) as counter:
            output = module(*inputs)
        loss = sum(map(_loss, output if isinstance(output, tuple) else (output,)))
    loss.backward()
    gradients = sum(_bytes(value.grad) for value in module.parameters() if value.grad is not None)
    optimizer.step()
    return Measured(
        sum(value.numel() for value in module.parameters()),
        counter.get_total_flops() // 2 if all(module.standing_in.values()) else None,
        sum(map(_bytes, module.parameters())), gradients, sum(map(_bytes, optimizer.velocities.values())),
        None if module.standing_in else sum(saved.values()), torch.cuda.max_memory_allocated(device) if cuda else None,
    )  # fmt: skip


def _loss(output: Any) -> Any:
    output = output if output.dim() > 1 else output.unsqueeze(1)
    labels = torch.zeros(output.shape[:1] + output.shape[2:], dtype=torch.int64, device=output.device)
    return F.cross_entropy(output, labels)


def _attention(query: Any, key: Any, value: Any, *more: Any, **options: Any) -> int:
    return int(sdpa_flop_count(query, key, value))


_COUNTED_TOO = {
    getattr(torch.ops.aten, name): _attention
    for name in ("_scaled_dot_product_flash_attention_for_cpu",)
    if hasattr(torch.ops.aten, name)
}
"""Products that PyTorch's counter leaves out."""


def _bytes(value: Any) -> int:
    return int(value.numel() * value.element_size())


def measure_split(network: Network, split: str, *, devices: int = 2, batch: int = 2) -> list[dict[str, int]]:
    """Bytes that each of several processes really sends in one training step of the split network: ``forward``,
    ``backward``, ``labels``, ``gradients``. ``split`` is a name of :data:`~netledger.train.parallel.SPLITS`; the step
    is the one that ``train --split`` takes, its loss included."""
    import torch.multiprocessing as processes

    with tempfile.TemporaryDirectory() as folder:
        arguments = (network, split, devices, batch, folder)
        processes.start_processes(_split_step, arguments, nprocs=devices, join=True, start_method="spawn")
        return [torch.load(os.path.join(folder, f"{rank}.pt"), weights_only=True) for rank in range(devices)]  # noqa: PTH118


def _split_step(rank: int, network: Network, split: str, devices: int, batch: int, folder: str) -> None:
    import torch.distributed as dist

    from netledger.execute.splitting.operations import reset_counts, sent_bytes
    from netledger.train.parallel import parallel_for
    from netledger.train.settings import Settings

    torch.set_num_threads(1)
    os.environ.update(RANK=str(rank), WORLD_SIZE=str(devices), LOCAL_RANK=str(rank))
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=devices)
    network = without_softmax(network)
    parallel = parallel_for(Settings(folder, split=split), network)
    part = parallel.part(build(network, init="torch", seed=0), "inverted").train()
    forward = parallel.wrap(part)
    pixels = example_inputs(network, batch, "cpu")[0].chunk(parallel.shares)[rank % parallel.shares]
    reset_counts()
    outputs = forward(pixels)
    parallel.backward(outputs, torch.zeros(len(pixels), dtype=torch.int64), 1.0)
    parallel.finish()
    torch.save(dict(sent_bytes), os.path.join(folder, f"{rank}.pt"))  # noqa: PTH118
    dist.destroy_process_group()
