"""One place → its row, and the rows of its tensors."""

from __future__ import annotations

import os
import re
from datetime import UTC
from functools import lru_cache

from netledger.errors import NetledgerError, NotFoundError
from netledger.fleet.arrow import FILES, LARGEST, TENSORS, known_of, packed
from netledger.fleet.batch import BatchRows
from netledger.ledger.file_sizes import stored_once
from netledger.ledger.totals import totals_of
from netledger.limits import JSON_DESCRIPTION_BYTES
from netledger.network import elements_of
from netledger.printable import printable
from netledger.sources import Options, read_file
from netledger.unknown import Unknown, least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from netledger.fleet.batch import Batch, Limits
    from netledger.fleet.places import CensusPlace
    from netledger.network import Network, Tensor
    from netledger.sources.remote.ranges import RangedFile

READ, REFUSED, FAILED = "read", "refused", "failed"
"""What became of a place. What failed - not there, too slow, too large for its worker - is tried again by the next
census; what was refused says the same until it changes."""
_NAME = 1_000


def read_batch(batch: Batch, begun: Callable[[int], None]) -> BatchRows:
    """The rows of a batch; ``begun`` is told the number of each place before it is read."""
    files: list[tuple[Any, ...]] = []
    tensors: list[tuple[Any, ...]] = []
    structures = set[str]()
    unchanged = 0
    for number, place in enumerate(batch.places):
        begun(number)
        if number in batch.failed:
            files.append(failure(place, batch.failed[number]))
            continue
        try:
            row, groups = read_place(place, batch.limits, batch.known.get(place.source))
        except Exception as error:
            if not _is_unchanged(error):
                raise
            unchanged += 1
            continue
        files.append(row)
        if row[_STRUCTURE] not in structures:
            structures.add(row[_STRUCTURE])
            tensors += groups
    return BatchRows(packed(FILES, files), packed(TENSORS, tensors), unchanged)


def _is_unchanged(error: Exception) -> bool:
    return type(error).__name__ == "Unchanged" and type(error).__module__ == "netledger.sources.remote.ranges"


_STRUCTURE = list(FILES).index("structure")


def failure(place: CensusPlace, why: str) -> tuple[Any, ...]:
    """The row of a place that could not be read for reasons that may pass."""
    return _row(place, status=FAILED, error=why)


def lost(batch: Batch, why: str) -> BatchRows:
    """The rows of a batch that no worker could read."""
    return BatchRows(packed(FILES, [failure(place, why) for place in batch.places]), packed(TENSORS, []), 0)


def read_place(
    place: CensusPlace, limits: Limits, known: str | None = None
) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """The row of a place and those of its tensors; an error is a row. ``Unchanged`` where its tag is as ``known``."""
    opened: list[RangedFile] = []
    settings = {"remote": True, "known": known, "opened": opened.append} if limits.remote else {}
    try:
        network = read_file(place.source, options=Options(settings=settings))
        row, groups = _counted(place, network, limits)
    except NotFoundError as error:
        return failure(place, _said(error, place)), []
    except NetledgerError as error:
        return _row(_seen(place, opened), status=REFUSED, error=_said(error, place)), []
    except MemoryError:
        return failure(place, f"it takes more than {limits.megabytes:,} MB"), []
    except RecursionError:
        return _row(place, status=REFUSED, error="nested too deeply for netledger"), []
    except Exception as error:
        if _is_unchanged(error):
            raise
        return failure(place, f"{type(error).__name__}: this is a bug in netledger, please report it"), []
    seen = _seen(place, opened)
    return _row(seen, status=READ, **row), groups


def _said(error: NetledgerError, place: CensusPlace) -> str:
    error.file = None if error.file == place.source else error.file
    return printable(str(error), _NAME)


def _seen(place: CensusPlace, opened: list[RangedFile]) -> CensusPlace:
    """The place with what was learned when it was opened elsewhere: its state, size and time.

    The state of a file alone is its tag; where others were read beside it, only a commit holds for all of them.
    """
    if not opened:
        return place
    file = opened[0]
    tag = file.tag if file.tag and file.tag.isprintable() and len(file.tag) < _NAME and not file.named else None
    tag = tag and f"{place.source.partition('://')[0]}:{tag}"
    return place.replace(key=place.key or tag, size=file.size, modified=place.modified or file.modified)


def _row(place: CensusPlace, **values: Any) -> tuple[Any, ...]:
    known = {
        "source": place.name, "key": None if values["status"] == FAILED else place.key,
        "modified": time_of(place.modified), "size": place.size, "architecture": place.architecture, **values,
    }  # fmt: skip
    return tuple([known.get(name) for name in FILES])


def _counted(place: CensusPlace, network: Network, limits: Limits) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    totals = totals_of(network, dtype=limits.dtype)
    groups = list(groups_of(network))
    structure = _digest(groups)
    numbers: dict[str, Any] = {}
    for name in ("parameters", "trainable", "macs", "bytes"):
        numbers[name], numbers[f"{name}_exact"] = known_of(getattr(totals, name))
    architecture = place.architecture or network.meta.get("architecture") or _type_beside(place.source)
    layers = list(network.weighed())
    dtypes = sorted({tensor.dtype for layer, _ in layers for tensor in layer.tensors if tensor.learned})
    row = {
        "format": printable(str(network.meta.get("format") or ""), 64) or None,
        "architecture": printable(str(architecture), 200) if architecture else None,
        "tensors": sum([group[5] or 0 for group in groups]), "layers": sum([times for _, times in layers]),
        **numbers, "dtypes": printable(", ".join(dtypes or [network.dtype]), _NAME), "structure": structure,
    }  # fmt: skip
    return row, [(structure, *group[1:]) for group in groups]


