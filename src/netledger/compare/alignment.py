"""Matching the layers of two networks: by name, role and position, keeping the order.

The best order-preserving matching is found by dynamic programming over a score of every possible match; networks too
large for that are cut first, at layers of the same name or at layers that are built alike, whichever scores better,
then in proportion. Layers left over on both sides
that are the same in another place (normalisation behind the pool instead of before it) are matched at the end.
"""

from __future__ import annotations

from itertools import accumulate

from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.compare.units import Unit

    Match = tuple[Unit | None, Unit | None]
    Keys = Callable[[Sequence[Unit]], list[Any]]

MOST_SCORES = 400_000
"""Most pairs of layers that are scored at once (a second or so)."""
_MOVED_BY = 4
"""How many layers further a layer may stand and still be the same one, moved."""


def aligned(left: Sequence[Unit], right: Sequence[Unit]) -> list[tuple[Unit | None, Unit | None, bool]]:
    """Every unit of both, matched or alone, in an order that keeps both networks' orders; whether it has moved."""
    return _by_name(left, right) or _moved(_aligned(left, right))


def _by_name(left: Sequence[Unit], right: Sequence[Unit]) -> list[tuple[Unit | None, Unit | None, bool]]:
    """Files of tensors have names and no order: matched by name alone, where half of the names are in both."""
    if not any(units and all(unit.kind == "tensors" for unit in units) for units in (left, right)):
        return []
    ours, theirs = ({unit.name: unit for unit in units} for units in (left, right))
    common = ours.keys() & theirs.keys()
    if 2 * len(common) < min(sum([bool(unit.counts) for unit in units]) for units in (left, right)):
        return []
    here: list[tuple[Unit | None, Unit | None, bool]] = [(unit, theirs.get(name), False) for name, unit in ours.items()]
    return here + [(None, unit, False) for name, unit in theirs.items() if name not in common]


def _aligned(left: Sequence[Unit], right: Sequence[Unit]) -> list[Match]:
    """The best matching. What is the same at both beginnings and at both ends matches itself: nothing scores as high
    as the same layer under the same name, and only one has that.
    """
    shorter = min(len(left), len(right))
    start = end = 0
    while start < shorter and _is_same(left[start], right[start]):
        start += 1
    while end < shorter - start and _is_same(left[-1 - end], right[-1 - end]):
        end += 1
    inner = left[start : len(left) - end], right[start : len(right) - end]
    if len(inner[0]) * len(inner[1]) <= MOST_SCORES:
        between = _best(*inner)
    else:
        between = max((_cut(*inner, keys) for keys in (_named, _built)), key=_score)
    head = zip(left[:start], right[:start], strict=True)
    return [*head, *between, *zip(left[len(left) - end :], right[len(right) - end :], strict=True)]


def _is_same(one: Unit, other: Unit) -> bool:
    if one.paths[0] != other.paths[0] or one.kind != other.kind:
        return False
    here, there = _Key(one), _Key(other)
    return here.alike == there.alike


def _cut(left: Sequence[Unit], right: Sequence[Unit], keys: Keys) -> list[Match]:
    """The matching where units of the same key are anchors and the best is found between them."""
    matches: list[Match] = []
    i = j = 0
    for a, b in _anchors(keys(left), keys(right)):
        matches += _between(left[i:a], right[j:b])
        matches.append((left[a], right[b]))
        i, j = a + 1, b + 1
    return matches + _between(left[i:], right[j:])


def _score(matches: list[Match]) -> int:
    return sum([_Key(one).score(_Key(other)) for one, other in matches if one is not None and other is not None])


def _named(units: Sequence[Unit]) -> list[Any]:
    return [(unit.name, unit.kind) for unit in units]


def _built(units: Sequence[Unit]) -> list[Any]:
    """What a unit is built like, and how many such there are before it."""
    before: dict[Any, int] = {}
    keys = []
    for unit in units:
        key = _Key(unit)
        alike = (unit.kind, key.learned, key.values, key.channels, key.space)
        before[alike] = before.get(alike, -1) + 1
        keys.append((alike, before[alike]))
    return keys


