"""Completion of commands, options and names of the catalogue in bash, zsh and fish.

eval "$(netledger completion bash)"                      # in ~/.bashrc
eval "$(netledger completion zsh)"                       # in ~/.zshrc, after compinit
netledger completion fish | source                       # in ~/.config/fish/config.fish
"""

from __future__ import annotations

from netledger.cli.output import write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Action, ArgumentParser, Namespace

SCRIPTS = {
    "bash": r"""_netledger() {
  local IFS=$'\n'
  COMPREPLY=($(netledger completion --words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -o nosort -F _netledger netledger
""",
    "zsh": r"""_netledger() {
  local -a found
  found=("${(@f)$(netledger completion --words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [ -n "${found[1]}" ]; then compadd -Q -U -- "${found[@]}"; else _files; fi
}
compdef _netledger netledger
""",
    "fish": r"""function __netledger
  set -l words (commandline -opc)
  set -l last (commandline -ct)
  netledger completion --words -- $words[2..-1] "$last" 2>/dev/null
end
complete -c netledger -a '(__netledger)'
""",
}
_NETWORKS = frozenset(("network", "networks", "more", "against", "as_network", "family"))
"""Arguments that name a network."""


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger completion``."""
    parser.add_argument("shell", nargs="*", metavar="SHELL", help="bash, zsh or fish")
    parser.add_argument(
        "--words", action="store_true", help="what the words typed so far can go on with (for the scripts)"
    )


def run(arguments: Namespace) -> int:
    """Print the script, or the words that fit."""
    from netledger.errors import UsageError, nearest, or_list

    if arguments.words:
        write_text("".join([f"{word}\n" for word in completions(arguments.shell)]))
        return 0
    if len(arguments.shell) != 1 or arguments.shell[0] not in SCRIPTS:
        given = " ".join(arguments.shell)
        near = nearest(given, list(SCRIPTS))
        said = f": did you mean {or_list(near)}?" if near else ": bash, zsh or fish"
        raise UsageError(f"no completion for '{given}'{said}" if given else "which shell: bash, zsh or fish?")
    write_text(SCRIPTS[arguments.shell[0]])
    return 0


def completions(words: list[str]) -> list[str]:
    """What the last of the words typed can become, the words before it being finished.

    >>> completions(["sho"]), completions(["show", "lenet"]), completions(["show", "alexnet", "--dep"])
    (['show'], ['lenet5', 'lenet5/1998'], ['--depth'])
    """
    from netledger.cli.argparser import parser_of
    from netledger.cli.commands import COMMANDS
    from netledger.cli.parsing import module_of

    *before, last = words or [""]
    if not before:
        return [name for name in (*COMMANDS, *_names(), "--help", "--version") if name.startswith(last)]
    command = before[0] if before[0] in COMMANDS else "show"
    parser = parser_of(command, module_of(command, before[0]))
    options = {name: action for action in parser._actions for name in action.option_strings}
    if last.startswith("-"):
        return sorted([name for name in options if name.startswith(last) and name.startswith("--")])
    asked = options.get(before[-1])
    if asked is not None and asked.nargs != 0:
        return [word for word in _values(asked) if word.startswith(last)]
    positional = [action for action in parser._actions if not action.option_strings]
    return [word for action in positional[-1:] for word in _values(action) if word.startswith(last)]


def _values(action: Action) -> list[str]:
    if action.choices is not None:
        return [str(choice) for choice in action.choices]
    if action.dest == "format":
        from netledger.renderers import FILES, PICTURES, RENDERERS, REPORTS

        return [*RENDERERS, *PICTURES, *FILES, *REPORTS]
    if action.dest == "columns":
        from netledger.documents.ledger.columns import COLUMNS

        return list(COLUMNS)
    return _names() if action.dest in _NETWORKS else []


def _names() -> list[str]:
    from netledger import catalogue

    models = getattr(catalogue, "models", list)
    return [*catalogue.names(), *models()]
