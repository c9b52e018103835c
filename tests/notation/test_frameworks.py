"""Code of PyTorch's and Keras' layers as a description (item 6): held against the frameworks that run the same code."""

from __future__ import annotations

import inspect
import os
import re

import pytest

import netledger
from netledger.errors import NotationError
from netledger.layers import rule_for
from netledger.notation import parse
from netledger.notation.frameworks.code import as_notation
from netledger.notation.frameworks.pytorch import POSITIONAL, _rule

PYTORCH = [
    ("nn.Conv2d(3, 64, 3)", (3, 32, 32)),
    ("nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU())", (3, 32, 32)),
    ("nn.Sequential(nn.Linear(784, 128, bias=False), nn.ReLU(inplace=True), nn.Linear(128, 10), nn.Softmax(dim=1))", (784,)),
    ("nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2, 2), nn.Flatten(1), nn.Linear(6 * 14 * 14, 10))", (1, 28, 28)),
    ("nn.Sequential(nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, 1, 1, False), nn.BatchNorm2d(8)), nn.Sequential(nn.ReLU6()))", (3, 33, 33)),
    ("nn.Sequential(nn.ZeroPad2d((1, 2, 3, 4)), nn.ReflectionPad2d(1), nn.Conv2d(3, 8, (3, 5), stride=(2, 1)))", (3, 20, 20)),
    ("nn.Sequential(nn.ConvTranspose2d(4, 2, 3, 2, 1, 1, 2, False, 2), nn.LeakyReLU(0.2))", (4, 9, 9)),
    ("nn.Sequential(nn.Conv1d(2, 4, 3), nn.MaxPool1d(3, 2, 1), nn.GroupNorm(2, 4), nn.PReLU(4))", (2, 30)),
    ("nn.Sequential(nn.Embedding(100, 16), nn.LayerNorm(16), nn.Linear(16, 3))", (7,)),
    ("nn.Sequential(nn.LazyConv2d(8, 3), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.LazyLinear(5))", (3, 12, 12)),
    ("nn.Sequential(nn.Conv2d(3, 12, 3, device='cpu'), nn.PixelShuffle(2), nn.Upsample(scale_factor=2), nn.Identity(3))", (3, 12, 12)),
    ("nn.Sequential(OrderedDict([('first', nn.Linear(4, 5)), ('second', nn.Linear(5, 6))]))", (4,)),
    ("from torch import nn\nwide = 32\nfirst = nn.Linear(8, wide)\nmodel = nn.Sequential(first, nn.GELU(), nn.Linear(wide, 2 * wide))\nprint(model)", (8,)),
    ("nn.Conv3d(1, 2, 3, bias=False)", (1, 5, 6, 7)),
    ("nn.GRU(4, 5, 2, True, True, 0.0, True)", (6, 4)),
    ("nn.LSTM(4, 5, bidirectional=True, batch_first=True, proj_size=3)", (6, 4)),
    ("nn.RNN(4, 5, 1, 'relu', False, True)", (6, 4)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "shape"), PYTORCH, ids=[code[:60] for code, _ in PYTORCH])
def test_pytorch_s_layers_are_those_that_pytorch_makes(code: str, shape: tuple[int, ...]) -> None:
    """Parameters by PyTorch itself, the output's shape by running it; names as in its state."""
    torch = pytest.importorskip("torch")
    from collections import OrderedDict

    names: dict[str, object] = {"nn": torch.nn, "torch": torch, "OrderedDict": OrderedDict}
    exec(code, names) if "\n" in code else names.update(model=eval(code, names))
    model = names["model"]
    ints = "Embedding" in code
    given = torch.zeros((1, *shape), dtype=torch.int64 if ints else torch.float32)
    model.eval()  # type: ignore[attr-defined]
    made = model(given)  # type: ignore[operator]
    made = made[0] if isinstance(made, tuple) else made
    ledger = netledger.count(code, input_size=shape)
    assert ledger.total_params == sum(one.numel() for one in model.parameters())  # type: ignore[attr-defined]
    assert ledger.network.layers[-1].path in (*dict(model.named_modules()), ledger.network.layers[-1].kind + "_1")  # type: ignore[attr-defined]
    assert tuple(ledger.entries[-1].outputs[0]) == tuple(made.shape[1:])


