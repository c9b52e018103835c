"""Tables of a transformer that only their calculations size: ``token embeddings: 12000 * 288`` where it is 288 wide."""

from __future__ import annotations

from netledger.audit.understanding.marks.scanning import marks
from netledger.audit.understanding.prose.worked import factors_of
from netledger.audit.understanding.transformers.tokens import tokens_of
from netledger.audit.understanding.transformers.words import RANGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.transformers.words import Stated


def read_tables_of(stated: Stated, lines: list[str]) -> None:
    """Give the vocabulary and the positions that no word says the rows that stand before the width in their formulas.

    >>> from netledger.audit.understanding.transformers.words import read_stated
    >>> lines = ["4 layers, d_model = 64", "token embeddings: 900 * 64 = 57,600"]
    >>> stated = read_stated(lines)
    >>> read_tables_of(stated, lines)
    >>> stated.get("vocabulary")
    900
    """
    hidden = stated.get("hidden") or 0
    told = [(_role(line), line) for line in lines]
    stated.mentioned |= {role for role, _ in told if role}  # without them it is not all
    reads_no_words = any(mark.value == "conv" for line in lines for mark in marks(line))
    if reads_no_words or "decoder layers" in stated.mentioned:
        return
    found: dict[str, set[int]] = {}
    for role, line in told:
        rows = _rows(line, hidden) if role and role not in stated.sizes else None
        if rows is not None:
            found.setdefault(role, set()).add(rows)
    for role, values in found.items():
        least, most = RANGES[role]
        if len(values) == 1 and least <= min(values) <= most:
            stated.sizes[role] = min(values)
            if role == "positions":
                stated.says.add("learned")


def _role(line: str) -> str:
    """Which table a line is about: one of positions, of words, or none."""
    if not any(mark.value == "calculation" for mark in marks(line)):
        return ""
    roles = {role for token in tokens_of(line) for role in ([token.value] if token.sort == "size" else [])}
    says = {role for token in tokens_of(line) if isinstance(token.value, tuple) for role in token.value}
    if "positions" in roles or "learned" in says:
        return "positions"
    return "vocabulary" if any(mark.value == "embedding" for mark in marks(line)) else ""


def _rows(line: str, hidden: int) -> int | None:
    """How many rows of the model's width the one product of a line has."""
    for products in factors_of(line):
        if len(products) == 1 and len(products[0]) == 2 and products[0][1] == hidden != products[0][0]:
            return products[0][0]
    return None
