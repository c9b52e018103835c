"""Where the rectangles of a chart lie: an icicle (a row for each depth of the path), bars, a treemap.

Sizes are in pixels of a picture ``WIDTH`` wide. What would be narrower than ``THIN`` is drawn together as one grey part
that says how many it is, so that a picture stays small whatever the network.
"""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netledger.documents.ledger.chart import Chart, ChartNode

WIDTH = 960
ROW = 30
BAR = 22
THIN = 2.5
DEEPEST = 12
MOST_BARS = 60
REST = 8
COLOURS = ("#4c8dd6", "#e08e45", "#5aa469", "#b678c8", "#8a8f98", "#d66a6a", "#a2a83a", "#7d93ad", "#c3c7cd")
"""By the numbers of ``documents.chart``; the last is for parts too small to be drawn."""


class Rectangle(Record):
    """A part's place, its label (``""``: none fits), what is said of it, its colour and its path."""

    __slots__ = ("x", "y", "width", "height", "label", "said", "colour", "path")
    x: float
    y: float
    width: float
    height: float
    label: str
    said: str
    colour: int
    path: str

    def __init__(
        self, x: float, y: float, width: float, height: float, label: str, said: str, colour: int, path: str
    ) -> None:
        self._fill(x, y, width, height, label, said, colour, path)


def rectangles(chart: Chart) -> tuple[list[Rectangle], float]:
    """The rectangles of a chart and the picture's height."""
    if not chart.root.value:
        return [], ROW
    return _SHAPES[chart.shape](chart)


def _said(node: ChartNode, whole: int) -> str:
    return f"{node.path or node.name}: {node.value:,} ({100 * node.value / whole:.1f}%)"


def _fitting(text: str, width: float, room: float = 7.0) -> str:
    most = int((width - 8) / room)
    return text if len(text) <= most else text[: most - 1] + "…" if most > 3 else ""


# ---------------------------------------------------------------------- icicle


def _icicle(chart: Chart) -> tuple[list[Rectangle], float]:
    found: list[Rectangle] = []
    scale = WIDTH / chart.root.value
    waiting: list[tuple[ChartNode, float, int]] = [(chart.root, 0.0, 0)]
    deepest = 0
    while waiting:
        node, x, depth = waiting.pop()
        width = node.value * scale
        whole = f"{node.name} {node.value:,}"
        label = whole if _fitting(whole, width) == whole else _fitting(node.name, width)  # no number is cut
        found.append(
            Rectangle(x, depth * ROW, width, ROW, label, _said(node, chart.root.value), node.colour, node.path)
        )
        deepest = max(deepest, depth)
        if depth + 1 < DEEPEST:
            for child, place in _children(node, x, scale):
                if child.colour == REST:
                    said = f"{child.name}: {child.value:,}"
                    found.append(Rectangle(place, (depth + 1) * ROW, child.value * scale, ROW, "", said, REST, ""))
                else:
                    waiting.append((child, place, depth + 1))
    return found, (deepest + 1) * ROW


def _children(node: ChartNode, x: float, scale: float) -> list[tuple[ChartNode, float]]:
    """A node's children with their left edges; runs of neighbours too thin to be seen are one."""
    placed: list[tuple[ChartNode, float]] = []
    thin: list[ChartNode] = []
    for child in node.children:
        if child.value * scale < THIN:
            thin.append(child)
            continue
        x = _put_thin(thin, placed, x, scale)
        placed.append((child, x))
        x += child.value * scale
    _put_thin(thin, placed, x, scale)
    return placed


def _put_thin(thin: list[ChartNode], placed: list[tuple[ChartNode, float]], x: float, scale: float) -> float:
    if not thin:
        return x
    value = sum(node.value for node in thin)
    if value * scale >= THIN / 5:
        placed.append((_rest(thin, value), x))
    thin.clear()
    return x + value * scale


