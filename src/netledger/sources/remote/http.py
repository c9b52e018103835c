"""Files behind ``http://`` and ``https://``. Standard library only.

What is served must stay the same while it is read; redirects lead to http and https only, never from https back to
http, and from a public host to no private one. The hub's token goes to the hub alone, and to nobody that it leads to.
"""

from __future__ import annotations

import time

from netledger.errors import FormatError, LimitError, NotFoundError, UsageError
from netledger.limits import REMOTE_REDIRECTS, REMOTE_SECONDS
from netledger.sources.remote.ranges import RangedFile, TryAgain, Unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http.client import HTTPResponse
    from typing import Any

    from netledger.sources.remote.ranges import Budget

_TEXT_BYTES = 8 * 1024 * 1024
_AGAIN = (408, 429, 500, 502, 503, 504)
_MOVED = (301, 302, 303, 307, 308)
_SAID = {
    401: "it is not open to everybody", 403: "it is not open to everybody", 404: "it is not there", 410: "it is gone",
}  # fmt: skip


class HttpFile(RangedFile):
    """A file on a server that answers byte ranges. ``secret`` are headers for the first host alone."""

    __slots__ = ("_known", "_secret", "answered")

    def __init__(
        self, address: str, budget: Budget, secret: Mapping[str, str] | None = None, known: str | None = None
    ) -> None:
        super().__init__(address, budget)
        self._secret, self._known = dict(secret or {}), known
        self.answered: Mapping[str, str] = {}
        self.begin()

    def beside(self, name: str) -> HttpFile:
        """In the same folder of the same host."""
        folder = self.address.partition("?")[0].rpartition("/")[0]
        return HttpFile(f"{folder}/{name}", self.budget, self._secret)

    def once(self, start: int, count: int) -> bytes:
        """One range, whatever redirects stand before it."""
        headers = {"Range": f"bytes={start}-{start + count - 1}"}
        if self._known and self.size <= 0:
            headers["If-None-Match"] = self._known
        return self._asked(headers, lambda response: self._body(response, start, count))

    def _asked(self, asked: Mapping[str, str], read: Callable[[HTTPResponse], bytes]) -> bytes:
        """What ``read`` takes of the answer at the end of all redirects."""
        url, headers = self.address, {**asked, **self._secret}
        for _ in range(REMOTE_REDIRECTS + 1):
            connection, response = _request(url, headers, private=_is_private(self.address))
            try:
                if response.status not in _MOVED:
                    return read(response)
                if not self.answered:
                    self.answered = dict(response.headers.items())
                target = _redirected(url, response.headers.get("Location", ""), self.path)
                if _origin(target) != _origin(self.address):
                    headers = {name: value for name, value in headers.items() if name not in self._secret}
                url = target
            finally:
                connection.close()
        raise FormatError(f"more than {REMOTE_REDIRECTS} redirects").at(file=self.path)

    def _refuse(self, response: HTTPResponse) -> None:
        """An answer that is an error: one that may pass, or what it means."""
        status = response.status
        if status in _AGAIN:
            raise TryAgain(f"the server answers {status}", _seconds(response.headers.get("Retry-After", "")))
        if status in _SAID:
            raise NotFoundError(f"{_SAID[status]} (the server answers {status})").at(file=self.path)

    def _body(self, response: HTTPResponse, start: int, count: int) -> bytes:
        status = response.status
        if status == 304 and self._known:
            raise Unchanged
        self._refuse(response)
        if status == 200:
            raise FormatError("the server sends whole files only: download it").at(file=self.path)
        if status != 206 or response.headers.get("Content-Encoding", "identity") != "identity":
            raise FormatError(f"the server answers {status}, no range of the file").at(file=self.path)
        begin, end, total = _range_of(response.headers.get("Content-Range", ""))
        self.hold(total, response.headers.get("ETag"))
        if begin != start or end != min(start + count, total) - 1:
            raise FormatError("the server sends another range than was asked for").at(file=self.path)
        self.answered = self.answered or dict(response.headers.items())
        self.modified = response.headers.get("Last-Modified")
        if self._known and self.tag == self._known:  # a server that does not heed If-None-Match
            raise Unchanged
        return _all_of(response, end - begin + 1)


class HttpText(HttpFile):
    """A short answer that is sent whole, as a server's programs give it: its ``content``."""

    __slots__ = ("content",)

    def begin(self) -> None:
        """Ask for the whole of it, no longer than so many bytes."""
        self.budget.take(_TEXT_BYTES)
        self.content = self.tried(lambda: self._asked({}, self._whole)).decode("utf-8", "replace")

    def _whole(self, response: HTTPResponse) -> bytes:
        self._refuse(response)
        if response.status not in (200, 206):
            raise FormatError(f"the server answers {response.status}").at(file=self.path)
        data = response.read(_TEXT_BYTES + 1)
        if len(data) > _TEXT_BYTES:
            raise LimitError(f"an answer of more than {_TEXT_BYTES:,} bytes").at(file=self.path)
        return data


def _seconds(text: str) -> float:
    """``Retry-After`` in seconds; a date is not waited for."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0


def _request(url: str, headers: Mapping[str, str], *, private: bool) -> tuple[Any, HTTPResponse]:
    from http.client import HTTPConnection, HTTPException, HTTPSConnection
    from urllib.parse import quote, urlsplit

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise UsageError(f"'{url.partition('?')[0].rpartition('@')[2][:120]}' is no http or https address")
    if not private and _is_private(url):
        raise FormatError(f"a redirect leads to '{parts.hostname[:80]}', an address inside a network")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=REMOTE_SECONDS)
    sent = {"Accept-Encoding": "identity", "User-Agent": "netledger", **headers}
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", path, headers=sent)
        return connection, connection.getresponse()
    except (HTTPException, OSError) as error:
        connection.close()
        why = f"no answer within {REMOTE_SECONDS} seconds" if isinstance(error, TimeoutError) else str(error)[:120]
        raise TryAgain(why or type(error).__name__) from None


def _origin(url: str) -> tuple[str, str]:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _redirected(url: str, target: str, first: str) -> str:
    """Where a redirect leads: to http or https, never from https back to http."""
    from urllib.parse import urljoin, urlsplit

    found = urljoin(url, target)
    scheme = urlsplit(found).scheme
    if scheme not in ("http", "https") or (url.startswith("https:") and scheme == "http"):
        raise FormatError(f"a redirect leads to '{scheme[:20]}:', which is not followed").at(file=first)
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
        try:
            piece = response.read1(min(left, 1 << 16))
        except OSError as error:
            why = "the answer stands still" if isinstance(error, TimeoutError) else str(error)[:120]
            raise TryAgain(f"{why}, {left:,} bytes before its end") from None
        if not piece:
            raise TryAgain(f"the answer broke off, {left:,} bytes before its end")
        pieces.append(piece)
        left -= len(piece)
        if left and time.monotonic() > ends:
            raise TryAgain(f"the answer takes longer than {REMOTE_SECONDS} seconds")
    return b"".join(pieces)
