"""Right calculations in many hands. Nothing in them may be called wrong."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import (
    ALEXNET,
    ALEXNET_GROUPED,
    BILSTM,
    BN_CNN,
    C3D,
    DCGAN,
    DQN,
    GRU_RESET_AFTER,
    GRU_V1,
    KERAS_LSTM,
    LENET,
    LENET_1998,
    MNIST_MLP,
    MOBILE_BLOCK,
    SIMPLE_RNN,
    TINY_CNN,
    TORCH_LSTM,
    WAVENET,
    bert,
    conv,
    document,
    gpt2,
    linear,
    llama,
    lora,
    repeat,
    vit,
)

D = document

case(
    "lenet-python-comments",
    D(LENET),
    """
self.conv1 = nn.Conv2d(1, 6, 5)     # 5*5*1*6 + 6 = 156
self.conv2 = nn.Conv2d(6, 16, 5)    # 5*5*6*16 + 16 = 2416
self.fc1 = nn.Linear(16*5*5, 120)   # 400*120 + 120 = 48120
self.fc2 = nn.Linear(120, 84)       # 120*84 + 84 = 10164
self.fc3 = nn.Linear(84, 10)        # 84*10 + 10 = 850
# total: 61,706
""",
    total=(61706, True),
)

case(
    "lenet-plus-one",
    D(LENET),
    """
(5x5x1 + 1) x 6 = 156
(5x5x6 + 1) x 16 = 2,416
(400 + 1) x 120 = 48,120
(120 + 1) x 84 = 10,164
(84 + 1) x 10 = 850
Sum: 61,706
""",
    total=(61706, True),
)

case(
    "lenet-keras-summary",
    D(LENET, framework="keras"),
    """
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 conv2d (Conv2D)             (None, 28, 28, 6)         156

 average_pooling2d (AverageP  (None, 14, 14, 6)        0
 ooling2D)

 conv2d_1 (Conv2D)           (None, 10, 10, 16)        2416

 flatten (Flatten)           (None, 400)               0

 dense (Dense)               (None, 120)               48120

 dense_1 (Dense)             (None, 84)                10164

 dense_2 (Dense)             (None, 10)                850

=================================================================
Total params: 61,706
Trainable params: 61,706
Non-trainable params: 0
_________________________________________________________________
""",
    total=(61706, True),
)

case(
    "lenet-keras-box",
    D(LENET, framework="keras"),
    """
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                 │ (None, 28, 28, 6)      │           156 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ conv2d_1 (Conv2D)               │ (None, 10, 10, 16)     │         2,416 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 120)            │        48,120 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_1 (Dense)                 │ (None, 84)             │        10,164 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_2 (Dense)                 │ (None, 10)             │           850 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 61,706 (241.04 KB)
 Trainable params: 61,706 (241.04 KB)
 Non-trainable params: 0 (0.00 B)
""",
    total=(61706, True),
)

case(
    "lenet-torchsummary",
    D(LENET, framework="pytorch"),
    """
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1            [-1, 6, 28, 28]             156
         MaxPool2d-2            [-1, 6, 14, 14]               0
            Conv2d-3           [-1, 16, 10, 10]           2,416
         MaxPool2d-4             [-1, 16, 5, 5]               0
            Linear-5                  [-1, 120]          48,120
            Linear-6                   [-1, 84]          10,164
            Linear-7                   [-1, 10]             850
================================================================
Total params: 61,706
Trainable params: 61,706
Non-trainable params: 0
----------------------------------------------------------------
Input size (MB): 0.00
Forward/backward pass size (MB): 0.05
Params size (MB): 0.24
Estimated Total Size (MB): 0.29
""",
    total=(61706, True),
)

case(
    "lenet-torchinfo",
    D(LENET, framework="pytorch"),
    """
==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
LeNet                                    [1, 10]                   --
├─Conv2d: 1-1                            [1, 6, 28, 28]            156
├─MaxPool2d: 1-2                         [1, 6, 14, 14]            --
├─Conv2d: 1-3                            [1, 16, 10, 10]           2,416
├─MaxPool2d: 1-4                         [1, 16, 5, 5]             --
├─Linear: 1-5                            [1, 120]                  48,120
├─Linear: 1-6                            [1, 84]                   10,164
├─Linear: 1-7                            [1, 10]                   850
==========================================================================================
Total params: 61,706
Trainable params: 61,706
Non-trainable params: 0
Total mult-adds (M): 0.42
==========================================================================================
""",
    total=(61706, True),
)

case(
    "lenet-1998-paper",
    D(LENET_1998),
    """
