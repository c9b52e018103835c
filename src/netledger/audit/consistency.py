"""What a calculation says about itself: is its total the sum of its lines, does each layer read the last one's?"""

from __future__ import annotations

from netledger.audit.result import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.audit.reading.statement import Statement


def remarks(statements: Sequence[Statement]) -> tuple[tuple[str, ...], Finding | None]:
    """Notes on the chain of layers, and the fault of a total that certainly is not the sum of its lines."""
    layers = [s for s in statements if not s.is_total and s.expression is not None and s.value is not None]
    return tuple(_chain(layers)), _sum(statements, layers)


def _sum(statements: Sequence[Statement], layers: Sequence[Statement]) -> Finding | None:
    """Only where every line is an equation of its own and the last statement is a bare total."""
    total = statements[-1] if statements else None
    rest = [s for s in statements[:-1] if s.value is not None]
    if (
        total is None
        or not total.is_total
        or total.value is None
        or total.error
        or len(layers) < 2
        or rest != list(layers)
    ):
        return None
    if any(s.error or s.stated is None or s.times != 1 for s in layers):
        return None
    added = sum([s.value for s in layers if s.value is not None])
    if added == total.value:
        return None
    why = f"the lines add to {added:,}"
    return Finding(total.line_no, "wrong_sum", None, int(added), total.value, None, why)


def _chain(layers: Sequence[Statement]) -> list[str]:
    """``line 3 reads 128, but line 2 makes 256``: remarks, since a branch or a group may explain it."""
    notes: list[str] = []
    before: tuple[int, int] | None = None
    for statement in layers:
        shape = _sizes(statement)
        if shape is None:
            before = None
            continue
        inputs, outputs, bias = shape
        if bias not in (0, outputs):
            notes.append(f"line {statement.line_no} has {outputs:,} outputs and {bias:,} biases")
        if before is not None and not _reads(inputs, before[1]):
            notes.append(f"line {statement.line_no} reads {inputs[-1]:,}, but line {before[0]} makes {before[1]:,}")
        before = statement.line_no, outputs
    return notes


def _sizes(statement: Statement) -> tuple[list[int], int, int] | None:
    """Factors before the last one, the last factor, and the bias of ``a*b*c + bias``; ``None`` for other forms."""
    member = statement.expression
    if member is None or member.node is None:
        return None
    numbers = [leaf.value for leaf in member.node.numbers()]
    if len(numbers) < 2 or any(number != int(number) for number in numbers):
        return None
    sizes = [int(number) for number in numbers]
    product = 1
    for size in sizes[:-1]:
        product *= size
    if product + sizes[-1] == member.node.value and len(sizes) > 2:
        return sizes[:-2], sizes[-2], sizes[-1]
    if product * sizes[-1] == member.node.value:
        return sizes[:-1], sizes[-1], 0
    return None


def _reads(inputs: list[int], made: int) -> bool:
    """Whether some factor can be what was made: itself, its maps flattened, or (of a convolution) a group of it."""
    grouped = len(inputs) > 1
    return any(size > 1 and (size % made == 0 or (grouped and made % size == 0)) for size in inputs)
