"""Totals of several examples in one text: each is of what its own part of the text works out."""

from __future__ import annotations

from netledger.audit.matching.sums import meant
from netledger.audit.verdict.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items import Item
    from netledger.audit.verdict.decided import Decided

OF_LAYERS = frozenset(("layer", "layers", "union"))
"""What an example may be all of."""


def of_an_example(decided: Decided, item: Item) -> Outcome | None:
    """``Total params: 12`` and, after another example, ``72``: what a line of its own example works out."""
    if not _is_footer(item):
        return None
    if decided.footers is None:
        decided.footers = {}
        for other in decided.items:
            if _is_footer(other):
                decided.footers.setdefault(_label(other), []).append(other)
    alike = decided.footers[_label(item)]
    if len({other.value for other in alike}) < 2:
        return None
    begin = max([other.index for other in alike if other.index < item.index], default=-1)
    end = min([other.index for other in alike if other.index > item.index], default=len(decided.items))
    for other in decided.items[begin + 1 : end]:
        meaning = meant(other) if other.products is not None and other.value == item.value else None
        if meaning is not None and not meaning.causes and meaning.quantity.role in OF_LAYERS:
            return Outcome(item, "right", meaning.layer, f"what line {other.line_no} works out", (), item.value)
    return None


def _is_footer(item: Item) -> bool:
    """Whether an exact number stands behind words for a total, or for what is trained, and nothing else."""
    total = item.statement.is_total or item.wording.trainable
    return total and item.products is None and not item.error and bool(item.statement.label)


def _label(item: Item) -> tuple[str, ...]:
    return tuple([word.lower() for word in item.statement.label])
