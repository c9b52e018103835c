"""Columns of kinds of layers, sections with numbers, sizes behind gaps, tensors' own sizes, places before a comma."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, conv1d, emb, flatten, linear, ln, lora, pool, repeat, rnn, tied
from tests.audit.corpus.networks import document as D

DECODER = D(
    [
        conv("up1.convt", 100, 256, 4, bias=False, kind="convtranspose2d"), bn("up1.bn", 256),
        conv("up2.convt", 256, 64, 4, bias=False, kind="convtranspose2d"), bn("up2.bn", 64),
        conv("up3.convt", 64, 3, 4, bias=False, kind="convtranspose2d"),
    ]
)  # fmt: skip
COLUMNS = """
| stage | ConvTranspose2d | BatchNorm2d |
|---|---|---|
| up1 | 100·256·16 = 409,600 | 512 |
| up2 | 256·64·16 = 262,144 | 128 |
| up3 | 64·3·16 = 3,072 | - |

Total: 675,456
"""
case("a-column-for-each-kind-of-layer", DECODER, COLUMNS)
case(
    "a-column-for-each-kind-of-layer-and-a-norm-wrong",
    DECODER,
    COLUMNS.replace("| 512 |", "| 256 |").replace("675,456", "675,200"),
    {3: [("missing_bias", 512)], 7: [("propagated", 675456)]},
    may=(3,),
)
GPT = D(
    [
        emb("tok_emb", 8000, 128), emb("pos_emb", 256, 128),
        repeat(
            "blocks", 4, ln("ln1", 128), linear("qkv", 128, 384), linear("proj", 128, 128), ln("ln2", 128),
            linear("up", 128, 512), linear("down", 512, 128),
        ),
        ln("ln_f", 128), tied("head", "tok_emb"),
    ]
)  # fmt: skip
case(
    "a-section-has-a-number-and-a-width-is-a-size",
    GPT,
    """
3.1 Parameter budget of the character model

tok_emb    8000 x 128                       1,024,000
pos_emb    256 x 128                           32,768
blocks     4 x (12 x 128^2 + 13 x 128)        793,088
ln_f       2 x 128                                256
sum                                         1,850,112

The width of the MLP is 4 x 128; every linear layer has a bias.
""",
)
case(
    "what-a-block-costs-is-no-operation",
    D([conv("expand", 24, 96, 1, bias=False), bn("bn", 96), conv("project", 96, 24, 1, bias=False)]),
    """
What does one such block cost, without biases?
* expand 1x1: 24 x 96 = 2,304, its BN 192
* project 1x1: 96 x 24 = 2,340
Altogether 4,836.
""",
    {3: [("arithmetic", 2304)], 4: [("propagated", 4800)]},
)
ADAPTERS = D([repeat("layers", 6, lora("q_proj", 1024, 1024, 8), lora("down_proj", 4096, 1024, 8))])
case(
    "sizes-in-brackets-behind-a-gap-are-the-matrix",
    ADAPTERS,
    """
LoRA, Rang r = 8, trainierbar sind r * (d_in + d_out) je Matrix
q_proj        (1024 x 1024):   16.384 statt 1.048.576   (64x weniger)
down_proj     (4096 x 1024):   40.960 statt 4.194.304   (102x weniger)
je Schicht: 57.344
alle 6 Schichten: 344.064
""",
)
case(
    "tensors-are-listed-by-their-sizes",
    D([conv("conv1", 1, 8, 5), pool(), flatten(1152), linear("fc", 1152, 10)]),
    """
torch.Size([8, 1, 5, 5]) -> 200
torch.Size([8]) -> 8
torch.Size([10, 1152]) -> 11520
torch.Size([10]) -> 10
total: 11738
""",
)
case(
    "sizes-in-a-sentence-are-no-equation",
    D([conv("patch", 3, 96, 4), emb("pos", 65, 96)]),
    r"""
