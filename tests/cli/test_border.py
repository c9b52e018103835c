"""Errors on the command line: one line on stderr, the right exit code, never a traceback."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import netledger.cli
from netledger.cli import main
from netledger.cli.pointing import beneath
from netledger.errors import NetledgerError
from netledger.renderers.plain.layout import width_of
from tests.cli.support import NETLEDGER, run
from tests.support import process_environment

CASES = [
    (["show", "alexnt"], 66, "error: no network or file 'alexnt': did you mean 'alexnet'"),
    (["show", "./alexnet"], 66, "error: ./alexnet: no such file"),
    (["show", "."], 66, "error: .: this is a directory, not a file"),
    (["show", "alexnet", "--layers", "cnv2"], 66, "did you mean 'conv2'"),
    (["page", "--port", "abc"], 2, "argument --port: 'abc' is no whole number"),
    (["memory", "gpt2", "--context", "8k"], 2, "'8k' is no positive whole number: write 8000 or 8192"),
    (["show", "alexnet", "--dtype", "float8"], 2, "unknown dtype 'float8': did you mean 'float8_e4m3fn'"),
    (["show", "alexnet", "--format", "docx"], 2, "error: no format 'docx': there are terminal, text"),
    (["show", "alexnet", "--columns", "parametres"], 2, "error: no column 'parametres': did you mean 'parameters'"),
    (["show", "alexnet", "--columns", ","], 2, "error: --columns names no column"),
    (["show", "alexnet", "--batch", "0"], 2, "'0' is no positive whole number"),
    (["show", "alexnet", "--batch", "1e3"], 2, "'1e3' is no positive whole number"),
    (["show", "alexnet", "--depth", "-1"], 2, "no positive whole number"),
    (["show", "alexnet", "--dtype", "flot16"], 2, "unknown dtype 'flot16': did you mean 'float16'"),
    (["show", "alexnet", "--formulas", "words"], 2, "invalid choice: 'words'"),
    (["show", "alexnet", "--input", "3x2x"], 2, "'3x2x' is no shape"),
    (["show", "alexnet", "--input", "3x4"], 65, "conv1: conv2d: needs an input of channels and 2 spatial dimensions"),
    (["show", "alexnet", "--input", "pic=3x8x8"], 66, "no input 'pic': did you mean 'image'"),
    (["show", "alexnet", "--input", "3x4x4"], 65, "kernel of 11 is larger than the input of 4"),
    (["show", "alexnet", "--input", f"3x{10**40}x1"], 2, "is no shape"),
    (["show", "alexnet", "--dim", "batch"], 2, "--dim takes NAME=SIZE"),
    (["show", "alexnet", "--set", "fc8"], 2, "--set takes LAYER.ARGUMENT=VALUE"),
    (["show", "alexnet", "--set", "fc9.out_features=1"], 66, "no layer 'fc9': did you mean 'fc8'"),
    (["show", "alexnet", "--set", "nothing.k=1"], 66, "its layers: image, conv1, relu1, "),
    (["show", "family:gpt2", "--input", "pic=3"], 66, "no input 'pic': did you mean 'ids'"),
    (["show", "alexnet", "--set", "fc8.out=1"], 2, "linear has no argument 'out'"),
    (["show", "alexnet", "--set", "fc8.out_features=ten"], 2, "fc8.out_features=ten: linear: out_features takes"),
    (["show", "alexnet", "--set", "fc8.in_features=9126"], 65, "stated in_features=9126, but the input has"),
    (["show", "alexnet", "--bogus"], 2, "no option '--bogus'"),
    (["show"], 2, "the following arguments are required: NETWORK"),
    (["compere", "alexnet", "zfnet"], 2, "did you mean the command 'compare'?"),
    (["list", "nothing-like-it"], 66, "no network 'nothing-like-it' in the catalogue"),
    (["check", "alexnet"], 2, "error: no budget given"),
    (["check", "alexnet", "--max", "61M"], 2, "--max takes QUANTITY=NUMBER"),
    (["check", "alexnet", "--max", "macks=1"], 2, "no quantity 'macks': did you mean 'macs'"),
    (["check", "alexnet", "--max", "macs=many"], 2, "'many' is no number"),
    (["check", "alexnet", "--max", "macs=1", "--max", "macs=2"], 2, "--max macs is given twice"),
    (["show", "conv2(3)"], 65, "unknown kind 'conv2': did you mean"),
    (["show", "a\x1b[31mb"], 66, "a\\x1b[31mb"),
    (["show", "alexnet", "--set", f"conv1.padding={'(' * 100}{')' * 100}"], 2, "brackets nested more than 64 deep"),
    (["show", "alexnet", "--set", f"fc8.out_features={'9' * 5000}"], 2, "an integer of 5,000 digits"),
    (["show", "alexnet", "--scale", "n_layer=1..2"], 2, "--scale takes SIZE=FIRST..LAST for a model of a family"),
    (["show", "gpt2", "--scale", "n_layer"], 2, "--scale takes SIZE=FIRST..LAST for a model of a family"),
    (["show", "alexnet", "--chart", "bars", "--format", "text"], 2, "--chart draws a picture, and text shows none"),
    (["show", "alexnet", "--of", "macs", "--format", "text"], 2, "--of draws a picture, and text shows none"),
    (["show", "q = linear(3)", "--lora", "r=2,targets=q"], 2, "--lora: the number of "),
    (["show", "nn.Linear", "--args", "1)+(2"], 2, "--args takes literals, as in --args"),
    (["show", "nn.Linear", "--args", "a=1"], 2, "--args takes arguments as in --args"),
    (["check", "alexnet", "--max-increase", "parameters=1%"], 2, "--max-increase needs a --baseline"),
    (["check", "alexnet", "zfnet", "--baseline", "alexnet"], 2, "--baseline is of one network, and several are named"),
    (["split", "alexnet", "--devices", "3"], 2, "--scheme towers is for two devices, not 3"),
    (["split", "alexnet", "--scheme", "owt", "--devices", "1"], 2, "the scheme of 2014 is for two devices or more"),
    (["split", "alexnet", "--scheme", "owt", "--batch", "3"], 2, "a batch of 3 does not divide over 4 devices"),
    (["completion", "bsh"], 2, "no completion for 'bsh': did you mean 'bash' or 'zsh'"),
    (["completion"], 2, "which shell: bash, zsh or fish?"),
    (["page", "--folder", "/dev"], 66, "/dev: there is no page here: no index.html"),
    (["memory", "gpt2", "--runtime", "lama.cpp"], 2, "unknown runtime 'lama.cpp': did you mean 'llama.cpp'"),
    (["memory", "gpt2", "--lora", "r=8,alpha=2,targets=c_attn"], 2, "--lora takes r=16,targets=q_proj+v_proj, not"),
    (["memory", "gpt2", "--for", "lora", "--lora", "r=8,targets=q_prj"], 2, "--lora: no matrix is called 'q_prj'"),
]


@pytest.mark.parametrize(("words", "code", "message"), CASES, ids=[" ".join(words)[:60] for words, _, _ in CASES])
def test_one_clear_line(words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert told.err.startswith("error: ")
    assert "Traceback" not in told.err
    assert "\x1b" not in told.err
    lines = told.err.splitlines()
    assert len([line for line in lines if not line.startswith(("hint: ", "    "))]) == 1


def test_a_description_s_error_has_a_caret(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "image = input(3, 8, 8)\nconv = conv2d(4, kernel_sise=3)"]) == 65
    told = capsys.readouterr().err.splitlines()
    assert "line 2" in told[0]
    assert told[1].strip().startswith("conv = conv2d(")
    assert told[2].strip() == "^"


MARKED = [
    (["check", "alexnet", "--max", "parameters=6x"], "6x"),
    (["show", "alexnet", "--columns", "layer,fomula"], "fomula"),
    (["show", "alexnet", "--bacth", "2"], "--bacth"),
    (["show", "alexnet", "--depth=0"], "0"),
    (["show", "alexnet", "--depth"], "--depth"),
    (["show", "alexnet", "--set", "fc9.out_features=1"], "fc9"),
    (["show", "alexnet", "-o", "a.xyz"], "a.xyz"),
    (["compare", "alexnet", "alexnt"], "alexnt"),
    (["alexnt"], "alexnt"),
    (["show", "./no such file.onnx"], "./no such file.onnx"),
    (["show", "卷积 网络", "--batch", "0"], "0"),
    (["show", "卷积"], "卷积"),
    (["memory", "gpt2", "--cache", "f17"], "f17"),
    (["memory", "gpt2", "--for", "fun"], "fun"),
    (["audit", "fc8: 4096*1000 " * 30, "--against", "alexnt"], "alexnt"),
    (["audit", "fc8: 1", "--against", "alexnt", "--format", "text", *["--notes"] * 30], "alexnt"),
]


@pytest.mark.parametrize(("words", "wrong"), MARKED, ids=[words[-1][:30] for words, _ in MARKED])
def test_an_error_points_under_the_argument(
    words: list[str], wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(words) in (2, 66)
    line, mark = capsys.readouterr().err.splitlines()[1:3]
    cells = "".join(letter + "\0" * (width_of(letter) - 1) for letter in line)  # a wide letter takes two
    assert cells[mark.index("^") : mark.rindex("^") + 1].replace("\0", "") == wrong
    assert mark.strip(" ^") == ""
    assert width_of(line) <= 80


@pytest.mark.parametrize(
    "words",
    [
        ["show"],  # what is wrong is not there
        ["compare", "alexnt", "alexnt"],  # two places could be meant
        ["show", "alexnet", "--input", "3x4x4"],  # the layer's sizes, not the argument's form
        ["check", "alexnet"],
    ],
)
def test_no_mark_where_no_single_word_is_wrong(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) > 1
    assert "^" not in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert "netledger show alexnet --layers conv2" in text
    for command in netledger.cli.COMMANDS:
        assert f"  {command} " in text
    assert max(map(len, text.splitlines())) <= 80
    for words in (["show", "--help"], ["help", "show"]):
        assert main(words) == 0
        assert "--layers PATTERN" in capsys.readouterr().out
    assert main([]) == 2


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"netledger {netledger.__version__}\n"


def _broken(words: list[str]) -> int:
    raise ZeroDivisionError("division by zero")


def test_a_bug_is_one_line_and_70(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(netledger.cli, "_command", _broken)
    monkeypatch.delenv("NETLEDGER_DEBUG", raising=False)
    assert main(["x"]) == 70
    told = capsys.readouterr().err
    assert told.startswith("error: ZeroDivisionError: division by zero - this is a bug in netledger")
    assert len(told.splitlines()) == 1
    monkeypatch.setenv("NETLEDGER_DEBUG", "1")
    assert main(["x"]) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (KeyboardInterrupt(), 130, ""),
        (RecursionError(), 70, "error: nested too deeply"),
        (NetledgerError("odd"), 70, "error: odd"),
        (PermissionError(13, "Permission denied", "x.net"), 66, "error: x.net: permission denied"),
        (OSError(5, "Input/output error"), 2, "error: cannot write the output: input/output error"),
    ],
)
def test_what_else_can_happen(
    raised: BaseException, code: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(words: list[str]) -> int:
        raise raised

    monkeypatch.setattr(netledger.cli, "_command", command)
    monkeypatch.setattr("netledger.cli.border._drop_output", lambda: None)
    monkeypatch.delenv("NETLEDGER_DEBUG", raising=False)
    assert main(["x"]) == code
    assert capsys.readouterr().err.startswith(line)


def test_head_ends_quietly() -> None:
    command = f"{' '.join(NETLEDGER)} show alexnet --format json | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["{", "0"]
    assert done.stderr == ""


def test_a_reader_that_is_gone_before_we_write() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = run("show", "alexnet", capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_and_a_full_output() -> None:
    command = " ".join(NETLEDGER) + " show alexnet"
    for redirection, reason in ((">&-", "the standard output is closed"), (">/dev/full", "no space left")):
        done = subprocess.run(["bash", "-c", f"{command} {redirection}"], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert reason in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_an_ascii_output_gets_ascii() -> None:
    done = run("show", "alexnet", env={**process_environment(), "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert "96x55x55" in done.stdout
    assert "(5*5)*48*256 + 256" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are POSIX")
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("words", [["resnet152"], ["show", "--help"]], ids=" ".join)
def test_a_disk_that_takes_a_part_only(words: list[str], unbuffered: str, tmp_path: Path) -> None:
    """A limit on the file's size stands for a disk that is nearly full: both take what fits, then nothing."""
    limit = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048));"
        "from netledger.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    no_bytecode = {"PYTHONDONTWRITEBYTECODE": "1"}  # it would be cut to the limit, and be read by who comes next
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered, **no_bytecode}  # nor is what was measured kept
    with (tmp_path / "ledger.txt").open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-c", limit, *words], stdout=file, stderr=subprocess.PIPE, text=True, env=environment
        )
    assert (done.returncode, done.stderr) == (2, "error: cannot write the output: file too large\n")


