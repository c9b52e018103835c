"""Every AlexNet of the catalogue against the layers in ``tests/data/alexnet_variants.json``, all 47 variants."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from netledger import catalogue
from netledger.ledger import Entry, Ledger, keep_books
from tests.support import DATA

VARIANTS: dict[str, dict[str, Any]] = json.loads((DATA / "alexnet_variants.json").read_text())["variants"]


def towers(*names: str, **special: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Rows that stand for both towers' layers: ``conv1`` for ``conv1a`` and ``conv1b``."""
    return {**{name: (f"{name}a", f"{name}b") for name in names}, **special}


_CONVOLUTIONS = [f"{kind}{i}" for kind in ("conv", "relu") for i in range(1, 6)]
_NORMS = ("rnorm1", "rnorm2", "cnorm2")
_FC = {
    "pool5": ("pool3a", "pool3b"), "fc6": ("fc2048a", "fc2048b"), "fc2048a+b": ("fc2048a", "fc2048b"),
    "fc7": ("fc2048ba", "fc2048bb"), "fc2048ba+bb": ("fc2048ba", "fc2048bb"), "fc8": ("fc1000",), "prob": ("probs",),
    "drop6": ("hs1a", "hs1b"), "drop7": ("hs2a", "hs2b"), "hs1": ("hs1a", "hs1b"), "hs2": ("hs2a", "hs2b"),
    "fc4096a+b": ("fc4096a", "fc4096b"),
}  # fmt: skip
TOWERS = towers(*_CONVOLUTIONS, *_NORMS, "pool1", "pool2", "relu6", "relu7", **_FC)
ONE_TOWER = {name: (f"{name}a",) for name in (*_CONVOLUTIONS, *_NORMS, "pool1", "pool2", "relu6", "relu7")}

TORCHVISION = [
    "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "conv3", "relu3", "conv4", "relu4", "conv5", "relu5", "pool5",
    "drop6", "fc6", "relu6", "drop7", "fc7", "relu7", "fc8",
]  # fmt: skip
RENAMED: dict[str, dict[str, tuple[str, ...]]] = {
    "chm_145": TOWERS,
    "chm_147": TOWERS,
    "chm_148": TOWERS,
    "chm_150": {**TOWERS, "flatten": ("flata", "flatb")},
    "chm_137": {**TOWERS, "conv2": ("conv2a_maps", "conv2a_low", "conv2b_maps", "conv2b_low", "conv2a", "conv2b")},
    "chm_145_half": {**ONE_TOWER, "pool5": ("pool3a",), "drop6": ("hs1a",), "drop7": ("hs2a",), "prob": ("probs",)},
    "cuda_convnet2_2gpu_model": {
        **TOWERS, "drop6": ("dropout1a", "dropout1b"), "drop7": ("dropout2a", "dropout2b"),
    },
    "ungrouped_227": {
        **{f"Conv-{i}": (f"conv{i}",) for i in range(1, 6)}, **{f"FC-{i}": (f"fc{i + 5}",) for i in (1, 2, 3)},
        "MaxPool-1": ("pool1",), "MaxPool-2": ("pool2",), "MaxPool-3": ("pool5",),
    },
    "torchvision_alexnet": {
        **{row: (f"features.{i}",) for i, row in enumerate(TORCHVISION[:13])},
        **{row: (f"classifier.{i}",) for i, row in enumerate(TORCHVISION[13:])},
    },
}  # fmt: skip
"""Which layers of the catalogue a row of the table stands for, where it is not the one of its name."""

SHAPED_BY = {"chm_137": {"conv2": ("conv2a", "conv2b")}}
"""The layers that make a row's shape, where not all of them do."""


@cache
def by_variant() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in catalogue.names():
        variant = catalogue.load(name).meta.get("variant")
        if variant is not None:
            found.setdefault(variant, []).append(name)
    return found


@cache
def ledger_of(variant: str) -> Ledger:
    return keep_books(catalogue.load(by_variant()[variant][0]))


def paths(variant: str, row: str) -> tuple[str, ...]:
    return RENAMED.get(variant, {}).get(row) or (("flat",) if row == "flatten" else (row,))


