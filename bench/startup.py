"""Start-up: whole processes, CPU time and peak memory, as ratios to ``python -c pass`` of the same run.

    python bench/startup.py [--rounds 15] [--quick]

Each round runs every command once, in turn, so that a busy machine is busy for all of them; the figures are medians.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from measuring import ROOT, Held, Runs, environment, fresh_index, missing, netledger, rounds, run, seconds_left, table

TEN_LINES = """\
conv1: 11*11*3*96 + 96 = 34944
conv2: 5*5*48*256 + 256 = 307456
conv3: 3*3*256*384 + 384 = 885120
conv4: 3*3*192*384 + 384 = 663936
conv5: 3*3*192*256 + 256 = 442624
fc6: 6*6*256*4096 + 4096 = 37752832
fc7: 4096*4096 + 4096 = 16781312
fc8: 4096*1000 + 1000 = 4097000
total 60965224 parameters.
Right?
"""
PRELUDE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.torchvision_support import import_torchvision
torchvision = import_torchvision()
"""
TORCHINFO = (
    PRELUDE
    + """
import torchinfo
print(torchinfo.summary(torchvision.models.alexnet(), (1, 3, 224, 224), verbose=0))
"""
)
TRANSFORMERS = (
    PRELUDE
    + """
import accelerate, transformers
sizes = dict(hidden_size=16384, intermediate_size=53248, num_hidden_layers=126, num_attention_heads=128)
with accelerate.init_empty_weights():
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**sizes, num_key_value_heads=8, vocab_size=128256))
print(model.num_parameters())
"""
)
PEERS = {
    "torchinfo, torchvision's AlexNet": ("torch torchvision torchinfo", TORCHINFO, "show alexnet"),
    "transformers and accelerate, Llama-3.1-405B": (
        "torch transformers accelerate",
        TRANSFORMERS,
        "show config.json of Llama-3.1-405B",
    ),
}
"""What each needs, its code, and our row that it is the peer of."""


LLAMA_405B = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 128256, "hidden_size": 16384,
    "intermediate_size": 53248, "num_hidden_layers": 126, "num_attention_heads": 128, "num_key_value_heads": 8,
    "max_position_embeddings": 131072, "torch_dtype": "bfloat16",
}  # fmt: skip
FOUR_TIMES = LLAMA_405B | {"num_hidden_layers": 504}


def commands(text: str, folder: Path) -> dict[str, list[str]]:
    """What is measured."""
    config, deep = folder / "config.json", folder / "deep.json"
    config.write_text(json.dumps(LLAMA_405B))
    deep.write_text(json.dumps(FOUR_TIMES))
    python, ours = sys.executable, netledger()
    return {
        "python -c pass": [python, "-c", "pass"],
        "python -c 'import argparse'": [python, "-c", "import argparse"],
        "show alexnet": [*ours, "show", "alexnet"],
        "show alexnet on a terminal": [*ours, "show", "alexnet"],
        "show alexnet --format json": [*ours, "show", "alexnet", "--format", "json"],
        "show resnet152": [*ours, "show", "resnet152"],
        "show llama-3.1-405b": [*ours, "show", "llama-3.1-405b"],
        "show config.json of Llama-3.1-405B": [*ours, "show", str(config)],
        "show config.json, four times as deep": [*ours, "show", str(deep)],
        "list": [*ours, "list"],
        "list alexnet": [*ours, "list", "alexnet"],
        "compare alexnet alexnet/torchvision": [*ours, "compare", "alexnet", "alexnet/torchvision"],
        "audit of ten lines": [*ours, "audit", text, "--against", "alexnet"],
        "audit of ten lines, no network named": [*ours, "audit", text],
        "--help": [*ours, "--help"],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="no peers, seven rounds")
    given = parser.parse_args()
    fresh_index()
    seen: dict[str, Runs] = {}
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "ten.txt")
        text.write_text(TEN_LINES)
        env, found = environment(str(Path(folder, "bytecode"))), commands(str(text), Path(folder))
        for name, command in found.items():  # bytecode is compiled once, as it is when a package is installed
            run(command, env, Runs(), terminal="terminal" in name)
        for _ in rounds(7 if given.quick else given.rounds):
            for name, command in found.items():
                run(command, env, seen.setdefault(name, Runs()), terminal="terminal" in name)
        absent: dict[str, str] = {}
        for name, (needs, code, _) in {} if given.quick else PEERS.items():
            absent[name] = missing(needs)
            if not absent[name] and seconds_left() > 0:  # they take seconds: once will do
                run([sys.executable, "-c", code], env, seen.setdefault(name, Runs()))
    return report(seen, absent)


def report(seen: dict[str, Runs], absent: dict[str, str]) -> int:
    """The table: medians, ratios, peak memory, aims."""
    held, bare = Held("startup"), seen["python -c pass"].seconds
    beside = ("show alexnet", "show config.json of Llama-3.1-405B")
    rows = []
    for name, runs in seen.items():
        if runs.failed:
            rows.append([name, "-", "-", "-", f"failed: {runs.failed}"])
            held.missed += [] if name in PEERS else [f"{name}: {runs.failed}"]
            continue
        figures = {"pass": runs.seconds / bare, "MB": runs.peak}
        figures |= {other: runs.seconds / seen[other].seconds for other in beside if not seen[other].failed}
        peers = [seen[p].seconds for p, (*_, of) in PEERS.items() if of == name and p in seen and not seen[p].failed]
        if peers:
            figures["least_peer"] = min(peers) / runs.seconds
        verdict = held.verdict(name, figures)
        rows.append([name, f"{runs.seconds * 1000:,.1f}", f"{figures['pass']:.2f}", f"{runs.peak:,.0f}", verdict])
    rows += [[name, "-", "-", "-", f"not installed: {what}"] for name, what in absent.items() if what]
    print(table(["whole process", "CPU ms", "× pass", "MB", "aim"], rows))
    return held.told()


if __name__ == "__main__":
    sys.exit(main())
