"""TFLite files of the format's own writers: counts by hand, sizes left open, quantised, tied, other graphs, broken."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
import tflite

from netledger.errors import DataError, FormatError, ShapeError, UsageError
from netledger.ledger import Ledger, keep_books
from netledger.sources import Options, read_file
from netledger.sources.tflite.schema import OPERATORS, TYPES
from netledger.unknown import Unknown
from tests.sources.builders import write
from tests.sources.tflite_builder import graph, model, tensor, two_parts, weights


def books(folder: Path, data: bytes, **inputs: tuple[int, ...]) -> Ledger:
    return keep_books(read_file(write(folder, "m.tflite", data), options=Options(inputs)))


def one(name: str, tensors: list[tuple[object, ...]], options: tuple[object, ...] = ()) -> bytes:
    """A network of one operator: the first tensor flows in, the last one out, all the others are read as well."""
    last = len(tensors) - 1
    op = (name, list(range(last)), [last], *options)
    return model(graph(tensors, [op], [0], [last]), custom=("mine",))


def image(*shape: int) -> tuple[object, ...]:
    return tensor("image", shape)


def test_numbers_and_names_are_those_of_the_published_schema() -> None:
    ours = {name: number for number, name in enumerate(OPERATORS)}
    theirs = {name: value for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
    assert theirs.items() <= ours.items()
    types = {value: name.lower() for name, value in vars(tflite.TensorType).items() if isinstance(value, int)}
    assert types == dict(enumerate(TYPES[: len(types)]))


@pytest.mark.parametrize(
    ("name", "tensors", "macs", "parameters"),
    [
        ("CONV_2D", [image(1, 8, 8, 3), weights("w", (16, 3, 3, 3)), weights("b", (16,)), tensor("y", (1, 4, 4, 16))],
         4 * 4 * 16 * 27, 16 * 27 + 16),
        ("CONV_2D", [image(1, 8, 8, 4), weights("w", (16, 1, 1, 2)), weights("b", (16,)), tensor("y", (1, 8, 8, 16))],
         64 * 16 * 2, 48),  # two groups
        ("DEPTHWISE_CONV_2D", [image(1, 8, 8, 3), weights("w", (1, 3, 3, 6)), weights("b", (6,)),
                               tensor("y", (1, 8, 8, 6))], 64 * 9 * 6, 60),
        ("FULLY_CONNECTED", [image(2, 5, 7), weights("w", (4, 7)), weights("b", (4,)), tensor("y", (10, 4))],
         10 * 7 * 4, 32),
        ("FULLY_CONNECTED", [image(1, 2, 2, 3), weights("w", (5, 12)), tensor("y", (1, 5))], 60, 60),
        ("CONV_3D", [image(1, 4, 4, 4, 2), weights("w", (3, 3, 3, 2, 8)), weights("b", (8,)),
                     tensor("y", (1, 2, 2, 2, 8))], 8 * 27 * 2 * 8, 27 * 16 + 8),
        ("BATCH_MATMUL", [image(3, 5, 7), tensor("k", (3, 7, 11)), tensor("y", (3, 5, 11))], 3 * 5 * 7 * 11, 0),
        ("SVDF", [image(1, 10), weights("f", (8, 10)), weights("t", (8, 4)), weights("b", (4,)), tensor("y", (1, 4))],
         8 * 10 + 8 * 4, 80 + 32 + 4),
        ("UNIDIRECTIONAL_SEQUENCE_RNN", [image(1, 6, 5), weights("w", (3, 5)), weights("r", (3, 3)),
                                         weights("b", (3,)), tensor("y", (1, 6, 3))], 6 * (15 + 9), 27),
        ("PRELU", [image(1, 8, 8, 3), weights("alpha", (1, 1, 3)), tensor("y", (1, 8, 8, 3))], 0, 3),
        ("EMBEDDING_LOOKUP", [tensor("image", (4,), "INT32"), weights("table", (10, 6)), tensor("y", (4, 6))], 0, 60),
        ("RESHAPE", [image(1, 4, 4), weights("shape", (2,), "INT32"), tensor("y", (1, 16))], 0, 0),
        ("ADD", [image(1, 8), weights("one", (1,)), tensor("y", (1, 8))], 0, 0),
    ],
)  # fmt: skip
def test_counts_by_hand(
    tmp_path: Path, name: str, tensors: list[tuple[object, ...]], macs: int, parameters: int
) -> None:
    found = books(tmp_path, one(name, tensors))
    assert (found.totals.macs, found.totals.parameters) == (macs, parameters)
    assert all(evidence.agrees for evidence in found.evidence)


def test_a_transposed_convolution_counts_what_it_reads(tmp_path: Path) -> None:
    tensors = [
        weights("size", (4,), "INT32"),
        weights("w", (8, 2, 2, 3)),
        image(1, 5, 5, 3),
        tensor("y", (1, 10, 10, 8)),
    ]
    data = model(graph(tensors, [("TRANSPOSE_CONV", [0, 1, 2], [3])], [2], [3]))
    found = books(tmp_path, data)
    assert (found.totals.macs, found.totals.parameters) == (25 * 4 * 3 * 8, 96)


def test_adjoint_matrices(tmp_path: Path) -> None:
    tensors = [image(3, 7, 5), tensor("k", (3, 11, 7)), tensor("y", (3, 5, 11))]
    op = ("BATCH_MATMUL", [0, 1], [2], ("BatchMatMulOptions", {"AdjX": True, "AdjY": True}))
    assert books(tmp_path, model(graph(tensors, [op], [0, 1], [2]))).totals.macs == 3 * 5 * 7 * 11


def test_an_lstm_multiplies_its_matrices_at_every_step(tmp_path: Path) -> None:
    """No projection, no peepholes, no first gate (coupled): three gates of 5·4 + 4·4."""
    tensors = [image(1, 6, 5)]
    read = [0, -1]
    for name, shape in [("i", (4, 5))] * 3 + [("", ())] + [("r", (4, 4))] * 3:
        read.append(len(tensors) if name else -1)
        if name:
            tensors.append(weights(f"{name}{len(tensors)}", shape))
    read += [-1] * 4
    for _ in range(3):
        read.append(len(tensors))
        tensors.append(weights(f"b{len(tensors)}", (4,)))
    tensors.append(tensor("y", (1, 6, 4)))
    data = model(graph(tensors, [("UNIDIRECTIONAL_SEQUENCE_LSTM", read, [len(tensors) - 1])], [0], [len(tensors) - 1]))
    found = books(tmp_path, data)
    assert (found.totals.macs, found.totals.parameters) == (6 * 3 * (20 + 16), 3 * (20 + 16 + 4))


def quantised(kind: str = "INT8", biases: str = "INT32") -> bytes:
    tensors = [
        tensor("x", (1, 10), "INT8", scale=[0.5]), weights("w", (4, 10), kind, scale=[0.1] * 4),
        weights("b", (4,), biases, scale=[0.1] * 4), tensor("y", (1, 4), "INT8", scale=[1.0]),
    ]  # fmt: skip
    return model(graph(tensors, [("FULLY_CONNECTED", [0, 1, 2], [3])], [0], [3]))


@pytest.mark.parametrize(("kind", "nbytes"), [("INT8", 40 + 16), ("INT4", 20 + 16)])
def test_quantised_weights_are_parameters_in_few_bytes(tmp_path: Path, kind: str, nbytes: int) -> None:
    totals = books(tmp_path, quantised(kind)).totals
    assert (totals.parameters, totals.bytes, totals.macs) == (44, nbytes, 40)


def test_biases_of_layers_that_read_sixteen_bits_have_sixty_four(tmp_path: Path) -> None:
    totals = books(tmp_path, quantised(biases="INT64")).totals
    assert (totals.weights, totals.biases, totals.bytes) == (40, 4, 40 + 32)


def test_weights_behind_a_dequantisation_belong_to_who_multiplies_them(tmp_path: Path) -> None:
    tensors = [image(1, 10), weights("half", (4, 10), "FLOAT16"), tensor("whole", (4, 10)), tensor("y", (1, 4))]
    ops = [("DEQUANTIZE", [1], [2]), ("FULLY_CONNECTED", [0, 2], [3])]
    found = books(tmp_path, model(graph(tensors, ops, [0], [3])))
    assert [(entry.layer.type, entry.parameters) for entry in found.entries] == [(None, 0), ("FULLY_CONNECTED", 40)]
    assert (found.totals.macs, found.totals.bytes) == (40, 80)


def shared(data: bytes | None) -> bytes:
    first = weights("w1", (10, 10)) if data is None else tensor("w1", (10, 10), data=data)
    tensors = [image(1, 10), first, tensor("w2", (10, 10), data=first[3]), tensor("m", (1, 10)), tensor("y", (1, 10))]
    ops = [("FULLY_CONNECTED", [0, 1], [3]), ("FULLY_CONNECTED", [3, 2], [4])]
    return model(graph(tensors, ops, [0], [4]), share={"w2": "w1"})


def test_one_buffer_is_tied_weights_unless_it_is_all_one_number(tmp_path: Path) -> None:
    """Converters join buffers of the same bytes: two biases of zero are two biases all the same."""
    assert books(tmp_path, shared(None)).totals.parameters == 100
    assert books(tmp_path, shared(bytes(400))).totals.parameters == 200
    assert books(tmp_path, shared(None)).totals.macs == 200


def open_sizes(space: int, signature: int | None = None) -> bytes:
    """An image that is ``space`` high by its shape (-1: open, which writers give as 1) and ``signature`` by the other."""
    stated, signed = abs(space) if signature is None else space, space if signature is None else signature
    tensors = [
        tensor("image", (1, stated, 8, 3), signature=(-1, signed, 8, 3)),
        weights("w", (16, 3, 3, 3)),
        tensor("c", (1, stated, 8, 16), signature=(-1, signed, 8, 16)),
        weights("size", (2,), "INT32"), tensor("flat", (1, 4), signature=(-1, 4)), weights("v", (5, 4)),
        tensor("y", (1, 5), signature=(-1, 5)),
    ]  # fmt: skip
    ops = [("CONV_2D", [0, 1], [2]), ("RESHAPE", [2, 3], [4]), ("FULLY_CONNECTED", [4, 5], [6])]
    return model(graph(tensors, ops, [0], [6]))


def test_an_open_batch_is_one_and_what_follows_from_it_is_worked_out(tmp_path: Path) -> None:
    """1×8×8×16 values as rows of 4 are 256 rows, though the file writes 1 for the size that it leaves open."""
    found = books(tmp_path, open_sizes(8))
    assert found.totals.macs == 64 * 16 * 27 + 256 * 4 * 5
    assert found.network.assumed == ("dimension 0 of input 'image' is the batch: 1",)


@pytest.mark.parametrize("sizes", [(-1,), (-1, 8), (8, -1), (-1, -1)])
def test_another_open_size_is_unknown_and_never_one(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    found = books(tmp_path, open_sizes(*sizes))
    assert all(isinstance(entry.macs, Unknown) for entry in found.entries if entry.layer.type in ("CONV_2D",))
    assert found.totals.parameters == 16 * 27 + 20


@pytest.mark.parametrize("name", ["mine", "STABLEHLO_DOT_GENERAL"])
def test_an_operator_without_a_rule_is_unknown(tmp_path: Path, name: str) -> None:
    found = books(tmp_path, one(name, [image(1, 10), weights("w", (4, 10)), tensor("y", (1, 4))]))
    assert isinstance(found.entries[-1].macs, Unknown)
    assert found.totals.parameters == 40


def looping(body: str, count: int = 1) -> bytes:
    inner = graph([tensor("a", (1, 10)), weights("w", (10, 10)), tensor("b", (1, 10))], [(body, [0, 1], [2])], [0], [2])
    op = ("WHILE", [0], [1], ("WhileOptions", {"CondSubgraphIndex": count, "BodySubgraphIndex": count}))
    return model(graph([image(1, 10), tensor("y", (1, 10))], [op], [0], [1]), inner)


def test_a_loop_s_tensors_count_and_its_macs_are_unknown(tmp_path: Path) -> None:
    found = books(tmp_path, looping("FULLY_CONNECTED"))
    assert found.totals.parameters == 100
    assert isinstance(found.entries[1].macs, Unknown)
    assert books(tmp_path, looping("ADD")).totals.macs == 0
    with pytest.raises(FormatError, match="runs a graph that is none of the 2"):
        books(tmp_path, looping("ADD", 9))


def test_another_entry_is_said(tmp_path: Path) -> None:
    def entry(rows: int, name: str) -> tuple[object, ...]:
        tensors = [image(rows, 10), weights("w", (4, 10)), tensor("y", (rows, 4))]
        return graph(tensors, [("FULLY_CONNECTED", [0, 1], [2])], [0], [2], name)

    found = books(tmp_path, model(entry(1, "decode"), entry(128, "prefill")))
    assert (found.totals.macs, found.totals.parameters) == (40, 40)
    assert "another entry, 'prefill', shares the file; its MACs are not counted" in found.network.notes


def test_inputs_are_as_stated(tmp_path: Path) -> None:
    data = one("RELU", [image(1, 8), tensor("y", (1, 8))])
    assert books(tmp_path, data, image=(1, 8)).totals.macs == 0
    with pytest.raises(UsageError, match="another input cannot be derived"):
        books(tmp_path, data, image=(1, 9))


def test_it_is_known_by_its_content(tmp_path: Path) -> None:
    found = read_file(write(tmp_path, "m.bin", quantised()))
    assert found.meta["format"] == "tflite"


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        ([image(1, 8, 8, 5), weights("w", (16, 3, 3, 3)), tensor("y", (1, 4, 4, 16))], "a filter of 16×3×3×3"),
        ([image(1, 8, 8, 3), weights("w", (16, 3, 3, 3)), tensor("y", (1, 4, 4, 9))], "a filter of 16×3×3×3"),
        ([image(1, 8, 8), weights("w", (16, 3, 3, 3)), tensor("y", (1, 4, 4, 9))], "has not 4 dimensions"),
    ],
)
def test_shapes_that_cannot_be(tmp_path: Path, tensors: list[tuple[object, ...]], why: str) -> None:
    with pytest.raises(ShapeError, match=why):
        books(tmp_path, one("CONV_2D", tensors))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (two_parts(8), "bytes beyond the file"),
        (two_parts(2**31) + bytes(64), "bytes beyond the file"),
        (two_parts(12) + b"\0" * 4 + b"\xff\xff\xff\x7f" + bytes(50), "a table's layout is said to be at"),
        (two_parts(12) + bytes(64), "a table's layout of 0 bytes"),
        (one("RELU", [image(1, 8), tensor("w", (9,), data=bytes(8)), tensor("y", (1, 8))]), "needs 36 bytes, its buffer"),
        (one("RELU", [image(-5, 8), tensor("y", (1, 8))]), "a negative size"),
        (model(graph([image(1)], [("RELU", [0], [7])], [0], [0])), "uses a tensor that is none of the 1"),
        (model(graph([image(1)], [], [3], [0])), "an input or output that is none"),
        (model(), "a TFLite file without a graph"),
    ],
)  # fmt: skip
def test_broken_files(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        books(tmp_path, data)


def test_every_file_cut_short_is_an_error(tmp_path: Path) -> None:
    """The weights end before the tables do, so that no part can be missing."""
    data = quantised()
    for end in range(8, len(data) - 4, 3):
        with contextlib.suppress(DataError):
            assert books(tmp_path, data[:end]).totals.parameters == 44


def test_sparse_tensors_that_state_one_buffer_in_two_sizes(tmp_path: Path) -> None:
    """Found by mutation: the number of elements cannot be held against anything, the bytes can."""
    first, second = weights("w1", (10, 10), sparse=True), weights("w2", (4, 10), sparse=True)
    tensors = [image(1, 10), first, second, tensor("m", (1, 10)), tensor("y", (1, 4))]
    ops = [("FULLY_CONNECTED", [0, 1], [3]), ("FULLY_CONNECTED", [3, 2], [4])]
    ledger = books(tmp_path, model(graph(tensors, ops, [0], [4]), share={"w2": "w1"}))
    assert [(each.what, each.agrees) for each in ledger.evidence] == [("bytes of the stored tensors", True)]


ANGLES = np.arange(16.0)[:, None] / 100 ** (np.arange(8) / 8)
NUMBERS = {
    "a causal mask": ("ADD", np.triu(np.full((1, 16, 16), -1e9), 1), False),
    "positions as waves": ("ADD", np.concatenate([np.sin(ANGLES), np.cos(ANGLES)], 1)[None], False),
    "a grid of a detector": ("ADD", np.stack(np.meshgrid(np.arange(16), np.arange(16)), -1)[None], False),
    "means of ImageNet": ("SUB", np.array([123.675, 116.28, 103.53]), False),
    "learned positions": ("ADD", np.random.default_rng(0).normal(size=(1, 16, 16)), True),
    "a learned factor for each channel": ("MUL", np.random.default_rng(1).normal(size=16), True),
    "a gain as it was before training": ("MUL", np.ones(16), True),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_that_nobody_trained(tmp_path: Path, name: str) -> None:
    operator, numbers, learned = NUMBERS[name]
    held = tensor("held", numbers.shape, data=numbers.astype("<f4").tobytes())
    counted = books(tmp_path, one(operator, [image(1, *numbers.shape[1:]), held, image(1, *numbers.shape[1:])]))
    assert counted.total_params == (numbers.size if learned else 0)
