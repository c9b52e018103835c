"""Listings of tensors in the many forms that people print: ``named_parameters()``, ``state_dict()``, tables, sheets,
dictionaries, fvcore's ``parameter_count_table``.
"""

from __future__ import annotations

from netledger.audit.printouts import LEAVES
from netledger.audit.printouts.formats.cells import number_of, sizes_of
from netledger.audit.printouts.formats.figures import MEGABYTES, figures_in
from netledger.audit.printouts.formats.headings import is_rule
from netledger.audit.printouts.printout import TENSOR_ROWS, Figure, Printout, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.printouts.printout import Number

TYPES_OF_VALUES = ("torch.float", "torch.bfloat", "torch.int", "torch.half", "torch.uint", "float", "bfloat", "int")
FILLERS = frozenset(
    "torch.size shape size params param parameters parameter count numel layer name module requires_grad trainable "
    "true false dtype device cpu weight tensor values number elements yes no bytes modules k m".split()
)
"""Words beside a tensor's name that say nothing of their own."""
SIGNS = frozenset(":|,;=-\u2192>'\"{}()[]\t *`\u2502\u2503#\u2013\u2014.&\\")
LEAST_ROWS = 2
LONGEST_LINE = 100_000


class ListingPiece:
    """A piece of a line: a ``name``, a ``shape``, a ``number`` or ``other``."""

    __slots__ = ("at", "sort", "text")

    def __init__(self, sort: str, text: str, at: int) -> None:
        self.sort, self.text, self.at = sort, text, at


def tokens_of(line: str) -> list[ListingPiece]:
    """The pieces of a line of a listing.

    >>> [(t.sort, t.text) for t in tokens_of("0.weight: torch.Size([6, 1]) -> 1,254")]
    [('name', '0.weight'), ('shape', '[6, 1]'), ('number', '1,254')]
    >>> [(t.sort, t.text) for t in tokens_of("conv1.weight: 3*3")]
    [('name', 'conv1.weight'), ('number', '3'), ('other', '*3')]
    """
    tokens: list[ListingPiece] = []
    i = 0
    while i < len(line):
        character = line[i]
        close = _shape_until(line, i) if character in "[(" else 0
        if close:
            tokens.append(ListingPiece("shape", line[i:close], i))
            i = close
        elif character.isalnum() or character == "_":
            i = _word(line, i, tokens)
        elif character in SIGNS and not (
            character in "*=" and line[i + 1 : i + 2].isdigit() and _after_number(tokens, i)
        ):
            i += 1
        else:
            tokens.append(ListingPiece("other", line[i : i + 2], i))
            i += 2
    return [token for token in tokens if token.sort]


def _after_number(tokens: list[ListingPiece], i: int) -> bool:
    return bool(tokens) and tokens[-1].sort == "number" and tokens[-1].at + len(tokens[-1].text) >= i - 1


def _shape_until(line: str, i: int) -> int:
    """Where a bracket of sizes ends; 0 where it is another."""
    k = i + 1
    while k < len(line) and (line[k].isdigit() or line[k] in ", "):
        k += 1
    inner = line[i + 1 : k].strip()
    if k < len(line) and line[k] in "])" and (line[i] == "[" or "," in inner or not inner):
        return k + 1
    return 0


