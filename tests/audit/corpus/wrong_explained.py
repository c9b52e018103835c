"""Faults whose line is plain, and whose explanation hangs on what stands around it: a printout above, another word for
a stage, a layer beside another like it, what a column is about.
"""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, conv1d, document, emb, linear, ln, repeat, rnn

D = document
TAGGER = [conv1d("conv1d", 4, 20, 7), rnn("lstm", "lstm", 20, 24, 1), linear("dense", 24, 5)]

case(  # 4*24 = 96 biases; 580 + 4,320 + 125 = 5,025
    "printed-and-counted-by-hand",
    D(TAGGER),
    """
conv1d (Conv1D)      (None, 34, 20)     580
lstm (LSTM)          (None, 24)         4320
dense (Dense)        (None, 5)          125

By hand:
conv:  7*4*20 + 20 = 580
lstm:  4*(20*24 + 24*24) = 4,224
dense: 24*5 + 5 = 125
sum 4,929, that is 96 less than the printout. Why?
""",
    {7: [("missing_bias", 4320)], 9: [("propagated", 5025)]},
    total=(4929, False),
)
case(  # 4*16*(30 + 16 + 2) = 3,072 each way
    "one-direction-with-one-bias-vector",
    D([rnn("lstm", "lstm", 30, 16, 2, both=True)]),
    """
one direction: 4 * 16 * (30 + 16 + 1) = 3,008
both: 2 * 3,008 = 6,016
""",
    {1: [("missing_second_bias", 3072)], 2: [("propagated", 6144)]},
    total=(6016, False),
)
case(  # 9*4 + 4 = 40, 4*3 + 3 = 15, 3*2 + 2 = 8
    "one-bias-for-three-neurons",
    D([linear("h1", 9, 4), linear("h2", 4, 3), linear("out", 3, 2)]),
    """
first hidden layer: (9 + 1) * 4 = 40
second hidden layer: 4 * 3 + 1 = 13
output layer: 3 * 2 + 2 = 8
40 + 13 + 8 = 61 parameters
""",
    {2: [("missing_bias", 15)], 4: [("propagated", 63)]},
    total=(61, False),
)
case(  # 3*(6*9 + 6*6 + 6) = 288
    "said-again-in-a-sentence",
    D([rnn("gru", "gru", 9, 6, 1)]),
    """
La celda tiene dos puertas:
2 * (6*9 + 6*6 + 6) = 192
La capa GRU(6) tiene entonces 192 parámetros.
""",
    {2: [("missing_gate_matrix", 288)], 3: [("propagated", 288)]},
    total=(192, False),
)
case(  # 7*7*3*8 = 1,176, 3*3*8*24 = 1,728, 24*36 = 864
    "column-of-weights-without-channels",
    D([conv("C7-8", 3, 8, 7), conv("C3-24", 8, 24, 3), linear("FC-36", 24, 36)]),
    """
Layer	Shape	Number of weights	Number of biases
Image	32 x 32 x 3	0	0
C7-8	26 x 26 x 8	392	8
C3-24	24 x 24 x 24	1728	24
FC-36	36	864	36
""",
    {3: [("missing_in_channels", 1176)]},
)


def _staged(first, second, times):
    """Two stages of 3x3 convolutions with norms; the second's first one reads what the first makes."""
    return [
        conv("conv1", 3, first, 3, bias=False),
        bn("bn1", first),
        repeat("layer1", times, conv("conv", first, first, 3, bias=False), bn("bn", first)),
        conv("layer2.0.conv1", first, second, 3, bias=False),
        bn("layer2.0.bn1", second),
        repeat("layer2", times - 1, conv("conv", second, second, 3, bias=False), bn("bn", second)),
        linear("fc", second, 7),
    ]


