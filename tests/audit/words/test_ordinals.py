"""Ordinals: the same lines in every language, against a network whose names tell nothing, right and with one slip."""

from __future__ import annotations

import pytest

from netledger.audit import audit
from netledger.audit.reading.tokens.words import ordinal_of, ordinals_in
from netledger.notation import parse

NETWORK = """
image = input(3, 64, 64)
alpha = conv2d(16, kernel_size=5, padding=2)
beta = conv2d(24, kernel_size=3, padding=1)
half = max_pool2d(2)
gamma = conv2d(24, kernel_size=3, padding=1)
delta = conv2d(24, kernel_size=3, padding=1, groups=2)
epsilon = conv2d(40, kernel_size=3, padding=1, groups=2)
quarter = max_pool2d(16)
flat = flatten()
zeta = linear(80)
eta = linear(80)
theta = linear(12)
"""
# by hand: kernel·kernel·inputs·outputs + outputs; the slips are other layers' formulas, to the last digit
RIGHT = {
    "conv1": "5*5*3*16 + 16 = 1216", "conv2": "3*3*16*24 + 24 = 3480", "conv3": "3*3*24*24 + 24 = 5208",
    "conv4": "3*3*12*24 + 24 = 2616", "conv5": "3*3*12*40 + 40 = 4360", "fc1": "160*80 + 80 = 12880",
    "fc2": "80*80 + 80 = 6480", "fc3": "80*12 + 12 = 972",
}  # fmt: skip
SLIPS = {
    "conv1": "5*5*3*24 + 24 = 1824", "conv2": RIGHT["conv3"], "conv3": RIGHT["conv2"], "conv4": RIGHT["conv5"],
    "conv5": RIGHT["conv4"], "fc1": RIGHT["fc2"], "fc2": RIGHT["fc3"], "fc3": RIGHT["fc2"],
}  # fmt: skip
LABELS = {
    "en": "First conv layer=conv1|Conv layer number 3=conv3|conv layer five=conv5|In the 5th convolutional layer=conv5|"
    "second-to-last conv layer=conv4|last conv layer=conv5|the 2nd dense layer=fc2|third fully connected layer=fc3|"
    "penultimate layer=fc2|the last layer=fc3|last but one dense layer=fc2|convolutional layer no. 2=conv2",
    "de": "Erste Faltungsschicht=conv1|In der dritten Faltungsschicht=conv3|fünfte Faltungsschicht=conv5|"
    "Die 5. Faltungsschicht=conv5|In der fünften Faltungsschicht=conv5|vorletzte Faltungsschicht=conv4|"
    "zweite Dense-Schicht=fc2|letzte vollverbundene Schicht=fc3|Faltungsschicht Nr. 2=conv2|letzte Schicht=fc3",
    "fr": "Première couche de convolution=conv1|seconde couche convolutive=conv2|5ème couche de convolution=conv5|"
    "Dans la cinquième couche de convolution=conv5|avant-dernière couche de convolution=conv4|la 2e couche dense=fc2|"
    "dernière couche=fc3|1re couche de convolution=conv1",
    "es": "Primera capa convolucional=conv1|En la quinta capa de convolución=conv5|La 5.ª capa convolucional=conv5|"
    "penúltima capa convolucional=conv4|última capa convolucional=conv5|segunda capa totalmente conectada=fc2|"
    "capa convolucional número 2=conv2|última capa=fc3",
    "pt": "Primeira camada convolucional=conv1|Na quinta camada de convolução=conv5|A 5ª camada convolucional=conv5|"
    "penúltima camada convolucional=conv4|segunda camada totalmente conectada=fc2|última camada=fc3|"
    "camada densa dois=fc2",
    "it": "Primo strato convoluzionale=conv1|terza convoluzione=conv3|Nel quinto strato di convoluzione=conv5|"
    "Il 5° strato convoluzionale=conv5|penultimo strato convoluzionale=conv4|secondo strato completamente connesso=fc2|"
    "ultimo strato denso=fc3|ultima convoluzione=conv5",
    "ru": "Первый свёрточный слой=conv1|В третьем свёрточном слое=conv3|5-й свёрточный слой=conv5|"
    "Для пятого свёрточного слоя=conv5|в пятой свёртке=conv5|предпоследний свёрточный слой=conv4|"
    "Во втором полносвязном слое=fc2|последний слой=fc3|В последнем слое=fc3",
    "nl": "Eerste convolutielaag=conv1|In de vijfde convolutielaag=conv5|De 5e convolutielaag=conv5|"
    "voorlaatste convolutielaag=conv4|tweede dense laag=fc2|laatste laag=fc3|convolutielaag nummer 2=conv2",
    "pl": "Pierwsza warstwa splotowa=conv1|trzeci splot=conv3|W piątej warstwie splotowej=conv5|"
    "przedostatnia warstwa splotowa=conv4|druga warstwa w pełni połączona=fc2|ostatnia warstwa=fc3",
    "tr": "Birinci evrişim katmanı=conv1|Beşinci evrişim katmanında=conv5|sondan ikinci evrişim katmanı=conv4|"
    "son evrişim katmanı=conv5|ikinci tam bağlantılı katman=fc2|son katman=fc3",
    "vi": "Lớp tích chập đầu tiên=conv1|lớp tích chập thứ hai=conv2|lớp tích chập thứ năm=conv5|"
    "lớp tích chập thứ 5=conv5|lớp tích chập áp chót=conv4|lớp kết nối đầy đủ thứ hai=fc2|lớp cuối cùng=fc3",
    "zh": "第一层卷积=conv1|第二个卷积层=conv2|第五层卷积=conv5|第五個卷積層=conv5|卷积层五=conv5|第 5 个卷积层=conv5|第5层卷积=conv5|"
    "在第五个卷积层中=conv5|卷积层（第五层）=conv5|倒数第二个卷积层=conv4|最后一个卷积层=conv5|第二全连接层=fc2|最后一层=fc3",
    "ja": "最初の畳み込み層=conv1|第二畳み込み層=conv2|五番目の畳み込み層=conv5|5番目の畳み込み層=conv5|5つ目の畳み込み層=conv5|"
    "第5畳み込み層=conv5|畳み込み5層目=conv5|最後から二番目の畳み込み層=conv4|二番目の全結合層=fc2|最終層=fc3",
    "ko": "첫 번째 합성곱 층=conv1|두번째 합성곱층=conv2|다섯 번째 합성곱 층=conv5|5번째 합성곱 층=conv5|제5 합성곱층=conv5|"
    "다섯째 합성곱층=conv5|마지막에서 두 번째 합성곱 층=conv4|두 번째 완전 연결 층=fc2|마지막 층=fc3",
}  # fmt: skip


