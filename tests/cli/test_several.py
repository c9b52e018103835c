"""``netledger show`` of several: names, patterns, folders; errors as rows; interrupted."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from netledger.cli import main, several
from netledger.cli.commands import check
from netledger.fleet import folders
from tests.sources.builders import entry, safetensors
from tests.support import DATA

ONE = "x = input(4)\ny = linear({})\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three models by hand: 4·10 + 10 = 50, 4·3 + 3 = 15 and 2 parameters; one that is broken; things that are none."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "models"
    place.mkdir()
    (place / "small.net").write_text(ONE.format(3))
    (place / "large.net").write_text(ONE.format(10))
    (place / "two.safetensors").write_bytes(safetensors({"w": entry()}, 8))
    (place / "broken.onnx").write_bytes(b"no model")
    (place / "readme.txt").write_text("nothing")
    (place / "settings.json").write_text("{}")
    return place


def table(capsys: pytest.CaptureFixture[str], *words: str) -> list[list[str]]:
    main(["show", *words, "--format", "csv"])
    return list(csv.reader(io.StringIO(capsys.readouterr().out)))[1:]


@pytest.mark.parametrize("words", [("models",), ("models/*.*", "models/small.net"), ("models/small.net", "models")])
def test_a_row_a_model_largest_first(folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    rows = {row[0]: row[2:4] for row in table(capsys, *words)}
    known = [name for name in rows if name.startswith("models/")]
    assert known[:2] == ["models/large.net", "models/small.net"]
    assert rows["models/large.net"] == ["50", "40"]
    assert rows["models/small.net"] == ["15", "12"]
    assert rows["models/two.safetensors"][0] == "2"


def test_errors_are_rows_and_the_exit_code_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "models/small.net", "nonesuch", "models/broken.onnx", "--format", "json"]) == 66
    data = json.loads(capsys.readouterr().out)
    assert [(model["name"], model["parameters"]) for model in data["models"]] == [
        ("models/small.net", 15), ("models/broken.onnx", None), ("nonesuch", None),
    ]  # fmt: skip
    assert data["models"][2]["error"] == "no network or file 'nonesuch'"
    assert data["models"][0]["error"] is None
    assert data["asked"] == 3


def test_totals(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "models/small.net", "models/large.net", "--dtype", "float16"]) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1].split()
    assert last == ["total", "of", "2", "65", "52", "130"]


def test_an_index_stands_for_its_shards(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        name = f"m-0000{number}-of-00002.safetensors"
        (folder / name).write_bytes(safetensors({f"w{number}": entry()}, 8))
    shards = {f"w{number}": f"m-0000{number}-of-00002.safetensors" for number in (1, 2)}
    (folder / "m.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": shards}))
    for number in (1, 2):
        (folder / f"g-0000{number}-of-00002.gguf").write_bytes(b"GGUF")
    names = folders.in_folder("models")
    assert [name for name in names if "/m" in name[6:]] == ["models/m.safetensors.index.json"]
    assert [name for name in names if name.endswith("gguf")] == ["models/g-00001-of-00002.gguf"]
    rows = {row[0]: row[2] for row in table(capsys, "models")}
    assert rows["models/m.safetensors.index.json"] == "4"


def test_a_pipeline_is_a_table_of_its_parts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "model_index.json").write_text('{"_class_name": "Pipeline"}')
    for part in ("unet", "vae"):
        (folder / part).mkdir()
        (folder / part / "weights.safetensors").write_bytes(safetensors({"w": entry()}, 8))
    rows = table(capsys, "models")
    assert [row[0] for row in rows[:2]] == ["models/unet/weights.safetensors", "models/vae/weights.safetensors"]


@pytest.mark.parametrize(
    ("words", "where", "told"),
    [(("show",), several, "1 of 3 models."), (("check", "--max", "parameters=20"), check, "1 of 3 networks.")],
)
def test_ctrl_c_keeps_what_is_done(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...], where: ModuleType, told: str,
) -> None:  # fmt: skip
    whole = where.network_of

    def stopped(name: str, arguments: object) -> object:
        if name == "vgg16":
            raise KeyboardInterrupt
        return whole(name, arguments)

    monkeypatch.setattr(where, "network_of", stopped)
    assert main([words[0], "models/small.net", "vgg16", "alexnet", *words[1:]]) == 130
    shown = capsys.readouterr().out
    assert "models/small.net" in shown
    assert f"Interrupted after {told}" in shown


def test_a_table_for_programs(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parquet, read by DuckDB: 50 + 15 parameters; MACs of tensors alone are not known: at least 0, not exact."""
    assert main(["show", "models", "-o", "models.parquet"]) == 65
    rows = duckdb.sql("select model, parameters, parameters_exact, macs, macs_exact from 'models.parquet'").fetchall()
    assert rows == [
        ("models/large.net", 50, True, 40, True), ("models/small.net", 15, True, 12, True),
        ("models/two.safetensors", 2, True, 0, False), ("models/broken.onnx", None, None, None, None),
    ]  # fmt: skip
    assert main(["check", "models/small.net", "models/large.net", "--max", "parameters=20", "-o", "c.parquet"]) == 1
    assert duckdb.sql("select counted from 'c.parquet' where verdict not like '✓%'").fetchall() == [(50,)]
    monkeypatch.setattr(several, "network_of", None)  # nothing is read before it is known that it can be written
    assert main(["show", "models", "--format", "parquet"]) == 2
    assert "parquet is written to a file: -o models.parquet" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["show", "models", "-o", "models.parquet"]) == 69
    assert 'a Parquet file needs pyarrow: pip install "netledger[fleet]"' in capsys.readouterr().err


