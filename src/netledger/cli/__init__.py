"""The command line: ``netledger COMMAND …``; a bare ``netledger NETWORK`` means ``show``.

One command is one file here with two functions, found through :data:`COMMANDS`, so that a command costs only what it
needs itself::

    def configure(parser: ArgumentParser) -> None: ...      # its options
    def run(arguments: Namespace) -> int: ...               # exit code
"""

from __future__ import annotations

import sys

from netledger.cli.commands import COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "entry", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and never raises."""
    from netledger.garbage import Seldom, last

    with Seldom():
        from netledger.cli.border import guarded
    code = guarded(_command, list(sys.argv[1:] if argv is None else argv))
    if argv is None:
        last()
    return code


def entry() -> int:
    """What the installed command runs: :func:`main`, behind which the process ends at once where it can.

    Python would take every module apart first, a fifteenth of a short command. What is registered for the end is run
    and output is flushed as Python does it; where there may be threads, everything is left to Python.
    """
    code = main()
    if "threading" not in sys.modules:
        _end_at_once(code)
    return code


def _end_at_once(code: int) -> None:
    import atexit
    import os

    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):  # Python says what there is to say
        return
    os._exit(code)


def _command(words: list[str]) -> int:
    from netledger.cli.parsing import parsed
    from netledger.garbage import Seldom

    with Seldom():
        arguments = parsed(words)
        if arguments is None:
            return 0
        if not arguments.run.__module__.startswith(_FOR_HOURS):
            return int(arguments.run(arguments))
    return int(arguments.run(arguments))


_FOR_HOURS = "netledger.cli.running."
"""Commands that run a network themselves: garbage is collected as Python does it."""
