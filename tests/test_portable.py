"""What would break on Windows or macOS, found in the source: text files without an encoding, calls that only POSIX has."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

SOURCES = sorted((ROOT / "src").rglob("*.py"))
ONLY_POSIX_MODULES = {"fcntl", "termios", "pty", "tty", "pwd", "grp", "resource", "posix", "syslog", "readline"}
ONLY_POSIX = {
    "os": {"fork", "forkpty", "getuid", "geteuid", "getgid", "setsid", "killpg", "mkfifo", "pread", "pwrite", "getpgrp",
           "tcgetpgrp", "uname", "sysconf", "nice", "wait", "sched_getaffinity", "O_NONBLOCK", "O_NOFOLLOW", "chown"},
    "signal": {"SIGKILL", "SIGPIPE", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGCHLD", "alarm", "setitimer", "pthread_kill"},
    "_signal": {"SIGKILL", "SIGPIPE", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGCHLD", "alarm", "setitimer"},
}  # fmt: skip
GUARDED = {
    ("sources/files.py", "pread"), ("cli/pager.py", "tcgetpgrp"), ("cli/pager.py", "getpgrp"),
    ("fleet/child.py", "resource"), ("fleet/child.py", "sysconf"), ("fleet/store.py", "fcntl"),
    ("fleet/engines/__init__.py", "sched_getaffinity"),
}  # fmt: skip
"""Asked for by ``hasattr``, or where the ``ImportError`` or ``AttributeError`` is caught."""
NO_TEXT = {"os", "tarfile", "zipfile", "Image", "InputFile", "webbrowser", "wave", "gzip"}
"""What has an ``open`` of its own."""


def text_without_encoding(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = call.func.value.id if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) else ""
    if any(keyword.arg == "encoding" for keyword in call.keywords) or owner in NO_TEXT:
        return False
    if name == "read_text":
        return isinstance(call.func, ast.Attribute) and not call.args
    if name == "write_text":
        return isinstance(call.func, ast.Attribute) and len(call.args) < 2
    if name != "open":
        return False
    place = 0 if isinstance(call.func, ast.Attribute) else 1
    mode = (
        call.args[place] if len(call.args) > place else next((k.value for k in call.keywords if k.arg == "mode"), None)
    )
    return not (isinstance(mode, ast.Constant) and "b" in str(mode.value)) and not isinstance(mode, ast.Name)


def faults(text: str, name: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and text_without_encoding(node):
            found.append(f"{name}:{node.lineno}: a text file without an encoding")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in ONLY_POSIX.get(node.value.id, ()) and (name, node.attr) not in GUARDED:
                found.append(f"{name}:{node.lineno}: {node.value.id}.{node.attr} is POSIX's alone")
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names = [module for module in names if module in ONLY_POSIX_MODULES and (name, module) not in GUARDED]
        found += [f"{name}:{node.lineno}: imports {module}" for module in names]
    return found


def test_nothing_in_the_source_is_posix_s_alone() -> None:
    package = ROOT / "src" / "netledger"
    found = [
        fault
        for path in SOURCES
        for fault in faults(path.read_text(encoding="utf-8"), path.relative_to(package).as_posix())
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["open('a')", "open('a', 'w')", "p.open(newline='')", "p.read_text()", "p.write_text('x')", "import fcntl",
     "from pwd import getpwnam", "os.fork()", "signal.SIGKILL", "os.pread(1, 2, 3)"],
)  # fmt: skip
def test_each_is_found(text: str) -> None:
    assert len(faults(text, "x.py")) == 1


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "cp932", "gbk"])
def test_a_console_of_another_encoding_is_written_to(encoding: str, tmp_path: Path) -> None:
    """As on Windows: neither the console nor the files' usual encoding is UTF-8, and a path holds foreign letters."""
    net = tmp_path / "netz_ü.net"
    net.write_text("image = input(3, 8, 8)\nconv = conv2d(4, 3)  # größer · 卷积\n", encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONIOENCODING": encoding,
        "PYTHONUTF8": "0",
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
    }
    for words in (
        ["show", str(net)],
        ["compare", "alexnet", "alexnet/ungrouped"],
        ["audit", "conv: 3*3*3*4 + 4 = 113"],
        ["--help"],
        ["memory", "gpt2"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "netledger", *words], env=environment, capture_output=True, check=False
        )
        assert done.returncode in (0, 1), done.stderr
        assert done.stdout.decode(encoding)
        assert b"Traceback" not in done.stderr
