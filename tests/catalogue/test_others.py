"""The neighbours of AlexNet against torchvision, against the ONNX files that the ``onnx`` package ships, and papers."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from netledger import catalogue
from netledger.ledger import Ledger, keep_books
from tests.torchvision_support import import_torchvision

TORCHVISION = (
    *[f"vgg{depth}{bn}" for depth in (11, 13, 16, 19) for bn in ("", "_bn")], "googlenet",
    *[f"resnet{depth}" for depth in (18, 34, 50, 101, 152)], "squeezenet1_0", "squeezenet1_1", "mobilenet_v2",
    "alexnet/torchvision",
)  # fmt: skip


@cache
def ledger_of(name: str) -> Ledger:
    return keep_books(catalogue.load(name))


@cache
def torchvision_model(name: str) -> Any:
    """torchvision's model on the meta device: shapes, no values."""
    torch = pytest.importorskip("torch")
    models = import_torchvision().models
    builder = name.replace("alexnet/torchvision", "alexnet")
    settings = {"aux_logits": False, "init_weights": False} if builder == "googlenet" else {}
    with torch.device("meta"):
        return getattr(models, builder)(**settings).eval()


def slots_of(ledger: Ledger, *roles: str) -> dict[str, tuple[int, ...]]:
    return {
        f"{entry.path}.{slot.name}": slot.shape
        for entry in ledger
        for slot in entry.effect.slots
        if not roles or slot.role in roles
    }


@pytest.mark.parametrize("name", TORCHVISION)
def test_published_parameters_and_operations(name: str) -> None:
    """``num_params`` and ``_ops`` (GMACs, three decimals) of torchvision's own weights, version 1."""
    models = import_torchvision().models
    meta = models.get_model_weights(name.replace("alexnet/torchvision", "alexnet")).IMAGENET1K_V1.meta
    totals = ledger_of(name).totals
    assert totals.parameters == meta["num_params"]
    assert f"{int(totals.macs) / 1e9:.3f}" == f"{meta['_ops']:.3f}"
    published = ledger_of(name).network.published
    assert published["parameters"] == meta["num_params"]
    assert published["GMACs"] == f"{meta['_ops']:.3f}"
    assert published["top-1 accuracy"] == f"{meta['_metrics']['ImageNet-1K']['acc@1']:.3f} %"


@pytest.mark.parametrize("name", TORCHVISION)
def test_every_tensor_has_torchvisions_name_and_shape(name: str) -> None:
    theirs = {path: tuple(value.shape) for path, value in torchvision_model(name).named_parameters()}
    assert slots_of(ledger_of(name), "weight", "bias") == theirs


@pytest.mark.parametrize("name", TORCHVISION)
def test_running_statistics(name: str) -> None:
    counters = ("num_batches_tracked",)
    theirs = {
        path: tuple(value.shape)
        for path, value in torchvision_model(name).named_buffers()
        if not path.endswith(counters)
    }
    assert slots_of(ledger_of(name), "running_statistic") == theirs


@pytest.mark.parametrize("name", TORCHVISION)
def test_every_modules_output_shape(name: str) -> None:
    """A forward pass on the meta device; the layers that are modules of torchvision's, by their paths."""
    torch = pytest.importorskip("torch")
    model, ledger = torchvision_model(name), ledger_of(name)
    seen: dict[str, tuple[int, ...]] = {}
    hooks = [
        module.register_forward_hook(lambda _m, _i, out, path=path: seen.__setitem__(path, tuple(out.shape[1:])))
        for path, module in model.named_modules()
        if path and not list(module.children())
    ]
    model(torch.empty(1, 3, 224, 224, device="meta"))
    for hook in hooks:
        hook.remove()
    ours = {entry.path: entry.outputs[0] for entry in ledger}
    shared = [path for path in seen if path in ours and not path.endswith("relu")]  # one ReLU module is called thrice
    assert {path: ours[path] for path in shared} == {path: seen[path] for path in shared}
    missing = [path for path in seen if path not in ours]
    assert missing == []


# ---------------------------------------------------------------------- ONNX files of the original networks


