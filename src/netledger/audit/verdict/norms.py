"""Rows that leave out norms which their neighbours include, under a total that is right."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.sums import meant
from netledger.audit.verdict.outcome import Outcome, finding_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books import Part
    from netledger.audit.matching.items import Item
    from netledger.audit.matching.meaning import Meaning
    from netledger.audit.matching.sums import Sum
    from netledger.audit.verdict.decided import Decided


def norms_left_out(decided: Decided, item: Item, found: Sum) -> Outcome | None:
    """A right total over right rows that leave out norms which their neighbours include."""
    from netledger.audit.causes.totals import absent_parts

    rows = [part for part, _ in found.parts if part.value]
    meanings = [(part, meaning) for part in rows if (meaning := meant(part)) is not None]
    if not found.whole or len(rows) < 3 or len(meanings) < len(rows) or item.value is None:
        return None
    absent = absent_parts([meaning.quantity for _, meaning in meanings], decided.books)
    including = any(
        part.family == other.family
        for _, meaning in meanings
        if len(meaning.quantity.cover) > 1
        for part, _ in meaning.quantity.cover
        for other in absent
    )
    short = sum([decided.books.count(part) * part.times for part in absent])
    norms = absent and all(part.family in ("norm", "batchnorm") for part in absent)
    if not norms or not including or found.adds != item.value - short:
        return None
    for part in absent:
        above = [(row, m) for row, m in meanings if len(m.quantity.cover) == 1 and m.quantity.first.index < part.index]
        if above:
            _norm_missing(decided, *max(above, key=lambda entry: entry[1].quantity.first.index), part)
    why = f"the rows add to {found.adds:,}; the total is right, {short:,} more"
    finding = finding_of(item, Cause("terms_do_not_add", why), found.adds, item.value, None)
    return Outcome(item, "wrong", None, why, (finding,), item.value)


def _norm_missing(decided: Decided, row: Item, meaning: Meaning, part: Part) -> None:
    count = decided.books.count(part) * part.times
    why = f"{part.shown} ({count:,}) is left out, while the other rows include their norms"
    expected = meaning.quantity.value + count
    finding = finding_of(row, Cause("missing_norm", why), expected, row.value, meaning.layer)
    decided.outcomes[row.index] = Outcome(row, "wrong", meaning.layer, why, (finding,), expected)
