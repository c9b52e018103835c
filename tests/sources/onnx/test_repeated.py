"""A block that repeats is worked out once; one that deviates in anything is worked out by itself."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from netledger.errors import FormatError
from netledger.ledger import Ledger, keep_books
from netledger.sources import read_file
from netledger.sources.onnx import importer, tensors
from tests.hostile.onnx_cases import dims, f, info, ints, model, node, tensor, whole

BLOCKS, ODD = 1_000, 617
WIDTH = 6


def shape_of(name: str, *sizes: int) -> bytes:
    """A stored list of sizes."""
    return dims(len(sizes)) + f(2, 7) + f(8, name) + f(9, struct.pack(f"<{len(sizes)}q", *sizes))


def block(i: int, read: str, odd: str) -> tuple[list[bytes], list[bytes]]:
    """MatMul, Add, Softmax, Reshape, Reshape: 6 × 6 weights and 6 biases on 2 × 6 values."""
    p = f"b{i}"
    square = f"{p}.tied" if odd == "another weight's name" else f"{p}.weight"
    inner = 4 if odd == "a narrower weight" else WIDTH
    kind = 10 if odd == "another type" else 1
    stored = [tensor(square, WIDTH, inner, kind=kind, data=bytes((2 if kind == 10 else 4) * WIDTH * inner))]
    if odd == "a tied weight":
        square, stored = "b0.weight", []
    stored.append(tensor(f"{p}.bias", 1, 1) if odd == "a scalar bias" else tensor(f"{p}.bias", inner))
    stored.append(
        shape_of(f"{p}.there", *((3, 2, 2) if odd == "other sizes" else (2, 2, 3)) if inner == WIDTH else (2, 2, 2))
    )
    stored.append(shape_of(f"{p}.back", 2, inner))
    axis = 0 if odd == "another attribute" else 1
    nodes = [
        node("MatMul", f"{read} {square}", f"{p}_0", name=f"{p}_mm"),
        node("Add", f"{p}_0 {p}_0" if odd == "a value twice" else f"{p}_0 {p}.bias", f"{p}_1", name=f"{p}_add"),
        node("Softmax", f"{p}_1", f"{p}_2", whole("axis", axis), name=f"{p}_soft"),
        node("Reshape", f"{p}_2 {p}.there", f"{p}_3", name=f"{p}_there"),
        node("Transpose", f"{p}_3", f"{p}_4", ints("perm", 0, 1, 2), name=f"{p}_perm"),
        node("Reshape", f"{p}_4 {p}.back", f"{p}_5", name=f"{p}_back"),
    ]
    if odd == "an unknown operator":
        nodes[2] = node("Sofmax", f"{p}_1", f"{p}_2", whole("axis", axis), name=f"{p}_soft")
        nodes = [*nodes[:3], node("Relu", f"{p}_1", f"{p}_5", name=f"{p}_back")]
    if inner != WIDTH:
        stored.append(tensor(f"{p}.up", inner, WIDTH))
        nodes.append(node("MatMul", f"{p}_5 {p}.up", f"{p}_6", name=f"{p}_up"))
    return nodes, stored


def blocks(odd: str) -> bytes:
    nodes, stored, read = [], [], "x"
    for i in range(BLOCKS):
        made, kept = block(i, read, odd if i == ODD else "")
        nodes += made
        stored += kept
        read = f"b{i}_6" if len(made) == 7 else f"b{i}_5"
    graph = b"".join(f(1, one) for one in nodes) + f(2, "blocks") + b"".join(f(5, one) for one in stored)
    return model(graph + f(11, info("x", 2, WIDTH)) + f(12, f(1, read)))


def rows(ledger: Ledger) -> list[str]:
    return [
        f"{entry.path} {entry.kind} {dict(entry.layer.attributes)} {entry.layer.inputs} {entry.inputs} {entry.outputs} "
        f"{entry.parameters} {entry.buffers} {entry.macs} {entry.bytes} {entry.tied_to} "
        f"{[(one.name, one.role, one.dtype) for one in entry.layer.tensors]}"
        for entry in ledger.entries
    ]


# By hand: a block has 6·6 + 6 = 42 parameters and 2·6·6 = 72 MACs. What the odd one has more or less:
DEVIATIONS = {
    "": (0, 0),
    "a narrower weight": (6 * 4 + 4 + 4 * 6 - 42, 2 * 6 * 4 + 2 * 4 * 6 - 72),
    "another type": (0, 0),
    "a tied weight": (-36, 0),
    "another weight's name": (0, 0),
    "a scalar bias": (1 - 6, 0),
    "other sizes": (0, 0),
    "another attribute": (0, 0),
    "a value twice": (0, 0),
}


@pytest.mark.parametrize("odd", DEVIATIONS)
def test_one_block_in_a_thousand(odd: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "blocks.onnx"
    path.write_bytes(blocks(odd))
    ledger = keep_books(read_file(str(path)))
    parameters, macs = DEVIATIONS[odd]
    assert ledger.totals.parameters == BLOCKS * 42 + parameters
    assert ledger.totals.macs == BLOCKS * 72 + macs
    monkeypatch.setattr(importer, "key_of", lambda *_: None)  # every node worked out by itself
    assert rows(ledger) == rows(keep_books(read_file(str(path))))


def test_an_operator_without_a_rule_among_them(tmp_path: Path) -> None:
    path = tmp_path / "blocks.onnx"
    path.write_bytes(blocks("an unknown operator"))
    ledger = keep_books(read_file(str(path)))
    assert [entry.path for entry in ledger.entries if entry.unknown] == [f"b{ODD}_soft"]


def test_sizes_in_the_file_are_heeded(tmp_path: Path) -> None:
    """The numbers of a Reshape lie in the file: equal lists of sizes give equal shapes, another gives its own."""
    path = tmp_path / "blocks.onnx"
    path.write_bytes(blocks("other sizes"))
    shapes = [entry.outputs[0] for entry in keep_books(read_file(str(path))) if entry.path.endswith("_there")]
    assert shapes.pop(ODD) == (3, 2, 2)
    assert set(shapes) == {(2, 2, 3)}


def test_rules_are_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rules are asked for 1,000 equal blocks as for a few: the work does not grow with them."""
    path, asked = tmp_path / "blocks.onnx", []
    path.write_bytes(blocks(""))
    worked_out = importer.Importer._finish
    monkeypatch.setattr(
        importer.Importer, "_finish", lambda self, op, *rest: (asked.append(op), worked_out(self, op, *rest))[1]
    )
    keep_books(read_file(str(path)))
    assert len(asked) < 20


