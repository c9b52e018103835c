"""Names, loading, and that every file is what it should be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from netledger import catalogue
from netledger.errors import NotFoundError
from netledger.ledger import keep_books

FOLDER = Path(catalogue.__file__).parent
_ALEXNET = (
    "ungrouped", "caffe", "caffenet", "onnx-zoo", "one-weird-trick", "torchvision", "cuda-convnet-145",
    "cuda-convnet-145-half", "cuda-convnet-147", "cuda-convnet-148", "cuda-convnet-150", "cuda-convnet-137",
)  # fmt: skip
ASKED_FOR = (
    "alexnet", *[f"alexnet/{name}" for name in _ALEXNET], "zfnet", "zfnet/b", "lenet5", "lenet5/1998",
    *[f"vgg{depth}{bn}" for depth in (11, 13, 16, 19) for bn in ("", "_bn")], "googlenet", "googlenet/2014",
    *[f"resnet{depth}" for depth in (18, 34, 50, 101, 152)], "squeezenet1_0", "squeezenet1_1", "mobilenet_v2",
)  # fmt: skip


def test_the_names_people_type_are_there() -> None:
    assert set(ASKED_FOR) <= set(catalogue.names())


def test_names_are_sorted_and_match_the_files() -> None:
    paths = [path.relative_to(FOLDER) for path in FOLDER.rglob("*.net")]
    files = [str(path).removesuffix(".net") for path in paths if path.parts[0] not in ("families", "models")]
    assert catalogue.names() == sorted(files)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../alexnet", "alexnet/", "/alexnet", "alexnet//caffe", "families/gpt2", "a" * 200]
)
def test_what_is_no_name(name: str) -> None:
    assert not catalogue.has(name)


def test_an_unknown_name_comes_with_the_nearest() -> None:
    with pytest.raises(
        NotFoundError, match=r"no network 'alexnet/cafe' in the catalogue: did you mean 'alexnet/caffe'"
    ):
        catalogue.load("alexnet/cafe")


@pytest.mark.parametrize("name", catalogue.names())
def test_every_file(name: str) -> None:
    """It is known to the last layer, says where it comes from, and is written for people to read."""
    network = catalogue.load(name)
    ledger = keep_books(network)
    assert ledger.unknown == ()
    assert isinstance(ledger.totals.parameters, int)
    assert network.name == name
    assert network.title
    assert network.source
    text = catalogue.text_of(name)
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 120
    assert not re.search(r"[\t\r]| $", text, re.MULTILINE)
