"""Random configurations for families of words and of sound."""

from __future__ import annotations

from tests.properties.drawn import hearing, pages, recent, series, sounds, words

FAMILIES = words.FAMILIES | sounds.FAMILIES | hearing.FAMILIES | pages.FAMILIES | series.FAMILIES | recent.FAMILIES
"""``family → (the classes it may build, what draws a configuration)``."""
