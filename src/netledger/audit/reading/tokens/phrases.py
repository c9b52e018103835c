"""Words and signs of a line that stand for something else: relations, operators, numbers in words, layer settings."""

from __future__ import annotations

from netledger.audit.reading.lines.cells import MOST_OF_KERNEL
from netledger.audit.reading.tokens.numbered import settle_names
from netledger.audit.reading.tokens.tokenizing import Token
from netledger.audit.reading.tokens.words import family_of, is_total, part_of, quantity_of
from netledger.audit.words import EACH, NETWORK, NOTHING, NUMBERS, OPERATORS, RELATIONS, SETTINGS

_ONLY_BETWEEN_NUMBERS = frozenset(("por", "per", "min", "pro"))
"""Operator words that have other meanings beside words."""


MONTHS = frozenset(
    "jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august september october "
    "november december".split()
)


def drop_dates(tokens: list[Token]) -> list[tuple[Token, str]]:
    """Take ``2024-05-06``, ``12:30`` and ``May 6, 2024`` out of a line; what was taken, with what it is."""
    dropped: list[tuple[Token, str]] = []
    i = 0
    while i < len(tokens):
        length, why = _date_at(tokens, i)
        if length:
            first, last = tokens[i], tokens[i + length - 1]
            whole = Token("num", "", first.start, last.end, first.spaced, first.line_no)
            inside = [token.place for token in tokens[i : i + length] if token.place is not None]
            whole.place = (min(inside)[0], max(inside)[1]) if inside else None
            dropped.append((whole, why))
            del tokens[i : i + length]
        else:
            i += 1
    return dropped


def _date_at(tokens: list[Token], i: int) -> tuple[int, str]:
    """How many tokens from ``i`` on are a date or a time of day."""
    first = tokens[i]
    if first.kind != "num" and (first.kind != "name" or first.text.lower() not in MONTHS):
        return 0, ""
    texts = [token.text for token in tokens[i : i + 5]]
    glued = all(not token.spaced for token in tokens[i + 1 : i + 5])
    if tokens[i].kind == "num" and len(texts) == 5 and glued and texts[1] == texts[3] and texts[1] in ("-", "/"):
        sizes = [len(texts[0]), len(texts[2]), len(texts[4])]
        if sizes in ([4, 2, 2], [2, 2, 4]) and all(text.isdigit() for text in texts[::2]):
            return 5, "a date"
    if (
        tokens[i].kind == "num"
        and len(texts) >= 3
        and texts[1] == ":"
        and not any(t.spaced for t in tokens[i + 1 : i + 3])
    ):
        if (
            len(texts[2]) == 2
            and texts[2].isdigit()
            and len(texts[0]) <= 2
            and texts[0].isdigit()
            and int(texts[0]) < 24
            and int(texts[2]) < 60
        ):
            seconds = len(texts) == 5 and texts[3] == ":" and glued and texts[4].isdigit()
            return (5 if seconds else 3), "a time"
    if tokens[i].kind == "name" and tokens[i].text.lower() in MONTHS and len(texts) >= 4 and texts[2] == ",":
        if texts[1].isdigit() and len(texts[1]) <= 2 and texts[3].isdigit() and 1900 <= int(texts[3]) <= 2100:
            return 4, "a date"
    return 0, ""


def settle(tokens: list[Token]) -> list[Token]:
    """The tokens with every such phrase put into plain signs."""
    settle_names(tokens)
    _drop_settings(tokens)
    _drop_strides(tokens)
    _drop_scales(tokens)
    _drop_lists(tokens)
    _drop_maps(tokens)
    _join_shares(tokens)
    _drop_asides(tokens)
    _unwrap_sizes(tokens)
    _add_up_kinds(tokens)
    _numbers_in_words(tokens)
    _number_layers(tokens)
    return _words_that_relate(tokens)


def _drop_asides(tokens: list[Token]) -> None:
    """``… = 19,267,584 weights (+ 6,272 biases)``: what a bracket behind the result adds is said beside it."""
    i = 3
    while i + 3 < len(tokens):
        opening, sign, value = tokens[i : i + 3]
        if opening.kind == "open" and sign.text == "+" and value.kind == "num" and _ends_a_result(tokens, i):
            j = i + 3
            while j < len(tokens) and tokens[j].kind == "name":
                j += 1
            closed = j > i + 3 and j < len(tokens) and tokens[j].kind == "close"
            if closed and not (j + 1 < len(tokens) and tokens[j + 1].kind in ("rel", "op")):
                del tokens[i : j + 1]
                continue
        i += 1


