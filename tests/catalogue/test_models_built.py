"""Models of the catalogue against transformers' own class, built on the meta device from the same values."""

from __future__ import annotations

import pytest

from netledger import catalogue
from netledger.catalogue.model_entries import entry_of, values_of
from netledger.ledger import keep_books
from tests.torchvision_support import import_torchvision

torch = pytest.importorskip("torch")
import_torchvision()
transformers = pytest.importorskip("transformers")

CLASSES = {name: values_of(name, entry_of(name) or "")[1] for name in catalogue.models()}
STORED_OTHERWISE = [name for name, values in CLASSES.items() if values.get("checkpoint")]
"""Whose files hold what the class keeps as a buffer or shares: the families' own tests hold both."""
BUILT = [name for name, values in CLASSES.items() if values["architectures"][0] and name not in STORED_OTHERWISE]


def lists(value: object) -> object:
    """The values as a configuration file holds them."""
    if isinstance(value, tuple | list):
        return [lists(part) for part in value]
    return {key: lists(part) for key, part in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("name", BUILT)
def test_counts_are_the_class_s_own(name: str) -> None:
    values = {key: lists(value) for key, value in CLASSES[name].items() if key != "architectures"}
    built = getattr(transformers, CLASSES[name]["architectures"][0])
    with torch.device("meta"):
        model = built._from_config(built.config_class(**values))
    assert keep_books(catalogue.load(name)).totals.parameters == sum(value.numel() for value in model.parameters())
