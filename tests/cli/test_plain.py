"""Plain words mean what argparse takes them to mean; it is the oracle, and is asked about everything else."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

import netledger
from netledger.cli.argparser import parser_of
from netledger.cli.commands import COMMANDS
from netledger.cli.parsing import module_of
from netledger.cli.plain import plain
from netledger.errors import UsageError

VALUES = ["alexnet", "2", "1,024", "x.json", "-", "", "a b", "--", "-1", "net", "towers", "numbers", "0", "a=b", "é"]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_plain_words_are_read_as_argparse_reads_them(command: str) -> None:
    module = module_of(command, command)
    parser = parser_of(command, module)
    options = [name for action in parser._actions for name in action.option_strings if name not in ("-h", "--help")]
    must = [one.option_strings[-1] for one in parser._actions if one.required and one.option_strings]
    required = [word for name in must for word in (name, "x")]
    dice, agreed = random.Random(command), 0
    for _ in range(1_500):
        words = list(required) if dice.random() < 0.9 else []
        for _ in range(dice.randrange(1, 6)):
            words += dice.choice(
                [[dice.choice(VALUES)], [dice.choice(options)], [dice.choice(options), dice.choice(VALUES)]]
            )
            if dice.random() < 0.1:
                words.append(f"{dice.choice(options)}={dice.choice(VALUES)}")
        found = plain(module, words)
        if found is None:
            continue
        try:
            theirs = vars(parser.parse_args(words))
        except UsageError as error:
            pytest.fail(f"{words} are read, argparse says: {error}")
        assert vars(found) == theirs, words
        agreed += 1
    assert agreed > 20


@pytest.mark.parametrize(
    "words", [["show", "alexnet"], ["list"], ["show", "alexnet", "--format", "markdown", "--batch=2"]]
)
def test_a_plain_command_imports_no_argparse(words: list[str]) -> None:
    code = (
        "import sys; from netledger.cli import main; code = main(sys.argv[1:]);"
        "print(code, *[name for name in ('argparse', 're', 'locale') if name in sys.modules], file=sys.stderr)"
    )
    home = str(Path(netledger.__file__).parents[1])  # without site-packages an editable install is not found
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, *words], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": home},
    )  # fmt: skip
    assert done.stderr.split() == ["0"]
