"""Every language has the same tables, stands alone with its letters, and reads the same text alike."""

from __future__ import annotations

import ast
import sys
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest

from netledger.audit import words
from netledger.audit.reading.reader import read
from netledger.audit.reading.tokens.words import family_of, is_total, ordinal_of, part_of, quantity_of
from netledger.audit.words import TIMES_LETTERS, en
from netledger.audit.words.languages import BY_MEANING, LANGUAGES, source_text

AUDIT = Path(words.__file__).parents[1]
KEYS = {name for name in vars(en) if name.isupper()}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda module: module.__name__.rsplit(".", 1)[-1])
def test_same_tables(language):
    assert {name for name in vars(language) if name.isupper()} == KEYS
    for name in KEYS:
        assert type(getattr(language, name)) is type(getattr(en, name)), name
    assert set(language.QUANTITIES) <= set(en.QUANTITIES)
    assert set(language.FAMILIES) <= set(en.FAMILIES)


def _letters(path):
    """Letters of human languages in the strings of a module, docstrings aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            for character in node.value if len(node.value) > 1 else "":  # one sign alone bounds a range of signs
                if (
                    ord(character) > 127
                    and character not in TIMES_LETTERS
                    and unicodedata.category(character) in ("Ll", "Lu", "Lo", "Lt")
                ):
                    if unicodedata.name(character).split()[0] != "GREEK":
                        yield f"{path.name}:{node.lineno}: {node.value!r}"


def test_words_stand_nowhere_else():
    found = [line for path in AUDIT.rglob("*.py") if path.parent.name != "words" for line in _letters(path)]
    assert not found


# total, parameters, convolution, fully connected layer: as people write them
WRITTEN = {
    "en": ("First convolution: 5*5*6 + 6 = 156", "Fully connected layer: 84*10 + 10 = 850", "Total parameters: 61,706"),
    "zh": ("第一层卷积：5×5×6+6=156", "全连接层：84×10+10=850", "总参数量：61,706"),
    "zh-tw": ("第一層卷積：5×5×6+6=156", "全連接層：84×10+10=850", "參數總數：61,706"),
    "ja": ("最初の畳み込み：5×5×6+6=156", "全結合層：84×10+10=850", "総パラメータ数：61,706"),
    "ko": ("첫 합성곱: 5*5*6 + 6 = 156", "완전연결 층: 84*10 + 10 = 850", "총 파라미터 수: 61,706"),
    "ru": ("Свёртка: 5·5·6 + 6 = 156", "Полносвязный слой: 84·10 + 10 = 850", "Всего параметров: 61 706"),
    "de": ("Erste Faltung: 5*5*6 + 6 = 156", "Vollverbundene Schicht: 84*10 + 10 = 850", "Parameter insgesamt: 61.706"),
    "fr": ("Première convolution : 5×5×6 + 6 = 156", "Couche linéaire : 84×10 + 10 = 850", "Total des paramètres : 61 706"),
    "es": ("Primera convolución: 5·5·6 + 6 = 156", "Capa densa: 84·10 + 10 = 850", "Total de parámetros: 61.706"),
    "pt": ("Primeira convolução: 5·5·6 + 6 = 156", "Camada densa: 84·10 + 10 = 850", "Total de parâmetros: 61.706"),
    "it": ("Prima convoluzione: 5·5·6 + 6 = 156", "Strato denso: 84·10 + 10 = 850", "Totale parametri: 61.706"),
    "vi": ("Lớp tích chập: 5×5×6 + 6 = 156", "Lớp kết nối đầy đủ: 84×10 + 10 = 850", "Tổng tham số: 61.706"),
    "tr": ("Evrişim: 5×5×6 + 6 = 156", "Yoğun katman: 84×10 + 10 = 850", "Toplam parametre: 61.706"),
    "nl": ("Eerste convolutie: 5×5×6 + 6 = 156", "Lineaire laag: 84×10 + 10 = 850", "Totaal parameters: 61.706"),
    "pl": ("Splot: 5·5·6 + 6 = 156", "Warstwa gęsta: 84·10 + 10 = 850", "Razem parametrów: 61 706"),
}  # fmt: skip


@pytest.mark.parametrize("language", WRITTEN)
def test_the_same_text_in_each(language):
    conv, linear, total = read("\n".join(WRITTEN[language])).statements
    assert (conv.value, linear.value, total.value) == (156, 850, 61706)
    assert "conv" in conv.families()
    assert "linear" in linear.families()
    assert total.is_total
    assert total.quantity == "params"
    assert not conv.is_total
    assert not linear.is_total


@pytest.mark.parametrize(
    ("word", "sort"),
    [
        ("可训练参数", "params"), ("Gesamtparameter", "params"), ("hyperparameter", None), ("Multi-head", None), ("multiplications", "ops"),
        ("総演算量", "ops"), ("所以神经元数目", "features"), ("全连接", None), ("パラメータ", "params"), ("обучаемых", "params"), ("операций", "ops"), ("памяти", "bytes"), ("вход", "shape"),
    ],
)  # fmt: skip
def test_quantities(word, sort):
    assert quantity_of(word) == sort


def test_small_words():
    assert [ordinal_of(word) for word in ("第三层", "third", "dernière", "последний", "conv3")] == [3, 3, -1, -1, None]
    assert [part_of(word) for word in ("Gewichte", "偏置", "biais", "Parameter")] == ["weights", "biases", "biases", ""]
    assert [is_total(word) for word in ("合計", "参数总数", "gesamt", "toplam", "model", "Summary")] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    assert family_of("第五层卷积") == "conv"
    assert read("вход: 3х3х8 = 72").statements[0].label == ["вход"]
    assert read("fc: 27 weights per 3x3 filter").statements[0].value == 27
    assert read("3 por 3 = 9").statements[0].expression.node.value == 9


def test_what_the_build_puts_together_is_what_the_languages_say():
    made = {}
    exec(source_text(), made)
    assert made["MADE_FROM"] is None
    assert made["TABLES"]["QUANTITIES"]["paramètre"] == "params"
    assert made["TABLES"]["NUMBERS"] | en.NUMBERS == made["TABLES"]["NUMBERS"]
    for name in KEYS:
        told = [getattr(language, name) for language in LANGUAGES]
        words = {word for table in told for word in (table.split() if isinstance(table, str) else table)}
        if name not in BY_MEANING:
            table = made["TABLES"][name]
            assert set(table.split() if isinstance(table, str) else table) == words, name


def test_tables_of_a_checkout_are_stale_once_a_language_has_changed(monkeypatch):
    made = ModuleType("netledger.audit.words._together")
    made.MADE_FROM, made.TABLES = words.fingerprint(), {"of": "the build"}
    monkeypatch.setitem(sys.modules, made.__name__, made)
    assert words._tables() == made.TABLES
    files, size, changed = made.MADE_FROM
    made.MADE_FROM = files, size + 1, changed
    assert words._tables()["NUMBERS"]["two"] == 2
