"""The options that say which network is meant and what is changed of it; shared by the commands that read one."""

from __future__ import annotations

from netledger.errors import ArgumentError, NetledgerError, NotFoundError, UsageError, nearest
from netledger.limits import INTEGER_DIGITS, MAX_DIMENSION, NESTING, RANK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import Any

    from netledger.network import Layer, Network
    from netledger.sources import Options

_WORDS = {"true": True, "false": False, "none": None}


def add_source(parser: ArgumentParser) -> None:
    """``--from``, ``--remote``, ``--input``, ``--dim`` and ``--set``."""
    group = parser.add_argument_group("the network")
    group.add_argument(
        "--from", dest="from_format", metavar="FORMAT", help="the file's format, where it cannot be told"
    )
    group.add_argument(
        "--remote",
        action="store_true",
        help="fetch headers of what https://, hf://owner/model, s3://, gs:// … names",
    )
    group.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="[NAME=]3x256x256",
        help="feed another input shape; repeatable; ids=int64[1,128] with a type and the batch",
    )
    group.add_argument(
        "--dim", action="append", default=[], metavar="NAME=SIZE", help="the size of a symbolic dimension"
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="LAYER.ARG=VALUE",
        help="change an argument: fc8.out_features=10; or a family's size: num_hidden_layers=80",
    )


def network_of(what: str, arguments: Namespace) -> Network:
    """The network that ``what`` names, read and changed as the options say."""
    from netledger.sources import read

    if what == "-":
        return changed(_piped(arguments), arguments)
    try:
        network = read(what, format=arguments.from_format, options=source_options(arguments))
    except NotFoundError as error:
        if error.hint is None or not error.near:
            from netledger.cli.parsing import command_like

            error.hint = command_like(what) or error.hint
        raise
    return changed(network, arguments)


def file_of(path: str, arguments: Namespace) -> Network:
    """The network in a file, changed as the options say; a name that a list holds is never code, nor a catalogue's."""
    from netledger.sources import read_file

    return changed(read_file(path, format=arguments.from_format, options=source_options(arguments)), arguments)


def file_in(what: str) -> str | None:
    """The file in which a network stands, where it stands in one: ``model.onnx``; of ``model.py:Net`` the module's."""
    import os

    module, colon, _ = what.rpartition(":")
    tried = [what, module] if colon and module.endswith(".py") else [what]
    return next((name for name in tried if os.path.exists(name)), None)  # noqa: PTH110


def _piped(arguments: Namespace) -> Network:
    """The network in the standard input: a description, or a file of any format, kept for as long as it is read."""
    import os
    import sys
    import tempfile

    from netledger.limits import STRUCTURE_BYTES
    from netledger.sources import read_file

    if sys.stdin is None:
        raise UsageError("the standard input is closed")
    if sys.stdin.isatty():
        print("type or paste a description, then Ctrl-D", file=sys.stderr)
    data = sys.stdin.buffer.read(STRUCTURE_BYTES + 1)
    if len(data) > STRUCTURE_BYTES:
        raise UsageError(
            f"more than {STRUCTURE_BYTES:,} bytes piped in: name the file instead, only its header is read"
        )
    descriptor, path = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        network = read_file(path, format=arguments.from_format, options=source_options(arguments))
    except NetledgerError as error:
        error.file = "-" if error.file == path else error.file
        raise
    finally:
        os.unlink(path)  # noqa: PTH108
    return network.replace(name="standard input") if network.name == os.path.basename(path) else network  # noqa: PTH119


_LIVE = ("args", "kwargs", "training", "real", "trust_remote_code")
"""Options of live models, without which theirs are not asked."""


def source_options(arguments: Namespace) -> Options:
    """What the sources need to know of the options."""
    from netledger.sources import Options

    live, given = {}, arguments.input
    shapes = []
    if given or any(getattr(arguments, name, None) for name in _LIVE):
        from netledger.cli.live import goes_in_order, live_settings

        live = live_settings(arguments)
        shapes = [named_shape(text) for text in given if not goes_in_order(given, text)]
    names = [text.partition("=")[0] for text in arguments.input if "=" in text]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"--input {twice}= is given twice")
    inputs = dict(shapes)
    dims = dict(_dimension(text) for text in arguments.dim)
    remote = {"remote": True} if getattr(arguments, "remote", False) else {}
    return Options(inputs, dims, {**live, **remote})


def named_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """``3x256x256`` or ``image=3x256x256`` (``,`` and ``×`` for ``x`` too) as (name, shape); name ``""`` where none.

    >>> named_shape("3x256x256"), named_shape("ids=1,128")
    (('', (3, 256, 256)), ('ids', (1, 128)))
    """
    name, equals, sizes = text.rpartition("=")
    shape = tuple([_size(part, text) for part in sizes.replace("×", "x").replace(",", "x").lower().split("x")])
    if len(shape) > RANK:
        raise UsageError(f"--input {text}: more than {RANK} dimensions")
    return (name if equals else ""), shape


