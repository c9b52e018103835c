"""What a census is to read: lists, folders, buckets, a hub's answer; and whether it is what it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest

from netledger.cli import main
from netledger.errors import FormatError, NotFoundError, UsageError
from netledger.fleet.batch import Limits
from netledger.fleet.census import CensusCounts, census
from netledger.fleet.engines import EngineSettings
from netledger.fleet.places import CensusPlace, places_of
from netledger.fleet.reading import time_of
from tests.fleet.files import fill
from tests.fleet.test_census import rows
from tests.sources.builders import entry, safetensors
from tests.sources.remote_server import COMMIT, serving


def names(*sources: str, remote: bool = False) -> list[str]:
    return [place.source for place in places_of(sources, remote)]


def test_lists_folders_and_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fill(Path("models"), 3)
    (tmp_path / "list.txt").write_text("# models\nmodels/000/000001.safetensors\n\nhttps://example.org/x.onnx\n")
    (tmp_path / "lines.jsonl").write_text('{"source": "models/000/000002.safetensors"}\n"gone.onnx"\n')
    assert names("models") == [f"models/000/00000{i}.safetensors" for i in range(3)]
    assert names("models/000/*2.*", "models")[0] == "models/000/000002.safetensors"
    assert names("list.txt", remote=True) == ["models/000/000001.safetensors", "https://example.org/x.onnx"]
    assert names("lines.jsonl") == ["models/000/000002.safetensors", "gone.onnx"]
    with pytest.raises(UsageError, match="nothing is fetched unasked"):
        names("list.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match="no model lies below 'empty'"):
        names("empty")


def test_what_a_hub_answers(tmp_path: Path) -> None:
    answer = [
        {"id": "org/net", "sha": COMMIT, "createdAt": "2024-03-01T10:00:00.000Z", "config": {"model_type": "llama"}},
        {"modelId": "org/plain"},
    ]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer))
    assert list(places_of([str(path)], True)) == [
        CensusPlace(f"hf://org/net@{COMMIT}", f"commit:{COMMIT}", "2024-03-01T10:00:00.000Z", None, "llama"),
        CensusPlace("hf://org/plain"),
    ]
    path.write_text('[{"name": "no"}]')
    with pytest.raises(FormatError, match="entry 1 names no model"):
        names(str(path), remote=True)
    path.write_text('{"x": 1}')  # an object is a model, if anything
    assert names(str(path)) == [str(path)]


def test_a_bucket_s_models_and_their_state(capsys: pytest.CaptureFixture[str]) -> None:
    system = fsspec.filesystem("memory")
    try:
        for name in ("a/m-00001-of-00002.safetensors", "a/m-00002-of-00002.safetensors", "a/readme.md", "b/x.gguf"):
            system.pipe(f"/bucket/{name}", b"x")
        system.pipe("/bucket/a/m.safetensors.index.json", b"{}")
        found = list(places_of(["memory://bucket/"], True))
        assert names("memory://bucket/*/*.gguf", remote=True) == [found[1].source]
        assert main(["show", "--remote", "memory://bucket/", "--format", "csv"]) == 65
        assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()[1:]] == [
            one.source for one in found
        ]
    finally:
        system.store.clear()
    assert [place.source for place in found] == [
        "memory:///bucket/a/m.safetensors.index.json", "memory:///bucket/b/x.gguf",
    ]  # fmt: skip
    assert found[0].key is None  # its shards may change without it
    assert found[1].key is not None
    assert found[1].key.startswith("memory:")


def test_the_state_of_a_file_is_that_of_what_is_read_with_it(tmp_path: Path) -> None:
    def key(name: str) -> str | None:
        return next(iter(places_of([str(tmp_path / name)]))).key

    (tmp_path / "w.safetensors").write_bytes(safetensors({"w": entry()}, 8))
    (tmp_path / "x.index.json").write_text("{}")
    before = key("w.safetensors"), key("x.index.json")
    assert (key("w.safetensors"), key("x.index.json")) == before
    (tmp_path / "shard.bin").write_bytes(b"1")
    assert key("w.safetensors") == before[0]
    assert key("x.index.json") != before[1]
    (tmp_path / "config.json").write_text("{}")
    assert key("w.safetensors") != before[0]
    (tmp_path / "list.txt").write_text(str(tmp_path / "none"))
    assert key("list.txt") is None


def test_times_as_places_say_them() -> None:
    day = datetime(2024, 3, 1, tzinfo=UTC)
    for said in ("1709251200", "Fri, 01 Mar 2024 00:00:00 GMT", "2024-03-01 00:00:00+00:00", "2024-03-01"):
        assert time_of(said) == day
    assert time_of("yesterday") is None
    assert time_of(None) is None


# ---------------------------------------------------------------------- elsewhere, read by processes


def counted(sources: list[str], out: Path) -> CensusCounts:
    limits = Limits(remote=True)
    return census(places_of(sources, True), str(out), limits=limits, settings=EngineSettings(workers=1))


def test_files_elsewhere_are_asked_for_again_by_their_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known tags are sent along: nothing comes back but that nothing changed; what was not there is tried again."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_TOKEN", "secret")
    with serving() as (shop, place):
        monkeypatch.setenv("HF_ENDPOINT", place)
        shop.commit = COMMIT
        shop.files["/a.safetensors"] = safetensors({"w": entry()}, 8)
        shop.files[f"/org/net/resolve/{COMMIT}/model.safetensors.index.json"] = (
            b'{"weight_map": {"a": "a.safetensors"}}'
        )
        shop.files[f"/org/net/resolve/{COMMIT}/a.safetensors"] = safetensors({"a": entry()}, 8)
        (tmp_path / "list.txt").write_text(f"{place}/a.safetensors?token=secret\n{place}/b.safetensors\n")
        (tmp_path / "hub.jsonl").write_text(json.dumps({"id": "org/net", "sha": COMMIT, "createdAt": "2023-01-01"}))
        sources = [str(tmp_path / "list.txt"), str(tmp_path / "hub.jsonl")]
        counts = counted(sources, tmp_path / "out")
        assert (counts.read, counts.failed, counts.unchanged) == (2, 1, 0)
        sent, asked = shop.sent, len(shop.asked)
        shop.files["/b.safetensors"] = shop.files["/a.safetensors"]
        counts = counted(sources, tmp_path / "out")
        assert (counts.read, counts.failed, counts.unchanged) == (1, 0, 2)
        assert shop.sent == sent + len(shop.files["/b.safetensors"])
        assert len(shop.asked) == asked + 2  # the repository's commit is known: it is not even asked for
    signed = next(iter(places_of([sources[0]], True))).name.partition("?")[2]
    found = rows(tmp_path / "out", "source, parameters, year(modified), status", order="source")
    assert found == [
        (f"hf://org/net@{COMMIT}", 2, 2023, "read"),
        (f"{place}/a.safetensors?{signed}", 2, 2026, "read"), (f"{place}/b.safetensors", 2, 2026, "read"),
    ]  # fmt: skip
    everything: list[Any] = [*rows(tmp_path / "out"), *rows(tmp_path / "out", table="tensors")]
    assert "secret" not in repr(everything)


def test_names_with_no_file_are_never_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trap.py").write_text("import pathlib; pathlib.Path('ran').touch()\n")
    (tmp_path / "list.txt").write_text("trap.py:Net\nalexnet\ntransformers:gpt2\n")
    counts = census(places_of(["list.txt"]), "out", settings=EngineSettings(workers=1))
    assert counts.failed == 3
    assert main(["census", "list.txt", "--format", "csv"]) == 0
    assert [line.split(",")[2] for line in capsys.readouterr().out.splitlines()[1:]] == ["", "", ""]
    assert not Path("ran").exists()
