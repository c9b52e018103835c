"""What does not change the meaning must not change the verdict: other signs, other dress, other lines around."""

from __future__ import annotations

import pytest

from netledger.audit.page import judge_page
from netledger.notation.architecture import network_from_architecture
from tests.audit.support_corpus import all_cases

RIGHT = [case for case in all_cases() if not case.faults and not case.may]
PLAIN = [
    case
    for case in RIGHT
    if "*" in case.text and "**" not in case.text and "#" not in case.text and "|" not in case.text
]
WRONG = [case for case in all_cases() if case.faults]


def _lines(change):
    return lambda text: "\n".join(change(line) if line.strip() else line for line in text.split("\n"))


SIGNS = {
    "×": lambda text: text.replace("*", "×"),
    "spaced x": lambda text: text.replace(" * ", "*").replace("*", " x "),
    "middle dot": lambda text: text.replace("*", "·"),
    "escaped": lambda text: text.replace("*", r"\*"),
    "latex": lambda text: text.replace("*", r" \times "),
    "wide": lambda text: text.replace("*", "＊").replace("+", "＋").replace("(", "（").replace(")", "）"),
}
DRESS = {
    "bullets": _lines(lambda line: "- " + line if not line.startswith((" ", "=", "+", "×", "-")) else line),
    "quoted": _lines(lambda line: "> " + line),
    "comments": _lines(lambda line: "// " + line),
    "indented": _lines(lambda line: "    " + line),
    "blank around": lambda text: "\n\n" + text + "\n\n",
    "thanks": lambda text: text + "\n\nIs that right? Thanks in advance!",
    "windows": lambda text: text.replace("\n", "\r\n"),
    "trailing spaces": _lines(lambda line: line + "   "),
}


def verdict(case, text):
    result = judge_page(text, network_from_architecture(case.network, "corpus"))
    return result.verdict, [(finding.line_no, finding.kind) for finding in result.findings]


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.name)
def test_another_multiplication_sign(case):
    plain = verdict(case, case.text)
    for sign, change in SIGNS.items():
        assert verdict(case, change(case.text)) == plain, sign


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.name)
def test_another_dress(case):
    plain = verdict(case, case.text)[1]
    for dress, change in DRESS.items():
        assert [kind for _, kind in verdict(case, change(case.text))[1]] == [kind for _, kind in plain], dress


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_a_wrong_one_stays_wrong_in_another_dress(case):
    plain = verdict(case, case.text)
    assert verdict(case, DRESS["quoted"](case.text)) == plain
    assert verdict(case, DRESS["thanks"](case.text)) == plain
