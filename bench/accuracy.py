"""Who counts right: netledger and its peers on small models with hand formulas, each model and tool in one table.

    python bench/accuracy.py [--only lstm]

Peers are measured where they are installed (torchinfo, fvcore, ptflops, thop, calflops, TorchLens, and PyTorch's own
FlopCounterMode); a cell is the MACs that a tool says, ``=`` where they are exact. Models are run as people run them: in
evaluation mode, without gradients, on the CPU.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from measuring import TIME_WAS_UP, Held, seconds_left, table
from torch import nn
from torch.nn import functional as F

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]


class Function(nn.Module):
    """A function as a model; some tools die on models without parameters, so it has one."""

    def __init__(self, function: Callable[..., Any], **modules: nn.Module) -> None:
        super().__init__()
        self.function, self.unused = function, nn.Parameter(torch.zeros(1))
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, *args: Any) -> Any:
        return self.function(self, *args)


def images(name: str) -> nn.Module:
    """A model of torchvision, whether or not its binary loads."""
    from tests.torchvision_support import import_torchvision

    return import_torchvision().models.get_model(name)


def tied() -> nn.Module:
    embedding, head = nn.Embedding(5000, 64), nn.Linear(64, 5000, bias=False)
    head.weight = embedding.weight
    return nn.Sequential(embedding, head)


z = torch.zeros
ids = torch.zeros(1, 16, dtype=torch.int64)
MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[torch.Tensor, ...], int]] = {
    "linear on 197 tokens": (lambda: nn.Linear(768, 3072), (z(1, 197, 768),), 197 * 768 * 3072),
    "conv2d": (lambda: nn.Conv2d(64, 64, 3, padding=1, bias=False), (z(1, 64, 28, 28),), 784 * 9 * 64 * 64),
    "conv2d, padding same": (lambda: nn.Conv2d(8, 8, 3, padding="same"), (z(1, 8, 14, 14),), 196 * 9 * 64),
    "conv2d, unbatched": (lambda: nn.Conv2d(8, 8, 3), (z(8, 14, 14),), 144 * 9 * 64),
    "conv2d, depthwise": (lambda: nn.Conv2d(64, 64, 3, groups=64), (z(1, 64, 14, 14),), 144 * 9 * 64),
    "conv_transpose2d": (lambda: nn.ConvTranspose2d(64, 32, 4, 2, 1), (z(1, 64, 16, 16),), 256 * 64 * 32 * 16),
    "conv_transpose2d, grouped": (lambda: nn.ConvTranspose2d(4, 4, 3, 2, 1, 1, 4), (z(2, 4, 8, 8),), 2 * 64 * 4 * 9),
    "a @ b": (lambda: Function(lambda s, a, b: a @ b), (z(64, 128), z(128, 256)), 64 * 128 * 256),
    "broadcasting matmul": (lambda: Function(lambda s, a, b: torch.matmul(a, b)), (z(64, 32), z(8, 32, 16)), 262_144),
    "baddbmm": (
        lambda: Function(lambda s, a, b, c: torch.baddbmm(a, b, c)),
        (z(8, 64, 16), z(8, 64, 32), z(8, 32, 16)),
        262_144,
    ),
    "mv": (lambda: Function(lambda s, a, b: torch.mv(a, b)), (z(256, 512), z(512)), 256 * 512),
    "einsum": (
        lambda: Function(lambda s, a, b: torch.einsum("bij,bjk->bik", a, b)),
        (z(8, 64, 32), z(8, 32, 16)),
        262_144,
    ),
    "F.linear": (lambda: Function(lambda s, x, w: F.linear(x, w)), (z(8, 128), z(256, 128)), 8 * 128 * 256),
    "bilinear": (lambda: nn.Bilinear(5, 7, 3, bias=False), (z(4, 5), z(4, 7)), 4 * 105),
    "scaled_dot_product_attention": (
        lambda: Function(lambda s, q: F.scaled_dot_product_attention(q, q, q)),
        (z(1, 12, 64, 64),),
        2 * 12 * 64**3,
    ),
    "MultiheadAttention": (
        lambda: Function(
            lambda s, x: s.mha(x, x, x, need_weights=False)[0], mha=nn.MultiheadAttention(256, 8, batch_first=True)
        ),
        (z(1, 128, 256),),
        4 * 128 * 256**2 + 2 * 128**2 * 256,
    ),
    "TransformerEncoderLayer": (
        lambda: nn.TransformerEncoderLayer(64, 4, 128, batch_first=True),
        (z(1, 10, 64),),
        4 * 10 * 64**2 + 2 * 100 * 64 + 2 * 10 * 64 * 128,
    ),
    "LSTM": (lambda: nn.LSTM(32, 64, batch_first=True), (z(4, 50, 32),), 200 * 256 * 96),
    "GRU, two directions": (lambda: nn.GRU(32, 64, bidirectional=True), (z(50, 4, 32),), 2 * 200 * 192 * 96),
    "embedding": (lambda: nn.Embedding(5000, 64), (ids,), 0),
    "tied embedding and head": (tied, (ids,), 16 * 64 * 5000),
    "ReLU": (lambda: Function(lambda s, x: F.relu(x)), (z(10, 100),), 0),
    "bare parameter": (
        lambda: Function(lambda s, x: x @ s.fc.weight.T, fc=nn.Linear(512, 256)),
        (z(8, 512),),
        8 * 512 * 256,
    ),
    "AlexNet": (lambda: images("alexnet"), (z(1, 3, 224, 224),), 714_188_480),
    "ResNet-50": (lambda: images("resnet50"), (z(1, 3, 224, 224),), 4_089_184_256),
    "ViT-B/16": (lambda: images("vit_b_16"), (z(1, 3, 224, 224),), 17_563_828_224),
    "Swin-T": (lambda: images("swin_t"), (z(1, 3, 224, 224),), 4_490_566_656),
}


def with_netledger(model: nn.Module, data: tuple[torch.Tensor, ...]) -> float:
    from netledger.ledger import keep_books
    from netledger.sources import Options, read

    count = keep_books(read(model, options=Options(settings={"input_data": data}))).totals.macs
    return int(count)


def with_flop_counter(model: nn.Module, data: tuple[torch.Tensor, ...]) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        model(*data)
    return counter.get_total_flops() / 2


def with_torchinfo(model: nn.Module, data: tuple[torch.Tensor, ...]) -> float:
    import torchinfo

    return torchinfo.summary(model, input_data=data, verbose=0).total_mult_adds


def with_fvcore(model: nn.Module, data: tuple[torch.Tensor, ...]) -> float:
    from fvcore.nn import FlopCountAnalysis

    return FlopCountAnalysis(model, data).unsupported_ops_warnings(False).uncalled_modules_warnings(False).total()


def with_ptflops(model: nn.Module, data: tuple[torch.Tensor, ...]) -> float:
    from ptflops import get_model_complexity_info

    class Called(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, first: Any) -> Any:
            return self.model(*data)

    macs, _ = get_model_complexity_info(Called(), (1,), as_strings=False, print_per_layer_stat=False, verbose=False)
    if macs is None:
        raise RuntimeError("returned nothing")
    return macs


def with_thop(model: nn.Module, data: tuple[torch.Tensor, ...]) -> float:
    import thop

    return thop.profile(model, inputs=data, verbose=False)[0]


def with_calflops(model: nn.Module, data: tuple[torch.Tensor, ...]) -> float:
    from calflops import calculate_flops

    found = calculate_flops(model, args=list(data), print_results=False, output_as_string=False)
    return found[1]


def with_torchlens(model: nn.Module, data: tuple[torch.Tensor, ...]) -> float:
    import torchlens

    log = torchlens.trace(model, data)
    return log.total_macs if hasattr(log, "total_macs") else log.total_flops / 2


TOOLS: dict[str, tuple[str, Callable[[nn.Module, tuple[torch.Tensor, ...]], float]]] = {
    "netledger": ("torch", with_netledger),
    "FlopCounterMode": ("torch", with_flop_counter),
    "torchinfo": ("torchinfo", with_torchinfo),
    "fvcore": ("fvcore", with_fvcore),
    "ptflops": ("ptflops", with_ptflops),
    "thop": ("thop", with_thop),
    "calflops": ("calflops", with_calflops),
    "TorchLens": ("torchlens", with_torchlens),
}


def cell(
    tool: Callable[..., float], make: Callable[[], nn.Module], data: tuple[torch.Tensor, ...], truth: int
) -> tuple[str, str]:
    """What one tool says of one model, and the verdict: exact, off, zero or crashed."""
    model = make().eval()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), torch.no_grad():
            said = tool(model, tuple(one.clone() for one in data))
    except Exception as error:
        return type(error).__name__[:14], "crashed"
    if said == truth:
        return "=", "exact"
    return f"{said:,.0f}", "silently zero" if said == 0 else "off"


def importable(package: str) -> bool:
    """Whether a peer is installed with what it needs."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module(package)
    except Exception:
        return False
    return True


