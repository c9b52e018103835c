"""What is written for PyTorch and for Caffe is the network itself, or is refused by name: counted by PyTorch and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from netledger.errors import DataError
from netledger.execute.exporting import text_of
from netledger.ledger import keep_books
from netledger.notation import parse
from netledger.sources import read_file

SAME = {
    "layer_norm(elementwise_affine=False)": (6, 8),
    "layer_norm(bias=False)": (6, 8),
    "batch_norm(affine=False)": (3, 8, 8),
    "linear(5)": (6, 8),
    "adaptive_max_pool2d(2)": (3, 8, 8),
    "conv2d(4, (3, 5), stride=(2, 1), padding=(1, 2), bias=False)": (3, 8, 8),
}


@pytest.mark.parametrize("layer", SAME)
def test_pytorch_s_source_makes_as_many_parameters_and_the_same_shape(layer: str) -> None:
    network = parse(f"x = input{SAME[layer]}\ny = {layer}", name="net")
    names: dict[str, Any] = {}
    exec(text_of(network, "pytorch"), names)
    (made,) = [one for one in names.values() if isinstance(one, type) and issubclass(one, torch.nn.Module)]
    module, ledger = made(), keep_books(network)
    assert sum(one.numel() for one in module.parameters()) == ledger.totals.parameters
    assert tuple(module.eval()(torch.zeros(1, *SAME[layer])).shape[1:]) == ledger["y"].output_shape


READ_BACK = {
    "batch_norm(bias=False)": (3, 8, 8),
    "batch_norm(affine=False)": (3, 8, 8),
    "linear(5)": (6, 8),
    "linear(5, bias=False)": (8,),
    "conv2d(4, (3, 5), stride=(2, 1), padding=(1, 2))": (3, 9, 9),
    "max_pool2d((2, 3), stride=(2, 3), ceil_mode=True)": (3, 8, 9),
    "adaptive_avg_pool2d(1)": (3, 8, 8),
    "adaptive_avg_pool2d((8, 9))": (3, 8, 9),
    "response_norm_within(3, alpha=1.0, beta=0.75)": (3, 8, 8),
}


@pytest.mark.parametrize("layer", READ_BACK)
def test_caffe_s_definition_reads_back_to_the_same_books(tmp_path: Path, layer: str) -> None:
    network = parse(f"x = input{READ_BACK[layer]}\ny = {layer}".replace("(8,)", "(8)"), name="net")
    path = tmp_path / "net.prototxt"
    path.write_text(text_of(network, "caffe"))
    ours, theirs = keep_books(network), keep_books(read_file(str(path)))
    assert (theirs.totals.parameters, theirs.totals.macs) == (ours.totals.parameters, ours.totals.macs)
    assert theirs.entries[-1].output_shape == ours["y"].output_shape


@pytest.mark.parametrize(
    ("format", "layer", "why"),
    [
        ("caffe", "adaptive_avg_pool2d(2)", "no adaptive pool but the global one"),
        ("caffe", "response_norm_within(3, contrast=True)", "no contrast normalisation"),
        ("caffe", "mul(x, value=2)", "Eltwise takes no number"),
        ("caffe", "conv2d(4, 2, padding=((0, 1), (0, 1)))", "pads both sides alike"),
        ("caffe", "gelu()", "no counterpart for kind 'gelu'"),
        ("pytorch", "batch_norm(bias=False)", "have biases or learn nothing"),
        ("pytorch", "response_norm_within(4)", "not written for this norm"),
        ("pytorch", "avg_pool2d(2, padding=((0, 1), (0, 1)))", "pad both sides alike"),
        ("pytorch", "add(x, x, x)", "more than two at once"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused(format: str, layer: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        text_of(parse(f"x = input(3, 8, 8)\ny = {layer}"), format)


@pytest.mark.parametrize("format", ["caffe", "pytorch"])
def test_a_linear_layer_in_groups_is_refused(format: str) -> None:
    with pytest.raises(DataError, match="no grouped linear layer"):
        text_of(parse("x = input(6)\ny = linear(4, groups=2)"), format)
