"""What a census is to read: places from a list, a folder, a bucket, a pattern or a hub's answer, and their state now.

A list is a file of names, one a line (``.txt``, ``.list``, ``-`` for stdin); a hub's answer is JSON, or JSON a line,
whose entries have an ``id`` - what ``https://huggingface.co/api/models?…`` gives: its ``sha`` pins the revision, its
``createdAt`` and ``config`` say when and what.
"""

from __future__ import annotations

import os

from netledger.errors import FormatError, LimitError, NotFoundError, UsageError
from netledger.fleet.folders import below, below_elsewhere, expanded, holds_parts, is_listed, is_pattern
from netledger.printable import printable
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

_MOST = 10_000_000
_LINE = 64 * 1024
_ANSWER = 1024 * 1024 * 1024
_ALONE = (".safetensors", ".gguf", ".npz", ".npy", ".tflite", ".lite", ".keras", ".h5", ".hdf5", ".msgpack", ".net")
"""Formats whose files name no others; what may lie beside them is a configuration."""
_BESIDE = ("config.json", "quantize_config.json")


class CensusPlace(Record):
    """One thing to be read: ``source`` is its name; ``key`` its state, as far as that is known before it is read (for a
    file here its number, size and time, for one elsewhere its ETag or commit); ``modified`` when it was changed or
    made, ``architecture`` what somebody says it is.
    """

    __slots__ = ("source", "key", "modified", "size", "architecture")
    source: str
    key: str | None
    modified: str | None
    size: int | None
    architecture: str | None

    def __init__(
        self, source: str, key: str | None = None, modified: str | None = None, size: int | None = None,
        architecture: str | None = None,
    ) -> None:  # fmt: skip
        self._fill(source, key, modified, size, architecture)

    @property
    def name(self) -> str:
        """What it is called in a table: nothing secret, no control characters, a query as a sign that it has one."""
        if "://" not in self.source:
            return printable(self.source, 4_096)
        from hashlib import blake2b

        from netledger.sources.remote import without_secrets

        query = self.source.partition("?")[2]
        sign = f"?{blake2b(query.encode('utf-8', 'replace'), digest_size=4).hexdigest()}" if query else ""
        return printable(without_secrets(self.source), 4_096) + sign


def places_of(sources: Sequence[str], remote: bool = False) -> Iterator[CensusPlace]:
    """Every place that the sources stand for, each once, in their order; elsewhere only where ``remote`` says so."""
    seen = set[str]()
    states = States()
    for source in sources:
        for found in _of(source, remote, states):
            if found.source in seen:
                continue
            seen.add(found.source)
            if len(seen) > _MOST:
                raise LimitError(f"more than {_MOST:,} places")
            yield found


def _of(source: str, remote: bool, states: States) -> Iterator[CensusPlace]:
    if "://" in source:
        yield from _elsewhere(source, remote)
        return
    lister = _lister_of(source)
    if lister is not None:
        for found in lister(source):
            yield from [states.now(found)] if "://" not in found.source else _elsewhere_one(found, remote)
        return
    if not os.path.lexists(source) and not is_pattern(source):
        raise NotFoundError(f"'{source}' is no folder, file or list")
    names = below(source, _MOST) if os.path.isdir(source) else iter(expanded([source]))  # noqa: PTH112
    count = 0
    for name in names:
        count += 1
        yield states.now(CensusPlace(name))
    if not count:
        raise NotFoundError(f"no model lies below '{source}'")


# ---------------------------------------------------------------------- here


class States:
    """The state of files here: their number, size and time, and those of what may be read beside them."""

    def __init__(self) -> None:
        self._folder = ""
        self._beside: dict[str, str] = {}

    def now(self, place: CensusPlace) -> CensusPlace:
        """The place with the state that it is in; without one where it cannot be looked at."""
        path = place.source
        try:
            status = os.stat(path)  # noqa: PTH116 - pathlib is not imported here
        except (OSError, ValueError):
            return place
        folder = path if os.path.isdir(path) else os.path.dirname(path) or "."  # noqa: PTH112, PTH120
        if folder != self._folder:
            self._folder, self._beside = folder, {}
        alone = path.lower().endswith(_ALONE) and not holds_parts(path)
        kind = "alone" if alone else "all"
        if kind not in self._beside:
            self._beside[kind] = _states_in(folder, _BESIDE if alone else None)
        own = f"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"
        key = own + (f"+{self._beside[kind]}" if self._beside[kind] else "")
        return place.replace(
            key=key, size=None if folder == path else status.st_size,
            modified=place.modified or str(status.st_mtime),
        )  # fmt: skip


