"""A family's totals in its own sizes: ``V·d + L·(12·d² + 13·d) + 2·d``, and what the usual rule of thumb leaves out.

The family is read once more with sizes that keep their names, and the books' own arithmetic is done on them. That the
names really stand for the numbers is tried: with each size two or three times as large the same formula must come out.
"""

from __future__ import annotations

from netledger.errors import NetledgerError
from netledger.notation.family.named import Polynomial, added, constant, named, polynomial, variable, written
from netledger.predict.language import decoded
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netledger.network import Network
    from netledger.notation.family.named import Loops, Monomial, NamedSizes

    Counts = list[tuple[Polynomial, dict[Polynomial, int]]]

POSITIONS, CONTEXT = "S", "T"
"""A row of tokens is ``S`` long; one token is decoded as the ``T``-th."""


class Sum(Record):
    """``outside`` the loops, and for each sort of turn of a loop how many there are and what one has."""

    __slots__ = ("outside", "loops")
    outside: Polynomial
    loops: tuple[tuple[Polynomial, Polynomial], ...]

    def __init__(self, outside: Polynomial, loops: Sequence[tuple[Polynomial, Polynomial]]) -> None:
        self._fill(outside, tuple(loops))

    def names(self) -> set[str]:
        """Every name in it."""
        found = self.outside.names()
        for times, turn in self.loops:
            found |= times.names() | turn.names()
        return found

    def at(self, values: Mapping[str, int]) -> int | None:
        """What it is worth; ``None`` where a name has no value."""
        parts = [self.outside.at(values)]
        for times, turn in self.loops:
            parts += [times.times(turn).at(values)]
        return None if None in parts else sum([part for part in parts if part is not None])

    def __str__(self) -> str:
        return written_sum(self)


class Symbolic(Record):
    """The totals of a network in its sizes.

    - ``sizes``: ``(symbol, the configuration's key, its value)`` of every symbol in them
    - ``parameters``, ``macs`` (of ``S`` positions), ``decode`` (of the ``T``-th token, its cache kept): each a
      :class:`Sum`, or ``None`` where it is not known
    - ``tried``: the symbols for which other values gave the same formula; ``fixed``: those for which they gave another
    """

    __slots__ = ("sizes", "parameters", "macs", "decode", "tried", "fixed")
    sizes: tuple[tuple[str, str, int], ...]
    parameters: Sum | None
    macs: Sum | None
    decode: Sum | None
    tried: tuple[str, ...]
    fixed: tuple[str, ...]

    def __init__(
        self, sizes: Sequence[tuple[str, str, int]], parameters: Sum | None, macs: Sum | None, decode: Sum | None,
        tried: Sequence[str], fixed: Sequence[str],
    ) -> None:  # fmt: skip
        self._fill(tuple(sizes), parameters, macs, decode, tuple(tried), tuple(fixed))


class _Read:
    """The family read with named sizes, some of them multiplied: what each total is, outside its loops and in them."""

    def __init__(self, network: Network, factors: dict[str, int]) -> None:
        from netledger.catalogue.family import family_network
        from netledger.ledger.bookkeeping import entries_of
        from netledger.notation.family.named import NamedSizes

        meta = network.meta
        values = dict(meta["values"])
        if meta.get("architecture"):
            values["architectures"] = (meta["architecture"],)
        self.sizes: NamedSizes = NamedSizes(values)
        self.sizes.factors.update(factors)
        read, _ = family_network(meta["family"], values, network.name, self.sizes)
        entries = entries_of(read)
        assert self.sizes.loops is not None
        loops: Loops = self.sizes.loops
        counts: dict[str, Sequence[object]] = {
            "parameters": [entry.parameters for entry in entries],
            "macs": [entry.macs for entry in entries],
            "decode": decoded(entries, named(CONTEXT, 2) - 1) or [],
        }
        self.sums = {what: _by_turns(each, loops) for what, each in counts.items()}


