"""The sides of an equation: each an expression in every reading, sizes, or words that only tell what it is about."""

from __future__ import annotations

from netledger.audit.reading.expressions.cutting import (
    adds_names,
    is_label,
    names_put_together,
    shape_of,
    take_label,
)
from netledger.audit.reading.expressions.nodes import Node, multiply
from netledger.audit.reading.expressions.parsing import Parsed, Symbolic, parse
from netledger.audit.reading.statements.sorts import (
    announces,
    in_bytes,
    is_length_alone,
    is_number,
    maps_sizes,
)
from netledger.audit.reading.statements.statement import TIMES_AS_MANY, Member, Statement, quantity_in
from netledger.audit.reading.tokens.words import family_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.tokens.tokenizing import Token, Value

RATES = {"pct": "%", "ratio": TIMES_AS_MANY}
"""Signs behind a number by which it tells how two others are to each other."""


class Sides:
    """Reads the sides of equations; knows the sizes bound to names and the values of labels above.

    ``carried``: the value of the line before, on which a line works that begins with a sign; ``factor``: how often
    what follows is there.
    """

    def __init__(self, bindings: dict[str, Value]) -> None:
        self.bindings = bindings
        self.labels: dict[str, Value] = {}
        self.carried: Token | None = None
        self.factor: Node | None = None

    def lookup(self, name: str) -> Value | None:
        """The value of a name: bound in the text, or the label of an earlier line."""
        found = self.bindings.get(name)
        if found is None:
            found = self.bindings.get(name.replace("\\", ""))
        return found

    def lookup_label(self, name: str) -> Value | None:
        """The same, labels of earlier lines included."""
        found = self.lookup(name)
        return found if found is not None else self.labels.get(name.lower())

    def take(self, statement: Statement, relation: str, tokens: list[Token], index: int, count: int) -> list[Token]:
        """Take in one piece of a chain; the tokens that begin another equation are handed back."""
        if not tokens:
            if relation == "≈":
                statement.approximate = True
            return []
        if relation == "≈":
            statement.approximate = True
        names = not announces(tokens) and is_label(tokens, self.lookup)
        if index + 1 < count and not statement.members and names:
            take_label(statement, tokens)
            return []
        if index and tokens[0].kind == "op" and tokens[0].text == "*" and self.carried is not None:
            tokens = [self.carried, *tokens]  # × h = × 8: each works on the value of the line before
        shape = shape_of(tokens)
        if shape is not None:
            member = Member(None, relation, tokens[0].line_no)
            member.shape = shape
            statement.members.append(member)
            return []
        named = 0 if statement.members else names_put_together(tokens)
        if named and all(self.lookup(token.text) is None for token in tokens[:named:2]):
            statement.label.extend([token.text for token in tokens[:named:2]])
            tokens = tokens[named:]
        member, rest, parsed = self.member(tokens, relation)
        if index == 0 and count > 1 and self._puts_names_together(tokens):
            member.node = None  # "actor + 2 critics = …"
        if member.node is None:
            self._without_value(statement, member, tokens, index)
            return []
        bare_before = bool(statement.members) and is_number(statement.members[-1])
        if bare_before and is_number(member) and in_bytes(member) and not in_bytes(statement.members[-1]):
            if not is_length_alone(statement):
                return []  # 6.7B parameters = 13.5 GB: another unit, no equation
            statement.members.pop()  # 8K context = 96 MiB
            statement.label = [*statement.label, *statement.words]
            statement.words = []
        if relation == "!=":
            statement.denied.append(member.node)
            return []
        statement.members.append(member)
        if index == 0 or (not statement.label and len(statement.members) == 1):
            statement.label.extend(member.before)
        else:
            statement.words.extend(member.before)
        statement.words.extend(member.words)
        if parsed is not None:
            self._remarks(statement, member, parsed)
        return rest

    def _puts_names_together(self, tokens: list[Token]) -> bool:
        """Whether a sum or product begins with a name that has no value."""
        return (
            len(tokens) > 3
            and [token.kind for token in tokens[:4]] == ["name", "op", "num", "name"]
            and self.lookup_label(tokens[0].text) is None
            and family_of(tokens[0].text) is None
        )

    def _without_value(self, statement: Statement, member: Member, tokens: list[Token], index: int) -> None:
        names = [token.text for token in tokens if token.kind == "name"]
        if any(token.kind == "op" for token in tokens) and not (index == 0 and adds_names(tokens)):
            member.words = names
            member.tokens = tokens
            statement.symbolic.append(member)
        elif index == 0 or not statement.members:
            statement.label.extend(names)
        else:
            statement.words.extend(names)

    def member(self, tokens: list[Token], relation: str) -> tuple[Member, list[Token], Parsed | None]:
        """The expression that begins a piece, in every reading; and the tokens after it."""
        line_no = next((token.line_no for token in tokens if token.kind in ("num", "op")), tokens[0].line_no)
        first = self._parse(tokens, factors=True)
        if first is None or first.node is None:
            return Member(None, relation, line_no), [], None
        member = Member(first.node, relation, line_no)
        if self.factor is not None:
            member.others.append(multiply([self.factor, first.node]))
            self.factor = None
        member.before = [token.text for token in first.before]
        member.words = [token.text for token in first.after]
        if first.forks:
            second = self._parse(tokens, factors=False)
            if second is not None and second.node is not None and second.node.value != first.node.value:
                member.others.append(second.node)
        rest = tokens[first.end :]
        while rest and rest[0].kind in ("pct", "other", "close", "stop", "ratio", "gap"):
            if rest[0].kind in RATES:
                member.words.append(RATES[rest[0].kind])
            rest = rest[1:]
        if not any(token.kind == "num" for token in rest):
            member.words.extend([token.text for token in rest if token.kind == "name"])
            rest = []
        return member, rest, first

    def _parse(self, tokens: list[Token], *, factors: bool) -> Parsed | None:
        for lookup in (self.lookup, self.lookup_label):
            try:
                return parse(tokens, lookup, factors=factors)
            except Symbolic:
                continue
        return None

    def _remarks(self, statement: Statement, member: Member, parsed: Parsed) -> None:
        """A bracket after the value that works it out, or says it again rounded, belongs to the chain."""
        for remark in parsed.remarks:
            if maps_sizes(statement) and announces(remark):
                counted, _, _ = self.member(remark, "(")
                statement.members = [counted]  # "fc1: 784 → 128 (100,480 parameters)"
                statement.words = [*counted.words]
                return
            relation = remark[0].text if remark and remark[0].kind == "rel" else ""
            inner = remark[1:] if relation else remark
            told = bool(relation) or (
                member.node is not None
                and member.node.is_bare
                and quantity_in(member.words + member.before) == "params"
            )
            if not told or not inner or any(token.kind in ("comma", "semi", "rel", "pct", "ratio") for token in inner):
                continue
            found, _, _ = self.member(inner, relation or "(")
            if found.node is not None and (relation or not found.node.is_bare):
                statement.words.extend(found.words)
                statement.members.append(found)
                statement.approximate = statement.approximate or relation == "≈"
