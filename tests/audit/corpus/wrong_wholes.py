"""Faults that are seen only against the whole text: totals announced above, rows said twice, formulas in letters."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, conv1d, flatten, linear, pool, rnn
from tests.audit.corpus.networks import document as D

case(
    "total-announced-above",
    D([linear("fc1", 400, 50), linear("fc2", 50, 20), linear("fc3", 20, 5)]),
    """
Layer 1: 400 x 50 = 20,000
Layer 2: 50 x 20 = 1,000
Layer 3: 20 x 5 = 100
Total parameters:
20,000 + 1,000 + 200 = 21,100
""",
    {
        1: [("missing_bias", 20050)],
        2: [("missing_bias", 1020)],
        3: [("missing_bias", 105)],
        5: [("terms_do_not_add", 21200), ("propagated", 21175)],
    },
)

case(
    "sum-of-everything-below-a-layer-too-many",
    D([linear("fc1", 4, 6), linear("fc2", 6, 5), linear("fc3", 5, 3)]),
    """
Layer-1: 7*4 = 28, 4
Layer-2: 4*6 = 24, 6
Layer-3: 6*5 = 30, 5
Layer-4: 5*3 = 15, 3
28 + 4 + 24 + 6 + 30 + 5 + 15 + 3 = 115
""",
    {1: [("extra_layer", 0)], 5: [("propagated", 83)]},
)

case(
    "bare-small-total",
    D([rnn("lstm", "lstm", 3, 2, 2), linear("linear", 2, 1)]),
    """
lstm: 4 * (3*2 + 2*2 + 2) = 4 * 12 = 48
linear: 3
51
""",
    {1: [("pytorch_double_bias", 56)], 3: [("propagated", 59)]},
)

case(
    "row-said-twice",
    D(
        [
            conv("CONV-3-16", 3, 16, 3),
            pool("p1"),
            conv("CONV-5-32", 16, 32, 5),
            pool("p2"),
            conv("CONV-5-32_2", 32, 32, 5),
        ]
    ),
    """
Layer\tActivation\tWeights\tBiases
CONV-3-16\t30 x 30 x 16\t144\t16
POOL-2\t15 x 15 x 16\t0\t0
CONV-5-32\t11 x 11 x 32\t12800\t32
POOL-2\t5 x 5 x 32\t0\t0
CONV-5-32\t1 x 1 x 32\t12800\t32
""",
    {2: [("missing_in_channels", 432)], 6: [("wrong_in_channels", 25600)]},
)

case(
    "subsampling-of-lenet-s-names",
    D(
        [
            conv("conv1", 1, 8, 5),
            pool("pool1"),
            conv("conv2", 8, 20, 5),
            pool("pool2"),
            flatten(320),
            linear("fc1", 320, 50),
        ]
    ),
    """
C1: 5*5*1*8 + 8 = 208
S2: 16
C3: 5*5*8*20 + 20 = 4020
S4: 40
F5: 320*50 + 50 = 16050
""",
    {2: [("counted_pooling", 0)], 4: [("counted_pooling", 0)]},
)

case(
    "letters-above-the-numbers",
    D([rnn("gru", "gru", 6, 7, 2)]),
    """
n = 3 * [ h * (h + x) + h ]
294 = 3 * [7*(7+6)+7]
""",
    {1: [("missing_second_bias", 315)], 2: [("missing_second_bias", 315)]},
)

case(
    "kernel-of-one-dimension-squared",
    D([conv1d("conv1d", 30, 64, 7)]),
    """
kernel * kernel * filters + filters * bias
= 7 * 7 * 64 + 64 * 1
= 50 * 64
= 3200
""",
    {
        1: [("wrong_kernel", 13504)],
        2: [("wrong_kernel", 13504), ("missing_in_channels", 13504)],
        3: [("propagated", 13504)],
        4: [("propagated", 13504)],
    },
)

case(
    "one-sum-with-several-faults",
    D(
        [
            conv("conv1", 3, 12, 5),
            conv("conv2", 12, 24, 3),
            flatten(2400),
            linear("fc1", 2400, 100),
            linear("fc2", 100, 10),
        ]
    ),
    """
params: 3*5*5*12 + 12*3*3*24 + 24*10*10*2400 + 2400*60 + 60*10
""",
    {1: [("wrong_out_channels", 240000), ("wrong_in_channels", 1000), ("missing_bias", 146)]},
)

case(
    "last-word-on-one-layer",
    D([rnn("lstm", "lstm_1", 2048, 128, 1)], framework="keras"),
    """
4*((2048*10)+(2048*2048))*128 = 2157969408
""",
    {1: [("wrong_value", 1114624)]},
)

case(
    "digits-of-the-total-by-chance",
    D([linear("fc1", 784, 100), linear("fc2", 100, 10)], network="a small net"),
    """
parameters: 10 * 8 = 79,510
""",
    {1: [("arithmetic", 80)]},
)

case(
    "names-with-values-in-the-title",
    D([rnn("rnn", "simple_rnn", 20, 90, 1)], framework="keras", network="SimpleRNN, n_in = 20, n_hidden = 90"),
    """
n_in * n_hidden (input-to-hidden) + n_hidden (bias)
+ n_hidden * n_hidden (hidden-to-hidden) + n_hidden (bias)
""",
    {2: [("double_bias", 9990)]},
)
