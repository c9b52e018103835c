"""Counting live models: netledger and its peers, inside the process: the first call and the second.

    python bench/models.py [--rounds 3] [--only llama-405b]

Every process builds one model on the meta device and counts it twice with one tool; what was imported before is the
model's own. Times are CPU seconds, medians of the rounds; memory is the peak above that of building alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from statistics import median

from measuring import ROOT, TIME_WAS_UP, Held, Runs, environment, missing, rounds, run, seconds_left, table

BUILD = {
    "alexnet": "model, data = images('alexnet')",
    "llama-405b": "model, data = llama(16384, 53248, 126, 128)",
}
PRELUDE = """
import json, os, resource, sys, warnings
from time import process_time
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
{build}
with torch.no_grad():
    model(**data)
def count():
    return None
{count}
found = []
for _ in range(2):
    begun = process_time()
    macs = count()
    found.append(process_time() - begun)
print()
print(json.dumps([*found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, macs]))
"""
TOOLS = {
    "building and running": ("torch", ""),
    "netledger": ("torch", """
from netledger.sources import Options, read
from netledger.ledger import keep_books
def count(): return int(keep_books(read(model, options=Options(settings={"input_data": data}))).totals.macs)
"""),
    "FlopCounterMode": ("torch", """
from torch.utils.flop_counter import FlopCounterMode
def count():
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(**data)
    return counter.get_total_flops() // 2
"""),
    "torchinfo": ("torchinfo", """
import torchinfo
def count(): return torchinfo.summary(model, input_data=data, verbose=0, device="meta").total_mult_adds
"""),
    "fvcore": ("fvcore", """
from fvcore.nn import FlopCountAnalysis
def count():
    with torch.no_grad():
        return FlopCountAnalysis(model, tuple(data.values())).unsupported_ops_warnings(False).total()
"""),
    "ptflops": ("ptflops", """
from ptflops import get_model_complexity_info
def count():
    return int(get_model_complexity_info(
        model, (1,), input_constructor=lambda _: data, as_strings=False, print_per_layer_stat=False)[0])
"""),
    "thop": ("thop", """
import thop
def count(): return int(thop.profile(model, inputs=tuple(data.values()), verbose=False)[0])
"""),
    "calflops": ("calflops", """
from calflops import calculate_flops
def count(): return calculate_flops(model, kwargs=data, print_results=False, output_as_string=False)[1]
"""),
    "TorchLens": ("torchlens", """
import torchlens
def count():
    log = torchlens.trace(model, tuple(data.values()))
    return log.total_macs if hasattr(log, "total_macs") else log.total_flops // 2
"""),
}  # fmt: skip
"""``tool → (what must be installed, its code)``."""
OFTEN = ("building and running", "netledger", "FlopCounterMode")
"""What the aims are about is measured in every round, the other peers in the first."""


def measured(model: str, most: int) -> tuple[dict[str, list[list[float]]], dict[str, str]]:
    """Each tool's (first, second, peak, MACs) of every round; and why there are none of a tool."""
    found: dict[str, list[list[float]]] = {}
    why: dict[str, str] = {}
    for i in rounds(most):
        for tool, (needs, code) in TOOLS.items():
            absent = missing(needs)
            if absent:
                why[tool] = f"not installed: {absent}"
            elif not i and tool not in OFTEN and seconds_left() <= 0:
                why[tool] = TIME_WAS_UP
            if tool in why or (i and tool not in OFTEN):
                continue
            runs = Runs()
            program = PRELUDE.format(root=str(ROOT), build=BUILD[model], count=code)
            run([sys.executable, "-c", program], environment(), runs)
            if runs.failed:
                why[tool] = f"failed: {runs.failed}"
            else:
                found.setdefault(tool, []).append(json.loads(runs.said.splitlines()[-1]))
    return found, why


def rows_of(model: str, most: int, held: Held) -> list[list[str]]:
    """The lines of one model; the ratios are to the fastest peer that counts anything."""
    found, why = measured(model, most)
    at = {tool: [median([one[i] for one in all_]) for i in range(3)] for tool, all_ in found.items()}
    floor = at.get("building and running", [0, 0, 0])[2]
    figures = {}
    if "netledger" in at and "FlopCounterMode" in at:
        figures = {name: at["netledger"][i] / at["FlopCounterMode"][i] for i, name in enumerate(("first", "second"))}
    rows = []
    for tool in TOOLS:
        if tool == "building and running":
            continue
        name = model if tool == "netledger" else ""
        if tool in why:
            rows.append([name, tool, "-", "-", "-", "-", why[tool]])
            continue
        first, second, peak = at[tool]
        said = held.verdict(model, figures) if tool == "netledger" else ""
        macs = f"{found[tool][0][3]:,.0f}" if found[tool][0][3] is not None else "none"
        rows.append([name, tool, f"{first * 1000:,.1f}", f"{second * 1000:,.1f}", f"{peak - floor:,.0f}", macs, said])
    if "netledger" in why:
        held.missed.append(f"{model}: {why['netledger']}")
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="models whose name contains this")
    given = parser.parse_args()
    held, rows = Held("models"), []
    for model in BUILD:
        if given.only in model:
            rows += rows_of(model, given.rounds, held)
            print(f"measured {model}", file=sys.stderr, flush=True)
    print(table(["model", "tool", "first call, ms", "second, ms", "MB above", "MACs", "aim"], rows))
    return held.told()


if __name__ == "__main__":
    sys.exit(main())
