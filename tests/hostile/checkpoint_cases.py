"""Checklist 63-77: pickles and the checkpoints around them."""

from __future__ import annotations

import io
import re
import struct
import zipfile

import torch

from tests.hostile.case import Case
from tests.sources.builders import archive, checkpoint, integer, state_dict, tensor, unicode

FILE = "model.pt"
OK = tensor("0", (2,), (1,))
CALLS = b"cos\nsystem\n" + unicode("touch /tmp/netledger-ran") + b"\x85R"


def cases() -> list[Case]:
    return [*_calls(), *_streams(), *_views(), *_formats()]


def _held(number: str, name: str, pickled: bytes, line: str | None = None, **more: object) -> Case:
    """A pickle inside a sound archive with one storage of eight bytes."""
    at = 30 + len("archive/data.pkl")
    said = line and line.replace("BYTE", f"{at:,}")
    return Case(
        number, name, FILE, checkpoint(pickled, {"0": bytes(8)}), said and f"member 'archive/data.pkl': {said}", **more
    )  # type: ignore[arg-type]


def _bare(number: str, name: str, pickled: bytes, line: str | None = None, **more: object) -> Case:
    return Case(number, name, "model.pkl", pickled, line, **more)  # type: ignore[arg-type]


def _calls() -> list[Case]:
    stack = b"\x80\x04" + b"\x8c\x02os\x8c\x06system\x93" + b"\x8c\x02ls\x85R."
    put_together = b"\x80\x04cbuiltins\ngetattr\n\x8c\x02os\x8c\x06system\x86R\x8c\x06system\x93\x8c\x02ls\x85R."
    nested = b"\x80\x02}" + unicode("w") + OK + b"s" + unicode("x") + CALLS + b"s."
    return [
        _bare("63", "os.system", b"\x80\x02" + CALLS + b".", parameters="unknown", note="calls not followed: os.system"),
        _bare("63", "builtins.eval by its stack", stack, parameters="unknown", note="calls not followed: os.system"),
        _bare("63", "a name put together", put_together, parameters="unknown", note="calls not followed: (a name put together.by the pickle)"),
        _held("63", "a call beside a tensor", nested, parameters=2, note="calls not followed: os.system"),
        _bare("63", "an instance", b"\x80\x02(" + unicode("ls") + b"ios\nsystem\n.", parameters="unknown", note="calls not followed: os.system"),
        _bare("63", "an extension code", b"\x80\x02\x82\x01)R.", parameters="unknown", note="calls not followed: copyreg extension.1"),
        _held("76", "a state given to a tensor", b"\x80\x02}" + unicode("w") + OK + b"}" + unicode("__setstate__") + CALLS + b"sbs.", parameters=2),
    ]  # fmt: skip


def _streams() -> list[Case]:
    bomb = b"\x80\x02N" + b"".join([b"q" + bytes([i]) + b"h" + bytes([i]) * 1 + b"\x86" for i in range(97)]) + b"."
    deep = b"\x80\x02N" + b"\x85" * 100_000 + b"."
    lists = b"\x80\x02]" + b"]" * 5_000 + b"a" * 5_000 + b"."
    return [
        _bare("64", "10^29 leaves by reference", bomb, parameters=0),
        _bare("65", "memo index 2^31", b"\x80\x02Nr" + struct.pack("<I", 2**31) + b".", parameters=0),
        _bare("65", "a value never kept", b"\x80\x02j" + struct.pack("<I", 2**31) + b".", "the pickle asks for value 2,147,483,648, which it never kept (at byte 7)"),
        _bare("66", "a frame of 2^62", b"\x80\x04\x95" + struct.pack("<Q", 2**62) + b"N.", "a frame of 4,611,686,018,427,387,904 bytes, 2 are left (at byte 11)"),
        _bare("66", "a string of 2^40", b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b"N.", "the pickle needs 1,099,511,627,776 bytes, 2 are left (at byte 11)"),
        _bare("66", "an integer of -1 bytes", b"\x80\x02\x8b" + struct.pack("<i", -1) + b".", "a negative length (at byte 7)"),
        _bare("66", "an integer of 100,000 bytes", b"\x80\x02\x8b" + struct.pack("<i", 100_000) + bytes(100_000) + b".", "an integer of 100,000 bytes, more than 1,024 (at byte 100,007)"),
        _bare("66", "an integer of 100,000 digits", b"\x80\x02L" + b"9" * 50_000 + b"L\n.", "an integer of 50,000 digits, more than 1,024 (at byte 50,005)"),
        _bare("68", "500,000 marks", b"\x80\x02" + b"(" * 500_000 + b".", "a pickle with more than 10,000 containers open at once (at byte 10,003)"),
        _bare("68", "100,000 tuples in tuples", deep, "values nested deeper than 500"),
        _bare("68", "5,000 lists in lists", lists, "values nested deeper than 500"),
        _bare("68", "a pop of nothing", b"\x80\x020.", "the pickle takes what it has not put there (at byte 3)"),
        _bare("68", "an unknown opcode", b"\x80\x02\xff.", "0xff is no pickle opcode (at byte 3)"),
        _bare("68", "protocol 99", b"\x80\x03N\x80\x63.", "pickle protocol 99; known are 0 to 5 (at byte 5)"),
        _bare("68", "a cut pickle", b"\x80\x02]", "the pickle ends in the middle (at byte 3)"),
        _bare("68", "a list of itself", b"\x80\x02]q\x00h\x00a.", parameters=0),
        _bare("68", "a dict with itself as key", b"\x80\x02}q\x00h\x00Ns.", parameters=0),
    ]  # fmt: skip