def _between(left: Sequence[Unit], right: Sequence[Unit]) -> list[Match]:
    """Two stretches without a common name: the best matching; of long ones piece by piece, cut in proportion."""
    pieces = min(-(-len(left) * len(right) // MOST_SCORES), len(left), len(right)) or 1
    matches: list[Match] = []
    for i in range(pieces):
        ours = left[i * len(left) // pieces : (i + 1) * len(left) // pieces]
        theirs = right[i * len(right) // pieces : (i + 1) * len(right) // pieces]
        matches += _best(ours, theirs)
    return matches


def _anchors(left: list[Any], right: list[Any]) -> list[tuple[int, int]]:
    """Places of the same key, the longest run of them that keeps both orders."""
    from bisect import bisect_left

    where = {key: j for j, key in enumerate(right)}
    pairs = [(i, where[key]) for i, key in enumerate(left) if key in where]
    ends: list[int] = []
    chain: list[tuple[int, int]] = []
    before: dict[int, int] = {}
    for at, (_, j) in enumerate(pairs):
        place = bisect_left(ends, j)
        before[at] = chain[place - 1][1] if place else -1
        ends[place : place + 1] = [j]
        chain[place : place + 1] = [(j, at)]
    found: list[tuple[int, int]] = []
    at = chain[-1][1] if chain else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _best(left: Sequence[Unit], right: Sequence[Unit]) -> list[Match]:
    """The order-preserving matching of highest score."""
    keys = [_Key(unit) for unit in right]
    places: dict[str, list[int]] = {}
    for j, key in enumerate(keys):
        places.setdefault(key.name, []).append(j)
    known: dict[Any, list[int]] = {}  # what is alike scores alike, but for the names
    best = [[0] * (len(right) + 1)]
    for unit in left:
        key, above = _Key(unit), best[-1]
        scores = known.get(key.alike)
        if scores is None:
            scores = known[key.alike] = [key.score(other, named=False) if _fits(key, other) else 0 for other in keys]
        named = [j for j in places.get(key.name, ()) if scores[j]]
        if named:
            scores = scores.copy()
            for j in named:
                scores[j] = key.score(keys[j])
        matched = map(int.__add__, above, scores)  # one that does not fit adds nothing to what is above and before it
        best.append([0, *accumulate(map(max, above[1:], matched), max)])
    return _path(left, right, best)


def _path(left: Sequence[Unit], right: Sequence[Unit], best: list[list[int]]) -> list[Match]:
    """The matching that led to the best score, read back from the end."""
    matches: list[Match] = []
    i, j = len(left), len(right)
    while i or j:
        if i and j and best[i][j] not in (best[i - 1][j], best[i][j - 1]):
            i, j = i - 1, j - 1
            matches.append((left[i], right[j]))
        elif j and (not i or best[i][j] == best[i][j - 1]):
            j -= 1
            matches.append((None, right[j]))
        else:
            i -= 1
            matches.append((left[i], None))
    return matches[::-1]


def _fits(one: _Key, other: _Key) -> bool:
    return one.role == other.role or {one.role, other.role} == _INTERCHANGED


_INTERCHANGED = {"convolution", "linear"}
"""Roles that may stand for each other: a fully connected layer kept as a convolution."""


class _Key:
    """What the score looks at, worked out once a unit."""

    __slots__ = ("alike", "channels", "digits", "last", "learned", "name", "role", "space", "values")

    def __init__(self, unit: Unit) -> None:
        self.role = unit.role
        self.name = unit.paths[0]
        self.last = _letters(unit.paths[0].replace("/", ".").rpartition(".")[2])
        self.digits = "".join([c for c in self.last if c.isdigit()])
        self.learned = unit.counts
        self.values = tuple([unit.attributes.get(name) for name in ("kernel_size", "stride", "out_features")])
        known = unit.output is not None and not isinstance(unit.output, Unknown) and len(unit.output) > 0
        self.channels = unit.output[0] if known else None  # type: ignore[index]
        self.space = unit.output[1:] if known else None  # type: ignore[index]
        self.alike = (self.role, self.last, self.learned, self.values, self.channels, self.space)

    def score(self, other: _Key, named: bool = True) -> int:
        """How likely the two are the same layer; more for layers that count something."""
        score = 40 if self.learned and other.learned else 10
        if self.role != other.role:
            score = 12
        if named and self.name == other.name:
            score += 12
        elif self.last == other.last:
            score += 8
        elif self.digits and self.digits == other.digits:
            score += 4
        score += 4 * (self.values == other.values)
        score += 3 * (self.channels is not None and self.channels == other.channels)
        return score + 6 * (self.space is not None and self.space == other.space)


def _letters(name: str) -> str:
    return "".join([c for c in name.lower() if c.isalnum()])


def _moved(matches: list[Match]) -> list[tuple[Unit | None, Unit | None, bool]]:
    """Layers that are alone on both sides, the same but in another place nearby, matched where the left one stands."""
    alone = {place: unit for place, (one, unit) in enumerate(matches) if one is None and unit is not None}
    result = [(one, other, False) for one, other in matches]
    gone: set[int] = set()
    for place, (unit, other) in enumerate(matches):
        if unit is None or other is not None:
            continue
        for there in range(place - _MOVED_BY, place + _MOVED_BY + 1):
            candidate = alone.get(there)
            if candidate is not None and candidate.kind == unit.kind and candidate.weights == unit.weights:
                result[place] = (unit, candidate, True)
                gone.add(there)
                del alone[there]
                break
    return [match for place, match in enumerate(result) if place not in gone]
