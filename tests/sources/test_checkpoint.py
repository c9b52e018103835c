"""PyTorch checkpoints: against what ``torch.load`` gives, in every format that ``torch.save`` has had."""

from __future__ import annotations

import collections
import io
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import nn

from netledger.errors import FormatError
from netledger.ledger import keep_books
from netledger.network import Network
from netledger.sources import read_file
from netledger.sources.tensors.torch_files import beside
from netledger.unknown import Unknown
from tests.sources.builders import checkpoint, state_dict, tensor, write

warnings.filterwarnings("ignore", category=UserWarning)

quiet = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.bool, torch.complex64, torch.complex128, torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16,
]  # fmt: skip
tensors = st.builds(
    lambda shape, dtype: torch.zeros(shape, dtype=dtype),
    st.lists(st.integers(0, 4), max_size=4),
    st.sampled_from(DTYPES),
)
names = st.text("abc_.", min_size=1, max_size=6).filter(lambda name: name not in ("state", "param_groups"))
nested = st.recursive(
    tensors | st.integers() | st.text(max_size=4) | st.none(),
    lambda inner: st.dictionaries(names, inner, max_size=4) | st.lists(inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=8,
)


def found(value: object) -> list[torch.Tensor]:
    """Every tensor of a nested value, the way anybody would look for them."""
    if isinstance(value, torch.Tensor):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [tensor for item in inner for tensor in found(item)]


def save(path: Path, value: object, *, legacy: bool = False) -> str:
    torch.save(value, path, _use_new_zipfile_serialization=not legacy)
    return str(path)


@quiet
@given(st.dictionaries(names, nested, max_size=5), st.booleans())
def test_every_tensor_is_found_with_its_shape(tmp_path: Path, value: dict[str, object], legacy: bool) -> None:
    new_types = (torch.uint16, torch.float8_e4m3fn, torch.float8_e5m2)  # torch.load fails on them in the old format
    legacy = legacy and not any(tensor.dtype in new_types for tensor in found(value))
    path = save(tmp_path / "model.pt", value, legacy=legacy)
    theirs = [(tuple(t.shape), str(t.dtype).removeprefix("torch.")) for t in found(torch.load(path))]
    ours = [(tensor.shape, tensor.dtype) for tensor in read_file(path).tensors]
    assert sorted(ours) == sorted(theirs)
    assert sum(t.bytes for t in read_file(path).tensors) == sum(t.numel() * t.element_size() for t in found(value))


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Sequential(nn.Linear(8, 4), nn.Linear(4, 2, bias=False))
    )


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def buffers(module: nn.Module) -> int:
    return sum(b.numel() for b in module.buffers())


def books(path: str) -> tuple[int, int]:
    totals = keep_books(read_file(path)).totals
    return int(totals.parameters), int(totals.buffers)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("what", ["state dict", "whole module", "parameters", "within"])
def test_parameters_and_buffers_of_a_model(tmp_path: Path, model: nn.Module, what: str, legacy: bool) -> None:
    value = {
        "state dict": model.state_dict(),
        "whole module": model,
        "parameters": dict(model.named_parameters()),
        "within": {"epoch": 3, "state_dict": model.state_dict(), "args": {"lr": 0.1}},
    }[what]
    path = save(tmp_path / "model.pt", value, legacy=legacy)
    assert books(path) == (parameters(model), 0 if what == "parameters" else buffers(model))


def test_a_whole_module_has_the_paths_of_its_state_dict(tmp_path: Path, model: nn.Module) -> None:
    network = read_file(save(tmp_path / "model.pt", model))
    assert {tensor.name for tensor in network.tensors} == set(model.state_dict())
    assert any(note.startswith("calls not followed: torch.nn.modules.container.Sequential") for note in network.notes)


def test_a_scripted_module_has_the_paths_of_its_state_dict(tmp_path: Path, model: nn.Module) -> None:
    path = str(tmp_path / "script.pt")
    torch.jit.save(torch.jit.script(model), path)
    network = read_file(path)
    assert {tensor.name for tensor in network.tensors} == set(model.state_dict())
    assert books(path) == (parameters(model), buffers(model))
    assert "a TorchScript archive: its code tells parameters from buffers" in network.notes


