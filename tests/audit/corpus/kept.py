"""Counts as people keep them: in blog posts in Chinese, in objects of a page, in frames, on one line between dots."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, document, flatten, linear, ln, repeat, rnn

D = document
ENCODER = [
    repeat(
        "layer",
        6,
        *[linear(name, 256, 256) for name in ("query", "key", "value", "output")],
        ln("norm1", 256),
        linear("up", 256, 1024),
        linear("down", 1024, 256),
        ln("norm2", 256),
    )
]
"""A layer has 4*(256*256 + 256) + 256*1024 + 1024 + 1024*256 + 256 + 2*2*256 = 789,760; six 4,738,560."""
WIDE = [linear("fc1", 1024, 2048), linear("fc2", 2048, 512)]
"""1024*2048 + 2048 = 2,099,200 and 2048*512 + 512 = 1,049,088: 3,148,288."""
SEPARABLE = [conv("depthwise", 128, 128, 3, groups=128), conv("pointwise", 128, 128, 1)]
"""3*3*128 + 128 = 1,280 and 128*128 + 128 = 16,512: 17,792; an ordinary convolution has 3*3*128*128 + 128 = 147,584."""
FRAMES = [linear("h1", 20, 64), linear("h2", 64, 32), linear("out", 32, 3)]
"""1,344, 2,080 and 99: 3,523."""
SMALL_CNN = [conv("conv1", 3, 24, 3), bn("bn1", 24), flatten(5400), linear("fc", 5400, 5)]
"""3*3*3*24 + 24 = 672, 48 and 5400*5 + 5 = 27,005: 27,725."""
CURVES = [rnn("gru", "gru", 2, 24, 1), linear("dense", 24, 24), linear("output", 24, 1)]
"""3*(2*24 + 24*24 + 24) = 1,944, 600 and 25: 2,569."""
SIGNALS = [
    linear("embed", 24, 96, bias=False),
    repeat("blocks", 4, linear("up", 96, 384, bias=False), linear("down", 384, 96, bias=False), ln("norm", 96)),
]
"""2,304 and 4*(2*36,864 + 192) = 295,680: 297,984."""
STACK = [
    repeat("layers", 3, *[linear(name, 64, 64) for name in "qkvo"], linear("ff1", 64, 192), linear("ff2", 192, 64))
]
"""A layer has 4*(64*64 + 64) + 64*192 + 192 + 192*64 + 64 = 41,472; three 124,416."""

case(
    "so-many-of-a-kind-before-their-count",
    D(ENCODER),
    """
每个头的Q、K、V：(256 * 64 + 64) * 3 = 49344
4个注意力头的参数总量：49344 * 4 = 197376
输出投影：256 * 256 + 256 = 65792
FFN：(256 * 1024 + 1024) + (1024 * 256 + 256) = 525568
两个LayerNorm：256 * 2 * 2 = 1024
一个encoder层的参数总量：197376 + 65792 + 525568 + 1024 = 789760
6层参数总量：789760 * 6 = 4738560
""",
)
case(
    "so-many-of-a-kind-and-a-slip",
    D(ENCODER),
    """
每个头的Q、K、V：(256 * 64 + 64) * 3 = 49344
4个注意力头的参数总量：49344 * 4 = 197376
输出投影：256 * 256 + 256 = 65792
FFN：(256 * 1024 + 1024) + (1024 * 256 + 256) = 525568
两个LayerNorm：256 * 2 * 2 = 1024
一个encoder层的参数总量：197376 + 65792 + 525568 + 1024 = 789760
6层参数总量：789760 * 6 = 4783560
""",
    {7: [("arithmetic", 4738560)]},
)
case(
    "grouped-by-ten-thousands",
    D(WIDE),
    """
总参数量：314 8288
第一层 1024 * 2048 + 2048 = 209 9200
第二层 2048 * 512 + 512 = 104 9088
209 9200 + 104 9088 = 314 8288
""",
)
case(
    "grouped-by-ten-thousands-without-biases",
    D(WIDE),
    """
