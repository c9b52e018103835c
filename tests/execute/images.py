"""Small data sets made for the tests: idx files and folders of images."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

FASHION = Path("/usr/share/datasets/fashion-mnist")


def fashion_mnist() -> Path:
    """Real images; the test is skipped, saying so, where the Debian package is not installed."""
    if not (FASHION / "train-images-idx3-ubyte.gz").exists():
        pytest.skip("Fashion-MNIST is not here: apt-get install dataset-fashion-mnist")
    return FASHION


def write_idx(path: Path, values: np.ndarray) -> None:
    head = bytes((0, 0, 8, values.ndim)) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    data = head + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)


def idx_set(folder: Path, train: int = 96, test: int = 32, size: int = 12, classes: int = 3) -> Path:
    """Images whose class is the height at which they are bright: learnable in a few steps, mirrored or not."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for prefix, count in (("train", train), ("t10k", test)):
        labels = np.arange(count) % classes
        images = random.integers(0, 60, (count, size, size))
        for i, label in enumerate(labels):
            images[i, label * size // classes : (label + 1) * size // classes] += 150
        write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", images)
        write_idx(folder / f"{prefix}-labels-idx1-ubyte", labels)
    return folder


def image_folder(
    folder: Path, train: int = 6, test: int = 3, classes: int = 2, size: tuple[int, int] = (40, 32)
) -> Path:
    from PIL import Image

    random = np.random.default_rng(1)
    for purpose, count in (("train", train), ("val", test)):
        for label in range(classes):
            place = folder / purpose / f"class{label}"
            place.mkdir(parents=True, exist_ok=True)
            for i in range(count):
                pixels = random.integers(0, 90, (size[1], size[0], 3), dtype=np.uint8)
                pixels[..., label] += 120
                Image.fromarray(pixels).save(place / f"{i}.png")
    return folder
