"""Checklist 46-62: ONNX files, written byte by byte."""

from __future__ import annotations

import os
from pathlib import Path

from tests.hostile.case import Case

# ---------------------------------------------------------------------- a protobuf writer that can lie


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def f(number: int, value: int | bytes | str) -> bytes:
    """A field: a varint, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def dims(*sizes: int) -> bytes:
    return b"".join(f(1, size) for size in sizes)


def tensor(name: str, *sizes: int, kind: int = 1, data: bytes | None = None, more: bytes = b"") -> bytes:
    """A float tensor with the data that its sizes need, or with others."""
    count = 1
    for size in sizes:
        count *= size
    raw = f(9, bytes(4 * count) if data is None else data) if data != b"none" else b""
    return dims(*sizes) + f(2, kind) + f(8, name) + raw + more


def info(name: str, *sizes: int | str) -> bytes:
    shape = b"".join(f(1, f(1, size) if isinstance(size, int) else f(2, size)) for size in sizes)
    return f(1, name) + f(2, f(1, f(1, 1) + f(2, shape)))


def node(op: str, inputs: str, outputs: str, *attributes: bytes, name: str = "n", domain: str = "") -> bytes:
    return (
        b"".join(f(1, x) for x in inputs.split()) + b"".join(f(2, x) for x in outputs.split()) + f(3, name) + f(4, op)
        + b"".join(f(5, x) for x in attributes) + (f(7, domain) if domain else b"")
    )  # fmt: skip


def ints(name: str, *values: int) -> bytes:
    return f(1, name) + b"".join(f(8, value) for value in values) + f(20, 7)


def whole(name: str, value: int) -> bytes:
    return f(1, name) + f(3, value) + f(20, 2)


def body(name: str, graph: bytes) -> bytes:
    return f(1, name) + f(6, graph) + f(20, 5)


def graph(nodes: list[bytes], stored: list[bytes] = [], inputs: list[bytes] | None = None, more: bytes = b"") -> bytes:  # noqa: B006
    fed = [info("x", 1, 2)] if inputs is None else inputs
    return (
        b"".join(f(1, n) for n in nodes) + f(2, "g") + b"".join(f(5, t) for t in stored)
        + b"".join(f(11, i) for i in fed) + f(12, f(1, "y")) + more
    )  # fmt: skip


def model(inner: bytes, opset: bytes | None = None, more: bytes = b"") -> bytes:
    return f(1, 10) + f(7, inner) + (f(8, f(2, 21)) if opset is None else opset) + more


ADD = node("Add", "x w", "y")
SOUND = model(graph([ADD], [tensor("w", 2)]))


def _case(number: str, name: str, data: object, line: str | None = None, **more: object) -> Case:
    return Case(number, name, "model.onnx", data, line, **more)  # type: ignore[arg-type]


def cases() -> list[Case]:
    return [*_wire(), *_deep(), *_tensors(), *_external(), *_graphs(), *_bodies(), *_windows(), *_versions()]


def _wire() -> list[Case]:
    start = f(1, 10)
    return [
        _case("46", "varint cut off", start + b"\x08\x80", "a varint is cut off (at byte 3)"),
        _case("46", "varint of 11 bytes", start + b"\x28" + b"\x80" * 10 + b"\x01", 'a varint of more than 10 bytes (at byte 3)'),
        _case("46", "varint with needless bytes", start + b"\x28\x81\x00" + SOUND[2:], 'a varint is written with needless bytes (at byte 3)'),
        _case("46", "varint of 70 bits", start + b"\x28" + b"\xff" * 9 + b"\x7f" + SOUND[2:], 'a varint of more than 64 bits (at byte 3)'),
        _case("47", "length past the end", start + b"\x3a\xff\x01" + b"abc", 'field 7 reaches 252 bytes beyond its message (at byte 2)'),
        _case("47", "length 2^63", start + b"\x3a" + varint(2**63) + b"abc", 'field 7 reaches 9,223,372,036,854,775,805 bytes beyond its message (at byte 2)'),
        _case("47", "raw data past its tensor", model(graph([ADD], [dims(2) + f(2, 1) + f(8, "w") + b"\x4a\x08abc"])), 'field 9 reaches 5 bytes beyond its message (at byte 35)'),
        _case("48", "a group", start + b"\x2b" + SOUND[2:], 'field 5 is a group, which this format does not use (at byte 2)'),
        _case("48", "wire type 6", model(graph([ADD], [tensor("w", 2) + b"\x0e"])), 'field 1 is wire type 6, which this format does not use (at byte 45)'),
        _case("48", "wire type 7", model(graph([ADD], [tensor("w", 2) + b"\x0f"])), 'field 1 is wire type 7, which this format does not use (at byte 45)'),
        _case("48", "field 0", model(graph([ADD], [tensor("w", 2) + b"\x00\x01"])), 'a field with number 0 (at byte 45)'),
    ]  # fmt: skip


def _deep() -> list[Case]:
    inner = graph([node("Add", "x x", "y")], inputs=[])
    for _ in range(3_000):
        both = (body("then_branch", inner), body("else_branch", graph([node("Add", "x x", "y")], inputs=[])))
        inner = graph([node("If", "c", "y", *both, name="")], inputs=[])
    condition = f(1, 1) + f(2, 9) + f(8, "c") + f(9, b"\x01")
    deep = model(inner + f(5, condition) + f(11, info("x", 1, 2)))
    packed = model(graph([ADD], [f(1, b"\x01" * 100_000_000) + f(2, 1) + f(8, "w")]))
    return [
        _case(
            "49",
            "3000 bodies in one another",
            deep,
            "node 'y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y/y': subgraphs nested more than 64 deep (at byte 2,411)",
        ),
        _case("50", "100 MB of packed dims", packed, "dims: more than 64 values (at byte 39)"),
        _case(
            "50",
            "65 dims",
            model(graph([ADD], [tensor("w", *(1,) * 65)])),
            "a tensor of more than 64 dimensions (at byte 158)",
        ),
    ]


def _tensors() -> list[Case]:
    def one(*parts: bytes) -> bytes:
        return model(graph([ADD], [b"".join(parts)]))

    name, kind = f(8, "w"), f(2, 1)
    return [
        _case("51", "a negative dim", one(dims(-2), kind, name), "tensor 'w': a tensor has a negative size: dims -2 (at byte 28)"),
        _case("51", "2^128 elements", one(dims(2**63 - 1, 2**63 - 1, 2**63 - 1), kind, name), "tensor 'w': a tensor of more than 2^127 elements: dims 9223372036854775807×9223372036854775807×9223372036854775807 (at byte 28)"),
        _case("51", "2^126 elements and 12 bytes", one(dims(2**62, 2**62, 4), kind, name, f(9, bytes(12))), "tensor 'w': dims say 85,070,591,730,234,615,865,843,651,857,942,052,864 elements (340,282,366,920,938,463,463,374,607,431,768,211,456 bytes of float32), raw_data holds 12 bytes (at byte 57)"),
        _case("52", "data type 99", one(tensor("w", 2, kind=99)), "tensor 'w': data_type 99 is none that ONNX knows (at byte 28)"),
        _case("52", "data type 0", one(tensor("w", 2, kind=0)), "tensor 'w': data_type 0 is none that ONNX knows (at byte 28)"),
        _case("52", "no data type", one(dims(2), name, f(9, bytes(8))), "tensor 'w': data_type 0 is none that ONNX knows (at byte 28)"),
        _case("53", "raw and typed data", one(tensor("w", 2), f(4, bytes(8))), "tensor 'w': its data is there more than once: float_data and raw_data (at byte 28)"),
        _case("53", "two fields of typed data", one(dims(2), kind, name, f(4, bytes(8)), f(7, b"\x01\x02")), "tensor 'w': its data is there more than once: float_data and int64_data (at byte 28)"),
        _case("53", "too few raw bytes", one(tensor("w", 2048, 18432, data=bytes(12))), "tensor 'w': dims say 37,748,736 elements (150,994,944 bytes of float32), raw_data holds 12 bytes (at byte 42)"),
        _case("53", "too many floats", one(dims(2), kind, name, f(4, bytes(12))), "tensor 'w': dims say 2 elements, float_data holds 3 (at byte 28)"),
        _case("53", "int64 data in floats", one(dims(2), kind, name, f(7, b"\x01\x02")), "tensor 'w': int64_data cannot hold float32; float_data does (at byte 28)"),
        _case("53", "a segment", one(tensor("w", 2), f(3, f(1, 0) + f(2, 1))), "tensor 'w': it is only a segment of a tensor, which ONNX has given up (at byte 28)"),
        _case("53", "right numbers in separate fields", one(dims(2), kind, name, (b"\x25" + bytes(4)) * 2), parameters=2),
        _case("56", "sparse, values elsewhere", _sparse(more=_outside(("location", "../w"))), "tensor 'w': external data in '../w', which is not inside the model's folder (at byte 56)"),
        _case("56", "sparse, too many values", _sparse(count=9), "tensor 'w': a sparse tensor's values and indices do not go together (at byte 55)"),
        _case("56", "sparse, indices do not fit", _sparse(indices=(3, 3)), "tensor 'w': a sparse tensor's values and indices do not go together (at byte 55)"),
        _case("56", "sparse and sound", _sparse(), parameters=2 * 3),
        _case("56", "sparse, of no dims", _sparse(sizes=()), "tensor 'w': a sparse tensor of dims none (at byte 54)"),
        _case("56", "sparse, three indices a value", _sparse(indices=(2, 3)), "tensor 'w': a sparse tensor's indices are not one for each value (at byte 55)"),
        _case("56", "sparse, more values than places", _sparse(count=9, indices=(9, 2)), "tensor 'w': 9 values do not fit dims 2×3 (at byte 56)"),
        _case("53", "strings as raw data", one(tensor("w", 2, kind=8)), "tensor 'w': strings cannot be raw data (at byte 37)"),
        _case("56", "data here and elsewhere", model(graph([ADD], [tensor("w", 2, more=_outside(("location", "w.bin")))])), "tensor 'w': its data is said to be in another file, and is here too (at byte 28)"),
    ]  # fmt: skip


def _sparse(
    count: int = 2, indices: tuple[int, ...] = (2, 2), more: bytes = b"", sizes: tuple[int, ...] = (2, 3)
) -> bytes:
    number = 8
    for size in indices:
        number *= size
    values = tensor("w", count, data=b"none" if more else None, more=more)
    places = dims(*indices) + f(2, 7) + f(9, bytes(number))
    sparse = f(1, values) + f(2, places) + b"".join(f(3, size) for size in sizes)
    return model(graph([ADD], inputs=[info("x", 2, 3)], more=f(15, sparse)))


def _outside(*entries: tuple[str, str]) -> bytes:
    return b"".join(f(13, f(1, key) + f(2, value)) for key, value in entries) + f(14, 1)


def _elsewhere(*entries: tuple[str, str]) -> bytes:
    return model(graph([ADD], [tensor("w", 2, data=b"none", more=_outside(*entries))]))


def _external() -> list[Case]:
    """Only plain names below the model's folder, of regular files of their own, are let pass; none is opened."""
    places = {
        "leading out": ("../w", "../w"), "leading out later": ("a/../../w", "a/../../w"), "absolute": ("/etc/passwd",) * 2,
        "drive": ("C:/w", "C:/w"), "UNC": ("\\\\host\\w",) * 2, "NUL": ("w\0.bin", "w\\x00.bin"), "home": ("~/w", "~/w"),
        "empty": ("", ""), "escape": ("\x1b]0;x\x07/../w", "\\x1b]0;x\\x07/../w"),
    }  # fmt: skip
    found = [
        _case(
            "54", f"location {name}", _elsewhere(("location", place)),
            f"tensor 'w': external data in '{shown}', which is not inside the model's folder (at byte 28)",
        )
        for name, (place, shown) in places.items()
    ]  # fmt: skip
    made = {
        "a symbolic link": lambda folder: (folder / "w").symlink_to("/etc/hostname"),
        "a hard link": lambda folder: (_write(folder / "other"), os.link(folder / "other", folder / "w")),
        "not a regular file": lambda folder: os.mkfifo(folder / "w"),
    }
    for name, make in made.items():
        line = f"tensor 'w': external data in 'w', which is {name} (at byte 28)"
        found.append(_case("54", name, _elsewhere(("location", "w")), line, more=make))
    line = "tensor 'w': external data in 'w', which is not a regular file (at byte 28)"
    found.append(
        _case("54", "a folder", _elsewhere(("location", "w")), line, more=lambda folder: (folder / "w").mkdir())
    )
    odd = {
        "negative offset": ("offset", "-8", "external_data gives offset '-8', which is no byte count (at byte 28)"),
        "offset in words": ("offset", "eight", "external_data gives offset 'eight', which is no byte count (at byte 28)"),
        "offset 2^60": ("offset", str(2**60), "its data ends at 1,152,921,504,606,846,984 in 'w', which has 8 bytes (at byte 28)"),
        "length 2^60": ("length", str(2**60), "dims say 2 elements (8 bytes of float32), external_data says length "
                        "1,152,921,504,606,846,976 (at byte 28)"),
        "negative length": ("length", "-8", "external_data gives length '-8', which is no byte count (at byte 28)"),
        "a class": ("__class__", "x", "external_data has the unknown key '__class__' (at byte 52)"),
        "offset of 4000 digits": ("offset", "9" * 4000, f"external_data gives offset '{'9' * 24}', which is no byte count "
                                  "(at byte 30)"),
    }  # fmt: skip
    for name, (key, value, why) in odd.items():
        file = _elsewhere(("location", "w"), (key, value))
        found.append(_case("55", name, file, f"tensor 'w': {why}", more=lambda folder: _write(folder / "w")))
    twice, whole = _elsewhere(("location", "w"), ("location", "v")), _elsewhere(("location", "w"), ("offset", "0"))
    found.append(_case("55", "a key twice", twice, "tensor 'w': external_data gives 'location' twice (at byte 52)"))
    found.append(_case("55", "sound", whole, parameters=2, more=lambda folder: _write(folder / "w")))
    found.append(_case("55", "not there", _elsewhere(("location", "w")), parameters=2, note="not found beside it: w"))
    return found


