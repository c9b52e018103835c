"""Rows of tables: which number is the one that is claimed, and what a header says about its column."""

from __future__ import annotations

from netledger.audit.reading.expressions.cutting import shape_of
from netledger.audit.reading.expressions.nodes import Node, add, multiply
from netledger.audit.reading.lines.columns import is_part, parts_apart
from netledger.audit.reading.statements.sorts import in_bytes
from netledger.audit.reading.statements.statement import (
    Member,
    Statement,
    extended,
    measure,
    quantity_in,
    scale_in,
    total_in,
    whole_bytes,
)
from netledger.audit.reading.tokens.words import family_of, is_total, part_of, quantity_of, speaks_of_use
from netledger.audit.words import FROZEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.lines.logical import Line
    from netledger.audit.reading.tokens.tokenizing import Token


class Header:
    """The header of a table: what each column holds."""

    __slots__ = ("barred", "columns", "names", "layers")

    def __init__(self, line: Line) -> None:
        self.barred = line.barred
        self.columns: list[tuple[str, int, int]] = []
        self.names: list[list[str]] = []
        self.layers: set[int] = set()
        """The columns that hold a kind of layer each, where there are several: ``| block | conv | BN |``."""
        for cell in line.cells:
            words = [token.text for token in cell if token.kind == "name"]
            sort = "params" if any(quantity_of(word) == "params" for word in words) else quantity_in(words)
            if any(is_total(word) for word in words) and not sort:
                sort = "params"
            if sort in ("", "params") and is_part(words):
                sort = "biases" if any(part_of(word) == "biases" for word in words) else "weights"
            if sort in ("", "params") and speaks_of_use(words):
                sort = "active"
            if any(word.lower().startswith(FROZEN) for word in words):
                sort = "frozen"
            elif not sort and any(family_of(word) == "lora" for word in words):
                sort = "params"  # "| module | LoRA | frozen |": what is trained, beside what is not
            self.names.append(words)
            self.columns.append((sort, cell[0].start if cell else -1, cell[-1].end if cell else -1))
        sorts = parts_apart([sort for sort, _, _ in self.columns], self.names)
        self.columns = [(sort, start, end) for sort, (_, start, end) in zip(sorts, self.columns, strict=True)]
        kinds = {i: kind for i, words in enumerate(self.names[1:], 1) if (kind := _kind_of(words)) and not sorts[i]}
        if len(set(kinds.values())) > 1:
            self.layers = set(kinds)

    def quantity(self, index: int, cell: list[Token], line: Line) -> str:
        """What the column of a cell holds; "" where that is not known."""
        place = self._place(index, cell, line)
        return self.columns[place][0] if place is not None else ""

    def words(self, index: int, cell: list[Token], line: Line) -> list[str]:
        """The words above a cell."""
        place = self._place(index, cell, line)
        return self.names[place] if place is not None else []

    def _place(self, index: int, cell: list[Token], line: Line) -> int | None:
        if self.barred or len(line.cells) == len(self.columns):
            return index if index < len(self.columns) else None
        if not cell:
            return None
        start, end = cell[0].start, cell[-1].end
        best, least = None, 10**9
        for place, (_, left, right) in enumerate(self.columns):
            overlap = min(end, right) - max(start, left)
            distance = 0 if overlap > 0 else min(abs(start - left), abs(end - right))
            if distance < least:
                best, least = place, distance
        return best if least <= 6 else None


def _kind_of(words: list[str]) -> str | None:
    """The kind of layer that the words above a column name, where they are all that is said there."""
    kinds = {family_of(word) for word in words}
    kind = kinds.pop() if len(kinds) == 1 else None
    return kind if kind not in ("block", "dropout") else None


def part_statements(
    cells: list[list[Token]], per_cell: list[list[Statement]], label: list[str], header: Header, line: Line
) -> list[Statement]:
    """The numbers in columns of weights and of biases, a statement each."""
    found = []
    for index, cell in enumerate(cells):
        sort = header.quantity(index, cell, line)
        for statement in per_cell[index] if sort in ("weights", "biases") else ():
            if statement.stated is not None or statement.expression is not None:
                statement.label = extended(label, statement.label)
                statement.quantity = sort
                statement.column = header.words(index, cell, line)
                statement.is_total = total_in(label)
                found.append(statement)
    return found


