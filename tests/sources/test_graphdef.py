"""TensorFlow's graphs (``tests/data/tensorflow/graphs/make.py``) by Keras, TensorFlow's profiler and by hand; damaged ones."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest

from netledger.errors import DataError, FormatError, UsageError
from netledger.ledger import Ledger, keep_books
from netledger.sources import Options, read, read_file
from tests.sources.builders import write
from tests.support import DATA

FILES = DATA / "tensorflow" / "graphs"
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))
UNPROFILED = {"images": 36 * 4 * 6 + 36 * 4 * 4 * 6, "words": 2 * 2 * 9 * 9 * 4}
"""What TensorFlow's profiler counts nothing of: the grouped convolution, which is a function, the transposed one; Einsum."""


def books(path: object, **inputs: Any) -> Ledger:
    return keep_books(read(str(path), options=Options(inputs)))


def test_what_training_leaves_alone_is_frozen_and_what_scales_is_no_parameter() -> None:
    """Keras: 15 trainable values of 39 in dense layers, 11 that ``Normalization`` keeps."""
    totals, truth = books(FILES / "scaled").totals, TRUTH["scaled"]
    assert totals.trainable == truth["trainable"]
    assert totals.parameters == 5 * 4 + 4 + 4 * 3 + 3
    assert totals.parameters + totals.buffers == truth["all"]
    assert totals.macs == truth["flops"] // 2


@pytest.mark.parametrize("name", ["images", "words"])
def test_a_saved_model_by_keras_and_tensorflow(name: str) -> None:
    ledger = books(FILES / name)
    totals = ledger.totals
    assert totals.parameters == TRUTH[name]["trainable"]
    assert totals.parameters + totals.buffers == TRUTH[name]["all"]
    assert totals.macs == TRUTH[name]["flops"] // 2 + UNPROFILED[name]
    assert not ledger.discrepancies
    assert all(one.agrees for one in ledger.evidence)
    assert ledger.network.name == name
    left = [one for entry in ledger if entry.layer.path == "variables" for one in entry.layer.tensors]
    assert not any(one.learned for one in left)  # every weight is in the row that reads it


@pytest.mark.parametrize("file", ["images.pb", "images_js/model.json"])
def test_the_same_graph_frozen_and_in_tensorflow_js(file: str) -> None:
    """Its constants are all that Keras counts; statistics are not told apart there."""
    ledger = books(FILES / file)
    assert (ledger.totals.parameters, ledger.totals.macs) == (
        TRUTH["images"]["all"],
        books(FILES / "images").totals.macs,
    )
    assert not ledger.discrepancies
    assert any("whatever they were in training" in note for note in ledger.network.notes)
    assert [entry.outputs[0] for entry in ledger if entry.layer.kind == "linear"] == [(1, 10)]


def test_layers_have_their_kind_and_their_formula() -> None:
    ledger = books(FILES / "images")
    rows = {entry.layer.path.split("/")[-2]: entry for entry in ledger if entry.layer.path.count("/") > 1}
    kinds = [entry.layer.kind for entry in ledger if entry.layer.kind.startswith(("conv", "linear"))]
    assert sorted(kinds) == ["conv2d", "conv2d", "conv2d", "conv_transpose2d", "linear"]
    assert rows["conv_1"].outputs == ((1, 8, 8, 8),)
    assert rows["up_1"].outputs == ((1, 12, 12, 4),)
    assert {entry.layer.attributes["groups"] for entry in ledger if entry.layer.kind == "conv2d"} == {1, 2, 8}


def test_another_input_and_a_wrong_one(tmp_path: Path) -> None:
    ledger = books(FILES / "words", ids=(4, 9))
    assert ledger.totals.macs == 4 * books(FILES / "words").totals.macs
    with pytest.raises(UsageError, match="'x' is no input; the network's inputs: 'ids'"):
        books(FILES / "words", x=(1, 9))


def test_a_loop_is_unknown_by_its_name() -> None:
    ledger = books(FILES / "steps")
    assert ledger.totals.parameters == TRUTH["steps"]["trainable"]
    assert not isinstance(ledger.totals.macs, int)
    assert any("While runs functions of the file" in unknown.reason for _, unknown in ledger.unknown)