We cut the $32 \times 32$ image into $8 \times 8 = 64$ patches of $4 \times 4$ pixels and embed them in $D = 96$ dimensions:
$$P = 4^2 \cdot 3 \cdot 96 + 96 = 4,704$$
""",
)
BOTH_WAYS = D([rnn("lstm", "lstm.0", 24, 32, 2, True), rnn("lstm", "lstm.1", 64, 32, 2, True), linear("fc", 64, 5)])
case(
    "the-second-layer-of-two-directions-reads-both",
    BOTH_WAYS,
    """
first layer, one direction: 4*(24*32 + 32*32 + 2*32) = 7424
first layer, both directions: 2*7424 = 14848
second layer, one direction: 4*(32*32 + 32*32 + 2*32) = 8448
second layer, both directions: 2*8448 = 16896
output layer: 64*5 + 5 = 325
Answer: 14848 + 16896 + 325 = 32069
""",
    {
        3: [("wrong_in_channels", 12544)], 4: [("propagated", 25088)],
        6: [("propagated", 40261)],
    },
)  # fmt: skip
case(
    "filters-are-there-and-what-they-read-is-not",
    D([conv1d("conv1", 12, 32, 5), conv1d("conv2", 32, 32, 3), linear("fc", 32, 4)]),
    """
conv1: 5*12*32 + 32 = 1952
conv2: 3*32 + 32 = 128
fc: 32*4 + 4 = 132
""",
    {2: [("missing_in_channels", 3104)]},
)
case(
    "an-answer-that-is-right-above-one-bias-vector",
    D([rnn("gru", "gru", 10, 20, 2)]),
    """
Answer: **1,920**
per gate: 10×20 + 20×20 + 20 = 200 + 400 + 20 = 620
three gates: 620 × 3 = 1,860
""",
    {2: [("missing_second_bias", 640)], 3: [("propagated", 1920)]},
)
case(
    "what-three-have-together-is-said-of-each",
    D([repeat("layers", 5, linear("q_proj", 64, 64), linear("k_proj", 64, 64), linear("v_proj", 64, 64),
              linear("out_proj", 64, 64), linear("fc1", 64, 256), linear("fc2", 256, 64))]),
    """
* q_proj, k_proj, v_proj: 12,480 params each
* out_proj: 4,160
* fc1 (64 -> 256): 16,640
* fc2 (256 -> 64): 16,448
""",
    {1: [("wrong_value", 4160)]},
)  # fmt: skip
case(
    "what-three-letters-have-together-is-said-of-each",
    D([repeat("layers", 5, linear("q", 96, 96, bias=False), linear("k", 96, 96, bias=False),
              linear("v", 96, 96, bias=False), linear("o", 96, 96, bias=False))]),
    """
* q / k / v: 27,648 each
* attention output: 9,216
""",
    {1: [("wrong_value", 9216)]},
)  # fmt: skip
case(
    "neurons-are-no-filters",
    D([conv("conv1", 1, 6, 3), pool(), conv("conv2", 6, 8, 3), pool(), flatten(200), linear("fc", 200, 10)]),
    """
Conv1: each neuron has 3*3*1 + 1 parameters and there are 26*26*6 neurons, (3*3*1+1)*26*26*6 = 40560
Conv2: (3*3*6+1)*8 = 440
FC: 5*5*8 = 200 inputs, (200+1)*10 = 2010
In total 40560 + 440 + 2010 = 43010 parameters.
""",
    {1: [("feature_map_multiplied", 60)], 4: [("propagated", 2510)]},
)
case(
    "attention-of-queries-keys-and-values-lacks-its-output",
    D(
        [
            emb("word", 5000, 48),
            repeat(
                "layers", 2, linear("query", 48, 48), linear("key", 48, 48), linear("value", 48, 48),
                linear("attn_output", 48, 48), ln("attn_norm", 48), linear("up", 48, 96), linear("down", 96, 48),
                ln("ffn_norm", 48),
            ),
        ]
    ),
    """
