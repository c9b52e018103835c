"""Random networks in random hands: never a false alarm, hardly a fault missed, its cause and correction named."""

from __future__ import annotations

import random

import pytest

from netledger.audit.page import judge_page
from netledger.notation.architecture import network_from_architecture
from tests.audit.writers import written


def audited(seed, *, fault):
    document, text, faults, total = written(random.Random(seed), fault)
    return judge_page(text, network_from_architecture(document, "random")), faults, total, text


@pytest.mark.parametrize("seed", range(120))
def test_a_right_calculation_is_called_right(seed):
    result, _, total, text = audited(seed, fault=False)
    assert (result.verdict, result.findings) == ("right", ()), text
    if total is not None:
        assert (result.total.claimed, result.total.true, result.total.ok) == (total, total, True), text


def test_one_fault_is_found_and_explained():
    lines = found = causes = corrections = 0
    for seed in range(1000, 1150):
        result, faults, _, text = audited(seed, fault=True)
        flagged = {}
        for finding in result.findings:
            flagged.setdefault(finding.line_no, []).append(finding)
        assert set(flagged) <= set(faults), text
        for line, (kind, expected) in faults.items():
            here = flagged.get(line, [])
            lines += 1
            found += bool(here)
            causes += any(f.kind == kind or (kind == "propagated" and f.follows_from) for f in here)
            corrections += any(f.expected == expected for f in here)
    assert found >= 0.97 * lines
    assert causes >= 0.93 * lines
    assert corrections >= 0.97 * lines
