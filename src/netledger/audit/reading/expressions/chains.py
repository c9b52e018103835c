"""One cell of a line → statements: clauses cut at commas and semicolons, chains cut at relations, labels told apart."""

from __future__ import annotations

from netledger.audit.reading.expressions.cutting import (
    clauses_of,
    only_names,
    pieces_of,
)
from netledger.audit.reading.expressions.parsing import is_variable
from netledger.audit.reading.expressions.sides import Sides
from netledger.audit.reading.statements.finishing import finish
from netledger.audit.reading.statements.sorts import (
    LEAST_BESIDE,
    announces,
    count_of,
    is_coded,
    is_layer,
    is_number,
    names_layer,
    numbers_a_layer,
)
from netledger.audit.reading.statements.statement import Member, Statement, total_in
from netledger.audit.reading.tokens.tokenizing import Token
from netledger.audit.reading.tokens.words import ORDINALS, family_of, quantity_of
from netledger.audit.words import OF, TIMES_LETTERS
from netledger.errors import LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.tokens.tokenizing import Value


class _Equations:
    """The equations of one clause: those that are finished, the one that is read, and the pieces that wait."""

    def __init__(self, line_no: int, pieces: list[tuple[str, list[Token]]], bindings: dict[str, Value]) -> None:
        self.pieces, self.bindings = pieces, bindings
        self.statement = Statement(line_no)
        self.finished: list[Statement] = []
        self.waiting = list(pieces)
        self.index = 0

    def finish(self) -> None:
        """End the equation that is read."""
        finish(self.statement, [piece for _, piece in self.pieces], self.bindings)
        self.finished.append(self.statement)

    def begin(self, label: list[str], piece: list[Token], *, keep: bool = True) -> None:
        """Begin the next equation, at a piece."""
        line_no = piece[0].line_no if piece else self.statement.line_no
        if keep:
            self.finish()
        self.statement = Statement(line_no)
        self.statement.label = label

    def go_on(self, piece: list[Token], *, keep: bool = True) -> None:
        """Begin the next equation with a piece, which takes the place of those up to here."""
        self.begin([], piece, keep=keep)
        self.waiting, self.index = [("", piece), *self.waiting[self.index + 1 :]], 0


