"""Chains of widths with words between them: ``100 - 256 - BN - 128 - ReLU - 3``."""

from __future__ import annotations

from netledger.audit.understanding.pieces import NORMS, SILENT, Piece
from netledger.audit.understanding.scanning import ARROWS, marks

LEAST_WIDTHS = 3
"""Of a chain: what comes in, a hidden layer, what goes out."""
DASHES = (" - ", " – ", " — ")


def mixed_chain(line: str, line_no: int) -> list[Piece]:
    """The layers of such a chain; none where the line has no word between its widths.

    >>> [(piece.kind, piece.out) for piece in mixed_chain("dense net 100 - 256 - BN - 128 - BN - 3. How many?", 1)]
    [('input', None), ('linear', 256), ('batchnorm', None), ('linear', 128), ('batchnorm', None), ('linear', 3)]
    """
    sign = next((sign for sign in (*DASHES, *ARROWS) if line.count(sign) >= LEAST_WIDTHS), "")
    if not sign:
        return []
    parts = [part.strip() for part in line.split(sign)]
    parts[0], parts[-1] = _last_word(parts[0]), _first_word(parts[-1])
    pieces: list[Piece] = []
    widths = words = 0
    for part in parts:
        if part.isdecimal() and len(part) < 7:
            piece = Piece("linear" if pieces else "input", line_no)
            piece.out, piece.in_shape = (int(part), None) if pieces else (None, (int(part),))
            widths += 1
        else:
            kinds = [str(mark.value) for mark in marks(part) if mark.sort == "kind"]
            if not pieces or len(kinds) != 1 or kinds[0] not in (*NORMS, *SILENT) or len(part.split()) > 2:
                return []
            piece = Piece(kinds[0], line_no)
            words += 1
        pieces.append(piece)
    return pieces if widths >= LEAST_WIDTHS and words else []


def _last_word(text: str) -> str:
    return text.rpartition(" ")[2].lstrip(":(")


def _first_word(text: str) -> str:
    return text.partition(" ")[0].rstrip(".,;:)")
