"""Print the ledger of a network: a row for each layer with its parameters, the formula with its numbers, its
multiply-accumulates and its share; then totals, evidence and the conventions used.

  netledger show alexnet
  netledger show alexnet --layers conv2                 one layer, explained in a sentence
  netledger show resnet50 --depth 1                     layers summed up by their path
  netledger show alexnet --set fc8.out_features=10 --input 3x256x256
  netledger show "conv2d(256, kernel_size=5, in_channels=96)"
  netledger show alexnet --format latex -o appendix.tex
  netledger show model.safetensors --as alexnet/torchvision     each tensor matched with its layer
  netledger show --remote hf://owner/model                      its header alone is fetched
  netledger show a.onnx b.tflite models/ "more/*.gguf"          a row a model, largest first; errors are rows
"""

from __future__ import annotations

import os

from netledger.cli.live import add_live
from netledger.cli.networks import add_source, located, network_of
from netledger.cli.output import add_output, chosen_format, show
from netledger.errors import NetledgerError, UsageError
from netledger.limits import MAX_DIMENSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from netledger.documents.ledger import View
    from netledger.documents.model import Document
    from netledger.ledger import Ledger
    from netledger.network import Network


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger show``."""
    parser.add_argument("network", metavar="NETWORK", help="a catalogue name, a file, a description or a live model")
    parser.add_argument("more", metavar="NETWORK", nargs="*", help="more of them, patterns, folders: a row a model")
    add_source(parser)
    group = parser.add_argument_group("what is counted")
    group.add_argument("--batch", type=count, default=1, metavar="N", help="multiply MACs and neurons by N")
    group.add_argument("--dtype", metavar="DTYPE", help="element type for the bytes: float16, bfloat16, int8, …")
    group.add_argument(
        "--as", dest="as_network", metavar="NETWORK", help="match a file's tensors with the layers of this network"
    )
    group.add_argument("--memory", choices=("training", "inference"), help="predict the memory it takes, at --batch")
    group.add_argument("--optimizer", default="sgd-momentum", metavar="NAME", help="with --memory: adam, sgd, …")
    group.add_argument("--scale", metavar="SIZE=2..128", help="a model's totals as one of its sizes doubles, or 1,2,3")
    group.add_argument("--lora", metavar="r=16,targets=q_proj+v_proj", help="how many values low-rank adapters train")
    group = parser.add_argument_group("what is shown")
    group.add_argument(
        "--layers", action="append", default=[], metavar="PATTERN", help="only these: conv2, conv*, fc6,fc7"
    )
    group.add_argument("--depth", type=count, metavar="N", help="sum up layers below N parts of the path")
    group.add_argument(
        "--formulas", choices=("numbers", "symbols", "both", "none"), default="numbers", help="how formulas are written"
    )
    group.add_argument(
        "--columns", metavar="A,B,…", help="exactly these columns; +A beside the usual ones; 'all' for every one"
    )
    group.add_argument(
        "--chart",
        choices=("icicle", "bars", "treemap"),
        help="the picture drawn by -o picture.svg, .png, .pdf or .html",
    )
    group.add_argument(
        "--of", choices=("parameters", "macs", "bytes"), help="what the picture shows (default: parameters)"
    )
    add_live(parser)
    add_output(parser, "terminal, text, markdown, latex, typst, rst, csv, json, html, svg, png, pdf or parquet")


def count(text: str) -> int:
    """A positive whole number typed by a person: ``32``, ``1,024``."""
    digits = text.replace(",", "").replace("_", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 20 or not 0 < int(digits) <= MAX_DIMENSION:
        from argparse import ArgumentTypeError

        short = digits[-1:] in ("k", "K") and digits[:-1].isdecimal() and len(digits) < 8
        more = f": write {int(digits[:-1]) * 1000} or {int(digits[:-1]) * 1024}" if short else ""
        far = digits.isascii() and digits.isdigit() and digits.strip("0") != ""
        why = f"is more than {MAX_DIMENSION:,}" if far else "is no positive whole number"
        raise ArgumentTypeError(f"'{text[:40]}' {why}{more}")
    return int(digits)


def run(arguments: Namespace) -> int:
    """Read, count, show."""
    from netledger.dtypes import dtype_named
    from netledger.garbage import Paused

    dtype = None if arguments.dtype is None else dtype_named(arguments.dtype)
    names = several_of(arguments)
    if names:
        return _table(names, arguments, dtype)
    with Paused():  # layers, books and rows all stay until they are shown
        return _one(arguments, dtype)


def _one(arguments: Namespace, dtype: str | None) -> int:
    """A single network."""
    from netledger.documents.ledger import ledger_document
    from netledger.ledger import keep_books

    view = view_of(arguments)
    network = network_of(arguments.network, arguments)
    if arguments.scale is not None:
        show(_scaled(network, arguments, dtype), arguments)
        return 0
    if arguments.memory is not None:
        show(_memory(network, arguments, dtype), arguments)
        return 0
    network = _asked_of(network, arguments)
    try:
        if arguments.as_network is None:
            ledger = keep_books(network, batch=arguments.batch, dtype=dtype)
        else:
            ledger = _matched(network, arguments, dtype)
    except NetledgerError as error:
        raise located(error, network.name) from None
    show(ledger_document(ledger, view), arguments)
    return 0


def _asked_of(network: Network, arguments: Namespace) -> Network:
    """The network with what is told of it beside its own: formulas for a family's bare name, adapters."""
    if network.meta.get("family") == arguments.network:
        network = network.replace(meta={**network.meta, "open": True})
    if arguments.lora is None:
        return network
    from netledger.ledger import keep_books
    from netledger.predict.adapters import adapters, stated_adapters, trained_text

    rank, targets = stated_adapters(arguments.lora)
    ledger = keep_books(network)
    trained, total = adapters(ledger, rank, targets), ledger.totals.parameters
    if not isinstance(total, int):
        raise UsageError(f"--lora: the number of {network.name}'s own parameters is not known")
    said = f"adapters of rank {rank:,} on {', '.join(targets)}: {trained_text(trained, total)}"
    return network.replace(notes=(*network.notes, said))