def _write(path: Path) -> None:
    path.write_bytes(bytes(8))


def _graphs() -> list[Case]:
    w = [tensor("w", 2)]
    return [
        _case("57", "a cycle", model(graph([node("Add", "b w", "a"), node("Add", "a w", "b"), node("Add", "x b", "y")], w)), "node 'n': reads 'b', which is computed later: the graph has a cycle or is not in order (at byte 6)"),
        _case("57", "its own output", model(graph([node("Add", "y w", "y")], w)), "node 'n': reads its own output 'y' (at byte 6)"),
        _case("57", "a value computed twice", model(graph([ADD, ADD], w)), "node 'n': the value 'y' is computed twice (at byte 25)"),
        _case("57", "an initializer twice", model(graph([ADD], w * 2)), "the initializer 'w' is there twice (at byte 47)"),
        _case("57", "an input read from nowhere", model(graph([node("Add", "x q", "y")], w)), "node 'n': reads 'q', which nothing computes (at byte 6)"),
        _case("57", "an output from nowhere", model(graph([node("Add", "x w", "z")], w)), "the graph does not compute its output 'y'"),
        _case("58", "a function that calls itself", _functions({"f": ["f"]}), "the function 'd.f' calls itself"),
        _case("58", "two functions that call each other", _functions({"f": ["g"], "g": ["f"]}), "the function 'd.f' calls itself"),
        _case("58", "2^60 calls", _functions({f"f{i}": [f"f{i + 1}"] * 2 for i in range(60)} | {"f60": []}), 'the functions of this model expand to 4,611,686,018,427,387,901 nodes, more than 51,820'),
        _case("58", "calls that fit no batch", _functions({f"f{i}": [f"f{i + 1}"] * 2 for i in range(7)} | {"f7": []}, "?"), "node 'n': ?×2 times 3×3: inner sizes differ: 2 against 3 (at byte 24)"),
        _case("58", "a thousand nodes that fit no batch", _chain(1_000, "?"), "node 'n': ?×2 times 3×3: inner sizes differ: 2 against 3 (at byte 22,790)"),
        _case("58", "calls that do not fit", _functions({"f": []}, 5), "node 'n': 5×2 times 3×3: inner sizes differ: 2 against 3 (at byte 23)"),
        _case("106", "a name that steers terminals", model(graph([node("Add", "x q", "y", name="\x1b[31m\u202e")], w)), "node '\\x1b[31m\\u202e': reads 'q', which nothing computes (at byte 6)"),
        _case("112", "a name of 100 kB", model(graph([node("Add", "x w", "y", name="n" * 100_000)], w)), 'name: 100,000 bytes of text, more than 4,096 (at byte 23)'),
    ]  # fmt: skip


