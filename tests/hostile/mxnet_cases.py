"""MXNet: counts against bytes left, shapes that nothing fills, symbols whose nodes read what is not there."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from tests.hostile.case import Case


def array(*sizes: int, kind: int = 0, version: int = 0xF993FAC9, sparse: int = 0, data: int | None = None) -> bytes:
    count = 1
    for size in sizes:
        count *= size
    head = struct.pack("<III", version, sparse, len(sizes)) + struct.pack(f"<{len(sizes)}Q", *sizes)
    return head + struct.pack("<III", 1, 0, kind) + bytes(4 * count if data is None else data)


def params(*arrays: bytes, names: tuple[str, ...] = ("arg:w",), count: int | None = None) -> bytes:
    head = struct.pack("<QQQ", 0x112, 0, len(arrays) if count is None else count)
    texts = b"".join([struct.pack("<Q", len(name)) + name.encode() for name in names])
    return head + b"".join(arrays) + struct.pack("<Q", len(names)) + texts


def symbol(*nodes: dict[str, Any], heads: object = None) -> bytes:
    made = [{"op": "null", "name": "data", "inputs": []}, *nodes]
    return json.dumps(
        {"nodes": made, "arg_nodes": [0], "heads": [[len(made) - 1, 0, 0]] if heads is None else heads}
    ).encode()


def node(op: str, *inputs: int, name: str = "n", **attrs: str) -> dict[str, Any]:
    return {"op": op, "name": name, "attrs": attrs, "inputs": [[one, 0, 0] for one in inputs]}


W = {"op": "null", "name": "fc_weight", "inputs": []}


def beside(data: bytes) -> dict[str, Any]:
    def write(folder: Path) -> None:
        (folder / "m-0000.params").write_bytes(data)

    return {"siblings": ("m-0000.params", "m.params"), "more": write}


def cases() -> list[Case]:
    none: dict[str, Any] = {"siblings": ("m-0000.params", "m.params")}
    deep = b'{"nodes": ' + b"[" * 100_000 + b'"arg_nodes"'
    return [
        Case("50", "MXNet, sound", "m.params", params(array(2, 3)), parameters=6),
        Case("28", "MXNet, 2^62 arrays", "m.params", params(array(2), count=2**62), f"{2**62:,} arrays, more than 1,000,000 (at byte 24)"),
        Case("28", "MXNet, more arrays than bytes", "m.params", params(array(2), count=999_999), "999,999 arrays, 61 bytes are left (at byte 24)"),
        Case("37", "MXNet, a rank of 2^31", "m.params", params(struct.pack("<III", 0xF993FAC9, 0, 2**31)), "2,147,483,648 dimensions, more than 64 (at byte 24)"),
        Case("50", "MXNet, a shape that nothing fills", "m.params", params(array(2**40, 2**40, data=0)), f"its shape needs {2**82:,} bytes, 21 are left (at byte 24)"),
        Case("51", "MXNet, a size of 2^63", "m.params", params(array(2**63, data=0)), "a shape that cannot be (at byte 24)"),
        Case("52", "MXNet, an element type that is none", "m.params", params(array(2, kind=99)), "element type 99 is not known (at byte 24)"),
        Case("56", "MXNet, a sparse array", "m.params", params(array(2, sparse=1)), "a sparse array, which is not read (at byte 24)"),
        Case("32", "MXNet, a name twice", "m.params", params(array(2), array(2), names=("arg:w", "aux:w")), "array 'w': a name that stands there twice"),
        Case("30", "MXNet, a name of 2^63 bytes", "m.params", params(array(2))[:-13] + struct.pack("<Q", 2**63), f"a name of {2**63:,} bytes, more than 4,096 (at byte 80)"),
        Case("57", "MXNet, a node that reads itself", "m-symbol.json", symbol(node("relu", 1)), "n: it reads node 1, which is not above it", **none),
        Case("57", "MXNet, an input that is no entry", "m-symbol.json", symbol({"op": "relu", "name": "n", "inputs": [[-1, 0]]}), "n: inputs that are no outputs of nodes", **none),
        Case("60", "MXNet, a stride of 0", "m-symbol.json", symbol(W, node("Pooling", 0, kernel="(2, 2)", stride="(0, 0)")) .replace(b'"inputs": []', b'"attrs": {"__shape__": "(1,2,4,4)"}, "inputs": []', 1), "n: a window or a stride below 1", **none),
        Case("60", "MXNet, a kernel of 40 dimensions", "m-symbol.json", symbol(W, node("Convolution", 0, 1, kernel=f"({'3,' * 40})", num_filter="2")), "n: a convolution over 40 dimensions", **none),
        Case("13", "MXNet, a number of 5,000 digits", "m-symbol.json", symbol(W, node("FullyConnected", 0, 1, num_hidden="9" * 5_000)), f"n: num_hidden: '{'9' * 40}' is no whole number", **none),
        Case("9", "MXNet, nested deep", "m-symbol.json", deep, "JSON nested too deep", **none),
        Case("50", "MXNet, a symbol with its arrays", "m-symbol.json", symbol(W, node("FullyConnected", 0, 1, num_hidden="3", no_bias="True")), parameters=6, **beside(params(array(3, 2), names=("arg:fc_weight",)))),
        Case("50", "MXNet, arrays that are cut", "m-symbol.json", symbol(W, node("FullyConnected", 0, 1, num_hidden="3")), "its shape needs 24 bytes, 16 are left (at byte 24)", **beside(params(array(3, 2))[:80])),
    ]  # fmt: skip
