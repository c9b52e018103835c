"""Numbers that right lines are built of, sizes that a sentence gives, numbers written as in India, what a token uses."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, document, emb, linear, ln, lora, repeat, rms, rnn, tied

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
BLOCK = [linear("attn.c_attn", 96, 288), linear("attn.c_proj", 96, 96), linear("mlp.c_fc", 96, 384),
         linear("mlp.c_proj", 384, 96), ln("ln_1", 96), ln("ln_2", 96)]  # fmt: skip
"""12*96² + 13*96 = 111,840."""
ENCODER = [
    emb("words", 2000, 96), emb("positions", 64, 96), emb("types", 2, 96), ln("norm", 96), repeat("layer", 5, *BLOCK),
    linear("pooler", 96, 96),
]  # fmt: skip
"""(2000 + 64 + 2 + 2)*96 = 198,528, 5*111,840 = 559,200, 96² + 96 = 9,312: 767,040."""
DECODER = [emb("wte", 2000, 96), emb("wpe", 64, 96), repeat("h", 4, *BLOCK), ln("ln_f", 96), tied("lm_head", "wte")]
"""192,000 + 6,144 + 4*111,840 + 192 = 645,696."""
GROUPED = [
    repeat("layers", 3, linear("q_proj", 96, 96, False), linear("k_proj", 96, 32, False),
           linear("v_proj", 96, 32, False), linear("o_proj", 96, 96, False)),
]  # fmt: skip
"""9,216 + 2*3,072 + 9,216 = 24,576 in a layer, three times 73,728."""
SOME_DENSE = [
    repeat("dense", 1, linear("q_proj", 512, 512, False), linear("o_proj", 512, 512, False),
           linear("mlp.gate_proj", 512, 1600, False), linear("mlp.up_proj", 512, 1600, False),
           linear("mlp.down_proj", 1600, 512, False)),
    repeat("sparse", 5, linear("q_proj", 512, 512, False), linear("o_proj", 512, 512, False), linear("gate", 512, 8, False),
           repeat("experts", 10, linear("gate_proj", 512, 256, False), linear("up_proj", 512, 256, False),
                  linear("down_proj", 256, 512, False))),
]  # fmt: skip
"""524,288 of attention in a layer; 3*512*1600 = 2,457,600 in the first, then 5*(4,096 + 10*393,216) = 19,681,280."""
case(
    "a-bracket-of-letters-gives-a-letter-no-value",
    D(ENCODER),
    """
(V + P + 2 + 2) H = (2000 + 64 + 4) * 96 = 198,528
12 H^2 + 13 H = 12 * 96^2 + 13 * 96 = 111,840
5 * 111,840 = 559,200
H^2 + H = 9,312
198,528 + 559,200 + 9,312 = 767,040
""",
)
case(
    "a-bracket-of-letters-and-a-slip",
    D(ENCODER),
    """
(V + P + 2 + 2) H = (2000 + 64 + 4) * 96 = 198,528
12 H^2 + 13 H = 12 * 96^2 + 13 * 96 = 111,740
5 * 111,740 = 558,700
H^2 + H = 9,312
198,528 + 558,700 + 9,312 = 766,540
""",
    {2: [("arithmetic", 111840)], 3: [("propagated", 559200)], 5: [("propagated", 767040)]},
)
NAMED = """
wte: 2000 * 96 = 192.000
wpe: 64 * 96 = 6.144
ein LN: 96 * 2 = 192
c_attn: 96 * 288 + 288 = 27.936
c_proj: 96 * 96 + 96 = 9.312
c_fc: 96 * 384 + 384 = 37.248
mlp.c_proj: 384 * 96 + 96 = 36.960
Block: c_attn + c_proj + c_fc + mlp.c_proj + LN * 2 = 111.840
lm_head: 96 * 2000 = 192.000
"""
case("what-there-is-once-is-used-by-its-name", D(DECODER), NAMED + "Summe: wte + wpe + Block*4 + LN = 645.696")
case(
    "a-shared-head-among-the-names-that-are-added",
    D(DECODER),
    NAMED + "Summe: wte + wpe + Block*4 + LN + lm_head = 645.696",
    {10: [("tied_embeddings_double_counted", 645696)]},
)
HEADS = """
| q_proj | 96 → 6 × 16 = 96 | 96 × 96 | 9 216 |
| k_proj | 96 → 2 × 16 = 32 | 96 × 32 | 3 072 |
| v_proj | 96 → 2 × 16 = 32 | 96 × 32 | {v} |
| o_proj | 96 → 96 | 96 × 96 | 9 216 |
| Attention | | | {all} |
"""
case("heads-times-their-width-in-a-row", D(GROUPED), HEADS.format(v="3 072", all="24 576"))
case(
    "heads-times-their-width-in-a-row-and-a-slip",
    D(GROUPED),
    HEADS.format(v="3 702", all="25 206"),
    {3: [("wrong_value", 3072)], 5: [("propagated", 24576)]},
)
case(
    "the-other-layers-feed-forward",
    D(SOME_DENSE),
    """