case(  # 3*3*12*24 + 3*3*3*24*24 = 2,592 + 15,552 = 18,144
    "stages-of-layers",
    D(_staged(12, 24, 4)),
    """
conv1   3*3*3*12 = 324
stage1  4 x (3*3*12*12) = 4 x 1,296 = 5,184
stage2  4 x (3*3*24*24) = 4 x 5,184 = 20,736
bn      2*(5*12 + 4*24) = 312
fc      24*7 + 7 = 175
26,731
""",
    {3: [("wrong_in_channels", 18144)], 6: [("propagated", 24139)]},
    total=(26731, False),
)
case(  # 50*20 + 20 = 1,020, 20*5 + 5 = 105 twice, 5*20 + 20 + 20*50 + 50 = 1,170
    "one-of-two-heads",
    D(
        [
            linear("enc", 50, 20),
            linear("mu", 20, 5),
            linear("logvar", 20, 5),
            linear("dec1", 5, 20),
            linear("dec2", 20, 50),
        ]
    ),
    """
encoder 50*20+20 = 1,020
latent 20*5+5 = 105
decoder 5*20+20 + 20*50+50 = 120 + 1,050 = 1,170
1,020 + 105 + 1,170 = 2,295 parameters
""",
    {2: [("missing_layer", 210)], 4: [("propagated", 2400)]},
    total=(2295, False),
)
_SIDES = ("q_proj", "k_proj", "v_proj", "out_proj")
SEQ2SEQ = [
    emb("shared", 12000, 256),
    repeat(
        "encoder.layers",
        4,
        *[linear(f"self_attn.{side}", 256, 256) for side in _SIDES],
        ln("self_attn_layer_norm", 256),
        linear("fc1", 256, 1024),
        linear("fc2", 1024, 256),
        ln("final_layer_norm", 256),
    ),
    repeat(
        "decoder.layers",
        4,
        *[linear(f"self_attn.{side}", 256, 256) for side in _SIDES],
        ln("self_attn_layer_norm", 256),
        *[linear(f"encoder_attn.{side}", 256, 256) for side in _SIDES],
        ln("encoder_attn_layer_norm", 256),
        linear("fc1", 256, 1024),
        linear("fc2", 1024, 256),
        ln("final_layer_norm", 256),
    ),
]

