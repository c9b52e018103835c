"""Counting live models: netledger and its peers, inside the process: the first call and the second.

    python bench/models.py [--rounds 3] [--only llama-405b]

A process builds one model on the meta device, and every tool counts it twice in a fork of that process
(``bench/calls.py``). Times are CPU seconds, medians of the rounds; memory is the peak above that of building alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from statistics import median

from calls import BUILD, TOOLS
from measuring import ROOT, Held, Runs, environment, run, seconds_left, table


def measured(model: str, most: int, models: int) -> tuple[dict[str, list[list[float]]], dict[str, str]]:
    """Each tool's (first, second, peak, MACs) of every round; and why there are none of a tool."""
    found: dict[str, list[list[float]]] = {}
    runs = Runs()
    seconds = min(seconds_left() / models, 3_600)
    run([sys.executable, str(ROOT / "bench" / "calls.py"), model, str(most), f"{seconds:.0f}"], environment(), runs)
    why: dict[str, str] = dict.fromkeys(TOOLS, f"failed: {runs.failed}") if runs.failed else {}
    for line in runs.said.splitlines():
        said = json.loads(line)
        if "calls" in said:
            found.setdefault(said["tool"], []).append(said["calls"])
            why.pop(said["tool"], None)
        else:
            why[said["tool"]] = said["failed"]
    return found, why


def rows_of(model: str, most: int, models: int, held: Held) -> list[list[str]]:
    """The lines of one model; the ratios are to the fastest peer that counts anything."""
    found, why = measured(model, most, models)
    at = {tool: [median([one[i] for one in all_]) for i in range(3)] for tool, all_ in found.items()}
    floor = at.get("building and running", [0, 0, 0])[2]
    figures: dict[str, float] = {}
    if "netledger" in at and "FlopCounterMode" in at:
        figures = {name: at["netledger"][i] / at["FlopCounterMode"][i] for i, name in enumerate(("first", "second"))}
    if "netledger" in at and "building and running" in at:
        figures["running"] = at["netledger"][1] / at["building and running"][1]
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
    chosen = [model for model in BUILD if given.only in model]
    for place, model in enumerate(chosen):
        rows += rows_of(model, given.rounds, len(chosen) - place, held)
        print(f"measured {model}", file=sys.stderr, flush=True)
    print(table(["model", "tool", "first call, ms", "second, ms", "MB above", "MACs", "aim"], rows))
    return held.told()


if __name__ == "__main__":
    sys.exit(main())
