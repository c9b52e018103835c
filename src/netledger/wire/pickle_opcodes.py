"""The opcodes of a pickle: each byte with the function that carries it out on a machine."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, UsageError
from netledger.limits import PICKLE_STACK
from netledger.wire.pickle_decoding import double, integer, latin, signed, unescaped, unsigned, utf8
from netledger.wire.pickle_machine import CutError, Global, Items, Machine, Made, Reference, Stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MARKS = 10_000
"""Open marks at once: each is a container that is not finished, and real files nest by tens."""


def _unknown(m: Machine) -> None:
    raise FormatError(f"0x{m.data[m.at - 1]:02x} is no pickle opcode")


OPCODES: list[Callable[[Machine], None]] = [_unknown] * 256


def _enter(code: int, function: Callable[[Machine], None]) -> None:
    if OPCODES[code] is not _unknown:
        raise UsageError(f"the opcode 0x{code:02x} has a second owner")
    OPCODES[code] = function


def _op(code: str) -> Callable[[Callable[[Machine], None]], Callable[[Machine], None]]:
    def register(function: Callable[[Machine], None]) -> Callable[[Machine], None]:
        for character in code:
            _enter(ord(character), function)
        return function

    return register


def _constant(code: int, value: object) -> None:
    def push(m: Machine) -> None:
        m.stack.append(value)

    _enter(code, push)


def _fixed(code: str, decode: Callable[[bytes], Any], count: int) -> None:
    """An opcode followed by a value of ``count`` bytes."""

    def push(m: Machine) -> None:
        end = m.at + count
        m.stack.append(decode(m.data[m.at : end] if end <= len(m.data) else m.take(count)))
        m.at = end

    _enter(ord(code), push)


def _counted(code: str, decode: Callable[[bytes], Any], count: int) -> None:
    """An opcode followed by a length of ``count`` bytes and that many bytes."""

    def push(m: Machine) -> None:
        data, begin = m.data, m.at + count
        end = begin + int.from_bytes(data[m.at : begin], "little")
        m.stack.append(decode(data[begin:end] if end <= len(data) else m.take(m.number(count))))
        m.at = end

    _enter(ord(code), push)


def _numbered(code: str, function: Callable[[Machine, int], None], count: int) -> None:
    """An opcode followed by a number of ``count`` bytes."""

    def carry_out(m: Machine) -> None:
        function(m, m.number(count))

    _enter(ord(code), carry_out)


def _fresh(code: str, make: Callable[[], Any]) -> None:
    def push(m: Machine) -> None:
        m.stack.append(make())

    _enter(ord(code), push)


for _byte, _value in ((0x4E, None), (0x88, True), (0x89, False), (0x29, ())):
    _constant(_byte, _value)
for _name, _make in (("}", Items), ("]", list), ("\x8f", list)):
    _fresh(_name, _make)

_fixed("J", signed, 4)
_fixed("M", unsigned, 2)
_fixed("G", double, 8)
_counted("T", latin, 4)
_counted("U", latin, 1)
_counted("X", utf8, 4)
_counted("\x8c", utf8, 1)
_counted("\x8d", utf8, 8)
_counted("B", bytes, 4)
_counted("C", bytes, 1)
_counted("\x8e", bytes, 8)
_counted("\x96", bytes, 8)
_counted("\x8a", signed, 1)


@_op("K")
def _small_integer(m: Machine) -> None:
    at = m.at
    m.stack.append(m.data[at] if at < len(m.data) else m.number(1))
    m.at = at + 1


@_op("\x8b")
def _long4(m: Machine) -> None:
    m.push(signed(m.take(signed(m.take(4)))))


@_op("\x80")
def _protocol(m: Machine) -> None:
    version = m.number(1)
    if version > 5:
        raise FormatError(f"pickle protocol {version}; known are 0 to 5")


@_op("\x95")
def _frame(m: Machine) -> None:
    length = m.number(8)
    if m.at + length > len(m.data):
        raise CutError(f"a frame of {length:,} bytes, {len(m.data) - m.at:,} are left")


@_op("(")
def _mark(m: Machine) -> None:
    if len(m.below) >= _MARKS:
        raise LimitError(f"a pickle with more than {_MARKS:,} containers open at once")
    m.below.append(m.stack)
    m.stack = []


@_op(".")
def _stop(m: Machine) -> None:
    raise Stop


@_op("0")
def _pop(m: Machine) -> None:
    if m.stack:
        m.stack.pop()
    else:
        m.since_mark()


@_op("1")
def _pop_mark(m: Machine) -> None:
    m.since_mark()


@_op("2")
def _duplicate(m: Machine) -> None:
    m.stack.append(m.stack[-1])
    if len(m.stack) > PICKLE_STACK:
        raise LimitError(f"a pickle of more than {PICKLE_STACK:,} values at once")


# -------------------------------------------------------------- numbers and strings written as lines


@_op("I")
def _int_line(m: Machine) -> None:
    raw = m.line()
    m.push({b"00": False, b"01": True}[raw] if raw in (b"00", b"01") else integer(raw))


@_op("L")
def _long_line(m: Machine) -> None:
    m.push(integer(m.line().removesuffix(b"L")))


@_op("F")
def _float_line(m: Machine) -> None:
    try:
        m.push(float(m.line()))
    except ValueError:
        raise FormatError("a line that should be a number is none") from None


@_op("S")
def _string_line(m: Machine) -> None:
    raw = m.line().strip()
    if len(raw) < 2 or raw[:1] not in (b"'", b'"') or raw[:1] != raw[-1:]:
        raise FormatError("a string without its quotes")
    m.push(unescaped(raw[1:-1], "unicode_escape"))


@_op("V")
def _unicode_line(m: Machine) -> None:
    m.push(unescaped(m.line(), "raw_unicode_escape"))


# -------------------------------------------------------------- containers


@_op("t")
def _tuple(m: Machine) -> None:
    values = m.stack
    m.stack = m.below.pop()
    m.stack.append(tuple(values))


@_op("\x85")
def _tuple1(m: Machine) -> None:
    m.stack[-1] = (m.stack[-1],)


@_op("\x86")
def _tuple2(m: Machine) -> None:
    last = m.stack.pop()
    m.stack[-1] = (m.stack[-1], last)


@_op("\x87")
def _tuple3(m: Machine) -> None:
    last, middle = m.stack.pop(), m.stack.pop()
    m.stack[-1] = (m.stack[-1], middle, last)


@_op("l\x91")
def _list(m: Machine) -> None:
    values = m.since_mark()
    m.push(values)


@_op("d")
def _dict(m: Machine) -> None:
    values = m.since_mark()
    m.push(Items(_paired(values)))


def _paired(values: list[Any]) -> list[tuple[Any, Any]]:
    if len(values) % 2:
        raise FormatError("a key without a value")
    return list(zip(values[::2], values[1::2], strict=True))


def _extend(target: Any, values: list[Any]) -> None:
    if isinstance(target, Made):
        target.list.extend(values)
    elif type(target) is list:
        target.extend(values)
    else:
        raise FormatError("values appended to what is no list")


def _update(target: Any, pairs: list[tuple[Any, Any]]) -> None:
    if isinstance(target, Made):
        target.items.extend(pairs)
    elif isinstance(target, Items):
        target.pairs.extend(pairs)
    else:
        raise FormatError("pairs put into what is no dict")


@_op("a")
def _append(m: Machine) -> None:
    value = m.stack.pop()
    _extend(m.stack[-1], [value])


@_op("e\x90")
def _appends(m: Machine) -> None:
    values = m.since_mark()
    _extend(m.stack[-1], values)


@_op("s")
def _set_item(m: Machine) -> None:
    value, key = m.stack.pop(), m.stack.pop()
    _update(m.stack[-1], [(key, value)])


@_op("u")
def _set_items(m: Machine) -> None:
    values = m.since_mark()
    _update(m.stack[-1], _paired(values))


# -------------------------------------------------------------- memo


@_op("p")
def _put_line(m: Machine) -> None:
    m.put(integer(m.line()))


_numbered("q", Machine.put, 1)
_numbered("r", Machine.put, 4)


@_op("\x94")
def _memoize(m: Machine) -> None:
    m.put(len(m.memo))


@_op("g")
def _get_line(m: Machine) -> None:
    m.get(integer(m.line()))


_numbered("h", Machine.get, 1)
_numbered("j", Machine.get, 4)


# -------------------------------------------------------------- names, calls, references: recorded, never followed


@_op("c")
def _global(m: Machine) -> None:
    m.stack.append(_named(m))


def _named(m: Machine) -> Global:
    """The name on the next two lines; a file has few of them, many times: the latest that began so is tried first."""
    begin = m.at
    start = m.data[begin : begin + 8]
    raw, latest = m.latest.get(start, (b"\n", None))
    if latest is not None and m.data.startswith(raw, begin):
        m.at = begin + len(raw)
        return latest
    end = m.data.find(b"\n", m.data.find(b"\n", begin, begin + _NAME) + 1, begin + _NAME) + 1
    found = m.names.get(m.data[begin:end])
    if found is None:
        found = Global(utf8(m.line()), utf8(m.line()))
        end = m.at
        m.names[m.data[begin:end]] = found
    m.at, m.latest[start] = end, (m.data[begin:end], found)
    return found


_NAME = 200
"""Bytes of a name that is looked for among those known."""


@_op("\x93")
def _stack_global(m: Machine) -> None:
    name, module = m.stack.pop(), m.stack.pop()
    plain = type(name) is str and type(module) is str
    m.push(Global(module, name) if plain else Global("(a name put together", "by the pickle)"))


@_op("R")
def _reduce(m: Machine) -> None:
    args = m.stack.pop()
    m.stack[-1] = Made(m.stack[-1], args)


_enter(0x81, _reduce)  # NEWOBJ: the same two operands


@_op("\x92")
def _new_with_keywords(m: Machine) -> None:
    keywords, args = m.stack.pop(), m.stack.pop()
    m.stack[-1] = Made(m.stack[-1], (args, keywords))


@_op("i")
def _instance_line(m: Machine) -> None:
    named = _named(m)
    args = m.since_mark()
    m.push(Made(named, tuple(args)))


@_op("o")
def _instance(m: Machine) -> None:
    values = m.since_mark()
    if not values:
        raise FormatError("an object without a class")
    m.push(Made(values[0], tuple(values[1:])))


@_op("b")
def _build(m: Machine) -> None:
    state = m.stack.pop()
    target = m.stack[-1]
    if isinstance(target, Made):
        target.state = state
    elif not isinstance(target, Global | Reference):
        raise FormatError("a state given to what is no object")


@_op("P")
def _persistent_line(m: Machine) -> None:
    m.push(Reference(utf8(m.line())))


@_op("Q")
def _persistent(m: Machine) -> None:
    m.stack[-1] = Reference(m.stack[-1])


def _extension(m: Machine, number: int) -> None:
    m.push(Global("copyreg extension", str(number)))


for _code, _length in (("\x82", 1), ("\x83", 2), ("\x84", 4)):
    _numbered(_code, _extension, _length)


@_op("\x97\x98")
def _buffer(m: Machine) -> None:
    raise FormatError("a pickle whose data is kept outside it, which is not read")
