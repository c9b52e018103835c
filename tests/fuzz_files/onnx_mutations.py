"""Structure-aware mutation of ONNX files: a model is taken apart into protobuf fields, changed, and put together again.

Whatever comes out, reading it gives a right count, a count marked Unknown, or a NetledgerError - and nothing else.
"""

from __future__ import annotations

import random

from netledger.errors import NetledgerError
from netledger.ledger import keep_books
from netledger.sources import Options
from netledger.sources.onnx import ONNX
from netledger.unknown import Count, least
from netledger.wire.cursor import Buffer
from tests.hostile.onnx_cases import body, f, graph, info, ints, model, node, tensor, varint, whole

NUMBERS = (
    0,
    1,
    2,
    3,
    7,
    8,
    9,
    63,
    64,
    127,
    128,
    255,
    2**15,
    2**31 - 1,
    2**31,
    2**32,
    2**53,
    2**63 - 1,
    2**63,
    2**64 - 1,
)
MESSAGES = {7, 8, 1, 5, 11, 12, 13, 15, 2, 6, 25}
"""Field numbers under which messages are found somewhere."""


class InMemory(Buffer):
    path = "fuzzed.onnx"


def seeds() -> list[bytes]:
    """Sound models that touch as many rules as a page holds."""
    image = [info("x", "N", 2, 8, 8)]
    convolution = model(
        graph(
            [
                node("Conv", "x w b", "c", ints("pads", 1, 1, 1, 1), ints("strides", 2, 2), whole("group", 2)),
                node("Relu", "c", "r"),
                node("MaxPool", "r", "p", ints("kernel_shape", 2, 2), ints("strides", 2, 2)),
                node("Shape", "p", "s"),
                node("Gather", "s zero", "n", whole("axis", 0)),
                node("Unsqueeze", "n axes", "u"),
                node("Concat", "u rest", "t", whole("axis", 0)),
                node("Reshape", "p t", "v"),
                node("Gemm", "v fc fb", "g", whole("transB", 1)),
                node("Softmax", "g", "y"),
            ],
            [
                tensor("w", 4, 1, 3, 3), tensor("b", 4), tensor("fc", 5, 16), tensor("fb", 5),
                f(2, 7) + f(8, "zero") + f(9, bytes(8)), f(1, 1) + f(2, 7) + f(8, "axes") + f(7, b"\0"),
                f(1, 1) + f(2, 7) + f(8, "rest") + f(9, b"\xff" * 8),
            ],
            image,
        )
    )  # fmt: skip
    sequence = model(
        graph(
            [
                node("LSTM", "x w r", "h", whole("hidden_size", 3)),
                node("Transpose", "h", "t", ints("perm", 2, 0, 1, 3)),
                node("MatMul", "t m", "k"),
                node("Einsum", "k k", "e", f(1, "equation") + f(4, "abcd,abed->abce")),
                node("Split", "e", "one two", whole("axis", -1), whole("num_outputs", 2)),
                node("Slice", "one from to", "l"),
                node("ReduceSum", "l", "y"),
            ],
            [
                tensor("w", 1, 12, 4), tensor("r", 1, 12, 3), tensor("m", 3, 6),
                f(1, 1) + f(2, 7) + f(8, "from") + f(7, b"\0"), f(1, 1) + f(2, 7) + f(8, "to") + f(7, b"\x01"),
            ],
            [info("x", 5, 2, 4)],
        )
    )  # fmt: skip
    branch = graph([node("Add", "x w", "y")], [tensor("w", 2)], [])
    control = model(
        graph(
            [
                node("Less", "x x", "c"),
                node("If", "c", "i", body("then_branch", branch), body("else_branch", branch)),
                node("F", "i", "y", domain="d"),
            ]
        ),
        f(8, f(2, 21)) + f(8, f(1, "d") + f(2, 1)),
        f(25, f(1, "F") + f(4, "a") + f(5, "b") + f(7, node("Mul", "a a", "b")) + f(9, f(2, 21)) + f(10, "d")),
    )
    quantised = model(
        graph(
            [
                node("DequantizeLinear", "q s z", "w"),
                node("MatMul", "x w", "m"),
                node("Resize", "m e e scales", "y"),
            ],
            [
                f(1, 2) + f(1, 3) + f(2, 3) + f(8, "q") + f(9, bytes(6)), f(2, 1) + f(8, "s") + f(9, bytes(4)),
                f(2, 3) + f(8, "z") + f(9, b"\0"), f(1, 0) + f(2, 1) + f(8, "e"),
                f(1, 2) + f(2, 1) + f(8, "scales") + f(4, b"\0\0\x80\x3f\0\0\0\x40"),
            ],
        )
    )  # fmt: skip
    return [convolution, sequence, control, quantised]


