"""``netledger list``, ``format`` and ``check``."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import netledger
from netledger.cli import COMMANDS, main
from netledger.cli.networks import literal, named_shape
from netledger.errors import UsageError
from tests.cli.support import run


def printed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    return capsys.readouterr().out


# ---------------------------------------------------------------------- list


def test_list_names_everything_that_show_reads(capsys: pytest.CaptureFixture[str]) -> None:
    names = printed(capsys, "list", "--names").split()
    assert {"alexnet", "alexnet/ungrouped", "alexnet/torchvision", "zfnet"} <= set(names)
    assert all(netledger.read(name).name == name for name in names)


def test_list_of_a_family_answers_in_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "list", "alexnet")
    line = next(line for line in text.splitlines() if line.startswith("alexnet/ungrouped "))
    assert "62,378,344" in line
    assert "none" in line
    assert "60,965,224" in next(line for line in text.splitlines() if line.startswith("alexnet/caffe "))
    assert "group their convolutions" in " ".join(text.split())


def test_list_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(printed(capsys, "list", "zfnet", "--format", "json"))
    assert {network["name"] for network in data["networks"]} >= {"zfnet", "zfnet/b"}
    assert printed(capsys, "list", "zfnet", "--format", "markdown").startswith("# The catalogue: zfnet")


# ---------------------------------------------------------------------- format

NET = "image=input(3,8,8); conv = conv2d(4, 3, bias=False)\nrelu( )\n"


def test_format_rewrites_in_place_and_check_agrees(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "tiny.net"
    file.write_text(NET)
    assert main(["format", str(file), "--check"]) == 1
    assert "is not canonical" in capsys.readouterr().out
    assert file.read_text() == NET
    assert printed(capsys, "format", str(file)) == ""
    canonical = file.read_text()
    assert "conv = conv2d(4, kernel_size=3, bias=False)" in canonical
    assert netledger.count(str(file)).total_params == 3 * 3 * 3 * 4
    assert main(["format", str(file), "--check"]) == 0
    before = file.stat().st_mtime_ns
    assert printed(capsys, "format", str(file)) == ""
    assert (file.read_text(), file.stat().st_mtime_ns) == (canonical, before)


def test_format_to_json_and_back_loses_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = printed(capsys, "format", "alexnet", "--to", "json")
    file = tmp_path / "alexnet.json"
    file.write_text(data)
    again = printed(capsys, "format", str(file), "--to", "net")
    assert again == printed(capsys, "format", "alexnet", "--to", "net")
    assert netledger.count(str(file)).total_params == 60_965_224
    target = tmp_path / "copy.net"
    assert printed(capsys, "format", str(file), "-o", str(target)) == ""
    assert target.read_text() == again


def test_format_keeps_what_says_more_than_its_layers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Named sizes, loops and functions stay as they were written; spaces and line ends are put right."""
    file = tmp_path / "own.net"
    file.write_bytes(b'width = size("width")  \r\nx = input(8)\nfor i in range(3):\n    linear(width)\n\n')
    assert main(["format", str(file), "--check"]) == 1
    capsys.readouterr()
    assert printed(capsys, "format", str(file)) == ""
    assert main(["format", str(file), "--check"]) == 0
    assert file.read_bytes() == b'width = size("width")\nx = input(8)\nfor i in range(3):\n    linear(width)\n'
    file.write_text('width = size("width", 4)\nlinar(width)\n')
    assert main(["format", str(file)]) == 65
    assert "own.net: line 2" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["families", "families/library", "families/networks", "models"])
def test_format_accepts_the_families_that_come_with_it(folder: str) -> None:
    files = sorted((Path(netledger.__file__).parent / "catalogue" / folder).glob("*.net"))
    assert files
    assert [file.name for file in files if main(["format", str(file), "--check"]) != 0] == []


def test_format_of_what_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["format", "alexnet", "--check"]) == 2
    assert "--check needs a file" in capsys.readouterr().err
    assert "image = input(3, 224, 224)" in printed(capsys, "format", "alexnet")


