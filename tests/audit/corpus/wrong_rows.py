"""Faults of rows: of those of one label, of letters for projections, of a column that one row leaves out."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, emb, flatten, linear, pool, repeat, rms, tied
from tests.audit.corpus.networks import document as D

LISTED = D(
    [
        conv("conv1", 3, 16, 3), pool(), conv("conv2", 16, 32, 3), conv("conv3", 32, 32, 3), conv("conv4", 32, 32, 3),
        pool(), conv("conv5", 32, 48, 3), conv("conv6", 48, 48, 3), pool(), flatten(768), linear("fc", 768, 10),
    ],
    bias=False,
)  # fmt: skip

case(
    "first-of-three-rows-is-the-second-again",
    LISTED,
    """
INPUT: [32x32x3]       memory: 32*32*3=3K       weights: 0
CONV3-16: [32x32x16]   memory: 32*32*16=16K     weights: (3*3*3)*16 = 432
POOL2: [16x16x16]      memory: 16*16*16=4K      weights: 0
CONV3-32: [16x16x32]   memory: 16*16*32=8K      weights: (3*3*32)*32 = 9,216
CONV3-32: [16x16x32]   memory: 16*16*32=8K      weights: (3*3*32)*32 = 9,216
CONV3-32: [16x16x32]   memory: 16*16*32=8K      weights: (3*3*32)*32 = 9,216
POOL2: [8x8x32]        memory: 8*8*32=2K        weights: 0
CONV3-48: [8x8x48]     memory: 8*8*48=3K        weights: (3*3*32)*48 = 13,824
CONV3-48: [8x8x48]     memory: 8*8*48=3K        weights: (3*3*48)*48 = 20,736
POOL2: [4x4x48]        memory: 4*4*48=768       weights: 0
FC: [1x1x10]           memory: 10               weights: 4*4*48*10 = 7,680
TOTAL weights: 70,320
""",
    {4: [("wrong_in_channels", 4608)], 12: [("propagated", 65712)]},
)
case(
    "q-k-v-without-their-biases",
    D(
        [
            emb("embed_tokens", 2000, 320),
            repeat(
                "layers", 5, linear("q_proj", 320, 320), linear("k_proj", 320, 64), linear("v_proj", 320, 64),
                linear("o_proj", 320, 320, bias=False), linear("gate_proj", 320, 900, bias=False),
                linear("up_proj", 320, 900, bias=False), linear("down_proj", 900, 320, bias=False),
                rms("input_layernorm", 320), rms("post_attention_layernorm", 320),
            ),
            rms("norm", 320), tied("lm_head", "embed_tokens"),
        ]
    ),
    """
emb      2000*320       = 640000
q        320*320        = 102400
k, v     2 * 320*64     = 40960
o        320*320        = 102400
mlp      3 * 320*900    = 864000
norms    2*320          = 640
layer                   = 1110400
5 layers                = 5552000
norm                    = 320
lm_head  320*2000       = 640000
sum                     = 6832320   (hm, the others say 6.2M)
""",
    {
        2: [("missing_bias", 102720)], 3: [("missing_bias", 41088)], 7: [("propagated", 1110848)],
        8: [("propagated", 5554240)], 10: [("tied_embeddings_double_counted", 0)], 11: [("propagated", 6194560)],
    },
)  # fmt: skip
case(
    "one-row-without-its-norm",
    D(
        [
            conv("conv1", 96, 24, 1, bias=False), bn("bn1", 24), conv("conv2", 24, 24, 3, bias=False), bn("bn2", 24),
            conv("conv3", 24, 96, 1, bias=False), bn("bn3", 96),
        ]
    ),
    """
1x1, 96->24:  96*24 = 2304, BN 2*24 = 48
3x3, 24->24:  3*3*24*24 = 5184, BN 2*24 = 48
1x1, 24->96:  24*96 = 2304
-> 9888 params for the block
""",
    {3: [("missing_norm", 2496)], 4: [("propagated", 10080)]},
)  # fmt: skip
case(
    "experts-that-multiply-what-they-share",
    D(
        [
            emb("tok", 4000, 256),
            repeat(
                "layers", 3, linear("wq", 256, 256, bias=False), linear("wk", 256, 256, bias=False),
                linear("wv", 256, 256, bias=False), linear("wo", 256, 256, bias=False),
                linear("router", 256, 4, bias=False),
                repeat("experts", 4, linear("w1", 256, 700, bias=False), linear("w2", 700, 256, bias=False)),
            ),
            rms("norm", 256), linear("head", 256, 4000, bias=False),
        ]
    ),
    """
