"""Which command is meant, and its options: plain words are read as they are, ``argparse`` is asked about the rest."""

from __future__ import annotations

import sys

from netledger.cli.commands import COMMANDS
from netledger.cli.plain import plain
from netledger.errors import NotFoundError, UsageError, nearest, or_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from types import ModuleType

ABOUT = """\
The books of a neural network: how many parameters each layer has and why, the
multiply-accumulates, the bytes - and whether somebody's calculation of them is
right.

usage: netledger NETWORK                 the same as: netledger show NETWORK
       netledger COMMAND [options]       netledger COMMAND --help tells them

NETWORK is, whichever fits first: a file that is there (model.onnx, net.net;
./x and /x are nothing else), a name in the catalogue (alexnet), a model of a
library (torchvision:resnet50, timm:NAME), a description ("conv2d(256,
kernel_size=5, in_channels=96)", "nn.Sequential(nn.Linear(784, 10), nn.ReLU())"),
or Python code, which is run: module:attribute or model.py:Class, of PyTorch,
Keras or Flax.

commands:
{commands}
examples:
  netledger alexnet                                the ledger of AlexNet
  netledger show alexnet --layers conv2            one layer, explained
  netledger compare alexnet alexnet/ungrouped      why 60,965,224 and 62,378,344
  netledger audit calculation.txt --against alexnet
  netledger show alexnet --format latex -o appendix.tex
  netledger check alexnet --max parameters=61M --max macs=725M

exit codes: 0 ok, 1 the check failed, 2 wrong usage, 65 bad data,
66 no such network or file, 69 an optional package is missing, 70 our bug,
130 ended by Ctrl-C, 143 by SIGTERM.
"""


def parsed(words: list[str]) -> Namespace | None:
    """The parsed command line, ``run`` being the command's function; ``None`` where only help was asked for."""
    if not words:
        _tell(help_text())
        raise SystemExit(2)
    if words[0] in ("-h", "--help", "help") and len(words) == 1:
        _tell(help_text())
        return None
    if words[0] in ("-V", "--version"):
        from netledger import __version__

        _tell(f"netledger {__version__}\n")
        return None
    if words[0] == "help":
        words = [*words[1:2], "--help"]
    command, rest = (words[0], words[1:]) if words[0] in COMMANDS else ("show", words)
    module, rest = module_of(command, words[0]), _with_standard_input(command, rest)
    found = plain(module, rest)
    if found is not None:
        return found
    from netledger.cli.argparser import parser_of

    try:
        return parser_of(command, module).parse_args(rest)
    except UsageError as error:
        if words[0] not in COMMANDS:
            error.hint = command_like(words[0]) or error.hint
        raise


def _with_standard_input(command: str, words: list[str]) -> list[str]:
    """``-`` put where a text or a network is missing and something is piped in: ``netledger audit < question.txt``."""
    if command not in ("show", "audit") or "-h" in words or "--help" in words:
        return words
    flags = ("--names", "--all", "--longtable", "--notes", "--siunitx", "--no-pager", "--trace")
    takes = False
    for word in words:
        if not takes and (word == "-" or not word.startswith("-")):
            return words
        takes = word.startswith("-") and "=" not in word and word not in flags
    return [*words, "-"] if _piped_in() else words


def _piped_in() -> bool:
    """Whether the standard input is a pipe or a file that somebody chose: no terminal, and not simply nothing."""
    import os
    import stat

    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def module_of(command: str, word: str) -> ModuleType:
    """The module of one command; ``word`` is what was typed for it."""
    name = COMMANDS[command][0]
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise NotFoundError(f"the command '{word}' is not in this version of netledger") from None
    return sys.modules[name]


def help_text() -> str:
    """What ``netledger --help`` prints."""
    commands = "".join([f"  {name:<11} {about}\n" for name, (_, about) in COMMANDS.items()])
    from netledger.cli.width import reflowed
    from netledger.renderers.plain.widths import terminal_width

    return reflowed(ABOUT.format(commands=commands), terminal_width()).rstrip("\n") + "\n"


def command_like(word: str) -> str | None:
    """A hint where ``word`` is perhaps a mistyped command.

    >>> command_like("compere")
    "did you mean the command 'compare'?"
    """
    if word == "version":
        return "netledger --version tells it"
    near = nearest(word, list(COMMANDS))
    return f"did you mean the command {or_list(near)}?" if near else None


def _tell(text: str) -> None:
    from netledger.cli.output import write_text

    write_text(text)
