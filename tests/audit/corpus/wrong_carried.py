"""Faults that go on into other lines, or that only a chat, a cache, a unit or the sizes before a formula show."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, emb, flatten, linear, ln, pool, repeat, rms
from tests.audit.corpus.networks import document as D

GROUPED = D(
    [
        emb("embed_tokens", 1000, 512),
        repeat(
            "layers", 6, linear("q_proj", 512, 512, bias=False), linear("k_proj", 512, 128, bias=False),
            linear("v_proj", 512, 128, bias=False), linear("o_proj", 512, 512, bias=False),
        ),
        rms("norm", 512),
    ],
    bias=True,
)  # fmt: skip

case(
    "said-in-a-chat",
    D([conv("conv1", 1, 8, 3), flatten(1352), linear("fc", 1352, 10)]),
    """
[10:41] ann: conv1 3*3*1*8 + 8 = 80
[10:42] ann: fc 1352*10 = 13520
[10:42] ann: total 80 + 13520 = 13600
""",
    {2: [("missing_bias", 13530)], 3: [("propagated", 13610)]},
)
case(
    "a-cache-of-all-tokens",
    GROUPED,
    """
KV cache per token: 2 x 6 layers x 8 heads x 64 x 2 bytes = 12,288 bytes
KV cache for 1024 tokens: 12,288 x 1024 = 12,582,912 bytes
""",
    {1: [("kv_heads_ignored", 3072)], 2: [("propagated", 3145728)]},
)
case(
    "the-hidden-size-over-the-heads",
    D(
        [
            repeat(
                "layers", 4, linear("q_proj", 640, 1024, bias=False), linear("k_proj", 640, 256, bias=False),
                linear("v_proj", 640, 256, bias=False), linear("o_proj", 1024, 640, bias=False),
            )
        ]
    ),
    """
KV cache: 2 * 4 layers * 2 heads * 80 * 2 bytes = 2,560 bytes per token
""",
    {1: [("wrong_head_dim", 4096)]},
)  # fmt: skip
case(
    "bias-of-the-other-side",
    D([linear("enc1", 96, 64), linear("enc2", 64, 16), linear("dec1", 16, 64), linear("dec2", 64, 96)]),
    """
96 -> 64 : 96*64 + 64 = 6208
64 -> 16 : 64*16 + 16 = 1040
16 -> 64 : 16*64 + 16 = 1040
64 -> 96 : 64*96 + 64 = 6208
""",
    {3: [("swapped_dims", 1088)], 4: [("swapped_dims", 6240)]},
)
case(
    "pooling-in-the-total",
    D(
        [
            conv("conv1", 3, 16, 3),
            pool("pool1"),
            conv("conv2", 16, 32, 3),
            pool("pool2"),
            flatten(2048),
            linear("fc", 2048, 10),
        ]
    ),
    """
1. layer: Conv, 16 filters, 3x3, same -> (3*3*3 + 1)*16 = 448
2. layer: MaxPool 2x2 -> 2*2 = 4
3. layer: Conv, 32 filters, 3x3, same -> (3*3*16 + 1)*32 = 4640
4. layer: MaxPool 2x2 -> 2*2 = 4
5. layer: Dense 10 -> 2048*10 + 10 = 20490
total: 448 + 4 + 4640 + 4 + 20490 = 25586
""",
    {2: [("counted_pooling", 0)], 4: [("counted_pooling", 0)], 6: [("propagated", 25578)]},
)
case(
    "two-matrices-of-an-expert",
    D(
        [
            repeat(
                "layers", 2, linear("router", 64, 4, bias=False),
                repeat(
                    "experts", 4, linear("gate", 64, 96, bias=False), linear("up", 64, 96, bias=False),
                    linear("down", 96, 64, bias=False),
                ),
            )
        ]
    ),
    """
один эксперт: 2 * 64 * 96 = 12288
роутер: 64 * 4 = 256
""",
    {1: [("missing_gate_matrix", 18432)]},
)  # fmt: skip
case(
    "digits-of-gigabytes-with-the-name-of-gibibytes",
    D([emb("embed", 500000, 2048)]),
    """
The table has 1,024,000,000 parameters
fp16: 1,024,000,000 × 2 bytes = 2,048,000,000 bytes = 2.048 GB
the tool shows 2.048 GiB of fp16 weights
""",
    {3: [("unit_mixup", 2048000000)]},
)
case(
    "flattened-before-the-pooling",
    D([conv("conv", 1, 16, 3), pool("pool"), flatten(3136), linear("dense", 3136, 12)]),
    """
