"""The words of ten languages, as people there write about layers; a list of the tests' own."""

from __future__ import annotations

CONV, POOL, DENSE = ("conv1d", "conv2d", "conv3d"), ("maxpool2d",), ("linear",)


class Language:
    """Kinds of layers with ``{n}``, the words of a total, of a table's head, and sentences."""

    def __init__(self, kinds, total, head, sentence, unit, separators, sum_sentence):
        self.kinds, self.total, self.head, self.sentence = kinds, total, head, sentence
        self.unit, self.separators, self.sum_sentence = unit, separators, sum_sentence


LANGUAGES = {
    "en": Language(
        {"conv": "Conv layer {n}", "linear": "Dense layer {n}", "norm": "BatchNorm {n}", "embedding": "Embedding"},
        ("Total", "Sum", "Total parameters", "In total"), ("Layer", "Calculation", "Parameters"),
        "{label} has {e} = {v} parameters.", "parameters", ("", ","), "Altogether these are {v} parameters.",
    ),
    "de": Language(
        {"conv": "Faltungsschicht {n}", "linear": "Vollverbundene Schicht {n}", "norm": "Batchnorm {n}", "embedding": "Einbettung"},
        ("Summe", "Gesamt", "Insgesamt"), ("Schicht", "Rechnung", "Parameter"),
        "{label} hat {e} = {v} Parameter.", "Parameter", ("", "."), "Insgesamt sind das {v} Parameter.",
    ),
    "fr": Language(
        {"conv": "couche de convolution {n}", "linear": "couche dense {n}", "norm": "normalisation {n}", "embedding": "plongement"},
        ("Total", "Somme", "Au total"), ("Couche", "Calcul", "Paramètres"),
        "La {label} a {e} = {v} paramètres.", "paramètres", ("", "\u202f"), "Au total, cela fait {v} paramètres.",
    ),
    "es": Language(
        {"conv": "capa convolucional {n}", "linear": "capa densa {n}", "norm": "normalización {n}", "embedding": "incrustación"},
        ("Total", "Suma", "En total"), ("Capa", "Cálculo", "Parámetros"),
        "La {label} tiene {e} = {v} parámetros.", "parámetros", ("", "."), "En total son {v} parámetros.",
    ),
    "it": Language(
        {"conv": "strato convoluzionale {n}", "linear": "strato denso {n}", "norm": "normalizzazione {n}", "embedding": "embedding"},
        ("Totale", "Somma", "In totale"), ("Strato", "Calcolo", "Parametri"),
        "Lo {label} ha {e} = {v} parametri.", "parametri", ("", "."), "In totale sono {v} parametri.",
    ),
    "pt": Language(
        {"conv": "camada convolucional {n}", "linear": "camada densa {n}", "norm": "normalização {n}", "embedding": "embedding"},
        ("Total", "Soma", "No total"), ("Camada", "Cálculo", "Parâmetros"),
        "A {label} tem {e} = {v} parâmetros.", "parâmetros", ("", "."), "No total são {v} parâmetros.",
    ),
    "ru": Language(
        {"conv": "Свёрточный слой {n}", "linear": "Полносвязный слой {n}", "norm": "Нормализация {n}", "embedding": "Эмбеддинг"},
        ("Итого", "Всего", "Сумма"), ("Слой", "Расчёт", "Параметры"),
        "{label} имеет {e} = {v} параметров.", "параметров", ("", "\u00a0"), "Всего {v} параметров.",
    ),
    "zh": Language(
        {"conv": "第{n}层卷积", "linear": "全连接层{n}", "norm": "批归一化{n}", "embedding": "词嵌入层"},
        ("总计", "合计", "总参数量"), ("层", "计算", "参数量"),
        "{label}的参数量为{e} = {v}。", "个参数", ("", ","), "总共有{v}个参数。",
    ),
    "ja": Language(
        {"conv": "畳み込み層{n}", "linear": "全結合層{n}", "norm": "バッチ正規化{n}", "embedding": "埋め込み層"},
        ("合計", "総パラメータ数"), ("層", "計算", "パラメータ数"),
        "{label}のパラメータ数は{e} = {v}です。", "個", ("", ","), "合計で{v}個のパラメータです。",
    ),
    "ko": Language(
        {"conv": "합성곱층 {n}", "linear": "완전연결층 {n}", "norm": "배치 정규화 {n}", "embedding": "임베딩층"},
        ("합계", "총 파라미터 수"), ("층", "계산", "파라미터"),
        "{label}의 파라미터 수는 {e} = {v}입니다.", "개", ("", ","), "모두 {v}개의 파라미터입니다.",
    ),
}  # fmt: skip

_GROUPS = {
    "conv1d": "conv", "conv2d": "conv", "conv3d": "conv", "linear": "linear", "batchnorm": "norm", "embedding": "embedding",
}  # fmt: skip


def kind_label(language, entry, number):
    """``Faltungsschicht 2``; the layer's own name where the language has no word here."""
    word = language.kinds.get(_GROUPS.get(entry["type"], ""))
    return word.format(n=number) if word else entry["name"]