class Sums(nn.Module):
    """What names do not tell: a parameter called mask, a buffer called weight."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = nn.Parameter(torch.zeros(7))
        self.register_buffer("weight", torch.zeros(5))
        self.fc = nn.Linear(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


@pytest.mark.parametrize("made", [torch.jit.script, lambda module: torch.jit.trace(module, torch.zeros(1, 3))])
def test_the_code_of_a_script_tells_parameters_from_buffers(tmp_path: Path, made: object) -> None:
    path = str(tmp_path / "m.pt")
    made(Sums()).save(path)  # type: ignore[operator]
    assert books(path) == (7 + 3 * 4 + 4, 5)


def test_the_weights_of_a_frozen_archive_are_counted(tmp_path: Path) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3, groups=8, bias=False))
            self.norm, self.out = nn.LayerNorm(8), nn.Linear(8, 5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.out(self.norm(self.body(x).mean((2, 3))))

    net, path = Net().eval(), str(tmp_path / "m.pt")
    torch.jit.freeze(torch.jit.trace(net, torch.zeros(1, 3, 9, 9))).save(path)
    assert books(path)[0] == parameters(net)


def test_a_frozen_table_that_no_layer_reads_is_unknown(tmp_path: Path) -> None:
    class Shift(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(torch.zeros(6))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.table

    path = str(tmp_path / "m.pt")
    torch.jit.freeze(torch.jit.trace(Shift().eval(), torch.zeros(1, 6))).save(path)
    totals = keep_books(read_file(path)).totals
    assert not isinstance(totals.parameters, int)
    assert "frozen" in next(iter(totals.parameters.unknowns)).reason


@pytest.mark.parametrize("whole", [True, False])
def test_a_distributed_checkpoint(tmp_path: Path, model: nn.Module, whole: bool) -> None:
    """Its ``.metadata`` lists every shape; the folder is read as it."""
    from torch.distributed import checkpoint as distributed

    optimizer = {"state.0.exp_avg": torch.zeros(4, 4)}
    distributed.save({"model": model.state_dict(), "optimizer": optimizer}, checkpoint_id=str(tmp_path / "step"))
    path = str(tmp_path / "step") if whole else str(tmp_path / "step" / ".metadata")
    network = read_file(path)
    assert books(path) == (parameters(model), buffers(model))
    assert {t.name.removeprefix("model.") for t in network.tensors if t.role != "state"} == set(model.state_dict())
    assert sum(t.bytes for t in network.tensors if t.role == "state") == 64
    stored = sum(t.numel() for t in model.state_dict().values()) + 16  # as many as the chunks that the files hold
    assert [(one.ours, one.theirs) for one in keep_books(network).evidence if one.kind == "file size"] == [
        (stored, stored)
    ]


def test_an_exported_program(tmp_path: Path, model: nn.Module) -> None:
    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.model[2](self.model[1](self.model[0](x)).mean((2, 3)))

    path = str(tmp_path / "m.pt2")
    torch.export.save(torch.export.export(Pooled().eval(), (torch.zeros(1, 3, 8, 8),)), path)
    assert books(path) == (parameters(model), buffers(model))


def test_what_training_keeps_beside_the_weights(tmp_path: Path) -> None:
    held = {
        "model": {"w.weight": torch.zeros(3, 3)},
        "rng_state": torch.get_rng_state(),
        "cuda_rng_state": [torch.get_rng_state()],
    }
    assert books(save(tmp_path / "m.pt", held)) == (9, 0)
    schedule = {"betas": torch.zeros(10), "alphas_cumprod": torch.zeros(10), "unet.weight": torch.zeros(3, 3)}
    assert books(save(tmp_path / "d.pt", schedule)) == (9, 20)


@pytest.mark.parametrize("normalised", [nn.utils.spectral_norm, nn.utils.parametrizations.spectral_norm])
def test_the_vectors_of_spectral_normalisation(tmp_path: Path, normalised: object) -> None:
    layer = normalised(nn.Linear(10, 20))  # type: ignore[operator]
    for value in (layer, nn.Sequential(layer)):
        path = save(tmp_path / "m.pt", value.state_dict())
        assert books(path) == (220, 30)


def test_parameters_that_zeros_third_stage_left_empty(tmp_path: Path) -> None:
    held = {
        "module": {"a.weight": torch.empty(0), "a.bias": torch.empty(0)},
        "param_shapes": [{"a.weight": torch.Size([5, 3]), "a.bias": torch.Size([5])}],
    }
    assert books(save(tmp_path / "zero_pp_rank_0_mp_rank_00_model_states.pt", held)) == (20, 0)


def test_the_state_of_an_optimizer_is_no_parameter(tmp_path: Path, model: nn.Module) -> None:
    optimizer = torch.optim.Adam(model.parameters())
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step()
    path = save(tmp_path / "both.pt", {"model": model.state_dict(), "opt": optimizer.state_dict()})
    assert books(path) == (parameters(model), buffers(model))
    state = [tensor for tensor in read_file(path).tensors if tensor.role == "state"]
    assert sum(tensor.count for tensor in state) == 2 * parameters(model) + len(list(model.parameters()))
    assert any(note.startswith("state of training, no parameters: 21 tensors") for note in read_file(path).notes)


# ---------------------------------------------------------------------- storages


def only(network: Network) -> dict[str, int | Unknown]:
    return {tensor.name: tensor.count for tensor in network.tensors}


def test_tied_weights_are_counted_once(tmp_path: Path) -> None:
    weight = torch.zeros(10, 4)
    path = save(tmp_path / "m.pt", {"wte.weight": weight, "lm_head.weight": weight, "same.weight": weight.t()})
    ledger = keep_books(read_file(path))
    assert ledger.total_params == 40
    assert [entry.tied_to for entry in ledger] == [None, "wte", "wte"]


def test_two_names_in_one_module_are_counted_once(tmp_path: Path) -> None:
    weight = torch.zeros(10, 4)
    path = save(tmp_path / "m.pt", {"a.weight": weight, "a.copy": weight})
    assert books(path) == (40, 0)


views = st.lists(
    st.tuples(st.lists(st.integers(0, 4), max_size=3), st.lists(st.integers(0, 6), max_size=3), st.integers(0, 8)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(views)
def test_the_elements_of_any_views_are_counted_once(
    tmp_path: Path, wanted: list[tuple[list[int], list[int], int]]
) -> None:
    """Against the plain truth: the set of the addresses that the views reach."""
    base = torch.zeros(64)
    made, addresses = {}, set()
    for i, (size, stride, offset) in enumerate(wanted):
        rank = min(len(size), len(stride))
        made[f"v{i}"] = torch.as_strided(base, size[:rank], stride[:rank], offset)
        addresses |= set(torch.as_strided(torch.arange(64), size[:rank], stride[:rank], offset).flatten().tolist())
    totals = keep_books(read_file(save(tmp_path / "m.pt", made))).totals
    if isinstance(totals.parameters, int):
        assert int(totals.parameters) == len(addresses)
    else:
        assert totals.parameters.exact <= len(addresses)


def test_slices_of_one_storage_are_all_counted(tmp_path: Path) -> None:
    flat = torch.zeros(100)
    path = save(tmp_path / "m.pt", {"a": flat[:40].view(4, 10), "b": flat[40:70], "c": flat.view(10, 10)[:, 7:]})
    assert books(path) == (40 + 30 + 9, 0)  # of the 30 in c's columns, 21 lie in a and b
    assert "21 bytes" not in " ".join(read_file(path).notes)


def test_what_no_tensor_uses_is_remarked(tmp_path: Path) -> None:
    path = save(tmp_path / "m.pt", {"w": torch.zeros(1000)[:10]})
    assert books(path) == (10, 0)
    assert "3,960 bytes are stored that no tensor uses" in read_file(path).notes


def test_an_expanded_tensor_is_one_element(tmp_path: Path) -> None:
    path = save(tmp_path / "m.pt", {"w": torch.zeros(1).expand(1 << 40)})
    assert books(path) == (1, 0)
    assert f"view 'w' shows {1 << 40:,} values: 1 counted, the rest is the same storage again" in read_file(path).notes


# ---------------------------------------------------------------------- other tensors


def test_quantised_tensors(tmp_path: Path) -> None:
    q = torch.quantize_per_tensor(torch.zeros(6, 4), 0.1, 0, torch.qint8)
    channels = torch.quantize_per_channel(torch.zeros(6, 4), torch.ones(6), torch.zeros(6), 0, torch.qint8)
    network = read_file(save(tmp_path / "m.pt", {"a.weight": q, "b.weight": channels}))
    weights = [t for t in network.tensors if t.role == "weight"]
    assert [(t.shape, t.dtype, t.bytes) for t in weights] == [((6, 4), "int8", 24)] * 2


def test_sparse_tensors_count_what_is_stored(tmp_path: Path) -> None:
    dense = torch.eye(5)
    network = read_file(save(tmp_path / "m.pt", {"coo": dense.to_sparse(), "csr": dense.to_sparse_csr()}))
    assert {tensor.name: tensor.count for tensor in network.tensors if tensor.learned} == {"coo": 5, "csr": 5}
    assert {tensor.role for tensor in network.tensors if not tensor.learned} == {"constant"}
    assert _stored_evidence(tmp_path / "m.pt", network)


def _stored_evidence(path: Path, network: Network) -> bool:
    """Whether the books hold the bytes that the archive's own directory lists, and the ledger says so."""
    with zipfile.ZipFile(path) as archive:
        there = [m.file_size for m in archive.infolist() if "/data/" in m.filename or m.filename.endswith(".storage")]
    said = {evidence.what: evidence for evidence in keep_books(network).evidence}
    found = said["bytes of the stored tensors"]
    return (found.ours, found.theirs, found.agrees) == (sum(there), sum(there), True)


