"""What a text says of all layers of a kind at once: ``all convolutions without bias``, ``convs are 3x3, padding 1``."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.understanding.marks.scanning import is_wide, marks, plain
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS
from netledger.audit.understanding.prose.clauses import clauses
from netledger.audit.words import WITHOUT
from netledger.audit.words.describing import EVERY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.pieces import Piece
    from netledger.audit.understanding.prose.lines import Found

_WORDS = frozenset([word for word in EVERY.split("|") if not is_wide(word[0])])
_SIGNS = tuple([word for word in EVERY.split("|") if is_wide(word[0])])
_COMMON = ("kernel", "stride", "padding", "bias")
"""What layers have in common; their widths are each layer's own."""


def apply_remarks(found: Found, lines: list[str]) -> None:
    """Take what is said of all layers out of the description, and give it to those that do not say it themselves.

    >>> from netledger.audit.understanding.prose.lines import read_lines
    >>> lines = ["all convs are 3x3 without bias", "conv1: 8 filters on 3 input channels"]
    >>> found = read_lines(enumerate(lines, 1))
    >>> apply_remarks(found, lines)
    >>> [(piece.kernel, piece.out, piece.bias) for piece in found.pieces]
    [((3, 3), 8, False)]
    """
    for line_no, line in enumerate(lines, 1):
        if not any(piece.line_no == line_no and piece.out is not None for piece in found.pieces):
            _pool_behind_each(found, line_no, line)
    _pad_as_the_input_says(found)
    own = {piece.line_no for piece in found.pieces}
    counts = [piece for piece in found.pieces if piece.kind in CONVOLUTIONS and piece.out is not None]
    for line_no, line in enumerate(lines, 1):
        if line_no not in own and not _speaks_of_all(line):
            continue
        for sentence in _sentences(line):
            told = clauses(sentence, line_no)
            if _speaks_of_all(sentence) and not any(piece.says() or piece.is_label for piece in told):
                _put_norms(found, told, sentence)
                continue
            remarks = [piece for piece in told if piece.kind not in NORMS]
            alike = _width_of_all(found, line_no) if _speaks_of_all(sentence) else None
            describes = _describes(found, line_no, alike)
            if remarks and _is_remark(remarks, sentence, bool(counts), describes, alike):
                _drop(found, line_no, remarks)
                for remark in remarks:
                    _give(found, remark)
    _share_before_norms(found)
    for line_no, line in enumerate(lines, 1):
        if _speaks_of_all(line) and _without_bias(line) and not _describes(found, line_no):
            _drop_norms(found, line_no)
            _take_biases(found, line)


def _pool_behind_each(found: Found, line_no: int, line: str) -> None:
    """``no padding, 2x2 max pool after each conv``: a pooling behind each convolution of the other lines, and how these
    are padded.
    """
    words = [str(mark.value) for mark in marks(line)]
    here = [piece for piece in found.pieces if piece.line_no == line_no and piece.kind in POOLS]
    if len(here) != 1 or not _is_behind_each(words):
        return
    pool = here[0]
    found.pieces.remove(pool)
    said = next((one.padding for one in clauses(line, line_no) if one.kind == "conv" and one.padding is not None), None)
    padding = said or next((word for word in words if word in ("same", "valid")), None)
    for i in range(len(found.pieces) - 1, -1, -1):
        piece = found.pieces[i]
        after = found.pieces[i + 1].kind if i + 1 < len(found.pieces) else ""
        if piece.kind in CONVOLUTIONS:
            piece.padding = padding if piece.padding is None else piece.padding
            if after not in POOLS:
                found.pieces.insert(i + 1, pool.copy())


def _pad_as_the_input_says(found: Found) -> None:
    """``input 3x32x32, padding=1``: an input has no padding, so its convolutions have it."""
    said = next((piece.padding for piece in found.pieces if piece.kind == "input" and piece.padding is not None), None)
    for piece in found.pieces if said is not None else ():
        if piece.kind in CONVOLUTIONS and piece.padding is None:
            piece.padding = said


def _is_behind_each(words: list[str]) -> bool:
    """``max pool after each conv``; ``all convs padding 1, each followed by max pool``."""
    if "conv" not in words or "each" not in words:
        return False
    each, conv = words.index("each"), words.index("conv")
    pool = next((i for i, word in enumerate(words) if word in POOLS), -1)
    if each == conv - 1:
        return pool >= 0  # "after each conv max pool"
    return conv < each < pool <= each + MOST_BETWEEN


MOST_BETWEEN = 3
"""Marks from ``each`` to the pooling: ``each followed by 2x2 max pool``."""


