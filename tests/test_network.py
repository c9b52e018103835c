"""Networks: pure data with a few questions answered."""

from __future__ import annotations

import pytest

from netledger.errors import NotFoundError, UsageError
from netledger.ledger import keep_books
from netledger.network import Layer, Network, Tensor, elements_of
from netledger.notation import parse
from netledger.unknown import Unknown


def tiny():
    tensor = Tensor("w", "weight", (1,))
    return Network(
        "tiny",
        [
            Layer("image", "input", {"shape": (3, 8, 8)}),
            Layer("conv", "conv2d", {"out_channels": 4, "kernel_size": 3}, ("image",), tensors=(tensor,)),
            Layer("fc", "linear", {"out_features": 2}, ("conv",)),
        ],
    )  # fmt: skip


def test_layers_are_found_by_path():
    net = tiny()
    assert net["conv"].kind == "conv2d"
    assert [layer.path for layer in net] == ["image", "conv", "fc"]
    assert len(net) == 3
    with pytest.raises(NotFoundError, match="no layer 'cnv': did you mean 'conv'"):
        net["cnv"]


def test_results_are_what_nobody_reads():
    net = tiny()
    assert net.results() == ("fc",)
    assert net.replace(outputs=("conv",)).results() == ("conv",)
    assert [tensor.name for tensor in net.tensors] == ["w"]
    assert len({net, tiny()}) == 1


def test_another_input_shape():
    net = tiny().with_input((3, 16, 16))
    assert net["image"].attributes["shape"] == (3, 16, 16)
    assert tiny().with_input((1,), "image")["image"].attributes["shape"] == (1,)
    with pytest.raises(NotFoundError, match="no input 'picture'"):
        tiny().with_input((1,), "picture")
    with pytest.raises(NotFoundError, match="names no input"):
        Network("empty").with_input((1,))


def test_another_input_shape_derives_every_shape_anew():
    """A stated output shape belonged to the old input: 62·62 places of 3·3·3 weights and 8 maps are 830,304."""
    text = "image = input(3, 32, 32)\nconv = conv2d(8, kernel_size=3, output_shapes=[[8, 30, 30]])"
    saved = parse(text, name="saved")
    assert keep_books(saved).totals.macs == 30 * 30 * 27 * 8
    ledger = keep_books(saved.with_input((3, 64, 64)))
    assert (ledger.totals.macs, ledger["conv"].output_shape, ledger.discrepancies) == (830_304, (8, 62, 62), ())


def test_shapes_that_were_recorded_are_never_shown_under_another_input():
    text = """
network(batched=True)
image = input(1, 3, 32, 32)
model = conv2d(8, kernel_size=3, in_channels=3, inputs=[], input_shapes=[[1, 3, 32, 32]], output_shapes=[[1, 8, 30, 30]])
"""
    recorded = parse(text, name="recorded")
    with pytest.raises(UsageError, match="the shapes of 'model' were recorded while the model ran"):
        recorded.with_input((1, 3, 64, 64))
    assert recorded.with_input((1, 3, 32, 32)) is recorded
    assert keep_books(recorded.with_input((1, 3, 32, 32))).totals.macs == 194_400


def test_elements():
    assert elements_of(()) == 1
    assert elements_of((2, 0, Unknown("n"))) == 0
    assert elements_of((2, Unknown("n"))) == Unknown("n")
