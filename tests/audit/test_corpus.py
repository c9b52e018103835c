"""Calculations in many hands: notations × networks × languages × mistakes, with the truth worked out by hand."""

from __future__ import annotations

import pytest

from tests.audit.support_corpus import all_cases, complaints, judge


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_the_corpus_is_judged_as_a_person_would(case):
    assert complaints(case, judge(case)) == []
