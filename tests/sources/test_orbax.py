"""Orbax' own checkpoints (``tests/data/orbax/make.py``) by what jax says of their arrays; metadata by hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from netledger.errors import DataError, FormatError, LimitError
from netledger.ledger import keep_books
from netledger.sources import read, read_file
from tests.support import DATA

FILES = DATA / "orbax"
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))


def count(name: str) -> int:
    total = 0
    for shape, _ in TRUTH[name].values():
        elements = 1
        for size in shape:
            elements *= size
        total += elements
    return total


@pytest.mark.parametrize("name", ["whole", "zarr"])
def test_every_array_is_that_of_jax(name: str) -> None:
    network = read(str(FILES / name))
    totals = keep_books(network).totals
    assert network.name == name
    assert (totals.parameters, totals.buffers) == (count("params"), count("batch_stats"))
    theirs = {key: shape for part in TRUTH.values() for key, (shape, _) in part.items()}
    assert {one.name: list(one.shape) for one in network.tensors if one.role != "state"} == theirs
    assert sum(int(one.count) for one in network.tensors if one.role == "state") == count("params")


def test_element_types_are_known_where_zarr_s_own_files_lie_open() -> None:
    network = read(str(FILES / "zarr"))
    theirs = {key: dtype for part in TRUTH.values() for key, (_, dtype) in part.items()}
    assert {one.name: one.dtype for one in network.tensors if one.role != "state"} == theirs
    packed = read(str(FILES / "whole"))
    assert "the element types stand in a compressed part" in packed.notes[0]
    assert not isinstance(keep_books(packed).totals.bytes, int)


def test_what_several_devices_wrote_in_pieces_is_unknown() -> None:
    """Orbax states the shape of the piece: 1 × 12 of 8 × 12 here."""
    books = keep_books(read(str(FILES / "pieces")))
    assert str(books.totals.parameters) == "≥ 3"


def metadata(*entries: tuple[list[Any], Any], **more: Any) -> bytes:
    tree = {
        str(i): {"key_metadata": [{"key": key, "key_type": 2} for key in keys],
                 "value_metadata": {"value_type": "jax.Array", "write_shape": shape}}
        for i, (keys, shape) in enumerate(entries)
    }  # fmt: skip
    return json.dumps({"tree_metadata": tree, "use_ocdbt": True, **more}).encode()


@pytest.mark.parametrize(
    ("data", "error", "what"),
    [
        (metadata((["w"], [2**64, 2])), FormatError, "array 'w': a shape that cannot be"),
        (metadata((["w"], [-1])), FormatError, "array 'w': a shape that cannot be"),
        (metadata((["w"], [True])), FormatError, "array 'w': a shape that cannot be"),
        (metadata((["w"] * 65, [1])), FormatError, "nested deeper than 64"),
        (metadata((["x" * 5_000], [1])), FormatError, "a key that is no name"),
        (b'{"tree_metadata": {"a": 1}}', FormatError, "entry: an object is wanted"),
        (b'{"tree_metadata": ' + b"[" * 100_000, DataError, "JSON nested too deep"),
    ],
)  # fmt: skip
def test_broken_metadata(tmp_path: Path, data: bytes, error: type[DataError], what: str) -> None:
    (tmp_path / "_METADATA").write_bytes(data)
    with pytest.raises(error) as caught:
        read_file(str(tmp_path / "_METADATA"))
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_leads_elsewhere_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "_METADATA").write_bytes(metadata((["../../etc"], [2]), use_ocdbt=False))
    with pytest.raises(FormatError, match="not inside its own folder"):
        read_file(str(tmp_path / "_METADATA"))


def test_a_checkpoint_of_a_manager_is_its_item(tmp_path: Path) -> None:
    shutil.copytree(FILES / "whole", tmp_path / "run" / "3" / "default")
    network = read(str(tmp_path / "run" / "3"))
    assert network.name == "3"
    assert keep_books(network).totals.parameters == count("params")


def test_a_limit_on_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netledger.sources.flax.orbax.TENSORS", 1)
    (tmp_path / "_METADATA").write_bytes(metadata((["a"], [1]), (["b"], [1])))
    with pytest.raises(LimitError, match="2 entries, more than 1"):
        read_file(str(tmp_path / "_METADATA"))
