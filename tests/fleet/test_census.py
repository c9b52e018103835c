"""A census of very many files: the same rows whoever reads them, whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from netledger.fleet.batch import Limits
from netledger.fleet.census import CensusCounts, census
from netledger.fleet.engines import EngineSettings
from netledger.fleet.places import places_of
from tests.fleet.files import fill, wide

COUNT = 10_000
TWO = EngineSettings(workers=2)


def rows(out: Path, columns: str = "*", table: str = "files", order: str = "all") -> list[tuple[Any, ...]]:
    return duckdb.sql(f"select {columns} from '{out}/{table}/*.parquet' order by {order}").fetchall()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int | None]]:
    folder = tmp_path_factory.mktemp("many")
    return folder / "models", fill(folder / "models", COUNT)


@pytest.fixture(scope="module")
def local(
    many: tuple[Path, dict[str, int | None]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, CensusCounts]:
    out = tmp_path_factory.mktemp("local") / "out"
    return out, census(places_of([str(many[0])]), str(out), settings=TWO)


def test_ten_thousand_files_here(many: tuple[Path, dict[str, int | None]], local: tuple[Path, CensusCounts]) -> None:
    """Every count as it was made, the broken as rows, a second name of a file not read again, a structure once."""
    _, known = many
    out, counts = local
    found = rows(out, "source, parameters, parameters_exact, status, error")
    assert set(known.items()) ^ {(source, count) for source, count, *_ in found} == set()
    broken = [row for row in found if row[3] != "read"]
    assert len(broken) == COUNT // 500
    assert {row[1:] for row in broken} == {(None, None, "refused", "6 bytes are too few for a safetensors file")}
    assert all(exact for _, _, exact, status, _ in found if status == "read")
    assert (counts.read, counts.refused, counts.failed, counts.again) == (COUNT - 20, 20, 0, 10)
    sums = duckdb.sql(
        f"select sum(t.elements) from '{out}/files/*.parquet' f join '{out}/tensors/*.parquet' t using (structure)"
    ).fetchall()
    assert sums == [(sum(count for count in known.values() if count is not None),)]
    shapes = rows(out, "pattern, role, dtype, shape, count, elements, bytes", "tensors")
    assert len(shapes) == len(set(map(repr, rows(out, table="tensors")))) == 2 * counts.structures
    assert ("layers.*.bias", "bias", "float32", [2], 2, 4, 16) in shapes


def test_the_same_rows_on_a_cluster_whose_worker_is_killed(
    many: tuple[Path, dict[str, int | None]], local: tuple[Path, CensusCounts], tmp_path: Path
) -> None:
    from distributed import LocalCluster

    killed: list[int] = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:

        def told(counts: CensusCounts) -> None:
            if counts.done > COUNT // 4 and not killed:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        counts = census(
            places_of([str(many[0])]), str(tmp_path / "out"), engine="dask",
            settings=EngineSettings(scheduler=cluster.scheduler_address), told=told,
        )  # fmt: skip
    assert killed
    assert counts == local[1]
    for table in "files", "tensors":
        theirs, ours = (set(map(repr, rows(out, table=table))) for out in (tmp_path / "out", local[0]))
        assert theirs ^ ours == set()


def test_a_census_that_is_killed_goes_on_where_its_last_shard_ends(
    many: tuple[Path, dict[str, int | None]], tmp_path: Path
) -> None:
    """kill -9 in the middle: whole shards stay as they are, all but a shard's rows are there, the rest is read next."""
    folder, known = many[0] / "000", {name: n for name, n in many[1].items() if "/000/" in name}
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "netledger",
        "census",
        str(folder),
        "-o",
        f"{out}/",
        "--shard",
        "256",
        "--workers",
        "1",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(out.glob("files/*.parquet"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("files/*.parquet")}
    there = len(rows(out, "source"))
    assert 0 < there < len(known)
    counts = census(places_of([str(folder)]), str(out), settings=TWO, shard=256)
    assert counts.unchanged == there
    assert counts.read + counts.refused == len(known) - there
    assert {path.name: path.stat().st_mtime_ns for path in out.glob("files/*.parquet") if path.name in before} == before
    assert dict(rows(out, "source, parameters")) == known


def test_what_changed_is_read_again_and_its_old_row_goes(tmp_path: Path) -> None:
    known = fill(tmp_path / "models", 6)
    out = tmp_path / "out"
    first = [str(tmp_path / "models")]
    census(places_of(first), str(out), settings=TWO, shard=2)
    changed = tmp_path / "models" / "000" / "000003.safetensors"
    fresh = fill(tmp_path / "more", 30)
    changed.write_bytes(Path(tmp_path / "more" / "000" / "000029.safetensors").read_bytes())
    (tmp_path / "models" / "000" / "000004.safetensors").unlink()
    (tmp_path / "list.txt").write_text(str(tmp_path / "models" / "000" / "000004.safetensors"))
    counts = census(places_of([*first, str(tmp_path / "list.txt")]), str(out), settings=TWO)
    assert (counts.unchanged, counts.read, counts.failed) == (4, 1, 1)
    found = dict(rows(out, "source, parameters"))
    gone = str(tmp_path / "models" / "000" / "000004.safetensors")
    assert found == {**known, str(changed): fresh[str(tmp_path / "more" / "000" / "000029.safetensors")], gone: None}
    assert rows(out, "status, error, key", order="status")[0] == (
        "failed",
        "no such file",
        None,
    )


def test_a_file_s_limits_are_rows(tmp_path: Path) -> None:
    """Very many tensors: longer than half a second, more than sixty megabytes; the files beside it are read."""
    fill(tmp_path / "models", 3)
    wide(tmp_path / "models" / "000" / "000001-wide.safetensors", 400_000)
    for name, limits, error in (
        ("slow", Limits(seconds=0.5), "it takes longer than 0.5 s"),
        ("large", Limits(megabytes=60), "it takes more than 60 MB"),
    ):
        counts = census(places_of([str(tmp_path / "models")]), str(tmp_path / name), limits=limits, settings=TWO)
        assert (counts.read, counts.failed) == (3, 1)
        assert rows(tmp_path / name, "error", order="error nulls last")[0] == (error,)


def test_ctrl_c_keeps_what_is_done(many: tuple[Path, dict[str, int | None]], tmp_path: Path) -> None:
    def told(counts: CensusCounts) -> None:
        if counts.done > 200:
            raise KeyboardInterrupt

    counts = census(places_of([str(many[0] / "001")]), str(tmp_path / "out"), settings=TWO, told=told)
    assert counts.interrupted
    assert 200 <= len(rows(tmp_path / "out")) == counts.read + counts.refused < 998
