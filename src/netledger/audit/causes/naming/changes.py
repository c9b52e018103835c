"""A change's name, as a person would say it: ``missing_groups``, ``wrong_kernel``, … with a sentence and what to write.

Each role that a factor can have has one function; a new cause is a new entry of ``REPLACED`` in
:mod:`~netledger.audit.causes.naming.replaced` or of ``MISSING`` in :mod:`~netledger.audit.causes.naming.missing`;
factors too many are named in :mod:`~netledger.audit.causes.naming.extra`.
"""

from __future__ import annotations

from math import prod

from netledger.audit.causes.cause import Cause
from netledger.audit.causes.naming.extra import extra_factor
from netledger.audit.causes.naming.missing import MISSING, absent_biases, absent_weights, missing_size
from netledger.audit.causes.naming.replaced import (
    REPLACED,
    head_dim,
    other_size,
    replaced_count,
    stale,
    statistics,
)
from netledger.audit.causes.structure import first_written, owner_of
from netledger.audit.matching.books.categories import RECURRENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.quantities import Quantity


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
            squared = _squared_kernel(change, owner_of(change, quantity))
            causes.extend(squared or [_of_product(change, owner_of(change, quantity), books, words)])
    if weights:
        causes.append(absent_weights(weights, quantity, books))
    if biases:
        causes.append(absent_biases(biases, first if len(quantity.cover) == 1 else None, quantity.what, books))
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
            cause = _of_product(change, owner_of(change, quantity), books, words)
            expected = change.term.value * change.times if change.term is not None else 0
            causes.append(cause.replace(expected=expected))
    absent = [change for change in found if change.product is None and change not in biases]
    if absent:
        value = sum([change.term.value * change.times for change in absent if change.term is not None])
        causes.append(absent_weights(absent, quantity, books).replace(expected=value))
    if biases:
        value = sum([change.term.value * change.times for change in biases if change.term is not None])
        cause = absent_biases(biases, None, quantity.what, books)
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


def _of_product(change: Change, part: Part, books: Books, words: frozenset[str]) -> Cause:
    assert change.product is not None
    if change.term is None:
        return _too_many(change, part, books)
    if not change.factors:
        return extra_factor(change, part, books, words)
    roles = change.roles
    if change.term.role == "bias":
        gates = part.family in RECURRENT and roles == ["count"]
        return replaced_count(change, part, books) if gates and change.leaves else _bias_size(change, part)
    if roles == ["out"] and change.leaves and part.seen == part.out and part.family not in RECURRENT:
        last = change.product.leaves[-1] is change.leaves[0] and len(change.product.leaves) == TWO_SIDES
        roles = ["out"] if last and not part.biases else ["in"]  # of equal sizes the biases show which one was kept
    if not change.leaves:
        return MISSING.get(roles[0], missing_size)(change, part) if len(roles) == 1 else missing_size(change, part)
    if len(roles) == 1 and (head := head_dim(change, part)) is not None:
        return head
    if len(roles) == 1:
        return REPLACED.get(roles[0], other_size)(change, part, books)
    return _some_pairs(change, part) or stale(change, part)


def _some_pairs(change: Change, part: Part) -> Cause | None:
    """``20 connections: 20*25``: a kernel for some pairs of maps alone, as LeNet's tables say which."""
    area, product = prod(part.kernel), change.product
    pairs = product.value // area if product is not None and part.kernel and product.value % area == 0 else 0
    if product is None or not part.out < pairs < part.seen * part.out or all(p.value != pairs for p in product.leaves):
        return None
    why = f"{part.shown} is fully connected here: {part.seen}*{part.out} kernels, not {pairs}"
    return Cause("missing_connections", why, first_written(change), f"{part.seen * part.out}")


TWO_SIDES = 2
"""Factors of a matrix; what comes in stands before what goes out."""


def _too_many(change: Change, part: Part, books: Books) -> Cause:
    product = change.product
    assert product is not None
    value = abs(product.value)
    if part.statistics and value in (part.statistics, part.statistics // 2) and not books.statistics:
        return statistics(part, product.of)
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
