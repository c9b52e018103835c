"""Files behind ``https://`` and ``hf://``, read by byte ranges: the header is fetched, the weights are not.

Only where somebody asked for it (``--remote``, ``remote=True``). One budget of bytes and requests covers a file and the
siblings that it names; what is served must stay the same while it is read; redirects lead to http and https only, and
from a public host to no private one. Standard library only.
"""

from __future__ import annotations

import os
import time

from netledger.errors import FormatError, LimitError, NotFoundError, UsageError
from netledger.limits import REMOTE_BYTES, REMOTE_RANGES, REMOTE_REDIRECTS, REMOTE_SECONDS
from netledger.sources.files import InputFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from http.client import HTTPResponse
    from typing import Any

SCHEMES = ("https://", "http://", "hf://")
_FIRST, _LATER = 256 * 1024, 64 * 1024
_TRIES = 3
_AGAIN = (429, 500, 502, 503, 504)
_MOVED = (301, 302, 303, 307, 308)
_MODELS = ("model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin")
"""What stands for a whole repository, the first that is there."""


def is_remote(what: str) -> bool:
    """Whether a text names something to be fetched.

    >>> is_remote("hf://org/model"), is_remote("./https:/x")
    (True, False)
    """
    return what.startswith(SCHEMES)


class Budget:
    """What may still be fetched for one network: bytes and requests, its siblings' included."""

    __slots__ = ("bytes", "ranges")

    def __init__(self) -> None:
        self.bytes, self.ranges = REMOTE_BYTES, REMOTE_RANGES

    def take(self, count: int) -> None:
        """One request for so many bytes."""
        self.bytes -= count
        self.ranges -= 1
        if self.bytes < 0:
            raise LimitError(f"more than {REMOTE_BYTES:,} bytes would be fetched: download the file")
        if self.ranges < 0:
            raise LimitError(f"more than {REMOTE_RANGES:,} requests would be made: download the file")


class RemoteFile(InputFile):
    """A file on a server that answers byte ranges; the same to a reader as one that lies here."""

    __slots__ = ("_budget", "_pieces", "_tag", "_url")

    def __init__(self, url: str, budget: Budget) -> None:
        super().__init__(url.partition("?")[0], -1, 0)
        self._url, self._budget = url, budget
        self._tag: str | None = None
        self._pieces: list[tuple[int, bytes]] = []
        self.size = -1
        self._pieces.append((0, self._fetch(0, _FIRST)))

    def read_at(self, offset: int, count: int) -> bytes:
        """Exactly ``count`` bytes from ``offset``, out of what was fetched, else fetched now."""
        if offset < 0 or count < 0 or offset + count > self.size:
            raise FormatError(f"the file ends at {self.size:,}, before the {count:,} bytes needed").at(byte=offset)
        for start, data in self._pieces:
            if start <= offset and offset + count <= start + len(data):
                return data[offset - start : offset - start + count]
        held = next((data for start, data in self._pieces if start == 0), b"")
        if offset < len(held):  # a header that is longer than what came first
            data = held[offset:] + self._fetch(len(held), offset + count - len(held))
            self._pieces.append((offset, data))
            return data[:count]
        data = self._fetch(offset, max(count, min(_LATER, self.size - offset)))
        self._pieces.append((offset, data))
        return data[:count]

    def sibling(self, name: str) -> InputFile:
        """A file that this one names, in the same place and within the same budget."""
        bad = not name or name.startswith(("/", "\\", "~")) or any(sign in name for sign in "\0\\:?#%")
        if bad or ".." in name.split("/"):
            raise FormatError(f"names the file '{name}', which is not inside its own folder")
        return RemoteFile(f"{self.path.rpartition('/')[0]}/{name}", self._budget)

    # -------------------------------------------------------------- requests

    def _fetch(self, start: int, count: int) -> bytes:
        """So many bytes from ``start`` (fewer at the end of the file), fetched, tried again where that can help."""
        self._budget.take(count)
        why = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(0.2 * 4 ** (attempt - 1))
            try:
                return self._once(start, count)
            except OSError as error:
                why = str(error)[:120] or type(error).__name__
        raise NotFoundError(f"could not be fetched: {why}").at(file=self.path)

    def _once(self, start: int, count: int) -> bytes:
        url, first = self._url, True
        for _ in range(REMOTE_REDIRECTS + 1):
            connection, response = _request(url, start, count, private=_is_private(self._url), trusted=first)
            try:
                if response.status in _MOVED:
                    url, first = _redirected(url, response.headers.get("Location", ""), self._url), False
                    continue
                return self._body(response, start, count)
            finally:
                connection.close()
        raise FormatError(f"more than {REMOTE_REDIRECTS} redirects").at(file=self.path)

    def _body(self, response: HTTPResponse, start: int, count: int) -> bytes:
        status = response.status
        if status in _AGAIN:
            raise OSError(f"the server answers {status}")
        if status in (401, 403, 404, 410):
            said = "it is not there" if status in (404, 410) else "it is not open to everybody"
            raise NotFoundError(f"{said} (the server answers {status})").at(file=self.path)
        if status == 200:
            raise FormatError("the server sends whole files only: download it").at(file=self.path)
        if status != 206 or response.headers.get("Content-Encoding", "identity") != "identity":
            raise FormatError(f"the server answers {status}, no range of the file").at(file=self.path)
        begin, end, total = _range_of(response.headers.get("Content-Range", ""))
        tag = response.headers.get("ETag")
        if self.size >= 0 and (total != self.size or tag != self._tag):
            raise FormatError("the file was changed while it was read").at(file=self.path)
        if begin != start or end != min(start + count, total) - 1:
            raise FormatError("the server sends another range than was asked for").at(file=self.path)
        data = _all_of(response, end - begin + 1)
        self.size, self._tag = total, tag
        return data


