"""``model.summary()`` of Keras 2 (columns by place) and Keras 3 (in a box), with nested models."""

from __future__ import annotations

from netledger.audit.printouts.formats.cells import number_of, sizes_of
from netledger.audit.printouts.formats.headings import columns_of, is_rule, placed
from netledger.audit.printouts.formats.torch_tables import MEBIBYTES, take_figures
from netledger.audit.printouts.printout import Printout, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.printouts.printout import Number

TITLE = "Model: "


def boxed_at(lines: list[str], at: int) -> Printout | None:
    """Keras 3's table whose heading stands at a place.

    >>> lines = ["┃ Layer (type)  ┃ Output Shape ┃ Param # ┃", "│ fc (Dense)    │ (None, 10)   │      70 │"]
    >>> [(row.name, row.type, row.makes, row.count.value) for row in boxed_at(lines, 0).rows]
    [('fc', 'Dense', (None, 10), 70)]
    """
    heading = [cell for cell, _ in _cells(lines[at], "┃")]
    if not heading or not heading[0].strip().lower().startswith("layer (type"):
        return None
    columns = columns_of(heading[1:]) if len(heading) > 1 else []
    if columns is None:
        return None
    found = Printout("keras", "keras", nests=True)
    found.lines.add(at + 1)
    i = at + 1
    while i < len(lines) and lines[i].strip()[:1] in tuple("┡├│└┏"):
        if lines[i].strip()[:1] == "│":
            if not _boxed_row(found, _cells(lines[i], "│"), i + 1, columns):
                return None
        found.lines.add(i + 1)
        i += 1
    return _finished(found, lines, at, i)


def _cells(line: str, sign: str) -> list[tuple[str, int]]:
    bare = line.rstrip()
    cells, at = [], 0
    pieces = bare.split(sign)
    for k, piece in enumerate(pieces):
        if 0 < k < len(pieces) - 1 or (k and piece.strip()):
            cells.append((piece, at))
        at += len(piece) + 1
    return cells


def _finished(found: Printout, lines: list[str], at: int, end: int) -> Printout | None:
    above = at - 1
    while above >= 0 and (is_rule(lines[above]) or lines[above].strip().startswith(TITLE)):
        found.lines.add(above + 1)
        above -= 1
    take_figures(found, lines, end, MEBIBYTES)
    for row in found.rows:
        row.name, row.type = _name_and_type(row.name)
    return found if found.rows and all(row.type for row in found.rows) else None


def _name_and_type(text: str) -> tuple[str, str]:
    """``conv2d_3 (Conv2D)``; the type may be cut off, with or without its bracket. ``conv2d_3`` alone says it too."""
    name, sign, kind = text.partition("(")
    if not sign and _is_given_by_keras(name):
        stem, _, number = name.strip().rpartition("_")
        return name.strip(), stem if number.isdigit() else name.strip()
    return name.strip().rstrip("\u2026"), kind.strip().rstrip(")").rstrip("\u2026").strip()


def _is_given_by_keras(name: str) -> bool:
    """Whether a name is written as Keras derives it from a layer's class: ``batch_normalization_1``."""
    return name.strip().isidentifier() and name.islower()


def _boxed_row(found: Printout, cells: list[tuple[str, int]], line_no: int, columns: list[str]) -> bool:
    if not cells:
        return False
    by_role = dict(zip(columns, cells[1:], strict=False))
    said, makes = cells[0][0], by_role.get("makes", ("", 0))[0].strip()
    if found.rows and not makes:  # a name or a list of sources that goes on below
        found.rows[-1].name = f"{found.rows[-1].name} {said.strip()}".strip()
        _sources(found.rows[-1], by_role.get("sources", ("", 0))[0])
        return True
    row = Row(line_no, said.strip(" └\u2502|"))
    row.depth = (len(said) - len(said.lstrip())) // 3 if "└" in said else 0
    row.makes = sizes_of(makes)
    _sources(row, by_role.get("sources", ("", 0))[0])
    if "trainable" in by_role:
        row.frozen = {"Y": False, "N": True}.get(by_role["trainable"][0].strip())
    if "count" in by_role:
        row.count = _count(*by_role["count"], line_no)
        if row.count is None and by_role["count"][0].strip() not in ("", "?", "\u2026"):
            return False
    found.rows.append(row)
    return True


def _count(cell: str, at: int, line_no: int) -> Number | None:
    first = cell.split("(")[0]
    return number_of(first, line_no, at)


def _sources(row: Row, cell: str) -> None:
    row.sources += tuple([piece.partition("[")[0] for piece in _words(cell)])


def _words(cell: str) -> list[str]:
    text = cell.replace("'", " ").replace(",", " ").replace("[[", " ").strip()
    text = text[1:] if text.startswith("[") else text
    return [word for word in text.split() if word.strip("[]-0")]


def spaced_at(lines: list[str], at: int) -> Printout | None:
    """Keras 1's and 2's table whose heading stands at a place.

    >>> lines = ["Layer (type)     Output Shape   Param #", "=====", "fc (Dense)       (None, 10)     70", "====="]
    >>> [(row.name, row.type, row.makes, row.count.value) for row in spaced_at(lines, 0).rows]
    [('fc', 'Dense', (None, 10), 70)]
    """
    columns = placed(lines[at])
    if columns is None or {role for role, _ in columns} - {"layer", "makes", "count", "sources", "trainable"}:
        return None
    starts = [start for _, start in columns]
    found = Printout("keras", "keras", nests=True)
    found.lines.add(at + 1)
    i = at + 1
    while i < len(lines):
        line = lines[i]
        if found.rows and line.lstrip().startswith("=="):
            break
        if line.strip() and not is_rule(line):
            begins = [starts[0], *[_whole_word(line, start) for start in starts[1:]]]
            ends = [*begins[1:], len(line) + 1]
            cells = [(line[start:end], start) for start, end in zip(begins, ends, strict=True)]
            if found.rows and not any(cell.strip() for cell, _ in cells[1:3]):
                found.rows[-1].name += cells[0][0].strip()  # a type that goes on below, or another source
                _sources(found.rows[-1], " ".join([cell for cell, _ in cells[1:]]))
            elif not _spaced_row(found, cells, i + 1, [role for role, _ in columns]):
                break
        found.lines.add(i + 1)
        i += 1
    return _finished(found, lines, at, i)


def _whole_word(line: str, at: int) -> int:
    """Where a word begins that a column's left edge would cut: a number that is wider than its heading."""
    while 0 < at < len(line) and line[at - 1] != " " and line[at] != " ":
        at -= 1
    return at


def _spaced_row(found: Printout, cells: list[tuple[str, int]], line_no: int, columns: list[str]) -> bool:
    by_role = dict(zip(columns, cells, strict=True))
    said, makes = by_role["layer"][0], by_role.get("makes", ("", 0))[0]
    counted = by_role.get("count", ("", 0))
    row = Row(line_no, said.strip(" |"))
    row.count = _count(*counted, line_no)
    row.makes = sizes_of(makes)
    typed = "(" in said or _is_given_by_keras(said)
    if not typed or row.count is None or (row.makes is None and makes.strip()[:1] not in ("[", "m", "(", "?")):
        return False
    lead = said[: len(said) - len(said.lstrip(" |"))]
    row.depth = lead.count("|")
    if "trainable" in by_role:
        row.frozen = {"Y": False, "N": True}.get(by_role["trainable"][0].strip())
    if "sources" in by_role:
        _sources(row, by_role["sources"][0])
    found.rows.append(row)
    return True
