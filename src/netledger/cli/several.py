"""Several models at once, each read by itself: what every command that takes several does with them."""

from __future__ import annotations

import os
import sys

from netledger.cli.networks import network_of
from netledger.cli.output import can_be_written
from netledger.errors import NetledgerError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

    from netledger.documents.models import ModelRow
    from netledger.network import Network

_OF_ONE = ("as_network", "memory", "scale", "layers", "depth", "columns", "chart", "of")
"""Options that say something of one network."""
_QUIET_SECONDS = 1.0


def refuse_a_command(word: str) -> None:
    """A mistyped command with its arguments is no list of networks: ``compere alexnet zfnet``."""
    from netledger import catalogue
    from netledger.cli.parsing import command_like

    hint = command_like(word)
    if hint is not None and not catalogue.has(word) and not os.path.lexists(word):
        raise UsageError(f"no network or file '{word}'", hint=hint)


def refuse_options_of_one(arguments: Namespace) -> None:
    """What asks for something of one network is no option for several."""
    for name in _OF_ONE:
        if getattr(arguments, name):
            option = {"as_network": "as"}.get(name, name)
            raise UsageError(f"--{option} is of one network, and several are named")


def one_by_one(names: Sequence[str], done: Callable[[str], int]) -> int:
    """``done`` for each name in turn, progress told: the first exit code that is no success; 130 if stopped."""
    code = 0
    progress = TimeLeft(len(names))
    try:
        for number, name in enumerate(names, 1):
            failed = done(name)
            code = code or failed
            progress.tell(number)
    except KeyboardInterrupt:
        code = 130
    progress.clear()
    return code


def read_all(
    names: Sequence[str],
    arguments: Namespace,
    dtype: str | None,
    meant: Callable[[str, Namespace], Network] | None = None,
) -> tuple[list[ModelRow], int]:
    """Every model's row, an error as one; and the exit code. Ctrl-C keeps what is done.

    ``meant`` gives the network that a name means, where names are not what a person typed.
    """
    from netledger.documents.models import ModelRow
    from netledger.ledger import keep_books

    can_be_written(arguments)
    models: list[ModelRow] = []

    def read(name: str) -> int:
        try:
            network = (meant or network_of)(name, arguments)
            models.append(ModelRow.of(name, keep_books(network, batch=arguments.batch, dtype=dtype)))
        except NetledgerError as error:
            models.append(ModelRow(name, error=without_name(error, name)))
            return error.exit_code
        return 0

    return models, one_by_one(names, read)


def without_name(error: NetledgerError, name: str) -> str:
    """An error's line without the name that stands before it in its row."""
    if error.file == name:
        error.file = None
    return str(error)


class TimeLeft:
    """How far it is, on a terminal's stderr, where it takes more than a second."""

    def __init__(self, count: int) -> None:
        from time import monotonic

        self._now, self._count = monotonic, count
        self._start = self._told = monotonic()
        self._shown = False

    def tell(self, done: int) -> None:
        """So many are done: how many a second, and how long it still takes."""
        now = self._now()
        if now - self._told < _QUIET_SECONDS or not sys.stderr.isatty():
            return
        self._told, rate = now, done / (now - self._start)
        left = (self._count - done) / rate
        sys.stderr.write(f"\r\x1b[K{done:,} of {self._count:,}, {rate:,.1f} a second, {left:,.0f} s left")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
