"""Files elsewhere: on a server of this machine's own, which does its work or not, and in file systems of fsspec."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator

import fsspec
import pytest

from netledger.cli import main
from netledger.errors import FormatError, LimitError, MissingExtraError, NetledgerError, NotFoundError, UsageError
from netledger.ledger import keep_books
from netledger.sources import Options, read
from netledger.sources.remote import http, hub, open_remote, ranges, without_secrets
from tests.sources.builders import entry, gguf, info, safetensors
from tests.sources.remote_server import COMMIT, Shop, serving

REMOTE = Options(settings={"remote": True})
SMALL = safetensors({"w": entry()}, 8)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Shop, str]]:
    monkeypatch.setattr(ranges.time, "sleep", lambda seconds: None)
    with serving() as found:
        yield found


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
    monkeypatch.setattr(ranges, "FIRST", max(8, header + more))
    monkeypatch.setattr("netledger.sources.recognition.HEAD_BYTES", 8)
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
    with pytest.raises(NotFoundError, match=r"none of model\.safetensors\.index\.json, .* is there, nor another model"):
        read("hf://org/other", options=REMOTE)
    with pytest.raises(UsageError, match="is no hf://owner/model"):
        read("hf://org", options=REMOTE)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UsageError, match="HF_HUB_OFFLINE says that nothing may be fetched"):
        read("hf://org/net", options=REMOTE)


def listing(*names: str) -> bytes:
    """What the hub's program answers of a repository."""
    return json.dumps({"id": "org/net-GGUF", "siblings": [{"rfilename": name} for name in names]}).encode()


