"""A heading that names the layers of another stage than the lines below it are about: ``conv3-128`` above those of 256.

In the notation of VGG's table (Simonyan and Zisserman 2014, table 1) ``conv3-128`` is a convolution with kernels of
3×3 and 128 filters.
"""

from __future__ import annotations

from netledger.audit.matching.items.item import Item
from netledger.audit.matching.items.meaning import meant
from netledger.audit.reading.statements.statement import Statement
from netledger.audit.result import Finding
from netledger.audit.verdict.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.verdict.decided import Decided


def wrong_headings(decided: Decided) -> list[Outcome]:
    """What is wrong with the headings of a text, an outcome for each that is."""
    if not decided.blames:
        return []
    below: dict[tuple[str, ...], list[Item]] = {}
    for item in decided.items:
        if _filters(item.statement.heading) is not None:
            below.setdefault(tuple(item.statement.heading), []).append(item)
    found = [_mislabelled(decided, heading, items) for heading, items in below.items()]
    return [outcome for outcome in found if outcome is not None]


def _mislabelled(decided: Decided, heading: tuple[str, ...], items: list[Item]) -> Outcome | None:
    filters = _filters(heading)
    named = [part for part in decided.books.weighted if (part.kernel[:1], part.out) == filters]
    told = [(item, _layer(decided, item)) for item in items if item.products is not None]
    if not named or not told or any(part is None or (part.kernel[:1], part.out) == filters for _, part in told):
        return None
    first, part = told[0]
    line_no = _line_of(decided, heading, first)
    if part is None or not line_no:
        return None
    true = decided.books.count(named[0])
    why = f"the lines below are about {part.shown}: {named[0].shown} has {named[0].written()} = {true:,}"
    finding = Finding(line_no, None, "mislabelled_layer", named[0].shown, true, first.works_out, None, why, "")
    statement = Statement(line_no)
    statement.label = list(heading)
    return Outcome(Item(statement, len(decided.items)), "wrong", named[0].shown, why, (finding,), true)


def _filters(heading: list[str] | tuple[str, ...]) -> tuple[tuple[int], int] | None:
    """The kernel's side and the number of filters of ``conv3-128``."""
    for word in heading:
        kernel, dash, filters = word.lower().removeprefix("conv").partition("-")
        if word.lower().startswith("conv") and dash and kernel.isdecimal() and filters.isdecimal():
            return (int(kernel),), int(filters)
    return None


def _layer(decided: Decided, item: Item) -> Part | None:
    """The convolution that a line is right about, or only works out wrongly."""
    meaning = meant(item) if item.fault is None else item.given
    right = meaning is not None and not meaning.causes and meaning.quantity.role in ("layer", "layers", "multiple")
    return meaning.quantity.first if meaning is not None and right and meaning.quantity.first.kernel else None


def _line_of(decided: Decided, heading: tuple[str, ...], first: Item) -> int:
    """The line of a heading above a line; 0 where it is not found."""
    for line_no in range(first.line_no - 1, 0, -1):
        line = decided.matcher.written[line_no - 1]
        if all(word in line for word in heading):
            return line_no
    return 0
