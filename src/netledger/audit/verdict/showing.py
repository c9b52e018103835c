"""How numbers and expressions are written in a sentence, and where an expression stands in the text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.nodes import Node
    from netledger.audit.reading.tokens import Value


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
