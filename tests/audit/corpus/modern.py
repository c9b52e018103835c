"""What texts about modern networks taught: experts, shared tables, heads, caches, lists; truths by hand."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, document, emb, linear, ln, lora, repeat, rms, rnn

D = document
BLOCK = repeat(
    "layers", 4,
    linear("attn.q", 64, 64), linear("attn.k", 64, 64), linear("attn.v", 64, 64), linear("attn.out_proj", 64, 64),
    ln("norm1", 64), linear("ffn.up", 64, 256), linear("ffn.down", 256, 64), ln("norm2", 64),
)  # fmt: skip
"""One block: 4*4,160 = 16,640 for attention, 16,640 + 16,448 = 33,088 for the feed-forward part, 2*128: 49,984."""
EMBEDDED = [emb("word", 1000, 64), emb("position", 64, 64), emb("segment", 2, 64), ln("norm", 64), BLOCK]
"""The tables have 1,066*64 = 68,224; the norm 128; the whole 68,352 + 4*49,984 = 268,288."""
ROUTED = [
    emb("embed_tokens", 500, 64),
    repeat(
        "layers", 3,
        linear("attn.q", 64, 64, False), linear("attn.o", 64, 64, False), linear("router", 64, 8, False),
        repeat("experts", 8, linear("gate", 64, 32, False), linear("up", 64, 32, False), linear("down", 32, 64, False)),
        rms("norm1", 64), rms("norm2", 64),
    ),
]  # fmt: skip
"""An expert has 3*64*32 = 6,144, eight 49,152; a layer 8,192 + 512 + 49,152 + 128 = 57,984; three 173,952; 205,952."""
HEADED = [
    linear("W_Q", 192, 192, False), linear("W_K", 192, 192, False), linear("W_V", 192, 192, False),
    linear("W_O", 192, 192, False), ln("norm", 192),
]  # fmt: skip
SEQUENCE = [
    emb("src_embedding", 900, 40), rnn("lstm", "encoder", 40, 64, 1), emb("tgt_embedding", 700, 40),
    rnn("lstm", "decoder", 104, 64, 1), linear("fc", 64, 700),
]  # fmt: skip
"""36,000; 4*(40*64 + 64*64 + 64) = 26,880; 28,000; 4*(104*64 + 64*64 + 64) = 43,264; 64*700 + 700 = 45,500."""
STAGES = [
    conv("stem", 3, 16, 3),
    conv("inception2a.a", 16, 8, 1), conv("inception2a.b", 16, 24, 3),
    conv("inception2b.a", 32, 8, 1), conv("inception2b.b", 32, 40, 3),
    conv("inception3a.a", 48, 16, 1), conv("inception3a.b", 48, 48, 3),
]  # fmt: skip
"""448; 136 + 3,480 = 3,616; 264 + 11,560 = 11,824; 784 + 20,784 = 21,568."""

case(
    "lists numbered with wide brackets",
    D(EMBEDDED),
    """1）输入：(1000 + 64 + 2) × 64 + 2 × 64 = 68352
2）自注意力：4 × (64 × 64 + 64) = 16640
3）前馈：64 × 256 + 256 × 64 = 32768
4）每层的 LayerNorm：2 × 64 = 128
5）一层合计：16640 + 32768 + 128 = 49536
6）4 层：49536 × 4 = 198144
总计：68352 + 198144 = 266496""",
    {
        3: [("missing_bias", 33088)], 4: [("missing_norm", 256)], 5: [("propagated", 49984)],
        6: [("propagated", 199936)], 7: [("propagated", 268288)],
    },
)  # fmt: skip
case(
    "a layer's router left out",
    D(ROUTED),
    """* embedding: 500 × 64 = 32,000
* per layer
  * attention (q, o): 2 × 64² = 8,192
  * one expert: 3 × 64 × 32 = 6,144
  * 8 experts, top-2: 8 × 6,144 = 49,152
  * two norms: 128
  * layer total: 57,472
* 3 layers: 3 × 57,472 = 172,416

Total: 204,416""",
    {7: [("missing_layer", 57984)], 8: [("propagated", 173952)], 10: [("propagated", 205952)]},
)
case("a result of two products", D(ROUTED), "attention: q 64*64, o 64*64 -> 8,192\nrouter 64*8 = 512")
case(
    "a block and its multiple",
    D(EMBEDDED),
    """tables                  1066*64 = 68,224
