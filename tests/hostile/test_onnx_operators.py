"""Every ONNX operator with sizes of nothing, of far too much, and of nobody knows what: refused or read, never paid for.

Sizes are declared, not stored: a file of two hundred bytes may cost neither memory nor a bug.
"""

from __future__ import annotations

import tracemalloc

import pytest

from netledger.errors import NetledgerError
from netledger.ledger import keep_books
from netledger.sources import Options
from netledger.sources.onnx import ONNX
from netledger.sources.onnx.ops import OPERATORS
from netledger.wire.cursor import Buffer
from tests.hostile.onnx_cases import dims, f, graph, info, ints, model, node, whole

FLOAT, INT64 = 1, 7
MOST_BYTES = 4_000_000


class InMemory(Buffer):
    path = "model.onnx"


def stored(name: str, kind: int, *sizes: int) -> bytes:
    """A tensor without any data: some size is 0."""
    return dims(*sizes) + f(2, kind) + f(8, name) + f(9, b"")


def fed(name: str, *sizes: int | str) -> bytes:
    return info(name, *sizes)


SHAPES = {
    "nothing, last": (20_000_000, 0),
    "nothing, first": (0, 20_000_000),
    "nothing in the middle": (3_000, 0, 3_000, 1),
    "nothing at all": (0,),
}
HUGE = {"huge": (2**40, 2**20, 3, 3), "unknown": ("a", "b", "c", "d"), "unknown row": ("n",), "scalar": ()}
ATTRIBUTES = (
    ints("axes", 0), whole("axis", 0), ints("kernel_shape", 1, 1), whole("K", 4), whole("N", 4), whole("num_heads", 1),
    whole("q_num_heads", 1), whole("kv_num_heads", 1), whole("blocksize", 1), whole("size", 1), whole("to", 7),
    f(1, "equation") + f(4, "ij->ji") + f(20, 3),
)  # fmt: skip


def read(op: str, count: int, tensors: list[bytes], inputs: list[bytes]) -> None:
    domain, _, name = op.rpartition(".")
    names = " ".join(f"t{i}" for i in range(count))
    made = node(name, names, "y", *ATTRIBUTES, domain=domain)
    data = model(graph([made], tensors, inputs), more=f(8, f(1, domain) + f(2, 1)) if domain else b"")
    try:
        keep_books(ONNX.read(InMemory(data), Options()))
    except NetledgerError:
        return  # refused, in words


def peak(op: str, count: int, tensors: list[bytes], inputs: list[bytes]) -> int:
    tracemalloc.start()
    try:
        read(op, count, tensors, inputs)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("op", sorted(OPERATORS))
def test_sizes_of_nothing_cost_nothing(op: str):
    read(op, 1, [], [fed("t0", 2)])  # the family is imported
    for kind in (FLOAT, INT64):
        for sizes in SHAPES.values():
            for count in (1, 3):
                tensors = [stored(f"t{i}", kind, *sizes) for i in range(count)]
                assert peak(op, count, tensors, []) < MOST_BYTES, (op, kind, sizes, count)


@pytest.mark.parametrize("op", sorted(OPERATORS))
def test_sizes_that_are_huge_or_unknown(op: str):
    for sizes in HUGE.values():
        for count in (1, 2, 4):
            read(op, count, [], [fed(f"t{i}", *sizes) for i in range(count)])
            mixed = [fed("t0", *sizes)]
            rest = [stored(f"t{i}", INT64, 0) for i in range(1, count)]
            assert peak(op, count, rest, mixed) < MOST_BYTES


def test_folding_is_bounded_by_the_bytes_of_the_file():
    """Each node would make 4,096 numbers out of forty bytes: together no more is made than the file's size allows."""
    from netledger.sources.onnx.constant_folding import STEPS_AT_LEAST, STEPS_PER_BYTE, Allowance

    start = dims(1) + f(2, INT64) + f(8, "s") + f(9, (4_096).to_bytes(8, "little"))
    nodes = [node("ConstantOfShape", "s", "v0", name="m")]
    nodes += [node("Add", f"v{i} v{i}", f"v{i + 1}", name=f"n{i}") for i in range(2_000)]
    value = f(1, "value") + f(5, dims(1) + f(2, INT64) + f(9, bytes(8))) + f(20, 4)
    nodes[0] = node("ConstantOfShape", "s", "v0", value, name="m")
    data = model(graph(nodes, [start], [], more=b"").replace(f(12, f(1, "y")), f(12, f(1, "v2000"))))
    tracemalloc.start()
    keep_books(ONNX.read(InMemory(data), Options()))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 * (STEPS_AT_LEAST + STEPS_PER_BYTE * len(data)) + 6_000_000
    allowance = Allowance(10)
    assert allowance.take(STEPS_AT_LEAST)
    assert not allowance.take(1_000)
