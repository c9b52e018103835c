"""The collected calculations with their truth: every verdict, no false alarm, every fault and its correction."""

from __future__ import annotations

import importlib.util
import json

import pytest

from netledger.audit import audit
from netledger.audit.auditing import audit_against
from netledger.notation.json_form import network_from_json
from tests.support import shared

KNOWN = ("network", "framework", "counting", "architecture")


@pytest.fixture(scope="module")
def graded():
    """``case name → the grader's row``, judged in this process."""
    folder = shared("cases")
    spec = importlib.util.spec_from_file_location("grade", folder / "grade.py")
    grader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(grader)
    rows = {}
    for path in sorted((folder / "calculations").iterdir()):
        case = json.loads((path / "case.json").read_text())
        network = network_from_json({key: case[key] for key in KNOWN if key in case}, "case")
        answer = audit_against((path / "text.txt").read_text(), network).to_dict()
        rows[path.name] = {"case": case, **grader.grade_case(case, answer)}
    return rows


def test_every_verdict_is_the_right_one(graded):
    assert [name for name, row in graded.items() if not row["verdict_ok"]] == []


def test_no_right_line_is_called_wrong(graded):
    assert {name: row["false_alarms"] for name, row in graded.items() if row["false_alarms"]} == {}


def test_every_faulty_line_is_found(graded):
    assert [name for name, row in graded.items() if row["lines_found"] < row["lines_faulty"]] == []


def test_causes_and_corrections(graded):
    faults = sum(row["faults"] for row in graded.values())
    assert sum(row["causes"] for row in graded.values()) >= 0.9 * faults
    assert sum(row["corrections"] for row in graded.values()) >= 0.9 * faults


def test_totals(graded):
    assert [name for name, row in graded.items() if not (row["total_true_given"] and row["total_ok_right"])] == []


QUESTION = """\
conv1: (11*11)*3*96 + 96 = 34944
conv2: (5*5)*96*256 + 256 = 614656
conv3: (3*3)*256*384 + 384 = 885120
conv4: (3*3)*384*384 + 384 = 1327488
conv5: (3*3)*384*256 + 256 = 884992
fc1: (6*6)*256*4096 + 4096 = 37752832
fc2: 4096*4096 + 4096 = 16781312
fc3: 4096*1000 + 1000 = 4097000
total 62378344 parameters. right?"""


def test_the_question_against_the_paper():
    """The paper's network has two groups in conv2, conv4 and conv5: 60,965,224 parameters, 1,413,120 fewer."""
    result = audit(QUESTION, "alexnet")
    assert (result.verdict, result.exit_code) == ("wrong", 1)
    by_line = {finding.line_no: finding for finding in result.findings}
    assert {line: finding.expected for line, finding in by_line.items()} == {
        2: 307456,
        4: 663936,
        5: 442624,
        9: 60965224,
    }
    assert {by_line[line].kind for line in (2, 4, 5)} == {"missing_groups"}
    assert by_line[9].follows_from == 2
    assert by_line[9].why == "the sum of your lines is right; it carries conv2, conv4 and conv5 (1,413,120 too many)"
    assert (result.total.claimed, result.total.true, result.total.ok) == (62378344, 60965224, False)
    assert "96/2 = 48" in by_line[2].why


def test_the_question_against_the_single_tower():
    result = audit(QUESTION, "alexnet/ungrouped")
    assert (result.verdict, result.exit_code, result.findings) == ("right", 0, ())
    assert (result.total.claimed, result.total.ok) == (62378344, True)
