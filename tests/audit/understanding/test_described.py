"""Networks that texts describe, each worked out by hand from its words."""

from __future__ import annotations

import pytest

from netledger.audit import audit
from netledger.audit.understanding.understanding import understand
from netledger.ledger import keep_books


def counts(text):
    """Parameters of the described layers, in order; the description must be whole."""
    found = understand(text).networks[0]
    assert found.whole
    return [entry.parameters for entry in keep_books(found.network).entries if entry.parameters]


PERCEPTRONS = {
    "en": "784 inputs, two hidden layers of 512 and 256 units, 10 outputs",
    "en, a sentence": "A fully connected network with 784 inputs, two hidden layers of 512 and 256 units and 10 outputs.",
    "de": "Ein MLP mit 784 Eingängen, zwei versteckten Schichten mit 512 und 256 Neuronen und 10 Ausgängen",
    "fr": "Un réseau avec 784 entrées, deux couches cachées de 512 et 256 neurones et 10 sorties",
    "es": "Una red con 784 entradas, dos capas ocultas de 512 y 256 neuronas y 10 salidas",
    "pt": "Uma rede com 784 entradas, duas camadas ocultas de 512 e 256 neurônios e 10 saídas",
    "it": "Una rete con 784 ingressi, due strati nascosti di 512 e 256 neuroni e 10 uscite",
    "ru": "Сеть: 784 входа, два скрытых слоя по 512 и 256 нейронов, 10 выходов",
    "zh": "784个输入，两个隐藏层分别有512和256个神经元，10个输出",
    "ja": "入力784、隠れ層2つ(512と256ユニット)、出力10",
    "ko": "입력 784개, 은닉층 2개(512, 256 유닛), 출력 10개",
    "nl": "Een netwerk met 784 ingangen, twee verborgen lagen van 512 en 256 neuronen en 10 uitgangen",
    "pl": "Sieć: 784 wejścia, dwie warstwy ukryte po 512 i 256 neuronów, 10 wyjść",
    "tr": "784 giriş, iki gizli katman (512 ve 256 nöron), 10 çıkış",
    "vi": "Mạng có 784 đầu vào, hai lớp ẩn gồm 512 và 256 nơ-ron, 10 đầu ra",
    "chain": "MLP 784-512-256-10",
    "arrows": "784 → 512 → 256 → 10",
    "list": "Input layer: 784 neurons\nHidden layer 1: 512 neurons\nHidden layer 2: 256 neurons\nOutput layer: 10 neurons",
}


@pytest.mark.parametrize("text", PERCEPTRONS.values(), ids=PERCEPTRONS)
def test_a_perceptron_in_words(text):
    assert counts(text) == [784 * 512 + 512, 512 * 256 + 256, 256 * 10 + 10]