def test_a_description_that_is_wrong_is_not_rewritten(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "wrong.net"
    file.write_text("x = input(3, 8, 8)\ny = conv2(4)\n")
    assert main(["format", str(file)]) == 65
    assert file.read_text() == "x = input(3, 8, 8)\ny = conv2(4)\n"


# ---------------------------------------------------------------------- check


def test_check_in_ci(capsys: pytest.CaptureFixture[str]) -> None:
    kept = printed(capsys, "check", "alexnet", "--max", "parameters=61M", "--max", "macs=725M", "--min", "layers=20")
    assert kept.count("✓ kept") == 3
    broken = printed(capsys, "check", "alexnet", "--max", "parameters=61M", "--max", "macs=700M", code=1)
    assert "✗ 24,406,816 too many, passed at fc6" in broken
    assert "conv2 223,948,800 (30.9%)" in broken
    data = json.loads(printed(capsys, "check", "alexnet", "--min", "bytes=1GB", "--format", "json", code=1))
    assert data["schema"] == "netledger.check/1"
    assert data["budgets"][0]["ok"] is False


def test_check_of_several(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """AlexNet has 60,965,224 parameters, LeNet-5 60,000; what cannot be read is a row, and its exit code counts."""
    words = ["check", "alexnet", "lenet5", "--max", "parameters=60M"]
    broken = printed(capsys, *words, code=1)
    assert broken.count("✓ kept") == 1
    assert "✗ 965,224 too many" in broken
    printed(capsys, *words[:-1], "parameters=61M")
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    data = json.loads(
        printed(capsys, "check", "lenet5", str(tmp_path), "--max", "macs=1G", "--format", "json", code=65)
    )
    assert [(one["ok"], one["error"] is None, len(one["budgets"])) for one in data["checks"]] == [
        (True, True, 1),
        (False, False, 0),
    ]
    assert data["ok"] is False
    report = printed(capsys, "check", "alexnet", str(tmp_path), *words[-2:], "--format", "junit", code=65)
    suite = ElementTree.fromstring(report)[0]
    assert [(case.get("name", "").rpartition("/")[2], case[0].get("type")) for case in suite] == [
        ("alexnet: parameters at most 60,000,000", "over_budget"), ("broken.onnx: can be read", "not_read"),
    ]  # fmt: skip
    log = json.loads(printed(capsys, "check", "alexnet", str(tmp_path), *words[-2:], "--format", "sarif", code=65))
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["over_budget", "not_read"]
    assert main(["check", "alexnet", "lenet5", "--max", "nonsense=1"]) == 2


def test_check_heeds_what_is_changed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["check", "alexnet", "--max", "bytes=122MB"]
    assert main([*words, "--dtype", "float16"]) == 0
    assert main(words) == 1
    assert main(["check", "alexnet", "--max", "parameters=57M", "--set", "fc8.out_features=10"]) == 0
    capsys.readouterr()


def test_check_as_a_process() -> None:
    assert run("check", "alexnet", "--max", "parameters=60M").returncode == 1
    assert run("check", "alexnet", "--max", "parameters=61M").returncode == 0


# ---------------------------------------------------------------------- the rest


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, command, "--help")
    assert text.startswith("usage: netledger " + command)
    assert "netledger " + command in text.partition("\n\n")[2]  # an example


@pytest.mark.parametrize(
    ("text", "value"),
    [("10", 10), ("-1", -1), ("1_000", 1000), ("0.5", 0.5), ("true", True), ("None", None), ("3x5", (3, 5)),
     ("(3, 5)", (3, 5)), ("[1]", (1,)), ("((0,1),(2,3))", ((0, 1), (2, 3))), ("same", "same"), ("", ""), ("1x", "1x")],
)  # fmt: skip
def test_literals(text: str, value: object) -> None:
    assert literal(text) == value


def test_shapes() -> None:
    assert named_shape("3×256×256") == ("", (3, 256, 256))
    assert named_shape("a.b=1,128") == ("a.b", (1, 128))
    for wrong in ("", "x", "3x", "3x-1", "3x1.5", "٣x3", "3x" + "9" * 41, "x".join("1" * 65)):
        with pytest.raises(UsageError):
            named_shape(wrong)