def open_remote(what: str) -> RemoteFile:
    """The file that a URL or ``hf://org/model[@revision][/file]`` names; a repository alone is its weights."""
    if what.startswith("hf://"):
        return _of_a_hub(what)
    return RemoteFile(what, Budget())


def _of_a_hub(what: str) -> RemoteFile:
    """A file of a repository of the Hugging Face Hub; without a name, its index of shards or its weights."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON"):
        raise UsageError(f"{what}: HF_HUB_OFFLINE says that nothing may be fetched")
    owner, _, rest = what[len("hf://") :].partition("/")
    model, _, file = rest.partition("/")
    model, _, revision = model.partition("@")
    if not owner or not model:
        raise UsageError(f"'{what[:120]}' is no hf://owner/model[@revision][/file]")
    place = f"{_hub()}/{owner}/{model}/resolve/{revision or 'main'}"
    budget, missing = Budget(), None
    for name in [file] if file else _MODELS:
        try:
            return RemoteFile(f"{place}/{name}", budget)
        except NotFoundError as error:
            missing = missing or error
    raise NotFoundError(f"none of {', '.join(_MODELS)} is there: name the file") if not file and missing else missing  # type: ignore[misc]


def _hub() -> str:
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def _request(url: str, start: int, count: int, *, private: bool, trusted: bool) -> tuple[Any, HTTPResponse]:
    from http.client import HTTPConnection, HTTPException, HTTPSConnection
    from urllib.parse import quote, urlsplit

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise UsageError(f"'{url.partition('?')[0][:120]}' is no http or https address")
    if not private and _is_private(url):
        raise FormatError(f"a redirect leads to '{parts.hostname[:80]}', an address inside a network")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=REMOTE_SECONDS)
    headers = {"Range": f"bytes={start}-{start + count - 1}", "Accept-Encoding": "identity", "User-Agent": "netledger"}
    token = os.environ.get("HF_TOKEN")
    if token and trusted and url.startswith(f"{_hub()}/"):  # to the hub alone, and to nobody that it leads to
        headers["Authorization"] = f"Bearer {token}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", path, headers=headers)
        return connection, connection.getresponse()
    except HTTPException as error:
        connection.close()
        raise OSError(type(error).__name__) from None
    except OSError:
        connection.close()
        raise


def _redirected(url: str, target: str, first: str) -> str:
    """Where a redirect leads: to http or https, never from https back to http."""
    from urllib.parse import urljoin, urlsplit

    found = urljoin(url, target)
    scheme = urlsplit(found).scheme
    if scheme not in ("http", "https") or (url.startswith("https:") and scheme == "http"):
        raise FormatError(f"a redirect leads to '{scheme[:20]}:', which is not followed").at(
            file=first.partition("?")[0]
        )
    return found


def _is_private(url: str) -> bool:
    """Whether an address lies inside a network: this machine, a private or a link-local one."""
    import ipaddress
    import socket
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname or ""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False  # which the request itself will say
    return any(not ipaddress.ip_address(str(one).partition("%")[0]).is_global for one in found)


def _range_of(text: str) -> tuple[int, int, int]:
    """``bytes 0-99/1234`` as first, last and total."""
    unit, _, rest = text.strip().partition(" ")
    span, _, total = rest.partition("/")
    numbers = (*span.split("-"), total)
    if unit != "bytes" or len(numbers) != 3 or not all(n.isascii() and n.isdigit() and len(n) < 20 for n in numbers):
        raise FormatError("the server does not say which range it sends")
    first, last, whole = (int(number) for number in numbers)
    return first, last, whole


def _all_of(response: HTTPResponse, count: int) -> bytes:
    """The whole of an answer, in the time that one answer may take; a shorter one is tried again."""
    ends = time.monotonic() + REMOTE_SECONDS
    pieces, left = [], count
    while left:
        piece = response.read1(min(left, 1 << 16))
        if not piece:
            raise OSError(f"the answer broke off, {left:,} bytes before its end")
        pieces.append(piece)
        left -= len(piece)
        if left and time.monotonic() > ends:
            raise OSError(f"the answer takes longer than {REMOTE_SECONDS} seconds")
    return b"".join(pieces)