def test_an_unbuffered_output_is_the_same() -> None:
    texts = [
        run("show", "alexnet", env={**process_environment(), "PYTHONUNBUFFERED": value}).stdout for value in ("", "1")
    ]
    assert texts[0] == texts[1] != ""


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("place", [0, 30, 149, 150, 299])
@pytest.mark.parametrize("line", ["x" * 149 + "漢" + "y" * 150, "\x1b" * 300, "漢" * 300, "é" * 300], ids=ascii)
def test_a_long_line_is_shown_around_its_mark(line: str, place: int, width: int) -> None:
    shown, mark = beneath(line, place + 1, width).splitlines()
    assert width_of(shown) <= width
    assert len(mark) <= width
    cells = "".join(letter + "\0" * (width_of(letter) - 1) for letter in shown)
    meant = "\\" if line[place] == "\x1b" else line[place]
    assert cells[mark.index("^")] == meant


def test_an_error_quotes_no_more_than_half_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    file = tmp_path / "long.net"
    file.write_text(f"x = input(3, 8, 8)\ny = relu(inplace={'q' * 5000})\n")
    assert main(["show", str(file)]) == 65
    told = capsys.readouterr().err.splitlines()
    assert "q" * 40 not in told[0]
    assert len(told[1]) <= 80
    assert "qqqq…'" in told[0]