def _share_before_norms(found: Found) -> None:
    """``conv 1x1, no bias`` once, and norms behind several convolutions: none of these has biases."""
    before = [
        piece
        for piece, after in pairwise(found.pieces)
        if piece.kind in CONVOLUTIONS and after.kind in NORMS and after.line_no <= piece.line_no + 1
    ]
    if {piece.bias for piece in before} == {None, False}:
        for piece in before:
            piece.bias = False


def _speaks_of_all(line: str) -> bool:
    return any(sign in line for sign in _SIGNS) or not _WORDS.isdisjoint(plain(line).replace(",", " ").split())


def _sentences(line: str) -> list[str]:
    """The sentences of a line, parted where they end and by semicolons."""
    parts = [line]
    for sign in (". ", ";", "。", "；"):
        parts = [part for whole in parts for part in whole.split(sign)]
    return [part for part in parts if part.strip()]


def _put_norms(found: Found, told: list[Piece], sentence: str) -> None:
    """``every convolution is followed by batch norm``: one behind each layer of the kinds named that has none."""
    norms = [piece for piece in told if piece.kind in NORMS]
    if len(norms) != 1:
        return
    norm = norms[0]
    here = [piece for piece in found.pieces if piece.kind == norm.kind and piece.line_no == norm.line_no]
    if here and not here[-1].says():
        found.pieces.remove(here[-1])
    if not WITHOUT.isdisjoint(plain(sentence).split()):
        found.doubts.append("norms behind some layers and not behind others")
        return
    broad = {"conv" if piece.kind in CONVOLUTIONS else piece.kind for piece in told if piece is not norm} or {"conv"}
    for i in range(len(found.pieces) - 1, -1, -1):
        piece = found.pieces[i]
        after = found.pieces[i + 1].kind if i + 1 < len(found.pieces) else ""
        if ("conv" if piece.kind in CONVOLUTIONS else piece.kind) in broad and after not in NORMS:
            found.pieces.insert(i + 1, norm.copy())


def _width_of_all(found: Found, line_no: int) -> int | None:
    """The one width that the convolutions of all other lines have, where these are several."""
    others = [piece.out for piece in found.pieces if piece.kind in CONVOLUTIONS and piece.line_no != line_no]
    return others[0] if len(others) > 1 and len(set(others)) == 1 else None


def _describes(found: Found, line_no: int, alike: int | None = None) -> bool:
    """Whether a line has layers with widths of its own, other than the one that all have."""
    here = [piece for piece in found.pieces if piece.line_no == line_no and piece.kind not in NORMS]
    return any(piece.out not in (None, alike) for piece in here)


def _is_remark(pieces: list[Piece], sentence: str, has_widths: bool, describes: bool, alike: int | None = None) -> bool:
    """Whether no layer of it has a width or name, or the width that all have (``alike``): then it describes none, but
    how all of them are.
    """
    if any(piece.out not in (None, alike) or piece.name or piece.reads is not None or piece.doubt for piece in pieces):
        return False
    if any(piece.kind not in (*CONVOLUTIONS, *POOLS) for piece in pieces) or any(piece.out_shape for piece in pieces):
        return False
    if _speaks_of_all(sentence) and not describes:
        return True
    return has_widths and any(piece.kind in CONVOLUTIONS for piece in pieces)


def _drop(found: Found, line_no: int, remarks: list[Piece]) -> None:
    kinds, told = {piece.kind for piece in remarks}, {piece.out for piece in remarks}
    found.pieces = [
        piece
        for piece in found.pieces
        if piece.line_no != line_no or piece.kind not in kinds or piece.out not in (None, *told) or piece.name
    ]


def _drop_norms(found: Found, line_no: int) -> None:
    found.pieces = [piece for piece in found.pieces if piece.line_no != line_no or piece.kind not in NORMS]


def _give(found: Found, remark: Piece) -> None:
    alike = CONVOLUTIONS if remark.kind in CONVOLUTIONS else POOLS
    for piece in found.pieces:
        if piece.kind in alike and (piece.line_no != remark.line_no or piece.out is not None):
            for name in _COMMON:
                if getattr(piece, name) is None and getattr(remark, name) is not None:
                    setattr(piece, name, getattr(remark, name))


def _without_bias(line: str) -> bool:
    return any(mark.value == "without bias" for mark in marks(line))


def _take_biases(found: Found, line: str) -> None:
    """``all layers without bias``, ``no conv has a bias``: those of the kinds that it names, or all."""
    kinds = {str(mark.value) for mark in marks(line) if mark.sort == "kind" and mark.value not in NORMS}
    broad = {"conv" if kind in CONVOLUTIONS else kind for kind in kinds}
    for piece in found.pieces:
        kind = "conv" if piece.kind in CONVOLUTIONS else piece.kind
        if kind in ("conv", "linear") and piece.bias is None and (not broad or kind in broad):
            piece.bias = False
