"""Sums of blocks, other settings, signs that got lost: what pages make of calculations, continued."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, emb, flatten, linear, ln, repeat, rnn
from tests.audit.corpus.networks import document as D

case(
    "formulas-that-stand-twice",
    D([conv("C1", 1, 8, 5), conv("C3", 8, 20, 3)]),
    """
C1: kernels of 5∗55∗5, maps of 32−5+1=2832−5+1=28 on a side, 8∗(5∗5+1)=2088∗(5∗5+1)=208 parameters
C3: 20∗(3∗3∗8+1)=146020∗(3∗3∗8+1)=1460 parameters
""",
)
case(
    "signs-that-were-taken-for-emphasis",
    D([conv("conv1", 3, 24, 7), conv("conv2", 24, 60, 5)]),
    "conv1: 77324 + 24 = 3552\nconv2: 552460 + 60 = 36060",
)
DECODER = D(
    [
        emb("embedding", 5000, 128),
        repeat("encoder", 4, linear("q", 128, 128, False), linear("k", 128, 128, False), linear("v", 128, 128, False),
               linear("o", 128, 128, False), linear("up", 128, 512, False), linear("down", 512, 128, False),
               ln("norm1", 128), ln("norm2", 128)),
        repeat("decoder", 4, linear("q", 128, 128, False), linear("k", 128, 128, False), linear("v", 128, 128, False),
               linear("o", 128, 128, False), linear("cross_q", 128, 128, False), linear("cross_k", 128, 128, False),
               linear("cross_v", 128, 128, False), linear("cross_o", 128, 128, False), linear("up", 128, 512, False),
               linear("down", 512, 128, False), ln("norm1", 128), ln("norm2", 128), ln("norm3", 128)),
    ]
)  # fmt: skip
case(
    "a-term-of-a-block-s-sum-is-too-large",
    DECODER,
    """
Total per encoder layer:
```
4 × 128 × 128 + 2 × 128 × 512 + 2 × 2 × 128 = 197,120
```
Total per decoder layer: encoder layer + cross attention + norm
```
197,120 + 65,536 + 512 (one more norm)
= 263,168
```
4 decoder layers: 4 × 263,168 = 1,052,672
""",
    {7: [("wrong_value", 256)], 8: [("propagated", 262912)], 10: [("propagated", 1051648)]},
)
case(
    "an-encoder-s-blocks-for-a-decoder",
    DECODER,
    "One layer: 197,120\nencoder: 4 × 197,120 = 788,480\ndecoder: 4 × 197,120 = 788,480 (with a second attention)",
    {3: [("missing_layer", 1051648)]},
)
MIXED = D(
    [repeat("layer", 3, linear("attention", 96, 96), linear("ffn1", 96, 384), linear("ffn2", 384, 96),
            ln("norm1", 96), ln("norm2", 96))]
)  # fmt: skip
case(
    "each-norm-is-right-and-one-is-left-out",
    MIXED,
    """
attention: 96*96 + 96 = 9,312
ffn: 96*384 + 384 + 384*96 + 96 = 74,208
Each LayerNorm: 2*96 = 192
Per layer: 9,312 + 74,208 + 192 = 83,712
""",
    {4: [("missing_norm", 384)]},
)
case(
    "a-rounded-count-of-several-is-one-s",
    D([emb("words", 4000, 64), rnn("lstm", "lstm1", 64, 96, 2), rnn("lstm", "lstm2", 96, 96, 2), linear("out", 96, 2)]),
    "Embedding layer: 256,000 parameters\nLSTM layers: ~74,500 parameters",
    {2: [("wrong_value", 136704)]},
)
case(
    "each-part-of-an-equation-has-its-line",
    D([emb("table", 7000, 48)]),
    "Memory in float32\n\n336,000 × 4\n\n=\n\n1,434,000 bytes",
    {7: [("arithmetic", 1344000)]},
)
case(
    "so-many-times-the-layers",
    MIXED,
    """
attention: 96*95 + 96 = 9,216
ffn: 96*384 + 384 + 384*96 + 96 = 74,208
norms: 384
Total per layer: 9,216 + 74,208 + 384 = 83,808
3 × layers: 251,424
""",
    {1: [("wrong_in_channels", 9312)], 4: [("propagated", 83904)], 5: [("propagated", 251712)]},
)
case(
    "sizes-that-were-weighed",
    D([rnn("gru", "gru", 12, 48, 1), linear("out", 48, 1)]),
    """
