"""What stands around calculations on pages: numbers of sections, prompts, letters, headings, other networks' figures."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, emb, flatten, linear, ln, lora, pool, repeat, rnn, tied
from tests.audit.corpus.networks import document as D

BRANCH = D(
    [
        conv("in", 256, 40, 1), conv("a", 40, 40, 3), conv("b", 40, 40, 3), conv("c", 40, 40, 3),
        conv("out", 120, 256, 1),
    ]
)  # fmt: skip
case(
    "a-term-for-each-sort-of-layer-and-no-biases",
    BRANCH,
    "Hello, for the branch I count 256*40 + 3*(40*40*9) + 120*256 = 84160, can you confirm?",
    {1: [("missing_bias", 84576)]},
)
case(
    "the-model-that-adapters-are-put-into-is-not-there",
    D([repeat("layers", 4, lora("q_proj", 512, 512, 4), lora("v_proj", 512, 512, 4))]),
    """
trainable params: 32,768 || all params: 13,041,664 || trainable%: 0.2513
q_proj and v_proj: 4*(512 + 512) = 4,096 each, two of them in each of 4 layers: 2 * 4 * 4,096 = 32,768
""",
)
case(
    "what-comes-out-is-a-claim",
    D([linear("dense", 400, 20)]),
    "Capa densa de 400 entradas y 20 salidas: n = 400*20 + 20.\nEl resultado es 842 parámetros.",
    {2: [("wrong_value", 8020)]},
)
case(
    "a-section-has-a-number-in-other-scripts",
    D([conv("conv1", 3, 12, 5), linear("fc", 12, 4)]),
    """
1.1 模型权重
2.LENET各层
## 🧮 3. Parameters
conv1: 5*5*3*12 + 12 = 912
fc: 12*4 + 4 = 52
""",
)
case(
    "sizes-that-are-put-together-are-no-formula",
    D([conv("conv1", 3, 16, 3), conv("dec", 96, 32, 3)]),
    """
| part | what | params |
|---|---|---|
| conv1 | conv 3→16 | 448 |
| dec | cat 64 + 32; conv 96→32 | 27,712 |
""",
    {4: [("double_bias", 27680)]},
)
case(
    "biases-behind-a-formula-that-has-them",
    D([conv("conv", 4, 10, 3)]),
    "The key says 370.\nMine: (3*3*4 + 1) * 10 + 10 = 380, but that was refused.",
    {2: [("double_bias", 370)]},
)
MLP = D([linear("fc1", 200, 40), linear("fc2", 40, 30), linear("fc3", 30, 4)])
case(
    "a-wrong-total-is-said-once-more",
    MLP,
    """
1. warstwa: (200 + 1) * 40 = 8400
2. warstwa: (40 + 1) * 30 = 1230
3. warstwa: (30 + 1) * 4 = 124
Suma: 8400 + 1230 + 124 = 9754
Sieć ma więc 9754 parametrów.
""",
    {1: [("arithmetic", 8040)], 4: [("propagated", 9394)], 5: [("propagated", 9394)]},
)
LSTM = D([rnn("lstm", "lstm", 20, 64, 1)])
case(
    "steps-that-the-text-gives",
    LSTM,
    """
Each clip has 150 frames of 20 values.
I put them into the formula: 4*(20*150 + 20*20)*64 = 870400
""",
    {2: [("timesteps_counted", 21760)]},
)
case(
    "one-gate-of-three",
    D([rnn("gru", "gru", 8, 16, 2)]),
    """
one gate: 8*16 + 16*16 + 16 = 400
a GRU has three of them: 3 * 400 = 1,200
""",
    {1: [("missing_second_bias", 416)], 2: [("propagated", 1248)]},
)
STAGES = D(
    [
        conv("conv1_1", 3, 32, 3), conv("conv1_2", 32, 32, 3), pool(), conv("conv2_1", 32, 64, 3),
        conv("conv2_2", 64, 64, 3), pool(), conv("conv3_1", 64, 128, 3), flatten(2048), linear("fc", 2048, 10),
    ]
)  # fmt: skip
case(
    "a-heading-names-another-stage",
    STAGES,
    """
## conv3-32
- first: 32*3*3*64 + 64 = 18,496
- second: 64*3*3*64 + 64 = 36,928
## conv3-128
- only one: 64*3*3*128 + 128 = 73,856
## classifier
- fc: 2048*10 + 10 = 20,490
""",
    {1: [("mislabelled_layer", 896)]},
)
case(
    "a-head-reads-all-of-the-width",
    D([linear("qkv", 256, 768, bias=False)], network="attention (width = 256, heads = 4)"),
    """
together: 3 * width * width
head by head: 3 * heads * (width / heads, width / heads) = 3 * width * width / heads
""",
    {2: [("wrong_in_channels", 196608)]},
)
case(
    "a-sum-beside-the-true-total",
    D([conv("conv1", 1, 6, 5), conv("conv2", 6, 12, 3), flatten(300), linear("fc1", 300, 64), linear("fc2", 64, 4)]),
    r"They write 20340, I have 5\*5\*6 + 3\*3\*6\*12 + 300\*300 + 300\*16 + 16\*4 and wonder which is right.",
    {1: [("wrong_out_channels", 19200), ("extra_layer", 0), ("wrong_in_channels", 256), ("missing_bias", 86)]},
)
case(
    "a-formula-of-nothing",
    D([emb("embedding", 9000, 256), repeat("layers", 6, linear("fc1", 256, 1024), linear("fc2", 1024, 256)),
       ln("norm", 256)], network="Tiny-Encoder"),
    "Is it 6 x 256 x 4 = 5.5M for the Tiny-Encoder?",
    {1: [("arithmetic", 6144), ("wrong_formula", 5457920)]},
)  # fmt: skip
case(
    "an-ordinary-convolution-for-comparison",
    D([conv("depthwise", 24, 24, 3, bias=False, groups=24), conv("pointwise", 24, 48, 1, bias=False)]),
    """
