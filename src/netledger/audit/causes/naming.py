"""A change's name, as a person would say it: ``missing_groups``, ``wrong_kernel``, … with a sentence and what to write.

Each role that a factor can have has one function; a new cause is a new entry in :data:`REPLACED` or :data:`MISSING`;
factors too many are named in :mod:`netledger.audit.causes.extra`.
"""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.causes.extra import extra_factor, first_written
from netledger.audit.causes.factors import reads_map
from netledger.audit.matching.categories import KEYS_VALUES, NORMS, OUTPUTS, QUERIES, RECURRENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.books import Books, Part
    from netledger.audit.matching.quantities import Quantity
    from netledger.audit.reading.nodes import Node


def name_changes(found: Sequence[Change], quantity: Quantity, books: Books, words: frozenset[str]) -> list[Cause]:
    """The causes of some changes, the weightiest first; one for each kind of slip."""
    first = quantity.first
    if quantity.role == "total" and len(quantity.cover) > 1 and len(found) > 1:
        return _term_by_term(found, quantity, books, words)
    causes: list[Cause] = []
    absent = [change for change in found if change.product is None]
    biases = [change for change in absent if change.term is not None and change.term.role == "bias"]
    weights = [change for change in absent if change not in biases]
    for change in sorted(found, key=lambda change: -abs(change.product.value) if change.product is not None else 1):
        if change.product is not None:
            squared = _squared_kernel(change, _owner(change, quantity))
            causes.extend(squared or [_of_product(change, _owner(change, quantity), books, words)])
    if weights:
        causes.append(_absent_weights(weights, quantity, books))
    if biases:
        causes.append(_absent_biases(biases, first if len(quantity.cover) == 1 else None, quantity.what, books))
    if part_connected(found, quantity):
        causes = [_connected(cause, first) if cause.kind == "wrong_out_channels" else cause for cause in causes]
    kept: list[Cause] = []
    for cause in causes:
        if all(other.kind != cause.kind for other in kept):
            kept.append(cause)
    return kept


def part_connected(found: Sequence[Change], quantity: Quantity) -> bool:
    """Whether fewer filters are written in the weights than in the biases: maps that do not all see the same inputs."""
    first = quantity.first
    if len(found) != 1 or len(quantity.cover) != 1 or not first.kernel or first.seen == first.out:
        return False
    change = found[0]
    weights = change.term is not None and change.term.role == "weight" and change.roles == ["out"]
    return weights and bool(change.leaves) and change.leaves[0].value < quantity.first.out


def _connected(cause: Cause, part: Part) -> Cause:
    why = f"{part.shown} is fully connected here: each of its {part.out} filters sees all {part.seen} maps"
    return cause.replace(kind="missing_connections", why=why)


def _term_by_term(found: Sequence[Change], quantity: Quantity, books: Books, words: frozenset[str]) -> list[Cause]:
    """The causes in a sum over the whole network: one for each wrong term, one for all biases together."""
    causes: list[Cause] = []
    biases = [c for c in found if c.product is None and c.term is not None and c.term.role == "bias"]
    for change in found:
        if change.product is not None:
            cause = _of_product(change, _owner(change, quantity), books, words)
            expected = change.term.value * change.times if change.term is not None else 0
            causes.append(cause.replace(expected=expected))
    absent = [change for change in found if change.product is None and change not in biases]
    if absent:
        value = sum([change.term.value * change.times for change in absent if change.term is not None])
        causes.append(_absent_weights(absent, quantity, books).replace(expected=value))
    if biases:
        value = sum([change.term.value * change.times for change in biases if change.term is not None])
        cause = _absent_biases(biases, None, quantity.what, books)
        causes.append(cause.replace(expected=value) if causes else cause)
    return causes


def _squared_kernel(change: Change, part: Part) -> list[Cause]:
    """``5 * 5 * 128`` where a kernel of one dimension reads 100 channels: two slips that look like one."""
    if len(part.kernel) != 1 or change.roles != ["in"] or [leaf.value for leaf in change.leaves] != [part.kernel[0]]:
        return []
    size, leaf = part.kernel[0], change.leaves[0]
    return [
        Cause("wrong_kernel", f"{part.shown} has a kernel of one dimension: {size}, not {size}*{size}", leaf, ""),
        Cause("missing_in_channels", f"each filter of {part.shown} reads {part.seen} channels", leaf, f"{part.seen}"),
    ]


def _owner(change: Change, quantity: Quantity) -> Part:
    """The part whose term a change is about."""
    for part, _ in quantity.cover:
        if change.term is not None and any(term is change.term for term in part.terms):
            return part
    return quantity.first