def _functions(calls: dict[str, list[str]], batch: int | str = 1) -> bytes:
    """Calls of functions that call others; with a batch other than 1, then a product that does not fit."""
    made = b""
    for name, callees in calls.items():
        steps = [node(callee, "a", f"t{i}", name=f"c{i}", domain="d") for i, callee in enumerate(callees)]
        steps.append(node("Add", "a a", "b"))
        made += f(
            25,
            f(1, name) + f(4, "a") + f(5, "b") + b"".join(f(7, step) for step in steps) + f(9, f(2, 21)) + f(10, "d"),
        )
    first = next(iter(calls))
    imports = f(8, f(2, 21)) + f(8, f(1, "d") + f(2, 1))
    if batch == 1:
        return model(graph([node(first, "x", "y", domain="d")]), imports, made)
    steps = [node(first, "x", "z", domain="d"), node("MatMul", "z w", "y")]
    return model(graph(steps, [tensor("w", 3, 3)], [info("x", batch, 2)]), imports, made)


def _chain(length: int, batch: int | str) -> bytes:
    """One value after the other, and then a product that does not fit."""
    steps = [node("Relu", f"v{i}" if i else "x", f"v{i + 1}") for i in range(length)]
    return model(graph([*steps, node("MatMul", f"v{length} w", "y")], [tensor("w", 3, 3)], [info("x", batch, 2)]))


