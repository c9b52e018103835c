"""What words near a number say of it, and what they only seem to say: units, marks, sizes, other networks."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, linear, ln, lora, pool, repeat, rnn
from tests.audit.corpus.networks import document as D

TABULAR = D([linear("fc1", 300, 200), linear("fc2", 200, 50)])
"""300*200 + 200 = 60,200 and 200*50 + 50 = 10,050: 70,250."""

case(
    "bytes-in-the-formula-and-another-type-behind-it",
    TABULAR,
    """
first layer: 300*200 + 200 = 60,200
second layer: 200*50 + 50 = 10,050
together 70,250
70,250 x 4 bytes = 281,000 bytes on disk. In fp16 half of that.
""",
)
case(
    "half-the-bytes-of-the-type-that-the-label-names",
    TABULAR,
    """
first layer: 300*200 + 200 = 60,200
second layer: 200*50 + 50 = 10,050
float32 file: 70,250 x 2 bytes = 140,500 bytes
""",
    {3: [("unit_mixup", 281000)]},
)
case(
    "another-network-behind-the-own-sum",
    TABULAR,
    """
first layer: 300*200 + 200 = 60,200
second layer: 200*50 + 50 = 10,050
Sum = 70,250. A colleague remembers 61M, but that must be AlexNet.
""",
)
case(
    "what-another-network-has-is-judged-by-that",
    TABULAR,
    """
first layer: 300*200 + 200 = 60,200
second layer: 200*50 + 50 = 10,050
Sum = 70,250. AlexNet has 80M parameters.
""",
    {3: [("wrong_value", None)]},
)
ROUTED = D(
    [
        *[linear(name, 256, 256, bias=False) for name in ("q", "k", "v", "o")],
        linear("router", 256, 4, bias=False),
        repeat("experts", 4, linear("w1", 256, 512, bias=False), linear("w2", 512, 256, bias=False)),
    ],
    network="a routed layer: width 256, router 256x4, four experts",
)
case(
    "sizes-in-a-title-are-no-name-of-a-model",
    ROUTED,
    """
attention: 4 × 256² = 262,144
router: 256 × 4 = 1,024
each expert: 2 × 256 × 512 = 262,144
all experts: 4 × 262,144 = 1,048,576
the layer: 262,144 + 1,024 + 1,048,576 = 1,311,744
""",
)
case(
    "marks-of-a-list-and-points-behind-formulas",
    D([conv("conv1", 1, 8, 3), pool("p1"), conv("conv2", 8, 12, 3), linear("fc", 300, 10)]),
    """
a) (3*3*1 + 1) * 8 = 80             [1 pt]
b) 3*3*8*12 + 12 = 876              [2 pts]
c) (300 + 1) * 10 = 3,110           (3 marks)
d) 80 + 876 + 3,110 = 4,066         [1 pt]
""",
    {3: [("arithmetic", 3010)], 4: [("propagated", 3966)]},
)
case(
    "a-window-of-steps-and-channels",
    D([rnn("gru", "gru", 20, 32, 2), linear("fc", 32, 1)]),
    """
We feed a GRU(32) on clips of 50 frames x 20 bands, then one Dense(1).
GRU: 3*(20*32 + 32*32 + 2*32) = 5,184
Dense: 32 + 1 = 33
""",
)
case(
    "the-same-window-and-a-wrong-layer",
    D([rnn("gru", "gru", 20, 32, 2), linear("fc", 32, 1)]),
    """
We feed a GRU(32) on clips of 50 frames x 20 bands, then one Dense(1).
GRU: 3*(50*32 + 32*32 + 2*32) = 8,064
Dense: 32 + 1 = 33
""",
    {2: [("wrong_in_channels", 5184)]},
)
case(
    "a-heading-of-weights-that-mentions-bytes",
    TABULAR,
    """
Parameters of the controller network. Each one takes four bytes
  fc1   300*200          = 60000
  fc2   200*50 + 50      = 10050
                           70050
""",
    {2: [("missing_bias", 60200)], 4: [("propagated", 70250)]},
)
case(
    "the-bias-of-one-output",
    D([linear("fc1", 7, 30), linear("fc2", 30, 30), linear("fc3", 30, 1)]),
    """
first layer 7*30 + 30 = 240
second 30*30 + 30 = 930
output 30*1 = 30
makes 1200 parameters
""",
    {3: [("missing_bias", 31)], 4: [("propagated", 1201)]},
)
DECODER = D(
    [
        linear("self.qkv", 128, 384), linear("self.out", 128, 128), ln("norm1", 128),
        linear("cross.qkv", 128, 384), linear("cross.out", 128, 128), ln("norm2", 128),
        linear("ff1", 128, 256), linear("ff2", 256, 128), ln("norm3", 128),
    ],
    network="a decoder layer of width 128",
)  # fmt: skip
case(
    "a-decoder-with-one-attention",
    DECODER,
    """
self-attention: 4*(128^2 + 128) = 66,048
feed-forward: 128*256 + 256 + 256*128 + 128 = 65,920
three layer norms: 3*2*128 = 768
The layer has 66,048 + 65,920 + 768 = 132,736 parameters.
""",
    {4: [("missing_layer", 198784)]},
    may=(1,),
)
case(
    "a-decoder-with-both",
    DECODER,
    """
self-attention: 4*(128^2 + 128) = 66,048
cross-attention: the same, 66,048
feed-forward: 128*256 + 256 + 256*128 + 128 = 65,920
three layer norms: 3*2*128 = 768
The layer has 2*66,048 + 65,920 + 768 = 198,784 parameters.
""",
)
case(
    "a-layer-too-many-of-what-is-trained",
    D([linear("enc1", 100, 40), linear("enc2", 40, 8), linear("dec1", 8, 40), linear("dec2", 40, 100)]),
    """
Layout: 100 -> 40 -> 8 -> 40 -> 100
100→40: 100*40 + 40 = 4040
40→8: 40*8 + 8 = 328
8→8: 8*8 + 8 = 72
8→40: 8*40 + 40 = 360
40→100: 40*100 + 100 = 4100
Trainable: 8900
""",
    {4: [("extra_layer", 0)], 7: [("propagated", 8828)]},
)
case(
    "what-is-trained-of-adapters",
    D([repeat("layers", 2, lora("q_proj", 64, 64, 4), lora("v_proj", 64, 16, 4))]),
    """
q_proj: 4*(64 + 64) = 512
v_proj: 4*(64 + 16) = 320
trainable: 2*(512 + 320) = 1,664
""",
)
GATED = D([rnn("gru", "gru", 20, 60, 1), linear("out", 60, 3)])
case(
    "two-matrices-of-a-gate-that-are-alike",
    GATED,
    """
one gate of the GRU:
W: 60*20 = 1200
U: 60*20 = 1200
GRU: 3*(1200 + 1200 + 60) = 7380
out: 60*3 + 3 = 183
total 7563
""",
    {3: [("recurrent_not_square", 3600)], 4: [("propagated", 14580)], 6: [("propagated", 14763)]},
)
case(
    "two-matrices-of-a-gate-in-the-other-order",
    GATED,
    """
one gate of the GRU:
U: 60*20 = 1200
W: 60*60 = 3600
GRU: 3*(1200 + 3600 + 60) = 14580
out: 60*3 + 3 = 183
total 14763
""",
)
