"""Checklist 1-25: safetensors files."""

from __future__ import annotations

import json
from pathlib import Path

from tests.hostile.case import Case
from tests.sources.builders import entry, safetensors, write

FILE = "model.safetensors"


def cases() -> list[Case]:
    return [*_headers(), *_json(), *_entries(), *_places(), *_indices()]


def _case(number: str, name: str, data: bytes, line: str | None = None, **more: object) -> Case:
    return Case(number, name, FILE, data, line, **more)  # type: ignore[arg-type]


def _headers() -> list[Case]:
    ok = json.dumps({"w": entry()}).encode()
    return [
        _case("1", "empty", b"", "the file is empty"),
        _case("2", "seven bytes", b"\7" * 7, "7 bytes are too few for a safetensors file"),
        _case("3", "header of 2^63", safetensors(ok, 8, length=2**63), "a header of 9,223,372,036,854,775,808 bytes, more than the format's 100,000,000 (at byte 0)"),
        _case("4", "header of 99 MB in 10 bytes", safetensors(b"{}", length=99_000_000), "the header should be 99,000,000 bytes, the file has 2 more (at byte 0)"),
        _case("5", "header one byte beyond the end", safetensors(ok, length=len(ok) + 1), f"the header should be {len(ok) + 1} bytes, the file has {len(ok)} more (at byte 0)"),
        _case("6", "a space first", safetensors(b" " + ok, 8), "the header does not begin with '{' (at byte 8)"),
        _case("6", "a byte order mark first", safetensors(b"\xef\xbb\xbf" + ok, 8), "the header does not begin with '{' (at byte 8)"),
        _case("6", "padded with spaces", safetensors(ok + b"   ", 8), parameters=2),
    ]  # fmt: skip


