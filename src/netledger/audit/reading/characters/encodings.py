"""Bytes → text: which encoding a file is in is told by its marks and by the words that it gives, or not at all.

UTF-8, UTF-16, GB 18030, Big5, Shift-JIS, EUC-KR, Windows-1251 and Windows-1252 (Latin-1) are told. What is none of
them is refused: a calculation read with wrong letters is worse than none.
"""

from __future__ import annotations

from netledger.audit.words import WESTERN
from netledger.errors import DataError

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip
"""Byte order marks."""
BY_WORDS = {
    "gb18030": ("zh",), "big5": ("zh",), "cp932": ("ja",), "cp949": ("ko",), "cp1251": ("ru",), "koi8_r": ("ru",),
}  # fmt: skip
"""Encodings that are told by words of a language."""
LONGEST_RUN = 2
"""Of such letters in a row; more are an East Asian text read wrongly."""
MOST_CONTROLS = 0.01
"""Of all characters; more are no text."""
SAMPLE = 64 * 1024
"""Bytes that are looked at to tell an encoding."""


def decode(data: bytes) -> str:
    r"""The text of a file; ``DataError`` where it is none, or where its encoding cannot be told.

    >>> decode("参数: 3×3".encode("gb18030")), decode("Größe: 3·3".encode("latin-1")), decode("3*3".encode("utf-16"))
    ('参数: 3×3', 'Größe: 3·3', '3*3')
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return _checked(_strict(data, name, len(mark)))
    if b"\0" in data[:SAMPLE]:
        return _checked(_strict(data, _wide(data), 0))
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start > len(data) - 4 and len(data) > SAMPLE:
            return _checked(data[: error.start].decode("utf-8"))
    return _checked(data.decode(_told(data)))


def _strict(data: bytes, name: str, skip: int) -> str:
    try:
        text = (
            data[: len(data) - (len(data) - skip) % 2].decode(name) if name.startswith("utf-16") else data.decode(name)
        )
    except UnicodeDecodeError as error:
        raise DataError(f"no text: not {name} at byte {error.start:,}") from None
    return text


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every other byte of its plain characters is zero."""
    sample = data[:SAMPLE]
    high, low = sample[0::2].count(0), sample[1::2].count(0)
    pairs = len(sample) // 2
    if low > pairs * 0.3 and high < pairs * 0.02:
        return "utf-16-le"
    if high > pairs * 0.3 and low < pairs * 0.02:
        return "utf-16-be"
    raise DataError(f"no text: a zero byte at {sample.index(0):,}")


def _told(data: bytes) -> str:
    """The encoding whose words the bytes give."""
    best, most = "", 0
    for name, languages in BY_WORDS.items():
        text = _attempt(data, name)
        found = _known_words(text, languages) if text is not None else 0
        if found > most:
            best, most = name, found
    if not best and _is_western(_attempt(data, "cp1252")):
        return "cp1252"
    if not best:
        raise DataError(
            "neither UTF-8 nor an encoding that can be told (GB 18030, Shift-JIS, Latin-1 …); convert it to UTF-8"
        )
    return best


def _attempt(data: bytes, name: str) -> str | None:
    """A sample of the text in an encoding; None where it is none."""
    for cut in range(4):  # the sample may end inside a character
        try:
            return data[: SAMPLE - cut if len(data) > SAMPLE else len(data)].decode(name)
        except UnicodeDecodeError as error:
            if len(data) <= SAMPLE or error.start < SAMPLE - 4:
                return None
    return None


def _known_words(text: str, languages: tuple[str, ...]) -> int:
    """How many letters of words of a language a text has, those that are not ASCII."""
    from netledger.audit.words.languages import LANGUAGES

    words = set()
    for language in LANGUAGES:
        if language.__name__.rsplit(".", 1)[-1] in languages:
            for table in (language.QUANTITIES, language.FAMILIES):
                words.update([word for entry in table.values() for word in entry.split()])
            words.update([*language.TOTAL.split(), *language.MULTIPLIERS, *language.EACH.split()])
    lower = text.lower()
    return sum(lower.count(word) * len(word) for word in words if len(word) > 1 and not word.isascii())


def _is_western(text: str | None) -> bool:
    """Whether a text read as Windows-1252 is one: its letters beside ASCII are common and stand alone."""
    if text is None:
        return False
    run = 0
    for character in text:
        if character.isascii():
            run = 0
            continue
        run += 1
        if run > LONGEST_RUN or character not in WESTERN:
            return False
    return True


def _checked(text: str) -> str:
    """The text, unless it is full of control characters."""
    controls = sum(character < " " and character not in "\t\n\r\f\x1b\x08" for character in text[:SAMPLE])
    if controls > max(2, len(text[:SAMPLE]) * MOST_CONTROLS) or "\0" in text[:SAMPLE]:
        raise DataError(f"no text: {controls:,} control characters")
    return text
