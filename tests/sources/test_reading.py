"""What a name means: catalogue, file, description, prefix; files opened once, never outside their folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from netledger.errors import FormatError, LimitError, NetledgerError, NotFoundError, UsageError
from netledger.sources import FORMATS, Options, Source, load, read, read_file
from netledger.sources.files import InputFile

NET = "image = input(3, 8, 8)\nconv = conv2d(4, kernel_size=3)\n"


def test_a_file_comes_first_and_a_folder_without_a_model_hides_no_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vgg16").mkdir()
    assert len(read("vgg16")) > 10
    (tmp_path / "alexnet").write_text(NET)
    assert [layer.path for layer in read("alexnet")] == ["image", "conv"]
    assert [layer.path for layer in read("./alexnet")] == ["image", "conv"]


def test_what_can_be_read():
    network = read("conv2d(256, kernel_size=5, in_channels=96)")
    assert network.layers[0].attributes["in_channels"] == 96
    assert read(network) is network
    with pytest.raises(UsageError, match="not a list"):
        read([])


def test_a_path_object_and_a_named_format(tmp_path):
    file = tmp_path / "x.txt"
    file.write_text(NET)
    assert len(read(file)) == 2
    assert len(read_file(str(file), format="net")) == 2
    with pytest.raises(UsageError, match="unknown format 'nonsense': netledger reads net"):
        read_file(str(file), format="nonsense")


def test_inputs_replace_what_a_description_says(tmp_path):
    file = tmp_path / "x.net"
    file.write_text(NET)
    shape = read(str(file), options=Options({"": (3, 9, 9)}))["image"].attributes["shape"]
    assert shape == (3, 9, 9)
    with pytest.raises(NotFoundError, match="no input 'picture'"):
        read(str(file), options=Options({"picture": (3, 9, 9)}))


def test_names_that_are_nothing_get_the_nearest():
    with pytest.raises(NotFoundError, match=r"no network or file 'alxnet': did you mean 'alexnet'"):
        read("alxnet")
    with pytest.raises(NotFoundError, match="no such file"):
        read("./alxnet")
    with pytest.raises(NotFoundError, match="no such file"):
        read("/nowhere/model.onnx")
    for odd in ("", "../alexnet", "alexnet/../alexnet", "a\0b", "x" * 5000, "\x1b[31m"):
        with pytest.raises(NetledgerError) as caught:
            read(odd)
        assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_s_source_is_where_the_table_says(name):
    place, suffixes = FORMATS[name]
    source = load(place)
    assert isinstance(source, Source)
    assert source.suffixes == suffixes


@pytest.mark.parametrize("content", [b"", b"\0" * 64, bytes(range(256)) * 8, b"\x7fELF" + b"\1" * 60, b"hello\n"])
@pytest.mark.parametrize("suffix", ["", ".net", ".json", ".onnx", ".cfg", ".pt", ".gguf", ".safetensors", ".prototxt"])
def test_junk_is_one_clear_line_whatever_its_name(tmp_path, content, suffix):
    file = tmp_path / f"junk{suffix}"
    file.write_bytes(content)
    with pytest.raises(NetledgerError) as caught:
        read(str(file))
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 65


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path):
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    for path, kind in [(fifo, "a named pipe"), (tmp_path, "a directory"), ("/dev/zero", "a device")]:
        with pytest.raises(NotFoundError, match=kind):
            read_file(str(path))


def test_a_file_of_eight_terabytes_costs_its_head(tmp_path):
    file = tmp_path / "huge"
    with file.open("wb") as out:
        out.truncate(8 << 40)
    with pytest.raises(FormatError, match="not a format"):
        read(str(file))


def test_reads_are_bounded_and_survive_a_file_that_shrinks(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"abcdef")
    with InputFile.open(str(path)) as file:
        assert file.read_at(2, 3) == b"cde"
        with pytest.raises(FormatError, match="the file ends at 6"):
            file.read_at(4, 3)
        with pytest.raises(FormatError):
            file.read_at(-1, 1)
        with pytest.raises(LimitError, match="bytes of structure"):
            file.read_at(0, 1 << 40)
        path.write_bytes(b"a")
        with pytest.raises(FormatError, match="cut while it was read"):
            file.read_at(2, 3)
        file.close()


def test_text_is_utf8(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"\xef\xbb\xbfok")
    with InputFile.open(str(path)) as file:
        assert file.text(100) == "ok"
        with pytest.raises(LimitError):
            file.text(2)
    path.write_bytes(b"a\xffb")
    with InputFile.open(str(path)) as file, pytest.raises(FormatError, match="not UTF-8") as caught:
        file.text(100)
    assert caught.value.byte == 1


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/../../x", "C:\\x", "\\\\host\\x", "", "a\0b", "~/x", "http://x", "link/secret"]
)
def test_siblings_stay_in_the_folder(tmp_path, name):
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret").write_text("s")
    (folder / "link").symlink_to(tmp_path)
    (folder / "main").write_text("m")
    (folder / "part").write_text("p")
    with InputFile.open(str(folder / "main")) as file:
        with file.sibling("part") as part:
            assert part.read_at(0, 1) == b"p"
        with pytest.raises((FormatError, NotFoundError)):
            file.sibling(name)


def test_reading_a_description_imports_no_framework():
    import subprocess

    code = (
        "import sys, netledger.sources as s; s.read('alexnet')\n"
        "heavy = {'torch', 'numpy', 'rich', 'ast', 'typing', 'dataclasses', 're', 'inspect', 'json'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_file_is_read_where_there_is_no_pread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has none: the same bytes from the same places."""
    from netledger.sources.files import InputFile

    path = tmp_path / "bytes.bin"
    path.write_bytes(bytes(range(256)) * 40)
    with InputFile.open(str(path)) as file:
        before = [file.read_at(offset, 100) for offset in (0, 9_000, 17)]
        monkeypatch.delattr("os.pread")
        assert [file.read_at(offset, 100) for offset in (0, 9_000, 17)] == before


def test_a_text_is_sent_to_the_auditor(tmp_path):
    path = tmp_path / "notes.md"
    path.write_text("Conv1 has 34,944 parameters.\n")
    with pytest.raises(FormatError, match="this is text") as raised:
        read_file(str(path))
    assert raised.value.hint == f"netledger audit {path} judges calculations in it"
