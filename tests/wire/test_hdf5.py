"""HDF5 by h5py: every object, shape, element type and text attribute; and files that are cut or damaged."""

from __future__ import annotations

import contextlib
import io
import random
from pathlib import Path

import h5py
import numpy as np
import pytest

from netledger.errors import DataError, FormatError, LimitError
from netledger.wire.cursor import Buffer
from netledger.wire.hdf5 import Hdf5File

KINDS = {"<f4": "float32", "<f8": "float64", "<f2": "float16", "|i1": "int8", "<i2": "int16", "<i8": "int64",
         "|u1": "uint8", "<u4": "uint32", ">f4": "float32", ">i4": "int32", "|b1": "bool"}  # fmt: skip


def made(fill: object, **options: object) -> bytes:
    held = io.BytesIO()
    with h5py.File(held, "w", **options) as file:
        fill(file)  # type: ignore[operator]
    return held.getvalue()


def tree(file: h5py.File) -> None:
    chance = random.Random(7)
    groups = [file]
    for i in range(60):
        group = chance.choice(groups)
        if chance.random() < 0.4:
            groups.append(group.create_group(f"group_{i}"))
            continue
        shape = tuple(chance.randrange(1, 5) for _ in range(chance.randrange(4)))
        group.create_dataset(f"data_{i}", data=np.zeros(shape, chance.choice(list(KINDS))))
    file.attrs["long"] = "x" * 100_000
    file.attrs["fixed"] = np.bytes_(b"abc")
    groups[3].attrs["names"] = ["one", "two", "ü"]
    groups[4].attrs["number"] = 7


@pytest.mark.parametrize(
    "options", [{}, {"userblock_size": 1024}, {"libver": "v108"}], ids=["old", "user block", "new"]
)
def test_everything_is_found_as_h5py_finds_it(options: dict[str, object]) -> None:
    def fill(file: h5py.File) -> None:
        if "libver" not in options:
            tree(file)
            return
        group = file.create_group("g")  # few links: they stand in the header
        for name, kind in list(KINDS.items())[:4]:
            group.create_dataset(kind, data=np.zeros((2, 3), name))
        group.attrs["note"] = "text"

    data = made(fill, **options)
    found = Hdf5File(Buffer(data)).objects
    seen = {""}
    with h5py.File(io.BytesIO(data)) as file:

        def compare(path: str, theirs: h5py.Group | h5py.Dataset) -> None:
            seen.add(path)
            ours = found[path]
            for name, value in theirs.attrs.items():
                if isinstance(value, str):
                    assert ours.attributes[name] == value
            if isinstance(theirs, h5py.Dataset):
                assert (ours.shape, ours.dtype) == (theirs.shape, KINDS[theirs.dtype.str])
                assert ours.nbytes == theirs.id.get_storage_size()
            else:
                assert ours.shape is None

        file.visititems(compare)
        for name in file.attrs:
            value = file.attrs[name]
            assert found[""].attributes[name] == (value.decode() if isinstance(value, bytes) else value)
    assert seen == set(found)


def test_texts_in_rows_and_other_attributes() -> None:
    found = Hdf5File(Buffer(made(tree))).objects
    assert [one.attributes["names"] for one in found.values() if "names" in one.attributes] == [("one", "two", "ü")]
    assert not any("number" in one.attributes for one in found.values())


def test_a_thousand_members_need_a_tree_of_several_levels() -> None:
    def many(file: h5py.File) -> None:
        for i in range(1_000):
            file[f"layer_{i}"] = np.float32(i)

    found = Hdf5File(Buffer(made(many))).objects
    assert list(found)[1:] == sorted(f"layer_{i}" for i in range(1_000))


