"""How wide the terminal is."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NARROWEST = 20
USUAL = 80


def terminal_width(out: Any = None) -> int:
    """Columns: ``COLUMNS``, else what the terminal of ``out`` or of the standard streams says, else 80."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and 0 < int(columns) < 100_000:
        return max(int(columns), NARROWEST)
    for stream in (out, sys.__stdout__, sys.__stderr__):
        try:
            return max(os.get_terminal_size(stream.fileno()).columns or USUAL, NARROWEST)  # type: ignore[union-attr]
        except (OSError, ValueError, AttributeError):
            continue
    return USUAL
