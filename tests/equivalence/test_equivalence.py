"""No answer changes unnoticed. ``pytest tests/equivalence --refresh-golden`` writes them anew; the commit says why.

This guards moves of code; that the answers are right is proved elsewhere, against published figures and frameworks.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from tests.audit.test_corpus import OPEN
from tests.equivalence import answers

HERE = Path(__file__).parent


@functools.cache
def kept(part: str) -> dict[str, Any]:
    return dict(json.loads((HERE / f"{part}.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session", autouse=True)
def _refreshed(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--refresh-golden"):
        for part, make in answers.ANSWERS.items():
            (HERE / f"{part}.json").write_text(answers.written(make()), encoding="utf-8", newline="\n")


@pytest.mark.parametrize("name", answers.NAMES)
def test_books(name: str) -> None:
    assert answers.of_network(name) == kept("networks")[name]


def test_nothing_is_kept_of_what_is_gone() -> None:
    assert list(kept("networks")) == answers.NAMES


@functools.cache
def audits() -> dict[str, Any]:
    return answers.of_audits()


def test_no_text_is_judged_otherwise() -> None:
    assert list(audits()) == list(kept("audits"))
    assert {name: found for name, found in audits().items() if found != kept("audits")[name]} == {}


def test_audits_verdicts_are_those_that_the_corpus_wants() -> None:
    """What is kept is not only our own word: no right text of the corpus is wrong, of the wrong ones five are missed."""
    from tests.audit.support_corpus import all_cases

    texts = all_cases()
    assert len(texts) > 200
    found = {case.name: kept("audits")[case.name]["verdict"] for case in texts}
    assert {case.name for case in texts if not case.faults and not case.may and found[case.name] == "wrong"} <= OPEN
    assert len([case for case in texts if case.faults and found[case.name] != "wrong"]) <= 5


def test_published_totals_are_among_them() -> None:
    """A few figures that others have published, so that what is kept is not only our own word."""
    found = {name: answer["totals"]["parameters"] for name, answer in kept("networks").items()}
    published = {
        "alexnet": 60_965_224,  # Krizhevsky's own count of weights and biases
        "vgg16": 138_357_544,  # torchvision
        "gpt2": 124_439_808,  # transformers, the head tied
        "llama-2-7b": 6_738_415_616,  # transformers
    }
    assert {name: int(found[name]) for name in published} == published
