"""Corners of the readers of tensor files that neither a library writes nor the hostile corpus holds."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from netledger.errors import DataError, FormatError, LimitError
from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.sources.builders import (
    archive,
    checkpoint,
    entry,
    gguf,
    info,
    integer,
    npy,
    pair,
    safetensors,
    state_dict,
    string,
    tensor,
    unicode,
    write,
)

OK = tensor("0", (2,), (1,))
EIGHT = {"0": bytes(8)}


def held(folder: Path, pickled: bytes, **more: bytes) -> str:
    return write(folder, "model.pt", checkpoint(pickled, EIGHT, **more))


def rebuild(body: bytes) -> bytes:
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + body + b"tR"


def storage(kind: bytes, name: bytes, count: bytes) -> bytes:
    return b"(" + unicode("storage") + kind + name + unicode("cpu") + count + b"tQ" + integer(0) + b"))"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (rebuild(storage(b"ctorch\nFloatStorage\n", b"N", integer(2))), "a storage without a name or a size"),
        (rebuild(storage(b"N", unicode("0"), integer(2))), "a storage of no type"),
        (rebuild(b"N" + integer(0) + b"))"), "from what does not fit it"),
        (rebuild(b")"), "from what does not fit it"),
        (tensor("0", (2,), (1,)).replace(b"(K\x02t(", b"N("), "from what does not fit it"),
    ],
)
def test_tensors_rebuilt_from_what_does_not_fit(tmp_path: Path, value: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read_file(held(tmp_path, state_dict(w=value)))


def test_constants_of_a_script(tmp_path: Path) -> None:
    constants = b"\x80\x02" + OK + b"\x85."
    members = {"data.pkl": state_dict(w=OK), "constants.pkl": constants, "data/0": bytes(8), "constants/0": bytes(8)}
    path = write(tmp_path, "m.pt", archive({f"m/{name}": data for name, data in members.items()}))
    network = read_file(path)
    assert [(t.name, t.role) for t in network.tensors] == [("w", "parameter"), ("constants.0", "constant")]
    assert keep_books(network).total_params == 2


def legacy(*pickles: bytes) -> bytes:
    first = [pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})]
    return b"".join([*first, *pickles])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (legacy(state_dict(w=OK), pickle.dumps("0", 2)), "the list of storages is missing"),
        (legacy(state_dict(w=OK), pickle.dumps(["0", "0"], 2)), "a storage is listed twice"),
        (legacy(state_dict(w=OK), pickle.dumps(["1"], 2)), "storage '0' is not in the file"),
        (legacy(state_dict(w=rebuild(b")")), pickle.dumps(["0"], 2)), "from what does not fit it"),
        (
            legacy(state_dict(w=OK), pickle.dumps(["0"], 2), struct.pack("<q", -5), bytes(8)),
            "the file says -5 elements",
        ),
    ],
)
def test_the_format_before_1_6_when_it_lies(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read_file(write(tmp_path, "m.pt", data))


def test_a_storage_nobody_names_ends_the_check(tmp_path: Path) -> None:
    data = legacy(state_dict(w=OK), pickle.dumps(["9", "0"], 2), struct.pack("<q", 2), bytes(8))
    assert keep_books(read_file(write(tmp_path, "m.pt", data))).total_params == 2


def test_a_long_pickle_is_read_in_larger_and_larger_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netledger.sources.tensors.torch_files.bare._FIRST_BYTES", 16)
    path = tmp_path / "old.pt"
    torch.save({"w": torch.zeros(3)}, path, _use_new_zipfile_serialization=False)
    assert keep_books(read_file(str(path))).total_params == 3
    monkeypatch.setattr("netledger.sources.tensors.torch_files.bare.ZIP_MEMBER_BYTES", 64)
    with pytest.raises(LimitError, match="a pickle of more than 64 bytes"):
        read_file(str(path))


def test_names_and_numbers_of_tensors_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitError, match=r"a tensor's name of more than 4,096 bytes"):
        read_file(held(tmp_path, b"\x80\x02}" + unicode("n" * 5000) + OK + b"s."))
    monkeypatch.setattr("netledger.sources.tensors.torch_files.tree.TENSORS", 1)
    with pytest.raises(LimitError, match="more than 1 tensors"):
        read_file(held(tmp_path, state_dict(a=OK, b=OK)))


def names(path: str, **more: str) -> list[str]:
    return [tensor.name for tensor in read_file(path, **more).tensors]


def test_where_tensors_hide_in_objects(tmp_path: Path) -> None:
    slots = b"cm\nX\n)\x81(N}" + unicode("w") + OK + b"stb"  # (None, slots) as the state
    listed = b"cm\nX\n)\x81(" + OK + b"e"  # a list's subclass
    argued = b"cm\nX\n(" + OK + b"tR"  # an argument
    state = b"cm\nX\n)\x81(" + OK + b"tb"  # a tuple as the state
    pairs = b"ccollections\nOrderedDict\n(](](" + unicode("k") + OK + b"eetR"  # as protocol 0 wrote it
    for value, name in ((slots, "v.w"), (listed, "v.0"), (argued, "v"), (state, "v"), (pairs, "v.k")):
        assert names(held(tmp_path, state_dict(v=value))) == [name]
    inner = b"ccollections\nOrderedDict\n)R" + unicode("hook") + OK + b"s"
    hooks = b"cm\nX\n)\x81}" + unicode("_forward_hooks") + inner + b"sb"
    unnamed = read_file(held(tmp_path, state_dict(v=hooks)))
    assert [tensor.name for tensor in unnamed.tensors] == ["stored, in no tensor"]
    assert "no tensor names" in str(keep_books(unnamed).totals.parameters.unknowns)


def test_names_alone_make_no_state_of_an_optimizer(tmp_path: Path) -> None:
    network = read_file(
        held(tmp_path, state_dict(optimizer_state=b"}" + unicode("m") + OK + b"s", w=b"}" + unicode("m") + OK + b"s"))
    )
    assert [tensor.role for tensor in network.tensors] == ["state", "parameter"]


def test_arrays_in_pickles_hold_what_their_shape_says(tmp_path: Path) -> None:
    raw = pickle.dumps({"w": np.zeros((2, 3), np.float32), "o": np.array([None])}, 4)
    path = write(tmp_path, "m.pkl", raw)
    assert names(path) == ["w"]
    bad = raw.replace(b"K\x02K\x03\x86", b"K\x02K\x09\x86")
    assert bad != raw
    with pytest.raises(FormatError, match="whose shape needs 72 bytes holds 24"):
        read_file(write(tmp_path, "m.pkl", bad))


def test_tensors_around_other_tensors(tmp_path: Path) -> None:
    wrapper = b"ctorch._utils\n_rebuild_wrapper_subclass\n(cm\nX\nctorch\nfloat16\n" + b"(K\x02K\x03t" + b"NNNNNtR"
    meta = b"ctorch._utils\n_rebuild_meta_tensor_no_storage\n(ctorch\nfloat16\nctorch\nSize\n(K\x02K\x03t\x85RNNtR"
    for value in (wrapper, meta):
        (found,) = read_file(write(tmp_path, "meta.pt", checkpoint(state_dict(w=value), {}))).tensors
        assert (found.shape, found.dtype, found.count) == ((2, 3), "float16", 6)


# ---------------------------------------------------------------------- safetensors, shards, GGUF


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"w": entry("F32", [1] * 65, 0, 4)}, "a tensor of 65 dimensions"),
        ({"a": {"b": entry()}}, "the entry is no tensor"),
        ({"w": entry(), "x": [1]}, "the entry is no tensor"),
        ({"w": entry("F32", [entry()])}, "another tensor's entry"),
        ({"w": entry("F32", [[1]])}, r"the shape \[\[…\]\] is no list"),
        ({"w": entry("F32", {"x": 1})}, r"the shape \{…\} is no list"),
        ({"w": entry("F32", [10**60])}, "a number beyond"),
        ({"w": {"shape": [1], "data_offsets": [0, 4]}}, "None is no element type"),
        ({"n" * 5000: entry()}, "a tensor's name of more than"),
        ({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], "x": entry()}}, "entries of tensors|no tensor"),
        (b'{"__metadata__":{},"__metadata__":{},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', "stands twice"),
        ({"w": [1, 2]}, "the entry is no tensor"),
        ({"__metadata__": entry(), "w": entry()}, "strings only"),
    ],
)
def test_headers_that_are_no_headers(tmp_path: Path, header: object, why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_file(write(tmp_path, "m.safetensors", safetensors(header, 8)))


def test_metadata_that_is_nothing_and_metadata_that_is_much(tmp_path: Path) -> None:
    assert (
        read_file(write(tmp_path, "m.safetensors", safetensors({"__metadata__": None, "w": entry()}, 8))).meta[
            "metadata"
        ]
        == {}
    )
    many = {f"k{i}": "v" * 400 for i in range(200)}
    shown = read_file(write(tmp_path, "m.safetensors", safetensors({"__metadata__": many}, 0))).meta["metadata"]
    assert len(shown) == 100
    assert len(shown["k0"]) == 257


@pytest.mark.parametrize("part", ["a.safetensors", "a.bin"])
def test_a_bad_shard_is_named(tmp_path: Path, part: str) -> None:
    write(tmp_path, part, b"\x80\x02garbage")
    index = write(tmp_path, "m.index.json", json.dumps({"weight_map": {"w": part}}).encode())
    with pytest.raises(DataError) as caught:
        read_file(index)
    assert str(tmp_path / part) in str(caught.value)


def test_gguf_names_and_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitError, match="a tensor's name of 5,000 bytes"):
        read_file(write(tmp_path, "m.gguf", gguf((), (info("n" * 5000, (8,)),), 32)))
    pairs = (pair("split.no", 2, struct.pack("<H", 0)), pair("split.count", 2, struct.pack("<H", 2)))
    write(tmp_path, "m-00002-of-00002.gguf", b"GGUF" + bytes(60))
    with pytest.raises(FormatError, match=r"m-00002-of-00002\.gguf: GGUF version 0"):
        read_file(write(tmp_path, "m-00001-of-00002.gguf", gguf(pairs, (info("w", (8,)),), 32)))
    monkeypatch.setattr("netledger.sources.tensors.gguf.TENSORS", 1)
    with pytest.raises(LimitError, match="2 tensors, more than 1"):
        read_file(write(tmp_path, "m.gguf", gguf((), (info("v", (8,)), info("w", (8,), 0, 32)), 64)))
    with pytest.raises(FormatError, match="an array of the unknown type 99"):
        read_file(write(tmp_path, "m.gguf", gguf((pair("a", 9, struct.pack("<IQ", 99, 1) + string("x" * 60)),))))


def test_too_many_tensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netledger.sources.tensors.module_tree.TENSORS", 1)
    header = {"a": entry("U8", [1], 0, 1), "b": entry("U8", [1], 1, 2)}
    with pytest.raises(LimitError, match="2 tensors, more than 1"):
        read_file(write(tmp_path, "m.safetensors", safetensors(header, 2)))


@pytest.mark.parametrize("name", ["a.0\n", "layer.0"])
def test_folding_of_odd_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("netledger.sources.tensors.module_tree.FOLD_ABOVE", 2)
    monkeypatch.setattr("netledger.sources.tensors.folding._MOST_GROUPS", 1)
    held = {f"{name}{i}.w" if i else name: entry("U8", [1], i, i + 1) for i in range(4)}
    assert keep_books(read_file(write(tmp_path, "m.safetensors", safetensors(held, 4)))).total_params == 4


def test_packed_weights_in_a_folded_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal experts fold into one row and are still counted logically; experts of several shapes are Unknown."""
    monkeypatch.setattr("netledger.sources.tensors.module_tree.FOLD_ABOVE", 2)

    def experts(rows: list[int]) -> str:
        at, header = 0, {}
        for i, n in enumerate(rows):
            for what, dtype, shape, width in (
                ("qweight", "I32", [n, 16], 4), ("qzeros", "I32", [1, 2], 4), ("scales", "F16", [1, 16], 2)
            ):  # fmt: skip
                size = width * shape[0] * shape[1]
                header[f"e.{i}.{what}"] = entry(dtype, shape, at, at + size)
                at += size
        return write(tmp_path, "m.safetensors", safetensors(header, at))

    assert keep_books(read_file(experts([4, 4, 4]))).total_params == 3 * 32 * 16
    assert not isinstance(keep_books(read_file(experts([4, 4, 8]))).totals.parameters, int)


