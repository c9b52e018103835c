"""Images read, cut, mirrored, coloured: against the definitions in the sources."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from netledger.errors import DataError, FormatError, NotFoundError
from netledger.train.data import open_data
from netledger.train.data.augment import Crops, Statistics, augmented, central, generator_for, views
from netledger.train.data.loader import Batches, training_jobs
from tests.execute.images import idx_set, image_folder, write_idx

Image = pytest.importorskip("PIL.Image")


class Memory:
    """Images in memory, for the augmentation alone."""

    classes = ("a", "b")

    def __init__(self, images: torch.Tensor) -> None:
        self.images, self.size = images, images.shape[-1]
        self.labels = torch.zeros(len(images), dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.images)

    def load(self, indices: list[int], geometry: object, generator: object):  # type: ignore[no-untyped-def]
        return self.images[indices], indices, []


def random_images(count: int = 20, size: int = 8, channels: int = 3) -> torch.Tensor:
    return torch.randint(
        0, 256, (count, channels, size, size), generator=torch.Generator().manual_seed(2), dtype=torch.uint8
    )


def test_statistics_are_numpys() -> None:
    images = random_images()
    found = Statistics.of(Memory(images))
    flat = images.numpy().astype(float).transpose(1, 0, 2, 3).reshape(3, -1)
    assert np.allclose(found.mean_image, images.numpy().mean(0), atol=1e-3)
    assert np.allclose(found.mean, flat.mean(1), atol=1e-3)
    assert np.allclose(found.deviation, flat.std(1), atol=1e-3)
    values = np.linalg.eigvalsh(np.cov(flat, bias=True))
    assert np.allclose(found.eigenvalues, values, rtol=1e-4)


def test_crops_are_pieces_of_the_image_less_the_mean_image_and_half_are_mirrored() -> None:
    images = random_images(64, 8)
    statistics = Statistics.of(Memory(images))
    out = augmented(images, Crops(5, 5), statistics, generator_for(0, 1))
    pixels = images.float() - statistics.mean_image
    mirrored, places = 0, set()
    for i in range(64):
        hits = [
            (y, x, flip)
            for y in range(4)
            for x in range(4)
            for flip in (False, True)
            if torch.equal(
                out[i],
                pixels[i, :, y : y + 5, x : x + 5].flip(-1) if flip else pixels[i, :, y : y + 5, x : x + 5],
            )
        ]
        assert len(hits) == 1
        places.add(hits[0][:2])
        mirrored += hits[0][2]
    assert 16 < mirrored < 48
    assert len(places) > 10


def test_32_consecutive_images_share_a_crop_in_the_code_of_2012() -> None:
    images = random_images(1, 8).expand(64, -1, -1, -1)
    out = augmented(images, Crops(5, 5, chunk=32), Statistics.of(Memory(images)), generator_for(3, 0))
    assert all(torch.equal(out[0], piece) for piece in out[:32])
    assert all(torch.equal(out[32], piece) for piece in out[32:])


def test_colour_noise_moves_all_pixels_along_the_eigenvectors() -> None:
    """The shift of each image is p·(α·λ): its components over λ/255 have a deviation of 0.1."""
    images = random_images(2000, 4)
    statistics = Statistics.of(Memory(images))
    plain = augmented(images, Crops(4, 4, flip=False), statistics, generator_for(0, 0))
    coloured = augmented(images, Crops(4, 4, flip=False, colour="paper"), statistics, generator_for(0, 0))
    shift = coloured - plain
    assert torch.allclose(shift, shift[..., :1, :1].expand_as(shift), atol=1e-3), "one shift for the whole image"
    alpha = shift[..., 0, 0] @ statistics.eigenvectors / (statistics.eigenvalues / 255)
    assert alpha.std(0).tolist() == pytest.approx([0.1] * 3, rel=0.1)
    code = augmented(images, Crops(4, 4, flip=False, colour="2012"), statistics, generator_for(0, 0))
    alpha = (code * 1.1 - plain)[..., 0, 0] @ statistics.eigenvectors / statistics.eigenvalues.sqrt()
    assert alpha.std(0).tolist() == pytest.approx([0.1] * 3, rel=0.1)


def test_ten_views_are_corners_centre_and_their_mirror_images() -> None:
    images = random_images(2, 7)
    statistics = Statistics.of(Memory(images))
    ten = views(images, Crops(5, 5), statistics)
    pixels = images.float() - statistics.mean_image
    five = [pixels[..., y : y + 5, x : x + 5] for y, x in ((1, 1), (0, 0), (0, 2), (2, 0), (2, 2))]
    assert torch.equal(ten, torch.stack([*five, *(piece.flip(-1) for piece in five)], 1))
    assert torch.equal(central(images, Crops(5, 5), statistics), five[0])


def test_torchvisions_random_rectangles_have_8_to_100_per_cent_of_the_area() -> None:
    from netledger.train.data.folder import random_rectangle

    generator = torch.Generator().manual_seed(0)
    shares, ratios = [], []
    for _ in range(500):
        left, top, right, bottom = random_rectangle(200, 160, generator)
        assert 0 <= left < right <= 200
        assert 0 <= top < bottom <= 160
        shares.append((right - left) * (bottom - top) / (200 * 160))
        ratios.append((right - left) / (bottom - top))
    assert 0.07 < min(shares) < 0.12
    assert 0.9 < max(shares) <= 1
    assert min(ratios) > 0.73
    assert max(ratios) < 1.36


def test_the_order_is_a_shuffle_that_seed_and_epoch_decide() -> None:
    def order(seed: int, epoch: int, **more: int) -> list[int]:
        return [i for _, _, indices in training_jobs(100, 20, seed, epoch, **more) for i in indices]

    assert sorted(order(0, 0)) == list(range(100))
    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1)
    assert order(0, 0) != order(1, 0)
    assert order(0, 0, start=3) == order(0, 0)[60:]
    both = [order(0, 0, rank=rank, world=2) for rank in (0, 1)]
    assert [a for i in range(5) for part in both for a in part[i * 10 : i * 10 + 10]] == order(0, 0)


@pytest.mark.parametrize("made", [image_folder, idx_set], ids=["folder", "idx"])
def test_what_a_worker_is_sent_makes_the_same_batches(made, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A worker that is spawned, not forked, gets a pickle: on Windows and macOS there is no other way."""
    images = open_data(made(tmp_path / "d"), channels=3, size=12).train
    batches = Batches(images, Crops(8, 8, colour="paper"), Statistics.of(images), 7, "train")
    sent = pickle.loads(pickle.dumps(batches))
    jobs = list(training_jobs(len(images), 4, seed=7, epoch=1))
    assert len(jobs) > 1
    for job in jobs:
        ours, theirs = batches[job], sent[job]
        assert torch.equal(ours[0], theirs[0])
        assert torch.equal(torch.as_tensor(ours[1]), torch.as_tensor(theirs[1]))