def _json() -> list[Case]:
    deep = b'{"w":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    twice = (
        b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}'
    )
    inside = b'{"w":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}}'
    surrogate = b'{"\\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    return [
        _case("7", "no UTF-8", safetensors(b'{"\xff":1}'), "not UTF-8 text (at byte 10)"),
        _case("8", "an array", safetensors(b"[1,2]"), "the header does not begin with '{' (at byte 8)"),
        _case("8", "not JSON", safetensors(b"{not json"), "not JSON: expecting property name enclosed in double quotes (at byte 9)"),
        _case("9", "nested 200,000 deep", safetensors(deep), "JSON nested too deep (at byte 8)"),
        _case("10", "one name twice", safetensors(twice, 16), "tensor 'w': the tensor is named twice (at byte 8)"),
        _case("11", "dtype twice", safetensors(inside, 8), "tensor 'w': the key 'dtype' stands twice in one object (at byte 8)"),
        _case("14", "NaN", safetensors(b'{"w":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}', 8), "tensor 'w': 'NaN' is no JSON number (at byte 8)"),
        _case("14", "Infinity", safetensors(b'{"w":{"dtype":"F32","shape":[-Infinity],"data_offsets":[0,8]}}', 8), "tensor 'w': '-Infinity' is no JSON number (at byte 8)"),
        _case("14", "1e999", safetensors(b'{"w":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}}', 8), "tensor 'w': 1e999 is no integer (at byte 8)"),
        _case("14", "-0 as a size", safetensors(b'{"w":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}'), "tensor 'w': -0 is no integer (at byte 8)"),
        _case("14", "-0 in a name", safetensors(b'{"w-0":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8), parameters=2),
        _case("13", "5,000 digits", safetensors(b'{"w":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,8]}}', 8), "a number of thousands of digits (at byte 8)"),
        _case("21", "metadata that is no string", safetensors({"__metadata__": {"a": 1}, "w": entry()}, 8), "__metadata__ may hold strings only (at byte 8)"),
        _case("23", "half a surrogate", safetensors(surrogate, 8), "tensor '\\ud800': half a surrogate pair in the name (at byte 8)"),
        _case("106", "a name that steers terminals", safetensors({"\x1b]8;;http://x\x07\u202ew": entry()}, 8), parameters=2),
        _case("106", "a bad name that steers terminals", safetensors({"\x1b[31m\u202ew": entry("F32", (3,))}, 8), "tensor '\\x1b[31m\\u202ew': its shape says 12 bytes, its place 8"),
    ]  # fmt: skip


def _entries() -> list[Case]:
    def bad(number: str, name: str, shape: object, said: str, dtype: object = "F32") -> Case:
        return _case(
            number,
            name,
            safetensors({"v": entry(), "w": entry(dtype, shape, 8, 16)}, 16),
            f"tensor 'w': {said} (at byte 8)",
        )  # type: ignore[arg-type]

    many = {f"model.layers.{i}.mlp.down_proj.weight": entry("U8", (1,), i, i + 1) for i in range(100_000)}
    return [
        bad("12", "a negative size", [-2], "the shape [-2] is no list of sizes"),
        bad("12", "a fraction", [2.0], "2.0 is no integer"),
        bad("12", "a string for a size", ["2"], "the shape ['2'] is no list of sizes"),
        bad("12", "true for a size", [True], "the shape [True] is no list of sizes"),
        bad("12", "null for a size", [None], "the shape [None] is no list of sizes"),
        bad("12", "a size of 2^63", [2**63], "the shape [9223372036854775808] is no list of sizes"),
        bad("15", "a product of 2^64", [2**32, 2**32], "a tensor of more values than 64 bits can count"),
        bad("15", "a product of 2^127", [2**62, 2**62, 8], "a tensor of more values than 64 bits can count"),
        _case("16", "nothing times 2^62", safetensors({"w": entry("F32", [0, 2**62], 0, 0)}), parameters=0),
        bad("17", "no such type", [2], "'F33' is no element type of safetensors", "F33"),
        bad("17", "a number for a type", [2], "7 is no element type of safetensors", 7),
        bad("18", "three 4-bit values", [3], "3 values of F4 do not fill whole bytes", "F4"),
        _case("18", "four 4-bit values", safetensors({"w": entry("F4", [4], 0, 2)}, 2), parameters=4),
        _case("22", "100,000 tensors", safetensors(many, 100_000), parameters=100_000),
        _case("22", "no tensors", safetensors({}), parameters=0),
    ]  # fmt: skip


def _places() -> list[Case]:
    def pair(a: tuple[int, int], b: tuple[int, int]) -> dict[str, object]:
        return {"a": entry("F32", [2], *a), "b": entry("F32", [2], *b)}

    return [
        _case("19", "end before begin", safetensors({"w": entry("F32", [2], 8, 0)}, 8), "tensor 'w': it ends at 0, before it begins at 8"),
        _case("19", "overlapping", safetensors(pair((0, 8), (4, 12)), 12), "tensor 'b': begins at 4 of the data, expected at 8: overlaps the tensor before it"),
        _case("19", "with a hole", safetensors(pair((0, 8), (12, 20)), 20), "tensor 'b': begins at 12 of the data, expected at 8: leaves a hole before it"),
        _case("19", "beyond the end", safetensors(pair((0, 8), (8, 16)), 12), "the tensors end at 16, the data at 12: the file is too short"),
        _case("19", "beyond 2^64", safetensors({"w": entry("F32", [2], 2**64, 2**64 + 8)}, 8), "tensor 'w': data_offsets are [18446744073709551616, 18446744073709551624], not two places in the file (at byte 8)"),
        _case("19", "shape and place disagree", safetensors({"w": entry("F32", [3])}, 8), "tensor 'w': its shape says 12 bytes, its place 8"),
        _case("20", "a ZIP after the data", safetensors({"w": entry()}, 8, tail=b"PK\3\4" + bytes(30)), "the tensors end at 8, the data at 42: bytes that belong to none"),
        _case("113", "8 TiB and only the header read", safetensors({"w": entry("F32", [2**41], 0, 2**43)}), parameters=2**41, sparse=2**43),
    ]  # fmt: skip


def _indices() -> list[Case]:
    def shard(folder: Path) -> None:
        write(folder, "a.safetensors", safetensors({"w": entry()}, 8))

    def index(mapping: object) -> bytes:
        return json.dumps({"metadata": {}, "weight_map": mapping}).encode()

    def case(number: str, name: str, mapping: object, line: str | None = None, **more: object) -> Case:
        data = mapping if isinstance(mapping, bytes) else index(mapping)
        return Case(number, name, "model.safetensors.index.json", data, line, more=shard, **more)  # type: ignore[arg-type]

    inside = "is not inside its own folder"
    return [
        case("24", "a shard", {"w": "a.safetensors"}, parameters=2, siblings=("a.safetensors",)),
        case("24", "a shard above", {"w": "../a.safetensors"}, f"names the file '../a.safetensors', which {inside}"),
        case("24", "an absolute shard", {"w": "/etc/passwd.safetensors"}, f"names the file '/etc/passwd.safetensors', which {inside}"),
        case("24", "a missing shard", {"w": "b.safetensors"}, "names the part 'b.safetensors': no such file", siblings=("b.safetensors",)),
        case("24", "a doubled tensor", b'{"weight_map": {"w": "a.safetensors", "w": "a.safetensors"}}', "the key 'w' stands twice in one object"),
        case("24", "an index of itself", {"w": "model.safetensors.index.json"}, "0x7b is no pickle opcode (at byte 1)", siblings=("model.safetensors.index.json",)),
        case("25", "a tensor that the shard lacks", {"w": "a.safetensors", "v": "a.safetensors"}, "tensor 'v': the index says that 'a.safetensors' holds it, and it does not", siblings=("a.safetensors",)),
        case("25", "a tensor that the index lacks", {}, parameters=0),
        case("25", "a tensor under another name", {"v": "a.safetensors"}, "tensor 'v': the index says that 'a.safetensors' holds it, and it does not", siblings=("a.safetensors",)),
        case("24", "no map", b'{"weight_map": []}', "the index has no weight_map from tensors to files"),
    ]  # fmt: skip
