"""Caffe models, changed byte by byte."""

from __future__ import annotations

import random

from netledger.sources.caffe import CAFFEMODEL
from tests.fuzz_files.mutate import damaged
from tests.fuzz_files.texts import check_text
from tests.sources.test_caffe import blob, field, model, old_blob


def _old() -> bytes:
    settings = field(1, 4) + field(4, 3)
    conv = field(2, "data") + field(3, "c") + field(4, "c") + field(5, 4) + field(10, settings)
    conv += field(6, old_blob(4, 3, 3, 3)) + field(6, old_blob(1, 1, 1, 4))
    return field(1, "old") + field(2, conv) + field(3, "data") + b"".join([field(4, size) for size in (1, 3, 8, 8)])


SAMPLES = (model(), model(blob(4, 3, 5, 5)), _old())


def mutated(seed: int) -> bytes:
    """A model, mostly sound."""
    chance = random.Random(seed)
    return damaged(chance.choice(SAMPLES), chance)


def check(data: bytes) -> str:
    """Read it."""
    return check_text(CAFFEMODEL, data)
