"""ncnn's own files (``tests/data/ncnn/make.py``) by what PyTorch says of them; published networks; broken files."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path

import pytest

from netledger.errors import DataError, FormatError, UsageError
from netledger.ledger import keep_books
from netledger.sources import Options, read_file
from netledger.unknown import Unknown
from tests.hostile.ncnn_cases import net
from tests.sources.builders import write
from tests.support import DATA

FILES = DATA / "ncnn"
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))
FED = {"images": (3, 8, 8), "words": (7,)}


@pytest.mark.parametrize("name", TRUTH)
def test_parameters_and_macs_are_those_of_pytorch(name: str) -> None:
    path = str(FILES / f"{name}.ncnn.param")
    books = keep_books(read_file(path, options=Options({"": FED[name]})))
    assert (books.totals.parameters, books.totals.macs) == (TRUTH[name]["parameters"], TRUTH[name]["macs"])
    assert all(evidence.agrees for evidence in books.evidence)
    assert not read_file(path).notes
    assert str(keep_books(read_file(path)).totals.macs).startswith("≥ ")


def test_half_precision_is_told_by_the_values_beside_it(tmp_path: Path) -> None:
    """pnnx stores matrices in 16 bits and rows in 32; without the ``.bin`` nobody knows."""
    path = str(FILES / "images.ncnn.param")
    marks = padding = 0
    for tensor in read_file(path).tensors:
        marks += 4 * (tensor.dtype == "float16")
        padding += -int(tensor.bytes) % 4
    assert int(keep_books(read_file(path)).totals.bytes) + marks + padding == (FILES / "images.ncnn.bin").stat().st_size
    alone = read_file(write(tmp_path, "images.ncnn.param", Path(path).read_bytes()))
    assert "32-bit floats are assumed" in alone.notes[0]
    assert keep_books(alone).totals.parameters == 3_086


ALEXNET = """
Convolution conv1 1 1 x conv1 0=96 1=11 3=4 5=1 6=34848 9=1
LRN norm1 1 1 conv1 norm1 1=5
Pooling pool1 1 1 norm1 pool1 1=3 2=2
ConvolutionDepthWise conv2 1 1 pool1 conv2 0=256 1=5 4=2 5=1 6=307200 7=2 9=1
LRN norm2 1 1 conv2 norm2 1=5
Pooling pool2 1 1 norm2 pool2 1=3 2=2
Convolution conv3 1 1 pool2 conv3 0=384 1=3 4=1 5=1 6=884736 9=1
ConvolutionDepthWise conv4 1 1 conv3 conv4 0=384 1=3 4=1 5=1 6=663552 7=2 9=1
ConvolutionDepthWise conv5 1 1 conv4 conv5 0=256 1=3 4=1 5=1 6=442368 7=2 9=1
Pooling pool5 1 1 conv5 pool5 1=3 2=2
InnerProduct fc6 1 1 pool5 fc6 0=4096 1=1 2=37748736 9=1
Dropout drop6 1 1 fc6 drop6
InnerProduct fc7 1 1 drop6 fc7 0=4096 1=1 2=16777216 9=1
Dropout drop7 1 1 fc7 drop7
InnerProduct fc8 1 1 drop7 fc8 0=1000 1=1 2=4096000
Softmax prob 1 1 fc8 output
"""


def test_alexnet_as_caffe_has_it(tmp_path: Path) -> None:
    """60,965,224 parameters and 724,406,816 multiplications: Caffe's, groups kept, pools rounded up."""
    lines = ALEXNET.strip().splitlines()
    data = net(*lines).replace(b"0=8 1=8 2=2", b"0=227 1=227 2=3")
    totals = keep_books(read_file(write(tmp_path, "alexnet.param", data))).totals
    assert (totals.parameters, totals.macs) == (60_965_224, 724_406_816)


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("Pooling p 1 1 x y 1=3 2=2", (2, 4, 4)), ("Pooling p 1 1 x y 1=3 2=2 5=1", (2, 3, 3)),
        ("Pooling p 1 1 x y 4=1", (2,)), ("Pooling p 1 1 x y 7=1 8=3 18=-233", (2, 8, 3)),
        ("Reshape r 1 1 x y 0=-1 1=2", (2, 64)), ('Reshape r 1 1 x y 6="1,0w,-1"', (16, 8, 1)),
        ("Permute p 1 1 x y 0=3", (8, 8, 2)), ("Crop c 1 1 x y -23309=1,2 -23310=1,-1 -23311=1,1", (2, 5, 8)),
        ("Reduction m 1 1 x y 1=0 -23303=2,1,2 5=1", (2,)), ("Reduction m 1 1 x y", (1,)),
        ("Interp i 1 1 x y 1=2.0 2=1.5", (2, 16, 12)), ("Padding p 1 1 x y 0=1 1=2 2=3 3=4", (2, 11, 15)),
        ("ExpandDims e 1 1 x y -23303=1,0", (1, 2, 8, 8)), ("Tile t 1 1 x y 0=0 1=3", (6, 8, 8)),
        ("Reorg r 1 1 x y 0=2", (8, 4, 4)), ("Flatten f 1 1 x y", (128,)),
        ("Deconvolution d 1 1 x y 0=4 1=4 3=2 4=1 6=128", (4, 16, 16)),
    ],
)  # fmt: skip
def test_shapes(tmp_path: Path, line: str, shape: tuple[int, ...]) -> None:
    """By ncnn's own rules (``operators.md``): pools are rounded up unless told, sizes are stated innermost first."""
    books = keep_books(read_file(write(tmp_path, "m.param", net(line))))
    assert books[line.split()[1]].outputs == (shape,)