@pytest.mark.parametrize(
    "content",
    [
        lambda: {"w.weight": torch.zeros(3, 4), "tied": torch.zeros(1).expand(100)},
        lambda: {"part": torch.zeros(1000)[10:20]},
        lambda: (lambda whole: {"a": whole[:6], "b": whole[3:9], "c": whole, "d": whole.view(4, 3)})(torch.zeros(12)),
        lambda: {"q": torch.quantize_per_channel(torch.ones(4, 8), torch.ones(4), torch.zeros(4), 0, torch.qint8)},
        lambda: {"n": torch.nested.nested_tensor([torch.ones(3, 4), torch.ones(2, 4)])},
        lambda: {"optimizer": {"state": {0: {"m": torch.zeros(9)}}, "param_groups": []}, "rng_state": torch.zeros(5)},
        lambda: nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2)),
        lambda: [torch.zeros(3, dtype=torch.complex64), {"deep": (torch.zeros(2, dtype=torch.bfloat16),)}],
    ],
    ids=["expanded", "a part", "overlapping", "quantised", "nested", "training", "a module", "lists"],
)
def test_bytes_booked_are_bytes_stored(tmp_path: Path, content: object) -> None:
    path = tmp_path / "m.pt"
    torch.save(content(), path)  # type: ignore[operator]
    assert _stored_evidence(path, read_file(str(path)))


