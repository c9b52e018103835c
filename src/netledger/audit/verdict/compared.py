"""The ordinary convolution that a text counts beside a depthwise separable one: it is no layer of the network.

A depthwise convolution of k×k over C channels and a pointwise one to N take the place of k·k·C·N weights (Howard et
al. 2017, MobileNets, section 3.1).
"""

from __future__ import annotations

from netledger.audit.verdict.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.matching.books import Part
    from netledger.audit.matching.items import Item
    from netledger.audit.verdict.decided import Decided


def ordinary_convolution(decided: Decided, item: Item) -> Outcome | None:
    """``ordinary: 5*5*32*64 = 51,200``, where other lines are right about the depthwise and the pointwise part."""
    if item.products is None or item.fault is not None:
        return None
    for parts, weights, filters in _separable(decided.books.weighted):
        if item.works_out not in (weights, weights + filters):
            continue
        worked = {other.value for other in decided.items if other is not item and other.products is not None}
        if all(any(count in worked for count in _counts(decided, part)) for part in parts):
            return Outcome(item, "adds_up", None, "an ordinary convolution of the same sizes, for comparison")
    return None


def _counts(decided: Decided, part: Part) -> set[int]:
    """What a line that is right about a layer, or about one of its matrices, gives."""
    return {decided.books.count(part), *[quantity.value for quantity in decided.matcher.quantities.of_part[id(part)]]}


def _separable(layers: list[Part]) -> Iterator[tuple[list[Part], int, int]]:
    """The layers of each separable convolution, the weights of an ordinary one in its place, and its filters."""
    for i, part in enumerate(layers):
        if part.family == "separable":
            matrices = [term for term in part.terms if term.role == "weight"]
            if len(matrices) == 2:
                yield [part], matrices[0].size("kernel") * matrices[1].value, matrices[1].size("out")
        after = layers[i + 1] if i + 1 < len(layers) else None
        if part.family == "depthwise" and after is not None and after.family == "conv" and set(after.kernel) == {1}:
            yield [part, after], part.terms[0].size("kernel") * after.weights, after.out
