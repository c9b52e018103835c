"""``print(model)`` of PyTorch, and ptflops, which prints its figures into it."""

from __future__ import annotations

from netledger.audit.printouts.formats.cells import number_of
from netledger.audit.printouts.formats.figures import MEGABYTES
from netledger.audit.printouts.formats.torch_tables import take_figures
from netledger.audit.printouts.printout import Printout, Row
from netledger.ledger import keep_books

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.audit.understanding.described import Described

MODULES = "modules"
"""The tool of a printed module."""
SHARE = "% Params,"
"""Behind each count that ptflops prints."""


def read_modules(lines: list[str]) -> Printout | None:
    r"""A printed module; ``None`` where there is none, or none whose layers say their sizes.

    >>> text = "Net(\n  (fc1): Linear(in_features=784, out_features=10, bias=True)\n)\nTotal parameters: 7850"
    >>> found = read_modules(text.split("\n"))
    >>> [(row.name, row.own) for row in found.rows], found.figures
    ([('fc1', 7850)], [<total <7850 in 4:18>>])
    """
    from netledger.audit.understanding.understanding import from_printed

    inside = [i for i, line in enumerate(lines) if _is_module(line)]
    if not inside or any("=" in line and "*" in line for line in lines[inside[0] : inside[-1]]):
        return None
    described = next(iter(from_printed(lines)), None)
    if described is None:
        return None
    found = Printout(MODULES)
    found.described = described
    end = _take(found, lines, inside)
    if any(SHARE in line for line in lines):
        found.tool, found.nests = "ptflops", True
        _ptflops(found, lines, described)
    else:
        _layers(found, described)
    found.has_attention = any(
        "ttention(" in line and "MultiheadAttention(" not in line for line in lines[inside[0] : end]
    )
    take_figures(found, lines, end, MEGABYTES)
    return found if found.rows else None


def _is_module(line: str) -> bool:
    bare = line.strip()
    return bare.startswith("(") and "): " in bare and "(" in bare.partition("): ")[2]


def _take(found: Printout, lines: list[str], inside: list[int]) -> int:
    """The lines of the module: from the name before its first bracket to its last bracket."""
    first, last = inside[0], inside[-1] + 1
    while first and (SHARE in lines[first - 1] or lines[first - 1].strip().endswith("(")):
        first -= 1
    while last < len(lines) and (lines[last].strip() == ")" or SHARE in lines[last]):
        last += 1
    found.lines.update(range(first + 1, last + 1))
    return last


def _layers(found: Printout, described: Described) -> None:
    """A row for each layer; a block that stands several times has one line."""
    for entry in keep_books(described.network).entries:
        if not isinstance(entry.parameters, int) or not entry.parameters:
            continue
        row = Row(described.places.get(entry.path, min(found.lines)), entry.path, _type(entry.kind))
        row.own = entry.parameters
        found.rows.append(row)


def _type(kind: str) -> str:
    return {"linear": "Linear", "embedding": "Embedding"}.get(kind, kind)


def _ptflops(found: Printout, lines: list[str], described: Described) -> None:
    """A row for each count: in a layer's own brackets, or in the line below a block's."""
    own = {entry.path: entry.parameters for entry in keep_books(described.network).entries}
    open_: list[tuple[int, str, str]] = []
    for line_no in sorted(found.lines):
        line = lines[line_no - 1]
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        if bare == ")" or not bare:
            continue
        if not _is_module(line) and SHARE not in line:
            open_ = [(indent, "", bare.partition("(")[0])]
            continue
        if _is_module(line):
            while open_ and open_[-1][0] >= indent:
                open_.pop()
            name, _, module = bare[1:].partition("): ")
            path = f"{open_[-1][1]}.{name}".strip(".") if open_ else name
            open_.append((indent, path, module.partition("(")[0]))
        if SHARE in line and open_:
            _count(found, line, line_no, open_[-1], own)


def _count(found: Printout, line: str, line_no: int, module: tuple[int, str, str], own: Mapping[str, object]) -> None:
    start = line.find(f"{module[2]}(") + len(module[2]) + 1 if _is_module(line) else 0
    cell = line[start:].partition(",")[0]
    row = Row(line_no, module[1], module[2])
    row.count = number_of(cell, line_no, start)
    known = own.get(row.name)
    row.own = known if isinstance(known, int) else None
    if row.count is not None:
        found.rows.append(row)
