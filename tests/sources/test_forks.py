"""Layers and options of Caffe's and Darknet's forks: sizes by hand from the layers' own code, and what is not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from netledger.errors import FormatError, UsageError
from netledger.ledger import Ledger, keep_books
from netledger.sources import Options, read_file

HEAD = 'input: "data"\ninput_shape {{ dim: 1 dim: {} dim: {} dim: {} }}\n'


def caffe(folder: Path, text: str, maps: tuple[int, int, int] = (8, 14, 14), **options: object) -> Ledger:
    path = folder / "net.prototxt"
    path.write_text(HEAD.format(*maps) + text)
    return keep_books(read_file(str(path), options=Options(**options)))


def darknet(folder: Path, text: str, maps: tuple[int, int, int] = (8, 14, 14), **options: object) -> Ledger:
    path = folder / "net.cfg"
    path.write_text("[net]\nchannels={}\nheight={}\nwidth={}\n".format(*maps) + text)
    return keep_books(read_file(str(path), options=Options(**options)))


def one(kind: str, settings: str = "", bottoms: str = 'bottom: "data"') -> str:
    return f'layer {{ name: "x" type: "{kind}" {bottoms} top: "x" {settings} }}\n'


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (one("Pooling", "pooling_param { kernel_size: 3 stride: 2 ceil_mode: false }"), (8, 6, 6)),
        (one("Pooling", "pooling_param { kernel_size: 3 stride: 2 }"), (8, 7, 7)),
        (one("ROIPooling", "roi_pooling_param { pooled_h: 7 pooled_w: 6 spatial_scale: 0.0625 }"), (8, 7, 6)),
        (one("PSROIPooling", "psroi_pooling_param { output_dim: 2 group_size: 2 spatial_scale: 0.0625 }"), (2, 2, 2)),
        (one("Upsample", "upsample_param { scale: 2 }"), (8, 28, 28)),
        (one("Upsample", "upsample_param { upsample_h: 27 upsample_w: 29 }"), (8, 27, 29)),
        (one("Unpooling", "unpooling_param { unpool: MAX kernel_size: 2 stride: 2 }"), (8, 28, 28)),
        (one("Unpooling", "unpooling_param { unpool: MAX kernel_size: 2 stride: 2 unpool_size: 27 }"), (8, 27, 27)),
        (one("ShuffleChannel", "shuffle_channel_param { group: 4 }"), (8, 14, 14)),
        (one("ReLU6"), (8, 14, 14)),
        (one("Interp", "interp_param { zoom_factor: 8 }"), (8, 105, 105)),  # 14 + 13 * 7
        (one("Interp", "interp_param { shrink_factor: 2 }"), (8, 7, 7)),  # 13 // 2 + 1
        (one("Interp", "interp_param { height: 33 width: 65 }"), (8, 33, 65)),
        (one("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }"), (14, 14, 8)),
        # SSD: ratios 1, 2, 1/2, 3, 1/3 times one min_size, and one max_size: 6 boxes a place, 4 numbers each
        (one("PriorBox", "prior_box_param { min_size: 60 max_size: 111 aspect_ratio: 2 aspect_ratio: 3 flip: true }"),
         (2, 14 * 14 * 6 * 4)),
    ],
)  # fmt: skip
def test_shapes_of_caffes_forks(tmp_path: Path, layer: str, shape: tuple[int, ...]) -> None:
    ledger = caffe(tmp_path, layer)
    assert ledger["x"].outputs[0] == shape
    assert not ledger.discrepancies
    assert int(ledger.totals.parameters) == int(ledger.totals.macs) == 0


@pytest.mark.parametrize("kind", ["ConvolutionDepthwise", "DepthwiseConvolution"])
def test_depthwise(tmp_path: Path, kind: str) -> None:
    totals = caffe(tmp_path, one(kind, "convolution_param { num_output: 8 kernel_size: 3 pad: 1 }")).totals
    assert (int(totals.weights), int(totals.biases), int(totals.macs)) == (72, 8, 72 * 14 * 14)


def test_what_forks_learn(tmp_path: Path) -> None:
    assert int(caffe(tmp_path, one("BN")).totals.parameters) == 16
    shared = caffe(tmp_path, one("Normalize", "norm_param { channel_shared: true }"))
    assert int(shared.totals.parameters) == 1
    each = caffe(tmp_path, one("Normalize", "norm_param { channel_shared: false across_spatial: false }"))
    assert int(each.totals.parameters) == 8


def test_blobs_that_are_scaled_by_others(tmp_path: Path) -> None:
    gate = (
        'layer { name: "g" type: "Pooling" bottom: "data" top: "g" pooling_param { pool: AVE global_pooling: true } }\n'
    )
    three = 'bottom: "g" bottom: "data" bottom: "data"'
    assert caffe(tmp_path, gate + one("Axpy", "", three))["x"].outputs[0] == (8, 14, 14)
    flat = 'layer { name: "f" type: "Flatten" bottom: "g" top: "f" }\n'
    scaled = one("Scale", "scale_param { axis: 0 }", 'bottom: "data" bottom: "f"')
    assert caffe(tmp_path, gate + flat + scaled)["x"].outputs[0] == (8, 14, 14)


def test_detections_cost_nothing_and_have_no_size(tmp_path: Path) -> None:
    ledger = caffe(tmp_path, one("DetectionOutput"))
    assert int(ledger.totals.parameters) == int(ledger.totals.macs) == 0


def test_losses_and_data_of_forks(tmp_path: Path) -> None:
    """Fast R-CNN's loss costs nothing; DeconvNet's images with their labels of every place are an input."""
    dense = one("InnerProduct", "inner_product_param { num_output: 5 }").replace('"x"', '"ip"')
    ledger = caffe(tmp_path, dense + one("SmoothL1Loss", bottoms='bottom: "ip" bottom: "data"'))
    assert (int(ledger.totals.parameters), ledger.totals.macs) == (8 * 14 * 14 * 5 + 5, 8 * 14 * 14 * 5)
    path = tmp_path / "dense.prototxt"
    path.write_text(
        'layer { name: "d" type: "DenseImageData" top: "x" top: "label" dense_image_data_param { batch_size: 2 } }\n'
        'layer { name: "c" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 4 kernel_size: 3 } }\n'
    )
    network = read_file(str(path), options=Options({"x": (3, 10, 12)}))
    assert keep_books(network).totals.macs == 3 * 9 * 4 * 8 * 10
    sized = path.read_text().replace("batch_size: 2", "batch_size: 2 new_height: 9 new_width: 7 is_color: false")
    path.write_text(sized)
    assert keep_books(read_file(str(path))).totals.macs == 1 * 9 * 4 * 7 * 5
    path.write_text(sized.replace("new_height", "new_hieght"))
    with pytest.raises(FormatError, match="'new_height'"):
        read_file(str(path))


def test_a_python_data_layer_is_an_input(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    conv = 'layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 8 kernel_size: 3 } }'
    path.write_text('layer { name: "d" type: "Python" top: "data" top: "label" python_param { module: "m" } }\n' + conv)
    ledger = keep_books(read_file(str(path), options=Options(inputs={"data": (3, 32, 32)})))
    assert (int(ledger.totals.parameters), int(ledger.totals.macs)) == (224, 216 * 30 * 30)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (one("Convolution", "convolution_param { num_output: 8 kernel_size: 3 dilatoin: 2 }"), "dilation"),
        (one("Pooling", "pooling_parm { kernel_size: 3 }"), "pooling_param"),
        ("inptu_dim: 3\n" + one("ReLU"), "input_dim"),
    ],
)
def test_a_field_that_is_almost_one(tmp_path: Path, text: str, meant: str) -> None:
    with pytest.raises(FormatError, match=f"'{meant}'"):
        caffe(tmp_path, text)


def test_a_field_of_a_fork_of_its_own_is_said(tmp_path: Path) -> None:
    ledger = caffe(tmp_path, one("ReLU", "warp_ctc_param { alphabet_size: 12 }"))
    assert any("warp_ctc_param" in note for note in ledger.network.notes)


def test_an_input_that_nobody_has_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'data'"):
        caffe(tmp_path, one("ReLU"), inputs={"image": (3, 8, 8)})
    with pytest.raises(UsageError, match="'data'"):
        darknet(tmp_path, "[softmax]\n", inputs={"image": (3, 8, 8)})


# ---------------------------------------------------------------------- Darknet

CONV = "[convolutional]\nfilters={}\nsize={}\nstride=1\npad={}\nactivation=linear\n"


def test_comments_behind_values(tmp_path: Path) -> None:
    text = "[convolutional]\nfilters=40 #32\nsize=3#5\npad=1\nactivation=linear\n[route]\nlayers=0 ###P6\n"
    assert darknet(tmp_path, text)["route1"].outputs[0] == (40, 14, 14)


@pytest.mark.parametrize(
    ("size", "pad", "dilation", "side"), [(3, 1, 3, 14), (3, 1, 20, 14), (3, 0, 2, 12), (1, 0, 2, 14)]
)
def test_darknets_size_ignores_dilation(tmp_path: Path, size: int, pad: int, dilation: int, side: int) -> None:
    """``convolutional_out_height`` is (h + 2·pad - size)/stride + 1, whatever the dilation."""
    ledger = darknet(tmp_path, CONV.format(4, size, pad) + f"dilation={dilation}\n")
    assert ledger["conv0"].outputs[0] == (4, side, side)
    assert int(ledger.totals.macs) == 4 * 8 * size * size * side * side


def test_attention_by_channels_and_by_place(tmp_path: Path) -> None:
    text = "[avgpool]\n" + CONV.format(8, 1, 0) + "[scale_channels]\nfrom=-3\n"
    with pytest.raises(FormatError, match="not above"):
        darknet(tmp_path, text)
    text = (
        CONV.format(8, 1, 0) + "[avgpool]\n" + CONV.format(8, 1, 0) + "[scale_channels]\nfrom=0\n" + "[sam]\nfrom=0\n"
    )
    ledger = darknet(tmp_path, text)
    assert ledger["scale_channels3"].outputs[0] == ledger["sam4"].outputs[0] == (8, 14, 14)


def test_pooling_reorganising_and_convolutional_recurrence(tmp_path: Path) -> None:
    assert darknet(tmp_path, "[local_avgpool]\nsize=2\nstride=2\n")["local_avgpool0"].outputs[0] == (8, 7, 7)
    assert darknet(tmp_path, "[reorg3d]\nstride=2\n")["reorg3d0"].outputs[0] == (32, 7, 7)
    totals = darknet(tmp_path, "[crnn]\nhidden=6\noutput=5\nsize=3\npad=1\nactivation=leaky\n").totals
    assert (int(totals.weights), int(totals.biases)) == (9 * (8 * 6 + 6 * 6 + 6 * 5), 6 + 6 + 5)


def test_a_shortcut_that_learns_its_weights(tmp_path: Path) -> None:
    conv = CONV.format(8, 1, 0)
    plain = int(darknet(tmp_path, conv * 2 + "[shortcut]\nfrom=-2\nactivation=linear\n").totals.parameters)
    weighted = "[shortcut]\nfrom=-2\nactivation=linear\nweights_type={}\n"
    for how, more in (("per_feature", 2), ("per_channel", 16)):
        assert int(darknet(tmp_path, conv * 2 + weighted.format(how)).totals.parameters) == plain + more


def test_an_option_that_darknet_passes_over_is_said(tmp_path: Path) -> None:
    notes = darknet(tmp_path, CONV.format(8, 1, 0) + "batch_normalise=1\n").network.notes
    assert any("'batch_normalise' ('batch_normalize'?) in [convolutional]" in note for note in notes)
    assert not darknet(tmp_path, CONV.format(8, 1, 0)).network.notes


def test_a_convolution_that_shares_the_weights_of_another(tmp_path: Path) -> None:
    """``share_index``: weights, scales, shifts and statistics are those of the other (TridentNet's three branches)."""
    conv = CONV.format(8, 3, 1) + "batch_normalize=1\n"
    for index in ("0", "-1"):
        totals = darknet(tmp_path, conv + conv + f"share_index={index}\n").totals
        assert (int(totals.parameters), int(totals.buffers)) == (8 * 8 * 9 + 8 + 8, 16)
        assert int(totals.macs) == 2 * 8 * 8 * 9 * 14 * 14
    with pytest.raises(FormatError, match="layer 1 is not above this one"):
        darknet(tmp_path, conv + conv + "share_index=1\n")


def test_a_blur_against_aliasing_makes_the_steps(tmp_path: Path) -> None:
    """The layer itself goes in steps of one (``make_convolutional_layer``), so that it costs as much as without steps."""
    conv = "[convolutional]\nfilters=8\nsize=3\nstride=2\npad=1\nactivation=linear\n"
    plain, blurred = darknet(tmp_path, conv), darknet(tmp_path, conv + "antialiasing=1\n")
    assert (int(plain.totals.macs), plain["conv0"].outputs[0]) == (8 * 8 * 9 * 7 * 7, (8, 7, 7))
    assert (int(blurred.totals.macs), blurred["conv0.blur"].outputs[0]) == (8 * 8 * 9 * 14 * 14, (8, 7, 7))
    assert blurred.totals.parameters == plain.totals.parameters
    assert darknet(tmp_path, "[maxpool]\nsize=2\nstride=2\nantialiasing=2\n")["maxpool0.blur"].outputs[0] == (8, 7, 7)


def test_pools_with_two_steps_and_over_channels(tmp_path: Path) -> None:
    """``make_maxpool_layer``: (h + padding - size)/stride_y + 1, each axis by its own; of channels the places stay."""
    text = "[maxpool]\nsize=2\nstride=2\nstride_x=1\n"
    assert darknet(tmp_path, text)["maxpool0"].outputs[0] == (8, 7, 14)
    text = "[maxpool]\nmaxpool_depth=1\nout_channels=2\nsize=1\nstride=1\n"
    assert darknet(tmp_path, text)["maxpool0"].outputs[0] == (2, 14, 14)


def test_a_recurrence_of_another_size_inside(tmp_path: Path) -> None:
    """``make_rnn_layer``: inputs to hidden, hidden to hidden, hidden to outputs."""
    totals = darknet(tmp_path, "[rnn]\nhidden=6\noutput=5\n").totals
    assert (int(totals.weights), int(totals.biases)) == (8 * 14 * 14 * 6 + 6 * 6 + 6 * 5, 6 + 6 + 5)
