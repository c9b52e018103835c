"""cuda-convnet definitions: the 2012 files' own published totals, and every type's sizes by hand."""

from __future__ import annotations

import pytest

from netledger.errors import FormatError, NetledgerError
from netledger.ledger import keep_books
from netledger.sources import Options, read, read_file
from tests.support import NETWORKS


def books(path, **options):
    return keep_books(read_file(str(path), options=Options(**options)))


# file: (parameters, MACs, neurons). 114's parameters are the author's own comment in layer-params-114.cfg; the others
# are the published facts of the 2012 runs (the contest nets #106-#137 have 628,615,616 MACs and 562,472 neurons).
PUBLISHED = {
    "layers-114.cfg": (140_523_240, None, None),  # the author's own count, a comment in layer-params-114.cfg
    "layers-137.cfg": (60_870_376, 628_615_616, 562_472),
    "layers-145.cfg": (60_965_224, 724_406_816, 659_272),
    "layers-145-half.cfg": (59_798_312, 391_514_384, None),
    "layers-147.cfg": (60_965_224, 686_891_552, None),
    "layers-148.cfg": (60_965_224, 724_406_816, None),
    "layers-150.cfg": (60_714_408, 724_323_872, None),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_2012_files_give_their_published_totals(name):
    ledger = books(NETWORKS / f"cuda-convnet/{name}")
    parameters, macs, neurons = PUBLISHED[name]
    assert int(ledger.totals.parameters) == parameters
    if macs is not None:
        assert int(ledger.totals.macs) == macs
    if neurons is not None:
        assert int(ledger.totals.neurons) == neurons
    assert "3×224×224" in ledger.network.assumed[0]


def test_which_gpu_holds_what():
    ledger = books(NETWORKS / "cuda-convnet/layers-145.cfg")
    held = {0: 0, 1: 0}
    for entry in ledger:
        held[entry.layer.meta["device"]] += int(entry.parameters)
    assert held == {0: 32_531_112, 1: 28_434_112}  # one fc1000, on the first GPU
    assert ledger["conv3a"].layer.inputs == ("conv3a.inputs",)
    assert int(ledger["conv3a"].parameters) == 192 * 256 * 9 + 192


def test_an_input_of_another_size_replaces_the_assumed_one(tmp_path):
    file = tmp_path / "net.cfg"
    file.write_text(
        "[data]\ntype=data\ndataIdx=0\n[c]\ntype=conv\ninputs=data\nchannels=3\nfilters=16\nfilterSize=5\nstride=2\n"
        "padding=2\npartialSum=1\n[p]\ntype=pool\npool=avg\ninputs=c\nchannels=16\nsizeX=3\nstride=2\n"
    )
    ledger = books(file, inputs={"": (3, 33, 33)})
    assert ledger["c"].output_shape == (16, 17, 17)  # 1 + ceil((33 + 4 - 5)/2)
    assert ledger["p"].output_shape == (16, 8, 8)  # 1 + ceil((17 - 3)/2)
    assert ledger.network.assumed == ()


def test_partial_sum_proves_an_image_wrong_and_the_cifar_crop_is_taken(tmp_path):
    file = tmp_path / "cifar.cfg"
    file.write_text(
        "[data]\ntype=data\ndataIdx=0\n[c]\ntype=conv\ninputs=data\nchannels=3\nfilters=16\nfilterSize=1\npartialSum=9\n"
    )
    assert "3×24×24" in books(file).network.assumed[0]  # 224² and 32² are no multiples of 9, 24² is
    file.write_text(file.read_text().replace("partialSum=9", "partialSum=11"))
    with pytest.raises(NetledgerError, match=r"partialSum=11 does not divide 224·224 positions; say the image with"):
        books(file)


def test_filters_are_per_group_and_unshared_biases_are_one_a_position(tmp_path):
    file = tmp_path / "net.cfg"
    base = "[data]\ntype=data\ndataIdx=0\n[a]\ntype=conv\ninputs=data\nchannels=3\nfilters=16\nfilterSize=1\n"
    file.write_text(
        base + "[b]\ntype=conv\ninputs=a\nchannels=16\nfilters=16\nfilterSize=3\ngroups=2\nsharedBiases=0\n"
    )
    ledger = books(file, inputs={"": (3, 10, 10)})
    assert int(ledger.totals.parameters) == (3 * 16 + 16) + (8 * 9 * 32) + 32 * 8 * 8


def test_a_tree_of_classes_is_unknown_not_zero(tmp_path):
    file = tmp_path / "net.cfg"
    file.write_text("[data]\ntype=data\ndataIdx=0\n[t]\ntype=treefc\ninputs=data\n")
    totals = books(file).totals
    assert not isinstance(totals.parameters, int)
    assert not isinstance(totals.macs, int)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\nepsW=0.1\n", "this holds learning rates only"),
        ("[a]\ntype=conv\ninputs=b\n", "input layer 'b' is not defined above"),
        ("[a]\ntype=nonsense\ninputs=\n", "unknown layer type 'nonsense'"),
        ("[d]\ntype=data\n[a]\ntype=fc\ninputs=d\noutputs=x1\n", "outputs=x1 is no whole number"),
        ("[d]\ntype=data\n[a]\ntype=resize\ninputs=d\nchannels=3\nscale=²\n", "scale=² is no positive number"),
        (f"[d]\ntype=data\n[a]\ntype=resize\ninputs=d\nchannels=3\nscale=1.{'0' * 5000}\n", "is no positive number"),
        ("[d]\ntype=data\n[a]\ntype=fc\ninputs=d\n", "option 'outputs' is missing"),
        ("[d]\ntype=data\n[a]\ntype=fc\noutputs=2\n", "no inputs given"),
        ("[d]\ntype=data\n[a]\ntype=neuron\ninputs=d\nneuron=wild\n", "needs a neuron that is known"),
        ("[d]\ntype=data\n[a]\ntype=resize\ninputs=d\nchannels=3\nscale=0.0\n", "scale=0.0 is no positive number"),
        (
            "[d]\ntype=data\n[a]\ntype=conv\ninputs=d\nchannels=3\nfilters=4,4\nfilterSize=3\n",
            "filters has 2 values for 1 inputs",
        ),
        (
            "[d]\ntype=data\ndataIdx=1\n[a]\ntype=conv\ninputs=d\nchannels=3\nfilters=4\nfilterSize=3\n",
            "the size of 'd' is not known",
        ),
        (
            "[d]\ntype=data\n[c]\ntype=conv\ninputs=d\nchannels=3\nfilters=4\nfilterSize=3\nneuron=wild\n",
            "unknown neuron",
        ),
        ("[d]\ntype=data\n[c]\ntype=conv\ninputs=d\nchannels=7\nfilters=4\nfilterSize=3\n", "no 7 square maps"),
        (
            "[d]\ntype=data\n[f]\ntype=fc\ninputs=d\noutputs=2\n[d]\ntype=data\n[g]\ntype=fc\ninputs=d\noutputs=2\n",
            "two layers",
        ),
    ],
)
def test_bad_definitions_are_one_clear_line(tmp_path, text, message):
    file = tmp_path / "bad.cfg"
    file.write_text(text)
    with pytest.raises(NetledgerError, match=message) as caught:
        read(str(file))
    assert "\n" not in str(caught.value)


