"""What a person at a terminal meets: pipes, suggestions, completion, help that fits, a pager, bars, hidden columns."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from netledger import catalogue
from netledger.cli import COMMANDS, main
from netledger.cli.commands.completion import SCRIPTS, completions
from netledger.notation.frameworks.pytorch import written
from tests.cli.support import NETLEDGER, in_terminal, run
from tests.support import ROOT, process_environment

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("words", [("show", "-"), ("show",), ("show", "--depth", "1"), ("--columns", "parameters")])
def test_a_network_can_be_piped_in(words: tuple[str, ...]) -> None:
    done = run(*words, input="fc = linear(128, in_features=784)\n")
    assert done.returncode == 0, done.stderr
    assert "100,480" in done.stdout


def test_a_ledger_or_a_model_file_can_be_piped_in(tmp_path: Path) -> None:
    made = run("show", "lenet5", "--format", "json")
    assert "61,706" in run("show", "-", input=made.stdout).stdout
    import json
    import struct

    header = json.dumps({"w": {"dtype": "F32", "shape": [7, 11], "data_offsets": [0, 308]}}).encode()
    file = struct.pack("<Q", len(header)) + header + bytes(308)
    done = subprocess.run([*NETLEDGER, "show", "-"], input=file, capture_output=True, check=False)
    assert b"77" in done.stdout, done.stderr


def test_a_calculation_can_be_piped_in_or_redirected(tmp_path: Path) -> None:
    text = "conv2: (5*5)*48*256 + 256 = 307456\n"
    file = tmp_path / "sums.txt"
    file.write_text(text)
    for words in (("audit", "--against", "alexnet"), ("audit", "-", "--against", "alexnet")):
        assert run(*words, input=text).returncode == 0
        with file.open() as opened:
            assert run(*words, stdin=opened).returncode == 0


def test_nothing_at_all_is_still_a_usage_error() -> None:
    done = run("show", stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "NETWORK" in done.stderr


@pytest.mark.parametrize(
    ("words", "near"),
    [(("show", "alexnet", "--dept", "1"), "--depth"), (("audit", "x", "--agianst", "alexnet"), "--against"),
     (("check", "alexnet", "--maks", "a=1"), "--max"), (("compare", "a", "b", "--exitcode"), "--exit-code")],
)  # fmt: skip
def test_an_unknown_option_gets_a_suggestion(
    words: tuple[str, ...], near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(words)) == 2
    assert f"did you mean '{near}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("theirs", "ours", "parameters"),
    [("linear(784, 128)", "linear(128, in_features=784)", 784 * 128 + 128),
     ("nn.Linear(784, 128, bias=False)", "linear(128, bias=False, in_features=784)", 784 * 128),
     ("nn.Conv2d(3, 64, 3)", "conv2d(64, 3, in_channels=3)", 3 * 3 * 3 * 64 + 64),
     ("torch.nn.Conv2d(96, 256, kernel_size=5, groups=2)", "conv2d(256, kernel_size=5, groups=2, in_channels=96)", 25 * 48 * 256 + 256),
     ("nn.ConvTranspose2d(16, 8, 2, stride=2)", "conv_transpose2d(8, 2, stride=2, in_channels=16)", 16 * 8 * 4 + 8),
     ("nn.BatchNorm2d(64)", "batch_norm(64)", 128), ("nn.Embedding(1000, 16)", "embedding(1000, 16)", 16_000),
     ("nn.LSTM(10, 20)", "lstm(20, input_size=10)", 4 * (10 * 20 + 20 * 20 + 2 * 20))],
)  # fmt: skip
def test_pytorch_s_form_is_answered_with_the_line_to_write(theirs: str, ours: str, parameters: int) -> None:
    import netledger

    assert written(theirs) == ours
    assert netledger.count(ours).total_params == parameters


def test_the_hint_comes_with_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "linear(784, 128)"]) == 65
    assert "hint: in the notation this is: linear(128, in_features=784)" in capsys.readouterr().err
    for fault in ("linear(4, bias=3)", "linear({'a': 1})"):
        assert main(["show", f"x = input(4)\nh = {fault}"]) == 65
        assert "in the notation this is" not in capsys.readouterr().err  # linear(in_features=4) is none either


def test_completion_knows_commands_options_values_and_networks() -> None:
    assert {"show", "audit", "alexnet"} <= set(completions([""]))
    assert completions(["show", "resnet1"])[:3] == ["resnet101", "resnet152", "resnet18"]
    assert "--depth" in completions(["show", "alexnet", "--d"])
    assert completions(["show", "alexnet", "--format", "mark"]) == ["markdown"]
    assert completions(["audit", "x", "--against", "vgg16_"]) == ["vgg16_bn"]
    assert completions(["show", "alexnet", "--formulas", "s"]) == ["symbols"]
    assert completions(["completion", "zzz"]) == []


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_completion_script_is_a_script_of_that_shell(shell: str, tmp_path: Path) -> None:
    file = tmp_path / f"completion.{shell}"
    assert main(["completion", shell]) == 0
    file.write_text(run("completion", shell).stdout)
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n", str(file)], check=True)


COMPLETED = {
    "bash": 'eval "$(netledger completion bash)"; COMP_WORDS=(netledger show googl); COMP_CWORD=2; _netledger; echo "${COMPREPLY[@]}"',
    "zsh": 'compdef() { :; }; compadd() { print -l -- "$@[4,-1]"; }; eval "$(netledger completion zsh)"; words=(netledger show googl); CURRENT=3; _netledger',
    "fish": 'netledger completion fish | source; complete -C "netledger show googl"',
}
"""What a shell is told, and what it then completes ``netledger show googl`` with."""


@pytest.mark.parametrize("shell", COMPLETED)
def test_a_shell_completes_a_name(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    command = tmp_path / "netledger"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m netledger "$@"\n')
    command.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    quiet = {"zsh": ["-f"], "fish": ["--no-config"]}.get(shell, [])
    done = subprocess.run(
        [shell, *quiet, "-c", COMPLETED[shell]],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[:2] == ["googlenet", "googlenet/2014"]


def test_fish_completes_an_empty_word() -> None:
    """Nothing typed yet is a word too: the value of an option, not the option again."""
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    script = 'netledger completion fish | source; complete -C "netledger show alexnet --format "'
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["fish", "--no-config", "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert {"latex", "typst"} <= {*done.stdout.split()}


def test_the_list_is_one_page_and_every_name_on_it_lists_its_own() -> None:
    """Families first: forty-six lines at a hundred columns; what stands there can be typed, and is as long as it says."""
    lines = run("list", env={**process_environment(), "COLUMNS": "100"}).stdout.splitlines()
    assert len(lines) <= 46
    rows = {line.split()[0]: line.split()[1] for line in lines[4 : lines.index("", 4)]}
    assert (rows["alexnet"], rows["vgg"], rows["mobilenet_v2"]) == ("46", "8", "1")
    names = run("list", "--names").stdout.split()
    assert sum(map(int, rows.values())) == len(catalogue.names())
    assert [line for line in lines if line.startswith("alexnet/")] == []
    shelves = re.split(r"\n(?=\S)", "\n".join(lines[lines.index("", 4) + 3 :]))
    for shelf in shelves:
        for entry in " ".join(line[36:] for line in shelf.splitlines()).split(", "):
            name, _, count = entry.partition(" ")
            found = [known for known in names if known.startswith(name)]
            assert len(found) >= int(count.strip("()") or 1), entry


def test_the_readme_counts_the_catalogue_as_the_list_does() -> None:
    said = run("list").stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    forms = re.search(r"alexnet +(\d+) ", said)
    models = re.search(r"And (\d+) models", said)
    assert forms is not None
    assert models is not None
    assert f"AlexNet in {forms[1]} forms" in readme
    assert f"{models[1]} models of families" in readme


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_the_terminal(
    command: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([*([command] if command else []), "--help"]) == 0
    text = capsys.readouterr().out
    assert text
    long = [line for line in text.splitlines() if len(line) > width and " " in line.strip()]
    assert not long


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_of_help_begins_a_line_of_its_own(
    command: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([command, "--help"]) == 0
    above = capsys.readouterr().out.partition("\npositional arguments:")[0].partition("\noptions:")[0]
    joined = [line for line in above.splitlines() if re.search(r"\S.* netledger [a-z]+ ", line)]
    assert [line for line in joined if not re.search(r"usage:|\| netledger|-m netledger", line)] == []
    assert re.search(r"^  (netledger|eval|<!-- netledger)", above, re.MULTILINE)


def test_hidden_columns_are_named_and_shares_have_bars() -> None:
    narrow = ESCAPE.sub("", in_terminal(80, "show", "alexnet"))
    assert re.search(r"not shown at this width: .*weights", narrow)
    wide = ESCAPE.sub("", in_terminal(200, "show", "alexnet"))
    assert "not shown" not in wide
    bars = {line.split()[0]: line.count("█") for line in wide.splitlines() if "█" in line}
    assert bars["fc6"] == 4  # 61.9 % of eight cells: four whole ones and most of a fifth
    assert bars["fc7"] == 2


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_list_is_as_long_on_a_wide_terminal_as_it_must_be(width: int) -> None:
    lines = len(in_terminal(width, "list").splitlines())
    assert lines <= len(in_terminal(60, "list").splitlines())


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("words", [("list", "alexnet"), ("list",)])
def test_the_list_fits_in_a_pipe_too_and_cuts_nothing(
    width: int, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(list(words)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    hidden = any(line.startswith("not shown at this width:") for line in lines)
    assert hidden == (40 < width < 94 if len(words) == 1 else width < 200)  # the narrowest stands a row below another
    if width >= 60 and len(words) > 1:  # no name is parted, every network is one line with its count
        line = next(line for line in lines if "alexnet/convnet-benchmarks-tensorflow" in line)
        assert "61,100,840" in line
    assert "…" not in "".join(lines)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal")
def test_what_is_longer_than_the_screen_is_paged(tmp_path: Path) -> None:
    import pexpect

    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho PAGED\ncat\n")
    pager.chmod(0o755)
    environment = {"TERM": "xterm", "PATH": "/usr/bin:/bin", "NETLEDGER_PAGER": str(pager)}
    import os

    environment |= {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    for rows, words, paged in ((20, (), True), (200, (), False), (20, ("--no-pager",), False)):
        command = [*NETLEDGER[1:], "show", "alexnet", *words]
        child = pexpect.spawn(
            NETLEDGER[0], command, dimensions=(rows, 120), env=environment, encoding="utf-8", timeout=30
        )
        text = child.read()
        assert ("PAGED" in text) is paged
        assert "60,965,224" in text


def test_a_description_s_evidence_reads_like_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "alexnet"]) == 0
    text = capsys.readouterr().out
    assert "evidence     8 parameter counts by formula; a description holds no tensors" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_usage_says_what_must_be_there_in_a_line(command: str) -> None:
    usage = run(command, "--help", env={**process_environment(), "COLUMNS": "80"}).stdout.partition("\n\n")[0]
    assert usage.startswith(f"usage: netledger {command} [options]")
    assert len(usage.splitlines()) == 1


def test_help_begins_with_whole_sentences_at_any_width() -> None:
    for width in (50, 60, 80, 120):
        lines = (
            run("--help", env={**process_environment(), "COLUMNS": str(width)}).stdout.partition("\n\n")[0].splitlines()
        )
        assert all(line == line.strip() for line in lines)
        assert all(len(line) + len(after.split()[0]) >= width for line, after in pairwise(lines))


def test_version_is_an_option() -> None:
    assert "netledger --version tells it" in run("version").stderr


def test_the_list_of_models_has_no_empty_column() -> None:
    """GPTs have no year and no convolutions to group: their room is the MACs'."""
    wide = run("list", "gpt", env={**process_environment(), "COLUMNS": "104"}).stdout
    head = next(line for line in wide.splitlines() if line.startswith("network"))
    assert "MACs" in head
    assert "year" not in head
    assert "group" not in wide
    assert "year" in run("list", "vgg", env={**process_environment(), "COLUMNS": "120"}).stdout


def test_an_argument_that_may_be_repeated_is_asked_for_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["census"]) == 2
    assert "required: SOURCE\n" in capsys.readouterr().err


def test_a_file_that_is_not_there_gets_the_files_that_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("models").mkdir()
    (tmp_path / "models" / "my model.net").write_text("x = input(3)\n")
    for place in ("models", "./models"):
        assert main(["show", f"{place}/my modle.net"]) == 66
        assert f"did you mean '{place}/my model.net'?" in capsys.readouterr().err
    assert main(["show", "nofile.net"]) == 66
    assert "did you mean" not in capsys.readouterr().err


def test_the_page_is_found_in_the_checkout_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from netledger.cli.commands import page

    built = tmp_path / "web" / "dist"
    built.mkdir(parents=True)
    for name in ("index.html", "netledger.whl"):
        (built / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(page, "__file__", str(tmp_path / "elsewhere" / "netledger" / "cli" / "commands" / "page.py"))
    assert Path(page.built_page()).samefile(built)
