"""Summaries made by torchinfo, Lightning and Keras themselves: right ones are never wrong, a changed count is found."""

from __future__ import annotations

import io
import os

import pytest

from netledger.audit import audit
from tests.audit.printouts.networks_in_torch import count, networks
from tests.audit.printouts.test_listings import changed

torch = pytest.importorskip("torch")
COLUMNS = ("input_size", "output_size", "num_params", "params_percent", "kernel_size", "mult_adds", "trainable")


def example(name):
    _, shape, dtype = networks()[name]
    return torch.zeros(2, *shape, dtype=getattr(torch, dtype))


def torchinfo_of(name):
    """With and without an input, with all columns, with the names of variables."""
    torchinfo = pytest.importorskip("torchinfo")
    module = networks()[name][0]
    yield torchinfo.summary(module, verbose=0)
    yield torchinfo.summary(module, input_data=example(name), verbose=0)
    yield torchinfo.summary(module, input_data=example(name), verbose=0, depth=1)
    yield torchinfo.summary(
        module, input_data=example(name), verbose=0, col_names=COLUMNS, row_settings=("var_names", "depth")
    )


def lightning_of(name):
    from tests import torchvision_support

    torchvision_support.import_torchvision()
    lightning = pytest.importorskip("lightning")
    from lightning.pytorch.utilities.model_summary import ModelSummary

    class Wrapped(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = networks()[name][0]
            self.loss = torch.nn.CrossEntropyLoss()

    for depth in (1, 2, -1):
        yield ModelSummary(Wrapped(), max_depth=depth)


def live(name):
    netledger = pytest.importorskip("netledger")
    return netledger.summary(networks()[name][0], input_data=example(name), verbose=0).network


@pytest.mark.parametrize("name", networks())
@pytest.mark.parametrize("made", [torchinfo_of, lightning_of])
def test_a_right_summary_is_never_wrong(made, name):
    network = live(name)
    for summary in made(name):
        assert audit(str(summary)).verdict in ("right", "partly", "adds_up"), str(summary)
        given = audit(str(summary), network)
        assert given.verdict == "right", (given.answer, str(summary))


@pytest.mark.parametrize("name", ["residual", "tagger", "separable", "encoder", "frozen"])
def test_one_digit_of_any_count_of_torchinfo_is_found_on_its_line_by_the_network(name):
    network = live(name)
    for summary in list(torchinfo_of(name))[:2]:
        text = str(summary)
        for line, row in enumerate(text.split("\n")):
            number = row.split()[-1].strip("()") if row.strip() else ""
            if not number.replace(",", "").isdigit() or number == "0":
                continue
            result = audit(changed(text, number, line), network)
            assert any(f.line_no == line + 1 for f in result.findings), (row, result.answer)
            assert audit(changed(text, number, line)).verdict == "wrong", row


def test_by_itself_a_row_with_all_its_sizes_is_known():
    text = str(list(torchinfo_of("residual"))[3])
    assert audit(text).verdict == "right"
    line = next(i for i, row in enumerate(text.split("\n")) if "Conv2d" in row)
    wrong = audit(text.replace(" 432 ", " 423 ", 1))
    assert [(f.line_no, f.expected) for f in wrong.findings][:1] == [(line + 1, 432)]


def test_rounded_counts_are_no_other_network_s():
    """Lightning prints 44.4 K for 44,426; a network of the catalogue with 61,706 has nothing to do with it."""
    for summary in lightning_of("plain"):
        result = audit(str(summary))
        assert "lenet" not in result.answer.lower()
        assert result.verdict != "wrong"


def test_tied_weights_are_counted_as_the_tool_counts_them():
    assert count(networks()["tied"][0]) == 22_336
    text = str(next(torchinfo_of("tied")))
    assert "38,336" in text
    assert audit(text, live("tied")).verdict == "right"


# ---------------------------------------------------------------------- printed modules, ptflops, PEFT


@pytest.mark.parametrize("name", networks())
def test_a_printed_module_and_its_count(name):
    module = networks()[name][0]
    text = f"{module}\n\nTotal parameters: {count(module):,}"
    assert audit(text).verdict in ("right", "not_checked"), audit(text).answer
    assert audit(text, live(name)).verdict == "right"
    assert audit(f"{module}\n\nTotal parameters: {count(module) + 1:,}", live(name)).verdict == "wrong"


PTFLOPS = """Net(
  170, 100.000% Params, 442.37 KMac, 99.676% MACs,
  (conv): Conv2d(160, 94.118% Params, 16.0 KMac, 95.000% MACs, 1, 16, kernel_size=(3, 3), stride=(1, 1))
  (fc): Linear({}, 5.882% Params, 170.0 Mac, 5.000% MACs, in_features=1, out_features=5, bias=True)
)
Computational complexity:       0.44 MMac
Number of parameters:           170     """


def test_ptflops_prints_counts_into_a_module():
    """By hand: 3*3*16 + 16 and 1*5 + 5."""
    assert audit(PTFLOPS.format(10)).verdict == "right"
    wrong = audit(PTFLOPS.format(15))
    assert [(f.line_no, f.expected) for f in wrong.findings][:1] == [(4, 10)]


@pytest.mark.parametrize(("share", "verdict"), [("0.0622", "adds_up"), ("0.6220", "wrong")])
def test_the_percentage_that_peft_prints(share, verdict):
    """By hand: 100 * 4,194,304 / 6,742,609,920 = 0.06221."""
    text = f"trainable params: 4,194,304 || all params: 6,742,609,920 || trainable%: {share}"
    assert audit(text).verdict == verdict


# ---------------------------------------------------------------------- Keras


def keras_models():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    k = keras.layers
    image = k.Input((32, 32, 3))
    first = k.Conv2D(16, 3, padding="same")(image)
    second = k.BatchNormalization()(k.Conv2D(16, 3, padding="same", use_bias=False)(first))
    pooled = k.GlobalAveragePooling2D()(k.Add()([first, second]))
    base = keras.Sequential([k.Input((32, 32, 3)), k.Conv2D(8, 3), k.GlobalAveragePooling2D()], name="base")
    return {
        "residual": keras.Model(image, k.Dense(10)(pooled)),
        "nested": keras.Sequential([base, k.Dense(32), k.Dense(5)]),
        "sequence": keras.Sequential(
            [k.Input((50,)), k.Embedding(1000, 32), k.Bidirectional(k.LSTM(20)), k.Dense(4), k.Dense(1)]
        ),
        "separable": keras.Sequential(
            [k.Input((32, 32, 3)), k.SeparableConv2D(16, 3), k.DepthwiseConv2D(3), k.Flatten(), k.Dense(3)]
        ),
        "gates": keras.Sequential(
            [k.Input((50, 8)), k.GRU(32, return_sequences=True), k.SimpleRNN(16), k.LayerNormalization(), k.Dense(4)]
        ),
    }


def keras_summary(model, **options):
    out = io.StringIO()
    model.summary(print_fn=lambda line, **_: out.write(f"{line}\n"), line_length=100, **options)
    return out.getvalue()


@pytest.mark.parametrize("options", [{}, {"expand_nested": True, "show_trainable": True}])
def test_keras_summaries(options, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "120")
    from netledger.sources import read

    for name, model in keras_models().items():
        text = keras_summary(model, **options)
        assert audit(text).verdict in ("right", "partly"), (name, audit(text).answer)
        model.save(tmp_path / f"{name}.keras")
        given = audit(text, read(str(tmp_path / f"{name}.keras")))
        assert given.verdict in ("right", "partly"), (name, given.answer)
        total = f"{model.count_params():,}"
        line = next(i for i, row in enumerate(text.split("\n")) if "Total params" in row)
        wrong = audit(changed(text, f"{total} ", line))
        assert line + 1 in [f.line_no for f in wrong.findings], name


KERAS_2 = """Model: "sequential"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 conv2d (Conv2D)             (None, 26, 26, 32)        320
 max_pooling2d (MaxPooling2  (None, 13, 13, 32)        0
 D)
 batch_normalization (Batch  (None, 13, 13, 32)        {}
 Normalization)
 flatten (Flatten)           (None, 5408)              0
 dense (Dense)               (None, 10)                {}
=================================================================
Total params: {} (212.39 KB)
Trainable params: {} (212.14 KB)
Non-trainable params: 64 (256.00 Byte)
_________________________________________________________________"""


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        (("128", "54090", "54,538", "54,474"), []),
        (("182", "54090", "54,538", "54,474"), [(8, 128)]),
        (("128", "54900", "54,538", "54,474"), [(11, 54_090)]),
        (("128", "54090", "54,358", "54,474"), [(13, 54_538)]),
        (("128", "54090", "54,538", "54,447"), [(14, 54_474)]),
    ],
)
def test_keras_2(cells, faults):
    """By hand: 3*3*32 + 32; 4*32, half of it statistics; 5408*10 + 10."""
    result = audit(KERAS_2.format(*cells))
    assert [(f.line_no, f.expected) for f in result.findings][: max(len(faults), 1)] == faults, result.answer
    assert result.verdict == ("wrong" if faults else "right")