def _of_product(change: Change, part: Part, books: Books, words: frozenset[str]) -> Cause:
    assert change.product is not None
    if change.term is None:
        return _too_many(change, part, books)
    if not change.factors:
        return extra_factor(change, part, books, words)
    roles = change.roles
    if change.term.role == "bias":
        gates = part.family in RECURRENT and roles == ["count"]
        return _replaced_count(change, part, books) if gates and change.leaves else _bias_size(change, part)
    if roles == ["out"] and change.leaves and part.seen == part.out and part.family not in RECURRENT:
        last = change.product.leaves[-1] is change.leaves[0] and len(change.product.leaves) == TWO_SIDES
        roles = ["out"] if last and not part.biases else ["in"]  # of equal sizes the biases show which one was kept
    if not change.leaves:
        return MISSING.get(roles[0], _missing_size)(change, part) if len(roles) == 1 else _missing_size(change, part)
    if len(roles) == 1 and (head := _head_dim(change, part)) is not None:
        return head
    if len(roles) == 1:
        return REPLACED.get(roles[0], _other_size)(change, part, books)
    return _stale(change, part)


# ---------------------------------------------------------------------- one size for another


TWO_SIDES = 2
"""Factors of a matrix; what comes in stands before what goes out."""
MOST_HEADS = 256
"""A larger factor of a width is no number of heads."""


def _head_dim(change: Change, part: Part) -> Cause | None:
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


def _sizes(change: Change) -> str:
    return "*".join([f"{size}" for _, size in change.factors])


def _whole(change: Change) -> Node | None:
    return change.product.of if change.product is not None else None


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
    why = f"{part.shown} has {_sizes(change)} {noun}, not {_written(change)}"
    return Cause("wrong_out_channels", why, first_written(change), _sizes(change))


def _replaced_kernel(change: Change, part: Part, books: Books) -> Cause:
    shown = "×".join([f"{size}" for size in part.kernel])
    if len(part.kernel) == 1 and len(change.leaves) > 1:
        why = f"{part.shown} is one-dimensional: its kernel has {part.kernel[0]} values"
    else:
        why = f"the kernel of {part.shown} is {shown}"
    return Cause("wrong_kernel", why, first_written(change), _sizes(change))


def _replaced_hidden(change: Change, part: Part, books: Books) -> Cause:
    hidden = change.factors[0][1]
    term = change.term
    if term is not None and len(term.sizes("hidden")) == 2:
        why = f"the recurrent matrix of {part.shown} is {hidden:,}×{hidden:,}: from every unit to every unit"
        return Cause("recurrent_not_square", why, first_written(change), f"{hidden}")
    return Cause("wrong_out_channels", f"{part.shown} has {hidden:,} units", first_written(change), f"{hidden}")


def _replaced_count(change: Change, part: Part, books: Books) -> Cause:
    count = change.factors[0][1]
    if part.statistics and not books.statistics and [leaf.value for leaf in change.leaves] == [2 * count]:
        return _statistics(part, first_written(change))
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


def _other_size(change: Change, part: Part, books: Books) -> Cause:
    why = f"{_sizes(change)} should stand where {_written(change)} stands: {part.shown} has {part.written()}"
    return Cause("wrong_value", why, first_written(change), _sizes(change))


def _stale(change: Change, part: Part) -> Cause:
    return Cause(
        "stale_annotation", f"those are not the sizes of {part.shown}: it has {part.written()}", first_written(change)
    )


REPLACED: dict[str, Callable[[Change, Part, Books], Cause]] = {
    "in": _replaced_in, "out": _replaced_out, "kernel": _replaced_kernel, "hidden": _replaced_hidden,
    "count": _replaced_count, "times": _replaced_times,
}  # fmt: skip
"""By the role of the true factor: what writing another number for it is called."""


# ---------------------------------------------------------------------- a size left out


def _missing_in(change: Change, part: Part) -> Cause:
    what = "filter" if part.kernel else "output"
    why = f"every {what} of {part.shown} reads all {part.seen:,} inputs"
    if part.kernel:
        why = f"every filter of {part.shown} reaches through all {part.seen:,} input channels"
    return Cause("missing_in_channels", why, _whole(change), f"× {part.seen}")


def _missing_out(change: Change, part: Part) -> Cause:
    out = change.factors[0][1]
    if part.seen == out:
        return _missing_in(change, part)  # "4*64 + 64" from 64 to 64 channels: the filters are there
    return Cause("wrong_out_channels", f"that is one of the {out:,} that {part.shown} has", _whole(change))


def _missing_kernel(change: Change, part: Part) -> Cause:
    shown = "×".join([f"{size}" for size in part.kernel])
    return Cause("wrong_kernel", f"the kernel of {part.shown} is {shown}", _whole(change))


def _missing_hidden(change: Change, part: Part) -> Cause:
    hidden = change.factors[0][1]
    why = f"the recurrent matrix of {part.shown} is {hidden:,}×{hidden:,}: from every unit to every unit"
    return Cause("recurrent_not_square", why, _whole(change))


