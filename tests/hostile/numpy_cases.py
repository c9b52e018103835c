"""Checklist 88: .npy and .npz, and files of formats that are not read."""

from __future__ import annotations

from tests.hostile.case import Case
from tests.sources.builders import archive, npy


def _header(descr: str = "'<f4'", shape: str = "(2,)", more: str = "") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, {more}}}\n"


def cases() -> list[Case]:
    def case(name: str, data: bytes, line: str | None = None, **more: object) -> Case:
        return Case("88", name, "w.npy", data, line, **more)  # type: ignore[arg-type]

    bomb = "[" + "('a', '<f4', (1000000, 1000000)), " * 500 + "]"
    objects = npy(_header("'|O'", "(3,)"), 100)
    return [
        case("a header of 4 GB", npy(_header(), 8, 2, length=2**32 - 1), "a header of 4,294,967,307 bytes, more than 65,536 (at byte 8)"),
        case("a header beyond the file", npy(_header(), 8, length=60_000), "the file ends at 76, before the 60,010 bytes needed (at byte 0)"),
        case("objects", objects, parameters="unknown", note="1 array of pickled objects: not read, counts unknown"),
        case("a structured type", npy(_header(bomb), 8), parameters="unknown"),
        case("a shape that is an expression", npy(_header(shape="(2**9,)"), 8), "the header is no plain literal (at byte 52)"),
        case("a shape that is a call", npy(_header(shape="__import__('os')"), 8), "the header is no plain literal (at byte 50)"),
        case("a negative size", npy(_header(shape="(-2,)"), 8), "the header is no plain literal (at byte 51)"),
        case("more than is there", npy(_header(shape="(2**62,)".replace("2**62", str(2**62)))), f"its shape needs {2**64:,} bytes, 0 are there (at byte 86)"),
        case("another key", npy(_header(more="'x': 1"), 8), "the header is not the dict of descr, fortran_order and shape (at byte 10)"),
        case("nested deep", npy("{'descr': " + "[" * 5000, 8), "a header nested deeper than 8"),
        case("version 9", npy(_header(), 8, 9), ".npy version 9; known are 1, 2 and 3 (at byte 6)"),
        case("sound", npy(_header(), 8), parameters=2),
        Case("88", "objects in an archive", "w.npz", archive({"a.npy": objects, "b.npy": npy(_header(), 8)}), parameters="≥ 2"),
        Case("88", "an array cut in an archive", "w.npz", archive({"b.npy": npy(_header(), 4)}), "array 'b': its shape needs 8 bytes, 4 are there (at byte 35)"),
        Case("88", "no array in an archive", "w.npz", archive({"a.npy": npy(_header(), 8), "evil.py": b"1"}), "member 'evil.py': a member that is no .npy array (at byte 111)"),
    ]  # fmt: skip