def _ends_a_result(tokens: list[Token], i: int) -> bool:
    """Whether a relation, one number and words stand before a place."""
    j = i - 1
    while j > 0 and tokens[j].kind == "name":
        j -= 1
    return 0 < j < i - 1 and tokens[j].kind == "num" and tokens[j - 1].kind == "rel"


def _drop_settings(tokens: list[Token]) -> None:
    """``stride 4`` and ``padding 2`` inside an equation: how a layer moves, no number of the calculation."""
    i = 1
    while i + 2 < len(tokens):  # "fc1 in=20 out=5: …"
        glued = not tokens[i + 1].spaced and not tokens[i + 2].spaced and tokens[i + 1].text == "="
        if glued and tokens[i].text.lower() in ("in", "out") and tokens[i + 2].kind == "num":
            del tokens[i : i + 3]
        else:
            i += 1
    i = 1
    while i + 1 < len(tokens):
        word, size = tokens[i], tokens[i + 1]
        after = tokens[i + 2] if i + 2 < len(tokens) else None
        equals = (size.kind, size.text) == ("rel", "=") and after is not None and after.kind == "num"
        if equals and word.text.lower() in SETTINGS and tokens[i - 1].kind in ("num", "close", "name"):
            del tokens[i : i + 3]  # "3x3 kernels with padding=1"
            continue
        if word.kind == "name" and word.text.lower() in SETTINGS and size.kind == "num" and size.value < 100:
            if tokens[i - 1].kind in ("num", "close") and after is not None and after.kind in ("open", "rel"):
                del tokens[i : i + 2]
                continue
        i += 1


def _drop_strides(tokens: list[Token]) -> None:
    """``conv2 3x3 /2: 47 -> 23``: a slash behind a kernel and before a number tells the stride, and divides nothing."""
    i = 3
    while i + 1 < len(tokens):
        sign, size = tokens[i], tokens[i + 1]
        after = tokens[i + 2].kind if i + 2 < len(tokens) else "stop"
        kernel = [token.kind for token in tokens[i - 3 : i]] == ["num", "op", "num"] and tokens[i - 2].text == "*"
        square = kernel and tokens[i - 3].value == tokens[i - 1].value <= MOST_OF_KERNEL
        stride = sign.text == "/" and sign.spaced and size.kind == "num" and size.value <= LARGEST_STRIDE
        if square and stride and (_has_its_layer(tokens, i) if size.spaced else after in BEHIND_STRIDES):
            del tokens[i : i + 2]
            continue
        i += 1


def _has_its_layer(tokens: list[Token], i: int) -> bool:
    """Whether a layer's name stands before the kernel and no result behind the stride: ``Conv 8x8 / 4: 96 -> 23``."""
    named = i >= KERNEL_AND_NAME and family_of(tokens[i - KERNEL_AND_NAME].text) is not None
    after = tokens[i + 2] if i + 2 < len(tokens) else None
    return named and (after is None or (after.kind in BEHIND_STRIDES and after.text not in ("=", "≈")))


KERNEL_AND_NAME = 4
"""Pieces of ``conv 8x8``."""
BEHIND_STRIDES = frozenset("colon comma stop semi name rel gap".split())
"""What stands behind a stride."""
LARGEST_STRIDE = 8
"""By how much at most a kernel moves, as people write it down."""


def _drop_scales(tokens: list[Token]) -> None:
    """``the small x2 model``: by how much a network enlarges, or how deep it is, is part of its name."""
    i = 1
    while i + 2 < len(tokens):
        sign, size, after = tokens[i : i + 3]
        glued = sign.text == "*" and sign.spaced and size.kind == "num" and not size.spaced
        if glued and tokens[i - 1].kind == "name" and after.kind == "name" and after.text.lower() in NETWORK:
            del tokens[i : i + 2]
        i += 1


LEAST_LISTED = 3
"""Numbers behind a setting's name that are one for each layer."""


def _drop_lists(tokens: list[Token]) -> None:
    """``dilation 1, 2, 4, ..., 128``: a setting of each of several layers."""
    i = 0
    while i + 2 * LEAST_LISTED - 1 < len(tokens):
        j = i + 1
        if tokens[i].kind == "name" and tokens[i].text.lower() in SETTINGS:
            while j + 1 < len(tokens) and tokens[j].kind == "num" and tokens[j + 1].kind == "comma":
                j += 2
                while j < len(tokens) and tokens[j].kind in ("stop", "other", "comma"):
                    j += 1
            end = j + 1 if j < len(tokens) and tokens[j].kind == "num" else j - 1
            if sum(token.kind == "num" for token in tokens[i + 1 : end]) >= LEAST_LISTED:
                del tokens[i + 1 : end]
        i += 1


