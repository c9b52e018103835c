"""Lines that only others explain: a unit from above, a count that is taken from, a layer for comparison, code below."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, document, emb, flatten, linear, ln, pool, repeat, rms, tied

D = document

# 12·512²·6 = 18,874,368; a block has 3,152,384, six 18,914,304, all of it 24,035,328
SIX_BLOCKS = [
    emb("wte", 10_000, 512),
    repeat(
        "h",
        6,
        ln("ln_1", 512),
        linear("attn.c_attn", 512, 1536),
        linear("attn.c_proj", 512, 512),
        ln("ln_2", 512),
        linear("mlp.c_fc", 512, 2048),
        linear("mlp.c_proj", 2048, 512),
    ),
    ln("ln_f", 512),
    tied("lm_head", "wte"),
]
case(
    "unit-from-the-lines-above",
    D(SIX_BLOCKS),
    """
Blocs : 12 × 512² × 6 ≈ 18.9M
Table : 10 000 × 512 = 5.12M
En tout 18.9 + 5.12 ≈ 0.024B
""",
)
case(
    "unit-from-the-lines-above-misadded",
    D(SIX_BLOCKS),
    """
blocks: 12 × 512^2 × 6 ≈ 18.9M
wte: 10000 × 512 = 5.12M
total: 18.9 + 5.12 ≈ 0.034B
""",
    {3: [("wrong_sum", None)]},
)

# Shared table of 6,000 rows: 6,000·96 = 576,000; 2 blocks of 4·96² + 96 = 36,960; the last norm 96: 650,016
SHARED = [
    emb("tok", 6000, 96),
    repeat(
        "layers",
        2,
        linear("q", 96, 96, bias=False),
        linear("k", 96, 96, bias=False),
        linear("v", 96, 96, bias=False),
        linear("o", 96, 96, bias=False),
        rms("norm", 96),
    ),
    rms("norm", 96),
    tied("out", "tok"),
]
case(
    "taken-off-below",
    D(SHARED),
    """
sum over all tensors in the file: 1,226,016
the output matrix is the embedding, 6000*96 = 576,000, stored twice
1,226,016 - 576,000 = 650,016
""",
)
case(
    "taken-off-below-chinese",
    D(SHARED),
    """
所有张量之和: 1226016
共享的嵌入: 6000*96 = 576000
1226016 - 576000 = 650016
""",
)
case(
    "not-taken-off",
    D(SHARED),
    """
tok: 6000*96 = 576,000
total: 1,226,016
""",
    {2: [("tied_embeddings_double_counted", 650016)]},
)

THREE = [conv("a", 40, 40, 3), conv("b", 40, 40, 3), conv("c", 40, 40, 3)]
case(
    "one-large-kernel-for-comparison",
    D(THREE, bias=False),
    """
Eine 7×7-Faltung, 40 → 40: 7*7*40*40 = 78.400 Gewichte
Drei 3×3-Faltungen: 3 * 3*3*40*40 = 43.200 Gewichte
""",
)
case(
    "wrong-kernel-without-comparison",
    D(THREE, bias=False),
    """
a: 7*7*40*40 = 78,400
b: 3*3*40*40 = 14,400
c: 3*3*40*40 = 14,400
""",
    {1: [("wrong_kernel", 14400)]},
)

PLAYER = [
    conv("conv1", 4, 16, 8, stride=4),
    conv("conv2", 16, 24, 4, stride=2),
    conv("conv3", 24, 24, 3),
    flatten(1176),
    linear("fc", 1176, 128),
    linear("q", 128, 6),
]
case(
    "stride-behind-a-spaced-slash",
    D(PLAYER),
    """
- Conv 8x8 / 4: 84 -> 20, out 16 x 20 x 20 = 6,400 features, 4,112 params
- Conv 4x4 / 2: 20 -> 9, out 24 x 9 x 9 = 1,944 features, 6,168 params
- Conv 3x3 / 1: 9 -> 7, out 24 x 7 x 7 = 1,176 features, 5,208 params
- FC 1176 -> 128: 1176*128 + 128 = 150,656 params
- FC 128 -> 6: 774 params
""",
)
case(
    "stride-behind-a-spaced-slash-slip",
    D(PLAYER),
    """
