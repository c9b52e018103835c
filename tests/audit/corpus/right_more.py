"""More right calculations: distractors, odd layouts, conventions, parts of networks."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import (
    ALEXNET,
    BN_CNN,
    LENET,
    MNIST_MLP,
    TINY_CNN,
    bert,
    bn,
    conv,
    document,
    emb,
    flatten,
    gpt2,
    linear,
    llama,
    ln,
    pool,
    repeat,
    rms,
    rnn,
    tied,
)

D = document
RESNET_STEM = [
    conv("conv1", 3, 64, 7, bias=False),
    bn("bn1", 64),
    pool("maxpool"),
    conv("layer1.0.conv1", 64, 64, 3, bias=False),
    bn("layer1.0.bn1", 64),
    conv("layer1.0.conv2", 64, 64, 3, bias=False),
    bn("layer1.0.bn2", 64),
    conv("layer1.1.conv1", 64, 64, 3, bias=False),
    bn("layer1.1.bn1", 64),
    conv("layer1.1.conv2", 64, 64, 3, bias=False),
    bn("layer1.1.bn2", 64),
    linear("fc", 64, 10),
]
VGG16 = [
    conv("conv1_1", 3, 64, 3),
    conv("conv1_2", 64, 64, 3),
    pool("pool1"),
    conv("conv2_1", 64, 128, 3),
    conv("conv2_2", 128, 128, 3),
    conv("conv3_1", 128, 256, 3),
    conv("conv3_2", 256, 256, 3),
    conv("conv3_3", 256, 256, 3),
    conv("conv4_1", 256, 512, 3),
    conv("conv4_2", 512, 512, 3),
    conv("conv4_3", 512, 512, 3),
    conv("conv5_1", 512, 512, 3),
    conv("conv5_2", 512, 512, 3),
    conv("conv5_3", 512, 512, 3),
    flatten(25088),
    linear("fc6", 25088, 4096),
    linear("fc7", 4096, 4096),
    linear("fc8", 4096, 1000),
]
TRANSFORMER_LAYER = [
    linear("w_q", 512, 512, False),
    linear("w_k", 512, 512, False),
    linear("w_v", 512, 512, False),
    linear("w_o", 512, 512, False),
    linear("ff1", 512, 2048),
    linear("ff2", 2048, 512),
    ln("ln1", 512),
    ln("ln2", 512),
]
MOE = [
    linear("router", 1024, 8, False),
    repeat(
        "experts", 8, linear("w1", 1024, 4096, False), linear("w2", 4096, 1024, False), linear("w3", 1024, 4096, False)
    ),
]
T5_LIKE = [
    emb("shared", 32128, 512),
    repeat(
        "encoder",
        6,
        linear("q", 512, 512, False),
        linear("k", 512, 512, False),
        linear("v", 512, 512, False),
        linear("o", 512, 512, False),
        rms("norm1", 512),
        linear("wi", 512, 2048, False),
        linear("wo", 2048, 512, False),
        rms("norm2", 512),
    ),
    rms("final_norm", 512),
    tied("lm_head", "shared"),
]

case(
    "resnet-names-with-dots",
    D(RESNET_STEM),
    """
conv1.weight 9408
bn1 128
layer1.0.conv1 36864
layer1.0.bn1 128
layer1.0.conv2 36864
layer1.0.bn2 128
layer1.1: 2 x (36,864 + 128) = 73,984
fc 650
""",
)

case(
    "resnet-stage",
    D(RESNET_STEM),
    """
stem: 7x7x3x64 = 9,408 (+128 BN)
layer1: 4 convs 3x3x64x64 = 4 x 36,864 = 147,456, BN 4 x 128 = 512
fc: 64x10+10 = 650
Total params = 9,408 + 128 + 147,456 + 512 + 650 = 158,154
""",
    total=(158154, True),
)

case(
    "vgg-blocks",
    D(VGG16),
    """
Block 1: 1,792 + 36,928 = 38,720
Block 2: 73,856 + 147,584 = 221,440
Block 3: 295,168 + 2*590,080 = 1,475,328
Block 4: 1,180,160 + 2*2,359,808 = 5,899,776
Block 5: 3*2,359,808 = 7,079,424
FC: 102,764,544 + 16,781,312 + 4,097,000 = 123,642,856
Sum = 138,357,544 ~ 138.36M
""",
    total=(138357544, True),
)

case(
    "vgg-each",
    D(VGG16),
    """
