"""Kinds that texts showed at first sight: names put together, bounds, tensors that are counted, variants that were weighed."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, conv1d, document, emb, flatten, linear, llama, repeat, rnn, tied

D = document
SMALL_LLAMA = llama(v=1000, d=64, f=172, n=3, kv=16)
"""A layer has 2*64*64 + 2*64*16 + 3*64*172 + 2*64 = 43,392, three 130,176; tables 2*64,000; last norm 64: 258,240."""
TAGGER = [rnn("gru", "GRU", 12, 10, 1), linear("Dense", 10, 4)]
"""3*(12*10 + 10*10 + 10) = 690 and 44: 734."""

case(
    "names-put-together-before-a-product",
    D(SMALL_LLAMA),
    """
Per layer:
q + o 2 x 64 x 64 = 8,192, k/v 64 x 16 = 1,024 each
gate/up 64 x 172 = 11,008 each, down 172 x 64 = 11,008
=> 43,392 per layer with its norms, 3 layers 130,176
embed + lm_head 2 x 1,000 x 64 = 128,000
total 258,240 params
""",
)
case(
    "names-put-together-and-a-slip",
    D(SMALL_LLAMA),
    """
q + o 2 x 64 x 64 = 8,192, k/v 64 x 16 = 1,024 each
embed + lm_head 2 x 1,000 x 46 = 92,000
""",
    {2: [("wrong_value", None)]},
)
case(
    "biases-of-one-filter-called-total",
    D([conv1d("wide", 6, 3, 5), conv1d("narrow", 6, 3, 2)]),
    """
kernel size 5:
total weights = 5 * 6 = 30
total bias parameters = 1
3 filters, so total parameters = (5 * 6 + 1) * 3 = 93

kernel size 2:
total weights = 2 * 6 = 12
total bias parameters = 1
3 filters, so total parameters = (2 * 6 + 1) * 3 = 39

93 + 39 = 132
""",
)
case(
    "a-bound-is-no-claim",
    D(TAGGER),
    """
A tagger with < 1000 parameters, well under 2k:
GRU: 3*(12*10 + 10*10 + 10) = 690
Dense: 10*4 + 4 = 44
690 + 44 = 734
""",
)
case(
    "a-variant-weighed-before-the-one-taken",
    D(TAGGER),
    """
GRU(12, 20) + Dense(20, 4)
GRU: 3*(12*20 + 20*20 + 20) = 1980, more than we can afford
So GRU(12, 10) + Dense(10, 4)
GRU: 3*(12*10 + 10*10 + 10) = 690
Dense: 10*4 + 4 = 44
sum 734
""",
)
case(
    "a-call-with-a-wrong-size",
    D(TAGGER),
    """
GRU(12, 20): 3*(12*20 + 20*20 + 20) = 1980
Dense: 10*4 + 4 = 44
sum 2024
""",
    {1: [("wrong_out_channels", 690)], 3: [("propagated", 734)]},
)
case(
    "tensors-counted-beside-parameters",
    D([rnn("rnn", "RNNCell", 4, 6, 1), {"type": "parameter", "name": "state0", "shape": [6]}]),
    """
julia> m = RNN(4 => 6)
Recur(
  RNNCell(4 => 6, tanh),                # 72 parameters
)         # Total: 4 trainable arrays, 72 parameters,
          # plus 1 non-trainable, 6 parameters, summarysize 488 bytes.

Wi 6x4 = 24, Wh 6x6 = 36, b 6 and the initial state 6
24 + 36 + 6 + 6 = 72
""",
)
case(
    "a-verb-between-a-sum-and-its-total",
    D([emb("embedding_1", 50, 6), rnn("lstm", "lstm_1", 6, 8, 1), linear("dense_1", 8, 3)]),
    """
300 for embedding_1 + 480 for lstm_1 + 27 for dense_1 totals 807
""",
)
case(
    "a-verb-between-a-sum-and-a-wrong-total",
    D([emb("embedding_1", 50, 6), rnn("lstm", "lstm_1", 6, 8, 1), linear("dense_1", 8, 3)]),
    """
300 for embedding_1 + 480 for lstm_1 + 27 for dense_1 totals 817
""",
    {1: [("wrong_sum", 807)]},
)
case(
    "layers-in-one-line-in-their-order",
    D([linear("e1", 20, 48), linear("e2", 48, 16), linear("z", 16, 5), linear("d1", 5, 16), linear("d2", 16, 48)]),
    """
- encoder 20*48+48 + 48*16+16 = 1,008 + 784 = 1,792
- code    16*5+5 = 85
- decoder 5*16+16 + 16*48+48 = 96 + 816 = 912
total 1,792 + 85 + 912 = 2,789
""",
)
case(
    "a-shortcut-without-its-biases",
    D(
        [
            conv1d("c1", 5, 24, 3),
            conv1d("c2", 24, 24, 3),
            conv1d("short", 5, 24, 1),
            conv1d("c3", 24, 24, 3),
            conv1d("c4", 24, 24, 3),
        ]
    ),
    """
first block: 3*5*24 + 24 = 384, 3*24*24 + 24 = 1752, skip 1x1: 5*24 = 120
second block: 2*(3*24*24 + 24) = 3504
384 + 1752 + 120 + 3504 = 5760
""",
    {1: [("missing_bias", 144)], 3: [("propagated", 5784)]},
)
case(
    "attention-per-layer-with-all-heads",
    D(
        [
            emb("embed_tokens", 900, 96),
            repeat(
                "layers",
                4,
                linear("q_proj", 96, 96, False),
                linear("k_proj", 96, 48, False),
                linear("v_proj", 96, 48, False),
                linear("o_proj", 96, 96, False),
                linear("gate_proj", 96, 256, False),
                linear("up_proj", 96, 256, False),
                linear("down_proj", 256, 96, False),
            ),
            tied("lm_head", "embed_tokens"),
        ]
    ),
    """
attention per layer: 4 * 96^2 = 36,864
feed-forward per layer: 3 * 96 * 256 = 73,728
blocks: 4 * (36,864 + 73,728) = 442,368
embedding: 900 * 96 = 86,400
442,368 + 86,400 = 528,768
""",
    {1: [("kv_heads_ignored", 27648)], 3: [("propagated", 405504)], 5: [("propagated", 491904)]},
)
case(
    "a-window-counted-beside-a-layer",
    D([conv("conv", 1, 6, 5, stride=2), flatten(864), linear("fc", 864, 20)]),
    """
| layer | in | filters | out width | parameters |
|-------|----|---------|-----------|------------|
| conv  | 28 | 6       | floor[(28+2*0-5)/2]+1=12 | 6*(5*5*1+1) = 156 |
| fc    | 12^2*6=864 | 20 |        | 865*20 = 17300 |

156 + 17300 = 17456 parameters
""",
)
case(
    "megabytes-and-gigabytes-of-1024",
    D([linear("fc", 40, 30)]),
    """
fc: 40*30 + 30 = 1230
activations in all 6000MB (5.86GB)
""",
)
