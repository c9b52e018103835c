"""safetensors: against the library's own writer and reader, and the strictness of the format."""

from __future__ import annotations

import json
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from safetensors import SafetensorError, safe_open
from safetensors import torch as st_torch

from netledger.errors import DataError, FormatError
from netledger.ledger import keep_books
from netledger.sources import read_file
from netledger.sources.files import InputFile
from netledger.sources.tensors.safetensors import DTYPES, read_header
from tests.sources.builders import entry, safetensors, write

TORCH = {
    "float64": torch.float64, "float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16,
    "int64": torch.int64, "int32": torch.int32, "int16": torch.int16, "int8": torch.int8, "uint8": torch.uint8,
    "bool": torch.bool, "float8_e4m3fn": torch.float8_e4m3fn, "float8_e5m2": torch.float8_e5m2,
    "complex64": torch.complex64,
}  # fmt: skip

shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)
names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(
    lambda s: s != "__metadata__"
)


def tensors_of(path: str) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {tensor.name: (tensor.dtype, tensor.shape) for tensor in read_file(path).tensors}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(names, st.tuples(st.sampled_from(sorted(TORCH)), shapes), max_size=6))
def test_what_the_library_writes_is_read_as_it_was(
    tmp_path: Path, wanted: dict[str, tuple[str, tuple[int, ...]]]
) -> None:
    path = str(tmp_path / "model.safetensors")
    made = {name: torch.zeros(shape, dtype=TORCH[dtype]) for name, (dtype, shape) in wanted.items()}
    st_torch.save_file(made, path, metadata={"format": "pt"})
    assert tensors_of(path) == wanted
    assert sum(t.bytes for t in read_file(path).tensors) == sum(t.numel() * t.element_size() for t in made.values())


small = st.integers(-1, 9) | st.sampled_from([2**31, 2**63, 2**64, True, 1.0, None, "1"])
entries = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(
            ["F32", "F16", "U8", "BOOL", "F4", "F6_E2M3", "F8_E8M0", "I64", "C64", "f32", 3, None]
        ),
        "shape": st.lists(small, max_size=3) | st.sampled_from(["", "12", None, {}]),
        "data_offsets": st.lists(st.integers(0, 40), min_size=1, max_size=3),
    }
)


def accepted_by_the_library(path: str) -> bool:
    try:
        with safe_open(path, "np") as file:
            list(file.keys())
    except (SafetensorError, ValueError, TypeError, OverflowError):
        return False
    return True


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from("abc"), entries, max_size=2), st.integers(0, 40))
def test_what_the_library_refuses_is_refused(tmp_path: Path, header: dict[str, object], data: int) -> None:
    path = write(tmp_path, "model.safetensors", safetensors(header, data))
    try:
        read_file(path)
    except DataError:
        assert not accepted_by_the_library(path)
    else:
        assert accepted_by_the_library(path)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(DTYPES)), shapes), max_size=4), st.randoms())
