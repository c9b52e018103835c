"""A size left out of a product, by its role, and terms left out of a sum."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.causes.naming.replaced import sizes
from netledger.audit.causes.structure import owner_of
from netledger.audit.matching.books.categories import NORMS, RECURRENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.reading.expressions.nodes import Node


def _whole(change: Change) -> Node | None:
    return change.product.of if change.product is not None else None


def _missing_in(change: Change, part: Part) -> Cause:
    what = "filter" if part.kernel else "output"
    why = f"every {what} of {part.shown} reads all {part.seen:,} inputs"
    single = _written_one(change.product.of, part) if change.product is not None and part.kernel else None
    if single is not None:
        return Cause("wrong_in_channels", f"{part.shown} reads {part.seen:,} channels, not 1", single, f"{part.seen}")
    if part.kernel:
        why = f"every filter of {part.shown} reaches through all {part.seen:,} input channels"
    return Cause("missing_in_channels", why, _whole(change), f"× {part.seen}")


def _written_one(node: Node, part: Part) -> Node | None:
    """The 1 of ``3*3*1*24``, written where the channels that come in stand: as many as of a gray image."""
    if node.op in ("product", "power"):
        ones = [factor for factor in node.factors() if factor.is_bare and factor.value == 1]
        if len(ones) == 1 and 1 not in part.kernel and len(node.factors()) > len(part.kernel):
            return ones[0]
    return next((found for arg in node.args if (found := _written_one(arg, part)) is not None), None)


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


def missing_size(change: Change, part: Part) -> Cause:
    why = f"the factor {sizes(change)} is missing: {part.shown} has {part.written()}"
    return Cause("wrong_formula", why, _whole(change))


MISSING: dict[str, Callable[[Change, Part], Cause]] = {
    "in": _missing_in, "out": _missing_out, "kernel": _missing_kernel, "hidden": _missing_hidden,
    "count": _missing_count, "times": _missing_times,
}  # fmt: skip
"""By the role of the true factor: what leaving it out is called."""


def absent_weights(absent: list[Change], quantity: Quantity, books: Books) -> Cause:
    term, part = absent[0].term, owner_of(absent[0], quantity)
    assert term is not None
    owners = [owner_of(change, quantity) for change in absent]
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


def absent_biases(absent: list[Change], part: Part | None, what: str, books: Books) -> Cause:
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
