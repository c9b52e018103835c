"""WebDataset tars: the same images as the folder they were made of."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from pathlib import Path

import pytest
import torch

from netledger.errors import DataError, NotFoundError
from netledger.notation import parse, to_text
from netledger.train.data import open_data
from netledger.train.data.shards import expand
from netledger.train.recipes import recipe
from netledger.train.settings import Settings
from netledger.train.training import train
from tests.execute.images import image_folder
from tests.execute.tiny import tiny

pytest.importorskip("PIL.Image")


def write_tar(path: Path, members: list[tuple[str, bytes]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def members(folder: Path, kind: str = "cls") -> list[tuple[str, bytes]]:
    """Every image of a folder of classes, with its class beside it."""
    found = []
    for label, place in enumerate(sorted(folder.iterdir())):
        for path in sorted(place.iterdir()):
            key = f"{folder.name}/{place.name}_{path.stem}"
            text = str(label) if kind == "cls" else json.dumps({"label": label, "width": 40})
            found += [(f"{key}.png", path.read_bytes()), (f"{key}.{kind}", text.encode())]
    return found


def same(folder: Path, data: str | Path) -> None:
    plain, tars = open_data(folder, size=16), open_data(data, size=16)
    for one, two in ((plain.train, tars.train), (plain.validation, tars.validation)):
        assert one.labels.tolist() == two.labels.tolist()
        order = list(reversed(range(len(one))))
        assert torch.equal(one.load(order, None, None)[0], two.load(order, None, None)[0])


@pytest.mark.parametrize("kind", ["cls", "json"])
def test_a_folder_of_tars_is_the_folder_of_images(tmp_path: Path, kind: str) -> None:
    folder = image_folder(tmp_path / "d")
    train = members(folder / "train", kind)
    write_tar(tmp_path / "t/train/0.tar", train[:10])
    write_tar(tmp_path / "t/train/1.tar", train[10:])
    write_tar(tmp_path / "t/val/0.tar", members(folder / "val", kind))
    same(folder, tmp_path / "t")
    for name in ("train/0", "train/1", "val/0"):
        (tmp_path / "t" / f"{name}.tar").rename(tmp_path / f"t/{name.replace('/', '-')}.tar")
    for name in ("train", "val"):
        (tmp_path / "t" / name).rmdir()
    same(folder, tmp_path / "t")


def test_a_pattern_holds_every_tenth_image_out(tmp_path: Path) -> None:
    folder = image_folder(tmp_path / "d", train=10)
    train = members(folder / "train")
    write_tar(tmp_path / "x-08.tar", train[:20])
    write_tar(tmp_path / "x-09.tar", train[20:])
    data = open_data(str(tmp_path / "x-{08..09}.tar"), size=16)
    assert (len(data.train), len(data.validation)) == (18, 2)
    with pytest.raises(NotFoundError, match=r"no shard '.*x-10\.tar'"):
        open_data(str(tmp_path / "x-{08..10}.tar"), size=16)
    for pattern in ("a{1..", "a{3..1}.tar", "a{x..y}.tar"):
        with pytest.raises(DataError, match="is no pattern of shards"):
            expand(pattern)


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    train = members(image_folder(tmp_path / "d", train=10) / "train")
    write_tar(tmp_path / "a.tar", [("0.png", b"broken"), ("0.cls", b"0"), *train])
    data = open_data(tmp_path / "a.tar", size=16)
    _, kept, skipped = data.train.load([0, 1], None, None)
    assert kept == [1]
    assert "a.tar: 0.png: cannot identify image file" in skipped[0]
    with pytest.raises(DataError, match=r"'0\.png' cannot be read"):
        open_data(tmp_path / "a.tar", size=16, strict=True).train.load([0], None, None)
    write_tar(tmp_path / "b.tar", [*train, ("z.cls", b"cat")])
    with pytest.raises(DataError, match=r"z\.cls.*is no class"):
        open_data(tmp_path / "b.tar", size=16)
    (tmp_path / "c.tar").write_bytes((tmp_path / "a.tar").read_bytes()[:1700])
    with pytest.raises(DataError, match="is no whole tar"):
        open_data(tmp_path / "c.tar", size=16)


def test_tars_beside_folders_of_classes_are_left_alone(tmp_path: Path) -> None:
    folder = image_folder(tmp_path / "d")
    write_tar(folder / "train.tar", members(folder / "val"))
    write_tar(folder / "train/class0.tar", members(folder / "val"))
    assert len(open_data(folder, size=16).train) == 12


def test_a_run_on_tars(tmp_path: Path) -> None:
    """Trained and resumed from shards: the losses of a run on the folder they were made of."""
    folder = image_folder(tmp_path / "d", train=12)
    for name in ("train", "val"):
        write_tar(tmp_path / f"t/{name}-0.tar", members(folder / name))
    found = []
    network = parse(to_text(tiny()).replace("input(1, 10, 10)", "input(3, 10, 10)"), name="t")
    chosen = recipe("paper").replace(batch=8, epochs=2, schedule="constant", schedule_arguments={}, init=None)
    for data in (folder, tmp_path / "t"):
        run = tmp_path / f"run-{data.name}"
        for steps in (3, 6):
            train(network, data, chosen, Settings(str(run), steps=steps, resume=steps > 3, quiet=True, pictures=False))
        with (run / "steps.csv").open() as stream:
            found.append([row["loss"] for row in csv.DictReader(stream)])
    assert len(found[0]) == 6
    assert found[0] == found[1]
