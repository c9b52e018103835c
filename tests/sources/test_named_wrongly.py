"""Somebody names the folder, the configuration or the weights of a model: what is said to them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from netledger.errors import FormatError, NotFoundError, UsageError
from netledger.ledger import keep_books
from netledger.ledger.stored_tensors import books_as, match_tensors
from netledger.network import Tensor
from netledger.sources import Options, read, read_file


def test_a_folder_of_a_model(tmp_path: Path) -> None:
    for name in ("model-1.safetensors", "model.safetensors.index.json", "config.json", "optimizer.bin"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(NotFoundError, match="this is a directory") as caught:
        read(str(tmp_path))
    assert caught.value.hint == f"netledger show {tmp_path}/model.safetensors.index.json, or transformers:{tmp_path}"


def test_a_folder_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(NotFoundError, match="this is a directory") as caught:
        read(str(tmp_path))
    assert caught.value.hint == "no model lies in it, only notes.txt"


def test_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"model_type": "llama", "hidden_size": 64}')
    for place in (path, tmp_path):
        network = read(str(place))
        assert network["embed_tokens"].attributes == {"num_embeddings": 32000, "embedding_dim": 64}
        assert network.notes == ("the configuration names no class: the base model LlamaModel",)


def test_darknet_weights_and_a_definition_of_the_other_kind(tmp_path: Path) -> None:
    weights, definition = tmp_path / "a.weights", tmp_path / "a.cfg"
    weights.write_bytes(bytes(40))
    definition.write_text("[net]\nheight=8\nwidth=8\nchannels=3\n[connected]\noutput=10\n")
    with pytest.raises(FormatError, match=r"Darknet weights \(show the \.cfg"):
        read_file(str(weights))
    with pytest.raises(FormatError, match="no section has a type: these are no cuda-convnet layers"):
        read_file(str(definition), format="cuda-convnet")


def test_another_variant_is_paired_in_step() -> None:
    """torchvision's third convolution has the shape of the paper's fourth; it is the third all the same."""
    shapes = {"0": (64, 3, 11, 11), "3": (192, 64, 5, 5), "6": (384, 192, 3, 3), "8": (256, 384, 3, 3)}
    stored = [
        tensor
        for name, shape in {**shapes, "10": (256, 256, 3, 3)}.items()
        for tensor in (
            Tensor(f"features.{name}.weight", "weight", shape),
            Tensor(f"features.{name}.bias", "bias", shape[:1]),
        )
    ]
    matched = match_tensors(read("alexnet"), stored)
    found = {pair.path: pair.tensor for pair in matched.misshapen if pair.slot == "weight"}
    wanted = {"conv1": "0", "conv2": "3", "conv3": "6", "conv4": "8", "conv5": "10"}
    assert found == {path: f"features.{number}.weight" for path, number in wanted.items()}


def test_a_file_cut_after_it_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "m.pt"
    torch.save({"w": torch.zeros(3, 4)}, path)
    assert keep_books(read_file(str(path))).totals.parameters == 12
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FormatError):
        read_file(str(path))


def test_options_that_do_not_fit_the_file(tmp_path: Path) -> None:
    path = str(tmp_path / "m.pt")
    torch.save({"w": torch.zeros(3, 4)}, path)
    with pytest.raises(FormatError, match="this is no GGUF file"):
        read_file(path, format="gguf")
    with pytest.raises(UsageError, match="--dim n: a PyTorch checkpoint names no sizes"):
        read_file(path, options=Options(dims={"n": 3}))


def test_the_two_sides_of_as_in_the_wrong_order(tmp_path: Path) -> None:
    path = str(tmp_path / "m.pt")
    torch.save({"w": torch.zeros(3, 4)}, path)
    with pytest.raises(UsageError, match="--as names a network; 'm' holds tensors alone"):
        books_as(read_file(path), read("alexnet"))
    with pytest.raises(UsageError, match="--as matches the tensors of a file; 'alexnet' holds none"):
        books_as(read("alexnet"), read("alexnet"))