def test_a_package_of_torch_package(tmp_path: Path) -> None:
    path = tmp_path / "package.pt"
    module = nn.Sequential(nn.Linear(10, 20), nn.BatchNorm1d(20), nn.Linear(20, 3))
    with torch.package.PackageExporter(str(path)) as exporter:
        exporter.extern("torch.**")
        exporter.save_pickle("model", "model.pkl", module)
        exporter.save_pickle("more", "head.pkl", {"head.weight": torch.zeros(7, 3)})
    network = read_file(str(path))
    learned = sum(parameter.numel() for parameter in module.parameters()) + 21
    totals = keep_books(network).totals
    assert (totals.parameters, totals.buffers) == (learned, sum(b.numel() for b in module.buffers()))
    assert _stored_evidence(path, network)


class Holder:
    """What a package may keep its networks in."""

    def __init__(self, *networks: nn.Module) -> None:
        self.networks = networks


def test_scripts_in_a_package_of_torch_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripted modules lie beside the pickle that refers to them, which may bear any name."""
    monkeypatch.setattr(torch.package.package_exporter, "_gate_torchscript_serialization", False)  # PyTorch's "beta"
    scripts = [torch.jit.script(nn.Sequential(nn.Linear(10, n), nn.BatchNorm1d(n))) for n in (20, 30, 40)]
    path = tmp_path / "package.pt"
    with torch.package.PackageExporter(str(path)) as exporter:
        exporter.extern(["torch.**", "tests.**"])
        exporter.save_text("notes", "readme.txt", "no pickle")
        exporter.save_pickle("models", "accents", Holder(*scripts, nn.Linear(5, 3)))
    network = read_file(str(path))
    totals = keep_books(network).totals
    learned = sum(parameter.numel() for script in scripts for parameter in script.parameters())
    assert totals.parameters == learned + 5 * 3 + 3
    assert totals.buffers == sum(buffer.numel() for script in scripts for buffer in script.buffers())
    assert _stored_evidence(path, network)


def test_meta_tensors_are_named_and_not_stored(tmp_path: Path) -> None:
    network = read_file(save(tmp_path / "m.pt", {"w": torch.zeros(6, 4, device="meta", dtype=torch.float16)}))
    (held,) = network.tensors
    assert (held.count, held.dtype, isinstance(held.bytes, Unknown)) == (24, "float16", True)


def test_parameters_that_are_frozen(tmp_path: Path) -> None:
    value = {"a": nn.Parameter(torch.zeros(4)), "b": nn.Parameter(torch.zeros(6), requires_grad=False)}
    totals = keep_books(read_file(save(tmp_path / "m.pt", value))).totals
    assert (int(totals.parameters), int(totals.frozen)) == (10, 6)


def test_nested_tensors_and_subclasses(tmp_path: Path) -> None:
    class Own(torch.Tensor):
        pass

    globals()["Own"] = Own
    Own.__qualname__, Own.__module__ = "Own", __name__
    own = torch.zeros(3, 2).as_subclass(Own)
    assert only(read_file(save(tmp_path / "m.pt", {"own": own}))) == {"own": 6}


def test_a_bare_pickle_of_numpy_arrays(tmp_path: Path) -> None:
    value = {"blobs": {"conv1_w": np.zeros((4, 3), np.float32), "lr": np.float64(0.1)}, "names": ["a"]}
    path = tmp_path / "model.pkl"
    for protocol in (2, 3, 4, 5):
        path.write_bytes(pickle.dumps(value, protocol))
        assert only(read_file(str(path))) == {"blobs.conv1_w": 12}


def test_shards_of_pickles(tmp_path: Path) -> None:
    save(tmp_path / "pytorch_model-1.bin", {"a.weight": torch.zeros(4, 4)})
    save(tmp_path / "pytorch_model-2.bin", {"b.weight": torch.zeros(3)})
    mapping = '{"metadata": {}, "weight_map": {"a.weight": "pytorch_model-1.bin", "b.weight": "pytorch_model-2.bin"}}'
    path = write(tmp_path, "pytorch_model.bin.index.json", mapping.encode())
    assert books(path) == (19, 0)


def test_an_ordered_dict_of_protocol_0(tmp_path: Path) -> None:
    value = collections.OrderedDict(a=np.zeros(3, np.float32), b=[1, 2.5, "x", True, None, 10**20, "ü"])
    path = tmp_path / "old.pkl"
    path.write_bytes(pickle.dumps(value, 0))
    assert only(read_file(str(path), format="checkpoint")) == {"a": 3}


# ---------------------------------------------------------------------- nothing is run, nothing is believed


def test_nothing_is_called(tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    class Bad:
        def __reduce__(self) -> tuple[object, ...]:
            return (eval, (f"open({str(marker)!r}, 'w')",))

    held = io.BytesIO()
    torch.save({"w": torch.zeros(3), "bad": Bad()}, held)
    path = write(tmp_path, "model.pt", held.getvalue())
    network = read_file(path)
    assert not marker.exists()
    assert "calls not followed: __builtin__.eval" in network.notes
    assert only(network) == {"w": 3}


def test_a_storage_that_declares_more_than_is_there(tmp_path: Path) -> None:
    raw = checkpoint(state_dict(w=tensor("0", (1 << 40,), (1,))), {"0": b"abcd"})
    with pytest.raises(FormatError, match=r"storage '0' declares 1,099,511,627,776 elements, its 4 bytes hold fewer"):
        read_file(write(tmp_path, "model.pt", raw))


def test_a_truncated_legacy_file(tmp_path: Path, model: nn.Module) -> None:
    path = Path(save(tmp_path / "m.pt", model.state_dict(), legacy=True))
    whole = path.read_bytes()
    for cut in (1, 9, len(whole) // 2, len(whole) - 20):
        path.write_bytes(whole[:-cut])
        with pytest.raises(FormatError):
            read_file(str(path))


def test_a_checkpoint_packed_by_another_zip_is_read(tmp_path: Path) -> None:
    held = io.BytesIO()
    torch.save({"w": torch.zeros(300)}, held)
    path = tmp_path / "m.pt"
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert books(str(path)) == (300, 0)


@pytest.mark.parametrize("swapped", [False, True])
def test_views_count_alike_in_whichever_order_they_are_booked(tmp_path: Path, swapped: bool) -> None:
    """A part may stand in a module that comes first in the books, though the whole was met before it."""
    whole = torch.zeros(12)
    parts = {"a.first": torch.zeros(1), "b.whole": whole, "a.part": whole[2:5], "c.again": whole[2:5]}
    content = dict(reversed(parts.items())) if swapped else parts
    network = read_file(save(tmp_path / "m.pt", content))
    assert keep_books(network).total_params == 13
    assert _stored_evidence(tmp_path / "m.pt", network)


# ---------------------------------------------------------------------- tensors of a class of their own


class Wrapped(torch.Tensor):
    """A tensor that others are kept for, as torchao's are: ``shape`` and ``dtype`` are its own, the values packed."""

    @staticmethod
    def __new__(cls, shape, parts):
        return torch.Tensor._make_wrapper_subclass(cls, shape, dtype=torch.bfloat16)

    def __init__(self, shape, parts):
        for i, part in enumerate(parts):
            setattr(self, f"part{i}", part)

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise NotImplementedError(func)