def test_a_caret_counts_letters_not_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", 'x = input(3, 8, 8, name=("ééé", wrong))']) == 65
    told = capsys.readouterr().err.splitlines()
    assert told[1][told[2].index("^") :].startswith(("wrong", "("))


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_ctrl_c_and_sigterm_are_quiet(sent: int, code: int, tmp_path: Path) -> None:
    fifo = tmp_path / "slow.py"
    fifo.write_text(
        "import signal, sys, time, netledger.cli\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it\n"
        "def wait(words):\n    print('ready', flush=True)\n    time.sleep(30)\n"
        "netledger.cli._command = wait\nsys.exit(netledger.cli.main(['x']))\n"
    )
    process = subprocess.Popen([sys.executable, str(fifo)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(sent)
    _, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (code, "")


def test_sigterm_means_what_it_did_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert main(["show", "lenet5"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "empty.net", 65),
        (b"\x00\xff\xfe\x01junk" * 100, "junk.bin", 65),
        (b"a" * 10_000_000, "big.net", 65),
        (b"x = input(" + b"(" * 100_000 + b")" * 100_000 + b")", "deep.net", 65),
        (b"x = input(" + b"9" * 41 + b")", "huge.net", 65),
        (b"x = input(3, 8, 8)\ny = conv2d(4, kernel_size=3, name='a\x1b[31mb')\n", "escape.net", None),
        (b"[" * 100_000, "deep.json", 65),
        (b"\xff\xfe", "utf16.net", 65),
    ],
    ids=["empty", "junk", "10 MB", "nested", "10^40", "escape", "deep json", "no text"],
)
def test_bad_files_are_one_clear_line_within_reach(content: bytes, name: str, code: int | None, tmp_path: Path) -> None:
    """In a process of its own that may use 64 MB more than the interpreter and a second of CPU."""
    file = tmp_path / name
    file.write_bytes(content)
    limit = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (5, 5));"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "from netledger.cli import main; code = main(sys.argv[1:]);"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "sys.exit(code if after - before < 64 * 1024 else 99)"
    )
    done = subprocess.run(
        [sys.executable, "-c", limit, "show", str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    if code is not None:
        assert done.returncode == code, done.stderr
        assert done.stderr.startswith(f"error: {file}")
    else:
        assert done.returncode in (0, 65), done.stderr


def _of_code(code: str, argument: str) -> subprocess.CompletedProcess[str]:
    """What a process of its own says that runs some code as the command with an argument."""
    command = [sys.executable, "-c", code, argument]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_installed_command_ends_at_once_and_leaves_nothing_out() -> None:
    code = (
        "import atexit, sys; from netledger.cli import entry; atexit.register(lambda: print('registered'));"
        "sys.stdout.write('before '); entry(); print('not at once')"
    )
    done = _of_code(code, "nonsense.net")
    assert done.stdout == "before registered\n"
    assert done.stderr.startswith("error: ")
    assert done.returncode == 66


def test_threads_are_waited_for() -> None:
    code = (
        "import sys, threading, time; from netledger.cli import entry;"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('waited'))).start(); sys.exit(entry())"
    )
    done = _of_code(code, "--version")
    assert done.stdout.endswith("waited\n")
    assert done.returncode == 0


