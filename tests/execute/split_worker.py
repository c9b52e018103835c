"""One of several processes that train a network together, and what it saw; for tests."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F

from netledger.execute.building import build
from netledger.execute.splitting import operations as splitting
from netledger.network import Network
from netledger.train.parallel import parallel_for
from netledger.train.settings import Settings
from tests.execute import processes


def batch_for(network: Network, batch: int) -> tuple[Any, Any]:
    generator = torch.Generator().manual_seed(5)
    pixels = torch.randn(batch, *network.inputs()[0].attributes["shape"], generator=generator)
    return pixels, torch.randint(3, (batch,), generator=generator)


def alone(network: Network, batch: int) -> dict[str, Any]:
    """Outputs, loss and gradients of one process."""
    module = build(network, seed=0).train()
    torch.manual_seed(9)
    pixels, labels = batch_for(network, batch)
    outputs = module(pixels)
    loss = F.cross_entropy(outputs, labels)
    loss.backward()
    gradients = {name: value.grad for name, value in module.named_parameters()}
    return {"outputs": outputs.detach(), "loss": loss.item(), "gradients": gradients}


def together(network: Network, split: str, world: int, batch: int) -> list[dict[str, Any]]:
    """What each process saw in one step; the first has the gradients of the whole network."""
    with tempfile.TemporaryDirectory() as folder:
        processes.together(world, _step, network, split, world, batch, folder)
        return [torch.load(Path(folder) / f"{rank}.pt", weights_only=True) for rank in range(world)]


def _step(rank: int, network: Network, split: str, world: int, batch: int, folder: str) -> None:
    os.environ.update(RANK=str(rank), WORLD_SIZE=str(world), LOCAL_RANK=str(rank))
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=world)
    parallel: Any = parallel_for(Settings(folder, split=split), network)
    part = parallel.part(build(network, seed=0), "inverted").train()
    forward = parallel.wrap(part)
    splitting.reset_counts()
    torch.manual_seed(9)
    pixels, labels = (value.chunk(world)[rank] for value in batch_for(network, batch))
    outputs = forward(pixels)
    loss, hits = parallel.backward(outputs, labels, 1.0)
    parallel.finish()
    gradients = parallel.whole_state({name: value.grad for name, value in part.named_parameters()})
    counts = dict(splitting.sent_bytes) if split == "owt" else {"gradients": parallel.sent_bytes}
    seen = {"outputs": outputs.detach(), "loss": loss, "hits": hits, "gradients": gradients, "sent": counts}
    torch.save(seen, Path(folder) / f"{rank}.pt")
    dist.destroy_process_group()
