"""Chains of widths: ``784-512-10``, and with words between them: ``100 - 256 - BN - 128 - ReLU - 3``."""

from __future__ import annotations

from netledger.audit.understanding.marks.scanning import ARROWS, marks
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT, Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.understanding.marks.scanning import Mark


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


def chain(line: str, line_no: int) -> list[Piece]:
    """``MLP 784-512-10``, ``784 → 128 → 10``: widths from the input to the output."""
    if not any(sign in line for sign in ("-", "→", ">", "–", "[", ",")):
        return []
    found = marks(line)
    context = {str(mark.value) for mark in found if mark.sort in ("word", "kind", "size")}
    if context & {
        *CONVOLUTIONS,
        *POOLS,
        *RECURRENT,
        "embedding",
        "channels",
        "filters",
        "image",
        "attention",
        "stride",
    }:
        return []
    found = _widths_alone(found)
    run = _joined_runs(line, found, commas="mlp" in context and "layer" in context)
    if len(run) < LEAST_WIDTHS or _is_date(run):
        return []
    others = [mark for mark in found if mark.sort in ("number", "sizes") and mark.value not in run]
    if not context & {"mlp", "linear", "hidden", "layer", "units"} and others:
        return []
    if not context & {"mlp", "linear", "hidden", "layer", "units", "input"} and _words(line) > 3:
        return []
    first = Piece("input", line_no)
    first.in_shape = (run[0],)
    pieces = [first]
    for width in run[1:]:
        piece = Piece("linear", line_no)
        piece.out = width
        if "without bias" in context:
            piece.bias = False
        pieces.append(piece)
    return pieces


def _widths_alone(found: list[Mark]) -> list[Mark]:
    """The marks of a chain of arrows without what stands in brackets or says what a width counts:
    ``27 inputs (3 planes of 3x3) -> 50 -> 9 moves``.
    """
    if sum(1 for mark in found if mark.value == "->") < LEAST_WIDTHS - 1:
        return found
    kept: list[Mark] = []
    depth = 0
    for i, mark in enumerate(found):
        depth += (mark.value == "(") - (mark.value == ")")
        counted = mark.value in COUNTED and [other.value for other in found[i + 1 : i + 2]] in (["->"], ["("])
        if not depth and mark.value != ")" and not counted:
            kept.append(mark)
    return kept


COUNTED = ("input", "units", "features", "classes", "output", "hidden")
"""What a width of a chain may count."""


def _joined_runs(line: str, found: list[Mark], *, commas: bool) -> list[int]:
    """The longest chain of a line, with those that begin where it ends: ``784-64-16`` and ``16-64-784``."""
    runs = list(_runs(line, found, commas=commas))
    best = max(runs, key=len, default=[])
    for run in runs[runs.index(best) + 1 :] if len(best) >= LEAST_WIDTHS else ():
        if len(run) > 1 and run[0] == best[-1]:
            best = [*best, *run[1:]]
    return best


def _runs(line: str, found: list[Mark], *, commas: bool) -> Iterator[list[int]]:
    """The numbers of a line that dashes or arrows join."""
    for mark in found if commas else ():
        if mark.sort == "sizes" and isinstance(mark.value, tuple) and mark.text == "tuple":
            yield list(mark.value)
            break
    run: list[int] = []
    for i, mark in enumerate(found):
        if mark.sort == "number" and isinstance(mark.value, int):
            joined = i > 1 and found[i - 1].sort == "break" and found[i - 2].sort == "number" and bool(run)
            between = line[found[i - 2].end : mark.start] if joined else ""
            if joined and (
                (between.strip() == "," and commas)
                or between in ("-", "–", "—")
                or found[i - 1].value == "->"
                or between.strip() in ("->", "-", "–", "—", ">")
            ):
                run.append(mark.value)
            else:
                yield run
                run = [mark.value]
        elif mark.sort != "break":
            yield run
            run = []
    yield run


def _is_date(run: list[int]) -> bool:
    return len(run) == 3 and (
        (1900 <= run[0] <= 2100 and run[1] <= 12 and run[2] <= 31) or (1900 <= run[2] <= 2100 and max(run[:2]) <= 31)
    )


def _words(line: str) -> int:
    return len([word for word in line.split() if word[:1].isalpha()])
