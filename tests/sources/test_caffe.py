"""Caffe definitions and models: published totals, every rounding and phase rule by hand, old forms, bad files."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from netledger.errors import FormatError, NetledgerError
from netledger.ledger import keep_books
from netledger.ledger.books import Evidence
from netledger.sources import Options, read_file
from tests.sources.builders import write
from tests.support import NETWORKS


def books(path, **options):
    return keep_books(read_file(str(path), options=Options(**options)))


def net(tmp_path, text, name="net.prototxt"):
    file = tmp_path / name
    file.write_text(text)
    return file


# published: BVLC's AlexNet and CaffeNet; GoogLeNet's deploy count is the size of its weights (6,998,552 floats)
@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("bvlc_alexnet-deploy", 60_965_224, 724_406_816),
        ("bvlc_alexnet-train_val", 60_965_224, 724_406_816),
        ("bvlc_reference_caffenet-deploy", 60_965_224, 724_406_816),
        ("bvlc_googlenet-deploy", 6_998_552, None),
        ("mnist-lenet", 431_080, 24 * 24 * 25 * 20 + 8 * 8 * 25 * 20 * 50 + 800 * 500 + 500 * 10),
    ],
)
def test_published_networks(name, parameters, macs):
    totals = books(NETWORKS / f"caffe/{name}.prototxt").totals
    assert int(totals.parameters) == parameters
    if macs is not None:
        assert int(totals.macs) == macs


def test_train_val_says_what_it_assumed_of_the_data():
    assumed = books(NETWORKS / "caffe/bvlc_alexnet-train_val.prototxt").network.assumed
    assert assumed[0] == "phase TEST"
    assert "3×227×227" in assumed[1]


INPUT = 'layer { name: "data" type: "Input" top: "data" input_param { shape: { dim: 10 dim: 3 dim: 8 dim: 8 } } }\n'


def layer(name, kind, settings="", bottom="data", top=None, more=""):
    return f'layer {{ name: "{name}" type: "{kind}" bottom: "{bottom}" top: "{top or name}" {more} {settings} }}\n'


def test_pools_round_up_and_convolutions_down(tmp_path):
    text = INPUT + layer("c", "Convolution", "convolution_param { num_output: 4 kernel_size: 3 stride: 2 }")
    text += layer("p", "Pooling", "pooling_param { kernel_size: 2 stride: 2 }", bottom="c")
    text += layer("q", "Pooling", "pooling_param { kernel_size: 2 stride: 2 round_mode: FLOOR pool: AVE }", bottom="c")
    ledger = books(net(tmp_path, text))
    assert ledger["c"].output_shape == (4, 3, 3)
    assert ledger["p"].output_shape == (4, 2, 2)
    assert ledger["q"].output_shape == (4, 1, 1)


def test_a_last_window_beyond_the_input_stays_without_padding_and_goes_with_it(tmp_path):
    """pooling_layer.cpp drops it only if there is padding: 8 → ceil(7/3) + 1 = 4, its start at 9 beyond the input."""
    text = INPUT + layer("p", "Pooling", "pooling_param { kernel_size: 1 stride: 3 }")
    text += layer("q", "Pooling", "pooling_param { kernel_size: 3 stride: 3 pad: 1 }")
    ledger = books(net(tmp_path, text))
    assert ledger["p"].output_shape == (3, 4, 4)
    assert ledger["q"].output_shape == (3, 3, 3)


def test_batch_norm_learns_nothing_and_scale_does(tmp_path):
    text = INPUT + layer("bn", "BatchNorm") + layer("s", "Scale", "scale_param { bias_term: true }", bottom="bn")
    totals = books(net(tmp_path, text)).totals
    assert (int(totals.weights), int(totals.biases)) == (3, 3)


def test_in_place_layers_and_shared_parameters(tmp_path):
    share = 'param { name: "w" } param { name: "b" }'
    ip = "inner_product_param { num_output: 5 }"
    text = INPUT + layer("r", "ReLU", top="data") + layer("a", "InnerProduct", ip, more=share)
    text += layer("b", "InnerProduct", ip, more=share)
    ledger = books(net(tmp_path, text))
    assert int(ledger.totals.parameters) == 192 * 5 + 5
    assert int(ledger.totals.macs) == 2 * 192 * 5
    assert ledger["b"].tied_to == "a"


def test_slices_concats_reshapes_and_eltwise(tmp_path):
    text = INPUT
    text += 'layer { name: "s" type: "Slice" bottom: "data" top: "x" top: "y" slice_param { slice_point: 1 } }\n'
    text += 'layer { name: "j" type: "Concat" bottom: "y" bottom: "x" bottom: "y" top: "j" }\n'
    text += layer("r", "Reshape", "reshape_param { shape { dim: 0 dim: -1 } }", bottom="j")
    text += 'layer { name: "e" type: "Eltwise" bottom: "r" bottom: "r" top: "e" eltwise_param { operation: MAX } }\n'
    shapes = {entry.path: entry.outputs for entry in books(net(tmp_path, text))}
    assert shapes["s"] == ((1, 8, 8), (2, 8, 8))
    assert shapes["j"] == ((5, 8, 8),)
    assert shapes["e"] == ((320,),)


def test_recurrent_layers(tmp_path):
    text = 'input: "x" input_shape { dim: 7 dim: 2 dim: 30 }\n' + layer(
        "l", "LSTM", "recurrent_param { num_output: 11 }", "x"
    )
    ledger = books(net(tmp_path, text))
    assert int(ledger.totals.parameters) == 4 * 11 * (30 + 11) + 4 * 11  # one bias vector
    assert int(ledger.totals.macs) == 7 * 2 * 4 * 11 * (30 + 11)


TYPES = [
    # (type, settings, shape of an example, weights, biases, MACs), by the comments of caffe.proto; data is 3 × 8 × 8
    ("Tile", "tile_param { axis: 2 tiles: 3 }", (3, 24, 8), 0, 0, 0),
    ("Reduction", "reduction_param { axis: 1 operation: MEAN }", (), 0, 0, 0),
    ("Reduction", "reduction_param { axis: 2 }", (3,), 0, 0, 0),
    ("Flatten", "flatten_param { axis: 2 }", (3, 64), 0, 0, 0),
    ("Flatten", "flatten_param { axis: 1 end_axis: 2 }", (24, 8), 0, 0, 0),
    ("Reshape", "reshape_param { shape { dim: 4 dim: -1 } axis: 2 }", (3, 4, 16), 0, 0, 0),
    ("Reshape", "reshape_param { shape { dim: 2 dim: 4 } axis: 2 num_axes: 1 }", (3, 2, 4, 8), 0, 0, 0),
    ("Scale", "", (3, 8, 8), 3, 0, 0),
    ("Scale", "scale_param { bias_term: true }", (3, 8, 8), 3, 3, 0),
    ("Scale", "scale_param { axis: 1 num_axes: -1 }", (3, 8, 8), 3 * 8 * 8, 0, 0),
    ("Scale", "scale_param { axis: 2 num_axes: 2 bias_term: true }", (3, 8, 8), 64, 64, 0),
    ("Bias", "", (3, 8, 8), 0, 3, 0),
    ("InnerProduct", "inner_product_param { num_output: 5 axis: 2 }", (3, 5), 64 * 5, 5, 3 * 64 * 5),
    ("InnerProduct", "inner_product_param { num_output: 5 bias_term: false }", (5,), 192 * 5, 0, 192 * 5),
    ("SPP", "spp_param { pyramid_height: 3 }", (3 * (1 + 4 + 16),), 0, 0, 0),
    ("Dropout", "dropout_param { dropout_ratio: 0.3 }", (3, 8, 8), 0, 0, 0),
    ("Deconvolution", "convolution_param { num_output: 2 kernel_size: 4 stride: 2 pad: 1 bias_term: false }",
     (2, 16, 16), 4 * 4 * 3 * 2, 0, 4 * 4 * 3 * 2 * 8 * 8),
    ("Convolution", "convolution_param { num_output: 6 kernel_size: 3 group: 3 }", (6, 6, 6), 54, 6, 54 * 36),
    ("Convolution", "convolution_param { num_output: 2 kernel_h: 3 kernel_w: 1 pad_h: 1 stride_w: 2 }", (2, 8, 4), 18, 2, 18 * 32),
    ("Convolution", "convolution_param { num_output: 2 kernel_size: 3 dilation: 2 }", (2, 4, 4), 54, 2, 54 * 16),
    ("ArgMax", "argmax_param { axis: 1 }", (1, 8, 8), 0, 0, 0),
    ("ArgMax", "argmax_param { axis: -1 top_k: 5 }", (3, 8, 5), 0, 0, 0),
    ("ArgMax", "argmax_param { top_k: 5 }", (1, 5, 1), 0, 0, 0),
    ("ArgMax", "argmax_param { out_max_val: true }", (2, 1, 1), 0, 0, 0),
    ("Pooling", "pooling_param { kernel_size: 2 stride: 5 }", (3, 3, 3), 0, 0, 0),
    ("Pooling", "pooling_param { pool: AVE global_pooling: true }", (3, 1, 1), 0, 0, 0),
    ("Pooling", "pooling_param { kernel_size: 3 stride: 2 round_mode: FLOOR }", (3, 3, 3), 0, 0, 0),
    ("LRN", "lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 }", (3, 8, 8), 0, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "settings", "shape", "weights", "biases", "macs"), TYPES)
def test_types_by_their_definitions(tmp_path, kind, settings, shape, weights, biases, macs):
    ledger = books(net(tmp_path, INPUT + layer("y", kind, settings)))
    assert ledger.entries[-1].outputs[0] == shape
    assert (ledger.totals.weights, ledger.totals.biases, ledger.totals.macs) == (weights, biases, macs)


def test_types_of_several_bottoms(tmp_path):
    text = INPUT + layer("c", "Convolution", "convolution_param { num_output: 3 kernel_size: 3 }")
    text += (
        'layer { name: "cut" type: "Crop" bottom: "data" bottom: "c" top: "cut" crop_param { axis: 2 offset: 1 } }\n'
    )
    text += 'layer { name: "p" type: "Eltwise" bottom: "cut" bottom: "c" top: "p" eltwise_param { operation: PROD } }\n'
    text += 'layer { name: "own" type: "Parameter" top: "own" parameter_param { shape { dim: 3 } } }\n'
    text += 'layer { name: "times" type: "Scale" bottom: "p" bottom: "own" top: "times" scale_param { axis: 1 } }\n'
    text += 'layer { name: "plus" type: "Bias" bottom: "times" bottom: "own" top: "plus" bias_param { axis: 1 } }\n'
    text += 'layer { name: "two" type: "Split" bottom: "plus" top: "a" top: "b" }\n'
    text += 'layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "sum" }\n'
    ledger = books(net(tmp_path, text))
    assert {path: ledger[path].output_shape for path in ("cut", "p", "times", "plus", "sum")} == dict.fromkeys(
        ("cut", "p", "times", "plus", "sum"), (3, 6, 6)
    )
    assert ledger.totals.parameters == 3 * 3 * 9 + 3 + 3


def test_one_convolution_of_two_bottoms_has_one_set_of_weights(tmp_path):
    text = INPUT + layer("o", "ReLU")
    text += (
        'layer { name: "c" type: "Convolution" bottom: "data" bottom: "o" top: "x" top: "y" '
        "convolution_param { num_output: 4 kernel_size: 3 } }\n"
    )
    totals = books(net(tmp_path, text)).totals
    assert (totals.parameters, totals.macs) == (3 * 4 * 9 + 4, 2 * 36 * 3 * 4 * 9)


def test_words_and_a_recurrence_with_an_output_of_its_own(tmp_path):
    words = 'input: "w" input_shape { dim: 7 dim: 2 }\n'
    embedded = layer("e", "Embed", "embed_param { input_dim: 100 num_output: 6 }", "w")
    totals = books(net(tmp_path, words + embedded)).totals
    assert (totals.weights, totals.biases) == (100 * 6, 6)
    bare = layer("e", "Embed", "embed_param { input_dim: 100 num_output: 6 bias_term: false }", "w")
    assert books(net(tmp_path, words + bare)).totals.parameters == 600
    text = 'input: "x" input_shape { dim: 7 dim: 2 dim: 5 dim: 6 }\n'
    text += layer("r", "RNN", "recurrent_param { num_output: 11 }", "x")
    totals = books(net(tmp_path, text)).totals  # W_xh with its bias, W_hh, W_ho with its bias
    assert (totals.weights, totals.biases) == (30 * 11 + 11 * 11 + 11 * 11, 11 + 11)
    assert totals.macs == 7 * 2 * (30 * 11 + 11 * 11 + 11 * 11)


def test_v1_and_v0_forms_are_the_current_one(tmp_path):
    v1 = 'input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n'
    v1 += 'layers { name: "c" type: CONVOLUTION bottom: "data" top: "c" '
    v1 += "convolution_param { num_output: 4 kernel_size: 3 } }\n"
    v0 = 'input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n'
    v0 += 'layers { layer { name: "p" type: "padding" pad: 1 } bottom: "data" top: "p" }\n'
    v0 += 'layers { layer { name: "c" type: "conv" num_output: 4 kernelsize: 3 } bottom: "p" top: "c" }\n'
    assert books(net(tmp_path, v1))["c"].output_shape == (4, 6, 6)
    assert books(net(tmp_path, v0))["c"].output_shape == (4, 8, 8)
    assert int(books(net(tmp_path, v0)).totals.parameters) == 112


def test_data_layers_without_a_size_ask_for_it(tmp_path):
    text = 'layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TEST } }\n'
    text += layer("c", "Convolution", "convolution_param { num_output: 4 kernel_size: 3 }")
    file = net(tmp_path, text)
    unknown = books(file)
    assert not isinstance(unknown.totals.parameters, int)
    assert any("--input" in line for line in unknown.network.assumed)
    assert int(books(file, inputs={"": (1, 28, 28)}).totals.parameters) == 40


def test_unknown_types_are_unknown_by_name(tmp_path):
    ledger = books(net(tmp_path, INPUT + layer("x", "Wormhole")))
    assert "Wormhole" in ledger.unknown[0][1].reason
    assert not isinstance(ledger.totals.macs, int)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (INPUT + layer("c", "Convolution", "convolution_param { num_output: 4 }"), "'kernel_size' is missing"),
        (INPUT + layer("c", "ReLU", bottom="nothing"), "blob 'nothing' is not made above"),
        (INPUT + "layers { type: RELU }", "'layer' and 'layers' in one network"),
        ("layer {" * 5000, "nested deeper than 64"),
        ('layer { name: "a', "a string is never closed"),
        ("layer { name: }", "field 'name' has no value"),
        ("layer { ", "a bracket is never closed"),
        ("name: 1 } ", "closing bracket"),
        (
            INPUT + layer("c", "Convolution", "convolution_param { num_output: 4 pad 1 }"),
            "no ':' between field 'pad' and",
        ),
        (
            INPUT + layer("c", "Convolution", 'convolution_param { num_output: 4 } type "x"'),
            "no ':' between field 'type'",
        ),
        (
            INPUT + layer("c", "Convolution", "convolution_param { num_output: 4 kernel_size: 99 }"),
            "kernel of 99 is larger",
        ),
        (INPUT + layer("c", "Convolution", "convolution_param { num_output: 1e4 kernel_size: 1 }"), "is no size"),
        (
            INPUT + layer("c", "Convolution", "convolution_param { num_output: 4 kernel_size: 1 group: 3 }"),
            "do not divide",
        ),
    ],
)
def test_bad_definitions_are_one_clear_line(tmp_path, text, message):
    with pytest.raises(NetledgerError, match=message) as caught:
        books(net(tmp_path, text))
    assert "\n" not in str(caught.value)


# ---------------------------------------------------------------------- caffemodel: written here, field by field


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, content):
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(*shape, count=None):
    total = 1
    for size in shape:
        total *= size
    dims = b"".join(varint(size) for size in shape)
    return field(7, field(1, dims)) + field(5, struct.pack("<f", 0.5) * (total if count is None else count))


def old_blob(num, channels, height, width):
    sizes = field(1, num) + field(2, channels) + field(3, height) + field(4, width)
    return sizes + field(5, b"\0\0\0\0" * (num * channels * height * width))


def model(weight=None):
    shape = field(1, varint(1) + varint(3) + varint(8) + varint(8))
    data = field(1, "data") + field(2, "Input") + field(4, "data") + field(143, field(1, shape))
    settings = field(1, 4) + field(4, 3)
    conv = field(1, "c") + field(2, "Convolution") + field(3, "data") + field(4, "c") + field(106, settings)
    conv += field(7, weight or blob(4, 3, 3, 3)) + field(7, blob(4))
    return field(1, "tiny") + field(100, data) + field(100, conv)


def test_a_caffemodel_keeps_both_entries_of_the_books(tmp_path):
    file = tmp_path / "tiny.caffemodel"
    file.write_bytes(model())
    ledger = books(file)
    assert int(ledger.totals.parameters) == 112
    assert ledger["c"].evidence[0].agrees
    assert ledger.discrepancies == ()


def test_a_caffemodel_whose_weights_do_not_fit_shows_both(tmp_path):
    file = tmp_path / "tiny.caffemodel"
    file.write_bytes(model(blob(4, 3, 5, 5)))
    ledger = books(file)
    assert (ledger.discrepancies[0].by_formula, ledger.discrepancies[0].by_shape) == (112, 304)


def test_old_blobs_and_v1_layers(tmp_path):
    settings = field(1, 4) + field(4, 3)
    conv = field(2, "data") + field(3, "c") + field(4, "c") + field(5, 4) + field(10, settings)
    conv += field(6, old_blob(4, 3, 3, 3)) + field(6, old_blob(1, 1, 1, 4))
    dims = b"".join(field(4, size) for size in (1, 3, 8, 8))
    file = tmp_path / "old.caffemodel"
    file.write_bytes(field(1, "old") + field(2, conv) + field(3, "data") + dims)
    ledger = books(file)
    assert int(ledger.totals.parameters) == 112
    assert ledger["c"].evidence[0].agrees


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (model(blob(4, 3, 3, 3, count=7)), "dims say 108 elements, the data holds 7"),
        (model()[:-10], "beyond its message"),
    ],
)
def test_bad_models_are_one_clear_line(tmp_path, data, message):
    file = tmp_path / "bad.caffemodel"
    file.write_bytes(data)
    with pytest.raises(NetledgerError, match=message):
        books(file)


def test_every_stored_value_of_a_caffemodel_is_booked(tmp_path):
    """Layers without a rule, of another phase, in double precision: no blob vanishes."""
    odd = field(1, "odd") + field(2, "Mystery") + field(3, "c") + field(4, "o") + field(7, blob(5, 7))
    training = field(1, "aux") + field(2, "InnerProduct") + field(3, "data") + field(4, "aux")
    training += field(8, field(1, 0)) + field(117, field(1, 2)) + field(7, blob(2, 192)) + field(7, blob(2))
    double = field(7, field(1, varint(3))) + field(8, struct.pack("<3d", 1, 2, 3))
    last = field(1, "last") + field(2, "Mystery") + field(3, "o") + field(4, "l") + field(7, double)
    file = tmp_path / "all.caffemodel"
    file.write_bytes(model() + field(100, odd) + field(100, training) + field(100, last))
    ledger = books(file)
    said = {evidence.what: evidence for evidence in ledger.evidence}
    elements = 112 + 35 + 386 + 3
    assert said["elements of the stored tensors"] == Evidence(
        "file size", "elements of the stored tensors", elements, elements, True
    )
    assert said["bytes of the stored tensors"].theirs == 4 * (112 + 35 + 386) + 8 * 3
    assert said["bytes of the stored tensors"].agrees
    assert int(ledger.totals.parameters) == 112 + 35 + 3
    assert any("not in this phase" in note for note in ledger.network.notes)


def test_what_caffe_saved_in_training_is_the_network_of_training(tmp_path):
    """Caffe writes its phase into every layer that it saves, and keeps their rules: no layer is of another phase."""
    shape = varint(1) + varint(3) + varint(8) + varint(8)
    data = field(1, "data") + field(2, "Input") + field(4, "data") + field(143, field(1, field(1, shape)))
    dense = field(1, "ip") + field(2, "InnerProduct") + field(3, "data") + field(4, "ip") + field(117, field(1, 2))
    dense += field(7, blob(2, 192)) + field(7, blob(2))
    phase, rule = field(10, 0), field(8, field(1, 0))  # TRAIN
    file = tmp_path / "trained.caffemodel"
    file.write_bytes(field(1, "t") + field(100, data + phase + rule) + field(100, dense + phase))
    ledger = books(file)
    assert (int(ledger.totals.parameters), ledger.totals.macs) == (2 * 192 + 2, 2 * 192)
    assert ledger.network.assumed == ("phase TRAIN",)


def fork(kind, settings=b"", *blobs):
    """A caffemodel of an input of 1×4×6×6 and one layer of a fork's type."""
    shape = varint(1) + varint(4) + varint(6) + varint(6)
    data = field(1, "data") + field(2, "Input") + field(4, "data") + field(143, field(1, field(1, shape)))
    layer = field(1, "f") + field(2, kind) + field(3, "data") + field(4, "f") + settings
    return field(1, "t") + field(100, data) + field(100, layer + b"".join(field(7, one) for one in blobs))