def _by_turns(counts: Sequence[object], loops: Loops) -> tuple[Polynomial, Counts] | None:
    """What stands outside of loops over named sizes, and for each loop how often a turn has what."""
    if not counts or not all(isinstance(count, int) for count in counts):
        return None
    each = [polynomial(count) for count in counts]  # type: ignore[arg-type]
    inside: set[int] = set()
    found: Counts = []
    for bound, turns in loops.found:
        if not bound.names():
            continue
        sorts: dict[Polynomial, int] = {}
        sums: dict[tuple[Polynomial, ...], Polynomial] = {}
        for start, end in turns:
            parts = tuple(each[start:end])
            if parts not in sums:
                sums[parts] = added(parts)
            inside.update(range(start, end))
            sorts[sums[parts]] = sorts.get(sums[parts], 0) + 1
        found.append((bound, sorts))
    return added([one for i, one in enumerate(each) if i not in inside]), found


def symbolic_totals(network: Network) -> Symbolic | None:
    """The totals of a network that was made from a family; ``None`` for another.

    >>> from netledger.catalogue import load
    >>> found = symbolic_totals(load("gpt2"))
    >>> str(found.parameters), str(found.macs)
    ('P·d + V·d + L·(12·d² + 13·d) + 2·d', 'S·(V·d + L·12·d²) + S²·L·2·d')
    >>> str(found.decode), found.fixed
    ('V·d + L·(2·T·d + 12·d²)', ())
    """
    if not isinstance(network.meta.get("family"), str) or not isinstance(network.meta.get("values"), dict):
        return None
    read = _Read(network, {})
    bounds = {name for bound, _ in (read.sizes.loops.found if read.sizes.loops else []) for name in bound.names()}
    tried, fixed, larger = _tried(network, read, bounds)
    sums = {what: _with_bounds(read, what, larger) for what in read.sums}
    fixed += _counted_otherwise(network, read, sums, larger)
    used = set().union(*[one.names() for one in sums.values() if one is not None])
    sizes = [(symbol, key, value) for symbol, (key, value) in read.sizes.keys.items() if symbol in used]
    if CONTEXT in used:
        sizes.append((CONTEXT, "positions seen, its own too", 0))
    return Symbolic(
        sizes, sums["parameters"], sums["macs"], sums["decode"], [name for name in tried if name in used],
        [name for name in fixed if name in used],
    )  # fmt: skip


def _tried(network: Network, read: _Read, bounds: set[str]) -> tuple[list[str], list[str], dict[str, list[_Read]]]:
    """The symbols whose other values give the same formula, those whose give another, and the loops' longer reads."""
    tried: list[str] = []
    fixed: list[str] = []
    larger: dict[str, list[_Read]] = {}
    for symbol in bounds:
        others = [other for factor in (2, 3) if (other := _at(network, [symbol], factor)) is not None]
        same = len(others) == 2 and all(_alike_turns(read, other) for other in others)
        larger[symbol] = others if same else []
        if others:
            (tried if same else fixed).append(symbol)
    rest = [symbol for symbol in read.sizes.keys if symbol not in bounds and not _counts_layers(read, symbol)]
    together = _at(network, rest, 2)
    if together is not None and together.sums == read.sums:
        return tried + rest, fixed, larger
    for symbol in rest:
        other = _at(network, [symbol], 2) or _at(network, [symbol], 3)
        if other is not None:
            (tried if other.sums == read.sums else fixed).append(symbol)
    return tried, fixed, larger


def _at(network: Network, symbols: Sequence[str], factor: int) -> _Read | None:
    try:
        return _Read(network, dict.fromkeys(symbols, factor))
    except NetledgerError:
        return None


def _counts_layers(read: _Read, symbol: str) -> bool:
    return not _LAYERS.isdisjoint(read.sizes.keys[symbol][0].split("_"))