def _word(line: str, i: int, tokens: list[ListingPiece]) -> int:
    end = i
    while end < len(line) and (
        line[end].isalnum() or line[end] in "_.," or (line[end] in "-/" and _inside(line, i, end))
    ):
        if line[end] == "," and not (line[i:end].replace(",", "").isdigit() and line[end + 1 : end + 4].isdigit()):
            break
        end += 1
    text = line[i:end].rstrip(".,")
    end = i + len(text)
    number = text.replace(",", "").replace(".", "", 1)
    if number.isdigit():
        if line[end : end + 1] in ("K", "M", "B", "G") and not line[end + 1 : end + 2].isalnum():
            text, end = line[i : end + 1], end + 1
        elif line[end : end + 2] in (" K", " M") and not line[end + 2 : end + 3].isalnum():
            text, end = line[i : end + 2], end + 2
        tokens.append(ListingPiece("number", text, i))
    elif number[:-1].isdigit() and number[-1:] in "KMBG":
        tokens.append(ListingPiece("number", text, i))
    elif text.lower() in FILLERS or text.startswith(TYPES_OF_VALUES) or text.lower().startswith("requires_grad"):
        tokens.append(ListingPiece("", text, i))
    else:
        tokens.append(ListingPiece("name", text, i))
    return end


def _inside(line: str, start: int, at: int) -> bool:
    """Whether a dash or slash belongs to a name (``block-1/kernel``)."""
    return (
        line[start:at].replace("_", "a")[-1:].isalnum()
        and line[at + 1 : at + 2].isalnum()
        and not line[start:at].isdigit()
    )


def is_tensor(name: str) -> bool:
    """Whether a name is a tensor's: ``conv1.weight``, ``lstm.weight_ih_l0``.

    >>> is_tensor("conv1.weight"), is_tensor("conv1"), is_tensor("dense/kernel:0")
    (True, False, True)
    """
    leaf = name.replace("/", ".").rpartition(".")
    return bool(leaf[0]) and leaf[2].startswith(LEAVES)


def rows_of(line: str, line_no: int) -> list[Row] | None:
    """The rows that a line holds; ``None`` where it is no line of a listing.

    >>> [(row.name, row.count.value) for row in rows_of("{'a.weight': 20, 'a.bias': 5}", 1)]
    [('a.weight', 20), ('a.bias', 5)]
    >>> rows_of("conv1.weight: 3*3*8 = 72", 1) is None
    True
    """
    rows: list[Row] = []
    if len(line) > LONGEST_LINE:
        return None
    tokens = tokens_of(line)
    if tokens and tokens[0].sort == "number" and len(tokens) > 2 and tokens[1].sort == "name":
        tokens = tokens[1:]  # the number of the row
    for token in tokens:
        if token.sort == "name":
            rows.append(Row(line_no, token.text.removesuffix(":0").replace("/", ".")))
        elif not rows or token.sort == "other" or not _put(rows[-1], token, line_no):
            return None
    if not rows or any(row.count is None and row.shape is None for row in rows):
        return None
    return rows


def _put(row: Row, token: ListingPiece, line_no: int) -> bool:
    if token.sort == "shape":
        if row.shape is not None:
            return False
        row.shape = sizes_of(token.text)
        return row.shape is not None
    number = number_of(token.text, line_no, token.at)
    if number is None:
        return False
    if row.count is not None:
        return not number.is_exact and number.fits(row.count.value)  # 432 (0.4K)
    row.count = number
    return True


def read_listing(lines: list[str]) -> Printout | None:
    """The listing in a text; ``None`` where there is none.

    >>> found = read_listing(["conv1.weight (6, 1, 5, 5) 150", "conv1.bias (6,) 6", "total 156"])
    >>> [(row.name, row.shape, row.count.value) for row in found.rows], found.figures[0].what
    ([('conv1.weight', (6, 1, 5, 5), 150), ('conv1.bias', (6,), 6)], 'total')
    """
    found = Printout(TENSOR_ROWS)
    read: dict[int, list[Row]] = {}
    for line_no, line in enumerate(lines, 1):
        if any(character.isdigit() or character in "[(" for character in line):
            rows = rows_of(line, line_no)
            if rows and not any(row.name.lower() in ("total", "sum", "all") for row in rows):
                read[line_no] = rows
    kept = {line_no for line_no, rows in read.items() if _are_tensors(rows)}
    for line_no in [*read, *reversed(read)]:  # beside them a name without a known ending: `pos`, `gamma1`
        beside = {line_no - 1, line_no + 1} & kept
        if (
            line_no not in kept
            and len(read[line_no]) == 1
            and beside
            and _is_alike(read[line_no][0], read[min(beside)])
        ):
            kept.add(line_no)
    found.lines = kept
    found.rows = [row for line_no in sorted(kept) for row in read[line_no]]
    last = max(kept, default=0)
    tensors = sum(1 for row in found.rows if is_tensor(row.name))
    if tensors < LEAST_ROWS:
        return None
    names = [row.name for row in found.rows]
    if len(set(names)) < len(names):
        return None
    _rules(found, lines)
    _figures(found, lines, last)
    return found


