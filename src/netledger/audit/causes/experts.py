"""The parameters that one token uses: of the experts some, of everything else all."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.words import NUMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.tokens.tokenizing import Value


def active_slip(item: Item, books: Books) -> tuple[Cause, Value] | None:
    """``46.7B × 2/8 = 11.7B active``: the share of the experts taken of the whole network; what should stand there."""
    experts = [part for part in books.weighted if any("expert" in piece for piece in part.shown.lower().split("."))]
    if item.node is None or item.value is None or not experts:
        return None
    leaves = item.node.numbers()
    whole = [leaf for leaf in leaves if abs(leaf.value - books.total) <= leaf.error]
    others = sorted([leaf.value for leaf in leaves if all(leaf is not one for one in whole)])
    if len(whole) != 1 or len(others) != 2 or not all(isinstance(value, int) and value > 0 for value in others):
        return None
    used, there = int(others[0]), int(others[1])
    if used >= there or any(part.times % there for part in experts):
        return None
    if abs(item.node.value * there - whole[0].value * used) > whole[0].error * used + 1:
        return None
    all_of_them = sum([books.count(part) * part.times for part in experts])
    expected = books.total - all_of_them + all_of_them * used // there
    why = (
        f"only the experts are used in part, {used} of {there}; the other {books.total - all_of_them:,} are always used"
    )
    return Cause("wrong_formula", why, item.node, f"{expected:,}"), expected


def name_multiplied(item: Item, books: Books) -> tuple[Cause, Value] | None:
    """``8x22 = 176``: the two numbers of a name such as Mixtral-8x22B multiplied; what the network has instead.

    Asked only of networks that have experts.
    """
    products = item.products or []
    sizes = [leaf.value for leaf in products[0].leaves] if len(products) == 1 else []
    if len(sizes) != 2 or item.stated is None:
        return None
    number, size = sizes[0], sizes[1] if sizes[1] >= BILLION else sizes[1] * BILLION
    named = (number, size) == nominal(books)
    sized = number <= MOST_EXPERTS and size >= LEAST_SIZE and (item.value or 0) > books.total
    if not named and not (sized and number in books.sizes):
        return None
    why = f"only the experts are there {number} times: attention, tables and norms once"
    return Cause("shared_parameters_multiplied", why, item.node, f"{books.total:,}"), books.total


def nominal(books: Books) -> tuple[int, int] | None:
    """How many experts a name says there are, and the parameters that it gives each: 8 and 7B of Mixtral 8x7B."""
    for word in f"{books.network.name} {books.network.title or ''}".lower().replace("-", " ").split():
        number, sign, size = word.strip(",.:;()").partition("x")
        if sign and number.isdigit() and size.endswith("b") and size[:-1].replace(".", "", 1).isdigit():
            return int(number), round(float(size[:-1]) * BILLION)
    return None


def times_nominal(value: Value, error: float, books: Books) -> tuple[str, str] | None:
    """Kind and sentence for so many whole models as experts: 56B of an 8x7B, or 14B that a token would use."""
    named = nominal(books)
    if named is None:
        return None
    number, size = named
    for experts in (number, USED):
        if abs(experts * size - value) <= error and value != books.total:
            why = f"{experts} × {size / BILLION:g}B: only the experts are there {number} times, all else once"
            return "shared_parameters_multiplied", why
    return None


USED = 2
"""Experts that a token takes in every published model of such a name."""
BILLION = 10**9
MOST_EXPERTS = 512
LEAST_SIZE = 10**8
"""A model that is said to be there so many times has at least so many parameters."""


def active_figures(books: Books, words: Iterable[str]) -> list[tuple[int, str]]:
    """What the parameters are that one token uses, in each sense of the word; empty where that is not known.

    Where the network does not say how many experts a token takes, those that the text's ``words`` name are tried.
    """
    from netledger.predict.language import language_of

    if any(entry.kind == "experts" for entry in books.ledger):
        found = language_of(books.ledger)
        if found is None or found.active is None:
            return []
        senses = (
            (found.active, "what one token uses"),
            (found.active_without_input, "what one token uses, without the table that is looked up"),
            (found.active_without_tables, "what one token uses, without both tables"),
        )
        return [(figure, what) for figure, what in senses if figure is not None]
    if any(_routed(part) > 1 for part in books.weighted):
        return list(_by_numbers(books, words))
    return [(books.total, "every parameter is used")]


def _by_numbers(books: Books, words: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The same of a network whose experts are layers, for the numbers of experts that a text names."""
    experts = [(part, number) for part in books.weighted if (number := _routed(part)) > 1]
    said = {int(digits) for word in words if (digits := "".join([c for c in word if c.isdigit()])) and len(digits) < 3}
    said |= {NUMBERS[word] for word in words if word in NUMBERS}
    numbers = {number for _, number in experts}
    tables = sum([books.count(part) * part.times for part in books.weighted if part.family == "embedding"])
    for used in sorted(said) if len(numbers) == 1 else ():
        number = max(numbers)
        if 0 < used < number:
            resting = sum([books.count(part) * part.times for part, _ in experts]) // number * (number - used)
            yield books.total - resting, f"what one token uses of {used} of {number} experts"
            yield books.total - resting - tables, f"what one token uses of {used} of {number} experts, without tables"


def _routed(part: Part) -> int:
    """How many experts of one layer a part stands for; 1 where it is in none, or in those that all tokens share."""
    numbers: dict[str, set[str]] = {}
    for path in part.paths:
        pieces = path.split(".")
        for before, piece, index in zip(["", *pieces], pieces, pieces[1:], strict=False):
            if "expert" in piece and "shared" not in piece and index.isdigit():
                numbers.setdefault(".".join([before, path.partition(piece)[0]]), set()).add(index)
    return max([len(found) for found in numbers.values()], default=1)