def test_a_repository_whose_files_have_names_of_their_own(
    shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One GGUF is shown; of several each is named, with the next line to type."""
    held, place = shop
    monkeypatch.setenv("HF_ENDPOINT", place)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    about, net = "/api/models/org/net-GGUF/revision/main", "/org/net-GGUF/resolve/main"
    held.files[about] = listing("README.md", "net-Q4_K_M.gguf", ".gitattributes")
    held.files[f"{net}/net-Q4_K_M.gguf"] = gguf((), (info("w", (8,)),), 32)
    assert keep_books(read("hf://org/net-GGUF", options=REMOTE)).totals.parameters == 8
    held.files[about] = listing(
        "net-Q8_0.gguf", "net-Q4_K_M.gguf", "big-00001-of-00002.gguf", "big-00002-of-00002.gguf"
    )
    assert main(["show", "--remote", "hf://org/net-GGUF"]) == 2
    said = capsys.readouterr().err
    assert "hf://org/net-GGUF holds 3 models: big-00001-of-00002.gguf, net-Q4_K_M.gguf, net-Q8_0.gguf" in said
    assert "netledger show --remote hf://org/net-GGUF/big-00001-of-00002.gguf" in said
    assert "all of them: 'hf://org/net-GGUF/*.gguf'" in said
    held.files["/api/models/org/net-GGUF/revision/v2"] = listing(
        "../../x.gguf", "Q4/a b.gguf", "Q4/\x1b[2J.gguf", "Q4/a.gguf"
    )
    with pytest.raises(UsageError, match=r"@v2 holds 2 models") as caught:
        read("hf://org/net-GGUF@v2", options=REMOTE)
    assert "\x1b" not in f"{caught.value}{caught.value.hint}"
    held.files[about] = b"{"
    with pytest.raises(FormatError):
        read("hf://org/net-GGUF", options=REMOTE)
    held.files[about] = listing() + b" " * (9 << 20)
    with pytest.raises(LimitError, match="an answer of more than"):
        read("hf://org/net-GGUF", options=REMOTE)


def test_the_token_goes_to_the_hub_alone(shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch) -> None:
    held, place = shop
    monkeypatch.setenv("HF_TOKEN", "secret")
    held.files["/w.safetensors"] = SMALL
    read(f"{place}/w.safetensors", options=REMOTE)
    monkeypatch.setenv("HF_ENDPOINT", place)
    held.mood, held.target = "redirect", "/w.safetensors"
    read(f"{place}/elsewhere", options=REMOTE)
    assert ["Authorization" in headers for headers in held.headers][-2:] == [True, True]
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
    assert len(held.asked) == (ranges.TRIES if mood == "cut" else 1)


def test_a_busy_server_is_asked_again_and_a_changing_file_refused(
    shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held, place = shop
    held.files["/w.safetensors"] = SMALL
    held.mood = "busy"
    assert keep_books(read(f"{place}/w.safetensors", options=REMOTE)).totals.parameters == 2
    assert len(held.asked) == 3
    held.mood = "changes"
    monkeypatch.setattr(ranges, "FIRST", 16)
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
            http._request(url, {}, private=False)
    assert http._redirected("https://a.org/x", "/y", "https://a.org/x") == "https://a.org/y"
    with pytest.raises(FormatError, match="'http:', which is not followed"):
        http._redirected("https://a.org/x", "http://a.org/y", "https://a.org/x")


def test_a_budget_ends() -> None:
    budget = ranges.Budget()
    with pytest.raises(LimitError, match="67,108,864 bytes would be fetched"):
        budget.take(1 << 30)
    few = ranges.Budget()
    few.ranges = 0
    with pytest.raises(LimitError, match="more than 200 requests"):
        few.take(1)


def test_names_that_are_no_addresses() -> None:
    for name in ("https://", "http://user:secret@127.0.0.1/x"):
        with pytest.raises(UsageError, match="is no http or https address"):
            read(name, options=REMOTE)


def test_an_answer_that_stands_still(shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch) -> None:
    held, place = shop
    held.files["/w.safetensors"], held.mood = SMALL, "stalls"
    monkeypatch.setattr(http, "REMOTE_SECONDS", 0.1)
    with pytest.raises(NotFoundError, match="could not be fetched: the answer stands still, 35 bytes before its end"):
        read(f"{place}/w.safetensors", options=REMOTE)
    assert len(held.asked) == ranges.TRIES


def test_pauses_grow_and_heed_what_the_server_asks(shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch) -> None:
    held, place = shop
    waited: list[float] = []
    monkeypatch.setattr(ranges.time, "sleep", waited.append)
    held.files["/w.safetensors"], held.mood = SMALL, "busy"
    read(f"{place}/w.safetensors", options=REMOTE)
    assert waited == [7.0, 7.0]  # Retry-After
    for attempt, base in enumerate((0.25, 1.0, 4.0)):
        assert 0.5 * base <= ranges.pause(attempt, 0) <= 1.5 * base
    assert ranges.pause(9, 10_000) == 30


def test_a_long_header_takes_few_requests(shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """1 MB read a kilobyte at a time, after a first piece of 1 KB: 64, 128, 256, 512 KB and the rest."""
    held, place = shop
    held.files["/x"] = bytes(1_000_000)
    monkeypatch.setattr(ranges, "FIRST", 1024)
    file = open_remote(f"{place}/x")
    assert b"".join([file.read_at(at, 1000) for at in range(0, 1_000_000, 1000)]) == bytes(1_000_000)
    assert len(held.asked) == 6
    assert held.sent < 1_010_000


def test_what_is_known_already_is_not_fetched(shop: tuple[Shop, str]) -> None:
    held, place = shop
    held.files["/w.safetensors"] = SMALL
    file = open_remote(f"{place}/w.safetensors")
    assert (file.tag, file.modified, file.size) == ('"one"', "Sun, 01 Nov 2026 00:00:00 GMT", len(SMALL))
    before = held.sent
    with pytest.raises(ranges.Unchanged):
        open_remote(f"{place}/w.safetensors", '"one"')
    assert held.sent == before
    assert open_remote(f"{place}/w.safetensors", '"older"').size == len(SMALL)


def test_a_repository_is_read_at_one_commit(shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The branch is asked for once; the shards, and what stands beside them, at the commit that it was then."""
    held, place = shop
    monkeypatch.setenv("HF_ENDPOINT", place)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    held.commit = COMMIT
    held.files["/org/net/resolve/main/model.safetensors.index.json"] = (
        b'{"weight_map": {"a": "a.safetensors", "b": "sub/b.safetensors"}}'
    )
    for name in "a", "sub/b":
        held.files[f"/org/net/resolve/{COMMIT}/{name}.safetensors"] = safetensors({name[-1]: entry()}, 8)
    assert keep_books(read("hf://org/net", options=REMOTE)).totals.parameters == 4
    assert [path for path, _ in held.asked if "/main/" in path] == [
        "/org/net/resolve/main/model.safetensors.index.json"
    ]
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "kept")
    assert hub._secret() == {"Authorization": "Bearer kept"}


def test_a_token_stays_with_its_host(shop: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch) -> None:
    held, place = shop
    monkeypatch.setenv("HF_ENDPOINT", place)
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with serving() as (other, elsewhere):
        held.mood, held.target = "redirect", f"{elsewhere}/w.safetensors"
        other.files["/w.safetensors"] = SMALL
        assert keep_books(read("hf://org/net/w.safetensors", options=REMOTE)).totals.parameters == 2
        assert held.headers[0]["Authorization"] == "Bearer secret"
        assert "Authorization" not in other.headers[0]


