"""Files in other encodings are recognised or refused, never read as nonsense."""

from __future__ import annotations

import pytest

from netledger.audit.reading.characters.encodings import decode
from netledger.errors import DataError

TEXTS = {
    "zh": "第一层卷积：5×5×6+6=156 个参数\n全连接层：84×10+10=850\n总参数量：61,706",
    "zh-tw": "第一層卷積：5×5×6+6=156 個參數\n全連接層：84×10+10=850\n總計：61,706",
    "ja": "畳み込み層：5×5×6＋6＝156\n全結合層：84×10＋10＝850\n総パラメータ数：61,706",
    "ko": "합성곱 층: 5×5×6+6=156\n완전연결 층: 84×10+10=850\n총 파라미터 수: 61,706",
    "ru": "Свёртка: 5*5*6 + 6 = 156\nПолносвязный слой: 84*10 + 10 = 850\nВсего параметров: 61 706",
    "de": "Größe der Gewichte: 5·5·6 + 6 = 156\nfür alle Schichten: 61.706",
    "fr": "Première couche : 5×5×6 + 6 = 156 paramètres",
    "en": "conv1: 5*5*6 + 6 = 156",
}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("zh", "gbk"), ("zh", "gb18030"), ("zh-tw", "big5"), ("ja", "shift_jis"), ("ja", "cp932"), ("ko", "euc_kr"), ("ru", "cp1251"),
        ("ru", "koi8_r"), ("de", "latin-1"), ("fr", "cp1252"),
        *[(name, encoding) for name in TEXTS for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32")],
        *[(name, encoding) for name in ("en", "de", "fr", "ru") for encoding in ("utf-16-le", "utf-16-be")],
    ],
)  # fmt: skip
def test_recognised(text, encoding):
    data = TEXTS[text].encode(encoding) if encoding != "utf-16" else b"\xff\xfe" + TEXTS[text].encode("utf-16-le")
    assert decode(data) == TEXTS[text]


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF\x02\x01\x01\0\0\0\0\0", bytes(range(256)), b"PK\x03\x04\x14\0\0\0\x08\0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xfe\x00\xd8\x41\x00", b"5 \xa1\xc1 5 = 25 \xc8\xe7\xb9\xfb\xd2\xaa", b"\x80\x81\x82\x83 = 3", b"\x01\x02\x03\x04\x05 3*3 = 9",
    ],
)  # fmt: skip
def test_refused_in_one_line(data):
    with pytest.raises(DataError) as caught:
        decode(data)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_long_files_are_told_by_their_beginning():
    text = "第一层：3×3 = 9\n参数\n" * 20_000
    assert decode(text.encode("gbk")) == text
    assert decode(b"") == ""
