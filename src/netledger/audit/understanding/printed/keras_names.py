"""What Keras calls layers that code gives no name: ``dense``, ``dense_1``, or as the summary beside it prints them."""

from __future__ import annotations

from netledger.audit.understanding.printed.summaries import row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.pieces import Piece

_STEMS = {
    "linear": "dense", "batchnorm": "batch_normalization", "layernorm": "layer_normalization", "rnn": "simple_rnn",
    "conv": "conv{}d", "transposed": "conv{}d_transpose", "depthwise": "depthwise_conv{}d",
    "separable": "separable_conv{}d", "maxpool": "max_pooling{}d", "avgpool": "average_pooling{}d",
    "gap": "global_average_pooling{}d",
}  # fmt: skip
"""Of a kind, what its layers' names begin with; others are called by their kind."""
LEAST_LETTERS = 5
"""Of a class that a narrow column cut off."""


def name_as_keras(pieces: list[Piece], lines: list[str]) -> None:
    """Give unnamed layers Keras' names, where the text uses these; by a summary's rows where it has as many.

    >>> from netledger.audit.understanding.pieces import Piece
    >>> dense = [Piece("linear", 1), Piece("linear", 2)]
    >>> name_as_keras(dense, ["dense: 7850", "dense_1: 110"])
    >>> [piece.name for piece in dense]
    ['dense', 'dense_1']
    """
    by_stem: dict[str, list[Piece]] = {}
    for piece in pieces:
        if not piece.name:
            by_stem.setdefault(_stem(piece), []).append(piece)
    rows = [row for n, line in enumerate(lines, 1) if "(None" in line and (row := row_of(line, n)) is not None]
    words = set(_words(lines)) if not rows else set()
    if not rows and not any(_is_numbered(word, by_stem) for word in words):
        return
    for stem, same in by_stem.items():
        printed = [row.name for row in rows if _is_cut(row.type, stem.replace("_", ""))]
        names = printed if len(printed) == len(same) else [stem, *[f"{stem}_{i}" for i in range(1, len(same))]]
        for piece, name in zip(same, names, strict=True):
            piece.name = name


def _stem(piece: Piece) -> str:
    if piece.attributes.get("bidirectional"):
        return "bidirectional"
    return _STEMS.get(piece.kind, piece.kind).format(piece.axes or 2)


def _is_cut(type: str, whole: str) -> bool:
    """Whether a printed class is this one, or its beginning."""
    bare = type.replace("_", "").replace(" ", "").lower()
    return bare == whole or (len(bare) >= LEAST_LETTERS and whole.startswith(bare))


def _is_numbered(word: str, stems: dict[str, list[Piece]]) -> bool:
    """``dense_1``: as Keras numbers its second dense layer."""
    stem, sign, number = word.rpartition("_")
    return bool(sign) and number.isdecimal() and len(number) < 4 and stem in stems


def _words(lines: list[str]) -> list[str]:
    text = "".join([c if c.isascii() and (c.isalnum() or c == "_") else " " for c in "\n".join(lines).lower()])
    return text.split()
