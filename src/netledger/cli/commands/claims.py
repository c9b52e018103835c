"""Check the claims in Markdown files that are marked with the network they are about. Exit code 1 where one is wrong.

  <!-- netledger: resnet50 -->
  ResNet-50 has 25.6 M parameters.

A mark is about what follows it up to the next mark, heading or end of that block: a paragraph, a list, a table, code.

  netledger claims README.md docs/*.md
  netledger claims README.md --format sarif -o claims.sarif
"""

from __future__ import annotations

from netledger.cli.output import add_output, show
from netledger.errors import DataError, NetledgerError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator
    from typing import Any

_OPEN, _CLOSE = "<!-- netledger:", "-->"


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger claims``."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="Markdown files")
    add_output(parser, "terminal, text, markdown, json, junit or sarif")


def run(arguments: Namespace) -> int:
    """Audit every marked block of every file."""
    from netledger.audit import audit
    from netledger.documents.claims import claims_document
    from netledger.sources import read

    found: list[tuple[str, int, str, Any]] = []
    for file in arguments.files:
        for line, network, text in marked(_text(file)):
            try:
                found.append((file, line, network, audit(text, read(network))))
            except NetledgerError as error:  # what the other marks say is told all the same
                found.append((file, line, network, error))
    show(claims_document(found), arguments)
    unread = [result.exit_code for *_, result in found if isinstance(result, NetledgerError)]
    return unread[0] if unread else 0 if all(result.exit_code == 0 for *_, result in found) else 1


def marked(text: str) -> Iterator[tuple[int, str, str]]:
    r"""Every marked block as (its first line, from 1; the network; its text).

    >>> list(marked("# A\n<!-- netledger: alexnet -->\n60M parameters\n\nother"))
    [(3, 'alexnet', '60M parameters')]
    """
    lines = text.splitlines()
    place = 0
    while place < len(lines):
        line = lines[place].strip()
        place += 1
        if not (line.startswith(_OPEN) and line.endswith(_CLOSE)):
            continue
        network = line[len(_OPEN) : -len(_CLOSE)].strip()
        while place < len(lines) and not lines[place].strip():
            place += 1
        end = _end(lines, place)
        first, last = (place + 1, end - 1) if _is_fence(lines, place) else (place, end)
        yield first + 1, network, "\n".join(lines[first:last])
        place = end


def _is_fence(lines: list[str], place: int) -> bool:
    return place < len(lines) and lines[place].lstrip().startswith(("```", "~~~"))


def _end(lines: list[str], start: int) -> int:
    """Behind the last line of the block that begins at ``start``."""
    if _is_fence(lines, start):
        fence = lines[start].lstrip()[:3]
        end = start + 1
        while end < len(lines) and not lines[end].lstrip().startswith(fence):
            end += 1
        return min(end + 1, len(lines))
    end = start
    while end < len(lines) and lines[end].strip() and not lines[end].lstrip().startswith(("#", "<!--")):
        end += 1
    return end


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123
            return file.read()
    except UnicodeDecodeError as error:
        raise DataError("not UTF-8 text").at(file=path, byte=error.start) from None
    except OSError as error:
        raise NotFoundError((error.strerror or "cannot be read").lower()).at(file=path) from None
