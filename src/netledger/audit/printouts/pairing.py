"""Which layer, module or tensor of the network given each row is: by name, else by kind, count and order."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.printouts.given import GivenNetwork, Owned
    from netledger.audit.printouts.printout import Printout, Row

STACKED = ("lstm", "gru", "rnn")
"""Kinds of layers of which one module has several, one above the other."""
MOST_DROPPED = 3
"""Names before a row's own that a wrapper may add: ``model.``, ``module.``."""
LEAST_NAMED = 0.5
"""Share of the rows that must be found by name."""


class RowPair:
    """A row with what the network says of it: ``counts`` that may be printed, the likeliest first; whose they are."""

    __slots__ = ("counts", "name", "row")

    def __init__(self, row: Row, counts: tuple[int, ...], name: str) -> None:
        self.row, self.counts, self.name = row, counts, name

    def __repr__(self) -> str:
        return f"<{self.row.line_no} {self.name} {self.counts}>"


def pairs_of(printout: Printout, given: GivenNetwork) -> dict[int, RowPair]:
    """The rows that were found in the network, by their index."""
    rows = {i: row for i, row in enumerate(printout.rows) if _counts(row)}
    zeros = {i: row for i, row in enumerate(printout.rows) if row.name and row.count is not None and i not in rows}
    named = _by_name(rows | zeros, printout, given)
    if len(named) >= LEAST_NAMED * len(rows):
        return named
    if printout.tool in ("tensors", "fvcore"):
        return _in_order(rows, given)
    return _by_kind(rows, printout, given)


def _counts(row: Row) -> bool:
    return (row.count is not None and row.count.value > 0) or row.shape is not None


def _by_name(rows: dict[int, Row], printout: Printout, given: GivenNetwork) -> dict[int, RowPair]:
    keras = printout.tool == "keras"
    best: dict[int, RowPair] = {}
    names = {i: row.name for i, row in rows.items()}
    known = any("." in name or (name and name in given.modules) for name in names.values())
    if printout.tool in ("torchinfo", "torchsummary") or not (known or printout.tool == "lightning"):
        return {}
    for dropped in range(MOST_DROPPED + 1):
        found = {}
        for i, name in names.items():
            counts = given.counts_of(name, keras)
            if counts:
                found[i] = RowPair(rows[i], counts, name)
        if _better(found, best):
            best = found
        firsts = {name.partition(".")[0] for i, name in names.items() if name and _counts(rows[i])}
        if len(firsts) != 1 or dropped == MOST_DROPPED:
            break
        first = firsts.pop()
        names = {i: name.partition(".")[2] for i, name in names.items() if name.partition(".")[0] == first}
    return best


def _better(found: dict[int, RowPair], best: dict[int, RowPair]) -> bool:
    """Whether more rows are found, or as many of which more are equal."""

    def equal(pairs: dict[int, RowPair]) -> int:
        counted = [(pair, pair.row.count) for pair in pairs.values()]
        return sum(1 for pair, number in counted if number is not None and any(map(number.fits, pair.counts)))

    return (len(found), equal(found)) > (len(best), equal(best))


def _in_order(rows: dict[int, Row], given: GivenNetwork) -> dict[int, RowPair]:
    """Tensors under other names, where there are as many and most are equal."""
    tensors = list(given.tensors.items())
    if len(tensors) != len(rows):
        return {}
    pairs = {i: RowPair(row, (count,), name) for (i, row), (name, count) in zip(rows.items(), tensors, strict=True)}
    equal = sum(1 for pair in pairs.values() if pair.row.count is not None and pair.row.count.fits(pair.counts[0]))
    return pairs if 2 * equal >= len(rows) else {}


# ---------------------------------------------------------------------- rows without names