def light(name: str) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights of an ONNX file shipped by ``onnx``, read with that package: initializers and fills."""
    onnx = pytest.importorskip("onnx")
    path = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / f"light_{name}.onnx"
    if not path.exists():
        pytest.skip(f"onnx does not ship light_{name}.onnx")
    graph = onnx.load(str(path)).graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    shapes = {name: value.shape for name, value in constants.items()}
    for node in graph.node:
        if node.op_type == "ConstantOfShape":
            shapes[node.output[0]] = tuple(int(size) for size in constants[node.input[0]])
    for node in graph.node:
        if node.op_type == "Reshape" and node.input[0] in shapes:  # a matrix kept with sizes of 1 in between
            shapes[node.output[0]] = tuple(size for size in shapes[node.input[0]] if size != 1)
    used = [name for node in graph.node if node.op_type in ("Conv", "Gemm") for name in node.input[1:3]]
    return {name: shapes[name] for name in used}


def folded(shapes: Any) -> list[tuple[int, ...]]:
    """Shapes in an order of their own."""
    return sorted(tuple(shape) for shape in shapes)


@pytest.mark.parametrize(("name", "file"), [("googlenet/2014", "inception_v1"), ("vgg19", "vgg19")])
def test_the_original_networks_tensors(name: str, file: str) -> None:
    """Caffe's bvlc_googlenet and VGG-19, as converted to ONNX: the same tensors, biases and all."""
    ours = slots_of(ledger_of(name), "weight", "bias")
    assert folded(ours.values()) == folded(light(file).values())


# ---------------------------------------------------------------------- papers


def test_lenet5_of_1998_layer_by_layer() -> None:
    """LeCun, Bottou, Bengio & Haffner 1998, section II.B: trainable parameters of each layer, and in all."""
    ledger = ledger_of("lenet5/1998")
    counts = {entry.path: entry.parameters for entry in ledger if entry.parameters}
    assert counts == {"C1": 156, "S2": 12, "C3": 1_516, "S4": 32, "C5": 48_120, "F6": 10_164}
    assert ledger.totals.parameters == 60_000
    shapes = {path: ledger[path].outputs[0] for path in ("C1", "S2", "C3", "S4", "C5", "output")}
    assert shapes == {
        "C1": (6, 28, 28), "S2": (6, 14, 14), "C3": (16, 10, 10), "S4": (16, 5, 5), "C5": (120, 1, 1), "output": (10,),
    }  # fmt: skip


def test_lenet5_connections_are_those_of_the_paper() -> None:
    """The paper counts 340,908: every use of a weight or bias, and every addend of the subsampling."""
    ledger = ledger_of("lenet5/1998")
    macs = {path: ledger[path].macs for path in ("C1", "C3", "C5", "F6")}
    biased = {path: ledger[path].outputs[0] for path in macs}
    convolutions = sum(macs[path] + _elements(biased[path]) for path in macs)
    subsampling = sum(_elements(ledger[path].outputs[0]) * (4 + 1) for path in ("S2", "S4"))
    assert convolutions + subsampling + ledger["output"].buffers == 340_908


def _elements(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def test_the_modern_lenet5() -> None:
    ledger = ledger_of("lenet5")
    counts = [entry.parameters for entry in ledger if entry.parameters]
    assert counts == [156, 2_416, 48_120, 10_164, 850]
    assert ledger.totals.parameters == 61_706


GOOGLENET_TABLE_1 = {
    "3a": (256, 28), "3b": (480, 28), "4a": (512, 14), "4b": (512, 14), "4c": (512, 14), "4d": (528, 14),
    "4e": (832, 14), "5a": (832, 7), "5b": (1_024, 7),
}  # fmt: skip
"""Szegedy et al. 2014, table 1: output maps of each inception module and their size."""


@pytest.mark.parametrize("module", GOOGLENET_TABLE_1)
@pytest.mark.parametrize(
    ("name", "path"), [("googlenet/2014", "inception_{}/output"), ("googlenet", "inception{}.cat")]
)
def test_googlenets_inception_modules(name: str, path: str, module: str) -> None:
    maps, size = GOOGLENET_TABLE_1[module]
    assert ledger_of(name)[path.format(module)].outputs[0] == (maps, size, size)
