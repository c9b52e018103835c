"""What is said of one statement, right, or wrong with its findings; and how numbers are written in a sentence."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.items.meaning import meant
from netledger.audit.result import Finding
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.tokens.tokenizing import Value


class Outcome(Record):
    """What is said of one statement: ``verdict``, ``why``, the layer it is about, its faults, what should stand."""

    __slots__ = ("item", "verdict", "layer", "why", "findings", "expected")
    item: Item
    verdict: str
    layer: str | None
    why: str
    findings: tuple[Finding, ...]
    expected: Value | None

    def __init__(
        self, item: Item, verdict: str, layer: str | None = None, why: str = "", findings: tuple[Finding, ...] = (),
        expected: Value | None = None,
    ) -> None:  # fmt: skip
        self._fill(item, verdict, layer, why, findings, expected)


def called_right(item: Item) -> Outcome:
    """Right by its best meaning."""
    meaning = meant(item)
    assert meaning is not None
    what = meaning.quantity.what if meaning.quantity.role != "layer" else ""
    return Outcome(item, "right", meaning.layer or meaning.quantity.what, what, (), meaning.expected)


def called_wrong(item: Item, causes: tuple[Cause, ...], expected: Value | None, layer: str | None) -> Outcome:
    """Wrong by these causes, the first of which is the line's own."""
    stated = item.value if item.value is not None else item.works_out
    findings = tuple(
        [
            finding_of(item, cause, expected, stated, layer)
            if cause.expected is None
            else finding_of(item, cause, cause.expected, stated if cause.node is None else cause.node.value, layer)
            for cause in causes
        ]
    )
    true = findings[0].expected if expected is None else plain(expected)
    return Outcome(item, "wrong", layer, causes[0].why, (*findings, *_carried_on(item, findings, true)), expected)


def _carried_on(item: Item, findings: tuple[Finding, ...], expected: Value | None) -> list[Finding]:
    """Of an equation over several lines: those that only go on with what a line before works out wrongly."""
    first = min([finding.line_no for finding in findings])
    on: dict[int, Finding] = {}
    for member in item.statement.members:
        node = member.node
        line = member.line_no
        if node is None or line <= first or line in on or any(finding.line_no == line for finding in findings):
            continue
        instead = f"{expected:,}" if isinstance(expected, int) else ""
        cause = Cause("propagated", f"it carries line {first}", node, instead)
        on[line] = finding_of(item, cause, expected, node.value, None, first)
    return list(on.values())


def finding_of(
    item: Item, cause: Cause, expected: Value | None, found: Value | None, layer: str | None,
    follows: int | None = None,
) -> Finding:  # fmt: skip
    """A cause as a finding at its place in the text; ``follows``: the line whose fault this one carries."""
    place = span_of(cause.node)
    own = cause.node.line_no if cause.node is not None else None
    line_no, span = (place[0], place[1:]) if place is not None else (own or _line_of(item), None)
    return Finding(
        line_no, span, cause.kind, layer, plain(expected), plain(found),
        follows, cause.why, cause.instead,
    )  # fmt: skip


def stated_node(item: Item) -> Node | None:
    """The number that a statement states."""
    return item.stated.node if item.stated is not None else None


def _line_of(item: Item) -> int:
    """The line of what a statement works out, else of what it states."""
    expression = item.statement.expression
    return expression.line_no if expression is not None else item.line_no


def span_of(node: Node | None) -> tuple[int, int, int] | None:
    """Line, start and end of an expression in the text; ``None`` where nothing of it is placed."""
    return node.span if node is not None else None


def written(node: Node | None) -> str:
    """An expression for a sentence, cut where it is long."""
    text = node.written() if node is not None else ""
    return text if len(text) <= 60 else text[:57] + "…"


def shown(value: Value) -> str:
    """A number for a sentence."""
    return f"{plain(value):,}" if isinstance(plain(value), int) else f"{value:,.4g}"


def in_unit_of(stated: Node | None, value: Value) -> str:
    """A number as its text would write it: ``112 GB`` beside ``212 GB``."""
    token = stated.token if stated is not None and stated.is_bare else None
    text = token.text if token is not None else ""
    unit = text[max([i for i, sign in enumerate(text) if sign.isdigit()], default=-1) + 1 :]
    if token is None or not unit or token.suffix == 1:
        return shown(value) + (unit if token is not None and token.unit else "")
    return f"{shown(value / token.suffix)}{unit}"


def plain(value: Value | None) -> Value | None:
    """A whole number as an int."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