class _Kinds:
    """Pairs rows by type and count: first those that are equal, then the others by where they stand between them."""

    def __init__(self, rows: dict[int, Row], printout: Printout, given: GivenNetwork) -> None:
        from netledger.audit.printouts.given import families_of

        self.rows, self.given, self.keras = rows, given, printout.tool == "keras"
        self.all, self.nests = printout.rows, printout.nests
        self.families = {i: families_of(row.type) for i, row in rows.items()}
        self.found: dict[int, RowPair] = {}
        self.place: dict[int, int] = {}
        self.unused = dict(enumerate(given.layers))
        self.by_count: dict[int, list[int]] = {}
        for k, layer in reversed(list(self.unused.items())):
            self.by_count.setdefault(self._count(layer), []).append(k)
        self.modules: dict[str, list[str]] = {}
        for path, type in reversed(list(given.types.items())):
            self.modules.setdefault(type, []).append(path)

    def _count(self, layer: Owned) -> int:
        return layer.own + (layer.statistics if self.keras else 0)

    def _is_kind(self, i: int, k: int) -> bool:
        kind = self.given.layers[k].kind
        return any(kind.startswith(family) or family in kind for family in self.families[i])

    def run(self) -> dict[int, RowPair]:
        rows = {i: row for i, row in self.rows.items() if not row.again}
        holders = {i for i in rows if self._holds_rows(i)}
        for i in holders:
            self._tensors_of_its_own(i, rows[i])
        for i, row in rows.items():
            if i not in self.found and not (self.families[i] and (self._equal(i, row) or self._stacked(i, row))):
                self._module(i, row)
        for i, row in rows.items():
            if i not in self.found and self.families[i] and i not in holders:
                self._between(i, row)
        return self.found

    def _holds_rows(self, i: int) -> bool:
        """Whether rows of its parts stand below a row: then its count is that of its own tensors."""
        below = self.all[i + 1] if i + 1 < len(self.all) else None
        return not self.nests and below is not None and below.depth > self.all[i].depth

    def _take(self, i: int, k: int) -> None:
        layer = self.unused.pop(k)
        self.found[i] = RowPair(self.rows[i], (self._count(layer),), layer.path)
        self.place[i] = k

    def _equal(self, i: int, row: Row) -> bool:
        assert row.count is not None
        there = self.by_count.get(int(row.count.value), []) if row.count.is_exact else []
        for n in range(len(there) - 1, -1, -1):
            if there[n] in self.unused and self._is_kind(i, there[n]):
                self._take(i, there.pop(n))
                return True
        return False

    def _stacked(self, i: int, row: Row) -> bool:
        """One recurrent module of several layers, which the network given has one by one: ``rnn.l0``, ``rnn.l1``."""
        if not set(self.families[i]) & set(STACKED):
            return False
        stacks: dict[str, list[int]] = {}
        for k in [k for k in self.unused if self._is_kind(i, k)]:
            stacks.setdefault(self.given.layers[k].path.rpartition(".")[0], []).append(k)
        rows = sum(1 for j in self.rows if self.families[j] == self.families[i])
        for path, inside in stacks.items():
            count = sum([self._count(self.given.layers[k]) for k in inside])
            alone = len(stacks) == rows == 1
            if path and len(inside) > 1 and (alone or (row.count is not None and row.count.fits(count))):
                self.found[i] = RowPair(row, (count,), path)
                self.place[i] = inside[0]
                for k in inside:
                    del self.unused[k]
                return True
        return False

    def _module(self, i: int, row: Row) -> None:
        """A module of somebody's own, with all that is in it."""
        paths = self.modules.get(row.type, [])
        assert row.count is not None
        for n in range(len(paths) - 1, -1, -1):
            counts = self.given.counts_of(paths[n], self.keras)
            if any(row.count.fits(count) for count in counts):
                path = paths.pop(n)
                self.found[i] = RowPair(row, counts, path)
                for k in [k for k, layer in self.unused.items() if layer.path.startswith(f"{path}.")]:
                    self.place.setdefault(i, k)
                    del self.unused[k]
                return

    def _between(self, i: int, row: Row) -> None:
        """A row that no layer equals: the layer of its kind between those of its neighbours, else the only one left."""
        before = max([k for j, k in self.place.items() if j < i], default=-1)
        after = min([k for j, k in self.place.items() if j > i], default=len(self.given.layers))
        left = [k for k in self.unused if self._is_kind(i, k)]
        inside = [k for k in left if before < k < after]
        if len(inside) == 1 or len(left) == 1:
            self._take(i, (inside or left)[0])
        elif inside:
            self._take(i, inside[0])
        elif len(left) > 1:
            self._take(i, left[0])

    def _tensors_of_its_own(self, i: int, row: Row) -> None:
        """A module with a count though its parts have rows."""
        assert row.count is not None
        paths = self.modules.get(row.type, []) if i else [""]
        owned = {path: self.given.own_of(path) for path in paths}
        equal = [path for path in reversed(paths) if row.count.fits(owned[path])]
        path = next(iter(equal or [path for path in reversed(paths) if owned[path]]), None)
        if path is None:
            return
        self.found[i] = RowPair(row, (owned[path],), path or "the network's own tensors")
        if path:
            paths.remove(path)
        inside = [
            k
            for k, layer in self.unused.items()
            if layer.path == path or (layer.kind == "parameter" and layer.path.rpartition(".")[0] == path)
        ]
        for k in inside:
            del self.unused[k]


def _by_kind(rows: dict[int, Row], printout: Printout, given: GivenNetwork) -> dict[int, RowPair]:
    exact = {i: row for i, row in rows.items() if row.count is not None}
    return _Kinds(exact, printout, given).run()