conv3_2 and conv3_3: 3*3*256*256 + 256 = 590,080 each
conv5 (three layers): 3*3*512*512 + 512 = 2,359,808 each
fc6: 7*7*512*4096 + 4096 = 102,764,544 -> 74% of all 138,357,544 parameters
""",
)

case(
    "vgg-memory",
    D(VGG16),
    """
VGG-16 has 138 million parameters, which takes 528 MB in float32 (138,357,544 * 4 / 1024^2 = 527.8).
""",
    total=(138000000, True),
)

case(
    "vgg-flops-not-params",
    D(VGG16),
    """
conv1_1: 224*224*3*3*3*64 = 86,704,128 MACs, 1,792 params
conv1_2: 224*224*3*3*64*64 = 1,849,688,064 MACs, 36,928 params
""",
)

case(
    "transformer-formula-bindings",
    D(TRANSFORMER_LAYER),
    """
d_model = 512, d_ff = 2048
attention: 4 * d_model^2 = 4 * 512^2 = 1,048,576
ffn: 2 * d_model * d_ff + d_ff + d_model = 2 * 512 * 2048 + 2048 + 512 = 2,099,712
layer norm: 2 * 2 * d_model = 2,048
total = 1,048,576 + 2,099,712 + 2,048 = 3,150,336
""",
    total=(3150336, True),
)

case(
    "transformer-implicit",
    D(TRANSFORMER_LAYER),
    """
d=512
4d^2 = 1048576
8d^2 + 5d = 2099712
4d = 2048
""",
)

case(
    "moe-experts",
    D(MOE),
    """
router: 1024 x 8 = 8,192
one expert: 3 x 1024 x 4096 = 12,582,912
8 experts: 8 x 12,582,912 = 100,663,296
total 100,671,488; active per token (top-2): 2 x 12,582,912 + 8,192 = 25,174,016
""",
)

case(
    "t5-tied",
    D(T5_LIKE),
    """
shared embedding 32128*512 = 16,449,536
attention per block: 4*512*512 = 1,048,576
ff per block: 2*512*2048 = 2,097,152
norms per block: 2*512 = 1,024
block: 3,146,752
6 blocks: 18,880,512
final norm: 512
total 35,330,560 (lm_head is tied)
""",
    total=(35330560, True),
)

case(
    "bert-large-m",
    D(bert(d=1024, f=4096, n=24)),
    """
Embeddings: (30522 + 512 + 2 + 2) * 1024 = 31.8M
Each layer: 4*(1024*1024 + 1024) + (1024*4096 + 4096) + (4096*1024 + 1024) + 2*2*1024 = 12.6M
24 layers: 302.3M
Pooler: 1.05M
Total: 335.1M
""",
    total=(335100000, True),
)

case(
    "bert-chinese-heads",
    D(bert()),
    """
Q、K、V 三个矩阵：768×64×3×12 = 1,769,472，偏置 64×3×12 = 2,304
多头拼接后的输出：768×768＋768 = 590,592
LayerNorm：768×2 = 1,536
前馈：768×3072＋3072 + 3072×768＋768 = 4,722,432
""",
)

case(
    "gpt2-percent",
    D(gpt2()),
    """
token embeddings 38.6M (31% of 124.4M)
12 blocks 85.1M (68%)
position embeddings 0.8M
""",
)

case(
    "gpt2-approx-rule",
    D(gpt2()),
    """
N ≈ 12 n_layer d_model² = 12 × 12 × 768² ≈ 85M non-embedding parameters
""",
    may=(1,),
)

case(
    "llama-70b-style",
    D(llama(v=32000, d=8192, f=28672, n=80, kv=1024)),
    """
attn: 8192*8192*2 + 8192*1024*2 = 150,994,944
mlp: 3*8192*28672 = 704,643,072
norms: 16,384
layer: 855,654,400; x80 = 68,452,352,000
embed + head: 2*32000*8192 = 524,288,000
norm: 8,192
sum: 68,976,648,192 = 69.0B
""",
    total=(68976648192, True),
)

case(
    "lstm-tex",
    D([rnn("lstm", "lstm_1", 3, 4, 1)], framework="keras"),
    r"""
