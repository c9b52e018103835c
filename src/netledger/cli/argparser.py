"""The ``argparse`` parser of one command: its help, and what it says of words that are wrong."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter

from netledger.cli.commands import COMMANDS
from netledger.cli.output import write_text
from netledger.cli.width import WIDEST, narrowed, reflowed
from netledger.errors import UsageError, nearest, or_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, NoReturn


class _Formatter(RawDescriptionHelpFormatter):
    """Without a width argparse asks ``shutil`` for one whenever an option is added, which costs more than all else."""

    def __init__(self, prog: str) -> None:
        from netledger.renderers.plain.widths import terminal_width

        width = min(terminal_width(), WIDEST)
        super().__init__(prog, max_help_position=min(32, width // 3), width=width)

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """What must be there: the options are told one by one below."""
        needed = [action for action in actions if action.required or not action.option_strings]
        words = self._format_usage(None, needed, (), "").split()
        super().add_usage(" ".join([*words[:2], "[options]", *words[2:]]).replace("%", "%%"), actions, groups, prefix)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return reflowed(text, width)

    def format_help(self) -> str:
        return narrowed(super().format_help(), self._width)


class Parser(ArgumentParser):
    """argparse, with errors of the house: ``UsageError`` instead of a usage text and an exit."""

    def _print_message(self, message: str, file: Any = None) -> None:
        """Help to stdout, whole or not at all: argparse itself keeps silent about a full disk."""
        if message:
            write_text(message)

    def error(self, message: str) -> NoReturn:
        wrong = message.removeprefix("unrecognized arguments: ").split()[0] if message else ""
        if message.startswith("unrecognized arguments: -"):
            name = wrong.partition("=")[0]
            known = [option for option in self._option_string_actions if option.startswith("--")]
            near = [f"--{option}" for option in nearest(name.lstrip("-"), [option[2:] for option in known])]
            near = near or list(nearest(name, known, most=1))  # two dashes make short words alike: one is enough
            message = f"no option '{name}'" + (f": did you mean {or_list(near)}?" if near else "")
        if ": invalid int value: " in message:
            message = message.replace("invalid int value: ", "") + " is no whole number"
        head, _, wanted = message.rpartition(", ")
        if wanted and head.endswith(f": {wanted}"):  # NETWORK, NETWORK: one, and perhaps more of them
            message = head
        raise UsageError(message, hint=f"{self.prog} --help tells the options")


def parser_of(command: str, module: ModuleType) -> ArgumentParser:
    """The parser of the command that ``module`` is."""
    parser = Parser(
        prog=f"netledger {command}",
        description=module.__doc__ or COMMANDS[command][1],
        formatter_class=_Formatter,
        add_help=False,
        allow_abbrev=False,
    )
    module.configure(parser)
    parser.add_argument("-h", "--help", action="help", default=SUPPRESS, help="show this and exit")
    parser.set_defaults(run=module.run)
    return parser
