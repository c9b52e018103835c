"""NumPy arrays: headers that are changed; the second reader is NumPy's own."""

from __future__ import annotations

import io
import random

import numpy as np

from netledger.sources.tensors.numpy import NPY
from tests.fuzz_files.mutate import damaged, number, outcome
from tests.sources.builders import npy


def mutated(seed: int) -> bytes:
    """An array whose header is mostly sound."""
    chance = random.Random(seed)
    shape = [chance.choice((0, 1, 2, 3)) for _ in range(chance.randrange(4))]
    width = chance.choice((2, 4, 8))
    size = width
    for length in shape:
        size *= length
    if chance.random() < 0.2:
        shape = [number(chance, length) for length in shape]
    descr = (
        f"'<f{width}'" if chance.random() < 0.9 else chance.choice(("'|O'", "'<U7'", "[('a', '<f4')]", "None", "'f'"))
    )
    sizes = "(" + "".join([f"{length}, " for length in shape]) + ")"
    header = f"{{'descr': {descr}, 'fortran_order': {chance.choice(('True', 'False'))}, 'shape': {sizes}, }}\n".encode()
    if chance.random() < 0.2:
        header = damaged(header, chance)
    file = npy(header, size, chance.choice((1, 1, 1, 2, 3)))
    return damaged(file, chance) if chance.random() < 0.2 else file


def check(data: bytes) -> str:
    """Read it; where that gives a count, NumPy's reader of headers gives it too."""
    return outcome(NPY, data, right=_counted(data))


def _counted(data: bytes) -> int | None:
    try:
        held = io.BytesIO(data)
        version = np.lib.format.read_magic(held)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape = read(held)[0]
    except Exception:  # NumPy raises what it likes; what it reads is compared, what it refuses is not
        return None
    product = 1
    for length in shape:
        product *= length
    return product
