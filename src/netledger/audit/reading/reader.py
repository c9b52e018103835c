r"""A text → the statements in it: the one door to this package.

>>> calculation = read("conv1: (11*11)*3*96 + 96 = 34944\ntotal 34944 parameters")
>>> [(s.line_no, s.name, s.value, s.is_total) for s in calculation.statements]
[(1, 'conv1', 34944, False), (2, 'total', 34944, True)]
"""

from __future__ import annotations

from netledger.audit.reading.expressions.bindings import bindings_in, subject_of, without_settings
from netledger.audit.reading.expressions.carried_units import carry_units
from netledger.audit.reading.expressions.chains import Chains
from netledger.audit.reading.expressions.cutting import adds_names
from netledger.audit.reading.lines.cells import (
    after_arrow,
    describes,
    ends_in,
    goes_on_behind_a_dash,
    is_prose,
    label_of,
    without_remark,
    without_signs,
)
from netledger.audit.reading.lines.logical import Line, read_lines
from netledger.audit.reading.lines.sentences import announces_comparison, announces_supposition
from netledger.audit.reading.statements.finishing import take_use
from netledger.audit.reading.statements.loose import loose_numbers
from netledger.audit.reading.statements.roles import settle_roles
from netledger.audit.reading.statements.sorts import count_of, sort_of_heading
from netledger.audit.reading.statements.statement import Statement, extended, mebioctets, quantity_in, total_in
from netledger.audit.reading.tokens.tokenizing import Token
from netledger.audit.reading.tokens.words import family_of, quantity_of, speaks_of_use
from netledger.audit.words import EACH, NOTHING, ONE, WITHOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.lines.tables import Header
    from netledger.audit.reading.statements.loose import Loose
    from netledger.audit.reading.tokens.tokenizing import Value


class Calculation:
    """What was read: statements in order, the sizes that the text binds to names, lines that could not be read
    (``line_no → why``), every line's text by number, plain and as it was ``written``, and the ``loose`` numbers
    that no statement has, with the reason; ``prepared``: what matching made of the statements, once.
    """

    __slots__ = ("statements", "bindings", "unread", "lines", "words", "loose", "prepared", "written", "of_weights")

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.bindings: dict[str, Value] = {}
        self.unread: dict[int, str] = {}
        self.lines: dict[int, str] = {}
        self.written: tuple[str, ...] = ()
        self.words: set[str] = set()
        self.loose: list[Loose] = []
        self.prepared: list[Item] | None = None
        self.of_weights: bool | None = None
        """Whether it speaks of weights anywhere, once that was asked."""


def read(text: str, sizes: str = "") -> Calculation:
    """Every statement of a text; ``sizes`` are given to names beside it: ``n_hidden = 256`` in a network's title.

    >>> read("w = n_fac * n_hidden", "RNN, n_fac = 42, n_hidden = 256").statements[0].value
    10752
    """
    calculation = _Reader(read_lines(text), bindings_in(read_lines(sizes)) if "=" in sizes else {}).run()
    calculation.written = tuple(text.replace("\r\n", "\n").split("\n"))
    return calculation


MOST_ANNOUNCING = 6
"""Words of a heading that announces a total; a longer one is about more."""


OF_ONE = EACH | ONE
"""Words that say that what is named is there several times, or once."""


