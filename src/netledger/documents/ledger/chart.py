"""Where a network's parameters, MACs or bytes are, as a tree of paths: what a picture of it is drawn from.

>>> from netledger.catalogue import load
>>> from netledger.ledger import keep_books
>>> chart = ledger_chart(keep_books(load("alexnet")), "parameters")
>>> chart.root.value, [child.name for child in chart.root.children][:2]
(60965224, ['conv1', 'conv2'])
"""

from __future__ import annotations

from netledger.errors import UsageError, or_list
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.ledger import Entry, Ledger

SHAPES = ("icicle", "bars", "treemap")
QUANTITIES = {"parameters": "parameters", "macs": "MACs", "bytes": "bytes"}

_COLOURS = (
    ("conv", 0), ("linear", 1), ("embedding", 2), ("attention", 3), ("norm", 4), ("lstm", 5), ("gru", 5), ("rnn", 5),
)  # fmt: skip
OTHER = 6
GROUP = 7
"""Colours by the kind of a layer; one for what has none of these kinds, one for groups of several."""


class ChartNode(Record):
    """One part: its own name, its whole path, what it holds (exact part), its colour and its children in order."""

    __slots__ = ("name", "path", "value", "colour", "children")
    name: str
    path: str
    value: int
    colour: int
    children: tuple[ChartNode, ...]

    def __init__(self, name: str, path: str, value: int, colour: int, children: tuple[ChartNode, ...] = ()) -> None:
        self._fill(name, path, value, colour, children)


class Chart(Record):
    """A picture to be: its shape (``icicle``, ``bars`` or ``treemap``), of which quantity, the tree; ``exact`` is False
    where an Unknown is left out of it.
    """

    __slots__ = ("shape", "quantity", "root", "exact")
    shape: str
    quantity: str
    root: ChartNode
    exact: bool

    def __init__(self, shape: str, quantity: str, root: ChartNode, exact: bool) -> None:
        self._fill(shape, quantity, root, exact)

    @property
    def title(self) -> str:
        """What is drawn, in words."""
        least = "" if self.exact else "at least "
        return f"{self.root.name}: {least}{self.root.value:,} {QUANTITIES[self.quantity]}"


def ledger_chart(ledger: Ledger, quantity: str = "parameters", shape: str = "icicle") -> Chart:
    """The tree of a ledger's ``parameters``, ``macs`` or ``bytes``; layers that hold none are left out.

    Raises ``UsageError`` for another quantity or shape.
    """
    if quantity not in QUANTITIES:
        raise UsageError(f"a picture is of {or_list(list(QUANTITIES))}, not of '{quantity}'")
    if shape not in SHAPES:
        raise UsageError(f"a picture is {or_list(list(SHAPES))}, not '{shape}'")
    tree: dict[str, Any] = {}
    for entry in ledger.entries:
        value = getattr(entry, quantity)
        if isinstance(value, int) and value:
            _put(tree, entry, value)
    count = getattr(ledger.totals, quantity)
    children = _nodes(tree, "")
    root = ChartNode(ledger.network.name, "", sum(child.value for child in children), GROUP, children)
    return Chart(shape, quantity, root, isinstance(count, int))


def _put(tree: dict[str, Any], entry: Entry, value: int) -> None:
    """An entry at its place in the tree; a group that holds something itself keeps it under the empty name."""
    *above, name = entry.path.split(".")
    for part in above:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = tree[part] = {"": inner}
        tree = inner
    colour = colour_of(entry.kind)
    if isinstance(tree.get(name), dict):
        tree, name = tree[name], ""
    before = tree.get(name, (0, colour))
    tree[name] = (before[0] + value, colour)


def colour_of(kind: str) -> int:
    """The colour of a layer's kind.

    >>> colour_of("conv2d"), colour_of("linear"), colour_of("prelu")
    (0, 1, 6)
    """
    return next((colour for word, colour in _COLOURS if word in kind), OTHER)


def _nodes(tree: dict[str, Any], above: str) -> tuple[ChartNode, ...]:
    nodes = []
    for name, what in tree.items():
        path = f"{above}.{name}" if above and name else above or name
        if isinstance(what, dict):
            children = _nodes(what, path)
            nodes.append(ChartNode(name, path, sum(child.value for child in children), GROUP, children))
        else:
            nodes.append(ChartNode(name or "(itself)", path, *what))
    return tuple(nodes)