KERAS = [
    "keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation='relu'), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(10)])",
    "model = Sequential()\nmodel.add(Dense(512, activation='relu', input_shape=(784,)))\nmodel.add(Dropout(0.2))\nmodel.add(Dense(10, activation='softmax', use_bias=False))\nmodel.summary()",
    "keras.Sequential([layers.Input(shape=(31, 33, 3)), layers.Conv2D(8, (3, 5), strides=2, padding='same', use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.GlobalAveragePooling2D(), layers.Dense(4)])",
    "keras.Sequential([keras.Input((16, 16, 6)), layers.DepthwiseConv2D(3, padding='same', depth_multiplier=2), layers.SeparableConv2D(5, 3), layers.AveragePooling2D(3, 2, 'same'), layers.Conv2D(6, 1, groups=1), layers.LeakyReLU()])",
    "keras.Sequential([keras.Input((7, 7, 4)), layers.Conv2DTranspose(3, 4, strides=2, padding='same'), layers.Conv2DTranspose(2, 3, 2), layers.UpSampling2D(2), layers.ZeroPadding2D(((1, 2), (3, 4)))])",
    "keras.Sequential([keras.Input((20,)), layers.Embedding(100, 16), layers.LSTM(8, return_sequences=True), layers.GRU(6), layers.Dense(1, 'sigmoid')])",
    "keras.Sequential([keras.Input((20, 3)), layers.Bidirectional(layers.LSTM(8)), layers.LayerNormalization(), layers.Dense(2)])",
    "keras.Sequential([keras.Input((20, 3)), layers.SimpleRNN(8, use_bias=False, return_sequences=True), layers.Dense(2)])",
    "keras.Sequential([keras.Input((40, 3)), layers.Conv1D(8, 5, padding='same', activation='tanh'), layers.MaxPooling1D(4), layers.GlobalMaxPooling1D(), layers.Dense(2)])",
    "keras.Sequential([keras.Input((40, 3)), layers.BatchNormalization(), layers.Conv1D(8, 5, padding='causal', dilation_rate=2), layers.GlobalMaxPooling1D()])",
    "keras.Sequential([keras.Input((20,)), layers.Embedding(100, 16), layers.Conv1D(8, 5), layers.MaxPooling1D(2), layers.Flatten(), layers.Dense(2)])",
    "keras.Sequential([keras.Input((20,)), layers.Embedding(100, 16), layers.GlobalAveragePooling1D(), layers.Dense(2)])",
    "keras.Sequential([keras.Input((20, 3)), layers.LayerNormalization(), layers.GRU(4, return_sequences=True), layers.BatchNormalization(), layers.GlobalMaxPooling1D()])",
    "keras.Sequential([keras.Input((40, 6)), layers.DepthwiseConv1D(3, depth_multiplier=2, activation='relu'), layers.Flatten(), layers.Dense(2)])",
    "keras.Sequential([layers.Flatten(input_shape=(28, 28)), layers.Dense(10)])",
    "keras.Sequential([layers.Flatten(input_shape=(9,)), layers.Activation('linear'), layers.Dense(10)])",
    "keras.Sequential([keras.Input((12, 12, 3)), layers.ZeroPadding2D(2), layers.Conv2D(8, 3), layers.ZeroPadding2D((1, 0)), layers.Conv2D(4, 3)])",
    "keras.Sequential([keras.Input((9,)), layers.Dense(8), layers.BatchNormalization(center=False), layers.Activation('swish'), layers.Dense(2, name='head')])",
]  # fmt: skip


