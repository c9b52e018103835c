"""Which rows of a table name its columns, though they are not only words."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.reading.contexts import LEAST_CONTEXT, is_length
from netledger.audit.reading.sorts import LARGEST_KERNEL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.lines import Line
    from netledger.audit.reading.tokens import Token

BILLION = 10**9


def name_columns(lines: list[Line]) -> None:
    """Make headers of the rows between bars that name columns: what stands above the rule of a Markdown table, whatever
    the words are, and lengths of contexts, or models, above amounts of memory.
    """
    for i, (line, below) in enumerate(pairwise(lines)):
        before = lines[i - 1] if i else None
        if line.role not in ("text", "heading") or (before is not None and before.barred):
            continue
        rows = [row for row in lines[i + 1 : i + 3] if row.role == "text"]
        if line.barred and rows and _heads_amounts(line, rows[0]):
            line.role = "header"
            continue
        if below.role != "rule" or "|" not in below.text or "-" not in below.text or not line.barred:
            continue
        worked = any(token.kind == "rel" for token in line.tokens) or any(
            token.kind == "num" and token.value > LARGEST_KERNEL
            for token in line.tokens  # "conv 3×3" names a column
        )
        if not worked:
            line.role = "header"


def _heads_amounts(line: Line, row: Line) -> bool:
    """``| model | 4K tokens | 32K |`` and ``| context | Llama 3 8B |`` above ``| … | 0.5 GB | 4 GB |``."""
    if len(line.cells) != len(row.cells) or not any(map(_has_amount, row.cells[1:])):
        return False
    if any(token.kind == "rel" for token in line.tokens) or any(map(_has_amount, line.cells)):
        return False
    numbered = [cell for cell in line.cells if any(token.kind == "num" for token in cell)]
    return bool(numbered) and all(_is_length(cell) or _is_model(cell) for cell in numbered)


def _has_amount(cell: list[Token]) -> bool:
    return any(token.kind == "num" and token.unit == "bytes" for token in cell)


def _is_length(cell: list[Token]) -> bool:
    if len(cell) == 1:
        return is_length(cell, 0) or (isinstance(cell[0].value, int) and cell[0].value >= LEAST_CONTEXT)
    return any(token.kind == "num" and is_length(cell, i) for i, token in enumerate(cell))


def _is_model(cell: list[Token]) -> bool:
    """``Llama 3 8B``: a name and how large it is, or its size alone."""
    return any(token.kind == "num" and token.suffix == BILLION and not token.unit for token in cell)
