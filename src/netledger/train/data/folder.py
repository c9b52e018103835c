"""A folder of images, one folder a class, as ImageNet is kept."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import torch

from netledger.errors import DataError, MissingExtraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from netledger.train.data.sets import Data

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".webp", ".ppm", ".pgm", ".tif", ".tiff", ".gif"))
_VALIDATION = ("val", "validation", "valid", "test")


class ImageFiles:
    """Images that are read when they are asked for; ``opened`` says from where, and what that is called."""

    def __init__(self, labels: list[int], classes: tuple[str, ...], channels: int, size: int, strict: bool) -> None:
        self.classes, self.channels, self.size, self.strict = classes, channels, size, strict
        self.labels = torch.tensor(labels, dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.labels)

    def place(self, index: int) -> tuple[str, str]:
        """The file of an image, and its name in it (empty where the file is the image)."""
        raise NotImplementedError

    def content(self, index: int) -> Any:
        """What an image is read of: a path, or its bytes as an open file."""
        raise NotImplementedError

    def load(self, indices: list[int], geometry: Any, generator: Any) -> tuple[Any, list[int], list[str]]:
        """These images as squares. An image that cannot be read is named and left out; an error where ``strict``."""
        images, kept, skipped = [], [], []
        for index in indices:
            try:
                images.append(read_image(self.content(index), self.channels, self.size, geometry, generator))
                kept.append(index)
            except Exception as error:  # Pillow's decoders raise whatever they like on a broken file
                file, name = self.place(index)
                if self.strict:
                    what = f"'{name}' cannot" if name else "cannot"
                    raise DataError(f"{what} be read: {_reason(error)}").at(file=file) from error
                skipped.append(": ".join(filter(None, (file, name, _reason(error)))))
        shape = (0, self.channels, self.size, self.size)
        return (torch.stack(images) if images else torch.empty(shape, dtype=torch.uint8)), kept, skipped


class FolderImages(ImageFiles):
    """Images, each a file."""

    def __init__(
        self, files: list[tuple[Path, int]], classes: tuple[str, ...], channels: int, size: int, strict: bool
    ) -> None:
        super().__init__([label for _, label in files], classes, channels, size, strict)
        self.files = files

    def place(self, index: int) -> tuple[str, str]:
        return str(self.files[index][0]), ""

    def content(self, index: int) -> Any:
        return self.files[index][0]


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def read_image(path: Any, channels: int, size: int, geometry: Any, generator: Any) -> Any:
    """One image, of a path or an open file, as ``C×S×S`` bytes: the shorter side scaled to ``size``, the centre cut
    out - or, where ``geometry`` is
    ``"resized-crop"``, a random rectangle of 8 to 100 % of the area scaled to the square, as torchvision does.

    Grey, palette and CMYK images become RGB (or grey, where the network takes one channel).
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError("Pillow", "train", "reading images") from error
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(path) as opened:
            if geometry != "resized-crop":
                opened.draft("RGB" if channels == 3 else "L", (size, size))
            image = opened.convert("RGB" if channels == 3 else "L")
    width, height = image.size
    if geometry == "resized-crop":
        box = random_rectangle(width, height, generator)
        image = image.resize((size, size), Image.Resampling.BILINEAR, box=box)
    else:
        scale = size / min(width, height)
        left, top = (width - size / scale) / 2, (height - size / scale) / 2
        box = (left, top, left + size / scale, top + size / scale)
        image = image.resize((size, size), Image.Resampling.BILINEAR, box=box)
    data = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    return data.reshape(size, size, channels).permute(2, 0, 1).contiguous()


def random_rectangle(width: int, height: int, generator: Any) -> tuple[float, float, float, float]:
    """Torchvision's ``RandomResizedCrop``: 8 to 100 % of the area, sides 3:4 to 4:3; the centre after ten failures."""
    area = width * height
    low, high = math.log(3 / 4), math.log(4 / 3)
    for _ in range(10):
        u = torch.rand(4, generator=generator).tolist()
        wanted = area * (0.08 + 0.92 * u[0])
        ratio = math.exp(low + (high - low) * u[1])
        w, h = round(math.sqrt(wanted * ratio)), round(math.sqrt(wanted / ratio))
        if 0 < w <= width and 0 < h <= height:
            x, y = int(u[2] * (width - w + 1)), int(u[3] * (height - h + 1))
            return x, y, x + w, y + h
    side = min(width, height)
    x, y = (width - side) // 2, (height - side) // 2
    return x, y, x + side, y + side


def folder_data(folder: Path, channels: int, size: int, strict: bool) -> Data:
    """Training and validation set of a folder."""
    from netledger.train.data.sets import Data

    train = folder / "train"
    if train.is_dir():
        held = next((folder / name for name in _VALIDATION if (folder / name).is_dir()), None)
        if held is None:
            raise DataError("has a folder 'train', but no 'val' beside it").at(file=str(folder))
        classes = _classes(train)
        sets = [_files(train, classes), _files(held, classes)]
        what = "folders train and " + held.name
    else:
        classes = _classes(folder)
        every = _files(folder, classes)
        sets = [[f for i, f in enumerate(every) if i % 10 != 9], [f for i, f in enumerate(every) if i % 10 == 9]]
        what = "one folder a class, every tenth image held out"
    for files, name in zip(sets, ("training", "validation"), strict=True):
        if not files:
            raise DataError(f"holds no {name} images").at(file=str(folder))
    made = [FolderImages(files, classes, channels, size, strict) for files in sets]
    empty = _empty(train if train.is_dir() else folder, classes)
    if empty and strict:
        raise DataError(empty[0]).at(file=str(folder))
    return Data(made[0], made[1], what, empty)


def _empty(folder: Path, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Folders that would be classes and hold no image: said, for a class that is not there shifts no label."""
    names = sorted([path.name for path in folder.iterdir() if path.is_dir() and path.name[:1] not in "._"])
    lacking = [name for name in names if name not in classes]
    more = f" and {len(lacking) - 5:,} more" if len(lacking) > 5 else ""
    named = ", ".join([f"'{name}'" for name in lacking[:5]])
    return (f"no image in {named}{more}: no class of this run",) if lacking else ()


def _classes(folder: Path) -> tuple[str, ...]:
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and any(_images(path)))
    if not names:
        raise DataError("holds no images: one folder of images a class is expected").at(file=str(folder))
    return tuple(names)


def _images(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _files(folder: Path, classes: tuple[str, ...]) -> list[tuple[Path, int]]:
    for path in folder.iterdir():
        if path.is_dir() and path.name not in classes and any(_images(path)):
            raise DataError(f"class '{path.name}' is in '{folder.name}', but not in 'train'").at(file=str(folder))
    return [(path, label) for label, name in enumerate(classes) for path in sorted(_images(folder / name))]