def test_stored_tensors_are_taken_apart_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """4,000 stored tensors of four sorts: all but a few are read by their names alone."""
    path, apart = tmp_path / "blocks.onnx", []
    path.write_bytes(blocks(""))
    parts = tensors.tensor_parts
    monkeypatch.setattr(tensors, "tensor_parts", lambda *where: (apart.append(where), parts(*where))[1])
    read_file(str(path))
    assert len(apart) < 20


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        (tensor("odd", 66, 2), (66, 2)),  # 66 is the byte with which a name begins
        (tensor("odd", 2, 2) + f(12, "a remark"), (2, 2)),
        (dims(2, 2) + f(2, 1) + f(12, "B\x03odd") + f(8, "o") + f(9, bytes(16)), (2, 2)),
        (dims(2, 2) + f(2, 1) + f(8, "o") + f(8, "odd") + f(9, bytes(16)), (2, 2)),
        (dims(2, 2) + f(2, 1) + f(8, "odd") + f(9, bytes(12)), None),
    ],
    ids=["a size like a name", "something behind", "a remark like a name", "two names", "too few bytes"],
)
def test_one_stored_tensor_among_others_like_it(odd: bytes, says: tuple[int, ...] | None, tmp_path: Path) -> None:
    """It begins as those before it do; what else it says is heeded."""
    stored = [tensor(f"w{i}", 2, 2) for i in range(8)]
    graph = b"".join([f(5, one) for one in (*stored, odd, *[tensor(f"v{i}", 2, 2) for i in range(8)])])
    path = tmp_path / "odd.onnx"
    path.write_bytes(
        model(f(1, node("Relu", "x", "y")) + f(2, "g") + graph + f(11, info("x", 2, 2)) + f(12, f(1, "y")))
    )
    if says is None:
        with pytest.raises(FormatError, match="raw_data holds 12 bytes"):
            read_file(str(path))
        return
    shapes = {one.name: one.shape for layer in read_file(str(path)) for one in layer.tensors}
    assert len(shapes) == 17
    assert shapes.get("odd", shapes.get("o")) == says
