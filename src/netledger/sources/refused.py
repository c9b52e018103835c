"""Formats that are recognised and not read: refused by name, so that nobody wonders what went wrong."""

from __future__ import annotations


def name_of(head: bytes, path: str) -> str | None:
    """What a file that no source claims is, if its first bytes or its suffix tell."""
    return None
