"""Networks: pure data with a few questions answered."""

from __future__ import annotations

import pytest

from netledger.errors import NotFoundError
from netledger.network import Layer, Network, Tensor, elements_of
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


def test_elements():
    assert elements_of(()) == 1
    assert elements_of((2, 0, Unknown("n"))) == 0
    assert elements_of((2, Unknown("n"))) == Unknown("n")