attention per layer: 2 * 512 * 512 = 524,288
one expert: 3 * 512 * 256 = 393,216
router: 8 * 512 = 4,096
layer 1 FFN: 3 * 512 * 1600 = 2,457,600
the other 5 layers: (393,216 * 10 + 4,096) * 5 = 19,681,280
""",
)
case(
    "the-state-s-matrix-beside-the-input-s",
    D([rnn("rnn", "rnn", 2, 12, 1)]),
    "W_x (12, 2): 24 weights\nW_h: 24 weights\nb: 12\n60 parameters",
    {2: [("recurrent_not_square", 144)], 4: [("propagated", 180)]},
)
case(
    "the-state-s-matrix-is-square",
    D([rnn("rnn", "rnn", 2, 12, 1)]),
    "W_x (12, 2): 24 weights\nW_h (12, 12): 144 weights\nb: 12\n180 parameters",
)
case(
    "biases-behind-a-comma-as-many-as-another-layer-has",
    D([linear("fc1", 4, 6), linear("fc2", 6, 5), linear("fc3", 5, 1)]),
    "fc1: 4*6 = 24, 6\nfc2: 6*5 = 30, 5\nfc3: 5*1 = 5, 1\n24 + 6 + 30 + 5 + 5 + 1 = 71",
)
SHARED = [
    emb("words", 2000, 32), linear("mapping", 32, 96), linear("query", 96, 96), linear("key", 96, 96),
    linear("value", 96, 96), linear("dense", 96, 96), ln("attention_norm", 96), linear("ffn", 96, 384),
    linear("ffn_output", 384, 96), ln("norm", 96),
]  # fmt: skip
"""64,000 and 3,168, and one layer of 4*9,312 + 37,248 + 36,960 + 2*192 = 111,840, whose parameters all twelve share: 179,008."""
case(
    "a-layer-that-is-shared-as-often-as-it-runs",
    D(SHARED),
    "Embeddings: 2000 * 32 = 64,000\nProjection to 96: 32 * 96 + 96 = 3,168\nEncoder: 12 * 111,840 = 1,342,080\n"
    "Total: 64,000 + 3,168 + 1,342,080 = 1,409,248",
    {3: [("shared_parameters_multiplied", 111840)], 4: [("propagated", 179008)]},
)
case(
    "millions-of-two-to-the-twentieth",
    D(GATED),
    "one expert: 3 * 4096 * 7168 = 84M",
    {1: [("unit_mixup", 88080384)]},
)
case(
    "the-number-of-experts-before-their-name",
    D(GATED),
    """
one expert     3 × 4096 × 7168    =    88,080,384
8 experts      × 8                =   704,643,072
""",
)
MERGES = [
    conv("patch", 3, 24, 4), ln("merge1.norm", 96), linear("merge1.reduction", 96, 48, False),
    ln("merge2.norm", 192), linear("merge2.reduction", 192, 96, False),
]  # fmt: skip
"""3*4*4*24 + 24 = 1,176, 192, 4,608, 384 and 18,432: 24,792."""
case(
    "a-merge-of-four-that-reads-one",
    D(MERGES, network="patch embedding and mergings"),
    "patch: 4*4*3*24 + 24 = 1,176\nmerging 1 (24 -> 48): 24*48 = 1,152, LN 2*96 = 192\n"
    "merging 2 (48 -> 96): 192*96 = 18,432, LN 2*192 = 384",
    {2: [("wrong_in_channels", 4608)]},
)
case(
    "biases-added-again-on-the-next-line",
    D([conv("conv", 3, 14, 5)]),
    "(5 * 5 * 3 + 1) * 14 = 1064\n1064 + 14 bias = 1078\nanswer: 1078",
    {2: [("double_bias", 1064)], 3: [("propagated", 1064)]},
)