NAMES_ALONE = """Model: "sequential_1"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 dense (Dense)               (None, 3200)              {}      # 100*3200 + 3200
 reshape                     (None, 8, 8, 50)          0
 conv2d_transpose            (None, 16, 16, 20)        {}        # 3*3*50*20 + 20
 batch_normalization         (None, 16, 16, 20)        80
 conv2d_transpose_1          (None, 32, 32, 3)         543
=================================================================
Total params: {}
Trainable params: 332,803
Non-trainable params: 40
_________________________________________________________________"""


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        (("323200", "9020", "332,843"), []),
        (("323200", "9200", "332,843"), [(7, 9020)]),
        (("323200", "9020", "332,483"), [(11, 332_843)]),
    ],
)
def test_keras_names_say_what_their_layers_are(cells, faults):
    """By hand: 323,200 + 9,020 + 4*20 + (3*3*20*3 + 3) = 332,843, of which 40 are statistics."""
    result = audit(NAMES_ALONE.format(*cells))
    assert [(f.line_no, f.expected) for f in result.findings][: max(len(faults), 1)] == faults, result.answer
    assert result.verdict in (("wrong",) if faults else ("right", "partly"))


@pytest.mark.parametrize(("note", "wrong"), [("fc: 16*10 + 10 = 170", False), ("fc: 16*10 + 16 = 176", True)])
def test_a_note_below_a_summary_is_judged_by_what_it_shows(note, wrong):
    """By hand: 16 inputs, 10 classes, 10 biases."""
    text = f"{list(torchinfo_of('residual'))[3]}\n\n{note}"
    result = audit(text)
    assert [finding.line_no for finding in result.findings] == ([len(text.split("\n"))] if wrong else [])
    assert not wrong or result.corrected[-1][1] == "fc: 16*10 + 10 = 170"