C1: 6 feature maps, 5x5 -> 6*(5*5*1+1) = 156 trainable parameters, 122,304 connections
S2: 6 x (1+1) = 12 trainable parameters and 5,880 connections
C3: 6*(3*25+1) + 9*(4*25+1) + 1*(6*25+1) = 456 + 909 + 151 = 1516 parameters
S4: 16*2 = 32 trainable parameters
C5: 120*(16*25+1) = 48,120
F6: 84*(120+1) = 10,164
""",
)

case(
    "alexnet-markdown-table",
    D(ALEXNET),
    """
| Layer | Kernel | Calculation | Params |
|---|---|---|---:|
| Conv1 | 11x11 | 11x11x3x96 + 96 | 34,944 |
| Conv2 | 5x5 | 5x5x96x256 + 256 | 614,656 |
| Conv3 | 3x3 | 3x3x256x384 + 384 | 885,120 |
| Conv4 | 3x3 | 3x3x384x384 + 384 | 1,327,488 |
| Conv5 | 3x3 | 3x3x384x256 + 256 | 884,992 |
| FC6 | - | 9216x4096 + 4096 | 37,752,832 |
| FC7 | - | 4096x4096 + 4096 | 16,781,312 |
| FC8 | - | 4096x1000 + 1000 | 4,097,000 |
| **Total** | | | **62,378,344** |
""",
    total=(62378344, True),
)

case(
    "alexnet-column-sum",
    D(ALEXNET),
    """
    34944
   614656
   885120
  1327488
   884992
 37752832
 16781312
  4097000
---------
 62378344
""",
    total=(62378344, True),
)

case(
    "alexnet-conv-fc-parts",
    D(ALEXNET),
    """
conv layers: 34,944 + 614,656 + 885,120 + 1,327,488 + 884,992 = 3,747,200
fc layers: 37,752,832 + 16,781,312 + 4,097,000 = 58,631,144
total: 3,747,200 + 58,631,144 = 62,378,344 (94% of it in the fc layers)
""",
    total=(62378344, True),
)

case(
    "alexnet-grouped-halves",
    D(ALEXNET_GROUPED),
    """
conv1: 96 kernels of 11x11x3: 11*11*3*96 + 96 = 34,944
conv2: 2 x (5*5*48*128 + 128) = 307,456
conv3: 3*3*256*384 + 384 = 885,120
conv4: 2*(3*3*192*192 + 192) = 663,936
conv5: 2*(3*3*192*128 + 128) = 442,624
fc6: 6*6*256*4096 + 4096 = 37,752,832
fc7: 16,781,312
fc8: 4,097,000
Total 60,965,224, i.e. about 61 million
""",
    total=(60965224, True),
)

case(
    "alexnet-german",
    D(ALEXNET),
    """
Faltungsschicht 1: 11·11·3·96 + 96 = 34.944
Faltungsschicht 2: 5·5·96·256 + 256 = 614.656
Faltungsschicht 3: 3·3·256·384 + 384 = 885.120
Faltungsschicht 4: 3·3·384·384 + 384 = 1.327.488
Faltungsschicht 5: 3·3·384·256 + 256 = 884.992
Vollverbunden 1: 9216·4096 + 4096 = 37.752.832
Vollverbunden 2: 4096·4096 + 4096 = 16.781.312
Vollverbunden 3: 4096·1000 + 1000 = 4.097.000
Insgesamt: 62.378.344 Parameter
""",
    total=(62378344, True),
)

case(
    "alexnet-french-spaces",
    D(ALEXNET),
    """
conv1 : 11 × 11 × 3 × 96 + 96 = 34 944
conv2 : 5 × 5 × 96 × 256 + 256 = 614 656
conv3 : 3 × 3 × 256 × 384 + 384 = 885 120
conv4 : 3 × 3 × 384 × 384 + 384 = 1 327 488
conv5 : 3 × 3 × 384 × 256 + 256 = 884 992
fc6 : 9216 × 4096 + 4096 = 37 752 832
fc7 : 4096 × 4096 + 4096 = 16 781 312
fc8 : 4096 × 1000 + 1000 = 4 097 000
Somme totale : 62 378 344 paramètres
""",
    total=(62378344, True),
)

case(
    "mlp-chinese",
    D(MNIST_MLP),
    """
第一层：784 × 512 + 512 = 401,920
第二层：512 × 256 + 256 = 131,328
第三层：256 × 10 + 10 = 2,570
总参数量：401,920 + 131,328 + 2,570 = 535,818
""",
    total=(535818, True),
)

case(
    "mlp-korean",
    D(MNIST_MLP),
    """