def _views() -> list[Case]:
    def one(number: str, name: str, value: bytes, line: str | None = None, **more: object) -> Case:
        return _held(number, name, state_dict(w=value), line, **more)

    both = state_dict(a__weight=OK, b__weight=OK)
    lie = "declares 1,099,511,627,776 elements, its 8 bytes hold fewer"
    return [
        one("70", "2^40 elements over 8 bytes", tensor("0", (2**40,), (1,)), f"storage '0' {lie} (at byte BYTE)"),
        one("70", "a storage that is not there", tensor("7", (2,), (1,)), "storage '7' is not in the file (at byte BYTE)"),
        Case("70", "more elements than the storage", FILE, checkpoint(state_dict(w=tensor("0", (3,), (1,), count=2)), {"0": bytes(8)}), "tensor 'w': reaches element 3 of a storage of 2"),
        one("71", "stride 0 claims 2^40", tensor("0", (2**40,), (0,), count=2), parameters=1, note="view 'w' shows 1,099,511,627,776 values: 1 counted, the rest is the same storage again"),
        one("71", "stride 0 in every dimension", tensor("0", (2**62, 2**62), (0, 0), count=2), parameters=1),
        one("71", "laid over itself", tensor("0", (2, 1), (1, 1), count=2), parameters=2),
        Case("72", "a negative offset", FILE, checkpoint(state_dict(w=tensor("0", (2,), (1,), offset=-1)), {"0": bytes(8)}), "tensor 'w': a negative or impossible offset, size or stride"),
        Case("72", "a negative stride", FILE, checkpoint(state_dict(w=tensor("0", (2,), (-1,))), {"0": bytes(8)}), "tensor 'w': a negative or impossible offset, size or stride"),
        Case("72", "sizes and strides of two ranks", FILE, checkpoint(state_dict(w=tensor("0", (2,), ())), {"0": bytes(8)}), "tensor 'w': sizes and strides do not fit together"),
        _held("73", "two names of one storage", both, parameters=2),
        one("77", "an unknown element type", tensor("0", (2,), (1,), kind="torch\nFloat7Storage"), "a storage of the unknown type torch.Float7Storage (at byte BYTE)"),
        one("77", "a quantised storage", tensor("0", (8,), (1,), kind="torch\nQInt8Storage"), parameters=8),
        one("70", "sizes that are strings", b"ctorch._utils\n_rebuild_tensor_v2\n(" + unicode("a") + b"tR", "a tensor is rebuilt by torch._utils._rebuild_tensor_v2 from what does not fit it (at byte BYTE)"),
        one("70", "a reference to no storage", b"ctorch._utils\n_rebuild_tensor_v2\n(" + unicode("a") + b"Q" + integer(0) + b"))tR", "a tensor refers to what is no storage (at byte BYTE)"),
    ]  # fmt: skip


def _legacy(value: object) -> bytes:
    held = io.BytesIO()
    torch.save(value, held, _use_new_zipfile_serialization=False)
    return held.getvalue()


def _key(raw: bytes) -> str:
    """The name of the only storage: ``torch.save`` takes its address."""
    found = re.search(rb"\d{6,20}", raw[100:])
    assert found is not None
    return found[0].decode()


def _formats() -> list[Case]:
    tar = bytearray(1024)
    tar[:3], tar[257:263] = b"pickle"[:3], b"ustar\0"
    script = archive(
        {
            "m/data.pkl": b"\x80\x02c__torch__\nNet\n)\x81}" + unicode("w") + OK + b"sb.",
            "m/code/__torch__.py": b"import os; os.system('touch /tmp/netledger-ran')",
            "m/constants.pkl": b"\x80\x02).",
            "m/data/0": bytes(8),
        }
    )
    old = _legacy({"w": torch.zeros(2)})
    return [
        Case("74", "a tar archive", FILE, bytes(tar), "a header's checksum does not fit it (at byte 0)"),
        Case("74", "the format before 1.6", FILE, old, parameters=2, note="PyTorch's format before 1.6"),
        Case("74", "the format before 1.6, cut", FILE, old[:-4], f"storage '{_key(old)}' declares 8 bytes, the file says 2 elements (at byte {len(old) - 16})"),
        Case("75", "code in a TorchScript archive", FILE, script, parameters=2, note="a TorchScript archive: its code tells parameters from buffers"),
        Case("67", "a no-op stream of 128 MiB in 128 kB", FILE, _no_ops, "member 'archive/data.pkl': 134,217,730 bytes, more than 104,857,600"),
        Case("67", "a no-op stream of 64 MiB in 64 kB", FILE, _fewer_no_ops, "member 'archive/data.pkl': 65,247 bytes claim to hold 67,108,866: more than 200 to 1"),
    ]  # fmt: skip


def _stream(size: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file, file.open("archive/data.pkl", "w") as member:
        for _ in range(size >> 20):
            member.write(b"N0" * (1 << 19))
        member.write(b"N.")
    return held.getvalue()


def _no_ops(folder: object) -> bytes:
    return _stream(1 << 27)


def _fewer_no_ops(folder: object) -> bytes:
    return _stream(1 << 26)
