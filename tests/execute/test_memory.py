"""Predictions of memory against a real step, and against figures worked out elsewhere."""

from __future__ import annotations

import json

import pytest
import torch

from netledger.catalogue import load
from netledger.cli import main
from netledger.errors import NotFoundError, UsageError
from netledger.execute.aliasing import overwriting, without_softmax
from netledger.execute.memory import predict
from netledger.notation import parse
from netledger.train.measuring import measure


def without_weights(name: str) -> object:
    """A catalogue network with linear layers of 32, so that a step is quick."""
    network = without_softmax(load(name))
    layers = [
        layer.replace(attributes={**layer.attributes, "out_features": 32}) if layer.kind == "linear" else layer
        for layer in network.layers
    ]
    return network.replace(layers=tuple(layers), published={})


@pytest.mark.parametrize(
    "name",
    ["alexnet", "alexnet/torchvision", "alexnet/onnx-zoo", "alexnet/cuda-convnet-145", "alexnet/torch7-owt-bn",
     "alexnet/deeplearning4j", "alexnet/fashion-mnist", "zfnet"],
)  # fmt: skip
def test_prediction_is_what_a_step_takes(name: str) -> None:
    """Weights, gradients, optimizer state and every byte that PyTorch's saved-tensor hooks see."""
    network = without_weights(name)
    predicted, measured = predict(network, batch=2), measure(network, batch=2)  # type: ignore[arg-type]
    assert predicted.saved == measured.saved
    assert (predicted.weights, predicted.gradients, predicted.optimizer) == (
        measured.weights, measured.gradients, measured.optimizer,
    )  # fmt: skip


def test_weights_of_alexnet_are_243_9_mb() -> None:
    memory = predict(load("alexnet"), batch=128)
    assert memory.weights == 60_965_224 * 4
    assert round(memory.weights / 1e6, 1) == 243.9
    assert predict(load("alexnet"), optimizer="adam").optimizer == 2 * memory.weights
    assert predict(load("alexnet"), optimizer="sgd").optimizer == 0


def test_saved_by_hand() -> None:
    """conv keeps its input; relu overwrites conv's output and keeps it; the pool keeps that and int64 places; linear
    its input, a view of the pool's output; the loss log-probabilities, labels and one number."""
    text = (
        "x = input(1, 8, 8)\nc = conv2d(2, kernel_size=3)\nr = relu()\np = max_pool2d(2)\nf = flatten()\ny = linear(3)"
    )
    memory = predict(parse(text, name="hand"), batch=5)
    by_hand = 5 * (64 * 4 + 2 * 36 * 4 + 2 * 9 * 8 + 2 * 9 * 4) + 5 * 3 * 4 + 5 * 8 + 4
    assert memory.saved == by_hand


def test_inference_is_weights_and_the_most_alive_at_once() -> None:
    """Two layers: at the widest, the input of 4 and the hidden 6 values are alive, then 6 and 2."""
    memory = predict(parse("x = input(4)\na = linear(6)\nb = linear(2)", name="two"), batch=3, purpose="inference")
    assert memory.live == 3 * 4 * (4 + 6)
    assert memory.total == memory.live + 4 * (4 * 6 + 6 + 6 * 2 + 2)


def test_frozen_layers_have_no_gradient() -> None:
    memory = predict(parse("x = input(4)\na = linear(6, trainable=False)\nb = linear(2)", name="f"))
    assert memory.gradients == 4 * (6 * 2 + 2)


def test_kind_of_which_it_is_not_known_is_unknown_not_zero() -> None:
    memory = predict(parse("x = input(4)\na = linear(6)\nb = logsigmoid()", name="u"))
    assert not isinstance(memory.saved, int)
    assert "what PyTorch keeps of 'logsigmoid' is not known" in {u.reason for u in memory.total.unknowns}


def test_masks_are_bytes_on_a_gpu() -> None:
    network = parse("x = input(8)\na = linear(8)\nd = dropout(0.5)\nb = linear(2)", name="d")
    assert predict(network).saved - predict(network, device="cuda").saved == 8 * 3


def test_relu_that_may_not_overwrite() -> None:
    assert overwriting(parse("x = input(4)\nr = relu()", name="a")) == frozenset()
    both = "x = input(4)\na = linear(4)\nr = relu(a)\ns = add(a, r)"
    assert overwriting(parse(both, name="b")) == frozenset()


def test_options_that_do_not_exist() -> None:
    with pytest.raises(NotFoundError, match=r"no optimizer 'adan'.*did you mean 'adam'"):
        predict(load("alexnet"), optimizer="adan")
    with pytest.raises(UsageError, match="memory is for training or inference, not 'both'"):
        predict(load("alexnet"), purpose="both")


def test_verify_prints_prediction_and_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    torch.set_num_threads(1)
    assert (
        main(["verify", "alexnet/fashion-mnist", "--run", "--batch", "2", "--format", "json", "--device", "cpu"]) == 0
    )
    rows = {row["what"]: row for row in json.loads(capsys.readouterr().out)["comparisons"]}
    assert rows["bytes of saved activations"]["predicted"] == rows["bytes of saved activations"]["measured"] > 0
    assert rows["MACs of the step"]["predicted"] == rows["MACs of the step"]["measured"] > 0
    assert rows["peak bytes (CUDA allocator)"]["measured"] is None


def test_verify_without_run_predicts_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "alexnet", "--batch", "128", "--split", "towers"]) == 0
    text = capsys.readouterr().out
    assert "243,860,896" in text
    assert "not measured here" in text


def test_show_memory(capsys: pytest.CaptureFixture[str]) -> None:
    """``show --memory`` gives the prediction alone: what verify measures, at the same batch."""
    assert main(["show", "alexnet", "--memory", "training", "--batch", "128", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["bytes"]
    assert found["weights"] == found["gradients"] == found["optimizer (sgd-momentum)"] == 243_860_896
    assert found["saved activations"] == predict(without_softmax(load("alexnet")), batch=128).saved
    assert main(["show", "alexnet", "--memory", "inference", "--format", "json"]) == 0
    # at the widest, conv1's output and its normalised copy are alive
    assert json.loads(capsys.readouterr().out)["bytes"]["live activations"] == 2 * 96 * 55 * 55 * 4


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_peak_on_a_gpu_is_within_five_per_cent() -> None:
    network = without_softmax(load("alexnet"))
    predicted, measured = predict(network, batch=128, device="cuda"), measure(network, batch=128, device="cuda")
    assert predicted.saved == measured.saved
    assert measured.peak == pytest.approx(int(predicted.total), rel=0.05)