# definition behind a data layer of 3×6×6: the last layer's output, parameters, MACs
WORKED = {
    "filters that see some maps": (
        "[c]\ntype=conv\ninputs=d\nchannels=3\nfilters=4\nfilterSize=3\nfilterChannels=6\n",
        (4, 4, 4), 4 * 6 * 9 + 4, 4 * 6 * 9 * 16,
    ),
    "filters that see all maps": (
        "[c]\ntype=conv\ninputs=d\nchannels=3\nfilters=4\nfilterSize=3\nfilterChannels=3\n",
        (4, 4, 4), 4 * 3 * 9 + 4, 4 * 3 * 9 * 16,
    ),
    "a pool of a stated size that begins outside": (
        "[p]\ntype=pool\npool=max\ninputs=d\nchannels=3\nsizeX=2\nstride=2\nstart=-1\noutputsX=4\n", (3, 4, 4), 0, 0,
    ),
    "a dense layer read as maps": (
        "[f]\ntype=fc\ninputs=d\noutputs=8\n[c]\ntype=conv\ninputs=f\nchannels=2\nfilters=5\nfilterSize=1\n",
        (5, 2, 2), 3 * 36 * 8 + 8 + 2 * 5 + 5, 3 * 36 * 8 + 2 * 5 * 4,
    ),
    "made larger": ("[r]\ntype=resize\ninputs=d\nchannels=3\nscale=0.5\n", (3, 12, 12), 0, 0),
    "made as large as it says": ("[r]\ntype=rscale\ninputs=d\nchannels=3\ntgtSize=9\n", (3, 9, 9), 0, 0),
    "a neuron that is a layer": ("[n]\ntype=neuron\ninputs=d\nneuron=logistic\n", (3, 6, 6), 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_layers_worked_by_hand(name, tmp_path):
    text, shape, parameters, macs = WORKED[name]
    file = tmp_path / "layers.cfg"
    file.write_text("[d]\ntype=data\ndataIdx=0\n" + text)
    ledger = books(file, inputs={"d": (3, 6, 6)})
    assert list(ledger)[-1].output_shape == shape
    assert (ledger.totals.parameters, ledger.totals.macs) == (parameters, macs)


def test_an_input_that_is_no_data_layer(tmp_path):
    file = tmp_path / "layers.cfg"
    file.write_text("[d]\ntype=data\n[f]\ntype=fc\ninputs=d\noutputs=2\n")
    with pytest.raises(FormatError, match="no data layer 'e'"):
        books(file, inputs={"e": (3, 6, 6)})


def test_a_missing_type_names_its_section(tmp_path):
    file = tmp_path / "bad.cfg"
    file.write_text("[d]\ntype=data\n[c]\ninputs=d\n")
    with pytest.raises(FormatError, match=r"line 3.*\[c\]: no type given"):
        read(str(file))


@pytest.mark.parametrize("device", ["²", "0,", "-1", "first"])
def test_a_device_is_a_number(device, tmp_path):
    text = f"[data]\ntype=data\ndataIdx=0\n[fc]\ntype=fc\ninputs=data\noutputs=10\ngpu={device}\n"
    file = tmp_path / "layers.cfg"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=f"gpu={device} is no list of whole numbers"):
        books(file)
