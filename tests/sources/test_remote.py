"""Files on a server: this machine's own, which answers ranges, ignores them, cuts, changes, redirects and fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from netledger.cli import main
from netledger.errors import FormatError, LimitError, NetledgerError, NotFoundError, UsageError
from netledger.ledger import keep_books
from netledger.sources import Options, read, remote
from tests.sources.builders import entry, safetensors

REMOTE = Options(settings={"remote": True})
SMALL = safetensors({"w": entry()}, 8)


class Shop:
    """What the server holds, how it answers, and what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        self.mood = ""
        self.headers: list[dict[str, str]] = []
        self.target = ""


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Shop, str]]:
    held = Shop()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            path, span = self.path.partition("?")[0], self.headers.get("Range", "")
            held.asked.append((path, span))
            held.headers.append(dict(self.headers))
            if held.mood == "redirect" and path != held.target:
                self.send_response(302)
                self.send_header("Location", held.target)
                self.end_headers()
                return
            if held.mood == "busy" and len(held.asked) < 3:
                self.send_error(503)
                return
            data = held.files.get(path)
            if data is None:
                self.send_error(404)
                return
            first, last = (int(part) for part in span.removeprefix("bytes=").split("-"))
            if held.mood == "whole":
                self.send_response(200)
                self.end_headers()
                return
            if held.mood == "another":
                first, last = first + 1, last + 1
            last = min(last, len(data) - 1)
            tag = f'"{len(held.asked)}"' if held.mood == "changes" else '"one"'
            piece = data[first : last + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            self.send_header("Content-Length", str(len(piece)))
            self.send_header("ETag", tag)
            self.end_headers()
            held.sent += len(piece)
            self.wfile.write(piece[: len(piece) // 2] if held.mood == "cut" else piece)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setattr(remote.time, "sleep", lambda seconds: None)
    yield held, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def big(values: int) -> bytes:
    """A header of many tensors, and many megabytes of weights behind it."""
    size = 4 * values
    names = {f"model.layers.{i}.w": entry("F32", [values], i * size, (i + 1) * size) for i in range(4)}
    return safetensors(names, 4 * size)


def test_the_header_alone_is_fetched(shop: tuple[Shop, str]) -> None:
    held, place = shop
    held.files["/big.safetensors"] = big(2_000_000)
    network = read(f"{place}/big.safetensors?download=true", options=REMOTE)
    assert keep_books(network).totals.parameters == 8_000_000
    assert held.sent <= 256 * 1024
    assert [path for path, _ in held.asked] == ["/big.safetensors"]


@pytest.mark.parametrize("more", [-8, -1, 0, 1, 8, 5_000])
def test_a_header_at_the_end_of_what_came_first(
    shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    held, place = shop
    held.files["/m.safetensors"] = data = big(10)
    header = 8 + int.from_bytes(data[:8], "little")
    monkeypatch.setattr(remote, "_FIRST", max(8, header + more))
    monkeypatch.setattr("netledger.sources.HEAD_BYTES", 8)
    assert keep_books(read(f"{place}/m.safetensors", options=REMOTE)).totals.parameters == 40
    assert len(held.asked) <= 2


def test_shards_beside_an_index_come_from_the_same_place(shop: tuple[Shop, str]) -> None:
    held, place = shop
    held.files["/m/a.safetensors"] = safetensors({"a": entry()}, 8)
    held.files["/m/b.safetensors"] = safetensors({"b": entry()}, 8)
    held.files["/m/model.safetensors.index.json"] = b'{"weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}'
    assert keep_books(read(f"{place}/m/model.safetensors.index.json", options=REMOTE)).totals.parameters == 4
    held.files["/m/model.safetensors.index.json"] = b'{"weight_map": {"a": "../secret"}}'
    with pytest.raises(FormatError, match="not inside its own folder"):
        read(f"{place}/m/model.safetensors.index.json", options=REMOTE)


def test_a_repository_of_a_hub(shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch) -> None:
    held, place = shop
    monkeypatch.setenv("HF_ENDPOINT", place)
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    held.files["/org/net/resolve/main/model.safetensors"] = SMALL
    held.files["/org/net/resolve/v2/sub/w.safetensors"] = SMALL
    for name in ("hf://org/net", "hf://org/net@v2/sub/w.safetensors"):
        assert keep_books(read(name, options=REMOTE)).totals.parameters == 2
    assert held.headers[-1]["Authorization"] == "Bearer secret"
    with pytest.raises(NotFoundError, match=r"none of model\.safetensors\.index\.json, .* is there: name the file"):
        read("hf://org/other", options=REMOTE)
    with pytest.raises(UsageError, match="is no hf://owner/model"):
        read("hf://org", options=REMOTE)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UsageError, match="HF_HUB_OFFLINE says that nothing may be fetched"):
        read("hf://org/net", options=REMOTE)


def test_the_token_goes_to_the_hub_alone(shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch) -> None:
    held, place = shop
    monkeypatch.setenv("HF_TOKEN", "secret")
    held.files["/w.safetensors"] = SMALL
    read(f"{place}/w.safetensors", options=REMOTE)
    monkeypatch.setenv("HF_ENDPOINT", place)
    held.mood, held.target = "redirect", "/w.safetensors"
    read(f"{place}/elsewhere", options=REMOTE)
    assert ["Authorization" in headers for headers in held.headers][-2:] == [True, False]
    assert "Authorization" not in held.headers[0]


def test_nothing_is_fetched_unasked(shop: tuple[Shop, str], capsys: pytest.CaptureFixture[str]) -> None:
    held, place = shop
    held.files["/w.safetensors"] = SMALL
    with pytest.raises(UsageError, match="nothing is fetched unasked"):
        read(f"{place}/w.safetensors?token=secret")
    assert main(["show", f"{place}/w.safetensors?a=b"]) == 2
    assert "--remote" in capsys.readouterr().err
    assert held.asked == []
    assert main(["show", "--remote", f"{place}/w.safetensors?a=b"]) == 0
    shown = capsys.readouterr().out
    assert "2 values of float32" in shown
    assert "a=b" not in shown


@pytest.mark.parametrize(
    ("mood", "error", "what"),
    [
        ("whole", FormatError, "the server sends whole files only: download it"),
        ("another", FormatError, "another range than was asked for"),
        ("cut", NotFoundError, "could not be fetched: the answer broke off"),
        ("gone", NotFoundError, "it is not there"),
    ],
)
def test_servers_that_do_not_do_their_work(
    shop: tuple[Shop, str], mood: str, error: type[NetledgerError], what: str
) -> None:
    held, place = shop
    held.mood = mood
    held.files["/w.safetensors" if mood != "gone" else "/x"] = SMALL
    with pytest.raises(error, match=what) as caught:
        read(f"{place}/w.safetensors?token=secret", options=REMOTE)
    assert "secret" not in str(caught.value)
    assert len(held.asked) == (3 if mood == "cut" else 1)


def test_a_busy_server_is_asked_again_and_a_changing_file_refused(
    shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held, place = shop
    held.files["/w.safetensors"] = SMALL
    held.mood = "busy"
    assert keep_books(read(f"{place}/w.safetensors", options=REMOTE)).totals.parameters == 2
    assert len(held.asked) == 3
    held.mood = "changes"
    monkeypatch.setattr(remote, "_FIRST", 16)
    with pytest.raises(FormatError, match="the file was changed while it was read"):
        read(f"{place}/w.safetensors", options=REMOTE)


@pytest.mark.parametrize(
    ("target", "what"),
    [("file:///etc/passwd", "a redirect leads to 'file:', which is not followed"), ("/loop?again", "more than 5 redirects"),
     ("ftp://example.org/x", "a redirect leads to 'ftp:'")],
)  # fmt: skip
def test_redirects_lead_to_http_alone_and_end(shop: tuple[Shop, str], target: str, what: str) -> None:
    held, place = shop
    held.mood, held.target = "redirect", target
    with pytest.raises(FormatError, match=what):
        read(f"{place}/w.safetensors", options=REMOTE)


def test_no_redirect_from_outside_into_a_network() -> None:
    for url in ("http://169.254.169.254/latest/meta-data", "http://127.0.0.1/x", "http://10.0.0.1/", "http://[::1]/"):
        with pytest.raises(FormatError, match="an address inside a network"):
            remote._request(url, 0, 8, private=False, trusted=False)
    assert remote._redirected("https://a.org/x", "/y", "https://a.org/x") == "https://a.org/y"
    with pytest.raises(FormatError, match="'http:', which is not followed"):
        remote._redirected("https://a.org/x", "http://a.org/y", "https://a.org/x")


def test_a_budget_ends() -> None:
    budget = remote.Budget()
    with pytest.raises(LimitError, match="67,108,864 bytes would be fetched"):
        budget.take(1 << 30)
    few = remote.Budget()
    few.ranges = 0
    with pytest.raises(LimitError, match="more than 200 requests"):
        few.take(1)


def test_names_that_are_no_addresses() -> None:
    for name in ("https://", "http://user:secret@127.0.0.1/x"):
        with pytest.raises(UsageError, match="is no http or https address"):
            read(name, options=REMOTE)