def test_an_array_of_python_2(tmp_path: Path) -> None:
    path = write(tmp_path, "w.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2L,)}", 8))
    assert keep_books(read_file(path)).total_params == 2


def test_arrays_of_jax_and_of_its_element_types(tmp_path: Path) -> None:
    import jax.numpy as jnp

    kinds = (jnp.float32, jnp.bfloat16, jnp.float8_e4m3fn, jnp.int4)
    held = {f"layer_{i}": {"kernel": jnp.zeros((3, 4), kind)} for i, kind in enumerate(kinds)}
    held["numpy"] = {"kernel": np.zeros((3, 4), jnp.bfloat16)}  # type: ignore[arg-type]
    books = keep_books(read_file(write(tmp_path, "m.pkl", pickle.dumps(held))))
    assert books.totals.parameters == 5 * 12
    dtypes = ["float32", "bfloat16", "float8_e4m3fn", "int8", "bfloat16"]
    assert [tensor.dtype for tensor in books.network.tensors] == dtypes
    assert [one.agrees for one in books.evidence] == [True, True]


def test_a_pickle_of_calls_alone_is_unknown_and_not_nothing(tmp_path: Path) -> None:
    totals = keep_books(read_file(write(tmp_path, "m.pkl", b"\x80\x04cm\nX\n)R."))).totals
    assert str(totals.parameters) == "unknown"


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_module_that_pickle_itself_wrote(tmp_path: Path, protocol: int) -> None:
    """Each of its tensors brings its storage along, in PyTorch's format before 1.6; tied ones are one object."""
    model = torch.nn.Sequential(torch.nn.Embedding(10, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 10, bias=False))
    model[2].weight = model[0].weight
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps(model, protocol=protocol))
    books = keep_books(read_file(str(path)))
    assert (books.totals.parameters, books.totals.buffers) == (10 * 4 + 2 * 4, 2 * 4 + 1)
    assert [one.agrees for one in books.evidence] == [True, True]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data[:-4], "a storage of 8 bytes, 4 are there"),
        (lambda data: data.replace(b"storage", b"storago"), "a tensor refers to what is no storage"),
        (lambda data: data[:40], "the pickle needs 16 bytes, 8 are left$"),
        (lambda data: b"\x80\x02N." * 5, "a storage inside the pickle that names none"),
    ],
)
def test_a_storage_inside_a_pickle_that_lies(tmp_path: Path, change: Callable[[bytes], bytes], why: str) -> None:
    inside = change(torch.zeros(2).untyped_storage().__reduce__()[1][0])
    whole = torch._utils._rebuild_tensor_v2  # what pickle has called

    class Lying:
        def __reduce__(self) -> object:
            return whole, (Bytes(), 0, (2,), (1,), False, {})

    class Bytes:
        def __reduce__(self) -> object:
            return torch.storage._load_from_bytes, (inside,)

    with pytest.raises(FormatError, match=why):
        read_file(write(tmp_path, "m.pkl", pickle.dumps({"fc.weight": Lying()}, protocol=4)))
