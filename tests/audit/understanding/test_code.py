"""Code and printouts as people paste them, against PyTorch where it is installed and sums by hand elsewhere."""

from __future__ import annotations

import pytest

from netledger.audit import audit
from netledger.audit.understanding.understanding import understand
from netledger.ledger import keep_books

LENET = [156, 2416, 48120, 10164, 850]
MODULE = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16*5*5, 120)  # 16*5*5*120 + 120 = 48120
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
"""


def counts(text):
    found = understand(text).networks[0]
    assert found.whole
    return [entry.parameters for entry in keep_books(found.network).entries if entry.parameters]


@pytest.mark.parametrize(
    "text",
    [
        MODULE,
        f"My network:\n```python\n{MODULE}```\nIs that right?",
        "\n".join(MODULE.split("\n")[3:8]),
        "\n".join([f"> {line}" for line in MODULE.split("\n")]),
        "\n".join([f">>> {line.strip()}" for line in MODULE.split("\n")[3:8]]),
        "1. conv (`nn.Conv2d(1, 6, 5)`)\n1. conv (`nn.Conv2d(6, 16, 5)`)\n1. Dense (`nn.Linear(400, 120)`)\n"
        "1. Dense (`nn.Linear(120, 84)`)\n1. Dense (`nn.Linear(84, 10)`)",
    ],
    ids=["module", "fence", "half a class", "quoted", "prompt", "backticks"],
)
def test_lenet_in_pytorch(text):
    assert counts(text) == LENET


KERAS = {
    "model = Sequential([\n  Conv2D(32, (3,3), activation='relu', input_shape=(32,32,3)),\n  MaxPooling2D((2,2)),\n"
    "  Conv2D(64, 3, padding='same', use_bias=False),\n  Flatten(),\n  Dense(128, activation='relu')])":
        [896, 3 * 3 * 32 * 64, 15 * 15 * 64 * 128 + 128],
    "model.add(Dense(128, input_shape=(784,)))\nmodel.add(Dense(10))": [100480, 1290],
    "inputs = keras.Input(shape=(28, 28, 1))\nx = layers.Conv2D(32, 3)(inputs)\nx = layers.MaxPooling2D(2)(x)\n"
    "x = layers.Flatten()(x)\noutputs = layers.Dense(10)(x)": [320, 13 * 13 * 32 * 10 + 10],
    "m = Sequential()\nm.add(Embedding(5000, 32))\nm.add(Bidirectional(LSTM(64)))\nm.add(Dense(1))":
        [160000, 2 * 4 * (32 * 64 + 64 * 64 + 64), 129],
    "model.add(GRU(20, input_shape=(29, 13)))": [3 * (13 * 20 + 20 * 20 + 2 * 20)],
    "model.add(GRU(20, input_shape=(29, 13), reset_after=False))": [3 * (13 * 20 + 20 * 20 + 20)],
}  # fmt: skip


@pytest.mark.parametrize("text", KERAS)
def test_keras(text):
    assert counts(text) == KERAS[text]


LOOPS = {
    "layers = []\nsizes = [784, 300, 100, 10]\nfor i in range(len(sizes) - 1):\n    layers.append(nn.Linear(sizes[i], sizes[i+1]))\n"
    "    layers.append(nn.ReLU())\nnet = nn.Sequential(*layers)": [235500, 30100, 1010],
    "net = nn.Sequential(*[nn.Linear(64, 64) for _ in range(3)])": [4160] * 3,
    "class Block(nn.Module):\n    def __init__(self, a, b):\n        self.c = nn.Conv2d(a, b, 3, padding=1, bias=False)\n"
    "        self.bn = nn.BatchNorm2d(b)\n\nclass Net(nn.Module):\n    def __init__(self, n=10):\n"
    "        self.blocks = nn.Sequential(Block(3, 16), Block(16, 32))\n        self.fc = nn.Linear(32, n)": [432, 32, 4608, 64, 330],
}  # fmt: skip


@pytest.mark.parametrize("text", LOOPS)
def test_loops_and_classes(text):
    assert counts(text) == LOOPS[text]


@pytest.mark.parametrize(
    "text",
    [
        "self.fc = nn.Linear(width, 10)",
        "for w in widths:\n    layers.append(nn.Linear(w, w))\nself.fc = nn.Linear(4, 2)",
        "self.enc = nn.TransformerEncoderLayer(d_model=width, nhead=8)\nself.fc = nn.Linear(512, 2)",
    ],
)
def test_what_cannot_be_known_is_not_whole(text):
    assert not any(found.whole for found in understand(text).networks)


TRANSFORMERS = [
    "self.enc = nn.TransformerEncoderLayer(d_model=512, nhead=8)\nself.fc = nn.Linear(512, 2)",
    "class Net(nn.Module):\n    def __init__(self, d=64, n=3):\n        layer = nn.TransformerEncoderLayer(d, 4, 128)\n"
    "        self.enc = nn.TransformerEncoder(layer, n, norm=nn.LayerNorm(d))\n        self.head = nn.Linear(d, 10)",
    "net = nn.Transformer(d_model=32, nhead=4, num_encoder_layers=2, num_decoder_layers=1, dim_feedforward=64)",
    "layer = nn.TransformerDecoderLayer(d_model=48, nhead=3, bias=False)\ndec = nn.TransformerDecoder(layer, num_layers=2)",
]


@pytest.mark.parametrize("text", TRANSFORMERS)
def test_transformer_layers_against_torch(text):
    torch = pytest.importorskip("torch")
    names = {"nn": torch.nn, "self": type("Half", (torch.nn.Module,), {})()}
    source = text.replace(
        "def __init__(self, d=64, n=3):", "def __init__(self, d=64, n=3):\n        super().__init__()"
    )
    exec(source, names)
    made = names["Net"]() if "Net" in names else names.get("net") or names.get("dec") or names["self"]
    assert sum(counts(text)) == sum(p.numel() for p in made.parameters())


SUMMARISED = """{}

 Layer (type)                Output Shape              Param #
