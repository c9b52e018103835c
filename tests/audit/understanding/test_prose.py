"""Networks that sentences describe: what belongs to which layer, what is said of several, and what cannot be sure."""

from __future__ import annotations

import pytest

from netledger.audit import audit
from netledger.audit.understanding.understanding import understand
from netledger.ledger import keep_books

SENTENCES = {
    "a flatten has no units of its own": (
        "Input 8x8x1, a conv layer with 4 filters of 3x3, stride 1, padding 1. After flattening there is a dense layer of "
        "20 units and finally a softmax over 10 classes.",
        [3 * 3 * 4 + 4, 8 * 8 * 4 * 20 + 20, 20 * 10 + 10],
    ),
    "arrows from the input on": (
        "28x28x1 -> conv 3x3, 32 filters, valid -> maxpool 2x2 -> flatten -> dense 10",
        [3 * 3 * 32 + 32, 13 * 13 * 32 * 10 + 10],
    ),
    "a decoder's chain behind the encoder's": (
        "Dense layers: the encoder goes 784 -> 64 -> 16, the decoder back: 16 -> 64 -> 784.",
        [784 * 64 + 64, 64 * 16 + 16, 16 * 64 + 64, 64 * 784 + 784],
    ),
    "pairs, a norm behind each, a shortcut": (
        "Residual block, 64 -> 128 channels: two 3x3 convs (64->128 and 128->128), both without bias and each followed by "
        "BatchNorm, plus a 1x1 projection shortcut 64->128 without bias and its BatchNorm.",
        [9 * 64 * 128, 256, 9 * 128 * 128, 256, 64 * 128, 256],
    ),
    "a block said to be repeated": (
        "A block of two 3x3 convolutions with 16 channels each (no bias, each followed by batch norm), repeated 3 times. "
        "In front of it is a 5x5 convolution from 3 to 16 channels without bias.",
        [25 * 3 * 16, *[9 * 16 * 16, 32] * 6],
    ),
    "a norm in a list": (
        "1. Input layer: 100 features\n2. Dense layer with 20 neurons\n3. Batch normalization\n4. Dense layer with 5 neurons",
        [100 * 20 + 20, 40, 20 * 5 + 5],
    ),
    "a pooling that ends each block, all padded": (
        "Net for 8x8 RGB: block 1 has two 3x3 convolutions with 4 filters each, block 2 has two 3x3 convolutions with 6 "
        "filters each, all with same padding; a 2x2 max pool ends each block. Then FC 10.",
        [9 * 3 * 4 + 4, 9 * 4 * 4 + 4, 9 * 4 * 6 + 6, 9 * 6 * 6 + 6, 2 * 2 * 6 * 10 + 10],
    ),
    "widths of several layers, a kernel for all": (
        "The encoder has 3 convolutional layers with 32, 64 and 128 filters; kernels are 3x3, stride 2, padding 1; the "
        "input has 3 channels.",
        [9 * 3 * 32 + 32, 9 * 32 * 64 + 64, 9 * 64 * 128 + 128],
    ),
    "numbers in words": (
        "Our network has four inputs, one hidden layer with eight neurons and three output neurons.",
        [4 * 8 + 8, 8 * 3 + 3],
    ),
    "short names of arguments": (
        "conv1: in=3, out=24, k=5, s=2, p=2\nconv2: in=24, out=48, k=3, s=2, p=1",
        [25 * 3 * 24 + 24, 9 * 24 * 48 + 48],
    ),
    "channels first": (
        "Input 1x28x28\nConv 1->10, 5x5 => 10x24x24\nMaxPool 2 => 10x12x12\nFC 1440->10",
        [25 * 10 + 10, 1440 * 10 + 10],
    ),
    "what a heading says is read by the first layer": (
        "Block on 32 input channels: a 3x3 depthwise convolution without bias, then a 1x1 pointwise convolution to 64 "
        "channels without bias.",
        [9 * 32, 32 * 64],
    ),
    "names within a sentence": (
        "C1 is a convolution with 6 5x5 kernels on a 32x32x1 image, S2 is 2x2 average pooling, C5 is fully connected with "
        "120 units, F6 with 84 units and the output with 10 units.",
        [25 * 6 + 6, 14 * 14 * 6 * 120 + 120, 120 * 84 + 84, 850],
    ),
    "a norm behind every convolution": (
        "A ResNet: an initial 3x3 convolution with 16 filters on RGB input, then 2 residual blocks, each with two 3x3 "
        "convolutions of 16 filters, global average pooling and a dense layer with 10 classes. Convolutions have no bias; "
        "every convolution is followed by batch norm.",
        [9 * 3 * 16, 32, *[9 * 16 * 16, 32] * 4, 170],
    ),
    "strides behind a slash, numbers in words": (
        "A net for 96x96 grayscale images. The first layer applies twelve 7x7 filters with a stride of 2 and a padding of 3. "
        "The second: conv 3x3/2, 24 (padding 1). The output is flattened and passed to a linear classifier with 6 classes.",
        [49 * 12 + 12, 9 * 12 * 24 + 24, 24 * 24 * 24 * 6 + 6],
    ),
    "the input said last": (
        "Dense(300) -> BatchNorm -> ReLU -> Dropout(0.3) -> Dense(10), input dimension 784.",
        [784 * 300 + 300, 600, 3010],
    ),
    "numbered items": (
        "1) Entrada: 20 variables\n2) Capa oculta 1: 40 neuronas\n3) Salida: 1 neurona",
        [20 * 40 + 40, 41],
    ),
    "pairs by to": (
        "The head has three linear layers: 768 to 256, 256 to 64 and 64 to 2, all with bias.",
        [768 * 256 + 256, 256 * 64 + 64, 130],
    ),
    "a table with channels first": (
        "Layer    Input     Output    Kernel   Params\nconv_a   3x32x32   12x32x32  3x3      336\n"
        "pool_a   12x32x32  12x16x16  2x2      0\nfc       3072      10        -        30730",
        [336, 30730],
    ),
    "fr": (
        "Le réseau prend en entrée des images 8x8 en couleur : une couche de convolution de 20 filtres 3x3 (avec padding "
        "pour conserver la taille), puis une couche de sortie de 10 neurones.",
        [9 * 3 * 20 + 20, 8 * 8 * 20 * 10 + 10],
    ),
    "nl": (
        "Het model: woordenschat van 3000 woorden, embeddings van dimensie 32, een GRU met 48 eenheden (één biasvector per "
        "poort) en een uitvoerlaag met 4 klassen.",
        [3000 * 32, 3 * (32 * 48 + 48 * 48 + 48), 48 * 4 + 4],
    ),
    "a dimension is the input, activations among the units": (
        "Our policy network takes a 6-dimensional observation, has two hidden layers of 32 tanh units each, and outputs 2 "
        "action logits.",
        [6 * 32 + 32, 32 * 32 + 32, 66],
    ),
    "ja, numbered hidden layers": (
        "入力は20次元、隠れ層1は64ユニット、隠れ層2は32ユニット、出力は5クラス。",
        [20 * 64 + 64, 64 * 32 + 32, 32 * 5 + 5],
    ),
    "arguments of a call": (
        "Text CNN: embedding 5000 x 64, Conv1d(64, 100, kernel_size=3), global max pooling, Linear(100, 2).",
        [5000 * 64, 3 * 64 * 100 + 100, 202],
    ),
    "units in a list": (
        "Input: 4x4x3\nconv1: 8 filters 3x3, same padding\nFC1: 32\nFC2: 5",
        [9 * 3 * 8 + 8, 4 * 4 * 8 * 32 + 32, 32 * 5 + 5],
    ),
    "ko": (
        "입력은 13개의 특성이고 은닉층은 두 개로 각각 32개, 16개의 뉴런을 가지며 출력 뉴런은 1개입니다.",
        [13 * 32 + 32, 32 * 16 + 16, 17],
    ),
    "es": (
        "La red recibe imágenes RGB de 8×8. Tiene una capa convolucional con 4 filtros de 3×3 (padding 'same'), y después "
        "una capa densa de 50 neuronas y una de salida con 10.",
        [9 * 3 * 4 + 4, 8 * 8 * 4 * 50 + 50, 510],
    ),
    "zh": (
        "输入为8×8×3的图像。第一层卷积:6个5×5卷积核,步长1,无填充;展平后接全连接层120个神经元、84个神经元,最后输出10类。",
        [25 * 3 * 6 + 6, 4 * 4 * 6 * 120 + 120, 120 * 84 + 84, 850],
    ),
    "it, a table": (
        "| Strato | Tipo | Dettagli | Parametri |\n|---|---|---|---|\n"
        "| 1 | Convoluzione | 10 filtri 3x3, ingresso 8x8x1, senza padding | 100 |\n| 2 | Densa | 50 neuroni | 18050 |",
        [100, 6 * 6 * 10 * 50 + 50],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "counts"), SENTENCES.values(), ids=SENTENCES)
