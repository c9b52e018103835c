"""TensorFlow's operators that move values, by what NumPy makes of the same arguments."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netledger.errors import DataError
from netledger.sources import read_file
from tests.sources.builders import write
from tests.sources.test_graphdef import books, field, graph, ints, node, placeholder, whole

Shape = tuple[int, ...]
A: Any = np.zeros((2, 6, 8))


def number(value: int) -> bytes:
    return field(3, value)


def listed(*values: int) -> bytes:
    return ints(*[value & (1 << 64) - 1 for value in values])


TRUE = field(5, 1)
ROWS: list[tuple[str, list[bytes], Any]] = [
    ("same", [node("y", "Tanh", "x")], A),
    ("broadcast", [placeholder("z", 6, 1), node("y", "Maximum", "x", "z")], A + np.zeros((6, 1))),
    ("sum", [whole("n", 0, -1), node("y", "Sum", "x", "n")], A.sum((0, -1))),
    ("sum that keeps", [whole("n", 1), node("y", "Sum", "x", "n", keep_dims=TRUE)], A.sum(1, keepdims=True)),
    ("where the largest is", [whole("n", 2), node("y", "ArgMax", "x", "n")], A.argmax(2)),
    ("transposed", [whole("n", 2, 0, 1), node("y", "Transpose", "x", "n")], A.transpose(2, 0, 1)),
    ("one more", [whole("n", -1), node("y", "ExpandDims", "x", "n")], np.expand_dims(A, -1)),
    ("padded", [whole("n", 1, 2, 0, 0, 3, 1), node("y", "MirrorPad", "x", "n")], np.pad(A, ((1, 2), (0, 0), (3, 1)))),
    ("tiled", [whole("n", 2, 1, 3), node("y", "Tile", "x", "n")], np.tile(A, (2, 1, 3))),
    ("squeezed", [placeholder("z", 1, 6, 1, 8), node("y", "Squeeze", "z")], A[0]),
    ("squeezed at one", [placeholder("z", 1, 6, 1, 8), node("y", "Squeeze", "z", squeeze_dims=listed(-2))], A[:1]),
    ("joined", [placeholder("z", 2, 3, 8), whole("n", 1), node("y", "ConcatV2", "x", "z", "n")],
     np.concatenate((A, A[:, :3]), 1)),
    ("joined, the axis first", [placeholder("z", 2, 6, 2), whole("n", 2), node("y", "Concat", "n", "x", "z")],
     np.concatenate((A, A[..., :2]), 2)),
    ("stacked", [node("y", "Pack", "x", "x", "x", axis=number(1))], np.stack((A, A, A), 1)),
    ("taken apart", [node("y", "Unpack", "x", axis=number(1), num=number(6))], A[:, 0]),
    ("split", [whole("n", 2), node("y", "Split", "n", "x", num_split=number(4))], np.split(A, 4, 2)[0]),
    ("split by sizes", [whole("s", 1, -1, 2), whole("n", 1), node("y", "SplitV", "x", "s", "n", num_split=number(3))],
     A[:, :1]),
    ("slice", [whole("b", 0, 2, 3), whole("s", 1, -1, 4), node("y", "Slice", "x", "b", "s")], A[0:1, 2:, 3:7]),
    ("broadcast to", [whole("n", 3, 2, 6, 8), node("y", "BroadcastTo", "x", "n")], np.broadcast_to(A, (3, 2, 6, 8))),
    ("one hot", [whole("n", 10), node("y", "OneHot", "x", "n", "n", "n")], np.zeros((2, 6, 8, 10))),
    ("one hot before", [whole("n", 10), node("y", "OneHot", "x", "n", "n", "n", axis=number(0))],
     np.zeros((10, 2, 6, 8))),
    ("resized", [placeholder("z", 1, 4, 5, 3), whole("n", 7, 9), node("y", "ResizeBilinear", "z", "n")],
     np.zeros((1, 7, 9, 3))),
    ("space to depth", [placeholder("z", 1, 4, 6, 3), node("y", "SpaceToDepth", "z", block_size=number(2))],
     np.zeros((1, 2, 3, 12))),
    ("depth to space", [placeholder("z", 1, 4, 6, 8), node("y", "DepthToSpace", "z", block_size=number(2))],
     np.zeros((1, 8, 12, 2))),
]  # fmt: skip


def made(folder: Path, nodes: list[bytes]) -> Shape:
    ledger = books(write(folder, "m.pb", graph(placeholder("x", 2, 6, 8), *nodes)))
    assert ledger.totals.macs == 0
    return next(entry for entry in ledger if entry.layer.path == "y").outputs[0]  # type: ignore[return-value]


@pytest.mark.parametrize(("name", "nodes", "truth"), ROWS, ids=[row[0] for row in ROWS])
def test_shapes_are_those_of_numpy(tmp_path: Path, name: str, nodes: list[bytes], truth: Any) -> None:
    assert made(tmp_path, nodes) == truth.shape


@pytest.mark.parametrize("seed", range(40))
def test_slices_are_those_of_numpy(tmp_path: Path, seed: int) -> None:
    """``StridedSlice`` with all of its masks: what Python's indexing makes of the same."""
    dice = random.Random(seed)
    index: list[Any] = []
    begin, end, step = [], [], []
    masks = dict.fromkeys(("begin", "end", "ellipsis", "new_axis", "shrink_axis"), 0)
    left, dots = 3, False
    for i in range(dice.randint(1, 4)):
        sort = dice.choice(("slice", "slice", "one", "new", "dots"))
        a, b, s = dice.randint(-3, 3), dice.randint(-9, 9), dice.choice((1, 1, 2, -1, -2))
        if sort == "dots" and not dots:
            dots = True
            masks["ellipsis"] |= 1 << i
            index.append(...)
        elif sort == "new":
            masks["new_axis"] |= 1 << i
            index.append(None)
        elif not left:
            break
        elif sort == "one":
            left -= 1
            a, s = dice.randint(-2, 1), 1
            masks["shrink_axis"] |= 1 << i
            index.append(a)
        else:
            left -= 1
            open_begin, open_end = dice.random() < 0.4, dice.random() < 0.4
            masks["begin"] |= open_begin << i
            masks["end"] |= open_end << i
            index.append(slice(None if open_begin else a, None if open_end else b, s))
        begin, end, step = [*begin, a], [*end, b], [*step, s]
    attributes = {f"{name}_mask": number(mask) for name, mask in masks.items() if mask}
    nodes = [whole("b", *begin), whole("e", *end), whole("s", *step)]
    got = made(tmp_path, [*nodes, node("y", "StridedSlice", "x", "b", "e", "s", **attributes)])
    assert got == A[tuple(index)].shape


@pytest.mark.parametrize(
    ("nodes", "why"),
    [([whole("n", 0, 0, 1), node("y", "Transpose", "x", "n")], "its order names no dimensions of its input"),
     ([whole("n", 1, 2), node("y", "Pad", "x", "n")], "2 paddings of 3 dimensions"),
     ([whole("n", 1, 2), node("y", "Tile", "x", "n")], "2 repeats of 3 dimensions"),
     ([whole("n", 5, 5), node("y", "ResizeBilinear", "x", "n")], "an image and its two new sizes"),
     ([whole("n", 3), node("y", "Sum", "x", "n")], "axis 3 of 3 dimensions"),
     ([placeholder("z", 2, 6), whole("n", 1), node("y", "ConcatV2", "x", "z", "n")], "parts of several ranks"),
     ([whole("n", 0, 0, 0, 0), node("y", "StridedSlice", "x", "n", "n", "n")], "it slices more than 3 dimensions")],
)  # fmt: skip
def test_what_cannot_be(tmp_path: Path, nodes: list[bytes], why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_file(write(tmp_path, "m.pb", graph(placeholder("x", 2, 6, 8), *nodes)))
