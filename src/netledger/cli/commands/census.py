"""A table of every model in folders, lists, buckets: a row each, the largest first; what cannot be read is a row too.

  netledger census models/
  netledger census models/ --format csv -o models.csv
  netledger census models/ more.txt -o out/                     hundreds of thousands: Parquet in a folder
  netledger census --remote s3://bucket/models/ -o out/ --engine dask --scheduler tcp://head:8786
  netledger census --remote hub-answer.json -o out/ --workers 32

Hidden folders are looked into, links to folders are not followed. A folder that is one model is one row, an index
stands for its shards. With a folder to write to, each file is read by a process of its own limits; what is there in the
same state is not read again. The exit code is 0 whatever could not be read; Ctrl-C keeps what is done.
"""

from __future__ import annotations

import os

from netledger.cli.networks import add_source, file_of
from netledger.cli.output import add_output, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from netledger.fleet.places import CensusPlace


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger census``."""
    from netledger.cli.commands.show import count

    parser.add_argument("source", metavar="SOURCE", help="a folder, a list (.txt), a bucket, a hub's answer")
    parser.add_argument("more", metavar="SOURCE", nargs="*", help="more of them")
    parser.add_argument("--batch", type=count, default=1, metavar="N", help="multiply MACs by N")
    parser.add_argument("--dtype", metavar="DTYPE", help="element type for the bytes: float16, int8, …")
    group = parser.add_argument_group("with -o out/")
    group.add_argument("--engine", default="local", metavar="ENGINE", help="who reads: local, dask or ray")
    group.add_argument("--workers", type=count, metavar="N", help="how many read (default: one a processor)")
    group.add_argument("--scheduler", metavar="ADDRESS", help="a cluster that is there: tcp://host:8786")
    group.add_argument("--limit-time", type=count, default=20, metavar="SECONDS", help="for each file (20)")
    group.add_argument("--limit-memory", type=count, default=1024, metavar="MB", help="for each file (1024)")
    group.add_argument("--shard", type=count, default=8192, metavar="ROWS", help="rows of a Parquet file (8192)")
    add_source(parser)
    add_output(parser, "terminal, text, markdown, latex, typst, rst, csv, json, html or parquet")


def run(arguments: Namespace) -> int:
    """Look for the models, read each, show them or write them into a folder."""
    from netledger.cli.several import read_all
    from netledger.documents.models import models_document
    from netledger.dtypes import dtype_named
    from netledger.fleet.places import places_of

    dtype = None if arguments.dtype is None else dtype_named(arguments.dtype)
    places = places_of([arguments.source, *arguments.more], arguments.remote)
    if arguments.output is not None and _is_folder(arguments.output):
        return _into_folder(list(places), arguments, dtype)
    names = [place.source for place in places]
    models, code = read_all(names, arguments, dtype, file_of)
    show(models_document(models, len(names)), arguments)
    return code if code == 130 else 0


def _is_folder(path: str) -> bool:
    """Whether what is to be written is a census: a folder, or a name without a suffix that is nothing yet."""
    named = "." in os.path.basename(path) or os.path.lexists(path)  # noqa: PTH119
    return path.endswith(("/", os.sep)) or os.path.isdir(path) or not named  # noqa: PTH112


def _into_folder(places: list[CensusPlace], arguments: Namespace, dtype: str | None) -> int:
    """The census proper: rows into Parquet, then what was done."""
    from time import monotonic

    from netledger.cli.several import TimeLeft
    from netledger.documents.models import census_document
    from netledger.errors import UsageError
    from netledger.fleet.batch import Limits
    from netledger.fleet.census import census
    from netledger.fleet.engines import EngineSettings

    for name in ("input", "dim", "set", "from_format", "format"):
        if getattr(arguments, name):
            option = {"from_format": "from"}.get(name, name)
            raise UsageError(f"--{option} is not of a census into a folder: its rows are of what is stored")
    if arguments.batch != 1:
        raise UsageError("--batch is not of a census into a folder: its rows are of one example")
    progress, start = TimeLeft(len(places)), monotonic()
    counts = census(
        places, arguments.output,
        limits=Limits(arguments.limit_time, arguments.limit_memory, arguments.remote, dtype),
        engine=arguments.engine, settings=EngineSettings(arguments.workers, arguments.scheduler),
        shard=arguments.shard, told=lambda counts: progress.tell(counts.done),
    )  # fmt: skip
    progress.clear()
    arguments.output = None
    show(census_document(counts, len(places), monotonic() - start), arguments)
    return 130 if counts.interrupted else 0