# expert:       2 * 256 * 700          = 358,400
# attention:    4 * 256 * 256          = 262,144
# router:       256 * 4                = 1,024
# layer:        4 * (358,400 + 262,144) + 1,024 = 2,483,200
# layers:       3 * 2,483,200          = 7,449,600
# tok + head:   2 * 4000 * 256         = 2,048,000
# final norm:                            256
# total                                  9,497,856
""",
    {4: [("shared_parameters_multiplied", 1696768)], 5: [("propagated", 5090304)], 8: [("propagated", 7138560)]},
)  # fmt: skip
case(
    "a-concatenation-forgotten-in-a-column",
    D(
        [
            conv("c1", 1, 12, 3), conv("c2", 12, 24, 3), conv("c3", 24, 24, 3), conv("c4", 48, 24, 3),
            conv("c5", 24, 2, 1),
        ]
    ),
    """
c1   conv 3x3, 1 -> 12      120
c2   conv 3x3, 12 -> 24     2616
c3   conv 3x3, 24 -> 24     5208
     concatenate with c2
c4   conv 3x3, -> 24        5208
c5   conv 1x1, 24 -> 2      50
all                         13202
""",
    {5: [("wrong_in_channels", 10392)], 7: [("propagated", 18386)]},
)  # fmt: skip
case(
    "half-a-norm-in-brackets",
    D(
        [
            conv("conv1", 20, 40, 3, bias=False), bn("bn1", 40), conv("conv2", 40, 40, 3, bias=False), bn("bn2", 40),
            conv("downsample.0", 20, 40, 1, bias=False), bn("downsample.1", 40),
        ]
    ),
    """
 - conv1 9*20*40 = 7,200, bn1 80
 - conv2 9*40*40 = 14,400, bn2 80
 - downsample 20*40 = 800 (+ BN 40)
 = 22,600
""",
    {3: [("wrong_value", 80)], 4: [("propagated", 22640)]},
)  # fmt: skip
case(
    "two-branches-of-the-same-weights",
    D([conv("conv1", 1, 30, 5), conv("conv2", 30, 50, 5), linear("fc", 800, 90), linear("out", 90, 1)]),
    """
Os dois ramos compartilham os pesos:
  - conv 5×5, 30 filtros, + maxpool 2×2
  - conv 5×5, 50 filtros, + maxpool 2×2
  - densa de 90
Contas
  conv1: 30 × (25 + 1) = 780
  conv2: 50 × (25 × 30 + 1) = 37.550
  densa: 800 × 90 + 90 = 72.090
  um ramo: 110.420
  dois ramos: 2 × 110.420 = 220.840
  saída: 90 + 1 = 91
  total: 220.931
""",
    {10: [("shared_parameters_multiplied", 110420)], 12: [("propagated", 110511)]},
)
case(
    "one-line-out-of-place",
    D(
        [
            conv("enc1", 1, 10, 3), conv("enc2", 10, 10, 3), conv("mid1", 10, 20, 3), conv("up", 20, 10, 2, kind="convtranspose2d"),
            conv("dec1", 20, 10, 3), conv("dec2", 10, 10, 3), conv("out", 10, 2, 1),
        ]
    ),
    """
 conv 1->10: 3*3*1*10+10 = 100
 conv 10->10: 3*3*10*10+10 = 910
 conv 10->20: 3*3*10*20+20 = 1820
 upconv 2x2, 20->10: 2*2*20*10+10 = 810
 conv after the concatenation: 3*3*10*10+10 = 910
 conv 10->10: 910
 output 1x1: 10*2+2 = 22
""",
    {5: [("wrong_in_channels", 1810)]},
)  # fmt: skip
case(  # a pair of 3x3 convolutions and norms: 2*9*20*20 + 2*40 = 7,280 three times; 9*20*40 + 9*40*40 + 2*80 = 21,760
    "a stage's row of another depth between right rows",
    D(
        [
            conv("conv1", 3, 20, 3, bias=False), bn("bn1", 20),
            repeat("layer1", 3, conv("a", 20, 20, 3, bias=False), bn("b", 20), conv("c", 20, 20, 3, bias=False), bn("d", 20)),
            conv("layer2.a", 20, 40, 3, bias=False), bn("layer2.b", 40), conv("layer2.c", 40, 40, 3, bias=False), bn("layer2.d", 40),
            conv("layer3.a", 40, 80, 3, bias=False), bn("layer3.b", 80), conv("layer3.c", 80, 80, 3, bias=False), bn("layer3.d", 80),
            linear("fc", 80, 10),
        ]
    ),
    """
Stage        Blocks   Params
Conv1+BN              580
Conv2_x      3        21,840
Conv3_x      1        35,760
Conv4_x      1        86,720
FC                    810
Total: 131,710
""",
    {4: [("wrong_value", 21760)]},
)  # fmt: skip
