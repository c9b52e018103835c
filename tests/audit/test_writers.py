"""Random networks in random hands: never a false alarm, hardly a fault missed, its cause and correction named."""

from __future__ import annotations

import random

import pytest

from netledger.audit import audit
from netledger.audit.page import judge_page
from netledger.notation.architecture import network_from_architecture
from tests.audit.support_corpus import alike
from tests.audit.writers import written

RIGHT, FAULTY, DESCRIBED = range(400), range(1000, 1400), range(3000, 3040)
"""Seeds. The shares below are what holds today, a little less; they may rise and not fall."""


def judged(pick, *, fault):
    case = written(pick, fault)
    return case, judge_page(case.text, network_from_architecture(case.document, "random"))


def by_line(result):
    flagged = {}
    for finding in result.findings:
        flagged.setdefault(finding.line_no, []).append(finding)
    return flagged


def explains(finding, kind):
    return alike(finding.kind, kind) or (kind == "propagated" and bool(finding.follows_from))


class Figures:
    """How many faults were found on their line, explained and corrected; root faults apart from carried totals."""

    def __init__(self):
        self.counts = {}

    def add(self, what, share):
        good, all_ = self.counts.get(what, (0, 0))
        self.counts[what] = (good + share, all_ + 1)

    def share(self, what):
        good, all_ = self.counts[what]
        return good / all_

    def take(self, case, result):
        flagged = by_line(result)
        self.add("nobody else accused", set(flagged) <= set(case.faults))
        self.add("not called right", result.verdict != "right")
        for line, faults in case.faults.items():
            for kind, expected in faults:
                here = flagged.get(line, [])
                which = "total" if kind == "propagated" else "fault"
                self.add(f"{which} found", bool(here))
                self.add(f"{which} explained", any(explains(f, kind) for f in here))
                self.add(f"{which} corrected", expected is None or any(f.expected == expected for f in here))

    def __str__(self):
        return ", ".join(f"{what} {good}/{all_}" for what, (good, all_) in self.counts.items())


@pytest.mark.parametrize("first", RIGHT[::50])
def test_a_right_calculation_is_never_called_wrong(first):
    right = 0
    for seed in range(first, first + 50):
        case, result = judged(random.Random(seed), fault=False)
        assert (result.verdict != "wrong", result.findings) == (True, ()), f"seed {seed} {case.drawn}\n{case.text}"
        right += result.verdict == "right"
    assert right >= 49


def test_one_fault_is_found_explained_and_corrected():
    figures = Figures()
    for seed in FAULTY:
        figures.take(*judged(random.Random(seed), fault=True))
    print(figures)
    least = {
        "nobody else accused": 0.99, "not called right": 0.99, "fault found": 0.96, "fault explained": 0.91,
        "fault corrected": 0.95, "total found": 0.97, "total explained": 0.94, "total corrected": 0.97,
    }  # fmt: skip
    assert {what for what, share in least.items() if figures.share(what) < share} == set(), str(figures)


def test_with_the_network_written_out_a_right_text_is_not_called_wrong_and_a_wrong_one_not_right():
    wrong = right = 0
    for seed in DESCRIBED:
        wrong += audit(written(random.Random(seed), False, True).text).verdict == "wrong"
        right += audit(written(random.Random(seed), True, True).text).verdict == "right"
    assert wrong == 0
    assert right <= 1


def test_the_writers_draw_what_they_promise():
    drawn = [written(random.Random(seed), fault=True).drawn for seed in range(1500)]
    assert len({d["language"] for d in drawn}) >= 8
    assert len({d["layout"] for d in drawn}) >= 10
    assert len({d["fault"] for d in drawn}) >= 15
