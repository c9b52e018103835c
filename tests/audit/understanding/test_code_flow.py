"""Code with helper functions, methods, settings and branches: against PyTorch, and Keras' by hand."""

from __future__ import annotations

import pytest

from netledger.audit.understanding.understanding import understand
from netledger.ledger import keep_books


def total(text):
    found = understand(text).networks[0]
    assert found.whole
    return keep_books(found.network).totals.parameters


TORCH = {}
TORCH["nanogpt"] = (
    """
from dataclasses import dataclass
@dataclass
class GPTConfig:
    block_size: int = 64
    vocab_size: int = 100
    n_layer: int = 3
    n_head: int = 4
    n_embd: int = 32
    bias: bool = True

class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        assert config.n_embd % config.n_head == 0
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head = config.n_head

class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.c_fc    = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.gelu    = nn.GELU()
        self.c_proj  = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)

class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd)
        self.attn = CausalSelfAttention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)

class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict(dict(
            wte = nn.Embedding(config.vocab_size, config.n_embd),
            wpe = nn.Embedding(config.block_size, config.n_embd),
            drop = nn.Dropout(0.1),
            h = nn.ModuleList([Block(config) for _ in range(config.n_layer)]),
            ln_f = nn.LayerNorm(config.n_embd),
        ))
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.transformer.wte.weight = self.lm_head.weight
    def forward(self, x):
        return self.lm_head(self.transformer.wte(x))
""",
    "GPT(GPTConfig())",
)
TORCH["helper"] = (
    """
def conv_bn(inp, oup, stride=1):
    return nn.Sequential(
        nn.Conv2d(inp, oup, 3, stride, 1, bias=False),
        nn.BatchNorm2d(oup),
        nn.ReLU(inplace=True)
    )
def conv_dw(inp, oup, stride):
    return nn.Sequential(
        nn.Conv2d(inp, inp, 3, stride, 1, groups=inp, bias=False),
        nn.BatchNorm2d(inp),
        nn.ReLU(inplace=True),
        nn.Conv2d(inp, oup, 1, 1, 0, bias=False),
        nn.BatchNorm2d(oup),
        nn.ReLU(inplace=True),
    )
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.model = nn.Sequential(conv_bn(3, 32, 2), conv_dw(32, 64, 1), conv_dw(64, 128, 2), nn.AvgPool2d(7))
        self.fc = nn.Linear(128, 10)
""",
    "Net()",
)
TORCH["resnet"] = (
    """
def conv3x3(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=False)

class BasicBlock(nn.Module):
    expansion = 1
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = conv3x3(in_planes, planes, stride)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != self.expansion*planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, self.expansion*planes, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(self.expansion*planes)
            )

class ResNet(nn.Module):
    def __init__(self, block=BasicBlock, num_blocks=[2, 2, 2], num_classes=10):
        super().__init__()
        self.in_planes = 16
        self.conv1 = conv3x3(3, 16)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self._make_layer(block, 16, num_blocks[0], stride=1)
        self.layer2 = self._make_layer(block, 32, num_blocks[1], stride=2)
        self.layer3 = self._make_layer(block, 64, num_blocks[2], stride=2)
        self.linear = nn.Linear(64, num_classes)

    def _make_layer(self, block, planes, num_blocks, stride):
        strides = [stride] + [1]*(num_blocks-1)
        layers = []
        for stride in strides:
            layers.append(block(self.in_planes, planes, stride))
            self.in_planes = planes * block.expansion
        return nn.Sequential(*layers)
""",
    "ResNet()",
)
TORCH["vggcfg"] = (
    """
cfg = [16, 'M', 32, 32, 'M']
def make_layers(cfg, batch_norm=False):
    layers = []
    in_channels = 3
    for v in cfg:
        if v == 'M':
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            conv2d = nn.Conv2d(in_channels, v, kernel_size=3, padding=1)
            if batch_norm:
                layers += [conv2d, nn.BatchNorm2d(v), nn.ReLU(inplace=True)]
            else:
                layers += [conv2d, nn.ReLU(inplace=True)]
            in_channels = v
    return nn.Sequential(*layers)
class VGG(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = make_layers(cfg)
        self.classifier = nn.Linear(32*8*8, 10)
""",
    "VGG()",
)
TORCH["unet"] = (
    """
class DoubleConv(nn.Module):
    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(in_ch, out_ch, 3, padding=1), nn.ReLU(),
            nn.Conv2d(out_ch, out_ch, 3, padding=1), nn.ReLU())
class UNet(nn.Module):
    def __init__(self, features=(16, 32)):
        super().__init__()
        self.downs = nn.ModuleList()
        self.ups = nn.ModuleList()
        c = 3
        for f in features:
            self.downs.append(DoubleConv(c, f))
            c = f
        for f in reversed(features):
            self.ups.append(nn.ConvTranspose2d(f*2, f, kernel_size=2, stride=2))
            self.ups.append(DoubleConv(f*2, f))
        self.bottleneck = DoubleConv(features[-1], features[-1]*2)
        self.final = nn.Conv2d(features[0], 1, kernel_size=1)
""",
    "UNet()",
)
TORCH["setattr"] = (
    """
class Net(nn.Module):
    def __init__(self, sizes=[10, 20, 5]):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])])
        self.cells = nn.ModuleList(nn.LSTMCell(5, 5) for _ in range(2))
        self.act = nn.PReLU()
        self.bil = nn.Bilinear(4, 5, 6)
        self.inorm = nn.InstanceNorm2d(8, affine=True)
        self.add_module("last", nn.Linear(5, 2))
""",
    "Net()",
)
TORCH["lambda"] = (
    """
block = lambda i, o: nn.Sequential(nn.Linear(i, o), nn.BatchNorm1d(o), nn.ReLU())
net = nn.Sequential(block(100, 128), block(128, 256), nn.Linear(256, 784), nn.Tanh())
""",
    "net",
)
TORCH["generator"] = (
    """
latent_dim = 100
img_shape = (1, 28, 28)
import numpy as np
class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        def block(in_feat, out_feat, normalize=True):
            layers = [nn.Linear(in_feat, out_feat)]
            if normalize:
                layers.append(nn.BatchNorm1d(out_feat, 0.8))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            return layers
        self.model = nn.Sequential(
            *block(latent_dim, 128, normalize=False),
            *block(128, 256),
            nn.Linear(256, int(np.prod(img_shape))),
            nn.Tanh()
        )
""",
    "Generator()",
)


