"""What words mean, a module a language; here they are one table each, whichever language a text is in.

A word is looked up by its beginning, in lower case. To teach a word, add it to its language's module; to teach a
language, write a module with the same names as ``en`` and name it in :mod:`netledger.audit.words.languages`. The wheel
brings the languages put together already (``hatch_build.py``): fourteen modules less for every audit.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fingerprint() -> tuple[int, int, int]:
    """What the tables of a checkout are put together from: number, sizes and times of the files beside this one."""
    files = size = changed = 0
    with os.scandir(os.path.dirname(os.path.abspath(__file__))) as entries:  # noqa: PTH100, PTH120 - pathlib costs start-up time
        for entry in entries:
            if entry.name.endswith(".py") and not entry.name.startswith("_"):
                status = entry.stat()
                files, size, changed = files + 1, size + status.st_size, changed + status.st_mtime_ns
    return files, size, changed


def _tables() -> dict[str, Any]:
    """The tables of all languages: as the build put them together, else put together now."""
    try:
        from netledger.audit.words._together import MADE_FROM, TABLES  # type: ignore[import-not-found,unused-ignore]

        if MADE_FROM is None or fingerprint() == MADE_FROM:
            tables: dict[str, Any] = TABLES
            return tables
    except ImportError:
        pass
    from netledger.audit.words.languages import together

    return together()


_TABLES = _tables()


def _beginnings(name: str) -> dict[str, str]:
    """``beginning of a word → what it means``."""
    found: dict[str, str] = _TABLES[name]
    return found


def _words(name: str) -> frozenset[str]:
    return frozenset(_TABLES[name].split())


def _numbers(name: str) -> dict[str, int]:
    found: dict[str, int] = _TABLES[name]
    return found


QUANTITIES = _beginnings("QUANTITIES")
FAMILIES = _beginnings("FAMILIES")
EXACT = _words("EXACT")
TOTAL = _words("TOTAL")
ALL = _words("ALL")
"""Words that mean the total where they stand alone before a number."""
TOTAL_STARTS = tuple(_words("TOTAL_STARTS"))
ORDINALS = _numbers("ORDINALS")
MULTIPLIERS = _numbers("MULTIPLIERS")
RELATIONS = {tuple(words.split()): sign for words, sign in _beginnings("RELATIONS").items()}
OPERATORS = _beginnings("OPERATORS")
NUMBERS = _numbers("NUMBERS")
NOTHING = _words("NOTHING")
EACH = _words("EACH")
ONE = _words("ONE")
"""Words before what there is once."""
THINGS = tuple(_words("THINGS"))
"""How words begin for what a number counts that is no part of a network: epochs, images, years."""
GATE = _words("GATE")
"""One of a recurrent layer's sets of weights."""
RESULT = tuple(_words("RESULT"))
"""How words begin that call a number what comes out."""
WOULD = _words("WOULD")
IF = _words("IF")
OTHER = _words("OTHER")
COMPARED = _words("COMPARED")
OR = _words("OR")
ANOTHER_NETWORK = OTHER | IF | WOULD
"""Words of a line that is about another network than the one at hand."""
AND = _words("AND")
OF = _words("OF")
"""Words between a part and its whole."""
WITH = _words("WITH")
WITHOUT = _words("WITHOUT")
BESIDE = WITH | WITHOUT
"""Words that say whether the biases are in a number."""
SETTINGS = _words("SETTINGS")
WEIGHTS = tuple(_words("WEIGHTS"))
BIASES = tuple(_words("BIASES"))
ABOUT = _words("ABOUT")
SAYS = _words("SAYS")
"""Words of what others say a number is."""
DENIED = _words("DENIED")
RETRACTED = _words("RETRACTED")
MISTAKEN = _words("MISTAKEN")
STATISTICS = _words("STATISTICS")
NUMBER_OF = _words("NUMBER") | OF
DIRECTION = _words("DIRECTION")
ACTIVE = tuple(_words("ACTIVE"))
ACTIVATION = ("activation", "aktivierung", "activaci", "attivazion", "ativaç", "активац", "aktywac", "aktivasyon")
"""How words begin for what a layer gives out, which begin like words for what is active."""
NETWORK = _words("NETWORK")
NOT = _words("NOT")
"""Words that say of the number after them that it is not so."""
LAYERS = frozenset(
    "layers schichten couches capas camadas strati слои слоёв слоев lagen warstwy warstw katmanlar katmanları".split()
)
"""Words for several layers."""
STEPS = tuple(_words("STEPS"))
"""Beginnings of words for the steps of a sequence."""
TRANSPOSED = tuple(_words("TRANSPOSED"))
"""How words for transposed convolutions begin."""
FROZEN = tuple(_words("FROZEN"))
"""Beginnings of words for what is not trained."""
TRAINABLE = tuple(_words("TRAINABLE"))
VERSIONED = frozenset(
    "tf tensorflow keras torch pytorch torchvision python cuda caffe mxnet jax flax timm transformers v version "
    "versión versão версия 版本 バージョン 버전".split()
)
"""Words before the number of a version."""
TENSORS = ("tensor", "array", "variable", "тензор", "массив", "张量", "テンソル", "텐서")
"""How words for the tensors of a layer begin."""
NUMBERED = _words("NUMBERED")
PARTS = {word: tuple(names.split()) for word, names in _beginnings("PARTS").items()}
BLOCKS = _beginnings("BLOCKS")
ACCENTED = {"àáâãäå": "a", "èéêë": "e", "ìíîïı": "i", "òóôõö": "o", "ùúûü": "u", "ç": "c", "ñ": "n"}
"""Letters that names in code are written without."""
GREEK = dict(
    zip(
        "αβγδεζηθκλμνξπρστφχψω",
        "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi "
        "psi omega".split(),
        strict=True,
    )
)
"""Greek letters as names in code spell them."""
TIMES_LETTERS = "xXхХ"
"""Letters, Latin and Cyrillic, that are written for the times sign."""
ABBREVIATED = frozenset("mio mrd tsd mln mld tys млн млрд трлн тыс".split())
"""Multipliers that end in a full stop."""
WESTERN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüœŒ×·²³°µ±«»“”‘’„–—…•€\u00a0¿¡÷§©®ªº")
"""Letters and signs of Western texts beside ASCII."""
ORDINAL_PREFIX = "第제"
"""Before the number of a layer, in languages without spaces."""
ORDINAL_SIGNS = "一二三四五六七八九十"
"""Numerals there."""
ORDINAL_SUFFIXES = "层層个個番目つの번째"
"""Behind it."""
BEHIND_NUMERALS = ("番目", "つ目", "個目", "个目", "層目", "层目", "番", "번째", "번", "째")
"""How words go on that begin with a layer's number, in languages without spaces."""
ORDINAL_ENDINGS = tuple(
    "st nd rd th er ère ere ème eme re nde e ste de te ten ter ª º ° .ª .º -й -я -е -го -м -му -ая -ой -ый".split()
)
"""How figures go on that number a layer."""
BEFORE_FULL_STOPS = frozenset("die der das den dem des im am vom zum zur w na dla".split())
"""Words before ``5. Faltung``, which is the fifth."""
SHORT_NUMBER = frozenset("no nr num núm nº n° thứ".split())
"""Words before a layer's number, some of which end in a full stop."""
LAYER_SIGNS = "层層층"
"""How a layer's name ends in languages without spaces."""
COUNTERS = "个個"
"""Between a number and the word that it counts."""
BYTES = {
    "кб": 10**3, "мб": 10**6, "гб": 10**9, "тб": 10**12, "байт": 1, "байта": 1, "кбайт": 10**3, "мбайт": 10**6,
    "гбайт": 10**9, "киб": 2**10, "миб": 2**20, "гиб": 2**30, "тиб": 2**40,
}  # fmt: skip
"""Units of memory in other letters."""
GRADIENTS = ("grad", "градиент", "梯度", "勾配", "기울기")
"""Beginnings of words for gradients: where none speaks of them, twice a count is no count of theirs."""
CROSS = tuple(
    (
        "cross encoder-decoder kreuz croisé cruzad incrociat kruis krzyżow çapraz chéo перекрёстн перекрестн кросс "
        "交叉 クロス 交差 교차 크로스"
    ).split()
)
"""How words begin for the attention that reads another sequence, which is not called ``self_attn``."""
SAME = frozenset(
    "same idem ditto likewise gleich dito identisch même mêmes mismo misma igual stesso stessa тоже".split()
)
"""Words of a line that takes over what the line above says."""
SAME_SIGNS = ("一样", "相同", "同上", "同じ", "같", "一樣")
"""The same in languages without spaces."""
USES = ("use", "using", "touch", "runs", "reads", "nutzt", "verwendet", "utilise", "utiliza", "usa", "использу", "使用")
"""How words begin that say what is taken."""
RUNNING = ("running", "cumul", "kumul", "acumul", "laufend", "нараст", "累计", "累積", "累計", "누적")
"""How words begin that say of a number that it adds up all that stands before it."""
ELSE = frozenset(
    "else rest remaining remainder übrige übrigen restliche reste restant resto остальное 其余 その他 나머지".split()
)
"""Words of what is left, which is no total however it is called."""
ACTUAL = frozenset(
    "actual real true tatsächliche tatsächlichen echte réel réelle vrai verdadero verdadeiro effettivo reale "
    "фактическое реальное фактических 实际 實際 実際の 실제 werkelijk werkelijke rzeczywista gerçek thực".split()
)
"""Words of what somebody says that a network has in truth."""
BOUND_SIGNS = ("<", ">", "≤", "≥", "⩽", "⩾", "＜", "＞")
BOUNDS = frozenset(
    "under below over above than most least exceeding unter über höchstens mindestens maximal sous moins plus máximo "
    "menos mais mínimo meno più sotto sopra "
    "меньше больше менее более свыше до 少于 小于 超过 低于 不到 未満 以上 이하 미만".split()
)
"""Signs and words right before a number that only bounds what there is."""
LOWER_BEFORE = tuple(
    "more than|greater than|larger than|higher than|over|above|exceeds|exceed|exceeding|at least|no less than|"
    "not less than|no fewer than|not fewer than|>|>=|≥|mehr als|größer als|über|mindestens|nicht weniger als|más de|"
    "mayor que|al menos|por lo menos|no menos de|plus de|plus que|au moins|pas moins de|au-delà de|più di|oltre|"
    "almeno|non meno di|mais de|mais que|acima de|pelo menos|não menos de|больше|более|более чем|свыше|не менее|"
    "не меньше|meer dan|minstens|ten minste|niet minder dan|ponad|powyżej|więcej niż|co najmniej|nie mniej niż|hơn|"
    "nhiều hơn|trên|ít nhất|không ít hơn|超过|超過|多于|多於|高于|大于|大於|至少|不少于|不少於|不低于".split("|")
)
UPPER_BEFORE = tuple(
    "less than|fewer than|smaller than|lower than|under|below|at most|no more than|not more than|up to|<|<=|≤|"
    "weniger als|kleiner als|unter|höchstens|maximal|nicht mehr als|menos de|menor que|como máximo|no más de|"
    "moins de|moins que|au plus|pas plus de|jusqu'à|meno di|al massimo|non più di|menos que|abaixo de|no máximo|"
    "não mais de|меньше|менее|менее чем|до|не более|не больше|minder dan|hoogstens|maximaal|niet meer dan|mniej niż|"
    "poniżej|co najwyżej|nie więcej niż|ít hơn|dưới|tối đa|nhiều nhất|không quá|不到|少于|少於|低于|小于|小於|"
    "不足|不超过|不超過|至多|最多".split("|")
)
"""Words and signs right before a number that there is more than, at least; or less than, at most."""
LOWER_BEHIND = (
    "以上",
    "を超え",
    "超の",
    "を上回",
    "이상",
    "초과",
    "를 넘",
    "을 넘",
    "이 넘",
    "가 넘",
    "dan fazla",
    "den fazla",
    "tan fazla",
    "ten fazla",
)
UPPER_BEHIND = ("以下", "未満", "以内", "を下回", "이하", "미만", "dan az", "den az", "tan az", "ten az")
"""The same behind a number."""
COMPARATIVE = frozenset(
    "more fewer less extra additional mehr weniger zusätzliche más menos plus moins mais più meno больше меньше meer "
    "minder więcej mniej".split()
)
"""Words right behind a number that is the difference between two others."""
WANTED = frozenset(
    "must should may can could want wants wanted need needs needed allowed limit budget keep stay stays goal target "
    "aim required requirement constraint exercise task design build create soll sollte muss darf höchstzahl aufgabe "
    "debe debería puede doit devrait peut deve dovrebbe può deveria должен должна нужно задача 需要 必须 要求 设计 "
    "課題 制約 목표 과제 moet mag musi powinien phải cần".split()
)
"""Words of what is asked for, not said of something that is there."""
HAVING = frozenset(
    (
        "has have having holds contains needs takes costs adds gives contributes hat haben besitzt braucht enthält "
        "bringt tiene tienen aporta necesita a ont possède compte contient ha hanno tem têm possui имеет имеют "
        "содержит даёт heeft hebben telt ma mają posiada liczy içerir sahip var có"
    ).split()
)  # fmt: skip
"""Verbs between a layer and how many parameters it has."""
HAVING_SIGNS = ("有", "为", "為", "是", "共", "は", "が", "은", "는", "이", "가")
"""The same in scripts without spaces, and particles before the number."""
THERE_IS = frozenset(
    "there are|there is|es gibt|il y a|hay|ci sono|há|er zijn|共有|一共有|有|имеется|всего|총|あり".split("|")
)
"""Words that say nothing but that something is there."""
HEADS = frozenset(
    "head heads h kopf köpfe köpfen tête têtes cabeza cabezas cabeça cabeças testa teste головы голов головами".split()
)
"""Words for the heads of attention."""
HEAD_SIGNS = ("头", "頭", "ヘッド", "헤드")
"""The same in languages without spaces."""
WHOLE = "总總総"
"""Signs inside a word of several that make it a total."""
PARAMETERS = tuple([word for word, meaning in QUANTITIES.items() if meaning == "params" and ord(word[0]) >= 0x2E80])
"""Words that mean parameters wherever in a word they stand, in languages without spaces."""
