"""WebDataset shards: tar files whose members are images (``.jpg``, ``.png``) with a ``.cls`` or ``.json`` beside each.

Named by a folder (of tars, or with ``train`` and ``val`` folders of them, or with names that begin so) or by a pattern
in braces for the training set, ``imagenet-train-{000000..000146}.tar``, whose validation set is every tenth image.
The tars are read through once, noting where each image lies; images are then read from their places, so that any
order - and so exact resuming - is possible. Nothing is unpacked. What :mod:`.remote_shards` names lies elsewhere and is
read by ranges.

>>> expand("train-{08..10}.tar")
['train-08.tar', 'train-09.tar', 'train-10.tar']
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from netledger.errors import DataError, FormatError, LimitError, NetledgerError, NotFoundError
from netledger.notation.strict_json import parse_json
from netledger.train.data.folder import ImageFiles, _reason
from netledger.train.data.remote_shards import RemoteShard, shards_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.train.data.sets import Data

    Shard = Path | RemoteShard
    Place = tuple[Shard, str, int, int, int]

IMAGES = frozenset(("jpg", "jpeg", "png"))
LABEL_BYTES, IMAGE_BYTES = 1 << 16, 1 << 28
SHARDS, SAMPLES, CLASSES = 100_000, 20_000_000, 1_000_000
_HELD = ("val", "validation", "valid", "test")


def expand(pattern: str) -> list[str]:
    """The names of a pattern with one ``{first..last}``; leading zeros are kept."""
    head, brace, rest = pattern.partition("{")
    inside, closing, tail = rest.partition("}")
    first, dots, last = inside.partition("..")
    if not brace:
        return [pattern]
    if not closing or not dots or not _digits(first) or not _digits(last) or int(last) < int(first) or "{" in tail:
        raise DataError(f"'{pattern}' is no pattern of shards: one {{000..146}} is expected")
    if int(last) - int(first) >= SHARDS:
        raise LimitError(f"more than {SHARDS:,} shards")
    return [f"{head}{number:0{len(first)}d}{tail}" for number in range(int(first), int(last) + 1)]


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


class ShardImages(ImageFiles):
    """Images at their places in tars."""

    def __init__(self, places: list[Place], classes: tuple[str, ...], channels: int, size: int, strict: bool) -> None:
        super().__init__([place[4] for place in places], classes, channels, size, strict)
        self.places = places

    def place(self, index: int) -> tuple[str, str]:
        shard, name, *_ = self.places[index]
        return str(shard), name

    def content(self, index: int) -> Any:
        shard, _, offset, length, _ = self.places[index]
        if isinstance(shard, RemoteShard):
            return io.BytesIO(shard.read(offset, length))
        with shard.open("rb") as stream:
            stream.seek(offset)
            return io.BytesIO(stream.read(length))


def shards_in(folder: Path) -> list[Path]:
    """The tars of a folder, by name; none where it has folders, which are its classes then."""
    content = sorted(folder.iterdir())
    if any(path.is_dir() for path in content):
        return []
    return [path for path in content if path.suffix == ".tar" and path.is_file()]


def shard_sets(data: str | Path) -> tuple[list[Shard], list[Shard]] | None:
    """The training and validation shards (none: every tenth image) that a folder or a pattern names; ``None`` where
    it names no shards."""
    path = Path(data)
    if "://" in str(data):
        return _remote_sets(str(data))
    if not path.is_dir():
        if path.suffix != ".tar":
            return None
        files = [Path(name) for name in expand(str(data))]
        missing = next((file for file in files if not file.is_file()), None)
        if missing is not None:
            raise NotFoundError(f"no shard '{missing}'")
        return [*files], []
    train = path / "train"
    if train.is_dir() and shards_in(train):
        held = next((shards_in(path / name) for name in _HELD if (path / name).is_dir()), [])
        if not held:
            raise DataError("has shards in 'train', but none in 'val' beside it").at(file=str(path))
        return [*shards_in(train)], [*held]
    files = shards_in(path)
    of_validation = [file for file in files if file.name.startswith(_HELD)]
    return ([file for file in files if file not in of_validation] or [*files], [*of_validation]) if files else None


def _remote_sets(address: str) -> tuple[list[Shard], list[Shard]]:
    """The shards that a pattern of addresses names, or all below ``s3://bucket/folder/``, told apart as in a folder."""
    if address.endswith(".tar"):
        return [RemoteShard(name) for name in expand(address)], []
    shards = shards_below(address)
    held = [shard for shard in shards if any(part.startswith(_HELD) for part in shard.inside(address))]
    return [shard for shard in shards if shard not in held] or [*shards], [*held]


def shard_data(
    sets: tuple[list[Shard], list[Shard]], channels: int, size: int, strict: bool,
    together: Callable[[list[Any]], list[list[Any]]] | None = None, share: tuple[int, int] = (0, 1),
) -> Data:  # fmt: skip
    """Training and validation set of shards. Of several processes each looks for the images of its ``share`` of the
    shards; ``together`` hands every one's findings to all."""
    from netledger.train.data.sets import Data

    rank, world = share if together is not None else (0, 1)
    found = [[_places(shard) for shard in shards[rank::world]] for shards in sets]
    every = [found] if together is None else together(found)
    train, held = [
        [place for i in range(len(shards)) for place in every[i % world][which][i // world]]
        for which, shards in enumerate(sets)
    ]
    what = "shards of both sets"
    if not sets[1]:
        train, held = [p for i, p in enumerate(train) if i % 10 != 9], [p for i, p in enumerate(train) if i % 10 == 9]
        what = "shards, every tenth image held out"
    for places, name in ((train, "training"), (held, "validation")):
        if not places:
            raise DataError(f"holds no {name} images with a .cls or .json beside them").at(file=str(sets[0][0]))
    names = tuple(map(str, range(1 + max(place[4] for place in (*train, *held)))))
    return Data(
        ShardImages(train, names, channels, size, strict), ShardImages(held, names, channels, size, strict), what
    )


def _places(shard: Shard) -> list[Place]:
    """Where the images of a shard lie and what they show; members of one image have one name up to the first dot."""
    images: dict[str, tuple[str, int, int]] = {}
    labels: dict[str, int] = {}
    try:
        with shard.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                archive.members = []  # type: ignore[attr-defined]  # or it keeps them all
                folder, slash, last = member.name.rpartition("/")
                stem, _, suffix = last.partition(".")
                if not member.isreg() or member.issparse() or not stem:
                    continue
                key, suffix = folder + slash + stem, suffix.lower()
                if suffix in IMAGES and member.size <= IMAGE_BYTES:
                    images[key] = (member.name, member.offset_data, member.size)
                elif suffix in ("cls", "json"):
                    labels[key] = _label(archive, member)
                if max(len(images), len(labels)) > SAMPLES:
                    raise LimitError(f"more than {SAMPLES:,} images")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataError(f"is no whole tar: {_reason(error)}").at(file=str(shard)) from error
    except NetledgerError as error:
        raise error.at(file=str(shard)) from None
    return [(shard, *images[key], labels[key]) for key in images if key in labels]


def _label(archive: tarfile.TarFile, member: tarfile.TarInfo) -> int:
    stream = archive.extractfile(member)
    text = stream.read(LABEL_BYTES) if stream is not None and member.size <= LABEL_BYTES else b""
    try:
        value = parse_json(text)
    except FormatError:
        value = None
    if isinstance(value, dict):
        value = next((value[name] for name in ("cls", "label", "class") if name in value), None)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < CLASSES:
        raise DataError("is no class: a number, or JSON with 'cls', 'label' or 'class', is expected").at(
            item=member.name
        )
    return value
