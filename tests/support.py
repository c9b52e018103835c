"""Helpers that several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).resolve().parent / "data"


def shared(path: str) -> Path:
    """A file of the folder ``shared`` beside the checkout; the test is skipped, saying so, where that is not at hand."""
    found = ROOT.parent / "shared" / path
    if not found.exists():
        pytest.skip(f"shared/{path} is not beside this checkout")
    return found
