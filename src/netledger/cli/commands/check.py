"""Keep a network within a budget: exit code 1, and the row that breaks it, where it is not.

  netledger check alexnet --max parameters=61M --max macs=725M
  netledger check model.onnx --max bytes=250MB --min parameters=1M
  netledger check ./config.json --max memory=24GB --context 32768          weights, cache and state of inference
  netledger check model.py:Net --baseline ledger.json                      nothing more than that ledger has
  netledger check model.py:Net --baseline ledger.json --max-increase parameters=1%
  netledger check a.onnx models/ "more/*.gguf" --max bytes=4GB             each of them; an error breaks it too

What is not known is not passed: a total that holds an Unknown keeps no maximum.
"""

from __future__ import annotations

from netledger.cli.networks import add_source, file_in, located, network_of
from netledger.cli.output import add_output, can_be_written, show
from netledger.errors import NetledgerError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import Any

    from netledger.budgets import Checked
    from netledger.ledger import Ledger


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger check``."""
    from netledger.cli.commands.show import count

    parser.add_argument("network", metavar="NETWORK", help="a catalogue name, a file, a description or a live model")
    parser.add_argument("more", metavar="NETWORK", nargs="*", help="more of them, patterns, folders: each must keep it")
    group = parser.add_argument_group("the budget")
    for bound, words in (("max", "at most"), ("min", "at least")):
        group.add_argument(
            f"--{bound}", action="append", default=[], metavar="QUANTITY=NUMBER", help=f"{words} so much; repeatable"
        )
    group.add_argument("--baseline", metavar="FILE", help="hold it against the ledger in FILE (show -o ledger.json)")
    group.add_argument(
        "--max-increase", action="append", default=[], metavar="QUANTITY=N",
        help="with --baseline: so much more (1%%, 0, 500k) is allowed; default: no more parameters, MACs or bytes",
    )  # fmt: skip
    group.add_argument("--batch", type=count, default=1, metavar="N", help="multiply MACs and neurons by N")
    group.add_argument("--context", type=count, metavar="N", help="for memory: positions (default: the model's own)")
    group.add_argument("--weights", metavar="TYPE", help="for memory: q4_k_m, int8, … (default: as stored)")
    group.add_argument("--cache", default="f16", metavar="TYPE", help="for memory: f16, q8_0, …")
    group.add_argument("--dtype", metavar="DTYPE", help="element type for the bytes")
    add_source(parser)
    add_output(parser, "terminal, text, markdown, latex, typst, rst, csv, json, html, parquet, junit or sarif")


def run(arguments: Namespace) -> int:
    """Read, count, compare with the budget."""
    from netledger.budgets import check
    from netledger.cli.commands.show import several_of
    from netledger.documents.budget import budget_document
    from netledger.dtypes import dtype_named
    from netledger.ledger import keep_books

    budgets: dict[str, Any] = {bound: bounds(getattr(arguments, bound), bound) for bound in ("max", "min")}
    if arguments.max_increase and not arguments.baseline:
        raise UsageError("--max-increase needs a --baseline to increase from")
    if not any(budgets.values()) and not arguments.baseline:
        raise UsageError("no budget given", hint="netledger check alexnet --max parameters=61M")
    dtype = None if arguments.dtype is None else dtype_named(arguments.dtype)
    budgets |= {"context": arguments.context, "weights": arguments.weights, "cache": arguments.cache}  # of memory
    names = several_of(arguments)
    if names:
        return _each(names, budgets, arguments, dtype)
    network = network_of(arguments.network, arguments)
    try:
        ledger = keep_books(network, batch=arguments.batch, dtype=dtype)
    except NetledgerError as error:
        raise located(error, network.name) from None
    findings = check(ledger, **budgets) + _grown(ledger, arguments)
    show(budget_document(network.name, findings, file_in(arguments.network)), arguments)
    return 0 if all(finding.ok for finding in findings) else 1


def _each(names: Sequence[str], budgets: dict[str, Any], arguments: Namespace, dtype: str | None) -> int:
    """Every network against the same budget; the exit code is that of the first that cannot be read, else 1 or 0."""
    from netledger.budgets import check
    from netledger.cli.several import one_by_one, without_name
    from netledger.documents.budget import budgets_document
    from netledger.ledger import keep_books

    if arguments.baseline:
        raise UsageError("--baseline is of one network, and several are named")
    can_be_written(arguments)
    found: list[tuple[str, Sequence[Checked] | str]] = []

    def checked(name: str) -> int:
        try:
            ledger = keep_books(network_of(name, arguments), batch=arguments.batch, dtype=dtype)
            found.append((name, check(ledger, **budgets)))
        except UsageError:
            raise
        except NetledgerError as error:
            found.append((name, without_name(error, name)))
            return error.exit_code
        return 0

    code = one_by_one(names, checked)
    files = {name: file for name in names if (file := file_in(name)) is not None}
    show(budgets_document(found, len(names), files), arguments)
    kept = all(not isinstance(findings, str) and all(one.ok for one in findings) for _, findings in found)
    return code or (0 if kept else 1)


def _grown(ledger: Ledger, arguments: Namespace) -> tuple[Checked, ...]:
    """How it stands to the baseline."""
    if not arguments.baseline:
        return ()
    from netledger.budgets.increases import USUAL, increases, totals_of_json
    from netledger.errors import NotFoundError
    from netledger.limits import JSON_DESCRIPTION_BYTES
    from netledger.notation.strict_json import parse_json

    try:
        with open(arguments.baseline, "rb") as file:  # noqa: PTH123
            earlier = totals_of_json(parse_json(file.read(JSON_DESCRIPTION_BYTES + 1)))
    except OSError as error:
        raise NotFoundError((error.strerror or "cannot be read").lower()).at(file=arguments.baseline) from None
    except NetledgerError as error:
        raise error.at(file=arguments.baseline) from None
    return increases(earlier, ledger.totals, bounds(arguments.max_increase, "max-increase") or USUAL)


def bounds(texts: Sequence[str], bound: str) -> dict[str, str]:
    """``QUANTITY=NUMBER`` texts as a dict; ``bound`` is the option's name, for the error."""
    budgets: dict[str, str] = {}
    for text in texts:
        name, equals, limit = text.partition("=")
        if not equals:
            raise UsageError(f"--{bound} takes QUANTITY=NUMBER, as in parameters=61M, not '{text}'")
        if name in budgets:
            raise UsageError(f"--{bound} {name} is given twice")
        budgets[name] = limit
    return budgets
