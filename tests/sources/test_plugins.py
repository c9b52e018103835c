"""Formats, outputs and causes of another package: a small distribution with real metadata on the path of a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import process_environment

SOURCE = """
from netledger.network import Layer, Network
from netledger.sources import Source

def read(file, options):
    width = int(file.read_at(5, file.size - 5))
    layers = (Layer("x", "input", {"shape": (width,)}), Layer("fc", "linear", {"out_features": 2}, ("x",)))
    return Network("mine", layers)

SOURCE = Source("mine", "my format", (".mine", ".mnn"), lambda head: head.startswith(b"MINE!"), read)
QUIET = Source("quiet", "a format without magic", (".quiet",), lambda head: False, read)
ALSO = Source("also", "another claim", (), lambda head: head.startswith(b"MINE!"), read)

def render(document, options):
    return "rendered by another package"
"""

CAUSE = """
from netledger.audit.causes.rewrites import rewrite

@rewrite("{kind}", "conv", cost=1.5)
def times_stride(part, books):
    stride = part.entry.layer.attributes.get("stride", 1)
    if isinstance(stride, int) and stride > 1:
        yield part.weights * stride**2 + part.biases, f"the stride {{stride}} is no factor of {{part.shown}}"
"""


def install(folder: Path, sources: str, more: str = "", module: str = "mine_format") -> Path:
    """A distribution as pip lays one out: a module, and its ``dist-info`` with entry points."""
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{module}.py").write_text(SOURCE)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[netledger.sources]\n{sources}\n{more}")
    return folder


def netledger(*arguments: str, on: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(on), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "netledger", *arguments], capture_output=True, text=True, check=False,
        env={**process_environment(), "PYTHONPATH": path},
    )  # fmt: skip


MINE = "mine = mine_format:SOURCE"


@pytest.mark.parametrize(
    ("name", "content", "entry"),
    [
        ("model.mine", "MINE!7", MINE),
        ("model.unheard", "MINE!7", MINE),  # by its first bytes
        ("model", "MINE!7", MINE),
        ("model.mnn", "MINE!7", MINE),  # a suffix that netledger itself refuses
        ("model.quiet", "-----7", "quiet = mine_format:QUIET"),  # by its name alone
        ("model.cfg", "MINE!7", MINE),  # a suffix of netledger's own, whose readers do not claim it
    ],
)
def test_a_format_of_another_package_is_found_without_naming_it(tmp_path: Path, name: str, content: str, entry: str):
    (tmp_path / name).write_text(content)
    done = netledger("show", str(tmp_path / name), "--format", "csv", on=install(tmp_path / "site", entry))
    assert (done.returncode, done.stderr) == (0, "")
    assert "14,2,16" in done.stdout  # 7*2 + 2


def test_without_the_package_the_file_is_refused(tmp_path: Path):
    (tmp_path / "model.mine").write_text("MINE!7")
    (tmp_path / "site").mkdir()
    done = netledger("show", str(tmp_path / "model.mine"), on=tmp_path / "site")
    assert done.returncode == 65
    assert "not a format that netledger knows" in done.stderr


def test_two_formats_of_other_packages_are_never_guessed_between(tmp_path: Path):
    (tmp_path / "model.mine").write_text("MINE!7")
    site = install(tmp_path / "site", MINE + "\nalso = mine_format:ALSO")
    done = netledger("show", str(tmp_path / "model.mine"), on=site)
    assert done.returncode == 2
    assert "it can be read as 'also' or 'mine': say which with --from" in done.stderr
    assert netledger("show", str(tmp_path / "model.mine"), "--from", "also", on=site).returncode == 0


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (
            MINE.replace("mine_format", "other"),
            "'mine' is claimed by two plugins in netledger.sources: mine_format:SOURCE",
        ),
        ("onnx = other:SOURCE", "'onnx' in netledger.sources is netledger's own; other:SOURCE claims it too"),
        ("lost = other:LOST", "the plugin 'lost' (other:LOST) cannot be loaded: "),
    ],
)
def test_a_second_owner_and_a_broken_plugin_are_named(tmp_path: Path, second: str, message: str):
    (tmp_path / "model.mine").write_text("MINE!7")
    site = install(install(tmp_path / "site", MINE), second, module="other")
    done = netledger("show", str(tmp_path / "model.mine"), on=site)
    assert done.returncode == 2
    first, *mark = done.stderr.splitlines()
    assert message in first
    assert not mark or set(mark[-1].strip()) == {"^"}  # under the argument that is meant


def test_an_output_of_another_package(tmp_path: Path):
    site = install(tmp_path / "site", "", "[netledger.renderers]\nmine = mine_format:render\n")
    done = netledger("show", "lenet", "--format", "mine", on=site)
    assert (done.returncode, done.stdout.strip()) == (0, "rendered by another package")


def with_cause(folder: Path, kind: str) -> Path:
    """A distribution that knows one more slip."""
    install(folder, "", f"[netledger.causes]\n{kind} = mine_causes:times_stride\n")
    (folder / "mine_causes.py").write_text(CAUSE.format(kind=kind))
    return folder


def test_a_cause_of_another_package(tmp_path: Path):
    """conv1 of AlexNet has 11*11*3*96 = 34,848 weights and 96 biases: 34,848*4*4 + 96 = 557,664."""
    wrong = ("audit", "conv1: 557664 parameters", "--against", "alexnet")
    assert "is no factor" not in netledger(*wrong, on=tmp_path).stdout
    done = netledger(*wrong, on=with_cause(tmp_path / "site", "stride_multiplied"))
    assert "the stride 4 is no factor of conv1" in done.stdout, done.stderr


def test_a_cause_that_netledger_has_itself(tmp_path: Path):
    site = with_cause(tmp_path / "site", "missing_bias")
    done = netledger("audit", "conv1: 557664 parameters", "--against", "alexnet", on=site)
    assert done.returncode == 2
    assert "'missing_bias' in netledger.causes is netledger's own" in done.stderr


def test_netledger_s_own_files_ask_no_plugin(tmp_path: Path):
    (tmp_path / "net.net").write_text("x = input(7)\nfc = linear(2)\n")
    code = (
        "import sys; from netledger.sources import read_file; read_file(sys.argv[1]); "
        "print('importlib.metadata' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}", str(tmp_path / "net.net")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"