@pytest.mark.parametrize("code", KERAS, ids=[code[:60] for code in KERAS])
def test_keras_layers_are_those_that_keras_makes(code: str) -> None:
    """Parameters that Keras learns, the output's size and the layers' names by Keras itself."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    keras.utils.clear_session()
    names = {
        "keras": keras,
        "layers": keras.layers,
        **{name: getattr(keras.layers, name) for name in ("Dense", "Dropout")},
    }
    names["Sequential"] = keras.Sequential
    plain = code.replace("model.summary()", "")
    exec(plain, names) if "\n" in code else names.update(model=eval(code, names))
    model = names["model"]
    ledger = netledger.count(code)
    assert ledger.total_params == sum(
        int(one.numpy().size) if hasattr(one, "numpy") else one.size for one in model.trainable_weights
    )
    shape = model.output_shape[1:]
    ours = tuple(ledger.entries[-1].outputs[0])
    assert ours == (shape if len(shape) == 1 or "SimpleRNN" in code else (shape[-1], *shape[:-1]))
    assert {layer.name for layer in model.layers if not layer.name.startswith("input")} <= {
        layer.path for layer in ledger.network
    }


@pytest.mark.parametrize(
    ("code", "total"),
    [("Dense(128)", "≥ 128"), ("Conv2D(32, 3)", "≥ 32"), ("nn.LazyLinear(10)", "≥ 10"), ("Conv2d(3, 64, 3)", "1,792"),
     ("Linear(784, 128)", "100,480"), ("Dense(128, input_dim=784)", "100,480")],
)  # fmt: skip
def test_what_code_leaves_open_is_no_guess(code: str, total: str) -> None:
    """One layer alone: 3·3·3·64 + 64 and 784·128 + 128; without what it reads at least its biases are known."""
    assert str(netledger.count(code).totals.parameters) in (total, total.replace(",", ""))


@pytest.mark.parametrize(
    ("code", "why", "hint"),
    [("nn.TransformerEncoderLayer(512, 8, batch_first=True)", "no 'TransformerEncoderLayer'", "netledger show torch.nn:TransformerEncoderLayer --args '512, 8' --kwargs 'batch_first=True'"),
     ("class Net(nn.Module):\n    def __init__(self):\n        self.fc = nn.Linear(3, 4)", "'Net' is a class", "netledger show model.py:Net"),
     ("class Net(nn.Module):\n    pass", "'Net' is a class", "netledger show model.py:Net"),
     ("nn.Sequential(*[nn.ReLU() for _ in range(3)])", "starred", None),
     ("nn.Linear(width, 3)", "'width' is neither", None),
     ("nn.Sequential(nn.ReLU(), 3)", "this is no layer", None),
     ("nn.Conv2d(3, 64, 3, colour=2)", "no argument 'colour'", None),
     ("nn.Softmax(dim=0)", "works across the batch", None),
     ("a = nn.Sequential(nn.ReLU())\nb = nn.Sequential(nn.ReLU())", "several networks", None),
     ("keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.Dense(3)])", "put a Flatten between", None),
     ("keras.Sequential([layers.Rescaling(2), layers.Dense(3)])", "Keras' 'Rescaling' is not read", None),
     ("keras.Sequential([layers.Dense(), layers.Dense(3)])", "Dense with these arguments", None),
     ("keras.Sequential([layers.Dense(3, input_shape=4)])", "Dense with these arguments", None),
     ("nn.Sequential(nn.ZeroPad2d(), nn.Conv2d(3, 4, 3))", "padding", None),
     ("keras.Sequential([layers.Dense(3, activation='odd')])", "no activation 'odd'", None),
     ("keras.Sequential([layers.Activation('odd')])", "no activation 'odd'", None),
     ("keras.Sequential([layers.Dense(3, 'relu', True, 4)])", "no place for 4 arguments", None),
     ("keras.Sequential([layers.Conv2D(3, 3, data_format='channels_first')])", "channels_first is not read", None),
     ("keras.Sequential([layers.Conv2DTranspose(3, 2, strides=3)])", "a transposed convolution of these sizes", None),
     ("keras.Sequential([layers.DepthwiseConv2D(3)])", "give an Input", None),
     ("keras.Sequential([layers.SeparableConv1D(4, 3, input_shape=(9, 3))])", "SeparableConv1D is not read", None),
     ("keras.Sequential([keras.Input((8, 8, 3)), layers.BatchNormalization(axis=1)])", "a normalisation of this axis", None),
     ("keras.Sequential([keras.Input((8,)), layers.BatchNormalization(scale=False)])", "without a scale", None),
     ("keras.Sequential([keras.Input((8, 8, 3)), layers.LayerNormalization()])", "a normalisation over what is not known", None),
     ("keras.Sequential([keras.Input((8, 3)), layers.TimeDistributed(layers.Dense(4))])", "TimeDistributed over Dense", None),
     ("keras.Sequential([keras.Input((8,)), layers.Softmax(temperature=3)])", "Softmax with these arguments", None),
     ("keras.Sequential([keras.Input((8, 3)), layers.Conv1D(4, 3, padding='odd')])", "padding 'odd'", None),
     ("keras.Sequential([layers.Dense(3, **more)])", "a starred argument", None),
     ("a, b = nn.ReLU(), nn.ReLU()", "only layers below each other", None),
     ("for i in range(3):\n    nn.ReLU()", "only layers below each other", None)],
)  # fmt: skip
def test_what_is_not_understood_is_answered_with_what_to_write(code: str, why: str, hint: str | None) -> None:
    with pytest.raises(NotationError) as caught:
        parse(code)
    assert why in str(caught.value)
    assert caught.value.line is not None
    if hint is not None:
        assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("code", "column", "said"),
    [
        ("nn.Conv2d(3, 64, 3, device='cuda', pading=1)", 36, "did you mean 'padding'"),
        ("nn.Linear(3, 4, True, 6)", 23, "no place for 4 arguments"),
        ("layers.Dense(10, activaton='relu')", 18, "did you mean 'activation'?"),
    ],
)
def test_the_argument_that_is_wrong_is_pointed_at(code: str, column: int, said: str) -> None:
    with pytest.raises(NotationError, match=re.escape(said)) as caught:
        parse(code)
    assert caught.value.column == column
    assert " takes " in str(caught.value.hint)


def test_places_of_arguments_are_pytorch_s() -> None:
    """Every class of ``torch.nn`` that the notation has a kind for names its first arguments as we place them."""
    torch = pytest.importorskip("torch")
    checked = 0
    for name in dir(torch.nn):
        made = getattr(torch.nn, name)
        rule = _rule(name) if inspect.isclass(made) and issubclass(made, torch.nn.Module) else None
        if rule is None or name.endswith(("Loss", "Loss2d")):
            continue
        theirs = list(inspect.signature(made.__init__).parameters)[1:]
        if theirs[:1] == ["args"]:  # recurrent layers pass theirs on
            if not name.endswith(("LSTM", "GRU", "RNN")):
                continue
            theirs = list(inspect.signature(torch.nn.RNNBase.__init__).parameters)[2:]
            if name == "RNN":
                theirs.insert(3, "nonlinearity")
        ours = POSITIONAL.get(rule.kind, tuple(rule.parameters))
        common = [one for one in ours if one in theirs]
        assert [one for one in theirs if one in common][: len(common)] == common, name
        assert theirs[: len(ours)][:3] == list(ours)[: len(theirs)][:3], name
        checked += 1
    assert checked > 70


@pytest.mark.parametrize("text", ["conv2d(64, 3, in_channels=3)", "Conv(attributes={'group': 1})", "x = relu()", "nonsense(", "f(x)"])  # fmt: skip
def test_a_description_is_none_of_it(text: str) -> None:
    assert as_notation(text) is None


def test_a_frozen_layer_of_keras_stays_frozen() -> None:
    """784·128 + 128 frozen, 128·10 + 10 trainable."""
    code = "keras.Sequential([keras.Input((784,)), layers.Dense(128, trainable=False), layers.Dense(10)])"
    totals = netledger.count(code).totals
    assert (totals.trainable, totals.parameters) == (1_290, 101_770)


def test_a_description_without_an_input_is_fed() -> None:
    """30·30·(3·3)·3·64 by hand; the kernel of the code's second layer reads what the first gives."""
    assert netledger.count("conv2d(64, 3, in_channels=3)", input_size=(3, 32, 32)).total_mult_adds == 900 * 27 * 64
    fed = netledger.count(
        "nn.Sequential(nn.Conv2d(3, 64, 3), nn.Flatten(), nn.Linear(57600, 10))", input_size=(3, 32, 32)
    )
    assert fed.total_mult_adds == 900 * 27 * 64 + 576_000
    assert [layer.path for layer in fed.network] == ["input", "0", "1", "2"]