def _drop_maps(tokens: list[Token]) -> None:
    """``the actor head (128 -> 4) and …``: what a layer maps to what, beside its name."""
    i = 1
    while i + 4 < len(tokens):
        kinds = [token.kind for token in tokens[i : i + 5]]
        after = tokens[i + 5] if i + 5 < len(tokens) else None
        if (
            kinds == ["open", "num", "rel", "num", "close"]
            and tokens[i + 2].text == "→"
            and tokens[i - 1].kind == "name"
        ):
            if after is None or after.kind in ("name", "stop", "comma", "gap"):
                del tokens[i : i + 5]
                continue
        i += 1


def _join_shares(tokens: list[Token]) -> None:
    """``cross-attention, per layer: N`` and ``encoder, 6 layers: N``: one label, the sizes in it (``ffn 768 → 3072,
    each: N``) told beside it.
    """
    colon = next((i for i, token in enumerate(tokens) if token.kind in ("colon", "rel") and token.text != "→"), 0)
    after = [token.kind for token in tokens[colon + 1 : colon + 3]]
    commas = [i for i in range(colon) if tokens[i].kind == "comma"]
    if after[:1] != ["num"] or after[1:] == ["rel"] or len(commas) != 1:
        return
    comma = commas[0]
    first = next((i for i in range(comma) if tokens[i].kind == "name"), comma)
    names = next((i for i in range(first, comma) if tokens[i].kind != "name"), comma)
    between = [token.kind for token in tokens[names:comma]]
    told = first < names and between == ["num", "rel"] * (len(between) // 2) + ["num"] * (len(between) % 2)
    share = tokens[comma + 1 : colon]
    counted = bool(share) and share[0].kind == "num" and family_of(share[-1].text) == "block"
    words = share[1:] if counted else share
    each = counted or (bool(words) and words[0].text.lower() in EACH)
    if told and each and words and all(token.kind == "name" for token in words):
        del tokens[names : comma + 1 + counted]


ADDED_UP = ("num", "op", "num")
"""What stands behind weights and biases that are set beside each other: both values again, added up."""


def _add_up_kinds(tokens: list[Token]) -> None:
    """``784*128 weights, 128 biases = 100352 + 128 = …``: the sum behind them says that the comma adds."""
    for i in range(1, len(tokens) - len(ADDED_UP)):
        if tokens[i].kind != "comma" or part_of(tokens[i - 1].text) != "weights":
            continue
        j = next((j for j in range(i + 1, len(tokens)) if tokens[j].kind in ("rel", "comma", "colon", "stop")), 0)
        behind = tokens[j + 1 : j + 1 + len(ADDED_UP)]
        added = tuple(token.kind for token in behind) == ADDED_UP and behind[1].text == "+"
        if added and tokens[j].text == "=" and part_of(tokens[j - 1].text) == "biases":
            comma = tokens[i]
            tokens[i] = Token("op", "+", comma.start, comma.end, True, comma.line_no)


def _unwrap_sizes(tokens: list[Token]) -> None:
    """``torch.Size([64, 32, 3, 3]) 18432``: the sizes, and what they multiply to."""
    for i in range(len(tokens) - 3):
        if tokens[i].text.lower() not in ("torch.size", "tensorshape", "size") or tokens[i + 2].kind != "open":
            continue
        close = next((j for j in range(i, len(tokens)) if tokens[j].kind == "close"), 0)
        if tokens[i + 1].kind != "open" or close + 1 >= len(tokens) or tokens[close + 1].kind != "close":
            continue
        last = tokens[close + 1]
        if close + 2 < len(tokens) and tokens[close + 2].kind in ("num", "gap"):
            tokens[close + 1] = Token("rel", "=", last.start, last.end, False, last.line_no)
        else:
            del tokens[close + 1]
        del tokens[i : i + 2]
        return


MOST_LAYERS = 300
"""A number behind a layer's name that is greater is no layer's number."""


def _number_layers(tokens: list[Token]) -> None:
    """``Dense layer 2 has 100*(32 + 1)``, ``Dense layer 2   (32 + 1) * 100``: the number belongs to the name."""
    for i in range(1, len(tokens) - 1):
        token = tokens[i]
        if token.kind != "num" or not isinstance(token.value, int) or not 0 < token.value <= MOST_LAYERS:
            continue
        start = i
        while start and tokens[start - 1].kind == "name":
            start -= 1
        if start == i or not any(family_of(word.text) for word in tokens[start:i]):
            continue
        if start and tokens[start - 1].kind in ("num", "op", "close", "rel"):
            continue
        end = i + 1
        while end < len(tokens) - 1 and end < i + 4 and _says_has(tokens[end]):
            end += 1
        wide = end == i + 1 and tokens[end].kind == "gap"
        after = tokens[end + wide] if end + wide < len(tokens) else None
        if after is None or (end == i + 1 and not wide) or not _begins_expression(tokens, end + wide):
            continue
        token.kind = "name"


def _says_has(token: Token) -> bool:
    """Whether a word may stand between a layer and its formula: a verb, "parameters"."""
    return token.kind == "name" and family_of(token.text) is None and quantity_of(token.text) in (None, "params")


def _begins_expression(tokens: list[Token], i: int) -> bool:
    """Whether a formula begins here: a bracket or a number, then an operator before anything else."""
    if tokens[i].kind == "open":
        return any(token.kind == "op" for token in tokens[i : i + 8])
    return tokens[i].kind == "num" and i + 1 < len(tokens) and tokens[i + 1].kind == "op"


def _numbers_in_words(tokens: list[Token]) -> None:
    """``27 weights plus one bias`` adds 1; ``pool: no parameters`` gives 0."""
    for i in range(1, len(tokens) - 1):
        before, word, after = tokens[i - 1], tokens[i], tokens[i + 1]
        if word.kind != "name" or after.kind != "name":
            continue
        lower = word.text.lower()
        adding = (
            (before.text == "+" or OPERATORS.get(before.text.lower()) == "+")
            and i > 1
            and tokens[i - 2].kind in ("name", "num", "close")
        )
        if adding and lower in NUMBERS:
            word.kind, word.value, word.text = "num", NUMBERS[lower], str(NUMBERS[lower])
        elif lower in NOTHING and i + 2 == len(tokens) and quantity_of(after.text) == "params":
            if not after.text.lower().startswith("bias"):
                word.kind, word.value, word.text = "num", 0, "0"


_NEARLY = frozenset([words[0] for words, sign in RELATIONS.items() if sign == "≈" and len(words[0]) == 1])
"""Signs that end a word and say that what follows is rounded."""


def _operator(tokens: list[Token], i: int) -> str | None:
    """The operator that a word is where it stands; None where it is a word."""
    lower = tokens[i].text.lower()
    sign = OPERATORS.get(lower)
    if sign is None or not 0 < i < len(tokens) - 1 or tokens[i + 1].kind not in ("num", "open"):
        return None
    return sign if lower not in _ONLY_BETWEEN_NUMBERS or tokens[i - 1].kind == "num" else None


def _gives_the_sum(tokens: list[Token], i: int) -> bool:
    """``256 at conv1 + 355 at dense totals 611``: a word for a total between a sum and the number that it comes to."""
    if not is_total(tokens[i].text) or [token.kind for token in tokens[i + 1 : i + 2]] != ["num"]:
        return False
    before = [token for token in tokens[:i] if token.kind in ("op", "rel", "colon", "comma", "bar", "gap")]
    summed = bool(before) and all(token.text == "+" for token in before)
    return summed and tokens[0].kind in ("num", "open")


def _words_that_relate(tokens: list[Token]) -> list[Token]:
    """Words that stand for a relation become one: ``equals``, ``about``, ``not equal``."""
    i = 0
    while i < len(tokens):
        if tokens[i].kind == "name" and _gives_the_sum(tokens, i):
            tokens[i].kind, tokens[i].text = "rel", "="
        if tokens[i].kind == "name":
            sign = _operator(tokens, i)
            if sign is not None:
                tokens[i].kind, tokens[i].text = "op", sign
                continue
            for length in (2, 1):
                words = tuple([token.text.lower() for token in tokens[i : i + length] if token.kind == "name"])
                following = tokens[i + length : i + length + 1]
                if (
                    len(words) == length
                    and words in RELATIONS
                    and following
                    and following[0].kind in ("num", "open", "rel", "stop", "name")
                ):
                    if length == 1 and following[0].kind == "name" and words[0] not in ("equals",):
                        continue
                    joined = Token(
                        "rel", RELATIONS[words], tokens[i].start, tokens[i + length - 1].end, True, tokens[i].line_no
                    )
                    tokens[i : i + length] = [joined]
                    break
            else:
                if tokens[i].text[-1] in _NEARLY and i + 1 < len(tokens) and tokens[i + 1].kind == "num":
                    tokens.insert(i + 1, Token("rel", "≈", tokens[i].end, tokens[i].end, False, tokens[i].line_no))
        i += 1
    return tokens