def test_options_of_one_network_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "alexnet", "vgg16", "--depth", "1"]) == 2
    assert capsys.readouterr().err.startswith("error: --depth is of one network, and several are named\n")
    assert main(["show", "models/*.pt"]) == 66
    assert capsys.readouterr().err.startswith("error: no file fits 'models/*.pt'\n")


def test_one_is_shown_as_ever(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "models/small.net"]) == 0
    assert "15" in capsys.readouterr().out
    assert main(["show", "models/small.net", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "netledger.ledger/1"


def test_a_census_of_all_below_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Deep folders, a model's own folder, and graphs with their values in other files are one row each."""
    deep = folder / "a" / ".hidden" / "b"
    deep.mkdir(parents=True)
    for name in ("images.xml", "images.bin"):
        shutil.copy(DATA / "openvino" / name, deep / name)
    shutil.copytree(DATA / "tensorflow" / "exported", folder / "exported")
    shutil.copy(DATA / "tensorflow" / "graphs" / "images" / "saved_model.pb", folder / "exported")
    js = folder / "js"
    js.mkdir()
    weights = [{"name": "fc/kernel", "shape": [4, 5], "dtype": "float32"}]
    manifest = [{"paths": ["group1-shard1of1.bin"], "weights": weights}]
    (js / "model.json").write_text(json.dumps({"modelTopology": {"node": []}, "weightsManifest": manifest}))
    (js / "group1-shard1of1.bin").write_bytes(bytes(80))
    (folder / "loop").symlink_to(folder)
    (folder / "hub" / "onnx").mkdir(parents=True)  # settings that name no model, weights beside and below them
    (folder / "hub" / "config.json").write_text("{}")
    for name in ("hub/w.safetensors", "hub/onnx/w.safetensors"):
        shutil.copy(folder / "two.safetensors", folder / name)
    for kind, name, ends in (
        ("mxnet", "images", ("-symbol.json", "-0000.params")), ("paddle", "words", (".json", ".pdiparams")),
        ("ncnn", "words.ncnn", (".param", ".bin")),
    ):  # fmt: skip
        (folder / kind).mkdir()
        for end in ends:
            shutil.copy(DATA / kind / f"{name}{end}", folder / kind / f"{name}{end}")
    shutil.copytree(DATA / "coreml" / "images.mlpackage", folder / "images.mlpackage")
    shutil.copytree(DATA / "orbax" / "whole", folder / "whole")
    assert main(["census", "models", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {model["name"]: model["parameters"] for model in data["models"]} == {
        "models/large.net": 50, "models/small.net": 15, "models/two.safetensors": 2, "models/broken.onnx": None,
        "models/a/.hidden/b/images.xml": 3086, "models/exported": 861, "models/js/model.json": 20,
        "models/hub/w.safetensors": 2, "models/hub/onnx/w.safetensors": 2, "models/mxnet/images-symbol.json": 588,
        "models/paddle/words.json": 4272, "models/ncnn/words.ncnn.param": 4164, "models/images.mlpackage": 3086,
        "models/whole": 1002,
    }  # fmt: skip
    assert main(["census", "models/none"]) == 66
    (folder / "empty").mkdir()
    assert main(["census", "models/empty"]) == 66
