"""Pickles as data: equal to :mod:`pickle` on plain values of every protocol, and nothing on anything else."""

from __future__ import annotations

import collections
import pickle
import pickletools
import struct

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from netledger.errors import DataError, FormatError, LimitError
from netledger.wire.pickle import CutError, Global, Items, Made, Reference, load
from netledger.wire.pickle.opcodes import OPCODES, _unknown

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=4)
    | st.tuples(inner, inner, inner, inner) | st.tuples(inner) | st.tuples(inner, inner, inner),
    max_leaves=15,
)  # fmt: skip


def value(record: object) -> object:
    """A record as the plain value that it describes."""
    if isinstance(record, Items):
        return {value(key): value(item) for key, item in record.pairs}
    if isinstance(record, list):
        return [value(item) for item in record]
    if isinstance(record, tuple):
        return tuple(value(item) for item in record)
    if isinstance(record, Made) and record.path == "_codecs.encode":  # bytes before protocol 3
        return record.args[0].encode("latin-1")
    if isinstance(record, Made) and record.path in ("__builtin__.bytes", "builtins.bytes"):
        return b""
    return record


@settings(max_examples=100, deadline=None)
@given(plain, st.integers(0, 5))
def test_plain_values_are_what_pickle_reads(wanted: object, protocol: int) -> None:
    raw = pickle.dumps(wanted, protocol)
    found, end = load(b"junk" + raw + b"more", 4)
    assert value(found) == wanted
    assert end == len(raw) + 4


def test_every_opcode_of_the_language_is_known() -> None:
    assert [op.name for op in pickletools.opcodes if OPCODES[ord(op.code)] is _unknown] == []


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_an_error(raw: bytes) -> None:
    caught: list[DataError] = []
    try:
        load(raw)
    except DataError as error:
        caught.append(error)
    assert all(error.byte is not None for error in caught)


class Point:
    def __init__(self) -> None:
        self.x, self.y = 1, [2]


def test_objects_are_records() -> None:
    for protocol in range(2, 6):
        found, _ = load(pickle.dumps(Point(), protocol))
        assert isinstance(found, Made)
        assert found.state.strings() == {"x": 1, "y": [2]}
        assert repr(found.function).startswith("Global(") or found.path == "copyreg._reconstructor"
    found, _ = load(pickle.dumps(collections.OrderedDict(a=1, b=2)))
    assert (found.path, found.items) == ("collections.OrderedDict", [("a", 1), ("b", 2)])
    found, _ = load(pickle.dumps(collections.deque([1, 2])))
    assert found.list == [1, 2]
    found, _ = load(pickle.dumps({3, 1}, 4))
    assert sorted(found) == [1, 3]
    found, _ = load(pickle.dumps(frozenset([3]), 4))
    assert found == [3]
    assert repr(load(pickle.dumps({"a": 1}))[0]) == "Items(1)"


def test_items_by_key() -> None:
    items = Items([("a", 1), (("b",), 2), ("a", 3)])
    assert (items.get("a"), items.get("z"), items.strings()) == (3, None, {"a": 3})


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"(S'ls'\nios\nsystem\n.", "Made(os.system)"),
        (b"(cos\nsystem\nS'ls'\no.", "Made(os.system)"),
        (b"cos\nsystem\n)}\x92.", "Made(os.system)"),
        (b"\x8c\x02os\x8c\x06system\x93.", "Global(os.system)"),
        (b"NN\x93.", "Global((a name put together.by the pickle))"),
        (b"cos\nsystem\n)R)R.", "Made((the result of another call))"),
        (b"P3\n.", "Reference"),
        (b"\x83\x01\x00.", "Global(copyreg extension.1)"),
        (b"(Na.", None), (b"]S'a\n.", None), (b"Sab\n.", None), (b"Fx\n.", None), (b"Ix\n.", None),
        (b"X\x02\x00\x00\x00\xff\xff.", None), (b"S'\\x'\n.", None), (b"(o.", None), (b"(Nd.", None), (b"N}s.", None),
        (b"NNNs.", None), (b"NNb.", None), (b"\x97.", None), (b"\x8b\xff\xff\xff\xff.", None), (b".", None),
        (b"(1.", None),
        (b"NNa.", None),
    ],
)  # fmt: skip
def test_what_is_built(raw: bytes, shown: str | None) -> None:
    if shown is None:
        with pytest.raises(FormatError):
            load(raw)
    else:
        assert repr(load(raw)[0]) == shown


def test_lines_of_protocol_0() -> None:
    raw = b"(lp0\nI1\naI01\naI00\naL5L\naF1.5\naS'a\\tb'\naVx\\u00e9\nag0\na."
    found, _ = load(raw)
    assert found[:7] == [1, True, False, 5, 1.5, "a\tb", "xé"]
    assert found[7] is found


def test_states_are_only_for_objects() -> None:
    found, _ = load(b"cos\nx\n}b.")
    assert isinstance(found, Global)
    found, _ = load(b"NQ}b.")
    assert isinstance(found, Reference)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netledger.wire.pickle.machine.PICKLE_OPS", 100)
    with pytest.raises(LimitError, match="more than 100 steps"):
        load(b"N0" * 60 + b"N.")
    monkeypatch.setattr("netledger.wire.pickle.machine.PICKLE_MEMO", 3)
    with pytest.raises(LimitError, match="remembers more than 3"):
        load(b"N\x94\x94\x94\x94.")
    monkeypatch.setattr("netledger.wire.pickle.machine.PICKLE_STACK", 5)
    with pytest.raises(LimitError, match="values at once"):
        load(b"Nq\0" + b"h\0" * 9 + b".")
    monkeypatch.setattr("netledger.wire.pickle.opcodes.PICKLE_STACK", 5)
    with pytest.raises(LimitError, match="values at once"):
        load(b"N" + b"2" * 9 + b".")
    with pytest.raises(LimitError, match="a line of more than"):
        load(b"I" + b"1" * (1 << 17))
    with pytest.raises(LimitError, match="digits"):
        load(b"I" + b"1" * 2000 + b"\n.")
    with pytest.raises(CutError):
        load(b"I12")
    with pytest.raises(CutError):
        load(b"B" + struct.pack("<I", 99) + b"abc")