def _rest(nodes: Sequence[ChartNode], value: int) -> ChartNode:
    from netledger.documents.ledger.chart import ChartNode

    name = nodes[0].path if len(nodes) == 1 else f"{len(nodes):,} smaller parts, {nodes[0].path} to {nodes[-1].path}"
    return ChartNode(name, "", value, REST)


# ---------------------------------------------------------------------- bars


def _bars(chart: Chart) -> tuple[list[Rectangle], float]:
    nodes = _leaves(chart.root)
    if len(nodes) > MOST_BARS:
        nodes = sorted(nodes, key=lambda node: -node.value)
        left = nodes[MOST_BARS - 1 :]
        nodes = [*nodes[: MOST_BARS - 1], _rest(left, sum(node.value for node in left))]
    room = min(320.0, 8 + 7 * max(len(node.path or node.name) for node in nodes))
    longest = max(node.value for node in nodes)
    found = []
    for place, node in enumerate(nodes):
        width = (WIDTH - room - 170) * node.value / longest
        y = place * BAR
        share = f"{node.value:,} ({100 * node.value / chart.root.value:.1f}%)"
        name = node.path or node.name
        found.append(Rectangle(0, y, room, BAR - 4, _fitting(name, room), "", -1, node.path))
        found.append(
            Rectangle(
                room,
                y,
                max(width, 0.5),
                BAR - 4,
                "",
                _said(node, chart.root.value),
                node.colour,
                node.path,
            )
        )
        found.append(Rectangle(room + width, y, 170, BAR - 4, share, "", -1, node.path))
    return found, len(nodes) * BAR


def _leaves(node: ChartNode) -> list[ChartNode]:
    if not node.children:
        return [node]
    return [leaf for child in node.children for leaf in _leaves(child)]


# ---------------------------------------------------------------------- treemap


def _treemap(chart: Chart) -> tuple[list[Rectangle], float]:
    """Squarified (Bruls, Huizing & van Wijk 2000), the parts of each group side by side inside it."""
    height = WIDTH * 0.5
    found: list[Rectangle] = []
    waiting: list[tuple[ChartNode, float, float, float, float]] = [(chart.root, 0.0, 0.0, float(WIDTH), height)]
    while waiting:
        node, x, y, w, h = waiting.pop()
        if node.children and w * h > 16:
            waiting.extend(_squarified(sorted(node.children, key=lambda child: -child.value), x, y, w, h))
            continue
        label = _fitting(node.path or node.name, w) if h > 14 else ""
        found.append(Rectangle(x, y, w, h, label, _said(node, chart.root.value), node.colour, node.path))
    return found, height


def _squarified(
    nodes: Sequence[ChartNode], x: float, y: float, w: float, h: float
) -> list[tuple[ChartNode, float, float, float, float]]:
    placed: list[tuple[ChartNode, float, float, float, float]] = []
    left = float(sum(node.value for node in nodes))
    area = w * h / left
    start = 0
    while start < len(nodes) and w > 0 and h > 0:
        short = min(w, h)
        end, row = start, 0.0
        worst = float("inf")
        while end < len(nodes):
            more = row + nodes[end].value * area
            ratio = _worst(nodes[start].value * area, nodes[end].value * area, more, short)
            if ratio > worst:
                break
            worst, row, end = ratio, more, end + 1
        thick = row / short
        along = 0.0
        for node in nodes[start:end]:
            length = node.value * area / thick
            placed.append((node, x, y + along, thick, length) if w >= h else (node, x + along, y, length, thick))
            along += length
        x, y, w, h = (x + thick, y, w - thick, h) if w >= h else (x, y + thick, w, h - thick)
        start = end
    return placed


def _worst(largest: float, smallest: float, row: float, short: float) -> float:
    square = short * short
    return max(square * largest / (row * row), row * row / (square * smallest))


_SHAPES: dict[str, Callable[[Chart], tuple[list[Rectangle], float]]] = {
    "icicle": _icicle,
    "bars": _bars,
    "treemap": _treemap,
}
