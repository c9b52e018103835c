"""Faults whose consequences stand lines below them, through blocks and their totals; sums of other things than counts."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, emb, flatten, linear, ln, pool, repeat, rnn
from tests.audit.corpus.networks import document as D


def encoder(d, f, n, v, positions):
    """A transformer's encoder with biases: tables, blocks, a last norm."""
    return D(
        [
            emb("tok", v, d), emb("pos", positions, d),
            repeat(
                "layers", n, linear("q_proj", d, d), linear("k_proj", d, d), linear("v_proj", d, d),
                linear("out_proj", d, d), linear("fc1", d, f), linear("fc2", f, d), ln("ln1", d), ln("ln2", d),
            ),
            ln("final", d),
        ]
    )  # fmt: skip


case(
    "feed-forward-without-biases-below-two-totals",
    encoder(512, 2048, 8, 20000, 100),
    """
tokens: 20000 × 512 = 10.240.000
positions: 100 × 512 = 51.200
attention (q, k, v, out): 4 × (512 × 512 + 512) = 1.050.624
MLP: 512 × 2048 + 2048 × 512 = 2.097.152
two layer norms: 4 × 512 = 2.048
layer: 1.050.624 + 2.097.152 + 2.048 = 3.149.824
8 layers: 25.198.592
final norm: 1.024
total: 35.490.816
""",
    {
        4: [("missing_bias", 2099712)], 6: [("propagated", 3152384)], 7: [("propagated", 25219072)],
        9: [("propagated", 35511296)],
    },
)  # fmt: skip
case(
    "heads-multiply-queries-keys-and-values",
    encoder(256, 1024, 4, 8000, 128),
    """
words: 8000 * 256 = 2,048,000
positions: 128 * 256 = 32,768
Q, K and V, for all 8 heads: 8 * 3 * (256 * 256 + 256) = 1,579,008
out: 256 * 256 + 256 = 65,792
feed-forward: 256 * 1024 + 1024 + 1024 * 256 + 256 = 525,568
two LayerNorms: 4 * 256 = 1,024
one layer: 2,171,392
""",
    {3: [("multiplied_by_heads", 197376)], 7: [("propagated", 789760)]},
)
case(
    "two-norms-of-three",
    D(
        [
            repeat(
                "layers", 6, linear("q_proj", 512, 512), linear("k_proj", 512, 512, False), linear("v_proj", 512, 512),
                linear("out_proj", 512, 512), linear("fc1", 512, 2048), linear("fc2", 2048, 512), ln("ln1", 512),
                ln("ln2", 512), ln("ln3", 512),
            )
        ]
    ),
    """
attention: 4*512*512 + 3*512 = 1,050,112 (no bias for k)
fc1: 512*2048 + 2048 = 1,050,624
fc2: 2048*512 + 512 = 1,049,088
layer norms: 2*2*512 = 2,048
""",
    {4: [("missing_norm", 3072)]},
)  # fmt: skip
case(
    "an-up-convolution-with-its-neighbours-kernel",
    D(
        [
            conv("up2", 128, 64, 2, kind="convtranspose2d"), conv("dec2a", 128, 64, 3), conv("dec2b", 64, 64, 3),
            conv("up1", 64, 32, 2, kind="convtranspose2d"), conv("dec1a", 64, 32, 3), conv("dec1b", 32, 32, 3),
        ]
    ),
    """
level 2 – up-conv 128→64: 3·3·128·64 + 64 = 73,792
  two convs 3x3: 73,792 and 36,928
level 1 – up-conv 64→32: 2·2·64·32 + 32 = 8,224
  two convs 3x3: 18,464 and 9,248
""",
    {1: [("wrong_kernel", 32832)]},
)  # fmt: skip
case(
    "biases-of-the-inputs-below-own-names",
    D([linear("enc1", 600, 90), linear("enc2", 90, 24), linear("dec1", 24, 90), linear("dec2", 90, 600)]),
    """
encoder 1: 600*90 + 90 = 54090
encoder 2: 90*24 + 24 = 2184
decoder 1: 24*90 + 24 = 2184
decoder 2: 90*600 + 90 = 54090
total 112548
""",
    {3: [("swapped_dims", 2250)], 4: [("swapped_dims", 54600)], 5: [("propagated", 113124)]},
)
case(
    "poolings-that-a-total-adds",
    D([conv("conv1", 3, 12, 5), pool(), conv("conv2", 12, 30, 5), pool(), flatten(750), linear("fc", 750, 10)]),
    """
conv1: 5*5*3*12 + 12 = 912
pool1: 2*2*12 = 48
conv2: 5*5*12*30 + 30 = 9.030
pool2: 2*2*30 = 120
fc: 750*10 + 10 = 7.510
answer: 17.620 parameters
""",
    {2: [("counted_pooling", 0)], 4: [("counted_pooling", 0)], 6: [("propagated", 17452)]},
)
case(
    "all-of-a-norm-called-untrained",
    D(
        [conv("conv1", 1, 24, 3), bn("bn1", 24), conv("conv2", 24, 40, 3), bn("bn2", 40), linear("fc", 1000, 10)],
        stats=True, framework="keras",
    ),
    """
conv1 240, bn1 96, conv2 8680, bn2 160, fc 10010
Total params: 19186
Non-trainable params: both batch norms, 96 + 160 = 256
Trainable params: 19186 - 256 = 18930
""",
    {3: [("wrong_value", 128)], 4: [("propagated", 19058)]},
)  # fmt: skip
case(
    "a-feature-map-before-a-bracket",
    D([conv("conv1", 1, 20, 5), pool(), flatten(2880), linear("fc", 2880, 10)]),
    """
conv1: output is 24x24x20, so 24*24*(5*5*1*20 + 20) = 299,520
fc: 2880*10 + 10 = 28,810
""",
    {1: [("feature_map_multiplied", 520)]},
)
case(
    "the-steps-of-a-sequence-for-its-width",
    D([rnn("lstm", "lstm", 6, 48, 1), linear("fc", 48, 1)], network="LSTM 48 on 20 steps of 6 features"),
    """
lstm: 4*(48*(48+20)+48) = 13248
dense: 48+1 = 49
total 13297
""",
    {1: [("timesteps_counted", 10560)], 3: [("propagated", 10609)]},
)
case(
    "layers-that-are-numbered-from-0",
    D([rnn("gru", "gru.l0", 30, 50, 2, True), rnn("gru", "gru.l1", 100, 50, 2, True), linear("fc", 100, 12)]),
    """
laag 0: 2 * 3 * (30*50 + 50*50 + 2*50) = 24.600
laag 1: 2 * 3 * (100*50 + 50*50 + 2*50) = 45.600
""",
)
case(
    "a-matrix-of-each-gate-before-the-formula",
    D([emb("emb", 9000, 120), rnn("lstm", "lstm", 120, 72, 1), linear("fc", 72, 1)]),
    """
Модель для отзывов: словарь 9 000 слов, векторы длины 120, затем LSTM на 72 нейрона.
Слой Embedding хранит 9 000 × 120 = 1 080 000 чисел.
В LSTM четыре вентиля, у каждого матрица 192 × 72 и 72 смещения:
  4 × (192 × 72 + 72) = 4 × 13 896 = 55 584.
""",
)
case(
    "the-sum-of-a-layer-in-korean",
    encoder(320, 1280, 3, 5000, 64),
    """
토큰: 5000*320 → 1,600,000개
위치: 64*320 → 20,480개
층 하나
 - q, k, v, out: 각각 320*320 + 320 → 102,720개
 - fc1은 410,880개, fc2는 409,920개
 - LayerNorm 두 개: 2*640 → 1,280개
 - 층 합계 1,232,960개, 3층이면 3,698,880개
마지막 LayerNorm: 640개
""",
)
case(
    "norms-that-labels-name-and-no-line-counts",
    D(
        [
            conv("conv1", 3, 28, 3), bn("bn1", 28), conv("conv2", 28, 56, 3), bn("bn2", 56), linear("fc", 56, 9),
        ]
    ),
    """
conv1 + bn1 + relu: 3*3*3*28 + 28 = 784
conv2 + bn2 + relu: 3*3*28*56 + 56 = 14,168
global avg pool, fc: 56*9 + 9 = 513
-> 784 + 14,168 + 513 = 15,465
""",
    {1: [("missing_norm", 840)], 2: [("missing_norm", 14280)], 4: [("propagated", 15633)]},
)  # fmt: skip
case(
    "attention-in-all-without-its-output",
    D([linear("q", 288, 288), linear("k", 288, 288), linear("v", 288, 288), linear("o", 288, 288)]),
    """
Multi-Head-Attention, d = 288
Q, K, V: 3 · (288 · 288 + 288) = 249.696
Parameter der Attention insgesamt: 249.696
""",
    {3: [("missing_output_projection", 332928)]},
)
case(
    "positions-inside-a-formula-with-one-bias",
    D([conv("conv", 3, 20, 3)]),
    """
# params = (3*3*3 + 1) * 26 * 26 * 20 = 378,560
""",
    {1: [("feature_map_multiplied", 560)]},
)
case(
    "one-bias-vector-where-the-line-says-so",
    D([rnn("gru", "gru", 12, 40, 2)], framework="keras"),
    """
Почему у GRU(40) в summary 6480, а не 6360?
3 * (12*40 + 40*40 + 40) = 6360 - это при reset_after=False
в TF2 два вектора bias: 3 * (12*40 + 40*40 + 2*40) = 6480
""",
)
case(
    "another-network-by-name-with-two-digits-swapped",
    D([conv("conv1", 1, 8, 3), flatten(1352), linear("fc", 1352, 10)], network="a small CNN"),
    """
conv1: 9*8 + 8 = 80
fc: 1352*10 + 10 = 13,530
For comparison, VGG-16 has 183,357,544 parameters.
""",
    {3: [("wrong_value", 138357544)]},
)
case(
    "a-digit-in-the-row-of-a-block",
    D(
        [
            conv("block1.conv", 3, 16, 3), bn("block1.bn", 16), conv("block2.conv", 16, 40, 3), bn("block2.bn", 40),
            linear("classifier.fc1", 640, 100), linear("classifier.fc2", 100, 10),
        ]
    ),
    """
Model (total 71,470 params)
├── block1: conv 448 + bn 32
├── block2: conv 5,080 + bn 80
└── classifier
    ├── fc1: 64,100
    └── fc2: 1,010
""",
    {3: [("wrong_value", 5800)]},
)  # fmt: skip
case(
    "a-recurrent-layer-by-the-letters-of-textbooks",
    D([rnn("rnn", "simple_rnn", 2, 40, 1)], framework="keras"),
    """
U (40,2): 80 weights
V: 80 weights
W: 80 weights
240 parameters
""",
    {2: [("extra_layer", 0)], 3: [("recurrent_not_square", 1600)], 4: [("propagated", 1720), ("missing_bias", 1720)]},
)
