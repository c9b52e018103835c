"""Amounts of memory, each on its own line: right ones are compared, wrong ones found with what is right."""

from __future__ import annotations

import pytest

from tests.audit.corpus import memory
from tests.audit.corpus.cases import CASES, Case
from tests.audit.support_corpus import judge

OWN = [case for case in CASES if case.network is memory.SMALL]


@pytest.mark.parametrize("case", OWN, ids=lambda case: case.name)
def test_every_amount_is_compared(case):
    result = judge(case)
    found = {(f.line_no, f.kind, f.expected) for f in result.findings}
    assert found == {(line, kind, expected) for line, faults in case.faults.items() for kind, expected in faults}
    assert result.verdict == "wrong" if case.faults else result.verdict in ("right", "partly")


def test_a_model_named_at_the_left_is_judged_by_the_catalogue():
    rows = "KV cache, fp16\n\n| Model | 4K tokens |\n|---|---|\n| Llama-2-7B | {} GiB |\n"
    right, wrong = (judge(Case("rows", memory.SMALL, rows.format(size), {}, (), None, True)) for size in (2, 3))
    assert not right.findings
    assert [(f.line_no, f.expected) for f in wrong.findings] == [(5, 2 * 4096 * 32 * 2 * 4096)]
