"""Which network do these numbers describe? The thread's question, variants of it, and networks that nobody has."""

from __future__ import annotations

import pytest

from netledger.audit import audit
from tests.support import ROOT

QUESTION = (ROOT / "docs" / "examples" / "question.txt").read_text()
# hand formulas of the paper's grouped layers
GROUPED = (
    QUESTION.replace("(5*5)*96*256 + 256 = 614656", "(5*5)*48*256 + 256 = 307456")
    .replace("(3*3)*384*384 + 384 = 1327488", "(3*3)*192*384 + 384 = 663936")
    .replace("(3*3)*384*256 + 256 = 884992", "(3*3)*192*256 + 256 = 442624")
    .replace("62378344", "60965224")
)


def test_the_question_is_the_ungrouped_network():
    answer = audit(QUESTION)
    assert answer.verdict == "right"
    assert answer.notes[0] == (
        "every line is right for alexnet/ungrouped (62,378,344); the 2012 paper's network is grouped and has 60,965,224"
    )


def test_the_paper_s_network_is_recognised():
    answer = audit(GROUPED)
    assert answer.verdict == "right"
    assert "right for alexnet (60,965,224)" in answer.notes[0]


def test_against_the_paper_it_is_right_for_another_form():
    answer = audit(QUESTION, "alexnet")
    assert answer.verdict == "wrong"
    assert answer.elsewhere == "right for the ungrouped network (alexnet/ungrouped), not for the paper's"
    assert {finding.line_no for finding in answer.findings} == {2, 4, 5, 9}
    assert audit(QUESTION, "alexnet/ungrouped").elsewhere == ""


def test_one_slip_still_finds_the_network_and_says_where_it_departs():
    answer = audit(QUESTION.replace("= 885120", "= 885210"))
    assert answer.verdict == "wrong"
    assert answer.findings[0].line_no == 3
    assert "fit alexnet/ungrouped best" in answer.notes[0]


MINE = "fc1: 784*128 + 128 = 100480\nfc2: 128*64 + 64 = 8256\nfc3: 64*10 + 10 = 650\ntotal: 109386"


def test_a_network_that_nobody_has_is_not_invented():
    answer = audit(MINE)
    assert answer.verdict == "right"
    assert "no network of the catalogue" in answer.notes[0]
    assert answer.network == ""
    assert len(answer.notes) == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "kind", "expected"),
    [
        ("100480", "100840", 1, "arithmetic", 100_480),
        ("109386", "109368", 4, "wrong_sum", 109_386),
    ],
)
def test_its_arithmetic_and_its_sum_are_checked(old, new, line, kind, expected):
    answer = audit(MINE.replace(old, new))
    assert answer.verdict == "wrong"
    assert (answer.findings[0].line_no, answer.findings[0].kind, answer.findings[0].expected) == (line, kind, expected)


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("64*10 + 10 = 650\ntotal: 109386", "32*10 + 10 = 330\ntotal: 109066", "line 3 reads 32, but line 2 makes 64"),
        ("64*10 + 10 = 650\ntotal: 109386", "64*10 + 64 = 704\ntotal: 109440", "line 3 has 10 outputs and 64 biases"),
    ],
)
def test_the_chain_of_layers_is_remarked_upon_and_not_judged(old, new, note):
    answer = audit(MINE.replace(old, new))
    assert answer.verdict == "right"
    assert note in answer.notes


def test_a_flattened_map_and_a_group_are_no_break_in_the_chain():
    text = "conv1: 3*3*3*32 + 32 = 896\nconv2: 3*3*16*64 + 64 = 9280\nfc: 3136*10 + 10 = 31370"
    assert len(audit(text).notes) == 1


@pytest.mark.parametrize("text", ["", "hello world", "🙂", "\x1b]0;\x07"])
def test_nothing_to_read_is_unread(text):
    assert audit(text).verdict == "unread"
