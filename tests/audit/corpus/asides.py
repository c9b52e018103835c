"""Right calculations among other numbers: epochs and years, versions, what others say, memory, bounds of sums."""

from __future__ import annotations

from tests.audit.corpus.built_upon import DECODER
from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, emb, flatten, linear, repeat
from tests.audit.corpus.networks import document as D

FEED_FORWARD = [
    repeat("layers", 4, linear("gate_proj", 96, 256, False), linear("up_proj", 96, 256, False),
           linear("down_proj", 256, 96, False)),
]  # fmt: skip
"""3*96*256 = 73,728 in a layer, four times 294,912."""
CLASSIFIER = [linear("hidden", 71, 40), linear("output", 40, 93)]
"""71*40 + 40 = 2,880 and 40*93 + 93 = 3,813: 6,693."""
WIDE = [linear("fc1", 300, 400), linear("fc2", 400, 50)]
"""120,400 and 20,050: 140,450, of which each takes four bytes in fp32: 561,800."""
WORDS = [emb("embedding", 10_000, 64), linear("dense", 64, 3)]
"""640,000 and 195: 640,195."""
STEEP = [linear("a", 40, 30), linear("b", 30, 20), linear("c", 20, 10)]
"""1,200 + 600 + 200 = 2,000 weights, 60 biases."""
case(
    "why-a-width-is-as-it-is-in-chinese",
    D(FEED_FORWARD),
    "中间维度取256，因为4×96的2/3就是256，正好是64的倍数。\nSwiGLU有三个矩阵，所以3×96×256 = 73,728（1层），4层共294,912。",
)
case(
    "a-layer-called-by-its-activation-and-what-it-was-trained-with",
    D(CLASSIFIER),
    "hidden = 71*40 + 40 = 2,880\nsoftmax = 40*93 + 93 = 3,813\nTotal = 2,880 + 3,813 = 6,693\n\n"
    "The input doesn't have any. batch_size 32, 50 epochs and 20000 samples don't enter.",
)
case(
    "two-equations-with-a-slash-between-them",
    D(DECODER),
    """
Attention (6 têtes) :
 QKV : 96 * 288 + 288 = 27 936
 sortie : 96 * 96 + 96 = 9 312
FFN : 96 * 384 + 384 = 37 248 / 384 * 96 + 96 = 36 960
""",
)
case(
    "two-equations-with-a-slash-between-them-and-a-slip",
    D(DECODER),
    "FFN : 96 * 384 + 384 = 37 248 / 384 * 96 + 96 = 36 690",
    {1: [("arithmetic", 36960)]},
)
case(
    "memory-and-adam-in-the-next-sentence",
    D(WIDE),
    "fc1: 300*400 + 400 = 120,400\nfc2: 400*50 + 50 = 20,050\n"
    "Together 120,400 + 20,050 = 140,450, i.e. roughly 0.56 MB of fp32. Adam keeps two more copies.",
)
case(
    "points-between-thousands-and-a-version",
    D(WORDS),
    "embedding -> 10.000 * 64 = 640.000\ndense -> 64*3 + 3 = 195\n\nGesamt: 640.195\n\n(in TF 1.14 war es genauso)",
)
case(
    "a-year-and-images",
    D(CLASSIFIER),
    "Notizen zum Kurs 2019, 60000 Bilder\nhidden: 71*40 + 40 = 2880\noutput: 40*93 + 93 = 3813\nzusammen 6693",
)
case(
    "sums-with-bounds",
    D(STEEP),
    r"""
Sizes $n_0 = 40,\ n_1 = 30,\ n_2 = 20,\ n_3 = 10$ give
$$\sum_{l=1}^{3} n_{l-1} n_l = 40 \cdot 30 + 30 \cdot 20 + 20 \cdot 10 = 1200 + 600 + 200 = 2000$$
weights and
$$\sum\limits_{l=1}^{3} n_l = 30 + 20 + 10 = 60$$
biases, together $2000 + 60 = 2060$ parameters.
""",
)
case(
    "sums-with-bounds-and-a-slip",
    D(STEEP),
    "Σ_{l=1}^3 n_{l-1} n_l = 40·30 + 30·20 + 20·10 = 1200 + 600 + 200 = 2100",
    {1: [("wrong_sum", 2000)]},
)
BLOCKS = """
{total}. Here's where it comes from:

- wte: 2000 * 96 = 192,000
- wpe: 64 * 96 = 6,144
- per block:
  - qkv: 96 * 288 + 288 = 27,936
  - out: 9,312
  - feed-forward: 37,248 + 36,960 = 74,208
  - two LayerNorms: 384
  - sum: {block}
- × 4 blocks = 447,360
- final norm: 192
"""
case("a-block-s-sum-below-the-total", D(DECODER), BLOCKS.format(total="645,696", block="111,840"))
case(
    "a-figure-that-others-give",
    D(DECODER),
    'The README says "0.6 M", but counting gives a bit more:\n\nwte: 192,000\nwpe: 6,144\n4 blocks of 111,840: 447,360\n'
    "ln_f: 192\nThat makes 645,696.",
)
EVOLVED = [conv("conv1", 2, 8, 5, False), flatten(392), linear("fc", 392, 4, False)]
"""2*8*5*5 = 400 and 392*4 = 1,568 weights: 1,968."""
case(
    "the-year-of-a-network",
    D(EVOLVED, bias=False),
    "# genome = all weights of the 2015 agent flattened, biases are not evolved\nlength = 2*8*5*5 + 392*4   # 1968",
)
GROUPED = [
    conv("conv1", 64, 32, 1, False),
    conv("conv2", 32, 32, 3, False, groups=8),
    conv("conv3", 32, 64, 1, False),
]
"""2,048 + 3*3*4*32 = 1,152 + 2,048 = 5,248; with 20 channels instead and no groups 1,280 + 3,600 + 1,280 = 6,160."""
case(
    "a-letter-with-another-value-in-each-line",
    D(GROUPED, network="ResNeXt block, 8 groups"),
    "- ResNet block (d=20): 64*d + 3*3*d*d + d*64 = 1280 + 3600 + 1280 = 6,160\n"
    "- ResNeXt block (C=8, d=4): C*(64*d + 3*3*d*d + d*64) = 8*(256 + 144 + 256) = 5,248",
)
BRANCHES = [conv("b1", 48, 16, 1), conv("b2.reduce", 48, 24, 1), conv("b2", 24, 32, 3), conv("b3.proj", 48, 8, 1)]
"""784, 1,176, 3*3*24*32 + 32 = 6,944 and 48*8 + 8 = 392: 9,296."""
case(
    "a-total-with-a-pooling-s-nothing-and-a-layer-too-few",
    D(BRANCHES),
    "1x1: 48*16 + 16 = 784\n3x3 reduce: 48*24 + 24 = 1,176\n3x3: 24*3*3*32 + 32 = 6,944\npool: 0\n"
    "altogether 784 + 1,176 + 6,944 + 0 = 8,904",
    {5: [("missing_layer", 9296)]},
)
SHEET = """
Layer    Output size    Calculation          # Parameters
Input    32x32x3        -                    0
Conv-A   30x30x8        (3*3*3+1)*8          {a}
Pool-A   15x15x8        -                    0
Conv-B   13x13x16       (3*3*8+1)*16         {b}
FC       10             (2704+1)*10          27,050
Sum                                          28,442
"""
CNN = [conv("conv_a", 3, 8, 3), conv("conv_b", 8, 16, 3), flatten(2704), linear("fc", 2704, 10)]
"""224, 1,168 and 27,050: 28,442."""
case("a-sheet-with-calculations", D(CNN), SHEET.format(a="224  ", b="1,168"))
case(
    "a-sheet-in-which-two-results-changed-places",
    D(CNN),
    SHEET.format(a="1,168", b="224  "),
    {3: [("arithmetic", 224)], 5: [("arithmetic", 1168)]},
)
SEPARABLE = [
    conv("conv1", 3, 32, 3, False), bn("bn1", 32),
    conv("dw1", 32, 32, 3, False, groups=32), bn("dw1_bn", 32), conv("pw1", 32, 48, 1, False), bn("pw1_bn", 48),
    conv("dw2", 48, 48, 3, False, groups=48), bn("dw2_bn", 48), conv("pw2", 48, 96, 1, False), bn("pw2_bn", 96),
    linear("fc", 96, 10),
]  # fmt: skip
"""864 + 64 = 928; 288 + 64 + 1,536 + 96 = 1,984; 432 + 96 + 4,608 + 192 = 5,328; 970: 9,210."""
case(
    "two-layers-and-their-norms-in-a-row",
    D(SEPARABLE),
    """
| block | channels | params |
|---|---|---:|
| conv 3x3 s2 + BN | 3 → 32 | 928 |
| dw+pw 1 | 32 → 48 | 1,984 |
| dw+pw 2 | 48 → 96 | 5,328 |
| fc | 96 → 10 | 970 |
| **total** | | **9,210** |
""",
)