case(  # attention 4*(256*256 + 256) = 263,168; feed-forward 2*256*1024 + 1024 + 256 = 525,568; a norm 512;
    # encoder 4*(263,168 + 525,568 + 1,024) = 3,159,040; decoder 4*(526,336 + 525,568 + 1,536) = 4,213,760;
    # q, k, v alone 197,376: 65,792 short, in four layers 263,168
    "per-layer-behind-a-comma",
    D(SEQ2SEQ),
    """
Small seq2seq model: 10,444,800 parameters

- shared token table (12,000 × 256): 3,072,000
- encoder
    - self-attention, per layer: 263,168
    - feed-forward 256 → 1024 → 256, per layer: 524,288
    - two LayerNorms, per layer: 1,024
    - encoder in all, 4 layers: 3,159,040
- decoder
    - self-attention, per layer: 263,168
    - cross-attention, per layer: 197,376
    - decoder in all, 4 layers: 3,950,592
""",
    {
        6: [("missing_bias", 525568)],
        11: [("missing_output_projection", 263168)],
        12: [("propagated", 4213760)],
    },
)
case(  # 784*30 + 30 + 30*10 + 10 = 23,860
    "all-weights-and-biases-of-another-network",
    D([linear("fc1", 784, 30), linear("fc2", 30, 10)]),
    """
| layer | params |
|---|---|
| FC-30 | 23,550 |
| FC-10 | 310 |

All weights and biases: 39,760
""",
    {6: [("wrong_sum", 23860)]},
    total=(39760, False),
)
case(  # 2*4*96 = 768 for query and output, 4*(96 + 32) = 512 for key and value
    "adapter-of-another-width",
    D(
        [
            repeat(
                "lora",
                3,
                {"type": "lora", "name": "q_proj", "in": 96, "out": 96, "rank": 4},
                {"type": "lora", "name": "v_proj", "in": 96, "out": 32, "rank": 4},
            )
        ]
    ),
    """
r = 4:
one module = 2 × 4 × 128 = 1,024
""",
    {2: [("wrong_in_channels", 768)]},
)
case(  # 9*64*16 + 16 = 9,232
    "twice-as-much-and-no-word-of-gradients",
    D([conv("conv", 64, 16, 3)]),
    """
A 3x3 convolution from 64 to 16 channels:
Total: 18,464 parameters
""",
    {2: [("wrong_value", 9232)]},
    total=(18464, False),
)
case(  # 30*40 + 40 + 40*7 + 7 = 1,527; the second term should be 280, with which the weights are 1,480
    "a-term-slipped-over-weights-alone",
    D([linear("fc1", 30, 40), linear("fc2", 40, 7)]),
    """
| hidden | 30×40 | 1,200 |
| output | 40×7 | 280 |

total: 1,200 + 820 = 1,480
""",
    {1: [("missing_bias", 1240)], 2: [("missing_bias", 287)], 4: [("terms_do_not_add", 2020), ("propagated", 1527)]},
    total=(1480, False),
)
case(  # 5*24 + 24 = 144, 24*24 + 24 = 600, 24 + 1 = 25; equal terms stay apart from 4*24, which is four biases' worth
    "one-size-of-a-whole-sum",
    D([linear("fc1", 5, 24), linear("fc2", 24, 24), linear("fc3", 24, 1)]),
    "Total parameters: (4*24+24) + (24*24+24) + (24*1+1) = 120 + 600 + 25 = 745",
    {1: [("wrong_in_channels", 769)]},
    total=(745, False),
)
case(  # 300*7 + 7
    "a factor that is the other size again",
    D([linear("head", 300, 7)]),
    "head: 300 * 300 + 7 = 2107",
    {1: [("wrong_out_channels", 2107), ("arithmetic", 90007)]},
)
case(  # 9*48 = 432 of the depthwise one
    "a formula beside the right count of its row",
    D(
        [
            conv("stem", 3, 48, 3, bias=False), bn("bn1", 48), conv("dw", 48, 48, 3, bias=False, groups=48),
            conv("pw", 48, 24, 1, bias=False),
        ]
    ),
    """
Conv2d-1        [-1, 48, 56, 56]      1,296    3*3*3*48 = 1,296
BatchNorm2d-2   [-1, 48, 56, 56]         96    2*48 = 96
Conv2d-3        [-1, 48, 56, 56]        432    3*3*48*48 = 20,736
Conv2d-4        [-1, 24, 56, 56]      1,152    48*24 = 1,152
""",
    {3: [("missing_groups", 432)]},
)  # fmt: skip
case(  # 3*(512*512 + 512) = 787,968 and 512*512 + 512 = 262,656
    "heads that no word tells",
    D([linear("in_proj", 512, 1536), linear("out_proj", 512, 512)]),
    """
(512 x 512 x 3 + 512 x 3) x 8 = 6,303,744
out: 512 x 512 + 512 = 262,656
attention total: 6,566,400
""",
    {1: [("multiplied_by_heads", 787968)], 3: [("propagated", 1050624)]},
)
case(  # attention 3*(96*96 + 96) = 27,936 and 9,312; 96*384 + 384 = 37,248; 384*96 + 96 = 36,960; 2*2*96 = 384
    "a layer's sum without the output projection, a term of which is equal to several of them",
    D(
        [
            repeat(
                "layers", 4, linear("self_attn.in_proj", 96, 288), linear("self_attn.out_proj", 96, 96),
                linear("linear1", 96, 384), linear("linear2", 384, 96), ln("norm1", 96), ln("norm2", 96),
            )
        ]
    ),
    """
in_proj: 3*96*96 + 3*96 = 27,936
linear1: 96*384 + 384 = 37,248
linear2: 384*96 + 96 = 36,960
norm1, norm2: 2*2*96 = 384
one layer: 27,936 + 37,248 + 36,960 + 384 = 102,528
num_layers=4: 410,112
""",
    {5: [("missing_output_projection", 111840)], 6: [("propagated", 447360)]},
)  # fmt: skip