Conv 8x8 / 4: 84 → 20, 16 × 20 × 20 = 6.400 Aktivierungen, 4.112 Parameter
Conv 4x4 / 2: 20 → 9, 24 × 9 × 9 = 1.944 Aktivierungen, 6.268 Parameter
Conv 3x3 / 1: 9 → 7, 24 × 7 × 7 = 1.716 Aktivierungen, 5.208 Parameter
""",
    {2: [("wrong_value", 6168)], 3: [("feature_count", 1176)]},
)

# two(1, 10): 100 + 910; two(10, 20): 1,820 + 3,620; up: (2*2*20 + 1)*10 = 810; dec, of 20: 1,810 + 910; out: 11
HALVED = [
    conv("enc1.0", 1, 10, 3),
    conv("enc1.1", 10, 10, 3),
    pool(),
    conv("mid.0", 10, 20, 3),
    conv("mid.1", 20, 20, 3),
    conv("up", 20, 10, 2, kind="convtranspose2d"),
    conv("dec.0", 20, 10, 3),
    conv("dec.1", 10, 10, 3),
    conv("out", 10, 1, 1),
]
case(
    "comments-above-their-code",
    D(HALVED, framework="pytorch"),
    """
# paramètres : (3*3*1+1)*10 + (3*3*10+1)*10 = 1 010
self.enc1 = Double(1, 10)
# paramètres : (3*3*10+1)*20 + (3*3*20+1)*20 = 5 440
self.mid = Double(10, 20)
# paramètres : (2*2*20+1)*10 = 810
self.up = nn.ConvTranspose2d(20, 10, 2, stride=2)
# paramètres : 2 720
self.dec = Double(20, 10)
# paramètres : 11
self.out = nn.Conv2d(10, 1, 1)
""",
)
case(
    "comments-above-their-code-fault",
    D(HALVED, framework="pytorch"),
    """
# params: (3*3*1+1)*10 + (3*3*10+1)*10 = 1010
self.enc1 = Double(1, 10)
# params: (3*3*10+1)*20 + (3*3*20+1)*20 = 5440
self.mid = Double(10, 20)
# params: (2*2*20+1)*10 = 810
self.up = nn.ConvTranspose2d(20, 10, 2, stride=2)
# params, 10 + 10 channels in: 2730
self.dec = Double(20, 10)
# params: 10*1*1*1 = 10
self.out = nn.Conv2d(10, 1, 1)
""",
    {7: [("wrong_value", 2720)], 9: [("missing_bias", 11)]},
)

# 3*3*3*20 = 540; 5 of 3*3*20*20 = 18,000; 20*27 = 540: 19,080 weights, 20 + 100 + 27 biases
ENLARGES = [
    conv("head", 3, 20, 3),
    *[conv(f"body{i}", 20, 20, 3) for i in range(1, 6)],
    conv("tail", 20, 27, 1),
]
case(
    "a-scale-in-the-networks-name",
    D(ENLARGES),
    "I count 3*3*3*20 + 20 + 5*(3*3*20*20 + 20) + 20*27 + 27 = 19227 for the small x3 model, and the README agrees",
)
case(
    "a-scale-in-the-networks-name-no-biases",
    D(ENLARGES),
    "je trouve 3x3x3x20+20x20x3x3x5+20x1x1x27=19080 pour le petit x3 model",
    {1: [("missing_bias", 19227)]},
)
TIMES = [conv("c1", 2, 12, 9, kind="conv1d"), *[conv(f"c{i}", 12, 12, 9, kind="conv1d") for i in (2, 3, 4)]]
LAST = conv("c5", 12, 3, 9, kind="conv1d")
case(
    "filters-of-all-layers",
    D([*TIMES, LAST], bias=False),
    """
