"""Numbers that are part of names: a layer's place in a framework's list, an entry's in a table, the size of a model."""

from __future__ import annotations

from netledger.audit.reading.tokens.tokenizing import Token
from netledger.audit.reading.tokens.words import LONGEST_PLACE, family_of, is_east_asian
from netledger.audit.words import BEFORE_FULL_STOPS, BEHIND_NUMERALS, ORDINAL_ENDINGS, ORDINAL_PREFIX, SHORT_NUMBER


def settle_names(tokens: list[Token]) -> None:
    """Make names of the numbers that are part of them, and drop those that only say which one it is."""
    _join_ordinals(tokens)
    _drop_indices(tokens)
    _drop_outputs(tokens)
    _drop_ids(tokens)
    _drop_times(tokens)
    _join_sizes_of_names(tokens)
    _join_indices(tokens)
    _drop_slashes(tokens)
    _list_names(tokens)


def _join_ordinals(tokens: list[Token]) -> None:
    """``5th``, ``5.ª``, ``5番目の``, ``第 5 层``, ``die 5. Faltung``: words with a figure in them."""
    for i in range(len(tokens) - 1, -1, -1):
        token = tokens[i]
        if token.kind != "num" or not token.text.isdigit() or len(token.text) > LONGEST_PLACE:
            continue
        before = tokens[i - 1] if i and tokens[i - 1].kind == "name" else None
        if before is not None and before.text.lower() in SHORT_NUMBER:
            continue
        end = i + _pieces_behind(tokens, i, before)
        start = i - 1 if before is not None and _announces(before.text) else i
        east = end < len(tokens) and tokens[end].kind == "name" and is_east_asian(tokens[end].text[0])
        end += start < i and end == i + 1 and east
        if end > i + 1 or start < i:
            first, last = tokens[start], tokens[end - 1]
            text = "".join([piece.text for piece in tokens[start:end]])
            tokens[start:end] = [Token("name", text, first.start, last.end, first.spaced, first.line_no)]
    for i in range(len(tokens) - 2, 0, -1):  # "layer no. 3"
        short = tokens[i].kind == "stop" and tokens[i - 1].text.lower() in SHORT_NUMBER
        if short and tokens[i + 1].kind == "num" and i > 1 and family_of(tokens[i - 2].text) is not None:
            del tokens[i]


def _announces(word: str) -> bool:
    """Whether a layer's number follows: ``第``, ``畳み込み第``, ``제``."""
    return word in ORDINAL_PREFIX or word[-1] == ORDINAL_PREFIX[0]


def _pieces_behind(tokens: list[Token], i: int, before: Token | None) -> int:
    """How many tokens from a figure on make one word that numbers; 1 where it stands alone."""
    after = tokens[i + 1 : i + 3]
    if not after or after[0].spaced:
        return 1
    if after[0].kind == "name":
        word = after[0].text.lower()
        return 2 if word in ORDINAL_ENDINGS or word.startswith(BEHIND_NUMERALS) else 1
    if after[0].text + (after[1].text.lower() if len(after) > 1 else "") in ORDINAL_ENDINGS:
        return 1 if after[1].spaced else 3
    if after[0].text in ORDINAL_ENDINGS:
        return 2
    named = before is not None and before.text.lower() in BEFORE_FULL_STOPS and len(after) > 1
    return 2 if named and after[0].kind == "stop" and family_of(after[1].text) is not None else 1


def _drop_indices(tokens: list[Token]) -> None:
    """``Conv2d: 1-1``: a framework's place in the tree, no subtraction."""
    i = 1
    while i + 2 < len(tokens):
        if (
            tokens[i].kind == "colon"
            and tokens[i + 1].kind == "num"
            and not tokens[i + 2].spaced
            and tokens[i + 2].text == "-"
        ):
            j = i + 1
            while (
                j + 2 < len(tokens)
                and tokens[j + 1].text == "-"
                and tokens[j + 2].kind == "num"
                and not tokens[j + 2].spaced
            ):
                j += 2
            if j + 1 >= len(tokens) or tokens[j + 1].kind in ("gap", "bar"):
                del tokens[i : j + 1]
        i += 1


def _drop_outputs(tokens: list[Token]) -> None:
    """``bert/embeddings/position_embeddings:0``: which output of TensorFlow's operation a tensor is."""
    for i in range(len(tokens) - 3, 1, -1):
        slash, name, colon, number = tokens[i - 2 : i + 2]
        path = slash.text == "/" and name.kind == "name" and not name.spaced
        if path and colon.kind == "colon" and number.text == "0" and not (colon.spaced or number.spaced):
            del tokens[i : i + 2]


