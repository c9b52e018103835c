"""Which rows a ledger's table has: one an entry, repeated blocks folded into one (``×3``), or groups to some depth.

>>> from netledger.ledger import keep_books
>>> from netledger.network import Layer, Network
>>> layers = [Layer("image", "input", {"shape": (8,)})]
>>> layers += [Layer(f"blocks.{i}.fc", "linear", {"out_features": 8}, (layers[-1].path,)) for i in range(3)]
>>> [(line.path, line.repeat) for line in lines_of(keep_books(Network("n", layers)).entries)]
[('image', 1), ('blocks.0–2.fc', 3)]
"""

from __future__ import annotations

from itertools import groupby

from netledger.ledger.books import Stretch
from netledger.records import Record, become
from netledger.unknown import sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from operator import attrgetter
    from typing import Any

    from netledger.ledger import Entry, Ledger
    from netledger.network import Run
    from netledger.unknown import Count, Unknown
if not TYPE_CHECKING:
    from _operator import attrgetter  # as in netledger.network


class Folded(Record, many=True):
    """One row to be: its path, the entries it sums (one, or those of a group), how often all that is there.

    ``run`` are the turns that it stands for, whose numbers follow each other at one depth of the path.
    """

    __slots__ = ("path", "entries", "repeat", "run")
    path: str
    entries: tuple[Entry, ...]
    repeat: int
    run: Run | None

    def __init__(self, path: str, entries: tuple[Entry, ...], repeat: int = 1, run: Run | None = None) -> None:
        folded = type(self)
        become(self, folded.Draft)
        self.path, self.entries, self.repeat, self.run = path, entries, repeat, run
        become(self, folded)

    def turns(self, depth: int) -> int:
        """How many neighbours it stands for at this depth of the path."""
        return self.run.times if self.run is not None and self.run.prefix.count(".") == depth else 1

    @property
    def entry(self) -> Entry | None:
        """Its only entry; ``None`` where it is a group."""
        return self.entries[0] if len(self.entries) == 1 else None

    def sum(self, what: str) -> int | Unknown | Count:
        """What its entries hold together, repeats included: an integer, an Unknown, or a Count with Unknowns in it."""
        if len(self.entries) == 1:
            value: int | Unknown = getattr(self.entries[0], what)
            return value * self.repeat if isinstance(value, int) else value
        return sum_up(getattr(entry, what) for entry in self.entries) * self.repeat


def lines_of(entries: Sequence[Entry], *, depth: int | None = None, fold: bool = True) -> list[Folded]:
    """The rows of a table of these entries: grouped below ``depth`` path parts, repeats folded where ``fold``."""
    lines = [Folded(entry.layer.path, (entry,)) for entry in entries]
    if depth is not None:
        lines = _grouped(lines, depth)
    return list(_folded(lines, [line.path.split(".") for line in lines], 0)) if fold else lines


def rows_of(ledger: Ledger) -> list[Folded]:
    """The rows of a whole ledger's table, repeats folded; what its books hold once is looked at once."""
    rolled = ledger.rolled
    if rolled is None:
        return lines_of(ledger.entries)
    lines = []
    for part in rolled.parts:
        if not isinstance(part, Stretch):
            lines.append(Folded(part.layer.path, (part,)))
        elif _folds(part.turns):
            lines += [Folded(entry.layer.path, (entry,), run=part.turns) for entry in part.items]
        else:
            lines += [Folded(entry.layer.path, (entry,)) for entry in part.unrolled()]
    return list(_folded(lines, [line.path.split(".") for line in lines], 0))


def _folds(run: Run) -> bool:
    """Whether the turns of a run are neighbours that share a row."""
    depth = run.prefix.count(".")
    return all(_number(layer.path.split("."), depth) is not None for layer in run.items)


_CROWDED = 24
"""A group of more rows than this is divided by the next part of the path, where that divides it."""


def grouped(lines: Sequence[Folded], depth: int = 1) -> list[tuple[str, list[Folded]]]:
    """Neighbours of one path prefix as (prefix, rows); rows that stand alone together under no name.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> [(name, len(rows)) for name, rows in grouped(lines_of(keep_books(load("resnet18")).entries))][2:4]
    [('layer2', 16), ('layer3', 16)]
    """
    runs: list[tuple[str, list[Folded]]] = []
    for line in lines:
        parts = line.path.split(".")
        prefix = ".".join(parts[:depth]) if len(parts) > depth else ""
        if runs and runs[-1][0] == prefix:
            runs[-1][1].append(line)
        else:
            runs.append((prefix, [line]))
    found: list[tuple[str, list[Folded]]] = []
    for prefix, inside in runs:
        inner = grouped(inside, depth + 1) if prefix and len(inside) > _CROWDED else []
        if len(inner) > 1:
            found += [(name or (prefix if len(rows) > 1 else ""), rows) for name, rows in inner]
        else:
            found.append((prefix if len(inside) > 1 else "", inside))
    return found


def _grouped(lines: list[Folded], depth: int) -> list[Folded]:
    """Lines of one path prefix together, where the prefix first appears."""
    groups: dict[str, list[Entry]] = {}
    for line in lines:
        groups.setdefault(".".join(line.path.split(".")[:depth]), []).extend(line.entries)
    return [Folded(path, tuple(entries)) for path, entries in groups.items()]


