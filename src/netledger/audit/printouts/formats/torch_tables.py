"""The tables of torchinfo, torchsummary and Lightning."""

from __future__ import annotations

from netledger.audit.printouts.formats.cells import number_of, pieces_of, sizes_of
from netledger.audit.printouts.formats.figures import MEGABYTES, figures_in
from netledger.audit.printouts.formats.headings import columns_of, is_rule, placed
from netledger.audit.printouts.printout import Printout, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.printouts.printout import Number

BRANCHES = "│├└|+"
TREE = f"{BRANCHES}─ "
MOST_FIGURES = 16
"""Lines below a table that its figures may take."""
MEBIBYTES = 1024**2


def torchinfo_at(lines: list[str], at: int) -> Printout | None:
    """A table of torchinfo whose heading stands at a place.

    >>> lines = ["Layer (type:depth-idx)   Param #", "=====", "Net           --", "├─Linear: 1-1     (20)", "====="]
    >>> [(row.type, row.depth, row.count.value, row.frozen) for row in torchinfo_at(lines, 0).rows if row.count]
    [('Linear', 1, 20, True)]
    """
    columns = placed(lines[at])
    if columns is None or not _has_tree(lines, at):
        return None
    named = "(var_name)" in lines[at]
    numbered = "depth-idx" in lines[at]
    return _table(lines, at, "torchinfo", lambda line, i: _torchinfo_row(line, i, columns, named, numbered))


def _has_tree(lines: list[str], at: int) -> bool:
    return "depth-idx" in lines[at] or any("├─" in line or line.startswith("+ ") for line in lines[at + 1 : at + 6])


def torchsummary_at(lines: list[str], at: int) -> Printout | None:
    """A table of torchsummary whose heading stands at a place."""
    columns = placed(lines[at])
    if columns is None or [role for role, _ in columns] != ["layer", "makes", "count"]:
        return None
    return _table(lines, at, "torchsummary", _torchsummary_row)


def _table(lines: list[str], at: int, tool: str, read: object) -> Printout | None:
    found = Printout(tool)
    found.lines.add(at + 1)
    i = at + 1
    while i < len(lines) and (is_rule(lines[i]) or lines[i].strip()):
        if is_rule(lines[i]):
            found.lines.add(i + 1)
            i += 1
            if found.rows:
                break
            continue
        row = read(lines[i], i + 1)  # type: ignore[operator]
        if row is None:
            return None
        found.rows.append(row)
        found.lines.add(i + 1)
        i += 1
    if at and is_rule(lines[at - 1]):
        found.lines.add(at)
    take_figures(found, lines, i, MEGABYTES if tool == "torchinfo" else MEBIBYTES)
    return found if found.rows else None


def take_figures(found: Printout, lines: list[str], at: int, scale: int) -> None:
    """The figures below a table, down to the first line that says anything else."""
    for i in range(at, min(at + MOST_FIGURES, len(lines))):
        if not lines[i].strip() or is_rule(lines[i]):
            if is_rule(lines[i]):
                found.lines.add(i + 1)
            continue
        figures = figures_in(lines[i], i + 1, scale)
        if not figures:
            return
        found.figures += figures
        found.lines.add(i + 1)


def _torchinfo_row(line: str, line_no: int, columns: list[tuple[str, int]], named: bool, numbered: bool) -> Row | None:
    head = len(line) - len(line.lstrip(TREE))
    pieces = list(pieces_of(line[head:], head))
    cells = pieces[len(pieces) - len(columns) + 1 :]
    name = [piece for piece, _ in pieces[: len(pieces) - len(columns) + 1]]
    if not name or len(name) > 3 or len(cells) != len(columns) - 1:
        return None
    row = Row(line_no, type=name[0].rstrip(":"))
    if len(name) > 1 and name[1].startswith("("):
        row.name = name[1].rstrip(":")[1:-1]
    row.depth = sum(character in BRANCHES for character in line[:head])
    for (role, _), (cell, at) in zip(columns[1:], cells, strict=True):
        if not _set(row, role, cell, line_no, at):
            return None
    return row


