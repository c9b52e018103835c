"""More faults: units, shared layers, totals alone, part sums, chains, other languages."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import (
    ALEXNET,
    DQN,
    KERAS_LSTM,
    LENET,
    MOBILE_BLOCK,
    conv,
    document,
    emb,
    linear,
    ln,
    repeat,
    tied,
)

D = document
SHARED = [
    emb("word", 30000, 128),
    linear("project", 128, 768),
    linear("query", 768, 768),
    linear("key", 768, 768),
    linear("value", 768, 768),
    linear("dense", 768, 768),
    linear("ffn", 768, 3072),
    linear("ffn_output", 3072, 768),
    ln("n1", 768),
    ln("n2", 768),
]
SMALL_GPT = [
    emb("wte", 1000, 64),
    emb("wpe", 128, 64),
    repeat(
        "h",
        4,
        ln("ln_1", 64),
        linear("c_attn", 64, 192),
        linear("attn.c_proj", 64, 64),
        ln("ln_2", 64),
        linear("c_fc", 64, 256),
        linear("mlp.c_proj", 256, 64),
    ),
    ln("ln_f", 64),
    tied("lm_head", "wte"),
]

case(
    "albert-layers-multiplied",
    D(SHARED),
    """
ALBERT shares its layer.
one layer: 4*(768*768 + 768) + 768*3072 + 3072 + 3072*768 + 768 + 2*2*768 = 7,087,872
12 layers: 12 * 7,087,872 = 85,054,464
""",
    {3: [("shared_parameters_multiplied", 7087872)]},
)

case(
    "lenet-61m",
    D(LENET),
    """
The network has 61.7M parameters.
""",
    {1: [("unit_mixup", 61706)]},
    total=(61700000, False),
)

case(
    "alexnet-mebi",
    D(ALEXNET),
    """
Total: 59.5M parameters
""",
    {1: [("unit_mixup", 62378344)]},
    total=(59500000, False),
)

case(
    "alexnet-total-in-bytes",
    D(ALEXNET),
    """
Total params: 249,513,376
""",
    {1: [("unit_mixup", 62378344)]},
    total=(249513376, False),
)

case(
    "alexnet-60m-ungrouped",
    D(ALEXNET),
    """
60M parameters
""",
    {1: [("wrong_value", 62378344)]},
    total=(60000000, False),
)

case(
    "lenet-subtotal-and-total",
    D(LENET),
    """
conv layers: 156 + 2416 = 2572
fc layers: 48120 + 10164 + 850 = 59234
total: 2572 + 59234 = 61806
""",
    {2: [("wrong_sum", 59134)], 3: [("propagated", 61706)]},
    total=(61806, False),
)

case(
    "lenet-terms-do-not-add",
    D(LENET),
    """
conv1 156
conv2 2416
fc1 48120
fc2 10164
fc3 850
Total: 156 + 2416 + 48120 + 10164 + 580 = 61706
""",
    {6: [("terms_do_not_add", 61436)]},
    total=(61706, True),
)

case(
    "chain-second-step",
    D(LENET),
    """
fc1: (16*5*5 + 1)*120 = 401*120 = 48240
fc2: (120 + 1)*84 = 121*84 = 10164
""",
    {1: [("arithmetic", 48120)]},
)

case(
    "chain-first-step",
    D(LENET),
    """
conv2: (5*5*6 + 1)*16 = 150*16 = 2416
""",
    {1: [("arithmetic", None)]},
)

case(
    "lenet-german-feature-map",
    D(LENET),
    """
Faltung 1: 5·5·1·6 + 6 = 156
Faltung 2: 5·5·6·16 + 16 = 2.416
Dicht 1: 400·120 + 120 = 48.120
Dicht 2: 120·84 + 84 = 10.146
Dicht 3: 84·10 + 10 = 850
Gesamt: 61.688
""",
    {4: [("arithmetic", 10164)], 6: [("propagated", 61706)]},
    total=(61688, False),
)

case(
    "lenet-chinese-depth",
    D(LENET),
    """
卷积层1：(5×5×1+1)×6=156
卷积层2：(5×5×1+1)×16=416
全连接层1：(400+1)×120=48120
全连接层2：(120+1)×84=10164
全连接层3：(84+1)×10=850
总计：59706
""",
    {2: [("missing_in_channels", 2416)], 6: [("propagated", 61706)]},
    total=(59706, False),
)

case(
    "lenet-french",
    D(LENET),
    """
