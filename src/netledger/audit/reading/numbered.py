"""Numbers that are part of names: a layer's place in a framework's list, an entry's in a table, the size of a model."""

from __future__ import annotations

from netledger.audit.reading.tokens import Token
from netledger.audit.reading.words import family_of


def settle_names(tokens: list[Token]) -> None:
    """Make names of the numbers that are part of them, and drop those that only say which one it is."""
    _drop_indices(tokens)
    _drop_outputs(tokens)
    _drop_ids(tokens)
    _drop_times(tokens)
    _join_sizes_of_names(tokens)
    _join_indices(tokens)
    _drop_slashes(tokens)
    _list_names(tokens)


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
    """``32 × layers: 5,670,961,152``: how many layers a number is of, and no product."""
    kinds = [token.kind for token in tokens[:4]]
    if kinds == ["num", "op", "name", "colon"] and tokens[1].text == "*" and family_of(tokens[2].text) == "block":
        del tokens[1]


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


LEAST_WORD = 3
"""Letters; a shorter name is a size's, which may be divided."""
LEAST_COUNT = 1000
"""A smaller number behind two names may be the quotient of their sizes: ``d / h: 64``."""