def test_links_out_of_the_file_are_not_followed_and_hard_ones_only_once() -> None:
    def linked(file: h5py.File) -> None:
        file["w"] = np.zeros(4, "<f4")
        file["same"] = file["w"]
        file["soft"] = h5py.SoftLink("/w")
        file["far"] = h5py.ExternalLink("/etc/passwd", "/w")
        file.create_group("loop")["back"] = file["/"]

    found = Hdf5File(Buffer(made(linked)))
    assert {path for path, one in found.objects.items() if one.shape} in ({"w"}, {"same"})
    assert found.repeated["loop/back"] == ""
    assert len(found.repeated) == 2
    assert found.passed_over == 2


@pytest.mark.parametrize(
    ("fill", "what"),
    [
        (lambda file: file.create_dataset("v", (3,), "<f4"), "its shape needs 12 bytes, none were ever written"),
        (lambda file: file.create_dataset("v", (10**9, 10**9), "<f4", chunks=(8, 8)), "its shape needs"),
        (lambda file: file.create_dataset("v", (4,), "<f4", external=[("/etc/passwd", 0, 16)]), "in another file"),
        (lambda file: file.create_virtual_dataset("v", layout()), "its values lie elsewhere"),
    ],
)  # fmt: skip
def test_values_that_are_not_in_the_file(fill: object, what: str) -> None:
    with pytest.raises(FormatError, match=what) as caught:
        Hdf5File(Buffer(made(fill)))
    assert caught.value.item == "'v'"


def layout() -> h5py.VirtualLayout:
    wanted = h5py.VirtualLayout(shape=(4,), dtype="<f4")
    wanted[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(4,))
    return wanted


def test_packed_values_have_a_shape_and_no_bytes() -> None:
    data = made(lambda file: file.create_dataset("w", data=np.zeros((64, 64), "<f4"), compression="gzip"))
    one = Hdf5File(Buffer(data)).objects["w"]
    assert (one.shape, one.dtype, one.nbytes) == ((64, 64), "float32", None)


def test_what_is_no_number_says_what_it_is() -> None:
    def fill(file: h5py.File) -> None:
        file["text"] = "hello"
        file["records"] = np.zeros(2, [("a", "<f4")])
        file["nothing"] = h5py.Empty("<f4")

    found = Hdf5File(Buffer(made(fill))).objects
    assert [(one.what, one.dtype) for one in found.values()][1:] == [
        ("reals", "float32"),
        ("records", None),
        ("text", None),
    ]
    assert found["nothing"].shape == (0,)


def test_very_many_links_of_the_new_kind_are_refused_by_what_they_are() -> None:
    def fill(file: h5py.File) -> None:
        for i in range(20):
            file.create_group(f"g{i}")

    with pytest.raises(FormatError, match="its links lie in a fractal heap, which is not read"):
        Hdf5File(Buffer(made(fill, libver="latest")))


def test_every_beginning_of_a_file_is_refused() -> None:
    data = made(tree)
    for end in [*range(0, 4_000, 37), *range(4_000, len(data), 1_999)]:
        with pytest.raises(DataError):
            Hdf5File(Buffer(data[:end]))


def test_damaged_addresses_read_no_more_than_a_few_times_the_file() -> None:
    def fill(file: h5py.File) -> None:
        file["w"] = np.zeros(4, "<f4")
        file.attrs["long"] = np.bytes_(b"x" * 60_000)

    class Counting(Buffer):
        read = 0

        def read_at(self, offset: int, count: int) -> bytes:
            Counting.read += count
            return super().read_at(offset, count)

    data = bytearray(made(fill))
    chance = random.Random(1)
    for _ in range(300):
        raw = bytearray(data)
        for _ in range(4):
            at = chance.randrange(0, 4_096, 8)
            raw[at : at + 8] = chance.choice((96, 136, 680, 2**40, 0, 1_000)).to_bytes(8, "little")
        Counting.read = 0
        with contextlib.suppress(DataError):
            Hdf5File(Counting(bytes(raw)))
        assert Counting.read <= 6 * len(data) + (1 << 21)


def test_depth_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="nested deeper than 64"):
        Hdf5File(Buffer(made(lambda file: file.create_group("/".join("x" * 80)))))
