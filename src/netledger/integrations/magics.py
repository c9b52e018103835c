"""Magics for IPython and Jupyter: ``%load_ext netledger``, then ``%ledger`` and ``%%audit``.

%ledger resnet50 --depth 1 --columns layer,parameters,macs     # the options of netledger show
%ledger model --input 1x3x224x224                               # model: a name in the notebook

%%audit --against alexnet
conv2: (5*5)*96*256 + 256 = 614656
"""

from __future__ import annotations

import shlex
import sys

from netledger.api import in_notebook
from netledger.errors import NetledgerError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.ledger import Ledger


def register(ipython: Any) -> None:
    """Give a shell the two magics."""

    def line_magic(line: str) -> Any:
        return _told(lambda: ledger(line, ipython.user_ns))

    def cell_magic(line: str, cell: str) -> Any:
        return _told(lambda: audited(line, cell, ipython.user_ns))

    line_magic.__doc__, cell_magic.__doc__ = ledger.__doc__, audited.__doc__  # what %ledger? shows
    ipython.register_magic_function(line_magic, "line", "ledger")
    ipython.register_magic_function(cell_magic, "cell", "audit")


def ledger(line: str, names: dict[str, Any]) -> Ledger:
    """The ledger that a line asks for, in the words of ``netledger show``; a name of the notebook is its object."""
    from netledger.cli.commands.show import view_of
    from netledger.cli.live import live_settings
    from netledger.cli.networks import changed, source_options
    from netledger.cli.parsing import parsed
    from netledger.ledger import keep_books
    from netledger.sources import read

    words = shlex.split(line)
    arguments = parsed(["show", *words]) if words else None
    if arguments is None:
        raise UsageError(
            "%ledger takes a network and options", hint="%ledger alexnet; %ledger --help tells the options"
        )
    what = names.get(arguments.network, arguments.network)
    if not isinstance(what, str):
        live_settings(arguments)
    network = changed(read(what, format=arguments.from_format, options=source_options(arguments)), arguments)
    view = view_of(arguments)
    shown = {name: getattr(view, name) for name in ("formulas", "columns", "depth", "layers")}
    return keep_books(network, batch=arguments.batch, dtype=arguments.dtype).replace(view=shown)


def audited(line: str, cell: str, names: dict[str, Any]) -> Any:
    """The verdict on a cell: ``%%audit``, ``%%audit alexnet`` or ``%%audit --against alexnet``."""
    from netledger.audit import audit
    from netledger.sources import read

    words = shlex.split(line)
    if words[:1] == ["--against"]:
        words = words[1:]
    if len(words) > 1:
        raise UsageError(f"%%audit takes one network, not {' '.join(words)}")
    against = names.get(words[0], words[0]) if words else None
    return audit(cell, None if against is None else read(against))


def _told(act: Any) -> Any:
    """What ``act`` returns, printed too where no notebook shows it; an error is one line, not a traceback."""
    try:
        found = act()
        if not in_notebook():
            found.print()
        return found
    except NetledgerError as error:
        print(f"error: {error}" + (f"\nhint: {error.hint}" if error.hint else ""), file=sys.stderr)
    except SystemExit:
        pass
    return None