def _set(row: Row, role: str, cell: str, line_no: int, at: int) -> bool:
    """A cell into its row; whether it can be read."""
    if cell in ("--", "-", "(recursive)", "?"):
        row.again = row.again or cell == "(recursive)"
        return True
    if role == "trainable":
        row.frozen = row.frozen or {"True": False, "False": True, "Y": False, "N": True}.get(cell)
        return True
    if role == "count":
        row.count = number_of(cell, line_no, at)
        row.frozen = True if cell.startswith("(") else row.frozen
        return row.count is not None
    if role == "macs":
        row.macs = number_of(cell, line_no, at)
        return row.macs is not None
    if role == "share":
        row.share = number_of(cell.rstrip("%"), line_no, at)
        return row.share is not None or cell.startswith("-")  # of a module whose weights are tied
    sizes = sizes_of(cell)
    if role == "makes":
        row.makes = sizes
    elif role == "reads":
        row.reads = sizes
    elif role == "kernel":
        row.kernel = sizes
    return True


def _torchsummary_row(line: str, line_no: int) -> Row | None:
    pieces = list(pieces_of(line))
    if len(pieces) != 3 or not pieces[0][0].rpartition("-")[2].isdecimal():
        return None
    row = Row(line_no, pieces[0][0], pieces[0][0].rpartition("-")[0])
    row.makes, row.count = sizes_of(pieces[1][0]), number_of(pieces[2][0], line_no, pieces[2][1])
    return row if row.makes is not None and row.count is not None else None


# ---------------------------------------------------------------------- Lightning


def lightning_at(lines: list[str], at: int) -> Printout | None:
    """A model summary of Lightning, plain or in a box.

    >>> lines = ["  | Name | Type   | Params", "---", "0 | fc   | Linear | 7.9 K ", "---", "7.9 K     Total params"]
    >>> found = lightning_at(lines, 0)
    >>> [(row.name, row.count.value) for row in found.rows], [figure.what for figure in found.figures]
    ([('fc', 7900)], ['total'])
    """
    heading = [cell for cell, _ in _barred(lines[at])]
    if [cell.strip().lower() for cell in heading[1:3]] != ["name", "type"]:
        return None
    columns = columns_of(heading[1:])
    if columns is None:
        return None
    found = Printout("lightning", nests=True)
    found.lines.add(at + 1)
    i = at + 1
    while i < len(lines) and lines[i].strip():
        if not is_rule(lines[i]):
            row = _lightning_row(lines[i], i + 1, columns)
            if row is None:
                break
            found.rows.append(row)
        found.lines.add(i + 1)
        i += 1
    take_figures(found, lines, i, MEGABYTES)
    return found if found.rows else None


def _barred(line: str) -> list[tuple[str, int]]:
    cells, at = [], 0
    bare = line
    for sign in "┃│":
        bare = bare.replace(sign, "|")
    pieces = bare.split("|")
    boxed = line.lstrip()[:1] in ("┃", "│")
    for i, piece in enumerate(pieces):
        if not (boxed and i in (0, len(pieces) - 1)):
            cells.append((piece, at))
        at += len(piece) + 1
    return cells


def _lightning_row(line: str, line_no: int, columns: list[str]) -> Row | None:
    cells = _barred(line)
    if len(cells) != len(columns) + 1 or not (cells[0][0].strip() or "0").isdecimal():
        return None
    row = Row(line_no)
    for role, (cell, at) in zip(columns, cells[1:], strict=True):
        bare = cell.strip()
        if role == "name":
            row.name = bare
        elif role == "type":
            row.type = bare
        elif role == "count":
            row.count = _lightning_count(cell, line_no, at)
            if row.count is None and bare != "n/a":
                return None
        elif role in ("reads", "makes"):
            _set(row, role, bare, line_no, at)
    return row


def _lightning_count(cell: str, line_no: int, at: int) -> Number | None:
    """``1.2 K`` or, in brackets behind, what a lazy module has not made."""
    return number_of(cell, line_no, at)