def _missing_count(change: Change, part: Part) -> Cause:
    count = change.factors[0][1]
    if part.family in RECURRENT:
        sets = {4: "three gates and the cell input", 3: "two gates and the candidate"}.get(count, "its gates")
        return Cause(
            "missing_gate_matrix",
            f"{part.shown} has {count} sets of weights ({sets})",
            _whole(change),
        )
    return Cause("wrong_formula", f"there are {count} of them", _whole(change))


def _missing_times(change: Change, part: Part) -> Cause:
    return Cause("missing_layer", f"there are {change.factors[0][1]} such layers", _whole(change))


def _missing_size(change: Change, part: Part) -> Cause:
    why = f"the factor {_sizes(change)} is missing: {part.shown} has {part.written()}"
    return Cause("wrong_formula", why, _whole(change))


MISSING: dict[str, Callable[[Change, Part], Cause]] = {
    "in": _missing_in, "out": _missing_out, "kernel": _missing_kernel, "hidden": _missing_hidden,
    "count": _missing_count, "times": _missing_times,
}  # fmt: skip
"""By the role of the true factor: what leaving it out is called."""


# ---------------------------------------------------------------------- a factor, a term too many


def _statistics(part: Part, node: Node | None) -> Cause:
    why = f"moving mean and variance of {part.shown} are no parameters: they are not learned"
    return Cause("counted_running_stats", why, node)


def _too_many(change: Change, part: Part, books: Books) -> Cause:
    product = change.product
    assert product is not None
    value = abs(product.value)
    if part.statistics and value in (part.statistics, part.statistics // 2) and not books.statistics:
        return _statistics(part, product.of)
    if (
        len(product.leaves) <= 1
        and part.family != "embedding"
        and part.index == books.weighted[0].index
        and value == part.seen * part.groups != part.out
    ):
        return Cause("extra_layer", f"the {value:,} inputs have no biases", product.of)
    if len(product.leaves) <= 1:
        if part.family in RECURRENT:
            return Cause("double_bias", f"{part.shown} has no further bias vector", product.of)
        if part.biases:
            return Cause("double_bias", f"the {part.biases:,} biases are added twice", product.of)
        return Cause("double_bias", f"{part.shown} has no bias", product.of)
    return Cause("extra_layer", f"{part.shown} has nothing like {product}", product.of)


def _bias_size(change: Change, part: Part) -> Cause:
    out = change.factors[0][1]
    value = change.leaves[0].value if change.leaves else 0
    if value == part.seen * part.groups or value == part.seen:
        why = f"there is a bias for each of the {out:,} outputs, not for each of the {value:,} inputs"
        return Cause("swapped_dims", why, first_written(change), f"{out}")
    if part.family in RECURRENT:
        return Cause(
            "missing_bias",
            f"each gate of {part.shown} has its own biases: {part.biases:,} in all",
            first_written(change),
        )
    if change.product is not None and change.product.value == 1:
        why = f"{part.shown} has {out:,} biases, one for each output, and not a single one"
        return Cause("missing_bias", why, first_written(change), f"{out}")
    return Cause(
        "wrong_out_channels", f"{part.shown} has {out:,} biases, one for each output", first_written(change), f"{out}"
    )


# ---------------------------------------------------------------------- terms left out


def _absent_weights(absent: list[Change], quantity: Quantity, books: Books) -> Cause:
    term, part = absent[0].term, _owner(absent[0], quantity)
    assert term is not None
    owners = [_owner(change, quantity) for change in absent]
    if all(owner.family in NORMS for owner in owners):
        return Cause("missing_norm", f"the norms ({part.shown}) are missing")
    if len(quantity.cover) > 1 and len(absent) == 1:
        inner = [p for p, _ in quantity.cover if p.categories == part.categories]
        if "feed-forward" in part.categories and len(inner) == 3:
            return Cause(
                "missing_gate_matrix", f"the feed-forward layer is gated: it has three matrices, {term.written()} each"
            )
        if "attention" in part.categories and len(inner) > 2:
            return Cause("missing_output_projection", f"the output projection ({term.written()}) is missing")
    if part.family in RECURRENT:
        return Cause("missing_connections", f"the {term.written()} weights of {part.shown} are missing")
    return Cause("missing_layer", f"the {term.written()} weights of {part.shown} are missing")


def _absent_biases(absent: list[Change], part: Part | None, what: str, books: Books) -> Cause:
    value = sum([change.term.value * change.times for change in absent if change.term is not None])
    what = part.shown if part is not None else what
    if part is not None and part.family in RECURRENT and part.biases:
        vectors = [term for term in part.terms if term.role == "bias"]
        if len(absent) == 1 and len(vectors) == 2:
            why = f"{part.shown} has two bias vectors (input and recurrent), not one"
            kind = "pytorch_double_bias" if "keras" not in books.framework else "missing_second_bias"
            return Cause(kind, why)
    many = value > 1
    return Cause(
        "missing_bias", f"the {value:,} bias{'es' if many else ''} of {what} {'are' if many else 'is'} missing"
    )
