"""Rounded lines that add up, sums that quote the right figure beside them, formulas behind a kernel or in a bracket."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, conv1d, emb, linear, ln, repeat, rms, rnn, tied
from tests.audit.corpus.networks import document as D

DECODER = D(
    [
        emb("embed", 50000, 2048),
        repeat(
            "layers", 10, linear("q_proj", 2048, 2048, bias=False), linear("k_proj", 2048, 512, bias=False),
            linear("v_proj", 2048, 512, bias=False), linear("o_proj", 2048, 2048, bias=False),
            linear("gate_proj", 2048, 8192, bias=False), linear("up_proj", 2048, 8192, bias=False),
            linear("down_proj", 8192, 2048, bias=False), rms("ln1", 2048), rms("ln2", 2048),
        ),
        rms("norm", 2048), tied("lm_head", "embed"),
    ]
)  # fmt: skip
case(
    "a-rounded-table-carries-its-keys-and-values",
    DECODER,
    """
| what | how | count |
|---|---|---|
| tokens (tied) | 50000 × 2048 | 102.4M |
| Q, O | 2 × 2048 × 2048 | 8.39M |
| K, V | 2 × 2048 × 2048 | 8.39M |
| MLP | 3 × 2048 × 8192 | 50.33M |
| norms | 2 × 2048 | 0.004M |
| **one layer** | | **67.11M** |
| 10 layers | | 671.1M |
| **total** | | **773.5M** |
""",
    {
        5: [("kv_heads_ignored", 2097152)], 8: [("propagated", 60821504)], 9: [("propagated", 608215040)],
        10: [("propagated", 710617088)],
    },
)  # fmt: skip
case(
    "what-a-direction-costs-is-no-operation",
    D([emb("emb", 500, 20), rnn("lstm", "lstm", 20, 30, 1), linear("out", 30, 5)]),
    r"""
The table holds $500 \cdot 20 = 10{,}000$ numbers. The LSTM costs
\[ 4\left(30\,(20+30)+30\right) = 4\cdot 1530 = 6{,}120 \]
and the last layer $30\cdot 5+5 = 155$.
Altogether $10{,}000 + 6{,}120 + 155 = \mathbf{16{,}275}$.
""",
)
case(
    "how-many-blocks-there-are-is-no-total",
    D(
        [
            conv("patch", 3, 64, 4), emb("cls", 1, 64), emb("pos", 65, 64),
            repeat(
                "blocks", 4, ln("norm1", 64), linear("qkv", 64, 192), linear("proj", 64, 64), ln("norm2", 64),
                linear("fc1", 64, 128), linear("fc2", 128, 64),
            ),
            ln("norm", 64), linear("head", 64, 10),
        ]
    ),
    """
patch embedding：4*4*3*64+64=3136
cls token 64，位置编码 65*64=4160
每个block：
  LN两个，2*2*64=256
  qkv：64*192+192=12480，proj：64*64+64=4160
  MLP：64*128+128+128*64+64=16576
  小计 33472
4个block一共133888
最后的LN 128，分类头64*10+10=650
总参数 142026
""",
)  # fmt: skip
case(
    "three-dots-behind-a-quoted-total",
    D([linear("fc1", 10, 20), linear("fc2", 20, 5)]),
    """
fc1: 10*20 = 200
fc2: 20*5 + 5 = 105
total 305, but the summary says 325... why?
""",
    {1: [("missing_bias", 220)], 3: [("propagated", 325)]},
)
case(
    "square-kernels-in-one-dimension-and-the-right-total-beside",
    D([conv1d("a", 2, 40, 9), conv1d("b", 40, 90, 5), linear("fc", 90, 4)], framework="keras"),
    """
My computation:
  (9 * 9 * 2 + 1) * 40 = 6,520
  (5 * 5 * 40 + 1) * 90 = 90,090
  90 * 4 = 360
which is 96,970, but Keras says 19,214. Why so much less?
""",
    {
        2: [("wrong_kernel", 760)], 3: [("wrong_kernel", 18090)], 4: [("missing_bias", 364)],
        5: [("propagated", 19214)],
    },
)  # fmt: skip
case(
    "a-step-so-many-times",
    D([rnn("rnn", "rnn", 12, 30, 1), linear("out", 30, 12)], framework="keras"),
    """
