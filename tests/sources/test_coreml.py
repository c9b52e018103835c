"""Core ML's own files (``tests/data/coreml/make.py``) by what PyTorch and coremltools say of them; broken ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from netledger.errors import DataError, FormatError, UsageError
from netledger.ledger import keep_books
from netledger.sources import Options, read_file
from tests.hostile.coreml_cases import FLOAT, X, beside, weights
from tests.hostile.onnx_cases import f as field
from tests.sources.builders import write
from tests.sources.coreml_builder import array, blob, layer, model, operation, program, tensor_type
from tests.support import DATA

FILES = DATA / "coreml"
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))
INSIDE = Path("Data", "com.apple.CoreML", "model.mlmodel")


def place(name: str) -> str:
    return str(FILES / (name if name.endswith(".mlmodel") else f"{name}.mlpackage"))


@pytest.mark.parametrize("name", TRUTH)
def test_parameters_and_macs_are_those_of_pytorch(name: str) -> None:
    books = keep_books(read_file(place(name)))
    assert (books.totals.parameters, books.totals.macs) == (TRUTH[name]["parameters"], TRUTH[name]["macs"])
    assert all(evidence.agrees for evidence in books.evidence)
    assert not books.discrepancies


@pytest.mark.parametrize("name", [name for name in TRUTH if "blobs" in TRUTH[name]])
def test_the_bytes_of_all_blobs_are_in_the_books(name: str) -> None:
    network = read_file(place(name))
    immediates = sum(
        int(tensor.bytes) for tensor in network.tensors if tensor.storage and tensor.storage.startswith("in the file")
    )
    booked = sum({str(one.storage): int(one.bytes) for one in network.tensors}.values()) - immediates
    unread = network.meta["stored"]["bytes"] - booked - immediates
    assert booked <= TRUTH[name]["blobs"] <= booked + unread


@pytest.mark.parametrize(
    ("name", "dtypes"),
    [("palettised", {"uint4", "float16"}), ("linear8", {"int8", "float16"}),
     ("sparse3", {"uint3", "uint1", "float16"}), ("blocks4", {"int4", "float16"}),
     ("table4.mlmodel", {"uint4", "float32"}), ("linear6.mlmodel", {"uint6", "float32"})],
)  # fmt: skip
def test_packed_weights_count_what_they_stand_for_and_take_what_is_stored(name: str, dtypes: set[str]) -> None:
    books = keep_books(read_file(place(name)))
    tensors = [tensor for entry in books for tensor in entry.layer.tensors]
    assert dtypes <= {tensor.dtype for tensor in tensors}
    assert {"scale"} <= {tensor.role for tensor in tensors}
    whole = keep_books(read_file(place("images.mlmodel" if "." in name else "images"))).totals.bytes
    assert int(books.totals.bytes) < 0.6 * int(whole)


def test_a_package_is_named_by_its_folder_and_states_its_shapes() -> None:
    network = read_file(place("images"))
    assert network.name == "images"
    assert network["image"].attributes["shape"] == (1, 3, 8, 8)
    read_file(place("images"), options=Options({"": (3, 8, 8)}))
    with pytest.raises(UsageError, match="states every shape"):
        read_file(place("images"), options=Options({"": (3, 16, 16)}))


def test_another_input_of_an_older_network(tmp_path: Path) -> None:
    conv = field(1, 2) + field(2, 3) + field(90, field(1, bytes(4 * 2 * 3 * 9)))
    path = write(tmp_path, "m.mlmodel", model(500, layer("c", 100, conv) + field(5, 1), array(1, 3, 8, 8)))
    assert keep_books(read_file(path)).totals.macs == 6 * 6 * 54
    assert keep_books(read_file(path, options=Options({"x": (1, 3, 10, 10)}))).totals.macs == 8 * 8 * 54
    with pytest.raises(UsageError, match="is no input"):
        read_file(path, options=Options({"z": (1, 3, 10, 10)}))


def test_the_old_mapping_has_no_batch_and_a_pipeline_is_its_networks(tmp_path: Path) -> None:
    """``innerProduct`` reads channels, height and width at once; non-maximum suppression multiplies nothing."""
    dense = field(1, 12) + field(2, 5) + field(20, field(1, bytes(4 * 60)))
    network = model(500, layer("fc", 140, dense), array(3, 2, 2))
    stages = field(1, network) + field(1, model(610, b"")) + field(2, "net") + field(2, "boxes")
    path = write(tmp_path, "m.mlmodel", model(202, stages))
    books = keep_books(read_file(path))
    assert [entry.path for entry in books] == ["0.net.x", "0.net.fc", "1.boxes"]
    assert (books.totals.parameters, books.totals.macs, books["0.net.fc"].outputs) == (60, 60, ((5, 1, 1),))
    unread = field(1, network) + field(1, model(402, b""))
    assert str(keep_books(read_file(write(tmp_path, "t.mlmodel", model(202, unread)))).totals.macs) == "≥ 60"


def test_what_has_no_rule_is_unknown(tmp_path: Path) -> None:
    own = operation("mine", {"x": "x"}, "y", tensor_type(FLOAT, 1, 2))
    books = keep_books(read_file(write(tmp_path, "m.mlmodel", model(502, program(own, inputs=(X,))))))
    assert str(books.totals.macs) == "unknown"
    custom = layer("c", 500, field(10, "Mine") + field(20, field(1, bytes(20))))
    totals = keep_books(read_file(write(tmp_path, "c.mlmodel", model(500, custom, array(4))))).totals
    assert (str(totals.macs), totals.parameters) == ("unknown", 5)


def test_a_blob_that_no_operation_reads_is_noted(tmp_path: Path) -> None:
    data = blob(2, bytes(24))
    weights(b"\2" + data[1:])["more"](tmp_path)  # type: ignore[operator]
    assert read_file(write(tmp_path, "m.mlmodel", beside())).notes == (
        "1 blob that no operation reads lies beside the model",
    )


@pytest.mark.parametrize("name", ["images.mlmodel", "words"])
def test_every_beginning_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    source = FILES / name if name.endswith(".mlmodel") else FILES / f"{name}.mlpackage" / INSIDE
    if not name.endswith(".mlmodel"):
        shutil.copytree(source.parent / "weights", tmp_path / "weights")
    data = source.read_bytes()
    for end in range(1, len(data) - 1, 61):
        with pytest.raises(DataError):
            read_file(write(tmp_path, "m.mlmodel", data[:end]), format="coreml")


def test_a_package_without_its_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Manifest.json").write_text('{"fileFormatVersion": "1.0.0", "itemInfoEntries": {}}')
    with pytest.raises(FormatError, match="the manifest of a Core ML package"):
        read_file(str(tmp_path / "Manifest.json"))