def test_shards_that_are_not_there_leave_shapes_open(tmp_path: Path) -> None:
    shutil.copy(FILES / "images_js" / "model.json", tmp_path)
    totals = books(tmp_path / "model.json").totals
    assert totals.parameters == TRUTH["images"]["all"]
    assert not isinstance(totals.macs, int)


# ---------------------------------------------------------------------- written by hand


def field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value & (1 << 64) - 1)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    made = b""
    while value >= 0x80:
        made, value = made + bytes([value & 0x7F | 0x80]), value >> 7
    return made + bytes([value])


def shape(*sizes: int) -> bytes:
    return b"".join(field(2, field(1, size)) for size in sizes)


def node(name: str, op: str, *inputs: str, **attributes: bytes) -> bytes:
    """A ``NodeDef``; attributes are the bytes of an ``AttrValue``."""
    made = field(1, name.encode()) + field(2, op.encode()) + b"".join(field(3, one.encode()) for one in inputs)
    return made + b"".join(field(5, field(1, key.encode()) + field(2, value)) for key, value in attributes.items())


def placeholder(name: str, *sizes: int) -> bytes:
    return node(name, "Placeholder", dtype=field(6, 1), shape=field(7, shape(*sizes)))


def stored(name: str, *sizes: int) -> bytes:
    return node(name, "Const", dtype=field(6, 1), value=field(8, field(1, 1) + field(2, shape(*sizes))))


def whole(name: str, *numbers: int) -> bytes:
    content = struct.pack(f"<{len(numbers)}i", *numbers)
    tensor = field(1, 3) + field(2, shape(len(numbers))) + field(4, content)
    return node(name, "Const", dtype=field(6, 3), value=field(8, tensor))


def graph(*nodes: bytes, functions: tuple[bytes, ...] = ()) -> bytes:
    library = field(2, b"".join(field(1, one) for one in functions)) if functions else b""
    return b"".join(field(1, one) for one in nodes) + library


def text(value: str) -> bytes:
    return field(2, value.encode())


def ints(*values: int) -> bytes:
    return field(1, field(3, b"".join(varint(one) for one in values)))


@pytest.mark.parametrize(
    ("nodes", "macs", "made"),
    [
        ([placeholder("x", 2, 9, 9, 3), stored("w", 3, 3, 3, 8),
          node("y", "Conv2D", "x", "w", strides=ints(1, 2, 2, 1), padding=text("VALID"))], 2 * 16 * 27 * 8, (2, 4, 4, 8)),
        ([placeholder("x", 2, 4, 9, 9), stored("w", 3, 3, 2, 8),
          node("y", "Conv2D", "x", "w", strides=ints(1, 1, 1, 1), padding=text("SAME"), data_format=text("NCHW"))],
         2 * 81 * 18 * 8, (2, 8, 9, 9)),
        ([placeholder("x", 1, 6, 6, 4), stored("w", 3, 3, 4, 2),
          node("y", "DepthwiseConv2dNative", "x", "w", strides=ints(1, 1, 1, 1), padding=text("SAME"))],
         36 * 9 * 8, (1, 6, 6, 8)),
        ([placeholder("x", 5, 4), stored("w", 7, 4), node("y", "MatMul", "x", "w", transpose_b=field(5, 1))], 140, (5, 7)),
        ([placeholder("x", 3, 5, 4), placeholder("z", 3, 6, 4),
          node("y", "BatchMatMulV2", "x", "z", adj_y=field(5, 1))], 3 * 5 * 4 * 6, (3, 5, 6)),
        ([placeholder("x", 3, 5, 4), stored("w", 4, 2, 6),
          node("y", "Einsum", "x", "w", equation=text("bte,ehd->bthd"))], 3 * 5 * 4 * 12, (3, 5, 2, 6)),
        ([placeholder("x", 1, 6, 6, 4), stored("w", 3, 3, 4, 8), stored("b", 8),
          node("y", "_FusedConv2D", "x", "w", "b", strides=ints(1, 1, 1, 1), padding=text("SAME"),
               fused_ops=field(1, text("BiasAdd") + text("Relu")))], 36 * 36 * 8, (1, 6, 6, 8)),
        ([placeholder("x", 1, 5, 5, 4), stored("w", 2, 2, 6, 4), whole("s", 1, 10, 10, 6),
          node("y", "Conv2DBackpropInput", "s", "w", "x", strides=ints(1, 2, 2, 1), padding=text("SAME"))],
         25 * 16 * 6, (1, 10, 10, 6)),
        ([placeholder("x", 2, 6, 8), whole("a", 1), node("m", "Mean", "x", "a"), whole("s", -1, 4),
          node("y", "Reshape", "m", "s")], 0, (4, 4)),
        ([placeholder("x", 2, 6, 8), node("s", "Shape", "x"), whole("a", 0), whole("b", 1), whole("c", 1),
          node("n", "StridedSlice", "s", "a", "b", "c", shrink_axis_mask=field(3, 1)),
          node("r", "Pack", "n", "k"), whole("k0", 48), node("k", "Identity", "k0"),
          node("y", "Reshape", "x", "r")], 0, (2, 48)),
        ([placeholder("x", 1, 4, 4, 2), whole("p", 0, 0, 1, 2, 3, 4, 0, 0), node("y", "Pad", "x", "p")], 0, (1, 7, 11, 2)),
    ],
)  # fmt: skip
def test_operators_by_hand(tmp_path: Path, nodes: list[bytes], macs: int, made: tuple[int, ...]) -> None:
    ledger = books(write(tmp_path, "m.pb", graph(*nodes)))
    assert ledger.totals.macs == macs
    assert ledger.entries[-1].outputs[0] == made
    assert not ledger.discrepancies