Gewichte der Filter (ohne Bias):
2*12*9 + 3 * 12*12 * 9 + 12*3*9 = 4428
also rund 4400 Gewichte
""",
)
case(
    "filters-of-all-layers-without-inputs",
    D([*TIMES, LAST], bias=False),
    """
weights of the filters, no biases:
12 * 2 * 9 + 3 * 12 * 9 + 12 * 3 * 9 = 864
about 860 weights in all
""",
    {2: [("missing_in_channels", 4428)], 3: [("propagated", 4428)]},
)
case(
    "sizes-of-another-perceptron",
    D([linear("fc1", 20, 16), linear("fc2", 16, 12), linear("fc3", 12, 3)]),
    "net = build(cfg)  # 8*32+32 + 32*32+32 + 32*2+2 = 1410 Parameter",
    {1: [("stale_annotation", 579)]},
)
case(
    "sizes-of-the-perceptron",
    D([linear("fc1", 20, 16), linear("fc2", 16, 12), linear("fc3", 12, 3)]),
    "net = build(cfg)  # 20*16+16 + 16*12+12 + 12*3+3 = 579 Parameter",
)
FIRES = [
    conv("conv1", 3, 32, 3),
    conv("fire2.squeeze", 32, 8, 1),
    conv("fire2.expand1", 8, 32, 1),
    conv("fire2.expand3", 8, 32, 3),
    conv("fire3.squeeze", 64, 8, 1),
    conv("fire3.expand1", 8, 32, 1),
    conv("fire3.expand3", 8, 32, 3),
    pool(),
    conv("fire4.squeeze", 64, 16, 1),
    conv("fire4.expand1", 16, 64, 1),
    conv("fire4.expand3", 16, 64, 3),
    conv("conv5", 128, 6, 1),
]
# conv1 896; fire2 264 + 288 + 2,336 = 2,888; fire3 520 + 288 + 2,336 = 3,144; fire4 1,040 + 1,088 + 9,280 = 11,408
case(
    "a-block-with-the-count-of-the-next",
    D(FIRES),
    """
layer   output     params
conv1   32x32x32   896
fire2   32x32x64   3,144
fire3   32x32x64   3,144
pool    16x16x64
fire4   16x16x128  11,408
conv5   16x16x6    774
""",
    {3: [("wrong_value", 2888)]},
)
case(
    "blocks-by-their-names",
    D(FIRES),
    """
camada  saída      parâmetros
conv1   32x32x32   896
fire2   32x32x64   2.888
fire3   32x32x64   3.144
pool    16x16x64
fire4   16x16x128  11.408
conv5   16x16x6    774
""",
)

SMALL = [conv("Conv1", 2, 6, 3), conv("Conv2", 6, 10, 3), flatten(160), linear("FC", 160, 4)]
# (9*2 + 1)*6 = 114; (9*6 + 1)*10 = 550; 160*4 + 4 = 644: 1,308
case(
    "sheet-with-equations",
    D(SMALL),
    """
Couche;Entrée;Sortie;Poids;Biais;Paramètres
Conv1;2;6;3*3*2*6 = 108;6;114
Conv2;6;10;3*3*6*10 = 540;10;550
FC;160;4;160*4 = 640;4;644
Total;;;;;114 + 550 + 644 = 1308
""",
)
case(
    "sheet-with-biases-in-the-weights",
    D(SMALL),
    """
layer,in,out,weights,bias,params
Conv1,2,6,(3*3*2+1)*6 = 114,6,120
Conv2,6,10,(3*3*6+1)*10 = 550,10,560
FC,160,4,160*4+4 = 644,4,648
Total,,,,,120 + 560 + 648 = 1328
""",
    {
        2: [("double_bias", 114)],
        3: [("double_bias", 550)],
        4: [("double_bias", 644)],
        5: [("propagated", 1308)],
    },
)
# 6·6·10 = 360 values would be flattened of another map; 360*4 = 1,440
case(
    "flattened-map-in-a-column-of-weights",
    D(SMALL),
    """