은닉층 1: (784개 입력 + 1 bias) * 512 = 401920
은닉층 2: (512 + 1) * 256 = 131328
출력층: (256 + 1) * 10 = 2570
합계 = 535818
""",
    total=(535818, True),
)

case(
    "mlp-japanese",
    D(MNIST_MLP),
    """
1層目：784×512＋512＝401,920
2層目：512×256＋256＝131,328
3層目：256×10＋10＝2,570
合計　535,818 パラメータ
""",
    total=(535818, True),
)

case(
    "mlp-spanish",
    D(MNIST_MLP),
    """
Primera capa: 784*512 pesos + 512 sesgos = 401.920 parámetros
Segunda capa: 512*256 + 256 = 131.328 parámetros
Tercera capa: 256*10 + 10 = 2.570 parámetros
Total: 535.818 parámetros
""",
    total=(535818, True),
)

case(
    "mlp-russian",
    D(MNIST_MLP),
    """
Слой 1: 784*512 + 512 = 401 920
Слой 2: 512*256 + 256 = 131 328
Слой 3: 256*10 + 10 = 2 570
Итого: 535 818 параметров
""",
    total=(535818, True),
)

case(
    "mlp-portuguese-prose",
    D(MNIST_MLP),
    """
A primeira camada tem 784*512 + 512 = 401920 parâmetros, a segunda 512*256 + 256 = 131328 e a terceira 256*10 + 10 = 2570.
No total são 535818 parâmetros.
""",
    total=(535818, True),
)

case(
    "mlp-weights-and-biases-apart",
    D(MNIST_MLP),
    """
weights: 784*512 + 512*256 + 256*10 = 535,040
biases: 512 + 256 + 10 = 778
total = 535,040 + 778 = 535,818
""",
    total=(535818, True),
)

case(
    "mlp-prose-english",
    D(MNIST_MLP),
    """
The first dense layer has 784 inputs and 512 neurons, so 784 x 512 = 401,408 weights plus 512 biases = 401,920 parameters.
The second one has 512 x 256 = 131,072 weights + 256 biases = 131,328 parameters.
The output layer: 256 x 10 + 10 = 2,570.
All in all 535,818 trainable parameters.
""",
    total=(535818, True),
)

case(
    "mlp-running-total",
    D(MNIST_MLP),
    """
dense_1: 784*512 = 401408 + 512 = 401920
dense_2: 512*256 = 131072 + 256 = 131328
dense_3: 256*10 = 2560 + 10 = 2570
401920 + 131328 = 533248 + 2570 = 535818
""",
    total=(535818, True),
)

case(
    "mlp-not-evaluated",
    D(MNIST_MLP),
    """
dense_1: 784*512 + 512 = 401408 + 512
dense_2: 512*256 + 256 = 131072 + 256
dense_3: 256*10 + 10 = 2560 + 10
""",
)

case(
    "mlp-one-line",
    D(MNIST_MLP),
    """
(784*512+512) + (512*256+256) + (256*10+10) = 535818 params
""",
    total=(535818, True),
)

case(
    "mlp-value-first",
    D(MNIST_MLP),
    """
401920 = 784*512 + 512
131328 = 512*256 + 256
2570 = 256*10 + 10
535818 in total
""",
    total=(535818, True),
)

case(
    "mlp-latex-align",
    D(MNIST_MLP),
    r"""
\begin{align}
W_1 &: 784 \times 512 + 512 = 401{,}920 \\
W_2 &: 512 \times 256 + 256 = 131{,}328 \\
W_3 &: 256 \times 10 + 10 = 2{,}570
\end{align}
$$\text{Total} = 401{,}920 + 131{,}328 + 2{,}570 = \mathbf{535{,}818}$$
""",
    total=(535818, True),
)

case(
    "mlp-symbolic-bindings",
    D([linear("fc", 300, 100)]),
    """
params = n_in * n_out + n_out
n_in = 300, n_out = 100
params = 300*100 + 100 = 30100
""",
    total=(30100, True),
)

case(
    "cnn-shapes-and-params",
    D(TINY_CNN, framework="keras"),
    """
Input: 32x32x3
Conv 3x3, 32 filters: output 30x30x32, params (3*3*3+1)*32 = 896
MaxPool 2x2: output 15x15x32, params 0
Conv 3x3, 64 filters: output 13x13x64, params (3*3*32+1)*64 = 18,496
MaxPool 2x2: output 6x6x64, params 0
Flatten: 6*6*64 = 2304
Dense 128: (2304+1)*128 = 295,040
Dense 10: (128+1)*10 = 1,290
Total params: 315,722
""",
    total=(315722, True),
)

case(
    "cnn-flops-beside",
    D(TINY_CNN, framework="keras"),
    """
