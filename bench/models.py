"""Counting live models: netledger and its peers, whole processes, as ratios of one run.

    python bench/models.py [--rounds 3] [--only llama-405b]

Every program builds the model on the meta device and counts it; ``build`` does nothing else and is what all the others
include. Each round runs every program once, in turn, so that a busy machine is busy for all of them. Figures are
medians of CPU seconds, and the peak memory above that of building alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent

BUILD = {
    "alexnet": "model, data = images('alexnet')",
    "resnet50": "model, data = images('resnet50')",
    "vit-h-14": "model, data = images('vit_h_14')",
    "llama-8b": "model, data = llama(4096, 14336, 32, 32)",
    "llama-405b": "model, data = llama(16384, 53248, 126, 128)",
}
PRELUDE = """
import os, sys, warnings
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.simplefilter("ignore")
sys.path[:0] = [{root!r} + "/src", {root!r}]
import torch
from tests.torchvision_support import import_torchvision
def images(name):
    with torch.device("meta"):
        return import_torchvision().models.get_model(name).eval(), {{"x": torch.empty(1, 3, 224, 224, device="meta")}}
def llama(hidden, inner, layers, heads):
    import_torchvision()
    from transformers import LlamaConfig, LlamaForCausalLM
    config = LlamaConfig(hidden_size=hidden, intermediate_size=inner, num_hidden_layers=layers,
                         num_attention_heads=heads, num_key_value_heads=8, vocab_size=128256)
    with torch.device("meta"):
        return LlamaForCausalLM(config).eval(), {{"input_ids": torch.ones(1, 2048, dtype=torch.int64, device="meta")}}
"""
PROGRAMS = {
    "build": ("torch", ""),
    "netledger": ("torch", """
from netledger.sources import Options, read
from netledger.ledger import keep_books
print(keep_books(read(model, options=Options(settings={"input_data": data}))).totals.macs)
"""),
    "FlopCounterMode": ("torch", """
from torch.utils.flop_counter import FlopCounterMode
with torch.no_grad(), FlopCounterMode(display=False) as counter:
    model(**data)
print(counter.get_total_flops() // 2)
"""),
    "torchinfo": ("torchinfo", """
import torchinfo
print(torchinfo.summary(model, input_data=data, verbose=0, device="meta").total_mult_adds)
"""),
    "fvcore": ("fvcore", """
from fvcore.nn import FlopCountAnalysis
with torch.no_grad():
    print(FlopCountAnalysis(model, tuple(data.values())).total())
"""),
    "thop": ("thop", """
import thop
print(int(thop.profile(model, inputs=tuple(data.values()), verbose=False)[0]))
"""),
    "calflops": ("calflops", """
from calflops import calculate_flops
print(calculate_flops(model, kwargs=data, print_results=False, output_as_string=False)[1])
"""),
}  # fmt: skip


def run(program: str, model: str) -> tuple[float, float, str] | None:
    """CPU seconds, peak MB and the last line of output of one process; ``None`` where it failed."""
    code = PRELUDE.format(root=str(ROOT)) + BUILD[model] + "\n" + PROGRAMS[program][1]
    before = os.times()
    code += "\nimport resource\nprint('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=600)
    after = os.times()
    if done.returncode != 0:
        return None
    lines = done.stdout.strip().splitlines()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, int(lines[-1].split()[1]) / 1024, lines[-2] if len(lines) > 1 else ""


def main() -> None:
    """Print one table a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="models whose name contains this")
    arguments = parser.parse_args()
    programs = [name for name, (package, _) in PROGRAMS.items() if find_spec(package) is not None]
    for model in BUILD:
        if arguments.only not in model:
            continue
        results: dict[str, list[tuple[float, float, str] | None]] = {name: [] for name in programs}
        for _ in range(arguments.rounds):
            for name in programs:
                results[name].append(run(name, model))
        base = median([one[0] for one in results["build"] if one is not None])
        floor = median([one[1] for one in results["build"] if one is not None])
        print(f"\n{model}: building takes {base:.1f} s of CPU time")
        print(f"{'':18}{'counting, s':>14}{'ratio':>8}{'MB above':>10}  MACs")
        ours = None
        for name in programs[1:]:
            good = [one for one in results[name] if one is not None]
            if not good:
                print(f"{name:18}{'crashed':>14}")
                continue
            seconds = max(median([one[0] for one in good]) - base, 0.01)
            ours = seconds if ours is None else ours
            megabytes = max(median([one[1] for one in good]) - floor, 0)
            print(f"{name:18}{seconds:14.2f}{seconds / ours:8.2f}{megabytes:10.0f}  {good[-1][2]}", flush=True)


if __name__ == "__main__":
    main()
