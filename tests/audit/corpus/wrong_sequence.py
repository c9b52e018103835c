# ruff: noqa: W291 - the texts stand as people write them
"""Wrong calculations of recurrent networks and transformers."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import (
    BILSTM,
    GRU_RESET_AFTER,
    GRU_V1,
    KERAS_LSTM,
    SIMPLE_RNN,
    TORCH_LSTM,
    bert,
    document,
    gpt2,
    llama,
    lora,
    repeat,
    rnn,
    vit,
)

D = document

case(
    "lstm-three-gates",
    D(KERAS_LSTM, framework="keras"),
    """
Embedding: 5000*64 = 320000
LSTM: 3*((64+128)*128 + 128) = 74112
Dense: 129
Total: 394241
""",
    {2: [("missing_gate_matrix", 98816)], 4: [("propagated", 418945)]},
    total=(394241, False),
)

case(
    "lstm-one-bias-of-two",
    D(TORCH_LSTM, framework="pytorch"),
    """
lstm: 4*(20*50 + 50*50 + 50) = 14200
fc: 50*3 + 3 = 153
""",
    {1: [("missing_second_bias", 14400)]},
)

case(
    "lstm-two-biases-in-keras",
    D([rnn("lstm", "lstm", 20, 50, 1)], framework="keras"),
    """
4*(20*50 + 50*50 + 50 + 50) = 14400
""",
    {1: [("double_bias", 14200)]},
    total=(14400, False),
)

case(
    "lstm-without-bias",
    D([rnn("lstm", "lstm", 20, 50, 1)], framework="keras"),
    """
params = 4 * (20 * 50 + 50 * 50) = 14000
""",
    {1: [("missing_bias", 14200)]},
    total=(14000, False),
)

case(
    "lstm-without-recurrence",
    D([rnn("lstm", "lstm", 20, 50, 1)], framework="keras"),
    """
LSTM = 4*(20*50 + 50) = 4200
""",
    {1: [("missing_connections", 14200)]},
    total=(4200, False),
)

case(
    "lstm-not-square",
    D([rnn("lstm", "lstm", 20, 50, 1)], framework="keras"),
    """
LSTM: 4*(20*50 + 20*20 + 50) = 5800
""",
    {1: [("recurrent_not_square", 14200)]},
    total=(5800, False),
)

case(
    "lstm-time-steps",
    D([rnn("lstm", "lstm", 20, 50, 1)], framework="keras"),
    """
10 time steps, 20 features, 50 units
10*4*(20*50 + 50*50 + 50) = 142000
""",
    {2: [("timesteps_counted", 14200)]},
    total=(142000, False),
)

case(
    "gru-four-gates",
    D(GRU_V1, framework="keras"),
    """
GRU: 4*(10*32 + 32*32 + 32) = 5504
""",
    {1: [("missing_gate_matrix", 4128)]},
    total=(5504, False),
)

case(
    "gru-one-bias",
    D(GRU_RESET_AFTER, framework="keras-tf2"),
    """
GRU: 3*(10*32 + 32*32 + 32) = 4128
Dense: 33
Total: 4161
""",
    {1: [("missing_second_bias", 4224)], 3: [("propagated", 4257)]},
    total=(4161, False),
)

case(
    "rnn-no-bias",
    D(SIMPLE_RNN, framework="keras"),
    """
rnn: 8*16 + 16*16 = 384
dense: 16 + 1 = 17
""",
    {1: [("missing_bias", 400)]},
)

case(
    "bilstm-one-direction",
    D(BILSTM, framework="keras"),
    """
Bidirectional LSTM: 4*((100+64)*64 + 64) = 42240
Dense: 128*5 + 5 = 645
Total: 42885
""",
    {1: [("missing_layer", 84480)], 3: [("propagated", 85125)]},
    total=(42885, False),
)

case(
    "bilstm-dense-input",
    D(BILSTM, framework="keras"),
    """
BiLSTM: 2*4*((100+64)*64 + 64) = 84480
Dense: 64*5 + 5 = 325
Total: 84805
""",
    {2: [("wrong_in_channels", 645)], 3: [("propagated", 85125)]},
    total=(84805, False),
)

case(
    "bert-heads-multiplied",
    D(bert(d=1024, f=4096, n=24)),
    """
query: 16 heads * (1024*1024 + 1024) = 16,793,600
attention output: 1024*1024 + 1024 = 1,049,600
""",
    {1: [("multiplied_by_heads", 1049600)]},
)

case(
    "bert-missing-position",
    D(bert()),
    """
embeddings: 30522*768 + 2*768 + 1536 = 23,444,... 
12 layers: 85,054,464
pooler: 590,592
Total: 109,089,024
""",
    {4: [("missing_layer", 109482240)]},
    may=(1,),
    total=(109089024, False),
)

case(
    "bert-no-pooler",
    D(bert()),
    """