LISTS = {
    "en": "Input: 32x32x3\nconv1: 16 filters 3x3, stride 1, same padding\npool1: 2x2 max pooling\nfc1: 128 units",
    "de": "Eingabe: 32x32x3\nFaltungsschicht 1: 16 Filter 3×3, Schrittweite 1, Padding same\nMax-Pooling 2x2\n"
    "Vollverbundene Schicht 1: 128 Neuronen",
    "fr": "Entrée : 32x32x3\nCouche de convolution 1 : 16 filtres 3x3, pas 1, remplissage same\nMax pooling 2x2\n"
    "Couche dense 1 : 128 neurones",
    "es": "Entrada: 32x32x3\nconv1: 16 filtros de 3x3, paso 1, relleno same\nmax pooling 2x2\nCapa densa 1: 128 neuronas",
    "pt": "Entrada: 32x32x3\nconv1: 16 filtros 3x3, passo 1, preenchimento same\nmax pooling 2x2\nfc1: 128 neurônios",
    "it": "Ingresso: 32x32x3\nconv1: 16 filtri 3x3, passo 1, padding same\nmax pooling 2x2\nfc1: 128 neuroni",
    "ru": "Вход: 32x32x3\nСвёрточный слой 1: 16 фильтров 3x3, шаг 1, padding same\nмакс-пулинг 2x2\n"
    "Полносвязный слой 1: 128 нейронов",
    "zh": "输入：32×32×3\n卷积层1：16个3×3的卷积核，步长为1，same填充\n2×2最大池化\n全连接层1：128个神经元",
    "ja": "入力: 32x32x3\n畳み込み層1: 3×3のフィルタ16個、ストライド1、パディングsame\n最大プーリング: 2x2\n全結合層1: 128ユニット",
    "ko": "입력: 32x32x3\n합성곱층 1: 3x3 필터 16개, 스트라이드 1, 패딩 same\n최대 풀링: 2x2\n전결합층 1: 128 유닛",
    "nl": "Invoer: 32x32x3\nconvolutielaag 1: 16 filters 3x3, stap 1, padding same\nmax pooling 2x2\n"
    "volledig verbonden laag 1: 128 neuronen",
    "pl": "Wejście: 32x32x3\nWarstwa splotowa 1: 16 filtrów 3x3, krok 1, padding same\nmax pooling 2x2\n"
    "Warstwa w pełni połączona 1: 128 neuronów",
    "tr": "Giriş: 32x32x3\nEvrişim katmanı 1: 16 adet 3x3 filtre, adım 1, padding same\nmaks. havuzlama 2x2\n"
    "Tam bağlantılı katman 1: 128 nöron",
    "vi": "Đầu vào: 32x32x3\nLớp tích chập 1: 16 bộ lọc 3x3, bước 1, padding same\nmax pooling 2x2\n"
    "Lớp kết nối đầy đủ 1: 128 nơ-ron",
    "table, names without words": "Input: 32x32x3\n\n| layer | kernel | filters / units | output |\n|---|---|---|---|\n"
    "| C1 | 3x3 | 16 | 32x32x16 |\n| P1 | 2x2 | - | 16x16x16 |\n| F1 | - | 128 | 128 |",
    "table, in words": "Input: 32x32x3\n\n| layer | description | params |\n|---|---|---|\n"
    "| conv1 | 3x3, 3 → 16, padding 1 | 448 |\n| pool1 | max 2x2 | 0 |\n| fc1 | 128 units | 524,416 |",
    "said of all": "All convolutions are 3x3 with same padding.\nInput: 32x32x3\nconv1: 16 filters\n"
    "pool1: 2x2 max pooling\nfc1: 128 units",
    "prose": "The network takes 32x32 RGB images. A convolutional layer has 16 filters of size 3x3 with stride 1 and same "
    "padding, followed by 2x2 max pooling. The result is flattened and fed into a dense layer of 128 units.",
    "table": "Input: 32x32x3\n\n| layer | kernel | filters | stride | padding | params |\n|---|---|---|---|---|---|\n"
    "| conv1 | 3x3 | 16 | 1 | same | 999 |\n| pool1 | 2x2 | - | 2 | - | 0 |\n| fc1 | - | 128 | - | - | 999 |",
    "shapes": "input -> 32x32x3\nconv1: 16 filters 3x3 -> 32x32x16\npool1: max 2x2 -> 16x16x16\nfc1 -> 128",
}  # fmt: skip


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_a_small_convolutional_network_with_its_flatten_propagated(text):
    assert counts(text) == [3 * 3 * 3 * 16 + 16, 16 * 16 * 16 * 128 + 128]


ONE = {
    "A dense layer with 784 inputs and 128 units has 784*128 = 100352 parameters": 784 * 128 + 128,
    "A 3x3 conv, 64 → 128 channels (without bias), input 56x56": 3 * 3 * 64 * 128,
    "RGB input, 32 filters of 5x5": 5 * 5 * 3 * 32 + 32,
    "LSTM with 256 units on 100 features": 4 * (100 * 256 + 256 * 256 + 256),
    "GRU(20), input (29, 13)": 3 * (13 * 20 + 20 * 20 + 2 * 20),
    "conv2 (3x3, 64→128): 3*3*64*128 = 73,728": 3 * 3 * 64 * 128 + 128,
    "conv1: 3x3 kernel, 16 filters, 8 input channels, no bias": 3 * 3 * 8 * 16,
    "Embedding: 10000 words, 128 dimensions": 10000 * 128,
}


