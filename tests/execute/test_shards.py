"""WebDataset tars: the same images as the folder they were made of."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[tuple[Path, Any]]:
    """The images of a folder, as tars in fsspec's memory."""
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    folder = image_folder(tmp_path / "d", train=10)
    train = members(folder / "train")
    for name, part in (("train-0", train[:10]), ("train-1", train[10:]), ("val-0", members(folder / "val"))):
        write_tar(tmp_path / f"{name}.tar", part)
        system.pipe(f"/set/{name}.tar", (tmp_path / f"{name}.tar").read_bytes())
    yield folder, system
    system.rm("/set", recursive=True)


def test_tars_elsewhere_are_the_folder_of_images(memory: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = memory
    monkeypatch.setattr("netledger.train.data.remote_shards.INDEXED_BY", 4096)
    same(folder, "memory://set/")
    data = open_data("memory://set/train-{0..1}.tar", size=16)
    assert (len(data.train), len(data.validation)) == (18, 2)
    with pytest.raises(DataError, match=r"train-2\.tar: is not there"):
        open_data("memory://set/train-{0..2}.tar", size=16)
    with pytest.raises(NotFoundError, match=r"no \.tar is there"):
        open_data("memory://nothing/", size=16)


def test_a_range_that_does_not_come_is_asked_for_again(
    memory: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice it breaks: read all the same; always: the image is skipped by name, with the error's kind and no words."""
    _, system = memory
    data = open_data("memory://set/", size=16)
    waited: list[float] = []
    monkeypatch.setattr("netledger.train.data.remote_shards.time.sleep", waited.append)
    whole, asked = type(system).cat_file, iter(range(2))

    def broken(self: Any, path: str, start: int, end: int) -> bytes:
        if next(asked, None) is not None:
            raise ConnectionError("key=secret")
        return bytes(whole(self, path, start=start, end=end))

    monkeypatch.setattr(type(system), "cat_file", broken)
    assert data.train.load([0], None, None)[1] == [0]
    assert waited == [0.5, 1.0]
    monkeypatch.setattr(type(system), "cat_file", lambda self, path, start, end: b"few")
    _, kept, skipped = data.train.load([0], None, None)
    assert kept == []
    assert "3 bytes came" in skipped[0]
    asked = iter(range(99))
    monkeypatch.setattr(type(system), "cat_file", broken)
    text = data.train.load([0], None, None)[2][0]
    assert "cannot be read: ConnectionError" in text
    assert "secret" not in text


def test_processes_look_for_the_images_of_their_shards_and_know_all(memory: tuple[Path, Any]) -> None:
    """Each of three finds its own; with what the others found it has the set that one process has."""
    one = open_data("memory://set/", size=16)
    found: list[list[Any]] = []

    def kept(mine: list[Any]) -> list[list[Any]]:
        found.append(mine)
        raise StopIteration

    for rank in range(3):
        with pytest.raises(StopIteration):
            open_data("memory://set/", size=16, together=kept, share=(rank, 3))
    assert [[len(shards) for shards in mine] for mine in found] == [[1, 1], [1, 0], [0, 0]]
    several = open_data("memory://set/", size=16, together=lambda mine: found, share=(1, 3))
    for ours, theirs in ((several.train, one.train), (several.validation, one.validation)):
        assert ours.labels.tolist() == theirs.labels.tolist()
        assert torch.equal(ours.load([0, 1, 2], None, None)[0], theirs.load([0, 1, 2], None, None)[0])
