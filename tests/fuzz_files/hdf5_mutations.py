"""HDF5: files of h5py whose addresses, sizes and bytes are damaged."""

from __future__ import annotations

import io
import random
import struct

import h5py
import numpy as np

from netledger.sources.keras import HDF5
from tests.fuzz_files.mutate import damaged, number, outcome


def _seed(*, new: bool = False, model: bytes | None = None) -> bytes:
    held = io.BytesIO()
    with h5py.File(held, "w", libver="latest" if new else "earliest") as file:
        file.create_group("layers/dense/vars")["0"] = np.zeros((4, 3), "<f4")
        file["layers/dense/vars"]["1"] = np.zeros(3, "<f4")
        file["layers/dense/vars"].attrs["name"] = "fc"
        file.create_dataset(
            "layers/batch_normalization/vars/0", data=np.zeros(3, "<f8"), chunks=(2,), compression="gzip"
        )
        file["counter"] = np.int64(3)
        if model is not None:
            file.attrs["model_config"] = model
    return held.getvalue()


_MODEL = (
    b'{"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": '
    b'{"name": "fc", "units": 3, "batch_input_shape": [null, 4]}}]}}'
)
SEEDS = [_seed(), _seed(new=True), _seed(model=_MODEL)]


def mutated(seed: int) -> bytes:
    """A file with a number or two of its structure changed, or its bytes damaged."""
    chance = random.Random(seed)
    raw = bytearray(chance.choice(SEEDS))
    for _ in range(chance.choice((0, 1, 1, 2))):
        form = chance.choice(("<Q", "<Q", "<I", "<H", "<B"))
        at = chance.randrange(0, len(raw) - 8, struct.calcsize(form))
        sound = struct.unpack_from(form, raw, at)[0]
        struct.pack_into(form, raw, at, number(chance, sound) % 256 ** struct.calcsize(form))
    return damaged(bytes(raw), chance) if chance.random() < 0.4 else bytes(raw)


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(HDF5, data)
