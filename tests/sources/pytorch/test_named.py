"""Models by the name that torchvision, timm and transformers know them by, held against what these have published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netledger.errors import ModelError, NotFoundError
from netledger.ledger import keep_books
from netledger.sources import Options, read
from tests.torchvision_support import import_torchvision

torchvision = import_torchvision()


def test_a_name_of_torchvision_is_the_model_of_its_first_published_weights() -> None:
    """Parameters and GMACs as torchvision's own table has them; the image is that of the weights' transforms."""
    meta = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.meta
    ledger = keep_books(read("torchvision:resnet18"))
    assert ledger.total_params == meta["num_params"] == 11_689_512
    assert round(ledger.total_mult_adds / 1e9, 3) == meta["_ops"]
    assert any("3×224×224" in one for one in ledger.network.assumed)
    assert any(one.kind == "published" for one in ledger.evidence)


def test_weights_may_be_named() -> None:
    """The second weights of ResNet-50 were made for images of 224 pixels cut out of 232."""
    assert keep_books(read("torchvision:resnet50@IMAGENET1K_V2")).total_params == 25_557_032
    with pytest.raises(NotFoundError, match="resnet50 has no weights 'IMAGENET1K_V9'") as caught:
        read("torchvision:resnet50@IMAGENET1K_V9")
    assert "IMAGENET1K_V2" in caught.value.near
    with pytest.raises(NotFoundError, match="torchvision has no model 'resnet19'") as caught:
        read("torchvision:resnet19")
    assert "resnet18" in caught.value.near


def test_settings_of_one_s_own_leave_the_published_weights() -> None:
    """Ten classes in place of a thousand: 512·990 weights and 990 biases fewer, and no figure was published of it."""
    options = Options(settings={"factory_kwargs": {"num_classes": 10}})
    ledger = keep_books(read("torchvision:resnet18", options=options))
    assert ledger.total_params == 11_689_512 - 513 * 990
    assert not any(one.kind == "published" for one in ledger.evidence)


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("ssdlite320_mobilenet_v3_large", 3_440_060, "one image 3×512×512"),
        ("raft_small", 990_162, "two images 1×3×520×960"),
        ("mc3_18", 11_695_440, "3×16×112×112"),
    ],
)  # fmt: skip
def test_what_a_detector_a_film_and_a_flow_are_fed(name: str, parameters: int, said: str) -> None:
    """As torchvision's tables count them; the forward pass itself is tried elsewhere."""
    from netledger.sources.pytorch import named

    model, given, published = named._torchvision(name, Options())
    assert sum(one.numel() for one in model.parameters()) == published["parameters"] == parameters
    assert said in given[0].assumed[0]


def test_a_name_of_timm() -> None:
    pytest.importorskip("timm")
    assert keep_books(read("timm:resnet18")).total_params == 11_689_512
    with pytest.raises(NotFoundError, match="timm has no model 'resnet19'"):
        read("timm:resnet19")


def transformers(folder: Path, content: Any) -> Any:
    (folder / "config.json").write_text(json.dumps(content))
    return read(f"transformers:{folder}")


BERT = {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
        "vocab_size": 30, "max_position_embeddings": 12}  # fmt: skip
BODY = (30 + 12 + 2) * 8 + 16 + 4 * (64 + 8) + 16 + 2 * 8 * 16 + 16 + 8 + 16
"""BERT's tables, a block of four projections and two layers, and three norms."""


@pytest.mark.parametrize(
    ("architectures", "parameters"),
    [
        (["BertModel"], BODY + 64 + 8),  # with its pooler
        (["BertForMaskedLM"], BODY + 64 + 8 + 16 + 30),  # a dense layer, a norm, biases of the words
        (["OwnModel", "BertModel"], BODY + 64 + 8),  # the first that transformers has
        (None, BODY + 64 + 8 + 16 + 30),  # the one with a head for language
    ],
)
def test_the_class_that_a_configuration_names(tmp_path: Path, architectures: list[str] | None, parameters: int) -> None:
    pytest.importorskip("transformers")
    content = BERT if architectures is None else {**BERT, "architectures": architectures}
    assert keep_books(transformers(tmp_path, content)).total_params == parameters


def test_a_model_without_a_head_for_language(tmp_path: Path) -> None:
    """A ViT writes nothing: the bare model is taken."""
    pytest.importorskip("transformers")
    content = {"model_type": "vit", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
               "image_size": 8, "patch_size": 4}  # fmt: skip
    block = 4 * (64 + 8) + 2 * 8 * 16 + 16 + 8 + 2 * 16
    tables = 3 * 16 * 8 + 8 + 5 * 8 + 8
    assert keep_books(transformers(tmp_path, content)).total_params == tables + block + 16 + 64 + 8


def test_configurations_that_are_none(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    for content, why in (
        ([1, 2], "a configuration is a JSON object"),
        ({"model_type": "no-such-type"}, "has no model type 'no-such-type'"),
        ({**BERT, "hidden_size": 9}, "not a multiple of the number of attention"),
    ):
        with pytest.raises(ModelError, match=why):
            transformers(tmp_path, content)
    (tmp_path / "config.json").write_bytes(b" " * (1 << 27))
    with pytest.raises(ModelError, match="a configuration of more than"):
        read(f"transformers:{tmp_path}")
