"""Checklist 113-119: what is no file, what changes while it is read, odd paths, standard input, a closed output."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from netledger.errors import FormatError, NotFoundError
from netledger.ledger import keep_books
from netledger.sources import read_file
from netledger.sources.files import InputFile
from netledger.sources.tensors.safetensors import read_header
from tests.sources.builders import entry, safetensors, write
from tests.support import process_environment

SOUND = safetensors({"w": entry()}, 8)


def shown(*arguments: str | bytes, **more: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "netledger", "show", *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, env=process_environment(), **more)  # type: ignore[call-overload]


def test_what_is_no_file(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.safetensors"
    os.mkfifo(fifo)
    for path, what in ((fifo, "a named pipe"), (Path("/dev/zero"), "a device"), (tmp_path, "a directory")):
        with pytest.raises(NotFoundError, match=f"this is {what}, not a file"):
            read_file(str(path))


def test_the_command_line_says_it_in_one_line(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.safetensors"
    os.mkfifo(fifo)
    result = shown(str(fifo))
    assert result.returncode == 66
    said, *marks = result.stderr.decode().splitlines()
    assert said == f"error: {fifo}: this is a named pipe, not a file"
    assert len(marks) == 2  # the command, and the mark under its argument
    result = shown(write(tmp_path, "bad.safetensors", safetensors({"w": entry("F33")}, 8)))
    assert result.returncode == 65
    assert result.stderr.decode().count("\n") == 1
    assert "'F33' is no element type of safetensors" in result.stderr.decode()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, "m.safetensors", SOUND)
    Path(path).chmod(0)
    with pytest.raises(NotFoundError, match="permission denied"):
        read_file(path)


def test_a_file_cut_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "m.safetensors", SOUND)
    with InputFile.open(path) as file:
        os.truncate(path, 20)
        with pytest.raises(FormatError, match="the file was cut while it was read"):
            read_header(file)


def test_a_file_replaced_between_the_look_and_the_reading(tmp_path: Path) -> None:
    """One descriptor from beginning to end: what takes the name over later is never seen."""
    path = write(tmp_path, "m.safetensors", SOUND)
    with InputFile.open(path) as file:
        file.read_at(0, 8)
        other = write(tmp_path, "other", safetensors({"w": entry("F32", (999,), 0, 3996)}, 3996))
        Path(other).replace(path)
        assert read_header(file).kinds[0].elements == 2


def test_a_path_that_is_no_utf8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe.safetensors"
    with open(path, "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write(SOUND)
    assert keep_books(read_file(os.fsdecode(path))).total_params == 2
    result = shown(path)
    assert result.returncode == 0, result.stderr
    bad = os.fsencode(tmp_path) + b"/\xff.gguf"
    with open(bad, "wb") as file:  # noqa: PTH123
        file.write(b"GGUF")
    result = shown(bad)
    assert result.returncode == 65
    assert result.stderr.count(b"\n") == 1


def test_standard_input_is_read_or_gets_a_clear_line() -> None:
    assert shown("-", input=SOUND).returncode == 0
    for name, given in (("-", b"\x80\x01nothing"), ("/dev/stdin", SOUND)):
        result = shown(name, input=given)
        assert result.returncode in (2, 65, 66), (name, result.stderr)
        assert result.stderr.startswith(b"error: ")
        assert result.stderr.count(b"\n") <= 3  # the error, and where it is in the command


def test_a_closed_output_is_no_error(tmp_path: Path) -> None:
    header = {f"layer{chr(97 + i % 26)}{chr(97 + i // 26)}.weight": entry("U8", (1,), i, i + 1) for i in range(600)}
    path = write(tmp_path, "m.safetensors", safetensors(header, 600))
    command = f"{sys.executable} -m netledger show {path} | head -n 1; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, b"")


def test_shards_through_links_of_a_download_cache(tmp_path: Path) -> None:
    """A cache keeps bytes in one folder and names in another: a sibling may lie where the named file really lies."""
    blobs, names = tmp_path / "blobs", tmp_path / "snapshots" / "main"
    blobs.mkdir()
    names.mkdir(parents=True)
    (blobs / "aaa").write_bytes(SOUND)
    (blobs / "bbb").write_bytes(b'{"weight_map": {"w": "a.safetensors"}}')
    (names / "a.safetensors").symlink_to("../../blobs/aaa")
    (names / "model.safetensors.index.json").symlink_to("../../blobs/bbb")
    assert keep_books(read_file(str(names / "model.safetensors.index.json"))).total_params == 2


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "model"
    inside.mkdir()
    write(tmp_path, "secret.safetensors", SOUND)
    (inside / "a.safetensors").symlink_to("../secret.safetensors")
    path = write(inside, "model.safetensors.index.json", b'{"weight_map": {"w": "a.safetensors"}}')
    with pytest.raises(FormatError, match="leads out of its own folder"):
        read_file(path)


def test_names_are_escaped_in_every_output(tmp_path: Path) -> None:
    name = "\x1b]8;;http://x\x07<script>alert(1)</script>|`\u202e\\input{x}=cmd|"
    path = write(tmp_path, "m.safetensors", safetensors({f"{name}.weight": entry()}, 8))
    for form in ("text", "markdown", "latex", "csv", "json", "html"):
        result = shown(path, "--format", form)
        assert result.returncode == 0, result.stderr
        out = result.stdout.decode()
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert "<script>alert" not in out or form != "html"