$4 \times (n_h (n_x + n_h) + n_h)$ with $n_x = 3$, $n_h = 4$:
$4 \cdot (4 \cdot (3 + 4) + 4) = 128$
""",
    total=(128, True),
)

case(
    "lstm-matrix-shapes",
    D([rnn("lstm", "lstm", 28, 128, 2)], framework="pytorch"),
    """
weight_ih_l0 (512, 28): 14336
weight_hh_l0 (512, 128): 65536
bias_ih_l0 (512,): 512
bias_hh_l0 (512,): 512
total 80896
""",
    total=(80896, True),
)

case(
    "lstm-brackets",
    D([rnn("lstm", "lstm", 5, 7, 1)], framework="keras"),
    """
[(7 + 5 + 1) * 7] * 4 = 364
""",
    total=(364, True),
)

case(
    "gru-korean",
    D([rnn("gru", "gru_1", 1, 10, 2)], framework="keras-tf2"),
    """
GRU 파라미터 수
3 * (노드수 * (노드수 + 입력수 + 2))
= 3 * (10 * (10 + 1 + 2))
= 390
""",
    total=(390, True),
)

case(
    "bigru-japanese",
    D([rnn("gru", "gru", 50, 20, 2, both=True)], framework="keras-tf2"),
    """
順方向：3×(50×20＋20×20＋2×20)＝4,320
逆方向：4,320
合計：8,640
""",
    total=(8640, True),
)

case(
    "keras-conv-naming",
    D([conv("conv2d_7", 16, 24, 5)], framework="keras"),
    """
conv2d_7: (5 * 5 * 16 + 1) * 24 = 9624
""",
    total=(9624, True),
)

case(
    "question-mark",
    D([linear("fc", 20, 5)]),
    """
Why does nn.Linear(20, 5) have 105 parameters? 20*5 = 100, plus 5 bias terms = 105.
""",
)

case(
    "wrong-attempt-struck",
    D([conv("conv", 3, 8, 5)]),
    """
~~5*5*8 + 8 = 208~~
5*5*3*8 + 8 = 608
""",
    total=(608, True),
)

case(
    "superscript",
    D([conv("conv", 8, 16, 3)]),
    """
3²·8·16 + 16 = 1168
""",
    total=(1168, True),
)

case(
    "frac",
    D([conv("conv", 64, 128, 3, groups=4)]),
    r"""
$\frac{64}{4} \times 3^2 \times 128 + 128 = 18{,}560$
""",
    total=(18560, True),
)

case(
    "groups-division",
    D([conv("conv", 64, 128, 3, groups=4)]),
    """
(64/4)*3*3*128 + 128 = 18560
""",
    total=(18560, True),
)

case(
    "ordered-list",
    D(LENET),
    """
1. conv1 -> 6 * (1*5*5 + 1) = 156
2. conv2 -> 16 * (6*5*5 + 1) = 2416
3. fc1 -> 120 * (400 + 1) = 48120
4. fc2 -> 84 * (120 + 1) = 10164
5. fc3 -> 10 * (84 + 1) = 850
=> 61706 params
""",
)

case(
    "broken-formula",
    D(LENET),
    """
total = 5*5*1*6 + 6
      + 5*5*6*16 + 16
      + 400*120 + 120
      + 120*84 + 84
      + 84*10 + 10
      = 61706
""",
    total=(61706, True),
)

case(
    "column-plus",
    D(LENET),
    """
conv1      156
conv2     2416
fc1      48120
fc2      10164
fc3        850
       -------
         61706
""",
    total=(61706, True),
)

case(
    "csv-like",
    D(LENET),
    """
layer,params
conv1,156
conv2,2416
fc1,48120
fc2,10164
fc3,850
""",
)

case(
    "semicolons",
    D(LENET),
    """
conv1: 156; conv2: 2416; fc1: 48120; fc2: 10164; fc3: 850; total: 61706
""",
    total=(61706, True),
)

case(
    "code-print",
    D(LENET),
    """
