"""The opcodes of names, calls and references: recorded, never followed."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.wire.pickle.decoding import utf8
from netledger.wire.pickle.machine import Global, Machine, Made, Reference
from netledger.wire.pickle.opcodes import numbered, op

_NAME = 200
"""Bytes of a name that is looked for among those known."""


@op("c")
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


@op("\x93")
def _stack_global(m: Machine) -> None:
    name, module = m.stack.pop(), m.stack.pop()
    plain = type(name) is str and type(module) is str
    m.push(Global(module, name) if plain else Global("(a name put together", "by the pickle)"))


@op("R\x81")  # REDUCE, and NEWOBJ with the same two operands
def _reduce(m: Machine) -> None:
    args = m.stack.pop()
    m.stack[-1] = Made(m.stack[-1], args)


@op("\x92")
def _new_with_keywords(m: Machine) -> None:
    keywords, args = m.stack.pop(), m.stack.pop()
    m.stack[-1] = Made(m.stack[-1], (args, keywords))


@op("i")
def _instance_line(m: Machine) -> None:
    named = _named(m)
    m.push(Made(named, tuple(m.since_mark())))


@op("o")
def _instance(m: Machine) -> None:
    values = m.since_mark()
    if not values:
        raise FormatError("an object without a class")
    m.push(Made(values[0], tuple(values[1:])))


@op("b")
def _build(m: Machine) -> None:
    state = m.stack.pop()
    target = m.stack[-1]
    if isinstance(target, Made):
        target.state = state
    elif not isinstance(target, Global | Reference):
        raise FormatError("a state given to what is no object")


@op("P")
def _persistent_line(m: Machine) -> None:
    m.push(Reference(utf8(m.line())))


@op("Q")
def _persistent(m: Machine) -> None:
    m.stack[-1] = Reference(m.stack[-1])


def _extension(m: Machine, number: int) -> None:
    m.push(Global("copyreg extension", str(number)))


for _code, _length in (("\x82", 1), ("\x83", 2), ("\x84", 4)):
    numbered(_code, _extension, _length)


@op("\x97\x98")
def _buffer(m: Machine) -> None:
    raise FormatError("a pickle whose data is kept outside it, which is not read")