def test_a_layer_that_nobody_knows_is_unknown_and_the_values_behind_it_are_not_checked(tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(bytes(4))
    network = read_file(write(tmp_path, "m.param", net("Mine m 1 1 x z", "Scale s 1 1 z y 0=5")))
    assert network.notes == ("what a layer without a rule loads is not known: the values behind it were not checked",)
    assert str(keep_books(network).totals.parameters) == "≥ 5"


def test_other_inputs(tmp_path: Path) -> None:
    path = write(tmp_path, "m.param", net("Flatten f 1 1 x y"))
    assert keep_books(read_file(path, options=Options({"x": (2, 3, 3)})))["f"].outputs == ((18,),)
    with pytest.raises(UsageError, match="'q' is no input; the network's inputs: 'x'"):
        read_file(path, options=Options({"q": (2, 3, 3)}))


def test_every_beginning_of_a_file_is_refused(tmp_path: Path) -> None:
    text = (FILES / "words.ncnn.param").read_bytes().rstrip()
    for end in range(1, text.rindex(b"\n"), 7):
        with pytest.raises(DataError):
            read_file(write(tmp_path, "m.param", text[:end]), format="ncnn")


def test_another_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="its first line is not 7767517"):
        read_file(write(tmp_path, "m.param", b"hello"))


LAYERS = json.loads((FILES / "layers.json").read_text(encoding="utf-8"))
"""By ncnn itself (``tests/data/ncnn/make_layers.py``): the bytes that a layer loads, the shapes that it makes."""


@pytest.mark.parametrize("line", LAYERS["layers"])
def test_every_layer_as_ncnn_runs_it(tmp_path: Path, line: str) -> None:
    """The shapes are ncnn's, the ``.bin`` it needs is read to its last byte, and one byte fewer is too few."""
    told = LAYERS["layers"][line]
    text = param_of(line)
    path = write(tmp_path, "m.param", text.encode())
    if told["shapes"] == [None]:
        with pytest.raises(FormatError, match="a size is stated that nothing is cut to"):
            read_file(path)
        return
    if told["bytes"]:
        write(tmp_path, "m.bin", bytes(told["bytes"]))
    network = read_file(path)
    assert not network.notes or not told["bytes"], network.notes
    assert [list(shape) for shape in keep_books(network)[line.split()[1]].outputs] == told["shapes"]
    if told["bytes"]:
        write(tmp_path, "m.bin", bytes(told["bytes"] - 1))
        with pytest.raises(DataError, match=r"its \.bin ends at"):
            read_file(path)


