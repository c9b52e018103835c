"""``verify``: every network of the catalogue that PyTorch can run, predicted and measured, forward and in training."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from netledger import catalogue
from netledger.cli import main
from netledger.execute.aliasing import without_softmax
from netledger.execute.memory import predict
from netledger.ledger import keep_books
from netledger.network import Network
from netledger.notation import parse
from netledger.train.measuring import measure
from netledger.unknown import least

OF_FAMILIES = (
    "densenet121", "resnext50_32x4d", "resnet50-keras", "efficientnet_b0", "mobilenet_v3_small", "mobilenet",
    "xception", "shufflenet_v2_x0_5", "mnasnet0_5", "convnext_tiny", "regnet_y_400mf", "yolov3", "inception_v3",
    "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "mnasnet1_0", "nasnet_mobile", "mobilenet_v3_large", "regnet_x_400mf",
    "regnet_y_800mf", "efficientnet_v2_b0", "regnet_x_800mf", "shufflenet_v2_x2_0", "efficientnet_b1",
    "efficientnet_v2_b1", "efficientnet_b2", "regnet_x_1_6gf", "efficientnet_v2_b2", "regnet_y_1_6gf",
    "efficientnet_b3", "densenet169", "efficientnet_v2_b3", "regnet_x_3_2gf", "efficientnet_b4", "regnet_y_3_2gf",
    "densenet201", "efficientnet_v2_s", "resnet50v2-keras", "densenet161", "efficientnet_b5", "regnet_y_8gf",
    "regnet_x_8gf", "efficientnet_b6", "resnet101v2-keras", "resnet101-keras",
)  # fmt: skip
"""Those of families that PyTorch can run on a small picture; U-Net's valid convolutions leave nothing of one."""
TRANSFORMERS = {"deit-tiny": 224, "dinov3-vit-s-16": 64}
"""Of pictures, and their sides: what their attention keeps is predicted as a least."""
SMALL = {"inception_v3": 299}
"""Sides of pictures, where 64 is too little."""
NARROWED = ("vgg",)
"""Resized ones whose dense layers are made narrow all the same: a hundred million weights say no more than thousands."""
RESIZED = ("resnet", "vgg", "squeezenet", "mobilenet", *OF_FAMILIES)


def small(name: str) -> Network:
    """A network of the catalogue on small pictures, where it reads any, or with small layers behind its maps."""
    network = without_softmax(catalogue.load(name))
    resized, layers = name.startswith(RESIZED), []
    for layer in network.layers:
        attributes: dict[str, Any] = dict(layer.attributes)
        if resized and layer.kind == "input":
            attributes["shape"] = (*attributes["shape"][:1], *[SMALL.get(name, 64)] * 2)
        if layer.kind == "linear" and (not resized or name.startswith(NARROWED)):
            attributes["out_features"] = min(32, attributes["out_features"])
        layers.append(layer.replace(attributes=attributes))
    return network.replace(layers=tuple(layers), published={})


@pytest.mark.parametrize("name", [*sorted(set(catalogue.names()) - set(catalogue.models())), *OF_FAMILIES])
def test_every_network_of_the_catalogue(name: str) -> None:
    torch.set_num_threads(1)
    network = small(name)
    totals, predicted, measured = keep_books(network).totals, predict(network, batch=2), measure(network, batch=2)
    assert (totals.parameters, totals.macs) == (measured.parameters, measured.macs)
    assert (predicted.weights, predicted.gradients, predicted.optimizer, predicted.saved) == (
        measured.weights, measured.gradients, measured.optimizer, measured.saved,
    )  # fmt: skip


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers_of_pictures(name: str) -> None:
    torch.set_num_threads(1)
    network = catalogue.load(name)
    side = {"shape": (3, TRANSFORMERS[name], TRANSFORMERS[name])}
    layers = [one.replace(attributes=side) if one.kind == "input" else one for one in network.layers]
    network = network.replace(layers=tuple(layers), published={})
    totals, predicted, measured = keep_books(network).totals, predict(network, batch=2), measure(network, batch=2)
    assert (totals.parameters, totals.macs) == (measured.parameters, measured.macs)
    assert (predicted.weights, predicted.gradients) == (measured.weights, measured.gradients)
    assert least(predicted.saved) <= measured.saved


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
    assert [row["what"] for row in rows] == ["MACs per example", "bytes of saved activations"]
    for wrong in ("time", "macs=2", "macs=x"):
        assert main(["verify", "lenet5", "--only", wrong]) == 2
        assert wrong.rpartition("=")[2] in capsys.readouterr().err


def test_batches_that_do_not_divide(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "alexnet", "--split", "owt", "--batch", "6"]) == 2
    assert "a batch of 6 does not divide over 4 devices" in capsys.readouterr().err
    assert main(["verify", "alexnet", "--split", "towers", "--devices", "3"]) == 2
