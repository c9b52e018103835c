"""A ledger's layers written as JSON: what alike layers share is written once, and says of each what its object says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netledger.documents.ledger import as_json
from netledger.ledger import Ledger, keep_books
from netledger.network import Layer, Network, Tensor, Unknown
from netledger.sources import read, read_file
from tests.sources.onnx.test_repeated import blocks


def odd() -> Network:
    """Layers that are counted alike, with names and types that JSON must escape, and some that are not alike."""
    layers = [Layer("x", "input", {"shape": (1, 4)})]
    for i, dtype in enumerate(('"', '"', "", "float32", "float32", "float32")):
        stored = (Tensor(f'w"{i}"', "weight", (4, 4), dtype, storage="é" if i == 3 else None),)
        meta = {"device": "cpu"} if i == 5 else None
        attributes = {"out_features": 4, "bias": False}
        layers.append(Layer(f"fc\t{i}", "linear", attributes, (layers[-1].path,), None, stored, meta=meta))
    layers += [
        Layer(f"odd{i}", "no such kind", inputs=("x",), tensors=(Tensor(f"v{i}", "buffer", (2,)),)) for i in (0, 1)
    ]
    layers.append(Layer("why", "operation", {"name": "f"}, ("x",), unknown=Unknown("nobody knows")))
    return Network("odd", layers, batched=True)


@pytest.mark.parametrize("name", ["alexnet", "alexnet/torchvision", "llama-3.1-8b"])
def test_of_descriptions(name: str) -> None:
    check(keep_books(read(name)))


def test_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "blocks.onnx"
    path.write_bytes(blocks("a tied weight"))
    check(keep_books(read_file(str(path))))


def test_of_odd_layers() -> None:
    check(keep_books(odd()))


def test_the_shared_part_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """6,000 layers in 1,000 equal blocks: what they share is written a few dozen times."""
    path, made = tmp_path / "blocks.onnx", []
    path.write_bytes(blocks(""))
    counts = as_json._counts
    monkeypatch.setattr(as_json, "_counts", lambda entry, layers: (made.append(entry), counts(entry, layers))[1])
    texts = as_json.Layers(ledger := keep_books(read_file(str(path))), ledger.entries).texts(json.dumps)
    assert len(list(texts)) > 5_000
    assert len(made) < 40


def check(ledger: Ledger) -> None:
    layers = as_json.Layers(ledger, ledger.entries)
    assert list(layers.texts(json.dumps)) == [json.dumps(layer) for layer in layers]
