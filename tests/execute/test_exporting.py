"""Exports: valid by their owners' checkers, equal in what they compute, and read back to the same ledger."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from netledger.catalogue import load, names
from netledger.errors import DataError, UsageError
from netledger.execute import checkpoint
from netledger.execute.building import build
from netledger.execute.exporting import export, text_of
from netledger.execute.exporting.weights import fold_dropout, module_with
from netledger.ledger import keep_books
from netledger.network import Network
from netledger.notation import parse
from netledger.sources import read

ALEXNETS = [name for name in names() if name.startswith("alexnet")]


def smaller(network: Network) -> Network:
    """The same network with linear layers of 64, so that a test of its geometry need not hold 60 million weights."""
    layers = [
        layer.replace(attributes={**layer.attributes, "out_features": 64}) if layer.kind == "linear" else layer
        for layer in network.layers
    ]
    return network.replace(layers=tuple(layers), published={})


def weighted(network: Network) -> list[tuple[int, int, int]]:
    """Weights, biases and MACs of the layers that have any, in order."""
    return [
        (entry.weights, entry.biases, entry.macs)
        for entry in keep_books(network)
        if entry.parameters or entry.macs
    ]  # fmt: skip


def run_onnx(path: Path, x: torch.Tensor) -> np.ndarray[Any, Any]:
    ort = pytest.importorskip("onnxruntime")
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]  # type: ignore[no-any-return]


def randomised(module: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for value in module.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * (0.08 if value.dim() > 1 else 0.3))
        for name, value in module.named_buffers():
            if name.endswith("running_var"):
                value.copy_(torch.rand(value.shape, generator=generator) + 0.5)
    return module


ONNX = ["alexnet/cuda-convnet-145", "alexnet/cuda-convnet2", "alexnet/deeplearning4j", "alexnet/torch7-owt-bn",
        "alexnet/tf-cnn-benchmarks", "alexnet/onnx-zoo", "alexnet/torchvision", "alexnet/fashion-mnist"]  # fmt: skip


@pytest.mark.parametrize("name", ONNX)
def test_onnx_computes_the_same_and_reads_back_to_the_same_ledger(name: str, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    network = smaller(load(name))
    module = randomised(build(network)).eval()
    weights, path = tmp_path / "weights.pt", tmp_path / "model.onnx"
    torch.save(module.state_dict(), weights)
    export(network, path, weights=weights)
    onnx.checker.check_model(str(path), full_check=True)
    x = torch.randn(2, *network.inputs()[0].attributes["shape"], generator=torch.Generator().manual_seed(1)) * 3
    with torch.no_grad():
        mine = module(x).numpy()
    theirs = run_onnx(path, x)
    assert np.abs(mine - theirs).max() <= 1e-4 * np.abs(mine).max()
    assert np.ptp(mine) > 1e-3
    back = read(str(path))
    assert weighted(back) == weighted(network)
    initializers = {tensor.name: tuple(tensor.dims) for tensor in onnx.load(str(path)).graph.initializer}
    assert {n: tuple(v.shape) for n, v in module.named_parameters()}.items() <= initializers.items()


def test_alexnet_itself_as_onnx(tmp_path: Path) -> None:
    """60,965,224 parameters, 224 with the border at the far end, towers' norms apart; seeded weights."""
    path = tmp_path / "alexnet.onnx"
    export(load("alexnet"), path, seed=5)
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(2)) * 60
    with torch.no_grad():
        mine = module_with(load("alexnet"), None, 5)(x).numpy()
    assert np.abs(mine - run_onnx(path, x)).max() < 1e-6
    ledger = keep_books(read(str(path)))
    assert (int(ledger.totals.parameters), int(ledger.totals.macs)) == (60_965_224, 724_406_816)