def answers(tool_name: str, wanted: str) -> None:
    """In a process of its own, since some tools leave PyTorch changed: one line of JSON a model."""
    with contextlib.suppress(ImportError):  # some peers import torchvision, whose binary may not load
        from tests.torchvision_support import import_torchvision

        import_torchvision()
    package, tool = TOOLS[tool_name]
    if importable(package):
        for name, (make, data, truth) in MODELS.items():
            if wanted in name:
                print(json.dumps([name, *cell(tool, make, data, truth)]), flush=True)


def main() -> int:
    """Print the table; 1 where netledger's own row is not all exact."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="models whose name contains this")
    parser.add_argument("--tool", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.tool is not None:
        answers(arguments.tool, arguments.only)
        return 0
    said: dict[str, dict[str, tuple[str, str]]] = {}
    for tool in TOOLS:
        if said and seconds_left() <= 0:
            print(f"{tool}: {TIME_WAS_UP}\n")
            continue
        command = [sys.executable, __file__, "--tool", tool, "--only", arguments.only]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
        if rows:
            said[tool] = {name: (text, verdict) for name, text, verdict in rows}
        else:
            print(f"{tool}: not measured, {TOOLS[tool][0]} is not installed or does not load here\n")
    lines = []
    for name, (_, _, truth) in MODELS.items():
        if arguments.only in name:
            cells = [found.get(name, ("died", "crashed"))[0] for found in said.values()]
            lines.append([name, f"{truth:,}", *cells, ""])
    for verdict in ("exact", "off", "silently zero", "crashed"):
        counts = [sum(one == verdict for _, one in found.values()) for found in said.values()]
        lines.append([verdict, "", *map(str, counts), ""])
    print(table(["model", "MACs by hand", *said, ""], lines))
    held = Held("accuracy")
    inexact = sum([verdict != "exact" for _, verdict in said["netledger"].values()])
    print(held.verdict("netledger", {"inexact": inexact}))
    return held.told()


if __name__ == "__main__":
    sys.exit(main())