=================================================================
 embedding_3 (Embedding)     (None, 50, 16)            1600
 bidirectional_3 (Bidirecti  (None, 40)                5920
 onal)
 dense_5 (Dense)             (None, 8)                 {}
 dense_6 (Dense)             (None, 2)                 18
=================================================================
Total params: {}"""
CODE = "model = Sequential([Embedding(100, 16), Bidirectional(LSTM(20)), Dense(8), Dense(2)])"


def test_the_summary_beside_code_says_what_the_layers_are_called():
    """By hand: 100*16; 2*4*((16+20)*20 + 20); 41*8; 9*2."""
    assert 2 * 4 * ((16 + 20) * 20 + 20) == 5920
    right = audit(SUMMARISED.format(CODE, 328, "7,866"))
    assert right.verdict == "right"
    wrong = audit(SUMMARISED.format(CODE, 320, "7,858"))
    assert [finding.expected for finding in wrong.findings][:1] == [328]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [("dense_1: 97*7 = 679", "right"), ("dense_1: 96*7 = 672", "wrong"), ("dense: 24*96 + 96 = 2400", "right")],
)
def test_dense_1_is_the_second_as_keras_counts(line, verdict):
    text = f"model.add(Dense(96, input_shape=(24,)))\nmodel.add(Dense(7))\n\n{line}"
    other = "" if "dense_1" in line else "\ndense_1: 97*7 = 679"
    assert audit(text + other).verdict == verdict


def test_the_code_of_a_text_counts_more_than_a_name_that_it_mentions():
    """LeNet-5 has 400 inputs of its first dense layer; this code has 256."""
    code = MODULE.replace("16*5*5, 120)  # 16*5*5*120 + 120 = 48120", "256, 120)")
    text = f"{code}\nconv1: 156\nconv2: 2416\nfc1: 400*120 + 120 = 48120\nfc2: 10164\nfc3: 850\nas for any LeNet-5"
    result = audit(text)
    assert result.verdict == "wrong"
    assert 256 * 120 + 120 in [finding.expected for finding in result.findings]


PRINTED = """Net(
  (conv1): Conv2d(3, 32, kernel_size=(3, 3), stride=(1, 1))
  (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (blocks): ModuleList(
    (0-2): 3 x Block(
      (q): Linear(in_features=64, out_features=64, bias=False)
      (norm): LayerNorm((64,), eps=1e-05, elementwise_affine=True)
    )
  )
  (fc): Linear(in_features=28800, out_features=10, bias=True)
)
Total parameters: 999"""


def test_a_printed_module():
    assert counts(PRINTED) == [896, *[4096, 128] * 3, 288010]


def test_printed_modules_against_torch():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, groups=1), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3, groups=8, bias=False), nn.Flatten(),
        nn.LSTM(10, 20, num_layers=2, bidirectional=True), nn.Embedding(100, 16), nn.GroupNorm(2, 8), nn.Linear(32, 4),
    )  # fmt: skip
    assert sum(counts(str(net))) == sum(p.numel() for p in net.parameters())
    listed = "\n".join(f"{name} {tuple(value.shape)}" for name, value in net[0:2].state_dict().items())
    assert sum(counts(listed)) == sum(p.numel() for p in net[0:2].parameters())


SUMMARY = """Model: "sequential"
┃ Layer (type)                 ┃ Output Shape        ┃   Param # ┃
│ conv2d (Conv2D)              │ (None, 26, 26, 32)  │       320 │
│ max_pooling2d (MaxPooling2D) │ (None, 13, 13, 32)  │         0 │
│ flatten (Flatten)            │ (None, 5408)        │         0 │
│ dense (Dense)                │ (None, 10)          │    54,999 │
 Total params: 55,319"""


def test_a_summary_gives_sizes_by_its_shapes_and_a_dense_layer_never_by_its_count():
    found = understand(SUMMARY).networks[0]
    assert [e.parameters for e in keep_books(found.network).entries] == [320, 54090]
    assert any("kernel" in words for words in found.assumed)
