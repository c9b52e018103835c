"""``verify``: every network of the catalogue, predicted and measured on a CPU, forward and in training."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from netledger import catalogue
from netledger.cli import main
from netledger.execute.aliasing import without_softmax
from netledger.execute.memory import predict
from netledger.network import Network
from netledger.notation import parse
from netledger.train.measuring import measure
from tests.execute.shortened import shortened
from tests.execute.verify_catalogue import compared, loaded

RESIZED = ("resnet", "vgg", "squeezenet", "mobilenet")
"""Networks that run on pictures of 64 pixels."""
OF_FAMILIES = (
    "densenet121", "efficientnet_b0", "mobilenet_v3_small", "shufflenet_v2_x0_5", "convnext_tiny", "regnet_y_400mf",
    "deit-tiny", "bert-tiny",
)  # fmt: skip
"""Models that are run for real here; :mod:`.test_verify_models` has all, on shapes alone."""


def small(name: str) -> Network:
    """A network of the catalogue with small layers behind its maps, on small pictures where it reads any, and equal
    blocks twice."""
    network, layers = without_softmax(catalogue.load(name)), []
    for layer in network.layers:
        attributes: dict[str, Any] = dict(layer.attributes)
        if name.startswith(RESIZED) and layer.kind == "input":
            attributes["shape"] = (*attributes["shape"][:1], 64, 64)
        if layer.kind == "linear":
            attributes["out_features"] = min(32, attributes["out_features"])
        layers.append(layer.replace(attributes=attributes))
    return shortened(network.replace(layers=tuple(layers), published={}))


@pytest.mark.parametrize("name", sorted(set(catalogue.names()) - set(catalogue.models())))
def test_every_network_of_the_catalogue(name: str) -> None:
    torch.set_num_threads(1)
    rows = compared(small(name), "cpu")
    assert all(predicted == measured for predicted, measured in rows.values()), rows


@pytest.mark.parametrize("name", OF_FAMILIES)
def test_networks_of_families(name: str) -> None:
    torch.set_num_threads(1)
    rows = compared(loaded(name), "cpu")
    assert all(predicted == measured for predicted, measured in rows.values()), rows


@pytest.mark.parametrize(
    "layer",
    ["relu()", "relu6()", "selu()", "elu(0.5)", "celu()", "hardsigmoid()", "hardswish()", "tanh()", "gelu()",
     "layer_norm()", "batch_norm()", "mul(value=2.0)", "upsample(scale_factor=2)", "channel_shuffle(5)"],
)  # fmt: skip
def test_what_a_kind_keeps_at_a_batch_that_divides_nothing(layer: str) -> None:
    text = f"x = input(3, 8, 8)\nc = conv2d(5, 3)\nr = {layer}\nd = conv2d(4, 3)\nf = flatten()\ny = linear(5)"
    network = parse(text, name="kind")
    assert predict(network, batch=3).saved == measure(network, batch=3).saved


def test_a_view_keeps_all_that_it_is_a_view_of() -> None:
    text = "x = input(3, 8, 8)\nc = conv2d(4, 3)\na, b = chunk(2)\nd = conv2d(a, 4, 3)\nf = flatten()\ny = linear(5)"
    network = parse(text, name="halves")
    assert predict(network, batch=3).saved == measure(network, batch=3).saved


def test_a_label_for_each_place_of_a_map() -> None:
    """Three examples of 5 classes at 36 places: logarithms, labels of 8 bytes, one weight; and the image."""
    memory = predict(parse("x = input(3, 8, 8)\ny = conv2d(5, 3)", name="map"), batch=3)
    assert memory.saved == 3 * 36 * 5 * 4 + 3 * 36 * 8 + 4 + 3 * 192 * 4


def test_owt_sends_what_was_predicted(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["alexnet/fashion-mnist", "--run", "--split", "owt", "--devices", "2", "--batch", "4"]
    assert main(["verify", *arguments, "--only", "sent", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["comparisons"]
    assert len(rows) == 6
    assert all(row["predicted"] == row["measured"] > 0 for row in rows)


def test_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "lenet5", "--only", "macs,saved=0.1", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["comparisons"]
    assert [row["what"] for row in rows] == ["MACs of the step", "bytes of saved activations"]
    for wrong in ("time", "macs=2", "macs=x"):
        assert main(["verify", "lenet5", "--only", wrong]) == 2
        assert wrong.rpartition("=")[2] in capsys.readouterr().err


def test_batches_that_do_not_divide(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "alexnet", "--split", "owt", "--batch", "6"]) == 2
    assert "a batch of 6 does not divide over 4 devices" in capsys.readouterr().err
    assert main(["verify", "alexnet", "--split", "towers", "--devices", "3"]) == 2
