"""One size written for another, by the role of the true one: ``wrong_kernel``, ``kv_heads_ignored``, …"""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.causes.factors import reads_map
from netledger.audit.causes.structure import first_written
from netledger.audit.matching.books.categories import KEYS_VALUES, OUTPUTS, QUERIES, RECURRENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.reading.expressions.nodes import Node


MOST_HEADS = 256
"""A larger factor of a width is no number of heads."""


def head_dim(change: Change, part: Part) -> Cause | None:
    """``8 * 288`` where eight heads of 256 are: the width of a head is another one."""
    own = change.factors[0][1]
    heads = [leaf for leaf in change.leaves if 1 < leaf.value <= MOST_HEADS and own % int(leaf.value) == 0]
    if len(change.leaves) != 2 or not heads or part.leaf not in QUERIES | KEYS_VALUES | OUTPUTS:
        return None
    count = int(heads[0].value)
    other = next((leaf for leaf in change.leaves if leaf is not heads[0]), heads[0])
    why = f"{part.shown} has {count} heads of {own // count}, not of {int(other.value):,}"
    return Cause("wrong_head_dim", why, other, f"{own // count}")


def _other_head_dim(change: Change, part: Part, heads: int, width: int) -> Cause:
    """``5120 × 5120`` where the heads together are 4,096 wide: their size is not the width divided among them."""
    why = f"the heads of {part.shown} are {heads:,} wide together, not {width:,}"
    return Cause("wrong_head_dim", why, first_written(change), f"{heads}")


def sizes(change: Change) -> str:
    return "*".join([f"{size}" for _, size in change.factors])


def _written(change: Change) -> str:
    return "*".join([f"{leaf.value}" for leaf in change.leaves])


def _replaced_in(change: Change, part: Part, books: Books) -> Cause:
    node, own = first_written(change), part.seen
    value = 1
    for leaf in change.leaves:
        value *= int(leaf.value)
    if part.groups > 1 and value == own * part.groups:
        share = f"{value:,}/{part.groups} = {own:,} channel{'s' if own > 1 else ''}"
        why = f"{part.shown} has {part.groups:,} groups: each filter sees {share}"
        return Cause("missing_groups", why, node, f"{own}")
    if part.family in ("parameter", "embedding"):
        own = min([size for _, size in part.terms[0].factors], key=lambda size: abs(size - value))
        return Cause("wrong_value", f"one side of {part.shown} is {own:,}, not {value:,}", node, f"{own}")
    if part.family in RECURRENT and value in books.steps:
        why = f"{part.shown} reads {own:,} features at each of {value:,} steps"
        return Cause("timesteps_counted", why, node, f"{own}")
    if part.family in RECURRENT and value % own == 0 and value > 2 * own > 2:
        steps = value // own
        why = f"{part.shown} reads {own:,} features at each step: the {steps:,} steps are no inputs"
        return Cause("timesteps_counted", why, node, f"{own}")
    if part.family in RECURRENT:
        return Cause("wrong_in_channels", f"{part.shown} reads {own:,} features, not {value:,}", node, f"{own}")
    if part.family == "linear" and reads_map(part, books):
        return Cause("wrong_flatten", f"{part.shown} reads the flattened {own:,} values, not {value:,}", node, f"{own}")
    if part.leaf in OUTPUTS and value == part.out:
        return _other_head_dim(change, part, own, value)
    noun = "features" if part.family in ("linear", "lora") else "channels"
    return Cause("wrong_in_channels", f"{part.shown} reads {own:,} {noun}, not {value:,}", node, f"{own}")


def _replaced_out(change: Change, part: Part, books: Books) -> Cause:
    keys = part.leaf in KEYS_VALUES or (part.family == "lora" and not KEYS_VALUES.isdisjoint(part.name.split(".")))
    wide = {part.seen, *[other.out for other in books.weighted if other.leaf in QUERIES]}
    own = change.factors[0][1]
    if keys and len(change.leaves) == 1 and change.leaves[0].value in wide and change.leaves[0].value > own:
        why = f"{part.shown} makes {own:,} values: the query heads share them in groups"
        return Cause("kv_heads_ignored", why, first_written(change), f"{own}")
    if part.leaf in QUERIES and len(change.leaves) == 1 and change.leaves[0].value == part.seen:
        return _other_head_dim(change, part, part.out, part.seen)
    noun = {"linear": "outputs", "embedding": "values for each entry"}.get(part.family, "filters")
    why = f"{part.shown} has {sizes(change)} {noun}, not {_written(change)}"
    return Cause("wrong_out_channels", why, first_written(change), sizes(change))


def _replaced_kernel(change: Change, part: Part, books: Books) -> Cause:
    shown = "×".join([f"{size}" for size in part.kernel])
    if len(part.kernel) == 1 and len(change.leaves) > 1:
        why = f"{part.shown} is one-dimensional: its kernel has {part.kernel[0]} values"
    else:
        why = f"the kernel of {part.shown} is {shown}"
    return Cause("wrong_kernel", why, first_written(change), sizes(change))


def _replaced_hidden(change: Change, part: Part, books: Books) -> Cause:
    hidden = change.factors[0][1]
    term = change.term
    if term is not None and len(term.sizes("hidden")) == 2:
        why = f"the recurrent matrix of {part.shown} is {hidden:,}×{hidden:,}: from every unit to every unit"
        return Cause("recurrent_not_square", why, first_written(change), f"{hidden}")
    return Cause("wrong_out_channels", f"{part.shown} has {hidden:,} units", first_written(change), f"{hidden}")


def replaced_count(change: Change, part: Part, books: Books) -> Cause:
    count = change.factors[0][1]
    if part.statistics and not books.statistics and [leaf.value for leaf in change.leaves] == [2 * count]:
        return statistics(part, first_written(change))
    if part.family in RECURRENT:
        why = f"{part.shown} has {count} sets of weights, not {_written(change)}"
        return Cause("missing_gate_matrix", why, first_written(change), f"{count}")
    return Cause(
        "wrong_formula", f"{part.shown} has {count} of them, not {_written(change)}", first_written(change), f"{count}"
    )


def _replaced_times(change: Change, part: Part, books: Books) -> Cause:
    written, own = _written(change), change.factors[0][1]
    kind = "extra_layer" if change.leaves and change.leaves[0].value > own else "missing_layer"
    return Cause(kind, f"there are {own} such layers, not {written}", first_written(change), f"{own}")


def other_size(change: Change, part: Part, books: Books) -> Cause:
    why = f"{sizes(change)} should stand where {_written(change)} stands: {part.shown} has {part.written()}"
    return Cause("wrong_value", why, first_written(change), sizes(change))


def stale(change: Change, part: Part) -> Cause:
    return Cause(
        "stale_annotation", f"those are not the sizes of {part.shown}: it has {part.written()}", first_written(change)
    )


REPLACED: dict[str, Callable[[Change, Part, Books], Cause]] = {
    "in": _replaced_in, "out": _replaced_out, "kernel": _replaced_kernel, "hidden": _replaced_hidden,
    "count": replaced_count, "times": _replaced_times,
}  # fmt: skip
"""By the role of the true factor: what writing another number for it is called."""


def statistics(part: Part, node: Node | None) -> Cause:
    why = f"moving mean and variance of {part.shown} are no parameters: they are not learned"
    return Cause("counted_running_stats", why, node)
