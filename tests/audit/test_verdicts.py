"""Many more short texts, each with its verdict: in the languages and layouts that questions come in."""

from __future__ import annotations

import pytest

from netledger.audit.auditing import audit_against
from netledger.notation.architecture import network_from_architecture
from tests.audit.corpus.networks import (
    ALEXNET,
    DQN,
    LENET,
    LENET_1998,
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
    lora,
    pool,
    repeat,
    rnn,
    vit,
)

TEXTS = []


def text(name, layers, written, verdict, **counting):
    TEXTS.append((name, document(layers, **counting), written, verdict))


VGG = [conv("conv1_1", 3, 64, 3), conv("conv1_2", 64, 64, 3), conv("conv2_1", 64, 128, 3), linear("fc", 128, 10)]
text(
    "eaten",
    ALEXNET,
    "conv1: (1111)3*96 + 96 = 34944\nconv2: (55)96*256 + 256 = 614656\nfc8: 40961000 + 1000 = 4097000",
    "right",
)
text(
    "weights biases cols",
    LENET,
    "| layer | weights | biases | total |\n|---|---|---|---|\n| conv1 | 150 | 6 | 156 |\n| conv2 | 2400 | 16 | 2416 |\n| fc1 | 48000 | 120 | 48120 |\n| fc2 | 10080 | 84 | 10164 |\n| fc3 | 840 | 10 | 850 |\n| total | 61470 | 236 | 61706 |",
    "right",
)
text(
    "cols wrong",
    LENET,
    "| layer | weights | biases | total |\n|---|---|---|---|\n| conv1 | 150 | 6 | 156 |\n| conv2 | 2400 | 16 | 2416 |\n| fc1 | 48000 | 120 | 48210 |\n",
    "wrong",
)
text(
    "gflops col",
    LENET,
    "| layer | output | params | MACs |\n|---|---|---|---|\n| conv1 | 28x28x6 | 156 | 117,600 |\n| conv2 | 10x10x16 | 2,416 | 240,000 |\n| fc1 | 120 | 48,120 | 48,000 |",
    "right",
)
text(
    "kernel cols",
    LENET,
    "| layer | k | in | out | params |\n|---|---|---|---|---|\n| conv1 | 5 | 1 | 6 | 156 |\n| conv2 | 5 | 6 | 16 | 2416 |\n| fc1 | | 400 | 120 | 48120 |",
    "right",
)
text(
    "code",
    LENET,
    "model.add(Conv2D(6, (5, 5), input_shape=(32, 32, 1)))  # (5*5*1 + 1)*6 = 156\nmodel.add(MaxPooling2D((2, 2)))\nmodel.add(Conv2D(16, (5, 5)))  # (5*5*6+1)*16 = 2416\nmodel.add(Dense(120))  # 400*120+120 = 48120",
    "right",
)
text(
    "pytorch names",
    LENET,
    "conv1.weight torch.Size([6, 1, 5, 5]) 150\nconv1.bias torch.Size([6]) 6\nconv2.weight torch.Size([16, 6, 5, 5]) 2400\nconv2.bias torch.Size([16]) 16\nfc1.weight 48000\nfc1.bias 120",
    "right",
)
text(
    "shape list",
    LENET,
    "conv1.weight: [6, 1, 5, 5] = 150\nconv1.bias: [6] = 6\nconv2.weight: [16, 6, 5, 5] = 2,400",
    "right",
)
text(
    "per filter",
    VGG,
    "each filter of conv1_1 has 3*3*3 = 27 weights + 1 bias = 28 parameters, 64 filters: 28*64 = 1,792",
    "right",
)
text(
    "per filter2",
    VGG,
    "conv1_1: 3*3*3 = 27, 27 + 1 = 28, 28 * 64 = 1792\nconv1_2: 3*3*64 = 576, 576+1 = 577, 577*64 = 36928",
    "right",
)
text("percent", LENET, "fc1 has 48,120 of 61,706 parameters (78%)", "right")
text("ratio", LENET, "48120/61706 = 0.78", "right")
text(
    "approx rows",
    ALEXNET,
    "conv1: 35K\nconv2: 615K\nconv3: 885K\nconv4: 1.3M\nconv5: 885K\nfc6: 38M\nfc7: 17M\nfc8: 4M\ntotal: 62M",
    "right",
)
text(
    "german text",
    MNIST_MLP,
    "Die erste Schicht hat 784 * 512 = 401.408 Gewichte und 512 Bias-Werte, zusammen 401.920 Parameter.",
    "right",
)
text(
    "sum of weights lines",
    MNIST_MLP,
    "W1: 784 x 512 = 401,408\nb1: 512\nW2: 512 x 256 = 131,072\nb2: 256\nW3: 256 x 10 = 2,560\nb3: 10\ntotal: 535,818",
    "right",
)
text(
    "sum of weights lines2",
    LENET,
    "conv1 weights: 5*5*1*6 = 150, biases: 6\nconv2 weights: 5*5*6*16 = 2400, biases: 16\nfc1 weights: 400*120 = 48000, biases: 120",
    "right",
)
text(
    "latex table",
    LENET,
    r"\begin{tabular}{lrr}"
    + "\n"
    + r"conv1 & $5 \times 5 \times 1 \times 6 + 6$ & 156 \\"
    + "\n"
    + r"conv2 & $5 \times 5 \times 6 \times 16 + 16$ & 2{,}416 \\"
    + "\n"
    + r"\end{tabular}",
    "right",
)
text(
    "lstm kor",
    [rnn("lstm", "lstm", 13, 64, 1)],
    "LSTM 레이어의 파라미터 수는 4 * ((13 + 64) * 64 + 64) = 19,968개입니다.",
    "right",
)
text("jp", [conv("c", 3, 32, 3)], "畳み込み層のパラメータ数は 3×3×3×32＋32＝896個", "right")
text(
    "nested out",
    LENET,
    "LeNet\n  features\n    conv1: 156\n    conv2: 2,416\n    Total: 2,572\n  classifier\n    fc1: 48,120\n    fc2: 10,164\n    fc3: 850\n    Total: 59,134\nTotal: 61,706",
    "right",
)
text(
    "tf",
    LENET,
    "Total params: 61706 (241.04 KB)\nTrainable params: 61706 (241.04 KB)\nNon-trainable params: 0 (0.00 Byte)",
    "right",
)
text(
    "bracket words",
    [conv("c", 3, 32, 3)],
    "(3 (height) * 3 (width) * 3 (channels) + 1 (bias)) * 32 (filters) = 896",
    "right",
)
text("words mult", [conv("c", 3, 32, 3)], "32 filters x (3x3 kernel x 3 channels + 1 bias) = 896 parameters", "right")
text("equals words", [linear("d", 10, 5)], "10 inputs times 5 outputs plus 5 biases equals 55", "right")
text("2 networks", LENET, "For MNIST: conv1 5*5*1*6+6 = 156\nFor CIFAR it would be 5*5*3*6 + 6 = 456", "right")
text("conv param question", [conv("c", 3, 32, 3)], "I expected 3*3*32 + 32 = 320 but Keras says 896. Why?", "right")
text("tot only wrong", MNIST_MLP, "Total params: 535,040", "wrong")
text("tot k", MNIST_MLP, "about 536k parameters", "right")
text(
    "two lines value",
    [conv("c", 3, 32, 3)],
    "params = (kernel_h * kernel_w * in + 1) * out\n       = (3 * 3 * 3 + 1) * 32\n       = 28 * 32\n       = 896",
    "right",
)
text(
    "cols wrong",
    LENET,
    "| layer | weights | biases | total |\n|---|---|---|---|\n| conv1 | 150 | 6 | 156 |\n| conv2 | 2400 | 16 | 2416 |\n| fc1 | 48000 | 120 | 48210 |\n",
    "wrong",
)
text(
    "albert",
    [emb("word", 30000, 128), linear("proj", 128, 768), linear("q", 768, 768)],
    "word: 30000*128 = 3,840,000\nproj: 128*768 + 768 = 99,072",
    "right",
)
text("stale", [conv("c1", 3, 6, 5)], "nn.Conv2d(3, 6, 5)  # 5*5*1*6 + 6 = 156", "wrong")
text("mixed units", gpt2(), "wte 38.6M + wpe 0.8M + 12 x 7.09M + ln_f = 124.4M", "right")
text("gpt117", gpt2(), "GPT-2 small has 117M parameters", "wrong")
text("llama7", llama(), "7B parameters", "right")
text("llama 6.7", llama(), "LLaMA-7B: 6.7B parameters = 13.5 GB in fp16", "right")
text(
    "llama attn",
    llama(),
    "attention: 4*4096*4096*32 = 2,147,483,648\nmlp: 3*4096*11008*32 = 4,328,521,728\nnorms: (2*32 + 1)*4096 = 266,240\nembeddings: 2*32000*4096 = 262,144,000\ntotal: 6,738,415,616",
    "right",
)
text("llama heads", llama(), "32 heads of 128: q_proj 4096 x (32*128) = 16,777,216", "right")
text("bert qkv", bert(), "12 heads, each 768 x 64: W_q 768*64*12 = 589,824, W_k the same, W_v the same", "right")
text("bert no bias total", bert(), "embeddings 23.8M, encoder 12*(4*768^2 + 8*768^2) = 84.9M, total 109M", "right")
text(
    "vit lines",
    vit(),
    "Patch: (16*16*3)*768 + 768 = 590,592\nAttention: 768*2304+2304 + 768*768+768 = 2,362,368\nMLP: 768*3072+3072 + 3072*768+768 = 4,722,432\nNorms: 2*2*768 = 3,072\nBlock: 7,087,872",
    "right",
)
text(
    "vit mlp bias",
    vit(),
    "Attention: 768*2304+2304 + 768*768+768 = 2,362,368\nMLP: 768*3072 + 3072*768 = 4,718,592\nNorms: 3,072",
    "wrong",
)
text(
    "resnet block",
    [conv("conv1", 64, 64, 3, bias=False), bn("bn1", 64), conv("conv2", 64, 64, 3, bias=False), bn("bn2", 64)],
    "conv: 2*(3*3*64*64) = 73,728\nbn: 2*(2*64) = 256\nblock: 73,984",
    "right",
)
text(
    "resnet bias",
    [conv("conv1", 64, 64, 3, bias=False), bn("bn1", 64), conv("conv2", 64, 64, 3, bias=False), bn("bn2", 64)],
    "conv1: 3*3*64*64 + 64 = 36,928\nbn1: 128\nconv2: 36,928\nbn2: 128\ntotal 74,112",
    "wrong",
)
text(
    "inception",
    [
        conv("b1", 192, 64, 1),
        conv("b2a", 192, 96, 1),
        conv("b2b", 96, 128, 3),
        conv("b3a", 192, 16, 1),
        conv("b3b", 16, 32, 5),
        conv("b4", 192, 32, 1),
    ],
    "1x1: 192*64+64 = 12,352\n3x3: 192*96+96 = 18,528 and 3*3*96*128+128 = 110,720\n5x5: 192*16+16 = 3,088 and 5*5*16*32+32 = 12,832\npool proj: 192*32+32 = 6,176\ntotal 163,696",
    "right",
)
text(
    "inc wrong",
    [conv("b1", 192, 64, 1), conv("b2a", 192, 96, 1), conv("b2b", 96, 128, 3)],
    "1x1: 192*64+64 = 12,352\n3x3 reduce: 192*96+96 = 18,528\n3x3: 3*3*192*128+128 = 221,312",
    "wrong",
)
text(
    "autoenc",
    [linear("e1", 784, 128), linear("e2", 128, 32), linear("d1", 32, 128), linear("d2", 128, 784)],
    "encoder: 784*128+128 + 128*32+32 = 104,608\ndecoder: 32*128+128 + 128*784+784 = 105,360\ntotal 209,968",
    "right",
)
text(
    "auto wrong",
    [linear("e1", 784, 128), linear("e2", 128, 32), linear("d1", 32, 128), linear("d2", 128, 784)],
    "encoder: 784*128+128 + 128*32+32 = 104,608\ndecoder: 104,608\ntotal 209,216",
    "wrong",
)
text(
    "unet",
    [conv("down1", 1, 64, 3), conv("down2", 64, 128, 3), conv("up1", 128, 64, 2, kind="convtranspose2d")],
    "down1: 3*3*1*64+64 = 640\ndown2: 3*3*64*128+128 = 73,856\nup1: 2*2*128*64+64 = 32,832",
    "right",
)
text(
    "seq2seq",
    [
        emb("src", 8000, 256),
        rnn("lstm", "encoder", 256, 512, 2),
        emb("tgt", 6000, 256),
        rnn("lstm", "decoder", 256, 512, 2),
        linear("out", 512, 6000),
    ],
    "src embedding 8000*256 = 2,048,000\nencoder LSTM 4*(256*512 + 512*512 + 2*512) = 1,576,960\ntgt embedding 6000*256 = 1,536,000\ndecoder LSTM 1,576,960\nout 512*6000+6000 = 3,078,000\ntotal 9,815,920",
    "right",
)
text(
    "attention gru",
    [rnn("gru", "g", 64, 128, 1)],
    "z: 64*128 + 128*128 + 128 = 24,704\nr: 24,704\nh: 24,704\ntotal: 74,112",
    "right",
)
text(
    "lstm gates",
    [rnn("lstm", "l", 3, 4, 1)],
    "forget gate: (3+4)*4 + 4 = 32\ninput gate: 32\noutput gate: 32\ncell: 32\ntotal 128",
    "right",
)
text(
    "lstm gates3",
    [rnn("lstm", "l", 3, 4, 1)],
    "forget gate: (3+4)*4 + 4 = 32\ninput gate: 32\noutput gate: 32\ntotal 96",
    "wrong",
)
text("perceptron", [linear("p", 3, 1)], "3 weights + 1 bias = 4 parameters", "right")
text(
    "perceptron2", [linear("h", 2, 2), linear("o", 2, 1)], "hidden: 2*2 + 2 = 6\noutput: 2*1 + 1 = 3\ntotal 9", "right"
)
text("xor wrong", [linear("h", 2, 2), linear("o", 2, 1)], "hidden: 2*2 + 2 = 6\noutput: 2*1 = 2\ntotal 8", "wrong")
text("memory eq", LENET, "61,706 params = 247 KB", "right")
text("vgg size", ALEXNET, "62.4M params ≈ 238 MB", "right")
text(
    "stem",
    [conv("conv1", 3, 64, 7, bias=False), bn("bn1", 64), linear("fc", 64, 10)],
    "The stem has 9,536 parameters.\nThe classifier has 650 parameters.",
    "right",
)
text("one layer claim", ALEXNET, "fc6 alone has 37.8M parameters", "right")
text("one layer claim2", ALEXNET, "The first fully connected layer has 37,752,832 parameters", "right")
VGG = [
    conv("conv1_1", 3, 64, 3),
    conv("conv1_2", 64, 64, 3),
    pool(),
    conv("conv2_1", 64, 128, 3),
    conv("conv2_2", 128, 128, 3),
    pool(),
    flatten(8192),
    linear("fc", 8192, 10),
]
text(
    "conv3-64",
    VGG,
    "conv3-64: 3*3*3*64 + 64 = 1,792\nconv3-64: 3*3*64*64 + 64 = 36,928\nconv3-128: 3*3*64*128 + 128 = 73,856\nconv3-128: 3*3*128*128 + 128 = 147,584\nFC-10: 8192*10 + 10 = 81,930",
    "right",
)
text(
    "wrong depth vgg",
    VGG,
    "conv3-64: 3*3*3*64 + 64 = 1,792\nconv3-64: 3*3*3*64 + 64 = 1,792\nconv3-128: 3*3*64*128 + 128 = 73,856",
    "wrong",
)
text("lenet 1998 total", LENET_1998, "C1 156, S2 12, C3 1,516, S4 32, C5 48,120, F6 10,164, total 60,000", "right")
text(
    "lenet 1998 c3 wrong",
    LENET_1998,
    "C1: 156\nS2: 12\nC3: 16*(6*25+1) = 2416\nS4: 32\nC5: 48120\nF6: 10164\ntotal 60900",
    "wrong",
)
text("s2 pool0", LENET_1998, "C1: 156\nS2: 0\nC3: 1516\nS4: 0", "wrong")
text("bn 4", [conv("c", 3, 8, 3, bias=False), bn("bn", 8)], "BatchNorm: gamma, beta, mean, var: 4*8 = 32", "wrong")
text(
    "bn keras",
    [conv("c", 3, 8, 3, bias=False), bn("bn", 8)],
    "BatchNorm: 4*8 = 32 (16 trainable)\nconv 216\ntotal 248",
    "right",
    stats=True,
)
text("emb pad", [emb("e", 1001, 32), linear("d", 32, 1)], "(1000 + 1) * 32 = 32,032\n32 + 1 = 33\n32,065", "right")
text(
    "value mismatch label kr",
    [conv("conv1", 1, 32, 3), conv("conv2", 32, 64, 3), flatten(1600), linear("fc", 1600, 10)],
    "conv1: 3*3*1*32+32=320\nconv2: 3*3*32*64+64=18496\nfc: 3*3*64*10+10=5770\n총 24586",
    "wrong",
)
text(
    "flatten",
    [conv("conv1", 1, 32, 3), conv("conv2", 32, 64, 3), flatten(1600), linear("fc", 1600, 10)],
    "flatten: 5*5*64 = 1600\nfc: 1600*10+10 = 16010",
    "right",
)
text(
    "flatten wrong",
    [conv("conv1", 1, 32, 3), conv("conv2", 32, 64, 3), flatten(1600), linear("fc", 1600, 10)],
    "fc: 7*7*64*10 + 10 = 31370",
    "wrong",
)
text(
    "dense time",
    [rnn("lstm", "lstm", 8, 16, 1), linear("td", 16, 4)],
    "LSTM(16): 4*(8+16+1)*16 = 1600\nTimeDistributed Dense: 16*4 + 4 = 68 (same for all 10 steps)",
    "right",
)
text(
    "dense time wrong",
    [rnn("lstm", "lstm", 8, 16, 1), linear("td", 16, 4)],
    "LSTM(16): 4*(8+16+1)*16 = 1600\nTimeDistributed Dense: 10 time steps * (16*4 + 4) = 680",
    "wrong",
)
text("seq heads", bert(), "multi-head attention: 12 heads x (3 x 768 x 64) = 1,769,472 weights", "right")
text("attn miss o", bert(), "attention: 3*(768*768 + 768) = 1,771,776\nffn: 4,722,432\nper layer 6,494,208", "wrong")
text(
    "pos missing",
    gpt2(),
    "wte: 38,597,376\nblocks: 12 * 7,087,872 = 85,054,464\nln_f: 1,536\ntotal: 123,653,376",
    "wrong",
)
text(
    "moe active",
    [
        linear("router", 1024, 8, False),
        repeat("experts", 8, linear("w1", 1024, 4096, False), linear("w2", 4096, 1024, False)),
    ],
    "experts: 8 * 2 * 1024 * 4096 = 67,108,864\nrouter: 8,192\ntotal 67,117,056",
    "right",
)
text(
    "moe one",
    [
        linear("router", 1024, 8, False),
        repeat("experts", 8, linear("w1", 1024, 4096, False), linear("w2", 4096, 1024, False)),
    ],
    "FFN: 2*1024*4096 = 8,388,608\nrouter 8,192\ntotal 8,396,800",
    "wrong",
)
text(
    "lora frozen",
    [repeat("l", 2, lora("q", 512, 512, 4))],
    "W frozen: 512*512 = 262,144\nA: 4*512 = 2,048\nB: 512*4 = 2,048\nLoRA: 4,096 per layer, 8,192 in total",
    "right",
)
text("sci", ALEXNET, "about 6.2e7 parameters", "right")
text("m", ALEXNET, "62.38 mln parameters", "right")
text("plusminus", bert(), "109,482,240 - 590,592 = 108,891,648 without the pooler", "right")
text(
    "plus zero",
    [conv("dw", 16, 16, 3, groups=16, bias=False), conv("pw", 16, 8, 1)],
    "(3*3*1+0)*16 = 144\n(1*1*16+1)*8 = 136\ntotal 280",
    "right",
)
text(
    "pt",
    LENET,
    "Camada conv1: (5*5*1 + 1)*6 = 156 parâmetros\nCamada conv2: (5*5*6 + 1)*16 = 2.416 parâmetros\nTotal das convolucionais: 2.572",
    "right",
)
text(
    "ru",
    LENET,
    "Первый свёрточный слой: 5*5*1*6 + 6 = 156\nВторой свёрточный слой: 5*5*6*16 + 16 = 2416\nПервый полносвязный слой: 400*120 + 120 = 48120",
    "right",
)
text(
    "ru wrong",
    LENET,
    "Первый свёрточный слой: 5*5*1*6 + 6 = 156\nВторой свёрточный слой: 5*5*16 + 16 = 416\nПервый полносвязный слой: 400*120 + 120 = 48120",
    "wrong",
)
text(
    "cs231n",
    [conv("c1", 3, 10, 5)],
    "Input volume: 32x32x3\n10 5x5 filters with stride 1, pad 2\nNumber of parameters in this layer?\neach filter has 5*5*3 + 1 = 76 params (+1 for bias)\n=> 76*10 = 760",
    "right",
)
text(
    "cs231n wrong", [conv("c1", 3, 10, 5)], "10 5x5 filters\neach filter has 5*5*3 = 75 params\n=> 75*10 = 750", "wrong"
)
text(
    "so answer",
    TINY_CNN,
    "**First conv layer**: `(3*3*3 + 1) * 32 = 896`\n\n**Second conv layer**: `(3*3*32 + 1) * 64 = 18496`\n\n**Dense**: input is 6*6*64 = 2304, so `(2304 + 1) * 128 = 295040`\n\n**Output**: `(128+1)*10 = 1290`\n\nTotal = **315,722**",
    "right",
)
text(
    "so question",
    TINY_CNN,
    "I have the following model and don't understand the number of params:\n\n    conv2d_1 (Conv2D)   (None, 30, 30, 32)   896\n    conv2d_2 (Conv2D)   (None, 13, 13, 64)   18496\n    dense_1 (Dense)     (None, 128)          295040\n\nFor the first: 32 * (3*3*3 + 1) = 896. Why is the second 18496 and not 64 * (3*3 + 1) = 640?",
    "right",
)
text(
    "strides etc",
    DQN,
    "conv1: 16 filters 8x8 stride 4, input 84x84x4 -> 20x20x16, params 8*8*4*16 + 16 = 4112\nconv2: 32 filters 4x4 stride 2 -> 9x9x32, params 4*4*16*32 + 32 = 8224\nfc: 256 units, params 9*9*32*256 + 256 = 663808\noutput: 6 actions, params 256*6 + 6 = 1542",
    "right",
)
text(
    "strides wrong",
    DQN,
    "conv1: 16 filters 8x8 stride 4, input 84x84x4 -> 20x20x16, params 8*8*4*16 + 16 = 4112\nconv2: 32 filters 4x4 stride 2 -> 9x9x32, params 4*4*4*32 + 32 = 2080\nfc: 256 units, params 9*9*32*256 + 256 = 663808",
    "wrong",
)
text(
    "gflops dist",
    ALEXNET,
    "conv1: 34,944 params, 105,415,200 MACs (55*55*96*363)\nconv2: 614,656 params, 447,897,600 MACs",
    "right",
)
text(
    "kr table w",
    LENET,
    "| 층 | 계산 | 파라미터 |\n|---|---|---|\n| 합성곱 1 | 5×5×1×6 + 6 | 156 |\n| 합성곱 2 | 5×5×6×16 + 16 | 2,461 |\n| 완전연결 1 | 400×120 + 120 | 48,120 |",
    "wrong",
)
text(
    "per gate",
    [rnn("lstm", "lstm", 10, 20, 1)],
    "per gate: W: 10*20 = 200, U: 20*20 = 400, b: 20 -> 620\n4 gates: 2480",
    "right",
)
text(
    "rnn dims",
    [rnn("rnn", "rnn", 10, 20, 1), linear("fc", 20, 2)],
    "Wxh: 10x20 = 200\nWhh: 20x20 = 400\nbh: 20\nWhy: 20x2 = 40\nby: 2\ntotal = 662",
    "right",
)
text(
    "rnn dims wrong",
    [rnn("rnn", "rnn", 10, 20, 1), linear("fc", 20, 2)],
    "Wxh: 10x20 = 200\nWhh: 20x20 = 400\nbh: 20\nWhy: 20x2 = 40\nby: 2\ntotal = 622",
    "wrong",
)
text(
    "decoder",
    llama(),
    "Q: 4096x4096=16.8M, K: 16.8M, V: 16.8M, O: 16.8M => 67.1M\ngate/up/down: 3 x 45.1M = 135.3M\nlayer: 202.4M x 32 = 6.48B",
    "right",
)
text(
    "decoder wrong",
    llama(),
    "Q: 4096x4096=16.8M, K: 16.8M, V: 16.8M, O: 16.8M => 67.1M\ngate/up/down: 3 x 45.1M = 135.3M\nlayer: 202.4M x 32 = 6.84B",
    "wrong",
)
text(
    "zh yi",
    llama(),
    "词嵌入 32000×4096≈1.31亿，每层注意力4×4096²≈0.67亿，每层FFN 3×4096×11008≈1.35亿，32层共约64.8亿，总计约67.4亿",
    "right",
)
text("zh yi wrong", llama(), "总参数约 674 亿", "wrong")
text("total of part", ALEXNET, "The five conv layers have 3,747,200 parameters in total.", "right")
text("fc total", ALEXNET, "fc layers total: 58,631,144", "right")
text("ie", [linear("d", 100, 10)], "weights + biases, i.e. 100*10 + 10 = 1010", "right")
text(
    "arrow chain",
    MNIST_MLP,
    "784 -> 512 -> 256 -> 10\n784*512 + 512 = 401920\n512*256 + 256 = 131328\n256*10 + 10 = 2570",
    "right",
)
text(
    "dims list",
    MNIST_MLP,
    "layers = [784, 512, 256, 10]\nparams: 784*512+512, 512*256+256, 256*10+10 -> 535818",
    "right",
)
text("dash name", MNIST_MLP, "784-512-256-10 network: 535,818 parameters", "right")
text("dash name w", MNIST_MLP, "784-512-256-10 network: 535,040 parameters", "wrong")


@pytest.mark.parametrize(("name", "network", "written", "verdict"), TEXTS, ids=[entry[0] for entry in TEXTS])
def test_the_verdict(name, network, written, verdict):
    result = audit_against(written, network_from_architecture(network, "short"))
    assert result.verdict == verdict, result.findings