def saved(path: Path, value: object) -> Network:
    torch.save(value, path)
    return read_file(str(path))


def test_a_packed_tensor_is_what_its_user_sees(tmp_path: Path) -> None:
    """Two values a byte with a scale for each 32: 512 · 256 values; every stored byte is booked once."""
    packed = Wrapped((512, 256), [torch.zeros(512, 8), torch.zeros(512, 128, dtype=torch.uint8)])
    ledger = keep_books(
        saved(tmp_path / "m.pt", {"fc.weight": packed, "fc.again": packed, "fc.bias": torch.zeros(512)})
    )
    assert ledger.total_params == 512 * 256 + 512
    stored = {check.what: (check.ours, check.theirs) for check in ledger.evidence if check.kind == "file size"}
    assert stored["bytes of the stored tensors"] == (512 * 128 + 4 * 512 * 8 + 4 * 512,) * 2
    assert stored["elements of the stored tensors"] == (512 * 128 + 512 * 8 + 512,) * 2


def test_a_tensor_of_two_alike_is_unknown(tmp_path: Path) -> None:
    pair = Wrapped((4, 4), [torch.zeros(4, 4), torch.ones(4, 4)])
    totals = keep_books(saved(tmp_path / "m.pt", {"fc.weight": pair, "fc.bias": torch.zeros(4)})).totals
    assert str(totals.parameters) == "≥ 4"


