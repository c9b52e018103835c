"""A name that is a file is that file; code runs only where somebody named code."""

from __future__ import annotations

from pathlib import Path

import pytest

import netledger
from netledger.cli import main
from netledger.errors import NetledgerError, NotFoundError, UsageError
from netledger.ledger import keep_books

NET = "x = input(3)\ny = linear(2)\n"
RAN = 'open("ran", "w").close()\nfinal = make = 1\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for module in ("v2_of_names", "other_of_names"):
        (tmp_path / f"{module}.py").write_text(RAN)
    return tmp_path


NAMES = [
    "v2_of_names:final", "v2_of_names.py:final", "model (1).net", "alexnet", "torchvision:resnet18",
    "linear(4, in_features=3)", "timm:x", "a=b.net", "v2_of_names", "x\ty.net",
    "a\nb.net",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("before", ["", "./", "{folder}/"])
def test_a_file_that_is_there_comes_first(folder: Path, name: str, before: str) -> None:
    (folder / name).write_text(NET)
    named = before.format(folder=folder) + name
    assert int(keep_books(netledger.read(named)).totals.parameters) == 3 * 2 + 2
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["show", "v2_of_names:final"],
        ["check", "v2_of_names:final", "--max", "parameters=8"],
        ["compare", "v2_of_names:final", "./v2_of_names:final"],
        ["audit", "3*2 + 2 = 8 parameters", "--against", "v2_of_names:final"],
    ],
)
def test_so_does_every_command(folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "v2_of_names:final").write_text(NET)
    assert main(words) == 0, capsys.readouterr()
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    "name", ["./other_of_names:final", "../other_of_names:final", "/other_of_names:final", "gone (2).onnx", "./a(1)"]
)
def test_what_is_written_as_a_path_is_none_of_the_other_meanings(folder: Path, name: str) -> None:
    with pytest.raises(NotFoundError):
        netledger.read(name)
    assert not (folder / "ran").exists()


def test_a_file_is_no_module(folder: Path) -> None:
    (folder / "other_of_names.onnx").write_bytes(b"")
    with pytest.raises(UsageError, match="is a file and no module"):
        netledger.read("other_of_names.onnx:final")
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("name", ["other_of_names:final", "other_of_names.py:final", "./other_of_names.py:final"])
def test_code_that_is_named_runs(folder: Path, name: str) -> None:
    pytest.importorskip("torch")
    with pytest.raises(NetledgerError):
        netledger.read(name)
    assert (folder / "ran").exists()