def _alike_turns(read: _Read, other: _Read) -> bool:
    """Whether a longer loop has the same sorts of turns, the rest being equal."""
    for what, one in read.sums.items():
        theirs = other.sums[what]
        if one is None or theirs is None:
            if one is not theirs:
                return False
            continue
        if one[0] != theirs[0] or [set(sorts) for _, sorts in one[1]] != [set(sorts) for _, sorts in theirs[1]]:
            return False
    return True


def _with_bounds(read: _Read, what: str, larger: dict[str, list[_Read]]) -> Sum | None:
    found = read.sums[what]
    if found is None:
        return None
    loops, outside = [], found[0]
    for number, (bound, sorts) in enumerate(found[1]):
        for turn, count in sorts.items():
            if turn.terms and len(sorts) == 2 and _is_one_of(sorts, turn):
                other = next(one for one in sorts if one is not turn)
                outside = outside.plus(turn.plus(other, -1))  # the first layer has something more
            elif turn.terms and len(sorts) == 2 and any(_is_one_of(sorts, one) for one in sorts):
                loops.append((bound, turn))
            elif turn.terms:
                times = bound if len(sorts) == 1 else _times(read, what, number, turn, count, larger)
                loops.append((times, turn))
    return Sum(outside, loops)


def _is_one_of(sorts: dict[Polynomial, int], turn: Polynomial) -> bool:
    """Whether a loop has one turn of this sort and several of another that have all of it but something more."""
    other = next(one for one in sorts if one is not turn)
    return sorts[turn] == 1 and sorts[other] > 1 and all(ratio[0] > 0 for ratio in turn.plus(other, -1).terms.values())


def _counted_otherwise(
    network: Network, read: _Read, sums: dict[str, Sum | None], larger: dict[str, list[_Read]]
) -> list[str]:
    """The sizes that seem to say how many layers are of a sort, and do not once they are twice as large."""
    wrong = []
    for symbol in read.sizes.keys:
        if (
            symbol in larger
            or not _counts_layers(read, symbol)
            or not any(one and symbol in one.names() for one in sums.values())
        ):
            continue
        other = _at(network, [symbol], 2)
        values = {} if other is None else {name: value for name, (_, value) in other.sizes.keys.items()}
        for what, one in sums.items():
            if other is not None and one is not None and one.at(values) != _whole(other.sums[what], values):
                wrong.append(symbol)
                break
    return wrong


def _whole(found: tuple[Polynomial, Counts] | None, values: dict[str, int]) -> int | None:
    """What a total is worth by its turns as they were counted."""
    if found is None:
        return None
    turns = [(constant(count), turn) for _, sorts in found[1] for turn, count in sorts.items()]
    return Sum(found[0], turns).at(values)


def _times(
    read: _Read, what: str, number: int, turn: Polynomial, count: int, larger: dict[str, list[_Read]]
) -> Polynomial:
    """How many turns of a loop are of one sort: ``L - k``, ``L/4``; a bare number where longer loops do not tell."""
    found = read.sums[what]
    assert found is not None
    bound = found[1][number][0]
    names = bound.names()
    others = larger.get(next(iter(names)), []) if len(names) == 1 and bound == variable(next(iter(names))) else []
    seen = [other.sums[what][1][number][1].get(turn, 0) for other in others]  # type: ignore[index]
    if len(seen) < 2 or seen[1] - seen[0] != seen[0] - count:
        return constant(count)
    length = read.sizes.keys[next(iter(names))][1]
    growth, rest = seen[0] - count, count - (seen[0] - count)
    return _scaled(bound, growth, length).plus(_named_rest(read, abs(rest)), 1 if rest > 0 else -1)


def _scaled(bound: Polynomial, growth: int, length: int) -> Polynomial:
    from netledger.formula.value import reduced

    if not growth:
        return constant(0)
    return bound.times(Polynomial({(): reduced(growth, length)}))


def _named_rest(read: _Read, rest: int) -> Polynomial:
    """A number of layers by the size that says it, where exactly one does."""
    named_so = [name for name, (_, value) in read.sizes.keys.items() if value == rest and _counts_layers(read, name)]
    return variable(named_so[0]) if rest and len(named_so) == 1 else constant(rest)


