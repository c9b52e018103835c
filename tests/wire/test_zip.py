"""ZIP archives: against :mod:`zipfile` on what it writes, and on damaged archives."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from netledger.errors import DataError, FormatError, LimitError
from netledger.sources.files import InputFile
from netledger.wire.zip import Archive
from tests.sources.builders import archive, write

quiet = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
names = st.text(st.characters(exclude_characters="\0\\:", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)


@quiet
@given(
    st.dictionaries(names, st.binary(max_size=300), min_size=1, max_size=6),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=40).filter(lambda comment: b"PK" not in comment),
)
def test_every_member_is_read_as_zipfile_reads_it(
    tmp_path: Path, members: dict[str, bytes], method: int, comment: bytes
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as file:
        file.comment = comment
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data, method)
    with InputFile.open(str(path)) as file:
        ours = Archive(file)
        assert {name: ours.read(name) for name in ours.members} == members
        assert [ours.head(name, 5) for name in members] == [data[:5] for data in members.values()]
        for name, member in ours.members.items():
            if method == zipfile.ZIP_STORED:
                assert file.read_at(member.offset, member.size) == members[name]


def test_members_written_to_a_pipe_and_zip64(tmp_path: Path) -> None:
    """Sizes behind the data (flag bit 3), and 64-bit sizes where 32 would do."""

    class Pipe(io.RawIOBase):
        def __init__(self, path: Path) -> None:
            self.file = path.open("wb")

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            return self.file.write(data)

        def flush(self) -> None:
            if not self.file.closed:
                self.file.flush()

    path = tmp_path / "a.zip"
    with zipfile.ZipFile(Pipe(path), "w") as file, file.open("big", "w", force_zip64=True) as member:
        member.write(b"hello")
    with InputFile.open(str(path)) as file:
        assert Archive(file).read("big") == b"hello"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_flipped_byte_gives_the_same_data_or_an_error(tmp_path: Path, data: st.DataObject) -> None:
    members = {"a/data.pkl": b"hello" * 9, "a/data/0": bytes(range(40))}
    raw = bytearray(archive(members, method=data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with InputFile.open(write(tmp_path, "a.zip", bytes(raw))) as file:
        try:
            ours = Archive(file)
            read = {name: ours.read(name) for name in ours.members}
        except DataError:
            return
    assert sorted(read.values()) == sorted(members.values())  # a name may differ if it does in both places: it cannot


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = archive({"a": bytes(300), "b": bytes(300)}, method=zipfile.ZIP_DEFLATED)
    with InputFile.open(write(tmp_path, "a.zip", raw)) as file:
        ours = Archive(file)
        with pytest.raises(LimitError, match="300 bytes, more than 100"):
            ours.read("a", most=100)
        monkeypatch.setattr("netledger.wire.zip.ZIP_TOTAL_BYTES", 500)
        ours.read("a")
        with pytest.raises(LimitError, match="inflate to more than 500"):
            ours.read("b")
        monkeypatch.setattr("netledger.wire.zip.ZIP_MEMBERS", 1)
        with pytest.raises(LimitError, match="2 members"):
            Archive(file)
    monkeypatch.setattr("netledger.wire.zip.STRUCTURE_BYTES", 10)
    monkeypatch.setattr("netledger.wire.zip.ZIP_MEMBERS", 100)
    with InputFile.open(write(tmp_path, "a.zip", raw)) as file, pytest.raises(LimitError, match="a directory of"):
        Archive(file)


def patched(raw: bytes, at: int, form: str, *values: int) -> bytes:
    data = struct.pack(form, *values)
    return raw[:at] + data + raw[at + len(data) :]


def test_zip64_directories_that_lie(tmp_path: Path) -> None:
    raw = archive({"a": b"hello"})
    end = raw.index(b"PK\5\6")
    start = raw.index(b"PK\1\2")
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, end - start, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    sound = raw[:end] + record + locator + raw[end:]

    def opened(data: bytes) -> Archive:
        with InputFile.open(write(tmp_path, "a.zip", data)) as file:
            return Archive(file)

    assert list(opened(sound).members) == ["a"]
    for data, why in (
        (patched(sound, len(sound) - 10, "<L", 7), "contradict each other"),
        (patched(sound, end + 56 + 8, "<Q", 2**60), "ZIP64 directory is missing"),
        (patched(sound, end, "<4B", 1, 1, 1, 1), "ZIP64 directory is missing"),
        (patched(raw, len(raw) - 6, "<L", 2**32 - 1), "ZIP64 directory is missing"),
        (patched(raw, start, "<4B", 1, 1, 1, 1), "fewer members"),
        (patched(raw, 0, "<4B", 1, 1, 1, 1), "no member begins"),
        (b"PK", "not whole"),
    ):
        with pytest.raises(FormatError, match=why):
            opened(data)


def test_sizes_and_places_of_64_bits(tmp_path: Path) -> None:
    """What an archive beyond 4 GB looks like, made small: every 32-bit field is full, the ZIP64 field has the truth."""
    data, name = b"hello", b"a"
    check = zlib.crc32(data)
    full = 2**32 - 1
    local = b"PK\3\4" + struct.pack("<5H3L2H", 45, 0, 0, 0, 0, check, full, full, 1, 20)
    local += name + struct.pack("<2H2Q", 1, 16, 5, 5) + data
    other = struct.pack("<2H", 0x9999, 2) + b"xx"  # another program's field stands before it
    wide = other + struct.pack("<2H3Q", 1, 24, 5, 5, 0)
    entry = b"PK\1\2" + struct.pack("<6H3L5H2L", 45, 45, 0, 0, 0, 0, check, full, full, 1, len(wide), 0, 0, 0, 0, full)
    entry += name + wide
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local), 0)
    path = write(tmp_path, "a.zip", local + entry + end)
    with zipfile.ZipFile(path) as theirs:
        assert theirs.read("a") == data
    with InputFile.open(path) as file:
        assert Archive(file).read("a") == data
    cut = entry[: -len(wide)].replace(struct.pack("<H", len(wide)), b"\0\0", 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(cut), len(local), 0)
    with InputFile.open(write(tmp_path, "b.zip", local + cut + end)) as file, pytest.raises(FormatError, match="ZIP64"):
        Archive(file)