One step: W_xh 30*12 = 360, W_hh 30*30 = 900, b 30  =>  1290
40 steps: 40*1290 = 51600
output: 30*12 + 12 = 372
total number of parameters: 51972
""",
    {2: [("timesteps_counted", 1290)], 4: [("propagated", 1662)]},
)
case(
    "a-kernel-before-its-formula",
    D([bn("norm", 320), conv("conv", 320, 100, 1, bias=False)]),
    """
Transición: BN 2·320 = 640 y conv 1×1 320·100 = 32,000
Transición en total = 32,640
""",
)
case(
    "a-projection-left-out-by-its-line-and-norms-by-the-sum",
    D(
        [
            emb("tok", 1000, 64), emb("pos", 50, 64),
            repeat(
                "layers", 5, linear("wq", 64, 64), linear("wk", 64, 64), linear("wv", 64, 64), linear("wo", 64, 64),
                ln("ln1", 64), linear("ff1", 64, 128), linear("ff2", 128, 64), ln("ln2", 64),
            ),
        ]
    ),
    """
tokens: 1000 * 64 = 64,000
positions: 50 * 64 = 3,200
self-attention (per layer): 3 * (64*64 + 64) = 12,480
FFN (per layer): 64*128 + 128 + 128*64 + 64 = 16,576
per layer: 12,480 + 16,576 = 29,056
5 layers: 145,280
total = 64,000 + 3,200 + 145,280 = 212,480
""",
    {
        3: [("missing_output_projection", 16640)], 5: [("propagated", 33472), ("missing_norm", 33472)],
        6: [("propagated", 167360)], 7: [("propagated", 234560)],
    },
)  # fmt: skip
case(
    "everything-with-what-is-among-it",
    D([linear("fc1", 50, 40), ln("norm", 40), linear("fc2", 40, 5)]),
    """
fc1: 50*40 + 40 = 2,040
norm: 2*40 = 80
fc2: 40*5 + 5 = 205
Everything incl. the norm: 2,325
""",
)
case(
    "biases-added-to-what-has-them",
    D([linear("cachee", 12, 9), linear("sortie", 9, 3)]),
    """
Couche cachée : 12 × 9 + 9 = 117, plus 9 biais, soit 126 paramètres
Couche de sortie : 9 × 3 + 3 = 30, plus 3 biais, soit 33 paramètres
Total : 126 + 33 = 159
""",
    {1: [("double_bias", 117)], 2: [("double_bias", 30)], 3: [("propagated", 147)]},
)
case(
    "softmax-has-none",
    D([linear("hidden", 8, 14), linear("output", 14, 6)]),
    """
hidden = 8 inputs x 14 + 14 = 126
output = 14 x 6 + 6 = 90
softmax = 6 x 6 + 6 = 42
so 258 parameters
""",
    {3: [("extra_layer", 0)], 4: [("propagated", 216)]},
)
case(
    "the-one-layer-left-is-wrong-though-the-total-is-right",
    D([linear("fc1", 500, 40), linear("fc2", 40, 10), linear("fc3", 10, 40), linear("fc4", 40, 500)]),
    """
enc: 500*40+40 = 20040, then 40*10+10 = 410
dec: 10*40+40 = 440, then 40*550+550 = 22550
all together 41390 according to numel()
""",
    {2: [("wrong_out_channels", 20500)]},
)
case(
    "rows-of-an-older-width-above-the-right-total",
    D([conv("stem", 3, 20, 3), conv("dw", 20, 20, 3, groups=20), conv("pw", 20, 30, 1)]),
    """
- stem conv 3x3 (3→20): 560 params
- depthwise 3x3: 320 params
- pointwise 1x1 (20→30): 990 params
- total: 1,390 (torchinfo)
""",
    {2: [("wrong_value", 200)], 3: [("wrong_value", 630)]},
)
case(
    "a-table-short-of-one-row",
    D([emb("pos", 65, 480), linear("head", 480, 10)]),
    """
positions: 64*480 = 30,720
head: 480*10 + 10 = 4,810
total 35,530
""",
    {1: [("wrong_value", 31200)], 3: [("propagated", 36010)]},
)
