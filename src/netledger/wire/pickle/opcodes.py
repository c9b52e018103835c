"""The opcodes of a pickle, each with the function that carries it out on a machine: values, containers, the memo."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, UsageError
from netledger.limits import PICKLE_STACK
from netledger.wire.pickle.decoding import double, integer, latin, signed, unescaped, unsigned, utf8
from netledger.wire.pickle.machine import CutError, Items, Machine, Made, Stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MARKS = 10_000
"""Open marks at once: each is a container that is not finished, and real files nest by tens."""


def _unknown(m: Machine) -> None:
    raise FormatError(f"0x{m.data[m.at - 1]:02x} is no pickle opcode")


OPCODES: list[Callable[[Machine], None]] = [_unknown] * 256


def op(codes: str) -> Callable[[Callable[[Machine], None]], Callable[[Machine], None]]:
    """Enter a function for each of ``codes``; a second one for a code is an error."""

    def enter(function: Callable[[Machine], None]) -> Callable[[Machine], None]:
        for code in map(ord, codes):
            if OPCODES[code] is not _unknown:
                raise UsageError(f"the opcode 0x{code:02x} has a second owner")
            OPCODES[code] = function
        return function

    return enter


def _constant(code: str, value: object) -> None:
    @op(code)
    def push(m: Machine) -> None:
        m.stack.append(value)


def _fixed(code: str, decode: Callable[[bytes], Any], count: int) -> None:
    """An opcode followed by a value of ``count`` bytes."""

    @op(code)
    def push(m: Machine) -> None:
        end = m.at + count
        m.stack.append(decode(m.data[m.at : end] if end <= len(m.data) else m.take(count)))
        m.at = end


def _counted(code: str, decode: Callable[[bytes], Any], count: int) -> None:
    """An opcode followed by a length of ``count`` bytes and that many bytes."""

    @op(code)
    def push(m: Machine) -> None:
        data, begin = m.data, m.at + count
        end = begin + int.from_bytes(data[m.at : begin], "little")
        m.stack.append(decode(data[begin:end] if end <= len(data) else m.take(m.number(count))))
        m.at = end


def numbered(code: str, function: Callable[[Machine, int], None], count: int) -> None:
    """An opcode followed by a number of ``count`` bytes."""

    @op(code)
    def carry_out(m: Machine) -> None:
        function(m, m.number(count))


def _fresh(code: str, make: Callable[[], Any]) -> None:
    @op(code)
    def push(m: Machine) -> None:
        m.stack.append(make())


for _byte, _value in (("N", None), ("\x88", True), ("\x89", False), (")", ())):
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


@op("K")
def _small_integer(m: Machine) -> None:
    at = m.at
    m.stack.append(m.data[at] if at < len(m.data) else m.number(1))
    m.at = at + 1


@op("\x8b")
def _long4(m: Machine) -> None:
    m.push(signed(m.take(signed(m.take(4)))))


@op("\x80")
def _protocol(m: Machine) -> None:
    version = m.number(1)
    if version > 5:
        raise FormatError(f"pickle protocol {version}; known are 0 to 5")


@op("\x95")
def _frame(m: Machine) -> None:
    length = m.number(8)
    if m.at + length > len(m.data):
        raise CutError(f"a frame of {length:,} bytes, {len(m.data) - m.at:,} are left")


@op("(")
def _mark(m: Machine) -> None:
    if len(m.below) >= _MARKS:
        raise LimitError(f"a pickle with more than {_MARKS:,} containers open at once")
    m.below.append(m.stack)
    m.stack = []


@op(".")
def _stop(m: Machine) -> None:
    raise Stop


@op("0")
def _pop(m: Machine) -> None:
    if m.stack:
        m.stack.pop()
    else:
        m.since_mark()


@op("1")
def _pop_mark(m: Machine) -> None:
    m.since_mark()


@op("2")
def _duplicate(m: Machine) -> None:
    m.stack.append(m.stack[-1])
    if len(m.stack) > PICKLE_STACK:
        raise LimitError(f"a pickle of more than {PICKLE_STACK:,} values at once")


# -------------------------------------------------------------- numbers and strings written as lines


@op("I")
def _int_line(m: Machine) -> None:
    raw = m.line()
    m.push({b"00": False, b"01": True}[raw] if raw in (b"00", b"01") else integer(raw))


@op("L")
def _long_line(m: Machine) -> None:
    m.push(integer(m.line().removesuffix(b"L")))


@op("F")
def _float_line(m: Machine) -> None:
    try:
        m.push(float(m.line()))
    except ValueError:
        raise FormatError("a line that should be a number is none") from None


@op("S")
def _string_line(m: Machine) -> None:
    raw = m.line().strip()
    if len(raw) < 2 or raw[:1] not in (b"'", b'"') or raw[:1] != raw[-1:]:
        raise FormatError("a string without its quotes")
    m.push(unescaped(raw[1:-1], "unicode_escape"))


@op("V")
def _unicode_line(m: Machine) -> None:
    m.push(unescaped(m.line(), "raw_unicode_escape"))


# -------------------------------------------------------------- containers


@op("t")
def _tuple(m: Machine) -> None:
    values = m.stack
    m.stack = m.below.pop()
    m.stack.append(tuple(values))


@op("\x85")
def _tuple1(m: Machine) -> None:
    m.stack[-1] = (m.stack[-1],)


@op("\x86")
def _tuple2(m: Machine) -> None:
    last = m.stack.pop()
    m.stack[-1] = (m.stack[-1], last)


@op("\x87")
def _tuple3(m: Machine) -> None:
    last, middle = m.stack.pop(), m.stack.pop()
    m.stack[-1] = (m.stack[-1], middle, last)


@op("l\x91")
def _list(m: Machine) -> None:
    m.push(m.since_mark())


@op("d")
def _dict(m: Machine) -> None:
    m.push(Items(_paired(m.since_mark())))


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


@op("a")
def _append(m: Machine) -> None:
    value = m.stack.pop()
    _extend(m.stack[-1], [value])


@op("e\x90")
def _appends(m: Machine) -> None:
    values = m.since_mark()
    _extend(m.stack[-1], values)


@op("s")
def _set_item(m: Machine) -> None:
    value, key = m.stack.pop(), m.stack.pop()
    _update(m.stack[-1], [(key, value)])


@op("u")
def _set_items(m: Machine) -> None:
    values = m.since_mark()
    _update(m.stack[-1], _paired(values))


# -------------------------------------------------------------- memo


@op("p")
def _put_line(m: Machine) -> None:
    m.put(integer(m.line()))


numbered("q", Machine.put, 1)
numbered("r", Machine.put, 4)


@op("\x94")
def _memoize(m: Machine) -> None:
    m.put(len(m.memo))


@op("g")
def _get_line(m: Machine) -> None:
    m.get(integer(m.line()))


numbered("h", Machine.get, 1)
numbered("j", Machine.get, 4)
