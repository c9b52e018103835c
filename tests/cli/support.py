"""The command line as a user runs it: in this process, as a process of its own, in a terminal of some width."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import pytest

from tests.support import process_environment

NETLEDGER = [sys.executable, "-m", "netledger"]


def run(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """``netledger words…`` as a process with pipes."""
    keywords = {
        "capture_output": True,
        "text": True,
        "timeout": 60,
        "check": False,
        "env": process_environment(),
        **options,
    }
    return subprocess.run([*NETLEDGER, *words], **keywords)  # type: ignore[call-overload, no-any-return]


def in_terminal(width: int, *words: str, **environment: str) -> str:
    """What ``netledger words…`` writes on a terminal of that width; skipped where there are no pseudo-terminals."""
    pty, termios, fcntl = (pytest.importorskip(name) for name in ("pty", "termios", "fcntl"))
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    kept = {name: value for name, value in process_environment().items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [*NETLEDGER, *words], stdout=slave, stderr=slave, stdin=slave, env={**kept, "TERM": "xterm", **environment}
    )
    os.close(slave)
    pieces = []
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        pieces.append(piece)
    process.wait(timeout=60)
    os.close(master)
    return b"".join(pieces).decode().replace("\r\n", "\n")