@pytest.mark.parametrize("name", TORCH)
def test_pytorch(name):
    torch = pytest.importorskip("torch")
    source, made = TORCH[name]
    names = {"nn": torch.nn, "torch": torch}
    exec(source, names)
    assert total(source) == sum(p.numel() for p in eval(made, names).parameters())


def test_shared_tensors_count_once():
    """By hand: 100*32 (shared), 64*32, three blocks, a last norm; 4*32*32 + 4*32 in attention, 8*32*32 + 5*32 behind."""
    block = 2 * 64 + (32 * 96 + 96) + (32 * 32 + 32) + (32 * 128 + 128) + (128 * 32 + 32)
    assert total(TORCH["nanogpt"][0]) == 100 * 32 + 64 * 32 + 3 * block + 64


KERAS = {}
KERAS["functional concat"] = (
    """
inputs = keras.Input(shape=(32, 32, 3))
a = layers.Conv2D(16, 1, activation="relu")(inputs)
b = layers.Conv2D(24, 3, padding="same")(inputs)
x = layers.concatenate([a, b])
x = layers.Conv2D(8, 3, padding="same")(x)
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(10)(x)
""",
    (3 * 16 + 16) + (27 * 24 + 24) + (9 * 40 * 8 + 8) + (90),
)
KERAS["residual"] = (
    """
inp = Input((28, 28, 1))
x = Conv2D(8, 3, padding='same')(inp)
s = x
x = Conv2D(8, 3, padding='same')(x)
x = BatchNormalization()(x)
x = Add()([x, s])
x = Flatten()(x)
out = Dense(10)(x)
model = Model(inp, out)
""",
    80 + (9 * 8 * 8 + 8) + 16 + (28 * 28 * 8 * 10 + 10),
)
KERAS["unet"] = (
    """
def conv_block(x, f):
    x = layers.Conv2D(f, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(f, 3, padding="same", activation="relu")(x)
    return x
def build_unet():
    inp = keras.Input((64, 64, 1))
    c1 = conv_block(inp, 16)
    p1 = layers.MaxPooling2D()(c1)
    c2 = conv_block(p1, 32)
    u1 = layers.Conv2DTranspose(16, 2, strides=2, padding="same")(c2)
    m1 = layers.concatenate([u1, c1])
    c3 = conv_block(m1, 16)
    out = layers.Conv2D(1, 1, activation="sigmoid")(c3)
    return keras.Model(inp, out)
""",
    (160)
    + (9 * 16 * 16 + 16)
    + (9 * 16 * 32 + 32)
    + (9 * 32 * 32 + 32)
    + (4 * 32 * 16 + 16)
    + (9 * 32 * 16 + 16)
    + (9 * 16 * 16 + 16)
    + 17,
)
KERAS["two inputs"] = (
    """
user = Input(shape=(1,))
item = Input(shape=(1,))
u = Embedding(1000, 32)(user)
i = Embedding(500, 32)(item)
u = Flatten()(u)
i = Flatten()(i)
x = Concatenate()([u, i])
x = Dense(64)(x)
out = Dense(1)(x)
""",
    32000 + 16000 + 64 * 64 + 64 + 65,
)
KERAS["autoencoder"] = (
    """
input_img = keras.Input(shape=(784,))
encoded = layers.Dense(32, activation='relu')(input_img)
decoded = layers.Dense(784, activation='sigmoid')(encoded)
autoencoder = keras.Model(input_img, decoded)
encoder = keras.Model(input_img, encoded)
""",
    784 * 32 + 32 + 32 * 784 + 784,
)
KERAS["convae"] = (
    """
model = tf.keras.Sequential([
    tf.keras.layers.Input((28, 28, 1)),
    tf.keras.layers.Conv2D(16, (3, 3), strides=2, padding='same'),
    tf.keras.layers.Conv2D(8, (3, 3), strides=2, padding='same'),
    tf.keras.layers.Conv2DTranspose(8, 3, strides=2, padding='same'),
    tf.keras.layers.Conv2DTranspose(16, 3, strides=2, padding='same'),
    tf.keras.layers.Conv2D(1, 3, padding='same')])
""",
    160 + (9 * 16 * 8 + 8) + (9 * 8 * 8 + 8) + (9 * 8 * 16 + 16) + (9 * 16 + 1),
)
KERAS["subclass"] = (
    """
class MyModel(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.conv1 = tf.keras.layers.Conv2D(32, 3, activation='relu')
        self.flatten = tf.keras.layers.Flatten()
        self.d1 = tf.keras.layers.Dense(128, activation='relu')
        self.d2 = tf.keras.layers.Dense(10)
    def call(self, x):
        x = self.conv1(x)
        x = self.flatten(x)
        x = self.d1(x)
        return self.d2(x)
model = MyModel()
model.build((None, 28, 28, 1))
""",
    320 + 26 * 26 * 32 * 128 + 128 + 1290,
)
KERAS["loop"] = (
    """
model = Sequential()
model.add(Input(shape=(20,)))
for units in [64, 32, 16]:
    model.add(Dense(units, activation='relu'))
    model.add(Dropout(0.2))
model.add(Dense(1))
""",
    20 * 64 + 64 + 64 * 32 + 32 + 32 * 16 + 16 + 17,
)
KERAS["lstm stack"] = (
    """
model = Sequential()
model.add(LSTM(50, return_sequences=True, input_shape=(60, 5)))
model.add(LSTM(50, return_sequences=False))
model.add(Dense(25))
model.add(Dense(1))
""",
    4 * (5 * 50 + 2500 + 50) + 4 * (50 * 50 + 2500 + 50) + 50 * 25 + 25 + 26,
)
KERAS["sepconv"] = (
    """
inputs = Input(shape=(64, 64, 3))
x = SeparableConv2D(32, 3, padding='same')(inputs)
x = DepthwiseConv2D(3, padding='same')(x)
x = GlobalMaxPooling2D()(x)
y = Dense(5)(x)
""",
    27 + 3 * 32 + 32 + (9 * 32 + 32) + 165,
)
KERAS["mha"] = (
    """
inputs = layers.Input(shape=(50, 64))
x = layers.MultiHeadAttention(num_heads=4, key_dim=16)(inputs, inputs)
x = layers.LayerNormalization()(x + inputs)
x = layers.Dense(8)(x)
""",
    3 * (64 * 64 + 64) + (64 * 64 + 64) + 128 + (64 * 8 + 8),
)


@pytest.mark.parametrize("name", KERAS)
def test_keras(name):
    source, true = KERAS[name]
    assert total(source) == true


BRANCHES = """class Net(nn.Module):
    def __init__(self, deep={}):
        super().__init__()
        if deep:
            self.body = nn.Linear(8, 8)
        elif deep is None:
            self.body = nn.Linear(8, 4)
        else:
            self.body = nn.Linear(8, 2)
"""


@pytest.mark.parametrize(("deep", "parameters"), [("True", 72), ("None", 36), ("False", 18)])
def test_only_the_branch_that_holds_is_taken(deep, parameters):
    assert total(BRANCHES.format(deep)) == parameters


def test_a_branch_of_which_nobody_knows_leaves_the_network_unfinished():
    text = BRANCHES.format("read()") + "        self.head = nn.Linear(8, 2)\n"
    assert not any(found.whole for found in understand(text).networks)