def _drop_ids(tokens: list[Token]) -> None:
    """``(ID: 50257)``, ``token id 50256``: which entry of a table it is, no number of them."""
    for i in range(len(tokens) - 1, 0, -1):
        back = i - 2 if tokens[i - 1].kind in ("colon", "rel") else i - 1
        if tokens[i].kind == "num" and back >= 0 and tokens[back].text.lower() in IDS:
            del tokens[back + 1 : i + 1]


IDS = frozenset(("id", "ids", "idx"))
"""Words for the place of an entry in a table."""


def _drop_times(tokens: list[Token]) -> None:
    """``32 × layers: 5,670,961,152``, ``2 × layer norm: 2 × 256``: how many a number is of, and no product."""
    kinds = [token.kind for token in tokens[:MOST_TIMED]]
    if kinds[:2] != ["num", "op"] or tokens[1].text != "*" or "colon" not in kinds:
        return
    words = tokens[2 : kinds.index("colon")]
    if len(words) == 1 and family_of(words[0].text) == "block":
        del tokens[1]
    elif words and words[0].kind == "name" and all(token.kind in ("name", "open", "close") for token in words):
        if any(family_of(token.text) is not None for token in words) and tokens[0].value <= MOST_TIMES:
            del tokens[:2]


def _join_sizes_of_names(tokens: list[Token]) -> None:
    """``Llama 2 70B``: a name, which of its kind and how large; no number that is claimed."""
    i = 0
    while i + 2 < len(tokens):
        name, version, size = tokens[i : i + 3]
        numbered = version.kind == "num" and version.value <= LATEST and version.suffix == 1 and not version.unit
        sized = size.kind == "num" and size.text[-1:] in ("B", "b") and size.suffix == BILLION
        if name.kind == "name" and name.text[:1].isupper() and numbered and sized and family_of(name.text) is None:
            tokens[i : i + 3] = [
                Token(
                    "name", f"{name.text} {version.text} {size.text}", name.start, size.end, name.spaced, name.line_no
                )
            ]
        i += 1


LATEST = 10
"""A version of a model; a larger number behind a name is a size."""
BILLION = 10**9


def _join_indices(tokens: list[Token]) -> None:
    """``conv 1-3: …``: which of torchinfo's convolutions it is, no subtraction."""
    i = 1
    while i + 3 < len(tokens):
        name, first, sign, second = tokens[i - 1 : i + 3]
        glued = not sign.spaced and not second.spaced and sign.text == "-"
        numbered = first.kind == second.kind == "num" and first.text.isdigit() and second.text.isdigit()
        if name.kind == "name" and numbered and glued and tokens[i + 3].kind == "colon" and family_of(name.text):
            joined = Token("name", f"{first.text}-{second.text}", first.start, second.end, True, first.line_no)
            tokens[i : i + 3] = [joined]
        i += 1


def _drop_slashes(tokens: list[Token]) -> None:
    """``attn/layer 2048*2048*2 = …``: a slash in a name of two words divides nothing."""
    i = 1
    while i + 2 < len(tokens):
        before, sign, after, following = tokens[i - 1 : i + 3]
        words = before.kind == after.kind == "name" and min(len(before.text), len(after.text)) >= LEAST_WORD
        glued = sign.text == "/" and not sign.spaced and not after.spaced
        if glued and words and following.kind in ("num", "gap") and following.spaced:
            del tokens[i]
        i += 1


def _list_names(tokens: list[Token]) -> None:
    """``q / k / v: 1,769,472``: slashes between the names before a count divide nothing."""
    end = 1
    while end + 1 < len(tokens) and tokens[end].text == "/" and tokens[end + 1].kind == "name":
        end += 2
    if end == 1 or end + 1 >= len(tokens) or tokens[0].kind != "name" or tokens[end].kind != "colon":
        return
    if tokens[end + 1].kind == "num" and tokens[end + 1].value >= LEAST_COUNT:
        tokens[:end] = tokens[:end:2]


MOST_TIMED = 12
"""Tokens from how often something is there to the colon behind its name."""
MOST_TIMES = 200
"""How often a layer is there at most."""
LEAST_WORD = 3
"""Letters; a shorter name is a size's, which may be divided."""
LEAST_COUNT = 1000
"""A smaller number behind two names may be the quotient of their sizes: ``d / h: 64``."""