@pytest.fixture(scope="module")
def network():
    return parse(NETWORK)


@pytest.mark.parametrize("language", LABELS)
def test_a_layer_is_known_by_its_ordinal(network, language):
    for row in LABELS[language].split("|"):
        label, _, layer = row.partition("=")
        assert audit(f"{label}: {RIGHT[layer]}", network).verdict == "right", label
        wrong = audit(f"{label}: {SLIPS[layer]}", network)
        assert wrong.verdict == "wrong", label
        assert wrong.findings[0].expected == int(RIGHT[layer].rpartition(" ")[2]), label


# the numbers of blocks are none of layers, and a number of layers is no ordinal
@pytest.mark.parametrize(
    ("against", "text"),
    [
        ("vgg16", "Block 3, first conv: 3*3*128*256 + 256 = 295168"),
        ("vgg16", "第二个卷积块\n第一个卷积层：3*3*64*128+128=73856\n第二个卷积层：3*3*128*128+128=147584"),
        ("bert-base", "zweite lineare Schicht der FFN: 3072*768 + 768 = 2360064"),
        ("lenet5/1998", "First fully connected layer: 400*120 + 120 = 48120"),  # the paper's C5 sees the whole map
        ("alexnet", "5层卷积\n第一层全连接：9216×4096+4096=37752832"),
    ],
)
def test_other_numbers_are_no_layers_places(against, text):
    assert audit(text, against).verdict in ("right", "partly")


def test_words_that_number():
    words = (
        "2nd",
        "5e",
        "第十二层",
        "第二十三层",
        "倒数第二个卷积层",
        "畳み込み5層目",
        "三层卷积",
        "5层",
        "conv3",
        "16-е",
    )
    assert [ordinal_of(word) for word in words] == [2, 5, 12, 23, -2, None, None, None, None, 16]
    assert ordinals_in(["the", "second", "conv", "of", "the", "third", "block"]) == [2, 3]
    assert ordinals_in(["two", "dense", "layers"]) == []
