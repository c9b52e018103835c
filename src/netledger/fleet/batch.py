"""What is handed to a worker, and what it hands back."""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.fleet.places import CensusPlace


class Limits(Record):
    """How each file is read: ``seconds`` and ``megabytes`` that it may take, whether files elsewhere may be fetched,
    and the element type that the bytes are counted in (``None``: as stored).
    """

    __slots__ = ("seconds", "megabytes", "remote", "dtype")
    seconds: float
    megabytes: int
    remote: bool
    dtype: str | None

    def __init__(
        self, seconds: float = 20.0, megabytes: int = 1024, remote: bool = False, dtype: str | None = None
    ) -> None:
        self._fill(seconds, megabytes, remote, dtype)


class Batch(Record):
    """Some places to be read by one worker, one after the other. ``known`` are tags of what was read before, ``failed``
    why places could not be read, by their number: what killed a reader is not tried again by the next one.
    """

    __slots__ = ("places", "limits", "known", "failed")
    places: tuple[CensusPlace, ...]
    limits: Limits
    known: dict[str, str]
    failed: dict[int, str]

    def __init__(
        self, places: tuple[CensusPlace, ...], limits: Limits, known: dict[str, str] | None = None,
        failed: dict[int, str] | None = None,
    ) -> None:  # fmt: skip
        self._fill(places, limits, known or {}, failed or {})


class BatchRows(Record):
    """The rows of a batch: those of the files and of the tensors as Arrow streams, and how many are unchanged."""

    __slots__ = ("files", "tensors", "unchanged")
    files: bytes
    tensors: bytes
    unchanged: int

    def __init__(self, files: bytes, tensors: bytes, unchanged: int) -> None:
        self._fill(files, tensors, unchanged)