第一层 1024 * 2048 = 209 7152
第二层 2048 * 512 + 512 = 104 9088
209 7152 + 104 9088 = 314 6240
""",
    {1: [("missing_bias", 2099200)], 3: [("propagated", 3148288)]},
)
case(
    "a-ratio-is-no-share",
    D(SEPARABLE),
    """
Depthwise: 3×3×128 + 128 = 1,280
Pointwise: 1×1×128×128 + 128 = 16,512
Both: 1,280 + 16,512 = 17,792
Gain: 147,584 / 17,792 ≈ 8.3× smaller
""",
)
case(
    "a-ratio-that-is-off",
    D(SEPARABLE),
    """
Depthwise: 3×3×128 + 128 = 1,280
Pointwise: 1×1×128×128 + 128 = 16,512
Both: 1,280 + 16,512 = 17,792
Gain: 147,584 / 17,792 ≈ 9.3× smaller
""",
    {4: [("arithmetic", None)]},
)
case(
    "parameters-times-bytes",
    D(WIDE),
    """
fc1: 1024 × 2048 + 2048 = 2,099,200
fc2: 2048 × 512 + 512 = 1,049,088
**Parameters**: 3.15M × 4 bytes (float32) = ~12.6 MB
""",
)
case(
    "parameters-of-the-output-in-code",
    D(CURVES),
    """
gru_params = 3 * (2*24 + 24*24 + 24)   # 1944
dense_params = 600
output_params = 25    # 输出层
total_params = 2569
""",
)
case(
    "parameters-of-the-output-beside-a-slip",
    D(CURVES),
    """
gru_params = 1944
dense_params = 576
output_params = 25
total_params = 2545
""",
    {2: [("missing_bias", 600)], 4: [("propagated", 2569)]},
)
case(
    "rounded-to-tens-of-thousands",
    D(SIGNALS),
    """
- Embed: `24 × 96 = 2,304`
- Blocks × 4, each `2 × (96 × 384) + 2 × 96 = 73,920`
- **Grand total ≈ 300k**
""",
)
case(
    "dots-between-names",
    D(SMALL_CNN),
    "- **breakdown:** `conv1 672` · `bn1 48` · `fc 27,005` (**97.4%**) · total **27,725**",
)
case(
    "dots-between-names-and-a-slip",
    D(SMALL_CNN),
    "- **breakdown:** `conv1 672` · `bn1 48` · `fc 27,000` (**97.4%**) · total **27,720**",
    {1: [("missing_bias", 27005)]},
)
case(
    "steps-of-an-object",
    D(ENCODER),
    """
{ kind: "steps", title: "Counting the encoder", items: [
  { title: "Attention in one layer", text: "Four projections of 256 × 256 + 256 = 65,792 each. Together: **263,168**." },
  { title: "MLP in one layer", text: "256 → 1,024 costs 256 × 1,024 + 1,024 = 263,168. 1,024 → 256 costs 1,024 × 256 + 256 = 262,400." },
  { title: "Six layers", text: "6 × 789,760 = 4,738,560 parameters." },
] },
""",
)
case(
    "steps-of-an-object-and-a-slip",
    D(ENCODER),
    """
[
  {"title": "MLP in one layer", "text": "256 → 1,024 costs 256 × 1,024 + 1,024 = 263,618 parameters."},
  {"title": "Six layers", "text": "6 × 789,760 = 4,738,560 parameters."}
]
""",
    {2: [("arithmetic", 263168)]},
)
case(
    "a-frame-of-columns",
    D(FRAMES),
    """
table = pd.DataFrame({
    "Layer": ["Input", "Hidden 1", "Hidden 2", "Output"],
    "Units": [20, 64, 32, 3],
    "Parameters": ["-", "1,344", "2,080", "99"],
})
""",
)
case(
    "a-frame-of-columns-without-biases",
    D(FRAMES),
    """
table = pd.DataFrame({
    "Layer": ["Input", "Hidden 1", "Hidden 2", "Output"],
    "Units": [20, 64, 32, 3],
    "Parameters": ["-", "1,280", "2,080", "99"],
})
""",
    {4: [("missing_bias", 1344)]},
)
case(
    "numbered-layers-of-a-part",
    D(STACK),
    """
