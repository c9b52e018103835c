"""Rewrite a network description canonically, in the notation or as JSON.

  netledger format net.net                 rewritten in place
  netledger format net.net --check         exit code 1 where it is not canonical; nothing is written
  netledger format net.net --to json       printed as JSON
  netledger format ./model.onnx --to net   any network as a description

Comments are kept where they stand. A description with loops, functions, choices or named sizes says more
than the layers that it stands for: only its spaces and line ends are put right.
"""

from __future__ import annotations

import os

from netledger.cli.networks import add_source, network_of
from netledger.cli.output import write_file, write_text
from netledger.errors import DataError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from netledger.network import Network


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger format``."""
    parser.add_argument("network", metavar="FILE", help="a description; with --to or -o any network")
    parser.add_argument("--to", choices=("net", "json"), help="the form to write (default: the file's own)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where the file would change")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE ('-': print)")
    add_source(parser)


def run(arguments: Namespace) -> int:
    """Read a network and write it canonically."""
    form = arguments.to or _form_of(arguments.output) or _form_of(arguments.network)
    text = _tidied(arguments)
    if text is None:
        text = _written(network_of(arguments.network, arguments), form or "net")
    if arguments.check:
        return _checked(arguments.network, text)
    in_place = arguments.to is None and form is not None and os.path.isfile(arguments.network)  # noqa: PTH113
    target = arguments.output or (arguments.network if in_place else "-")
    if target == "-":
        write_text(text)
    elif target != arguments.network or text != _text_of(target):
        write_file(target, text)
    return 0


def _tidied(arguments: Namespace) -> str | None:
    """The file's own text with its spaces put right, where it is to stay and is more than a list of layers."""
    changed = arguments.set or arguments.input or arguments.dim or arguments.output or arguments.from_format
    stays = arguments.to is None and _form_of(arguments.network) == "net" and not changed
    if not stays or not os.path.isfile(arguments.network):  # noqa: PTH113
        return None
    from netledger.catalogue.family import check_family_text
    from netledger.notation.tidying import is_program, lists_models, tidied

    text = _text_of(arguments.network)
    try:
        if lists_models(text):
            return tidied(text)
        if not is_program(text):
            return None
        check_family_text(text)
    except DataError as error:
        raise error.at(file=arguments.network) from None
    return tidied(text)


def _form_of(path: str | None) -> str | None:
    suffix = os.path.splitext(path or "")[1].lower()  # noqa: PTH122
    return {".net": "net", ".json": "json"}.get(suffix)


def _written(network: Network, form: str) -> str:
    from netledger.notation import to_json, to_text

    if form == "net":
        return to_text(network)
    from json import dumps

    return dumps(to_json(network), indent=2) + "\n"


def _checked(path: str, text: str) -> int:
    if not os.path.isfile(path):  # noqa: PTH113
        raise UsageError("--check needs a file")
    if _text_of(path) == text:
        return 0
    write_text(f"{path} is not canonical: netledger format would rewrite it\n")
    return 1


def _text_of(path: str) -> str:
    from netledger.limits import JSON_DESCRIPTION_BYTES
    from netledger.sources.files import InputFile

    with InputFile.open(path) as file:
        return file.text(JSON_DESCRIPTION_BYTES)
