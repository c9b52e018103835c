"""Texts that bring their own network, judged by nothing but what they say: each with the verdict and its faulty lines.

``stated/*.txt``: texts between lines of ``=====``; the first line of each is ``name | verdict | faulty lines``. What is
right and wrong in them was worked out by hand from the layers that they describe.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from netledger.audit import audit

FOLDER = Path(__file__).parent / "stated"
VERDICTS = {"right": ("right", "partly"), "wrong": ("wrong",), "adds_up": ("adds_up",)}
VERDICTS["open"] = ("partly", "adds_up", "not_checked")
"""What the first line of a text may say, and the verdicts that it stands for."""


class Stated(NamedTuple):
    """A text, whether it is right, and which of its lines are not (what only carries another's fault too)."""

    name: str
    verdict: str
    lines: set[int]
    text: str


def stated() -> list[Stated]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("=====\n"):
            head, _, text = block.partition("\n")
            name, verdict, *lines = [part.strip() for part in head.split("|")]
            faulty = {int(number) for number in lines[0].split(",")} if lines else set()
            found.append(Stated(f"{path.stem}-{name}", verdict, faulty, text))
    return found


@pytest.mark.parametrize("case", stated(), ids=lambda case: case.name)
def test_a_text_is_judged_by_the_network_that_it_describes(case: Stated) -> None:
    result = audit(case.text)
    assert result.verdict in VERDICTS[case.verdict], result.answer
    assert {line.line_no for line in result.lines if line.verdict in ("wrong", "carries")} == case.lines
