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


def const(number: int, kind: str, shape: str, at: int, size: int) -> str:
    dims = "".join(f"<dim>{one}</dim>" for one in shape.split(", ")) if shape else ""
    return (
        f'<layer id="{number}" name="c{number}" type="Const" version="opset1"><data element_type="{kind}" '
        f'shape="{shape}" offset="{at}" size="{size}"/><output><port id="0" precision="FP32">{dims}</port></output></layer>'
    )


def made(number: int, kind: str, inputs: int, shape: str) -> str:
    dims = "".join(f"<dim>{one}</dim>" for one in shape.split(", "))
    ports = "".join(f'<port id="{i}" precision="FP32">{dims}</port>' for i in range(inputs))
    return (
        f'<layer id="{number}" name="l{number}" type="{kind}" version="opset1"><data/><input>{ports}</input>'
        f'<output><port id="{inputs}" precision="FP32">{dims}</port></output></layer>'
    )


def multiplied(folder: Path, body: str, edges: list[tuple[int, int, int, int]], weight: tuple[int, int]) -> str:
    """A model that multiplies 8 values with what ``weight`` (layer, port) makes of constants: 8 × 8 values."""
    ends = (
        '<layer id="90" name="x" type="Parameter" version="opset1"><data shape="1,8" element_type="f32"/>'
        '<output><port id="0" precision="FP32"><dim>1</dim><dim>8</dim></port></output></layer>'
        '<layer id="91" name="m" type="MatMul" version="opset1"><data transpose_a="false" transpose_b="true"/><input>'
        '<port id="0"><dim>1</dim><dim>8</dim></port><port id="1"><dim>8</dim><dim>8</dim></port></input>'
        '<output><port id="2" precision="FP32"><dim>1</dim><dim>8</dim></port></output></layer>'
    )
    joined = [*edges, (90, 0, 91, 0), (*weight, 91, 1)]
    lines = "".join(f'<edge from-layer="{a}" from-port="{b}" to-layer="{c}" to-port="{d}"/>' for a, b, c, d in joined)
    xml = f'<?xml version="1.0"?><net name="m" version="11"><layers>{ends}{body}</layers><edges>{lines}</edges></net>'
    write(folder, "m.bin", bytes(range(128)))
    return write(folder, "m.xml", xml.encode())


def test_the_scales_of_small_floats_are_no_parameters(tmp_path: Path) -> None:
    """As NNCF 3.4 writes NVFP4: E2M1 values, a scale of E4M3 for each group, and one scale for those."""
    body = (
        const(0, "f4e2m1", "8, 8", 0, 32) + const(1, "f8e4m3", "8, 1", 32, 8) + const(2, "f32", "1, 1", 40, 4)
        + made(3, "Multiply", 2, "8, 1") + made(4, "Multiply", 2, "8, 8")
    )  # fmt: skip
    edges = [(1, 0, 3, 0), (2, 0, 3, 1), (0, 0, 4, 0), (3, 2, 4, 1)]
    network = read_file(multiplied(tmp_path, body, edges, (4, 2)))
    assert keep_books(network).totals.parameters == 64
    assert {tensor.name: tensor.role for tensor in network.tensors} == {"c0": "weight", "c1": "scale", "c2": "scale"}


def test_a_weight_of_places_in_a_table_has_as_many_values_as_places(tmp_path: Path) -> None:
    """As NNCF 3.4 writes its codebooks: 16 values, four-bit places in them, scales of groups."""
    body = (
        const(0, "f8e4m3", "16", 0, 16) + const(1, "u4", "8, 8", 16, 32) + const(2, "i64", "", 48, 8)
        + const(3, "f16", "8, 1", 56, 16) + made(4, "Gather", 3, "8, 8") + made(5, "Multiply", 2, "8, 8")
    )  # fmt: skip
    edges = [(0, 0, 4, 0), (1, 0, 4, 1), (2, 0, 4, 2), (4, 3, 5, 0), (3, 0, 5, 1)]
    network = read_file(multiplied(tmp_path, body, edges, (5, 2)))
    assert keep_books(network).totals.parameters == 64
    assert {tensor.name: tensor.role for tensor in network.tensors} == {"c0": "scale", "c1": "weight", "c3": "scale"}