@pytest.mark.parametrize("text", ONE)
def test_one_layer(text):
    assert counts(text) == [ONE[text]]


FEATURES = {
    "en": "It takes 13 features of a wine, then a hidden layer of 30 neurons, then a hidden layer of 20 neurons and "
    "finally 3 outputs for the three sorts.",
    "nl": "Het netwerk krijgt 13 kenmerken, heeft daarna een verborgen laag van 30 neuronen, dan een verborgen laag van "
    "20 neuronen en tot slot 3 uitgangen voor de drie soorten.",
    "de": "Das Netz bekommt 13 Merkmale, hat danach eine versteckte Schicht mit 30 Neuronen, dann eine versteckte "
    "Schicht mit 20 Neuronen und schließlich 3 Ausgänge für die drei Sorten.",
    "fr": "Le réseau reçoit 13 caractéristiques, puis une couche cachée de 30 neurones, ensuite une couche cachée de 20 "
    "neurones et enfin 3 sorties pour les trois cépages.",
    "ru": "Сеть получает 13 признаков, затем скрытый слой из 30 нейронов, потом скрытый слой из 20 нейронов, 3 выхода.",
    "zh": "网络接收13个特征，然后是30个神经元的隐藏层，接着是20个神经元的隐藏层，最后3个输出。",
}


@pytest.mark.parametrize("text", FEATURES.values(), ids=FEATURES)
def test_features_are_the_input_where_nobody_says_input(text):
    assert counts(text) == [13 * 30 + 30, 30 * 20 + 20, 20 * 3 + 3]


ALL = [
    "All convs without bias.\n\n| layer | description |\n|---|---|\n| conv1 | 3x3 s2, 3→32 |\n"
    "| dw | depthwise 3x3, 32 channels |\n| pw | pointwise, 32→64 |",
    "Todas las convs con bias=False.\n\n| capa | descripción |\n|---|---|\n| conv1 | 3x3 s2, 3→32 |\n"
    "| dw | depthwise 3x3, 32 canales |\n| pw | pointwise 1x1, 32→64 |",
    "所有卷积层都没有偏置\n\n| 层 | 说明 |\n|---|---|\n| conv1 | 3x3 s2, 3→32 |\n| dw | depthwise 3x3, 32通道 |\n"
    "| pw | pointwise 1x1, 32→64 |",
]


@pytest.mark.parametrize("text", ALL)
def test_what_is_said_of_all_convolutions_is_so_of_each(text):
    assert counts(text) == [3 * 3 * 3 * 32, 3 * 3 * 32, 32 * 64]


NOTHING = [
    "conv1: 3*3*3*16 + 16 = 448",
    "fc1: 100480\nfc2: 1290\ntotal 101770",
    "GPT-2 has 124M parameters",
    "The meeting is on 2024-10-05 at 10:30, call 555-123-4567",
    "224 → 112 → 56 → 28 is how the convolution shrinks",
    "total: 2000 + 3000 = 5100",
]


@pytest.mark.parametrize("text", NOTHING)
def test_a_result_never_describes(text):
    assert not [one for one in understand(text).networks if one.whole and keep_books(one.network).entries]


def test_a_stated_size_that_the_layers_above_do_not_give_is_told():
    text = (
        "Input: 28x28x1\nconv1: 6 filters 5x5, no padding\npool1: 2x2 max pooling, stride 2\nfc1: 400 inputs, 120 units"
    )
    found = understand(text).networks[0]
    entries = keep_books(found.network).entries
    assert sum(entry.parameters for entry in entries) == 156 + 12 * 12 * 6 * 120 + 120
    assert "400" in found.conflicts[0]