class _Reader:
    def __init__(self, lines: list[Line], sizes: dict[str, Value]) -> None:
        self.lines, self.sizes = lines, sizes
        self.out = Calculation()
        self.heading: list[str] = []
        self.heads = ""
        """What sort of number the heading says that its lines give."""
        self.subject = ""
        """What the title says that all of the text counts, where that is no parameters."""
        self.header: Header | None = None
        self.section = 0
        self.after_rule = False
        self.supposes = False
        """Whether a line began what only would be so, down to the blank line after it."""
        self.announces_total = False
        """Whether a heading said that a total comes, and nothing came yet."""
        self.announced: set[int] = set()
        """Sections that stand below such a heading."""

    def run(self) -> Calculation:
        given = [bindings_in([line]) for line in self.lines]
        for sizes in (self.sizes, *reversed(given)):  # where lines differ, the first one tells those above it
            self.out.bindings |= sizes
        self.subject = subject_of(self.lines)
        self.chains = Chains(self.out.bindings)
        self.named = (-1, "")
        """The row and the name of the last value that has one."""
        for line, sizes in zip(self.lines, given, strict=True):
            self.out.lines.setdefault(line.line_no, line.text)
            self.out.words.update([token.text.lower() for token in line.tokens if token.kind == "name"])
            self.out.bindings.update(sizes)  # "(d=64): …", and below it "(d=4): …"
            getattr(self, f"_{line.role}")(line)
        self._take_announced()
        carry_units(self.out.statements)
        settle_roles(self.out.statements, self.lines)
        self.out.loose = loose_numbers(self.lines, self.out.statements)
        return self.out

    def _blank(self, line: Line) -> None:
        self.section += 1
        if self.out.statements and self.out.statements[-1].supposed:
            self.supposes = False
        if self.header is not None and not self.header.barred:
            self.header = None

    def _rule(self, line: Line) -> None:
        self.after_rule = True

    def _remark(self, line: Line) -> None:
        """``Pooling: no parameters`` is about itself alone."""

    def _unread(self, line: Line) -> None:
        self.out.unread[line.line_no] = line.why

    def _heading(self, line: Line) -> None:
        self.heading = [token.text for token in line.tokens if token.kind in ("name", "num")]
        told = next((line.tokens[i + 1 :] for i, token in enumerate(line.tokens) if token.kind == "colon"), [])
        if any(token.text.lower() in NOTHING | WITHOUT for token in told):
            self.heading = []  # "Pooling: no parameters" is all that is said of it
        self.heads = sort_of_heading(line.tokens) if self.heading else ""
        self.section += 1
        plain = all(token.kind in ("name", "colon") for token in line.tokens)
        self.supposes = announces_supposition(line.text) or announces_comparison(line.text)
        self.announces_total = plain and len(self.heading) <= MOST_ANNOUNCING and total_in(self.heading)

    def _header(self, line: Line) -> None:
        from netledger.audit.reading.lines.tables import Header

        self.header = Header(line)

    def _text(self, line: Line) -> None:
        before = len(self.out.statements)
        self._carry(line)
        try:
            found = self._statements(line)
        except _Unreadable as error:
            self.out.unread[line.line_no] = str(error)
            return
        if not found or (line.titled and all(s.quantity in ("setting", "shape") and not s.binding for s in found)):
            self._heading(line)
        for statement in list(found):
            after = after_arrow(statement)
            if after is not None and len(found) > 1:
                found.append(after)
        if self.announces_total and found:
            self.announced.add(self.section)
            self.announces_total = False
        self._take_label(found)
        for statement in found:
            statement.heading = self.heading
            statement.section = self.section
            statement.row = line.line_no
            statement.supposed = self.supposes
            if not statement.quantity:
                statement.quantity = self._inherited(statement)
            mebioctets(statement)
            if self.after_rule and len(found) == 1 and not statement.label and before:
                statement.is_total = statement.is_total or statement.expression is None
            self.out.statements.append(statement)
            self._remember(statement)
        self.after_rule = False
        self.supposes = self.supposes or announces_supposition(line.text)

    def _take_label(self, found: list[Statement]) -> None:
        """``Total per layer: Attention + MLP`` and the numbers alone on the line below: they work out what it names."""
        above = self.out.statements[-1] if self.out.statements else None
        if above is None or len(found) != 1 or found[0].label or found[0].expression is None:
            return
        if above.label and not above.members and above.symbolic and above.section == self.section:
            found[0].label, found[0].is_total = [*above.label], above.is_total

    def _take_announced(self) -> None:
        """``Total parameters:`` and one line below it, that names nothing: the total."""
        for section in self.announced:
            own = [statement for statement in self.out.statements if statement.section == section]
            if len(own) == 1 and not own[0].label and own[0].quantity in ("", "params"):
                own[0].is_total = True

    def _carry(self, line: Line) -> None:
        """``experts per layer  × 8 = …``: a row that works on the value of the one above."""
        if not self.out.statements or self.out.statements[-1].value is None or len(line.cells) > 2:
            return
        for cell in line.cells:
            if _says_how_many(cell):
                del cell[0]
            names = next((i for i, token in enumerate(cell) if token.kind != "name"), 0)
            rest = cell[names : names + 3]
            kinds = [token.kind for token in rest]
            if names and kinds[:2] == ["op", "num"] and rest[0].text == "*" and kinds[2:] in (["rel"], ["name"]):
                node = self._multiplied(rest[1], next((token for token in cell[names + 3 :]), None))
                if node is not None and node.value >= 100:
                    again = Token("num", f"{node.value}", rest[0].start, rest[0].start, True, line.line_no)
                    again.value, again.error = node.value, node.error
                    cell.insert(names, again)

    def _multiplied(self, times: Token, result: Token | None) -> Node | None:
        """The value above that a row works on: the last one that gives its result, else the last one."""
        members = [s.stated or s.expression for s in self.out.statements[: -MOST_ABOVE - 1 : -1]]
        nodes = [member.node for member in members if member is not None and member.node is not None]
        if result is not None and result.kind == "num":
            for node in sorted(nodes, key=lambda node: node.error):
                if abs(node.value * times.value - result.value) <= max(result.error, node.error * times.value):
                    return node  # "fp32 x 4 = …", "fp16 x 2 = …" are of the parameters above both
        return nodes[0] if nodes else None

    def _inherited(self, statement: Statement) -> str:
        if statement.words and count_of(statement) is not None and family_of(statement.words[0]) == "block":
            return ""  # "one encoder of 12 layers" below "Parameters of ViT-B/16"
        said = [quantity_of(word) for word in self.heading]
        if not statement.label and len(self.heading) <= MOST_ANNOUNCING and speaks_of_use(self.heading):
            return "active"
        if "ops" in said and not any(word.lower().startswith("param") for word in self.heading):
            return "ops"  # "forward cost in multiply-adds, through the weights"
        inherited = self.heads or self.subject
        return inherited if inherited in ("ops", "connections", "bytes", "params") else ""

    def _remember(self, statement: Statement) -> None:
        """A labelled value can be used by its name in a later sum, unless its line works out several."""
        row, name = self.named
        if row == statement.row and statement.expression is not None and statement.stated is not None:
            self.chains.sides.labels.pop(name, None)
        if len(statement.label) in (1, 2, 3) and statement.value is not None and not statement.binding:
            words = [w for w in statement.label if quantity_of(w) != "params" and w.lower() not in OF_ONE]
            if len(words) == 1:
                if row != statement.row:
                    self.named = statement.row, words[0].lower()
                self.chains.sides.labels.setdefault(words[0].lower(), statement.value)

    def _statements(self, line: Line) -> list[Statement]:
        cells = line.cells = [without_settings(cell) for cell in line.cells]
        if not line.barred and goes_on_behind_a_dash(cells):
            return [statement for cell in cells for statement in self._clauses(cell)]
        if line.barred or len(cells) > 1:
            return self._row(line, cells)
        return [statement for cell in cells for statement in self._clauses(cell)]

    def _row(self, line: Line, cells: list[list[Token]]) -> list[Statement]:
        """A table row: the equations in its cells, labelled by the first; else one number beside a label."""
        from netledger.audit.reading.lines.tables import (
            add_parts,
            column_statements,
            layer_statements,
            part_statements,
            row_statement,
        )

        header, cells = self.header, without_remark(cells if line.barred else without_signs(cells))
        if len(cells) == 1 and not line.barred:
            return self._clauses(cells[0])
        names = len(cells) > 1 and adds_names(cells[0])  # "att_src + att_dst | 2*41": names of the row, no sum
        per_cell: list[list[Statement]] = [
            self._clauses(cell) if cell and not (names and cell is cells[0]) else [] for cell in cells
        ]
        label = label_of(cells, per_cell)
        equations = self._equations(line, cells, per_cell)
        labelled = sum(1 for cell in cells if any(token.kind == "colon" for token in cell))
        if (not line.barred or labelled > 1) and (
            equations or any(s.label for statements in per_cell for s in statements[:1])
        ):
            loose = self._loose(per_cell, label)
            if loose is not None:
                return loose
        if not line.barred and header is None and len(cells) == 2 and is_prose(cells[1]) and per_cell[1]:
            for statement in per_cell[1][:1]:
                statement.label = extended(label, statement.label)
                statement.is_total = statement.is_total or total_in(label)
            return per_cell[1]
        if header is not None and header.layers and len(cells) == len(header.columns):
            return layer_statements(cells, per_cell, label, header, line)
        parts = part_statements(cells, per_cell, label, header, line) if header is not None else []
        found = row_statement(line, cells, per_cell, label, header)
        if found is not None:
            take_use(found)
        if found is not None and not found.quantity and found.stated is None:
            said = [s.quantity for statements in per_cell for s in statements if s.expression is found.expression]
            found.quantity = "shape" if said == ["shape"] else ""  # "Fire2    input 55x55x96"
        if parts:
            own = found is not None and found.quantity == "params" and found.stated is not None
            if found is None or not own:
                return parts
            add_parts(found, parts)
            return [*parts, found]
        counted = column_statements(cells, per_cell, label, header, line) if header is not None else []
        if equations:
            return self._of_equations(line, cells, equations, found, counted, label)
        return [*([found] if found is not None else []), *counted]

    def _equations(self, line: Line, cells: list[list[Token]], per_cell: list[list[Statement]]) -> list[Statement]:
        """The equations in a row's cells; every statement is about what the heading of its column says."""
        equations = []
        for index, statements in enumerate(per_cell):
            for statement in statements:
                told = self.header.quantity(index, cells[index], line) if self.header is not None else ""
                statement.quantity = statement.quantity or told
                if statement.stated is not None and statement.expression is not None and not describes(statement):
                    equations.append(statement)
        return equations

    def _of_equations(
        self, line: Line, cells: list[list[Token]], equations: list[Statement], found: Statement | None,
        counted: list[Statement], label: list[str],
    ) -> list[Statement]:  # fmt: skip
        """A row that has equations: these, with what its other cells count."""
        if counted or (self.header is not None and not line.barred and found is not None):
            return self._beside(equations, found, counted, label)
        for statement in equations:
            statement.label = extended(label, statement.label)
            statement.is_total = statement.is_total or total_in(label)
        if line.barred and found is not None and found.stated is not None and ends_in(cells[-1], found):
            for statement in equations:
                statement.quantity = statement.quantity or "shape"
            return [*equations, found]
        return equations

    def _beside(
        self, equations: list[Statement], found: Statement | None, told: list[Statement], label: list[str]
    ) -> list[Statement]:
        """Equations in one column beside the numbers of others: each is a statement."""
        for statement in equations:
            statement.label = extended(label, statement.label)
            statement.is_total = statement.is_total or total_in(label)
        stated = found.stated if found is not None else None
        own = found is not None and stated is not None and found.quantity == "params"
        if own and all(
            stated is not None and member.node is not stated.node for s in equations for member in s.members
        ):
            return [found, *equations, *told]  # type: ignore[list-item]
        return [*equations, *told]

    def _loose(self, per_cell: list[list[Statement]], label: list[str]) -> list[Statement] | None:
        """Wide gaps that are no columns: ``memory:  224*224*3=150K   params: 0`` - every cell labels itself."""
        flat = [statement for statements in per_cell for statement in statements]
        labelled = [statement for statement in flat if statement.label]
        if not label and flat and flat[0].label and not quantity_in(flat[0].label):
            label = flat[0].label
        elif quantity_in(label):
            label = []
        told = [s for s in flat if s.stated is not None and (s.expression is not None or (s.label and s.quantity))]
        if len(labelled) < 2 and len(told) < 2:
            return None
        for statement in told:
            if statement.label[: len(label)] != label:
                statement.label = [*label, *statement.label]
            statement.is_total = statement.is_total or total_in(label)
        return told or None

    def _clauses(self, cell: list[Token]) -> list[Statement]:
        try:
            return self.chains.statements(cell)
        except Exception as error:
            from netledger.errors import NetledgerError

            if isinstance(error, NetledgerError):
                raise _Unreadable(error.why) from None
            raise


MOST_ABOVE = 8
"""Rows above one that begins with a times sign, among which is what it works on."""


def _says_how_many(cell: list[Token]) -> bool:
    """``64 experts  × 64 = 402,653,184``: the number before the name says what the line above is multiplied by."""
    names = next((i for i, token in enumerate(cell) if i and token.kind != "name"), 0)
    kinds = [token.kind for token in cell[:1] + cell[names : names + 3]]
    return (
        names > 1
        and kinds == ["num", "op", "num", "rel"]
        and cell[names].text == "*"
        and (cell[0].value == cell[names + 1].value)
    )


class _Unreadable(Exception):
    pass
