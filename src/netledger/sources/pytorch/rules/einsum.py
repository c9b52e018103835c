"""Einstein sums, operand by operand, the way ``torch.einsum`` contracts them."""

from __future__ import annotations

from netledger.sources.pytorch.rules.contraction import Term

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def parse(equation: str, shapes: Sequence[tuple[int, ...]]) -> tuple[list[list[str]], list[str]]:
    """The labels of every operand and of the result; an ellipsis becomes labels of its own, counted from the right.

    >>> parse("b...i,ji->b...j", [(2, 7, 3), (5, 3)])
    ([['b', '.0', 'i'], ['j', 'i']], ['b', '.0', 'j'])
    """
    left, arrow, right = equation.replace(" ", "").partition("->")
    operands = [_labels(text, len(shape)) for text, shape in zip(left.split(","), shapes, strict=True)]
    dots = max([[label for label in labels if label[0] == "."] for labels in operands], key=len, default=[])
    if not arrow:
        every = [label for labels in operands for label in labels]
        once = sorted({label for label in every if every.count(label) == 1 and label[0] != "."})
        return operands, dots + once
    head, ellipsis, tail = right.partition("...")
    return operands, [*head, *(dots if ellipsis else []), *tail]


def _labels(text: str, rank: int) -> list[str]:
    head, ellipsis, tail = text.partition("...")
    if not ellipsis:
        return list(text)
    missing = rank - len(head) - len(tail)
    return [*head, *[f".{i}" for i in range(missing - 1, -1, -1)], *tail]


def einsum_steps(
    equation: str, shapes: Sequence[tuple[int, ...]], grads: Sequence[bool], path: Sequence[int] | None = None
) -> Iterator[tuple[Term, bool, bool]]:
    """One step for each pair that is contracted: its sizes, and whether either side carries a gradient.

    A pair that shares no summed index (an outer product, an elementwise one) contracts nothing.

    >>> [step.macs for step, _, _ in einsum_steps("bij,bjk->bik", [(8, 64, 32), (8, 32, 16)], [False, False])]
    [262144]
    >>> list(einsum_steps("i,j->ij", [(3,), (4,)], [False, False]))
    []
    """
    operands, result = parse(equation, shapes)
    sizes: dict[str, int] = {}
    for labels, shape in zip(operands, shapes, strict=True):
        for label, size in zip(labels, shape, strict=True):
            sizes[label] = max(sizes.get(label, 1), size)
    waiting = [
        ({label for label, size in zip(labels, shape, strict=True) if size != 1 or sizes[label] == 1}, grad)
        for labels, shape, grad in zip(operands, shapes, grads, strict=True)
    ]
    turns = list(path or [])
    while len(waiting) > 1:
        first, second = (turns.pop(0), turns.pop(0)) if len(turns) > 1 else (0, 1)
        second_operand = waiting.pop(max(first, second))
        first_operand = waiting.pop(min(first, second))
        needed = set(result).union(*[labels for labels, _ in waiting])
        step = _pair(first_operand[0], second_operand[0], needed, sizes)
        if step is not None:
            yield step, first_operand[1], second_operand[1]
        left = ((first_operand[0] | second_operand[0]) & needed, first_operand[1] or second_operand[1])
        waiting.append(left) if path else waiting.insert(0, left)


def _pair(left: set[str], right: set[str], needed: set[str], sizes: dict[str, int]) -> Term | None:
    summed = (left & right) - needed
    if not summed:
        return None
    # what only one side has and nobody needs is summed before the product
    kept = sorted(((left | right) & needed) | summed)
    return Term(tuple([(label if label[0] != "." else f"d{label[1:]}", sizes[label]) for label in kept]))
