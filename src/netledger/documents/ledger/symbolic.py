"""A family's totals in its own sizes, as lines under the ledger's totals and as data."""

from __future__ import annotations

from netledger.documents.model import Facts, Runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.documents.model import Block, Value
    from netledger.ledger import Ledger
    from netledger.predict.symbolic import Symbolic, Thumb

_LONGEST = 700
"""Characters of a formula beyond which no line holds it; JSON has it whole."""
_SAID = {"parameters": "parameters", "macs": "MACs", "decode": "one token"}


def symbolic_facts(ledger: Ledger) -> list[Block]:
    """The formulas, what their symbols are, the rule of thumb beside them; nothing where a network has no family."""
    from netledger.predict.symbolic import rule_of_thumb, symbolic_totals

    found = symbolic_totals(ledger.network)
    if found is None:
        return []
    items = list(_formulas(found))
    thumb = rule_of_thumb(found)
    return [Facts([*items, *(_thumb(thumb) if thumb is not None else ())])]


def _formulas(found: Symbolic) -> Iterator[tuple[str, Value]]:
    heading = "in symbols"
    for what, said in _SAID.items():
        formula = getattr(found, what)
        if formula is not None:
            text = str(formula)
            shown = text if len(text) <= _LONGEST else f"a formula of {len(text):,} characters: --format json holds it"
            yield heading, f"{said} = {shown}"
            heading = ""
    yield heading, ", ".join([_size(*size) for size in found.sizes])
    yield from _conditions(found)


def _size(symbol: str, key: str, value: int) -> str:
    name = key if symbol == key else f"{symbol} {key}"
    return f"{name} {value:,}" if value else name


def _conditions(found: Symbolic) -> Iterator[tuple[str, Value]]:
    """Of what the formulas are true."""
    text = f"{found.parameters}{found.macs}{found.decode}"
    if found.tried:
        yield "", f"read again with larger {', '.join(found.tried)}: the same formulas come out"
    if found.fixed:
        yield "", f"with another {', '.join(found.fixed)} the formulas are others"
    if "/" in text.replace("⌊", "/") and "/" in text:
        yield "", "quotients are those of sizes that divide"
    if found.decode is not None and found.macs is not None:
        yield "", "S positions of one sequence, a batch of B has B times as many; T within every window"


def _thumb(thumb: Thumb) -> Iterator[tuple[str, Value]]:
    off = 100 * (thumb.value - thumb.total) / thumb.total
    blocks = thumb.total - thumb.outside
    inside = 100 * (thumb.value - blocks) / blocks
    yield (
        "usual",
        Runs(f"{thumb.rule} = ", thumb.value, f": {_percent(off)} than all, {_percent(inside)} than the blocks alone"),
    )
    yield (
        "",
        Runs(
            thumb.outside, f" stand outside the blocks; one has {thumb.block} = ", thumb.block_value,
            ", the rule 12·d² = ", thumb.block_rule,
        ),
    )  # fmt: skip


def _percent(value: float) -> str:
    return f"{abs(value):.1f} % {'more' if value > 0 else 'less'}"


def symbolic_data(ledger: Ledger) -> dict[str, Any]:
    """The same as plain values; empty where a network has no family."""
    from netledger.predict.symbolic import rule_of_thumb, symbolic_totals

    found = symbolic_totals(ledger.network)
    if found is None:
        return {}
    thumb = rule_of_thumb(found)
    usual = {} if thumb is None else {"usual": {"formula": thumb.rule, "value": thumb.value}}
    formulas = {what: str(getattr(found, what)) for what in _SAID if getattr(found, what) is not None}
    sizes = {symbol: {"key": key, "value": value or None} for symbol, key, value in found.sizes}
    return {"symbols": {**formulas, "sizes": sizes, "tried": list(found.tried), "fixed": list(found.fixed), **usual}}
