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
        (NET + "[route]\nlayers=,\n", "a route needs layers"),
        (NET + "[route]\n", "option 'layers' is missing"),
        (NET + "[dropout]\n[route]\nlayers=0\ngroups=2\n", "3 channels do not divide into 2 groups"),
        (
            NET + "[connected]\noutput=4\n[route]\nlayers=0\ngroups=2\n",
            "needs maps, but the layer before gives a vector",
        ),
        (NET + "[scale_channels]\nfrom=-1\n", "layer -1 is not above"),
        (
            NET + "[dropout]\n[maxpool]\nsize=2\nstride=2\n[scale_channels]\nfrom=0\nscale_wh=1\n",
            "sizes do not go together",
        ),
        ("[net]\n[dropout]\n[shortcut]\nfrom=0\nweights_type=per_channel\n", "channels are not known"),
    ],
)
def test_bad_definitions_are_one_clear_line(tmp_path, text, message):
    file = tmp_path / "bad.cfg"
    file.write_text(text)
    with pytest.raises(NetledgerError, match=message) as caught:
        books(file)
    assert "\n" not in str(caught.value)


# definition behind [net] 4×8×8: what its last layer gives, parameters, running statistics, MACs
WORKED = {
    "groups and two strides": (
        "[convolutional]\nfilters=8\nsize=3\npad=1\ngroups=2\nstride_x=2\nstride_y=1\nactivation=linear\n",
        (8, 8, 4), 8 * 2 * 9 + 8, 0, 8 * 2 * 9 * 8 * 4,
    ),
    "half of the channels": ("[dropout]\n[route]\nlayers=0\ngroups=2\ngroup_id=1\n", (2, 8, 8), 0, 0, 0),
    "smaller by a negative stride": ("[upsample]\nstride=-2\n", (4, 4, 4), 0, 0, 0),
    "no activation": ("[activation]\nactivation=linear\n", (4, 8, 8), 0, 0, 0),
    "dense and normalised": (
        "[connected]\noutput=5\nbatch_normalize=1\n", (5,), 256 * 5 + 5 + 5, 2 * 5, 256 * 5,
    ),
    "recurrent and normalised, twice": (
        "[rnn]\noutput=6\nbatch_normalize=1\n[rnn]\noutput=6\nbatch_normalize=1\n",
        (6,), 256 * 6 + 6 * 6 * 5 + 6 * 2 * 6, 6 * 2 * 6, 256 * 6 + 6 * 6 * 5,
    ),
    "recurrent maps, normalised": (
        "[crnn]\nhidden=6\noutput=5\nsize=3\npad=1\nbatch_normalize=1\n",
        (5, 8, 8), (4 * 6 + 6 * 6 + 6 * 5) * 9 + 2 * (6 + 6 + 5), 2 * (6 + 6 + 5), (4 * 6 + 6 * 6 + 6 * 5) * 9 * 64,
    ),
    "averages that do not overlap": ("[local_avgpool]\nstride=2\nsize=2\npadding=0\n", (4, 4, 4), 0, 0, 0),
    "channels of maps that are smaller": (
        "[dropout]\n[maxpool]\nsize=2\nstride=2\npadding=0\n[scale_channels]\nfrom=0\n", (4, 8, 8), 0, 0, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_layers_worked_by_hand(tmp_path, name):
    text, shape, parameters, statistics, macs = WORKED[name]
    file = tmp_path / "a.cfg"
    file.write_text("[net]\nheight=8\nwidth=8\nchannels=4\n" + text)
    ledger = books(file)
    totals = ledger.totals
    assert list(ledger)[-1].output_shape == shape
    assert (totals.parameters, totals.buffers, totals.macs) == (parameters, statistics, macs)
    assert sum("one time step" in said for said in ledger.network.assumed) == ("recurrent" in name)


def test_a_definition_without_a_size_counts_what_needs_none(tmp_path):
    file = tmp_path / "a.cfg"
    text = "[net]\n[dropout]\n[scale_channels]\nfrom=0\n[connected]\noutput=5\n"
    file.write_text(text)
    assert not isinstance(books(file).totals.parameters, int)
    assert "shapes and MACs are not known" in books(file).network.assumed[0]
    assert books(file, inputs={"": (2, 3, 3)}).totals.parameters == 18 * 5 + 5
    file.write_text(text.replace("from=0\n", "from=0\n[route]\nlayers=0\ngroups=2\n"))
    with pytest.raises(NetledgerError, match="channels that are not known do not divide into 2 groups"):
        books(file)


def test_weights_too_short_for_a_header_say_nothing(tmp_path):
    file = tmp_path / "a.cfg"
    file.write_text(NET + "[connected]\noutput=5\n")
    (tmp_path / "a.weights").write_bytes(bytes(15))
    assert books(file).evidence == ()


def test_darknet_reads_a_number_as_far_as_it_goes(tmp_path):
    """``atoi`` stops at what is no digit: comments behind values are none of its business."""
    path = tmp_path / "n.cfg"
    path.write_text("[net]\nheight=8 # rows\nwidth=8;\nchannels=3\n[convolutional]\nfilters = 8 ;x\nsize=3 #y\npad=1\n")
    ledger = keep_books(read_file(str(path)))
    assert (ledger.totals.parameters, ledger.totals.macs) == (3 * 9 * 8 + 8, 3 * 9 * 8 * 64)