Couche conv1 : 6 × (5 × 5 × 1 + 1) = 156 paramètres
Couche conv2 : 16 × (5 × 5 × 6 + 1) = 2 416 paramètres
Couche dense 1 : 400 × 120 + 120 = 48 120 paramètres
Couche dense 2 : 120 × 84 + 84 = 10 164 paramètres
Couche dense 3 : 84 × 10 = 840 paramètres
Au total : 61 696 paramètres
""",
    {5: [("missing_bias", 850)], 6: [("propagated", 61706)]},
    total=(61696, False),
)

case(
    "lenet-two-faults",
    D(LENET),
    """
conv1 = 5*5*1*6 = 150
conv2 = 5*5*6*16 + 16 = 2416
fc1 = 5*5*16*120 + 120 = 48102
fc2 = 120*84 + 84 = 10164
fc3 = 84*10 + 10 = 850
sum = 61682
""",
    {1: [("missing_bias", 156)], 3: [("arithmetic", 48120)], 6: [("propagated", 61706)]},
    total=(61682, False),
)

case(
    "small-gpt-block",
    D(SMALL_GPT),
    """
token embedding 1000*64 = 64,000
position embedding 128*64 = 8,192
block: c_attn 64*192 + 192 = 12,480
       attn c_proj 64*64 + 64 = 4,160
       c_fc 64*256 + 256 = 16,640
       mlp c_proj 256*64 + 64 = 16,448
       norms 2*64 = 128
""",
    {},
    may=(7,),
)

case(
    "small-gpt-total",
    D(SMALL_GPT),
    """
wte 64,000
wpe 8,192
4 blocks x 49,984 = 199,936
ln_f 128
Total 272,526
""",
    {5: [("wrong_sum", 272256)]},
    total=(272526, False),
)

case(
    "small-gpt-three-blocks",
    D(SMALL_GPT),
    """
wte 64,000
wpe 8,192
blocks: 3 x 49,984 = 149,952
ln_f 128
Total 222,272
""",
    {3: [("missing_layer", 199936)], 5: [("propagated", 272256)]},
    total=(222272, False),
)

case(
    "linear-swapped-everything",
    D([linear("fc", 128, 10)]),
    """
Linear(128, 10): (10 + 1) * 128 = 1408
""",
    {1: [("swapped_dims", 1290)]},
    total=(1408, False),
)

case(
    "padding-counted-kernel",
    D([conv("conv", 3, 64, 3)]),
    """
conv: 5x5x3x64 + 64 = 4,864
""",
    {1: [("wrong_kernel", 1792)]},
    total=(4864, False),
)

case(
    "depthwise-bias-counted",
    D(MOBILE_BLOCK),
    """
depthwise 3x3: 3*3*32 + 32 = 320
bn 64
pointwise 1x1: 32*64 = 2048
bn 128
""",
    {1: [("double_bias", 288)]},
)

case(
    "word-with-parameters",
    D([conv("conv1", 3, 96, 11), conv("conv2", 96, 256, 5)]),
    """
conv1 has 34,944 parameters and conv2 has 614,400 parameters
""",
    {1: [("missing_bias", 614656)]},
)

case(
    "features-product",
    D(DQN),
    """
after conv2: 9*9*32 = 2,692 features
fc1: 2592*256 + 256 = 663,808 parameters
""",
    {1: [("feature_count", 2592)]},
)

case(
    "garbled-no-result",
    D([conv("conv2", 96, 256, 5)]),
    """
conv2: 5596*256 + 256
""",
    {1: [("garbled_notation", 614656)]},
)

case(
    "keras-summary-edited",
    D(KERAS_LSTM, framework="keras"),
    """
Layer (type)                 Output Shape              Param #
=================================================================
embedding (Embedding)        (None, 80, 64)            320000
_________________________________________________________________
lstm (LSTM)                  (None, 128)               98304
_________________________________________________________________
dense (Dense)                (None, 1)                 129
=================================================================
Total params: 418,433
""",
    {5: [("missing_bias", 98816)], 9: [("propagated", 418945)]},
    total=(418433, False),
)
