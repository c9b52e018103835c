"""Formulas in letters: sizes that the text gives by writing the same formula again in numbers, or that the network has.

``d_model × d_k = 512 × 64`` binds two names; ``V`` is the vocabulary, ``N`` the number of blocks, unless the text says
otherwise.
"""

from __future__ import annotations

from netledger.audit.reading.expressions import Symbolic, parse
from netledger.audit.reading.statement import Member
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.statement import Statement
    from netledger.audit.reading.tokens import Token, Value
    from netledger.audit.truth import Truth


def give_values(calculation: Calculation, truth: Truth) -> None:
    """Give purely symbolic statements the value that they have with the text's and the network's sizes."""
    waiting = [s for s in calculation.statements if s.symbolic and not s.members and len(s.symbolic[0].tokens) >= 5]
    if not waiting:
        return
    known: dict[str, Value] = dict(calculation.bindings)
    for statement in calculation.statements:
        _unify(statement, known)
    usual = _usual_names(truth)
    for statement in waiting:
        _evaluate(statement, known, usual)


def _evaluate(statement: Statement, known: dict[str, Value], usual: dict[str, int]) -> None:
    member = statement.symbolic[-1]
    bound: list[str] = []

    def lookup(name: str) -> Value | None:
        if name in known:
            bound.append(name)
            return known[name]
        return usual.get(name)

    try:
        parsed = parse(member.tokens, lookup)
    except (Symbolic, NetledgerError):
        return
    if parsed.node is None or not bound or parsed.end < len(member.tokens) or parsed.after or parsed.before:
        return
    valued = Member(parsed.node, member.relation, member.line_no)
    statement.members.append(valued)
    statement.line_no = member.line_no


def _unify(statement: Statement, known: dict[str, Value]) -> None:
    """Bind names where a formula stands beside the same formula in numbers."""
    numeric = [m for m in statement.members if m.node is not None and not m.node.is_bare]
    for symbolic in statement.symbolic:
        for member in numeric:
            assert member.node is not None
            leaves = member.node.numbers()
            names = [token for token in symbolic.tokens if token.kind in ("name", "num")]
            signs = [token.text for token in symbolic.tokens if token.kind == "op"]
            if len(leaves) == len(names) and len(signs) == len(names) - 1:
                for token, leaf in zip(names, leaves, strict=True):
                    if token.kind == "name":
                        known.setdefault(token.text, leaf.value)
                break
            if len(leaves) >= 2 and len(names) == 1 and leaves[-1].op == "number":
                _single(names[0], leaves[-1].value, known)


def _single(token: Token, value: Value, known: dict[str, Value]) -> None:
    """``× h = × 8``: the last factor is the name's size."""
    if token.kind == "name":
        known.setdefault(token.text, value)


def _usual_names(truth: Truth) -> dict[str, int]:
    """What the letters of the literature mean in this network."""
    tables = [part for part in truth.parts if part.family == "embedding"]
    repeats = {part.times for part in truth.parts if part.times > 1}
    names: dict[str, int] = {}
    if tables:
        largest = max(tables, key=lambda part: part.sizes["in"])
        width = largest.terms[0].size("out")
        names.update(dict.fromkeys(("V", "vocab", "vocab_size", "n_vocab", "|V|"), largest.sizes["in"]))
        names.update(
            dict.fromkeys(("d_model", "d", "H", "E", "n_embd", "D", "hidden", "hidden_size", "d_{model}"), width)
        )
        inner = [part.sizes.get("out", 0) for part in truth.parts if part.family == "linear" and part.times > 1]
        wide = [out for out in inner if out > width]
        if wide:
            names.update(dict.fromkeys(("d_ff", "ff", "d_ffn", "I", "intermediate_size", "F", "d_mlp"), min(wide)))
        others = sorted([part.sizes["in"] for part in tables if part is not largest], reverse=True)
        if others:
            names.update(
                dict.fromkeys(("T", "P", "L_max", "n_ctx", "block_size", "max_len", "max_position"), others[0])
            )
    if len(repeats) == 1:
        names.update(dict.fromkeys(("N", "L", "n_layers", "n_layer", "num_layers", "layers", "l"), repeats.pop()))
    return names
