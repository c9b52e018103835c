"""From source images to network input: crops, flips, colour, mean; and the ten views of the test.

Every random choice comes from the generator that is handed in, so that a batch is the same whoever makes it, whenever.
"""

from __future__ import annotations

import hashlib

import torch
import torch.nn.functional as F

from netledger.errors import DataError
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def generator_for(seed: int, *place: int | str) -> torch.Generator:
    """A generator of one place in a run (epoch, batch): the same numbers, however the run got there."""
    text = "/".join(map(str, (seed, *place))).encode()
    number = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1
    return torch.Generator().manual_seed(number)


class Statistics(Record):
    """What is subtracted and how colours vary, over the training set, in pixels from 0 to 255: the mean image
    (``C×S×S``), mean and standard deviation of each channel, eigenvalues and eigenvectors of their covariance."""

    __slots__ = ("mean_image", "mean", "deviation", "eigenvalues", "eigenvectors")
    mean_image: Any
    mean: Any
    deviation: Any
    eigenvalues: Any
    eigenvectors: Any

    def __init__(self, mean_image: Any, mean: Any, deviation: Any, eigenvalues: Any, eigenvectors: Any) -> None:
        self._fill(mean_image, mean, deviation, eigenvalues, eigenvectors)

    @classmethod
    def of(cls, images: Any, most: int = 10_000) -> Statistics:
        """Over the training images (at most 10,000, evenly spread)."""
        count = len(images)
        step = max(count // most, 1)
        total: Any = None
        sums = squares = products = None
        seen = pixels = 0
        for start in range(0, count, step * 256):
            indices = list(range(start, min(start + step * 256, count), step))
            batch, _, _ = images.load(indices, None, None)
            if not len(batch):
                continue
            values = batch.double()
            flat = values.transpose(0, 1).flatten(1)
            total = values.sum(0) if total is None else total + values.sum(0)
            sums = flat.sum(1) if sums is None else sums + flat.sum(1)
            products = flat @ flat.T if products is None else products + flat @ flat.T
            seen, pixels = seen + len(batch), pixels + flat.shape[1]
        if total is None or sums is None or products is None:
            raise DataError("not one training image can be read")
        mean = sums / pixels
        covariance = products / pixels - torch.outer(mean, mean)
        eigenvalues, eigenvectors = torch.linalg.eigh(covariance)
        squares = covariance.diagonal().clamp_min(0).sqrt()
        return cls(
            (total / seen).float(),
            mean.float(),
            squares.float(),
            eigenvalues.clamp_min(0).float(),
            eigenvectors.float(),
        )


class Crops(Record):
    """How a recipe makes network input: the crop's sides, and the choices that a ``Recipe`` names."""

    __slots__ = ("height", "width", "flip", "chunk", "geometry", "colour", "mean")
    height: int
    width: int
    flip: bool
    chunk: int
    geometry: str
    colour: str | None
    mean: str

    def __init__(
        self, height: int, width: int, flip: bool = True, chunk: int = 1, geometry: str = "crop",
        colour: str | None = None, mean: str = "image",
    ) -> None:  # fmt: skip
        self._fill(height, width, flip, chunk, geometry, colour, mean)


def augmented(
    images: Any, view: Crops, statistics: Statistics, generator: torch.Generator, part: tuple[int, int] | None = None
) -> Any:
    """Training input of a batch of source images (uint8): random crop, flip, colour.

    With ``part`` the images are those from its first number on of a batch of its second number: chance is drawn for
    the whole batch, so that shares of it come out as they would together.
    """
    size = images.shape[-1]
    first, count = part or (0, len(images))
    mine = slice(first, first + len(images))
    pixels = centred(images, view, statistics)
    if view.geometry == "resized-crop" and size != view.height:
        pixels = resized_crops(pixels, view, generator)
    elif view.geometry != "resized-crop":
        chunks = -(-count // view.chunk)
        tops = torch.randint(size - view.height + 1, (chunks,), generator=generator)
        lefts = torch.randint(size - view.width + 1, (chunks,), generator=generator)
        pixels = crops(
            pixels, tops.repeat_interleave(view.chunk)[mine], lefts.repeat_interleave(view.chunk)[mine], view
        )
    if view.flip:
        chunks = -(-count // view.chunk)
        flips = torch.rand(chunks, generator=generator).lt(0.5).repeat_interleave(view.chunk)[mine]
        pixels = torch.where(flips.view(-1, 1, 1, 1), pixels.flip(-1), pixels)
    if view.colour is not None:
        alpha = torch.randn(count, pixels.shape[1], generator=generator)[mine] * 0.1
        pixels = _COLOURS[view.colour](pixels, statistics, alpha)
    return scaled(pixels, view, statistics)


def crops(images: Any, tops: Any, lefts: Any, view: Crops) -> Any:
    """A crop of each image at its own place."""
    windows = images.unfold(2, view.height, 1).unfold(3, view.width, 1)
    return windows[torch.arange(len(images)), :, tops, lefts].contiguous()


def resized_crops(images: Any, view: Crops, generator: torch.Generator) -> Any:
    """Random rectangles of 8 to 100 % of the area, scaled to the network's input."""
    count = len(images)
    u = torch.rand(count, 4, generator=generator)
    area, ratio = 0.08 + 0.92 * u[:, 0], torch.exp((u[:, 1] * 2 - 1) * 0.2876820724517809)
    w, h = (area * ratio).sqrt().clamp_max(1), (area / ratio).sqrt().clamp_max(1)
    x, y = (u[:, 2] * 2 - 1) * (1 - w), (u[:, 3] * 2 - 1) * (1 - h)
    zero = torch.zeros_like(w)
    theta = torch.stack([torch.stack([w, zero, x], 1), torch.stack([zero, h, y], 1)], 1)
    grid = F.affine_grid(theta, [count, images.shape[1], view.height, view.width], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _paper_colour(pixels: Any, statistics: Statistics, alpha: Any) -> Any:
    """The paper, section 4.1: ``[p1 p2 p3]·[α1·λ1, α2·λ2, α3·λ3]``, α from N(0, 0.1), one draw an image. The scale of
    the eigenvalues is not said; pixels from 0 to 1 are assumed, as every later implementation does."""
    count, channels = pixels.shape[:2]
    shift = (alpha * (statistics.eigenvalues / 255**2)) @ statistics.eigenvectors.T * 255
    return pixels + shift.view(count, channels, 1, 1)


def _code_colour(pixels: Any, statistics: Statistics, alpha: Any) -> Any:
    """The code of 2012: α times the standard deviations along the eigenvectors, then the image divided by 1.1."""
    count, channels = pixels.shape[:2]
    shift = (alpha * statistics.eigenvalues.sqrt()) @ statistics.eigenvectors.T
    return (pixels + shift.view(count, channels, 1, 1)) / 1.1


_COLOURS = {"paper": _paper_colour, "2012": _code_colour}


def centred(images: Any, view: Crops, statistics: Statistics) -> Any:
    """Pixels as floats with the mean off: the mean image's, or each channel's."""
    pixels = images.float()
    if view.mean == "image" and statistics.mean_image.shape[-1] == images.shape[-1]:
        return pixels - statistics.mean_image
    return pixels - statistics.mean.view(-1, 1, 1)


def scaled(pixels: Any, view: Crops, statistics: Statistics) -> Any:
    """What the network is fed: divided by the deviation where the recipe does that."""
    if view.mean == "normalised":
        return pixels / statistics.deviation.view(-1, 1, 1).clamp_min(1e-6)
    return pixels


def central(images: Any, view: Crops, statistics: Statistics) -> Any:
    """The centre view."""
    return views(images, view, statistics, flips=False, corners=False)[:, 0]


def views(images: Any, view: Crops, statistics: Statistics, *, flips: bool = True, corners: bool = True) -> Any:
    """Test input ``N×views×C×H×W``: the centre, the four corners, and all of them mirrored."""
    pixels = scaled(centred(images, view, statistics), view, statistics)
    down, right = pixels.shape[-2] - view.height, pixels.shape[-1] - view.width
    places = [(down // 2, right // 2)]
    if corners:
        places += [(0, 0), (0, right), (down, 0), (down, right)]
    cut = [pixels[..., y : y + view.height, x : x + view.width] for y, x in places]
    if flips:
        cut += [piece.flip(-1) for piece in cut]
    return torch.stack(cut, 1)
