"""Faults that only the rest of a calculation gives away: subtotals, blocks, one line that must be what is missing."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, document, emb, flatten, linear, ln, repeat, rms, rnn

D = document
SMALL_BERT = [
    emb("word_embeddings", 8000, 128),
    emb("position_embeddings", 64, 128),
    ln("embeddings.LayerNorm", 128),
    repeat(
        "encoder.layer",
        3,
        linear("query", 128, 128),
        linear("key", 128, 128),
        linear("value", 128, 128),
        linear("attn.output", 128, 128),
        ln("attn.LayerNorm", 128),
        linear("intermediate", 128, 512),
        linear("output", 512, 128),
        ln("output.LayerNorm", 128),
    ),
]
GQA = [
    repeat(
        "layers",
        4,
        linear("q_proj", 640, 640, bias=False),
        linear("k_proj", 640, 128, bias=False),
        linear("v_proj", 640, 128, bias=False),
        linear("o_proj", 640, 640, bias=False),
        rms("norm", 640),
    )
]
TWO_LSTMS = [rnn("lstm", "lstm1", 30, 70, 2), rnn("lstm", "lstm2", 70, 70, 2), linear("fc", 70, 9)]
MLP = [linear("fc1", 30, 40), linear("fc2", 40, 7)]
CNN = [conv("conv1", 3, 12, 5), conv("conv2", 12, 20, 5), flatten(980), linear("fc1", 980, 60), linear("fc2", 60, 4)]

case(
    "attention-without-output-carried-to-the-top",
    D(SMALL_BERT),
    """
embeddings: 8000*128 + 64*128 + 256 = 1,032,448
attention: 3*(128*128 + 128) = 49,536
ffn: 128*512 + 512 + 512*128 + 128 = 131,712
norms: 2*256 = 512
one layer: 181,760
3 layers: 545,280
total: 1,577,728
""",
    {
        2: [("missing_output_projection", 66048)],
        5: [("propagated", 198272)],
        6: [("propagated", 594816)],
        7: [("propagated", 1627264)],
    },
    total=(1577728, False),
)

case(
    "key-as-wide-as-query",
    D(GQA),
    """
q_proj: 640*640 = 409600
k_proj: 640*640 = 409600
v_proj: 640*128 = 81920
o_proj: 640*640 = 409600
norm: 640
one layer: 1311360
4 layers: 5245440
""",
    {2: [("wrong_out_channels", 81920)], 6: [("propagated", 983680)], 7: [("propagated", 3934720)]},
    total=(5245440, False),
)

case(
    "stacked-lstms-with-one-input",
    D(TWO_LSTMS),
    """
lstm: 2 layers x (4*70*(30+70) + 2*4*70) = 2 x 28,560 = 57,120
fc: 70*9 + 9 = 639
-> 57,759 params
""",
    {1: [("wrong_in_channels", 68320)], 3: [("propagated", 68959)]},
    total=(57759, False),
)

case(
    "a-layer-that-is-not-there-without-names",
    D(MLP),
    """
30*40 + 40 = 1240
40*40 + 40 = 1640
40*7 + 7 = 287
3167
""",
    {2: [("extra_layer", 0)], 4: [("propagated", 1527)]},
    total=(3167, False),
)

case(
    "biases-of-the-inputs-too",
    D(MLP),
    """
Weights: 30*40 + 40*7 = 1480
Biases: 30 + 40 + 7 = 77
Parameters: 1480 + 77 = 1557
""",
    {2: [("wrong_formula", 47)], 3: [("propagated", 1527)]},
    total=(1557, False),
)

case(
    "sizes-added",
    D(MLP),
    """
layer 1: 30 + 40 + 1 = 71
layer 2: 40 + 7 + 1 = 48
total: 119
""",
    {1: [("wrong_formula", 1240)], 2: [("wrong_formula", 287)], 3: [("propagated", 1527)]},
    total=(119, False),
)

case(
    "pooling-forgotten-before-the-first-dense-layer",
    D(CNN),
    """
conv1   5x5x3x12+12     912
conv2   5x5x12x20+20    6,020
fc1     14x14x20x60+60  235,260
fc2     60x4+4          244
                        242,436
""",
    {3: [("wrong_flatten", 58860)], 5: [("propagated", 66036)]},
    total=(242436, False),
)

case(
    "heads-multiply",
    D([linear("q", 96, 96), linear("k", 96, 96), linear("v", 96, 96), linear("o", 96, 96)]),
    """
W_Q: 96*96 + 96 = 9312
with 6 heads: 6*3*9312 = 167616 for Q, K and V
""",
    {2: [("multiplied_by_heads", 27936)]},
)

case(
    "keras-total-without-statistics",
    D([conv("conv1", 3, 24, 3, bias=False), bn("bn1", 24), linear("fc", 24, 5)], stats=True, framework="keras"),
    """
conv1: 648
bn1: 48
fc: 125
Total params: 821
""",
    {2: [("wrong_value", 96)], 4: [("propagated", 869)]},
    total=(821, False),
)

case(
    "one-output-and-half-the-inputs",
    D([linear("a", 9, 24), linear("b", 15, 24), linear("out", 48, 1)]),
    """
a: (9+1)*24 = 240
b: (15+1)*24 = 384
out (after concat): (24+1)*1 = 25
649 in all
""",
    {3: [("wrong_in_channels", 49)], 4: [("propagated", 673)]},
    total=(649, False),
)

case(
    "the-tree-of-a-right-calculation",
    D(SMALL_BERT),
    """
embeddings: 8000*128 + 64*128 + 256 = 1,032,448
attention: 4*(128*128 + 128) = 66,048
ffn: 128*512 + 512 + 512*128 + 128 = 131,712
norms: 2*256 = 512
one layer: 198,272
3 layers: 594,816
total: 1,627,264
""",
    total=(1627264, True),
)


def _t5_layer(cross):
    attentions = ("SelfAttention", "EncDecAttention") if cross else ("SelfAttention",)
    matrices = [linear(f"{kind}.{side}", 64, 64, bias=False) for kind in attentions for side in "qkvo"]
    widening = [linear(name, 64, 160, bias=False) for name in ("wi_0", "wi_1")]
    norms = [rms(f"norm{i}", 64) for i in range(len(attentions) + 1)]
    return [*matrices, *widening, linear("wo", 160, 64, bias=False), *norms]


case(  # layers: 16,384 + 3*10,240 + 128 = 47,232 and 32,768 + 30,720 + 192 = 63,680; three of each, and a norm of 64
    "gated layers of an encoder and a decoder with two matrices",
    D(
        [
            emb("shared", 500, 64), repeat("encoder.block", 3, *_t5_layer(False)), rms("encoder.final", 64),
            repeat("decoder.block", 3, *_t5_layer(True)), rms("decoder.final", 64), linear("lm_head", 64, 500, bias=False),
        ]
    ),
    """
Total: 396,864 parameters
├── Embedding: 32,000 (500 × 64)
├── Encoder (3 layers)
│   ├── Attention: 16,384
│   ├── MLP: 20,480
│   ├── RMSNorm: 128 per layer
│   └── Total Encoder: 111,040
├── Decoder (3 layers)
│   ├── Self-attention: 16,384
│   ├── Cross-attention: 16,384
│   ├── MLP: 20,480
│   ├── RMSNorm: 192 per layer
│   └── Total Decoder: 160,384
└── LM head: 32,000
""",
    {
        5: [("missing_gate_matrix", 30720)],
        7: [("propagated", 141760)],
        11: [("missing_gate_matrix", 30720)],
        13: [("propagated", 191104)],
    },
)  # fmt: skip
