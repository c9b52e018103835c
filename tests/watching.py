"""What a piece of code opens, runs, imports and calls, as Python's audit hooks tell it; how much work it is."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

FORBIDDEN = (
    "exec",
    "compile",
    "import",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.remove",
    "os.rename",
    "os.mkdir",
    "subprocess.Popen",
    "socket.connect",
    "pickle.find_class",
)
"""What nothing read from a file may lead to, beside the opening of files."""
_seen: list[tuple[str, str]] = []
_watching = False


def _watch(event: str, args: tuple[object, ...]) -> None:
    if _watching and (event == "open" or event in FORBIDDEN):
        subject = args[0]
        _seen.append((event, subject.co_filename if isinstance(subject, CodeType) else str(subject)))


sys.addaudithook(_watch)  # there is no way to take one off again


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """What happens inside, as (event, its subject): a file's path, a module, the file that a code object is of."""
    global _watching
    _seen.clear()
    _watching = True
    try:
        yield _seen
    finally:
        _watching = False


def calls_of(function: Callable[..., Any], *arguments: Any) -> int:
    """How many functions of Python are called while one runs: work, without a clock."""
    return _events("call", sys.getprofile, sys.setprofile, function, arguments)


def lines_of(function: Callable[..., Any], *arguments: Any) -> int:
    """How many lines run: loops count too, which calls alone do not show."""
    return _events("line", sys.gettrace, sys.settrace, function, arguments)


def _events(
    wanted: str, get: Callable[[], Any], set: Callable[[Any], None], function: Callable[..., Any], arguments: Any
) -> int:
    found = 0

    def watch(frame: object, event: str, argument: object) -> object:
        nonlocal found
        found += event == wanted
        return watch

    before = get()
    set(watch)
    try:
        function(*arguments)
    finally:
        set(before)
    return found