class Chains:
    """Reads statements; knows the sizes bound to names and the values of labels above."""

    def __init__(self, bindings: dict[str, Value]) -> None:
        self.bindings = bindings
        self.sides = Sides(bindings)

    def statements(self, tokens: list[Token]) -> list[Statement]:
        """The statements of one cell."""
        found: list[Statement] = []
        label: list[str] = []
        self.sides.factor = None
        clauses = clauses_of(tokens)
        numbered: list[str] = []
        listed: list[str] = []
        for clause in clauses:
            if len(clause) > MOST_PIECES:
                raise LimitError(f"{len(clause):,} numbers and signs without a comma; at most {MOST_PIECES} are read")
            if len(clause) > 1 and clause[0].text in TIMES_LETTERS and clause[1].kind == "num":
                clause[0].kind, clause[0].text = "op", "*"  # "…, x 4 bytes = 44.7 MB"
            if clause[0].kind == "op" and clause[0].text in "+*" and found and found[-1].stated is not None:
                if clause[0].text == "+" and clause[1:] and family_of(clause[1].text) is not None:
                    continue  # "conv 5x5, 32 filters, + maxpool 2x2": the next layer
                if _begins_anew(clause, found[-1]):
                    del clause[0]  # "= 432, plus 2*16 = 32 of BN"
                else:
                    clause.insert(0, _again(found[-1].stated, clause[0]))
            for statement in self._clause(clause):
                if numbers_a_layer(statement) and clause is not clauses[-1]:
                    numbered = [*statement.label, statement.members[0].node.text]  # type: ignore[union-attr]
                    continue
                if numbered and statement.members:
                    statement.label = [*numbered, *statement.label]
                if found and _gives_result(found[-1], statement):
                    found[-1].members.extend(statement.members)
                    finish(found[-1], [clause], self.bindings)
                    continue
                if statement.members or statement.symbolic:
                    if label and not statement.label:
                        statement.label = label
                        own = len(label) == 1 and label[0].islower()
                        statement.is_total = statement.is_total and (not own or total_in([*label, *statement.words]))
                    elif listed and not found and self._names_one(statement.label):
                        statement.label = [*listed, *statement.label]  # "embeddings, head, final norm: …"
                    elif label and not found and _has_place(label) and not any(map(family_of, statement.label)):
                        statement.label = [*label, *statement.label]  # "second layer, one direction: …"
                    _take_name(statement, label, found)
                    found.append(statement)
                elif statement.label and not label and not found:
                    label = statement.label
                if not statement.members and not found and self._names_one(statement.label):
                    listed.extend(statement.label)
        return found

    def _clause(self, tokens: list[Token]) -> list[Statement]:
        pieces = pieces_of(tokens)
        if len(pieces) == 2 and not pieces[1][1] and announces(pieces[0][1]):
            pieces.pop()
        self.sides.carried = tokens[0] if tokens and tokens[0].end == 0 and tokens[0].kind == "num" else None
        row = _Equations(tokens[0].line_no if tokens else 0, pieces, self.bindings)
        while row.index < len(row.waiting):
            if self._begins_another(row):
                continue
            relation, piece = row.waiting[row.index]
            if relation == "=" and row.index and self._binds(row.waiting[row.index - 1][1], piece):
                row.index += 1
                continue
            rest = self.sides.take(row.statement, relation, piece, row.index, len(row.waiting))
            if not rest or len(row.finished) >= MOST_EQUATIONS:
                row.index += 1
                continue
            before = row.statement
            row.go_on(rest)
            row.statement.label = _leading_words(before)
            counted = count_of(before)
            if counted is not None and _counts_what_follows(before, rest):
                row.finished.pop()
                row.statement.label = [counted.text, *before.members[0].words]
                continue
            if counted is not None and len(row.waiting) > 1:
                self.sides.factor = counted  # "4 convs 3x3x64x64 = 147,456": the number counts what follows
        row.finish()
        return row.finished

    def _begins_another(self, row: _Equations) -> bool:
        """Whether the piece that is next begins an equation of its own, at which reading goes on."""
        relation, piece = row.waiting[row.index]
        behind, statement = row.waiting[row.index + 1 :], row.statement
        if relation == ":" and statement.members and is_number(statement.members[-1]):
            row.begin([word for word in statement.words if quantity_of(word) is None], piece)
            statement = row.statement
        if relation in (":", "") and statement.expressions and only_names(piece) and behind:
            if behind[0][0] in ("=", "≈"):  # "input 56x56: MACs = 56*56*73728"
                row.go_on(piece)
                return True
        if relation == "→" and self._is_a_size(statement):
            row.go_on(piece)  # "n = 40 -> 2Vd + n(4d^2 + …) = …"
            return True
        if relation == "=" and self._is_a_setting_above(statement, piece):
            row.begin(statement.label[:-1], piece)  # "seq=4096", and "= 2 * 32 * …" on the line below
            statement = row.statement
        if relation == "=" and self._goes_on_with_another(statement, piece, behind):
            self.sides.take(statement, relation, piece[:1], row.index, len(row.waiting))
            row.go_on(piece[2:])
            row.statement.label = list(statement.label)
            return True
        stated = statement.stated if relation == "→" and piece and piece[0].text == "*" else None
        if stated is not None:
            row.go_on(piece)  # "135,266,304 per layer → ×32 = …": a step further
            row.waiting[0] = ("", [_again(stated, piece[0]), *piece])
            row.statement.label = list(statement.label)
            return True
        if relation == "≈" and statement.members and statement.label and statement.label[-1].lower() in OF:
            row.go_on(piece, keep=False)  # "of 8 x 80 GB about 499 GB is left"
            return True
        return False

    def _names_one(self, label: list[str]) -> bool:
        """Whether a label names a layer: by a word, or by a name of code that is no size."""
        return names_layer(label) or (is_coded(label) and label[0] not in self.bindings)

    def _is_a_size(self, statement: Statement) -> bool:
        """Whether all that is read so far is a size that a letter has, by which formulas go on."""
        label, members = statement.label, statement.members
        given = len(label) == 1 and len(members) == 1 and is_variable(label[0]) and is_number(members[0])
        return given and members[0].node is not None and self.bindings.get(label[0]) == members[0].node.value

    def _is_a_setting_above(self, statement: Statement, piece: list[Token]) -> bool:
        """Whether all that is read so far gives a size on a line above, to which the next piece is not equal."""
        members, label = statement.members, statement.label
        if len(members) != 1 or not label or not is_number(members[0]) or not piece or members[0].relation != "=":
            return False
        from netledger.audit.words.memory import CONTEXT_NAMES

        node, name = members[0].node, label[-1]
        if piece[0].line_no == members[0].line_no or node is None:
            return False
        if not is_variable(name) and name.lower() not in CONTEXT_NAMES:
            return False
        found, _, _ = self.sides.member(list(piece), "=")
        return found.node is not None and found.node.value != node.value

    def _goes_on_with_another(
        self, statement: Statement, piece: list[Token], behind: list[tuple[str, list[Token]]]
    ) -> bool:
        """``3*64 + 64 = 256 + 64*10 + 10 = 650``: two equations beside each other, the second with its own result."""
        members = statement.members
        if len(piece) < 4 or piece[1].text != "+" or piece[0].kind != "num" or not behind or not members:
            return False
        result = behind[0][1][:1]
        if behind[0][0] != "=" or not result or result[0].kind != "num" or members[-1].node is None:
            return False
        if members[-1].node.value != piece[0].value:
            return False
        rest, left, _ = self.sides.member(list(piece[2:]), "=")
        return rest.node is not None and not left and rest.node.value == result[0].value

    def _binds(self, before: list[Token], piece: list[Token]) -> bool:
        """``4*(n*m + n) with n = 3``: the number is the name's size, no result."""
        if len(before) < 3 or len(piece) != 1 or piece[0].kind != "num" or before[-1].kind != "name":
            return False
        if before[-2].kind == "op" or not any(token.kind in ("num", "op") for token in before):
            return False
        name = before[-1].text
        used = any(token.text == name for token in before[:-1])
        return used and self.bindings.get(name) == piece[0].value