class Full(io.StringIO):
    def flush(self) -> None:
        raise OSError("no space left")


def test_the_process_ends_at_once_with_everything_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered for the end runs first; where there may be threads Python ends by itself."""
    done: list[object] = []
    monkeypatch.setattr("netledger.cli.main", lambda: 3)
    monkeypatch.setattr("atexit._run_exitfuncs", lambda: done.append("registered"))
    monkeypatch.setattr("os._exit", done.append)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)
    assert netledger.cli.entry() == 3
    assert done == []
    monkeypatch.delitem(sys.modules, "threading")
    netledger.cli.entry()
    assert done == ["registered", 3]
    monkeypatch.setattr(sys, "stdout", Full())
    assert netledger.cli.entry() == 3
    assert done == ["registered", 3, "registered"]


@pytest.mark.parametrize("words", [["show", "-"], ["audit", "-"]])
def test_a_closed_input_says_so(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(words) == 2
    assert "the standard input is closed" in capsys.readouterr().err


def test_a_terminal_is_told_how_to_end_what_it_types(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(io.BytesIO(b"x = input(3)\nfc = linear(2)")))
    assert main(["show", "-", "--format", "csv", "--columns", "layer,parameters"]) == 0
    told = capsys.readouterr()
    assert told.err == "type or paste a description, then Ctrl-D\n"
    assert told.out.splitlines()[-1] == "fc,8"


def test_the_page_asks_for_a_port_that_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.html").touch()
    assert main(["page", "--folder", str(tmp_path), "--port", "70000"]) == 2
    assert "--port 70000 is no port: 1 to 65535" in capsys.readouterr().err