_LAYERS = frozenset(("layer", "layers", "dense", "first"))


class Thumb(Record):
    """The rule of thumb ``12·L·d²``: what it gives, what is outside the blocks, what one block has and the rule's."""

    __slots__ = ("rule", "value", "total", "outside", "block", "block_value", "block_rule")
    rule: str
    value: int
    total: int
    outside: int
    block: str
    block_value: int
    block_rule: int

    def __init__(
        self, rule: str, value: int, total: int, outside: int, block: str, block_value: int, block_rule: int
    ) -> None:
        self._fill(rule, value, total, outside, block, block_value, block_rule)


def rule_of_thumb(found: Symbolic) -> Thumb | None:
    """``12·L·d²`` for a stack of blocks of one sort: four matrices of ``d²`` for attention, eight for what follows.

    Source: Kaplan et al. 2020 (arXiv:2001.08361), table 1.

    >>> from netledger.catalogue import load
    >>> thumb = rule_of_thumb(symbolic_totals(load("gpt2")))
    >>> thumb.rule, thumb.value, thumb.outside, thumb.block, thumb.block_value
    ('12·L·d²', 84934656, 39385344, '12·d² + 13·d', 7087872)
    """
    values = {symbol: value for symbol, _, value in found.sizes}
    whole = found.parameters
    if whole is None or len(whole.loops) != 1 or not {"L", "d"} <= set(values):
        return None
    times, turn = whole.loops[0]
    total, outside, block = whole.at(values), whole.outside.at(values), turn.at(values)
    if times != variable("L") or total is None or outside is None or block is None or "E" in turn.names():
        return None
    each = 12 * values["d"] ** 2
    return Thumb("12·L·d²", values["L"] * each, total, outside, written(turn), block, each)


# ---------------------------------------------------------------------- writing


def written_sum(found: Sum) -> str:
    """``P·d + V·d + L·(12·d² + 13·d) + 2·d``; what is multiplied by positions is written by their powers."""
    powers = sorted({_power(monomial) for terms in _all_terms(found) for monomial in terms.terms})
    if powers in ([], [0]):
        return _plain(found)
    parts = []
    for power in powers:
        one = Sum(_of_power(found.outside, power), [(times, _of_power(turn, power)) for times, turn in found.loops])
        text = _plain(one)
        name = (
            "" if not power else POSITIONS if power == 1 else POSITIONS + "²" if power == 2 else f"{POSITIONS}^{power}"
        )
        several = " + " in text or " - " in text
        parts.append(text if not name else f"{name}·({text})" if several else f"{name}·{text}")
    return " + ".join(parts)


def _all_terms(found: Sum) -> list[Polynomial]:
    return [found.outside, *[turn for _, turn in found.loops]]


def _power(monomial: Monomial) -> int:
    return dict(monomial).get(POSITIONS, 0)


def _of_power(terms: Polynomial, power: int) -> Polynomial:
    return Polynomial(
        {
            tuple([item for item in monomial if item[0] != POSITIONS]): ratio
            for monomial, ratio in terms.terms.items()
            if _power(monomial) == power
        }
    )


def _plain(found: Sum) -> str:
    large = Polynomial({m: ratio for m, ratio in found.outside.terms.items() if len(m) > 1})
    small = Polynomial({m: ratio for m, ratio in found.outside.terms.items() if len(m) <= 1})
    pieces = [written(large)] if large.terms else []
    for times, turn in found.loops:
        if turn.terms and times.terms:
            head, body = written(times), written(turn)
            head = f"({head})" if len(times.terms) > 1 else head
            pieces.append(f"{head}·({body})" if len(turn.terms) > 1 else f"{head}·{body}" if body != "1" else head)
    if small.terms:
        pieces.append(written(small))
    return " + ".join(pieces).replace("+ -", "- ") or "0"
