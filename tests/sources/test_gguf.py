"""GGUF: against the ``gguf`` package's own tables, writer and reader."""

from __future__ import annotations

import struct
from pathlib import Path

import gguf as package
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from netledger.errors import FormatError
from netledger.ledger import keep_books
from netledger.sources import read_file
from netledger.sources.files import InputFile
from netledger.sources.tensors.ggml_types import GGML_TYPES
from netledger.sources.tensors.gguf import read_part
from tests.sources.builders import gguf, info, pair, string, write


def test_every_type_has_the_package_s_block_size() -> None:
    ours = {number: (block, nbytes) for number, (_, block, nbytes) in GGML_TYPES.items()}
    theirs = {int(kind): sizes for kind, sizes in package.constants.GGML_QUANT_SIZES.items()}
    assert ours == theirs


@pytest.mark.parametrize("kind", list(package.GGMLQuantizationType), ids=lambda kind: kind.name)
def test_every_type_is_written_and_read(tmp_path: Path, kind: package.GGMLQuantizationType) -> None:
    block, nbytes = package.constants.GGML_QUANT_SIZES[kind]
    path = str(tmp_path / "model.gguf")
    writer = package.GGUFWriter(path, "llama")
    writer.add_tensor("blk.0.attn_q.weight", np.zeros((6, 2 * nbytes), dtype=np.uint8), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    theirs = package.GGUFReader(path).tensors[0]
    (tensor,) = read_file(path).tensors
    assert tensor.count == theirs.n_elements == 6 * 2 * block
    assert tensor.bytes == theirs.n_bytes == 6 * 2 * nbytes
    assert tensor.shape == tuple(reversed(theirs.shape.tolist())) == (6, 2 * block)


numbers = st.booleans() | st.integers(-(2**31), 2**31 - 1) | st.floats(width=32, allow_nan=False)
values = numbers | st.text(min_size=1, max_size=8)  # the package's writer drops an empty string
arrays = st.lists(st.text(max_size=8), min_size=1, max_size=20) | st.lists(st.integers(0, 99), min_size=1, max_size=20)
keys = st.text("abcdefgh._", min_size=1, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(keys, values | arrays, max_size=6),
    st.dictionaries(keys, st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=5),
    st.sampled_from([None, 8, 64, 4096]),
)
def test_what_the_package_writes_is_read_as_it_reads_it(
    tmp_path: Path, pairs: dict[str, object], tensors: dict[str, list[int]], alignment: int | None
) -> None:
    path = str(tmp_path / "model.gguf")
    writer = package.GGUFWriter(path, "llama")
    if alignment:
        writer.add_custom_alignment(alignment)
    add = {bool: writer.add_bool, int: writer.add_int32, str: writer.add_string, float: writer.add_float32}
    for key, value in pairs.items():
        writer.add_array(f"x.{key}", value) if isinstance(value, list) else add[type(value)](f"x.{key}", value)
    for name, shape in tensors.items():
        writer.add_tensor(name, np.zeros(shape, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    reader = package.GGUFReader(path)
    with InputFile.open(path) as file:
        part = read_part(file)
    assert dict(zip(part.names, [kind.shape for kind in part.kinds], strict=True)) == {
        tensor.name: tuple(reversed(tensor.shape.tolist())) for tensor in reader.tensors
    }
    for key, value in pairs.items():
        read = part.metadata[f"x.{key}"]
        if isinstance(value, list):
            assert read == (tuple(value) if value and not isinstance(value[0], str) else len(value))
        else:
            assert read == value


def test_arrays_in_arrays_are_skipped(tmp_path: Path) -> None:
    inner = struct.pack("<IQ", 8, 2) + string("ab") + string("")
    nested = pair("x", 9, struct.pack("<IQ", 9, 2) + inner + struct.pack("<IQ", 4, 3) + bytes(12))
    raw = gguf((nested, pair("y", 4, struct.pack("<I", 7))), (info("w", (4,)),), 16)
    with InputFile.open(write(tmp_path, "m.gguf", raw)) as file:
        part = read_part(file)
    assert part.metadata == {"x": 2, "y": 7}
    assert part.names == ["w"]


def test_a_long_string_array_is_passed_over_several_pieces(tmp_path: Path) -> None:
    tokens = b"".join([string("t" * (i % 50)) for i in range(30_000)])
    long = pair("tokens", 9, struct.pack("<IQ", 8, 30_000) + tokens)
    with InputFile.open(write(tmp_path, "m.gguf", gguf((long,), (info("w", (8,)),), 32))) as file:
        assert read_part(file).metadata == {"tokens": 30_000}
    with (
        InputFile.open(write(tmp_path, "cut.gguf", gguf((long,))[: -len(tokens) // 2])) as file,
        pytest.raises(FormatError),
    ):
        read_part(file)


def test_architecture_and_name_are_shown(tmp_path: Path) -> None:
    pairs = (
        pair("general.architecture", 8, string("llama")),
        pair("general.name", 8, string("Tiny")),
        pair("llama.block_count", 4, struct.pack("<I", 2)),
        pair("llama.context_length", 4, struct.pack("<I", 2048)),
    )
    network = read_file(write(tmp_path, "m.gguf", gguf(pairs, (info("w", (8,)),), 32)))
    assert network.title == "Tiny"
    assert "architecture llama: block_count 2, context_length 2048" in network.notes


def test_an_importance_matrix_is_no_model(tmp_path: Path) -> None:
    pairs = (pair("general.type", 8, string("imatrix")),)
    with pytest.raises(FormatError, match="importance matrix"):
        read_file(write(tmp_path, "m.gguf", gguf(pairs, (info("w.in_sum2", (8,)),), 32)))


def split(folder: Path, i: int, count: int, name: str, total: int = 2, number: int | None = None) -> str:
    pairs = (
        pair("split.no", 2, struct.pack("<H", i - 1 if number is None else number)),
        pair("split.count", 2, struct.pack("<H", count)),
        pair("split.tensors.count", 5, struct.pack("<i", total)),
    )
    return write(folder, f"m-{i:05d}-of-{count:05d}.gguf", gguf(pairs, (info(name, (8,)),), 32))


def test_parts_of_a_split_model_are_read_together(tmp_path: Path) -> None:
    first, second = split(tmp_path, 1, 2, "a.weight"), split(tmp_path, 2, 2, "b.weight")
    for path in (first, second):
        network = read_file(path)
        assert [layer.path for layer in network.layers] == ["a", "b"]
        assert keep_books(network).total_params == 16


def test_logical_weights_of_a_quantised_file(tmp_path: Path) -> None:
    infos = (info("w.weight", (256, 4), 12), info("rope_freqs.weight", (64,), 0, 576))
    network = read_file(write(tmp_path, "m.gguf", gguf((), infos, 576 + 256)))
    ledger = keep_books(network)
    assert (ledger.total_params, ledger.totals.buffers, ledger.totals.bytes) == (1024, 64, 576)


@pytest.mark.parametrize("kind", [package.GGMLQuantizationType.TQ1_0, package.GGMLQuantizationType.TQ2_0])
def test_one_number_that_scales_a_ternary_weight_is_no_parameter(tmp_path: Path, kind: int) -> None:
    """BitNet's, as llama.cpp's converter writes it: ``attn_q.scale`` beside ``attn_q.weight``."""
    path = str(tmp_path / "model.gguf")
    writer = package.GGUFWriter(path, "bitnet")
    block, size = package.GGML_QUANT_SIZES[kind]
    writer.add_tensor("blk.0.attn_q.weight", np.zeros((64, 256 // block * size), np.uint8), raw_dtype=kind)
    writer.add_tensor("blk.0.attn_q.scale", np.zeros(1, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert keep_books(read_file(path)).totals.parameters == 64 * 256
