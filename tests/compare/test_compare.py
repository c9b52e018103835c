"""What differs between two networks, in words and numbers: the differences that are known from papers and files."""

from __future__ import annotations

from pathlib import Path

import pytest

import netledger
from netledger.compare import Comparison, compare
from netledger.errors import NotFoundError, UsageError
from netledger.network import Layer, Network, Tensor
from netledger.notation import parse
from netledger.unknown import Unknown


def reasons(comparison: Comparison) -> dict[str, str]:
    return {row.name: row.reason for row in comparison.rows if not row.same}


def test_the_question_of_the_thread() -> None:
    """The ungrouped count is 1,413,120 above the paper's: 307,200 + 663,552 + 442,368, each with its reason."""
    comparison = netledger.compare("alexnet", "alexnet/ungrouped")
    found = reasons(comparison)
    assert found["conv2"] == "groups 2 → 1, each filter sees 96 instead of 48 channels: +307,200 weights"
    assert found["conv4"] == "groups 2 → 1, each filter sees 384 instead of 192 channels: +663,552 weights"
    assert found["conv5"] == "groups 2 → 1, each filter sees 384 instead of 192 channels: +442,368 weights"
    assert comparison.difference("parameters") == 1_413_120 == 307_200 + 663_552 + 442_368
    assert comparison.difference("macs") == 1_135_256_096 - 724_406_816
    assert {row.name for row in comparison.rows if row.parameters} == {"conv2", "conv4", "conv5"}


