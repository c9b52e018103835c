"""Flax' own files (``tests/data/flax/make.py``) by what Flax counts; MessagePack by hand; damaged files."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from netledger.errors import DataError, FormatError, LimitError
from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.sources.builders import write
from tests.support import DATA

FILES = DATA / "flax"
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "statistics"), [("variables", True), ("params", False), ("state", False), ("chunked", True)]
)
def test_parameters_and_statistics_are_those_that_flax_counts(name: str, statistics: bool) -> None:
    books = keep_books(read_file(str(FILES / f"{name}.msgpack")))
    assert books.totals.parameters == TRUTH["params"]
    assert books.totals.buffers == (TRUTH["batch_stats"] if statistics else 0)
    assert [one.agrees for one in books.evidence] == [True, True]


def test_every_shape_is_that_of_flax() -> None:
    found = {tensor.name: list(tensor.shape) for tensor in read_file(str(FILES / "variables.msgpack")).tensors}
    assert found == {path.partition("/")[2].replace("/", "."): shape for path, shape in TRUTH["shapes"].items()}


def test_what_training_keeps_is_twice_the_parameters_and_a_count() -> None:
    tensors = list(read_file(str(FILES / "state.msgpack")).tensors)
    assert sum(int(tensor.count) for tensor in tensors if tensor.role == "state") == 2 * TRUTH["params"] + 1


def text(word: str) -> bytes:
    return bytes([0xA0 + len(word)]) + word.encode()


def array(shape: bytes, dtype: str, values: int) -> bytes:
    inner = b"\x93" + shape + text(dtype) + b"\xc6" + struct.pack(">I", values) + bytes(values)
    return b"\xc9" + struct.pack(">I", len(inner)) + b"\x01" + inner


def layer(name: str) -> bytes:
    return text(name) + b"\x82" + text("kernel") + array(b"\x92\x02\x03", "float32", 24) + text("bias") + array(
        b"\x91\x03", "float32", 12
    )  # fmt: skip


def test_averaged_parameters_beside_the_parameters_are_a_copy(tmp_path: Path) -> None:
    data = b"\x82" + text("params") + b"\x81" + layer("dense") + text("ema_params") + b"\x81" + layer("dense")
    network = read_file(write(tmp_path, "m.msgpack", data))
    assert keep_books(network).totals.parameters == 2 * 3 + 3
    assert any("a copy, counted once" in note for note in network.notes)


@pytest.mark.parametrize("place", ["opt_state", "opt", "optimizer", "param_states"])
def test_an_optimizer_further_inside(tmp_path: Path, place: str) -> None:
    data = b"\x81" + text("state") + b"\x82" + layer("params") + text(place) + b"\x81" + layer("mu")
    assert keep_books(read_file(write(tmp_path, "m.msgpack", data))).totals.parameters == 2 * 3 + 3


def test_a_cache_of_keys_and_a_stream_of_random_numbers(tmp_path: Path) -> None:
    """Of ``nnx.MultiHeadAttention`` that decodes, and of ``nnx.Dropout``."""
    cache = b"\x81" + text("cached_key") + array(b"\x92\x05\x04", "float32", 80)
    streams = b"\x81" + text("rngs") + b"\x82" + text("count") + array(b"\x90", "uint32", 4)
    streams += text("key") + array(b"\x91\x02", "uint32", 8)
    data = b"\x83" + text("att") + cache + text("drop") + streams + text("dense") + b"\x81" + layer("inner")
    assert keep_books(read_file(write(tmp_path, "m.msgpack", data))).totals.parameters == 2 * 3 + 3


def test_a_file_by_hand(tmp_path: Path) -> None:
    data = (
        b"\x82"
        + text("kernel")
        + array(b"\x92\x02\xcd\x01\x00", "float32", 2_048)
        + text("bias")
        + array(b"\x91\x02", "int4", 2)
    )
    totals = keep_books(read_file(write(tmp_path, "m.msgpack", data))).totals
    assert (totals.parameters, totals.bytes) == (2 * 256 + 2, 2_048 + 2)


@pytest.mark.parametrize(
    ("data", "error", "what"),
    [
        (b"\x93\x01\x02\x03", FormatError, "no parameters of Flax: a map is wanted"),
        (b"\xdf\xff\xff\xff\xff", FormatError, "4,294,967,295 entries, 0 bytes are left"),
        (b"\x81\xdb\xff\xff\xff\xff", LimitError, "4,294,967,295 bytes of text"),
        (b"\x81\x01\x02", FormatError, "a key that is no text"),
        (b"\x81" + text("a") + b"\xc1", FormatError, "byte 0xc1 begins nothing in MessagePack"),
        (b"\x81" + text("a") + b"\x91\x01", FormatError, "a list, where Flax has maps"),
        (b"\x81" + text("a") + array(b"\x91\x03", "float32", 8), FormatError, "array 'a': its shape needs 12 bytes, 8 are there"),
        (b"\x81" + text("a") + array(b"\x91\xff", "float32", 0), FormatError, "a shape that cannot be"),
        (b"\x81" + text("a") + array(b"\x91\x02", "float7", 8), FormatError, "element type 'float7' is not known"),
        (b"\x81" + text("a") + b"\xd4\x01\x00", FormatError, "no array: its shape, type and bytes are wanted|bytes are needed"),
        (b"\x81" + text("a") + b"\x01\x01", FormatError, "1 bytes stand behind the parameters"),
        ((b"\x81" + text("a")) * 100 + b"\x01", LimitError, "maps nested deeper than 64"),
    ],
)  # fmt: skip
def test_files_that_cannot_be(tmp_path: Path, data: bytes, error: type[DataError], what: str) -> None:
    with pytest.raises(error, match=what) as caught:
        read_file(write(tmp_path, "m.msgpack", data))
    assert "\n" not in str(caught.value)


def test_every_beginning_of_a_file_is_refused(tmp_path: Path) -> None:
    data = (FILES / "variables.msgpack").read_bytes()
    for end in range(1, len(data), 7):
        with pytest.raises(DataError):
            read_file(write(tmp_path, "m.msgpack", data[:end]))