def function(name: str, argument: str, result: str, *nodes: bytes) -> bytes:
    signature = field(1, name.encode()) + field(2, field(1, argument.encode())) + field(3, field(1, b"out"))
    returned = field(4, field(1, b"out") + field(2, result.encode()))
    return field(1, signature) + b"".join(field(3, one) for one in nodes) + returned


CALLED = function("f", "x", "y:product:0", stored("w", 4, 4), node("y", "MatMul", "x", "w:output:0"))


def test_a_function_is_its_nodes_at_every_call(tmp_path: Path) -> None:
    nodes = [
        placeholder("x", 3, 4),
        node("a", "PartitionedCall", "x", f=field(10, field(1, b"f"))),
        node("b", "f", "a"),
    ]
    ledger = books(write(tmp_path, "m.pb", graph(*nodes, functions=(CALLED,))))
    assert ledger.totals.macs == 2 * 3 * 4 * 4
    assert ledger.totals.parameters == 16  # the constant is one, whoever calls
    loop = node("a", "While", "x", cond=field(10, field(1, b"f")), body=field(10, field(1, b"f")))
    assert not isinstance(books(write(tmp_path, "w.pb", graph(nodes[0], loop, functions=(CALLED,)))).totals.macs, int)


def checks(ledger: Ledger) -> dict[str, tuple[object, object]]:
    return {one.what: (one.ours, one.theirs) for one in ledger.evidence if one.kind == "file size"}


def test_constants_of_one_name_in_two_functions_are_two(tmp_path: Path) -> None:
    """16 + 16 weights in bodies of their own; what no call reaches is stored too, and nobody knows what it is."""
    other, uncalled = CALLED.replace(b"\x0a\x01f", b"\x0a\x01g", 1), CALLED.replace(b"\x0a\x01f", b"\x0a\x01h", 1)
    nodes = [placeholder("x", 3, 4), node("a", "f", "x"), node("b", "g", "a")]
    ledger = books(write(tmp_path, "m.pb", graph(*nodes, functions=(CALLED, other))))
    assert (ledger.totals.macs, ledger.totals.parameters) == (2 * 3 * 4 * 4, 32)
    elements, nbytes = "elements of the stored tensors", "bytes of the stored tensors"
    assert checks(ledger) == {elements: (32, 32), nbytes: (128, 128)}
    ledger = books(write(tmp_path, "m.pb", graph(*nodes, functions=(CALLED, other, uncalled))))
    assert str(ledger.totals.parameters) == "≥ 32"
    assert checks(ledger) == {elements: (48, 48), nbytes: (192, 192)}