def _size(text: str, whole: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > INTEGER_DIGITS or int(digits) > MAX_DIMENSION:
        raise UsageError(f"'{whole}' is no shape: write sizes with x between them, as in 3x256x256")
    return int(digits)


def _dimension(text: str) -> tuple[str, int]:
    name, equals, size = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--dim takes NAME=SIZE, not '{text}'")
    return name, _size(size, size)


def changed(network: Network, arguments: Namespace) -> Network:
    """``network`` with ``--set`` applied. What was published of it is about another network then, and is left out."""
    sizes = [text for text in arguments.set if _names_a_size(network, text)]
    if sizes:
        from netledger.catalogue.resized import with_sizes

        network = with_sizes(network, {name: literal(value) for name, _, value in (t.partition("=") for t in sizes)})
    for text in arguments.set:
        if text not in sizes:
            network = _with_argument(network, text)
    if arguments.set or arguments.input:
        network = network.replace(published={})
    if arguments.set:
        title = network.title or network.name
        network = network.replace(title=f"{title}, with {', '.join(arguments.set)}")
    return network


def _names_a_size(network: Network, text: str) -> bool:
    """Whether ``--set NAME=VALUE`` means a size of the network's family, not an argument of a layer."""
    name, equals, _ = text.partition("=")
    if not equals or "." in name:
        return False
    from netledger.catalogue.resized import is_of_a_family

    return is_of_a_family(network) and not any(layer.tensors for layer in network.layers)


def _with_argument(network: Network, text: str) -> Network:
    from netledger.layers import rule_for
    from netledger.layers.arguments import check_type

    target, equals, value = text.partition("=")
    path, dot, name = target.rpartition(".")
    if not (equals and dot and path and name):
        raise UsageError(f"--set takes LAYER.ARGUMENT=VALUE, not '{text}'")
    layer = _layer_named(network, path)
    if layer.tensors or any(other.tensors for other in network.layers):
        raise UsageError("--set changes a description; this network has stored tensors that would contradict it")
    parameters = rule_for(layer.kind).parameters
    if name not in parameters:
        near = nearest(name, list(parameters))
        known = f" it takes {', '.join(parameters) or 'none'}" if not near else f" did you mean '{near[0]}'?"
        raise UsageError(f"--set {text}: {layer.kind} has no argument '{name}':{known}")
    try:
        check_type(layer.kind, parameters[name], literal(value))
    except ArgumentError as error:
        raise UsageError(f"--set {text}: {error.why}") from None
    attributes = {**layer.attributes, name: literal(value)}
    layers = [other.replace(attributes=attributes) if other is layer else other for other in network.layers]
    return network.replace(layers=tuple(layers))


_SHOWN = 8


def _layer_named(network: Network, path: str) -> Layer:
    """The layer of this path; where none looks like it, the error names those that are there."""
    try:
        return network[path]
    except NotFoundError as error:
        if not error.near:
            paths = [layer.path for layer in network.layers]
            more = f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else ""
            error.hint = f"its layers: {', '.join(paths[:_SHOWN])}{more}" if paths else "it has no layers"
        raise


def literal(text: str) -> Any:
    """A value typed on the command line: an integer, a number, ``true``, ``none``, ``3x3`` or ``(3,3)``, else text.

    >>> literal("10"), literal("0.5"), literal("false"), literal("3x5"), literal("same")
    (10, 0.5, False, (3, 5), 'same')
    """
    plain = text.strip()
    if plain.lower() in _WORDS:
        return _WORDS[plain.lower()]
    if plain.startswith(("(", "[")) and plain.endswith((")", "]")):
        return tuple([literal(part) for part in _parts(plain[1:-1]) if part.strip()])
    for make in (_integer, _tuple, _float):
        value = make(plain)
        if value is not None:
            return value
    return plain


def _parts(text: str) -> list[str]:
    """``text`` at its commas, those inside brackets left alone."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if depth > NESTING:
            raise UsageError(f"brackets nested more than {NESTING} deep")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _integer(text: str) -> int | None:
    digits = text.lstrip("-").replace("_", "")
    if not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) > INTEGER_DIGITS:
        raise UsageError(f"an integer of {len(digits):,} digits")
    return -int(digits) if text.startswith("-") else int(digits)


def _tuple(text: str) -> tuple[int, ...] | None:
    parts: Sequence[int | None] = [_integer(part) for part in text.replace("×", "x").replace(",", "x").split("x")]
    whole = [part for part in parts if part is not None]
    return tuple(whole) if len(parts) > 1 and len(whole) == len(parts) else None


def _float(text: str) -> float | None:
    try:
        return float(text) if text[:1] in "-.0123456789" and text else None
    except ValueError:
        return None


def located(error: NetledgerError, what: str) -> NetledgerError:
    """An error of the books with the network it happened in."""
    return error if error.file is not None else error.at(file=what)
