"""The border between netledger and a shell: every exception becomes one line and an exit code."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # 'signal' wraps its numbers in enums: a tenth of a short command
import errno
import os
import sys

from netledger.errors import NetledgerError, NotationError, NotFoundError, UsageError
from netledger.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

INTERRUPTED = 130
TERMINATED = 143
NO_INPUT = 66


def guarded(command: Callable[[list[str]], int], words: list[str]) -> int:
    """Run ``command`` and translate what it raises: exit codes are those of ``netledger.errors``.

    A reader that went away (``| head``), Ctrl-C and SIGTERM end it quietly. Anything that is no NetledgerError is a bug
    of ours: one line that asks to report it, the traceback only where ``NETLEDGER_DEBUG=1``.
    """
    before = _on_terminate(_end)
    try:
        return _guarded(command, words)
    except _Terminated:
        _drop_output()
        return TERMINATED
    finally:
        _on_terminate(before)


def _guarded(command: Callable[[list[str]], int], words: list[str]) -> int:
    try:
        code = command(words)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse: --help and wrong options
        return _flushed(stop.code if isinstance(stop.code, int) else 2)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return 0
    except NetledgerError as error:
        _debug()
        return told(error, words)
    except OSError as error:
        return _system_error(error, words)
    except RecursionError:
        _debug()
        return told(NetledgerError("nested too deeply for netledger: please report what you ran"))
    except Exception as error:
        _debug()
        kind = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return told(NetledgerError(f"{kind} - this is a bug in netledger, please report what you ran"))


class _Terminated(BaseException):
    """SIGTERM came: what is open is closed, half-written files are removed."""


def _end(number: int, frame: object) -> None:
    _on_terminate(_signal.SIG_IGN)
    raise _Terminated


def _on_terminate(handler: Any) -> Any:
    """Make ``handler`` that of SIGTERM where nobody else has set one; what it was, or ``None`` to leave it alone."""
    try:
        now = _signal.getsignal(_signal.SIGTERM)
        if handler is None or (handler is _end and now is not _signal.SIG_DFL):
            return None
        _signal.signal(_signal.SIGTERM, handler)
    except ValueError:  # no thread but the main one may
        return None
    return now


def told(error: NetledgerError, words: Sequence[str] = ()) -> int:
    """Write an error on stderr: one line, the place in a description or on the command line (``words``) with a mark
    under it, a hint where there is one.
    """
    error.why = _shortened(error.why, words)
    lines = [f"error: {error}"]
    place = _line(error) if isinstance(error, NotationError) else _argument(error, words)
    if place:
        lines.append(place)
    if error.hint:
        lines.append(f"hint: {printable(error.hint)}")
    _to_stderr("\n".join(lines) + "\n")
    return error.exit_code


def _shortened(message: str, words: Sequence[str]) -> str:
    """The message; what it quotes of a file takes half a line of it at most, what was typed stands whole."""
    if len(message) <= 80:
        return message
    from netledger.renderers.plain.widths import terminal_width

    most = terminal_width(sys.stderr) // 2
    pieces = message.split("'")
    for i in range(1, len(pieces)):
        opened = pieces[i - 1][-1:] in ("", " ", "(")  # else it is an apostrophe, or closes what was quoted
        if opened and len(pieces[i]) > most and pieces[i] not in words:
            pieces[i] = pieces[i][: most - 1] + "…"
    return "'".join(pieces)


def _line(error: NotationError) -> str:
    """The line of a description with a mark under the place; empty where that is not known."""
    if error.source_line is None or error.column is None:
        return ""
    from netledger.cli.pointing import beneath
    from netledger.renderers.plain.widths import terminal_width

    return beneath(error.source_line, error.column, terminal_width(sys.stderr))


def _argument(error: NetledgerError, words: Sequence[str]) -> str:
    """The command line with a mark under what is wrong of it; empty where it is not the command line that is wrong."""
    if not isinstance(error, (UsageError, NotFoundError)) or error.line is not None or not words:
        return ""
    from netledger.cli.pointing import pointed
    from netledger.renderers.plain.widths import terminal_width

    return pointed(words, error.why, error.file, terminal_width(sys.stderr))


def _to_stderr(text: str) -> None:
    try:
        if sys.stderr is not None:
            encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
            sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
            sys.stderr.flush()
    except (OSError, ValueError):
        pass


def _flushed(code: int) -> int:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return 0
    except OSError as error:
        return _system_error(error)
    return code


def _drop_output() -> None:
    """Nothing more can be written to stdout: send it nowhere, so that the interpreter's own flush stays quiet."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError, AttributeError):
        pass


def _system_error(error: OSError, words: Sequence[str] = ()) -> int:
    reason = (error.strerror or type(error).__name__).lower()
    if error.errno == errno.ENOSPC:
        reason = f"disk full: {reason}"
    if error.filename is None:  # writing to stdout failed: a full disk, a closed descriptor
        _drop_output()
        return told(UsageError(f"cannot write the output: {reason}"))
    told(UsageError(reason).at(file=str(error.filename)), words)
    return NO_INPUT


def _debug() -> None:
    if os.environ.get("NETLEDGER_DEBUG") == "1":
        import traceback

        traceback.print_exc()
