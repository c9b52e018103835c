"""An audit loads and works through what its text needs, and what it leaves out would have found nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import netledger
from netledger.audit.passage import _may_list_a_count
from netledger.audit.understanding.counts.lines import claims_of, counted_lines
from tests.audit.support_corpus import all_cases

RIGHT = "conv1: 5*5*1*6 + 6 = 156\nconv2: 5*5*6*16 + 16 = 2416\nfc1: 400*120 + 120 = 48120\n"
NOT_NEEDED = (
    "netledger.audit.understanding.marks.scanning", "netledger.audit.verdict.lines.faulty", "netledger.audit.reading.lines.sheets",
    "netledger.audit.reading.characters.encodings", "netledger.audit.reading.characters.sources", "netledger.audit.reading.expressions.eaten", "warnings",
    "bisect", "re",
)  # fmt: skip
"""Modules of descriptions, of wrong lines, of tables, of other encodings, of formulas' sources, of lost signs."""


def test_a_right_calculation_loads_no_module_that_it_does_without(tmp_path: Path) -> None:
    text = tmp_path / "lenet.txt"
    text.write_text(RIGHT)
    code = (
        "import sys; from netledger.cli import main; code = main(sys.argv[1:]);"
        f"print(code, *[name for name in {NOT_NEEDED!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, "audit", str(text), "--against", "lenet5"],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(netledger.__file__).parents[1])},
    )  # fmt: skip
    assert done.stderr.split() == ["0"], done.stdout


LISTED = [
    "Dense 10 -> 1290", "Conv2D 32 3x3 relu: 320", "fc1 (784, 128)  100480 params", "1. conv 16 filters 3x3: 448",
    "Dense 10 (1,290 params)", "fc 128\t1.3 K params", "第一层 卷积 32 3x3：参数量320", "Conv2D 32 3x3 -> 320 | relu",
    "MaxPool 2x2: 0", "embedding 1000 + 8: 8 000", "LSTM 64: 16'640", "conv 32 3×3 → 4*80", "+ Dense 10: 1290",
    "Total: conv1 (3→16, 3x3) 448, conv2 (16→32, 3x3) 4,640", "conv 3x3 1→8: 80; 8*9 + 8 = 80",
    "Why has nn.Linear(20, 5) 105 parameters? 20*5 + 5 = 105", "dense 64, 8256 of them, 64*128 + 64 = 8256",
]  # fmt: skip


@pytest.mark.parametrize("line", LISTED)
def test_no_line_is_passed_over_that_lists_a_count(line: str) -> None:
    lines = [line, "Dense 128 -> 100480", "Dense 64 -> 8256"]
    if 0 in counted_lines(lines):
        assert _may_list_a_count(line)


def test_claims_are_the_same_where_lines_are_passed_over() -> None:
    passed_over = 0
    for text in [case.text for case in all_cases()]:
        lines = text.split("\n")
        if not any(map(_may_list_a_count, lines)):
            passed_over += 1
            assert claims_of(lines) == lines, text
    assert passed_over > 50
