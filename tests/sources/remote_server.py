"""A server of this machine's own, which answers ranges, ignores them, cuts, changes, redirects, stalls and fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Shop:
    """What the server holds, how it answers, and what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        self.mood = ""
        self.headers: list[dict[str, str]] = []
        self.target = ""
        self.commit = ""
        self.stalls = threading.Event()


class Handler(BaseHTTPRequestHandler):
    held: Shop

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        held = self.held
        path, span = self.path.partition("?")[0], self.headers.get("Range", "")
        held.asked.append((path, span))
        held.headers.append(dict(self.headers))
        if held.mood == "redirect" and not held.target.endswith(path):
            return self.only(302, Location=held.target)
        if held.mood == "busy" and len(held.asked) < 3:
            return self.only(503, **{"Retry-After": "7"})
        data = held.files.get(path)
        if data is None:
            return self.only(404)
        tag = f'"{len(held.asked)}"' if held.mood == "changes" else '"one"'
        if self.headers.get("If-None-Match") == tag:
            return self.only(304)
        if held.mood == "whole":
            return self.only(200)
        if not span:
            return self.everything(data)
        first, last = (int(part) for part in span.removeprefix("bytes=").split("-"))
        if held.mood == "another":
            first, last = first + 1, last + 1
        last = min(last, len(data) - 1)
        piece = data[first : last + 1]
        self.send_response(206)
        for name, value in {
            "Content-Range": f"bytes {first}-{last}/{len(data)}", "Content-Length": str(len(piece)), "ETag": tag,
            "Last-Modified": "Sun, 01 Nov 2026 00:00:00 GMT", **({"X-Repo-Commit": held.commit} if held.commit else {}),
        }.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        held.sent += len(piece)
        self.wfile.write(piece[: len(piece) // 2] if held.mood in ("cut", "stalls") else piece)
        if held.mood == "stalls":
            self.wfile.flush()
            held.stalls.wait(20)
        return None

    def everything(self, data: bytes) -> None:
        """An answer of a program's, whole."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def only(self, status: int, **headers: str) -> None:
        """An answer without a body."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving() -> Iterator[tuple[Shop, str]]:
    """A shop and its address."""
    held = Shop()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Counter", (Handler,), {"held": held}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield held, f"http://127.0.0.1:{server.server_port}"
    finally:
        held.stalls.set()
        server.shutdown()
        server.server_close()