def mutated(seed: int, sound: list[bytes] | None = None) -> bytes:
    """The input of a seed: always the same one."""
    chance = random.Random(seed)
    data = chance.choice(sound or seeds())
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        data = _changed(data, chance, 0)
    if chance.random() < 0.05:
        data = data[: chance.randrange(len(data) + 1)]
    if chance.random() < 0.05 and data:
        place = chance.randrange(len(data))
        data = data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]
    return data


def _fields(data: bytes) -> list[tuple[int, int, bytes | int]] | None:
    """A message's fields: number, wire type, value; ``None`` where it is no message."""
    found: list[tuple[int, int, bytes | int]] = []
    i = 0
    try:
        while i < len(data):
            key, i = _varint(data, i)
            value: bytes | int
            if key & 7 == 0:
                value, i = _varint(data, i)
            elif key & 7 == 2:
                length, i = _varint(data, i)
                value, i = data[i : i + length], i + length
            elif key & 7 == 5:
                value, i = data[i : i + 4], i + 4
            else:
                return None
            if i > len(data) or key < 8:
                return None
            found.append((key >> 3, key & 7, value))
    except IndexError:
        return None
    return found


def _varint(data: bytes, i: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[i]
        i += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, i
        shift += 7


def _written(fields: list[tuple[int, int, bytes | int]]) -> bytes:
    out = b""
    for number, wire, value in fields:
        out += varint(number << 3 | wire)
        if isinstance(value, int):
            out += varint(value)
        else:
            out += (varint(len(value)) if wire == 2 else b"") + value
    return out


def _changed(data: bytes, chance: random.Random, depth: int) -> bytes:
    """One change somewhere in a message, deeper more often than not."""
    fields = _fields(data)
    if not fields:
        return data
    place = chance.randrange(len(fields))
    number, wire, value = fields[place]
    if isinstance(value, bytes) and wire == 2 and depth < 8 and chance.random() < 0.8 and _fields(value):
        fields[place] = (number, wire, _changed(value, chance, depth + 1))
        return _written(fields)
    return _written(chance.choice(_CHANGES)(fields, place, chance))


def _dropped(fields, place, chance):
    return fields[:place] + fields[place + 1 :]


def _doubled(fields, place, chance):
    return [*fields[: place + 1], fields[place], *fields[place + 1 :]]


def _swapped(fields, place, chance):
    other = chance.randrange(len(fields))
    fields[place], fields[other] = fields[other], fields[place]
    return fields


def _renumbered(fields, place, chance):
    _, wire, value = fields[place]
    return [*fields[:place], (chance.randrange(1, 30), wire, value), *fields[place + 1 :]]


def _revalued(fields, place, chance):
    number, wire, value = fields[place]
    if isinstance(value, int):
        new = chance.choice((*NUMBERS, value + 1, value - 1, value * 2)) % 2**64
        return [*fields[:place], (number, wire, new), *fields[place + 1 :]]
    return [*fields[:place], (number, wire, _bytes(value, chance)), *fields[place + 1 :]]


def _bytes(value: bytes, chance: random.Random) -> bytes:
    pick = chance.randrange(7)
    if pick == 0:
        return value[: len(value) // 2]
    if pick == 1:
        return value + value
    if pick == 2:
        return b""
    if pick == 3:
        return chance.choice((b"x", b"w", b"y", b"Loop", b"Conv", b"Gemm", b"Scan", b"\xff", b"../w", b"\x1b[2J", b"N"))
    if pick == 4:
        return b"".join(varint(chance.choice(NUMBERS)) for _ in range(3))
    if pick == 5 and value:
        at = chance.randrange(len(value))
        return value[:at] + bytes([chance.randrange(256)]) + value[at + 1 :]
    return value + bytes(chance.randrange(16))


def _operator(fields, place, chance):
    """Another operator on the same inputs."""
    from netledger.sources.onnx.ops import OPERATORS

    names = [*OPERATORS, "If", "Loop", "Scan", "SequenceMap"]
    chosen = chance.choice(names)
    domain, _, op = chosen.rpartition(".")
    result = [(n, w, op.encode()) if n == 4 and w == 2 else (n, w, v) for n, w, v in fields]
    return result + ([(7, 2, domain.encode())] if domain else [])


_CHANGES = (_dropped, _doubled, _swapped, _renumbered, _revalued, _revalued, _operator, _operator)


def check(data: bytes) -> str:
    """Read it: ``counted``, ``unknown`` or ``refused``; anything else is raised."""
    try:
        totals = keep_books(ONNX.read(InMemory(data), Options())).totals
    except NetledgerError as error:
        line = str(error)
        assert "\n" not in line
        assert "\x1b" not in line
        return "refused"
    for count in totals.as_dict().values():
        assert isinstance(count, int | Count)
        assert least(count) >= 0
    return "counted" if isinstance(totals.parameters, int) and isinstance(totals.macs, int) else "unknown"