def test_workers_that_are_spawned_make_the_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--workers`` where nothing can be forked: a real process, started as on Windows and macOS."""
    from netledger.train.data import loader as module

    monkeypatch.setattr(module, "STARTED_BY", "spawn")
    images = open_data(idx_set(tmp_path / "d"), channels=1, size=12).train
    batches = Batches(images, Crops(8, 8), Statistics.of(images), 7, "train")
    jobs = list(training_jobs(len(images), 4, seed=7, epoch=1))
    made = list(module.loader(batches, iter(jobs), workers=1))
    assert len(made) == len(jobs)
    for job, theirs in zip(jobs, made, strict=True):
        assert torch.equal(batches[job][0], theirs[0])


class TestFolders:
    def test_colour_grey_palette_and_cmyk_become_what_the_network_takes(self, tmp_path: Path) -> None:
        folder = image_folder(tmp_path / "d")
        place = folder / "train" / "class0"
        source = Image.open(place / "0.png")
        source.convert("L").save(place / "grey.png")
        source.convert("CMYK").save(place / "cmyk.jpg")
        source.convert("P").save(place / "palette.png")
        source.convert("RGBA").save(place / "alpha.png")
        for channels in (1, 3):
            data = open_data(folder, channels=channels, size=16)
            images, kept, skipped = data.train.load(list(range(len(data.train))), None, None)
            assert images.shape == (16, channels, 16, 16)
            assert (len(kept), skipped) == (16, [])

    def test_the_shorter_side_is_scaled_and_the_centre_cut(self, tmp_path: Path) -> None:
        pixels = np.zeros((10, 30, 3), np.uint8)
        pixels[:, 10:20] = 200
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            for i in range(10):
                Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
        images, _, _ = open_data(tmp_path, size=10).train.load([0], None, None)
        assert images.unique().tolist() == [200]

    def test_without_train_and_val_every_tenth_is_held_out(self, tmp_path: Path) -> None:
        folder = image_folder(tmp_path / "d", train=15)
        data = open_data(folder / "train", size=8)
        assert (len(data.train), len(data.validation)) == (27, 3)

    def test_broken_images_are_named_and_skipped_or_stop(self, tmp_path: Path) -> None:
        folder = image_folder(tmp_path / "d")
        good = (folder / "train/class0/0.png").read_bytes()
        (folder / "train/class0/0.png").write_bytes(good[: len(good) // 2])
        (folder / "train/class1/1.png").write_bytes(b"no image at all")
        data = open_data(folder, size=8)
        _, kept, skipped = data.train.load(list(range(12)), None, None)
        assert len(kept) == 10
        assert [Path(text.partition(": ")[0]).name for text in skipped] == ["0.png", "1.png"]
        with pytest.raises(DataError, match=r"class0/0\.png: cannot be read: "):
            open_data(folder, size=8, strict=True).train.load([0], None, None)

    @pytest.mark.parametrize("empty", ["nothing", "train only", "class only in val", "one class"])
    def test_folders_that_cannot_be_used(self, tmp_path: Path, empty: str) -> None:
        folder = image_folder(tmp_path / "d", classes=1 if empty == "one class" else 2)
        message = "images of one class only"
        if empty == "nothing":
            folder, message = tmp_path / "e", "holds no images"
            folder.mkdir()
        elif empty == "train only":
            (folder / "val").rename(tmp_path / "gone")
            message = "has a folder 'train', but no 'val' beside it"
        elif empty == "class only in val":
            (folder / "train/class1").rename(tmp_path / "gone")
            (folder / "train/class0").rename(folder / "train/class9")
            message = "class 'class[01]' is in 'val', but not in 'train'"
        with pytest.raises(DataError, match=message):
            open_data(folder, size=8)

    def test_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="no folder"):
            open_data(tmp_path / "nowhere")


class TestIdx:
    def test_sizes_classes_and_grey_as_colour(self, tmp_path: Path) -> None:
        data = open_data(idx_set(tmp_path / "d"), channels=3)
        assert (len(data.train), len(data.validation), data.train.size, data.classes) == (96, 32, 12, ("0", "1", "2"))
        images, _, _ = data.train.load([0, 5], None, None)
        assert images.shape == (2, 3, 12, 12)
        assert torch.equal(images[:, 0], images[:, 2])

    @pytest.mark.parametrize(
        ("damage", "message"),
        [
            (lambda b: b[:-7], r"declares 13,824 bytes of data, but holds 13,817"),
            (lambda b: b + b"x", r"declares 13,824 bytes of data, but holds more"),
            (lambda b: b"\0\0\x0d\x03" + b[4:], "is no idx file of bytes in 3 dimensions"),
            (lambda b: b[:10], "is no idx file of bytes"),
            (lambda b: b[:4] + b"\xff" * 12 + b[16:], "netledger reads at most"),
        ],
    )
    def test_damaged_files(self, tmp_path: Path, damage, message: str) -> None:  # type: ignore[no-untyped-def]
        folder = idx_set(tmp_path / "d")
        import gzip

        path = folder / "train-images-idx3-ubyte.gz"
        whole = gzip.decompress(path.read_bytes())
        path.unlink()
        (folder / "train-images-idx3-ubyte").write_bytes(damage(whole))
        with pytest.raises(FormatError, match=message):
            open_data(folder)

    def test_gzip_cut_short(self, tmp_path: Path) -> None:
        folder = idx_set(tmp_path / "d")
        path = folder / "train-images-idx3-ubyte.gz"
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(FormatError, match="cannot be read"):
            open_data(folder)

    def test_more_images_than_labels_and_missing_files(self, tmp_path: Path) -> None:
        folder = idx_set(tmp_path / "d")
        write_idx(folder / "train-labels-idx1-ubyte", np.zeros(90))
        with pytest.raises(DataError, match="96 images, but 90 labels"):
            open_data(folder)
        (folder / "train-labels-idx1-ubyte").unlink()
        with pytest.raises(DataError, match=r"no file 'train-labels-idx1-ubyte' or 'train-labels-idx1-ubyte.gz'"):
            open_data(folder)
