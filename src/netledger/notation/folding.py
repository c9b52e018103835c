"""Finding repeated blocks: runs of layers that a ``for`` loop writes once.

A block of L layers repeats when the next L layers have the same paths with one number in each raised by one, do the
same, and read the same values: of their own block, of the block before (loop-carried), or of what stands before it all.
"""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Layer, Network

    Origin = tuple[str, int, int] | tuple[str, str]
    """An input's origin: ``("inside" | "carried", layer in the block, which output)`` or ``("outside", value)``."""


class Block(Record):
    """A repeated block: ``length`` layers from ``start`` on, ``times`` times; ``first`` is the loop variable's start.

    For each layer of the block ``parts`` holds its path as (before, offset of the number to the variable, after) and
    ``origins`` where each of its inputs comes from in the second and later rounds; ``carried`` says which outside value
    stands for a loop-carried one in the first round.
    """

    __slots__ = ("start", "length", "times", "first", "parts", "origins", "carried")
    start: int
    length: int
    times: int
    first: int
    parts: tuple[tuple[str, int, str], ...]
    origins: tuple[tuple[Origin, ...], ...]
    carried: dict[tuple[int, int], str]

    def __init__(
        self, start: int, length: int, times: int, first: int, parts: tuple[tuple[str, int, str], ...],
        origins: tuple[tuple[Origin, ...], ...], carried: dict[tuple[int, int], str],
    ) -> None:  # fmt: skip
        self._fill(start, length, times, first, parts, origins, carried)


class Folding:
    """Looks for blocks in one network."""

    def __init__(self, network: Network) -> None:
        self.layers = network.layers
        self.position = {layer.path: i for i, layer in enumerate(network.layers)}
        self.producer = {
            value: (i, out) for i, layer in enumerate(network.layers) for out, value in enumerate(layer.outputs)
        }
        self.last_use: dict[str, int] = {}
        for i, layer in enumerate(network.layers):
            for value in layer.inputs:
                self.last_use[value] = i
        for value in network.outputs:
            self.last_use[value] = len(network.layers)

    def block_at(self, start: int) -> Block | None:
        """The block that repeats from ``start`` on, the longest-running first; ``None`` where none does."""
        path = self.layers[start].path.split(".")
        best: Block | None = None
        for place, part in enumerate(path):
            if not _is_number(part):
                continue
            raised = ".".join([*path[:place], str(int(part) + 1), *path[place + 1 :]])
            second = self.position.get(raised, -1)
            if second > start:
                block = self.grown(start, second - start, int(part))
                if block is not None and (best is None or block.length * block.times > best.length * best.times):
                    best = block
        return best

    def grown(self, start: int, length: int, first: int) -> Block | None:
        parts = self.parts(start, length, first)
        if parts is None:
            return None
        origins: tuple[tuple[Origin, ...], ...] | None = None
        times = 1
        while start + (times + 1) * length <= len(self.layers):
            if not self.repeats(start, length, times, first, parts):
                break
            here = self.origins(start + times * length, start, length)
            if origins is not None and here != origins:
                break
            if times == 1 and not self.matches_first(start, length, here):
                return None
            origins, times = here, times + 1
        if origins is None or not self.closed(start, length, times):
            return None
        carried = self.carried(start, length, origins)
        return None if carried is None else Block(start, length, times, first, parts, origins, carried)

    def parts(self, start: int, length: int, first: int) -> tuple[tuple[str, int, str], ...] | None:
        """For each layer the number in its path that the next round raises."""
        result = []
        for i in range(start, start + length):
            if i + length >= len(self.layers):
                return None
            here, there = self.layers[i].path.split("."), self.layers[i + length].path.split(".")
            differing = [k for k, (a, b) in enumerate(zip(here, there, strict=False)) if a != b]
            if len(here) != len(there) or len(differing) != 1:
                return None
            k = differing[0]
            if not _is_number(here[k]) or not _is_number(there[k]) or int(there[k]) != int(here[k]) + 1:
                return None
            before, after = ".".join(here[:k]), ".".join(here[k + 1 :])
            result.append((before + "." if before else "", int(here[k]) - first, "." + after if after else ""))
        return tuple(result)

    def repeats(self, start: int, length: int, turn: int, first: int, parts: tuple[tuple[str, int, str], ...]) -> bool:
        for i, (before, offset, after) in enumerate(parts):
            model, layer = self.layers[start + i], self.layers[start + turn * length + i]
            if layer.path != f"{before}{first + turn + offset}{after}" or not _same(model, layer):
                return False
        return True

    def origins(self, here: int, start: int, length: int) -> tuple[tuple[Origin, ...], ...]:
        result: list[tuple[Origin, ...]] = []
        for i in range(length):
            row: list[Origin] = []
            for value in self.layers[here + i].inputs:
                made, out = self.producer.get(value, (-1, 0))
                if here <= made < here + length:
                    row.append(("inside", made - here, out))
                elif start <= here - length <= made < here:
                    row.append(("carried", made - here + length, out))
                else:
                    row.append(("outside", value))
            result.append(tuple(row))
        return tuple(result)

    def matches_first(self, start: int, length: int, origins: tuple[tuple[Origin, ...], ...]) -> bool:
        """Whether the first round reads as the later ones do, outside values standing for carried ones."""
        for mine, theirs in zip(self.origins(start, start, length), origins, strict=True):
            if len(mine) != len(theirs):
                return False
            for a, b in zip(mine, theirs, strict=True):
                if a != b and not (b[0] == "carried" and a[0] == "outside"):
                    return False
        return True

    def closed(self, start: int, length: int, times: int) -> bool:
        """Whether nothing behind a round but the next one reads its values (the last round's stay readable)."""
        for turn in range(times - 1):
            end = start + (turn + 2) * length
            for layer in self.layers[start + turn * length : start + (turn + 1) * length]:
                if any(self.last_use.get(value, -1) >= end for value in layer.outputs):
                    return False
        return True

    def carried(
        self, start: int, length: int, origins: tuple[tuple[Origin, ...], ...]
    ) -> dict[tuple[int, int], str] | None:
        """Which outside value each carried one is in the first round; ``None`` where a loop cannot say it."""
        found: dict[tuple[int, int], str] = {}
        for i, row in enumerate(origins):
            for k, origin in enumerate(row):
                if origin[0] != "carried":
                    continue
                made, out = int(origin[1]), int(origin[2])  # type: ignore[misc]
                value = self.layers[start + i].inputs[k]
                if made < i or found.setdefault((made, out), value) != value:
                    return None
        return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0") and len(text) < 10


def _same(model: Layer, layer: Layer) -> bool:
    """Whether two layers differ in nothing but their paths and which values they read."""
    plain = layer.outputs == default_outputs(layer) and model.outputs == default_outputs(model)
    bare = not layer.tensors and not model.tensors and layer.share is None and model.share is None
    same = layer.replace(path="", inputs=(), outputs=()) == model.replace(path="", inputs=(), outputs=())
    return plain and bare and same and len(layer.outputs) == len(model.outputs)


def default_outputs(layer: Layer) -> tuple[str, ...]:
    """The names of a layer's values where nothing else is said: its path, or its path and a number."""
    if len(layer.outputs) == 1:
        return (layer.path,)
    return tuple([f"{layer.path}:{i}" for i in range(len(layer.outputs))])