def test_layers_in_sentences(text, counts):
    found = understand(text).networks[0]
    assert [entry.parameters for entry in keep_books(found.network).entries if entry.parameters] == counts
    assert found.whole


def test_a_number_that_no_size_holds_makes_a_layer_doubtful():
    found = understand("Input 9 features, a hidden layer of 7 units (variant 3), 2 outputs").networks[0]
    assert found.doubtful
    assert not found.whole


def test_labels_say_the_description_again():
    text = "An MLP 20-30-5.\nDense 1 (20 -> 30): 20*30 + 30 = 630\nDense 2 (30 -> 5): 30*5 + 5 = 155\nTotal: 785"
    result = audit(text)
    assert result.verdict == "right"
    assert (result.total.claimed, result.total.true) == (785, 785)


def test_a_shape_that_contradicts_its_layer_blames_nobody():
    text = "Input 3x32x32\nconv 3->8, 3x3 => 8x31x31\nconv: 3*3*3*8 + 8 = 224"
    assert audit(text).verdict != "wrong"


def test_a_gpt_without_the_width_of_its_feed_forward_part_blames_no_line_about_it():
    text = (
        "nanoGPT config: n_layer=3, n_head=3, n_embd=48, vocab_size=65, block_size=32, bias=True; wte and lm_head tied; ln_f."
        "\nmlp: 2*48*100 + 100 + 48 = 9748"
    )
    found = understand(text).networks[0]
    assert found.doubtful
    assert audit(text).verdict != "wrong"


def test_bert_with_segments_and_a_norm_behind_its_embeddings():
    text = (
        "BERT-style encoder: 1 layer, hidden size 8, 2 attention heads, intermediate size 32, vocabulary 100, 16 positions, "
        "2 segment types, LayerNorm after the embeddings and twice in every layer, biases in all linear layers, no pooler."
    )
    layer = 4 * (8 * 8 + 8) + 2 * 8 * 32 + 32 + 8 + 2 * 16
    totals = [keep_books(found.network).totals.parameters for found in understand(text).networks]
    assert (100 + 16 + 2) * 8 + 16 + layer in totals


def test_a_line_of_no_layer_is_not_wrong_where_a_layer_is_not_described():
    text = (
        "We replace the 3x3 convolution (128 in, 256 out, no bias) by a depthwise separable one.\n"
        "Standard: 3*3*128*256 = 294,912.\nDepthwise: 3*3*128 = 1,152; pointwise: 128*256 = 32,768; together 33,920."
    )
    assert audit(text).verdict != "wrong"
