"""Checklist 69: ZIP archives that contradict themselves, and what is no archive of ours."""

from __future__ import annotations

import struct
import warnings
import zipfile
from io import BytesIO

from tests.hostile.case import Case
from tests.sources.builders import archive, checkpoint, state_dict, tensor

OK = checkpoint(state_dict(w=tensor("0", (2,), (1,))), {"0": bytes(8)})
FILE = "model.pt"


def _central(raw: bytes) -> int:
    """Where the directory's first entry is."""
    return raw.index(b"PK\1\2")


def _patched(raw: bytes, at: int, data: bytes) -> bytes:
    return raw[:at] + data + raw[at + len(data) :]


def _doubled() -> bytes:
    held = BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(held, "w") as file:
        warnings.simplefilter("ignore")
        for _ in range(2):
            file.writestr("archive/data.pkl", b"\x80\x02}.")
    return held.getvalue()


def cases() -> list[Case]:
    def case(name: str, data: bytes, line: str, file: str = FILE) -> Case:
        return Case("69", name, file, data, line)

    entry, end = _central(OK), OK.index(b"PK\5\6")
    second = OK.index(b"PK\1\2", entry + 4)
    first_header = f"(at byte {0})"
    pickle = "member 'archive/data.pkl'"
    names = f"{pickle}: directory and member give different names {first_header}"
    contradict = f"{pickle}: directory and member contradict each other {first_header}"
    size = struct.unpack_from("<L", OK, entry + 24)[0]
    two = archive({"a/data.pkl": b"\x80\x02}.", "b/data.pkl": b"\x80\x02}."})
    wide = _patched(_patched(OK, entry + 20, b"\xff" * 4), entry + 24, b"\xff" * 4)
    overlap = _patched(OK, second + 42, struct.pack("<L", 8))
    crc = _patched(OK, 46 + size - 1, b"u")
    return [
        case("two members of one name", _doubled(), "two members are named 'archive/data.pkl' (at byte 162)"),
        case("two data.pkl", two, "2 members are named data.pkl"),
        case("differing names", _patched(OK, 30, b"Archive"), names),
        case("flag bits flipped", _patched(OK, 6, b"\x08"), contradict),
        case("encrypted", _patched(OK, entry + 8, b"\x01"), f"{pickle}: the member is encrypted (at byte {entry})"),
        case("sizes that differ", _patched(OK, 22, struct.pack("<L", size + 1)), contradict),
        case("ZIP64 sizes that are not there", wide, f"{pickle}: its ZIP64 sizes are missing"),
        case("overlapping members", overlap, "member 'archive/data/0': members overlap (at byte 8)"),
        case("no archive of ours inside", archive({"readme.txt": b"hello"}), "this is a ZIP archive; not read yet", "model.zip"),
        case("junk between", OK[:entry] + b"junk" + OK[entry:], "4 bytes stand where the archive has no place for them"),
        case("junk after", OK + b"junk", "the archive is not whole: its directory at the end is missing"),
        case("cut", OK[: len(OK) // 2], "the archive is not whole: its directory at the end is missing"),
        case("a directory beyond the file", _patched(OK, end + 12, struct.pack("<L", 2**31)), f"its directory says it is longer than the archive (at byte {end})"),
        case("fewer members than it says", _patched(_patched(OK, end + 8, b"\x09"), end + 10, b"\x09"), f"its directory lists fewer members than it says (at byte {end})"),
        case("more members than it says", _patched(_patched(OK, end + 8, b"\x01"), end + 10, b"\x01"), f"its directory is longer than the members it lists (at byte {second})"),
        case("one disk of several", _patched(OK, end + 4, b"\x01"), "the archive is one part of several"),
        case("a member packed in another way", _patched(_patched(OK, 8, b"\x0c"), entry + 10, b"\x0c"), f"{pickle}: packed by method 12, which is not read {first_header}"),
        case("a checksum that does not fit", crc, f"{pickle}: the checksum does not fit the data (at byte 46)"),
        case("a member outside", _patched(OK, second + 42, struct.pack("<L", 2**31)), "member 'archive/data/0': the member lies outside the archive (at byte 2,147,483,648)"),
    ]  # fmt: skip