conv2d: params 896, FLOPs 2*3*3*3*32*30*30 = 1,555,200
conv2d_1: params 18,496, FLOPs 2*3*3*32*64*13*13 = 6,230,016
dense: params 295,040
dense_1: params 1,290
""",
)

case(
    "cnn-total-first",
    D(TINY_CNN, framework="keras"),
    """
Total: 315,722 parameters
- conv2d 3*3*3*32 + 32 = 896
- conv2d_1 3*3*32*64 + 64 = 18496
- dense 6*6*64*128 + 128 = 295040
- dense_1 128*10 + 10 = 1290
""",
    total=(315722, True),
)

case(
    "cnn-rounded",
    D(TINY_CNN, framework="keras"),
    """
conv2d ~0.9K, conv2d_1 ~18.5K, dense ~295K, dense_1 ~1.3K
total ≈ 316K parameters
""",
    total=(316000, True),
)

case(
    "bn-cnn-framework-total",
    D(BN_CNN, stats=True, framework="keras"),
    """
conv1 3*3*1*16 = 144
bn1 4*16 = 64
conv2 3*3*16*32 = 4608
bn2 4*32 = 128
fc 1568*10 + 10 = 15690
Total params: 20,634
Trainable params: 20,538
Non-trainable params: 96
""",
    total=(20634, True),
)

case(
    "bn-cnn-torch",
    D(BN_CNN, framework="pytorch"),
    """
conv1: 1*16*3*3 = 144 (no bias)
bn1: 2*16 = 32 (gamma, beta)
conv2: 16*32*3*3 = 4608
bn2: 2*32 = 64
fc: 1568*10 + 10 = 15690
sum = 20538
""",
    total=(20538, True),
)

case(
    "dqn-nature-comment",
    D(DQN),
    """
# conv1: 8*8*4*16 + 16 = 4112
# conv2: 4*4*16*32 + 32 = 8224
# fc1: 9*9*32*256 + 256 = 663808
# fc2: 256*6 + 6 = 1542
# => 677686
""",
)

case(
    "keras-lstm",
    D(KERAS_LSTM, framework="keras"),
    """
Embedding: 5000 * 64 = 320,000
LSTM: 4 * ((64 + 128) * 128 + 128) = 98,816
Dense: 128 + 1 = 129
Total: 418,945
""",
    total=(418945, True),
)

case(
    "keras-lstm-formula",
    D(KERAS_LSTM, framework="keras"),
    """
params = 4 * [(input_dim + units) * units + units]
= 4 * [(64 + 128) * 128 + 128]
= 4 * [24576 + 128]
= 98816
""",
)

case(
    "torch-lstm-two-biases",
    D(TORCH_LSTM, framework="pytorch"),
    """
weight_ih_l0: 4*50*20 = 4000
weight_hh_l0: 4*50*50 = 10000
bias_ih_l0: 4*50 = 200
bias_hh_l0: 4*50 = 200
LSTM total 14400
fc: 50*3 + 3 = 153
""",
)

case(
    "bilstm-keras",
    D(BILSTM, framework="keras"),
    """
one direction: 4*((100+64)*64 + 64) = 42,240
both: 2 * 42,240 = 84,480
dense: 128*5 + 5 = 645
total: 85,125
""",
    total=(85125, True),
)

case(
    "gru-reset-after",
    D(GRU_RESET_AFTER, framework="keras-tf2"),
    """
GRU: 3 * (32*10 + 32*32 + 2*32) = 4224
Dense: 32*1 + 1 = 33
Total 4257
""",
    total=(4257, True),
)

case(
    "gru-v1",
    D(GRU_V1, framework="keras"),
    """
3 x (10 x 32 + 32 x 32 + 32) = 4128
""",
    total=(4128, True),
)

case(
    "simple-rnn",
    D(SIMPLE_RNN, framework="keras"),
    """
SimpleRNN: 8*16 (input weights) + 16*16 (recurrent weights) + 16 (bias) = 400
Dense: 16*1 + 1 = 17
""",
)

case(
    "depthwise-block",
    D(MOBILE_BLOCK),
    """
depthwise 3x3: 3*3*32 = 288
BN: 2*32 = 64
pointwise 1x1: 32*64 = 2,048
BN: 2*64 = 128
total 2,528 (an ordinary 3x3 conv would have 3*3*32*64 = 18,432, i.e. 7.9x more for the two convolutions)
""",
    total=(2528, True),
)

case(
    "conv1d-stack",
    D(WAVENET),
    """
