"""Which rows of a table name its columns, though they are not only words; which columns hold parts of layers."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.reading.statements.sorts import LARGEST_KERNEL
from netledger.audit.reading.tokens.contexts import LEAST_CONTEXT, is_length
from netledger.audit.reading.tokens.words import is_total, part_of
from netledger.audit.words import WITH, WITHOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.lines.logical import Line
    from netledger.audit.reading.tokens.tokenizing import Token

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


def parts_apart(sorts: list[str], names: list[list[str]]) -> list[str]:
    """The sorts of columns where weights and biases stand apart; a column of weights alone is one of parameters.

    >>> parts_apart(["", "", ""], [["layer"], ["W"], ["b"]]), parts_apart(["", "weights"], [["layer"], ["weights"]])
    (['', 'weights', 'biases'], ['', 'params'])
    """
    sorts = [*sorts]
    for parts in ([_part_in(words) for words in names], [_letter_in(words) for words in names]):
        if sorted(filter(None, parts)) == ["biases", "weights"] and {"weights", "biases"}.isdisjoint(sorts):
            sorts = [part or sort for part, sort in zip(parts, sorts, strict=True)]
    if "params" not in sorts and sorts.count("weights") == 1 and "biases" not in sorts:
        sorts[sorts.index("weights")] = "params"
    return sorts


def is_part(words: list[str]) -> bool:
    """Whether a column holds the weights or the biases alone, beside one that holds both.

    >>> is_part(["Weights"]), is_part(["Weight", "params"]), is_part(["without", "bias"])
    (True, False, False)
    """
    return _part_in(words) != "" and not any(is_total(word) or word.lower().startswith("param") for word in words)


def _part_in(words: list[str]) -> str:
    """``weights`` or ``biases`` where the words above a column speak of these alone, else ""."""
    parts = {part for word in words if (part := part_of(word))}
    spoken = {word.lower() for word in words}
    return parts.pop() if len(parts) == 1 and spoken.isdisjoint(WITH | WITHOUT) else ""


def _letter_in(words: list[str]) -> str:
    """The same of the letters that stand for them: W and b."""
    return LETTERS.get(words[0].lower(), "") if len(words) == 1 else ""


LETTERS = {"w": "weights", "b": "biases"}