norm                    128
block                   16,640 + 33,088 + 256 = 49,984
  x 4                   199,936
TOTAL                   268,288""",
)
case(
    "one row's name three times",
    D(STAGES),
    """| conv          | 448    |
| inception(2a) | 3,616  |
| inception(2b) | 12,824 |
| inception(3a) | 21,568 |""",
    {3: [("wrong_value", 11824)]},
)
case(
    "a count in megabytes",
    D(EMBEDDED),
    "FFN of all layers: 4 * (64*256 + 256 + 256*64 + 64) = 0.132352 MB",
    {1: [("unit_mixup", 132352)]},
)
case(
    "heads as a factor, and no output",
    D(HEADED),
    "attention: 3 * 192 * 192 * 6 = 663,552 (6 heads)\nLayerNorm: 384\nsum 663,936",
    {1: [("multiplied_by_heads", 147456)], 3: [("propagated", 147840)]},
)
case(
    "layers in another language, and biases that only the total betrays",
    D(SEQUENCE),
    """源词表 900*40 = 36000
编码器 LSTM 4*(40*64 + 64*64 + 64) = 26880
目标词表 700*40 = 28000
解码器 LSTM 4*(40*64 + 64*64 + 64) = 26880
输出层 64*700 = 44800
一共 162560""",
    {4: [("wrong_in_channels", 43264)], 5: [("missing_bias", 45500)], 6: [("propagated", 179644)]},
)
case(
    "signs that nothing ate",
    D([conv("conv1", 3, 36, 3), bn("bn1", 36)]),
    "conv1: (3×3×3+1)×36 = 1008\nbn1: 4×36 = 144",
    {2: [("counted_running_stats", 72)]},
)
case(
    "a name with a slash, and where a size comes from",
    D(ROUTED),
    "attn/layer 64*64*2 = 8,192   (8 heads x 8 = 64)\nnorms/layer 2*64 = 128",
)
case(
    "a sum below everything, after an equals sign",
    D([*STAGES[:1], linear("fc", 16, 4)]),
    "stem: 448\n4-way head: 16*4 + 4: 68\n= 516 params",
)
case(
    "symbols that carry what is wrong",
    D(ROUTED),
    """attn = 2*64*64            # = 8,192