def light_alexnet() -> str:
    onnx = pytest.importorskip("onnx")
    return str(Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_bvlc_alexnet.onnx")


def test_the_onnx_file_makes_smaller_maps() -> None:
    """54, 26 and 12 wide instead of 55, 27 and 13, layer by layer; the parameters are the same."""
    comparison = compare(light_alexnet(), "alexnet")
    found = reasons(comparison)
    assert "makes 55×55 maps instead of 54×54: +3,798,432 MACs" in found["conv1"]
    assert "makes 27×27 maps instead of 26×26" in found["MaxPool_1"]
    assert found["conv2"] == "on 27×27 maps instead of 26×26: +16,281,600 MACs"
    assert "makes 13×13 maps instead of 12×12" in found["MaxPool_2"]
    assert found["conv3"] == "on 13×13 maps instead of 12×12: +22,118,400 MACs"
    assert "rounds up instead of down" in found["conv1"]
    assert "padding 0 before and 1 after → 0" in found["MaxPool_3"]
    assert comparison.difference("parameters") == 0
    assert comparison.difference("macs") == 724_406_816 - 654_560_384


def test_the_catalogues_copy_of_the_file_is_the_file() -> None:
    comparison = compare(light_alexnet(), "alexnet/onnx-zoo")
    assert reasons(comparison) == {}


REASONS = {
    ("alexnet", "alexnet/torchvision", "conv1"): "padding 0 → 2, 64 instead of 96 filters: -11,616 weights, -32 biases",
    ("alexnet", "alexnet/torchvision", "conv3"): "each filter sees 192 instead of 256 channels: -221,184 weights",
    ("alexnet/ungrouped", "alexnet/mxnet", "fc6"): "6,400 instead of 9,216 inputs: -11,534,336 weights",
    ("alexnet/tflearn-1000", "alexnet/tflearn", "fc8"): "17 instead of 1,000 outputs: -4,026,368 weights, -983 biases",
    ("alexnet/torch7-owt", "alexnet/torch7-owt-bn", "bn1"): "only in the second: batch_norm: +64 weights, +64 biases, "
    "+128 buffers",
    ("alexnet", "zfnet", "conv1"): "kernel 11×11 → 7×7, stride 4 → 2, padding 0 → 1, rounds down instead of up, "
    "makes 110×110 maps instead of 55×55: -20,736 weights",
    ("alexnet/tflearn", "alexnet", "tanh6"): "relu instead of tanh",
    ("alexnet", "alexnet/caffenet", "rnorm1"): "behind pool1 instead of relu1, alpha 0.0005 → 0.0001, k 2 → 1, "
    "groups 2 → 1",
    ("alexnet/cuda-convnet-145", "alexnet/cuda-convnet-137", "conv1a"): "64 instead of 96 filters: -11,616 weights, "
    "-32 biases",
    ("alexnet/cuda-convnet-145", "alexnet/cuda-convnet-150", "fc2048a"): "4,608 instead of 9,216 inputs, "
    "8,192 instead of 4,096 outputs: +4,096 biases",
}
"""What the facts about the variants say of a layer, in our words."""


@pytest.mark.parametrize("case", REASONS)
def test_reasons(case: tuple[str, str, str]) -> None:
    one, other, layer = case
    assert compare(one, other).row(layer).reason == REASONS[case]


def test_layers_are_matched_whatever_their_names() -> None:
    """``features.0`` is ``conv1``: the eight weighted layers of both stand in one row each."""
    comparison = compare("alexnet", "alexnet/torchvision")
    weighted = [f"conv{i}" for i in range(1, 6)] + ["fc6", "fc7", "fc8"]
    theirs = [f"features.{i}" for i in (0, 3, 6, 8, 10)] + [f"classifier.{i}" for i in (1, 4, 6)]
    rows = [comparison.row(name) for name in weighted]
    assert [row.right.name for row in rows if row.right is not None] == theirs


def test_two_towers_are_one_layer() -> None:
    comparison = compare("alexnet", "alexnet/cuda-convnet-145")
    for name in ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"):
        row = comparison.row(name)
        assert row.same
        assert row.right is not None
        assert len(row.right.paths) == 2
        assert row.right.output == row.left.output  # type: ignore[union-attr]


def test_layers_called_a_and_b_without_devices_are_two_layers() -> None:
    """The one-weird-trick net's fc4096a and fc4096b come one after the other."""
    comparison = compare("alexnet", "alexnet/one-weird-trick")
    assert comparison.row("fc4096a").right.paths == ("fc4096a",)  # type: ignore[union-attr]
    assert comparison.row("fc4096a").name == "fc6"
    assert comparison.row("fc4096b").name == "fc7"


def test_a_fully_connected_layer_kept_as_a_convolution() -> None:
    flat = parse("input(256, 6, 6)\nflatten()\nfc6 = linear(4096)\nfc7 = linear(4096)", "flat")
    whole = parse("input(256, 6, 6)\nfc6 = conv2d(4096, kernel_size=6)\nfc7 = conv2d(4096, kernel_size=1)", "whole")
    comparison = compare(flat, whole)
    assert comparison.row("fc6").reason == "conv2d instead of linear"
    assert comparison.row("fc7").reason == "conv2d instead of linear"
    assert comparison.difference("parameters") == 0


def test_a_network_and_itself() -> None:
    comparison = compare("googlenet", "googlenet")
    assert all(row.same and row.left.name == row.right.name for row in comparison.rows)  # type: ignore[union-attr]
    assert reasons(comparison) == {}


def tensors_alone(name: str, width: int, *, bias: bool) -> Network:
    """What a file of tensors says: names and shapes, no operation."""
    stored = [Tensor("block.0.weight", "weight", (width, 64))]
    stored += [Tensor("block.0.bias", "bias", (width,))] if bias else []
    return Network(name, (Layer("block.0", "tensors", tensors=tuple(stored)),))


def test_files_of_tensors_differ_by_their_shapes() -> None:
    comparison = compare(tensors_alone("a", 32, bias=False), tensors_alone("b", 48, bias=True))
    assert comparison.row("block.0").reason == "weight 32×64 → 48×64, with bias: +1,024 weights, +48 biases"
    back = compare(tensors_alone("b", 48, bias=True), tensors_alone("a", 48, bias=False))
    assert back.row("block.0").reason == "without bias: -48 biases"
    assert isinstance(comparison.difference("macs"), Unknown)
    assert compare(tensors_alone("a", 32, bias=True), tensors_alone("c", 32, bias=True)).row("block.0").same


def test_names_from_files_steer_no_terminal() -> None:
    one, other = tensors_alone("a\x1b[31m", 32, bias=False), tensors_alone("b[red]", 48, bias=True)
    comparison = compare(one.replace(layers=(one.layers[0].replace(path="\x1b]0;x\x07"),)), other)
    for format in ("text", "terminal", "markdown", "html", "csv", "json"):
        assert "\x1b]" not in comparison.render(format)
        assert "\x1b[31m" not in comparison.render(format)


def test_what_is_not_known_stays_so() -> None:
    """A difference with an Unknown is Unknown, with the reason."""
    strange = Network("strange", (Layer("foo", "foo", unknown=Unknown("operator 'Foo' has no rule")),))
    comparison = compare("lenet5", strange)
    difference = comparison.difference("parameters")
    assert isinstance(difference, Unknown)
    assert "no rule" in difference.reason
    assert "not known" in comparison.row("foo").reason
    assert "?" in str(comparison)


def test_batched_and_unbatched_shapes_are_compared_without_the_batch() -> None:
    text = "x = input({})\nconv = conv2d(4, kernel_size=3)"
    bare, batched = (
        parse(text.format("3, 8, 8"), "a"),
        parse("network(batched=True)\n" + text.format("1, 3, 8, 8"), "b"),
    )
    assert reasons(compare(bare, batched)) == {}


def test_ledgers_models_and_names_are_all_compared() -> None:
    ledger = netledger.count("lenet5", batch=2)
    comparison = compare(ledger, "lenet5", batch=2)
    assert comparison.difference("macs") == 0
    assert compare(ledger, "lenet5").difference("macs") == -416_520


def test_it_takes_two() -> None:
    with pytest.raises(UsageError, match="two networks or more"):
        compare("alexnet")


def test_unknown_rows_and_totals() -> None:
    comparison = compare("alexnet", "alexnet/caffe")
    with pytest.raises(NotFoundError, match=r"no layer 'conv9' in either network: did you mean 'conv"):
        comparison.row("conv9")
    with pytest.raises(NotFoundError, match=r"no total 'parameter': did you mean 'parameters'"):
        comparison.difference("parameter")


def test_hash_and_equality() -> None:
    one, other = compare("lenet5", "lenet5/1998"), compare("lenet5", "lenet5/1998")
    assert hash(one) == hash(other)
    assert {hash(pair) for pair in one.pairs} == {hash(pair) for pair in other.pairs}
    assert len({hash(row.changes) for row in one.rows}) > 1