def param_of(line: str) -> str:
    words = line.split()
    names = list(dict.fromkeys(words[4 : 4 + int(words[2])]))
    numbers = {1: (0,), 2: (1, 0), 3: (2, 1, 0), 4: (2, 11, 1, 0)}
    rows = []
    for name in names:
        shape = LAYERS["inputs"][name]
        sizes = [f"{number}={size}" for number, size in zip(numbers[len(shape)], shape, strict=True)]
        rows.append(f"Input {name} 0 1 {name} {' '.join(sizes)}")
    return "\n".join(["7767517", f"{len(rows) + 1} {len(names) + int(words[3])}", *rows, line]) + "\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [("Convolution c 1 1 x y 0=2.5 1=3 6=36", "parameter 0 is no whole number"),
     ("Convolution c 1 1 x y 0=2 1=0 6=36", "a kernel_size of 0"),
     ("Convolution c 1 1 x y 0=abc 1=3", "parameter 0 is no whole number"),
     ("Convolution c 1 1 x y 0=1.2.3", "'1.2.3' is no number"),
     ("Convolution c 1 1 x y -5=3", "parameter -5: no such number"),
     ("Embed e 1 1 x y 0=6 1=10 3=61", "61 weights for 10 rows of 6"),
     ("InnerProduct f 1 1 x y 0=7 2=100", "100 weights are no multiple of 7"),
     ("Pooling p 1 1 x y 1=0 2=1", "a window or a stride below 1"),
     ("Pooling1D p 1 1 x y 1=2 2=2", "a pool over 1 dimensions of 2×8×8"),
     ("Permute p 1 1 x y 0=9", "an order 9 of 3 dimensions"),
     ("Concat c 1 1 x y 0=7", "axis 7 of 3 dimensions"),
     ("Slice s 1 2 x y z -23300=2,9,-233 1=1", "a slice of 9 of 8"),
     ("Slice s 1 2 x y z -23302=1,-9 1=1", "cuts at -9 of 8"),
     ("Crop c 1 1 x y -23309=1,1 -23310=2,1,2", "as many starts as ends"),
     ("Interp i 1 1 x y 1=-2.0 2=1.5", "a factor that is none"),
     ("Tile t 1 1 x y -23302=1,-2", "fewer than no times"),
     ("MatMul m 1 1 x y", "it reads fewer matrices"), ("Gemm g 1 1 x y", "it reads fewer matrices"),
     ("SDPA s 1 1 x y", "attention reads queries, keys and values"),
     ("Crop c 1 1 x y -23309=1,q -23310=1,2", "'q' is no number"),
     ("Crop c 1 1 x y -23309=1,1.5 -23310=1,2", "parameter 9 is no list of whole numbers")],
)  # fmt: skip
def test_what_cannot_be(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_file(write(tmp_path, "m.param", net(line)))


@pytest.mark.parametrize(
    ("line", "why"),
    [("Convolution c 1 1 x y 0=2 1=3 6=36 19=1", "whose filters are computed"),
     ("Deconvolution d 1 1 x y 0=2 1=3 6=36 28=1", "whose filters are computed"),
     ("Gemm g 1 1 x y 18=400", "blocks of fewer bits"),
     ("MultiHeadAttention h 1 1 x y 0=8 1=2 2=64 18=400", "blocks of fewer bits"),
     ("MultiHeadAttention h 1 1 x y 0=8 1=2 2=64 7=1", "how many keys the cache holds"),
     ("Reshape r 1 1 x y 0=-1 12=2", "a batch of another dimension"),
     ('Reshape r 1 1 x y 6="//(0w,2),-1"', "an expression that is not worked out"),
     ("Crop c 1 1 x y 19=1", "an expression or in another blob"),
     ("Reduction r 1 1 x y 0=0 1=0 -23303=1,1", "those of an older version"),
     ("Interp i 1 1 x y 0=1 5=1", "an expression or in another blob"),
     ("Padding p 1 1 x y 0=-1", "in another blob"), ("Reorg p 1 1 x y 0=0", "blocks of a size that is not known")],
)  # fmt: skip
def test_what_is_not_told_is_unknown(tmp_path: Path, line: str, why: str) -> None:
    entry = keep_books(read_file(write(tmp_path, "m.param", net(line))))[line.split()[1]]
    assert why in str(entry.effect.unknown or entry.outputs[0])


SCALED = {
    "ConvolutionDepthWise c 1 1 x y 0=4 1=3 5=1 6=36 7=2 8=1": (40, {"weight.scales": 2, "input.scale": 1}),
    "ConvolutionDepthWise c 1 1 x y 0=4 1=3 6=36 7=2 8=102": (
        36, {"weight.scales": 1, "input.scale": 1, "output.scale": 1}),
    "ConvolutionDepthWise c 1 1 x y 0=4 1=3 6=36 7=2 8=203": (36, {"output.scale": 1}),
    "Convolution c 1 1 x y 0=4 1=3 6=72 8=101": (72, {"weight.scales": 4, "input.scale": 1, "output.scale": 1}),
    "Gemm g 1 1 x y 4=1 6=1 7=3 8=8 9=2 10=4 18=1": (6 + 8, {"A.scales": 3}),
    "Gemm g 1 1 x y 5=1 6=1 7=2 8=5 9=8 10=4 18=1": (40 + 5, {"B.scale": 1}),
    "MultiHeadAttention h 1 1 x y 0=8 1=2 2=64 18=1": (
        4 * 72, {"q.scales": 8, "k.scales": 8, "v.scales": 8, "out.scales": 1}),
    "LSTM l 1 1 x y 0=6 1=192 2=0 8=1": (
        4 * 6 * 8 + 4 * 6 + 4 * 6 * 6, {"weight_xc.scales": 24, "weight_hc.scales": 24}),
}  # fmt: skip


@pytest.mark.parametrize("line", SCALED)
def test_scales_of_eight_bits_are_kept_and_are_no_parameters(tmp_path: Path, line: str) -> None:
    """What each layer of ncnn loads with ``int8_scale_term`` (its ``load_model``), beside what was learned."""
    parameters, scales = SCALED[line]
    network = read_file(write(tmp_path, "m.param", net(line)))
    assert keep_books(network).totals.parameters == parameters
    found = {one.name.partition(".")[2] if one.name.count(".") > 1 else one.name: one for one in network.tensors}
    assert {name: prod(one.shape) for name, one in found.items() if one.role == "scale"} == scales


OPEN = "Mine m 1 1 x o"
"""A layer that nobody knows: its blob has no known shape."""


@pytest.mark.parametrize(
    "line",
    ["Concat c 2 1 o x y 0=0", "Slice s 1 2 o y z -23300=2,1,-233 1=0", "Reshape r 1 1 o y 0=-1 1=2",
     "Permute p 1 1 o y 0=1", "Crop c 1 1 o y 3=2", "Pooling p 1 1 o y 1=2 2=2", "Gemm g 1 1 o y 5=1 6=0 8=5 9=4"],
)  # fmt: skip
def test_behind_a_blob_of_no_known_shape_shapes_are_open(tmp_path: Path, line: str) -> None:
    books = keep_books(read_file(write(tmp_path, "m.param", net(OPEN, line))))
    for made in books[line.split()[1]].outputs:
        assert isinstance(made, Unknown) or any(isinstance(size, Unknown) for size in made)


@pytest.mark.parametrize(
    ("lines", "shape"),
    [
        (["Slice s 1 2 x y z -23300=3,1,2,3 1=1"], (2, None, 8)),  # three sizes for two blobs
        (["Reduction m 1 1 x r", "Permute p 1 1 r y 0=0"], (1,)),  # one dimension has one order
        (['Reshape r 1 1 x y 6="0d,-1"'], None), (['Reshape r 1 1 x y 6="1w,-1"'], None),
        (["Crop c 1 1 x y 2=0 13=0 1=1 0=2 3=4 4=5 5=2"], (2, 5, 4)),
        (["Split s 1 2 x a b", "Pooling p 1 1 a q 0=1 1=2 2=2", "Crop c 2 1 b q y 0=1 1=1"], (2, 4, 4)),  # as large as q
        (["Split s 1 2 x a b", "Pooling p 1 1 a q 0=1 1=2 2=2", "Crop c 2 1 b q y 0=-233 1=-233 2=-233"], None),
        (["Crop c 1 1 x y 2=0 1=1 0=2 7=1 8=0 6=3"], (2, 6, 3)),  # what is cut off behind, of what is left
    ],
)  # fmt: skip
def test_cuts_and_orders(tmp_path: Path, lines: list[str], shape: tuple[int | None, ...] | None) -> None:
    (made, *_) = keep_books(read_file(write(tmp_path, "m.param", net(*lines))))[lines[-1].split()[1]].outputs
    if isinstance(made, Unknown) or shape is None:
        assert isinstance(made, Unknown)
        assert shape is None or None in shape
        return
    assert tuple(None if isinstance(size, Unknown) else size for size in made) == shape