def test_ssds_settings_are_read_from_a_binary(tmp_path):
    """SSD's messages: ``norm_param = 206`` with ``channel_shared = 3``, ``permute_param = 202`` with ``order = 1``."""
    file = tmp_path / "ssd.caffemodel"
    file.write_bytes(fork("Normalize", field(206, field(3, 0)), blob(4)))
    ledger = books(file)
    assert ledger.totals.parameters == 4
    assert ledger.discrepancies == ()
    order = b"".join(field(1, axis) for axis in (0, 2, 3, 1))
    file.write_bytes(fork("Permute", field(202, order)))
    assert books(file).entries[-1].output_shape == (6, 6, 4)
    boxes = field(1, struct.pack("<f", 30)) + field(2, struct.pack("<f", 60)) + field(3, struct.pack("<f", 2))
    file.write_bytes(fork("PriorBox", field(203, boxes)))
    assert books(file).entries[-1].output_shape == (2, 6 * 6 * 4 * 4)  # ratios 1, 2, 1/2 and one larger square


@pytest.mark.parametrize("kind", ["ROIPooling", "Interp", "Normalize", "ShuffleChannel", "Upsample"])
def test_settings_that_a_fork_numbered_its_own_way_are_not_guessed(tmp_path, kind):
    file = tmp_path / "fork.caffemodel"
    file.write_bytes(fork(kind, field(882, field(3, 0)), blob(4)))
    ledger = books(file)
    assert ledger.totals.parameters == 4
    assert "are not where SSD's Caffe keeps them" in ledger.unknown[0][1].reason
    assert ledger.discrepancies == ()


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ('bottoms: "x"', "unknown field 'bottoms': is 'bottom' meant?"),
        ("param { lr_mul: 1 }", "unknown field 'lr_mul' of param: is 'lr_mult' meant?"),
        ('convolution_param { weight_filler { typ: "xavier" } }', "unknown field 'typ' of weight_filler"),
        ("include { phaze: TEST }", "unknown field 'phaze' of include: is 'phase' meant?"),
        ("include { phase: TRAINN }", "'TRAINN' is neither TRAIN nor TEST"),
        ("phase: test", "'test' is neither TRAIN nor TEST"),
        ("convolution_param { axis: 2 }", "channels are not axis 1"),
        ("convolution_param { engine: CUDN }", "unknown engine 'CUDN': is 'CUDNN' meant?"),
        ("convolution_param { bias_term: flase }", "bias_term: 'flase' is neither true nor false"),
        ("pooling_param { round_mode: FLOR }", "round_mode: 'FLOR' is none of CEIL, FLOOR"),
        ("lrn_param { norm_region: WITHIN }", "norm_region: 'WITHIN' is none of ACROSS_CHANNELS, WITHIN_CHANNEL"),
        ("convolution_param { weight_filler { variance_norm: FAN } }", "variance_norm: 'FAN' is none of"),
    ],
)
def test_a_slip_anywhere_in_a_layer_is_said(tmp_path: Path, inside: str, what: str) -> None:
    text = (
        'input: "x" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 } layer { name: "c" type: "Convolution" '
        f'bottom: "x" top: "c" convolution_param {{ num_output: 4 kernel_size: 3 }} {inside} }}'
    )
    if "axis" in inside:
        text = text.replace("kernel_size: 3", "kernel_size: 3 axis: 2").replace(inside, "")
    with pytest.raises(FormatError, match=re.escape(what)):
        read_file(write(tmp_path, "n.prototxt", text.encode()))


