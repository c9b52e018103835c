"""Shards on disk, engines by name, and the command."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from netledger.cli import main
from netledger.errors import MissingExtraError, NotFoundError, UsageError
from netledger.fleet.batch import Batch, Limits
from netledger.fleet.engines import ENGINES, EngineSettings
from netledger.fleet.places import CensusPlace, places_of
from netledger.fleet.reading import lost, read_batch
from netledger.fleet.store import Store
from tests.fleet.files import fill
from tests.sources.builders import entry, safetensors
from tests.support import ROOT


def batch(names: list[str]) -> Batch:
    return Batch(tuple(CensusPlace(name, f"key {name}") for name in names), Limits())


def test_a_row_that_stands_twice_is_the_later_one(tmp_path: Path) -> None:
    """Killed between a new shard and the cleaning of an old one: the next census cleans, an empty shard goes."""
    names = list(fill(tmp_path / "models", 3))
    with Store(str(tmp_path / "out"), Limits(), 10) as store:
        for some in (names, names[:1], names[1:2], names[2:]):
            store.add(read_batch(batch(some), lambda number: None))
            store.write()
    assert len(duckdb.sql(f"from '{tmp_path}/out/files/*.parquet'").fetchall()) == 6
    with Store(str(tmp_path / "out"), Limits(), 10) as store:
        assert {done.shard for done in store.done.values()} == {1, 2, 3}
        with pytest.raises(UsageError, match="another census writes there"):
            Store(str(tmp_path / "out"), Limits(), 10)
    assert sorted(path.name for path in (tmp_path / "out" / "files").iterdir()) == [
        f"part-00000{i}.parquet" for i in (1, 2, 3)
    ]
    with pytest.raises(UsageError, match="made with another --dtype"):
        Store(str(tmp_path / "out"), Limits(dtype="float16"), 10)


def test_a_batch_that_its_workers_did_not_survive(tmp_path: Path) -> None:
    with Store(str(tmp_path / "out"), Limits(), 10) as store:
        assert store.add(lost(batch(["a", "b"]), "the workers that read it were lost")) == {"failed": 2}
        store.write()
    found = duckdb.sql(f"select source, status, error, key from '{tmp_path}/out/files/*.parquet'").fetchall()
    assert found == [(name, "failed", "the workers that read it were lost", None) for name in "ab"]


def test_engines_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match="unknown engine 'dusk': did you mean 'dask'"):
        ENGINES.get("dusk")
    with pytest.raises(UsageError, match="--scheduler is of a cluster"):
        next(ENGINES.get("local")(lambda batch: lost(batch, ""), [], EngineSettings(scheduler="tcp://x")))
    for module, engine, extra in (("distributed", "dask", "dask"), ("ray", "ray", "ray")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(MissingExtraError, match=rf"netledger\[{extra}\]"):
            next(ENGINES.get(engine)(lambda batch: lost(batch, ""), [], EngineSettings()))


def test_the_tasks_of_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of Ray, by a stand-in that is no Ray: tasks ahead of the workers, a crash that says so."""

    class Crash(Exception):
        pass

    asked: list[Any] = []

    def task(work: Any) -> Any:
        return SimpleNamespace(remote=lambda given: asked.append(given) or (work, len(asked) - 1))

    def get(reference: Any) -> Any:
        work, number = reference
        given = asked[number]
        if given.places[0].source == "crash":
            raise Crash
        return work(given)

    ray = SimpleNamespace(
        init=lambda **settings: None, shutdown=lambda: None, remote=lambda **settings: task, get=get,
        cluster_resources=lambda: {"CPU": 1.0}, wait=lambda running, num_returns: (running[:1], running[1:]),
        exceptions=SimpleNamespace(WorkerCrashedError=Crash),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "ray", ray)
    batches = [batch([name]) for name in ("a", "crash", "b")]
    found = ENGINES.get("ray")(lambda given: lost(given, given.places[0].source), batches, EngineSettings(workers=1))
    first = next(found)
    assert (first[0], len(asked)) == (batches[0], 2)
    assert [rows if isinstance(rows, str) else "rows" for _, rows in found] == [
        "the workers that read it were lost",
        "rows",
    ]


def test_names_are_inert_in_both_tables(tmp_path: Path) -> None:
    """Escapes and signs that turn the writing round are shown as such; a pipe and a link to something else are rows."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "a\x1b[31m\u202e.safetensors").write_bytes(safetensors({"x\x1b]0;evil\x07.w": entry()}, 8))
    (folder / "link.safetensors").symlink_to(ROOT / "LICENSE")
    os.mkfifo(folder / "pipe.gguf")
    with Store(str(tmp_path / "out"), Limits(), 10) as store:
        found = store.add(read_batch(Batch(tuple(places_of([str(folder)])), Limits()), lambda number: None))
        store.write()
    assert found == {"read": 1, "refused": 1, "failed": 1}
    for table, count in (("files", 3), ("tensors", 1)):
        rows = duckdb.sql(f"from '{tmp_path}/out/{table}/*.parquet'").fetchall()
        assert len(rows) == count
        texts = [value for row in rows for value in row if isinstance(value, str)]
        assert all(text.isprintable() and "\u202e" not in text for text in texts)
        assert any("x1b" in text for text in texts)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    known = fill(Path("models"), 10)
    assert main(["census", "models", "-o", "out/", "--workers", "1", "--shard", "4"]) == 0
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["read", "9"] in said
    assert [line[-1] for line in said if line[:1] == ["refused:"]] == ["1"]
    assert main(["census", "models", "-o", "out"]) == 0
    assert "unchanged since they were read" in capsys.readouterr().out
    assert len(list(Path("out/files").iterdir())) > 1
    guide = (ROOT / "docs" / "guides" / "census.md").read_text(encoding="utf-8")
    queries = guide.partition("```sql\n")[2].partition("```")[0].split(";")[:-1]
    types, alike, embeddings = (duckdb.sql(query).fetchall() for query in queries)
    values = sum(count for count in known.values() if count is not None)
    assert types == [("float32", 4 * 9, 4 * values)]  # two layers of two tensors in each of nine files
    assert (alike, embeddings) == ([], [])
    assert main(["census", "models", "--format", "json"]) == 0
    table = json.loads(capsys.readouterr().out)["models"]
    assert {model["name"]: model["parameters"] for model in table if "again" not in model["name"]} == known
    for words in (["--set", "a.b=1"], ["--batch", "2"], ["--format", "csv"]):
        assert main(["census", "models", "-o", "out/", *words]) == 2
    assert main(["census", "models", "-o", "out/", "--engine", "dusk"]) == 66
    assert main(["census", "models", "-o", "again"]) == 0
    assert Path("again/files/part-000000.parquet").exists()
    assert main(["census", "models", "-o", "models.csv"]) == 0
    assert Path("models.csv").is_file()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["census", "models", "-o", "new/"]) == 69
