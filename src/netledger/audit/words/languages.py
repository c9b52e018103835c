"""Every language's words put together: one table for all of them, the earlier language right where two differ.

>>> together()["QUANTITIES"]["paramètre"], together()["NUMBERS"]["drei"]
('params', 3)
"""

from __future__ import annotations

from netledger.audit.words import de, en, es, fr, it, ja, ko, nl, pl, pt, ru, tr, vi, zh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

LANGUAGES: tuple[ModuleType, ...] = (en, zh, ja, ko, ru, de, fr, es, pt, it, vi, tr, nl, pl)
BY_MEANING = ("QUANTITIES", "FAMILIES", "BLOCKS")
"""Tables whose rows are a meaning and the words for it."""
LATER = ("PARTS",)
"""Tables in which the later language is right."""


def together() -> dict[str, Any]:
    """``name → table``: words as one text with blanks between them, or ``word → what it means``."""
    return {name: _table(name) for name in vars(en) if name.isupper()}


def _table(name: str) -> Any:
    tables = [getattr(language, name) for language in LANGUAGES]
    if isinstance(tables[0], str):
        return " ".join(dict.fromkeys([word for words in tables for word in words.split()]))
    found: dict[str, Any] = {}
    if name in BY_MEANING:
        for table in tables:
            own = {word: meaning for meaning, words in table.items() for word in words.split()}
            found.update({word: meaning for word, meaning in own.items() if word not in found})
        return found
    for table in tables if name in LATER else reversed(tables):
        found.update(table)
    return found


def source_text(made_from: tuple[int, int, int] | None = None) -> str:
    """The tables as a Python module; for a checkout with what they were ``made_from``, so that they can be stale."""
    rows = "".join([f"    {name!r}: {table!r},\n" for name, table in together().items()])
    head = '"""The words of all languages, put together when the wheel was built."""'
    return f"{head}\n\nMADE_FROM = {made_from!r}\nTABLES = {{\n{rows}}}\n"