def test_the_part_of_one_process(tmp_path: Path) -> None:
    """DTensor: a quarter of the rows is here; the tensor is the whole one, and that is said."""
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Shard, distribute_tensor
    from torch.testing._internal.distributed.fake_pg import FakeStore

    dist.init_process_group("fake", rank=0, world_size=4, store=FakeStore())
    try:
        mesh = init_device_mesh("cpu", (4,))
        network = saved(tmp_path / "m.pt", {"fc.weight": distribute_tensor(torch.zeros(64, 32), mesh, [Shard(0)])})
    finally:
        dist.destroy_process_group()
    assert keep_books(network).total_params == 64 * 32
    assert "'fc.weight' is counted whole, 2,048 values: 512 are here, others elsewhere" in network.notes


# ---------------------------------------------------------------------- what training keeps beside what it learned


class Attributes(nn.Module):
    """A parameter, a buffer and a tensor that is neither."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(4, 4))
        self.register_buffer("pos", torch.zeros(10, 4))
        self.cache = torch.zeros(99)


def observed() -> nn.Module:
    from torch.ao import quantization

    model = nn.Sequential(nn.Linear(4, 4)).train()
    model.qconfig = quantization.get_default_qat_qconfig("fbgemm")  # type: ignore[assignment]
    return quantization.prepare_qat(model)  # type: ignore[no-any-return]


def pruned() -> nn.Module:
    from torch.nn.utils import prune

    return prune.l1_unstructured(nn.Linear(8, 16), "weight", 0.5)


@pytest.mark.parametrize(("make", "whole"), [(Attributes, True), (observed, False), (pruned, False)])
def test_as_many_parameters_as_pytorch_says(tmp_path: Path, make: object, whole: bool) -> None:
    model = make()  # type: ignore[operator]
    network = saved(tmp_path / "m.pt", model if whole else model.state_dict())
    assert keep_books(network).total_params == sum(parameter.numel() for parameter in model.parameters())


def test_schedules_averages_and_generators_are_not_learned(tmp_path: Path) -> None:
    """The buffers that guided-diffusion and LDM register; what generators of PyTorch and Python are restored from."""
    steps = ("betas", "alphas", "alphas_cumprod", "p2_loss_weight", "log_alphas_cumprod")
    held = {
        **{name: torch.zeros(1000) for name in steps},
        "scale_factor": torch.tensor(0.18),
        "model.fc.weight": torch.zeros(4, 4),
        "model_ema.decay": torch.tensor(0.9),
        "model_ema.num_updates": torch.tensor(3),
    }
    rest = {"rng": {"torch": torch.get_rng_state()}, "random_states": (torch.get_rng_state(),)}
    network = saved(tmp_path / "m.pt", {"state_dict": held, **rest, "torch_rng": torch.get_rng_state()})
    totals = keep_books(network).totals
    assert (totals.parameters, totals.buffers) == (16, 5 * 1000 + 3)


def test_what_stands_beside_a_network_is_no_parameter_of_it(tmp_path: Path, model: nn.Module) -> None:
    """Records by their names; gradients by theirs, though they bear the parameters' names; a parameter is one."""
    expected = (parameters(model), buffers(model))
    beside: dict[str, object] = {
        "class_weights": torch.ones(10),
        "mean": torch.zeros(3),
        "loss_history": torch.zeros(50),
        "callbacks": {"best": {"best_model_score": torch.zeros(2)}},
        "train_data": torch.zeros(7, 3),
        "permutation": torch.zeros(9, dtype=torch.int64),
        "grads": {name: torch.zeros_like(value) for name, value in model.named_parameters()},
    }
    for key, value in beside.items():
        assert books(save(tmp_path / "m.pt", {"model": model.state_dict(), key: value})) == expected, key
    saved = {"model": model.state_dict(), "log_alpha": nn.Parameter(torch.zeros(5))}
    assert books(save(tmp_path / "m.pt", saved)) == (expected[0] + 5, expected[1])