Layer | Weights | Biases
CONV3-6 | 108 | 6
CONV3-10 | 540 | 10
FC4 | 1440 | 4
""",
    {4: [("wrong_flatten", 640)]},
)
MAPS = [conv("c1", 1, 5, 5), pool(), conv("c3", 5, 9, 5), pool(), flatten(144), linear("out", 144, 8)]
# 5*25 + 5 = 130; dense 25*5*9 + 9 = 1,134; 144*8 + 8 = 1,160
case(
    "lenets-subsampling-in-a-net-of-today",
    D(MAPS),
    """
C1: 5*5*1*5 + 5 = 130
S2: 5*2 = 10
C3: 22 connexions, 22*25 + 9 = 559
S4: 9*2 = 18
sortie: 144*8 + 8 = 1160
""",
    {2: [("counted_pooling", 0)], 3: [("missing_connections", 1134)], 4: [("counted_pooling", 0)]},
)
case(
    "lenets-subsampling",
    D(
        [
            conv("c1", 1, 5, 5),
            {"type": "trainable_subsample", "name": "s2", "channels": 5},
            conv("c3", 5, 9, 5),
            {"type": "trainable_subsample", "name": "s4", "channels": 9},
            flatten(144),
            linear("out", 144, 8),
        ]
    ),
    """
C1: 5*5*1*5 + 5 = 130
S2: 5*2 = 10
C3: 5*5*5*9 + 9 = 1134
S4: 9*2 = 18
Ausgabe: 144*8 + 8 = 1160
""",
)
case(
    "grey-where-there-is-colour",
    D([conv("conv1", 3, 14, 5), conv("conv2", 14, 8, 3)]),
    "conv1: (5*5*1 + 1)*14 = 364\nconv2: (3*3*14 + 1)*8 = 1016",
    {1: [("wrong_in_channels", 1064)]},
)
case(
    "a-name-for-the-sum",
    D([linear("fc1", 30, 12), linear("fc2", 12, 5)]),
    "# nn.Linear(30, 12): 30*12 + 12 = 372\n# nn.Linear(12, 5): 65\nsoll = 437",
)
case(
    "a-name-for-the-sum-of-wrong-lines",
    D([linear("fc1", 30, 12), linear("fc2", 12, 5)]),
    "# nn.Linear(30, 12): 30*12 = 360\n# nn.Linear(12, 5): 65\nexpected = 425",
    {1: [("missing_bias", 372)], 3: [("propagated", 437)]},
)
VISION = [
    conv("patch_embed", 3, 48, 8),
    {"type": "parameter", "name": "pos_embed", "shape": [1, 17, 48]},
    linear("head", 48, 7),
]
case(
    "patches-in-spanish",
    D(VISION),
    "Proyección de parches: 192 × 48 + 48 = 9264\nPosiciones: 17 × 48 = 816\nCabeza: 48 × 7 + 7 = 343",
)
case(
    "patches-in-spanish-without-biases",
    D(VISION),
    "Proyección de parches: 192 × 48 = 9216\nPosiciones: 17 × 48 = 816\nCabeza: 48 × 7 + 7 = 343",
    {1: [("missing_bias", 9264)]},
)
# 40*24 + 24 = 984, 24*3 + 3 = 75: 1,059
case(
    "weights-and-biases-set-beside-each-other",
    D([linear("hidden", 40, 24), linear("out", 24, 3)]),
    "- hidden: 40*24 weights, 24 biases = 960 + 24 = 984\n- out: 24*3 + 3 = 75\n= ~1.06k parameters",
)
case(
    "weights-and-biases-set-beside-each-other-fault",
    D([linear("hidden", 40, 24), linear("out", 24, 3)]),
    "- hidden: 40*24 Gewichte, 24 Biase = 960 + 24 = 994\n- out: 24*3 + 3 = 75\n= ~1.07k Parameter",
    {1: [("arithmetic", 984)], 3: [("propagated", 1059)]},
)