Convolução comum: 3*3*24*48 = 10368
depthwise: 3*3*24 = 216
pointwise: 24*48 = 1152
Ao todo: 1368
""",
)
case(
    "cells-of-a-map-are-no-counts",
    D([conv("conv1", 3, 16, 3), conv("conv2", 16, 24, 3)]),
    """
conv (32x32x16)
filter size 3x3x3
parameters: 16x3x3x3+16 = 448

conv (16x16x24)
filter size 3x3x16
parameters: 24x3x3x3+24 = 672
""",
    {7: [("wrong_in_channels", 3480)]},
)
case(
    "a-notebook-has-prompts",
    D([conv("conv", 3, 20, 5), flatten(2000), linear("fc", 2000, 7)]),
    """
In [3]: # all of it
In [4]: (5*5*3*20 + 2000*7) + (20 + 7)
Out[4]: 15527
""",
)
case(
    "tensors-by-a-letter",
    D([conv("c1", 3, 32, 5), conv("c2", 32, 48, 3), linear("f3", 1200, 10)]),
    """
c1/w  5x5x3x32        2400
c1/b  32                32
c2/w  3x3x32x48      13824
c2/b  48                48
f3/w  1200x10        12000
f3/b  10                10
count = 28314
""",
)
case(
    "a-count-before-its-factors",
    D([conv("conv_1", 3, 24, 5)]),
    "params of conv_1: 1800 [5x5x3x24]",
    {1: [("missing_bias", 1824)]},
)
case(
    "letters-behind-numbers-are-no-sizes",
    D([repeat("layer", 2, lora("attn", 96, 96, 4))]),
    """
With r=4 each square matrix has 2rh values, so that four have 8rh = 8 rh.
h = 96, so 2 * 4 * 96 = 768, and both layers 2 * 768 = 1,536.
""",
)
case(
    "products-without-their-signs",
    D([conv("conv1", 3, 8, 5), flatten(800), linear("fc", 800, 10)]),
    """
conv1: 5*5*3*8 + 8 = 608
flatten: 800=10108
fc: 800*10 + 10 = 8010
""",
)
GPT = D(
    [
        emb("wte", 5000, 96), emb("wpe", 256, 96),
        repeat("h", 2, ln("ln_1", 96), linear("attn", 96, 288), linear("proj", 96, 96), ln("ln_2", 96),
               linear("up", 96, 384), linear("down", 384, 96)),
        ln("ln_f", 96), tied("head", "wte"),
    ]
)  # fmt: skip
case(
    "a-total-without-its-positions",
    GPT,
    "In total the model has 703,680 parameters.",
    {1: [("missing_layer", 728448)]},
    total=(703680, False),
)
case(
    "what-two-of-a-kind-have-each",
    GPT,
    "wte and head share 480,000 values.\nln_1, ln_2: 384 parameters each",
    {2: [("wrong_value", 192)]},
)
case(
    "a-sum-goes-on-below-a-blank-line",
    D([conv("c1", 1, 6, 5), conv("c2", 6, 8, 3), flatten(392), linear("f1", 392, 20), linear("f2", 20, 10)]),
    """
All of it is (5*5*1*6+6)+(3*3*6*8+8)+...

     (392*20+20)+(20*10+10) = 8666
""",
)
case(
    "matrices-by-where-they-lead",
    D([rnn("rnn", "rnn", 3, 24, 1)]),
    """
input to hidden: 72
hidden to hidden: 24
hidden to output: 24
so 72 + 24 + 24 = 120
""",
    {2: [("recurrent_not_square", 576)], 3: [("extra_layer", 0)], 4: [("propagated", 672)]},
    may=(4,),
)
case(
    "what-would-be-on-the-line-below",
    D([rnn("lstm", "lstm", 3, 16, 1)]),
    """
16 units: 4*16*(16 + 3 + 1) = 1280
32 units would be
4*32*(32 + 3 + 1) = 4608
""",
)
SMALL = D(
    [
        emb("embedding", 3000, 128),
        repeat("encoder", 3, linear("q", 128, 128), linear("k", 128, 128), linear("v", 128, 128), linear("o", 128, 128),
               linear("ff1", 128, 512), linear("ff2", 512, 128)),
        tied("head", "embedding"),
    ]
)  # fmt: skip
case(
    "a-formula-for-the-whole-in-letters",
    SMALL,
    """
$V = 3000$, $d = 128$, $N = 3$, $h = 4$, $d_k = 32$, $d_{ff} = 512$
Everything together:
$$2 V d + N\\,(3\\, h\\, d\\, d_k + 2 \\, d \\, d_{ff})$$
""",
    {3: [("missing_output_projection", 977280), ("tied_embeddings_double_counted", 384000)]},
)
case(
    "a-digit-slipped-before-its-factors",
    D([emb("words", 20011, 64), linear("out", 64, 3)]),
    "words: 1280740 (20011x64)\nout: 64*3 + 3 = 195",
    {1: [("arithmetic", 1280704)]},
)