- h=24: 3 × (24×12 + 24×24 + 24) = 2,664, small
- h=48: 3 × (48×12 + 48×48 + 48) = 8,784, what is used
- h=96: 3 × (96×12 + 96×96 + 96) = 31,392, too large
""",
)
case(
    "how-many-there-are",
    D([emb("table", 100000, 1280), linear("out", 1280, 100000)]),
    "How large is it?\n\nThere are 117 million parameters and two layers.",
    {3: [("wrong_value", 256100000)]},
)
case(
    "a-count-behind-what-a-layer-maps",
    D([linear("fc1", 600, 90), linear("fc2", 90, 7)]),
    "fc1: 600 → 90 (54,090 parameters)\nfc2: 90 → 7 (673 parameters)",
    {2: [("wrong_value", 637)]},
)
case(
    "an-entry-of-a-table-is-no-count",
    D([emb("token embedding", 30000, 96), linear("head", 96, 30000)]),
    "Token embedding: 30000*96 = 2,880,000\nSpecial tokens\n- padding (ID: 29990)\n- unknown token (ID: 29991)",
)
case(
    "operations-where-only-the-text-knows-the-map",
    D([conv("reduce", 96, 12, 1, bias=False), conv("expand", 12, 40, 3, bias=False)], bias=False),
    "MACs\nreduce: 20*20*96*12 = 460,800\nexpand: 20*20*3*3*12*40 = 1,728,000\nTotal: 2,188,800 multiplications",
)
case(
    "a-size-worked-out-beside-its-count",
    MIXED,
    """
attention: 96*96 + 96 = 9,312 (4 heads × 24 = 96)
ffn: 96*384 + 384 + 384*96 + 96 = 74,208
norms: 384
Total per layer: 83,904
""",
)
case(
    "a-few-of-something-are-no-total",
    D([linear("fc1", 600, 90), linear("fc2", 90, 7), flatten(7)]),
    "How many parameters has a network of 2 layers in total?\nfc1: 600*90 + 90 = 54,090\nfc2: 90*7 + 7 = 637\nTotal 54,727",
)
case(
    "a-running-count",
    D([linear("fc1", 600, 90), linear("fc2", 90, 30), linear("fc3", 30, 7)]),
    "fc1. Running count of parameters: 54,090.\nfc2. Running count of parameters: 56,820.\nfc3. Running count of parameters: 57,037.",
)
case(
    "all-of-it-beside-the-number-of-blocks",
    MIXED,
    "The checkpoint is a 3-layer Transformer with 251,712 learnable parameters.\nattention: 96*96 + 96 = 9,312",
)
case(
    "a-rule-of-thumb-beside-the-very-count",
    MIXED,
    "One block measured 83,904 ≈ 9 × 96² (= 82,944).\nattention: 96*96 + 96 = 9,312",
)
case(
    "everything-else-is-no-total",
    D([emb("table", 7000, 480)]),
    "table: 7000 × 480 = 3.36 million\n\nEverything else\n≈ 6.4 billion",
)
case(
    "a-row-without-its-biases-where-all-others-are-right",
    D([conv("conv2d", 1, 12, 3), conv("conv2d_1", 12, 20, 3), linear("dense", 980, 30), linear("dense_1", 30, 4)]),
    """
Layer (type)                Output Shape              Param #
conv2d (Conv2D)             (None, 28, 28, 12)        120
conv2d_1 (Conv2D)           (None, 14, 14, 20)        2180
dense (Dense)               (None, 30)                29400
dense_1 (Dense)             (None, 4)                 124
Total params: 31,854
""",
    {4: [("missing_bias", 29430)]},
)
case(
    "how-large-a-model-is-belongs-to-its-name",
    D([linear("fc1", 600, 90), linear("fc2", 90, 7)]),
    "fc1: 600*90 + 90 = 54,090, where Llama 2 70B or Falcon 2 11B would have far more\\nfc2: 90*7 + 7 = 637",
)
case(
    "so-rough-a-figure-is-nobody-s-slip",
    D([conv("c1", 3, 64, 7), conv("c2", 64, 64, 3), linear("fc", 64, 10)]),
    "The network has 47 thousand parameters. It has 43 thousand weights.",
)