Embeddings: 5000 · 48 = 240,000
Attention: Q, K and V need 3 · (48² + 48) = 7,056
FFN: 48 · 96 + 96 + 96 · 48 + 48 = 9,360
LayerNorms: 2 · 96 = 192
→ per layer 7,056 + 9,360 + 192 = 16,608
→ two layers 33,216
Grand total: 240,000 + 33,216 = 273,216
""",
    {
        2: [("missing_output_projection", 9408)], 5: [("propagated", 18960)], 6: [("propagated", 37920)],
        7: [("propagated", 277920)],
    },
)  # fmt: skip
VGG = D(
    [
        conv("conv1_1", 3, 32, 3), conv("conv1_2", 32, 32, 3), pool(), conv("conv2_1", 32, 64, 3),
        conv("conv2_2", 64, 64, 3), pool(), conv("conv3_1", 64, 128, 3), conv("conv3_2", 128, 128, 3), pool(),
        flatten(2048), linear("fc", 2048, 10),
    ]
)  # fmt: skip
case(
    "lines-below-the-names-of-other-layers",
    VGG,
    """
**Block 1 (32 filters)**
* conv1_1: 3·3·32·64 + 64 = 18,496
* conv1_2: 3·3·64·64 + 64 = 36,928
**Block 3 (128 filters)**
* conv3_1: 3·3·64·128 + 128 = 73,856
* conv3_2: 3·3·128·128 + 128 = 147,456
* fc: 2048·10 + 10 = 20,490
""",
    {
        2: [("mislabelled_layer", 896)], 3: [("mislabelled_layer", 9248)], 6: [("arithmetic", 147584)],
    },
)  # fmt: skip
case(
    "parameters-beside-weights-that-have-the-biases",
    D([conv("conv1", 1, 12, 3), flatten(2028), linear("fc", 2028, 10)]),
    """
Layer | In | Out | Weights | Biases | Parameters
---|---|---|---|---|---
conv1 | 1 | 12 | (3*3*1+1)*12 = 120 | 12 | 132
fc | 2028 | 10 | 2028*10+10 = 20290 | 10 | 20300
Sum: 132 + 20300 = 20432
""",
    {3: [("double_bias", 120)], 4: [("double_bias", 20290)], 5: [("propagated", 20410)]},
)
case(
    "a-word-before-a-bracket-is-no-function",
    D([linear("fc1", 192, 40), linear("fc2", 40, 10)]),
    """
Слой 1: вход 8*8*3 = 192, выход 40, параметров (192 + 1)*40 = 7270
Слой 2: вход 40, выход 10, параметров (40 + 1)*10 = 410
Итого: 7270 + 410 = 7680
""",
    {1: [("arithmetic", 7720)], 3: [("propagated", 8130)]},
)
case(
    "strides-behind-a-slash-divide-nothing",
    D([conv("conv1", 1, 8, 5), conv("conv2", 8, 16, 3), flatten(2304), linear("fc", 2304, 10)]),
    """
conv1 5x5 /2: 56 -> 26, 26x26x8 = 5,408 activations
conv2 3x3 /2: 26 -> 12, 12x12x16 = 2,304 activations
fc: 2304x10 + 10 = 23,050 params
""",
)
case(
    "masks-are-no-parameters",
    GPT,
    """
numbers in the checkpoint          2,112,256
4 causal masks of 256 x 256    -     262,144
                                  ----------
weights that are trained           1,850,112
""",
)
case(
    "what-a-bracket-keeps-together-is-one-layer",
    D([linear("q_proj", 256, 256, bias=False), linear("kv_a_proj", 256, 80, bias=False), ln("kv_a_norm", 32)]),
    """
q_proj: 256 × 256 = 65,536
kv_a + norm: 256 × (64 + 16) + 64 = 20,544
""",
)
case(
    "the-input-is-no-layer",
    D([linear("fc1", 8, 6), linear("fc2", 6, 5), linear("fc3", 5, 2)]),
    """
for [8, 6, 5, 2]:
Layer-1: 8*8 = 64, 8
Layer-2: 8*6 = 48, 6
Layer-3: 6*5 = 30, 5
Layer-4: 5*2 = 10, 2
64 + 8 + 48 + 6 + 30 + 5 + 10 + 2 = 173
""",
    {2: [("extra_layer", 0)], 6: [("propagated", 101)]},
)
case(
    "a-question-that-gives-a-formula-gives-it",
    D([conv("conv1", 1, 8, 3), conv("conv2", 8, 16, 3), flatten(400), linear("fc1", 400, 30), linear("fc2", 30, 5)]),
    """
