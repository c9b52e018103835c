"""The idx files of MNIST and its kin: a magic number, the sizes, the bytes."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import torch

from netledger.errors import DataError, FormatError, NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.train.data.sets import Data

_SETS = {"train": "train", "validation": "t10k"}
_NAMES = ("images-idx3-ubyte", "labels-idx1-ubyte")
MOST_BYTES = 2**31
FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def idx_files(folder: Path) -> bool:
    """Whether a folder holds such files."""
    return any(_find(folder, f"train-{_NAMES[0]}"))


def _find(folder: Path, name: str) -> list[Path]:
    return [path for path in (folder / name, folder / f"{name}.gz") if path.is_file()]


def read_idx(path: Path, rank: int) -> Any:
    """The bytes of one file as a tensor; anything but an intact file of that rank is a ``FormatError``."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            head = stream.read(4 + 4 * rank)
            if len(head) < 4 + 4 * rank or head[:2] != b"\0\0" or head[2] != 8 or head[3] != rank:
                raise FormatError(f"is no idx file of bytes in {rank} dimension{'s' * (rank > 1)}")
            sizes = [int.from_bytes(head[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
            expected = 1
            for size in sizes:
                expected *= size
            if expected > MOST_BYTES:
                raise FormatError(f"declares {expected:,} bytes; netledger reads at most {MOST_BYTES:,}")
            body = stream.read(expected + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(f"cannot be read: {error}").at(file=str(path)) from error
    except NetledgerError as error:
        raise error.at(file=str(path)) from None
    if len(body) != expected:
        found = "more" if len(body) > expected else f"{len(body):,}"
        raise FormatError(f"declares {expected:,} bytes of data, but holds {found}").at(file=str(path))
    return torch.frombuffer(bytearray(body), dtype=torch.uint8).reshape(sizes)


class IdxImages:
    """Images held in memory."""

    def __init__(self, images: Any, labels: Any, channels: int, classes: tuple[str, ...]) -> None:
        self.images, self.labels, self.channels, self.classes = images, labels, channels, classes
        self.size = int(images.shape[-1])

    def __len__(self) -> int:
        return len(self.labels)

    def load(self, indices: list[int], geometry: Any, generator: Any) -> tuple[Any, list[int], list[str]]:
        """These images; grey ones are repeated where the network wants colour."""
        images = self.images[indices].unsqueeze(1)
        return (images.expand(-1, self.channels, -1, -1) if self.channels != 1 else images), indices, []


def idx_data(folder: Path, channels: int) -> Data:
    """Training and validation (``t10k``) set of a folder."""
    from netledger.train.data.sets import Data

    sets = {}
    for purpose, prefix in _SETS.items():
        paths = []
        for name in _NAMES:
            found = _find(folder, f"{prefix}-{name}")
            if not found:
                raise DataError(f"no file '{prefix}-{name}' or '{prefix}-{name}.gz'").at(file=str(folder))
            paths.append(found[0])
        images, labels = read_idx(paths[0], 3), read_idx(paths[1], 1).long()
        if not len(images):
            raise DataError("holds no images").at(file=str(paths[0]))
        if len(images) != len(labels):
            raise DataError(f"{len(images):,} images, but {len(labels):,} labels").at(file=str(folder))
        if images.shape[1] != images.shape[2]:
            raise DataError(f"images are {images.shape[1]}×{images.shape[2]}, not square").at(file=str(paths[0]))
        sets[purpose] = (images, labels)
    count = int(max(labels.max() for _, labels in sets.values())) + 1
    classes = FASHION if count == 10 and "fashion" in str(folder).lower() else tuple(map(str, range(count)))
    made = {purpose: IdxImages(*pair, channels, classes) for purpose, pair in sets.items()}
    return Data(made["train"], made["validation"], "idx files")
