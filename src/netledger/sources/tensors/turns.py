"""Equal blocks of a file's tensors: ``layers.0.…``, ``layers.1.…`` hold the same, so that one of them is looked at."""

from __future__ import annotations

from itertools import groupby

from netledger.network import Layer, Run, Tensor
from netledger.records import Record, Rolled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence
    from typing import Any

LEAST_TURNS = 2
_NOTHING: Mapping[str, Any] = {}


class Turns(Record):
    """Blocks whose numbers follow each other, and which hold the same tensors in the same order.

    ``places`` are those of the first block's tensors among all; in every name the number stands behind ``prefix``.
    """

    __slots__ = ("prefix", "first", "times", "places")
    prefix: str
    first: int
    times: int
    places: tuple[int, ...]

    def __init__(self, prefix: str, first: int, times: int, places: tuple[int, ...]) -> None:
        self._fill(prefix, first, times, places)

    @property
    def block(self) -> str:
        """What the paths of the first block begin with."""
        return f"{self.prefix}{self.first}"

    def run(self, layers: tuple[Layer, ...]) -> Run:
        """All of them, made of the first block's layers."""
        width = len(self.block)

        def make(number: int) -> list[Layer]:
            here = f"{self.prefix}{number}"
            return [
                Layer(
                    here + layer.path[width:], layer.kind, _NOTHING, (), (),
                    tuple([
                        Tensor(here + tensor.name[width:], tensor.role, tensor.shape, tensor.dtype, tensor.trainable,
                               None, tensor.elements, tensor.nbytes)
                        for tensor in layer.tensors
                    ]),
                    meta=_NOTHING,
                )
                for layer in layers
            ]  # fmt: skip

        return Run(layers, self.times, self.prefix, self.first, make)


def turns_in(names: Sequence[str], kinds: Sequence[Hashable], *, in_order: bool) -> tuple[list[int], list[Turns]]:
    """The places of the tensors that are to be looked at, and the blocks that are like the first of them.

    ``in_order``: where blocks and their tensors do not follow each other, they are not taken together.

    >>> names = ["wte"] + [f"h.{i}.{what}" for i in range(9) for what in ("w", "b")]
    >>> places, (turns,) = turns_in(names, [name[-1] for name in names], in_order=True)
    >>> places, turns
    ([0, 1, 2], Turns(prefix='h.', first=0, times=9, places=(1, 2)))
    """
    blocks = _blocks(names)
    found, repeated = [], set[int]()
    for prefix, numbered in blocks.items():
        for first, alike in _alike(prefix, numbered, names, kinds, in_order):
            found.append(Turns(prefix, first, len(alike), tuple(alike[0])))
            for places in alike[1:]:
                repeated.update(places)
    if not found:
        return [], []
    return [place for place in range(len(names)) if place not in repeated], found


def _blocks(names: Sequence[str]) -> dict[str, dict[str, list[int]]]:
    """``what stands before the first number of a path → number → places of the names``."""
    blocks: dict[str, dict[str, list[int]]] = {}
    here, held = "\0", list[int]()
    for place, name in enumerate(names):
        if name.startswith(here):
            held.append(place)
            continue
        parts = name.split(".")
        at = next((i for i, part in enumerate(parts[:-1]) if part.isdecimal()), 0)
        if at:  # a number that stands first is no block of anything
            before = ".".join(parts[:at]) + "."
            here = f"{before}{parts[at]}."
            held = blocks.setdefault(before, {}).setdefault(parts[at], [])
            held.append(place)
    return blocks


def _alike(
    prefix: str, numbered: dict[str, list[int]], names: Sequence[str], kinds: Sequence[Hashable], in_order: bool
) -> Iterator[tuple[int, list[list[int]]]]:
    """Runs of equal blocks: the first one's number, and the places of each block's tensors."""
    numbers = sorted([int(number) for number in numbered if number.isascii() and str(int(number)) == number])
    run: list[list[int]] = []
    first, known = 0, ([""], [kinds[0]])
    for number in numbers:
        places, end = numbered[str(number)], len(prefix) + len(str(number))
        begin, behind = places[0], places[-1] + 1
        together = behind - begin == len(places)
        if together:
            held = [name[end:] for name in names[begin:behind]], [*kinds[begin:behind]]
        else:
            held = [names[place][end:] for place in places], [kinds[place] for place in places]
        follows = bool(run) and number == first + len(run) and held == known
        if not follows or (in_order and begin != run[-1][-1] + 1):
            if len(run) >= LEAST_TURNS:
                yield first, run
            first, run, known = number, [], held
        if together or not in_order:
            run.append(places)
    if len(run) >= LEAST_TURNS:
        yield first, run


def rolled(layers: Sequence[Layer], turns: Sequence[Turns]) -> Rolled | None:
    """The layers, those of first blocks standing for all of their blocks; ``None`` where others stand among them."""
    left = {each.block: each for each in turns}
    parts: list[Layer | Run] = []
    for block, held in groupby(layers, lambda layer: _block_of(layer.path)):
        own, found = left.pop(block, None), tuple(held)
        parts += found if own is None else (own.run(found),)
    paths = [part.path for part in parts if isinstance(part, Layer)]
    apart = {each.block for each in turns}.isdisjoint(map(_block_of, paths))
    return Rolled(tuple(parts)) if apart and not left else None


def _block_of(path: str) -> str:
    """``layers.7`` of ``layers.7.attn.q``: as far as its first number; empty where it has none."""
    parts = path.split(".")
    at = next((i for i, part in enumerate(parts) if part.isdecimal()), -1)
    return ".".join(parts[: at + 1])
