"""Runs the corpus; shared by the test and by hand."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

MODULES = sorted(
    path.stem for path in (HERE / "corpus").glob("*.py") if path.stem not in ("__init__", "cases", "networks")
)


def all_cases():
    for module in MODULES:
        importlib.import_module(f"tests.audit.corpus.{module}")
    from tests.audit.corpus.cases import CASES

    return CASES


def judge(case):
    from netledger.audit.page import judge_page
    from netledger.notation.architecture import network_from_architecture

    return judge_page(case.text, network_from_architecture(case.network, "corpus"))


ALIKE = [
    {"arithmetic", "terms_do_not_add", "wrong_sum", "unit_mixup"},
    {"missing_second_bias", "pytorch_double_bias"},
    {"missing_in_channels", "wrong_in_channels", "swapped_dims"},
    {"stale_annotation", "wrong_out_channels", "wrong_in_channels", "wrong_kernel", "wrong_value"},
    {"wrong_value", "wrong_formula"},
    {"kv_heads_ignored", "wrong_head_dim"},
    {"missing_layer", "missing_norm"},
]
"""Kinds that a fair reader would take for the same cause."""


def alike(found, kind):
    return found == kind or any(found in kinds and kind in kinds for kinds in ALIKE)


def complaints(case, result):
    """What is wrong with an answer, in words; empty where it is as it should be."""
    said = []
    verdict = "wrong" if case.faults else "right"
    flagged = {}
    for finding in result.findings:
        flagged.setdefault(finding.line_no, []).append(finding)
    alarms = [line for line in flagged if line not in case.faults and line not in case.may]
    said_right = result.verdict in ("right", "partly") or (result.verdict == "wrong" and set(flagged) <= set(case.may))
    if result.verdict != verdict and not (verdict == "right" and said_right):
        said.append(f"verdict {result.verdict}, not {verdict}")
    if alarms:
        said.append(f"false alarms in lines {alarms}")
    for line, faults in case.faults.items():
        here = flagged.get(line, [])
        if not here:
            said.append(f"line {line} not found")
        for kind, expected in faults:
            if not any(alike(f.kind, kind) or (kind == "propagated" and f.follows_from) for f in here):
                said.append(f"line {line}: cause {kind} not named, but {[f.kind for f in here]}")
            if expected is not None and not any(f.expected == expected for f in here):
                said.append(f"line {line}: correction {expected} not given, but {[f.expected for f in here]}")
    if case.total is not None:
        claimed, ok = case.total
        if result.total.claimed != claimed or result.total.ok != ok:
            said.append(f"total {result.total.claimed} {result.total.ok}, not {claimed} {ok}")
    return said


if __name__ == "__main__":
    import traceback

    bad = 0
    cases = [case for case in all_cases() if len(sys.argv) < 2 or any(word in case.name for word in sys.argv[1:])]
    for case in cases:
        try:
            result = judge(case)
            said = complaints(case, result)
        except Exception:
            said, result = [traceback.format_exc()[-600:]], None
        if said:
            bad += 1
            print(case.name, *said, sep="\n    ")
            if result is not None:
                for finding in result.findings:
                    print(
                        "      F",
                        finding.line_no,
                        finding.kind,
                        finding.layer,
                        finding.expected,
                        finding.found,
                        finding.why[:110],
                    )
    print(f"{len(cases)} cases, {bad} bad")