# ---------------------------------------------------------------------- tensors

_DIGITS = re.compile(r"\d+")


def groups_of(network: Network) -> Iterator[tuple[Any, ...]]:
    """The tensors of a network, those together that differ in the numbers of their names alone, as rows without the
    structure's name: pattern, role, element type, shape, how many, elements and bytes of all of them.

    A shared storage is in it once. Where a reader folded very many tensors, a row of its own stands for all of them.
    """
    found: dict[tuple[Any, ...], list[tuple[Tensor, int]]] = {}
    for key, tensor, times in _alike(list(stored_once(network))):
        found.setdefault(key, []).append((tensor, times))
    for key in sorted(found, key=lambda key: (*key[:3], [_size(size) or -1 for size in _sizes(key[3])])):
        pattern, role, dtype, shape = key
        alike = found[key]
        yield (
            None, printable(pattern, _NAME), role, dtype, [_size(size) for size in _sizes(shape)],
            _sum([(_how_many(one), times) for one, times in alike]),
            _sum([(one.count, times) for one, times in alike]), _sum([(one.bytes, times) for one, times in alike]),
        )  # fmt: skip


def _alike(tensors: list[tuple[Tensor, int]]) -> Iterator[tuple[tuple[Any, ...], Tensor, int]]:
    """Tensors that are counted alike: their pattern, role, element type and shape, the first, and how many."""
    names = "\n".join([tensor.name.replace("\n", "\\n") for tensor, _ in tensors])
    folded = "*" in names
    first: dict[tuple[Any, ...], Tensor] = {}
    times: dict[tuple[Any, ...], int] = {}
    for (tensor, blocks), pattern in zip(tensors, _DIGITS.sub("*", names).split("\n"), strict=bool(tensors)):
        key = (
            pattern, tensor.role, tensor.dtype, tensor.shape, tensor.elements, tensor.nbytes,
            folded and "*" in tensor.name,
        )  # fmt: skip
        first.setdefault(key, tensor)
        times[key] = times.get(key, 0) + blocks
    for key, tensor in first.items():
        yield key[:4], tensor, times[key]


def _sum(values: list[tuple[int | Unknown | None, int]]) -> int | None:
    """Values times how often, in 64 bits; ``None`` where one is not known, or it is more."""
    total = 0
    for value, times in values:
        if not isinstance(value, int):
            return None
        total += value * times
    return total if total <= LARGEST else None


def _sizes(shape: Any) -> Any:
    return () if isinstance(shape, Unknown) else shape


def _size(size: int | Unknown) -> int | None:
    return size if isinstance(size, int) and size <= LARGEST else None


def _how_many(tensor: Tensor) -> int | None:
    """How many a row stands for; ``None`` where a reader folded them and does not say."""
    if "*" not in tensor.name:
        return 1
    one = None if isinstance(tensor.shape, Unknown) else elements_of(tensor.shape)
    return least(tensor.count) // one if isinstance(one, int) and one and least(tensor.count) % one == 0 else None


def _digest(groups: list[tuple[Any, ...]]) -> str:
    """The name of a structure: equal where names, types, shapes and counts of all tensors are."""
    from hashlib import blake2b

    return blake2b(repr(groups).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


# ---------------------------------------------------------------------- what is said beside it


def time_of(said: str | None) -> Any:
    """A time as places say it - seconds since 1970, a date of HTTP, an ISO date - as a ``datetime`` in UTC.

    >>> time_of("1790000000.5"), time_of("Sun, 01 Nov 2026 00:00:00 GMT"), time_of("2026-11-01T00:00:00.000Z")
    (datetime.datetime(2026, 9, 21, 14, 13, 20, 500000, tzinfo=datetime.timezone.utc), \
datetime.datetime(2026, 11, 1, 0, 0, tzinfo=datetime.timezone.utc), \
datetime.datetime(2026, 11, 1, 0, 0, tzinfo=datetime.timezone.utc))
    """
    from datetime import datetime
    from email.utils import parsedate_to_datetime

    if said is None or len(said) > 64:
        return None

    def since_1970(text: str) -> datetime:
        return datetime.fromtimestamp(float(text), UTC)

    for parse in (since_1970, datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(said)
        except (ValueError, OverflowError, OSError, TypeError):
            continue
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return None


def _type_beside(source: str) -> str | None:
    """The ``model_type`` of a configuration beside a file here."""
    if "://" in source:
        return None
    return _type_in(source if os.path.isdir(source) else os.path.dirname(source))  # noqa: PTH112, PTH120


@lru_cache(maxsize=64)
def _type_in(folder: str) -> str | None:
    from netledger.notation.strict_json import parse_json

    try:
        with open(os.path.join(folder, "config.json"), "rb") as file:  # noqa: PTH118, PTH123
            said = parse_json(file.read(JSON_DESCRIPTION_BYTES))
    except (OSError, ValueError):
        return None
    kind = said.get("model_type") if isinstance(said, dict) else None
    return kind if isinstance(kind, str) else None