number of params = 3*3*1*8 + 3*3*8*16 + 5*5*16*400 + 400*30 + 30*5 ??? (summary says 13433)
""",
    {1: [("extra_layer", 0)]},
)
case(
    "an-adapter-beside-what-is-frozen",
    ADAPTERS,
    """
| module | shape | LoRA | frozen | ratio |
|:--|:--|--:|--:|--:|
| q_proj | 1024 -> 1024 | 16,384 | 1,048,576 | 64x |
| down_proj | 4096 -> 1024 | 40,960 | 4,194,304 | 102x |

one layer: 57,344
6 layers: 344,064 trainable
""",
)
case(
    "a-share-of-what-is-larger",
    D([repeat("layers", 4, linear("up", 512, 2048, bias=False), linear("down", 2048, 512, bias=False))]),
    """
per layer 2 × 512 × 2048 ≈ 2.10M
4 layers are about 8.39M, and that is 67% of the 12.6M of all
""",
)
case(
    "what-another-size-would-have",
    D([rnn("lstm", "lstm", 4, 8, 1)]),
    """
8 Zellen, 4 Eingangsgroessen:
  4 * (4 + 8) * 8 + 4 * 8 = 384 + 32 = 416 Parameter
mit 32 Zellen waeren es
  4 * (4 + 32) * 32 + 4 * 32 = 4608 + 128 = 4736 Parameter
""",
)
case(
    "the-letters-of-courses",
    D([rnn("rnn", "simple_rnn", 2, 16, 1)]),
    """
Wx (16 x 2): 32 weights
Wh: 16 weights
Wy: 16 weights
so 64 parameters
""",
    {2: [("recurrent_not_square", 256)], 3: [("extra_layer", 0)], 4: [("propagated", None)]},
)
case(
    "widths-before-a-colon-are-a-name",
    D(
        [
            linear("reduce", 96, 24, bias=False),
            linear("middle", 24, 24, bias=False),
            linear("expand", 24, 96, bias=False),
        ]
    ),
    """
bottleneck 96→24→24→96: 96·24 + 24·24 + 24·96 = 5,184
""",
)
APART = D(
    [
        conv("conv1", 1, 6, 5), pool(), conv("conv2", 6, 10, 3), flatten(160), linear("fc1", 160, 30),
        linear("fc2", 30, 5),
    ]
)  # fmt: skip
case(  # 25*6 = 150; 9*6*10 = 540; 160*30 = 4,800; 30*5 = 150: 5,640 and 51
    "weights-and-biases-apart-in-french",
    APART,
    """
| Couche | Sortie | Poids | Biais |
| --- | --- | --- | --- |
| conv1 | 12×12×6 | 150 | 6 |
| pool | 6×6×6 | 0 | 0 |
| conv2 | 4×4×10 | 540 | 10 |
| fc1 | 30 | 4800 | 30 |
| fc2 | 5 | 150 | 5 |
| Somme | | 5640 | 51 |

En tout 5640 + 51 = 5691 paramètres.
""",
)
case(
    "biases-before-weights",
    APART,
    """
layer    biases   weights
conv1    6        150
conv2    10       540
fc1      30       4800
fc2      5        150
total    51       5640
""",
)
case(
    "letters-above-the-columns",
    APART,
    """
| Слой | W | b | всего |
|---|---|---|---|
| conv1 | 150 | 6 | 156 |
| pool | 0 | 0 | 0 |
| conv2 | 540 | 10 | 550 |
| fc1 | 4800 | 30 | 4830 |
| fc2 | 150 | 5 | 155 |
""",
)
case(
    "parameters-of-weights-and-of-biases",
    APART,
    """
layer\tweight params\tbias params
conv1\t150\t6
conv2\t540\t10
fc1\t4800\t0
fc2\t150\t5
""",
    {4: [("missing_bias", 30)]},
)