def _has_place(label: list[str]) -> bool:
    """Whether some words say which of several layers is meant: ``second layer``."""
    return any(word.lower() in ORDINALS for word in label) and any(map(family_of, label))


def _take_name(statement: Statement, label: list[str], before: list[Statement]) -> None:
    """``Dense layer, 32 units, ReLU: 64*32 + 32``: the formula has the name that the sizes stand behind."""
    if statement.expression is None or any(is_layer(word) for word in statement.label) or statement.is_total:
        return
    if any((other.expression is not None and other.quantity != "setting") or other.error for other in before):
        return
    name = label or (before[0].label if before else [])
    if name is not statement.label and any(is_layer(word) for word in name):
        statement.label = [*name, *statement.label]


def _again(stated: Member, sign: Token) -> Token:
    """A number once more, to go on from: ``20*5 = 100, plus 5 biases = 105``."""
    again = Token(
        "num", stated.node.text if stated.node is not None else "", sign.start, sign.start, True, sign.line_no
    )
    if stated.node is not None:
        again.value, again.error = stated.node.value, stated.node.error
    return again


MOST_PIECES = 800
"""Numbers, signs and words of one clause; what is longer is no equation that anybody wrote."""
MOST_EQUATIONS = 64
"""Of one clause; what goes on longer is a list of numbers."""


def _gives_result(before: Statement, statement: Statement) -> bool:
    """``91 + 7, that is 98 parameters``: what the sum before comes to, behind a comma."""
    works, result = before.expression, statement.stated
    if before.stated is not None or works is None or works.node is None or works.node.op != "sum":
        return False
    if result is None or result.node is None or statement.expression is not None or len(statement.members) != 1:
        return False
    return result.node.value == works.node.value


def _begins_anew(clause: list[Token], before: Statement) -> bool:
    """Whether a clause behind a plus has a result of its own, which is less than what stands before the plus."""
    at = next((i for i, token in enumerate(clause) if token.kind == "rel"), 0)
    result = clause[at + 1] if 1 < at < len(clause) - 1 else None
    value = before.value
    return result is not None and result.kind == "num" and value is not None and result.value < value


def _counts_what_follows(before: Statement, rest: list[Token]) -> bool:
    """``12 blocks in total 5,338,368``: how many there are of what has the number behind."""
    words = before.members[0].words
    called = total_in(words) or any(family_of(word) == "block" for word in words)
    alone = not before.label and rest[0].kind == "num" and len(rest) == 1
    return called and alone and rest[0].value >= LEAST_BESIDE


def _leading_words(statement: Statement) -> list[str]:
    """The words between an equation and the next one on the same line: ``… = 131328 and the third 256*10 + 10``."""
    words = statement.stated.words if statement.stated is not None else []
    for i in range(len(words) - 1, -1, -1):
        if quantity_of(words[i]) in ("params", "features"):
            return words[i + 1 :]
    return [word for word in words if family_of(word) is not None or word.lower() in ORDINALS]