def test_places_that_could_be_pytorch_s_are_told() -> None:
    """``conv2d(3, 64, 3)`` means something in the notation; who meant PyTorch's order reads what to write."""
    (told,) = netledger.count("conv2d(3, 64, 3)").network.assumed
    assert (
        told == "out_channels=3, kernel_size=64, stride=3; PyTorch's Conv2d(3, 64, 3) is conv2d(64, 3, in_channels=3)"
    )
    for clear in (
        "conv2d(64, 3)",
        "conv2d(64, kernel_size=3, stride=2)",
        "nn.Conv2d(3, 64, 3)",
        "image = input(3, 99, 99)\nconv2d(3, 64, 3)",
    ):
        assert netledger.count(clear).network.assumed == ()


def test_a_calculation_is_judged_by_code() -> None:
    """3·3·3·64 + 64 = 1,792, by hand."""
    found = netledger.audit("conv: 3*3*3*64 + 64 = 1792", "nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU())")
    assert found.verdict == "right"
    assert "Right for PyTorch's layers as written (1,792, weights and biases)" in repr(found)


def test_no_code_runs() -> None:
    with pytest.raises(NotationError):
        parse("nn.Linear(__import__('os').getpid(), 3)")
    assert rule_for("linear").kind == "linear"


def test_a_long_chain_takes_steps_in_proportion() -> None:
    """Every layer is looked at once: twice the layers make twice the lines."""
    lengths = [len((as_notation("nn.ReLU()\n" * count) or "").splitlines()) for count in (1000, 2000)]
    assert lengths == [1001, 2001]


def test_an_error_in_translated_code_points_at_no_line_that_nobody_wrote() -> None:
    with pytest.raises(NotationError) as caught:
        parse("nn.Conv2d(3, 64)")
    assert str(caught.value) == "line 1: conv2d: argument 'kernel_size' is missing"
    assert caught.value.source_line is None
    assert caught.value.hint == "this is what was read: conv2d(64, in_channels=3)"


def test_a_misspelt_module_gets_a_suggestion() -> None:
    with pytest.raises(NotationError, match="the notation has no 'Liner': did you mean 'linear'"):
        parse("nn.Liner(3, 64)")


def test_sizes_with_x_between_them_are_answered_with_commas() -> None:
    with pytest.raises(NotationError) as caught:
        parse("image = input(3, 8, 8)\nx = input(1x28x28)")
    assert caught.value.hint == "sizes are written with commas: 1, 28, 28"
