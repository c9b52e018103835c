"""How values lie in memory: their strides in PyTorch, so that it is known which reshaping is a view and which copies.

What a kind makes lies row by row, but for views and for functions value by value, which lie as what they read.
"""

from __future__ import annotations

from netledger.execute.aliasing import overwriting, shared_by_examples
from netledger.layers import built_in_rule
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.ledger import Entry, Ledger
    from netledger.network import Shape

    Strides = tuple[int, ...] | None


class Placed(Record):
    """One value in memory: the value whose storage it lies in, its sizes with the batch and its strides (both ``None``
    where a size is not known)."""

    __slots__ = ("root", "sizes", "strides")
    root: str
    sizes: tuple[int, ...] | None
    strides: tuple[int, ...] | None

    def __init__(self, root: str, sizes: tuple[int, ...] | None, strides: tuple[int, ...] | None) -> None:
        self._fill(root, sizes, strides)

    def viewed(self, sizes: Sequence[int]) -> tuple[int, ...] | None:
        """The strides of a view of other sizes; ``None`` where only a copy has them (or nothing is known)."""
        if self.sizes is None or self.strides is None:
            return None
        known = elements(sizes) if -1 not in sizes else 0
        sizes = sizes if known else [size if size != -1 else elements(self.sizes) // -elements(sizes) for size in sizes]
        return viewed(self.sizes, self.strides, sizes)

    def flattened(self, wide: tuple[int, ...], turned: bool) -> bool:
        """Whether its matrices, repeated over ``wide`` leading dimensions, are a view with one leading dimension."""
        if self.sizes is None or self.strides is None:
            return False
        lead = [0 if was != size else step for was, size, step in zip(self.sizes, wide, self.strides, strict=False)]
        rows, columns = (-1, -2) if turned else (-2, -1)
        sizes = (*wide, self.sizes[rows], self.sizes[columns])
        strides = (*lead, self.strides[rows], self.strides[columns])
        return viewed(sizes, strides, (elements(wide), *sizes[-2:])) is not None


def elements(sizes: Sequence[int]) -> int:
    """How many values they are."""
    product = 1
    for size in sizes:
        product *= size
    return product


def row_by_row(sizes: Sequence[int]) -> tuple[int, ...]:
    """The strides of a value whose last dimension is the innermost.

    >>> row_by_row((2, 3, 4))
    (12, 4, 1)
    """
    found, step = [], 1
    for size in reversed(sizes):
        found.append(step)
        step *= max(size, 1)
    return tuple(reversed(found))


def viewed(sizes: Sequence[int], strides: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...] | None:
    """The strides with which ``wanted`` is a view of the same memory; ``None`` where there are none.

    Source: PyTorch's ``computeStride`` (``aten/src/ATen/TensorUtils.cpp``).

    >>> viewed((2, 6), (6, 1), (2, 2, 3)), viewed((6, 2), (1, 6), (12,))
    ((6, 3, 1), None)
    """
    if 0 in sizes or not sizes:
        return row_by_row(wanted)
    found, at = [0] * len(wanted), len(wanted) - 1
    base, held, seen = strides[-1], 1, 1
    for d in range(len(sizes) - 1, -1, -1):
        held *= sizes[d]
        if d and (sizes[d - 1] == 1 or strides[d - 1] == held * base):
            continue
        while at >= 0 and (seen < held or wanted[at] == 1):
            found[at] = seen * base
            seen *= wanted[at]
            at -= 1
        if seen != held:
            return None
        base, held, seen = strides[d - 1], 1, 1
    return tuple(found) if at < 0 else None


def placed_values(ledger: Ledger, batch: int) -> dict[str, Placed]:
    r"""Every value of a network, run for so many examples.

    >>> from netledger.ledger import keep_books
    >>> from netledger.notation import parse
    >>> text = "x = input(4, 6)\nr = reshape((24,))\nt = transpose(x, 0, 1)\nc = reshape(t, (24,))"
    >>> values = placed_values(keep_books(parse(text, name="turned")), 2)
    >>> values["r"].root, values["t"].strides, values["c"].root
    ('x', (24, 1, 6), 'c')
    """
    network = ledger.network
    once, in_place = shared_by_examples(network), overwriting(network)
    found: dict[str, Placed] = {}
    for entry in ledger.entries:
        read = [found[name] for name in entry.layer.inputs if name in found]
        for i, (name, shape) in enumerate(zip(entry.layer.outputs, entry.outputs, strict=False)):
            sizes = _whole(shape, network.batched, 1 if name in once else batch)
            laid = None if sizes is None else _laid(entry, i, read, sizes, network.batched)
            of_input = entry.layer.path in in_place or (laid is not None and laid[1])
            if sizes is None:
                declared = built_in_rule(entry.kind)
                of_input = of_input or (declared is not None and declared.view)
            root = read[0].root if read and of_input else name
            found[name] = Placed(root, sizes, None if laid is None else laid[0])
    return found


def _whole(shape: Shape | Unknown, batched: bool, examples: int) -> tuple[int, ...] | None:
    if isinstance(shape, Unknown):
        return None
    sizes = [size for size in shape if isinstance(size, int)]
    return (*(() if batched else (examples,)), *sizes) if len(sizes) == len(shape) else None


def _laid(
    entry: Entry, i: int, read: Sequence[Placed], sizes: tuple[int, ...], batched: bool
) -> tuple[tuple[int, ...], bool]:
    """The strides of an output, and whether it is a view of the first input."""
    first = read[0] if read else None
    if first is None or first.sizes is None or first.strides is None:
        return row_by_row(sizes), False
    view = _VIEWS.get(entry.kind)
    if view is not None:
        strides = view(entry, i, first, sizes, batched)
        return (row_by_row(sizes), False) if strides is None else (strides, True)
    like = next((one for one in read if one.sizes == sizes and one.strides is not None), None)
    if like is not None and like.strides is not None and _by_value(entry.kind):
        return _dense(sizes, like.strides), False
    return row_by_row(sizes), False


def _by_value(kind: str) -> bool:
    declared = built_in_rule(kind)
    return kind in _BY_VALUE or (declared is not None and declared.role == "activation")


_BY_VALUE = frozenset(
    ("add", "sub", "mul", "div", "pow", "maximum", "minimum", "dropout", "scale", "bias", "clamp",
     "scaled_dot_product_attention")
)  # fmt: skip
"""Kinds whose outputs lie as their (first) inputs, beside activations."""


def _dense(sizes: Sequence[int], strides: Sequence[int]) -> tuple[int, ...]:
    """Strides without gaps, the dimensions in the order of others."""
    order = sorted(range(len(sizes)), key=lambda d: -strides[d])
    found = [0] * len(sizes)
    for d, step in zip(order, row_by_row([sizes[d] for d in order]), strict=True):
        found[d] = step
    return tuple(found)


def _arguments(entry: Entry) -> dict[str, Any]:
    from netledger.execute.operations import full_arguments

    return full_arguments(entry.kind, entry.layer.attributes)


def _axis(dim: int, rank: int, batched: bool) -> int:
    return dim % rank if batched or dim < 0 else dim + 1


def _reshaped(entry: Entry, i: int, first: Placed, sizes: tuple[int, ...], batched: bool) -> Strides:
    return first.viewed(sizes)


def _cut(entry: Entry, i: int, first: Placed, sizes: tuple[int, ...], batched: bool) -> Strides:
    return first.strides


def _stepped(entry: Entry, i: int, first: Placed, sizes: tuple[int, ...], batched: bool) -> Strides:
    a, strides = _arguments(entry), list(first.strides or ())
    dims = (a["dim"],) if isinstance(a["dim"], int) else a["dim"]
    for k, dim in enumerate(dims):
        step = a["step"][k] if isinstance(a["step"], tuple) else a["step"]
        strides[_axis(dim, len(strides), batched)] *= step or 1
    return tuple(strides)


def _picked(entry: Entry, i: int, first: Placed, sizes: tuple[int, ...], batched: bool) -> Strides:
    strides = list(first.strides or ())
    del strides[_axis(_arguments(entry)["dim"], len(strides), batched)]
    return tuple(strides)


def _turned(entry: Entry, i: int, first: Placed, sizes: tuple[int, ...], batched: bool) -> Strides:
    a, strides = _arguments(entry), list(first.strides or ())
    if entry.kind == "transpose":
        one, other = (_axis(a[name], len(strides), batched) for name in ("dim0", "dim1"))
        strides[one], strides[other] = strides[other], strides[one]
        return tuple(strides)
    dims = [_axis(dim, len(strides), batched) for dim in a["dims"]]
    return tuple([strides[dim] for dim in (dims if batched else (0, *dims))])


def _expanded(entry: Entry, i: int, first: Placed, sizes: tuple[int, ...], batched: bool) -> Strides:
    old, strides = first.sizes or (), first.strides or ()
    more = len(sizes) - len(old)
    if more and not batched:
        return None
    pairs = zip((0,) * more + strides, (1,) * more + old, sizes, strict=True)
    return tuple([0 if was != size else stride for stride, was, size in pairs])


_VIEWS: dict[str, Callable[[Entry, int, Placed, tuple[int, ...], bool], Strides]] = {
    **dict.fromkeys(("reshape", "view", "flatten", "unflatten", "squeeze", "unsqueeze"), _reshaped),
    **dict.fromkeys(("identity", "split", "chunk", "narrow", "center_crop", "crop"), _cut),
    "slice": _stepped,
    **dict.fromkeys(("select", "unbind"), _picked),
    **dict.fromkeys(("transpose", "permute"), _turned),
    "expand": _expanded,
}
"""The strides of views; ``None`` where a kind has to copy after all."""