>>> sum(p.numel() for p in model.parameters())
61706
""",
    may=(2,),
)

case(
    "json-ish",
    D(LENET),
    """
{"conv1": 156, "conv2": 2416, "fc1": 48120, "fc2": 10164, "fc3": 850, "total": 61706}
""",
    total=(61706, True),
)

case(
    "html-times",
    D([conv("conv", 4, 8, 3)]),
    """
3&times;3&times;4&times;8 + 8 = 296
""",
    total=(296, True),
)

case(
    "two-conventions",
    D(BN_CNN, framework="pytorch"),
    """
bn1: 2*16 = 32 learned (Keras would say 4*16 = 64, with the running statistics)
bn2: 2*32 = 64 learned
""",
    may=(1,),
)

case(
    "what-if",
    D([conv("conv", 64, 64, 3), linear("fc", 64, 10)]),
    """
conv: 3*3*64*64 + 64 = 36,928
fc: 64*10 + 10 = 650
With 5x5 kernels the conv would have 5*5*64*64 + 64 = 102,464 parameters.
""",
)

case(
    "compare-standard",
    D([conv("dw", 128, 128, 3, groups=128), conv("pw", 128, 256, 1)]),
    """
Standard: 3*3*128*256 + 256 = 295,168
Depthwise: 3*3*128 + 128 = 1,280
Pointwise: 128*256 + 256 = 33,024
Total: 34,304, i.e. 8.6x fewer
""",
    total=(34304, True),
)

case(
    "memory-and-bytes",
    D([linear("fc", 1024, 1024)]),
    """
fc: 1024*1024 + 1024 = 1,049,600 params = 4.2 MB in fp32 (1,049,600 * 4 = 4,198,400 bytes)
""",
)

case(
    "activation-sizes",
    D(TINY_CNN),
    """
activations: 30*30*32 = 28,800 after conv2d, 13*13*64 = 10,816 after conv2d_1
weights: 896 and 18,496
""",
)

case(
    "pool-formula",
    D(TINY_CNN),
    """
output size = (32 - 3 + 2*0)/1 + 1 = 30
conv2d: (3*3*3 + 1)*32 = 896
output size = (15 - 3)/1 + 1 = 13
conv2d_1: (3*3*32 + 1)*64 = 18496
""",
)

case(
    "siamese-shared",
    D([conv("conv", 1, 8, 3), linear("fc", 512, 2)]),
    """
conv (shared by both branches): 3*3*1*8 + 8 = 80
fc: 512*2 + 2 = 1026
total 1106
""",
    total=(1106, True),
)

case(
    "embedding-only",
    D([emb("embedding", 10000, 300)]),
    """
10,000 words x 300 dimensions = 3,000,000 (3M)
""",
    total=(3000000, True),
)

case(
    "value-then-words",
    D([conv("conv", 3, 16, 3)]),
    """
448 parameters: 432 weights (3*3*3*16) and 16 biases
""",
    total=(448, True),
)

case(
    "units-between",
    D([linear("hidden", 784, 100), linear("output", 100, 10)]),
    """
78,500 = 784 inputs × 100 neurons + 100 biases
1,010 = 100 neurons × 10 outputs + 10 biases
""",
)

case(
    "weights-only-stated",
    D(MNIST_MLP, bias=False),
    """
Ignoring biases: 784*512 + 512*256 + 256*10 = 401,408 + 131,072 + 2,560 = 535,040 weights
""",
    total=(535040, True),
)

case(
    "rounding-truncated",
    D(ALEXNET),
    """
conv: 3.7M, fc: 58.6M, together 62.3M parameters
""",
    total=(62300000, True),
)

case(
    "wan",
    D(ALEXNET),
    """
AlexNet 参数量约 6238 万，其中全连接层 5863 万
""",
)

case(
    "italian",
    D(MNIST_MLP),
    """
Primo strato: 784·512 + 512 = 401.920
Secondo strato: 512·256 + 256 = 131.328
Ultimo strato: 256·10 + 10 = 2.570
In totale 535.818 parametri
""",
    total=(535818, True),
)

case(
    "polish-ish-unlabelled",
    D(MNIST_MLP),
    """
784*512+512=401920 512*256+256=131328 256*10+10=2570
""",
)
