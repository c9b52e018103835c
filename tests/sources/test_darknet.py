"""Darknet definitions against Darknet's own published figures: operations, and the sizes of its weight files."""

from __future__ import annotations

import struct

import pytest

from netledger.errors import NetledgerError
from netledger.ledger import keep_books
from netledger.sources import Options, read_file
from tests.support import NETWORKS


def books(path, **options):
    return keep_books(read_file(str(path), options=Options(**options)))


def test_alexnet_is_the_ungrouped_network():
    totals = books(NETWORKS / "darknet/alexnet.cfg").totals
    assert int(totals.parameters) == 62_378_344
    assert int(totals.macs) == 1_135_256_096  # published as 2.27 Bn operations


@pytest.mark.parametrize(
    ("name", "billion_operations"), [("darknet19", "7.29"), ("resnet50", "9.74"), ("yolov3-tiny", "5.56")]
)
def test_published_operations(name, billion_operations):
    """pjreddie.com prints two operations a multiply-accumulate, in billions, at the size in the definition."""
    macs = int(books(NETWORKS / f"darknet/{name}.cfg").totals.macs)
    assert f"{2 * macs / 1e9:.2f}" in (billion_operations, f"{float(billion_operations) + 0.01:.2f}")


def test_the_published_weights_file_of_yolov3_tiny_holds_what_we_count():
    """yolov3-tiny.weights is 35,434,956 bytes: a header of 20 and float32 values, running statistics included."""
    totals = books(NETWORKS / "darknet/yolov3-tiny.cfg").totals
    assert int(totals.parameters) + int(totals.buffers) == (35_434_956 - 20) // 4


NET = "[net]\nheight=8\nwidth=8\nchannels=3\n"


def test_batch_normalised_convolutions_keep_their_bias_in_the_normalisation(tmp_path):
    file = tmp_path / "a.cfg"
    file.write_text(NET + "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\nstride=1\npad=1\nactivation=leaky\n")
    totals = books(file).totals
    assert int(totals.weights) == 3 * 9 * 4 + 4
    assert int(totals.biases) == 4
    assert int(totals.buffers) == 8


def test_the_weights_beside_it_are_evidence(tmp_path):
    file = tmp_path / "a.cfg"
    file.write_text(NET + "[convolutional]\nfilters=4\nsize=3\nactivation=linear\n[connected]\noutput=5\n")
    parameters = (3 * 9 * 4 + 4) + (4 * 6 * 6 * 5 + 5)
    (tmp_path / "a.weights").write_bytes(struct.pack("<3iq", 0, 2, 0, 0) + b"\0" * 4 * parameters)
    (evidence,) = books(file).evidence
    assert evidence.agrees
    assert evidence.theirs == parameters
    (tmp_path / "a.weights").write_bytes(struct.pack("<3iq", 0, 2, 0, 0) + b"\0" * 4 * (parameters - 1))
    assert not books(file).evidence[0].agrees


def test_routes_shortcuts_pools_and_reorganisation(tmp_path):
    file = tmp_path / "a.cfg"
    file.write_text(
        NET
        + "[convolutional]\nfilters=4\nsize=1\nactivation=relu\n"  # 0: 4×8×8
        + "[maxpool]\nsize=2\nstride=1\n"  # 1: padding size - 1: 4×8×8
        + "[shortcut]\nfrom=-2\nactivation=linear\n"  # 2
        + "[route]\nlayers=-1,0\n"  # 3: 8×8×8
        + "[reorg]\nstride=2\n"  # 4: 32×4×4
        + "[upsample]\nstride=2\n"  # 5: 32×8×8
        + "[avgpool]\n[softmax]\n"
    )
    ledger = books(file)
    shapes = {entry.path: entry.output_shape for entry in ledger}
    assert shapes["maxpool1"] == (4, 8, 8)
    assert shapes["route3"] == (8, 8, 8)
    assert shapes["reorg4"] == (32, 4, 4)
    assert shapes["upsample5"] == (32, 8, 8)
    assert shapes["avgpool6"] == (32, 1, 1)


def test_recurrent_layers_are_their_connected_parts(tmp_path):
    file = tmp_path / "a.cfg"
    file.write_text("[net]\ninputs=256\n[gru]\noutput=1024\n")
    assert int(books(file).totals.parameters) == 3 * (256 * 1024 + 1024) + 3 * (1024 * 1024 + 1024)


def test_an_unknown_layer_is_unknown_with_its_name(tmp_path):
    file = tmp_path / "a.cfg"
    file.write_text(NET + "[wormhole]\n[connected]\noutput=3\n")
    ledger = books(file)
    assert not isinstance(ledger.totals.parameters, int)
    assert "[wormhole] has no rule" in ledger.unknown[0][1].reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[net\nheight=8\n", "does not end"),
        ("[convolutional]\nfilters=4\n", "neither a Darknet network definition nor a cuda-convnet"),
        (NET + "[route]\nlayers=-1\n", "layer -1 is not above"),
        (NET + "[convolutional]\nfilters=4\nactivation=wild\n", "unknown activation 'wild'"),
        (NET + "[convolutional]\nfilters=1e9\n", "no whole number"),
        (NET + "[convolutional]\nfilters=4\nstride=0\n", "stride must be at least 1"),
        (NET + "height 8\n", "neither"),
    ],
)
def test_bad_definitions_are_one_clear_line(tmp_path, text, message):
    file = tmp_path / "bad.cfg"
    file.write_text(text)
    with pytest.raises(NetledgerError, match=message) as caught:
        books(file)
    assert "\n" not in str(caught.value)


def test_darknet_reads_a_number_as_far_as_it_goes(tmp_path):
    """``atoi`` stops at what is no digit: comments behind values are none of its business."""
    path = tmp_path / "n.cfg"
    path.write_text("[net]\nheight=8 # rows\nwidth=8;\nchannels=3\n[convolutional]\nfilters = 8 ;x\nsize=3 #y\npad=1\n")
    ledger = keep_books(read_file(str(path)))
    assert (ledger.totals.parameters, ledger.totals.macs) == (3 * 9 * 8 + 8, 3 * 9 * 8 * 64)
