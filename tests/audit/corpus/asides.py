"""Right calculations among other numbers: epochs and years, versions, what others say, memory, bounds of sums."""

from __future__ import annotations

from tests.audit.corpus.built_upon import DECODER
from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import document as D
from tests.audit.corpus.networks import emb, linear, repeat

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