@pytest.mark.parametrize("name", [name for name in ALEXNETS if name != "alexnet/cuda-convnet-137"])
def test_pytorch_source_is_the_same_module(name: str) -> None:
    """The file runs by itself; its parameters have the ledger's names; its outputs are the built module's."""
    network = smaller(load(name))
    scope: dict[str, Any] = {}
    exec(text_of(network, "pytorch"), scope)
    (made,) = [v for v in scope.values() if isinstance(v, type) and issubclass(v, nn.Module)]
    ours = randomised(build(network)).eval()
    theirs = made().eval()
    theirs.load_state_dict(ours.state_dict(), strict=False)
    assert {n: p.shape for n, p in theirs.named_parameters()} == {n: p.shape for n, p in ours.named_parameters()}
    x = torch.randn(1, *network.inputs()[0].attributes["shape"], generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        a, b = ours(x), theirs(x)
    assert torch.allclose(a, b, rtol=1e-4, atol=1e-5 * float(a.abs().max()))


def caffe_names() -> list[str]:
    found = []
    for name in ALEXNETS:
        try:
            text_of(load(name), "caffe")
        except DataError:
            continue
        found.append(name)
    return found


@pytest.mark.parametrize("name", caffe_names())
def test_prototxt_reads_back_to_the_same_ledger(name: str, tmp_path: Path) -> None:
    network = load(name)
    path = tmp_path / "net.prototxt"
    export(network, path)
    back = read(str(path))
    assert weighted(back) == weighted(network)
    assert keep_books(back).totals.parameters == keep_books(network).totals.parameters


def test_caffes_own_two_networks_are_among_them() -> None:
    assert {"alexnet/caffe", "alexnet/caffenet"} <= set(caffe_names())


@pytest.mark.parametrize("name", ["alexnet", "alexnet/torchvision", "alexnet/cuda-convnet-150"])
@pytest.mark.parametrize("suffix", [".net", ".json"])
def test_descriptions_read_back_equal(name: str, suffix: str, tmp_path: Path) -> None:
    network, path = load(name), tmp_path / f"x{suffix}"
    export(network, path)
    back = read(str(path))
    assert back.replace(name=network.name) == network


@pytest.mark.parametrize(
    ("name", "format", "message"),
    [
        ("alexnet", "caffe", "alexnet: conv1: Caffe rounds convolutions down: the output would be 54, not 55"),
        ("alexnet/onnx-zoo", "caffe", "alexnet/onnx-zoo: pool1: Caffe rounds pools up: the output would be 27, not 26"),
    ],
)
def test_what_a_format_cannot_say_is_an_error(name: str, format: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        text_of(load(name), format)
    assert str(caught.value) == message


def test_kind_without_an_onnx_counterpart_is_named(tmp_path: Path) -> None:
    network = parse("x = input(6)\ny = linear(4, groups=2)", name="blocks")
    with pytest.raises(DataError, match="ONNX export has no grouped linear layer"):
        export(network, tmp_path / "a.onnx")
    assert not (tmp_path / "a.onnx").exists()


def test_unknown_suffix_names_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'.*x\.tflite' names no format: --to onnx, net"):
        export(load("alexnet"), tmp_path / "x.tflite")


def test_weights_of_another_network_say_which_tensors_differ(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save(build(parse("x = input(4)\na = linear(3)", name="a")).state_dict(), path)
    other = parse("x = input(4)\na = linear(5)\nb = linear(2)", name="b")
    with pytest.raises(DataError) as caught:
        export(other, tmp_path / "b.onnx", weights=path)
    text = str(caught.value)
    assert (
        "is a checkpoint of another network: 'b.weight' is missing; 'b.bias' is missing; 'a.weight' is 3×4 there, 5×4 here"
        in text
    )
    with pytest.raises(UsageError, match="net holds no weights"):
        export(other, tmp_path / "b.net", weights=path)


def test_dropout_of_2012_is_folded_into_the_weights() -> None:
    network = parse("x = input(6)\nd = dropout(0.25)\ny = linear(4)", name="d")
    unscaled = randomised(build(network, dropout="unscaled")).eval()
    folded = randomised(build(network)).eval()
    fold_dropout(folded)  # type: ignore[arg-type]
    x = torch.randn(3, 6)
    assert torch.allclose(folded(x), unscaled(x), atol=1e-6)


def test_export_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keep.net"
    path.write_text("precious")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.os, "fsync", full)
    with pytest.raises(DataError, match=r"keep\.net: cannot be written: disk full \(the previous one is"):
        export(load("alexnet"), path)
    assert path.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["keep.net"]


def test_a_full_disk_is_said_where_pytorch_s_writer_fails_on_it(tmp_path: Path) -> None:
    """Its file's writer ends with an error of its own, raised while the disk's was on its way."""

    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(DataError, match=r"run\.pt: cannot be written: disk full$"):
        checkpoint.write_atomically(tmp_path / "run.pt", lambda _: torch.save({"w": torch.zeros(9)}, Full()))
    assert list(tmp_path.iterdir()) == []


def test_json_export_is_json(tmp_path: Path) -> None:
    export(load("alexnet"), tmp_path / "a.json")
    assert isinstance(json.loads((tmp_path / "a.json").read_text()), dict)