def _states_in(folder: str, names: tuple[str, ...] | None) -> str:
    """The states of files of these names in a folder, of all where ``None``; empty where there are none."""
    from hashlib import blake2b

    digest, any_of_them = blake2b(digest_size=12), False
    names = names if names is not None else tuple(sorted(_files_in(folder)))
    for name in names:
        try:
            status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
        except OSError:
            continue
        digest.update(f"{name}\0{status.st_ino}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "replace"))
        any_of_them = True
    return digest.hexdigest() if any_of_them else ""


def _files_in(folder: str) -> Iterator[str]:
    """Names of the files in a folder and of those that lie one folder deeper: variables, partitions, components."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file():
                    yield entry.name
                elif entry.is_dir(follow_symlinks=False):
                    with os.scandir(entry.path) as inner:
                        yield from [f"{entry.name}/{one.name}" for one in inner if one.is_file()]
    except OSError:
        return


# ---------------------------------------------------------------------- elsewhere


def _elsewhere(source: str, remote: bool) -> Iterator[CensusPlace]:
    _allowed(source, remote)
    if not is_listed(source):
        yield CensusPlace(source)
    elif source.endswith("/"):
        yield from _of_bucket(source)
    else:
        yield from [CensusPlace(name) for name in expanded([source], remote)]


def _of_bucket(source: str) -> Iterator[CensusPlace]:
    """The models among the files of a bucket, with the state that the listing says they are in."""
    from netledger.sources.remote.filesystems import modified_of, tag_of

    for path, info, beside in below_elsewhere(source):
        alone = path.lower().endswith(_ALONE) and not any(name in beside for name in _BESIDE)
        tag = tag_of(info) if alone else None
        yield CensusPlace(path, tag and f"{source.partition('://')[0]}:{tag}", modified_of(info), info.get("size"))


def _elsewhere_one(place: CensusPlace, remote: bool) -> Iterator[CensusPlace]:
    _allowed(place.source, remote)
    yield place


def _allowed(source: str, remote: bool) -> None:
    if not remote:
        from netledger.sources.remote import without_secrets

        raise UsageError(
            f"'{without_secrets(source)[:200]}' lies elsewhere, and nothing is fetched unasked", hint="--remote"
        )


# ---------------------------------------------------------------------- lists


def _lines(path: str) -> Iterator[str]:
    import sys

    try:
        with open(sys.stdin.fileno() if path == "-" else path, "rb", closefd=path != "-") as file:
            while line := file.readline(_LINE):
                text = line.decode("utf-8", "surrogateescape").strip()
                if text and not text.startswith("#"):
                    yield text
    except OSError as error:
        raise NotFoundError((error.strerror or "cannot be read").lower()).at(file=path) from None


def _of_list(path: str) -> Iterator[CensusPlace]:
    """A name a line; what begins with ``#`` is a remark."""
    for line in _lines(path):
        yield CensusPlace(line)


def _of_json_lines(path: str) -> Iterator[CensusPlace]:
    from netledger.notation.strict_json import parse_json

    for number, line in enumerate(_lines(path), 1):
        yield _of_entry(parse_json(line.encode("utf-8", "replace")), path, number)


def _of_json(path: str) -> Iterator[CensusPlace]:
    from netledger.notation.strict_json import parse_json

    try:
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read(_ANSWER + 1)
    except OSError as error:
        raise NotFoundError((error.strerror or "cannot be read").lower()).at(file=path) from None
    if len(data) > _ANSWER:
        raise LimitError(f"more than {_ANSWER:,} bytes of a hub's answer").at(file=path)
    entries = parse_json(data)
    if not isinstance(entries, list):
        raise FormatError("no list of models").at(file=path)
    for number, entry in enumerate(entries, 1):
        yield _of_entry(entry, path, number)


def _of_entry(entry: Any, path: str, number: int) -> CensusPlace:
    """A model as a hub's answer has it: ``{"id": "org/model", "sha": …, "createdAt": …, "config": {…}}``."""
    name = entry.get("id") or entry.get("modelId") or entry.get("source") if isinstance(entry, dict) else entry
    if not isinstance(name, str) or not name or "\n" in name:
        raise FormatError(f"entry {number:,} names no model: an 'id' is wanted").at(file=path)
    if not isinstance(entry, dict):
        return CensusPlace(name)
    sha = entry.get("sha")
    pinned = sha if isinstance(sha, str) and 7 <= len(sha) <= 64 and sha.isalnum() else None
    config = entry.get("config")
    kind = config.get("model_type") if isinstance(config, dict) else None
    made = entry.get("createdAt") or entry.get("lastModified")
    if "://" not in name and not name.startswith(("/", ".")) and not os.path.lexists(name):
        name = f"hf://{name}" + (f"@{pinned}" if pinned else "")
    return CensusPlace(
        name, f"commit:{pinned}" if pinned else None, made if isinstance(made, str) else None,
        architecture=kind if isinstance(kind, str) else None,
    )  # fmt: skip


_LISTS: tuple[tuple[tuple[str, ...], Callable[[str], Iterator[CensusPlace]]], ...] = (
    ((".txt", ".list"), _of_list), ((".jsonl", ".ndjson"), _of_json_lines), ((".json",), _of_json),
)  # fmt: skip
"""Files that list models, by their suffixes; no model's own JSON is a list."""


def _lister_of(source: str) -> Callable[[str], Iterator[CensusPlace]] | None:
    """What reads the list that a source is; ``None`` where it is none."""
    if source == "-":
        return _of_list
    for suffixes, lister in _LISTS:
        if source.lower().endswith(suffixes) and os.path.isfile(source):  # noqa: PTH113
            return lister if lister is not _of_json or _begins_a_list(source) else None
    return None


def _begins_a_list(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(256).lstrip()[:1] == b"["
    except OSError:
        return False
