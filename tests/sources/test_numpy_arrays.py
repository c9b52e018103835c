"""NumPy files against NumPy's own writer and reader."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from netledger.errors import DataError, FormatError, LimitError
from netledger.ledger import keep_books
from netledger.sources import read_file
from netledger.sources.tensors.numpy_header import header_length, parse_header
from netledger.unknown import Unknown
from tests.sources.builders import npy, write

quiet = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
types = st.sampled_from(
    ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", "c8", "c16", ">f4", ">i8"]
)
shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@quiet
@given(
    st.dictionaries(st.text("abc./_", min_size=1, max_size=6), st.tuples(types, shapes, st.booleans()), max_size=5),
    st.booleans(),
)
def test_archives(tmp_path: Path, wanted: dict[str, tuple[str, tuple[int, ...], bool]], packed: bool) -> None:
    made = {name: np.zeros(shape, dtype, "F" if fortran else "C") for name, (dtype, shape, fortran) in wanted.items()}
    path = tmp_path / "w.npz"
    (np.savez_compressed if packed else np.savez)(path, **made)
    held = {tensor.name: tensor for tensor in read_file(str(path), format="npz").tensors}
    assert {name: (t.shape, t.dtype, t.bytes) for name, t in held.items()} == {
        name: (array.shape, array.dtype.name, array.nbytes) for name, array in made.items()
    }


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_the_header(tmp_path: Path, version: tuple[int, int]) -> None:
    held = io.BytesIO()
    np.lib.format.write_array(held, np.zeros((3, 5), np.float16), version=version)
    network = read_file(write(tmp_path, "w.npy", held.getvalue()))
    assert keep_books(network).total_params == 15


@pytest.mark.parametrize("dtype", ["U7", "S3", "M8[ns]", [("a", "<f4"), ("b", "<i8", (2,))], object])
def test_elements_that_are_no_numbers_are_unknown(tmp_path: Path, dtype: object) -> None:
    np.save(tmp_path / "w.npy", np.zeros(4, dtype))
    (tensor,) = read_file(str(tmp_path / "w.npy")).tensors
    assert isinstance(tensor.count, Unknown)
    assert not isinstance(keep_books(read_file(str(tmp_path / "w.npy"))).totals.parameters, int)


@quiet
@given(st.binary(max_size=60) | st.text("{}()[]'\", :0123456789TrueFalsdecrfoanhpi_<f4", max_size=80).map(str.encode))
def test_any_header_gives_an_answer_or_an_error(raw: bytes) -> None:
    whole = npy(raw)
    try:
        header = parse_header(whole[: header_length(whole[:12])])
    except DataError:
        return
    assert np.lib.format.read_array_header_1_0(io.BytesIO(whole[8:]))[0] == header.shape


def test_bad_magic_and_short_files(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no \.npy array"):
        header_length(b"\x93NUMPY")
    with pytest.raises(LimitError, match="65 dimensions"):
        parse_header(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1, " * 65 + ")}"))
    with pytest.raises(FormatError, match="no tuple of sizes"):
        parse_header(npy("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}"))
    path = tmp_path / "w.npz"
    with zipfile.ZipFile(path, "w"):
        pass
    assert read_file(str(path), format="npz").layers == ()


def test_only_the_header_of_a_packed_member_is_inflated(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "w.npz", w=np.zeros(40_000_000, np.int8))
    assert keep_books(read_file(str(tmp_path / "w.npz"))).total_params == 40_000_000


def test_packed_arrays_with_a_configuration_beside_them(tmp_path: Path) -> None:
    """As MLX's older examples save a model: 64 × 128 values of four bits, a scale and a bias for 64 of them."""
    held = {"fc.weight": ((64, 16), "<u4"), "fc.scales": ((64, 2), "<f2"), "fc.biases": ((64, 2), "<f2")}
    np.savez(tmp_path / "weights.npz", **{name: np.zeros(shape, kind) for name, (shape, kind) in held.items()})
    assert not isinstance(keep_books(read_file(str(tmp_path / "weights.npz"))).totals.parameters, int)
    (tmp_path / "config.json").write_text('{"quantization": {"group_size": 64, "bits": 4}}')
    assert keep_books(read_file(str(tmp_path / "weights.npz"))).totals.parameters == 64 * 128


def test_bfloat16_of_jax(tmp_path: Path) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    np.savez(tmp_path / "m.npz", **{"dense/kernel": np.zeros((3, 4), ml_dtypes.bfloat16)})
    totals = keep_books(read_file(str(tmp_path / "m.npz"))).totals
    assert (totals.parameters, totals.bytes) == (12, 24)
