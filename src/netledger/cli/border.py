"""The border between netledger and a shell: every exception becomes one line and an exit code."""

from __future__ import annotations

import os
import sys

from netledger.errors import NetledgerError, NotationError, NotFoundError, UsageError
from netledger.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INTERRUPTED = 130
NO_INPUT = 66
BUG = 70


def guarded(command: Callable[[list[str]], int], words: list[str]) -> int:
    """Run ``command`` and translate what it raises: exit codes are those of ``netledger.errors``.

    A reader that went away (``| head``) and Ctrl-C end it quietly. Anything that is no NetledgerError is a bug of
    ours: one line that asks to report it, the traceback only where ``NETLEDGER_DEBUG=1``.
    """
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


def told(error: NetledgerError, words: Sequence[str] = ()) -> int:
    """Write an error on stderr: one line, the place in a description or on the command line (``words``) with a mark
    under it, a hint where there is one.
    """
    lines = [f"error: {error}"]
    place = error.caret() if isinstance(error, NotationError) else _argument(error, words)
    if place:
        lines.append(place)
    if error.hint:
        lines.append(f"hint: {printable(error.hint)}")
    _to_stderr("\n".join(lines) + "\n")
    return error.exit_code


def _argument(error: NetledgerError, words: Sequence[str]) -> str:
    """The command line with a mark under what is wrong of it; empty where it is not the command line that is wrong."""
    if not isinstance(error, (UsageError, NotFoundError)) or error.line is not None or not words:
        return ""
    from netledger.cli.pointing import pointed
    from netledger.renderers.widths import terminal_width

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
    if error.filename is None:  # writing to stdout failed: a full disk, a closed descriptor
        _drop_output()
        return told(UsageError(f"cannot write the output: {reason}"))
    told(UsageError(reason).at(file=str(error.filename)), words)
    return NO_INPUT


def _debug() -> None:
    if os.environ.get("NETLEDGER_DEBUG") == "1":
        import traceback

        traceback.print_exc()