def test_what_has_no_rule_is_unknown_by_its_name(tmp_path: Path) -> None:
    nodes = [placeholder("x", 3, 4), node("a", "XlaCallModule", "x"), stored("w", 4, 2), node("b", "MatMul", "a", "w")]
    ledger = books(write(tmp_path, "m.pb", graph(*nodes)))
    assert ledger.totals.parameters == 8
    assert not isinstance(ledger.totals.macs, int)
    assert any("operator 'XlaCallModule' has no rule" in unknown.reason for _, unknown in ledger.unknown)


def test_a_loop_of_tensorflow_1_is_unknown_and_no_circle(tmp_path: Path) -> None:
    nodes = [placeholder("x", 4, 4), stored("w", 4, 4), node("enter", "Enter", "x"), node("merge", "Merge", "enter", "next"),
             node("y", "MatMul", "merge", "w"), node("next", "NextIteration", "y"), node("exit", "Exit", "y")]  # fmt: skip
    ledger = books(write(tmp_path, "m.pb", graph(*nodes)))
    assert ledger.totals.parameters == 16
    assert not isinstance(ledger.totals.macs, int)
    assert any("operator 'Merge' has no rule" in unknown.reason for _, unknown in ledger.unknown)


def test_protobuf_of_another_sort_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="neither a SavedModel nor a graph"):
        read_file(write(tmp_path, "fingerprint.pb", b"\x08\xa1\xf7\x92\x10\x10\x07"))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (graph(node("a", "Relu", "b"), node("b", "Relu", "a"), node("c", "Relu", "a")), "lead in a circle"),
        (graph(node("a", "Relu", "b")), "'b' is read and is no node"),
        (graph(placeholder("x", 2), node("x", "Relu", "x"), node("y", "Relu", "x")), "two nodes have one name"),
        (graph(placeholder("x", 2, 3), stored("w", 4, 5), node("y", "MatMul", "x", "w")), "inner sizes differ"),
        (graph(placeholder("x", 1, 4, 4, 3), stored("w", 3, 3, 4, 5), node("y", "Conv2D", "x", "w")), "a filter of depth 4"),
        (graph(placeholder("x", 2), node("y", "PartitionedCall", "x", f=field(10, field(1, b"g")))), "no function of the"),
        (graph(placeholder("x", 2), node("y", "f", "x"), functions=(function("f", "x", "y", node("y", "f", "x")),)),
         "functions call each other more than 64 deep"),
        (graph(placeholder("x", -5), node("y", "Relu", "x")), "a shape that cannot be"),
        (graph(placeholder("x", 2, 3), node("y", "Conv2D", "x")), "is missing|needs 4 dimensions"),
        (b"\x08\x01\x12\x00", "it holds no graph"),
    ],
)  # fmt: skip
def test_graphs_that_cannot_be(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises((FormatError, DataError), match=what):
        read_file(write(tmp_path, "m.pb", data), format="tensorflow-graph")


@pytest.mark.parametrize("name", ["images.pb", "words/saved_model.pb", "images_js/model.json"])
def test_damage_is_one_line(tmp_path: Path, name: str) -> None:
    """Random bytes changed, and ends cut off: read, or refused with a reason; nothing else is raised."""
    data = (FILES / name).read_bytes()
    dice = random.Random(7)
    place = tmp_path / Path(name).name
    for i in range(150):
        raw = bytearray(data)
        if i % 3:
            for _ in range(dice.randint(1, 4)):
                raw[dice.randrange(len(raw))] = dice.randrange(256)
        else:
            raw = raw[: dice.randrange(len(raw))]
        place.write_bytes(raw)
        with contextlib.suppress(DataError, UsageError):
            _ = keep_books(read_file(str(place))).totals.parameters


def test_a_saved_model_without_its_variables_says_what_cannot_be_told(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "saved_model.pb").write_bytes((FILES / "images" / "saved_model.pb").read_bytes())
    ledger = books(tmp_path / "images")
    assert ledger.totals.parameters == TRUTH["images"]["all"]
    assert any("whatever they were in training" in note for note in ledger.network.notes)