def layer_statements(
    cells: list[list[Token]], per_cell: list[list[Statement]], label: list[str], header: Header, line: Line
) -> list[Statement]:
    """The numbers in columns of kinds of layers, a statement each, and the row's total behind them."""
    found: list[Statement] = []
    for index, cell in enumerate(cells):
        words = header.words(index, cell, line)
        counts = index in header.layers
        if not counts and (not found or header.quantity(index, cell, line) != "params"):
            continue
        for statement in per_cell[index][:1]:
            if statement.stated is not None or statement.expression is not None:
                own = [*statement.label, *words] if counts else statement.label
                statement.label = extended(label, own)
                statement.quantity, statement.column = "params", words
                statement.is_total = total_in(label) and not counts
                found.append(statement)
    return found


def add_parts(whole: Statement, parts: list[Statement]) -> None:
    """``| 640 | 10 | 650 |``: a row's weights and biases are what its total works out, where that has no formula."""
    nodes = [part.stated.node for part in parts if part.stated is not None and part.stated.node is not None]
    sorts = [part.quantity for part in parts]
    if whole.expression is not None or sorted(sorts) != ["biases", "weights"] or len(nodes) != 2:
        return
    if not any(node.value for node in nodes):
        return  # of pooling
    member = Member(add(nodes), "", whole.line_no)
    whole.members.insert(len(whole.members) - 1, member)


COUNTED = frozenset(("ops", "bytes", "connections", "active"))
"""What columns beside the parameters count."""


def column_statements(
    cells: list[list[Token]], per_cell: list[list[Statement]], label: list[str], header: Header, line: Line
) -> list[Statement]:
    """The numbers in columns of operations, connections and memory, a statement each."""
    found = []
    for index, cell in enumerate(cells):
        sort = header.quantity(index, cell, line)
        for statement in per_cell[index]:
            sort = sort if sort in COUNTED else statement.quantity if statement.quantity == "bytes" else ""
            if sort and statement.stated is not None and statement.expression is None and not statement.shapes:
                statement.label = list(label)
                statement.quantity = sort
                statement.column = header.words(index, cell, line)
                statement.scale = scale_in(statement.column) if sort == "ops" else ""
                statement.is_total = total_in(label)
                measure(statement)
                whole_bytes(statement)
                found.append(statement)
    return found


class _Cells:
    """What the cells of a row without an equation hold: sizes, the numbers that it may claim, what works one out."""

    def __init__(self, label: list[str]) -> None:
        self.label = label
        self.inner: list[str] = []
        self.shape: Member | None = None
        self.numbers: list[tuple[Node, str, list[str]]] = []
        """Each with the sort that its column says, and the words beside it."""
        self.expression: Member | None = None
        self.worked_out: list[Member] = []
        self._seen_label = False

    def read(
        self, line: Line, cells: list[list[Token]], per_cell: list[list[Statement]], header: Header | None
    ) -> None:
        """Take every cell in order."""
        for index, cell in enumerate(cells):
            shape = shape_of(cell)
            if shape is not None and self.shape is None:
                self.shape = Member(None, "", line.line_no)
                self.shape.shape = shape
            if self._is_label(cell):
                continue
            sort = header.quantity(index, cell, line) if header is not None else ""
            if not index and header is not None and header.barred and sort != "params" and _is_row_number(cell, cells):
                continue
            if not index and sort != "params" and _is_before_amounts(cell, cells, header is not None):
                continue
            words = [token.text for token in cell if token.kind == "name"]
            self._take(per_cell[index], sort or quantity_in(words), words)

    def _is_label(self, cell: list[Token]) -> bool:
        """Whether a cell is the row's label and no more."""
        if not self.label or self._seen_label or label_words(cell) != self.label:
            return False
        self._seen_label = True
        self.inner = _inner(cell)
        return not any(token.kind in ("colon", "rel") for token in cell)

    def _take(self, statements: list[Statement], sort: str, words: list[str]) -> None:
        for found in statements:
            worked = found.expression
            if worked is not None and found.stated is None and _says_of_what(worked):
                continue
            if worked is not None and found.stated is None:
                self.worked_out.append(worked)
                if self.expression is None or sort == "params":
                    self.expression = worked
            elif worked is None and not found.binding and found.stated is not None and found.stated.node is not None:
                self.numbers.append((found.stated.node, found.quantity or sort, words))