def _bodies() -> list[Case]:
    step = graph(
        [node("MatMul", "v w", "u"), node("Identity", "go", "on")], inputs=[info("i"), info("go"), info("v", 1, 2)]
    ).replace(f(12, f(1, "y")), f(12, f(1, "on")) + f(12, f(1, "u")))
    trips = [info("x", 1, 2), info("n")]
    square = [tensor("w", 2, 2)]
    looped = node("Loop", "n  x".replace("  ", " "), "y", body("body", step))
    looped = looped.replace(f(1, "n") + f(1, "x"), f(1, "n") + f(1, "") + f(1, "x"))
    return [
        _case("59", "If without branches", model(graph([node("If", "x", "y")])), parameters="unknown"),
        _case("59", "Loop without a body", model(graph([node("Loop", "x x", "y")])), parameters="unknown"),
        _case("59", "Scan without a body", model(graph([node("Scan", "x", "y")])), parameters="unknown"),
        _case("59", "a Loop of unknown trips", model(graph([looped], square, trips)), parameters=4),
    ]  # fmt: skip


def _windows() -> list[Case]:
    def conv(*attributes: bytes, weight: tuple[int, ...] = (4, 2, 3, 3)) -> bytes:
        return model(graph([node("Conv", "x w", "y", *attributes)], [tensor("w", *weight)], [info("x", 1, 2, 8, 8)]))

    def pool(*attributes: bytes) -> bytes:
        return model(graph([node("MaxPool", "x", "y", *attributes)], [], [info("x", 1, 2, 8, 8)]))

    return [
        _case("60", "stride 0", conv(ints("strides", 0, 0)), "node 'n': Conv: strides must be at least 1, not 0 (at byte 7)"),
        _case("60", "group 0", conv(whole("group", 0)), "node 'n': Conv: group must be at least 1, not 0 (at byte 7)"),
        _case("60", "group -1", conv(whole("group", -1)), "node 'n': Conv: group must be at least 1, not -1 (at byte 7)"),
        _case("60", "kernel 0", conv(weight=(4, 2, 0, 0)), "node 'n': Conv: kernel_size must be at least 1, not 0 (at byte 6)"),
        _case("60", "dilation negative", conv(ints("dilations", -1, -1)), "node 'n': Conv: dilations must be at least 1, not -1 (at byte 7)"),
        _case("60", "groups that do not divide", conv(whole("group", 3), weight=(4, 2, 3, 3)), "node 'n': Conv: 4 output channels do not divide into 3 groups (at byte 7)"),
        _case("60", "channels that do not fit", conv(weight=(4, 3, 3, 3)), "node 'n': Conv: the input has 2 channels, the weight is for 3 (at byte 7)"),
        _case("60", "a kernel of another shape", conv(ints("kernel_shape", 5, 5)), "node 'n': Conv: kernel_shape says (5, 5), the weight is 4×2×3×3 (at byte 7)"),
        _case("60", "too many pads", conv(ints("pads", 1, 1, 1, 1, 1)), "node 'n': Conv: 5 pads for 2 spatial dimensions (at byte 7)"),
        _case("60", "a kernel beyond the input", conv(ints("dilations", 2**40, 2**40)), "node 'n': kernel of 3 (dilated to 2,199,023,255,553) is larger than the input of 8 (at byte 7)"),
        _case("60", "pool of kernel 0", pool(ints("kernel_shape", 0, 0)), "node 'n': MaxPool: kernel_size must be at least 1, not 0 (at byte 6)"),
        _case("60", "pool of stride 0", pool(ints("kernel_shape", 2, 2), ints("strides", 0, 0)), "node 'n': MaxPool: strides must be at least 1, not 0 (at byte 6)"),
        _case("60", "pool without a kernel", pool(), "node 'n': MaxPool without kernel_shape (at byte 6)"),
    ]  # fmt: skip


def _versions() -> list[Case]:
    add = graph([ADD], [tensor("w", 2)])
    more = model(graph([node("Mul", "y v", "z")], [tensor("v", 2)], []), b"")
    return [
        _case("61", "no operator set", model(add, b""), "an ONNX model that imports no operator set"),
        _case(
            "61",
            "operator set 2^31",
            model(add, f(8, f(2, 2**31))),
            "opset_import says version 2,147,483,648; the newest known is 28 (at byte 73)",
        ),
        _case(
            "61",
            "operator set 0",
            model(add, f(8, f(2, 0))),
            "opset_import says version 0; the newest known is 28 (at byte 73)",
        ),
        _case("61", "operator set 40", model(add, f(8, f(2, 40))), parameters=2, note="operator set 40 is newer"),
        _case("61", "no graph", f(1, 10) + f(8, f(2, 21)), "an ONNX model without a graph"),
        _case("62", "two models, one after the other", SOUND + more, parameters=4),
        _case("62", "the same model twice", SOUND * 2, "the initializer 'w' is there twice (at byte 103)"),
    ]
