"""Caffe's layers along the batch, behind blobs of no known size, and of forms that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from netledger.errors import FormatError
from netledger.ledger import Ledger, keep_books
from netledger.sources import read_file
from netledger.unknown import Unknown
from tests.sources.test_forks import caffe, one

OPEN = 'layer { name: "o" type: "DetectionOutput" bottom: "data" top: "open" }\n'
"""A blob of which nobody knows how many objects it holds."""


def behind(folder: Path, kind: str, settings: str = "", bottoms: str = 'bottom: "open"') -> Ledger:
    return caffe(folder, OPEN + one(kind, settings, bottoms))


@pytest.mark.parametrize(
    ("kind", "settings", "bottoms"),
    [
        ("Pooling", "pooling_param { kernel_size: 2 stride: 3 }", ""),
        ("Concat", "", 'bottom: "data"'),
        ("Reshape", "reshape_param { shape { dim: 0 dim: -1 } }", ""),
        ("Reduction", "", ""),
        ("Crop", "", 'bottom: "data"'),
        ("ArgMax", "argmax_param { top_k: 3 axis: 1 }", ""),
        ("Normalize", "norm_param { channel_shared: true }", ""),
        ("Permute", "permute_param { order: 0 order: 2 }", ""),
        ("ROIPooling", "roi_pooling_param { pooled_h: 2 pooled_w: 2 }", ""),
        ("PSROIPooling", "psroi_pooling_param { group_size: 2 output_dim: 3 }", ""),
        ("Upsample", "upsample_param { scale: 2 }", ""),
        ("Unpooling", "unpooling_param { kernel_size: 2 stride: 2 }", ""),
        ("Interp", "interp_param { zoom_factor: 2 }", ""),
        ("PriorBox", "prior_box_param { min_size: 3 }", ""),
        ("Scale", "", 'bottom: "data"'),
        ("Eltwise", "", 'bottom: "data"'),
    ],
)  # fmt: skip
def test_what_multiplies_nothing_costs_nothing_whatever_it_reads(
    tmp_path: Path, kind: str, settings: str, bottoms: str
) -> None:
    ledger = behind(tmp_path, kind, settings, f'bottom: "open" {bottoms}')
    assert ledger.totals.macs == 0


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("InnerProduct", "inner_product_param { num_output: 5 }"),
        ("Convolution", "convolution_param { num_output: 5 kernel_size: 3 }"),
        ("LSTM", "recurrent_param { num_output: 5 }"),
        ("PReLU", ""),
        ("Normalize", "norm_param { channel_shared: false }"),
    ],
)
def test_what_is_learned_for_each_channel_is_unknown(tmp_path: Path, kind: str, settings: str) -> None:
    assert not isinstance(behind(tmp_path, kind, settings).totals.parameters, int)


@pytest.mark.parametrize(("kind", "settings"), [("Slice", ""), ("Tile", "tile_param { tiles: 2 }")])
def test_how_what_is_open_is_laid_out_is_open(tmp_path: Path, kind: str, settings: str) -> None:
    assert isinstance(behind(tmp_path, kind, settings)["x"].output_shape, Unknown)


@pytest.mark.parametrize(
    ("kind", "settings", "why"),
    [
        ("Concat", "concat_param { axis: 0 }", "joins examples of a batch"),
        ("Slice", "slice_param { axis: 0 }", "splits a batch"),
        ("Flatten", "flatten_param { axis: 0 }", "flattens the batch"),
        ("Tile", "tile_param { axis: 0 tiles: 2 }", "tiles the batch"),
        ("InnerProduct", "inner_product_param { num_output: 5 axis: 0 }", "an inner product over the batch"),
        ("ArgMax", "argmax_param { axis: 0 }", "compares the examples of a batch"),
        ("Permute", "permute_param { order: 1 order: 0 }", "moves the batch"),
        ("Reshape", "reshape_param { shape { dim: 7 dim: -1 } }", "reshapes the batch away"),
        ("Scale", "scale_param { axis: 0 }", "a scale over the batch"),
        ("Crop", "crop_param { axis: 0 }", "a crop along the batch"),
        ("LSTM", "recurrent_param { num_output: 5 }", "an LSTM with a static input"),
    ],
)  # fmt: skip
def test_what_mixes_the_examples_of_a_batch_is_unknown(tmp_path: Path, kind: str, settings: str, why: str) -> None:
    bottoms = " ".join(['bottom: "data"'] * (3 if kind == "LSTM" else 2 if kind in ("Concat", "Crop") else 1))
    ledger = caffe(tmp_path, one(kind, settings, bottoms), (10, 3, 8) if kind != "LSTM" else (8, 14, 14))
    assert not isinstance(ledger.totals.macs, int)
    assert any(why in unknown.reason for _, unknown in ledger.unknown)


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ("", (1, 1, 1)),  # argmax_layer.cpp: N×1×k, and ones up to the blob's dimensions
        ("argmax_param { top_k: 5 out_max_val: true }", (2, 5, 1)),
        ("argmax_param { axis: 1 }", (1, 14, 14)),
        ("argmax_param { axis: -1 top_k: 3 }", (8, 14, 3)),
    ],
)
def test_places_of_the_largest(tmp_path: Path, settings: str, shape: tuple[int, ...]) -> None:
    assert caffe(tmp_path, one("ArgMax", settings))["x"].output_shape == shape


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (one("Pooling", "pooling_param { pool: ODD kernel_size: 2 }"), "unknown pool 'ODD'"),
        (one("Eltwise", "eltwise_param { operation: ASUM }"), "unknown operation 'ASUM'"),
        (one("Reshape", "reshape_param { axis: 9 shape { dim: 2 } }"), "axis 9 of a blob with 4"),
        (one("Axpy"), "takes three blobs: scale, x and y"),
        ('layer { name: "f" type: "InnerProduct" bottom: "data" top: "f" inner_product_param { num_output: 5 } }\n'
         + one("Interp", "", 'bottom: "f"'), "needs maps, but its input is a vector"),
        ('layer { name: "d" type: "Data" }\n', "a data layer without a top"),
    ],
)  # fmt: skip
def test_layers_that_cannot_be(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        caffe(tmp_path, text)


def test_a_zoom_of_nothing_has_no_size(tmp_path: Path) -> None:
    assert isinstance(caffe(tmp_path, one("Interp", "interp_param { zoom_factor: 0 }"))["x"].output_shape, Unknown)


def test_data_for_a_test_and_its_labels(tmp_path: Path) -> None:
    """A batch of images of 3×8×8 and their labels, as DummyData's old fields and MemoryData say; 2 of 192·5 products."""
    old = "num: 10 channels: 3 height: 8 width: 8 num: 10 channels: 1 height: 1 width: 1"
    for kind, settings in (
        ("DummyData", f"dummy_data_param {{ {old} }}"),
        ("MemoryData", "memory_data_param { batch_size: 10 channels: 3 height: 8 width: 8 }"),
    ):
        text = f'layer {{ name: "d" type: "{kind}" top: "data" top: "label" {settings} }}\n'
        text += one("InnerProduct", "inner_product_param { num_output: 5 }")
        path = tmp_path / "net.prototxt"
        path.write_text(text)
        totals = keep_books(read_file(str(path))).totals
        assert (totals.parameters, totals.macs) == (192 * 5 + 5, 192 * 5)