def several_of(arguments: Namespace) -> list[str]:
    """The models, where several are named: one after the other, by a pattern, or by a folder that holds some."""
    first = arguments.network
    url = first.startswith(("https://", "http://"))  # whose question mark is no pattern
    if not arguments.more and url:
        return []
    some = "*" in first or "?" in first or ("://" in first and first.endswith("/"))
    if not arguments.more and not some and not os.path.isdir(first):  # noqa: PTH112
        return []
    from netledger.cli.several import refuse_a_command
    from netledger.fleet.folders import expanded

    if arguments.more:
        refuse_a_command(first)
    names = expanded([first, *arguments.more], arguments.remote)
    return names if arguments.more or names != [first] else []


def _table(names: list[str], arguments: Namespace, dtype: str | None) -> int:
    """A row for each of several models."""
    from netledger.cli.several import read_all, refuse_options_of_one
    from netledger.documents.models import models_document

    refuse_options_of_one(arguments)
    models, code = read_all(names, arguments, dtype)
    show(models_document(models, len(names)), arguments)
    return code


def _scaled(network: Network, arguments: Namespace, dtype: str | None) -> Document:
    """The totals of the same family as one of its sizes grows."""
    from netledger.catalogue.resized import is_of_a_family, with_sizes
    from netledger.documents.scaling import scaling_document
    from netledger.ledger import keep_books

    name, equals, text = arguments.scale.partition("=")
    if not is_of_a_family(network) or not equals:
        raise UsageError("--scale takes SIZE=FIRST..LAST for a model of a family, as in num_hidden_layers=2..128")
    ledgers = [
        (value, keep_books(with_sizes(network, {name: value}), batch=arguments.batch, dtype=dtype))
        for value in _values(text)
    ]
    return scaling_document(network.name, name, ledgers)


_MOST_VALUES = 64


def _values(text: str) -> list[int]:
    """``2..128`` doubling from the first to the last; ``1,2,4`` as they stand."""
    first, dots, last = text.partition("..")
    if not dots:
        return [count(part) for part in text.split(",")][:_MOST_VALUES]
    values: list[int] = []
    value, end = count(first), count(last)
    while value < end and len(values) < _MOST_VALUES:
        values.append(value)
        value *= 2
    return [*values, end]


def _matched(file: Network, arguments: Namespace, dtype: str | None) -> Ledger:
    """The books of the network that ``--as`` names, with the file's tensors as their second entry."""
    from netledger.ledger.stored_tensors import books_as
    from netledger.sources import read

    return books_as(read(arguments.as_network), file, batch=arguments.batch, dtype=dtype)


def _memory(network: Network, arguments: Namespace, dtype: str | None) -> Document:
    """The prediction of what the network takes in training or inference."""
    from netledger.documents.memory import memory_document
    from netledger.execute.aliasing import without_softmax
    from netledger.execute.memory import predict

    trained = without_softmax(network) if arguments.memory == "training" else network
    try:
        memory = predict(
            trained, batch=arguments.batch, purpose=arguments.memory, optimizer=arguments.optimizer, dtype=dtype
        )
    except NetledgerError as error:
        raise located(error, network.name) from None
    return memory_document(memory)


def view_of(arguments: Namespace) -> View:
    """How the ledger is to be shown, by the options."""
    from netledger.documents.ledger import View
    from netledger.renderers import COMPLETE, PICTURED

    columns = None
    if arguments.columns is not None:
        columns = tuple([name for name in arguments.columns.split(",") if name.strip()])
        if not columns:
            raise UsageError("--columns names no column")
    patterns = tuple([part.strip() for text in arguments.layers for part in text.split(",") if part.strip()])
    format = chosen_format(arguments)
    charts = PICTURED.get(format, ())
    if arguments.chart or arguments.of:
        if not charts:
            raise UsageError(
                f"--{'chart' if arguments.chart else 'of'} draws a picture, and {format} shows none: -o picture.svg"
            )
        kept = charts if arguments.of is None else ((arguments.of, charts[0][1]),)
        charts = tuple([(quantity, arguments.chart or shape) for quantity, shape in kept])
    grouped = format == "html" and arguments.depth is None
    fold = format not in COMPLETE
    return View(arguments.formulas, columns, arguments.depth, patterns, fold, grouped, charts, format == "json")