def joined(entries: list[Entry]) -> list[int]:
    """Both towers' shapes put together along the channels."""
    shapes = [entry.outputs[0] for entry in entries]
    assert all(shape[1:] == shapes[0][1:] for shape in shapes)
    return [sum(shape[0] for shape in shapes), *shapes[0][1:]]


def test_every_variant_is_one_network() -> None:
    assert {variant: len(names) for variant, names in by_variant().items()} == dict.fromkeys(VARIANTS, 1)


def test_forty_five_alexnets_and_two_neighbours() -> None:
    names = [names[0] for names in by_variant().values()]
    assert sum(name.split("/")[0] == "alexnet" for name in names) == 45
    assert {name for name in names if name.split("/")[0] != "alexnet"} == {"zfnet", "zfnet/b"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_layer(variant: str) -> None:
    ledger = ledger_of(variant)
    for row in VARIANTS[variant]["layers"]:
        entries = [ledger[path] for path in paths(variant, row["name"])]
        shaped = SHAPED_BY.get(variant, {}).get(row["name"])
        theirs = [row[what] for what in ("weights", "biases", "params", "macs", "buffers")]
        ours = [
            sum(getattr(entry, what) for entry in entries)
            for what in ("weights", "biases", "parameters", "macs", "buffers")
        ]
        assert ours == theirs, row["name"]
        assert joined([ledger[path] for path in shaped] if shaped else entries) == row["output_shape"], row["name"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_is_counted_outside_the_rows(variant: str) -> None:
    known = {path for row in VARIANTS[variant]["layers"] for path in paths(variant, row["name"])}
    besides = [entry for entry in ledger_of(variant) if entry.path not in known]
    assert [entry.path for entry in besides if entry.parameters or entry.macs] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_totals(variant: str) -> None:
    totals, published = ledger_of(variant).totals, VARIANTS[variant]["totals"]
    for ours, theirs in (
        (totals.parameters, "params"), (totals.weights, "weights"), (totals.biases, "biases"), (totals.macs, "macs"),
        (totals.buffers, "buffers"), (totals.neurons, "neurons"), (totals.bytes, "float32_bytes"),
    ):  # fmt: skip
        if theirs == "float32_bytes":  # parameters alone there, running statistics too in a file
            ours = totals.parameters * 4
        assert ours == published[theirs], theirs


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_its_file_says_of_it(variant: str) -> None:
    """Input, grouping and normalisation as the facts have them; every file names its source and how it differs."""
    network, facts = ledger_of(variant).network, VARIANTS[variant]
    assert list(network.inputs()[0].attributes["shape"]) == facts["input"]
    assert (network.meta["groups"] != "none") == facts["grouped"]
    local = any(layer.kind == "local_response_norm" for layer in network.layers)
    assert local == any(row["kind"] == "lrn_across" for row in facts["layers"])
    assert network.meta["normalisation"].startswith("local response") == local
    assert network.meta["normalisation"].startswith("batch") == any(r["kind"] == "batchnorm" for r in facts["layers"])
    for key in ("family", "differs", "year"):
        assert network.meta[key]
    assert network.title
    assert network.source


@pytest.mark.parametrize(
    "variant", [v for v in VARIANTS if any(r["kind"] == "lrn_across" for r in VARIANTS[v]["layers"])]
)
def test_response_norms_have_the_published_constants(variant: str) -> None:
    """``alpha/size`` times the sum in our form: the table's alpha is multiplied by n where nobody divides it."""
    ledger = ledger_of(variant)
    for row in VARIANTS[variant]["layers"]:
        if row["kind"] != "lrn_across":
            continue
        for path in paths(variant, row["name"]):
            given = ledger[path].layer.attributes
            alpha = row["alpha"] if row["alpha_divided_by_n"] else row["alpha"] * row["n"]
            assert (given["size"], given["beta"], given["k"]) == (row["n"], row["beta"], row["k"])
            assert given["alpha"] == pytest.approx(alpha)


@pytest.mark.parametrize("name", [name for name in catalogue.names() if name.split("/")[0] in ("alexnet", "zfnet")])
def test_exact_published_figures_are_met(name: str) -> None:
    ledger = keep_books(catalogue.load(name))
    assert all(evidence.agrees for evidence in ledger.evidence)
    assert ledger.discrepancies == ()