# ---------------------------------------------------------------------- fsspec


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    monkeypatch.setattr(ranges.time, "sleep", lambda seconds: None)
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()


def test_a_file_of_any_file_system(memory: fsspec.AbstractFileSystem, capsys: pytest.CaptureFixture[str]) -> None:
    memory.pipe("/m/big.safetensors", big(10))
    memory.pipe("/m/a.safetensors", safetensors({"a": entry()}, 8))
    memory.pipe("/m/b.safetensors", safetensors({"b": entry()}, 8))
    memory.pipe("/m/model.safetensors.index.json", b'{"weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}')
    assert keep_books(read("memory://m/big.safetensors", options=REMOTE)).totals.parameters == 40
    assert keep_books(read("memory://m/model.safetensors.index.json", options=REMOTE)).totals.parameters == 4
    assert main(["show", "memory://m/*.safetensors", "--remote", "--format", "csv"]) == 0
    rows = [line.split(",")[:3] for line in capsys.readouterr().out.splitlines()[1:]]
    assert [(name, count) for name, _, count in rows] == [
        ("memory:///m/big.safetensors", "40"), ("memory:///m/a.safetensors", "2"), ("memory:///m/b.safetensors", "2"),
    ]  # fmt: skip
    assert main(["show", "memory://m/big.safetensors"]) == 2
    assert "nothing is fetched unasked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "error", "what", "tries"),
    [
        (FileNotFoundError("secret"), NotFoundError, "it is not there", 1),
        (PermissionError("secret"), NotFoundError, "it is not open to everybody", 1),
        (RuntimeError("key=secret"), NotFoundError, "could not be fetched: RuntimeError", ranges.TRIES),
        (b"short", NotFoundError, "could not be fetched: 5 bytes came, 70 were asked for", ranges.TRIES),
    ],
)
def test_file_systems_that_do_not_do_their_work(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch, said: Exception | bytes,
    error: type[NetledgerError], what: str, tries: int,
) -> None:  # fmt: skip
    asked: list[str] = []

    def cat(self: object, path: str, **span: int) -> bytes:
        asked.append(path)
        if isinstance(said, Exception):
            raise said
        return said

    memory.pipe("/w.safetensors", SMALL)
    monkeypatch.setattr(type(memory), "cat_file", cat)
    with pytest.raises(error, match=what) as caught:
        read("memory://w.safetensors", options=REMOTE)
    assert "secret" not in str(caught.value)
    assert len(asked) == tries


def test_a_file_system_that_changes_under_the_reader_or_stands_still(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.pipe("/w.safetensors", big(10))
    monkeypatch.setattr(ranges, "FIRST", 16)
    monkeypatch.setattr("netledger.sources.recognition.HEAD_BYTES", 8)
    assert keep_books(read("memory://w.safetensors", options=REMOTE)).totals.parameters == 40
    sizes = iter([len(big(10)), len(big(10)) + 1])
    whole = type(memory).info
    monkeypatch.setattr(type(memory), "info", lambda self, path: {**whole(self, path), "size": next(sizes)})
    with pytest.raises(FormatError, match="the file was changed while it was read"):
        read("memory://w.safetensors", options=REMOTE)
    monkeypatch.setattr("netledger.sources.remote.filesystems.REMOTE_SECONDS", 0.05)
    never = threading.Event()
    monkeypatch.setattr(type(memory), "info", lambda self, path: never.wait(5))
    with pytest.raises(NotFoundError, match=r"no answer within 0\.05 seconds"):
        read("memory://w.safetensors", options=REMOTE)
    never.set()


def test_what_is_missing_is_said_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for url, line in (("s3://key:secret@bucket/x.onnx", r"s3:// needs s3fs: .*netledger\[s3\]"), ("gs://b/x", "gcsfs")):
        monkeypatch.setitem(sys.modules, "s3fs", None)
        monkeypatch.setitem(sys.modules, "gcsfs", None)
        with pytest.raises(MissingExtraError, match=line):
            read(url, options=REMOTE)
    with pytest.raises(UsageError, match="no file system is known for nonesuch://"):
        read("nonesuch://b/x", options=REMOTE)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError, match=r"netledger\[remote\]"):
        read("memory://b/x", options=REMOTE)
    assert without_secrets("zip://a.onnx::s3://k:s@b/c.zip?x=1") == "zip://a.onnx::s3://b/c.zip"