def test_what_stands_beside_a_network_under_any_name_may_be_learned(tmp_path: Path, model: nn.Module) -> None:
    path = save(tmp_path / "m.pt", {"encoder": model.state_dict(), "prompts": torch.zeros(4, 8)})
    totals = keep_books(read_file(path)).totals
    assert not isinstance(totals.parameters, int)
    assert totals.parameters.exact == parameters(model)
    assert "beside" in next(iter(totals.parameters.unknowns)).reason


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("made", [torch.jit.script, lambda module: torch.jit.trace(module, torch.zeros(2, 7, 6))])
def test_a_frozen_recurrent_network(tmp_path: Path, cell: type[nn.RNNBase], made: object) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.out = cell(6, 5, num_layers=2, bidirectional=True, batch_first=True), nn.Linear(10, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.out(self.cell(x)[0])  # type: ignore[no-any-return]

    net, path = Net().eval(), str(tmp_path / "m.pt")
    torch.jit.freeze(made(net)).save(path)  # type: ignore[operator]
    assert books(path)[0] == parameters(net)


def test_a_frozen_network_that_keeps_some_of_its_parameters(tmp_path: Path) -> None:
    """The encoder's fast path reads two weights as attributes: what is constant beside them is learned all the same."""
    net, path = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), str(tmp_path / "m.pt")
    torch.jit.freeze(torch.jit.script(net)).save(path)
    totals = keep_books(read_file(path)).totals
    assert totals.parameters <= parameters(net) if isinstance(totals.parameters, int) else totals.parameters.exact > 500


def test_frozen_quantised_layers(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 4)).eval()
    path = str(tmp_path / "m.pt")
    torch.jit.freeze(torch.jit.script(torch.ao.quantization.quantize_dynamic(net, dtype=torch.qint8))).save(path)
    assert books(path)[0] == parameters(net)


def test_a_distributed_checkpoint_of_tied_weights(tmp_path: Path) -> None:
    """It writes both names' copies: one is counted, and the optimizer's state is none, wherever it stands."""
    from torch.distributed import checkpoint as distributed

    net = nn.Sequential(nn.Embedding(20, 10), nn.Linear(10, 20, bias=False), nn.LayerNorm(20), nn.LayerNorm(20))
    net[1].weight = net[0].weight
    optimizer = {"state": {"0.weight": {"exp_avg": torch.zeros(20, 10), "step": torch.tensor(1.0)}}}
    whole = {"app": {"model": net.state_dict(), "optim": optimizer}}
    distributed.save(whole, checkpoint_id=str(tmp_path / "step"))
    path = str(tmp_path / "step")
    assert books(path) == (parameters(net), 0)
    network = read_file(path)
    assert "'app.model.1.weight' repeats the bytes of 'app.model.0.weight': tied, counted once" in network.notes
    assert sum(tensor.count for tensor in network.tensors if tensor.role == "constant") == 200


def test_class_weights_and_bases_are_buffers(tmp_path: Path) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.utils.parametrizations.orthogonal(nn.Linear(6, 6))
            self.loss, self.other = nn.CrossEntropyLoss(torch.ones(6)), nn.BCEWithLogitsLoss(pos_weight=torch.ones(6))

    assert books(save(tmp_path / "m.pt", Net().state_dict())) == (parameters(Net()), buffers(Net()))


