"""What a text calls its layers: ``conv1``, ``C3``, ``conv 2``, ``block 2``'s first convolution."""

from __future__ import annotations

from netledger.audit.understanding.heads import is_ordinal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.pieces import Piece
    from netledger.audit.understanding.scanning import Mark


def name_all(pieces: list[Piece], clause: list[Mark]) -> None:
    """Give the layers of a clause the names that stand in it, one for each."""
    _by_block(pieces, clause)
    labels = [str(mark.value) for mark in clause if mark.sort == "label"]
    if len(labels) == len(pieces) and not any(piece.name and piece.name != "output" for piece in pieces):
        for piece, label in zip(pieces, labels, strict=True):
            piece.name = label


def _by_block(pieces: list[Piece], clause: list[Mark]) -> None:
    """``block 2 has two convolutions``: they are ``block2_conv1`` and ``block2_conv2``."""
    number = next(
        (clause[i].value for i in range(len(clause)) if clause[i - 1].value == "block" and is_ordinal(clause, i)), None
    )
    if number is not None and len(pieces) > 1 and not any(piece.name for piece in pieces):
        for i, piece in enumerate(pieces, 1):
            piece.name = f"block{number}_{piece.kind}{i}"


def name_of(line: str, clause: list[Mark], *, leading: bool) -> str:
    """The name that a line gives its layer: ``conv1``, ``block1_conv1``, ``conv 2``; empty where it gives none."""
    if leading:
        label = _label(line)
        if label:
            return label
    for i, mark in enumerate(clause):
        if mark.sort != "kind" or not line[mark.start].isascii():
            if mark.sort == "kind":
                ordinal = next(
                    (clause[j].value for j in (i + 1, i + 2) if j < len(clause) and is_ordinal(clause, j)), None
                )
                if ordinal is not None:
                    return f"{_ascii('', str(mark.value))}{ordinal}"
            continue
        whole = _identifier(line, mark.start)
        if any(character.isdigit() for character in whole) and not whole.lower().endswith(("1d", "2d", "3d")):
            return whole
        if i + 1 < len(clause) and is_ordinal(clause, i + 1):
            return f"{_ascii(whole, str(mark.value))}{clause[i + 1].value}"
        if i + 2 < len(clause) and clause[i + 1].value == "layer" and is_ordinal(clause, i + 2):
            return f"{_ascii(whole, str(mark.value))}{clause[i + 2].value}"
    return ""


def _ascii(word: str, kind: str) -> str:
    short = {"linear": "dense", "maxpool": "pool", "avgpool": "pool"}.get(kind, kind)
    return word.lower() if word.isascii() and 1 < len(word) < 12 and word.isidentifier() else short


def _identifier(line: str, at: int) -> str:
    start = end = at
    while start > 0 and (line[start - 1].isascii() and (line[start - 1].isalnum() or line[start - 1] in "_.")):
        start -= 1
    while end < len(line) and line[end].isascii() and (line[end].isalnum() or line[end] in "_."):
        end += 1
    return line[start:end].strip("._")


def _label(line: str) -> str:
    """A first word with a number that a colon, bracket or dash follows: ``C3:``, ``fc1 (``, ``conv2 -``."""
    bare = line.lstrip(" \t-*•|>#`_").rstrip()
    end = 0
    while end < len(bare) and bare[end].isascii() and (bare[end].isalnum() or bare[end] in "_.-"):
        end += 1
    word = bare[:end].strip("_.-")
    after = bare[end:].lstrip("`*_ ")[:1]
    if not word or not word[0].isalpha() or len(word) > 40 or after not in (":", "(", "-", "–", "—", "|", "[", "="):
        return ""
    if not any(character.isdigit() for character in word) or word.lower().endswith(("1d", "2d", "3d")):
        return ""
    return word
