"""Numbers that layers' own names are given: ``fc1 = 100480``, which may be a layer's width, or its count."""

from __future__ import annotations

from netledger.audit.understanding.counted_lines import are_proven, counts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.statement import Statement
    from netledger.audit.understanding.described import Described
    from netledger.ledger import Entry


def named_counts(statements: list[Statement], found: Described) -> dict[int, str]:
    """The layers that are given such numbers, by the place of the statement; none where they are not its counts."""
    from netledger.ledger import keep_books

    if not any(_named(statement) for statement in statements):
        return {}
    entries = {entry.path.lower(): entry for entry in keep_books(found.network).entries}
    layers: dict[int, Entry] = {}
    for i, statement in enumerate(statements):
        entry = entries.get(_named(statement))
        if entry is None or statement.line_no in found.lines or statement.value in entry.layer.attributes.values():
            continue
        if counts_of(entry) != [0, 0, 0]:
            layers[i] = entry
    equal = sum(statements[i].value in counts_of(entry) for i, entry in layers.items())
    return {i: entry.path for i, entry in layers.items()} if are_proven(equal, len(layers)) else {}


def _named(statement: Statement) -> str:
    """The one name that a number alone is given, which nothing calls anything; "" where there is none."""
    name = statement.binding or (statement.label[0] if len(statement.label) == 1 else "")
    node = statement.members[0].node if len(statement.members) == 1 else None
    plain = node is not None and node.is_bare and isinstance(node.value, int) and not statement.is_total
    return name.lower() if plain and statement.quantity == "" and not statement.words else ""