class Scaled(torch.Tensor):
    """Small integers and their scale, seen as a float tensor, as Quanto and torchao keep weights."""

    @staticmethod
    def __new__(cls, data: torch.Tensor, scale: torch.Tensor) -> Scaled:
        made = torch.Tensor._make_wrapper_subclass(cls, data.size(), dtype=torch.float32)  # type: ignore[attr-defined]
        made.kept = {"data": data, "scale": scale}
        return made  # type: ignore[no-any-return]

    @classmethod
    def __torch_dispatch__(cls, call: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return Scaled(**args[0].kept) if "detach" in str(call) else NotImplemented


def test_a_tensor_of_a_class_of_its_own_in_a_module_keeps_its_scales(tmp_path: Path) -> None:
    layer = nn.Linear(6, 5)
    layer.weight = nn.Parameter(Scaled(torch.zeros(5, 6, dtype=torch.int8), torch.ones(5, 1)), requires_grad=False)
    path = str(tmp_path / "m.pt")
    torch.save(layer, path)
    assert books(path) == (35, 0)


@pytest.mark.parametrize("library", ["sklearn.neural_network._multilayer_perceptron", "xgboost.sklearn"])
def test_pickled_models_of_other_libraries_are_refused_by_name(tmp_path: Path, library: str) -> None:
    path = tmp_path / "m.pkl"
    path.write_bytes(b"\x80\x04c" + library.encode() + b"\nModel\n)\x81}b.")
    with pytest.raises(FormatError, match="pickled model of"):
        read_file(str(path))


def test_paddles_parameters_and_its_optimizers_state(tmp_path: Path) -> None:
    weights = {"0.weight": np.zeros((3, 4), np.float32), "1._mean": np.zeros(4, np.float32)}
    (tmp_path / "m.pdparams").write_bytes(pickle.dumps(weights, protocol=4))
    assert books(str(tmp_path / "m.pdparams")) == (12, 4)
    state = {"linear_0.w_0_moment1_0": np.zeros((3, 4), np.float32), "linear_0.w_0_beta1_pow_acc_0": np.zeros(1)}
    (tmp_path / "m.pdopt").write_bytes(pickle.dumps(state, protocol=4))
    assert books(str(tmp_path / "m.pdopt")) == (0, 0)
    halves = {"0.weight": (3, 4), "0.bias": (4,), "1._mean": (4,)}  # as Paddle keeps bfloat16
    held = {name: np.zeros(shape, np.uint16) for name, shape in halves.items()}
    (tmp_path / "half.pdparams").write_bytes(pickle.dumps(held, protocol=4))
    assert books(str(tmp_path / "half.pdparams")) == (12 + 4, 4)
    assert {one.dtype for one in read_file(str(tmp_path / "half.pdparams")).tensors} == {"bfloat16"}


def test_many_keys_that_lead_to_one_dict_look_through_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked through for networks beside each other grows with the file, not with the references in it."""
    large = {f"x{i}": i for i in range(3_000)} | {"a": {"b": {"c.weight": torch.zeros(2)}}}
    many = {f"run{i}": [{}, large] for i in range(1_000)}
    path = save(tmp_path / "m.pt", {"model": {"fc.weight": torch.zeros(3, 4)}, **many})
    looked: list[int] = []

    def counted(value: object) -> list[tuple[Any, Any]]:
        found = list(entries(value))
        looked.append(len(found))
        return found

    entries = beside._entries
    monkeypatch.setattr(beside, "_entries", counted)
    assert books(path) == (14, 0)
    assert sum(looked) < 4 * 3_000


def test_what_fsdp_made_flat_is_as_many_parameters(tmp_path: Path) -> None:
    """FullyShardedDataParallel keeps a module's parameters as one vector, ``_flat_param``, and pads none on one process."""
    model = nn.Sequential(nn.Linear(10, 20), nn.LayerNorm(20), nn.Linear(20, 3))
    flat = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    path = tmp_path / "fsdp.pt"
    for key in ("_fsdp_wrapped_module._flat_param", "_flat_param"):
        torch.save({"model": {key: flat}, "step": 3}, path)
        network = read_file(str(path))
        assert keep_books(network).total_params == sum(parameter.numel() for parameter in model.parameters())
        assert _stored_evidence(path, network)