conv: 3 × 3 × 1 × 16 + 16 = 160
After Flatten: 28 × 28 × 16 = 12544 elements
dense weights: 12544 × 12 = 150528
""",
    {2: [("wrong_flatten", 3136)], 3: [("wrong_flatten", None)]},
)
case(
    "active-as-a-share-of-all",
    D(
        [
            emb("embed", 1000, 64),
            repeat(
                "layers", 2, linear("router", 64, 8, bias=False),
                repeat("experts", 8, linear("w1", 64, 128, bias=False), linear("w2", 128, 64, bias=False)),
            ),
        ]
    ),
    """
total: 327,168
active parameters per token: 327,168 × 2/8 = 81,792
""",
    {2: [("wrong_formula", 130560)]},
)  # fmt: skip
case(
    "one-block-without-its-shortcut",
    D(
        [
            conv("conv1", 32, 64, 3, bias=False), conv("conv2", 64, 64, 3, bias=False),
            conv("downsample.0", 32, 64, 1, bias=False),
        ]
    ),
    """
conv1: 3·3·32·64 = 18 432
conv2: 3·3·64·64 = 36 864
Итого в блоке: 18 432 + 36 864 = 55 296
""",
    {3: [("missing_layer", 57344)]},
)  # fmt: skip
# a decoder's block: 2*4,224 for its attentions, 2,112 + 2,080 = 4,192, three norms of 64: 12,832; three blocks 38,496
DECODER = D(
    [
        repeat(
            "decoder", 3,
            *[linear(f"self.{name}", 32, 32) for name in "qkvo"], ln("norm1", 32),
            *[linear(f"cross.{name}", 32, 32) for name in "qkvo"], ln("norm2", 32),
            linear("ff1", 32, 64), linear("ff2", 64, 32), ln("norm3", 32),
        ),
    ]
)  # fmt: skip
case(
    "decoder-blocks-of-two-norms",
    DECODER,
    """
Un bloc du décodeur contient :
- 1 × attention masquée : 4 × (32×32 + 32) = 4224
- 1 × attention croisée : 4 × (32×32 + 32) = 4224
- 2 × normalisation : 2 × 64 = 128
- 1 × feed-forward : 32×64 + 64 + 64×32 + 32 = 4192
Total par bloc : 12768 paramètres
3 blocs : 38304 paramètres
""",
    {4: [("missing_norm", 192)], 6: [("propagated", 12832)], 7: [("propagated", 38496)]},
)
case(
    "decoder-blocks-of-three-norms",
    DECODER,
    """
Ein Block des Decoders hat
1 × maskierte Attention: 4224
1 × Cross-Attention: 4224
3 × Layernorm: 3 × 64 = 192
1 × Feed-Forward: 4192
Summe je Block: 12832 Parameter
3 Blöcke: 38496 Parameter
""",
)
# c_attn makes queries, keys and values: 48*144 = 6,912, a third 2,304; c_proj 2,352; mlp 9,408 + 9,264; norms 2*96
FUSED = D(
    [
        repeat(
            "h", 5,
            ln("ln_1", 48), linear("attn.c_attn", 48, 144, bias=False), linear("attn.c_proj", 48, 48), ln("ln_2", 48),
            linear("mlp.c_fc", 48, 192), linear("mlp.c_proj", 192, 48),
        ),
    ]
)  # fmt: skip
case(
    "thirds-of-a-fused-matrix",
    FUSED,
    """
W_query: 48 × 48 = 2304
W_key: 48 × 48 = 2304
W_value: 48 × 48 = 2304
out_proj: 48 × 48 + 48 = 2352
小计: 9264
Linear1: 48 × 192 + 192 = 9408
Linear2: 192 × 48 + 48 = 9264
LayerNorm: 2 × 96 = 192
单个Block总计: 28128 参数
""",
)
case(
    "a-third-of-a-fused-matrix-with-biases",
    FUSED,
    """
запросы (W_query): 48·48 = 2304
ключи (W_key): 48·48 + 48 = 2352
значения (W_value): 48·48 = 2304
выход (out_proj): 48·48 + 48 = 2352
""",
    {2: [("double_bias", 2304)]},
)
case(
    "a-wrong-result-said-again-in-the-list",
    FUSED,
    """
один блок: 28128
5 блоков: 5 × 28128 = 140460

Blocks: 140460
""",
    {2: [("arithmetic", 140640)], 4: [("propagated", 140640)]},
)