def row_statement(
    line: Line, cells: list[list[Token]], per_cell: list[list[Statement]], label: list[str], header: Header | None
) -> Statement | None:
    """A row without an equation: its label, the number it claims, and the other numbers that could be meant."""
    held = _Cells(label)
    held.read(line, cells, per_cell, header)
    numbers, expression = held.numbers, held.expression
    statement = Statement(line.line_no)
    statement.label, statement.inner = label, held.inner or statement.inner
    statement.members.extend([held.shape] if held.shape is not None else [])
    statement.is_total = total_in(label) or (not label and line.barred and len(numbers) == 1 and expression is None)
    chosen = _choose(numbers)
    if not label and line.barred and header is not None and chosen is not None and chosen[1] == "params":
        statement.is_total = statement.is_total or expression is None  # the last row of a sheet
    if chosen is None and expression is None and header is None and len(numbers) == 1 and numbers[0][1] in COUNTED:
        chosen = numbers[0]  # "Model size | 493 MB"
    if chosen is None and expression is None:
        return None
    if expression is not None and chosen is not None:
        expression = _giving(held.worked_out, chosen[0]) or expression
        expression = _as_often(expression, chosen[0], [node for node, _, _ in numbers])
    if expression is not None and (chosen is None or _belongs(expression, chosen[0])):
        statement.members.append(expression)
    else:
        statement.aside = expression
    if chosen is not None:
        node, sort, words = chosen
        member = Member(node, "|", node.token.line_no if node.token is not None else line.line_no)
        statement.members.append(member)
        statement.quantity = sort
        told = sort == "params" and header is not None and header.barred
        others = [(other, kind) for other, kind, _ in numbers if other is not node and kind not in _OTHER]
        statement.candidates = [other for other, kind in others if not told or kind == "params"]
        statement.words = words
        measure(statement)
    elif expression is not None and in_bytes(expression):
        statement.quantity = "bytes"  # "| fp32 | 7.24B × 4 bytes |"
    return statement


def _says_of_what(member: Member) -> bool:
    """``| 16 (13 + 3) |``: a number of layers, and in brackets of what there are so many; no product."""
    node = member.node
    factors = node.factors() if node is not None and node.op == "product" else []
    if len(factors) != 2 or not factors[0].is_bare or factors[1].op != "sum":
        return False
    return factors[0].value == factors[1].value


def _giving(expressions: list[Member], value: Node) -> Member | None:
    """Of the expressions in a row's cells the one that gives its number, or that is built as counts are."""
    giving = [one for one in expressions if one.node is not None and one.node.value == value.value]
    sums = [one for one in expressions if one.node is not None and _adds(one.node)]
    return giving[0] if giving else sums[-1] if len(sums) == 1 else None


def _adds(node: Node) -> bool:
    """``5*5*3*12 + 12``, ``(5*5*3 + 1)*12``: what is built as counts with biases are, and no shape."""
    return len(node.terms()) > 1 or any(factor.op == "sum" for factor in node.factors())


def _is_row_number(cell: list[Token], cells: list[list[Token]]) -> bool:
    """``| 8,192 | 2.68 GB |``: a number at the left, below the name of its column, says which row it is."""
    return len(cell) == 1 and cell[0].kind == "num" and len(cells) > 1


