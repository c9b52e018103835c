"""The text of an ncnn ``.param``: a magic number, two counts, and a line a layer.

Source: ``net.cpp`` and ``paramdict.cpp`` of ncnn.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import MAX_DIMENSION, NAME_BYTES, TEXT_FIELDS, TEXT_LAYERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Value = int | float | str | list[int] | list[float]

MAGIC = "7767517"
_ARRAYS = -23300
_HINTS = 30


class NcnnLayer:
    """One line: the layer's type and name, the blobs that it reads and makes, its numbered parameters."""

    __slots__ = ("hints", "inputs", "line", "name", "outputs", "params", "type")

    def __init__(
        self, type: str, name: str, inputs: list[str], outputs: list[str], params: Mapping[int, Value], line: int
    ) -> None:
        self.type, self.name, self.inputs, self.outputs, self.line = type, name, inputs, outputs, line
        self.params = dict(params)
        hints = self.params.pop(_HINTS, [])
        self.hints = [int(one) for one in hints] if isinstance(hints, list) else []

    def whole(self, number: int, default: int = 0) -> int:
        """A parameter as a whole number."""
        value = self.params.get(number, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int):
            raise FormatError(f"parameter {number} is no whole number").at(item=self.name[:120], line=self.line)
        return value

    def size(self, number: int, default: int = 0) -> int:
        """A parameter as a size: 0 or more."""
        value = self.whole(number, default)
        if not 0 <= value <= MAX_DIMENSION:
            raise FormatError(f"parameter {number}: {value:,} is no size").at(item=self.name[:120], line=self.line)
        return value

    def several(self, number: int) -> list[int]:
        """A parameter as a list of whole numbers; empty where it is not there."""
        value = self.params.get(number, [])
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(one, int) for one in found):
            raise FormatError(f"parameter {number} is no list of whole numbers").at(
                item=self.name[:120], line=self.line
            )
        return [int(one) for one in found]

    def pair(self, wide: int, tall: int, default: int) -> tuple[int, int]:
        """Height and width of a window: the height is the width where only that is said."""
        width = self.whole(wide, default)
        return (self.whole(tall, width), width)

    def hinted(self) -> list[tuple[int, ...]]:
        """The shapes that a tool wrote beside the layer, for each of its blobs; none where it wrote none."""
        rows = [self.hints[i : i + 4] for i in range(0, len(self.hints), 4)]
        shapes = [tuple(reversed(row[1 : 1 + row[0]])) for row in rows if len(row) == 4 and 0 < row[0] < 4]
        return shapes if len(shapes) == len(self.outputs) and all(min(one) > 0 for one in shapes) else []


def layers_of(text: str) -> list[NcnnLayer]:
    r"""Every layer of a ``.param`` in order.

    >>> [(one.type, one.outputs, one.params) for one in layers_of("7767517\n1 1\nInput data 0 1 data 0=9 2=3")]
    [('Input', ['data'], {0: 9, 2: 3})]
    """
    lines = text.split("\n")
    if lines[0].strip() != MAGIC:
        raise FormatError(f"no ncnn param: its first line is not {MAGIC}")
    counts = lines[1].split() if len(lines) > 1 else []
    if len(counts) != 2 or not all(_is_whole(word) for word in counts):
        raise FormatError("its second line does not say how many layers and blobs there are").at(line=2)
    told = int(counts[0])
    if told > TEXT_LAYERS:
        raise LimitError(f"{told:,} layers; at most {TEXT_LAYERS:,} are read").at(line=2)
    found: list[NcnnLayer] = []
    fields = 0
    for number, raw in enumerate(lines[2:], 3):
        words = raw.split()
        if not words:
            continue
        fields += len(words)
        if fields > TEXT_FIELDS:
            raise LimitError(f"more than {TEXT_FIELDS:,} fields").at(line=number)
        if len(found) == told:
            break  # ncnn reads no more than it is told of
        found.append(_layer(words, number))
    if len(found) < told:
        raise FormatError(f"it says that there are {told:,} layers, {len(found):,} are there").at(line=2)
    if not found:
        raise FormatError("a network without layers")
    return found


def _layer(words: list[str], line: int) -> NcnnLayer:
    if len(words) < 4 or not all(_is_whole(word) for word in words[2:4]):
        raise FormatError("no layer: its type, its name and two counts are wanted").at(line=line)
    read, made = int(words[2]), int(words[3])
    rest = words[4:]
    if read + made > len(rest):
        raise FormatError(f"{read:,} inputs and {made:,} outputs, {len(rest):,} words are there").at(line=line)
    if max(map(len, words)) > NAME_BYTES:
        raise LimitError(f"a word of more than {NAME_BYTES:,} bytes").at(line=line)
    if words[0] == "pnnx.Input":
        raise FormatError("this is a graph of pnnx: the .ncnn.param that pnnx wrote beside it is read").at(line=line)
    params: dict[int, Value] = {}
    for word in rest[read + made :]:
        number, value = _param(word, line)
        if number in params:
            raise FormatError(f"parameter {number} stands there twice").at(line=line)
        params[number] = value
    return NcnnLayer(words[0], words[1], rest[:read], rest[read : read + made], params, line)


def _param(word: str, line: int) -> tuple[int, Value]:
    key, equals, text = word.partition("=")
    if not equals or not _is_whole(key.removeprefix("-")):
        raise FormatError(f"neither a blob nor a parameter: {word[:40]}").at(line=line)
    number = int(key)
    if number <= _ARRAYS:
        items = text.split(",")
        if not _is_whole(items[0]) or int(items[0]) != len(items) - 1:
            raise FormatError(f"a list of {items[0][:20]} values, {len(items) - 1:,} are there").at(line=line)
        return _ARRAYS - number, [_number(item, line) for item in items[1:]]
    if number < 0:
        raise FormatError(f"parameter {number}: no such number").at(line=line)
    if not (text[:1].isdigit() or text[:1] in "+-."):
        return number, text.strip('"')
    if "," in text:
        return number, [_number(item, line) for item in text.split(",") if item]
    return number, _number(text, line)


def _number(text: str, line: int) -> int | float:
    digits = text[1:] if text[:1] in "+-" else text
    if _is_whole(digits):
        return int(text)
    try:
        if len(text) > 40 or "_" in text:
            raise ValueError
        return float(text)
    except ValueError:
        raise FormatError(f"'{text[:40]}' is no number").at(line=line) from None


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