embeddings 23,837,184
encoder 12 x 7,087,872 = 85,054,464
total 108,891,648
""",
    {3: [("missing_layer", 109482240)]},
    total=(108891648, False),
)

case(
    "bert-ffn-slip",
    D(bert()),
    """
Q, K, V: 3*(768*768+768) = 1,771,776
O: 768*768+768 = 590,592
FFN: 768*3072+3072 + 3072*768+768 = 4,724,232
LayerNorms: 2*2*768 = 3,072
""",
    {3: [("arithmetic", 4722432)]},
)

case(
    "bert-ffn-one-bias",
    D(bert()),
    """
intermediate: 768*3072 + 3072 = 2,362,368
output: 3072*768 = 2,359,296
""",
    {2: [("missing_bias", 2360064)]},
)

case(
    "gpt2-tied-head",
    D(gpt2()),
    """
wte: 50257*768 = 38,597,376
wpe: 1024*768 = 786,432
12 blocks: 85,054,464
ln_f: 1,536
lm_head: 768*50257 = 38,597,376
Total: 163,037,184
""",
    {6: [("tied_embeddings_double_counted", 124439808)]},
    may=(5,),
    total=(163037184, False),
)

case(
    "gpt2-block-sum",
    D(gpt2()),
    """
attention: 768*2304 + 2304 + 768*768 + 768 = 2,362,368
mlp: 768*3072 + 3072 + 3072*768 + 768 = 4,722,432
layer norms: 2*2*768 = 3,072
block: 2,362,368 + 4,722,432 + 3,072 = 7,078,872
""",
    {4: [("wrong_sum", 7087872)]},
)

case(
    "llama-two-matrices",
    D(llama()),
    """
attention per layer: 4 * 4096 * 4096 = 67,108,864
mlp per layer: 2 * 4096 * 11008 = 90,177,536
""",
    {2: [("missing_gate_matrix", 135266304)]},
)

case(
    "llama-head-forgotten",
    D(llama()),
    """
embedding 131,072,000
32 layers x 202,383,360 = 6,476,267,520
norm 4,096
total 6,607,343,616
""",
    {4: [("missing_layer", 6738415616)]},
    total=(6607343616, False),
)

case(
    "llama-gqa-ignored",
    D(llama(v=128256, d=4096, f=14336, n=32, kv=1024)),
    """
q_proj: 4096*4096 = 16,777,216
k_proj: 4096*4096 = 16,777,216
v_proj: 4096*4096 = 16,777,216
o_proj: 4096*4096 = 16,777,216
""",
    {2: [("wrong_out_channels", 4194304)], 3: [("wrong_out_channels", 4194304)]},
)

case(
    "vit-sequence-multiplied",
    D(vit()),
    """
patch embedding: 16*16*3*768 + 768 = 590,592
position embedding: 196*768 = 150,528
head: 768*1000 + 1000 = 769,000
""",
    {2: [("wrong_in_channels", 151296)]},
)

case(
    "lora-one-matrix",
    D([repeat("layers", 24, lora("q_proj", 1024, 1024, 8), lora("v_proj", 1024, 1024, 8))]),
    """
q_proj: 8 * 1024 = 8,192
v_proj: 8 * 1024 = 8,192
""",
    {1: [("wrong_formula", 16384)], 2: [("wrong_formula", 16384)]},
)

case(
    "embedding-bias",
    D(KERAS_LSTM, framework="keras"),
    """
Embedding: (5000 + 1)*64 = 320,064
LSTM: 98,816
Dense: 129
""",
    {1: [("double_bias", 320000)]},
)
case(  # 4*((20 + 48)*48 + 48) = 13,248
    "letters glued to each other, and their sizes behind with",
    D([rnn("lstm", "lstm", 20, 48, 1)]),
    """
4(nm + n^2 + n) with m = 20 and n = 48
4*(20*48 + 48*48 + 48)*30 = 397440
""",
    {2: [("timesteps_counted", 13248)]},
)
# a gate: 12*20 + 20*20 + 20 = 660; four of them 2,640
ONE_VECTOR = D([rnn("lstm", "lstm", 12, 20, 1)], framework="keras")
case(
    "a-symbolic-gate-over-two-lines",
    ONE_VECTOR,
    """
n_x = 12, n_s = 20
каждый вентиль: n_s · n_x (ядро) + n_s · n_s (рекуррентное ядро)
+ n_s (смещение)
четыре вентиля: 4 · (n_s · n_x + n_s · n_s + n_s) = 2640
""",
)
case(
    "a-symbolic-gate-over-two-lines-with-two-vectors",
    ONE_VECTOR,
    """
n_x = 12, n_s = 20
per gate: n_s * n_x (kernel) + n_s * n_s (recurrent kernel)
+ n_s (bias) + n_s (recurrent bias)
four gates: 4 * (n_s * n_x + n_s * n_s + 2 * n_s) = 2720
""",
    {3: [("double_bias", 660)], 4: [("double_bias", 2640)]},
)
