"""Long output on a terminal goes through the pager, as git's does: one that stays out of the way where it fits."""

from __future__ import annotations

import os
import sys


def paged(text: str, wanted: bool = True) -> bool:
    """Show ``text`` in the pager; ``False`` where it is not to be paged: short, no terminal of ours, none wanted.

    ``NETLEDGER_PAGER`` or ``PAGER`` name the program (empty or ``cat``: none); otherwise it is ``less``.
    """
    program = os.environ.get("NETLEDGER_PAGER", os.environ.get("PAGER", "less")).strip()
    if not wanted or program in ("", "cat") or not _is_long(text) or not _in_foreground():
        return False
    import shlex
    import shutil
    import subprocess

    words = shlex.split(program)
    if shutil.which(words[0]) is None:
        return False
    environment = {"LESS": "FRX", "LESSCHARSET": "utf-8", **os.environ}
    try:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, env=environment)
    except OSError:
        return False
    try:
        process.communicate(text.encode("utf-8", "backslashreplace"))
    except (BrokenPipeError, KeyboardInterrupt):
        process.wait()
    return True


def _is_long(text: str) -> bool:
    try:
        return text.count("\n") >= os.get_terminal_size(sys.stdout.fileno()).lines > 0
    except (OSError, ValueError, AttributeError):
        return False


def _in_foreground() -> bool:
    """Whether the terminal that is written to is ours to read keys from: nobody would press any elsewhere."""
    try:
        return sys.stdin.isatty() and os.tcgetpgrp(sys.stdout.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False
