"""``--as NETWORK``: torchvision's own state dicts against the catalogue, and every kind of misfit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from netledger.errors import UsageError
from netledger.ledger import keep_books
from netledger.ledger.stored_tensors import books_as, match_tensors
from netledger.network import Layer, Network, Tensor
from netledger.notation import parse
from netledger.sources import read, read_file

SHAPES = {
    "features.0": (64, 3, 11, 11), "features.3": (192, 64, 5, 5), "features.6": (384, 192, 3, 3),
    "features.8": (256, 384, 3, 3), "features.10": (256, 256, 3, 3), "classifier.1": (4096, 9216),
    "classifier.4": (4096, 4096), "classifier.6": (1000, 4096),
}  # fmt: skip
"""torchvision's AlexNet, as its published weights file has it."""


def tensors(prefix: str = "", shapes: dict[str, tuple[int, ...]] = SHAPES) -> list[Tensor]:
    return [
        tensor
        for path, shape in shapes.items()
        for tensor in (
            Tensor(f"{prefix}{path}.weight", "weight", shape),
            Tensor(f"{prefix}{path}.bias", "bias", shape[:1]),
        )
    ]


def file(held: list[Tensor]) -> Network:
    return Network("file", [Layer(tensor.name, "tensors", outputs=(), tensors=(tensor,)) for tensor in held])


@pytest.mark.parametrize("prefix", ["", "module.", "state_dict.model."])
def test_alexnet_s_own_file_is_the_second_entry_of_its_books(prefix: str) -> None:
    ledger = books_as(read("alexnet/torchvision"), file(tensors(prefix)))
    assert ledger.total_params == 61_100_840
    assert ledger.discrepancies == ()
    assert [e.agrees for entry in ledger for e in entry.evidence if e.kind == "shapes"] == [True] * 8


def test_real_files_are_matched(tmp_path: Path) -> None:
    saved = {tensor.name: torch.zeros(tensor.shape, dtype=torch.float16) for tensor in tensors()}
    torch.save({"state_dict": saved, "epoch": 90}, tmp_path / "checkpoint.pt")
    save_file(saved, tmp_path / "model.safetensors")
    for name in ("checkpoint.pt", "model.safetensors"):
        ledger = books_as(read("alexnet/torchvision"), read_file(str(tmp_path / name)))
        assert (ledger.total_params, ledger.discrepancies) == (61_100_840, ())


def test_what_does_not_fit_is_listed() -> None:
    held = [t for t in tensors() if t.name != "features.3.bias"]
    held = [t.replace(shape=(10, 4096)) if t.name == "classifier.6.weight" else t for t in held]
    ledger = books_as(read("alexnet/torchvision"), file([*held, Tensor("extra.weight", "weight", (3, 3))]))
    assert [(d.path, d.what, d.by_formula, d.by_shape) for d in ledger.discrepancies] == [
        ("classifier.6", "weight (classifier.6.weight)", "1000×4096", "10×4096"),
        ("features.3", "bias, a missing tensor", "192", "nothing"),
        ("extra.weight", "an extra tensor", "nothing", "3×3"),
    ]


def test_names_of_another_world_are_matched_by_shape() -> None:
    named = {f"conv{i}" if len(s) == 4 else f"fc{i}": s for i, s in enumerate(SHAPES.values(), 1)}
    in_disorder = sorted(tensors("", named), key=lambda tensor: tensor.name)
    matched = match_tensors(read("alexnet/torchvision"), in_disorder)
    assert (matched.by, matched.missing, matched.extra, matched.misshapen) == ("shapes", (), (), ())
    assert [t.name for t in matched.network["features.10"].tensors] == ["conv5.weight", "conv5.bias"]
    notes = books_as(read("alexnet/torchvision"), file(in_disorder)).network.notes
    assert "their shapes and order" in notes[0]


def test_equal_layers_are_matched_in_the_order_of_counting() -> None:
    text = "x = input(4)\n" + "\n".join([f'l{i} = linear(4, name="block.{i}")' for i in range(12)])
    held = [Tensor(f"enc_{i}.w", "weight", (4, 4)) for i in (11, 2, 10, 1, 0, 3, 4, 5, 6, 7, 8, 9)]
    held += [Tensor(f"enc_{i}.b", "bias", (4,)) for i in range(12)]
    matched = match_tensors(parse(text, name="t"), held)
    assert [matched.network[f"block.{i}"].tensors[0].name for i in range(12)] == [f"enc_{i}.w" for i in range(12)]


def test_running_statistics_find_their_slots() -> None:
    net = parse("x = input(3, 8, 8)\nbn = batch_norm()", name="t")
    roles = {
        "weight": "weight",
        "bias": "bias",
        "running_mean": "running_statistic",
        "running_var": "running_statistic",
    }
    held = [Tensor(f"bn.{name}", role, (3,)) for name, role in roles.items()]
    held.append(Tensor("bn.num_batches_tracked", "buffer", (), "int64"))
    ledger = books_as(net, file(held))
    assert (ledger.total_params, ledger.totals.buffers, ledger.discrepancies) == (6, 6, ())


def test_packed_weights_fit_by_their_logical_values() -> None:
    net = Network("n", (Layer("fc", "linear", {"out_features": 64, "in_features": 32, "bias": False}),))
    packed = Tensor("fc.weight", "weight", (1024, 1), "uint8", elements=2048)
    assert books_as(net, file([packed])).discrepancies == ()


def test_an_optimizer_s_state_is_left_aside() -> None:
    net = Network("n", (Layer("fc", "linear", {"out_features": 2, "in_features": 3, "bias": False}),))
    held = [Tensor("fc.weight", "weight", (2, 3)), Tensor("opt.fc.weight", "state", (2, 3))]
    assert match_tensors(net, held).extra == ()


def test_a_layer_without_any_tensor_is_missing_and_counted_by_formula() -> None:
    ledger = books_as(read("alexnet/torchvision"), file(tensors()[:-2]))
    assert [d.path for d in ledger.discrepancies] == ["classifier.6", "classifier.6"]
    assert keep_books(read("alexnet/torchvision"))["classifier.6"].parameters == ledger["classifier.6"].parameters


def test_folded_files_are_not_matched() -> None:
    with pytest.raises(UsageError, match="too many tensors"):
        match_tensors(read("alexnet"), [Tensor("layers.*.w", "weight", (2,))])