def test_every_element_type_fills_the_bytes_it_says(
    tmp_path: Path, wanted: list[tuple[str, tuple[int, ...]]], random
) -> None:
    """The writer here lays tensors out by the format's own table of bits; the library must agree that they fit."""
    bits = {"BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "C64": 64, "BF16": 16}
    header, at, fits = {}, 0, True
    for i, (dtype, shape) in enumerate(wanted):
        width = bits.get(dtype) or int("".join([c for c in dtype.partition("_")[0] if c.isdigit()]))
        total = int(np.prod(shape, dtype=object)) * width
        fits = fits and total % 8 == 0
        header[f"t{i}"] = entry(dtype, shape, at, at + total // 8)
        at += total // 8
    keys = list(header)
    random.shuffle(keys)  # the order in the header need not be that of the data
    path = write(tmp_path, "model.safetensors", safetensors({key: header[key] for key in keys}, at))
    if not fits:
        with pytest.raises(FormatError, match="whole bytes"):
            read_file(path)
        return
    assert accepted_by_the_library(path)
    assert {t.name: t.shape for t in read_file(path).tensors} == {f"t{i}": shape for i, (_, shape) in enumerate(wanted)}
    assert sum(t.bytes for t in read_file(path).tensors) == at


def test_only_the_header_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.safetensors"
    raw = safetensors({"w": entry("F32", (1 << 28,), 0, 1 << 30)})
    path.write_bytes(raw)
    with path.open("r+b") as file:
        file.truncate(len(raw) + (1 << 30))
    reached = []
    read_at = InputFile.read_at

    def counted(self: InputFile, offset: int, count: int) -> bytes:
        reached.append(offset + count)
        return read_at(self, offset, count)

    monkeypatch.setattr(InputFile, "read_at", counted)
    with InputFile.open(str(path)) as file:
        assert read_header(file).kinds[0].elements == 1 << 28
    assert max(reached) == len(raw)


def test_entries_in_another_order_of_keys_are_the_same(tmp_path: Path) -> None:
    header = {"a": {"data_offsets": [0, 8], "shape": [2], "dtype": "F32"}, "b": entry("F16", [1], 8, 10)}
    assert tensors_of(write(tmp_path, "m.safetensors", safetensors(header, 10))) == {
        "a": ("float32", (2,)), "b": ("float16", (1,))
    }  # fmt: skip


def test_tensors_may_be_called_like_the_fields_of_an_entry(tmp_path: Path) -> None:
    header = {
        "dtype": entry("F32", [2], 0, 8), "shape": entry("F32", [2], 8, 16), "data_offsets": entry("F32", [2], 16, 24)
    }  # fmt: skip
    path = write(tmp_path, "m.safetensors", safetensors(header, 24))
    assert accepted_by_the_library(path)
    assert sorted(tensors_of(path)) == ["data_offsets", "dtype", "shape"]


def test_metadata_may_be_called_like_the_fields_of_an_entry(tmp_path: Path) -> None:
    header = {"__metadata__": {"dtype": "F32", "shape": "[2]", "data_offsets": "x"}, "w": entry()}
    path = write(tmp_path, "m.safetensors", safetensors(header, 8))
    assert accepted_by_the_library(path)
    assert read_file(path).meta["metadata"]["dtype"] == "F32"


def shards(
    folder: Path, parts: dict[str, dict[str, int]], weight_map: dict[str, str] | None = None, **more: object
) -> str:
    for part, held in parts.items():
        at, header = 0, {}
        for name, count in held.items():
            header[name] = entry("F32", [count], at, at + 4 * count)
            at += 4 * count
        write(folder, part, safetensors(header, at))
    mapping = weight_map or {name: part for part, held in parts.items() for name in held}
    index = {"metadata": {"total_size": 4 * sum(sum(held.values()) for held in parts.values())}, "weight_map": mapping}
    return write(folder, "model.safetensors.index.json", json.dumps({**index, **more}).encode())


def test_shards_are_read_together(tmp_path: Path) -> None:
    path = shards(tmp_path, {"m-1.safetensors": {"a.weight": 10, "a.bias": 2}, "m-2.safetensors": {"b.weight": 30}})
    network = read_file(path)
    assert keep_books(network).total_params == 42
    assert [layer.path for layer in network.layers] == ["a", "b"]
    assert network.notes[0] == "2 shards"


def test_an_index_that_adds_up_wrongly_is_remarked(tmp_path: Path) -> None:
    path = shards(tmp_path, {"m-1.safetensors": {"a": 10}}, metadata={"total_size": 41})
    said = {evidence.what: evidence for evidence in keep_books(read_file(path)).evidence}
    stated = said["bytes as the index states them"]
    assert (stated.ours, stated.theirs, stated.agrees) == (40, 41, False)
    assert said["bytes of the stored tensors"].agrees


def test_an_index_states_parameters_too(tmp_path: Path) -> None:
    for count, agrees in ((10, True), (11, False)):
        path = shards(tmp_path, {"m-1.safetensors": {"a": 10}}, metadata={"total_size": 40, "total_parameters": count})
        said = {evidence.what: evidence for evidence in keep_books(read_file(path)).evidence}
        assert said["bytes as the index states them"].agrees
        assert (said["parameters"].ours, said["parameters"].theirs, said["parameters"].agrees) == (10, count, agrees)


def test_names_and_roles_of_a_gpt2_file(tmp_path: Path) -> None:
    """The causal masks that GPT-2's file carries are no parameters: its small model is known to have 124,439,808."""
    d, layers, at, header = 768, 12, 0, {}
    wanted = {"wte.weight": (50257, d), "wpe.weight": (1024, d), "ln_f.weight": (d,), "ln_f.bias": (d,)}
    for i in range(layers):
        for name, shape in {
            "ln_1.weight": (d,), "ln_1.bias": (d,), "ln_2.weight": (d,), "ln_2.bias": (d,),
            "attn.bias": (1, 1, 1024, 1024), "attn.c_attn.weight": (d, 3 * d), "attn.c_attn.bias": (3 * d,),
            "attn.c_proj.weight": (d, d), "attn.c_proj.bias": (d,), "mlp.c_fc.weight": (d, 4 * d),
            "mlp.c_fc.bias": (4 * d,), "mlp.c_proj.weight": (4 * d, d), "mlp.c_proj.bias": (d,),
        }.items():  # fmt: skip
            wanted[f"h.{i}.{name}"] = shape
    for name, shape in wanted.items():
        size = 4 * int(np.prod(shape))
        header[name] = entry("F32", shape, at, at + size)
        at += size
    path = tmp_path / "gpt2.safetensors"
    raw = safetensors(header)
    path.write_bytes(raw)
    with path.open("r+b") as file:
        file.truncate(len(raw) + at)
    ledger = keep_books(read_file(str(path)))
    assert ledger.total_params == 124_439_808
    assert ledger.totals.buffers == 12 * 1024 * 1024
    assert not isinstance(ledger.totals.macs, int)


def test_very_many_tensors_are_folded_by_path(tmp_path: Path) -> None:
    count, header, at = 30_002, {}, 0
    for i in range(count // 2):
        for name, shape, size in ((f"layers.{i}.w", [2, 3], 24), (f"layers.{i}.b", [3], 12)):
            header[name] = entry("F32", shape, at, at + size)
            at += size
    network = read_file(write(tmp_path, "many.safetensors", safetensors(header, at)))
    assert [layer.path for layer in network.layers] == ["layers.*"]
    assert keep_books(network).total_params == count // 2 * 9
    assert keep_books(network).totals.bytes == at


def test_many_names_without_a_pattern_stay_bounded(tmp_path: Path) -> None:
    count = 40_000
    letters = "abcdefghijklmnop"
    word = [
        f"{letters[i % 16]}{letters[i // 16 % 16]}{letters[i // 256 % 16]}{letters[i // 4096]}" for i in range(count)
    ]
    header = {name: entry("U8", [1], i, i + 1) for i, name in enumerate(word)}
    network = read_file(write(tmp_path, "many.safetensors", safetensors(header, count)))
    assert len(network.layers) < 20_000
    assert keep_books(network).total_params == count