def test_the_first_form_shares_by_names_alone(tmp_path: Path) -> None:
    """``layers { param: "w" }``: two products with one matrix of 8·14·14 times 5, and biases of their own names."""
    made = "".join(
        f'layers {{ name: "{name}" type: INNER_PRODUCT bottom: "data" top: "{name}" param: "w" param: "b"'
        " inner_product_param { num_output: 5 } }\n"
        for name in ("one", "two")
    )
    totals = caffe(tmp_path, made).totals
    assert (totals.parameters, totals.macs) == (8 * 14 * 14 * 5 + 5, 2 * 8 * 14 * 14 * 5)


def test_one_of_two_parameters_shared_is_unknown(tmp_path: Path) -> None:
    text = "".join(
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "data" top: "{name}" param {{ name: "w" }} param {{ }}'
        " inner_product_param { num_output: 5 } }\n"
        for name in ("one", "two")
    )
    ledger = caffe(tmp_path, text)
    assert "shares some of its parameters and owns others" in ledger.unknown[0][1].reason
    assert not isinstance(ledger.totals.parameters, int)


def test_the_parts_of_one_phase_and_one_stage(tmp_path: Path) -> None:
    """``include`` leaves a layer out; ``phase`` on the layer itself does not (``Net::FilterNet`` looks at rules alone). The
    first stage named is taken, and said."""
    text = "".join(
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "data" top: "{name}" {rule}'
        f" inner_product_param {{ num_output: {count} }} }}\n"
        for name, rule, count in (
            ("one", "include { phase: TEST }", 5), ("two", "include { phase: TRAIN }", 7), ("five", "phase: TRAIN", 11),
            ("three", 'include { stage: "deploy" }', 2),
            ("four", 'include { stage: "fit" }', 3),
        )
    )  # fmt: skip
    ledger = caffe(tmp_path, text)
    assert ledger.totals.macs == 8 * 14 * 14 * (5 + 11 + 2)
    assert "stage 'deploy'" in ledger.network.assumed


def test_a_file_for_training_alone(tmp_path: Path) -> None:
    """All its data are for training: in the other phase nothing feeds it."""
    text = (
        'layer { name: "d" type: "DummyData" top: "x" include { phase: TRAIN }\n'
        "  dummy_data_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }\n"
        'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 5 } }\n'
    )
    path = tmp_path / "train.prototxt"
    path.write_text(text)
    ledger = keep_books(read_file(str(path)))
    assert ledger.totals.macs == 3 * 8 * 8 * 5
    assert "phase TRAIN" in ledger.network.assumed
    path.write_text(text.replace('bottom: "x"', 'bottom: "y"'))
    with pytest.raises(FormatError, match="blob 'y' is not made above"):
        read_file(str(path))
