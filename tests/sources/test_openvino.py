"""OpenVINO's own files (``tests/data/openvino/make.py``) by what OpenVINO and PyTorch say of them; broken ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from netledger.errors import DataError, FormatError, LimitError, UsageError
from netledger.ledger import keep_books
from netledger.sources import Options, read_file
from tests.sources.builders import write
from tests.support import DATA

FILES = DATA / "openvino"
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))
LSTM = 7 * 2 * 4 * (8 * 16 + 16 * 16)
"""What PyTorch's counter leaves out: both directions' four gates at every step."""


@pytest.mark.parametrize("name", TRUTH)
def test_shapes_and_constants_are_those_that_openvino_finds(name: str) -> None:
    books = keep_books(read_file(str(FILES / f"{name}.xml")))
    theirs = TRUTH[name]["shapes"]
    ours = {entry.layer.path: entry.outputs[0] for entry in books if entry.path in theirs}
    checked = 0
    for path, shape in ours.items():
        sizes = [size for size in theirs[path].strip("[]").split(",") if size]
        assert not isinstance(shape, tuple) or len(sizes) == len(shape)
        assert list(map(str, shape)) == [size if size != "?" else "1" for size in sizes], path  # type: ignore[arg-type]
        checked += 1
    assert checked >= len(ours) > 0
    elements = nbytes = 0
    for shape, size in TRUTH[name]["constants"].values():
        count = 1
        for one in shape:
            count *= one
        elements, nbytes = elements + count, nbytes + size
    if name in ("images", "packed"):  # in the others OpenVINO joined equal constants, or a body holds some
        assert [evidence.ours for evidence in books.evidence] == [elements, nbytes]
    assert all(evidence.agrees for evidence in books.evidence)
    assert not books.discrepancies


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [("images", 216 + 8 + 8 + 144 + 8 + 128 + 4 + 2560 + 10, TRUTH["images"]["macs"]),
     # the converter adds the LSTM's two vectors of biases; the GRU keeps four of its six
     ("words", 50 * 8 + 2 * 4 * (8 * 16 + 16 * 16 + 16) + 32 * 32 + 32 + 3 * (32 * 4 + 4 * 4) + 4 * 4, TRUTH["words"]["macs"] + LSTM),
     ("packed", 5 * 6 + 5 * 4, 6 * 5 + 5 * 4), ("biased", 4 * 3 * 9 + 4, 4 * 27 * 36)],
)  # fmt: skip
def test_counts_by_hand_and_by_pytorch(name: str, parameters: int, macs: int) -> None:
    totals = keep_books(read_file(str(FILES / f"{name}.xml"))).totals
    assert (totals.parameters, totals.macs) == (parameters, macs)


def test_packed_weights_take_their_bytes_and_their_scales_beside_them() -> None:
    network = read_file(str(FILES / "packed.xml"))
    roles = {tensor.name: (tensor.role, tensor.dtype) for tensor in network.tensors}
    assert sorted(roles.values()) == [("scale", "float32"), ("scale", "float32"), ("weight", "uint4"), ("weight", "uint8"),
                                      ("zero_point", "uint8")]  # fmt: skip
    assert network.assumed == ("dimension 0, which the file leaves open, is the batch: 1",)


def test_a_graph_inside_is_unknown_and_what_it_stores_is_counted() -> None:
    totals = keep_books(read_file(str(FILES / "looped.xml"))).totals
    assert totals.parameters == 36
    assert not isinstance(totals.macs, int)


def test_without_its_values_and_with_another_input(tmp_path: Path) -> None:
    path = write(tmp_path, "images.xml", (FILES / "images.xml").read_bytes())
    network = read_file(path)
    assert network.notes == ("its .bin is not beside it: that the values are there was not checked",)
    assert keep_books(network).totals.macs == TRUTH["images"]["macs"]
    read_file(path, options=Options({"": (3, 8, 8)}))
    with pytest.raises(UsageError, match="states every shape"):
        read_file(path, options=Options({"": (3, 16, 16)}))


def changed(folder: Path, old: str, new: str, name: str = "images") -> str:
    shutil.copy(FILES / f"{name}.bin", folder / f"{name}.bin")
    text = (FILES / f"{name}.xml").read_text(encoding="utf-8")
    assert old in text
    return write(folder, f"{name}.xml", text.replace(old, new, 1).encode())


BOMB = '<?xml version="1.0"?><!DOCTYPE net [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("old", "new", "error", "what"),
    [
        ('offset="0" size="864"', 'offset="999999" size="864"', FormatError, "its values lie at 999999 to 1,000,863 of 12,360 bytes"),
        ('offset="0" size="864"', 'offset="0" size="865"', FormatError, "its shape does not fit its 865 bytes"),
        ('shape="8, 3, 3, 3"', 'shape="8, 3, 3, -1"', FormatError, "its shape does not fit its 864 bytes"),
        ('shape="8, 3, 3, 3"', 'shape="99999999999999999999"', FormatError, "is no size"),
        ('<edge from-layer="0"', '<edge from-layer="77"', FormatError, "an edge from layer 77 to layer 2: one of them is not there"),
        ('<edge from-layer="0" from-port="0"', '<edge from-layer="8" from-port="2"', FormatError, "its edges lead in a circle"),
        ('<layer id="1"', '<layer id="0"', FormatError, "two layers have the number 0"),
        ('<?xml version="1.0"?>', BOMB, FormatError, "an XML document type, which is not read"),
        ("</layers>", "</layer>", FormatError, "not well-formed XML: mismatched tag"),
        ("<dim>3</dim>", "<dim>three</dim>", FormatError, "dim: 'three' is no size"),
        ("<layers>", "<layers>" + "<a>" * 100, LimitError, "elements nested deeper than 64"),
    ],
)  # fmt: skip
def test_broken_files(tmp_path: Path, old: str, new: str, error: type[DataError], what: str) -> None:
    with pytest.raises(error) as caught:
        read_file(changed(tmp_path, old, new))
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["images", "looped"])
def test_every_beginning_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    data = (FILES / f"{name}.xml").read_bytes().rstrip()
    for end in range(60, len(data), 101):
        with pytest.raises(DataError):
            read_file(write(tmp_path, "m.xml", data[:end]), format="openvino")


def test_an_operation_that_nobody_knows_is_unknown_and_other_xml_is_refused(tmp_path: Path) -> None:
    books = keep_books(read_file(changed(tmp_path, 'type="SoftMax"', 'type="Mine"')))
    assert str(books.totals.macs) == f"≥ {TRUTH['images']['macs']:,}"
    with pytest.raises(FormatError, match="without OpenVINO"):
        read_file(write(tmp_path, "other.xml", b"<?xml version='1.0'?><html/>"))
