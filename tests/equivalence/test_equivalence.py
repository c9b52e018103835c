"""No answer changes unnoticed. ``pytest tests/equivalence --refresh-golden`` writes them anew; the commit says why.

This guards moves of code; that the answers are right is proved elsewhere, against published figures and frameworks.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from tests.equivalence import answers

HERE = Path(__file__).parent


@functools.cache
def kept(part: str) -> dict[str, Any]:
    return dict(json.loads((HERE / f"{part}.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session", autouse=True)
def _refreshed(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--refresh-golden"):
        text = answers.written(answers.of_networks())
        (HERE / "networks.json").write_text(text, encoding="utf-8", newline="\n")


@pytest.mark.parametrize("name", answers.NAMES)
def test_books(name: str) -> None:
    assert answers.of_network(name) == kept("networks")[name]


def test_nothing_is_kept_of_what_is_gone() -> None:
    assert list(kept("networks")) == answers.NAMES


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