def test_a_field_of_a_fork_in_a_layer_is_mentioned(tmp_path: Path) -> None:
    text = 'input: "x" input_shape { dim: 1 dim: 3 } layer { name: "r" type: "ReLU" bottom: "x" top: "r" lr_mult: 1 }'
    notes = read_file(write(tmp_path, "n.prototxt", text.encode())).notes
    assert any("'lr_mult' is no field of Caffe's and is not read" in note for note in notes)


@pytest.mark.parametrize(
    ("kind", "inside", "said"),
    [
        ("Convolution", "pooling_param { pad: 1 }", "'pooling_param' is nothing that a Convolution layer reads, first at 'c'"),
        ("ReLU", "convolution_param { pad: 1 }", "'convolution_param' is nothing that a ReLU layer reads"),
        ("Convolution", "convolution_param { engine: OURS }", "'OURS' is no engine of Caffe's and changes no count"),
    ],
)  # fmt: skip
def test_what_a_layer_of_this_type_never_reads_is_mentioned(tmp_path: Path, kind: str, inside: str, said: str) -> None:
    own = "convolution_param { num_output: 4 kernel_size: 3 } " if kind == "Convolution" else ""
    text = (
        'input: "x" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 } layer { name: "c" '
        f'type: "{kind}" bottom: "x" top: "c" {own}{inside} }}'
    )
    notes = read_file(write(tmp_path, "n.prototxt", text.replace("} convolution_param {", "").encode())).notes
    assert any(said in note for note in notes), notes


def test_what_a_layer_does_read_is_not_mentioned(tmp_path: Path) -> None:
    """Types whose message has another name, and the messages that every layer may have."""
    text = (
        'input: "x" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 } '
        'layer { name: "d" type: "Deconvolution" bottom: "x" top: "d" convolution_param { num_output: 3 kernel_size: 3 } } '
        'layer { name: "n" type: "Normalize" bottom: "d" top: "n" norm_param { across_spatial: false } } '
        'layer { name: "r" type: "ReLU6" bottom: "n" top: "r" relu_param { engine: CUDNN } transform_param { scale: 1 } } '
        'layer { name: "i" type: "InnerProduct" bottom: "r" top: "i" inner_product_param { num_output: 2 bias_term: F } }'
    )
    assert read_file(write(tmp_path, "n.prototxt", text.encode())).notes == ()