def test_names_are_the_texts_own_and_lines_are_known():
    found = understand("Input: 8x8x1\nC1: 6 filters 3x3, no padding\nF2: 10 units").networks[0]
    assert found.places["C1"] == 2


def test_the_work_grows_with_the_text_not_with_its_square(monkeypatch):
    from netledger.audit.understanding.marks import scanning

    calls = []
    word = scanning._word
    monkeypatch.setattr(scanning, "_word", lambda text, i: calls.append(i) or word(text, i))

    def steps(times):
        calls.clear()
        understand("Input: 32x32x3\n" + "".join(f"conv{i}: 16 filters 3x3, same padding\n" for i in range(times)))
        return len(calls)

    assert steps(200) < 2.2 * steps(100)


HEADINGS = [
    "Layer | Output | Weights | Bias", "Schicht | Ausgabe | Gewichte | Bias", "Couche | Sortie | Poids | Biais",
    "Capa | Salida | Pesos | Sesgos", "Camada | Saída | Pesos | Vieses", "Strato | Uscita | Pesi | Bias",
    "Слой | Выход | Веса | Смещения", "层 | 输出 | 权重 | 偏置", "層 | 出力 | 重み | バイアス", "층 | 출력 | 가중치 | 편향",
    "Katman | Çıkış | Ağırlık | Sapma", "Warstwa | Wyjście | Wagi | Obciążenia", "Laag | Uitvoer | Gewichten | Bias",
]  # fmt: skip


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_table_whose_convolutions_have_their_sizes_in_their_names(heading):
    rows = f"""{heading}
INPUT | 40 x 40 x 3 | 0 | 0
CONV5-8 | 36 x 36 x 8 | 600 | 8
POOL2 | 18 x 18 x 8 | 0 | 0
CONV3-12 | 16 x 16 x 12 | 864 | 12
POOL2 | 8 x 8 x 12 | 0 | 0
FC20 | 20 | 15360 | 20
FC4 | 4 | 80 | 4"""
    # by hand: 5*5*3*8 = 600; 3*3*8*12 = 864; 8*8*12*20 = 15,360; 20*4 = 80
    assert audit(rows).verdict == "right"
    findings = audit(rows.replace("864", "1080").replace("15360", "19200")).findings
    assert [(f.line_no, f.expected) for f in findings] == [(5, 864), (7, 15360)]


def test_an_image_in_the_title_is_what_the_first_layer_reads():
    text = """Parametri per SVHN (32x32x3)
Conv1, 12 filtri 5x5, uscita 28x28: (5*5*3 + 1) * 12 = 912
Pool 2x2
Conv2, 20 filtri 5x5, uscita 10x10: (5*5*12 + 1) * 20 = 6020
Pool 2x2
FC1: (5*5*20 + 1) * 30 = 15030
Totale: 21962"""
    assert audit(text).verdict in ("right", "partly")  # the title's sizes are no count
    slip = text.replace("* 20 = 6020", "* (10*10*20) = 602000").replace("21962", "617942")
    assert [(f.line_no, f.expected) for f in audit(slip).findings] == [(4, 6020), (7, 21962)]


def test_rows_of_calls_with_their_shapes_are_a_table():
    rows = """| Schicht | Ausgabe | Parameter |
|---|---|---:|
| nach Block 1 | (20, 20, 24) | |
| `Conv2D(48, 3)` | (18, 18, 48) | (3*3*24 + 1)*48 = 10416 |
| `MaxPooling2D(2)` | (9, 9, 48) | 0 |
| `Flatten` | (3888,) | 0 |
| `Dense(16)` | (16,) | 3888*16 + 16 = 62224 |
| `Dense(32)` | (32,) | 16*32 + 32 = 544 |
| `Dense(5)` | (5,) | 32*5 + 5 = 165 |"""
    # by hand: 9*9*48 = 3,888 values; without the flatten the dense layer would read 48
    result = audit(rows)
    assert not result.findings
    assert {7, 8, 9} <= {line.line_no for line in result.lines if line.verdict == "right"}
