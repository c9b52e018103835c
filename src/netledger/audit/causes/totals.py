"""Why a total is not the network's: what its lines leave out or count twice, which other way of counting gives it."""

from __future__ import annotations

from itertools import combinations, pairwise

from netledger.audit.matching.books.categories import NORMS, OUTPUTS, RECURRENT
from netledger.audit.weights import CLOSE, LEAST_TELLING
from netledger.audit.words import STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.tokens.tokenizing import Value


def absent_from(covered: Sequence[Quantity], value: Value, books: Books) -> tuple[str, str]:
    """Kind and sentence for a total whose lines are right and add up, and that is not the network's count."""
    from netledger.audit.causes.groups import tied_tables

    total = books.total
    for part, owner in tied_tables(books):
        if value - total == owner.full:
            why = f"{part.shown} shares the table of {owner.shown}: its {owner.full:,} values count once"
            return "tied_embeddings_double_counted", why
    if value == 2 * total:
        return "gradients_counted", "that is twice the parameters: gradients are memory, and no parameters"
    shared = _counted_again(covered, books)
    if value > total and shared and value - total == sum([books.count(part) * times for part, times in shared]):
        names = names_of([part for part, _ in shared])
        return (
            "shared_parameters_multiplied",
            f"{names} is shared, and counted more than once: {value - total:,} too many",
        )
    if value > total:
        return "extra_layer", f"the network has {total:,}: {value - total:,} are counted that it does not have"
    absent = absent_parts(covered, books)
    if absent:
        return kind_of(absent), f"no line counts {names_of(absent)}: {total - value:,} are missing"
    return name_total(value, 0.0, books)


def _counted_again(covered: Sequence[Quantity], books: Books) -> list[tuple[Part, int]]:
    """The parts that several quantities account for, with how often too many."""
    seen: dict[int, int] = {}
    for quantity in covered:
        for part, times in quantity.cover:
            seen[id(part)] = seen.get(id(part), 0) + times
    return [(part, seen[id(part)] - part.times) for part in books.weighted if seen.get(id(part), 0) > part.times]


def absent_parts(covered: Sequence[Quantity], books: Books) -> list[Part]:
    """The parts that no quantity accounts for."""
    seen: dict[int, int] = {}
    for quantity in covered:
        for part, times in quantity.cover:
            seen[id(part)] = seen.get(id(part), 0) + times
    return [part for part in books.weighted if seen.get(id(part), 0) < part.times]


def names_of(parts: list[Part]) -> str:
    """The first four names of some layers."""
    return ", ".join([part.shown for part in parts[:4]]) + (", …" if len(parts) > 4 else "")


def kind_of(absent: list[Part]) -> str:
    """What leaving some parts out is called."""
    if all(part.family in NORMS for part in absent):
        return "missing_norm"
    outward = [part.leaf in OUTPUTS or part.categories == ("attention",) for part in absent]
    return "missing_output_projection" if all(outward) else "missing_layer"


def name_total(value: Value, error: float, books: Books) -> tuple[str, str]:
    """Kind and sentence for a total that is another figure of the network, or none."""
    from netledger.audit.causes.experts import times_nominal

    total = books.total
    if books.figures is None:
        books.figures = _figures(books)
    for kind, figure, why in books.figures:
        if abs(figure - total) > error >= abs(figure - value):
            return kind, why
    multiplied = times_nominal(value, error, books)
    if multiplied is not None:
        return multiplied
    left_out = _left_out(total - value, error, books) if value < total else []
    if left_out:
        verb = "is" if len(left_out) < 2 else "are"
        return kind_of(left_out), f"{names_of(left_out)} ({total - value:,}) {verb} missing"
    for scale in (10**3, 10**6, 10**-3, 10**-6):
        if total and abs(value / scale - total) <= max(error / scale, 0.0):
            return "unit_mixup", f"{books.name} has {total:,} parameters: thousands and millions are mixed up"
    for binary, decimal in ((2**20, 10**6), (2**30, 10**9)):
        if 0 < error <= CLOSE * value / 4 and abs(total / binary * decimal - value) <= error:
            name = "million" if decimal == 10**6 else "billion"
            return "unit_mixup", f"that is divided by {binary:,} and called {name}"
    return "wrong_value", f"{books.name} has {total:,} parameters ({books.convention})"


def _left_out(missing: Value, error: float, books: Books) -> list[Part]:
    """The one or two parts that have as much as a total lacks, which is known to four digits at least."""
    if missing < LEAST_TELLING or missing < LEAST_TELLING * error:
        return []
    counts = {id(part): books.count(part) * part.times for part in books.weighted}
    one = [part for part in books.weighted if abs(counts[id(part)] - missing) <= error]
    if one or len(books.weighted) > MOST_PAIRED:
        return one[:1]
    pairs = [
        (first, second)
        for first, second in combinations(books.weighted, 2)
        if abs(counts[id(first)] + counts[id(second)] - missing) <= error
    ]
    return list(pairs[0]) if len(pairs) == 1 else []


MOST_PAIRED = 60
"""Layers of a network of which any two are tried."""


def counts_steps(item: Item, part: Part, written: Sequence[str]) -> tuple[str, str] | None:
    """Kind and sentence for a formula of a recurrent layer with a number of steps in it that the text gives:
    ``300 frames of 40 values: 4*(40*300 + 40*40)*128``.
    """
    leaves = {f"{leaf.value}" for product in item.products or () for leaf in product.leaves}
    for words in map(str.split, written if part.family in RECURRENT else ()):
        for number, word in pairwise(words):
            if number in leaves and word.lower().startswith(STEPS):
                return "timesteps_counted", f"the weights of {part.shown} are the same at each of the {number} steps"
    return None


def _figures(books: Books) -> list[tuple[str, int, str]]:
    """Other figures that people give for the whole network."""
    from netledger.audit.causes.groups import tied_tables

    parts: list[Part] = books.weighted
    weights = sum([part.weights * part.times for part in parts])
    statistics = sum([part.statistics * part.times for part in parts])
    ungrouped = sum([(part.weights * part.groups + part.biases) * part.times for part in parts])
    tied = sum([owner.full for _, owner in tied_tables(books)])
    norms = sum([books.count(part) * part.times for part in parts if part.family in NORMS])
    outward = sum([books.count(part) * part.times for part in parts if part.leaf in OUTPUTS])
    total = books.total
    return [
        ("missing_bias", weights, f"that is the weights alone: the {total - weights:,} biases are missing"),
        ("counted_running_stats", total + statistics, "running statistics are counted: they are not learned"),
        ("missing_groups", ungrouped, "that is the network without groups"),
        ("tied_embeddings_double_counted", total + tied, f"the tied tables ({tied:,}) are counted twice"),
        ("missing_output_projection", total - outward, "the output projections are missing"),
        ("missing_norm", total - norms, f"the norms, {norms:,} in all, are missing"),
        ("gradients_counted", 2 * total, "that is twice the parameters: gradients are memory, and no parameters"),
        ("unit_mixup", 4 * total, "those are bytes of float32, not parameters"),
    ]
