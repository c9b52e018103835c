"""A cause: what is wrong with a line, in a word, a sentence and a place."""

from __future__ import annotations

from netledger.records import Record

MULTIPLIED = frozenset(("feature_map_multiplied", "timesteps_counted", "multiplied_by_heads"))
"""Kinds of causes by which a layer's count becomes very large."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.expressions.nodes import Node


class Cause(Record):
    """``kind`` and ``why``; ``node``: the written number or term that is wrong; ``instead``: what should stand there;
    ``expected``: what this term should come to, where it is one of several of a sum over the whole network.
    """

    __slots__ = ("kind", "why", "node", "instead", "expected")
    kind: str
    why: str
    node: Node | None
    instead: str
    expected: int | None

    def __init__(
        self, kind: str, why: str, node: Node | None = None, instead: str = "", expected: int | None = None
    ) -> None:
        self._fill(kind, why, node, instead, expected)