Per layer parameters:
  Attention:
    - Q, K, V projections: 3 × (64 × 64 + 64) = 12,480
    - Output projection: 64 × 64 + 64 = 4,160
  FFN:
    - Layer 1: 64 × 192 + 192 = 12,480
    - Layer 2: 192 × 64 + 64 = 12,352
Per layer total: 41,472 parameters
3 layers total: 124,416 parameters
""",
)
case(
    "an-actual-count-beside-the-right-one",
    D(STACK),
    """
Per layer total: 41,472 parameters
3 layers total: 124,416 parameters

Note: actual number of parameters ~98,304 after fusing
""",
    {4: [("wrong_value", 124416)]},
)
case(
    "what-stands-below-a-comparison",
    D([linear("down", 320, 40), linear("up", 40, 320)]),
    """
Adapter: 320 -> 40 -> 320
 - 320 * 40 + 40 = 12,840
 - 40 * 320 + 320 = 13,120
 - total: 25,960

Vergleich:
 - 320 * 320 + 320 = 102,720 (eine einzelne Schicht)
""",
)
case(
    "what-stands-below-a-comparison-adds-up-wrongly",
    D([linear("down", 320, 40), linear("up", 40, 320)]),
    """
Adapter: 320 -> 40 -> 320
 - 320 * 40 + 40 = 12,840
 - 40 * 320 + 320 = 13,020
 - total: 25,860

Vergleich:
 - 320 * 320 + 320 = 102,720 (eine einzelne Schicht)
""",
    {3: [("arithmetic", 13120)], 4: [("propagated", 25960)]},
)
case(
    "the-model-before-its-memory",
    D(WIDE),
    """
fc1: 1024 × 2048 + 2048 = 2,099,200
e.g. 13B FP16 = 13×10⁹ × 2 = 26 GB
""",
)
case(
    "the-model-before-its-memory-twice",
    D(WIDE),
    """
fc1: 1024 × 2048 + 2048 = 2,099,200
e.g. 13B FP16 = 13×10⁹ × 2 = 52 GB
""",
    {2: [("arithmetic", 26_000_000_000)]},
)
case(
    "a-context-above-its-cache",
    D(WIDE),
    """
fc1: 1024 × 2048 + 2048 = 2,099,200
Beispiel: Qwen2.5-7B, fp16, seq=2048
    = 2 × 28 × 4 × 128 × 2048 × 2 = 117,440,512 bytes
""",
)
case(
    "a-context-above-its-cache-twice",
    D(WIDE),
    """
fc1: 1024 × 2048 + 2048 = 2,099,200
Beispiel: Qwen2.5-7B, fp16, seq=2048
    = 2 × 28 × 4 × 128 × 2048 × 2 = 0.23 GB
""",
    {3: [("arithmetic", 117_440_512)]},
)
case(
    "what-a-layer-maps-in-brackets",
    D([rnn("lstm", "lstm", 16, 40, 1), linear("fc", 40, 27)]),
    """
Tagger:
  LSTM(input=16, hidden=40)
  → FC(40→27)  # 26 letters + 1 blank
parameters:
  LSTM: 4 × (16×40 + 40×40 + 40) = 9,120
  FC: 40×27 + 27 = 1,107
  total: 10,227
""",
)
case(
    "what-is-trained-below-a-total",
    D(SMALL_CNN),
    """
| 模組 | 結構 |
| --- | --- |
| 分類器 | Flatten |
| 總參數量 | 27725 |
| 可訓練參數量 | 27725 |
""",
)
case(
    "what-is-trained-below-a-total-without-norms",
    D(SMALL_CNN),
    """
| 模組 | 結構 |
| --- | --- |
| 分類器 | Flatten |
| 總參數量 | 27677 |
| 可訓練參數量 | 27677 |
""",
    {4: [("missing_norm", 27725)], 5: [("wrong_value", 27725)]},
)
