"""Helpers that several test files share."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).resolve().parent / "data"
NETWORKS = DATA / "networks"
"""Structures of published networks, each with figures that others have published."""