def _is_before_amounts(cell: list[Token], cells: list[list[Token]], is_headed: bool) -> bool:
    """``| 8B | 0.5 GB |``, ``4096   2.0 GB``: a model called by its size, or how many tokens, before amounts."""
    numbers = [token for other in cells[1:] for token in other if token.kind == "num" and token.suffix > 1]
    if len(cell) != 1 or cell[0].kind != "num" or cell[0].unit or not numbers:
        return False
    return (cell[0].suffix > 1 or is_headed) and all(token.unit == "bytes" for token in numbers)


_OTHER = frozenset(
    ("frozen", "shape", "ops", "bytes", "percent", "features", "connections", "weights", "biases", "active")
)


def label_words(cell: list[Token]) -> list[str]:
    """The words of a cell that names a row, the number of the layer among them: ``Conv 2 (5x5)``."""
    words = [token.text for token in cell if token.kind == "name"]
    depth = 0
    if [token.kind for token in cell] == ["name", "num", "name"] and cell[1].spaced and not cell[2].spaced:
        if cell[1].text.isdigit() and len(cell[2].text) == 1:
            return [words[0], cell[1].text + words[1]]  # "inception 4a"
    for i, token in enumerate(cell):
        depth += (token.kind == "open") - (token.kind == "close")
        after = cell[i + 1] if i + 1 < len(cell) else None
        alone = after is None or after.kind in ("open", "stop", "colon", "gap")
        if (
            token.kind == "num"
            and depth == 0
            and i
            and cell[i - 1].kind == "name"
            and alone
            and token.text.isdigit()
            and len(token.text) <= 2
        ):
            return [
                *[t.text for t in cell[:i] if t.kind == "name"],
                token.text,
                *[t.text for t in cell[i + 1 :] if t.kind == "name"],
            ]
    return words


def _inner(cell: list[Token]) -> list[str]:
    depth, words = 0, []
    for token in cell:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth > 0 and token.kind == "name":
            words.append(token.text)
    return words


def _choose(numbers: list[tuple[Node, str, list[str]]]) -> tuple[Node, str, list[str]] | None:
    """The number of a column of parameters, else the last one that is no other sort of quantity."""
    for node, sort, words in numbers:
        if sort == "params":
            return node, sort, words
    plain = [entry for entry in numbers if entry[1] not in _OTHER]
    if len(plain) > 1 and abs(plain[-1][0].value - plain[-2][0].value) <= plain[-1][0].error:
        return plain[-2]  # 46,702,792,704 "46.7B"
    exact = [entry for entry in plain if not entry[0].error and entry[0].value >= LEAST_EXACT]
    if exact and plain[-1][0].error:
        return exact[-1]  # 354,823,168, hence "355M"
    return plain[-1] if plain else None


LEAST_EXACT = 10_000
"""A smaller number beside a rounded one is a size."""


def _as_often(expression: Member, value: Node, numbers: list[Node]) -> Member:
    """``| 768 + 768 | 1536 | 12 | 18432 |``: what one layer has, times the number of layers in another cell."""
    node = expression.node
    for times in numbers if node is not None and node.value != value.value else ():
        if node is not None and isinstance(times.value, int) and 1 < times.value <= MOST_TIMES:
            if node.value * times.value == value.value:
                again = Member(multiply([times, node]), expression.relation, expression.line_no)
                again.words, again.before, again.tokens = expression.words, expression.before, expression.tokens
                return again
    return expression


MOST_TIMES = 512
"""A larger number in a row is not how often a layer is there."""


def _belongs(expression: Member, value: Node) -> bool:
    """Whether an expression in one cell is the derivation of the number in another: it gives it, or it is a sum."""
    node = expression.node
    if node is not None and value.value < LEAST_EXACT and node.value > MOST_WIDTHS * value.value:
        return False  # "2 convs, 128     73,856 + 147,584": a width and what it makes
    if node is not None and all(term.is_bare for term in node.terms()) and node.value * MOST_APART < value.value:
        return False  # "| cat 128 + 128; conv 256→128 | 442,880 |": widths put together
    return node is not None and (abs(node.value - value.value) <= value.error or _adds(node))


MOST_APART = 10
"""How many times a sum of single numbers a row's own result may be."""
MOST_WIDTHS = 100
"""How many times a row's own result its formula may give that is wrong."""
