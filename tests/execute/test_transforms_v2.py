"""Crops, flips and scaling against ``torchvision.transforms.v2``, on the same images with the same draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from netledger.train.data.augment import Crops, Statistics, augmented, central, generator_for, views
from netledger.train.data.folder import random_rectangle, read_image
from tests.torchvision_support import import_torchvision

Image = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module")
def v2() -> Any:
    import_torchvision()
    from torchvision.transforms import v2

    return v2


def nothing_off(channels: int, size: int) -> Statistics:
    """Statistics that leave the pixels as they are."""
    zero, one = torch.zeros(channels), torch.ones(channels)
    return Statistics(torch.zeros(channels, size, size), zero, one, one, torch.eye(channels))


def photograph(path: Path, width: int, height: int) -> Path:
    """Something with edges, gradients and grain, as photographs have."""
    y, x = np.mgrid[:height, :width]
    waves = [120 + 80 * np.sin(x / (7 + i)) * np.cos(y / (9 - i)) for i in range(3)]
    pixels = np.stack(waves, -1) + 30 * (x[..., None] > width // 2)
    pixels += np.random.default_rng(0).normal(0, 3, pixels.shape)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return path


def test_crops_and_flips_are_torchvisions(v2: Any) -> None:
    draw = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (48, 3, 16, 16), generator=draw, dtype=torch.uint8)
    ours = augmented(images, Crops(11, 12), nothing_off(3, 16), generator_for(0, 4, 2))
    same = generator_for(0, 4, 2)
    tops, lefts = torch.randint(6, (48,), generator=same), torch.randint(5, (48,), generator=same)
    flips = torch.rand(48, generator=same).lt(0.5)
    assert 0 < int(flips.sum()) < 48
    for image, top, left, flip, mine in zip(images, tops.tolist(), lefts.tolist(), flips, ours, strict=True):
        theirs = v2.functional.crop(image, top, left, 11, 12)
        assert torch.equal(mine, (v2.functional.horizontal_flip(theirs) if flip else theirs).float())


def test_the_centre_and_the_ten_views_are_torchvisions(v2: Any) -> None:
    draw = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (2, 3, 15, 15), generator=draw, dtype=torch.uint8)
    view, known = Crops(11, 11), nothing_off(3, 15)
    assert torch.equal(central(images, view, known), v2.functional.center_crop(images, [11, 11]).float())
    top_left, top_right, low_left, low_right, centre = v2.functional.five_crop(images, [11, 11])
    five = [centre, top_left, top_right, low_left, low_right]
    theirs = torch.stack([*five, *(v2.functional.horizontal_flip(piece) for piece in five)], 1)
    assert torch.equal(views(images, view, known), theirs.float())


@pytest.mark.parametrize(("width", "height"), [(120, 120), (200, 120), (121, 187)])
def test_scaling_to_the_shorter_side_is_torchvisions_within_rounding(
    v2: Any, tmp_path: Path, width: int, height: int
) -> None:
    """A square is scaled to the same bytes; otherwise torchvision rounds the longer side and the cut to whole pixels
    first. On tensors torchvision rounds otherwise than Pillow, so that its bytes differ by one here and there."""
    path = photograph(tmp_path / "p.png", width, height)
    ours = read_image(path, 3, 48, None, None)
    image = Image.open(path)
    scale = v2.Compose([v2.Resize(48, antialias=True), v2.CenterCrop(48)])
    as_pillow = v2.functional.pil_to_tensor(scale(image))
    as_tensor = scale(v2.functional.pil_to_tensor(image))
    for theirs in (as_pillow, as_tensor):
        assert (ours.int() - theirs.int()).abs().float().mean() < (0.5 if width == height else 6)
    if width == height:
        assert torch.equal(ours, as_pillow)
        assert (ours.int() - as_tensor.int()).abs().max() <= 1


def test_random_rectangles_are_scaled_as_torchvision_does(v2: Any, tmp_path: Path) -> None:
    """The same rectangle: Pillow looks across its edge where it scales a part of an image, so edges differ a little."""
    path = photograph(tmp_path / "p.png", 160, 120)
    image = Image.open(path)
    for number in range(8):
        ours = read_image(path, 3, 32, "resized-crop", generator_for(0, number))
        left, top, right, bottom = map(int, random_rectangle(160, 120, generator_for(0, number)))
        cut = v2.functional.resized_crop(image, top, left, bottom - top, right - left, [32, 32], antialias=True)
        theirs = v2.functional.pil_to_tensor(cut)
        assert (ours.int() - theirs.int())[:, 3:-3, 3:-3].abs().max() <= 1
        assert (ours.int() - theirs.int()).abs().float().mean() < 1.5
