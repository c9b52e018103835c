"""Training steps of netledger's AlexNet against torchvision's own in a plain loop, in one run, as ratios.

    python bench/train.py [--batch N] [--steps 5] [--device cpu|cuda]

A batch is 128 images on a GPU and 16 on a CPU where none is given: that ends within two or three minutes on one core.
Every ratio is printed beside its aim (``bench/aims.toml``):

- the same batch and precision: netledger's module and update rule against ``torchvision.models.alexnet`` and
  ``torch.optim.SGD``; the two take turns, the median of each is compared
- on a GPU: with the default settings (bfloat16, channels-last, compiled) against that float32 loop
- local response normalisation as in the paper against the same network without it
- the input pipeline by itself, images/s
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from measuring import Held, table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from netledger.catalogue import load
from netledger.execute.building import build, without_softmax
from netledger.network import Network
from netledger.train.data.augment import Crops, Statistics, augmented, generator_for
from netledger.train.optimisers import Momentum
from netledger.train.recipes import recipe


def synchronise(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def ours(network: Network, device: str, fast: bool) -> Any:
    module = build(without_softmax(network), device=device, seed=0).train()
    optimizer = Momentum(module, recipe("torchvision"))
    forward = module
    if fast:
        module.to(memory_format=torch.channels_last)
        forward = torch.compile(module)

    def step(x: Any, y: Any) -> None:
        if fast:
            x = x.to(memory_format=torch.channels_last)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=fast):
            outputs = forward(x)
        F.cross_entropy(outputs.float(), y).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def torchvisions(device: str) -> Any:
    from tests.torchvision_support import import_torchvision

    model = import_torchvision().models.alexnet().to(device).train()
    sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)

    def step(x: Any, y: Any) -> None:
        F.cross_entropy(model(x), y).backward()
        sgd.step()
        sgd.zero_grad()

    return step


def taken(steps: dict[str, Any], batch: int, count: int, device: str, shape: tuple[int, ...]) -> dict[str, list[float]]:
    """Seconds of each step, the contenders taking turns."""
    x = torch.randn(batch, *shape, device=device)
    y = torch.randint(1000, (batch,), device=device)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(count + 1):
        for name, step in list(steps.items())[:: -1 if turn % 2 else 1]:
            synchronise(device)
            start = time.perf_counter()
            step(x, y)
            synchronise(device)
            if turn:
                times[name].append(time.perf_counter() - start)
    return times


def ratio(one: list[float], other: list[float]) -> float:
    """The median of one against the median of the other."""
    return statistics.median(one) / statistics.median(other)


def line(name: str, rate: float | None, value: float | None, held: Held) -> list[str]:
    """One line of the table."""
    figures = {} if value is None else {"ratio": value, "least_ratio": value}
    aim = held.verdict(name, figures)
    return [name, "" if rate is None else f"{rate:,.1f}", "" if value is None else f"{value:.3f}", aim]


def without_norms(network: Network) -> Network:
    """The same network, its response normalisations replaced by nothing."""
    layers = [
        layer.replace(kind="identity", attributes={}) if layer.kind == "local_response_norm" else layer
        for layer in network.layers
    ]
    return network.replace(layers=tuple(layers))


def pipeline(seconds: float = 2.0) -> float:
    """Images a second of the paper's crops, flips and colours, 256 → 224, one process."""
    images = torch.randint(0, 256, (128, 3, 256, 256), dtype=torch.uint8)

    class Memory:
        labels, size = torch.zeros(128), 256

        def __len__(self) -> int:
            return 128

        def load(self, indices: list[int], geometry: Any, generator: Any) -> Any:
            return images[indices], indices, []

    known = Statistics.of(Memory())  # type: ignore[arg-type]
    view, done, start = Crops(224, 224, colour="paper"), 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        augmented(images, view, known, generator_for(0, done))
        done += 128
    return done / (time.perf_counter() - start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    device, image = options.device, (3, 224, 224)
    batch = options.batch or (128 if device.startswith("cuda") else 16)
    print(f"PyTorch {torch.__version__}, {device}, {torch.get_num_threads()} threads, {batch} images a step\n")
    held, rows = Held("train"), []
    contenders = {"torchvision": torchvisions(device), "netledger": ours(load("alexnet/torchvision"), device, False)}
    if device.startswith("cuda"):
        contenders["netledger, default GPU settings"] = ours(load("alexnet/torchvision"), device, True)
    found = taken(contenders, batch, options.steps, device, image)
    for name, seconds in found.items():
        rows.append(line(name, batch / statistics.median(seconds), ratio(found["torchvision"], seconds), held))
    contenders.clear()
    paper = load("alexnet")
    normed = {
        "alexnet with response normalisation": ours(paper, device, False),
        "alexnet without": ours(without_norms(paper), device, False),
    }
    found = taken(normed, batch, options.steps, device, tuple(paper.inputs()[0].attributes["shape"]))
    for name, seconds in found.items():
        rows.append(line(name, batch / statistics.median(seconds), None, held))
    rows.append(line("response normalisation: time with / without", None, ratio(*found.values()), held))
    rows.append(line("input pipeline by itself, one process", pipeline(), None, held))
    print(table(["a step", "images/s", "ratio", "aim"], rows))
    return held.told()


if __name__ == "__main__":
    sys.exit(main())
