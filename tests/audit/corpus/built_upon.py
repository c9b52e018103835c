"""Numbers that right lines are built of, sizes that a sentence gives, numbers written as in India, what a token uses."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, document, emb, linear, ln, lora, repeat, rms

D = document
MLP = [linear("h", 20, 16), linear("out", 16, 5)]
"""20*16 + 16*5 = 400 weights, 16 + 5 = 21 biases."""
BLOCKS = [
    repeat("h", 9, linear("attn.c_attn", 160, 480), linear("attn.c_proj", 160, 160), linear("mlp.c_fc", 160, 640),
           linear("mlp.c_proj", 640, 160), ln("ln_1", 160), ln("ln_2", 160)),
]  # fmt: skip
"""12*160² + 13*160 = 309,280 in a block, nine times 2,783,520."""
GATED = [repeat("experts", 8, linear("gate", 4096, 7168, False), linear("up", 4096, 7168, False),
                linear("down", 7168, 4096, False))]  # fmt: skip
"""3*4096*7168 = 88,080,384 in an expert, eight times 704,643,072."""
EXPERTS = [
    emb("wte", 5000, 512),
    repeat("layers", 6, linear("q_proj", 512, 512, False), linear("o_proj", 512, 512, False),
           linear("router", 512, 32, False),
           repeat("experts", 32, linear("up", 512, 768, False), linear("down", 768, 512, False)), rms("norm", 512)),
]  # fmt: skip
"""2,560,000 + 6*(2*262,144 + 16,384 + 32*786,432 + 512) = 156,802,048; four experts of 32: 2,560,000 + 6*(524,288 + 16,384
+ 4*786,432 + 512) = 24,681,472."""

case(
    "all-weights-then-all-biases",
    D(MLP),
    """
First the matrices,
20*16 + 16*5 = 400,
then the vectors,
16 + 5 = 21,
so it learns 400 + 21 = 421 numbers.
""",
)
case(
    "all-weights-then-all-biases-that-add-up-wrongly",
    D(MLP),
    """
First the matrices,
20*16 + 16*5 = 400,
then the vectors,
16 + 5 = 21,
so it learns 400 + 21 = 431 numbers.
""",
    {5: [("terms_do_not_add", 421)]},
)
case(
    "a-sum-before-its-terms",
    D([conv("c", 3, 40, 5)]),
    """
3040 = 3000 + 40
  3000: 40 filters of 5*5*3 = 75 numbers
  40: the biases
""",
)
case(
    "a-letter-with-its-size-behind-the-formula",
    D(BLOCKS),
    """
| what | how | how many |
|---|---|---|
| a block | 12·d² + 13·d with d = 160 | 309,280 |
| nine blocks | 9 × 309,280 | 2,783,520 |
""",
)
case(
    "a-letter-with-its-size-behind-a-wrong-formula",
    D(BLOCKS),
    """
| what | how | how many |
|---|---|---|
| a block | 12·d² + 13·d with d = 160 | 309,820 |
| nine blocks | 9 × 309,280 | 2,783,520 |
""",
    {3: [("arithmetic", 309280)]},
)
case(
    "kernels-with-a-padding",
    D([conv("conv1", 3, 24, 3), conv("conv2", 24, 24, 3)]),
    """
- all convolutions have 3×3 kernels with padding=1 (the map keeps its size)
- conv1: 3*3*3*24 + 24 = 672
- conv2: 3*3*24*24 + 24 = 5,208
""",
)
case(
    "numbers-grouped-as-in-india",
    D(GATED),
    "one expert 3 x 4096 x 7168 = 8,80,80,384, the layer 8 x 8,80,80,384 = 70,46,43,072 parameters",
)
case(
    "numbers-grouped-as-in-india-and-a-slip",
    D(GATED),
    "one expert 3 x 4096 x 7168 = 8,80,80,384, the layer 8 x 8,80,80,384 = 70,46,34,072 parameters",
    {1: [("arithmetic", 704643072)]},
)
case(
    "the-matrix-that-an-adapter-is-put-into",
    D([lora("adapter", 768, 256, 4)]),
    """
before: 768 × 256 = 196,608
with rank 4: 4 × (768 + 256) = 4,096 (2.1 %)
""",
)
case(
    "two-sides-among-words",
    D([conv("C1", 1, 6, 7), conv("C2", 6, 12, 3)]),
    """
A detector of faces, its first two layers (window 40 x 44)
C1: 6*(7*7 + 1) = 300
C2: 12*(6*3*3 + 1) = 660
""",
)
case(
    "what-one-token-uses-in-a-row",
    D(EXPERTS),
    """
  q and o                    2 * 512 * 512               524,288
  expert                     2 * 512 * 768               786,432
    * 32 experts                                      25,165,824
  everything                                         156,802,048
  used for one token (4 of 32 experts)                24,681,472
""",
)
case(
    "what-one-token-uses-of-too-many",
    D(EXPERTS),
    """
  q and o                    2 * 512 * 512               524,288
  expert                     2 * 512 * 768               786,432
    * 32 experts                                      25,165,824
  everything                                         156,802,048
  used for one token (4 of 32 experts)                29,400,064
""",
    {5: [("wrong_value", 24681472)]},
)
case(
    "the-last-biases-left-out-of-a-sum-of-all",
    D([linear("h1", 300, 40), linear("h2", 40, 40), linear("out", 40, 20)]),
    """
There are 300 * 40 = 12,000 weights into the first hidden layer, and 40 bias terms.
There are 40 * 40 = 1,600 weights into the second one, and 40 bias terms again.
The output layer has 40 * 20 = 800 weights and 20 bias terms.
Adding up all weights and biases: 12,000 + 40 + 1,600 + 40 + 800 = 14,480 parameters.
""",
    {4: [("missing_bias", 14500)]},
)
