"""What a text calls its layers: ``conv1``, ``C3``, the first of ``block 2``; and names that say sizes: ``CONV3-64``."""

from __future__ import annotations

from netledger.audit.understanding.marks.scanning import marks
from netledger.audit.understanding.pieces import Piece
from netledger.audit.understanding.prose.heads import is_ordinal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.marks.scanning import Mark
    from netledger.audit.understanding.pieces import Piece


def stem_of(name: str) -> str:
    """A name without the number behind it: ``fc`` of ``fc2``; "" where it has none."""
    stem = name.rstrip("0123456789")
    return stem if stem != name else ""


def leading_name(line: str) -> str:
    """The name that a line gives what it is about, in lower case: ``mu`` of ``- mu: Dense 20``.

    >>> leading_name("- mu (dense, 400→20): 8,020"), leading_name("two dense layers")
    ('mu', 'two')
    """
    words = line.lower().lstrip(" \t-•*|`.0123456789)").replace("log var", "log_var").split()
    return words[0].partition("(")[0].partition(":")[0].strip("`,|=") if words else ""


def item_form(line: str) -> str:
    """What stands behind the name that a line begins with: a sign, a gap, or a layer's word; "" where nothing does that
    makes it the name of a layer.

    >>> item_form("- mu (dense, 400→20)"), item_form("mu dense 20"), item_form("the sizes of mu")
    ('(', 'kind', '')
    """
    bare = line.lstrip(" \t-•*|`.0123456789)")
    end = next((i for i, character in enumerate(bare) if not (character.isalnum() or character in "_.")), len(bare))
    behind = bare[end:].lstrip("`* ") if end else ""
    if behind.startswith(SIGNS_OF_ITEMS):
        return behind[0]
    return "kind" if any(mark.sort == "kind" and not mark.start for mark in marks(behind)[:1]) else ""


SIGNS_OF_ITEMS = tuple(":(-–—|=\t")
"""What parts a layer's name from what is said of it."""


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


def coded(line: str, line_no: int, *, legend: bool) -> list[Piece]:
    """Names that say sizes: ``CONV3-64: [224x224x64]``, with a legend ``CONV-9-32  120 x 120 x 32``."""
    bare = line.lstrip(" \t|*-`#>")
    end = 0
    while end < len(bare) and bare[end].isascii() and (bare[end].isalnum() or bare[end] == "-"):
        end += 1
    word = bare[:end].strip("-")
    pieces = word.lower().split("-")
    stem = pieces[0].rstrip("0123456789")
    glued, dashed = pieces[0][len(stem) :], pieces[1:]
    kind = {"conv": "conv", "pool": "maxpool", "maxpool": "maxpool", "fc": "linear"}.get(stem)
    if kind is None or word.lower() == "conv-k-n" or not all(piece.isdigit() and len(piece) < 7 for piece in dashed):
        return []
    numbers = [int(piece) for piece in dashed]
    shape = next(
        (mark.value for mark in marks(bare[end:]) if mark.sort == "sizes" and isinstance(mark.value, tuple)), None
    )
    piece = Piece(kind, line_no, word if kind != "maxpool" else "")
    if kind == "conv":
        sides = [int(glued), *numbers] if glued else numbers
        if len(sides) != 2 or not dashed or not _has_shape(bare[end:]) or (shape is not None and shape[-1] != sides[1]):
            return []
        piece.kernel, piece.out = (sides[0],) * 2, sides[1]
        if legend:
            piece.padding, piece.stride = "valid", 1
    elif kind == "maxpool":
        if (
            shape is None
            or len(shape) != 3
            or len(numbers) > 1
            or (not glued and not numbers)
            or (glued and bare[end : end + 1] != ":")
        ):
            return []
        if numbers:
            piece.kernel, piece.stride = (numbers[0],) * 2, numbers[0]
    elif len(numbers) == 1 and not glued:
        piece.out = numbers[0]
        return [piece]
    elif not glued and not numbers and shape is not None and shape[:2] == (1, 1) and len(shape) == 3:
        piece.out, piece.name = shape[-1], ""
        return [piece]
    else:
        return []
    piece.out_shape = shape
    return [piece]


def _has_shape(text: str) -> bool:
    return any(mark.sort == "sizes" or mark.sort == "number" for mark in marks(text)[:3])