expert = 3*64*32          # = 6,144
router = 64*8             # = 512
norms = 2*64              # = 128
layer = 8*(attn + expert) + router + norms   # = 115,328
total = 3*layer + 500*64                 # = 377,984""",
    {5: [("shared_parameters_multiplied", 57984)], 6: [("propagated", 205952)]},
)
case(
    "a table three times",
    D([emb("shared", 800, 32), repeat("encoder", 2, linear("ff", 32, 32))]),
    "Embeddings = 3 * 800 * 32 = 76,800\n2 layers: 2*1,056 = 2,112\nTotal = 76,800 + 2,112 = 78,912",
    {1: [("tied_embeddings_double_counted", 25600)], 3: [("propagated", 27712)]},
)
case(
    "the sum of one of several equal layers",
    D([repeat("layers", 6, linear("in_proj", 32, 64, False), conv("conv1d", 64, 64, 3, True, 64), rms("norm", 32))]),
    "layer\tformula\tparams\nnorm\t32\t32\nin_proj\t32 x 64\t2048\nconv1d\t64 x 64 x 9 + 64\t36928\nsum\t\t39008\nx 6\t\t234048",
    {4: [("missing_groups", 640)], 5: [("propagated", 2720)], 6: [("propagated", 16320)]},
)
case(
    "two steps without their biases, and a norm too many",
    D(
        [
            conv("expand", 12, 72, 1, False), bn("expand_bn", 72), conv("depthwise", 72, 72, 3, False, 72),
            bn("dw_bn", 72), conv("se_reduce", 72, 4, 1), conv("se_expand", 4, 72, 1),
            conv("project", 72, 20, 1, False), bn("project_bn", 20),
        ]
    ),
    """expand 12*72 = 864
BN 144
depthwise 3*3*72 = 648
BN 144
SE (72 -> 4 -> 72): 72*4 + 4*72 = 576
BN of SE 2*72 = 144
project 72*20 = 1,440
BN 2*20 = 40
total 4,000""",
    {5: [("missing_bias", 652)], 6: [("extra_layer", 0)], 9: [("propagated", 3932)]},
)  # fmt: skip
case(
    "three matrices of one label, for every head",
    D(HEADED[:4]),
    "d_model = 192, h = 6\nW_Q, W_K, W_V for every head: 3 * 192 * 192 * 6 = 663,552\nW_O: 192 * 192 = 36,864",
    {2: [("multiplied_by_heads", 110592)]},
)
case(
    "a step of many",
    D([rnn("rnn", "rnn", 24, 40, 1), linear("out", 40, 5)]),
    """W_xh: 24*40 = 960
W_hh: 40*40 = 1600
b_h: 40
that's 2600 params per step, and 2600*12 = 31200 for the whole sequence
W_hy and b_y: 40*5 + 5 = 205
Total: 31405""",
    {4: [("timesteps_counted", 2600)], 6: [("propagated", 2805)]},
)
case(
    "another network beside this one",
    D(HEADED),
    "four matrices 4*192*192 = 147,456\nthe norm 2*192 = 384, which makes 147,840 in total.\nFor comparison, the plain attention of ResNet has 140,000.",
)
case(
    "the sum of a block, and how often it is there",
    D(EMBEDDED),
    """- tables 1066*64 = 68,224, norm 128
- per block:
  - attention: 4*(64*64 + 64) = 16,640
  - MLP: 64*256 + 256 + 256*64 + 64 = 33,088
  - 2 norms: 4*64 = 256
  = 49,984, times 4 = 199,936
→ 268,288""",
)
case(
    "adapters of keys as wide as those of queries",
    D([repeat("layers", 5, *[lora(f"{x}_proj", 64, 64 if x in "qo" else 16, 8) for x in "qkvo"])]),
    """r × (d_in + d_out) = 8 × (64 + 64) = 1,024
each layer, 4 matrices: 4 × 1,024 = 4,096
5 layers: 5 × 4,096 = 20,480""",
    {2: [("kv_heads_ignored", 3328)], 3: [("propagated", 16640)]},
)
case(
    "experts of two matrices instead of three, in Chinese",
    D([linear("router", 64, 8, False), ROUTED[1]["layers"][3]]),
    "每个专家：2 × 64 × 32 = 4,096\n8 个专家：8 × 4,096 = 32,768\n路由器：64 × 8 = 512\n共 33,280",
    {1: [("missing_gate_matrix", 6144)], 2: [("propagated", 49152)], 4: [("propagated", 49664)]},
)
case(
    "small values in the bracket of a block",
    D(EMBEDDED),
    "attention 4*(64*64 + 64) = 16,640\nmlp 64*256 + 256 + 256*64 + 64 = 33,088\nln 4*64 = 256\n4 * (16,640 + 33,088 + 256) = 199,936",
)
case(  # 1000*64 + 2*(64*64 + 64*8 + 8*2*64*128) = 64,000 + 2*135,680
    "a name's two numbers multiplied, the unit behind the result",
    D(
        [
            emb("embed", 1000, 64),
            repeat(
                "layers", 2, linear("attn.q", 64, 64, False), linear("router", 64, 8, False),
                repeat("experts", 8, linear("up", 64, 128, False), linear("down", 128, 64, False)),
            ),
        ]
    ),
    "MoE: 8x1.5 = 12B",
    {1: [("shared_parameters_multiplied", 335360)]},
)  # fmt: skip
case(  # a dense layer of 4*32 would have 3*64*128 = 24,576; eight experts have 49,152
    "a dense layer beside experts, for comparison",
    D(ROUTED),
    """
| Schicht | Parameter | FLOPs je Token |
|---|---|---|
| dense MLP (so breit wie 4 Experten) | 3 × 64 × 128 = 24,576 | 2 × 3 × 64 × 128 = 49,152 |
| 8 experts, top-4 | 3 × 8 × 64 × 32 = 49,152 | 2 × 3 × 64 × 32 × 4 = 49,152 |
""",
)