def _folded(lines: list[Folded], parts: list[list[str]], depth: int) -> Iterator[Folded]:
    """``lines`` with runs of equal neighbours ``name.0``, ``name.1``, … at this depth of the path folded."""
    blocks = _blocks(parts, depth)
    i = 0
    while i < len(blocks):
        start, end = blocks[i]
        last = i + 1
        numbered = _number(parts[start], depth)
        repeat = lines[start].turns(depth)
        if numbered is not None:
            shown: list[tuple[Any, ...]] = []
            while last < len(blocks) and _follows(numbered, _number(parts[blocks[last][0]], depth), repeat):
                shown = shown or _shown(lines, parts, blocks[i], depth)
                if _shown(lines, parts, blocks[last], depth) != shown:
                    break
                repeat += lines[blocks[last][0]].turns(depth)
                last += 1
        below = any(_turns_below(line, depth) > 1 for line in lines[start:end])
        if repeat == 1 and end - start == 1 and not below:
            yield lines[start]
            i = last
            continue
        inner = lines[start:end]
        names = parts[start:end]
        if repeat > 1 and numbered is not None:
            label = f"{numbered[0]}{numbered[1]}–{numbered[1] + repeat - 1}"
            names = [[*name[:depth], label, *name[depth + 1 :]] for name in names]
            inner = [
                Folded(".".join(n), line.entries, line.repeat * repeat, None if line.turns(depth) > 1 else line.run)
                for n, line in zip(names, inner, strict=True)
            ]
        if not all(len(name) > depth + 1 for name in names):
            yield from _unrolled(inner, depth) if below else inner
        else:
            yield from _folded(inner, names, depth + 1) if below or len(inner) > 1 else inner
        i = last


def _unrolled(lines: list[Folded], depth: int) -> Iterator[Folded]:
    """The rows of every turn of runs below this depth, where they are not folded."""
    for run, held in groupby(lines, lambda line: line.run if _turns_below(line, depth) > 1 else None):
        if run is None:
            yield from held
            continue
        turn, (above, _, head) = list(held), run.prefix.rpartition(".")
        place = len(above.split(".")) if above else 0
        entries = Stretch(tuple([line.entries[0] for line in turn]), run).unrolled()
        for i, entry in enumerate(entries):
            line = turn[i % len(turn)]
            parts = line.path.split(".")
            parts[place] = f"{head}{run.first + i // len(turn)}"
            yield Folded(".".join(parts), (entry,), line.repeat)


def _blocks(parts: list[list[str]], depth: int) -> list[tuple[int, int]]:
    """Runs of neighbours with one name at this depth, as (start, end)."""
    if not parts:
        return []
    names = [part[depth] if depth < len(part) else None for part in parts]
    starts = [0, *[i for i in range(1, len(names)) if names[i] != names[i - 1]]]
    return list(zip(starts, [*starts[1:], len(parts)], strict=True))


def _number(parts: list[str], depth: int) -> tuple[str, int] | None:
    """A numbered name at this depth as (what precedes the number, number); of a leaf only where it is all number."""
    if len(parts) <= depth:
        return None
    name = parts[depth]
    leaf = len(parts) == depth + 1
    if not name[-1:].isdigit() or (leaf and not name[0].isdigit()):
        return None
    head = name.rstrip("0123456789")
    digits = name[len(head) :]
    if not digits or (leaf and head) or len(digits) > 9 or str(int(digits)) != digits:
        return None
    return head, int(digits)


def _follows(first: tuple[str, int], other: tuple[str, int] | None, distance: int) -> bool:
    return other is not None and other[0] == first[0] and other[1] == first[1] + distance


def _shown(lines: list[Folded], parts: list[list[str]], block: tuple[int, int], depth: int) -> list[tuple[Any, ...]]:
    """All that is shown of a block's layers, and their paths below this depth: what is equal in it can be one row."""
    start, end = block
    return [
        (name[depth + 1 :], line.repeat, _turns_below(line, depth), [_seen(entry) for entry in line.entries])
        for line, name in zip(lines[start:end], parts[start:end], strict=True)
    ]


def _turns_below(line: Folded, depth: int) -> int:
    return line.run.times if line.run is not None and line.run.prefix.count(".") > depth else 1


_OF_LAYER = attrgetter("kind", "type", "attributes", "trainable", "dtype")
_OF_ENTRY = attrgetter(
    "weights", "biases", "frozen", "buffers", "macs", "outputs", "inputs", "bytes", "unknown"
)  # fmt: skip
_OF_TENSOR = attrgetter("role", "shape", "dtype")


def _seen(entry: Entry) -> tuple[Any, ...]:
    layer, evidence, meta = entry.layer, entry.evidence, entry.layer.meta
    return (
        _OF_LAYER(layer), _OF_ENTRY(entry), entry.tied_to is None, [*map(_OF_TENSOR, entry.tensors)],
        meta.get("device") if meta else None, [each.agrees for each in evidence] if evidence else None,
    )  # fmt: skip


def likeness(entry: Entry) -> Hashable:
    """What decides all that a row can show of an entry but names and attributes; ``None`` where something is said of
    this one alone.

    Like entries have their figures from one (``entry_like`` of the books): objects are taken for equal where they are
    the same. Two that are equal by accident are told apart, never two that differ taken for one.
    """
    layer = entry.layer
    if layer.meta or entry.tied_to is not None:
        return None
    if entry.evidence and not all(evidence.agrees for evidence in entry.evidence):
        return None
    return (
        id(entry.effect), id(entry.weights), id(entry.biases), id(entry.frozen), id(entry.buffers), id(entry.macs),
        id(entry.bytes), id(entry.unknown), id(entry.outputs), entry.inputs, len(entry.evidence),
        layer.kind, layer.type, layer.trainable, layer.dtype,
        tuple([(tensor.role, tensor.shape, tensor.dtype, tensor.elements is None) for tensor in entry.tensors]),
    )  # fmt: skip
