"""``s3://``, ``gs://`` and every other place that fsspec knows: its file systems, with their own credentials.

A file is asked for by its size and state, then by ranges; where a second range is needed, its state is asked for again.
Nothing of an address but scheme, bucket and path is ever printed, and of a library's error its kind alone.
"""

from __future__ import annotations

from netledger.errors import LimitError, MissingExtraError, NotFoundError, UsageError
from netledger.limits import REMOTE_SECONDS
from netledger.sources.remote import without_secrets
from netledger.sources.remote.ranges import Budget, RangedFile, TryAgain, Unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

_EXTRAS = {"s3": ("s3fs", "s3"), "s3a": ("s3fs", "s3"), "gs": ("gcsfs", "gs"), "gcs": ("gcsfs", "gs")}
_TAGS = ("ETag", "etag", "e_tag", "md5Hash", "content_md5", "checksum", "generation", "sha256", "oid", "ino")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "last_commit", "created")
_FOUND = 1_000_000


def open_by_fsspec(what: str, known: str | None = None) -> FsspecFile:
    """The file that a URL of any file system names."""
    system, path = _system_of(what)
    return FsspecFile(what, Budget(), system, path, known)


def _system_of(url: str) -> tuple[Any, str]:
    scheme = url.partition("://")[0]
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise MissingExtraError("fsspec", "remote", f"{scheme}://") from None
    try:
        system, path = in_time(lambda: url_to_fs(url))
    except ImportError:
        package, extra = _EXTRAS.get(scheme, ("", ""))
        if not extra:
            raise UsageError(f"{scheme}:// needs a package that fsspec knows and that is not installed") from None
        raise MissingExtraError(package, extra, f"{scheme}://") from None
    except ValueError:
        raise UsageError(f"'{without_secrets(url)[:120]}': no file system is known for {scheme}://") from None
    return system, str(path)


class FsspecFile(RangedFile):
    """A file of one of fsspec's file systems."""

    __slots__ = ("_inside", "_system")

    def __init__(self, address: str, budget: Budget, system: Any, inside: str, known: str | None = None) -> None:
        super().__init__(address, budget)
        self._system, self._inside = system, inside
        budget.take(0)
        size, tag = self.tried(self._state)
        if known is not None and known == tag:
            raise Unchanged
        self.hold(size, tag)
        if self.size:
            self.begin()

    def beside(self, name: str) -> FsspecFile:
        """In the same folder of the same file system."""
        first, chain, rest = self.address.partition("::")
        address = f"{first.rpartition('/')[0]}/{name}{chain}{rest}"
        folder, slash, _ = self._inside.rpartition("/")
        return FsspecFile(address, self.budget, self._system, f"{folder}{slash}{name}")

    def once(self, start: int, count: int) -> bytes:
        """One range; after the first one the file's state is looked at again."""
        end = min(start + count, self.size)
        data = self._asked(lambda: self._system.cat_file(self._inside, start=start, end=end))
        if not isinstance(data, bytes) or len(data) != end - start:
            raise TryAgain(f"{len(data):,} bytes came, {end - start:,} were asked for")
        if start:
            self.hold(*self._state())
        return data

    def _state(self) -> tuple[int, str | None]:
        """Size and tag as the file system has them now."""
        self._system.invalidate_cache()
        said = self._asked(lambda: self._system.info(self._inside))
        size = said.get("size")
        if said.get("type") == "directory" or not isinstance(size, int) or size < 0:
            raise NotFoundError("this is a folder, not a file" if size is not None else "its size is not known").at(
                file=self.path
            )
        self.modified = modified_of(said)
        return size, tag_of(said)

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return in_time(ask)
        except FileNotFoundError:
            raise NotFoundError("it is not there").at(file=self.path) from None
        except PermissionError:
            raise NotFoundError("it is not open to everybody").at(file=self.path) from None
        except TryAgain:
            raise
        except Exception as error:  # whatever a file system's library raises: its words may hold what is secret
            raise TryAgain(type(error).__name__) from None


def tag_of(info: Mapping[str, Any]) -> str | None:
    """What tells one state of a file from another, of what a file system says of it; ``None`` where it says nothing.

    >>> tag_of({"size": 3, "ETag": '"5d41"', "LastModified": "2026-11-01"}), tag_of({"size": 3})
    ('"5d41"', None)
    """
    said = next((info[name] for name in _TAGS if info.get(name)), None)
    if said is not None:
        return str(said) if "ino" not in info else f"{said}-{info.get('size')}-{info.get('mtime')}"
    when = modified_of(info)
    return None if when is None else f"{when}-{info.get('size')}"


def modified_of(info: Mapping[str, Any]) -> str | None:
    """When a file was changed last, as its file system says it: seconds since 1970, or a date."""
    said = next((info[name] for name in _TIMES if info.get(name)), None)
    return None if said is None else str(said)


def in_time(ask: Callable[[], Any]) -> Any:
    """What a file system answers, within the time that one answer may take; its threads are not waited for."""
    from threading import Thread

    done: list[tuple[bool, Any]] = []

    def work() -> None:
        try:
            done.append((True, ask()))
        except BaseException as error:
            done.append((False, error))

    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(REMOTE_SECONDS)
    if not done:
        raise TryAgain(f"no answer within {REMOTE_SECONDS} seconds")
    good, answer = done[0]
    if not good:
        raise answer
    return answer


def fitting(pattern: str) -> list[str]:
    """The addresses that a pattern such as ``s3://bucket/*.safetensors`` fits, sorted."""
    return [name for name, _ in _listed(pattern, lambda system, path: system.glob(path, detail=True))]


def below(folder: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every file below a folder or bucket, sorted: its address and what the file system says of it."""
    yield from _listed(folder, lambda system, path: system.find(path, detail=True))


def _listed(what: str, ask: Callable[[Any, str], Any]) -> list[tuple[str, Mapping[str, Any]]]:
    system, path = _system_of(what)
    try:
        found = ask(system, path)
    except Exception as error:
        raise NotFoundError(f"cannot be listed: {type(error).__name__}").at(file=without_secrets(what)) from None
    if len(found) > _FOUND:
        raise LimitError(f"more than {_FOUND:,} files").at(file=without_secrets(what))
    files = [(str(name), info) for name, info in found.items() if info.get("type") == "file"]
    if not files:
        raise NotFoundError("no file is there").at(file=without_secrets(what))
    chain = "::" + what.partition("::")[2] if "::" in what else ""
    return sorted([(str(system.unstrip_protocol(name)) + chain, info) for name, info in files], key=lambda one: one[0])
