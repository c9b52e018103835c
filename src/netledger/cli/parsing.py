"""Which command is meant, and its options: one ``argparse`` parser, built for the command that was asked for alone."""

from __future__ import annotations

import sys
from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter

from netledger.cli import COMMANDS
from netledger.errors import NotFoundError, UsageError, nearest, or_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import NoReturn

ABOUT = """\
netledger keeps the books of a neural network: how many parameters each layer
has and why, the multiply-accumulates, the bytes - and whether somebody's
calculation of them is right.

usage: netledger NETWORK                 the same as: netledger show NETWORK
       netledger COMMAND [options]       netledger COMMAND --help tells them

NETWORK is a name in the catalogue (alexnet), a file (./model.onnx, net.net), a
description ("conv2d(256, kernel_size=5, in_channels=96)") or a live model
(torchvision:resnet50, timm:NAME, module:attribute, model.py:Class).

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
66 no such network or file, 69 an optional package is missing, 70 our bug.
"""


class _Formatter(RawDescriptionHelpFormatter):
    """Without a width argparse asks ``shutil`` for one whenever an option is added, which costs more than all else."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)


class Parser(ArgumentParser):
    """argparse, with errors of the house: ``UsageError`` instead of a usage text and an exit."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"{self.prog} --help tells the options")


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
    try:
        return _parser_of(command, words[0]).parse_args(rest)
    except UsageError as error:
        if words[0] not in COMMANDS:
            error.hint = command_like(words[0]) or error.hint
        raise


def _parser_of(command: str, word: str) -> ArgumentParser:
    module_name, about = COMMANDS[command]
    try:
        __import__(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        raise NotFoundError(f"the command '{word}' is not in this version of netledger") from None
    module = sys.modules[module_name]
    parser = Parser(
        prog=f"netledger {command}",
        description=module.__doc__ or about,
        formatter_class=_Formatter,
        add_help=False,
        allow_abbrev=False,
    )
    module.configure(parser)
    parser.add_argument("-h", "--help", action="help", default=SUPPRESS, help="show this and exit")
    parser.set_defaults(run=module.run)
    return parser


def help_text() -> str:
    """What ``netledger --help`` prints."""
    commands = "".join([f"  {name:<9} {about}\n" for name, (_, about) in COMMANDS.items()])
    return ABOUT.format(commands=commands)


def command_like(word: str) -> str | None:
    """A hint where ``word`` is perhaps a mistyped command.

    >>> command_like("compere")
    "did you mean the command 'compare'?"
    """
    near = nearest(word, list(COMMANDS))
    return f"did you mean the command {or_list(near)}?" if near else None


def _tell(text: str) -> None:
    from netledger.cli.output import write_text

    write_text(text)
