"""Random configurations for families of pictures, and of pictures and words, since."""

from __future__ import annotations

from tests.properties.vision import answering, comparing, convolving, places, segmenting, towers, writing
from tests.properties.vision.drawing import Families

FAMILIES: Families = (
    answering.FAMILIES
    | comparing.FAMILIES
    | convolving.FAMILIES
    | places.FAMILIES
    | segmenting.FAMILIES
    | towers.FAMILIES
    | writing.FAMILIES
)
"""``family → (the classes it may build, what draws a configuration)``."""
COUNTED: dict[str, str] = (
    answering.COUNTED | comparing.COUNTED | convolving.COUNTED | places.COUNTED | towers.COUNTED | writing.COUNTED
)
"""``family → class`` where MACs are compared: one picture is all that it reads."""