def _are_tensors(rows: list[Row]) -> bool:
    """Whether the rows of a line are tensors: most of them by their names."""
    return 2 * sum(1 for row in rows if is_tensor(row.name)) > len(rows)


def _is_alike(row: Row, beside: list[Row]) -> bool:
    """Whether it says of its tensor what the row beside it does."""
    said = (row.count is None, row.shape is None)
    return any(said == (other.count is None, other.shape is None) for other in beside)


def _rules(found: Printout, lines: list[str]) -> None:
    first = min(found.lines)
    for line_no in range(max(first - 4, 1), first):
        words = [token.text.lower() for token in tokens_of(lines[line_no - 1])]
        if is_rule(lines[line_no - 1]) or (len(words) <= 6 and ("|" in lines[line_no - 1] or set(words) <= FILLERS)):
            found.lines.add(line_no)


def _figures(found: Printout, lines: list[str], last: int) -> None:
    """The totals around a listing; a bare number right below it is its total."""
    for line_no, line in enumerate(lines, 1):
        if line_no in found.lines:
            continue
        bare: Number | None = number_of(line, line_no) if last < line_no <= last + 2 else None
        if bare is not None:
            found.figures.append(Figure("total", bare))
            found.lines.add(line_no)
            continue
        if is_rule(line) and last < line_no <= last + 4:
            found.lines.add(line_no)
            continue
        said = line.replace("\t", " ").strip("|+ ").replace(",,", ": ").replace(";", ": ")
        figures = figures_in(said, line_no, MEGABYTES)
        if figures and all(
            figure.what in ("total", "trainable", "total_trainable", "frozen", "share") for figure in figures
        ):
            _place(line, figures)
            found.figures += figures
            found.lines.add(line_no)


def _place(line: str, figures: list[Figure]) -> None:
    """Figures read from a line without its bars, at their places in the line itself."""
    at = 0
    for figure in figures:
        number = figure.number
        start = at
        while start < len(line) and not line[start].isdigit():
            start += 1
        number.end += start - number.start
        number.start = start
        at = number.end


def fvcore_at(lines: list[str], at: int) -> Printout | None:
    """The ``parameter_count_table`` of fvcore whose heading stands at a place: modules, and the tensors in them.

    >>> lines = ["| name  | #elements or shape |", "|:---|:---|", "| model | 0.1K |", "| fc.weight | (10, 7) |"]
    >>> [(row.name, row.shape, row.count is not None) for row in fvcore_at(lines, 0).rows]
    [('', None, True), ('fc.weight', (10, 7), False)]
    """
    found = Printout("fvcore", nests=True)
    found.lines.add(at + 1)
    for i in range(at + 1, len(lines)):
        cells = lines[i].split("|")
        if len(cells) != 4:
            break
        found.lines.add(i + 1)
        if is_rule(lines[i]):
            continue
        row = Row(i + 1, cells[1].strip())
        row.name = "" if row.name == "model" and not found.rows else row.name
        row.shape = sizes_of(cells[2])
        if row.shape is None:
            row.count = number_of(cells[2], i + 1, len(cells[0]) + len(cells[1]) + 2)
            if row.count is None:
                return None
        found.rows.append(row)
    return found if found.rows else None
