"""``netledger audit`` on the command line: texts, files, pipes, formats, exit codes, errors."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from netledger.cli import main
from tests.support import process_environment

RIGHT = "conv2: (5*5)*48*256 + 256 = 307,456"
WRONG = "conv2: (5*5)*96*256 + 256 = 614,656"


def test_a_calculation_itself(capsys):
    assert main(["audit", RIGHT, "--against", "alexnet"]) == 0
    assert "✓" in capsys.readouterr().out


def test_a_wrong_one_names_the_cause_and_the_correction(capsys):
    assert main(["audit", WRONG, "--against", "alexnet"]) == 1
    shown = capsys.readouterr().out
    assert "307,456" in shown
    assert "conv2 has 2 groups" in shown
    assert "weights and biases" in shown  # the convention it judged by


def test_a_file(tmp_path, capsys):
    path = tmp_path / "question.txt"
    path.write_text("\ufeff" + RIGHT, encoding="utf-8")
    assert main(["audit", str(path), "--against", "alexnet"]) == 0


def test_the_standard_input():
    done = subprocess.run(
        [sys.executable, "-m", "netledger", "audit", "-", "--against", "alexnet", "--format", "json"],
        input=WRONG, capture_output=True, text=True, timeout=60, env=process_environment(),
    )  # fmt: skip
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["verdict"] == "wrong"
    assert answer["findings"][0]["line_no"] == 1
    assert {"line_no", "kind", "layer", "expected", "found", "follows_from", "why"} <= answer["findings"][0].keys()
    assert answer["total"].keys() >= {"claimed", "true", "ok"}


@pytest.mark.parametrize("name", ["question.txt", "./x", "../calc", "notes.md", "/nowhere/at/all"])
def test_what_looks_like_a_file_but_is_none(name, capsys):
    assert main(["audit", name, "--against", "alexnet"]) == 66
    assert capsys.readouterr().err.startswith(f"error: no file '{name}'")


@pytest.mark.parametrize("text", ["hello there", "", "9**9**9", "(" * 1000])
def test_nothing_that_could_be_read(text):
    assert main(["audit", text, "--against", "alexnet"]) == 65


def test_a_directory_is_no_calculation(tmp_path, capsys):
    assert main(["audit", str(tmp_path), "--against", "alexnet"]) == 65
    assert "is a directory" in capsys.readouterr().err


def test_too_long(tmp_path, capsys):
    path = tmp_path / "long.txt"
    path.write_text("(" * 10_000_000)
    assert main(["audit", str(path), "--against", "alexnet"]) == 65
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_markdown_is_an_answer_ready_to_post(capsys):
    main(["audit", "conv1: 11*11*3*96 + 96 = 34944\n" + WRONG, "--against", "alexnet", "--format", "markdown"])
    shown = capsys.readouterr().out
    assert "307,456" in shown
    assert "rong: line 2." in shown


@pytest.mark.parametrize("format", ["text", "terminal", "markdown", "latex", "csv", "html", "json"])
def test_every_format_holds_the_correction(format, capsys):
    assert main(["audit", WRONG, "--against", "alexnet", "--format", format]) == 1
    assert "307" in capsys.readouterr().out


def test_names_from_the_text_cannot_steer_a_terminal(capsys):
    main(["audit", "conv2\x1b[31m\u202e: (5*5)*96*256 + 256 = 614,656", "--against", "alexnet"])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