conv1: 9*1*16 + 16 = 160
conv2: 5*16*32 + 32 = 2592
conv3: 3*32*32 + 32 = 3104
fc: 320*4 + 4 = 1284
160 + 2592 + 3104 + 1284 = 7140
""",
    total=(7140, True),
)

case(
    "conv3d",
    D(C3D),
    """
conv1: 3x3x3x3x64 + 64 = 5,248
conv2: 3x3x3x64x128 + 128 = 221,312
""",
)

case(
    "dcgan",
    D(DCGAN),
    """
deconv1: 100*512*4*4 = 819,200
bn1: 1,024
deconv2: 512*256*4*4 = 2,097,152
bn2: 512
deconv3: 256*3*4*4 = 12,288
Total: 2,930,176
""",
    total=(2930176, True),
)

case(
    "bert-base-outline",
    D(bert()),
    """
Embeddings
  word: 30522 x 768 = 23,440,896
  position: 512 x 768 = 393,216
  segment: 2 x 768 = 1,536
  layer norm: 2 x 768 = 1,536
  Total: 23,837,184
Encoder layer
  Q, K, V: 3 x (768 x 768 + 768) = 1,771,776
  output projection: 768 x 768 + 768 = 590,592
  layer norm: 1,536
  FFN: 768 x 3072 + 3072 + 3072 x 768 + 768 = 4,722,432
  layer norm: 1,536
  Total: 7,087,872
12 layers: 12 x 7,087,872 = 85,054,464
Pooler: 768 x 768 + 768 = 590,592
Total: 23,837,184 + 85,054,464 + 590,592 = 109,482,240
""",
    total=(109482240, True),
)

case(
    "bert-110m",
    D(bert()),
    """
BERT-base has about 110M parameters.
""",
    total=(110000000, True),
    may=(1,),
)

case(
    "gpt2-blocks",
    D(gpt2()),
    """
wte: 50257 * 768 = 38,597,376
wpe: 1024 * 768 = 786,432
per block:
  ln_1 = 1536
  c_attn = 768*2304 + 2304 = 1,771,776
  c_proj = 768*768 + 768 = 590,592
  ln_2 = 1536
  c_fc = 768*3072 + 3072 = 2,362,368
  mlp c_proj = 3072*768 + 768 = 2,360,064
  sum = 7,087,872
12 blocks = 85,054,464
ln_f = 1536
total = 124,439,808 (head tied with wte)
""",
    total=(124439808, True),
)

case(
    "llama-7b",
    D(llama()),
    """
embed: 32000 × 4096 = 131,072,000
attention: 4 × 4096² = 67,108,864 per layer
mlp: 3 × 4096 × 11008 = 135,266,304 per layer
norms: 2 × 4096 = 8,192 per layer
per layer: 202,383,360
32 layers: 6,476,267,520
final norm: 4096
lm_head: 131,072,000
Total: 6,738,415,616 ≈ 6.74B
""",
    total=(6738415616, True),
)

case(
    "llama-billions",
    D(llama()),
    """
32 layers × (67.1M + 135.3M) ≈ 6.48B, embeddings and head 2 × 131M = 0.26B, in total ≈ 6.74B
""",
    total=(6740000000, True),
)

case(
    "vit-base",
    D(vit()),
    """
patch embedding: 16*16*3*768 + 768 = 590,592
cls token: 768
position embedding: 197*768 = 151,296
encoder block: 7,087,872, times 12 = 85,054,464
final norm: 1,536
head: 768*1000 + 1000 = 769,000
Total: 86,567,656
""",
    total=(86567656, True),
)

case(
    "lora-product",
    D([repeat("layers", 24, lora("q_proj", 1024, 1024, 8), lora("v_proj", 1024, 1024, 8))]),
    """
each adapter: 8 * (1024 + 1024) = 16,384
per layer 2 * 16,384 = 32,768
24 * 32,768 = 786,432 trainable parameters
that is 0.23% of 345M
""",
    total=(786432, True),
)

case(
    "separable",
    D(
        [
            {
                "type": "separable_conv2d",
                "name": "sep",
                "in": 64,
                "out": 128,
                "kernel": [3, 3],
                "depthwise_bias": False,
                "pointwise_bias": True,
            }
        ]
    ),
    """
depthwise: 3 x 3 x 64 = 576
pointwise: 1 x 1 x 64 x 128 + 128 = 8,320
separable conv total: 8,896
""",
    total=(8896, True),
)

case(
    "code-eaten-stars",
    D([conv("conv2", 6, 16, 5)]),
    """
conv2: 556*16 + 16 = 2416
""",
    may=(1,),
    total=(2416, True),
)
