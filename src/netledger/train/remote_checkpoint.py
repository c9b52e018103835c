"""A run's checkpoint in a place that every machine sees: any address that fsspec knows (``s3://``, ``gs://``, ``file://``).

Credentials are the library's own and never printed; of an address no more than scheme, bucket and path is.
"""

from __future__ import annotations

from netledger.errors import DataError, MissingExtraError, UsageError
from netledger.sources.remote import without_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


class RemoteCheckpoint:
    """One file elsewhere: :meth:`get` gives its bytes, :meth:`put` replaces it whole by a file of this machine."""

    def __init__(self, url: str) -> None:
        scheme = url.partition("://")[0]
        self.shown = without_secrets(url)[:200]
        if "://" not in url:
            raise UsageError(f"--checkpoint takes an address like s3://bucket/run.pt, not '{url[:60]}'")
        try:
            from fsspec.core import url_to_fs

            self._system, self._path = url_to_fs(url)
        except ImportError:
            raise MissingExtraError("fsspec", "remote", f"{scheme}://") from None
        except ValueError:
            raise UsageError(f"'{self.shown}': no file system is known for {scheme}://") from None

    def get(self) -> bytes | None:
        """The checkpoint that is there; ``None`` where there is none. What cannot be reached is a ``DataError``."""
        try:
            self._system.invalidate_cache()
            return bytes(self._system.cat_file(self._path)) if self._system.exists(self._path) else None
        except Exception as error:  # a library's own kinds, of which the name is said and no more
            raise DataError(f"cannot be read: {type(error).__name__}").at(file=self.shown) from None

    def put(self, file: Path) -> None:
        """Copy a checkpoint there: under another name first, so that one that breaks off leaves the last whole."""
        partial = f"{self._path}.partial"
        try:
            folder = self._path.rpartition("/")[0]
            if folder:
                self._system.makedirs(folder, exist_ok=True)
            self._system.put_file(str(file), partial)
            self._system.mv(partial, self._path)
        except Exception as error:  # as above
            raise DataError(f"cannot be written: {type(error).__name__}").at(file=self.shown) from None
